"""A graph at other numbers: one node is moved, and what depends on it is computed again."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence

from autograd import arithmetic
from autograd.graph import computed_nodes, dependents
from autograd.value import Value

# Relative to the number that is moved: far enough to tell two formulas apart in the first half of
# a float's digits, and too near to cross a kink; the second, for a kink that is nearer than that.
STEPS = (1e-3, 1e-5)


class Replay:
    """The derivative of a loss by one of its nodes, where that node or a leaf has another number.

    Each op's own rules say what its node is then. The node that is moved is a cut: what it was
    computed from stays, and so do the numbers of all that doesn't depend on it.

    Args:
        loss: what is differentiated.
        node: by what; a node of its graph.
        others: more nodes whose numbers are asked for.
    """

    def __init__(self, loss: Value, node: Value, others: Iterable[Value] = ()) -> None:
        self.loss, self.node = loss, node
        self.order: Sequence[Value] = list(
            dict.fromkeys(each for root in (loss, *others) for each in computed_nodes(root))
        )
        self._on_the_way = frozenset(dependents(self.order, [node])[0])

    def at(self, moved: Value, number: float) -> tuple[dict[Value, float], float] | None:
        """Return the numbers that change, and the derivative, with one node moved to a number.

        The node is the one that is differentiated by, or a leaf.
        None if a node that depends on it was made by hand: there is no rule to compute it by.
        """
        changes = {moved, *dependents(self.order, [moved])[0]}
        numbers, slopes = {moved: number}, {self.node: 1.0}
        for each in self.order:
            if each is moved or (each not in changes and each not in self._on_the_way):
                continue
            locals_: Sequence[float] = each.local_derivatives
            if each in changes:
                op = each.primitive
                if op is None or op.value is None:
                    return None
                operands = [numbers.get(parent, parent.data) for parent in each.parents]
                numbers[each] = y = op.value(arithmetic, *operands, *op.parameters)
                locals_ = op.derivatives(arithmetic, y, *operands, *op.parameters)
            if each in self._on_the_way and each is not self.node:
                slopes[each] = math.fsum(
                    local * slopes[parent]
                    for parent, local in zip(each.parents, locals_, strict=True)
                    if parent in slopes
                )
        return numbers, slopes.get(self.loss, 0.0)

    def leaves(self, nodes: Iterable[Value]) -> list[Value]:
        """Return the leaves that nodes of the graph depend on, without those that are constants."""
        wanted = set(nodes)
        for each in reversed(self.order):
            if each in wanted:
                wanted.update(each.parents)
        found = dict.fromkeys(p for each in self.order for p in each.parents if not p.parents)
        found |= dict.fromkeys(each for each in wanted if not each.parents)
        return [leaf for leaf in found if leaf in wanted and leaf.primitive is None]


def nearby(node: Value, step: float) -> Iterator[float]:
    """Yield the numbers a step above and below that of a node."""
    size = abs(node.data) or 1.0
    yield node.data + 1.07 * step * size
    yield node.data - 0.93 * step * size
