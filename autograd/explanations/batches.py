"""Which example of a batch a part of a graph belongs to: paths through a batch read alike."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import islice

from autograd import ops
from autograd.graph import computed_nodes, dependents
from autograd.value import Value

_LINEAR = (ops.add, ops.subtract, ops.sum, ops.multiply, ops.divide, ops.negative)
# What the loss of an example is made by; a sum of others may be anything.
_LOSSES = (
    ops.squared_error, ops.cross_entropy, ops.cross_entropy_of_distribution, ops.power_of, ops.abs,
    ops.relu, ops.softplus,
)  # fmt: skip


def examples(loss: Value, node: Value) -> dict[Value, str]:
    """Return the example of a batch that each node of a loss belongs to, ``example 2 of 8: ``.

    A batch is a mean of losses, perhaps scaled or with a penalty added, that have no computed node
    in common: each was computed apart, and only leaves, such as weights, are in several. Of a plain
    sum of losses each is a ``term 2 of 8: ``. A sum says something only about a node that is in
    several of its terms: else these may be the outputs for one example.

    >>> w = Value(2.0, label="w")
    >>> first, second = (w - 1) ** 2, (w - 3) ** 2
    >>> examples((first + second) / 2, w)[second]
    'example 2 of 2: '
    """
    pending = [loss]
    for each in pending:
        terms, word = _terms(each)
        if len(terms) > 1 and (found := _computed_apart(terms, word)):
            is_mean = ops.record_of(each.primitive) is ops.mean
            return found if is_mean or _is_in_several(node, terms) else {}
        if ops.record_of(each.primitive) in _LINEAR and len(pending) < _MOST_LOOKED_AT:
            pending += [parent for parent in each.parents if parent.parents]
    return {}


_MOST_LOOKED_AT = 1000  # a batch is near the loss


def _terms(node: Value) -> tuple[Sequence[Value], str]:
    """Return the terms that a node is the mean or the sum of, in order, and what they are called.

    It is a mean by its op, or as a sum that is divided by the number of its terms.
    """
    op, parents = ops.record_of(node.primitive), node.parents
    if op is ops.mean:
        return parents, "example"
    if op in (ops.add, ops.sum):
        # The last term tells nearly always, where the sum may be long, and looked at term by term.
        terms = _summed(node) if ops.record_of(parents[-1].primitive) in _LOSSES else ()
        kinds = {ops.record_of(term.primitive) for term in terms}
        return (terms, "term") if len(kinds) == 1 and kinds <= {*_LOSSES} else ((), "")
    constants = list(filter(_is_constant, parents))
    sums = [parent for parent in parents if parent.parents]
    if op in (ops.divide, ops.multiply) and len(constants) == len(sums) == 1:
        factor = constants[0].data
        size = factor if op is ops.divide and constants[0] is parents[1] else 1 / (factor or 1)
        if 1 < size < math.inf:
            terms = _summed(sums[0], round(size))
            return (terms, "example") if math.isclose(len(terms), size) else ((), "")
    return (), ""


def _summed(node: Value, most: float = math.inf) -> Sequence[Value]:
    """Return the terms of a sum: of one op, or as ``sum()`` adds them from the left, ``most``."""
    if ops.record_of(node.primitive) is ops.sum:
        return node.parents
    terms: list[Value] = []
    while len(terms) < most - 1 and ops.record_of(node.primitive) is ops.add:
        node, term = node.parents
        terms.append(term)
    if ops.record_of(node.primitive) is ops.add and _is_constant(node.parents[0]):
        node = node.parents[1]
    return [*([] if _is_constant(node) else [node]), *terms[::-1]]  # sum() begins with 0


def _is_constant(node: Value) -> bool:
    return node.primitive is ops.CONSTANT


def _computed_apart(terms: Sequence[Value], word: str) -> dict[Value, str]:
    """Return the number of its term for each computed node; none if two have one in common."""
    found: dict[Value, str] = {}
    for number, term in enumerate(terms, 1):
        nodes = computed_nodes(term)
        if not nodes or not found.keys().isdisjoint(nodes):
            return {}
        found |= dict.fromkeys(nodes, f"{word} {number} of {len(terms)}: ")
    return found


def _is_in_several(node: Value, terms: Sequence[Value]) -> bool:
    uses = (dependents(computed_nodes(term), [node])[0] for term in terms)
    return len(list(islice(filter(None, uses), 2))) == 2
