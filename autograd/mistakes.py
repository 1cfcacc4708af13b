"""The mistakes that people make in a derivation, as a table: what each would have led to.

A gradient is a sum over paths of products of local derivatives, so each mistake is the same sum
with something changed: some paths left out, a local derivative replaced, a sign turned. A generator
for each kind yields :class:`Guess` after guess: the number that the mistake gives, and the words
for it. :mod:`autograd.derivations` looks for the first whose number is the answer.
"""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import cached_property
from itertools import combinations

from autograd import ops
from autograd.formulas import partial, written
from autograd.graph import dependents
from autograd.ops import Primitive
from autograd.path_sums import Path, count_paths, paths
from autograd.text import short_number
from autograd.value import Value

# Paths are looked at one by one up to this number, and sets of paths up to the second.
MOST_PATHS = 1000
MOST_PATHS_IN_SUBSETS = 12


class Verdict(Enum):
    """What is the matter with an answer; ``RIGHT``, ``ROUNDED`` and ``CLOSE`` are the good ones."""

    RIGHT = "right"
    ROUNDED = "right, rounded"
    CLOSE = "close, rounded on the way"
    TOO_FEW_DIGITS = "too few digits to tell"
    ONLY_HERE = "right only at these numbers"
    UNREADABLE = "can't be read"
    WRONG_SIGN = "wrong sign"
    MISSING_PATHS = "missing paths"
    OVERWRITTEN = "overwritten, not accumulated"
    SCALE = "a factor of the mean or the square"
    CHAIN = "a factor that does not belong in the chain"
    FACTOR = "a factor forgotten or used twice"
    WRONG_OPERAND = "the wrong operand of a rule"
    TRANSPOSED = "transposed"
    VALUE = "a value, not a derivative"
    OTHER_NODE = "the gradient of another node"
    SHAPE = "shapes that do not fit"
    NOT_THE_VALUE = "not the right number"
    NOT_THE_GRADIENT = "not the gradient"

    @property
    def is_right(self) -> bool:
        """Whether the answer is the gradient, at least rounded, at the end or on the way."""
        return self in (Verdict.RIGHT, Verdict.ROUNDED, Verdict.CLOSE)


@dataclass(frozen=True, slots=True, eq=False)
class Derivative:
    """The derivative of a node by one that it was computed from, and its number."""

    node: Value
    parent: Value
    local: float

    def __str__(self) -> str:
        return f"{partial(self.node, self.parent)} = {short_number(self.local)}"


@dataclass(frozen=True, slots=True, eq=False)
class Edge(Derivative):
    """A local derivative on the way from the loss to the node that is asked about."""

    position: int


def unit(number: float, digits: int) -> float:
    """Return one unit of the last of so many digits; 0 if the number has no more than those."""
    if not math.isfinite(number) or math.isclose(number, float(f"{number:.{digits - 1}e}")):
        return 0.0
    return 10.0 ** (math.floor(math.log10(abs(number))) + 1 - digits)


class Guess:
    """What a mistake would lead to: the number, the words for it, and which paths it follows.

    Args:
        number: the answer that somebody would come to who makes the mistake.
        words: what the mistake is, as a template with {} for each of what it is about.
        about: nodes, edges, paths and numbers. Few guesses are ever put into words.
        follows: if the mistake is to leave paths out, whether it takes a path into account.
    """

    __slots__ = ("about", "follows", "number", "words")

    def __init__(
        self,
        number: float,
        words: str,
        *about: object,
        follows: Callable[[Path], bool] | None = None,
    ) -> None:
        self.number = number
        self.words = words
        self.about = about
        self.follows = follows

    @property
    def message(self) -> str:
        """The words for the mistake."""
        return self.words.format(*map(_in_words, self.about))


def _in_words(each: object) -> object:
    if isinstance(each, Value):
        return written(each)
    return short_number(each) if isinstance(each, float) else each


