"""The judgement on one answer: is it the gradient, and if not, which mistake leads to it?"""

from __future__ import annotations

import math
from dataclasses import replace
from decimal import Decimal
from typing import NamedTuple

from autograd.derivations.answers import FLOAT_ERROR, HAND_ERROR, MOST_ROUNDING, Formula, Given
from autograd.derivations.cases import Case
from autograd.derivations.diagnosis import (
    MOST_EDGES,
    OFTEN,
    Diagnosis,
    Judgement,
)
from autograd.derivations.mistakes.verdicts import Verdict
from autograd.errors import FormulaError
from autograd.explanations.explanation import in_words
from autograd.explanations.formulas import written
from autograd.explanations.path_sums import Path, paths
from autograd.graph import dependents
from autograd.replaying import STEPS, Point, Replay, nearby, targets
from autograd.text import short_number
from autograd.value import Value

MOST_OF_ZERO = 0.0005  # "0.000" is 0, rounded; "0.0" may be anything
KINK = 1e-3  # how far the slopes on the two sides of a kink are apart, at least
KINK_STEP = 1e-7
DIGITS_ON_THE_WAY = 3
LARGEST_PATHS = 5  # as many as are shown


class Judge:
    """Judges answers for the nodes of a graph, and keeps what it has worked out about each.

    Args:
        loss: what is differentiated.
        point: the numbers of its graph.
    """

    def __init__(self, loss: Value, point: Point) -> None:
        self.loss, self.point = loss, point
        self._diagnoses: dict[Value, Diagnosis] = {}

    def judgement(self, given: Given, node: Value) -> Judgement:
        """Return the verdict on an answer for a node, and why."""
        if node not in self.point.upstream:
            message = f"{written(self.loss)} does not depend on it: it is not in the graph"
            is_right = given.is_close(0.0)
            return Verdict.RIGHT if is_right else Verdict.NOT_THE_GRADIENT, message, (), ()
        gradient, formula = self.point.upstream[node], given.formula
        is_exact = Given(given.number).is_close(gradient)
        if formula and _has_rounded_data(self.loss, formula, node, self.point):
            given = replace(given, formula=None)  # it is worth what its number is
        elif formula:
            given = replace(given, by_hand=False)  # an exact number of the graph is no rounded one
            if is_exact:
                return self._with_mistake(given, node, _judge_identity(self.loss, formula, node))
        if is_exact:
            return Verdict.RIGHT, "", (), ()
        if not math.isfinite(gradient) or not math.isfinite(given.number):
            return Verdict.NOT_THE_GRADIENT, "", (), ()
        if (kink := _at_kink(self.loss, node, given)) is not None:
            return Verdict.RIGHT, kink, (), ()
        return _judge_number(self._diagnosis(node), given)

    def _diagnosis(self, node: Value) -> Diagnosis:
        if node not in self._diagnoses:
            self._diagnoses[node] = Diagnosis(Case(self.loss, node, self.point))
        return self._diagnoses[node]

    def _with_mistake(self, given: Given, node: Value, judgement: Judgement) -> Judgement:
        """Say of a formula that is right only here which mistake comes to the same number here."""
        verdict, difference, _, _ = judgement
        if verdict is not Verdict.ONLY_HERE:
            return judgement
        found = self._diagnosis(node).mistake(given)
        if found is None or not found[0].names_cause:
            return judgement
        _, words, missing, others = found
        return verdict, f"{difference}\n{words}: here the number is the same", missing, others


