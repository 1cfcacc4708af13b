"""Chains of named derivatives, ∂L/∂a21 · ∂a21/∂h13 + …: which factor doesn't belong where it is.

Each term of such a sum must telescope: the first factor is a derivative of the loss, each further
one of what the one before is by, and the last is by the node that is asked about. Factors without
derivatives, such as ``x`` for ∂a/∂w, may stand for a part of the way.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product

from autograd.derivations.answers import Formula, Given
from autograd.errors import FormulaError
from autograd.explanations.formulas import partial, written
from autograd.graph import computed_nodes, dependents
from autograd.reading import (
    PRODUCTS,
    Derivative,
    Operation,
    Sign,
    Term,
    bottom_up,
    fold,
    number_of,
)
from autograd.replaying import derivative_at, local_derivative_at
from autograd.text import short_number
from autograd.value import Value

MOST_PRODUCTS = 256  # of a formula that is multiplied out


def upside_down(formula: Formula) -> str:
    """Return which named derivative is upside down, also where the number is right: 0 may be."""
    if formula.of_arrays:
        return ""
    for term in bottom_up(formula.root):
        if isinstance(term, Derivative):
            link = _link(formula, term)
            if not link.depends and _depends(link.by, link.of):
                return _independent(link)
    return ""


def fault_of_chain(formula: Formula, loss: Value, node: Value) -> str:
    """Return what is wrong with a factor in a formula of named derivatives; empty if nothing is.

    >>> from autograd.derivations.equations import Question, read_claims
    >>> from autograd.graph import topological_order
    >>> from autograd.labels import Labels
    >>> w = Value(0.5, label="w")
    >>> a = w * 3; a.label = "a"
    >>> h = a.tanh(); h.label = "h"
    >>> labels = Labels(topological_order(h), {}, h)
    >>> [claim] = read_claims("∂h/∂a · ∂w/∂a", Question("w", w, labels))
    >>> fault_of_chain(claim.given.formula, h, w)
    '∂w/∂a is upside down: it is a that depends on w, so it must be ∂a/∂w'
    """
    if formula.of_arrays:
        return ""
    faults = (_fault(formula, factors, loss, node) for factors in _multiplied_out(formula.root))
    return next(filter(None, faults), "")


def is_chain(formula: Formula) -> bool:
    """Whether a formula is made of named derivatives alone."""
    terms = (term for factors in _multiplied_out(formula.root) for term in factors)
    return not formula.of_arrays and all(isinstance(term, Derivative) for term in terms)


def _multiplied_out(root: Term) -> list[list[Term]]:
    """Return the products that a formula is a sum of, without signs; what names none is whole."""

    def products(term: Term, operands: list[list[list[Term]]]) -> list[list[Term]]:
        factors = (each for sums in operands for factors in sums for each in factors)
        if isinstance(term, Operation) and any(isinstance(each, Derivative) for each in factors):
            if term.sign in (Sign.ADD, Sign.SUBTRACT):
                return [*operands[0], *operands[1]][:MOST_PRODUCTS]
            if term.sign is Sign.NEGATE:
                return operands[0]
            if term.sign in PRODUCTS and len(operands[0]) * len(operands[1]) <= MOST_PRODUCTS:
                return [[*left, *right] for left, right in product(*operands)]
        return [[term]]

    return fold(root, products)


@dataclass(frozen=True)
class _Link:
    """A named derivative in a chain: of which node, by which, and how it was written."""

    of: Value
    by: Value
    text: str

    @cached_property
    def depends(self) -> bool:
        return self.of is self.by or _depends(self.of, self.by)


def _depends(node: Value, on: Value) -> bool:
    return node in dependents(computed_nodes(node), [on])[1] and node is not on


def _fault(formula: Formula, factors: Sequence[Term], loss: Value, node: Value) -> str:
    links = [_link(formula, each) for each in factors if isinstance(each, Derivative)]
    others = [each for each in factors if not isinstance(each, Derivative)]
    if not links or any(_names_derivatives(each) for each in others):
        return ""
    for link in links:
        if not link.depends:
            return _independent(link)
        if link.of is link.by:
            return f"{link.text} is 1: a factor that says nothing"
    gaps = list(_gaps(links, loss, node))
    for start, end, before in gaps:
        if not _depends(start, end):
            return _superfluous(start, node, before, links)
    if not gaps:
        return "" if not others else _superfluous_others(formula, others)
    missing = " · ".join(partial(start, end) for start, end, _ in gaps)
    if not others:
        return f"{missing} is missing" if len(gaps) == 1 else f"{missing} are missing"
    return _in_place_of(formula, others, gaps, missing)


def _link(formula: Formula, term: Derivative) -> _Link:
    labels = formula.labels
    return _Link(labels.node(term.of), labels.node(term.by), formula.text[slice(*term.place)])


def _names_derivatives(term: Term) -> bool:
    return any(isinstance(each, Derivative) for each in bottom_up(term))


def _independent(link: _Link) -> str:
    if _depends(link.by, link.of):
        right = partial(link.by, link.of)
        return (
            f"{link.text} is upside down: it is {written(link.by)} that depends on "
            f"{written(link.of)}, so it must be {right}"
        )
    return f"{link.text} is 0: {written(link.of)} does not depend on {written(link.by)}"


def _gaps(
    links: Sequence[_Link], loss: Value, node: Value
) -> Iterator[tuple[Value, Value, _Link | None]]:
    """Yield the parts of the way from the loss to the node that no link is for.

    Each has the link that comes after it, or None at the end of the way.
    """
    at, left = loss, list(links)
    while left:
        following = [link for link in left if link.of is at]
        strays = [link for link in left if not _depends(at, link.of)]
        # Of those that the way may still come to, the nearest is the next.
        link = (following or strays or sorted(left, key=lambda link: _before(link, left)))[0]
        if link.of is not at:
            yield at, link.of, link
        left.remove(link)
        at = link.by
    if at is not node:
        yield at, node, None


def _before(link: _Link, links: Sequence[_Link]) -> int:
    """Return how many of the links stand before one on the way from the loss."""
    return sum(_depends(other.of, link.of) for other in links)


def _superfluous(start: Value, node: Value, link: _Link | None, links: Sequence[_Link]) -> str:
    beyond = [each.text for each in links if each.of is node]
    if link is None and beyond:
        return f"{beyond[0]} leads on beyond {written(node)}: it is one too many"
    if link is None:
        return (
            f"the chain leads to {written(start)}, which does not depend on {written(node)}, and "
            f"not to {written(node)}"
        )
    if start is node:
        return f"the other factors are the whole chain: {link.text} is one too many"
    return (
        f"{link.text} does not follow: the factors before it lead to {written(start)}, which does "
        f"not depend on {written(link.of)}"
    )


def _superfluous_others(formula: Formula, others: Sequence[Term]) -> str:
    """What is to be said of factors beside a chain that is whole; nothing if they make 1."""
    number = _number(formula, others)
    if Given(1.0).is_close(number) or Given(-1.0).is_close(number):
        return ""
    return f"the named factors are the whole chain: {_text(formula, others)} is one too many"


def _in_place_of(
    formula: Formula,
    others: Sequence[Term],
    gaps: Sequence[tuple[Value, Value, _Link | None]],
    missing: str,
) -> str:
    number = _number(formula, others)
    rights = [math.prod(choice) for choice in product(*(_numbers(s, e) for s, e, _ in gaps))]
    if any(Given(abs(number)).is_close(abs(right)) for right in rights):
        return ""
    return (
        f"{_text(formula, others)} = {short_number(number)} stands for {missing}, which is "
        f"{short_number(rights[0])}"
    )


def _numbers(start: Value, end: Value) -> list[float]:
    local = local_derivative_at(start, end, {})
    total = derivative_at(start, end, {})
    return [total] if local in (None, total) else [local, total]


def _number(formula: Formula, factors: Sequence[Term]) -> float:
    try:
        return math.prod(number_of(formula.text, each, formula.labels) for each in factors)
    except FormulaError:  # too large a power
        return math.nan


def _text(formula: Formula, factors: Sequence[Term]) -> str:
    return "·".join(formula.text[slice(*each.extent)] for each in factors)
