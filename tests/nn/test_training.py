"""The training loop learns, stops when it should, and never loses the best parameters."""

import math
import os
import signal
import subprocess
import textwrap
from pathlib import Path

import numpy as np
import pytest

import autograd
import nn
from autograd import Value
from nn import MLP, SGD, ConfigurationError, DataError, Module, NonFiniteError, fit
from tests.processes import PATIENCE, interruptible

XOR = [[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 0]


class Line(Module):
    """y = slope · x for plain numbers x."""

    def __init__(self, slope=0.0):
        self.slope = Value(slope)

    def __call__(self, x):
        return self.slope * x


def quiet(model, inputs, targets, **settings):
    settings = {"loss": "squared_error", "progress": False, **settings}
    return fit(model, inputs, targets, **settings)


def test_it_is_the_notes_loop():
    model, by_hand = _twins()
    history = quiet(
        model, *XOR, optimiser=SGD(model.parameters(), 0.5), epochs=5, batch_size=2, shuffle=False
    )
    losses = []
    for _ in range(5):
        seen = []
        for batch in (0, 2):
            pairs = list(zip(*XOR, strict=True))[batch : batch + 2]
            errors = [nn.squared_error(by_hand(x), y) for x, y in pairs]
            loss = autograd.mean(errors)
            by_hand.zero_grad()
            loss.backward()
            for w in by_hand.parameters():
                w.data -= 0.5 * w.grad
            seen.append(loss.data)
        losses.append(sum(seen) / 2)
    assert history.loss == pytest.approx(losses, rel=1e-12)
    if history.best_epoch == 5:
        for ours, theirs in zip(model.parameters(), by_hand.parameters(), strict=True):
            assert ours.data == pytest.approx(theirs.data, rel=1e-12)


def _twins():
    return [MLP(2, [3], 1, activation="tanh", seed=4) for _ in range(2)]


def test_it_learns_xor_until_satisfied():
    model = MLP(2, [8], 1, activation="tanh", seed=0)
    history = quiet(model, *XOR, loss=nn.binary_cross_entropy, epochs=1000, until=0.02)
    assert history.stopped == "until"
    assert history.loss[-1] < 0.02 <= history.loss[-2]
    assert history.accuracy[-1] == nn.accuracy(model, *XOR) == 1.0
    assert not history.interrupted


def test_arrays_and_lists_give_the_same():
    inputs, targets = XOR
    first, second = _twins()
    one = quiet(first, inputs, targets, epochs=3)
    two = quiet(second, np.array(inputs, dtype=np.float32), np.array(targets), epochs=3)
    assert one.loss == two.loss
    assert first.state_dict() == second.state_dict()


def test_one_seed_gives_one_training():
    inputs = [[i / 10, 1 - i / 10] for i in range(10)]
    targets = [x * y for x, y in inputs]
    losses = []
    for seed in (0, 0, 1):
        model = MLP(2, [3, 1], seed=0)
        losses.append(quiet(model, inputs, targets, epochs=3, batch_size=2, seed=seed).loss)
    assert losses[0] == losses[1] != losses[2]


def test_each_epoch_sees_every_example_once():
    seen = []

    def loss(output, target):
        seen.append(target)
        return output * 0

    quiet(Line(), list(range(7)), list(range(7)), loss=loss, epochs=2, batch_size=3, engine="eager")
    first, measured, second, measured_again = (seen[i : i + 7] for i in range(0, 28, 7))
    assert sorted(first) == sorted(second) == measured == measured_again == list(range(7))
    assert first != second


def test_the_gradient_is_that_of_the_mean_over_the_batch():
    line = Line(1.0)
    quiet(line, [1.0, 2.0, 3.0], [0.0, 0.0, 0.0], optimiser=SGD([line.slope], 0.1), epochs=1)
    assert line.slope.data == pytest.approx(1 - 0.1 * 2 * (1 + 4 + 9) / 3, rel=1e-14)
    assert line.slope.grad == 0.0


def test_clipping_bounds_the_step():
    line = Line(1.0)
    quiet(line, [1e6], [0.0], optimiser=SGD([line.slope], 0.25), epochs=1, clip=1.0)
    assert line.slope.data == 0.75


@pytest.mark.parametrize("engine", ["compiled", "eager"])
@pytest.mark.parametrize("clip", [None, 1e-3])
def test_gradient_norms_are_the_root_mean_square_over_the_steps(engine, clip):
    model, by_hand = _twins()
    history = quiet(
        model, *XOR, optimiser=SGD(model.parameters(), 0.5), epochs=2, batch_size=2, shuffle=False,
        clip=clip, engine=engine,
    )  # fmt: skip
    expected = {"layers.0": [], "layers.1": []}
    for _ in range(2):
        steps = []
        for batch in (0, 2):
            pairs = list(zip(*XOR, strict=True))[batch : batch + 2]
            by_hand.zero_grad()
            autograd.mean([nn.squared_error(by_hand(x), y) for x, y in pairs]).backward()
            steps.append({name: p.grad for name, p in by_hand.named_parameters()})
            if clip:
                nn.clip_gradients(by_hand.parameters(), clip)
            for w in by_hand.parameters():
                w.data -= 0.5 * w.grad
        for layer, norms in expected.items():
            squares = [sum(g[n] ** 2 for n in g if n.startswith(layer)) for g in steps]
            norms.append(math.sqrt(sum(squares) / 2))
    assert list(history.gradient_norms) == list(expected)
    for layer, norms in expected.items():
        assert history.gradient_norms[layer] == pytest.approx(norms, rel=1e-9)
        assert [r.gradient_norms[layer] for r in history.records] == history.gradient_norms[layer]


def test_gradient_norms_where_the_engine_changes_within_a_training():
    def run(**settings):
        model, extra = MLP(2, [3], 1, activation="tanh", seed=0), [0.0]

        def callback(record):
            extra[0] = float(record.epoch >= 2)

        return quiet(
            model, *XOR, loss=lambda o, t: (o - t - extra[0]) ** 2, callback=callback, epochs=4,
            batch_size=3, **settings,
        )  # fmt: skip

    mixed, eager = run(), run(engine="eager")
    assert mixed.engine == "eager"
    assert mixed.notices
    for layer, norms in eager.gradient_norms.items():
        assert mixed.gradient_norms[layer] == pytest.approx(norms, rel=1e-9)


def test_gradient_norms_where_one_step_of_an_epoch_is_eager():
    # The sum of the losses of the first batch overflows, so the program has no mean for it.
    for engine in ("compiled", "eager"):
        line = Line(0.0)
        history = quiet(
            line, [3.0, 5.0, 2.0], [1e308] * 3, loss=lambda o, t: t + o, epochs=1, batch_size=2,
            optimiser=SGD([line.slope], 0.0), shuffle=False, engine=engine,
        )  # fmt: skip
        assert history.engine == engine
        assert history.gradient_norms["slope"] == pytest.approx([math.sqrt((4**2 + 2**2) / 2)])


def test_a_layer_that_stays_as_it_is_has_no_gradient_norm():
    for engine in ("compiled", "eager"):
        model = MLP(2, [3], 1, seed=0)
        optimiser = SGD([Value(1.0), *model.layers[1].parameters()], 0.1)
        history = quiet(model, *XOR, optimiser=optimiser, epochs=1, engine=engine)
        assert list(history.gradient_norms) == ["layers.1"]


def test_a_gradient_too_large_to_square_has_a_norm_of_inf():
    for engine in ("compiled", "eager"):
        line = Line(0.0)
        history = quiet(
            line, [1e200], [1.0], optimiser=SGD([line.slope], 0.0), epochs=1, engine=engine
        )
        assert history.gradient_norms == {"slope": [math.inf]}


def test_a_record_has_a_hash():
    history = quiet(Line(), [1.0], [1.0], epochs=1)
    assert len({*history.records}) == 1


def test_records_hold_what_was_measured():
    records = []
    history = quiet(
        Line(), [1.0, 2.0], [1, 1], loss="max_margin", epochs=4, validation=([1.0, -1.0], [1, 1]),
        callback=records.append,
    )  # fmt: skip
    assert records == history.records
    assert [r.epoch for r in records] == [1, 2, 3, 4]
    assert history.validation_accuracy == [0.5] * 4
    assert len(history.loss) == len(history.accuracy) == len(history.validation_loss) == 4
    assert all(seconds > 0 for seconds in history.seconds)
    assert history.accuracy[0] == 0.0
    assert history.stopped == "epochs"


def test_accuracy_is_counted_for_classes_only_unless_asked_for():
    assert quiet(Line(), [1.0], [1.0], epochs=1).accuracy == []
    assert quiet(Line(1.0), [1.0], [1.0], epochs=1, accuracy=True).accuracy == [1.0]
    assert quiet(Line(), [1.0], [1], epochs=1, loss="max_margin", accuracy=False).accuracy == []


def test_the_best_epoch_by_validation_is_kept():
    # Training pulls the slope from 0 past 1, which the validation data want, towards 3.
    line, slopes = Line(), []
    history = quiet(
        line, [1.0], [3.0], optimiser=SGD([line.slope], 0.1), epochs=30, validation=([1.0], [1.0]),
        callback=lambda record: slopes.append(line.slope.data),
    )  # fmt: skip
    closest = min(range(30), key=lambda epoch: abs(slopes[epoch] - 1))
    assert 0 < closest < 29
    assert history.best_epoch == closest + 1
    assert line.slope.data == slopes[closest]
    assert history.validation_loss[closest] == min(history.validation_loss)
    assert history.best == history.records[closest]


def test_a_callback_that_returns_true_ends_it():
    history = quiet(Line(), [1.0], [1.0], epochs=9, callback=lambda record: record.epoch == 3)
    assert (history.stopped, len(history.loss)) == ("callback", 3)


def test_only_true_ends_it():
    """A callback may return what it likes, such as the length of a list that it appended to."""
    history = quiet(Line(), [1.0], [1.0], epochs=3, callback=lambda record: record.epoch)
    assert (history.stopped, len(history.loss)) == ("epochs", 3)


@pytest.mark.parametrize("engine", ["compiled", "eager"])
def test_the_first_of_equally_good_epochs_is_kept(engine):
    # With this rate the slope jumps from 0 to 2 and back again, as far from 1 each time.
    line = Line()
    history = quiet(
        line, [1.0], [1.0], optimiser=SGD([line.slope], 1.0), epochs=6, engine=engine
    )  # fmt: skip
    assert {record.final_loss for record in history.records} == {1.0}
    assert history.best_epoch == 1
    assert line.slope.data == 2.0


def test_until_is_a_loss_to_get_below():
    def run(until):
        line = Line()
        return quiet(
            line, [1.0], [1.0], optimiser=SGD([line.slope], 0.0), epochs=3, until=until
        )  # fmt: skip

    history = run(until=1.0)
    assert (history.stopped, history.loss) == ("epochs", [1.0] * 3)
    history = run(until=math.nextafter(1.0, 2.0))
    assert (history.stopped, history.loss) == ("until", [1.0])


def test_ctrl_c_keeps_the_best_so_far():
    line, slopes = Line(), []

    def callback(record):
        slopes.append(line.slope.data)
        if record.epoch == 5:
            raise KeyboardInterrupt

    # Too large a rate: the third epoch is the best because the rate then turns the wrong way.
    optimiser = SGD([line.slope], lambda step: 0.1)
    targets = {1: 3.0}

    def loss(output, target):
        goal = targets[1] if len(slopes) < 3 else -10.0
        return (output - goal) ** 2

    history = quiet(line, [1.0], [0.0], loss=loss, optimiser=optimiser, callback=callback)
    assert history.interrupted
    assert history.stopped == "interrupted"
    assert len(history.loss) == 5
    assert history.best_epoch == 3
    assert line.slope.data == slopes[2] != slopes[4]
    assert line.slope.grad == 0.0


def test_ctrl_c_in_the_first_epoch_keeps_what_was_reached():
    line, calls = Line(), []

    def loss(output, target):
        calls.append(target)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return (output - target) ** 2

    optimiser = SGD([line.slope], 0.25)
    history = quiet(
        line, [1.0] * 4, [1.0] * 4, loss=loss, optimiser=optimiser, batch_size=1, engine="eager"
    )
    assert (history.interrupted, history.loss, history.best_epoch) == (True, [], 0)
    assert history.best is None
    assert line.slope.data == 0.75


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGINT for one process")
@pytest.mark.parametrize("progress", [True, False])
def test_a_real_ctrl_c_ends_it_cleanly(tmp_path, progress):
    script = tmp_path / "train.py"
    script.write_text(
        textwrap.dedent(f"""
        import nn
        model = nn.MLP(2, [8], 1, activation="tanh", seed=0)
        started = model.state_dict()
        history = nn.fit(
            model, [[0, 0], [0, 1], [1, 0], [1, 1]] * 50, [0, 1, 1, 0] * 50,
            loss="binary_cross_entropy", epochs=10**9, progress={progress},
            callback=lambda record: print("epoch", record.epoch, flush=True),
        )
        assert history.interrupted and history.records
        assert model.state_dict() != started
        assert history.best.score == min(record.score for record in history.records)
        print("the end:", history.stopped)
        """)
    )
    root = Path(nn.__file__).parent.parent
    with subprocess.Popen(
        interruptible(str(script)),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(root)},
    ) as process:
        try:
            assert process.stdout.readline() == "epoch 1\n"
            process.send_signal(signal.SIGINT)
            output, errors = process.communicate(timeout=PATIENCE)
        finally:
            process.kill()
    assert process.returncode == 0, errors
    assert output.endswith("the end: interrupted\n")  # it may interrupt the print of an epoch
    assert "Traceback" not in errors


