"""Backpropagation done wrong, to see why it needs the topological order."""

from __future__ import annotations

from typing import NamedTuple

from autograd.errors import ArgumentError
from autograd.graph import topological_order
from autograd.text import told_apart
from autograd.transforms import gradients
from autograd.value import Value

_MAX_VISITS = 1_000_000


class Counterexample(NamedTuple):
    """The gradients of a depth-first backward pass beside the right ones.

    >>> a = Value(1.0, label="a")
    >>> b = a + a
    >>> naive_backward(b + b).wrong
    (Value(data=1.0, grad=0.0, label='a'),)
    """

    nodes: tuple[Value, ...]
    naive: tuple[float, ...]
    right: tuple[float, ...]

    @property
    def wrong(self) -> tuple[Value, ...]:
        """The nodes whose gradient came out wrong."""
        rows = zip(self.nodes, self.naive, self.right, strict=True)
        return tuple(node for node, naive, right in rows if naive != right)

    def __str__(self) -> str:
        if not self.wrong:
            return (
                "Depth first gives the right gradients here: no node that is used more than once "
                "was computed from others."
            )
        lines = ["Depth first, without a topological order:"]
        for node, naive, right in zip(self.nodes, self.naive, self.right, strict=True):
            found, correct = told_apart(naive, right)
            mark = "" if naive == right else f", but it is {correct}"
            lines.append(f"  ∂/∂{node.name} = {found}{mark}")
        lines.append(
            "A node that is used several times passed its gradient on at every visit, each time "
            "with what it had so far: earlier contributions went down again. In topological order "
            "a node's turn comes once, when its gradient is complete."
        )
        return "\n".join(lines)


def naive_backward(loss: Value) -> Counterexample:
    """Run the backward pass that a first attempt often is, and compare; gradients stay untouched.

    From the loss it follows each edge as it comes, adds the contribution to the parent's gradient
    and goes on from there at once. That passes the gradient of a shared node on before it is
    complete, and again when more has come.

    Raises:
        ArgumentError: if the graph is too large for it: it visits a node once for each path.

    >>> a = Value(1.0, label="a")
    >>> b = a + a; b.label = "b"
    >>> c = b + b; c.label = "c"
    >>> print(naive_backward(c))
    Depth first, without a topological order:
      ∂/∂a = 6, but it is 4
      ∂/∂b = 2
      ∂/∂c = 1
    A node that is used several times passed its gradient on at every visit, each time with what \
it had so far: earlier contributions went down again. In topological order a node's turn comes \
once, when its gradient is complete.
    """
    nodes = topological_order(loss)
    visits = dict.fromkeys(nodes, 0)
    visits[loss] = 1
    for node in reversed(nodes):
        for parent in node.parents:
            visits[parent] += visits[node]
    if sum(visits.values()) > _MAX_VISITS:
        raise ArgumentError(
            f"a depth-first pass would visit the {len(nodes)} nodes of this graph "
            f"{sum(visits.values())} times, once for each path; take a graph with fewer paths"
        )
    gradient = dict.fromkeys(nodes, 0.0)
    gradient[loss] = 1.0
    pending = [(loss, iter(range(len(loss.parents))))]
    while pending:
        node, positions = pending[-1]
        position = next(positions, None)
        if position is None:
            pending.pop()
            continue
        parent = node.parents[position]
        gradient[parent] += gradient[node] * node.local_derivatives[position]
        pending.append((parent, iter(range(len(parent.parents)))))
    right = gradients(loss, nodes)
    return Counterexample(tuple(nodes), tuple(gradient.values()), tuple(right))
