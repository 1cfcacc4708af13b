"""Logits as probabilities: softmax, its logarithm, and the losses that have it inside."""

from __future__ import annotations

import math

from autograd import arithmetic
from autograd.arguments import IndexOfExample, sequence, unpaired
from autograd.errors import ArgumentError
from autograd.ops.record import OfSequence, Primitive, apply, folded, halves, op, total

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Any

    from autograd.signatures import OfLogits, OfLogitsAndTarget


def _shifted(m: Any, logits: Sequence[Any]) -> tuple[Any, list[Any]]:
    """The largest logit (0 if it is infinite) and the others relative to it: e^… ≤ 1."""
    largest = folded(m.maximum, logits)
    shift = m.where(m.abs(largest) < math.inf, largest, 0.0)
    return shift, [z - shift for z in logits]


def softmax_values(m: Any, logits: Sequence[Any]) -> list[Any]:
    """Return e^zᵢ / Σⱼ e^zⱼ for every i, as the vocabulary has it or else written out."""
    if (whole := vars(m).get("softmax")) is not None:
        return whole(logits)  # type: ignore[no-any-return]
    exponentials = [m.exp(z) for z in _shifted(m, logits)[1]]
    whole = total(exponentials)
    return [m.divide(e, whole) for e in exponentials]


def _sum_of_others(probabilities: Sequence[Any], index: int) -> Any:
    """1 - ŷᵢ, exact when ŷᵢ is next to 1."""
    others = 0.0
    for probability in (*probabilities[:index], *probabilities[index + 1 :]):
        others = others + probability
    return others


def _softmax_slopes(probabilities: Sequence[Any], index: int) -> list[Any]:
    """∂ŷᵢ/∂zⱼ = ŷᵢ(δᵢⱼ - ŷⱼ) for every j."""
    chosen, others = probabilities[index], _sum_of_others(probabilities, index)
    return [chosen * others if j == index else -chosen * p for j, p in enumerate(probabilities)]


def _distance_from_choice(probabilities: Sequence[Any], index: int) -> list[Any]:
    """ŷⱼ - δⱼᵢ for every j."""
    others = _sum_of_others(probabilities, index)
    return [-others if j == index else p for j, p in enumerate(probabilities)]


def _log_total(m: Any, shifted: Sequence[Any]) -> Any:
    """Log Σⱼ e^zⱼ where the largest z is 0, as log(1 + …): exact when the others are tiny."""
    exponentials = [m.exp(z) for z in shifted]
    ones = [m.where(m.equal(e, 1.0), 1.0, 0.0) for e in exponentials]
    others = total([e - one for e, one in zip(exponentials, ones, strict=True)])
    return m.log1p(others + (total(ones) - 1))


def _log_softmax(m: Any, logits: Sequence[Any], index: int) -> Any:
    if (whole := vars(m).get("log_softmax")) is not None:
        return whole(logits)[index]
    _, shifted = _shifted(m, logits)
    return shifted[index] - _log_total(m, shifted)


@op(OfSequence, lambda m, y, *zs: softmax_values(m, zs), vectors=1, domain=[(-20.0, 20.0)])
def logsumexp(m: Any, *zs: Any) -> Any:
    """Return log Σᵢ e^xᵢ, without overflow. ∂/∂xᵢ = softmax(x)ᵢ.

    >>> logsumexp([1000.0])
    1000.0
    """
    shift, shifted = _shifted(m, zs)
    return shift + _log_total(m, shifted)


class _Probabilities(Primitive):
    """An op of logits with an output for each: one node for each, which depends on every logit."""

    seen_as: OfLogits
    in_formulas = False

    def __call__(self, logits: Iterable[Any], *others: Any) -> Any:
        operands = sequence(logits, self.name, others)
        # What all outputs need is computed once; a test holds them equal to the rules.
        try:
            found = self.outputs([z._data for z in operands])
        except AttributeError:  # there are numbers among them
            return [apply(self.bind(i), *operands) for i in range(len(operands))]
        return [
            operands[0]._computed_from(operands, self.bind(i), y, slopes)
            for i, (y, slopes) in enumerate(found)
        ]

    def outputs(self, logits: list[float]) -> list[tuple[float, list[float]]]:
        """Return each output and its local derivatives."""
        raise NotImplementedError


class Softmax(_Probabilities):
    def outputs(self, logits: list[float]) -> list[tuple[float, list[float]]]:
        found = softmax_values(arithmetic, logits)
        return [(y, _softmax_slopes(found, i)) for i, y in enumerate(found)]


