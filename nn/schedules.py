"""Learning-rate schedules: plain functions from the number of the step, from 0, to the rate.

An optimiser takes such a function in place of a number. Any other will do:
``SGD(parameters, lambda step: 0.1 / (1 + step))``.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TypeAlias

from nn.errors import ConfigurationError

Schedule: TypeAlias = Callable[[int], float]


def linear_decay(start: float, end: float, steps: int) -> Schedule:
    """Fall from start to end on a straight line within a number of steps; then stay there.

    Args:
        start: the first rate.
        end: the last rate.
        steps: after how many steps it is the last.

    >>> rate = linear_decay(1.0, 0.0, 100)
    >>> rate(0), rate(50), rate(1000)
    (1.0, 0.5, 0.0)
    """
    _check(steps)

    def rate(step: int) -> float:
        return start + (end - start) * min(step / steps, 1.0)

    return rate


def cosine_decay(start: float, end: float, steps: int) -> Schedule:
    """Fall from start to end on half a cosine wave within a number of steps; then stay there.

    Source: Loshchilov and Hutter, SGDR (2017).

    Args:
        start: the first rate.
        end: the last rate.
        steps: after how many steps it is the last.

    >>> rate = cosine_decay(1.0, 0.0, 100)
    >>> rate(0), round(rate(50), 12), rate(1000)
    (1.0, 0.5, 0.0)
    """
    _check(steps)

    def rate(step: int) -> float:
        return end + (start - end) * (1 + math.cos(math.pi * min(step / steps, 1.0))) / 2

    return rate


def exponential_decay(start: float, factor: float, steps: int) -> Schedule:
    """Multiply the rate by a factor every so many steps, smoothly: start · factor^(step / steps).

    Args:
        start: the first rate.
        factor: by which it is multiplied.
        steps: within how many steps.

    >>> rate = exponential_decay(1.0, 0.5, 100)
    >>> rate(0), rate(100), rate(200)
    (1.0, 0.5, 0.25)
    """
    _check(steps)

    def rate(step: int) -> float:
        return float(start * factor ** (step / steps))

    return rate


def _check(steps: int) -> None:
    if not steps > 0:
        raise ConfigurationError(f"a schedule needs a positive number of steps, not {steps!r}")
