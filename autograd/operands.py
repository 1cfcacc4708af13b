"""What may be an operand: real numbers and Values; of anything else an error says what to do."""

from __future__ import annotations

import numbers
from numbers import Real

from autograd.errors import OperandError, ShapeError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any, NoReturn, SupportsFloat, TypeAlias, TypeVar

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


def is_number(x: Any) -> bool:
    """Say whether x is a real number: int, float, bool, Fraction, or NumPy's and what is like them.

    An array or tensor without axes is one, as NumPy's bool is.
    """
    if isinstance(x, Real):
        return True
    if not hasattr(x, "__array__") or getattr(x, "ndim", 1) != 0:
        return False
    return getattr(x.dtype, "kind", "f") in "biuf"  # no complex numbers, texts, dates, objects


def is_array(x: Any) -> bool:
    """Say whether x is an array with axes: NumPy's, or whatever NumPy takes for one.

    >>> is_array([1.0, 2.0]), is_array(2.0)
    (False, False)
    """
    return hasattr(x, "__array__") and getattr(x, "ndim", 1) != 0


def is_array_of_objects(x: Any) -> bool:
    """Say whether x is an array of NumPy that may have Values as its elements."""
    return hasattr(x, "__array__") and getattr(getattr(x, "dtype", None), "kind", "") == "O"


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


def parents_by_hand(parents: Any, local_derivatives: Any) -> tuple[Any, tuple[float, ...]]:
    """Return the parents and local derivatives of a node that is made by hand, or say what's wrong.

    ``Value(2.0, "w")`` and micrograd's ``Value(5.0, (a, b), "+")`` are answered with what to write.
    """
    if isinstance(parents, str):
        raise OperandError(
            f"the second argument of Value is its parents, not the label {parents!r}; write "
            f"Value(2.0, label={parents!r})"
        )
    parents = tuple(parents)
    for parent in parents:
        if not isinstance(parent, Recorded):
            raise OperandError(f"a parent must be a Value, not {describe(parent)}")
    if isinstance(local_derivatives, str) or (parents and local_derivatives == ()):
        op = local_derivatives or "mine"
        raise OperandError(
            "a node with parents needs its local derivatives, one for each, for no _backward is "
            "set later. Write\n"
            f"    op = autograd.primitive({op!r}, lambda m, a, b: …,  # the value of the op\n"
            "                            lambda m, y, a, b: (…, …))  # ∂y/∂a and ∂y/∂b\n"
            "    out = op(a, b)\n"
            "or, with numbers, Value(data, (a, b), (dy_da, dy_db), "
            f"{op!r})"
        )
    locals_ = tuple([as_number(local, "a local derivative") for local in local_derivatives])
    if len(parents) != len(locals_):
        raise ShapeError(
            f"a node needs one local derivative for each parent: it has {len(parents)} "
            f"parents and {len(locals_)} local derivatives"
        )
    return parents, locals_


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
    if isinstance(x, _NEVER_OPERANDS):
        return True
    return hasattr(x, "__array__") and not is_array_of_objects(x)


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
    if is_array(x) or isinstance(x, (list, tuple)):
        return (
            f"a whole {type(x).__name__}; a Value is one number: go through the elements, as in "
            "[v * x for x in xs], or use autograd.dot and autograd.sum"
        )
    return f"the {name}; allowed are Values, int, float, bool, Fraction and NumPy's scalars"


def shorten(x: Any) -> str:
    text = repr(x)
    return text if len(text) <= 60 else f"{text[:57]}..."
