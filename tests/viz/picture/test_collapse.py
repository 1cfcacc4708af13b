"""Groups of a graph: laws on random graphs, and the titles of networks that people draw."""

from __future__ import annotations

import math
import random
import subprocess
import sys
from collections.abc import Callable, Iterable, Sequence
from graphlib import TopologicalSorter
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd
import nn
from autograd import Value, topological_order
from chainrule import demo
from tests.autograd.strategies import Expression, expressions
from tests.counting import lines_run
from viz.errors import NotAValueError, OptionError
from viz.picture.collapse import Group, groups

By = Literal["layer", "neuron"]
BOTH: tuple[By, ...] = ("layer", "neuron")


def feeds(groups: Iterable[Group]) -> dict[tuple[Group, Group], int]:
    """Which groups feed which, with the number of edges of the graph from one to the other."""
    found = list(groups)
    home = {node: group for group in found for node in group.members}
    counts: dict[tuple[Group, Group], int] = {}
    for end in found:
        for node in end.members:
            for parent in node.parents:
                start = home.get(parent)
                if start is not None and start is not end:
                    counts[start, end] = counts.get((start, end), 0) + 1
    return counts


def titles(root: Value, by: By = "layer") -> list[str]:
    return [group.title for group in groups(root, by)]


def named(found: Sequence[Group], name: str) -> Group:
    [group] = [group for group in found if group.name == name]
    return group


# Random networks: hand-written or not, in batches, with shared and reused parts.


def chain(weights: Sequence[Value], inputs: Sequence[Value], bias: Value) -> Value:
    """A neuron as micrograd writes it."""
    return sum((w * x for w, x in zip(weights, inputs, strict=True)), bias)


def linear(a: Value) -> Value:
    return a


def swish(a: Value) -> Value:
    return a * a.sigmoid()


AFFINE: list[Callable[[Sequence[Value], Sequence[Value], Value], Value]] = [autograd.dot, chain]
ACTIVATIONS: list[Callable[[Value], Value]] = [autograd.tanh, autograd.relu, linear, swish]


@st.composite
def networks(draw: st.DrawFn) -> Value:
    generator = random.Random(draw(st.integers(0, 10**6)))
    n = draw(st.integers(1, 5))
    examples = [
        [Value(generator.gauss(0, 1)) for _ in range(n)] for _ in range(draw(st.integers(1, 3)))
    ]
    if draw(st.booleans()):
        for example in examples:
            for i, x in enumerate(example):
                x.label = f"x[{i}]"
    parameters: list[Value] = []
    outputs = examples
    for _ in range(draw(st.integers(1, 3))):
        m = draw(st.integers(1, 4))
        affine = AFFINE[draw(st.integers(0, len(AFFINE) - 1))]
        g = ACTIVATIONS[draw(st.integers(0, len(ACTIVATIONS) - 1))]
        skips = draw(st.booleans())
        shares = draw(st.booleans())
        weights = [[Value(generator.gauss(0, 1)) for _ in outputs[0]] for _ in range(m)]
        if parameters and shares:  # with what comes before
            weights[0] = [generator.choice(parameters) for _ in outputs[0]]
        biases = [Value(generator.gauss(0, 1)) for _ in range(m)]
        parameters += [w for row in weights for w in row] + biases
        computed = [
            [g(affine(row, x, b)) for row, b in zip(weights, biases, strict=True)] for x in outputs
        ]
        outputs = [[*h, *x] if skips else h for h, x in zip(computed, outputs, strict=True)]
    losses = [autograd.cross_entropy(example, 0) for example in outputs]
    loss: Value = autograd.mean(losses)
    if draw(st.booleans()):
        loss = loss + 0.01 * autograd.sum([p * p for p in parameters])
    return loss


graphs = st.one_of(
    networks(),
    expressions(kinks=True).map(lambda expression: _recorded(expression)),
)


def _recorded(expression: Expression) -> Value:
    root: Value = expression.record()[1]
    return root


@given(graphs, st.sampled_from(BOTH))
def test_every_node_is_in_exactly_one_group(root: Value, by: By) -> None:
    members = [node for group in groups(root, by) for node in group.members]
    assert len(members) == len(set(members))
    assert set(members) == set(topological_order(root))


