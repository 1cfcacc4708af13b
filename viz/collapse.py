"""Group the nodes of a graph by layer or by neuron, as the lecture notes write a network.

The groups of a layer are the arrays that :mod:`autograd.compiler` lifts the same graph to: what
is one line of the compiled program, ``a1 = W1 x + b1``, is one box of the collapsed picture.
"""

from __future__ import annotations

import heapq
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from graphlib import TopologicalSorter
from itertools import chain
from math import prod
from typing import TYPE_CHECKING, Literal, TypeAlias

from autograd import Value, pause_gc, topological_order
from autograd.formulas import operation
from autograd.ops import CONSTANT, TABLE, Primitive
from viz.options import Collapse, one_of, require_value
from viz.text import short_number, visible

if TYPE_CHECKING:
    from autograd.compiler.program import Array

GroupKind = Literal["leaf", "constant", "operation", "loss"]

# More terms or names than these are not written out in a title.
MOST_TERMS, MOST_NAMES = 4, 3

# What changes a pre-activation, but is no activation function.
_NO_ACTIVATION = {"identity", "neg", "**n"}


@dataclass(frozen=True, eq=False, slots=True)
class Group:
    """Nodes that are shown as one: the elements of an array, or what one neuron computes.

    ``title`` says how it is computed, ``name`` what other titles and messages call it. The first
    ``members`` are the elements, as many as the shape says. After them come the nodes that are no
    more than steps on the way to an element, such as the products in ``w[0]*x[0] + w[1]*x[1] + b``,
    and with groups by neuron the pre-activation, the weights and the bias.
    """

    name: str
    title: str
    kind: GroupKind
    shape: tuple[int, ...]
    members: tuple[Value, ...]

    @property
    def elements(self) -> tuple[Value, ...]:
        """The nodes that the name stands for, row after row."""
        return self.members[: prod(self.shape)]

    @property
    def is_number(self) -> bool:
        """Whether titles write the number itself, so that a picture can do without the group."""
        return self.kind == "constant" and self.title == short_number(self.members[0].data)


def groups(root: Value, by: Collapse = "layer") -> list[Group]:
    """Return the groups of the graph behind the root, each after all groups that feed it.

    Every node is in exactly one group. The elements of a group compute the same of elements of
    the same groups, and no group depends on itself through another. O(nodes + edges), but for
    sorting.

    Args:
        root: the loss, or any other Value.
        by: "layer" for one group per array; "neuron" for one per neuron, with its weights and bias
            (unless other nodes use them too) and with its activation, and one per array otherwise.

    Raises:
        NotAValueError: if the root is not a Value.
        OptionError: if there is no such way to group.

    >>> import autograd
    >>> x = [Value(1.0, label="x[0]"), Value(2.0, label="x[1]")]
    >>> w = [[Value(0.1 * (i + j)) for j in range(2)] for i in range(3)]
    >>> h = [autograd.tanh(autograd.dot(row, x, Value(0.0))) for row in w]
    >>> loss = autograd.cross_entropy(h, 0)
    >>> [group.title for group in groups(loss)]
    ['W1', 'x', 'b1', 'a1 = W1 x + b1', 'h1 = tanh(a1)', 'loss = cross_entropy(h1)']
    >>> [group.title for group in groups(loss, by="neuron")][1:3]
    ['h1[0] = tanh(w·x + b)', 'h1[1] = tanh(w·x + b)']
    """
    require_value(root, "the root")
    one_of("by", by, Collapse)
    with pause_gc():
        layers = _Layers(root)
        boxes = _by_neuron(layers) if by == "neuron" else layers.boxes
        return [box.group(root) for box in _in_order(boxes, layers.order)]


def feeds(groups: Iterable[Group]) -> dict[tuple[Group, Group], int]:
    """Return which groups feed which, with the number of edges of the graph from one to the other.

    >>> x = Value(3.0, label="x")
    >>> {(a.name, b.name): count for (a, b), count in feeds(groups(x * x)).items()}
    {('x', 'loss'): 2}
    """
    found = list(groups)
    home = {node: group for group in found for node in group.members}
    counts: dict[tuple[Group, Group], int] = {}
    for end in found:
        for node in end.members:
            for parent in node.parents:
                start = home.get(parent)
                if start is not None and start is not end:
                    counts[start, end] = counts.get((start, end), 0) + 1
    return counts


