"""The chain rule: laws that hold on every graph, and what a backward pass leaves behind."""

from __future__ import annotations

import contextlib
import gc
import math
import weakref
from collections.abc import Callable

import mpmath
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from mpmath import mp

import autograd
from autograd import NotDifferentiableError, Value, backward, gradients, topological_order
from tests.autograd.strategies import AUTOGRAD, MPMATH, Expression, expressions


def gradients_by_backward(expression: Expression) -> list[float]:
    leaves, output = expression.record()
    output.backward()
    return [leaf.grad for leaf in leaves]


def paths_to_leaves(output: Value) -> list[tuple[Value, float]]:
    """Every path from the output to a leaf, as the leaf and the product along the path."""
    found, stack = [], [(output, 1.0)]
    while stack:
        node, product = stack.pop()
        if not node.parents:
            found.append((node, product))
        for parent, local in zip(node.parents, node.local_derivatives, strict=True):
            stack.append((parent, product * local))
    return found


def sizes_of_gradients(leaves: list[Value], output: Value) -> list[float]:
    """The sum of |product| over all paths: what rounding in a gradient is relative to."""
    sizes = dict.fromkeys(topological_order(output), 0.0)
    sizes[output] = 1.0
    for node in reversed(topological_order(output)):
        for parent, local in zip(node.parents, node.local_derivatives, strict=True):
            sizes[parent] += sizes[node] * abs(local)
    return [sizes.get(leaf, 0.0) for leaf in leaves]


# Laws.


@given(expressions())
@settings(max_examples=60)
def test_backward_equals_finite_differences(expression: Expression) -> None:
    """At 60 digits, where a central difference has no rounding to speak of."""
    leaves, output = expression.record()
    assume(abs(output.data) < 1e6)
    output.backward()
    h = mpmath.mpf(10) ** -18
    with mp.workdps(60):
        for i, (leaf, size) in enumerate(
            zip(leaves, sizes_of_gradients(leaves, output), strict=True)
        ):
            sides = []
            for sign in (1, -1):
                point = [mpmath.mpf(x) for x in expression.inputs]
                point[i] += sign * h
                sides.append(expression.run(point, MPMATH))
            slope = (sides[0] - sides[1]) / (2 * h)
            assert abs(leaf.grad - slope) <= 1e-9 * (size + abs(slope) + 1e-3)


@given(expressions(kinks=True))
@settings(max_examples=60)
def test_backward_equals_pytorch(expression: Expression) -> None:
    """Kinks included: both say 0 for relu and abs at 0, and ½ each where two tie."""
    torch = pytest.importorskip("torch")
    functional = torch.nn.functional
    vocabulary = AUTOGRAD | {
        "exp": lambda a: torch.exp(-a * a),
        "log": lambda a: torch.log(1 + a * a),
        "sqrt": lambda a: torch.sqrt(2 + torch.sin(a)),
        **{name: getattr(torch, name) for name in
           ("sin", "tanh", "atan", "asinh", "sigmoid", "relu", "abs", "maximum", "minimum")},
        "softplus": lambda a: functional.softplus(a, threshold=700),
        "leaky_relu": functional.leaky_relu,
        "dot": lambda a, b, c: a * b + b * c + 2 * a + c,
        "mean": lambda *xs: torch.stack(xs).mean(),
        "prod": lambda a, b, c: a * b * c,  # torch.prod loses second derivatives at tiny factors
        "logsumexp": lambda *xs: torch.logsumexp(torch.stack(xs), 0),
        "softmax": lambda *xs: torch.softmax(torch.stack(xs), 0)[1],
        "cross_entropy": lambda *xs: -torch.log_softmax(torch.stack(xs), 0)[2],
        "sum": lambda *xs: torch.stack(xs).sum(),
    }  # fmt: skip
    leaves, output = expression.record()
    tensors = [torch.tensor(x, dtype=torch.float64, requires_grad=True) for x in expression.inputs]
    result = expression.run(tensors, vocabulary)
    assert output.data == pytest.approx(result.item(), rel=1e-12, abs=1e-12)
    sizes = sizes_of_gradients(leaves, output)
    first = gradients(output, leaves, create_graph=True)
    firsts = torch.autograd.grad(result, tensors, create_graph=True, allow_unused=True)
    for mine, theirs, size in zip(first, firsts, sizes, strict=True):
        expected = 0.0 if theirs is None else theirs.item()
        assert mine.data == pytest.approx(expected, rel=1e-9, abs=1e-9 * (size + 1e-3))
    squares = [g * g for g in firsts if g is not None and g.requires_grad]
    second = gradients(autograd.sum([g * g for g in first]), leaves)
    assume(all(abs(g) < 1e6 for g in second))
    if squares:
        seconds = torch.autograd.grad(sum(squares), tensors, allow_unused=True)
        for mine, theirs in zip(second, seconds, strict=True):
            expected = 0.0 if theirs is None else theirs.item()
            scale = 1 + max(sizes) ** 3
            assert mine == pytest.approx(expected, rel=1e-7, abs=1e-9 * scale)


