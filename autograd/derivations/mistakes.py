"""The mistakes that people make in a derivation, as a table: what each would have led to.

A gradient is a sum over paths of products of local derivatives, so each mistake is the same sum
with something changed: some paths left out, a local derivative replaced, a sign turned. A generator
for each kind yields :class:`Guess` after guess: the number that the mistake gives, and the words
for it. What local derivatives are mistaken for is on the record of each op. Which guess is the
answer is for :mod:`autograd.derivations.judging` to find.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from enum import Enum
from itertools import combinations
from typing import Any, NamedTuple

from autograd import arithmetic, ops
from autograd.derivations.cases import Case, Derivative, Edge
from autograd.explanations.formulas import local_derivative_text, partial, written
from autograd.explanations.path_sums import Path
from autograd.ops import record_of
from autograd.text import short_number
from autograd.value import Value

# Of more paths than this, no sets are looked at; nor more uses of a node than that one by one.
MOST_PATHS_IN_SUBSETS = 12
MOST_USES = 100

# Learning rates, as in examples.
RATES = (0.1, 0.01, 0.001, 0.05, 0.2, 0.3, 0.02, 0.005, 0.5, 1.0)


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
    EXTRA_TERM = "a term too many"
    SCALE = "a factor of the mean or the square"
    CHAIN = "a factor that does not belong in the chain"
    FACTOR = "a factor forgotten or used twice"
    PRODUCT_RULE = "the rule of the product or quotient"
    WRONG_OPERAND = "the wrong operand of a rule"
    WRONG_POINT = "taken at the wrong point"
    NEIGHBOUR = "the wrong neighbour or index"
    OTHER_LOSS = "the gradient of another loss"
    TRANSPOSED = "transposed"
    VALUE = "a value, not a derivative"
    STEP = "a step of the update, not the gradient"
    SLIP = "a slip of the pen"
    OTHER_NODE = "the gradient of another node"
    SHAPE = "shapes that do not fit"
    NOT_THE_VALUE = "not the right number"
    TWO_MISTAKES = "two mistakes at once"
    NOT_THE_GRADIENT = "not the gradient"

    @property
    def is_right(self) -> bool:
        """Whether the answer is the gradient, at least rounded, at the end or on the way."""
        return self in (Verdict.RIGHT, Verdict.ROUNDED, Verdict.CLOSE)


class Guess:
    """What a mistake would lead to: the number, the words for it, and which paths it follows.

    Args:
        number: the answer that somebody would come to who makes the mistake.
        words: what the mistake is, as a template with {} for each of what it is about.
        about: nodes, edges, paths, numbers, and functions that return words. Few guesses are ever
            put into words.
        follows: if the mistake is to leave paths out, whether it takes a path into account.
        replaced: the local derivatives that are others by the mistake, if it is that.
    """

    __slots__ = ("about", "follows", "number", "replaced", "words")

    def __init__(
        self,
        number: float,
        words: str,
        *about: object,
        follows: Callable[[Path], bool] | None = None,
        replaced: Mapping[Edge, float] = {},
    ) -> None:
        self.number = number
        self.words = words
        self.about = about
        self.follows = follows
        self.replaced = replaced

    @property
    def message(self) -> str:
        """The words for the mistake."""
        return self.words.format(*map(_in_words, self.about))

    @property
    def key(self) -> tuple[object, ...]:
        """The mistake itself, whatever the numbers of the graph are."""
        return (self.words, *map(_identity, self.about))


def _in_words(each: object) -> object:
    if isinstance(each, Value):
        return written(each)
    if callable(each):
        return each()
    return short_number(each) if isinstance(each, float) else each


def _identity(each: object) -> object:
    if isinstance(each, Edge):
        return each.node, each.position
    if isinstance(each, Derivative):
        return each.node, each.parent
    if isinstance(each, (float, Wording)):
        return None if isinstance(each, float) else each.key
    return each


class Wording:
    """Words about an edge that are only written if anybody asks, and what tells them apart."""

    __slots__ = ("key", "write")

    def __init__(self, write: Callable[[], str], *key: object) -> None:
        self.write, self.key = write, key

    def __call__(self) -> str:
        return self.write()


def _changed(
    case: Case,
    replaced: Mapping[Edge, float],
    words: str,
    *about: object,
    follows: Callable[[Path], bool] | None = None,
    number: float | None = None,
) -> Guess:
    """The guess that edges have other local derivatives; its number may be known already."""
    if number is None:
        number = case.derivative(replaced)
    return Guess(number, words, *about, follows=follows, replaced=replaced)


# Signs.


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
        yield _changed(case, {edge: -edge.local}, "the sign of {} is wrong", edge)
    for op, edges in case.by_op.items():
        if len(edges) > 1:
            turned = {edge: -edge.local for edge in edges}
            words = "the sign of all local derivatives of {} is wrong"
            yield _changed(case, turned, words, op.name)
    for path in case.paths[:MOST_PATHS_IN_SUBSETS]:
        number = case.gradient - 2 * case.product(path)
        yield Guess(number, "the sign of one path is wrong: {}", path)


# Paths left out, and paths too many.


def _own_logits_only(case: Case) -> Iterator[Guess]:
    """Each softmax output followed to its own logit alone: the mistake of the lecture notes."""

    def crosses(node: Value, position: int) -> bool:
        op = record_of(node.primitive)
        return op in (ops.softmax, ops.log_softmax) and position != _parameter(node)

    crossing = {edge: 0.0 for edge in case.edges if crosses(edge.node, edge.position)}
    if crossing:
        yield _changed(
            case,
            crossing,
            "each softmax output was followed to its own logit alone, but it depends on every one "
            "(the cross terms ∂ŷᵢ/∂aⱼ = -ŷᵢŷⱼ, i ≠ j)",
            follows=lambda path: not any(map(crosses, path.nodes[:-1], path.positions)),
        )


def _parameter(node: Value) -> float:
    """Return the parameter of an op that has one: the index of a softmax, an exponent."""
    assert node.primitive is not None
    return node.primitive.parameters[0]


def _overwritten(case: Case) -> Iterator[Guess]:
    if len(case.uses) > 1:
        for use in case.uses[:MOST_USES]:
            yield _changed(
                case,
                {other: 0.0 for other in case.uses if other is not use},
                "{} is used {} times, but only its use in {} was counted",
                *(case.node, len(case.uses), use.node),
                follows=_along(use),
                number=use.local * case.upstream[use.node],
            )


def _paths_left_out(case: Case) -> Iterator[Guess]:
    if case.gradient:
        words = "{} does depend on {}"
        yield Guess(0.0, words, case.loss, case.node, follows=lambda path: False)
    for node in case.between:
        words, follows = "only those through {}", _through(node)
        yield Guess(case.through(node), words, node, follows=follows)
    for node in case.between:
        words, follows = "those through {} are missing", _except(_through(node))
        left_out = dict.fromkeys(case.by_node[node], 0.0)
        number = case.gradient - case.through(node)
        yield _changed(case, left_out, words, node, follows=follows, number=number)
    for edge in reversed(case.edges):
        words, follows = "those along {} → {} are missing", _except(_along(edge))
        yield _changed(case, {edge: 0.0}, words, edge.node, edge.parent, follows=follows)


def _one_path(case: Case) -> Iterator[Guess]:
    for path in case.paths[:MOST_PATHS_IN_SUBSETS]:
        yield Guess(case.product(path), "{} alone", path, follows={path}.__contains__)


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
    products = {path: case.product(path) for path in case.paths}
    for size in sorted(range(1, n), key=lambda size: (min(size, n - size), size)):
        for chosen in combinations(case.paths, size):
            yield Guess(
                math.fsum(map(products.__getitem__, chosen)),
                "the others are missing",
                follows=frozenset(chosen).__contains__,
            )


def _terms_too_many(case: Case) -> Iterator[Guess]:
    if len(case.uses) > 1:
        for use in case.uses[:MOST_USES]:
            twice = {use: 2 * use.local}
            yield _changed(
                case, twice, "the use of {} in {} was counted twice", case.node, use.node
            )
    if case.count > 1:
        for path in case.paths[:MOST_PATHS_IN_SUBSETS]:
            number = case.gradient + case.product(path)
            yield Guess(number, "a path was counted twice: {}", path)
    for penalty, weight in _penalties(case):
        for factor in (2, 1):
            extra = factor * case.upstream[penalty] * case.number(case.node)
            words = "a penalty such as that on {} was added, but {} has none"
            yield Guess(case.gradient + extra, words, weight, case.node)


def _penalties(case: Case) -> Iterator[tuple[Value, Value]]:
    """Yield the squares of leaves in the graph, and the leaves, if the node is not one of them."""
    squares = [
        (node, node.parents[0])
        for node in case.point.order
        if _is_square(node) and not node.parents[0].parents and case.upstream.get(node)
    ]
    if all(leaf is not case.node for _, leaf in squares):
        yield from squares


def _is_square(node: Value) -> bool:
    op = record_of(node.primitive)
    if op is ops.power_of:
        return _parameter(node) == 2.0
    return op is ops.multiply and node.parents[0] is node.parents[1]


# Factors.


def _scale(case: Case) -> Iterator[Guess]:
    groups: dict[tuple[float, str], list[Edge]] = {}
    for edge in case.edges:
        groups.setdefault(_constant_of(edge.node), []).append(edge)
    groups.pop(_NO_CONSTANT, None)
    for (factor, name), edges in groups.items():
        for changed, words in ((1 / factor, "was forgotten"), (factor, "was used twice")):
            scaled = {edge: edge.local * changed for edge in edges}
            yield _changed(case, scaled, f"{{}} {words}", name)
    means = [edge for edge in case.edges if edge.op is ops.mean]
    for divisor, words in ((-1, "n - 1 was taken for n"), (1, "n + 1 was taken for n")):
        if means and min(len(edge.node.parents) for edge in means) > 1:
            scaled = {edge: 1 / (len(edge.node.parents) + divisor) for edge in means}
            yield _changed(case, scaled, f"{words} in the mean")


_NO_CONSTANT = (1.0, "")


def _constant_of(node: Value) -> tuple[float, str]:
    """Return the constant that the rule of a node has in front, and what it is called."""
    op, parents = record_of(node.primitive), node.parents
    if op is ops.mean:
        return 1 / len(parents), f"the 1/{len(parents)} of the mean"
    if op is ops.squared_error or _is_square(node):
        return 2.0, "the factor 2 of the square"
    exponent = _parameter(node) if op is ops.power_of else 0.0
    if exponent == 0.0:
        return _NO_CONSTANT
    return exponent, f"the exponent {exponent:g} in front of the power"


def _factors(case: Case) -> Iterator[Guess]:
    # A -1 that was forgotten is a wrong sign.
    edges = [edge for edge in reversed(case.edges) if abs(edge.local) != 1.0]
    for edge in edges:
        yield _changed(case, {edge: 1.0}, "the factor {} was forgotten", edge)
    for node in case.between:
        upstream = Derivative(case.loss, node, case.upstream[node])
        inner = Derivative(node, case.node, case.downstream[node])
        if abs(upstream.local) != 1.0:
            yield Guess(inner.local, "the upstream {} was forgotten", upstream)
        if abs(inner.local) != 1.0:
            yield Guess(upstream.local, "the inner derivative {} was forgotten", inner)
    for edge in edges:
        twice = {edge: edge.local * edge.local}
        yield _changed(case, twice, "the factor {} was used twice", edge)
    for op in dict.fromkeys(edge.op for edge in edges):
        if len(case.by_op[op]) > 1:
            words = "all local derivatives of {} were "
            forgotten = dict.fromkeys(case.by_op[op], 1.0)
            yield _changed(case, forgotten, f"{words}forgotten", op.name)
            squared = {edge: edge.local * edge.local for edge in case.by_op[op]}
            yield _changed(case, squared, f"{words}used twice", op.name)
    operands: dict[Value, list[Edge]] = {}
    for edge in edges:
        if (operand := _other_operand(edge)) is not None:
            operands.setdefault(operand, []).append(edge)
    for operand, edges_of_it in operands.items():
        if len(edges_of_it) > 1:
            words = "the factor {} was forgotten each time"
            yield _changed(case, dict.fromkeys(edges_of_it, 1.0), words, operand)


def _factors_of_a_path(case: Case) -> Iterator[Guess]:
    if len(case.paths) < 2:
        return
    edges = {(edge.node, edge.position): edge for edge in case.edges}
    for path in case.paths[:MOST_PATHS_IN_SUBSETS]:
        product = case.product(path)
        for step in zip(path.nodes, path.positions, strict=False):
            edge = edges[step]
            if edge.local and abs(edge.local) != 1.0:
                number = case.gradient - product + product / edge.local
                words = "the factor {} was forgotten on one path: {}"
                yield Guess(number, words, edge, path)


def _product_rule(case: Case) -> Iterator[Guess]:
    """The derivative of a product or quotient for that of its two operands."""
    for node, edges in case.by_node.items():
        op = record_of(node.primitive)
        if op not in (ops.multiply, ops.divide) or len({edge.parent for edge in edges}) < 2:
            continue
        a, b = (case.downstream[parent] for parent in node.parents)
        wrong = a * b if op is ops.multiply else arithmetic.divide(a, b)
        number = case.gradient + case.upstream[node] * (wrong - case.downstream[node])
        words = "the derivative of {} is not the {} of the derivatives of its operands"
        yield Guess(number, words, node, "product" if op is ops.multiply else "quotient")


# Wrong local derivatives.


class _NumbersAndOps:
    """The vocabulary that mistaken rules are read in for floats: arithmetic, and ops by name."""

    def __getattr__(self, name: str) -> Any:
        found = getattr(arithmetic, name, None) or ops.TABLE.get(name)
        if found is None:
            raise AttributeError(name)
        return found

    def probabilities(self, y: float, logits: Sequence[float], index: int) -> list[float]:
        return ops.softmax_values(arithmetic, logits)


_NUMBERS = _NumbersAndOps()

Rule = Callable[..., Sequence[Any]]


def mistaken_rules(node: Value) -> Iterator[tuple[object, Rule]]:
    """Yield what the local derivatives of a node may be taken for, each with a key of its own."""
    op = node.primitive
    assert op is not None  # it has parents
    if op.value is None:
        return
    if len(node.parents) == 1:
        own = op.derivatives
        yield "input for output", lambda m, y, x, *rest: own(m, x, x, *rest)
        yield "output", lambda m, y, x, *rest: (y,)
        yield "input", lambda m, y, x, *rest: (x,)
    if op.mistaken is None:
        return
    mistaken = op.mistaken
    operands = [parent.data for parent in node.parents]
    for i in range(len(mistaken(_NUMBERS, node.data, *operands, *op.parameters))):
        yield i, lambda m, *each, i=i: mistaken(m, *each)[i]


def by_rule(case: Case, node: Value, rule: Rule) -> Sequence[float]:
    """Return the local derivatives of a node by a rule that is not its own."""
    assert node.primitive is not None
    operands = map(case.number, node.parents)
    try:
        return rule(_NUMBERS, case.number(node), *operands, *node.primitive.parameters)
    except (ZeroDivisionError, OverflowError):
        return [math.nan] * len(node.parents)


def _wrong_operands(case: Case) -> Iterator[Guess]:
    for edges in case.by_op.values():
        rules: dict[object, dict[Value, Rule]] = {}
        for node in dict.fromkeys(edge.node for edge in edges):
            for key, rule in mistaken_rules(node):
                rules.setdefault(key, {})[node] = rule
        for key, of_node in rules.items():
            local = {node: by_rule(case, node, rule) for node, rule in of_node.items()}
            wrong = {edge: local[edge.node][edge.position] for edge in edges if edge.node in local}
            if any(local != edge.local for edge, local in wrong.items()):
                yield from _by_wrong_rule(case, wrong, of_node, key)
    yield from _value_for_one(case)


def _value_for_one(case: Case) -> Iterator[Guess]:
    """The derivative of a sum by one of its terms is taken for the term."""
    for edge in case.uses:
        if abs(edge.local) == 1.0:
            local = edge.local * case.number(case.node)
            words = "the wrong operand: {}, not {}"
            yield _changed(case, {edge: local}, words, edge, case.node)


def _by_wrong_rule(
    case: Case, wrong: Mapping[Edge, float], rules: Mapping[Value, Rule], key: object
) -> Iterator[Guess]:
    """Yield the guesses that one edge has another rule, the edges of one node, and all of an op."""
    for edge, local in wrong.items():
        if local != edge.local:
            taken = _taken_for(edge, rules[edge.node], key)
            words = "the wrong operand: {} ({}), not {} = {}"
            yield _changed(case, {edge: local}, words, edge, _rule_of(edge), taken, local)
    for node in rules:
        edges = [edge for edge in case.by_node[node] if edge in wrong]
        if 1 < len(edges) < len(wrong):
            taken = _taken_for(edges[0], rules[node], key)
            words = "the wrong operand in {}: {} for {}, and likewise for the others"
            replaced = {edge: wrong[edge] for edge in edges}
            yield _changed(case, replaced, words, node, taken, _rule_of(edges[0]))
    if len(wrong) > 1:
        edge = next(iter(wrong))
        taken = _taken_for(edge, rules[edge.node], key)
        words = "the wrong operand, in each {}: {} was taken for {}, and so on"
        yield _changed(case, wrong, words, edge.node.op, taken, _rule_of(edge))


def _rule_of(edge: Edge) -> Wording:
    return Wording(lambda: local_derivative_text(edge.node, edge.position))


def _taken_for(edge: Edge, rule: Rule, key: object) -> Wording:
    return Wording(lambda: local_derivative_text(edge.node, edge.position, rule), key)


def _wrong_point(case: Case) -> Iterator[Guess]:
    """The derivative of a function of one number taken where another node is."""
    on_the_way = [*case.downstream, *case.labelled]
    for edge in _of_one_number(case):
        for other in dict.fromkeys([edge.node, *edge.parent.parents, *on_the_way]):
            if other is not edge.parent:
                local = _derivative_at(edge, case.number(other))
                words = "{} was taken at {} and not at {}: it is {}"
                yield _changed(case, {edge: local}, words, edge, other, edge.parent, local)
    for edge in _of_one_number(case):
        if edge.parent is not case.node:
            inner = Derivative(edge.parent, case.node, case.downstream[edge.parent])
            local = _derivative_at(edge, inner.local)
            words = "{} was taken at the inner derivative {}"
            yield _changed(case, {edge: local}, words, edge, inner)
            number = case.upstream[edge.node] * local
            yield Guess(number, f"{words}, and not multiplied by it", edge, inner)


def _of_one_number(case: Case) -> list[Edge]:
    """Return the edges whose node is a function of one number that is not linear."""
    return [
        edge
        for edge in reversed(case.edges)
        if len(edge.node.parents) == 1
        and edge.node.primitive is not None
        and edge.node.primitive.value is not None
        and edge.op not in (ops.negative, ops.identity)
    ]


def _derivative_at(edge: Edge, x: float) -> float:
    """Return the derivative of the function of one number that an edge is of, at a number."""
    op = edge.node.primitive
    assert op is not None  # it has parents
    y = op.value(arithmetic, x, *op.parameters)
    [local] = op.derivatives(arithmetic, y, x, *op.parameters)
    return float(local)


# The wrong neighbour.


def _neighbours(case: Case) -> Iterator[Guess]:
    """Another operand of the same kind: x2 for x1, h of another step or layer."""
    for node in case.between:
        for other in case.siblings(node):
            if other in case.upstream:
                number = case.upstream[other] * case.downstream[node]
                rest = case.gradient - case.through(node)
                about = _partial_of(case.loss, other), _partial_of(case.loss, node)
                yield Guess(number + rest, "{} was taken for {}", *about)
    for edge in reversed(case.edges):
        operand = _other_operand(edge)
        if operand is not None:
            for other in (*case.siblings(operand), *_of_one_op(case, operand)):
                yield _with_operand(case, {edge: case.number(other)}, operand, other)
    yield from _slopes_of_neighbours(case)
    yield from _outputs_for_inputs(case)


def _slopes_of_neighbours(case: Case) -> Iterator[Guess]:
    for edge in _of_one_number(case):
        for other in _of_one_op(case, edge.node):
            its = Derivative(other, other.parents[0], case.point.local_derivatives(other)[0])
            yield _changed(case, {edge: its.local}, "{} was taken for {}", its, edge)


def _outputs_for_inputs(case: Case) -> Iterator[Guess]:
    """What a weight's own neuron puts out in place of what it takes in, in each of its uses."""
    outputs = {}
    for edge in case.uses:
        operand, output = _other_operand(edge), _output_of(case, edge.node)
        if operand is not None and output is not None:
            outputs[edge] = case.number(output)
    if len(outputs) > 1:
        yield _changed(case, outputs, "the output of each step was taken for its input")


