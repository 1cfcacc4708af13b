"""Values for one example of a batch, and what a function returns for it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from autograd.compiler.recording import variable
from autograd.compiler.results import Results
from autograd.value import Value


class Example(NamedTuple):
    """Values for one example: the inputs one by one, their names and shapes, and nested."""

    inputs: list[Value]
    shapes: list[tuple[str, tuple[int, ...]]]
    arguments: list[Any]


class Recorded(NamedTuple):
    """An example, and what the function has returned for it."""

    example: Example
    results: Results


def example_of(batch: Sequence[str], row: Sequence[Any], arrays: Sequence[Any]) -> Example:
    """Return Values for one row of each array of a batch, which have these names."""
    inputs: list[Value] = []
    shapes: list[tuple[str, tuple[int, ...]]] = []
    arguments = []
    for name, each, array in zip(batch, row, arrays, strict=True):
        is_index = array.dtype.kind in "iu"
        numbers = np.asarray(each, dtype=float).ravel().tolist()
        labels = [name] if array.ndim == 1 else [f"{name}[{i}]" for i in range(len(numbers))]
        values = [variable(x, label, is_index) for x, label in zip(numbers, labels, strict=True)]
        inputs += values
        shapes.append((name, array.shape[1:]))
        arguments.append(_nested(values, array.shape[1:]))
    return Example(inputs, shapes, arguments)


def _nested(values: Sequence[Value], shape: Sequence[int]) -> Any:
    """Return the values as one, or as nested lists of a shape."""
    nested: list[Any] = list(values)
    for length in reversed(shape):
        nested = [nested[i : i + length] for i in range(0, len(nested), length)]
    return nested[0]
