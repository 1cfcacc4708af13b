"""The law: a compiled loss equals the recorded one, on every graph, op, kink and special number."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import pytest
from hypothesis import given

import autograd
from autograd import Value
from autograd.compiler import compile
from autograd.ops import TABLE, Primitive
from autograd.value import apply
from tests.autograd.compiler.agreement import assert_agrees, close, compiled
from tests.autograd.strategies import AUTOGRAD, SPECIAL, Expression, expressions
from tests.autograd.test_ops import CASES, Domain, special_points


@given(expressions(kinks=True))
def test_random_graphs(expression: Expression) -> None:
    leaves, loss = expression.record()
    step, value, gradient = compiled(lambda: expression.run(leaves, AUTOGRAD))
    assert_agrees(step, value, gradient, loss, scale=1e3)


@given(expressions(kinks=True))
def test_random_graphs_of_a_batch(expression: Expression) -> None:
    """The first input is a parameter, the others are the example; two examples, shifted."""
    parameter = Value(expression.inputs[0])
    rows = np.array([expression.inputs[1:], [x + 0.25 for x in expression.inputs[1:]]])

    def loss(x: Any) -> Any:
        return expression.run([parameter, *x], AUTOGRAD)

    eager = autograd.mean([loss([Value(x) for x in row]) for row in rows.tolist()])
    step, value, gradient = compiled(loss, ["x"], rows)
    if np.isfinite(eager.data) and step._leaves:
        assert_agrees(step, value, gradient, eager, scale=1e3)


@given(expressions(kinks=True, max_instructions=6))
def test_random_graphs_in_many_copies(expression: Expression) -> None:
    """The same with other numbers, in one loss: the copies are elements of arrays."""
    rows = [[Value(x + 0.125 * i) for x in expression.inputs] for i in range(3)]

    def loss() -> Any:
        return autograd.sum([expression.run(row, AUTOGRAD) for row in rows])

    eager = loss()
    step, value, gradient = compiled(loss)
    assert_agrees(step, value, gradient, eager, scale=1e3)


def op_of(name: str, domain: Domain) -> Primitive:
    return TABLE[name].bind(*domain.parameters)


@pytest.mark.parametrize(("name", "domain"), CASES)
def test_every_op_of_numbers(name: str, domain: Domain) -> None:
    op = op_of(name, domain)
    for point in domain.points(name, 2):
        leaves = [Value(x) for x in point]
        step, value, gradient = compiled(lambda: 2.0 * apply(op, *leaves))  # noqa: B023
        assert_agrees(step, value, gradient, 2.0 * apply(op, *leaves))


@pytest.mark.parametrize(("name", "domain"), CASES)
def test_every_op_of_arrays(name: str, domain: Domain) -> None:
    op = op_of(name, domain)
    points = [[Value(x) for x in point] for point in domain.points(name, 3)]

    def loss() -> Value:
        return autograd.dot([1.0, 2.0, 3.0], [apply(op, *point) for point in points])

    step, value, gradient = compiled(loss)
    eager = loss()
    assert_agrees(step, value, gradient, eager, scale=sum(abs(p.data) for p in eager.parents))


@pytest.mark.parametrize(("name", "domain"), CASES)
def test_every_op_of_a_batch(name: str, domain: Domain) -> None:
    """One parameter shifts all operands of every example: its gradient is that of all."""
    op = op_of(name, domain)
    points = np.array(domain.points(name, 3))
    scale = Value(1.0)

    def loss(x: Any) -> Value:
        return apply(op, *[scale * each for each in x])

    eager = autograd.mean([loss([Value(x) for x in point]) for point in points.tolist()])
    step, value, gradient = compiled(loss, ["x"], points)
    assert_agrees(step, value, gradient, eager, scale=float(abs(points).max()))


@pytest.mark.parametrize(("name", "domain"), CASES)
def test_every_op_at_special_numbers(name: str, domain: Domain) -> None:
    """The points are a batch of arrays: one program for all of them."""
    op = op_of(name, domain)
    n = len(domain.intervals)
    points = special_points(n)
    operands = [Value(0.5) for _ in range(n)]

    def loss() -> Value:
        return apply(op, *operands)

    step = compile(loss)
    random.Random(name).shuffle(points)
    for point in points[:40]:
        for operand, x in zip(operands, point, strict=True):
            operand.data = x
        eager = loss()
        step.load()
        value, gradient = step()
        assert close(value, eager.data, 0.0), f"{op} of {point}: {value} but {eager.data}"
        for leaf, number in zip(step._leaves, gradient.flat.tolist(), strict=True):
            expected = eager.local_derivatives[operands.index(leaf)]
            assert close(number, expected, 0.0), (
                f"∂{op} at {point}: {number} but {expected}\n{step.source}"
            )


def test_special_numbers_are_many() -> None:
    assert len(SPECIAL) > 10
