"""Arrays, dicts and nested lists as arguments of grad and its kin: what SciPy and people pass."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import optimize

import autograd
from autograd import Value, grad, hessian, jacobian, jvp, value_and_grad, vjp

numbers = st.floats(-2.0, 2.0)


def rosenbrock(x: Any) -> Any:
    return autograd.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)


def residuals(p: Any) -> list[Any]:
    times = [0.0, 0.5, 1.0, 1.5]
    return [p[0] * autograd.exp(-p[1] * t) - 2.0 * math.exp(-0.7 * t) for t in times]


def swirl(p: Sequence[Any]) -> list[Any]:
    x, y, z = p
    return [autograd.sin(x * y) + z, autograd.exp(z) * x, x * x * y - z / 3]


def test_scipy_minimises_with_our_gradient_unchanged() -> None:
    found = optimize.minimize(
        value_and_grad(rosenbrock), np.zeros(4), jac=True, method="BFGS", tol=1e-10
    )
    assert found.x == pytest.approx(np.ones(4), abs=1e-6)
    newton = optimize.minimize(
        rosenbrock, np.zeros(3), jac=grad(rosenbrock), hess=hessian(rosenbrock), method="Newton-CG"
    )
    assert newton.x == pytest.approx(np.ones(3), abs=1e-4)


def test_the_gradient_and_the_hessian_are_those_of_scipy() -> None:
    x = np.array([0.3, -0.5, 1.2, 0.7])
    found = grad(rosenbrock)(x)
    assert isinstance(found, np.ndarray)
    assert found.dtype == float
    assert found.shape == x.shape
    np.testing.assert_allclose(found, optimize.rosen_der(x), rtol=1e-13)
    np.testing.assert_allclose(hessian(rosenbrock)(x), optimize.rosen_hess(x), rtol=1e-12)
    assert optimize.check_grad(rosenbrock, grad(rosenbrock), x) < 1e-4


def test_least_squares_takes_our_jacobian() -> None:
    found = optimize.least_squares(residuals, np.array([1.0, 1.0]), jac=jacobian(residuals))
    assert found.x == pytest.approx([2.0, 0.7])
    assert jacobian(residuals)(np.array([1.0, 1.0])).shape == (4, 2)


def test_root_takes_our_jacobian_of_a_function_that_returns_an_array() -> None:
    def equations(p: Any) -> Any:
        return np.array([p[0] ** 2 + p[1] - 3.0, p[0] - p[1] ** 2 + 1.0])

    found = optimize.root(equations, np.array([1.0, 1.0]), jac=jacobian(equations))
    assert found.success
    assert equations(found.x) == pytest.approx([0.0, 0.0], abs=1e-9)


def test_a_matrix_comes_back_as_a_matrix() -> None:
    a = np.arange(6.0).reshape(2, 3)
    value, slope = value_and_grad(lambda m: autograd.sum((m @ np.ones(3)) ** 2))(a)
    assert value == float(np.sum((a @ np.ones(3)) ** 2))
    np.testing.assert_array_equal(slope, 2 * (a @ np.ones(3))[:, None] * np.ones((2, 3)))
    assert jacobian(lambda m: m @ np.ones(3))(a).shape == (2, 2, 3)


def test_integers_become_floats_and_the_argument_stays_as_it_is() -> None:
    x = np.array([1, 2, 3])
    np.testing.assert_array_equal(grad(lambda p: p @ p)(x), [2.0, 4.0, 6.0])
    np.testing.assert_array_equal(x, [1, 2, 3])


def test_dicts_and_nested_structures_keep_their_form() -> None:
    parameters = {"w": [np.array([1.0, 2.0]), (3.0, [4.0])], "b": 0.5}

    def loss(p: Any) -> Any:
        [vector, (a, [c])] = p["w"]
        return autograd.sum(vector * vector) * a + c * p["b"]

    found = grad(loss)(parameters)
    assert list(found) == ["w", "b"]
    assert found["b"] == 4.0
    np.testing.assert_array_equal(found["w"][0], [6.0, 12.0])
    assert found["w"][1] == [5.0, [0.5]]
    rows = jacobian(lambda p: {"sum": p["a"] + p["b"], "product": p["a"] * p["b"]})(
        {"a": 2.0, "b": 3.0}
    )
    assert rows == {"sum": {"a": 1.0, "b": 1.0}, "product": {"a": 3.0, "b": 2.0}}


def test_gradients_of_arrays_nest() -> None:
    x = np.array([0.4, -0.3])

    def penalised(p: Any) -> Any:
        slope = grad(lambda q: autograd.sin(q[0]) * q[1] ** 2)(p)
        return autograd.sum(slope**2)

    a, b = x
    by_hand = [
        2 * math.cos(a) * b**2 * -math.sin(a) * b**2 + 2 * math.sin(a) * math.cos(a) * 4 * b**2,
        4 * math.cos(a) ** 2 * b**3 + 8 * math.sin(a) ** 2 * b,
    ]
    np.testing.assert_allclose(grad(penalised)(x), by_hand, rtol=1e-13)


def test_a_function_that_returns_an_array_has_no_one_gradient() -> None:
    with pytest.raises(autograd.OperandError, match=r"returns one Value, .*autograd\.jacobian"):
        grad(lambda p: p * 2)(np.ones(2))


@given(st.lists(numbers, min_size=3, max_size=3), st.lists(numbers, min_size=3, max_size=3))
def test_the_products_are_those_with_the_jacobian(x: list[float], v: list[float]) -> None:
    matrix = np.array(jacobian(swirl)(x))
    values, slopes = jvp(swirl, [x], [v])
    assert values == [output.data for output in swirl([Value(e) for e in x])]
    np.testing.assert_allclose(slopes, matrix @ v, rtol=1e-12, atol=1e-12)
    values, pull_back = vjp(swirl, x)
    [found] = pull_back(v)
    np.testing.assert_allclose(found, v @ matrix, rtol=1e-12, atol=1e-12)


def test_forward_mode_goes_through_long_graphs_and_nests() -> None:
    def through(function: Callable[[Any], Any], x: Any) -> Any:
        return jvp(function, [x], [1.0])[1]

    def compounded(x: Any) -> Any:
        for _ in range(3000):
            x = x * 1.0001
        return x

    assert through(compounded, 2.0) == pytest.approx(1.0001**3000, rel=1e-12)
    assert grad(lambda x: through(lambda y: y**4, x))(2.0) == 48.0
    assert through(lambda x: 3.0 * Value(2.0), 1.0) == 0.0


def test_a_direction_of_another_length_is_refused() -> None:
    with pytest.raises(autograd.ArgumentError, match="each of the 3 numbers of the arguments"):
        jvp(swirl, [[1.0, 2.0, 3.0]], [[1.0]])
    with pytest.raises(autograd.ArgumentError, match="each of the 3 numbers of the outputs"):
        vjp(swirl, [1.0, 2.0, 3.0])[1](1.0)
