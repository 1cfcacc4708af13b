"""The step that a user calls: its source, its arrays, and models of every manner."""

from __future__ import annotations

import pickle
import random
import subprocess
import sys
import traceback
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import autograd
from autograd import CompileError, Value
from tests.autograd.compiler.agreement import assert_agrees
from tests.threads import in_threads

nn = pytest.importorskip("nn")


def digits() -> tuple[Any, Any, Any, Any]:
    generator = np.random.default_rng(0)
    x, y = generator.random((6, 8)), generator.integers(0, 3, 6)
    model = nn.MLP(8, [5], 3, activation="sigmoid", seed=1)
    step = autograd.compile(lambda x, y: nn.cross_entropy(model(x), y), batch=("x", "y"))
    return step, x, y, model


def eager(model: Any, x: Any, y: Any) -> Value:
    rows = zip(x.tolist(), y.tolist(), strict=True)
    return autograd.mean([nn.cross_entropy(model(xi), yi) for xi, yi in rows])


def test_the_source_is_that_of_the_notes() -> None:
    step, x, y, model = digits()
    value, gradient = step(x, y)
    assert_agrees(step, value, gradient, eager(model, x, y))
    program = step.source[step.source.index("@np.errstate") :].split("\n\n\n")[0]
    assert (
        program
        == """@np.errstate(all="ignore")
def loss_and_gradient(x, y, W1, b1, W2, b2):
    B = len(x)
    # forward
    a1 = x @ W1.T + b1
    h1 = sigmoid(a1)
    a2 = h1 @ W2.T + b2
    losses, yhat_minus_y = cross_entropy(a2, y)
    loss = losses.sum() / B

    # backward
    da2 = yhat_minus_y / B
    dW2 = da2.T @ h1
    db2 = da2.sum(0)
    dh1 = da2 @ W2
    da1 = dh1 * h1 * (1.0 - h1)
    dW1 = da1.T @ x
    db1 = da1.sum(0)
    return loss, dW1, db1, dW2, db2"""
    )


def test_the_source_is_the_same_from_run_to_run() -> None:
    (one, x, y, _), (other, *_) = digits(), digits()
    one(x, y)
    other(x, y)
    assert one.source == other.source


