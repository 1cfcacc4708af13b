"""The compiled engine: record the loss of one example, then run each batch as one array program."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np

import autograd
from autograd import CompiledLoss, Value, no_grad, pause_gc
from autograd.changes import Change, make, of_attributes, of_data, of_gradients
from autograd.compiler.step import PROVEN_ROWS
from autograd.gates import blocks_here
from autograd.text import told_apart
from nn import losses
from nn.engines.base import CannotCompileError, Engine, Totals, Training, class_of, numbers_of
from nn.engines.eager import Eager
from nn.optimisers import clipped

MEASURED_AT_ONCE = 1024  # examples, so that the memory has a limit
AGREEMENT = 1e-6  # relative; the two engines differ by rounding alone


class Compiled(Engine):
    """Run a compiled program for each batch, and the optimiser on one vector.

    The share of right answers comes out of the same program, without a second pass: to the loss is
    added ``hits`` · (1 if the answer is right, else 0), where ``hits`` is 0 and so changes nothing,
    but the gradient of the mean by ``hits`` is the share.

    A program holds what the code did when it was recorded. So before each epoch one example is also
    computed by the model itself, which must give the same: it does not if the code has a state of
    its own, random numbers or a counter.
    """

    name = "compiled"

    def __init__(self, training: Training) -> None:
        super().__init__(training)
        self.step: CompiledLoss | None = None
        self._eager = Eager(training)
        self._is_loaded = False  # whether the parameters are in the vector, not in the model
        self._checks = 0  # how many examples have been compared
        self._hits = Value(0.0, label="hits")

    def begin(self, order: Sequence[int]) -> None:
        """Load the parameters into the vector; in the first epoch, compile.

        Raises:
            CannotCompileError: if the training can't be compiled, or what was recorded does not
                hold any more.
        """
        if any(block.gates for block in blocks_here()):
            raise CannotCompileError(
                "a block around it watches every operation (detect_anomaly, record_origins, "
                "breakpoint_on, no_grad …)"
            )
        first = self.step is None
        if first:
            self._compile()
        self._eager.begin(order)
        self._steps = 0
        self._squares, self._square = np.zeros((2, len(self._layer_of)))
        self._load()
        for _ in range(3 if first else 1):
            self._check(self._checks % len(order))
            self._checks += 1

    def learn(self, chosen: Sequence[int], totals: Totals) -> None:
        """Take one step, with one call of the program."""
        value, gradient = self._gradient(_rows(self._data, chosen))
        if math.isfinite(value) and np.isfinite(gradient).all():
            self._descend(gradient)
            self._add(len(chosen), value, gradient, totals)
        else:  # the eager engine says which example it was, or finds another way to compute it
            self.end()
            self._eager.learn(chosen, totals)
            self._load()

    def measure(self, totals: Totals) -> None:
        """Add the held-out examples to the totals, many at once."""
        measured = Totals()
        n = len(self.training.held_out)
        for start in range(0, n, MEASURED_AT_ONCE):
            chosen = range(start, min(start + MEASURED_AT_ONCE, n))
            value, gradient = self._run(_rows(self._held_out, chosen))
            self._add(len(chosen), value, gradient, measured)
        if math.isfinite(measured.loss_sum):
            totals.add(measured.count, measured.loss_sum, measured.correct)
        else:
            self.end()
            self._eager.measure(totals)
            self._load()

    def gradient_norms(self) -> dict[str, float]:
        """Return the norm of the gradient of each layer, over the steps since ``begin``."""
        # The eager engine may have taken some of the steps.
        steps, squares = self._steps + self._eager.steps, self._eager.squares
        sums = np.bincount(self._layer_of, self._squares, minlength=len(squares)).tolist()
        return {
            name: math.sqrt((total + square) / steps)
            for (name, total), square in zip(squares.items(), sums, strict=False)
        }

    def end(self) -> None:
        """Store the parameters into the model, and the optimiser's memory as lists."""
        if not self._is_loaded:
            return
        optimiser = self.training.optimiser
        lists = {}
        for name in optimiser._memory:
            memory = getattr(optimiser, name)
            if not isinstance(memory, list):
                in_order = np.empty_like(memory)
                in_order[self._places] = memory
                lists[name] = in_order.tolist()
        make(
            *self._storing(),
            of_attributes(optimiser, lists),
            of_attributes(self, {"_is_loaded": False}),
        )

    # The program.

    def _compile(self) -> None:
        training, task = self.training, self.training.task
        n_outputs = None
        try:
            if task.classifies:
                with pause_gc(), no_grad():
                    output = numbers_of(task.model(training.examples[0][0]))
                n_outputs = len(output) if isinstance(output, list) else 0
            self._check_targets()
            whole = [_arrays(examples, n_outputs) for examples in self._datasets]
        except CannotCompileError:
            raise
        except Exception as error:
            raise _translated(error) from error
        # A target that is a class must be a whole number; any other is better a float.
        real = [[x, y.astype(float), *answers] for x, y, *answers in whole]
        kinds = [real] if whole[0][1].dtype.kind == "f" else [real, whole]
        if task.loss is losses.cross_entropy:
            kinds.reverse()
        names = ("x", "y", "onehot", "ahead")[: len(real[0])]
        failure: Exception | None = None
        for data in kinds:
            step = autograd.compile(_recorded(training, self._hits, n_outputs), batch=names)
            try:
                # The first rows prove the program.
                step(*_rows(data[0], range(min(PROVEN_ROWS, len(data[0][0])))))
                if data is whole:
                    _check_classes(step, data)
            except Exception as error:
                if failure is None or data is whole:  # with classes all can be compiled
                    failure = error
            else:
                self.step = step
                self._data, self._held_out = data[0], data[-1]
                self._find_places(step.leaves)
                return
        assert failure is not None
        raise _translated(failure) from failure

    @property
    def _datasets(self) -> list[Any]:
        examples, held_out = self.training.examples, self.training.held_out
        return [examples] if not held_out or held_out is examples else [examples, held_out]

    def _check_targets(self) -> None:
        """Let the losses of the library check each target, as they do not when recorded."""
        loss = self.training.task.loss
        if loss is None or loss not in losses.LOSSES.values():
            return
        with pause_gc(), no_grad():
            output = numbers_of(self.training.task.model(self.training.examples[0][0]))
        zeros = [0.0] * len(output) if isinstance(output, list) else 0.0
        checked: set[str] = set()
        for target in (target for examples in self._datasets for _, target in examples):
            if (key := repr(target)) not in checked:
                loss(zeros, target)
                checked.add(key)

    def _find_places(self, leaves: Sequence[Value]) -> None:
        """Find the places of the optimiser's parameters among those of the program, and back."""
        place = {id(leaf): i for i, leaf in enumerate(leaves)}
        parameters = self.training.optimiser.parameters
        reached = [i for i, p in enumerate(parameters) if id(p) in place]
        reached.sort(key=lambda i: place[id(parameters[i])])
        others = [i for i, p in enumerate(parameters) if id(p) not in place]
        trained = [place[id(parameters[i])] for i in reached]
        # Where all are trained, as nearly always, a slice is quicker.
        is_all = trained == list(range(len(trained)))
        self._trained: Any = slice(0, len(trained)) if is_all else np.array(trained, dtype=int)
        self._places = np.array(reached + others, dtype=int)
        self._unreached = [parameters[i] for i in others]
        self._place_of_hits = place.get(id(self._hits))
        layers = self.training.trained_layers()
        number = {id(p): k for k, inside in enumerate(layers.values()) for p in inside}
        # What belongs to no layer is counted behind the last.
        self._layer_of = np.array([number.get(id(p), len(layers)) for p in leaves], dtype=int)

    def _gradient(self, arrays: Sequence[Any]) -> tuple[float, Any]:
        """Return the loss and the gradient that a step is taken by."""
        return self._run(arrays)

    def _run(self, arrays: Sequence[Any]) -> tuple[float, Any]:
        assert self.step is not None
        value, gradient = self.step(*arrays)
        return value, gradient.flat

    def _add(self, count: int, value: float, gradient: Any, totals: Totals) -> None:
        correct = None
        if self.training.task.classifies:
            share = 0.0 if self._place_of_hits is None else gradient[self._place_of_hits]
            correct = round(share * count) if math.isfinite(share) else 0
        totals.add(count, value * count, correct)

    def _check(self, i: int) -> None:
        """Compare the loss of an example with that of the model itself."""
        value, _ = self._run(_rows(self._data, [i]))
        task, (example, target) = self.training.task, self.training.examples[i]
        assert task.loss is not None
        try:
            with pause_gc(), no_grad():
                expected = numbers_of(task.loss(task.model(example), target))
        except Exception as error:
            raise _translated(error) from error
        if not math.isfinite(value) or not math.isfinite(expected):
            return  # the batch that it is in will show
        if not math.isclose(value, expected, rel_tol=AGREEMENT, abs_tol=AGREEMENT * 1e-3):
            computed, recorded = told_apart(expected, value)
            raise CannotCompileError(
                f"the loss of example {i} is {computed}, but {recorded} as it was recorded: "
                "the model or the loss depends on more than its arguments and the parameters, such "
                "as random numbers or a counter"
            )

    # The parameters.

    def _load(self) -> None:
        assert self.step is not None
        self.step.load()
        self._others = np.array([parameter.data for parameter in self._unreached], dtype=float)
        optimiser = self.training.optimiser
        arrays = {}
        if optimiser.takes_arrays:
            for name in optimiser._memory:
                if memory := getattr(optimiser, name):
                    arrays[name] = np.array(memory)[self._places]
        make(of_attributes(optimiser, arrays), of_attributes(self, {"_is_loaded": True}))

    def _storing(self) -> list[Change]:
        """Return the changes that give the model what the vector holds."""
        assert self.step is not None
        return [
            of_data(self.step.leaves, self.step.parameters.flat.tolist()),
            of_data(self._unreached, self._others.tolist()),
        ]

    def _descend(self, gradient: Any) -> None:
        assert self.step is not None
        training, flat = self.training, self.step.parameters.flat
        self._steps += 1
        with np.errstate(all="ignore"):  # inf and nan are found where they come out
            np.multiply(gradient, gradient, out=self._square)  # in place, as this is every step
            self._squares += self._square
            data, gradient = flat[self._trained], gradient[self._trained]
            if self._unreached:
                data = np.concatenate([data, self._others])
                gradient = np.concatenate([gradient, np.zeros(len(self._others))])
            if training.clip is not None:
                gradient, _ = clipped(gradient, training.clip)
            if not training.optimiser.takes_arrays:
                self._user_step(gradient)
                return
            data, taking = training.optimiser.next_step(data, gradient)
        reached = len(data) - len(self._unreached)
        make(
            partial(flat.__setitem__, self._trained, data[:reached]),
            of_attributes(self, {"_others": data[reached:]}),
            taking,
        )

    def _user_step(self, gradient: Any) -> None:
        """Let an optimiser with a rule of its own see the parameters and gradients it expects."""
        optimiser = self.training.optimiser
        chosen = [optimiser.parameters[i] for i in self._places]
        self.end()  # until they are loaded again, the model holds the parameters
        make(of_gradients(chosen, gradient.tolist()))
        optimiser.step()
        self._load()


