"""Find what a scalar graph does again and again: rounds of nodes, each made of the round before.

The nodes come in the order in which a search from the loss finds them, so those of a loop over time
repeat with a period. Where they do, one round is a template: positions, and for each operand the
position that it comes from, and how many rounds before. A cycle in this template is a recurrence:
what no arrangement of arrays computes at once. Only its positions are a loop. What a round computes
for it, or makes of it, depends on no round before, and stays outside: there it is one array.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from autograd.compiler.periods import FEWEST_IN_ORDER, Region, longest_region
from autograd.compiler.recording import DETACH
from autograd.compiler.scalars import Graph, same_op
from autograd.ops import record_of

# Fewer rounds are written out.
FEWEST_ROUNDS = 16

# A round may use what was computed so many rounds before.
MOST_DELAY = 4


class Source(NamedTuple):
    """Where an operand comes from: a position, so many rounds before."""

    position: int
    delay: int


class Recurrence(NamedTuple):
    """Rounds that each need the one before.

    ``rounds`` are the nodes, in each round at the same places; ``sources`` are, for each place, its
    operands by their number: those that come from a place of this or of an earlier round.
    """

    rounds: list[list[int]]
    sources: list[dict[int, Source]]


def recurrences(graph: Graph) -> list[Recurrence]:
    """Return the recurrences of a graph, none of which uses another's nodes as its own.

    The time is in proportion to the graph, for each of some periods that are tried.
    """
    order = [node for node, op in enumerate(graph.ops) if op is not None]
    region = longest_region(graph, order)
    if region is None or 2 * (region.last - region.first) < len(order):
        return []
    ranks = [-1] * len(graph.ops)
    for rank, node in enumerate(order):
        ranks[node] = rank
    return [*_Search(graph, order, ranks).recurrences(region)]


class _Search:
    def __init__(self, graph: Graph, order: Sequence[int], ranks: Sequence[int]) -> None:
        self.graph, self.order, self.ranks = graph, order, ranks
        self.users: list[list[int]] = [[] for _ in graph.ops]
        for node in order:
            for operand in graph.operands[node]:
                self.users[operand].append(node)

    def recurrences(self, region: Region) -> Iterator[Recurrence]:
        template = self._template(region)
        for positions in components(template):
            cut = _best_cut(self.graph, self.order, region, template, positions)
            turned = sorted([(position - cut) % region.period for position in positions])
            found = self._recurrence(region._replace(first=region.first + cut), turned)
            if found is not None:
                yield found

    def _template(self, region: Region) -> list[list[Source | None]]:
        """Return for each position of a round in the middle where its operands come from."""
        middle = region.n_rounds // 2
        start = region.first + middle * region.period
        return [
            [self._source(region, middle, operand) for operand in self.graph.operands[node]]
            for node in self.order[start : start + region.period]
        ]

    def _source(self, region: Region, number: int, operand: int) -> Source | None:
        """Return where a round has an operand from; None if it is from outside."""
        rank = self.ranks[operand]
        if rank < 0:
            return None
        earlier, position = divmod(rank - region.first, region.period)
        delay = number - earlier
        return Source(position, delay) if 0 <= delay <= MOST_DELAY else None

    def _recurrence(self, region: Region, positions: Sequence[int]) -> Recurrence | None:
        """Return the longest run of rounds that are alike in these positions."""
        place = {position: i for i, position in enumerate(positions)}
        template = self._template(region)
        sources = [
            {
                slot: source
                for slot, source in enumerate(template[position])
                if source is not None and source.position in place
            }
            for position in positions
        ]
        # Cut elsewhere, the round in the middle may be another, in which not all go on from others.
        middle = self._round(region, region.n_rounds // 2, positions)
        if not all(sources) or not self._may_repeat(middle):
            return None
        alike = [
            self._is_alike(region, number, positions, middle, sources)
            for number in range(region.n_rounds)
        ]
        start, stop = _longest_run(alike)
        if stop - start < FEWEST_IN_ORDER:
            return None
        rounds = [self._round(region, number, positions) for number in range(start, stop)]
        found = Recurrence(
            rounds,
            [
                {slot: Source(place[s.position], s.delay) for slot, s in each.items()}
                for each in sources
            ],
        )
        ends = _Ends(self.graph, self.users, found)
        while (following := ends.following()) is not None:
            rounds.append(following)
        while (before := ends.before()) is not None:
            rounds.insert(0, before)
        return found if len(rounds) >= FEWEST_ROUNDS else None

    def _is_of_layer(self, node: int, slot: int, operand: int) -> bool:
        """Say whether an operand is a weight that is another in each round: that of a layer."""
        op, kinds = self.graph.ops[node], self.graph.kinds
        is_of_vectors = op is not None and op.vectors > 0
        same = self.graph.operands[node][slot] == operand
        return is_of_vectors and not same and kinds[operand] == "parameter"

    def _round(self, region: Region, number: int, positions: Sequence[int]) -> list[int]:
        start = region.first + number * region.period
        return [self.order[start + position] for position in positions]

    def _may_repeat(self, nodes: Sequence[int]) -> bool:
        """Say whether nodes are such as a loop may compute: none stops a gradient, or looks up."""
        return not any(
            node in self.graph.choices or record_of(self.graph.ops[node]) is DETACH
            for node in nodes
        )

    def _is_alike(
        self,
        region: Region,
        number: int,
        positions: Sequence[int],
        middle: Sequence[int],
        sources: Sequence[dict[int, Source]],
    ) -> bool:
        """Say whether a round has the ops of the middle one and its sources, in these positions."""
        graph, start = self.graph, region.first + number * region.period
        inside = {*positions}
        for position, node_in_middle, expected in zip(positions, middle, sources, strict=True):
            node = self.order[start + position]
            if node in graph.choices or not same_op(graph.ops[node], graph.ops[node_in_middle]):
                return False
            operands = graph.operands[node]
            if len(operands) != len(graph.operands[node_in_middle]):
                return False
            for slot, operand in enumerate(operands):
                rank = self.ranks[operand]
                source = expected.get(slot)
                if rank < 0 and self._is_of_layer(node_in_middle, slot, operand):
                    return False
                if source is not None:
                    place = start - source.delay * region.period + source.position
                    if rank != place:
                        return False
                    continue
                if graph.kinds[operand] != graph.kinds[graph.operands[node_in_middle][slot]]:
                    return False
                earlier, from_ = divmod(rank - region.first, region.period)
                if 0 <= earlier < region.n_rounds and from_ in inside and rank >= 0:
                    return False
        return True


class _Ends:
    """Rounds before and after those of a recurrence: the same nodes, that come in another order."""

    def __init__(self, graph: Graph, users: Sequence[Sequence[int]], found: Recurrence) -> None:
        self.graph, self.users, self.found = graph, users, found
        self.taken = {node for nodes in found.rounds for node in nodes}

    def following(self) -> list[int] | None:
        """Return the nodes that make a round after the last; None if there is no whole one."""
        rounds, found = self.found.rounds, list[int]()
        for place, sources in enumerate(self.found.sources):
            inside = {
                slot: rounds[-delay][position] if delay else found[position]
                for slot, (position, delay) in sources.items()
            }
            anchor = next(iter(inside.values()))
            fitting = [node for node in self.users[anchor] if self._fits(node, place, inside)]
            if not fitting or fitting[0] in found:
                return None
            found.append(fitting[0])
        self.taken.update(found)
        return found

    def before(self) -> list[int] | None:
        """Return the nodes that make a round before the first; None if there is no whole one."""
        first, operands = self.found.rounds[0], self.graph.operands
        found: dict[int, int] = {}
        for node, sources in zip(first, self.found.sources, strict=True):
            for slot, (position, delay) in sources.items():
                if delay > 1 or (delay and not self._agrees(found, position, operands[node][slot])):
                    return None
        for place in range(len(first) - 1, -1, -1):
            if place not in found:
                return None
            node, inside = found[place], dict[int, int]()
            for slot, (position, delay) in self.found.sources[place].items():
                if slot >= len(operands[node]):
                    return None
                if not delay:
                    inside[slot] = operands[node][slot]
                    if not self._agrees(found, position, inside[slot]):
                        return None
            if not self._fits(node, place, inside):
                return None
        nodes = [found[place] for place in range(len(first))]
        if len({*nodes}) < len(nodes) or any(
            operand in nodes
            for place, node in enumerate(nodes)
            for slot, operand in enumerate(operands[node])
            if slot not in self.found.sources[place] or self.found.sources[place][slot].delay
        ):
            return None
        self.taken.update(nodes)
        return nodes

    def _agrees(self, found: dict[int, int], position: int, node: int) -> bool:
        return found.setdefault(position, node) == node

    def _fits(self, node: int, place: int, inside: dict[int, int]) -> bool:
        """Say whether a node may have a place in a round, by its op and its operands inside."""
        graph, like = self.graph, self.found.rounds[0][place]
        operands, expected = graph.operands[node], graph.operands[like]
        if node in self.taken or node in graph.choices or len(operands) != len(expected):
            return False
        if graph.ops[node] is None or not same_op(graph.ops[node], graph.ops[like]):
            return False
        following = graph.operands[self.found.rounds[1][place]]
        for slot, operand in enumerate(operands):
            is_same = expected[slot] == following[slot]
            if slot in inside or is_same:
                if operand != inside.get(slot, expected[slot]):
                    return False
            elif slot not in self.found.sources[place] and (
                operand in self.taken or graph.kinds[operand] != graph.kinds[expected[slot]]
            ):
                return False
        return True


def _longest_run(flags: Sequence[bool]) -> tuple[int, int]:
    ends = [-1, *[i for i, flag in enumerate(flags) if not flag], len(flags)]
    length, start = max((b - a - 1, -a) for a, b in pairwise(ends))
    return 1 - start, 1 - start + length


def components(template: Sequence[Sequence[Source | None]]) -> list[list[int]]:
    """Return the positions that depend on themselves, those that depend on each other together.

    These are the strongly connected components of the template; Tarjan's algorithm, without
    recursion.
    """
    sources = [[source.position for source in each if source is not None] for each in template]
    found: list[list[int]] = []
    index: dict[int, int] = {}
    low: dict[int, int] = {}
    open_: dict[int, None] = {}
    for root in range(len(sources)):
        stack = [(root, iter(sources[root]))] if root not in index else []
        while stack:
            node, pending = stack[-1]
            if node not in index:
                index[node] = low[node] = len(index)
                open_[node] = None
            for source in pending:
                if source not in index:
                    stack.append((source, iter(sources[source])))
                    break
                if source in open_:
                    low[node] = min(low[node], low[source])
            else:
                stack.pop()
                if stack:
                    user = stack[-1][0]
                    low[user] = min(low[user], low[node])
                if low[node] == index[node]:
                    component = list[int]()
                    while node not in component[-1:]:
                        component.append(open_.popitem()[0])
                    if len(component) > 1 or node in sources[node]:
                        found.append(sorted(component))
    return sorted(found)


def _best_cut(
    graph: Graph,
    order: Sequence[int],
    region: Region,
    template: Sequence[Sequence[Source | None]],
    positions: Sequence[int],
) -> int:
    """Return where a round best begins: where it takes least from the round before.

    Of several such, the one where it takes what is most alike: a state, and no parts of its making.
    """
    inside = {*positions}
    edges = [
        (user, source.position, source.delay)
        for user in positions
        for source in template[user]
        if source is not None and source.position in inside
    ]
    cuts = np.array([0, *positions, *[position + 1 for position in positions]])
    cuts = np.unique(cuts[cuts < region.period])
    users, sources, delays = [np.array(each)[:, None] for each in zip(*edges, strict=True)]
    waits = delays - (users < cuts) + (sources < cuts)
    longest = np.zeros((region.period, len(cuts)), int)
    np.maximum.at(longest, sources[:, 0], waits)
    costs = longest.sum(0)
    fewest = np.flatnonzero(costs == costs.min())
    middle = region.first + region.n_rounds // 2 * region.period

    def kinds(column: int) -> int:
        carried = np.flatnonzero(longest[:, column]).tolist()
        return len({record_of(graph.ops[order[middle + position]]) for position in carried})

    return int(cuts[min(fewest.tolist(), key=kinds)])
