"""Requirements: what a number that a loss is given must be, else there is an error."""

from __future__ import annotations

import math
from numbers import Real
from typing import Any, NamedTuple

from autograd.gates import blocks_here, watching_numbers
from autograd.value import Value


class Requirement(NamedTuple):
    """Say which numbers are allowed, and what is wrong with any other.

    ``hints`` are for some of the numbers that are not allowed.
    """

    what: str
    allowed: str
    error: type[Exception]
    low: float = -math.inf
    high: float = math.inf
    among: tuple[float, ...] = ()
    hints: tuple[tuple[float, str], ...] = ()

    def holds(self, number: Any) -> Any:
        """Say whether a number is allowed; for an array, which of its numbers are."""
        if not self.among:
            return (self.low <= number) & (number <= self.high)
        first, *others = [number == each for each in self.among]
        for other in others:
            first = first | other
        return first

    def broken_by(self, given: Any, place: str = "") -> Exception:
        """Return the error for what was given, at a place."""
        number = given._data if isinstance(given, Value) else given
        hint = next((f"; {text}" for each, text in self.hints if each == number), "")
        return self.error(f"{self.what} must be {self.allowed}, not {given!r}{place}{hint}")


def require(given: Any, requirement: Requirement) -> None:
    """Raise the error of a requirement unless a Value or a number meets it.

    While a loss is recorded, what depends on the example is looked at in each row, when it runs.
    """
    number = given._data if isinstance(given, Value) else given
    if isinstance(given, Value) and watching_numbers:
        told = [block.required(given, requirement) for block in blocks_here()]
        if any(told):
            return
    if not (isinstance(number, Real) and requirement.holds(number)):
        raise requirement.broken_by(given)
