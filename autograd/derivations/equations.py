"""Answers as people write them: numbers, formulas, and equations of several sides."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from autograd.derivations.answers import (
    FEW_DIGITS,
    Formula,
    Given,
    as_decimal,
    read_number,
    significant,
)
from autograd.derivations.label_arrays import LabelArrays
from autograd.errors import FormulaError, LabelError, OperandError
from autograd.labels import Labels
from autograd.reading import (
    PRODUCTS,
    Derivative,
    Name,
    Number,
    Operation,
    Side,
    Sign,
    Term,
    bottom_up,
    fail,
    number_of,
    parse,
)
from autograd.reading.arrays import parse_arrays
from autograd.value import Value


@dataclass(frozen=True, slots=True)
class Question:
    """A derivative that is asked for, and what names mean in an answer."""

    name: str
    node: Value
    labels: Labels
    decimal_comma: bool = False


@dataclass(frozen=True, slots=True)
class Claim:
    """What an answer, or a side of it, says; in ``readings``, as ∂ may be read in two ways."""

    text: str
    readings: tuple[Given, ...]
    is_number: bool = True  # and nothing that has to be computed

    @property
    def given(self) -> Given:
        return self.readings[0]


def read_claims(answer: Any, question: Question) -> tuple[Claim, ...]:
    """Return what an answer claims: one thing, or one for each side of an equation.

    A left side that says what is asked for, as in ``∂L/∂w = 2·w``, is no claim.

    Raises:
        FormulaError: if it can't be read, is about something else, or repeats the question.
        OperandError: if it is neither a number nor a formula nor a function.
    """
    if callable(answer) and not isinstance(answer, Value):
        answer = answer()
    if isinstance(answer, Value):
        return (Claim("", (Given(answer.data),)),)
    if isinstance(answer, str) and (question.decimal_comma or as_decimal(answer) is None):
        try:
            return _read_equation(answer, question)
        except FormulaError as error:
            raise FormulaError(f"the answer for {question.name}: {error}") from None
    given = read_number(answer)
    if given is None:
        raise OperandError(
            f"the answer for {question.name} must be a number, a formula as a str, or a function "
            f"without arguments that returns a number, not {answer!r}"
        )
    return (Claim("", (given,)),)


def _read_equation(text: str, question: Question) -> tuple[Claim, ...]:
    arrays = LabelArrays(question.labels)
    try:
        sides = parse(text, question.labels, decimal_comma=question.decimal_comma)
        readings = [(side, side) for side in sides]
    except FormulaError:
        readings = parse_arrays(text, arrays, decimal_comma=question.decimal_comma)
        if not any(_names_array(term, arrays) for side, _ in readings for term in _terms(side)):
            raise
    if len(readings) > 1 and _is_left_side(text, readings[0][0], question):
        readings = readings[1:]
    return tuple([_claim(text, *reading, question) for reading in readings])


def _terms(side: Side) -> Iterator[Term]:
    return bottom_up(side.root)


def _names_array(term: Term, arrays: LabelArrays) -> bool:
    match term:
        case Name():
            return arrays.is_array(term.name)
        case Derivative():
            return arrays.is_array(term.by) or arrays.is_array(term.of)
    return False


def _is_left_side(text: str, side: Side, question: Question) -> bool:
    """Whether a side only says what is asked for.

    Raises:
        FormulaError: if it says that something else is.
    """
    root, labels = side.root, question.labels
    if isinstance(root, Name):
        is_gradient = root.name.startswith("d") or root.name.endswith(".grad")
        called = root.name.removeprefix("d").removesuffix(".grad")
        asked = labels.knows(called) and labels.meant(called) is question.node
        if asked and (is_gradient or not labels.knows(root.name) or called == root.name):
            return True
        if not labels.knows(root.name):
            fail(text, root.place, f"the answer is for {question.name}, and not for {root.name}")
    if isinstance(root, Derivative):
        if _is_asked(root, question):
            return True
        fail(text, root.place, f"the answer is for {question.name}, and not for this")
    return False


def _is_asked(term: Derivative, question: Question) -> bool:
    labels = question.labels
    try:
        return labels.is_loss(term.of) and labels.node(term.by) is question.node
    except LabelError:
        return False


def _claim(text: str, side: Side, other: Side, question: Question) -> Claim:
    shown = text[slice(*side.place)].strip()
    written = as_written(side.root)
    if written is not None and (given := read_number(written)) is not None:
        return Claim(shown, (given,))
    for term in bottom_up(side.root):
        if isinstance(term, Derivative) and _is_circular(term, question):
            fail(text, term.place, "this is what is asked for: say what it is made of")
    arrays = LabelArrays(question.labels)
    if any(_names_array(term, arrays) for term in _terms(side)):
        return Claim(shown, (_read_arrays(text, side, other, arrays),), is_number=False)
    given = _read_formula(text, side.root, question.labels)
    if given.formula is None:
        return Claim(shown, (given,), is_number=False)
    totals = replace(given.formula, only_totals=True)
    total = replace(given, number=totals.at({}), formula=totals)
    readings = (given,) if total.number == given.number else (given, total)
    return Claim(shown, readings, is_number=False)


def _is_circular(term: Derivative, question: Question) -> bool:
    """Whether it is the derivative that is asked for, and not one part of it of several."""
    arrays = LabelArrays(question.labels)
    if arrays.is_array(term.by) and arrays.is_loss(term.of):
        return any(question.node in row for row in arrays.nodes(term.by))
    if not _is_asked(term, question):
        return False
    labels, node = question.labels, question.node
    if not term.is_partial or labels.loss is None or labels.loss is node:
        return True
    local = labels.derivative(term.of, term.by, is_partial=True)
    return node not in labels.loss.parents or local == labels.derivative(term.of, term.by, False)


def as_written(root: Term) -> Decimal | None:
    """Return a term with the digits that were written, if it is but a number, as -1.3·10⁻⁵ is."""
    match root:
        case Number(digits=digits) if digits:
            return Decimal(digits)
        case Operation(sign=Sign.NEGATE, operands=(Number(digits=digits),)) if digits:
            return -Decimal(digits)
        case Operation(sign=sign, operands=(left, right)) if sign in PRODUCTS:
            mantissa, exponent = as_written(left), _power_of_ten(right)
            if mantissa is not None and exponent is not None:
                return mantissa.scaleb(exponent)
    return None


def _power_of_ten(root: Term) -> int | None:
    match root:
        case Operation(sign=Sign.POWER, operands=(Number(number=10.0), exponent)):
            written = as_written(exponent)
            if written is not None and written == int(written) and abs(written) < 400:
                return int(written)
    return None


def _read_formula(text: str, root: Term, labels: Labels) -> Given:
    nodes: dict[Value, None] = {}
    for term in bottom_up(root):
        if isinstance(term, Derivative):
            nodes |= dict.fromkeys([labels.node(term.of), labels.node(term.by)])
        elif isinstance(term, Name) and labels.knows(term.name):
            meant = labels.meant(term.name)
            nodes |= {meant: None} if isinstance(meant, Value) else {}
    formula = Formula(text, root, labels, tuple(nodes), tuple(_literals(root))) if nodes else None
    return _given(number_of(text, root, labels), formula, root)


def _read_arrays(text: str, side: Side, other: Side, arrays: LabelArrays) -> Given:
    """Read a formula with vectors or matrices in it, whose value is a number."""
    nodes: dict[Value, None] = {}
    for term in _terms(side):
        names = [term.name] if isinstance(term, Name) else []
        names += [term.of, term.by] if isinstance(term, Derivative) else []
        for name in filter(arrays.is_array, names):
            entries = [entry for row in arrays.rows(name) for entry in row]
            nodes |= dict.fromkeys(entry for entry in entries if isinstance(entry, Value))
    literals = tuple(_literals(side.root))
    formula = Formula(
        text, side.root, arrays.labels, tuple(nodes), literals, of_arrays=(side, other)
    )
    return _given(formula.at({}), formula, side.root)


def _literals(root: Term) -> Iterator[Decimal]:
    for term in bottom_up(root):
        if isinstance(term, Number) and term.digits:
            yield Decimal(term.digits)


def _given(number: float, formula: Formula | None, root: Term) -> Given:
    fractions = [each for each in _literals(root) if each.as_tuple().exponent]
    digits = min(map(significant, fractions), default=FEW_DIGITS + 1)
    # 0.8 may be 0.80, as nobody rounds to a single digit.
    return Given(number, 0.0, digits <= FEW_DIGITS, max(digits, 2), formula)