def _output_of(case: Case, node: Value) -> Value | None:
    """Return the first node after one that an op of one number made."""
    while len(users := case.users.get(node, [])) == 1:
        [node] = users
        if len(node.parents) == 1:
            return node
    return None


def _of_one_op(case: Case, node: Value) -> Iterable[Value]:
    """Yield the labelled nodes made by the op of a node, or the other leaves."""
    for other in case.labelled_by_op.get(record_of(node.primitive), ()):
        if other is not node:
            yield other


def _other_operand(edge: Edge) -> Value | None:
    """Return the operand that a local derivative is: of a product w·x the other one."""
    node, position = edge.node, edge.position
    op, n = record_of(node.primitive), len(node.parents) // 2
    if op is ops.multiply or (op is ops.dot and position < 2 * n):
        return node.parents[position + n if position < n else position - n]
    return None


def _with_operand(
    case: Case, replaced: Mapping[Edge, float], operand: Value, other: Value
) -> Guess:
    return _changed(case, replaced, "{} = {} was taken for {}", other, case.number(other), operand)


def _any_node(case: Case) -> Iterator[Guess]:
    """Any other node in place of an operand."""
    for edge in reversed(case.edges):
        operand = _other_operand(edge)
        if operand is not None:
            for other in case.labelled:
                if other is not operand:
                    yield _with_operand(case, {edge: case.number(other)}, operand, other)


