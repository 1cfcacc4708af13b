"""While a loss is recorded, no number of the example slips into the program."""

from __future__ import annotations

import math
import random
import re
import threading
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autograd
import nn
from autograd import CompileError, TracingError, Value, no_grad
from tests.threads import in_threads

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
    assert (Value(3.0) == 3.0, bool(Value(3.0)), Value(3.0).detach().op) == (False, True, "")


def test_a_loss_may_compile_another() -> None:
    def loss(x: Value) -> Value:
        inner, _ = autograd.compile(lambda y: Value(2.0) * y, batch="y")(X)
        assert inner == 3.0
        with pytest.raises(TracingError):
            bool(x)
        return inner * W * x

    assert autograd.compile(loss, batch="x")(X)[0] == 9.0
    assert (Value(3.0) == 3.0, bool(Value(3.0)), Value(3.0).detach().op) == (False, True, "")


def test_other_threads_may_look() -> None:
    seen: list[bool] = []

    def loss(x: Value) -> Value:
        thread = threading.Thread(target=lambda: seen.append(Value(3.0) > 2 and W.data == 2.0))
        thread.start()
        thread.join()
        return W * x

    autograd.compile(loss, batch="x")(X)
    assert seen == [True, True, True]  # a loss is recorded twice, and proven on the second row


@pytest.mark.usefixtures("frequent_switches")
def test_other_threads_compute_and_look_while_losses_are_recorded() -> None:
    done = threading.Event()

    def looks() -> None:
        while not done.is_set():
            x = Value(3.0)
            looked = (x > 2, bool(x), x.data, x == 3.0, x.detach().parents)
            assert looked == (True, True, 3.0, False, ())
            (x * x).backward()

    def records() -> None:
        try:
            for i in range(10):
                step = autograd.compile(lambda x, i=i: (W * x + i) ** 2, batch="x")
                assert step(X)[0] == np.mean((W.data * X + i) ** 2)
                with pytest.raises(TracingError):
                    autograd.compile(lambda x: W * x if x > 0 else W, batch="x")(X)
        finally:
            done.set()

    in_threads(looks, looks, records, records, records)


def changing_counter(calls: list[int]) -> Callable[[Value], Value]:
    def loss(x: Value) -> Value:
        calls.append(1)
        return W * x + len(calls)

    return loss


def longer_each_time(calls: list[int]) -> Callable[[Value], Value]:
    def loss(x: Value) -> Value:
        calls.append(1)
        return autograd.sum([W * x] * (2 + len(calls)))

    return loss


def other_op_each_time(calls: list[int]) -> Callable[[Value], Value]:
    def loss(x: Value) -> Value:
        calls.append(1)
        return autograd.sin(W * x) if len(calls) % 2 else autograd.cos(W * x)

    return loss


def other_parameter_each_time(calls: list[int]) -> Callable[[Value], Value]:
    parameters = [Value(3.0, label="p"), Value(3.0, label="q")]

    def loss(x: Value) -> Value:
        calls.append(1)
        return parameters[len(calls) % 2] * x

    return loss


def running_mean(calls: list[int]) -> Callable[[Value], Value]:
    mean = Value(0.5, label="mean")

    def loss(x: Value) -> Value:
        calls.append(1)
        mean.data = len(calls)
        return W * x - mean

    return loss


def other_exponent_each_time(calls: list[int]) -> Callable[[Value], Value]:
    def loss(x: Value) -> Value:  # where x is 1, so is each power
        calls.append(1)
        return W * x ** float(len(calls))

    return loss


def other_leaf_each_time(calls: list[int]) -> Callable[[Value], Value]:
    return lambda x: nn.Neuron(1, activation="linear", seed=1)([x])


def only_once(calls: list[int]) -> Callable[[Value], Value]:
    def loss(x: Value) -> Value:
        calls.append(1)
        return W * x * [2.0][len(calls) - 1]

    return loss


def only_twice(calls: list[int]) -> Callable[[Value], Value]:
    def loss(x: Value) -> Value:
        calls.append(1)
        return W * x * [2.0, 3.0][len(calls) - 1]

    return loss


