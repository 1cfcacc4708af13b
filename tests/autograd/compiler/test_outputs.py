"""More than one number out: further outputs, outputs alone, and the gradients that are wanted."""

from __future__ import annotations

import math
import pickle
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd
from autograd import CompiledFunction, CompiledLoss, CompileError, TracingError, Value
from tests.autograd.compiler.agreement import close
from tests.autograd.strategies import AUTOGRAD, Expression, expressions

nn = pytest.importorskip("nn")

X = np.random.default_rng(0).normal(size=(5, 4))
Y = np.array([0, 2, 1, 1, 0])


def _installed(name: str) -> str:
    if name != "numpy":
        pytest.importorskip(name)
    return name


@pytest.fixture(params=["numpy", "numba", "torch", "jax"])
def backend(request: pytest.FixtureRequest) -> str:
    """Every backend in turn."""
    return _installed(request.param)


@pytest.fixture(params=["numpy", "torch", "jax"])
def quick_backend(request: pytest.FixtureRequest) -> str:
    """Every backend but numba, which takes seconds for a program."""
    return _installed(request.param)


def of_model(model: Any) -> Any:
    """Return a loss that returns its logits, and parts of them, nested."""

    def loss(x: Any, y: Any) -> Any:
        logits = model(x)
        further = {"logits": logits, "parts": (logits[0], [[x[0], 1.0], [logits[1], x[0]]])}
        return nn.cross_entropy(logits, y), further

    return loss


def assert_close(found: Any, expected: Any) -> None:
    np.testing.assert_allclose(np.asarray(found), expected, rtol=1e-11, atol=1e-13)


# Further outputs.


def test_further_outputs_are_those_of_each_example(backend: str) -> None:
    model = nn.MLP(4, [3], 3, activation="tanh", seed=1)
    step = autograd.compile(of_model(model), batch=("x", "y"), backend=backend)
    value, gradient, further = step(X, Y)
    logits = np.array(nn.predict(model, X))
    assert_close(further["logits"], logits)
    number, matrices = further["parts"]
    assert_close(number, logits[:, 0])
    assert matrices.shape == (5, 2, 2)
    assert_close(matrices[:, 0], np.stack([X[:, 0], np.ones(5)], 1))
    assert_close(matrices[:, 1], np.stack([logits[:, 1], X[:, 0]], 1))

    alone = autograd.compile(lambda x, y: nn.cross_entropy(model(x), y), batch=("x", "y"))
    expected, slopes = alone(X, Y)
    assert float(value) == pytest.approx(expected, rel=1e-12)
    assert list(gradient) == list(slopes)
    for name in slopes:
        assert_close(gradient[name], slopes[name])


@given(expressions(kinks=True), st.lists(st.integers(0, 20), max_size=4))
def test_random_graphs_with_some_of_their_nodes(expression: Expression, chosen: list[int]) -> None:
    """The first input is a parameter; what is wanted besides changes neither loss nor gradient."""
    parameter = Value(expression.inputs[0])
    rows = np.array([expression.inputs[1:], [x + 0.25 for x in expression.inputs[1:]]])

    def both(x: Any) -> Any:
        loss = expression.run([parameter, *x], AUTOGRAD)
        nodes = autograd.topological_order(loss)
        return loss, [loss, *(nodes[i % len(nodes)] for i in chosen)]

    step = autograd.compile(both, batch="x")
    value, gradient, further = step(rows)
    alone = autograd.compile(lambda x: both(x)[0], batch="x")
    expected, slopes = alone(rows)
    assert close(value, expected, 1e3)
    for leaf, slope in zip(step.leaves, gradient.flat.tolist(), strict=True):
        if leaf in alone.leaves:
            assert close(slope, slopes.flat[alone.leaves.index(leaf)], 1e3)
    for row, found in zip(rows.tolist(), further.tolist(), strict=True):
        for number, node in zip(found, both([Value(x) for x in row])[1], strict=True):
            assert close(number, node.data, 1e3)


def test_an_infinite_slope_of_what_is_only_wanted_besides_spoils_no_gradient() -> None:
    w = Value(2.0, label="w")

    def loss(x: Any) -> Any:
        roots = [autograd.sqrt(w * each) for each in x]
        return roots[1], roots

    _, gradient, roots = autograd.compile(loss, batch="x")([[0.0, 2.0], [0.0, 8.0]])
    assert gradient["w"] == pytest.approx((0.5 + 1.0) / 2)
    assert roots.tolist() == [[0.0, 2.0], [0.0, 4.0]]


