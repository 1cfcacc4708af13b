"""Activation functions by name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import autograd
from autograd import Value
from autograd.errors import did_you_mean
from nn.errors import ConfigurationError


@dataclass(frozen=True, slots=True)
class Activation:
    """h = g(a): the function g, what it is called, and how weights before it should start.

    The function maps one Value to one; with ``of_layer`` it maps the list of a layer's
    pre-activations to a list, as softmax does. ``None`` is the identity: it adds no node.
    """

    name: str
    function: Callable[[Any], Any] | None
    initialisation: str = "glorot"
    of_layer: bool = False


ACTIVATIONS: dict[str, Activation] = {
    activation.name: activation
    for activation in (
        Activation("linear", None),
        Activation("relu", Value.relu, "he"),  # the method is quicker than the function
        Activation("leaky_relu", autograd.leaky_relu, "he"),
        Activation("elu", autograd.elu, "he"),
        Activation("selu", autograd.selu, "he"),
        Activation("gelu", autograd.gelu, "he"),
        Activation("silu", autograd.silu, "he"),
        Activation("softplus", autograd.softplus, "he"),
        Activation("sigmoid", autograd.sigmoid),
        Activation("logsigmoid", autograd.logsigmoid),
        Activation("tanh", autograd.tanh),
        Activation("sin", autograd.sin),
        Activation("softmax", autograd.softmax, of_layer=True),
        Activation("log_softmax", autograd.log_softmax, of_layer=True),
    )
}


def find(activation: str | Callable[[Any], Any]) -> Activation:
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
            hint = did_you_mean(activation, ACTIVATIONS)
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
