"""The part of a graph that a picture shows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import SupportsIndex

import autograd
from viz.errors import OptionError
from viz.options import whole_number


def neighbourhood(
    order: Sequence[autograd.Value], centre: autograd.Value, depth: SupportsIndex
) -> list[autograd.Value]:
    """Return the nodes from which, or to which, the centre is at most ``depth`` edges away.

    ``order`` is the whole graph in topological order, and so is the result. O(nodes + edges).

    Raises:
        OptionError: if the centre is not a node of the graph, or the depth is negative or no whole
            number.

    >>> from autograd import Value, topological_order
    >>> x = Value(3.0, label="x")
    >>> y = x * x; y.label = "y"
    >>> z = y.exp(); z.label = "z"
    >>> [node.label for node in neighbourhood(topological_order(z.sin()), y, depth=1)]
    ['x', 'y', 'z']
    """
    reach = whole_number("depth", depth, least=0)
    if centre not in set(order):
        raise OptionError(
            f"the focus {centre!r} is not in the graph: what is drawn was not computed from it; "
            "choose a node of autograd.topological_order(root)"
        )
    # In topological order one pass each way finds the distances: when a node's turn comes, all
    # paths between it and the centre have been seen.
    before = {centre: 0}
    for node in reversed(order):
        if (distance := before.get(node, reach)) < reach:
            for parent in node.parents:
                before[parent] = min(before.get(parent, reach), distance + 1)
    after = {centre: 0}
    for node in order:
        distances = [after[parent] for parent in node.parents if parent in after]
        if distances and min(distances) < reach:
            after[node] = min(distances) + 1
    return [node for node in order if node in before or node in after]
