"""The formula of each local derivative, in Unicode and LaTeX, read off the op's own rule.

The rules of :mod:`autograd.ops` are mathematics in a vocabulary that they are handed. Here that
vocabulary builds expressions, which are then written out: so a user's own op has formulas too.
Where a rule is written for the machine (stable, not readable), the table of readable rules below
has the same derivative as a person would write it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from itertools import groupby
from typing import Any, Literal

from autograd import ops
from autograd.errors import ArgumentError, did_you_mean
from autograd.explanations.notation import (
    CONDITION,
    WRITERS,
    Expression,
    Term,
    UnicodeWriter,
    Vocabulary,
    call,
    expression,
    subscript,
    symbol,
    symbols_in,
    whole,
)
from autograd.explanations.notation import vocabulary as m
from autograd.explanations.readable_rules import (
    READABLE,
    VALUES,
    elided,
    names_after,
    plus,
    probabilities,
)
from autograd.text import short_number
from autograd.value import Value

Notation = Literal["unicode", "latex"]

# A rule of more symbols and signs than this is no formula that anyone would read.
LONGEST = 200

# A node without a label is written out up to so many symbols and signs, and so many characters.
MOST_SIGNS = 12
LONGEST_NAME = 36


# From a node of a graph to an expression.


def local_derivative_formula(
    node: Value, position: int, notation: Notation = "unicode", *, numbers: bool = False
) -> str:
    r"""Return the formula of ∂node/∂parent, for the parent at a position among the node's parents.

    A labelled node goes by its label, a leaf without one by its number, and any other node is
    written out, with … for what would make it long: so the same node has the same name in every
    formula and path. Only ∂node/∂leaf for a leaf without a label has the letters of the rule. With
    ``numbers`` the recorded number follows. A node whose op has no rule, or one that can't be read,
    has the number as its formula.

    A formula is what holds where there is a derivative. At a point where a convention stands in for
    it, such as the gradient 0 of ``hypot`` and ``norm`` at 0, the recorded number follows that.

    Args:
        node: a computed Value.
        position: that of the parent, from 0.
        notation: ``"unicode"`` or ``"latex"``.
        numbers: whether the recorded number follows.

    Raises:
        ArgumentError: if the node has no parent there, or the notation is neither ``"unicode"``
            nor ``"latex"``.

    >>> from autograd import Value
    >>> a = Value(2.1, label="a")
    >>> local_derivative_formula(a.tanh(), 0)
    '∂tanh(a)/∂a = 1 - tanh²(a)'
    >>> h = a.sigmoid(); h.label = "h"
    >>> local_derivative_formula(h, 0, numbers=True)
    '∂h/∂a = h(1 - h) = 0.09719'
    >>> print(local_derivative_formula(h, 0, "latex"))
    \frac{\partial h}{\partial a} = h \left(1 - h\right)
    """
    writer = _writer(notation)
    if not 0 <= position < len(node.parents):
        raise ArgumentError(
            f"{node!r} has {len(node.parents)} parents, counted from 0: none at {position!r}"
        )
    value, operands = _value_and_operands(node, position)
    right = writer.pieces(_derivative(node, position, value, operands))
    recorded = writer.decimal(node.local_derivatives[position])
    left = writer.derivative(value, operands[position])
    equation = f"{left} = {right.text}"
    if numbers and right.text != recorded:
        equation = f"{left} = {writer.at(CONDITION, right)} = {recorded}"
    is_of_two = node.primitive is ops.cross_entropy_of_distribution
    logits = ops.halves(operands)[0] if is_of_two else operands
    if _speaks_of_probabilities(node, logits):
        of = writer.write(call("softmax", *logits))
        equation += f"{writer.text(' with ')}{writer.name('ŷ')} = {of}"
    if node.parents.count(node.parents[position]) > 1:
        equation += writer.text(f" (operand {position + 1} alone)")
    return equation


def _speaks_of_probabilities(node: Value, logits: Sequence[Expression]) -> bool:
    """Whether the formula has ŷ that the node's label does not introduce, as the label ŷ1 does."""
    record = ops.record_of(node.primitive)
    if record is ops.softmax:
        return not names_after(node.label, _index(node), logits)
    return record in _OF_PROBABILITIES


