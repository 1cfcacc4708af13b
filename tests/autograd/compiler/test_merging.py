"""What a program computes once: equal nodes, after the sums of products have been found."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import autograd
from autograd import Value

Rows = Sequence[Sequence[float]]


def statements(source: str) -> int:
    """Return how many statements compute the loss and its gradient."""
    body = source.partition("def loss_and_gradient(")[2].partition("\n\n\n")[0]
    return sum(1 for line in body.splitlines()[1:] if not line.strip().startswith(("#", "B =")))


def linear(weights: Sequence[Value], bias: Value, row: Sequence[float], target: float) -> Value:
    score = sum(w * x for w, x in zip(weights, row, strict=True)) + bias
    return (score - target) ** 2


def dotted(weights: Sequence[Value], bias: Value, row: Sequence[float], target: float) -> Value:
    return (autograd.dot(weights, row, bias) - target) ** 2


def logistic(weights: Sequence[Value], bias: Value, row: Sequence[float], target: float) -> Value:
    score = sum(w * x for w, x in zip(weights, row, strict=True)) + bias
    return autograd.softplus(-target * score)


def centred(weights: Sequence[Value], bias: Value, row: Sequence[float], target: float) -> Value:
    """A product that has nothing to do with the row is in each sum."""
    score = sum(w * x for w, x in zip(weights, row, strict=True)) + 0.5 * bias
    return autograd.tanh(score) * target


def step_of(of_row: Callable[..., Value], rows: Rows, n_features: int) -> Any:
    weights = [Value(0.3 - 0.2 * i, label=f"w[{i}]") for i in range(n_features)]
    bias = Value(0.1, label="b")
    return autograd.compile(
        lambda: autograd.mean([of_row(weights, bias, features, y) for *features, y in rows])
    )


@pytest.mark.parametrize("of_row", [linear, dotted, logistic, centred])
@settings(max_examples=8)
@given(data=st.data(), n_features=st.integers(1, 5))
def test_a_regression_on_numbers_that_repeat_is_no_longer_than_one_on_others(
    of_row: Callable[..., Value], data: st.DataObject, n_features: int
) -> None:
    """The step has compared its numbers with the eager engine's before it returns."""
    number = st.sampled_from([0.0, 0.5, 1.0, -1.0, 2.5])
    row = st.tuples(*[number] * (n_features + 1))
    rows = data.draw(st.lists(row, min_size=4, max_size=10))
    assume(len({row[:-1] for row in rows}) > 1)
    others = np.random.default_rng(0).uniform(-1, 1, (len(rows), n_features + 1)).tolist()
    repeating, distinct = (step_of(of_row, each, n_features) for each in (rows, others))
    repeating(), distinct()
    assert statements(repeating.source) <= statements(distinct.source), repeating.source


def test_what_is_the_same_for_all_terms_is_computed_once() -> None:
    """As a person would write it: σ² and what it is multiplied by are not in the loop."""
    start, sigma = Value(100.0, label="S"), Value(0.2, label="sigma")

    def loss(noise: Sequence[Value]) -> Value:
        grown = [autograd.exp(-0.5 * sigma**2 * 0.1 + sigma * 0.3 * z) for z in noise]
        return start * autograd.mean(grown)

    step = autograd.compile(loss, batch="noise")
    step(np.random.default_rng(0).normal(size=(5, 10)))
    assert "np.exp(-0.5 * sigma ** 2.0 * 0.1 + sigma * 0.3 * noise)" in step.source


def test_a_function_that_is_called_again_with_the_same_elements_is_computed_once_for_each() -> None:
    """exp(s[i]) stands in the loss once for each pair, and in the program once for each i."""
    s = [Value(0.1 * i - 0.2, label=f"s[{i}]") for i in range(5)]

    def loss() -> Value:
        pairs = [(i, j) for i in range(5) for j in range(i)]
        return autograd.sum([autograd.exp(s[i]) * autograd.tanh(s[j]) for i, j in pairs])

    step = autograd.compile(loss)
    step()
    assert "np.exp(s[1:])" in step.source
    assert "np.tanh(s[:4])" in step.source


def test_equal_nodes_are_one_whatever_their_rows_are_called() -> None:
    p, x = [Value(0.5 + i, label=f"p[{i}]") for i in range(3)], [0.5, 0.25, 0.5]

    def loss() -> Value:
        first = autograd.softmax([v * 2.0 for v in p])
        again = autograd.softmax([v * 2.0 for v in p])
        return autograd.dot(first, x) * autograd.sum(again)

    step = autograd.compile(loss)
    step()
    assert step.source.count("= softmax(") == 1
