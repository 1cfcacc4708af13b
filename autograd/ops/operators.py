"""The ops behind the operators of Value: they have no words of their own."""

from __future__ import annotations

from autograd.ops.record import Parametrised, Primitive, entered

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def _power_of_constant(m: Any, x: Any, exponent: float) -> Any:
    """n·xⁿ⁻¹, without a power where none is needed; x⁰ has gradient 0, at x = 0 too."""
    if exponent == 0.0:
        return 0.0
    if exponent == 1.0:
        return 1.0
    return exponent * (x if exponent == 2.0 else m.power(x, exponent - 1.0))


def _power_derivatives(m: Any, y: Any, x: Any, n: Any) -> tuple[Any, Any]:
    """(n·xⁿ⁻¹, xⁿ·log x), with 0 for x⁰ and for the exponent of 0ⁿ where n ≥ 0."""
    base = m.where(m.equal(n, 0.0), 0.0, n * m.power(x, n - 1))
    exponent = m.where(m.equal(x, 0.0) & (n >= 0), 0.0, y * m.log(x))
    return base, exponent


class PowerOf(Parametrised):
    """A power whose exponent is a number that is fixed, as in ``x**2``."""

    def __str__(self) -> str:
        return f"**{self.parameters[0]:g}" if self.parameters else self.name


# A constant is a leaf made from a number in an expression: the 2 in 2 * x.
CONSTANT = Primitive("constant")

# fmt: off
add      = entered(Primitive("+", lambda m, a, b: a + b, lambda m, y, a, b: (1.0, 1.0)))
subtract = entered(Primitive("-", lambda m, a, b: a - b, lambda m, y, a, b: (1.0, -1.0)))
multiply = entered(Primitive("*", lambda m, a, b: a * b, lambda m, y, a, b: (b, a)))
divide   = entered(Primitive("/",
    lambda m, a, b: m.divide(a, b),
    lambda m, y, a, b: (m.divide(1.0, b), -m.divide(y, b)),
    readable=lambda m, y, a, b: (1 / b, -a / b**2),
    domain=[(-1e3, 1e3), [(0.01, 1e3), (-9.0, -1.0)]]))
power    = entered(Primitive("**",
    lambda m, x, n: m.power(x, n),
    _power_derivatives,
    readable=lambda m, y, x, n: (n * x ** (n - 1), x**n * m.log(x)),
    domain=[(0.01, 10.0), (-8.0, 8.0)]))
power_of = entered(PowerOf("**n",
    lambda m, x, n: m.power(x, n),
    lambda m, y, x, n: (_power_of_constant(m, x, n),),
    slope=lambda m, y, x, n: _power_of_constant(m, x, n),
    domain=[[(0.01, 99.0), (-9.0, 9.0)]]))
negative = entered(Primitive("neg", lambda m, x: -x, lambda m, y, x: (-1.0,)))
identity = entered(Primitive("identity", lambda m, x: x, lambda m, y, x: (1.0,)))
# fmt: on
