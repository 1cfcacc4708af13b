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

from autograd.compiler.arrays import Arrays, ConstantArray, checked_classes, layout
from autograd.compiler.errors import CompileError
from autograd.compiler.source import with_constants

FORMAT = 1  # of the pickle
_FIELDS = {
    "code": str, "constants": tuple, "batch": tuple, "shapes": tuple, "classes": tuple,
    "parameters": dict, "dtype": str, "backend": str,
}  # fmt: skip


class CompiledProgram:
    """The program of a compiled loss for arguments of certain shapes; it can be pickled.

    ``program(parameters, x, y)`` returns what the step returns: the mean loss of a batch and its
    gradient as named arrays. The parameters are ``step.parameters``, or named arrays like these, or
    all in one vector. A process that unpickles it needs this package and NumPy, and numba for
    ``backend="numba"``.

    >>> import autograd, pickle
    >>> w = autograd.Value(3.0, label="w")
    >>> step = autograd.compile(lambda x: (w * x) ** 2, batch="x")
    >>> value, gradient = step([1.0, 2.0])
    >>> program = pickle.loads(pickle.dumps(step.program))
    >>> program(step.parameters, [1.0, 2.0])[0] == value, program
    (True, CompiledProgram(x: (); w: ()))
    """

    __slots__ = (*_FIELDS, "_layout")

    code: str  # the module without its constants
    constants: tuple[ConstantArray, ...]  # numbers, and positions in other arrays
    batch: tuple[str, ...]
    shapes: tuple[tuple[int, ...], ...]  # of one example of each array of the batch
    classes: tuple[int, ...]  # how many classes an array of the batch chooses from, else 0
    parameters: dict[str, tuple[int, ...]]
    dtype: str
    backend: str

    def __init__(self, **fields: Any) -> None:
        for name, kind in _FIELDS.items():
            if not isinstance(fields.get(name), kind):
                raise CompileError(f"this is no whole program: its {name!r} is missing or broken")
            setattr(self, name, fields[name])
        if fields.keys() != _FIELDS.keys() or not (
            len(self.batch) == len(self.shapes) == len(self.classes)
        ):
            raise CompileError("this is no whole program: its parts don't fit together")
        self._layout = layout(self.parameters)

    @property
    def source(self) -> str:
        """The program as a Python module that needs nothing but NumPy."""
        return with_constants(self.code, self.constants, self.dtype)

    def __call__(self, parameters: Any, *arguments: Any) -> tuple[float, Arrays]:
        """Return the mean loss of a batch, and its gradient as named arrays.

        Raises:
            CompileError: if the parameters or the arrays are not those of the program, or can't be
                classes; if numba is asked for and not installed.
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
        shapes = tuple(self.parameters.items())
        run = _loaded(self.code, self.constants, self.dtype, self.backend, shapes, self.classes)
        value, flat = run(self._flat(parameters, number), *arrays)
        return float(value), Arrays(flat.astype(number, copy=False), self._layout)

    def _flat(self, parameters: Any, number: Any) -> Any:
        """Return the parameters as one vector."""
        if isinstance(parameters, Mapping) and not isinstance(parameters, Arrays):
            if parameters.keys() != self.parameters.keys():
                raise CompileError(
                    f"the parameters are {', '.join(self.parameters)}, not {', '.join(parameters)}"
                )
            found = []
            for name, shape in self.parameters.items():
                array = np.asarray(parameters[name])
                if array.shape != shape:
                    raise CompileError(f"{name} must have the shape {shape}, not {array.shape}")
                found.append(array.astype(number, copy=False))
            return np.concatenate(found, axis=None) if found else np.zeros(0)
        flat = parameters.flat if isinstance(parameters, Arrays) else parameters
        try:
            flat = np.asarray(flat, dtype=number)
        except (TypeError, ValueError) as error:
            raise CompileError(f"the parameters must be real numbers: {error}") from None
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
        fields = {name: getattr(self, name) for name in _FIELDS}
        fields["constants"] = tuple([tuple(constant) for constant in self.constants])
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
        return CompiledProgram(**{**fields, "constants": constants})
    except (TypeError, KeyError) as error:
        raise CompileError(f"this is no whole program: {error!r}") from error


# Running.


_numbers = count(1)


def execute(source: str, names: Mapping[str, Any] = MappingProxyType({})) -> Callable[..., Any]:
    """Run a module from its text; debuggers and tracebacks find the lines by its name."""
    filename = f"<autograd.compile {next(_numbers)}>"
    lines = source.splitlines(keepends=True)
    linecache.cache[filename] = (len(source), None, lines, filename)
    namespace: dict[str, Any] = {"__name__": "autograd.compiled", **names}
    exec(builtins.compile(source, filename, "exec"), namespace)
    function: Callable[..., Any] = namespace["loss_and_gradient"]
    weakref.finalize(function, linecache.cache.pop, filename, None)
    return function


def load(code: str, constants: Sequence[ConstantArray], dtype: str) -> Callable[..., Any]:
    """Return the function of a program, for arrays of NumPy."""
    return execute(code, {constant.name: constant.array(dtype) for constant in constants})


@lru_cache(maxsize=8)  # a worker gets the same program again and again
def _loaded(
    code: str,
    constants: tuple[ConstantArray, ...],
    dtype: str,
    backend: str,
    parameters: tuple[tuple[str, tuple[int, ...]], ...],
    classes: tuple[int, ...],
) -> Callable[..., tuple[float, Any]]:
    """Return a program as a function of all parameters in one vector and the inputs."""
    places = layout(dict(parameters))
    if backend == "numba":
        from autograd.compiler import numba_backend  # numba is loaded when it is asked for

        source = with_constants(code, constants, dtype)
        found: Callable[..., Any] = numba_backend.load_flat(source, places, classes)
        return found
    function = load(code, constants, dtype)

    def run(flat: Any, *arrays: Any) -> tuple[float, Any]:
        given = [array[()] for array in Arrays(flat, places).values()]
        value, *gradients = function(*arrays, *given)
        return value, np.concatenate(gradients, axis=None) if gradients else np.zeros(0)

    return run


# Arguments.


def as_array(names: Sequence[str], position: int, argument: Any) -> Any:
    """Return an argument as an array, or raise an error if it is none."""
    try:
        return np.asarray(argument)
    except ValueError:
        name = names[position] if position < len(names) else f"argument {position + 1}"
        raise CompileError(f"{name} must have rows that are all of one shape") from None


def check_arguments(names: Sequence[str], arrays: Sequence[Any]) -> None:
    """Raise an error unless there is an array for each name, all with as many rows of numbers."""
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
        if array.dtype.kind not in "fiub":
            raise CompileError(f"{name} must hold real numbers, not {array.dtype}")
