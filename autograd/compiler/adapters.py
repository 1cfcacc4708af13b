"""Programs as functions of PyTorch and JAX, which go on with the chain rule; loaded when asked."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from autograd.compiler.errors import CompileError, missing
from autograd.compiler.portable import CompiledProgram

if TYPE_CHECKING:
    import jax
    import torch


def to_torch(program: CompiledProgram) -> Callable[..., torch.Tensor]:
    """Return a compiled loss as a function of PyTorch, to be a part of what is computed there.

    ``function(parameters, x, y)`` takes a tensor for each name of ``step.parameters`` and for each
    array of the batch, and returns the mean loss as a tensor; its ``backward()`` is the program's.
    It computes on the CPU, wherever the tensors are, and can't be differentiated twice.

    Raises:
        CompileError: if PyTorch is not installed, or the program is not that of a loss alone; from
            the function, if a tensor requires a gradient that the program doesn't compute: those of
            inputs are asked for by ``compile(…, wrt=…)``.

    >>> import torch
    >>> from autograd import Value, compile
    >>> w = Value(3.0, label="w")
    >>> step = compile(lambda x, y: (w * x - y) ** 2, batch=("x", "y"))
    >>> _ = step([1.0], [2.0])
    >>> weights = {"w": torch.tensor(3.0, requires_grad=True)}
    >>> loss = to_torch(step.program)(weights, torch.tensor([2.0]), torch.tensor([5.0]))
    >>> loss.backward()
    >>> loss.item(), weights["w"].grad.item()
    (1.0, 4.0)
    """
    try:
        import torch
    except ImportError as error:
        raise missing("torch", "to_torch") from error
    differentiable = _Differentiable(program)

    class Loss(torch.autograd.Function):  # type: ignore[misc, unused-ignore]
        @staticmethod
        def forward(context: Any, *tensors: torch.Tensor) -> torch.Tensor:
            differentiable.require(context.needs_input_grad)
            arrays = [tensor.detach().cpu().numpy() for tensor in tensors]
            value, gradients = differentiable.value_and_gradients(arrays)
            context.gradients = [
                None if gradient is None else torch.as_tensor(gradient).to(tensor)
                for gradient, tensor in zip(gradients, tensors, strict=True)
            ]
            return tensors[0].new_tensor(value, dtype=getattr(torch, program.dtype))

        @staticmethod
        def backward(context: Any, upstream: torch.Tensor) -> tuple[torch.Tensor | None, ...]:
            if torch.is_grad_enabled():  # with create_graph, where it would pass for a constant
                raise CompileError(
                    "the gradient of a compiled loss can't be differentiated by PyTorch: write it "
                    "within the loss, with autograd.gradients(…, create_graph=True)"
                )
            return tuple(
                [None if each is None else upstream.to(each) * each for each in context.gradients]
            )

    def function(parameters: Mapping[str, Any], *inputs: Any) -> torch.Tensor:
        arguments = differentiable.in_order(parameters, inputs)
        return Loss.apply(*map(torch.as_tensor, arguments))

    return function


def to_jax(program: CompiledProgram) -> Callable[..., jax.Array]:
    """Return a compiled loss as a function of JAX, to be a part of what is computed there.

    It is called as that of :func:`to_torch` is, and ``jax.grad``, ``jax.jit`` and ``jax.vmap`` take
    it. It computes on the host, and can't be differentiated twice. Results have the program's type
    if JAX has it: float64 is float32 there unless ``jax.enable_x64`` says otherwise.

    Raises:
        CompileError: as :func:`to_torch` does.

    >>> import jax
    >>> from autograd import Value, compile
    >>> w = Value(3.0, label="w")
    >>> step = compile(lambda x, y: (w * x - y) ** 2, batch=("x", "y"))
    >>> value, _ = step([2.0], [5.0])
    >>> gradient = jax.grad(to_jax(step.program))({"w": 3.0}, jax.numpy.array([2.0]), [5.0])
    >>> value, float(gradient["w"])
    (1.0, 4.0)
    """
    try:
        import jax
    except ImportError as error:
        raise missing("jax", "to_jax") from error
    differentiable = _Differentiable(program)

    def run(arguments: Sequence[Any]) -> tuple[Any, list[Any]]:
        """Return the value, and the gradients with respect to what has one."""
        dtype = jax.dtypes.canonicalize_dtype(program.dtype)
        wanted = [
            argument if has else None
            for argument, has in zip(arguments, differentiable.has_gradient, strict=True)
        ]
        shapes = jax.tree.map(lambda each: jax.ShapeDtypeStruct(np.shape(each), dtype), wanted)

        def on_the_host(*arrays: Any) -> Any:
            found = differentiable.value_and_gradients([np.asarray(array) for array in arrays])
            return jax.tree.map(lambda each: np.asarray(each, dtype), found)

        scalar = jax.ShapeDtypeStruct((), dtype)
        value, gradients = jax.pure_callback(
            on_the_host, (scalar, shapes), *arguments, vmap_method="sequential"
        )
        return value, gradients

    loss = jax.custom_vjp(lambda *arguments: run(arguments)[0])

    def forward(*primals: Any) -> Any:
        differentiable.require([primal.perturbed for primal in primals])
        return run([primal.value for primal in primals])

    def backward(gradients: list[Any], upstream: Any) -> Any:
        return tuple([None if each is None else upstream * each for each in gradients])

    loss.defvjp(forward, backward, symbolic_zeros=True)

    def function(parameters: Mapping[str, Any], *inputs: Any) -> jax.Array:
        return loss(*map(jax.numpy.asarray, differentiable.in_order(parameters, inputs)))

    return function


class _Differentiable:
    """A program as a function of arrays one after the other: its parameters, then the batch."""

    def __init__(self, program: CompiledProgram) -> None:
        if not isinstance(program, CompiledProgram):
            raise CompileError(f"it takes step.program, the program of a step, not {program!r}")
        returns = program.returns
        if not returns.has_loss or program.structure is not None:
            raise CompileError(
                "it takes the program of a loss that returns one Value; this one returns "
                + ("further outputs" if returns.has_loss else "outputs alone")
            )
        self.program = program
        self.names = (*program.parameters, *program.batch)
        self.has_gradient = [
            *[name in returns.parameters for name in program.parameters],
            *[name in returns.inputs for name in program.batch],
        ]

    def in_order(self, parameters: Mapping[str, Any], inputs: Sequence[Any]) -> list[Any]:
        """Return the arguments of a call as one list."""
        names = self.program.parameters
        if not isinstance(parameters, Mapping) or parameters.keys() != names.keys():
            raise CompileError(f"the parameters are a mapping with {', '.join(names)}")
        if len(inputs) != len(self.program.batch):
            raise CompileError(
                f"there must be {len(self.program.batch)} arrays of the batch "
                f"({', '.join(self.program.batch)}), not {len(inputs)}"
            )
        return [*[parameters[name] for name in names], *inputs]

    def require(self, wanted: Sequence[bool]) -> None:
        """See that there is every gradient that is wanted."""
        for name, is_wanted, has in zip(self.names, wanted, self.has_gradient, strict=True):
            if is_wanted and not has:
                raise CompileError(
                    f"the program has no gradient of {name}: name it in autograd.compile(…, wrt=…)"
                )

    def value_and_gradients(self, arrays: Sequence[Any]) -> tuple[float, list[Any]]:
        """Return the mean loss, and its gradient for each array or None."""
        n = len(self.program.parameters)
        value, gradient = self.program(dict(zip(self.names, arrays[:n], strict=False)), *arrays[n:])
        # The gradient of an input is that of each example's own loss, and here that of the mean.
        counts = [1] * n + [len(array) for array in arrays[n:]]
        places = zip(self.names, self.has_gradient, counts, strict=True)
        return value, [gradient[name] / count if has else None for name, has, count in places]
