"""The chain rule: every gradient of this package is accumulated by the loop below.

It stands here twice, to be read in :func:`accumulate` and to be quick in ``_accumulate_unseen``; a
test holds the two equal to the bit.
"""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Callable, Generator, Iterable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any, NamedTuple

from autograd.blocks import blocks_here, watching_steps
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
    order = begin(loss)
    propagate(loss, order)


def edge_by_edge(loss: Value, order: Sequence[Value]) -> Generator[Edge, Edge | None, None]:
    """Run a pass that has begun, edge by edge; whoever sends one back enters a debugger there."""
    contributions = accumulate(loss, order)
    inspected = None
    for node in reversed(order):
        for position, (parent, local) in enumerate(_recorded_edges(node)):
            upstream, before = node.grad, parent.grad
            contribution = contributions.send(inspected)
            inspected = yield Edge(
                loss, node, parent, position, upstream, local, contribution, before, parent.grad
            )
    with suppress(StopIteration):
        contributions.send(inspected)


def propagate(loss: Value, order: Sequence[Value]) -> None:
    """Run a pass that has begun to its end, step by step only if somebody looks on."""
    looking_on = blocks_here() if watching_steps else []
    if not looking_on:
        if _is_traced():
            deque(accumulate(loss, order), 0)
        else:
            _accumulate_unseen(order)
        return
    for block in looking_on:
        block.pass_began(loss)
    edges = edge_by_edge(loss, order)
    inspected = None
    while True:
        try:
            edge = edges.send(inspected)
        except StopIteration:  # of the pass alone: that of a user's condition is an error
            return
        found = [block.edge_passed(edge) for block in looking_on]
        inspected = next(filter(None, found), None)


def begin(loss: Value) -> list[Value]:
    """Set the gradients of computed nodes to 0 and that of the loss to 1; return the order."""
    order = computed_nodes(loss)
    for node in order:
        node.grad = 0.0
    loss.grad += 1.0
    return order


def _recorded_edges(node: Value) -> Iterable[tuple[Value, float]]:
    return zip(node.parents, node.local_derivatives, strict=True)


def accumulate(
    loss: Value,
    order: Sequence[Value],
    edges_of: Callable[[Value], Iterable[tuple[Value, Any]]] = _recorded_edges,
) -> Generator[Any, Edge | None, None]:
    """Apply the chain rule to every edge, from the loss back to the leaves: the frame to step in.

    A node's upstream gradient ∂L/∂node is complete when its turn comes, because in the reversed
    topological order everything that was computed from it came before. After each edge it pauses,
    and yields the contribution; whoever sends the step back enters a debugger here.

    By default the local derivatives are the recorded numbers. ``edges_of`` may supply others, such
    as Values: then the same lines, on Values, make gradients that can be differentiated again.
    """
    for node in reversed(order):
        upstream = node.grad
        for parent, local in edges_of(node):
            contribution = upstream * local
            parent.grad += contribution
            if step := (yield contribution):
                breakpoint()
                del step  # it was for the debugger


def _accumulate_unseen(order: Sequence[Value]) -> None:
    """Do the same as :func:`accumulate` in less time, where nobody looks on."""
    for node in reversed(order):
        upstream = node.grad
        first, second = node._first, node._second
        if first.__class__ is tuple:
            for parent, local in zip(first, node._first_local, strict=False):
                parent.grad += upstream * local
            if second is not None:  # the inputs of a dot product, and then its bias
                for parent, local in zip(second, node._second_local, strict=False):
                    parent.grad += upstream * local
                if len(first) > len(second):
                    first[-1].grad += upstream
        else:
            first.grad += upstream * node._first_local
            if second is not None:
                second.grad += upstream * node._second_local


def _is_traced() -> bool:
    """Return whether a debugger, or another tool, follows this thread line by line."""
    if sys.gettrace() is not None:
        return True
    monitoring: Any = getattr(sys, "monitoring", None)  # since Python 3.12
    return monitoring is not None and monitoring.get_tool(monitoring.DEBUGGER_ID) is not None


class Edge(NamedTuple):
    """One edge of the backward pass: a contribution is added to the gradient of a parent.

    ``contribution = upstream * local_derivative``, for the parent at this ``position`` among the
    node's parents; ``before`` and ``after`` are the parent's gradient around it.
    """

    loss: Value
    node: Value
    parent: Value
    position: int
    upstream: float
    local_derivative: float
    contribution: float
    before: float
    after: float
