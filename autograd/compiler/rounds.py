"""Lift a loop: the graph of one round becomes operations on arrays, as that of an example does."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from autograd.compiler.array_terms import OfRound
from autograd.compiler.names import Names, stem_of
from autograd.compiler.program import Array, Constants, Operation, View
from autograd.compiler.scalars import Rounds
from autograd.compiler.statements import Assign
from autograd.ops import record_of

if TYPE_CHECKING:
    from autograd.compiler.array_names import ArrayNames
    from autograd.compiler.lifting import Lifter


@dataclass(eq=False, slots=True)
class Given:
    """An array of the round that is the same in all rounds: a view of what is outside."""

    array: Array
    view: View
    total: str = ""  # what the sum of the gradients of all rounds is called, less the d

    @property
    def is_alias(self) -> bool:
        """Whether it is all of an array outside, and can have its name."""
        outside = self.view.array
        return self.view.is_whole and outside is not None and outside.full == self.array.full


@dataclass(eq=False, slots=True)
class Stacked:
    """An array of the round that is another in each: a view with an axis for the rounds."""

    array: Array
    view: View
    whole: Array  # the view as an array of its own; the one outside if the view is all of it
    gradient: str = ""  # what the gradients of all rounds are called, less the d


@dataclass(eq=False, slots=True)
class State:
    """An array that a round takes from the one before."""

    array: Array
    first: View  # what it is in the first round, outside
    following: View  # what it is in the next round
    result: Array | None = None  # what it is after the last round, outside
    after: str = ""  # what the gradient from the next round is called, less the d


@dataclass(eq=False, slots=True)
class Collected:
    """What all rounds compute: an array outside with an axis for the rounds."""

    result: Array
    view: View


@dataclass(eq=False, slots=True)
class LoopOperation(Operation):
    """Compute arrays round by round, by operations on what is given, stacked and carried."""

    count: int = 0
    body: list[Operation] = field(default_factory=list)
    given: list[Given] = field(default_factory=list)
    stacked: list[Stacked] = field(default_factory=list)
    states: list[State] = field(default_factory=list)
    collected: list[Collected] = field(default_factory=list)
    lifter: Lifter | None = None  # of the body; it knows the labels
    counter: str = ""
    tape: str = ""

    @property
    def targets(self) -> list[Array]:
        """All that it computes."""
        finals = [state.result for state in self.states if state.result is not None]
        return [*finals, *[each.result for each in self.collected]]

    @property
    def names(self) -> list[str]:
        """The names of all but what its operations compute."""
        arrays = [each.array for each in self.given] + [each.array for each in self.stacked]
        arrays += [stack.whole for stack in self.stacked] + [state.array for state in self.states]
        given = [each.total for each in self.given]
        stacked = [each.gradient for each in self.stacked]
        states = [state.after for state in self.states]
        return [self.counter, self.tape, *given, *stacked, *states, *[a.name for a in arrays]]


def lift_loop(outer: Lifter, node: int) -> LoopOperation:
    """Return the operation of a loop, and place its results."""
    return _Loop(outer, node).operation()


Groups = list[list[int]]


class _Loop:
    def __init__(self, outer: Lifter, node: int) -> None:
        self.outer = outer
        self.rounds: Rounds = outer.graph.loops[node]
        self.batched = outer.batched[node]
        self.finals = self._finals()
        users: dict[int, tuple[int, int]] = {}
        for user, operands in enumerate(self.rounds.body.operands):
            for slot, operand in enumerate(operands):
                users.setdefault(operand, (user, slot))
        self.users = users
        self.stacks = self._grouped(self.rounds.stacked)
        self.fixed = self._grouped({leaf: [x] for leaf, x in self.rounds.fixed.items()})

    def operation(self) -> LoopOperation:
        outer, rounds = self.outer, self.rounds
        groups = self._groups_of_states()
        lifter = self._lifted(groups, outer.constants)
        places = [lifter.arrays[place] if place >= 0 else None for place in lifter.place]
        states = [self._state(lifter, places[leaves[0]], leaves) for leaves in groups]
        stacked = [self._stacked(places[leaves[0]], leaves) for leaves in self.stacks]
        given = [
            self._given(places[leaves[0]], [rounds.fixed[leaf] for leaf in leaves])
            for leaves in self.fixed
        ]
        collected = self._collected(lifter)
        for array in lifter.arrays:
            if array.kind == "parameter":
                leaves = sorted(
                    [leaf for leaf, place in enumerate(lifter.place) if place == array.number],
                    key=lifter.position.__getitem__,
                )
                given.append(self._given(array, [rounds.parameters[leaf] for leaf in leaves]))
        operands = [each.view for each in given] + [each.view for each in stacked]
        operands += [state.first for state in states]
        operation = LoopOperation("loop", Array((), False), operands, count=rounds.count)
        operation.body, operation.lifter = lifter.operations, lifter
        operation.given, operation.stacked = given, stacked
        operation.states, operation.collected = states, collected
        operation.target = operation.targets[0]
        return operation

    # Which leaves are an array.

    def _grouped(self, sources: dict[int, list[int]]) -> Groups:
        """Put leaves together that are from one array outside, or used alike."""
        groups: dict[Hashable, list[int]] = {}
        outer, body = self.outer, self.rounds.body
        for leaf, nodes in sources.items():
            [first] = outer.computed_instead(nodes[:1])
            place: Hashable = outer.place[first]
            if outer.place[first] < 0:  # constants, and parameters that nothing else uses
                user, slot = self.users[leaf]
                place = outer.graph.kinds[first], record_of(body.ops[user]), slot
            groups.setdefault(place, []).append(leaf)
        return [*groups.values()]

    def _groups_of_states(self) -> Groups:
        """Put states together that are in one array in the next round too."""
        rounds = self.rounds
        keys: dict[int, Hashable] = {
            leaf: record_of(rounds.body.ops[node]) for leaf, node in rounds.following.items()
        }
        while True:
            groups = _groups(rounds.first, keys)
            lifter = self._lifted(groups, Constants())
            following = lifter.computed_instead([rounds.following[leaf] for leaf in keys])
            found: dict[int, Hashable] = {
                leaf: (key, lifter.place[node])
                for (leaf, key), node in zip(keys.items(), following, strict=True)
            }
            if len(_groups(rounds.first, found)) == len(groups):
                return groups
            numbers = {key: number for number, key in enumerate(dict.fromkeys(found.values()))}
            keys = {leaf: numbers[key] for leaf, key in found.items()}

    def _lifted(self, states: Groups, constants: Constants) -> Lifter:
        """Return the lifter of one round, when it has found its operations."""
        lifter = type(self.outer)(self.rounds.body)
        lifter.constants = constants
        for groups, sources in (
            (states, None),
            (self.stacks, self.rounds.stacked),
            (self.fixed, {leaf: [node] for leaf, node in self.rounds.fixed.items()}),
        ):
            for leaves in groups:
                batched = self.batched
                if sources is not None:
                    nodes = [node for leaf in leaves for node in sources[leaf]]
                    batched = any(map(self.outer.batched.__getitem__, nodes))
                shape = (len(leaves),) if len(leaves) > 1 else ()
                lifter.put(leaves, lifter.new_array(shape, batched, "given"))
                for leaf in leaves:
                    lifter.batched[leaf] = batched
        lifter.compute()
        return lifter

    # What the arrays are outside.

    def _outside(self, nodes: Iterable[int], shape: tuple[int, ...]) -> View:
        return self.outer.view([*self.outer.computed_instead(nodes)], shape)

    def _given(self, array: Array | None, nodes: Sequence[int]) -> Given:
        assert array is not None
        return Given(array, self._outside(nodes, array.shape))

    def _stacked(self, array: Array | None, leaves: Sequence[int]) -> Stacked:
        assert array is not None
        rows = zip(*[self.rounds.stacked[leaf] for leaf in leaves], strict=True)
        shape = (self.rounds.count, *array.shape)
        view = self._outside([node for row in rows for node in row], shape)
        whole = view.array
        if whole is None or not view.is_whole or whole.full != (shape, array.batched):
            whole = Array(shape, array.batched)
        return Stacked(array, view, whole)

    def _state(self, lifter: Lifter, array: Array | None, leaves: Sequence[int]) -> State:
        assert array is not None
        before = [self.rounds.first[leaf] for leaf in leaves]
        first = View(None, ()) if before[0] < 0 else self._outside(before, array.shape)
        after = lifter.computed_instead([self.rounds.following[leaf] for leaf in leaves])
        following = lifter.view(after, array.shape)
        state = State(array, first, following)
        finals = {leaf: self.finals[leaf] for leaf in leaves if leaf in self.finals}
        if finals:
            state.result = self.outer.new_array(array.shape, self.batched)
            self.outer.labels[state.result] = ""
            self.outer.put([finals.get(leaf, -1) for leaf in leaves], state.result)
        return state

    def _finals(self) -> dict[int, int]:
        """Return the states that are wanted when all is done, and which nodes outside they are.

        Empty if more is wanted than what the last round computes. What it computes and no round
        takes from it becomes a state too.
        """
        rounds = self.rounds
        last = rounds.count - 1
        if any(number != last for number, _ in rounds.results.values()):
            return {}
        found = {}
        leaves = {node: leaf for leaf, node in rounds.following.items()}
        for result, (_, node) in rounds.results.items():
            if node not in leaves:
                leaves[node] = leaf = rounds.body.add_leaf(rounds.body.labels[node])
                rounds.first[leaf], rounds.following[leaf] = -1, node
            found[leaves[node]] = result
        return found

    def _collected(self, lifter: Lifter) -> list[Collected]:
        if self.finals:
            return []
        rounds, outer = self.rounds, self.outer
        wanted = [node for _, node in rounds.results.values()]
        instead = dict(zip(wanted, lifter.computed_instead(wanted), strict=True))
        nodes = dict.fromkeys(instead.values())
        by_array: dict[int, list[int]] = {}
        for node in sorted(nodes, key=lifter.position.__getitem__):
            by_array.setdefault(lifter.place[node], []).append(node)
        found = []
        for nodes_of_array in by_array.values():
            size = len(nodes_of_array)
            shape = (size,) if size > 1 else ()
            result = outer.new_array((rounds.count, *shape), self.batched)
            outer.labels[result] = ""
            column = {node: i for i, node in enumerate(nodes_of_array)}
            for outside, (number, node) in rounds.results.items():
                if instead[node] in column:
                    outer.place[outside] = result.number
                    outer.position[outside] = number * size + column[instead[node]]
            found.append(Collected(result, lifter.view(nodes_of_array, shape)))
        return found


def _groups(leaves: Iterable[int], keys: dict[int, Hashable]) -> Groups:
    groups: dict[Hashable, list[int]] = {}
    for leaf in leaves:
        groups.setdefault(keys[leaf], []).append(leaf)
    return [*groups.values()]


def name_loop(outer: ArrayNames, loop: LoopOperation, names: Names, layer: int) -> int:
    """Name all arrays of a loop; return how many layers there are, those before included."""
    lifter = loop.lifter
    assert lifter is not None
    loop.counter, loop.tape = names.new("t"), names.new("kept")
    aliases = [each for each in loop.given if each.is_alias]
    for each in aliases:
        assert each.view.array is not None
        each.array.name = each.view.array.name
    for state in loop.states:
        following = state.following.array
        stem = "" if following is None else stem_of(lifter.labels.get(following, ""))
        state.array.name = names.new(stem or "state")
        state.after = names.new(f"{state.array.name}_after")
        if state.result is not None:
            state.result.name = names.new(f"{state.array.name}_at_end")
            state.result.is_nameless = True
    layer = lifter.name_operations(names, None, layer)
    for each in loop.given:
        outside = each.view.array
        if each.is_alias:
            assert outside is not None
            if not outside.name and each.array.name:
                outside.name = each.array.name
            elif not outside.name:
                outer.name_parameter(names, outside)
            each.array.name = outside.name
        elif not each.array.name:
            stem = stem_of(lifter.labels.get(each.array, ""))
            each.array.name = names.new(stem) if stem else names.numbered("v")
        each.total = names.new(f"{each.array.name}_total")
    for stack in loop.stacked:
        outside = stack.view.array
        if not stack.whole.name and stack.whole.kind == "parameter":
            outer.name_parameter(names, stack.whole)
        if not stack.whole.name:
            stack.whole.name = names.new("stack")
        stem = outside.name if outside is not None and outside.name else "row"
        stack.array.name = names.new(f"{stem}_t")
        stack.gradient = names.new(f"{stack.array.name}s")
    for collected in loop.collected:
        array = collected.view.array
        stem = array.name if array is not None and not array.is_nameless else "state"
        collected.result.name = names.new(f"{stem}s")
    return layer


def of_rounds(loop: LoopOperation) -> list[Assign]:
    """Return the statements that read what is another array in each round."""
    return [
        Assign(each.array.term, OfRound(each.whole.term, loop.counter)) for each in loop.stacked
    ]
