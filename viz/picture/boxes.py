"""Which nodes of a graph are elements of one array, as the compiler lifts the same graph."""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from graphlib import TopologicalSorter
from typing import TYPE_CHECKING, Literal

from autograd import Value, ops, topological_order
from autograd.ops import CONSTANT, Primitive

if TYPE_CHECKING:
    from autograd.compiler.program import Array, Program
    from viz.picture.equations import Expression

BoxKind = Literal["leaf", "constant", "operation"]

DOT = ops.dot


@dataclass(eq=False, slots=True)
class Box:
    """A group in the making: all of :class:`viz.picture.collapse.Group` but the members' order."""

    kind: BoxKind
    elements: list[Value]
    array: Array | None = None
    shape: tuple[int, ...] = ()
    name: str = ""
    title: str = ""
    symbol: str = ""  # in the titles of others
    steps: list[Value] = field(default_factory=list)  # what leads to the elements
    positions: dict[Value, int] = field(default_factory=dict)  # of elements, once asked for
    equation: Expression | None = None  # what it is computed as
    are_weights: bool = False  # the parameters of products with other than parameters

    @property
    def members(self) -> list[Value]:
        return [*self.elements, *self.steps]


class Layers:
    """The graph behind a root as boxes: the arrays of the lifted graph.

    Constants have none yet: :func:`viz.picture.arrangement.arrange` makes them, and finds how each
    box is computed; :func:`viz.picture.titles.write_titles` names them.
    """

    def __init__(self, root: Value) -> None:
        # Here, for `import viz` must not wait for NumPy, which is loaded if it is there.
        from autograd.compiler.array_labels import common_label, family
        from autograd.compiler.lifting import lift
        from autograd.compiler.scalars import find_sums_of_products, is_sum, read_graph

        self.root = root
        self.order = topological_order(root)
        self.users: dict[Value, list[Value]] = {node: [] for node in self.order}
        for node in self.order:
            for parent in dict.fromkeys(node.parents):
                self.users[parent].append(node)
        self.graph = find_sums_of_products(read_graph(root, [], is_shown=True))
        self.boxes: list[Box] = []
        self.box_of: dict[Value, Box] = {}
        self.number_of: dict[Value, int] = {}  # of computed nodes and of leaves, in the graph
        self.element_of: dict[Value, Value] = {}  # for each step, the element it leads to
        self.steps_of: dict[Value, list[Value]] = {}
        self.is_sum, self.common_label, self._family = is_sum, common_label, family

        program = lift(self.graph, [])
        computed = [operation.target for operation in program.operations]
        weights = _weights(program)
        for array in (*program.parameters, *computed):
            self._add_array(array, array in weights)
        self._fold_steps()
        self._split()
        self._join_lone_leaves()
        self.boxes = [box for box in self.boxes if box.elements]
        place = {node: i for i, node in enumerate(self.order)}
        # When a node is first used says more of the program's order than when it is computed.
        self.place = {
            node: (min([place[user] for user in users], default=len(place)), place[node])
            for node, users in self.users.items()
        }

    def _add_array(self, array: Array, are_weights: bool) -> None:
        values = self.graph.values
        elements = [(node, value) for node in array.nodes if (value := values[node]) is not None]
        if not elements:  # a part of a sum, which no node of the graph stands for
            return
        nodes = [value for _, value in elements]
        is_whole = len(nodes) == array.size
        shape = array.shape if is_whole else (len(nodes),) if len(nodes) > 1 else ()
        kind: BoxKind = "leaf" if array.kind == "parameter" else "operation"
        self.add(Box(kind, nodes, array, shape, are_weights=are_weights))
        self.number_of.update({value: node for node, value in elements})

    def add(self, box: Box) -> None:
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
                is_start &= len(users) == 1 and self.is_sum(user.primitive)
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
        parts_of: dict[Box, list[Box]] = {}
        parted: set[Box] = set()
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
                found: dict[tuple[int, str], dict[Box, None]] = {}
                number = self.number_of[element]
                operands = self.graph.operands[number]
                for position, operand in enumerate(operands if len(operands) > 2 else ()):
                    value = self.graph.values[operand]
                    leaf = None if value is None else self.box_of.get(value)
                    if leaf is not None and leaf.kind == "leaf" and not leaf.shape:
                        slot = self._slot(self.op_of(element), len(operands), position)
                        family = self._family(leaf.elements[0].label)
                        found.setdefault((slot, family), {})[leaf] = None
                for first, *others in found.values():
                    for other in others:
                        first.elements += other.elements
                        other.elements = []
                    if others:
                        first.shape = (len(first.elements),)
                        self.box_of.update(dict.fromkeys(first.elements, first))

    def op_of(self, element: Value) -> Primitive | None:
        """Return the op of an element in the lifted graph, where sums of products are dot."""
        return self.graph.ops[self.number_of[element]]

    def _slot(self, op: Primitive | None, n: int, position: int) -> int:
        """Return which vector of an op an operand is in, or its position if there are none."""
        if op is None or not op.vectors:
            return position
        return position // max(n // 2, 1) if op.vectors == 2 else 0


def _weights(program: Program) -> set[Array]:
    """Return the matrices of parameters that the program makes products with."""
    found: set[Array] = set()
    for operation in program.operations:
        if operation.primitive is DOT and operation.kind in ("affine", "rows"):
            place = 1 if operation.kind == "affine" else 0
            array = operation.operands[place].array
            if array is not None and array.kind == "parameter" and len(array.shape) == 2:
                found.add(array)
    return found


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


def in_order(boxes: Sequence[Box], order: Sequence[Value]) -> list[Box]:
    """Return the boxes, each after those that feed it, and else as their first nodes come."""
    place = {node: i for i, node in enumerate(order)}
    home = {node: box for box in boxes for node in box.members}
    rank = {box: min(place[node] for node in box.members) for box in boxes}
    fed_by: dict[Box, set[Box]] = {box: set() for box in boxes}
    for node in order:
        end = home[node]
        fed_by[end].update(start for p in node.parents if (start := home[p]) is not end)
    sorter = TopologicalSorter(fed_by)
    sorter.prepare()
    by_rank = {number: box for box, number in rank.items()}
    ready: list[int] = []
    result: list[Box] = []
    while sorter.is_active():
        for box in sorter.get_ready():
            heapq.heappush(ready, rank[box])
        result.append(by_rank[heapq.heappop(ready)])
        sorter.done(result[-1])
    return result
