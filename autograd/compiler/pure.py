"""The functions of :mod:`autograd.compiler.rows` without assignments to elements or branches.

They are plain text until torch or JAX reads them, with its own arrays behind the name ``np``.
"""

from __future__ import annotations

from typing import Any

import numpy as np


def softmax_gradient(y: Any, dy: Any) -> Any:
    """Return y (dy - Σ y dy) in each row, as a difference to dy of the largest y: so exact."""
    dy = dy - np.take_along_axis(dy, np.expand_dims(y.argmax(-1), -1), -1)
    return y * (dy - (y * dy).sum(-1, keepdims=True))


def log_softmax_gradient(z: Any, dy: Any) -> Any:
    """Return dy - softmax(z) Σ dy in each row, with 1 - softmax as the sum of the others."""
    p = softmax(z)  # type: ignore[name-defined]  # noqa: F821 - it is in the program
    first = np.arange(z.shape[-1]) == np.expand_dims(p.argmax(-1), -1)
    others = np.where(first, np.where(first, 0.0, p).sum(-1, keepdims=True), 1.0 - p)
    return dy * others - p * (dy.sum(-1, keepdims=True) - dy)


def cross_entropy(z: Any, y: Any) -> Any:
    """Return -log softmax(z)[y] of each row, and softmax(z) - onehot(y)."""
    classes = np.arange(z.shape[-1])
    first = classes == np.expand_dims(z.argmax(-1), -1)
    shifted = z - z.max(-1, keepdims=True)
    e = np.exp(shifted)
    others = np.where(first, 0.0, e).sum(-1)
    chosen = np.where(classes == np.expand_dims(y, -1), shifted, 0.0).sum(-1)
    p = np.where(first, 1.0, e) / np.expand_dims(1.0 + others, -1)
    return np.log1p(others) - chosen, minus_onehot(p, y)


def minus_onehot(p: Any, y: Any) -> Any:
    """Return p - onehot(y) in each row, with p[y] - 1 as minus the sum of the others: so exact."""
    chosen = np.arange(p.shape[-1]) == np.expand_dims(y, -1)
    others = np.where(chosen, 0.0, p)
    return np.where(chosen, -others.sum(-1, keepdims=True), others)


def norm(x: Any) -> Any:
    """Return √Σ x² of each row, without overflow on the way."""
    sizes = np.abs(x)
    largest = np.where(sizes < np.inf, sizes, 0.0).max(-1, keepdims=True)
    scale = np.where(largest > 0.0, largest, 1.0)
    found = (scale * np.sqrt(((x / scale) ** 2.0).sum(-1, keepdims=True)))[..., 0]
    return np.where((sizes == np.inf).any(-1), np.inf, found)


def share_of_extreme(y: Any, x: Any) -> Any:
    """Return 1/k for each of the k elements of a row that equal its extreme y, else 0."""
    hits = np.where(x == np.expand_dims(y, -1), 1.0, 0.0)
    return hits / hits.sum(-1, keepdims=True)


def products_of_others(x: Any) -> Any:
    """Return for each element of a row the product of all others, without a division."""
    ones, flipped = np.ones_like(x[..., :1]), np.flip(x, (-1,))
    before = np.cumprod(np.concatenate((ones, x[..., :-1]), -1), -1)
    after = np.flip(np.cumprod(np.concatenate((ones, flipped[..., :-1]), -1), -1), (-1,))
    return before * after
