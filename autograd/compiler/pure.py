"""The functions of :mod:`autograd.compiler.rows` that change arrays or branch, without that.

Programs for torch and JAX bring them along, with their own arrays behind the name ``np``.
"""
# mypy: disallow-untyped-defs=False, disallow-untyped-calls=False

from __future__ import annotations

from autograd.compiler.rows import (
    jacobian_product,
    log_softmax,
    minus_onehot,
    np,  # which has no lgamma; the arrays that take its place have one
    softmax,
    sum_of_others,
)


def log_total(z):
    """Return the shift of each row and log Σ e^(z - shift), exact when one z is far above.

    It is told by its position: JAX may compute the same e^0 with other last bits than 1.
    """
    largest = np.max(z, -1, keepdims=True)
    shift = np.where(np.abs(largest) < np.inf, largest, 0.0)
    e = np.exp(z - shift)
    first = np.arange(z.shape[-1]) == np.expand_dims(z.argmax(-1), -1)
    others = np.where(first, 0.0, e).sum(-1, keepdims=True)
    return shift, np.log1p(others + (np.where(first, e, 0.0).sum(-1, keepdims=True) - 1.0))


def softmax_gradient(y, dy):
    """Return y (dy - Σ y dy) in each row, as a difference to dy of the largest y: so exact."""
    change = dy - np.take_along_axis(dy, np.expand_dims(y.argmax(-1), -1), -1)
    dz = y * (change - (y * change).sum(-1, keepdims=True))
    is_finite = np.abs(dz).sum(-1, keepdims=True) < np.inf
    return np.where(is_finite, dz, jacobian_product(y * sum_of_others(y), -y, y, dy))


def log_softmax_gradient(z, dy):
    """Return dy - softmax(z) Σ dy in each row, with 1 - softmax as the sum of the others."""
    p = softmax(z)
    first = np.arange(z.shape[-1]) == np.expand_dims(p.argmax(-1), -1)
    others = np.where(first, np.where(first, 0.0, p).sum(-1, keepdims=True), 1.0 - p)
    dz = dy * others - p * (dy.sum(-1, keepdims=True) - dy)
    is_finite = np.abs(dz).sum(-1, keepdims=True) < np.inf
    return np.where(is_finite, dz, jacobian_product(sum_of_others(p), -1.0, p, dy))


def share_of_extreme(y, x):
    """Return 1/k for each of the k elements of a row that are its extreme y, else 0.

    JAX may compute y and x from the same numbers with other last bits: so these are the elements
    that are nearest to it.
    """
    y = np.expand_dims(y, -1)
    distance = np.once(np.where(x == y, 0.0, np.abs(x - y)))
    hits = np.where(distance == np.min(distance, -1, keepdims=True), 1.0, 0.0)
    return hits / hits.sum(-1, keepdims=True)


def cross_entropy(z, y):
    """Return -log softmax(z)[y] of each row, and softmax(z) - onehot(y)."""
    chosen = np.arange(z.shape[-1]) == np.expand_dims(y, -1)
    losses = -np.where(chosen, log_softmax(z), 0.0).sum(-1)
    return losses, minus_onehot(softmax(z), y)


def looked_up(table, y):
    """Return rows of a table, at positions that may be floats."""
    return np.asarray(table)[np.whole(y)]


def sums_at(terms, y, n):
    """Return a table of n rows, each the sum of the terms that have its position y."""
    found = np.zeros((n, *terms.shape[y.ndim :]))
    return np.add_rows_at(found, np.whole(y), terms)


def gamma(x):
    """Return Γ(x), whose sign below zero changes at each whole number."""
    below = np.floor(x)
    size = np.exp(np.lgamma(x))
    sign = np.where((x < 0.0) & (below != 2.0 * np.floor(0.5 * below)), -1.0, 1.0)
    found = np.where((x < 0.0) & (x == below), np.nan, sign * size)
    return np.where(x == 0.0, np.copysign(np.inf, x), found)
