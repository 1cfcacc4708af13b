"""Lift a scalar graph: nodes that do the same with elements of the same arrays become one array.

Level by level, from the leaves up: of the nodes whose operands are all in arrays already, those
with one op and operands in the same arrays are a group, and a group is computed by one operation.
Dot products of all weight vectors with all input vectors are a matrix product, and their weights a
matrix. What stays alone is computed as a number, or as one number for each example.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import groupby
from math import prod

from autograd import ops
from autograd.compiler.array_names import ArrayNames
from autograd.compiler.differentiated import differentiated_nodes
from autograd.compiler.dots import Dots
from autograd.compiler.elements import CONSTANT
from autograd.compiler.program import Output, Program, View
from autograd.compiler.reducing import Reducing
from autograd.compiler.reductions import REDUCTIONS
from autograd.compiler.rounds import lift_loop
from autograd.compiler.scalars import LOOKUP, LOOP, RESULT, VECTOR, Graph
from autograd.compiler.symbols import Shape
from autograd.compiler.weight_arrays import WeightArrays


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


class Lifter(WeightArrays, Dots, Reducing, ArrayNames):
    """Give the elements of a graph their places in arrays, and find the operations on these."""

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
