"""The functions of :mod:`autograd.compiler.rows` without assignments to elements or branches.

They are plain text until torch or JAX reads them, with its own arrays behind the name ``np``.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np


def softmax_gradient(y: Any, dy: Any) -> Any:
    """Return y (dy - Σ y dy) in each row, as a difference to dy of the largest y: so exact."""
    change = dy - np.take_along_axis(dy, np.expand_dims(y.argmax(-1), -1), -1)
    dz = y * (change - (y * change).sum(-1, keepdims=True))
    is_finite = np.abs(dz).sum(-1, keepdims=True) < np.inf
    return np.where(is_finite, dz, jacobian_product(y * sum_of_others(y), -y, y, dy))


def log_softmax_gradient(z: Any, dy: Any) -> Any:
    """Return dy - softmax(z) Σ dy in each row, with 1 - softmax as the sum of the others."""
    p = softmax(z)  # type: ignore[name-defined]  # noqa: F821 - it is in the program
    first = np.arange(z.shape[-1]) == np.expand_dims(p.argmax(-1), -1)
    others = np.where(first, np.where(first, 0.0, p).sum(-1, keepdims=True), 1.0 - p)
    dz = dy * others - p * (dy.sum(-1, keepdims=True) - dy)
    is_finite = np.abs(dz).sum(-1, keepdims=True) < np.inf
    return np.where(is_finite, dz, jacobian_product(sum_of_others(p), -1.0, p, dy))


def jacobian_product(own: Any, factor: Any, y: Any, dy: Any) -> Any:
    """Return Σᵢ dyᵢ Jᵢⱼ with Jᵢᵢ = own and Jᵢⱼ = factorᵢ yⱼ, where dyᵢ = 0 takes no part."""
    takes_part = dy != 0.0
    terms = np.where(takes_part, dy * factor, 0.0)
    has_others = sum_of_others(np.where(takes_part, 1.0, 0.0)) > 0.0
    return np.where(takes_part, dy * own, 0.0) + np.where(has_others, sum_of_others(terms) * y, 0.0)


def sum_of_others(y: Any) -> Any:
    """Return for each element of a row the sum of all others, without a subtraction."""
    zeros, flipped = np.zeros_like(y[..., :1]), np.flip(y, (-1,))
    before = np.cumsum(np.concatenate((zeros, y[..., :-1]), -1), -1)
    after = np.flip(np.cumsum(np.concatenate((zeros, flipped[..., :-1]), -1), -1), (-1,))
    return before + after


def cross_entropy(z: Any, y: Any) -> Any:
    """Return -log softmax(z)[y] of each row, and softmax(z) - onehot(y)."""
    chosen = np.arange(z.shape[-1]) == np.expand_dims(y, -1)
    losses = -np.where(chosen, log_softmax(z), 0.0).sum(-1)  # type: ignore[name-defined]  # noqa: F821
    return losses, minus_onehot(softmax(z), y)  # type: ignore[name-defined]  # noqa: F821


def minus_onehot(p: Any, y: Any) -> Any:
    """Return p - onehot(y) in each row, with p[y] - 1 as minus the sum of the others: so exact."""
    chosen = np.arange(p.shape[-1]) == np.expand_dims(y, -1)
    others = np.where(chosen, 0.0, p)
    return np.where(chosen, -others.sum(-1, keepdims=True), others)


def norm(x: Any) -> Any:
    """Return √Σ x² of each row, without overflow on the way."""
    sizes = np.abs(x)
    largest = np.where(sizes < np.inf, sizes, 0.0).max(-1, keepdims=True)
    scale = np.where(largest > 0.0, np.minimum(largest, 1e300), 1.0)  # 1 / scale is no subnormal
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


def gamma(x: Any) -> Any:
    """Return Γ(x), whose sign below zero changes at each whole number."""
    below = np.floor(x)
    size = np.exp(lgamma(x))  # type: ignore[name-defined]  # noqa: F821 - it is in the program
    sign = np.where((x < 0.0) & (below != 2.0 * np.floor(0.5 * below)), -1.0, 1.0)
    found = np.where((x < 0.0) & (x == below), np.nan, sign * size)
    return np.where(x == 0.0, np.copysign(np.inf, x), found)


def polygamma(order: int, x: Any) -> Any:
    """Return the polygamma function, as :func:`autograd.arithmetic.polygamma` computes it."""
    reflected = np.where(x < 0.0, 1.0 - x, x)
    sign = 1.0 if order % 2 else -1.0  # (-1)ⁿ⁺¹
    z, total, factorial = reflected, 0.0 * x, float(math.factorial(order))
    for _ in range(20 + order):
        is_small = z < 20.0 + order
        total = total + np.where(is_small, sign * factorial * z ** (-(order + 1.0)), 0.0)
        z = np.where(is_small, z + 1.0, z)
    if order == 0:
        series = -(np.log(z) - 0.5 / z)
    else:
        rest = 0.5 * factorial * z ** (-(order + 1.0))
        series = math.factorial(order - 1) * z ** (-float(order)) + rest
    for k, coefficient in enumerate(_BERNOULLI, start=1):  # type: ignore[name-defined]  # noqa: F821
        factor = coefficient * math.factorial(2 * k + order - 1)
        series = series + factor * z ** (-(2.0 * k + order))
    found = total + sign * series
    coefficients = [0.0, 1.0]  # of a polynomial in c = cot(πx): dⁿ/dxⁿ π cot(πx), as c' = -(1 + c²)
    for _ in range(order):
        derivative = [k * c for k, c in enumerate(coefficients)][1:]
        pairs = zip([*derivative, 0.0, 0.0], [0.0, 0.0, *derivative], strict=True)
        coefficients = [-(a + b) for a, b in pairs]
    angle = math.pi * (x - np.rint(x))
    cotangent = np.cos(angle) / np.sin(angle)
    change = 0.0 * x
    for coefficient in reversed(coefficients):
        change = change * cotangent + coefficient
    found = np.where(x < 0.0, -sign * found - math.pi ** (order + 1) * change, found)
    found = np.where(x == np.inf, np.inf if order == 0 else 0.0, found)
    at_pole = (x <= 0.0) & (x == np.floor(x))
    found = np.where(at_pole, np.inf if order % 2 else np.nan, found)
    return np.where((x == -np.inf) | (x != x), np.nan, found)


def remainder(a: Any, b: Any) -> Any:
    """Return the IEEE 754 remainder of each pair of elements; nan where there is none."""
    size, step = np.abs(a), np.abs(b)
    below = np.fmod(size, step)
    above = step - below
    tie = below - 2.0 * np.fmod(0.5 * (size - below), step)
    found = np.where(below < above, below, np.where(below > above, -above, tie))
    found = np.copysign(1.0, a) * np.where(step == np.inf, size, found)
    return np.where((size < np.inf) & (step > 0.0), found, np.nan)
