"""One engine on W2 or W3, in scalars or in arrays, in a process that measures when it is told to.

    python benchmarks/contestants.py numpy-by-hand W3

It reads commands line by line and answers each with a line of JSON; ``compiled.py`` sends them. The
libraries are imported when they are asked for, so micrograd's environment needs none of them.
"""

from __future__ import annotations

import argparse
import importlib
import json
import statistics
import sys
from collections.abc import Callable, Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass
from itertools import pairwise
from time import perf_counter
from typing import Any

from engines import ENGINES, with_deep_stack
from worker import peak_resident_bytes
from workloads import Problem, Task, digits_task, moons_task, on_digits, on_moons

RATE = 0.1  # of the gradient descent
PENALTY = 1e-4  # of W2, times the sum of the squares of all parameters
LEAST = 3  # steps of a turn

TASKS: dict[str, Callable[[], Task]] = {"W2": moons_task, "W3": digits_task}
PROBLEMS: dict[str, Callable[..., Problem]] = {"W2": on_moons, "W3": on_digits}


@dataclass(frozen=True)
class Contestant:
    """What is timed, and what is compared before that."""

    evaluate: Callable[[], Any]  # the loss and its gradient, on all examples
    step: Callable[[], Any]  # the same, and a step of gradient descent
    numbers: Callable[[], list[float]]  # the loss and its gradient, neuron by neuron


def scalars(name: str, workload: str, task: Task) -> Contestant:
    """Run an engine of scalars, ours or micrograd."""
    problem = PROBLEMS[workload](ENGINES[name].load(), task)

    def evaluate() -> float:
        loss = problem.forward()
        loss.backward()
        for p in problem.parameters:
            p.grad = 0.0
        value: float = loss.data
        return value

    def step() -> None:
        problem.forward().backward()
        problem.update()

    def numbers() -> list[float]:
        loss = problem.forward()
        loss.backward()
        found = [loss.data, *(p.grad for p in problem.parameters)]
        for p in problem.parameters:
            p.grad = 0.0
        return found

    return Contestant(evaluate, step, numbers)


def compiled(backend: str, workload: str, task: Task) -> Contestant:
    """Run what autograd.compile makes of the loss of one example."""
    import numpy as np
    from workloads import with_weights

    import autograd
    import nn

    model = with_weights(nn.MLP(task.sizes[0], task.sizes[1:]), task.weights)
    parameters = model.parameters()

    def margin(x: Any, y: Any) -> Any:
        penalty = PENALTY * autograd.dot(parameters, parameters)
        return nn.max_margin(model(x), y) + penalty

    def entropy(x: Any, y: Any) -> Any:
        return nn.cross_entropy(model(x), y)

    loss = margin if workload == "W2" else entropy
    run = autograd.compile(loss, batch=("x", "y"), backend=backend)
    x, y = np.array(task.inputs), np.array(task.targets)
    if backend == "jax":
        return _of_compiled_by_jax(run, x, y, parameters)
    if backend == "torch":
        torch = importlib.import_module("torch")
        x, y = torch.from_numpy(x), torch.from_numpy(y)
    return _of_compiled(lambda: run(x, y), run, parameters)


def compiled_whole(backend: str, workload: str, task: Task) -> Contestant:
    """Run what autograd.compile makes of the loss of all examples, recorded as one graph."""
    import autograd

    problem = PROBLEMS[workload](ENGINES["chainrule"].load(), task)
    run = autograd.compile(problem.forward, backend=backend)
    return _of_compiled(run, run, problem.parameters)


def _of_compiled(evaluate: Callable[[], Any], run: Any, parameters: Sequence[Any]) -> Contestant:
    vector: list[Any] = []

    def step() -> float:
        value, gradient = evaluate()
        if not vector:
            vector.append(run.parameters.flat)
        vector[0] -= RATE * gradient.flat
        return float(value)

    def numbers() -> list[float]:
        value, gradient = evaluate()
        run.store(gradient)
        return [float(value), *(p.grad for p in parameters)]

    return Contestant(evaluate, step, numbers)


