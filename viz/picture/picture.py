"""What a picture of a graph shows, before it is written in any format."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple, Never, SupportsIndex

import autograd
from autograd.text import short_number
from viz.errors import GraphTooLargeError, OptionError
from viz.options import (
    Collapse,
    Constants,
    Direction,
    Repeats,
    Theme,
    one_of,
    refuse_unknown,
    require_value,
    whole_number,
)
from viz.picture.bands import banded
from viz.picture.chosen import Chosen, called, is_constant
from viz.picture.levels import Box, Level, level
from viz.picture.model import Block, Edge, Kind, Node, Picture, ShownPath, counted
from viz.text import visible

if TYPE_CHECKING:
    from autograd import Value

LONGEST_FOLDED = 24  # characters of an op with its constants
LONGEST_LINE = 160  # characters of a line of the legend
HOLE = "□"  # what comes in by an edge


def picture(
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
) -> Picture:
    """Return what a picture of the graph behind a value shows. O(nodes + edges) of the graph.

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
        LabelError: if a node is given by a label that no node has, or more than one.
        GraphTooLargeError: if there are more than ``max_nodes`` nodes to draw.

    >>> x = autograd.Value(3.0, label="x")
    >>> shown = picture(2 * x)
    >>> [node.title for node in shown.nodes], shown.edges[0].local_text
    (['x', '2·□'], '× 2')
    """
    require_value(root, "what is drawn")
    refuse_unknown(_unknown)
    most = whole_number("max_nodes", max_nodes, least=1)
    most_paths = whole_number("max_paths", max_paths, least=1)
    one_of("constants", constants, Constants)
    one_of("repeats", repeats, Repeats)
    one_of("direction", direction, Direction)
    one_of("theme", theme, Theme)
    if collapse is not None:
        one_of("collapse", collapse, Collapse)
    if expand and collapse is None:
        raise OptionError('expand names boxes of a collapsed picture: add collapse="layer"')
    if collapse in ("layer", "neuron") and paths_to is not None:
        raise OptionError(
            "paths_to can't be drawn with collapse, for paths run from node to node, not from box "
            "to box; leave one of the two out"
        )
    focus, reached_from, paths_to = (called(root, n) for n in (focus, reached_from, paths_to))
    chosen = Chosen(autograd.topological_order(root), root)
    if depth is not None or focus is not None:
        chosen.keep_around(focus, depth)
    if reached_from is not None:
        chosen.keep_reached_from(reached_from)
    explained: autograd.Explanation | None = None
    if paths_to is not None:
        chosen.require(paths_to, "paths_to")
        explained = autograd.explanation(root, paths_to, max_paths=most_paths)
        chosen.keep_paths(explained)
    is_whole = chosen.is_all
    if constants == "fold":
        chosen.fold((focus, reached_from, paths_to))
    names = (expand,) if isinstance(expand, str) else tuple(expand)
    found = level(chosen, collapse, names, repeats, is_whole=is_whole)
    if len(found.boxes) > most:
        layers = "" if collapse == "layer" else 'or a box for each layer with collapse="layer", '
        raise GraphTooLargeError(
            f"the graph to draw has {len(found.boxes):,} nodes, and max_nodes is {most:,}; draw a "
            "part of it with depth=3 (at most 3 edges from the root) or focus=value, depth=3 (from "
            f"a value in the graph), {layers}or raise max_nodes"
        )
    drawn = _draw(chosen, found, explained)
    return replace(drawn, direction=direction, theme=theme)


class _Passage(NamedTuple):
    """An edge of the graph: which parent of which node."""

    node: Value
    position: int


def _draw(chosen: Chosen, found: Level, explained: autograd.Explanation | None) -> Picture:
    """Draw the boxes, and the edges between them."""
    # A pass from here sets 1, one from further on what it found; leaves may be from other passes.
    after_backward = chosen.root.grad != 0
    nodes = [_node(f"n{i}", box, chosen, after_backward) for i, box in enumerate(found.boxes)]
    shows = {member: node for node in nodes for member in node.members}
    blocks = [*_blocks(found, shows)]
    dims = chosen.bright is not None
    edges = list(_edges(nodes, shows, explained, after_backward, dims=dims))
    legend = _legend(explained)
    title, description = _described(chosen, nodes, explained, legend, after_backward)
    if chosen.hints:
        for hint, edge in _cut_off(chosen, shows, len(edges)):
            nodes.append(hint)
            edges.append(edge)
    lone, bands = banded(edges)
    return Picture(
        tuple(nodes), tuple(lone), title, description, *legend, tuple(bands), tuple(blocks),
        found.note,
    )  # fmt: skip


def _blocks(found: Level, shows: dict[Value, Node]) -> Iterator[Block]:
    """Yield what is drawn once for several, and let the nodes of it stand for theirs."""
    for repeat in found.repeats:
        for other in repeat.others:
            for first, group in zip(repeat.first, other, strict=True):
                if first.members[0] in shows:
                    shows.update(dict.fromkeys(group.members, shows[first.members[0]]))
        inside = dict.fromkeys(shows[g.members[0]] for g in repeat.first if g.members[0] in shows)
        yield Block(tuple(inside), repeat.count, repeat.others[-1][-1].name)


def _node(name: str, box: Box, chosen: Chosen, after_backward: bool) -> Node:
    first, group = box.elements[0], box.group
    node = Node(
        name,
        _kind(first, chosen.root) if group is None else group.kind,
        _title(first, chosen.folded) if group is None or group.is_number else visible(group.title),
        members=box.members,
        dimmed=chosen.bright is not None and first not in chosen.bright,
    )
    has_gradient = after_backward and not is_constant(first)
    if group is None or len(box.elements) == 1:
        return replace(node, value=first.data, gradient=first.grad if has_gradient else None)
    norm = math.hypot(*(value.grad for value in box.elements)) if has_gradient else None
    return replace(node, detail=_shape(group.shape), norm=norm)


def _shape(shape: tuple[int, ...]) -> str:
    """The shape of a group; with one number alone it would look like a value."""
    return " × ".join(map(str, shape)) if len(shape) > 1 else f"{shape[0]} values"


def _edges(
    nodes: Sequence[Node],
    shows: Mapping[Value, Node],
    explained: autograd.Explanation | None,
    after_backward: bool,
    dims: bool,
) -> Iterator[Edge]:
    """Yield an edge for each of the graph between single nodes, and one for all between groups."""
    along = _paths_along(explained)
    number = 0
    for node in nodes:
        bundles: Counter[Node] = Counter()
        for value in node.members:
            locals_ = value.local_derivatives
            for position, parent in enumerate(value.parents):
                start = shows.get(parent)
                if start is None or start is node:
                    continue
                if node.is_group or start.is_group:
                    bundles[start] += 1
                    continue
                local, adds = locals_[position], after_backward and not is_constant(parent)
                paths = tuple(along.get(_Passage(value, position), ()))
                yield Edge(
                    f"e{number}",
                    start,
                    node,
                    position,
                    local,
                    value.grad * local if adds else None,
                    paths=paths,
                    dimmed=dims and not paths,
                )
                number += 1
        for start, count in bundles.items():
            yield Edge(f"e{number}", start, node, count=count)
            number += 1


def _kind(value: Value, root: Value) -> Kind:
    if not value.parents:
        return "constant" if is_constant(value) else "leaf"
    return "loss" if value is root else "operation"


def _title(value: Value, folded: set[Value]) -> str:
    label = visible(str(value.label or ""))
    if not value.parents:
        return label
    op = visible(_op(value, folded))
    return f"{label} ({op})" if label else op


def _op(value: Value, folded: set[Value]) -> str:
    """The op of a node, with the constants that are folded into it: ``2·□``."""
    from autograd.ops import power_of, record_of  # as above

    constants = sum(parent in folded for parent in value.parents)
    # The exponent of a power is a constant too, but never a node.
    is_power = record_of(value.primitive) is power_of
    if not (constants or is_power):
        return str(value.primitive)
    if len(value.parents) <= LONGEST_FOLDED:
        from autograd.explanations.formulas import (
            operation,  # not above: importing it takes a while
        )

        operands = [short_number(p.data) if p in folded else HOLE for p in value.parents]
        text = operation(value, operands)
        if len(text) <= LONGEST_FOLDED:
            return text
    return f"{value.primitive} with {counted(constants, 'constant')}"


def _paths_along(explained: autograd.Explanation | None) -> Mapping[_Passage, list[int]]:
    """Return the indices of the paths along each edge."""
    along: dict[_Passage, list[int]] = {}
    for i, path in enumerate(explained.paths if explained else ()):
        for node, position in zip(path.nodes[:-1], path.positions, strict=True):
            along.setdefault(_Passage(node, position), []).append(i)
    return along


_Legend = tuple[tuple[ShownPath, ...], tuple[str, ...]]


def _legend(explained: autograd.Explanation | None) -> _Legend:
    """Return the paths of the legend, and the lines under them."""
    if explained is None:
        return (), ()
    from autograd.explanations.batches import examples
    from autograd.explanations.explanation import factors, named_path

    example_of = examples(explained.loss, explained.node)
    paths = tuple(
        ShownPath(visible(named_path(path, example_of), LONGEST_LINE), factors(path), path.product)
        for path in explained.paths
    )
    return paths, tuple(visible(line, LONGEST_LINE) for line in explained.summary())


def _cut_off(
    chosen: Chosen, shows: Mapping[Value, Node], number: int
) -> Iterator[tuple[Node, Edge]]:
    """Hint at the edges that lead out of the picture: one node for each end."""
    before: Counter[Node] = Counter()
    after: Counter[Node] = Counter()
    if len(shows) < len(chosen.order):
        for value in chosen.order:
            for parent in value.parents:
                if value in shows and parent not in shows and parent not in chosen.folded:
                    before[shows[value]] += 1
                elif value not in shows and parent in shows:
                    after[shows[parent]] += 1
    for node, count in before.items():
        hint = Node(f"{node.id}_before", "cut-off", f"… {count} more")
        yield hint, Edge(f"e{number}", hint, node, count=count)
        number += 1
    for node, count in after.items():
        hint = Node(f"{node.id}_after", "cut-off", f"{count} more …")
        yield hint, Edge(f"e{number}", node, hint, count=count)
        number += 1


def _described(
    chosen: Chosen,
    nodes: Sequence[Node],
    explained: autograd.Explanation | None,
    legend: _Legend,
    after_backward: bool,
) -> tuple[str, str]:
    """Return a title and a description for those who can't see the picture."""
    root = chosen.root
    name = visible(root.name)
    title = f"The graph of {name}"
    shown = [member for node in nodes for member in node.members]
    leaves = sum(not value.parents for value in shown)
    sentences = [
        f"{name} = {short_number(root.data)}, computed by "
        f"{counted(len(shown) - leaves, 'operation')} from {counted(leaves, 'leaf', 'leaves')}."
    ]
    if len(shown) + len(chosen.folded) < len(chosen.order):
        sentences.append(f"It is a part of a graph of {counted(len(chosen.order), 'node')}.")
    if explained is not None:
        title = f"The paths from {name} to {visible(explained.node.name)}"
        paths, summary = legend
        sentences += [f"Path {i}: {path}." for i, path in enumerate(paths, 1)]
        sentences += [f"{line[:1].upper()}{line[1:]}." for line in summary]
    elif len(nodes) < len(shown):
        boxes = [node.title for node in nodes if node.title]
        sentences.append(f"In {counted(len(nodes), 'box', 'boxes')}: {'; '.join(boxes)}.")
    elif after_backward:
        sentences.append("Nodes show their gradients, and edges their contributions to them.")
    else:
        sentences.append("Edges show local derivatives.")
    return title, " ".join(sentences)
