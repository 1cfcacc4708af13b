"""Questions with four answers to choose from: the wrong ones are what known mistakes lead to."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, islice, zip_longest
from random import Random
from typing import NamedTuple

from autograd import Value, Verdict, check_derivation, count_paths, gradients, paths
from autograd.derivations.cases import Case
from autograd.derivations.mistakes import MISTAKES
from autograd.explanations.explanation import factors, in_words
from autograd.explanations.formulas import partial
from autograd.graph import computed_nodes, topological_order
from autograd.replaying import Point
from autograd.text import short_number

LETTERS = "ABCD"
CHOICES = len(LETTERS)
CANDIDATES = 8
MOST_GUESSES = 60  # of each kind of mistake
# What a choice may be explained by; a number that follows from nothing is no lesson.
_NO_LESSONS = (Verdict.NOT_THE_GRADIENT, Verdict.TOO_FEW_DIGITS, Verdict.UNREADABLE)


@dataclass(frozen=True, slots=True)
class Quiz:
    """A question, what there is to choose from, which of it is right, and why each is or isn't."""

    question: str
    choices: tuple[str, ...]
    right: int
    reasons: tuple[str, ...]

    @property
    def by_letter(self) -> dict[str, str]:
        """What there is to choose from."""
        return dict(zip(LETTERS, self.choices, strict=False))

    @property
    def letter(self) -> str:
        """The letter of the right choice."""
        return LETTERS[self.right]


def which_gradient(random: Random, loss: Value, node: Value) -> Quiz | None:
    """Ask which of four numbers is ∂loss/∂node; None if there are no three different mistakes.

    >>> x = Value(3.0, label="x")
    >>> L = (x * x - 4) ** 2; L.label = "L"
    >>> quiz = which_gradient(Random(1), L, x)
    >>> quiz.choices[quiz.right]
    '60'
    """
    [gradient] = gradients(loss, [node])
    right = short_number(gradient)
    found = list(islice(_wrong_answers(random, loss, node, right), CANDIDATES))
    if len(found) < CHOICES - 1:
        return None
    # Mistakes of different kinds first.
    kinds = {wrong.verdict: wrong for wrong in reversed(found)}
    wrong = list(dict.fromkeys([*reversed(kinds.values()), *found]))[: CHOICES - 1]
    reasons = {right: f"{partial(loss, node)} = {right}"}
    reasons |= {each.number: each.message for each in wrong}
    choices = list(reasons)
    random.shuffle(choices)
    return Quiz(
        f"Which of these four is {partial(loss, node)}?",
        tuple(choices),
        choices.index(right),
        tuple(reasons[choice] for choice in choices),
    )


class _Wrong(NamedTuple):
    """A number that a mistake leads to, as it is written, and which mistake."""

    number: str
    verdict: Verdict
    message: str


def _wrong_answers(random: Random, loss: Value, node: Value, right: str) -> Iterator[_Wrong]:
    """Yield different numbers that mistakes lead to, of all kinds in turn, and what they are.

    Whether a number is wrong, and how, says the judge: what is on the list of mistakes may be the
    gradient here, rounded.
    """
    order = topological_order(loss)
    upstream = dict(zip(order, gradients(loss, order), strict=True))
    case = Case(loss, node, Point(computed_nodes(loss), upstream))
    kinds = [islice(guesses(case), MOST_GUESSES) for _, guesses in MISTAKES]
    random.shuffle(kinds)
    seen = {right}
    for guess in filter(None, chain.from_iterable(zip_longest(*kinds))):
        written = short_number(guess.number) if math.isfinite(guess.number) else right
        if written in seen:
            continue
        seen.add(written)
        [finding] = check_derivation(loss, {node: written}).findings
        if not finding.is_right and finding.verdict not in _NO_LESSONS:
            yield _Wrong(written, finding.verdict, finding.message)


def missing_path(random: Random, loss: Value, node: Value) -> Quiz | None:
    """Ask which path an answer leaves out; None where that can't be told, or there are too many.

    >>> x = Value(3.0, label="x")
    >>> u = 2 * x + 1; u.label = "u"
    >>> L = u * x; L.label = "L"
    >>> missing_path(Random(1), L, x).choices
    ('L → x', 'L → u → 2·x → x')
    """
    if not 2 <= count_paths(loss, node) <= CHOICES:
        return None
    found = list(paths(loss, node))
    random.shuffle(found)
    [gradient] = gradients(loss, [node])
    names = [str(path) for path in found]
    partial_sums = [short_number(gradient - path.product) for path in found]
    if len({*names}) < len(names) or len({*partial_sums, short_number(gradient)}) <= len(names):
        return None
    right = random.randrange(len(found))
    reasons = [
        f"it is {factors(path)} = {short_number(path.product)}; without it the sum is {rest}"
        for path, rest in zip(found, partial_sums, strict=True)
    ]
    question = (
        f"{in_words(len(found))} lead from {loss.label} to {node.label}. Somebody left one out and "
        f"has {partial(loss, node)} = {partial_sums[right]}. Which path is missing?"
    )
    return Quiz(question, tuple(names), right, tuple(reasons))