def _transposed(case: Case) -> Iterator[Guess]:
    for label in _transposed_labels(case.node.label):
        for other, gradient in case.upstream.items():
            if other.label == label and other is not case.node:
                yield Guess(gradient, "it is the gradient of {}, not of {}", label, case.node.label)
    yield from _matrix_transposed(case)


def _matrix_transposed(case: Case) -> Iterator[Guess]:
    """W for Wᵀ: in place of the weights from a node, those to it."""
    layers: dict[Value, list[Edge]] = {}
    for edge in reversed(case.by_op.get(ops.dot, [])):
        layers.setdefault(edge.parent, []).append(edge)
    for node, layer in layers.items():
        if len(layer) < 2:
            continue
        first = layer[0]
        n = len(first.node.parents) // 2
        row = first.position - n
        if 0 <= row < len(layer):
            weights = layer[row].node.parents[:n]
            if len(weights) >= len(layer):
                replaced = dict(zip(layer, map(case.number, weights), strict=False))
                words = "W was taken for Wᵀ: the weights to {} for those from {}"
                yield _changed(case, replaced, words, layer[row].node, node)


def _transposed_labels(label: str) -> Iterator[str]:
    """Yield the label with its last two indices swapped: w212 → w221, W[0][1] → W[1][0]."""
    numbers = list(re.finditer(r"\d+", label))
    if len(numbers) > 1:
        i, j = numbers[-2:]
        yield f"{label[: i.start()]}{j[0]}{label[i.end() : j.start()]}{i[0]}{label[j.end() :]}"
    if numbers and len(numbers[-1][0]) > 1:
        at = numbers[-1].end()
        yield f"{label[: at - 2]}{label[at - 1]}{label[at - 2]}{label[at:]}"


