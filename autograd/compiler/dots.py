"""Dot products: matrix products, rows of products, and lone ones."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from autograd import ops
from autograd.compiler.elementwise import Elementwise
from autograd.compiler.program import Operation
from autograd.compiler.weight_rows import FEW


class Dots(Elementwise):
    """Lift groups of dot products."""

    def _dot(self, nodes: list[int]) -> None:
        graph = self.graph
        parts = [dot_parts(self.operands[node]) for node in nodes]
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


def dot_parts(
    operands: tuple[int, ...],
) -> tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...]]:
    """Split the operands of a dot product into weights, inputs, and the bias or nothing."""
    n = len(operands) // 2
    return operands[:n], operands[n : 2 * n], operands[2 * n :]
