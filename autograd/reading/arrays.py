"""The vector or matrix that a tree stands for, checked for shape at every sign.

A vector is a column. Where no sign stands between two, and with ``@``, it is the product of
matrices; ``⊙`` goes entry by entry and ``a ⊗ b`` is a bᵀ. ``*`` and ``·`` are whichever of the
products fits, and an error where two do.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NoReturn, Protocol, TypeGuard

from autograd import arithmetic, ops
from autograd.errors import FormulaError, LabelError
from autograd.reading.evaluation import ONE, TWO, called, constant_of, power
from autograd.reading.functions import OfNumbers
from autograd.reading.parser import parse
from autograd.reading.tokens import Names, fail
from autograd.reading.tree import (
    PRODUCTS,
    Call,
    Derivative,
    Name,
    Number,
    Operation,
    Side,
    Sign,
    Term,
    fold,
)


class ShapesError(FormulaError):
    """Vectors or matrices in a formula do not fit together; the message shows the place."""


@dataclass(frozen=True, slots=True)
class Array:
    """Numbers in rows of one length."""

    rows: tuple[tuple[float, ...], ...]

    @property
    def shape(self) -> tuple[int, int]:
        return len(self.rows), len(self.rows[0])

    @property
    def entries(self) -> list[float]:
        """All numbers, row by row."""
        return [number for row in self.rows for number in row]

    @property
    def transposed(self) -> Array:
        return Array(tuple(zip(*self.rows, strict=True)))

    def of_entries(self, function: Callable[[float], float]) -> Array:
        """Return what a function makes of each entry."""
        return Array(tuple(tuple(map(function, row)) for row in self.rows))

    def with_entries(self, other: Array, function: Callable[[float, float], float]) -> Array:
        """Return what a function makes of each entry and that of an array of the same shape."""
        rows = zip(self.rows, other.rows, strict=True)
        return Array(tuple(tuple(map(function, *pair)) for pair in rows))

    def __matmul__(self, other: Array) -> Array:
        columns = other.transposed.rows
        return Array(tuple(tuple(_dot(row, column) for column in columns) for row in self.rows))


def _dot(a: Sequence[float], b: Sequence[float]) -> float:
    products = [x * y for x, y in zip(a, b, strict=True)]
    return math.fsum(products) if all(map(math.isfinite, products)) else sum(products)


def array(rows: Iterable[Iterable[float]]) -> Array:
    return Array(tuple(map(tuple, rows)))


class ArrayMeanings(Protocol):
    """The arrays that a formula is about; each may raise a LabelError."""

    @property
    def functions(self) -> Mapping[str, Callable[..., float]]: ...

    def array(self, name: str) -> Array | float:
        """Return the array, or the number, of a name."""

    def derivatives(self, of: str, by: str, is_partial: bool) -> Array | float:
        """Return ∂of/∂by with a row for each entry of a vector; of the loss, in its shape."""


def parse_arrays(
    formula: str, names: Names, *, decimal_comma: bool = False
) -> list[tuple[Side, Side]]:
    """Return the sides of an equation, each read twice: ``⊙`` binds as other products, or less.

    Raises:
        FormulaError: if it can't be read.
    """
    both = [
        parse(formula, names, decimal_comma=decimal_comma, arrays=True, entries_last=last)
        for last in (False, True)
    ]
    return list(zip(*both, strict=True))


def whichever_fits(formula: str, side: Side, other: Side, meanings: ArrayMeanings) -> Array | float:
    """Return the array of a side however ⊙ binds: A ⊙ B C is A ⊙ (B C) or (A ⊙ B) C, by the shapes.

    Raises:
        ShapesError: if neither fits.
        FormulaError: if both do and are not the same, or for what :func:`array_of` raises it.
    """
    found, misfits = [], []
    for each in (side, other):
        try:
            found.append(array_of(formula, each.root, meanings))
        except ShapesError as error:
            misfits.append(error)
    if not found:
        raise misfits[0]
    if len(found) == 2 and not _agree(*found):
        fail(formula, side.root.extent, "how far does ⊙ reach? write parentheses")
    return found[0]


def as_number(formula: str, side: Side, found: Array | float) -> float:
    """Return the number that a side is.

    Raises:
        ShapesError: if it is a vector or a matrix.
    """
    if not isinstance(found, Array):
        return found
    if found.shape != (1, 1):
        problem = f"it has shape {found.shape} and must be a number"
        fail(formula, side.root.extent, problem, ShapesError)
    return found.rows[0][0]


def _agree(a: Array | float, b: Array | float) -> bool:
    shapes = [each.shape for each in (a, b) if isinstance(each, Array)]
    pairs = zip(_entries(a), _entries(b), strict=False)
    return len(set(shapes)) < 2 and all(
        math.isclose(x, y, rel_tol=1e-9) or (x != x and y != y) for x, y in pairs
    )


def array_of(formula: str, root: Term, meanings: ArrayMeanings) -> Array | float:
    """Return the array, or the number, of a tree.

    Raises:
        ShapesError: if two do not fit together.
        FormulaError: if a name has no meaning, or a product could be of two kinds.
    """
    return fold(root, _Evaluation(formula, meanings).of)


@dataclass(frozen=True, slots=True)
class _Evaluation:
    formula: str
    meanings: ArrayMeanings

    def of(self, term: Term, operands: list[Array | float]) -> Array | float:
        match term:
            case Number():
                return term.number
            case Name():
                return self._named(term)
            case Derivative():
                try:
                    return self.meanings.derivatives(term.of, term.by, term.is_partial)
                except LabelError as error:
                    fail(self.formula, term.place, str(error))
            case Call():
                return self._call(term, operands)
            case Operation():
                return self._operation(term, operands)
        raise NotImplementedError(term)

    def _named(self, term: Name) -> Array | float:
        try:
            return self.meanings.array(term.name)
        except LabelError as error:
            return constant_of(self.formula, term, error)

    def _call(self, term: Call, operands: list[Array | float]) -> Array | float:
        if term.function in VECTOR_FUNCTIONS:
            [operand] = operands
            return VECTOR_FUNCTIONS[term.function](operand)
        function = self.meanings.functions[term.function]
        if isinstance(function, OfNumbers):
            numbers = [n for each in operands for n in _entries(each)]
            return called(self.formula, term, function, numbers)
        return self._entry_by_entry(
            term, operands, lambda *numbers: called(self.formula, term, function, list(numbers))
        )

    def _operation(self, term: Operation, operands: list[Array | float]) -> Array | float:
        if term.sign in PRODUCTS:
            return self._product(term, *operands)
        if term.sign is Sign.TRANSPOSE:
            [operand] = operands
            return operand.transposed if isinstance(operand, Array) else operand
        if term.sign is Sign.POWER:
            base, _ = operands
            if isinstance(base, Array) and base.shape[0] == base.shape[1] > 1:
                problem = "is it the power of a matrix or of its entries? write it as a product"
                fail(self.formula, term.place, problem)
            return self._entry_by_entry(
                term, operands, lambda *numbers: power(self.formula, term, *numbers)
            )
        apply: Callable[..., float] = (TWO if len(operands) == 2 else ONE)[term.sign]
        return self._entry_by_entry(term, operands, apply)

    def _entry_by_entry(
        self, term: Term, operands: Sequence[Array | float], apply: Callable[..., float]
    ) -> Array | float:
        shapes = {each.shape for each in operands if isinstance(each, Array)}
        if not shapes:
            return apply(*operands)
        if len(shapes) > 1 and (1, 1) in shapes:  # aᵀb is a number
            numbers = [each.rows[0][0] if _is_number(each) else each for each in operands]
            return self._entry_by_entry(term, numbers, apply)
        if len(shapes) > 1:
            first, *others = (each for each in operands if isinstance(each, Array))
            self._misfit(term, first, next(e for e in others if e.shape != first.shape))
        rows, columns = shapes.pop()
        return array(
            [
                apply(*(e.rows[i][j] if isinstance(e, Array) else e for e in operands))
                for j in range(columns)
            ]
            for i in range(rows)
        )

    def _product(self, term: Operation, a: Array | float, b: Array | float) -> Array | float:
        if not isinstance(a, Array) or not isinstance(b, Array):
            return self._entry_by_entry(term, (a, b), lambda x, y: x * y)
        chains, is_same = a.shape[1] == b.shape[0], a.shape == b.shape
        if term.sign is Sign.OUTER:
            if 1 not in a.shape or 1 not in b.shape:
                self._misfit(term, a, b)
            return array([x * y for y in b.entries] for x in a.entries)
        if term.sign is Sign.MULTIPLY and is_same and a.shape != (1, 1):
            # People write * for entry by entry, as NumPy has it, and · for several products.
            if self.formula[term.place.start] != "*" or chains:
                problem = f"which product of {a.shape} and {b.shape}: ⊙, or is one transposed?"
                fail(self.formula, term.place, problem)
        elif term.sign is not Sign.MULTIPLY_ENTRIES:
            if chains:
                return a @ b
            if (1, 1) in (a.shape, b.shape):
                factor, other = (a, b) if a.shape == (1, 1) else (b, a)
                return other.of_entries(lambda x: x * factor.rows[0][0])
        if not is_same:
            self._misfit(term, a, b)
        return a.with_entries(b, lambda x, y: x * y)

    def _misfit(self, term: Term, a: Array, b: Array) -> NoReturn:
        is_product = isinstance(term, Operation) and term.sign in PRODUCTS
        problem = f"{a.shape} {'times' if is_product else 'and'} {b.shape} does not fit"
        fitting = _fitting(term, a, b, [self.formula[slice(*e.extent)] for e in term.operands])
        hint = f"; transposed? {fitting} does" if fitting else ""
        fail(self.formula, term.extent, problem + hint, ShapesError)


def _fitting(term: Term, a: Array, b: Array, texts: Sequence[str]) -> str:
    """Return how two arrays would fit that do not; empty if transposing one is not enough."""
    sign = term.sign if isinstance(term, Operation) else None
    if sign in (Sign.MULTIPLY, Sign.MATRIX_MULTIPLY):
        if a.shape[0] == b.shape[0]:
            return f"{_turned(texts[0])} {texts[1]}"
        if a.shape[1] == b.shape[1]:
            return f"{texts[0]} {_turned(texts[1])}"
    elif a.transposed.shape == b.shape and sign is not Sign.OUTER:
        return _turned(texts[0])
    return ""


def _turned(text: str) -> str:
    return text.removesuffix("ᵀ") if text.endswith("ᵀ") else f"{text}ᵀ"


def _is_number(each: Array | float) -> TypeGuard[Array]:
    return isinstance(each, Array) and each.shape == (1, 1)


def _entries(each: Array | float) -> list[float]:
    return each.entries if isinstance(each, Array) else [each]


def _softmax(logits: Array | float) -> Array | float:
    if not isinstance(logits, Array):
        return 1.0
    columns = logits.transposed.rows  # one for each example
    return array(ops.softmax_values(arithmetic, column) for column in columns).transposed


# Functions whose value is an array.
VECTOR_FUNCTIONS: dict[str, Callable[[Array | float], Array | float]] = {"softmax": _softmax}
