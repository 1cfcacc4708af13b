"""The neurons of a layer: each with its weights, its bias and its activation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import chain

from autograd import Value, ops
from autograd.explanations.formulas import operation
from autograd.ops import CONSTANT, record_of
from viz.picture.boxes import DOT, Box, Layers
from viz.picture.titles import index_of
from viz.text import visible

# What changes a pre-activation, but is no activation function.
_NO_ACTIVATION = {ops.identity, ops.negative, ops.power_of}


def by_neuron(layers: Layers) -> list[Box]:
    """Return the boxes, with those of layers split into one for each neuron."""
    neurons: list[Box] = []
    moved: set[Value] = set()
    for box in layers.boxes:
        if box.kind != "operation":
            continue
        rows = _rows(layers, box)
        if not rows:
            continue
        activations = _activations(layers, box)
        for row, elements in rows.items():
            neuron = _neuron(layers, row, elements, activations)
            neurons.append(neuron)
            moved.update(neuron.members)
    kept = [_without(box, moved) for box in layers.boxes]
    boxes = [*(box for box in kept if box.elements), *neurons]
    taken: set[str] = set()
    for box in boxes:
        name, count = box.name, 1
        while box.name in taken:  # by a label that others have too
            count += 1
            box.name = f"{name}#{count}"
        taken.add(box.name)
    return boxes


def _rows(layers: Layers, box: Box) -> dict[tuple[int, ...], list[Value]]:
    """Return the neurons of a layer: for each vector of weights what is computed with it."""
    graph = layers.graph
    if layers.op_of(box.elements[0]) is not DOT:
        return {}
    operands = [graph.operands[layers.number_of[element]] for element in box.elements]
    n = len(operands[0]) // 2
    best: dict[tuple[int, ...], list[Value]] = {}
    best_score = (False, 0)
    for one in operands:
        if {*one[:n]} & {*one[n : 2 * n]}:  # a sum of squares, say
            return {}
        if any(graph.kinds[bias] == "computed" for bias in one[2 * n :]):
            return {}
    for side in (slice(0, n), slice(n, 2 * n)):
        rows: dict[tuple[int, ...], list[Value]] = {}
        biases: set[tuple[int, ...]] = set()
        for element, numbers in zip(box.elements, operands, strict=True):
            rows.setdefault(numbers[side], []).append(element)
            biases.add((*numbers[side], *numbers[2 * n :]))
        if any(graph.kinds[number] != "parameter" for row in rows for number in row):
            continue
        if any(len({*row}) < n for row in rows):
            continue
        if len(biases) > len(rows):  # a bias belongs to the weights, not to the inputs
            continue
        is_called_w = all(graph.labels[number][:1] in ("w", "W") for row in rows for number in row)
        score = (is_called_w, len(rows))
        if score > best_score:
            best, best_score = rows, score
    are_leaves = all(graph.kinds[each] == "parameter" for one in operands for each in one)
    if len(best) == 1 and are_leaves and len(operands[0]) % 2 == 0:  # a formula, not a neuron
        return {}
    return best


def _activations(layers: Layers, box: Box) -> dict[Value, Value]:
    """Return the activation of each pre-activation, if a function of one number follows."""
    found: dict[Value, Value] = {}
    for element in box.elements:
        users = layers.users[element]
        if (
            len(users) != 1
            or len(users[0].parents) != 1
            or record_of(users[0].primitive) in _NO_ACTIVATION
        ):
            return {}
        found[element] = users[0]
    boxes = {layers.box_of[h] for h in found.values()}
    return found if len(boxes) == 1 else {}


def _neuron(
    layers: Layers,
    row: tuple[int, ...],
    elements: Sequence[Value],
    activations: dict[Value, Value],
) -> Box:
    graph = layers.graph
    own = set(elements)
    steps = [step for a in elements for step in layers.steps_of.get(a, ())]
    outputs = [activations[a] for a in elements] if activations else list(elements)
    before = list(elements) if activations else []
    inside = own | {*steps, *outputs}
    bias = [graph.operands[layers.number_of[a]][2 * len(row) :] for a in elements]
    leaves = [graph.values[number] for number in dict.fromkeys([*row, *chain(*bias)])]
    parameters = [
        leaf
        for leaf in leaves
        if leaf is not None and not leaf.parents and inside.issuperset(layers.users[leaf])
        if leaf.primitive is not CONSTANT
    ]
    layer = layers.box_of[outputs[0]]
    place = index_of(layer, outputs[0]) if len(outputs) == 1 else _line_of(layer, outputs)
    is_alone = len(layer.elements) == len(outputs)
    symbol = layer.symbol if is_alone else f"{layer.symbol}[{place}]"
    label = outputs[0].label if len(outputs) == 1 else ""
    a = "w·x + b" if bias[0] else "w·x"
    equation = operation(outputs[0], [a]) if activations else a
    shape = (len(outputs),) if len(outputs) > 1 else ()
    title = f"{visible(label) or symbol} = {equation}"
    members = [*before, *steps, *parameters]
    return Box(
        "operation", outputs, None, shape, visible(label) or symbol, visible(title), symbol, members
    )


def _line_of(layer: Box, outputs: Sequence[Value]) -> str:
    """Return the index of a column of a batch, or of a row where each neuron has one."""
    places = [index_of(layer, each).partition(",") for each in outputs]
    columns = {column for _, _, column in places}
    return f":,{columns.pop()}" if len(columns) == 1 else places[0][0]


def _without(box: Box, moved: set[Value]) -> Box:
    elements = [node for node in box.elements if node not in moved]
    if len(elements) == len(box.elements):
        return box
    shape = (len(elements),) if len(elements) > 1 else ()
    steps = [node for node in box.steps if node not in moved]
    return replace(box, elements=elements, shape=shape, steps=steps, positions={})