@given(graphs, st.sampled_from(BOTH))
def test_groups_come_after_those_that_feed_them_and_never_feed_themselves(
    root: Value, by: By
) -> None:
    found = groups(root, by)
    place = {group: i for i, group in enumerate(found)}
    between = feeds(found)
    assert all(place[start] < place[end] for start, end in between)
    sorter: TopologicalSorter[Group] = TopologicalSorter(dict.fromkeys(found, ()))
    for start, end in between:
        sorter.add(end, start)
    sorter.prepare()  # raises CycleError


@given(graphs, st.sampled_from(BOTH))
def test_all_edges_are_inside_a_group_or_counted_between_two(root: Value, by: By) -> None:
    found = groups(root, by)
    home = {node: group for group in found for node in group.members}
    inside = sum(home[node] is home[parent] for node, parent, _ in autograd.edges(root))
    assert inside + sum(feeds(found).values()) == sum(1 for _ in autograd.edges(root))


@given(graphs)
def test_the_elements_of_a_layer_compute_the_same_and_not_from_each_other(root: Value) -> None:
    sums = {"+", "sum", "dot"}  # a chain of these is one dot product, as if it were written so
    for group in groups(root):
        ops = {node.op for node in group.elements}
        assert len(ops) == 1 or ops <= sums
        elements = set(group.elements)
        for node in group.elements:
            below = set(topological_order(node)) - {node}
            assert not below & elements


@given(graphs, st.sampled_from(BOTH))
def test_a_group_has_as_many_elements_as_its_shape_says_and_only_one_has_the_loss(
    root: Value, by: By
) -> None:
    found = groups(root, by)
    assert all(len(group.elements) == math.prod(group.shape) for group in found)
    kinds = [group.kind for group in found]
    assert kinds.count("loss") == (1 if root.parents else 0)
    assert root in found[-1].elements
    for group in found:
        leaves = [not node.parents for node in group.elements]
        assert all(leaves) == any(leaves) == (group.kind in ("leaf", "constant"))


@given(graphs, st.sampled_from(BOTH))
def test_groups_are_the_same_from_call_to_call_and_have_names_of_their_own(
    root: Value, by: By
) -> None:
    first, second = groups(root, by), groups(root, by)
    assert [(g.name, g.title, g.shape, g.members) for g in first] == [
        (g.name, g.title, g.shape, g.members) for g in second
    ]
    assert len({group.name for group in first}) == len(first)


@given(graphs)
def test_grouping_changes_no_number_label_or_gradient(root: Value) -> None:
    root.backward()
    before = [(node.data, node.grad, node.label, node.op) for node in topological_order(root)]
    groups(root, "neuron")
    after = [(node.data, node.grad, node.label, node.op) for node in topological_order(root)]
    assert repr(before) == repr(after)  # nan is nan


# The numbers in the arrays are those that the titles speak of.


def test_a_layer_is_a_matrix_product_of_its_groups() -> None:
    model = nn.MLP(2, [3, 4], 2, activation="tanh", seed=1)
    examples = [[0.5, -1.0], [2.0, 0.25], [-0.75, 1.5]]
    found = groups(autograd.mean([autograd.cross_entropy(model(x), 1) for x in examples]))

    def table(name: str) -> list[list[float]]:
        group = named(found, name)
        _, width = group.shape
        data = [node.data for node in group.elements]
        return [data[i : i + width] for i in range(0, len(data), width)]

    assert table("x") == examples
    b1 = [node.data for node in named(found, "b1").elements]
    for x, row in zip(table("x"), table("a1"), strict=True):
        for w, b, a in zip(table("W1"), b1, row, strict=True):
            assert a == pytest.approx(sum(i * j for i, j in zip(w, x, strict=True)) + b)
    assert [list(map(math.tanh, row)) for row in table("a2")] == [
        [pytest.approx(h) for h in row] for row in table("h2")
    ]


# Networks that people draw.


def test_the_worked_network_is_written_as_in_the_notes() -> None:
    assert titles(demo.worked_network()["L"]) == [
        "W1", "x", "b1", "a1 = W1 x + b1", "h1 = σ(a1)", "W2", "b2", "a2 = W2 h1 + b2",
        "ŷ = softmax(a2)", "y", "L = squared_error(ŷ, y)",
    ]  # fmt: skip


