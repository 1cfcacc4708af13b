"""Vectors and matrices made of the nodes of a graph, by their labels and in the notes' names."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Any, TypeAlias

from autograd import ops
from autograd.errors import LabelError
from autograd.graph import computed_nodes
from autograd.labels import Labels, loose_form
from autograd.reading.arrays import VECTOR_FUNCTIONS, Array, array
from autograd.reading.tree import Derivative, Name
from autograd.replaying import derivative_at, gradients_at, local_derivative_at
from autograd.value import Value

Entry: TypeAlias = "Value | float"
Rows: TypeAlias = "tuple[tuple[Entry, ...], ...]"

_LAYER = re.compile(r"(.*?)(\d+)")
# What the lecture notes call the gradients of a and h.
_GRADIENTS = {"epsilon": "a", "delta": "h"}  # ε and δ, in any spelling
_TARGETS = ("y", "e_l", "onehot", "one_hot")


class LabelArrays:
    """The arrays that names mean: labels with indices, such as ``w212`` or ``W2[0,1]``, together.

    ``a2`` is the column of ``a21``, ``a22``, … and ``W2`` the matrix of ``w211``, ``w212``, …; in
    the notes' names ``z1`` is the input, ``z2`` is ``h1``, ``ε2`` the gradient of ``a2`` and ``δ1``
    that of ``h1``, ``ŷ`` the output of the last layer and ``y`` the target.

    Args:
        labels: the nodes and variables by name.
        numbers: what nodes have in place of their own numbers.
    """

    def __init__(self, labels: Labels, numbers: Mapping[Value, float] = {}) -> None:
        self.labels = labels
        self.numbers = numbers

    # What the parser asks.

    @cached_property
    def functions(self) -> Mapping[str, Callable[..., float]]:
        return {**self.labels.functions, **dict.fromkeys(VECTOR_FUNCTIONS, _of_vectors)}

    def knows(self, name: str) -> bool:
        return self.labels.knows(name) or self._rows(name) is not None

    def number(self, name: str) -> float:
        """Return a number if the name means anything, for the parser, which looks no closer."""
        self.array(name)
        return 0.0

    def is_loss(self, name: str) -> bool:
        return self.labels.is_loss(name)

    # What the evaluation asks.

    def array(self, name: str) -> Array | float:
        """Return the array, or the number, of a name.

        Raises:
            LabelError: if there is none, or it is not known which.
        """
        if self.labels.knows(name):
            return self._number(self.labels.meant(name))
        gradient = gradient_named(name)
        rows = self._rows(name)
        if rows is None and gradient is not None:
            return self.derivatives("", gradient, True)
        return self._numbers(self.rows(name))

    def derivatives(self, of: str, by: str, is_partial: bool) -> Array | float:
        """Return ∂of/∂by: of the loss in the shape of what it is by, else with a row per entry.

        Raises:
            LabelError: if one of them is no node and no vector of nodes.
        """
        below = self.nodes(by)
        if self.is_loss(of):
            gradients = array([self._gradients.get(node, 0.0) for node in row] for row in below)
            return gradients if self.is_array(by) else gradients.rows[0][0]
        above = self.nodes(of)
        if len(above[0]) > 1 or len(below[0]) > 1:
            raise LabelError(f"∂{of}/∂{by} has more than two indices: one of them is a matrix")
        rows = array([self._derivative(a, b, is_partial) for (b,) in below] for (a,) in above)
        return rows if self.is_array(of) or self.is_array(by) else rows.rows[0][0]

    # Nodes.

    def nodes(self, name: str) -> tuple[tuple[Value, ...], ...]:
        """Return the nodes of an array, or of a label, in rows.

        Raises:
            LabelError: if they are not all nodes, or none is called so.
        """
        rows: Any = self.rows(name) if self.is_array(name) else ((self.labels.node(name),),)
        if not all(isinstance(entry, Value) for row in rows for entry in row):
            raise LabelError(f"{name} is not made of nodes that there are derivatives by")
        return tuple(rows)

    def rows(self, name: str) -> Rows:
        """Return what an array is made of.

        Raises:
            LabelError: if nothing is called so.
        """
        rows = self._rows(name)
        if rows is None:
            self.labels.find(name)  # says what there is
            raise LabelError(f"{name} is a number, and no vector or matrix")
        return rows

    def is_array(self, name: str) -> bool:
        """Return whether it is a vector or a matrix that is called so, and no single node."""
        known = self.labels.knows(name) or self.is_loss(name)
        return not known and (self._rows(name) is not None or gradient_named(name) is not None)

    def _rows(self, name: str) -> Rows | None:
        """Return what a name means, or one of the notes' names for it."""
        for called in dict.fromkeys((name, name[:1].lower() + name[1:])):
            found = _nested(self.labels.variable(called)) or self._labelled(called)
            if found:
                return found
        if name in _TARGETS:
            return self._targets()
        letter, layer = letter_and_layer(name)
        if letter == "z" and layer > 0:
            return self._rows(f"h{layer - 1}")
        if letter == "h" and layer == 0:
            return self._rows("x")
        if letter == "h" and self._labelled(f"a{layer}") and not self._labelled(f"a{layer + 1}"):
            return self._rows("ŷ")
        return self._outputs() if name == "ŷ" else None

    def _labelled(self, name: str) -> Rows | None:
        """Return the nodes whose labels are the name and one or two indices, if none is missing."""
        indexed = self.labels.indexed.get(loose_form(name), {})
        places = {(*place, 0)[:2]: node for place, node in indexed.items()}  # a vector is a column
        rows, columns = (sorted({place[axis] for place in places}) for axis in (0, 1))
        is_mixed = len({len(place) for place in indexed}) > 1
        if (
            is_mixed
            or len(places) < len(rows) * len(columns)
            or not _begin_and_go_on(rows, columns)
        ):
            return None
        return tuple(tuple(places[row, column] for column in columns) for row in rows) or None

    def means(self, name: str, nodes: Rows) -> bool:
        """Return whether a name means just these nodes."""
        try:
            return self.nodes(name) == nodes
        except LabelError:
            return False

    def is_gradient(self, term: Name | Derivative, nodes: Rows) -> bool:
        """Return whether a term is the gradient of just these nodes, as ``∂L/∂a2`` and ``ε2``."""
        if isinstance(term, Derivative):
            return self.is_loss(term.of) and self.means(term.by, nodes)
        by = None if self.knows(term.name) else gradient_named(term.name)
        return by is not None and self.means(by, nodes)

    @cached_property
    def names(self) -> list[str]:
        """The names of the arrays that there are by their labels, without the rows of matrices."""
        found = {stem: rows for stem in self.labels.indexed if (rows := self._labelled(stem))}
        return [
            _stem(rows[0][0], len(rows[0]))
            for stem, rows in found.items()
            if not any(
                stem != other and stem.startswith(other) and len(found[other]) > 1
                for other in found
            )
        ]

    # What the loss knows.

    def _targets(self) -> Rows | None:
        """Return y of the only loss in the graph that compares a vector with one."""
        found: list[Rows] = []
        for node in self._computed:
            op = node.primitive
            if op is None:
                continue
            if op.record in (ops.squared_error, ops.cross_entropy_of_distribution):
                _, targets = ops.halves(node.parents)
                found.append(tuple((target,) for target in targets))
            elif op.record is ops.cross_entropy:
                right = int(op.parameters[0])
                found.append(tuple((float(i == right),) for i in range(len(node.parents))))
        return found[0] if len(found) == 1 else None

    def _outputs(self) -> Rows | None:
        """Return ŷ where no node is called so: what the only loss compares, or its softmax."""
        found: list[Rows] = []
        for node in self._computed:
            record = ops.record_of(node.primitive)
            if record is ops.squared_error:
                found.append(tuple((output,) for output in ops.halves(node.parents)[0]))
            elif record in (ops.cross_entropy, ops.cross_entropy_of_distribution):
                is_of_two = record is ops.cross_entropy_of_distribution
                logits = ops.halves(node.parents)[0] if is_of_two else node.parents
                numbers = ops.softmax([self._number(logit) for logit in logits])
                found.append(tuple((p,) for p in numbers))
        return found[0] if len(found) == 1 else None

    @cached_property
    def _computed(self) -> Sequence[Value]:
        return [] if self.labels.loss is None else computed_nodes(self.labels.loss)

    # Numbers.

    @cached_property
    def _gradients(self) -> dict[Value, float]:
        if self.labels.loss is None:
            raise LabelError("there is no loss here that would have derivatives")
        return gradients_at(self.labels.loss, self.numbers)

    def _derivative(self, of: Value, by: Value, is_partial: bool) -> float:
        local = local_derivative_at(of, by, self.numbers) if is_partial else None
        return derivative_at(of, by, self.numbers) if local is None else local

    def _number(self, entry: Entry) -> float:
        return self.numbers.get(entry, entry.data) if isinstance(entry, Value) else entry

    def _numbers(self, rows: Rows) -> Array:
        return array(map(self._number, row) for row in rows)


