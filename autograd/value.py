"""Value: a number that remembers how it was computed."""

from __future__ import annotations

from operator import mul

from autograd import arithmetic, ops
from autograd.appearance import Appearance
from autograd.chain_rule import backward
from autograd.elsewhere import NamesElsewhere
from autograd.errors import NotALeafError, OperandError
from autograd.gates import (
    blocks_here,
    tell_of_look,
    tell_of_node,
    watching_leaves,
    watching_nodes,
    watching_numbers,
)
from autograd.methods import Methods
from autograd.operands import as_number, as_number_beside, is_number
from autograd.ops import Primitive
from autograd.protocols import Protocols

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Any, NoReturn

    from autograd.operands import Number, Operand
    from autograd.origins import Instruction

_new = object.__new__


def record(
    first: Any,
    op: Primitive,
    data: float,
    first_local: Any,
    second: Any = None,
    second_local: Any = 0.0,
) -> Value:
    """Make a computed node: the one place where the graph grows.

    A node of many operands has a tuple of parents as ``first``, and one of local derivatives.
    """
    node: Value = _new(Value)
    node._data = data
    node._grad = 0.0
    node.label = ""
    node.primitive = op
    node._first = first
    node._second = second
    node._first_local = first_local
    node._second_local = second_local
    return tell_of_node(node) if watching_nodes else node


def record_of_any(
    parents: tuple[Value, ...], op: Primitive, data: float, locals_: Sequence[float]
) -> Value:
    """Make the node of an op of any number of Values."""
    if len(parents) == 1:
        return record(parents[0], op, data, locals_[0])
    if len(parents) == 2:
        return record(parents[0], op, data, locals_[0], parents[1], locals_[1])
    return record(parents, op, data, tuple(locals_))


def record_dot(
    weights: tuple[Value, ...], inputs: tuple[Value, ...], numbers: tuple[float, ...]
) -> Value:
    """Make the node w·x, or w·x + b if the bias stands behind the weights.

    ``numbers`` are those of the inputs. Like the two other tuples the node keeps them, so neurons
    of one layer should be given the same ones.
    """
    w = [weight._data for weight in weights]
    total = sum(map(mul, w, numbers), -0.0)  # which keeps the sign of a sum of -0.0
    if len(w) > len(numbers):
        total += w[-1]
    return record(weights, ops.dot, total, numbers, inputs, w)


