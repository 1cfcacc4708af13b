"""Steps, kinks and choices. The gradient of a step is 0; docstrings say what it is at a kink."""

from __future__ import annotations

from autograd.errors import ArgumentError
from autograd.operands import as_number
from autograd.ops.record import Binary, Parametrised, Primitive, apply, op, parametrised, unary

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from autograd.signatures import OfChoice, WithEnds


def _halfway(m: Any, difference: Any) -> Any:
    """The unit step with ½ at 0: the local derivative of the greater of two."""
    return m.where(difference > 0, 1.0, m.where(difference < 0, 0.0, 0.5))


def _step(m: Any, condition: Any, a: Any, b: Any) -> Any:
    """The same as a person writes it."""
    return m.where(condition, 1.0, m.where(m.equal(a, b), 0.5, 0.0))


@unary(lambda m, y, x: 0.0)
def floor(m: Any, x: Any) -> Any:
    """Return the largest integer not above x. The gradient is 0 everywhere, at the jumps too.

    >>> floor(2.5)
    2.0
    """
    return m.floor(x)


@unary(lambda m, y, x: 0.0)
def ceil(m: Any, x: Any) -> Any:
    """Return the smallest integer not below x. The gradient is 0 everywhere, at the jumps too.

    >>> ceil(2.5)
    3.0
    """
    return m.ceil(x)


@unary(lambda m, y, x: 0.0)
def round(m: Any, x: Any) -> Any:
    """Return the nearest integer, of two the even one. The gradient is 0, at the jumps too.

    >>> round(2.5)
    2.0
    """
    return m.round(x)


@unary(lambda m, y, x: 0.0)
def sign(m: Any, x: Any) -> Any:
    """Return -1, 0 or 1. The gradient is 0 everywhere, at the jump too.

    >>> sign(-2.0)
    -1.0
    """
    return m.sign(x)


@unary(lambda m, y, x: m.sign(x))
def abs(m: Any, x: Any) -> Any:
    """Return the absolute value |x|. ∂|x|/∂x = sign(x), with 0 at x = 0.

    >>> abs(-2.0)
    2.0
    """
    return m.abs(x)


@op(
    Binary,
    lambda m, y, a, b: (1.0, m.round(m.divide(y - a, b))),
    domain=[(-1e3, 1e3), [(0.1, 50.0), (-50.0, -0.1)]],
)
def fmod(m: Any, a: Any, b: Any) -> Any:
    """Return the remainder a - n·b with n = trunc(a/b), which has the sign of a.

    ∂/∂a = 1 and ∂/∂b = -n, at the jumps too. nan where b = 0.

    >>> fmod(-7.0, 3.0)
    -1.0
    """
    return m.fmod(a, b)


@op(
    Binary,
    lambda m, y, a, b: (1.0, m.round(m.divide(y - a, b))),
    domain=[(-1e3, 1e3), [(0.1, 50.0), (-50.0, -0.1)]],
)
def remainder(m: Any, a: Any, b: Any) -> Any:
    """Return the IEEE 754 remainder a - n·b, with n the integer nearest to a/b.

    ∂/∂a = 1 and ∂/∂b = -n, at the jumps too. nan where b = 0.

    >>> remainder(5.0, 3.0)
    -1.0
    """
    return m.remainder(a, b)


def _with_sign(m: Any, a: Any, b: Any) -> Any:
    """|a| with the sign of b; nan where b is nan, whose sign is another on every machine."""
    return m.where(m.equal(b, b), m.copysign(a, b), b)


@op(
    Binary,
    lambda m, y, a, b: (m.sign(a) * _with_sign(m, 1.0, b), 0.0),
    readable=lambda m, y, a, b: (m.sign(a) * m.copysign(1.0, b), 0.0),
)
def copysign(m: Any, a: Any, b: Any) -> Any:
    """Return |a| with the sign of b, which may be that of -0.0; nan where b is nan.

    ∂/∂a = 1 where a and b have the same sign, else -1, and 0 at a = 0; ∂/∂b = 0.

    >>> copysign(3.0, -0.0)
    -3.0
    """
    return _with_sign(m, a, b)


@op(
    Binary,
    lambda m, y, a, b: (_halfway(m, a - b), _halfway(m, b - a)),
    readable=lambda m, y, a, b: (_step(m, a > b, a, b), _step(m, b > a, a, b)),
    symbol="max",
    latex=r"\max",
)
def maximum(m: Any, a: Any, b: Any) -> Any:
    """Return the greater of two. Its local derivative is 1, the other's 0; a tie gives ½ to each.

    >>> maximum(2.0, 3.0)
    3.0
    """
    return m.maximum(a, b)


@op(
    Binary,
    lambda m, y, a, b: (_halfway(m, b - a), _halfway(m, a - b)),
    readable=lambda m, y, a, b: (_step(m, a < b, a, b), _step(m, b < a, a, b)),
    symbol="min",
    latex=r"\min",
)
def minimum(m: Any, a: Any, b: Any) -> Any:
    """Return the smaller of two. Its local derivative is 1, the other's 0; a tie gives ½ to each.

    >>> minimum(2.0, 3.0)
    2.0
    """
    return m.minimum(a, b)


class Clip(Parametrised):
    seen_as: WithEnds

    def __call__(self, x: Any, low: Any, high: Any) -> Any:
        low = as_number(low, "the lower end of clip")
        high = as_number(high, "the upper end of clip")
        if low > high:
            raise ArgumentError(f"clip needs low ≤ high, not low={low} and high={high}")
        return self.at(x, low, high)


@parametrised(Clip, lambda m, y, x, low, high: m.where((x >= low) & (x <= high), 1.0, 0.0))
def clip(m: Any, x: Any, low: float, high: float) -> Any:
    """Return x, but no less than low and no more than high, which are numbers.

    ∂/∂x = 1 where low ≤ x ≤ high, ends included, else 0.

    Raises:
        ArgumentError: if low is above high.

    >>> clip(7.0, 0.0, 5.0)
    5.0
    """
    return m.minimum(m.maximum(x, low), high)


class Where(Primitive):
    seen_as: OfChoice

    def __call__(self, condition: Any, a: Any, b: Any) -> Any:
        return apply(self, condition, a, b)


@op(
    Where,
    lambda m, y, condition, a, b: (0.0, m.where(condition, 1.0, 0.0), m.where(condition, 0.0, 1.0)),
)
def where(m: Any, condition: Any, a: Any, b: Any) -> Any:
    """Return a where the condition is true (not 0), else b.

    ∂/∂a = 1 and ∂/∂b = 0 where it is true, the reverse where not; ∂/∂condition = 0. Both a and b
    are computed: an infinite local derivative in the one not chosen makes nan of its 0 upstream.

    >>> from autograd import Value
    >>> x = Value(-2.0)
    >>> where(x > 0, x, 0.1 * x).data
    -0.2
    """
    return m.where(condition, a, b)
