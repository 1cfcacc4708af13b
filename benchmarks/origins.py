"""Measure what ``record_origins()`` adds to the time in which graphs are built.

Prints, for each workload, the median time of the forward pass without and with origins, taken in
turns, and what origins add.
"""

from __future__ import annotations

import statistics
from contextlib import nullcontext
from time import perf_counter

from engines import ENGINES
from workloads import WORKLOADS

import autograd

ROUNDS = 25


def main() -> None:
    """Print the table."""
    print(f"{'':4} {'off, ms':>9} {'on, ms':>9} {'added':>7}")
    engine = ENGINES["chainrule"].load()
    for name, size in (("W1", 10_000), ("W2", 0), ("W3", 0), ("W4", 0)):
        problem = WORKLOADS[name](engine, size)
        off: list[float] = []
        on: list[float] = []
        with autograd.pause_gc():
            for _ in range(ROUNDS):
                for times, context in ((off, nullcontext()), (on, autograd.record_origins())):
                    with context:
                        begin = perf_counter()
                        problem.forward()
                        times.append(perf_counter() - begin)
        without, recorded = statistics.median(off) * 1e3, statistics.median(on) * 1e3
        print(f"{name:4} {without:9.2f} {recorded:9.2f} {recorded / without - 1:7.0%}")


if __name__ == "__main__":
    main()
