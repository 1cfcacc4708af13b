"""Arithmetic on floats: IEEE 754 and never an exception, against NumPy."""

from __future__ import annotations

import itertools
import math

import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd import arithmetic
from tests.autograd.strategies import SPECIAL, same

EVERY = (*SPECIAL, 0.5, -0.5, 1.5, 2.0, -2.0, 3.0, -3.0, 710.0, -746.0, 1e16, 2.0**53 - 1)
floats = st.floats()

UNARY = {
    "abs": np.fabs, "sign": np.sign, "sqrt": np.sqrt, "floor": np.floor, "ceil": np.ceil,
    "round": np.rint,
}  # fmt: skip
BINARY = {"divide": np.divide, "maximum": np.maximum, "minimum": np.minimum,
          "copysign": np.copysign, "fmod": np.fmod}  # fmt: skip
CLOSE = {"exp": np.exp, "exp2": np.exp2, "expm1": np.expm1, "log": np.log, "log1p": np.log1p,
         "log2": np.log2, "log10": np.log10, "sinh": np.sinh, "cosh": np.cosh, "tanh": np.tanh,
         "asin": np.arcsin, "acos": np.arccos, "atan": np.arctan, "asinh": np.arcsinh,
         "acosh": np.arccosh, "atanh": np.arctanh, "cbrt": np.cbrt}  # fmt: skip


@pytest.mark.parametrize("name", UNARY)
@given(x=floats)
def test_unary_functions_equal_numpy_to_the_bit(name: str, x: float) -> None:
    for number in (x, *EVERY):
        with np.errstate(all="ignore"):
            expected = float(UNARY[name](np.float64(number)))
        found = getattr(arithmetic, name)(number)
        assert type(found) is float
        assert same(found, expected), number


@pytest.mark.parametrize("name", BINARY)
@given(a=floats, b=floats)
def test_binary_functions_equal_numpy_to_the_bit(name: str, a: float, b: float) -> None:
    for x, y in ((a, b), (b, a), (a, a)):
        check_binary(name, x, y)


@pytest.mark.parametrize("name", BINARY)
def test_binary_functions_at_special_numbers(name: str) -> None:
    for a, b in itertools.product(EVERY, repeat=2):
        check_binary(name, a, b)


def check_binary(name: str, a: float, b: float) -> None:
    with np.errstate(all="ignore"):
        expected = float(BINARY[name](np.float64(a), np.float64(b)))
    found = getattr(arithmetic, name)(a, b)
    if name in ("maximum", "minimum") and a == b:  # NumPy takes either zero
        assert found == expected
    else:
        assert same(found, expected), (a, b)


@pytest.mark.parametrize("name", CLOSE)
def test_functions_are_nan_and_infinite_where_those_of_numpy_are(name: str) -> None:
    for x in EVERY:
        with np.errstate(all="ignore"):
            expected = float(CLOSE[name](np.float64(x)))
        found = getattr(arithmetic, name)(x)
        if math.isfinite(expected) and expected:
            assert found == pytest.approx(expected, rel=1e-14, abs=0)
        else:
            assert same(found, expected), x


def test_power_equals_numpy_at_special_numbers() -> None:
    for base, exponent in itertools.product(EVERY, repeat=2):
        if exponent == 0.5 and base <= 0:  # NumPy computes a square root: nan for -inf
            continue
        with np.errstate(all="ignore"):
            expected = float(np.power(np.float64(base), np.float64(exponent)))
        found = arithmetic.power(base, exponent)
        if math.isfinite(expected) and expected:
            assert found == pytest.approx(expected, rel=1e-14, abs=0)
        else:
            assert same(found, expected), (base, exponent)


@given(floats, floats)
def test_power_never_raises(base: float, exponent: float) -> None:
    assert type(arithmetic.power(base, exponent)) is float


@pytest.mark.parametrize(
    ("a", "b", "greater", "smaller"),
    [(0.0, -0.0, 0.0, -0.0), (-0.0, 0.0, 0.0, -0.0), (-0.0, -0.0, -0.0, -0.0),
     (1.0, math.nan, math.nan, math.nan), (math.nan, 1.0, math.nan, math.nan),
     (2.0, 1.0, 2.0, 1.0), (-math.inf, math.inf, math.inf, -math.inf)],
)  # fmt: skip
def test_the_greater_and_the_smaller(a: float, b: float, greater: float, smaller: float) -> None:
    assert same(arithmetic.maximum(a, b), greater)
    assert same(arithmetic.minimum(a, b), smaller)


@pytest.mark.parametrize("order", range(6))
@given(x=st.floats(-30, 1e6))
def test_polygamma(order: int, x: float) -> None:
    """To 1e-12, and next to a zero or a pole up to the condition there."""
    if abs(x - round(x)) < 1e-3 and x < 0.5:
        x = abs(x) + 0.25
    with mpmath.workdps(40):
        exact = mpmath.psi(order, mpmath.mpf(x))
        condition = abs(x * mpmath.psi(order + 1, mpmath.mpf(x)))
    error = abs(arithmetic.polygamma(order, x) - exact)
    assert error <= 1e-12 * abs(exact) + 2**-48 * condition


@pytest.mark.parametrize(
    ("order", "x", "expected"),
    [(0, math.inf, math.inf), (1, math.inf, 0.0), (0, -math.inf, math.nan), (0, 0.0, math.nan),
     (1, -3.0, math.inf), (2, -3.0, math.nan), (1, math.nan, math.nan), (1, 1e300, 1e-300),
     (0, 1e300, 690.7755278982137), (1, 1e-200, math.inf), (0, -0.5, 0.03648997397857652)],
)  # fmt: skip
def test_polygamma_at_special_numbers(order: int, x: float, expected: float) -> None:
    found = arithmetic.polygamma(order, x)
    assert (
        math.isnan(found)
        if math.isnan(expected)
        else found == pytest.approx(expected, rel=1e-13, abs=0)
    )
