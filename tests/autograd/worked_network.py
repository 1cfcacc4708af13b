"""The worked example of the lecture notes: x → sigmoid → softmax → squared error."""

from __future__ import annotations

import autograd
from autograd import Value

FIRST = [[0.1, 0.3, 0.8, -0.4], [-0.3, -0.2, 0.5, 0.5], [-0.3, 0, 0.5, 0.4], [0.2, 0.5, -0.9, 0.7]]
SECOND = [[0.5, 0.8, 0.2, 0.4], [0.5, 0.2, 0.3, -0.5]]


def _matrix(name: str, rows: list[list[float]]) -> list[list[Value]]:
    return [
        [Value(number, label=f"{name}{i}{j}") for j, number in enumerate(row, 1)]
        for i, row in enumerate(rows, 1)
    ]


def _labelled(name: str, nodes: list[Value]) -> list[Value]:
    for i, node in enumerate(nodes, 1):
        node.label = f"{name}{i}"
    return nodes


class WorkedNetwork:
    """The network with the notes' numbers and names; the loss is one node."""

    def __init__(self) -> None:
        self.x = [Value(number, label=f"x{i}") for i, number in enumerate([2, 5, 3, 3], 1)]
        self.w1, self.w2 = _matrix("w1", FIRST), _matrix("w2", SECOND)
        self.a1 = _labelled("a1", [autograd.dot(row, self.x) for row in self.w1])
        self.h1 = _labelled("h1", [autograd.sigmoid(a) for a in self.a1])
        self.a2 = _labelled("a2", [autograd.dot(row, self.h1) for row in self.w2])
        self.outputs = _labelled("ŷ", autograd.softmax(self.a2))
        self.loss = autograd.squared_error(self.outputs, [1, 0])
        self.loss.label = "L"
        self.w212, self.w131 = self.w2[0][1], self.w1[2][0]
