"""What may be an operand: real numbers and Values; of anything else an error says what to do."""

from __future__ import annotations

import numbers
from numbers import Real

from autograd.errors import OperandError, ShapeError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any, SupportsFloat, TypeAlias, TypeVar

    from autograd.ops.record import Primitive
    from autograd.value import Value

    # A function of autograd returns a Value for a Value and a float for a number.
    X = TypeVar("X", "Value", float)
    Number: TypeAlias = SupportsFloat  # whatever it is, it is stored as a float
    Operand: TypeAlias = Value | float


class Recorded:
    """The base of Value, by which modules that Value builds on know it: it records what is done."""

    __slots__ = ()

    def _apply(self, op: Primitive, operands: tuple[Any, ...]) -> Any:
        """Apply an op to operands, of which this is one."""
        raise NotImplementedError


def is_number(x: Any) -> bool:
    if isinstance(x, Real):  # int, float, bool, Fraction and NumPy's scalars
        return True
    kind = type(x)
    return kind.__module__ == "numpy" and kind.__name__ in ("bool", "bool_")  # which is no Real


def as_number(x: Any, what: str) -> float:
    """Return a real number as a float, or raise an error that says what it is the number of."""
    if x.__class__ is float:
        return x
    if not is_number(x):
        raise OperandError(f"{what} must be a real number, not {describe(x)}")
    try:
        return float(x)
    except OverflowError:
        raise OperandError(f"{what} is too large for a float: {shorten(x)}") from None


def sequence(values: Iterable[X], op: str) -> tuple[X, ...]:
    """Return the operands of an op of a whole sequence, at least one."""
    try:
        operands = tuple(values)
    except TypeError:
        raise OperandError(
            f"{op} takes a sequence of Values or numbers, not {values!r}; write {op}([a, b])"
        ) from None
    if not operands:
        raise ShapeError(f"{op} of nothing: it needs at least one operand")
    return operands


# Of numbers those that are not real: complex ones, and Decimal, which is loaded by nobody else.
_NEVER_OPERANDS = (str, bytes, numbers.Number, type(None), list, tuple, dict, set)


def is_never_operand(x: Any) -> bool:
    """Whether no other type can be asked to compute with x either."""
    return isinstance(x, _NEVER_OPERANDS) or hasattr(x, "__array__")


def describe(x: Any) -> str:
    """Say what an operand is that can't be one, and what to do about it."""
    name = f"{type(x).__name__} {shorten(x)}"
    if isinstance(x, Recorded):
        return "a Value already; use it as it is, or v.detach() for a leaf with the same data"
    if x is None:
        return "None; a function that returns nothing?"
    if isinstance(x, (str, bytes)):
        return f"the {name}; convert it first, as in float(text)"
    if isinstance(x, complex):
        return f"the {name}; autograd works on real numbers: use its .real and .imag"
    if isinstance(x, numbers.Number) and not isinstance(x, numbers.Complex):
        return f"the {name}; convert it first, as in float(decimal)"
    if hasattr(x, "__array__") or isinstance(x, (list, tuple)):
        return (
            f"a whole {type(x).__name__}; a Value is one number: go through the elements, as in "
            "[v * x for x in xs], or use autograd.dot and autograd.sum"
        )
    return f"the {name}; allowed are Values, int, float, bool, Fraction and NumPy's scalars"


def shorten(x: Any) -> str:
    text = repr(x)
    return text if len(text) <= 60 else f"{text[:57]}..."
