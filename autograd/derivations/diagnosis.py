"""The search for the mistake that leads to an answer, and what chance has to do with it.

Of several that fit, the most plausible is named, the first in
:data:`autograd.derivations.mistakes.MISTAKES`.
With few digits something fits by chance before long: then no cause is named, but that it fits.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterable, Iterator, Sequence
from decimal import Decimal
from functools import cached_property
from itertools import islice
from typing import NamedTuple, TypeAlias

from autograd.derivations.answers import (
    FEW_DIGITS,
    FLOAT_ERROR,
    HAND_ERROR,
    MOST_ROUNDING,
    Formula,
    Given,
)
from autograd.derivations.cases import Case
from autograd.derivations.mistakes import MISTAKES, two_mistakes
from autograd.derivations.mistakes.guesses import Guess
from autograd.derivations.mistakes.others import slips
from autograd.derivations.mistakes.verdicts import Verdict
from autograd.errors import FormulaError
from autograd.explanations.explanation import in_words
from autograd.explanations.path_sums import Path
from autograd.replaying import Replay
from autograd.value import Value

# In a larger graph only the first few kinds of mistakes are tried; of each kind, so many guesses.
MOST_EDGES = 20_000
MOST_GUESSES = 2_000
MOST_PAIRS = 6_000
KINDS_IN_LARGE_GRAPHS = 5
MOST_OTHERS = 2
MOST_ELSEWHERE = 4  # other points that are kept for a node

# A cause is named if a number that has nothing to do with it would fit, or fit one that is
# likelier, with at most this probability. With at most the second it is said to fit.
MOST_CHANCE = 0.01
MOST_FITTING = 0.5

# A verdict, the words for it, the paths that these are about, and what would fit as well.
Judgement: TypeAlias = "tuple[Verdict, str, tuple[Path, ...], tuple[str, ...]]"

# Of other mistakes, a number of few digits is easily just what they lead to: a value, say.
OFTEN = frozenset(
    {
        Verdict.WRONG_SIGN, Verdict.MISSING_PATHS, Verdict.OVERWRITTEN, Verdict.EXTRA_TERM,
        Verdict.SCALE, Verdict.FACTOR, Verdict.PRODUCT_RULE, Verdict.WRONG_OPERAND,
        Verdict.OTHER_LOSS, Verdict.TRANSPOSED,
    }
)  # fmt: skip


class _Fit(NamedTuple):
    """A mistake that leads to an answer, and how probable it is that chance does as well."""

    verdict: Verdict
    guess: Guess
    chance: float


class _Guesses:
    """Guesses, the most plausible first, among which those near a number are found quickly.

    Args:
        guesses: each with its verdict.
        before: how many different numbers were guessed before.
    """

    def __init__(self, guesses: Iterable[tuple[Verdict, Guess]], before: int = 0) -> None:
        self.all = list(guesses)
        different: set[str] = set()
        self._counts = []  # of different numbers, up to each guess
        for _, guess in self.all:
            different.add(f"{guess.number:.6g}")
            self._counts.append(before + len(different))
        self.count = before + len(different)
        places = [i for i, (_, guess) in enumerate(self.all) if math.isfinite(guess.number)]
        self._places = sorted(places, key=lambda i: self.all[i][1].number)
        self._numbers = [self.all[i][1].number for i in self._places]

    def near(
        self, given: Given, slack: float = 0.0, noise: float = 0.0
    ) -> Iterator[tuple[int, tuple[Verdict, Guess]]]:
        """Yield the guesses that may be an answer, in order, and how many there are up to each."""
        radius = (slack + 2 * FLOAT_ERROR) * abs(given.number) * (1 + HAND_ERROR)
        radius += given.half_unit + noise
        first = bisect_left(self._numbers, given.number - radius)
        last = bisect_right(self._numbers, given.number + radius)
        for place in sorted(self._places[first:last]):
            yield self._counts[place], self.all[place]


class Diagnosis:
    """What mistakes lead to in a case, each computed once, and which of them an answer is."""

    def __init__(self, case: Case) -> None:
        self.case = case
        self._there: dict[tuple[Value, ...], Diagnosis | None] = {}  # at other points

    @cached_property
    def _single(self) -> _Guesses:
        kinds = MISTAKES if self._is_small else MISTAKES[:KINDS_IN_LARGE_GRAPHS]
        return _Guesses(
            (verdict, guess)
            for verdict, guesses in kinds
            for guess in islice(guesses(self.case), MOST_GUESSES)
        )

    @cached_property
    def _pairs(self) -> _Guesses:
        pairs = two_mistakes(self.case, self._single.all) if self._is_small else ()
        found = [(Verdict.TWO_MISTAKES, guess) for guess in islice(pairs, MOST_PAIRS)]
        return _Guesses(found, self._single.count)

    @property
    def _is_small(self) -> bool:
        return len(self.case.edges) <= MOST_EDGES

    def mistake(
        self, given: Given, *, by_hand: bool = False, of: Collection[Verdict] = tuple(Verdict)
    ) -> Judgement | None:
        """Return the most plausible mistake that leads to the answer, and some that do as well.

        Args:
            given: the answer.
            by_hand: whether it may be as far off as when numbers are rounded on the way.
            of: the kinds of mistakes that are tried.
        """
        slack = self._by_hand(given) if by_hand else 0.0
        fits = self._fitting(given, slack, self._single, of)
        if not fits and given.half_unit and Verdict.SLIP in of:
            written = [(Verdict.SLIP, guess) for guess in slips(self.case, given.digits)]
            fits = self._fitting(given, slack, _Guesses(written, self._single.count), of)
        if not fits and Verdict.TWO_MISTAKES in of:
            fits = self._fitting(given, slack, self._pairs, of)
        return self._judgement(fits) if fits else None

    def _fitting(
        self, given: Given, slack: float, guesses: _Guesses, of: Collection[Verdict]
    ) -> list[_Fit]:
        """Return the mistakes that lead to the answer, the most plausible first.

        A number between half and twice the gradient, of either sign, is as near to a guess as a
        relative error r with a probability of r/log 4, and to one of n guesses with n·r/log 4.
        """
        relative = FLOAT_ERROR + slack + (0.0 if given.formula else _half_unit(given.number))
        # What a formula computes may cancel; a number that somebody wrote does not.
        noise = self.case.noise if given.formula else 0.0
        fits = []
        for count, (verdict, guess) in guesses.near(given, slack, noise):
            allowed = slack * abs(guess.number) + noise
            if verdict not in of or not given.is_close(guess.number, allowed):
                continue
            is_exact = verdict in OFTEN and given.is_exactly(guess.number)
            chance = 0.0 if is_exact else count * relative / math.log(4)
            if chance <= MOST_FITTING:
                fits.append(_Fit(verdict, guess, chance))
        # Of a number of few digits, what is exactly a mistake is likelier than what rounds to it.
        if given.half_unit and given.digits <= FEW_DIGITS:
            fits.sort(
                key=lambda fit: not (fit.verdict in OFTEN and given.is_exactly(fit.guess.number))
            )
        if given.formula is not None and fits:
            fits = self._that_fit_elsewhere(given.formula, fits)
        return self._different(fits)

    def _by_hand(self, given: Given) -> float:
        """Return how far off a number is, relatively, if all on the way had its digits.

        A mistake is taken to round as the gradient does.
        """
        if not given.by_hand or not self.case.gradient:
            return 0.0
        rounding = self.case.rounding_on_the_way(given.digits) / abs(self.case.gradient)
        return min(HAND_ERROR, rounding)

    def _that_fit_elsewhere(self, formula: Formula, fits: list[_Fit]) -> list[_Fit]:
        """Return the mistakes that lead to a formula at other numbers too, not by chance here.

        All leaves are moved at once; or, where numbers of the graph such as targets are written
        into a formula as numbers, the node alone that it is for, if something changes by that.
        """
        node = self.case.node
        replay = Replay(self.case.loss, node, formula.nodes)
        leaves = replay.leaves([node, *formula.nodes])
        for moved in (leaves, [node]):
            there = self._elsewhere(replay, moved)
            try:
                number = math.nan if there is None else formula.at(there.case.point.numbers)
            except FormulaError:  # too large a power there
                number = math.nan
            if there is None or not math.isfinite(number):
                return fits
            changes = moved is leaves or not math.isclose(number, formula.at({}), rel_tol=1e-9)
            if found := _that_fit_at(there, Given(number), fits) if changes else []:
                return found
        return []

    def _elsewhere(self, replay: Replay, moved: Sequence[Value]) -> Diagnosis | None:
        """Return the diagnosis where nodes have moved; None if a node has no rule.

        Formulas for a node mostly have the same leaves in them.
        """
        key = (*replay.order, *moved)
        if key not in self._there:
            if len(self._there) == MOST_ELSEWHERE:
                self._there.clear()
            point = replay.elsewhere(moved)
            case = Case(self.case.loss, self.case.node, point) if point else None
            self._there[key] = Diagnosis(case) if case else None
        return self._there[key]

    def _different(self, fits: list[_Fit]) -> list[_Fit]:
        """Return one fit for each kind of mistake, and for each set of products that was summed."""
        explained: dict[object, _Fit] = {}
        said: set[object] = set()
        for fit in fits:
            if fit.guess.key in said:
                continue
            said.add(fit.guess.key)
            # A value is a wrong operand too, of the rule nearest to the loss.
            explanation: object = fit.verdict
            if fit.verdict is Verdict.VALUE:
                explanation = Verdict.WRONG_OPERAND
            if follows := fit.guess.follows:
                products = (self.case.product(path) for path in self.case.paths if follows(path))
                explanation = tuple(sorted(f"{product:.6g}" for product in products))
            explained.setdefault(explanation, fit)
        return list(explained.values())

    def _judgement(self, fits: list[_Fit]) -> Judgement:
        first, *others = fits
        message, missing = self._words(first.guess)
        if first.chance > MOST_CHANCE:
            mistakes = f"{len(fits)} usual mistakes" if others else "one usual mistake"
            message = f"it fits {mistakes}, as a number of so few digits does by chance: {message}?"
            return Verdict.NOT_THE_GRADIENT, message, (), ()
        said = [self._words(other.guess)[0] for other in others[:MOST_OTHERS]]
        if left := len(others) - len(said):
            said.append(f"{left} other {'mistake' if left == 1 else 'mistakes'}")
        return first.verdict, message, missing, tuple(said)

    def _words(self, guess: Guess) -> tuple[str, tuple[Path, ...]]:
        """Return the message for a mistake and the paths that it leaves out."""
        case = self.case
        if guess.follows is None:
            return guess.message, ()
        if not case.paths:
            return f"some of the {in_words(case.count)} were followed: {guess.message}", ()
        missing = tuple(path for path in case.paths if not guess.follows(path))
        followed = case.count - len(missing)
        were = "was" if followed == 1 else "were"
        return f"{followed} of {case.count} paths {were} followed: {guess.message}", missing


def _that_fit_at(there: Diagnosis, answer: Given, fits: list[_Fit]) -> list[_Fit]:
    """Return the mistakes that lead to an answer at another point as well."""
    is_pair = fits[0].verdict is Verdict.TWO_MISTAKES
    guesses = there._pairs if is_pair else there._single
    keys = {guess.key for _, (_, guess) in guesses.near(answer, noise=there.case.noise)}
    return [fit for fit in fits if fit.guess.key in keys]


def _half_unit(number: float) -> float:
    """Return half a unit of the last digit that a number has, relative to it, as if rounded."""
    if not number or not math.isfinite(number):
        return 0.0
    digits = Decimal(repr(number)).normalize()
    exponent = digits.as_tuple().exponent
    assert isinstance(exponent, int)  # it is finite
    unit = Decimal(5).scaleb(min(exponent, 0) - 1)  # 20 is as exact as 21
    return min(float(unit / abs(digits)), MOST_ROUNDING)
