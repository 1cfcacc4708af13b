"""What all engines share: the task, its training, the totals, and what an engine does."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from autograd import ArgumentError, OperandError, ShapeError, Value, no_grad, pause_gc
from autograd.operands import is_number
from nn.errors import ConfigurationError, DataError, NonFiniteError
from nn.losses import Loss
from nn.module import Module, parameters_by_layer
from nn.optimisers import Optimiser

Examples = Sequence[tuple[Any, Any]]


@dataclass(slots=True)
class Totals:
    """Sums over the examples seen so far; ``correct`` is None where nothing is classified."""

    count: int = 0
    loss_sum: float = 0.0
    correct: int | None = None

    @property
    def loss(self) -> float:
        """The mean loss."""
        return self.loss_sum / self.count

    @property
    def accuracy(self) -> float | None:
        """The share of right answers."""
        return None if self.correct is None else self.correct / self.count

    def add(self, count: int, loss_sum: float, correct: int | None) -> None:
        """Add what some examples came to."""
        self.count += count
        self.loss_sum += loss_sum
        if correct is not None:
            self.correct = (self.correct or 0) + correct


@dataclass(frozen=True, slots=True)
class Task:
    """What is to be learned: the model, what it is measured by, and whether it classifies."""

    model: Module
    loss: Loss | None
    classifies: bool

    def error(self, i: int, example: Any, target: Any, totals: Totals) -> Any:
        """Add one example to the totals and return its loss."""
        try:
            output = self.model(example)
            error = 0.0 if self.loss is None else self.loss(output, target)
            correct = is_correct(output, target) if self.classifies else None
        except (ArgumentError, DataError, OperandError, ShapeError) as mistake:
            raise type(mistake)(f"example {i}: {mistake}") from mistake
        data = numbers_of(error)
        if not is_number(data):
            hint = "; is its return missing?" if error is None else ""
            raise DataError(f"the loss of example {i} must be one number, not {error!r}{hint}")
        if not math.isfinite(data):
            raise NonFiniteError(f"the loss of example {i} is {data}{_reason(example)}")
        totals.add(1, data, correct)
        return error

    def measure(self, examples: Examples, totals: Totals) -> None:
        """Add examples to the totals and learn nothing from them."""
        with pause_gc(), no_grad():
            for i, (example, target) in enumerate(examples):
                self.error(i, example, target, totals)


@dataclass(frozen=True, slots=True)
class Training:
    """A task with all that learning it needs."""

    task: Task
    examples: Examples
    held_out: Examples
    optimiser: Optimiser
    clip: float | None
    parameters: list[Value]  # of the model: to find them takes time

    def trained_layers(self) -> dict[str, list[Value]]:
        """Return the parameters of each layer that the optimiser has; no layer is without."""
        trained = set(map(id, self.optimiser.parameters))
        found = {
            name: [parameter for parameter in parameters if id(parameter) in trained]
            for name, parameters in parameters_by_layer(self.task.model).items()
        }
        return {name: parameters for name, parameters in found.items() if parameters}


class Engine:
    """Learn from batches of a training, and measure what was learned.

    Between ``begin`` and ``end`` the parameters and the optimiser's memory may be somewhere else
    than in the model and in the optimiser.
    """

    name = ""

    def __init__(self, training: Training) -> None:
        self.training = training

    def begin(self, order: Sequence[int]) -> None:
        """Take the parameters from the model, before an epoch over the examples in this order."""

    def learn(self, chosen: Sequence[int], totals: Totals) -> None:
        """Take one step by the gradient of the mean loss of the chosen examples.

        The totals get what they came to before the step.

        Raises:
            NonFiniteError: if a loss or a gradient is inf or nan; then no parameter is changed.
        """
        raise NotImplementedError

    def measure(self, totals: Totals) -> None:
        """Add the held-out examples to the totals."""
        raise NotImplementedError

    def gradient_norms(self) -> dict[str, float]:
        """Return the norm of the gradient of each layer, over the steps since ``begin``.

        It is √(Σ ‖g‖² / steps), of the gradients as they were before they were clipped.
        """
        raise NotImplementedError

    def end(self) -> None:
        """Give the parameters back to the model. Again and again does no harm."""


def has_numpy() -> bool:
    """Return whether NumPy can be imported, which compiled programs run on; it is then loaded.

    >>> has_numpy()
    True
    """
    try:
        import numpy  # noqa: F401 - a look for its files would not tell if it works
    except ImportError:
        return False
    return True


class CannotCompileError(ConfigurationError):
    """The compiled engine can't do this training; ``reason`` says why, in a line."""

    def __init__(self, reason: str, details: str = "") -> None:
        super().__init__(
            f"the compiled engine can't train this: {details or reason}\n"
            'With engine="eager", or without engine and executor, it is trained one example at a '
            "time."
        )
        self.reason = reason


def is_correct(output: Any, target: Any) -> bool:
    """Return whether an output names the class that the target names: see :func:`nn.accuracy`."""
    numbers = numbers_of(output)
    if not isinstance(numbers, list):
        return bool((numbers > 0) == (target > 0))
    return bool(numbers.index(max(numbers)) == class_of(target))


def class_of(target: Any) -> Any:
    """Return the class that a target names, which is its index or has the largest probability."""
    return target.index(max(target)) if isinstance(target, (list, tuple)) else target


def numbers_of(output: Any) -> Any:
    """Return a Value or a list of them as plain numbers."""
    if isinstance(output, Value):
        return output.data
    if isinstance(output, (list, tuple)):
        return [numbers_of(each) for each in output]
    return output


def _reason(example: Any) -> str:
    """Say which input is not finite, if one is: then it is the data and not the training."""
    if isinstance(example, list):
        for position, number in enumerate(example):
            if isinstance(number, float) and not math.isfinite(number):
                return f", and its input {position} is {number}"
    return ""
