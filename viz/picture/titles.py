"""Names of the boxes of a collapsed picture, and titles that say how each is computed."""

from __future__ import annotations

import re
from collections.abc import Sequence

from autograd import ops
from autograd.ops import record_of
from autograd.text import short_number, without_subscripts
from viz.picture.arrangement import arrange
from viz.picture.boxes import DOT, Box, Layers, in_order
from viz.picture.equations import (
    MOST_NAMES,
    Elementwise,
    Expression,
    Part,
    Product,
    Total,
    parts,
)
from viz.text import visible


def write_titles(layers: Layers) -> None:
    """Write the names and titles of the boxes: ``a1`` and ``a1 = W1 x + b1``."""
    arrange(layers)
    boxes = in_order(layers.boxes, layers.order)
    _Names(layers, boxes).give()
    for box in boxes:
        equation = "" if box.equation is None else f" = {box.equation.text()}"
        box.title = visible(f"{box.symbol}{equation}")


class _Names:
    """What boxes are called: by their labels, or else as in the lecture notes."""

    def __init__(self, layers: Layers, boxes: Sequence[Box]) -> None:
        self.layers, self.boxes = layers, boxes
        self.of_layers: dict[Box, str] = {}  # a1, W1, b1, h1
        self.inputs: dict[Box, None] = {}

    def give(self) -> None:
        """Give each box a name that no other has, and the symbol for it in titles."""
        self._number_layers()
        taken: set[str] = set()
        numbers: dict[str, int] = {}
        names = [self._name_of(box) for box in self.boxes]
        unnamed = [b for b, name in zip(self.boxes, names, strict=True) if name == "x"]
        given = set(names)
        inputs = 0
        for box, name in zip(self.boxes, names, strict=True):
            if name == "x" and len(unnamed) > 1 and box in self.inputs and not _labels(box)[0]:
                inputs += 1
                name = f"x{inputs}" if f"x{inputs}" not in given else ""
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
            if not (_is_number(box) and box.symbol == short_number(box.elements[0].data)):
                box.symbol = name

    def _number_layers(self) -> None:
        """Number the products with weights, as a1, and what belongs to them."""
        number = 0
        for box in self.boxes:
            if box.equation is None:
                continue
            if products := _products(box.equation):
                label = re.fullmatch(r"a(\d+)", self._stem(box))
                number = int(label[1]) if label else number + 1
                self.of_layers[box] = f"a{number}"
                self._name_weights(box.equation, products, number)
            elif (a := _applied_to(box.equation)) in self.of_layers and a is not None:
                name = self.of_layers[a]
                if name.startswith("a") and record_of(self.layers.op_of(box.elements[0])) not in (
                    ops.negative, ops.power_of, ops.identity,
                ):  # fmt: skip
                    self.of_layers[box] = f"h{name[1:]}"

    def _name_weights(self, equation: Expression, products: Sequence[Product], number: int) -> None:
        for product in products:
            weights, inputs = _roles(product)
            for box in weights:
                if box.kind == "leaf" and len(box.shape) == 2:
                    self._belongs(box, f"W{number}")
            for box in inputs:
                if box.kind != "operation":
                    self.inputs[box] = None
        for term in equation.operands if isinstance(equation, Total) else ():
            if isinstance(term, Part) and term.box.kind == "leaf":
                self._belongs(term.box, f"b{number}")

    def _belongs(self, box: Box, name: str) -> None:
        if box in self.of_layers or box in self.inputs:
            return
        count = sum(each.partition("_")[0] == name for each in self.of_layers.values())
        self.of_layers[box] = f"{name}_{count + 1}" if count else name

    def _name_of(self, box: Box) -> str:
        """Return the name by the labels, or else that of the notes; empty if there is none."""
        labels = _labels(box)
        of_layer = self.of_layers.get(box, "")
        is_parameter = box.kind == "leaf" and bool(of_layer)
        stem = self._stem(box) if box.shape else labels[0]
        if stem and not (is_parameter and ("." in stem or stem.lower() == of_layer.lower())):
            return visible(stem)
        if is_parameter:
            return of_layer
        if all(labels):
            listed = dict.fromkeys(labels)
            shown = listed if len(listed) <= MOST_NAMES else [labels[0], "…", labels[-1]]
            return visible(f"({', '.join(shown)})")
        if _is_number(box):
            return short_number(box.elements[0]._data)
        if self.layers.root in box.elements and box.kind == "operation":
            return "loss"
        if box in self.inputs:
            return "x"
        return of_layer or ("ŷ" if self._is_output(box) else "")

    def _is_output(self, box: Box) -> bool:
        """Say whether a softmax is the network's output: no product is made with it."""
        op = record_of(self.layers.op_of(box.elements[0])) if box.kind == "operation" else None
        if op is not ops.softmax:
            return False
        reached = {box}
        for other in self.boxes:
            if other.equation is None or reached.isdisjoint(_boxes(other.equation)):
                continue
            reached.add(other)
            if self.layers.op_of(other.elements[0]) is DOT:
                return False
        return True

    def _stem(self, box: Box) -> str:
        """Return what labels like h[0] and h[1], or h11 and h12, have in common."""
        labels = _labels(box)
        if not all(labels):
            return ""
        stripped = {without_subscripts(label) for label in labels}
        if len(stripped) == 1:
            rows = {re.fullmatch(r"(.*\[\d+\])\[\d+\]", label) for label in labels}
            of_row = {row[1] for row in rows if row}
            if len(of_row) == 1 and all(rows) and len(box.shape) == 1:
                return of_row.pop()  # a row of a matrix alone
            return stripped.pop()
        common = self.layers.common_label(labels)
        return "" if common == labels[0] else common


def _labels(box: Box) -> list[str]:
    return [node.label for node in box.elements]


def _boxes(equation: Expression) -> dict[Box, None]:
    return {part.box: None for part in parts(equation)}


def _is_number(box: Box) -> bool:
    """Say whether all elements are one constant, which needs no name."""
    first = box.elements[0]
    return box.kind == "constant" and all(
        repr(node._data) == repr(first._data) and not node.label for node in box.elements
    )


def _products(equation: Expression) -> list[Product]:
    """Return the products of matrices in a sum of them."""
    if isinstance(equation, Total):
        return [found for term in equation.operands for found in _products(term)]
    return [equation] if isinstance(equation, Product) else []


def _roles(product: Product) -> tuple[dict[Box, None], dict[Box, None]]:
    """Return the boxes of the weights of a product, and those of what they are multiplied with."""
    left, right = (_boxes(each) for each in product.operands)
    for is_of in (lambda box: box.are_weights, lambda box: box.kind == "leaf"):
        of_left, of_right = (all(map(is_of, side)) for side in (left, right))
        if of_left != of_right:
            return (left, right) if of_left else (right, left)
    is_matrix_first = len(product.operands[0].shape) >= len(product.operands[1].shape)
    return (left, right) if is_matrix_first else (right, left)


def _applied_to(equation: Expression) -> Box | None:
    """Return the box that a function of one operand is applied to, if it is all of it."""
    if isinstance(equation, Elementwise) and len(equation.operands) == 1:
        [operand] = equation.operands
        if isinstance(operand, Part) and not operand.index:
            return operand.box
    return None


def index_of(box: Box, element: object) -> str:
    """Return the index of an element, as it is written between brackets."""
    if not box.positions:
        box.positions.update((node, i) for i, node in enumerate(box.elements))
    position = box.positions[element]  # type: ignore[index]
    if len(box.shape) < 2:
        return str(position)
    return f"{position // box.shape[1]},{position % box.shape[1]}"
