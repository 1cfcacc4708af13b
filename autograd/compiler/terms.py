"""Terms: the expressions of an array program, with their shapes, and how Python writes them.

A shape is that of the array at run time; -1 stands for the examples of a batch, always in front.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeAlias

from autograd import arithmetic

Shape: TypeAlias = tuple[int, ...]
BATCH = -1


def broadcast(shapes: Iterable[Shape]) -> Shape:
    """Return the shape of an operation on arrays of these shapes.

    >>> broadcast([(-1, 3), (3,), ()])
    (-1, 3)
    """
    result: list[int] = []  # from the last axis to the first
    for shape in shapes:
        result += [1] * (len(shape) - len(result))
        for axis, length in enumerate(reversed(shape)):
            if length != 1:
                result[axis] = length
    return tuple(reversed(result))


class Term:
    """An expression: its kind, its operands, what is written between or before them, its shape.

    A term is not changed once it is made. It is equal to itself alone.
    """

    __slots__ = ("kind", "number", "operands", "shape", "size", "text")

    def __init__(
        self,
        kind: str,
        operands: tuple[Term, ...] = (),
        text: str = "",
        shape: Shape = (),
        number: float = math.nan,
    ) -> None:
        self.kind = kind
        self.operands = operands
        self.text = text
        self.shape = shape
        self.number = number
        self.size: int = 1 if operands else 0  # the operations that it is written with
        for operand in operands:
            self.size += operand.size

    def __add__(self, other: Operand) -> Term:
        return _binary("+", self, other)

    def __radd__(self, other: Operand) -> Term:
        return _binary("+", other, self)

    def __sub__(self, other: Operand) -> Term:
        return _binary("-", self, other)

    def __rsub__(self, other: Operand) -> Term:
        return _binary("-", other, self)

    def __mul__(self, other: Operand) -> Term:
        return multiply(self, as_term(other))

    def __rmul__(self, other: Operand) -> Term:
        return multiply(as_term(other), self)

    def __truediv__(self, other: Operand) -> Term:
        return _divide(self, as_term(other))

    def __rtruediv__(self, other: Operand) -> Term:
        return _divide(as_term(other), self)

    def __pow__(self, other: Operand) -> Term:
        return _binary("**", self, other)

    def __rpow__(self, other: Operand) -> Term:
        return _binary("**", other, self)

    def __neg__(self) -> Term:
        if self.kind == "negative":
            return self.operands[0]
        if self.kind == "number":
            return number(-self.number)
        return Term("negative", (self,), shape=self.shape)

    def __lt__(self, other: Operand) -> Term:
        return _binary("<", self, other)

    def __le__(self, other: Operand) -> Term:
        return _binary("<=", self, other)

    def __gt__(self, other: Operand) -> Term:
        return _binary(">", self, other)

    def __ge__(self, other: Operand) -> Term:
        return _binary(">=", self, other)

    def __and__(self, other: Operand) -> Term:
        return _binary("&", self, other)

    def __matmul__(self, other: Term) -> Term:
        raise TypeError("the shape of a matrix product is stated: use matmul(a, b, shape)")

    def __bool__(self) -> bool:
        raise TypeError("a rule chooses with m.where(condition, a, b), not with if, and, or")

    @property
    def is_number(self) -> bool:
        return self.kind == "number"


Operand: TypeAlias = Term | float


def name(text: str, shape: Shape = ()) -> Term:
    return Term("name", text=text, shape=shape)


def number(value: float) -> Term:
    return Term("number", number=float(value))


def as_term(operand: Operand) -> Term:
    return operand if isinstance(operand, Term) else number(operand)


def call(function: str, *operands: Operand, shape: Shape | None = None) -> Term:
    """Return a call; its shape is that of an elementwise function unless another is stated."""
    terms = tuple([as_term(operand) for operand in operands])
    found = broadcast([term.shape for term in terms]) if shape is None else shape
    return Term("call", terms, function, found)


def matmul(a: Term, b: Term, shape: Shape) -> Term:
    return Term("binary", (a, b), "@", shape)


def after(operand: Term, text: str, shape: Shape) -> Term:
    """Return a term with something behind it: an index, an attribute, a call of a method."""
    return Term("after", (operand,), text, shape)


def multiply(a: Term, b: Term) -> Term:
    """Return the product; 1 and -1 leave no factor, as they change no bit of the other."""
    for one, other in ((a, b), (b, a)):
        if one.is_number and one.number == 1.0:
            return other
        if one.is_number and one.number == -1.0:
            return -other
    for one, other in ((a, b), (b, a)):
        if one.kind == "indicator":  # a truth value times a number is the number or 0
            condition = one.operands[0]
            return Term("binary", (other, condition), "*", broadcast([a.shape, b.shape]))
    return _binary("*", a, b)


def _divide(a: Term, b: Term) -> Term:
    if a.is_number and b.is_number:
        return number(arithmetic.divide(a.number, b.number))
    if a.kind == "indicator":
        return Term("binary", (a.operands[0], b), "/", broadcast([a.shape, b.shape]))
    return a if b.is_number and b.number == 1.0 else _binary("/", a, b)


_FOLDED = {"+": lambda a, b: a + b, "-": lambda a, b: a - b, "*": lambda a, b: a * b}


def _binary(sign: str, left: Operand, right: Operand) -> Term:
    a, b = as_term(left), as_term(right)
    if a.is_number and b.is_number and sign in _FOLDED:
        return number(_FOLDED[sign](a.number, b.number))
    if sign == "+" and b.kind == "negative":
        sign, b = "-", b.operands[0]
    return Term("binary", (a, b), sign, broadcast([a.shape, b.shape]))


class Vocabulary:
    """The vocabulary that the rules of ops are read in: it writes what they compute for NumPy."""

    _NAMES = {  # noqa: RUF012
        "asin": "np.arcsin", "acos": "np.arccos", "atan": "np.arctan", "atan2": "np.arctan2",
        "asinh": "np.arcsinh", "acosh": "np.arccosh", "atanh": "np.arctanh", "round": "np.rint",
        "erf": "erf", "erfc": "erfc", "gamma": "gamma", "lgamma": "lgamma",
        "remainder": "remainder",
    }  # fmt: skip

    def __getattr__(self, function: str) -> Any:
        if function.startswith("_") or not hasattr(arithmetic, function):
            raise AttributeError(function)
        written = self._NAMES.get(function, f"np.{function}")

        def compute(*operands: Operand) -> Term:
            terms = [as_term(operand) for operand in operands]
            if all(term.is_number for term in terms):
                numbers = [term.number for term in terms]
                return number(getattr(arithmetic, function)(*numbers))
            return call(written, *terms)

        return compute

    def divide(self, a: Operand, b: Operand) -> Term:
        return as_term(a) / b

    def power(self, a: Operand, b: Operand) -> Term:
        base, exponent = as_term(a), as_term(b)
        if base.is_number and exponent.is_number:
            return number(arithmetic.power(base.number, exponent.number))
        if _is(exponent, 0.5):
            return call("power_of_half", base)
        return base**exponent

    def equal(self, a: Operand, b: Operand) -> Term:
        return _binary("==", a, b)

    def where(self, condition: Operand, a: Operand, b: Operand) -> Term:
        chosen, x, y = as_term(condition), as_term(a), as_term(b)
        if chosen.is_number:
            return x if chosen.number else y
        shape = broadcast([chosen.shape, x.shape, y.shape])
        if _is(x, 1.0) and _is(y, 0.0) and chosen.text in ("<", "<=", ">", ">=", "==", "&"):
            return Term("indicator", (chosen,), shape=shape)
        return call("np.where", chosen, x, y, shape=shape)

    def hypot(self, *operands: Operand) -> Term:
        if len(operands) == 1:
            return call("np.abs", *operands)
        total = as_term(operands[0])
        for operand in operands[1:]:
            total = call("np.hypot", total, operand)
        return total

    def polygamma(self, order: int, x: Operand) -> Term:
        x = as_term(x)
        if x.is_number:
            return number(arithmetic.polygamma(int(order), x.number))
        return Term("call", (x,), f"polygamma({int(order)}, ", x.shape)


def _is(term: Term, value: float) -> bool:
    return term.is_number and term.number == value


vocabulary = Vocabulary()


# Writing.

_STRENGTH = {"&": 2, "<": 1, "<=": 1, ">": 1, ">=": 1, "==": 1, "+": 3, "-": 3, "*": 4, "/": 4,
             "@": 4, "**": 6}  # fmt: skip
NEGATIVE, ATOM = 5, 7


class Writer:
    """Write terms as Python; those that have a name already are written by their name."""

    def __init__(self) -> None:
        self.names: dict[Term, str] = {}

    def write(self, root: Term) -> str:
        return self._pieces(root)[0]

    def _pieces(self, root: Term) -> tuple[str, int]:
        """Write operands before what uses them, without recursion."""
        written: dict[Term, tuple[str, int]] = {}
        stack = [root]
        while stack:
            term = stack[-1]
            if term in self.names:
                written[term] = self.names[term], ATOM
            elif missing := [operand for operand in term.operands if operand not in written]:
                stack.extend(missing)
                continue
            else:
                written[term] = self._one(term, [written[operand] for operand in term.operands])
            stack.pop()
        return written[root]

    def _one(self, term: Term, pieces: Sequence[tuple[str, int]]) -> tuple[str, int]:
        if term.kind == "name":
            return term.text, ATOM
        if term.kind == "number":
            text = write_number(term.number)
            return text, NEGATIVE if text.startswith("-") else ATOM
        if term.kind == "negative":
            return f"-{_at(NEGATIVE, pieces[0])}", NEGATIVE
        if term.kind == "indicator":
            return f"np.where({pieces[0][0]}, 1.0, 0.0)", ATOM
        if term.kind == "after":
            return f"{_at(ATOM, pieces[0])}{term.text}", ATOM
        if term.kind == "call":
            opened = term.text if "(" in term.text else f"{term.text}("
            return f"{opened}{', '.join(text for text, _ in pieces)})", ATOM
        strength = _STRENGTH[term.text]
        loose, tight = strength, strength + 1
        if term.text == "**":
            loose, tight = ATOM, NEGATIVE
        elif strength < 3:
            loose = tight = 3
        left, right = _at(loose, pieces[0]), _at(tight, pieces[1])
        return f"{left} {term.text} {right}", strength


def _at(strength: int, piece: tuple[str, int]) -> str:
    text, bound = piece
    return text if bound >= strength else f"({text})"


def write_number(value: float) -> str:
    """Return a number as Python writes it; whole ones short, inf and nan by NumPy's names."""
    if value != value:
        return "np.nan"
    if math.isinf(value):
        return "np.inf" if value > 0 else "-np.inf"
    if value == int(value) and abs(value) < 1e6 and (value or math.copysign(1.0, value) > 0):
        return f"{int(value)}.0"
    return repr(value)


def subterms(root: Term) -> list[Term]:
    """Return a term and all below it, each as often as it is used; operands come first."""
    found, stack = [], [root]
    while stack:
        term = stack.pop()
        found.append(term)
        stack.extend(term.operands)
    found.reverse()
    return found


def replaced(root: Term, replacements: Mapping[str, Term]) -> Term:
    """Return the term with other terms in place of names."""
    found: dict[Term, Term] = {}
    for term in subterms(root):
        if term.kind == "name":
            found[term] = replacements.get(term.text, term)
        else:
            below = tuple([found[operand] for operand in term.operands])
            found[term] = (
                term
                if below == term.operands
                else Term(term.kind, below, term.text, term.shape, term.number)
            )
    return found[root]
