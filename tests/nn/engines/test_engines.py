"""The compiled engine trains as the eager one does, and says why when it can't."""

import logging
import math
import os
import random
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

import autograd
import nn
from autograd import Value
from nn import MLP, SGD, Adam, ConfigurationError, DataError, Module, NonFiniteError, fit
from nn.engines.programs import compiled


def data(n, inputs=3, seed=0):
    generator = np.random.default_rng(seed)
    return generator.normal(size=(n, inputs))


def penalised(output, target):
    """A loss of one's own, around one that takes a class."""
    return nn.cross_entropy(output, target) + 0.01 * autograd.sum([a * a for a in output])


X = data(23)
CLASSES = (X[:, 0] > X[:, 1]).astype(int) + (X[:, 2] > 0)
TASKS = {
    "classes": ([3, [5], 3], "cross_entropy", CLASSES),
    "probabilities": ([3, [5], 3], "cross_entropy", np.eye(3)[CLASSES]),
    "yes or no": ([3, [5], 1], "binary_cross_entropy", CLASSES > 0),
    "margin": ([3, [5], 1], "max_margin", 2 * (CLASSES > 0).astype(int) - 1),
    "regression": ([3, [5], 1], "squared_error", X.sum(1)),
    "whole numbers": ([3, [5], 1], "mean_squared_error", CLASSES),
    "vectors": ([3, [5], 2], "mean_squared_error", X[:, :2] * X[:, 1:]),
    "its own": ([3, [5], 3], penalised, CLASSES),
}
OPTIMISERS = {
    "default": lambda parameters: None,
    "sgd": lambda parameters: SGD(parameters, 0.1),
    "momentum": lambda parameters: SGD(parameters, 0.05, momentum=0.9, weight_decay=0.01),
    "adam": lambda parameters: Adam(parameters, nn.cosine_decay(0.05, 0.0, 20), weight_decay=0.01),
}


def both(sizes, inputs, targets, optimiser=lambda parameters: None, **settings):
    """Return history, parameters and the optimiser's state of the compiled and the eager run."""
    for engine in ("compiled", "eager"):
        model = MLP(*sizes, activation="tanh", seed=1)
        chosen = optimiser(model.parameters())
        history = fit(
            model, inputs, targets, optimiser=chosen, engine=engine, progress=False, **settings
        )
        assert history.engine == engine
        assert history.notices == []
        yield history, model, chosen.state_dict() if chosen else {}


def assert_same(ours, theirs, tolerance=1e-9):
    (h1, model1, state1), (h2, model2, state2) = ours, theirs
    assert h1.loss == pytest.approx(h2.loss, rel=tolerance)
    assert h1.validation_loss == pytest.approx(h2.validation_loss, rel=tolerance)
    assert list(h1.gradient_norms) == list(h2.gradient_norms)
    for layer, norms in h1.gradient_norms.items():
        assert norms == pytest.approx(h2.gradient_norms[layer], rel=tolerance)
    assert h1.accuracy == h2.accuracy
    assert h1.validation_accuracy == h2.validation_accuracy
    assert (h1.stopped, h1.best_epoch) == (h2.stopped, h2.best_epoch)
    parameters = model2.state_dict()
    assert model1.state_dict() == pytest.approx(parameters, rel=tolerance, abs=tolerance)
    assert {*map(type, model1.state_dict().values())} == {float}
    assert all(p.grad == 0.0 for p in model1.parameters())
    assert state1.keys() == state2.keys()
    for name, memory in state1.items():
        assert memory == pytest.approx(state2[name], rel=tolerance, abs=tolerance)
        assert name == "steps" or {*map(type, memory)} <= {float}


@pytest.mark.parametrize("task", TASKS)
def test_the_engines_agree_on_every_loss(task):
    sizes, loss, targets = TASKS[task]
    held_out = (X[:7], targets[:7])
    classifies = loss != "squared_error" and not str(loss).startswith("mean")
    assert_same(
        *both(sizes, X, targets, loss=loss, epochs=4, batch_size=5, validation=held_out,
              accuracy=classifies)
    )  # fmt: skip


def test_many_held_out_examples_are_measured_in_parts(monkeypatch):
    monkeypatch.setattr("nn.engines.compiled.Compiled._measured_at_once", 4)
    sizes, loss, targets = TASKS["classes"]
    assert_same(*both(sizes, X, targets, loss=loss, epochs=2, validation=(X, targets)))


