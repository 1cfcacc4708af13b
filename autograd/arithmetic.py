"""Arithmetic on floats as IEEE 754 has it: every operation returns a float, none raises.

Python's ``math`` raises where IEEE 754 has a result: ``1 / 0`` is inf, ``log(0)`` is -inf,
``log(-1)`` is nan, ``exp(1000)`` is inf. This module is the vocabulary ``m`` that the rules of
:mod:`autograd.ops` are read in when they work on floats; ``+``, ``-``, ``*`` and comparisons need
no function, for they never raise.
"""

from __future__ import annotations

import math
from math import inf, nan

from autograd.polygammas import polygamma as polygamma

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
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


def _total(function: Callable[[float], float], pole: float = nan) -> Callable[[float], float]:
    """Return the function with inf where it overflows, -inf at its pole, nan off its domain."""

    def total(x: float) -> float:
        try:
            return function(x)
        except OverflowError:
            return inf
        except ValueError:
            return -inf if x == pole else nan

    return total


exp = _total(math.exp)
exp2 = _total(math.exp2)
expm1 = _total(math.expm1)
cosh = _total(math.cosh)
log = _total(math.log, 0.0)
log2 = _total(math.log2, 0.0)
log10 = _total(math.log10, 0.0)
log1p = _total(math.log1p, -1.0)
sqrt = _total(math.sqrt)
sin = _total(math.sin)
cos = _total(math.cos)
tan = _total(math.tan)
asin = _total(math.asin)
acos = _total(math.acos)
acosh = _total(math.acosh)


def _remaining(function: Callable[[float, float], float]) -> Callable[[float, float], float]:
    """Return the function with nan where nothing can remain: of inf, and by 0."""

    def total(a: float, b: float) -> float:
        try:
            return function(a, b)
        except ValueError:
            return nan

    return total


fmod, remainder = _remaining(math.fmod), _remaining(math.remainder)


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


def __getattr__(name: str) -> NoReturn:
    if name.startswith("__"):  # Python asks for __path__ at each import from here
        raise AttributeError(name)
    from autograd.errors import did_you_mean

    known = [word for word, each in globals().items() if callable(each) and word.islower()]
    words = [word for word in known if not word.startswith("_")]
    raise AttributeError(f"rules have no m.{name}{did_you_mean(name, words)}")
