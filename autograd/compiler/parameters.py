"""The parameters of a step: as arrays that its programs share, and the Values that they are."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from operator import attrgetter
from typing import Any, NamedTuple

import numpy as np

from autograd.compiler.arrays import Arrays, layout
from autograd.compiler.errors import CompileError
from autograd.compiler.program import Program
from autograd.compiler.scalars import Graph
from autograd.value import Value


class Parameters(NamedTuple):
    """The parameters of a step: as arrays, and the Values that they are."""

    arrays: Arrays
    leaves: list[Value]

    def leaves_of(self, names: Iterable[str]) -> list[Value]:
        """Return the Values of some of the parameters."""
        places = [self.arrays._layout[name] for name in names]
        return [leaf for place in places for leaf in self.leaves[place.start : place.stop]]


def numbers_in(leaves: Sequence[Value]) -> Any:
    """Return the numbers in leaves as an array."""
    return np.fromiter(map(attrgetter("_data"), leaves), float, len(leaves))


def is_laid_out(lifted: Program, leaves: Sequence[Value | None], parameters: Parameters) -> bool:
    """Say whether a program has the parameters as they are laid out."""
    shapes = {array.name: array.shape for array in lifted.parameters}
    return leaves == parameters.leaves and layout(shapes) == parameters.arrays._layout


def known_parameters(
    graph: Graph, parameters: Parameters
) -> list[tuple[str, tuple[int, ...], list[int]]]:
    """Return the parameters as they are laid out: name, shape, and nodes or -1 for none.

    Raises:
        CompileError: if the graph has others.
    """
    nodes = {
        value: node
        for node, value in enumerate(graph.values)
        if value is not None and graph.kinds[node] == "parameter"
    }
    others = [value.name for value in nodes.keys() - set(parameters.leaves)]
    if others:
        named = ", ".join(sorted(others)[:3]) + (", …" if len(others) > 3 else "")
        many = f"{len(others)} parameter{'s' if len(others) > 1 else ''}"
        raise CompileError(
            f"with arguments of these shapes the loss reaches {many} that it "
            f"did not reach at the first call ({named}), for which step.parameters has no "
            "place: make the first call of a step with shapes that reach all"
        )
    return [
        (name, shape, [nodes.get(leaf, -1) for leaf in parameters.leaves[start:stop]])
        for name, (start, stop, shape) in parameters.arrays._layout.items()
    ]
