"""Vectors and matrices that a person answers: how they are read, and compared entry by entry."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from autograd.derivations.answers import FLOAT_ERROR, Given, read_number
from autograd.errors import OperandError, ShapeError
from autograd.value import Value

SHOWN_ENTRIES = 5


def read_rows(name: str, answer: Any, flat_is_row: bool = False) -> list[list[Given]]:
    """Read numbers in lists or a NumPy array; a flat list is a column, or else a row.

    Raises:
        ShapeError: if the rows are not all of one length, or empty.
        OperandError: if an entry is no number.
    """
    nested = answer.tolist() if hasattr(answer, "tolist") else answer
    nested = nested if isinstance(nested, (list, tuple)) else [nested]
    if flat_is_row and not any(isinstance(row, (list, tuple)) for row in nested):
        nested = [nested]
    rows = [row if isinstance(row, (list, tuple)) else [row] for row in nested]
    if len({len(row) for row in rows}) != 1 or not rows[0]:
        raise ShapeError(f"{name} must be rows of numbers, all of one length, not {answer!r}")
    return [[_read_entry(name, entry) for entry in row] for row in rows]


def _read_entry(name: str, entry: Any) -> Given:
    given = Given(entry.data) if isinstance(entry, Value) else read_number(entry)
    if given is None:
        raise OperandError(f"{name} must be rows of numbers, or a formula; {entry!r} is neither")
    return given


def noise_among(numbers: Iterable[float]) -> float:
    """Return how far off floats may be that were computed together, from the largest of them."""
    return FLOAT_ERROR * max(map(abs, filter(math.isfinite, numbers)), default=0.0)


def is_right(
    given: Given,
    right: float,
    noise: float,
    node: Value | None,
    rounding: Callable[[Value, int], float],
) -> bool:
    """Whether an entry is right, or as far off as rounding on the way to its node explains."""
    if given.is_close(right, noise):
        return True
    if node is None or not given.is_close(right, noise, by_hand=True):
        return False
    return abs(given.number - right) <= given.half_unit + rounding(node, given.digits)


def agree(given: Iterable[Given], numbers: Sequence[float], noise: float, by_hand: bool) -> bool:
    """Whether as many entries are these numbers, within their digits or, if allowed, by hand."""
    return all(
        each.is_close(number, noise, by_hand=by_hand)
        for each, number in zip(given, numbers, strict=True)
    )


def first_of(lines: Sequence[str]) -> list[str]:
    """Return the first lines about entries, and how many more there are."""
    more = len(lines) - SHOWN_ENTRIES
    return [*lines[:SHOWN_ENTRIES], *([f"… and {more} more entries"] if more > 0 else [])]
