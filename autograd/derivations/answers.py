"""What a person answers, as a number, and what its digits or its formula say of it."""

from __future__ import annotations

import math
import re
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from numbers import Integral, Real
from typing import Any

from autograd.derivations.label_arrays import LabelArrays
from autograd.labels import Labels
from autograd.reading import Side, Term, number_of
from autograd.reading.arrays import as_number, whichever_fits
from autograd.text import short_number
from autograd.value import Value

# Relative: what floats lose, what working by hand with few digits loses on the way, and the most
# that rounding the result may change it (by which one digit alone says too little).
FLOAT_ERROR = 1e-9
HAND_ERROR = 0.02
MOST_ROUNDING = 0.05
COMPUTED_DIGITS = 9  # a float of so many was computed, perhaps with rounded numbers
FEW_DIGITS = 4


@dataclass(frozen=True, slots=True)
class Formula:
    """A formula as an identity: a tree, and the nodes and the numbers that it names."""

    text: str
    root: Term
    labels: Labels
    nodes: tuple[Value, ...]
    literals: tuple[Decimal, ...]
    only_totals: bool = False  # ∂ is the sum over all paths here, also between neighbours
    of_arrays: tuple[Side, Side] | None = None  # both readings, where vectors or matrices are in it

    def at(self, numbers: Mapping[Value, float]) -> float:
        """Return its number where these nodes have other numbers."""
        if self.of_arrays is not None:
            arrays = LabelArrays(self.labels, numbers)
            return as_number(
                self.text, self.of_arrays[0], whichever_fits(self.text, *self.of_arrays, arrays)
            )
        return number_of(self.text, self.root, _Elsewhere(self, numbers))


@dataclass(frozen=True, slots=True)
class _Elsewhere:
    """What the names of a formula mean where some nodes have other numbers."""

    formula: Formula
    numbers: Mapping[Value, float]

    @property
    def functions(self) -> Mapping[str, Callable[..., float]]:
        return self.formula.labels.functions

    def number(self, name: str) -> float:
        meant = self.formula.labels.meant(name)
        return self.numbers.get(meant, meant.data) if isinstance(meant, Value) else meant

    def derivative(self, of: str, by: str, is_partial: bool) -> float:
        is_local = is_partial and not self.formula.only_totals
        return self.formula.labels.derivative_at(of, by, is_local, self.numbers)


@dataclass(frozen=True, slots=True)
class Given:
    """An answer as a number, with what its digits say: half a unit of the last one."""

    number: float
    half_unit: float = 0.0
    by_hand: bool = False  # few digits, so that intermediate results had few as well
    digits: int = FEW_DIGITS  # significant ones, if by hand
    formula: Formula | None = None  # if it has names in it
    computed: bool = False  # by Python, from numbers that may be rounded

    def is_close(self, number: float, noise: float = 0.0, by_hand: bool = False) -> bool:
        """Whether the answer is this number, within its digits or, if allowed, by hand."""
        if not math.isfinite(number) or not math.isfinite(self.number):
            return self.number == number or (math.isnan(self.number) and math.isnan(number))
        # Below the smallest normal number floats have fewer digits, down to none.
        size = max(abs(number), sys.float_info.min) if number else 0.0
        allowed = FLOAT_ERROR * size + noise + self.digits_allow(number)
        if by_hand and self.by_hand:
            allowed = max(allowed, HAND_ERROR * abs(number))
        return abs(self.number - number) <= allowed

    def is_exactly(self, number: float) -> bool:
        """Whether the answer is this number as far as floats can tell, whatever its digits."""
        return Given(self.number).is_close(number)

    def digits_allow(self, number: float) -> float:
        """How far rounding may have moved a number to this answer."""
        if self.number == 0.0:  # "0.00", as written
            return self.half_unit
        return min(self.half_unit, MOST_ROUNDING * abs(number))


def read_number(answer: Any) -> Given | None:
    """Return a number, or one written in a string, with what its digits say; else None."""
    if isinstance(answer, Fraction):
        return Given(float(answer))
    written = as_decimal(answer)
    if written is None:
        return None
    number = float(written)
    exponent = written.as_tuple().exponent
    if not isinstance(exponent, int):  # inf or nan
        return Given(number)
    if number == 0 and (exponent >= 0 or not isinstance(answer, (str, Decimal))):
        return Given(number)  # nobody rounds to a bare 0
    by_hand = exponent < 0 and not number.is_integer() and significant(written) <= FEW_DIGITS
    half_unit = float(Decimal(5).scaleb(exponent - 1))
    digits = significant(written)
    computed = not isinstance(answer, (str, Decimal)) and digits >= COMPUTED_DIGITS
    return Given(number, half_unit, by_hand, max(digits, 2), computed=computed)


def as_decimal(answer: Any) -> Decimal | None:
    """Return a number with the digits that the person gave; None for anything else."""
    if isinstance(answer, Decimal):
        return answer
    if isinstance(answer, str):
        text = answer.strip().replace("−", "-")
        number = re.fullmatch(r"[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)(e[-+]?[0-9]{1,3})?", text, re.I)
        return Decimal(text) if number else None
    if isinstance(answer, bool) or not isinstance(answer, Real):
        return None
    if isinstance(answer, Integral):  # no decimals; 2.0 has one, as written
        return Decimal(int(answer))
    # The str() of a NumPy number has the digits of its type, the repr() of a float those it needs.
    return Decimal(str(answer) if hasattr(answer, "dtype") else repr(float(answer)))


def significant(number: Decimal) -> int:
    return len(number.as_tuple().digits)


def digits_of(answer: Any) -> int:
    """Return how many significant digits the person gave, as far as that is known."""
    written = None if isinstance(answer, Fraction) else as_decimal(answer)
    return significant(written) if written is not None else 0


def as_given(answer: Any) -> str:
    """Return an answer as the person gave it."""
    if isinstance(answer, Value):
        return short_number(answer.data)
    return "the function's result" if callable(answer) else str(answer)
