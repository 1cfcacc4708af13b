"""The graph behind a value: its nodes in topological order, its edges, its size.

Nothing here recurses, so a chain of a million nodes is a graph like any other.
"""

from __future__ import annotations

from autograd.arguments import require_value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from autograd.value import Value


def computed_nodes(*roots: Value) -> list[Value]:
    """Return the nodes that the roots were computed from, themselves included, without the leaves.

    Every node comes after all nodes that it was computed from. O(nodes + edges).
    """
    for root in roots:
        require_value(root, "the root of a graph")
    order: list[Value] = []
    visited: set[Value] = set()
    shared: set[int] = set()
    # A node goes on the stack with None above it, and its parents above that: when None comes to
    # the top, all that the node needs is in the order. Leaves need no place there.
    stack: list[Value | None] = [root for root in reversed(roots) if root._first is not None]
    while stack:
        node = stack.pop()
        if node is None:
            order.append(stack.pop())  # type: ignore[arg-type]
            continue
        while node not in visited:
            visited.add(node)
            stack.append(node)
            stack.append(None)
            first, second = node._first, node._second
            if first.__class__ is tuple:
                for parents in (second, first):
                    # Nodes share the tuples of dot products, and have seen to these once.
                    if parents is None or id(parents) in shared:
                        continue
                    shared.add(id(parents))
                    for parent in reversed(parents):
                        if parent._first is not None and parent not in visited:
                            stack.append(parent)
                break
            if second is not None and second._first is not None:
                stack.append(second)
            if first._first is None:
                break
            node = first  # which would be the next from the stack
    return order


def recorded_edges(node: Value) -> Iterable[tuple[Value, float]]:
    """Return (parent, local derivative ∂node/∂parent) for each edge of a node."""
    return zip(node.parents, node.local_derivatives, strict=True)


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
        for parent, local in recorded_edges(node):
            yield node, parent, local
