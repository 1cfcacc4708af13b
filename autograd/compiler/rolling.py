"""Put loops in place of the rounds of a scalar graph that each need the one before.

A loop is one node, whose operands are all that its rounds take from outside; what is used of its
rounds are nodes with the loop as their operand. The graph of one round has leaves for what it takes
from outside and from the round before.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from autograd.compiler.differentiated import differentiated_nodes
from autograd.compiler.repetition import FEWEST_ROUNDS, Recurrence, recurrences
from autograd.compiler.scalars import LOOP, RESULT, Graph, Rounds, equal_nodes, without_rows


def rolled(graph: Graph) -> Graph:
    """Return the graph with loops in place of recurrences; itself if there are none."""
    if not recurrences(graph):
        return graph
    plain = without_rows(graph)
    found = [each for each in map(partial(_of_one_kind, plain), recurrences(plain)) if each]
    return (_Rolling(plain, found).graph() if found else None) or graph


def _of_one_kind(graph: Graph, found: Recurrence) -> Recurrence | None:
    """Return the rounds up to the last one that the loss depends on; None if they are too few.

    Those behind it, which lead to further outputs alone, have no gradient. In a loop it would be 0,
    and be multiplied by derivatives, which may be infinite.
    """
    differentiated = differentiated_nodes(graph)
    kinds = [{differentiated[node] for node in nodes} for nodes in found.rounds]
    while kinds and kinds[-1] != kinds[0]:
        kinds.pop()
    if len(kinds) < FEWEST_ROUNDS or any(kind != kinds[0] or len(kind) > 1 for kind in kinds):
        return None
    return found._replace(rounds=found.rounds[: len(kinds)])


class _Rolling:
    def __init__(self, graph: Graph, found: Sequence[Recurrence]) -> None:
        self.old, self.found = graph, found
        self.equal = equal_nodes(graph)
        self.loop_of: dict[int, int] = {}  # for each node of a round the number of its recurrence
        for number, recurrence in enumerate(found):
            for nodes in recurrence.rounds:
                self.loop_of.update(dict.fromkeys(nodes, number))
        self.operands = [*graph.operands]
        for recurrence in found:
            self._take_equal_as_one(recurrence)
        self.outside = [self._outside(number) for number in range(len(found))]
        self.new = Graph(is_shown=graph.is_shown)
        self.numbers = [-1] * len(graph.ops)  # of the nodes in the new graph
        self.used = self._used()

    def graph(self) -> Graph | None:
        """Return the new graph; None if a loop would need what is made of it."""
        old, new = self.old, self.new
        for node, op in enumerate(old.ops):
            if op is None:
                self._copy(node)
        order = self._order()
        if order is None:
            return None
        for item in order:
            if item < 0:
                self._add_loop(-1 - item)
            else:
                self._copy(item)
        new.root = None if old.root is None else self.numbers[old.root]
        new.outputs = [self.numbers[output] for output in old.outputs]
        return new

    def _take_equal_as_one(self, recurrence: Recurrence) -> None:
        """Let all rounds take the same from outside where what they take computes the same."""
        for place, sources in enumerate(recurrence.sources):
            nodes = [each[place] for each in recurrence.rounds]
            slots = [*zip(*[self.old.operands[node] for node in nodes], strict=True)]
            for slot, operands in enumerate(slots):
                first = self.equal[operands[0]]
                if slot not in sources and all(self.equal[x] == first for x in operands):
                    # What a round computes itself, a loop can't take: then what computes it again.
                    shared = operands[0] if first in self.loop_of else first
                    slots[slot] = (shared,) * len(nodes)
            for node, operands in zip(nodes, zip(*slots, strict=True), strict=True):
                self.operands[node] = operands

    def _outside(self, number: int) -> list[int]:
        """Return all that the rounds of a recurrence take from outside of them."""
        found: dict[int, None] = {}
        for nodes in self.found[number].rounds:
            for node in nodes:
                for operand in self.operands[node]:
                    if self.loop_of.get(operand) != number:
                        found[operand] = None
        return [*found]

    def _used(self) -> list[dict[int, None]]:
        """Return for each recurrence its nodes that others use."""
        found: list[dict[int, None]] = [{} for _ in self.found]
        users = [(node, operand) for node, each in enumerate(self.operands) for operand in each]
        for node, operand in [*users, *[(-1, root) for root in self.old.roots]]:
            number = self.loop_of.get(operand)
            if number is not None and self.loop_of.get(node) != number:
                found[number][operand] = None
        return found

    def _order(self) -> list[int] | None:
        """Return the computed nodes and loops (as -1, -2, …), operands first; None for a cycle."""
        done: set[int] = set()
        open_: set[int] = set()
        order: list[int] = []
        for root in self.old.roots:
            stack = [self._item(root)] if self.old.ops[root] is not None else []
            while stack:
                item = stack[-1]
                if item in done:
                    stack.pop()
                    continue
                below = self.old.operands[item] if item >= 0 else self.outside[-1 - item]
                items = {self._item(each) for each in below if self.old.ops[each] is not None}
                if missing := items - done:
                    if item in open_:
                        return None
                    open_.add(item)
                    stack.extend(sorted(missing, reverse=True))
                    continue
                done.add(stack.pop())
                order.append(item)
        return order

    def _item(self, node: int) -> int:
        number = self.loop_of.get(node)
        return node if number is None else -1 - number

    def _copy(self, node: int) -> None:
        old, new = self.old, self.new
        [self.numbers[node]] = new.add_copies(old, range(node, node + 1))
        number = self.numbers[node]
        new.operands[number] = tuple(map(self.numbers.__getitem__, old.operands[node]))
        if node in old.choices:
            new.choices[number] = self.numbers[old.choices[node]]

    def _add_loop(self, number: int) -> None:
        recurrence, new = self.found[number], self.new
        operands = tuple(map(self.numbers.__getitem__, self.outside[number]))
        loop = new.add(LOOP.bind(number), operands)
        new.loops[loop] = rounds = _rounds(self.old, recurrence, self.operands, self.numbers)
        places = {
            node: (i, first + place)
            for first in [len(rounds.body.ops) - len(recurrence.sources)]
            for i, nodes in enumerate(recurrence.rounds)
            for place, node in enumerate(nodes)
        }
        for i, node in enumerate(self.used[number]):
            found = new.add(RESULT.bind(number, i), (loop,), self.old.values[node])
            self.numbers[node] = found
            rounds.results[found] = places[node]


def _rounds(
    graph: Graph,
    recurrence: Recurrence,
    operands_of: Sequence[tuple[int, ...]],
    numbers: Sequence[int],
) -> Rounds:
    """Return the loop of a recurrence. The last nodes of its body are those of a round."""
    body = Graph()
    found = Rounds(body, len(recurrence.rounds))
    leaves: dict[object, int] = {}  # what is taken from elsewhere → its leaf
    waiting: list[tuple[int, int]] = []  # leaf and place of what it is in the next round

    def from_outside(nodes: Sequence[int]) -> int:
        key = tuple(nodes)
        if key in leaves:
            return leaves[key]
        first, is_fixed = nodes[0], len({*nodes}) == 1
        if is_fixed and graph.kinds[first] in ("constant", "parameter"):
            [leaves[key]] = body.add_copies(graph, range(first, first + 1))
            if graph.kinds[first] == "parameter":
                found.parameters[leaves[key]] = numbers[first]
            return leaves[key]
        leaves[key] = body.add_leaf(graph.labels[first])
        if is_fixed:
            found.fixed[leaves[key]] = numbers[first]
        else:
            found.stacked[leaves[key]] = [numbers[node] for node in nodes]
        return leaves[key]

    def from_before(place: int, delay: int, before: Sequence[int]) -> int:
        """Return the leaf for what a place was some rounds ago, or before the first round."""
        key = place, delay, tuple(before)
        if key not in leaves:
            following = from_before(place, delay - 1, before[1:]) if delay > 1 else -1
            leaves[key] = body.add_leaf(graph.labels[recurrence.rounds[0][place]])
            found.first[leaves[key]] = numbers[before[0]]
            if delay > 1:
                found.following[leaves[key]] = following
            else:
                waiting.append((leaves[key], place))
        return leaves[key]

    operands: list[list[int | None]] = []
    for place, sources in enumerate(recurrence.sources):
        slots = [*zip(*[operands_of[nodes[place]] for nodes in recurrence.rounds], strict=True)]
        operands.append([])
        for slot, nodes in enumerate(slots):
            source = sources.get(slot)
            if source is None:
                operands[-1].append(from_outside(nodes))
            elif source.delay:
                before = nodes[: source.delay]
                operands[-1].append(from_before(source.position, source.delay, before))
            else:
                operands[-1].append(None)
    first = len(body.ops)
    for place, (sources, each) in enumerate(zip(recurrence.sources, operands, strict=True)):
        node = recurrence.rounds[0][place]
        op = graph.ops[node]
        assert op is not None
        below = [
            first + sources[slot].position if operand is None else operand
            for slot, operand in enumerate(each)
        ]
        body.add(op, tuple(below))
        body.labels[-1] = graph.labels[node]
    found.following.update((leaf_, first + place) for leaf_, place in waiting)
    return found
