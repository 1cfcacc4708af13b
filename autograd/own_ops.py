"""Ops of a user's own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from autograd.errors import OperandError
from autograd.ops.record import OfAny

if TYPE_CHECKING:
    from autograd.ops.record import DerivativeRule, ValueRule
    from autograd.signatures import OfNumbers


def primitive(name: str, value: ValueRule, derivatives: DerivativeRule, **facts: Any) -> OfNumbers:
    """Make a function of Values out of the rules for its value and its local derivatives.

    ``value(m, *operands)`` returns y and ``derivatives(m, y, *operands)`` a tuple with ∂y/∂operand
    for each; ``m`` offers exp, log, where, … for whatever the operands are (floats, or Values when
    the gradient itself is differentiated). Use ``m.divide``, ``m.power`` and ``m.equal`` for
    ``/``, ``**`` and ``==``. The function then works everywhere: backward, higher orders, pictures,
    formulas, compiled. It may have any name, that of another op too.

    Args:
        name: what the op is called, for people alone.
        value: the rule for y.
        derivatives: the rule for the local derivatives.
        facts: what the package's own ops may say of themselves too, such as ``readable``,
            ``symbol`` and ``latex``: see :class:`autograd.ops.Primitive`.

    Raises:
        OperandError: if the name is no text, or a rule no function.

    >>> cube = primitive("cube", lambda m, x: x * x * x, lambda m, y, x: (3 * x * x,))
    >>> from autograd import Value
    >>> x = Value(2.0)
    >>> cube(x).backward()
    >>> x.grad
    12.0
    """
    if not isinstance(name, str) or not name:
        raise OperandError(f"the name of an op is a text that says something, not {name!r}")
    for rule in (value, derivatives):
        if not callable(rule):
            raise OperandError(
                f"the rules of {name!r} are functions, such as lambda m, x: m.exp(x), not {rule!r}"
            )
    op: Any = OfAny(name, value, derivatives, **facts)
    op.__doc__ = f"Apply the op {name!r}, made by autograd.primitive."
    return op  # type: ignore[no-any-return]
