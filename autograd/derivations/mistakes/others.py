"""Answers that are no derivatives, or those of others, and slips of the pen."""

from __future__ import annotations

import math
from collections.abc import Iterator

from autograd.derivations.cases import Case, Derivative
from autograd.derivations.mistakes.guesses import Guess
from autograd.text import short_number

# Learning rates, as in examples.
RATES = (0.1, 0.01, 0.001, 0.05, 0.2, 0.3, 0.02, 0.005, 0.5, 1.0)


def value_of_the_loss(case: Case) -> Iterator[Guess]:
    """The notes once have ∂L/∂ŷ₁ = L."""
    yield Guess(case.number(case.loss), _VALUE, case.loss)


def value_of_a_node(case: Case) -> Iterator[Guess]:
    for node in (case.node, *case.between):
        yield Guess(case.number(node), _VALUE, node)


_VALUE = "it is the value of {} itself"


def values_for_derivatives(case: Case) -> Iterator[Guess]:
    """The inner function itself where its derivative must be multiplied: eᵘ·u for eᵘ·u'."""
    for node in case.between:
        words = "{} itself was taken where its derivative is to be multiplied"
        yield Guess(case.upstream[node] * case.number(node), words, node)


def another_node(case: Case) -> Iterator[Guess]:
    for other, gradient in case.upstream.items():
        if other.label and other is not case.node and other is not case.loss:
            yield Guess(gradient, "it is {}", Derivative(case.loss, other, gradient))


def steps(case: Case) -> Iterator[Guess]:
    """What an update adds to a parameter, and the parameter after it."""
    value, gradient = case.number(case.node), case.gradient
    for rate in RATES:
        about = short_number(rate), case.node
        if rate < 0.5:  # else it is rather a factor that was forgotten
            yield Guess(rate * gradient, "it is η·∇ with η = {}, not the gradient of {}", *about)
            yield Guess(-rate * gradient, "it is -η·∇ with η = {}, the step of {}", *about)
        yield Guess(value - rate * gradient, "it is {1} after a step with η = {0}", *about)
        yield Guess(
            value + rate * gradient,
            "it is {1} after a step uphill with η = {0}",
            *about,
        )


def slips(case: Case, written: int) -> Iterator[Guess]:
    """Two digits swapped, or the decimal point at the wrong place, in a number of so many digits.

    It has no place in the table, as it is not the derivation that is wrong.
    """
    if not case.gradient or not math.isfinite(case.gradient):
        return
    rounded = f"{case.gradient:.{written - 1}e}"
    for places, words in ((1, "one place"), (2, "two places"), (3, "three places")):
        for power in (10.0**places, 10.0**-places):
            yield Guess(float(rounded) * power, "the decimal point is {} off", words)
    mantissa, exponent = rounded.split("e")
    sign, digits = mantissa.startswith("-") * "-", mantissa.lstrip("-").replace(".", "")
    for i in range(len(digits) - 1):
        a, b = digits[i], digits[i + 1]
        if a != b:
            swapped = f"{digits[:i]}{b}{a}{digits[i + 2 :]}"
            number = float(f"{sign}{swapped[0]}.{swapped[1:]}e{exponent}")
            yield Guess(number, "the digits {} were swapped", f"{a}{b}")