def test_outputs_are_arrays_of_their_own() -> None:
    w = Value(2.0, label="w")
    step = autograd.compile(lambda x: (w * x, (w, x)), batch="x", dtype="float64")
    x = np.array([1.0, 2.0])
    _, _, (first, second) = step(x)
    step.parameters.flat[:] = 7.0
    x[:] = 9.0
    assert (first.tolist(), second.tolist()) == ([2.0, 2.0], [1.0, 2.0])
    first += 1.0  # and may be changed
    assert step(x)[0] == 63.0


def test_without_a_batch_there_is_no_axis_for_it() -> None:
    w = Value(2.0, label="w")
    value, gradient, (square, pair) = autograd.compile(lambda: (w * 3.0, (w * w, [w, 1.0])))()
    assert (value, gradient["w"], square, pair.tolist()) == (6.0, 3.0, 4.0, [2.0, 1.0])


def test_the_type_of_outputs_is_that_of_the_program(quick_backend: str) -> None:
    w = Value(2.0, label="w")
    step = autograd.compile(
        lambda x: (w * x, (w, x, w * x)), batch="x", dtype="float32", backend=quick_backend
    )
    assert [str(each.dtype).rpartition(".")[2] for each in step([1.0, 2.0])[2]] == ["float32"] * 3


def test_an_accuracy_in_plain_numbers_says_what_to_write() -> None:
    """As in the demo of micrograd, whose loss returns (loss, accuracy)."""
    w = Value(2.0, label="w")

    def looking(x: Any, y: Any) -> Any:
        score = w * x
        return (1 - y * score).relu(), (score.data > 0)

    with pytest.raises(TracingError, match=r"return loss, score"):
        autograd.compile(looking, batch=("x", "y"))([1.0], [1.0])
    plain = autograd.compile(lambda x: (w * x, {"accuracy": 0.97}), batch="x")
    with pytest.raises(CompileError, match=r"further\['accuracy'\] holds .* 0\.97, .* return loss"):
        plain([1.0])

    def right(x: Any, y: Any) -> Any:
        score = w * x
        return (1 - y * score).relu(), score

    y = np.array([1.0, -1.0, 1.0])
    _, _, scores = autograd.compile(right, batch=("x", "y"))([1.0, 1.0, 2.0], y)
    assert ((scores > 0) == (y > 0)).tolist() == [True, False, True]


@pytest.mark.parametrize(
    ("further", "message"),
    [
        (lambda w: None, "further holds no Value but None"),
        (lambda w: (w, "text"), r"further\[1\] holds no Value but 'text'"),
        (lambda w: [1.0, 2.0], "further holds no Value but a list"),
        (lambda w: [], "further holds no Value but a list"),
        (lambda w: [[w], [w, w]], "differ in shape: write a tuple"),
        (lambda w: [w, [w]], "differ in shape: write a tuple"),
        (lambda w: [w, (w, w)], "holds a tuple: write a tuple"),
        (lambda w: np.zeros(2), "further holds no Value but a list"),
    ],
)
def test_what_can_not_be_returned(further: Any, message: str) -> None:
    w = Value(2.0, label="w")
    with pytest.raises(CompileError, match=message):
        autograd.compile(lambda x: (w * x, further(w)), batch="x")([1.0])


def test_outputs_of_another_structure_each_time() -> None:
    w, calls = Value(2.0, label="w"), []

    def loss(x: Any) -> Any:
        calls.append(x)
        return w * x, [w] * len(calls)

    with pytest.raises(TracingError, match="outputs of one structure, then of another"):
        autograd.compile(loss, batch="x")([1.0])


# Outputs without gradients.


def test_a_program_of_outputs(backend: str) -> None:
    model = nn.MLP(4, [3], 3, activation="tanh", seed=1)
    program = autograd.compile(model, batch="x", gradient=False, backend=backend)
    expected = np.array([[v.data for v in model(row)] for row in X.tolist()])
    assert_close(program(X), expected)
    assert_close(program(X[:1]), expected[:1])
    assert type(program) is CompiledFunction
    assert "backward" not in program.source
    assert "def outputs(x, W1, b1, W2, b2):" in program.source


