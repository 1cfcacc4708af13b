"""Lift a scalar graph: nodes that do the same with elements of the same arrays become one array.

Level by level, from the leaves up: of the nodes whose operands are all in arrays already, those
with one op and operands in the same arrays are a group, and a group is computed by one operation.
Dot products of all weight vectors with all input vectors are a matrix product, and their weights a
matrix. What stays alone is computed as a number, or as one number for each example.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import groupby
from math import prod
from os.path import commonprefix
from string import digits

from autograd import ops
from autograd.compiler.differentiated import differentiated_nodes
from autograd.compiler.names import Names, stem_of
from autograd.compiler.program import (
    Array,
    Constants,
    Operation,
    Output,
    Program,
    View,
    select,
)
from autograd.compiler.reductions import REDUCTIONS
from autograd.compiler.rounds import LoopOperation, lift_loop, name_loop
from autograd.compiler.scalars import LOOKUP, LOOP, RESULT, VECTOR, Graph, equal_nodes
from autograd.compiler.terms import Shape
from autograd.compiler.weight_rows import FEW, without_digits
from autograd.ops import Primitive, record_of
from autograd.text import without_subscripts

# So many numbers are added in one line: longer lines can't be read, nor parsed.
MOST_TERMS = 10

CONSTANT, UNPLACED = -1, -2


def lift(
    graph: Graph,
    inputs: Sequence[tuple[str, Shape]],
    parameters: Sequence[tuple[str, Shape, Sequence[int]]] = (),
    outputs: Sequence[Shape] = (),
) -> Program:
    """Return the array program of a graph whose first leaves are the elements of the inputs.

    Args:
        graph: the graph.
        inputs: their names, and the shapes of one example.
        parameters: arrays of parameters that are to be used as they are: the name, the shape, and
            for each element its node, or -1 if the graph has none.
        outputs: the shapes of arrays that are made of the outputs of the graph, in their order.
    """
    return Lifter(graph, inputs, parameters).lift(outputs)


class Lifter:
    """Give the elements of a graph their places in arrays, and find the operations on these."""

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

    def compute(self) -> None:
        """Compute all nodes, level by level."""
        graph = self.graph
        levels: dict[int, list[int]] = {}
        vectors: dict[int, list[int]] = {}
        for node, operands in enumerate(graph.operands):
            if graph.ops[node] is VECTOR:
                self.level[node] = max(map(self.level.__getitem__, operands))
                self.batched[node] = any(map(self.batched.__getitem__, operands))
                vectors.setdefault(self.level[node], []).append(node)
            elif graph.ops[node] is not None:
                self.level[node] = 1 + max(map(self.level.__getitem__, operands))
                self.batched[node] = any(map(self.batched.__getitem__, operands))
                if node in graph.choices:
                    self.batched[node] = True
                levels.setdefault(self.level[node], []).append(node)
        self.differentiated = differentiated_nodes(graph)
        self._place_weights()
        self._place_labelled()
        self._place_named()
        for level in sorted({*levels, *vectors}):
            groups: dict[object, list[int]] = {}
            for node in levels.get(level, ()):
                if self.computed:
                    self.operands[node] = self.computed_instead(graph.operands[node])
                groups.setdefault(self._key(node), []).append(node)
            for nodes in groups.values():
                self._compute(self._distinct(nodes))
            self._merge(vectors.get(level, ()))

    def lift(self, outputs: Sequence[Shape]) -> Program:
        """Return the program, with arrays of these shapes made of the outputs of the graph."""
        self.compute()
        graph = self.graph
        loss, penalties = (None, []) if graph.root is None else self._loss(graph.root)
        returned = self._outputs(outputs)
        self._name(loss, returned)
        for node in sorted(range(len(self.place)), key=self.position.__getitem__):
            if self.place[node] >= 0:
                self.arrays[self.place[node]].nodes.append(node)
        parameters = [array for array in self.arrays if array.kind == "parameter"]
        return Program(
            self.inputs,
            parameters,
            self.constants.arrays,
            self.operations,
            loss,
            penalties,
            returned,
            [] if loss is None else [*parameters],
        )

    # Where elements are.

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

    # Parameters get their places first: the rows of matrices, then those with labels like w[2].

    def _place_weights(self) -> None:
        graph, kinds = self.graph, self.graph.kinds
        # For each vector of weights its first use; all neurons of a recurrent layer share that.
        found: dict[tuple[int, ...], tuple[int, tuple[int, ...], int, tuple[int, ...]]] = {}
        for node, op in enumerate(graph.ops):
            if op is not ops.dot:
                continue
            weights, inputs, bias = _dot_parts(
                tuple(map(self.equal.__getitem__, graph.operands[node]))
            )
            if all(kinds[x] == "parameter" for x in inputs):
                weights, inputs = inputs, weights
            use = self.level[node], inputs, node, bias
            if weights in found and found[weights] < use:
                continue
            if {*map(kinds.__getitem__, weights)} != {"parameter"}:
                continue
            if any(kinds[x] != "parameter" for x in inputs):
                found[weights] = use
        layers: dict[tuple[object, str], dict[tuple[int, ...], tuple[int, ...]]] = {}
        users: dict[int, int] = {}
        for weights, (level, inputs, node, bias) in sorted(
            found.items(), key=lambda item: item[1][2]
        ):
            names = Counter(without_digits([graph.labels[w] for w in weights]))
            if len(names) == len(weights) > 1:
                continue  # numbers with names of their own, and no row of a matrix
            users[weights[0]] = node
            [(name, _)] = names.most_common(1)
            layers.setdefault(((level, inputs), name), {})[weights] = bias
        n_names = Counter(layer for layer, _ in layers)
        for (layer, _), rows in layers.items():
            leaves = [w for row in rows for w in row]
            width = self._length(next(iter(rows)))
            if len(rows) * width <= FEW and not self.batched[users[leaves[0]]]:
                is_alike = len({family(graph.labels[w]) for w in leaves}) == 1
                if not graph.is_shown or not is_alike or not all(rows.values()):
                    continue  # a few numbers in a formula, not a layer
            if self._are_free(leaves):
                weights_of_layer = self._put_parameters(leaves, (len(rows), width))
                if n_names[layer] > 1:
                    self.called_by_label.add(weights_of_layer)
                biases = [b for bias in rows.values() for b in bias if kinds[b] == "parameter"]
                if len(biases) == len(rows) and self._are_free(biases):
                    self._put_parameters(biases, (len(rows),))

    def _are_free(self, leaves: Sequence[int]) -> bool:
        places = {*map(self.place.__getitem__, leaves)}
        return places == {UNPLACED} and len({*leaves}) == len(leaves)

    def _unplaced(self) -> list[int]:
        """The parameters that have no place yet."""
        kinds_and_places = enumerate(zip(self.graph.kinds, self.place, strict=True))
        return [node for node, each in kinds_and_places if each == ("parameter", UNPLACED)]

    def _place_labelled(self) -> None:
        found: dict[str, dict[int, int]] = {}
        for node in self._unplaced():
            if match := re.fullmatch(r"(\w+)(?:\[(\d+)\]|\.(\d+))", self.graph.labels[node]):
                at = int(match[2] or match[3])
                found.setdefault(match[1], {}).setdefault(at, node)
        for elements in found.values():
            if sorted(elements) == list(range(len(elements))):
                nodes = [elements[position] for position in range(len(elements))]
                self._put_parameters(nodes, (len(nodes),))

    def _place_named(self) -> None:
        """Let a parameter with a name that no other begins with be a number of that name."""
        labels, found = self.graph.labels, dict[str, list[int]]()
        for node in self._unplaced():
            if labels[node]:
                found.setdefault(family(labels[node]), []).append(node)
        for name, nodes in found.items():
            [node, *others] = nodes
            if not others and stem_of(labels[node]) == name:
                self._put_parameters([node], ())

    # Nodes that compute the same.

    def computed_instead(self, nodes: Iterable[int]) -> tuple[int, ...]:
        """Return for each node the one that is computed instead, or itself."""
        return tuple([self.computed.get(node, node) for node in nodes])

    def _merge(self, vectors: Iterable[int]) -> None:
        """Let the first of some vectors of the same elements take the place of the others."""
        first: dict[tuple[int, ...], int] = {}
        for vector in vectors:
            elements = self.operands[vector] = self.computed_instead(self.graph.operands[vector])
            if (found := first.setdefault(elements, vector)) != vector:
                self.computed[vector] = found

    def _distinct(self, nodes: list[int]) -> list[int]:
        """Return the nodes of a group that are computed, and note which take the place of others.

        Equal nodes are computed once where that gathers less. Data that happens to have a number
        twice is no reason to compute anything in other ways than without.
        """
        first: dict[int, int] = {}
        for node in nodes:
            first.setdefault(self.equal[node], node)
        distinct = [*first.values()]
        if len(distinct) == len(nodes):
            return nodes
        if len(distinct) > 1:
            counts = Counter(self.equal[node] for node in nodes)
            is_regular = len({*counts.values()}) == 1
            if not self._gathers(nodes) or (self._gathers(distinct) and not is_regular):
                return nodes
        self.computed.update((node, first[self.equal[node]]) for node in nodes)
        return distinct

    def _gathers(self, nodes: Sequence[int]) -> bool:
        """Say whether an element is an operand of several of the nodes, but not of all."""
        for slot in zip(*[self._spread(self.operands[node]) for node in nodes], strict=True):
            used = {operand for operand in slot if self.place[operand] != CONSTANT}
            if 1 < len(used) < len(slot):
                return True
        return False

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

    # Groups.

    def _key(self, node: int) -> object:
        op = self.graph.ops[node]
        assert op is not None
        operands = self.operands[node]
        places = tuple([self.place[operand] for operand in self._spread(operands)])
        if len(places) > 8:
            places = tuple([(place, len(list(run))) for place, run in groupby(places)])  # type: ignore[misc]
        parameters = "" if op.chooses else repr(op.parameters)
        chosen = self.graph.choices.get(node, None) is not None
        flags = self.batched[node], chosen, self.differentiated[node]
        return op.record, parameters, len(operands), places, flags

    def _compute(self, nodes: list[int]) -> None:
        op = self.graph.ops[nodes[0]]
        assert op is not None
        if op.record is LOOP:
            self.operations += [lift_loop(self, node) for node in nodes]
        elif op.record is RESULT:  # which the loop has placed
            pass
        elif op is ops.dot:
            self._dot(nodes)
        elif op.record is LOOKUP and not self._choose_of_examples(nodes):
            self._look_up(nodes, op)
        elif op.record in REDUCTIONS:
            self._reduce(nodes, op)
        else:
            self._elementwise(nodes, op)

    def _elementwise(self, nodes: list[int], op: Primitive) -> None:
        operands = self.operands
        if len(nodes) > 1:
            nodes = sorted(nodes, key=lambda node: [self._order(x) for x in operands[node]])
        slots = [list(slot) for slot in zip(*[operands[node] for node in nodes], strict=True)]
        shape = self._shape_of(slots) if len(nodes) > 1 else ()
        views = [self.view(slot, shape) for slot in slots]
        target = self._new_target(nodes, shape, self.batched[nodes[0]])
        self.operations.append(Operation("elementwise", target, views, op))

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

    # Dot products.

    def _dot(self, nodes: list[int]) -> None:
        graph = self.graph
        parts = [_dot_parts(self.operands[node]) for node in nodes]
        if self._should_swap(parts):
            parts = [(w, x, b) for x, w, b in parts]
        n, is_weighted = self._length(parts[0][0]), not any(self.batched[w] for w in parts[0][0])
        if not is_weighted and len(parts) > 1 and parts[0][0] == parts[1][0]:
            parts = [(w, x, b) for x, w, b in parts]  # what changes first is a row of the product
        rows = {w: b for w, _, b in parts}
        columns = dict.fromkeys(x for _, x, _ in parts)
        is_of_matrices = min(len(rows), len(columns)) > 1 and self._is_of_matrices(parts)
        by_parts = {(w, x): node for (w, x, _), node in zip(parts, nodes, strict=True)}
        each_once = len(by_parts) == len(nodes) == len(rows) * len(columns)
        if len(nodes) > 1 and n == 2 and self._is_written_out(parts):
            self._elementwise(nodes, ops.dot)
        elif len(nodes) == 1 and not self._is_layer(*parts[0][:2]):
            self._lone_dot(nodes[0], *parts[0])
        elif (
            each_once and (is_weighted or is_of_matrices) and all(rows[w] == b for w, _, b in parts)
        ):
            self._affine(by_parts, rows, columns)
        else:
            shape = (len(nodes), n)
            views = [
                self._view_of_weights([w for w, _, _ in parts], shape),
                self.view(self._elements([x for _, x, _ in parts]), shape),
            ]
            if parts[0][2]:
                views.append(self.view([b for _, _, bias in parts for b in bias], shape[:1]))
            target = self._new_target(nodes, (len(nodes),), self.batched[nodes[0]])
            self.operations.append(
                Operation("rows", target, views, graph.ops[nodes[0]], shapes=[shape])
            )

    def _is_of_matrices(
        self, parts: Sequence[tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...]]]
    ) -> bool:
        """Say whether all examples differ in both sides of dot products, and there is no bias."""
        weights, inputs, bias = parts[0]
        sides = [any(self.batched[x] for x in side) for side in (weights, inputs)]
        return all(sides) and not bias

    def _should_swap(
        self, parts: Sequence[tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...]]]
    ) -> bool:
        """Say whether the weights are written where the inputs should be."""
        weights, inputs, _ = parts[0]
        if any(self.batched[w] for w in weights):
            return not any(self.batched[x] for x in inputs)
        kinds = self.graph.kinds
        if any(kinds[x] != "parameter" or self.batched[x] for x in inputs):
            return False
        if any(kinds[w] != "parameter" for w in weights):
            return True
        # All are leaves: the bias of a neuron goes with its weights, whatever the inputs are.
        with_bias = [len({(part[side], part[2]) for part in parts}) for side in (0, 1)]
        without = [len({part[side] for part in parts}) for side in (0, 1)]
        return with_bias[0] > without[0] and with_bias[1] == without[1]

    def _is_written_out(
        self, parts: Sequence[tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...]]]
    ) -> bool:
        """Say whether two products stand better as a sum: equal ones, or one that is in all sums.

        Weights that are elements of one array make a product of matrices whatever they are.
        """
        if all(len({*w}) == len({*x}) == 1 for w, x, _ in parts):
            return True
        weights = parts[0][0]
        if len({self.place[w] for w in weights}) == 1 and self.graph.ops[weights[0]] is None:
            return False
        pairs = zip(*[zip(w, x, strict=True) for w, x, _ in parts], strict=True)
        return any(len({*same}) == 1 for same in pairs)

    def _is_layer(self, weights: Sequence[int], inputs: Sequence[int]) -> bool:
        """Say whether a lone dot product is a layer of one neuron: a row of a matrix of weights."""
        places = {self.place[w] for w in weights}
        if len(places) > 1 or min(places) < 0:
            return False
        matrix = self.arrays[places.pop()]
        is_weights = matrix.kind == "parameter" and len(matrix.shape) == 2
        return is_weights and any(self.graph.kinds[x] != "parameter" for x in inputs)

    def _affine(
        self,
        nodes: dict[tuple[tuple[int, ...], tuple[int, ...]], int],
        rows: dict[tuple[int, ...], tuple[int, ...]],
        columns: dict[tuple[int, ...], None],
    ) -> None:
        """One layer: x Wᵀ + b, with a row of x for each vector of inputs."""
        if self.place[next(iter(rows))[0]] >= 0:
            rows = dict(sorted(rows.items(), key=lambda row: self.position[row[0][0]]))
        first = {column: self._elements([column])[0] for column in columns}
        if self.place[first[next(iter(columns))]] >= 0:
            columns = dict(sorted(columns.items(), key=lambda x: self.position[first[x[0]]]))
        n = self._length(next(iter(rows)))
        x_shape = (len(columns), n) if len(columns) > 1 else (n,)
        x = self.view(self._elements(columns), x_shape)
        w = self._view_of_weights(rows, (len(rows), n))
        views = [x, w]
        if next(iter(rows.values())):
            views.append(self.view([b for bias in rows.values() for b in bias], (len(rows),)))
        ordered = [nodes[w_row, column] for column in columns for w_row in rows]
        shape = (len(columns), len(rows)) if len(columns) > 1 else (len(rows),)
        target = self._new_target(ordered, shape, self.batched[ordered[0]])
        self.operations.append(
            Operation("affine", target, views, ops.dot, shapes=[x_shape, (len(rows), n)])
        )

    def _lone_dot(
        self, node: int, weights: tuple[int, ...], inputs: tuple[int, ...], bias: tuple[int, ...]
    ) -> None:
        places = {self.place[x] for x in (*weights, *inputs)}
        if len(weights) < 3 or (len(weights) <= FEW and len(places) > 1):
            self._elementwise([node], ops.dot)
            return
        pairs = sorted(
            zip(weights, inputs, strict=True),
            key=lambda pair: [(self.place[x], self._order(x)) for x in pair],
        )
        runs = [
            [*run]
            for _, run in groupby(pairs, lambda pair: (self.place[pair[0]], self.place[pair[1]]))
        ]
        alone = [run[0] for run in runs if len(run) == 1]
        if len(alone) > FEW:
            runs = [*[run for run in runs if len(run) > 1], alone]
        terms = [self._part(ops.dot, [*zip(*run, strict=True)]) for run in runs]
        self._add_up(node, ops.sum, [*terms, *[self.view([b], ()) for b in bias]])

    def _part(self, op: Primitive, sides: Sequence[Sequence[int]]) -> View:
        """Reduce elements of one array, or pairs of elements, to a number."""
        shape = self._shape_of(sides) if len(sides[0]) > 1 else (1,)
        views = [self.view(list(side), shape) for side in sides]
        target = self.new_array((), any(view.batched for view in views))
        self.labels[target] = ""
        self.operations.append(Operation("rows", target, views, op, shapes=[shape]))
        return View(target, ())

    def _add_up(self, node: int, op: Primitive, views: list[View]) -> None:
        if len(views) == 1 and (only := views[0].array) is not None:
            self.labels[only] = self.graph.labels[node]
            self.place[node] = only.number
            return
        while len(views) > MOST_TERMS:
            target = self.new_array((), any(view.batched for view in views[:MOST_TERMS]))
            self.labels[target] = ""
            self.operations.append(Operation("elementwise", target, views[:MOST_TERMS], ops.sum))
            views = [View(target, ()), *views[MOST_TERMS:]]
        target = self._new_target([node], (), self.batched[node])
        self.operations.append(Operation("elementwise", target, views, op))

    # Reductions.

    def _reduce(self, nodes: list[int], op: Primitive) -> None:
        if op in (ops.sum, ops.mean):
            terms = self.operands[nodes[0]]
            is_short = len(terms) <= FEW
            if is_short and (len(terms) < 3 or len({self.place[x] for x in terms}) > 1):
                self._elementwise(nodes, op)
                return
            if len(nodes) == 1 and not is_short:
                self._lone_sum(nodes[0], op)
                return
        if op.record in (ops.softmax, ops.log_softmax):
            self._softmax(nodes, op)
            return
        vectors = [list(self.operands[node]) for node in nodes]
        if op.vectors == 1 and not op.chooses:  # in which order they come doesn't matter
            vectors = [sorted(v, key=lambda x: (self.place[x], self._order(x))) for v in vectors]
            paired = sorted(
                zip(vectors, nodes, strict=True), key=lambda row: self._order(row[0][0])
            )
            vectors, nodes = [v for v, _ in paired], [node for _, node in paired]
        halves = op.vectors
        n = len(vectors[0]) // halves
        lone = len(nodes) == 1
        shape = (n,) if lone else (len(nodes), n)
        views = [
            self.view([x for v in vectors for x in v[half * n : (half + 1) * n]], shape)
            for half in range(halves)
        ]
        index = self._chosen(nodes) if op.chooses else None
        target = self._new_target(nodes, shape[:-1], self.batched[nodes[0]])
        self.operations.append(Operation("rows", target, views, op, index, shapes=[shape]))

    def _chosen(self, nodes: Sequence[int]) -> View:
        shape = () if len(nodes) == 1 else (len(nodes),)
        if nodes[0] in self.graph.choices:
            return self.view([self.graph.choices[node] for node in nodes], shape)
        chosen = [int(self.graph.ops[node].parameters[0]) for node in nodes]  # type: ignore[union-attr]
        if len(nodes) == 1:
            return View(None, (), number=chosen[0])
        return View(self.constants.positions(chosen, shape), shape)

    def _lone_sum(self, node: int, op: Primitive) -> None:
        operands = sorted(self.operands[node], key=lambda x: (self.place[x], self._order(x)))
        terms = []
        for place, run in groupby(operands, key=lambda x: self.place[x]):
            elements = list(run)
            if len(elements) == 1 and place != UNPLACED:
                terms.append(self.view(elements, ()))
            else:
                terms.append(self._part(ops.sum, [elements]))
        if op is ops.sum:
            self._add_up(node, op, terms)
            return
        self._add_up(node, ops.sum, terms)
        total = View(self.arrays[self.place[node]], ())
        count = View(None, (), number=float(len(operands)))
        target = self._new_target([node], (), self.batched[node])
        self.operations.append(Operation("elementwise", target, [total, count], ops.divide))

    def _softmax(self, nodes: list[int], op: Primitive) -> None:
        """All probabilities of each vector of logits, whether the graph has them all or not."""
        graph = self.graph
        vectors = dict.fromkeys(self.operands[node] for node in nodes)
        ordered = sorted(vectors, key=lambda v: self._order(v[0]))
        n = len(ordered[0])
        shape = (n,) if len(ordered) == 1 else (len(ordered), n)
        view = self.view([x for v in ordered for x in v], shape)
        target = self.new_array(shape, self.batched[nodes[0]])
        self.labels[target] = self.label_of(nodes)
        rows = {v: i for i, v in enumerate(ordered)}
        for node in nodes:
            chosen = graph.ops[node].parameters[0]  # type: ignore[union-attr]
            self.place[node] = target.number
            self.position[node] = rows[self.operands[node]] * n + int(chosen)
        self.operations.append(Operation("rows", target, [view], op, shapes=[shape]))

    # Lookups.

    def _choose_of_examples(self, nodes: Sequence[int]) -> bool:
        """Say whether some nodes choose from what differs between examples."""
        return any(self.batched[x] for node in nodes for x in self.operands[node])

    def _look_up(self, nodes: Sequence[int], op: Primitive) -> None:
        """Rows of a table, at one or more indices of each example."""
        chosen = {(self.graph.choices[node], self.operands[node]): node for node in nodes}
        indices = dict.fromkeys(index for index, _ in chosen)
        columns = dict.fromkeys(column for _, column in chosen)
        if len(chosen) == len(indices) * len(columns):
            self._look_up_all(chosen, [*indices], [*columns], op)
        else:
            for index in indices:
                self._look_up_all(chosen, [index], [c for i, c in chosen if i == index], op)
        for node in nodes:  # some may be the same
            first = chosen[self.graph.choices[node], self.operands[node]]
            self.place[node], self.position[node] = self.place[first], self.position[first]

    def _look_up_all(
        self,
        chosen: dict[tuple[int, tuple[int, ...]], int],
        indices: list[int],
        columns: list[tuple[int, ...]],
        op: Primitive,
    ) -> None:
        """Rows of one table for all indices, with these columns."""
        indices.sort(key=self._order)
        columns.sort(key=lambda column: self._order(column[0]))
        of_columns = (len(columns),) if len(columns) > 1 else ()
        of_indices = (len(indices),) if len(indices) > 1 else ()
        table_shape = (len(columns[0]), *of_columns)
        table = self.view([x for row in zip(*columns, strict=True) for x in row], table_shape)
        positions = self.view(indices, of_indices)
        nodes = [chosen[index, column] for index in indices for column in columns]
        target = self._new_target(nodes, of_indices + of_columns, True)
        self.operations.append(
            Operation("lookup", target, [table], op, positions, shapes=[table_shape])
        )

    # The loss.

    def _loss(self, root: int) -> tuple[View, list[View]]:
        """The loss of an example, and what is added to it that doesn't depend on the example."""
        graph = self.graph
        root, *outputs = self.computed_instead([root, *graph.outputs])
        apart: list[int] = []
        for operation in reversed(self.operations):
            op = graph.ops[root]
            if not self.batched[root] or op not in (ops.add, ops.sum) or root in outputs:
                break
            varying = [x for x in self.operands[root] if self.batched[x]]
            if len(varying) != 1 or operation.target is not self.arrays[self.place[root]]:
                break
            apart += [x for x in self.operands[root] if not self.batched[x]]
            self.operations.remove(operation)
            root = varying[0]
        return self.view([root], ()), [self.view([x], ()) for x in apart]

    def _outputs(self, shapes: Sequence[Shape]) -> list[Output]:
        """What is returned besides the loss. Arrays of one example have two axes at most."""
        found, start = [], 0
        for shape in shapes:
            nodes = self.computed_instead(self.graph.outputs[start : start + prod(shape)])
            lifted = shape if len(shape) < 3 else (prod(shape),)
            found.append(Output(self.view(nodes, lifted), lifted))
            start += len(nodes)
        return found

    # Names: those of the graph's labels, else those of the lecture notes.

    def _name(self, loss: View | None, outputs: Sequence[Output]) -> None:
        names = Names()
        for array in self.inputs:
            array.name = names.new(stem_of(array.name) or "x")
        for array in self.arrays:
            if array.kind == "parameter" and array.name:
                names.take(array.name)
        self.name_operations(names, loss)
        for array in self.arrays:
            if array.kind == "parameter" and not array.name:
                self.name_parameter(names, array)
        inputs = [o.operands[0].array for o in self.operations if o.kind == "affine"]
        for array in self.constants.arrays:
            array.name = names.new(array.name or ("x" if array in inputs else "constants"))
        for output in outputs:
            output.name = self._name_of_whole(output) or names.new("output")

    def name_parameter(self, names: Names, array: Array) -> None:
        """Name an array of parameters after their label."""
        stem = stem_of(self.labels[array])
        array.name = names.new(stem) if stem else names.numbered("p")

    def name_operations(self, names: Names, loss: View | None, layer: int = 0) -> int:
        """Name what the operations compute, and the weights of layers; return how many these are.

        The layers are counted on from those before.
        """
        affine: set[Array] = set()
        for operation in self.operations:
            if isinstance(operation, LoopOperation):
                layer = name_loop(self, operation, names, layer)
                continue
            target = operation.target
            stem = stem_of(self.labels[target])
            if weights := _weights_and_bias(operation):
                numbered = re.fullmatch(r"a(\d+)", stem)
                layer = int(numbered[1]) if numbered else layer + 1
                affine.add(target)
                stem = stem or f"a{layer}"
                for view, letter in zip(weights, "Wb", strict=False):
                    found = view.array
                    if found is not None and found.kind == "parameter" and not found.name:
                        by_label = found in self.called_by_label and stem_of(self.labels[found])
                        found.name = names.new(by_label or f"{letter}{layer}")
            elif not stem and operation.operands[0].array in affine and len(operation.operands) < 2:
                is_function = operation.kind == "elementwise"
                is_function &= operation.primitive is not ops.negative
                stem = f"h{layer}" if is_function else ""
            if operation.has_difference:
                operation.difference = names.new("yhat_minus_y")
            elif not stem and record_of(operation.primitive) is ops.softmax:
                stem = "yhat"
            is_loss = loss is not None and target is loss.array
            if is_loss and target.batched and operation.kind != "affine":
                stem = "losses"
            target.name = names.new(stem) if stem else names.numbered("v")
            target.is_nameless = not stem
        return layer

    def _name_of_whole(self, output: Output) -> str:
        """Return the name of the computed array that an output is; empty if it is none."""
        view, array = output.view, output.view.array
        if array is None or array.kind != "computed" or array.batched != bool(self.inputs):
            return ""
        return array.name if view.is_whole and array.shape == output.shape else ""


