"""A task as a program over arrays, and its examples as the arrays that the program takes."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple, TypeAlias, TypeVar

import numpy as np

from autograd import no_grad, pause_gc
from autograd.compiler.proof import PROVEN_ROWS
from nn import losses
from nn.engines.base import CannotCompileError, Examples, Task, class_of, numbers_of

S = TypeVar("S", bound=Callable[..., Any])

MEASURED_AT_ONCE = 1024  # examples, so that the memory has a limit
AGREEMENT = 1e-6  # relative; the two engines differ by rounding alone

# The mean loss of some examples, its gradient in one vector, and how many answers are right.
Learned: TypeAlias = tuple[float, Any, int | None]


def is_close(value: float, expected: float) -> bool:
    """Say whether two ways to compute a loss differ by rounding alone."""
    return math.isclose(value, expected, rel_tol=AGREEMENT, abs_tol=AGREEMENT * 1e-3)


class Rows(NamedTuple):
    """Examples as arrays: what the program takes, and what the right answers are if they count.

    An answer is a class, or for a model with one output whether that should be positive.
    """

    arrays: list[Any]
    answers: Any

    def rows(self, chosen: Sequence[int]) -> Rows:
        """Return some of the examples."""
        at: Any = chosen
        if isinstance(chosen, range):
            at = slice(chosen.start, chosen.stop)
        answers = None if self.answers is None else self.answers[at]
        return Rows([array[at] for array in self.arrays], answers)

    def n_correct(self, outputs: Any) -> int:
        """Return how many outputs are right answers: :func:`nn.engines.base.is_correct`."""
        found = outputs > 0 if outputs.ndim == 1 else outputs.argmax(1)
        return int((found == self.answers).sum())


def learned(program: Callable[..., Any], batch: Rows) -> Learned:
    """Return what a program of a loss gives for a batch."""
    value, gradient, *outputs = program(*batch.arrays)
    return value, gradient.flat, batch.n_correct(*outputs) if outputs else None


def in_parts(n: int, at_once: int = MEASURED_AT_ONCE) -> Iterator[range]:
    """Yield the numbers of all examples, so many at a time that the memory has a limit."""
    for start in range(0, n, at_once):
        yield range(start, min(start + at_once, n))


def compiled(
    task: Task, datasets: Sequence[Examples], compile: Callable[..., S]
) -> tuple[S, list[Rows]]:
    """Return the program of a task, and the data as it takes them.

    Args:
        task: what is to be computed.
        datasets: the examples; the program is made from the first.
        compile: what makes the program, from a function of the arrays of a batch.

    Raises:
        CannotCompileError: if there is no program; it says why.
    """
    try:
        n_outputs = _n_outputs(task, datasets[0][0][0]) if task.classifies else None
        _check_targets(task, datasets)
        whole = [_arrays(examples, n_outputs) for examples in datasets]
    except CannotCompileError:
        raise
    except Exception as error:
        raise translated(error) from error
    if task.loss is None:
        whole = [Rows([x], answers) for (x, _), answers in whole]
        return _first_that_runs(task, [whole], compile)
    # A target that is a class must be a whole number; any other is better a float.
    real = [Rows([x, y.astype(float)], answers) for (x, y), answers in whole]
    kinds = [real] if whole[0].arrays[1].dtype.kind == "f" else [real, whole]
    if task.loss is losses.cross_entropy:
        kinds.reverse()
    return _first_that_runs(task, kinds, compile)


def _first_that_runs(
    task: Task, kinds: Sequence[list[Rows]], compile: Callable[..., S]
) -> tuple[S, list[Rows]]:
    failure: Exception | None = None
    for data in kinds:
        program = compile(_recorded(task), batch=("x", "y")[: len(data[0].arrays)])
        is_whole = data[0].arrays[-1].dtype.kind != "f"
        try:
            program(*data[0].rows(range(PROVEN_ROWS)).arrays)  # the first rows prove the program
            if is_whole:
                _check_classes(program, data)
        except Exception as error:
            if failure is None or is_whole:  # with classes all can be compiled
                failure = error
        else:
            return program, data
    assert failure is not None
    raise translated(failure) from failure


def _recorded(task: Task) -> Callable[..., Any]:
    """Return what is computed as a function of the arrays of a batch, for recording."""

    def recorded(x: Any, *target: Any) -> Any:
        output = task.model(x)
        outputs = [*output] if isinstance(output, tuple) else output
        if task.loss is None:
            return outputs
        error = task.loss(output, *target)
        return (error, outputs) if task.classifies else error

    recorded.__name__ = getattr(task.loss or task.model, "__name__", "recorded")
    return recorded


def _n_outputs(task: Task, example: Any) -> int:
    """Return how many outputs the model has; 0 for one that is in no list."""
    with pause_gc(), no_grad():
        output = numbers_of(task.model(example))
    if not isinstance(output, list):
        return 0
    if any(isinstance(number, list) for number in output):
        raise CannotCompileError("the outputs are lists in a list, of which none names a class")
    return len(output)


def _check_targets(task: Task, datasets: Sequence[Examples]) -> None:
    """Let the losses of the library check each target before training begins."""
    if task.loss is None or task.loss not in losses.LOSSES.values():
        return
    n_outputs = _n_outputs(task, datasets[0][0][0])
    zeros = [0.0] * n_outputs if n_outputs else 0.0
    checked: set[str] = set()
    for target in (target for examples in datasets for _, target in examples):
        if (key := repr(target)) not in checked:
            task.loss(zeros, target)
            checked.add(key)


def _arrays(examples: Examples, n_outputs: int | None) -> Rows:
    """Return inputs and targets, and where answers count, the right ones."""
    inputs, targets = zip(*examples, strict=True)
    x, y = array_of("inputs", inputs).astype(float), array_of("targets", targets)
    y = y.astype(float) if y.ndim > 1 else _whole(y)
    answers = None
    if n_outputs == 0:
        answers = np.array([target > 0 for target in targets])
    elif n_outputs is not None:
        answers = np.array([class_of(target) for target in targets])
    return Rows([x, y], answers)


def _whole(numbers: Any) -> Any:
    """Return a vector as classes if all are whole numbers, in whatever type, else as floats."""
    if numbers.dtype.kind in "iu":
        return numbers
    floats = numbers.astype(float)
    is_whole = np.isfinite(floats).all() and (floats == np.rint(floats)).all()
    return floats.astype(np.int64) if is_whole and abs(floats).max() < 2**53 else floats


def _check_classes(program: Callable[..., Any], datasets: Sequence[Rows]) -> None:
    """Let the program see every target once: it raises an error where one is no class."""
    for data in datasets:
        for chosen in in_parts(len(data.arrays[0])):
            program(*data.rows(chosen).arrays)


def array_of(what: str, rows: Sequence[Any]) -> Any:
    """Return rows of numbers as an array.

    Raises:
        CannotCompileError: if they are no numbers, or not all of one shape.
    """
    try:
        array = np.array(rows)
    except (TypeError, ValueError):  # some rows are longer
        raise CannotCompileError(f"the {what} are not all of one shape") from None
    if array.dtype.kind not in "fiub" or not array.size:
        raise CannotCompileError(f"the {what} are not all numbers")
    return array


def translated(error: Exception) -> CannotCompileError:
    """Return an error from recording as the reason, in one line, and in full."""
    text = str(error)
    places = [line.strip() for line in text.splitlines() if line.startswith("  at ")]
    # The head is what happened; what to write instead comes behind the first semicolon.
    head = text.splitlines()[0].partition(";")[0] if text else type(error).__name__
    return CannotCompileError(" ".join([head, *places[:1]]), text)
