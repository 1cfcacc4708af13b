"""The mistakes that people make in a derivation, as a table: what each would have led to.

A gradient is a sum over paths of products of local derivatives, so each mistake is the same sum
with something changed: some paths left out, a local derivative replaced, a sign turned. A generator
for each kind yields :class:`Guess` after guess: the number that the mistake gives, and the words
for it. What the local derivatives of an op are taken for stands in ``local_derivatives`` here.
Which guess is the answer is for :mod:`autograd.derivations.judging` to find.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from autograd.derivations.cases import Case
from autograd.derivations.mistakes.factors import (
    doubled_or_halved,
    factors_of_a_path,
    product_rule,
    scale,
    sums_of_factors,
    whole_factors,
    wrong_factors,
)
from autograd.derivations.mistakes.guesses import Guess
from autograd.derivations.mistakes.losses import (
    another_loss,
    constant_denominator,
    mistaken_cross_entropy,
)
from autograd.derivations.mistakes.neighbours import (
    any_node,
    parts_of_operands,
    transposed,
    wrong_neighbours,
)
from autograd.derivations.mistakes.others import (
    another_node,
    steps,
    value_of_a_node,
    value_of_the_loss,
    values_for_derivatives,
)
from autograd.derivations.mistakes.rules import wrong_branch, wrong_operands, wrong_point
from autograd.derivations.mistakes.signs_and_paths import (
    one_path,
    overwritten,
    own_logits_only,
    paths_left_out,
    sets_of_paths,
    sign_of_a_part,
    terms_too_many,
    wrong_sign,
)
from autograd.derivations.mistakes.verdicts import Verdict

# In order of plausibility: of several that fit, the first is the diagnosis.
Kind = tuple[Verdict, Callable[[Case], Iterator[Guess]]]


MISTAKES: tuple[Kind, ...] = (
    (Verdict.MISSING_PATHS, own_logits_only),
    (Verdict.WRONG_SIGN, wrong_sign),
    (Verdict.OVERWRITTEN, overwritten),
    (Verdict.SCALE, scale),
    (Verdict.TRANSPOSED, transposed),
    (Verdict.MISSING_PATHS, paths_left_out),
    (Verdict.MISSING_PATHS, one_path),
    (Verdict.WRONG_BRANCH, wrong_branch),
    (Verdict.FACTOR, wrong_factors),
    (Verdict.VALUE, value_of_the_loss),
    (Verdict.WRONG_OPERAND, mistaken_cross_entropy),
    (Verdict.WRONG_OPERAND, wrong_operands),
    (Verdict.WRONG_OPERAND, constant_denominator),
    (Verdict.OTHER_LOSS, another_loss),
    (Verdict.WRONG_SIGN, sign_of_a_part),
    (Verdict.VALUE, value_of_a_node),
    (Verdict.WRONG_OPERAND, parts_of_operands),
    (Verdict.WRONG_OPERAND, values_for_derivatives),
    (Verdict.NEIGHBOUR, wrong_neighbours),
    (Verdict.WRONG_POINT, wrong_point),
    (Verdict.EXTRA_TERM, terms_too_many),
    (Verdict.FACTOR, factors_of_a_path),
    (Verdict.PRODUCT_RULE, product_rule),
    (Verdict.PRODUCT_RULE, sums_of_factors),
    (Verdict.STEP, steps),
    (Verdict.OTHER_NODE, another_node),
    (Verdict.MISSING_PATHS, sets_of_paths),
    (Verdict.NEIGHBOUR, any_node),
    (Verdict.FACTOR, whole_factors),
    (Verdict.SCALE, doubled_or_halved),
)


# The first is one of these, and there are at most so many of it; the second is none of those.
_CHEAP = (Verdict.SCALE, Verdict.FACTOR, Verdict.OVERWRITTEN)


_ALONE = (Verdict.WRONG_SIGN, Verdict.VALUE, Verdict.STEP, Verdict.OTHER_NODE)


MOST_FIRST = 24


def two_mistakes(case: Case, singles: Sequence[tuple[Verdict, Guess]]) -> Iterator[Guess]:
    """Yield what two mistakes at once lead to, one of which is cheap: a sign, a factor."""
    sign = next(guess for verdict, guess in singles if verdict is Verdict.WRONG_SIGN)
    for verdict, second in singles:
        if verdict not in _ALONE and second.number:
            yield _both(sign, second, -second.number)
    changes = [(verdict, guess) for verdict, guess in singles if guess.replaced]
    first = [
        guess
        for place, (verdict, guess) in enumerate(changes)
        if verdict in _CHEAP or (guess.follows and place == 0)
    ][:MOST_FIRST]
    done: set[Guess] = set()
    for one in first:
        done.add(one)
        derivative = case.after(one.replaced)
        for _, other in changes:
            if other not in done and one.replaced.keys().isdisjoint(other.replaced):
                yield _both(one, other, derivative(other.replaced))


def _both(first: Guess, second: Guess, number: float) -> Guess:
    words = [
        f"paths are left out: {each.words}" if each.follows else each.words
        for each in (first, second)
    ]
    return Guess(number, "; and ".join(words), *first.about, *second.about)