def test_a_non_finite_loss_says_where_and_keeps_the_best():
    line, slopes = Line(1.0), []

    def loss(output, target):
        return output * (math.nan if len(slopes) == 2 and target == 3 else 1.0)

    with pytest.raises(
        NonFiniteError,
        match=r"epoch 3, batch 2 of 3: the loss of example 3 is nan\..* parameters of epoch 2$",
    ):
        quiet(
            line, [1.0] * 5, list(range(5)), loss=loss, batch_size=2, shuffle=False, engine="eager",
            callback=lambda record: slopes.append(line.slope.data),
        )  # fmt: skip
    assert line.slope.data == slopes[1]
    assert line.slope.grad == 0.0


def test_a_training_that_diverges_stops():
    line = Line(1.0)
    with pytest.raises(NonFiniteError, match=r"epoch 15, at its end: .* is inf"):
        quiet(line, [1.0], [0.0], optimiser=SGD([line.slope], 1e10), epochs=100)
    assert line.slope.data == 1 - 2e10  # after the first epoch, whose loss was the smallest


def test_a_non_finite_gradient_says_where_and_which():
    line = Line(0.0)
    with pytest.raises(NonFiniteError, match=r"epoch 1, batch 1 of 1: .*parameter 'slope' is inf"):
        quiet(line, [1.0], [0.0], loss=lambda output, target: autograd.sqrt(output))
    assert line.slope.data == 0.0


