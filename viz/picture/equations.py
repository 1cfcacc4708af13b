"""The equations of boxes as structure: what a title says is what was found to hold.

An expression knows its shape. It is made only of elements that were compared one by one, so what
is written conforms: in ``a1 = x W1ᵀ + b1`` row i of a1 is made of row i of x.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from autograd import Value
from autograd.explanations.formulas import operation
from autograd.ops import Primitive
from viz.text import visible

if TYPE_CHECKING:
    from viz.picture.boxes import Box

Shape: TypeAlias = tuple[int, ...]
Index: TypeAlias = tuple[int | slice | list[int], ...]

# More terms or names than these are not written out in a title.
MOST_TERMS, MOST_NAMES = 4, 3


@dataclass(frozen=True, eq=False)
class Expression:
    """What a title writes: an array of a shape, made of others."""

    shape: Shape
    operands: tuple[Expression, ...]

    def text(self) -> str:
        """Return the expression as it is written, with the symbols that boxes have now."""
        raise NotImplementedError

    @property
    def texts(self) -> list[str]:
        return [operand.text() for operand in self.operands]


@dataclass(frozen=True, eq=False)
class Part(Expression):
    """Some elements of a box: all, or those at an index of its array, row after row."""

    box: Box
    index: Index

    def text(self) -> str:
        if not self.index or len(self.box.elements) == 1:
            return self.box.symbol
        if not self.shape and (label := self._element().label):
            return visible(label)
        return f"{self.box.symbol}[{written_index(self.index)}]"

    def _element(self) -> Value:
        place = 0
        for each, length in zip(self.index, self.box.shape, strict=True):
            assert isinstance(each, int)
            place = place * length + each
        return self.box.elements[place]


def part(box: Box, shape: Shape, index: Index = ()) -> Part:
    return Part(shape, (), box, index)


class Flat(Expression):
    """The elements of a matrix in one row."""

    def text(self) -> str:
        return f"flat({self.texts[0]})"


def flat(operand: Expression) -> Flat:
    height, width = operand.shape
    return Flat((height * width,), (operand,))


@dataclass(frozen=True, eq=False)
class Windows(Expression):
    """A row for each place of a window that moves along a vector."""

    stride: int

    def text(self) -> str:
        stride = f", stride {self.stride}" if self.stride != 1 else ""
        return f"windows({self.texts[0]}{stride})"


class Transposed(Expression):
    """A matrix with its columns as rows."""

    def text(self) -> str:
        return f"{self.texts[0]}ᵀ"


def transposed(operand: Expression) -> Expression:
    """Return the transpose of a matrix; that of a transpose is the matrix."""
    if isinstance(operand, Transposed):
        return operand.operands[0]
    return Transposed(operand.shape[::-1], (operand,))


class Column(Expression):
    """A vector as a matrix of one column."""

    def text(self) -> str:
        return f"{self.texts[0]}[:,None]"


def column(operand: Expression) -> Column:
    return Column((*operand.shape, 1), (operand,))


class Joined(Expression):
    """Arrays side by side, along their last axis; a number is a vector of one."""

    def text(self) -> str:
        return f"({elided(self.texts, ', ')})"


def joined(operands: Sequence[Expression]) -> Joined:
    width = sum(each.shape[-1] if each.shape else 1 for each in operands)
    return Joined((*operands[0].shape[:-1], width), tuple(operands))


class Stacked(Expression):
    """Vectors as the rows of a matrix."""

    def text(self) -> str:
        return f"({elided(self.texts, '; ')})"


def stacked(rows: Sequence[Expression]) -> Stacked:
    return Stacked((len(rows), *rows[0].shape), tuple(rows))


class Product(Expression):
    """A product of matrices, or of a matrix and a vector."""

    def text(self) -> str:
        return " ".join(self.texts)


def product(left: Expression, right: Expression) -> Product:
    return Product((*left.shape[:-1], *right.shape[1:]), (left, right))


class Inner(Expression):
    """The sum of the products of the elements of two arrays of one shape, w·x."""

    def text(self) -> str:
        return "·".join(self.texts)


class Hadamard(Expression):
    """The product of arrays element by element, which broadcast to the shape."""

    def text(self) -> str:
        has_number = any(not operand.shape for operand in self.operands)
        return ("·" if has_number else " ⊙ ").join(self.texts)


class RowDots(Expression):
    """The dot product of each row of a matrix with the same row of another."""

    def text(self) -> str:
        return f"rowsum({' ⊙ '.join(self.texts)})"


class Total(Expression):
    """A sum of arrays, which broadcast to the shape."""

    def text(self) -> str:
        shown = self.texts
        if len(shown) > MOST_TERMS:
            shown = [*shown[: MOST_TERMS - 1], "…"]
        return " + ".join(shown)


@dataclass(frozen=True, eq=False)
class Elementwise(Expression):
    """An op applied to the elements of arrays, which broadcast to the shape."""

    op: Primitive
    element: Value  # one that is computed so

    def text(self) -> str:
        slots = self.texts
        if len(slots) == len(self.element.parents) <= MOST_NAMES:
            return operation(self.element, slots)
        return f"{self.op.name}({elided(slots, ', ')})"


@dataclass(frozen=True, eq=False)
class OfRows(Expression):
    """An op of the last axis of arrays: of each row, or of all elements if one number comes out.

    ``chosen`` says which of the outputs are there, of an op that has one for each operand.
    """

    op: Primitive
    chosen: Index

    def text(self) -> str:
        shown = self.texts
        if len(self.operands) == 1 and isinstance(self.operands[0], Joined):
            joined_ = self.operands[0].operands
            shown = [(e.operands[0] if isinstance(e, Column) else e).text() for e in joined_]
        chosen = f"[{written_index(self.chosen)}]" if self.chosen else ""
        return f"{self.op.name}({elided(shown, ', ')}){chosen}"


@dataclass(frozen=True, eq=False)
class Unordered(Expression):
    """An op of elements that no index says: a title tells which boxes they are of, and no more."""

    op: Primitive
    boxes: tuple[tuple[Box, bool], ...]  # and whether all of its elements are there

    def text(self) -> str:
        names = [box.symbol if is_whole else f"{box.symbol}[…]" for box, is_whole in self.boxes]
        return f"{self.op.name}({elided(names, ', ')})"


def parts(expression: Expression) -> Iterator[Part]:
    """Yield the parts of boxes that an expression is made of."""
    if isinstance(expression, Part):
        yield expression
    for operand in expression.operands:
        yield from parts(operand)


def written_index(index: Index) -> str:
    """Return what stands between the brackets.

    >>> written_index((2, slice(None))), written_index((slice(None), 1)), written_index(([2, 0],))
    ('2', ':,1', '[2, 0]')
    """
    texts = [_written_slice(each) if isinstance(each, slice) else str(each) for each in index]
    while len(texts) > 1 and texts[-1] == ":":
        texts.pop()
    return ",".join(texts)


def _written_slice(each: slice) -> str:
    start, stop, step = (
        "" if bound is None else str(bound) for bound in (each.start, each.stop, each.step)
    )
    return f"{start}:{stop}:{step}" if step else f"{start}:{stop}"


def elided(texts: Sequence[str], separator: str) -> str:
    """Return the texts in one, with … for those in the middle when there are many."""
    if len(texts) > MOST_NAMES:
        texts = [*texts[: MOST_NAMES - 1], "…", texts[-1]]
    return separator.join(texts)