@pytest.mark.parametrize(
    ("make", "difference"),
    [
        (changing_counter, r"operand 2 of \+ was \d\.0, then \d\.0"),
        (longer_each_time, "sum was computed, then sum|operand"),
        (other_op_each_time, "(sin|cos) was computed, then (sin|cos)"),
        (other_parameter_each_time, r"operand 1 of \* was (p|q) = 3\.0, then (p|q) = 3\.0"),
        (running_mean, r"- gave -?\d\.0, then -?\d\.0"),
        (other_exponent_each_time, r"\*\*\d was computed, then \*\*\d"),
        (other_leaf_each_time, r"operand 1 of dot was a new leaf each time, .* as of a model"),
        (only_twice, r"operand 2 of \* was 2\.0, then 3\.0"),
        (only_once, "when it was recorded a second time, .* it raised IndexError: list index"),
    ],
)
def test_what_is_not_the_same_when_recorded_twice(make: Any, difference: str) -> None:
    with pytest.raises(TracingError, match=difference) as caught:
        autograd.compile(make([]), batch="x")(X)
    text = str(caught.value)
    assert text.startswith("the loss depends on more than its arguments and the parameters")
    if make not in (only_once, only_twice):
        assert "as an argument of its batch" in text
        assert re.search(r"at .*test_recording\.py:\d+, in ", text)
        assert "x" in text.splitlines()[-2]


def test_random_numbers_are_named_with_their_line() -> None:
    def loss(x: Value) -> Value:
        return W * x * random.random()

    with pytest.raises(TracingError, match="such as random numbers or a counter") as caught:
        autograd.compile(loss, batch="x")(X)
    assert str(caught.value).endswith(
        "return W * x * random.random()\n           ^^^^^^^^^^^^^^^^^^^^^^^"
    )


def test_what_is_the_same_each_time_is_no_difference() -> None:
    calls: list[int] = []
    kept: list[Value] = []

    def loss(x: Value) -> Value:
        calls.append(1)
        if not kept:
            kept.append(Value(4.0, label="kept"))
        square: Any = autograd.primitive("mine", lambda m, v: v * v, lambda m, y, v: (2.0 * v,))
        return square(W * Value(0.5) * x) + kept[0] * math.nan * 0.0 + random.Random(1).random()

    step = autograd.compile(loss, batch="x")
    step(X)
    assert len(calls) == 3  # two to record it, and one to prove it on the second row
    # What the first call makes and keeps is a parameter.
    assert {leaf.label for leaf in step.leaves} == {"w", "kept"}
    step(X + 1)
    assert len(calls) == 3


def test_two_recordings_share_no_state_of_an_error() -> None:
    flag = [True]

    def loss(x: Value) -> Value:
        return W * x * (random.random() if flag[0] else 1.0)

    step = autograd.compile(loss, batch="x")
    with pytest.raises(TracingError):
        step(X)
    flag[0] = False
    assert step(X)[0] == 3.0


def test_backward_in_a_loss_gives_numbers() -> None:
    def slope(x: Value) -> Value:
        y = W * x
        y.backward()
        return W.grad * x

    def slopes(x: Value) -> Value:
        return autograd.gradients(W * x, [W])[0] * x

    for loss in (slope, slopes):
        with pytest.raises(TracingError, match=r"backward\(\) .* create_graph=True") as caught:
            autograd.compile(loss, batch="x")(X)
        assert "test_recording.py" in str(caught.value)
    W.grad = 0.0

    def of_constants(x: Value) -> Value:
        return autograd.grad(autograd.exp)(0.0) * W * x

    assert autograd.compile(of_constants, batch="x")(X)[0] == 3.0
    (W * 2).backward()
    assert W.grad == 2.0
    W.grad = 0.0


def of_graph(x: Value) -> Value:
    y = W * x
    return autograd.gradients(y * y, [W], create_graph=True)[0]


def test_gradients_that_are_a_graph_may_be_part_of_a_loss() -> None:
    value, gradient = autograd.compile(of_graph, batch="x")(X)
    assert value == pytest.approx(np.mean(2.0 * 2.0 * X**2))
    assert float(gradient["w"]) == pytest.approx(np.mean(2.0 * X**2))


def test_within_no_grad_there_is_nothing_to_record() -> None:
    step = autograd.compile(lambda x: W * x, batch="x")
    with no_grad(), pytest.raises(CompileError, match="first call of the step outside"):
        step(X)
    value, _ = step(X)
    with no_grad():
        assert step(X)[0] == value


