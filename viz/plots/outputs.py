"""The outputs of a model for many examples at once, as numbers."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import autograd
from autograd import Value
from viz.errors import PlotError
from viz.text import visible

AT_ONCE = 64  # a power of two: divided by it and multiplied again, a number stays as it was
AGREEMENT = 1e-6  # relative; two ways to compute an output differ by rounding alone


def outputs_one_by_one(model: Callable[[Any], Any], rows: Any) -> Any:
    """Return an array of the model's outputs, with a row for each row of an array.

    Raises:
        PlotError: if an output is not a number or a list of them, or not all are as long.
    """
    import numpy as np

    with autograd.pause_gc(), autograd.no_grad():
        outputs = [floats_of(model(row)) for row in rows.tolist()]
    if len({*map(len, outputs)}) > 1:
        raise PlotError("the model returns more outputs for some examples than for others")
    return np.array(outputs)


def floats_of(output: Any) -> list[float]:
    """Return one output of a model as a list of floats.

    >>> floats_of(Value(2.0)), floats_of([Value(1.0), 0.5])
    ([2.0], [1.0, 0.5])
    """
    listed = output.tolist() if hasattr(output, "tolist") else output
    try:
        numbers = [
            number.data if isinstance(number, Value) else float(number)
            for number in (listed if isinstance(listed, (list, tuple)) else [listed])
        ]
    except (TypeError, ValueError):
        numbers = []
    if not numbers:
        raise PlotError(
            f"the model must return a number for an example, or a list of numbers, not "
            f"{visible(repr(output))}"
        )
    return numbers


def compiled_outputs(model: Callable[[Any], Any], rows: Any) -> Callable[[Any], Any] | None:
    """Return a function like :func:`outputs_one_by_one`, but a thousand times as fast.

    None where there is none, because the model chooses by the numbers in Values, or has a state of
    its own; ``rows`` are some examples to find out.

    What autograd compiles is the mean of a loss over examples, and its gradient. Here the loss of
    example i is Σₖ pₖᵢ·outputₖ with parameters pₖᵢ = 0, one for each example and output: then
    ∂loss/∂pₖᵢ is outputₖ of example i, over the number of examples.
    """
    import numpy as np

    examples = rows[[0, len(rows) // 2, -1]]
    expected = outputs_one_by_one(model, examples)
    n_outputs = expected.shape[1]
    chosen = [[Value(0.0) for _ in range(AT_ONCE)] for _ in range(n_outputs)]

    def loss(x: Any, position: Any) -> Any:
        output = model(x)
        listed = output if isinstance(output, (list, tuple)) else [output]
        return autograd.sum(
            [autograd.dot(p, position) * o for p, o in zip(chosen, listed, strict=True)]
        )

    def outputs(rows: Any) -> Any:
        found = np.empty((len(rows), n_outputs))
        for start in range(0, len(rows), AT_ONCE):
            some = rows[start : start + AT_ONCE]
            missing = AT_ONCE - len(some)
            _, gradient = step(np.concatenate([some, some[-1:].repeat(missing, 0)]), positions)
            part = gradient.flat[places][:, : len(some)].T * AT_ONCE
            if not np.isfinite(part).all():  # 0·inf = nan has spread to other examples
                part = outputs_one_by_one(model, some)
            found[start : start + AT_ONCE] = part
        return found

    positions = np.eye(AT_ONCE)
    try:
        step = autograd.compile(loss, batch=("x", "position"))
        step(examples[:1].repeat(AT_ONCE, 0), positions)
        place = {id(leaf): i for i, leaf in enumerate(step.leaves)}
        places = np.array([[place[id(p)] for p in row] for row in chosen])
        actual = outputs(examples)
    except Exception:  # whatever a model does with Values that are not numbers
        return None
    agree = all(map(_is_close, actual.ravel().tolist(), expected.ravel().tolist()))
    return outputs if agree else None


def _is_close(actual: float, expected: float) -> bool:
    if math.isnan(actual) or math.isnan(expected):
        return math.isnan(actual) and math.isnan(expected)
    return math.isclose(actual, expected, rel_tol=AGREEMENT, abs_tol=AGREEMENT * 1e-3)


def table(X: Sequence[Any]) -> Any:  # noqa: N803 - what everyone calls it
    """Return examples as an array of floats with a row for each.

    Raises:
        PlotError: if they are no such table, or a number in it is inf or nan.
    """
    import numpy as np

    try:
        rows = np.asarray(X, dtype=float)
    except (TypeError, ValueError):
        raise PlotError(
            f"X must have a row of numbers for each example, all of one length, not "
            f"{visible(repr(X))}"
        ) from None
    if rows.ndim != 2 or not rows.size:
        raise PlotError(
            f"X must have a row of numbers for each example and at least one, not shape "
            f"{rows.shape}"
        )
    if not np.isfinite(rows).all():
        i, j = np.argwhere(~np.isfinite(rows))[0].tolist()
        raise PlotError(f"X must be finite, and input {j} of example {i} is {rows[i, j]}")
    return rows
