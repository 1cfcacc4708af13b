"""Whole vectors as arguments of ops: of one length, with at least one element, or an error."""

from __future__ import annotations

from autograd.errors import OperandError, ShapeError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from autograd.operands import X


def sequence(values: Iterable[X], op: str, others: tuple[object, ...] = ()) -> tuple[X, ...]:
    """Return the operands of an op of a whole sequence, at least one, which come as one argument.

    ``others`` are arguments beside it, which it may not have.
    """
    if others:
        raise OperandError(
            f"{op} takes a sequence of Values or numbers, not {1 + len(others)} arguments; write "
            f"{op}([a, b])"
        )
    try:
        operands = tuple(values)
    except TypeError:
        raise OperandError(
            f"{op} takes a sequence of Values or numbers, not {values!r}; write {op}([a, b])"
        ) from None
    if not operands:
        raise ShapeError(f"{op} of nothing: it needs at least one operand")
    return operands


def unpaired(op: str, **vectors: tuple[object, ...]) -> ShapeError:
    """Return the error for two vectors of different lengths, by what their elements are called."""
    [these, those] = vectors
    counts = " and ".join(f"{len(vector)} {name}" for name, vector in vectors.items())
    return ShapeError(f"{op} needs as many {those} as {these}, not {counts}")
