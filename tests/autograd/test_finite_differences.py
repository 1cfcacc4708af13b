"""gradcheck: it passes what is right, fails what is wrong, and puts everything back."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import autograd
from autograd import GradientCheckError, OperandError, ShapeError, Value, gradcheck
from tests.autograd.strategies import KINKED


def wrong(value: Callable[[float], float], slope: float) -> Callable[[Value], Value]:
    """A function whose gradient is a lie."""
    return lambda x: Value(value(x.data), [x], [slope])


def _root(x: float) -> float:
    return math.sqrt(x) if x >= 0 else math.nan


RIGHT: list[tuple[Callable[..., Value], list[float]]] = [
    (lambda x: x**3, [2.0]),
    (autograd.tanh, [0.3]),
    (autograd.tanh, [30.0]),
    (lambda x: x * 0, [1.0]),
    (lambda x: x + 1e6, [1e-3]),
    (lambda x, y: x * autograd.sin(y) + y / x, [0.7, -1.3]),
    (lambda *xs: autograd.logsumexp(xs), [0.1, 2.0, -30.0]),
    (autograd.exp, [700.0]),  # where the usual step is too long
    (autograd.log, [1e-8]),  # where the usual step leaves the domain
    (autograd.log, [1e-300]),
    (lambda x: x * 1e-8, [1e8]),
    (lambda x: 1e10 * x, [1.0]),
    # Kinks: any slope between those of the two sides.
    (autograd.abs, [0.0]),
    (autograd.relu, [0.0]),
    (autograd.leaky_relu, [0.0]),
    (autograd.maximum, [2.0, 2.0]),
    (lambda x: autograd.clip(x, -1, 1), [1.0]),
    (lambda x: autograd.relu(x) + autograd.relu(-x), [0.0]),
    (autograd.elu, [0.0]),
    # Vertical tangents, on both sides and at the edge of the domain.
    (autograd.cbrt, [0.0]),
    (autograd.sqrt, [0.0]),
    (lambda x: x**0.5, [0.0]),
    (lambda x: -autograd.sqrt(3 - x), [3.0]),
    (autograd.asin, [1.0]),
    (autograd.asin, [-1.0]),
    (autograd.acos, [1.0]),
    (autograd.acosh, [1.0]),
    (autograd.log, [0.0]),
    (autograd.atanh, [1.0]),
    # Where the scale of the function is not that of the input.
    (autograd.log, [1e-5]),
    (autograd.log1mexp, [1e-5]),
    (autograd.gamma, [1e-7]),
    (autograd.gamma, [-1 + 1e-7]),
    (autograd.gamma, [-2 - 1e-9]),
    (autograd.sin, [1e12]),
    (lambda x: autograd.sin(x * x), [1e4]),
    (lambda x: autograd.sin(1e20 * x), [0.0]),
    (lambda x: autograd.relu(x) + 1, [1e-9]),
    (lambda x: x**1.5, [0.0]),
    (autograd.floor, [1.0]),  # a jump
    (lambda x: Value(math.sqrt(x.data), [x], [0.5 / math.sqrt(x.data)]), [1e-3]),  # ValueError
]  # fmt: skip


@pytest.mark.parametrize(("function", "inputs"), RIGHT)
def test_what_is_right_passes(function: Callable[..., Value], inputs: list[float]) -> None:
    found = gradcheck(function, inputs)
    assert len(found) == len(inputs)
    assert all(each.agrees for each in found)


WRONG: list[tuple[Callable[[Value], Value], float]] = [
    (wrong(lambda x: x * x, 3.9999), 2.0),
    (wrong(lambda x: x * x, -4.0), 2.0),
    (wrong(lambda x: x * x, 0.0), 2.0),
    (wrong(lambda x: x * x, math.nan), 2.0),
    (wrong(lambda x: x * x, math.inf), 2.0),
    (wrong(lambda x: x * x, -math.inf), 2.0),
    (wrong(abs, 1.5), 0.0),
    (wrong(abs, -1.001), 0.0),
    (wrong(abs, math.inf), 0.0),
    (wrong(lambda x: max(x, 0.0), -0.1), 0.0),
    (wrong(_root, 5.0), 0.0),
    (wrong(_root, -math.inf), 0.0),
    (wrong(lambda x: math.copysign(abs(x) ** (1 / 3), x), -math.inf), 0.0),
    (wrong(lambda x: _root(x) + x, 0.5), 1.0),
    (wrong(lambda x: x if x >= 0 else math.nan, 2.0), 0.0),
    (lambda x: x * x.detach(), 2.0),
    (wrong(lambda x: 1e3 + x, 1.001), 1.0),
    (wrong(math.log, 1.01e5), 1e-5),
    (wrong(math.sin, math.cos(1e12) * 1.01), 1e12),
    (wrong(math.floor, 1.0), 1.0),
    (wrong(lambda x: x**1.5 if x >= 0 else math.nan, 1e-3), 0.0),
    (wrong(lambda x: x * math.log(x) if x else 0.0, 1.0), 0.0),
]


@pytest.mark.parametrize(("function", "x"), WRONG)
def test_what_is_wrong_fails(function: Callable[[Value], Value], x: float) -> None:
    with pytest.raises(GradientCheckError, match="1 of 1 gradients are wrong"):
        gradcheck(function, [x])


def test_the_edge_of_the_domain_with_a_finite_slope() -> None:
    [found] = gradcheck(wrong(lambda x: x if x >= 0 else math.nan, 1.0), [0.0])
    assert found.at_kink
    assert found.finite_difference == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("function", "x", "at_kink"),
    [
        (autograd.abs, 0.0, True),  # though the central difference is the gradient
        (lambda x: autograd.abs(x) * 1e-3 + x, 0.0, True),
        (autograd.relu, 0.0, True),
        (autograd.floor, 1.0, True),
        (autograd.sqrt, 0.0, True),
        (lambda x: x**1.5, 0.0, True),
        (autograd.abs, 1e-7, False),
        (autograd.cbrt, 0.0, False),
        (autograd.sin, 2e7, False),
        (lambda x: x * x, 0.0, False),
        (lambda x: x * 0, 0.0, False),
        (lambda x: x**1.5, 1e-6, False),
    ],
)
def test_kinks_are_told(function: Callable[[Value], Value], x: float, at_kink: bool) -> None:
    [found] = gradcheck(function, [x])
    assert found.at_kink is at_kink


@pytest.mark.parametrize("convention", [0.0, 0.25, 0.5, 0.9, 1.0])
def test_at_a_kink_any_slope_between_those_of_its_sides(convention: float) -> None:
    relu = lambda x: max(x, 0.0)  # noqa: E731
    [found] = gradcheck(wrong(relu, convention), [0.0])
    assert found.at_kink
    for beyond in (-0.125 - convention, 1.125 + convention):
        with pytest.raises(GradientCheckError):
            gradcheck(wrong(relu, beyond), [0.0])


@pytest.mark.parametrize("k", range(1, 201))
def test_curvature_is_no_kink(k: int) -> None:
    gradcheck(autograd.sin, [1e5 * k])
    with pytest.raises(GradientCheckError):
        gradcheck(wrong(math.sin, math.cos(1e5 * k) * 1.02), [1e5 * k])


SMOOTH: dict[str, Callable[[Value], Value]] = {
    "sin": autograd.sin,
    "tanh": autograd.tanh,
    "square": lambda x: x * x,
    "bell": lambda x: autograd.exp(-x * x),
    "log": lambda x: autograd.log(1 + x * x),
    "asinh": autograd.asinh,
    "atan": autograd.atan,
    "shift": lambda x: 0.7 * x - 1.3,
    "ratio": lambda x: x / (1 + x * x),
    "softplus": autograd.softplus,
}
sizes = st.builds(
    lambda sign, exponent: sign * 10.0**exponent, st.sampled_from([-1, 1]), st.floats(-6, 6)
)


@given(sizes, st.lists(st.sampled_from(list(SMOOTH)), min_size=1, max_size=3))
def test_one_percent_is_caught_on_smooth_functions(x: float, names: list[str]) -> None:
    def function(x: Value) -> Value:
        for name in names:
            x = SMOOTH[name](x)
        return x

    leaf = Value(x)
    output = function(leaf)
    [slope] = autograd.gradients(output, [leaf])
    # What rounding may do to the result, through each node, next to what changing x does.
    nodes = autograd.topological_order(output)
    rounding = sum(
        abs(node.data * upstream)
        for node, upstream in zip(nodes, autograd.gradients(output, nodes), strict=True)
        if node.parents
    )
    scale = min(1.0, abs(x)) / max([1.0, abs(x), *(abs(node.data) for node in nodes)])
    assume(rounding * 2.0**-52 < 1e-9 * scale * abs(slope))

    gradcheck(function, [x])

    def off(x: Value) -> Value:
        return Value(function(x).data, [x], [slope * 1.01])

    with pytest.raises(GradientCheckError):
        gradcheck(off, [x])


def test_the_worst_is_named_first() -> None:
    x, y, z = Value(1.0, label="x"), Value(2.0, label="y"), Value(3.0, label="z")

    def function(x: Value, y: Value, z: Value) -> Value:
        data = x.data + y.data + z.data
        return Value(data, [x, y, z], [1.0, 1.5, 1.01])

    with pytest.raises(GradientCheckError) as caught:
        gradcheck(function, [x, y, z])
    assert str(caught.value).startswith(
        "2 of 3 gradients are wrong; the worst is y = 2: backward says 1.5, finite differences 1"
    )
    assert "relative error 0.33" in str(caught.value)


def test_a_comparison_says_what_was_compared() -> None:
    found = gradcheck(lambda a, b: a * a * b, [3.0, Value(2.0, label="b")])
    assert {each.name for each in found} == {"input 0", "b"}
    errors = [each.relative_error for each in found]
    assert errors == sorted(errors, reverse=True)
    [a] = [each for each in found if each.name == "input 0"]
    assert (a.data, a.gradient, a.at_kink) == (3.0, 12.0, False)
    assert a.finite_difference == pytest.approx(12.0)
    assert str(a).startswith("input 0 = 3: backward says 12, finite differences 12")


def test_the_relative_error_is_zero_or_infinite_where_a_quotient_would_be_nan() -> None:
    [zero] = gradcheck(lambda x: x * 0, [1.0])
    assert zero.relative_error == 0.0
    [vertical] = gradcheck(autograd.sqrt, [0.0])
    assert vertical.relative_error == math.inf


def test_the_same_value_twice() -> None:
    x = Value(3.0)
    for each in gradcheck(lambda a, b: a * b, [x, x]):
        assert each.gradient == 6.0


def test_a_model_is_checked_by_its_parameters() -> None:
    w, b = Value(0.5), Value(-0.2)
    gradcheck(lambda *_: (autograd.tanh(w * 2 + b) - 1) ** 2, [w, b])
    assert (w.data, b.data, w.grad, b.grad) == (0.5, -0.2, 0.0, 0.0)


@pytest.mark.parametrize("scale", [1e-12, 1e-3, 10.0])
def test_a_function_with_noise_is_refused(scale: float) -> None:
    """A wrong rule would pass beside it: noise is taken for a kink, or for rounding."""
    noise = random.Random(0)
    lie = wrong(lambda x: x * x, 3.0)

    with pytest.raises(GradientCheckError, match=r"gave .* and then .* for the same inputs"):
        gradcheck(lambda x: lie(x) + scale * noise.random(), [2.0])
    gradcheck(lambda x: x * x + scale * random.Random(0).random(), [2.0])


def test_a_function_that_is_nan_each_time_has_no_noise() -> None:
    with pytest.raises(GradientCheckError, match="1 of 1 gradients are wrong"):
        gradcheck(lambda x: x * math.nan, [1.0])


@pytest.mark.parametrize("fails_at", [1, 2, 3, 4])
def test_data_is_restored_though_the_function_fails(fails_at: int) -> None:
    x = Value(0.1)
    x.grad = 7.0
    calls = 0

    def function(x: Value) -> Value:
        nonlocal calls
        calls += 1
        if calls == fails_at:
            raise KeyError("broken")
        return x * x

    with pytest.raises(KeyError, match="broken"):
        gradcheck(function, [x])
    assert (x.data, x.grad) == (0.1, 7.0)


def test_tolerance() -> None:
    almost = wrong(lambda x: x * x, 4.001)
    gradcheck(almost, [2.0], tolerance=1e-3)
    with pytest.raises(GradientCheckError):
        gradcheck(almost, [2.0], tolerance=1e-5)


def test_wrong_use() -> None:
    with pytest.raises(ShapeError, match="at least one input"):
        gradcheck(lambda: Value(1.0), [])
    with pytest.raises(OperandError, match=r"returns a Value, not 4\.0"):
        gradcheck(lambda x: x.data**2, [2.0])  # type: ignore[arg-type, return-value]


ONE_OPERAND: list[Any] = [
    name for name in dir(autograd)
    if name in {"exp", "exp2", "expm1", "log", "log1p", "log2", "log10", "log1mexp", "sqrt", "cbrt",
                "sin", "cos", "tan", "asin", "acos", "atan", "sinh", "cosh", "tanh", "asinh",
                "atanh", "degrees", "radians", "erf", "erfc", "gamma", "lgamma", "floor", "ceil",
                "round", "sign", "abs", "selu", "gelu", "silu", "sigmoid", "logsigmoid", "softplus",
                "elu"} | KINKED and name not in {"maximum", "minimum"}
]  # fmt: skip


@pytest.mark.parametrize("name", ONE_OPERAND)
def test_the_packages_own_functions_pass(name: str) -> None:
    gradcheck(getattr(autograd, name), [0.6])
