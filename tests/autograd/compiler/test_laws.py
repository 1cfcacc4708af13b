"""The law: a compiled loss equals the recorded one, on every graph, op, kink and special number."""

from __future__ import annotations

import itertools
import math
import random
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import autograd
from autograd import Value, no_grad, topological_order
from autograd.compiler.compiling import compile
from autograd.ops import TABLE, Primitive
from autograd.ops.record import apply
from tests.autograd.compiler.agreement import assert_agrees, close, compiled, magnitudes
from tests.autograd.strategies import AUTOGRAD, SPECIAL, Expression, expressions
from tests.autograd.test_ops import CASES, DOMAINS, Domain, special_points


@given(expressions(kinks=True))
def test_random_graphs(expression: Expression) -> None:
    leaves, loss = expression.record()
    step, value, gradient = compiled(lambda: expression.run(leaves, AUTOGRAD))
    assert_agrees(step, value, gradient, loss, scale=1e3)


@given(expressions(kinks=True))
def test_random_graphs_of_a_batch(expression: Expression) -> None:
    """The first input is a parameter, the others are the example; two examples, shifted."""
    parameter = Value(expression.inputs[0])
    rows = np.array([expression.inputs[1:], [x + 0.25 for x in expression.inputs[1:]]])

    def loss(x: Any) -> Any:
        return expression.run([parameter, *x], AUTOGRAD)

    eager = autograd.mean([loss([Value(x) for x in row]) for row in rows.tolist()])
    step, value, gradient = compiled(loss, ["x"], rows)
    if np.isfinite(eager.data) and step.leaves:
        assert_agrees(step, value, gradient, eager, scale=1e3)


@given(expressions(kinks=True, max_instructions=6))
def test_random_graphs_in_many_copies(expression: Expression) -> None:
    """The same with other numbers, in one loss: the copies are elements of arrays."""
    rows = [[Value(x + 0.125 * i) for x in expression.inputs] for i in range(3)]

    def loss() -> Any:
        return autograd.sum([expression.run(row, AUTOGRAD) for row in rows])

    eager = loss()
    step, value, gradient = compiled(loss)
    assert_agrees(step, value, gradient, eager, scale=1e3)


def op_of(name: str, domain: Domain) -> Primitive:
    return TABLE[name].bind(*domain.parameters)


@pytest.mark.parametrize(("name", "domain"), CASES)
def test_every_op_of_numbers(name: str, domain: Domain) -> None:
    op = op_of(name, domain)
    for point in domain.points(name, 2):
        leaves = [Value(x) for x in point]
        step, value, gradient = compiled(lambda: 2.0 * apply(op, *leaves))  # noqa: B023
        assert_agrees(step, value, gradient, 2.0 * apply(op, *leaves))


@pytest.mark.parametrize(("name", "domain"), CASES)
def test_every_op_of_arrays(name: str, domain: Domain) -> None:
    op = op_of(name, domain)
    points = [[Value(x) for x in point] for point in domain.points(name, 3)]

    def loss() -> Value:
        return autograd.dot([1.0, 2.0, 3.0], [apply(op, *point) for point in points])

    step, value, gradient = compiled(loss)
    eager = loss()
    assert_agrees(step, value, gradient, eager, scale=sum(abs(p.data) for p in eager.parents))


@pytest.mark.parametrize(("name", "domain"), CASES)
def test_every_op_of_a_batch(name: str, domain: Domain) -> None:
    """One parameter shifts all operands of every example: its gradient is that of all."""
    op = op_of(name, domain)
    points = np.array(domain.points(name, 3))
    scale = Value(1.0)

    def loss(x: Any) -> Value:
        return apply(op, *[scale * each for each in x])

    eager = autograd.mean([loss([Value(x) for x in point]) for point in points.tolist()])
    step, value, gradient = compiled(loss, ["x"], points)
    assert_agrees(step, value, gradient, eager, scale=float(abs(points).max()))


