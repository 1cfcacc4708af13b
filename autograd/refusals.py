"""What is said of what can't be an operand, and what to do about it."""

from __future__ import annotations

import numbers

from autograd.arrays import is_array, is_array_of_objects

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

# Of numbers those that are not real: complex ones, and Decimal, which is loaded by nobody else.
_NEVER_OPERANDS = (str, bytes, numbers.Number, type(None), list, tuple, dict, set)


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
