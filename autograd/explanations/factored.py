"""The factored form of a gradient: what several paths have in common is computed once.

The notes' third pass. All paths from a weight to the loss lead through the same few gradients
``∂L/∂a``: in place of a sum over the paths, of which there may be astronomically many, there is an
equation for each of these.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from graphlib import TopologicalSorter
from typing import TypeAlias

from autograd.explanations.formulas import Notation, local_derivative_expression, partial
from autograd.explanations.notation import QUOTIENT, WRITERS, Expression, latex_number
from autograd.explanations.path_sums import in_short, is_one_by_rule
from autograd.graph import computed_nodes, dependents
from autograd.text import short_number
from autograd.value import Value


@dataclass(frozen=True, slots=True)
class Common:
    """∂loss/∂node, which has an equation of its own."""

    node: Value


@dataclass(frozen=True, slots=True)
class Local:
    """The local derivative of a node by its parent at a position.

    Its symbol ∂node/∂parent stands for all ways from the one to the other: where there is another
    way than this edge, it is ``ambiguous``.
    """

    node: Value
    position: int
    ambiguous: bool


@dataclass(frozen=True, slots=True)
class Sum:
    """A sum of products of factors; a product of none is 1."""

    products: tuple[tuple[Factor, ...], ...]

    @property
    def factors(self) -> Iterator[Common | Local]:
        """All factors, also of sums within."""
        for factor in (each for product in self.products for each in product):
            if isinstance(factor, Sum):
                yield from factor.factors  # sums nest no further
            else:
                yield factor

    @property
    def commons(self) -> list[Value]:
        """The nodes whose gradients are factors, each once."""
        nodes = (factor.node for factor in self.factors if isinstance(factor, Common))
        return list(dict.fromkeys(nodes))


Factor: TypeAlias = "Common | Local | Sum"


@dataclass(frozen=True, slots=True, eq=False)
class Equation:
    """∂loss/∂node as a sum of products, and the number that this comes to.

    ``uses`` are the nodes that are computed from the node, ``numbers`` the gradients that the
    equations before it compute, by node.
    """

    loss: Value
    node: Value
    uses: tuple[Value, ...]
    sum: Sum
    numbers: dict[Value, float]

    @property
    def number(self) -> float:
        """The number of ∂loss/∂node."""
        return self._number(self.sum)

    def _number(self, factor: Factor) -> float:
        if isinstance(factor, Common):
            return self.numbers[factor.node]
        if isinstance(factor, Local):
            return factor.node.local_derivatives[factor.position]
        return sum(math.prod(map(self._number, product)) for product in factor.products)

    @property
    def edges(self) -> Iterator[tuple[Value, int]]:
        """(node, position) for each edge whose local derivative is in the equation."""
        for factor in self.sum.factors:
            if isinstance(factor, Local):
                yield factor.node, factor.position

    def left(self, notation: Notation = "unicode") -> str:
        """Return ∂loss/∂node."""
        return partial(self.loss, self.node, notation)

    def symbols(self, notation: Notation = "unicode") -> str:
        """Return the right-hand side in symbols.

        The last derivative, by a leaf, is written as the notes do: x where ∂a/∂w is x. One whose
        symbol would stand for more is written out.
        """

        def write(factor: Common | Local) -> str:
            if isinstance(factor, Common):
                return partial(self.loss, factor.node, notation)
            parent = factor.node.parents[factor.position]
            if factor.ambiguous or (parent is self.node and not parent.parents):
                formula = local_derivative_expression(factor.node, factor.position)
                if factor.ambiguous or _is_symbol(formula):
                    writer = WRITERS[notation]()
                    return writer.at(QUOTIENT, writer.pieces(formula))
            return partial(factor.node, parent, notation)

        return _written(self.sum, write, notation)

    def in_numbers(self, notation: Notation = "unicode") -> str:
        """Return the right-hand side in numbers."""
        return self._in_numbers(self.sum, notation)

    def _in_numbers(self, total: Sum, notation: Notation) -> str:
        def write(factor: Common | Local) -> str:
            number = short_number(self._number(factor))
            return f"({latex_number(number) if notation == 'latex' else number})"

        return _written(total, write, notation)

    def by_use(self) -> Iterator[tuple[Value, str, float]]:
        """Yield for each use of the node what it adds to the gradient, in numbers; none for one."""
        if len(self.uses) == len(self.sum.products) > 1:
            for use, product in zip(self.uses, self.sum.products, strict=True):
                term = Sum((product,))
                yield use, self._in_numbers(term, "unicode"), self._number(term)


def _is_symbol(formula: Expression) -> bool:
    while formula.kind == "whole":
        [formula] = formula.operands
    return formula.kind == "symbol"


def _written(total: Sum, write: Callable[[Common | Local], str], notation: Notation) -> str:
    """Return a sum of products; of many terms or factors the first and the last."""
    times, left_out = (r" \cdot ", r"\cdots") if notation == "latex" else ("·", "…")

    def factor(each: Factor) -> str:
        return f"({_written(each, write, notation)})" if isinstance(each, Sum) else write(each)

    def product(factors: tuple[Factor, ...]) -> str:
        return times.join(in_short(factors, factor, left_out)) or "1"

    return " + ".join(in_short(total.products, product, left_out))


def equations(loss: Value, node: Value) -> Sequence[Equation]:
    """Return the equations for ∂loss/∂node, from the loss on; the last is that for the node.

    A gradient has an equation of its own if several others are computed from it, or if it is a sum
    within a sum. Factors that are 1 by their rule are passed over.
    None if no path leads from the loss to the node, or they are the same.

    >>> x = Value(3.0, label="x")
    >>> h = x * x; h.label = "h"
    >>> y = h * h.tanh(); y.label = "y"
    >>> for each in equations(y, x):
    ...     print(each.left(), "=", each.symbols(), "=", short_number(each.number))
    ∂y/∂h = ∂y/∂tanh(h)·∂tanh(h)/∂h + tanh(h) = 1
    ∂y/∂x = ∂y/∂h·x + ∂y/∂h·x = 6
    """
    factoring = _Factoring(loss, node)
    if node is loss or node not in factoring.uses:
        return ()
    sums: dict[Value, Sum] = {}
    pending = [node]
    for each in pending:
        if each not in sums:
            sums[each] = factoring.sum(each)
            pending += sums[each].commons
    needs = {each: total.commons for each, total in sums.items()}
    numbers: dict[Value, float] = {}
    found = []
    for each in TopologicalSorter(needs).static_order():
        uses = tuple(use for use, _ in factoring.uses[each])
        found.append(Equation(loss, each, uses, sums[each], numbers))
        numbers[each] = found[-1].number
    return found


class _Factoring:
    """What leads from a loss to a node: how each gradient is a sum of products of others."""

    def __init__(self, loss: Value, node: Value) -> None:
        self.loss = loss
        order = computed_nodes(loss)
        self.places = {each: place for place, each in enumerate(order)}
        dependent, self.leading = dependents(order, [node])
        # Where each node is used on the way, and how many gradients are computed from its own.
        self.uses: dict[Value, list[tuple[Value, int]]] = {}
        self.needed: dict[Value, int] = {}
        for each in dependent:
            for position, parent in enumerate(each.parents):
                if parent in self.leading:
                    self.uses.setdefault(parent, []).append((each, position))
                    self.needed[each] = self.needed.get(each, 0) + 1
        for each in dependent:
            if self.needed.get(each, 0) > 1 and self._is_passed_over(each):
                self.needed[self.uses[each][0][0]] += 1

    def sum(self, node: Value, *, may_nest: bool = True) -> Sum:
        """Return ∂loss/∂node as a sum over the uses of the node.

        There may be a sum within, in parentheses, if the node has but one use.
        """
        uses = self.uses[node]
        may_nest = may_nest and len(uses) == 1
        products = tuple(self._product(*use, may_nest) for use in uses)
        if len(products) == 1 and len(products[0]) == 1 and isinstance(products[0][0], Sum):
            return products[0][0]
        return Sum(products)

    def _product(self, node: Value, position: int, may_nest: bool) -> tuple[Factor, ...]:
        """Return the factors from the loss on along an edge, as far as they have no equation."""
        factors: list[Factor] = self._locals(node, position)
        while node is not self.loss:
            if self._has_equation(node, may_nest):
                factors.append(Common(node))
                break
            if len(self.uses[node]) > 1:
                factors.append(self.sum(node, may_nest=False))
                break
            [(node, position)] = self.uses[node]
            factors += self._locals(node, position)
        return tuple(reversed(factors))

    def _locals(self, node: Value, position: int) -> list[Factor]:
        if is_one_by_rule(node, position):
            return []
        return [Local(node, position, self._is_ambiguous(node, position))]

    def _has_equation(self, node: Value, may_nest: bool) -> bool:
        is_shared = self.needed[node] > 1
        if len(self.uses[node]) > 1:
            return is_shared or not may_nest
        [(child, _)] = self.uses[node]
        return is_shared and child is not self.loss and not self._is_passed_over(node)

    def _is_passed_over(self, node: Value) -> bool:
        """Whether the gradient of a node is that of its only use."""
        uses = self.uses.get(node, [])
        return len(uses) == 1 and is_one_by_rule(*uses[0])

    def _is_ambiguous(self, node: Value, position: int) -> bool:
        """Whether another way leads from a node to its parent than this edge."""
        parent = node.parents[position]
        others = [each for i, each in enumerate(node.parents) if i != position]
        first = self.places.get(parent, -1)
        seen = set()
        while others:
            other = others.pop()
            if other is parent:
                return True
            if other not in seen and other in self.leading and self.places.get(other, -1) > first:
                seen.add(other)
                others += other.parents
        return False
