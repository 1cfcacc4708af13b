"""The functions of Values: kinks, IEEE 754, stability, and the functions of whole sequences."""

from __future__ import annotations

import builtins
import inspect
import itertools
import math
from collections.abc import Callable
from fractions import Fraction
from math import inf, nan
from typing import Any

import mpmath
import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from mpmath import mp

import autograd
from autograd import ArgumentError, OperandError, ShapeError, Value, gradients, ops
from autograd.ops.record import TABLE, Binary, apply
from tests.autograd.strategies import EPSILON, SPECIAL, equal, finite_floats, same
from tests.autograd.test_ops import DOMAINS

SMALLEST_NORMAL = 2.0**-1022


def local(function: Callable[..., Value], *operands: float) -> tuple[float, ...]:
    return function(*map(Value, operands)).local_derivatives


@pytest.mark.parametrize(
    ("function", "operands", "expected"),
    [
        (autograd.relu, [0.0], [0.0]),
        (autograd.relu, [-0.0], [0.0]),
        (Value.relu, [0.0], [0.0]),
        (autograd.abs, [0.0], [0.0]),
        (autograd.abs, [-0.0], [0.0]),
        (autograd.maximum, [2.0, 2.0], [0.5, 0.5]),
        (autograd.minimum, [2.0, 2.0], [0.5, 0.5]),
        (autograd.maximum, [inf, inf], [0.5, 0.5]),
        (autograd.maximum, [0.0, -0.0], [0.5, 0.5]),
        (autograd.maximum, [1e308, -1e308], [1.0, 0.0]),
        (lambda *xs: autograd.max(xs), [1.0, 3.0, 3.0], [0.0, 0.5, 0.5]),
        (lambda *xs: autograd.max(xs), [3.0, 3.0, 3.0], [1 / 3, 1 / 3, 1 / 3]),
        (lambda *xs: autograd.min(xs), [3.0, 1.0, 1.0], [0.0, 0.5, 0.5]),
        (lambda x: x**0, [0.0], [0.0]),
        (lambda x: x**0, [nan], [0.0]),
        (lambda x: x**1, [0.0], [1.0]),
        (lambda x: x**2, [0.0], [0.0]),
        (lambda x: x**0.5, [0.0], [inf]),
        (lambda x: x**-1, [0.0], [-inf]),
        (lambda x: x**3, [-2.0], [12.0]),
        (lambda x, n: x**n, [0.0, 0.0], [0.0, 0.0]),
        (lambda x, n: x**n, [0.0, 2.0], [0.0, 0.0]),
        (lambda x, n: x**n, [0.0, 1.0], [1.0, 0.0]),
        (lambda x, n: x**n, [0.0, 0.5], [inf, 0.0]),
        (lambda x, n: x**n, [2.0, 0.0], [0.0, math.log(2)]),
        (lambda x, n: x**n, [-2.0, 3.0], [12.0, nan]),
        (lambda x, n: x**n, [0.0, -1.0], [-inf, -inf]),
        (lambda x, n: x**n, [0.0, nan], [nan, nan]),
        (autograd.sqrt, [0.0], [inf]),
        (autograd.cbrt, [0.0], [inf]),
        (autograd.hypot, [0.0, 0.0], [0.0, 0.0]),
        (lambda *xs: autograd.norm(xs), [0.0, 0.0, 0.0], [0.0, 0.0, 0.0]),
        (autograd.floor, [2.0], [0.0]),
        (autograd.ceil, [2.0], [0.0]),
        (autograd.round, [2.5], [0.0]),
        (autograd.sign, [0.0], [0.0]),
        (autograd.leaky_relu, [0.0], [0.01]),
        (autograd.elu, [0.0], [1.0]),
        (autograd.copysign, [0.0, -1.0], [0.0, 0.0]),
        (autograd.copysign, [2.0, -0.0], [-1.0, 0.0]),
        (autograd.copysign, [2.0, nan], [nan, 0.0]),
        (lambda x: autograd.clip(x, -1, 1), [1.0], [1.0]),
        (lambda x: autograd.clip(x, -1, 1), [-1.0], [1.0]),
        (lambda x: autograd.clip(x, -1, 1), [1.5], [0.0]),
        (lambda x: autograd.clip(x, 1, 1), [1.0], [1.0]),
        (lambda x: autograd.clip(x, 1, 1), [1.5], [0.0]),
        (autograd.fmod, [6.0, 3.0], [1.0, -2.0]),
        (autograd.remainder, [5.0, 3.0], [1.0, -2.0]),
        (autograd.where, [1.0, 5.0, 6.0], [0.0, 1.0, 0.0]),
        (autograd.where, [0.0, 5.0, 6.0], [0.0, 0.0, 1.0]),
        (lambda *xs: autograd.prod(xs), [0.0, 2.0, 3.0], [6.0, 0.0, 0.0]),
        (lambda *xs: autograd.prod(xs), [0.0, 0.0, 3.0], [0.0, 0.0, 0.0]),
        (autograd.asin, [1.0], [inf]),
        (autograd.acos, [1.0], [-inf]),
        (autograd.acosh, [1.0], [inf]),
        (autograd.atanh, [1.0], [inf]),
    ],
)
def test_local_derivatives_at_kinks(
    function: Callable[..., Value], operands: list[float], expected: list[float]
) -> None:
    found = local(function, *operands)
    assert all(equal(a, b) for a, b in zip(found, expected, strict=True)), found


