"""Batches: a path through one example says which, and nothing else is called an example."""

from __future__ import annotations

from collections.abc import Callable

import pytest

import autograd
import nn
from autograd import Value, check_derivation, explanation, ops
from autograd.explanations.batches import examples
from tests.counting import lines_run

XS, YS = [0.1, 0.2, -0.4], [0.3, 0.1, 0.2]
MEANS: list[Callable[[list[Value]], Value]] = [
    autograd.mean,
    lambda losses: sum(losses) / len(losses),
    lambda losses: sum(losses[1:], losses[0]) * (1 / 3),
    lambda losses: (1 / 3) * autograd.sum(losses),
]


def losses(w: Value) -> list[Value]:
    return [(w * x - y) ** 2 for x, y in zip(XS, YS, strict=True)]


@pytest.mark.parametrize("mean", MEANS)
@pytest.mark.parametrize("penalty", [False, True])
def test_each_path_names_its_example(mean: Callable[[list[Value]], Value], penalty: bool) -> None:
    w = Value(0.5, label="w")
    loss = mean(losses(w)) + (0.1 * w**2 if penalty else 0.0)
    loss.label = "L"
    lines = str(explanation(loss, w)).splitlines()
    for number in (1, 2, 3):
        [line] = [line for line in lines if line.startswith(f"example {number} of 3: L → ")]
        assert f"{YS[number - 1]}" in line
    assert sum(line.startswith("L → ") for line in lines) == (1 if penalty else 0)


def test_equations_of_an_example_name_it() -> None:
    model = nn.MLP(1, [2, 2, 2], activation="tanh", seed=1)
    batch = [nn.squared_error(model([x]), [y, y]) for x, y in zip(XS, YS, strict=True)]
    loss = autograd.mean(batch)
    loss.label = "L"
    shown = str(explanation(loss, model.parameters()[0], form="factored"))
    assert "example 2 of 3: ∂L/∂" in shown
    assert "\n    example 2 of 3: (" in shown


def outputs_of_one_example() -> Value:
    h = Value(0.5, label="h").tanh()
    return autograd.mean([(h * 2 - 1) ** 2, (h * 3 - 1) ** 2])


def outputs_of_a_linear_layer() -> Value:
    return (Value(0.5) * 2.0 - 1) ** 2 + (Value(0.25) * 2.0 - 1) ** 2


@pytest.mark.parametrize("total", [sum, autograd.sum])
@pytest.mark.parametrize("penalty", [False, True])
def test_a_sum_that_is_no_mean_has_terms(
    total: Callable[[list[Value]], Value], penalty: bool
) -> None:
    w = Value(0.5, label="w")
    loss = total(losses(w)) + (0.1 * w**2 if penalty else 0.0)
    loss.label = "L"
    lines = str(explanation(loss, w)).splitlines()
    assert [line[:13] for line in lines[:3]] == [f"term {i} of 3: " for i in (1, 2, 3)]


@pytest.mark.parametrize(
    "loss",
    [
        outputs_of_one_example,
        lambda: outputs_of_a_linear_layer() * 0.5,
        lambda: outputs_of_a_linear_layer(),
        lambda: autograd.exp(x := Value(0.5)) + autograd.exp(2 * x),
        lambda: Value(0.5) * Value(2.0) + Value(3.0) * 2,
        lambda: autograd.mean([Value(1.0), Value(2.0)]),
        lambda: Value(1.0),
        lambda: Value(1.0) / 0,
        lambda: (Value(2.0) + 1) * 0.0,
    ],
)
def test_what_is_no_batch_names_none(loss: Callable[[], Value]) -> None:
    found = loss()
    for node in autograd.topological_order(found):
        assert examples(found, node) == {}


def test_a_node_knows_its_example() -> None:
    w = Value(0.5, label="w")
    terms = losses(w)
    found = examples(autograd.mean(terms), w)
    assert [found[term] for term in terms] == [f"example {i} of 3: " for i in (1, 2, 3)]
    assert w not in found
    assert not any(node.primitive is ops.CONSTANT for node in found)


def test_a_finding_names_the_example_that_is_missing() -> None:
    w = Value(0.5, label="w")
    loss = autograd.mean(losses(w))
    without_first = sum(2 / 3 * (0.5 * XS[i] - YS[i]) * XS[i] for i in (1, 2))
    [finding] = check_derivation(loss, {w: without_first}).findings
    assert any(line.startswith("missing: example 1 of 3: ") for line in finding.details)


def test_a_sum_ten_times_as_long_is_ten_times_the_work() -> None:
    def chain(length: int) -> Value:
        node = Value(1.0)
        for _ in range(length):
            node = node + 0.001
        return node

    short, long = chain(100), chain(1000)
    assert lines_run(examples, long, long) < 12 * lines_run(examples, short, short)
