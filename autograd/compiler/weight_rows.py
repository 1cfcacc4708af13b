"""Rows of weights that are used as a whole: a neuron's weights, as one leaf of the graph.

A network of a million weights has a few thousand neurons, and each multiplies its inputs by all of
its weights. Where nothing else looks at a weight, the graph needs a node for each row and not for
each of its numbers, which are told apart by their places in the row alone.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from itertools import chain
from string import digits
from typing import Any, TypeAlias

from autograd import ops
from autograd.value import Value

Row: TypeAlias = tuple[Value, ...]

# A dot product of so few terms is a formula of numbers.
FEW = 4


def rows_of_weights(
    nodes: Iterable[Value], roots: Collection[Value], is_parameter: Callable[[Value], bool]
) -> dict[Value, Row]:
    """Return the weights of the dot products that multiply by a whole row; O(edges).

    Each weight is in one place of one row and is used nowhere else. If one of them isn't, there are
    no rows: the numbers of a matrix are lifted together, in one way or the other.

    >>> w, x = [Value(1.0, label=f"w[{i}]") for i in range(5)], [Value(2.0) for _ in range(5)]
    >>> import autograd
    >>> y = autograd.dot(w, x)
    >>> rows_of_weights([y], [y], w.__contains__)[y] == (*w,)
    True
    >>> rows_of_weights([y, w[0] * 2], [y], w.__contains__)
    {}
    """
    nodes = [*nodes]
    found = _uses_of_rows(nodes, is_parameter)
    if not found:
        return {}
    others = [tuple(roots)]
    for node in nodes:
        row = found.get(node)
        others.append(node.parents if row is None else node._first[len(row) :])  # the bias
    return found if _is_in_one_place([*{*found.values()}], others) else {}


def _is_in_one_place(rows: Sequence[Row], others: Sequence[Row]) -> bool:
    """Say whether each element of the rows is in one of them, once, and in none of the others."""
    import numpy as np  # graphs are drawn without it

    def ids_of(tuples: Sequence[Row]) -> Any:  # sorted: a set of a million takes more memory
        count = sum(map(len, tuples))
        ids = np.fromiter(map(id, chain.from_iterable(tuples)), np.int64, count)
        ids.sort()
        return ids

    elements, outside = ids_of(rows), ids_of(others)
    if (elements[1:] == elements[:-1]).any():
        return False
    places = np.minimum(np.searchsorted(elements, outside), len(elements) - 1)
    return not (elements[places] == outside).any()


def _uses_of_rows(
    nodes: Iterable[Value], is_parameter: Callable[[Value], bool]
) -> dict[Value, Row]:
    """Return the dot products of alike parameters with what is none."""
    found: dict[Value, Row] = {}
    are_weights: dict[Row, bool] = {}
    are_inputs: dict[int, bool] = {}  # tuples that nodes share, by id
    for node in nodes:
        first, inputs = node._first, node._second
        if node.primitive is not ops.dot or inputs.__class__ is not tuple or len(inputs) <= FEW:
            continue
        if id(inputs) not in are_inputs:
            are_inputs[id(inputs)] = not any(map(is_parameter, inputs))
        weights = first[: len(inputs)]
        if weights not in are_weights:
            are_weights[weights] = all(map(is_parameter, weights)) and _are_alike(weights)
        if are_inputs[id(inputs)] and are_weights[weights]:
            found[node] = weights
    return found


def _are_alike(weights: Row) -> bool:
    return len({*without_digits([weight.label for weight in weights])}) == 1


def without_digits(labels: Sequence[str]) -> list[str]:
    """Return labels without their digits, all at once, as there are many."""
    return "\n".join(labels).translate(_WITHOUT_DIGITS).split("\n")


_WITHOUT_DIGITS = str.maketrans("", "", digits)
