"""The picture of an exercise: what is computed from what, without the numbers that are asked."""

from __future__ import annotations

from dataclasses import replace

from autograd import Value
from viz.formats.dot import dot
from viz.formats.render import render
from viz.formats.svg import dressed
from viz.picture.model import Picture
from viz.picture.picture import picture


def blank_picture(loss: Value) -> Picture:
    """Return the picture of a graph with the numbers of its leaves alone.

    >>> x = Value(3.0, label="x")
    >>> [node.value_text for node in blank_picture(x.exp()).nodes]
    ['3', '']
    """
    shown = picture(loss, collapse=None)
    nodes = {
        node.id: replace(
            node, value=node.value if node.kind == "leaf" else None, members=(), blank=True
        )
        for node in shown.nodes
    }
    edges = tuple(
        replace(edge, start=nodes[edge.start.id], end=nodes[edge.end.id], local_derivative=None)
        for edge in shown.edges
    )
    description = "What is computed from what; only what is given has its number."
    return replace(shown, nodes=tuple(nodes.values()), edges=edges, description=description)


def svg(shown: Picture) -> str:
    """Return a picture as SVG."""
    return dressed(render(dot(shown), "svg"), shown)
