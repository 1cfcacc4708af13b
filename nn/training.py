"""The training loop: over the data again and again, until satisfied."""

from __future__ import annotations

import html
import math
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field
from functools import partial
from numbers import Real
from random import Random
from typing import TYPE_CHECKING, Any, NoReturn

from autograd import no_grad, ops, pause_gc
from autograd.changes import make, of_attributes, of_data, restoring
from autograd.contexts import is_recording
from autograd.elsewhere import missing
from autograd.notebook import table
from autograd.ops import Primitive
from autograd.structures import leaves_of
from autograd.text import short_number
from nn import losses
from nn.activations import op_of
from nn.elsewhere import OF_FIT, OF_HISTORIES, keywords
from nn.engines.base import Engine, Task, Totals, Training, has_numpy, numbers_of
from nn.engines.choice import EngineName, choose
from nn.errors import (
    ConfigurationError,
    DataError,
    KeywordError,
    NonFiniteError,
    positive_integer,
)
from nn.layers import MLP, Layer
from nn.losses import Loss, LossName
from nn.module import Module
from nn.optimisers import Adam, Optimiser, check_norm
from nn.progress import Progress


@dataclass(frozen=True, slots=True)
class EpochRecord:
    """What one pass over the data came to.

    The training loss and accuracy are those seen on the way: each example's before the step that
    learned from its batch. ``final_loss`` is that of the parameters at the end of the epoch, on the
    validation data, or on the training data if there is none. Accuracies are from 0 to 1, and None
    where nothing is classified.

    ``gradient_norms`` has for each layer √(Σ ‖g‖² / steps): the root mean square, over the steps of
    the epoch, of the norm of the gradient of its parameters, before it was clipped. It is 0 where
    nothing was learned, and a layer that the optimiser has nothing of is not there.

    >>> record = EpochRecord(1, 0.5, 0.75, None, None, 0.1)
    >>> record.loss, record.accuracy, record.score
    (0.5, 0.75, 0.5)
    """

    epoch: int
    loss: float
    accuracy: float | None
    validation_loss: float | None
    validation_accuracy: float | None
    seconds: float
    final_loss: float | None = None
    gradient_norms: dict[str, float] = field(default_factory=dict, hash=False)

    @property
    def score(self) -> float:
        """What the best epoch has least of: the loss after it, of validation data if there is."""
        return self.loss if self.final_loss is None else self.final_loss


@dataclass(slots=True, repr=False)
class History:
    """What came of each epoch of a training, and why it ended.

    ``stopped`` is ``"epochs"`` (all were done), ``"until"`` (the loss was small enough),
    ``"callback"`` (it returned True) or ``"interrupted"`` (Ctrl-C). ``engine`` is ``"compiled"``,
    ``"eager"`` or ``"executor"``, whichever trained last, and ``notices`` has a line for whatever
    went another way than asked for, such as why nothing could be compiled. The lines are also shown
    with the progress, and logged by the logger ``"nn"``.

    >>> history = History([EpochRecord(1, 0.5, 0.75, None, None, 0.1)], stopped="epochs")
    >>> history.loss, history.accuracy, history.best_epoch, history.interrupted
    ([0.5], [0.75], 1, False)
    """

    records: list[EpochRecord] = field(default_factory=list)
    stopped: str = ""
    engine: str = ""
    notices: list[str] = field(default_factory=list)

    def __repr__(self) -> str:
        if not self.records:
            return f"History(no epochs, stopped={self.stopped!r})"
        first, last, count = self.records[0], self.records[-1], len(self.records)
        right = "" if last.accuracy is None else f", accuracy {last.accuracy:.1%}"
        return (
            f"History({count} epoch{'s' * (count > 1)}, loss {short_number(first.loss)} → "
            f"{short_number(last.loss)}{right}, stopped={self.stopped!r})"
        )

    def _repr_html_(self) -> str:
        """Return a table of the epochs, without most of those in the middle if there are many."""
        titles = ["epoch", "loss", "accuracy", "validation loss", "validation accuracy", "seconds"]
        rows = [
            [r.epoch, r.loss, r.accuracy, r.validation_loss, r.validation_accuracy, r.seconds]
            for r in self.records
        ]
        shown = [c for c in range(len(titles)) if any(row[c] is not None for row in rows)]
        cut = len(rows) > 2 * _SHOWN_EPOCHS + 1
        if cut:
            rows = [*rows[:_SHOWN_EPOCHS], [None] * len(titles), *rows[-_SHOWN_EPOCHS:]]
        cells = ([_cell(row[c]) for c in shown] for row in rows)
        return f"<p>{html.escape(repr(self))}</p>{table([titles[c] for c in shown], cells)}"

    def __getitem__(self, name: str) -> NoReturn:
        raise KeywordError(
            f"a history is asked by attribute: history.loss, history.accuracy, …, not [{name!r}]"
        )

    if not TYPE_CHECKING:  # a type checker knows the attributes

        def __getattr__(self, name: str) -> NoReturn:
            raise missing("'History' object", name, OF_HISTORIES)

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
    def gradient_norms(self) -> dict[str, list[float]]:
        """The norm of the gradient in each epoch, for each layer: see :class:`EpochRecord`."""
        names = dict.fromkeys(name for record in self.records for name in record.gradient_norms)
        return {
            name: [r.gradient_norms[name] for r in self.records if name in r.gradient_norms]
            for name in names
        }

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


