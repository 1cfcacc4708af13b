"""Groups that are computed element by element, and sums of a few terms."""

from __future__ import annotations

from collections.abc import Sequence

from autograd import ops
from autograd.compiler.elements import Elements
from autograd.compiler.program import Operation, View
from autograd.ops import Primitive

# So many numbers are added in one line: longer lines can't be read, nor parsed.
MOST_TERMS = 10


class Elementwise(Elements):
    """Lift groups of nodes to operations on the elements of arrays."""

    def _elementwise(self, nodes: list[int], op: Primitive) -> None:
        operands = self.operands
        if len(nodes) > 1:
            nodes = sorted(nodes, key=lambda node: [self._order(x) for x in operands[node]])
        slots = [list(slot) for slot in zip(*[operands[node] for node in nodes], strict=True)]
        shape = self._shape_of(slots) if len(nodes) > 1 else ()
        views = [self.view(slot, shape) for slot in slots]
        target = self._new_target(nodes, shape, self.batched[nodes[0]])
        self.operations.append(Operation("elementwise", target, views, op))

    def _part(self, op: Primitive, sides: Sequence[Sequence[int]]) -> View:
        """Reduce elements of one array, or pairs of elements, to a number."""
        shape = self._shape_of(sides) if len(sides[0]) > 1 else (1,)
        views = [self.view(list(side), shape) for side in sides]
        target = self.new_array((), any(view.batched for view in views))
        self.labels[target] = ""
        self.operations.append(Operation("rows", target, views, op, shapes=[shape]))
        return View(target, ())

    def _add_up(self, node: int, op: Primitive, views: list[View]) -> None:
        if len(views) == 1 and (only := views[0].array) is not None:
            self.labels[only] = self.graph.labels[node]
            self.place[node] = only.number
            return
        while len(views) > MOST_TERMS:
            target = self.new_array((), any(view.batched for view in views[:MOST_TERMS]))
            self.labels[target] = ""
            self.operations.append(Operation("elementwise", target, views[:MOST_TERMS], ops.sum))
            views = [View(target, ()), *views[MOST_TERMS:]]
        target = self._new_target([node], (), self.batched[node])
        self.operations.append(Operation("elementwise", target, views, op))