def test_the_neurons_of_the_worked_network_have_their_weights_and_labels() -> None:
    nodes = demo.worked_network()
    found = groups(nodes["L"], by="neuron")
    assert [group.title for group in found] == [
        "x", *(f"h1{i} = σ(w·x + b)" for i in range(1, 5)), "a21 = w·x + b", "a22 = w·x + b",
        "ŷ = softmax(a2)", "y", "L = squared_error(ŷ, y)",
    ]  # fmt: skip
    second = named(found, "h12")
    assert second.elements == (nodes["h12"],)
    own = {"h12", "a12", "w121", "w122", "w123", "w124", "b12"}
    assert {node.label for node in second.members} == own
    between = {(start.name, end.name): count for (start, end), count in feeds(found).items()}
    assert between["x", "h12"] == 4
    assert between["h12", "a21"] == 1


def digits() -> Value:
    model = nn.MLP(64, [32], 10, seed=0)
    loss: Value = autograd.cross_entropy(model([i / 64 for i in range(64)]), 3)
    return loss


def test_a_network_for_digits_fits_a_slide() -> None:
    found = groups(digits())
    assert [(group.title, group.kind, group.shape) for group in found] == [
        ("W1", "leaf", (32, 64)),
        ("x", "constant", (64,)),
        ("b1", "leaf", (32,)),
        ("a1 = W1 x + b1", "operation", (32,)),
        ("h1 = relu(a1)", "operation", (32,)),
        ("W2", "leaf", (10, 32)),
        ("b2", "leaf", (10,)),
        ("a2 = W2 h1 + b2", "operation", (10,)),
        ("loss = cross_entropy(a2)", "loss", ()),
    ]
    between = {(start.name, end.name): count for (start, end), count in feeds(found).items()}
    assert between["W1", "a1"] == between["x", "a1"] == 32 * 64
    assert between["h1", "a2"] == 32 * 10


def test_neurons_of_a_network_for_digits() -> None:
    found = titles(digits(), "neuron")
    assert found[0] == "x"
    assert found[1:33] == [f"h1[{i}] = relu(w·x + b)" for i in range(32)]
    assert found[33:43] == [f"a2[{i}] = w·x + b" for i in range(10)]
    assert found[43:] == ["loss = cross_entropy(a2)"]


def moons(n_examples: int, penalty: bool = False) -> Value:
    model = nn.MLP(2, [16, 16], 1, activation="tanh", seed=0)
    examples = [([0.1 + i, 0.2 - i], 1) for i in range(n_examples)]
    loss: Value = autograd.mean([nn.max_margin(model(x), y) for x, y in examples])
    if penalty:
        loss = loss + 1e-3 * autograd.sum([p * p for p in model.parameters()])
    return loss


def test_a_batch_has_each_layer_once_with_a_row_for_each_example() -> None:
    found = groups(moons(4))
    assert [(group.title, group.shape) for group in found if group.kind == "operation"] == [
        ("a1 = x W1ᵀ + b1", (4, 16)),
        ("h1 = tanh(a1)", (4, 16)),
        ("a2 = h1 W2ᵀ + b2", (4, 16)),
        ("h2 = tanh(a2)", (4, 16)),
        ("a3 = h2 W3ᵀ + b3", (4, 1)),
        ("v1 = 1·a3", (4, 1)),
        ("v2 = 1 - v1", (4, 1)),
        ("v3 = relu(v2)", (4, 1)),
    ]
    assert found[-1].title == "loss = mean(v3)"
    assert [group.shape for group in found if group.is_number] == [(), ()]


def test_the_neurons_of_a_batch_are_columns() -> None:
    found = groups(moons(4), by="neuron")
    neuron = named(found, "h1[:,3]")
    assert neuron.title == "h1[:,3] = tanh(w·x + b)"
    assert neuron.shape == (4,)
    assert [node.label for node in neuron.elements] == ["h1[3]"] * 4
    assert len(neuron.members) == 4 + 4 + 2 + 1


def test_weights_that_a_penalty_uses_too_stay_outside_the_neurons() -> None:
    found = groups(moons(2, penalty=True), by="neuron")
    assert named(found, "W1").shape == (16, 2)
    assert len(named(found, "h1[:,3]").members) == 2 + 2
    assert [g.title for g in found if "·" in g.title and "W" in g.title] == [
        "v5 = W1·W1 + b1·b1 + W2·W2 + …"
    ]


