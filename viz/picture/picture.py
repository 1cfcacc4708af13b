"""What a picture of a graph shows, before it is written in any format."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Literal, NamedTuple, Never, SupportsIndex

import autograd
from autograd.errors import did_you_mean
from autograd.text import short_number
from viz.errors import GraphTooLargeError, OptionError
from viz.options import (
    Collapse,
    Constants,
    one_of,
    refuse_unknown,
    require_value,
    whole_number,
)
from viz.picture.neighbourhood import neighbourhood
from viz.text import visible

if TYPE_CHECKING:
    from autograd import Value
    from viz.picture.collapse import Group

Kind = Literal["leaf", "constant", "operation", "loss", "cut-off"]
Sign = Literal["positive", "negative", "zero", "non-finite", "none"]

# A wide node has as many formulas as it has parents, of as many terms each.
MOST_PARENTS = 32
LONGEST_FOLDED = 24  # characters of an op with its constants
LONGEST_LINE = 160  # characters of a line of the legend
HOLE = "□"  # what comes in by an edge


@dataclass(frozen=True, eq=False)
class Node:
    """A node of a picture: a Value, a group of Values, or a hint at what is cut off.

    ``gradient`` is None before a backward pass, and for constants and groups; ``detail`` is the
    shape of a group, and ``norm`` the length of its gradient. A dimmed node is there for context.
    """

    id: str
    kind: Kind
    title: str
    value: float | None = None
    gradient: float | None = None
    detail: str = ""
    norm: float | None = None
    members: tuple[Value, ...] = ()
    dimmed: bool = False

    @property
    def is_group(self) -> bool:
        """Whether the node stands for several Values."""
        return len(self.members) > 1

    @property
    def value_text(self) -> str:
        """The value with four digits, or the shape of a group."""
        return self.detail if self.value is None else short_number(self.value)

    @property
    def gradient_text(self) -> str:
        """The gradient with four digits, or the norm of a group's; empty where there is none."""
        if self.norm is not None:
            return f"‖grad‖ {short_number(self.norm)}"
        return "" if self.gradient is None else gradient_text(self.gradient)

    @property
    def tooltip(self) -> tuple[str, ...]:
        """The node in full: its formula, exact numbers, and where in the source it was made."""
        return tuple(_node_tooltip(self))


@dataclass(frozen=True, eq=False)
class Edge:
    """An edge of a picture: from a parent, ``start``, to the node computed from it, ``end``.

    ``position`` says which parent of ``end.members[0]`` it is. ``local_derivative`` is None for
    edges of groups and for those that lead out of the picture, which stand for ``count`` edges of
    the graph; ``contribution`` is None before a backward pass as well. ``paths`` are the indices of
    the picture's paths that run along the edge.
    """

    id: str
    start: Node
    end: Node
    position: int = 0
    local_derivative: float | None = None
    contribution: float | None = None
    count: int = 1
    paths: tuple[int, ...] = ()
    dimmed: bool = False

    @property
    def local_text(self) -> str:
        """The local derivative as the factor that it is: ``× 0.177``."""
        return "" if self.local_derivative is None else local_text(self.local_derivative)

    @property
    def contribution_text(self) -> str:
        """The contribution as what is added to the gradient: ``+= -0.0652``."""
        return "" if self.contribution is None else contribution_text(self.contribution)

    @property
    def number(self) -> float | None:
        """What sign and width of the edge show: the contribution, or the local derivative."""
        return self.local_derivative if self.contribution is None else self.contribution

    @property
    def sign(self) -> Sign:
        """The sign of the number."""
        return sign(self.number)

    @property
    def tooltip(self) -> tuple[str, ...]:
        """The edge in full: the formula of the local derivative, and exact numbers."""
        return tuple(_edge_tooltip(self))


@dataclass(frozen=True, eq=False)
class ShownPath:
    """A path of the legend: ``L → ŷ1 → w212``, its factors and their product."""

    text: str
    factors: str
    product: float

    def __str__(self) -> str:
        return f"{self.text}: {self.factors} = {short_number(self.product)}"


