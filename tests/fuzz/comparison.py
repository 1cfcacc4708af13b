"""Whether a compiled step computes what the loss of a program does.

What agrees is for :mod:`autograd.compiler.agreement` to say, as in the proof of a step. Each
program is run for its batch, and with other parameters and one row more, so that no number of the
first run passes for a constant.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

import autograd
from autograd import Value
from autograd.compiler.agreement import Numbers, OfBatch, disagreement, numbers_of
from autograd.compiler.results import Returns
from tests.fuzz.programs import Program, values_of


class Options(NamedTuple):
    """How programs are compiled."""

    backend: str = "numpy"
    dtype: str = "float64"
    check: bool = False  # a proof would hide what is wrong behind an error


class Fault(NamedTuple):
    """What is wrong with a program: its kind, and in numbers."""

    kind: str
    text: str


DEFAULTS = Options()


def fault(program: Program, options: Options = DEFAULTS) -> Fault | None:
    """Return what a compiled step does with a program that the loss itself doesn't."""
    made = program.made()
    arrays = [made[name] for name in program.batch]
    wrt = program.wrt or None
    try:
        step = autograd.compile(
            made["loss"], batch=tuple(program.batch), wrt=wrt, **options._asdict()
        )
        found = _fault_of_run(program, step, made, arrays, options)
        if found is None:
            for leaf in step.leaves:
                leaf.data *= 1.0625
            step.load()
            longer = [np.concatenate([array[::-1], array[:1]]) for array in arrays]
            found = _fault_of_run(program, step, made, longer, options)
    except Exception as error:
        return Fault(type(error).__name__, f"{type(error).__name__}: {error}")
    if found is not None and is_ill_conditioned(program, options.dtype):
        return None
    return found


def _fault_of_run(
    program: Program, step: Any, made: dict[str, Any], arrays: Sequence[Any], options: Options
) -> Fault | None:
    value, gradient, *further = step(*arrays)
    leaves = [] if program.wrt else [*step.leaves]
    unreached = [] if program.wrt else [leaf for leaf in _leaves(made) if leaf not in {*leaves}]
    expected = eager(program, made["loss"], arrays, [*leaves, *unreached])
    slopes = [0.0] * len(unreached)
    slopes[:0] = [number for name in gradient for number in np.ravel(gradient[name]).tolist()]
    outputs = [number for array in (further or [()])[0] for number in np.ravel(array).tolist()]
    found = disagreement(float(value), slopes, expected, options.dtype, outputs)
    if found is None:
        return None
    place, computed, right = found
    what = "the value" if place is None else f"number {place} of gradients and outputs"
    return Fault("disagreement", f"{what} is {computed!r} and should be {right!r}")


def eager(
    program: Program,
    loss: Callable[..., Any],
    arrays: Sequence[Any],
    leaves: Sequence[Value],
) -> Numbers:
    """Return what a step should, as the eager engine has it."""
    found = []
    sizes: list[int] = []
    for row in zip(*arrays, strict=True) if arrays else [()]:
        arguments = dict(zip(program.batch, map(values_of, row), strict=True))
        returned = loss(*arguments.values())
        value, outputs = returned if program.outputs else (returned, ())
        inputs = [_leaves(arguments[name]) for name in arguments if name in program.wrt]
        further = [_leaves(output) for output in outputs]
        sizes = [len(each) for each in [*inputs, *further]]
        wanted = [*leaves, *[leaf for each in inputs for leaf in each]]
        found.append(numbers_of(value, wanted, [node for each in further for node in each]))
    of_batch = OfBatch(Returns(True, (), tuple(program.wrt), len(sizes)), sizes)
    for each in found:
        of_batch.add(each)
    return of_batch.numbers()


def _leaves(made: Any) -> list[Value]:
    """Return the Values in lists, or among all that a program defines."""
    if isinstance(made, (list, dict)):
        parts = made.values() if isinstance(made, dict) else made
        return [leaf for each in parts for leaf in _leaves(each)]
    return [made] if isinstance(made, Value) else []


def is_ill_conditioned(program: Program, dtype: str = "float64") -> bool:
    """Say whether the last bits of its numbers decide what the loss itself gives.

    As where a sum that is a whole number is rounded down. Equal numbers stay equal, and 0 is 0, so
    a kink that the loss is at is not ill-conditioned.
    """
    epsilon = float(np.finfo(dtype).eps)
    moved = []
    for sign in (0.0, 1.0, -1.0):
        made = program.made()
        leaves = _leaves(made)
        for leaf in leaves:
            leaf.data = _moved(leaf.data, sign * epsilon)
        arrays = [
            array
            if array.dtype.kind == "i"
            else np.vectorize(lambda x, sign=sign: _moved(x, sign * epsilon))(array)
            for array in [made[name] for name in program.batch]
        ]
        moved.append(eager(program, made["loss"], arrays, leaves))
    exact, *others = moved
    return any(
        disagreement(other.value, other.gradient, exact, dtype, other.outputs) for other in others
    )


def _moved(number: float, by: float) -> float:
    """Return a number with other last bits; which, depends on the number."""
    return number * (1.0 + by * (1.0 + math.sin(1e3 * number)))
