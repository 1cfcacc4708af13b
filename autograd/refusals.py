"""What Values refuse, what can't be an operand, and what to do about it."""

from __future__ import annotations

import numbers

from autograd.arrays import is_array, is_array_of_objects
from autograd.errors import OperandError
from autograd.gates import tell_of_look, watching_numbers

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, NoReturn

# Of numbers those that are not real: complex ones, and Decimal, which is loaded by nobody else.
_NEVER_OPERANDS = (str, bytes, numbers.Number, type(None), list, tuple, dict, set)


class Refusals:
    """What Python would do with a number, and Values don't."""

    __slots__ = ()

    # A float has no history: turning a Value into one would lose its gradient without a word.

    def __float__(self) -> NoReturn:
        if watching_numbers:
            tell_of_look(self, "float(v)")
        raise OperandError(
            f"{self!r} is not turned into a float, for its gradient would be lost; write v.data "
            "for the number, or autograd.exp(v) instead of math.exp(v)"
        )

    def __int__(self) -> NoReturn:
        if watching_numbers:
            tell_of_look(self, "int(v)")
        raise OperandError(
            f"{self!r} is not turned into an int, for its gradient would be lost; write "
            "int(v.data) for the number"
        )

    def __index__(self) -> NoReturn:
        if watching_numbers:
            tell_of_look(self, "rows[v]")
        raise OperandError(
            f"{self!r} is no index, for its number may have a fraction; write int(v.data) for the "
            "number"
        )

    # Which remainder is meant, and that the other has no gradient, is for the user to say.

    def __mod__(self, other: Any) -> NoReturn:
        raise OperandError(
            "Values have no %, of which there are three: write a - b * autograd.floor(a / b) for "
            "Python's, autograd.fmod(a, b) for C's, autograd.remainder(a, b) for that of IEEE 754"
        )

    def __floordiv__(self, other: Any) -> NoReturn:
        raise OperandError(
            "Values have no //: write autograd.floor(a / b), whose gradient is 0 where it has one"
        )

    __rmod__, __rfloordiv__ = __mod__, __floordiv__
    __divmod__, __rdivmod__ = __mod__, __mod__


def is_never_operand(x: Any) -> bool:
    """Whether no other type can be asked to compute with x either."""
    if isinstance(x, _NEVER_OPERANDS):
        return True
    return hasattr(x, "__array__") and not is_array_of_objects(x)


def describe(x: Any) -> str:
    """Say what an operand is that can't be one, and what to do about it."""
    name = f"{type(x).__name__} {shorten(x)}"
    if x is None:
        return "None; a function that returns nothing?"
    if isinstance(x, (str, bytes)):
        return f"the {name}; convert it first, as in float(text)"
    if isinstance(x, complex):
        return f"the {name}; autograd works on real numbers: use its .real and .imag"
    if isinstance(x, numbers.Number) and not isinstance(x, numbers.Complex):
        return f"the {name}; convert it first, as in float(decimal)"
    if is_array(x) or isinstance(x, (list, tuple)):
        return (
            f"a whole {type(x).__name__}; a Value is one number: go through the elements, as in "
            "[v * x for x in xs], or use autograd.dot and autograd.sum"
        )
    return f"the {name}; allowed are Values, int, float, bool, Fraction and NumPy's scalars"


def shorten(x: Any) -> str:
    text = repr(x)
    return text if len(text) <= 60 else f"{text[:57]}..."
