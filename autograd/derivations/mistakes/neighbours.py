"""The wrong neighbour or index, and transposed matrices."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import combinations

from autograd import ops
from autograd.derivations.cases import Case, Derivative, Edge
from autograd.derivations.mistakes.guesses import (
    Guess,
    changed,
    other_operand,
    partial_of,
)
from autograd.derivations.mistakes.rules import of_one_number
from autograd.ops import record_of
from autograd.value import Value

MOST_SWAPPED = 6  # uses of a node, of which any two are


def wrong_neighbours(case: Case) -> Iterator[Guess]:
    """Another operand of the same kind: x2 for x1, h of another step or layer."""
    for node in case.between:
        for other in case.siblings(node):
            if other in case.upstream:
                number = case.upstream[other] * case.downstream[node]
                rest = case.gradient - case.through(node)
                about = partial_of(case.loss, other), partial_of(case.loss, node)
                yield Guess(number + rest, "{} was taken for {}", *about)
    for edge in reversed(case.edges):
        operand = other_operand(edge)
        if operand is not None:
            for other in (*case.siblings(operand), *_of_one_op(case, operand)):
                yield _with_operand(case, {edge: case.number(other)}, operand, other)
    yield from _swapped_operands(case)
    yield from _slopes_of_neighbours(case)
    yield from _outputs_for_inputs(case)


def parts_of_operands(case: Case) -> Iterator[Guess]:
    """Of an operand, what it was computed from, or its slope: λ for λ/2, a or σ'(a) for σ(a)."""
    for edge in reversed(case.edges):
        operand = other_operand(edge)
        if operand is None:
            continue
        for part in operand.parents:
            if record_of(part.primitive) is not ops.CONSTANT:
                yield _with_operand(case, {edge: case.number(part)}, operand, part)
        if len(operand.parents) == 1:
            slope = Derivative(
                operand, operand.parents[0], case.point.local_derivatives(operand)[0]
            )
            yield changed(case, {edge: slope.local}, "{} was taken for {}", slope, operand)


def _slopes_of_neighbours(case: Case) -> Iterator[Guess]:
    for edge in of_one_number(case):
        for other in dict.fromkeys((*case.siblings(edge.node), *_of_one_op(case, edge.node))):
            its = Derivative(other, other.parents[0], case.point.local_derivatives(other)[0])
            yield changed(case, {edge: its.local}, "{} was taken for {}", its, edge)


def _swapped_operands(case: Case) -> Iterator[Guess]:
    """The operands of two uses exchanged: ∂L/∂a₁·w₂ + ∂L/∂a₂·w₁."""
    uses = [(use, operand) for use in case.uses if (operand := other_operand(use)) is not None]
    for (one, first), (other, second) in combinations(uses[:MOST_SWAPPED], 2):
        if first is not second:
            replaced = {one: case.number(second), other: case.number(first)}
            yield changed(case, replaced, "{} and {} were exchanged", first, second)


def _outputs_for_inputs(case: Case) -> Iterator[Guess]:
    """What a weight's own neuron puts out in place of what it takes in, in each of its uses."""
    outputs = {}
    for edge in case.uses:
        operand, output = other_operand(edge), _output_of(case, edge.node)
        if operand is not None and output is not None:
            outputs[edge] = case.number(output)
    if len(outputs) > 1:
        yield changed(case, outputs, "the output of each step was taken for its input")


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


def _with_operand(
    case: Case, replaced: Mapping[Edge, float], operand: Value, other: Value
) -> Guess:
    return changed(case, replaced, "{} = {} was taken for {}", other, case.number(other), operand)


def any_node(case: Case) -> Iterator[Guess]:
    """Any other node in place of an operand."""
    for edge in reversed(case.edges):
        operand = other_operand(edge)
        if operand is not None:
            for other in case.labelled:
                if other is not operand:
                    yield _with_operand(case, {edge: case.number(other)}, operand, other)


def transposed(case: Case) -> Iterator[Guess]:
    for label in _transposed_labels(case.node.label):
        for other, gradient in case.upstream.items():
            if other.label == label and other is not case.node:
                yield Guess(
                    gradient,
                    "it is the gradient of {}, not of {}",
                    label,
                    case.node.label,
                )
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
                yield changed(case, replaced, words, layer[row].node, node)


def _transposed_labels(label: str) -> Iterator[str]:
    """Yield the label with its last two indices swapped: w212 → w221, W[0][1] → W[1][0]."""
    numbers = list(re.finditer(r"\d+", label))
    if len(numbers) > 1:
        i, j = numbers[-2:]
        yield f"{label[: i.start()]}{j[0]}{label[i.end() : j.start()]}{i[0]}{label[j.end() :]}"
    if numbers and len(numbers[-1][0]) > 1:
        at = numbers[-1].end()
        yield f"{label[: at - 2]}{label[at - 1]}{label[at - 2]}{label[at:]}"
