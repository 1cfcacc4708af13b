"""Finite differences against backward: is the gradient right?"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from autograd.changes import make, of_data, restoring
from autograd.errors import GradientCheckError, OperandError, ShapeError
from autograd.graph import computed_nodes
from autograd.text import short_number, told_apart
from autograd.transforms import gradients
from autograd.value import Value

if TYPE_CHECKING:
    from autograd.operands import Number

# Steps shrink by the ratio; all are powers of two, so that x + h and x - h are exact.
RATIO = 8
MOST_STEPS = 90
QUICK_STEP = 2.0**-18
# A slope is sure if it changes by no more than this from step to step, relative.
SURE = 4e-3  # less than the 1 % that is always to be caught, on smooth functions
KINK = 1e-4  # relative: the least difference between two sides that is looked into
_EPSILON = sys.float_info.epsilon
_TINY = 5e-324


class GradientComparison(NamedTuple):
    """One input's gradient, by backward and by finite differences.

    ``at_kink`` says whether the slopes on the two sides differ (by more than 0.01 %, and beyond
    rounding), or only one of them exists, as at the edge of the domain or at a jump; whether the
    gradient agrees has no part in it.

    >>> [x] = gradcheck(lambda x: abs(x), [0.0])
    >>> x.agrees, x.at_kink, x.gradient
    (True, True, 0.0)
    """

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
        gradient, finite_difference = told_apart(self.gradient, self.finite_difference)
        return (
            f"{self.name} = {short_number(self.data)}: backward says {gradient}, "
            f"finite differences {finite_difference} "
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
    Where one step does not settle it, many do: a slope counts where shrinking the step changes it
    no more. At a kink, where the slopes on the two sides differ, any value between them is right;
    at the edge of the domain, the slope on its inner side. A function that raises a ValueError or
    an ArithmeticError next to an input has no value there.

    Args:
        function: takes as many Values as there are inputs, and returns one.
        inputs: numbers or Values.
        tolerance: how far off a gradient may be, relative.

    Returns:
        A :class:`GradientComparison` for each input, the largest relative error first.

    Raises:
        GradientCheckError: if a gradient is off by more than the tolerance, relative, beyond what
            rounding explains; it names the worst. Also if the function gives something else when
            it is called again with the same inputs, for noise hides what is wrong.
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
    again = function(*values).data
    if again != output.data and not (math.isnan(again) and math.isnan(output.data)):
        raise GradientCheckError(
            f"the function gave {output.data!r} and then {again!r} for the same inputs, so finite "
            "differences say nothing: draw its random numbers outside, or seed them in it"
        )
    nodes = computed_nodes(output)
    found = gradients(output, [*values, *nodes])
    rounding = _EPSILON * sum(
        abs(node.data * upstream)
        for node, upstream in zip(nodes, found[len(values) :], strict=True)
        if math.isfinite(node.data * upstream)
    )
    probe = _Probe(lambda: function(*values).data, output.data, rounding)
    data = [value._data for value in values]
    comparisons = restoring(
        lambda: make(of_data(values, data)),
        lambda: [
            _compare(probe, value, gradient, position, tolerance)
            for position, (value, gradient) in enumerate(zip(values, found, strict=False))
        ],
    )
    comparisons.sort(key=lambda each: (each.agrees, -each.relative_error))
    if not comparisons[0].agrees:
        wrong = sum(not each.agrees for each in comparisons)
        raise GradientCheckError(
            f"{wrong} of {len(comparisons)} gradients are wrong; the worst is {comparisons[0]}"
        )
    return comparisons


class _Probe(NamedTuple):
    """A function of values that are varied, its result, and what rounding on the way adds to it."""

    function: Callable[[], float]
    here: float
    rounding: float


class _Slopes(NamedTuple):
    """The slopes over one step, and how far rounding may put them off."""

    left: float
    right: float
    central: float
    noise: float


class _Limit(NamedTuple):
    """What slopes tend to as the step shrinks, and how far off that may be."""

    slope: float
    error: float

    @property
    def relative(self) -> float:
        return self.error / abs(self.slope) if self.slope else math.inf


def _compare(
    probe: _Probe, value: Value, gradient: float, position: int, tolerance: float
) -> GradientComparison:
    quick = _slopes(probe, value, QUICK_STEP * _power_of_two(max(1.0, abs(value.data))))
    gap, scale = abs(quick.right - quick.left), max(abs(quick.left), abs(quick.right))
    if _close(gradient, _Limit(quick.central, 0.0), tolerance) and gap <= KINK * scale:
        at_kink, agrees, shown = False, True, quick.central
    else:
        ladder = [_slopes(probe, value, step) for step in _steps(value.data)]
        at_kink, agrees, shown = _judge(ladder, gradient, tolerance)
    name = value.label or f"input {position}"
    return GradientComparison(name, value.data, gradient, shown, at_kink, agrees)


def _judge(ladder: list[_Slopes], gradient: float, tolerance: float) -> tuple[bool, bool, float]:
    """Say whether it is a kink, whether the gradient is right there, and the nearest slope."""
    noise = [slopes.noise for slopes in ladder]
    columns = [slopes.left for slopes in ladder], [slopes.right for slopes in ladder]
    central = _limit([slopes.central for slopes in ladder], noise)
    left, right = (_limit(column, noise) for column in columns)
    defined = [any(map(math.isfinite, column)) for column in columns]
    if left and right:
        gap, scale = abs(left.slope - right.slope), max(abs(left.slope), abs(right.slope))
        at_kink = gap > left.error + right.error + KINK * scale
    else:
        smooth = central is not None and central.relative <= SURE
        at_kink = ((left is None) != (right is None) and not smooth) or defined[0] != defined[1]
    if math.isinf(gradient):
        verticals = [_is_vertical(column, noise, gradient) for column in columns]
        ends = [column[-1] for column in columns if not math.isnan(column[-1])]
        return at_kink, any(verticals), max(ends, key=abs, default=math.nan)
    # Unless at a kink, the central slope is more exact; others count only where they are sure.
    sides = [side for side in (left, right) if side]
    if central and not at_kink:
        sides = [side for side in sides if side.relative <= tolerance]
    limits = [central, *sides] if central else sides
    if not limits:
        return at_kink, False, math.nan
    nearest = min(limits, key=lambda limit: abs(gradient - limit.slope))
    agrees = any(_close(gradient, limit, tolerance) for limit in limits)
    if at_kink and left and right:
        agrees |= min(left.slope, right.slope) <= gradient <= max(left.slope, right.slope)
    elif not at_kink and not agrees and central:
        nearest = central
    return at_kink, agrees, nearest.slope


def _steps(data: float) -> list[float]:
    """Return steps from the scale of the input, or 1, down to where they change nothing."""
    step = min(max(1.0, abs(data)), abs(data) * RATIO**60 or 1.0)
    steps = [_power_of_two(step) / RATIO]
    while len(steps) < MOST_STEPS and data + steps[-1] / RATIO != data:
        steps.append(steps[-1] / RATIO)
    return steps


def _power_of_two(number: float) -> float:
    return math.ldexp(0.5, math.frexp(number)[1])


def _slopes(probe: _Probe, value: Value, step: float) -> _Slopes:
    function, here, rounding = probe
    data = value.data
    above, below = data + step, data - step
    there, back = (_at(function, value, x) for x in (above, below))
    value.data = data
    largest = max(abs(here), *(abs(y) for y in (there, back) if math.isfinite(y)), 0.0)
    return _Slopes(
        (here - back) / (data - below) if data > below else math.nan,
        (there - here) / (above - data) if above > data else math.nan,
        (there - back) / (above - below) if above > below else math.nan,
        (10 * _EPSILON * largest + rounding + 10 * _TINY) / step,
    )


def _at(function: Callable[[], float], value: Value, x: float) -> float:
    value.data = x
    try:
        return function()
    except (ValueError, ArithmeticError):
        return math.nan


def _limit(slopes: Sequence[float], noise: Sequence[float]) -> _Limit | None:
    """Return where slopes settle as the step shrinks, before noise takes over; None if nowhere."""
    sure, flat = [], []
    for i in range(1, len(slopes) - 1):
        change, next_change = abs(slopes[i] - slopes[i - 1]), abs(slopes[i + 1] - slopes[i])
        limit = _Limit(slopes[i], 4 * max(change, next_change) + noise[i])
        if limit.relative <= SURE:
            sure.append(limit)
        elif abs(limit.slope) <= limit.error and next_change <= 0.9 * change + noise[i + 1]:
            flat.append(limit)
    surest = min(sure, key=lambda limit: limit.relative, default=None)
    flattest = min(flat, key=lambda limit: limit.error, default=None)
    return surest or flattest


def _is_vertical(slopes: Sequence[float], noise: Sequence[float], gradient: float) -> bool:
    """Whether slopes grow towards this infinity, by no less each time that the step shrinks."""
    if slopes[-1] == gradient:
        return True
    changes = [
        (slopes[i] - slopes[i - 1]) * math.copysign(1.0, gradient)
        for i in range(1, len(slopes))
        if abs(slopes[i] - slopes[i - 1]) > noise[i]
    ][-5:]
    grows = all(later >= 0.9 * change for change, later in pairwise(changes))
    return len(changes) == 5 and changes[0] > 0 and grows


def _close(gradient: float, limit: _Limit, tolerance: float) -> bool:
    difference = abs(gradient - limit.slope)
    allowed = tolerance * max(abs(gradient), abs(limit.slope)) + limit.error
    return math.isfinite(difference) and difference <= allowed
