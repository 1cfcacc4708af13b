r"""Formulas cut into tokens, in the notation of keyboards, of Unicode, of LaTeX, or mixed.

Each token knows its place in the text as it was written; what it says is the same in every
notation: ``\hat{y}_1``, ``ŷ_1`` and ``ŷ₁`` are one name, ``\cdot`` and ``·`` one product.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import NoReturn, Protocol

from autograd.errors import FormulaError, did_you_mean
from autograd.explanations.notation import FROM_SUPERSCRIPT
from autograd.reading.functions import function_called
from autograd.reading.latex import (
    ACCENTS,
    COMMANDS,
    STYLES,
)
from autograd.reading.spelling import (
    CLOSING_BRACE,
    COMMAND,
    DIGITS,
    RAISED,
    Spelling,
)
from autograd.reading.tree import Place


class Kind(Enum):
    """What a token is."""

    NUMBER = "number"
    FRACTION = "fraction"
    INDICATOR = "indicator"  # the 1 before a condition
    NAME = "name"
    QUOTED = "quoted"  # a name in backquotes
    SUM = "sum"  # over an index
    CALL = "call"  # a name, and what may stand between it and the bracket that follows it
    DERIVATIVE = "derivative"
    RAISED = "raised"  # an integer above the line
    SYMBOL = "symbol"
    END = "end"


_RAISED_INTEGER = re.compile(rf"⁻?[{DIGITS}]+")
_PRIMES = re.compile(r"(?:['′’]|\^\{?\\prime\}?)*")
_NUMBER = re.compile(r"(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_NUMBER_WITH_COMMA = re.compile(r"(?:[0-9]+(?:,[0-9]+)?|,[0-9]+)(?:[eE][+-]?[0-9]+)?")
_FRACTION = re.compile("[¼-¾⅐-⅞↉]")
_SPACE = re.compile(
    r"\s+|\\[,;:! ()[\]]|[~&$]"
    r"|\\(?:q?quad|displaystyle|textstyle|limits|left|right|middle|[bB]igg?[lrm]?)(?![A-Za-z])"
)
_SYMBOL = re.compile(
    r":=|<-|<=|>=|\*\*|[-+*/^(),;=√|<>≤≥←≈@ᵀ[\]{}·⋅∙•‧∗⊙∘⊗×✕−–÷∕⁄]|\\[{}|]|\\[a-zA-Z]+"
)
_SIGNS = frozenset("()[]+-/|")  # with which no other token begins
_EXPONENT = re.compile(r"(?:\^|\*\*)(?:(?P<bare>[0-9]+)|\{(?P<group>-?[0-9]+)\})")
_SAME = {
    **dict.fromkeys("·⋅∙•‧∗×✕", "*"),
    **dict.fromkeys("−–", "-"),
    **dict.fromkeys("÷∕⁄", "/"),
    **dict.fromkeys((":=", "←", "<-", "≈"), "="),
    "∘": "⊙", "^": "**", "≤": "<=", "≥": ">=",
    r"\{": "{", r"\}": "}", r"\|": "|",
}  # fmt: skip
# What stands between the cases of a formula, as words of a formula.
_CASES = (
    (re.compile(r"\\begin\s*\{cases\}"), Kind.SYMBOL, "("),
    (re.compile(r"\\end\s*\{cases\}"), Kind.SYMBOL, ")"),
    (re.compile(r"\\(?:text|mathrm)\s*\{\s*(?:if|for|when|falls)\s*\}"), Kind.NAME, "if"),
    (re.compile(r"\\(?:text|mathrm)\s*\{\s*and\s*\}"), Kind.NAME, "and"),
    (re.compile(r"\\\\"), Kind.NAME, "else"),
)
_OTHERWISE = re.compile(r"\\(?:text|mathrm)\s*\{\s*(?:otherwise|else)\s*\}")
_PARTIAL = re.compile(r"[∂𝜕𝛛𝝏𝞉]|\\partial(?![A-Za-z])|δ|\\delta(?![A-Za-z])")
_TOTAL = re.compile(r"\\mathrm\s*\{\s*d\s*\}|d")
_NABLA = re.compile(r"∇|\\nabla(?![A-Za-z])|grad (?=\w)")
_OVER = re.compile(r"\s*(?:[/÷∕⁄]|\\div(?![A-Za-z]))\s*")
_FRAC = re.compile(r"\\[dt]?frac(?![A-Za-z])\s*")
_OF_PARAMETERS = re.compile(r"\s*\(\s*(?:θ|\\theta)\s*\)")
_DOT_T = re.compile(r"\.T(?!\w)")
_SUM = re.compile(
    r"(?:[Σ∑]|\\sum(?:\\limits)?)\s*_\s*(?:([a-z])(?!\w)|\{\s*([a-z])\s*(?:=\s*([0-9]{1,4})\s*)?\})"
    r"(?:\s*\^\s*(?:([0-9])|\{\s*([0-9]{1,4})\s*\}))?"
)
_BARE_SUM = re.compile(r"[Σ∑]|\\sum(?:\\limits)?(?![A-Za-z])")
_INDEXED = re.compile(r"([^\W\d]+)_(?:([a-z])(?!\w)|\{\s*([a-z])\s*\})")
# The 1 that is 1 where the condition behind it holds, and 0 elsewhere.
_INDICATOR = re.compile(
    r"(?:\\(?:mathbb|mathbf|mathds|mathbbm|boldsymbol|bm)\s*(?:\{\s*[1I]\s*\}|\s[1I])|𝟙|𝟏"
    r"|1(?=\s*_\s*\{))(?:\s*_)?(?=\s*(?:\\left\s*)?\\?[(\[{])"
)
_GAP = re.compile(r"\s*")
_OPENING = re.compile(r"\s*\{\s*")
_BELOW = re.compile(r"\s*_\s*(\{?)\s*")
_TWO_DIGITS = re.compile(r"([0-9])\s*([0-9])")
_TRANSPOSED = re.compile(r"\s*(\{\s*)?(T(?!\w)|\\top|\\intercal|ᵀ)\s*(?(1)\})")
_LAYER_ABOVE = re.compile(r"\s*\{\s*[(\[]\s*\w+\s*[)\]]\s*\}")
ALLOWED = (
    "numbers, labels (unusual ones in `backquotes`), functions, + - * / ** | ( ), "
    "derivatives such as ∂L/∂w"
)


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of a formula: what it says, and where that stands.

    Of a derivative, ``text`` is by what and ``of`` is of what. Of a call, there may be primes, an
    exponent, and always the bracket that opens.
    """

    kind: Kind
    text: str
    place: Place
    of: str = ""
    is_partial: bool = True
    primes: int = 0
    raised: str = ""
    bracket: str = "("
    opens: int = 0  # where the bracket stands
    bounds: tuple[int, int] | None = None  # of a sum, whose text is its index


