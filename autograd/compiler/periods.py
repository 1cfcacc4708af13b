"""Where the nodes of a graph, in their order, repeat with a period."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from autograd.compiler.scalars import Graph

# So many rounds must come in one order to be found.
FEWEST_IN_ORDER = 8

# So long are the runs of nodes that are looked for again, to find a period.
_LENGTHS = (1, 8, 64)
_CANDIDATES = 8  # periods that are tried, of each length


class Region(NamedTuple):
    """Where nodes repeat: in the order of computed nodes, from the first to before the last."""

    first: int
    last: int
    period: int

    @property
    def n_rounds(self) -> int:
        return (self.last - self.first) // self.period


def _signatures(graph: Graph, order: Sequence[int]) -> Any:
    """Return for each computed node a number, the same for nodes that may be of two rounds."""
    numbers: dict[object, int] = {}
    found = []
    for node in order:
        op = graph.ops[node]
        assert op is not None
        # What is chosen, such as the class that a loss is of, may be another in each round.
        parameters = "" if op.chooses or not op.parameters else repr(op.parameters)
        key = op.record, parameters, len(graph.operands[node])
        found.append(numbers.setdefault(key, len(numbers)))
    return np.array(found)


def longest_region(graph: Graph, order: Sequence[int]) -> Region | None:
    """Return the longest run of nodes that repeat, with their shortest period."""
    signatures, found = _signatures(graph, order), None
    for period in sorted(_periods(signatures)):
        ends = np.flatnonzero(signatures[:-period] != signatures[period:])
        bounds = np.concatenate([[-1], ends, [len(signatures) - period]])
        longest = int(np.argmax(np.diff(bounds)))
        region = Region(int(bounds[longest]) + 1, int(bounds[longest + 1]) + period, period)
        longer = found is None or region.last - region.first > found.last - found.first
        if region.n_rounds >= FEWEST_IN_ORDER and longer:
            found = region
    return found


def _periods(signatures: Any) -> set[int]:
    """Return the distances at which runs of nodes come again that add up to most nodes."""
    found: set[int] = set()
    for length in _LENGTHS:
        n = len(signatures) - length + 1
        if n < FEWEST_IN_ORDER:
            break
        runs, factor = np.zeros(n, np.uint64), 1
        for shift in range(length):
            runs += signatures[shift : shift + n].astype(np.uint64) * np.uint64(factor)
            factor = factor * 0x9E3779B97F4A7C15 % 2**64
        places = np.argsort(runs, kind="stable")
        again = runs[places[1:]] == runs[places[:-1]]
        nodes = np.bincount(np.diff(places)[again])
        nodes = nodes * np.arange(len(nodes))
        found |= {int(p) for p in np.argsort(nodes)[-_CANDIDATES:] if nodes[p]}
    return found
