"""The loss and gradients of a program by three ways, and how far two of them lie apart."""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter
from typing import Any

import numpy as np
from programs import Program, leaves, numbers, values

import autograd

TOLERANCE = 1e-8  # relative to the largest number of an array

Result = tuple[float, list[Any]]


def eager(program: Program) -> Result:
    """Return the mean loss over the batch, and the gradients, of the eager engine."""
    for leaf in leaves(program.parameters):
        leaf.grad = 0.0
    examples: list[tuple[Any, ...]] = [()]
    if program.batch:
        examples = [
            tuple([example(array[i]) for array in program.batch.values()])
            for i in range(len(next(iter(program.batch.values()))))
        ]
    total = 0.0
    with autograd.pause_gc():
        for arguments in examples:
            loss = program.loss(*arguments) / len(examples)
            loss.backward()
            total += loss.data
    return total, [numbers(parameter, "grad") for parameter in program.parameters]


def example(row: Any) -> Any:
    """Return a row of an array as a loss gets it: a class as it is, numbers as Values."""
    return int(row) if row.dtype.kind == "i" else values(row, "x")


def by_hand(program: Program) -> Callable[[], Result]:
    """Return the function written by hand, with its arguments."""
    arguments = [*map(numbers, program.parameters), *program.batch.values()]
    return lambda: program.by_hand(*arguments)  # type: ignore[return-value]


def compiled(program: Program) -> tuple[autograd.CompiledLoss, float, Result]:
    """Return the step, the seconds of its first call and what it returned."""
    for leaf in leaves(program.parameters):
        leaf.grad = 0.0
    step = autograd.compile(program.loss, batch=tuple(program.batch))
    begin = perf_counter()
    value, gradient = step(*program.batch.values())
    seconds = perf_counter() - begin
    step.store(gradient)
    return step, seconds, (value, [numbers(each, "grad") for each in program.parameters])


def disagreement(actual: Result, expected: Result) -> float:
    """Return the largest difference, relative to the largest number of its array.

    nan and inf must be equal, so where one is not, this is inf.
    """
    pairs = zip([actual[0], *actual[1]], [expected[0], *expected[1]], strict=True)
    worst = 0.0
    for a, b in pairs:
        a, b = np.asarray(a, float), np.asarray(b, float)
        if a.shape != b.shape or not np.array_equal(np.isfinite(a), np.isfinite(b)):
            return float("inf")
        scale = max(1e-3, float(abs(b).max()))
        worst = max(worst, float(abs(a - b).max()) / scale)
    return worst