@given(expressions(kinks=True))
def test_gradients_equal_backward(expression: Expression) -> None:
    leaves, output = expression.record()
    found = gradients(output, leaves)
    assert [leaf.grad for leaf in leaves] == [0.0] * len(leaves)  # left as they were
    output.backward()
    assert found == [leaf.grad for leaf in leaves]
    again = gradients(output, leaves, create_graph=True)
    sizes = sizes_of_gradients(leaves, output)
    for value, plain, size in zip(again, found, sizes, strict=True):
        assert value.data == pytest.approx(plain, abs=1e-12 * size)


@given(expressions(kinks=True, max_instructions=7))
def test_a_gradient_is_the_sum_over_all_paths(expression: Expression) -> None:
    leaves, output = expression.record()
    output.backward()
    paths = paths_to_leaves(output)
    assume(len(paths) < 5000)
    for leaf in leaves:
        products = [product for end, product in paths if end is leaf]
        assert leaf.grad == pytest.approx(
            math.fsum(products), abs=1e-12 * math.fsum(map(abs, products)) + 1e-300
        )


@given(expressions(kinks=True))
def test_two_calls_give_twice_the_gradient(expression: Expression) -> None:
    once = gradients_by_backward(expression)
    leaves, output = expression.record()
    output.backward()
    inner = [node.grad for node in topological_order(output) if node.parents]
    output.backward()
    for leaf, gradient, size in zip(leaves, once, sizes_of_gradients(leaves, output), strict=True):
        assert leaf.grad == pytest.approx(2 * gradient, abs=1e-14 * size)
    assert [node.grad for node in topological_order(output) if node.parents] == inner


@given(expressions(), st.floats(-4, 4), st.floats(-4, 4))
def test_gradients_are_linear_in_the_loss(expression: Expression, a: float, b: float) -> None:
    leaves, first = expression.record()
    second = autograd.sum(leaf * leaf for leaf in leaves) * first
    of_first, of_second = gradients(first, leaves), gradients(second, leaves)
    of_both = gradients(a * first + b * second, leaves)
    sizes = sizes_of_gradients(leaves, a * first + b * second)
    for both, one, other, size in zip(of_both, of_first, of_second, sizes, strict=True):
        assert both == pytest.approx(a * one + b * other, abs=1e-12 * size + 1e-300)


@given(expressions())
def test_the_gradients_of_two_losses_add_up(expression: Expression) -> None:
    leaves, first = expression.record()
    second = first * leaves[0]  # shares the whole graph
    expected = [
        a + b for a, b in zip(gradients(first, leaves), gradients(second, leaves), strict=True)
    ]
    first.backward()
    second.backward()
    sizes = sizes_of_gradients(leaves, first + second)
    for leaf, gradient, size in zip(leaves, expected, sizes, strict=True):
        assert leaf.grad == pytest.approx(gradient, abs=1e-13 * size)


# What a backward pass leaves behind.


def test_gradients_of_every_node_on_the_way() -> None:
    x, w = Value(3.0), Value(2.0)
    a = x * w
    loss = a * a
    backward(loss)
    assert [node.grad for node in (loss, a, w, x)] == [1.0, 12.0, 36.0, 24.0]


