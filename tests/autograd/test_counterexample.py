"""Backpropagation without a topological order, and what it gets wrong."""

import pytest

from autograd import ArgumentError, Value, naive_backward


def shared_graph() -> tuple[Value, Value, Value]:
    a = Value(1.0, label="a")
    b = a + a
    b.label = "b"
    c = b + b
    c.label = "c"
    return a, b, c


def test_a_shared_node_passes_on_too_much() -> None:
    a, b, c = shared_graph()
    result = naive_backward(c)
    assert dict(zip(result.nodes, result.naive, strict=True)) == {a: 6.0, b: 2.0, c: 1.0}
    assert result.right == (4.0, 2.0, 1.0)
    assert result.wrong == (a,)
    assert "∂/∂a = 6, but it is 4" in str(result)


def test_it_leaves_the_gradients_alone() -> None:
    a, _, c = shared_graph()
    a.grad = 0.5
    naive_backward(c)
    assert (a.grad, c.grad) == (0.5, 0.0)


def test_without_shared_computed_nodes_it_is_right() -> None:
    x = Value(3.0)
    result = naive_backward(x * x + x)
    assert result.wrong == ()
    assert "right gradients" in str(result)


def test_a_graph_of_too_many_paths_is_refused() -> None:
    y = Value(1.0)
    for _ in range(60):
        y = y + y
    with pytest.raises(ArgumentError, match="fewer paths"):
        naive_backward(y)
