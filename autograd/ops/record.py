"""The record of an op: what it computes, how it is differentiated and written, what it is for.

A rule is mathematics in a vocabulary ``m`` that it is handed: the functions of
:mod:`autograd.arithmetic` when it works on floats, operations on Values when a derivative is to be
differentiated again, an array library when a graph is compiled, symbols when a formula is written.
So each rule is written once, the value and the local derivative together::

    @unary(lambda m, y, x: 1 - y * y)
    def tanh(m, x):
        return m.tanh(x)

Rules use ``+``, ``-``, ``*`` and ``<``, ``<=``, ``>``, ``>=`` as they are; ``/``, ``**`` and ``==``
are ``m.divide``, ``m.power`` and ``m.equal``, for on floats Python's own raise where IEEE 754 has a
result, and on Values ``==`` is identity. Numbers that are fixed when a node is made (the slope of a
leaky relu, the index of a softmax output) are *parameters*; rules get them after the operands.
"""

from __future__ import annotations

import math

from autograd import arithmetic
from autograd.appearance import LikeAFunction
from autograd.arguments import sequence
from autograd.kept import Kept
from autograd.operands import Recorded, as_number

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from typing import Any, Literal, Self, TypeAlias, TypeVar

    from autograd.operands import X
    from autograd.signatures import Kind, OfNumber, OfNumbers, OfTwoNumbers, OfValues

    # The types of a rule depend on its vocabulary, so they are Any: floats, Values or arrays.
    ValueRule: TypeAlias = Callable[..., Any]
    DerivativeRule: TypeAlias = Callable[..., Sequence[Any]]
    Interval: TypeAlias = tuple[float, float]
    Op = TypeVar("Op", bound="Primitive")
    Seen = TypeVar("Seen")


class Primitive(LikeAFunction):
    """One operation, and the function that applies it.

    ``value(m, *operands, *parameters)`` returns y; ``derivatives(m, y, *operands, *parameters)``
    returns ∂y/∂operand for each operand. A node that a user made by hand from numbers has neither.

    Ops are told apart by their ``record``, an object, never by name: two ops of one name are two.
    An op with its parameters fixed has the record that it was bound from; any other is its own.

    Args:
        readable: the local derivatives as a person would write them, where the rule for them is
            written to be stable or fast.
        mistaken: what people take the local derivatives for, one mistake after the other; those of
            the package's own ops are in :mod:`autograd.derivations.mistakes.local_derivatives`.
        symbol, latex: what the function is called in formulas, if not by its name.
        method: it is a method of Value too.
        activation: how weights before it start, ``"he"`` or ``"glorot"``, if networks use it.
        bounds: what its value lies between.
        domain: where it is tested, if not everywhere: for each operand, or vector of them, an
            interval or a list of them.
        vectors: how many vectors its operands are; 0 if each is a number of its own.
        chooses: its parameter is the index of an operand.
    """

    value: Any  # a rule, or None
    derivatives: Any
    slope: Any  # the rule for its only local derivative, of an op of one number
    seen_as: Primitive  # by type checkers: how it is called
    takes_sequence = False  # as sum does: f([a, b]) and not f(a, b)
    in_formulas = True  # people may write f(x) in a formula

    def __init__(
        self,
        name: str,
        value: ValueRule | None = None,
        derivatives: DerivativeRule | None = None,
        *,
        slope: ValueRule | None = None,
        readable: DerivativeRule | None = None,
        mistaken: DerivativeRule | None = None,
        symbol: str = "",
        latex: str = "",
        method: bool = False,
        activation: Literal["", "glorot", "he"] = "",
        bounds: tuple[float, float] | None = None,
        domain: Sequence[Interval | list[Interval]] = (),
        vectors: int = 0,
        chooses: bool = False,
    ) -> None:
        self.name = self.__name__ = self.__qualname__ = name
        self.__doc__: str | None = None  # not that of the class
        self.value, self.derivatives, self.slope = value, derivatives, slope
        self.readable, self.mistaken = readable, mistaken
        self.symbol, self.latex = symbol, latex
        self.method, self.activation, self.bounds, self.domain = method, activation, bounds, domain
        self.vectors, self.chooses = vectors, chooses
        self.parameters: tuple[float, ...] = ()
        self._bound_from: Primitive | None = None  # not of a record: it would be a cycle

    def __call__(self, *operands: Any) -> Any:
        """Apply the op: to numbers it gives a float, to Values a node of the graph."""
        return apply(self, *operands)

    @property
    def record(self) -> Primitive:
        """The op that this one was bound from: ``node.primitive.record is ops.softmax``."""
        return self if self._bound_from is None else self._bound_from

    def bind(self, *parameters: float) -> Self:
        """Return this op with its parameters fixed.

        >>> from autograd.ops import leaky_relu
        >>> leaky_relu.bind(0.01)
        Primitive('leaky_relu[0.01]')
        """
        if not parameters:
            return self
        # Numbers that are equal, as 1 and 1.0 are and 0.0 and -0.0, are one key and not the same.
        key = (self, parameters, *map(type, parameters))
        if 0.0 in parameters:
            key += tuple([math.copysign(1.0, p) for p in parameters])
        return _bound[key]  # type: ignore[no-any-return]

    def bound(self, cls: type[Op], parameters: tuple[float, ...]) -> Op:
        """Return a copy that is bound to parameters."""
        op: Op = object.__new__(cls)
        op.__dict__.update(self.__dict__)
        op.parameters, op._bound_from = parameters, self.record
        return op


