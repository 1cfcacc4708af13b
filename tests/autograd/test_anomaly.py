"""Stopping at the first number that is not finite."""

import math
import threading

import pytest

import autograd
from autograd import AnomalyError, Value, detect_anomaly


def test_a_value_that_is_not_finite_names_op_operands_and_line() -> None:
    x = Value(-1.0, label="x")
    with detect_anomaly(), pytest.raises(AnomalyError) as caught:
        x.exp() + autograd.log(x)
    message = str(caught.value)
    assert message.startswith("log gave nan\n  operands: x = -1.0\n  made at ")
    assert f"{__file__}:" in message
    assert message.endswith("    x.exp() + autograd.log(x)\n              ^^^^^^^^^^^^^^^")


def test_a_gradient_that_is_not_finite_names_the_step_and_the_path_from_the_loss() -> None:
    x = Value(0.0, label="x")
    with detect_anomaly():
        loss = 3 * autograd.sqrt(x)
        loss.label = "loss"
        with pytest.raises(AnomalyError) as caught:
            loss.backward()
    message = str(caught.value)
    assert "the gradient of 'x' became inf" in message
    assert "path: loss → √x → x" in message
    assert "3 · inf = inf: 0 → inf" in message
    assert "loss = 3 * autograd.sqrt(x)" in message


def test_contributions_that_are_finite_may_add_up_to_infinity() -> None:
    x = Value(0.25, label="x")
    with detect_anomaly():
        loss = 1e308 * x + 1e308 * x
        with pytest.raises(AnomalyError, match="gradient of 'x' became inf") as caught:
            loss.backward()
    assert "1e+308 → inf" in str(caught.value)


def test_it_stops_at_the_first() -> None:
    x, y = Value(0.0, label="x"), Value(0.0, label="y")
    loss = autograd.sqrt(x) + autograd.sqrt(y)
    with detect_anomaly(), pytest.raises(AnomalyError, match="gradient of 'y' became inf"):
        loss.backward()
    assert x.grad == 0.0


@pytest.mark.parametrize("data", [math.inf, -math.inf, math.nan])
def test_a_loss_that_is_not_finite_is_found_even_if_it_was_made_before(data: float) -> None:
    for loss in (Value(data, label="loss"), Value(data) * 1):
        with detect_anomaly(), pytest.raises(AnomalyError, match="loss"):
            loss.backward()


def test_outside_the_block_and_in_other_threads_nothing_is_raised() -> None:
    def divide() -> None:
        results.append((1 / Value(0.0)).data)

    results: list[float] = []
    with detect_anomaly():
        thread = threading.Thread(target=divide)
        thread.start()
        thread.join()
    divide()
    assert results == [math.inf, math.inf]


def test_finite_work_goes_on_as_ever() -> None:
    x = Value(2.0)
    with detect_anomaly():
        (x * x).backward()
    assert x.grad == 4.0


def test_gradients_are_watched_too() -> None:
    x = Value(0.0, label="x")
    y = autograd.sqrt(x)
    with detect_anomaly():
        with pytest.raises(AnomalyError, match="the gradient of 'x' became inf"):
            autograd.gradients(y, [x])
        with pytest.raises(AnomalyError, match="the gradient of"):
            autograd.grad(autograd.sqrt)(0.0)
    assert x.grad == 0.0


@pytest.mark.parametrize(
    "contexts", [(detect_anomaly, autograd.no_grad), (autograd.no_grad, detect_anomaly)]
)
def test_without_a_graph_the_op_and_its_operands_are_named_all_the_same(contexts) -> None:
    outer, inner = contexts
    with outer(), inner(), pytest.raises(AnomalyError, match=r"log gave -inf\n  operands: x = 0.0"):
        Value(0.0, label="x").log()
