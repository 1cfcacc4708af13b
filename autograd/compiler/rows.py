"""Functions of the last axis of an array, and of elements, that NumPy lacks.

What a program uses of these is copied into its source, so that it runs with NumPy alone. Each is
the rule of :mod:`autograd.ops` for many rows at once, with the same care for rounding.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np


def softmax(z: Any) -> Any:
    """Return e^z / Σ e^z in each row, with the largest z taken off first: e^z can't overflow."""
    largest = z.max(-1, keepdims=True)
    e = np.exp(z - np.where(np.abs(largest) < np.inf, largest, 0.0))
    return e / e.sum(-1, keepdims=True)


def softmax_gradient(y: Any, dy: Any) -> Any:
    """Return y (dy - Σ y dy) in each row, as a difference to dy of the largest y: so exact."""
    at = np.expand_dims(y.argmax(-1), -1)
    change = dy - np.take_along_axis(dy, at, -1)
    dz = y * (change - (y * change).sum(-1, keepdims=True))
    if np.isfinite(dz).all():
        return dz
    return jacobian_product(y * sum_of_others(y), -np.expand_dims(y, -1), y, dy)


def sum_of_others(y: Any) -> Any:
    """Return for each element of a row the sum of all others."""
    return np.where(np.eye(y.shape[-1], dtype=bool), 0.0, np.expand_dims(y, -2)).sum(-1)


def jacobian_product(own: Any, factor: Any, y: Any, dy: Any) -> Any:
    """Return Σᵢ dyᵢ Jᵢⱼ with Jᵢᵢ = own and Jᵢⱼ = factorᵢ yⱼ, where dyᵢ = 0 takes no part."""
    diagonal = np.eye(y.shape[-1], dtype=bool)
    jacobian = np.where(diagonal, np.expand_dims(own, -1), factor * np.expand_dims(y, -2))
    dy = np.expand_dims(dy, -1)
    return np.where(dy == 0.0, 0.0, dy * jacobian).sum(-2)


def log_total(z: Any) -> Any:
    """Return the shift of each row and log Σ e^(z - shift), exact when one z is far above."""
    largest = z.max(-1, keepdims=True)
    shift = np.where(np.abs(largest) < np.inf, largest, 0.0)
    e = np.exp(z - shift)
    ones = e == 1.0
    others = np.where(ones, 0.0, e).sum(-1, keepdims=True)
    return shift, np.log1p(others + (ones.sum(-1, keepdims=True) - 1.0))


def logsumexp(z: Any) -> Any:
    """Return log Σ e^z of each row."""
    shift, total = log_total(z)
    return (shift + total)[..., 0]


def log_softmax(z: Any) -> Any:
    """Return log softmax(z) in each row."""
    shift, total = log_total(z)
    return (z - shift) - total


def log_softmax_gradient(z: Any, dy: Any) -> Any:
    """Return dy - softmax(z) Σ dy in each row, with 1 - softmax as the sum of the others."""
    p = softmax(z)
    at = np.expand_dims(p.argmax(-1), -1)
    others = 1.0 - p
    rest = p.copy()
    np.put_along_axis(rest, at, 0.0, -1)
    np.put_along_axis(others, at, rest.sum(-1, keepdims=True), -1)
    dz = dy * others - p * (dy.sum(-1, keepdims=True) - dy)
    if np.isfinite(dz).all():
        return dz
    return jacobian_product(sum_of_others(p), -1.0, p, dy)


def cross_entropy(z: Any, y: Any) -> Any:
    """Return -log softmax(z)[y] of each row, and softmax(z) - onehot(y).

    All is relative to the chosen z: log1p of the sum of the others is exact when they are tiny.
    The classes y are whole numbers from 0 to the length of a row less 1; they are not checked here.
    """
    if z.ndim != 2:
        classes = np.broadcast_to(y, z.shape[:-1]).ravel()
        losses, d = cross_entropy(z.reshape(-1, z.shape[-1]), classes)
        return losses.reshape(z.shape[:-1])[()], d.reshape(z.shape)
    z = np.ascontiguousarray(z)
    chosen = np.arange(0, z.size, z.shape[1]) + y  # in the flat array
    d = np.exp(z - z.ravel()[chosen][:, None])
    flat = d.ravel()
    flat[chosen] -= 1.0  # which makes 0, or nan if the chosen z is infinite
    others = d.sum(1)
    losses = np.log1p(others)
    flat[chosen] = -others
    d /= (1.0 + others)[:, None]
    if losses.dot(losses) < np.inf:
        return losses, d
    return -log_softmax(z).ravel()[chosen], minus_onehot(softmax(z), y)


def minus_onehot(p: Any, y: Any) -> Any:
    """Return p - onehot(y) in each row, with p[y] - 1 as minus the sum of the others: so exact."""
    chosen = np.arange(p.shape[1]) == np.broadcast_to(y, len(p))[:, None]
    others = np.where(chosen, 0.0, p)
    return np.where(chosen, -others.sum(1)[:, None], others)


def cross_entropy_of_distribution(z: Any, p: Any) -> Any:
    """Return -Σ p log softmax(z) of each row."""
    shift, total = log_total(z)
    return (p * (total - (z - shift))).sum(-1)


def norm(x: Any) -> Any:
    """Return √Σ x² of each row, without overflow on the way."""
    if not np.isfinite(x).all():
        found = np.where(np.isnan(x).any(-1), np.nan, np.inf)
        found = np.where(np.isinf(x).any(-1), np.inf, found)
        return np.where(np.isfinite(x).all(-1), norm(np.where(np.isfinite(x), x, 0.0)), found)
    largest = np.abs(x).max(-1, keepdims=True)
    scale = np.where(largest > 0.0, 2.0 ** np.floor(np.log2(np.maximum(largest, 1e-300))), 1.0)
    return (scale * np.sqrt(((x / scale) ** 2).sum(-1, keepdims=True)))[..., 0]


def direction(y: Any, x: Any) -> Any:
    """Return x / ‖x‖ of each row for the norms y, and 0 where the norm is 0."""
    y = np.expand_dims(y, -1)
    return np.where(y == 0.0, 0.0, x / y)


def share_of_extreme(y: Any, x: Any) -> Any:
    """Return 1/k for each of the k elements of a row that equal its extreme y, else 0."""
    hits = x == np.expand_dims(y, -1)
    return hits / hits.sum(-1, keepdims=True)


def products_of_others(x: Any) -> Any:
    """Return for each element of a row the product of all others, without a division."""
    ones = np.ones_like(x[..., :1])
    before = np.cumprod(np.concatenate((ones, x[..., :-1]), -1), -1)
    after = np.cumprod(np.concatenate((ones, x[..., :0:-1]), -1), -1)[..., ::-1]
    return before * after


def power_of_half(x: Any) -> Any:
    """Return x ** 0.5 of each element: NumPy takes the root, which is another for -∞ and -0."""
    return np.sqrt(np.where(x == -np.inf, np.inf, x + 0.0))


def erf(x: Any) -> Any:
    """Return the error function of each element."""
    return np.vectorize(math.erf, otypes=[float])(x)


def erfc(x: Any) -> Any:
    """Return 1 - erf of each element, exact for large ones."""
    return np.vectorize(math.erfc, otypes=[float])(x)


def remainder(a: Any, b: Any) -> Any:
    """Return the IEEE 754 remainder of each pair of elements; nan where there is none."""

    def one(a: float, b: float) -> float:
        defined = b and a == a and b == b and abs(a) != math.inf
        return math.remainder(a, b) if defined else math.nan

    return np.vectorize(one, otypes=[float])(a, b)