def run_saved(source: str, folder: Path, code: str) -> str:
    """What code prints beside the saved source, in a process that can't import this package."""
    (folder / "saved.py").write_text(source, encoding="utf-8")
    code = f"import sys; sys.modules['autograd'] = None\n{code}"
    return subprocess.run(
        [sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, check=True
    ).stdout


def test_the_source_runs_without_this_package(tmp_path: Path) -> None:
    step, x, y, _ = digits()
    value, gradient = step(x, y)
    (tmp_path / "data.pickle").write_bytes(pickle.dumps((x, y, list(step.parameters.values()))))
    code = (
        "import pickle\n"
        "from saved import loss_and_gradient\n"
        "x, y, parameters = pickle.load(open('data.pickle', 'rb'))\n"
        "loss, *gradients = loss_and_gradient(x, y, *parameters)\n"
        "print(repr(float(loss)), repr(float(gradients[0][0, 0])))"
    )
    printed = run_saved(step.source, tmp_path, code)
    assert printed == f"{value!r} {float(gradient['W1'][0, 0])!r}\n"


@pytest.mark.parametrize("op", ["gamma", "lgamma", "erf", "erfc", "gelu"])
def test_functions_that_numpy_lacks_are_in_the_source(op: str, tmp_path: Path) -> None:
    x = Value(2.5)
    step = autograd.compile(lambda: getattr(autograd, op)(x))
    value, _ = step()
    code = (
        "import numpy as np\n"
        "from saved import loss_and_gradient\n"
        "print(repr(float(loss_and_gradient(np.float64(2.5))[0])))"
    )
    assert run_saved(step.source, tmp_path, code) == f"{value!r}\n"


def test_parameters_and_gradients_are_parts_of_one_vector() -> None:
    step, x, y, model = digits()
    _, gradient = step(x, y)
    assert list(gradient) == list(step.parameters) == ["W1", "b1", "W2", "b2"]
    assert step.parameters["W1"].shape == (5, 8)
    assert step.parameters["W1"].base is step.parameters.flat
    assert gradient["b2"].base is gradient.flat
    assert len(gradient.flat) == len(model.parameters())
    assert step.leaves[0] is model.layers[0].neurons[0].weights[0]
    assert step.parameters.flat.tolist() == [leaf.data for leaf in step.leaves]
    assert repr(gradient) == "Arrays(W1: (5, 8), b1: (5,), W2: (3, 5), b2: (3,))"


@pytest.mark.parametrize("backend", ["numpy", "torch"])
def test_the_vector_may_be_set_to_another(backend: str) -> None:
    if backend != "numpy":
        pytest.importorskip(backend)
    w, b = Value(3.0, label="w"), Value(0.5, label="b")
    step = autograd.compile(lambda x: (w * x + b) ** 2, batch="x", backend=backend)
    step([1.0])
    step.parameters.flat = step.parameters.flat * 0.0 + 2.0
    assert [float(array) for array in step.parameters.values()] == [2.0, 2.0]
    assert float(step([3.0])[0]) == 64.0
    for wrong in (1.0, np.zeros(3), np.zeros((2, 1))):
        with pytest.raises(CompileError, match=r"flat is an array of shape \(2,\), not "):
            step.parameters.flat = wrong
    assert float(step([3.0])[0]) == 64.0


def test_load_and_store() -> None:
    step, x, y, model = digits()
    before, gradient = step(x, y)
    step.parameters.flat -= 0.5 * gradient.flat
    after, gradient = step(x, y)
    assert after < before
    step.store(gradient)
    assert eager(model, x, y).data == pytest.approx(after, rel=1e-13)
    row, column = 2, 3
    weight = model.layers[0].neurons[row].weights[column]
    assert weight.grad == gradient["W1"][row, column]
    for parameter in model.parameters():
        parameter.data = 0.0
    step.load()
    assert not step.parameters.flat.any()


def test_a_traceback_shows_the_line_of_the_program() -> None:
    step, x, y, _ = digits()
    step(x, y)
    step._latest[1].parameters[0] = np.zeros((5, 9))
    with pytest.raises(ValueError, match="matmul") as caught:
        step(x, y)
    assert "a1 = x @ W1.T + b1" in "".join(traceback.format_exception(caught.value))


def test_other_shapes_are_recorded_again_and_programs_are_kept() -> None:
    w = Value(0.5, label="w")
    step = autograd.compile(lambda x: w * autograd.sum(x), batch="x")
    assert step(np.ones((2, 3)))[0] == 1.5
    assert step(np.ones((2, 5)))[0] == 2.5
    assert step(np.ones((4, 3)))[0] == 1.5
    assert len(step._programs) == 2


@settings(max_examples=20)
@given(st.lists(st.tuples(st.integers(1, 4), st.integers(1, 3), st.booleans()), max_size=8))
def test_arguments_of_shapes_that_have_been_are_what_they_would_be_at_first(
    turns: list[tuple[int, int, bool]],
) -> None:
    """Whatever shapes and types come in turn, each call is that of a new step, errors too."""
    w = [Value(x, label=f"w[{i}]") for i, x in enumerate([0.5, -1.0, 2.0])]

    def loss(x: Any, y: Any) -> Any:
        return autograd.cross_entropy([v * autograd.sum(x) for v in w], y)

    step = autograd.compile(loss, batch=("x", "y"))
    for n_rows, length, is_right in turns:
        x = np.linspace(-1.0, 1.0, n_rows * length).reshape(n_rows, length)
        y = np.arange(n_rows) % 3 if is_right else np.full(n_rows, 3)
        results = []
        for each in (step, autograd.compile(loss, batch=("x", "y"))):
            try:
                value, gradient = each(x, y)
                results.append((value, gradient.flat.tolist()))
            except CompileError as error:
                results.append(str(error))
        assert results[0] == results[1]
        assert isinstance(results[0], tuple) == is_right
        if is_right:
            assert step.program.shapes[0] == (length,)


@given(st.integers(0, 10**6), st.lists(st.integers(1, 5), min_size=1, max_size=4))
def test_shapes_that_use_the_parameters_in_another_order(seed: int, lengths: list[int]) -> None:
    """The first call fixes where the parameters are; later programs take them from there."""
    generator = random.Random(seed)
    w = [Value(generator.uniform(-1, 1), label=generator.choice(["", "p"])) for _ in range(6)]
    layer = nn.Layer(2, 3, "tanh", seed=seed)

    def loss(x: Any) -> Any:
        chance = random.Random(seed + len(x))
        chosen = chance.sample(w, len(x)) if len(x) < 6 else w
        total = autograd.dot(chosen, x, chance.choice(w)) * chance.choice(w)
        if len(x) in (3, 6):
            total = total + autograd.sum(layer([*chosen[1:0:-1], total])) * autograd.prod(chosen)
        return total + autograd.sum([v * v for v in chosen[::2]])

    step = autograd.compile(loss, batch="x")
    rows = np.random.default_rng(seed)
    step(rows.normal(size=(1, 6)))
    names, leaves = list(step.parameters), step.leaves
    for length in [*lengths, 6]:
        x = rows.normal(size=(3, length))
        value, gradient = step(x)
        expected = autograd.mean([loss(row) for row in x.tolist()])
        for leaf in leaves:
            leaf.grad = 0.0
        expected.backward()
        assert value == pytest.approx(expected.data, rel=1e-12, abs=1e-12)
        assert gradient.flat == pytest.approx([leaf.grad for leaf in leaves], rel=1e-11, abs=1e-12)
        assert list(gradient) == list(step.parameters) == names
        assert step.leaves == leaves
        step.parameters.flat -= 0.1 * gradient.flat
        step.store()


@pytest.mark.filterwarnings("ignore:.*faster on contiguous arrays")  # of numba, about speed
@pytest.mark.parametrize("backend", ["numba", "torch", "jax"])
def test_shapes_that_use_parameters_otherwise_on_backends(backend: str) -> None:
    pytest.importorskip(backend)
    w = [Value(x, label=f"w[{i}]") for i, x in enumerate([0.5, -1.0, 2.0])]

    def loss(x: Any) -> Any:
        chosen = w[::-1][: len(x)] if len(x) < 3 else w
        return autograd.tanh(autograd.dot(chosen, x))

    plain = autograd.compile(loss, batch="x")
    step = autograd.compile(loss, batch="x", backend=backend)
    for length in (3, 1, 2):
        x = np.linspace(-1.0, 1.0, 4 * length).reshape(4, length)
        (value, gradient), (expected, expected_gradient) = step(x), plain(x)
        assert float(value) == pytest.approx(expected, rel=1e-12, abs=1e-14)
        assert np.asarray(gradient.flat) == pytest.approx(expected_gradient.flat, rel=1e-12)


def test_parameters_that_the_first_call_did_not_reach() -> None:
    w = [Value(1.0, label=f"w[{i}]") for i in range(3)]
    step = autograd.compile(lambda x: autograd.dot(w[: len(x)], x), batch="x")
    step(np.ones((1, 2)))
    with pytest.raises(CompileError, match=r"1 parameter that .* first call \(w\[2\]\)"):
        step(np.ones((1, 3)))
    assert step(np.ones((1, 2)))[0] == 2.0


class Perceptron:
    """In the manner of micrograd: two nodes for every weight."""

    def __init__(self, sizes: list[int]) -> None:
        generator = random.Random(1)
        self.layers = [
            [
                ([Value(generator.uniform(-1, 1)) for _ in range(n)], Value(0.1))
                for _ in range(width)
            ]
            for n, width in pairwise(sizes)
        ]

    def __call__(self, x: Any) -> Value:
        for i, layer in enumerate(self.layers):
            a = [sum((wi * xi for wi, xi in zip(w, x, strict=True)), b) for w, b in layer]
            x = [v.relu() for v in a] if i < len(self.layers) - 1 else a
        return x[0]

    def parameters(self) -> list[Value]:
        return [p for layer in self.layers for w, b in layer for p in [*w, b]]


def moons(n: int = 20) -> tuple[list[list[float]], list[float]]:
    generator = random.Random(5)
    points = [[generator.uniform(-1, 1) for _ in range(2)] for _ in range(n)]
    return points, [1.0 if a * b > 0 else -1.0 for a, b in points]


def test_a_full_batch_in_the_manner_of_micrograd_is_matrix_products() -> None:
    model = Perceptron([2, 5, 4, 1])
    points, labels = moons()

    def loss() -> Value:
        losses = [(1 + -yi * model(xi)).relu() for xi, yi in zip(points, labels, strict=True)]
        penalty = 1e-4 * sum(p * p for p in model.parameters())
        return sum(losses) * (1.0 / len(losses)) + penalty  # type: ignore[no-any-return]

    step = autograd.compile(loss)
    value, gradient = step()
    assert_agrees(step, value, gradient, loss())
    for line in ("a1 = x @ W1.T + b1", "h1 = np.maximum(a1, 0.0)", "a2 = h1 @ W2.T + b2",
                 "dW2 = da2.T @ h1 + 0.0002 * W2", "dh1 = da2 @ W2"):  # fmt: skip
        assert line in step.source
    assert " for " not in step.source.split("def loss_and_gradient")[1].split("return")[0]


def test_a_penalty_is_computed_once_and_not_for_each_example() -> None:
    model = nn.MLP(2, [4, 1], seed=3)
    points, labels = moons()

    def loss(x: Any, y: Any) -> Any:
        parameters = model.parameters()
        return nn.max_margin(model(x), y) + 1e-2 * autograd.dot(parameters, parameters)

    step = autograd.compile(loss, batch=("x", "y"))
    value, gradient = step(points, labels)
    rows = [loss(x, y) for x, y in zip(points, labels, strict=True)]
    assert_agrees(step, value, gradient, autograd.mean(rows))
    assert "0.01 * (np.vdot(W1, W1) + np.vdot(b1, b1)" in step.source


@pytest.mark.parametrize("loss", ["squared_error", "mean_squared_error", "cross_entropy"])
@pytest.mark.parametrize("output", ["linear", "softmax", "log_softmax"])
def test_losses_of_vectors(loss: str, output: str) -> None:
    generator = np.random.default_rng(1)
    x, y = generator.normal(size=(4, 3)), generator.dirichlet(np.ones(3), size=4)
    model = nn.MLP(3, [4], 3, activation="tanh", output=output, seed=2)
    function = getattr(nn, loss)
    step = autograd.compile(lambda x, y: function(model(x), y), batch=("x", "y"))
    value, gradient = step(x, y)
    rows = [function(model(xi), yi) for xi, yi in zip(x.tolist(), y.tolist(), strict=True)]
    assert_agrees(step, value, gradient, autograd.mean(rows))


@pytest.mark.parametrize(
    "activation", ["relu", "leaky_relu", "elu", "selu", "gelu", "silu", "softplus", "sin"]
)
def test_activations_in_both_manners(activation: str) -> None:
    points, labels = moons(5)
    model = nn.MLP(2, [3, 1], activation=activation, seed=4)

    def loss(x: Any, y: Any) -> Any:
        return nn.binary_cross_entropy(model(x), 0.5 + 0.5 * y)

    def full() -> Any:
        return autograd.mean([loss(x, y) for x, y in zip(points, labels, strict=True)])

    for step, arguments in (
        (autograd.compile(loss, batch=("x", "y")), (points, labels)),
        (autograd.compile(full), ()),
    ):
        value, gradient = step(*arguments)
        assert_agrees(step, value, gradient, full())


def test_weights_used_for_several_positions_of_one_example() -> None:
    """A convolution: the same rows of weights for every window, and a maximum over windows."""
    layer = nn.Layer(3, 4, "tanh", seed=1)

    def loss(x: Any) -> Any:
        windows = [layer(x[i : i + 3]) for i in range(4)]
        return autograd.sum([autograd.max(feature) for feature in zip(*windows, strict=True)])

    x = np.random.default_rng(2).normal(size=(5, 6))
    step = autograd.compile(loss, batch="x")
    value, gradient = step(x)
    assert_agrees(step, value, gradient, autograd.mean([loss(row) for row in x.tolist()]))
    assert step.parameters["W1"].shape == (4, 3)


def test_a_long_thin_graph_is_straight_line_code() -> None:
    """Euler's method on a pendulum: 200 steps."""
    length, angle = Value(1.5, label="length"), Value(0.4, label="angle")

    def loss() -> Value:
        theta, omega = angle, Value(0.0, label="omega")
        for _ in range(200):
            theta, omega = theta + 0.01 * omega, omega - 0.01 * 9.81 / length * autograd.sin(theta)
        return theta**2

    step = autograd.compile(loss)
    value, gradient = step()
    assert set(gradient) == {"length", "angle"}  # not omega, which every call makes anew
    expected = loss()
    assert value == pytest.approx(expected.data, rel=1e-12)
    expected.backward()
    assert float(gradient["length"]) == pytest.approx(length.grad, rel=1e-11)


def test_a_users_own_op() -> None:
    cube = autograd.primitive("cube", lambda m, x: x * x * x, lambda m, y, x: (3 * x * x,))
    w = [Value(float(i), label=f"w[{i}]") for i in range(4)]

    def loss() -> Value:
        return autograd.sum([cube(v) for v in w])

    step = autograd.compile(loss)
    value, gradient = step()
    assert_agrees(step, value, gradient, loss())
    assert list(gradient) == ["w"]
    assert gradient["w"].tolist() == [0.0, 3.0, 12.0, 27.0]


def test_a_number_used_thousands_of_times_needs_no_recursion() -> None:
    w = Value(0.5, label="w")

    def loss() -> Value:
        total = w
        for _ in range(3000):
            total = total + autograd.sin(total) * w
            total = total * 0.5
        return total

    step = autograd.compile(loss)
    value, gradient = step()
    assert_agrees(step, value, gradient, loss(), scale=1.0)


def test_several_cross_entropies_of_one_example() -> None:
    layer = nn.Layer(2, 3, "linear", seed=1)

    def loss(x: Any) -> Any:
        return autograd.cross_entropy(layer(x[:2]), 2) + autograd.cross_entropy(layer(x[2:]), 0)

    x = np.random.default_rng(2).normal(size=(5, 4))
    step = autograd.compile(loss, batch="x")
    value, gradient = step(x)
    assert_agrees(step, value, gradient, autograd.mean([loss(row) for row in x.tolist()]))


@pytest.mark.parametrize("n", [2, 5, 40])
@pytest.mark.parametrize("reduce", [autograd.sum, autograd.mean, autograd.max, autograd.norm])
def test_what_is_added_to_every_element_has_the_sum_of_their_gradients(reduce: Any, n: int) -> None:
    b = Value(0.25, label="b")
    w = [Value(0.5 - i / n, label=f"w[{i}]") for i in range(n)]

    def loss(x: Any) -> Any:
        return reduce([b + v for v in w]) + reduce([b * x + autograd.tanh(v) for v in w])

    step = autograd.compile(loss, batch="x")
    value, gradient = step([0.5, 2.0, -1.0])
    assert_agrees(step, value, gradient, autograd.mean([loss(x) for x in (0.5, 2.0, -1.0)]))


def test_a_loss_without_parameters_has_no_gradient() -> None:
    step = autograd.compile(lambda x: autograd.sin(x), batch="x")
    value, gradient = step([0.5, 0.5])
    assert value == pytest.approx(autograd.sin(0.5), rel=1e-14)
    assert len(gradient) == len(gradient.flat) == 0


@pytest.mark.parametrize("backend", ["numpy", "torch"])
def test_an_example_may_have_three_axes(backend: str) -> None:
    """As a picture in colours has; the program has it as a vector."""
    if backend != "numpy":
        pytest.importorskip(backend)
    generator = np.random.default_rng(0)
    x, y = generator.random((5, 2, 3, 2)), generator.random(5)
    w = [Value(number, label=f"w[{i}]") for i, number in enumerate(generator.random(12))]

    def loss(picture: Any, target: Any) -> Value:
        numbers = [number for plane in picture for row in plane for number in row]
        return (autograd.dot(w, numbers) - target) ** 2

    step = autograd.compile(loss, batch=("x", "y"), backend=backend)
    value, gradient = step(x, y)
    error = x.reshape(5, 12) @ np.array([each.data for each in w]) - y
    assert float(value) == pytest.approx((error**2).mean(), rel=1e-12)
    expected = 2 * error @ x.reshape(5, 12) / 5
    np.testing.assert_allclose(np.asarray(gradient.flat), expected, rtol=1e-12)
    portable = pickle.loads(pickle.dumps(step.program))
    assert portable(step.parameters, x, y)[0] == pytest.approx(float(value), rel=1e-12)


@pytest.mark.usefixtures("frequent_switches")
def test_several_threads_with_different_shapes() -> None:
    """Also the first calls, which record the loss and lay the parameters out."""
    w = [Value(2.0, label="w[0]"), Value(-1.0, label="w[1]")]

    def loss(x: Any) -> Value:
        columns = x if isinstance(x, list) else [x]
        return autograd.sum([(w[0] * column + w[1]) ** 2 for column in columns])

    generator = np.random.default_rng(0)
    batches = [generator.normal(size=size) for size in [(5,), (4, 2), (6, 3), (3, 4)]]
    alone = [autograd.compile(loss, batch="x")(batch) for batch in batches]

    def calls(step: autograd.CompiledLoss, first: int) -> None:
        for turn in range(30):
            i = (first + turn) % len(batches)
            value, gradient = step(batches[i])
            assert value == alone[i][0]
            for name, numbers in alone[i][1].items():
                assert np.array_equal(gradient[name], numbers)

    for _ in range(5):
        step = autograd.compile(loss, batch="x")
        in_threads(*[partial(calls, step, first) for first in range(4)])


@pytest.mark.parametrize("order", [("x", "y"), ("y", "x")])
def test_an_argument_that_a_loss_takes_by_keyword_alone_is_found_by_its_name(
    order: tuple[str, str],
) -> None:
    w = Value(0.5, label="w")

    def loss(*, x: Any, y: Any, power: int = 2) -> Value:
        result: Value = (w * x - y) ** power
        return result

    arrays = {"x": np.array([1.0, 2.0, 4.0]), "y": np.array([0.5, -1.0, 2.5])}
    expected = autograd.mean([loss(x=x, y=y) for x, y in zip(*arrays.values(), strict=True)])
    for function in (loss, lambda **given: loss(**given)):
        step = autograd.compile(function, batch=order)
        for value, _ in (
            step(*[arrays[name] for name in order]),
            step(**arrays),
            step(arrays[order[0]], **{order[1]: arrays[order[1]]}),
        ):
            assert value == pytest.approx(expected.data)


@pytest.mark.parametrize(
    ("named", "message"),
    [
        ({"z": 1.0}, "the step takes no 'z'"),
        ({"x": [1.0]}, "x is given twice"),
        ({}, "y is missing|takes 2 arrays"),
    ],
)
def test_arrays_by_wrong_names_are_refused(named: dict[str, Any], message: str) -> None:
    step = autograd.compile(lambda x, y: Value(0.5) * x - y, batch=("x", "y"))
    with pytest.raises(CompileError, match=message):
        step([1.0], **named)
    with pytest.raises(CompileError, match="y is missing"):
        step(x=[1.0])


@pytest.mark.parametrize(
    ("loss", "batch", "message"),
    [
        (lambda x, y: x - y, (), r'can\'t be called with no arguments.*write batch=\("x", "y"\)'),
        (lambda x: x, (), r'write batch=\("x",\)'),
        (lambda x, y: x - y, "x", r'with x, .*missing .*\by\b.*write batch=\("x", "y"\)'),
        (lambda x: x, ("x", "y"), r'with x, y, .*too many.*write batch=\("x",\)'),
        (lambda: Value(1.0), "x", "leave batch out"),
        (lambda *, y: y, "x", r'write batch=\("y",\)'),
    ],
)
def test_a_loss_whose_arguments_are_not_those_of_the_batch_is_refused(
    loss: Any, batch: Any, message: str
) -> None:
    with pytest.raises(CompileError, match=message):
        autograd.compile(loss, batch=batch)


def test_arrays_for_a_loss_without_a_batch_are_refused() -> None:
    w = Value(0.5, label="w")
    step = autograd.compile(lambda: w * w)
    with pytest.raises(CompileError, match=r"no arrays.*without batch.*compile\(loss, batch="):
        step([1.0, 2.0])
    assert step()[0] == 0.25


@pytest.mark.parametrize("shape", [(4,), (2, 2)])
def test_a_target_for_each_position_of_an_example(shape: tuple[int, ...]) -> None:
    """A language model predicts the next letter at each of T positions: y is (B, T)."""
    weights = [[Value(0.1 * i - 0.2 * j, label=f"w[{i}][{j}]") for j in range(2)] for i in range(3)]

    def flat(nested: Any) -> list[Any]:
        return [each for row in nested for each in (row if isinstance(row, list) else [row])]

    def loss(x: Any, y: Any) -> Value:
        return autograd.mean(
            [
                autograd.cross_entropy([autograd.dot(row, inputs) for row in weights], target)
                for inputs, target in zip(x, flat(y), strict=True)
            ]
        )

    generator = np.random.default_rng(0)
    x, y = generator.normal(size=(5, 4, 2)), generator.integers(0, 3, (5, *shape))
    step = autograd.compile(loss, batch=("x", "y"))
    value, gradient = step(x, y)
    rows = [loss(*row) for row in zip(x.tolist(), y.tolist(), strict=True)]
    assert_agrees(step, value, gradient, autograd.mean(rows))
    y[3].flat[1] = 3
    with pytest.raises(CompileError, match="a class must be a whole number from 0 to 2, not 3"):
        step(x, y)
