"""From tokens to a tree: Dijkstra's shunting yard, which doesn't recurse and knows every place."""

from __future__ import annotations

import inspect
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import replace

from autograd.errors import FormulaError, LabelError, did_you_mean
from autograd.ops.record import Unary
from autograd.reading.compound_names import ways_apart
from autograd.reading.functions import CONSTANTS, function_called
from autograd.reading.sums import has_index, written_out
from autograd.reading.tokens import ALLOWED, Kind, Names, Token, fail, tokens
from autograd.reading.tree import (
    Call,
    Derivative,
    Name,
    Number,
    Operation,
    Place,
    Side,
    Sign,
    Term,
)
from autograd.reading.yard import (
    AND,
    BINARY,
    CHOICE,
    CLOSING,
    COMPARISON,
    ENTRIES,
    FUNCTION,
    OPEN,
    POWER,
    PREFIX,
    PRODUCT,
    SUM,
    Make,
    Yard,
    extent_of,
    only,
    operation,
    prefixed,
)
from autograd.text import normal_form

LONGEST = 10_000

_EQUALS = re.compile(r"\s*(?::?=|←|<-|≈|\\leftarrow|\\gets|\\approx)")


def parse(
    formula: str,
    names: Names,
    *,
    decimal_comma: bool = False,
    arrays: bool = False,
    entries_last: bool = False,
) -> tuple[Side, ...]:
    """Return the sides of an equation as trees; of a formula without ``=`` the only one.

    Args:
        formula: the text.
        names: what its names mean.
        decimal_comma: whether 0,5 is a number; then ``;`` is between the operands of functions.
        arrays: whether factors may stand side by side without a sign, as matrices do.
        entries_last: whether ``⊙`` and ``⊗`` bind less than the other products do.

    Raises:
        FormulaError: if it can't be read, with carets below the place.
    """
    parser = _Parser(formula, names, arrays, entries_last)
    if len(formula) > LONGEST:
        raise FormulaError(
            f"the formula has {len(formula):,} characters; at most {LONGEST:,} are read"
        )
    for token in tokens(formula, names, decimal_comma=decimal_comma):
        parser.take(token)
    return tuple(parser.sides)


def parse_formula(formula: str, names: Names, *, decimal_comma: bool = False) -> Term:
    """Return a formula, which has no ``=``, as a tree.

    Raises:
        FormulaError: if it can't be read, with carets below the place.
    """
    first, *others = parse(formula, names, decimal_comma=decimal_comma)
    if others:
        at = re.search("[=←≈]|<-|\\\\(leftarrow|gets|approx|coloneqq)", formula)
        place = Place(*at.span()) if at else Place(0, len(formula))
        sign = formula[slice(*place)]
        fail(formula, place, f"{sign!r} has no place in a formula; allowed are {ALLOWED}")
    return first.root


