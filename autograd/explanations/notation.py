"""Expressions and how they are written, in Unicode and in LaTeX.

An expression is built by mathematics itself: by operators on symbols, and by the functions of the
vocabulary below, which is one of those that the rules of :mod:`autograd.ops` can be read in.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import ClassVar, NamedTuple

from autograd.errors import OperandError
from autograd.ops import TABLE, Primitive
from autograd.text import printable, short_number

# Of more operands a function shows the first two and the last.
MOST_OPERANDS = 5


@dataclass(frozen=True, slots=True, eq=False)
class Expression:
    """A formula as a tree: what it is, of which operands; a symbol or number has its value."""

    kind: str
    operands: tuple[Expression, ...] = ()
    name: str = ""
    number: float = math.nan
    function: Primitive | None = None  # of a call, where an op is meant and not what it is called
    size: int = field(init=False)  # the symbols and signs in it, as it is written

    def __post_init__(self) -> None:
        shown = self.operands[:MOST_OPERANDS]
        own = 0 if self.kind == "whole" else 1
        object.__setattr__(self, "size", own + sum(operand.size for operand in shown))

    def __add__(self, other: Term) -> Expression:
        return _add(self, expression(other))

    def __radd__(self, other: Term) -> Expression:
        return _add(expression(other), self)

    def __sub__(self, other: Term) -> Expression:
        return _add(self, -expression(other))

    def __rsub__(self, other: Term) -> Expression:
        return _add(expression(other), -self)

    def __mul__(self, other: Term) -> Expression:
        return _multiply(self, expression(other))

    def __rmul__(self, other: Term) -> Expression:
        return _multiply(expression(other), self)

    def __truediv__(self, other: Term) -> Expression:
        return _divide(self, expression(other))

    def __rtruediv__(self, other: Term) -> Expression:
        return _divide(expression(other), self)

    def __pow__(self, other: Term) -> Expression:
        return _power(self, expression(other))

    def __rpow__(self, other: Term) -> Expression:
        return _power(expression(other), self)

    def __neg__(self) -> Expression:
        if self.kind == "negative":
            return self.operands[0]
        return self if _is(self, 0.0) else Expression("negative", (self,))

    def __lt__(self, other: Term) -> Expression:
        return _compare("<", self, other)

    def __le__(self, other: Term) -> Expression:
        return _compare("≤", self, other)

    def __gt__(self, other: Term) -> Expression:
        return _compare(">", self, other)

    def __ge__(self, other: Term) -> Expression:
        return _compare("≥", self, other)

    def __and__(self, other: Term) -> Expression:
        return _compare("and", self, other)

    def __bool__(self) -> bool:
        raise OperandError("a formula has no truth value: a rule chooses with m.where, not with if")


Term = Expression | float


def symbol(name: str, number: float = math.nan) -> Expression:
    return Expression("symbol", (), name, number)


def expression(term: Term) -> Expression:
    if isinstance(term, Expression):
        return term
    number = float(term)
    return -expression(-number) if number < 0.0 else Expression("number", (), "", number)


def whole(term: Expression) -> Expression:
    """Return an expression that the algebra below takes for one symbol: it is only written out."""
    return Expression("whole", (term,), "", term.number)


def call(name: str, *operands: Term) -> Expression:
    return Expression("call", tuple([expression(operand) for operand in operands]), name)


def _compare(sign: str, a: Term, b: Term) -> Expression:
    return Expression("compare", (expression(a), expression(b)), sign)


# A little algebra while a formula is built, so that 1 - y * y reads as 1 - y².


def _is(term: Expression, number: float) -> bool:
    return term.kind == "number" and term.number == number


def _add(a: Expression, b: Expression) -> Expression:
    if _is(a, 0.0):
        return b
    if _is(b, 0.0):
        return a
    if b.kind == "negative":
        return Expression("subtract", (a, b.operands[0]))
    return Expression("add", (a, b))


def _multiply(a: Expression, b: Expression) -> Expression:
    if _is(a, 1.0):
        return b
    if _is(b, 1.0):
        return a
    if a.kind == "negative":
        return -(a.operands[0] * b)
    if b.kind == "negative":
        return -(a * b.operands[0])
    (left, m), (right, n) = _base_and_exponent(a), _base_and_exponent(b)
    if left is right:
        return left ** (m + n)
    if a.kind == "multiply" and _base_and_exponent(a.operands[1])[0] is right:
        return a.operands[0] * (a.operands[1] * b)
    return Expression("multiply", (a, b))


def _divide(a: Expression, b: Expression) -> Expression:
    if a.kind == "negative":
        return -(a.operands[0] / b)
    return Expression("divide", (a, b))


def _power(base: Expression, exponent: Expression) -> Expression:
    return base if _is(exponent, 1.0) else Expression("power", (base, exponent))


def _base_and_exponent(term: Expression) -> tuple[Expression, float]:
    if term.kind == "power" and term.operands[1].kind == "number":
        return term.operands[0], term.operands[1].number
    return term, 1.0


class Vocabulary:
    """The vocabulary that rules are read in; what is not named here is written f(x)."""

    pi = symbol("π", math.pi)

    def __getattr__(self, name: str) -> Callable[..., Expression]:
        return lambda *operands: call(name, *operands)

    def divide(self, a: Term, b: Term) -> Expression:
        return expression(a) / b

    def power(self, a: Term, b: Term) -> Expression:
        return expression(a) ** b

    def exp(self, x: Term) -> Expression:
        return Expression("exp", (expression(x),))

    def exp2(self, x: Term) -> Expression:
        return self.power(2.0, x)

    def expm1(self, x: Term) -> Expression:
        return self.exp(x) - 1

    def log1p(self, x: Term) -> Expression:
        return call("log", 1 + expression(x))

    def sqrt(self, x: Term) -> Expression:
        return Expression("root", (expression(x),))

    def abs(self, x: Term) -> Expression:
        return Expression("absolute", (expression(x),))

    def equal(self, a: Term, b: Term) -> Expression:
        return _compare("=", a, b)

    def where(self, condition: Term, a: Term, b: Term) -> Expression:
        return Expression("where", (expression(condition), expression(a), expression(b)))

    def polygamma(self, order: int, x: Term) -> Expression:
        return call("digamma", x) if order == 0 else call("polygamma", order, x)


vocabulary = Vocabulary()


# Writing expressions down.


class Text(NamedTuple):
    """A piece of formula, and how strongly its outermost operation binds."""

    text: str
    strength: int


CHOICE, CONDITION, SUM, QUOTIENT, PRODUCT, POWER, ATOM = range(7)

_SUPERSCRIPTS = str.maketrans(
    "0123456789+-()abcdefghijklmnoprstuvwxyzABDEGHIJKLMNOPRTUVWφβγδ",
    "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁽⁾ᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒᵖʳˢᵗᵘᵛʷˣʸᶻᴬᴮᴰᴱᴳᴴᴵᴶᴷᴸᴹᴺᴼᴾᴿᵀᵁⱽᵂᵠᵝᵞᵟ",
)
FROM_SUPERSCRIPT = {raised: plain for plain, raised in _SUPERSCRIPTS.items()}
_SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
PLAIN_DIGITS = str.maketrans("₀₁₂₃₄₅₆₇₈₉", "0123456789")


def subscript(number: int) -> str:
    return str(number).translate(_SUBSCRIPTS)


def superscript(text: str) -> str | None:
    """Return the text raised, or None where Unicode lacks a letter for that."""
    raised = text.replace(" ", "").translate(_SUPERSCRIPTS)
    return raised if not set(raised) & set(text) else None


class UnicodeWriter:
    """Write expressions in Unicode: each kind of expression has a method of its name."""

    times = "·"
    juxtaposed = ""  # between factors that need no sign
    functions: ClassVar[dict[str, str]] = {
        **{op.name: op.symbol for op in TABLE.values() if op.symbol},
        "digamma": "ψ",
    }

    def write(self, root: Expression) -> str:
        """Return the whole expression as text."""
        return self.pieces(root).text

    def pieces(self, root: Expression) -> Text:
        """Write operands before what uses them, without recursion."""
        written: dict[Expression, Text] = {}
        stack = [root]
        while stack:
            term = stack[-1]
            if missing := [operand for operand in term.operands if operand not in written]:
                stack.extend(missing)
                continue
            stack.pop()
            pieces = [written[operand] for operand in term.operands]
            written[term] = getattr(self, term.kind)(term, *pieces)
        return written[root]

    def at(self, strength: int, piece: Text) -> str:
        """Return the piece, in parentheses where it binds too weakly."""
        return piece.text if piece.strength >= strength else self.parenthesised(piece.text)

    def parenthesised(self, text: str) -> str:
        return f"({text})"

    def derivative(self, value: Expression, parameter: Expression) -> str:
        """Return the left-hand side, ∂value/∂parameter."""
        return f"∂{self.at(POWER, self.pieces(value))}/∂{self.at(POWER, self.pieces(parameter))}"

    def name(self, name: str) -> str:
        return one_line(name)

    def text(self, words: str) -> str:
        """Return words that stand next to a formula."""
        return words

    def decimal(self, number: float) -> str:
        """Return a number with the digits that people are shown."""
        return short_number(number)

    def number(self, term: Expression) -> Text:
        return Text("∞" if term.number == math.inf else f"{term.number:g}", ATOM)

    def symbol(self, term: Expression) -> Text:
        # Labels are the user's: one like "x + 1" needs parentheses, -2 too.
        return Text(self.name(term.name), SUM if re.search(r"[\s+*/·-]", term.name) else ATOM)

    def whole(self, term: Expression, inner: Text) -> Text:
        return inner

    def add(self, term: Expression, a: Text, b: Text) -> Text:
        return Text(f"{self.at(SUM, a)} + {self.at(QUOTIENT, b)}", SUM)

    def subtract(self, term: Expression, a: Text, b: Text) -> Text:
        return Text(f"{self.at(SUM, a)} - {self.at(QUOTIENT, b)}", SUM)

    def negative(self, term: Expression, x: Text) -> Text:
        return Text(f"-{self.at(QUOTIENT, x)}", SUM)

    def multiply(self, term: Expression, a: Text, b: Text) -> Text:
        times = self.juxtaposed if b.strength < QUOTIENT else self.times
        return Text(f"{self.at(PRODUCT, a)}{times}{self.at(QUOTIENT, b)}", PRODUCT)

    def divide(self, term: Expression, a: Text, b: Text) -> Text:
        return Text(f"{self.at(PRODUCT, a)}/{self.at(POWER, b)}", QUOTIENT)

    def power(self, term: Expression, base: Text, exponent: Text) -> Text:
        raised = superscript(exponent.text) or f"^{self.at(ATOM, exponent)}"
        if term.operands[0].kind == "call":  # tanh²(x)
            function, opening, operands = base.text.partition("(")
            return Text(f"{function}{raised}{opening}{operands}", ATOM)
        return Text(f"{self.at(ATOM, base)}{raised}", POWER)

    def exp(self, term: Expression, x: Text) -> Text:
        raised = superscript(x.text)
        return Text(f"e{raised}", POWER) if raised else Text(f"exp({x.text})", ATOM)

    def root(self, term: Expression, x: Text) -> Text:
        return Text(f"√{self.at(ATOM, x)}", POWER)

    def absolute(self, term: Expression, x: Text) -> Text:
        return Text(f"|{x.text}|", ATOM)

    def compare(self, term: Expression, a: Text, b: Text) -> Text:
        return Text(f"{self.at(CONDITION, a)} {term.name} {self.at(CONDITION, b)}", CONDITION)

    def where(self, term: Expression, condition: Text, a: Text, b: Text) -> Text:
        return Text(f"{self.at(SUM, a)} if {condition.text}, else {b.text}", CHOICE)

    def call(self, term: Expression, *operands: Text) -> Text:
        texts = [operand.text for operand in operands]
        if len(texts) > MOST_OPERANDS:
            texts = [*texts[:2], self.name("…"), texts[-1]]
        function = self.function(term.name) if term.function is None else self.op(term.function)
        return Text(f"{function}{self.parenthesised(', '.join(texts))}", ATOM)

    def op(self, op: Primitive) -> str:
        """Return what an op is called, whatever other op has its name."""
        return op.symbol or op.name

    def function(self, name: str) -> str:
        """Return how a function of the vocabulary is written."""
        return self.functions.get(name, name)


class LatexWriter(UnicodeWriter):
    """Write expressions in LaTeX."""

    times = r" \cdot "
    juxtaposed = " "
    functions: ClassVar[dict[str, str]] = {
        **{op.name: op.latex for op in TABLE.values() if op.latex},
        "digamma": r"\psi",
        "Φ": r"\Phi",
        "φ": r"\varphi",
    }
    signs: ClassVar[dict[str, str]] = {"≤": r"\le", "≥": r"\ge", "and": r"\text{ and }"}

    def parenthesised(self, text: str) -> str:
        return rf"\left({text}\right)"

    def derivative(self, value: Expression, parameter: Expression) -> str:
        above, below = self.pieces(value), self.pieces(parameter)
        return rf"\frac{{\partial {self.at(POWER, above)}}}{{\partial {self.at(POWER, below)}}}"

    def name(self, name: str) -> str:
        return latex_name(one_line(name))

    def text(self, words: str) -> str:
        return rf"\text{{{words}}}"

    def decimal(self, number: float) -> str:
        return latex_number(short_number(number))

    def number(self, term: Expression) -> Text:
        return Text(latex_number(f"{term.number:g}"), ATOM)

    def divide(self, term: Expression, a: Text, b: Text) -> Text:
        return Text(rf"\frac{{{a.text}}}{{{b.text}}}", PRODUCT)

    def power(self, term: Expression, base: Text, exponent: Text) -> Text:
        raised = f"^{{{exponent.text}}}"
        if term.operands[0].kind == "call":
            function, opening, operands = base.text.partition(r"\left(")
            return Text(f"{function}{raised}{opening}{operands}", ATOM)
        return Text(f"{self.at(ATOM, base)}{raised}", POWER)

    def exp(self, term: Expression, x: Text) -> Text:
        return Text(f"e^{{{x.text}}}", POWER)

    def root(self, term: Expression, x: Text) -> Text:
        return Text(rf"\sqrt{{{x.text}}}", ATOM)

    def absolute(self, term: Expression, x: Text) -> Text:
        return Text(rf"\left|{x.text}\right|", ATOM)

    def compare(self, term: Expression, a: Text, b: Text) -> Text:
        sign = self.signs.get(term.name, term.name)
        return Text(f"{self.at(CONDITION, a)} {sign} {self.at(CONDITION, b)}", CONDITION)

    def where(self, term: Expression, condition: Text, a: Text, b: Text) -> Text:
        otherwise = rf"{b.text} & \text{{otherwise}}"
        if term.operands[2].kind == "where":  # its cases are more cases of this one
            otherwise = b.text.removeprefix(r"\begin{cases} ").removesuffix(r" \end{cases}")
        cases = rf"{a.text} & \text{{if }} {condition.text} \\ {otherwise}"
        return Text(rf"\begin{{cases}} {cases} \end{{cases}}", CHOICE)

    def op(self, op: Primitive) -> str:
        return op.latex or rf"\operatorname{{{escape_latex(op.name)}}}"

    def function(self, name: str) -> str:
        return self.functions.get(name) or rf"\operatorname{{{escape_latex(name)}}}"


WRITERS: dict[str, type[UnicodeWriter]] = {"unicode": UnicodeWriter, "latex": LatexWriter}


def one_line(text: str) -> str:
    """Return text without the line breaks and control characters that an answer may have."""
    return printable(" ".join(text.split()))


_ACCENTS = {"\u0302": "hat", "\u0303": "tilde", "\u0304": "bar", "\u0307": "dot"}
_NAME = re.compile(
    rf"([^\W\d_₀-₉]+)([{''.join(_ACCENTS)}]?)"  # letters, the last with an accent
    r"(?:([\d₀-₉]+)|_([^\W_]+))?(′*)"  # an index, or _word; primes
)


def latex_name(name: str) -> str:
    r"""Return a label as LaTeX: ``ŷ1`` is ``\hat{y}_{1}``, ``w_in`` is ``w_{\mathrm{in}}``.

    >>> print(latex_name("ŷ1"), latex_name("w212"), latex_name("η"), latex_name("loss"))
    \hat{y}_{1} w_{212} \eta \mathrm{loss}
    """
    if name == "…":
        return r"\cdots"
    if re.fullmatch(r"-?[\d.]+(e[+-]\d+)?", name):
        return latex_number(name)
    parts = _NAME.fullmatch(unicodedata.normalize("NFD", name))
    if parts is None:
        return rf"\text{{{escape_latex(name)}}}"
    stem, accent, digits, word, primes = parts.groups()
    if len(stem) == 1:
        greek = re.fullmatch(r"GREEK (SMALL|CAPITAL) LETTER ([A-Z]+)", unicodedata.name(stem))
        if greek:
            command = greek[2].replace("LAMDA", "LAMBDA")
            stem = "\\" + (command.lower() if greek[1] == "SMALL" else command.capitalize())
    else:
        stem = rf"\mathrm{{{stem}}}"
    if accent:
        stem = rf"\{_ACCENTS[accent]}{{{stem}}}"
    below = digits or word or ""
    if below:
        below = below.translate(PLAIN_DIGITS)
        stem += f"_{{{below}}}" if len(below) == 1 or digits else rf"_{{\mathrm{{{below}}}}}"
    return stem + "'" * len(primes)


def latex_number(number: str) -> str:
    r"""Return a formatted number as LaTeX.

    >>> print(latex_number("1e-05"), latex_number("-inf"))
    1 \times 10^{-5} -\infty
    """
    mantissa, _, exponent = number.partition("e")
    if exponent:
        return rf"{mantissa} \times 10^{{{int(exponent)}}}"
    return number.replace("inf", r"\infty").replace("nan", r"\text{nan}")


def escape_latex(text: str) -> str:
    """Return text as LaTeX shows it literally."""
    commands = {"\\": r"\textbackslash{}", "^": r"\textasciicircum{}", "~": r"\textasciitilde{}"}
    return re.sub(r"[\\^~_{}$&#%]", lambda match: commands.get(match[0], "\\" + match[0]), text)


def symbols_in(*terms: Expression) -> set[str]:
    """Return the names that stand in expressions.

    >>> sorted(symbols_in(symbol("w", 2.0) * symbol("x", 3.0) + 1))
    ['w', 'x']
    """
    names: set[str] = set()
    pending = [*terms]
    while pending:
        term = pending.pop()
        if term.kind == "symbol":
            names.add(term.name)
        pending += term.operands
    return names


def named_after(name: str, index: int) -> Callable[[int], str] | None:
    """Return how the others of a vector are called if a name, like ŷ1 or p[0], ends in its index.

    Places count from 0 or from 1.

    >>> of = named_after("ŷ2", 1)
    >>> of(0), of(2), named_after("h7", 1)
    ('ŷ1', 'ŷ3', None)
    """
    parts = re.fullmatch(r"(.*?)([0-9]+|[₀-₉]+)(\]?)", name)
    if index < 0 or parts is None:
        return None
    stem, digits, end = parts.groups()
    first = int(digits.translate(PLAIN_DIGITS)) - index
    if first not in (0, 1):
        return None
    return lambda j: stem + (str if digits.isascii() else subscript)(j + first) + end