@pytest.mark.parametrize("engine", ["compiled", "eager"])
def test_a_validation_loss_that_is_not_finite_is_named_by_both(engine):
    line = Line()
    with pytest.raises(NonFiniteError, match=r"epoch 1, validation: .*example 1 is inf"):
        fit(
            line, [1.0], [0.0], loss="squared_error", validation=([1.0, 1e300], [0.0, 0.0]),
            engine=engine, progress=False,
        )  # fmt: skip
    assert line.slope.data == 1.0


@pytest.mark.parametrize("clip", [None, 0.1])
@pytest.mark.parametrize("optimiser", OPTIMISERS)
def test_the_engines_agree_with_every_optimiser(optimiser, clip):
    sizes, loss, targets = TASKS["classes"]
    settings = {"loss": loss, "epochs": 4, "batch_size": 6, "clip": clip, "seed": 3}
    assert_same(*both(sizes, X, targets, OPTIMISERS[optimiser], **settings))


def test_equal_outputs_name_the_first_class():
    # With all parameters 0 every output is 0: class 0 is the answer.
    for engine in ("compiled", "eager"):
        model = MLP(3, [3], seed=0)
        model.load_state_dict(dict.fromkeys(model.state_dict(), 0.0))
        history = fit(
            model, X, CLASSES, loss="cross_entropy", optimiser=SGD(model.parameters(), 0.0),
            epochs=1, engine=engine, progress=False,
        )  # fmt: skip
        assert history.accuracy == [np.mean(CLASSES == 0)]


def test_some_parameters_stay_and_some_are_not_reached():
    results = []
    for engine in ("compiled", "eager"):
        model, extra = MLP(3, [4], 3, activation="tanh", seed=2), Value(1.0)
        frozen = model.layers[0].state_dict()
        optimiser = Adam([extra, *model.layers[1].parameters()[::-1]], 0.05, weight_decay=0.1)
        history = fit(
            model, X, CLASSES, loss="cross_entropy", optimiser=optimiser, epochs=3, batch_size=8,
            engine=engine, progress=False,
        )  # fmt: skip
        assert model.layers[0].state_dict() == frozen
        assert extra.data < 1.0  # by weight decay alone
        results.append((history, model, {**optimiser.state_dict(), "extra": [extra.data]}))
    assert_same(*results)


@pytest.mark.parametrize("n_frozen", [1, 2])
def test_what_stays_costs_no_gradient(monkeypatch, n_frozen):
    programs = []

    def compiled_and_kept(*arguments):
        made = compiled(*arguments)
        programs.append(made[0].program)
        return made

    monkeypatch.setattr("nn.engines.compiled.compiled", compiled_and_kept)
    results = []
    with ThreadPoolExecutor(2) as workers:
        for settings in ({"engine": "compiled"}, {"engine": "eager"}, {"executor": workers}):
            model = MLP(3, [5, 4], 3, activation="tanh", seed=2)
            trained = [p for layer in model.layers[n_frozen:] for p in layer.parameters()]
            optimiser = Adam(trained, 0.05)
            history = fit(
                model, X, CLASSES, loss="cross_entropy", optimiser=optimiser, epochs=3,
                batch_size=8, clip=0.5, progress=False, **settings,
            )  # fmt: skip
            assert {*history.gradient_norms} == {f"layers.{k}" for k in range(n_frozen, 3)}
            results.append((history, model, optimiser.state_dict()))
    of_compiled, of_eager, of_workers = results
    assert_same(of_compiled, of_eager)
    assert_same(of_workers, of_eager)
    for program in programs:
        names = {f"{letter}{k}" for letter in "Wb" for k in range(n_frozen + 1, 4)}
        assert {*program.returns.parameters} == names
        assert "grad_W1" not in program.source


class Plain(nn.Optimiser):
    """A user's optimiser, which knows lists only."""

    def __init__(self, parameters):
        super().__init__(parameters, 0.1, 0.0)

    def _updated(self, data, gradients, rate):
        assert isinstance(data, list)
        return [p - rate * (g > 0) + rate * (g < 0) for p, g in zip(data, gradients, strict=True)]


def test_an_optimiser_of_ones_own_works_with_both():
    assert_same(*both([3, [5], 3], X, CLASSES, Plain, loss="cross_entropy", epochs=3))