def _of_compiled_by_jax(run: Any, x: Any, y: Any, parameters: Sequence[Any]) -> Contestant:
    """Wait for the results, as JAX computes in the background; its arrays can't be changed."""
    jax: Any = importlib.import_module("jax")
    jax.config.update("jax_enable_x64", True)
    x, y = jax.numpy.array(x), jax.numpy.array(y)

    def evaluate() -> Any:
        value, gradient = run(x, y)
        return float(value), jax.block_until_ready(gradient.flat)

    def step() -> float:
        value, gradient = evaluate()
        run.parameters.flat = jax.block_until_ready(run.parameters.flat - RATE * gradient)
        return float(value)

    def numbers() -> list[float]:
        value, gradient = run(x, y)
        run.store(gradient)
        return [float(value), *(p.grad for p in parameters)]

    return Contestant(evaluate, step, numbers)


def numpy_by_hand(_name: str, workload: str, task: Task) -> Contestant:
    """Run NumPy as a person writes it who has derived the gradient on paper."""
    import numpy as np

    def moons(x: Any, y: Any, W1: Any, b1: Any, W2: Any, b2: Any, W3: Any, b3: Any) -> Any:  # noqa: N803
        n = len(x)
        a1 = x @ W1.T + b1
        h1 = np.maximum(a1, 0.0)
        a2 = h1 @ W2.T + b2
        h2 = np.maximum(a2, 0.0)
        score = (h2 @ W3.T + b3)[:, 0]
        margin = 1.0 - y * score
        squares = sum((p * p).sum() for p in (W1, b1, W2, b2, W3, b3))
        loss = np.maximum(margin, 0.0).mean() + PENALTY * squares

        da3 = (-y * (margin > 0.0) / n)[:, None]
        dW3 = da3.T @ h2 + 2.0 * PENALTY * W3  # noqa: N806
        db3 = da3.sum(0) + 2.0 * PENALTY * b3
        da2 = da3 @ W3 * (a2 > 0.0)
        dW2 = da2.T @ h1 + 2.0 * PENALTY * W2  # noqa: N806
        db2 = da2.sum(0) + 2.0 * PENALTY * b2
        da1 = da2 @ W2 * (a1 > 0.0)
        dW1 = da1.T @ x + 2.0 * PENALTY * W1  # noqa: N806
        db1 = da1.sum(0) + 2.0 * PENALTY * b1
        return loss, (dW1, db1, dW2, db2, dW3, db3)

    def digits(x: Any, y: Any, W1: Any, b1: Any, W2: Any, b2: Any) -> Any:  # noqa: N803
        n = len(x)
        a1 = x @ W1.T + b1
        h1 = np.maximum(a1, 0.0)
        a2 = h1 @ W2.T + b2
        e = np.exp(a2 - a2.max(1, keepdims=True))
        yhat = e / e.sum(1, keepdims=True)
        loss = -np.log(yhat[np.arange(n), y]).mean()

        da2 = yhat
        da2[np.arange(n), y] -= 1.0
        da2 /= n
        dW2 = da2.T @ h1  # noqa: N806
        db2 = da2.sum(0)
        da1 = da2 @ W2 * (a1 > 0.0)
        dW1 = da1.T @ x  # noqa: N806
        db1 = da1.sum(0)
        return loss, (dW1, db1, dW2, db2)

    run = moons if workload == "W2" else digits
    x, y = np.array(task.inputs), np.array(task.targets)
    parameters = matrices(task)

    def evaluate() -> Any:
        return run(x, y, *parameters)

    def step() -> float:
        loss, gradients = run(x, y, *parameters)
        for p, gradient in zip(parameters, gradients, strict=True):
            p -= RATE * gradient
        return float(loss)

    def numbers() -> list[float]:
        loss, gradients = evaluate()
        return [float(loss), *neuron_by_neuron(gradients)]

    return Contestant(evaluate, step, numbers)


