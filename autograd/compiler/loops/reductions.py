"""Sums and other reductions of rows, columns and matrices."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd.compiler.loops.elements import where
from autograd.compiler.loops.machine_code import machine_code


@machine_code
def vdot(a: Any, b: Any) -> Any:
    """Return Σ ab over all elements."""
    total = 0.0
    for x, y in zip(a.flat, b.flat):  # noqa: B905 - numba's zip has no strict
        total += x * y
    return total


@machine_code
def row_dots(a: Any, b: Any) -> Any:
    """Return Σ ab of each row."""
    return row_sums(a * b)


@machine_code
def matrix_dots(a: Any, b: Any) -> Any:
    """Return Σ ab of each matrix."""
    return matrix_sums(a * b)


@machine_code
def matrix_sums(x: Any) -> Any:
    """Return the sum of each matrix."""
    return row_sums(row_sums(x))


@machine_code
def rows_of(x: Any) -> Any:
    """Return an array as a matrix of its rows."""
    return np.ascontiguousarray(x).reshape(-1, x.shape[-1])


@machine_code
def per_row(found: Any, x: Any) -> Any:
    """Return what was found for each row in the shape of the array; for one row a number."""
    if x.ndim == 1:
        return found[0]
    return found.reshape(x.shape[:-1])


@machine_code
def matrices_as_rows(x: Any) -> Any:
    """Return an array of matrices as a matrix with a row for each."""
    return np.ascontiguousarray(x).reshape(len(x), -1)


@machine_code
def column_sums(a: Any) -> Any:
    """Return the sum over the first axis."""
    if a.ndim == 1:
        return a.sum()
    rows = np.ascontiguousarray(a).reshape(len(a), -1)
    total = np.zeros(rows.shape[1], a.dtype)
    for i in range(len(rows)):
        for j in range(rows.shape[1]):
            total[j] += rows[i, j]
    return total.reshape(a.shape[1:])


@machine_code
def row_sums(x: Any) -> Any:
    """Return the sum of each row."""
    rows = rows_of(x)
    found = np.zeros(len(rows), x.dtype)
    for i in range(len(rows)):
        for j in range(rows.shape[1]):
            found[i] += rows[i, j]
    return per_row(found, x)


@machine_code
def row_sums_kept(x: Any) -> Any:
    """Return the sum of each row, as a row of one element."""
    return np.asarray(row_sums(x)).reshape(x.shape[:-1] + (1,))  # noqa: RUF005 - numba lacks it


@machine_code
def row_means(x: Any) -> Any:
    """Return the mean of each row."""
    return row_sums(x) / x.shape[-1]


@machine_code
def row_products(x: Any) -> Any:
    """Return the product of each row."""
    rows = rows_of(x)
    found = np.ones(len(rows), x.dtype)
    for i in range(len(rows)):
        for j in range(rows.shape[1]):
            found[i] *= rows[i, j]
    return per_row(found, x)


@machine_code
def row_maxima(x: Any) -> Any:
    """Return the largest element of each row; nan if there is one."""
    rows = rows_of(x)
    found = rows[:, 0].copy()
    for i in range(len(rows)):
        for j in range(1, rows.shape[1]):
            found[i] = np.maximum(found[i], rows[i, j])
    return per_row(found, x)


@machine_code
def row_minima(x: Any) -> Any:
    """Return the smallest element of each row; nan if there is one."""
    rows = rows_of(x)
    found = rows[:, 0].copy()
    for i in range(len(rows)):
        for j in range(1, rows.shape[1]):
            found[i] = np.minimum(found[i], rows[i, j])
    return per_row(found, x)


@machine_code
def norm(x: Any) -> Any:
    """Return √Σ x² of each row, without overflow on the way."""
    rows = rows_of(x)
    found = np.zeros(len(rows), x.dtype)
    for i in range(len(rows)):
        largest = np.abs(rows[i]).max()
        if np.isinf(rows[i]).any():
            found[i] = np.inf
        elif largest != 0.0:  # nan too
            for j in range(rows.shape[1]):
                found[i] += (rows[i, j] / largest) ** 2
            found[i] = largest * np.sqrt(found[i])
    return per_row(found, x)


@machine_code
def direction(y: Any, x: Any) -> Any:
    """Return x / ‖x‖ of each row for the norms y, and 0 where the norm is 0."""
    norms = np.asarray(y).reshape(x.shape[:-1] + (1,))  # noqa: RUF005 - numba lacks it
    return where(norms == 0.0, 0.0, x / norms)


@machine_code
def share_of_extreme(y: Any, x: Any) -> Any:
    """Return 1/k for each of the k elements of a row that equal its extreme y, else 0."""
    hits = where(x == np.asarray(y).reshape(x.shape[:-1] + (1,)), 1.0, 0.0)  # noqa: RUF005
    return hits / row_sums_kept(hits)


@machine_code
def products_of_others(x: Any) -> Any:
    """Return for each element of a row the product of all others, without a division."""
    rows = rows_of(x)
    found = np.ones_like(rows)
    for i in range(len(rows)):
        before, after = 1.0, 1.0
        for j in range(rows.shape[1]):
            found[i, j] *= before
            before *= rows[i, j]
        for j in range(rows.shape[1] - 1, -1, -1):
            found[i, j] *= after
            after *= rows[i, j]
    return found.reshape(x.shape)
