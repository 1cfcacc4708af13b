"""Which units are dead or saturated is what NumPy says of the same network."""

import numpy as np
import pytest

import autograd
import nn
from autograd import Value
from viz.errors import PlotError
from viz.plots.activations import layer_activations

X = np.random.default_rng(0).normal(size=(50, 2))
FUNCTIONS = {
    "relu": lambda a: np.maximum(a, 0),
    "tanh": np.tanh,
    "sigmoid": lambda a: 1 / (1 + np.exp(-a)),
}
SATURATED = {
    "relu": lambda h: np.zeros_like(h, dtype=bool),
    "tanh": lambda h: np.abs(h) > 0.97,
    "sigmoid": lambda h: (h < 0.03) | (h > 0.97),
}


def forward(model, X):
    """Return the activations of each layer, with a row for each unit."""
    h = X.T
    for layer in model.layers:
        weights = np.array([[w.data for w in neuron.weights] for neuron in layer.neurons])
        bias = np.array([[neuron.bias.data] for neuron in layer.neurons])
        h = weights @ h + bias
        if layer.activation != "linear":
            h = FUNCTIONS[layer.activation](h)
            yield h


def wide(model, factor):
    """Make the pre-activations large, so that units die and saturate."""
    generator = np.random.default_rng(1)
    for parameter in model.parameters():
        parameter.data = factor * generator.normal()
    model.layers[0].neurons[0].bias.data = 25.0 * factor
    return model


@pytest.mark.parametrize("factor", [0.1, 1.0, 4.0])
@pytest.mark.parametrize(
    "activations",
    [["relu", "relu", "linear"], ["tanh", "sigmoid", "relu"], ["linear", "tanh", "sigmoid"]],
)
def test_dead_and_saturated_units_are_those_that_numpy_finds(activations, factor):
    model = wide(nn.MLP(2, [12, 9, 3], activations=activations), factor)
    layers = layer_activations(model, X)
    expected = list(forward(model, X))
    named = [(f"h{k}" if k < 3 else "ŷ", g) for k, g in enumerate(activations, 1) if g != "linear"]
    assert [(layer.name, layer.activation) for layer in layers] == named
    for layer, h in zip(layers, expected, strict=True):
        np.testing.assert_allclose(layer.values, h, rtol=1e-12, atol=1e-15)
        names = [f"{layer.name}[{i}]" for i in range(len(h))]
        assert list(layer.units) == names
        is_dead = (h == 0).all(1) & (layer.activation == "relu")
        assert layer.dead == tuple(np.array(names)[is_dead])
        saturated = SATURATED[layer.activation](h)
        assert layer.saturated == pytest.approx(saturated.mean())
        assert layer.always_saturated == tuple(np.array(names)[saturated.all(1)])


def test_something_was_dead_and_something_saturated():
    """The test above would prove little otherwise."""
    relu = wide(nn.MLP(2, [12, 9, 3], activations=["relu", "relu", "linear"]), 4.0)
    assert any(layer.dead for layer in layer_activations(relu, X))
    tanh = wide(nn.MLP(2, [12, 9, 3], activations=["tanh", "sigmoid", "relu"]), 4.0)
    first, *_ = layer_activations(tanh, X)
    assert 0 < first.saturated < 1
    assert first.always_saturated == ("h1[0]",)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ([], "h1: relu, 2 units, none dead, 50% of activations 0"),
        ([0], "h1: relu, 2 units, 1 unit (50%) dead, 75% of activations 0"),
        ([0, 1], "h1: relu, 2 units, 2 units (100%) dead, 100% of activations 0"),
    ],
)
def test_it_is_said_in_words(change, words):
    model = nn.MLP(1, [2, 1])
    for neuron, weight in zip(model.layers[0].neurons, (1.0, -1.0), strict=True):
        neuron.weights[0].data = weight
    for unit in change:
        model.layers[0].neurons[unit].bias.data = -10.0
    [layer] = layer_activations(model, [[1.0], [-1.0]])
    assert str(layer) == words


def test_saturated_units_in_words():
    model = nn.MLP(1, [2, 1], activation="tanh")
    for neuron, bias in zip(model.layers[0].neurons, (50.0, 0.0), strict=True):
        neuron.weights[0].data, neuron.bias.data = 1.0, bias
    [layer] = layer_activations(model, [[0.0], [9.0]])
    assert str(layer) == ("h1: tanh, 2 units, 75% of activations saturated, 1 unit (50%) always")