def test_leaves_accumulate_and_computed_nodes_start_afresh() -> None:
    x = Value(3.0)
    square = x * x
    square.backward()
    (square * 2).backward()
    assert square.grad == 2.0
    assert x.grad == 6.0 + 12.0
    square.grad = 99.0
    square.backward()
    assert square.grad == 1.0


def test_a_root_that_is_a_leaf() -> None:
    x = Value(3.0)
    x.backward()
    x.backward()
    assert x.grad == 2.0


def test_a_root_inside_of_a_larger_graph() -> None:
    x = Value(3.0)
    square = x * x
    loss = square * 5
    square.backward()
    assert (x.grad, loss.grad) == (6.0, 0.0)


def test_data_changed_after_the_forward_pass_does_not_matter() -> None:
    x, w = Value(3.0), Value(2.0)
    loss = autograd.dot([x, w], [w, x]) + x**2 + x * w + autograd.exp(w - 2)
    expected = gradients(loss, [x, w])
    x.data, w.data = 100.0, -100.0
    loss.backward()
    assert [x.grad, w.grad] == expected


def test_a_constant_gets_a_gradient_of_its_own() -> None:
    x = Value(3.0)
    y = 2 * x
    y.backward()
    assert y.parents[0].grad == 3.0


def test_infinite_and_nan_gradients_follow_ieee_754() -> None:
    x = Value(0.0)
    (autograd.sqrt(x) * 0).backward()
    assert math.isnan(x.grad)
    y = Value(0.0)
    autograd.log(y).backward()
    assert y.grad == math.inf


# No reference cycles.


class Watched(Value):
    """A Value that can be watched."""

    __slots__ = ("__weakref__",)


def count_values() -> int:
    return sum(type(each) is Value for each in gc.get_objects())


def _plain(x: Value) -> None:
    autograd.tanh(x * x + autograd.sum([x, x, x]))


def _backward(x: Value) -> None:
    autograd.tanh(x * x + autograd.sum([x, x, x])).backward()


def _create_graph(x: Value) -> None:
    y = autograd.tanh(x * x + autograd.dot([x, x], [x, 2.0]))
    [slope] = gradients(y, [x], create_graph=True)
    gradients(slope, [x], create_graph=True)


def _hessian(x: Value) -> None:
    autograd.hessian(lambda p: autograd.logsumexp([p[0] * p[1], p[0]]))([1.0, 2.0])


def _gradcheck(x: Value) -> None:
    autograd.gradcheck(lambda v: v * v, [1.0])


def _softmax(x: Value) -> None:
    autograd.cross_entropy(autograd.softmax([x, 2 * x]), 0).backward()


def _operand_error(x: Value) -> None:
    y = x * 2
    with pytest.raises(TypeError):
        y + "one"


def _no_rule(x: Value) -> None:
    y = Value(1.0, [x * 2], [1.0]) * x
    try:
        gradients(y, [x], create_graph=True)
    except NotDifferentiableError:
        pass
    else:
        raise AssertionError


def _float(x: Value) -> None:
    with contextlib.suppress(TypeError):
        math.exp(x * 2)


def _in_contexts(x: Value) -> None:
    with autograd.no_grad(), autograd.pause_gc():
        y = x * x
        y.backward()


def _interrupted(x: Value) -> None:
    def rule(m: object, x: object) -> float:
        raise KeyboardInterrupt

    op = autograd.primitive("interrupt", rule, lambda m, y, x: (1.0,))
    with contextlib.suppress(KeyboardInterrupt):
        op(x * x)


@pytest.mark.parametrize(
    "work",
    [_plain, _backward, _create_graph, _hessian, _gradcheck, _softmax, _operand_error, _no_rule,
     _float, _in_contexts, _interrupted],
)  # fmt: skip
@pytest.mark.usefixtures("collector_off")
def test_graphs_are_freed_by_counting_references(work: Callable[[Value], None]) -> None:
    x = Value(0.5)
    work(x)  # what is cached once (ops bound to a parameter) is cached now
    before = count_values()
    work(x)
    assert count_values() == before


@pytest.mark.usefixtures("collector_off")
def test_a_graph_lives_exactly_as_long_as_something_needs_it() -> None:
    x = Watched(1.0)
    watch = weakref.ref(x)
    y = x * x
    y.backward()
    del x
    assert watch() is not None
    del y
    assert watch() is None
