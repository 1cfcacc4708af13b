"""Find what elements are as arrays: all of a box, a row of it, its transpose, several side by side.

Elements go by their numbers in the lifted graph. An array of them is the list of these numbers,
row after row, and its shape.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import groupby
from math import prod
from typing import NamedTuple

from viz.picture.boxes import Box
from viz.picture.equations import (
    MOST_NAMES,
    Expression,
    Index,
    Shape,
    Windows,
    column,
    flat,
    joined,
    part,
    stacked,
    transposed,
)

MOST_PARTS = 64  # of arrays side by side; what has more has no order that a title could say


class Array(NamedTuple):
    """Elements by their numbers, row after row, and their shape."""

    numbers: Sequence[int]
    shape: Shape

    @property
    def transposed(self) -> Array:
        rows, columns = self.shape
        numbers = [self.numbers[i * columns + j] for j in range(columns) for i in range(rows)]
        return Array(numbers, (columns, rows))


def varying(array: Array, axis: int) -> bool:
    """Say whether the elements differ along an axis."""
    shape, numbers = array.shape, array.numbers
    inner = prod(shape[axis + 1 :])
    length = shape[axis]
    outer = inner * length
    for start in range(0, len(numbers), outer):
        first = numbers[start : start + inner]
        for k in range(1, length):
            if numbers[start + k * inner : start + (k + 1) * inner] != first:
                return True
    return False


def without_axis(array: Array, axis: int) -> Array:
    """Return the array at the first place of an axis along which all is the same."""
    shape, numbers = array.shape, array.numbers
    inner = prod(shape[axis + 1 :])
    outer = inner * shape[axis]
    kept = [each for s in range(0, len(numbers), outer) for each in numbers[s : s + inner]]
    return Array(kept, (*shape[:axis], *shape[axis + 1 :]))


def ways(array: Array, free: int) -> Iterator[tuple[tuple[int, ...], Array]]:
    """Yield the array without the axes along which all is the same, of the first so many axes.

    An axis of one place may be left out or not, so there are several ways. With each come the axes
    that are left.
    """
    found: list[tuple[tuple[int, ...], Array]] = [(tuple(range(free)), array)]
    for axis in reversed(range(free)):
        without = [
            (tuple(each for each in kept if each != axis), without_axis(one, axis))
            for kept, one in found
            if not varying(one, axis)
        ]
        found = [*found, *without] if array.shape[axis] == 1 else without or found
    yield from found


class Matcher:
    """Expressions for arrays of the elements of boxes.

    ``constants`` finds that for numbers that are in no box, of those that one box uses.
    """

    def __init__(
        self,
        box_of: Mapping[int, Box],
        position_of: Mapping[int, int],
        constants: Callable[[Array], Expression | None],
    ) -> None:
        self.box_of = box_of
        self.position_of = position_of
        self.constants = constants

    def find(self, array: Array) -> Expression | None:
        """Return the expression for a number, a vector or a matrix; None if no index says it."""
        numbers, shape = array
        if len(shape) > 2 or not numbers:
            return None
        boxes = [self.box_of.get(number) for number in numbers]  # constants are in none yet
        first = boxes[0]
        if all(box is first for box in boxes):
            if first is None:
                return self.constants(array)
            return part_of(first, [self.position_of[number] for number in numbers], shape)
        if len(shape) == 1:
            return self._side_by_side(array, boxes)
        return self._side_by_side(array, boxes) or self._rows(array)

    def _side_by_side(self, array: Array, boxes: Sequence[Box | None]) -> Expression | None:
        numbers, shape = array
        width = shape[-1]
        if any(boxes[i] is not boxes[i % width] for i in range(len(boxes))):
            return None
        parts: list[Expression] = []
        for _, run in groupby(range(width), key=lambda place: id(boxes[place])):
            columns = [*run]
            chosen = [n for r in range(0, len(numbers), width) for n in
                      numbers[r + columns[0] : r + columns[-1] + 1]]  # fmt: skip
            is_number = len(columns) == 1 and len(shape) == 1
            found = self.find(Array(chosen, () if is_number else (*shape[:-1], len(columns))))
            if found is None or len(parts) > MOST_PARTS:
                return None
            parts.append(found)
        return joined(parts)

    def _rows(self, array: Array) -> Expression | None:
        numbers, (rows, width) = array.numbers, array.shape
        if rows > MOST_PARTS:
            return None
        found = [
            self.find(Array(numbers[i * width : (i + 1) * width], (width,))) for i in range(rows)
        ]
        if any(each is None for each in found):
            return None
        return stacked([each for each in found if each is not None])


def part_of(box: Box, positions: Sequence[int], shape: Shape) -> Expression | None:
    """Return the elements at these positions of a box as an array of the shape, if an index can."""
    if shape == box.shape and _is_range(positions, len(positions)):
        return part(box, shape)
    if not shape:
        return part(box, (), index_at(box.shape, positions[0]))
    if not box.shape:
        return joined([part(box, ())]) if shape == (1,) else None
    if len(shape) == 1:
        return _vector(box, positions)
    found = _matrix(box, positions, shape)
    if found is None and len(box.shape) == 2:
        turned = Array(positions, shape).transposed
        other = _matrix(box, turned.numbers, turned.shape)
        found = None if other is None else transposed(other)
    return found


def index_at(shape: Shape, position: int) -> Index:
    """Return the index of an element, counted in rows."""
    if len(shape) < 2:
        return (position,)[: len(shape)]
    return divmod(position, shape[1])


def _is_range(positions: Sequence[int], length: int) -> bool:
    return len(positions) == length and all(p == i for i, p in enumerate(positions))


def _vector(box: Box, positions: Sequence[int]) -> Expression | None:
    n = len(positions)
    if len(box.shape) == 1:
        chosen = _along(positions, len(box.elements))
        if chosen is None:
            return None
        return part(box, (n,), () if chosen == slice(None) else (chosen,))
    if _is_range(positions, len(box.elements)):
        return flat(part(box, box.shape))
    height, width = box.shape
    if n == len(box.elements) and all(
        position == i % height * width + i // height for i, position in enumerate(positions)
    ):
        return flat(transposed(part(box, box.shape)))
    rows, columns = {p // width for p in positions}, {p % width for p in positions}
    if len(rows) == 1 and (chosen := _along([p % width for p in positions], width)) is not None:
        return part(box, (n,), (rows.pop(), chosen))
    if len(columns) == 1:
        chosen = _along([p // width for p in positions], height)
        return None if chosen is None else part(box, (n,), (chosen, columns.pop()))
    return None


def _matrix(box: Box, positions: Sequence[int], shape: Shape) -> Expression | None:
    height, width = shape
    if len(box.shape) == 1:
        if width == 1 and (found := _vector(box, positions)) is not None:
            return column(found)
        return _windows(box, positions, shape)
    length = box.shape[1]
    rows = [positions[i * width] // length for i in range(height)]
    columns = [position % length for position in positions[:width]]
    if any(
        position != rows[i // width] * length + columns[i % width]
        for i, position in enumerate(positions)
    ):
        return None
    by_row, by_column = _along(rows, box.shape[0]), _along(columns, length)
    if by_row is None or by_column is None:
        return None
    if isinstance(by_row, list) and isinstance(by_column, list):
        return None
    is_whole = by_row == by_column == slice(None)
    return part(box, shape, () if is_whole else (by_row, by_column))


def _windows(box: Box, positions: Sequence[int], shape: Shape) -> Expression | None:
    height, width = shape
    start = positions[0]
    stride = positions[width] - start if height > 1 else 1
    if stride < 1 or any(
        position != start + stride * (i // width) + i % width
        for i, position in enumerate(positions)
    ):
        return None
    whole = part_of(box, range(start, positions[-1] + 1), (positions[-1] + 1 - start,))
    return None if whole is None else Windows(shape, (whole,), stride)


def _along(positions: Sequence[int], length: int) -> slice | list[int] | None:
    """Return the positions along an axis as a slice, or as a short list."""
    start, n = positions[0], len(positions)
    if _is_range(positions, length):
        return slice(None)
    step = positions[1] - start if n > 1 else 1
    if step and all(position == start + i * step for i, position in enumerate(positions)):
        stop = start + n * step
        if step > 0:
            stop_ = None if stop >= length else stop
            return slice(start or None, stop_, None if step == 1 else step)
        return slice(None if start == length - 1 else start, None if stop < 0 else stop, step)
    return [*positions] if n <= MOST_NAMES else None
