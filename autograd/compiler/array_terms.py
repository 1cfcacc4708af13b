"""Terms of arrays: elements of them, other shapes, reductions, and products of matrices."""

from __future__ import annotations

from collections.abc import Sequence

from autograd.compiler.symbols import Index, Method, Over, Range, RowFunction, Shape
from autograd.compiler.terms import Term


class Select(Term):
    """Some elements of an array, in each example the same."""

    __slots__ = ()

    def __init__(self, array: Term, index: Index) -> None:
        lengths = [len(range(*each)) for each in index if isinstance(each, Range)]
        super().__init__((array,), tuple(lengths), array.batched, (index,))

    @property
    def index(self) -> Index:
        index: Index = self.facts[0]
        return index


class Take(Term):
    """The elements of an array at positions, counted in rows; it has the shape of the positions."""

    __slots__ = ()

    def __init__(self, array: Term, positions: Term) -> None:
        super().__init__((array, positions), positions.shape, array.batched)


class OfRound(Term):
    """What an array has for one round of a loop: the elements at its number in the first axis."""

    __slots__ = ()

    def __init__(self, array: Term, counter: str) -> None:
        super().__init__((array,), array.shape[1:], array.batched, (counter,))

    @property
    def counter(self) -> str:
        counter: str = self.facts[0]
        return counter


class Lookup(Term):
    """Rows of a table that all examples share, at positions that each example has of its own."""

    __slots__ = ()

    def __init__(self, table: Term, positions: Term) -> None:
        shape = positions.shape + table.shape[1:]
        super().__init__((table, positions), shape, positions.batched)


class SumsAt(Term):
    """A table whose rows are sums of terms: of those that have the position of the row."""

    __slots__ = ()

    def __init__(self, terms: Term, positions: Term, length: int) -> None:
        shape = (length, *terms.shape[len(positions.shape) :])
        super().__init__((terms, positions), shape, False, (length,))

    @property
    def length(self) -> int:
        length: int = self.facts[0]
        return length


class Reshape(Term):
    """The elements of an array, counted in rows, in another shape."""

    __slots__ = ()

    def __init__(self, array: Term, shape: Shape) -> None:
        super().__init__((array,), shape, array.batched)


class Transpose(Term):
    """A matrix with rows for columns, in each example."""

    __slots__ = ()

    def __init__(self, array: Term) -> None:
        super().__init__((array,), array.shape[::-1], array.batched)


class NewAxes(Term):
    """An array with more axes of one element behind its own."""

    __slots__ = ()

    def __init__(self, array: Term, count: int) -> None:
        super().__init__((array,), (*array.shape, *(1,) * count), array.batched, (count,))

    @property
    def count(self) -> int:
        count: int = self.facts[0]
        return count


class Fill(Term):
    """An array with all elements of a shape, that were one for many."""

    __slots__ = ()

    def __init__(self, array: Term, shape: Shape, batched: bool) -> None:
        super().__init__((array,), shape, batched)


class Zeros(Term):
    """An array of zeros."""

    __slots__ = ()

    def __init__(self, shape: Shape, batched: bool) -> None:
        super().__init__((), shape, batched)


class Concatenate(Term):
    """Arrays one after the other, along the last axis."""

    __slots__ = ()

    def __init__(self, *parts: Term) -> None:
        length = sum([part.shape[-1] for part in parts])
        batched = any(part.batched for part in parts)
        super().__init__(parts, (*parts[0].shape[:-1], length), batched)


class Reduce(Term):
    """The sum along some axes of an array, or what else numbers become one by."""

    __slots__ = ()

    def __init__(
        self, method: Method, array: Term, axes: Sequence[int], *,
        of_batch: bool = False, keeps_axes: bool = False,
    ) -> None:  # fmt: skip
        """Make it along axes of the shape, and ``of_batch`` over the examples too."""
        shape = [
            1 if axis in axes else length
            for axis, length in enumerate(array.shape)
            if keeps_axes or axis not in axes
        ]
        facts = method, tuple(axes), of_batch, keeps_axes
        super().__init__((array,), tuple(shape), array.batched and not of_batch, facts)

    @property
    def method(self) -> Method:
        method: Method = self.facts[0]
        return method

    @property
    def axes(self) -> tuple[int, ...]:
        axes: tuple[int, ...] = self.facts[1]
        return axes

    @property
    def of_batch(self) -> bool:
        return bool(self.facts[2])

    @property
    def keeps_axes(self) -> bool:
        return bool(self.facts[3])


class OfRows(Term):
    """A function of the rows of an array."""

    __slots__ = ()

    def __init__(self, function: RowFunction, *operands: Term) -> None:
        rows = operands[function.rows].shape
        batched = any(operand.batched for operand in operands)
        super().__init__(operands, rows if function.keeps_axis else rows[:-1], batched, (function,))

    @property
    def function(self) -> RowFunction:
        function: RowFunction = self.facts[0]
        return function


class Dot(Term):
    """Σ ab over the last axes of two arrays of one shape."""

    __slots__ = ()

    def __init__(self, a: Term, b: Term, n_axes: int) -> None:
        shape = a.shape[: len(a.shape) - n_axes]
        super().__init__((a, b), shape, a.batched or b.batched, (n_axes,))

    @property
    def n_axes(self) -> int:
        n_axes: int = self.facts[0]
        return n_axes


class Contract(Term):
    """A product of matrices: of each row of one array with each row, or column, of another.

    Where examples differ in both, each has a product of its own.
    """

    __slots__ = ()

    def __init__(self, over: Over, a: Term, b: Term) -> None:
        if over is Over.LAST:
            shape, batched = (*a.shape[:-1], b.shape[0]), a.batched
        elif over is Over.LAST_AND_FIRST:
            shape, batched = (*a.shape[:-1], b.shape[1]), a.batched
        else:
            shape, batched = (a.shape[-1], b.shape[-1]), False
        super().__init__((a, b), shape, batched, (over,))

    @property
    def over(self) -> Over:
        over: Over = self.facts[0]
        return over


def transposed(term: Term) -> Term:
    """Return the transpose of a matrix; (Aᵀ)ᵀ is A, and (Aᵀ B)ᵀ is Bᵀ A."""
    if isinstance(term, Transpose):
        return term.operands[0]
    if isinstance(term, Contract) and term.over is Over.LAST_AND_FIRST:
        a, b = term.operands
        if isinstance(a, Transpose):
            return Contract(Over.LAST_AND_FIRST, Transpose(b), a.operands[0])
    return Transpose(term)


def product(a: Term, b: Term) -> Term:
    """Return AB; of a transpose, the rows are multiplied that it was made of."""
    if isinstance(b, Transpose):
        return Contract(Over.LAST, a, b.operands[0])
    return Contract(Over.LAST_AND_FIRST, a, b)
