"""Whether a program computes what the eager engine computes, to rounding.

A rounding error of a sum is relative to what was added, not to the sum. So a number may differ by
``k · ε · Σ|contributions|``: for the gradient of a leaf the products of local derivatives over all
paths, for the value each node's number times how much the loss depends on it. A local derivative
such as 1 - y² of tanh is exact to the last bits of 1, not of itself: hence ``_OF_A_DERIVATIVE``.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from autograd.compiler.recording import DETACH
from autograd.graph import computed_nodes
from autograd.value import Value

# k · ε by the program's type, with all backends: about 1e-9, and 1e-3. They add in other orders,
# and an ill-conditioned program makes errors larger; a wrong program is wrong in its first digits.
TOLERANCE = {"float64": 2.0**22 * 2.0**-52, "float32": 2.0**13 * 2.0**-23}
_LARGE = {"float64": math.inf, "float32": 1e18}  # whose square the type can't hold
_OF_A_DERIVATIVE = 4e-3


class Numbers(NamedTuple):
    """The value of a loss and its gradient, as the eager engine has them, with their scales."""

    value: float
    scale: float
    gradient: list[float]
    scales: list[float]
    largest: float  # of the numbers on the way


def numbers_of(loss: Value, leaves: Sequence[Value]) -> Numbers:
    """Return the value and the gradient of a recorded loss, which it leaves as it is."""
    slopes: dict[Value, float] = {loss: 1.0}
    sizes: dict[Value, float] = {loss: 1.0}
    scale, largest = 0.0, 0.0
    for node in reversed(computed_nodes(loss)):
        if node not in slopes:  # it is reached through a detached node alone
            continue
        slope, size = slopes[node], sizes[node]
        scale += size * abs(node._data)
        if abs(node._data) > largest:
            largest = abs(node._data)
        if node.primitive is DETACH:  # no gradient goes further, not even an infinite one
            continue
        for parent, local in zip(node.parents, node.local_derivatives, strict=True):
            slopes[parent] = slopes.get(parent, 0.0) + slope * local
            sizes[parent] = sizes.get(parent, 0.0) + size * (abs(local) + _OF_A_DERIVATIVE)
    largest = max(largest, *[size for size in sizes.values() if size == size])
    return Numbers(
        loss._data,
        scale,
        [slopes.get(leaf, 0.0) for leaf in leaves],
        [sizes.get(leaf, 0.0) for leaf in leaves],
        largest,
    )


def mean(found: Sequence[Numbers]) -> Numbers:
    """Return the mean of what some examples gave."""
    n = len(found)
    return Numbers(
        sum([each.value for each in found]) / n,
        sum([each.scale for each in found]) / n,
        [sum(column) / n for column in zip(*[each.gradient for each in found], strict=True)],
        [sum(column) / n for column in zip(*[each.scales for each in found], strict=True)],
        max(each.largest for each in found),
    )


def agrees(found: float, expected: float, scale: float, dtype: str = "float64") -> bool:
    """Say whether a number is the expected one to rounding; nan and inf are equal to themselves.

    >>> agrees(1.0 + 1e-12, 1.0, 1.0), agrees(1.1, 1.0, 1.0), agrees(float("nan"), 1.0, 1.0)
    (True, False, False)
    """
    if not (math.isfinite(found) and math.isfinite(expected)):
        return found == expected or (found != found and expected != expected)
    # An infinite scale, or none at all, says nothing about a finite number.
    size = max(abs(expected), scale) if math.isfinite(scale) else abs(expected)
    return abs(found - expected) <= TOLERANCE[dtype] * size + 1e-300


def disagreement(
    value: float, gradient: Sequence[float], expected: Numbers, dtype: str = "float64"
) -> tuple[int | None, float, float] | None:
    """Return the first number that differs: of which leaf (None: the value), and both numbers."""
    if expected.largest > _LARGE[dtype]:
        return None  # where the type overflows, eager, in float64, may not
    if not agrees(value, expected.value, expected.scale, dtype):
        return None, value, expected.value
    pairs = zip(gradient, expected.gradient, expected.scales, strict=True)
    for i, (found, right, scale) in enumerate(pairs):
        if not agrees(found, right, scale, dtype):
            return i, found, right
    return None
