"""Dot products of all rows with all columns are products of matrices, also in each example."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest

import autograd
from autograd import Value
from autograd.compiler.compiling import compile
from tests.autograd.compiler.agreement import assert_agrees

Matrix = list[list[Any]]


def transposed(a: Matrix) -> Matrix:
    return [*map(list, zip(*a, strict=True))]


def product(a: Matrix, b: Matrix) -> Matrix:
    return [[autograd.dot(row, column) for column in transposed(b)] for row in a]


def of_each(function: Callable[..., Any], *matrices: Matrix) -> Matrix:
    return [
        [function(*each) for each in zip(*rows, strict=True)]
        for rows in zip(*matrices, strict=True)
    ]


def total(a: Matrix) -> Any:
    return autograd.sum([autograd.sin(each) for row in a for each in row])


W = [[Value(0.7 * i - 0.4 * j + 0.1, label=f"w[{i},{j}]") for j in range(4)] for i in range(3)]


def attention(x: Matrix) -> Any:
    """Three positions of four numbers, each attending to all."""
    queries = of_each(autograd.tanh, product(x, transposed(W)))
    scores = product(queries, transposed(queries))
    return total(product([autograd.softmax(row) for row in scores], x))


def both_ways(x: Matrix) -> Any:
    """A matrix, its transpose, elements of each alone, and products of products."""
    h = of_each(autograd.tanh, product(W, transposed(x)))
    turned = transposed(h)
    square = product(h, turned)
    mixed = of_each(lambda a, b: autograd.exp(a) * b, transposed(turned), product(square, h))
    others = autograd.dot(h[2], h[0][::-1]) + h[0][1] * turned[2][2]
    return total(product(mixed, square)) + total(turned) + others


def of_outer_products(x: Matrix) -> Any:
    """Products over an axis of two numbers, and of matrices that are not square."""
    tall = [row[:2] for row in of_each(autograd.sin, product(x, transposed(W)))]
    return total(product(product(tall, transposed(tall)), x)) + total(product(transposed(x), x))


LOSSES = [attention, both_ways, of_outer_products]


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("batch", [1, 2, 3, 4])
def test_products_of_matrices_of_each_example(loss: Any, batch: int) -> None:
    rows = np.random.default_rng(batch).normal(size=(batch, 3, 4))
    step = compile(loss, batch="x", check=False)
    value, gradient = step(rows)
    assert step(rows)[0] == value
    eager = autograd.mean([loss([[*map(Value, each)] for each in row]) for row in rows.tolist()])
    assert_agrees(step, value, gradient, eager, scale=100.0)


@pytest.mark.parametrize("loss", LOSSES)
def test_products_of_matrices_without_a_batch(loss: Any) -> None:
    fixed = np.random.default_rng(0).normal(size=(3, 4)).tolist()
    other = [[Value(each) for each in row] for row in fixed]
    step = compile(lambda: loss(other), check=False)
    value, gradient = step()
    assert_agrees(step, value, gradient, loss(other), scale=100.0)


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("backend", ["torch", "jax"])
def test_products_of_tensors(loss: Any, backend: str) -> None:
    pytest.importorskip(backend)
    rows = np.random.default_rng(0).normal(size=(3, 3, 4))
    expected, slopes = compile(loss, batch="x", check=False)(rows)
    value, gradient = compile(loss, batch="x", backend=backend, check=False)(rows)
    assert float(value) == pytest.approx(expected)
    assert np.asarray(gradient.flat) == pytest.approx(slopes.flat, rel=1e-9, abs=1e-12)


def test_products_in_machine_code() -> None:
    """A whole program is compiled for a minute; these are what it calls."""
    from autograd.compiler import loops

    a, b = [np.random.default_rng(seed).normal(size=(2, 3, 4)) for seed in (0, 1)]
    turned = b.swapaxes(1, 2)
    assert loops.products(a, turned) == pytest.approx(a @ turned)
    assert loops.products_with_transposed(a, b) == pytest.approx(a @ turned)
    for found, expected in [
        (loops.transposed_of_each(b), turned),
        (loops.transposed(b[0]), b[0].T),
    ]:
        assert found.flags.c_contiguous
        assert np.array_equal(found, expected)


def test_attention_is_written_as_a_person_writes_it() -> None:
    """Nothing is taken by positions, and nothing added to them."""
    step = compile(attention, batch="x")
    step(np.random.default_rng(0).normal(size=(3, 3, 4)))
    for slow in ("index", "einsum", "add.at", "zeros"):
        assert slow not in step.source.partition("def loss_and_gradient")[2].partition("\n\n\n")[0]


def test_the_gradients_of_inputs() -> None:
    rows = np.random.default_rng(0).normal(size=(2, 3, 4))
    _, gradient = compile(both_ways, batch="x", wrt="x", check=False)(rows)

    def slopes(row: Sequence[Any]) -> Any:
        leaves = [[*map(Value, each)] for each in row]
        both_ways(leaves).backward()
        return [[leaf.grad for leaf in each] for each in leaves]

    assert gradient["x"] == pytest.approx(np.array([slopes(row) for row in rows.tolist()]))
