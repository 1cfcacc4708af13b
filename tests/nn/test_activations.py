"""Activations are found by name and by function."""

import math

import pytest

import autograd
from autograd import Value
from nn import MLP, ConfigurationError, Layer, Neuron, activations


@pytest.mark.parametrize("name", [n for n, g in activations.ACTIVATIONS.items() if not g.of_layer])
def test_an_activation_is_the_function_of_its_name(name):
    neuron = Neuron(1, name)
    neuron.load_state_dict({"weights.0": 1.0, "bias": 0.0})
    for x in (-1.5, 0.0, 2.0):
        expected = x if name == "linear" else getattr(autograd, name)(x)
        assert neuron([x]).data == expected


def test_the_name_and_the_function_are_the_same():
    assert activations.find(autograd.relu) is activations.find("relu")
    assert activations.find(Value.relu) is activations.find("relu")
    assert Layer(2, 2, autograd.softmax).activation == "softmax"


def test_a_users_function_is_named_after_itself():
    def square(a):
        return a * a

    neuron = Neuron(1, square)
    neuron.load_state_dict({"weights.0": 1.0, "bias": 0.0})
    assert neuron([3.0]).data == 9.0
    assert repr(neuron) == "Neuron(1 → 1 square)"


def test_an_activation_with_parameters_is_trained_too():
    from nn import Module

    class ParametricRelu(Module):
        def __init__(self):
            self.slope = Value(0.25)

        def __call__(self, a):
            return autograd.maximum(a, 0.0) + self.slope * autograd.minimum(a, 0.0)

    layer = Layer(2, 2, ParametricRelu())
    assert list(layer.state_dict())[3] == "neurons.0.function.slope"
    assert len(layer.parameters()) == 2 * 3 + 1


def test_unknown_activations_are_errors():
    with pytest.raises(
        ConfigurationError, match=r"^unknown activation 'tahn'; did you mean 'tanh'"
    ):
        Neuron(2, "tahn")
    with pytest.raises(ConfigurationError, match=r"must be a name or a function, not 3"):
        Layer(2, 2, 3)
    for sizes in ([1], [2, 1]):
        with pytest.raises(ConfigurationError, match=r"^unknown activation 'swish'; here it is"):
            MLP(2, sizes, activation="swish")


def test_softmax_needs_a_layer():
    with pytest.raises(ConfigurationError, match=r"write Layer\(2, n_outputs, 'softmax'\)"):
        Neuron(2, "softmax")


def test_an_activation_must_return_a_value():
    with pytest.raises(ConfigurationError, match=r"'exp' must return a Value, not 1\.0"):
        Neuron(1, lambda_named_exp())([0.0])


def lambda_named_exp():
    def exp(a):
        return math.exp(a.data)

    return exp