def _partial_of(loss: Value, node: Value) -> Wording:
    return Wording(lambda: partial(loss, node), loss, node)


# Another loss.


class _Head(NamedTuple):
    """Probabilities on the way, the logits that they are of, and the derivatives by both."""

    op: ops.Primitive
    logits: tuple[Value, ...]
    probabilities: list[float]
    upstream: list[float]  # by the probabilities, in the order of the logits
    delta: list[float]  # by the logits

    @property
    def targets(self) -> list[float]:
        """What the targets are if the loss is the cross entropy: then δ is ŷ - y. Else nothing."""
        found = [p - d for p, d in zip(self.probabilities, self.delta, strict=True)]
        return found if all(-0.01 <= target <= 1.01 for target in found) else []


def _heads(case: Case) -> Iterator[_Head]:
    seen: set[tuple[Value, ...]] = set()
    for node in case.downstream:
        op, logits = record_of(node.primitive), node.parents
        if op in _PROBABILITIES and op is not None and logits not in seen:
            seen.add(logits)
            upstream, delta = (
                [case.upstream.get(each, 0.0) for each in nodes]
                for nodes in (_outputs(case, node), logits)
            )
            yield _Head(op, logits, _probabilities(case, node), upstream, delta)


def _another_loss(case: Case) -> Iterator[Guess]:
    """The δ of the cross entropy for that of the squared error, and the other way."""
    for head in _heads(case):
        if head.op is not ops.cross_entropy:
            for factor in (0.5, 1.0):
                deltas = [factor * each for each in head.upstream]
                words = "ŷ - y was taken, as if the loss were a cross entropy"
                yield _from_logits(case, head, deltas, words)
        if targets := head.targets:
            p = head.probabilities
            squared = [2 * (q - t) for q, t in zip(p, targets, strict=True)]
            if len(p) == 1:  # a sigmoid
                deltas = [squared[0] * p[0] * (1 - p[0])]
            else:
                mean = math.fsum(map(float.__mul__, squared, p))
                deltas = [q * (s - mean) for q, s in zip(p, squared, strict=True)]
            words = "2(ŷ - y) was followed, as if the loss were a squared error"
            yield _from_logits(case, head, deltas, words)