def test_a_program_of_outputs_follows_its_parameters() -> None:
    w = Value(2.0, label="w")
    program = autograd.compile(lambda x: {"y": w * x}, batch="x", gradient=False)
    assert program([1.0, 2.0])["y"].tolist() == [2.0, 4.0]
    program.parameters["w"] = 3.0
    assert program([1.0, 2.0])["y"].tolist() == [3.0, 6.0]
    program.store()
    assert w.data == 3.0


def test_of_one_value_and_of_none() -> None:
    w = Value(2.0, label="w")
    one = autograd.compile(lambda x: w * x, batch="x", gradient=False)
    assert one([1.0, 2.0]).tolist() == [2.0, 4.0]
    none = autograd.compile(lambda x: (), batch="x", gradient=False)
    assert none([1.0, 2.0]) == ()
    same = autograd.compile(lambda x: x, batch="x", gradient=False)
    assert same(X).tolist() == X.tolist()
    cube = np.arange(24.0).reshape(2, 2, 3, 2)
    same = autograd.compile(lambda x: x, batch="x", gradient=False)
    assert same(cube).tolist() == cube.tolist()


def test_classes_of_a_program_of_outputs(backend: str) -> None:
    w = [Value(0.5), Value(-1.0), Value(2.0)]
    losses = autograd.compile(
        lambda x, y: autograd.cross_entropy([each * x for each in w], y),
        batch=("x", "y"), gradient=False, backend=backend,
    )  # fmt: skip
    found = losses(X[:, 0], Y)
    for i, (x, y) in enumerate(zip(X[:, 0].tolist(), Y.tolist(), strict=True)):
        expected = autograd.cross_entropy([each * x for each in w], y)
        assert float(found[i]) == pytest.approx(expected.data)
    with pytest.raises(CompileError, match="a class must be a whole number from 0 to 2, not 3"):
        losses(X[:, 0], Y + 1)


def test_outputs_are_proven(quick_backend: str) -> None:
    w = Value(2.0, label="w")
    wrong = autograd.primitive(
        "wrong", lambda m, v: v if isinstance(v, float) else v + 0.1, lambda m, y, v: (1.0,)
    )
    outputs = autograd.compile(
        lambda x: (w * x, [wrong(w * x), w]), batch="x", gradient=False, backend=quick_backend
    )
    with pytest.raises(CompileError, match=r"rows of the batch: a further output .* is 2\.1"):
        outputs([1.0, 2.0])
    step = autograd.compile(lambda x: (w * x, wrong(w * x)), batch="x", backend=quick_backend)
    with pytest.raises(CompileError, match=r"a further output .* is 2\.1.* and should be 2\.0"):
        step([1.0, 2.0])


# Whose gradients are wanted.


def eager_gradients(model: Any) -> Any:
    """Return the gradients of each example's loss by its inputs."""
    rows = []
    for row, target in zip(X.tolist(), Y.tolist(), strict=True):
        values = [Value(x) for x in row]
        rows.append(autograd.gradients(nn.cross_entropy(model(values), target), values))
    return np.array(rows)


def test_the_gradient_of_an_input_is_that_of_each_example(backend: str) -> None:
    model = nn.MLP(4, [3], 3, activation="tanh", seed=1)

    def loss(x: Any, y: Any) -> Any:
        return nn.cross_entropy(model(x), y)

    step = autograd.compile(loss, batch=("x", "y"), wrt="x", backend=backend)
    _, gradient = step(X, Y)
    assert list(gradient) == ["x"]
    assert_close(gradient["x"], eager_gradients(model))
    _, gradient = step(X[2:3], Y[2:3])
    assert_close(gradient["x"], eager_gradients(model)[2:3])

    both = autograd.compile(loss, batch=("x", "y"), wrt=("x", model), backend=backend)
    _, gradient = both(X, Y)
    assert list(gradient) == ["W1", "b1", "W2", "b2", "x"]
    assert_close(gradient["x"], eager_gradients(model))
    _, expected = autograd.compile(loss, batch=("x", "y"))(X, Y)
    for name in expected:
        assert_close(gradient[name], expected[name])


