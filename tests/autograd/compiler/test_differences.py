"""What the guide says of programs that differ from the Values, and by how much."""

from __future__ import annotations

import math
import os
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd
from autograd import Value
from tests.processes import PATIENCE

BACKENDS = ["numpy", "numba", "torch", "jax"]


def result(loss: Any, backend: str = "numpy") -> tuple[float, dict[str, float]]:
    if backend != "numpy":
        pytest.importorskip(backend)
    value, gradient = autograd.compile(loss, backend=backend, check=False)()
    return float(value), {name: float(array) for name, array in gradient.items()}


@given(
    st.lists(st.floats(-1e300, 1e300, allow_subnormal=False), min_size=2, max_size=40),
    st.sampled_from([autograd.sum, sum, lambda xs: autograd.dot(xs, [1.0] * len(xs))]),
)
def test_a_sum_in_another_order_differs_by_its_bound(numbers: list[float], add: Any) -> None:
    leaves = [Value(number, label=f"p[{i}]") for i, number in enumerate(numbers)]
    value, _ = autograd.compile(lambda: add(leaves), check=False)()
    bound = math.fsum(2.0**-52 * abs(number) for number in numbers) * (len(numbers) - 1)
    assert abs(value - add(leaves).data) <= bound


@pytest.mark.parametrize("backend", BACKENDS)
def test_parameters_behind_detach_and_those_that_nothing_reaches(backend: str) -> None:
    a, b, c = [Value(2.0, label=name) for name in "abc"]
    c.grad = 7.0
    value, gradient = result(lambda: a * b.detach() + (a * b).detach(), backend)
    assert (value, gradient) == (8.0, {"a": 2.0, "b": 0.0})
    step = autograd.compile(lambda: a * b.detach())
    step.store(step()[1])
    assert (a.grad, b.grad, c.grad, {*step.parameters}) == (2.0, 0.0, 7.0, {"a", "b"})


@pytest.mark.parametrize("backend", BACKENDS)
def test_zeros_may_have_the_other_sign(backend: str) -> None:
    m, a = Value(-0.0, label="m"), Value(2.0, label="a")
    for loss in (lambda: m + 0.0, lambda: sum([m, m]), lambda: autograd.cross_entropy([a], 0)):
        assert result(loss, backend)[0] == loss().data == 0.0
    # Where nothing is added or taken away, it is kept.
    for kept in (lambda: -m, lambda: m * 1.0, lambda: 1.0 * m * a):
        signs = math.copysign(1.0, result(kept, backend)[0]), math.copysign(1.0, kept().data)
        assert signs[0] == signs[1]


@pytest.mark.parametrize("backend", BACKENDS)
def test_equal_nodes_with_an_infinite_derivative_are_one(backend: str) -> None:
    z = Value(0.0, label="z")

    def loss() -> Value:
        return autograd.sqrt(z) * 1.0 + autograd.sqrt(z) * 0.0

    assert result(loss, backend) == (0.0, {"z": math.inf})
    [slope] = autograd.gradients(loss(), [z])
    assert math.isnan(slope)


def extreme_of_a_distribution(a: Value, p: list[Value], q: list[Value]) -> Value:
    return autograd.max(autograd.log_softmax([w * a for w in p]))


def extreme_of_differences(a: Value, p: list[Value], q: list[Value]) -> Value:
    least = autograd.min([w * a - v * a for w, v in zip([*p, q[0]], q, strict=True)])
    return least * autograd.logsumexp([v * a - 1.0 for v in q])


@pytest.mark.parametrize("loss", [extreme_of_a_distribution, extreme_of_differences])
def test_an_element_that_xla_rounds_otherwise_is_still_the_extreme(loss: Any) -> None:
    """It computes numbers anew where they are used: no use may compare them with one another."""
    pytest.importorskip("jax")
    a = Value(0.9, label="a")
    p = [Value(1.0, label=f"p[{i}]") for i in range(2)]
    q = [Value(1.0, label=f"q[{i}]") for i in range(3)]
    step = autograd.compile(lambda: loss(a, p, q), backend="jax", check=False)
    generator = random.Random(0)
    step()
    for _ in range(200):
        for leaf in step.leaves:
            leaf.data = generator.gauss(0.0, 1.0)
        step.load()
        expected = autograd.gradients(loss(a, p, q), step.leaves)
        assert step()[1].flat.tolist() == pytest.approx(expected, rel=1e-8, abs=1e-10)


def test_xla_may_take_subnormal_numbers_for_0() -> None:
    a = Value(1e-310, label="a")
    assert result(lambda: a * 1e300)[0] == a.data * 1e300 > 0.0
    assert result(lambda: a * 1e300, "jax")[0] in (0.0, a.data * 1e300)


CANCELLING = """
import autograd
from autograd import Value
k, k2 = Value(1.1), Value(1.1)
def loss(x):
    u, v = k * x, k2 * x
    return (u + 1e16) - 1e16 + autograd.sqrt(u * u - v * v)
xs = [0.1, 0.3, 0.7]
step = autograd.compile(loss, batch="x", backend="jax", check=False)
print(repr(float(step(xs)[0])), repr(autograd.mean([loss(Value(x)) for x in xs]).data))
"""


def test_xla_rounds_as_it_is_written_if_it_is_told_to() -> None:
    """Without the flag the first term is folded to u, and the second may be nan."""
    pytest.importorskip("jax")
    flags = "--xla_disable_hlo_passes=algsimp,fusion"
    done = subprocess.run(
        [sys.executable, "-c", CANCELLING],
        cwd=Path(__file__).parents[3],
        env={**os.environ, "XLA_FLAGS": flags},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    compiled, eager = map(float, done.stdout.split())
    assert compiled == eager
