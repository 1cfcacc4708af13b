"""Whether a program computes what the eager engine computes, to rounding.

A rounding error of a sum is relative to what was added, not to the sum. So a number may differ by
``k · ε · Σ|contributions|``: for the gradient of a leaf the products of local derivatives over all
paths, for the value each node's number times how much the loss depends on it. A local derivative
such as 1 - y² of tanh is exact to the last bits of 1, not of itself: hence ``_OF_A_DERIVATIVE``.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Any, NamedTuple

import numpy as np

from autograd.compiler.recording import DETACH
from autograd.compiler.results import Returns
from autograd.graph import computed_nodes
from autograd.value import Value

# k · ε by the program's type, with all backends: about 1e-9, and 1e-3. They add in other orders,
# and an ill-conditioned program makes errors larger; a wrong program is wrong in its first digits.
TOLERANCE = {"float64": 2.0**22 * 2.0**-52, "float32": 2.0**13 * 2.0**-23}
_LARGE = {"float64": math.inf, "float32": 1e18}  # whose square the type can't hold
_OF_A_DERIVATIVE = 4e-3

# So many operands of a node are treated as arrays; for fewer that takes longer.
_MANY = 32


class Numbers(NamedTuple):
    """What the eager engine has for a loss, its gradient and other outputs, with their scales."""

    value: float  # nan where there is no loss
    scale: float
    gradient: Any
    scales: Any
    largest: float  # of the numbers on the way
    outputs: Sequence[float] = ()
    output_scales: Sequence[float] = ()


def numbers_of(
    loss: Value | None, leaves: Sequence[Value], outputs: Sequence[Value] = ()
) -> Numbers:
    """Return the value and the gradient of a recorded loss, and outputs; it leaves all as it is."""
    with np.errstate(all="ignore"):
        flow = _Flow()
        if loss is not None:
            flow.from_loss(loss)
        scales = _scales(computed_nodes(*outputs))
        gradient, sizes = flow.at(leaves)
    large = [flow.largest, *flow.sizes.values(), *scales.values()]
    large += [float(np.fmax.reduce(each.sizes)) for each in flow.many.values()]
    return Numbers(
        math.nan if loss is None else loss._data,
        flow.scale,
        gradient,
        sizes,
        max([number for number in large if number == number]),
        [output._data for output in outputs],
        [scales.get(output, 0.0) for output in outputs],
    )


class _Many:
    """What flows to many operands of a node, and of all others that share their tuple."""

    __slots__ = ("operands", "sizes", "slopes")

    def __init__(self, operands: tuple[Value, ...]) -> None:
        self.operands = operands
        self.slopes = np.zeros(len(operands))
        self.sizes = np.zeros(len(operands))


class _Flow:
    """How much a loss depends on each Value, and the sum of the sizes of what is added up there."""

    def __init__(self) -> None:
        self.slopes: dict[Value, float] = {}
        self.sizes: dict[Value, float] = {}
        self.scale = 0.0  # of the loss
        self.largest = 0.0  # of the numbers in nodes
        self.many: dict[int, _Many] = {}  # by the id of the tuple
        self._of_node: dict[Value, list[_Many]] = {}  # of which it is an operand

    def from_loss(self, loss: Value) -> None:
        """Go through all nodes that lead to a loss, each before its operands."""
        self.slopes[loss] = self.sizes[loss] = 1.0
        for node in reversed(computed_nodes(loss)):
            # All users of a tuple come before the first of its nodes.
            for many in self._of_node.pop(node, ()):
                if self.many.pop(id(many.operands), None) is not None:
                    self._add(many.operands, many.slopes.tolist(), many.sizes.tolist())
            if node not in self.slopes:  # it is reached through a detached node alone
                continue
            slope, size = self.slopes[node], self.sizes[node]
            self.scale += size * abs(node._data)
            if abs(node._data) > self.largest:
                self.largest = abs(node._data)
            if node.primitive is DETACH:  # no gradient goes further, not even an infinite one
                continue
            for operands, locals_ in _edges(node):
                if len(operands) < _MANY:
                    slopes = [slope * local for local in locals_]
                    sizes = [size * (abs(local) + _OF_A_DERIVATIVE) for local in locals_]
                    self._add(operands, slopes, sizes)
                else:
                    many = self._many(operands)
                    numbers = np.array(locals_)
                    many.slopes += slope * numbers
                    many.sizes += size * (np.abs(numbers) + _OF_A_DERIVATIVE)

    def _add(
        self, operands: Sequence[Value], slopes: Sequence[float], sizes: Sequence[float]
    ) -> None:
        for operand, slope, size in zip(operands, slopes, sizes, strict=True):
            self.slopes[operand] = self.slopes.get(operand, 0.0) + slope
            self.sizes[operand] = self.sizes.get(operand, 0.0) + size

    def _many(self, operands: tuple[Value, ...]) -> _Many:
        found = self.many.get(id(operands))
        if found is None:
            found = self.many[id(operands)] = _Many(operands)
            for operand in operands:
                if operand._first is not None:
                    self._of_node.setdefault(operand, []).append(found)
        return found

    def at(self, leaves: Sequence[Value]) -> tuple[Any, Any]:
        """Return the slopes and sizes of leaves, in their order; found by their ids, in arrays."""
        known, order = np.unique(_ids(leaves), return_inverse=True)
        found = [self.slopes, *[each.operands for each in self.many.values()]]
        ids = _ids([*chain.from_iterable(found)])
        places = np.minimum(np.searchsorted(known, ids), max(len(known) - 1, 0))
        is_known = known[places] == ids if len(known) else np.zeros(len(ids), bool)
        totals = []
        of_many = self.many.values()
        for numbers, arrays in (
            (self.slopes, [each.slopes for each in of_many]),
            (self.sizes, [each.sizes for each in of_many]),
        ):
            total = np.zeros(len(known))
            flowing = np.concatenate([np.array([*numbers.values()]), *arrays])
            np.add.at(total, places[is_known], flowing[is_known])
            totals.append(total[order])
        return totals[0], totals[1]


def _ids(values: Sequence[Value]) -> Any:
    return np.fromiter(map(id, values), np.int64, len(values))


def _edges(node: Value) -> Iterator[tuple[tuple[Value, ...], Sequence[float]]]:
    """Yield operands with the local derivatives; tuples that nodes share come as they are."""
    first, second = node._first, node._second
    if second.__class__ is not tuple:
        yield node.parents, node.local_derivatives
        return
    n = len(second)  # the rest of the first is the bias
    yield first, (*node._first_local[:n], *[1.0] * (len(first) - n))
    yield second, node._second_local[:n]


def _scales(order: Sequence[Value]) -> dict[Value, float]:
    """Return what the scale of the value is for each of these nodes, were it the loss."""
    scales: dict[Value, float] = {}
    computed: dict[int, list[int]] = {}  # of a tuple, by its id, the places of what is no leaf
    for node in order:
        scale = abs(node._data)
        for operands, locals_ in _edges(node):
            places = computed.get(id(operands))
            if places is None:
                places = [i for i, each in enumerate(operands) if each._first is not None]
                if len(operands) >= _MANY:  # which the nodes hold, so that the id stays theirs
                    computed[id(operands)] = places
            for i in places:
                factor = 1.0 if node.primitive is DETACH else abs(locals_[i]) + _OF_A_DERIVATIVE
                scale += scales[operands[i]] * factor
        scales[node] = scale
    return scales


def mean(found: Sequence[Numbers]) -> Numbers:
    """Return the mean of what some examples gave; of outputs it has none."""
    n = len(found)
    return Numbers(
        sum([each.value for each in found]) / n,
        sum([each.scale for each in found]) / n,
        np.mean([each.gradient for each in found], 0),
        np.mean([each.scales for each in found], 0),
        max(each.largest for each in found),
    )


def of_batch(found: Sequence[Numbers], returns: Returns, sizes: Sequence[int]) -> Numbers:
    """Return what a program of a batch should give, from what its examples gave.

    Value and gradient are those of the mean; the gradients of inputs and the outputs have a row
    for each example, array by array.

    Args:
        found: for each example, with the gradients of the inputs behind those of parameters.
        returns: what the program returns.
        sizes: of one example of each input that has a gradient, and then of each output.
    """
    with np.errstate(all="ignore"):
        of_mean, n_inputs = mean(found), sum(sizes[: len(returns.inputs)])
    n = len(of_mean.gradient) - n_inputs  # of parameters
    of_inputs, of_outputs = sizes[: len(returns.inputs)], sizes[len(returns.inputs) :]
    of_mean.gradient[[*returns.frozen]] = 0.0
    slopes = _by_array([each.gradient[n:].tolist() for each in found], of_inputs)
    scales = _by_array([each.scales[n:].tolist() for each in found], of_inputs)
    return of_mean._replace(
        gradient=np.concatenate([of_mean.gradient[:n], slopes]),
        scales=np.concatenate([of_mean.scales[:n], scales]),
        outputs=_by_array([each.outputs for each in found], of_outputs),
        output_scales=_by_array([each.output_scales for each in found], of_outputs),
    )


def _by_array(rows: Sequence[Sequence[float]], sizes: Sequence[int]) -> list[float]:
    """Return the numbers of the first array, one example after the other, then of the second …

    >>> _by_array([[1, 2, 3], [4, 5, 6]], [2, 1])
    [1, 2, 4, 5, 3, 6]
    """
    found: list[float] = []
    start = 0
    for size in sizes:
        for row in rows:
            found += row[start : start + size]
        start += size
    return found


def agrees(found: float, expected: float, scale: float, dtype: str = "float64") -> bool:
    """Say whether a number is the expected one to rounding; nan and inf are equal to themselves.

    >>> agrees(1.0 + 1e-12, 1.0, 1.0), agrees(1.1, 1.0, 1.0), agrees(float("nan"), 1.0, 1.0)
    (True, False, False)
    """
    return bool(_agree(np.float64(found), np.float64(expected), np.float64(scale), dtype))


def _agree(found: Any, expected: Any, scale: Any, dtype: str) -> Any:
    """Say the same of each element of arrays."""
    with np.errstate(all="ignore"):
        # An infinite scale, or none at all, says nothing about a finite number.
        size = np.maximum(np.abs(expected), np.where(np.isfinite(scale), scale, 0.0))
        is_near = np.abs(found - expected) <= TOLERANCE[dtype] * size + 1e-300
    is_same = (found == expected) | (np.isnan(found) & np.isnan(expected))
    return np.where(np.isfinite(found) & np.isfinite(expected), is_near, is_same)


def disagreement(
    value: float,
    gradient: Any,
    expected: Numbers,
    dtype: str = "float64",
    outputs: Any = (),
) -> tuple[int | None, float, float] | None:
    """Return the first number that differs: which, and both numbers.

    Which is None for the value, else counts through the gradient and then through the outputs.
    """
    if expected.largest > _LARGE[dtype]:
        return None  # where the type overflows, eager, in float64, may not
    if not agrees(value, expected.value, expected.scale, dtype):
        return None, value, expected.value
    found = np.concatenate([gradient, outputs])
    right = np.concatenate([expected.gradient, expected.outputs])
    scales = np.concatenate([expected.scales, expected.output_scales])
    wrong = np.flatnonzero(~_agree(found, right, scales, dtype))
    if not len(wrong):
        return None
    first = int(wrong[0])
    return first, float(found[first]), float(right[first])
