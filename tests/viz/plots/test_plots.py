"""Plots show the numbers that they are given, and say in words what they mean."""

import subprocess
import sys

import numpy as np
import pytest

import autograd
import nn
from autograd import Value
from viz import errors
from viz.plots.activations import layer_activations
from viz.plots.plots import MARKERS, activations, decision_boundary, plot_history

pytest.importorskip("matplotlib")

import matplotlib as mpl
from matplotlib import colors
from matplotlib.contour import QuadContourSet
from matplotlib.figure import Figure


@pytest.fixture
def ax():
    return Figure().subplots()


@pytest.fixture
def plt():
    """Matplotlib's pyplot, whose figures are closed after the test."""
    mpl.use("Agg")
    from matplotlib import pyplot

    yield pyplot
    pyplot.close("all")


def drawn(ax):
    """Draw the figure, as some mistakes show only then."""
    ax.figure.canvas.draw()
    return ax


def legend_of(ax):
    return [text.get_text() for text in ax.get_legend().get_texts()]


def lines_of(ax):
    return {line.get_label(): np.asarray(line.get_ydata()).tolist() for line in ax.get_lines()}


XOR = [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]], [0, 1, 1, 0]


@pytest.fixture(scope="module")
def history():
    model = nn.MLP(2, [4, 1], activation="tanh", seed=0)
    return nn.fit(
        model, *XOR, loss="binary_cross_entropy", epochs=7, validation=XOR, progress=False
    )


class Numbers:
    """A history from elsewhere."""

    def __init__(self, **numbers):
        vars(self).update(numbers)


# History.


def test_the_lines_are_the_numbers_of_the_history(history):
    loss, accuracy, norms = map(drawn, plot_history(history, Figure().subplots(1, 3)))
    kept = {f"kept: epoch {history.best_epoch}": [0, 1]}
    assert lines_of(loss) == {
        "training": history.loss,
        "validation": history.validation_loss,
        **kept,
    }
    assert lines_of(accuracy) == {
        "training": history.accuracy,
        "validation": history.validation_accuracy,
        **kept,
    }
    assert lines_of(norms) == {**history.gradient_norms, **kept}
    assert list(history.gradient_norms) == ["layers.0", "layers.1"]
    for ax in (loss, accuracy, norms):
        *curves, line = ax.get_lines()
        assert all(list(curve.get_xdata()) == [1, 2, 3, 4, 5, 6, 7] for curve in curves)
        assert set(line.get_xdata()) == {history.best_epoch}
        assert legend_of(ax) == list(lines_of(ax))
        assert ax.get_xlabel() == "epoch"
        assert ax.get_ylabel()
    assert [ax.get_title() for ax in (loss, accuracy, norms)] == [
        "Loss",
        "Accuracy",
        "Gradient norms",
    ]
    assert {label.get_text()[-1] for label in accuracy.get_yticklabels()} == {"%"}
    assert norms.get_yscale() == "log"


def test_there_are_panels_for_what_the_history_has_and_no_others(plt):
    regression = nn.fit(
        nn.MLP(2, [2, 1], seed=0), *XOR, loss="squared_error", epochs=2, progress=False
    )
    assert [ax.get_title() for ax in plot_history(regression)] == ["Loss", "Gradient norms"]
    [ax] = plot_history(Numbers(loss=[3.0, 2.0]))
    assert lines_of(ax) == {"training": [3.0, 2.0]}


def test_one_axes_gets_the_loss(history, ax):
    assert plot_history(history, ax) == [ax]
    assert ax.get_title() == "Loss"
    assert lines_of(ax)["training"] == history.loss


def test_an_epoch_alone_is_a_point_at_a_whole_number(ax):
    drawn(*plot_history(Numbers(loss=[2.0]), ax))
    assert ax.get_lines()[0].get_marker() == "o"
    low, high = ax.get_xlim()
    assert [tick for tick in ax.get_xticks() if low <= tick <= high] == [1]


def test_a_layer_that_never_learned_is_named_though_a_logarithm_has_no_place_for_it():
    _, ax = plot_history(
        Numbers(loss=[1.0], gradient_norms={"a": [0.0], "b": [0.5]}), Figure().subplots(1, 2)
    )
    drawn(ax)
    assert legend_of(ax) == ["a: always 0", "b"]
    assert ax.get_yscale() == "log"
    _, ax = plot_history(Numbers(loss=[1.0], gradient_norms={"a": [0.0]}), Figure().subplots(1, 2))
    assert drawn(ax).get_yscale() == "linear"