def _weights_and_bias(operation: Operation) -> list[View]:
    """Return the weights of a layer, and its bias if it has one; nothing if it is no layer."""
    if operation.kind == "affine":  # or a product in which examples differ in both
        return [] if operation.operands[1].batched else operation.operands[1:]
    if operation.kind != "rows" or operation.primitive is not ops.dot:
        return []
    weights, inputs, *bias = operation.operands
    kinds = [array and array.kind for array in (weights.array, inputs.array)]
    is_layer = len(operation.target.shape) > 0 and kinds[0] == "parameter" != kinds[1]
    return [weights, *bias] if is_layer else []


def common_label(labels: Sequence[str]) -> str:
    """Return the label that stands for those of an array's elements.

    >>> common_label(["h[0]", "h[1]"]), common_label(["w11", "w12"]), common_label(["p", "q"])
    ('h[0]', 'w1', 'p')
    """
    if all(label[-1:].isdecimal() for label in labels) and len(set(labels)) > 1:
        prefix = commonprefix(labels)  # noqa: RUF071 (of texts, not of paths)
        if any(len(label) == len(prefix) for label in labels):  # w1 begins w10 too
            prefix = prefix.rstrip("0123456789")
        if prefix and all(label[len(prefix) :].isdecimal() for label in labels):
            return prefix
    return labels[0]


def family(label: str) -> str:
    """Return what the labels of the elements of one array share.

    >>> family("h1[2]"), family("W1[0,2]"), family("w12"), family("rows.3.slope")
    ('h1', 'W1', 'w', 'rows.#.slope')
    """
    stem = without_subscripts(label)
    return re.sub(r"\.\d+", ".#", stem.rstrip(digits) if stem == label else stem)


def _dot_parts(
    operands: tuple[int, ...],
) -> tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...]]:
    """Split the operands of a dot product into weights, inputs, and the bias or nothing."""
    n = len(operands) // 2
    return operands[:n], operands[n : 2 * n], operands[2 * n :]
