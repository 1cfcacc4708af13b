"""Which nodes of a scalar graph get a gradient."""

from __future__ import annotations

from collections.abc import Sequence

from autograd.compiler.recording import DETACH
from autograd.compiler.scalars import Graph


def differentiated_nodes(graph: Graph) -> Sequence[bool]:
    """Say for each node whether it gets a gradient.

    Others lead to the loss through detach() alone, or only to what is wanted besides. Their
    gradient is 0 and must not be multiplied by a derivative, which may be infinite.
    """
    if graph.root is None or (DETACH not in graph.ops and not graph.outputs):
        return [True] * len(graph.ops)
    found = [False] * len(graph.ops)
    found[graph.root] = True
    for node in range(len(graph.ops) - 1, -1, -1):
        if found[node] and graph.ops[node] is not DETACH:
            for operand in graph.operands[node]:
                found[operand] = True
    return found
