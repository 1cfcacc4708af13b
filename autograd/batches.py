"""Which example of a batch a part of a graph belongs to: paths through a batch read alike."""

from __future__ import annotations

import math
from collections.abc import Sequence

from autograd import ops
from autograd.graph import computed_nodes
from autograd.value import Value

_LINEAR = (ops.add, ops.subtract, ops.sum, ops.multiply, ops.divide, ops.negative)


def examples(loss: Value) -> dict[Value, str]:
    """Return the example of a batch that each node belongs to, as ``example 2 of 8: ``.

    A batch is a mean of losses, perhaps scaled or with a penalty added, that have no computed node
    in common: each was computed apart, and only leaves, such as weights, are in several.

    >>> w = Value(2.0, label="w")
    >>> first, second = (w - 1) ** 2, (w - 3) ** 2
    >>> examples((first + second) / 2)[second]
    'example 2 of 2: '
    """
    pending = [loss]
    for node in pending:
        terms = _averaged(node)
        if len(terms) > 1 and (found := _computed_apart(terms)):
            return found
        if ops.record_of(node.primitive) in _LINEAR and len(pending) < _MOST_LOOKED_AT:
            pending += [parent for parent in node.parents if parent.parents]
    return {}


_MOST_LOOKED_AT = 1000  # a batch is near the loss


def _averaged(node: Value) -> Sequence[Value]:
    """Return the terms that a node is the mean of, in the order of the examples; none if it isn't.

    It is one by its op, or as a sum that is divided by the number of its terms.
    """
    op, parents = ops.record_of(node.primitive), node.parents
    if op is ops.mean:
        return parents
    if op not in (ops.divide, ops.multiply):
        return ()
    constants = list(filter(_is_constant, parents))
    sums = [parent for parent in parents if parent.parents]
    if len(constants) != 1 or len(sums) != 1 or not constants[0].data:
        return ()
    number = constants[0].data
    size = number if op is ops.divide and constants[0] is parents[1] else 1 / number
    terms = _summed(sums[0], round(size)) if 1 < size < math.inf else ()
    return terms if math.isclose(len(terms), size) else ()


def _summed(node: Value, size: int) -> Sequence[Value]:
    """Return the terms of a sum: of one op, or of so many as ``sum()`` adds them, from the left."""
    if ops.record_of(node.primitive) is ops.sum:
        return node.parents
    terms: list[Value] = []
    while len(terms) < size - 1 and ops.record_of(node.primitive) is ops.add:
        node, term = node.parents
        terms.append(term)
    starts_at_0 = ops.record_of(node.primitive) is ops.add and _is_constant(node.parents[0])
    return [node.parents[1] if starts_at_0 else node, *terms[::-1]]


def _is_constant(node: Value) -> bool:
    return node.primitive is ops.CONSTANT


def _computed_apart(terms: Sequence[Value]) -> dict[Value, str]:
    """Return the number of its term for each computed node; none if two have one in common."""
    found: dict[Value, str] = {}
    for number, term in enumerate(terms, 1):
        nodes = computed_nodes(term)
        if not nodes or not found.keys().isdisjoint(nodes):
            return {}
        found |= dict.fromkeys(nodes, f"example {number} of {len(terms)}: ")
    return found
