"""Arithmetic on floats as IEEE 754 has it: every operation returns a float, none raises.

Python's ``math`` raises where IEEE 754 has a result: ``1 / 0`` is inf, ``log(0)`` is -inf,
``log(-1)`` is nan, ``exp(1000)`` is inf. This module is the vocabulary ``m`` that the rules of
:mod:`autograd.ops` are read in when they work on floats; ``+``, ``-``, ``*`` and comparisons need
no function, for they never raise.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from math import inf, nan
from typing import NoReturn

abs = math.fabs
asinh = math.asinh
atan = math.atan
atan2 = math.atan2
cbrt = math.cbrt
copysign = math.copysign
erf = math.erf
erfc = math.erfc
hypot = math.hypot
tanh = math.tanh


def _growing(function: Callable[[float], float]) -> Callable[[float], float]:
    """Return the function with inf where it overflows."""

    def total(x: float) -> float:
        try:
            return function(x)
        except OverflowError:
            return inf

    return total


def _on_domain(function: Callable[[float], float]) -> Callable[[float], float]:
    """Return the function with nan outside its domain."""

    def total(x: float) -> float:
        try:
            return function(x)
        except ValueError:
            return nan

    return total


def _logarithm(function: Callable[[float], float], pole: float) -> Callable[[float], float]:
    """Return the function with -inf at its pole and nan below it."""

    def total(x: float) -> float:
        try:
            return function(x)
        except ValueError:
            return -inf if x == pole else nan

    return total


exp = _growing(math.exp)
exp2 = _growing(math.exp2)
expm1 = _growing(math.expm1)
cosh = _growing(math.cosh)
log = _logarithm(math.log, 0.0)
log2 = _logarithm(math.log2, 0.0)
log10 = _logarithm(math.log10, 0.0)
log1p = _logarithm(math.log1p, -1.0)
sqrt = _on_domain(math.sqrt)
sin = _on_domain(math.sin)
cos = _on_domain(math.cos)
tan = _on_domain(math.tan)
asin = _on_domain(math.asin)
acos = _on_domain(math.acos)
acosh = _on_domain(math.acosh)


def sinh(x: float) -> float:
    try:
        return math.sinh(x)
    except OverflowError:
        return copysign(inf, x)


def atanh(x: float) -> float:
    try:
        return math.atanh(x)
    except ValueError:
        return copysign(inf, x) if x in (-1.0, 1.0) else nan


def divide(a: float, b: float) -> float:
    try:
        return a / b
    except ZeroDivisionError:
        if a == 0.0 or a != a:
            return nan
        return copysign(inf, a) * copysign(1.0, b)


def power(base: float, exponent: float) -> float:
    try:
        return math.pow(base, exponent)
    except ValueError:  # a pole at zero, or a root of a negative number
        if base != 0.0:
            return nan
        return copysign(inf, base) if math.fmod(exponent, 2.0) in (-1.0, 1.0) else inf
    except OverflowError:
        return -inf if base < 0.0 and math.fmod(exponent, 2.0) != 0.0 else inf


def fmod(a: float, b: float) -> float:
    try:
        return math.fmod(a, b)
    except ValueError:
        return nan


def remainder(a: float, b: float) -> float:
    try:
        return math.remainder(a, b)
    except ValueError:
        return nan


def gamma(x: float) -> float:
    try:
        return math.gamma(x)
    except OverflowError:  # beyond 171, or next to the pole at zero
        return copysign(inf, x)
    except ValueError:  # at a pole
        return copysign(inf, x) if x == 0.0 else nan


def lgamma(x: float) -> float:
    try:
        return math.lgamma(x)
    except (OverflowError, ValueError):
        return inf


# Rounding keeps the sign of a zero, as IEEE 754 does and Python's integers can't.


def floor(x: float) -> float:
    return copysign(math.floor(x), x) if math.isfinite(x) else x


def ceil(x: float) -> float:
    return copysign(math.ceil(x), x) if math.isfinite(x) else x


def round(x: float) -> float:
    """Round half to even, as Python and NumPy do."""
    return copysign(x - math.remainder(x, 1.0), x) if math.isfinite(x) else x


def sign(x: float) -> float:
    return float((x > 0.0) - (x < 0.0)) if x == x else nan


def maximum(a: float, b: float) -> float:
    """Return the greater; 0.0 is above -0.0, and nan wins."""
    if a == b:
        return a if copysign(1.0, a) > 0.0 else b
    return a if a > b or a != a else b


def minimum(a: float, b: float) -> float:
    """Return the smaller; -0.0 is below 0.0, and nan wins."""
    if a == b:
        return a if copysign(1.0, a) < 0.0 else b
    return a if a < b or a != a else b


def equal(a: float, b: float) -> bool:
    return a == b


def where(condition: float, a: float, b: float) -> float:
    return a if condition else b


# B₂ₖ / (2k)!, k = 1 … 14: the coefficients of the asymptotic series below.
_BERNOULLI = (
    1 / 12,
    -1 / 720,
    1 / 30240,
    -1 / 1209600,
    1 / 47900160,
    -691 / 1307674368000,
    1 / 74724249600,
    -3617 / 10670622842880000,
    43867 / 5109094217170944000,
    -174611 / 802857662698291200000,
    77683 / 14101100039391805440000,
    -236364091 / 1693824136731743669452800000,
    657931 / 186134520519971831808000000,
    -3392780147 / 37893265687455865519472640000000,
)


def polygamma(order: int, x: float) -> float:
    """Return the polygamma function ψ⁽ⁿ⁾(x) = dⁿ⁺¹/dxⁿ⁺¹ log Γ(x), with n the order.

    Uses the reflection formula below zero, the recurrence up to where the asymptotic series
    converges, and that series (Abramowitz and Stegun, 6.4.6, 6.4.7 and 6.4.11).
    """
    if x != x or x == -inf:
        return nan
    if x == inf:
        return inf if order == 0 else 0.0
    if x <= 0.0 and x == math.floor(x):
        return inf if order % 2 else nan  # an odd order has the same sign on both sides of a pole
    if x < 0.0:
        reflected = polygamma(order, 1.0 - x)
        return (-reflected if order % 2 else reflected) - _cotangent_derivative(order, x)
    alternating = 1.0 if order % 2 else -1.0  # (-1)ⁿ⁺¹
    factorial = float(math.factorial(order))
    total = 0.0
    while x < 20.0 + order:
        total += alternating * factorial * power(x, -(order + 1.0))
        x += 1.0
    if order == 0:
        series = -(math.log(x) - 0.5 / x)
    else:
        series = math.factorial(order - 1) * power(x, -order) + 0.5 * factorial * power(
            x, -(order + 1.0)
        )
    for k, coefficient in enumerate(_BERNOULLI, start=1):
        series += coefficient * math.factorial(2 * k + order - 1) * power(x, -(2.0 * k + order))
    return total + alternating * series


def _cotangent_derivative(order: int, x: float) -> float:
    """Return dⁿ/dxⁿ π cot(πx), as a polynomial in cot(πx): cot' = -(1 + cot²)."""
    coefficients = [0.0, 1.0]
    for _ in range(order):
        derivative = [k * c for k, c in enumerate(coefficients)][1:]
        coefficients = [0.0] * (len(derivative) + 2)
        for k, c in enumerate(derivative):
            coefficients[k] -= c
            coefficients[k + 2] -= c
    from_nearest_integer = math.pi * math.remainder(x, 1.0)
    cotangent = divide(math.cos(from_nearest_integer), math.sin(from_nearest_integer))
    value = 0.0
    for coefficient in reversed(coefficients):
        value = value * cotangent + coefficient
    return value * math.pi ** (order + 1)


def __getattr__(name: str) -> NoReturn:
    from autograd.errors import did_you_mean

    known = [word for word, each in globals().items() if callable(each) and word.islower()]
    words = [word for word in known if not word.startswith("_")]
    raise AttributeError(f"rules have no m.{name}{did_you_mean(name, words)}")
