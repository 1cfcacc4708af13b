"""A program by itself: what can be sent to another process, and what runs it there.

It is the text of a module and the constant arrays beside it, so it needs neither the model nor the
loss that it was recorded from.
"""

from __future__ import annotations

import builtins
import linecache
import math
import weakref
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from itertools import count
from types import MappingProxyType
from typing import Any

import numpy as np

from autograd import debuggers
from autograd.compiler.arrays import (
    Arrays,
    ConstantArray,
    Layout,
    check_real,
    checked_classes,
    layout,
    read_array,
    real_array,
)
from autograd.compiler.checks import Check, check_inputs, without_checked
from autograd.compiler.errors import CompileError
from autograd.compiler.results import Returns, Structure, nested, shapes_of
from autograd.compiler.source import with_constants
from autograd.requirements import Requirement

FORMAT = 4  # of the pickle
_FIELDS = {
    "code": str, "machine_code": str, "constants": tuple, "batch": tuple, "shapes": tuple,
    "classes": tuple, "parameters": dict, "dtype": str, "backend": str, "returns": Returns,
    "checks": tuple,
}  # fmt: skip


class CompiledProgram:
    """The program of a compiled loss for arguments of certain shapes; it can be pickled.

    ``program(parameters, x, y)`` returns what the step returns: the mean loss of a batch, its
    gradient as named arrays, and the outputs that were asked for. The parameters are
    ``step.parameters``, or named arrays like these, or all in one vector. A process that unpickles
    it needs this package and NumPy, and numba for ``backend="numba"``.

    >>> import autograd, pickle
    >>> w = autograd.Value(3.0, label="w")
    >>> step = autograd.compile(lambda x: (w * x) ** 2, batch="x")
    >>> value, gradient = step([1.0, 2.0])
    >>> program = pickle.loads(pickle.dumps(step.program))
    >>> program(step.parameters, [1.0, 2.0])[0] == value, program
    (True, CompiledProgram(x: (); w: ()))
    """

    __slots__ = (*_FIELDS, "structure", "layout", "_places")

    code: str  # the module without its constants
    machine_code: str  # the same for numba, if that is the backend
    constants: tuple[ConstantArray, ...]  # numbers, and positions in other arrays
    batch: tuple[str, ...]
    shapes: tuple[tuple[int, ...], ...]  # of one example of each array of the batch
    classes: tuple[int, ...]  # how many classes an array of the batch chooses from, else 0
    parameters: dict[str, tuple[int, ...]]
    dtype: str
    backend: str
    returns: Returns
    checks: tuple[Check, ...]  # what the loss requires of numbers, in each row
    structure: Structure | None  # of the outputs that are returned besides
    layout: Layout  # of the parameters in one vector

    def __init__(self, **fields: Any) -> None:
        for name, kind in _FIELDS.items():
            if not isinstance(fields.get(name), kind):
                raise CompileError(f"this is no whole program: its {name!r} is missing or broken")
            setattr(self, name, fields[name])
        if fields.keys() != {*_FIELDS, "structure"} or not (
            len(self.batch) == len(self.shapes) == len(self.classes)
            and self.parameters.keys() >= {*self.returns.parameters}
            and len(self.batch) >= len(self.returns.inputs)
        ):
            raise CompileError("this is no whole program: its parts don't fit together")
        self.structure = fields["structure"]
        self.layout = layout(self.parameters)
        self._places = layout({name: self.parameters[name] for name in self.returns.parameters})

    @property
    def source(self) -> str:
        """The program as a Python module that needs nothing but NumPy."""
        return with_constants(self.code, self.constants, self.dtype)

    def __call__(self, parameters: Any, *arguments: Any) -> Any:
        """Return what the step returns for these parameters.

        Raises:
            CompileError: if the parameters or the arrays are not those of the program, or can't be
                classes; if numba is asked for and not installed.
            Exception: what the loss raises where a number is not what it requires.
        """
        number = np.dtype(self.dtype)
        arrays = [as_array(self.batch, i, argument) for i, argument in enumerate(arguments)]
        check_arguments(self.batch, arrays)
        for i, (name, shape, n_classes) in enumerate(
            zip(self.batch, self.shapes, self.classes, strict=True)
        ):
            if arrays[i].shape[1:] != shape:
                expected = ", ".join(["rows", *map(str, shape)])
                raise CompileError(
                    f"{name} must have the shape ({expected}) that the program was made for, not "
                    f"{arrays[i].shape}"
                )
            if n_classes and arrays[i].dtype.kind == "f":
                raise CompileError(
                    f"{name} must hold classes, whole numbers, not {arrays[i].dtype}"
                )
            arrays[i] = (
                checked_classes(n_classes, arrays[i])
                if n_classes
                else arrays[i].astype(number, copy=False)
            )
        check_inputs(self.checks, arrays)
        shapes = tuple(self.parameters.items())
        run = _loaded(
            self.code,
            self.machine_code,
            self.constants,
            self.dtype,
            shapes,
            self.classes,
            self.returns,
        )
        value, flat, outputs = run(self._flat(parameters, number), *arrays)
        outputs = without_checked(self.checks, outputs)
        return self.answer(value, flat, outputs, len(arrays[0]) if arrays else None)

    def answer(self, value: Any, flat: Any, outputs: Sequence[Any], n_rows: int | None) -> Any:
        """Return what a step returns: value, gradient and outputs, as far as there are any.

        Args:
            value: the mean loss.
            flat: all gradients in one vector.
            outputs: arrays, those of the structure.
            n_rows: how many examples the batch has; None if there is no batch.
        """
        further: Any = None
        if self.structure is not None:
            batch = () if n_rows is None else (n_rows,)
            shapes = [(*batch, *shape) for shape in shapes_of(self.structure)]
            arrays = [array.reshape(shape) for array, shape in zip(outputs, shapes, strict=True)]
            further = nested(self.structure, iter(arrays))
        if not self.returns.has_loss:
            return further
        gradient = Arrays(flat, self.places(n_rows))
        return (value, gradient) if self.structure is None else (value, gradient, further)

    def places(self, n_rows: int | None) -> Layout:
        """Return where the gradients are in their vector, for a batch of so many examples."""
        if not self.returns.inputs:
            return self._places
        shapes = dict(zip(self.batch, self.shapes, strict=True))
        of_inputs = {name: (n_rows or 1, *shapes[name]) for name in self.returns.inputs}
        return layout({name: each.shape for name, each in self._places.items()} | of_inputs)

    def _flat(self, parameters: Any, number: Any) -> Any:
        """Return the parameters as one vector."""
        if isinstance(parameters, Mapping) and not isinstance(parameters, Arrays):
            if parameters.keys() != self.parameters.keys():
                raise CompileError(
                    f"the parameters are {', '.join(self.parameters)}, not {', '.join(parameters)}"
                )
            found = []
            for name, shape in self.parameters.items():
                array = real_array(name, parameters[name])
                if array.shape != shape:
                    raise CompileError(f"{name} must have the shape {shape}, not {array.shape}")
                found.append(array.astype(number, copy=False))
            return np.concatenate(found, axis=None) if found else np.zeros(0)
        flat = parameters.flat if isinstance(parameters, Arrays) else parameters
        flat = real_array("parameters", flat).astype(number, copy=False)
        n = sum(map(math.prod, self.parameters.values()))
        if flat.shape != (n,):
            raise CompileError(
                f"the parameters are {n} numbers in one vector, or named arrays, not an array of "
                f"shape {flat.shape}"
            )
        return flat

    def __repr__(self) -> str:
        inputs = zip(self.batch, self.shapes, strict=True)
        texts = [
            ", ".join(f"{name}: {shape}" for name, shape in pairs)
            for pairs in (inputs, self.parameters.items())
        ]
        return f"CompiledProgram({'; '.join(text for text in texts if text)})"

    def __reduce__(self) -> tuple[Any, ...]:
        fields = {name: getattr(self, name) for name in (*_FIELDS, "structure")}
        fields["constants"] = tuple([tuple(constant) for constant in self.constants])
        fields["returns"] = tuple(self.returns)
        fields["checks"] = tuple([(tuple(each.requirement), *each[1:]) for each in self.checks])
        return _restored, (FORMAT, fields)


