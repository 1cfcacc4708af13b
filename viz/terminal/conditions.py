"""Comparisons about a step of the backward pass: ``abs(contribution) > 0.1``, never run as code."""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable
from itertools import pairwise

from autograd import LabelError, Step
from autograd.errors import did_you_mean
from autograd.reading import evaluate

FIELDS: dict[str, Callable[[Step], float]] = {
    "upstream": lambda step: step.upstream,
    "local": lambda step: step.local_derivative,
    "contribution": lambda step: step.contribution,
    "before": lambda step: step.before,
    "after": lambda step: step.after,
}
_COMPARE: dict[str, Callable[[float, float], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    "≤": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "≥": operator.ge,
    "==": operator.eq,
    "=": operator.eq,
    "!=": operator.ne,
    "≠": operator.ne,
}
_COMPARISON = re.compile("([<>=!]=|[<>=≤≥≠])")


def is_comparison(text: str) -> bool:
    """Return whether the text compares something.

    >>> is_comparison("after > 1"), is_comparison("w212")
    (True, False)
    """
    return bool(_COMPARISON.search(text))


def comparison(text: str) -> Callable[[Step], bool]:
    """Return the condition that a comparison of formulas is, as in ``0 < abs(after) < 1``.

    The formulas are those of :mod:`autograd.reading`, and the names in them are ``upstream``,
    ``local``, ``contribution``, ``before`` and ``after``.

    Raises:
        FormulaError: if a formula can't be read, or has another name.

    >>> from autograd import Value, steps
    >>> x = Value(3.0)
    >>> [comparison("after > 1 + 2")(step) for step in steps(x * x)]
    [False, True]
    """
    pieces = _COMPARISON.split(text)
    formulas, compare = pieces[::2], [_COMPARE[sign] for sign in pieces[1::2]]

    def condition(step: Step) -> bool:
        return holds(lambda name: FIELDS[name](step))

    def holds(lookup: Callable[[str], float]) -> bool:
        numbers = [evaluate(formula, lookup) for formula in formulas]
        return all(
            compares(left, right)
            for compares, (left, right) in zip(compare, pairwise(numbers), strict=True)
        )

    holds(_any_number)  # so that mistakes show before the first step
    return condition


def _any_number(name: str) -> float:
    if name not in FIELDS:
        raise LabelError(f"a step has no {name!r}{did_you_mean(name, FIELDS)}")
    return math.nan