def test_a_bad_input_is_named():
    model = MLP(2, [2], 1, seed=0)
    before = model.state_dict()
    with pytest.raises(
        NonFiniteError, match="the loss of example 1 is nan, and its input 0 is nan"
    ):
        quiet(model, [[1.0, 2.0], [math.nan, 1.0]], [1.0, 2.0], shuffle=False)
    assert model.state_dict() == before


def test_a_non_finite_validation_loss_stops_too():
    line = Line(1.0)
    with pytest.raises(NonFiniteError, match=r"epoch 1, validation: .*example 0 is inf.* before"):
        quiet(line, [1.0], [0.0], validation=([1e300], [0.0]))
    assert line.slope.data == 1.0


def test_an_error_in_the_users_code_keeps_the_best():
    line, slopes = Line(), []

    def callback(record):
        slopes.append(line.slope.data)
        if record.epoch == 3:
            line.slope.data = 100.0
            raise ValueError("of the user")

    with pytest.raises(ValueError, match="of the user"):
        quiet(line, [1.0], [1.0], optimiser=SGD([line.slope], 0.1), callback=callback)
    assert line.slope.data == slopes[2]


def test_some_parameters_can_be_left_as_they_are():
    model = MLP(2, [3], 1, activation="tanh", seed=0)
    frozen = model.layers[0].state_dict()
    last = model.layers[1].state_dict()
    quiet(model, *XOR, optimiser=SGD(model.layers[1].parameters(), 0.1), epochs=2)
    assert model.layers[0].state_dict() == frozen
    assert model.layers[1].state_dict() != last


