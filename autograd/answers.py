"""What a person answers, as a number, and what its digits or its formula say of it."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from numbers import Integral, Real
from typing import Any

from autograd.errors import FormulaError, OperandError
from autograd.labels import Labels
from autograd.reading import Derivative, Name, Number, Term, bottom_up, number_of, parse
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

    def at(self, numbers: Mapping[Value, float]) -> float:
        """Return its number where these nodes have other numbers."""
        return number_of(self.text, self.root, _Elsewhere(self.labels, numbers))


@dataclass(frozen=True, slots=True)
class _Elsewhere:
    """What names mean where some nodes have other numbers."""

    labels: Labels
    numbers: Mapping[Value, float]

    @property
    def functions(self) -> Mapping[str, Callable[..., float]]:
        return self.labels.functions

    def number(self, name: str) -> float:
        meant = self.labels.meant(name)
        return self.numbers.get(meant, meant.data) if isinstance(meant, Value) else meant

    def derivative(self, of: str, by: str, is_partial: bool) -> float:
        return self.labels.derivative_at(of, by, is_partial, self.numbers)


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
        allowed = FLOAT_ERROR * abs(number) + noise + self.digits_allow(number)
        if by_hand and self.by_hand:
            allowed = max(allowed, HAND_ERROR * abs(number))
        return abs(self.number - number) <= allowed

    def digits_allow(self, number: float) -> float:
        """How far rounding may have moved a number to this answer."""
        if self.number == 0.0:  # "0.00", as written
            return self.half_unit
        return min(self.half_unit, MOST_ROUNDING * abs(number))


def read_answer(answer: Any, name: str, labels: Labels) -> Given:
    if callable(answer) and not isinstance(answer, Value):
        answer = answer()
    if isinstance(answer, Value):
        return Given(answer.data)
    if isinstance(answer, str) and as_decimal(answer) is None:
        try:
            [side] = parse(answer, labels)
            return _read_formula(answer, side, labels)
        except FormulaError as error:
            raise FormulaError(f"the answer for {name}: {error}") from None
    given = read_number(answer)
    if given is None:
        raise OperandError(
            f"the answer for {name} must be a number, a formula as a str, or a function without "
            f"arguments that returns a number, not {answer!r}"
        )
    return given


def _read_formula(text: str, root: Term, labels: Labels) -> Given:
    number = number_of(text, root, labels)
    nodes: dict[Value, None] = {}
    literals = []
    for term in bottom_up(root):
        if isinstance(term, Derivative):
            nodes |= dict.fromkeys([labels.node(term.of), labels.node(term.by)])
        elif isinstance(term, Name) and labels.knows(term.name):
            meant = labels.meant(term.name)
            nodes |= {meant: None} if isinstance(meant, Value) else {}
        elif isinstance(term, Number) and term.digits:
            literals.append(Decimal(term.digits))
    fractions = [each for each in literals if each.as_tuple().exponent]
    digits = min(map(_significant, fractions), default=FEW_DIGITS + 1)
    formula = Formula(text, root, labels, tuple(nodes), tuple(literals)) if nodes else None
    # 0.8 may be 0.80, as nobody rounds to a single digit.
    return Given(number, 0.0, digits <= FEW_DIGITS, max(digits, 2), formula)


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
    by_hand = exponent < 0 and not number.is_integer() and _significant(written) <= FEW_DIGITS
    half_unit = float(Decimal(5).scaleb(exponent - 1))
    digits = _significant(written)
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


def _significant(number: Decimal) -> int:
    return len(number.as_tuple().digits)


def digits_of(answer: Any) -> int:
    """Return how many significant digits the person gave, as far as that is known."""
    written = None if isinstance(answer, Fraction) else as_decimal(answer)
    return _significant(written) if written is not None else 0


def as_given(answer: Any) -> str:
    """Return an answer as the person gave it."""
    if isinstance(answer, Value):
        return short_number(answer.data)
    return "the function's result" if callable(answer) else str(answer)
