"""How weights start: random, not so small that signals fade and not so large that they explode.

All draws are uniform: ``random.Random`` and a square root give the same bits on every platform,
whereas a normal draw goes through the platform's logarithm and cosine.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from random import Random
from typing import Literal, TypeAlias

from autograd.errors import did_you_mean
from nn.elsewhere import OF_INITIALISATIONS
from nn.errors import ConfigurationError

InitialisationName: TypeAlias = Literal["glorot", "he", "uniform"]
# (generator, number of inputs of a neuron, number of neurons in its layer) -> one weight
Initialisation: TypeAlias = Callable[[Random, int, int], float]


def he(generator: Random, n_inputs: int, n_outputs: int) -> float:
    """Draw a weight from U(-√(6/n), √(6/n)) for n inputs: variance 2/n, made for relu.

    Source: He et al., Delving Deep into Rectifiers (2015).

    Args:
        generator: where random numbers come from.
        n_inputs: how many inputs the layer has.
        n_outputs: how many neurons the layer has.

    >>> abs(he(Random(0), 6, 1)) <= 1
    True
    """
    return _uniform(generator, math.sqrt(6 / n_inputs))


def glorot(generator: Random, n_inputs: int, n_outputs: int) -> float:
    """Draw a weight from U(-√(6/(n+m)), √(6/(n+m))) for n inputs and m outputs of the layer.

    Its variance 2/(n+m) is made for tanh, sigmoid and linear layers.

    Source: Glorot and Bengio, Understanding the Difficulty of Training Deep Networks (2010).

    Args:
        generator: where random numbers come from.
        n_inputs: how many inputs the layer has.
        n_outputs: how many neurons the layer has.

    >>> abs(glorot(Random(0), 3, 3)) <= 1
    True
    """
    return _uniform(generator, math.sqrt(6 / (n_inputs + n_outputs)))


def uniform(generator: Random, n_inputs: int, n_outputs: int) -> float:
    """Draw a weight from U(-1, 1), whatever the sizes.

    Source: micrograd.

    Args:
        generator: where random numbers come from.
        n_inputs: how many inputs the layer has.
        n_outputs: how many neurons the layer has.

    >>> abs(uniform(Random(0), 100, 100)) <= 1
    True
    """
    return _uniform(generator, 1.0)


INITIALISATIONS: dict[str, Initialisation] = {"glorot": glorot, "he": he, "uniform": uniform}


def find(initialisation: InitialisationName | Initialisation) -> Initialisation:
    """Return the initialisation of a name; a function is returned as it is."""
    if not isinstance(initialisation, str):
        return initialisation
    if initialisation not in INITIALISATIONS:
        hint = did_you_mean(initialisation, INITIALISATIONS, OF_INITIALISATIONS)
        raise ConfigurationError(f"unknown initialisation {initialisation!r}{hint}")
    return INITIALISATIONS[initialisation]


def generator_of(seed: int | Random | None) -> Random:
    """Return a generator for a seed; a generator is returned as it is, None makes a fresh one."""
    return seed if isinstance(seed, Random) else Random(seed)


def _uniform(generator: Random, limit: float) -> float:
    return limit * (2.0 * generator.random() - 1.0)
