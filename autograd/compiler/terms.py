"""Terms: the expressions of an array program, as structure. How they are written is elsewhere.

Every term knows the shape of one example and whether each example of the batch has its own. The
batch is no axis among the others: so no axis can be taken for it, whatever their lengths are, and
only the writer knows where it stands.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any, NamedTuple, Self, TypeAlias

from autograd import arithmetic

Shape: TypeAlias = tuple[int, ...]


def broadcast(shapes: Iterable[Shape]) -> Shape:
    """Return the shape of an operation on arrays of these shapes, which end alike.

    >>> broadcast([(2, 3), (3,), ()])
    (2, 3)
    """
    result: list[int] = []  # from the last axis to the first
    for shape in shapes:
        result += [1] * (len(shape) - len(result))
        for axis, length in enumerate(reversed(shape)):
            if length != 1:
                result[axis] = length
    return tuple(reversed(result))


@dataclass(frozen=True, eq=False, slots=True)
class Function:
    """A function of elements: its word in the vocabulary of rules, or its sign.

    It is known by its record, not by its name.
    """

    name: str
    is_sign: bool = False  # it is written between its operands
    gives_truth: bool = False  # its values are truth values, not numbers


ADD, SUBTRACT, MULTIPLY, DIVIDE, POWER = [
    Function(sign, True) for sign in ["+", "-", "*", "/", "**"]
]
LESS, AT_MOST, GREATER, AT_LEAST, EQUAL, AND = [
    Function(sign, True, True) for sign in ["<", "<=", ">", ">=", "==", "&"]
]
NEGATIVE = Function("negative")
INDICATOR = Function("indicator")  # 1 where a condition holds, else 0
WHERE = Function("where")
POWER_OF_HALF = Function("power_of_half")
POLYGAMMA = Function("polygamma")  # its first operand is the order

# The words that rules use, as IEEE 754 has them: those of arithmetic.
WORDS = {
    word: Function(word)
    for word, function in vars(arithmetic).items()
    if callable(function) and not word.startswith("_")
} | {"where": WHERE, "polygamma": POLYGAMMA}  # fmt: skip


class Range(NamedTuple):
    """Positions along an axis: from start, before stop, in steps."""

    start: int
    stop: int
    step: int = 1


Index: TypeAlias = tuple[int | Range, ...]  # for each axis a position or a range


class Method(Enum):
    """What numbers along axes become one number by."""

    SUM = auto()
    MEAN = auto()
    PROD = auto()
    MAX = auto()
    MIN = auto()


class Over(Enum):
    """Over which axes two arrays are multiplied and added up."""

    LAST = auto()  # the last of both: x Wᵀ, a layer
    LAST_AND_FIRST = auto()  # the last of one and the first of the other: ∇a W
    ALL_BUT_LAST = auto()  # all but the last of both, examples too: ∇aᵀ x


@dataclass(frozen=True, eq=False, slots=True)
class RowFunction:
    """A function of the last axis of arrays, which stands in the library of each dialect."""

    name: str
    keeps_axis: bool  # it gives a row for a row, not a number
    rows: int = 0  # which of its operands has the rows
    per_row: tuple[int, ...] = ()  # which of them have one element for each row


class Term:
    """An expression: what it is made of, the shape of one example, whether examples differ in it.

    A term is not changed once it is made. It is equal to itself alone; ``structure`` tells what
    else would compute the same from the same operands.
    """

    __slots__ = ("batched", "facts", "operands", "shape", "size")

    def __init__(
        self, operands: tuple[Term, ...], shape: Shape, batched: bool, facts: tuple[Any, ...] = ()
    ) -> None:
        self.operands = operands
        self.shape = shape
        self.batched = batched
        self.facts = facts  # what it is besides its operands
        self.size: int = 1 if operands else 0  # the operations that it is written with
        for operand in operands:
            self.size += operand.size

    @property
    def structure(self) -> tuple[Any, ...]:
        """What sets it apart from another term with the same operands."""
        return type(self), self.shape, self.batched, *self.facts

    @property
    def full(self) -> tuple[Shape, bool]:
        """The shape of one example, and whether examples differ."""
        return self.shape, self.batched

    @property
    def is_number_at_run_time(self) -> bool:
        return not (self.shape or self.batched)

    def with_operands(self, operands: tuple[Term, ...]) -> Self:
        """Return the same of other operands, which have the same shapes."""
        if operands == self.operands:
            return self
        copy = object.__new__(type(self))
        Term.__init__(copy, operands, self.shape, self.batched, self.facts)
        return copy

    def __add__(self, other: Operand) -> Term:
        return _signed(ADD, self, other)

    def __radd__(self, other: Operand) -> Term:
        return _signed(ADD, other, self)

    def __sub__(self, other: Operand) -> Term:
        return _signed(SUBTRACT, self, other)

    def __rsub__(self, other: Operand) -> Term:
        return _signed(SUBTRACT, other, self)

    def __mul__(self, other: Operand) -> Term:
        return multiply(self, as_term(other))

    def __rmul__(self, other: Operand) -> Term:
        return multiply(as_term(other), self)

    def __truediv__(self, other: Operand) -> Term:
        return _divide(self, as_term(other))

    def __rtruediv__(self, other: Operand) -> Term:
        return _divide(as_term(other), self)

    def __pow__(self, other: Operand) -> Term:
        return _signed(POWER, self, other)

    def __rpow__(self, other: Operand) -> Term:
        return _signed(POWER, other, self)

    def __neg__(self) -> Term:
        if is_applied(self, NEGATIVE):
            return self.operands[0]
        return Number(-self.value) if isinstance(self, Number) else Apply(NEGATIVE, self)

    def __lt__(self, other: Operand) -> Term:
        return _signed(LESS, self, other)

    def __le__(self, other: Operand) -> Term:
        return _signed(AT_MOST, self, other)

    def __gt__(self, other: Operand) -> Term:
        return _signed(GREATER, self, other)

    def __ge__(self, other: Operand) -> Term:
        return _signed(AT_LEAST, self, other)

    def __and__(self, other: Operand) -> Term:
        return _signed(AND, self, other)

    def __bool__(self) -> bool:
        raise TypeError("a rule chooses with m.where(condition, a, b), not with if, and, or")


Operand: TypeAlias = Term | float


class Variable(Term):
    """What has a name: an input, a parameter, a constant, or what a statement has computed."""

    __slots__ = ()

    def __init__(
        self, name: str, shape: Shape = (), batched: bool = False, is_nameless: bool = False
    ) -> None:
        """Make a variable; ``is_nameless`` says that nobody has called it so."""
        super().__init__((), shape, batched, (name, is_nameless))

    @property
    def name(self) -> str:
        name: str = self.facts[0]
        return name

    @property
    def is_nameless(self) -> bool:
        return bool(self.facts[1])


class Number(Term):
    """A number that is fixed."""

    __slots__ = ("value",)

    def __init__(self, value: float) -> None:
        super().__init__((), (), False, (repr(float(value)),))
        self.value = float(value)


class Whole(Term):
    """A whole number that is no operand of arithmetic: an order, or a class."""

    __slots__ = ()

    def __init__(self, value: int) -> None:
        super().__init__((), (), False, (value,))

    @property
    def value(self) -> int:
        value: int = self.facts[0]
        return value


class Apply(Term):
    """A function of elements, of operands that broadcast."""

    __slots__ = ()

    def __init__(self, function: Function, *operands: Term) -> None:
        shape = broadcast([operand.shape for operand in operands])
        batched = any(operand.batched for operand in operands)
        super().__init__(operands, shape, batched, (function,))

    @property
    def function(self) -> Function:
        function: Function = self.facts[0]
        return function


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


def as_term(operand: Operand) -> Term:
    return operand if isinstance(operand, Term) else Number(operand)


def is_applied(term: Term, function: Function) -> bool:
    """Say whether a term is this function of something."""
    return isinstance(term, Apply) and term.function is function


def is_truth(term: Term) -> bool:
    """Say whether the values of a term are truth values."""
    return isinstance(term, Apply) and term.function.gives_truth


def multiply(a: Term, b: Term) -> Term:
    """Return the product; 1 and -1 leave no factor, as they change no bit of the other."""
    for one, other in ((a, b), (b, a)):
        if _is(one, 1.0):
            return other
        if _is(one, -1.0):
            return -other
    if is_applied(a, INDICATOR):  # a truth value times a number is the number or 0
        return Apply(MULTIPLY, b, a)
    return _signed(MULTIPLY, a, b)


def _divide(a: Term, b: Term) -> Term:
    if isinstance(a, Number) and isinstance(b, Number):
        return Number(arithmetic.divide(a.value, b.value))
    return a if _is(b, 1.0) else _signed(DIVIDE, a, b)


_FOLDED = {ADD: lambda a, b: a + b, SUBTRACT: lambda a, b: a - b, MULTIPLY: lambda a, b: a * b}


def _signed(sign: Function, left: Operand, right: Operand) -> Term:
    a, b = as_term(left), as_term(right)
    if isinstance(a, Number) and isinstance(b, Number) and sign in _FOLDED:
        return Number(_FOLDED[sign](a.value, b.value))
    if sign is ADD and is_applied(b, NEGATIVE):
        sign, b = SUBTRACT, b.operands[0]
    return Apply(sign, a, b)


def _is(term: Term, value: float) -> bool:
    return isinstance(term, Number) and term.value == value


class Vocabulary:
    """The vocabulary that the rules of ops are read in: what they compute, as terms."""

    def __getattr__(self, word: str) -> Any:
        function = WORDS.get(word)
        if function is None:
            raise AttributeError(word)

        def compute(*operands: Operand) -> Term:
            terms = [as_term(operand) for operand in operands]
            numbers = [term.value for term in terms if isinstance(term, Number)]
            if len(numbers) == len(terms):
                return Number(getattr(arithmetic, word)(*numbers))
            return Apply(function, *terms)

        return compute

    def divide(self, a: Operand, b: Operand) -> Term:
        return as_term(a) / b

    def power(self, a: Operand, b: Operand) -> Term:
        base, exponent = as_term(a), as_term(b)
        if isinstance(base, Number) and isinstance(exponent, Number):
            return Number(arithmetic.power(base.value, exponent.value))
        return Apply(POWER_OF_HALF, base) if _is(exponent, 0.5) else base**exponent

    def equal(self, a: Operand, b: Operand) -> Term:
        return _signed(EQUAL, a, b)

    def where(self, condition: Operand, a: Operand, b: Operand) -> Term:
        chosen, x, y = as_term(condition), as_term(a), as_term(b)
        if isinstance(chosen, Number):
            return x if chosen.value else y
        if _is(x, 1.0) and _is(y, 0.0) and is_truth(chosen):
            return Apply(INDICATOR, chosen)
        return Apply(WHERE, chosen, x, y)

    def hypot(self, *operands: Operand) -> Term:
        if len(operands) == 1:
            return Apply(WORDS["abs"], as_term(operands[0]))
        total = as_term(operands[0])
        for operand in operands[1:]:
            total = Apply(WORDS["hypot"], total, as_term(operand))
        return total

    def polygamma(self, order: int, x: Operand) -> Term:
        x = as_term(x)
        if isinstance(x, Number):
            return Number(arithmetic.polygamma(int(order), x.value))
        return Apply(POLYGAMMA, Whole(int(order)), x)


vocabulary = Vocabulary()


def subterms(root: Term) -> list[Term]:
    """Return a term and all below it, each as often as it is used; operands come first."""
    found, stack = [], [root]
    while stack:
        term = stack.pop()
        found.append(term)
        stack.extend(term.operands)
    found.reverse()
    return found
