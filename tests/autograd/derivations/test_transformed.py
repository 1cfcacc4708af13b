"""Right formulas are right however they are written, and wrong ones are not."""

from __future__ import annotations

import math
import random

import pytest

import autograd as ag
from autograd import Value, check_derivation
from tests.autograd.derivations.transformed import answers


@pytest.mark.parametrize("seed", range(8))
def test_what_algebra_makes_of_a_right_formula_is_right(seed: int) -> None:
    draws = random.Random(seed)
    for _ in range(6):
        for made in answers(draws, wrong=False):
            assert math.isclose(made.number, made.gradient, rel_tol=1e-5, abs_tol=1e-12), made
            check = check_derivation(made.loss, {made.name: made.text})
            assert check, f"{check}"


@pytest.mark.parametrize("seed", range(8))
def test_a_formula_with_another_local_derivative_is_wrong_however_it_is_written(seed: int) -> None:
    draws, told_apart = random.Random(seed), 0
    for _ in range(8):
        for made in answers(draws, wrong=True):
            if not math.isclose(made.number, made.gradient, rel_tol=1e-5, abs_tol=1e-7):
                check = check_derivation(made.loss, {made.name: made.text})
                assert not check, f"{check}"
                told_apart += 1
    assert told_apart


@pytest.mark.parametrize("x", [1.7, 12.0, 15.3])
@pytest.mark.parametrize(
    "formula", ["1 - tanh²(a)", "sech²(a)", "1/cosh(a)^2", "4e^(-2a)/(1 + e^(-2a))^2", "1 - h·h"]
)
def test_formulas_are_as_exact_as_floats_are_where_a_function_is_flat(
    x: float, formula: str
) -> None:
    a = Value(x, label="a")
    h = ag.tanh(a)
    h.label = "h"
    assert check_derivation(h, {"a": formula})
    loss = 3 * h + 1
    assert check_derivation(loss, {"a": f"3({formula})"})
    assert not check_derivation(loss, {"a": f"2({formula})"})
