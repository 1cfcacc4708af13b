"""Plots of a training: its history, what a model has learned, and which units learn nothing.

They follow the conventions of matplotlib: each draws on the Axes that it is given, or else on new
ones, and returns them. None is shown, and no setting is changed: ``plt.show()`` is yours.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from numbers import Real
from typing import TYPE_CHECKING, Any, Protocol

from autograd import Value, ops
from autograd.contexts import is_recording
from autograd.installing import how_to_install
from viz.colours import BLUE, PLOT_COLOURS, VERMILION
from viz.errors import MissingPackageError, OptionError, PlotError
from viz.options import whole_number
from viz.plots.activations import layer_activations
from viz.plots.outputs import compiled_outputs, outputs_one_by_one, table
from viz.text import visible

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# Whatever has a colour has a marker, a dash or words as well.
MARKERS = "os^DvPX<>p"
LINE_STYLES = ("solid", "dashed", "dashdot", "dotted")

COMPILED_RESOLUTION, EAGER_RESOLUTION = 200, 60  # points along each side of a grid
MARGIN = 0.1  # around the examples, of their range
BINS = 60


class HistoryLike(Protocol):
    """What :func:`plot_history` reads: ``nn.History`` has it, and more."""

    @property
    def loss(self) -> Sequence[float]:
        """The loss of each epoch."""


def plot_history(history: HistoryLike, ax: Axes | Iterable[Axes] | None = None) -> list[Axes]:
    """Plot the loss, the accuracy and the gradient norms of a training, epoch by epoch.

    There is a panel for each that the history has: ``loss`` and ``validation_loss``; ``accuracy``
    and ``validation_accuracy``; ``gradient_norms``, a line for each layer: the root mean square,
    over the steps of an epoch, of the norm of the gradient. A dotted line marks the epoch whose
    parameters the model holds.

    Args:
        history: what ``nn.fit`` returned, or anything with such lists of numbers.
        ax: Axes to draw on: as many as there are panels, in this order, or fewer for the first
            panels only. One Axes gets the loss. By default a new figure.

    Returns:
        The Axes, one for each panel.

    Raises:
        MissingPackageError: if matplotlib is not installed.
        PlotError: if the history has no epochs, or there are more Axes than panels.

    >>> import nn
    >>> model = nn.MLP(1, [4, 1], seed=0)
    >>> history = nn.fit(model, [[0], [1]], [1, -1], loss="max_margin", epochs=5, progress=False)
    >>> from matplotlib.figure import Figure
    >>> [ax.get_title() for ax in plot_history(history, Figure().subplots(1, 3))]
    ['Loss', 'Accuracy', 'Gradient norms']
    """
    _check_matplotlib()
    panels = _panels(history)
    kept = getattr(history, "best_epoch", 0)
    if ax is None:
        chosen = _new_axes(len(panels))
    else:
        chosen = [_checked_axes(one) for one in (ax if isinstance(ax, Iterable) else [ax])]
    if len(chosen) > len(panels):
        raise PlotError(
            f"there are {len(chosen)} Axes for {len(panels)} panel{'s' * (len(panels) > 1)}: "
            f"{', '.join(panel.title.lower() for panel in panels)}"
        )
    for axes, panel in zip(chosen, panels, strict=False):
        panel.draw(axes, kept)
    return chosen


def decision_boundary(
    model: Callable[[Any], Any],
    X: Sequence[Any],  # noqa: N803 - what everyone calls it
    y: Iterable[Any],
    ax: Axes | None = None,
    *,
    threshold: float | None = None,
    class_names: Sequence[str] | None = None,
    grid_resolution: int | None = None,
) -> Axes:
    """Plot which class a model of two inputs predicts where, and the examples on top.

    Of several outputs the largest names the class. One output is a score that says yes above the
    threshold. Examples that the model gets wrong have a ring.

    Args:
        model: called with one example at a time, a list of two numbers.
        X: the examples, with a row of two numbers for each. The columns of a data frame name the
            axes.
        y: the target of each: a class from 0, or a list with the largest number at the class; for
            one output a number that is positive for yes, such as 0 and 1 or -1 and +1.
        ax: the Axes to draw on; by default those of a new figure.
        threshold: by default 0, or 0.5 if the output is that of a sigmoid.
        class_names: what the legend calls the classes; by default what the targets do.
        grid_resolution: at how many places along each axis the model is asked. By default 200 if
            :func:`autograd.compile` can take the model, else 60, as running it for each point of
            the grid takes long.

    Returns:
        The Axes.

    Raises:
        MissingPackageError: if matplotlib is not installed.
        PlotError: if X is no table of finite numbers with two columns, y does not fit it, or the
            model can't be called or returns no number.
        OptionError: if the grid resolution is not a whole number from 2, or the threshold is not a
            finite number.

    >>> import nn
    >>> model = nn.MLP(2, [4, 1], seed=0)
    >>> from matplotlib.figure import Figure
    >>> xor = [[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 0]
    >>> ax = decision_boundary(model, *xor, ax=Figure().subplots())
    >>> ax.get_xlabel(), ax.get_ylabel()
    ('x[0]', 'x[1]')
    """
    _check_matplotlib()
    import numpy as np

    if not callable(model):
        raise PlotError(
            f"the model must be callable with one example, not {visible(repr(model))}"
            + ("; write model.predict" if hasattr(model, "predict") else "")
        )
    if not is_recording():
        raise PlotError(
            "within no_grad() the model can't be compiled; call decision_boundary outside, it "
            "keeps no graph"
        )
    if grid_resolution is not None:
        grid_resolution = whole_number("grid_resolution", grid_resolution, least=2)
    rows = table(X)
    if rows.shape[1] != 2:
        raise PlotError(
            f"a decision boundary is plotted over 2 inputs, and each example has {rows.shape[1]}; "
            "choose two columns, and for the model a function of these"
        )
    targets = _targets(y, len(rows))
    threshold = _threshold(model, rows, threshold)
    if ax is not None:
        _checked_axes(ax)

    fast = compiled_outputs(model, rows)
    side = grid_resolution or (COMPILED_RESOLUTION if fast else EAGER_RESOLUTION)

    def outputs_at(points: Any) -> Any:
        return fast(points) if fast else outputs_one_by_one(model, points)

    outputs = outputs_at(rows)
    classes = _classes(targets, outputs.shape[1])
    names = _class_names(class_names, targets, classes, outputs.shape[1])
    is_wrong = _margins(outputs, threshold).argmax(1) != classes
    low, high = rows.min(0), rows.max(0)
    room = np.where(high > low, MARGIN * (high - low), 1.0)
    grid = np.linspace(low - room, high + room, side).T
    points = np.stack(np.meshgrid(*grid), axis=-1).reshape(-1, 2)
    margins = _margins(outputs_at(points), threshold).T.reshape(len(names), side, side)

    ax = _new_axes(1)[0] if ax is None else ax
    examples = [rows[classes == k] for k in range(len(names))]
    _draw_classes(ax, names, grid, margins, examples)
    _draw_rings(ax, rows, is_wrong)
    horizontal, vertical = getattr(X, "columns", ("x[0]", "x[1]"))
    ax.set(
        xlabel=_shown(str(horizontal)),
        ylabel=_shown(str(vertical)),
        xlim=grid[0, [0, -1]],
        ylim=grid[1, [0, -1]],
        title="Decision boundary",
    )
    ax.legend()
    return ax


def activations(
    model: Callable[[Any], Any],
    X: Iterable[Any],  # noqa: N803 - what everyone calls it
    ax: Axes | None = None,
) -> Axes:
    r"""Plot how the activations of each layer are distributed, and say how many units are dead.

    There is a histogram for each layer, each as high as the others, and beside it in words which
    share of the units is dead, and which share of the activations is saturated; these are coloured.
    The zeros of relu are in the words only. What all that means, and the numbers, are in
    :func:`viz.layer_activations`.

    Args:
        model: called with one example at a time; it runs once for each.
        X: the examples.
        ax: the Axes to draw on; by default those of a new figure.

    Returns:
        The Axes.

    Raises:
        MissingPackageError: if matplotlib is not installed.
        PlotError: as :func:`viz.layer_activations` does.

    >>> import nn
    >>> from matplotlib.figure import Figure
    >>> model, inputs = nn.MLP(1, [4, 1], activation="tanh", seed=0), [[0.5], [1.0]]
    >>> ax = activations(model, inputs, ax=Figure().subplots())
    >>> [label.get_text() for label in ax.get_yticklabels()]
    ['h1: tanh\n4 units\n0% of activations saturated']
    """
    _check_matplotlib()
    import numpy as np

    layers = layer_activations(model, X)
    if ax is None:
        ax = _new_axes(1, height=1.0 + (1.1 if len(layers) < 8 else 0.75) * len(layers))[0]
    else:
        _checked_axes(ax)
    # The zeros of relu are said in words: their bar would leave no height for the others.
    drawn = [np.concatenate(layer.values) for layer in layers]
    drawn = [
        numbers[np.isfinite(numbers) & ((numbers != 0) | (layer.activation != "relu"))]
        for layer, numbers in zip(layers, drawn, strict=True)
    ]
    edges = np.histogram_bin_edges(np.concatenate(drawn), BINS)
    has_saturated = False
    baselines = list(range(len(layers)))[::-1]  # the first layer on top
    for layer, numbers, baseline in zip(layers, drawn, baselines, strict=True):
        is_saturated = np.array([*map(layer.is_saturated, numbers.tolist())], dtype=bool)
        heights = np.histogram(numbers, edges)[0]
        scale = 0.85 / max(int(heights.max()), 1)
        ax.stairs(baseline + scale * heights, edges, baseline=baseline, fill=True, color=BLUE)
        if is_saturated.any():
            heights = np.histogram(numbers[is_saturated], edges)[0]
            ax.stairs(
                baseline + scale * heights, edges, baseline=baseline, fill=True, linewidth=0,
                facecolor=VERMILION, edgecolor=BLUE, hatch="////",
                label=None if has_saturated else "saturated",
            )  # fmt: skip
            has_saturated = True
        ax.axhline(baseline, color=_ink(), linewidth=0.6)
    n = len(layers[0].values[0])
    words = [
        "\n".join([f"{_shown(layer.name)}: {layer.words[0]}", *layer.words[1:]]) for layer in layers
    ]
    ax.set_yticks(baselines, words, verticalalignment="bottom")
    ax.tick_params(axis="y", length=0)
    ax.set(
        xlabel="activation h",
        ylim=(-0.05, len(layers)),
        title=f"Activations for {n} example{'s' * (n != 1)}",
    )
    if has_saturated:
        ax.legend()
    return ax


# The panels of a history.


@dataclass(frozen=True, slots=True)
class _Panel:
    """What one pair of axes shows: lines over the epochs, by their names."""

    title: str
    ylabel: str
    lines: dict[str, list[float]]
    is_share: bool = False
    is_by_layer: bool = False

    def draw(self, ax: Axes, kept: int) -> None:
        from matplotlib.ticker import MaxNLocator, PercentFormatter

        colours = _colours(len(self.lines)) if self.is_by_layer else [BLUE, VERMILION]
        every = -(-len(self.lines) // LONGEST_LEGEND)
        for k, (name, numbers) in enumerate(self.lines.items()):
            ax.plot(
                range(1, len(numbers) + 1), numbers, color=colours[k],
                linestyle=LINE_STYLES[k % len(LINE_STYLES)],
                marker="o" if len(numbers) == 1 else None,
                label=None if k % every else _shown(name),
            )  # fmt: skip
        if kept:
            ax.axvline(kept, linestyle=(0, (1, 3)), color=_ink(), label=f"kept: epoch {kept}")
        if self.is_by_layer and any(x > 0 for numbers in self.lines.values() for x in numbers):
            ax.set_yscale("log")
        if self.is_share:
            ax.yaxis.set_major_formatter(PercentFormatter(1.0))
        ax.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
        ax.set(title=self.title, xlabel="epoch", ylabel=self.ylabel)
        ax.legend(fontsize="small")


LONGEST_LEGEND = 8  # lines; of more layers, only some are named


def _panels(history: Any) -> list[_Panel]:
    """Return a panel for each kind of numbers that there is."""

    def numbers(name: str) -> list[float]:
        found = getattr(history, name, None)
        return [] if found is None else list(found)

    if not hasattr(history, "loss"):
        raise PlotError(f"a history is what nn.fit returned, not {visible(repr(history))}")
    loss = {"training": numbers("loss"), "validation": numbers("validation_loss")}
    accuracy = {"training": numbers("accuracy"), "validation": numbers("validation_accuracy")}
    norms = getattr(history, "gradient_norms", None) or {}
    named = {
        name if any(of_layer) else f"{name}: always 0": list(of_layer)
        for name, of_layer in norms.items()
    }
    panels = [
        _Panel("Loss", "mean loss of an example", loss),
        _Panel("Accuracy", "examples that are right", accuracy, is_share=True),
        _Panel("Gradient norms", "norm of the gradient (RMS over steps)", named, is_by_layer=True),
    ]
    panels = [
        replace(panel, lines={name: line for name, line in panel.lines.items() if line})
        for panel in panels
    ]
    if not any(loss.values()):
        raise PlotError("the history has no epochs, so there is nothing to plot")
    return [panel for panel in panels if panel.lines]


# The classes of a decision boundary.


def _targets(y: Iterable[Any], n_examples: int) -> list[Any]:
    """Return the targets as a list of numbers or of lists."""
    try:
        targets = list(y.tolist() if hasattr(y, "tolist") else y)
    except TypeError:
        raise PlotError(f"y must have a target for each example, not {visible(repr(y))}") from None
    if len(targets) != n_examples:
        raise PlotError(
            f"y must have one target for each of the {n_examples} examples, not {len(targets)}"
        )
    return targets


def _classes(targets: Sequence[Any], n_outputs: int) -> Any:
    """Return the class of each target; for one output 1 is yes and 0 is no."""
    import numpy as np

    classes = []
    for i, target in enumerate(targets):
        named = target.index(max(target)) if isinstance(target, list) and target else target
        is_number = isinstance(named, Real)
        if n_outputs == 1 and is_number and named == named:
            classes.append(int(named > 0))
        elif n_outputs > 1 and is_number and named in range(n_outputs):
            classes.append(int(named))
        else:
            allowed = (
                "a number, positive for yes, as the model has one output"
                if n_outputs == 1
                else f"a class from 0 to {n_outputs - 1}, as the model has {n_outputs} outputs"
            )
            raise PlotError(
                f"the target of example {i} must be {allowed}, not {visible(repr(target))}"
            )
    return np.array(classes)


def _class_names(
    names: Sequence[str] | None, targets: Sequence[Any], classes: Any, n_outputs: int
) -> list[str]:
    n_classes = max(n_outputs, 2)
    if names is not None:
        if isinstance(names, str) or len(names) != n_classes:
            raise PlotError(
                f"class_names must be a list of {n_classes} names, not {visible(repr(names))}"
            )
        return [str(name) for name in names]
    if n_outputs > 1:
        return [f"class {k}" for k in range(n_classes)]
    found = [
        {target for target, its_class in zip(targets, classes, strict=True) if its_class == k}
        for k in range(2)
    ]
    return [
        f"class {next(iter(of_class)):g}" if len(of_class) == 1 else ("no", "yes")[k]
        for k, of_class in enumerate(found)
    ]


def _threshold(model: Callable[[Any], Any], rows: Any, threshold: float | None) -> float:
    """Return above which score the answer is yes."""
    if threshold is not None:
        if not isinstance(threshold, Real) or not math.isfinite(threshold):
            raise OptionError(f"threshold must be a finite number, not {visible(repr(threshold))}")
        return float(threshold)
    output = model(rows[0].tolist())
    if isinstance(output, (list, tuple)) and len(output) == 1:
        output = output[0]
    return 0.5 if isinstance(output, Value) and output.primitive is ops.sigmoid else 0.0


def _margins(outputs: Any, threshold: float) -> Any:
    """Return by how much each class is ahead of all others, with a row for each example."""
    import numpy as np

    if outputs.shape[1] == 1:
        return (outputs - threshold) * [[-1.0, 1.0]]
    margins = np.empty_like(outputs)
    with np.errstate(invalid="ignore"):  # inf - inf, where no class is ahead
        for k in range(outputs.shape[1]):
            margins[:, k] = outputs[:, k] - np.delete(outputs, k, axis=1).max(1)
    return margins


def _draw_classes(ax: Axes, names: Sequence[str], grid: Any, margins: Any, examples: Any) -> None:
    """Draw where each class is predicted, and its examples on top."""
    for k, (name, colour) in enumerate(zip(names, _colours(len(names)), strict=True)):
        has_region = _draw_region(ax, grid, margins[k], colour, _ink())
        x1, x2 = examples[k].T
        if has_region or len(x1):
            ax.scatter(
                x1, x2, s=28, color=colour, marker=MARKERS[k % len(MARKERS)], edgecolors=_ink(),
                linewidths=0.6, label=_shown(name), zorder=2,
            )  # fmt: skip


def _draw_rings(ax: Axes, rows: Any, is_wrong: Any) -> None:
    """Draw a ring around each example that the model gets wrong."""
    if is_wrong.any():
        x1, x2 = rows[is_wrong].T
        ax.scatter(
            x1, x2, s=110, facecolors="none", edgecolors=_ink(), linewidths=1.2,
            label=f"wrong: {len(x1)} of {len(rows)}", zorder=3,
        )  # fmt: skip


def _draw_region(ax: Axes, grid: Any, margin: Any, colour: str, ink: Any) -> bool:
    """Fill where a class is ahead, and draw the line around; return whether it is anywhere."""
    import numpy as np

    margin = np.ma.masked_invalid(margin)
    if not margin.count() or margin.max() <= 0:
        return False
    levels = [0.0, 2 * margin.max()]
    ax.contourf(*grid, margin, levels=levels, colors=[colour], alpha=0.3, zorder=0)
    if margin.min() < 0:
        ax.contour(*grid, margin, levels=[0.0], colors=[ink], linewidths=0.8, zorder=1)
    return True


# Matplotlib.


def _check_matplotlib() -> None:
    try:
        import matplotlib  # noqa: F401
    except ImportError:
        raise MissingPackageError(
            f"plots need matplotlib, which is not installed: {how_to_install('matplotlib')}"
        ) from None


def _new_axes(n: int, height: float | None = None) -> list[Axes]:
    """Return the Axes of a new figure, side by side."""
    import matplotlib.pyplot as plt

    width, usual = plt.rcParams["figure.figsize"]
    size = (width if n == 1 else 0.75 * width * n, height or usual)
    _, axes = plt.subplots(1, n, figsize=size, layout="constrained", squeeze=False)
    return list(axes[0])


def _checked_axes(ax: Any) -> Axes:
    from matplotlib.axes import Axes

    if not isinstance(ax, Axes):
        raise PlotError(
            f"ax must be matplotlib Axes, as plt.subplots() returns them, not {visible(repr(ax))}"
        )
    return ax


def _ink() -> Any:
    """Return the colour of text in the style in use: black on white, white on black."""
    import matplotlib as mpl

    return mpl.rcParams["text.color"]


def _colours(n: int) -> list[Any]:
    """Return colours that differ: a scale from dark to light for many."""
    if n <= len(PLOT_COLOURS):
        return list(PLOT_COLOURS[:n])
    import matplotlib as mpl

    return [mpl.colormaps["viridis"](0.15 + 0.8 * k / (n - 1)) for k in range(n)]


def _shown(text: str) -> str:
    r"""Return text that matplotlib shows as it is: no mathematics, and no label that it leaves out.

    >>> print(_shown("$x$"), _shown("_hidden"))
    \$x\$  _hidden
    """
    text = visible(text).replace("$", r"\$")
    return f" {text}" if text.startswith("_") else text