class _Parser(Yard):
    """One run of the shunting yard: the operands found so far, and what waits for more."""

    def __init__(self, formula: str, names: Names, arrays: bool, entries_last: bool) -> None:
        super().__init__(formula)
        self.names = names
        # In LaTeX, and of matrices, what stands side by side is a product.
        self.is_spaced = arrays or any(sign in formula for sign in _SPACED)
        weak = {"⊙": ENTRIES, "⊗": ENTRIES} if entries_last else {}
        self.binary = BINARY | weak
        self.before = Token(Kind.END, "", Place(0, 0))  # the token before the one that is read
        self.wants_operand = True
        self.sides: list[Side] = []
        self.side_begins = 0

    def take(self, token: Token) -> None:
        self.wants_operand = self._operand(token) if self.wants_operand else self._operator(token)
        self.before = token

    def _operand(self, token: Token) -> bool:
        """Take a token where a number, a name, a sign or ``(`` must be; say if one still must."""
        if self._is_word(token, "else") and self.before.text == "," and self._in_choice():
            return self._else(token)
        if token.kind is Kind.NAME and (names := self._apart(token)):
            return self._product_of(names)
        if token.kind in _ATOMS:
            if token.kind is Kind.NAME and self._begins_bare_call(token):
                return True
            self.operands.append(self._atom(token))
            return False
        if token.kind is Kind.CALL:
            return self._begin_call(token)
        if token.kind is Kind.SUM:
            self._refuse_after_bare_call(token)
            self.wait(token, ENTRIES, self._summed(token), 1)
            return True
        if token.text in CLOSING and token.kind is Kind.SYMBOL:
            self.open(token, self._absolute(token) if token.text == "|" else only)
        elif token.text in PREFIX:
            self._refuse_after_bare_call(token)
            self.wait(token, PREFIX[token.text], prefixed(token), 1)
        elif token.text == "=" and self._begins():
            return True  # "= 0.5", as on a sheet that says the left side
        else:
            found = f"{token.text!r} stands here" if token.text else "the formula ends"
            self.fail(token, f"{found} where a number, a name or a parenthesis must follow")
        return True

    def _operator(self, token: Token) -> bool:
        """Take a token after an operand; say if an operand must follow."""
        if token.kind is Kind.RAISED:
            self._refuse_after_bare_call(token)
            exponent = Number(
                place=token.place,
                extent=token.place,
                number=float(token.text),
                digits=token.text,
            )
            self.operands.append(operation(token, Sign.POWER, (self.operands.pop(), exponent)))
            return False
        if token.kind is Kind.SYMBOL and token.text == "ᵀ":
            self._refuse_after_bare_call(token)
            self.operands.append(operation(token, Sign.TRANSPOSE, (self.operands.pop(),)))
            return False
        if token.kind is Kind.SYMBOL and token.text in self.binary:
            return self._binary(token)
        if token.kind is Kind.NAME and (taken := self._word(token)) is not None:
            return taken
        opened = next((each for each in reversed(self.pending) if each.precedence == OPEN), None)
        closes_bar = token.text == "|" and opened is not None and opened.token.text == "|"
        begins = token.kind in (Kind.CALL, Kind.DERIVATIVE, Kind.SUM) or token.text in (
            "√",
            *CLOSING,
        )
        if not closes_bar and (begins or self._is_factor(token)):
            return self._product(token)
        if token.text == "=" and (self._in_choice() or (opened and opened.token.text == "[")):
            return self._binary(replace(token, text="=="))
        if token.text == "=" and opened is None:
            self._end_side(token)
            return True
        if token.text not in (*CLOSING.values(), ",", ""):
            self.fail(token, f"an operator is missing before {token.text!r}: write * for a product")
        if token.text == "," and self._in_choice():
            return True
        self.apply_down_to(CHOICE)
        if token.kind is Kind.END:
            if opened:
                self.fail(opened.token, "this parenthesis is never closed")
            self._end_side(token)
            return False
        if opened is None or (token.text == "," and opened.token.kind is not Kind.CALL):
            self.fail(token, f"{token.text!r} without a parenthesis or function that it is part of")
        if token.text == ",":
            return True
        if token.text != opened.closing:
            self.fail(token, f"{token.text!r} stands here where a {opened.closing!r} must close")
        self.pending.pop()
        arguments = tuple(self.operands[opened.operands :])
        del self.operands[opened.operands :]
        whole = Place(opened.token.place.start, token.place.end)
        self.operands.append(replace(opened.make(arguments), extent=whole))
        return False

    def _end_side(self, token: Token) -> None:
        self.apply_down_to(CHOICE)
        [root] = self.operands
        self.sides.append(Side(root, Place(self.side_begins, token.place.start)))
        self.operands = []
        self.side_begins = token.place.end

    # Choices: a if c, else b.

    def _is_word(self, token: Token, word: str) -> bool:
        return token.kind is Kind.NAME and token.text == word and not self.names.knows(word)

    def _in_choice(self) -> bool:
        """Whether an ``if`` waits for its ``else``, and no bracket was opened since."""
        waiting = next((each for each in reversed(self.pending) if each.precedence <= CHOICE), None)
        return waiting is not None and waiting.precedence == CHOICE and not waiting.operands

    def _word(self, token: Token) -> bool | None:
        """Take ``if``, ``and`` or ``else`` after an operand; None if it is another name."""
        if self._is_word(token, "if"):
            self.apply_down_to(AND)
            self.wait(token, CHOICE, only, 0)
        elif self._is_word(token, "and"):
            self.apply_down_to(AND)
            self.wait(token, AND, lambda each: operation(token, Sign.MULTIPLY, each), 2)
        elif self._is_word(token, "else") and self._in_choice():
            return self._else(token)
        else:
            return None
        return True

    def _else(self, token: Token) -> bool:
        self.apply_down_to(AND)
        chosen = self.pending.pop().token

        def where(operands: tuple[Term, ...]) -> Term:
            a, condition, b = operands
            place, extent = chosen.place, extent_of(chosen, operands)
            return Call(place=place, extent=extent, function="where", operands=(condition, a, b))

        self.wait(chosen, CHOICE, where, 3)
        return True

    # Products without a sign.

    def _is_factor(self, token: Token) -> bool:
        """Whether a name stands behind an operand, or a number with a name behind a parenthesis.

        A number behind a name may be its index, and one behind a parenthesis a power of it.
        """
        if token.kind is Kind.INDICATOR:
            return True
        if token.kind is Kind.NUMBER:
            is_indicator = token.text == "1" and self.formula.startswith("[", token.place.end)
            if is_indicator and self.before.kind is not Kind.NUMBER:
                return True
            return self._is_closed() and bool(_FACTOR.match(self.formula, token.place.end))
        if self.is_spaced:
            return token.kind in (*_ATOMS, Kind.CALL)
        return token.kind in (Kind.NAME, Kind.QUOTED)

    def _is_closed(self) -> bool:
        """Whether what stands before ends by itself, as a parenthesis and ``∂L/∂h`` do."""
        before = self.before
        if before.kind is Kind.DERIVATIVE:
            return True
        return before.kind is Kind.SYMBOL and before.text in (*CLOSING.values(), "ᵀ")

    def _is_spaced_power(self, token: Token) -> bool:
        """Whether the number above ends before a gap, as in ``x^2 y``; of e or 2 it may go on."""
        if self.is_spaced:
            return True
        base, exponent = self.operands[-2:] if len(self.operands) > 1 else (None, None)
        ends = isinstance(exponent, Number) and token.place.start > exponent.place.end
        return ends and isinstance(base, Name) and self.names.knows(base.name)

    def _is_fraction(self, token: Token) -> bool:
        """Whether two numbers stand before a gap and a bracket, as in ``2/3 (h - y)``."""
        if token.text not in CLOSING:
            return False
        above, below = self.operands[-2:]
        if isinstance(above, Operation) and above.sign is Sign.NEGATE:
            [above] = above.operands
        if not (isinstance(above, Number) and isinstance(below, Number)):
            return False
        is_tight = below.place.start == above.place.end + 1
        return is_tight and self.formula[below.place.end].isspace()

    def _product(self, token: Token) -> bool:
        """Take the second factor of a product that is written without ``*``."""
        self._refuse_after_bare_call(token)
        for waiting in reversed(self.pending):
            is_quotient = waiting.token.text == "/" and waiting.precedence == PRODUCT
            if is_quotient and not self._is_fraction(token):
                self.fail(token, "after a / write the *: is it 1/2*x or 1/(2*x)?")
            if waiting.precedence <= PRODUCT:
                break
        is_named = token.kind in (Kind.NAME, Kind.QUOTED)
        is_power = bool(self.pending) and self.pending[-1].precedence >= POWER
        if is_named and is_power and not (self._is_closed() or self._is_spaced_power(token)):
            self.fail(token, "after a power or root write the *: is it e^2*x or e^(2*x)?")
        start = token.place.start
        self._binary(Token(Kind.SYMBOL, "@", Place(start, start)))
        return self._operand(token)

    def _apart(self, token: Token, *, calls: bool = False) -> list[Token]:
        """Return the names that a name is made of if it is none itself, else nothing.

        Where it ``calls``, the last of them is a function.

        Raises:
            FormulaError: if it can be taken apart in several ways.
        """
        name = token.text
        is_written_otherwise = self.formula[slice(*token.place)][: len(name)] != name
        if is_written_otherwise or self._has_index(name):
            return []
        ways = ways_apart(name, self.names, calls=calls)
        if len(ways) > 1:
            readings = " or ".join("*".join(way) for way in ways)
            self.fail(token, f"{name!r} is no label: is it {readings}? write the *")
        names, start = [], token.place.start
        for piece in ways[0] if ways else ():
            names.append(Token(Kind.NAME, piece, Place(start, start + len(piece))))
            start += len(piece)
        return names

    def _product_of(self, names: Sequence[Token]) -> bool:
        first, *others = names
        self.operands.append(self._atom(first))
        for name in others:
            self.before = first
            self._product(name)
        return False

    # Operators.

    def _binary(self, token: Token) -> bool:
        precedence = self.binary[token.text]
        if precedence == POWER or token.text == "/":  # ln x/y is ln(x)/y to some, ln(x/y) to others
            self._refuse_after_bare_call(token)
        if precedence == COMPARISON:
            self.apply_down_to(SUM)
            if not self.pending and token.text != "==":
                self.fail(token, "a comparison must be in brackets: 1[a > 0]")
            if self.pending[-1].precedence == COMPARISON:
                self.fail(token, "only two are compared: write [0 < a][a < 1]")
        # Powers are taken from right to left: 2**3**2 is 2**(3**2).
        self.apply_down_to(precedence + (precedence == POWER))
        sign = Sign(token.text)
        self.wait(token, precedence, lambda operands: operation(token, sign, operands), 2)
        return True

    # Functions.

    def _begin_call(self, token: Token) -> bool:
        """Open the parenthesis after a function, or after a label: ``x(1 - x)`` is a product."""
        name = token.text
        start, end = token.place
        if self._function(name) is not None:
            self.open(token, self._called(token))
            return True
        name_token = Token(Kind.NAME, name, Place(start, start + len(name)))
        if names := self._apart(name_token, calls=True):
            *factors, last = names
            if factors:
                self._product_of(factors)
                self.before = factors[-1]
                place = Place(last.place.start, end)
                return self._product(replace(token, text=last.text, place=place))
        if token.primes:
            self.fail(token, f"{name} is no function that a slope is known of")
        if index := self._index_in_brackets(token):
            problem = f"{name}({index}) is a product here: write {name}_{index} for the vector"
            self.fail(token, problem)
        self._operand(name_token)
        if token.raised:
            raised = Place(end - len(token.raised), end)
            self._operator(Token(Kind.RAISED, token.raised, raised))
        bracket = Place(token.opens, token.opens + 1)
        return self._operator(Token(Kind.SYMBOL, token.bracket, bracket))

    def _index_in_brackets(self, token: Token) -> str:
        """Return the index that stands in the brackets of a name, as in the notes' ``e(l)``."""
        within = re.compile(r"\(\s*(\w+)\s*\)").match(self.formula, token.opens)
        index = within[1] if within else ""
        is_index = bool(index) and not self.names.knows(index)
        return index if is_index and self.names.knows(f"{token.text}_{index}") else ""

    def _called(self, token: Token) -> Make:
        """Return what makes a call of its operands."""
        name = self._function(token.text)
        assert name is not None  # it was looked for before
        function = self.names.functions[name]
        has_slope = isinstance(function, Unary) and function.slope is not None
        if token.primes and (token.primes > 1 or not has_slope):
            self.fail(token, "only the first slope of a function of one number is known: tanh'(a)")
        exponent = float(token.raised or 1)
        if exponent == -1:  # people mean the inverse function by it
            self.fail(token, "is it 1/f(x) or the inverse of f? write 1/tanh(x) or atanh(x)")

        def make(operands: tuple[Term, ...]) -> Term:
            try:
                inspect.signature(function).bind(*operands)
            except TypeError as error:
                self.fail(token, f"{token.text}: {error}")
            return Call(
                place=token.place,
                extent=extent_of(token, operands),
                operands=operands,
                function=name,
                is_slope=bool(token.primes),
                exponent=exponent,
            )

        return make

    def _function(self, name: str) -> str | None:
        return function_called(name, self.names.functions)

    def _begins_bare_call(self, token: Token) -> bool:
        r"""Take a function without parentheses, as in ``\tanh a`` and ``ln x``."""
        is_function = self._function(token.text) is not None
        if not is_function or self.names.knows(token.text):
            return False
        begins = r"\s*[\w\\∇∂]" if self.is_spaced else r"\s+(?!(?:if|and|else)\b)[\w∇∂]"
        if not re.compile(begins).match(self.formula, token.place.end):
            return False
        self._refuse_after_bare_call(token)
        self.wait(token, FUNCTION, self._called(token), 1)
        return True

    def _refuse_after_bare_call(self, token: Token) -> None:
        if self.pending and self.pending[-1].precedence == FUNCTION:
            name = self.pending[-1].token.text
            self.fail(token, f"how far does {name} reach? write {name}(…)")

    def _absolute(self, token: Token) -> Make:
        return lambda operands: Call(
            place=token.place, extent=token.place, operands=operands, function="abs"
        )

    # Sums over an index.

    def _summed(self, token: Token) -> Make:
        return lambda operands: written_out(self.formula, token, operands[0], self.names)

    def _has_index(self, name: str) -> bool:
        """Whether a name has the index of a sum that it stands in."""
        sums = (each.token for each in self.pending if each.token.kind is Kind.SUM)
        return any(has_index(name, token.text) for token in sums)

    # Numbers and names.

    def _atom(self, token: Token) -> Term:
        place = token.place
        if token.kind in (Kind.FRACTION, Kind.INDICATOR):
            return Number(place=place, extent=place, number=unicodedata.numeric(token.text))
        if token.kind is Kind.DERIVATIVE:
            return Derivative(
                place=place,
                extent=place,
                of=token.of,
                by=token.text,
                is_partial=token.is_partial,
            )
        if token.kind is Kind.NUMBER:
            number = float(token.text)
            if number == float("inf"):
                self.fail(token, "the number is too large for a float")
            return Number(place=place, extent=place, number=number, digits=token.text)
        try:
            if not self._has_index(token.text):
                self.names.number(token.text)
        except LabelError as error:
            self._require_constant_or_left_side(token, str(error))
        return Name(place=place, extent=place, name=token.text)

    def _begins(self) -> bool:
        return self.before.kind is Kind.END and not self.sides

    def _require_constant_or_left_side(self, token: Token, problem: str) -> None:
        name = normal_form(token.text)
        is_first = not (self.sides or self.operands or self.pending)
        is_left = is_first and _EQUALS.match(self.formula, token.place.end)
        if name in CONSTANTS or is_left:
            return
        if name in self.names.functions:
            problem = f"{name} is a function: write {name}(…)"
        elif self.formula[token.place.end :].lstrip().startswith("("):
            close = did_you_mean(name, self.names.functions)
            hint = close if "did you mean" in close else ""  # and no list of all functions
            problem = f"{name!r} is neither a label of the graph nor a function{hint}"
        self.fail(token, problem)


_SPACED = ("\\", "^{", "_{", "Σ", "∑")
_FACTOR = re.compile(r"[^\W\d]|[(`\\]")  # what may begin right behind a number
_ATOMS = (Kind.NUMBER, Kind.FRACTION, Kind.INDICATOR, Kind.NAME, Kind.QUOTED, Kind.DERIVATIVE)
