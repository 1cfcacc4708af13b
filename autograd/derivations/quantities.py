"""Answers that are vectors and matrices, values of nodes, or updated weights, entry by entry."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Any

from autograd.derivations.answers import FEW_DIGITS, FLOAT_ERROR, Given, as_given, read_number
from autograd.derivations.cases import Case, unit
from autograd.derivations.diagnosis import MOST_CHANCE
from autograd.derivations.entries import agree, first_of, is_right, noise_among, read_rows
from autograd.derivations.equations import as_written
from autograd.derivations.label_arrays import LabelArrays
from autograd.derivations.labelled_layers import mistaken_gradients
from autograd.derivations.layer_mistakes import chance
from autograd.derivations.mistakes.verdicts import Verdict
from autograd.errors import FormulaError, LabelError, OperandError, ShapeError
from autograd.explanations.notation import one_line
from autograd.graph import computed_nodes
from autograd.labels import Labels
from autograd.reading import Derivative, Name, Number, Side, bottom_up, fail
from autograd.reading.arrays import (
    Array,
    ShapesError,
    array,
    parse_arrays,
    whichever_fits,
)
from autograd.replaying import Point, at_other_leaves, gradients_at
from autograd.text import of_one_line, told_apart
from autograd.value import Value

Numbers = Mapping[Value, float]

LEARNING_RATES = ("η", "eta", "lr")  # what formulas may call it
# How far the leaves are moved, relative to their numbers, to see whether a formula is an identity.
_STEPS = (1e-3, -1e-5)


@dataclass(frozen=True, slots=True, eq=False)
class Quantity:
    """What is asked for: which nodes of a graph, and what about them.

    ``at`` is what is right where nodes have other numbers, ``rounding`` how far off an entry may be
    where everything on the way has so many digits, and ``mistakes`` what people come to instead.
    """

    name: str
    nodes: tuple[tuple[Value, ...], ...]
    arrays: LabelArrays
    at: Callable[[LabelArrays], Array]
    rounding: Callable[[Value, int], float]
    mistakes: Callable[[Array], Iterator[tuple[Verdict, str, Array]]]
    wrong: Verdict
    repeats: Callable[[Derivative | Name], bool]  # whether a term is just what is asked for

    @property
    def right(self) -> Array:
        return self.at(self.arrays)


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class QuantityFinding:
    """What one answer is worth that is about a vector, a matrix, a value or an update."""

    name: str
    answer: Any
    verdict: Verdict
    message: str = ""
    entries: tuple[str, ...] = ()
    follows_from: tuple[str, ...] = ()

    @property
    def is_right(self) -> bool:
        """Whether all entries are right, at least rounded."""
        return self.verdict.is_right

    @property
    def headline(self) -> str:
        """The answer and the verdict, on one line."""
        mark = "~" if self.verdict is Verdict.CLOSE else "✓" if self.is_right else "✗"
        return one_line(f"{mark} {self.name}: {as_given(self.answer)}: {self.verdict.value}")

    @property
    def details(self) -> list[str]:
        """What there is to say beyond the verdict, line by line."""
        return [*self.message.splitlines(), *first_of(self.entries)]

    def to_dict(self) -> dict[str, Any]:
        """Return the finding as strings, numbers and lists, such as JSON has."""
        return {
            "name": self.name,
            "answer": as_given(self.answer),
            "is_right": self.is_right,
            "verdict": self.verdict.name.lower(),
            "says": self.verdict.value,
            "message": self.message,
            "wrong_entries": list(self.entries),
            "follows_from": list(self.follows_from),
        }

    def __str__(self) -> str:
        return "\n    ".join([self.headline, *self.details])

    def __repr__(self) -> str:
        return of_one_line(self, self.headline)


# What may be asked for.


def gradient_of(name: str, labels: Labels) -> Quantity:
    """Ask for the gradient of the loss by a vector or matrix of nodes.

    Raises:
        LabelError: if there is none of that name.
    """
    arrays = LabelArrays(labels)
    nodes = arrays.nodes(name)
    loss = _loss(labels)
    point = Point(computed_nodes(loss), gradients_at(loss, {}))

    def mistakes(right: Array) -> Iterator[tuple[Verdict, str, Array]]:
        for verdict, words, mistaken in mistaken_gradients(arrays, nodes, right):
            yield verdict, words, array(mistaken)
        if right.shape[0] == right.shape[1] > 1:
            words = "rows are columns and columns are rows"
            yield Verdict.TRANSPOSED, words, right.transposed
        yield from _other_arrays(arrays, right)

    return Quantity(
        f"∇{name}",
        nodes,
        arrays,
        at=lambda there: _as_array(there.derivatives("", name, True)),
        rounding=lambda node, digits: Case(loss, node, point).rounding_on_the_way(digits),
        mistakes=mistakes,
        wrong=Verdict.NOT_THE_GRADIENT,
        repeats=lambda term: arrays.is_gradient(term, nodes),
    )


def _other_arrays(arrays: LabelArrays, right: Array) -> Iterator[tuple[Verdict, str, Array]]:
    """Yield arrays of the same shape: gradients and values of others, and products of two."""
    values = {
        name: found for name in arrays.names if isinstance(found := arrays.array(name), Array)
    }
    gradients = {name: _as_array(arrays.derivatives("", name, True)) for name in values}
    for name, found in gradients.items():
        if found.shape == right.shape and found != right:
            yield Verdict.OTHER_NODE, f"it is ∇{name}", found
    for name, found in values.items():
        if found.shape == right.shape:
            yield Verdict.VALUE, f"it is {name} itself", found
    for (a, left), (b, other) in product(gradients.items(), values.items()):
        if left.shape == (right.shape[0], 1) and other.shape == (right.shape[1], 1):
            yield Verdict.WRONG_OPERAND, f"it is ∇{a} {b}ᵀ", left @ other.transposed
        for sign, matrix in (("", other), ("ᵀ", other.transposed)):
            if matrix.shape == (right.shape[0], left.shape[0]) and left.shape[1] == 1:
                yield Verdict.WRONG_OPERAND, f"it is {b}{sign} ∇{a}", matrix @ left


def value_of(name: str, labels: Labels) -> Quantity:
    """Ask for the numbers of nodes in the forward pass.

    Raises:
        LabelError: if there are none of that name.
    """
    arrays = LabelArrays(labels)
    nodes = arrays.nodes(name)

    def mistakes(right: Array) -> Iterator[tuple[Verdict, str, Array]]:
        yield Verdict.WRONG_SIGN, "the sign is wrong", _times(right, -1.0)
        for other in arrays.names:
            found = arrays.array(other)
            if isinstance(found, Array) and found.shape == right.shape:
                yield Verdict.OTHER_NODE, f"it is {other}", found

    return Quantity(
        name,
        nodes,
        arrays,
        at=lambda there: _as_array(there.array(name)),
        rounding=_rounding_of_value,
        mistakes=mistakes,
        wrong=Verdict.NOT_THE_VALUE,
        repeats=lambda term: isinstance(term, Name) and arrays.means(term.name, nodes),
    )


def update_of(name: str, labels: Labels, learning_rate: float) -> Quantity:
    """Ask for weights after a step against the gradient: w - η ∂L/∂w.

    Raises:
        LabelError: if there are none of that name.
    """
    gradient = gradient_of(name, labels)
    arrays = gradient.arrays
    before = _as_array(arrays.array(name))

    def stepped(there: LabelArrays, factor: float) -> Array:
        step = _times(_as_array(there.derivatives("", name, True)), factor)
        return _as_array(there.array(name)).with_entries(step, lambda w, change: w + change)

    def mistakes(right: Array) -> Iterator[tuple[Verdict, str, Array]]:
        slopes = gradient.right
        uphill = "the step goes up the gradient: it is w - η ∂L/∂w"
        yield Verdict.WRONG_SIGN, uphill, stepped(arrays, learning_rate)
        yield Verdict.FACTOR, "the learning rate η was forgotten", stepped(arrays, -1.0)
        yield Verdict.OTHER_NODE, "it is the gradient, not the updated weight", slopes
        for sign in (1.0, -1.0):
            words = "it is the step η ∂L/∂w, not the weight after it"
            yield Verdict.OTHER_NODE, words, _times(slopes, sign * learning_rate)
        yield Verdict.VALUE, "it is the weight before the step", before
        for factor in (2.0, 0.5):
            words = f"the step is {factor:g} times as long as it should be"
            yield Verdict.SCALE, words, stepped(arrays, -factor * learning_rate)

    return replace(
        gradient,
        name=f"{name} after the step",
        at=lambda there: stepped(there, -learning_rate),
        rounding=lambda node, digits: learning_rate * gradient.rounding(node, digits),
        mistakes=mistakes,
        wrong=Verdict.NOT_THE_VALUE,
        repeats=lambda term: False,
    )


def _loss(labels: Labels) -> Value:
    if labels.loss is None:
        raise LabelError("there is no loss here that would have derivatives")
    return labels.loss


def _rounding_of_value(node: Value, digits: int) -> float:
    slopes = gradients_at(node, {})
    errors = [
        abs(slope) * unit(each.data, digits) for each, slope in slopes.items() if each.parents
    ]
    return math.fsum(errors)


def _times(numbers: Array, factor: float) -> Array:
    return numbers.of_entries(lambda number: factor * number)


def _as_array(found: Array | float) -> Array:
    return found if isinstance(found, Array) else array([[found]])


# Reading.


@dataclass(frozen=True, slots=True, eq=False)
class _Read:
    """An answer as numbers with what their digits say, and how to have it at other numbers."""

    rows: Sequence[Sequence[Given]]
    at: Callable[[LabelArrays], Array] | None = None

    @property
    def shape(self) -> tuple[int, int]:
        return len(self.rows), len(self.rows[0])


def judge_quantity(answer: Any, quantity: Quantity, decimal_comma: bool = False) -> QuantityFinding:
    """Judge an answer: first its shape, then each entry, then what it has been mistaken for."""
    try:
        claims = list(_claims(answer, quantity, decimal_comma))
    except ShapesError as error:
        return QuantityFinding(quantity.name, answer, Verdict.SHAPE, str(error))
    except (FormulaError, OperandError, ShapeError) as error:
        if not isinstance(answer, str):
            raise
        return QuantityFinding(quantity.name, answer, Verdict.UNREADABLE, str(error))
    judged = [_judge(claim, quantity) for claim in claims]
    verdict, message, entries = next(
        (found for found in judged if not found[0].is_right),
        next((found for found in judged if found[0] is Verdict.CLOSE), judged[-1]),
    )
    return QuantityFinding(quantity.name, answer, verdict, message, entries)


def _claims(answer: Any, quantity: Quantity, decimal_comma: bool) -> Iterator[_Read]:
    if callable(answer) and not isinstance(answer, Value):
        answer = answer()
    if not isinstance(answer, str):
        yield _Read(read_rows(quantity.name, answer))
        return
    if answer.lstrip().startswith("["):
        try:
            nested = json.loads(answer, parse_int=str, parse_float=str)
        except ValueError:  # then it is a formula in brackets
            pass
        else:
            yield _Read(read_rows(quantity.name, nested))
            return
    given = None if decimal_comma else read_number(answer)
    if given is not None:
        yield _Read([[given]])
        return
    readings = parse_arrays(answer, quantity.arrays, decimal_comma=decimal_comma)
    for i, (side, other) in enumerate(readings):
        if not (i == 0 < len(readings) - 1 and _is_left_side(answer, side, quantity)):
            yield _formula(answer, side, other, quantity)


def _is_left_side(text: str, side: Side, quantity: Quantity) -> bool:
    """Whether a side only says what is asked for.

    Raises:
        FormulaError: if it says that something else is.
    """
    root = side.root
    if not isinstance(root, (Name, Derivative)):
        return False
    is_name = isinstance(root, Name) and quantity.arrays.means(root.name, quantity.nodes)
    if is_name or quantity.repeats(root) or quantity.arrays.is_gradient(root, quantity.nodes):
        return True
    if isinstance(root, Derivative) or not quantity.arrays.knows(root.name):
        fail(text, root.place, f"the answer is for {quantity.name}, and not for this")
    return False


def _formula(text: str, side: Side, other: Side, quantity: Quantity) -> _Read:
    written = as_written(side.root)
    if written is not None and (given := read_number(written)) is not None:
        return _Read([[given]])
    for term in bottom_up(side.root):
        if isinstance(term, (Name, Derivative)) and quantity.repeats(term):
            fail(text, term.place, "this is what is asked for: say what it is made of")

    def at(there: LabelArrays) -> Array:
        return _as_array(whichever_fits(text, side, other, there))

    numbers = at(quantity.arrays)
    literals = [term.digits for term in bottom_up(side.root) if isinstance(term, Number)]
    fractions = [read_number(digits) for digits in literals if "." in digits]
    digits = min([each.digits for each in fractions if each is not None], default=FEW_DIGITS + 1)
    rows = [
        [Given(number, 0.0, digits <= FEW_DIGITS, digits) for number in row] for row in numbers.rows
    ]
    return _Read(rows, at)


# Judging.

_Judged = tuple[Verdict, str, tuple[str, ...]]


def _judge(read: _Read, quantity: Quantity) -> _Judged:
    right = quantity.right
    if read.shape != right.shape:
        hint = "; transposed?" if read.shape == right.shape[::-1] else ""
        message = f"it has shape {read.shape} and must have {right.shape}{hint}"
        return Verdict.SHAPE, message, ()
    noise = noise_among(right.entries)
    given = [each for row in read.rows for each in row]
    pairs = list(zip(given, right.entries, strict=True))
    exactly = [Given(each.number) for each in given]
    if agree(exactly, right.entries, noise, by_hand=False):
        only_here = read.at and _only_here(read.at, quantity)
        if not only_here:
            return Verdict.RIGHT, "", ()
        if mistake := _mistake(exactly, quantity, right, noise, by_hand=False):
            only_here += f"\n{mistake[1]}: here the numbers are the same"
        return Verdict.ONLY_HERE, only_here, ()
    if agree(given, right.entries, noise, by_hand=False):
        mistake = _mistake(exactly, quantity, right, noise, by_hand=False)
        if mistake is None:
            return Verdict.ROUNDED, "", ()
        verdict, words, _ = mistake
        return verdict, f"{words}, exactly; what is right rounds to it too", ()
    nodes = [node for row in quantity.nodes for node in row]
    wrong = [
        (node, each, number)
        for node, (each, number) in zip(nodes, pairs, strict=True)
        if not is_right(each, number, noise, node, quantity.rounding)
    ]
    if not wrong:
        return Verdict.CLOSE, "within 2 %, as when numbers are rounded on the way", ()
    if mistake := _mistake(given, quantity, right, noise, by_hand=True):
        return mistake
    entries = tuple(_entry(node, each, number) for node, each, number in wrong)
    if len(pairs) == 1:
        return quantity.wrong, entries[0], ()
    are = "is" if len(wrong) == 1 else "are"
    return quantity.wrong, f"{len(wrong)} of {len(pairs)} entries {are} wrong", entries


def _mistake(
    given: Sequence[Given], quantity: Quantity, right: Array, noise: float, *, by_hand: bool
) -> _Judged | None:
    """Return the first mistake that leads to an answer, if the digits tell it from chance."""
    for count, (verdict, words, mistaken) in enumerate(quantity.mistakes(right), 1):
        fits = mistaken.shape == right.shape and agree(given, mistaken.entries, noise, by_hand)
        if fits and chance(given, mistaken.entries, count) <= MOST_CHANCE:
            return verdict, words, ()
    return None


def _entry(node: Value, given: Given, right: float) -> str:
    number, expected = told_apart(given.number, right, given.digits)
    return f"{node.name}: {number}, and right is {expected}"


def _only_here(answer: Callable[[LabelArrays], Array], quantity: Quantity) -> str:
    """Say where a formula is not what it is to be, though it is at the numbers of the graph."""
    labels = quantity.arrays.labels
    for step in _STEPS:
        numbers = at_other_leaves(_loss(labels), step)
        if numbers is None:
            return ""  # a node made by hand has no rule
        there = LabelArrays(labels, numbers)
        expected, found = quantity.at(there), answer(there)
        size = max(map(abs, filter(math.isfinite, expected.entries)), default=0.0)
        for node, a, b in zip(
            (node for row in quantity.nodes for node in row),
            found.entries,
            expected.entries,
            strict=True,
        ):
            if math.isfinite(a) and math.isfinite(b) and abs(a - b) > FLOAT_ERROR * size:
                return (
                    f"for {node.name} it is {a:.8g} once the leaves have moved a little, and right "
                    f"is {b:.8g}"
                )
    return ""
