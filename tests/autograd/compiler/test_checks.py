"""What an eager loss requires of its numbers, a compiled one requires of each row."""

from __future__ import annotations

import math
import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd
import nn
from autograd import CompileError, TracingError, Value
from nn import DataError

W = Value(0.5, label="w")

# Losses of a score and a target, and targets that are right.
LOSSES: dict[str, tuple[Callable[[Any, Any], Any], tuple[float, float]]] = {
    "binary_cross_entropy": (nn.binary_cross_entropy, (0.0, 0.75)),
    "max_margin": (nn.max_margin, (-1.0, 1.0)),
    "binary_cross_entropy, computed": (
        lambda a, y: nn.binary_cross_entropy(a, (y + 1) / 2),
        (-1.0, 0.5),
    ),
    "max_margin, computed": (lambda a, y: nn.max_margin(a, 2 * y - 1), (0.0, 1.0)),
}
BACKENDS = ["numpy", "numba", "torch", "jax"]


def step_of(name: str, **options: Any) -> Any:
    loss, _ = LOSSES[name]
    return autograd.compile(lambda x, y: loss(W * x, y), batch=("x", "y"), **options)


def rows(name: str, n: int = 5) -> tuple[Any, Any]:
    _, right = LOSSES[name]
    return np.linspace(-1.0, 2.0, n), np.array([right[i % 2] for i in range(n)])


@pytest.mark.parametrize("row", range(5))
@pytest.mark.parametrize("name", LOSSES)
def test_a_wrong_target_is_an_error_in_each_row(name: str, row: int) -> None:
    x, y = rows(name)
    wrong = y.copy()
    wrong[row] = 7.0
    fresh, used = step_of(name), step_of(name)
    expected = used(x, y)[0]
    for step in (fresh, used):
        for _ in range(2):
            with pytest.raises(DataError, match=rf"not .*\(.*in row {row} of the batch, counted"):
                step(x, wrong)
        assert step(x, y)[0] == expected


@pytest.mark.parametrize("name", LOSSES)
@pytest.mark.parametrize("backend", BACKENDS)
def test_every_backend_checks(name: str, backend: str) -> None:
    if backend != "numpy":
        pytest.importorskip(backend)
    x, y = rows(name)
    step = step_of(name, backend=backend)
    value = float(step(x, y)[0])
    loss, _ = LOSSES[name]
    assert value == pytest.approx(np.mean([loss(W.data * a, b) for a, b in zip(x, y, strict=True)]))
    y[3] = -3.0
    with pytest.raises(DataError, match=r"in row 3 of the batch"):
        step(x, y)
    program = pickle.loads(pickle.dumps(step.program))
    with pytest.raises(DataError, match=r"in row 3 of the batch"):
        program(np.array([0.5]), x, y)


@given(st.data())
@pytest.mark.parametrize("name", LOSSES)
def test_rows_are_refused_as_the_eager_loss_refuses_them(name: str, data: st.DataObject) -> None:
    numbers = st.sampled_from([0.0, 1.0, -1.0, 0.5, 2.0, -0.0, math.nan, math.inf, 1.0 + 2.0**-52])
    y = np.array(data.draw(st.lists(numbers, min_size=1, max_size=4)))
    loss, _ = LOSSES[name]
    errors = []
    for number in y.tolist():
        try:
            loss(Value(0.25), Value(number))
        except DataError as error:
            errors.append(str(error))
    step = step_of(name)
    if errors:
        with pytest.raises(DataError) as caught:
            step(np.ones(len(y)), y)
        assert str(caught.value).partition(",")[0] == errors[0].partition(",")[0]
    else:
        step(np.ones(len(y)), y)


def test_the_error_names_the_element() -> None:
    def loss(y: Any) -> Any:
        return autograd.sum([nn.binary_cross_entropy(W, target) for target in y])

    step = autograd.compile(loss, batch="y")
    step([[0.0, 1.0, 0.5]])
    with pytest.raises(DataError, match=r"not 1\.5 \(y\[2\] in row 1 of the batch"):
        step([[0.0, 1.0, 0.5], [0.0, 1.0, 1.5]])
    with pytest.raises(DataError, match=r"not -1\.0 \(y\[0\] in .*; labels -1 and \+1 are for"):
        step([[-1.0, 1.0, 0.5]])


def test_outputs_without_a_gradient_are_checked_too() -> None:
    predict = autograd.compile(
        lambda x, y: {"loss": nn.max_margin(W * x, 2 * y - 1), "score": W * x},
        batch=("x", "y"),
        gradient=False,
    )
    found = predict([1.0, 2.0], [0.0, 1.0])
    assert {name: array.tolist() for name, array in found.items()} == {
        "loss": [1.5, 0.0],
        "score": [0.5, 1.0],
    }
    with pytest.raises(DataError, match="row 1"):
        predict([1.0, 2.0], [0.0, 0.5])


def test_a_parameter_as_target_is_checked_in_each_call() -> None:
    target = Value(0.5, label="t")
    step = autograd.compile(lambda x: nn.binary_cross_entropy(W * x, target), batch="x")
    step([1.0])
    step.parameters["t"] = 1.5
    with pytest.raises(DataError, match=r"not 1\.5"):
        step([1.0])


def test_a_constant_as_target_is_checked_when_the_loss_is_recorded() -> None:
    with pytest.raises(DataError, match=r"not 7$"):
        autograd.compile(lambda x: nn.binary_cross_entropy(W * x, 7), batch="x")([1.0])
    with pytest.raises(DataError, match="not Value"):
        autograd.compile(lambda x: nn.max_margin(W * x, Value(7.0)), batch="x")([1.0])


@pytest.mark.parametrize("row", range(4))
@pytest.mark.parametrize("backend", BACKENDS)
def test_a_class_out_of_range_is_named_with_its_row(backend: str, row: int) -> None:
    if backend != "numpy":
        pytest.importorskip(backend)
    classes = np.array([0, 1, 0, 1])
    wrong = classes.copy()
    wrong[row] = 2
    for before in (False, True):
        step = autograd.compile(lambda y: nn.cross_entropy([W, 1.0], y), batch="y", backend=backend)
        if before:
            step(classes)
        with pytest.raises(CompileError, match=rf"from 0 to 1, not 2 \(in row {row} of the batch"):
            step(wrong)


def test_a_check_that_is_made_at_times_is_an_error() -> None:
    calls: list[int] = []

    def loss(x: Value, y: Value) -> Value:
        calls.append(1)
        if len(calls) % 2:
            nn.max_margin(x, y)
        return W * x

    with pytest.raises(TracingError, match="checked some numbers, then others"):
        autograd.compile(loss, batch=("x", "y"))([1.0], [1.0])
