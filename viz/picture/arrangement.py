"""Arrange the elements of boxes in rows and columns, and find how each box is computed.

The compiler lifts a graph so that it runs fast; here the order of elements is that of the program,
as far as an equation can be written so: what a batch computes has a row for each example.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import partial
from itertools import product as combinations

from autograd import Value, ops
from autograd.ops import CONSTANT, Primitive, record_of
from viz.picture.boxes import DOT, Box, Layers
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
    part,
    parts,
    product,
    transposed,
)
from viz.picture.matching import Array, Matcher, part_of, ways

# They have an output for each logit, and a node of the graph for each output.
_OF_ALL_LOGITS = {ops.softmax, ops.log_softmax}


def arrange(layers: Layers) -> None:
    """Arrange all boxes, make boxes of the constants, and find the equation of each box."""
    _Arrangement(layers).run()


class _Arrangement:
    def __init__(self, layers: Layers) -> None:
        self.layers = layers
        self.graph = layers.graph
        self.box_at: dict[int, Box] = {}  # by the numbers of elements
        self.position_at: dict[int, int] = {}
        self.number_of_constant = {
            (repr(data), label): number
            for number, (data, label, kind) in enumerate(
                zip(self.graph.data, self.graph.labels, self.graph.kinds, strict=True)
            )
            if kind == "constant"
        }
        self.numbers_in: dict[Box, Sequence[int]] = {}  # of boxes of constants
        self.inputs: dict[object, Box] = {}  # the vectors of numbers that products are made with

    def run(self) -> None:
        layers = self.layers
        boxes, layers.boxes = layers.boxes, []
        for box in boxes:
            if box.kind == "leaf":
                self._arrange_leaf(box)
                layers.boxes.append(box)
                self._place(box)
                continue
            for copy in self._copies(box):
                self._arrange(copy)
                layers.boxes.append(copy)
                self._place(copy)
                copy.equation = _Equation(self, copy).find()
        if not boxes:  # the root is a constant itself
            layers.add(Box("constant", [layers.root]))

    def _place(self, box: Box) -> None:
        for position, element in enumerate(box.elements):
            number = self.layers.number_of[element]
            self.box_at[number], self.position_at[number] = box, position

    def operands(self, element: Value) -> tuple[int, ...]:
        return self.graph.operands[self.layers.number_of[element]]

    # Orders.

    def _arrange_leaf(self, box: Box) -> None:
        """Let elements with labels like W[1][2] stand where their labels say."""
        if len(box.shape) == 1 and not any(element.label for element in box.elements):
            box.elements.sort(key=self.layers.place.__getitem__)
            return
        found: dict[tuple[int, ...], Value] = {}
        for element in box.elements:
            match = re.fullmatch(r".*?\[(\d+)(?:\]\[|, ?)(\d+)\]", element.label)
            if match is None:
                return
            found[int(match[1]), int(match[2])] = element
        rows, columns = ({at[axis] for at in found} for axis in (0, 1))
        if len(found) != len(box.elements) or len(found) != len(rows) * len(columns):
            return
        is_whole = rows == {*range(len(rows))} and columns == {*range(len(columns))}
        if is_whole or len(rows) == 1:
            box.elements[:] = [found[at] for at in sorted(found)]
            if len(box.shape) == 2 or len(rows) > 1:
                box.shape = len(rows), len(columns)

    def _copies(self, box: Box) -> list[Box]:
        """Part what computes the same several times: each time is a box of its own."""
        seen: Counter[object] = Counter()
        parts: dict[int, list[Value]] = {}
        for element in sorted(box.elements, key=self.layers.place.__getitem__):
            op = self.layers.op_of(element)
            key = self.operands(element), op and op.parameters
            parts.setdefault(seen[key], []).append(element)
            seen[key] += 1
        if len(parts) == 1 or len(seen) == 1 or len({*map(len, parts.values())}) > 1:
            return [box]
        if self.layers.op_of(box.elements[0]) is DOT:  # equal examples of a batch
            return [box]
        copies = []
        for elements in parts.values():
            steps = [step for each in elements for step in self.layers.steps_of.get(each, ())]
            copies.append(
                replace(box, elements=elements, shape=(len(elements),), steps=steps, positions={})
            )
            self.layers.box_of.update(dict.fromkeys(copies[-1].members, copies[-1]))
        return copies

    def _arrange(self, box: Box) -> None:
        op = self.layers.op_of(box.elements[0])
        assert op is not None
        in_order = sorted(box.elements, key=self.layers.place.__getitem__)
        if len(in_order) == 1:
            if op is not DOT:
                box.shape = ()
        elif op is DOT:
            self._arrange_dots(box, in_order)
        elif op.chooses and record_of(op) in _OF_ALL_LOGITS:
            self._arrange_outputs(box, in_order)
        elif op.vectors and not self.layers.is_sum(op):
            self._arrange_by(box, in_order, [[self.operands(each)[0] for each in in_order]])
            box.shape = (len(in_order),)
        else:
            self._arrange_by(box, in_order, zip(*map(self.operands, in_order), strict=True))

    def _arrange_by(
        self, box: Box, in_order: Sequence[Value], slots: Iterable[Sequence[int]]
    ) -> None:
        """Let elements stand as those of a box that they are made of one by one."""
        best: Box | None = None
        by: Sequence[int] = ()
        for slot in slots:
            boxes = {id(found): found for number in slot if (found := self.box_at.get(number))}
            if len(boxes) != 1 or len({*slot}) < len(slot):
                continue
            [found] = boxes.values()
            if len(slot) == sum(number in self.box_at for number in slot) and (
                best is None or len(best.shape) < len(found.shape) <= 2
            ):
                best, by = found, slot
        if best is None:
            box.elements[:] = in_order
            box.shape = (len(in_order),)
            return
        pairs = zip((self.position_at[number] for number in by), in_order, strict=True)
        placed = sorted(pairs, key=lambda pair: pair[0])
        box.elements[:] = [element for _, element in placed]
        box.shape = best.shape
        if len(placed) < len(best.elements):
            box.shape = _shape_of([position for position, _ in placed], best.shape)

    def _arrange_outputs(self, box: Box, in_order: Sequence[Value]) -> None:
        """Let the probabilities of one vector of logits be a row."""
        rows: dict[tuple[int, ...], dict[int, Value]] = {}
        for element in in_order:
            rows.setdefault(self.operands(element), {})[_choice(element)] = element
        orders = [sorted(row) for row in rows.values()]
        is_regular = sum(map(len, orders)) == len(in_order)  # else some are there twice
        if not is_regular or any(order != orders[0] for order in orders):
            box.elements[:] = in_order
            box.shape = (len(in_order),)
            return
        box.elements[:] = [row[i] for row in self._sorted(rows).values() for i in orders[0]]
        width = len(orders[0])
        box.shape = (width,) if len(rows) == 1 else (len(rows),) if width == 1 else (
            len(rows), width
        )  # fmt: skip

    def _sorted(self, by: dict[tuple[int, ...], dict[int, Value]]) -> dict[
        tuple[int, ...], dict[int, Value]
    ]:  # fmt: skip
        return {vector: by[vector] for vector in self._in_rows(by)}

    def _in_rows(self, vectors: Iterable[tuple[int, ...]]) -> list[tuple[int, ...]]:
        """Return vectors in the order of the rows of the box that they are of, if it is one."""
        found = [*vectors]
        boxes = {id(self.box_at.get(vector[0])) for vector in found}
        if len(boxes) > 1 or found[0][0] not in self.box_at:
            return found
        return sorted(found, key=lambda vector: self.position_at[vector[0]])

    def _arrange_dots(self, box: Box, in_order: Sequence[Value]) -> None:
        """Let products stand as a matrix, with a row and a column for each of their vectors."""
        sides = []
        for element in in_order:
            operands = self.operands(element)
            n = len(operands) // 2
            sides.append((operands[:n], operands[n : 2 * n]))
        at = dict(zip(sides, in_order, strict=True))
        weights, inputs = (
            self._in_rows(dict.fromkeys(pair[side] for pair in sides)) for side in (0, 1)
        )
        if len(at) == len(sides) == len(weights) * len(inputs):
            if len(inputs) == 1 or len(weights) == 1:
                one, many = (inputs, weights) if len(inputs) == 1 else (weights, inputs)
                alone = self.box_at.get(one[0][0])
                of_matrix = alone is not None and alone.kind == "leaf" and len(alone.shape) == 2
                of_matrix = of_matrix and alone is not None and alone.shape[0] == 1
                is_side = 0 if many is weights else 1
                elements = [at[(v, one[0]) if is_side == 0 else (one[0], v)] for v in many]
                box.elements[:] = elements
                box.shape = (len(many), 1) if of_matrix else (len(many),)
                return
            are_weights = [self._are_of_weights(side) for side in (weights, inputs)]
            if are_weights[0] == are_weights[1]:  # else each example has a row
                are_weights[0] = sides[0][1] == sides[1][1]
            if are_weights[0]:
                box.elements[:] = [at[w, x] for x in inputs for w in weights]
                box.shape = len(inputs), len(weights)
            else:
                box.elements[:] = [at[w, x] for w in weights for x in inputs]
                box.shape = len(weights), len(inputs)
            return
        self._arrange_equal_examples(box, in_order, sides, weights)

    def _are_of_weights(self, vectors: Iterable[tuple[int, ...]]) -> bool:
        """Say whether vectors are rows of a matrix of weights."""
        boxes = [self.box_at.get(vector[0]) for vector in vectors]
        return all(box is not None and box.are_weights for box in boxes)

    def _arrange_equal_examples(
        self,
        box: Box,
        in_order: Sequence[Value],
        sides: Sequence[tuple[tuple[int, ...], tuple[int, ...]]],
        weights: Sequence[tuple[int, ...]],
    ) -> None:
        """Let a batch in which some examples are equal be a matrix too."""
        columns: dict[tuple[int, ...], list[tuple[tuple[int, ...], Value]]] = {
            each: [] for each in weights
        }
        for (w, x), element in zip(sides, in_order, strict=True):
            columns[w].append((x, element))
        inputs = {tuple([x for x, _ in column]) for column in columns.values()}
        if len(inputs) == 1 and len(weights) > 1:
            n = len(in_order) // len(weights)
            box.elements[:] = [columns[w][i][1] for i in range(n) for w in weights]
            box.shape = (n, len(weights))
            return
        box.elements[:] = in_order
        box.shape = (len(in_order),)


def _shape_of(positions: Sequence[int], shape: Shape) -> Shape:
    """Return the shape of elements at these places of an array: a matrix if they are one."""
    if len(shape) == 2:
        rows = {position // shape[1] for position in positions}
        columns = {position % shape[1] for position in positions}
        if len(rows) * len(columns) == len(positions) and min(len(rows), len(columns)) > 1:
            return len(rows), len(columns)
    return (len(positions),)


def _choice(element: Value) -> int:
    assert element.primitive is not None
    return int(element.primitive.parameters[0])


class _Constants:
    """The constants that one box uses: they become boxes if its equation asks for them."""

    def __init__(self, arrangement: _Arrangement, user: Box) -> None:
        self.arrangement = arrangement
        self.slot: object = None  # which operands are looked at
        self.free: dict[int, list[Value]] = {}
        self.boxes: dict[Box, None] = {}  # of other boxes, which has some of them too
        self.tried: dict[tuple[object, tuple[int, ...], Shape], Box] = {}
        layers = arrangement.layers
        for node in sorted(user.members, key=layers.place.__getitem__):
            for parent in node.parents:
                if parent.primitive is not CONSTANT or parent in layers.element_of:
                    continue
                if (box := layers.box_of.get(parent)) is not None:
                    self.boxes[box] = None
                    continue
                number = arrangement.number_of_constant[repr(parent._data), parent.label]
                values = self.free.setdefault(number, [])
                if parent not in values:
                    values.append(parent)

    def find(self, array: Array) -> Expression | None:
        """Return the box of these numbers, or one that may be made."""
        numbers, shape = tuple(array.numbers), array.shape
        key = self.slot, numbers, shape
        known = self.arrangement.inputs.get(key) or self.tried.get(key)
        if known is not None:
            return part(known, shape)
        if all(len(self.free.get(number, ())) >= n for number, n in Counter(numbers).items()):
            self.tried[key] = Box("constant", [], None, shape)
            return part(self.tried[key], shape)
        for box in self.boxes:
            found = self._part(box, numbers, shape)
            if found is not None:
                return found
        return None

    def _part(self, box: Box, numbers: tuple[int, ...], shape: Shape) -> Expression | None:
        """Return the numbers as a part of a box that has them already."""
        there = tuple(self.arrangement.numbers_in[box])
        places = {number: place for place, number in enumerate(there)}
        if numbers == there and shape == box.shape:
            return part(box, shape)
        if any(number not in places for number in numbers):
            return None
        if len(places) == len(there):
            return part_of(box, [places[number] for number in numbers], shape)
        if len(box.shape) == 2 and shape == box.shape[1:]:
            width = shape[0]
            for row in range(box.shape[0]):
                if there[row * width : (row + 1) * width] == numbers:
                    return part(box, shape, (row, slice(None)))
        return None

    def make(self, equation: Expression) -> bool:
        """Make the boxes that an equation has; say whether there are constants enough."""
        used = {each.box: None for each in parts(equation)}
        for (slot, numbers, shape), box in self.tried.items():
            if box not in used:
                continue
            if any(len(self.free[number]) < n for number, n in Counter(numbers).items()):
                return False
            box.elements += [self.free[number].pop(0) for number in numbers]
            self._add(box, numbers)
            if slot == DOT and shape:  # what other products are made with too
                self.arrangement.inputs[slot, numbers, shape] = box
        return True

    def _add(self, box: Box, numbers: Sequence[int]) -> None:
        self.arrangement.numbers_in[box] = numbers
        self.arrangement.layers.add(box)
        self.boxes[box] = None

    def close(self, equation: Expression) -> None:
        """Put what is left into boxes of the same numbers, or else into boxes of its own."""
        layers, known = self.arrangement.layers, self.arrangement.numbers_in
        used = [each.box for each in parts(equation) if each.box in known]
        left: list[tuple[int, Value]] = []
        for number, values in self.free.items():
            home = next((box for box in (*used, *self.boxes) if number in known[box]), None)
            if home is None:
                left += [(number, value) for value in values]
            else:
                home.steps += values
                layers.box_of.update(dict.fromkeys(values, home))
        if left:
            numbers, values = [list(each) for each in zip(*left, strict=True)]
            shape = (len(values),) if len(values) > 1 else ()
            self._add(Box("constant", values, None, shape), numbers)


class _Equation:
    """What one box is computed as."""

    def __init__(self, arrangement: _Arrangement, box: Box) -> None:
        self.arrangement, self.box = arrangement, box
        self.constants = _Constants(arrangement, box)
        self.layers, self.graph = arrangement.layers, arrangement.graph
        self.matcher = Matcher(arrangement.box_at, arrangement.position_at, self.constants.find)
        self.shape = box.shape
        self.free = len(box.shape)

    def find(self) -> Expression:
        element = self.box.elements[0]
        op = self.layers.op_of(element)
        assert op is not None
        operands = [self.arrangement.operands(each) for each in self.box.elements]
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
                if (box := self.arrangement.box_at.get(inner)) is not None:
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
        if not is_written or len({self.arrangement.box_at.get(o) for o in operands[0]}) == 1 < n:
            found = self._of_rows(op, operands)
            if found is not None and not (is_written and _is_pieced(found)):
                return found
        slots = self._slots(operands) if n <= MOST_TERMS else None
        return None if slots is None else Total(self.shape, tuple(slots))

    # The last axis.

    def _of_rows(self, op: Primitive, operands: Sequence[Sequence[int]]) -> Expression | None:
        record, n = record_of(op), len(operands[0])
        if record in _OF_ALL_LOGITS and op.chooses:
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
        if is_set and all(number in self.arrangement.position_at for row in rows for number in row):
            at = self.arrangement.position_at
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
        box = self.arrangement.box_at.get(numbers[0])
        if box is None or len(box.shape) != 2 or len(numbers) != len(box.elements):
            return None
        found = self.matcher.find(Array(numbers, (len(numbers),)))
        return found.operands[0] if isinstance(found, Flat) else None

    def _outputs(self, op: Primitive, operands: Sequence[Sequence[int]]) -> Expression | None:
        """Return the probabilities of the rows of logits, all or some of each."""
        self.constants.slot = 0
        chosen = [_choice(each) for each in self.box.elements]
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
        at = self.arrangement.box_at
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
        at = self.arrangement.position_at
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
            box = self.arrangement.box_at.get(number)
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
