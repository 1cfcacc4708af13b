"""Run a program with torch: its source, with tensors on the CPU or the GPU behind ``np``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograd.compiler.arrays import checked_classes
from autograd.compiler.errors import CompileError, missing_backend
from autograd.compiler.portable import CompiledProgram, execute

try:
    import torch

    MISSING: ImportError | None = None
except ImportError as error:  # said when it is asked for
    MISSING = error


_UNSIGNED = () if MISSING else (torch.uint16, torch.uint32, torch.uint64)


class Backend:
    """Make tensors, and functions of them."""

    def __init__(self, dtype: str, device: Any) -> None:
        if MISSING is not None:
            raise missing_backend("torch") from MISSING
        self.dtype = getattr(torch, dtype)
        self.device = torch.device("cpu" if device is None else device)

    def is_own(self, argument: Any) -> bool:
        """Say whether an argument is a tensor."""
        return isinstance(argument, torch.Tensor)

    def array(self, numbers: Any) -> Any:
        """Return a tensor on the device; numbers that are not whole have the backend's type.

        Whole numbers without a sign, for which torch lacks most functions, get one.
        """
        if not isinstance(numbers, torch.Tensor):
            # torch has no numbers of more digits, and converts float64 itself.
            kept = numbers.dtype.kind != "f" or numbers.dtype.itemsize <= 8
            numbers = torch.from_numpy(np.array(numbers, None if kept else np.float64))
        if numbers.dtype in _UNSIGNED:
            too_large = numbers.view(torch.int64) < 0 if numbers.dtype == torch.uint64 else None
            whole = too_large is None or not too_large.any()
            numbers = numbers.to(torch.int64) if whole else numbers.to(torch.float64)
        is_float = numbers.dtype.is_floating_point
        return numbers.detach().to(self.device, self.dtype if is_float else None)

    def given(self, numbers: Any) -> Any:
        """Return an argument as a tensor on the device."""
        return self.array(numbers)

    def floats(self, array: Any) -> Any:
        """Return a tensor in the backend's type."""
        return array.to(self.dtype)

    def classes(self, array: Any, n_classes: int) -> Any:
        """Return whole numbers from 0 to n_classes - 1, or raise an error if one of them isn't."""
        is_near = self.device.type == "cpu"
        if is_near or ((array < 0) | (array >= n_classes)).any():
            checked_classes(n_classes, self.numpy(array))  # says which
        return array.long()

    def numpy(self, array: Any) -> Any:
        """Return a tensor as an array of NumPy."""
        return array.cpu().numpy()

    def load(
        self, program: CompiledProgram, code: str
    ) -> Callable[..., tuple[Any, Any, list[Any]]]:
        """Return the program as a function of the flat parameters and the inputs.

        It returns the loss, all gradients in one vector, and the outputs.

        Args:
            program: the program for NumPy.
            code: the same as :func:`autograd.compiler.tensor_dialect.write` writes it.
        """
        vocabulary, returns = Vocabulary(self.dtype, self.device), program.returns
        constants = {each.name: self.array(each.array()) for each in program.constants}
        function = execute(code, returns.function, {**constants, "np": vocabulary})

        def run(flat: Any, *arrays: Any) -> tuple[Any, Any, list[Any]]:
            parameters = [flat[a:b].reshape(shape) for a, b, shape in program.layout.values()]
            with torch.no_grad():
                value, found, outputs = returns.split(function(*arrays, *parameters))
                parts = [vocabulary.asarray(gradient).reshape(-1) for gradient in found]
                gradient = torch.cat([vocabulary.zeros(0), *parts])
                if returns.frozen:
                    gradient[[*returns.frozen]] = 0.0
                return (
                    None if value is None else vocabulary.asarray(value),
                    gradient,
                    [
                        vocabulary.asarray(output).to(self.device, self.dtype, copy=True)
                        for output in outputs
                    ],
                )

        return run