def _mistaken_cross_entropy(case: Case) -> Iterator[Guess]:
    """What people take for ŷ - y where the cross entropy is written out."""
    for head in _heads(case):
        targets, p = head.targets, head.probabilities
        if head.op is not ops.softmax or not targets:
            continue
        errors = [z - t for z, t in zip(map(case.number, head.logits), targets, strict=True)]
        for words, deltas in (
            ("ŷ was taken for ŷ - y", p),
            ("ŷ - 1 was taken where the class is not the true one", [q - 1 for q in p]),
            ("the logits were taken for the probabilities", errors),
            ("ŷ(1 - ŷ) was taken for ŷ - y", [q * (1 - q) for q in p]),
        ):
            yield _from_logits(case, head, deltas, f"the wrong operand: {words}")


_PROBABILITIES = (ops.softmax, ops.cross_entropy, ops.sigmoid)


def _probabilities(case: Case, node: Value) -> list[float]:
    numbers = [case.number(parent) for parent in node.parents]
    if record_of(node.primitive) is ops.sigmoid:
        return [case.number(node)]
    return ops.softmax_values(arithmetic, numbers)


def _outputs(case: Case, node: Value) -> list[Value]:
    """Return the probabilities that were made of the same logits, in the order of these."""
    op = record_of(node.primitive)
    if op is ops.sigmoid:
        return [node]
    found = {
        int(_parameter(user)): user
        for user in case.users[node.parents[0]]
        if record_of(user.primitive) is op and user.parents == node.parents
    }
    return [found.get(i, node) for i in range(len(node.parents))]


