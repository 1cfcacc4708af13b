"""The edges between two layers that are drawn as one band, for there are too many to tell apart."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from viz.picture.model import Band, Edge, Node

MOST_EDGES = 24  # between the nodes of two layers


def banded(edges: Sequence[Edge]) -> tuple[list[Edge], list[Band]]:
    """Return the edges that are drawn one by one, and the bands that stand for the others.

    A band is from each of some nodes to each of others: so what it says is all that there is.
    """
    into: dict[Node, dict[Node, Edge]] = {}
    for edge in edges:
        if edge.local_derivative is None and edge.start.members and edge.end.members:
            into.setdefault(edge.end, {})[edge.start] = edge
    bands: list[Band] = []
    replaced: set[Edge] = set()
    for starts, ends in _pairs(into):
        if len(starts) > 1 and len(ends) > 1 and len(starts) * len(ends) > MOST_EDGES:
            bands.append(Band(f"band{len(bands)}", starts, ends))
            replaced.update(into[end][start] for end in ends for start in starts)
    return [edge for edge in edges if edge not in replaced], bands


def _pairs(
    into: dict[Node, dict[Node, Edge]],
) -> Iterator[tuple[tuple[Node, ...], tuple[Node, ...]]]:
    """Yield nodes that have edges to the same others, and these."""
    outputs: dict[Node, set[Node]] = {}
    for end, found in into.items():
        for start in found:
            outputs.setdefault(start, set()).add(end)
    seen: set[tuple[frozenset[Node], frozenset[Node]]] = set()
    for end, found in into.items():
        # Of what leads to this node, those that lead to the same nodes as each other.
        alike: dict[frozenset[Node], list[Node]] = {}
        for start in found:
            alike.setdefault(frozenset(outputs[start]), []).append(start)
        for ends, starts in alike.items():
            key = frozenset(starts), ends
            if end in ends and key not in seen:
                seen.add(key)
                yield tuple(starts), tuple([each for each in into if each in ends])
