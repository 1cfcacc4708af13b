"""A picture as Mermaid, which GitHub and other sites draw from text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Unpack

from viz.colours import LIGHT, path_colour, path_dashes
from viz.dot import PATH_WIDTH, edge_lines, line_width, node_lines
from viz.options import PictureOptions, takes_picture_options
from viz.picture import Edge, Node, Picture, picture

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


@takes_picture_options
def to_mermaid(root: Value, **options: Unpack[PictureOptions]) -> str:
    r"""Return the graph behind a value as a Mermaid flowchart, the same text for the same graph.

    GitHub draws it where Markdown has a code block of the language ``mermaid``, up to Mermaid's
    limit of 500 edges. It says what :func:`viz.to_dot` does.

    Args:
        root: the value to draw, usually the loss.
        <options>

    Raises:
        <errors>

    >>> from autograd import Value
    >>> x = Value(3.0, label="x")
    >>> print("\n".join(to_mermaid(2 * x).splitlines()[:4]))
    flowchart LR
      n0["x = 3"]:::leaf
      n1[["2·□<br/>6"]]:::loss
      n0 -- "× 2" --> n1
    """
    return mermaid(picture(root, **options))


def mermaid(shown: Picture) -> str:
    """Return a picture as Mermaid text."""
    lines = ["flowchart LR", *map(_node, shown.nodes)]
    if shown.paths:  # the legend is not to be broken into short lines
        lines.insert(0, '%%{init: {"flowchart": {"wrappingWidth": 900}}}%%')
    drawn = [found for edge in shown.edges for found in _edge(edge, shown)]
    styled: dict[str, list[str]] = {}  # Mermaid knows edges by their numbers
    for number, (line, style) in enumerate(drawn):
        lines.append(line)
        styled.setdefault(style, []).append(str(number))
    lines += [*_legend(shown), *_classes(shown)]
    lines += [f"  linkStyle {','.join(numbers)} {style}" for style, numbers in styled.items()]
    return "\n".join(lines) + "\n"


def _node(node: Node) -> str:
    lines = ["".join(text for _, text in line) for line in node_lines(node)]
    text = "<br/>".join(_escaped(line) for line in lines if line)
    opening, closing = _SHAPES[node.kind]
    kind = "dimmed" if node.dimmed else _class(node.kind)
    return f'  {node.id}{opening}"{text}"{closing}:::{kind}'


def _edge(edge: Edge, shown: Picture) -> Iterator[tuple[str, str]]:
    """Yield the lines of an edge, one for each path, with their styles."""
    texts = [] if edge.dimmed else [text for _, text in edge_lines(edge)]
    label = "<br/>".join(_escaped(text) for text in texts if text)
    ends = f'  {edge.start.id} -- "{label}" --> ' if label else f"  {edge.start.id} --> "
    if edge.dimmed:
        yield f"{ends}{edge.end.id}", f"stroke:{LIGHT.dim}"
    elif "cut-off" in (edge.start.kind, edge.end.kind):
        yield f"  {edge.start.id} -.-> {edge.end.id}", f"stroke:{LIGHT.line}"
    elif not edge.paths:
        width = line_width(edge.number, shown.largest)
        yield f"{ends}{edge.end.id}", f"stroke:{LIGHT.signs[edge.sign]},stroke-width:{width:g}px"
    for i, path in enumerate(edge.paths):
        dashes = path_dashes(path)[1]
        style = f"stroke:{path_colour(LIGHT, path)},stroke-width:{PATH_WIDTH}px"
        if dashes != "none":
            style += f",stroke-dasharray:{dashes}"
        arrow = f"  {edge.start.id} --> " if i else ends
        yield f"{arrow}{edge.end.id}", style


def _legend(shown: Picture) -> Iterator[str]:
    if not shown.paths:
        return
    rows = [f"path {i}: {path}" for i, path in enumerate(shown.paths, 1)]
    text = "<br/>".join(_escaped(row) for row in (*rows, *shown.path_summary))
    yield f'  legend["{text}"]:::legend'


def _classes(shown: Picture) -> Iterator[str]:
    """Colours for the kinds of nodes that there are; ink is given too, for dark pages."""
    kinds = {node.kind for node in shown.nodes if not node.dimmed}
    for kind, (frame, fill) in LIGHT.kinds.items():
        if kind in kinds:
            fill = LIGHT.background if fill == "none" else fill
            yield f"  classDef {_class(kind)} stroke:{frame},fill:{fill},color:{LIGHT.ink}"
    if any(node.dimmed for node in shown.nodes):
        colours = f"stroke:{LIGHT.dim},fill:{LIGHT.background},color:{LIGHT.line}"
        yield f"  classDef dimmed {colours}"
    if shown.paths:
        colours = f"stroke:none,fill:{LIGHT.background},color:{LIGHT.ink}"
        yield f"  classDef legend {colours},text-align:left"


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
