"""The outputs of a model for many examples at once, where it can be compiled."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograd.compiler.compiling import compile

AT_ONCE = 1024  # examples, so that the memory has a limit
AGREEMENT = 1e-6  # relative; two ways to compute an output differ by rounding alone


def batched(
    model: Callable[[Any], Any], rows: Any, one_by_one: Callable[[Any], Any]
) -> Callable[[Any], Any] | None:
    """Return a function from an array with a row for each example to an array of the outputs.

    None where there is none, because the model chooses by the numbers in Values, has a state of its
    own, or returns what is no array. What the model itself raises is not caught.

    Args:
        model: called with one example.
        rows: examples to find out by: the first, the middle and the last.
        one_by_one: the same function, by the model as it stands.
    """
    some = rows[[0, len(rows) // 2, -1]]
    singly = one_by_one(some)
    program = compile(model, batch="x", gradient=False, check=False)

    def outputs(rows: Any) -> Any:
        starts = range(0, len(rows), AT_ONCE)
        return np.concatenate([program(rows[start : start + AT_ONCE]) for start in starts])

    try:
        expected = np.asarray(singly)
        is_array = isinstance(program(some), np.ndarray)  # and not several, in a tuple or a dict
        found = outputs(some)
    except Exception:  # whatever a model does with Values that are not numbers
        return None
    if not is_array or found.size != expected.size:
        return None
    tolerances = AGREEMENT, AGREEMENT * 1e-3
    close = np.isclose(found.ravel(), expected.ravel(), *tolerances, equal_nan=True)
    return outputs if close.all() else None
