"""Exponentials, logarithms and roots."""

from __future__ import annotations

import math

from autograd.ops.record import unary

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


@unary(lambda m, y, x: y, method=True, domain=[(-100.0, 100.0)])
def exp(m: Any, x: Any) -> Any:
    """Return the exponential eˣ. ∂eˣ/∂x = eˣ. Overflows to inf, never raises.

    >>> exp(0.0)
    1.0
    """
    return m.exp(x)


@unary(
    lambda m, y, x: y * math.log(2), readable=lambda m, y, x: y * m.log(2), domain=[(-100.0, 100.0)]
)
def exp2(m: Any, x: Any) -> Any:
    """Return 2ˣ. ∂2ˣ/∂x = 2ˣ log 2.

    >>> exp2(3.0)
    8.0
    """
    return m.exp2(x)


@unary(lambda m, y, x: m.exp(x), domain=[(-100.0, 100.0)])
def expm1(m: Any, x: Any) -> Any:
    """Return eˣ - 1, exact for small x. ∂/∂x = eˣ.

    >>> expm1(0.0)
    0.0
    """
    return m.expm1(x)


@unary(lambda m, y, x: m.divide(1.0, x), latex=r"\log", method=True, domain=[(1e-100, 1e100)])
def log(m: Any, x: Any) -> Any:
    """Return the natural logarithm, -inf at 0 and nan below. ∂log(x)/∂x = 1/x.

    >>> log(1.0)
    0.0
    """
    return m.log(x)


@unary(lambda m, y, x: m.divide(1.0, 1 + x), domain=[(-0.999, 1e100)])
def log1p(m: Any, x: Any) -> Any:
    """Return log(1 + x), exact for small x. ∂/∂x = 1/(1 + x). -inf at x = -1, nan below.

    >>> log1p(0.0)
    0.0
    """
    return m.log1p(x)


@unary(
    lambda m, y, x: m.divide(1 / math.log(2), x),
    readable=lambda m, y, x: 1 / (x * m.log(2)),
    symbol="log₂",
    latex=r"\log_{2}",
    domain=[(1e-100, 1e100)],
)
def log2(m: Any, x: Any) -> Any:
    """Return the logarithm to base 2, -inf at 0 and nan below. ∂log₂(x)/∂x = 1/(x log 2).

    >>> log2(8.0)
    3.0
    """
    return m.log2(x)


@unary(
    lambda m, y, x: m.divide(1 / math.log(10), x),
    readable=lambda m, y, x: 1 / (x * m.log(10)),
    symbol="log₁₀",
    latex=r"\log_{10}",
    domain=[(1e-100, 1e100)],
)
def log10(m: Any, x: Any) -> Any:
    """Return the logarithm to base 10, -inf at 0 and nan below. ∂log₁₀(x)/∂x = 1/(x log 10).

    >>> log10(100.0)
    2.0
    """
    return m.log10(x)


@unary(
    lambda m, y, x: m.divide(m.exp(-x), -m.expm1(-x)),
    readable=lambda m, y, x: 1 / (m.exp(x) - 1),
    domain=[(1e-9, 100.0)],
)
def log1mexp(m: Any, x: Any) -> Any:
    """Return log(1 - e⁻ˣ), exact near both ends, -inf at 0 and nan below. ∂/∂x = 1/(eˣ - 1).

    Source: Mächler, Accurately Computing log(1 - exp(-|a|)) (2012).

    >>> log1mexp(0.0)
    -inf
    """
    return m.where(x < math.log(2), m.log(-m.expm1(-x)), m.log1p(-m.exp(-x)))


@unary(
    lambda m, y, x: m.divide(0.5, y),
    readable=lambda m, y, x: 1 / (2 * y),
    method=True,
    domain=[(1e-100, 1e100)],
)
def sqrt(m: Any, x: Any) -> Any:
    """Return the square root. ∂√x/∂x = 1/(2√x). The derivative at 0 is inf; nan below 0.

    >>> sqrt(9.0)
    3.0
    """
    return m.sqrt(x)


@unary(
    lambda m, y, x: m.divide(1 / 3, y * y),
    readable=lambda m, y, x: 1 / (3 * y**2),
    domain=[(-1e9, 1e9)],
)
def cbrt(m: Any, x: Any) -> Any:
    """Return the cube root, of negative numbers too. ∂∛x/∂x = 1/(3∛x²). The derivative at 0 is inf.

    >>> round(cbrt(-27.0), 12)
    -3.0
    """
    return m.cbrt(x)
