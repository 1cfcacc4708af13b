"""Functions of the last axis of an array, and of elements, that NumPy lacks.

A program brings along what it uses of these, copied as they stand, so that it runs with NumPy
alone: they have no types, which would need imports. Each is the rule of :mod:`autograd.ops` for
many rows at once, with the same care for rounding. Tensors of JAX and torch take most of them too,
behind the name ``np``; those that they can't are replaced by :mod:`autograd.compiler.pure`.
"""
# mypy: disallow-untyped-defs=False, disallow-untyped-calls=False

from __future__ import annotations

import math
from typing import Any

from autograd.arithmetic import gamma, lgamma
from autograd.polygammas import _BERNOULLI

try:
    import numpy
except ModuleNotFoundError:  # nothing here runs then; a picture of layers asks for the names alone
    numpy = None  # type: ignore[assignment]
np: Any = numpy


def softmax(z):
    """Return e^z / Σ e^z in each row, with the largest z taken off first: e^z can't overflow."""
    largest = np.max(z, -1, keepdims=True)
    e = np.exp(z - np.where(np.abs(largest) < np.inf, largest, 0.0))
    return e / e.sum(-1, keepdims=True)


def softmax_gradient(y, dy):
    """Return y (dy - Σ y dy) in each row, as a difference to dy of the largest y: so exact."""
    at = np.expand_dims(y.argmax(-1), -1)
    change = dy - np.take_along_axis(dy, at, -1)
    dz = y * (change - (y * change).sum(-1, keepdims=True))
    if np.isfinite(dz).all():
        return dz
    return jacobian_product(y * sum_of_others(y), -y, y, dy)


def sum_of_others(y):
    """Return for each element of a row the sum of all others, without a subtraction."""
    zeros, flipped = np.zeros_like(y[..., :1]), np.flip(y, (-1,))
    before = np.cumsum(np.concatenate((zeros, y[..., :-1]), -1), -1)
    after = np.flip(np.cumsum(np.concatenate((zeros, flipped[..., :-1]), -1), -1), (-1,))
    return before + after


def jacobian_product(own, factor, y, dy):
    """Return Σᵢ dyᵢ Jᵢⱼ with Jᵢᵢ = own and Jᵢⱼ = factorᵢ yⱼ, where dyᵢ = 0 takes no part."""
    takes_part = dy != 0.0
    terms = np.where(takes_part, dy * factor, 0.0)
    has_others = sum_of_others(np.where(takes_part, 1.0, 0.0)) > 0.0
    return np.where(takes_part, dy * own, 0.0) + np.where(has_others, sum_of_others(terms) * y, 0.0)


def log_total(z):
    """Return the shift of each row and log Σ e^(z - shift), exact when one z is far above."""
    largest = np.max(z, -1, keepdims=True)
    shift = np.where(np.abs(largest) < np.inf, largest, 0.0)
    e = np.exp(z - shift)
    ones = e == 1.0
    others = np.where(ones, 0.0, e).sum(-1, keepdims=True)
    return shift, np.log1p(others + (ones.sum(-1, keepdims=True) - 1.0))


def logsumexp(z):
    """Return log Σ e^z of each row."""
    shift, total = log_total(z)
    return (shift + total)[..., 0]


def log_softmax(z):
    """Return log softmax(z) in each row."""
    shift, total = log_total(z)
    return (z - shift) - total


def log_softmax_gradient(z, dy):
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


def cross_entropy(z, y):
    """Return -log softmax(z)[y] of each row, and softmax(z) - onehot(y).

    All is relative to the chosen z: log1p of the sum of the others is exact when they are tiny.
    The classes y are whole numbers from 0 to the length of a row less 1; they are not checked here.
    """
    if z.ndim != 2:
        classes = np.broadcast_to(y, z.shape[:-1]).ravel()
        losses, d = cross_entropy(z.reshape(-1, z.shape[-1]), classes)
        return losses.reshape(z.shape[:-1])[()], d.reshape(z.shape)
    z = np.ascontiguousarray(z)
    chosen = np.arange(0, len(z) * z.shape[1], z.shape[1]) + y  # in the flat array
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


def minus_onehot(p, y):
    """Return p - onehot(y) in each row, with p[y] - 1 as minus the sum of the others: so exact."""
    chosen = np.arange(p.shape[-1]) == np.expand_dims(y, -1)
    others = np.where(chosen, 0.0, p)
    return np.where(chosen, -others.sum(-1, keepdims=True), others)


def cross_entropy_of_distribution(z, p):
    """Return -Σ p log softmax(z) of each row."""
    shift, total = log_total(z)
    return (p * (total - (z - shift))).sum(-1)


def norm(x):
    """Return √Σ x² of each row, in units of a power of 2: without overflow on the way."""
    sizes = np.abs(x)
    largest = np.max(np.where(sizes < np.inf, sizes, 0.0), -1, keepdims=True)
    bounded = np.minimum(np.maximum(largest, 1e-300), 1e300)
    scale = np.where(largest > 0.0, 2.0 ** np.floor(np.log2(bounded)), 1.0)
    found = (scale * np.sqrt(((x / scale) ** 2.0).sum(-1, keepdims=True)))[..., 0]
    return np.where((sizes == np.inf).any(-1), np.inf, found)