def _judge_number(diagnosis: Diagnosis, given: Given) -> Judgement:
    """Judge an answer that is not the exact gradient: is it a rounded one, or a mistake?"""
    case = diagnosis.case
    gradient = case.gradient
    off = abs(given.number - gradient)
    if given.is_close(gradient):
        return _judge_rounded(diagnosis, given)
    if given.is_close(gradient, case.noise):
        # Large terms that cancel: floats have no more digits.
        return Verdict.RIGHT, "", (), ()
    nearly = given.is_close(gradient, by_hand=True)
    # A whole number is a rounded one only if it is not just what a mistake leads to.
    is_whole = off <= given.half_unit and given.number.is_integer()
    if is_whole and (found := _exact_mistake(diagnosis, given)) is not None:
        return found
    rounded_on_the_way = off <= case.rounding_on_the_way(given.digits) + given.half_unit
    if nearly and rounded_on_the_way:
        found = diagnosis.mistake(given) if given.digits > 2 and given.half_unit else None
        message = "within 2 %, as when intermediate results are rounded on the way"
        if found is not None and found[0] is not Verdict.NOT_THE_GRADIENT:
            verdict, words, missing, others = found
            return verdict, words, missing, (*others, f"the gradient, {message}")
        return Verdict.CLOSE, message, (), ()
    if off <= given.half_unit:
        message = (
            f"{short_number(gradient)} rounds to it, but so do many others: give two digits or more"
        )
        return Verdict.TOO_FEW_DIGITS, message, (), ()
    # Near the gradient, a mistake must lead to just the answer; far from it, nearly will do.
    for by_hand in (False,) if nearly else (False, True):
        if (found := diagnosis.mistake(given, by_hand=by_hand)) is not None:
            return found
    if given.computed and off <= min(
        HAND_ERROR * abs(gradient), case.rounding_on_the_way(DIGITS_ON_THE_WAY)
    ):
        message = "as near as when numbers are rounded on the way, and then computed with"
        return Verdict.CLOSE, message, (), ()
    message, largest = _no_explanation(case)
    if nearly:
        percent = 100 * off / abs(gradient)
        message = f"close, but off by {percent:.2g} %: rounding on the way does not explain it"
    return Verdict.NOT_THE_GRADIENT, message, largest, ()


def _exact_mistake(diagnosis: Diagnosis, given: Given) -> Judgement | None:
    """Return the mistake that leads to just this number, if it is one that is made often."""
    return diagnosis.mistake(Given(given.number), of=OFTEN)


def _judge_rounded(diagnosis: Diagnosis, given: Given) -> Judgement:
    """Judge an answer that the gradient rounds to: it may be just what a mistake leads to."""
    if given.number == 0.0 and given.half_unit > MOST_OF_ZERO:
        gradient = short_number(diagnosis.case.gradient)
        message = f"{gradient} rounds to it, but so do many others: give more decimals"
        return Verdict.TOO_FEW_DIGITS, message, (), ()
    found = _exact_mistake(diagnosis, given)
    if found is None:
        return Verdict.ROUNDED, "", (), ()
    verdict, message, missing, others = found
    if given.half_unit >= 0.5:  # a whole number
        return verdict, message, missing, (*others, "the gradient, rounded to a whole number")
    return Verdict.ROUNDED, "", (), (f"a mistake, exactly: {message}", *others)


def _has_rounded_data(loss: Value, formula: Formula, node: Value, point: Point) -> bool:
    """Whether there is a number in a formula that stands for one which moves with the node.

    That is one a computed node or a derivative rounds to, unless the graph has it as a constant;
    or a whole number that a node which the formula doesn't name is equal to.
    """
    depending, _ = dependents(point.order, [node])
    constants = {p.data for each in point.order for p in each.parents if not p.parents}
    constants |= {
        float(q) for each in point.order if each.primitive for q in each.primitive.parameters
    }
    constants.discard(node.data)
    moving = {node: node.data} | {each: each.data for each in depending}
    named = {loss, *formula.nodes}
    whole = {number for each, number in moving.items() if each not in named}
    fractions = [
        *moving.values(),
        *(point.upstream[each] for each in moving if each in point.upstream),
    ]
    for each in depending:
        fractions += each.local_derivatives
    for literal in formula.literals:
        number, exponent = float(literal), literal.as_tuple().exponent
        assert isinstance(exponent, int)  # digits and a point
        if exponent >= 0:
            if number in whole and number not in constants and number > 2:
                return True
        elif number not in constants:
            half_unit = float(Decimal(5).scaleb(exponent - 1)) * (1 + FLOAT_ERROR)
            half_unit = min(half_unit, MOST_ROUNDING * number)
            if any(abs(abs(each) - number) <= half_unit for each in fractions):
                return True
    return False


