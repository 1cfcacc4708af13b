"""Names that users give: none of them may change what a program computes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import autograd
from autograd import CompileError, Value
from tests.autograd.compiler.agreement import assert_agrees

X = np.array([1.0, -2.0, 0.5])


def rich(p: Value, q: Value, x: Any) -> Value:
    """Need shared terms, functions of rows and numbers, and several intermediate results."""
    many = autograd.logsumexp([p * x, q, x, p * q, x * x])
    return autograd.sigmoid(p * x + q) ** 2 + many + autograd.gamma(p * p)


def assert_right(loss: Any, *names: str) -> dict[str, Any]:
    step = autograd.compile(loss, batch=names)
    value, gradient = step(*[X for _ in names])
    rows = [loss(*[Value(float(x)) for _ in names]) for x in X]
    assert_agrees(step, value, gradient, autograd.mean(rows))
    return dict(gradient)


@pytest.mark.parametrize(
    "name",
    ["B", "loss", "np", "math", "len", "slice", "float", "exp", "softmax", "sigmoid", "log_total",
     "v1", "dv1", "t1", "w", "dw", "lambda", "None", "loss_and_gradient"],
)  # fmt: skip
def test_an_argument_may_have_any_name(name: str) -> None:
    w, b = Value(1.5, label="w"), Value(0.3, label="b")
    assert_right(lambda x: rich(w, b, x), name)


@pytest.mark.parametrize(
    "labels",
    [("w", "dw"), ("dw", "w"), ("t", "v"), ("t1", "t2"), ("v1", "dv1"), ("dv1", "ddv1"),
     ("x", "dx"), ("B", "np"), ("loss", "dloss"), ("losses", "dlosses"), ("slice", "len"),
     ("fi", "ﬁ"), ("x", "𝑥"), ("gamma", "scalar_gamma"), ("logsumexp", "log_total"),
     ("class", "def"), ('"""', "\\")],
)  # fmt: skip
def test_parameters_may_have_any_labels(labels: tuple[str, str]) -> None:
    p, q = Value(1.5, label=labels[0]), Value(0.3, label=labels[1])
    assert len(assert_right(lambda x: rich(p, q, x), "x")) == 2


def test_short_labels_are_kept() -> None:
    p, t, v = (Value(2.0, label=label) for label in "ptv")
    gradient = assert_right(lambda x: autograd.exp(p * x) * autograd.sin(t) - v**2, "x")
    assert sorted(gradient) == ["p", "t", "v"]


@pytest.mark.parametrize("label", ["loss_and_gradient", "lambda", "np", "abs", "softmax"])
def test_constants_may_have_any_labels(label: str) -> None:
    w = Value(1.5, label="w")

    def loss(x: Any) -> Value:
        made = [Value(0.1 * i, label=f"{label}[{i}]") for i in range(3)]
        return autograd.logsumexp([w * x * c for c in made])

    assert_right(loss, "x")


@pytest.mark.parametrize("name", ["len", "np", "gamma", "softmax", "lambda", "w", "B", "a b"])
def test_an_op_may_have_any_name(name: str) -> None:
    def value(m: Any, x: Any) -> Any:
        return m.sin(x) * m.cos(x) * m.tanh(x) * x * m.exp(x) + m.sin(x)

    def derivatives(m: Any, y: Any, x: Any) -> tuple[Any]:
        product = m.sin(x) * m.cos(x) * m.tanh(x) * x
        slope = m.cos(2.0 * x) * m.tanh(x) * x + m.sin(x) * m.cos(x) * (
            (1.0 - m.tanh(x) * m.tanh(x)) * x + m.tanh(x)
        )
        return ((slope + product) * m.exp(x) + m.cos(x),)

    op = autograd.primitive(name, value, derivatives)
    w = Value(0.7, label="w")
    assert_right(lambda x: op(w * x) * autograd.gamma(w) * autograd.logsumexp([w, x, w * x]), "x")


def test_the_name_of_a_loss_may_be_anything() -> None:
    w = Value(1.5, label="w")

    def loss(x: Any) -> Value:
        return w * x

    loss.__name__ = 'a"""b\\'
    assert_right(loss, "x")


@pytest.mark.parametrize(
    ("loss", "batch", "message"),
    [
        (Value(3.0), "x", "the loss must be a function"),
        (rich, 3, "batch must be names of arguments"),
        (rich, (1, 2), "the names of a batch are names of arguments, not 1"),
        (rich, "x,y", "the names of a batch are names of arguments, not 'x,y'"),
        (rich, ("x", "x"), "the names of a batch must differ"),
    ],
)
def test_what_cannot_be_compiled_is_refused_at_once(loss: Any, batch: Any, message: str) -> None:
    with pytest.raises(CompileError, match=message):
        autograd.compile(loss, batch=batch)


def test_a_backend_of_no_name() -> None:
    with pytest.raises(CompileError, match="there is no backend None"):
        autograd.compile(rich, batch="x", backend=None)  # type: ignore[arg-type]
