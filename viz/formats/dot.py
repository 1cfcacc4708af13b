"""A picture as text in DOT, the language of Graphviz."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Never, SupportsIndex

from autograd.text import short_number
from viz.colours import DASHES, Colours, path_colour, path_dashes
from viz.options import Collapse, Constants, Direction, Repeats, Theme
from viz.picture.model import Band, Block, Edge, Node, Picture, sign
from viz.picture.picture import picture
from viz.text import markup, quote

if TYPE_CHECKING:
    from autograd import Value

NAME = "chainrule"

# Nothing moves when the numbers of a backward pass come in: a node is wide enough for the longest
# number, -1.234e-300, and an edge leaves that room as well.
NODE_WIDTH = 1.38  # inches
EDGE_WIDTH, EDGE_HEIGHT = 70, 32  # points, with room for the widest line beside two of text
TITLE_SIZE, LEGEND_SIZE, FACTOR_SIZE, NUMBER_SIZE, EDGE_SIZE = 13, 12, 12, 11, 10
NARROWEST, WIDEST, PATH_WIDTH, BAND_WIDTH = 0.8, 4.0, 2, 14  # of lines, in points

RANKDIR = {"right": "LR", "down": "TB", "left": "RL", "up": "BT"}

_SHAPES = {
    "leaf": "shape=box",
    "constant": 'shape=plaintext width=0.25 height=0.25 margin="0.06,0.03"',
    "operation": 'shape=box style="filled,rounded"',
    "loss": "shape=box peripheries=2",
    "cut-off": f'shape=box style="dashed,rounded" fontsize={NUMBER_SIZE} width=0.5',
}


def to_dot(
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
    """Return the graph behind a value as DOT text, the same text for the same graph.

    Each node shows its label or op, its value and, after a backward pass that reached the root, its
    gradient. Each edge shows its local derivative (``× 3``) and, after a backward pass, its
    contribution to the gradient of the parent (``+= 6``); its colour says the sign and its width
    the magnitude. Leaves are boxes, operations rounded boxes; the root has a double frame,
    constants have none. Labels come out literally; more than 60 characters are shortened with an
    ellipsis. Before, during and after a backward pass the layout is the same.

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
    >>> [line.split()[:3] for line in to_dot(x * x).splitlines() if "->" in line]
    [['n0', '->', 'n1'], ['n0', '->', 'n1']]
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
    return dot(shown)


def dot(shown: Picture) -> str:
    """Return a picture as DOT text."""
    shared = _shared_leaves(shown)
    lines = [_legend(shown)] if shown.paths or shown.note else []
    lines += [_node(node, shown.colours) for node in shown.nodes]
    for edge in shown.edges:
        lines += _edge(edge, shown, 2 if edge.start in shared else 1)
    lines += _bands(shown)
    lines += [_block(i, block, shown.colours) for i, block in enumerate(shown.blocks)]
    return f"digraph {NAME} {{\n{_defaults(shown)}{''.join(lines)}}}\n"


def _defaults(shown: Picture) -> str:
    # Operands stand one above the other in their order (ordering=in), so x - y reads as it is
    # written. Graphviz knows the widths of Arial without having it, and every system has it or its
    # metric twin.
    colours, has_clusters = shown.colours, shown.bands or shown.blocks
    clusters = " compound=true" if has_clusters else ""
    return f"""\
\tgraph [rankdir={RANKDIR[shown.direction]} ordering=in nodesep=0.18 ranksep=0.4 pad=0.2 \
bgcolor="{colours.background}" fontname="Arial" fontsize={LEGEND_SIZE} \
fontcolor="{colours.ink}"{clusters}]
\tnode [fontname="Arial" fontsize={TITLE_SIZE} fontcolor="{colours.ink}" style=filled \
penwidth=1.2 width={NODE_WIDTH} height=0.3 margin="0.1,0.05"]
\tedge [fontname="Arial" fontsize={EDGE_SIZE} fontcolor="{colours.quiet}" \
color="{colours.line}" arrowsize=0.6]
"""


def line_width(number: float | None, largest: float) -> float:
    """Return the width of an edge's line in points: by the root of its share of the largest.

    >>> line_width(-2.0, 2.0), line_width(0.02, 2.0), line_width(0.0, 2.0)
    (4.0, 1.12, 0.8)
    """
    if number is None:
        return 1.0
    if not math.isfinite(number):
        return WIDEST
    share = abs(number) / largest if largest else 0.0
    return round(NARROWEST + (WIDEST - NARROWEST) * math.sqrt(share), 2)