@pytest.mark.parametrize(
    ("function", "expected"),
    [(autograd.softplus, 0.25), (autograd.silu, 0.5), (autograd.logsigmoid, -0.25),
     (autograd.gelu, 2 / math.sqrt(2 * math.pi)), (autograd.tanh, 0.0), (autograd.sigmoid, 0.0)],
)  # fmt: skip
def test_second_derivatives_at_zero(function: Callable[[Value], Value], expected: float) -> None:
    """These are smooth at 0, though a rule may choose a formula by the sign of x."""
    assert autograd.grad(autograd.grad(function))(0.0) == pytest.approx(expected, rel=1e-15)
    assert autograd.grad(autograd.grad(function))(-0.0) == pytest.approx(expected, rel=1e-15)


@pytest.mark.parametrize("x", [1e13, 1e155, 1e200, 1e308])
def test_slopes_that_fall_like_one_over_x_do_so_to_the_end(x: float) -> None:
    """Also where x² is no float any more."""
    for function in (autograd.acosh, autograd.asinh, autograd.log, autograd.log1p):
        [slope] = local(function, x)
        assert slope == pytest.approx(1 / x, rel=1e-9, abs=0), function


def test_derivatives_of_log1mexp_do_not_vanish_before_the_function_does() -> None:
    for x in (400.0, 700.0):
        assert autograd.grad(autograd.log1mexp)(x) == pytest.approx(math.exp(-x), rel=1e-12, abs=0)
        second = autograd.grad(autograd.grad(autograd.log1mexp))(x)
        assert second == pytest.approx(-math.exp(-x), rel=1e-12, abs=0)