def test_many_layers_keep_their_lines_and_the_legend_stays_short():
    norms = {f"layers.{k}": [1.0 + k, 2.0 + k] for k in range(40)}
    _, ax = plot_history(Numbers(loss=[1.0, 1.0], gradient_norms=norms), Figure().subplots(1, 2))
    assert len(ax.get_lines()) == 40
    assert len({colors.to_hex(line.get_color()) for line in ax.get_lines()}) == 40
    assert legend_of(ax) == [f"layers.{k}" for k in range(0, 40, 5)]


@pytest.mark.parametrize(
    ("name", "shown"),
    [("$x$", r"\$x\$"), (r"$\frac$", r"\$\frac\$"), ("_hidden", " _hidden"), ("a\n\x00", "a␊␀")],
)
def test_names_of_layers_are_shown_as_they_are(name, shown):
    numbers = Numbers(loss=[1.0, 1.0], gradient_norms={name: [1.0, 2.0]})
    _, ax = plot_history(numbers, Figure().subplots(1, 2))
    assert legend_of(drawn(ax)) == [shown]
    assert ax.get_legend().get_texts()[0].get_parse_math()


@pytest.mark.parametrize("layers", [1, 2, 7, 8, 30])
def test_no_two_lines_look_alike(layers):
    norms = {f"layers.{k}": [1.0, 2.0] for k in range(layers)}
    _, ax = plot_history(Numbers(loss=[1.0, 1.0], gradient_norms=norms), Figure().subplots(1, 2))
    looks = {(colors.to_hex(line.get_color()), line.get_linestyle()) for line in ax.get_lines()}
    assert len(looks) == layers


@pytest.mark.parametrize(
    ("history", "axes", "message"),
    [
        (Numbers(loss=[]), 1, "no epochs"),
        (nn.History(), 1, "no epochs"),
        ([0.5, 0.4], 1, r"a history is what nn.fit returned, not \[0.5, 0.4\]"),
        (Numbers(loss=[1.0]), 2, "there are 2 Axes for 1 panel: loss"),
        (Numbers(loss=[1.0], accuracy=[0.5]), 3, "there are 3 Axes for 2 panels: loss, accuracy"),
    ],
)
def test_a_history_that_does_not_fit_draws_nothing(history, axes, message):
    figure = Figure()
    chosen = [figure.add_subplot() for _ in range(axes)]
    with pytest.raises(errors.PlotError, match=message):
        plot_history(history, chosen)
    assert not any(ax.get_lines() for ax in chosen)


# Decision boundary.


def regions_of(ax):
    """Return the filled regions by the colour of their class."""
    filled = [c for c in ax.collections if isinstance(c, QuadContourSet) and c.filled]
    return {colors.to_hex(c.get_facecolor()[0]): c for c in filled}


def examples_of(ax):
    """Return the points of each label, and their colours."""
    plain = [c for c in ax.collections if not isinstance(c, QuadContourSet)]
    return {c.get_label(): np.asarray(c.get_offsets()) for c in plain}, {
        c.get_label(): colors.to_hex(c.get_facecolor()[0]) for c in plain if len(c.get_facecolor())
    }


def class_by_hand(model, point, threshold=0.0):
    """Return the predicted class, and by how much it is ahead."""
    output = model(list(point))
    if isinstance(output, Value):
        return int(output.data > threshold), abs(output.data - threshold)
    numbers = [value.data for value in output]
    *_, second, first = sorted(numbers)
    return numbers.index(first), first - second


def learned(loss, sizes, targets, X, **settings):
    model = nn.MLP(2, sizes, seed=0, **settings)
    for bias in [neuron.bias for layer in model.layers[:-1] for neuron in layer.neurons]:
        bias.data = 0.5  # so that the border is no straight line through 0
    if loss:
        nn.fit(model, X, targets, loss=loss, epochs=60, progress=False)
    return model


X = np.random.default_rng(0).normal(size=(60, 2))
FOUR = (X[:, 0] > 0).astype(int) + 2 * (X[:, 1] > 0)
YES = (X[:, 0] + 0.3 * np.sin(3 * X[:, 1]) > 0).astype(int)


def opaque(model):
    """Return the same model, but one that can't be compiled."""
    return lambda x: model(x) if x[0] > 0 else model(list(x))


