"""A question about a graph: the edges between a loss and a node, and what each contributes.

All that a mistake changes is computed here: what the gradient would be with another local
derivative on an edge, through which nodes it comes, who uses what.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

from autograd.explanations.formulas import partial
from autograd.explanations.path_sums import Path, count_paths, paths
from autograd.graph import dependents
from autograd.ops import Primitive, record_of
from autograd.replaying import Point
from autograd.text import short_number
from autograd.value import Value

CANCELLATION_ERROR = 1e-14  # of the sum of |product| over the paths
LOST_BY_RULES = 4 * sys.float_info.epsilon  # by a rule that takes from 1 what is nearly 1

# Paths are looked at one by one up to this number.
MOST_PATHS = 1000

# Of what is used together, so many are looked at.
MOST_SIBLINGS = 16

Key = TypeVar("Key")
Item = TypeVar("Item")


@dataclass(frozen=True, slots=True, eq=False)
class Derivative:
    """The derivative of a node by one that it was computed from, and its number."""

    node: Value
    parent: Value
    local: float

    def __str__(self) -> str:
        return f"{partial(self.node, self.parent)} = {short_number(self.local)}"


@dataclass(frozen=True, slots=True, eq=False)
class Edge(Derivative):
    """A local derivative on the way from the loss to the node that is asked about."""

    position: int

    @property
    def op(self) -> Primitive:
        """The record of the op that made the node."""
        assert self.node.primitive is not None  # it has parents
        return self.node.primitive.record


class Case:
    """A loss and a node of its graph: the edges between them, and what every edge contributes.

    Args:
        loss: where the paths begin.
        node: where they end.
        point: the numbers of the graph.
    """

    def __init__(self, loss: Value, node: Value, point: Point) -> None:
        self.loss, self.node, self.point = loss, node, point
        self.upstream = point.upstream
        self.gradient = self.upstream.get(node, 0.0)
        self.count = count_paths(loss, node)
        on_the_way, leading = dependents(point.order, [node])
        # In topological order, all edges of a node together.
        self.edges = [
            Edge(later, parent, local, position)
            for later in on_the_way
            if later is not node and later in self.upstream
            for position, (parent, local) in enumerate(
                zip(later.parents, point.local_derivatives(later), strict=True)
            )
            if parent in leading
        ]
        self.downstream = self._downstream({})  # ∂v/∂node

    def number(self, node: Value) -> float:
        """Return the number that a node has here."""
        return self.point.number(node)

    def rounding_on_the_way(self, digits: int) -> float:
        """How far off the gradient may be where every number has so many significant digits.

        Each local derivative, product and sum on the way may be off by one unit of its last digit,
        unless it has no more digits than that.
        """
        numbers, errors = {self.node: 1.0}, {self.node: 0.0}
        for edge in self.edges:
            factor, number = edge.local, numbers[edge.parent]
            before = numbers.get(edge.node, 0.0)
            numbers[edge.node] = before + factor * number
            errors[edge.node] = (
                errors.get(edge.node, 0.0)
                + abs(factor) * errors[edge.parent]
                + abs(number) * unit(factor, digits)
                + (unit(factor * number, digits) if abs(number) != 1.0 != abs(factor) else 0.0)
                + (unit(numbers[edge.node], digits) if before else 0.0)
            )
        return errors.get(self.loss, 0.0)

    def _downstream(self, replaced: Mapping[Edge, float]) -> dict[Value, float]:
        found = {self.node: 1.0}
        for edge in self.edges:
            local = replaced.get(edge, edge.local)
            found[edge.node] = found.get(edge.node, 0.0) + local * found[edge.parent]
        return found

    def derivative(self, replaced: Mapping[Edge, float]) -> float:
        """Return what the gradient would be if edges had other local derivatives.

        O(1) for a single edge, else O(edges).
        """
        if len(replaced) == 1:
            [(edge, local)] = replaced.items()
            return self.gradient + (local - edge.local) * self.around(edge)
        return self._downstream(replaced).get(self.loss, 0.0)

    def after(self, first: Mapping[Edge, float]) -> Callable[[Mapping[Edge, float]], float]:
        """Return :meth:`derivative` for where edges have other local derivatives already."""
        downstream, upstream = self._downstream(first), {self.loss: 1.0}
        for edge in reversed(self.edges):
            passed_on = upstream.get(edge.node, 0.0) * first.get(edge, edge.local)
            upstream[edge.parent] = upstream.get(edge.parent, 0.0) + passed_on
        gradient = downstream.get(self.loss, 0.0)

        def derivative(second: Mapping[Edge, float]) -> float:
            if len(second) > 1:
                return self._downstream({**first, **second}).get(self.loss, 0.0)
            [(edge, local)] = second.items()
            around = upstream.get(edge.node, 0.0) * downstream[edge.parent]
            return gradient + (local - edge.local) * around

        return derivative

    def around(self, edge: Edge) -> float:
        """Return what the rest of all paths along an edge multiplies its local derivative by."""
        return self.upstream[edge.node] * self.downstream[edge.parent]

    def through(self, node: Value) -> float:
        """Return the sum of the products of the paths through a node."""
        return self.upstream[node] * self.downstream[node]

    def product(self, path: Path) -> float:
        """Return the product of the local derivatives on a path."""
        steps = zip(path.nodes[:-1], path.positions, strict=True)
        return math.prod(self.point.local_derivatives(node)[i] for node, i in steps)

    @cached_property
    def scale(self) -> float:
        """The sum of |product| over all paths: what rounding errors are measured by."""
        return self.derivative({edge: abs(edge.local) for edge in self.edges})

    @cached_property
    def noise(self) -> float:
        """How far off the gradient may be as floats are rounded.

        Terms cancel, in a sum over paths and within a rule such as 1 - tanh² far from 0.
        """
        within = (edge for edge in self.edges if len(edge.node.parents) == 1)
        lost = sum(abs(self.around(edge)) for edge in within)
        return CANCELLATION_ERROR * self.scale + LOST_BY_RULES * lost

    @cached_property
    def paths(self) -> list[Path]:
        """All paths if they can be looked at one by one, else none."""
        return list(paths(self.loss, self.node)) if self.count <= MOST_PATHS else []

    @cached_property
    def uses(self) -> list[Edge]:
        """The edges from the nodes that were computed directly from the node."""
        return [edge for edge in self.edges if edge.parent is self.node]

    @cached_property
    def between(self) -> list[Value]:
        """The nodes after the node and before the loss: from the loss on, the labelled first."""
        nodes = [node for node in self.downstream if node not in (self.node, self.loss)][::-1]
        return sorted(nodes, key=lambda node: not node.label)

    @cached_property
    def by_op(self) -> dict[Primitive, list[Edge]]:
        """The edges by the op of their node, those nearest to the loss first."""
        return _grouped(reversed(self.edges), lambda edge: edge.op)

    @cached_property
    def by_node(self) -> dict[Value, list[Edge]]:
        """The edges by their node, those nearest to the loss first."""
        return _grouped(reversed(self.edges), lambda edge: edge.node)

    @cached_property
    def users(self) -> dict[Value, list[Value]]:
        """The nodes of the graph that were computed directly from each."""
        found: dict[Value, list[Value]] = {}
        for node in self.point.order:
            for parent in dict.fromkeys(node.parents):
                found.setdefault(parent, []).append(node)
        return found

    def siblings(self, node: Value) -> list[Value]:
        """Return the nodes that are used together with one, and were made by the same op."""
        op = record_of(node.primitive)
        found = dict.fromkeys(
            other
            for user in self.users.get(node, [])[:MOST_SIBLINGS]
            for other in user.parents
            if other is not node and record_of(other.primitive) is op
        )
        return list(found)[:MOST_SIBLINGS]

    @cached_property
    def labelled(self) -> list[Value]:
        """The nodes of the graph that have a label, but for the loss."""
        nodes = dict.fromkeys(each for node in self.point.order for each in (*node.parents, node))
        return [node for node in nodes if node.label and node is not self.loss]

    @cached_property
    def labelled_by_op(self) -> dict[Primitive | None, list[Value]]:
        """The labelled nodes by the record of the op that made them; the leaves by None."""
        return _grouped(self.labelled, lambda node: record_of(node.primitive))


def _grouped(items: Iterable[Item], key: Callable[[Item], Key]) -> dict[Key, list[Item]]:
    found: dict[Key, list[Item]] = {}
    for item in items:
        found.setdefault(key(item), []).append(item)
    return found


def unit(number: float, digits: int) -> float:
    """Return one unit of the last of so many digits; 0 if the number has no more than those."""
    if not math.isfinite(number) or math.isclose(number, float(f"{number:.{digits - 1}e}")):
        return 0.0
    return 10.0 ** (math.floor(math.log10(abs(number))) + 1 - digits)