IEEE = [
    (autograd.exp, 1000.0, inf),
    (autograd.exp, -1000.0, 0.0),
    (autograd.exp2, 1024.0, inf),
    (autograd.expm1, 1000.0, inf),
    (autograd.expm1, -inf, -1.0),
    (autograd.log, 0.0, -inf),
    (autograd.log, -0.0, -inf),
    (autograd.log, -1.0, nan),
    (autograd.log, -inf, nan),
    (autograd.log, inf, inf),
    (autograd.log2, 0.0, -inf),
    (autograd.log2, -1.0, nan),
    (autograd.log10, 0.0, -inf),
    (autograd.log10, -1.0, nan),
    (autograd.log1p, -1.0, -inf),
    (autograd.log1p, -2.0, nan),
    (autograd.log1mexp, 0.0, -inf),
    (autograd.log1mexp, -1.0, nan),
    (autograd.log1mexp, 1000.0, -0.0),
    (autograd.sqrt, -1.0, nan),
    (autograd.sqrt, inf, inf),
    (autograd.sqrt, -0.0, -0.0),
    (autograd.cbrt, -inf, -inf),
    (autograd.sin, inf, nan),
    (autograd.cos, -inf, nan),
    (autograd.tan, inf, nan),
    (autograd.asin, 2.0, nan),
    (autograd.acos, -2.0, nan),
    (autograd.sinh, 1000.0, inf),
    (autograd.sinh, -1000.0, -inf),
    (autograd.cosh, -1000.0, inf),
    (autograd.tanh, inf, 1.0),
    (autograd.tanh, -0.0, -0.0),
    (autograd.acosh, 0.5, nan),
    (autograd.atanh, 1.0, inf),
    (autograd.atanh, -1.0, -inf),
    (autograd.atanh, 2.0, nan),
    (autograd.gamma, 0.0, inf),
    (autograd.gamma, -0.0, -inf),
    (autograd.gamma, -1.0, nan),
    (autograd.gamma, 172.0, inf),
    (autograd.gamma, -inf, nan),
    (autograd.gamma, 1e-309, inf),
    (autograd.lgamma, 0.0, inf),
    (autograd.lgamma, -3.0, inf),
    (autograd.lgamma, 1e308, inf),
    (autograd.lgamma, -inf, inf),
    (autograd.floor, -0.0, -0.0),
    (autograd.floor, -0.5, -1.0),
    (autograd.floor, inf, inf),
    (autograd.floor, 1e300, 1e300),
    (autograd.ceil, -0.5, -0.0),
    (autograd.ceil, nan, nan),
    (autograd.round, 0.5, 0.0),
    (autograd.round, 1.5, 2.0),
    (autograd.round, -0.3, -0.0),
    (autograd.round, -inf, -inf),
    (autograd.round, 2**52 + 1.0, 2**52 + 1.0),
    (autograd.sign, nan, nan),
    (autograd.sign, -inf, -1.0),
    (autograd.abs, -0.0, 0.0),
    (autograd.relu, -0.0, 0.0),
    (autograd.relu, nan, nan),
    (autograd.relu, inf, inf),
    (autograd.sigmoid, inf, 1.0),
    (autograd.sigmoid, -inf, 0.0),
    (autograd.softplus, -inf, 0.0),
    (autograd.softplus, inf, inf),
    (autograd.logsigmoid, -inf, -inf),
    (autograd.elu, -inf, -1.0),
    (autograd.erf, inf, 1.0),
    (autograd.erfc, 100.0, 0.0),
    (autograd.degrees, 1e308, inf),
    (lambda x: 1 / x, 0.0, inf),
    (lambda x: 1 / x, -0.0, -inf),
    (lambda x: x / x, 0.0, nan),
    (lambda x: -1 / x, 0.0, -inf),
    (lambda x: x / 0, nan, nan),
    (lambda x: x / 0, -inf, -inf),
    (lambda x: x ** (1 / 3), -8.0, nan),
    (lambda x: x**-1, 0.0, inf),
    (lambda x: x**-1, -0.0, -inf),
    (lambda x: x**-2, -0.0, inf),
    (lambda x: x**0, nan, 1.0),
    (lambda x: x**3, 1e200, inf),
    (lambda x: x**3, -1e200, -inf),
    (lambda x: x**2, -1e200, inf),
    (lambda x: x * 1e308, 10.0, inf),
    (lambda x: x - x, inf, nan),
    (lambda x: 2**x, 5000.0, inf),
    (lambda x: 0**x, -1.0, inf),
    (lambda x: autograd.fmod(x, 0), 1.0, nan),
    (lambda x: autograd.fmod(x, 3), inf, nan),
    (lambda x: autograd.fmod(x, inf), 5.0, 5.0),
    (lambda x: autograd.remainder(x, 0), 1.0, nan),
    (lambda x: autograd.maximum(x, nan), 1.0, nan),
    (lambda x: autograd.minimum(nan, x), 1.0, nan),
    (lambda x: autograd.maximum(x, 0.0), -0.0, 0.0),
    (lambda x: autograd.minimum(x, -0.0), 0.0, -0.0),
    (lambda x: autograd.logsumexp([x, 0.0]), inf, inf),
    (lambda x: autograd.logsumexp([x, x]), -inf, -inf),
    (lambda x: autograd.logsumexp([x, 0.0]), nan, nan),
    (lambda x: autograd.softmax([x, 0.0])[0], -inf, 0.0),
    (lambda x: autograd.hypot(x, x), 1e308, math.hypot(1e308, 1e308)),
    (lambda x: autograd.hypot(x, nan), inf, inf),
]  # fmt: skip


@pytest.mark.parametrize(("function", "x", "expected"), IEEE)
def test_ieee_754(function: Callable[[Any], Any], x: float, expected: float) -> None:
    found = function(Value(x)).data
    assert same(found, expected), found


OF_NUMBERS = [
    name for name in dir(autograd)
    if name in ops.TABLE and name not in ("clip", "dot")
    and "Iterable" not in str(inspect.signature(getattr(autograd, name)))
]  # fmt: skip


