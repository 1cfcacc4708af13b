"""Trigonometry, circular and hyperbolic."""

from __future__ import annotations

import math

from autograd.ops.record import Primitive, apply, op, unary

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from autograd.signatures import OfPoint


@unary(lambda m, y, x: m.cos(x), latex=r"\sin", method=True, activation="glorot")
def sin(m: Any, x: Any) -> Any:
    """Return the sine of an angle in radians. ∂sin(x)/∂x = cos(x).

    >>> sin(0.0)
    0.0
    """
    return m.sin(x)


@unary(lambda m, y, x: -m.sin(x), latex=r"\cos", method=True)
def cos(m: Any, x: Any) -> Any:
    """Return the cosine of an angle in radians. ∂cos(x)/∂x = -sin(x).

    >>> cos(0.0)
    1.0
    """
    return m.cos(x)


@unary(lambda m, y, x: 1 + y * y, latex=r"\tan", domain=[(-20.0, 20.0)])
def tan(m: Any, x: Any) -> Any:
    """Return the tangent of an angle in radians. ∂tan(x)/∂x = 1 + tan²(x).

    >>> tan(0.0)
    0.0
    """
    return m.tan(x)


@unary(
    lambda m, y, x: m.divide(1.0, m.sqrt((1 - x) * (1 + x))),
    readable=lambda m, y, x: 1 / m.sqrt(1 - x**2),
    latex=r"\arcsin",
    domain=[(-0.999999, 0.999999)],
)
def asin(m: Any, x: Any) -> Any:
    """Return the arc sine in radians, nan outside ±1. ∂asin(x)/∂x = 1/√(1 - x²), inf at ±1.

    >>> asin(0.0)
    0.0
    """
    return m.asin(x)


@unary(
    lambda m, y, x: m.divide(-1.0, m.sqrt((1 - x) * (1 + x))),
    readable=lambda m, y, x: -1 / m.sqrt(1 - x**2),
    latex=r"\arccos",
    domain=[(-0.999999, 0.999999)],
)
def acos(m: Any, x: Any) -> Any:
    """Return the arc cosine in radians, nan outside ±1. ∂acos(x)/∂x = -1/√(1 - x²), -inf at ±1.

    >>> acos(1.0)
    0.0
    """
    return m.acos(x)


@unary(lambda m, y, x: m.divide(1.0, 1 + x * x), latex=r"\arctan")
def atan(m: Any, x: Any) -> Any:
    """Return the arc tangent in radians. ∂atan(x)/∂x = 1/(1 + x²).

    >>> atan(0.0)
    0.0
    """
    return m.atan(x)


@unary(lambda m, y, x: m.cosh(x), latex=r"\sinh", domain=[(-100.0, 100.0)])
def sinh(m: Any, x: Any) -> Any:
    """Return the hyperbolic sine. ∂sinh(x)/∂x = cosh(x).

    >>> sinh(0.0)
    0.0
    """
    return m.sinh(x)


@unary(lambda m, y, x: m.sinh(x), latex=r"\cosh", domain=[(-100.0, 100.0)])
def cosh(m: Any, x: Any) -> Any:
    """Return the hyperbolic cosine. ∂cosh(x)/∂x = sinh(x).

    >>> cosh(0.0)
    1.0
    """
    return m.cosh(x)


@unary(
    lambda m, y, x: 1 - y * y,
    latex=r"\tanh",
    method=True,
    activation="glorot",
    bounds=(-1.0, 1.0),
    domain=[(-20.0, 20.0)],
)
def tanh(m: Any, x: Any) -> Any:
    """Return the hyperbolic tangent. ∂tanh(x)/∂x = 1 - tanh²(x).

    >>> tanh(0.0)
    0.0
    """
    return m.tanh(x)


@unary(
    lambda m, y, x: m.divide(1.0, m.hypot(1.0, x)),
    readable=lambda m, y, x: 1 / m.sqrt(1 + x**2),
    domain=[(-1e9, 1e9)],
)
def asinh(m: Any, x: Any) -> Any:
    """Return the inverse hyperbolic sine. ∂asinh(x)/∂x = 1/√(1 + x²).

    >>> asinh(0.0)
    0.0
    """
    return m.asinh(x)


@unary(lambda m, y, x: m.divide(1.0, m.sqrt(x - 1) * m.sqrt(x + 1)), domain=[(1.000001, 1e9)])
def acosh(m: Any, x: Any) -> Any:
    """Return the inverse hyperbolic cosine, nan below 1. ∂acosh(x)/∂x = 1/√(x² - 1), inf at x = 1.

    >>> acosh(1.0)
    0.0
    """
    return m.acosh(x)


@unary(
    lambda m, y, x: m.divide(1.0, (1 - x) * (1 + x)),
    readable=lambda m, y, x: 1 / (1 - x**2),
    domain=[(-0.999999, 0.999999)],
)
def atanh(m: Any, x: Any) -> Any:
    """Return the inverse hyperbolic tangent. ∂atanh(x)/∂x = 1/(1 - x²). ±inf at ±1, nan outside.

    >>> atanh(0.0)
    0.0
    """
    return m.atanh(x)


@unary(lambda m, y, x: 180 / math.pi, readable=lambda m, y, x: 180 / m.pi)
def degrees(m: Any, x: Any) -> Any:
    """Return an angle in radians as degrees. ∂/∂x = 180/π.

    >>> degrees(0.0)
    0.0
    """
    return x * (180 / math.pi)


@unary(lambda m, y, x: math.pi / 180, readable=lambda m, y, x: m.pi / 180)
def radians(m: Any, x: Any) -> Any:
    """Return an angle in degrees as radians. ∂/∂x = π/180.

    >>> radians(0.0)
    0.0
    """
    return x * (math.pi / 180)


class Atan2(Primitive):
    seen_as: OfPoint

    def __call__(self, y: Any, x: Any) -> Any:
        return apply(self, y, x)


@op(
    Atan2,
    lambda m, angle, y, x: (
        m.divide(m.divide(x, m.hypot(y, x)), m.hypot(y, x)),
        m.divide(m.divide(-y, m.hypot(y, x)), m.hypot(y, x)),
    ),
    readable=lambda m, angle, y, x: (x / (x**2 + y**2), -y / (x**2 + y**2)),
)
def atan2(m: Any, y: Any, x: Any) -> Any:
    """Return the angle of the point (x, y) in radians, from -π to π.

    ∂/∂y = x/(x² + y²) and ∂/∂x = -y/(x² + y²); nan at the origin.

    >>> atan2(0.0, 1.0)
    0.0
    """
    return m.atan2(y, x)
