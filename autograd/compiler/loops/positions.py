"""Elements at positions that no slice says, and rows of a table."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd.compiler.loops.machine_code import machine_code
from autograd.compiler.loops.probabilities import classes_of
from autograd.compiler.loops.reductions import per_row, rows_of


@machine_code
def take(a: Any, at: Any) -> Any:
    """Return the elements of a vector at some positions, in the shape of the positions."""
    found = np.empty(at.size, a.dtype)
    places = at.ravel()
    for i in range(len(places)):
        found[i] = a[places[i]]
    return found.reshape(at.shape)


@machine_code
def take_columns(a: Any, at: Any) -> Any:
    """Return the elements of each row at some positions, in the shape of the positions."""
    found = np.empty((len(a), at.size), a.dtype)
    places = at.ravel()
    for i in range(len(a)):
        for j in range(len(places)):
            found[i, j] = a[i, places[j]]
    return found.reshape((len(a),) + at.shape)  # noqa: RUF005 - numba lacks it


@machine_code
def add_at(a: Any, at: Any, terms: Any) -> None:
    """Add to the elements of a vector at some positions, which may come more than once."""
    places, numbers = at.ravel(), (np.zeros(at.shape, a.dtype) + terms).ravel()
    for i in range(len(places)):
        a[places[i]] += numbers[i]


@machine_code
def add_at_columns(a: Any, at: Any, terms: Any) -> None:
    """Add to the elements of each row at some positions, which may come more than once."""
    all_terms = np.zeros((len(a),) + at.shape, a.dtype) + terms  # noqa: RUF005 - numba lacks it
    places, numbers = at.ravel(), all_terms.reshape(len(a), -1)
    for i in range(len(a)):
        for j in range(len(places)):
            a[i, places[j]] += numbers[i, j]


# Rows of a table, and elements of rows, at positions that each example has of its own.


@machine_code
def looked_up(table: Any, y: Any) -> Any:
    """Return rows of a table, in the shape of their positions."""
    rows, places = np.ascontiguousarray(table).reshape(len(table), -1), y.ravel()
    found = np.empty((len(places), rows.shape[1]), table.dtype)
    for i in range(len(places)):
        found[i] = rows[places[i]]
    return found.reshape(y.shape + table.shape[1:])


@machine_code
def sums_at(terms: Any, y: Any, n: Any) -> Any:
    """Return a table of n rows, each the sum of the terms that have its position y."""
    places = y.ravel()
    rows = np.ascontiguousarray(terms).reshape(len(places), -1)
    found = np.zeros((n, rows.shape[1]), terms.dtype)
    for i in range(len(places)):
        for j in range(rows.shape[1]):
            found[places[i], j] += rows[i, j]
    return found.reshape((n,) + terms.shape[y.ndim :])  # noqa: RUF005 - numba lacks it


@machine_code
def element_at(x: Any, y: Any) -> Any:
    """Return the element of each row at a position."""
    rows, places = rows_of(x), classes_of(y, x)
    found = np.empty(len(rows), x.dtype)
    for i in range(len(rows)):
        found[i] = rows[i, places[i]]
    return per_row(found, x)


@machine_code
def only_at(x: Any, y: Any, dy: Any) -> Any:
    """Return rows as long as those of x, with dy at the position y, and else 0."""
    places = classes_of(y, x)
    terms = (np.zeros(x.shape[:-1], x.dtype) + dy).ravel()
    found = np.zeros((len(places), x.shape[-1]), x.dtype)
    for i in range(len(places)):
        found[i, places[i]] = terms[i]
    return found.reshape(x.shape)
