"""Chain-rule paths: the gradient as the notes derive it, a sum over paths of products.

A path leads from the loss along edges to a node; its product is the product of the local
derivatives on the way. The sum of the products over all paths is the gradient.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Iterator, Sequence
from itertools import count, islice
from typing import NamedTuple, TypeVar

from autograd.errors import ArgumentError, OperandError
from autograd.graph import computed_nodes, dependents
from autograd.value import Value

T = TypeVar("T")

# A longer path is shown by its first and its last nodes.
LONGEST = 16
ENDS = 5


class Path(NamedTuple):
    """One path from the loss to a node: what it passes, and the local derivatives on the way.

    ``positions[i]`` says as which parent of ``nodes[i]`` the path goes on to ``nodes[i + 1]``: the
    two edges of ``x * x`` are two paths.
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

    def __str__(self) -> str:
        """The nodes on the way, ``L → ŷ1 → a21``, with the middle of a long path left out."""
        from autograd.formulas import written  # only to show a path: importing it takes a while

        names = [written(node) for node in self.ends(self.nodes)]
        if len(names) < len(self.nodes):
            names.insert(ENDS, f"… {len(self.nodes) - 2 * ENDS:,} more …")
        return " → ".join(names)

    def ends(self, along: Sequence[T]) -> Sequence[T]:
        """Return those of the nodes, or of the edges, that are shown: all if there are few."""
        return along if len(self.nodes) <= LONGEST else [*along[:ENDS], *along[-ENDS:]]


def count_paths(loss: Value, node: Value) -> int:
    """Return the exact number of paths from the loss to a node. O(nodes + edges), however many.

    >>> from autograd import Value
    >>> x = Value(1.0)
    >>> y = x
    >>> for _ in range(60):
    ...     y = y + y
    >>> count_paths(y, x) == 2**60
    True
    """
    _require_values(loss, node)
    paths_to = {node: 1}
    for later in computed_nodes(loss):
        if later is not node and (total := sum(paths_to.get(p, 0) for p in later.parents)):
            paths_to[later] = total
    return paths_to.get(loss, 0)


def paths(loss: Value, node: Value, top: int | None = None) -> Iterator[Path]:
    """Yield the paths from the loss to a node, lazily: the sum of their products is the gradient.

    Without ``top`` they come in the order of the parents, depth first. With ``top=k`` come the k
    paths of largest absolute product, largest first, without a look at the others.

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
    _require_values(loss, node)
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


def _require_values(loss: object, node: object) -> None:
    for what, given in (("the loss", loss), ("the node", node)):
        if not isinstance(given, Value):
            raise OperandError(f"{what} must be a Value, not {given!r}")