class Value(Methods, Protocols, Appearance, NamesElsewhere):
    """Hold a number, how it was computed, and the gradient of a loss with respect to it.

    An expression over Values records a graph: each node knows its ``parents`` (what it was computed
    from, in order, ``x * x`` twice) and the ``local_derivatives`` ∂node/∂parent at the recorded
    point. :meth:`backward` then sums, over all paths to each node, the products of the local
    derivatives along the path.

    Args:
        data: the number; anything real, stored as a float.
        parents, local_derivatives: make a node by hand: Values, and one number for each.
        op: what a node made by hand is called.
        label: a name for people.

    Raises:
        OperandError: if the data is not a real number.
        ShapeError: if there is not one local derivative for each parent.

    Values are compared with ``<`` by data but with ``==`` by identity: two nodes with equal numbers
    are two nodes. Arithmetic follows IEEE 754: ``1 / Value(0)`` is inf.

    >>> x = Value(3.0, label="x")
    >>> y = x * x + 1
    >>> y.backward()
    >>> y.data, x.grad
    (10.0, 6.0)
    """

    # The parents of a node with one or two stand in the slots themselves, which saves two tuples
    # for most nodes; a node of many operands keeps a tuple of parents in _first and one of local
    # derivatives in _first_local. A dot product has its weights and bias in _first and its inputs
    # in _second, as tuples that other nodes share; the numbers of the one are the local derivatives
    # of the other. A leaf has None in _first.
    __slots__ = (
        "_data",
        "_first",
        "_first_local",
        "_grad",
        "_instruction",
        "_second",
        "_second_local",
        "label",
        "primitive",
    )

    _data: float
    _first: Any
    _first_local: Any
    _grad: float
    _instruction: Instruction  # set only under record_origins()
    _second: Any
    _second_local: Any
    label: str
    primitive: Primitive | None

    def __init__(
        self,
        data: Number,
        parents: Iterable[Value] = (),
        local_derivatives: Iterable[Number] = (),
        op: str = "",
        label: str = "",
    ) -> None:
        self._data = as_number(data, "the data of a Value")
        self._grad = 0.0
        self.label = label
        self.primitive = self._first = self._second = None
        if parents or local_derivatives:
            from autograd.by_hand import attach

            if attach(self, parents, local_derivatives, op):
                return
        if watching_leaves:
            for block in blocks_here():
                block.leaf_made(self)

    @property
    def data(self) -> float:
        """The number. A leaf's may be changed; recorded local derivatives stay as they are."""
        if watching_numbers:
            tell_of_look(self, "v.data")
        return self._data

    @data.setter
    def data(self, number: Number) -> None:
        if number.__class__ is float:  # as nearly always
            self._data = number
        else:
            self._data = as_number(number, "the data of a Value")

    @property
    def grad(self) -> float:
        """The gradient ∂loss/∂self that backward passes have added up; 0 before the first."""
        gradient = self._grad
        if watching_numbers and gradient.__class__ is float:  # else it is a graph of its own
            tell_of_look(self, "v.grad")
        return gradient

    @grad.setter
    def grad(self, number: Number) -> None:
        # Gradients that can be differentiated again are graphs, which take the place of graphs.
        if number.__class__ is float or self._grad.__class__ is not float:
            self._grad = number  # type: ignore[assignment]
        elif is_number(number):
            self._grad = as_number(number, "a gradient")
        else:
            raise OperandError(
                f"the gradient of {f'leaf {self.label!r}' if self.label else 'a Value'} can't be "
                f"{number!r}, which is not a number; to clear a gradient, set it to 0.0"
            )

    @property
    def op(self) -> str:
        """The name of the operation that made this node; empty for a leaf."""
        return "" if self.primitive is None else self.primitive.name

    @property
    def parents(self) -> tuple[Value, ...]:
        """What this node was computed from, in order; empty for a leaf."""
        first, second = self._first, self._second
        if second is None:
            if first is None:
                return ()
            return first if first.__class__ is tuple else (first,)
        if second.__class__ is not tuple:
            return (first, second)
        n = len(second)
        return (*first[:n], *second, *first[n:])

    @property
    def local_derivatives(self) -> tuple[float, ...]:
        """∂node/∂parent for each parent, at the point of the forward pass."""
        if watching_numbers:
            tell_of_look(self, "v.local_derivatives")
        first, second = self._first, self._second
        if second is None:
            if first is None:
                return ()
            return self._first_local if first.__class__ is tuple else (self._first_local,)
        if second.__class__ is not tuple:
            return (self._first_local, self._second_local)
        n = len(second)
        return (*self._first_local, *self._second_local[:n], *[1.0] * (len(first) - n))

    def backward(self, **of_others: NoReturn) -> None:
        """Add ∂self/∂leaf to ``leaf.grad`` for every leaf: see :func:`autograd.backward`."""
        backward(self, **of_others)

    def detach(self) -> Value:
        """Return a new leaf with the same data and label, and no history."""
        if watching_leaves:
            for block in blocks_here():
                if (found := block.detached(self)) is not None:
                    return found
        return leaf(self._data, self.label)

    # Arithmetic. The operators of two Values build their node directly, without reading the rule
    # in the table of ops: they are most nodes of most graphs. A test holds them equal to the table.

    def __add__(self, other: Operand) -> Value:
        right: Any = other
        if right.__class__ is not Value and (right := _operand(right, self, "{0} + {1}")) is None:
            return NotImplemented
        return record(self, ops.add, self._data + right._data, 1.0, right, 1.0)

    def __radd__(self, other: Operand) -> Value:
        left: Any = _operand(other, self, "{1} + {0}")
        return NotImplemented if left is None else left + self

    def __sub__(self, other: Operand) -> Value:
        right: Any = other
        if right.__class__ is not Value and (right := _operand(right, self, "{0} - {1}")) is None:
            return NotImplemented
        return record(self, ops.subtract, self._data - right._data, 1.0, right, -1.0)

    def __rsub__(self, other: Operand) -> Value:
        left: Any = _operand(other, self, "{1} - {0}")
        return NotImplemented if left is None else left - self

    def __mul__(self, other: Operand) -> Value:
        right: Any = other
        if right.__class__ is not Value and (right := _operand(right, self, "{0} * {1}")) is None:
            return NotImplemented
        a, b = self._data, right._data
        return record(self, ops.multiply, a * b, b, right, a)

    def __rmul__(self, other: Operand) -> Value:
        left: Any = _operand(other, self, "{1} * {0}")
        return NotImplemented if left is None else left * self

    def __truediv__(self, other: Operand) -> Value:
        right: Any = other
        if right.__class__ is not Value and (right := _operand(right, self, "{0} / {1}")) is None:
            return NotImplemented
        divide, b = arithmetic.divide, right._data
        y = divide(self._data, b)
        return record(self, ops.divide, y, divide(1.0, b), right, -divide(y, b))

    def __rtruediv__(self, other: Operand) -> Value:
        left: Any = _operand(other, self, "{1} / {0}")
        return NotImplemented if left is None else left / self

    def __pow__(self, exponent: Operand) -> Value:
        if isinstance(exponent, Value):
            return self._apply(ops.power, (self, exponent))
        # A constant exponent is a parameter of the op: its log is never evaluated.
        n = as_number_beside(self, exponent, "{0} ** {1}")
        return NotImplemented if n is None else ops.power_of.at(self, n)

    def __rpow__(self, base: Operand) -> Value:
        left: Any = _operand(base, self, "{1} ** {0}")
        return NotImplemented if left is None else left**self

    def __neg__(self) -> Value:
        return record(self, ops.negative, -self._data, -1.0)

    def __pos__(self) -> Value:
        return self

    def relu(self) -> Value:
        """Return max(x, 0): see :func:`autograd.relu`."""
        x = self._data
        positive = x > 0.0
        data = x if positive or x != x else 0.0
        return record(self, ops.relu, data, 1.0 if positive else 0.0)

    # How ops make nodes, which know no more of Values than these methods.

    _computed = record
    _computed_from = staticmethod(record_of_any)
    _dot = staticmethod(record_dot)

    def _apply(self, op: Primitive, operands: tuple[Any, ...]) -> Value:
        """Apply an op to operands, of which this is one."""
        parents: Any = operands
        try:
            numbers = [operand._data for operand in parents]
        except AttributeError:  # there are numbers among the operands
            parents = tuple([as_value(operand, op.name) for operand in operands])
            numbers = [parent._data for parent in parents]
        read = (*numbers, *op.parameters)
        data = op.value(arithmetic, *read)
        locals_ = op.derivatives(arithmetic, data, *read)
        if data.__class__ is not float or not _are_floats(locals_, len(parents)):
            from autograd.own_ops import as_floats  # for the rules of the package give floats

            data, locals_ = as_floats(op, data, locals_, len(parents))
        return record_of_any(parents, op, data, locals_)

    def __reduce__(self) -> tuple[Any, ...]:
        if self._first is not None:
            raise NotALeafError(
                f"{self!r} was computed, and a copy would share its graph or lose it; "
                "v.detach() returns a leaf with the same data, and a leaf can be copied"
            )
        if watching_numbers:
            tell_of_look(self, "copy(v)")
        return leaf, (self._data, self.label, self._grad)


def _are_floats(locals_: Any, count: int) -> bool:
    return isinstance(locals_, (list, tuple)) and [*map(type, locals_)] == [float] * count


def leaf(
    data: float, label: str = "", grad: float = 0.0, primitive: Primitive | None = None
) -> Value:
    """Make a leaf from a float that needs no check."""
    node: Value = _new(Value)
    node._data = data
    node._grad = grad
    node.label = label
    node.primitive = primitive
    node._first = None
    node._second = None
    return node


def as_value(operand: Operand, op: str) -> Value:
    """Return a Value as it is and a number as a constant; ``op`` names the place in the error."""
    if isinstance(operand, Value):
        return operand
    return leaf(as_number(operand, f"an operand of {op}"), primitive=ops.CONSTANT)


def _operand(other: Any, value: Value, expression: str) -> Any:
    """Return an operator's other operand as a Value, or None to leave the operation to its type."""
    if isinstance(other, Value):
        return other
    number = other if other.__class__ is float else as_number_beside(value, other, expression)
    return None if number is None else leaf(number, "", 0.0, ops.CONSTANT)
