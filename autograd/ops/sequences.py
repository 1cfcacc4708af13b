"""Of a whole sequence, or of two: one node for it, with a local derivative for each operand."""

from __future__ import annotations

from autograd.arguments import sequence, unpaired
from autograd.errors import ShapeError
from autograd.ops.record import OfAny, OfSequence, Primitive, apply, folded, halves, op, total

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Any

    from autograd.signatures import OfOutputsAndTargets, OfWeightsAndInputs


def _share_of_extreme(m: Any, y: Any, operands: Sequence[Any]) -> list[Any]:
    """The local derivatives of max and min: those that tie share the gradient evenly."""
    hits = [m.where(m.equal(x, y), 1.0, 0.0) for x in operands]
    count = total(hits)
    return [m.divide(hit, count) for hit in hits]


def _products_of_others(operands: Sequence[Any]) -> list[Any]:
    """For each factor the product of all others, without a division: exact when some are 0."""
    before: list[Any] = [1.0]
    for x in operands[:-1]:
        before.append(before[-1] * x)
    after: list[Any] = [1.0]
    for x in operands[:0:-1]:
        after.append(after[-1] * x)
    return [left * right for left, right in zip(before, reversed(after), strict=True)]


@op(OfSequence, lambda m, y, *xs: (1.0,) * len(xs), vectors=1)
def sum(m: Any, *xs: Any) -> Any:
    """Return the sum as one node, where the built-in ``sum`` makes a chain. ∂/∂xᵢ = 1.

    >>> sum([1.0, 2.0, 4.0])
    7.0
    """
    return total(xs)


@op(
    OfSequence,
    lambda m, y, *xs: (1 / len(xs),) * len(xs),
    readable=lambda m, y, *xs: [m.divide(1, len(xs))] * len(xs),
    vectors=1,
)
def mean(m: Any, *xs: Any) -> Any:
    """Return the arithmetic mean of n values. ∂/∂xᵢ = 1/n.

    >>> mean([1.0, 2.0, 6.0])
    3.0
    """
    return m.divide(total(xs), len(xs))


@op(OfSequence, lambda m, y, *xs: _products_of_others(xs), vectors=1)
def prod(m: Any, *xs: Any) -> Any:
    """Return the product. ∂/∂xᵢ is the product of all others, exact when some are 0.

    >>> prod([2.0, 3.0, 4.0])
    24.0
    """
    return folded(lambda a, b: a * b, xs)


@op(OfSequence, lambda m, y, *xs: _share_of_extreme(m, y, xs), latex=r"\max", vectors=1)
def max(m: Any, *xs: Any) -> Any:
    """Return the largest. Its local derivative is 1 and the others' 0; k that tie get 1/k each.

    >>> max([1.0, 3.0, 2.0])
    3.0
    """
    return folded(m.maximum, xs)


@op(OfSequence, lambda m, y, *xs: _share_of_extreme(m, y, xs), latex=r"\min", vectors=1)
def min(m: Any, *xs: Any) -> Any:
    """Return the smallest. Its local derivative is 1 and the others' 0; k that tie get 1/k each.

    >>> min([1.0, 3.0, 2.0])
    1.0
    """
    return folded(m.minimum, xs)


@op(
    OfSequence,
    lambda m, y, *xs: [m.where(m.equal(y, 0.0), 0.0, m.divide(x, y)) for x in xs],
    readable=lambda m, y, *xs: [x / y for x in xs],
    vectors=1,
)
def norm(m: Any, *xs: Any) -> Any:
    """Return the Euclidean norm √(Σ xᵢ²). ∂/∂xᵢ = xᵢ / norm, and 0 where the norm is 0.

    >>> norm([3.0, 4.0])
    5.0
    """
    return m.hypot(*xs)


@op(OfAny, norm.derivatives, readable=norm.readable, vectors=1)
def hypot(m: Any, *xs: Any) -> Any:
    """Return the length √(x² + y² + …), without overflow. ∂/∂x = x / length, and 0 where that is 0.

    >>> hypot(3.0, 4.0)
    5.0
    """
    return m.hypot(*xs)


class Dot(Primitive):
    seen_as: OfWeightsAndInputs
    in_formulas = False

    def __call__(self, weights: Any, inputs: Any, bias: Any = None) -> Any:
        weights, inputs = tuple(weights), tuple(inputs)
        if len(weights) != len(inputs):
            raise unpaired(self.name, weights=weights, inputs=inputs)
        if not weights:
            raise ShapeError("dot of nothing: it needs at least one weight and one input")
        first = weights if bias is None else (*weights, bias)
        # Written out as it is most of the work of a network; a test holds it equal to the rule.
        try:
            return weights[0]._dot(first, inputs, tuple([x._data for x in inputs]))
        except AttributeError:  # there are numbers among them
            return apply(self, *weights, *inputs, *first[len(inputs) :])


def _factors(m: Any, y: Any, *operands: Any) -> list[Any]:
    weights, inputs = halves(operands)
    return [*inputs, *weights, 1.0] if len(operands) % 2 else [*inputs, *weights]


@op(Dot, _factors, vectors=2)
def dot(m: Any, *operands: Any) -> Any:
    """Return Σᵢ wᵢxᵢ, plus the bias if there is one: a whole neuron's a = w·x + b as one node.

    ∂/∂wᵢ = xᵢ, ∂/∂xᵢ = wᵢ and ∂/∂b = 1.

    Raises:
        ShapeError: if there are not as many inputs as weights, or none.

    >>> dot([1.0, 2.0], [3.0, 4.0], 0.5)
    11.5
    """
    weights, inputs = halves(operands)
    found = total([w * x for w, x in zip(weights, inputs, strict=True)])
    return found + operands[-1] if len(operands) % 2 else found


class SquaredError(Primitive):
    seen_as: OfOutputsAndTargets
    in_formulas = False

    def __call__(self, outputs: Iterable[Any], targets: Iterable[Any]) -> Any:
        operands, wanted = sequence(outputs, self.name), sequence(targets, self.name)
        if len(operands) != len(wanted):
            raise unpaired(self.name, outputs=operands, targets=wanted)
        return apply(self, *operands, *wanted)


def _doubled(m: Any, error: Any, *operands: Any) -> list[Any]:
    differences = [y - output for output, y in zip(*halves(operands), strict=True)]
    return [factor * difference for factor in (-2.0, 2.0) for difference in differences]


@op(SquaredError, _doubled, vectors=2)
def squared_error(m: Any, *operands: Any) -> Any:
    """Return Σᵢ (yᵢ - ŷᵢ)² as one node, for outputs ŷ and targets y.

    ∂/∂ŷᵢ = -2(yᵢ - ŷᵢ) and ∂/∂yᵢ = 2(yᵢ - ŷᵢ).

    Raises:
        ShapeError: if there are not as many targets as outputs, or none.

    >>> squared_error([0.75, 0.25], [1.0, 0.0])
    0.125
    """
    differences = [y - output for output, y in zip(*halves(operands), strict=True)]
    return total([difference * difference for difference in differences])