def _from_logits(case: Case, head: _Head, deltas: Sequence[float], words: str) -> Guess:
    """The guess that the gradients of logits are others."""
    followed = (
        delta * case.downstream.get(logit, 0.0)
        for logit, delta in zip(head.logits, deltas, strict=True)
    )
    return Guess(math.fsum(followed), f"{words} (at {{}})", head.logits[0])


# No derivatives, or others.


def _value_of_the_loss(case: Case) -> Iterator[Guess]:
    """The notes once have ∂L/∂ŷ₁ = L."""
    yield Guess(case.number(case.loss), _VALUE, case.loss)


def _value_of_a_node(case: Case) -> Iterator[Guess]:
    for node in (case.node, *case.between):
        yield Guess(case.number(node), _VALUE, node)


_VALUE = "it is the value of {} itself"


def _another_node(case: Case) -> Iterator[Guess]:
    for other, gradient in case.upstream.items():
        if other.label and other is not case.node and other is not case.loss:
            yield Guess(gradient, "it is {}", Derivative(case.loss, other, gradient))


def _steps(case: Case) -> Iterator[Guess]:
    """What an update adds to a parameter, and the parameter after it."""
    value, gradient = case.number(case.node), case.gradient
    for rate in RATES:
        about = short_number(rate), case.node
        if rate < 0.5:  # else it is rather a factor that was forgotten
            yield Guess(rate * gradient, "it is η·∇ with η = {}, not the gradient of {}", *about)
            yield Guess(-rate * gradient, "it is -η·∇ with η = {}, the step of {}", *about)
        yield Guess(value - rate * gradient, "it is {1} after a step with η = {0}", *about)
        yield Guess(value + rate * gradient, "it is {1} after a step uphill with η = {0}", *about)


