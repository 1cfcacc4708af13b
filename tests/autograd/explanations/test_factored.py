"""The factored form: it comes to the gradient, and what paths have in common is computed once."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd
from autograd import (
    ArgumentError,
    Value,
    Verdict,
    check_derivation,
    count_paths,
    explanation,
    gradients,
    ops,
)
from autograd.explanations.factored import equations
from tests.autograd.strategies import Expression, expressions
from tests.autograd.worked_network import WorkedNetwork


def labelled(expression: Expression, data: st.DataObject) -> tuple[Value, Value]:
    """A loss, all of whose nodes have names, and one of them that it depends on."""
    _, loss = expression.record()
    graph = autograd.topological_order(loss)
    for i, node in enumerate(graph):
        if node.primitive is not ops.CONSTANT:
            node.label = f"n{i}"
    node = data.draw(st.sampled_from([node for node in graph if node.label]))
    return loss, node


def scale(loss: Value, node: Value) -> float:
    """How large the terms are that a gradient is summed from, for its rounding errors."""
    magnitudes = {loss: 1.0}
    for each in reversed(autograd.topological_order(loss)):
        for parent, local in zip(each.parents, each.local_derivatives, strict=True):
            magnitudes[parent] = magnitudes.get(parent, 0.0) + magnitudes.get(each, 0) * abs(local)
    return magnitudes.get(node, 0.0)


@given(expressions(kinks=True), st.data())
def test_it_comes_to_the_gradient(expression: Expression, data: st.DataObject) -> None:
    loss, node = labelled(expression, data)
    found = equations(loss, node)
    assert bool(found) is (node is not loss)
    for each in found:
        [gradient] = gradients(loss, [each.node])
        noise = 1e-13 * scale(loss, each.node)
        assert each.number == pytest.approx(gradient, rel=1e-10, abs=noise)
    assert not found or found[-1].node is node


@given(expressions(kinks=True), st.data())
def test_what_is_common_is_computed_once(expression: Expression, data: st.DataObject) -> None:
    loss, node = labelled(expression, data)
    found = equations(loss, node)
    used = Counter(edge for equation in found for edge in equation.edges)
    assert all(count == 1 for (later, _), count in used.items() if later is not loss)
    seen: set[Value] = set()
    for equation in found:
        assert seen.issuperset(equation.sum.commons)
        assert equation.node not in seen
        seen.add(equation.node)


@given(expressions(), st.data())
def test_the_symbols_say_what_is_computed(expression: Expression, data: st.DataObject) -> None:
    """A student may hand them in: the judge reads each ∂a/∂b from the graph."""
    loss, node = labelled(expression, data)
    for equation in equations(loss, node):
        formula = equation.symbols()
        if not set(formula) & set("…ŷ"):  # what is left out can't be read
            check = check_derivation(loss, {equation.node: formula})
            assert check.findings[0].verdict is Verdict.RIGHT, check


def test_the_weights_of_the_notes() -> None:
    network = WorkedNetwork()
    found = explanation(network.loss, network.w131, form="factored", formulas=True)
    assert str(found).splitlines()[:7] == [
        "∂L/∂a21 = ∂L/∂ŷ1·∂ŷ1/∂a21 + ∂L/∂ŷ2·∂ŷ2/∂a21",
        "    = (-0.4593)·(0.1769) + (0.4593)·(-0.1769) = -0.1625",
        "∂L/∂a22 = ∂L/∂ŷ1·∂ŷ1/∂a22 + ∂L/∂ŷ2·∂ŷ2/∂a22",
        "    = (-0.4593)·(-0.1769) + (0.4593)·(0.1769) = 0.1625",
        "∂L/∂w131 = (∂L/∂a21·∂a21/∂h13 + ∂L/∂a22·∂a22/∂h13)·∂h13/∂a13·x1",
        "    = ((-0.1625)·(0.2) + (0.1625)·(0.3))·(0.09719)·(2) = 0.003159",
        "gradient ∂L/∂w131 = 0.003159",
    ]
    assert "∂ŷ2/∂a21 = -ŷ2·ŷ1 = -0.1769" in str(found)
    assert r"\frac{\partial h_{13}}{\partial a_{13}} \cdot x_{1} \\" in found.latex()
    assert "<li>∂L/∂a21 = ∂L/∂ŷ1·∂ŷ1/∂a21 + ∂L/∂ŷ2·∂ŷ2/∂a21<br>= (" in found._repr_html_()


def recurrent(steps: int) -> tuple[Value, Value]:
    u, b, h = Value(0.5, label="u"), Value(0.1, label="b"), Value(0.3, label="h0")
    for t in range(1, steps + 1):
        h = autograd.tanh(u * h + 0.1 * t + b)
        h.label = f"h{t}"
    return h, u


def test_a_network_over_time_is_no_wall_of_ones() -> None:
    loss, u = recurrent(3)
    for form in ("expanded", "factored"):
        text = str(explanation(loss, u, form=form))  # type: ignore[arg-type]
        assert "(1)" not in text
    assert text.splitlines()[-3].startswith("∂h3/∂u = ")
    assert text.splitlines()[-3].endswith("·h2")


def test_two_to_the_thousand_paths_are_a_thousand_equations_of_which_some_are_shown() -> None:
    x = node = Value(0.5, label="x")
    for i in range(1000):
        node = node * 0.5 + autograd.sin(node)
        node.label = f"n{i}"
    assert count_paths(node, x) == 2**1000
    found = explanation(node, x, form="factored")
    assert len(found.equations) == 1000
    assert len(str(found).splitlines()) == 22
    assert "… 990 more …" in str(found)


def test_a_chain_of_ten_thousand() -> None:
    x = node = Value(0.5, label="x")
    for _ in range(10_000):
        node = autograd.sin(node)
    [equation] = equations(node, x)
    assert equation.number == pytest.approx(gradients(node, [x])[0], rel=1e-9)
    assert len(equation.symbols()) < 1000


def test_a_local_derivative_beside_another_way_is_written_out() -> None:
    h = Value(0.5, label="h")
    t = h.tanh()
    t.label = "t"
    loss = h * t
    loss.label = "L"
    assert str(explanation(loss, h, form="factored")).splitlines()[0] == "∂L/∂h = ∂L/∂t·∂t/∂h + t"


def test_the_loss_itself_and_what_it_does_not_depend_on() -> None:
    x = Value(2.0, label="x")
    loss = x * x
    loss.label = "L"
    for node in (loss, Value(1.0, label="y")):
        factored = explanation(loss, node, form="factored")
        assert str(factored) == str(explanation(loss, node))


def test_an_unknown_form_is_a_mistake() -> None:
    x = Value(1.0)
    with pytest.raises(ArgumentError, match="did you mean 'factored'"):
        explanation(x, x, form="factorised")  # type: ignore[arg-type]
