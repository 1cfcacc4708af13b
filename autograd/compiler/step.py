"""compile: from a loss over Values to a step over arrays."""

from __future__ import annotations

import builtins
import linecache
from collections.abc import Callable, Sequence
from functools import partial
from itertools import count
from typing import Any

import numpy as np

from autograd.compiler.arrays import Arrays, layout
from autograd.compiler.errors import CompileError
from autograd.compiler.lifting import lift
from autograd.compiler.program import Program
from autograd.compiler.recording import record, variable
from autograd.compiler.scalars import find_sums_of_products, read_graph
from autograd.compiler.source import write
from autograd.contexts import pause_gc
from autograd.errors import did_you_mean
from autograd.value import Value


def compile(
    loss: Callable[..., Any], *, batch: Sequence[str] = (), backend: str = "numpy"
) -> CompiledLoss:
    """Return a step that computes a loss and its gradient with arrays.

    The loss is ordinary code over Values. It is recorded once, for one example, and the graph is
    lifted into array operations; the step then runs these, for a whole batch at a time.

    Args:
        loss: called with one example: for each name in ``batch`` a Value, or nested lists of Values
            for the axes after the first. Parameters are the Values that it reaches otherwise.
        batch: names for the arguments of the loss, which become arrays with a row per example.
            Without, the loss takes no arguments and is recorded as it is.
        backend: ``"numpy"``, or ``"numba"`` for machine code, which takes seconds to make and is
            kept on disk (extra ``numba``).

    Raises:
        CompileError: if there is no such backend; at the first call, if it is not installed or the
            loss can't be compiled: the message says why.
        TracingError: then too, if the loss looks at the number in a Value.

    >>> import autograd
    >>> w, b = autograd.Value(3.0, label="w"), autograd.Value(0.5, label="b")
    >>> step = compile(lambda x, y: (w * x + b - y) ** 2, batch=("x", "y"))
    >>> value, gradient = step([1.0, 2.0], [3.0, 7.0])
    >>> value, float(gradient["w"]), float(gradient["b"])
    (0.25, -0.5, 0.0)
    """
    names = (batch,) if isinstance(batch, str) else tuple(batch)
    for name in names:
        if not name.isidentifier():
            raise CompileError(f"the names of a batch are names of arguments, not {name!r}")
    if backend not in _BACKENDS:
        raise CompileError(f"there is no backend {backend!r}{did_you_mean(backend, _BACKENDS)}")
    return CompiledLoss(loss, names, backend)


class _Compiled:
    """A program for arguments of certain shapes: its source, and the function in it."""

    _numbers = count(1)

    def __init__(
        self, program: Program, leaves: Sequence[Value | None], title: str, backend: str
    ) -> None:
        self.source = write(program, title)
        self.arrays = {array.name: array.shape for array in program.parameters}
        self.leaves = [leaves[leaf] for array in program.parameters for leaf in array.leaves]
        self.classes = _numbers_of_classes(program)
        self.function = _BACKENDS[backend](self.source)
        self.parameters: list[Any] = []
        self.layout = layout(self.arrays)
        self.preparations: list[tuple[int, Callable[[Any], Any]]] = []  # of some arguments
        self.has_scalars = () in self.arrays.values()


def _numbers_of_classes(program: Program) -> list[int]:
    """For each input, how many classes it chooses from; 0 if it holds numbers."""
    found: dict[object, int] = {}
    for operation in program.operations:
        if operation.index is not None:
            array, n = operation.index.array, operation.shapes[0][-1]
            found[array] = min(n, found.get(array, n))
    return [found.get(array, 0) for array in program.inputs]


def _execute(source: str) -> Callable[..., Any]:
    """Run a module from its text; debuggers and tracebacks find the lines by its name."""
    filename = f"<autograd.compile {next(_Compiled._numbers)}>"
    lines = source.splitlines(keepends=True)
    linecache.cache[filename] = (len(source), None, lines, filename)
    namespace: dict[str, Any] = {"__name__": "autograd.compiled"}
    exec(builtins.compile(source, filename, "exec"), namespace)
    function: Callable[..., Any] = namespace["loss_and_gradient"]
    return function


def _machine_code(source: str) -> Callable[..., Any]:
    from autograd.compiler import numba_backend  # numba is loaded when it is asked for

    return numba_backend.load(source)


_BACKENDS: dict[str, Callable[[str], Callable[..., Any]]] = {
    "numpy": _execute,
    "numba": _machine_code,
}


