"""The nodes of a graph that a picture draws, as its options choose them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, SupportsIndex

import autograd
from viz.errors import OptionError
from viz.options import require_value
from viz.picture.model import MOST_PARENTS
from viz.picture.neighbourhood import neighbourhood

if TYPE_CHECKING:
    from autograd import Value


def is_constant(node: Value) -> bool:
    """Whether the node is a leaf made from a number in an expression, as the 2 in ``2 * x``."""
    from autograd.ops import CONSTANT  # not above: a foreign autograd is to be diagnosed first

    return node.primitive is CONSTANT


def is_folded(node: Value) -> bool:
    """Whether ``constants="fold"`` writes the node into those that use it, unless it is chosen."""
    return is_constant(node) and not node.label


def called(root: Value, node: Value | str | None) -> Value | None:
    """Return a node that is given by its label."""
    from autograd.labels import (
        node_called,  # not above: a foreign autograd is to be diagnosed first
    )

    return None if node is None else node_called(root, node)


class Chosen:
    """The nodes of a graph that are drawn, as the options choose them one after the other."""

    def __init__(self, order: Sequence[Value], root: Value) -> None:
        self.root = root
        self.order = order
        self.drawn = order
        self.bright: set[Value] | None = None  # all
        self.folded: set[Value] = set()
        self.hints = False

    @property
    def is_all(self) -> bool:
        """Whether all of the graph is drawn, but for constants that are folded."""
        return len(self.drawn) + len(self.folded) == len(self.order)

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
        from autograd.graph import dependents  # not above: a foreign autograd is diagnosed first

        self.require(start, "reached_from")
        _, reached = dependents(self.order, [start])
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