_OF_PROBABILITIES = (
    ops.log_softmax, ops.logsumexp, ops.cross_entropy, ops.cross_entropy_of_distribution,
)  # fmt: skip


def _index(node: Value) -> int:
    """The index of the output or class that the op of a node chooses."""
    assert node.primitive is not None
    return int(node.primitive.parameters[0])


def value_formula(node: Value, notation: Notation = "unicode", *, numbers: bool = False) -> str:
    """Return what a node is computed as, in symbols, and with ``numbers`` in numbers as well.

    Nodes are written as in :func:`local_derivative_formula`. Where the op's own value would be
    written by a name alone, such as ŷ₁ for a softmax, its definition is.

    >>> from autograd import Value
    >>> a = Value(-2.0, label="a")
    >>> h = a * a + 1; h.label = "h"
    >>> value_formula(h), value_formula(h, numbers=True)
    ('h = a·a + 1', 'h = a·a + 1 = 4 + 1 = 5')
    """
    writer = _writer(notation)
    pieces = [writer.name(node.name)] if node.label else []
    if node.parents:
        pieces.append(writer.write(value_expression(node)))
    if numbers or not pieces:
        operands = [symbol(short_number(parent.data), parent.data) for parent in node.parents]
        if operands:
            pieces.append(writer.write(_definition(node, [whole(each) for each in operands])))
        pieces.append(writer.name(short_number(node.data)))
    return " = ".join(piece for piece, _ in groupby(pieces))


def value_expression(node: Value) -> Expression:
    """Return the right-hand side of :func:`value_formula`, of a computed node, as a tree."""
    return _definition(node, _operands(node, _written))


def _definition(node: Value, operands: Sequence[Expression]) -> Expression:
    """A computed node as one operation on its operands, without a name for its value."""
    op = node.primitive
    if op is not None and (definition := _DEFINITIONS.get(op.record)):
        return expression(definition(*operands, *op.parameters))
    return _value(node, operands)


def _softmax_value(*operands: Any) -> Any:
    *logits, index = operands
    return m.exp(logits[index]) / elided(plus, [m.exp(z) for z in logits])


_DEFINITIONS: dict[ops.Primitive, Callable[..., Any]] = {
    ops.softmax: _softmax_value,
    ops.log_softmax: lambda *zs: call("log", _softmax_value(*zs)),
    ops.cross_entropy: lambda *zs: -call("log", _softmax_value(*zs)),
    ops.logsumexp: lambda *zs: call("log", elided(plus, [m.exp(z) for z in zs])),
}


def local_derivative_expression(node: Value, position: int) -> Expression:
    """Return the right-hand side of :func:`local_derivative_formula` as a tree."""
    return _derivative(node, position, *_value_and_operands(node, position))


def local_derivative_text(
    node: Value, position: int, rule: Callable[..., Sequence[Any]] | None = None
) -> str:
    """Return the right-hand side alone, or what another rule than the op's own would have there.

    >>> from autograd import Value
    >>> h = Value(0.5, label="a").tanh(); h.label = "h"
    >>> local_derivative_text(h, 0), local_derivative_text(h, 0, lambda m, y, x: (1 - y,))
    ('1 - h²', '1 - h')
    """
    value, operands = _value_and_operands(node, position)
    if rule is None:
        return WRITERS["unicode"]().write(_derivative(node, position, value, operands))
    assert node.primitive is not None  # it has parents
    found = rule(_WITH_PROBABILITIES, value, *operands, *node.primitive.parameters)[position]
    return WRITERS["unicode"]().write(expression(found))


class _WithProbabilities(Vocabulary):
    """The vocabulary of mistaken rules, which speak of probabilities by name."""

    def probabilities(self, y: Expression, logits: Sequence[Expression], index: int) -> list[Any]:
        return probabilities(y, logits, index)


_WITH_PROBABILITIES = _WithProbabilities()


def local_derivative_names(node: Value, position: int) -> set[str]:
    """Return the names in :func:`local_derivative_formula`, right of the equals sign.

    >>> from autograd import Value
    >>> w, x = Value(2.0, label="w"), Value(3.0, label="x")
    >>> local_derivative_names(w * x, 0)
    {'x'}
    """
    return symbols_in(local_derivative_expression(node, position))