def _of_vectors(vector: float) -> float:
    """Stand in the parser for a function whose value is a vector."""
    raise NotImplementedError


def _stem(node: Entry, columns: int) -> str:
    """Return what is before the indices in the label of the first entry of an array."""
    label = node.label if isinstance(node, Value) else ""
    return label.partition("[")[0] if "[" in label else label[: -1 - (columns > 1)].rstrip("_")


def _begin_and_go_on(*indices: Sequence[int]) -> bool:
    """Whether indices begin at 0 or 1 and none is missing."""
    return all(each and each[0] in (0, 1) and each[-1] - each[0] < len(each) for each in indices)


def letter_and_layer(name: str) -> tuple[str, int]:
    """Return the letters of a name and the number of its layer; -1 if it has none.

    >>> letter_and_layer("ε_2"), letter_and_layer("x")
    (('epsilon', 2), ('x', -1))
    """
    match = _LAYER.fullmatch(loose_form(name))
    return (match[1], int(match[2])) if match else (name, -1)


def gradient_named(name: str) -> str | None:
    """Return what ε2, δ1 and dW2 are the gradients of, in the notes' names; None of another name.

    >>> gradient_named("ε2"), gradient_named("dW2"), gradient_named("h1")
    ('a2', 'W2', None)
    """
    if name.startswith("d") and len(name) > 1 and not name.startswith("delta"):
        return name[1:]
    letter, layer = letter_and_layer(name)
    return f"{_GRADIENTS[letter]}{layer}" if letter in _GRADIENTS and layer >= 0 else None


def _nested(found: Any) -> Rows | None:
    """Return a variable as rows, a flat one as a column, if it is numbers and Values in lists."""
    nested = found.tolist() if hasattr(found, "tolist") else found
    if not isinstance(nested, (list, tuple)) or not nested:
        return None
    rows = [row if isinstance(row, (list, tuple)) else [row] for row in nested]
    is_flat = not any(isinstance(row, (list, tuple)) for row in nested)
    is_deep = all(isinstance(row, (list, tuple)) for row in nested)
    entries = [entry for row in rows for entry in row]
    is_whole = len({len(row) for row in rows}) == 1 and entries
    if not (is_flat or is_deep) or not is_whole or not all(map(_is_entry, entries)):
        return None
    return tuple(tuple(e if isinstance(e, Value) else float(e) for e in row) for row in rows)


def _is_entry(entry: object) -> bool:
    return isinstance(entry, (Value, float, int)) and not isinstance(entry, bool)
