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
from autograd.compiler.results import Returns
from autograd.graph import computed_nodes
from autograd.value import Value

# k · ε by the program's type, with all backends: about 1e-9, and 1e-3. They add in other orders,
# and an ill-conditioned program makes errors larger; a wrong program is wrong in its first digits.
TOLERANCE = {"float64": 2.0**22 * 2.0**-52, "float32": 2.0**13 * 2.0**-23}
_LARGE = {"float64": math.inf, "float32": 1e18}  # whose square the type can't hold
_OF_A_DERIVATIVE = 4e-3


class Numbers(NamedTuple):
    """What the eager engine has for a loss, its gradient and other outputs, with their scales."""

    value: float  # nan where there is no loss
    scale: float
    gradient: list[float]
    scales: list[float]
    largest: float  # of the numbers on the way
    outputs: list[float] = []  # noqa: RUF012 - nobody changes it
    output_scales: list[float] = []  # noqa: RUF012


def numbers_of(
    loss: Value | None, leaves: Sequence[Value], outputs: Sequence[Value] = ()
) -> Numbers:
    """Return the value and the gradient of a recorded loss, and outputs; it leaves all as it is."""
    slopes: dict[Value, float] = {}
    sizes: dict[Value, float] = {}
    scale, largest = 0.0, 0.0
    if loss is not None:
        slopes[loss] = sizes[loss] = 1.0
    for node in [] if loss is None else reversed(computed_nodes(loss)):
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
    scales = _scales(computed_nodes(*outputs))
    large = [largest, *sizes.values(), *scales.values()]
    return Numbers(
        math.nan if loss is None else loss._data,
        scale,
        [slopes.get(leaf, 0.0) for leaf in leaves],
        [sizes.get(leaf, 0.0) for leaf in leaves],
        max([number for number in large if number == number]),
        [output._data for output in outputs],
        [scales.get(output, 0.0) for output in outputs],
    )


def _scales(order: Sequence[Value]) -> dict[Value, float]:
    """Return what the scale of the value is for each of these nodes, were it the loss."""
    scales: dict[Value, float] = {}
    for node in order:
        scale = abs(node._data)
        for parent, local in zip(node.parents, node.local_derivatives, strict=True):
            if parent in scales:
                factor = 1.0 if node.primitive is DETACH else abs(local) + _OF_A_DERIVATIVE
                scale += scales[parent] * factor
        scales[node] = scale
    return scales


def mean(found: Sequence[Numbers]) -> Numbers:
    """Return the mean of what some examples gave; of outputs it has none."""
    n = len(found)
    return Numbers(
        sum([each.value for each in found]) / n,
        sum([each.scale for each in found]) / n,
        [sum(column) / n for column in zip(*[each.gradient for each in found], strict=True)],
        [sum(column) / n for column in zip(*[each.scales for each in found], strict=True)],
        max(each.largest for each in found),
    )


def of_batch(found: Sequence[Numbers], returns: Returns, sizes: Sequence[int]) -> Numbers:
    """Return what a program of a batch should give, from what its examples gave.

    Value and gradient are those of the mean; the gradients of inputs and the outputs have a row
    for each example, array by array.

    Args:
        found: for each example, with the gradients of the inputs behind those of parameters.
        returns: what the program returns.
        sizes: of one example of each input that has a gradient, and then of each output.
    """
    of_mean, n_inputs = mean(found), sum(sizes[: len(returns.inputs)])
    n_parameters = len(of_mean.gradient) - n_inputs
    of_inputs, of_outputs = sizes[: len(returns.inputs)], sizes[len(returns.inputs) :]
    gradient = of_mean.gradient[:n_parameters]
    scales = of_mean.scales[:n_parameters]
    for position in returns.frozen:
        gradient[position] = 0.0
    gradient += _by_array([each.gradient[n_parameters:] for each in found], of_inputs)
    scales += _by_array([each.scales[n_parameters:] for each in found], of_inputs)
    return of_mean._replace(
        gradient=gradient,
        scales=scales,
        outputs=_by_array([each.outputs for each in found], of_outputs),
        output_scales=_by_array([each.output_scales for each in found], of_outputs),
    )


def _by_array(rows: Sequence[Sequence[float]], sizes: Sequence[int]) -> list[float]:
    """Return the numbers of the first array, one example after the other, then of the second …

    >>> _by_array([[1, 2, 3], [4, 5, 6]], [2, 1])
    [1, 2, 4, 5, 3, 6]
    """
    found: list[float] = []
    start = 0
    for size in sizes:
        for row in rows:
            found += row[start : start + size]
        start += size
    return found


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
    value: float,
    gradient: Sequence[float],
    expected: Numbers,
    dtype: str = "float64",
    outputs: Sequence[float] = (),
) -> tuple[int | None, float, float] | None:
    """Return the first number that differs: which, and both numbers.

    Which is None for the value, else counts through the gradient and then through the outputs.
    """
    if expected.largest > _LARGE[dtype]:
        return None  # where the type overflows, eager, in float64, may not
    if not agrees(value, expected.value, expected.scale, dtype):
        return None, value, expected.value
    pairs = zip(
        [*gradient, *outputs],
        [*expected.gradient, *expected.outputs],
        [*expected.scales, *expected.output_scales],
        strict=True,
    )
    for i, (found, right, scale) in enumerate(pairs):
        if not agrees(found, right, scale, dtype):
            return i, found, right
    return None
