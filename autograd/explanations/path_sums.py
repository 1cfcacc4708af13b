"""Chain-rule paths: the gradient as the notes derive it, a sum over paths of products.

A path leads from the loss along edges to a node; its product is the product of the local
derivatives on the way. The sum of the products over all paths is the gradient.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Callable, Iterator, Sequence
from itertools import count, islice
from typing import NamedTuple, TypeVar

from autograd import ops
from autograd.arguments import require_value
from autograd.errors import ArgumentError
from autograd.graph import computed_nodes, dependents
from autograd.labels import node_called
from autograd.value import Value

T = TypeVar("T")

# Of more nodes or factors the first and the last are shown.
LONGEST = 16
ENDS = 5


class Path(NamedTuple):
    """One path from the loss to a node: what it passes, and the local derivatives on the way.

    ``positions[i]`` says as which parent of ``nodes[i]`` the path goes on to ``nodes[i + 1]``: the
    two edges of ``x * x`` are two paths.

    >>> from autograd import Value
    >>> x = Value(3.0, label="x")
    >>> first, second = paths(x * x, x)
    >>> first.positions, second.positions, first.local_derivatives
    ((0,), (1,), (3.0,))
    """

    nodes: tuple[Value, ...]
    positions: tuple[int, ...]

    @property
    def local_derivatives(self) -> tuple[float, ...]:
        """∂nodes[i]/∂nodes[i + 1] for each edge."""
        return tuple(
            node.local_derivatives[position]
            for node, position in zip(self.nodes[:-1], self.positions, strict=True)
        )

    @property
    def product(self) -> float:
        """The product of the local derivatives; 1 for the path of no edges."""
        return math.prod(self.local_derivatives)

    @property
    def told_nodes(self) -> tuple[Value, ...]:
        """The nodes that are shown: all but sums without a label in between."""
        first, *rest = self.nodes
        between = [node for node in rest[:-1] if node.label or not is_sum(node)]
        return (first, *between, *rest[-1:])

    @property
    def told_edges(self) -> tuple[tuple[Value, int], ...]:
        """(node, position) for each edge whose local derivative is not 1 by its very rule."""
        edges = zip(self.nodes[:-1], self.positions, strict=True)
        return tuple(edge for edge in edges if not is_one_by_rule(*edge))

    def __str__(self) -> str:
        """The nodes on the way, ``L → ŷ1 → a21``, with the middle of a long path left out."""
        from autograd.explanations.formulas import (
            written,  # only to show a path: importing it takes a while
        )

        told = self.told_nodes
        return " → ".join(in_short(told, written, f"… {len(told) - 2 * ENDS:,} more …"))


def is_sum(node: Value) -> bool:
    """Whether a node is a sum of its parents, which multiplies no gradient on its way."""
    return ops.record_of(node.primitive) in (ops.add, ops.sum, ops.identity)


def is_one_by_rule(node: Value, position: int) -> bool:
    """Whether the derivative of a node by a parent is 1 at any numbers, so that it says nothing."""
    op = ops.record_of(node.primitive)
    if op is ops.subtract:
        return position == 0
    if op is ops.dot:  # of a bias
        return position == len(node.parents) - 1 and len(node.parents) % 2 == 1
    return is_sum(node)


def ends(along: Sequence[T]) -> Sequence[T]:
    """Return those along a path that are shown: all if they are few."""
    return along if len(along) <= LONGEST else [*along[:ENDS], *along[-ENDS:]]


def in_short(along: Sequence[T], write: Callable[[T], str], left_out: str) -> list[str]:
    """Return what is written of those along a path, with a sign for the middle of a long one."""
    written = list(map(write, ends(along)))
    return written if len(along) <= LONGEST else [*written[:ENDS], left_out, *written[ENDS:]]


def count_paths(loss: Value, node: Value | str) -> int:
    """Return the exact number of paths from the loss to a node. O(nodes + edges), however many.

    >>> from autograd import Value
    >>> x = Value(1.0)
    >>> y = x
    >>> for _ in range(60):
    ...     y = y + y
    >>> count_paths(y, x) == 2**60
    True
    """
    node = _node_of(loss, node)
    paths_to = {node: 1}
    for later in computed_nodes(loss):
        if later is not node and (total := sum(paths_to.get(p, 0) for p in later.parents)):
            paths_to[later] = total
    return paths_to.get(loss, 0)


def paths(loss: Value, node: Value | str, top: int | None = None) -> Iterator[Path]:
    """Yield the paths from the loss to a node, lazily: the sum of their products is the gradient.

    Without ``top`` they come in the order of the parents, depth first. With ``top=k`` come the k
    paths of largest absolute product, largest first, without a look at the others.

    Args:
        loss: a Value.
        node: any node that it was computed from, or the label of one.
        top: how many of the largest to find; None for all.

    Raises:
        OperandError: if the loss or the node is not a Value.
        ArgumentError: if ``top`` is negative.

    >>> from autograd import Value
    >>> x = Value(3.0, label="x")
    >>> y = x * x + 2 * x; y.label = "y"
    >>> for path in paths(y, x):
    ...     print(path, path.product)
    y → x·x → x 3.0
    y → x·x → x 3.0
    y → 2·x → x 2.0
    """
    node = _node_of(loss, node)
    if top is None:
        return _depth_first(loss, node)
    if top < 0:
        raise ArgumentError(f"top says how many paths to find: it can't be {top}")
    return islice(_largest_first(loss, node), top)


def _depth_first(loss: Value, node: Value) -> Iterator[Path]:
    _, leading = dependents(computed_nodes(loss), [node])
    if loss not in leading:
        return
    nodes, positions = [loss], [-1]
    # positions[-1] is the parent of nodes[-1] that was tried last.
    while nodes:
        last = nodes[-1]
        if last is node:
            yield Path(tuple(nodes), tuple(positions[:-1]))
            nodes.pop()
            positions.pop()
            continue
        positions[-1] += 1
        parents = last.parents
        if positions[-1] == len(parents):
            nodes.pop()
            positions.pop()
        elif parents[positions[-1]] in leading:
            nodes.append(parents[positions[-1]])
            positions.append(-1)


def _largest_first(loss: Value, node: Value) -> Iterator[Path]:
    """Best-first search over the paths: how large one can still become is known exactly."""
    order, leading = dependents(computed_nodes(loss), [node])
    if loss not in leading:
        return
    # The logarithm of the largest absolute product from each node on. Logarithms don't overflow.
    remaining = {node: 0.0}
    for later in order:
        if later is not node:
            remaining[later] = max(
                _log_magnitude(local) + remaining[parent]
                for parent, local in zip(later.parents, later.local_derivatives, strict=True)
                if parent in leading
            )
    # Begun paths, those that gave away least first. The best edge on from a node gives away exactly
    # 0, and of equals the newest comes first: so a begun path is completed before another is begun,
    # or 2**60 equal paths would all be begun before the first is done. A begun path is a linked
    # list: its last node, the position it came by, and what came before.
    age = count(0, -1)
    begun: list[tuple[float, int, Value, tuple[int, object] | None]] = [
        (0.0, next(age), loss, None)
    ]
    while begun:
        given_away, _, last, track = heapq.heappop(begun)
        if last is node:
            yield _path_along(loss, track)
            continue
        edges = zip(last.parents, last.local_derivatives, strict=True)
        for position, (parent, local) in reversed(list(enumerate(edges))):
            if parent in leading:
                less = remaining[last] - (_log_magnitude(local) + remaining[parent])
                entry = (given_away + less, next(age), parent, (position, track))
                heapq.heappush(begun, entry)


def _path_along(loss: Value, track: object) -> Path:
    positions: list[int] = []
    while isinstance(track, tuple):
        position, track = track
        positions.append(position)
    positions.reverse()
    nodes = [loss]
    for position in positions:
        nodes.append(nodes[-1].parents[position])
    return Path(tuple(nodes), tuple(positions))


def _log_magnitude(local: float) -> float:
    """Log |local|, finite also for 0, inf and nan, so that sums of it can be compared."""
    if local == 0.0:
        return -1e6
    return math.log(abs(local)) if math.isfinite(local) else 1e6


def _node_of(loss: Value, node: Value | str) -> Value:
    """Return the node, which may be given by its label."""
    require_value(loss, "the loss")
    if not isinstance(node, str):
        require_value(node, "the node")
    return node_called(loss, node)
