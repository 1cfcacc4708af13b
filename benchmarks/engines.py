"""The engines under test: what a workload needs to know of each, and nothing else.

A style is how a user writes a network with the engine: in scalars, where only the import differs
from engine to engine, or with this project's functions and ``nn``. The project runs in both.
"""

from __future__ import annotations

import importlib
import math
import sys
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

# All scripts import this module first: they measure their own checkout, installed or not.
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))


@dataclass(frozen=True)
class Engine:
    """A class of Values and the functions its users build networks with."""

    Value: Any
    dot: Callable[..., Any]  # dot(weights, inputs) and dot(weights, inputs, bias)
    mean: Callable[[Sequence[Any]], Any]
    softmax: Callable[[Sequence[Any]], list[Any]]
    cross_entropy: Callable[[Sequence[Any], int], Any]
    mlp: Callable[[int, Sequence[int]], Any]  # has parameters(); called with a row of numbers
    max_margin: Callable[[Any, float], Any]  # max(0, 1 - y·score) of one example
    descend: Callable[[list[Any], float], Callable[[], None]]  # gradient descent, and zero_grad


def scalar_style(value: Any) -> Engine:
    """Return the functions as users of a scalar engine write them, out of + * ** exp log relu."""

    def dot(weights: Sequence[Any], inputs: Sequence[Any], bias: Any = 0.0) -> Any:
        return sum((w * x for w, x in zip(weights, inputs, strict=True)), bias)

    def mean(values: Sequence[Any]) -> Any:
        return sum(values) * (1.0 / len(values))

    def softmax(logits: Sequence[Any]) -> list[Any]:
        largest = max(logit.data for logit in logits)
        exponentials = [(logit - largest).exp() for logit in logits]
        total = sum(exponentials)
        return [e / total for e in exponentials]

    def cross_entropy(logits: Sequence[Any], target: int) -> Any:
        return -softmax(logits)[target].log()

    def max_margin(score: Any, label: float) -> Any:
        return (1 + -label * score).relu()

    def descend(parameters: list[Any], learning_rate: float) -> Callable[[], None]:
        def step() -> None:
            for p in parameters:
                p.data -= learning_rate * p.grad
                p.grad = 0.0

        return step

    class MLP:
        """Micrograd's: one chain of additions per neuron, relu on all layers but the last."""

        def __init__(self, inputs: int, outputs: Sequence[int]) -> None:
            sizes = [inputs, *outputs]
            self.layers = [
                [([value(0.0) for _ in range(n)], value(0.0)) for _ in range(m)]
                for n, m in zip(sizes, outputs, strict=False)
            ]

        def parameters(self) -> list[Any]:
            return [p for layer in self.layers for weights, bias in layer for p in (*weights, bias)]

        def __call__(self, row: Sequence[float]) -> Any:
            h = [value(x) for x in row]
            for layer in self.layers:
                a = [dot(weights, h, bias) for weights, bias in layer]
                h = a if layer is self.layers[-1] else [ai.relu() for ai in a]
            return h[0] if len(h) == 1 else h

    return Engine(value, dot, mean, softmax, cross_entropy, MLP, max_margin, descend)


def chainrule() -> Engine:
    """Return this project as its users write it: n-ary nodes and ``nn``."""
    import autograd
    import nn

    def descend(parameters: list[Any], learning_rate: float) -> Callable[[], None]:
        optimiser = nn.SGD(parameters, learning_rate)

        def step() -> None:
            optimiser.step()
            optimiser.zero_grad()

        return step

    return Engine(
        autograd.Value,
        autograd.dot,
        autograd.mean,
        autograd.softmax,
        nn.cross_entropy,
        nn.MLP,
        nn.max_margin,
        descend,
    )


def chainrule_scalars() -> Engine:
    """Return this project with nothing but the import changed."""
    return scalar_style(importlib.import_module("autograd").Value)


def slots_and_tuples() -> Engine:
    """Return the yardstick."""
    return scalar_style(importlib.import_module("slots_and_tuples").Value)


def micrograd() -> Engine:
    """Return micrograd 0.1.0 with the two functions that its users add to it."""
    value: Any = importlib.import_module("micrograd.engine").Value

    def exp(self: Any) -> Any:
        out = value(math.exp(self.data), (self,), "exp")

        def _backward() -> None:
            self.grad += out.data * out.grad

        out._backward = _backward
        return out

    def log(self: Any) -> Any:
        out = value(math.log(self.data), (self,), "log")

        def _backward() -> None:
            self.grad += out.grad / self.data

        out._backward = _backward
        return out

    value.exp, value.log = exp, log
    return scalar_style(value)


@dataclass(frozen=True)
class Entry:
    """An engine as the table lists it, before it is imported."""

    load: Callable[[], Engine]
    title: str
    requirement: str | None = None  # what pip installs, in an environment of its own
    longest_chain: int = 1_000_000


ENGINES: dict[str, Entry] = {
    "chainrule": Entry(chainrule, "chainrule"),
    "chainrule-scalars": Entry(chainrule_scalars, "chainrule,\nimport only"),
    "slots-and-tuples": Entry(slots_and_tuples, "slots and\ntuples"),
    "micrograd": Entry(micrograd, "micrograd", "micrograd==0.1.0", longest_chain=100_000),
}


def with_deep_stack(main: Callable[[], None]) -> None:
    """Run a program in a new thread, the only one to have the stack of recursive engines."""
    sys.setrecursionlimit(10_000_000)
    threading.stack_size(512 * 1024 * 1024)
    thread = threading.Thread(target=main)
    thread.start()
    thread.join()
