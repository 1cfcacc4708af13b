"""Formulas that people write for a derivative: ``2*(ŷ1 - y1)*h12``, read without ever running code.

A formula is made of numbers, names (above all the labels of nodes), the functions of autograd and
those that a user made and the graph has, slopes of functions (``σ'(a)``), ``+ - * /``, powers
(``x**2``, ``x^2``, ``x²``, ``tanh²(x)``, ``tanh^2(x)``), roots (``√x``), absolute values (``|x|``),
fractions (``½``), parentheses of all kinds, and in them comparisons (``1[a > 0]``). The dots and
crosses of products, the dashes of differences and the strokes of quotients all count as one.
Names may have dots, places and subscripts (``encoder.W1[0,2]``, ``W[0][1]``, ``x₁``); any other
goes in backquotes. Precedence is that of Python: ``-x**2`` is ``-(x**2)``.

Products may be written without a sign: ``2x``, ``x(1 - x)``, ``(1 - x)x``. A name that is no label
may be several, ``xe^(x^2)``, if it can be taken apart in one way only. What people read in two
ways, such as ``1/2x``, is an error and never a guess.

The parser is Dijkstra's shunting yard. It reads labels that are no Python names, it can say exactly
where a mistake is, and it does not recurse, so no formula is too deep for it.
"""

from __future__ import annotations

import functools
import inspect
import math
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import NoReturn

from autograd import arithmetic, ops
from autograd.errors import FormulaError, LabelError, did_you_mean
from autograd.ops import Primitive, is_of_table
from autograd.ops.record import Unary
from autograd.text import normal_form

LONGEST = 10_000

_SUPERSCRIPTS = "⁰¹²³⁴⁵⁶⁷⁸⁹"
_FROM_SUPERSCRIPT = str.maketrans(_SUPERSCRIPTS + "⁻", "0123456789-")
_LETTERS = rf"(?:[^\W{_SUPERSCRIPTS}]|[\u0300-\u036f])"  # and digits, and combining accents
_PRIMES = "'′’"
_NAME = rf"(?!\d){_LETTERS}+(?:\.{_LETTERS}+|\[[0-9]+(?:,[0-9]+)*\])*"
_TOKEN = re.compile(
    rf"""
    (?P<space>\s+)
    | (?P<number>(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)
    | (?P<fraction>[¼-¾⅐-⅞↉])
    | `(?P<quoted>[^`]+)`
    | (?P<superscript>⁻?[{_SUPERSCRIPTS}]+)
    | (?P<call>{_NAME}[{_PRIMES}]*(?:⁻?[{_SUPERSCRIPTS}]+)?)\s*\(
    | (?P<name>{_NAME})
    | (?P<symbol>\*\*|<=|>=|[-+*/^(),√|<>≤≥[\]{{}}·⋅∙•‧∗⊙×✕−–÷∕⁄])
    """,
    re.VERBOSE,
)
# tanh^2(x) and tanh**2(x), where the name is a function's; x^2(1 - x) is a product.
_RAISED = re.compile(rf"(?P<name>{_NAME})(?:\^|\*\*)(?P<exponent>[0-9]+)\s*\(")
_PARTS = re.compile(
    rf"(?P<name>{_NAME})(?P<primes>[{_PRIMES}]*)"
    rf"(?P<raised>(?:⁻?[{_SUPERSCRIPTS}]+)?|(?:\^|\*\*)[0-9]+)"
)
_SAME = {
    **dict.fromkeys("·⋅∙•‧∗⊙×✕", "*"),
    **dict.fromkeys("−–", "-"),
    **dict.fromkeys("÷∕⁄", "/"),
    "^": "**",
    "≤": "<=",
    "≥": ">=",
}
_CLOSING = {"(": ")", "[": "]", "{": "}", "|": "|"}
# A name longer than this is not taken apart into several.
LONGEST_PRODUCT = 12


def _of_arguments(function: Callable[..., float]) -> Callable[..., float]:
    return lambda *arguments: function(arguments)


def function_of(op: Primitive) -> Callable[..., float]:
    """Return an op as formulas have it: of numbers one by one."""
    return _of_arguments(op) if op.takes_sequence else op