def apply(op: Primitive, *operands: X) -> X:
    """Apply an op: to numbers it gives a float, to Values a node of the graph."""
    for operand in operands:
        if isinstance(operand, Recorded):
            return operand._apply(op, operands)  # type: ignore[no-any-return]
    numbers = [as_number(operand, f"an operand of {op.name}") for operand in operands]
    return op.value(arithmetic, *numbers, *op.parameters)  # type: ignore[no-any-return]


_bound = Kept(lambda key: key[0].bound(type(key[0]), key[1]), 4096)

# The package's own ops, each by its name.
TABLE: dict[str, Primitive] = {}


def entered(op: Op) -> Op:
    """Enter an op in the table."""
    TABLE[op.name] = op
    return op


def is_of_table(op: Primitive) -> bool:
    """Return whether an op is the package's own, not a user's of the same name."""
    return TABLE.get(op.name) is op.record


def record_of(op: Primitive | None) -> Primitive | None:
    """Return the record of a node's op; None for that of a leaf."""
    return None if op is None else op.record


# The shapes that functions have.


class Unary(Primitive):
    """An op of one number. Its node is built directly: they are many in most graphs."""

    seen_as: OfNumber

    def __call__(self, x: Any) -> Any:
        try:
            number = x._data
        except AttributeError:
            return apply(self, x)
        y = self.value(arithmetic, number)
        return x._computed(self, y, self.slope(arithmetic, y, number))


class Parametrised(Primitive):
    """An op of one number and of parameters: a subclass says what these are called."""

    def at(self, x: X, *parameters: float) -> X:
        """Apply the op with its parameters fixed."""
        op = self.bind(*parameters)
        try:
            number = x._data  # type: ignore
        except AttributeError:
            return apply(op, x)
        y = self.value(arithmetic, number, *parameters)
        return x._computed(op, y, self.slope(arithmetic, y, number, *parameters))  # type: ignore


class Binary(Primitive):
    """An op of two numbers."""

    seen_as: OfTwoNumbers

    def __call__(self, a: Any, b: Any) -> Any:
        return apply(self, a, b)


class OfAny(Primitive):
    """An op of any number of operands, as those are that users make."""

    seen_as: OfNumbers

    def __call__(self, *operands: Any) -> Any:
        return apply(self, *sequence(operands, self.name))


class OfSequence(Primitive):
    """An op of a whole sequence: one node, with a local derivative for each operand."""

    seen_as: OfValues
    takes_sequence = True

    def __call__(self, values: Iterable[Any], *others: Any) -> Any:
        return apply(self, *sequence(values, self.name, others))


def op(
    kind: type[Kind[Seen]], derivatives: DerivativeRule, **facts: Any
) -> Callable[[ValueRule], Seen]:
    """Make the rule for a value, and the words for it, into an op of the table."""
    make: Any = kind

    def enter(rule: ValueRule) -> Any:
        made = make(rule.__name__, rule, derivatives, **facts)
        made.__doc__, made.__module__ = rule.__doc__, rule.__module__
        return entered(made)

    return enter


def unary(slope: ValueRule, **facts: Any) -> Callable[[ValueRule], OfNumber]:
    """Make such an op of one number, whose derivative and what is readable of it are no tuples."""
    return parametrised(Unary, slope, **facts)


def parametrised(
    kind: type[Kind[Seen]], slope: ValueRule, **facts: Any
) -> Callable[[ValueRule], Seen]:
    """Make such an op of one number and of parameters."""

    def alone(rule: ValueRule) -> DerivativeRule:
        return lambda *read: (rule(*read),)

    if "readable" in facts:
        facts["readable"] = alone(facts["readable"])
    return op(kind, alone(slope), slope=slope, **facts)


# What several rules share.


def total(terms: Sequence[Any]) -> Any:
    found = terms[0]
    for term in terms[1:]:
        found = found + term
    return found


def folded(function: Callable[[Any, Any], Any], terms: Sequence[Any]) -> Any:
    """Return the terms combined from the left, two at a time."""
    found = terms[0]
    for term in terms[1:]:
        found = function(found, term)
    return found


def halves(operands: Sequence[Any]) -> tuple[Sequence[Any], Sequence[Any]]:
    """Split the operands of a dot product, a squared error or a cross entropy into two vectors."""
    n = len(operands) // 2
    return operands[:n], operands[n : 2 * n]
