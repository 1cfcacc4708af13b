"""Where the elements of boxes stand, by their numbers in the lifted graph."""

from __future__ import annotations

from collections.abc import Sequence

from autograd import Value, ops
from viz.picture.boxes import Box, Layers

# They have an output for each logit, and a node of the graph for each output.
OF_ALL_LOGITS = {ops.softmax, ops.log_softmax}


class Places:
    """The boxes of elements and their positions, as far as they are arranged."""

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

    def put(self, box: Box) -> None:
        """Note where the elements of a box are."""
        for position, element in enumerate(box.elements):
            number = self.layers.number_of[element]
            self.box_at[number], self.position_at[number] = box, position

    def operands(self, element: Value) -> tuple[int, ...]:
        """Return the numbers of what an element is computed from in the lifted graph."""
        return self.graph.operands[self.layers.number_of[element]]


def choice_of(element: Value) -> int:
    """Return which operand the op of an element chooses."""
    assert element.primitive is not None
    return int(element.primitive.parameters[0])
