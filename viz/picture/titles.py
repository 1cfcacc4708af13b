"""Names of the boxes of a collapsed picture, and titles that say how each is computed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import TypeAlias

from autograd import Value
from autograd.explanations.formulas import operation
from autograd.text import short_number, without_subscripts
from viz.picture.boxes import DOT, Box, Layers, in_order
from viz.text import visible

# More terms or names than these are not written out in a title.
MOST_TERMS, MOST_NAMES = 4, 3

# An operand: its box and the node, or the text of what no node stands for.
Operand: TypeAlias = tuple[Box, Value] | str


def write_titles(layers: Layers) -> None:
    """Write the names and titles of the boxes: ``a1`` and ``a1 = W1 x + b1``."""
    titles = _Titles(layers)
    boxes = in_order(layers.boxes, layers.order)
    titles.name(boxes)
    for box in boxes:
        equation = "" if box.kind != "operation" else f" = {titles.equation(box)}"
        box.title = visible(f"{box.symbol}{equation}")


class _Titles:
    """What boxes are called, and what is written of how they are computed."""

    def __init__(self, layers: Layers) -> None:
        self.layers = layers
        self.graph = layers.graph

    def name(self, boxes: Sequence[Box]) -> None:
        """Give each box a name that no other has, and the symbol for it in titles."""
        inputs = self._inputs_of_layers()
        taken: set[str] = set()
        numbers: dict[str, int] = {}
        names = [self._name_of(box, box in inputs) for box in boxes]
        given = set(names)
        for box, name in zip(boxes, names, strict=True):
            letter = {"operation": "v", "leaf": "p"}.get(box.kind, "c")
            while not name:  # nothing better: v1, v2, … as far as these are free
                numbers[letter] = numbers.get(letter, 0) + 1
                numbered = f"{letter}{numbers[letter]}"
                name = "" if numbered in given else numbered
            box.symbol = name
            while name in taken:  # 2 for the second box of the name
                numbers[box.symbol] = numbers.get(box.symbol, 1) + 1
                name = f"{box.symbol}#{numbers[box.symbol]}"
            taken.add(name)
            box.name = name
            if not (self._is_number(box) and box.symbol == short_number(box.elements[0].data)):
                box.symbol = name

    def _name_of(self, box: Box, is_input: bool) -> str:
        """Return the name by the labels, or else that of the notes; empty if there is none."""
        labels = [node.label for node in box.elements]
        lifted = box.array.name if box.array else ""
        of_layer = box.kind == "leaf" and re.fullmatch(r"[Wb]\d+(_\d+)?", lifted) is not None
        stem = self._stem(labels) if box.shape else labels[0]
        if stem and not (of_layer and ("." in stem or stem.lower() == lifted.lower())):
            return visible(stem)
        if of_layer:
            return lifted
        if all(labels):
            listed = dict.fromkeys(labels)
            shown = listed if len(listed) <= MOST_NAMES else [labels[0], "…", labels[-1]]
            return visible(f"({', '.join(shown)})")
        if self._is_number(box) and not (is_input and box.shape):
            return short_number(box.elements[0]._data)
        if self.layers.root in box.elements and box.kind == "operation":
            return "loss"
        if is_input and box.kind != "operation":
            return "x"
        if box.kind == "operation" and re.fullmatch(r"([ah]\d+|yhat)(_?\d+)?", lifted):
            return re.sub("^yhat", "ŷ", lifted)
        return ""

    def _is_number(self, box: Box) -> bool:
        """Say whether all elements are one constant, which needs no name."""
        first = box.elements[0]
        return box.kind == "constant" and all(
            repr(node._data) == repr(first._data) and not node.label for node in box.elements
        )

    def _stem(self, labels: Sequence[str]) -> str:
        """Return what labels like h[0] and h[1], or h11 and h12, have in common."""
        if not all(labels):
            return ""
        stripped = {without_subscripts(label) for label in labels}
        if len(stripped) == 1:
            return stripped.pop()
        common = self.layers.common_label(labels)
        return "" if common == labels[0] else common

    def _inputs_of_layers(self) -> set[Box]:
        """The vectors that a matrix of weights is multiplied with."""
        found: set[Box] = set()
        for box in self.layers.boxes:
            if box.kind == "operation" and self.layers.op_of(box.elements[0]) is DOT:
                weights, inputs, _ = _sides([self._operands(box, box.elements[0])])
                if all(not isinstance(each, str) and len(each[0].shape) == 2 for each in weights):
                    found.update(each[0] for each in inputs if not isinstance(each, str))
        return found

    def _operands(self, box: Box, element: Value) -> list[Operand]:
        """Return the operands of an element in the lifted graph, each with its box."""
        return self._operands_of(box, self.layers.number_of[element])

    def _operands_of(self, box: Box, number: int) -> list[Operand]:
        result: list[Operand] = []
        for operand in self.graph.operands[number]:
            value = self.graph.values[operand]
            if value is None:  # a dot product that is one term of the sum
                terms = [self._operands_of(box, operand)]
                result.append(self._dot(terms))
                continue
            if self.graph.kinds[operand] == "constant":  # equal ones have one number
                value = self.layers.constants_of[box][repr(value._data), value.label]
            result.append((self.layers.box_of[value], value))
        return result

    def equation(self, box: Box) -> str:
        """Return the right-hand side of the title."""
        element = box.elements[0]
        op = self.layers.op_of(element)
        assert op is not None
        operands = [self._operands(box, each) for each in box.elements]
        n = len(operands[0])
        if op is DOT:
            return self._dot(operands)
        is_one = len(set(map(_box_of, operands[0]))) == 1 and len(set(operands[0])) > 1
        if self.layers.is_sum(op) and 1 < n <= MOST_TERMS and not is_one:
            return " + ".join(_references(slot) for slot in zip(*operands, strict=True))
        if n <= MOST_NAMES and not op.vectors and n == len(element.parents):
            slots = [_references(slot) for slot in zip(*operands, strict=True)]
            return operation(element, slots)
        half = n // 2 if op.vectors == 2 else n
        parts = [[each for one in operands for each in one[:half]]]
        parts += [[each for one in operands for each in one[half:]]] if half < n else []
        return f"{op.name}({', '.join(_references(part) for part in parts)})"

    def _dot(self, operands: Sequence[Sequence[Operand]]) -> str:
        """Return a dot product, W x for a matrix and w·x for a vector, and its bias."""
        weights, inputs, biases = _sides(operands)
        counts = [len(set(map(_box_of, side))) for side in (weights, inputs)]
        rows = {tuple(one[: len(one) // 2]) for one in operands}
        are_vectors = all(len(set(row)) == len(row) for row in rows) and min(counts) == 1
        if are_vectors or max(counts) == 1:
            terms = [_product(weights, inputs)]
        else:
            pairs: dict[object, tuple[list[Operand], list[Operand]]] = {}
            for w, x in zip(weights, inputs, strict=True):
                pair = pairs.setdefault((_box_of(w), _box_of(x)), ([], []))
                pair[0].append(w)
                pair[1].append(x)
            terms = [_product(*pair) for pair in pairs.values()]
            if len(terms) > MOST_TERMS:
                terms = [*terms[: MOST_TERMS - 1], "…"]
        return " + ".join([*terms, _references(biases)] if biases else terms)


def _sides(
    operands: Sequence[Sequence[Operand]],
) -> tuple[list[Operand], list[Operand], list[Operand]]:
    """Return the weights, the inputs and the biases of dot products."""
    n = len(operands[0]) // 2
    weights = [each for one in operands for each in one[:n]]
    inputs = [each for one in operands for each in one[n : 2 * n]]
    biases = [each for one in operands for each in one[2 * n :]]
    if _are_weights(inputs) and not _are_weights(weights):
        weights, inputs = inputs, weights
    return weights, inputs, biases


def _are_weights(operands: Sequence[Operand]) -> bool:
    """Say whether the compiler took them for a matrix of weights."""
    arrays = {None if isinstance(each, str) else each[0].array for each in operands}
    return all(array is not None and array.name.startswith("W") for array in arrays)


def _box_of(operand: Operand) -> Box | str:
    return operand if isinstance(operand, str) else operand[0]


def _references(operands: Iterable[Operand]) -> str:
    """Return what operands are called: arrays by their names, and single elements with an index."""
    used: dict[Box | str, dict[Value, None]] = {}
    for operand in operands:
        nodes = used.setdefault(_box_of(operand), {})
        if not isinstance(operand, str):
            nodes[operand[1]] = None
    texts = [
        box if isinstance(box, str) else _reference(box, list(nodes)) for box, nodes in used.items()
    ]
    if len(texts) > MOST_NAMES:
        texts = [*texts[: MOST_NAMES - 1], "…", texts[-1]]
    return ", ".join(texts)


def _reference(box: Box, used: Sequence[Value]) -> str:
    if box.kind == "constant" or len(used) == len(box.elements):
        return box.symbol
    if len(used) == 1:
        return visible(used[0].label) or f"{box.symbol}[{index_of(box, used[0])}]"
    return f"{box.symbol}[…]"


def index_of(box: Box, element: Value) -> str:
    if not box.positions:
        box.positions.update((node, i) for i, node in enumerate(box.elements))
    position = box.positions[element]
    if len(box.shape) < 2:
        return str(position)
    return f"{position // box.shape[1]}, {position % box.shape[1]}"


def _product(weights: Sequence[Operand], inputs: Sequence[Operand]) -> str:
    texts = []
    for side in (weights, inputs):
        text = _references(side)
        is_one = len(set(map(_box_of, side))) == 1 and not isinstance(side[0], str)
        texts.append(text if is_one else f"({text})")
    boxes = {_box_of(operand) for operand in weights}
    is_matrix = all(not isinstance(box, str) and len(box.shape) == 2 for box in boxes)
    is_square = boxes == {_box_of(operand) for operand in inputs}
    return (" " if is_matrix and not is_square else "·").join(texts)
