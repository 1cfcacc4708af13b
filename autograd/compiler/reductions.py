"""How the ops of whole vectors are computed for many rows at once: by record, never by name."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from autograd import ops
from autograd.compiler.array_terms import OfRows, Reduce
from autograd.compiler.scalars import LOOKUP
from autograd.compiler.symbols import Method, RowFunction, Shape
from autograd.compiler.terms import Number, Term
from autograd.ops import Primitive

# From y, the operands and the shape: the local derivatives, an array for each operand.
Derivatives = Callable[[Term, Sequence[Term], Shape], Sequence[Term]]

# The functions of rows that stand in the library of each dialect under these names.
SOFTMAX = RowFunction("softmax", keeps_axis=True)
SOFTMAX_GRADIENT = RowFunction("softmax_gradient", keeps_axis=True)
LOG_SOFTMAX = RowFunction("log_softmax", keeps_axis=True)
LOG_SOFTMAX_GRADIENT = RowFunction("log_softmax_gradient", keeps_axis=True)
LOGSUMEXP = RowFunction("logsumexp", keeps_axis=False)
CROSS_ENTROPY = RowFunction("cross_entropy", keeps_axis=False, per_row=(1,))  # and ŷ - onehot
CROSS_ENTROPY_OF_DISTRIBUTION = RowFunction("cross_entropy_of_distribution", keeps_axis=False)
NORM = RowFunction("norm", keeps_axis=False)
DIRECTION = RowFunction("direction", keeps_axis=True, rows=1, per_row=(0,))
SHARE_OF_EXTREME = RowFunction("share_of_extreme", keeps_axis=True, rows=1, per_row=(0,))
ELEMENT_AT = RowFunction("element_at", keeps_axis=False, per_row=(1,))
ONLY_AT = RowFunction("only_at", keeps_axis=True, per_row=(1, 2))
PRODUCTS_OF_OTHERS = RowFunction("products_of_others", keeps_axis=True)


class Reduction(NamedTuple):
    """What an array program computes for an op of vectors: the value, and the derivatives.

    Where all derivatives are made in one go, ``gradient`` makes them, from y (or, ``of_operand``,
    from the operand) and the gradient of y.
    """

    value: Method | RowFunction | None = None
    derivatives: Derivatives | None = None
    gradient: RowFunction | None = None
    of_operand: bool = False


def _squared_error(y: Term, operands: Sequence[Term], shape: Shape) -> list[Term]:
    outputs, targets = operands
    twice = Number(2.0) * (targets - outputs)
    return [-twice, twice]


def _of_distribution(y: Term, operands: Sequence[Term], shape: Shape) -> list[Term]:
    logits, targets = operands
    mass = Reduce(Method.SUM, targets, [len(shape) - 1], keeps_axes=True)
    return [OfRows(SOFTMAX, logits) * mass - targets, -OfRows(LOG_SOFTMAX, logits)]


def _of_operand(function: RowFunction) -> Derivatives:
    return lambda y, x, shape: [OfRows(function, x[0])]


def _of_value_and_operand(function: RowFunction) -> Derivatives:
    return lambda y, x, shape: [OfRows(function, y, x[0])]


# A dot product, a squared error, and what chooses (cross entropy, softmax, a lookup) have
# rules of their own in the passes, which find them by record too.
REDUCTIONS: dict[Primitive, Reduction] = {
    ops.sum: Reduction(Method.SUM, lambda y, x, shape: [Number(1.0)]),
    ops.mean: Reduction(Method.MEAN, lambda y, x, shape: [Number(1 / shape[-1])]),
    ops.prod: Reduction(Method.PROD, _of_operand(PRODUCTS_OF_OTHERS)),
    ops.max: Reduction(Method.MAX, _of_value_and_operand(SHARE_OF_EXTREME)),
    ops.min: Reduction(Method.MIN, _of_value_and_operand(SHARE_OF_EXTREME)),
    ops.hypot: Reduction(NORM, _of_value_and_operand(DIRECTION)),
    ops.norm: Reduction(NORM, _of_value_and_operand(DIRECTION)),
    ops.logsumexp: Reduction(LOGSUMEXP, _of_operand(SOFTMAX)),
    ops.softmax: Reduction(SOFTMAX, gradient=SOFTMAX_GRADIENT),
    ops.log_softmax: Reduction(LOG_SOFTMAX, gradient=LOG_SOFTMAX_GRADIENT, of_operand=True),
    ops.cross_entropy: Reduction(CROSS_ENTROPY),
    ops.cross_entropy_of_distribution: Reduction(CROSS_ENTROPY_OF_DISTRIBUTION, _of_distribution),
    ops.squared_error: Reduction(derivatives=_squared_error),
    LOOKUP: Reduction(ELEMENT_AT, gradient=ONLY_AT),
}
