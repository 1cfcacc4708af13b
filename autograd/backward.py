"""The chain rule, once: every gradient of this package is accumulated by the loop below."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
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
    order = _begin(loss)
    propagate(loss, order)


def steps(loss: Value) -> Iterator[Step]:
    """Yield the backward pass edge by edge, each step when its contribution has been added.

    The pass begins with the call, and draining it is :func:`backward`: the same loop runs. Leaving
    off half-way leaves the gradients as they are then.

    >>> from autograd import Value
    >>> x = Value(3.0, label="x")
    >>> y = 2 * x; y.label = "y"
    >>> z = y * y; z.label = "z"
    >>> for step in steps(z):
    ...     print(step)
    ∂z/∂y += ∂z/∂z · ∂z/∂y = 1 · 6 = 6: 0 → 6
    ∂z/∂y += ∂z/∂z · ∂z/∂y = 1 · 6 = 6: 6 → 12
    ∂z/∂2 += ∂z/∂y · ∂y/∂2 = 12 · 3 = 36: 0 → 36
    ∂z/∂x += ∂z/∂y · ∂y/∂x = 12 · 2 = 24: 0 → 24
    """
    return _take_steps(loss, _begin(loss))


def _take_steps(loss: Value, order: Sequence[Value]) -> Iterator[Step]:
    contributions = accumulate(order, stepping=True)
    for node in reversed(order):
        edges = zip(node.parents, node.local_derivatives, strict=True)
        for position, (parent, local) in enumerate(edges):
            upstream, before = node.grad, parent.grad
            contribution = next(contributions)
            yield Step(
                loss, node, parent, position, upstream, local, contribution, before, parent.grad
            )


def propagate(loss: Value, order: Sequence[Value]) -> None:
    """Run a begun pass to its end, step by step only if somebody looks on."""
    looking_on = blocks_here() if watching_steps else []
    if not looking_on:
        for _ in accumulate(order):
            pass
        return
    for block in looking_on:
        block.pass_began(loss)
    for step in _take_steps(loss, order):
        for block in looking_on:
            block.step_taken(step)


def _begin(loss: Value) -> list[Value]:
    """Set the gradients of computed nodes to 0 and that of the loss to 1; return the order."""
    order = computed_nodes(loss)
    for node in order:
        node.grad = 0.0
    loss.grad += 1.0
    return order


def accumulate(
    order: Sequence[Value],
    edges_of: Callable[[Value], Iterable[tuple[Value, Any]]] | None = None,
    stepping: bool = False,
) -> Iterator[float]:
    """Apply the chain rule to every edge, from the loss back to the leaves.

    A node's upstream gradient ∂L/∂node is complete when its turn comes, because in the reversed
    topological order everything that was computed from it came before.

    By default the local derivatives are the recorded numbers. ``edges_of`` may supply others, such
    as Values: then the same line, on Values, makes gradients that can be differentiated again.
    With ``stepping`` it pauses after every edge; without, it runs through and yields nothing.
    """
    for node in reversed(order):
        upstream = node.grad
        # Most nodes have one or two edges, in their slots; those of a wide node come one by one.
        parent, local, second = node._first, node._first_local, node._second
        edges: Iterator[tuple[Any, Any]] | None = None
        if edges_of is not None:
            edges = iter(edges_of(node))
        elif parent.__class__ is tuple:
            edges = zip(parent, local, strict=False)
        if edges is not None:
            parent, local = next(edges, _NO_EDGE)
        while parent is not None:
            contribution = upstream * local
            parent.grad += contribution
            if stepping:
                yield contribution
            if edges is not None:
                parent, local = next(edges, _NO_EDGE)
            else:
                parent, local, second = second, node._second_local, None


_NO_EDGE = (None, 0.0)


class Step(NamedTuple):
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

    @property
    def symbols(self) -> str:
        """The equation in symbols."""
        loss, node, parent = self.loss.name, self.node.name, self.parent.name
        return f"∂{loss}/∂{parent} += ∂{loss}/∂{node} · ∂{node}/∂{parent}"

    @property
    def numbers(self) -> str:
        """The equation with the numbers put in."""
        upstream, local, contribution, running = self.written_numbers
        return f"{upstream} · {local} = {contribution}: {running}"

    @property
    def written_numbers(self) -> tuple[str, str, str, str]:
        """These numbers one by one: upstream, local derivative, contribution, before → after."""
        return (
            _factor(self.upstream),
            _factor(self.local_derivative),
            f"{self.contribution:.4g}",
            f"{self.before:.4g} → {self.after:.4g}",
        )

    def __str__(self) -> str:
        return f"{self.symbols} = {self.numbers}"


def _factor(number: float) -> str:
    return f"({number:.4g})" if number < 0 else f"{number:.4g}"
