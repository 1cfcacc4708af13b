"""Functions of elements: machine code for several at a time."""

from __future__ import annotations

import math
from types import FunctionType, ModuleType
from typing import Any

import numpy as np

from autograd.compiler import rows
from autograd.compiler.loops.machine_code import machine_code, of_elements


@of_elements
def where(condition: Any, a: Any, b: Any) -> Any:
    """Return a where the condition holds, and b elsewhere."""
    return a if condition else b


@machine_code
def reduced_exponential(x: Any) -> Any:
    """Return e^r - 1 and n for x = n log 2 + r with |r| ≤ log(2) / 2, by Taylor's series.

    Log 2 is taken off in two parts, of which the first has so few digits that n times it is exact.
    """
    n = np.rint(x * 1.4426950408889634)
    r = (x - n * 0.6931471803691238) - n * 1.9082149292705877e-10
    p = 1.6059043836821613e-10
    p = p * r + 2.08767569878681e-09
    p = p * r + 2.505210838544172e-08
    p = p * r + 2.755731922398589e-07
    p = p * r + 2.7557319223985893e-06
    p = p * r + 2.48015873015873e-05
    p = p * r + 0.0001984126984126984
    p = p * r + 0.001388888888888889
    p = p * r + 0.008333333333333333
    p = p * r + 0.041666666666666664
    p = p * r + 0.16666666666666666
    p = p * r + 0.5
    return p * r * r + r, np.int64(n)


@machine_code
def power_of_two(n: Any) -> Any:
    """Return 2ⁿ for -1022 ≤ n ≤ 1023, from its bits."""
    return np.int64((n + 1023) << 52).view(np.float64)


@machine_code
def scalar_exp(x: Any) -> Any:
    """Return e^x to the last bit or the one before it; 2ⁿ is two factors, as n may be 1024."""
    p, n = reduced_exponential(x if -746.0 < x < 710.0 else 0.0)
    y = (1.0 + p) * power_of_two(n >> 1) * power_of_two(n - (n >> 1))
    y = 0.0 if x <= -746.0 else y
    y = np.inf if x >= 710.0 else y
    return y if x == x else np.nan


@machine_code
def scalar_expm1(x: Any) -> Any:
    """Return e^x - 1, also next to 0, where e^x is almost 1."""
    p, n = reduced_exponential(x if -60.0 < x < 60.0 else 0.0)
    s = power_of_two(n)
    y = p * s + (s - 1.0) if -60.0 < x < 60.0 else scalar_exp(x) - 1.0
    return x if x == 0.0 else y  # which keeps its sign


@of_elements
def exp(x: Any) -> Any:
    """Return e^x."""
    return scalar_exp(x)


@of_elements
def expm1(x: Any) -> Any:
    """Return e^x - 1."""
    return scalar_expm1(x)


@of_elements
def tanh(x: Any) -> Any:
    """Return (1 - e⁻²ˣ) / (1 + e⁻²ˣ), of |x| first: the exponential can't overflow."""
    e = scalar_expm1(-2.0 * abs(x))
    return math.copysign(-e / (2.0 + e), x) if x == x else np.nan


@of_elements
def erf(x: Any) -> Any:
    """Return the error function."""
    return math.erf(x)


@of_elements
def erfc(x: Any) -> Any:
    """Return 1 - erf, exact for large x."""
    return math.erfc(x)


@of_elements
def gamma(x: Any) -> Any:
    """Return Γ(x)."""
    return math.gamma(x)


@of_elements
def lgamma(x: Any) -> Any:
    """Return log |Γ(x)|."""
    return math.lgamma(x)


@of_elements
def power_of_half(x: Any) -> Any:
    """Return x ** 0.5."""
    return power_of_half_of_one(x)


@of_elements
def remainder(a: Any, b: Any) -> Any:
    """Return the IEEE 754 remainder; nan where there is none."""
    return remainder_of_one(a, b)


@of_elements
def polygamma(order: Any, x: Any) -> Any:
    """Return the polygamma function of an order."""
    return polygamma_of_one(order, x)


@machine_code
def chosen(condition: Any, a: Any, b: Any) -> Any:
    """Return a if the condition holds, else b: numbers, of which numba's where makes arrays."""
    return a if condition else b


# NumPy for functions of one number at a time.
_of_numbers = ModuleType("numpy_of_numbers")
vars(_of_numbers).update(vars(np) | {"where": chosen})


def of_one(function: Any) -> Any:
    """Compile a function of elements, which stands once for all dialects, for one number."""
    names = function.__globals__ | {"np": _of_numbers}
    return machine_code(FunctionType(function.__code__, names))


power_of_half_of_one = of_one(rows.power_of_half)
remainder_of_one = of_one(rows.remainder)
polygamma_of_one = of_one(rows.polygamma)
