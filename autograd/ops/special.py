"""The error function and the gamma function."""

from __future__ import annotations

import math

from autograd.ops.record import Primitive, entered, unary

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


@unary(
    lambda m, y, x: m.exp(-x * x) * (2 / math.sqrt(math.pi)),
    readable=lambda m, y, x: 2 * m.exp(-(x**2)) / m.sqrt(m.pi),
    bounds=(-1.0, 1.0),
    domain=[(-5.0, 5.0)],
)
def erf(m: Any, x: Any) -> Any:
    """Return the error function. ∂erf(x)/∂x = 2/√π e^(-x²).

    >>> erf(0.0)
    0.0
    """
    return m.erf(x)


@unary(
    lambda m, y, x: m.exp(-x * x) * (-2 / math.sqrt(math.pi)),
    readable=lambda m, y, x: -2 * m.exp(-(x**2)) / m.sqrt(m.pi),
    domain=[(-5.0, 25.0)],
)
def erfc(m: Any, x: Any) -> Any:
    """Return 1 - erf(x), exact for large x. ∂erfc(x)/∂x = -2/√π e^(-x²).

    >>> erfc(0.0)
    1.0
    """
    return m.erfc(x)


@unary(
    lambda m, y, x: y * m.polygamma(0, x),
    symbol="Γ",
    latex=r"\Gamma",
    domain=[[(0.01, 100.0), (-4.9, -4.1)]],
)
def gamma(m: Any, x: Any) -> Any:
    """Return the gamma function, nan at negative integers. ∂Γ(x)/∂x = Γ(x) ψ(x), with ψ digamma.

    >>> gamma(5.0)
    24.0
    """
    return m.gamma(x)


@unary(lambda m, y, x: m.polygamma(0, x), domain=[[(0.01, 1e6), (-4.9, -4.1)]])
def lgamma(m: Any, x: Any) -> Any:
    """Return log |Γ(x)|. ∂/∂x = ψ(x), the digamma function. inf at 0 and at negative integers.

    >>> lgamma(1.0)
    0.0
    """
    return m.lgamma(x)


# What the derivatives of gamma and lgamma are: the digamma function, and its derivatives in turn.
polygamma = entered(
    Primitive(
        "polygamma",
        lambda m, x, order: m.polygamma(order, x),
        lambda m, y, x, order: (m.polygamma(order + 1, x),),
        domain=[[(0.01, 1e4), (-2.9, -2.1)]],
    )
)
