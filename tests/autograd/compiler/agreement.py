"""Whether a compiled loss has the value and the gradient that the recorded graph has."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from autograd import Value, topological_order
from autograd.compiler.compiling import compile
from autograd.compiler.step import CompiledLoss


def magnitudes(loss: Value) -> dict[Value, float]:
    """For each node the sum of |product of local derivatives| over all paths from the loss.

    Rounding errors of a sum are relative to this, not to the sum itself. And a local derivative
    such as 1 - y² of tanh is exact to some last bits of 1, not of itself: hence the small number.
    """
    order = topological_order(loss)
    found = dict.fromkeys(order, 0.0)
    found[loss] = 1.0
    for node in reversed(order):
        for parent, local in zip(node.parents, node.local_derivatives, strict=True):
            found[parent] += found[node] * (abs(local) + 4e-3)
    return found


def close(found: float, expected: float, magnitude: float) -> bool:
    if math.isnan(expected) or math.isnan(found):
        return math.isnan(expected) and math.isnan(found)
    if math.isinf(expected) or math.isinf(found):
        return found == expected
    return abs(found - expected) <= 1e-12 * max(abs(expected), magnitude) + 1e-300


def assert_agrees(
    step: CompiledLoss, value: float, gradient: Any, loss: Value, scale: float = 0.0
) -> None:
    """Assert that the value and the gradient are those of the graph of a loss."""
    leaves = step.leaves
    for leaf in leaves:
        leaf.grad = 0.0
    loss.backward()
    sizes = magnitudes(loss)
    assert close(value, loss.data, scale), f"{value} but {loss.data}\n{step.source}"
    reached = [leaf for leaf in topological_order(loss) if leaf in set(leaves)]
    assert len(reached) == len(leaves)
    for leaf, number in zip(leaves, gradient.flat.tolist(), strict=True):
        assert close(number, leaf.grad, sizes[leaf]), (
            f"gradient of {leaf!r}: {number} but {leaf.grad}\n{step.source}"
        )


def compiled(loss: Any, batch: Sequence[str] = (), *arrays: Any) -> tuple[CompiledLoss, float, Any]:
    step = compile(loss, batch=batch)
    value, gradient = step(*arrays)
    return step, value, gradient
