"""Run programs of many kinds compiled, eager and by hand in NumPy, as a table.

    python benchmarks/kinds.py
    python benchmarks/kinds.py --only makemore attention

Each program is compiled for NumPy, and its loss and gradient are compared with those of the eager
engine and of NumPy by hand. ``lines`` are those of the program that autograd.compile wrote and of
the function written by hand, without comments, and without the functions that both call, such as
the cross entropy; ``compile`` is the first call, in eager passes over the same arguments; ``×`` is
a step divided by NumPy by hand, a median of turns.
"""

# ruff: noqa: E402 - NumPy reads how many threads it may have when it is loaded

from __future__ import annotations

import argparse
import inspect
import os
import statistics
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

for library in ("OMP", "OPENBLAS", "MKL"):
    os.environ[f"{library}_NUM_THREADS"] = "1"  # before NumPy is loaded: the arrays are small

from agreement import TOLERANCE, by_hand, compiled, disagreement, eager
from figures import Report
from programs import PROGRAMS, Program
from rich.console import Console
from rich.table import Table
from sequences import SEQUENCES

TURNS, SECONDS = 7, 0.02
KINDS = PROGRAMS | SEQUENCES


@dataclass(frozen=True)
class Figures:
    """What the table says of a program."""

    agrees: str  # empty if it does, else what doesn't
    lines: int = 0
    lines_by_hand: int = 0
    compiling: float = 0.0  # in eager passes
    ratio: float = 0.0  # to NumPy by hand


def main() -> int:
    """Print the table, and return 1 if a program computes something else."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", nargs="+", choices=KINDS, metavar="KIND", default=KINDS)
    parser.add_argument("--json", type=Path, help="write the table here")
    arguments = parser.parse_args()
    table = Table(title="Programs of many kinds, compiled for NumPy")
    for title in ("", "agrees", "lines", "by hand", "compile, eager passes", "× by hand"):
        table.add_column(title, justify="right" if title else "left")
    agree = True
    for kind in arguments.only:
        make, n = KINDS[kind]
        figures = measure(make(n))
        agree &= not figures.agrees
        table.add_row(
            kind,
            figures.agrees or "yes",
            f"{figures.lines}",
            f"{figures.lines_by_hand}",
            f"{figures.compiling:.2g}",
            f"{figures.ratio:.2f}",
        )
    report = Report(Console())
    report.show(table)
    report.write(arguments.json)
    return 0 if agree else 1


def measure(program: Program) -> Figures:
    """Compare and time a program."""
    begin = perf_counter()
    expected = eager(program)
    eager_seconds = perf_counter() - begin
    hand = by_hand(program)
    if not disagreement(hand(), expected) <= TOLERANCE:
        return Figures("no: by hand")
    try:
        step, seconds, result = compiled(program)
    except Exception as error:  # whatever it is, the other programs are still to be seen
        return Figures(f"no: {type(error).__name__}")
    if not (wrong := disagreement(result, expected)) <= TOLERANCE:
        return Figures(f"no: {wrong:.1g}")
    arrays = list(program.batch.values())
    ratios = []
    for _ in range(TURNS):
        ours, theirs = timed(lambda: step(*arrays)), timed(hand)
        ratios.append(ours / theirs)
    lines_by_hand = len(inspect.getsource(program.by_hand).splitlines())
    return Figures(
        "",
        code_lines(step.source),
        lines_by_hand,
        (seconds - timed(lambda: step(*arrays))) / eager_seconds,
        statistics.median(ratios),
    )


def timed(function: Callable[[], object]) -> float:
    """Return the seconds of one call, from as many as fit in a short while."""
    calls, begin = 0, perf_counter()
    while (passed := perf_counter() - begin) < SECONDS:
        function()
        calls += 1
    return passed / calls


def code_lines(source: str) -> int:
    """Return how many lines of the program of a module say something, and are no comments."""
    program = source.partition("\ndef loss_and_gradient(")[2].partition("\n\n\n")[0].splitlines()
    return sum(1 for line in program if line.strip() and not line.lstrip().startswith("#"))


if __name__ == "__main__":
    sys.exit(main())
