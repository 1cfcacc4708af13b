"""The array program: arrays, views of their elements, and operations that compute arrays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import prod
from typing import Any

from autograd import ops
from autograd.compiler.array_terms import Reshape, Select, Take, transposed
from autograd.compiler.results import Returns
from autograd.compiler.symbols import Index, Range, Shape
from autograd.compiler.terms import Number, Term, Variable
from autograd.ops import Primitive, record_of


@dataclass(eq=False, slots=True)
class Array:
    """An array of the program. Its shape is that of one example; the elements are in rows."""

    shape: Shape
    batched: bool
    kind: str = "computed"  # or "parameter", "input", "constant"
    name: str = ""
    nodes: list[int] = field(default_factory=list)  # of its elements, where the graph has them
    numbers: Any = None  # of a constant: nested lists
    number: int = 0  # its place among the arrays
    flattened: bool = False  # an input with more axes than the two that arrays of an example have
    is_nameless: bool = False  # nobody has called it so
    _term: Variable | None = None

    @property
    def size(self) -> int:
        return prod(self.shape)

    @property
    def full(self) -> tuple[Shape, bool]:
        """The shape of one example, and whether examples differ."""
        return self.shape, self.batched

    @property
    def term(self) -> Variable:
        if self._term is None or self._term.name != self.name:
            self._term = Variable(self.name, self.shape, self.batched, self.is_nameless)
        return self._term


@dataclass(eq=False, slots=True)
class View:
    """Some elements of an array, or a number without an array.

    ``index`` is of the array of one example, and ``shape`` is what it gives; a broadcast element
    has shape ().
    """

    array: Array | None
    shape: Shape
    index: Index = ()  # empty for the whole
    number: float = 0.0
    reshaped: bool = False
    transposed: bool = False  # all of a matrix, with rows for columns
    positions: Array | None = None  # an array of positions, for what no index can say
    repeated: bool = False  # positions come more than once

    @property
    def batched(self) -> bool:
        return self.array is not None and self.array.batched

    @property
    def is_whole(self) -> bool:
        return not (self.index or self.positions or self.reshaped or self.transposed)

    @property
    def full(self) -> tuple[Shape, bool]:
        """The shape of one example, and whether examples differ."""
        return self.shape, self.batched

    def read(self) -> Term:
        """Return the term of the view, which broadcasts to the elements that it is used for."""
        if self.array is None:
            return Number(self.number)
        term: Term = self.array.term
        if self.transposed:
            return transposed(term)
        if self.positions is not None:
            term = Take(term, self.positions.term)
        elif self.index:
            term = Select(term, self.index)
        return Reshape(term, self.shape) if self.reshaped else term


@dataclass(eq=False, slots=True)
class Operation:
    """Compute an array from views, by an op of the table or by one that only arrays have.

    ``kind`` says how: "elementwise" by the op's rule; "affine" x Wᵀ + b; "rows" a reduction of
    the last axis; "lookup" rows of a table; "concatenate" parts into one.
    """

    kind: str
    target: Array
    operands: list[View]
    primitive: Primitive | None = None
    index: View | None = None  # the class that is chosen in each row
    difference: str = ""  # what softmax - onehot is called, which a cross entropy computes too
    shapes: list[Shape] = field(default_factory=list)  # of the operands, broadcast

    @property
    def targets(self) -> list[Array]:
        """All that it computes."""
        return [self.target]

    @property
    def has_difference(self) -> bool:
        """Whether it is a cross entropy, which computes two arrays."""
        return record_of(self.primitive) is ops.cross_entropy and self.index is not None


@dataclass(eq=False, slots=True)
class Output:
    """What a program returns besides the loss: elements, as an array of a shape for each example.

    ``name`` is that of a computed array if the elements are all of it, else a name of its own.
    """

    view: View
    shape: Shape
    name: str = ""


@dataclass(eq=False, slots=True)
class Program:
    """All operations in order, and what it returns: a loss, its gradients, and other outputs.

    The loss is the mean of a batched view plus other views. A gradient is that of the mean, but for
    an input it has a row for each example, of the loss of that example.
    """

    inputs: list[Array]
    parameters: list[Array]
    constants: list[Array]
    operations: list[Operation]
    loss: View | None  # None where the outputs are all that is wanted
    penalties: list[View]
    outputs: list[Output] = field(default_factory=list)
    wanted: list[Array] = field(default_factory=list)  # the parameters, then inputs, with gradient

    @property
    def losses(self) -> list[View]:
        """The views that the loss adds up."""
        return ([] if self.loss is None else [self.loss]) + self.penalties

    @property
    def returns(self) -> Returns:
        """What the function of the program returns."""
        names: dict[str, list[str]] = {"parameter": [], "input": []}
        for array in self.wanted:
            names[array.kind].append(array.name)
        parameters, inputs = tuple(names["parameter"]), tuple(names["input"])
        return Returns(self.loss is not None, parameters, inputs, len(self.outputs))


def select(array: Array, positions: Sequence[int], shape: Shape, constants: Constants) -> View:
    """Return the view of the elements at these positions (counted in rows), in a shape."""
    first = positions[0]
    if len(positions) == array.size and _is_range(positions, 0, 1):
        if shape == array.shape:
            return View(array, shape)
        if array.size > 1 or len(shape) > 0:
            return View(array, shape, reshaped=True)
    if all(position == first for position in positions) and (not shape or len(positions) > 1):
        return View(array, (), _element(array, first))
    if len(shape) == 2 and len(positions) > 1:
        rows, columns = shape
        by_row = [positions[i * columns : (i + 1) * columns] for i in range(rows)]
        if rows > 1 and all(row == by_row[0] for row in by_row):
            return select(array, by_row[0], (columns,), constants)
        if columns > 1 and all(len(set(row)) == 1 for row in by_row):
            return select(array, [row[0] for row in by_row], (rows, 1), constants)
    if (sliced := _slice(array, positions, shape)) is not None:
        return sliced
    if len(shape) == 2 and array.shape == shape[::-1]:
        rows, columns = array.shape
        if [*positions] == [i * columns + j for j in range(columns) for i in range(rows)]:
            return View(array, shape, transposed=True)
    where = constants.positions(positions, shape)
    return View(array, shape, positions=where, repeated=len(set(positions)) < len(positions))


def _is_range(positions: Sequence[int], start: int, step: int) -> bool:
    return [*positions] == [*range(start, start + step * len(positions), step)]


def _element(array: Array, position: int) -> Index:
    return (
        divmod(position, array.shape[1])
        if len(array.shape) == 2
        else (position,) * bool(array.shape)
    )


def _slice(array: Array, positions: Sequence[int], shape: Shape) -> View | None:
    if len(shape) == 1 and len(array.shape) == 1:
        step = positions[1] - positions[0] if len(positions) > 1 else 1
        if step > 0 and _is_range(positions, positions[0], step):
            return View(array, shape, (_range(positions, step),))
    if len(array.shape) != 2 or not positions:
        return None
    width = array.shape[1]
    rows, columns = [p // width for p in positions], [p % width for p in positions]
    if len(shape) == 1 and len(set(columns)) == 1:
        step = rows[1] - rows[0] if len(rows) > 1 else 1
        if step > 0 and _is_range(rows, rows[0], step):
            return View(array, shape, (_range(rows, step), columns[0]))
    if len(shape) == 1 and len(set(rows)) == 1:
        step = columns[1] - columns[0] if len(columns) > 1 else 1
        if step > 0 and _is_range(columns, columns[0], step):
            return View(array, shape, (rows[0], _range(columns, step)))
    if len(shape) == 2:
        _m, n = shape
        row_set, column_set = rows[::n], columns[:n]
        grid = [r * width + c for r in row_set for c in column_set]
        if (
            grid == list(positions)
            and _is_range(row_set, row_set[0], 1)
            and _is_range(column_set, column_set[0], 1)
        ):
            return View(array, shape, (_range(row_set, 1), _range(column_set, 1)))
    return None


def _range(positions: Sequence[int], step: int) -> Range:
    return Range(positions[0], positions[-1] + 1, step)


class Constants:
    """The constant arrays of a program: numbers in the graph, and positions; equal ones are one."""

    def __init__(self) -> None:
        self.arrays: list[Array] = []
        self._found: dict[Any, Array] = {}

    def positions(self, positions: Sequence[int], shape: Shape) -> Array:
        return self._array(tuple(positions), shape, "index")

    def numbers(self, numbers: Sequence[float], shape: Shape, stem: str) -> Array:
        return self._array(tuple(numbers), shape, stem)

    def _array(self, numbers: tuple[float, ...], shape: Shape, stem: str) -> Array:
        key = (tuple(map(repr, numbers)), shape, stem)
        if key not in self._found:
            nested: Any = list(numbers)
            if len(shape) == 2:
                nested = [nested[i * shape[1] : (i + 1) * shape[1]] for i in range(shape[0])]
            array = Array(shape, False, "constant", name=stem, numbers=nested)
            self._found[key] = array
            self.arrays.append(array)
        return self._found[key]