@given(expressions(kinks=True))
def test_random_graphs_by_their_inputs(expression: Expression) -> None:
    rows = np.array([expression.inputs, [x + 0.25 for x in expression.inputs]])

    def loss(x: Any) -> Any:
        return expression.run([*x], AUTOGRAD)

    _, gradient = autograd.compile(loss, batch="x", wrt="x")(rows)
    for row, found in zip(rows.tolist(), gradient["x"].tolist(), strict=True):
        leaves = [Value(x) for x in row]
        output = loss(leaves)
        sizes = sum(abs(x) for x in autograd.gradients(output, leaves) if math.isfinite(x))
        for number, expected in zip(found, autograd.gradients(output, leaves), strict=True):
            assert close(number, expected, 1e3 * (1.0 + sizes))


def test_an_input_with_many_axes() -> None:
    x = np.random.default_rng(0).normal(size=(2, 3, 2, 2))
    step = autograd.compile(
        lambda x: autograd.sum([v**3 for plane in x for row in plane for v in row]),
        batch="x", wrt="x",
    )  # fmt: skip
    assert_close(step(x)[1]["x"], 3 * x**2)


def test_of_two_models_one(quick_backend: str) -> None:
    """As for the generator of a GAN."""
    first, second = nn.MLP(4, [3], 2, seed=1), nn.MLP(2, [3], 1, seed=2)

    def loss(z: Any) -> Any:
        return nn.binary_cross_entropy(second(first(z)), 1.0)

    step = autograd.compile(loss, batch="z", wrt=first, backend=quick_backend)
    value, gradient = step(X)
    expected_value, expected = autograd.compile(loss, batch="z")(X)
    assert float(value) == pytest.approx(expected_value)
    assert list(gradient) == list(expected)[:4]
    assert set(expected) == set(step.parameters)
    for name in gradient:
        assert_close(gradient[name], expected[name])


def test_of_an_array_some_elements(quick_backend: str) -> None:
    """What else is in the array has gradient 0, also where it would be infinite."""
    w = [Value(x, label=f"w[{i}]") for i, x in enumerate([4.0, 0.0, 9.0])]

    def loss(x: Any) -> Any:
        return autograd.dot([autograd.sqrt(v) for v in w], x)

    step = autograd.compile(loss, batch="x", wrt=[w[0], w[2]], backend=quick_backend)
    _, gradient = step([[1.0, 1.0, 6.0]])
    assert_close(gradient["w"], [0.25, 0.0, 1.0])
    program = pickle.loads(pickle.dumps(step.program))
    assert_close(program(np.asarray(step.parameters.flat), [[1.0, 1.0, 6.0]])[1]["w"],
                 [0.25, 0.0, 1.0])  # fmt: skip


def test_only_wanted_gradients_are_stored() -> None:
    a, b, c = Value(2.0, label="a"), Value(3.0, label="b"), Value(1.0, label="c")
    for value in (a, b, c):
        value.grad = 7.0
    step = autograd.compile(lambda x: a * a * x + b**3 * x + c, batch="x", wrt=[a, "x"])
    _, gradient = step([1.0, 3.0])
    step.store(gradient)
    assert (a.grad, b.grad, c.grad) == (8.0, 7.0, 7.0)


def test_what_can_not_be_wanted() -> None:
    w, other = Value(2.0, label="w"), Value(1.0, label="other")

    def loss(x: Any) -> Any:
        return w * x

    for wrt, message in [
        ("z", "wrt='z' is not in the batch.*'x'.*for a parameter give the Value"),
        (3, "wrt takes names of inputs, Values, and modules .*, not 3"),
        ([], "no gradient is wanted"),
        (w * 2, "computed from others"),
        (["x", 2.5], "not 2.5"),
    ]:
        with pytest.raises(CompileError, match=message):
            autograd.compile(loss, batch="x", wrt=wrt)
    with pytest.raises(CompileError, match="depends on none of it"):
        autograd.compile(loss, batch="x", wrt=other)([1.0])
    with pytest.raises(CompileError, match="gradient=False wants none"):
        autograd.compile(loss, batch="x", wrt="x", gradient=False)  # type: ignore[call-overload]
    classes = autograd.compile(lambda y: autograd.cross_entropy([w, w * w], y), batch="y", wrt="y")
    with pytest.raises(CompileError, match="y holds classes, which have none"):
        classes([0, 1])