def _recorded(training: Training, hits: Value, n_outputs: int | None) -> Callable[..., Any]:
    """Return the loss as a function of the arrays of a batch, for recording."""
    task = training.task
    assert task.loss is not None
    loss = task.loss

    def recorded(x: Any, y: Any, *answer: Any) -> Any:
        output = task.model(x)
        error = loss(output, y)
        return error + hits * _is_correct(output, *answer) if answer else error

    recorded.__name__ = getattr(loss, "__name__", "recorded")
    return recorded


def _is_correct(output: Any, target: Any, ahead: Any) -> Any:
    """Return 1 where the answer is right, else 0: :func:`nn.engines.base.is_correct` as a graph.

    A list of outputs has its first largest number at the class if no number before the class is as
    large and no number after it is larger. ``target`` is 1 at the class and 0 elsewhere; ``ahead``
    is ½ before the class, -½ from there on. For one output ``target`` is ±1 and ``ahead`` ½.
    """
    if isinstance(output, Value):
        return 0.5 + 0.5 * target * autograd.sign(autograd.sign(output) - ahead)
    chosen = autograd.dot(target, output)
    wrong = [
        autograd.sign(autograd.sign(number - chosen) + before)  # 1 if it beats the class, else -1
        for number, before in zip(output, ahead, strict=True)
    ]
    return 0.5 - 0.5 * autograd.sign(autograd.sum(wrong) + (len(wrong) - 0.5))