def _restored(number: int, fields: Any = None, *_: Any) -> CompiledProgram:
    """Make a program from its pickle.

    Raises:
        CompileError: if it is of another version of this package, or not whole.
    """
    if number != FORMAT:
        raise CompileError(
            f"the program was pickled by another version of chainrule, in format {number}, and "
            f"this one reads format {FORMAT}: compile the loss again with this version, or take "
            "program.source along, which runs with NumPy alone"
        )
    try:
        constants = tuple([ConstantArray(*constant) for constant in fields["constants"]])
        returns = Returns(*fields["returns"])
        checks = tuple([Check(Requirement(*each[0]), *each[1:]) for each in fields["checks"]])
        return CompiledProgram(
            **{**fields, "constants": constants, "returns": returns, "checks": checks}
        )
    except (TypeError, KeyError) as error:
        raise CompileError(f"this is no whole program: {error!r}") from error


# Running.


_numbers = count(1)


def execute(
    source: str, root: str, names: Mapping[str, Any] = MappingProxyType({})
) -> Callable[..., Any]:
    """Run a module from its text and return its function of this name.

    Debuggers and tracebacks find the lines by its name.
    """
    name = f"autograd.compile {next(_numbers)}"
    filename = debuggers.unskipped(name) if debuggers.is_skipped() else f"<{name}>"
    debuggers.register(filename, source)
    namespace: dict[str, Any] = {"__name__": "autograd.compiled", **names}
    exec(builtins.compile(source, filename, "exec"), namespace)
    function: Callable[..., Any] = namespace[root]
    weakref.finalize(function, linecache.cache.pop, filename, None)
    return function


