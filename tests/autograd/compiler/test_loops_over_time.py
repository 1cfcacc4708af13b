"""Programs that repeat themselves over time become loops, and compute what the graph does."""

import math

import numpy as np
import pytest

import autograd
from autograd import Value


def pendulum(n_steps):
    """The end of a pendulum's swing, in steps of Runge and Kutta's method."""
    theta, omega, g = Value(0.5, label="theta"), Value(0.0, label="omega"), Value(9.8, label="g")

    def slopes(angle, speed):
        return speed, -g * autograd.sin(angle)

    def loss():
        x, v, dt = theta, omega, 0.01
        for _ in range(n_steps):
            a1, b1 = slopes(x, v)
            a2, b2 = slopes(x + dt / 2 * a1, v + dt / 2 * b1)
            a3, b3 = slopes(x + dt / 2 * a2, v + dt / 2 * b2)
            a4, b4 = slopes(x + dt * a3, v + dt * b3)
            x = x + dt / 6 * (a1 + 2 * a2 + 2 * a3 + a4)
            v = v + dt / 6 * (b1 + 2 * b2 + 2 * b3 + b4)
        return (x - 1.0) ** 2 + v**2

    return loss, [theta, omega, g]


def matrix(n_rows, n_columns, name):
    return [
        [Value(math.sin(3 * i + 5 * j + len(name)) / 2, label=f"{name}[{i},{j}]")
         for j in range(n_columns)]
        for i in range(n_rows)
    ]  # fmt: skip


def recurrent(n_hidden=3, n_inputs=2):
    """A recurrent network that predicts a number from each of a sequence."""
    wx, wh = matrix(n_hidden, n_inputs, "Wx"), matrix(n_hidden, n_hidden, "Wh")
    [v], [b] = matrix(1, n_hidden, "v"), matrix(1, n_hidden, "b")

    def loss(x, y):
        h = [Value(0.0)] * n_hidden
        total = 0.0
        for row, target in zip(x, y, strict=True):
            h = [
                autograd.tanh(autograd.dot(wx[i], row) + autograd.dot(wh[i], h) + b[i])
                for i in range(n_hidden)
            ]
            total = total + (autograd.dot(v, h) - target) ** 2
        return total / len(y)

    return loss, [leaf for row in [*wx, *wh, v, b] for leaf in row]


def sequences(n_rows, length, width):
    generator = np.random.default_rng(0)
    return generator.normal(size=(n_rows, length, width)), generator.normal(size=(n_rows, length))


def check(step, loss, leaves, *arrays):
    """Compare a step with the mean over the rows, node by node, and its gradients."""
    value, gradient = step(*arrays)
    step.store(gradient)
    found = [leaf.grad for leaf in leaves]
    for leaf in leaves:
        leaf.grad = 0.0
    n_rows = len(arrays[0]) if arrays else 1
    total = 0.0
    for row in range(n_rows):
        loss_of_row = loss(*[values(array[row]) for array in arrays]) / n_rows
        loss_of_row.backward()
        total += loss_of_row.data
    assert value == pytest.approx(total, rel=1e-9)
    assert found == pytest.approx([leaf.grad for leaf in leaves], rel=1e-7, abs=1e-10)


def values(row):
    return Value(float(row)) if np.ndim(row) == 0 else [values(each) for each in row]


def n_lines(step):
    return len(step.program.code.splitlines())


def test_a_pendulum_is_one_loop():
    loss, leaves = pendulum(60)
    step = autograd.compile(loss)
    check(step, loss, leaves)
    assert step.source.count("for t in range(60):") == 1
    assert step.source.count("for t in reversed(range(60)):") == 1
    assert step.source.count("np.sin(") == 4


@pytest.mark.parametrize("n_steps", [16, 17, 40])
def test_the_source_is_as_long_for_any_number_of_steps(n_steps):
    steps = [autograd.compile(pendulum(n)[0]) for n in (n_steps, 100)]
    for step in steps:
        step()
    assert n_lines(steps[0]) == n_lines(steps[1])


def test_a_few_steps_are_written_out():
    loss, leaves = pendulum(15)
    step = autograd.compile(loss)
    check(step, loss, leaves)
    assert "for t in" not in step.source