class Case:
    """A loss and a node of its graph: the edges between them, and what every edge contributes.

    Args:
        loss: where the paths begin.
        node: where they end.
        order: the computed nodes of the loss, in topological order.
        upstream: ∂loss/∂v for every node v of the graph.
    """

    def __init__(
        self, loss: Value, node: Value, order: Sequence[Value], upstream: dict[Value, float]
    ) -> None:
        self.loss = loss
        self.node = node
        self.upstream = upstream
        self.gradient = upstream.get(node, 0.0)
        self.count = count_paths(loss, node)
        on_the_way, leading = dependents(order, [node])
        # In topological order, all edges of a node together.
        self.edges = [
            Edge(later, parent, local, position)
            for later in on_the_way
            if later is not node
            for position, (parent, local) in enumerate(
                zip(later.parents, later.local_derivatives, strict=True)
            )
            if parent in leading
        ]
        self.downstream = self._downstream(lambda edge: edge.local)  # ∂v/∂node

    def rounding_on_the_way(self, digits: int) -> float:
        """How far off the gradient may be where every number has so many significant digits.

        Each local derivative, product and sum on the way may be off by one unit of its last digit,
        unless it has no more digits than that.
        """
        numbers, errors = {self.node: 1.0}, {self.node: 0.0}
        for edge in self.edges:
            factor, number = edge.local, numbers[edge.parent]
            before = numbers.get(edge.node, 0.0)
            numbers[edge.node] = before + factor * number
            errors[edge.node] = (
                errors.get(edge.node, 0.0)
                + abs(factor) * errors[edge.parent]
                + abs(number) * unit(factor, digits)
                + (unit(factor * number, digits) if abs(number) != 1.0 != abs(factor) else 0.0)
                + (unit(numbers[edge.node], digits) if before else 0.0)
            )
        return errors.get(self.loss, 0.0)

    def _downstream(self, local: Callable[[Edge], float]) -> dict[Value, float]:
        found = {self.node: 1.0}
        for edge in self.edges:
            found[edge.node] = found.get(edge.node, 0.0) + local(edge) * found[edge.parent]
        return found

    def derivative(self, local: Callable[[Edge], float]) -> float:
        """Return what the gradient would be if the edges had these local derivatives. O(edges)."""
        return self._downstream(local).get(self.loss, 0.0)

    def with_op(self, op: Primitive, change: Callable[[float], float]) -> float:
        """Return what the gradient would be with all local derivatives of an op changed."""
        return self.derivative(lambda e: change(e.local) if _op(e) is op else e.local)

    def with_local(self, edge: Edge, local: float) -> float:
        """Return what the gradient would be if one edge had this local derivative. O(1)."""
        return self.gradient + (local - edge.local) * self.around(edge)

    def around(self, edge: Edge) -> float:
        """Return what the rest of all paths along an edge multiplies its local derivative by."""
        return self.upstream[edge.node] * self.downstream[edge.parent]

    def through(self, node: Value) -> float:
        """Return the sum of the products of the paths through a node."""
        return self.upstream[node] * self.downstream[node]

    @cached_property
    def scale(self) -> float:
        """The sum of |product| over all paths: what rounding errors are measured by."""
        return self.derivative(lambda edge: abs(edge.local))

    @cached_property
    def paths(self) -> list[Path]:
        """All paths if they can be looked at one by one, else none."""
        return list(paths(self.loss, self.node)) if self.count <= MOST_PATHS else []

    @cached_property
    def uses(self) -> list[Edge]:
        """The edges from the nodes that were computed directly from the node."""
        return [edge for edge in self.edges if edge.parent is self.node]

    @cached_property
    def between(self) -> list[Value]:
        """The nodes after the node and before the loss: from the loss on, the labelled first."""
        nodes = [node for node in self.downstream if node not in (self.node, self.loss)][::-1]
        return sorted(nodes, key=lambda node: not node.label)

    @cached_property
    def by_op(self) -> dict[Primitive, list[Edge]]:
        """The edges by the op of their node, those nearest to the loss first."""
        found: dict[Primitive, list[Edge]] = {}
        for edge in reversed(self.edges):
            found.setdefault(_op(edge), []).append(edge)
        return found


def _op(edge: Edge) -> Primitive:
    """The record of the op that made the node of an edge."""
    assert edge.node.primitive is not None  # it has parents
    return edge.node.primitive.record


