"""Local derivatives as Values while a loss is recorded, for gradients inside of a loss.

A rule chooses with ``m.where`` by a number, which the recording of a loss can't allow: the choice
must be made for each example anew. So a rule is read into a tree first. What has no choice in it
becomes nodes, as without recording; a choice becomes one node, of an op that is made of the tree:
its value chooses, and so does its derivative, so a nan in what is not chosen spoils neither.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from types import SimpleNamespace
from typing import Any, NamedTuple

from autograd import arithmetic, ops
from autograd.compiler.scalars import Choosing
from autograd.errors import NotDifferentiableError
from autograd.kept import Kept
from autograd.ops import Primitive
from autograd.ops.record import apply
from autograd.traced import Traced
from autograd.value import Value

_COMPARISONS: dict[str, Callable[..., Any]] = {
    "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge, "and": operator.and_,
}  # fmt: skip
_CHOICES = {*_COMPARISONS, "equal", "where"}
_OPERATORS = {"+": ops.add, "-": ops.subtract, "*": ops.multiply, "neg": ops.negative}


class Tree(Traced):
    """What a rule computes: an op or a choice of operands, which are trees and numbers."""

    __slots__ = ("function", "operands", "value")

    def __init__(
        self, function: Primitive | str, operands: Sequence[Any] = (), value: Value | None = None
    ) -> None:
        self.function = function
        self.operands = operands
        self.value = value  # of a leaf

    def noted(self, word: str, *operands: Any) -> Tree:
        return Tree(_OPERATORS.get(word, word), operands)

    def __bool__(self) -> bool:
        raise NotDifferentiableError(
            "a rule that is differentiated chooses with m.where(condition, a, b), not with if"
        )


def _of(function: Primitive | str) -> Callable[..., Any]:
    """Return a function of the vocabulary: a tree, or of numbers alone a number."""

    def made(*operands: Any) -> Any:
        if any(isinstance(each, Tree) for each in operands):
            return Tree(function, operands)
        return _computed(arithmetic, function, operands)

    return made


def _power(x: Any, n: Any) -> Any:
    is_fixed = isinstance(x, Tree) and not isinstance(n, Tree)
    return _of(ops.power_of.bind(n))(x) if is_fixed else _of(ops.power)(x, n)


_TREES: Any = SimpleNamespace(
    **{name: _of(ops.TABLE[name]) for name in vars(arithmetic) if name in ops.TABLE}
    | {
        "divide": _of(ops.divide),
        "power": _power,
        "polygamma": lambda order, x: _of(ops.polygamma.bind(order))(x),
        "equal": _of("equal"),
        "where": _of("where"),
        "softmax": lambda logits: [_of(ops.softmax.bind(i))(*logits) for i in range(len(logits))],
        "log_softmax": lambda logits: [
            _of(ops.log_softmax.bind(i))(*logits) for i in range(len(logits))
        ],
    }
)


def local_derivatives(node: Value) -> list[Any]:
    """Return ∂node/∂parent for each parent as a Value, or a number where it is always the same.

    Raises:
        NotDifferentiableError: if a rule chooses with if.
    """
    op, parents = node.primitive, [Tree("", (), parent) for parent in node.parents]
    assert op is not None
    if isinstance(op, Choosing):
        found = _less_chosen(op, parents)
    else:
        found = op.derivatives(_TREES, Tree("", (), node), *parents, *op.parameters)
    made: dict[Tree, Any] = {}
    return [_made(tree, made) for tree in found]


def _less_chosen(op: Choosing, logits: Sequence[Tree]) -> list[Tree]:
    """ŷⱼ - δⱼᵢ of a cross entropy, whose index i each example has of its own."""
    assert op.record is ops.cross_entropy
    index = Tree("", (), op.index)
    return [
        probability - _TREES.where(_TREES.equal(index, float(j)), 1.0, 0.0)
        for j, probability in enumerate(_TREES.softmax(logits))
    ]


def _made(root: Any, made: dict[Tree, Any]) -> Any:
    """Return the Value of a tree, with nodes for all but what is within a choice."""
    if not isinstance(root, Tree):
        return root
    for tree in _in_order(root, through_choices=False):
        if tree in made:
            continue
        if tree.value is not None:
            made[tree] = tree.value
        elif tree.function in _CHOICES:
            made[tree] = _choice(tree)
        else:
            assert isinstance(tree.function, Primitive)
            made[tree] = apply(tree.function, *[made.get(each, each) for each in tree.operands])
    return made[root]


def _in_order(root: Tree, through_choices: bool) -> list[Tree]:
    """Return the trees in a tree, each once, operands first."""
    found: dict[Tree, None] = {}
    stack = [root]
    while stack:
        tree = stack[-1]
        is_end = tree.function in _CHOICES and not through_choices
        below = () if is_end else [each for each in tree.operands if isinstance(each, Tree)]
        if missing := [each for each in below if each not in found]:
            stack.extend(missing)
        else:
            found[stack.pop()] = None
    return [*found]


class Program(NamedTuple):
    """A tree over operands: for each step a function, and where its operands come from.

    A source is the place of an operand or of an earlier step (these count on), or a number.
    """

    n_operands: int
    steps: tuple[tuple[Primitive | str, tuple[int | float, ...]], ...]


def _choice(root: Tree) -> Any:
    """Return the node of a choice, of an op that is made of the tree."""
    order = _in_order(root, through_choices=True)
    # The node of a Value may be in the tree several times.
    leaves = [*{tree.value: None for tree in order if tree.value is not None}]
    place = {leaf: i for i, leaf in enumerate(leaves)}
    places: dict[Any, int] = {t: place[t.value] for t in order if t.value is not None}
    steps: list[tuple[Primitive | str, tuple[int | float, ...]]] = []
    for tree in order:
        if tree.value is None:
            sources = [places[each] if isinstance(each, Tree) else float(each)
                       for each in tree.operands]  # fmt: skip
            places[tree] = len(leaves) + len(steps)
            steps.append((tree.function, tuple(sources)))
    return apply(_choosing_op[Program(len(leaves), tuple(steps))], *leaves)


def _op_of(program: Program) -> Primitive:
    def value(m: Any, *operands: Any) -> Any:
        return _run(program, m, operands)[-1]

    def derivatives(m: Any, y: Any, *operands: Any) -> list[Any]:
        numbers = _run(program, m, operands)
        return [_slope(program, m, numbers, position) for position in range(program.n_operands)]

    return Primitive("choice", value, derivatives)


_choosing_op = Kept(_op_of, 4096)


def _run(program: Program, m: Any, operands: Sequence[Any]) -> list[Any]:
    """Return the operands, and what each step computes."""
    found = [*operands]
    for function, sources in program.steps:
        found.append(_computed(m, function, [_at(source, found) for source in sources]))
    return found


def _at(source: int | float, found: Sequence[Any]) -> Any:
    return found[source] if isinstance(source, int) else source


def _computed(m: Any, function: Primitive | str, operands: Sequence[Any]) -> Any:
    if isinstance(function, Primitive):
        return function.value(m, *operands, *function.parameters)
    if function in _COMPARISONS:
        return _COMPARISONS[function](*operands)
    return getattr(m, function)(*operands)


def _slope(program: Program, m: Any, numbers: Sequence[Any], position: int) -> Any:
    """Return the derivative of the last step by an operand, forwards through all steps."""
    slopes: dict[int, Any] = {position: 1.0}
    for step, (function, sources) in enumerate(program.steps, program.n_operands):
        operands = [_at(source, numbers) for source in sources]
        of_operands = [slopes.get(s) if isinstance(s, int) else None for s in sources]
        if isinstance(function, Primitive):
            if all(slope is None for slope in of_operands):
                continue
            locals_ = function.derivatives(m, numbers[step], *operands, *function.parameters)
            terms = [
                slope if isinstance(local, float) and local == 1.0 else local * slope
                for local, slope in zip(locals_, of_operands, strict=True)
                if slope is not None
            ]
            slopes[step] = ops.record.total(terms)
        elif function == "where":
            _, a, b = of_operands
            if a is not None or b is not None:
                slopes[step] = m.where(
                    operands[0], 0.0 if a is None else a, 0.0 if b is None else b
                )
    return slopes.get(len(numbers) - 1, 0.0)
