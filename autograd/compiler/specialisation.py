"""A program for arguments of certain shapes, and its function."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import partial
from math import prod
from operator import methodcaller
from typing import Any

import numpy as np

from autograd.compiler import numba_dialect, tensor_dialect
from autograd.compiler.arrays import Arrays, checked_classes, layout
from autograd.compiler.checks import Check
from autograd.compiler.errors import CompileError
from autograd.compiler.examples import Recorded
from autograd.compiler.portable import CompiledProgram, gathering, load
from autograd.compiler.procedure import procedure_of
from autograd.compiler.program import Program
from autograd.compiler.scalars import Graph
from autograd.compiler.source import constant_array, with_constants, write


class Specialisation:
    """A program for arguments of certain shapes, and its function."""

    def __init__(
        self,
        lifted: Program,
        classes: Sequence[int],
        frozen: tuple[int, ...],
        recorded: Recorded,
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
        self._backend, self._tensors = backend, tensors
        self._number = np.dtype(dtype)
        self._gathered = gathering(program.returns, dtype)

    def prepare(self, arrays: Sequence[Any]) -> None:
        """Note what has to be done with arguments of these types, with NumPy or numba."""
        for position, (array, n_classes) in enumerate(zip(arrays, self.classes, strict=True)):
            if n_classes:
                if self._backend != "numba":  # whose machine code looks itself
                    self.preparations.append((position, partial(checked_classes, n_classes)))
            elif array.dtype != self._number:
                as_floats = methodcaller("astype", self._number)
                self.preparations.append((position, as_floats))

    def run(
        self, flat: Any, parameters: list[Any], arrays: list[Any]
    ) -> tuple[float, Any, list[Any]]:
        """Return the value, all gradients in one vector and the outputs, with NumPy or numba.

        The parameters come in one vector, and one by one.
        """
        for position, prepare in self.preparations:
            arrays[position] = prepare(arrays[position])
        if self._backend == "numba":
            found: tuple[float, Any, list[Any]] = self.function(flat, *arrays)
            return found
        if self.has_scalars:
            parameters = [array[()] for array in parameters]
        return self._gathered(self.function(*arrays, *parameters))

    def run_with(self, numbers: Any, arrays: Sequence[Any]) -> tuple[float, Any, list[Any]]:
        """Return the same for other parameters, whatever it runs on as numbers and NumPy's arrays.

        The value is nan where there is no loss.
        """
        if (tensors := self._tensors) is not None:
            given = [tensors.given(array) for array in arrays]
            value, flat, outputs = self.run_tensors(tensors.array(numbers), given)
            return (
                math.nan if value is None else float(tensors.numpy(value)),
                tensors.numpy(flat),
                [tensors.numpy(output) for output in outputs],
            )
        flat = numbers.astype(self._number)
        return self.run(flat, [*Arrays(flat, self.program.layout).values()], [*arrays])

    def run_tensors(self, flat: Any, arrays: list[Any]) -> tuple[Any, Any, list[Any]]:
        """Return the same as tensors, with torch or JAX."""
        tensors = self._tensors
        for i, n_classes in enumerate(self.classes):
            if n_classes:
                arrays[i] = tensors.classes(arrays[i], n_classes)
                if self.are_numbers[i]:
                    arrays[i] = tensors.floats(arrays[i])
            else:
                arrays[i] = tensors.floats(arrays[i])
        try:
            found: tuple[Any, Any, list[Any]] = self.function(flat, *arrays)
        except (AttributeError, IndexError, NotImplementedError, TypeError) as error:
            raise CompileError(
                f"{self._backend} can't run this program; leave the backend out for NumPy. It "
                f"says: {error}"
            ) from error
        return found


def numbers_of_classes(graph: Graph, shapes: Sequence[tuple[str, tuple[int, ...]]]) -> list[int]:
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