@pytest.mark.parametrize("wrapped", [lambda model: model, opaque], ids=["compiled", "eager"])
@pytest.mark.parametrize(
    ("model", "targets", "threshold"),
    [
        (learned("binary_cross_entropy", [8, 1], YES, X), YES, 0.0),
        (learned("max_margin", [8, 1], 2 * YES - 1, X, activation="tanh"), 2 * YES - 1, 0.0),
        (learned("squared_error", [8, 1], YES, X, output="sigmoid"), YES > 0, 0.5),
        (learned("cross_entropy", [8, 2], YES, X), YES, 0.0),
        (learned("cross_entropy", [8, 4], FOUR, X), FOUR, 0.0),
        (learned("cross_entropy", [8, 4], FOUR, X), np.eye(4)[FOUR], 0.0),
    ],
    ids=["score", "margin", "sigmoid", "two classes", "four classes", "probabilities"],
)
def test_regions_and_rings_are_the_predictions_of_the_model(ax, model, targets, threshold, wrapped):
    assert drawn(decision_boundary(wrapped(model), X, targets, ax)) is ax
    points, colour_of = examples_of(ax)
    regions = regions_of(ax)
    labels = [label for label in points if label.startswith("class")]
    points_checked = 0
    for point in np.random.default_rng(1).uniform(X.min(0), X.max(0), size=(300, 2)):
        predicted, ahead = class_by_hand(model, point, threshold)
        if ahead > 0.05:  # else it may be within a cell of the grid from the border
            points_checked += 1
            inside = {
                colour for colour, region in regions.items()
                if region.get_paths()[0].contains_point(point)
            }  # fmt: skip
            assert inside == {colour_of[labels[predicted]]}
    assert points_checked > 200

    is_index = np.ndim(targets) == 1 and len(labels) > 2
    classes = targets if is_index else FOUR if len(labels) == 4 else (np.asarray(targets) > 0) + 0
    for k, label in enumerate(labels):
        assert points[label].tolist() == X[classes == k].tolist()
    wrong = [
        row.tolist() for row, its_class in zip(X, classes, strict=True)
        if class_by_hand(model, row, threshold)[0] != its_class
    ]  # fmt: skip
    rings = [label for label in points if label.startswith("wrong")]
    assert rings == ([f"wrong: {len(wrong)} of 60"] if wrong else [])
    assert [points[label].tolist() for label in rings] == ([wrong] if wrong else [])
    assert legend_of(ax) == list(points)
    if not threshold:
        assert 1 - len(wrong) / 60 == pytest.approx(nn.accuracy(model, X, targets))


def test_the_names_of_the_classes_are_those_of_the_targets(ax):
    model = learned(None, [2, 1], YES, X)
    for targets, expected in [
        (YES, ["class 0", "class 1"]),
        (2 * YES - 1, ["class -1", "class 1"]),
        (np.where(YES, 3.5, -0.5), ["class -0.5", "class 3.5"]),
        (np.where(YES, 1 + np.arange(60), -1), ["class -1", "yes"]),
    ]:
        decision_boundary(model, X, targets, ax)
        assert legend_of(ax)[:2] == expected
        ax.clear()
    decision_boundary(model, X, YES, ax, class_names=["$no$", "_yes"])
    assert legend_of(drawn(ax))[:2] == [r"\$no\$", " _yes"]


def test_every_class_has_a_colour_and_a_marker_of_its_own(ax):
    n = 9
    angles = np.arange(n) * 2 * np.pi / n
    ways = np.stack([np.cos(angles), np.sin(angles)], 1)
    model = lambda x: [autograd.dot(way.tolist(), x) for way in ways]  # noqa: E731
    decision_boundary(model, ways, range(n), ax)
    _, colour_of = examples_of(ax)
    assert len(set(colour_of.values())) == n == len(set(MARKERS[:n]))
    assert legend_of(drawn(ax)) == [f"class {k}" for k in range(n)]


def test_data_frames_name_the_axes(ax):
    class Frame:
        columns = ("height", "weight $")

        def __array__(self, dtype=None, copy=None):
            return np.asarray(X, dtype)

    assert drawn(decision_boundary(learned(None, [2, 1], YES, X), Frame(), YES, ax)) is ax
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("height", r"weight \$")
    decision_boundary(learned(None, [2, 1], YES, X), X.tolist(), YES.tolist(), ax)
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("x[0]", "x[1]")


def test_the_grid_has_room_around_the_examples_also_around_one(ax):
    decision_boundary(learned(None, [2, 1], YES, X), X, YES, ax)
    for (low, high), column in zip((ax.get_xlim(), ax.get_ylim()), X.T, strict=True):
        assert low < column.min() < column.max() < high
    decision_boundary(learned(None, [2, 1], YES, X), [[1.0, 2.0]], [1], ax)
    assert (ax.get_xlim(), ax.get_ylim()) == ((0.0, 2.0), (1.0, 3.0))


