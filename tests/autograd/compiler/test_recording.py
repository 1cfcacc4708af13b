"""While a loss is recorded, no number of the example slips into the program."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autograd
from autograd import CompileError, TracingError, Value

W = Value(2.0, label="w")
X = np.array([1.0, 2.0])


@pytest.mark.parametrize(
    "loss",
    [
        lambda x: W * x if x else x,
        lambda x: W * x if x > 0 else x,
        lambda x: W * x if W * x >= 0 else x,
        lambda x: W * x if x < 1 else x,
        lambda x: W * x if x <= 1 else x,
        lambda x: W * x if x == 1 else x,
        lambda x: W * x if W > 0 else x,
        lambda x: max(W * x, x),
        lambda x: W * math.exp(x),
        lambda x: W * int(x),
        lambda x: W * x.data,
        lambda x: W * x.detach(),
    ],
)
def test_a_look_at_a_number_raises(loss: Callable[[Value], Value]) -> None:
    with pytest.raises(TracingError, match=r"autograd\.where") as caught:
        autograd.compile(loss, batch="x")(X)
    assert "test_recording.py" in str(caught.value)
    assert "lambda x: " in str(caught.value)


def test_the_guards_are_gone_after_the_recording() -> None:
    def broken(x: Value) -> Value:
        raise RuntimeError("mine")

    with pytest.raises(RuntimeError, match="mine"):
        autograd.compile(broken, batch="x")(X)
    assert Value(3.0) > Value(2.0)
    assert bool(Value(1.0))
    assert Value(3.0).data == 3.0
    assert "__eq__" not in vars(Value)


def test_other_threads_may_look() -> None:
    seen: list[bool] = []

    def loss(x: Value) -> Value:
        thread = threading.Thread(target=lambda: seen.append(Value(3.0) > 2 and W.data == 2.0))
        thread.start()
        thread.join()
        return W * x

    autograd.compile(loss, batch="x")(X)
    assert seen == [True]


def test_a_class_chooses_in_a_cross_entropy_alone() -> None:
    z = [Value(0.5), Value(1.0)]
    classes = np.array([0, 1])
    step = autograd.compile(lambda y: autograd.cross_entropy(z, y), batch="y")
    value, _ = step(classes)
    eager = [autograd.cross_entropy([v.data for v in z], int(y)) for y in classes]
    assert value == pytest.approx(sum(eager) / 2, rel=1e-14)
    with pytest.raises(TracingError, match="cross_entropy"):
        autograd.compile(lambda y: autograd.softmax(z)[y], batch="y")(classes)


@pytest.mark.parametrize("classes", [[0, 2], [-1, 0]])
def test_a_class_out_of_range(classes: list[int]) -> None:
    step = autograd.compile(lambda y: autograd.cross_entropy([W, 1.0], y), batch="y")
    step(np.array([0, 1]))
    with pytest.raises(CompileError, match="from 0 to 1"):
        step(np.array(classes))


def test_what_is_no_loss() -> None:
    with pytest.raises(CompileError, match="must return a Value, not 3"):
        autograd.compile(lambda: 3)()
    with pytest.raises(CompileError, match=r"autograd\.primitive"):
        autograd.compile(lambda: Value(3.0, [W], [1.0]) * 2)()


def test_arguments_that_do_not_fit() -> None:
    step = autograd.compile(lambda x, y: W * x - y, batch=("x", "y"))
    with pytest.raises(CompileError, match="takes 2 arrays"):
        step(X)
    with pytest.raises(CompileError, match="at least one"):
        step(np.zeros(0), X)
    with pytest.raises(CompileError, match="real numbers"):
        step(np.array(["a"]), X)
    with pytest.raises(CompileError, match="as many rows"):
        step(X, np.zeros(3))
    with pytest.raises(CompileError, match="call the step first"):
        _ = autograd.compile(lambda x: W * x, batch="x").source
    with pytest.raises(CompileError, match="not 'a b'"):
        autograd.compile(lambda x: W * x, batch=["a b"])


def test_an_op_whose_rule_chooses_by_if_says_so() -> None:
    op: Any = autograd.primitive(
        "mine", lambda m, x: x if x > 0 else 0 * x, lambda m, y, x: (1.0 if x > 0 else 0.0,)
    )
    with pytest.raises(CompileError, match=r"'mine'.*m\.where"):
        autograd.compile(lambda: op(W))()
