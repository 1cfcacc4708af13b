"""compile: from a function over Values to a step over arrays."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Literal, TypedDict, Unpack, get_args, overload

from autograd.compiler.arrays import Arrays
from autograd.compiler.errors import CompileError
from autograd.compiler.options import TENSORS, Backend, OfFloats, Precision
from autograd.compiler.step import CompiledFunction, CompiledLoss
from autograd.compiler.wanted import read_wanted
from autograd.errors import did_you_mean
from autograd.value import Value

_BACKENDS: tuple[str, ...] = get_args(Backend)


class Options(TypedDict, total=False):
    """The options of :func:`compile` that don't change what the step returns."""

    batch: Sequence[str]
    wrt: Any
    dtype: Precision
    device: Any
    check: bool


@overload
def compile(
    loss: Callable[..., Value],
    *,
    gradient: Literal[True] = True,
    backend: OfFloats = "numpy",
    **options: Unpack[Options],
) -> CompiledLoss[tuple[float, Arrays]]: ...
@overload
def compile(
    loss: Callable[..., tuple[Value, Any]],
    *,
    gradient: Literal[True] = True,
    backend: OfFloats = "numpy",
    **options: Unpack[Options],
) -> CompiledLoss[tuple[float, Arrays, Any]]: ...
@overload
def compile(
    loss: Callable[..., Any],
    *,
    gradient: Literal[True] = True,
    backend: Backend = "numpy",
    **options: Unpack[Options],
) -> CompiledLoss: ...
@overload
def compile(
    loss: Callable[..., Any],
    *,
    gradient: Literal[False],
    backend: Backend = "numpy",
    **options: Unpack[Options],
) -> CompiledFunction: ...
def compile(
    loss: Callable[..., Any],
    *,
    batch: Sequence[str] = (),
    gradient: bool = True,
    wrt: Any = None,
    backend: Backend = "numpy",
    dtype: Precision = "float64",
    device: Any = None,
    check: bool = True,
) -> CompiledFunction:
    """Return a step that computes a loss and its gradient with arrays.

    The loss is ordinary code over Values. It is recorded for one example, and the graph is lifted
    into array operations; the step then runs these, for a whole batch at a time. To record it, it
    is called twice, for each new shape of the arguments: both calls must make the same graph.
    Before the program gives its first number, its value and gradient for the first three rows are
    compared with those of the loss itself, which is called for the other two rows: the first call
    takes up to twice as long for it.

    A loss may return more numbers, as in ``return loss, {"logits": logits}``: a Value, or tuples
    and dicts of them, and lists, which become arrays. The step then returns value, gradient and
    these, with the batch in front. With ``gradient=False`` any function of Values, such as a model,
    becomes a program of what it returns.

    Args:
        loss: called with one example: for each name in ``batch`` a Value, or nested lists of Values
            for the axes after the first. Parameters are the Values that it reaches otherwise.
        batch: names for the arguments of the loss, which become arrays with a row per example.
            Without, the loss takes no arguments and is recorded as it is. An argument that the loss
            takes by keyword alone is found by its name, the others by their order.
        gradient: whether the gradient of a loss is wanted, or only what the function returns.
        wrt: whose gradients are wanted, instead of those of all parameters: the name of an input,
            a Value, a module, or several of these. The gradient of a parameter is that of the mean
            over the batch. That of an input has its shape and in row i ∂lossᵢ/∂inputᵢ, of the loss
            of that example alone: of the mean it would be that over the size of the batch. In an
            array of which only some elements are wanted, the gradient of the others is 0.
        backend: ``"numpy"``, or ``"numba"`` for machine code, which takes seconds to make and is
            kept on disk (extra ``numba``), or ``"torch"`` and ``"jax"``, whose steps take arrays or
            tensors and return tensors (extras of these names).
        dtype: ``"float64"``, or ``"float32"`` for half the memory and 7 digits.
        device: where torch or JAX compute, as they name it: ``"cuda"`` for torch.
        check: whether the program is compared with the loss before its first number.

    Raises:
        CompileError: if there is no such backend, dtype or device, or torch or JAX are not
            installed, or ``wrt`` says nothing that has a gradient; at the first call, if numba is
            not installed or the loss can't be compiled, depends on none of what ``wrt`` asks for,
            or the program disagrees with it: the message says why.
        TracingError: then too, if the loss looks at the number in a Value, or is not the same when
            it is called again: random numbers and counters would be frozen in the program.

    >>> import autograd
    >>> w, b = autograd.Value(3.0, label="w"), autograd.Value(0.5, label="b")
    >>> step = compile(lambda x, y: (w * x + b - y) ** 2, batch=("x", "y"))
    >>> value, gradient = step([1.0, 2.0], [3.0, 7.0])
    >>> value, float(gradient["w"]), float(gradient["b"])
    (0.25, -0.5, 0.0)
    >>> model = compile(lambda x: [w * x, w * x + b], batch="x", gradient=False)
    >>> model([1.0, 2.0]).tolist()
    [[3.0, 3.5], [6.0, 6.5]]
    >>> slopes = compile(lambda x: (w * x) ** 2, batch="x", wrt="x")
    >>> slopes([1.0, 2.0])[1]["x"].tolist()
    [18.0, 36.0]
    """
    if not callable(loss):
        raise CompileError(
            f"the loss must be a function that returns a Value, not {loss!r}: write "
            "compile(lambda: …), or compile(loss_of, batch=(…)) for one with arguments"
        )
    names = (batch,) if isinstance(batch, str) else batch
    if not isinstance(names, Iterable):
        raise CompileError(f'batch must be names of arguments, as in ("x", "y"), not {batch!r}')
    names = tuple(names)
    for name in names:
        if not isinstance(name, str) or not name.isidentifier():
            raise CompileError(f"the names of a batch are names of arguments, not {name!r}")
    if len({*names}) < len(names):
        raise CompileError(f"the names of a batch must differ, not {', '.join(names)}")
    if backend not in _BACKENDS:
        raise CompileError(
            f"there is no backend {backend!r}{did_you_mean(str(backend), _BACKENDS)}"
        )
    if dtype not in get_args(Precision):
        raise CompileError(f"the dtype is 'float64' or 'float32', not {dtype!r}")
    if device is not None and backend not in TENSORS:
        raise CompileError(f"backend={backend!r} runs on the CPU: device is for torch and JAX")
    if wrt is not None and not gradient:
        raise CompileError("wrt says whose gradients are wanted, and gradient=False wants none")
    wanted = None if wrt is None else read_wanted(wrt, names)
    kind = CompiledLoss if gradient else CompiledFunction
    return kind(loss, names, backend, dtype, device, check, wanted)