_SHOWN_EPOCHS = 5  # at the beginning and at the end of a table


def _cell(number: float | None) -> str:
    return "…" if number is None else short_number(number)


@keywords(OF_FIT)
def fit(
    model: Module,
    inputs: Iterable[Any],
    targets: Iterable[Any],
    *,
    loss: LossName | Loss,
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
    engine: EngineName | None = None,
    executor: Executor | None = None,
    shards: int | None = None,
) -> History:
    """Train a model on examples by gradient descent on the mean loss of each batch.

    However it ends, by itself, by Ctrl-C or by an error, the model then holds the parameters of the
    best epoch that was finished: the one with the smallest validation loss, or without validation
    data the smallest training loss. Ctrl-C in the first epoch keeps what was reached by then; an
    error there restores the parameters that the model had before.

    Model and loss are recorded once and compiled to an array program, which runs a batch at a time.
    Where that is impossible, because they choose by the numbers in Values or have a state of their
    own, the model itself is run for each example: slower by far, to the same result. So it is if
    the model prints a Value, but not for a breakpoint in it: that is reached in the few calls that
    are recorded, and for each example with ``engine="eager"``. The Values of the model hold the
    parameters after each epoch and at the end.

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
        engine: "compiled" (an error if that is impossible), "eager", or by default what is
            possible; ``History.engine`` says which it was and ``History.notices`` why.
        executor: any ``concurrent.futures.Executor``, such as a process pool or Dask's
            ``client.get_executor()``: each batch is split, and the gradients of its shards are
            added up. A shard whose worker died is computed here.
        shards: how many parts each batch is split into; by default as many as the executor has
            workers.

    Returns:
        A :class:`History`, with the loss and more of each epoch.

    Raises:
        DataError: if there are no examples, or not as many targets as inputs.
        ConfigurationError: if a setting is not in its range, or the engine that is asked for can't
            do it; then the message says why.
        NonFiniteError: if a loss or a gradient is inf or nan; it says in which epoch and batch.

    >>> from nn import MLP, SGD
    >>> model = MLP(2, [4, 1], activation="tanh", seed=2)
    >>> xor = [[0, 0], [0, 1], [1, 0], [1, 1]], [-1, 1, 1, -1]
    >>> history = fit(model, *xor, loss="max_margin", epochs=500, until=0.01, progress=False)
    >>> history.stopped, history.loss[-1] < 0.01, history.accuracy[-1]
    ('until', True, 1.0)
    """
    if not is_recording():
        raise ConfigurationError("fit can't learn within no_grad(): there are no gradients")
    examples = _examples(inputs, targets, "the training data")
    held_out = None
    if validation is not None:
        held_out = _examples(*_pair(validation), what="the validation data")
    epochs = positive_integer("epochs", epochs)
    size = len(examples) if batch_size is None else positive_integer("batch_size", batch_size)
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
    if clip is not None:
        check_norm(clip)
    loss = losses.find(loss)
    _check_output(model, loss)
    task = Task(model, loss, loss in _CLASSIFYING if accuracy is None else accuracy)
    generator = seed if isinstance(seed, Random) else Random(seed)

    history = History()
    display = Progress(epochs, math.ceil(len(examples) / size), progress)

    def notify(notice: str) -> None:
        import logging  # here, because importing nn has to be quick

        history.notices.append(notice)
        logging.getLogger("nn").info(notice)
        display.say(notice)

    training = Training(task, examples, held_out or examples, optimiser, clip, parameters)
    runner = choose(engine, executor, shards, training, notify)
    course = _Course(training, runner, history, display, size, generator if shuffle else None)
    restoring(course.end, lambda: course.run(epochs, until, callback))
    return history


