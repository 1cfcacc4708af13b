"""Factors that are forgotten, used twice or too many, and the rule of the product."""

from __future__ import annotations

import math
from collections.abc import Iterator

from autograd import arithmetic, ops
from autograd.derivations.cases import Case, Derivative, Edge
from autograd.derivations.mistakes.guesses import (
    Guess,
    changed,
    is_square,
    other_operand,
    parameter_of,
)
from autograd.derivations.mistakes.signs_and_paths import MOST_PATHS_IN_SUBSETS
from autograd.ops import record_of
from autograd.value import Value


def scale(case: Case) -> Iterator[Guess]:
    groups: dict[tuple[float, str], list[Edge]] = {}
    for edge in case.edges:
        groups.setdefault(_constant_of(edge.node), []).append(edge)
    groups.pop(_NO_CONSTANT, None)
    for (factor, name), edges in groups.items():
        for times, words in ((1 / factor, "was forgotten"), (factor, "was used twice")):
            scaled = {edge: edge.local * times for edge in edges}
            yield changed(case, scaled, f"{{}} {words}", name)
    for (factor, name), edges in groups.items():
        for edge in edges if len(edges) > 1 else ():
            words = "{} was forgotten in {}"
            yield changed(case, {edge: edge.local / factor}, words, name, edge)
    if (n := _terms_of(case.loss)) > 1:
        yield Guess(case.gradient / n, "it was divided by {}, as if the loss were a mean", str(n))
    means = [edge for edge in case.edges if edge.op is ops.mean]
    for divisor, words in ((-1, "n - 1 was taken for n"), (1, "n + 1 was taken for n")):
        if means and min(len(edge.node.parents) for edge in means) > 1:
            scaled = {edge: 1 / (len(edge.node.parents) + divisor) for edge in means}
            yield changed(case, scaled, f"{words} in the mean")


def _terms_of(loss: Value) -> int:
    """Return how many terms a loss is the sum of; 0 for more than a batch has."""
    pending, count = [loss], 0
    while pending:
        node = pending.pop()
        if record_of(node.primitive) in (ops.add, ops.sum):
            pending.extend(node.parents)
        else:
            count += 1
        if count + len(pending) > MOST_TERMS:  # a sum of sums may have 2ⁿ
            return 0
    return count


MOST_TERMS = 1000


_NO_CONSTANT = (1.0, "")


def _constant_of(node: Value) -> tuple[float, str]:
    """Return the constant that the rule of a node has in front, and what it is called."""
    op, parents = record_of(node.primitive), node.parents
    if op is ops.mean:
        return 1 / len(parents), f"the 1/{len(parents)} of the mean"
    if op is ops.squared_error or is_square(node):
        return 2.0, "the factor 2 of the square"
    exponent = parameter_of(node) if op is ops.power_of else 0.0
    if exponent == 0.0:
        return _NO_CONSTANT
    return exponent, f"the exponent {exponent:g} in front of the power"


def wrong_factors(case: Case) -> Iterator[Guess]:
    # A -1 that was forgotten is a wrong sign.
    edges = [edge for edge in reversed(case.edges) if abs(edge.local) != 1.0]
    for edge in edges:
        yield changed(case, {edge: 1.0}, "the factor {} was forgotten", edge)
    for node in case.between:
        upstream = Derivative(case.loss, node, case.upstream[node])
        inner = Derivative(node, case.node, case.downstream[node])
        if abs(upstream.local) != 1.0:
            yield Guess(inner.local, "the upstream {} was forgotten", upstream)
        if abs(inner.local) != 1.0:
            yield Guess(upstream.local, "the inner derivative {} was forgotten", inner)
    for edge in edges:
        twice = {edge: edge.local * edge.local}
        yield changed(case, twice, "the factor {} was used twice", edge)
    for op in dict.fromkeys(edge.op for edge in edges):
        if len(case.by_op[op]) > 1:
            words = "all local derivatives of {} were "
            forgotten = dict.fromkeys(case.by_op[op], 1.0)
            yield changed(case, forgotten, f"{words}forgotten", op.name)
            squared = {edge: edge.local * edge.local for edge in case.by_op[op]}
            yield changed(case, squared, f"{words}used twice", op.name)
    operands: dict[Value, list[Edge]] = {}
    for edge in edges:
        if (operand := other_operand(edge)) is not None:
            operands.setdefault(operand, []).append(edge)
    for operand, edges_of_it in operands.items():
        if len(edges_of_it) > 1:
            words = "the factor {} was forgotten each time"
            yield changed(case, dict.fromkeys(edges_of_it, 1.0), words, operand)
    by_product = [use for use in case.uses if other_operand(use) is not None]
    if 1 < len(by_product) < len(case.by_op[by_product[0].op]):
        words = "all that {} is multiplied by was forgotten"
        yield changed(case, dict.fromkeys(by_product, 1.0), words, case.node)


def factors_of_a_path(case: Case) -> Iterator[Guess]:
    if len(case.paths) < 2:
        return
    edges = {(edge.node, edge.position): edge for edge in case.edges}
    for path in case.paths[:MOST_PATHS_IN_SUBSETS]:
        product = case.product(path)
        for step in zip(path.nodes, path.positions, strict=False):
            edge = edges[step]
            if edge.local and abs(edge.local) != 1.0:
                number = case.gradient - product + product / edge.local
                words = "the factor {} was forgotten on one path: {}"
                yield Guess(number, words, edge, path)


def whole_factors(case: Case) -> Iterator[Guess]:
    """A number of the graph that is missing in the whole gradient, or one too many."""
    for node in case.labelled:
        number = case.number(node)
        if abs(number) not in (0.0, 1.0):
            words = "the factor {} was forgotten, or it was divided by it once too often"
            yield Guess(case.gradient / number, words, node)
            yield Guess(case.gradient * number, "the factor {} is one too many", node)


def doubled_or_halved(case: Case) -> Iterator[Guess]:
    yield Guess(2 * case.gradient, "it is twice the gradient")
    yield Guess(case.gradient / 2, "it is half the gradient")


def sums_of_factors(case: Case) -> Iterator[Guess]:
    """The local derivatives on the only path added, where they are to be multiplied."""
    factors = [edge.local for edge in case.edges if abs(edge.local) != 1.0]
    if case.count == 1 and len(factors) > 1:
        words = "the local derivatives were added, and not multiplied"
        yield Guess(math.fsum(factors), words)


def product_rule(case: Case) -> Iterator[Guess]:
    """The derivative of a product or quotient for that of its two operands."""
    for node, edges in case.by_node.items():
        op = record_of(node.primitive)
        if op not in (ops.multiply, ops.divide) or len({edge.parent for edge in edges}) < 2:
            continue
        a, b = (case.downstream[parent] for parent in node.parents)
        wrong = a * b if op is ops.multiply else arithmetic.divide(a, b)
        number = case.gradient + case.upstream[node] * (wrong - case.downstream[node])
        words = "the derivative of {} is not the {} of the derivatives of its operands"
        yield Guess(number, words, node, "product" if op is ops.multiply else "quotient")