@pytest.mark.parametrize(
    ("inputs", "targets", "settings", "error", "message"),
    [
        ([], [], {}, DataError, "the training data must have at least one example"),
        ([1.0], [1.0, 2.0], {}, DataError, "1 inputs and 2 targets"),
        (np.zeros((0, 2)), np.zeros(0), {}, DataError, "at least one example"),
        (3.0, [1.0], {}, DataError, "a list or an array"),
        (np.float64(3.0), [1.0], {}, DataError, "a list or an array"),
        ([1.0], [1.0], {"validation": ([], [])}, DataError, "the validation data must have"),
        ([1.0], [1.0], {"validation": ([1.0], [])}, DataError, "the validation data.* 0 targets"),
        ([1.0], [1.0], {"validation": [1.0]}, DataError, r"validation=\(inputs, targets\)"),
        ([1.0], [1.0], {"epochs": 0}, ConfigurationError, "epochs must be a positive"),
        ([1.0], [1.0], {"batch_size": 0}, ConfigurationError, "batch_size must be a positive"),
        ([1.0], [1.0], {"batch_size": 2.5}, ConfigurationError, "batch_size must be a positive"),
        ([1.0], [1.0], {"clip": -1.0}, ConfigurationError, "max_norm"),
        ([1.0], [1.0], {"until": math.nan}, ConfigurationError, "until must be a number"),
        ([1.0], [1.0], {"until": "now"}, ConfigurationError, "until must be a number"),
        ([1.0], [1.0], {"loss": "squared"}, ConfigurationError, "unknown loss 'squared'"),
        ([1.0], [1.0], {"optimiser": "adam"}, ConfigurationError, "nn.Adam.model.parameters"),
        ([1.0], [1.0], {"loss": lambda o, t: 1.0}, DataError, "must be a Value .*not 1.0"),
        ([1.0, "a"], [1.0, 1.0], {}, autograd.OperandError, "'a'"),
        ([1.0, 1.0], [1, 0], {"loss": "max_margin"}, DataError, "example 1: .*max_margin"),
    ],
)
def test_what_does_not_fit_is_an_error_and_changes_nothing(
    inputs, targets, settings, error, message
):
    line = Line(1.0)
    with pytest.raises(error, match=message):
        quiet(line, inputs, targets, **settings)
    assert (line.slope.data, line.slope.grad) == (1.0, 0.0)