def slips(case: Case, written: int) -> Iterator[Guess]:
    """Two digits swapped, or the decimal point at the wrong place, in a number of so many digits.

    It has no place in the table, as it is not the derivation that is wrong.
    """
    if not case.gradient or not math.isfinite(case.gradient):
        return
    rounded = f"{case.gradient:.{written - 1}e}"
    for places, words in ((1, "one place"), (2, "two places"), (3, "three places")):
        for power in (10.0**places, 10.0**-places):
            yield Guess(float(rounded) * power, "the decimal point is {} off", words)
    mantissa, exponent = rounded.split("e")
    sign, digits = mantissa.startswith("-") * "-", mantissa.lstrip("-").replace(".", "")
    for i in range(len(digits) - 1):
        a, b = digits[i], digits[i + 1]
        if a != b:
            swapped = f"{digits[:i]}{b}{a}{digits[i + 2 :]}"
            number = float(f"{sign}{swapped[0]}.{swapped[1:]}e{exponent}")
            yield Guess(number, "the digits {} were swapped", f"{a}{b}")


# In order of plausibility: of several that fit, the first is the diagnosis.
Kind = tuple[Verdict, Callable[[Case], Iterator[Guess]]]
MISTAKES: tuple[Kind, ...] = (
    (Verdict.MISSING_PATHS, _own_logits_only),
    (Verdict.WRONG_SIGN, _wrong_sign),
    (Verdict.OVERWRITTEN, _overwritten),
    (Verdict.SCALE, _scale),
    (Verdict.TRANSPOSED, _transposed),
    (Verdict.MISSING_PATHS, _paths_left_out),
    (Verdict.MISSING_PATHS, _one_path),
    (Verdict.FACTOR, _factors),
    (Verdict.VALUE, _value_of_the_loss),
    (Verdict.WRONG_OPERAND, _wrong_operands),
    (Verdict.WRONG_OPERAND, _mistaken_cross_entropy),
    (Verdict.OTHER_LOSS, _another_loss),
    (Verdict.WRONG_SIGN, _sign_of_a_part),
    (Verdict.VALUE, _value_of_a_node),
    (Verdict.NEIGHBOUR, _neighbours),
    (Verdict.WRONG_POINT, _wrong_point),
    (Verdict.EXTRA_TERM, _terms_too_many),
    (Verdict.FACTOR, _factors_of_a_path),
    (Verdict.PRODUCT_RULE, _product_rule),
    (Verdict.STEP, _steps),
    (Verdict.OTHER_NODE, _another_node),
    (Verdict.MISSING_PATHS, _sets_of_paths),
    (Verdict.NEIGHBOUR, _any_node),
)


