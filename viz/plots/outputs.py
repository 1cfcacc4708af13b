"""The outputs of a model for many examples at once, as numbers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import autograd
from autograd import Value
from viz.errors import PlotError
from viz.text import visible


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
    """
    from autograd.compiler.outputs import batched

    outputs = batched(model, rows, partial(outputs_one_by_one, model))
    return outputs and (lambda rows: outputs(rows).reshape(len(rows), -1))


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