def test_an_optimiser_of_another_model_is_an_error():
    with pytest.raises(ConfigurationError, match=r"none of the parameters of Line\(1 parameter\)"):
        quiet(Line(), [1.0], [1.0], optimiser=SGD(Line().parameters(), 0.1))


def test_a_model_without_parameters_is_an_error():
    with pytest.raises(ConfigurationError, match="at least one parameter"):
        quiet(type("Nothing", (Module,), {})(), [1.0], [1.0])


def test_the_size_of_each_example_is_checked():
    with pytest.raises(autograd.ShapeError, match=r"example 1: MLP.* takes 2 inputs, not 3"):
        quiet(MLP(2, [1]), [[1.0, 2.0], [1.0, 2.0, 3.0]], [0.0, 0.0])


def test_targets_may_be_lists():
    model = MLP(2, [2], seed=0)
    history = quiet(model, [[1.0, 0.0], [0.0, 1.0]], np.eye(2), loss="cross_entropy", epochs=200)
    assert history.accuracy[-1] == nn.accuracy(model, np.eye(2), np.eye(2)) == 1.0


def test_accuracy_of_classes_and_of_yes_and_no():
    line = Line(1.0)
    assert nn.accuracy(line, [1.0, -1.0, 2.0, 0.0], [1, -1, -1, -1]) == 0.75
    assert nn.accuracy(line, [1.0, -1.0, 2.0, 0.0], [1, 0, 0, 0]) == 0.75
    pair = MLP(2, [2])
    pair.load_state_dict({name: float("weights" in name) for name in pair.state_dict()})
    pair.layers[0].neurons[1].bias.data = 1.0
    assert nn.accuracy(pair, [[1, 2], [3, 4]], [1, 0]) == 0.5


