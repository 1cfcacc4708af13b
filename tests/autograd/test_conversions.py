"""Graphs in NetworkX, expressions in SymPy: they say what the graph of Values computes."""

from __future__ import annotations

import math

import pytest

networkx = pytest.importorskip("networkx")
sympy = pytest.importorskip("sympy")

import autograd  # noqa: E402
from autograd import NotDifferentiableError, Value, from_sympy, to_networkx, to_sympy  # noqa: E402
from autograd.ops.record import apply  # noqa: E402
from tests.autograd.test_ops import CASES, Domain, bound  # noqa: E402

# What SymPy has no function for, or rounds in another way.
WITHOUT = {"fmod", "remainder", "round", "polygamma", "atan2"}


@pytest.mark.parametrize(("name", "domain"), CASES)
def test_an_op_in_sympy_has_its_value(name: str, domain: Domain) -> None:
    if name in WITHOUT:
        return
    for point in domain.points(name, 3):
        y = apply(bound(name, domain), *[Value(x, label=f"x{i}") for i, x in enumerate(point)])
        at = {sympy.Symbol(f"x{i}", real=True): sympy.Float(x, 40) for i, x in enumerate(point)}
        found = float(to_sympy(y).subs(at).evalf(30))
        assert found == pytest.approx(y.data, rel=1e-9, abs=1e-12), to_sympy(y)


@pytest.mark.parametrize("name", sorted(WITHOUT - {"polygamma", "atan2"}))
def test_an_op_without_an_expression_is_named(name: str) -> None:
    op = autograd.ops.TABLE[name]
    operands = [Value(2.5, label="a"), Value(2.0, label="b")][: 1 if name == "round" else 2]
    with pytest.raises(NotDifferentiableError, match=f"'{name}' has no expression in SymPy"):
        to_sympy(apply(op, *operands))


def test_sympy_differentiates_to_the_gradient() -> None:
    w, x = Value(0.7, label="w"), Value(-1.2, label="x")
    loss = autograd.tanh(w * x + 0.5) ** 2 + autograd.softplus(w) / 3
    loss.backward()
    slope = to_sympy(loss).diff(sympy.Symbol("w", real=True))
    at = {sympy.Symbol("w", real=True): 0.7, sympy.Symbol("x", real=True): -1.2}
    assert float(slope.evalf(30, subs=at)) == pytest.approx(w.grad, rel=1e-12)


def test_whole_numbers_stay_whole() -> None:
    x = Value(3.0, label="x")
    assert to_sympy((2 * x + 1) ** 2) == (2 * sympy.Symbol("x", real=True) + 1) ** 2


def test_expressions_of_sympy_become_graphs() -> None:
    a, b = sympy.symbols("a b", real=True)
    for expression in (
        sympy.sin(a) ** 2 * sympy.exp(-b) + sympy.sqrt(a * b) / 3,
        sympy.Max(a, b, 0) + sympy.Abs(a - b) + sympy.log(a) * sympy.Rational(1, 3),
        sympy.Piecewise((a * b, a > b), (a - b, True)),
        sympy.erf(a) + sympy.atan(b) + sympy.tanh(a * sympy.pi),
        sympy.Integer(5),
    ):
        numbers = {"a": 0.8, "b": 1.3}
        values = {name: Value(x, label=name) for name, x in numbers.items()}
        y = from_sympy(expression, values)
        y.backward()
        at = {a: 0.8, b: 1.3}
        assert y.data == pytest.approx(float(expression.evalf(30, subs=at)), rel=1e-12)
        for symbol in (a, b):
            exact = float(expression.diff(symbol).doit().evalf(30, subs=at))
            assert values[str(symbol)].grad == pytest.approx(exact, rel=1e-12, abs=1e-15)


def test_what_from_sympy_cannot_do_is_named() -> None:
    x = sympy.Symbol("x")
    with pytest.raises(autograd.ArgumentError, match=r"no value for x: write \{'x': Value"):
        from_sympy(x + 1, {"y": 2.0})
    with pytest.raises(autograd.ArgumentError, match="no function 'LambertW'"):
        from_sympy(sympy.LambertW(x), {"x": Value(1.0)})


def test_a_graph_in_networkx_has_every_node_and_edge() -> None:
    x = Value(3.0, label="x")
    y = x * x + 2
    y.backward()
    graph = to_networkx(y)
    assert graph.number_of_nodes() == 4
    assert networkx.is_directed_acyclic_graph(graph)
    [number] = [n for n, facts in graph.nodes.items() if facts["label"] == "x"]
    assert graph.nodes[number] == {"label": "x", "op": "", "data": 3.0, "grad": 6.0}
    assert [e["local_derivative"] for *_, e in graph.out_edges(number, data=True)] == [3.0, 3.0]
    # The chain rule over all paths, by NetworkX.
    last = max(graph.nodes)
    total = sum(
        math.prod(graph.edges[edge]["local_derivative"] for edge in path)
        for path in networkx.all_simple_edge_paths(graph, number, last)
    )
    assert total == x.grad


def test_what_is_no_graph() -> None:
    for convert in (to_networkx, to_sympy):
        with pytest.raises(autograd.OperandError, match=r"the loss must be a Value, not 3\.0"):
            convert(3.0)  # type: ignore[arg-type]
    made = Value(2.0, (Value(1.0),), (2.0,))
    with pytest.raises(NotDifferentiableError, match="made from numbers"):
        to_sympy(made)
