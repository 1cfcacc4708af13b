"""Products of matrices."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd.compiler.loops.machine_code import machine_code
from autograd.compiler.loops.reductions import rows_of


@machine_code
def product(a: Any, b: Any) -> Any:
    """Return ab, for one row or for the rows of an array."""
    if a.ndim == 1:
        return np.ascontiguousarray(a) @ np.ascontiguousarray(b)
    found = rows_of(a) @ np.ascontiguousarray(b)
    return found.reshape(a.shape[:-1] + found.shape[1:])


@machine_code
def products(a: Any, b: Any) -> Any:
    """Return ab of each example."""
    found = np.empty((len(a), a.shape[1], b.shape[2]), a.dtype)
    for i in range(len(a)):
        found[i] = np.ascontiguousarray(a[i]) @ np.ascontiguousarray(b[i])
    return found


@machine_code
def products_with_transposed(a: Any, b: Any) -> Any:
    """Return abᵀ of each example."""
    return products(a, transposed_of_each(b))


@machine_code
def transposed(x: Any) -> Any:
    """Return xᵀ, laid out in rows: numba reshapes no other."""
    return np.ascontiguousarray(x.T)


@machine_code
def transposed_of_each(x: Any) -> Any:
    """Return xᵀ of each example, laid out in rows."""
    return np.ascontiguousarray(x.transpose(0, 2, 1))


@machine_code
def product_with_transposed(x: Any, w: Any) -> Any:
    """Return xwᵀ, what a layer computes, for the rows of an array."""
    found = rows_of(x) @ np.ascontiguousarray(w).T
    return found.reshape(x.shape[:-1] + (len(w),))  # noqa: RUF005 - numba lacks it


@machine_code
def transposed_product(g: Any, x: Any) -> Any:
    """Return gᵀx, the gradient of weights, from the rows of arrays."""
    return rows_of(g).T @ rows_of(x)