def load(
    code: str, constants: Sequence[ConstantArray], dtype: str, returns: Returns
) -> Callable[..., Any]:
    """Return the function of a program, for arrays of NumPy."""
    arrays = {constant.name: constant.array(dtype) for constant in constants}
    return execute(code, returns.function, arrays)


def gathering(
    returns: Returns, number: Any
) -> Callable[[Sequence[Any]], tuple[float, Any, list[Any]]]:
    """Return what makes of a program's results the value, all gradients in one vector, the outputs.

    The outputs are arrays of their own; without a loss the value is nan.
    """
    start = 1 if returns.has_loss else 0
    stop = start + len(returns.parameters) + len(returns.inputs)
    frozen, dtype = [*returns.frozen], np.dtype(number)

    def gathered(results: Sequence[Any]) -> tuple[float, Any, list[Any]]:
        flat = np.concatenate(results[start:stop], axis=None) if stop > start else np.zeros(0)
        if flat.dtype != dtype:
            flat = flat.astype(dtype)
        if frozen:
            flat[frozen] = 0.0
        value = float(results[0]) if start else math.nan
        return value, flat, [np.array(output, dtype) for output in results[stop:]]

    return gathered


@lru_cache(maxsize=8)  # a worker gets the same program again and again
def _loaded(
    code: str,
    machine_code: str,
    constants: tuple[ConstantArray, ...],
    dtype: str,
    parameters: tuple[tuple[str, tuple[int, ...]], ...],
    classes: tuple[int, ...],
    returns: Returns,
) -> Callable[..., tuple[float, Any, list[Any]]]:
    """Return a program as a function of all parameters in one vector and the inputs."""
    if machine_code:
        from autograd.compiler import numba_backend  # numba is loaded when it is asked for

        return numba_backend.load(with_constants(machine_code, constants, dtype), classes, returns)
    places = layout(dict(parameters))
    function, gathered = load(code, constants, dtype, returns), gathering(returns, dtype)

    def run(flat: Any, *arrays: Any) -> tuple[float, Any, list[Any]]:
        given = [array[()] for array in Arrays(flat, places).values()]
        return gathered(function(*arrays, *given))

    return run


# Arguments.


def as_array(names: Sequence[str], position: int, argument: Any) -> Any:
    """Return an argument as an array in the machine's byte order.

    Raises:
        CompileError: if it is none, or some of its elements are masked.
    """
    name = names[position] if position < len(names) else f"argument {position + 1}"
    return read_array(name, argument)


def check_arguments(names: Sequence[str], arrays: Sequence[Any]) -> None:
    """Raise an error unless there is an array for each name, all with as many rows of numbers."""
    if arrays and not names:
        raise CompileError(
            "the step takes no arrays, as the loss was compiled without batch; for a loss of "
            'examples give it arguments, and name them: compile(loss, batch=("x", "y"))'
        )
    if len(arrays) != len(names):
        raise CompileError(
            f"the step takes {len(names)} arrays ({', '.join(names) or 'none'}), not {len(arrays)}"
        )
    for name, array in zip(names, arrays, strict=True):
        if array.ndim == 0 or len(array) == 0:
            raise CompileError(
                f"{name} must have a row for each example and at least one, not shape {array.shape}"
            )
        if len(array) != len(arrays[0]):
            raise CompileError(
                f"{name} must have as many rows as {names[0]}, {len(arrays[0])} and not "
                f"{len(array)}"
            )
        check_real(name, array)
