"""Lookups: ``rows[y]`` for a whole number y of each example, recorded as a choice among all rows.

Python asks an index for a plain number, so a recording sees the row that one example looks up, and
not that it was looked up. So the function is recorded for every number that the index may be. All
recordings compute the same in the same order; where their operands differ, something was looked up,
and a node that chooses among all it may be takes its place. The indices of one argument go through
their numbers together, and some recordings with random numbers tell which index chooses where, and
that nothing else depends on them.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Mapping, Sequence
from random import Random
from typing import NamedTuple

from autograd import ops
from autograd.compiler.results import Results
from autograd.compiler.scalars import LOOKUP, Choosing, same_op
from autograd.ops import CONSTANT, Primitive
from autograd.ops.record import apply
from autograd.value import Value

MOST = 1024  # rows that an index may choose from: the function is recorded for each
_UNLIKELY = 1e-8  # that random numbers hide on what something depends

# Their local derivatives are finite, or take no part where the gradient is 0: so an element that is
# not chosen gets the gradient 0. Of others the operands are chosen, before they are computed.
_CHOSEN_FROM = {
    ops.add, ops.subtract, ops.multiply, ops.negative, ops.dot, ops.sum, ops.mean, ops.identity,
    ops.softmax, ops.log_softmax, LOOKUP,
}  # fmt: skip


class NotALookupError(Exception):
    """The recordings differ in more than in what is looked up."""


class Traced(NamedTuple):
    """A recording: what was returned, all nodes in the order they were made, its own leaves."""

    results: Results
    nodes: list[Value]
    made: set[Value]


# Records the function with these numbers for indices; the others are as they are.
Recorder = Callable[[Mapping[Value, int]], Traced]


def with_lookups(
    record: Recorder, arguments: Sequence[Sequence[Value]]
) -> tuple[Results, set[Value]]:
    """Return what a function returns, with nodes that choose, and the leaves that it makes.

    Args:
        record: records the function.
        arguments: for each argument that something is looked up by, all its indices.

    Raises:
        NotALookupError: if it can't be told what is looked up.
    """
    numbers = {index: int(index._data) for indices in arguments for index in indices}
    if negative := [number for number in numbers.values() if number < 0]:
        raise NotALookupError(f"it counts from 0, and there is {negative[0]}")
    found = _Recordings(record, numbers)
    for indices in arguments:
        found.go_through(indices)
    found.go_at_random()
    return _Merged(found).results()


class _Recordings:
    """Recordings of a function, the numbers that indices had in each, and their tables."""

    def __init__(self, record: Recorder, numbers: Mapping[Value, int]) -> None:
        self._record, self._numbers = record, numbers
        self.traced = [record({})]
        self.assigned = [numbers]
        self.tables: dict[Value, list[int]] = {}  # for each number of an index its recording

    def _try(self, numbers: Mapping[Value, int]) -> bool:
        """Record the function with other numbers; say whether there is something to look up."""
        try:
            found = self._record(numbers)
        except IndexError:
            return False
        _check_alike(self.traced[0], found)
        self.traced.append(found)
        self.assigned.append({**self._numbers, **numbers})
        return True

    def go_through(self, indices: Sequence[Value]) -> None:
        """Record the function for all numbers of some indices, the same for all that have it."""
        live = [*indices]
        self.tables |= {index: [] for index in indices}
        for number in range(MOST + 1):
            if not self._try(dict.fromkeys(live, number)):
                live = [index for index in live if self._try({index: number})]
                if not live or not self._try(dict.fromkeys(live, number)):
                    return
            for index in live:
                self.tables[index].append(len(self.traced) - 1)
        raise NotALookupError(f"it takes all numbers up to {MOST}")

    def go_at_random(self) -> None:
        """Record the function so often that it is unlikely that two indices look alike."""
        lengths = {index: len(table) for index, table in self.tables.items()}
        fewest = min([length for length in lengths.values() if length > 1], default=0)
        if not fewest or not all(lengths.values()):
            return
        random = Random(0)
        for _ in range(math.ceil(math.log(len(lengths) / _UNLIKELY) / math.log(fewest))):
            numbers = {index: random.randrange(length) for index, length in lengths.items()}
            if not self._try(numbers):
                raise NotALookupError("what it looks up depends on several numbers")


class _Merged:
    """One graph of several recordings of a function."""

    def __init__(self, found: _Recordings) -> None:
        self.traced, self.assigned, self.tables = found.traced, found.assigned, found.tables
        self.places = [{node: i for i, node in enumerate(each.nodes)} for each in self.traced]
        self.leaves: dict[Hashable, Value] = {}
        self.nodes: list[Value] = []  # of the one graph, in the order they were made
        self.place_of: dict[Value, int] = {}  # among these
        self.chosen: dict[tuple[Value, tuple[Hashable, ...]], Value] = {}

    def results(self) -> tuple[Results, set[Value]]:
        first = self.traced[0].results
        for position, node in enumerate(self.traced[0].nodes):
            self.nodes.append(self._node(position, node))
            self.place_of[self.nodes[-1]] = position
        slots = [each.results.roots for each in self.traced]
        roots = iter([self._operand(slot) for slot in zip(*slots, strict=True)])
        loss = None if first.loss is None else next(roots)
        outputs = [next(roots) for _ in first.outputs]
        required = [(next(roots), requirement) for _, requirement in first.required]
        made = {leaf for each in self.traced for leaf in each.made}
        return Results(loss, outputs, first.structure, required), made

    def _node(self, position: int, node: Value) -> Value:
        """Return a node of the one graph: that of the first recording, if nothing is chosen."""
        slots = zip(*[each.nodes[position].parents for each in self.traced], strict=True)
        operands = [self._operand(slot) for slot in slots]
        if all(a is b for a, b in zip(operands, node.parents, strict=True)):
            return node
        assert node.primitive is not None
        found = apply(node.primitive, *operands)
        found.label = node.label
        return found

    def _operand(self, slot: Sequence[Value]) -> Value:
        """Return what the recordings have as one operand, or the node that chooses it."""
        if all(value is slot[0] for value in slot):  # a leaf, as most operands are
            return slot[0]
        keys = [self._key(recording, value) for recording, value in enumerate(slot)]
        if all(key == keys[0] for key in keys):
            return self._value(keys[0])
        index, table = self._lookup(keys)
        return self._choice(index, table)

    def _key(self, recording: int, value: Value) -> Hashable:
        """Return what a Value is in every recording: a place among the nodes, or a leaf."""
        place = self.places[recording].get(value)
        if place is not None:
            return place
        if value.primitive is CONSTANT or value in self.traced[recording].made:
            key: Hashable = ("constant", repr(value._data), value.label)
            self.leaves.setdefault(key, value)
            return key
        return value

    def _value(self, key: Hashable) -> Value:
        if isinstance(key, int):
            return self.nodes[key]
        return key if isinstance(key, Value) else self.leaves[key]

    def _lookup(self, keys: Sequence[Hashable]) -> tuple[Value, tuple[Hashable, ...]]:
        """Return the only index that explains an operand, and all that it may choose."""
        found = []
        for index, places in self.tables.items():
            table = tuple([keys[place] for place in places])
            if self._explains(index, table, keys):
                found.append((index, table))
        if len(found) != 1:
            raise NotALookupError("what it looks up depends on several numbers")
        return found[0]

    def _explains(self, index: Value, table: Sequence[Hashable], keys: Sequence[Hashable]) -> bool:
        pairs = zip(reversed(keys), reversed(self.assigned), strict=True)  # the random ones first
        return all(0 <= at[index] < len(table) and key == table[at[index]] for key, at in pairs)

    def _choice(self, index: Value, table: tuple[Hashable, ...]) -> Value:
        """Return the node that chooses from a table, or what is computed from chosen operands."""
        if (index, table) not in self.chosen:
            values = [self._value(key) for key in table]
            first = values[0]
            if all(value is first for value in values):
                return first
            if all(not value.parents or _record(value) in _CHOSEN_FROM for value in values):
                found = apply(Choosing.of(LOOKUP, index), *values)
            else:
                found = self._of_chosen(index, values)
            self.chosen[index, table] = found
        return self.chosen[index, table]

    def _of_chosen(self, index: Value, values: Sequence[Value]) -> Value:
        op, parents = values[0].primitive, [value.parents for value in values]
        for value in values:
            if value.primitive is not op or len(value.parents) != len(parents[0]):
                raise NotALookupError("what it looks up is computed in several ways")
        assert op is not None
        return apply(
            op, *[self._choice_of_values(index, slot) for slot in zip(*parents, strict=True)]
        )

    def _choice_of_values(self, index: Value, values: Sequence[Value]) -> Value:
        return self._choice(index, tuple([self.place_of.get(value, value) for value in values]))


def _record(value: Value) -> Primitive | None:
    return None if value.primitive is None else value.primitive.record


def _check_alike(first: Traced, other: Traced) -> None:
    """Raise an error unless two recordings made the same nodes in the same order."""
    has_same = first.results.structure == other.results.structure
    has_same &= [r for _, r in first.results.required] == [r for _, r in other.results.required]
    if not has_same or len(first.nodes) != len(other.nodes):
        raise NotALookupError("it computes more for some numbers than for others")
    for a, b in zip(first.nodes, other.nodes, strict=True):
        if not same_op(a.primitive, b.primitive) or len(a.parents) != len(b.parents):
            raise NotALookupError(f"for one number it computes {a.op}, for another {b.op}")
