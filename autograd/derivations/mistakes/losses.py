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
            is_sound = all(-0.01 <= target <= 1.01 for target in targets)
            known = targets if is_sound else []
            yield _Head(op, logits, scores, p, upstream, delta, known, weight)


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
    return weight if math.isclose(weight, 1 / examples) else 1.0


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