class NonNegative(nn.SGD):
    """SGD with its own idea of a step: no parameter falls below 0."""

    def step(self):
        super().step()
        for parameter in self.parameters:
            parameter.data = max(parameter.data, 0.0)


def test_a_step_of_ones_own_is_taken_by_both():
    make = lambda parameters: NonNegative(parameters, 0.1)  # noqa: E731
    settings = {"loss": "cross_entropy", "epochs": 3}
    compiled, eager = both([3, [5], 3], X, CLASSES, make, **settings)
    assert_same(compiled, eager)
    for _, model, _ in (compiled, eager):
        numbers = model.state_dict().values()
        assert min(numbers) == 0.0 < max(numbers)


def test_a_callback_sees_and_may_change_what_is_trained():
    results = []
    for engine in ("compiled", "eager"):
        model, seen = MLP(3, [4], 3, activation="tanh", seed=2), []
        optimiser = Adam(model.parameters(), 0.05)

        def callback(record, model=model, seen=seen, optimiser=optimiser):
            seen.append(nn.evaluate(model, X, CLASSES, loss="cross_entropy"))
            if record.epoch == 2:
                model.layers[0].neurons[0].bias.data = 1.0
                optimiser.learning_rate = 0.01
                optimiser.load_state_dict({"steps": 0, "means": [], "squares": []})
            return record.epoch == 4

        history = fit(
            model, X, CLASSES, loss="cross_entropy", optimiser=optimiser, callback=callback,
            engine=engine, progress=False,
        )  # fmt: skip
        assert history.stopped == "callback"
        results.append((history, model, {**optimiser.state_dict(), "seen": seen}))
    assert_same(*results)


def test_until_and_ctrl_c_end_it_as_ever():
    settings = {"loss": "cross_entropy", "optimiser": OPTIMISERS["sgd"], "epochs": 100}
    runs = list(both([3, [5], 3], X, CLASSES, until=0.9, **settings))
    assert runs[0][0].stopped == "until"
    assert_same(*runs)

    def callback(record):
        if record.epoch == 3:
            raise KeyboardInterrupt

    runs = list(both([3, [5], 3], X, CLASSES, callback=callback, **settings))
    assert runs[0][0].interrupted
    assert_same(*runs)


def test_ctrl_c_within_the_first_epoch_keeps_what_was_reached():
    def rate(step):
        if step == 3:
            raise KeyboardInterrupt
        return 0.1

    runs = list(
        both([3, [5], 3], X, CLASSES, lambda p: SGD(p, rate), loss="cross_entropy", batch_size=4)
    )
    assert runs[0][0].interrupted
    assert runs[0][0].records == []
    assert runs[0][1].state_dict() != MLP(3, [5], 3, activation="tanh", seed=1).state_dict()
    assert_same(*runs)


@pytest.mark.parametrize("engine", ["compiled", "eager"])
def test_what_is_not_finite_is_named_by_both(engine):
    model = MLP(3, [2], 1, seed=0)
    before = model.state_dict()
    bad = X.copy()
    bad[20, 1] = math.nan
    with pytest.raises(
        NonFiniteError,
        match=r"epoch 1, batch 5 of 5: the loss of example 20 is nan, and its input 1 is nan",
    ):
        fit(
            model, bad, X[:, 0], loss="squared_error", batch_size=5, shuffle=False,
            engine=engine, progress=False,
        )  # fmt: skip
    assert model.state_dict() == before


class Line(Module):
    def __init__(self, slope=1.0):
        self.slope = Value(slope)

    def __call__(self, x):
        return self.slope * x


@pytest.mark.parametrize("engine", ["compiled", "eager"])
def test_a_gradient_that_is_not_finite_is_named_by_both(engine):
    line = Line(0.0)
    with pytest.raises(NonFiniteError, match=r"epoch 1, batch 1 of 1: .*parameter 'slope' is inf"):
        fit(line, [1.0], [0.0], loss=lambda o, t: autograd.sqrt(o), engine=engine, progress=False)
    assert line.slope.data == 0.0


@pytest.mark.parametrize("engine", ["compiled", "eager"])
def test_a_training_that_diverges_ends_alike(engine):
    line = Line()
    with pytest.raises(NonFiniteError, match=r"epoch 15, at its end: .* is (inf|nan)"):
        fit(
            line, [1.0], [0.0], loss="squared_error", optimiser=SGD([line.slope], 1e10),
            epochs=100, engine=engine, progress=False,
        )  # fmt: skip
    assert line.slope.data == 1 - 2e10