class _Course:
    """A training as it goes: its epochs, and the best parameters so far."""

    def __init__(
        self,
        training: Training,
        engine: Engine,
        history: History,
        display: Progress,
        batch_size: int,
        shuffling: Random | None,
    ) -> None:
        self.training, self.engine = training, engine
        self.history, self.display = history, display
        self.parameters = training.parameters
        self.best = [parameter.data for parameter in self.parameters]
        self.batch_size = batch_size
        self.shuffling = shuffling
        self.order = list(range(len(training.examples)))

    def run(
        self,
        epochs: int,
        until: float | None,
        callback: Callable[[EpochRecord], object] | None,
    ) -> None:
        """Go through the epochs until satisfied, or interrupted."""
        history = self.history
        try:
            with self.display:
                for epoch in range(1, epochs + 1):
                    record = self.epoch(epoch)
                    self.keep(record)
                    self.display.finish(record)
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
            self.engine.end()
            if not history.records:
                self.best = [parameter.data for parameter in self.parameters]

    def epoch(self, epoch: int) -> EpochRecord:
        """Learn from all examples once, and say what came of it."""
        started = time.perf_counter()
        if self.shuffling is not None:
            self.shuffling.shuffle(self.order)
        size, batches = self.batch_size, self.display.batches
        held_out = self.training.held_out is not self.training.examples
        seen, unseen = Totals(), Totals()
        where = f"epoch {epoch}"
        try:
            self.engine.begin(self.order)
            for batch in range(batches):
                where = f"epoch {epoch}, batch {batch + 1} of {batches}"
                self.engine.learn(self.order[batch * size : (batch + 1) * size], seen)
                self.display.advance(epoch, seen.loss, seen.accuracy)
            where = f"epoch {epoch}, {'validation' if held_out else 'at its end'}"
            self.engine.measure(unseen)
        except NonFiniteError as error:
            history = self.history
            kept = f"of epoch {history.best_epoch}" if history.records else "from before"
            training = self.training
            hint = _unfit_numbers([*training.examples, *(training.held_out if held_out else ())])
            hint = hint or (
                "A smaller learning rate or clip=1.0 may help; with autograd.detect_anomaly() the "
                "error names the operation"
            )
            raise NonFiniteError(
                f"{where}: {error}. {hint}. The model has its parameters {kept}"
            ) from None
        self.engine.end()
        return EpochRecord(
            epoch,
            seen.loss,
            seen.accuracy,
            unseen.loss if held_out else None,
            unseen.accuracy if held_out else None,
            time.perf_counter() - started,
            unseen.loss,
            self.engine.gradient_norms(),
        )

    def keep(self, record: EpochRecord) -> None:
        """Keep a record, and the parameters if they are the best so far."""
        best = self.history.best
        changes = [partial(self.history.records.append, record)]
        if best is None or record.score < best.score:
            numbers = [parameter.data for parameter in self.parameters]
            changes.append(of_attributes(self, {"best": numbers}))
        make(*changes)

    def end(self) -> None:
        """Give the model the best parameters. Again and again does no harm."""
        self.display.close()
        self.engine.end()
        self.history.engine = self.engine.name
        make(of_data(self.parameters, self.best))
        self.training.optimiser.zero_grad()


def evaluate(
    model: Module, inputs: Iterable[Any], targets: Iterable[Any], *, loss: LossName | Loss
) -> float:
    """Return the mean loss of a model on examples, without recording a graph.

    Args:
        model: takes one example.
        inputs: n examples.
        targets: n targets.
        loss: a function of the output and the target of one example, or its name.

    Raises:
        DataError: if there are no examples, or not as many targets as inputs.

    >>> from nn import Neuron
    >>> neuron = Neuron(1, "linear", seed=0)
    >>> neuron.load_state_dict({"weights.0": 2.0, "bias": 0.0})
    >>> evaluate(neuron, [[1.0], [2.0]], [2.0, 3.0], loss="squared_error")
    0.5
    """
    return _measured(Task(model, losses.find(loss), False), inputs, targets).loss


