"""What those who come from PyTorch, Keras or scikit-learn write is told what to write here."""

from __future__ import annotations

import copy
import math
import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import nn
from autograd import Value
from nn import activations, initialisation, losses
from nn.elsewhere import (
    OF_ACTIVATIONS,
    OF_FIT,
    OF_HISTORIES,
    OF_INITIALISATIONS,
    OF_LOSSES,
    OF_MODULES,
    OF_NETWORKS,
    OF_NN,
    OF_OPTIMISERS,
)

XOR = [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]], [0.0, 1.0, 1.0, 0.0]


def fit(**options: Any) -> nn.History:
    return nn.fit(nn.MLP(2, [2, 1], seed=0), *XOR, loss="squared_error", progress=False, **options)


def optimise(**options: Any) -> Any:
    return nn.Adam([Value(1.0)], **options)


def network(**options: Any) -> Any:
    return nn.MLP(2, [1], **options)


@pytest.mark.parametrize(
    ("function", "name", "here"),
    [(f, *item) for f, table in [(fit, OF_FIT), (optimise, OF_OPTIMISERS), (network, OF_NETWORKS)]
     for item in table.items()],
)  # fmt: skip
def test_an_argument_that_is_called_otherwise(
    function: Callable[..., Any], name: str, here: str
) -> None:
    with pytest.raises(nn.KeywordError) as caught:
        function(**{name: 1})
    assert str(caught.value).endswith(f" has no argument {name}=; here it is {here}")
    assert isinstance(caught.value, TypeError)


def test_an_argument_with_a_slip_in_it() -> None:
    with pytest.raises(nn.KeywordError, match=r"no argument epoch=; did you mean 'epochs'\?"):
        fit(epoch=3)
    with pytest.raises(nn.KeywordError, match=r"MLP\(\) has no argument activaton=; did you mean"):
        network(activaton="relu")


@pytest.mark.parametrize("name", OF_NN)
def test_a_name_of_another_library(name: str) -> None:
    with pytest.raises(AttributeError, match=f"module 'nn' has no attribute '{name}'; ") as caught:
        getattr(nn, name)
    assert str(caught.value).endswith(OF_NN[name])


@pytest.mark.parametrize("name", OF_MODULES)
def test_a_method_of_another_library(name: str) -> None:
    with pytest.raises(AttributeError, match=f"'MLP' object has no attribute '{name}'; "):
        getattr(nn.MLP(2, [1]), name)


def test_any_other_name_is_missing_as_ever() -> None:
    model = nn.MLP(2, [1], seed=0)
    assert not hasattr(model, "speed")
    assert not hasattr(nn, "speed")
    for each in (copy.deepcopy(model), pickle.loads(pickle.dumps(model))):
        assert each.state_dict() == model.state_dict()


def test_a_history_is_asked_by_attribute() -> None:
    history = fit(epochs=1)
    with pytest.raises(nn.KeywordError, match=r"history\.loss, .* not \['loss'\]"):
        history["loss"]


@pytest.mark.parametrize("name", OF_HISTORIES)
def test_a_history_is_asked_by_its_own_names(name: str) -> None:
    history = nn.History([])
    with pytest.raises(AttributeError, match=f"'History' object has no attribute '{name}'; "):
        getattr(history, name)
    assert not hasattr(history, "speed")
    assert pickle.loads(pickle.dumps(history)) == copy.deepcopy(history) == history


CHOICES: list[tuple[Callable[[Any], Any], dict[str, Any], dict[str, str]]] = [
    (losses.find, losses.LOSSES, OF_LOSSES),
    (activations.find, activations.ACTIVATIONS, OF_ACTIVATIONS),
    (initialisation.find, initialisation.INITIALISATIONS, OF_INITIALISATIONS),
]


@pytest.mark.parametrize(
    ("find", "known", "name", "here"),
    [(find, known, *item) for find, known, table in CHOICES for item in table.items()],
)
def test_a_choice_that_is_called_otherwise(
    find: Callable[[Any], Any], known: dict[str, Any], name: str, here: str
) -> None:
    for spelt in (name, name.upper()):
        with pytest.raises(nn.ConfigurationError) as caught:
            find(spelt)
        assert str(caught.value).endswith(f" {spelt!r}; here it is {here}")
    written = eval(here.partition(", which")[0])  # what is to be written, as Python
    assert find(written) is known.get(written, written)


def test_the_absolute_error_that_is_told_is_one() -> None:
    error = eval(OF_LOSSES["mae"])
    assert error(Value(2.0), 5.0).data == 3.0
    model = nn.MLP(2, [2, 1], seed=0)
    assert nn.fit(model, *XOR, loss=error, epochs=1, progress=False).loss


@pytest.mark.parametrize("name", ["Relu", "RELU", "ReLU"])
def test_an_activation_is_spelt_in_small_letters(name: str) -> None:
    with pytest.raises(nn.ConfigurationError, match="did you mean 'relu'"):
        nn.MLP(2, [2, 1], activation=name)


def first_neuron(model: nn.MLP) -> Any:
    return model.layers[0].neurons[0]


@pytest.mark.parametrize(
    ("hide", "words"),
    [
        (lambda weights: np.array(weights), "weights of this MLP is an array of Values"),
        (lambda weights: {*weights}, "weights of this MLP is a set of parameters"),
        (lambda weights: [0.5, *weights[1:]], r"weights\.0 of this MLP is the number 0\.5 between"),
    ],
)
def test_parameters_are_never_lost_in_silence(hide: Callable[[Any], Any], words: str) -> None:
    model = nn.MLP(2, [2, 1])
    first_neuron(model).weights = hide(first_neuron(model).weights)
    for use in (model.parameters, model.state_dict, model.zero_grad):
        with pytest.raises(nn.ConfigurationError, match=words):
            use()


def test_numbers_and_computed_values_may_be_anywhere() -> None:
    class Remembering(nn.Module):
        def __init__(self) -> None:
            self.w = Value(2.0)
            self.sizes = [2, 3.5]
            self.seen = np.array([self.w * 1.0, self.w * 2.0])
            self.names = {"a", "b"}
            self.scale = np.arange(3)

    assert Remembering().state_dict() == {"w": 2.0}


@pytest.mark.parametrize("unfit", [math.inf, -math.inf, math.nan])
@pytest.mark.parametrize("place", ["input", "target"])
def test_data_that_are_not_finite_are_blamed_and_no_learning_rate(unfit: float, place: str) -> None:
    inputs, targets = [[*row] for row in XOR[0]], [*XOR[1]]
    if place == "input":
        inputs[2][1] = unfit
    else:
        targets[2] = unfit
    model = nn.MLP(2, [2, 1], activation="tanh", seed=0)
    with pytest.raises(nn.NonFiniteError, match="The data are to blame: 1 of the 4 ex") as caught:
        nn.fit(model, inputs, targets, loss="squared_error", progress=False)
    assert "learning rate" not in str(caught.value)