@pytest.mark.parametrize("name", OF_NUMBERS)
@pytest.mark.parametrize("x", [0.5, 2.0, -1.5])
def test_numbers_pass_through_as_floats(name: str, x: float) -> None:
    function = getattr(autograd, name)
    arity = len(DOMAINS[name][0].intervals)
    number = function(*[x] * arity)
    assert type(number) is float
    assert equal(number, function(*[Value(x)] * arity).data)
    assert type(function(*[2] * arity)) is float  # integers too


@pytest.mark.parametrize(
    "name",
    ["exp", "exp2", "expm1", "log", "log1p", "log2", "log10", "sqrt", "cbrt", "sin", "cos", "tan",
     "asin", "acos", "atan", "sinh", "cosh", "tanh", "asinh", "acosh", "atanh", "atan2", "hypot",
     "erf", "erfc", "gamma", "lgamma", "degrees", "radians", "fmod", "remainder", "copysign",
     "floor", "ceil"],
)  # fmt: skip
def test_functions_of_math_are_the_same_here(name: str) -> None:
    two = name in {"atan2", "hypot", "fmod", "remainder", "copysign"}
    arguments = (0.5, 2.0) if two else (1.5,) if name == "acosh" else (0.5,)
    assert getattr(autograd, name)(*arguments) == getattr(math, name)(*arguments)


@pytest.mark.parametrize(
    "name", ["exp", "log", "sqrt", "sin", "cos", "tanh", "sigmoid", "relu", "softplus"]
)
def test_methods_are_the_functions(name: str) -> None:
    for x in (0.7, -0.7, 0.0, -0.0, inf, nan):
        method, function = getattr(Value(x), name)(), getattr(autograd, name)(Value(x))
        assert same(method.data, function.data)
        assert equal(method.local_derivatives[0], function.local_derivatives[0])
        assert method.op == function.op


# Stability: within 1e-12 of the exact result over all finite floats. Below the smallest normal
# number floats have fewer digits, so there a unit in the last place is what counts.


def assert_exact(found: float, exact: Any, slack: float = 0.0) -> None:
    if abs(exact) > 1.797e308:
        assert abs(found) == inf or abs(found) > 1.797e308
        return
    assert abs(found - exact) <= 1e-12 * abs(exact) + 2 * EPSILON * SMALLEST_NORMAL + slack


def _mp_sigmoid(x: Any) -> Any:
    return 1 / (1 + mpmath.exp(-x))


def _mp_softplus(x: Any) -> Any:
    return mpmath.log1p(mpmath.exp(x)) if x < 0 else x + mpmath.log1p(mpmath.exp(-x))


@pytest.mark.parametrize(
    ("function", "reference"),
    [
        (autograd.sigmoid, _mp_sigmoid),
        (autograd.tanh, mpmath.tanh),
        (autograd.softplus, _mp_softplus),
        (autograd.logsigmoid, lambda x: -_mp_softplus(-x)),
        (autograd.log1mexp, lambda x: mpmath.log(-mpmath.expm1(-abs(x)))),
    ],
)
@given(x=finite_floats | st.floats(-50, 50) | st.floats(-800, 800))
@example(x=0.0)
@example(x=-36.7)
@example(x=36.8)
@example(x=-745.0)
@example(x=1.7976931348623157e308)
def test_stability(function: Callable[[float], float], reference: Callable[..., Any], x: float):
    if function is autograd.log1mexp:
        x = abs(x) or 1.0
    with mp.workdps(30 if abs(x) < 1e3 and abs(x) > 1e-9 else 700):
        if function is autograd.log1mexp and abs(x) > 1e3:
            exact = mpmath.mpf(0)  # below all floats
        elif abs(x) > 1e5 and function is not autograd.tanh:  # e^-|x| is below all floats
            assert function(x) == {
                autograd.sigmoid: float(x > 0), autograd.softplus: max(x, 0.0),
                autograd.logsigmoid: min(x, 0.0),
            }[function]  # fmt: skip
            return
        else:
            with mp.workdps(mp.dps + 400):
                exact = reference(mpmath.mpf(x))
        assert_exact(function(x), exact)


logit_lists = st.lists(
    finite_floats | st.floats(-800, 800) | st.floats(-40, 40), min_size=1, max_size=5
)