class CompiledLoss:
    """A compiled loss: call it for the value and the gradient of the mean over a batch.

    ``parameters`` are named arrays, taken from the Values when the loss is first recorded; change
    them in place, or ``parameters.flat``, all in one vector.
    """

    def __init__(self, loss: Callable[..., Any], batch: tuple[str, ...], backend: str) -> None:
        self.loss = loss
        self.backend = backend
        self.batch = batch
        self._programs: dict[object, _Compiled] = {}
        self._latest: _Compiled | None = None
        self._signature: object = None  # the shapes and types of the latest arguments
        self._parameters: Arrays | None = None
        self._leaves: list[Value] = []

    def __call__(self, *arguments: Any) -> tuple[float, Arrays]:
        """Return the mean loss of a batch, and its gradient as named arrays.

        Raises:
            CompileError: if the arguments are not those of the batch or can't be classes, and all
                that :func:`compile` raises.
        """
        arrays = [a if a.__class__ is np.ndarray else np.asarray(a) for a in arguments]
        signature = [(array.shape, array.dtype) for array in arrays]
        if signature != self._signature:
            self._choose_program(arrays)
            self._signature = signature
        program = self._current()
        for position, prepare in program.preparations:
            arrays[position] = prepare(arrays[position])
        parameters = program.parameters
        if program.has_scalars:
            parameters = [array[()] for array in parameters]
        value, *gradients = program.function(*arrays, *parameters)
        flat = np.concatenate(gradients, axis=None) if gradients else np.zeros(0)
        return float(value), Arrays(flat, program.layout)

    @property
    def source(self) -> str:
        """The program as a Python module that needs nothing but NumPy.

        Raises:
            CompileError: if there is none yet, because the shapes of the batch are not known.
        """
        return self._current().source

    @property
    def parameters(self) -> Arrays:
        """The parameters as named arrays, and as one vector without copying."""
        self._current()
        assert self._parameters is not None
        return self._parameters

    @property
    def leaves(self) -> list[Value]:
        """The Values whose numbers the parameters are, in the order of ``parameters.flat``."""
        self._current()
        return list(self._leaves)

    def load(self) -> None:
        """Copy the numbers of the Values into the arrays."""
        flat = self.parameters.flat
        flat[:] = [leaf._data for leaf in self._leaves]

    def store(self, gradient: Arrays | None = None) -> None:
        """Copy the numbers of the arrays into the Values, and a gradient into their ``grad``."""
        flat = self.parameters.flat
        for leaf, number in zip(self._leaves, flat.tolist(), strict=True):
            leaf.data = number
        if gradient is not None:
            for leaf, number in zip(self._leaves, gradient.flat.tolist(), strict=True):
                leaf.grad = number

    def _current(self) -> _Compiled:
        if self._latest is None:
            if self.batch:
                raise CompileError(
                    f"the program is made at the first call, when the shapes of "
                    f"{', '.join(self.batch)} are known: call the step first"
                )
            self._latest = self._trace([], ())
        return self._latest

    def _choose_program(self, arrays: Sequence[Any]) -> None:
        """Make the program for the arguments the latest one: an old one, or one made now."""
        self._check(arrays)
        key = tuple([(array.shape[1:], array.dtype) for array in arrays])
        self._latest = self._programs.get(key) or self._trace(arrays, key)

    def _trace(self, arrays: Sequence[Any], key: object) -> _Compiled:
        inputs: list[Value] = []
        shapes: list[tuple[str, tuple[int, ...]]] = []
        arguments = []
        for name, array in zip(self.batch, arrays, strict=True):
            is_index = array.dtype.kind in "iu" and array.ndim == 1
            numbers = np.asarray(array[0], dtype=float).ravel().tolist()
            labels = [name] if array.ndim == 1 else [f"{name}[{i}]" for i in range(len(numbers))]
            values = [
                variable(x, label, is_index) for x, label in zip(numbers, labels, strict=True)
            ]
            inputs += values
            shapes.append((name, array.shape[1:] if array.ndim < 4 else (len(values),)))
            arguments.append(_nested(values, array.shape[1:]))
        called = getattr(self.loss, "__name__", "function")
        title = f"The loss {called!r} and its gradient, made by autograd.compile."
        with pause_gc():
            loss, constants = record(self.loss, arguments)
            graph = find_sums_of_products(read_graph(loss, inputs, constants))
            program = _Compiled(lift(graph, shapes), graph.values, title, self.backend)
        if self._parameters is None:
            self._leaves = [leaf for leaf in program.leaves if leaf is not None]
            self._parameters = Arrays(np.empty(len(self._leaves)), program.layout)
            self._latest = program
            self.load()
        elif program.leaves != self._leaves or program.layout != self._parameters._layout:
            raise CompileError(
                "for arguments of these shapes the loss uses its parameters in another way: "
                "compile it again for them"
            )
        program.parameters = list(self._parameters.values())
        for position, (array, n_classes) in enumerate(zip(arrays, program.classes, strict=True)):
            if n_classes:
                program.preparations.append((position, partial(_checked_classes, n_classes)))
            elif array.dtype != np.float64:
                program.preparations.append((position, _as_floats))
        self._programs[key] = program
        return program

    def _check(self, arrays: Sequence[Any]) -> None:
        if len(arrays) != len(self.batch):
            raise CompileError(
                f"the step takes {len(self.batch)} arrays ({', '.join(self.batch) or 'none'}), "
                f"not {len(arrays)}"
            )
        for name, array in zip(self.batch, arrays, strict=True):
            if array.ndim == 0 or len(array) == 0:
                raise CompileError(
                    f"{name} must have a row for each example and at least one, not shape "
                    f"{array.shape}"
                )
            if len(array) != len(arrays[0]):
                raise CompileError(
                    f"{name} must have as many rows as {self.batch[0]}, {len(arrays[0])} and not "
                    f"{len(array)}"
                )
            if array.dtype.kind not in "fiub":
                raise CompileError(f"{name} must hold real numbers, not {array.dtype}")


def _nested(values: Sequence[Value], shape: Sequence[int]) -> Any:
    """Return the values as one, or as nested lists of a shape."""
    nested: list[Any] = list(values)
    for length in reversed(shape):
        nested = [nested[i : i + length] for i in range(0, len(nested), length)]
    return nested[0]


def _checked_classes(n_classes: int, array: Any) -> Any:
    classes = array if array.dtype == np.int64 else array.astype(np.int64)
    if classes.view(np.uint64).max() >= n_classes:  # where negative numbers are very large ones
        wrong = next(number for number in array.tolist() if not 0 <= number < n_classes)
        raise CompileError(f"a class must be a whole number from 0 to {n_classes - 1}, not {wrong}")
    return classes


def _as_floats(array: Any) -> Any:
    return array.astype(np.float64)