def _derivative(
    node: Value, position: int, value: Expression, operands: Sequence[Expression]
) -> Expression:
    op = node.primitive
    assert op is not None  # it has parents
    readable = READABLE.get(op.record)
    if readable is not None:
        return expression(readable(value, *operands, *op.parameters)[position])
    found = None
    if (rule := op.readable or op.derivatives) is not None:
        try:
            found = expression(rule(m, value, *operands, *op.parameters)[position])
        except Exception:  # a user's rule may do what only numbers can: the number remains
            found = None
    if found is None or found.size > LONGEST:
        local = node.local_derivatives[position]
        return symbol(short_number(local), local)
    return found


# How nodes are written.


def written(node: Value) -> str:
    """Return what a node is called in formulas: its label, its number, or what it computes.

    >>> from autograd import Value
    >>> p, q = Value(2.0, label="p"), Value(3.0, label="q")
    >>> written(p), written(p * q + 1), written(p * Value(0.5).tanh())
    ('p', 'p·q + 1', 'p·tanh(0.5)')
    """
    return WRITERS["unicode"]().write(_written(node))


def operation(node: Value, operands: Sequence[str]) -> str:
    """Return what a computed node does with its operands, called as is said.

    >>> from autograd import Value
    >>> x = Value(3.0)
    >>> operation(2 * x, ["2", "□"]), operation(x.tanh(), ["a"])
    ('2·□', 'tanh(a)')
    """
    named = zip(operands, node.parents, strict=True)
    symbols = [whole(symbol(name, parent.data)) for name, parent in named]
    return WRITERS["unicode"]().write(_value(node, symbols))


def equation(node: Value) -> str:
    """Return what a node is and what it is computed by, its operands called what they are called.

    >>> from autograd import Value
    >>> a = Value(2.0, label="a")
    >>> h = a.tanh(); h.label = "h"
    >>> equation(h), equation(2 * h), equation(a)
    ('h = tanh(a)', '2·h', 'a')
    """
    if not node.parents:
        return node.name
    right = WRITERS["unicode"]().write(_value(node, _operands(node, _written)))
    return f"{node.name} = {right}" if node.label else right


def _writer(notation: str) -> UnicodeWriter:
    if notation not in WRITERS:
        raise ArgumentError(f"unknown notation {notation!r}{did_you_mean(str(notation), WRITERS)}")
    return WRITERS[notation]()


def partial(node: Value, parent: Value, notation: Notation = "unicode") -> str:
    """Return ∂node/∂parent."""
    return _writer(notation).derivative(_written(node), _written(parent))


def step_in_symbols(loss: Value, node: Value, parent: Value) -> str:
    """Return what the step over an edge of a backward pass adds to which gradient.

    A loss without a label is L here: written out, it would fill every equation.

    >>> from autograd import Value
    >>> x = Value(3.0, label="x")
    >>> y = x + 1
    >>> step_in_symbols(y * y, y, x)
    '∂L/∂x += ∂L/∂(x + 1) · ∂(x + 1)/∂x'
    """

    def called(each: Value) -> Expression:
        return symbol("L", each.data) if each is loss and not each.label else _written(each)

    derivative = WRITERS["unicode"]().derivative
    top, middle, bottom = called(loss), called(node), called(parent)
    factors = f"{derivative(top, middle)} · {derivative(middle, bottom)}"
    return f"{derivative(top, bottom)} += {factors}"


def _written(node: Value) -> Expression:
    """A node in full if that is short, else with … for operands that are computed, or for all."""
    full = _in_full(node, MOST_SIGNS)
    if full is not None and (_is_atom(node) or _fits(full)):
        return full
    outline = _value(node, _operands(node, _left_out))
    if _fits(outline):
        return outline
    if len(node.parents) > 2:
        assert node.primitive is not None  # it has parents
        return replace(_called(node.primitive, symbol("…")), number=node.data)
    return _value(node, [_left_out(parent) for parent in node.parents])


def _in_full(node: Value, room: int) -> Expression | None:
    """A node with all that it is computed from, or None if that takes more symbols and signs."""
    if _is_atom(node):
        return symbol(node.name, node.data)
    if len(node.parents) >= room:
        return None
    inner: dict[Value, Expression] = {}
    for parent in node.parents:
        room -= 1
        found = _in_full(parent, room)
        if found is None:
            return None
        room -= found.size
        inner[parent] = found
    return _value(node, _operands(node, inner.__getitem__))