FUNCTIONS: dict[str, Callable[..., float]] = {
    **{op.name: function_of(op) for op in ops.TABLE.values() if op.in_formulas and op.__doc__},
    "ln": ops.log,
    "σ": ops.sigmoid,
    "Σ": function_of(ops.sum),
    "sec": lambda x: arithmetic.divide(1.0, ops.cos(x)),
    "csc": lambda x: arithmetic.divide(1.0, ops.sin(x)),
    "cot": lambda x: arithmetic.divide(1.0, ops.tan(x)),
    "sech": lambda x: arithmetic.divide(1.0, ops.cosh(x)),
    "csch": lambda x: arithmetic.divide(1.0, ops.sinh(x)),
    "coth": lambda x: arithmetic.divide(1.0, ops.tanh(x)),
    "arcsin": ops.asin,
    "arccos": ops.acos,
    "arctan": ops.atan,
}
# A label of the same name goes first.
CONSTANTS = {"e": math.e, "pi": math.pi, "π": math.pi}


def functions_of(made: Iterable[Primitive]) -> dict[str, Callable[..., float]]:
    """Return the functions of formulas about a graph in which there are these ops.

    Those of users have the names that they were given. A name that two functions have is an error
    where it is used.
    """
    found = {**FUNCTIONS}
    own: dict[str, Primitive] = {}
    for op in dict.fromkeys(each.record for each in made):
        name = normal_form(op.name)
        if op.value is None or is_of_table(op) or not name.isidentifier():
            continue
        is_taken = name in FUNCTIONS or own.setdefault(name, op) is not op
        found[name] = _ambiguous(name) if is_taken else function_of(op)
    return found


def _ambiguous(name: str) -> Callable[..., float]:
    def refuse(*arguments: float) -> float:
        raise FormulaError(
            f"{name} is the name of several functions here: an op in the graph is called so too"
        )

    return refuse


def evaluate(
    formula: str,
    lookup: Callable[[str], float],
    functions: Mapping[str, Callable[..., float]] = FUNCTIONS,
    knows: Callable[[str], bool] | None = None,
) -> float:
    """Return the number that a formula stands for; ``lookup`` knows the number of each name.

    ``knows`` says whether there is a name, where asking ``lookup`` for it would be slow.
    Arithmetic follows IEEE 754, as everywhere: ``1/0`` is inf. O(length of the formula).

    Raises:
        FormulaError: if it is not a formula, or uses a name for which ``lookup`` raises a
            :class:`~autograd.errors.LabelError`; it shows the place.

    >>> evaluate("2(y − t)·x²", {"y": 1.0, "t": 0.5, "x": 3.0}.__getitem__)
    9.0
    >>> evaluate("½|y - t|x·tanh'(0)", {"y": 1.0, "t": 5.0, "x": 3.0}.__getitem__)
    6.0
    >>> evaluate("2*x y", {"x": 1.0, "y": 2.0}.__getitem__)
    Traceback (most recent call last):
        ...
    autograd.errors.FormulaError: an operator is missing before 'y': write * for a product
        2*x y
            ^
    """
    return _Reader(formula, lookup, functions, knows or _asks(lookup)).read()


def _asks(lookup: Callable[[str], float]) -> Callable[[str], bool]:
    def knows(name: str) -> bool:
        try:
            lookup(name)
        except LabelError:
            return False
        return True

    return knows


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class _Pending:
    """An operator that waits for its right operand, or a parenthesis that waits to be closed."""

    token: _Token
    precedence: int
    function: Callable[..., float]
    operands: int  # how many it takes; for a parenthesis, how many there were when it opened


_OPEN, _COMPARISON, _SUM, _PRODUCT, _SIGN, _POWER, _ROOT = range(7)
_BINARY: dict[str, tuple[int, Callable[[float, float], float]]] = {
    "<": (_COMPARISON, lambda a, b: float(a < b)),
    ">": (_COMPARISON, lambda a, b: float(a > b)),
    "<=": (_COMPARISON, lambda a, b: float(a <= b)),
    ">=": (_COMPARISON, lambda a, b: float(a >= b)),
    "+": (_SUM, lambda a, b: a + b),
    "-": (_SUM, lambda a, b: a - b),
    "*": (_PRODUCT, lambda a, b: a * b),
    "/": (_PRODUCT, arithmetic.divide),
    "**": (_POWER, arithmetic.power),
}
_PREFIX: dict[str, tuple[int, Callable[[float], float]]] = {
    "+": (_SIGN, lambda x: x),
    "-": (_SIGN, lambda x: -x),
    "√": (_ROOT, arithmetic.sqrt),
}