def fail(
    formula: str, place: Place, problem: str, error: type[FormulaError] = FormulaError
) -> NoReturn:
    """Raise an error that shows the formula, or the part of a long one, with carets below."""
    start, end = place
    first = max(0, start - 40)
    before = formula[first:start]
    shown = formula[first : start + 40]
    indent = " " * sum(not unicodedata.combining(character) for character in before)
    carets = "^" * max(1, min(end - start, 40))
    raise error(f"{problem}\n    {_one_line(shown)}\n    {indent}{carets}") from None


def _one_line(text: str) -> str:
    return "".join(" " if character.isspace() else character for character in text)


class Names(Protocol):
    """What names mean where a formula is read."""

    @property
    def functions(self) -> Mapping[str, Callable[..., float]]: ...

    def knows(self, name: str) -> bool:
        """Return whether there is a number, or several, of this name."""

    def number(self, name: str) -> float:
        """Return the number of a name, or raise a LabelError."""

    def is_loss(self, name: str) -> bool:
        """Return whether it is the loss that is called so."""


def tokens(formula: str, names: Names, *, decimal_comma: bool = False) -> Iterator[Token]:
    """Yield the tokens of a formula, and one at its end.

    With a decimal comma 0,5 is a number, and ``;`` is between the operands of functions.

    Raises:
        FormulaError: where something stands that has no place in a formula.
    """
    return _Scanner(formula, names, decimal_comma).scan()