def test_a_model_is_run_for_few_points_if_it_can_be_compiled(ax):
    calls = []
    model = learned(None, [4, 1], YES, X)

    def counted(x):
        calls.append(1)
        return model(x)

    decision_boundary(counted, X, YES, ax)
    assert len(calls) < 20
    calls.clear()
    decision_boundary(opaque(counted), X, YES, ax, grid_resolution=10)
    assert 100 <= len(calls) < 200


def test_the_model_is_left_as_it_was(ax):
    model = learned(None, [4, 1], YES, X)
    for i, parameter in enumerate(model.parameters()):
        parameter.grad = float(i)
    before = model.state_dict()
    decision_boundary(model, X, YES, ax)
    assert model.state_dict() == before
    assert [p.grad for p in model.parameters()] == list(range(len(before)))


def test_where_the_model_has_no_number_there_is_no_region(ax):
    decision_boundary(lambda x: autograd.log(x[0]) + 0 * x[1], X, YES, ax)  # nan for x[0] < 0
    regions = regions_of(drawn(ax)).values()
    corners = np.concatenate([region.get_paths()[0].vertices for region in regions])
    assert corners[:, 0].min() >= 0
    assert any(region.get_paths()[0].contains_point((0.5, 0.0)) for region in regions)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"model": 3}, "the model must be callable with one example, not 3$"),
        ({"X": X[:, :1]}, "over 2 inputs, and each example has 1"),
        ({"X": X[0]}, r"not shape \(2,\)"),
        ({"X": []}, r"at least one, not shape \(0,\)"),
        ({"X": [[1, 2], [3]]}, "all of one length"),
        ({"X": [[1, "a"]]}, "a row of numbers for each example"),
        ({"X": [[1, 2], [3, np.nan]], "y": [0, 1]}, "input 1 of example 1 is nan"),
        ({"y": YES[1:]}, "one target for each of the 60 examples, not 59"),
        ({"y": 3}, "y must have a target for each example, not 3"),
        ({"y": ["a"] * 60}, "the target of example 0 must be a number, positive for yes.*'a'"),
        ({"class_names": ["a"]}, r"class_names must be a list of 2 names, not \['a'\]"),
        ({"class_names": "ab"}, "class_names must be a list of 2 names, not 'ab'"),
        ({"threshold": "0"}, "threshold must be a finite number, not '0'"),
        ({"threshold": np.inf}, "threshold must be a finite number, not inf"),
        ({"grid_resolution": 1}, "grid_resolution must be a whole number, 2 or more, not 1"),
        ({"model": lambda x: "yes"}, "must return a number for an example, .* not 'yes'"),
        ({"model": lambda x: []}, r"must return a number for an example, .* not \[\]"),
        ({"model": lambda x: [1.0] * (1 + (x[0] > 0))}, "more outputs for some examples"),
        ({"ax": 3}, "ax must be matplotlib Axes, .* not 3"),
    ],
)
def test_what_does_not_fit_is_an_error_and_draws_nothing(ax, plt, change, message):
    arguments = {"model": learned(None, [2, 1], YES, X), "X": X, "y": YES, "ax": ax, **change}
    with pytest.raises(errors.VizError, match=message):
        decision_boundary(**arguments)
    assert not ax.collections
    assert plt.get_fignums() == []


@pytest.mark.parametrize("wrong", [4, -1, 0.5, None, "a", float("nan")])
def test_a_class_that_there_is_not_is_named(ax, wrong):
    targets = [*FOUR.tolist()[:-1], wrong]
    with pytest.raises(errors.PlotError, match="target of example 59 must be a class from 0 to 3"):
        decision_boundary(learned(None, [2, 4], FOUR, X), X, targets, ax)


def test_an_estimator_is_told_what_to_write(ax):
    class Estimator:
        def predict(self, rows):
            return rows

    with pytest.raises(errors.PlotError, match=r"write model\.predict$"):
        decision_boundary(Estimator(), X, YES, ax)


def test_no_grad_is_no_place_for_it(ax):
    with autograd.no_grad(), pytest.raises(errors.PlotError, match=r"within no_grad\(\)"):
        decision_boundary(learned(None, [2, 1], YES, X), X, YES, ax)


# Activations.


