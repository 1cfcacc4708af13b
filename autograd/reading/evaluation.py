"""The number that a tree stands for."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Protocol

from autograd import arithmetic
from autograd.errors import LabelError
from autograd.ops.record import Unary
from autograd.reading.functions import CONSTANTS
from autograd.reading.tokens import fail
from autograd.reading.tree import (
    Call,
    Derivative,
    Name,
    Number,
    Operation,
    Sign,
    Term,
    fold,
)
from autograd.text import normal_form


class Meanings(Protocol):
    """The numbers that a formula is about; each may raise a LabelError."""

    @property
    def functions(self) -> Mapping[str, Callable[..., float]]: ...

    def number(self, name: str) -> float:
        """Return the number of a name."""

    def derivative(self, of: str, by: str, is_partial: bool) -> float:
        """Return ∂of/∂by, of the loss where ``of`` is empty."""


TWO: dict[Sign, Callable[[float, float], float]] = {
    Sign.ADD: lambda a, b: a + b,
    Sign.SUBTRACT: lambda a, b: a - b,
    Sign.MULTIPLY: lambda a, b: a * b,
    Sign.MATRIX_MULTIPLY: lambda a, b: a * b,
    Sign.MULTIPLY_ENTRIES: lambda a, b: a * b,
    Sign.OUTER: lambda a, b: a * b,
    Sign.DIVIDE: arithmetic.divide,
    Sign.EQUAL: lambda a, b: float(a == b),
    Sign.LESS: lambda a, b: float(a < b),
    Sign.GREATER: lambda a, b: float(a > b),
    Sign.LESS_OR_EQUAL: lambda a, b: float(a <= b),
    Sign.GREATER_OR_EQUAL: lambda a, b: float(a >= b),
}
ONE: dict[Sign, Callable[[float], float]] = {
    Sign.NEGATE: lambda x: -x,
    Sign.ROOT: arithmetic.sqrt,
    Sign.TRANSPOSE: lambda x: x,
}


def number_of(formula: str, root: Term, meanings: Meanings) -> float:
    """Return the number of a tree, by the numbers of its names. O(terms).

    Arithmetic follows IEEE 754, as everywhere: ``1/0`` is inf.

    Raises:
        FormulaError: if a name has no number, or a power is too large for a float; it shows the
            place in the formula that was read.
    """

    def number(term: Term, operands: list[float]) -> float:
        match term:
            case Number():
                return term.number
            case Name():
                try:
                    return meanings.number(term.name)
                except LabelError as error:
                    return constant_of(formula, term, error)
            case Derivative():
                try:
                    return meanings.derivative(term.of, term.by, term.is_partial)
                except LabelError as error:
                    fail(formula, term.place, str(error))
            case Call():
                return called(formula, term, meanings.functions[term.function], operands)
            case Operation(sign=Sign.POWER):
                return power(formula, term, *operands)
            case Operation():
                apply: Callable[..., float] = (TWO if len(operands) == 2 else ONE)[term.sign]
                return apply(*operands)
        raise NotImplementedError(term)

    return fold(root, number)


def constant_of(formula: str, term: Name, error: LabelError) -> float:
    """Return the number of a name that is a constant, or fail as its label is unknown."""
    constant = CONSTANTS.get(normal_form(term.name))
    if constant is None:
        fail(formula, term.place, str(error))
    return constant


def called(
    formula: str, term: Call, function: Callable[..., float], operands: list[float]
) -> float:
    """Return a function, or its slope, of numbers, raised to the power that is asked for."""
    if not term.is_slope:
        result = function(*operands)
    else:
        assert isinstance(function, Unary)  # the parser lets no other through
        [x] = operands
        try:
            result = float(function.slope(arithmetic, function.value(arithmetic, x), x))
        except Exception as error:  # a user's rule may do what only it knows
            fail(formula, term.place, f"the slope of {function.name} fails at {x:g}: {error}")
    return result if term.exponent == 1.0 else power(formula, term, result, term.exponent)


def power(formula: str, term: Term, base: float, exponent: float) -> float:
    result = arithmetic.power(base, exponent)
    if math.isinf(result) and base != 0 and math.isfinite(base) and math.isfinite(exponent):
        problem = f"{base:g} to the power of {exponent:g} is too large for a float"
        fail(formula, term.place, problem)
    return result
