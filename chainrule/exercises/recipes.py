"""Recipes: how a graph is computed, to be run here and to be written as Python for a key."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import autograd
from autograd import Value


class Form(NamedTuple):
    """An operation: what it does to Values, and how it is written in Python, by its operands."""

    value: Callable[..., Value]
    python: Callable[..., str]
    function: str = ""  # to be imported for it


def _written(template: str) -> Callable[..., str]:
    return lambda *operands: template.format(*operands)


def _function(name: str) -> Form:
    return Form(getattr(autograd, name), _written(f"{name}({{}})"), name)


def _halves(operands: Sequence[Any]) -> tuple[list[Any], list[Any]]:
    middle = len(operands) // 2
    return list(operands[:middle]), list(operands[middle:])


def _listed(operands: Sequence[str]) -> str:
    return f"[{', '.join(operands)}]"


def _mean_of_squares(*operands: Value) -> Value:
    return autograd.mean([each**2 for each in operands])


PRODUCT = Form(operator.mul, _written("{} * {}"))
SUM = Form(operator.add, _written("{} + {}"))
DIFFERENCE = Form(operator.sub, _written("{} - {}"))
SQUARE = Form(lambda x: x**2, _written("{} ** 2"))
RECIPROCAL = Form(lambda x: 1 / x, _written("1 / {}"))
LINE = Form(lambda w, x, b: w * x + b, _written("{} * {} + {}"))
RESIDUAL = Form(lambda w, x, b, y: w * x + b - y, _written("{} * {} + {} - {}"))
EXP, LOG, RELU, SIGMOID, TANH = map(_function, ("exp", "log", "relu", "sigmoid", "tanh"))
# The weights, as many inputs, and the bias.
NEURON = Form(
    lambda *o: autograd.dot(*_halves(o[:-1]), o[-1]),
    lambda *o: f"dot({', '.join(map(_listed, _halves(o[:-1])))}, {o[-1]})",
    "dot",
)
# The outputs, and as many targets.
SQUARED_ERROR = Form(
    lambda *o: autograd.squared_error(*_halves(o)),
    lambda *o: f"squared_error({', '.join(map(_listed, _halves(o)))})",
    "squared_error",
)
MEAN_OF_SQUARES = Form(
    _mean_of_squares, lambda *o: f"mean({_listed([f'{each} ** 2' for each in o])})", "mean"
)


def softmax(index: int) -> Form:
    """Return the output of a softmax at an index."""
    return Form(
        lambda *logits: autograd.softmax(logits)[index],
        lambda *logits: f"softmax({_listed(logits)})[{index}]",
        "softmax",
    )


def cross_entropy(true: int) -> Form:
    """Return the cross entropy of logits for the index of the true class."""
    return Form(
        lambda *logits: autograd.cross_entropy(logits, true),
        lambda *logits: f"cross_entropy({_listed(logits)}, {true})",
        "cross_entropy",
    )


class Step(NamedTuple):
    """A node that is computed: its label, how, and from which labels."""

    label: str
    form: Form
    operands: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Recipe:
    """A graph to be made: numbers for its leaves, the steps to its loss L, and what to ask about.

    ``asked`` are labels, those nearest to the loss first.
    """

    leaves: Mapping[str, float]
    steps: tuple[Step, ...]
    asked: tuple[str, ...]

    def nodes(self) -> dict[str, Value]:
        """Return the nodes of the graph by label, the loss L last."""
        nodes = {label: Value(number, label=label) for label, number in self.leaves.items()}
        for label, form, operands in self.steps:
            nodes[label] = form.value(*(nodes[operand] for operand in operands))
            nodes[label].label = label
        return nodes

    def python(self) -> str:
        """Return the program that makes the graph, whose variables are called as the nodes."""
        functions = sorted({step.form.function for step in self.steps} - {""})
        lines = [f"from autograd import {', '.join(['Value', *functions])}", ""]
        lines += [f"{label} = Value({number!r})" for label, number in self.leaves.items()]
        lines += [f"{label} = {form.python(*operands)}" for label, form, operands in self.steps]
        return "\n".join(lines) + "\n"
