"""The constants that a box uses: each neuron has a copy of its inputs that are numbers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from autograd import Value
from autograd.ops import CONSTANT
from viz.picture.boxes import DOT, Box
from viz.picture.equations import Expression, Shape, part, parts
from viz.picture.matching import Array, part_of
from viz.picture.places import Places


class Constants:
    """The constants that one box uses: they become boxes if its equation asks for them."""

    def __init__(self, places: Places, user: Box) -> None:
        self.places = places
        self.slot: object = None  # which operands are looked at
        self.free: dict[int, list[Value]] = {}
        self.boxes: dict[Box, None] = {}  # of other boxes, which has some of them too
        self.tried: dict[tuple[object, tuple[int, ...], Shape], Box] = {}
        layers = places.layers
        for node in sorted(user.members, key=layers.place.__getitem__):
            for parent in node.parents:
                if parent.primitive is not CONSTANT or parent in layers.element_of:
                    continue
                if (box := layers.box_of.get(parent)) is not None:
                    self.boxes[box] = None
                    continue
                number = places.number_of_constant[repr(parent._data), parent.label]
                values = self.free.setdefault(number, [])
                if parent not in values:
                    values.append(parent)

    def find(self, array: Array) -> Expression | None:
        """Return the box of these numbers, or one that may be made."""
        numbers, shape = tuple(array.numbers), array.shape
        key = self.slot, numbers, shape
        known = self.places.inputs.get(key) or self.tried.get(key)
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
        there = tuple(self.places.numbers_in[box])
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
                self.places.inputs[slot, numbers, shape] = box
        return True

    def _add(self, box: Box, numbers: Sequence[int]) -> None:
        self.places.numbers_in[box] = numbers
        self.places.layers.add(box)
        self.boxes[box] = None

    def close(self, equation: Expression) -> None:
        """Put what is left into boxes of the same numbers, or else into boxes of its own."""
        layers, known = self.places.layers, self.places.numbers_in
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