def test_a_users_own_activation_is_one_unit_and_what_it_is_made_of_is_none():
    def swish(a):
        return a * autograd.sigmoid(a)

    model = nn.MLP(2, [3, 2], 1, activation=swish, seed=0)
    layers = layer_activations(model, X)
    assert [str(layer) for layer in layers] == [
        "h1: an activation, 3 units",
        "h2: an activation, 2 units",
    ]
    # Here the activations of the last layer but one.
    hidden = [[neuron(x).data for x in X.tolist()] for neuron in model.layers[0].neurons]
    assert layers[0].values == tuple(map(tuple, hidden))


def test_layers_are_told_apart_by_depth_where_labels_are_equal_or_missing():
    first, second = nn.Layer(2, 3, "tanh", seed=0), nn.Layer(3, 2, "tanh", seed=1)
    layers = layer_activations(lambda x: second(first(x)), X)
    assert [(layer.name, len(layer.units)) for layer in layers] == [("h#1", 3), ("h#2", 2)]

    w = Value(0.5)
    layers = layer_activations(lambda x: autograd.tanh(w * autograd.tanh(w * x[0])), X)
    assert [(layer.name, layer.units) for layer in layers] == [
        ("tanh#1", ("0",)),
        ("tanh#2", ("0",)),
    ]
    assert layers[1].values[0] == pytest.approx(np.tanh(0.5 * np.tanh(0.5 * X[:, 0])).tolist())


def test_the_worked_network_of_the_notes():
    demo = pytest.importorskip("chainrule.demo")

    def network(_):
        nodes = demo.worked_network()
        return [nodes["ŷ1"], nodes["ŷ2"]]

    hidden, output = layer_activations(network, [0])
    assert (hidden.name, hidden.units) == ("h1", ("h11", "h12", "h13", "h14"))
    assert (output.name, output.activation) == ("ŷ", "softmax")
    assert [round(values[0], 2) for values in output.values] == [0.77, 0.23]


def test_units_that_are_not_there_for_every_example():
    w = Value(1.0, label="w")

    def model(x):
        small = autograd.tanh(w * x[0])
        small.label = "h[0]"
        if x[0] < 0:
            return small
        other = autograd.tanh(w * x[1])
        other.label = "h[1]"
        return small + other

    [layer] = layer_activations(model, [[1.0, 2.0], [-1.0, 2.0]])
    assert layer.units == ("h[0]", "h[1]")
    assert [len(values) for values in layer.values] == [2, 1]


def test_a_deep_chain_of_activations():
    def model(x):
        h = Value(x[0])
        for _ in range(2000):
            h = autograd.tanh(h)
        return h

    layers = layer_activations(model, [[1.0]])
    assert len(layers) == 2000
    assert layers[-1].name == "tanh#2000"


@pytest.mark.parametrize("kind", [list, np.array, tuple])
def test_examples_come_in_lists_and_arrays(kind):
    model = nn.MLP(2, [2, 1], seed=0)
    [layer] = layer_activations(model, kind(X.tolist()))
    assert len(layer.values[0]) == 50


def test_nothing_is_left_behind():
    model = nn.MLP(2, [2, 1], seed=0)
    before = model.state_dict()
    layer_activations(model, X)
    assert model.state_dict() == before
    assert all(p.grad == 0.0 for p in model.parameters())


@pytest.mark.parametrize(
    ("model", "examples", "message"),
    [
        (3, X, "must be callable with one example, not 3"),
        (nn.MLP(2, [2, 1]), [], "at least one example"),
        (nn.MLP(2, [2, 1]), 3, "a row for each example, not 3"),
        (nn.MLP(2, [2, 1], activation="linear"), X, "no activation function.* relu"),
        (lambda x: 1.0, X, r"must return a Value, .* for example 0 it returned 1\.0"),
        (lambda x: [Value(1.0)], X, "that it computed from Values"),
    ],
)
def test_what_does_not_fit_is_an_error(model, examples, message):
    with pytest.raises(PlotError, match=message):
        layer_activations(model, examples)


def test_without_graphs_there_is_nothing_to_read():
    with autograd.no_grad(), pytest.raises(PlotError, match=r"within no_grad\(\)"):
        layer_activations(nn.MLP(2, [2, 1]), X)


@pytest.mark.parametrize(
    ("activation", "bias", "is_dead"),
    [
        ("elu", -1e3, True),  # h = -1, and flat there
        ("gelu", -1e3, True),
        ("leaky_relu", -1e3, False),
        ("softplus", -1e3, True),
        ("softplus", 0.0, False),
        ("tanh", 1e3, False),  # that is saturated
    ],
)
def test_a_unit_is_dead_where_its_local_derivative_is_0_for_all_examples(activation, bias, is_dead):
    model = nn.MLP(2, [2, 1], activation=activation, seed=0)
    model.layers[0].neurons[1].bias.data = bias
    [layer] = layer_activations(model, X)
    assert layer.dead == (("h1[1]",) if is_dead else ())