@pytest.mark.parametrize(("name", "domain"), CASES)
def test_every_op_at_special_numbers(name: str, domain: Domain) -> None:
    """The points are a batch of arrays: one program for all of them."""
    op = op_of(name, domain)
    n = len(domain.intervals)
    points = special_points(n)
    operands = [Value(0.5) for _ in range(n)]

    def loss() -> Value:
        return apply(op, *operands)

    step = compile(loss)
    random.Random(name).shuffle(points)
    for point in points[:40]:
        for operand, x in zip(operands, point, strict=True):
            operand.data = x
        eager = loss()
        step.load()
        value, gradient = step()
        assert close(value, eager.data, 0.0), f"{op} of {point}: {value} but {eager.data}"
        for leaf, number in zip(step.leaves, gradient.flat.tolist(), strict=True):
            expected = eager.local_derivatives[operands.index(leaf)]
            assert close(number, expected, 0.0), (
                f"∂{op} at {point}: {number} but {expected}\n{step.source}"
            )


@pytest.mark.parametrize(("name", "domain"), CASES)
def test_every_op_of_arrays_at_special_numbers(name: str, domain: Domain) -> None:
    """Each point is an element of arrays, whose ops NumPy computes by other code than numbers."""
    op = op_of(name, domain)
    points = special_points(len(domain.intervals))
    random.Random(name).shuffle(points)
    points = points[:40]
    operands = [[Value(x) for x in point] for point in points]

    def loss() -> Value:
        return autograd.sum([apply(op, *point) for point in operands])

    step, _, gradient = compiled(loss)
    loss().backward()
    for leaf, number in zip(step.leaves, gradient.flat.tolist(), strict=True):
        [point] = [point for point in operands if leaf in point]
        assert close(number, leaf.grad, 0.0), (
            f"∂{op} at {[v.data for v in point]}: {number} but {leaf.grad}\n{step.source}"
        )


@pytest.mark.parametrize(("name", "domain"), CASES)
def test_every_op_of_a_batch_at_special_numbers(name: str, domain: Domain) -> None:
    op = op_of(name, domain)
    n = len(domain.intervals)
    shifts = [Value(0.0, label=f"s[{i}]") for i in range(n)]

    def loss(x: Any) -> Value:
        xs = x if isinstance(x, list) else [x]
        return apply(op, *[a + shift for a, shift in zip(xs, shifts, strict=True)])

    step = compile(loss, batch="x")
    points = special_points(n)
    random.Random(name).shuffle(points)
    for point in points[:20]:
        value, gradient = step(np.array([point]))
        eager = loss([Value(x) for x in point])
        for shift in shifts:
            shift.grad = 0.0
        eager.backward()
        assert close(value, eager.data, 0.0), f"{op} of {point}: {value} but {eager.data}"
        for shift, number in zip(shifts, gradient["s"].tolist(), strict=True):
            assert close(number, shift.grad, 0.0), (
                f"∂{op} at {point}: {number} but {shift.grad}\n{step.source}"
            )


# Every op with its number of operands, but for polygamma, which next to its poles changes by more
# than rounding if its operand does.
OPS = [
    (op_of(name, domain), len(domain.intervals))
    for name, domains in DOMAINS.items()
    for domain in domains
    if name != "polygamma"
]
UNUSUAL = (math.nan, math.inf, -math.inf, 0.0, -0.0, 1.0, -1.0, 2.5, 0.5, -2.0)

Instructions = list[tuple[Primitive, list[int]]]


