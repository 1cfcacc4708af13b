"""What people take for ŷ - y, and the gradient of another loss."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import NamedTuple

from autograd import arithmetic, ops
from autograd.derivations.cases import Case
from autograd.derivations.mistakes.guesses import Guess, changed, parameter_of
from autograd.ops import record_of
from autograd.replaying import targets
from autograd.value import Value

_PROBABILITIES = (ops.softmax, ops.cross_entropy, ops.sigmoid)


class _Head(NamedTuple):
    """Probabilities on the way, the logits that they are of, and the derivatives by both.

    Where the loss is their cross entropy, ``targets`` are what they are compared with, and
    ``weight`` is what the mean over a batch makes of it: then δ is weight·(ŷ - y).
    """

    op: ops.Primitive
    logits: tuple[Value, ...]
    scores: Sequence[float]  # the numbers of the logits
    probabilities: Sequence[float]
    upstream: Sequence[float]  # by the probabilities, in the order of the logits
    delta: Sequence[float]  # by the logits
    targets: Sequence[float]
    weight: float


def another_loss(case: Case) -> Iterator[Guess]:
    """The δ of the cross entropy for that of the squared error, and the other way."""
    heads = list(_heads(case))
    written_out = [head for head in heads if head.op is not ops.cross_entropy]
    for factor in (0.5, 1.0):
        words = "ŷ - y was taken, as if the loss were a cross entropy"
        yield from _with_deltas(case, written_out, partial(_scaled_upstream, factor), words)
    words = "2(ŷ - y) was followed, as if the loss were a squared error"
    yield from _with_deltas(case, [head for head in heads if head.targets], _of_squares, words)
    weighted = [head for head in written_out if head.op is ops.sigmoid and not head.targets]
    words = "ŷ - {:g} was taken, as if the loss were a cross entropy"
    for target in (1.0, 0.0):
        deltas = partial(_less, target)
        yield from _with_deltas(case, weighted, deltas, words.format(target))
    yield from _of_an_output(case)
    yield from _other_class(case)


def _less(target: float, head: _Head) -> list[float]:
    return [p - target for p in head.probabilities]


def _of_an_output(case: Case) -> Iterator[Guess]:
    """-y/ŷ for 2(ŷ - y)."""
    number = case.number(case.node)
    for user in case.users.get(case.node, ()):
        target = _compared_with(user, case.node)
        if target is not None and number:
            words = "-y/ŷ was taken, as if the loss were a cross entropy with the target {}"
            yield Guess(-case.number(target) / number, words, target)


def _compared_with(user: Value, output: Value) -> Value | None:
    op, parents = record_of(user.primitive), user.parents
    if op is ops.subtract:
        return parents[1] if parents[0] is output else None
    if op is not ops.squared_error:
        return None
    outputs, targets = ops.halves(parents)
    return targets[outputs.index(output)] if output in outputs else None


def _other_class(case: Case) -> Iterator[Guess]:
    """The other class of an example that is in one of two: log ŷ for log(1 - ŷ)."""
    classes = [leaf for leaf in targets(case.point.order) if leaf.data in (0.0, 1.0)]
    for target in sorted(classes, key=lambda leaf: leaf.label)[:_MOST_CLASSES]:
        numbers = {case.node: case.number(case.node), target: 1.0 - case.number(target)}
        there = case.point.moved(case.loss, numbers)
        if target is not case.node and there is not None:
            number = there.upstream.get(case.node, 0.0)
            yield Guess(number, "the wrong class: {} was taken for the other of two", target)


def _scaled_upstream(factor: float, head: _Head) -> list[float]:
    return [factor * each for each in head.upstream]


def _of_squares(head: _Head) -> list[float]:
    p = head.probabilities
    squared = [2 * (q - t) for q, t in zip(p, head.targets, strict=True)]
    if len(p) == 1:  # a sigmoid
        return [head.weight * squared[0] * p[0] * (1 - p[0])]
    mean = math.fsum(map(float.__mul__, squared, p))
    return [head.weight * q * (s - mean) for q, s in zip(p, squared, strict=True)]


def mistaken_cross_entropy(case: Case) -> Iterator[Guess]:
    """What people take for ŷ - y where the cross entropy is written out."""
    heads = [head for head in _heads(case) if head.op is not ops.cross_entropy and head.targets]
    for words, wrong in _WRONG_DELTAS:
        deltas = partial(_weighted, wrong)
        yield from _with_deltas(case, heads, deltas, f"the wrong operand: {words}")
    most = max((len(head.targets) for head in heads), default=0)
    for shift in range(1, min(most, _MOST_CLASSES)):
        words = "the wrong operand: the target of another class was taken"
        yield from _with_deltas(case, heads, partial(_with_shifted_targets, shift), words)


# By the numbers of a logit: ŷ, y and the logit itself.
_WRONG_DELTAS: tuple[tuple[str, Callable[[float, float, float], float]], ...] = (
    ("ŷ was taken for ŷ - y", lambda p, y, z: p),
    ("ŷ - 1 was taken where the class is not the true one", lambda p, y, z: p - 1),
    ("the logits were taken for the probabilities", lambda p, y, z: z - y),
    ("ŷ(1 - ŷ) was taken for ŷ - y", lambda p, y, z: p * (1 - p)),
    ("ŷ - y was multiplied by ŷ(1 - ŷ) once more", lambda p, y, z: (p - y) * p * (1 - p)),
)
_MOST_CLASSES = 10


def _weighted(wrong: Callable[[float, float, float], float], head: _Head) -> list[float]:
    numbers = zip(head.probabilities, head.targets, head.scores, strict=True)
    return [head.weight * wrong(p, y, z) for p, y, z in numbers]


def _with_shifted_targets(shift: int, head: _Head) -> list[float]:
    targets = [*head.targets[shift:], *head.targets[:shift]]
    pairs = zip(head.probabilities, targets, strict=True)
    return [head.weight * (p - y) for p, y in pairs]


def _with_deltas(
    case: Case, heads: Sequence[_Head], deltas: Callable[[_Head], Sequence[float]], words: str
) -> Iterator[Guess]:
    """Yield the guess that the gradients of all logits are others."""
    changes = [
        (wrong - right) * case.downstream.get(logit, 0.0)
        for head in heads
        for logit, wrong, right in zip(head.logits, deltas(head), head.delta, strict=True)
    ]
    if heads:
        yield Guess(case.gradient + math.fsum(changes), f"{words} (at {{}})", heads[0].logits[0])


def constant_denominator(case: Case) -> Iterator[Guess]:
    """The softmax differentiated as if the sum below the line were a constant."""
    local = {
        edge: case.number(edge.node) if edge.position == parameter_of(edge.node) else 0.0
        for edge in case.by_op.get(ops.softmax, ())
    }
    if local:
        words = "the sum below the line of the softmax was taken for a constant: ∂ŷᵢ/∂aᵢ = ŷᵢ"
        yield changed(case, local, words)


def _heads(case: Case) -> Iterator[_Head]:
    seen: set[tuple[Value, ...]] = set()
    is_target = _targets_in(case)
    for node in case.downstream:
        op, logits = record_of(node.primitive), node.parents
        if op in _PROBABILITIES and op is not None and logits not in seen:
            seen.add(logits)
            scores = [case.number(logit) for logit in logits]
            p = _probabilities(case, node)
            upstream = [
                0.0 if each is None else case.upstream.get(each, 0.0)
                for each in _outputs(case, node)
            ]
            delta = [case.upstream.get(logit, 0.0) for logit in logits]
            weight = _weight(case, node, p, upstream)
            targets = [q - d / weight for q, d in zip(p, delta, strict=True)] if weight else []
            known = targets if all(map(is_target, targets)) else []
            yield _Head(op, logits, scores, p, upstream, delta, known, weight)


def _targets_in(case: Case) -> Callable[[float], bool]:
    """Return whether a number may be a target: it is a class, or somewhere in the graph."""
    numbers = [case.number(leaf) for leaf in case.labelled if not leaf.parents]

    def is_target(target: float) -> bool:
        return any(math.isclose(target, each, abs_tol=1e-6) for each in (0.0, 1.0, *numbers))

    return is_target


def _weight(case: Case, node: Value, p: Sequence[float], upstream: Sequence[float]) -> float:
    """Return how often the loss has the cross entropy of probabilities; 0 if it is none."""
    op = record_of(node.primitive)
    if op is ops.cross_entropy:
        return case.upstream.get(node, 0.0)
    if not _is_in_logarithm(node, case):
        return 0.0
    if op is ops.softmax:  # each ∂L/∂ŷ is -weight·y/ŷ, and all y make 1
        return -math.fsum(map(float.__mul__, p, upstream))
    # Of a sigmoid, ∂L/∂ŷ is -weight/ŷ where y is 1, and weight/(1 - ŷ) where it is 0.
    weight = max(-upstream[0] * p[0], upstream[0] * (1 - p[0]))
    examples = sum(record_of(each.primitive) is ops.sigmoid for each in case.point.order)
    weights = (1 / examples, *(case.number(leaf) for leaf in case.labelled if not leaf.parents))
    return weight if any(math.isclose(weight, each) for each in weights) else 1.0


def _is_in_logarithm(node: Value, case: Case) -> bool:
    """Whether the logarithm of a node is taken, or of what it leaves of 1."""
    users = case.users.get(node, [])
    left = [each for user in users for each in case.users.get(user, []) if len(user.parents) == 2]
    return any(record_of(each.primitive) is ops.log for each in (*users, *left))


def _probabilities(case: Case, node: Value) -> list[float]:
    numbers = [case.number(parent) for parent in node.parents]
    if record_of(node.primitive) is ops.sigmoid:
        return [case.number(node)]
    return ops.softmax_values(arithmetic, numbers)


def _outputs(case: Case, node: Value) -> list[Value | None]:
    """Return the probabilities that were made of the same logits, in the order of these."""
    op = record_of(node.primitive)
    if op is ops.sigmoid:
        return [node]
    found = {
        int(parameter_of(user)): user
        for user in case.users[node.parents[0]]
        if record_of(user.primitive) is op and user.parents == node.parents
    }
    return [found.get(i) for i in range(len(node.parents))]
