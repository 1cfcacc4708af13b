"""Derivatives as functions: gradients of gradients, grad, value_and_grad, jacobian, hessian."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest

import autograd
from autograd import (
    ArgumentError,
    NotDifferentiableError,
    OperandError,
    Value,
    grad,
    gradients,
    hessian,
    jacobian,
    value_and_grad,
)  # fmt: skip


def rosenbrock(p: list[Any]) -> Any:
    x, y = p
    return (1 - x) ** 2 + 100 * (y - x**2) ** 2


# gradients


def test_gradients_of_any_node_and_none_of_their_grads_touched() -> None:
    x, w = Value(3.0), Value(2.0)
    x.grad = 7.0
    a = x * w
    loss = a * a
    a.grad, loss.grad = 5.0, 4.0
    for create_graph in (False, True):
        found = gradients(loss, [loss, a, w, x, x], create_graph=create_graph)
        assert [g.data if isinstance(g, Value) else g for g in found] == [
            1.0,
            12.0,
            36.0,
            24.0,
            24.0,
        ]
        assert [node.grad for node in (x, w, a, loss)] == [7.0, 0.0, 5.0, 4.0]


def test_gradients_with_respect_to_something_else_are_zero() -> None:
    x, other = Value(3.0), Value(1.0)
    later = x * x * other
    assert gradients(x * x, [other, later]) == [0.0, 0.0]
    zero, _ = gradients(x * x, [other, x], create_graph=True)
    assert (zero.data, zero.parents) == (0.0, ())


def test_gradients_of_a_leaf_and_of_nothing() -> None:
    x = Value(3.0)
    assert gradients(x, [x]) == [1.0]
    assert gradients(x * x, []) == []
    assert gradients(x, (v for v in [x]), create_graph=True)[0].data == 1.0


def test_gradients_are_values_that_go_on() -> None:
    x = Value(2.0)
    derivative = x**5
    for expected in (80.0, 160.0, 240.0, 240.0, 120.0, 0.0, 0.0):
        [derivative] = gradients(derivative, [x], create_graph=True)
        assert derivative.data == expected


def test_create_graph_is_exact_at_the_data_held_now() -> None:
    x = Value(3.0)
    cube = x * x * x
    x.data = 1.0
    assert gradients(cube, [x]) == [27.0]  # as recorded
    [slope] = gradients(x**3, [x], create_graph=True)
    assert (slope.data, gradients(slope, [x])) == (3.0, [6.0])


def test_a_node_without_a_rule_says_how_to_make_one() -> None:
    x = Value(2.0)
    y = Value(4.0, [x], [4.0], op="square") * x
    assert gradients(y, [x]) == [12.0]
    x.grad = 5.0
    with pytest.raises(NotDifferentiableError, match=r"op='square'.*autograd\.primitive"):
        gradients(y, [x], create_graph=True)
    assert (x.grad, y.grad) == (5.0, 0.0)  # restored though it failed
    by_hand = Value(1.0, [Value(0.0)], [1.0])  # not on the way to x: of no concern
    assert gradients(x * by_hand, [x], create_graph=True)[0].data == 1.0


@pytest.mark.parametrize("call", [lambda x: gradients(3.0, [x]), lambda x: gradients(x, [3.0])])
def test_gradients_are_of_values(call: Callable[[Value], Any]) -> None:
    with pytest.raises(OperandError, match=r"not 3\.0"):
        call(Value(1.0))


# grad and value_and_grad


def test_grad_has_the_shape_of_its_argument() -> None:
    def loss(weights: Any, bias: Any) -> Any:
        return weights[0][0] * weights[1][1] + 3 * weights[0][1] + bias**2

    assert grad(loss)([[1.0, 2.0], [3.0, 4.0]], 5.0) == [[4.0, 3.0], [0.0, 1.0]]
    assert grad(loss, 1)([[1, 2], [3, 4]], 5) == 10.0
    assert grad(loss, -1)(((1, 2), (3, 4)), 5) == 10.0
    assert grad(loss, (1, 0))([[1, 2], [3, 4]], 5) == [10.0, [[4.0, 3.0], [0.0, 1.0]]]
    assert value_and_grad(loss, [1])([[1, 2], [3, 4]], 5) == (35.0, [10.0])


def test_results_are_floats_for_numbers_and_values_for_values() -> None:
    number = grad(autograd.sin)(0.0)
    assert (type(number), number) == (float, 1.0)
    x = Value(0.0)
    value = grad(autograd.sin)(x)
    assert (type(value), value.data) == (Value, 1.0)
    both = value_and_grad(autograd.sin)(x)
    assert [type(each) for each in both] == [Value, Value]
    assert gradients(both[0] + value, [x]) == [1.0]
    assert x.grad == 0.0


@pytest.mark.parametrize(
    ("order", "expected"), [(1, math.cos(0.7)), (2, -math.sin(0.7)), (5, math.cos(0.7))]
)
def test_grad_of_grad(order: int, expected: float) -> None:
    derivative: Callable[..., Any] = autograd.sin
    for _ in range(order):
        derivative = grad(derivative)
    assert derivative(0.7) == pytest.approx(expected, rel=1e-15)


def test_a_higher_derivative_that_is_constant_or_zero() -> None:
    assert grad(grad(lambda x: 3 * x))(2.0) == 0.0
    assert grad(grad(grad(lambda x: x**2)))(5.0) == 0.0
    assert grad(grad(lambda x: x * x))(5.0) == 2.0


def test_nested_derivatives_do_not_mix_their_variables() -> None:
    """d/dx [x · d/dy (x + y)] is 1, not 2: the classic confusion of perturbations."""
    assert grad(lambda x: x * grad(lambda y: x + y)(2.0))(1.0) == 1.0
    assert grad(lambda x: x * grad(lambda y: x + y)(x))(1.0) == 1.0
    assert grad(lambda x: x * grad(lambda y: x * y)(x))(3.0) == 6.0
    assert grad(lambda x: grad(lambda y: x**2 * y**3)(x))(2.0) == 3 * 4 * 2.0**3


def test_a_function_that_leaves_the_graph_says_so() -> None:
    for function in (lambda x: x.data, lambda x: 3.0, lambda x: None):
        with pytest.raises(OperandError, match="not a Value"):
            grad(function)(1.0)
    with pytest.raises(OperandError, match=r"returns one Value, not a list.*autograd\.jacobian"):
        grad(lambda x: [x, x])(1.0)
    with pytest.raises(ArgumentError, match=r"argnums=2.* 1 arguments"):
        grad(lambda x: x, 2)(1.0)
    with pytest.raises(OperandError, match="str 'a'"):
        grad(lambda x: x)("a")


# jacobian and hessian


def test_jacobian() -> None:
    def polar(p: Any) -> Any:
        r, angle = p
        return [r * autograd.cos(angle), r * autograd.sin(angle)]

    c, s = math.cos(0.3), math.sin(0.3)
    found = jacobian(polar)([2.0, 0.3])
    assert found[0] == pytest.approx([c, -2 * s])
    assert found[1] == pytest.approx([s, 2 * c])
    assert jacobian(lambda x: [x, 2 * x, [x * x]])(3.0) == [1.0, 2.0, [6.0]]
    assert jacobian(lambda a, b: [a * b], 1)(3.0, 4.0) == [3.0]
    assert jacobian(lambda x: x * x)(3.0) == 6.0


def test_hessian_of_the_rosenbrock_function() -> None:
    x, y = -1.2, 1.0
    assert grad(rosenbrock)([x, y]) == pytest.approx([-215.6, -88.0])
    expected = [[1200 * x * x - 400 * y + 2, -400 * x], [-400 * x, 200.0]]
    found = hessian(rosenbrock)([x, y])
    assert found[0] == pytest.approx(expected[0], rel=1e-14)
    assert found[1] == pytest.approx(expected[1], rel=1e-14)
    assert grad(rosenbrock)([1.0, 1.0]) == [0.0, 0.0]


def test_hessian_of_logsumexp_is_that_of_softmax() -> None:
    z = [0.5, -1.0, 2.0]
    p = autograd.softmax(z)
    for i, row in enumerate(hessian(autograd.logsumexp)(z)):
        assert row == pytest.approx([p[i] * ((i == j) - p[j]) for j in range(3)], abs=1e-15)


def test_hessian_of_a_linear_function_and_of_a_number() -> None:
    assert hessian(lambda p: 2 * p[0] + p[1])([1.0, 2.0]) == [[0.0, 0.0], [0.0, 0.0]]
    assert hessian(lambda x: x**3)(2.0) == 12.0
    assert hessian(lambda a, b: a * b**3, 1)(2.0, 3.0) == 36.0


def test_newton_finds_the_minimum_of_the_rosenbrock_function() -> None:
    p = [-1.2, 1.0]
    for _ in range(10):
        (a, b), (c, d) = hessian(rosenbrock)(p)
        gx, gy = grad(rosenbrock)(p)
        determinant = a * d - b * c
        p = [p[0] - (d * gx - b * gy) / determinant, p[1] - (a * gy - c * gx) / determinant]
    assert p == pytest.approx([1.0, 1.0], abs=1e-12)


def test_an_inner_gradient_at_a_number_still_depends_on_the_outer_variable() -> None:
    assert grad(lambda x: grad(lambda y: x * y)(2.0))(3.0) == 1.0
    assert grad(lambda x: x * grad(lambda y: y * y)(2.0))(3.0) == 4.0


def test_gradients_takes_a_list() -> None:
    x = Value(2.0)
    with pytest.raises(autograd.OperandError, match=r"gradients\(output, \[x\]\)"):
        autograd.gradients(x * x, x)


def test_a_rule_that_leaves_the_vocabulary_can_not_be_differentiated_twice() -> None:
    rule = autograd.primitive("f", lambda m, x: m.exp(x), lambda m, y, x: (math.exp(x),))
    assert grad(rule)(0.0) == 1.0
    with pytest.raises(autograd.NotDifferentiableError, match="'f' can't be differentiated again"):
        grad(grad(rule))(0.0)
