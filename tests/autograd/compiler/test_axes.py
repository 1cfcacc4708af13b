"""No axis is taken for the batch, nor the batch for another axis, whatever their lengths are."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autograd
from autograd import Value
from autograd.compiler.compiling import compile
from tests.autograd.compiler.agreement import assert_agrees

BATCHES = [1, 2, 3, 4, 5, 6]  # each of them is the length of an axis of some program below
FACTORS = [0.5, -2.0, 1.5, 0.7, 3.0]

Loss = Callable[[list[Value]], Value]


def parameters(n: int) -> list[Value]:
    return [Value(0.8 - 0.3 * i, label=f"w[{i}]") for i in range(n)]


def agrees(loss: Loss, rows: Any) -> None:
    """The program by itself, without the step's own proof, has the numbers of the eager engine."""
    step = compile(loss, batch="x", check=False)
    value, gradient = step(rows)
    eager = autograd.mean([loss(list(map(Value, row))) for row in rows.tolist()])
    assert_agrees(step, value, gradient, eager, scale=100.0)


def numbers(batch: int, n: int) -> Any:
    return np.random.default_rng(batch).normal(size=(batch, n))


REDUCTIONS: dict[str, Callable[[list[Any]], Any]] = {
    "norm": autograd.norm,
    "hypot": lambda v: autograd.hypot(*v),
    "sum": autograd.sum,
    "mean": autograd.mean,
    "prod": autograd.prod,
    "max": autograd.max,
    "min": autograd.min,
    "logsumexp": autograd.logsumexp,
    "softmax": lambda v: autograd.softmax(v)[1],
    "log_softmax": lambda v: autograd.log_softmax(v)[0],
    "cross_entropy": lambda v: autograd.cross_entropy(v, 1),
    "of a distribution": lambda v: autograd.cross_entropy(v, [0.25] * 3 + [0.25] * (len(v) - 3)),
    "squared_error": lambda v: autograd.squared_error(v, v[::-1]),
    "dot": lambda v: autograd.dot(v, v[::-1]),
}


@pytest.mark.parametrize("batch", BATCHES)
@pytest.mark.parametrize("width", [2, 3, 5])
@pytest.mark.parametrize("op", REDUCTIONS)
def test_an_upstream_without_a_batch_axis(op: str, width: int, batch: int) -> None:
    """The factors are the same for all examples: as many as there are rows of a reduction."""
    if op == "of a distribution":
        width = 4
    [a] = parameters(1)

    def loss(x: list[Value]) -> Value:
        rows = [[a * v for v in x[k : k + width]] for k in range(5)]
        total: Value = sum(  # type: ignore[assignment]
            c * REDUCTIONS[op](row) for c, row in zip(FACTORS, rows, strict=True)
        )
        return total

    agrees(loss, numbers(batch, 5 + width))


@pytest.mark.parametrize("batch", BATCHES)
@pytest.mark.parametrize("n", [2, 3, 4])
def test_a_shared_array_of_rows_with_one_element(n: int, batch: int) -> None:
    """A layer of one neuron for some positions gives (B, n, 1), which is read as a row."""
    k0, k1, a = parameters(3)

    def loss(x: list[Value]) -> Value:
        h = [autograd.sigmoid(k0 * x[i] + k1 * x[i + 1]) for i in range(n)]
        u = [autograd.tanh(a * v) for v in x]
        return autograd.dot(u[:n], h) * autograd.dot(u[n : 2 * n], h)

    agrees(loss, numbers(batch, 2 * n))


@pytest.mark.parametrize("batch", BATCHES)
@pytest.mark.parametrize("n", [2, 3])
def test_a_row_that_all_rows_share(n: int, batch: int) -> None:
    """One vector of each example goes with every row of a matrix, in reductions of both."""
    w, v = parameters(n * n), parameters(n)

    def loss(x: list[Value]) -> Value:
        rows = [[autograd.sin(w[i * n + j] * x[i]) for j in range(n)] for i in range(n)]
        shared = [autograd.cos(u * x[0]) for u in v]
        dots = [autograd.dot(row, shared) for row in rows]
        errors = [autograd.squared_error(row, shared) for row in rows]
        targets = autograd.softmax(shared)
        losses = [autograd.cross_entropy(row, targets) for row in rows]
        pairs = zip(dots, errors, losses, strict=True)
        return autograd.logsumexp([a * b + c for a, b, c in pairs])

    agrees(loss, numbers(batch, n))


@pytest.mark.parametrize("batch", BATCHES)
def test_what_the_examples_share_goes_with_what_they_do_not(batch: int) -> None:
    """Matrices, columns, rows and numbers, with the batch and without, all in one program."""
    w = parameters(6)

    def loss(x: list[Value]) -> Value:
        of_all = [[autograd.exp(w[i] * w[3 + j]) for j in range(3)] for i in range(2)]
        of_each = [[autograd.tanh(of_all[i][j] * x[j]) for j in range(3)] for i in range(2)]
        columns = [autograd.logsumexp(list(column)) for column in zip(*of_each, strict=True)]
        rows = [autograd.norm(row) for row in of_each]
        mixed = [[rows[i] * columns[j] + of_all[i][j] for j in range(3)] for i in range(2)]
        both = zip(mixed, of_all, strict=True)
        return autograd.sum([autograd.dot(row, other) * x[0] for row, other in both])

    agrees(loss, numbers(batch, 3))
