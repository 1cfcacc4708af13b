"""How the ops of whole vectors are computed for many rows at once: by record, never by name."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from autograd import ops
from autograd.compiler.terms import Shape, Term, after, call, number
from autograd.ops import Primitive

# From y, the operands and the shape: the local derivatives, an array for each operand.
Derivatives = Callable[[Term, Sequence[Term], Shape], Sequence[Term]]


class Reduction(NamedTuple):
    """What an array program writes for an op of vectors.

    ``value`` is a function of :mod:`autograd.compiler.rows`, or a method of arrays if a dot comes
    first. ``gradient`` is a function of rows that makes the gradient of the operand in one go,
    from y (or, ``of_operand``, from the operand) and the gradient of y.
    """

    value: str
    derivatives: Derivatives | None = None
    gradient: str = ""
    of_operand: bool = False


def _squared_error(y: Term, operands: Sequence[Term], full: Shape) -> list[Term]:
    outputs, targets = operands
    twice = number(2.0) * (targets - outputs)
    return [-twice, twice]


def _of_distribution(y: Term, operands: Sequence[Term], full: Shape) -> list[Term]:
    logits, targets = operands  # of which one may have the batch without the other
    mass = after(targets, ".sum(-1, keepdims=True)", (*targets.shape[:-1], 1))
    return [
        call("softmax", logits, shape=logits.shape) * mass - targets,
        -call("log_softmax", logits, shape=logits.shape),
    ]


def _by_function(function: str, of_value: bool = True) -> Derivatives:
    """The derivatives are a function of rows, of the value and the operand or of that alone."""
    return lambda y, x, full: [call(function, *([y, x[0]] if of_value else [x[0]]), shape=full)]


# A dot product and the two that choose a class, cross entropy and softmax, have rules of their own
# in the lifter and in the writer, which find them by record too.
REDUCTIONS: dict[Primitive, Reduction] = {
    ops.sum: Reduction(".sum", lambda y, x, full: [number(1.0)]),
    ops.mean: Reduction(".mean", lambda y, x, full: [number(1 / full[-1])]),
    ops.prod: Reduction(".prod", _by_function("products_of_others", of_value=False)),
    ops.max: Reduction(".max", _by_function("share_of_extreme")),
    ops.min: Reduction(".min", _by_function("share_of_extreme")),
    ops.hypot: Reduction("norm", _by_function("direction")),
    ops.norm: Reduction("norm", _by_function("direction")),
    ops.logsumexp: Reduction("logsumexp", _by_function("softmax", of_value=False)),
    ops.softmax: Reduction("softmax", gradient="softmax_gradient"),
    ops.log_softmax: Reduction("log_softmax", gradient="log_softmax_gradient", of_operand=True),
    ops.cross_entropy: Reduction("cross_entropy"),
    ops.cross_entropy_of_distribution: Reduction("cross_entropy_of_distribution", _of_distribution),
    ops.squared_error: Reduction("squared_error", _squared_error),
}