@pytest.mark.parametrize("weights_first", [True, False])
@pytest.mark.parametrize("are_numbers", [True, False])
def test_neurons_written_by_hand_are_layers_too(weights_first: bool, are_numbers: bool) -> None:
    generator = random.Random(0)

    def neuron(weights: Sequence[Value], bias: Value, inputs: Sequence[Value]) -> Value:
        pairs = zip(weights, inputs, strict=True)
        products = (w * x if weights_first else x * w for w, x in pairs)
        return sum(products, bias).tanh()

    def layer(inputs: Sequence[Value], n: int) -> list[Value]:
        weights = [[Value(generator.random()) for _ in inputs] for _ in range(n)]
        return [neuron(row, Value(0.5), inputs) for row in weights]

    x = [0.5, 1.5, -1.0]
    inputs: Sequence[Value] = x if are_numbers else [Value(number) for number in x]  # type: ignore[assignment]
    [output] = layer(layer(inputs, 4), 1)
    found = groups(output)
    assert {group.title for group in found} == {
        "W1", "x", "b1", "a1 = W1 x + b1", "h1 = tanh(a1)", "W2", "b2", "a2 = W2 h1 + b2",
        "loss = tanh(a2)",
    }  # fmt: skip
    a1 = named(found, "a1")
    assert {node.op for node in a1.elements} == {"+"}
    assert len(a1.members) == 4 * (3 + 3)  # a product and a sum for each weight
    expected = ["x", *(f"h1[{i}] = tanh(w·x + b)" for i in range(4)), "loss = tanh(w·x + b)"]
    assert titles(output, "neuron") == expected


def test_a_neuron_of_labelled_numbers() -> None:
    x1, x2, w1, w2, b = (Value(1.5, label=label) for label in ("x1", "x2", "w1", "w2", "b"))
    n = x1 * w1 + x2 * w2 + b
    n.label = "n"
    o = n.tanh()
    o.label = "o"
    assert titles(o) == ["x", "w", "b", "n = x·w + b", "o = tanh(n)"]
    found = groups(o, "neuron")
    assert [group.title for group in found] == ["x", "o = tanh(w·x + b)"]
    assert {w1, w2, b} < set(found[1].members)


def test_what_has_different_labels_stays_apart() -> None:
    x = [Value(0.1 * i, label=f"x[{i}]") for i in range(4)]
    q, k = (
        [
            autograd.dot([Value(0.2 * i, label=f"W{letter}[{i}][{j}]") for j in range(4)], x)
            for i in range(4)
        ]
        for letter in "qk"
    )
    found = groups(autograd.dot(q, k))
    assert named(found, "Wq").shape == named(found, "Wk").shape == (4, 4)
    assert [g.title for g in found if g.kind != "leaf"] == [
        "a1 = Wq x", "a2 = Wk x", "loss = a1·a2",
    ]  # fmt: skip
    a, b = Value(1.0, label="length"), Value(2.0, label="angle")
    assert titles(a.sin() + b.sin()) == [
        "length", "v1 = sin(length)", "angle", "v2 = sin(angle)", "loss = v1 + v2",
    ]  # fmt: skip


def test_an_integrator_is_a_chain_of_its_steps() -> None:
    angle, omega = Value(0.4, label="angle"), Value(0.0, label="omega")
    for _ in range(2):
        omega = omega - 0.1 * autograd.sin(angle)
        angle = angle + 0.1 * omega
    assert [title for title in titles(angle) if "=" in title] == [
        "v1 = sin(angle)",
        "v2 = 0.1·v1",
        "v3 = omega - v2",
        "v4 = 0.1·v3",
        "v5 = angle + v4",
        "v6 = sin(v5)",
        "v7 = 0.1·v6",
        "v8 = v3 - v7",
        "v9 = 0.1·v8",
        "loss = v5 + v9",
    ]


def test_the_names_of_users_come_first() -> None:
    v, v2 = Value(1.0, label="v"), Value(2.0, label="v2")
    assert titles((v * v2).sin().cos()) == [
        "v",
        "v2",
        "v1 = v·v2",
        "v3 = sin(v1)",
        "loss = cos(v3)",
    ]