def exact_softmax(logits: list[float]) -> tuple[list[Any], Any]:
    """The softmax and its log of the total, both relative to the largest."""
    largest = max(logits)
    exponentials = [
        mpmath.exp(mpmath.mpf(z) - largest) if mpmath.mpf(z) - largest > -2000 else mpmath.mpf(0)
        for z in logits
    ]
    total = mpmath.fsum(exponentials)
    top = logits.index(largest)
    rest = mpmath.fsum(e for i, e in enumerate(exponentials) if i != top)
    return [e / total for e in exponentials], mpmath.log1p(rest)


@given(logits=logit_lists)
@example(logits=[0.0, -40.0])
@example(logits=[1000.0, 0.0, -1000.0])
@example(logits=[1.7976931348623157e308, -1.7976931348623157e308])
@example(logits=[-math.log(2), -math.log(2)])
@example(logits=[7.5])
def test_stability_of_softmax_and_its_logarithms(logits: list[float]) -> None:
    """To 1e-12; and logsumexp, which is ill-conditioned next to a zero, up to its condition.

    A last bit of zᵢ changes logsumexp by eps · softmax(z)ᵢ |zᵢ|, and a difference of logits, which
    are what log_softmax sees, by eps · |zᵢ - zⱼ| softmax(z)ⱼ.
    """
    with mp.workdps(1100 if max(map(abs, logits)) > 800 else 400):
        probabilities, log_total = exact_softmax(logits)
        largest = max(logits)
        for found, exact in zip(autograd.softmax(logits), probabilities, strict=True):
            assert_exact(found, exact)
        condition = sum(float(p) * abs(z) for p, z in zip(probabilities, logits, strict=True))
        assert_exact(autograd.logsumexp(logits), largest + log_total, 4 * EPSILON * condition)
        for index, found in enumerate(autograd.log_softmax(logits)):
            assert_exact(found, logits[index] - largest - log_total)
            assert autograd.cross_entropy(logits, index) == -found


@given(logits=logit_lists)
def test_local_derivatives_of_softmax_are_exact(logits: list[float]) -> None:
    """Also where a probability is next to 1: 1 - ŷ is the sum of the others, not a subtraction."""
    values = [Value(z) for z in logits]
    with mp.workdps(1100 if max(map(abs, logits)) > 800 else 400):
        ys, _ = exact_softmax(logits)
        for i, node in enumerate(autograd.softmax(values)):
            for j, found in enumerate(node.local_derivatives):
                rest = mpmath.fsum(y for k, y in enumerate(ys) if k != i)
                assert_exact(found, ys[i] * rest if i == j else -ys[i] * ys[j])
        for found, y in zip(autograd.logsumexp(values).local_derivatives, ys, strict=True):
            assert_exact(found, y)
        for j, found in enumerate(autograd.cross_entropy(values, 0).local_derivatives):
            assert_exact(found, -mpmath.fsum(ys[1:]) if j == 0 else ys[j])


@given(x=st.floats(0, 1e308))
def test_hypot_and_norm_do_not_overflow_on_the_way(x: float) -> None:
    assert autograd.hypot(x, 0.0) == autograd.norm([x]) == x


# Of whole sequences.


@given(n=st.integers(1, 4), data=st.data(), with_bias=st.booleans())
def test_dot_equals_the_rule_of_the_table(n: int, data: st.DataObject, with_bias: bool) -> None:
    whole = st.integers(-(2**20), 2**20).map(float)  # sums of their products are exact
    draw = [data.draw(whole) for _ in range(2 * n + with_bias)]
    compare_dot(draw)


def compare_dot(operands: list[float]) -> None:
    n = len(operands) // 2
    values = [Value(x) for x in operands]
    bias = values[-1] if len(operands) % 2 else None
    written = autograd.dot(values[:n], values[n : 2 * n], bias)
    tabled = apply(ops.dot, *values)
    assert same(written.data, tabled.data), operands
    assert written.parents == tabled.parents == tuple(values)
    assert all(map(same, written.local_derivatives, tabled.local_derivatives))
    assert written.primitive is tabled.primitive


@pytest.mark.parametrize("operands", [*itertools.product(SPECIAL, repeat=2)])
def test_dot_equals_the_rule_of_the_table_at_special_numbers(operands: tuple[float, ...]) -> None:
    compare_dot([*operands])
    compare_dot([*operands, -0.0])
    compare_dot([*operands, *operands[::-1]])