def _wrong_sign(case: Case) -> Iterator[Guess]:
    places = [
        edge
        for edge in reversed(case.edges)
        if edge.local < 0 and math.isclose(edge.local * case.around(edge), case.gradient)
    ]
    where = "; a minus comes from {}" if places else ""
    yield Guess(-case.gradient, f"the sign is wrong{where}", *places[:1])


def _sign_of_a_part(case: Case) -> Iterator[Guess]:
    # Of edges on the same paths, one with a minus is the likeliest, one with a bare 1 the least.
    edges = case.edges[::-1]
    edges.sort(key=lambda edge: (edge.local > 0, edge.local == 1.0))
    for edge in edges:
        yield Guess(case.with_local(edge, -edge.local), "the sign of {} is wrong", edge)
    for op, edges in case.by_op.items():
        if len(edges) > 1:
            yield Guess(
                case.with_op(op, operator.neg),
                "the sign of all local derivatives of {} is wrong",
                op.name,
            )
    for path in case.paths[:MOST_PATHS_IN_SUBSETS]:
        turned = case.gradient - 2 * path.product
        yield Guess(turned, "the sign of one path is wrong: {}", path)


def _own_logits_only(case: Case) -> Iterator[Guess]:
    """Each softmax output followed to its own logit alone: the mistake of the lecture notes."""

    def crosses(node: Value, position: int) -> bool:
        op = ops.record_of(node.primitive)
        return op in (ops.softmax, ops.log_softmax) and position != _parameter(node)

    if any(crosses(edge.node, edge.position) for edge in case.edges):
        yield Guess(
            case.derivative(lambda e: 0.0 if crosses(e.node, e.position) else e.local),
            "each softmax output was followed to its own logit alone, but it depends on every one "
            "(the cross terms ∂ŷᵢ/∂aⱼ = -ŷᵢŷⱼ, i ≠ j)",
            follows=lambda path: not any(map(crosses, path.nodes[:-1], path.positions)),
        )


def _parameter(node: Value) -> float:
    """Return the parameter of an op that has one: the index of a softmax, an exponent."""
    assert node.primitive is not None
    return node.primitive.parameters[0]


def _scale(case: Case) -> Iterator[Guess]:
    groups: dict[tuple[float, str], set[Edge]] = {}
    for edge in case.edges:
        groups.setdefault(_constant_of(edge.node), set()).add(edge)
    groups.pop(_NO_CONSTANT, None)
    for (factor, name), edges in groups.items():
        for changed, words in ((1 / factor, "was forgotten"), (factor, "was used twice")):
            scaled = {edge: edge.local * changed for edge in edges}
            yield Guess(case.derivative(_replacing(scaled)), "{} {}", name, words)


_NO_CONSTANT = (1.0, "")


def _constant_of(node: Value) -> tuple[float, str]:
    """Return the constant that the rule of a node has in front, and what it is called."""
    square, parents = (2.0, "the factor 2 of the square"), node.parents
    op = ops.record_of(node.primitive)
    if op is ops.mean:
        return 1 / len(parents), f"the 1/{len(parents)} of the mean"
    if op is ops.squared_error or (op is ops.multiply and parents[0] is parents[1]):
        return square
    exponent = _parameter(node) if op is ops.power_of else 0.0
    if exponent in (0.0, 2.0):
        return square if exponent else _NO_CONSTANT
    return exponent, f"the exponent {exponent:g} in front of the power"


def _replacing(replaced: Mapping[Edge, float]) -> Callable[[Edge], float]:
    return lambda edge: replaced.get(edge, edge.local)


def _overwritten(case: Case) -> Iterator[Guess]:
    if len(case.uses) > 1:
        for use in case.uses:
            yield Guess(
                use.local * case.upstream[use.node],
                "{} is used {} times, but only its use in {} was counted",
                case.node,
                len(case.uses),
                use.node,
                follows=_along(use),
            )


def _transposed(case: Case) -> Iterator[Guess]:
    for label in _transposed_labels(case.node.label):
        for other, gradient in case.upstream.items():
            if other.label == label and other is not case.node:
                yield Guess(gradient, "it is the gradient of {}, not of {}", label, case.node.label)


