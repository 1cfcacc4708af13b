"""A step compares itself with the loss before it gives a number."""

from __future__ import annotations

import math
import random
from typing import Any

import numpy as np
import pytest

import autograd
from autograd import CompileError, Value
from autograd.compiler.agreement import agrees, numbers_of
from tests.threads import in_threads

X = [1.0, 2.0, 3.0, 4.0]


def differing(value: float = 0.0, slope: float = 0.0) -> Any:
    """Return a square whose rules give something else for arrays."""

    def square(m: Any, v: Any) -> Any:
        return v * v if isinstance(v, float) else v * v + value

    def derivatives(m: Any, y: Any, v: Any) -> Any:
        return (2.0 * v if isinstance(v, float) else (2.0 + slope) * v,)

    return autograd.primitive("square", square, derivatives)


def test_a_wrong_value_is_an_error_with_both_numbers() -> None:
    w = Value(2.0, label="w")
    op = differing(value=1.0)
    step = autograd.compile(lambda x: op(w * x), batch="x")
    message = r"first 3 rows of the batch: the value is 19\.66.* and should be 18\.66"
    for _ in range(2):  # no later call gives what the first refused
        with pytest.raises(CompileError, match=message):
            step(X)
    unchecked = autograd.compile(lambda x: op(w * x), batch="x", check=False)
    assert unchecked(X)[0] == 31.0


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("backend", ["numpy", "numba", "torch", "jax"])
def test_every_backend_proves_its_programs(backend: str, dtype: str) -> None:
    if backend != "numpy":
        pytest.importorskip(backend)
    w = Value(2.0, label="w")
    right = autograd.compile(lambda x: (w * x) ** 2, batch="x", backend=backend, dtype=dtype)
    assert float(right(X)[0]) == 30.0
    for op in (differing(value=0.1), differing(slope=0.1)):
        wrong = autograd.compile(
            lambda x, op=op: op(w * x), batch="x", backend=backend, dtype=dtype
        )
        with pytest.raises(CompileError, match="disagrees with the loss"):
            wrong(X)


def test_a_wrong_gradient_is_an_error_that_says_of_what() -> None:
    w = [Value(1.0 + i, label=f"w[{i}]") for i in range(3)]
    op = differing(slope=1.0)
    step = autograd.compile(lambda x: autograd.sum([op(v * x) for v in w]), batch="x")
    with pytest.raises(CompileError, match=r"first row of the batch: the gradient of w\[0\] is 3"):
        step([1.0])


def test_a_loss_without_arguments_is_proven() -> None:
    w, op = Value(2.0, label="w"), differing(value=1.0)
    with pytest.raises(CompileError, match=r"loss: the value is 5\.0 and should be 4\.0"):
        autograd.compile(lambda: op(w))()


@pytest.mark.parametrize(("rows", "calls"), [(1, 2), (2, 3), (3, 4), (4, 4), (50, 4)])
def test_a_program_is_proven_on_three_rows_and_once(rows: int, calls: int) -> None:
    w, seen = Value(2.0, label="w"), []

    def loss(x: Value) -> Value:
        seen.append(x.label)
        return w * x

    step = autograd.compile(loss, batch="x")
    for _ in range(3):
        step(np.ones(rows))
    assert len(seen) == calls  # two of them to record it


def test_a_program_that_was_proven_on_one_row_is_proven_on_more() -> None:
    w, calls = Value(2.0, label="w"), []

    def loss(x: Value) -> Value:
        calls.append(x)
        return w * x

    step = autograd.compile(loss, batch="x")
    step([1.0])
    with autograd.no_grad():  # where nothing can be compared
        step(X)
    assert len(calls) == 2
    step.parameters.flat[:] = 5.0  # the proof has the numbers of the Values
    assert step(X)[0] == 12.5
    assert len(calls) == 5


def test_a_proof_leaves_gradients_and_random_numbers_as_they_were() -> None:
    w = Value(2.0, label="w")
    w.grad = 7.0
    state = random.getstate()
    step = autograd.compile(lambda x: autograd.tanh(w * x) ** 2, batch="x")
    step(X)
    assert (w.data, w.grad, random.getstate() == state) == (2.0, 7.0, True)


def test_a_row_without_a_number_ends_the_proof() -> None:
    def loss(x: Value) -> Value:
        return autograd.log(w * x)

    w = Value(2.0, label="w")
    value, _ = autograd.compile(loss, batch="x")([1.0, -1.0, 2.0])
    assert math.isnan(value)


@pytest.mark.usefixtures("frequent_switches")
def test_threads_prove_one_step_at_once() -> None:
    w = Value(2.0, label="w")
    step = autograd.compile(lambda x: autograd.tanh(w * x) ** 2, batch="x")
    expected = np.mean(np.tanh(2.0 * np.array(X)) ** 2)
    found: list[float] = []
    in_threads(*[lambda: found.append(step(X)[0])] * 8)
    assert found == pytest.approx([expected] * 8)


def test_nan_and_infinities_are_equal_to_themselves_alone() -> None:
    special = [math.nan, math.inf, -math.inf, 0.0]
    for i, a in enumerate(special):
        assert [agrees(a, b, 1.0) for b in special] == [i == j for j in range(4)]


def test_a_number_may_differ_by_the_rounding_of_what_was_added() -> None:
    a, b = Value(1e6), Value(1.0)
    found = numbers_of(a * b - a * 1.0, [a, b])
    assert (found.value, [*found.gradient]) == (0.0, [0.0, 1e6])
    assert agrees(1e-5, found.value, found.scale)
    assert not agrees(1.0, found.value, found.scale)
