"""What a picture is made of: nodes, edges and paths, with the words that are said of them."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Literal

import autograd
from autograd.text import short_number
from viz.colours import DARK, LIGHT, Colours
from viz.options import Direction, Theme

if TYPE_CHECKING:
    from autograd import Value

Kind = Literal["leaf", "constant", "operation", "loss", "cut-off"]
Sign = Literal["positive", "negative", "zero", "non-finite", "none"]

# A wide node has as many formulas as it has parents, of as many terms each.
MOST_PARENTS = 32


@dataclass(frozen=True, eq=False)
class Node:
    """A node of a picture: a Value, a group of Values, or a hint at what is cut off.

    ``gradient`` is None before a backward pass, and for constants and groups; ``detail`` is the
    shape of a group, and ``norm`` the length of its gradient. A dimmed node is there for context; a
    blank one never gets a gradient, and keeps no room for it.
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
    blank: bool = False

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
class Band:
    """The edges from each of several nodes to each of several others, drawn as one."""

    id: str
    starts: tuple[Node, ...]
    ends: tuple[Node, ...]

    @property
    def text(self) -> str:
        """How many nodes there are at its ends."""
        return f"{len(self.starts)} × {len(self.ends)}"


@dataclass(frozen=True, eq=False)
class Block:
    """Nodes that stand for as many others, which repeat them ``count`` times in all."""

    nodes: tuple[Node, ...]
    count: int
    last: str  # what the nodes are called in the last of them

    @property
    def text(self) -> str:
        return f"× {self.count}, up to {self.last}"


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
    and the gradient. ``note`` says what was left out of the picture, and how to have it.
    """

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    title: str
    description: str
    paths: tuple[ShownPath, ...] = ()
    path_summary: tuple[str, ...] = ()
    bands: tuple[Band, ...] = ()
    blocks: tuple[Block, ...] = ()
    note: str = ""
    direction: Direction = "right"
    theme: Theme = "auto"
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

    @property
    def colours(self) -> Colours:
        """The colours that it has, where they are not the reader's choice."""
        return DARK if self.theme == "dark" else LIGHT

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


def counted(count: int, noun: str, plural: str = "") -> str:
    return f"{count:,} {noun if count == 1 else plural or f'{noun}s'}"


def _node_tooltip(node: Node) -> Iterator[str]:
    if not node.members or node.is_group:
        yield " ".join(part for part in (node.title, node.detail) if part)
        if node.is_group:
            yield counted(len(node.members), "node")
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
        yield counted(edge.count, "edge")
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