def _transposed_labels(label: str) -> Iterator[str]:
    """Yield the label with its last two indices swapped: w212 → w221, W[0][1] → W[1][0]."""
    numbers = list(re.finditer(r"\d+", label))
    if len(numbers) > 1:
        i, j = numbers[-2:]
        yield f"{label[: i.start()]}{j[0]}{label[i.end() : j.start()]}{i[0]}{label[j.end() :]}"
    if numbers and len(numbers[-1][0]) > 1:
        at = numbers[-1].end()
        yield f"{label[: at - 2]}{label[at - 1]}{label[at - 2]}{label[at:]}"


def _paths_left_out(case: Case) -> Iterator[Guess]:
    if case.gradient:
        words = "{} does depend on {}"
        yield Guess(0.0, words, case.loss, case.node, follows=lambda path: False)
    for node in case.between:
        words, follows = "only those through {}", _through(node)
        yield Guess(case.through(node), words, node, follows=follows)
    for node in case.between:
        words, follows = "those through {} are missing", _except(_through(node))
        yield Guess(case.gradient - case.through(node), words, node, follows=follows)
    for edge in reversed(case.edges):
        words, follows = "those along {} → {} are missing", _except(_along(edge))
        yield Guess(case.with_local(edge, 0.0), words, edge.node, edge.parent, follows=follows)


def _one_path(case: Case) -> Iterator[Guess]:
    for path in case.paths[:MOST_PATHS_IN_SUBSETS]:
        yield Guess(path.product, "{} alone", path, follows={path}.__contains__)


def _through(node: Value) -> Callable[[Path], bool]:
    return lambda path: node in path.nodes


def _along(edge: Edge) -> Callable[[Path], bool]:
    return lambda path: (edge.node, edge.position) in zip(path.nodes, path.positions, strict=False)


def _except(follows: Callable[[Path], bool]) -> Callable[[Path], bool]:
    return lambda path: not follows(path)


def _sets_of_paths(case: Case) -> Iterator[Guess]:
    """Any set of paths: those with one followed first, then those with one missing, and so on."""
    n = len(case.paths)
    if n > MOST_PATHS_IN_SUBSETS:
        return
    for size in sorted(range(1, n), key=lambda size: (min(size, n - size), size)):
        for chosen in combinations(case.paths, size):
            yield Guess(
                math.fsum(path.product for path in chosen),
                "the others are missing",
                follows=frozenset(chosen).__contains__,
            )


def _factors(case: Case) -> Iterator[Guess]:
    # A -1 that was forgotten is a wrong sign.
    edges = [edge for edge in reversed(case.edges) if abs(edge.local) != 1.0]
    for edge in edges:
        yield Guess(case.with_local(edge, 1.0), "the factor {} was forgotten", edge)
    for node in case.between:
        upstream = Derivative(case.loss, node, case.upstream[node])
        inner = Derivative(node, case.node, case.downstream[node])
        if abs(upstream.local) != 1.0:
            yield Guess(inner.local, "the upstream {} was forgotten", upstream)
        if abs(inner.local) != 1.0:
            yield Guess(upstream.local, "the inner derivative {} was forgotten", inner)
    for edge in edges:
        twice = edge.local * edge.local
        yield Guess(case.with_local(edge, twice), "the factor {} was used twice", edge)
    for op in dict.fromkeys(map(_op, edges)):
        if len(case.by_op[op]) > 1:
            words = "all local derivatives of {} were "
            yield Guess(case.with_op(op, lambda local: 1.0), f"{words}forgotten", op.name)
            yield Guess(
                case.with_op(op, lambda local: local * local), f"{words}used twice", op.name
            )


def _value_of_the_loss(case: Case) -> Iterator[Guess]:
    """The notes once have ∂L/∂ŷ₁ = L."""
    yield Guess(case.loss.data, _VALUE, case.loss)


def _value_of_a_node(case: Case) -> Iterator[Guess]:
    for node in (case.node, *case.between):
        yield Guess(node.data, _VALUE, node)


_VALUE = "it is the value of {} itself"


