"""Checks: what a loss requires of its numbers, looked into for every row of every batch.

An eager loss looks at its targets and raises an error. A recorded one would look at one example, so
it notes what is required instead. What stands in the batch is looked at before a program runs; what
is computed from it is a further output of the program, and looked at when it has run.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import accumulate
from math import prod
from typing import Any, NamedTuple

import numpy as np

from autograd.compiler.errors import in_row
from autograd.requirements import Requirement
from autograd.value import Value

COMPUTED = -1


class Check(NamedTuple):
    """A requirement of one number of each example: of an argument, else of a further output."""

    requirement: Requirement
    label: str
    argument: int  # or COMPUTED
    element: int

    def made(self, array: Any) -> None:
        """Look at the number in each row of an array.

        Raises:
            Exception: that of the requirement, for the first row that doesn't meet it.
        """
        numbers = np.asarray(array)
        if numbers.ndim > 1:
            numbers = numbers.reshape(len(numbers), -1)[:, self.element]
        are_met = self.requirement.holds(numbers)
        if np.count_nonzero(are_met) < len(numbers):  # the quickest look, as this is every call
            row = int(np.flatnonzero(~are_met)[0])
            number = numbers[row].item()
            raise self.requirement.broken_by(number, f" ({self.label}{in_row(row)})")


def checks_of(
    required: Sequence[tuple[Value, Requirement]],
    inputs: Sequence[Value],
    shapes: Sequence[tuple[str, tuple[int, ...]]],
) -> tuple[tuple[Check, ...], list[Value]]:
    """Return the checks of a loss, and the Values that a program has to compute for them.

    Args:
        required: Values, and what is required of them.
        inputs: the elements of the arguments of one example.
        shapes: of the arguments, by name.
    """
    ends = [*accumulate([prod(shape) for _, shape in shapes])]
    places = {
        inputs[position]: (argument, position - end + prod(shapes[argument][1]))
        for argument, end in enumerate(ends)
        for position in range(end - prod(shapes[argument][1]), end)
    }
    checks, computed = [], list[Value]()
    for value, requirement in dict.fromkeys(required):
        argument, element = places.get(value, (COMPUTED, 0))
        if argument == COMPUTED:
            computed.append(value)
        label = f"{value.label} " if value.label else ""
        checks.append(Check(requirement, label, argument, element))
    return tuple(checks), computed


def check_inputs(
    checks: Sequence[Check], arrays: Sequence[Any], as_numpy: Callable[[Any], Any] = np.asarray
) -> None:
    """Make the checks of what is in the arguments."""
    for check in checks:
        if check.argument != COMPUTED:
            check.made(as_numpy(arrays[check.argument]))


def without_checked(
    checks: Sequence[Check], outputs: list[Any], as_numpy: Callable[[Any], Any] = np.asarray
) -> list[Any]:
    """Make the checks of what was computed, and return the outputs that were asked for."""
    computed = [check for check in checks if check.argument == COMPUTED]
    n = len(outputs) - len(computed)
    for check, output in zip(computed, outputs[n:], strict=True):
        check.made(np.atleast_1d(as_numpy(output)))
    return outputs[:n]
