"""Terms: the expressions of an array program, as structure. How they are written is elsewhere.

Every term knows the shape of one example and whether each example of the batch has its own. The
batch is no axis among the others: so no axis can be taken for it, whatever their lengths are, and
only the writer knows where it stands.
"""

from __future__ import annotations

from typing import Any, Self, TypeAlias

from autograd import arithmetic
from autograd.compiler.symbols import (
    ADD,
    AND,
    AT_LEAST,
    AT_MOST,
    DIVIDE,
    EQUAL,
    GREATER,
    INDICATOR,
    LESS,
    MULTIPLY,
    NEGATIVE,
    POLYGAMMA,
    POWER,
    POWER_OF_HALF,
    SUBTRACT,
    WHERE,
    WORDS,
    Function,
    Shape,
    broadcast,
)


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

    def is_name_of(self, term: Term) -> bool:
        """Say whether a term is this variable already, so that it needs no assignment."""
        return isinstance(term, Variable) and term.name == self.name


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
