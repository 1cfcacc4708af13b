"""Paths: the law that they sum to the gradient, their order, and graphs with too many of them."""

from __future__ import annotations

import math
from itertools import islice
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd
from autograd import ArgumentError, OperandError, Path, Value, count_paths, gradients, paths
from tests.autograd.strategies import Expression, expressions
from tests.autograd.worked_network import WorkedNetwork

ENUMERABLE = 2_000


@given(expressions(kinks=True), st.data())
def test_the_products_over_all_paths_sum_to_the_gradient(
    expression: Expression, data: st.DataObject
) -> None:
    leaves, loss = expression.record()
    graph = autograd.topological_order(loss)
    node = data.draw(st.sampled_from([*leaves, *graph]))
    count = count_paths(loss, node)
    if count > ENUMERABLE:
        return
    found = list(paths(loss, node))
    assert len(found) == count
    assert len({path.positions for path in found}) == count
    products = [path.product for path in found]
    scale = sum(map(abs, products))
    # Below the smallest normal float, rounding is no longer relative.
    allowed = 1e-12 * scale + 1e-300
    assert sum(products) == pytest.approx(gradients(loss, [node])[0], rel=1e-9, abs=allowed)


@given(expressions(kinks=True), st.integers(0, 30))
def test_the_largest_paths_are_those_of_the_sorted_enumeration(
    expression: Expression, k: int
) -> None:
    leaves, loss = expression.record()
    if count_paths(loss, leaves[0]) > ENUMERABLE:
        return
    magnitudes = sorted((abs(path.product) for path in paths(loss, leaves[0])), reverse=True)
    top = list(paths(loss, leaves[0], top=k))
    assert [abs(path.product) for path in top] == pytest.approx(magnitudes[:k], rel=1e-9)
    assert len({path.positions for path in top}) == len(top)


@given(expressions())
def test_every_path_leads_along_edges(expression: Expression) -> None:
    leaves, loss = expression.record()
    for path in islice(paths(loss, leaves[0]), 100):
        assert path.nodes[0] is loss
        assert path.nodes[-1] is leaves[0]
        for i, position in enumerate(path.positions):
            assert path.nodes[i].parents[position] is path.nodes[i + 1]
            assert path.nodes[i].local_derivatives[position] == path.local_derivatives[i]


def test_the_notes_weight_of_the_output_layer_has_two_paths() -> None:
    network = WorkedNetwork()
    found = list(paths(network.loss, network.w212))
    assert [str(path) for path in found] == ["L → ŷ1 → a21 → w212", "L → ŷ2 → a21 → w212"]
    assert [path.product for path in found] == pytest.approx([-0.0651883530900867] * 2, rel=1e-12)
    assert sum(path.product for path in found) == pytest.approx(-0.130377, abs=5e-7)


def test_the_notes_weight_of_the_hidden_layer_has_four_paths() -> None:
    network = WorkedNetwork()
    found = list(paths(network.loss, network.w131))
    assert [str(path) for path in found] == [
        "L → ŷ1 → a21 → h13 → a13 → w131",
        "L → ŷ1 → a22 → h13 → a13 → w131",
        "L → ŷ2 → a21 → h13 → a13 → w131",
        "L → ŷ2 → a22 → h13 → a13 → w131",
    ]
    assert sum(path.product for path in found) == pytest.approx(0.003159, abs=5e-7)
    top = list(paths(network.loss, network.w131, top=2))
    assert [str(path) for path in top] == [str(found[1]), str(found[3])]


def test_parallel_edges_are_separate_paths() -> None:
    x = Value(3.0, label="x")
    found = list(paths(x * x, x))
    assert [path.positions for path in found] == [(0,), (1,)]
    assert [path.product for path in found] == [3.0, 3.0]


def test_the_loss_has_one_path_to_itself_without_edges() -> None:
    loss = 2 * Value(3.0)
    [path] = paths(loss, loss)
    assert (path.nodes, path.positions, path.local_derivatives) == ((loss,), (), ())
    assert path.product == 1.0
    assert count_paths(loss, loss) == 1
    assert next(iter(paths(loss, loss, top=5))).nodes == (loss,)


