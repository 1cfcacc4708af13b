"""Where the elements of a graph are: each is in one place of one array, and views find them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby
from math import prod

from autograd.compiler.array_labels import common_label
from autograd.compiler.names import stem_of
from autograd.compiler.program import Array, Constants, Operation, View, select
from autograd.compiler.scalars import VECTOR, Graph, equal_nodes
from autograd.compiler.symbols import Shape

CONSTANT, UNPLACED = -1, -2


class Elements:
    """Arrays and operations as they come to be, and where the nodes of a graph are in them."""

    def __init__(
        self,
        graph: Graph,
        inputs: Sequence[tuple[str, Shape]] = (),
        parameters: Sequence[tuple[str, Shape, Sequence[int]]] = (),
    ) -> None:
        self.graph = graph
        n = len(graph.ops)
        self.equal: Sequence[int] = range(n) if graph.is_shown else equal_nodes(graph)
        self.computed: dict[int, int] = {}  # for a node the one that is computed instead
        self.operands = [*graph.operands]  # those that are computed
        self.arrays: list[Array] = []
        self.place: list[int] = [CONSTANT if k == "constant" else UNPLACED for k in graph.kinds]
        self.position: list[int] = [0] * n
        self.batched: list[bool] = [kind == "input" for kind in graph.kinds]
        self.level: list[int] = [0] * n
        self.differentiated: Sequence[bool] = [True] * n
        self.labels: dict[Array, str] = {}
        self.called_by_label: set[Array] = set()  # matrices that else were W1, W2, …
        self.constants = Constants()
        self.operations: list[Operation] = []
        self.joined: dict[tuple[tuple[int, ...], Shape], View] = {}
        self.inputs: list[Array] = []
        first = 0
        for name, shape in inputs:
            array = self.new_array(shape if len(shape) < 3 else (prod(shape),), True, "input")
            array.name, array.flattened = name, len(shape) > 2
            self.inputs.append(array)
            self.put(range(first, first + array.size), array)
            first += array.size
        for name, shape, nodes in parameters:
            array = self.new_array(shape, False, "parameter")
            array.name = name
            self.put(nodes, array)

    def new_array(self, shape: Shape, batched: bool, kind: str = "computed") -> Array:
        array = Array(shape, batched, kind, number=len(self.arrays))
        self.arrays.append(array)
        return array

    def put(self, nodes: Iterable[int], array: Array) -> None:
        position, rows = 0, self.graph.rows
        for node in nodes:
            if node >= 0:
                self.place[node] = array.number
                self.position[node] = position
            position += len(rows[node]) if node in rows else 1

    def _put_parameters(self, nodes: Sequence[int], shape: Shape) -> Array:
        array = self.new_array(shape, False, "parameter")
        self.put(nodes, array)
        self.labels[array] = self.label_of(nodes)
        return array

    def _new_target(self, nodes: Sequence[int], shape: Shape, batched: bool) -> Array:
        array = self.new_array(shape, batched)
        self.put(nodes, array)
        self.labels[array] = self.label_of(nodes)
        return array

    def label_of(self, nodes: Sequence[int]) -> str:
        labels, rows = self.graph.labels, self.graph.rows
        if nodes[0] in rows:
            return common_label([weight.label for row in nodes for weight in rows[row]])
        return common_label([labels[node] for node in nodes])

    def _order(self, node: int) -> int:
        place = self.place[node]
        return 0 if place == CONSTANT else node if place == UNPLACED else self.position[node]

    def _shape_of(self, slots: Sequence[Sequence[int]]) -> Shape:
        """The shape of an array that one of the slots runs through, else a vector."""
        for slot in slots:
            place = self.place[slot[0]]
            if place < 0 or len(self.arrays[place].shape) != 2:
                continue
            if len(slot) == self.arrays[place].size and all(
                self.place[x] == place and self.position[x] == i for i, x in enumerate(slot)
            ):
                return self.arrays[place].shape
        return (len(slots[0]),)

    def view(self, nodes: Sequence[int], shape: Shape) -> View:
        """Return the elements as a view: of one array, or of one joined from several."""
        if all(self.place[node] == CONSTANT for node in nodes):
            return self._view_of_constants(nodes, shape)
        free = [node for node in dict.fromkeys(nodes) if self.place[node] == UNPLACED]
        if free:
            whole = len(free) == len(nodes)
            self._put_parameters(free, shape if whole else (len(free),) if len(free) > 1 else ())
        place = self.place[nodes[0]]
        if all(self.place[node] == place for node in nodes):
            positions = [self.position[node] for node in nodes]
            return select(self.arrays[place], positions, shape, self.constants)
        key = tuple(nodes), shape
        if key not in self.joined:
            self.joined[key] = self._join(nodes, shape)
        return self.joined[key]

    def _view_of_constants(self, nodes: Sequence[int], shape: Shape) -> View:
        numbers = [self.graph.data[node] for node in nodes]
        if len(set(map(repr, numbers))) == 1:
            return View(None, (), number=numbers[0])
        stem = stem_of(self.graph.labels[nodes[0]].partition("[")[0])
        array = self.constants.numbers(numbers, shape, stem)
        return View(array, shape)

    def _join(self, nodes: Sequence[int], shape: Shape) -> View:
        width = shape[-1]
        rows = [nodes[i : i + width] for i in range(0, len(nodes), width)]
        places = [self.place[node] for node in rows[0]]
        if any([self.place[node] for node in row] != places for row in rows):
            joined = self.view(nodes, (len(nodes),))
            assert joined.array is not None
            return View(joined.array, shape, reshaped=True)
        parts = []
        for _, run in groupby(range(width), key=lambda column: places[column]):
            columns = list(run)
            part_shape = (*shape[:-1], len(columns))
            elements = [row[column] for row in rows for column in columns]
            part = self.view(elements, part_shape)
            parts.append((part, part_shape))
        batched = any(part.batched for part, _ in parts)
        target = self.new_array(shape, batched)
        self.labels[target] = ""
        self.operations.append(
            Operation("concatenate", target, [p for p, _ in parts], shapes=[s for _, s in parts])
        )
        return View(target, shape)

    # Dot products of a row of weights have that and a vector for operands.

    def _spread(self, operands: Sequence[int]) -> Sequence[int]:
        """Return operands with the elements of a vector in its place."""
        if operands[0] not in self.graph.rows:
            return operands
        row, vector, *bias = operands
        return row, *self.operands[vector], *bias

    def _length(self, side: Sequence[int]) -> int:
        """Return how many numbers the weights or the inputs of a dot product are."""
        row = self.graph.rows.get(side[0])
        if row is not None:
            return len(row)
        return len(self._elements([side]))

    def _elements(self, sides: Iterable[Sequence[int]]) -> list[int]:
        """Return the inputs of dot products, one vector after the other."""
        nodes = [node for side in sides for node in side]
        if self.graph.ops[nodes[0]] is not VECTOR:
            return nodes
        return [node for vector in nodes for node in self.operands[vector]]

    def _view_of_weights(self, sides: Iterable[Sequence[int]], shape: Shape) -> View:
        """Return the weights of dot products as a view of their matrix."""
        nodes = [node for side in sides for node in side]
        if nodes[0] not in self.graph.rows:
            return self.view(nodes, shape)
        matrix, width = self.arrays[self.place[nodes[0]]], shape[-1]
        starts = [self.position[row] for row in nodes]
        if shape == matrix.shape and starts == [*range(0, matrix.size, width)]:
            return View(matrix, shape)
        positions = [start + i for start in starts for i in range(width)]
        return select(matrix, positions, shape, self.constants)