@given(st.lists(st.tuples(finite_floats, finite_floats), min_size=1, max_size=6))
def test_dot_is_the_table_up_to_rounding(pairs: list[tuple[float, float]]) -> None:
    """Python sums floats with a correction from 3.12 on: at least as exact, not the same bits."""
    w, x = [[p[i] / 1e160 for p in pairs] for i in (0, 1)]
    scale = builtins.sum(abs(a * b) for a, b in zip(w, x, strict=True))
    written = autograd.dot([Value(a) for a in w], x).data
    assert abs(written - apply(ops.dot, *w, *x)) <= 2 * len(pairs) * EPSILON * scale


def test_dot_takes_numbers_and_values_mixed() -> None:
    w = Value(3.0)
    node = autograd.dot([w, 2], [True, Value(5.0)], 0.5)
    assert node.data == 13.5
    assert node.local_derivatives == (1.0, 5.0, 3.0, 2.0, 1.0)
    assert autograd.dot([1, 2], [3, 4]) == 11.0
    assert type(autograd.dot([1, 2], [3, 4], 5)) is float
    assert autograd.dot((n for n in [w]), iter([2.0])).data == 6.0


@pytest.mark.parametrize(
    ("function", "op", "n"),
    [(autograd.sum, "sum", 4), (autograd.mean, "mean", 4), (autograd.prod, "prod", 4),
     (autograd.max, "max", 4), (autograd.min, "min", 4), (autograd.norm, "norm", 4),
     (autograd.logsumexp, "logsumexp", 4), (lambda xs: autograd.softmax(xs)[2], "softmax", 4),
     (lambda xs: autograd.log_softmax(xs)[2], "log_softmax", 4),
     (lambda xs: autograd.cross_entropy(xs, 2), "cross_entropy", 4),
     (lambda xs: autograd.cross_entropy(xs[:2], xs[2:]), "cross_entropy_of_distribution", 4),
     (lambda xs: autograd.dot(xs[:2], xs[2:]), "dot", 4),
     (lambda xs: autograd.hypot(*xs), "hypot", 4)],
)  # fmt: skip
def test_one_node_for_a_whole_sequence(function: Callable[..., Value], op: str, n: int) -> None:
    xs = [Value(0.1 * i) for i in range(n)]
    node = function(xs)
    assert node.op == op
    assert node.parents == tuple(xs)
    assert len(node.local_derivatives) == n


def test_sequences_may_be_generators_and_hold_one_number() -> None:
    x = Value(3.0)
    assert autograd.sum(v for v in [x, x]).data == 6.0
    for function in (autograd.sum, autograd.mean, autograd.prod, autograd.max, autograd.min):
        node = function([x])
        assert (node.data, node.local_derivatives) == (3.0, (1.0,))
    assert autograd.softmax([x])[0].local_derivatives == (0.0,)


def test_softmax_sums_to_one_and_its_gradients_to_zero() -> None:
    zs = [Value(z) for z in (0.3, -1.2, 2.0)]
    total = autograd.sum(autograd.softmax(zs))
    assert total.data == pytest.approx(1.0, abs=1e-15)
    assert gradients(total, zs) == pytest.approx([0.0] * 3, abs=1e-15)


def test_cross_entropy_of_an_index_and_of_its_distribution_agree() -> None:
    zs = [Value(z) for z in (0.3, -1.2, 2.0)]
    by_index, by_distribution = (
        autograd.cross_entropy(zs, 1),
        autograd.cross_entropy(zs, [0.0, 1.0, 0.0]),
    )
    assert by_index.data == pytest.approx(by_distribution.data, rel=1e-15)
    assert gradients(by_index, zs) == pytest.approx(gradients(by_distribution, zs), rel=1e-14)
    y_hat = autograd.softmax([z.data for z in zs])
    assert gradients(by_index, zs) == pytest.approx([y_hat[0], y_hat[1] - 1, y_hat[2]], rel=1e-14)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: autograd.dot([1.0], [1.0, 2.0]), "1 weights and 2 inputs"),
        (lambda: autograd.dot([], []), "dot of nothing"),
        (lambda: autograd.dot([], [], Value(1.0)), "dot of nothing"),
        (lambda: autograd.sum([]), "sum of nothing"),
        (lambda: autograd.max([]), "max of nothing"),
        (lambda: autograd.softmax([]), "softmax of nothing"),
        (lambda: autograd.hypot(), "hypot of nothing"),
        (lambda: autograd.cross_entropy([1.0, 2.0], [1.0]), "2 logits and 1 targets"),
    ],
)
def test_wrong_shapes_say_what_is_needed(call: Callable[[], Any], message: str) -> None:
    with pytest.raises(ShapeError, match=message):
        call()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: autograd.cross_entropy([1.0, 2.0], 2), "from 0 to 1"),
        (lambda: autograd.cross_entropy([1.0, 2.0], -1), "from 0 to 1"),
        (lambda: autograd.cross_entropy([1.0, 2.0], 0.5), "from 0 to 1"),
        (lambda: autograd.cross_entropy([1.0, 2.0], "a"), "from 0 to 1"),
        (lambda: autograd.clip(Value(1.0), 2.0, 1.0), "low ≤ high"),
        (lambda: autograd.clip(1.0, 2.0, 1.0), "low ≤ high"),
    ],
)
def test_values_that_are_not_allowed_are_no_matter_of_shape(
    call: Callable[[], Any], message: str
) -> None:
    with pytest.raises(ArgumentError, match=message):
        call()