class Choosing(Line):
    def __call__(self, x):
        return self.slope * x if x > 0 else self.slope


def train(model, **settings):
    settings = {"loss": "squared_error", "epochs": 3, "progress": False, **settings}
    return fit(model, [1.0, -2.0, 3.0], [2.0, 1.0, 0.5], **settings)


def test_a_program_that_disagrees_with_the_model_is_left_and_said():
    def square(m, v):  # other numbers for arrays
        return v * v if isinstance(v, float) else v * v + 1.0

    op = autograd.primitive("square", square, lambda m, y, v: (2.0 * v,))

    class Squared(Line):
        def __call__(self, x):
            return op(self.slope * x)

    history = train(Squared())
    assert history.engine == "eager"
    [notice] = history.notices
    assert "disagrees with the loss" in notice
    assert history.loss == train(Squared(), engine="eager").loss


def test_what_cannot_be_compiled_is_trained_eagerly_and_said(caplog, capsys):
    model = Choosing()
    with caplog.at_level(logging.INFO, logger="nn"):
        history = train(model)
    assert history.engine == "eager"
    [notice] = history.notices
    assert notice.startswith("trained by the eager engine: v > … looks at the number in x")
    assert "test_engines.py" in notice
    assert "\n" not in notice
    assert [record.message for record in caplog.records] == [notice]
    assert capsys.readouterr().err == ""
    train(Choosing(), progress=True)
    assert notice in capsys.readouterr().err


def test_what_cannot_be_compiled_is_an_error_if_it_was_asked_for():
    model = Choosing()
    with pytest.raises(ConfigurationError, match=r"(?s)can't train this: v > … .*engine=\"eager\""):
        train(model, engine="compiled")
    assert model.slope.data == 1.0


@pytest.mark.parametrize("convert", [lambda y: y * 1.0, lambda y: y.tolist()])
@pytest.mark.parametrize("validation", [True, False])
def test_classes_may_be_floats(convert, validation):
    sizes, loss, targets = TASKS["classes"]
    targets = convert(np.array(targets))
    assert_same(
        *both(sizes, X, targets, loss=loss, epochs=2, batch_size=5,
              validation=(X, targets) if validation else None)
    )  # fmt: skip


def test_truth_values_may_be_classes():
    targets = X[:, 0] > 0
    assert_same(*both([3, [4], 2], X, targets, loss="cross_entropy", epochs=2))


def test_the_reason_is_that_of_the_loss_and_not_that_classes_are_no_floats():
    sizes, _, targets = TASKS["classes"]
    model = MLP(*sizes, seed=1)

    def loss(output, target):
        return nn.cross_entropy(output, target) * random.random()

    history = fit(model, X, targets, loss=loss, epochs=1, progress=False)
    [notice] = history.notices
    assert "such as random numbers" in notice


class Dropout(Line):
    def __call__(self, x):
        return self.slope * x * random.random()


def test_random_numbers_are_not_frozen():
    history = train(Dropout())
    assert history.engine == "eager"
    assert "such as random numbers" in history.notices[0]


def test_a_loss_that_changes_on_the_way_is_not_frozen():
    def run(**settings):
        line, goal = Line(), [1.0]

        def callback(record):
            goal[0] = -1.0 if record.epoch >= 3 else 1.0

        history = train(
            line, loss=lambda o, t: (o - goal[0]) ** 2, callback=callback, epochs=6, **settings
        )
        return history, line

    history, line = run()
    assert history.engine == "eager"
    expected, twin = run(engine="eager")
    assert history.loss == pytest.approx(expected.loss, rel=1e-9)
    assert line.slope.data == pytest.approx(twin.slope.data, rel=1e-9)
    with pytest.raises(ConfigurationError, match="depends on more than its arguments"):
        run(engine="compiled")


def test_a_change_that_shows_in_some_examples_only_is_not_frozen():
    """An example that shows it is compared before long, whichever it is."""
    for shown in range(4):
        inputs = [float(i == shown) for i in range(4)]
        neuron, extra = nn.Neuron(1, "linear", seed=0), [0.0]

        def callback(record, extra=extra):
            extra[0] = 0.5

        history = fit(
            neuron, [[x] for x in inputs], inputs, epochs=6, callback=callback, progress=False,
            loss=lambda o, t, extra=extra: (o - t) ** 2 + extra[0] * t * o,
        )  # fmt: skip
        assert history.engine == "eager"
        [notice] = history.notices
        assert f"the loss of example {shown} is" in notice