@pytest.mark.parametrize("n_rows", [1, 2, 5])
@pytest.mark.parametrize("length", [20, 21])
def test_a_recurrent_network_is_one_loop(n_rows, length):
    loss, leaves = recurrent()
    step = autograd.compile(loss, batch=("x", "y"))
    arrays = sequences(n_rows, length, 2)
    check(step, loss, leaves, *arrays)
    assert f"for t in range({length}):" in step.source
    before, _, loop = step.source.partition(f"for t in range({length}):")
    assert "x @" in before  # what depends on no round before is computed at once
    assert "Wx" not in loop.partition("# backward")[0]


def test_gradients_of_inputs_go_through_a_loop():
    loss, _ = recurrent()
    step = autograd.compile(loss, batch=("x", "y"), wrt="x")
    x, y = sequences(3, 20, 2)
    _, gradient = step(x, y)
    for row in range(3):
        inputs = values(x[row])
        loss(inputs, values(y[row])).backward()
        expected = [[value.grad for value in each] for each in inputs]
        assert gradient["x"][row] == pytest.approx(np.array(expected), rel=1e-9)


def test_a_loop_gives_what_is_wanted_of_each_round():
    c = Value(0.9, label="c")

    def path(x0, u):
        found, x = [], x0
        for each in u:
            x = autograd.sin(c * x) + each
            found.append(x)
        return found

    step = autograd.compile(path, batch=("x0", "u"), gradient=False)
    x0, u = np.array([0.3, -1.0]), np.random.default_rng(1).normal(size=(2, 30))
    found = step(x0, u)
    assert "for t in range(30):" in step.source
    for row in range(2):
        expected = [value.data for value in path(Value(x0[row]), values(u[row]))]
        assert found[row] == pytest.approx(expected, rel=1e-12)


def test_rounds_behind_the_last_that_the_loss_sees_get_no_gradient():
    """In a loop their gradient would be 0, and 0 times the slope of a root at 0 is nan."""
    a = Value(30.0, label="a")

    def loss():
        path = [a * 1.0]
        for _ in range(30):
            path.append(autograd.sqrt((path[-1] - 1.0) ** 2))
        return path[29] * 2.0, path[30]

    step = autograd.compile(loss)
    value, gradient, last = step()
    assert (value, last, gradient["a"]) == (2.0, 0.0, 2.0)
    assert "for t in range(29):" in step.source


def test_a_delay_of_several_rounds_is_carried():
    a, b = Value(0.6, label="a"), Value(-0.3, label="b")

    def loss(x):
        now, before, long_before = Value(0.1), Value(0.2), Value(0.3)
        for each in x:
            following = autograd.tanh(a * now + b * long_before + each)
            now, before, long_before = following, now, before
        return now * before

    step = autograd.compile(loss, batch="x")
    check(step, loss, [a, b], np.random.default_rng(2).normal(size=(3, 40)))
    assert "for t in" in step.source


@pytest.mark.parametrize("n_irregular", [1, 3])
def test_irregular_rounds_stand_before_and_behind_a_loop(n_irregular):
    a, b = Value(0.6, label="a"), Value(-0.3, label="b")

    def loss(x):
        h = Value(0.5)
        for number, each in enumerate(x):
            h = a * autograd.sin(h) + each
            if number < n_irregular or number >= len(x) - n_irregular:
                h = h * h + b
        return h * h

    step = autograd.compile(loss, batch="x")
    check(step, loss, [a, b], np.random.default_rng(3).normal(size=(2, 40)))
    assert f"for t in range({40 - 2 * n_irregular}" in step.source.replace("+", "")


def test_parameters_that_are_others_in_each_round_are_stacked():
    u = [Value(0.1 * math.cos(i), label=f"u[{i}]") for i in range(30)]

    def loss(x):
        for each in u:
            x = autograd.sin(x) + each * x
        return x * x

    step = autograd.compile(loss, batch="x")
    check(step, loss, u, np.array([0.5, 1.5]))
    assert step.parameters["u"].shape == (30,)
    assert "for t in range(30):" in step.source


