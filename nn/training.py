"""The training loop: over the data again and again, until satisfied."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from numbers import Real
from random import Random
from typing import Any

from autograd import OperandError, ShapeError, Value, no_grad, pause_gc
from nn import losses
from nn.errors import ConfigurationError, DataError, NonFiniteError
from nn.losses import Loss
from nn.module import Module
from nn.optimisers import Adam, Optimiser, clip_gradients
from nn.progress import Progress


@dataclass(frozen=True, slots=True)
class EpochRecord:
    """What one pass over the data came to.

    The training loss and accuracy are those seen on the way: each example's before the step that
    learned from its batch. Accuracies are from 0 to 1, and None where nothing is classified.
    """

    epoch: int
    loss: float
    accuracy: float | None
    validation_loss: float | None
    validation_accuracy: float | None
    seconds: float

    @property
    def score(self) -> float:
        """What the best epoch has least of: the validation loss, or without one the loss."""
        return self.loss if self.validation_loss is None else self.validation_loss


@dataclass(slots=True)
class History:
    """What came of each epoch of a training, and why it ended.

    ``stopped`` is ``"epochs"`` (all were done), ``"until"`` (the loss was small enough),
    ``"callback"`` (it returned True) or ``"interrupted"`` (Ctrl-C).

    >>> history = History([EpochRecord(1, 0.5, 0.75, None, None, 0.1)], stopped="epochs")
    >>> history.loss, history.accuracy, history.best_epoch, history.interrupted
    ([0.5], [0.75], 1, False)
    """

    records: list[EpochRecord] = field(default_factory=list)
    stopped: str = ""

    @property
    def loss(self) -> list[float]:
        """The mean training loss of each epoch."""
        return [record.loss for record in self.records]

    @property
    def accuracy(self) -> list[float]:
        """The training accuracy of each epoch; empty where nothing is classified."""
        return [r.accuracy for r in self.records if r.accuracy is not None]

    @property
    def validation_loss(self) -> list[float]:
        """The mean validation loss after each epoch; empty without validation data."""
        return [r.validation_loss for r in self.records if r.validation_loss is not None]

    @property
    def validation_accuracy(self) -> list[float]:
        """The validation accuracy after each epoch, as for :attr:`accuracy`."""
        return [r.validation_accuracy for r in self.records if r.validation_accuracy is not None]

    @property
    def seconds(self) -> list[float]:
        """How long each epoch took."""
        return [record.seconds for record in self.records]

    @property
    def best(self) -> EpochRecord | None:
        """The record of the epoch whose parameters the model holds; the first of equals."""
        return min(self.records, key=lambda record: record.score, default=None)

    @property
    def best_epoch(self) -> int:
        """The number of that epoch, from 1; 0 if none was finished."""
        return self.best.epoch if self.best else 0

    @property
    def interrupted(self) -> bool:
        """Whether Ctrl-C ended the training."""
        return self.stopped == "interrupted"


def fit(
    model: Module,
    inputs: Iterable[Any],
    targets: Iterable[Any],
    *,
    loss: str | Loss,
    optimiser: Optimiser | None = None,
    epochs: int = 20,
    until: float | None = None,
    batch_size: int | None = 32,
    shuffle: bool = True,
    seed: int | Random = 0,
    validation: tuple[Iterable[Any], Iterable[Any]] | None = None,
    accuracy: bool | None = None,
    clip: float | None = None,
    progress: bool | None = None,
    callback: Callable[[EpochRecord], object] | None = None,
) -> History:
    """Train a model on examples by gradient descent on the mean loss of each batch.

    However it ends, by itself, by Ctrl-C or by an error, the model then holds the parameters of the
    best epoch that was finished: the one with the smallest validation loss, or without validation
    data the smallest training loss. Ctrl-C in the first epoch keeps what was reached by then; an
    error there restores the parameters that the model had before.

    Args:
        model: called with one example at a time.
        inputs: the examples: a list of rows, or an array with a row for each.
        targets: what the loss compares with the output, one for each example.
        loss: a function of the output and the target of one example, or the name of one:
            "cross_entropy", "binary_cross_entropy", "max_margin", "squared_error",
            "mean_squared_error".
        optimiser: what changes the parameters; by default Adam with learning rate 0.01.
        epochs: the number of passes over the data, at most.
        until: stop after the first epoch whose training loss is below this: the notes' ε.
        batch_size: examples in each step; None for all.
        shuffle: whether each epoch goes through the data in a new order.
        seed: which order: a whole number or a ``random.Random``.
        validation: inputs and targets to measure after each epoch and never to learn from.
        accuracy: whether to count right answers, as :func:`accuracy` does; by default if the loss
            is one for classes.
        clip: the largest norm of the gradient, see :func:`clip_gradients`.
        progress: whether to show it, on standard error; by default if that is a terminal.
        callback: called after each epoch with its record; returning True ends the training.

    Returns:
        A :class:`History`, with the loss and more of each epoch.

    Raises:
        DataError: if there are no examples, or not as many targets as inputs.
        ConfigurationError: if a setting is not in its range.
        NonFiniteError: if a loss or a gradient is inf or nan; it says in which epoch and batch.

    >>> from nn import MLP, SGD
    >>> model = MLP(2, [4, 1], activation="tanh", seed=2)
    >>> xor = [[0, 0], [0, 1], [1, 0], [1, 1]], [-1, 1, 1, -1]
    >>> history = fit(model, *xor, loss="max_margin", epochs=500, until=0.01, progress=False)
    >>> history.stopped, history.loss[-1] < 0.01, history.accuracy[-1]
    ('until', True, 1.0)
    """
    examples = _examples(inputs, targets, "the training data")
    held_out = None
    if validation is not None:
        held_out = _examples(*_pair(validation), what="the validation data")
    _positive("epochs", epochs)
    size = len(examples) if batch_size is None else _positive("batch_size", batch_size)
    if until is not None and not (isinstance(until, Real) and until == until):
        raise ConfigurationError(f"until must be a number, the loss to get below, not {until!r}")
    parameters = model.parameters()
    if optimiser is None:
        optimiser = Adam(parameters, learning_rate=0.01)
    if not isinstance(optimiser, Optimiser):
        raise ConfigurationError(
            f"an optimiser is made with the parameters, as in nn.Adam(model.parameters(), 0.01), "
            f"not {optimiser!r}"
        )
    if not {*map(id, parameters)} & {*map(id, optimiser.parameters)}:
        raise ConfigurationError(
            f"the optimiser has none of the parameters of {model!r}, so nothing would be learned; "
            "make it with model.parameters()"
        )
    loss = losses.find(loss)
    task = _Task(model, loss, loss in _CLASSIFYING if accuracy is None else accuracy)
    generator = seed if isinstance(seed, Random) else Random(seed)

    history = History()
    best = [parameter.data for parameter in parameters]
    order = list(range(len(examples)))
    batches = math.ceil(len(order) / size)
    try:
        with Progress(epochs, batches, progress) as display:
            for epoch in range(1, epochs + 1):
                started = time.perf_counter()
                if shuffle:
                    generator.shuffle(order)
                seen, unseen = _Totals(), _Totals()
                where = f"epoch {epoch}"
                try:
                    for batch in range(batches):
                        where = f"epoch {epoch}, batch {batch + 1} of {batches}"
                        chosen = order[batch * size : (batch + 1) * size]
                        task.learn([(i, *examples[i]) for i in chosen], optimiser, clip, seen)
                        display.advance(epoch, seen.loss, seen.accuracy)
                    where = f"epoch {epoch}, validation"
                    if held_out is not None:
                        task.measure(held_out, unseen)
                except NonFiniteError as error:
                    kept = f"of epoch {history.best_epoch}" if history.records else "from before"
                    raise NonFiniteError(
                        f"{where}: {error}. A smaller learning rate or clip=1.0 may help; with "
                        "autograd.detect_anomaly() the error names the operation. The model has "
                        f"its parameters {kept}"
                    ) from None
                record = EpochRecord(
                    epoch,
                    seen.loss,
                    seen.accuracy,
                    unseen.loss if held_out else None,
                    unseen.accuracy if held_out else None,
                    time.perf_counter() - started,
                )
                if history.best is None or record.score < history.best.score:
                    best = [parameter.data for parameter in parameters]
                history.records.append(record)
                display.finish(record)
                if callback is not None and callback(record) is True:
                    history.stopped = "callback"
                    break
                if until is not None and record.loss < until:
                    history.stopped = "until"
                    break
            else:
                history.stopped = "epochs"
    except KeyboardInterrupt:
        history.stopped = "interrupted"
        if not history.records:
            best = [parameter.data for parameter in parameters]
    finally:
        for parameter, data in zip(parameters, best, strict=True):
            parameter.data = data
        optimiser.zero_grad()
    return history


def evaluate(
    model: Module, inputs: Iterable[Any], targets: Iterable[Any], *, loss: str | Loss
) -> float:
    """Return the mean loss of a model on examples, without recording a graph.

    Raises:
        DataError: if there are no examples, or not as many targets as inputs.

    >>> from nn import Neuron
    >>> neuron = Neuron(1, "linear", seed=0)
    >>> neuron.load_state_dict({"weights.0": 2.0, "bias": 0.0})
    >>> evaluate(neuron, [[1.0], [2.0]], [2.0, 3.0], loss="squared_error")
    0.5
    """
    totals = _Totals()
    _Task(model, losses.find(loss), False).measure(_examples(inputs, targets, "the data"), totals)
    return totals.loss


def accuracy(model: Module, inputs: Iterable[Any], targets: Iterable[Any]) -> float:
    """Return the share of examples that a model gets right, from 0 to 1.

    The output with the largest number names the class; the target is its index, or the class with
    the largest of a list of probabilities. A model with one output says yes by a positive one, and
    the target too: 0 or 1, -1 or +1. (So the output is a logit or a score, not a probability.)

    Raises:
        DataError: if there are no examples, or not as many targets as inputs.

    >>> from nn import Neuron
    >>> neuron = Neuron(1, "linear", seed=0)
    >>> neuron.load_state_dict({"weights.0": 1.0, "bias": 0.0})
    >>> accuracy(neuron, [[-1.0], [1.0], [2.0]], [0, 1, 0])
    0.6666666666666666
    """
    totals = _Totals()
    _Task(model, None, True).measure(_examples(inputs, targets, "the data"), totals)
    return (totals.correct or 0) / totals.count


def predict(model: Module, inputs: Iterable[Any]) -> list[Any]:
    """Return the outputs of a model for many examples as numbers, without recording a graph.

    For each example that is a list of floats, or one float if the model has one output.

    >>> from nn import Neuron
    >>> neuron = Neuron(1, "linear", seed=0)
    >>> neuron.load_state_dict({"weights.0": 2.0, "bias": 1.0})
    >>> predict(neuron, [[1.0], [2.0]])
    [3.0, 5.0]
    """
    with pause_gc(), no_grad():
        return [_numbers(model(example)) for example in _rows(inputs)]


_CLASSIFYING = (losses.cross_entropy, losses.binary_cross_entropy, losses.max_margin)


@dataclass(slots=True)
class _Totals:
    """Sums over the examples seen so far."""

    count: int = 0
    loss_sum: float = 0.0
    correct: int | None = None

    @property
    def loss(self) -> float:
        return self.loss_sum / self.count

    @property
    def accuracy(self) -> float | None:
        return None if self.correct is None else self.correct / self.count


@dataclass(frozen=True, slots=True)
class _Task:
    """What is to be learned: the model, what it is measured by, and whether it classifies."""

    model: Module
    loss: Loss | None
    classifies: bool

    def learn(
        self,
        examples: Sequence[tuple[int, Any, Any]],
        optimiser: Optimiser,
        clip: float | None,
        totals: _Totals,
    ) -> None:
        """Take one step by the gradient of the mean loss of a batch."""
        optimiser.zero_grad()
        # Gradients of several losses add up, so each example's graph can go before the next is
        # built: less memory, and quicker, than one graph for the batch.
        with pause_gc():
            for i, example, target in examples:
                error = self.add(i, example, target, totals)
                if not isinstance(error, Value):
                    raise DataError(f"the loss must be a Value that was computed, not {error!r}")
                (error / len(examples)).backward()
        if clip is not None:
            clip_gradients(optimiser.parameters, clip)
        optimiser.step()

    def measure(self, examples: Sequence[tuple[Any, Any]], totals: _Totals) -> None:
        """Add examples to the totals and learn nothing from them."""
        with pause_gc(), no_grad():
            for i, (example, target) in enumerate(examples):
                self.add(i, example, target, totals)

    def add(self, i: int, example: Any, target: Any, totals: _Totals) -> Any:
        """Add one example to the totals and return its loss."""
        try:
            output = self.model(example)
            error = 0.0 if self.loss is None else self.loss(output, target)
            if self.classifies:
                totals.correct = (totals.correct or 0) + _is_correct(output, target)
        except (DataError, OperandError, ShapeError) as mistake:
            raise type(mistake)(f"example {i}: {mistake}") from mistake
        data = _numbers(error)
        if not math.isfinite(data):
            raise NonFiniteError(f"the loss of example {i} is {data}{_reason(example)}")
        totals.count += 1
        totals.loss_sum += data
        return error


def _is_correct(output: Any, target: Any) -> bool:
    numbers = _numbers(output)
    if not isinstance(numbers, list):
        return bool((numbers > 0) == (target > 0))
    chosen = numbers.index(max(numbers))
    if isinstance(target, (list, tuple)):
        return chosen == target.index(max(target))
    return bool(chosen == target)


def _numbers(output: Any) -> Any:
    """Return a Value or a list of them as plain numbers."""
    if isinstance(output, Value):
        return output.data
    if isinstance(output, (list, tuple)):
        return [_numbers(each) for each in output]
    return output


def _reason(example: Any) -> str:
    """Say which input is not finite, if one is: then it is the data and not the training."""
    if isinstance(example, list):
        for position, number in enumerate(example):
            if isinstance(number, float) and not math.isfinite(number):
                return f", and its input {position} is {number}"
    return ""


def _examples(inputs: Iterable[Any], targets: Iterable[Any], what: str) -> list[tuple[Any, Any]]:
    """Return the data as a list of pairs of Python objects, which are quicker than arrays."""
    left, right = _rows(inputs), _rows(targets)
    if len(left) != len(right):
        raise DataError(
            f"{what} must have one target for each input, not {len(left)} inputs and "
            f"{len(right)} targets"
        )
    if not left:
        raise DataError(f"{what} must have at least one example; it is empty")
    return list(zip(left, right, strict=True))


def _rows(data: Iterable[Any]) -> list[Any]:
    if hasattr(data, "to_numpy"):  # pandas
        data = data.to_numpy()
    try:
        return list(data.tolist() if hasattr(data, "tolist") else data)
    except TypeError:
        raise DataError(
            f"data must be a list or an array with a row for each example, not {data!r}"
        ) from None


def _pair(validation: Any) -> tuple[Any, Any]:
    if not isinstance(validation, (tuple, list)) or len(validation) != 2:
        raise DataError("validation must be a pair: validation=(inputs, targets)")
    left, right = validation
    return left, right


def _positive(name: str, number: Any) -> int:
    if not isinstance(number, int) or isinstance(number, bool) or number < 1:
        raise ConfigurationError(f"{name} must be a positive whole number, not {number!r}")
    return number
