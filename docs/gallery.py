"""Make every picture of README and docs, from the examples: ``make gallery``.

    python docs/gallery.py            # writes docs/images
    python docs/gallery.py elsewhere

The picture of the stepper is a photograph of the page in headless Chromium; without one on the PATH
the old picture stays.
"""

from __future__ import annotations

import contextlib
import io
import runpy
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import autograd
import nn
import viz
from autograd import Value
from autograd.files import write_atomically

HERE = Path(__file__).parent
EXAMPLES = HERE.parent / "examples"


def main(directory: Path) -> None:
    """Write all pictures into a directory."""
    network, pictures = names_of("03_worked_network.py"), names_of("09_pictures.py")
    loss, w131 = network["L"], network["w1"][2][0]

    viz.save(pictures["loss"], directory / "neuron.svg")
    viz.save(loss, directory / "paths.svg", paths_to=w131)
    viz.save(pictures["error"], directory / "layers.svg", collapse="layer")
    viz.save(loss, directory / "neurons.svg", collapse="neuron")
    viz.save(wide_network(), directory / "bands.svg")
    viz.save(deep_network(), directory / "repeats.svg", collapse="layer")
    plot(pictures, directory)
    photograph(pictures["loss"], directory / "stepper.png")


def wide_network() -> Value:
    """Return a loss of micrograd's network, which in full is a tangle."""
    loss = nn.max_margin(nn.MLP(2, [16, 16, 1], seed=0)([0.5, -1.0]), 1)
    loss.backward()
    return loss


def deep_network() -> Value:
    """Return a loss of twelve residual blocks."""
    h = [Value(0.5 * i, label=f"x[{i}]") for i in range(3)]
    for i in range(12):
        layer = nn.Layer(3, 3, "tanh", seed=i)
        h = [x + each for x, each in zip(h, layer(h), strict=True)]
    loss = autograd.norm(h)
    loss.backward()
    return loss


def names_of(example: str) -> dict[str, Any]:
    """Run an example and return its global names."""
    with contextlib.redirect_stdout(io.StringIO()):
        return runpy.run_path(str(EXAMPLES / example))


def plot(pictures: dict[str, Any], directory: Path) -> None:
    """Draw the training of the example in three figures."""
    import matplotlib
    from matplotlib.figure import Figure

    model, moons, labels = (pictures[name] for name in ("model", "moons", "labels"))
    history = Figure(figsize=(11, 3.4), layout="constrained")
    viz.plot_history(pictures["history"], history.subplots(1, 3))
    both = Figure(figsize=(11, 4), layout="constrained")
    left, right = both.subplots(1, 2)
    viz.decision_boundary(model, moons, labels, left)
    viz.activations(model, moons, right)
    for figure, name in [(history, "history.svg"), (both, "moons.svg")]:
        picture = io.BytesIO()
        # The same bytes each time: no date, and no random ids.
        with matplotlib.rc_context({"svg.hashsalt": name}):
            figure.savefig(picture, format="svg", metadata={"Date": None})
        write_atomically(directory / name, picture.getvalue())


def photograph(loss: Value, path: Path) -> None:
    """Take a picture of the page that walks through a pass, at one of its steps."""
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        print(f"no Chromium was found: {path.name} is not made")
        return
    with tempfile.TemporaryDirectory() as folder:
        page = viz.stepper(loss, Path(folder) / "backprop.html")
        flags = [
            "--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars",
            "--disable-background-networking", f"--user-data-dir={folder}/profile",
        ]  # fmt: skip
        picture = Path(folder) / "stepper.png"
        subprocess.run(
            [
                chromium, *flags, "--window-size=1400,620", f"--screenshot={picture}",
                f"{page.as_uri()}#step=9",
            ],
            check=True, capture_output=True, timeout=600,
        )  # fmt: skip
        write_atomically(path, picture.read_bytes())


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else HERE / "images")
