"""A training epoch by epoch, for a page to go through."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol

import autograd
from autograd import Value
from autograd.ops import CONSTANT
from viz.errors import OptionError
from viz.options import require_value

MOST_EPOCHS = 200  # that a page has; of more, evenly spaced ones


class EpochLike(Protocol):
    """What ``nn.fit`` hands its callback, as far as it is read here."""

    @property
    def epoch(self) -> int: ...

    @property
    def loss(self) -> float: ...


class Moment(NamedTuple):
    """The leaves of a loss after an epoch, and the loss of the training; None before it began."""

    epoch: int
    loss: float | None
    numbers: tuple[float, ...]


class Epochs:
    """Record what a training makes of the leaves of a loss: ``callback=`` of ``nn.fit``.

    ``viz.stepper(loss, epochs=…)`` then has a slider over the epochs: at each, the graph shows the
    numbers that it had after it. The first moment is that before the training.

    Args:
        loss: the loss of one example, computed from the parameters that are trained.
        inputs: two leaves of the loss. The page then has a map of what a node is over the plane of
            these two, at each epoch: of the loss, or of the node that is clicked, so of the output
            the decision boundary.
        examples: rows of two numbers that the map shows, and the target of each.

    Raises:
        NotAValueError: if the loss or an input is not a Value.
        OptionError: if the inputs are not two leaves of the loss, or the examples do not fit.

    >>> import nn
    >>> model = nn.MLP(1, [2, 1], seed=0)
    >>> loss = nn.max_margin(model([Value(0.5, label="x")]), 1)
    >>> epochs = Epochs(loss)
    >>> data = [[0.5]], [1]
    >>> _ = nn.fit(model, *data, loss="max_margin", epochs=3, callback=epochs, progress=False)
    >>> epochs
    Epochs(3 epochs of 8 leaves)
    """

    def __init__(
        self,
        loss: Value,
        *,
        inputs: Sequence[Value] = (),
        examples: tuple[Sequence[Sequence[float]], Sequence[float]] = ((), ()),
    ) -> None:
        require_value(loss, "the loss")
        self.loss = loss
        self.leaves = tuple(
            [
                node
                for node in autograd.topological_order(loss)
                if not node.parents and node.primitive is not CONSTANT
            ]
        )
        self.inputs = self._checked(inputs)
        self.examples = _checked_examples(*examples) if self.inputs else ()
        self.moments = [self._now(0, None)]

    def _checked(self, inputs: Sequence[Value]) -> tuple[Value, ...]:
        for each in inputs:
            require_value(each, "an input")
        if inputs and (len({*inputs}) != 2 or not {*inputs} <= {*self.leaves}):
            raise OptionError("inputs must be two leaves that the loss was computed from")
        return tuple(inputs)

    def __call__(self, record: EpochLike) -> None:
        """Remember the leaves as they are, after an epoch."""
        self.moments.append(self._now(record.epoch, record.loss))

    def _now(self, epoch: int, loss: float | None) -> Moment:
        return Moment(epoch, loss, tuple([leaf.data for leaf in self.leaves]))

    def shown(self) -> list[Moment]:
        """Return the moments that a page has: all, or evenly spaced ones with the last."""
        last = len(self.moments) - 1
        if last < MOST_EPOCHS:
            return self.moments
        return [self.moments[i * last // MOST_EPOCHS] for i in range(MOST_EPOCHS + 1)]

    def __repr__(self) -> str:
        return f"Epochs({len(self.moments) - 1} epochs of {len(self.leaves)} leaves)"


def _checked_examples(
    rows: Sequence[Sequence[float]], targets: Sequence[float]
) -> tuple[tuple[float, float, float], ...]:
    """Return each example as its two inputs and its target."""
    try:
        return tuple(
            [
                (float(x), float(y), float(target))
                for (x, y), target in zip(rows, targets, strict=True)
            ]
        )
    except (TypeError, ValueError):
        raise OptionError(
            "examples must be rows of two numbers, and as many targets, one number each"
        ) from None
