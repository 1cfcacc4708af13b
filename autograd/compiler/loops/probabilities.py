"""Softmax and cross entropy of rows."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd.compiler.loops.elements import scalar_exp
from autograd.compiler.loops.machine_code import machine_code
from autograd.compiler.loops.reductions import per_row, row_maxima, row_sums, rows_of


@machine_code
def shifts(rows: Any) -> Any:
    """Return the largest element of each row; 0 where it is infinite or nan."""
    largest = row_maxima(rows)
    for i in range(len(largest)):
        if not abs(largest[i]) < np.inf:
            largest[i] = 0.0
    return largest


@machine_code
def exponentials(rows: Any, shift: Any) -> Any:
    """Return e^(z - shift) with the shift of each row."""
    e = np.empty_like(rows)
    for i in range(len(rows)):
        for j in range(rows.shape[1]):
            e[i, j] = rows[i, j] - shift[i]
    flat = e.ravel()
    for i in range(len(flat)):
        flat[i] = scalar_exp(flat[i])
    return e


@machine_code
def softmax(z: Any) -> Any:
    """Return e^z / Σ e^z in each row."""
    rows = rows_of(z)
    p = exponentials(rows, shifts(rows))
    for i in range(len(p)):
        total = 0.0
        for j in range(p.shape[1]):
            total += p[i, j]
        for j in range(p.shape[1]):
            p[i, j] /= total
    return p.reshape(z.shape)


@machine_code
def jacobian_product(own: Any, factor: Any, y: Any, dy: Any) -> Any:
    """Return Σᵢ dyᵢ Jᵢⱼ with Jᵢᵢ = own and Jᵢⱼ = factorᵢ yⱼ, where dyᵢ = 0 takes no part."""
    dz = np.zeros_like(y)
    for i in range(len(y)):
        for j in range(len(y)):
            if dy[i] != 0.0:
                dz[j] += dy[i] * (own[i] if i == j else factor[i] * y[j])
    return dz


@machine_code
def sum_of_others(y: Any) -> Any:
    """Return for each element the sum of all others."""
    found = np.zeros_like(y)
    for i in range(len(y)):
        for j in range(len(y)):
            found[i] += 0.0 if i == j else y[j]
    return found


@machine_code
def softmax_gradient(y: Any, dy: Any) -> Any:
    """Return y (dy - Σ y dy) in each row, as a difference to dy of the largest y: so exact."""
    p, g = rows_of(y), rows_of(dy)
    dz = np.zeros_like(p)
    for i in range(len(p)):
        base = g[i, p[i].argmax()]
        total, size = 0.0, 0.0
        for j in range(p.shape[1]):
            total += p[i, j] * (g[i, j] - base)
        for j in range(p.shape[1]):
            dz[i, j] = p[i, j] * ((g[i, j] - base) - total)
            size += abs(dz[i, j])
        if not size < np.inf:
            dz[i] = jacobian_product(p[i] * sum_of_others(p[i]), -p[i], p[i], g[i])
    return dz.reshape(y.shape)


@machine_code
def log_totals(rows: Any) -> Any:
    """Return the shift of each row and log Σ e^(z - shift), exact when one z is far above."""
    shift = shifts(rows)
    e = exponentials(rows, shift)
    totals = np.empty_like(shift)
    for i in range(len(e)):
        ones, others = 0.0, 0.0
        for j in range(e.shape[1]):
            if e[i, j] == 1.0:
                ones += 1.0
            else:
                others += e[i, j]
        totals[i] = np.log1p(others + (ones - 1.0))
    return shift, totals


@machine_code
def logsumexp(z: Any) -> Any:
    """Return log Σ e^z of each row."""
    shift, total = log_totals(rows_of(z))
    return per_row(shift + total, z)


@machine_code
def log_softmax(z: Any) -> Any:
    """Return log softmax(z) in each row."""
    rows = rows_of(z)
    shift, total = log_totals(rows)
    return ((rows - shift.reshape(-1, 1)) - total.reshape(-1, 1)).reshape(z.shape)


@machine_code
def log_softmax_gradient(z: Any, dy: Any) -> Any:
    """Return dy - softmax(z) Σ dy in each row, with 1 - softmax as the sum of the others."""
    p, g = softmax(rows_of(z)), rows_of(dy)
    dz = np.zeros_like(p)
    for i in range(len(p)):
        largest = p[i].argmax()
        rest, total, size = 0.0, 0.0, 0.0
        for j in range(p.shape[1]):
            total += g[i, j]
            rest += 0.0 if j == largest else p[i, j]
        for j in range(p.shape[1]):
            others = rest if j == largest else 1.0 - p[i, j]
            dz[i, j] = g[i, j] * others - p[i, j] * (total - g[i, j])
            size += abs(dz[i, j])
        if not size < np.inf:
            dz[i] = jacobian_product(sum_of_others(p[i]), -np.ones_like(p[i]), p[i], g[i])
    return dz.reshape(z.shape)


@machine_code
def classes_of(y: Any, z: Any) -> Any:
    """Return the class of each row; where there is one for all, as often."""
    if z.ndim == 1:
        return np.full(1, y)
    return (np.zeros(z.shape[:-1], np.int64) + y).ravel()


@machine_code
def cross_entropy(z: Any, y: Any) -> Any:
    """Return -log softmax(z)[y] of each row, and softmax(z) - onehot(y).

    All is relative to the chosen z: log1p of the sum of the others is exact when they are tiny.
    """
    rows, chosen = rows_of(z), classes_of(y, z)
    losses, shift = np.empty(len(rows), z.dtype), np.empty(len(rows), z.dtype)
    for i in range(len(rows)):
        shift[i] = rows[i, chosen[i]]
    d = exponentials(rows, shift)
    for i in range(len(rows)):
        d[i, chosen[i]] = 0.0
        others = 0.0
        for j in range(rows.shape[1]):
            others += d[i, j]
        d[i, chosen[i]] = -others
        factor = 1.0 / (1.0 + others)
        for j in range(rows.shape[1]):
            d[i, j] *= factor
        losses[i] = np.log1p(others)
        if not losses[i] < np.inf or rows[i, chosen[i]] == np.inf:
            losses[i] = far_cross_entropy(rows[i], chosen[i], d[i])
    return per_row(losses, z), d.reshape(z.shape)


@machine_code
def far_cross_entropy(z: Any, y: Any, d: Any) -> Any:
    """Return the same for one row, relative to the largest z, where e^z would overflow else.

    It is rarely called, so it is short machine code and calls no other of these functions.
    """
    shift = z[z.argmax()]
    shift = shift if abs(shift) < np.inf else 0.0
    ones, others = 0.0, 0.0
    for j in range(len(z)):
        d[j] = np.exp(z[j] - shift)
        if d[j] == 1.0:
            ones += 1.0
        else:
            others += d[j]
    total = ones + others
    rest = 0.0
    for j in range(len(z)):
        d[j] /= total
        rest += 0.0 if j == y else d[j]
    d[y] = -rest
    return np.log1p(others + (ones - 1.0)) - (z[y] - shift)


@machine_code
def cross_entropy_of_distribution(z: Any, p: Any) -> Any:
    """Return -Σ p log softmax(z) of each row."""
    return row_sums(-p * log_softmax(z))