def torch_eager(_name: str, workload: str, task: Task) -> Contestant:
    """Run PyTorch without its compiler, in float64."""
    import torch

    x = torch.tensor(task.inputs, dtype=torch.float64)
    y = torch.tensor(task.targets, dtype=torch.float64 if workload == "W2" else torch.int64)
    parameters: list[Any] = [torch.tensor(p, requires_grad=True) for p in matrices(task)]
    optimiser = torch.optim.SGD(parameters, RATE)

    def forward() -> Any:
        h = x
        layers = list(zip(parameters[::2], parameters[1::2], strict=True))
        for i, (w, b) in enumerate(layers):
            h = torch.nn.functional.linear(h, w, b)
            if i < len(layers) - 1:
                h = torch.relu(h)
        if workload == "W3":
            return torch.nn.functional.cross_entropy(h, y)
        squares = sum((p * p).sum() for p in parameters)
        return torch.relu(1.0 - y * h[:, 0]).mean() + PENALTY * squares

    def evaluate() -> float:
        optimiser.zero_grad()
        loss = forward()
        loss.backward()
        return float(loss)

    def step() -> float:
        loss = evaluate()
        optimiser.step()
        return loss

    def numbers() -> list[float]:
        return [evaluate(), *neuron_by_neuron([p.grad.numpy() for p in parameters])]

    return Contestant(evaluate, step, numbers)


def jax_jit(_name: str, workload: str, task: Task) -> Contestant:
    """Run jax.jit, in float64 and on the CPU; the step of gradient descent is inside it."""
    jax: Any = importlib.import_module("jax")
    jnp: Any = importlib.import_module("jax.numpy")
    jax.config.update("jax_platforms", "cpu")
    jax.config.update("jax_enable_x64", True)
    x, y = jnp.array(task.inputs), jnp.array(task.targets)
    state = [[jnp.array(p) for p in matrices(task)]]

    def loss(parameters: Any, x: Any, y: Any) -> Any:
        h = x
        layers = list(zip(parameters[::2], parameters[1::2], strict=True))
        for i, (w, b) in enumerate(layers):
            h = h @ w.T + b
            if i < len(layers) - 1:
                h = jax.nn.relu(h)
        if workload == "W3":
            return -jnp.take_along_axis(jax.nn.log_softmax(h), y[:, None], 1).mean()
        squares = sum((p * p).sum() for p in parameters)
        return jax.nn.relu(1.0 - y * h[:, 0]).mean() + PENALTY * squares

    value_and_grad = jax.jit(jax.value_and_grad(loss))

    def one_step(parameters: Any, x: Any, y: Any) -> Any:
        value, gradients = jax.value_and_grad(loss)(parameters, x, y)
        return value, [p - RATE * g for p, g in zip(parameters, gradients, strict=True)]

    descend = jax.jit(one_step)

    def evaluate() -> Any:
        value, gradients = jax.block_until_ready(value_and_grad(state[0], x, y))
        return float(value), gradients

    def step() -> float:
        value, state[0] = jax.block_until_ready(descend(state[0], x, y))
        return float(value)

    def numbers() -> list[float]:
        value, gradients = evaluate()
        return [value, *neuron_by_neuron(gradients)]

    return Contestant(evaluate, step, numbers)


def matrices(task: Task) -> list[Any]:
    """Return W and b of each layer, in turn."""
    import numpy as np

    found: list[Any] = []
    rest = np.array(task.weights)
    for n, m in pairwise(task.sizes):
        neurons, rest = rest[: m * (n + 1)].reshape(m, n + 1), rest[m * (n + 1) :]
        found += [neurons[:, :n].copy(), neurons[:, n].copy()]
    return found


