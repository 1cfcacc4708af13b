"""A user's program that calls everything: ``mypy --strict`` and pyright know what comes of it.

``make types`` checks this file as it checks the packages; each ``assert_type`` is what they must
find, and when the tests run, what is found is of that type indeed.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any, assert_type, get_args

import numpy as np
import pytest

import autograd
import chainrule
import nn
import viz
from autograd import CompiledFunction, CompiledLoss, Value
from autograd.compiler.arrays import Arrays
from nn.activations import ACTIVATIONS, ActivationName
from nn.initialisation import INITIALISATIONS, InitialisationName
from nn.losses import LOSSES, LossName
from tests.processes import PATIENCE

Rows = list[list[float]]


def values() -> tuple[Value, Value]:
    return Value(2.0, label="x"), Value(-3.0, label="w")


def test_a_number_of_any_type_and_a_value_make_a_value() -> None:
    x, w = values()
    found = [
        assert_type(x * w, Value),
        assert_type(2 * x - 1, Value),
        assert_type(2.0 / x, Value),
        assert_type(True + x, Value),
        assert_type(2**x, Value),
        assert_type(x**2, Value),
        assert_type(-x, Value),
        assert_type(abs(x), Value),
        assert_type(Fraction(1, 2) * x, Value),
        assert_type(x / Fraction(1, 2), Value),
        assert_type(np.float16(2.0) * x, Value),
        assert_type(np.float32(2.0) * x, Value),
        assert_type(x - np.float32(2.0), Value),
        assert_type(np.float64(2.0) ** x, Value),
        assert_type(x ** np.float64(2.0), Value),
        assert_type(np.int64(2) + x, Value),
        assert_type(x / np.uint8(2), Value),
        assert_type(np.longdouble(2.0) * x, Value),
    ]
    assert {*map(type, found)} == {Value}
    assert type(assert_type(x > np.float32(1.0), bool)) is bool
    assert type(assert_type(x.data, float)) is type(assert_type(x.grad, float)) is float


def test_functions_give_values_for_values_and_floats_for_numbers() -> None:
    x, w = values()
    found = [
        assert_type(x.tanh().relu(), Value),
        assert_type(autograd.tanh(x), Value),
        assert_type(autograd.sum([x, w]), Value),
        assert_type(autograd.sum([Value(1.0), 2.0]), Value),
        assert_type(autograd.max([x, 2]), Value),
        assert_type(autograd.mean([1.0, w, np.float32(1.0)]), Value),
        assert_type(autograd.norm((x, 1.0)), Value),
        assert_type(autograd.hypot(x, 1.0), Value),
        assert_type(autograd.atan2(x, 1.0), Value),
        assert_type(autograd.atan2(np.float32(1.0), x), Value),
        assert_type(autograd.maximum(0.0, x), Value),
        assert_type(autograd.leaky_relu(x, 0.1), Value),
        assert_type(autograd.clip(x, 0, 1), Value),
        assert_type(autograd.where(x > 0, x, 0.0), Value),
        assert_type(autograd.where(x > 0, 1.0, w), Value),
        assert_type(autograd.dot([x, w], [1.0, 2.0]), Value),
        assert_type(autograd.dot([1.0, 2.0], [x, 1.0], 0.5), Value),
        assert_type(autograd.cross_entropy([x, w], 1), Value),
        assert_type(autograd.cross_entropy([x, 1.0], [0.0, 1.0]), Value),
        assert_type(autograd.squared_error([x, w], [1.0, 0.0]), Value),
        *assert_type(autograd.softmax([x, 1.0]), list[Value]),
        *assert_type(autograd.log_softmax([x, w]), list[Value]),
    ]
    assert {*map(type, found)} == {Value}
    numbers = [
        assert_type(autograd.tanh(1.0), float),
        assert_type(autograd.tanh(np.float32(1.0)), float),
        assert_type(autograd.sum([1.0, 2]), float),
        assert_type(autograd.hypot(3.0, 4.0), float),
        assert_type(autograd.maximum(1.0, 2), float),
        assert_type(autograd.leaky_relu(-1.0), float),
        assert_type(autograd.where(True, 1.0, 2.0), float),
        assert_type(autograd.dot([1.0], [2.0], 0.5), float),
        assert_type(autograd.cross_entropy([0.0, 1.0], 1), float),
        *assert_type(autograd.softmax([0.5, 1.0]), list[float]),
    ]
    assert {*map(type, numbers)} == {float}


def test_an_op_of_ones_own() -> None:
    cube = autograd.primitive("cube", lambda m, x: x * x * x, lambda m, y, x: (3 * x * x,))
    assert type(assert_type(cube(Value(2.0)), Value)) is Value
    assert type(assert_type(cube(2.0), float)) is float


def product(x: Value, y: Value) -> Value:
    return x * y


def length(x: list[Value]) -> Value:
    return autograd.norm(x)


def test_derivatives_are_of_the_types_of_the_arguments() -> None:
    x, w = values()
    slope, both = autograd.grad(product), autograd.value_and_grad(product)
    assert type(assert_type(slope(2.0, 3.0), float)) is float
    assert type(assert_type(slope(np.float32(2.0), 3), float)) is float
    assert type(assert_type(slope(x, 3.0), Value)) is Value
    assert {*map(type, assert_type(both(2.0, 3.0), tuple[float, float]))} == {float}
    assert {*map(type, assert_type(both(x, w), tuple[Value, Value]))} == {Value}
    assert type(assert_type(autograd.grad(autograd.grad(lambda x: x**3))(2.0), float)) is float
    assert assert_type(autograd.grad(length)([3.0, 4.0]), Any) == [0.6, 0.8]
    assert assert_type(autograd.grad(product, [0, 1])(2.0, 3.0), list[Any]) == [3.0, 2.0]
    assert assert_type(autograd.gradients(x * w, [x]), list[float]) == [-3.0]
    [again] = assert_type(autograd.gradients(x * w, [x], create_graph=True), list[Value])
    assert again.data == -3.0


def test_networks_give_a_value_or_a_list_of_them() -> None:
    example = [1.0, -2.0]
    assert type(assert_type(nn.Neuron(2, "tanh")(example), Value)) is Value
    assert type(assert_type(nn.Layer(2, 1)(example), Value)) is Value
    assert type(assert_type(nn.Layer(2, 3, "softmax")(example), list[Value])) is list
    assert type(assert_type(nn.MLP(2, [4], 1)(example), Value)) is Value
    assert type(assert_type(nn.MLP(2, [4], 3, output="softmax")(example), list[Value])) is list
    assert type(assert_type(nn.MLP(2, [4, 1])(example), Any)) is Value  # no type knows a list's end


class Residual(nn.Module):
    """A network of one's own: what a layer gives, the next takes."""

    def __init__(self, activation: ActivationName) -> None:
        self.first = nn.Layer(2, 2, activation, seed=1)
        self.last: nn.Layer[Value] = nn.Layer(2, 1, "linear", seed=2)

    def __call__(self, inputs: list[Value]) -> Value:
        hidden = [x + h for x, h in zip(inputs, self.first(inputs), strict=True)]
        return self.last(hidden)


