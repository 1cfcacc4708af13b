"""Weights start where they should, and at the same place for the same seed."""

import math
import statistics
from random import Random

import pytest

from nn import MLP, ConfigurationError, Layer, Neuron, initialisation


def weights_of(layer):
    return [weight.data for neuron in layer.neurons for weight in neuron.weights]


@pytest.mark.parametrize(
    ("name", "limit"),
    [("he", math.sqrt(6 / 50)), ("glorot", math.sqrt(6 / 90)), ("uniform", 1.0)],
)
def test_weights_are_uniform_within_their_limit(name, limit):
    weights = weights_of(Layer(50, 40, initialisation=name, seed=0))
    assert max(map(abs, weights)) <= limit
    assert max(map(abs, weights)) > 0.99 * limit
    assert statistics.fmean(weights) == pytest.approx(0.0, abs=0.05 * limit)
    assert statistics.pvariance(weights) == pytest.approx(limit**2 / 3, rel=0.05)


@pytest.mark.parametrize(
    ("activation", "name"),
    [("relu", "glorot"), ("gelu", "glorot"), ("tanh", "glorot"), ("sigmoid", "glorot"),
     ("softmax", "glorot"), ("linear", "glorot")],
)  # fmt: skip
def test_the_default_goes_by_the_activation(activation, name):
    default = Layer(3, 5, activation, seed=0)
    assert weights_of(default) == weights_of(Layer(3, 5, activation, initialisation=name, seed=0))


def test_biases_start_at_zero():
    assert all(neuron.bias.data == 0.0 for neuron in Layer(2, 3, initialisation="uniform").neurons)


def test_one_seed_gives_the_same_weights_everywhere():
    # Frozen: Python keeps the sequence of random.Random, and nothing else here can differ.
    assert [w.data for w in Neuron(3, initialisation="uniform", seed=1).weights] == [
        2 * Random(1).random() - 1,
        0.6948674738744653,
        0.5275492379532281,
    ]


def test_a_generator_is_drawn_from_and_a_seed_is_not_shared():
    generator = Random(5)
    first, second = Neuron(4, seed=generator), Neuron(4, seed=generator)
    assert first.state_dict() != second.state_dict()
    assert first.state_dict() == Neuron(4, seed=5).state_dict()
    assert MLP(2, [2]).state_dict() != MLP(2, [2]).state_dict()


def test_a_function_draws_the_weights():
    model = MLP(2, [3], 1, initialisation=lambda generator, n, m: 10.0 * n + m)
    assert weights_of(model.layers[0]) == [23.0] * 6
    assert weights_of(model.layers[1]) == [31.0] * 3


def test_an_unknown_name_is_an_error():
    with pytest.raises(ConfigurationError, match=r"unknown initialisation 'zeros'; it must be"):
        Neuron(2, initialisation="zeros")
    with pytest.raises(ConfigurationError, match=r"'glorott'; did you mean 'glorot'\?"):
        initialisation.find("glorott")