@dataclass(frozen=True, eq=False)
class Picture:
    """What is shown: nodes in topological order, edges, and the paths laid over them.

    ``path_summary`` is what is said under the paths that are shown: how many there are, their sum,
    and the gradient.
    """

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    title: str
    description: str
    paths: tuple[ShownPath, ...] = ()
    path_summary: tuple[str, ...] = ()
    _nodes_of: dict[Value, Node] = field(init=False, repr=False)
    _edges_of: dict[tuple[Value, int], Edge] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        nodes = {member: node for node in self.nodes for member in node.members}
        edges = {
            (edge.end.members[0], edge.position): edge
            for edge in self.edges
            if edge.local_derivative is not None
        }
        object.__setattr__(self, "_nodes_of", nodes)
        object.__setattr__(self, "_edges_of", edges)

    def node(self, value: Value) -> Node | None:
        """Return the node that shows a Value; None if it is not in the picture."""
        return self._nodes_of.get(value)

    def edge(self, value: Value, position: int) -> Edge | None:
        """Return the edge from a parent of a Value, by position; None if it is not shown."""
        return self._edges_of.get((value, position))

    @cached_property
    def largest(self) -> float:
        """The largest finite number of an edge, by magnitude: it has the widest line."""
        numbers = (abs(edge.number) for edge in self.edges if edge.number is not None)
        return max((number for number in numbers if math.isfinite(number)), default=0.0)


def gradient_text(gradient: float) -> str:
    """Return a gradient as nodes show it.

    >>> gradient_text(-0.0651886)
    'grad -0.06519'
    """
    return f"grad {short_number(gradient)}"


def local_text(local_derivative: float) -> str:
    """Return a local derivative as edges show it.

    >>> local_text(0.5)
    '× 0.5'
    """
    return f"× {short_number(local_derivative)}"


def contribution_text(contribution: float) -> str:
    """Return a contribution as edges show it.

    >>> contribution_text(-0.0651886)
    '+= -0.06519'
    """
    return f"+= {short_number(contribution)}"


def sign(number: float | None) -> Sign:
    """Return the sign of a number in words, which are classes in pictures.

    >>> sign(-2.0), sign(float("inf")), sign(None)
    ('negative', 'non-finite', 'none')
    """
    if number is None:
        return "none"
    if not math.isfinite(number):
        return "non-finite"
    return "positive" if number > 0 else "negative" if number < 0 else "zero"


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
    collapse: Collapse | None = None,
    expand: Sequence[str] = (),
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
            for each neuron; None draws every node.
        expand: the names of boxes, as "a1", whose nodes are drawn after all.

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
    if collapse is not None:
        one_of("collapse", collapse, Collapse)
    if expand and collapse is None:
        raise OptionError('expand names boxes of a collapsed picture: add collapse="layer"')
    if collapse is not None and paths_to is not None:
        raise OptionError(
            "paths_to can't be drawn with collapse, for paths run from node to node, not from box "
            "to box; leave one of the two out"
        )
    focus, reached_from, paths_to = (_called(root, n) for n in (focus, reached_from, paths_to))
    chosen = _Chosen(autograd.topological_order(root), root)
    if depth is not None or focus is not None:
        chosen.keep_around(focus, depth)
    if reached_from is not None:
        chosen.keep_reached_from(reached_from)
    explained: autograd.Explanation | None = None
    if paths_to is not None:
        chosen.require(paths_to, "paths_to")
        explained = autograd.explanation(root, paths_to, max_paths=most_paths)
        chosen.keep_paths(explained)
    if constants == "fold":
        chosen.fold((focus, reached_from, paths_to))
    boxes = _boxes(chosen, collapse, (expand,) if isinstance(expand, str) else tuple(expand))
    if len(boxes) > most:
        layers = "" if collapse == "layer" else 'or a box for each layer with collapse="layer", '
        raise GraphTooLargeError(
            f"the graph to draw has {len(boxes):,} nodes, and max_nodes is {most:,}; draw a part "
            "of it with depth=3 (at most 3 edges from the root) or focus=value, depth=3 (from a "
            f"value in the graph), {layers}or raise max_nodes"
        )
    return _draw(chosen, boxes, explained)


def is_constant(node: Value) -> bool:
    """Whether the node is a leaf made from a number in an expression, as the 2 in ``2 * x``."""
    from autograd.ops import CONSTANT  # not above: a foreign autograd is to be diagnosed first

    return node.primitive is CONSTANT