def loss_of(model: Residual, x: list[Value], y: Value) -> Value:
    return nn.binary_cross_entropy(model(x), y)


def test_training_and_compiling() -> None:
    model = Residual("tanh")
    rows, targets = [[0.0, 1.0], [1.0, 1.0]], [0, 1]
    history = nn.fit(model, rows, targets, loss="binary_cross_entropy", epochs=2, progress=False)
    assert len(assert_type(history.loss, list[float])) == 2
    x = [Value(0.0), Value(1.0)]
    assert type(assert_type(nn.squared_error(model(x), 1), Value)) is Value
    assert type(assert_type(nn.mean_squared_error([0.5, 1.0], [1.0, 0.0]), float)) is float
    assert type(assert_type(nn.cross_entropy([model(x), 0.0], 1), Value)) is Value
    assert type(assert_type(nn.max_margin(model(x), -1), Value)) is Value

    def loss(x: list[Value], y: Value) -> Value:
        return loss_of(model, x, y)

    step = assert_type(autograd.compile(loss, batch=("x", "y")), CompiledLoss[tuple[float, Arrays]])
    value, gradient = step(rows, targets)
    assert type(assert_type(value, float)) is float
    assert type(assert_type(gradient, Arrays)) is Arrays

    def more(x: list[Value], y: Value) -> tuple[Value, dict[str, Value]]:
        return loss(x, y), {"logit": model(x)}

    value, gradient, further = autograd.compile(more, batch=("x", "y"))(rows, targets)
    assert further["logit"].shape == (2,)
    outputs = autograd.compile(model, batch="inputs", gradient=False)
    assert assert_type(outputs, CompiledFunction[Any])(rows).shape == (2,)


def test_explanations_and_pictures() -> None:
    x, w = values()
    loss = x * w
    loss.backward()
    assert assert_type(autograd.explanation(loss, w), autograd.Explanation)
    assert len(list(assert_type(autograd.paths(loss, w), Iterator[autograd.Path]))) == 1
    assert assert_type(autograd.check_derivation(loss, {"w": "x"}), autograd.DerivationCheck)
    assert assert_type(viz.to_text(loss), str)
    assert assert_type(chainrule.Value(2.0) * x, Value).data == 4.0


def test_the_names_that_are_allowed_are_those_of_the_tables() -> None:
    assert {*get_args(ActivationName)} == {*ACTIVATIONS}  # `make generated` writes these
    assert {*get_args(LossName)} == {*LOSSES}
    assert {*get_args(InitialisationName)} == {*INITIALISATIONS}


def test_pyright_finds_nothing_wrong() -> None:
    pyright = shutil.which("pyright")
    if pyright is None:
        pytest.skip("pyright is not installed")
    done = subprocess.run(
        [pyright, "--pythonpath", sys.executable, __file__],
        cwd=Path(__file__).parent.parent,
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE,
    )
    assert done.returncode == 0, done.stdout
