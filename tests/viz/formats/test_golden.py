"""DOT, Mermaid and text are held to the letter; SVG never is, for Graphviz lays it out.

To write them anew, after a change that was meant:

    REGENERATE_GOLDEN=1 python -m pytest tests/viz/test_golden.py
"""

import os
import pathlib

import pytest

from autograd import Value, dot, tanh
from chainrule.demo import worked_network
from tests.viz.graphs import HOSTILE, small_graph
from viz import to_dot, to_mermaid, to_text

FOLDER = pathlib.Path(__file__).parent / "golden"
WRITERS = {"dot": to_dot, "mmd": to_mermaid, "txt": to_text}


def after_backward():
    loss = small_graph()
    loss.backward()
    return loss, {}


def constants():
    x = Value(0.5, label="x")
    return (1 - 2 * x) ** 2 / (x + Value(3.0)), {"constants": "show"}


def paths():
    nodes = worked_network()
    nodes["L"].backward()
    return nodes["L"], {"paths_to": nodes["w131"]}


def layers():
    nodes = worked_network()
    nodes["L"].backward()
    return nodes["L"], {"collapse": "layer", "expand": ["a2"]}


def neuron():
    x = [Value(2.0, label="x1"), Value(-1.0, label="x2")]
    w = [Value(0.5, label="w1"), Value(float("nan"), label="w2")]
    h = tanh(dot(w, x, Value(float("inf"), label="b")))
    return h * h, {"focus": h}


def hostile():
    return sum(Value(1.0, label=label) for label in HOSTILE), {}


PICTURES = {
    "small": lambda: (small_graph(), {}),
    "after_backward": after_backward,
    "constants": constants,
    "paths": paths,
    "layers": layers,
    "neuron": neuron,
    "hostile": hostile,
}


@pytest.mark.parametrize("suffix", WRITERS)
@pytest.mark.parametrize("name", PICTURES)
def test_text_is_as_it_was(name, suffix):
    root, options = PICTURES[name]()
    text = WRITERS[suffix](root, **options)
    path = FOLDER / f"{name}.{suffix}"
    if os.environ.get("REGENERATE_GOLDEN"):
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8")
