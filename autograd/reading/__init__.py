r"""Formulas that people write for a derivative, read without ever running code.

A formula is made of numbers, names (above all the labels of nodes), the functions of autograd and
those that a user made and the graph has, slopes of functions (``σ'(a)``), ``+ - * /``, powers
(``x**2``, ``x^2``, ``x²``, ``tanh²(x)``, ``tanh^2(x)``), roots (``√x``), absolute values (``|x|``),
fractions (``½``), derivatives by name (``∂L/∂h``, ``dh/da``, ``∇a2``), parentheses of all kinds,
and in them comparisons (``1[a > 0]``, ``\mathbb{1}_{a > 0}``). The dots and crosses of products,
the dashes of differences and the strokes of quotients all count as one. Names may have dots, places
and indices (``encoder.W1[0,2]``, ``W[0][1]``, ``x₁``, ``p_1``, ``w_{212}``); any other goes
in backquotes. Precedence is that of Python: ``-x**2`` is ``-(x**2)``.

All of it may be written in LaTeX as well: ``\frac{\partial L}{\partial \hat{y}_1} \cdot h^{2}``.

Products may be written without a sign: ``2x``, ``x y``, ``x(1 - x)``, ``(1 - x)x``. A name that is
no label may be several, ``xe^(x^2)``, if it can be taken apart in one way only. What people read in
two ways, such as ``1/2x`` or ``ln x y``, is an error and never a guess; ``2/3 (h - y)`` is read in
one.

A formula goes through four stages: :mod:`~autograd.reading.tokens` cut it, in whichever notation,
:mod:`~autograd.reading.parser` makes a :mod:`~autograd.reading.tree` of them, and
:mod:`~autograd.reading.evaluation` has its number, at the numbers of the graph or at others.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from autograd.errors import LabelError
from autograd.reading.evaluation import number_of
from autograd.reading.functions import FUNCTIONS, functions_of
from autograd.reading.parser import LONGEST, parse, parse_formula
from autograd.reading.tokens import fail
from autograd.reading.tree import (
    PRODUCTS,
    Derivative,
    Name,
    Number,
    Operation,
    Side,
    Sign,
    Term,
    bottom_up,
    fold,
)

__all__ = [
    "FUNCTIONS",
    "LONGEST",
    "PRODUCTS",
    "Derivative",
    "Name",
    "Number",
    "Operation",
    "Side",
    "Sign",
    "Term",
    "bottom_up",
    "evaluate",
    "fail",
    "fold",
    "functions_of",
    "number_of",
    "parse",
    "parse_formula",
]


def evaluate(
    formula: str,
    lookup: Callable[[str], float],
    functions: Mapping[str, Callable[..., float]] = FUNCTIONS,
    *,
    decimal_comma: bool = False,
) -> float:
    r"""Return the number that a formula stands for; ``lookup`` knows the number of each name.

    Arithmetic follows IEEE 754, as everywhere: ``1/0`` is inf. O(length of the formula). With a
    decimal comma ``0,5`` is a number.

    Raises:
        FormulaError: if it is not a formula, or uses a name for which ``lookup`` raises a
            :class:`~autograd.errors.LabelError`; it shows the place.

    >>> evaluate("2(y − t)·x²", {"y": 1.0, "t": 0.5, "x": 3.0}.__getitem__)
    9.0
    >>> evaluate(r"\frac{1}{2}\left|y - t\right| x", {"y": 1.0, "t": 5.0, "x": 3.0}.__getitem__)
    6.0
    >>> evaluate("2*x 3", {"x": 1.0, "y": 2.0}.__getitem__)
    Traceback (most recent call last):
        ...
    autograd.errors.FormulaError: an operator is missing before '3': write * for a product
        2*x 3
            ^
    """
    names = _Lookup(lookup, functions)
    root = parse_formula(formula, names, decimal_comma=decimal_comma)
    return number_of(formula, root, names)


@dataclass(frozen=True, slots=True)
class _Lookup:
    """Names whose numbers a function knows, without a graph that could have derivatives."""

    lookup: Callable[[str], float]
    functions: Mapping[str, Callable[..., float]]

    def knows(self, name: str) -> bool:
        try:
            self.lookup(name)
        except LookupError:
            return False
        return True

    def number(self, name: str) -> float:
        return self.lookup(name)

    def is_loss(self, name: str) -> bool:
        return False

    def derivative(self, of: str, by: str, is_partial: bool) -> float:
        raise LabelError("there is no graph here that would have derivatives")
