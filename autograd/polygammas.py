"""The derivatives of log Γ, of every order: what Python's ``math`` lacks for those of gamma."""

from __future__ import annotations

import math
from math import inf, nan

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
        total += alternating * factorial * _power(x, -(order + 1.0))
        x += 1.0
    if order == 0:
        series = -(math.log(x) - 0.5 / x)
    else:
        series = math.factorial(order - 1) * _power(x, -order) + 0.5 * factorial * _power(
            x, -(order + 1.0)
        )
    for k, coefficient in enumerate(_BERNOULLI, start=1):
        series += coefficient * math.factorial(2 * k + order - 1) * _power(x, -(2.0 * k + order))
    return total + alternating * series


def _power(x: float, exponent: float) -> float:
    """Return a power of a number above 0."""
    try:
        return math.pow(x, exponent)
    except OverflowError:
        return inf


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
    cotangent = math.cos(from_nearest_integer) / math.sin(from_nearest_integer)
    value = 0.0
    for coefficient in reversed(coefficients):
        value = value * cotangent + coefficient
    return value * math.pi ** (order + 1)
