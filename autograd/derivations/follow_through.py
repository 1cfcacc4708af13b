"""Follow-through: what a person's own earlier answers, right or wrong, lead to further down."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from autograd.value import Value


def replayed(
    computed: Sequence[Value], node: Value, answers: Mapping[Value, float]
) -> tuple[float, frozenset[Value]]:
    """Return the gradient of a node as it follows from answers for other nodes, and from which.

    The chain rule is followed from the loss, the last of the computed nodes in topological order,
    with each answer as the upstream of its node. An answer for the node itself is passed over.

    >>> from autograd.graph import computed_nodes
    >>> w = Value(3.0, label="w")
    >>> h = w * 2; a = h * 5
    >>> number, used = replayed(computed_nodes(a), w, {h: 7.0, w: 1.0})
    >>> number, used == {h}
    (14.0, True)
    """
    loss = computed[-1] if computed else node
    upstream = {loss: 1.0}
    used: dict[Value, frozenset[Value]] = {loss: frozenset()}
    for child in reversed(computed):
        if child is node:
            break  # nothing further down leads back to it
        if child in answers:
            upstream[child], used[child] = answers[child], frozenset([child])
        if child not in upstream:
            continue
        for parent, local in zip(child.parents, child.local_derivatives, strict=True):
            upstream[parent] = upstream.get(parent, 0.0) + upstream[child] * local
            used[parent] = used.get(parent, frozenset()) | used[child]
    return upstream.get(node, 0.0), used.get(node, frozenset())