def is_folded(node: Value) -> bool:
    """Whether ``constants="fold"`` writes the node into those that use it, unless it is chosen."""
    return is_constant(node) and not node.label


def _called(root: Value, node: Value | str | None) -> Value | None:
    """Return a node that is given by its label."""
    from autograd.labels import (
        node_called,  # not above: a foreign autograd is to be diagnosed first
    )

    return None if node is None else node_called(root, node)


class _Chosen:
    """The nodes of a graph that are drawn, as the options choose them one after the other."""

    def __init__(self, order: Sequence[Value], root: Value) -> None:
        self.root = root
        self.order = order
        self.drawn = order
        self.bright: set[Value] | None = None  # all
        self.folded: set[Value] = set()
        self.hints = False

    def require(self, value: Value, option: str) -> None:
        """Require a node of the graph."""
        require_value(value, f"the {option}" if option == "focus" else option)
        if value not in set(self.order):
            raise OptionError(
                f"{option}={value!r} is not in the graph: what is drawn was not computed from it; "
                "choose a node of autograd.topological_order(root)"
            )

    def keep_around(self, focus: Value | None, depth: SupportsIndex | None) -> None:
        """Keep what is near the focus, or near the root."""
        if focus is not None:
            require_value(focus, "the focus")
        self.drawn = neighbourhood(
            self.order, self.root if focus is None else focus, 1 if depth is None else depth
        )
        self.hints = True

    def keep_reached_from(self, start: Value) -> None:
        """Keep a node and what was computed from it."""
        self.require(start, "reached_from")
        reached = {start}
        for node in self.order:
            if not reached.isdisjoint(node.parents):
                reached.add(node)
        self.drawn = [node for node in self.drawn if node in reached]
        self.hints = False

    def keep_paths(self, explained: autograd.Explanation) -> None:
        """Keep the paths in full colour, and dim the rest."""
        self.bright = {node for path in explained.paths for node in path.nodes}
        if self.drawn is self.order:
            around = self.bright | _spoken_of(explained)
        else:
            around = self.bright.union(self.drawn)
        self.drawn = [node for node in self.order if node in around]

    def fold(self, kept: Iterable[Value | None]) -> None:
        """Write constants without a label into the nodes that use them."""
        self.folded = {node for node in self.order if is_folded(node)}
        self.folded -= {self.root, *kept}
        self.drawn = [node for node in self.drawn if node not in self.folded]


def _spoken_of(explained: autograd.Explanation) -> set[Value]:
    """Return the leaves whose labels stand in the formulas of the local derivatives on the paths.

    ∂a/∂w = x: then x is shown beside the path, for the number on the edge is its value.
    """
    from autograd.explanations.formulas import local_derivative_names

    edges = {
        (node, position)
        for path in explained.paths
        for node, position in zip(path.nodes[:-1], path.positions, strict=True)
        if len(node.parents) <= MOST_PARENTS
    }
    return {
        parent
        for node, position in edges
        for names in [local_derivative_names(node, position)]
        for parent in node.parents
        if not parent.parents and parent.label and parent.name in names
    }


class _Passage(NamedTuple):
    """An edge of the graph: which parent of which node."""

    node: Value
    position: int


class _Box(NamedTuple):
    """What becomes one node of the picture: a Value, or a group of them."""

    members: tuple[Value, ...]
    group: Group | None = None

    @property
    def elements(self) -> tuple[Value, ...]:
        """The nodes whose numbers are shown."""
        return self.members if self.group is None else self.group.elements


def _boxes(chosen: _Chosen, collapse: Collapse | None, expand: tuple[str, ...]) -> Sequence[_Box]:
    """Return the boxes of a picture in topological order."""
    if collapse is None:
        return [_Box((value,)) for value in chosen.drawn]
    from viz.picture.collapse import groups  # loads what compiles graphs

    found = groups(chosen.root, collapse)
    known = dict.fromkeys(group.name for group in found)
    for name in expand:
        if name not in known:
            raise OptionError(f"no box is called {name!r}{did_you_mean(str(name), known)}")
    drawn = {value: place for place, value in enumerate(chosen.drawn)}
    boxes = []
    for group in found:
        if group.name in expand:
            inside = sorted(drawn.keys() & group.members, key=drawn.__getitem__)
            boxes += [_Box((member,)) for member in inside]
        # Of several constants, such as the inputs of a layer, none is folded; a number is.
        elif len(group.elements) > 1 and not (
            group.is_number or chosen.folded.isdisjoint(group.members)
        ):
            chosen.folded.difference_update(group.members)
            boxes.append(_Box(group.members, group))
        elif not drawn.keys().isdisjoint(group.members):
            boxes.append(_Box(group.members, group))
    return boxes


