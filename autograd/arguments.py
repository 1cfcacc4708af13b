"""Arguments that are no numbers: Values, whole vectors, an index; or an error that says why not."""

from __future__ import annotations

from autograd.errors import OperandError, ShapeError
from autograd.operands import Recorded

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Any

    from autograd.operands import X
    from autograd.ops.record import Primitive


def require_value(found: Any, what: str) -> None:
    """Raise an error that says what should be a Value, if it is none."""
    if not isinstance(found, Recorded):
        raise OperandError(f"{what} must be a Value, not {found!r}")


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


class IndexOfExample:
    """What stands for the index of a class that each example of a batch has of its own.

    It is no number yet, so an op that chooses is not bound to one: it is asked for the op.
    """

    __slots__ = ()

    def applied(self, op: Primitive, operands: Sequence[Any]) -> Any:
        """Return the node of an op that chooses this one of its operands."""
        raise NotImplementedError