def test_predict_and_evaluate_leave_no_trace():
    model = MLP(2, [2], seed=0)
    outputs = nn.predict(model, np.array([[1.0, 2.0], [3.0, 4.0]]))
    assert outputs == [[v.data for v in model(x)] for x in ([1.0, 2.0], [3.0, 4.0])]
    assert nn.evaluate(model, [[1.0, 2.0]], [[0.0, 0.0]], loss="squared_error") == pytest.approx(
        sum(y * y for y in outputs[0])
    )
    assert all(p.grad == 0.0 for p in model.parameters())


def test_the_garbage_collector_is_left_as_it_was():
    import gc

    assert gc.isenabled()
    with pytest.raises(NonFiniteError):
        quiet(Line(), [math.nan], [1.0])
    assert gc.isenabled()


def test_handwritten_digits_are_learned():
    datasets = pytest.importorskip("sklearn.datasets")
    digits = datasets.load_digits()
    inputs, targets = digits.data / 16, digits.target
    model = MLP(64, [32], 10, seed=0)
    history = quiet(model, inputs[:600], targets[:600], loss="cross_entropy", epochs=6)
    assert history.loss == sorted(history.loss, reverse=True)
    assert nn.accuracy(model, inputs[600:900], targets[600:900]) > 0.85


def test_the_parameters_that_are_kept_were_measured():
    """A step that is far too long: what was measured before it says nothing about what it made."""
    inputs, targets = [[1.0], [2.0], [3.0]], [2.0, 4.0, 6.0]
    model = nn.Neuron(1, "linear", seed=0)
    history = nn.fit(
        model, inputs, targets, loss="squared_error", epochs=6, batch_size=None,
        optimiser=nn.SGD(model.parameters(), 1.5), progress=False,
    )  # fmt: skip
    measured = nn.evaluate(model, inputs, targets, loss="squared_error")
    assert history.best.score == pytest.approx(measured, rel=1e-12)
    assert measured == min(record.final_loss for record in history.records)


def test_nothing_is_trained_where_nothing_is_recorded():
    model = nn.Neuron(1, "linear", seed=0)
    with autograd.no_grad(), pytest.raises(nn.ConfigurationError, match="no_grad"):
        nn.fit(model, [[1.0]], [2.0], loss="squared_error", progress=False)


def test_a_loss_that_is_not_connected_to_the_parameters_is_an_error():
    model = nn.Neuron(1, "linear", seed=0)
    with pytest.raises(nn.DataError, match="computed from the parameters"):
        nn.fit(model, [[1.0]], [2.0], loss=lambda o, y: Value((o.data - y) ** 2), progress=False)


@pytest.mark.parametrize(
    ("output", "loss"),
    [("softmax", "cross_entropy"), ("sigmoid", "binary_cross_entropy")],
)
def test_an_activation_is_not_applied_twice(output, loss):
    model = nn.MLP(2, [2, 1 if output == "sigmoid" else 2], output=output, seed=0)
    with pytest.raises(nn.ConfigurationError, match='output="linear"'):
        nn.fit(model, [[1.0, 2.0]], [1], loss=loss, progress=False)


def test_sizes_may_be_integers_of_numpy():
    numpy = pytest.importorskip("numpy")
    model = nn.MLP(numpy.int64(2), [numpy.int64(3), 1], seed=0)
    assert len(model.parameters()) == 13


@pytest.mark.parametrize("returned", [None, "0.5", [0.5, 0.5]])
def test_a_loss_that_returns_no_number_is_named(returned):
    model = nn.MLP(2, [1], seed=0)
    with pytest.raises(DataError, match="the loss of example 0 must be one number, not"):
        nn.fit(model, [[0.0, 1.0]], [0], loss=lambda *_: returned, epochs=1, progress=False)
