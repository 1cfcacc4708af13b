"""Run a program with JAX: a pure function that ``jax.jit``, ``jax.vmap`` and sharding accept."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from autograd.compiler.arrays import checked_classes
from autograd.compiler.errors import CompileError, missing_backend
from autograd.compiler.portable import CompiledProgram, execute

try:
    import jax
    import jax.numpy as jnp
    from jax.scipy import special

    MISSING: ImportError | None = None
except ImportError as error:  # said when it is asked for
    MISSING = error


class Backend:
    """Make arrays of JAX, and functions of them; with float64 where it is asked for."""

    def __init__(self, dtype: str, device: Any) -> None:
        if MISSING is not None:
            raise missing_backend("jax") from MISSING
        self.dtype, self.device = dtype, device

    def is_own(self, argument: Any) -> bool:
        """Say whether an argument is an array of JAX."""
        return isinstance(argument, jax.Array)

    def array(self, numbers: Any) -> Any:
        """Return an array on the device; numbers that are not whole have the backend's type."""
        if not isinstance(numbers, jax.Array):
            numbers = np.asarray(numbers)
        with jax.enable_x64(True):
            dtype = self.dtype if numbers.dtype.kind == "f" else None
            return jax.device_put(jnp.asarray(numbers, dtype), self.device)

    def given(self, numbers: Any) -> Any:
        """Return an argument as an array; that of NumPy goes to the device with the call."""
        if isinstance(numbers, jax.Array):  # of any type that JAX has, such as bfloat16
            return numbers.astype(np.float32) if numbers.dtype.kind == "V" else numbers
        array = np.asarray(numbers)
        if array.dtype.kind == "f" and array.dtype.itemsize > 8:  # JAX has none of more digits
            return array.astype(np.float64)
        return array if array.dtype.isnative else array.astype(array.dtype.newbyteorder("="))

    def floats(self, array: Any) -> Any:
        """Return an array, which gets the backend's type in the program."""
        return array

    def classes(self, array: Any, n_classes: int) -> Any:
        """Return whole numbers from 0 to n_classes - 1, or raise an error if one of them isn't."""
        checked_classes(n_classes, np.asarray(array))
        return array

    def numpy(self, array: Any) -> Any:
        """Return an array of NumPy."""
        return np.asarray(array)

    def load(
        self, program: CompiledProgram, code: str
    ) -> Callable[..., tuple[Any, Any, list[Any]]]:
        """Return the program as a function of the flat parameters and the inputs.

        It returns the loss, all gradients in one vector, and the outputs. Its attribute ``pure``
        takes parameters by name and returns what a step does, with gradients by name.

        Args:
            program: the program for NumPy.
            code: the same as :func:`autograd.compiler.tensor_dialect.write` writes it.
        """
        vocabulary, layout, returns = Vocabulary(self.dtype), program.layout, program.returns
        constants = {each.name: each.array(self.dtype) for each in program.constants}
        function = execute(code, returns.function, {**constants, "np": vocabulary})

        def compute(parameters: Mapping[str, Any], *arrays: Any) -> tuple[Any, Any, list[Any]]:
            dtype = vocabulary.dtype
            values = [jnp.asarray(parameters[name], dtype) for name in layout]
            given = [
                array.astype(int if n_classes else dtype)
                for array, n_classes in zip(arrays, program.classes, strict=True)
            ]
            value, gradients, outputs = returns.split(function(*given, *values))
            parts = [jnp.asarray(gradient, dtype).ravel() for gradient in gradients]
            flat = jnp.concatenate([jnp.zeros(0, dtype), *parts])
            if returns.frozen:
                flat = flat.at[np.array(returns.frozen)].set(0.0)
            return (
                None if value is None else jnp.asarray(value, dtype),
                flat,
                [jnp.asarray(output, dtype) for output in outputs],
            )

        def answer(parameters: Mapping[str, Any], *arrays: Any) -> Any:
            n_rows = len(arrays[0]) if arrays else None
            found = program.answer(*compute(parameters, *arrays), n_rows)
            if not returns.has_loss:
                return found
            value, gradient, *further = found
            return value, dict(gradient), *further

        def pure(parameters: Mapping[str, Any], *arrays: Any) -> Any:
            """Return what the step does, gradients by name, for parameters by name."""
            given = jax.tree.leaves((dict(parameters), arrays))
            if any(isinstance(array, jax.core.Tracer) for array in given):
                return answer(parameters, *arrays)  # in what the caller has chosen
            with jax.enable_x64(True):
                return answer(parameters, *[jnp.asarray(array) for array in arrays])

        def compute_flat(flat: Any, *arrays: Any) -> tuple[Any, Any, list[Any]]:
            parts = {name: flat[a:b].reshape(shape) for name, (a, b, shape) in layout.items()}
            return compute(parts, *arrays)

        fast = jax.jit(compute_flat)

        def run(flat: Any, *arrays: Any) -> tuple[Any, Any, list[Any]]:
            with jax.enable_x64(True):
                return fast(flat, *arrays)  # type: ignore[no-any-return]

        run.pure = pure  # type: ignore[attr-defined]
        return run


class Vocabulary:
    """NumPy's names, most of which JAX has; what makes arrays makes them of one type."""

    s_ = np.s_

    def __init__(self, dtype: str) -> None:
        self._wanted = dtype
        self.erf, self.erfc, self.lgamma = special.erf, special.erfc, special.gammaln

    @property
    def dtype(self) -> Any:
        """The type of numbers: float32 where the caller has not enabled float64."""
        config: Any = jax.config
        return self._wanted if config.jax_enable_x64 else "float32"

    def zeros(self, shape: Any) -> Any:
        return jnp.zeros(shape, self.dtype)

    def full(self, shape: Any, x: Any) -> Any:
        return jnp.full(shape, x, self.dtype)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_") or not hasattr(jnp, name):
            raise CompileError(
                f"JAX lacks the function {name} that this program uses; leave the backend out "
                "for NumPy"
            )
        return getattr(jnp, name)

    def once(self, x: Any) -> Any:
        """Return an array that XLA computes once, and not anew for each use, rounded otherwise."""
        return jax.lax.optimization_barrier(x)

    def whole(self, x: Any) -> Any:
        return x.astype(int)

    def add_rows_at(self, a: Any, rows: Any, b: Any) -> Any:
        return a.at[rows].add(b)

    def add_at(self, a: Any, index: Any, b: Any, repeated: bool = False) -> Any:
        """Return the array with b added to some elements."""
        return a.at[index].add(b)
