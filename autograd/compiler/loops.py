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
    """Return -log softmax(z)[y] of each row, and softmax(z) - onehot(y)."""
    losses, d = np.empty(len(z)), np.empty_like(z)
    for i in range(len(z)):
        k = y[i]
        others = z[i, k] - z[i, k]  # 0, or nan if it is infinite
        for j in range(z.shape[1]):
            if j != k:
                d[i, j] = np.exp(z[i, j] - z[i, k])
                others += d[i, j]
        losses[i], total = np.log1p(others), 1.0 + others
        if not total < np.inf:  # the chosen one is far below: relative to the largest
            largest = z[i].max()
            others, total = 0.0, 0.0
            for j in range(z.shape[1]):
                e = np.exp(z[i, j] - largest)
                total += e
                if j != k:
                    d[i, j] = e
                    others += e
            losses[i] = np.log(total) - (z[i, k] - largest)
        for j in range(z.shape[1]):
            d[i, j] /= total
        d[i, k] = -others / total
    return losses, d
