"""Local derivatives by a rule that is not theirs, or at another point."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from autograd import arithmetic, ops
from autograd.derivations.cases import Case, Derivative, Edge
from autograd.derivations.mistakes.guesses import Guess, Wording, changed
from autograd.derivations.mistakes.local_derivatives import mistaken_of
from autograd.explanations.formulas import local_derivative_text
from autograd.ops import record_of
from autograd.value import Value


class _NumbersAndOps:
    """The vocabulary that mistaken rules are read in for floats: arithmetic, and ops by name."""

    def __getattr__(self, name: str) -> Any:
        found = getattr(arithmetic, name, None) or ops.TABLE.get(name)
        if found is None:
            raise AttributeError(name)
        return found

    def probabilities(self, y: float, logits: Sequence[float], index: int) -> list[float]:
        return ops.softmax_values(arithmetic, logits)


_NUMBERS = _NumbersAndOps()


Rule = Callable[..., Sequence[Any]]


def mistaken_rules(node: Value) -> Iterator[tuple[object, Rule]]:
    """Yield what the local derivatives of a node may be taken for, each with a key of its own."""
    op = node.primitive
    assert op is not None  # it has parents
    if op.value is None:
        return
    if len(node.parents) == 1:
        own = op.derivatives
        yield "input for output", lambda m, y, x, *rest: own(m, x, x, *rest)
        yield "output", lambda m, y, x, *rest: (y,)
        yield "input", lambda m, y, x, *rest: (x,)
    mistaken = mistaken_of(op)
    if mistaken is None:
        return
    operands = [parent.data for parent in node.parents]
    for i in range(len(mistaken(_NUMBERS, node.data, *operands, *op.parameters))):
        yield i, lambda m, *each, i=i: mistaken(m, *each)[i]


def by_rule(case: Case, node: Value, rule: Rule) -> Sequence[float]:
    """Return the local derivatives of a node by a rule that is not its own."""
    assert node.primitive is not None
    operands = map(case.number, node.parents)
    try:
        return rule(_NUMBERS, case.number(node), *operands, *node.primitive.parameters)
    except (ZeroDivisionError, OverflowError):
        return [math.nan] * len(node.parents)


def wrong_operands(case: Case) -> Iterator[Guess]:
    for edges in case.by_op.values():
        rules: dict[object, dict[Value, Rule]] = {}
        for node in dict.fromkeys(edge.node for edge in edges):
            for key, rule in mistaken_rules(node):
                rules.setdefault(key, {})[node] = rule
        for key, of_node in rules.items():
            local = {node: by_rule(case, node, rule) for node, rule in of_node.items()}
            wrong = {edge: local[edge.node][edge.position] for edge in edges if edge.node in local}
            if any(local != edge.local for edge, local in wrong.items()):
                yield from _by_wrong_rule(case, wrong, of_node, key)
    yield from _value_for_one(case)


def _value_for_one(case: Case) -> Iterator[Guess]:
    """The derivative of a sum by one of its terms is taken for the term."""
    for edge in case.uses:
        if abs(edge.local) == 1.0:
            local = edge.local * case.number(case.node)
            words = "the wrong operand: {}, not {}"
            yield changed(case, {edge: local}, words, edge, case.node)


def _by_wrong_rule(
    case: Case, wrong: Mapping[Edge, float], rules: Mapping[Value, Rule], key: object
) -> Iterator[Guess]:
    """Yield the guesses that one edge has another rule, the edges of one node, and all of an op."""
    for edge, local in wrong.items():
        if local != edge.local:
            taken = _taken_for(edge, rules[edge.node], key)
            words = "the wrong operand: {} ({}), not {} = {}"
            yield changed(case, {edge: local}, words, edge, _rule_of(edge), taken, local)
    for node in rules:
        edges = [edge for edge in case.by_node[node] if edge in wrong]
        if 1 < len(edges) < len(wrong):
            taken = _taken_for(edges[0], rules[node], key)
            words = "the wrong operand in {}: {} for {}, and likewise for the others"
            replaced = {edge: wrong[edge] for edge in edges}
            yield changed(case, replaced, words, node, taken, _rule_of(edges[0]))
    if len(wrong) > 1:
        edge = next(iter(wrong))
        taken = _taken_for(edge, rules[edge.node], key)
        words = "the wrong operand, in each {}: {} was taken for {}, and so on"
        yield changed(case, wrong, words, edge.node.op, taken, _rule_of(edge))


def _rule_of(edge: Edge) -> Wording:
    return Wording(lambda: local_derivative_text(edge.node, edge.position))


def _taken_for(edge: Edge, rule: Rule, key: object) -> Wording:
    return Wording(lambda: local_derivative_text(edge.node, edge.position, rule), key)


def wrong_point(case: Case) -> Iterator[Guess]:
    """The derivative of a function of one number taken where another node is."""
    on_the_way = [*case.downstream, *case.labelled]
    for edge in of_one_number(case):
        for other in dict.fromkeys([edge.node, *edge.parent.parents, *on_the_way]):
            if other is not edge.parent:
                local = derivative_at(edge, case.number(other))
                words = "{} was taken at {} and not at {}: it is {}"
                yield changed(case, {edge: local}, words, edge, other, edge.parent, local)
    for edge in of_one_number(case):
        for other in dict.fromkeys((*case.users.get(edge.node, ()), *case.labelled)):
            local = _derivative_with_output(edge, case, case.number(other))
            if other is not edge.node and local != edge.local:
                words = "{} was taken with {} in place of {}: it is {}"
                yield changed(case, {edge: local}, words, edge, other, edge.node, local)
    for edge in of_one_number(case):
        if edge.parent is not case.node:
            inner = Derivative(edge.parent, case.node, case.downstream[edge.parent])
            local = derivative_at(edge, inner.local)
            words = "{} was taken at the inner derivative {}"
            yield changed(case, {edge: local}, words, edge, inner)
            number = case.upstream[edge.node] * local
            yield Guess(number, f"{words}, and not multiplied by it", edge, inner)


def of_one_number(case: Case) -> list[Edge]:
    """Return the edges whose node is a function of one number that is not linear."""
    return [
        edge
        for edge in reversed(case.edges)
        if len(edge.node.parents) == 1
        and edge.node.primitive is not None
        and edge.node.primitive.value is not None
        and edge.op not in (ops.negative, ops.identity)
    ]


def _derivative_with_output(edge: Edge, case: Case, y: float) -> float:
    """Return a derivative that has the output in its rule, such as 1 - y², with another for it."""
    op = edge.node.primitive
    assert op is not None  # it has parents
    [local] = op.derivatives(arithmetic, y, case.number(edge.parent), *op.parameters)
    return float(local)


def wrong_branch(case: Case) -> Iterator[Guess]:
    """Of a maximum or a choice, the operand followed that it is not, or all of them."""
    for node, edges in case.by_node.items():
        op = record_of(node.primitive)
        followed = [edge for edge in edges if op is not ops.where or edge.position]
        if op not in _CHOICES or all(edge.local for edge in followed):
            continue
        for edge in followed:
            if not edge.local:
                replaced = dict.fromkeys(followed, 0.0) | {edge: 1.0}
                yield changed(
                    case, replaced, "{} was followed, but {} is not it here", edge.parent, node
                )
        words = "all operands of {} were followed, but it is one of them"
        yield changed(case, dict.fromkeys(followed, 1.0), words, node)


_CHOICES = (ops.max, ops.min, ops.maximum, ops.minimum, ops.where)


def derivative_at(edge: Edge, x: float) -> float:
    """Return the derivative of the function of one number that an edge is of, at a number."""
    op = edge.node.primitive
    assert op is not None  # it has parents
    y = op.value(arithmetic, x, *op.parameters)
    [local] = op.derivatives(arithmetic, y, x, *op.parameters)
    return float(local)