# Two at once.

# The first is one of these, and there are at most so many of it; the second is none of those.
_CHEAP = (Verdict.SCALE, Verdict.FACTOR, Verdict.OVERWRITTEN)
_ALONE = (Verdict.WRONG_SIGN, Verdict.VALUE, Verdict.STEP, Verdict.OTHER_NODE)
MOST_FIRST = 24


def two_mistakes(case: Case, singles: Sequence[tuple[Verdict, Guess]]) -> Iterator[Guess]:
    """Yield what two mistakes at once lead to, one of which is cheap: a sign, a factor."""
    sign = next(guess for verdict, guess in singles if verdict is Verdict.WRONG_SIGN)
    for verdict, second in singles:
        if verdict not in _ALONE and second.number:
            yield _both(sign, second, -second.number)
    changes = [(verdict, guess) for verdict, guess in singles if guess.replaced]
    first = [
        guess
        for place, (verdict, guess) in enumerate(changes)
        if verdict in _CHEAP or (guess.follows and place == 0)
    ][:MOST_FIRST]
    done: set[Guess] = set()
    for one in first:
        done.add(one)
        changed = case.after(one.replaced)
        for _, other in changes:
            if other not in done and one.replaced.keys().isdisjoint(other.replaced):
                yield _both(one, other, changed(other.replaced))


def _both(first: Guess, second: Guess, number: float) -> Guess:
    words = [
        f"paths are left out: {each.words}" if each.follows else each.words
        for each in (first, second)
    ]
    return Guess(number, "; and ".join(words), *first.about, *second.about)