# The rules that people mix up, by op (and position where that matters): the right rule, and for
# each wrong one its words and its value from y, x and z: the node, the operand, and the other
# operand (of a power, the exponent; of a cross entropy, the probability).
Wrong = Callable[[float, float, float], float]
# An op has one rule, or one for each position: of a quotient, or of a softmax for its own logit
# (0) and another (1).
Rule = Primitive | tuple[Primitive, int] | None
# fmt: off
_WRONG_RULES: dict[Rule, tuple[str, dict[str, Wrong]]] = {
    ops.exp:     ("exp(x)", {
        "x":                    lambda y, x, z: x,
        "x·exp(x - 1)":         lambda y, x, z: x * y / math.e}),
    ops.log:     ("1/x", {
        "x":                    lambda y, x, z: x,
        "log(x)":               lambda y, x, z: y,
        "1/log(x)":             lambda y, x, z: 1 / y}),
    ops.sqrt:    ("1/(2√x)", {
        "1/√x":                 lambda y, x, z: 1 / y,
        "1/(2x)":               lambda y, x, z: 1 / (2 * x),
        "2√x":                  lambda y, x, z: 2 * y,
        "√x/2":                 lambda y, x, z: y / 2}),
    ops.sin:     ("cos(x)", {
        "sin(x)":               lambda y, x, z: y}),
    ops.cos:     ("-sin(x)", {
        "cos(x)":               lambda y, x, z: y}),
    ops.tanh:    ("1 - tanh²(x)", {
        "1 - x²":               lambda y, x, z: 1 - x * x,
        "1 - tanh(x)":          lambda y, x, z: 1 - y,
        "tanh(x)":              lambda y, x, z: y,
        "tanh²(x)":             lambda y, x, z: y * y,
        "tanh(x)(1 - tanh(x))": lambda y, x, z: y * (1 - y)}),
    ops.sigmoid: ("σ(x)(1 - σ(x))", {
        "x(1 - x)":             lambda y, x, z: x * (1 - x),
        "σ(x)":                 lambda y, x, z: y,
        "1 - σ(x)":             lambda y, x, z: 1 - y,
        "1 - σ²(x)":            lambda y, x, z: 1 - y * y}),
    ops.softplus: ("σ(x)", {
        "σ(x)(1 - σ(x))":       lambda y, x, z: math.exp(-y) * (1 - math.exp(-y))}),
    ops.relu:    ("1 where x > 0, else 0", {
        "1":                    lambda y, x, z: 1.0,
        "relu(x)":              lambda y, x, z: y,
        "x":                    lambda y, x, z: x}),
    ops.power_of:     ("n·xⁿ⁻¹", {
        "n·xⁿ":                 lambda y, x, z: z * y,
        "n·x":                  lambda y, x, z: z * x,
        "xⁿ":                   lambda y, x, z: y,
        "xⁿ/n":                 lambda y, x, z: y / z,
        "(n - 1)·xⁿ⁻¹":         lambda y, x, z: (z - 1) * y / x}),
    (ops.divide, 0):      ("1/b for a/b", {
        "b":                    lambda y, x, z: z,
        "a":                    lambda y, x, z: x,
        "1/a":                  lambda y, x, z: 1 / x,
        "1/b²":                 lambda y, x, z: 1 / (z * z)}),
    (ops.divide, 1):      ("-a/b² for a/b", {
        "-1/b²":                lambda y, x, z: -1 / (x * x),
        "-a/b":                 lambda y, x, z: -y,
        "1/a":                  lambda y, x, z: 1 / z,
        "1/b":                  lambda y, x, z: 1 / x,
        "a":                    lambda y, x, z: z}),
    ops.multiply:       ("the other operand", {
        "its own":              lambda y, x, z: x}),
    ops.dot:     ("the other operand of w·x", {
        "its own":              lambda y, x, z: x}),
    ops.squared_error: ("-2(y - ŷ)", {
        "(y - ŷ)²":             lambda y, x, z: (z - x) ** 2,
        "the loss":             lambda y, x, z: y,
        "y - ŷ":                lambda y, x, z: z - x}),
    ops.cross_entropy: ("ŷ - y", {
        "the loss":             lambda y, x, z: y,
        "ŷ":                    lambda y, x, z: z,
        "-1/ŷ":                 lambda y, x, z: -1 / z}),
    (ops.softmax, 0): ("ŷᵢ(1 - ŷᵢ)", {
        "ŷᵢ":                   lambda y, x, z: y,
        "1 - ŷᵢ":               lambda y, x, z: 1 - y,
        "aᵢ(1 - aᵢ)":           lambda y, x, z: x * (1 - x),
        "-ŷᵢ²":                 lambda y, x, z: -y * y}),
    (ops.softmax, 1): ("-ŷᵢŷⱼ", {
        "ŷᵢ(1 - ŷᵢ)":           lambda y, x, z: y * (1 - y),
        "-ŷⱼ":                  lambda y, x, z: -z,
        "-ŷᵢ":                  lambda y, x, z: -y}),
}
_ANY_RULE: tuple[str, dict[str, Wrong]] = ("by its rule", {
        "the input":            lambda y, x, z: x,
        "the output":           lambda y, x, z: y})
