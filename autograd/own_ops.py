"""Ops of a user's own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from autograd.errors import OperandError, ShapeError
from autograd.operands import as_number
from autograd.ops.record import OfAny
from autograd.refusals import shorten

if TYPE_CHECKING:
    from autograd.ops.record import DerivativeRule, Primitive, ValueRule
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


def as_floats(
    op: Primitive, data: Any, local_derivatives: Any, n_operands: int
) -> tuple[float, list[float]]:
    """Return what the rules of an op gave as floats, or say what is wrong with a rule."""
    if not isinstance(local_derivatives, (list, tuple)) or len(local_derivatives) != n_operands:
        raise ShapeError(
            f"the rule for the local derivatives of {op.name!r} must return a tuple with one for "
            f"each of its {n_operands} operands, not {shorten(local_derivatives)}; "
            "a tuple of one has a comma: (2 * x,)"
        )
    return as_number(data, f"the value of {op.name!r}"), [
        as_number(local, f"a local derivative of {op.name!r}") for local in local_derivatives
    ]