def node_lines(node: Node) -> list[list[tuple[str, str]]]:
    """Return what a node says: lines of (class, text), as many before a backward pass as after."""
    title, value = ("title", node.title), ("value", node.value_text)
    if node.kind == "cut-off":
        return [[("hint", node.title)]]
    if not node.title:
        lines = [[value]]
    elif node.kind in ("leaf", "constant") and node.value is not None:
        lines = [[title, ("value", f" = {node.value_text}")]]
    else:
        lines = [[title], [value]] if node.value_text else [[title]]
    has_gradient = node.kind != "constant" and not node.blank
    return [*lines, [("gradient", node.gradient_text)]] if has_gradient else lines


def _node(node: Node, colours: Colours) -> str:
    frame, fill = colours.kinds[node.kind]
    ink = colours.quiet if node.kind == "cut-off" else colours.ink
    if node.dimmed:
        frame, fill, ink = colours.dim, colours.background, colours.line
    style = f'{_SHAPES[node.kind]} color="{frame}" fillcolor="{fill}"'
    if ink != colours.ink:
        style += f' fontcolor="{ink}"'
    if node.kind == "cut-off":
        return f"\t{node.id} [label={quote(node.title)} {style}]\n"
    lines = [
        "".join(_styled(part, text, node, colours) for part, text in line)
        for line in node_lines(node)
    ]
    return f"\t{node.id} [label=<{'<BR/>'.join(lines)}> {style}]\n"


def _styled(part: str, text: str, node: Node, colours: Colours) -> str:
    escaped = markup(text)
    if part == "title":
        return f"<B>{escaped}</B>"
    if part == "value":
        return escaped
    coloured = text and node.gradient is not None and not node.dimmed
    colour = f' COLOR="{colours.signs[sign(node.gradient)]}"' if coloured else ""
    return f'<FONT POINT-SIZE="{NUMBER_SIZE}"{colour}>{escaped}</FONT>'


def _edge(edge: Edge, shown: Picture, length: int) -> Iterator[str]:
    colours = shown.colours
    ends = f"\t{edge.start.id} -> {edge.end.id}"
    minlen = f" minlen={length}" if length > 1 else ""
    if edge.dimmed:
        yield f'{ends} [id={edge.id} color="{colours.dim}" penwidth={NARROWEST}{minlen}]\n'
    elif edge.local_derivative is None:
        is_hint = "cut-off" in (edge.start.kind, edge.end.kind)
        style = " style=dashed" if is_hint else ""
        yield f"{ends} [id={edge.id}{style}{minlen}]\n"
    elif not edge.paths:
        colour = colours.signs[edge.sign]
        width = line_width(edge.number, shown.largest)
        label = _edge_label(edge, colour)
        yield f'{ends} [id={edge.id} {label} color="{colour}" penwidth={width:g}{minlen}]\n'
    # Side by side, a line for each path.
    for i, path in enumerate(edge.paths):
        label = "" if i else f" {_edge_label(edge, colours.quiet)}"
        yield (
            f'{ends} [id={edge.id}_path{path}{label} color="{path_colour(colours, path)}" '
            f"style={path_dashes(path)[0]} penwidth={_path_width(path)}{minlen}]\n"
        )


def _bands(shown: Picture) -> Iterator[str]:
    """Draw each band through a node of its own, from a frame around nodes to one around others.

    Edges without ink hold the nodes where those that the band stands for would.
    """
    frames: dict[tuple[Node, ...], str] = {}
    framed: set[Node] = set()
    for band in shown.bands:
        for nodes in (band.starts, band.ends):
            if nodes not in frames and framed.isdisjoint(nodes):
                framed.update(nodes)
                frames[nodes] = f"cluster_frame{len(frames)}"
                names = " ".join(node.id for node in nodes)
                yield (
                    f'\tsubgraph {frames[nodes]} {{ id=frame{len(frames) - 1} label="" '
                    f'color="{shown.colours.dim}" style=rounded {names} }}\n'
                )
    for band in shown.bands:
        yield from _band(band, frames, shown.colours)


def _band(band: Band, frames: Mapping[tuple[Node, ...], str], colours: Colours) -> Iterator[str]:
    yield (
        f"\t{band.id} [id={band.id} label={quote(band.text)} shape=box style=filled width=0.6 "
        f'color="{colours.dim}" fillcolor="{colours.dim}" fontsize={NUMBER_SIZE}]\n'
    )
    line = f'color="{colours.dim}" penwidth={BAND_WIDTH} arrowhead=none'
    for nodes, end in ((band.starts, "ltail"), (band.ends, "lhead")):
        for i, node in enumerate(nodes):
            ends = (node.id, band.id) if end == "ltail" else (band.id, node.id)
            frame = f" {end}={frames[nodes]}" if nodes in frames else ""
            is_middle = i == len(nodes) // 2
            style = f"id={band.id}_{end} {line}{frame}" if is_middle else "style=invis"
            yield f"\t{' -> '.join(ends)} [{style}]\n"


