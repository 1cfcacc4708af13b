"""Measuring and predicting: many examples at once where a program does it, else one by one."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import autograd
from autograd.compiler.outputs import batched
from autograd.gates import blocks_here
from nn.engines.base import CannotCompileError, Examples, Task, Totals, numbers_of
from nn.engines.programs import Rows, array_of, compiled, in_parts, is_close


def measured(task: Task, examples: Examples) -> Totals | None:
    """Return what examples come to, computed many at once; None if that can't be.

    It can't where the model chooses by the numbers in Values or has a state of its own, or a block
    around it watches every operation; nor where a loss is inf or nan, for one by one it is found
    which.
    """
    if _is_watched():
        return None
    compile = partial(autograd.compile, gradient=False)
    try:
        program, [data] = compiled(task, [examples], compile)
        if not _is_still_so(task, program, data, examples):
            return None
        totals = Totals()
        for chosen in in_parts(len(examples)):
            total, correct = _summed(task, program, data.rows(chosen))
            totals.add(len(chosen), total, correct)
    except Exception:  # also what the model raises, which it will again
        return None
    return totals if math.isfinite(totals.loss_sum) else None


def _summed(task: Task, program: Callable[..., Any], batch: Rows) -> tuple[float, int | None]:
    """Return the sum of the losses of a batch, and how many answers are right."""
    found = program(*batch.arrays)
    if task.loss is None:
        return 0.0, batch.n_correct(found)
    error, outputs = found if task.classifies else (found, None)
    return float(error.sum()), None if outputs is None else batch.n_correct(outputs)


def _is_still_so(task: Task, program: Callable[..., Any], data: Rows, examples: Examples) -> bool:
    """Say whether an example comes to the same as by the model itself, given plain numbers."""
    [example], total = [examples[-1]], Totals()
    task.measure([example], total)
    found, correct = _summed(task, program, data.rows([len(examples) - 1]))
    return is_close(found, total.loss_sum) and correct == total.correct


def predicted(model: Callable[[Any], Any], rows: Sequence[Any]) -> list[Any] | None:
    """Return the outputs for many examples, computed many at once; None if that can't be."""
    if _is_watched():
        return None
    try:
        array = array_of("inputs", rows).astype(float)
    except CannotCompileError:  # no numbers, or rows of several lengths
        return None

    def one_by_one(some: Any) -> list[Any]:
        with autograd.pause_gc(), autograd.no_grad():
            return [numbers_of(model(row)) for row in some.tolist()]

    outputs = batched(model, array, one_by_one)
    found: list[Any] | None = None if outputs is None else outputs(array).tolist()
    return found


def _is_watched() -> bool:
    return any(block.gates for block in blocks_here())