@st.composite
def graphs(draw: st.DrawFn) -> tuple[list[float], Instructions]:
    """Inputs, and ops of the table on them and on earlier results, in no domain in particular."""
    special = draw(st.booleans())
    usual = st.floats(-3, 3, allow_subnormal=False).map(lambda x: round(x, 3))
    numbers = st.one_of(usual, st.sampled_from(UNUSUAL)) if special else usual
    inputs = draw(st.lists(numbers, min_size=2, max_size=4))
    instructions: Instructions = []
    for known in range(len(inputs), len(inputs) + draw(st.integers(1, 8))):
        op, n = draw(st.sampled_from(OPS))
        instructions.append((op, [draw(st.integers(0, known - 1)) for _ in range(n)]))
    return inputs, instructions


def run(inputs: Sequence[Value], instructions: Instructions) -> Value:
    results = list(inputs)
    for op, operands in instructions:
        results.append(apply(op, *[results[i] for i in operands]))
    used = {i for _, operands in instructions for i in operands}
    total: Value = autograd.sum([v for i, v in enumerate(results) if i not in used])
    return total


def depends_on_a_sign(node: Value) -> bool:
    """Say whether a node would be another if a computed 0 had the other sign.

    Whether a sum is 0 or -0 depends on where it begins, and NumPy's may begin elsewhere.
    """
    if not any(parent.parents and parent.data == 0.0 for parent in node.parents):
        return False
    return node.op in ("atan2", "copysign") or not all(
        math.isfinite(x) for x in (node.data, *node.local_derivatives)
    )


def computed_twice(nodes: Sequence[Value]) -> list[Value]:
    """Return the nodes that are the same as an earlier one, op and operands: programs merge them.

    What is added and then multiplied is not what is multiplied and then added where it is infinite:
    (1 + 0)·∞, but ∞ + 0·∞.
    """
    same: dict[object, Value] = {}
    first: dict[Value, Value] = {}
    for node in nodes:
        key = (node.primitive, *[id(first[parent]) for parent in node.parents])
        first[node] = same.setdefault(key, node) if node.parents else node
    return [node for node in nodes if first[node] is not node]


def any_is_infinite(nodes: Sequence[Value]) -> bool:
    return not all(math.isfinite(x) for node in nodes for x in node.local_derivatives)


def assume_comparable(eager: Value) -> None:
    """Leave out what the guide names; of that a step may say, when it is proven, that it differs.

    A program has the gradients of all elements of a softmax in one array. Where its derivatives are
    nan, it takes those with upstream 0 for elements that the graph does not have.
    """
    nodes = topological_order(eager)
    vectors = [node for node in nodes if node.op in ("softmax", "log_softmax")]
    assume(not any(math.isnan(sum(node.local_derivatives)) for node in vectors))
    assume(not any(depends_on_a_sign(node) for node in nodes))
    assume(not any_is_infinite(computed_twice(nodes)))


def assert_all_agree(step: Any, value: float, gradient: Any, eager: Value) -> None:
    """Assert that results are close, and where one is nan or infinite, the other is."""
    nodes = topological_order(eager)
    data = [abs(node.data) for node in nodes]
    largest = max([x for x in data if math.isfinite(x)], default=0.0)
    assert close(value, eager.data, 10.0 * largest), f"{value} but {eager.data}\n{step.source}"
    for leaf in step.leaves:
        leaf.grad = 0.0
    eager.backward()
    sizes = magnitudes(eager)
    for leaf, number in zip(step.leaves, gradient.flat.tolist(), strict=True):
        assert close(number, leaf.grad, 100.0 * sizes[leaf]), (
            f"gradient of {leaf!r}: {number} but {leaf.grad}\n{step.source}"
        )


@pytest.mark.parametrize("copies", [1, 3])
def test_graphs_of_all_ops(copies: int) -> None:
    @given(graphs())
    def holds(graph: tuple[list[float], Instructions]) -> None:
        inputs, instructions = graph
        rows = [[Value(x + 0.125 * i) for x in inputs] for i in range(copies)]

        def loss() -> Value:
            return autograd.sum([run(row, instructions) for row in rows])

        eager = loss()
        assume_comparable(eager)
        assert_all_agree(*compiled(loss), eager)

    holds()