@dataclass(eq=False, slots=True)
class _Box:
    """A group in the making."""

    kind: GroupKind
    elements: list[Value]
    array: Array | None = None
    shape: tuple[int, ...] = ()
    name: str = ""
    title: str = ""
    symbol: str = ""  # in the titles of others
    steps: list[Value] = field(default_factory=list)  # what leads to the elements
    positions: dict[Value, int] = field(default_factory=dict)

    @property
    def members(self) -> list[Value]:
        return [*self.elements, *self.steps]

    def group(self, root: Value) -> Group:
        is_loss = self.kind == "operation" and root in self.elements
        kind: GroupKind = "loss" if is_loss else self.kind
        return Group(self.name, self.title, kind, self.shape, tuple(self.members))


class _Layers:
    """The arrays of the lifted graph, with the nodes of their elements, names and titles."""

    def __init__(self, root: Value) -> None:
        # The compiler loads NumPy, which `import viz` must not wait for.
        from autograd.compiler.lifting import PAIRED, REDUCTIONS, common_label, family, lift
        from autograd.compiler.scalars import find_sums_of_products, is_sum, read_graph

        self.root = root
        self.order = topological_order(root)
        self.users: dict[Value, list[Value]] = {node: [] for node in self.order}
        for node in self.order:
            for parent in dict.fromkeys(node.parents):
                self.users[parent].append(node)
        self.graph = find_sums_of_products(read_graph(root, [], is_shown=True))
        self.boxes: list[_Box] = []
        self.box_of: dict[Value, _Box] = {}
        self.number_of: dict[Value, int] = {}  # of computed nodes and of leaves, in the graph
        self.element_of: dict[Value, Value] = {}  # for each step, the element it leads to
        self.steps_of: dict[Value, list[Value]] = {}
        self._constants_of: dict[_Box, dict[tuple[str, str], Value]] = {}
        self._is_sum, self._common_label, self._family = is_sum, common_label, family
        self._reductions, self._pairs = REDUCTIONS, {*PAIRED, "dot"}

        program = lift(self.graph, [])
        computed = [operation.target for operation in program.operations]
        for array in (*program.parameters, *computed):
            self._add_array(array)
        self._fold_steps()
        self._split()
        self._join_lone_leaves()
        self._group_constants()
        self.boxes = [box for box in self.boxes if box.elements]
        ordered = _in_order(self.boxes, self.order)
        self._name(ordered)
        for box in ordered:
            equation = "" if box.kind != "operation" else f" = {self._equation(box)}"
            box.title = visible(f"{box.symbol}{equation}")

    # What is in which box.

    def _add_array(self, array: Array) -> None:
        values = self.graph.values
        elements = [(node, value) for node in array.nodes if (value := values[node]) is not None]
        if not elements:  # a part of a sum, which no node of the graph stands for
            return
        nodes = [value for _, value in elements]
        is_whole = len(nodes) == array.size
        shape = array.shape if is_whole else (len(nodes),) if len(nodes) > 1 else ()
        kind: GroupKind = "leaf" if array.kind == "parameter" else "operation"
        self._add(_Box(kind, nodes, array, shape))
        self.number_of.update({value: node for node, value in elements})

    def _add(self, box: _Box) -> None:
        self.boxes.append(box)
        self.box_of.update(dict.fromkeys(box.elements, box))

    def _fold_steps(self) -> None:
        """Put what was folded into a dot product or sum with the element that it leads to."""
        for node in reversed(self.order):
            users = self.users[node]
            if node in self.box_of or not users:
                continue
            user = users[0]
            if node.primitive is CONSTANT:
                is_start = node._data == 0.0 and not node.label  # the 0 that sum() begins with
                is_start &= len(users) == 1 and self._is_sum(user.primitive)
                if not is_start or all(each.primitive is CONSTANT for each in user.parents):
                    continue
            self.element_of[node] = self.element_of.get(user, user)
            self.box_of[node] = self.box_of[user]
            self.box_of[node].steps.append(node)
            self.steps_of.setdefault(self.element_of[node], []).append(node)
        for steps in (*self.steps_of.values(), *[box.steps for box in self.boxes]):
            steps.reverse()

    def _split(self) -> None:
        """Part what has different names, and what is computed from parts with different names."""
        parts_of: dict[_Box, list[_Box]] = {}
        parted: set[_Box] = set()
        for box in self.boxes:
            families = [self._family(element.label) for element in box.elements]
            if not _are_apart(families, box.shape):
                families = [""] * len(families)
            found: dict[object, list[Value]] = {}
            for element, family in zip(box.elements, families, strict=True):
                key: list[object] = [family]
                if parted and box.kind == "operation":
                    key += dict.fromkeys(
                        operand
                        for number in self.graph.operands[self.number_of[element]]
                        if (value := self.graph.values[number]) is not None
                        if (operand := self.box_of.get(value)) in parted
                    )
                found.setdefault(tuple(key), []).append(element)
            if len(found) == 1:
                parts_of[box] = [box]
                continue
            place = {element: i for i, element in enumerate(box.elements)}
            parts_of[box] = [
                replace(
                    box,
                    elements=elements,
                    shape=_shape_of_part([place[element] for element in elements], box.shape),
                    steps=[step for each in elements for step in self.steps_of.get(each, ())],
                    positions={},
                )
                for elements in found.values()
            ]
            for part in parts_of[box]:
                self.box_of.update(dict.fromkeys(part.members, part))
            parted.update(parts_of[box])
        self.boxes = [part for box in self.boxes for part in parts_of[box]]

    def _join_lone_leaves(self) -> None:
        """Make one vector of leaves that stand side by side in one operation, but in no array."""
        for box in list(self.boxes):
            for element in box.elements if box.kind == "operation" else ():
                found: dict[tuple[int, str], dict[_Box, None]] = {}
                number = self.number_of[element]
                operands = self.graph.operands[number]
                for position, operand in enumerate(operands if len(operands) > 2 else ()):
                    value = self.graph.values[operand]
                    leaf = None if value is None else self.box_of.get(value)
                    if leaf is not None and leaf.kind == "leaf" and not leaf.shape:
                        slot = self._slot(self.graph.ops[number], len(operands), position)
                        family = self._family(leaf.elements[0].label)
                        found.setdefault((slot, family), {})[leaf] = None
                for first, *others in found.values():
                    for other in others:
                        first.elements += other.elements
                        other.elements = []
                    if others:
                        first.shape = (len(first.elements),)
                        self.box_of.update(dict.fromkeys(first.elements, first))

    def _group_constants(self) -> None:
        """Group constants by their labels, or by what they are used for."""
        found: dict[object, list[Value]] = {}
        widths: dict[object, int] = {}
        grouped: set[Value] = set()
        place = {box: i for i, box in enumerate(self.boxes)}
        for node in self.order:
            op, n = node.primitive, len(node.parents)
            for position, parent in enumerate(node.parents):
                if parent.primitive is not CONSTANT or parent in self.element_of:
                    continue
                box = self.box_of[node]
                known = self._constants_of.setdefault(box, {})
                known.setdefault((repr(parent._data), parent.label), parent)
                if parent in grouped:
                    continue
                grouped.add(parent)
                key: object = re.sub(r"(\[\d+\])+$", "", parent.label)
                key = key or (place[box], node.op, self._slot(op, n, position))
                found.setdefault(key, []).append(parent)
                widths.setdefault(key, self._width(self.element_of.get(node, node)))
        if not self.boxes:  # the root is a constant itself
            found[""], widths[""] = [self.root], 1
        for key, constants in found.items():
            n, width = len(constants), widths[key]
            is_table = 1 < width < n and n % width == 0
            shape = (n // width, width) if is_table else (n,) if n > 1 else ()
            self._add(_Box("constant", constants, None, shape))

    def _width(self, node: Value) -> int:
        """Return how many elements the vectors have that a node is computed from."""
        number = self.number_of[node]
        op, n = self.graph.ops[number], len(self.graph.operands[number])
        name = "" if op is None else op.name
        return n // 2 if name in self._pairs else n if name in self._reductions else 1

    def _slot(self, op: Primitive | None, n: int, position: int) -> int:
        """Return which vector of an op an operand is in, or its position if there are none."""
        name = "" if op is None else op.name
        if name in self._pairs:
            return position // max(n // 2, 1)
        return 0 if name in self._reductions else position

    # Names and titles.

    def _name(self, boxes: Sequence[_Box]) -> None:
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

    def _name_of(self, box: _Box, is_input: bool) -> str:
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
        if self.root in box.elements and box.kind == "operation":
            return "loss"
        if is_input and box.kind != "operation":
            return "x"
        if box.kind == "operation" and re.fullmatch(r"([ah]\d+|yhat)(_?\d+)?", lifted):
            return re.sub("^yhat", "ŷ", lifted)
        return ""

    def _is_number(self, box: _Box) -> bool:
        """Say whether all elements are one constant, which needs no name."""
        first = box.elements[0]
        return box.kind == "constant" and all(
            repr(node._data) == repr(first._data) and not node.label for node in box.elements
        )

    def _stem(self, labels: Sequence[str]) -> str:
        """Return what labels like h[0] and h[1], or h11 and h12, have in common."""
        if not all(labels):
            return ""
        stripped = {re.sub(r"(\[\d+\]|\.\d+)+$", "", label) for label in labels}
        if len(stripped) == 1:
            return stripped.pop()
        common = self._common_label(labels)
        return "" if common == labels[0] else common

    def _inputs_of_layers(self) -> set[_Box]:
        """The vectors that a matrix of weights is multiplied with."""
        found: set[_Box] = set()
        for box in self.boxes:
            if box.kind == "operation" and self.graph.ops[self.number_of[box.elements[0]]] is DOT:
                weights, inputs, _ = _sides([self._operands(box, box.elements[0])])
                if all(not isinstance(each, str) and len(each[0].shape) == 2 for each in weights):
                    found.update(each[0] for each in inputs if not isinstance(each, str))
        return found

    def _operands(self, box: _Box, element: Value) -> list[_Operand]:
        """Return the operands of an element in the lifted graph, each with its box."""
        return self._operands_of(box, self.number_of[element])

    def _operands_of(self, box: _Box, number: int) -> list[_Operand]:
        result: list[_Operand] = []
        for operand in self.graph.operands[number]:
            value = self.graph.values[operand]
            if value is None:  # a dot product that is one term of the sum
                terms = [self._operands_of(box, operand)]
                result.append(self._dot(terms))
                continue
            if self.graph.kinds[operand] == "constant":  # equal ones have one number
                value = self._constants_of[box][repr(value._data), value.label]
            result.append((self.box_of[value], value))
        return result

    def _equation(self, box: _Box) -> str:
        """Return the right-hand side of the title."""
        element = box.elements[0]
        op = self.graph.ops[self.number_of[element]]
        assert op is not None
        operands = [self._operands(box, each) for each in box.elements]
        n = len(operands[0])
        if op is DOT:
            return self._dot(operands)
        is_one = len(set(map(_box_of, operands[0]))) == 1 and len(set(operands[0])) > 1
        if self._is_sum(op) and 1 < n <= MOST_TERMS and not is_one:
            return " + ".join(_references(slot) for slot in zip(*operands, strict=True))
        if n <= MOST_NAMES and op.name not in self._reductions and n == len(element.parents):
            slots = [_references(slot) for slot in zip(*operands, strict=True)]
            return operation(element, slots)
        half = n // 2 if op.name in self._pairs else n
        parts = [[each for one in operands for each in one[:half]]]
        parts += [[each for one in operands for each in one[half:]]] if half < n else []
        return f"{op.name}({', '.join(_references(part) for part in parts)})"

    def _dot(self, operands: Sequence[Sequence[_Operand]]) -> str:
        """Return a dot product, W x for a matrix and w·x for a vector, and its bias."""
        weights, inputs, biases = _sides(operands)
        counts = [len(set(map(_box_of, side))) for side in (weights, inputs)]
        rows = {tuple(one[: len(one) // 2]) for one in operands}
        are_vectors = all(len(set(row)) == len(row) for row in rows) and min(counts) == 1
        if are_vectors or max(counts) == 1:
            terms = [_product(weights, inputs)]
        else:
            pairs: dict[object, tuple[list[_Operand], list[_Operand]]] = {}
            for w, x in zip(weights, inputs, strict=True):
                pair = pairs.setdefault((_box_of(w), _box_of(x)), ([], []))
                pair[0].append(w)
                pair[1].append(x)
            terms = [_product(*pair) for pair in pairs.values()]
            if len(terms) > MOST_TERMS:
                terms = [*terms[: MOST_TERMS - 1], "…"]
        return " + ".join([*terms, _references(biases)] if biases else terms)


def _are_apart(families: Sequence[str], shape: tuple[int, ...]) -> bool:
    """Say whether labels speak of several arrays, and not of an array where some have a name."""
    counts = Counter(families)
    if len(counts) == 1 or (1 in counts.values() and max(counts.values()) > 1):
        return False
    if len(shape) < 2:
        return True
    width = shape[1]
    rows = [families[i : i + width] for i in range(0, len(families), width)]
    return all(len({*row}) == 1 for row in rows) or all(
        len({*c}) == 1 for c in zip(*rows, strict=True)
    )


def _shape_of_part(places: Sequence[int], shape: tuple[int, ...]) -> tuple[int, ...]:
    """Return the shape of elements at these places of an array: a table if they are one."""
    if len(shape) == 2:
        rows = {place // shape[1] for place in places}
        columns = {place % shape[1] for place in places}
        if len(rows) * len(columns) == len(places) and len(columns) > 1:
            return len(rows), len(columns)
    return (len(places),) if len(places) > 1 else ()


# An operand: its box and the node, or the text of what no node stands for.
_Operand: TypeAlias = tuple[_Box, Value] | str

DOT = TABLE["dot"]


def _sides(
    operands: Sequence[Sequence[_Operand]],
) -> tuple[list[_Operand], list[_Operand], list[_Operand]]:
    """Return the weights, the inputs and the biases of dot products."""
    n = len(operands[0]) // 2
    weights = [each for one in operands for each in one[:n]]
    inputs = [each for one in operands for each in one[n : 2 * n]]
    biases = [each for one in operands for each in one[2 * n :]]
    if _are_weights(inputs) and not _are_weights(weights):
        weights, inputs = inputs, weights
    return weights, inputs, biases


def _are_weights(operands: Sequence[_Operand]) -> bool:
    """Say whether the compiler took them for a matrix of weights."""
    arrays = {None if isinstance(each, str) else each[0].array for each in operands}
    return all(array is not None and array.name.startswith("W") for array in arrays)


def _box_of(operand: _Operand) -> _Box | str:
    return operand if isinstance(operand, str) else operand[0]


def _references(operands: Iterable[_Operand]) -> str:
    """Return what operands are called: arrays by their names, and single elements with an index."""
    used: dict[_Box | str, dict[Value, None]] = {}
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


def _reference(box: _Box, used: Sequence[Value]) -> str:
    if box.kind == "constant" or len(used) == len(box.elements):
        return box.symbol
    if len(used) == 1:
        return visible(used[0].label) or f"{box.symbol}[{_index(box, used[0])}]"
    return f"{box.symbol}[…]"


def _index(box: _Box, element: Value) -> str:
    if not box.positions:
        box.positions.update((node, i) for i, node in enumerate(box.elements))
    position = box.positions[element]
    if len(box.shape) < 2:
        return str(position)
    return f"{position // box.shape[1]}, {position % box.shape[1]}"


def _product(weights: Sequence[_Operand], inputs: Sequence[_Operand]) -> str:
    texts = []
    for side in (weights, inputs):
        text = _references(side)
        is_one = len(set(map(_box_of, side))) == 1 and not isinstance(side[0], str)
        texts.append(text if is_one else f"({text})")
    boxes = {_box_of(operand) for operand in weights}
    is_matrix = all(not isinstance(box, str) and len(box.shape) == 2 for box in boxes)
    is_square = boxes == {_box_of(operand) for operand in inputs}
    return (" " if is_matrix and not is_square else "·").join(texts)


# Neurons.


def _by_neuron(layers: _Layers) -> list[_Box]:
    """Return the boxes with those of layers split into one for each neuron."""
    neurons: list[_Box] = []
    moved: set[Value] = set()
    for box in layers.boxes:
        if box.kind != "operation":
            continue
        rows = _rows(layers, box)
        if not rows:
            continue
        activations = _activations(layers, box)
        for index, (row, elements) in enumerate(rows.items()):
            neuron = _neuron(layers, box, index, row, elements, activations)
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


def _rows(layers: _Layers, box: _Box) -> dict[tuple[int, ...], list[Value]]:
    """Return the neurons of a layer: for each vector of weights what is computed with it."""
    graph = layers.graph
    if graph.ops[layers.number_of[box.elements[0]]] is not DOT:
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


def _activations(layers: _Layers, box: _Box) -> dict[Value, Value]:
    """Return the activation of each pre-activation, if a function of one number follows."""
    found: dict[Value, Value] = {}
    for element in box.elements:
        users = layers.users[element]
        if len(users) != 1 or len(users[0].parents) != 1 or users[0].op in _NO_ACTIVATION:
            return {}
        found[element] = users[0]
    boxes = {layers.box_of[h] for h in found.values()}
    return found if len(boxes) == 1 else {}


def _neuron(
    layers: _Layers,
    box: _Box,
    index: int,
    row: tuple[int, ...],
    elements: Sequence[Value],
    activations: dict[Value, Value],
) -> _Box:
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
    place = f":, {index}" if len(elements) > 1 else _index(layer, outputs[0])
    is_alone = len(layer.elements) == len(outputs)
    symbol = layer.symbol if is_alone else f"{layer.symbol}[{place}]"
    label = outputs[0].label if len(outputs) == 1 else ""
    a = "w·x + b" if bias[0] else "w·x"
    equation = operation(outputs[0], [a]) if activations else a
    shape = (len(outputs),) if len(outputs) > 1 else ()
    title = f"{visible(label) or symbol} = {equation}"
    members = [*before, *steps, *parameters]
    return _Box(
        "operation", outputs, None, shape, visible(label) or symbol, visible(title), symbol, members
    )


def _without(box: _Box, moved: set[Value]) -> _Box:
    elements = [node for node in box.elements if node not in moved]
    if len(elements) == len(box.elements):
        return box
    shape = (len(elements),) if len(elements) > 1 else ()
    steps = [node for node in box.steps if node not in moved]
    return replace(box, elements=elements, shape=shape, steps=steps, positions={})


# Order.


def _in_order(boxes: Sequence[_Box], order: Sequence[Value]) -> list[_Box]:
    """Return the boxes, each after those that feed it, and else as their first nodes come."""
    place = {node: i for i, node in enumerate(order)}
    home = {node: box for box in boxes for node in box.members}
    rank = {box: min(place[node] for node in box.members) for box in boxes}
    fed_by: dict[_Box, set[_Box]] = {box: set() for box in boxes}
    for node in order:
        end = home[node]
        fed_by[end].update(start for p in node.parents if (start := home[p]) is not end)
    sorter = TopologicalSorter(fed_by)
    sorter.prepare()
    by_rank = {number: box for box, number in rank.items()}
    ready: list[int] = []
    result: list[_Box] = []
    while sorter.is_active():
        for box in sorter.get_ready():
            heapq.heappush(ready, rank[box])
        result.append(by_rank[heapq.heappop(ready)])
        sorter.done(result[-1])
    return result