def test_a_class_chooses_in_a_cross_entropy() -> None:
    z = [Value(0.5), Value(1.0)]
    classes = np.array([0, 1])
    step = autograd.compile(lambda y: autograd.cross_entropy(z, y), batch="y")
    value, _ = step(classes)
    eager = [autograd.cross_entropy([v.data for v in z], int(y)) for y in classes]
    assert value == pytest.approx(sum(eager) / 2, rel=1e-14)


@pytest.mark.parametrize("classes", [[0, 2], [-1, 0]])
def test_a_class_out_of_range(classes: list[int]) -> None:
    step = autograd.compile(lambda y: autograd.cross_entropy([W, 1.0], y), batch="y")
    step(np.array([0, 1]))
    with pytest.raises(CompileError, match="from 0 to 1"):
        step(np.array(classes))


@pytest.mark.parametrize("classes", [[0.0, 1.0], [False, True]])
def test_a_class_that_is_no_integer(classes: list[Any]) -> None:
    w = Value(1.0)
    step = autograd.compile(lambda x, y: autograd.cross_entropy([w * x, w], y), batch=("x", "y"))
    with pytest.raises(TracingError, match=r"y is used as a class .* as in y\.astype\(int\)"):
        step([1.0, 2.0], classes)


def test_numbers_are_no_classes_although_integers_of_that_shape_were() -> None:
    w = Value(1.0)
    step = autograd.compile(lambda y: autograd.cross_entropy([w, 2.0], y), batch="y")
    expected = step([0, 1])[0]
    with pytest.raises(TracingError, match="y is used as a class"):
        step([0.0, 0.75])
    assert step([1, 0])[0] == expected


def test_all_numbers_of_an_argument_are_classes_of_one_kind_or_none_is() -> None:
    w = Value(1.0)

    def loss(y: Any) -> Value:
        return autograd.cross_entropy([w, 2.0], y[0])

    def with_number(y: Any) -> Value:
        return loss(y) * y[1]

    def with_class(y: Any) -> Value:
        return loss(y) + autograd.cross_entropy([w, 2.0, 3.0], y[1])

    value, _ = autograd.compile(loss, batch="y")([[0, 1], [1, 0]])
    assert value == pytest.approx(autograd.mean([loss([0, 1]), loss([1, 0])]).data)
    for mixed in (with_number, with_class):
        with pytest.raises(CompileError, match="y holds classes of several kinds"):
            autograd.compile(mixed, batch="y")([[0, 2], [1, 1]])


@pytest.mark.parametrize("longer_first", [True, False])
def test_a_class_must_be_one_of_every_cross_entropy(longer_first: bool) -> None:
    w = Value(1.0)

    def loss(y: Any) -> Any:
        two = autograd.cross_entropy([w, 2.0], y)
        three = autograd.cross_entropy([w * w, 0.5, 3.0], y)
        return three + two if longer_first else two + three

    step = autograd.compile(loss, batch="y")
    step([0, 1])
    with pytest.raises(CompileError, match="a class must be a whole number from 0 to 1, not 2"):
        step([0, 2])


def test_what_is_no_loss() -> None:
    with pytest.raises(CompileError, match=r"must return a Value, or .*, not 3"):
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


def test_an_element_by_a_number_of_the_batch_is_one_by_a_column_of_ones_and_zeros() -> None:
    rows = [[Value(0.1 * i - 0.3 * j) for j in range(2)] for i in range(5)]
    chosen = [0, 3, 3, 4]
    step = autograd.compile(lambda i: rows[i][0] * rows[i][1], batch="i")
    looked_up, gradient = step(chosen)

    def loss(i: Any) -> Value:
        first, second = [autograd.dot(column, i) for column in zip(*rows, strict=True)]
        return first * second

    of_columns = autograd.compile(loss, batch="i")
    value, its_gradient = of_columns(np.eye(5)[chosen])
    assert looked_up == pytest.approx(value)
    slopes = dict(zip(of_columns.leaves, its_gradient.flat, strict=True))
    assert gradient.flat.tolist() == pytest.approx([slopes[leaf] for leaf in step.leaves])
    assert value == pytest.approx(np.mean([rows[i][0].data * rows[i][1].data for i in chosen]))
