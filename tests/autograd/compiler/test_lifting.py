"""What a scalar graph is lifted to: which nodes are one array, and what it is called."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

import autograd
from autograd import Value
from autograd.ops import TABLE
from tests.autograd.compiler.agreement import assert_agrees, compiled


def matrix(rows: int, columns: int, name: str = "") -> list[list[Value]]:
    return [
        [
            Value(0.1 * (i - j) + 0.3, label=f"{name}{i}{j}" if name else "")
            for j in range(1, columns + 1)
        ]
        for i in range(1, rows + 1)
    ]


def test_an_op_of_a_user_is_not_taken_for_the_tables_own_of_that_name() -> None:
    twice = autograd.primitive("sum", lambda m, x: 2 * x, lambda m, y, x: (2.0,))
    last = autograd.primitive("*", lambda m, a, b: b + 0 * a, lambda m, y, a, b: (0.0, 1.0))
    same = autograd.primitive("identity", lambda m, x: 3 * x, lambda m, y, x: (3.0,))
    a, b = Value(1.5, label="a"), Value(-2.0, label="b")

    def loss() -> Value:
        result: Value = twice(a + b) + (last(a, b) + last(b, a)) + same(a)
        return result

    eager = loss()
    eager.backward()
    value, gradient = autograd.compile(loss)()
    assert value == eager.data
    assert {name: float(g) for name, g in gradient.items()} == {"a": a.grad, "b": b.grad}


def _first(m: Any, *xs: Any) -> Any:
    return xs[0]


def _slopes(factor: float) -> Any:
    return lambda m, y, *xs: (factor,) + (0.0,) * (len(xs) - 1)


def _value(factor: float) -> Any:
    return lambda m, *xs: xs[0] * factor


_SHARED = _slopes(5.0)
FAMILIES = {
    "slopes": lambda name: [autograd.primitive(name, _first, _slopes(k)) for k in (2.0, 3.0)],
    "values": lambda name: [autograd.primitive(name, _value(k), _SHARED) for k in (2.0, 3.0)],
    "slopes of the table's": lambda name: [
        autograd.primitive(name, TABLE[name].value, TABLE[name].derivatives),  # type: ignore[arg-type]
        autograd.primitive(name, TABLE[name].value, _slopes(3.0)),  # type: ignore[arg-type]
    ],
    "values of the table's": lambda name: [
        autograd.primitive(name, TABLE[name].value, TABLE[name].derivatives),  # type: ignore[arg-type]
        autograd.primitive(name, _value(3.0), TABLE[name].derivatives),  # type: ignore[arg-type]
    ],
}


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("name", ["dot", "sum", "mean", "prod", "max", "norm", "logsumexp", "+"])
@pytest.mark.parametrize("of_batch", [False, True])
def test_ops_that_share_a_name_and_one_rule_are_two_ops(
    family: str, name: str, of_batch: bool
) -> None:
    """As those are that a function makes: all have the rule that its argument is not in."""
    one, other = FAMILIES[family](name)
    n = 2 if name == "+" else 6
    w = [Value(1.5 + i, label=f"w[{i}]") for i in range(2 * n)]

    def loss(x: Any) -> Value:
        left, right = w[:n], w[n:]
        if of_batch:
            left = [v * x for v in left]
        result: Value = one(*left) + 7 * other(*right) + one(*right) * other(*left)
        return result

    eager = autograd.mean([loss(x) for x in (0.75, 2.0)])
    eager.backward()
    step = autograd.compile(loss, batch="x")
    value, gradient = step([0.75, 2.0])
    assert_agrees(step, value, gradient, eager)


@pytest.mark.parametrize("name", ["+", "sum", "mean", "dot"])
def test_a_users_op_at_the_root_is_no_sum_of_the_loss_and_a_penalty(name: str) -> None:
    product = autograd.primitive(name, lambda m, a, b: a * b, lambda m, y, a, b: (b, a))
    w = Value(5.0, label="w")
    value, gradient = autograd.compile(lambda x: product(x, w), batch="x")([1.0, 2.0])
    assert (value, gradient.flat.tolist()) == (7.5, [1.5])


@pytest.mark.parametrize("n", [1, 2, 5])
def test_the_sign_of_a_constant_zero_is_kept(n: int) -> None:
    w = [Value(1.5 + i, label=f"w[{i}]") for i in range(4 * n)]
    signs = [[0.0, -0.0] * n, [0.0] * n, [-0.0] * n, [-0.0, 0.0] * n]

    def loss() -> Value:
        parts = [
            autograd.sum([k * autograd.copysign(v, s) for v, s in zip(w, zeros, strict=False)])
            for k, zeros in enumerate(signs, start=2)
        ]
        return autograd.sum(parts)

    step, value, gradient = compiled(loss)
    assert_agrees(step, value, gradient, loss())


@pytest.mark.parametrize("n", [2, 3, 8])
def test_two_arrays_of_constants_may_differ_in_the_signs_of_zeros_alone(n: int) -> None:
    w = [Value(1.5 + i, label=f"w[{i}]") for i in range(n)]
    signs = [0.0 if i % 2 else -0.0 for i in range(n)]

    def loss() -> Value:
        one = [autograd.copysign(v, sign) for v, sign in zip(w, signs, strict=True)]
        other = [autograd.copysign(v.tanh(), -sign) for v, sign in zip(w, signs, strict=True)]
        return autograd.sum(one) + autograd.sum(other)

    step, value, gradient = compiled(loss)
    assert_agrees(step, value, gradient, loss())


def test_a_sum_of_zeros_is_zero() -> None:
    w = Value(2.0, label="w")

    def loss(x: Sequence[Value]) -> Value:
        zero = Value(0.0)  # made anew at each call, so a constant
        return abs((zero + zero) + zero) + autograd.dot([w, w], x)

    value, gradient = autograd.compile(loss, batch=("x",))([[1.0, 2.0]])
    assert (value, float(gradient["w"])) == (6.0, 3.0)


def test_the_neurons_of_a_recurrent_layer_are_one_matrix_although_each_is_reached_otherwise() -> (
    None
):
    n = 3
    into, around = matrix(n, 2), matrix(n, n)
    biases = [Value(0.1) for _ in range(n)]

    def loss(x: Sequence[Sequence[Value]]) -> Value:
        h: Sequence[Value] = [Value(0.0)] * n
        for letter in x:
            h = [
                autograd.tanh(autograd.dot(u, letter, b) + autograd.dot(v, h))
                for u, v, b in zip(into, around, biases, strict=True)
            ]
        value: Value = autograd.cross_entropy(h, 1)
        return value

    step = autograd.compile(loss, batch=("x",))
    step([[[0.1, 0.2], [0.3, -0.4], [0.5, 0.6]]])
    shapes = sorted(array.shape for array in step.parameters.values())
    assert shapes == [(3,), (3, 2), (3, 3)]


@pytest.mark.parametrize("digits", [2, 12])
def test_arrays_are_called_what_the_labels_of_their_elements_share(digits: int) -> None:
    rows = matrix(digits, 3, "w")
    h = [Value(0.0)] * digits

    def loss(x: Sequence[Value]) -> Value:
        for i, row in enumerate(rows, 1):
            a = autograd.dot(row, x, Value(0.5))
            a.label = f"a1{i}"
            h[i - 1] = autograd.tanh(a)
            h[i - 1].label = f"h1{i}"
        value: Value = autograd.logsumexp(h)
        return value

    step = autograd.compile(loss, batch=("x",))
    step([[1.0, 2.0, 3.0]])
    assert "\n    a1 = x @ W1.T" in step.source
    assert "h1 = np.tanh(a1)" in step.source


@pytest.mark.parametrize("examples", [1, 3])
@pytest.mark.parametrize("times", [(1.0,), (1.0, 2.0)])
def test_a_layer_whose_bias_alone_differs_between_examples(
    examples: int, times: tuple[float, ...]
) -> None:
    position = [Value(0.3 * i, label=f"position[{i}]") for i in range(4)]
    weights = [[Value(0.1 * i - 0.2 * j) for j in range(4)] for i in range(3)]

    def loss(x: Any) -> Value:
        total = Value(0.0)
        for t in times:
            waves = [autograd.sin(p * t) for p in position]
            for row, xi in zip(weights, x, strict=True):
                products = [w * wave for w, wave in zip(row, waves, strict=True)]
                total += autograd.tanh(sum(products, xi)) ** 2
        return total

    rows = np.random.default_rng(0).normal(size=(examples, 3))
    step, value, gradient = compiled(loss, ("x",), rows)
    assert " @ " in step.source
    assert_agrees(step, value, gradient, autograd.mean([loss(x) for x in rows.tolist()]))


@pytest.mark.parametrize("label", ["q", "v70"])
def test_long_sums_of_contributions_that_begin_alike(label: str) -> None:
    p, q = Value(0.3, label="p"), Value(0.4, label=label)
    ops = [
        autograd.sin, autograd.cos, autograd.exp, autograd.tanh, autograd.sigmoid,
        autograd.softplus, autograd.atan, autograd.sinh, autograd.cosh, autograd.asinh,
        autograd.sqrt,
    ]  # fmt: skip

    def loss() -> Value:
        total = Value(1.0)
        for op in ops:
            total = total * op(autograd.sum([p, q, op(p * q)])) + op(p)
        return total

    step, value, gradient = compiled(loss)
    assert_agrees(step, value, gradient, loss())


@pytest.mark.parametrize("name", sorted(name for name, op in TABLE.items() if op.vectors == 1))
def test_an_op_of_vectors_takes_what_is_computed_from_constants(name: str) -> None:
    """Soft-DTW begins with -0 and -∞; a constant that was computed is a constant."""
    a, op = Value(0.3, label="a"), TABLE[name]

    def applied(operands: list[Any]) -> Value:
        if name == "hypot":
            return op(*operands)  # type: ignore[no-any-return]
        found = op(operands, 0) if name == "cross_entropy" else op(operands)
        return found[0] if isinstance(found, list) else found

    for operands in ([-Value(0.0)], [-Value(0.5), Value(2.0) * 3.0], [-Value(0.5), a, a * a]):

        def loss(operands: list[Value] = operands) -> Value:
            return applied([operand * 1.0 for operand in operands]) + a

        step, value, gradient = compiled(loss)
        assert_agrees(step, value, gradient, loss())


@pytest.mark.parametrize("names", [("spring", "damp"), ("p", "q", "r"), tuple("abcdefg")])
@pytest.mark.parametrize("of_batch", [False, True])
def test_numbers_with_names_of_their_own_keep_them(names: tuple[str, ...], of_batch: bool) -> None:
    leaves = [Value(0.5 - 0.1 * i, label=name) for i, name in enumerate(names)]

    def loss(x: Sequence[Any]) -> Value:
        total: Value = sum(w * v for w, v in zip(leaves, x, strict=True)) - 1.0
        return total**2

    x = np.linspace(-1.0, 2.0, len(names))
    step = autograd.compile(loss, batch="x") if of_batch else autograd.compile(lambda: loss(x))
    _, gradient = step(x[None]) if of_batch else step()
    loss(x.tolist()).backward()
    assert {*gradient} == {*names}
    for leaf in leaves:
        assert gradient[leaf.label] == pytest.approx(leaf.grad)


def test_matrices_that_are_called_differently_stay_apart() -> None:
    """Queries, keys and values are three products with one input, and no matrix of all."""
    q, k = [
        [[Value(0.1 * i - 0.2 * j, label=f"{name}[{i}][{j}]") for j in range(3)] for i in range(2)]
        for name in "qk"
    ]

    def loss(x: Sequence[Value]) -> Value:
        queries, keys = [[autograd.dot(row, x) for row in w] for w in (q, k)]
        return autograd.dot(queries, keys)

    x = np.random.default_rng(0).normal(size=(4, 3))
    step, value, gradient = compiled(loss, ("x",), x)
    assert_agrees(step, value, gradient, autograd.mean([loss(row) for row in x.tolist()]))
    assert {name: array.shape for name, array in step.parameters.items()} == {
        "q": (2, 3),
        "k": (2, 3),
    }


@pytest.mark.parametrize("backend", ["numpy", "numba"])
def test_numbers_of_different_kinds_in_one_vector(backend: str) -> None:
    if backend == "numba":
        pytest.importorskip("numba")
    p = [Value(0.1 * i, label=f"p[{i}]") for i in range(3)]

    def loss() -> Value:
        return autograd.logsumexp([p[0] + 1.0, autograd.sin(p[1]), autograd.exp(p[2])])

    step = autograd.compile(loss, backend=backend)
    value, gradient = step()
    assert_agrees(step, value, gradient, loss())
