"""Parameters as arrays: the rows of matrices first, then those with labels like w[2]."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence

from autograd import ops
from autograd.compiler.array_labels import family
from autograd.compiler.dots import dot_parts
from autograd.compiler.elements import UNPLACED, Elements
from autograd.compiler.names import stem_of
from autograd.compiler.weight_rows import FEW, without_digits


class WeightArrays(Elements):
    """Give parameters their places, before anything is computed from them."""

    def _place_weights(self) -> None:
        graph, kinds = self.graph, self.graph.kinds
        # For each vector of weights its first use; all neurons of a recurrent layer share that.
        found: dict[tuple[int, ...], tuple[int, tuple[int, ...], int, tuple[int, ...]]] = {}
        elements: dict[int, tuple[int, ...]] = {}  # of vectors: one tuple for all users
        for node, op in enumerate(graph.ops):
            if op is not ops.dot:
                continue
            weights, inputs, bias = dot_parts(self._equal(graph.operands[node]))
            if is_row := weights[0] in graph.rows:
                [vector] = inputs
                if vector not in elements:
                    elements[vector] = self._equal(graph.operands[vector])
                inputs = elements[vector]
            elif all(kinds[x] == "parameter" for x in inputs):
                weights, inputs = inputs, weights
            use = self.level[node], inputs, node, bias
            if weights in found and found[weights] < use:
                continue
            if {*map(kinds.__getitem__, weights)} != {"parameter"}:
                continue
            if is_row or any(kinds[x] != "parameter" for x in inputs):
                found[weights] = use
        layers: dict[tuple[object, str, bool], dict[tuple[int, ...], tuple[int, ...]]] = {}
        users: dict[int, int] = {}
        for weights, (level, inputs, node, bias) in sorted(
            found.items(), key=lambda item: item[1][2]
        ):
            names = Counter(without_digits([graph.labels[w] for w in weights]))
            if len(names) == len(weights) > 1:
                continue  # numbers with names of their own, and no row of a matrix
            users[weights[0]] = node
            [(name, _)] = names.most_common(1)
            is_row = weights[0] in graph.rows  # and not numbers one by one
            layers.setdefault(((level, inputs), name, is_row), {})[weights] = bias
        n_names = Counter(layer for layer, *_ in layers)
        for (layer, *_), rows in layers.items():
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

    def _equal(self, nodes: Iterable[int]) -> tuple[int, ...]:
        """Return for each node the first that computes the same."""
        return tuple(map(self.equal.__getitem__, nodes))

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