class _Scanner:
    """Cuts one formula; the ``braces`` of LaTeX that are open close what began them."""

    def __init__(self, formula: str, names: Names, decimal_comma: bool) -> None:
        self.formula = formula
        self.names = names
        self.number = _NUMBER_WITH_COMMA if decimal_comma else _NUMBER
        self.separator = ";" if decimal_comma else ","
        self.spelling = Spelling(formula, names.knows)
        self.braces: list[str] = []

    def scan(self, start: int = 0) -> Iterator[Token]:
        position = start
        while position < len(self.formula):
            space = _SPACE.match(self.formula, position)
            if space or (space := _OTHERWISE.match(self.formula, position)):
                position = space.end()
                continue
            found, position = self._next(position)
            yield from found
        yield Token(Kind.END, "", Place(position, position + 1))

    def _next(self, at: int) -> tuple[list[Token], int]:
        """Return the tokens that begin at a place, and where they end."""
        if (sign := self.formula[at]) in _SIGNS:
            return [Token(Kind.SYMBOL, sign, Place(at, at + 1))], at + 1
        if match := _INDICATOR.match(self.formula, at):
            return [Token(Kind.INDICATOR, "1", Place(*match.span()))], match.end()
        for kind, pattern in ((Kind.NUMBER, self.number), (Kind.FRACTION, _FRACTION)):
            if match := pattern.match(self.formula, at):
                text = match[0].replace(",", ".")
                return [Token(kind, text, Place(at, match.end()))], match.end()
        if self.formula[at] == "`" and (end := self.formula.find("`", at + 2)) > 0:
            place = Place(at + 1, end)
            return [Token(Kind.QUOTED, self.formula[at + 1 : end], place)], end + 1
        if match := _DOT_T.match(self.formula, at):
            return [Token(Kind.SYMBOL, "ᵀ", Place(*match.span()))], match.end()
        for pattern, kind, text in _CASES if sign == "\\" else ():
            if match := pattern.match(self.formula, at):
                return [Token(kind, text, Place(at, match.end()))], match.end()
        if derivative := self._derivative(at):
            return [derivative], derivative.place.end
        if match := _FRAC.match(self.formula, at):
            return self._fraction(at, match.end())
        if match := _SUM.match(self.formula, at):
            return self._sum(match), match.end()
        match = _BARE_SUM.match(self.formula, at)
        if match and (index := self._index_of_terms(match.end())):
            return [Token(Kind.SUM, index, Place(*match.span()))], match.end()
        if match := RAISED.match(self.formula, at):
            return self._raised(at, match.end()), match.end()
        if name := self.spelling.name(at):
            return self._named(at, *name)
        return self._symbol(at)

    def _symbol(self, at: int) -> tuple[list[Token], int]:
        match = _SYMBOL.match(self.formula, at)
        if match is None or (match[0] in (",", ";") and match[0] != self.separator):
            character = self.formula[at]
            fail(
                self.formula,
                Place(at, at + 1),
                f"{character!r} has no place in a formula; allowed are {ALLOWED}",
            )
        text = match[0]
        command = COMMAND.fullmatch(text)
        if command:
            if command[1] not in COMMANDS:
                hint = did_you_mean(command[1], [*COMMANDS, *ACCENTS, *STYLES, "frac"])
                hint = hint if "did you mean" in hint else ""
                fail(self.formula, Place(at, match.end()), f"{text} is not read here{hint}")
            text = COMMANDS[command[1]]
        text = _SAME.get(text, text)
        if text == ";":
            text = ","
        token = Token(Kind.SYMBOL, text, Place(at, match.end()))
        if text == "**":
            if transposed := self._transposed(at, match.end()):
                return [transposed], transposed.place.end
            if layer := _LAYER_ABOVE.match(self.formula, match.end()):
                place = Place(at, layer.end())
                fail(self.formula, place, "is it a layer or a power? write h_2 or h^2")
        if text == "{":
            self.braces.append("")
        elif text == "}" and self.braces and (closes := self.braces.pop()):
            return self._end_of_group(token, closes)
        return [token], match.end()

    def _transposed(self, at: int, after: int) -> Token | None:
        r"""Return the sign of ``W^T``, ``W^{T}`` and ``W^\top``, where T is not a number's name."""
        match = _TRANSPOSED.match(self.formula, after)
        if match is None or (match[2] == "T" and self.names.knows("T")):
            return None
        return Token(Kind.SYMBOL, "ᵀ", Place(at, match.end()))

    def _sum(self, match: re.Match[str]) -> list[Token]:
        index, first, last = match[1] or match[2], match[3], match[4] or match[5]
        place = Place(*match.span())
        if (first is None) != (last is None):
            fail(self.formula, place, f"from where to where? write Σ_{{{index}=1}}^{{4}}")
        bounds = None if first is None else (int(first), int(last))
        return [Token(Kind.SUM, index, place, bounds=bounds)]

    def _index_of_terms(self, at: int) -> str:
        """Return the index of what a sum is made of, as in ``Σ wᵢxᵢ``; empty if it has none.

        That of another sum behind it is none of its own: ``Σ(ŷ ⊙ ∇ŷ) + Σᵢ wᵢxᵢ``.
        """
        next_sum = _BARE_SUM.search(self.formula, at)
        end = next_sum.start() if next_sum else len(self.formula)
        for match in _INDEXED.finditer(self.formula, at, end):
            index = match[2] or match[3]
            if not self.names.knows(f"{match[1]}_{index}"):
                return index
        return ""

    # Fractions of LaTeX: \frac{a}{b} is ((a)/(b)).

    def _fraction(self, at: int, after: int) -> tuple[list[Token], int]:
        place = Place(at, after)
        opened = Token(Kind.SYMBOL, "(", place)
        if digits := _TWO_DIGITS.match(self.formula, after):
            above, below = (Token(Kind.NUMBER, digits[i], Place(*digits.span(i))) for i in (1, 2))
            over = Token(Kind.SYMBOL, "/", place)
            end = Token(Kind.SYMBOL, ")", Place(*digits.span(2)))
            return [opened, above, over, below, end], digits.end()
        if not self.formula.startswith("{", after):
            fail(self.formula, place, r"\frac needs two groups in braces: \frac{a}{b}")
        self.braces.append("numerator")
        return [opened, Token(Kind.SYMBOL, "{", Place(after, after + 1))], after + 1

    def _end_of_group(self, token: Token, closes: str) -> tuple[list[Token], int]:
        at, after = token.place
        if closes == "denominator":
            return [token, Token(Kind.SYMBOL, ")", token.place)], after
        match = _OPENING.match(self.formula, after)
        if match is None:
            fail(self.formula, token.place, r"\frac needs a second group: \frac{a}{b}")
        self.braces.append("denominator")
        brace = self.formula.index("{", after)
        opened = Token(Kind.SYMBOL, "{", Place(brace, brace + 1))
        return [token, Token(Kind.SYMBOL, "/", Place(at, after)), opened], match.end()

    # What stands above the line.

    def _raised(self, at: int, end: int) -> list[Token]:
        """Return the tokens of a superscript: an integer, or a formula in small letters."""
        text = self.formula[at:end]
        if _RAISED_INTEGER.fullmatch(text):
            return [Token(Kind.RAISED, text.translate(FROM_SUPERSCRIPT), Place(at, end))]
        lowered = self.formula[:at] + text.translate(FROM_SUPERSCRIPT)
        within = list(_Scanner(lowered, self.names, self.separator == ";").scan(at))[:-1]
        return [
            Token(Kind.SYMBOL, "**", Place(at, at + 1)),
            Token(Kind.SYMBOL, "(", Place(at, at + 1)),
            *within,
            Token(Kind.SYMBOL, ")", Place(end - 1, end)),
        ]

    # Names.

    def _named(self, at: int, name: str, end: int) -> tuple[list[Token], int]:
        """Return a name, or a call where a bracket follows and perhaps primes or an exponent."""
        primes = _PRIMES.match(self.formula, end)
        assert primes is not None  # there may be none
        position, raised = primes.end(), ""
        is_function = function_called(name, self.names.functions) is not None
        if match := _RAISED_INTEGER.match(self.formula, position):
            raised, position = match[0].translate(FROM_SUPERSCRIPT), match.end()
        elif is_function and (match := _EXPONENT.match(self.formula, position)):
            raised, position = match["bare"] or match["group"], match.end()
        shown = position
        while match := _SPACE.match(self.formula, position):
            position = match.end()
        bracket = self.formula[position : position + 1]
        if bracket == "\\" and self.formula.startswith(r"\{", position):
            position, bracket = position + 1, self.formula[position + 1]
        count, place = len(re.findall("['′’]|prime", primes[0])), Place(at, shown)
        if bracket == "(" or (bracket and bracket in "[{" and is_function):
            if bracket == "{":
                self.braces.append("")
            return [
                Token(
                    Kind.CALL,
                    name,
                    place,
                    primes=count,
                    raised=raised,
                    bracket=bracket,
                    opens=position,
                )
            ], position + 1
        if name.endswith(".T") and not self.names.knows(name):  # as NumPy has it
            transposed = Token(Kind.SYMBOL, "ᵀ", Place(end - 2, end))
            return [Token(Kind.NAME, name[:-2], Place(at, end - 2)), transposed], end
        if name == "sqrt" and not self.names.knows(name):  # the ASCII form of √
            return [Token(Kind.SYMBOL, "√", Place(at, end))], end
        if is_function and (primes[0] or raised) and not self.names.knows(name):  # \tanh^2 a
            return [Token(Kind.NAME, name, place, primes=count, raised=raised)], shown
        return [Token(Kind.NAME, name, Place(at, end))], end

    # Derivatives by name.

    def _derivative(self, at: int) -> Token | None:
        if match := _NABLA.match(self.formula, at):
            return self._gradient(at, match.end())
        if match := _FRAC.match(self.formula, at):
            above = self._differential(match.end(), braced=True)
            below = self._differential(above[1], braced=True) if above else None
        else:
            above = self._differential(at)
            over = _OVER.match(self.formula, above[1]) if above else None
            below = self._differential(over.end()) if over else None
        if above is None or below is None or above[2] != below[2]:
            return None
        place = Place(at, below[1])
        return Token(Kind.DERIVATIVE, below[0], place, of=above[0], is_partial=above[2])

    def _differential(self, at: int, braced: bool = False) -> tuple[str, int, bool] | None:
        """Return the name in ``∂h`` or ``dh``, where it ends, and whether it was written with ∂."""
        opened = _OPENING.match(self.formula, at)
        if braced and not opened:
            return None
        start = opened.end() if braced and opened else at
        if match := _PARTIAL.match(self.formula, start):
            is_partial = True
        elif match := _TOTAL.match(self.formula, start):
            is_partial = False
            whole = self.spelling.name(start)
            if whole and self.names.knows(whole[0]):
                return None  # a label that begins with a d
        else:
            return None
        gap = _gap(self.formula, match.end()) if is_partial or braced else match.end()
        name = self._name_or_quoted(gap)
        if name is None:
            return None
        end = name[1]
        if braced:
            closed = CLOSING_BRACE.match(self.formula, end)
            if closed is None:
                return None
            end = closed.end()
        return name[0], end, is_partial

    def _name_or_quoted(self, at: int) -> tuple[str, int] | None:
        if self.formula.startswith("`", at) and (end := self.formula.find("`", at + 2)) > 0:
            return self.formula[at + 1 : end], end + 1
        return self.spelling.name(at)

    def _gradient(self, at: int, after: int) -> Token:
        r"""Return the derivative of the loss in ``∇a2``, ``∇_{a_2} L`` or ``\nabla a_2``."""
        below = _BELOW.match(self.formula, after)
        by = self._name_or_quoted(below.end() if below else _gap(self.formula, after))
        of = ""
        if by and below:
            closed = (CLOSING_BRACE if below[1] else _GAP).match(self.formula, by[1])
            end = closed.end() if closed else 0
            by = (by[0], end) if closed and below[1] else by if closed else None
            loss = self.spelling.name(_gap(self.formula, end))
            if by and loss and self.names.is_loss(loss[0]):
                of, end = loss
                parameters = _OF_PARAMETERS.match(self.formula, end)
                by = by[0], parameters.end() if parameters else end
        if by is None:
            fail(self.formula, Place(at, after), "∇ needs a name: ∇a2, or ∇_{a_2} L")
        return Token(Kind.DERIVATIVE, by[0], Place(at, by[1]), of=of)


def _gap(text: str, at: int) -> int:
    """Return where white space ends that begins there."""
    match = _GAP.match(text, at)
    return match.end() if match else at