@pytest.mark.parametrize("engine", ["compiled", "eager"])
def test_a_loss_that_is_not_finite_is_named_although_its_gradient_is(engine):
    neuron = nn.Neuron(1, "linear", seed=0)
    with pytest.raises(NonFiniteError, match="epoch 1, batch 2 of 2: the loss of example 1 is inf"):
        fit(
            neuron, [[1.0], [2.0]], [1.0, math.inf], loss=lambda o, t: o + t, epochs=1,
            batch_size=1, shuffle=False, engine=engine, progress=False,
        )  # fmt: skip


def test_whoever_watches_operations_gets_operations():
    with autograd.detect_anomaly():
        history = train(Line())
    assert history.engine == "eager"
    assert "detect_anomaly" in history.notices[0]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"engine": "fast"}, 'engine must be "compiled", "eager" or None, not \'fast\''),
        ({"shards": 2}, "shards are for an executor"),
        ({"executor": 3}, "client.get_executor"),
        ({"executor": 3, "engine": "eager"}, "runs compiled programs"),
    ],
)
def test_settings_that_make_no_sense(settings, message):
    with pytest.raises(ConfigurationError, match=message):
        train(Line(), **settings)


def test_bad_targets_are_found_by_the_default_engine():
    with pytest.raises(DataError, match=r"example 1: .*max_margin"):
        fit(Line(), [1.0, 1.0], [1, 0], loss="max_margin", progress=False)


@pytest.mark.parametrize("loss", ["cross_entropy", penalised])
@pytest.mark.parametrize("wrong", [3, -1])
def test_a_class_that_there_is_not_is_named(loss, wrong):
    model, targets = MLP(3, [3], seed=0), CLASSES.copy()
    targets[20] = wrong
    named = r"example 20: .*class from 0 to 2"
    with pytest.raises((DataError, autograd.ArgumentError), match=named):
        fit(model, X, targets, loss=loss, shuffle=False, progress=False)


def test_digits_are_learned_and_hardly_a_model_is_run_in_scalars():
    calls = []

    class Counted(MLP):
        def __call__(self, x):
            calls.append(1)
            return super().__call__(x)

    datasets = pytest.importorskip("sklearn.datasets")
    selection = pytest.importorskip("sklearn.model_selection")
    images, digits = datasets.load_digits(return_X_y=True)
    train_x, test_x, train_y, test_y = selection.train_test_split(
        images / 16, digits, test_size=0.2, random_state=0, stratify=digits
    )
    model = Counted(64, [32], 10, seed=0)
    rate = nn.cosine_decay(0.01, 0.0, 40 * math.ceil(len(train_x) / 32))
    history = fit(
        model, train_x, train_y, loss="cross_entropy", epochs=40, progress=False,
        optimiser=Adam(model.parameters(), rate, weight_decay=1e-3), validation=(test_x, test_y),
    )  # fmt: skip
    assert history.engine == "compiled"
    assert len(calls) < 100  # a few in an epoch; one by one, there are 57,480 examples
    assert nn.accuracy(model, test_x, test_y) == history.best.validation_accuracy >= 0.97


def test_a_model_that_prints_a_value_prints_each_example(capsys):
    class Printing(nn.Module):
        def __init__(self):
            self.w = Value(0.5)

        def __call__(self, x):
            y = self.w * x
            print(f"y = {y}")
            return y

    inputs = [1.0, 2.0, 3.0, 4.0, 5.0]
    history = nn.fit(Printing(), inputs, inputs, loss="squared_error", epochs=2, progress=False)
    assert history.engine == "eager"
    assert "looks at the number" in history.notices[0]
    assert capsys.readouterr().out.count("y = Value(data=") >= 10


def test_importing_nn_and_training_eagerly_loads_no_numpy():
    code = (
        "import nn, sys; nn.fit(nn.MLP(1, [1]), [[1.0]], [1.0], loss='squared_error', "
        "engine='eager', progress=False); print('numpy' in sys.modules)"
    )
    root = str(Path(nn.__file__).parent.parent)
    result = subprocess.run(
        [sys.executable, "-c", code], env={**os.environ, "PYTHONPATH": root},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert result.stdout == "False\n"
