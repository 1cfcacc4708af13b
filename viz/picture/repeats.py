"""Blocks of layers that repeat: the layers of a deep network, the steps of a recurrent one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from autograd import Value
from autograd.ops import record_of
from viz.picture.collapse import Group

FEWEST = 3  # blocks that are worth it
MOST_GROUPS = 2000  # a picture has fewer, and the search takes the square of them


@dataclass(frozen=True, eq=False, slots=True)
class Repeat:
    """Groups that come ``count`` times: those of the first block, and those of all others."""

    first: tuple[Group, ...]
    others: tuple[tuple[Group, ...], ...]

    @property
    def count(self) -> int:
        return 1 + len(self.others)


def repeats(groups: Sequence[Group]) -> list[Repeat]:
    """Return what repeats among groups in topological order, the longest runs first found.

    Block after block computes the same of arrays of the same shapes: each of what the one before
    it computed, and of leaves that are its own or those of all.
    """
    return _Search(groups).run() if len(groups) <= MOST_GROUPS else []


class _Search:
    def __init__(self, groups: Sequence[Group]) -> None:
        home = {node: group for group in groups for node in group.members}
        self.computed = [group for group in groups if group.kind == "operation"]
        self.place = {group: i for i, group in enumerate(self.computed)}
        self.operands = [_operands(group, home) for group in self.computed]
        self.users: dict[Group, int] = {}
        for operands in self.operands:
            for operand in operands:
                self.users[operand] = self.users.get(operand, 0) + 1
        self.signatures = [
            (*_signature(group), tuple([operand.shape for operand in operands]))
            for group, operands in zip(self.computed, self.operands, strict=True)
        ]

    def run(self) -> list[Repeat]:
        found: list[Repeat] = []
        start, n = 0, len(self.computed)
        while start < n:
            best: tuple[int, int] = (0, 0)
            for period in range(1, (n - start) // FEWEST + 1):
                count = self._count(start, period)
                if count >= FEWEST and count * period > best[0] * best[1]:
                    best = count, period
            count, period = best
            if count:
                found.append(self._repeat(start, period, count))
            start += max(1, count * period)
        return found

    def _count(self, start: int, period: int) -> int:
        """Return how many blocks of so many groups follow each other from there."""
        count = 1
        while self._follows(start, period, count):
            count += 1
        return count

    def _follows(self, start: int, period: int, count: int) -> bool:
        begin = start + count * period
        if begin + period > len(self.computed):
            return False
        return all(self._matches(place, start, period) for place in range(begin, begin + period))

    def _matches(self, place: int, start: int, period: int) -> bool:
        """Say whether a group computes what the one a block before does, of the like."""
        if self.signatures[place] != self.signatures[place - period]:
            return False
        for old, new in zip(self.operands[place - period], self.operands[place], strict=True):
            old_place, new_place = self.place.get(old), self.place.get(new)
            if old is new:
                continue
            if new_place is None:
                if old_place is not None or self.users[new] != self.users[old]:
                    return False
            elif old_place is None or new_place - old_place != period:
                # The second block has of the first what that has of what comes before.
                is_second = start + period <= place < start + 2 * period
                if not (is_second and start <= new_place < start + period):
                    return False
                if old_place is not None and old_place >= start:
                    return False
        return True

    def _repeat(self, start: int, period: int, count: int) -> Repeat:
        blocks = []
        for i in range(count):
            block: dict[Group, None] = {}
            for place in range(start + i * period, start + (i + 1) * period):
                for slot, operand in enumerate(self.operands[place]):
                    if self._is_own(operand, start + (place - start) % period, slot, period):
                        block[operand] = None
                block[self.computed[place]] = None
            blocks.append(tuple(block))
        return Repeat(blocks[0], tuple(blocks[1:]))

    def _is_own(self, operand: Group, first: int, slot: int, period: int) -> bool:
        """Say whether a leaf is one of many: the first block and the second have one each there."""
        one, other = (self.operands[place][slot] for place in (first, first + period))
        are_leaves = one not in self.place and other not in self.place
        return are_leaves and one is not other and operand not in self.place


def _operands(group: Group, home: Mapping[Value, Group]) -> tuple[Group, ...]:
    found = dict.fromkeys(home[parent] for node in group.members for parent in node.parents)
    return tuple([operand for operand in found if operand is not group])


def _signature(group: Group) -> tuple[object, ...]:
    op = group.elements[0].primitive
    parameters = "" if op is None or op.chooses else repr(op.parameters)
    is_leaf = group.kind in ("leaf", "constant")
    return (group.kind if is_leaf else record_of(op)), parameters, group.shape
