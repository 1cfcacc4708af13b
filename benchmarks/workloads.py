"""The workloads W1 to W5, each written once, for any engine.

A workload makes a problem: a loss to build, parameters whose gradients it has, an update. All
numbers come from Python's generator with a fixed seed, so every engine gets the same ones.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
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


@dataclass(frozen=True)
class Task:
    """What W2 and W3 train: a network with its first weights, neuron by neuron, on examples."""

    inputs: list[list[float]]
    targets: list[Any]
    sizes: list[int]  # of the input and of each layer
    weights: list[float]


def moons_task(points: int = 100, hidden: Sequence[int] = (16, 16)) -> Task:
    """Return noisy points on two moons, labelled -1 and 1."""
    generator = random.Random(2)
    inputs: list[list[float]] = []
    labels: list[float] = []
    for i in range(points):
        angle = math.pi * (i // 2) / (points // 2 - 1)
        x, y = math.cos(angle), math.sin(angle)
        if i % 2:
            x, y = 1.0 - x, 0.5 - y
        inputs.append([x + generator.gauss(0.0, 0.1), y + generator.gauss(0.0, 0.1)])
        labels.append(1.0 if i % 2 else -1.0)
    sizes = [2, *hidden, 1]
    return Task(inputs, labels, sizes, weights(sizes, generator))


def moons(engine: Engine, _size: int) -> Problem:
    """W2: micrograd's demo, two moons of 50 noisy points, max-margin loss and an L2 penalty."""
    return on_moons(engine, moons_task())


def on_moons(engine: Engine, task: Task) -> Problem:
    """Return W2 on other points or with another network."""
    model = with_weights(engine.mlp(task.sizes[0], task.sizes[1:]), task.weights)
    parameters = model.parameters()

    def forward() -> Any:
        examples = zip(task.inputs, task.targets, strict=True)
        losses = [engine.max_margin(model(x), y) for x, y in examples]
        return engine.mean(losses) + 1e-4 * engine.dot(parameters, parameters)

    return Problem(forward, parameters, engine.descend(parameters, 0.1))


def digits_task(pictures: int = 32, hidden: Sequence[int] = (32,)) -> Task:
    """Return pictures of 8 by 8: a prototype for each digit, and noise."""
    generator = random.Random(3)
    prototypes = [[generator.random() for _ in range(64)] for _ in range(10)]
    targets = [generator.randrange(10) for _ in range(pictures)]
    inputs = [
        [min(1.0, max(0.0, pixel + generator.gauss(0.0, 0.2))) for pixel in prototypes[target]]
        for target in targets
    ]
    sizes = [64, *hidden, 10]
    return Task(inputs, targets, sizes, weights(sizes, generator))


def digits(engine: Engine, _size: int) -> Problem:
    """W3: a batch of 32 pictures of 8 by 8, a noisy prototype for each digit, cross entropy."""
    return on_digits(engine, digits_task())


def on_digits(engine: Engine, task: Task) -> Problem:
    """Return W3 on other pictures or with another network."""
    model = with_weights(engine.mlp(task.sizes[0], task.sizes[1:]), task.weights)
    parameters = model.parameters()

    def forward() -> Any:
        examples = zip(task.inputs, task.targets, strict=True)
        losses = [engine.cross_entropy(model(x), y) for x, y in examples]
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


def weights(sizes: Sequence[int], generator: random.Random) -> list[float]:
    """Return the numbers that a network of these sizes starts from."""
    n_weights = sum((n + 1) * m for n, m in pairwise(sizes))
    return [generator.uniform(-0.5, 0.5) for _ in range(n_weights)]


def with_weights(model: Any, numbers: Sequence[float]) -> Any:
    """Set the parameters, neuron by neuron, to the same numbers for every engine."""
    for p, number in zip(model.parameters(), numbers, strict=True):
        p.data = number
    return model


WORKLOADS: dict[str, Callable[[Engine, int], Problem]] = {
    "W1": chain,
    "W2": moons,
    "W3": digits,
    "W4": language_model,
    "W5": dot_product,
}