def _arrays(examples: Any, n_outputs: int | None) -> list[Any]:
    """Return inputs, targets and, where there are outputs to compare, what says which are right."""
    inputs, targets = zip(*examples, strict=True)
    x, y = _array("inputs", inputs).astype(float), _array("targets", targets)
    y = y.astype(float) if y.ndim > 1 else _whole(y)
    if n_outputs is None:
        return [x, y]
    if n_outputs == 0:  # a single output, no list
        return [x, y, np.array([1.0 if target > 0 else -1.0 for target in targets]),
                np.full(len(y), 0.5)]  # fmt: skip
    classes = np.array([class_of(target) for target in targets])[:, None]
    every = np.arange(n_outputs)
    onehot = (every == classes).astype(float)
    ahead = np.where(every < classes, 0.5, -0.5)
    ahead[onehot.sum(1) == 0] = 5.0  # a class that there is not is never right
    return [x, y, onehot, ahead]


def _whole(numbers: Any) -> Any:
    """Return a vector as classes if all are whole numbers, in whatever type, else as floats."""
    if numbers.dtype.kind in "iu":
        return numbers
    floats = numbers.astype(float)
    is_whole = np.isfinite(floats).all() and (floats == np.rint(floats)).all()
    return floats.astype(np.int64) if is_whole and abs(floats).max() < 2**53 else floats