@pytest.mark.parametrize(
    "following",
    [
        lambda h, first, b, x: autograd.sin(h) + autograd.sin(first) + x,
        lambda h, first, b, x: autograd.sin(h * b) + autograd.sin(first * b) * x,
        lambda h, first, b, x: autograd.sin(h * b) + autograd.sin(first * b),
    ],
)
def test_rounds_may_compute_anew_what_the_first_computed(following):
    """The nodes compute the same, but no loop can take from outside what it computes itself."""
    a, b = Value(0.6, label="a"), Value(-0.3, label="b")

    def loss(x):
        h = a
        for each in x:
            h = following(h, a, b, each)
        return h * h

    step = autograd.compile(loss, batch="x", check=False)
    check(step, loss, [a, b], np.random.default_rng(5).normal(size=(3, 20)))


def test_what_is_shared_between_states_is_computed_before_they_are_handed_on():
    """The slope of g · g is used twice, where the gradient of g goes to the round before alone."""
    a, b, c = Value(0.6, label="a"), Value(-0.3, label="b"), Value(0.9, label="c")

    def loss(x):
        h, g, k = a, b, c
        for _ in x:
            slope = h * a * (g - h)
            h, g, k = (
                autograd.sin(slope), autograd.sin(k * g + g * g * g * h), autograd.sin(h * k)
            )  # fmt: skip
        return h * x[0]

    step = autograd.compile(loss, batch="x", check=False)
    check(step, loss, [a, b, c], np.random.default_rng(6).normal(size=(2, 20)))
    assert "for t in" in step.source


@pytest.mark.parametrize(
    "loss_of",
    [lambda path: path[-1], lambda path: path[-1] * path[-2], sum, lambda path: sum(path[1::2])],
)
def test_a_round_may_compute_the_same_twice(loss_of):
    """Of g and sin(h + g) one is computed: it is what the next round takes, and what is wanted."""
    a, b, c = Value(0.6, label="a"), Value(-0.3, label="b"), Value(0.9, label="c")

    def loss(x):
        g, k, path = a, x[1], []
        for _ in x:
            h = g + (c - b) * (g * k)
            both = h + g
            k = autograd.sin((k - h) * autograd.cos(both) - autograd.sin(both))
            g = autograd.sin(both)
            path += [g, k]
        return loss_of(path), {"path": path}

    x = np.random.default_rng(7).normal(size=(2, 20)) / 2
    for function in (loss, lambda x: loss(x)[0]):
        step = autograd.compile(function, batch="x", check=False)
        value, gradient, *further = step(x)
        step.store(gradient)
        found = [leaf.grad for leaf in (a, b, c)]
        expected = [loss(values(row)) for row in x]
        mean = sum(each for each, _ in expected) / 2
        assert value == pytest.approx(mean.data, rel=1e-9)
        assert found == pytest.approx(autograd.gradients(mean, [a, b, c]), rel=1e-7)
        for path in further:
            assert path["path"] == pytest.approx(
                np.array([[each.data for each in row["path"]] for _, row in expected]), rel=1e-9
            )
        assert "for t in" in step.source


def test_layers_of_a_deep_network_stay_layers():
    layers = [(matrix(3, 3, f"w{i}"), matrix(1, 3, f"b{i}")[0]) for i in range(20)]

    def loss(x):
        for w, b in layers:
            x = [autograd.tanh(autograd.dot(row, x, bias)) for row, bias in zip(w, b, strict=True)]
        return autograd.dot(x, x)

    step = autograd.compile(loss, batch="x")
    step(np.ones((2, 3)))
    assert "for t in" not in step.source
    assert [array.shape for array in step.parameters.values()][:2] == [(3, 3), (3,)]


def test_what_repeats_without_a_state_is_no_loop():
    w = matrix(1, 3, "w")[0]
    rows = np.random.default_rng(4).normal(size=(50, 3)).tolist()

    def loss():
        return sum((sum(a * b for a, b in zip(w, row, strict=True)) - 1.0) ** 2 for row in rows)

    step = autograd.compile(loss)
    check(step, loss, w)
    assert "for t in" not in step.source


def test_a_loop_computes_in_single_precision():
    loss, _ = recurrent()
    step = autograd.compile(loss, batch=("x", "y"), dtype="float32")
    x, y = sequences(4, 20, 2)
    value, gradient = step(x, y)
    exact, expected = autograd.compile(loss, batch=("x", "y"))(x, y)
    assert value == pytest.approx(exact, rel=1e-5)
    assert gradient.flat == pytest.approx(expected.flat, rel=1e-3, abs=1e-5)