def neuron_by_neuron(arrays: Sequence[Any]) -> list[float]:
    """Return the entries of W and b of each layer in the order of a model's parameters."""
    import numpy as np

    found: list[float] = []
    for w, b in zip(arrays[::2], arrays[1::2], strict=True):
        found += np.column_stack([w, b]).ravel().tolist()
    return found


@dataclass(frozen=True)
class Entry:
    """An engine as the table lists it; ``name`` says more to ``make``: a backend, an engine."""

    title: str
    make: Callable[[str, str, Task], Contestant]
    name: str = ""
    library: str | None = "numpy"  # without which it is left out; None: in its own environment
    is_compiled: bool = False


CONTESTANTS: dict[str, Entry] = {
    "numpy-by-hand": Entry("NumPy by hand", numpy_by_hand),
    "eager": Entry("chainrule, eager", scalars, "chainrule"),
    "numpy": Entry("chainrule, compiled: numpy", compiled, "numpy", "numpy", True),
    "numba": Entry("chainrule, compiled: numba", compiled, "numba", "numba", True),
    "jax": Entry("chainrule, compiled: jax", compiled, "jax", "jax", True),
    "torch": Entry("chainrule, compiled: torch", compiled, "torch", "torch", True),
    "whole": Entry("chainrule, one graph of all", compiled_whole, "numpy", "numpy", True),
    "torch-eager": Entry("PyTorch, eager", torch_eager, "", "torch"),
    "jax-jit": Entry("JAX, jit", jax_jit, "", "jax"),
    "micrograd": Entry("micrograd", scalars, "micrograd", None),
}


def turn(contestant: Contestant, seconds: float) -> dict[str, float]:
    """Return the medians, in seconds, of as many evaluations and steps as there is time for."""
    medians = {}
    for what in ("evaluate", "step"):
        run: Callable[[], Any] = getattr(contestant, what)
        run()
        times: list[float] = []
        begin = perf_counter()
        while len(times) < LEAST or perf_counter() - begin < seconds / 2:
            t0 = perf_counter()
            run()
            times.append(perf_counter() - t0)
        medians[what] = statistics.median(times)
    return medians


class Server:
    """Answers the commands."""

    def __init__(self, entry: Entry, workload: str) -> None:
        self.entry, self.workload, self.task = entry, workload, TASKS[workload]()
        self.contestant = entry.make(entry.name, workload, self.task)

    def first(self) -> dict[str, float]:
        """Return how long the first evaluation takes, and the bytes that the process grows by."""
        before = peak_resident_bytes()
        begin = perf_counter()
        self.contestant.evaluate()
        seconds = perf_counter() - begin
        peak = peak_resident_bytes()
        return {"first": seconds, "growth": peak - before, "process": peak}

    def check(self) -> dict[str, list[float]]:
        """Return the losses and gradients before and after a step."""
        before = self.contestant.numbers()
        self.contestant.step()
        return {"numbers": before + self.contestant.numbers()}

    def compile(self) -> dict[str, float]:
        """Return the median time in which a loss is recorded, lifted and evaluated once."""
        times = []
        for _ in range(5):
            fresh = self.entry.make(self.entry.name, self.workload, self.task)
            begin = perf_counter()
            fresh.evaluate()
            times.append(perf_counter() - begin)
        return {"compile": statistics.median(times)}

    def turn(self, seconds: str) -> dict[str, float]:
        """Return the medians of a turn."""
        return turn(self.contestant, float(seconds))


def main() -> None:
    """Answer commands until there are no more."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("engine", choices=CONTESTANTS)
    parser.add_argument("workload", choices=TASKS)
    arguments = parser.parse_args()
    answers = sys.stdout
    with redirect_stdout(sys.stderr):  # what a library prints is no answer
        server = Server(CONTESTANTS[arguments.engine], arguments.workload)
        for line in sys.stdin:
            command, *words = line.split()
            print(json.dumps(getattr(server, command)(*words)), file=answers, flush=True)


if __name__ == "__main__":
    with_deep_stack(main)