def _check_classes(step: CompiledLoss, datasets: Sequence[Sequence[Any]]) -> None:
    """Let the program see every target once: it raises an error where one is no class."""
    for arrays in datasets:
        for start in range(0, len(arrays[0]), MEASURED_AT_ONCE):
            step(*_rows(arrays, range(start, start + MEASURED_AT_ONCE)))


def _array(what: str, rows: Sequence[Any]) -> Any:
    try:
        array = np.array(rows)
    except (TypeError, ValueError):  # some rows are longer
        raise CannotCompileError(f"the {what} are not all of one shape") from None
    if array.dtype.kind not in "fiub" or not array.size:
        raise CannotCompileError(f"the {what} are not all numbers")
    return array


def _rows(arrays: Sequence[Any], chosen: Sequence[int]) -> list[Any]:
    if isinstance(chosen, range):
        return [array[chosen.start : chosen.stop] for array in arrays]
    return [array[chosen] for array in arrays]


def _translated(error: Exception) -> CannotCompileError:
    """Return an error from recording as the reason, in one line, and in full."""
    text = str(error)
    places = [line.strip() for line in text.splitlines() if line.startswith("  at ")]
    # The head is what happened; what to write instead comes behind the first semicolon.
    head = text.splitlines()[0].partition(";")[0] if text else type(error).__name__
    return CannotCompileError(" ".join([head, *places[:1]]), text)
