"""The graph behind a value: order, edges, and graphs of any depth."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given

import autograd
from autograd import OperandError, Value, edges, topological_order
from autograd.graph import computed_nodes
from tests.autograd.strategies import Expression, equal, expressions

MILLION = 1_000_000


@given(expressions())
def test_a_node_comes_after_everything_that_it_was_computed_from(expression: Expression) -> None:
    _, output = expression.record()
    order = topological_order(output)
    place = {node: position for position, node in enumerate(order)}
    assert len(place) == len(order)  # each once
    assert order[-1] is output
    assert all(place[parent] < place[node] for node in order for parent in node.parents)
    assert computed_nodes(output) == [node for node in order if node.parents]


def test_the_order_holds_all_that_was_used_and_nothing_else() -> None:
    x, y, unused = Value(1.0), Value(2.0), Value(3.0)
    product = x * y
    unused * product
    total = product + x
    assert set(topological_order(total)) == {x, y, product, total}


def test_the_order_of_a_leaf_is_the_leaf() -> None:
    x = Value(1.0)
    assert topological_order(x) == [x]
    assert computed_nodes(x) == []
    assert list(edges(x)) == []


def test_edges_keep_duplicates_and_their_local_derivatives() -> None:
    x, y = Value(3.0), Value(2.0)
    square = x * x
    loss = square + y
    assert list(edges(loss)) == [
        (square, x, 3.0), (square, x, 3.0), (loss, square, 1.0), (loss, y, 1.0),
    ]  # fmt: skip


def test_the_operands_of_a_wide_node_come_in_order_as_those_of_others() -> None:
    x = Value(2.0)
    pair, wide = [-x, x.exp()], [-x, x.exp(), x.tanh(), x.sin()]
    for parts, total in (pair, pair[0] + pair[1]), (wide, autograd.sum(wide)):
        assert topological_order(total) == [x, *parts, total]
        order = [step.node for step in autograd.steps(total) if step.parent is x]
        assert order == parts[::-1]


def test_the_order_is_the_same_from_run_to_run() -> None:
    def names() -> list[str]:
        a, b = Value(1.0, label="a"), Value(2.0, label="b")
        c = a * b
        loss = autograd.dot([c, a], [b, c], a) * c
        return [node.label or node.op for node in topological_order(loss)]

    assert names() == names() == ["a", "b", "*", "dot", "*"]


def chain(step: Callable[[Value], Value], length: int = MILLION) -> tuple[Value, Value]:
    with autograd.pause_gc():
        node = leaf = Value(0.5)
        for _ in range(length):
            node = step(node)
    return leaf, node


def test_a_chain_of_a_million_nodes() -> None:
    """Built, differentiated, ordered, shown and freed, without recursion."""
    leaf, node = chain(lambda v: v + leaf_of_all)
    node.backward()
    assert leaf.grad == 1.0
    assert leaf_of_all.grad == MILLION
    assert repr(node) == f"Value(data={node.data}, grad=1.0, op='+')"
    del node


leaf_of_all = Value(0.0)


@pytest.mark.parametrize(
    "step",
    [
        lambda v: -v,
        lambda v: v * v,
        lambda v: autograd.sum([v, v, v]),
        lambda v: autograd.where(1.0, v, v),
        lambda v: autograd.dot([v, v], [0.5, 0.25], 0.1),
        autograd.tanh,
    ],
)
def test_deep_chains_of_every_shape(step: Callable[[Value], Value]) -> None:
    leaf, node = chain(step, 50_000)
    node.backward()
    assert len(topological_order(node)) >= 50_001
    [gradient] = autograd.gradients(node, [leaf])
    assert equal(gradient, leaf.grad)
    [slope] = autograd.gradients(node, [leaf], create_graph=True)
    assert equal(slope.data, leaf.grad)
    del node, slope


def test_a_node_of_a_hundred_thousand_operands() -> None:
    xs = [Value(1.0) for _ in range(100_000)]
    total = autograd.sum(xs) + autograd.logsumexp(xs)
    total.backward()
    assert xs[0].grad == pytest.approx(1.00001)
    assert len(topological_order(total)) == 100_003


@pytest.mark.parametrize("number", [0, 1, True, 0.0])
def test_a_gradient_set_by_the_user_becomes_a_float(number: float) -> None:
    x = Value(3.0)
    x.grad = number
    (x * 1).backward()
    assert x.grad == number + 1
    assert type(x.grad) is float
    xs = [Value(3.0) for _ in range(4)]
    for x in xs:
        x.grad = number
    autograd.sum(xs).backward()
    assert [type(x.grad) for x in xs] == [float] * 4
    assert [x.grad for x in xs] == [number + 1] * 4


@pytest.mark.parametrize("wrong", [None, "0", [0.0], Value(0.0)])
def test_a_gradient_that_is_no_number_names_the_leaf(wrong: object) -> None:
    x = Value(3.0, label="w")
    with pytest.raises(OperandError, match=r"gradient of leaf 'w' .* set it to 0\.0"):
        x.grad = wrong  # type: ignore[assignment]
    (x * x).backward()
    assert x.grad == 6.0


@pytest.mark.parametrize(
    "call",
    [autograd.backward, autograd.steps, autograd.Tape, autograd.topological_order,
     autograd.naive_backward, lambda x: list(autograd.edges(x))],
)  # fmt: skip
@pytest.mark.parametrize("root", [3.0, [Value(1.0)], None])
def test_a_graph_is_that_of_a_value(call, root) -> None:
    with pytest.raises(autograd.OperandError, match="the root of a graph must be a Value"):
        call(root)


def test_control_characters_of_labels_are_made_visible_in_names() -> None:
    assert Value(1.0, label="a\x1b[2J\n\0").name == "a␛[2J␊␀"
