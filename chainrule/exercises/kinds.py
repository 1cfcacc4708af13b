"""The kinds of exercises: for each level a plan of the graph, with numbers drawn by chance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from random import Random
from typing import NamedTuple, TypeAlias

from chainrule.exercises.recipes import (
    DIFFERENCE,
    EXP,
    LINE,
    LOG,
    MEAN_OF_SQUARES,
    NEURON,
    PRODUCT,
    RECIPROCAL,
    RELU,
    RESIDUAL,
    SIGMOID,
    SQUARE,
    SQUARED_ERROR,
    SUM,
    TANH,
    Form,
    Recipe,
    Step,
    cross_entropy,
    softmax,
)

LEVELS = (1, 2, 3)
# Numbers to compute with by hand: of polynomials, and of functions that soon saturate.
_WHOLE = (-4.0, -3.0, -2.0, -1.0, 2.0, 3.0, 4.0, 5.0, 0.5, -0.5, 1.5)
_SMALL = tuple(sign * tenths / 10 for tenths in (1, 2, 3, 4, 5, 6, 8, 12) for sign in (1, -1))

# A label, how it is computed, of which one is drawn by chance if there are several, and from what.
_Step: TypeAlias = "tuple[str, Form | Sequence[Form], str]"


class Level(NamedTuple):
    """What a level is about: the labels of leaves, all with different numbers, and the steps.

    ``others`` are leaves with one number, or several to draw from; ``asked`` are the labels that
    are asked about, those nearest to the loss first.
    """

    about: str
    leaves: str
    numbers: Sequence[float]
    steps: Sequence[_Step]
    asked: str
    others: Mapping[str, float | Sequence[float]] = {}

    def recipe(self, random: Random) -> Recipe:
        """Return a recipe for the level, with numbers drawn by chance."""
        steps = []
        for label, forms, operands in self.steps:
            form = forms if isinstance(forms, Form) else random.choice(forms)
            steps.append(Step(label, form, tuple(operands.split())))
        names = self.leaves.split()
        leaves = dict(zip(names, random.sample(self.numbers, len(names)), strict=True))
        for label, numbers in self.others.items():
            leaves[label] = numbers if isinstance(numbers, float) else random.choice(numbers)
        return Recipe(leaves, tuple(steps), tuple(self.asked.split()))


class Kind(NamedTuple):
    """A kind of exercise: what it is about, and its levels."""

    about: str
    levels: tuple[Level, Level, Level]


def _neuron(about: str, activation: Form, numbers: Sequence[float], asked: str) -> Level:
    steps: list[_Step] = [
        ("a", NEURON, "w1 w2 x1 x2 b"), ("h", activation, "a"), ("e", DIFFERENCE, "h y"),
        ("L", SQUARE, "e"),
    ]  # fmt: skip
    return Level(about, "x1 x2 w1 w2 b y", numbers, steps, asked)


def _hidden(activation: Form) -> list[_Step]:
    return [
        ("a11", NEURON, "w111 w112 x1 x2 b11"), ("a12", NEURON, "w121 w122 x1 x2 b12"),
        ("h11", activation, "a11"), ("h12", activation, "a12"),
        ("a21", NEURON, "w211 w212 h11 h12 b21"),
    ]  # fmt: skip


_FIRST_LAYER = "x1 x2 w111 w112 w121 w122 b11 b12 w211 w212"
_ERROR: list[_Step] = [("e", DIFFERENCE, "a21 y"), ("L", SQUARE, "e")]
_TWO_OUTPUTS: list[_Step] = [
    ("a22", NEURON, "w221 w222 h11 h12 b22"),
    ("ŷ1", softmax(0), "a21 a22"), ("ŷ2", softmax(1), "a21 a22"),
    ("L", SQUARED_ERROR, "ŷ1 ŷ2 y1 y2"),
]  # fmt: skip
_CROSS_ENTROPY = ("L", tuple(map(cross_entropy, range(3))), "a1 a2 a3")


def _over_time(about: str, times: int, activation: Form, numbers: Sequence[float]) -> Level:
    steps: list[_Step] = []
    for t in range(1, times + 1):
        steps += [(f"a{t}", LINE, f"w h{t - 1} x{t}"), (f"h{t}", activation, f"a{t}")]
    steps += [("e", DIFFERENCE, f"h{times} y"), ("L", SQUARE, "e")]
    inputs = " ".join(f"x{t}" for t in range(1, times + 1))
    asked = " ".join(f"h{t}" for t in range(times, 0, -1))
    return Level(about, f"w h0 {inputs} y", numbers, steps, f"{asked} w")


def _batch(about: str, size: int, numbers: Sequence[float], *, is_neuron: bool = False) -> Level:
    examples = range(1, size + 1)
    steps: list[_Step] = []
    for i in examples:
        if is_neuron:
            steps += [
                (f"a{i}", LINE, f"w x{i} b"), (f"h{i}", SIGMOID, f"a{i}"),
                (f"e{i}", DIFFERENCE, f"h{i} y{i}"),
            ]  # fmt: skip
        else:
            steps.append((f"e{i}", RESIDUAL, f"w x{i} b y{i}"))
    steps.append(("L", MEAN_OF_SQUARES, " ".join(f"e{i}" for i in examples)))
    data = " ".join(f"x{i} y{i}" for i in examples)
    return Level(about, f"w b {data}", numbers, steps, "e1 e2 w b")


# The slope of a relu is 1: ∂L/∂a would be ∂L/∂h once more, and so only one of them is asked about.
KINDS: Mapping[str, Kind] = {
    "one-path": Kind(
        "the chain rule along a chain",
        (
            Level(
                "a square of a line", "x w b", _WHOLE,
                [("u", LINE, "w x b"), ("L", SQUARE, "u")],
                "u w x",
            ),
            Level(
                "e^(w·x²)", "x w", _SMALL,
                [("u", SQUARE, "x"), ("v", PRODUCT, "w u"), ("L", EXP, "v")],
                "v u x",
            ),
            Level(
                "e^(p²) within a function", "x w", _SMALL,
                [
                    ("p", PRODUCT, "w x"), ("u", SQUARE, "p"), ("v", EXP, "u"), ("s", SUM, "v b"),
                    ("L", (EXP, RECIPROCAL, LOG, SQUARE), "s"),
                ],
                "v u p w", {"b": (0.5, 1.0, 2.0)},
            ),
        ),
    ),
    "many-paths": Kind(
        "sums over all paths",
        (
            Level(
                "two paths", "x w b", _WHOLE,
                [("u", PRODUCT, "w x"), ("v", SUM, "x b"), ("L", PRODUCT, "u v")],
                "u v w x",
            ),
            Level(
                "five paths", "x w", _WHOLE,
                [
                    ("u", PRODUCT, "w x"), ("v", PRODUCT, "u x"), ("s", SUM, "u v"),
                    ("L", PRODUCT, "s v"),
                ],
                "s v u x",
            ),
            Level(
                "six paths, one with a minus", "x w", _WHOLE,
                [
                    ("u", PRODUCT, "w x"), ("v", SQUARE, "u"), ("s", DIFFERENCE, "v x"),
                    ("t", PRODUCT, "s u"), ("L", SUM, "t v"),
                ],
                "t s v u x",
            ),
        ),
    ),
    "neuron": Kind(
        "a neuron and the square of its error",
        (
            _neuron("relu", RELU, _WHOLE, "a w1 w2"),
            _neuron("sigmoid", SIGMOID, _SMALL, "h a w1"),
            _neuron("tanh", TANH, _SMALL, "h a w1"),
        ),
    ),
    "network": Kind(
        "two layers",
        (
            Level(
                "2-2-1, relu", f"{_FIRST_LAYER} y", _WHOLE, [*_hidden(RELU), *_ERROR],
                "a21 h12 w212 w121", {"b21": 0.0},
            ),
            Level(
                "2-2-1, sigmoid", f"{_FIRST_LAYER} y", _SMALL, [*_hidden(SIGMOID), *_ERROR],
                "a21 h12 a12 w121", {"b21": 0.0},
            ),
            Level(
                "2-2-2, sigmoid, softmax, squared error", f"{_FIRST_LAYER} w221 w222", _SMALL,
                [*_hidden(SIGMOID), *_TWO_OUTPUTS],
                "ŷ1 a21 w212 h12 w121", {"b21": 0.0, "b22": 0.0, "y1": 1.0, "y2": 0.0},
            ),
        ),
    ),
    "softmax": Kind(
        "an output layer",
        (
            Level("cross entropy of logits", "a1 a2 a3", _SMALL, [_CROSS_ENTROPY], "a1 a2 a3"),
            Level(
                "softmax and squared error", "a1 a2 a3", _SMALL,
                [
                    *((f"ŷ{i + 1}", softmax(i), "a1 a2 a3") for i in range(3)),
                    ("L", SQUARED_ERROR, "ŷ1 ŷ2 ŷ3 y1 y2 y3"),
                ],
                "ŷ1 ŷ2 a1 a2", {"y1": 0.0, "y2": 1.0, "y3": 0.0},
            ),
            Level(
                "cross entropy, with weights", "x w1 w2 w3 b1 b2 b3", _SMALL,
                [*((f"a{i}", LINE, f"w{i} x b{i}") for i in (1, 2, 3)), _CROSS_ENTROPY],
                "a1 a2 w1 x",
            ),
        ),
    ),
    "over-time": Kind(
        "a weight that is used at each step",
        (
            _over_time("two steps, relu", 2, RELU, _WHOLE),
            _over_time("three steps, relu", 3, RELU, _WHOLE),
            _over_time("three steps, tanh", 3, TANH, _SMALL),
        ),
    ),
    "batch": Kind(
        "the mean over several examples",
        (
            _batch("two examples of a line", 2, _WHOLE),
            _batch("four examples of a line", 4, _WHOLE),
            _batch("four examples of a neuron", 4, _SMALL, is_neuron=True),
        ),
    ),
}  # fmt: skip
