"""The guided tour of ``chainrule demo``: the worked network, digits, and what to try next."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING

import autograd
import nn
from autograd import Value
from autograd.files import write_atomically
from autograd.text import printable, short_number
from viz.errors import VizError
from viz.formats.drawing import save
from viz.page.page import stepper
from viz.plots.plots import plot_history

if TYPE_CHECKING:
    from rich.console import Console

# The worked example of the lecture notes: its numbers, and what they printed for them.
INPUTS = [2.0, 5.0, 3.0, 3.0]
TARGETS = [1.0, 0.0]
W1 = [[0.1, 0.3, 0.8, -0.4], [-0.3, -0.2, 0.5, 0.5], [-0.3, 0, 0.5, 0.4], [0.2, 0.5, -0.9, 0.7]]
W2 = [[0.5, 0.8, 0.2, 0.4], [0.5, 0.2, 0.3, -0.5]]
PRINTED = {
    "a11": "2.9", "a12": "1.4", "a13": "2.1", "a14": "2.3",
    "h11": "0.95", "h12": "0.80", "h13": "0.89", "h14": "0.91",
    "a21": "1.66", "a22": "0.45", "ŷ1": "0.77", "ŷ2": "0.23", "L": "0.1058 (rounded)",
    "w212": "-0.065 (half)", "w131": "0.001595 (half)",
}  # fmt: skip


def run(directory: Path) -> None:
    """Build the worked network, train on digits, and write the pictures into a directory.

    Raises:
        VizError: if scikit-learn or matplotlib, which the digits need, is not installed.
    """
    try:
        import matplotlib  # noqa: F401
        import sklearn  # noqa: F401
    except ImportError as error:
        raise VizError(
            f"the demo needs {error.name}, which is not installed; "
            "install it with: pip install matplotlib scikit-learn"
        ) from None
    from rich.console import Console  # for the tour alone, not for the network

    console = Console(highlight=False)
    made = _show_worked_network(console, directory)
    made["How the digits were learned"] = _train_on_digits(console, directory)
    console.rule("Where to look, and what to try next")
    for what, path in made.items():
        console.print(f"{what + ':':47}{printable(str(path))}", soft_wrap=True)
    console.print(
        "\nWrite an expression of your own and draw it:\n\n"
        "    # graph.py\n"
        "    from autograd import Value\n"
        '    x = Value(3.0, label="x")\n'
        "    y = (x * x + 1).log()\n"
        "    y.backward()\n\n"
        "    chainrule draw graph.py:y -o graph.svg\n"
        "    chainrule stepper graph.py:y -o backprop.html\n"
    )


def worked_network() -> dict[str, Value]:
    """Return the nodes of the notes' 4-4-2 network by name, with the squared error L as loss.

    Sigmoid hidden units, softmax outputs, all biases 0. ``w212`` is the weight of layer 2 into
    neuron 1 from neuron 2.

    >>> nodes = worked_network()
    >>> nodes["L"].backward()
    >>> round(nodes["L"].data, 6), round(nodes["w212"].grad, 6)
    (0.105491, -0.130377)
    """
    x = [Value(number, label=f"x{i}") for i, number in enumerate(INPUTS, 1)]
    a1, weights1 = _pre_activations(1, W1, x)
    h1 = [_named(f"h1{i}", autograd.sigmoid(a)) for i, a in enumerate(a1, 1)]
    a2, weights2 = _pre_activations(2, W2, h1)
    outputs = [_named(f"ŷ{i}", y) for i, y in enumerate(autograd.softmax(a2), 1)]
    targets = [Value(number, label=f"y{i}") for i, number in enumerate(TARGETS, 1)]
    loss = _named("L", autograd.squared_error(outputs, targets))
    nodes = [*x, *a1, *h1, *a2, *outputs, *targets, loss, *weights1, *weights2]
    return {node.label: node for node in nodes}


def _pre_activations(
    layer: int, weights: list[list[float]], inputs: list[Value]
) -> tuple[list[Value], list[Value]]:
    """Return a = W x + b of a layer, and its weights and biases."""
    a, parameters = [], []
    for i, row in enumerate(weights, 1):
        w = [Value(number, label=f"w{layer}{i}{j}") for j, number in enumerate(row, 1)]
        b = Value(0.0, label=f"b{layer}{i}")
        a.append(_named(f"a{layer}{i}", autograd.dot(w, inputs, b)))
        parameters += [*w, b]
    return a, parameters


def _named(label: str, node: Value) -> Value:
    node.label = label
    return node


def _show_worked_network(console: Console, directory: Path) -> dict[str, Path]:
    nodes = worked_network()
    loss = nodes["L"]
    loss.backward()
    from rich.table import Table

    table = Table(
        "", "value", "gradient", "the notes print", title="A 4-4-2 network, worked by hand"
    )
    for name, node in nodes.items():
        table.add_row(name, short_number(node.data), short_number(node.grad), PRINTED.get(name, ""))
    console.print(table)
    console.print(
        "The notes' two gradients are half of the truth: with softmax, a21 reaches the loss "
        "through ŷ1 and through ŷ2, and they follow only some of the paths.\n"
        "Their L is that of outputs rounded to two digits: (1 - 0.77)² + (0 - 0.23)² = 0.1058. "
        f"Of the outputs as they are, it is {short_number(loss.data)}.\n"
    )
    return {
        "The graph of the worked network": save(loss, directory / "network.svg"),
        "The four paths from w131 to its loss": save(
            loss, directory / "paths.svg", paths_to=nodes["w131"]
        ),
        "Its backward pass step by step, for a browser": stepper(loss, directory / "backprop.html"),
    }


def _train_on_digits(console: Console, directory: Path) -> Path:
    from sklearn.datasets import load_digits
    from sklearn.model_selection import train_test_split

    console.rule("Handwritten digits: MLP(64, [32], 10), written in scalars, run in arrays")
    images, digits = load_digits(return_X_y=True)
    train_x, test_x, train_y, test_y = train_test_split(
        images / 16, digits, test_size=0.2, random_state=0, stratify=digits
    )
    model = nn.MLP(64, [32], 10, seed=0)
    steps = EPOCHS * math.ceil(len(train_x) / BATCH_SIZE)
    history = nn.fit(
        model,
        train_x,
        train_y,
        loss="cross_entropy",
        optimiser=nn.Adam(model.parameters(), nn.cosine_decay(0.01, 0.0, steps), weight_decay=1e-3),
        epochs=EPOCHS,
        batch_size=BATCH_SIZE,
        validation=(test_x, test_y),
    )
    score = nn.accuracy(model, test_x, test_y)
    console.print(
        f"{len(train_x)} images, {len(model.parameters())} parameters, "
        f"{len(history.loss)} epochs in {sum(history.seconds):.1f} s with the {history.engine} "
        f"engine: {score:.1%} of {len(test_x)} test images recognised.\n"
        "To see it learn one scalar at a time, which takes some twenty seconds: nn.fit(…, "
        'epochs=12, engine="eager").\n',
        markup=False,
    )
    return _plot_history(history, directory / "loss.svg")


EPOCHS = 40
BATCH_SIZE = 32


def _plot_history(history: nn.History, path: Path) -> Path:
    import io

    from matplotlib.figure import Figure

    figure = Figure(figsize=(14, 4), layout="constrained")
    loss, *_ = plot_history(history, figure.subplots(1, 3))
    loss.set_yscale("log")
    figure.suptitle("Handwritten digits")
    picture = io.BytesIO()
    figure.savefig(picture, format="svg")
    return write_atomically(path, picture.getvalue())
