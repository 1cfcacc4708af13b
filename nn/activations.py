"""Activation functions by name."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import autograd
from autograd import Value, ops
from autograd.errors import did_you_mean
from autograd.ops import TABLE, Primitive
from nn.elsewhere import OF_ACTIVATIONS
from nn.errors import ConfigurationError
from nn.initialisation import InitialisationName

# The names are those of the table of ops: `make generated` writes them.
ActivationName: TypeAlias = Literal[
    "linear",
    "relu",
    "selu",
    "gelu",
    "silu",
    "sigmoid",
    "logsigmoid",
    "softplus",
    "mish",
    "leaky_relu",
    "elu",
    "softmax",
    "log_softmax",
    "sin",
    "tanh",
]
ActivationLike: TypeAlias = ActivationName | Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class Activation:
    """h = g(a): the function g, what it is called, and how weights before it should start.

    The function maps one Value to one; with ``of_layer`` it maps the list of a layer's
    pre-activations to a list, as softmax does. ``None`` is the identity: it adds no node.
    """

    name: str
    function: Callable[[Any], Any] | None
    initialisation: InitialisationName = "glorot"
    of_layer: bool = False
    op: Primitive | None = None  # its record, if it is of the table


def _of_table() -> Iterator[Activation]:
    for op in TABLE.values():
        if op.activation:
            # The method is quicker than the function where it is written out, as relu is.
            function = Value.relu if op is ops.relu else op
            yield Activation(op.name, function, op.activation, of_layer=op.chooses, op=op)


# All ops of the table that say they are activations.
ACTIVATIONS: dict[str, Activation] = {
    activation.name: activation for activation in (Activation("linear", None), *_of_table())
}


def op_of(function: Callable[[Any], Any] | None) -> Primitive | None:
    """Return the op that an activation function is; None for one of other Python code."""
    known = [each.op for each in ACTIVATIONS.values() if function and each.function is function]
    return known[0] if known else function.record if isinstance(function, Primitive) else None


def find(activation: ActivationLike) -> Activation:
    """Return the activation of a name or of a function.

    Raises:
        ConfigurationError: if there is none of that name.

    >>> find("tahn")
    Traceback (most recent call last):
        ...
    nn.errors.ConfigurationError: unknown activation 'tahn'; did you mean 'tanh'?
    """
    if isinstance(activation, str):
        if activation not in ACTIVATIONS:
            hint = did_you_mean(activation, ACTIVATIONS, OF_ACTIVATIONS)
            raise ConfigurationError(f"unknown activation {activation!r}{hint}")
        return ACTIVATIONS[activation]
    if not callable(activation):
        raise ConfigurationError(
            f"an activation must be a name or a function, not {activation!r}; names are "
            f"{', '.join(map(repr, ACTIVATIONS))}"
        )
    name = getattr(activation, "__name__", type(activation).__name__)
    known = ACTIVATIONS.get(name)
    if known and activation in (known.function, getattr(autograd, name, None)):
        return known
    return Activation(name, activation)
