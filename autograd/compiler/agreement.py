"""Whether a program computes what the eager engine computes, to rounding.

A rounding error of a sum is relative to what was added, not to the sum. So a number may differ by
``k · ε · Σ|contributions|``: for the gradient of a leaf the products of local derivatives over all
paths, for the value each node's number times how much the loss depends on it. A local derivative
such as 1 - y² of tanh is exact to the last bits of 1, not of itself: hence ``_OF_A_DERIVATIVE``.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple, TypeAlias

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

# So many numbers are compared at a time: what is computed on the way takes ten times their memory.
_AT_ONCE = 2**16


Key: TypeAlias = tuple[int, int]  # the id of a tuple of operands, and how many of them are meant


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
    loss: Value | None,
    leaves: Sequence[Value],
    outputs: Sequence[Value] = (),
    parameters: Places | None = None,
) -> Numbers:
    """Return the value and the gradient of a recorded loss, and outputs; it leaves all as it is.

    The gradient is that of the parameters, which several examples may share, and of the leaves. No
    leaf comes twice.
    """
    with np.errstate(all="ignore"):
        flow = _Flow()
        if loss is not None:
            flow.from_loss(loss)
        scales = _scales(computed_nodes(*outputs))
        groups = [group for group in (parameters, Places(leaves)) if group is not None and group]
        slopes, sizes = flow.at(groups)
    large = [flow.largest, *scales.values()]
    return Numbers(
        math.nan if loss is None else loss._data,
        flow.scale,
        _joined(slopes),
        _joined(sizes),
        max([number for number in large if number == number]),
        [output._data for output in outputs],
        [scales.get(output, 0.0) for output in outputs],
    )


class Places:
    """Where leaves are in a list: found by their ids, many at once, as there may be a million."""

    def __init__(self, leaves: Sequence[Value]) -> None:
        self.leaves = leaves
        ids = _ids(leaves)
        self._order = np.argsort(ids, kind="stable")
        self._known = ids[self._order]

    def __len__(self) -> int:
        return len(self.leaves)

    def of(self, values: Sequence[Value]) -> Any:
        """Return the place of each Value, or -1 where it is none of the leaves."""
        ids = _ids(values)
        found = np.minimum(np.searchsorted(self._known, ids), len(self) - 1)
        return np.where(self._known[found] == ids, self._order[found], -1)

    def of_all(self, values: Sequence[Value]) -> Any:
        """Return the same, as a slice if they follow one another as the leaves do."""
        [first] = self.of(values[:1])
        run = slice(first, first + len(values))
        if first >= 0 and [*values] == self.leaves[run]:
            return run
        return self.of(values)


def _joined(parts: Sequence[Any]) -> Any:
    """Return arrays as one, without a copy if there is only one."""
    return parts[0] if len(parts) == 1 else np.concatenate([np.zeros(0), *parts])


def _ids(values: Sequence[Value]) -> Any:
    return np.fromiter(map(id, values), np.int64, len(values))


class _Many:
    """What flows to many operands of a node, and of all others that share their tuple."""

    __slots__ = ("_flows", "_sizes", "_slopes", "key", "operands")

    def __init__(self, key: Key, operands: tuple[Value, ...]) -> None:
        self.key, self.operands = key, operands
        self._slopes: Any = 0.0
        self._sizes: Any = 0.0
        self._flows: list[tuple[float, float, Any]] = []

    def add(self, slope: float, size: float, locals_: Any) -> None:
        """Add what flows from a node with these local derivatives."""
        self._slopes = self._slopes + slope * locals_
        self._sizes = self._sizes + _sizes_of(size, locals_)

    def add_shared(self, slope: float, size: float, locals_: Any) -> None:
        """Add the same of an array that others have too: what flows is made when it is asked for.

        All at once it would be two more numbers for each weight.
        """
        self._flows.append((slope, size, locals_))

    def totals(self) -> tuple[Any, Any]:
        """Return the slopes and sizes."""
        slopes, sizes = self._slopes, self._sizes
        for slope, size, locals_ in self._flows:
            slopes, sizes = slopes + slope * locals_, sizes + _sizes_of(size, locals_)
        return slopes, sizes


def _sizes_of(size: float, locals_: Any) -> Any:
    return size * (np.abs(locals_) + _OF_A_DERIVATIVE)


class _Flow:
    """How much a loss depends on each Value, and the sum of the sizes of what is added up there."""

    def __init__(self) -> None:
        self.slopes: dict[Value, float] = {}
        self.sizes: dict[Value, float] = {}
        self.scale = 0.0  # of the loss
        self.largest = 0.0  # of the numbers in nodes
        self.many: dict[Key, _Many] = {}  # by the tuple
        self._of_node: dict[Value, list[_Many]] = {}  # of which it is an operand
        self._arrays: dict[int, Any] = {}  # of the tuples of numbers that nodes share, by id

    def from_loss(self, loss: Value) -> None:
        """Go through all nodes that lead to a loss, each before its operands."""
        self.slopes[loss] = self.sizes[loss] = 1.0
        for node in reversed(computed_nodes(loss)):
            # All users of a tuple come before the first of its nodes.
            for many in self._of_node.pop(node, ()):
                if self.many.pop(many.key, None) is not None:
                    slopes, sizes = many.totals()
                    self._add(many.operands, slopes.tolist(), sizes.tolist())
            if node not in self.slopes:  # it is reached through a detached node alone
                continue
            slope, size = self.slopes[node], self.sizes[node]
            self.scale += size * abs(node._data)
            if abs(node._data) > self.largest:
                self.largest = abs(node._data)
            if node.primitive is DETACH:  # no gradient goes further, not even an infinite one
                continue
            for key, operands, locals_ in _edges(node):
                if len(operands) < _MANY:
                    slopes = [slope * local for local in locals_]
                    sizes = [size * (abs(local) + _OF_A_DERIVATIVE) for local in locals_]
                    self._add(operands, slopes, sizes)
                elif locals_.__class__ is tuple:
                    self._many(key, operands).add_shared(slope, size, self._array(locals_))
                else:
                    self._many(key, operands).add(slope, size, np.array(locals_))

    def _array(self, numbers: tuple[float, ...]) -> Any:
        if id(numbers) not in self._arrays:
            self._arrays[id(numbers)] = numbers, np.array(numbers)  # so that the id stays theirs
        return self._arrays[id(numbers)][1]

    def _add(
        self, operands: Sequence[Value], slopes: Sequence[float], sizes: Sequence[float]
    ) -> None:
        for operand, slope, size in zip(operands, slopes, sizes, strict=True):
            self.slopes[operand] = self.slopes.get(operand, 0.0) + slope
            self.sizes[operand] = self.sizes.get(operand, 0.0) + size

    def _many(self, key: Key, operands: tuple[Value, ...]) -> _Many:
        found = self.many.get(key)
        if found is None:
            found = self.many[key] = _Many(key, operands)
            for operand in [each for each in operands if each._first is not None]:
                self._of_node.setdefault(operand, []).append(found)
        return found

    def at(self, groups: Sequence[Places]) -> tuple[list[Any], list[Any]]:
        """Return the slopes and the sizes of groups of leaves, in their order."""
        slopes, sizes = [[np.zeros(len(group)) for group in groups] for _ in range(2)]
        for operands, more_slopes, more_sizes in self._flowing():
            self.largest = max(self.largest, float(np.fmax.reduce(more_sizes)))
            for i, group in enumerate(groups):
                places = group.of_all(operands)
                if isinstance(places, slice):
                    slopes[i][places] += more_slopes
                    sizes[i][places] += more_sizes
                else:
                    known = places >= 0
                    np.add.at(slopes[i], places[known], more_slopes[known])
                    np.add.at(sizes[i], places[known], more_sizes[known])
        return slopes, sizes

    def _flowing(self) -> Iterator[tuple[Sequence[Value], Any, Any]]:
        """Yield Values with the slopes and sizes that have come to them."""
        for many in self.many.values():
            yield many.operands, *many.totals()
        if self.slopes:
            slopes, sizes = self.slopes.values(), self.sizes.values()
            yield [*self.slopes], np.array([*slopes]), np.array([*sizes])


def _edges(node: Value) -> Iterator[tuple[Key, tuple[Value, ...], Sequence[float]]]:
    """Yield operands with the local derivatives, and what is the same where nodes share a tuple."""
    first, second = node._first, node._second
    if second.__class__ is not tuple:
        parents = node.parents
        yield (id(first), len(parents)), parents, node.local_derivatives
        return
    n = len(second)
    yield (id(first), n), first[:n], node._first_local[:n]
    yield (id(second), n), second, node._second_local[:n]
    if bias := first[n:]:
        yield (id(first), 1), bias, (1.0,)


def _scales(order: Sequence[Value]) -> dict[Value, float]:
    """Return what the scale of the value is for each of these nodes, were it the loss."""
    scales: dict[Value, float] = {}
    computed: dict[Key, list[int]] = {}  # of a tuple, the places of what is no leaf
    for node in order:
        scale = abs(node._data)
        for key, operands, locals_ in _edges(node):
            places = computed.get(key)
            if places is None:
                places = [i for i, each in enumerate(operands) if each._first is not None]
                if len(operands) >= _MANY:  # which the nodes hold, so that the id stays theirs
                    computed[key] = places
            for i in places:
                factor = 1.0 if node.primitive is DETACH else abs(locals_[i]) + _OF_A_DERIVATIVE
                scale += scales[operands[i]] * factor
        scales[node] = scale
    return scales


class OfBatch:
    """What a program of a batch should give, from what its examples give, one after the other.

    Value and gradient are those of the mean; the gradients of inputs and the outputs have a row
    for each example, array by array.

    Args:
        returns: what the program returns.
        sizes: of one example of each input that has a gradient, and then of each output.
    """

    def __init__(self, returns: Returns, sizes: Sequence[int]) -> None:
        self._frozen, n = [*returns.frozen], len(returns.inputs)
        self._of_inputs, self._of_outputs = sizes[:n], sizes[n:]
        self._rows: list[Numbers] = []  # without what is of parameters
        self._gradient: Any = 0.0
        self._scales: Any = 0.0

    def __len__(self) -> int:
        return len(self._rows)

    def add(self, found: Numbers) -> None:
        """Add an example, with the gradients of the inputs behind those of parameters."""
        n = len(found.gradient) - sum(self._of_inputs)
        with np.errstate(all="ignore"):
            self._gradient = self._gradient + found.gradient[:n]
            self._scales = self._scales + found.scales[:n]
        # Copies, so that the rest may go: two numbers for each weight.
        of_inputs, scales = found.gradient[n:].copy(), found.scales[n:].copy()
        self._rows.append(found._replace(gradient=of_inputs, scales=scales))

    def numbers(self) -> Numbers:
        """Return what the program should give for the examples that were added."""
        rows, n = self._rows, len(self._rows)
        with np.errstate(all="ignore"):
            gradient, scales = self._gradient / n, self._scales / n
        gradient[self._frozen] = 0.0
        if self._of_inputs:
            slopes = _by_array([each.gradient.tolist() for each in rows], self._of_inputs)
            of_inputs = _by_array([each.scales.tolist() for each in rows], self._of_inputs)
            gradient = np.concatenate([gradient, slopes])
            scales = np.concatenate([scales, of_inputs])
        return Numbers(
            sum([each.value for each in rows]) / n,
            sum([each.scale for each in rows]) / n,
            gradient,
            scales,
            max([each.largest for each in rows]),
            _by_array([each.outputs for each in rows], self._of_outputs),
            _by_array([each.output_scales for each in rows], self._of_outputs),
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
    wrong = _first_that_differs(gradient, expected.gradient, expected.scales, dtype)
    if wrong is not None:
        return wrong, float(gradient[wrong]), float(expected.gradient[wrong])
    right, scales = np.array(expected.outputs), np.array(expected.output_scales)
    wrong = _first_that_differs(np.asarray(outputs), right, scales, dtype)
    if wrong is not None:
        return len(gradient) + wrong, float(outputs[wrong]), float(right[wrong])
    return None


def _first_that_differs(found: Any, expected: Any, scales: Any, dtype: str) -> int | None:
    """Return the place of the first number that isn't the expected one."""
    for start in range(0, len(found), _AT_ONCE):
        part = slice(start, start + _AT_ONCE)
        wrong = np.flatnonzero(~_agree(found[part], expected[part], scales[part], dtype))
        if len(wrong):
            return start + int(wrong[0])
    return None