def test_one_name_in_a_layer_leaves_the_layer_whole() -> None:
    model = nn.MLP(3, [4, 4], 2, seed=0)
    model.layers[1].neurons[2].weights[1].label = "w"
    found = titles(autograd.cross_entropy(model([1.0, 2.0, 3.0]), 0))
    assert "a2 = W2 h1 + b2" in found
    assert "w" not in found


def test_the_start_of_a_sum_is_not_taken_for_an_input_that_is_zero_too() -> None:
    w = [Value(1.0), Value(2.0), Value(3.0)]
    total = sum(weight * x for weight, x in zip(w, [0.0, 1.0, 2.0], strict=True))
    assert isinstance(total, Value)
    assert titles(total) == ["p1", "c1", "loss = p1·c1"]
    [constants] = [group for group in groups(total) if group.kind == "constant"]
    assert [node.data for node in constants.members] == [0.0, 1.0, 2.0]


@pytest.mark.parametrize("by", BOTH)
def test_a_single_node_is_a_group(by: By) -> None:
    x = Value(3.0, label="x")
    [group] = groups(x, by)
    assert (group.name, group.title, group.kind) == ("x", "x", "leaf")
    assert (group.shape, group.members) == ((), (x,))
    constant = (x * 3.0).parents[1]
    [group] = groups(constant, by)
    assert (group.title, group.kind, group.is_number) == ("3", "constant", True)


def test_equal_nodes_are_two() -> None:
    x = Value(3.0, label="x")
    found = groups((x * x).sin() - (x * x).sin())
    assert [(g.title, g.shape) for g in found] == [
        ("x", ()), ("v1 = x·x", (2,)), ("v2 = sin(v1)", (2,)),
        ("loss = v2[0] - v2[1]", ()),
    ]  # fmt: skip


def test_nodes_made_by_hand_have_groups() -> None:
    a, b = Value(2.0, label="a"), Value(3.0, label="b")
    by_hand = [Value(6.0, (a, b), (3.0, 2.0), op=op) for op in ("+", "sum", "identity", "f")]
    loss = autograd.sum(by_hand)
    assert titles(loss) == [
        "a", "b", "v1 = +(a, b)", "v2 = sum(a, b)", "v3 = identity(a, b)", "v4 = f(a, b)",
        "loss = v1 + v2 + v3 + v4",
    ]  # fmt: skip


def test_adding_nothing_is_an_operation() -> None:
    a = Value(2.0, label="a")
    found = groups((a + 0) * autograd.exp(a))
    assert [g.title for g in found][:2] == ["a", "v1 = sum(a)"]
    assert [node.data for node in found[1].members] == [2.0, 0.0]


def test_labels_come_out_printable_and_short() -> None:
    a = [Value(1.0, label=f"evil\n\x1b[2J{'x' * 500}[{i}]") for i in range(3)]
    for title in titles(autograd.logsumexp(a)):
        assert title.isprintable()
        assert len(title) <= 60


def test_what_is_no_value_and_no_way_to_group_is_said() -> None:
    with pytest.raises(NotAValueError, match="the root must be"):
        groups(3.0)  # type: ignore[arg-type]
    with pytest.raises(OptionError, match="'layer'"):
        groups(Value(1.0), by="layers")  # type: ignore[arg-type]


def test_a_large_network_takes_no_more_work_for_each_of_its_nodes() -> None:
    def loss(width: int) -> Value:
        model = nn.MLP(width, [2 * width, 50], 10, seed=0)
        return autograd.cross_entropy(model([i / width for i in range(width)]), 3)

    assert len(topological_order(loss(100))) > 25_000
    assert len(groups(loss(100))) == 13
    small, large = (
        lines_run(groups, root) / len(topological_order(root)) for root in (loss(10), loss(40))
    )
    assert large < 1.2 * small


def test_a_long_chain_does_not_recurse() -> None:
    x = Value(0.5)
    for _ in range(sys.getrecursionlimit() + 500):
        x = x.sin()
    found = groups(x, "neuron")
    assert len(found) == sys.getrecursionlimit() + 501


def test_numpy_is_loaded_when_it_is_needed() -> None:
    code = "import sys, viz.picture.collapse; sys.exit('numpy' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)
