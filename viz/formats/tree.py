"""A picture as a tree of plain text, for terminals and logs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Never, SupportsIndex

from viz.options import Collapse, Constants, Direction, Repeats, Theme
from viz.picture.model import Edge, Node, Picture
from viz.picture.picture import picture

if TYPE_CHECKING:
    from autograd import Value


def to_text(
    root: Value,
    *,
    max_nodes: SupportsIndex = 1000,
    depth: SupportsIndex | None = None,
    focus: Value | str | None = None,
    reached_from: Value | str | None = None,
    paths_to: Value | str | None = None,
    max_paths: SupportsIndex = 8,
    constants: Constants = "fold",
    collapse: Collapse | None = "auto",
    expand: Sequence[str] = (),
    repeats: Repeats = "once",
    direction: Direction = "right",
    theme: Theme = "auto",
    **_unknown: Never,
) -> str:
    """Return the graph behind a value as a tree of text, the root first, its parents under it.

    A line shows a node with its value and, after a backward pass, its gradient; before it stands
    the edge: the local derivative and the contribution. A node with several uses is written out at
    the first, with a number that the others refer to.

    Args:
        root: the value to draw, usually the loss.
        max_nodes: how many nodes the picture may have.
        depth: draw only the nodes at most so many edges away from the focus, before it and after
            it; without a focus, from the root. What is cut off is hinted at by dashed nodes.
        focus: a node of the graph to draw the surroundings of, to a depth of 1 by default.
        reached_from: a node, such as a weight; draw only it and what depends on it.
        paths_to: a node to draw the chain-rule paths to, each in a colour and dash of its own, with
            a legend of their products and the sum, which is the gradient. Only the paths are drawn,
            and dimmed what their local derivatives speak of; with ``depth``, ``focus`` or
            ``reached_from``, what these say is drawn as well, and dimmed.
        max_paths: how many paths to lay over the graph, the largest first if there are more.
        constants: "fold" writes the constants of an expression into the op that uses them, as in
            ``2·□`` (□ is what comes in by an edge); "show" gives each a node.
        collapse: "layer" draws a box for each array of a layer (``a1 = W1 x + b1``), "neuron" one
            for each neuron; None draws every node. "auto" takes the first of nodes, neurons and
            layers that is not too many to read, and the picture says so.
        expand: the names of boxes, as "a1", whose nodes are drawn after all.
        repeats: "once" draws blocks of layers that repeat once, with ``× 12``; "all" draws each.
        direction: where the graph runs to: "right", "down", "left" or "up".
        theme: "light" or "dark"; "auto" is light, and in SVG what the reader's system is.

    Raises:
        NotAValueError: if the root, or a node among the options, is not a Value.
        OptionError: if an option is out of range, or a node among them is not in the graph.
        GraphTooLargeError: if there are more than ``max_nodes`` nodes to draw.

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
    shown = picture(
        root,
        max_nodes=max_nodes,
        depth=depth,
        focus=focus,
        reached_from=reached_from,
        paths_to=paths_to,
        max_paths=max_paths,
        constants=constants,
        collapse=collapse,
        expand=expand,
        repeats=repeats,
        direction=direction,
        theme=theme,
        **_unknown,
    )
    return tree(shown)


def tree(shown: Picture) -> str:
    """Return a picture as a tree of text."""
    return "\n".join([*_lines(shown), *_legend(shown)]) + "\n"


def _lines(shown: Picture) -> Iterator[str]:
    parents: dict[Node, list[Edge]] = {}
    uses: dict[Node, int] = {}
    banded = [Edge("", start, end) for b in shown.bands for end in b.ends for start in b.starts]
    for edge in (*shown.edges, *banded):
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
    if shown.paths or shown.note:
        yield ""
    for i, path in enumerate(shown.paths, 1):
        yield f"path {i}: {path}"
    yield from shown.path_summary
    for block in shown.blocks:
        names = ", ".join(node.title.partition(" = ")[0] for node in block.nodes)
        yield f"{names}: {block.text}"
    if shown.note:
        yield shown.note
