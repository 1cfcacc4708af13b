"""The kinds of exercises: for each level the recipe of a graph, with numbers drawn by chance."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from random import Random
from typing import NamedTuple

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


class Kind(NamedTuple):
    """A kind of exercise: what it is about, what each level is, and a recipe for a level."""

    about: str
    levels: tuple[str, str, str]
    recipe: Callable[[Random, int], Recipe]


def _leaves(random: Random, labels: str, numbers: Sequence[float]) -> dict[str, float]:
    """Draw a number for each label, all different."""
    names = labels.split()
    return dict(zip(names, random.sample(numbers, len(names)), strict=True))


def _steps(*steps: tuple[str, Form, str]) -> tuple[Step, ...]:
    return tuple(Step(label, form, tuple(operands.split())) for label, form, operands in steps)


def _one_path(random: Random, level: int) -> Recipe:
    if level == 1:
        steps = _steps(("u", LINE, "w x b"), ("L", SQUARE, "u"))
        return Recipe(_leaves(random, "x w b", _WHOLE), steps, ("u", "w", "x"))
    if level == 2:
        steps = _steps(("u", SQUARE, "x"), ("v", PRODUCT, "w u"), ("L", EXP, "v"))
        return Recipe(_leaves(random, "x w", _SMALL), steps, ("v", "u", "x"))
    outer = random.choice((EXP, RECIPROCAL, LOG, SQUARE))
    steps = _steps(
        ("p", PRODUCT, "w x"), ("u", SQUARE, "p"), ("v", EXP, "u"), ("s", SUM, "v b"),
        ("L", outer, "s"),
    )  # fmt: skip
    leaves = _leaves(random, "x w", _SMALL) | {"b": random.choice((0.5, 1.0, 2.0))}
    return Recipe(leaves, steps, ("v", "u", "p", "w"))


def _many_paths(random: Random, level: int) -> Recipe:
    if level == 1:
        steps = _steps(("u", PRODUCT, "w x"), ("v", SUM, "x b"), ("L", PRODUCT, "u v"))
        return Recipe(_leaves(random, "x w b", _WHOLE), steps, ("u", "v", "w", "x"))
    if level == 2:
        steps = _steps(
            ("u", PRODUCT, "w x"), ("v", PRODUCT, "u x"), ("s", SUM, "u v"), ("L", PRODUCT, "s v")
        )
        return Recipe(_leaves(random, "x w", _WHOLE), steps, ("s", "v", "u", "x"))
    steps = _steps(
        ("u", PRODUCT, "w x"), ("v", SQUARE, "u"), ("s", DIFFERENCE, "v x"),
        ("t", PRODUCT, "s u"), ("L", SUM, "t v"),
    )  # fmt: skip
    return Recipe(_leaves(random, "x w", _WHOLE), steps, ("t", "s", "v", "u", "x"))


def _neuron(random: Random, level: int) -> Recipe:
    activation = (RELU, SIGMOID, TANH)[level - 1]
    steps = _steps(
        ("a", NEURON, "w1 w2 x1 x2 b"), ("h", activation, "a"), ("e", DIFFERENCE, "h y"),
        ("L", SQUARE, "e"),
    )  # fmt: skip
    numbers = _WHOLE if activation is RELU else _SMALL
    leaves = _leaves(random, "x1 x2 w1 w2 b y", numbers)
    # The slope of a relu is 1: ∂L/∂a would be ∂L/∂h once more.
    return Recipe(leaves, steps, ("a", "w1", "w2") if level == 1 else ("h", "a", "w1"))


def _network(random: Random, level: int) -> Recipe:
    activation = RELU if level == 1 else SIGMOID
    numbers = _WHOLE if level == 1 else _SMALL
    layer = "x1 x2 w111 w112 w121 w122 b11 b12 w211 w212"
    hidden = (
        ("a11", NEURON, "w111 w112 x1 x2 b11"), ("a12", NEURON, "w121 w122 x1 x2 b12"),
        ("h11", activation, "a11"), ("h12", activation, "a12"),
        ("a21", NEURON, "w211 w212 h11 h12 b21"),
    )  # fmt: skip
    if level < 3:
        steps = _steps(*hidden, ("e", DIFFERENCE, "a21 y"), ("L", SQUARE, "e"))
        leaves = _leaves(random, f"{layer} y", numbers) | {"b21": 0.0}
        # The slope of a relu is 1: ∂L/∂a12 would be ∂L/∂h12 once more.
        return Recipe(leaves, steps, ("a21", "h12", "w212" if level == 1 else "a12", "w121"))
    outputs = (
        ("a22", NEURON, "w221 w222 h11 h12 b22"),
        ("ŷ1", softmax(0), "a21 a22"), ("ŷ2", softmax(1), "a21 a22"),
        ("L", SQUARED_ERROR, "ŷ1 ŷ2 y1 y2"),
    )  # fmt: skip
    leaves = _leaves(random, f"{layer} w221 w222", numbers)
    leaves |= {"b21": 0.0, "b22": 0.0, "y1": 1.0, "y2": 0.0}
    asked = ("ŷ1", "a21", "w212", "h12", "w121")
    return Recipe(leaves, _steps(*hidden, *outputs), asked)


def _softmax(random: Random, level: int) -> Recipe:
    if level == 1:
        true = random.randrange(3)
        steps = _steps(("L", cross_entropy(true), "a1 a2 a3"))
        return Recipe(_leaves(random, "a1 a2 a3", _SMALL), steps, ("a1", "a2", "a3"))
    if level == 2:
        steps = _steps(
            *((f"ŷ{i + 1}", softmax(i), "a1 a2 a3") for i in range(3)),
            ("L", SQUARED_ERROR, "ŷ1 ŷ2 ŷ3 y1 y2 y3"),
        )
        leaves = _leaves(random, "a1 a2 a3", _SMALL) | {"y1": 0.0, "y2": 1.0, "y3": 0.0}
        return Recipe(leaves, steps, ("ŷ1", "ŷ2", "a1", "a2"))
    steps = _steps(
        ("a1", LINE, "w1 x b1"), ("a2", LINE, "w2 x b2"), ("a3", LINE, "w3 x b3"),
        ("L", cross_entropy(random.randrange(3)), "a1 a2 a3"),
    )  # fmt: skip
    leaves = _leaves(random, "x w1 w2 w3 b1 b2 b3", _SMALL)
    return Recipe(leaves, steps, ("a1", "a2", "w1", "x"))


def _over_time(random: Random, level: int) -> Recipe:
    times = 2 if level == 1 else 3
    steps: list[tuple[str, Form, str]] = []
    for t in range(1, times + 1):
        steps.append((f"a{t}", LINE, f"w h{t - 1} x{t}"))
        steps.append((f"h{t}", TANH if level == 3 else RELU, f"a{t}"))
    steps += [("e", DIFFERENCE, f"h{times} y"), ("L", SQUARE, "e")]
    inputs = " ".join(f"x{t}" for t in range(1, times + 1))
    leaves = _leaves(random, f"w h0 {inputs} y", _SMALL if level == 3 else _WHOLE)
    asked = (f"h{times}", *(f"h{t}" for t in range(times - 1, 0, -1)), "w")
    return Recipe(leaves, _steps(*steps), asked)


def _batch(random: Random, level: int) -> Recipe:
    examples = range(1, 3 if level == 1 else 5)
    numbers = _WHOLE if level < 3 else _SMALL
    data = " ".join(f"x{i} y{i}" for i in examples)
    errors = " ".join(f"e{i}" for i in examples)
    leaves = _leaves(random, f"w b {data}", numbers)
    steps: list[tuple[str, Form, str]] = []
    for i in examples:
        if level < 3:
            steps.append((f"e{i}", RESIDUAL, f"w x{i} b y{i}"))
        else:
            steps.append((f"a{i}", LINE, f"w x{i} b"))
            steps.append((f"h{i}", SIGMOID, f"a{i}"))
            steps.append((f"e{i}", DIFFERENCE, f"h{i} y{i}"))
    steps.append(("L", MEAN_OF_SQUARES, errors))
    return Recipe(leaves, _steps(*steps), ("e1", "e2", "w", "b"))


KINDS: Mapping[str, Kind] = {
    "one-path": Kind(
        "the chain rule along a chain",
        ("a square of a line", "e^(w·x²)", "e^(p²) within a function"),
        _one_path,
    ),
    "many-paths": Kind(
        "sums over all paths",
        ("two paths", "five paths", "six paths, one with a minus"),
        _many_paths,
    ),
    "neuron": Kind("a neuron and the square of its error", ("relu", "sigmoid", "tanh"), _neuron),
    "network": Kind(
        "two layers",
        ("2-2-1, relu", "2-2-1, sigmoid", "2-2-2, sigmoid, softmax, squared error"),
        _network,
    ),
    "softmax": Kind(
        "an output layer",
        ("cross entropy of logits", "softmax and squared error", "cross entropy, with weights"),
        _softmax,
    ),
    "over-time": Kind(
        "a weight that is used at each step",
        ("two steps, relu", "three steps, relu", "three steps, tanh"),
        _over_time,
    ),
    "batch": Kind(
        "the mean over several examples",
        ("two examples of a line", "four examples of a line", "four examples of a neuron"),
        _batch,
    ),
}
