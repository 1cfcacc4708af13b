"""The chain rule: every gradient of this package is accumulated by the loop below.

It stands here twice, to be read in :func:`accumulate` and to be quick in ``_accumulate_unseen``,
and pauses after each edge in :mod:`autograd.stepping`; a test holds them equal to the bit.
"""

from __future__ import annotations

from autograd.elsewhere import OF_BACKWARD, refuse_arguments
from autograd.gates import blocks_here, is_traced, watching_steps
from autograd.graph import computed_nodes, recorded_edges

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from typing import Any, NoReturn, TypeAlias

    from autograd.value import Value

    # What runs a pass that has begun, for a loss and its nodes in topological order.
    Pass: TypeAlias = Callable[[Value, Sequence[Value]], None]


def backward(loss: Value, **of_others: NoReturn) -> None:
    """Add ∂loss/∂leaf to the gradient of every leaf that the loss depends on.

    The gradients of computed nodes are set afresh, those of leaves accumulate: two calls give
    twice the gradient, and the gradients of two losses add up. The local derivatives are those
    recorded in the forward pass, so data changed since then doesn't matter. O(nodes + edges).

    Raises:
        OperandError: for an argument of another library's, such as ``retain_graph``.

    >>> from autograd import Value
    >>> x = Value(3.0)
    >>> backward(x * x)
    >>> x.grad
    6.0
    """
    # In a debugger, `next` goes over the first line and `step` into the second.
    order = begin(loss, **of_others)
    propagate(loss, order)


def begin(loss: Value, **of_others: NoReturn) -> list[Value]:
    """Set the gradients of computed nodes to 0 and that of the loss to 1; return the order."""
    refuse_arguments("backward", of_others, OF_BACKWARD)
    order = computed_nodes(loss)
    for node in order:
        node._grad = 0.0
    loss._grad += 1.0
    return order


def propagate(loss: Value, order: Sequence[Value]) -> None:
    """Run a pass that has begun to its end, step by step only if somebody looks on."""
    run: Pass = _accumulate_unseen
    if is_traced():
        from autograd.debuggers import in_sight

        run = in_sight(accumulate)
    if watching_steps:
        for block in blocks_here():
            run = block.pass_began(loss) or run
    run(loss, order)


def accumulate(
    loss: Value,
    order: Sequence[Value],
    edges_of: Callable[[Value], Iterable[tuple[Value, Any]]] = recorded_edges,
) -> None:
    """Apply the chain rule to every edge, from the loss back to the leaves: the frame to step in.

    A node's upstream gradient ∂L/∂node is complete when its turn comes, because in the reversed
    topological order everything that was computed from it came before.

    By default the local derivatives are the recorded numbers. ``edges_of`` may supply others, such
    as Values: then the same lines, on Values, make gradients that can be differentiated again.
    """
    for node in reversed(order):
        upstream = node.grad
        for parent, local in edges_of(node):
            contribution = upstream * local
            parent.grad += contribution


def _accumulate_unseen(loss: Value, order: Sequence[Value]) -> None:
    """Do the same as :func:`accumulate` in less time, where nobody looks on."""
    for node in reversed(order):
        upstream = node._grad
        first, second = node._first, node._second
        if first.__class__ is tuple:
            for parent, local in zip(first, node._first_local):  # noqa: B905 (it takes time)
                parent._grad += upstream * local
            if second is not None:  # the inputs of a dot product, and then its bias
                for parent, local in zip(second, node._second_local):  # noqa: B905
                    parent._grad += upstream * local
                if len(first) > len(second):
                    first[-1]._grad += upstream
        else:
            first._grad += upstream * node._first_local
            if second is not None:
                second._grad += upstream * node._second_local
