"""What may be an operand: real numbers and Values."""

from __future__ import annotations

from numbers import Real

from autograd.errors import OperandError
from autograd.refusals import Refusals, describe, is_never_operand, shorten

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Protocol, SupportsFloat, TypeAlias, TypeVar

    from autograd.ops.record import Primitive
    from autograd.value import Value

    class OtherNumber(Protocol):
        """A number of another type than float: NumPy's, or a Fraction, but no array."""

        def __float__(self) -> float: ...
        def __round__(self, digits: int, /) -> Any: ...

    # A function of autograd returns a Value for a Value and a float for a number.
    X = TypeVar("X", "Value", float)
    Number: TypeAlias = SupportsFloat  # whatever it is, it is stored as a float
    RealNumber: TypeAlias = float | OtherNumber
    Operand: TypeAlias = Value | RealNumber


class Recorded(Refusals):
    """The base of Value, by which modules that Value builds on know it: it records what is done."""

    __slots__ = ()
    _data: float

    def _apply(self, op: Primitive, operands: tuple[Any, ...]) -> Any:
        """Apply an op to operands, of which this is one."""
        raise NotImplementedError


def is_number(x: Any) -> bool:
    """Say whether x is a real number: int, float, bool, Fraction, or NumPy's and what is like them.

    An array or tensor without axes is one, as NumPy's bool is.
    """
    if isinstance(x, (float, int, Real)):  # the usual ones first, which is faster
        return True
    if not hasattr(x, "__array__") or getattr(x, "ndim", 1) != 0:
        return False
    return getattr(x.dtype, "kind", "f") in "biuf"  # no complex numbers, texts, dates, objects


_A_VALUE = "a Value already; use it as it is, or v.detach() for a leaf with the same data"


def as_number(x: Any, what: str) -> float:
    """Return a real number as a float, or raise an error that says what it is the number of."""
    if x.__class__ is float:
        return x
    if not is_number(x):
        found = _A_VALUE if isinstance(x, Recorded) else describe(x)
        raise OperandError(f"{what} must be a real number, not {found}")
    return _as_float(x, what)


def _as_float(x: Any, what: str) -> float:
    try:
        return float(x)
    except OverflowError:
        raise OperandError(f"{what} is too large for a float: {shorten(x)}") from None


def as_number_beside(value: Recorded, other: Any, expression: str) -> float | None:
    """Return the number of an operator's other operand; None leaves the operation to its type."""
    if isinstance(other, Recorded):
        return other._data
    if is_number(other):
        return _as_float(other, "a constant")
    if not is_never_operand(other):
        return None
    shown = expression.format(repr(value), shorten(other))
    raise OperandError(f"can't compute {shown}: the operand is {describe(other)}")
