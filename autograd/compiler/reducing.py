"""Reductions of the rows of an array to a number each, softmax, and lookups in a table."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from autograd import ops
from autograd.compiler.elements import UNPLACED
from autograd.compiler.elementwise import Elementwise
from autograd.compiler.program import Operation, View
from autograd.compiler.weight_rows import FEW
from autograd.ops import Primitive


class Reducing(Elementwise):
    """Lift groups of reductions and of lookups."""

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