def _judge_identity(loss: Value, formula: Formula, node: Value) -> Judgement:
    """Judge a formula whose number is right: is it the derivative at other numbers too?"""
    replay = Replay(loss, node, formula.nodes)
    found = _moved(replay, formula, node)
    if found is None:
        message = "compared at these numbers only: a node made by hand has no rule for others"
        return Verdict.RIGHT, message, (), ()
    # Where the node is in neither, the numbers of others may be mixed up; where it is, the formula
    # may be written in what the node was computed from.
    roots = [node] if found.changes else [loss, *formula.nodes]
    classes = {target for target in targets(replay.order) if target.data in (0.0, 1.0)}
    leaves = [leaf for leaf in replay.leaves(roots) if leaf is not node and leaf not in classes]
    if not found.difference and found.changes:
        return Verdict.RIGHT, "", (), ()
    others = [_moved(replay, formula, leaf) for leaf in leaves]
    differences = [other.difference for other in others if other and other.difference]
    if not differences and (leaves or not found.changes):
        return Verdict.RIGHT, "", (), ()
    if _slopes_at_kink(loss, node) is not None:
        return Verdict.RIGHT, "", (), ()
    return Verdict.ONLY_HERE, found.difference or differences[0], (), ()


class _Moved(NamedTuple):
    """What comes of moving a node: do the derivative and a formula change, and where differ?"""

    changes: bool
    difference: str


def _moved(replay: Replay, formula: Formula, moved: Value) -> _Moved | None:
    """Compare a formula with the derivative once a node has moved; None if there is no rule."""
    before, changes = formula.at({}), False
    for numbers_near in zip(*(nearby(moved, step) for step in STEPS), strict=True):
        difference = ""
        for number in numbers_near:
            there = replay.at(moved, number)
            if there is None:
                return None
            numbers, gradient = there
            try:
                answer = formula.at(numbers)
            except FormulaError:  # too large a power there
                continue
            if not math.isfinite(answer) or not math.isfinite(gradient):
                continue
            changes |= not (answer == before and _same(gradient, before))
            if _same(answer, gradient):
                difference = ""
                break
            difference = difference or (
                f"at {written(moved)} = {number:.6g} it is {answer:.8g}, and the derivative is "
                f"{gradient:.8g}"
            )
        if difference:
            return _Moved(changes, difference)
    return _Moved(changes, "")


def _same(a: float, b: float) -> bool:
    return math.isclose(a, b, rel_tol=1e-10, abs_tol=1e-13)


def _slopes_at_kink(loss: Value, node: Value) -> tuple[float, float] | None:
    """Return the lower and the higher slope on the two sides of a node, by the rules.

    None if they are the same, so that there is no kink, or if one is not known.
    """
    replay = Replay(loss, node)
    there = [replay.at(node, number) for number in nearby(node, KINK_STEP)]
    slopes = sorted(found[1] for found in there if found and math.isfinite(found[1]))
    if len(slopes) < 2 or math.isclose(*slopes, rel_tol=KINK, abs_tol=KINK * 1e-3):
        return None
    low, high = slopes
    return low, high


def _at_kink(loss: Value, node: Value, given: Given) -> str | None:
    """Say that an answer lies between the slopes on the two sides of a kink; None if not so."""
    slopes = _slopes_at_kink(loss, node)
    if slopes is None:
        return None
    low, high = slopes
    slack = 1e-6 * (high - low) + given.half_unit
    if not low - slack <= given.number <= high + slack:
        return None
    return (
        f"it is at a kink: every slope from {short_number(low)} to {short_number(high)} is right, "
        "and which one a program takes is a convention"
    )


def _no_explanation(case: Case) -> tuple[str, tuple[Path, ...]]:
    message = f"no usual mistake explains it; the gradient is the sum over {in_words(case.count)}"
    if len(case.edges) > MOST_EDGES:
        message += " (only the simplest mistakes were tried, as the graph is large)"
    return message, tuple(paths(case.loss, case.node, top=LARGEST_PATHS))