@op(
    Softmax,
    lambda m, y, *zs: _softmax_slopes(softmax_values(m, zs[:-1]), zs[-1]),
    activation="glorot",
    vectors=1,
    chooses=True,
    domain=[(-20.0, 20.0)],
)
def softmax(m: Any, *zs: Any) -> Any:
    """Return ŷᵢ = e^zᵢ / Σⱼ e^zⱼ for every i, without overflow: one node for each output.

    ∂ŷᵢ/∂zⱼ = ŷᵢ(δᵢⱼ - ŷⱼ): every output depends on every logit.

    >>> softmax([0.0, 0.0])
    [0.5, 0.5]
    """
    return softmax_values(m, zs[:-1])[zs[-1]]


class LogSoftmax(_Probabilities):
    def outputs(self, logits: list[float]) -> list[tuple[float, list[float]]]:
        _, shifted = _shifted(arithmetic, logits)
        whole, shares = _log_total(arithmetic, shifted), softmax_values(arithmetic, logits)
        slopes = [[-d for d in _distance_from_choice(shares, i)] for i in range(len(shares))]
        return [(z - whole, slope) for z, slope in zip(shifted, slopes, strict=True)]


@op(
    LogSoftmax,
    lambda m, y, *zs: [-d for d in _distance_from_choice(softmax_values(m, zs[:-1]), zs[-1])],
    activation="glorot",
    vectors=1,
    chooses=True,
    domain=[(-20.0, 20.0)],
)
def log_softmax(m: Any, *zs: Any) -> Any:
    """Return log softmax(z)ᵢ = zᵢ - log Σⱼ e^zⱼ for every i, without overflow.

    ∂/∂zⱼ = δᵢⱼ - softmax(z)ⱼ.

    >>> log_softmax([1000.0, 0.0])
    [0.0, -1000.0]
    """
    return _log_softmax(m, zs[:-1], zs[-1])


class CrossEntropy(Primitive):
    seen_as: OfLogitsAndTarget
    in_formulas = False

    def __call__(self, logits: Iterable[Any], target: int | Iterable[Any]) -> Any:
        operands = sequence(logits, self.name)
        n = len(operands)
        if isinstance(target, IndexOfExample):
            return target.applied(self, operands)
        if hasattr(target, "__iter__") and not isinstance(target, (str, bytes)):
            distribution = tuple(target)
            if len(distribution) != n:
                raise unpaired(self.name, logits=operands, targets=distribution)
            return apply(cross_entropy_of_distribution, *operands, *distribution)
        if target not in range(n):
            raise ArgumentError(
                f"the target of cross_entropy must be a class from 0 to {n - 1} or a sequence of "
                f"{n} probabilities, not {target!r}"
            )
        return apply(self.bind(int(target)), *operands)


@op(
    CrossEntropy,
    lambda m, y, *zs: _distance_from_choice(softmax_values(m, zs[:-1]), zs[-1]),
    vectors=1,
    chooses=True,
    domain=[(-20.0, 20.0)],
)
def cross_entropy(m: Any, *zs: Any) -> Any:
    """Return -Σⱼ pⱼ log softmax(z)ⱼ as one node, for logits z and a target.

    The target is the index of the true class (pⱼ = 1 there), or the distribution p, a sequence.
    ∂/∂zⱼ = softmax(z)ⱼ Σᵢpᵢ - pⱼ: for the notes' one-hot target, ŷ - y. ∂/∂pⱼ = -log softmax(z)ⱼ.

    Raises:
        ArgumentError: if the target is no index of the logits.
        ShapeError: if the lengths differ.

    >>> cross_entropy([1000.0, 0.0], 1)
    1000.0
    >>> cross_entropy([1000.0, 0.0], [0.0, 1.0])
    1000.0
    """
    return -_log_softmax(m, zs[:-1], zs[-1])


def _slopes_of_distribution(m: Any, y: Any, *operands: Any) -> list[Any]:
    logits, targets = halves(operands)
    mass, probabilities = total(targets), softmax_values(m, logits)
    return [
        *(y * mass - p for y, p in zip(probabilities, targets, strict=True)),
        *(-_log_softmax(m, logits, j) for j in range(len(logits))),
    ]


@op(Primitive, _slopes_of_distribution, vectors=2, domain=[(-20.0, 20.0), (0.0, 1.0)])
def cross_entropy_of_distribution(m: Any, *operands: Any) -> Any:
    logits, targets = halves(operands)
    _, shifted = _shifted(m, logits)
    log_total = _log_total(m, shifted)
    return total([p * (log_total - z) for z, p in zip(shifted, targets, strict=True)])
