"""Finite differences against backward: is the gradient right?"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Sequence
from typing import NamedTuple

from autograd.errors import GradientCheckError, OperandError, ShapeError
from autograd.transforms import gradients
from autograd.value import Number, Value

_EPSILON = sys.float_info.epsilon


class GradientComparison(NamedTuple):
    """One input's gradient, by backward and by finite differences."""

    name: str
    data: float
    gradient: float
    finite_difference: float
    at_kink: bool
    agrees: bool

    @property
    def relative_error(self) -> float:
        """|gradient - finite difference| / the larger of the two; 0 if both are 0."""
        if self.gradient == self.finite_difference:
            return 0.0
        scale = max(abs(self.gradient), abs(self.finite_difference))
        difference = abs(self.gradient - self.finite_difference)
        return difference / scale if math.isfinite(difference) else math.inf

    def __str__(self) -> str:
        kink = ", at a kink" if self.at_kink else ""
        return (
            f"{self.name} = {self.data:.6g}: backward says {self.gradient:.10g}, "
            f"finite differences {self.finite_difference:.10g} "
            f"(relative error {self.relative_error:.2g}{kink})"
        )


def gradcheck(
    function: Callable[..., Value],
    inputs: Sequence[Value | Number],
    tolerance: float = 1e-6,
) -> list[GradientComparison]:
    """Compare the gradient with central differences (f(x + h) - f(x - h)) / 2h, input by input.

    The function is called with the inputs, Values whose data is varied and restored; numbers
    become Values. For a model write ``gradcheck(lambda *_: loss(model), model.parameters())``.
    At a kink, where the slopes on the two sides differ, any value between them is right; at the
    edge of the domain, the slope on its inner side.

    Returns:
        A :class:`GradientComparison` for each input, the largest relative error first.

    Raises:
        GradientCheckError: if a gradient is off by more than the tolerance, relative, beyond what
            rounding explains; it names the worst.
        ShapeError: if there are no inputs.

    >>> [x] = gradcheck(lambda x: x**3, [2.0])
    >>> x.gradient, round(x.finite_difference, 6)
    (12.0, 12.0)
    """
    values = [
        given if isinstance(given, Value) else Value(given, label=f"input {position}")
        for position, given in enumerate(inputs)
    ]
    if not values:
        raise ShapeError("gradcheck of nothing: it needs at least one input")
    output = function(*values)
    if not isinstance(output, Value):
        raise OperandError(f"gradcheck needs a function that returns a Value, not {output!r}")
    comparisons = [
        _compare(lambda: function(*values).data, value, gradient, position, tolerance)
        for position, (value, gradient) in enumerate(
            zip(values, gradients(output, values), strict=True)
        )
    ]
    comparisons.sort(key=lambda each: (each.agrees, -each.relative_error))
    if not comparisons[0].agrees:
        wrong = sum(not each.agrees for each in comparisons)
        raise GradientCheckError(
            f"{wrong} of {len(comparisons)} gradients are wrong; the worst is {comparisons[0]}"
        )
    return comparisons


def _compare(
    function: Callable[[], float], value: Value, gradient: float, position: int, tolerance: float
) -> GradientComparison:
    data = value.data
    step = _EPSILON ** (1 / 3) * max(1.0, abs(data))
    left, right, noise = _slopes(function, value, step)
    if data and not math.isfinite(left + right):  # the edge of the domain is near
        step *= min(1.0, abs(data))
        left, right, noise = _slopes(function, value, step)
    central = (left + right) / 2
    at_kink = False
    agrees = _close(gradient, central, tolerance, noise)
    if not agrees:
        near_left, near_right, near_noise = _slopes(function, value, step / 100)
        # Where the function is smooth, the two slopes come together as the step shrinks.
        gap, near_gap = abs(right - left), abs(near_right - near_left)
        at_kink = not near_gap < gap / 2 and near_gap > 10 * near_noise
        at_kink |= math.isnan(near_left) != math.isnan(near_right)  # the edge of the domain
        if not (at_kink or math.isinf(gradient)):
            central = (near_left + near_right) / 2
            agrees = _close(gradient, central, tolerance, near_noise)
        else:
            agrees, central = _within(gradient, near_left, near_right, tolerance, near_noise)
            if math.isinf(gradient):  # a vertical tangent: the slopes grow without bound
                agrees = any(
                    near == gradient or (near * gradient > 0 and abs(near) > 5 * abs(far))
                    for near, far in ((near_left, left), (near_right, right))
                )
    name = value.label or f"input {position}"
    return GradientComparison(name, data, gradient, central, at_kink, agrees)


def _slopes(function: Callable[[], float], value: Value, step: float) -> tuple[float, float, float]:
    """Return the slopes to the left and to the right, and how far rounding may put them off."""
    data = value.data
    try:
        here = function()
        value.data = above = data + step
        there = function()
        value.data = below = data - step
        back = function()
    finally:
        value.data = data
    noise = 20 * _EPSILON * max(abs(there), abs(back), abs(here)) / step
    return (here - back) / (data - below), (there - here) / (above - data), noise


def _close(gradient: float, slope: float, tolerance: float, noise: float) -> bool:
    difference = abs(gradient - slope)
    allowed = tolerance * max(abs(gradient), abs(slope)) + noise
    return math.isfinite(difference) and difference <= allowed


def _within(
    gradient: float, left: float, right: float, tolerance: float, noise: float
) -> tuple[bool, float]:
    """Say whether a gradient lies between the one-sided slopes, and which of these is nearest."""
    slopes = [slope for slope in (left, right) if math.isfinite(slope)]
    if not slopes:
        return False, math.nan
    nearest = min(slopes, key=lambda slope: abs(gradient - slope))
    between = min(slopes) <= gradient <= max(slopes)
    return between or _close(gradient, nearest, tolerance, noise), nearest