def _block(number: int, block: Block, colours: Colours) -> str:
    """Draw a frame around nodes that stand for several."""
    names = " ".join(node.id for node in block.nodes)
    return (
        f"\tsubgraph cluster_{number} {{ id=block{number} label={quote(block.text)} labelloc=t "
        f'labeljust=l color="{colours.line}" style=rounded fontcolor="{colours.quiet}" {names} }}\n'
    )


def _path_width(path: int) -> int:
    """Return the width of a path's line: DOT has three dashes, so the fourth line is wider."""
    return PATH_WIDTH + path % len(DASHES) // 3


def edge_lines(edge: Edge) -> list[tuple[str, str]]:
    """Return what an edge says, as (class, text); that of a path only its factor."""
    lines = [("local", edge.local_text), ("contribution", edge.contribution_text)]
    return lines[:1] if edge.paths else lines


def _edge_label(edge: Edge, colour: str) -> str:
    # The colour that can't be seen makes Graphviz draw the cell, which tells where the label is.
    first, *others = (markup(text) for _, text in edge_lines(edge))
    if edge.paths:
        first = f'<FONT POINT-SIZE="{FACTOR_SIZE}">{first}</FONT>'
    lines = [first, *(f'<FONT COLOR="{colour}">{other}</FONT>' for other in others)]
    height = EDGE_HEIGHT if others else FACTOR_SIZE + 10
    return (
        f'label=<<TABLE BORDER="0" CELLBORDER="0" CELLPADDING="0" CELLSPACING="0"><TR>'
        f'<TD BGCOLOR="transparent" FIXEDSIZE="TRUE" WIDTH="{EDGE_WIDTH}" HEIGHT="{height}">'
        f"{'<BR/>'.join(lines)}</TD></TR></TABLE>>"
    )


def _legend(shown: Picture) -> str:
    """A table under the graph: each path with its line and its product, and what they sum to."""
    colours = shown.colours
    columns = [
        [f"path {i}" for i, _ in enumerate(shown.paths, 1)],
        [path.text for path in shown.paths],
        [path.factors for path in shown.paths],
    ]
    widths = [max(map(_text_width, column), default=0) for column in columns]
    rows = []
    for i, path in enumerate(shown.paths):
        cells = "".join(
            _cell(markup(column[i]), colours, f' WIDTH="{width}"')
            for column, width in zip(columns, widths, strict=True)
        )
        rows.append(
            f"{_swatch(i, colours)}{cells}{_cell(f'= {short_number(path.product)}', colours)}"
        )
    across = ' COLSPAN="4"'
    summary = [markup(line) for line in shown.path_summary]
    lines = [*summary[:-1], *(f"<B>{line}</B>" for line in summary[-1:])]
    lines += [markup(line) for line in note_lines(shown.note)]
    rows += [f"<TD></TD>{_cell(line, colours, across)}" for line in lines]
    table = "".join(f"<TR>{row}</TR>" for row in rows)
    return (
        '\tgraph [labelloc=b label=<<TABLE BORDER="0" CELLBORDER="0" CELLPADDING="1" '
        f'CELLSPACING="3">{table}</TABLE>>]\n'
    )


def _cell(text: str, colours: Colours, attributes: str = "") -> str:
    # Text outside FONT would have a line of its own height, and not stand level with the rest.
    return f'<TD ALIGN="LEFT"{attributes}><FONT COLOR="{colours.ink}">{text}</FONT></TD>'


def _swatch(path: int, colours: Colours) -> str:
    """A cell that shows the line of a path."""
    return (
        f'<TD><TABLE BORDER="{_path_width(path)}" SIDES="B" STYLE="{path_dashes(path)[0]}" '
        f'COLOR="{path_colour(colours, path)}" CELLBORDER="0" CELLPADDING="0" CELLSPACING="0" '
        'FIXEDSIZE="TRUE" WIDTH="40" HEIGHT="4"><TR><TD></TD></TR></TABLE></TD>'
    )


def _text_width(text: str) -> int:
    """About how wide a text of the legend is; Graphviz takes arrows and the like for spaces."""
    ems = sum(1.0 if mark == "→" else 0.31 if mark in " ().,·-" else 0.57 for mark in text)
    return round(ems * LEGEND_SIZE) + 8


def note_lines(note: str) -> list[str]:
    """Return a note in lines that are no wider than most pictures.

    >>> note_lines("a; b")
    ['a', 'b']
    """
    return note.split("; ") if note else []


def _shared_leaves(shown: Picture) -> set[Node]:
    """Return the leaves that several nodes were computed from, such as the inputs of a layer.

    They stand one column further to the left, which leaves each node its own weights beside it.
    """
    uses = Counter(start for start, _ in {(edge.start, edge.end) for edge in shown.edges})
    return {node for node, count in uses.items() if count > 1 and node.kind in ("leaf", "constant")}
