"""A step: a compiled function that is called with arrays, and its programs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from importlib import import_module
from typing import (
    TYPE_CHECKING,
    Any,
    Generic,
    NoReturn,
    TypeVar,
)

import numpy as np

from autograd.changes import Change, make, of_data, of_gradients
from autograd.compiler import notebook
from autograd.compiler.arrays import Arrays, check_real, checked_classes, layout
from autograd.compiler.calling import in_order, of_positions
from autograd.compiler.checks import check_inputs, checks_of, without_checked
from autograd.compiler.errors import CompileError, NoProgramError
from autograd.compiler.examples import Recorded, example_of
from autograd.compiler.lifting import lift
from autograd.compiler.options import TENSORS, Backend, Precision
from autograd.compiler.parameters import (
    Parameters,
    is_laid_out,
    known_parameters,
    numbers_in,
)
from autograd.compiler.portable import (
    CompiledProgram,
    as_array,
    check_arguments,
)
from autograd.compiler.program import Program
from autograd.compiler.proof import PROVEN_ROWS, prove, rows_of
from autograd.compiler.recording import evaluate, record
from autograd.compiler.results import read_results, shapes_of
from autograd.compiler.rolling import rolled
from autograd.compiler.scalars import find_sums_of_products, read_graph
from autograd.compiler.specialisation import Specialisation, numbers_of_classes
from autograd.compiler.wanted import Wanted
from autograd.contexts import is_recording, pause_gc
from autograd.text import public_names
from autograd.transforms import RowByRow
from autograd.value import Value

if TYPE_CHECKING:
    import typing_extensions  # whose variables may have a default, as Python's may since 3.13

    Answer = typing_extensions.TypeVar("Answer", default=Any)
else:
    Answer = TypeVar("Answer")

# Batches are of one size, and a last one of another; so many sizes are looked up at once.
_MOST_SEEN = 64


class CompiledFunction(RowByRow, Generic[Answer]):
    """A compiled function: call it with arrays for what it returns, with the batch in front.

    ``parameters`` are named arrays, taken from the Values when it is first recorded; change them in
    place, or ``parameters.flat``, all in one vector. Arguments of other shapes get a program of
    their own, for the same parameters in the same places. Several threads may call it at once, also
    with different shapes. It can't be pickled, but its ``program`` can.

    >>> from autograd import Value, compile
    >>> w = Value(3.0, label="w")
    >>> double = compile(lambda x: w * x, batch="x", gradient=False)
    >>> double([1.0, 2.0]).tolist()
    [3.0, 6.0]
    >>> double.parameters["w"][...] = 5.0
    >>> double([1.0, 2.0]).tolist()
    [5.0, 10.0]
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
        if backend in TENSORS:  # its package is loaded when it is asked for
            module = import_module(f"autograd.compiler.{backend}_backend")
            self._tensors = module.Backend(dtype, device)
        # Threads share what follows, so each is only ever replaced or added to as a whole.
        self._programs: dict[object, Specialisation] = {}
        # The shapes and types of the latest arguments, and their program; and all that have been.
        self._latest: tuple[list[Any], Specialisation] | None = None
        self._seen: dict[object, tuple[list[Any], Specialisation]] = {}
        self._laid_out: dict[None, Parameters] = {}  # once they are known

    @property
    def _name(self) -> str:
        return str(getattr(self.loss, "__name__", "function"))

    def __call__(self, *arguments: Any, **named: Any) -> Answer:
        """Return what the function returns for each example, as arrays with the batch in front.

        They are in tuples and dicts as the function returns them; with torch and JAX, tensors. The
        arrays may be given by the names of the batch.

        Of a loss these are the mean over the batch, its gradient as named arrays, and third what
        else is wanted. The mean is a float; with torch and JAX a tensor without axes.

        Raises:
            CompileError: if the arguments are not those of the batch or can't be classes, and all
                that :func:`compile` raises.
            Exception: what the loss itself raises where a target is not what it requires, for each
                row of the batch, such as :class:`nn.DataError`; it names the row.
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
            latest = self._known(signature) or self._choose_program(arrays, signature)
        program = latest[1]
        if checks := program.program.checks:
            check_inputs(checks, arrays)
        value, flat, outputs = program.run(program.flat, program.parameters, arrays)
        if checks:
            outputs = without_checked(checks, outputs)
        n_rows = len(arrays[0]) if arrays else None
        answer: Answer = program.program.answer(value, flat, outputs, n_rows)
        return answer

    def _call_tensors(self, arguments: Sequence[Any]) -> Answer:
        tensors = self._tensors
        arrays = [
            tensors.given(a if tensors.is_own(a) else self._as_numbers(i, a))
            for i, a in enumerate(arguments)
        ]
        signature = [(array.shape, array.dtype) for array in arrays]
        latest = self._latest
        if latest is None or signature != latest[0]:
            latest = self._known(signature)
        if latest is None:
            latest = self._choose_program([tensors.numpy(array) for array in arrays], signature)
        program = latest[1]
        if checks := program.program.checks:
            check_inputs(checks, arrays, tensors.numpy)
        value, flat, outputs = program.run_tensors(self.parameters.flat, arrays)
        if checks:
            outputs = without_checked(checks, outputs, tensors.numpy)
        n_rows = len(arrays[0]) if arrays else None
        answer: Answer = program.program.answer(value, flat, outputs, n_rows)
        return answer

    def _as_numbers(self, position: int, argument: Any) -> Any:
        """Return an argument as an array that any backend takes."""
        array = as_array(self.batch, position, argument)
        check_real(self.batch[position] if position < len(self.batch) else "an argument", array)
        return array

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
        numbers = numbers_in(self.leaves)
        if self._tensors is not None:
            self.parameters.flat = self._tensors.array(numbers)
        else:
            self.parameters.flat[:] = numbers

    def store(self) -> None:
        """Copy the numbers of the arrays into the Values."""
        make(of_data(self.leaves, self.parameters.flat.tolist()))

    def _current(self) -> Specialisation:
        latest = self._latest
        if latest is None:
            if self.batch:
                raise NoProgramError(
                    f"the program is made at the first call, when the shapes of "
                    f"{', '.join(self.batch)} are known: call the step first"
                )
            latest = self._choose_program([], [])
        return latest[1]

    def _known(self, signature: list[Any]) -> tuple[list[Any], Specialisation] | None:
        """Make the program for arguments that have been seen the latest one."""
        found = self._seen.get((*signature,))
        if found is not None:
            self._latest = found
        return found

    def _choose_program(
        self, arrays: Sequence[Any], signature: list[Any]
    ) -> tuple[list[Any], Specialisation]:
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
        if len(self._seen) < _MOST_SEEN:
            self._seen[(*signature,)] = latest
        return latest

    def _prove(
        self,
        program: Specialisation,
        arrays: Sequence[Any],
        n_rows: int,
        recorded: Recorded | None,
    ) -> None:
        """Compare a program with the loss for these rows; what the first gives may be known."""
        evaluated = partial(evaluate, self._function, has_loss=self._has_loss)
        rows = rows_of(evaluated, self.batch, arrays, n_rows, recorded)

        def run(numbers: Any, n: int) -> tuple[float, Any, list[Any]]:
            return program.run_with(numbers, [array[:n] for array in arrays])

        prove(program.program, self._laid_out[None], rows, run, self.dtype)

    def _trace(self, arrays: Sequence[Any]) -> tuple[Specialisation, Recorded]:
        """Return the program for arguments of these shapes, and the example it was made from."""
        title = f"{self._title.format(repr(self._name))}, made by autograd.compile."
        example = example_of(self.batch, [array[0] for array in arrays], arrays)
        inputs, shapes, arguments = example
        with pause_gc():
            results, compiled, made = record(self._function, arguments, self._has_loss)
            checks, checked = checks_of(compiled.required, inputs, shapes)
            wanted = compiled.outputs + checked
            read = partial(read_graph, compiled.loss, inputs, made, outputs=wanted)
            graph = find_sums_of_products(read(with_rows=True))
            classes = numbers_of_classes(graph, shapes)
            if self.backend == "numpy":  # the others have no loops yet
                graph = rolled(graph)
            outputs = [] if results.structure is None else shapes_of(results.structure)
            outputs += [()] * len(checked)
            lifted = lift(graph, shapes, outputs=outputs)
            nodes = [node for array in lifted.parameters for node in array.nodes]
            leaves = [leaf for node in nodes for leaf in graph.leaves_of(node)]
            laid_out = self._laid_out.get(None) or self._lay_out(lifted, leaves)
            if not is_laid_out(lifted, leaves, laid_out):
                graph = find_sums_of_products(read())
                lifted = lift(graph, shapes, known_parameters(graph, laid_out), outputs)
            frozen: tuple[int, ...] = ()
            if self._wanted is not None:
                places = laid_out.arrays._layout
                lifted.wanted, frozen = self._wanted.arrays_of(
                    lifted, self.batch, places, laid_out.leaves
                )
            dtype = "float64" if self._tensors else self.dtype
            recorded = Recorded(example, results)
            program = Specialisation(
                lifted, classes, frozen, recorded, checks, title, dtype, self.backend, self._tensors
            )
        program.flat = laid_out.arrays.flat
        program.parameters = list(laid_out.arrays.values())
        program.prepare(arrays)
        return program, recorded

    def _lay_out(self, lifted: Program, leaves: Sequence[Value | None]) -> Parameters:
        """Lay the parameters out as the first program has them, and load their numbers."""
        found = [leaf for leaf in leaves if leaf is not None]
        numbers = numbers_in(found)
        flat = (
            numbers.astype(self._number) if self._tensors is None else self._tensors.array(numbers)
        )
        places = layout({array.name: array.shape for array in lifted.parameters})
        # Another thread may have been the first.
        return self._laid_out.setdefault(None, Parameters(Arrays(flat, places), found))


class CompiledLoss(CompiledFunction[Answer]):
    """A compiled loss: call it for the value and the gradient of the mean over a batch.

    In all else it is a :class:`CompiledFunction`.

    >>> from autograd import Value, compile
    >>> w = Value(3.0, label="w")
    >>> step = compile(lambda x, y: (w * x - y) ** 2, batch=("x", "y"))
    >>> value, gradient = step([1.0, 2.0], [1.0, 2.0])
    >>> float(value), float(gradient["w"])
    (10.0, 10.0)
    """

    _has_loss = True
    _title = "The loss {} and its gradient"

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
        found = dict(zip(self._laid_out[None].leaves_of(names), numbers, strict=True))
        if self._wanted is not None:
            found = {leaf: found[leaf] for leaf in found.keys() & self._wanted.values}
        return of_gradients([*found], [*found.values()])