@pytest.mark.parametrize("lift", [float, Value])
def test_functions_of_two_numbers_take_the_names_that_their_words_use(lift: Any) -> None:
    for op in (op for op in TABLE.values() if isinstance(op, Binary)):
        expected = op(lift(2.0), lift(3.0))
        assert _number(op(b=lift(3.0), a=lift(2.0))) == _number(expected), op.name
    found = autograd.atan2(x=lift(3.0), y=lift(2.0))
    assert _number(found) == math.atan2(2.0, 3.0)


def _number(x: Any) -> float:
    return x.data if isinstance(x, Value) else x


# A user's own op.


cube = autograd.primitive("cube", lambda m, x: x * x * x, lambda m, y, x: (3 * x * x,))
softclip = autograd.primitive(
    "softclip",
    lambda m, x, width: width * m.tanh(m.divide(x, width)),
    lambda m, y, x, width: (
        1 - m.power(m.divide(y, width), 2.0),
        m.divide(y, width) - m.divide(x, width) * (1 - m.power(m.divide(y, width), 2.0)),
    ),
)


def test_an_op_of_the_users_own() -> None:
    x = Value(2.0)
    y = cube(x)
    y.backward()
    assert (y.data, x.grad, y.op) == (8.0, 12.0, "cube")
    assert cube(2) == 8.0
    assert cube.__name__ == "cube"
    assert autograd.grad(autograd.grad(autograd.grad(cube)))(2.0) == 6.0
    assert "cube" not in ops.TABLE  # the table is the package's
    autograd.gradcheck(softclip, [1.5, 2.0])
    autograd.gradcheck(lambda x, w: autograd.sum(autograd.grad(softclip, (0, 1))(x, w)), [1.5, 2.0])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda x: autograd.leaky_relu(x, Value(0.1)), "the slope of leaky_relu"),
        (lambda x: autograd.elu(x, "1"), "the α of elu"),
        (lambda x: autograd.clip(x, None, 1.0), "the lower end of clip"),
        (lambda x: autograd.clip(x, 0.0, Value(1.0)), "the upper end of clip"),
    ],
)
def test_parameters_are_numbers(call, message) -> None:
    with pytest.raises(OperandError, match=f"{message} must be a real number"):
        call(Value(1.0))


@pytest.mark.parametrize("derivatives", [lambda m, y, a, b: (b,), lambda m, y, a, b: b])
def test_a_rule_must_give_a_local_derivative_for_each_operand(derivatives) -> None:
    product = autograd.primitive("product", lambda m, a, b: a * b, derivatives)
    with pytest.raises(ShapeError, match="'product' must return a tuple with one for each"):
        product(Value(2.0), Value(3.0))


@pytest.mark.parametrize("number", [0, True, Fraction(1, 2), np.float64(2.0), np.float32(0.5)])
def test_what_rules_return_is_stored_as_floats(number: Any) -> None:
    value_alone = autograd.primitive("value", lambda m, x: number, lambda m, y, x: (1.0,))
    slope_alone = autograd.primitive("slope", lambda m, x: x, lambda m, y, x: (number,))
    second_slope = autograd.primitive("second", lambda m, a, b: a, lambda m, y, a, b: (1.0, number))
    for node in (
        value_alone(Value(2.0)), slope_alone(Value(2.0)), second_slope(Value(2.0), Value(3.0))
    ):  # fmt: skip
        numbers = node.data, *node.local_derivatives
        assert float(number) in numbers
        assert {*map(type, numbers)} == {float}