def test_gradients_of_inputs_are_proven(quick_backend: str) -> None:
    wrong = autograd.primitive(
        "wrong", lambda m, v: v, lambda m, y, v: (1.0 if isinstance(v, float) else 1.1,)
    )
    step = autograd.compile(lambda x: wrong(x) * 2.0, batch="x", wrt="x", backend=quick_backend)
    with pytest.raises(CompileError, match=r"the gradient of x\[0\] is 2\.2.* should be 2\.0"):
        step([1.0, 2.0])


@pytest.mark.parametrize("backend", ["numpy", "numba"])
def test_a_program_that_was_pickled_returns_the_same(backend: str) -> None:
    if backend != "numpy":
        pytest.importorskip(backend)
    model = nn.MLP(4, [3], 3, activation="tanh", seed=1)
    loss = of_model(model)
    step = autograd.compile(loss, batch=("x", "y"), wrt=["x", model.layers[1]], backend=backend)
    value, gradient, further = step(X, Y)
    program = pickle.loads(pickle.dumps(step.program))
    other_value, other_gradient, other = program(step.parameters, X, Y)
    assert (value, list(gradient)) == (other_value, list(other_gradient))
    assert gradient.flat.tolist() == other_gradient.flat.tolist()
    assert further["logits"].tolist() == other["logits"].tolist()
    assert [each.tolist() for each in further["parts"]] == [
        each.tolist() for each in other["parts"]
    ]
    outputs = autograd.compile(model, batch="x", gradient=False, backend=backend)
    expected = outputs(X)
    assert pickle.loads(pickle.dumps(outputs.program))(outputs.parameters, X).tolist() == (
        expected.tolist()
    )


def test_a_pure_function_of_jax_returns_what_the_step_does() -> None:
    jax = pytest.importorskip("jax")
    model = nn.MLP(4, [3], 3, activation="tanh", seed=1)
    step = autograd.compile(of_model(model), batch=("x", "y"), wrt=["x"], backend="jax")
    value, gradient, further = step(X, Y)
    with jax.enable_x64(True):
        found, gradients, others = jax.jit(step.function)(dict(step.parameters), X, Y)
    assert_close(found, value)
    assert list(gradients) == ["x"]
    assert_close(gradients["x"], gradient["x"])
    assert_close(others["logits"], further["logits"])
    assert type(step) is CompiledLoss


# Derivatives of compiled functions by their inputs.


def test_a_jacobian_of_a_model(quick_backend: str) -> None:
    model = nn.MLP(4, [3], 3, activation="tanh", seed=1)
    program = autograd.compile(model, batch="x", gradient=False, backend=quick_backend)
    found = autograd.jacobian(program)(X)
    expected = [autograd.jacobian(model)(row) for row in X.tolist()]
    assert found.shape == (5, 3, 4)
    assert_close(found, expected)


@pytest.mark.parametrize("argnums", [0, 1])
def test_a_hessian_of_a_loss_by_one_of_its_inputs(argnums: int) -> None:
    w = Value(0.7, label="w")

    def loss(x: Any, y: Any) -> Any:
        return autograd.sin(x[0] * y) * x[1] ** 3 + autograd.exp(w * x[0] * y), {"x": x}

    step = autograd.compile(loss, batch=("x", "y"))
    found = autograd.hessian(step, argnums)(X[:, :2], X[:, 2])
    rows = zip(X[:, :2].tolist(), X[:, 2].tolist(), strict=True)
    expected = [autograd.hessian(lambda *a: loss(*a)[0], argnums)(x, y) for x, y in rows]
    assert_close(found, expected)


def test_a_slope_of_a_function_of_one_number() -> None:
    cube = autograd.compile(lambda x: x**3, batch="x", gradient=False)
    assert_close(autograd.jacobian(cube)([1.0, 2.0]), [3.0, 12.0])
    assert_close(autograd.hessian(cube)([1.0, 2.0]), [6.0, 12.0])
    assert_close(autograd.compile(autograd.jacobian(lambda x: x**3), batch="x", gradient=False)(
        [1.0, 2.0]), [3.0, 12.0])  # fmt: skip