def accuracy(model: Module, inputs: Iterable[Any], targets: Iterable[Any]) -> float:
    """Return the share of examples that a model gets right, from 0 to 1.

    The output with the largest number names the class; the target is its index, or the class with
    the largest of a list of probabilities. A model with one output says yes by a positive one, and
    the target too: 0 or 1, -1 or +1. (So the output is a logit or a score, not a probability.)

    Args:
        model: takes one example.
        inputs: n examples.
        targets: n targets.

    Raises:
        DataError: if there are no examples, or not as many targets as inputs.

    >>> from nn import Neuron
    >>> neuron = Neuron(1, "linear", seed=0)
    >>> neuron.load_state_dict({"weights.0": 1.0, "bias": 0.0})
    >>> accuracy(neuron, [[-1.0], [1.0], [2.0]], [0, 1, 0])
    0.6666666666666666
    """
    return _measured(Task(model, None, True), inputs, targets).accuracy or 0.0


def _measured(task: Task, inputs: Iterable[Any], targets: Iterable[Any]) -> Totals:
    """Return what the examples come to, many at once if there are many."""
    examples = _examples(inputs, targets, "the data")
    totals = None
    if len(examples) >= WORTH_COMPILING and has_numpy():
        from nn.engines.measuring import measured  # it needs NumPy, which is slow to import

        totals = measured(task, examples)
    if totals is None:
        totals = Totals()
        task.measure(examples, totals)
    return totals


def predict(model: Module, inputs: Iterable[Any]) -> list[Any]:
    """Return the outputs of a model for many examples as numbers, without recording a graph.

    For each example that is a list of floats, or one float if the model has one output.

    Args:
        model: takes one example.
        inputs: n examples.

    >>> from nn import Neuron
    >>> neuron = Neuron(1, "linear", seed=0)
    >>> neuron.load_state_dict({"weights.0": 2.0, "bias": 1.0})
    >>> predict(neuron, [[1.0], [2.0]])
    [3.0, 5.0]
    """
    rows, found = _rows(inputs), None
    if len(rows) >= WORTH_COMPILING and has_numpy():
        from nn.engines.measuring import predicted  # it needs NumPy, which is slow to import

        found = predicted(model, rows)
    if found is None:
        with pause_gc(), no_grad():
            found = [numbers_of(model(example)) for example in rows]
    return found


def _check_output(model: Module, loss: Loss) -> None:
    """Refuse an output layer whose activation the loss applies too."""
    if isinstance(model, MLP) and _function_of(model.layers[-1]) in _INCLUDED.get(loss, ()):
        activation = model.layers[-1].activation
        raise ConfigurationError(
            f"this loss takes logits and applies {activation} itself, and so does the output layer "
            f'of {model!r}: make the model with output="linear"'
        )


def _function_of(layer: Layer) -> Primitive | None:
    return op_of(layer.function or layer.neurons[0].function)


# The activations that a loss includes.
_INCLUDED: dict[Loss, tuple[Primitive, ...]] = {
    losses.cross_entropy: (ops.softmax, ops.log_softmax),
    losses.binary_cross_entropy: (ops.sigmoid, ops.logsigmoid),
}
WORTH_COMPILING = 32  # examples: for fewer it takes longer to compile than to run the model

_CLASSIFYING = (losses.cross_entropy, losses.binary_cross_entropy, losses.max_margin)


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


def _unfit_numbers(examples: Sequence[tuple[Any, Any]]) -> str:
    """Say what to do about numbers of the data that are inf or nan; nothing if there are none."""
    unfit = [
        (number, example)
        for example in examples
        for number in leaves_of(example)
        if isinstance(number, float) and not math.isfinite(number)
    ]
    if not unfit:
        return ""
    count = len({id(example) for _, example in unfit})
    return (
        f"The data are to blame: {count} of the {len(examples)} examples have inf or nan in them "
        f"(the first has {unfit[0][0]}); leave them out, or put numbers in their place"
    )


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
