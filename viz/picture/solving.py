"""Find how a box is computed: the equation that holds for each of its elements."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from itertools import product as combinations

from autograd import Value, ops
from autograd.ops import Primitive, record_of
from viz.picture.boxes import DOT, Box
from viz.picture.constants import Constants
from viz.picture.equations import (
    MOST_TERMS,
    Elementwise,
    Expression,
    Flat,
    Hadamard,
    Index,
    Inner,
    Joined,
    OfRows,
    RowDots,
    Shape,
    Stacked,
    Total,
    Transposed,
    Unordered,
    column,
    product,
    transposed,
)
from viz.picture.matching import Array, Matcher, ways
from viz.picture.places import OF_ALL_LOGITS, Places, choice_of


class Equation:
    """What one box is computed as."""

    def __init__(self, places: Places, box: Box) -> None:
        self.places, self.box = places, box
        self.constants = Constants(places, box)
        self.layers, self.graph = places.layers, places.graph
        self.matcher = Matcher(places.box_at, places.position_at, self.constants.find)
        self.shape = box.shape
        self.free = len(box.shape)

    def find(self) -> Expression:
        element = self.box.elements[0]
        op = self.layers.op_of(element)
        assert op is not None
        operands = [self.places.operands(each) for each in self.box.elements]
        found: Expression | None
        if op is DOT:
            found = self._dot(operands)
        elif self.layers.is_sum(op):
            found = self._sum(op, operands)
        elif op.vectors:
            found = self._of_rows(op, operands)
        else:
            found = self._elementwise(op, element, operands)
        if found is None or not self.constants.make(found):
            found = self._unordered(op, operands)
        self.constants.close(found)
        return found

    def _unordered(self, op: Primitive, operands: Sequence[Sequence[int]]) -> Expression:
        used: dict[Box, set[int]] = {}
        for number in (number for each in operands for number in each):
            for inner in self._shown(number):
                if (box := self.places.box_at.get(inner)) is not None:
                    used.setdefault(box, set()).add(inner)
        boxes = tuple([(box, len(inner) == len(box.elements)) for box, inner in used.items()])
        return Unordered(self.shape, (), op, boxes)

    def _shown(self, number: int) -> Sequence[int]:
        """Return the number, or for a part of a sum, which no node stands for, its operands."""
        return (number,) if self.graph.values[number] is not None else self.graph.operands[number]

    # Arrays that broadcast.

    def _slot(self, slot: object, numbers: Sequence[int]) -> Expression | None:
        """Return an operand of each element as an array that broadcasts to the shape."""
        self.constants.slot = slot
        if all(self.graph.values[number] is None for number in numbers):
            return self._dot([self.graph.operands[number] for number in numbers])
        if len({*numbers}) == 1 and self.graph.kinds[numbers[0]] == "constant":
            return self.constants.find(Array(numbers[:1], ()))
        for axes, array in ways(Array(numbers, self.shape), self.free):
            found = self.matcher.find(array)
            if found is not None:
                return column(found) if axes == (0,) and self.free == 2 else found
        return None

    def _slots(self, operands: Sequence[Sequence[int]]) -> list[Expression] | None:
        found = []
        for place, numbers in enumerate(zip(*operands, strict=True)):
            each = self._slot(place, numbers)
            if each is None:
                return None
            found.append(each)
        return found

    def _elementwise(
        self, op: Primitive, element: Value, operands: Sequence[Sequence[int]]
    ) -> Expression | None:
        found = self._slots(operands)
        if found is None:
            return None
        if op is ops.multiply and all(each.shape for each in found):
            return Hadamard(self.shape, tuple(found))
        return Elementwise(self.shape, tuple(found), op, element)

    def _sum(self, op: Primitive, operands: Sequence[Sequence[int]]) -> Expression | None:
        n = len(operands[0])
        is_written = 1 < n <= MOST_TERMS
        if not is_written or len({self.places.box_at.get(o) for o in operands[0]}) == 1 < n:
            found = self._of_rows(op, operands)
            if found is not None and not (is_written and _is_pieced(found)):
                return found
        slots = self._slots(operands) if n <= MOST_TERMS else None
        return None if slots is None else Total(self.shape, tuple(slots))

    # The last axis.

    def _of_rows(self, op: Primitive, operands: Sequence[Sequence[int]]) -> Expression | None:
        record, n = record_of(op), len(operands[0])
        if record in OF_ALL_LOGITS and op.chooses:
            return self._outputs(op, operands)
        halves = [(0, n)] if op.vectors != 2 else [(0, n // 2), (n // 2, n)]
        is_pairwise = op.vectors == 2
        found: list[Expression] = []
        for i, (start, stop) in enumerate(halves):
            self.constants.slot = i
            rows = [each[start:stop] for each in operands]
            one = self._rows(rows, is_set=not is_pairwise and not op.chooses)
            if one is None:
                return None
            found.append(one)
        return OfRows(self.shape, tuple(found), op, ())

    def _rows(self, rows: Sequence[Sequence[int]], is_set: bool) -> Expression | None:
        """Return vectors, one for each element, as the rows of a matrix or as one vector."""
        n = len(rows[0])
        if self.free == 2:  # of one column
            return None
        orders: list[Sequence[Sequence[int]]] = [rows]
        if is_set and all(number in self.places.position_at for row in rows for number in row):
            at = self.places.position_at
            orders.append([sorted(row, key=at.__getitem__) for row in rows])
        for ordered in orders:
            numbers = [number for row in ordered for number in row]
            if self.free == 0 and (whole := self._whole(numbers)) is not None:
                return whole
            found = self.matcher.find(Array(numbers, (*self.shape, n)))
            if found is not None:
                return found
        return None

    def _whole(self, numbers: Sequence[int]) -> Expression | None:
        """Return a matrix, if these are all of its elements."""
        box = self.places.box_at.get(numbers[0])
        if box is None or len(box.shape) != 2 or len(numbers) != len(box.elements):
            return None
        found = self.matcher.find(Array(numbers, (len(numbers),)))
        return found.operands[0] if isinstance(found, Flat) else None

    def _outputs(self, op: Primitive, operands: Sequence[Sequence[int]]) -> Expression | None:
        """Return the probabilities of the rows of logits, all or some of each."""
        self.constants.slot = 0
        chosen = [choice_of(each) for each in self.box.elements]
        n = len(operands[0])
        width = self.shape[-1] if self.shape else 1
        for each in [width] if width == 1 or self.free == 0 else [width, 1]:
            rows = operands[::each]
            index = chosen[:each]
            if chosen != index * len(rows):
                continue
            if any(operands[i] != rows[i // each] for i in range(len(operands))):
                continue
            shape = (n,) if len(rows) == 1 and self.free < 2 and each == width else (len(rows), n)
            found = self.matcher.find(Array([x for row in rows for x in row], shape))
            if found is None:
                continue
            if index == [*range(n)] and (self.shape or n > 1):
                return OfRows(self.shape, (found,), op, ())
            which: int | list[int] = index[0] if each == 1 else index
            chosen_index: Index = (which,) if len(shape) == 1 else (slice(None), which)
            if each > 1 or self.shape != (1,):
                return OfRows(self.shape, (found,), op, chosen_index)
        return None

    # Products.

    def _dot(self, operands: Sequence[Sequence[int]]) -> Expression | None:
        """Return a dot product, W x for a matrix and w·x for a vector, and its bias."""
        n = len(operands[0]) // 2
        weights = [each[:n] for each in operands]
        inputs = [each[n : 2 * n] for each in operands]
        self.constants.slot = DOT
        whole = self._product(weights, inputs)
        terms = [whole] if whole is not None else []
        if whole is None or all(isinstance(each, Joined) for each in _sides(whole)):
            terms = self._terms(weights, inputs) or terms
        if not terms:
            return None
        if len(operands[0]) % 2:
            bias = self._slot("bias", [each[-1] for each in operands])
            if bias is None:
                return None
            terms = [*terms, bias]
        return terms[0] if len(terms) == 1 else Total(self.shape, tuple(terms))

    def _terms(
        self, weights: Sequence[Sequence[int]], inputs: Sequence[Sequence[int]]
    ) -> list[Expression]:
        """Return a product for each pair of boxes; nothing if one of them has none."""
        at = self.places.box_at
        columns: dict[tuple[Box | None, Box | None], list[int]] = {}
        for i, pair in enumerate(zip(weights[0], inputs[0], strict=True)):
            columns.setdefault((at.get(pair[0]), at.get(pair[1])), []).append(i)
        if len(columns) == 1:
            return []
        terms = []
        for chosen in columns.values():
            one = self._product(*[[[row[c] for c in chosen] for row in side]
                                  for side in (weights, inputs)])  # fmt: skip
            if one is None:
                return []
            terms.append(one)
        return terms

    def _product(
        self, weights: Sequence[Sequence[int]], inputs: Sequence[Sequence[int]]
    ) -> Expression | None:
        for columns in self._orders(weights[0], inputs[0]):
            left, right = ([row[c] for row in side for c in columns] for side in (weights, inputs))
            found = self._matched(left, right, len(columns))
            if found is not None:
                return found
        return None

    def _orders(self, weights: Sequence[int], inputs: Sequence[int]) -> list[Sequence[int]]:
        """Return the orders to try for the terms of a sum: as they come, or as in a box."""
        at = self.places.position_at
        orders: list[Sequence[int]] = [range(len(weights))]
        for side in (weights, inputs):
            if all(number in at for number in side):
                by: Callable[[int], int] = partial(_position, at, side)
                order = sorted(range(len(side)), key=by)
                if order not in map(list, orders):
                    orders.append(order)
        return orders

    def _matched(self, left: Sequence[int], right: Sequence[int], n: int) -> Expression | None:
        if self.free == 0:
            return self._inner(left, right)
        if n == 1:
            factors = [self._slot(DOT, side) for side in (left, right)]
            known = tuple([each for each in factors if each is not None])
            return Hadamard(self.shape, known) if len(known) == 2 else None
        shape = (*self.shape, n)
        pairs = [*combinations(
            [*ways(Array(left, shape), self.free)], [*ways(Array(right, shape), self.free)]
        )]  # fmt: skip
        for (on_left, w), (on_right, x) in sorted(pairs, key=lambda pair: pair[0][0] == pair[1][0]):
            is_row = {*on_left, *on_right} == {1} and len(on_left) + len(on_right) == 1
            if {*on_left, *on_right} != {*range(self.free)} and not is_row:
                continue
            if on_left == on_right != (0,) or len(on_left) + len(on_right) > 2:
                continue
            a, b = self.matcher.find(w), self.matcher.find(x)
            if a is None or b is None:
                continue
            if is_row:  # of examples that are equal
                return Total(self.shape, (product(a, b) if on_left else product(b, a),))
            if self.free == 1:
                if on_left == on_right:
                    return RowDots(self.shape, (a, b))
                return product(a, b) if on_left else product(b, a)
            if on_left == on_right:
                continue
            return product(a, transposed(b)) if on_left == (0,) else product(b, transposed(a))
        return None

    def _inner(self, left: Sequence[int], right: Sequence[int]) -> Expression | None:
        shapes: list[Shape] = [(len(left),)]
        for number in (left[0], right[0]):
            box = self.places.box_at.get(number)
            if box is not None and len(box.shape) == 2 and len(box.elements) == len(left):
                shapes.insert(0, box.shape)
        for shape in shapes:
            a, b = (self.matcher.find(Array(side, shape)) for side in (left, right))
            if a is not None and b is not None:
                return Inner((), (a, b))
        return None


def _position(at: dict[int, int], side: Sequence[int], column: int) -> int:
    return at[side[column]]


def _sides(expression: Expression) -> tuple[Expression, ...]:
    return tuple([
        each.operands[0] if isinstance(each, Transposed) else each
        for each in expression.operands
    ])  # fmt: skip


def _is_pieced(expression: Expression) -> bool:
    return any(isinstance(each, Joined | Stacked) for each in expression.operands)