def test_there_is_no_path_to_what_the_loss_was_not_computed_from() -> None:
    x, other = Value(1.0), Value(1.0)
    loss, later = 2 * x, 3 * x
    for node in (other, later, loss * 2):
        assert count_paths(loss, node) == 0
        assert list(paths(loss, node)) == []
        assert list(paths(loss, node, top=3)) == []


def test_a_path_may_end_at_a_computed_node() -> None:
    x = Value(2.0, label="x")
    u = x * x
    u.label = "u"
    loss = u * u + x
    assert [str(path) for path in paths(loss, u)] == ["u·u + x → u·u → u"] * 2


def doubled(times: int, factor: float = 1.0) -> tuple[Value, Value]:
    x = node = Value(1.0)
    for _ in range(times):
        node = factor * node + factor * node
    return node, x


@pytest.mark.parametrize("factor", [1.0, 0.1, 0.7, -1.3, 0.0, math.inf, math.nan])
def test_of_2_to_the_60_paths_some_are_found_at_once(factor: float) -> None:
    loss, x = doubled(60, factor)
    assert count_paths(loss, x) == 2**60
    for found in (paths(loss, x), paths(loss, x, top=50)):
        some = list(islice(found, 50))
        assert len({path.positions for path in some}) == 50
        assert {len(path.positions) for path in some} == {120}


def test_the_largest_of_2_to_the_60_paths_is_the_one_of_largest_factors() -> None:
    x = node = Value(1.0)
    for _ in range(60):
        node = 0.5 * node + (-0.9) * node + 0.8 * node
    first, second, *_ = (abs(path.product) for path in paths(node, x, top=3))
    assert first == pytest.approx(0.9**60)
    assert second == pytest.approx(0.9**59 * 0.8)


def test_paths_are_enumerated_lazily() -> None:
    loss, x = doubled(200)
    first = next(iter(paths(loss, x)))
    assert isinstance(first, Path)
    assert len(first.nodes) == 401


@pytest.mark.parametrize("top", [None, 3])
def test_a_chain_of_100_000_nodes_is_one_path(top: int | None) -> None:
    x = node = Value(1.0)
    for _ in range(100_000):
        node = -node
    assert count_paths(node, x) == 1
    [path] = paths(node, x, top=top)
    assert len(path.nodes) == 100_001
    assert path.product == 1.0


def test_products_that_underflow_are_still_in_order() -> None:
    x = a = b = Value(1.0)
    for _ in range(300):
        a, b = 0.01 * a, 0.02 * b
    [largest] = paths(a + b, x, top=1)
    assert largest.product == 0.0
    assert 0.02 in largest.local_derivatives


@pytest.mark.parametrize("factor", [3.0, 0.5, 1e-300])
def test_a_path_of_product_zero_comes_last(factor: float) -> None:
    x = Value(1.0)
    first, last = paths(0.0 * x + factor * x, x, top=2)
    assert (first.product, last.product) == (factor, 0.0)


@pytest.mark.parametrize("local", [math.inf, math.nan])
def test_an_infinite_or_undefined_path_comes_first(local: float) -> None:
    x = Value(1.0)
    wild = Value(1.0, [x], [local])
    [first] = paths(5 * x + wild, x, top=1)
    assert first.local_derivatives[-1] is local


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda x: count_paths(3.0, x), "the loss must be a Value, not 3.0"),
        (lambda x: paths(x, 2.0), "the node must be a Value, not 2.0"),
    ],
)
def test_mistakes_are_told_at_the_call(call: Any, message: str) -> None:
    with pytest.raises(OperandError, match=message):
        call(Value(1.0))


def test_a_negative_count_is_told_at_the_call() -> None:
    x = Value(1.0)
    with pytest.raises(ArgumentError, match="top says how many paths to find: it can't be -1"):
        paths(x, x, top=-1)
