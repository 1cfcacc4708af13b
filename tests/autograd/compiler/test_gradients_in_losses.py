"""Gradients within a loss: create_graph=True compiles for every op, as the eager engine has it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

import autograd
from autograd import Value
from autograd.ops import TABLE, Primitive
from tests.autograd.compiler.agreement import assert_agrees

WIDE = 3


def applied(op: Primitive, operands: Sequence[Any]) -> Value:
    """Apply an op to as many of the operands as it takes, with all its parameters."""
    x, y, z = operands
    special: dict[str, Any] = {
        "clip": lambda: autograd.clip(x, 0.2, 0.9),
        "leaky_relu": lambda: autograd.leaky_relu(x, 0.1),
        "elu": lambda: autograd.elu(x, 0.5),
        "**n": lambda: x**3,
        "polygamma": lambda: autograd.ops.polygamma.bind(1)(x),
        "cross_entropy": lambda: autograd.cross_entropy([x, y, z], 1),
        "cross_entropy_of_distribution": lambda: autograd.cross_entropy([x, y, z], [0.2, y, 0.3]),
        "squared_error": lambda: autograd.squared_error([x, y], [z, x]),
        "dot": lambda: autograd.dot([x, y], [z, y], x),
        "softmax": lambda: autograd.softmax([x, y, z])[1],
        "log_softmax": lambda: autograd.log_softmax([x, y, z])[1],
        "hypot": lambda: autograd.hypot(x, y, z),
    }
    if op.name in special:
        return special[op.name]()  # type: ignore[no-any-return]
    if op.vectors:
        return op([x, y, z])  # type: ignore[no-any-return]
    n = op.value.__code__.co_argcount - 1
    return op(*operands[:n])  # type: ignore[no-any-return]


def numbers_for(low: float, high: float) -> list[list[float]]:
    """Return rows of operands; equal ones, for the kinks, are among them."""
    rows = np.random.default_rng(0).uniform(low, high, (4, WIDE))
    rows[2] = rows[2, 0]
    return rows.tolist()  # type: ignore[no-any-return]


@pytest.mark.parametrize("name", sorted(TABLE))
def test_the_gradient_of_every_op_is_part_of_a_loss(name: str) -> None:
    op, w = TABLE[name], Value(1.0, label="w")

    def loss(x: Any) -> Value:
        operands = [w * each for each in x]
        y = applied(op, operands)
        slopes = autograd.gradients(y, operands, create_graph=True)
        return y + autograd.sum([slope * slope for slope in slopes])

    n_finite = 0
    for low, high in ((-0.9, 0.9), (0.1, 0.9), (1.1, 2.5)):
        rows = numbers_for(low, high)
        eager = autograd.mean([loss([Value(number) for number in row]) for row in rows])
        if math.isfinite(eager.data):
            n_finite += 1
            step = autograd.compile(loss, batch="x")
            value, gradient = step(rows)
            if gradient:  # that of floor is 0 wherever it is, and no number of the loss
                assert_agrees(step, value, gradient, eager, scale=10.0)
            assert value == pytest.approx(eager.data)
    assert n_finite


@pytest.mark.parametrize("n_times", [2, 3])
def test_derivatives_of_higher_order_choose_anew_for_each_example(n_times: int) -> None:
    w = Value(1.0, label="w")

    def loss(x: Any) -> Value:
        y = autograd.sigmoid(w * x) * autograd.elu(x, 0.5) + autograd.maximum(w * x, x * x)
        for _ in range(n_times):
            [y] = autograd.gradients(y, [x], create_graph=True)
        return y * y

    x = [-2.0, -0.5, 0.25, 0.5, 3.0]
    step = autograd.compile(loss, batch="x")
    value, gradient = step(x)
    assert_agrees(step, value, gradient, autograd.mean([loss(Value(each)) for each in x]))


def test_what_is_not_chosen_spoils_no_derivative() -> None:
    """The norm has slope x/‖x‖, and 0 at 0, where 1/‖x‖ is infinite: as eager, row by row."""
    w = Value(1.0, label="w")

    def loss(x: Any) -> Value:
        slopes = autograd.gradients(autograd.norm(x), x, create_graph=True)
        return autograd.sum([w * slope * slope for slope in slopes])

    rows = [[0.0, 0.0], [3.0, 4.0]]
    step = autograd.compile(loss, batch="x")
    value, gradient = step(rows)
    assert (value, float(gradient["w"])) == (0.5, 0.5)


def test_a_class_of_each_example_is_its_own_in_a_gradient_too() -> None:
    w = [Value(0.5 - 0.3 * i, label=f"w[{i}]") for i in range(3)]

    def loss(x: Any, y: Any) -> Value:
        logits = [weight * x for weight in w]
        slopes = autograd.gradients(autograd.cross_entropy(logits, y), logits, create_graph=True)
        return autograd.sum([slope**2 for slope in slopes])

    x, y = [0.5, -1.0, 2.0, 0.25], [0, 2, 1, 1]
    step = autograd.compile(loss, batch=("x", "y"))
    value, gradient = step(x, np.array(y))
    rows = [loss(Value(each), index) for each, index in zip(x, y, strict=True)]
    assert_agrees(step, value, gradient, autograd.mean(rows))


def test_a_rule_that_chooses_with_if_says_so() -> None:
    op = autograd.primitive(
        "bent", lambda m, x: m.abs(x), lambda m, y, x: (1.0 if x > 0 else -1.0,)
    )

    def loss(x: Any) -> Value:
        [slope] = autograd.gradients(op(x), [x], create_graph=True)
        return slope * slope

    with pytest.raises(autograd.NotDifferentiableError, match=r"chooses with m\.where"):
        autograd.compile(loss, batch="x")([1.0, -1.0])
