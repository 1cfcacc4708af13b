"""The workloads W1 to W5, each written once, for any engine.

A workload makes a problem: a loss to build, parameters whose gradients it has, an update. All
numbers come from Python's generator with a fixed seed, so every engine gets the same ones.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from engines import Engine
from gpt import GPT, NAME, Adam


@dataclass(frozen=True)
class Problem:
    """One training step in its parts."""

    forward: Callable[[], Any]  # builds the graph and returns the loss
    parameters: list[Any]
    update: Callable[[], None]  # changes the parameters and clears their gradients


def clear(parameters: list[Any]) -> Callable[[], None]:
    """Return an update that clears the gradients and changes nothing."""

    def update() -> None:
        for p in parameters:
            p.grad = 0.0

    return update


def chain(engine: Engine, nodes: int) -> Problem:
    """W1: y = y·b + c again and again, two nodes each time."""
    start, b, c = parameters = [engine.Value(x) for x in (1.0, 0.9999, 0.0002)]

    def forward() -> Any:
        y = start
        for _ in range(nodes // 2):
            y = y * b + c
        return y

    return Problem(forward, parameters, clear(parameters))


def moons(engine: Engine, _size: int) -> Problem:
    """W2: micrograd's demo, two moons of 50 noisy points, max-margin loss and an L2 penalty."""
    generator = random.Random(2)
    points: list[list[float]] = []
    labels: list[float] = []
    for i in range(100):
        angle = math.pi * (i // 2) / 49
        x, y = math.cos(angle), math.sin(angle)
        if i % 2:
            x, y = 1.0 - x, 0.5 - y
        points.append([x + generator.gauss(0.0, 0.1), y + generator.gauss(0.0, 0.1)])
        labels.append(1.0 if i % 2 else -1.0)
    model = with_weights(engine.mlp(2, [16, 16, 1]), generator)
    parameters = model.parameters()

    def forward() -> Any:
        losses = [engine.max_margin(model(x), y) for x, y in zip(points, labels, strict=True)]
        return engine.mean(losses) + 1e-4 * engine.dot(parameters, parameters)

    return Problem(forward, parameters, engine.descend(parameters, 0.1))


def digits(engine: Engine, _size: int) -> Problem:
    """W3: a batch of 32 pictures of 8 by 8, a noisy prototype for each digit, cross entropy."""
    generator = random.Random(3)
    prototypes = [[generator.random() for _ in range(64)] for _ in range(10)]
    targets = [generator.randrange(10) for _ in range(32)]
    pictures = [
        [min(1.0, max(0.0, pixel + generator.gauss(0.0, 0.2))) for pixel in prototypes[target]]
        for target in targets
    ]
    model = with_weights(engine.mlp(64, [32, 10]), generator)
    parameters = model.parameters()

    def forward() -> Any:
        losses = [engine.cross_entropy(model(x), y) for x, y in zip(pictures, targets, strict=True)]
        return engine.mean(losses)

    return Problem(forward, parameters, engine.descend(parameters, 0.1))


def language_model(engine: Engine, _size: int) -> Problem:
    """W4: a small GPT on a name of 7 letters, the same at every step so that all cost the same."""
    model = GPT(engine)
    parameters = model.parameters()
    return Problem(lambda: model.loss(NAME), parameters, Adam(parameters).step)


def dot_product(engine: Engine, size: int) -> Problem:
    """W5: the dot product of two long vectors."""
    generator = random.Random(5)
    a = [engine.Value(generator.uniform(-1.0, 1.0)) for _ in range(size)]
    b = [engine.Value(generator.uniform(-1.0, 1.0)) for _ in range(size)]
    return Problem(lambda: engine.dot(a, b), a + b, clear(a + b))


def with_weights(model: Any, generator: random.Random) -> Any:
    """Set the parameters, neuron by neuron, to the same numbers for every engine."""
    for p in model.parameters():
        p.data = generator.uniform(-0.5, 0.5)
    return model


WORKLOADS: dict[str, Callable[[Engine, int], Problem]] = {
    "W1": chain,
    "W2": moons,
    "W3": digits,
    "W4": language_model,
    "W5": dot_product,
}
