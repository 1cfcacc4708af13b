"""A picture as a tree of plain text, for terminals and logs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Unpack

from viz.options import PictureOptions, takes_picture_options
from viz.picture import Edge, Node, Picture, picture

if TYPE_CHECKING:
    from autograd import Value


@takes_picture_options
def to_text(root: Value, **options: Unpack[PictureOptions]) -> str:
    """Return the graph behind a value as a tree of text, the root first, its parents under it.

    A line shows a node with its value and, after a backward pass, its gradient; before it stands
    the edge: the local derivative and the contribution. A node with several uses is written out at
    the first, with a number that the others refer to.

    Args:
        root: the value to draw, usually the loss.
        <options>

    Raises:
        <errors>

    >>> from autograd import Value
    >>> x = Value(3.0, label="x")
    >>> y = x * x + 2 * x; y.label = "y"
    >>> print(to_text(y), end="")
    y (+) = 15
    ├─ [× 1] * = 9
    │  ├─ [× 3] x = 3  (1)
    │  └─ [× 3] x, see (1)
    └─ [× 1] 2·□ = 6
       └─ [× 2] x, see (1)
    """
    return tree(picture(root, **options))


def tree(shown: Picture) -> str:
    """Return a picture as a tree of text."""
    return "\n".join([*_lines(shown), *_legend(shown)]) + "\n"


def _lines(shown: Picture) -> Iterator[str]:
    parents: dict[Node, list[Edge]] = {}
    uses: dict[Node, int] = {}
    for edge in shown.edges:
        parents.setdefault(edge.end, []).append(edge)
        uses[edge.start] = uses.get(edge.start, 0) + 1
    numbers: dict[Node, int] = {}
    written: set[Node] = set()
    # What is still to be written, the next one last: the edge that leads there, and the indent.
    pending: list[tuple[Edge | None, Node, str, bool]] = []
    pending += [(None, node, "", True) for node in reversed(shown.nodes) if node not in uses]
    while pending:
        by, node, indent, is_last = pending.pop()
        branch = "" if by is None else indent + ("└─ " if is_last else "├─ ") + _edge(by)
        if node in written:
            yield f"{branch}{node.title or node.value_text}, see ({numbers[node]})"
            continue
        written.add(node)
        number = ""
        if uses.get(node, 0) > 1:
            numbers[node] = len(numbers) + 1
            number = f"  ({numbers[node]})"
        yield f"{branch}{_node(node)}{number}"
        deeper = "" if by is None else indent + ("   " if is_last else "│  ")
        below = parents.get(node, [])
        for i, part in reversed(list(enumerate(below))):
            pending.append((part, part.start, deeper, i == len(below) - 1))


def _edge(edge: Edge) -> str:
    if edge.local_derivative is None:
        return ""
    paths = [f"path {path + 1}" for path in edge.paths]
    parts = [edge.local_text, edge.contribution_text, *paths]
    return f"[{', '.join(part for part in parts if part)}] "


def _node(node: Node) -> str:
    if node.title and node.value is not None:
        text = f"{node.title} = {node.value_text}"
    else:
        text = ", ".join(part for part in (node.title, node.value_text) if part)
    return f"{text}, {node.gradient_text}" if node.gradient_text else text


def _legend(shown: Picture) -> Iterator[str]:
    if shown.paths:
        yield ""
    for i, path in enumerate(shown.paths, 1):
        yield f"path {i}: {path}"
    yield from shown.path_summary
