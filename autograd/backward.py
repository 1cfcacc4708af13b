"""The chain rule, once: every gradient of this package is accumulated by the loop below."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

from autograd.graph import computed_nodes

if TYPE_CHECKING:
    from autograd.value import Value


def backward(loss: Value) -> None:
    """Add ∂loss/∂leaf to the gradient of every leaf that the loss depends on.

    The gradients of computed nodes are set afresh, those of leaves accumulate: two calls give
    twice the gradient, and the gradients of two losses add up. The local derivatives are those
    recorded in the forward pass, so data changed since then doesn't matter. O(nodes + edges).

    >>> from autograd import Value
    >>> x = Value(3.0)
    >>> backward(x * x)
    >>> x.grad
    6.0
    """
    order = computed_nodes(loss)
    for node in order:
        node.grad = 0.0
    loss.grad += 1.0
    accumulate(order)


def accumulate(
    order: Sequence[Value],
    edges_of: Callable[[Value], Iterable[tuple[Value, Any]]] | None = None,
) -> None:
    """Apply the chain rule to every edge, from the loss back to the leaves.

    A node's upstream gradient ∂L/∂node is complete when its turn comes, because in the reversed
    topological order everything that was computed from it came before.

    By default the local derivatives are the recorded numbers. ``edges_of`` may supply others, such
    as Values: then the same line, on Values, makes gradients that can be differentiated again.
    """
    for node in reversed(order):
        upstream = node.grad
        edges: Any
        if edges_of is not None:
            edges = edges_of(node)
        elif node._second is not None:
            edges = ((node._first, node._first_local), (node._second, node._second_local))
        elif node._first.__class__ is not tuple:
            edges = ((node._first, node._first_local),)
        else:
            edges = zip(node._first, node._first_local, strict=True)
        for parent, local in edges:
            contribution = upstream * local
            parent.grad += contribution
