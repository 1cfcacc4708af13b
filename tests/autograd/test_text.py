"""How numbers are shown: with as many digits everywhere."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd
from autograd import Value
from autograd.text import short_number, told_apart


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        (0.0, "0"),
        (-0.0, "0"),
        (2.0, "2"),
        (-0.13037749, "-0.1304"),
        (1e-12, "1e-12"),
        (123456.0, "1.235e+05"),
        (float("inf"), "inf"),
        (float("-inf"), "-inf"),
        (float("nan"), "nan"),
    ],
)
def test_numbers_are_short(number: float, shown: str) -> None:
    assert short_number(number) == shown


@given(st.floats(allow_nan=False), st.floats(allow_nan=False))
def test_numbers_that_are_compared_are_told_apart(number: float, other: float) -> None:
    first, second = told_apart(number, other)
    assert math.isclose(float(first), number, rel_tol=1e-3) or not 1e-300 < abs(number) < 1e308
    if number != other:
        assert first != second
    if short_number(number) != short_number(other):
        assert len(first) <= len(f"{number:.4g}")
    assert told_apart(number, number) == (short_number(number),) * 2


def test_one_number_is_spelled_alike_wherever_it_is_shown() -> None:
    """In steps, paths, sums, formulas and verdicts."""
    x, w = Value(1.0, label="x"), Value(0.98765432, label="w")
    y = x * w
    y.label = "y"
    y.backward()
    step = next(step for step in autograd.steps(y) if step.parent is x)
    explained = autograd.explanation(y, x, formulas=True)
    for text in (
        step.numbers,
        *filter(None, str(explained).splitlines()),
        explained.latex(),
        explained._repr_html_(),
        explained._repr_markdown_(),
        autograd.local_derivative_formula(y, 0, numbers=True),
        str(autograd.check_derivation(y, {x: 3.0})),
    ):
        assert "0.9877" in text
        assert "0.988" not in text
        assert "0.98765" not in text
