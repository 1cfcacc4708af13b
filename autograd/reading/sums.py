"""Sums over an index, Σᵢ wᵢxᵢ: written out, as the names with the index are labels of a graph."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from autograd.reading.tokens import Names, Token, fail
from autograd.reading.tree import Derivative, Name, Operation, Place, Sign, Term, bottom_up, fold

MOST_TERMS = 1000


def has_index(name: str, index: str) -> bool:
    """Return whether an index stands among those of a name: ``i`` in ``w_2i``."""
    return index in name.partition("_")[2]


def at_index(name: str, index: str, number: int) -> str:
    """Return a name with a number for an index.

    >>> at_index("w_2i1", "i", 3), at_index("i", "i", 3), at_index("h_t-1", "t", 3)
    ('w_231', 'i', 'h_2')
    """

    def shifted(found: re.Match[str]) -> str:
        return str(number + int(found[1] or 0))

    letter, line, indices = name.partition("_")
    return letter + line + re.sub(f"{re.escape(index)}([-+][0-9])?", shifted, indices)


def written_out(formula: str, token: Token, body: Term, names: Names) -> Term:
    """Return the sum that a sign ``Σ_i`` and its body stand for.

    Without bounds, the index runs over all that the names with it have, from 1 or 0.

    Raises:
        FormulaError: if that is not known, or no name has the index.
    """
    index = token.text
    varying = dict.fromkeys(name for name in _names(body) if _varies(name, index, names))
    if not varying:
        fail(formula, token.place, f"nothing in the sum has the index {index}")
    if token.bounds is not None:
        numbers = range(token.bounds[0], token.bounds[1] + 1)
    else:
        ranges = {_range(name, index, names) for name in varying} - {range(0)}
        if len(ranges) != 1:
            problem = f"over which {index}? write the bounds, as in Σ_{{{index}=1}}^{{4}}"
            fail(formula, token.place, problem)
        [numbers] = ranges
    if not numbers or len(numbers) * sum(1 for _ in bottom_up(body)) > MOST_TERMS:
        fail(formula, token.place, f"a sum has at least one and at most {MOST_TERMS:,} terms")
    first, *others = (_at(body, index, number, names) for number in numbers)
    extent = Place(token.place.start, body.extent.end)
    for other in others:
        terms = (first, other)
        first = Operation(place=token.place, extent=extent, sign=Sign.ADD, operands=terms)
    return replace(first, extent=extent)


def _names(body: Term) -> Iterator[str]:
    for term in bottom_up(body):
        if isinstance(term, Name):
            yield term.name
        elif isinstance(term, Derivative):
            yield from (term.of, term.by)


def _varies(name: str, index: str, names: Names) -> bool:
    return has_index(name, index) and not names.knows(name)


def _range(name: str, index: str, names: Names) -> range:
    """Return the numbers for which a name with an index is known; none if it has others too."""
    for first in (0, 1):
        end = first
        while end < MOST_TERMS and names.knows(at_index(name, index, end)):
            end += 1
        if end > first:
            return range(first, end)
    return range(0)


def _at(body: Term, index: str, number: int, names: Names) -> Term:
    """Return the body of a sum with a number for its index."""

    def named(name: str) -> str:
        return at_index(name, index, number) if _varies(name, index, names) else name

    def copied(term: Term, operands: list[Term]) -> Term:
        if isinstance(term, Name):
            return replace(term, name=named(term.name))
        if isinstance(term, Derivative):
            return replace(term, of=named(term.of), by=named(term.by))
        return replace(term, operands=tuple(operands))

    return fold(body, copied)