# fmt: on


def _wrong_operands(case: Case) -> Iterator[Guess]:
    groups: dict[Rule, list[Edge]] = {}
    for edge in reversed(case.edges):
        groups.setdefault(_rule_of(edge), []).append(edge)
    for rule, edges in groups.items():
        anything = _ANY_RULE if len(edges[0].node.parents) == 1 else ("", {})
        right, wrong_rules = _WRONG_RULES.get(rule, anything)
        for words, wrong in wrong_rules.items():
            replaced = {edge: _replaced(edge, wrong) for edge in edges}
            for edge, local in replaced.items():
                yield Guess(
                    case.with_local(edge, local),
                    "the wrong operand: {} ({}), not {} = {}",
                    *(edge, right, words, local),
                )
            if len(edges) > 1:
                yield Guess(
                    case.derivative(_replacing(replaced)),
                    "the wrong operand, in each {}: its derivative is {}, not {}",
                    *(edges[0].node.op, right, words),
                )


def _rule_of(edge: Edge) -> Rule:
    op = ops.record_of(edge.node.primitive)
    if op is ops.divide:
        return op, edge.position
    if op is ops.squared_error and edge.position >= len(edge.node.parents) // 2:
        return None  # nobody asks for the derivative by a target
    if op is ops.softmax:
        return op, int(edge.position != _parameter(edge.node))
    return op


def _replaced(edge: Edge, wrong: Wrong) -> float:
    node, operands, op = edge.node, edge.node.parents, ops.record_of(edge.node.primitive)
    y, x, z = node.data, edge.parent.data, math.nan
    if op in (ops.multiply, ops.divide):
        z = operands[1 - edge.position].data
    elif op is ops.power_of:
        z = _parameter(node)
    elif op is ops.squared_error:
        z = operands[edge.position - len(operands) // 2].data
    elif op is ops.cross_entropy:
        z = edge.local + (edge.position == _parameter(node))
    elif op is ops.softmax:
        z = -edge.local / y if y else math.nan
    elif op is ops.dot and edge.position >= len(operands) // 2 * 2:  # the bias has no other
        return math.nan
    try:
        return wrong(y, x, z)
    except (ZeroDivisionError, OverflowError):
        return math.nan


def _another_node(case: Case) -> Iterator[Guess]:
    for other, gradient in case.upstream.items():
        if other.label and other is not case.node and other is not case.loss:
            yield Guess(gradient, "it is {}", Derivative(case.loss, other, gradient))


# In order of plausibility: of several that fit, the first is the diagnosis.
MISTAKES: tuple[tuple[Verdict, Callable[[Case], Iterator[Guess]]], ...] = (
    (Verdict.WRONG_SIGN, _wrong_sign),
    (Verdict.MISSING_PATHS, _own_logits_only),
    (Verdict.OVERWRITTEN, _overwritten),
    (Verdict.SCALE, _scale),
    (Verdict.TRANSPOSED, _transposed),
    (Verdict.MISSING_PATHS, _paths_left_out),
    (Verdict.MISSING_PATHS, _one_path),
    (Verdict.FACTOR, _factors),
    (Verdict.VALUE, _value_of_the_loss),
    (Verdict.WRONG_OPERAND, _wrong_operands),
    (Verdict.VALUE, _value_of_a_node),
    (Verdict.WRONG_SIGN, _sign_of_a_part),
    (Verdict.OTHER_NODE, _another_node),
    (Verdict.MISSING_PATHS, _sets_of_paths),
)
