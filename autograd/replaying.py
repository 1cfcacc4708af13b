"""A graph at other numbers: a node is moved, or each leaf, and what depends on it replayed."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from autograd import arithmetic, ops
from autograd.graph import computed_nodes, dependents
from autograd.value import Value

# Relative to the number that is moved: far enough to tell two formulas apart in the first half of
# a float's digits, and too near to cross a kink; the second, for a kink that is nearer than that.
STEPS = (1e-3, 1e-5)

# Relative too, of a place where no two numbers that were equal are so any more.
ELSEWHERE = 0.01
GOLDEN_RATIO = (1 + math.sqrt(5)) / 2


@dataclass(frozen=True, slots=True, eq=False)
class Point:
    """The numbers of a graph, and its derivatives: those it has, or others it was replayed for.

    Args:
        order: the computed nodes, in topological order.
        upstream: the derivative of the loss by each node.
        numbers: those that nodes have in place of their own.
        local_: the local derivatives that nodes have in place of their own.
    """

    order: Sequence[Value]
    upstream: Mapping[Value, float]
    numbers: Mapping[Value, float] = field(default_factory=dict)
    local_: Mapping[Value, Sequence[float]] = field(default_factory=dict)

    def number(self, node: Value) -> float:
        """Return the number of a node here."""
        return self.numbers.get(node, node.data)

    def local_derivatives(self, node: Value) -> Sequence[float]:
        """Return the local derivatives of a node here."""
        found = self.local_.get(node)
        return node.local_derivatives if found is None else found

    def moved(self, loss: Value, numbers: Mapping[Value, float]) -> Point | None:
        """Return the graph with other numbers for nodes; None if there is one without a rule."""
        leaves = {each: number for each, number in self.numbers.items() if not each.parents}
        return _replayed(self.order, loss, {**leaves, **numbers})


def _replayed(order: Sequence[Value], loss: Value, numbers: dict[Value, float]) -> Point | None:
    """Return a graph where nodes have other numbers, as do all that depend on them."""
    found: dict[Value, Sequence[float]] = {}
    for each in order:
        op = each.primitive
        if op is None or op.value is None:
            return None
        operands = [numbers.get(parent, parent.data) for parent in each.parents]
        if each not in numbers:
            numbers[each] = op.value(arithmetic, *operands, *op.parameters)
        found[each] = op.derivatives(arithmetic, numbers[each], *operands, *op.parameters)
    upstream = {loss: 1.0}
    for each in reversed(order):
        for parent, local in zip(each.parents, found[each], strict=True):
            if each in upstream:
                upstream[parent] = upstream.get(parent, 0.0) + upstream[each] * local
    return Point(order, upstream, numbers, found)


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
        self._on_the_way = dependents(computed_nodes(loss), [node])[0]

    def at(self, moved: Value, number: float) -> tuple[dict[Value, float], float] | None:
        """Return the numbers that change, and the derivative, with one node moved to a number.

        The node is the one that is differentiated by, or a leaf.
        None if a node that depends on it was made by hand: there is no rule to compute it by.
        """
        changes = dependents(self.order, [moved])[1] - {moved}
        numbers = {moved: number}
        for each in self.order:
            if each in changes:
                op = each.primitive
                if op is None or op.value is None:
                    return None
                operands = [numbers.get(parent, parent.data) for parent in each.parents]
                numbers[each] = op.value(arithmetic, *operands, *op.parameters)
        return numbers, _slope(self._on_the_way, self.loss, self.node, numbers)

    def elsewhere(self, moved: Iterable[Value]) -> Point | None:
        """Return the graph where nodes have other numbers; None if there is one without a rule.

        What is equal here by chance, such as a weight and an input that are both 1, is so no more.
        A node that was computed is moved as a cut.
        """
        numbers: dict[Value, float] = {}
        for place, node in enumerate(moved, 1):
            size = abs(node.data) or 1.0
            numbers[node] = node.data + ELSEWHERE * size * (0.5 + place * GOLDEN_RATIO % 1.0)
        return _replayed(self.order, self.loss, numbers)

    def leaves(self, nodes: Iterable[Value]) -> list[Value]:
        """Return the leaves that nodes of the graph depend on, without those that are constants."""
        wanted = set(nodes)
        for each in reversed(self.order):
            if each in wanted:
                wanted.update(each.parents)
        found = dict.fromkeys(p for each in self.order for p in each.parents if not p.parents)
        found |= dict.fromkeys(each for each in wanted if not each.parents)
        return [leaf for leaf in found if leaf in wanted and leaf.primitive is None]


def derivative_at(of: Value, by: Value, numbers: Mapping[Value, float]) -> float:
    """Return ∂of/∂by where nodes have other numbers, all those that change among them.

    >>> x = Value(3.0)
    >>> y = x * x
    >>> derivative_at(y, x, {}), derivative_at(y, x, {x: 4.0, y: 16.0})
    (6.0, 8.0)
    """
    return _slope(dependents(computed_nodes(of), [by])[0], of, by, numbers)


def gradients_at(loss: Value, numbers: Mapping[Value, float]) -> dict[Value, float]:
    """Return ∂loss/∂v for every node v of its graph, where nodes have other numbers.

    >>> x = Value(3.0)
    >>> y = x * x
    >>> gradients_at(y, {x: 4.0, y: 16.0})[x]
    8.0
    """
    contributions: dict[Value, list[float]] = {loss: [1.0]}
    gradients = {}
    for node in reversed(computed_nodes(loss) or [loss]):
        gradients[node] = upstream = math.fsum(contributions.pop(node, ()))
        for parent, local in zip(node.parents, _locals(node, numbers), strict=True):
            contributions.setdefault(parent, []).append(upstream * local)
    return gradients | {leaf: math.fsum(parts) for leaf, parts in contributions.items()}


def local_derivative_at(of: Value, by: Value, numbers: Mapping[Value, float]) -> float | None:
    """Return the sum of the local derivatives ∂of/∂by; None if the one is no parent of the other.

    >>> x = Value(3.0)
    >>> y = x * x
    >>> local_derivative_at(y + x, x, {}), local_derivative_at(y + x, y, {})
    (1.0, 1.0)
    """
    locals_ = zip(of.parents, _locals(of, numbers), strict=True)
    found = [local for parent, local in locals_ if parent is by]
    return math.fsum(found) if found else None


def _slope(
    on_the_way: Iterable[Value], of: Value, by: Value, numbers: Mapping[Value, float]
) -> float:
    slopes = {by: 1.0}
    for each in on_the_way:
        if each is not by:
            slopes[each] = math.fsum(
                local * slopes[parent]
                for parent, local in zip(each.parents, _locals(each, numbers), strict=True)
                if parent in slopes
            )
    return slopes.get(of, 0.0)


def _locals(node: Value, numbers: Mapping[Value, float]) -> Sequence[float]:
    """Return the local derivatives of a node, where it or what it is computed from has moved."""
    op = node.primitive
    if op is None or op.derivatives is None or not any(p in numbers for p in node.parents):
        return node.local_derivatives
    operands = [numbers.get(parent, parent.data) for parent in node.parents]
    y = numbers.get(node, node.data)
    found: Sequence[float] = op.derivatives(arithmetic, y, *operands, *op.parameters)
    return found


def targets(computed: Iterable[Value]) -> list[Value]:
    """Return what the cross entropies of a graph compare with, also where they are written out.

    They come in the order of the nodes, each once.

    >>> y, p = Value(1.0), Value(0.3).sigmoid()
    >>> loss = -(y * ops.log(p) + (1 - y) * ops.log(1 - p))
    >>> targets(computed_nodes(loss)) == [y]
    True
    """
    found: list[Value] = []
    for node in computed:
        op = ops.record_of(node.primitive)
        if op is ops.cross_entropy_of_distribution:
            found += ops.halves(node.parents)[1]
        elif op is ops.multiply:
            for target, other in (node.parents, node.parents[::-1]):
                if _is_log_of_probability(other):
                    found.append(_left_of_one(target))
    return [target for target in dict.fromkeys(found) if not target.parents]


def _is_log_of_probability(node: Value) -> bool:
    op = ops.record_of(node.primitive)
    if op is not ops.log:
        return op in (ops.log_softmax, ops.logsigmoid)
    argument = _left_of_one(node.parents[0])
    return ops.record_of(argument.primitive) in (ops.softmax, ops.sigmoid)


def _left_of_one(node: Value) -> Value:
    """Return y where a node is 1 - y, else the node."""
    is_left = ops.record_of(node.primitive) is ops.subtract
    return node.parents[1] if is_left and node.parents[0].data == 1.0 else node


def at_other_leaves(loss: Value, step: float) -> dict[Value, float] | None:
    """Return the numbers of a graph whose labelled leaves have moved, each by another small step.

    What a cross entropy compares with stays, also where it is written out, as probabilities must
    sum to 1. None if a node was made by hand: there is no rule to compute it by.

    >>> x = Value(2.0, label="x")
    >>> at_other_leaves(x * x, 0.5)[x]
    2.5
    """
    computed = computed_nodes(loss)
    stay = set(targets(computed))
    leaves = dict.fromkeys(p for node in computed for p in node.parents if not p.parents)
    numbers = {}
    for i, leaf in enumerate(leaves):
        if leaf.label and leaf not in stay:
            share = 0.5 + 0.618034 * i % 1  # from 0.5 to 1.5, and no two steps alike
            numbers[leaf] = leaf.data + share * step * (abs(leaf.data) or 1.0)
    for node in computed:
        op = node.primitive
        if op is None or op.value is None:
            return None
        operands = [numbers.get(parent, parent.data) for parent in node.parents]
        numbers[node] = op.value(arithmetic, *operands, *op.parameters)
    return numbers


def nearby(node: Value, step: float) -> Iterator[float]:
    """Yield the numbers a step above and below that of a node."""
    size = abs(node.data) or 1.0
    yield node.data + 1.07 * step * size
    yield node.data - 0.93 * step * size
