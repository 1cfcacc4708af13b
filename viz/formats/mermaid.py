"""A picture as Mermaid, which GitHub and other sites draw from text."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Never, SupportsIndex

from viz.colours import Colours, path_colour, path_dashes
from viz.formats.dot import (
    BAND_WIDTH,
    PATH_WIDTH,
    RANKDIR,
    edge_lines,
    line_width,
    node_lines,
    note_lines,
)
from viz.options import Collapse, Constants, Direction, Repeats, Theme
from viz.picture.model import Band, Edge, Node, Picture
from viz.picture.picture import picture

if TYPE_CHECKING:
    from autograd import Value

# What opens and closes a node; every kind has a shape of its own, as in DOT.
_SHAPES = {
    "leaf": ("[", "]"),
    "constant": ("[", "]"),
    "operation": ("(", ")"),
    "loss": ("[[", "]]"),
    "cut-off": ("(", ")"),
}


def to_mermaid(
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
    r"""Return the graph behind a value as a Mermaid flowchart, the same text for the same graph.

    GitHub draws it where Markdown has a code block of the language ``mermaid``, up to Mermaid's
    limit of 500 edges. It says what :func:`viz.to_dot` does.

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
    >>> print("\n".join(to_mermaid(2 * x).splitlines()[:4]))
    flowchart LR
      n0["x = 3"]:::leaf
      n1[["2·□<br/>6"]]:::loss
      n0 -- "× 2" --> n1
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
    return mermaid(shown)


def mermaid(shown: Picture) -> str:
    """Return a picture as Mermaid text."""
    lines = [f"flowchart {RANKDIR[shown.direction]}", *_nodes(shown)]
    if shown.paths or shown.note:  # the legend is not to be broken into short lines
        lines.insert(0, '%%{init: {"flowchart": {"wrappingWidth": 900}}}%%')
    drawn = [found for edge in shown.edges for found in _edge(edge, shown)]
    drawn += [_band(band, shown.colours) for band in shown.bands]
    styled: dict[str, list[str]] = {}  # Mermaid knows edges by their numbers
    for number, (line, style) in enumerate(drawn):
        lines.append(line)
        styled.setdefault(style, []).append(str(number))
    lines += [*_legend(shown), *_classes(shown)]
    lines += [f"  linkStyle {','.join(numbers)} {style}" for style, numbers in styled.items()]
    return "\n".join(lines) + "\n"


def _nodes(shown: Picture) -> Iterator[str]:
    """Yield the nodes, those of a block that repeats in a frame of its own."""
    inside = {node for block in shown.blocks for node in block.nodes}
    yield from [_node(node) for node in shown.nodes if node not in inside]
    for i, block in enumerate(shown.blocks):
        yield f'  subgraph block{i}["{_escaped(block.text)}"]'
        yield from [f"  {_node(node)}" for node in block.nodes]
        yield "  end"


def _band(band: Band, colours: Colours) -> tuple[str, str]:
    """Return a band as one edge between the nodes in the middle."""
    start, end = band.starts[len(band.starts) // 2], band.ends[len(band.ends) // 2]
    line = f'  {start.id} -- "{_escaped(band.text)}" --- {end.id}'
    return line, f"stroke:{colours.dim},stroke-width:{BAND_WIDTH}px"


def _node(node: Node) -> str:
    lines = ["".join(text for _, text in line) for line in node_lines(node)]
    text = "<br/>".join(_escaped(line) for line in lines if line)
    opening, closing = _SHAPES[node.kind]
    kind = "dimmed" if node.dimmed else _class(node.kind)
    return f'  {node.id}{opening}"{text}"{closing}:::{kind}'


def _edge(edge: Edge, shown: Picture) -> Iterator[tuple[str, str]]:
    """Yield the lines of an edge, one for each path, with their styles."""
    colours = shown.colours
    texts = [] if edge.dimmed else [text for _, text in edge_lines(edge)]
    label = "<br/>".join(_escaped(text) for text in texts if text)
    ends = f'  {edge.start.id} -- "{label}" --> ' if label else f"  {edge.start.id} --> "
    if edge.dimmed:
        yield f"{ends}{edge.end.id}", f"stroke:{colours.dim}"
    elif "cut-off" in (edge.start.kind, edge.end.kind):
        yield f"  {edge.start.id} -.-> {edge.end.id}", f"stroke:{colours.line}"
    elif not edge.paths:
        width = line_width(edge.number, shown.largest)
        yield f"{ends}{edge.end.id}", f"stroke:{colours.signs[edge.sign]},stroke-width:{width:g}px"
    for i, path in enumerate(edge.paths):
        dashes = path_dashes(path)[1]
        style = f"stroke:{path_colour(colours, path)},stroke-width:{PATH_WIDTH}px"
        if dashes != "none":
            style += f",stroke-dasharray:{dashes}"
        arrow = f"  {edge.start.id} --> " if i else ends
        yield f"{arrow}{edge.end.id}", style


def _legend(shown: Picture) -> Iterator[str]:
    if not (shown.paths or shown.note):
        return
    rows = [f"path {i}: {path}" for i, path in enumerate(shown.paths, 1)]
    text = "<br/>".join(
        _escaped(row) for row in (*rows, *shown.path_summary, *note_lines(shown.note))
    )
    yield f'  legend["{text}"]:::legend'


def _classes(shown: Picture) -> Iterator[str]:
    """Colours for the kinds of nodes that there are; ink is given too, for dark pages."""
    colours = shown.colours
    kinds = {node.kind for node in shown.nodes if not node.dimmed}
    for kind, (frame, fill) in colours.kinds.items():
        if kind in kinds:
            fill = colours.background if fill == "none" else fill
            yield f"  classDef {_class(kind)} stroke:{frame},fill:{fill},color:{colours.ink}"
    if any(node.dimmed for node in shown.nodes):
        dimmed = f"stroke:{colours.dim},fill:{colours.background},color:{colours.line}"
        yield f"  classDef dimmed {dimmed}"
    if shown.paths or shown.note:
        legend = f"stroke:none,fill:{colours.background},color:{colours.ink}"
        yield f"  classDef legend {legend},text-align:left"


def _class(kind: str) -> str:
    return kind.replace("-", "_")


_PLAIN = frozenset(" .,=()[]-+/:_·×→∂‖…□")  # and letters and digits


def _escaped(text: str) -> str:
    """Return text that Mermaid shows literally: of what might be markup, the codes.

    >>> _escaped("**2"), _escaped("1. x")
    ('#42;#42;2', '1.#160;x')
    """
    if re.match(r"(\d+[.)]|[-+*]) ", text):  # the beginning of a list, in Markdown
        text = text.replace(" ", "\N{NO-BREAK SPACE}", 1)
    return "".join(mark if mark.isalnum() or mark in _PLAIN else f"#{ord(mark)};" for mark in text)