@pytest.mark.parametrize("examples", [1, 2])
def test_graphs_of_all_ops_for_a_batch(examples: int) -> None:
    @given(graphs())
    def holds(graph: tuple[list[float], Instructions]) -> None:
        inputs, instructions = graph
        shifts = [Value(0.0) for _ in inputs]
        rows = np.array([[x + 0.25 * i for x in inputs] for i in range(examples)])

        def loss(x: Any) -> Value:
            return run([a + b for a, b in zip(x, shifts, strict=True)], instructions)

        eager = autograd.mean([loss([Value(x) for x in row]) for row in rows.tolist()])
        assume_comparable(eager)
        assert_all_agree(*compiled(loss, ["x"], rows), eager)

    holds()


@given(expressions(kinks=True), st.lists(st.integers(0, 20), max_size=4), st.booleans())
def test_what_is_detached_gets_no_gradient(
    expression: Expression, cut: list[int], in_copies: bool
) -> None:
    """detach() and no_grad() in a loss: the number follows the parameters, the gradient doesn't."""
    parameters = [[Value(x + 0.125 * i) for x in expression.inputs] for i in range(1 + in_copies)]

    def loss() -> Value:
        count = itertools.count()

        def with_cuts(function: Any) -> Any:
            def compute(*operands: Any) -> Any:
                number = next(count)
                if number in cut and number % 2:
                    with no_grad():
                        return function(*operands)
                result = function(*operands)
                return result.detach() if number in cut else result

            return compute

        vocabulary = {name: with_cuts(function) for name, function in AUTOGRAD.items()}
        return autograd.sum([expression.run(row, vocabulary) for row in parameters])

    step, _, _ = compiled(loss)
    for leaf in step.leaves:
        leaf.data += 0.0625
        leaf.grad = 0.0
    step.load()
    value, gradient = step()
    eager = loss()
    eager.backward()
    sizes = dict.fromkeys(step.leaves, 1e3) | magnitudes(eager)
    assert close(value, eager.data, 1e3)
    for leaf, number in zip(step.leaves, gradient.flat.tolist(), strict=True):
        assert close(number, leaf.grad, sizes[leaf] + 1.0), f"{number} {leaf.grad}\n{step.source}"


def test_a_detached_infinity_does_not_reach_the_gradient() -> None:
    w = [Value(x, label=f"w[{i}]") for i, x in enumerate([2.0, 3.0])]

    def loss(x: Any) -> Value:
        a, b = [v * x for v in w]  # one array of two elements, of which one is a number alone
        return autograd.atan(a) + autograd.tanh(b).detach() + autograd.relu(x) * 0.0

    value, gradient = autograd.compile(loss, batch="x")(np.array([-math.inf]))
    eager = loss(Value(-math.inf))
    eager.backward()
    assert close(value, eager.data, 0.0)
    assert w[1].grad == gradient["w"][1] == 0.0
    assert close(float(gradient["w"][0]), w[0].grad, 0.0)


@pytest.mark.parametrize("top", [5.0, 20.0, 36.0, 60.0, 700.0])
@pytest.mark.parametrize("output", [0, 1])
def test_slopes_of_a_softmax_that_is_sure_are_exact(top: float, output: int) -> None:
    """Relative to themselves, however small: 1 - ŷ is no difference of nearly equal numbers."""
    logits = [Value(top, label="z[0]"), Value(0.0, label="z[1]"), Value(-1.0, label="z[2]")]
    onehot = [float(i == output) for i in range(3)]
    step, _, gradient = compiled(lambda: autograd.dot(autograd.softmax(logits), onehot))
    autograd.softmax(logits)[output].backward()
    assert step.source.count("softmax_gradient") > 1  # it is defined, and used
    assert gradient.flat.tolist() == pytest.approx([z.grad for z in logits], rel=1e-12, abs=0)


def test_special_numbers_are_many() -> None:
    assert len(SPECIAL) > 10
