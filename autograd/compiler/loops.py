"""The functions of :mod:`autograd.compiler.rows` as loops, for numba: plain text until it is used.

Numba compiles loops into machine code, and lacks most of what NumPy does with rows at once.
"""

from __future__ import annotations

from typing import Any

import numpy as np


def vdot(a: Any, b: Any) -> Any:
    """Return Σ ab over all elements."""
    total = 0.0
    for x, y in zip(a.flat, b.flat):  # noqa: B905 - numba's zip has no strict
        total += x * y
    return total


def column_sums(a: Any) -> Any:
    """Return the sum of all rows."""
    total = np.zeros(a.shape[1])
    for i in range(len(a)):
        for j in range(a.shape[1]):
            total[j] += a[i, j]
    return total


def softmax(z: Any) -> Any:
    """Return e^z / Σ e^z in each row."""
    p = np.empty_like(z)
    for i in range(len(z)):
        largest = z[i].max()
        shift = largest if np.abs(largest) < np.inf else 0.0
        total = 0.0
        for j in range(z.shape[1]):
            p[i, j] = np.exp(z[i, j] - shift)
            total += p[i, j]
        for j in range(z.shape[1]):
            p[i, j] /= total
    return p


def softmax_gradient(y: Any, dy: Any) -> Any:
    """Return y (dy - Σ y dy) in each row, as a difference to dy of the largest y: so exact."""
    dz = np.empty_like(y)
    for i in range(len(y)):
        base = dy[i, y[i].argmax()]
        total = 0.0
        for j in range(y.shape[1]):
            total += y[i, j] * (dy[i, j] - base)
        for j in range(y.shape[1]):
            dz[i, j] = y[i, j] * ((dy[i, j] - base) - total)
    return dz


def cross_entropy(z: Any, y: Any) -> Any:
    """Return -log softmax(z)[y] of each row, and softmax(z)."""
    losses, p = np.empty(len(z)), np.empty_like(z)
    for i in range(len(z)):
        k = z[i].argmax()
        others = 0.0
        for j in range(z.shape[1]):
            p[i, j] = np.exp(z[i, j] - z[i, k])
            if j != k:
                others += p[i, j]
        for j in range(z.shape[1]):
            p[i, j] /= 1.0 + others
        losses[i] = np.log1p(others) - (z[i, y[i]] - z[i, k])
    return losses, p


def minus_onehot(p: Any, y: Any) -> Any:
    """Return p - onehot(y) in each row, with p[y] - 1 as minus the sum of the others: so exact."""
    d = p.copy()
    for i in range(len(p)):
        total = 0.0
        for j in range(p.shape[1]):
            if j != y[i]:
                total += p[i, j]
        d[i, y[i]] = -total
    return d
