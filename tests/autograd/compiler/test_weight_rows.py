"""The weights of a neuron are one leaf of the graph, and the program is what it is without that."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import autograd
import nn
from autograd import Value
from autograd.compiler import scalars
from autograd.compiler.scalars import find_sums_of_products, read_graph
from tests.autograd.compiler.agreement import assert_agrees

GENERATOR = np.random.default_rng(3)
X, CLASSES = GENERATOR.normal(size=(4, 6)), np.array([0, 2, 1, 2])


def values(name: str, n: int) -> list[Value]:
    return [Value(x, label=f"{name}[{i}]") for i, x in enumerate(GENERATOR.normal(size=n) / 2)]


MODEL = nn.MLP(6, [7, 5], 3, activation="tanh", seed=0)
OTHER = nn.MLP(6, [5], 3, activation="relu", seed=1)
CELL = nn.Layer(11, 5, "tanh", seed=2, number="c")
SHORT = nn.MLP(3, [4, 2], 3, seed=3)
WIDE = nn.Layer(6, 1, "sigmoid", seed=4)
FILTER, U = values("k", 5), values("u", 6)


def network(x: Any) -> Any:
    return MODEL(x)


def on_the_same_inputs(x: Any) -> Any:
    return [a * b for a, b in zip(MODEL(x), OTHER(x), strict=True)]


def recurrent(x: Any) -> Any:
    h: list[Any] = [0.0] * 5
    for _ in range(3):
        h = CELL([*x, *h])
    return h[:3]


def again(x: Any) -> Any:
    """The same layer on inputs that compute the same, and on others."""
    halved = [WIDE([v * factor for v in x]) for factor in (0.5, 0.5, 0.25)]
    return [*halved[:2], halved[2] * halved[0]]


def convolved(x: Any) -> Any:
    found = [autograd.dot(FILTER, x[i : i + 5]) for i in range(2)]
    return [*found, autograd.dot(U, x)]


def few_inputs(x: Any) -> Any:
    return SHORT(x[:3])


def shared_windows(x: Any) -> Any:
    model = [autograd.dot(FILTER, [x[(i + j) % 6] for j in range(5)]) for i in range(3)]
    return [autograd.tanh(v) for v in model]


def constant_inputs(x: Any) -> Any:
    return [a + v for a, v in zip(MODEL([0.5, 1.0, -1.0, 0.25, 2.0, 0.0]), x, strict=False)]


def some_of_the_neurons(x: Any) -> Any:
    h = MODEL.layers[0](x)
    return [h[0] + h[3], h[5], h[6] * h[0]]


def with_a_penalty(x: Any) -> Any:
    penalty = autograd.sum([p * p for p in MODEL.layers[0].neurons[2].parameters()])
    return [z + 0.1 * penalty for z in MODEL(x)]


def with_a_weight_of_its_own(x: Any) -> Any:
    return [z * MODEL.layers[1].neurons[0].weights[3] for z in MODEL(x)]


def with_tied_rows(x: Any) -> Any:
    return [autograd.dot([*U[:5], U[0]], x), autograd.dot(U, x), x[0] * U[1]]


def with_some_of_a_row(x: Any) -> Any:
    return [autograd.dot(U, x), autograd.dot(U[:5], x[1:]), x[0]]


def by_parameters(x: Any) -> Any:
    return [autograd.dot(U, [v * w for v, w in zip(x, FILTER, strict=False)] + [U[2]]), *x[:2]]


WITH_ROWS = [
    network,
    on_the_same_inputs,
    recurrent,
    again,
    convolved,
    shared_windows,
    constant_inputs,
    some_of_the_neurons,
]
WITHOUT = [
    few_inputs,
    with_a_penalty,
    with_a_weight_of_its_own,
    with_tied_rows,
    with_some_of_a_row,
    by_parameters,
]


def loss_of(model: Callable[..., Any]) -> Callable[..., Any]:
    def loss(x: Any, y: Any) -> Any:
        outputs = model(x)
        return nn.cross_entropy(outputs, y), outputs

    return loss


@pytest.mark.parametrize("wrt", [None, "x"])
@pytest.mark.parametrize("model", WITH_ROWS + WITHOUT)
def test_the_program_is_the_same_as_without_rows(
    model: Callable[..., Any], wrt: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    loss = loss_of(model)
    with_rows = autograd.compile(loss, batch=("x", "y"), wrt=wrt)
    found = with_rows(X, CLASSES)
    monkeypatch.setattr(scalars, "rows_of_weights", lambda *_: {})
    without = autograd.compile(loss, batch=("x", "y"), wrt=wrt)
    expected = without(X, CLASSES)
    assert with_rows.source == without.source
    assert with_rows.leaves == without.leaves
    assert found[0] == expected[0]
    np.testing.assert_array_equal(found[1].flat, expected[1].flat)


def random_network(chance: random.Random) -> Callable[..., Any]:
    """Return layers in some order, some several times, on what some of the others gave."""
    layers = [
        nn.Layer(chance.randint(3, 7), chance.randint(2, 6), chance.choice(ACTIVATIONS), seed=i)
        for i in range(3)
    ]
    weights = [p for layer in layers for p in layer.parameters()]
    turns = [
        (chance.choice(layers), chance.randrange(10), chance.randrange(10), chance.random() < 0.3)
        for _ in range(chance.randint(1, 5))
    ]
    tied = chance.choice(weights) if chance.random() < 0.3 else 1.0

    def model(x: Any) -> Any:
        vectors: list[list[Any]] = [[*x]]
        for layer, which, start, is_scaled in turns:
            given = vectors[which % len(vectors)]
            n = len(layer.neurons[0].weights)
            inputs = [given[(start + i) % len(given)] for i in range(n)]
            vectors.append(layer([v * 0.5 for v in inputs] if is_scaled else inputs))
        return [vectors[-1][0] * tied, vectors[-1][1], vectors[len(vectors) // 2][0]]

    return model


ACTIVATIONS = ["tanh", "relu", "linear", "softmax"]


@settings(max_examples=25)
@example(30)  # some neurons of a layer are used at two places, others at one
@example(67)
@given(st.integers(0, 10**6))
def test_random_networks_are_the_same_as_without_rows(seed: int) -> None:
    loss = loss_of(random_network(random.Random(seed)))
    with_rows = autograd.compile(loss, batch=("x", "y"))
    found = with_rows(X, CLASSES)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(scalars, "rows_of_weights", lambda *_: {})
        without = autograd.compile(loss, batch=("x", "y"), check=False)
        expected = without(X, CLASSES)
    assert with_rows.source == without.source
    np.testing.assert_array_equal(found[1].flat, expected[1].flat)


@pytest.mark.parametrize("model", WITH_ROWS + WITHOUT)
def test_a_leaf_is_a_row_where_nothing_else_looks_at_its_weights(
    model: Callable[..., Any],
) -> None:
    x = [Value(v) for v in X[0]]
    outputs = model(x)
    graph = find_sums_of_products(read_graph(None, x, outputs=outputs, with_rows=True))
    assert bool(graph.rows) == (model in WITH_ROWS)


def test_there_is_a_node_for_each_neuron_and_not_for_each_weight() -> None:
    model, x = nn.MLP(40, [30, 20], 10), [Value(0.1) for _ in range(40)]
    graph = read_graph(None, x, outputs=model(x), with_rows=True)
    rows, vectors, neurons_and_biases = 60, 3, 2 * 60
    n_activations = 50
    assert len(graph.ops) == len(x) + rows + vectors + neurons_and_biases + n_activations


def test_arguments_of_other_shapes_get_a_program_for_the_same_parameters() -> None:
    def loss(x: Any) -> Any:
        return autograd.sum([autograd.sin(h) for row in x for h in MODEL(row)])

    step = autograd.compile(loss, batch="x")
    of_two = GENERATOR.normal(size=(3, 2, 6))
    step(of_two)
    step.load()
    value, gradient = step(of_two[:, :1])
    losses = [loss([[Value(v) for v in row] for row in each[:1]]) for each in of_two]
    assert_agrees(step, value, gradient, sum(losses) / len(losses))


def test_what_a_row_is_multiplied_by_may_come_to_be_parameters() -> None:
    """A sum with 0 is no node of the program, so that all operands of the product are leaves."""

    def loss() -> Value:
        return autograd.dot(U, [v + 0.0 for v in [*FILTER, FILTER[0]]])

    step = autograd.compile(loss)
    value, gradient = step()
    assert {*step.leaves} == {*U, *FILTER}
    assert_agrees(step, value, gradient, loss())