def direction(y, x):
    """Return x / ‖x‖ of each row for the norms y, and 0 where the norm is 0."""
    y = np.expand_dims(y, -1)
    return np.where(y == 0.0, 0.0, x / y)


def share_of_extreme(y, x):
    """Return 1/k for each of the k elements of a row that equal its extreme y, else 0."""
    hits = np.where(x == np.expand_dims(y, -1), 1.0, 0.0)
    return hits / hits.sum(-1, keepdims=True)


def products_of_others(x):
    """Return for each element of a row the product of all others, without a division."""
    ones, flipped = np.ones_like(x[..., :1]), np.flip(x, (-1,))
    before = np.cumprod(np.concatenate((ones, x[..., :-1]), -1), -1)
    after = np.flip(np.cumprod(np.concatenate((ones, flipped[..., :-1]), -1), -1), (-1,))
    return before * after


def element_at(x, y):
    """Return the element of each row at a position."""
    chosen = np.arange(x.shape[-1]) == np.expand_dims(np.broadcast_to(y, x.shape[:-1]), -1)
    return np.where(chosen, x, 0.0).sum(-1)


def only_at(x, y, dy):
    """Return rows as long as those of x, with dy at the position y, and else 0."""
    chosen = np.arange(x.shape[-1]) == np.expand_dims(np.broadcast_to(y, x.shape[:-1]), -1)
    return np.where(chosen, np.expand_dims(np.broadcast_to(dy, x.shape[:-1]), -1), 0.0)


def sums_at(terms, y, n):
    """Return a table of n rows, each the sum of the terms that have its position y."""
    shape = terms.shape[y.ndim :]
    width = math.prod(shape)
    places = y.reshape(-1, 1) * width + np.arange(width)
    return np.bincount(places.ravel(), terms.ravel(), n * width).reshape(n, *shape)


def power_of_half(x):
    """Return x ** 0.5 of each element: NumPy takes the root, which is another for -∞ and -0."""
    return np.sqrt(np.where(x == -np.inf, np.inf, x + 0.0))


def erf(x):
    """Return the error function of each element."""
    return np.vectorize(math.erf, otypes=[float])(x)


def erfc(x):
    """Return 1 - erf of each element, exact for large ones."""
    return np.vectorize(math.erfc, otypes=[float])(x)


def gamma_of_each(x):
    """Return Γ(x) of each element."""
    return np.vectorize(gamma, otypes=[float])(x)


def lgamma_of_each(x):
    """Return log |Γ(x)| of each element."""
    return np.vectorize(lgamma, otypes=[float])(x)


def remainder(a, b):
    """Return the IEEE 754 remainder of each pair of elements; nan where there is none."""
    size, step = np.abs(a), np.abs(b)
    below = np.fmod(size, step)
    above = step - below
    tie = below - 2.0 * np.fmod(0.5 * (size - below), step)
    found = np.where(below < above, below, np.where(below > above, -above, tie))
    found = np.copysign(1.0, a) * np.where(step == np.inf, size, found)
    return np.where((size < np.inf) & (step > 0.0), found, np.nan)


def polygamma(order, x):
    """Return the polygamma function, as :func:`autograd.arithmetic.polygamma` computes it."""
    z, total = np.where(x < 0.0, 1.0 - x, x), 0.0 * x
    sign = 1.0 if order % 2 else -1.0  # (-1)ⁿ⁺¹
    factorial = math.gamma(order + 1.0)
    for _ in range(20 + order):
        is_small = z < 20.0 + order
        total = total + np.where(is_small, sign * factorial * z ** (-(order + 1.0)), 0.0)
        z = np.where(is_small, z + 1.0, z)
    if order == 0:
        series = -(np.log(z) - 0.5 / z)
    else:
        rest = 0.5 * factorial * z ** (-(order + 1.0))
        series = factorial / order * z ** (-float(order)) + rest
    for k, coefficient in enumerate(_BERNOULLI, 1):
        series = series + coefficient * math.gamma(2.0 * k + order) * z ** (-(2.0 * k + order))
    found = total + sign * series
    # A polynomial in c = cot(πx): dⁿ/dxⁿ π cot(πx), as c' = -(1 + c²).
    coefficients = [0.0, 1.0]
    for _ in range(order):
        derivative = [k * c for k, c in enumerate(coefficients)][1:]
        same, squared = derivative + 2 * [0.0], 2 * [0.0] + derivative
        coefficients = [-(same[k] + squared[k]) for k in range(len(same))]
    angle = math.pi * (x - np.rint(x))
    cotangent = np.cos(angle) / np.sin(angle)
    change = 0.0 * x
    for coefficient in coefficients[::-1]:
        change = change * cotangent + coefficient
    found = np.where(x < 0.0, -sign * found - math.pi ** (order + 1) * change, found)
    found = np.where(x == np.inf, np.inf if order == 0 else 0.0, found)
    at_pole = (x <= 0.0) & (x == np.floor(x))
    found = np.where(at_pole, np.inf if order % 2 else np.nan, found)
    return np.where((x == -np.inf) | (x != x), np.nan, found)