def _draw(
    chosen: _Chosen, boxes: Sequence[_Box], explained: autograd.Explanation | None
) -> Picture:
    """Draw the boxes, and the edges between them."""
    # A pass from here sets 1, one from further on what it found; leaves may be from other passes.
    after_backward = chosen.root.grad != 0
    nodes = [_node(f"n{i}", box, chosen, after_backward) for i, box in enumerate(boxes)]
    shows = {member: node for node in nodes for member in node.members}
    dims = chosen.bright is not None
    edges = list(_edges(nodes, shows, explained, after_backward, dims=dims))
    legend = _legend(explained)
    title, description = _described(chosen, nodes, explained, legend, after_backward)
    if chosen.hints:
        for hint, edge in _cut_off(chosen, shows, len(edges)):
            nodes.append(hint)
            edges.append(edge)
    return Picture(tuple(nodes), tuple(edges), title, description, *legend)


def _node(name: str, box: _Box, chosen: _Chosen, after_backward: bool) -> Node:
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
    return f"{value.primitive} with {_counted(constants, 'constant')}"


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
    chosen: _Chosen, shows: Mapping[Value, Node], number: int
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
    chosen: _Chosen,
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
        f"{_counted(len(shown) - leaves, 'operation')} from {_counted(leaves, 'leaf', 'leaves')}."
    ]
    if len(shown) + len(chosen.folded) < len(chosen.order):
        sentences.append(f"It is a part of a graph of {_counted(len(chosen.order), 'node')}.")
    if explained is not None:
        title = f"The paths from {name} to {visible(explained.node.name)}"
        paths, summary = legend
        sentences += [f"Path {i}: {path}." for i, path in enumerate(paths, 1)]
        sentences += [f"{line[:1].upper()}{line[1:]}." for line in summary]
    elif len(nodes) < len(shown):
        boxes = [node.title for node in nodes if node.title]
        sentences.append(f"In {_counted(len(nodes), 'box', 'boxes')}: {'; '.join(boxes)}.")
    elif after_backward:
        sentences.append("Nodes show their gradients, and edges their contributions to them.")
    else:
        sentences.append("Edges show local derivatives.")
    return title, " ".join(sentences)


def _counted(count: int, noun: str, plural: str = "") -> str:
    return f"{count:,} {noun if count == 1 else plural or f'{noun}s'}"


def _node_tooltip(node: Node) -> Iterator[str]:
    if not node.members or node.is_group:
        yield " ".join(part for part in (node.title, node.detail) if part)
        if node.is_group:
            yield _counted(len(node.members), "node")
        return
    [value] = node.members
    from autograd.explanations.formulas import equation  # not above: importing it takes a while

    yield equation(value) if len(value.parents) <= MOST_PARENTS else value.name
    yield f"value {value.data!r}"
    if node.gradient is not None:
        yield f"gradient {node.gradient!r}"
    yield from _made_at(value)


def _edge_tooltip(edge: Edge) -> Iterator[str]:
    local = edge.local_derivative
    if local is None:
        yield _counted(edge.count, "edge")
        return
    value = edge.end.members[0]
    if len(value.parents) <= MOST_PARENTS:
        yield autograd.local_derivative_formula(value, edge.position)
    yield f"local derivative {local!r}"
    if edge.contribution is not None:
        yield f"contribution {value.grad!r} × {local!r} = {edge.contribution!r}"
    yield from _made_at(value)


def _made_at(value: Value) -> Iterator[str]:
    if origin := value.origin:
        # Without the folder: pictures are published.
        yield f"{origin.filename.replace(chr(92), '/').rpartition('/')[2]}:{origin.line}"
        if excerpt := origin.excerpt():
            yield excerpt.splitlines()[0].strip()