class _Reader:
    """One run of the shunting yard: the operands found so far, and what waits for more."""

    def __init__(
        self,
        formula: str,
        lookup: Callable[[str], float],
        functions: Mapping[str, Callable[..., float]],
        knows: Callable[[str], bool],
    ) -> None:
        self.formula = formula
        self.functions = functions
        self.lookup = lookup
        self.knows = knows
        self.before = _Token("", "", 0, 0)  # the token before the one that is read
        self.operands: list[float] = []
        self.pending: list[_Pending] = []

    def read(self) -> float:
        if len(self.formula) > LONGEST:
            raise FormulaError(
                f"the formula has {len(self.formula):,} characters; at most {LONGEST:,} are read"
            )
        wants_operand = True
        for token in self._tokens():
            wants_operand = self._operand(token) if wants_operand else self._operator(token)
            self.before = token
        [result] = self.operands
        return result

    def _tokens(self) -> Iterator[_Token]:
        position = 0
        while position < len(self.formula):
            match = _RAISED.match(self.formula, position)
            if match and normal_form(match["name"]) in self.functions:
                yield _Token("call", match[0].rstrip("( \t\n"), position, match.end("exponent"))
                position = match.end()
                continue
            match = _TOKEN.match(self.formula, position)
            if match is None:
                self._fail(
                    _Token("", "", position, position + 1),
                    f"{self.formula[position]!r} has no place in a formula; allowed are numbers, "
                    "labels (unusual ones in `backquotes`), functions, + - * / ** | ( )",
                )
            kind = str(match.lastgroup)
            if kind != "space":
                text = _SAME.get(match[kind], match[kind])
                yield _Token(kind, text, match.start(kind), match.end(kind))
            position = match.end()
        yield _Token("end", "", position, position + 1)

    def _operand(self, token: _Token) -> bool:
        """Take a token where a number, a name, a sign or ``(`` must be; say if one still must."""
        if token.kind == "name" and (names := self._apart(token)):
            return self._product_of(names)
        if token.kind in ("number", "fraction", "name", "quoted"):
            read = self._number if token.kind in ("number", "fraction") else self._label
            self.operands.append(read(token))
            return False
        if token.kind == "call":
            self._begin_call(token)
        elif token.text in _CLOSING:
            self._wait(token, _OPEN, abs if token.text == "|" else _group, len(self.operands))
        elif token.text in _PREFIX:
            self._wait(token, *_PREFIX[token.text], 1)
        else:
            found = f"{token.text!r} stands here" if token.text else "the formula ends"
            self._fail(token, f"{found} where a number, a name or a parenthesis must follow")
        return True

    def _operator(self, token: _Token) -> bool:
        """Take a token after an operand; say if an operand must follow."""
        if token.kind == "superscript":
            exponent = float(token.text.translate(_FROM_SUPERSCRIPT))
            self.operands.append(self._power(token, self.operands.pop(), exponent))
            return False
        if token.text in _BINARY:
            return self._binary(token)
        opened = next((each for each in reversed(self.pending) if each.precedence == _OPEN), None)
        closes_bar = token.text == "|" and opened is not None and opened.token.text == "|"
        begins = token.kind == "call" or token.text in ("√", *_CLOSING)
        if not closes_bar and (begins or self._is_factor(token)):
            return self._product(token)
        if token.text not in (*_CLOSING.values(), ",", ""):
            self._fail(
                token, f"an operator is missing before {token.text!r}: write * for a product"
            )
        self._apply_down_to(_COMPARISON)
        if token.kind == "end":
            if opened:
                self._fail(opened.token, "this parenthesis is never closed")
            return False
        if opened is None or (token.text == "," and opened.token.text in _CLOSING):
            self._fail(
                token, f"{token.text!r} without a parenthesis or function that it is part of"
            )
        if token.text == ",":
            return True
        closing = _CLOSING.get(opened.token.text, ")")
        if token.text != closing:
            self._fail(token, f"{token.text!r} stands here where a {closing!r} must close")
        self.pending.pop()
        arguments = self.operands[opened.operands :]
        del self.operands[opened.operands :]
        self.operands.append(self._call(opened, arguments))
        return False

    def _is_factor(self, token: _Token) -> bool:
        """Whether a name stands behind a parenthesis, or right behind a number, as in 2x."""
        if token.kind not in ("name", "quoted"):
            return False
        if self.before.text in _CLOSING.values():
            return True
        is_number = self.before.kind in ("number", "fraction", "superscript")
        return is_number and self.before.end == token.start - (token.kind == "quoted")

    def _product(self, token: _Token) -> bool:
        """Take the second factor of a product that is written without ``*``."""
        for waiting in reversed(self.pending):
            if waiting.token.text == "/":
                self._fail(token, "after a / write the *: is it 1/2*x or 1/(2*x)?")
            if waiting.precedence <= _PRODUCT:
                break
        is_named = token.kind in ("name", "quoted")
        is_closed = self.before.text in _CLOSING.values()
        if is_named and not is_closed and self.pending and self.pending[-1].precedence >= _POWER:
            self._fail(token, "after a power or root write the *: is it e^2*x or e^(2*x)?")
        self._binary(_Token("symbol", "*", token.start, token.start))
        return self._operand(token)

    def _apart(self, token: _Token, *, calls: bool = False) -> list[_Token]:
        """Return the names that a name is made of if it is none itself, else nothing.

        Where it ``calls``, the last of them is a function.

        Raises:
            FormulaError: if it can be taken apart in several ways.
        """
        name, normal = token.text, normal_form(token.text)
        is_one = normal in CONSTANTS or normal in self.functions or len(name) > LONGEST_PRODUCT
        if is_one or self.knows(name):
            return []
        # ways[i]: the first two ways to take apart what is before place i.
        ways: list[list[list[str]]] = [[[]], *([] for _ in name)]
        for end in range(1, len(name) + 1):
            for start in range(end):
                piece = name[start:end]
                if not ways[start] or re.fullmatch(_NAME, piece) is None:
                    continue
                if calls and end == len(name):
                    is_known = normal_form(piece) in self.functions or self.knows(piece)
                else:
                    is_known = self.knows(piece) or normal_form(piece) in CONSTANTS
                if is_known:
                    ways[end] = [*ways[end], *([*way, piece] for way in ways[start])][:2]
        if len(ways[-1]) > 1:
            readings = " or ".join("*".join(way) for way in ways[-1])
            self._fail(token, f"{name!r} is no label: is it {readings}? write the *")
        names, start = [], token.start
        for piece in ways[-1][0] if ways[-1] else []:
            names.append(_Token("name", piece, start, start + len(piece)))
            start += len(piece)
        return names

    def _product_of(self, names: list[_Token]) -> bool:
        first, *others = names
        self.operands.append(self._label(first))
        for name in others:
            self.before = first
            self._product(name)
        return False

    def _binary(self, token: _Token) -> bool:
        precedence, function = _BINARY[token.text]
        if precedence == _COMPARISON:
            self._apply_down_to(_SUM)
            if not self.pending:
                self._fail(token, "a comparison must be in brackets: 1[a > 0]")
            if self.pending[-1].precedence == _COMPARISON:
                self._fail(token, "only two are compared: write [0 < a][a < 1]")
        # Powers are taken from right to left: 2**3**2 is 2**(3**2).
        self._apply_down_to(precedence + (precedence == _POWER))
        self._wait(token, precedence, function, 2)
        return True

    def _begin_call(self, token: _Token) -> None:
        """Open the parenthesis after a function, or after a label: ``x(1 - x)`` is a product."""
        parts = _PARTS.fullmatch(token.text)
        assert parts is not None  # the parts are those of the token
        name, primes, raised = parts["name"], parts["primes"], parts["raised"]
        name_token = _Token("name", name, token.start, token.start + len(name))
        raised_token = _Token("superscript", raised, token.end - len(raised), token.end)
        function = self.functions.get(normal_form(name))
        if function is None and (names := self._apart(name_token, calls=True)):
            *factors, last = names
            if factors:
                self._product_of(factors)
                self.before = factors[-1]
                self._product(_Token("call", last.text + primes + raised, last.start, token.end))
                return
        if function is None:
            if primes:
                self._fail(token, f"{name} is no function that a slope is known of")
            self._operand(name_token)
            if raised:
                self._operator(raised_token)
            self._operator(_Token("symbol", "(", token.end, token.end + 1))
            return
        if primes:
            function = self._slope(function, token, primes)
        if raised:
            function = self._raised(function, raised_token, token)
        self._wait(token, _OPEN, function, len(self.operands))

    def _slope(
        self, function: Callable[..., float], token: _Token, primes: str
    ) -> Callable[..., float]:
        if not isinstance(function, Unary) or function.slope is None or len(primes) > 1:
            self._fail(token, "only the first slope of a function of one number is known: tanh'(a)")
        of: Unary = function

        def slope(x: float) -> float:
            try:
                return float(of.slope(arithmetic, of.value(arithmetic, x), x))
            except Exception as error:  # a user's rule may do what only it knows
                self._fail(token, f"the slope of {of.name} fails at {x:g}: {error}")

        return slope

    def _raised(
        self, function: Callable[..., float], token: _Token, call: _Token
    ) -> Callable[..., float]:
        exponent = float(token.text.lstrip("^*").translate(_FROM_SUPERSCRIPT))
        if exponent == -1:  # people mean the inverse function by it
            self._fail(call, "is it 1/f(x) or the inverse of f? write 1/tanh(x) or atanh(x)")

        @functools.wraps(function)
        def power(*arguments: float) -> float:
            return self._power(token, function(*arguments), exponent)

        return power

    def _wait(
        self, token: _Token, precedence: int, function: Callable[..., float], operands: int
    ) -> None:
        self.pending.append(_Pending(token, precedence, function, operands))

    def _apply_down_to(self, precedence: int) -> None:
        """Apply the waiting operators that bind at least as strongly as this."""
        while self.pending and self.pending[-1].precedence >= precedence:
            waiting = self.pending.pop()
            arguments = self.operands[-waiting.operands :]
            del self.operands[-waiting.operands :]
            if waiting.precedence == _POWER:
                self.operands.append(self._power(waiting.token, *arguments))
            else:
                self.operands.append(waiting.function(*arguments))

    def _power(self, token: _Token, base: float, exponent: float) -> float:
        result = arithmetic.power(base, exponent)
        if math.isinf(result) and base != 0 and math.isfinite(base) and math.isfinite(exponent):
            self._fail(token, f"{base:g} to the power of {exponent:g} is too large for a float")
        return result

    def _number(self, token: _Token) -> float:
        if token.kind == "fraction":
            return unicodedata.numeric(token.text)
        number = float(token.text)
        if math.isinf(number):
            self._fail(token, "the number is too large for a float")
        return number

    def _label(self, token: _Token) -> float:
        try:
            return self.lookup(token.text)
        except LabelError as error:
            name, problem = normal_form(token.text), str(error)
            if name in CONSTANTS:
                return CONSTANTS[name]
            if name in self.functions:
                problem = f"{name} is a function: write {name}(…)"
            elif self.formula[token.end :].lstrip().startswith("("):
                close = did_you_mean(name, self.functions)
                hint = close if "did you mean" in close else ""  # and no list of all functions
                problem = f"{name!r} is neither a label of the graph nor a function{hint}"
            self._fail(token, problem)

    def _call(self, opened: _Pending, arguments: list[float]) -> float:
        try:
            inspect.signature(opened.function).bind(*arguments)
        except TypeError as error:
            self._fail(opened.token, f"{opened.token.text}: {error}")
        return opened.function(*arguments)

    def _fail(self, token: _Token, problem: str) -> NoReturn:
        """Raise an error that shows the formula, or the part of a long one, with carets below."""
        first = max(0, token.start - 40)
        before = self.formula[first : token.start]
        shown = self.formula[first : token.start + 40]
        indent = " " * sum(not unicodedata.combining(character) for character in before)
        carets = "^" * max(1, min(token.end - token.start, 40))
        raise FormulaError(f"{problem}\n    {_one_line(shown)}\n    {indent}{carets}") from None


def _group(operand: float) -> float:
    """What a parenthesis does that belongs to no function."""
    return operand


def _one_line(text: str) -> str:
    return "".join(" " if character.isspace() else character for character in text)