def _is_atom(node: Value) -> bool:
    """Whether a node is written as its label or its number."""
    return bool(node.label) or _is_bare(node)


def _is_bare(node: Value) -> bool:
    """Whether a node is a number without a label."""
    return not node.label and (node.primitive is None or node.primitive is ops.CONSTANT)


def _fits(written: Expression) -> bool:
    return len(WRITERS["unicode"]().write(written)) <= LONGEST_NAME


def _left_out(node: Value) -> Expression:
    return symbol("…", node.data)


def _operands(
    node: Value, write: Callable[[Value], Expression], letters: Mapping[Value, str] = {}
) -> list[Expression]:
    """The operands of a node by their letters, labels and numbers, or as they are to be written."""
    names: dict[Value, Expression] = {}
    taken: set[str] = set()
    for parent in sorted(dict.fromkeys(node.parents), key=letters.__contains__):  # labels first
        if _is_bare(parent) and parent not in letters:
            names[parent] = symbol(parent.name, parent.data)
        elif name := letters.get(parent, parent.label and parent.name):
            while name in taken:  # by another operand
                name += "′"
            taken.add(name)
            names[parent] = symbol(name, parent.data)
        else:
            names[parent] = write(parent)
    return [whole(names[parent]) for parent in node.parents]


def _value(node: Value, operands: Sequence[Expression]) -> Expression:
    """A computed node as one operation on its operands, or as f(operands)."""
    op = node.primitive
    assert op is not None  # it has parents
    value: Any = None
    if (written_out := VALUES.get(op.record)) is not None:
        value = written_out(*operands, *op.parameters)
    elif op.value is not None:
        try:
            value = op.value(m, *operands, *op.parameters)
        except Exception:  # a user's rule may do what only numbers can: f(x) remains
            value = None
        if not (
            isinstance(value, Expression)
            and value.operands
            and all(operand in operands for operand in value.operands)
        ):
            value = None
    found: Expression = _called(op, *operands, *op.parameters) if value is None else value
    return replace(found, number=node.data)


def _called(op: ops.Primitive, *operands: Term) -> Expression:
    """f(x), with the symbol of the op or its name: a name alone may be that of another op."""
    return Expression("call", tuple(map(expression, operands)), op.name, function=op.record)


def _value_and_operands(node: Value, position: int) -> tuple[Expression, list[Expression]]:
    """A node and its operands as they stand in the formula of ∂node/∂parent."""
    if not _is_bare(node.parents[position]):
        return _written(node), _operands(node, _written)
    # There is no derivative by a number. Then constants alone are numbers.
    letters: dict[Value, str] = {}
    for i, (parent, letter) in enumerate(zip(node.parents, _letters(node), strict=True)):
        if _is_bare(parent) and (i == position or parent.primitive is not ops.CONSTANT):
            letters.setdefault(parent, letter)
    operands = _operands(node, _written, letters)
    return symbol(node.name, node.data) if node.label else _value(node, operands), operands


# The letters of ops whose operands are two vectors, and perhaps one number more.
_VECTORS = {
    ops.dot: ("w", "x", "b"),
    ops.squared_error: ("ŷ", "y", ""),
    ops.cross_entropy_of_distribution: ("z", "p", ""),
}


def _letters(node: Value) -> list[str]:
    """The names of the operands in the op's own rule: x, or a and b, or x₁, x₂, … for xs."""
    op, n = node.primitive, len(node.parents)
    if op is not None and op.record in _VECTORS:
        first, second, last = _VECTORS[op.record]
        numbers = [subscript(i + 1) for i in range(n // 2)]
        letters = [letter + number for letter in (first, second) for number in numbers]
        return [*letters, last][:n]
    code = getattr(op and op.value, "__code__", None)
    named = list(code.co_varnames[1 : code.co_argcount]) if code else []
    if len(named) >= n:
        return named[:n]
    letter = "x"
    if code and code.co_flags & 0x04:  # it takes *args
        letter = code.co_varnames[code.co_argcount + code.co_kwonlyargcount].removesuffix("s")
    return [f"{letter}{subscript(i + 1)}" for i in range(n)]
