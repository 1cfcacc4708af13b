"""A formula as a tree: what stands where, before any number is known.

A tree is walked without recursion, by :func:`fold`: no formula is too deep for it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple, TypeVar

T = TypeVar("T")


class Place(NamedTuple):
    """Where a term stands in the text that it was read from."""

    start: int
    end: int


class Sign(Enum):
    """An operation that has a sign; products are told apart, as matrices have several."""

    ADD = "+"
    SUBTRACT = "-"
    MULTIPLY = "*"
    MATRIX_MULTIPLY = "@"  # also where no sign is written
    MULTIPLY_ENTRIES = "⊙"
    OUTER = "⊗"
    DIVIDE = "/"
    POWER = "**"
    EQUAL = "=="
    LESS = "<"
    GREATER = ">"
    LESS_OR_EQUAL = "<="
    GREATER_OR_EQUAL = ">="
    NEGATE = "negative"
    ROOT = "√"
    TRANSPOSE = "ᵀ"


PRODUCTS = (Sign.MULTIPLY, Sign.MATRIX_MULTIPLY, Sign.MULTIPLY_ENTRIES, Sign.OUTER)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Term:
    """Any piece of a formula that stands for something, and the pieces that it is made of.

    ``place`` is where its sign or name stands, and ``extent`` all of it, with its operands.
    """

    place: Place
    extent: Place
    operands: tuple[Term, ...] = ()


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Number(Term):
    """A number; ``digits`` are those that were written, and empty for ``½``."""

    number: float
    digits: str = ""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Name(Term):
    """What a label or a constant is called."""

    name: str


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Derivative(Term):
    """A derivative by its names, ``∂of/∂by``; the loss, where ``of`` is empty, as in ``∇by``.

    ``is_partial`` says that it is written with ∂, and not with d.
    """

    of: str
    by: str
    is_partial: bool = True


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Operation(Term):
    """One or two terms and the sign between, before or after them."""

    sign: Sign


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Call(Term):
    """A function of terms, or its slope, raised to a power or not: ``σ'(a)``, ``tanh²(a)``."""

    function: str
    is_slope: bool = False
    exponent: float = 1.0


@dataclass(frozen=True, slots=True, eq=False)
class Side:
    """What stands between two equals signs, or before or behind one."""

    root: Term
    place: Place


def fold(root: Term, of: Callable[[Term, list[T]], T]) -> T:
    """Return what a function makes of a tree: of each term, and what it made of its operands."""
    results: list[T] = []
    for term in bottom_up(root):
        n = len(term.operands)
        operands = results[len(results) - n :]
        del results[len(results) - n :]
        results.append(of(term, operands))
    [result] = results
    return result


def bottom_up(root: Term) -> Iterator[Term]:
    """Yield the terms of a tree, operands before what is made of them."""
    order, pending = [], [root]
    while pending:
        term = pending.pop()
        order.append(term)
        pending.extend(term.operands)
    return reversed(order)
