"""Losses: how wrong the output of a network is for one example.

Each takes the output of a model, one Value or a list of them, and the target; ``fit`` averages the
losses of the examples of a batch. All take plain numbers too, and then return a float.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, overload

import autograd
from autograd import ArgumentError, ShapeError, Value
from autograd.errors import did_you_mean
from autograd.requirements import Requirement, require
from nn.elsewhere import OF_LOSSES
from nn.errors import ConfigurationError, DataError

if TYPE_CHECKING:
    from autograd.operands import Operand, RealNumber

Outputs: TypeAlias = "Operand | Iterable[Operand]"
Numbers: TypeAlias = "RealNumber | Iterable[RealNumber]"
Loss: TypeAlias = Callable[[Any, Any], Any]
LossName: TypeAlias = Literal[
    "binary_cross_entropy",
    "cross_entropy",
    "max_margin",
    "mean_squared_error",
    "squared_error",
]

_PROBABILITY = Requirement(
    "the target of binary_cross_entropy",
    "a number from 0 to 1",
    DataError,
    low=0.0,
    high=1.0,
    hints=((-1.0, "labels -1 and +1 are for max_margin"),),
)
_SIGN = Requirement(
    "the target of max_margin",
    "-1 or +1",
    DataError,
    among=(-1.0, 1.0),
    hints=((0.0, "for labels 0 and 1 write 2 * y - 1"),),
)


@overload
def squared_error(outputs: Numbers, targets: Numbers) -> float: ...
@overload
def squared_error(outputs: Outputs, targets: Outputs) -> Value: ...
def squared_error(outputs: Any, targets: Any) -> Any:
    """Return Σᵢ (yᵢ - ŷᵢ)², for outputs ŷ and targets y.

    ∂/∂ŷᵢ = 2 (ŷᵢ - yᵢ). Source: the lecture notes; unlike the mean, it grows with the number of
    outputs.

    Args:
        outputs: a number or Value, or a list of n.
        targets: as many numbers.

    Raises:
        ShapeError: if there are not as many targets as outputs.

    >>> squared_error([0.75, 0.25], [1.0, 0.0])
    0.125
    """
    return autograd.squared_error(_vector(outputs), _vector(targets))


@overload
def mean_squared_error(outputs: Numbers, targets: Numbers) -> float: ...
@overload
def mean_squared_error(outputs: Outputs, targets: Outputs) -> Value: ...
def mean_squared_error(outputs: Any, targets: Any) -> Any:
    """Return (1/n) Σᵢ (yᵢ - ŷᵢ)², for n outputs ŷ and targets y.

    ∂/∂ŷᵢ = 2 (ŷᵢ - yᵢ) / n. Source: the usual loss of regression.

    Args:
        outputs: a number or Value, or a list of n.
        targets: as many numbers.

    Raises:
        ShapeError: if there are not as many targets as outputs.

    >>> mean_squared_error([0.75, 0.25], [1.0, 0.0])
    0.0625
    """
    outputs = _vector(outputs)
    return autograd.squared_error(outputs, _vector(targets)) * (1 / len(outputs))


@overload
def binary_cross_entropy(logit: Numbers, target: RealNumber) -> float: ...
@overload
def binary_cross_entropy(logit: Outputs, target: Operand) -> Value: ...
def binary_cross_entropy(logit: Any, target: Any) -> Any:
    """Return -y log σ(a) - (1 - y) log(1 - σ(a)) for a logit a and a target y from 0 to 1.

    As 1 - σ(a) = σ(-a), it is y log(1 + e⁻ᵃ) + (1 - y) log(1 + eᵃ), which no logit overflows and
    which is exact for a logit that is very sure. ∂/∂a = σ(a) - y.
    Source: the log likelihood of logistic regression. The output layer is linear: σ is in here.

    Args:
        logit: one number or Value, or a list of one.
        target: a number from 0 to 1.

    Raises:
        DataError: if the target is not between 0 and 1.
        ShapeError: if there is more than one logit.

    >>> binary_cross_entropy(0.0, 1)  # log 2
    0.6931471805599453
    >>> binary_cross_entropy(1000.0, 0)
    1000.0
    """
    a = _single(logit, "binary_cross_entropy")
    require(target, _PROBABILITY)
    if not isinstance(target, Value) and target in (0, 1):  # one of the two terms is 0
        return autograd.softplus(a if target == 0 else -a)
    return target * autograd.softplus(-a) + (1 - target) * autograd.softplus(a)


@overload
def cross_entropy(logits: Iterable[RealNumber], target: int | Iterable[RealNumber]) -> float: ...
@overload
def cross_entropy(logits: Iterable[Operand], target: int | Iterable[Operand]) -> Value: ...
def cross_entropy(logits: Any, target: Any) -> Any:
    """Return -Σⱼ yⱼ log softmax(a)ⱼ for logits a and a target y, as one node.

    The target is the index of the true class, or one probability for each class. For a one-hot
    target, ∂/∂aⱼ = ŷⱼ - yⱼ with ŷ = softmax(a). Source: the lecture notes. The output layer is
    linear: softmax is in here.

    Args:
        logits: a list of n numbers or Values.
        target: a class from 0 to n - 1, or n probabilities.

    Raises:
        DataError: if the index is no class, or the probabilities are not as many as the logits.

    >>> cross_entropy([0.0, 0.0], 1)  # log 2
    0.6931471805599453
    """
    if isinstance(logits, Value) or not isinstance(logits, Iterable):
        raise DataError(
            "cross_entropy needs a list of logits, one for each class, not one output; for two "
            "classes and one output there is binary_cross_entropy"
        )
    try:
        return autograd.cross_entropy(logits, target)
    except (ArgumentError, ShapeError) as error:
        raise DataError(str(error)) from None


@overload
def max_margin(score: Numbers, target: RealNumber) -> float: ...
@overload
def max_margin(score: Outputs, target: RealNumber) -> Value: ...
def max_margin(score: Any, target: Any) -> Any:
    """Return max(0, 1 - y·s) for a score s and a target y of -1 or +1: the hinge loss.

    ∂/∂s = -y where y·s < 1, else 0: examples that are right by a margin are left alone. Source:
    support vector machines; it is the loss of micrograd's demo.

    Args:
        score: one number or Value, or a list of one.
        target: -1 or +1.

    Raises:
        DataError: if the target is neither -1 nor +1.
        ShapeError: if there is more than one score.

    >>> max_margin(0.25, 1)
    0.75
    >>> max_margin(3.0, 1)
    0.0
    """
    s = _single(score, "max_margin")
    require(target, _SIGN)
    return autograd.relu(1.0 - target * s)


LOSSES: dict[str, Loss] = {
    loss.__name__: loss
    for loss in (binary_cross_entropy, cross_entropy, max_margin, mean_squared_error, squared_error)
}


def find(loss: LossName | Loss) -> Loss:
    """Return the loss of a name; a function is returned as it is.

    Raises:
        ConfigurationError: if there is none of that name.
    """
    if isinstance(loss, str):
        if loss not in LOSSES:
            raise ConfigurationError(
                f"unknown loss {loss!r}{did_you_mean(loss, LOSSES, OF_LOSSES)}"
            )
        return LOSSES[loss]
    if not callable(loss):
        raise ConfigurationError(f"a loss must be a name or a function, not {loss!r}")
    return loss


def _vector(numbers: Outputs) -> list[Any]:
    """Return one number or many as a list."""
    if isinstance(numbers, Value):
        return [numbers]
    return list(numbers) if isinstance(numbers, Iterable) else [numbers]


def _single(outputs: Outputs, loss: str) -> Any:
    vector = _vector(outputs)
    if len(vector) != 1:
        raise ShapeError(f"{loss} is for a model with one output, not {len(vector)}")
    return vector[0]
