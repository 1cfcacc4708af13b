"""The graph behind a value: its nodes in topological order, its edges, its size.

Nothing here recurses, so a chain of a million nodes is a graph like any other.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from numbers import Real
from typing import TYPE_CHECKING

from autograd.errors import OperandError

if TYPE_CHECKING:
    from autograd.value import Value


def computed_nodes(root: Value) -> list[Value]:
    """Return the nodes that the root was computed from, itself included, without the leaves.

    Every node comes after all nodes that it was computed from. O(nodes + edges).
    """
    if not hasattr(root, "_first"):
        raise OperandError(f"a graph is that behind a Value, not {root!r}")
    order: list[Value] = []
    visited: set[Value] = set()
    # A node goes on the stack with None above it, and its parents above that: when None comes to
    # the top, all that the node needs is in the order.
    stack: list[Value | None] = [root]
    while stack:
        node = stack.pop()
        if node is None:
            order.append(stack.pop())  # type: ignore[arg-type]
            continue
        first, second = node._first, node._second
        if first is None:
            if node.grad.__class__ is not float:
                node.grad = _usable_gradient(node)
            continue
        if node in visited:
            continue
        visited.add(node)
        stack.append(node)
        stack.append(None)
        if second is not None:
            stack.append(second)
            stack.append(first)
        elif first.__class__ is not tuple:
            stack.append(first)
        else:  # most parents of a wide node need no visit: leaves, and inputs that a layer shares
            stack += [
                parent
                for parent in reversed(first)
                if (
                    parent not in visited
                    if parent._first is not None
                    else parent.grad.__class__ is not float
                )
            ]
    return order


def _usable_gradient(leaf: Value) -> float:
    """Return the gradient that a user gave a leaf as a float: ``p.grad = 0`` is common."""
    if isinstance(leaf.grad, Real):
        return float(leaf.grad)
    name = f"leaf {leaf.label!r}" if leaf.label else "a leaf"
    raise OperandError(
        f"the gradient of {name} (data={leaf.data}) was set to {leaf.grad!r}, which is not a "
        "number; to clear a gradient, set it to 0.0"
    )


def dependents(order: Sequence[Value], inputs: Iterable[Value]) -> tuple[list[Value], set[Value]]:
    """Return the nodes of a topological order that depend on inputs, and the set with these."""
    leading = set(inputs)
    dependent = []
    for node in order:
        if not leading.isdisjoint(node.parents):
            dependent.append(node)
            leading.add(node)
    return dependent, leading


def topological_order(root: Value) -> list[Value]:
    """Return all nodes of the graph, leaves included, each after everything it depends on.

    The order is the same from run to run. O(nodes + edges).

    >>> from autograd import Value
    >>> a, b = Value(2.0, label="a"), Value(3.0, label="b")
    >>> c = a * b; c.label = "c"
    >>> [node.label for node in topological_order(c * c)]
    ['a', 'b', 'c', '']
    """
    order: dict[Value, None] = {}
    for node in computed_nodes(root):
        order.update(dict.fromkeys(node.parents))
        order[node] = None
    return list(order) or [root]


def edges(root: Value) -> Iterator[tuple[Value, Value, float]]:
    """Yield every edge of the graph as (node, parent, local derivative ∂node/∂parent).

    A parent that is used twice has two edges: ``x * x`` yields two.

    >>> from autograd import Value
    >>> x = Value(3.0, label="x")
    >>> [(node.op, parent.label, local) for node, parent, local in edges(x * x)]
    [('*', 'x', 3.0), ('*', 'x', 3.0)]
    """
    for node in computed_nodes(root):
        for parent, local in zip(node.parents, node.local_derivatives, strict=True):
            yield node, parent, local
