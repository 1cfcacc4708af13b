"""compile: from a loss over Values to a step over arrays."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable, Sequence
from functools import partial
from importlib import import_module
from math import prod
from operator import attrgetter, methodcaller
from typing import (
    TYPE_CHECKING,
    Any,
    Generic,
    Literal,
    NamedTuple,
    NoReturn,
    TypeAlias,
    TypedDict,
    TypeVar,
    Unpack,
    get_args,
    overload,
)

import numpy as np

from autograd.changes import Change, make, of_data, of_gradients
from autograd.compiler import notebook, numba_dialect, tensor_dialect
from autograd.compiler.agreement import (
    Numbers,
    Places,
    disagreement,
    numbers_of,
    of_batch,
)
from autograd.compiler.arrays import Arrays, Layout, check_real, checked_classes, layout
from autograd.compiler.calling import in_order, of_positions
from autograd.compiler.checks import COMPUTED, Check, check_inputs, checks_of, without_checked
from autograd.compiler.errors import CompileError, NoProgramError
from autograd.compiler.lifting import lift
from autograd.compiler.portable import (
    CompiledProgram,
    as_array,
    check_arguments,
    gathered,
    load,
)
from autograd.compiler.procedure import procedure_of
from autograd.compiler.program import Program
from autograd.compiler.recording import evaluate, record, variable
from autograd.compiler.results import Results, read_results, shapes_of
from autograd.compiler.scalars import Graph, find_sums_of_products, read_graph
from autograd.compiler.source import constant_array, with_constants, write
from autograd.compiler.wanted import Wanted, read_wanted
from autograd.contexts import is_recording, pause_gc
from autograd.errors import did_you_mean
from autograd.text import public_names
from autograd.transforms import RowByRow
from autograd.value import Value

if TYPE_CHECKING:
    import typing_extensions  # whose variables may have a default, as Python's may since 3.13

    Answer = typing_extensions.TypeVar("Answer", default=Any)
else:
    Answer = TypeVar("Answer")

Backend: TypeAlias = Literal["numpy", "numba", "torch", "jax"]
OfFloats: TypeAlias = Literal["numpy", "numba"]  # the value is a float, and the rest NumPy's arrays
Precision: TypeAlias = Literal["float64", "float32"]


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
    if device is not None and backend not in _TENSORS:
        raise CompileError(f"backend={backend!r} runs on the CPU: device is for torch and JAX")
    if wrt is not None and not gradient:
        raise CompileError("wrt says whose gradients are wanted, and gradient=False wants none")
    wanted = None if wrt is None else read_wanted(wrt, names)
    kind = CompiledLoss if gradient else CompiledFunction
    return kind(loss, names, backend, dtype, device, check, wanted)


class _Compiled:
    """A program for arguments of certain shapes, and its function."""

    def __init__(
        self,
        lifted: Program,
        classes: Sequence[int],
        frozen: tuple[int, ...],
        recorded: _Recorded,
        checks: tuple[Check, ...],
        title: str,
        dtype: str,
        backend: str,
        tensors: Any,
    ) -> None:
        parameters = {array.name: array.shape for array in lifted.parameters}
        shapes = recorded.example.shapes
        batch = tuple([name for name, _ in shapes])
        names = {array.name: name for name, array in zip(batch, lifted.inputs, strict=True)}
        returns = lifted.returns
        inputs = tuple([names[name] for name in returns.inputs])
        procedure = procedure_of(lifted)
        machine_code = ""
        if backend == "numba":
            machine_code = numba_dialect.write(
                procedure, title, returns, layout(parameters), classes, dtype
            )
        self.program = program = CompiledProgram(
            code=write(procedure, title, dtype),
            machine_code=machine_code,
            constants=tuple([constant_array(array) for array in lifted.constants]),
            batch=batch,
            shapes=tuple([shape for _, shape in shapes]),
            classes=tuple(classes),
            parameters=parameters,
            dtype=dtype,
            backend="numpy" if tensors is not None else backend,
            returns=returns._replace(inputs=inputs, frozen=frozen),
            structure=recorded.results.structure,
            checks=checks,
        )
        self.classes = program.classes
        operands = {view.array for each in lifted.operations for view in each.operands}
        # The inputs that the program computes with, be they classes or not.
        self.are_numbers = [array in operands for array in lifted.inputs]
        if tensors is not None:
            self.function = tensors.load(program, tensor_dialect.write(procedure, title))
        elif backend == "numba":
            from autograd.compiler import numba_backend  # numba is loaded when it is asked for

            source = with_constants(machine_code, program.constants, dtype)
            self.function = numba_backend.load(source, self.classes, program.returns)
        else:
            self.function = load(program.code, program.constants, dtype, program.returns)
        self.flat: Any = None  # all parameters in one vector, and one by one
        self.parameters: list[Any] = []
        self.preparations: list[tuple[int, Callable[[Any], Any]]] = []  # of some arguments
        self.has_scalars = () in parameters.values()
        self.n_proven = 0  # rows for which it was compared with the loss


def _numbers_of(parameters: Places, inputs: Collection[str], recorded: _Recorded) -> Numbers:
    """Return what the eager engine has for an example, in the order of the program.

    The gradients are those of parameters and of some inputs.
    """
    example, results = recorded
    leaves: list[Value] = []
    for name, place in layout(dict(example.shapes)).items():
        if name in inputs:
            leaves += example.inputs[place.start : place.stop]
    _, checked = checks_of(results.required, example.inputs, example.shapes)
    return numbers_of(results.loss, leaves, results.outputs + checked, parameters)


def _numbers_of_classes(graph: Graph, shapes: Sequence[tuple[str, tuple[int, ...]]]) -> list[int]:
    """For each input, how many classes it chooses from; 0 if it holds numbers.

    Raises:
        CompileError: if an input holds classes of several kinds, or classes and numbers.
    """
    found: dict[int, int] = {}
    for node, index in graph.choices.items():
        n = len(graph.operands[node])
        found[index] = min(n, found.get(index, n))
    n_inputs = sum(prod(shape) for _, shape in shapes)  # the first nodes
    used = {x for operands in graph.operands for x in operands if x < n_inputs} | found.keys()
    numbers: list[int] = []
    first = 0
    for name, shape in shapes:
        elements = range(first, first := first + prod(shape))
        kinds = {found.get(element, 0) for element in elements if element in used} or {0}
        if len(kinds) > 1:
            raise CompileError(
                f"{name} holds classes of several kinds, or classes and numbers: give each kind "
                "to the step as an argument of its own"
            )
        numbers += kinds
    return numbers


class _Parameters(NamedTuple):
    """The parameters of a step: as arrays, and the Values that they are."""

    arrays: Arrays
    leaves: list[Value]


class _Example(NamedTuple):
    """Values for one example: the inputs one by one, their names and shapes, and nested."""

    inputs: list[Value]
    shapes: list[tuple[str, tuple[int, ...]]]
    arguments: list[Any]


class _Recorded(NamedTuple):
    """An example, and what the function has returned for it."""

    example: _Example
    results: Results


PROVEN_ROWS = 3  # so many that no axis of a single row or of two passes for the batch

_FAULT = (
    "This is a fault of autograd.compile, or of an op whose rules differ for arrays: compute with "
    "the Values themselves, and report it if the op is the library's; check=False leaves the "
    "comparison out"
)

_TENSORS = {"torch", "jax"}
_BACKENDS: tuple[str, ...] = get_args(Backend)


class CompiledFunction(RowByRow, Generic[Answer]):
    """A compiled function: call it with arrays for what it returns, with the batch in front.

    ``parameters`` are named arrays, taken from the Values when it is first recorded; change them in
    place, or ``parameters.flat``, all in one vector. Arguments of other shapes get a program of
    their own, for the same parameters in the same places. Several threads may call it at once, also
    with different shapes. It can't be pickled, but its ``program`` can.
    """

    _has_loss = False
    _title = "The function {}"

    def __init__(
        self,
        loss: Callable[..., Any],
        batch: tuple[str, ...],
        backend: Backend = "numpy",
        dtype: Precision = "float64",
        device: Any = None,
        check: bool = True,
        wanted: Wanted | None = None,
    ) -> None:
        self.loss = loss
        self._function = of_positions(loss, batch)
        self._wanted = wanted  # None for the gradients of all parameters
        self.check = check
        self.backend = backend
        self.batch = batch
        self.dtype = dtype
        self.device = device
        self._number = np.dtype(dtype).type
        self._tensors: Any = None  # what makes the tensors of the backend, if it has any
        if backend in _TENSORS:  # its package is loaded when it is asked for
            module = import_module(f"autograd.compiler.{backend}_backend")
            self._tensors = module.Backend(dtype, device)
        # Threads share what follows, so each is only ever replaced or added to as a whole.
        self._programs: dict[object, _Compiled] = {}
        # The shapes and types of the latest arguments, and their program.
        self._latest: tuple[list[Any], _Compiled] | None = None
        self._laid_out: dict[None, _Parameters] = {}  # once they are known

    @property
    def _name(self) -> str:
        return str(getattr(self.loss, "__name__", "function"))

    def __call__(self, *arguments: Any, **named: Any) -> Answer:
        """Return what the function returns for each example, as arrays with the batch in front.

        They are in tuples and dicts as the function returns them; with torch and JAX, tensors. The
        arrays may be given by the names of the batch.

        Raises:
            CompileError: if the arguments are not those of the batch or can't be classes, and all
                that :func:`compile` raises.
        """
        if named:
            arguments = in_order(self.batch, arguments, named)
        if self._tensors is not None:
            return self._call_tensors(arguments)
        arrays = [
            a if a.__class__ is np.ndarray else as_array(self.batch, i, a)
            for i, a in enumerate(arguments)
        ]
        signature = [(array.shape, array.dtype) for array in arrays]
        latest = self._latest
        if latest is None or signature != latest[0]:
            latest = self._choose_program(arrays, signature)
        program = latest[1]
        checks = program.program.checks
        check_inputs(checks, arrays)
        value, flat, outputs = self._run(program, program.flat, program.parameters, arrays)
        outputs = without_checked(checks, outputs)
        n_rows = len(arrays[0]) if arrays else None
        answer: Answer = program.program.answer(value, flat, outputs, n_rows)
        return answer

    def _run(
        self, program: _Compiled, flat: Any, parameters: list[Any], arrays: list[Any]
    ) -> tuple[float, Any, list[Any]]:
        """Return the value, all gradients in one vector and the outputs.

        The parameters come in one vector, and by name.
        """
        for position, prepare in program.preparations:
            arrays[position] = prepare(arrays[position])
        if self.backend == "numba":
            found: tuple[float, Any, list[Any]] = program.function(flat, *arrays)
            return found
        if program.has_scalars:
            parameters = [array[()] for array in parameters]
        results = program.function(*arrays, *parameters)
        return gathered(program.program.returns, results, self._number)

    def _call_tensors(self, arguments: Sequence[Any]) -> Answer:
        tensors = self._tensors
        arrays = [
            tensors.given(a if tensors.is_own(a) else self._as_numbers(i, a))
            for i, a in enumerate(arguments)
        ]
        signature = [(array.shape, array.dtype) for array in arrays]
        latest = self._latest
        if latest is None or signature != latest[0]:
            latest = self._choose_program([tensors.numpy(array) for array in arrays], signature)
        program = latest[1]
        checks = program.program.checks
        check_inputs(checks, arrays, tensors.numpy)
        value, flat, outputs = self._run_tensors(program, self.parameters.flat, arrays)
        outputs = without_checked(checks, outputs, tensors.numpy)
        n_rows = len(arrays[0]) if arrays else None
        answer: Answer = program.program.answer(value, flat, outputs, n_rows)
        return answer

    def _as_numbers(self, position: int, argument: Any) -> Any:
        """Return an argument as an array that any backend takes."""
        array = as_array(self.batch, position, argument)
        check_real(self.batch[position] if position < len(self.batch) else "an argument", array)
        return array

    def _run_tensors(
        self, program: _Compiled, flat: Any, arrays: list[Any]
    ) -> tuple[Any, Any, list[Any]]:
        """Return the value, all gradients in one vector and the outputs, as tensors."""
        tensors = self._tensors
        for i, n_classes in enumerate(program.classes):
            if n_classes:
                arrays[i] = tensors.classes(arrays[i], n_classes)
                if program.are_numbers[i]:
                    arrays[i] = tensors.floats(arrays[i])
            else:
                arrays[i] = tensors.floats(arrays[i])
        try:
            found: tuple[Any, Any, list[Any]] = program.function(flat, *arrays)
        except (AttributeError, IndexError, NotImplementedError, TypeError) as error:
            raise CompileError(
                f"{self.backend} can't run this program; leave the backend out for NumPy. It "
                f"says: {error}"
            ) from error
        return found

    @property
    def function(self) -> Callable[..., Any]:
        """The latest program as a function of parameters and inputs; with JAX a pure one.

        ``function(parameters, x, y)`` returns what the step does, with parameters and gradients by
        name; ``jax.jit`` and ``jax.vmap`` accept it. For float64 under these, call
        what they make within ``jax.enable_x64(True)``, or all it is given becomes float32.

        Raises:
            CompileError: if there is no program yet, or for another backend than JAX.
        """
        if self.backend != "jax":
            raise NoProgramError("a pure function needs backend='jax'")
        found: Callable[..., Any] = self._current().function.pure
        return found

    @property
    def source(self) -> str:
        """The program as a Python module that needs nothing but NumPy.

        Raises:
            CompileError: if there is none yet, because the shapes of the batch are not known.
        """
        return self._current().program.source

    @property
    def program(self) -> CompiledProgram:
        """The latest program by itself, which can be pickled and called in other processes.

        With torch and JAX it is the program for NumPy in float64.

        Raises:
            CompileError: if there is none yet, because the shapes of the batch are not known.
        """
        return self._current().program

    def __reduce__(self) -> NoReturn:
        raise CompileError(
            "a step can't be pickled or copied, as it holds the loss and its Values; step.program "
            "can: the program for arguments of the latest shapes, to call with step.parameters"
        )

    @property
    def parameters(self) -> Arrays:
        """The parameters as named arrays, and as one vector without copying."""
        self._current()
        return self._laid_out[None].arrays

    @property
    def leaves(self) -> list[Value]:
        """The Values whose numbers the parameters are, in the order of ``parameters.flat``."""
        self._current()
        return list(self._laid_out[None].leaves)

    __dir__ = public_names

    def __repr__(self) -> str:
        count = len(self.leaves) if self._latest is not None else 0
        said = [
            self._name,
            f"batch={self.batch!r}" if self.batch else "",
            f"backend={self.backend!r}" if self.backend != "numpy" else "",
            "no program yet" if self._latest is None else f"{count} parameter{'s' * (count != 1)}",
        ]
        return f"{type(self).__name__}({', '.join(filter(None, said))})"

    def _repr_html_(self) -> str:
        return notebook.shown(repr(self), None if self._latest is None else self.program)

    def mapped(
        self, transform: Callable[[Callable[..., Any]], Callable[..., Any]]
    ) -> CompiledFunction:
        """Return the compiled function of the transformed one, as jacobian and hessian ask for.

        Of a loss that returns more, it is the loss alone that is transformed.
        """
        loss = self._function

        def function(*arguments: Any) -> Any:
            returned = loss(*arguments)
            return read_results(returned, True).loss if self._has_loss else returned

        return CompiledFunction(
            transform(function), self.batch, self.backend, self.dtype, self.device, self.check
        )

    def load(self) -> None:
        """Copy the numbers of the Values into the arrays."""
        numbers = _numbers(self.leaves)
        if self._tensors is not None:
            self.parameters.flat = self._tensors.array(numbers)
        else:
            self.parameters.flat[:] = numbers

    def store(self) -> None:
        """Copy the numbers of the arrays into the Values."""
        make(of_data(self.leaves, self.parameters.flat.tolist()))

    def _current(self) -> _Compiled:
        latest = self._latest
        if latest is None:
            if self.batch:
                raise NoProgramError(
                    f"the program is made at the first call, when the shapes of "
                    f"{', '.join(self.batch)} are known: call the step first"
                )
            latest = self._choose_program([], [])
        return latest[1]

    def _choose_program(
        self, arrays: Sequence[Any], signature: list[Any]
    ) -> tuple[list[Any], _Compiled]:
        """Make the program for the arguments the latest one: an old one, or one made now."""
        check_arguments(self.batch, arrays)
        key = tuple([(array.shape[1:], array.dtype) for array in arrays])
        recorded = None
        program = self._programs.get(key)
        if program is None:
            made, recorded = self._trace(arrays)
            program = self._programs.setdefault(key, made)
        latest = signature, program
        check_inputs(program.program.checks, arrays)
        for array, n_classes in zip(arrays, program.classes, strict=True):
            if n_classes:
                checked_classes(n_classes, array)
        n_rows = min(PROVEN_ROWS, len(arrays[0])) if arrays else 1
        if self.check and program.n_proven < n_rows:
            if not is_recording():  # within no_grad() there is nothing to compare with
                return latest
            self._prove(program, [array[:n_rows] for array in arrays], n_rows, recorded)
            program.n_proven = n_rows
        self._latest = latest
        return latest

    def _prove(
        self, program: _Compiled, arrays: list[Any], n_rows: int, recorded: _Recorded | None
    ) -> None:
        """Compare a program with the loss, for some rows and the numbers in the Values.

        Raises:
            CompileError: if they disagree.
        """
        leaves = self._laid_out[None].leaves
        parameters = Places(self._leaves_of(program.program.returns.parameters))
        numbers = _numbers(leaves)
        found = []
        with pause_gc():
            for row in range(n_rows):
                if recorded is None or row:
                    example = self._example([array[row] for array in arrays], arrays)
                    try:
                        results = evaluate(self._function, example.arguments, self._has_loss)
                    except CompileError:
                        raise
                    except Exception:  # the loss has no number for this row
                        arrays = [array[:row] for array in arrays]
                        break
                    recorded = _Recorded(example, results)
                found.append(_numbers_of(parameters, program.program.returns.inputs, recorded))
        if not found or not np.array_equal(numbers, _numbers(leaves), equal_nan=True):
            return  # another thread has changed the Values meanwhile
        made = program.program
        of_inputs = dict(zip(made.batch, made.shapes, strict=True))
        shapes = [of_inputs[name] for name in made.returns.inputs]
        if made.structure is not None:
            shapes += shapes_of(made.structure)
        shapes += [()] * sum(check.argument == COMPUTED for check in made.checks)
        expected = of_batch(found, made.returns, [math.prod(shape) for shape in shapes])
        rows = f" for {_first_rows(len(found))} of the batch" if self.batch else ""
        try:
            with np.errstate(all="ignore"):
                value, flat, outputs = self._run_with(program, numbers, arrays)
        except CompileError:
            raise
        except Exception as error:
            raise CompileError(
                f"the program fails{rows}, where the loss has a value: {error}. {_FAULT}"
            ) from error
        computed = np.concatenate([np.zeros(0), *outputs], axis=None)
        difference = disagreement(value, flat, expected, self.dtype, computed)
        if difference is not None:
            place, wrong, right = difference
            what = "the value"
            if place is not None and place < len(flat):
                places = made.places(len(found) if self.batch else None)
                what = f"the gradient of {_named_place(places, place)}"
            elif place is not None:
                what = f"a further output (number {place - len(flat)} of all)"
            raise CompileError(
                f"the program disagrees with the loss{rows}: {what} is {wrong!r} and should be "
                f"{right!r}. {_FAULT}"
            )

    def _leaves_of(self, names: Iterable[str]) -> list[Value]:
        """Return the Values of some of the parameters."""
        arrays, leaves = self._laid_out[None]
        places = [arrays._layout[name] for name in names]
        return [leaf for place in places for leaf in leaves[place.start : place.stop]]

    def _run_with(
        self, program: _Compiled, numbers: Any, arrays: Sequence[Any]
    ) -> tuple[float, Any, list[Any]]:
        """Return what a program gives for other parameters, as numbers and arrays of NumPy."""
        if (tensors := self._tensors) is not None:
            given = [tensors.given(array) for array in arrays]
            value, flat, outputs = self._run_tensors(program, tensors.array(numbers), given)
            return (
                math.nan if value is None else float(tensors.numpy(value)),
                tensors.numpy(flat),
                [tensors.numpy(output) for output in outputs],
            )
        flat = numbers.astype(self._number)
        by_name = Arrays(flat, program.program.layout)
        return self._run(program, flat, [*by_name.values()], [*arrays])

    def _example(self, example: Sequence[Any], arrays: Sequence[Any]) -> _Example:
        """Return Values for one row of each array."""
        inputs: list[Value] = []
        shapes: list[tuple[str, tuple[int, ...]]] = []
        arguments = []
        for name, row, array in zip(self.batch, example, arrays, strict=True):
            is_index = array.dtype.kind in "iu"
            numbers = np.asarray(row, dtype=float).ravel().tolist()
            labels = [name] if array.ndim == 1 else [f"{name}[{i}]" for i in range(len(numbers))]
            values = [
                variable(x, label, is_index) for x, label in zip(numbers, labels, strict=True)
            ]
            inputs += values
            shapes.append((name, array.shape[1:]))
            arguments.append(_nested(values, array.shape[1:]))
        return _Example(inputs, shapes, arguments)

    def _trace(self, arrays: Sequence[Any]) -> tuple[_Compiled, _Recorded]:
        """Return the program for arguments of these shapes, and the example it was made from."""
        title = f"{self._title.format(repr(self._name))}, made by autograd.compile."
        example = self._example([array[0] for array in arrays], arrays)
        inputs, shapes, arguments = example
        with pause_gc():
            results, compiled, made = record(self._function, arguments, self._has_loss)
            checks, checked = checks_of(compiled.required, inputs, shapes)
            wanted = compiled.outputs + checked
            read = partial(read_graph, compiled.loss, inputs, made, outputs=wanted)
            graph = find_sums_of_products(read(with_rows=True))
            classes = _numbers_of_classes(graph, shapes)
            outputs = [] if results.structure is None else shapes_of(results.structure)
            outputs += [()] * len(checked)
            lifted = lift(graph, shapes, outputs=outputs)
            nodes = [node for array in lifted.parameters for node in array.nodes]
            leaves = [leaf for node in nodes for leaf in graph.leaves_of(node)]
            laid_out = self._laid_out.get(None) or self._lay_out(lifted, leaves)
            if not _is_laid_out(lifted, leaves, laid_out):
                graph = find_sums_of_products(read())
                lifted = lift(graph, shapes, _known_parameters(graph, laid_out), outputs)
            frozen: tuple[int, ...] = ()
            if self._wanted is not None:
                places = laid_out.arrays._layout
                lifted.wanted, frozen = self._wanted.arrays_of(
                    lifted, self.batch, places, laid_out.leaves
                )
            dtype = "float64" if self._tensors else self.dtype
            recorded = _Recorded(example, results)
            program = _Compiled(
                lifted, classes, frozen, recorded, checks, title, dtype, self.backend, self._tensors
            )
        program.flat = laid_out.arrays.flat
        program.parameters = list(laid_out.arrays.values())
        for position, (array, n_classes) in enumerate(zip(arrays, program.classes, strict=True)):
            if n_classes:
                if self.backend != "numba":  # whose machine code looks itself
                    program.preparations.append((position, partial(checked_classes, n_classes)))
            elif array.dtype != self._number:
                as_floats = methodcaller("astype", self._number)
                program.preparations.append((position, as_floats))
        return program, recorded

    def _lay_out(self, lifted: Program, leaves: Sequence[Value | None]) -> _Parameters:
        """Lay the parameters out as the first program has them, and load their numbers."""
        found = [leaf for leaf in leaves if leaf is not None]
        numbers = _numbers(found)
        flat = (
            numbers.astype(self._number) if self._tensors is None else self._tensors.array(numbers)
        )
        places = layout({array.name: array.shape for array in lifted.parameters})
        # Another thread may have been the first.
        return self._laid_out.setdefault(None, _Parameters(Arrays(flat, places), found))


class CompiledLoss(CompiledFunction[Answer]):
    """A compiled loss: call it for the value and the gradient of the mean over a batch.

    In all else it is a :class:`CompiledFunction`.
    """

    _has_loss = True
    _title = "The loss {} and its gradient"

    def __call__(self, *arguments: Any, **named: Any) -> Answer:
        """Return the mean loss of a batch, its gradient as named arrays, and what else is wanted.

        The loss is a float; with torch and JAX a tensor without axes. If it returns further Values,
        these come third, for each example, as arrays with the batch in front.

        Raises:
            CompileError: if the arguments are not those of the batch or can't be classes, and all
                that :func:`compile` raises.
            Exception: what the loss itself raises where a target is not what it requires, for each
                row of the batch, such as :class:`nn.DataError`; it names the row.
        """
        return super().__call__(*arguments, **named)

    def store(self, gradient: Arrays | None = None) -> None:
        """Copy the numbers of the arrays into the Values, and a gradient into their ``grad``.

        Values whose gradients were not wanted keep theirs.
        """
        changes = [of_data(self.leaves, self.parameters.flat.tolist())]
        if gradient is not None:
            changes.append(self._storing(gradient))
        make(*changes)

    def _storing(self, gradient: Arrays) -> Change:
        """Return the change that gives the Values their gradients, as far as they are wanted."""
        names = [name for name in gradient if name in self.parameters]
        numbers = [number for name in names for number in gradient[name].ravel().tolist()]
        found = dict(zip(self._leaves_of(names), numbers, strict=True))
        if self._wanted is not None:
            found = {leaf: found[leaf] for leaf in found.keys() & self._wanted.values}
        return of_gradients([*found], [*found.values()])


def _named_place(layout: Layout, position: int) -> str:
    """Return a number of the flat vector as an element of its array: ``W[0, 3]``."""
    for name, (start, stop, shape) in layout.items():
        if start <= position < stop:
            index = np.unravel_index(position - start, shape) if shape else ()
            return f"{name}[{', '.join(map(str, map(int, index)))}]" if shape else name
    raise IndexError(position)


def _first_rows(n: int) -> str:
    return "the first row" if n == 1 else f"the first {n} rows"


def _numbers(leaves: Sequence[Value]) -> Any:
    return np.fromiter(map(attrgetter("_data"), leaves), float, len(leaves))


def _is_laid_out(lifted: Program, leaves: Sequence[Value | None], parameters: _Parameters) -> bool:
    """Say whether a program has the parameters as they are laid out."""
    shapes = {array.name: array.shape for array in lifted.parameters}
    return leaves == parameters.leaves and layout(shapes) == parameters.arrays._layout


def _known_parameters(
    graph: Graph, parameters: _Parameters
) -> list[tuple[str, tuple[int, ...], list[int]]]:
    """Return the parameters as they are laid out: name, shape, and nodes or -1 for none.

    Raises:
        CompileError: if the graph has others.
    """
    nodes = {
        value: node
        for node, value in enumerate(graph.values)
        if value is not None and graph.kinds[node] == "parameter"
    }
    others = [value.name for value in nodes.keys() - set(parameters.leaves)]
    if others:
        named = ", ".join(sorted(others)[:3]) + (", …" if len(others) > 3 else "")
        many = f"{len(others)} parameter{'s' if len(others) > 1 else ''}"
        raise CompileError(
            f"with arguments of these shapes the loss reaches {many} that it "
            f"did not reach at the first call ({named}), for which step.parameters has no "
            "place: make the first call of a step with shapes that reach all"
        )
    return [
        (name, shape, [nodes.get(leaf, -1) for leaf in parameters.leaves[start:stop]])
        for name, (start, stop, shape) in parameters.arrays._layout.items()
    ]


def _nested(values: Sequence[Value], shape: Sequence[int]) -> Any:
    """Return the values as one, or as nested lists of a shape."""
    nested: list[Any] = list(values)
    for length in reversed(shape):
        nested = [nested[i : i + length] for i in range(0, len(nested), length)]
    return nested[0]
