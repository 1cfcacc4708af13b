"""Arrange the elements of boxes in rows and columns, and find how each box is computed.

The compiler lifts a graph so that it runs fast; here the order of elements is that of the program,
as far as an equation can be written so: what a batch computes has a row for each example.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TypeAlias

from autograd import Value
from autograd.ops import record_of
from viz.picture.boxes import DOT, Box, Layers
from viz.picture.equations import Shape
from viz.picture.places import OF_ALL_LOGITS, Places, choice_of
from viz.picture.solving import Equation

_Vector: TypeAlias = tuple[int, ...]  # the numbers of its elements


def arrange(layers: Layers) -> None:
    """Arrange all boxes, make boxes of the constants, and find the equation of each box."""
    _Arrangement(layers).run()


class _Arrangement:
    def __init__(self, layers: Layers) -> None:
        self.layers, self.places = layers, Places(layers)

    def run(self) -> None:
        layers = self.layers
        boxes, layers.boxes = layers.boxes, []
        for box in boxes:
            if box.kind == "leaf":
                self._arrange_leaf(box)
                layers.boxes.append(box)
                self.places.put(box)
                continue
            for copy in self._copies(box):
                self._arrange(copy)
                layers.boxes.append(copy)
                self.places.put(copy)
                copy.equation = Equation(self.places, copy).find()
        if not boxes:  # the root is a constant itself
            layers.add(Box("constant", [layers.root]))

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
            key = self.places.operands(element), op and op.parameters
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
        elif op.chooses and record_of(op) in OF_ALL_LOGITS:
            self._arrange_outputs(box, in_order)
        elif op.vectors and not self.layers.is_sum(op):
            self._arrange_by(box, in_order, [[self.places.operands(each)[0] for each in in_order]])
            box.shape = (len(in_order),)
        else:
            self._arrange_by(box, in_order, zip(*map(self.places.operands, in_order), strict=True))

    def _arrange_by(
        self, box: Box, in_order: Sequence[Value], slots: Iterable[Sequence[int]]
    ) -> None:
        """Let elements stand as those of a box that they are made of one by one."""
        best: Box | None = None
        by: Sequence[int] = ()
        for slot in slots:
            found, *others = {self.places.box_at.get(number) for number in slot}
            if others or found is None or len({*slot}) < len(slot):
                continue
            if best is None or len(best.shape) < len(found.shape):
                best, by = found, slot
        if best is None:
            _put(box, in_order, (len(in_order),))
            return
        at = self.places.position_at
        placed = sorted(
            zip([at[number] for number in by], in_order, strict=True), key=lambda pair: pair[0]
        )
        is_whole = len(placed) == len(best.elements)
        shape = best.shape if is_whole else _shape_of([place for place, _ in placed], best.shape)
        _put(box, [element for _, element in placed], shape)

    def _arrange_outputs(self, box: Box, in_order: Sequence[Value]) -> None:
        """Let the probabilities of one vector of logits be a row."""
        rows: dict[tuple[int, ...], dict[int, Value]] = {}
        for element in in_order:
            rows.setdefault(self.places.operands(element), {})[choice_of(element)] = element
        first, *others = [sorted(row) for row in rows.values()]
        is_regular = len(first) * len(rows) == len(in_order)  # else some are there twice
        if not is_regular or any(other != first for other in others):
            _put(box, in_order, (len(in_order),))
            return
        shape = tuple([length for length in (len(rows), len(first)) if length > 1])
        _put(box, [rows[v][i] for v in self._in_rows(rows) for i in first], shape)

    def _in_rows(self, vectors: Iterable[tuple[int, ...]]) -> list[tuple[int, ...]]:
        """Return vectors in the order of the rows of the box that they are of, if it is one."""
        found = [*vectors]
        box, *others = {self.places.box_at.get(vector[0]) for vector in found}
        if others or box is None:
            return found
        return sorted(found, key=lambda vector: self.places.position_at[vector[0]])

    def _arrange_dots(self, box: Box, in_order: Sequence[Value]) -> None:
        """Let products stand as a matrix, with a row and a column for each of their vectors."""
        sides = []
        for element in in_order:
            operands = self.places.operands(element)
            n = len(operands) // 2
            sides.append((operands[:n], operands[n : 2 * n]))
        at = dict(zip(sides, in_order, strict=True))
        weights, inputs = (
            self._in_rows(dict.fromkeys(pair[side] for pair in sides)) for side in (0, 1)
        )
        if not len(at) == len(sides) == len(weights) * len(inputs):
            self._arrange_equal_examples(box, in_order, sides, weights)
        elif len(inputs) == 1 or len(weights) == 1:
            one = (inputs if len(inputs) == 1 else weights)[0]
            alone = self.places.box_at.get(one[0])
            is_matrix = alone is not None and alone.kind == "leaf" and alone.shape[:-1] == (1,)
            elements = [at[w, x] for w in weights for x in inputs]
            _put(box, elements, (len(elements), 1) if is_matrix else (len(elements),))
        elif self._are_rows(inputs, weights, sides):
            elements = [at[w, x] for x in inputs for w in weights]
            _put(box, elements, (len(inputs), len(weights)))
        else:
            elements = [at[w, x] for w in weights for x in inputs]
            _put(box, elements, (len(weights), len(inputs)))

    def _are_rows(self, inputs: Sequence[_Vector], weights: Sequence[_Vector],
                  sides: Sequence[tuple[_Vector, _Vector]]) -> bool:  # fmt: skip
        """Say whether each input has a row: those of a layer, or of the outer of two loops."""
        of_layer = [self._are_of_weights(side) for side in (weights, inputs)]
        return sides[0][1] == sides[1][1] if of_layer[0] == of_layer[1] else of_layer[0]

    def _are_of_weights(self, vectors: Iterable[_Vector]) -> bool:
        """Say whether vectors are rows of a matrix of weights."""
        boxes = [self.places.box_at.get(vector[0]) for vector in vectors]
        return all(box is not None and box.are_weights for box in boxes)

    def _arrange_equal_examples(
        self,
        box: Box,
        in_order: Sequence[Value],
        sides: Sequence[tuple[_Vector, _Vector]],
        weights: Sequence[_Vector],
    ) -> None:
        """Let a batch in which some examples are equal be a matrix too."""
        columns: dict[_Vector, list[Value]] = {each: [] for each in weights}
        inputs: dict[_Vector, list[_Vector]] = {each: [] for each in weights}
        for (w, x), element in zip(sides, in_order, strict=True):
            columns[w].append(element)
            inputs[w].append(x)
        first, *others = inputs.values()
        if others and all(other == first for other in others):
            elements = [columns[w][i] for i in range(len(first)) for w in weights]
            _put(box, elements, (len(first), len(weights)))
        else:
            _put(box, in_order, (len(in_order),))


def _put(box: Box, elements: Sequence[Value], shape: Shape) -> None:
    box.elements[:] = elements
    box.shape = shape


def _shape_of(positions: Sequence[int], shape: Shape) -> Shape:
    """Return the shape of elements at these places of an array: a matrix if they are one."""
    if len(shape) == 2:
        rows = {position // shape[1] for position in positions}
        columns = {position % shape[1] for position in positions}
        if len(rows) * len(columns) == len(positions) and min(len(rows), len(columns)) > 1:
            return len(rows), len(columns)
    return (len(positions),)