class Vocabulary:
    """NumPy's names, as far as programs use them, for tensors of one type on one device."""

    inf, nan, s_ = np.inf, np.nan, np.s_
    _NAMES = {"rint": "round", "expand_dims": "unsqueeze", "max": "amax", "min": "amin"}  # noqa: RUF012
    _MISSING = {"gamma", "remainder"}  # noqa: RUF012 - torch means something else by these

    def __init__(self, dtype: Any, device: Any) -> None:
        self.dtype, self.device = dtype, device
        self._numbers: dict[Any, Any] = {}
        self.einsum, self.flip = torch.einsum, torch.flip
        self.concatenate, self.take_along_axis = torch.cat, torch.take_along_dim

    def __getattr__(self, name: str) -> Any:
        function = getattr(torch, self._NAMES.get(name, name), None)
        if name.startswith("_") or function is None or name in self._MISSING:
            raise CompileError(
                f"torch lacks the function {name} that this program uses; leave the backend out "
                "for NumPy"
            )

        def compute(first: Any, *others: Any, **settings: Any) -> Any:
            if name not in ("expand_dims", "max", "min", "cumprod", "cumsum"):  # they take an axis
                others = tuple([self.asarray(other) for other in others])
            return function(self.asarray(first), *others, **settings)

        setattr(self, name, compute)
        return compute

    def asarray(self, x: Any) -> Any:
        """Return a number as a tensor; those without axes may stay on the CPU."""
        if isinstance(x, torch.Tensor):
            return x
        key = type(x), repr(x)
        if key not in self._numbers:
            dtype = self.dtype if isinstance(x, float) else None
            self._numbers[key] = torch.tensor(x, dtype=dtype)
        return self._numbers[key]

    def zeros(self, shape: Any) -> Any:
        return torch.zeros(shape, dtype=self.dtype, device=self.device)

    def full(self, shape: Any, x: Any) -> Any:
        return self.zeros(shape) + x

    def broadcast_to(self, x: Any, shape: Any) -> Any:
        return torch.broadcast_to(self.asarray(x), shape)

    def arange(self, *range_: int) -> Any:
        return torch.arange(*range_, device=self.device)

    def ascontiguousarray(self, x: Any) -> Any:
        return x.contiguous()

    def outer(self, a: Any, b: Any) -> Any:
        return a.reshape(-1, 1) * b.reshape(-1)

    def vdot(self, a: Any, b: Any) -> Any:
        return torch.dot(a.reshape(-1), b.reshape(-1))

    def prod(self, x: Any, axis: Any = None) -> Any:
        if axis is None:
            return x.prod()
        return (x.flatten(axis[0]) if isinstance(axis, tuple) else x).prod(-1)

    def where(self, condition: Any, a: Any, b: Any) -> Any:
        chosen = self.asarray(condition).bool()
        return torch.where(chosen, self.asarray(a), self.asarray(b))

    def cbrt(self, x: Any) -> Any:
        """Return the cubic root: a power, and a step of Newton's method."""
        size = torch.abs(x)
        root = size ** (1 / 3)
        better = root - (root - size / (root * root)) / 3
        return torch.copysign(torch.where((root > 0) & (root < np.inf), better, root), x)

    def sign(self, x: Any) -> Any:
        return torch.where(x == x, torch.sign(x), x)

    def once(self, x: Any) -> Any:
        """Return an array that is computed once, as all are."""
        return x

    def whole(self, x: Any) -> Any:
        return x.long()

    def add_rows_at(self, a: Any, rows: Any, b: Any) -> Any:
        """Add to rows of an array, which may come several times."""
        return a.index_add_(0, rows.reshape(-1), b.reshape(-1, *a.shape[1:]))

    def add_at(self, a: Any, index: Any, b: Any, repeated: bool = False) -> Any:
        """Add to some elements of an array, which is one of its own: so in place."""
        if repeated:
            index = index[-1] if isinstance(index, tuple) else index
            return a.index_add_(-1, index.reshape(-1), b.reshape(*a.shape[:-1], -1))
        a[index] += b
        return a
