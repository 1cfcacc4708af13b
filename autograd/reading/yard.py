"""The shunting yard itself: operands that were found, and what waits for more of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NoReturn

from autograd.reading.tokens import Kind, Token, fail
from autograd.reading.tree import Operation, Place, Sign, Term

(
    OPEN, CHOICE, AND, COMPARISON, SUM, ENTRIES, PRODUCT, SIGN, POWER, ROOT, FUNCTION,
) = range(11)  # fmt: skip
BINARY = {
    "==": COMPARISON,
    "<": COMPARISON,
    ">": COMPARISON,
    "<=": COMPARISON,
    ">=": COMPARISON,
    "+": SUM,
    "-": SUM,
    "*": PRODUCT,
    "@": PRODUCT,
    "⊙": PRODUCT,
    "⊗": PRODUCT,
    "/": PRODUCT,
    "**": POWER,
}
PREFIX = {"+": SIGN, "-": SIGN, "√": ROOT}
CLOSING = {"(": ")", "[": "]", "{": "}", "|": "|"}

# What becomes of an operator or a bracket and its operands.
Make = Callable[[tuple[Term, ...]], Term]


@dataclass(frozen=True, slots=True)
class Pending:
    """An operator that waits for its right operand, or a parenthesis that waits to be closed."""

    token: Token
    precedence: int
    make: Make
    operands: int  # how many it takes; for a parenthesis, how many there were when it opened
    closing: str = ""


class Yard:
    """One run of the shunting yard, whose operators and brackets a parser decides upon."""

    def __init__(self, formula: str) -> None:
        self.formula = formula
        self.operands: list[Term] = []
        self.pending: list[Pending] = []

    def wait(self, token: Token, precedence: int, make: Make, operands: int) -> None:
        self.pending.append(Pending(token, precedence, make, operands))

    def open(self, token: Token, make: Make) -> None:
        bracket = token.bracket if token.kind is Kind.CALL else token.text
        opened = Pending(token, OPEN, make, len(self.operands), CLOSING[bracket])
        self.pending.append(opened)

    def apply_down_to(self, precedence: int) -> None:
        """Apply the waiting operators that bind at least as strongly as this."""
        while self.pending and self.pending[-1].precedence >= precedence:
            waiting = self.pending.pop()
            if waiting.precedence == CHOICE and not waiting.operands:
                self.fail(waiting.token, "what is it otherwise? write: 1 if a > 0, else 0")
            operands = tuple(self.operands[-waiting.operands :])
            del self.operands[-waiting.operands :]
            self.operands.append(waiting.make(operands))

    def fail(self, token: Token, problem: str) -> NoReturn:
        fail(self.formula, token.place, problem)


def operation(token: Token, sign: Sign, operands: tuple[Term, ...]) -> Term:
    extent = extent_of(token, operands)
    return Operation(place=token.place, extent=extent, sign=sign, operands=operands)


def extent_of(token: Token, operands: tuple[Term, ...]) -> Place:
    """Return where a sign or a name and its operands stand."""
    places = [token.place, *(each.extent for each in operands)]
    return Place(min(place.start for place in places), max(place.end for place in places))


def prefixed(token: Token) -> Make:
    if token.text == "+":
        return only
    sign = Sign.NEGATE if token.text == "-" else Sign.ROOT
    return lambda operands: operation(token, sign, operands)


def only(operands: tuple[Term, ...]) -> Term:
    """What a parenthesis makes of its operand that belongs to no function."""
    [operand] = operands
    return operand