def test_there_is_a_histogram_for_each_layer_with_words_beside(ax):
    model = nn.MLP(2, [8, 6], 3, activations=["tanh", "relu", "softmax"], seed=0)
    for parameter in model.layers[0].parameters():
        parameter.data *= 5
    layers = layer_activations(model, X)
    assert drawn(activations(model, X, ax)) is ax
    words = [label.get_text() for label in ax.get_yticklabels()]
    assert words == [f"{layer.name}: " + "\n".join(layer.words) for layer in layers]
    assert words[0].startswith("h1: tanh\n8 units\n")
    assert ax.get_yticks().tolist() == [2, 1, 0]
    assert ax.get_title() == "Activations for 60 examples"
    assert legend_of(ax) == ["saturated"]

    histograms = {
        (int(np.ravel(p.get_data().baseline)[0]), p.get_hatch() is not None): p.get_data()
        for p in ax.patches
    }
    assert sorted(histograms) == [(0, False), (1, False), (2, False), (2, True)]
    for (baseline, is_saturated), steps in histograms.items():
        layer = layers[2 - baseline]
        values = np.ravel(layer.values)
        if is_saturated:
            values = values[np.abs(values) > 0.97]
        if layer.activation == "relu":
            values = values[values > 0]
        heights = steps.values - baseline
        everything = np.histogram(np.ravel(layer.values)[np.ravel(layer.values) != 0], steps.edges)
        expected = np.histogram(values, steps.edges)[0] * 0.85 / everything[0].max()
        assert heights == pytest.approx(expected)


def test_a_layer_that_is_dead_has_words_and_no_bars(ax):
    model = nn.MLP(2, [4, 4, 1], seed=0)
    for neuron in model.layers[1].neurons:
        neuron.bias.data = -1e3
    drawn(activations(model, X[:1], ax))
    _, second = [label.get_text() for label in ax.get_yticklabels()]
    assert second == "h2: relu\n4 units\n4 units (100%) dead\n100% of activations 0"
    assert ax.get_title() == "Activations for 1 example"
    assert ax.get_legend() is None


@pytest.mark.parametrize("activation", ["relu", "tanh"])
def test_infinite_activations_draw_what_is_finite(ax, activation):
    w = Value(1.0, label="w")
    drawn(activations(lambda x: autograd.relu(w * x[0]), [[1.0], [1e308 * 10]], ax))
    assert [p.get_data().values.max() for p in ax.patches] == [0.85]


# All of them.


def every_plot(history, **ax):
    model = learned(None, [2, 1], YES, X)
    yield plot_history(history, **ax)[0]
    yield decision_boundary(model, X, YES, **ax)
    yield activations(model, X, **ax)


def test_without_axes_there_is_a_new_figure_and_no_setting_changes(plt, history):
    before = dict(mpl.rcParams)
    for number, ax in enumerate(every_plot(history), 1):
        assert plt.get_fignums() == list(range(1, number + 1))
        assert plt.gcf() is ax.figure
        drawn(ax)
    assert dict(mpl.rcParams) == before


@pytest.mark.parametrize("style", ["default", "dark_background"])
def test_text_and_lines_have_the_colours_of_the_style(plt, history, style):
    with plt.style.context(style):
        text, background = (
            colors.to_hex(mpl.rcParams[name]) for name in ("text.color", "axes.facecolor")
        )
        for ax in every_plot(history):
            drawn(ax)
            shown = [ax.title, ax.xaxis.label, ax.yaxis.label, *ax.get_yticklabels()]
            shown += ax.get_legend().get_texts() if ax.get_legend() else []
            assert {colors.to_hex(one.get_color()) for one in shown} == {text}
            assert colors.to_hex(ax.get_facecolor()) == background


def test_without_matplotlib_the_error_says_what_to_install(monkeypatch, history):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    for plot, arguments in [
        (plot_history, (history,)),
        (decision_boundary, (learned(None, [2, 1], YES, X), X, YES)),
        (activations, (learned(None, [2, 1], YES, X), X)),
    ]:
        with pytest.raises(errors.MissingPackageError, match=r"pip install matplotlib$") as caught:
            plot(*arguments)
        assert isinstance(caught.value, ImportError)


def python(code):
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    return result.stdout


def test_importing_the_plots_loads_no_matplotlib_and_no_numpy():
    code = (
        "import sys; before = set(sys.modules); import viz.plots.plots; "
        "print({'matplotlib', 'numpy', 'rich', 'nn'} & set(sys.modules))"
    )
    assert python(code) == "set()\n"


def test_with_axes_pyplot_is_not_needed():
    code = """
import sys
from matplotlib.figure import Figure
from autograd import Value, tanh
from viz.plots.plots import activations, decision_boundary, plot_history
w = Value(1.0)
model = lambda x: tanh(w * x[0] + x[1])
history = type("History", (), {"loss": [2.0, 1.0]})
plot_history(history, Figure().subplots())
decision_boundary(model, [[0, 1], [1, 0]], [1, -1], Figure().subplots())
activations(model, [[0, 1], [1, 0]], Figure().subplots())
print("matplotlib.pyplot" in sys.modules)
"""
    assert python(code) == "False\n"
