"""Neurons, layers and networks compute what the notes say, from inputs of any kind."""

import numpy as np
import pytest

import autograd
import nn
from autograd import ShapeError, Value
from nn import MLP, ConfigurationError, Layer, Neuron

# The worked network of the lecture notes: 4 inputs, 4 sigmoid neurons, softmax of 2, no biases.
X = [2.0, 5.0, 3.0, 3.0]
Y = [1.0, 0.0]
W1 = [[0.1, 0.3, 0.8, -0.4], [-0.3, -0.2, 0.5, 0.5], [-0.3, 0.0, 0.5, 0.4], [0.2, 0.5, -0.9, 0.7]]
W2 = [[0.5, 0.8, 0.2, 0.4], [0.5, 0.2, 0.3, -0.5]]


def notes_network(output="softmax"):
    model = MLP(4, [4], 2, activation="sigmoid", output=output)
    for layer, rows in zip(model.layers, [W1, W2], strict=True):
        for neuron, row in zip(layer.neurons, rows, strict=True):
            for weight, number in zip(neuron.weights, row, strict=True):
                weight.data = number
    return model


def by_label(root):
    return {node.label: node for node in autograd.topological_order(root)}


def test_the_notes_network_forwards():
    loss = nn.squared_error(notes_network()(X), Y)
    nodes = by_label(loss)
    expected = {
        "a1": [2.9, 1.4, 2.1, 2.3],
        "h1": [0.947846, 0.802184, 0.890903, 0.908877],
        "a2": [1.657402, 0.447192],
        "ŷ": [0.770336, 0.229664],
    }
    for name, numbers in expected.items():
        for i, number in enumerate(numbers):
            assert nodes[f"{name}[{i}]"].data == pytest.approx(number, abs=5e-7)
    assert loss.data == pytest.approx(0.105491, abs=5e-7)


@pytest.mark.parametrize(
    ("output", "loss", "w212", "w131"),
    [
        ("softmax", lambda h: nn.squared_error(h, Y), -0.130377, 0.003159),
        ("linear", lambda h: nn.cross_entropy(h, Y), -0.184233, 0.004464),
        ("linear", lambda h: nn.cross_entropy(h, 0), -0.184233, 0.004464),
    ],
)
def test_the_notes_network_backwards(output, loss, w212, w131):
    model = notes_network(output)
    loss(model(X)).backward()
    parameters = dict(model.named_parameters())
    assert parameters["layers.1.neurons.0.weights.1"].grad == pytest.approx(w212, abs=5e-7)
    assert parameters["layers.0.neurons.2.weights.0"].grad == pytest.approx(w131, abs=5e-7)


@pytest.mark.parametrize("output", ["softmax", "log_softmax", "linear"])
def test_gradients_agree_with_finite_differences(output):
    model = MLP(3, [4], 2, activation="tanh", output=output, seed=3)
    autograd.gradcheck(
        lambda *_: nn.squared_error(model([0.5, -1.0, 2.0]), [0.25, 0.75]), model.parameters()
    )


def test_a_neuron_is_a_dot_and_an_activation():
    h = Neuron(3, "tanh", seed=0)([1.0, 2.0, 3.0])
    [a] = h.parents
    assert (h.op, h.label, a.op, a.label) == ("tanh", "h", "dot", "a")
    assert len(a.parents) == 7
    assert all(not parent.parents for parent in a.parents)
    assert [p.label for p in a.parents] == ["w[0]", "w[1]", "w[2]", "x[0]", "x[1]", "x[2]", "b"]


def test_a_linear_neuron_is_one_node():
    assert Neuron(3, "linear")([1.0, 2.0, 3.0]).op == "dot"


def test_the_neurons_of_a_network_share_the_inputs():
    nodes = autograd.topological_order(nn.squared_error(MLP(2, [3, 2])([1.0, 2.0]), [0.0, 0.0]))
    assert sum(node.label.startswith("x[") for node in nodes) == 2


def test_inputs_that_are_values_get_gradients():
    x = [Value(1.0), Value(2.0)]
    model = MLP(2, [2], 1, activation="tanh", seed=0)
    model(x).backward()
    assert all(value.grad != 0.0 for value in x)


@pytest.mark.parametrize(
    "inputs",
    [
        [1.0, 2.0],
        (1, 2),
        [True, 2],
        np.array([1.0, 2.0]),
        np.array([1, 2], dtype=np.uint8),
        np.array([1, 2], dtype=np.float32),
        np.array([[1.0, 2.0]])[0],
        [np.float64(1.0), np.int64(2)],
        np.array([Value(1.0), Value(2.0)], dtype=object),
        (x for x in (1.0, 2.0)),
        [Value(1.0), 2],
    ],
)
def test_inputs_of_any_kind(inputs):
    model = MLP(2, [3, 1], seed=0)
    assert model(inputs).data == MLP(2, [3, 1], seed=0)([1.0, 2.0]).data


def test_one_output_is_a_value_and_several_are_a_list():
    assert isinstance(MLP(2, [2, 1])([1.0, 2.0]), Value)
    assert isinstance(Layer(2, 1)([1.0, 2.0]), Value)
    assert [type(output) for output in MLP(2, [2, 2])([1.0, 2.0])] == [Value, Value]
    assert [type(output) for output in Layer(2, 2, "softmax")([1.0, 2.0])] == [Value, Value]


def test_both_calling_conventions_are_the_same():
    one, other = MLP(64, [32, 10], seed=1), MLP(64, [32], 10, seed=1)
    assert one.state_dict() == other.state_dict()
    assert repr(one) == repr(other) == "MLP(64 → 32 relu → 10 linear, 2410 parameters)"
    assert repr(MLP(4, [], 2)) == "MLP(4 → 2 linear, 10 parameters)"


def test_micrograds_network():
    model = MLP(2, [16, 16, 1], initialisation="uniform")
    assert [layer.activation for layer in model.layers] == ["relu", "relu", "linear"]
    assert len(model.parameters()) == 337
    x = [Value(1.0), Value(-2.0)]
    score = model(x)
    score.backward()
    for p in model.parameters():
        p.data -= 0.1 * p.grad
        p.grad = 0
    assert model(x).data != score.data


def test_an_activation_for_each_layer():
    model = MLP(2, [3, 3, 2], activations=["tanh", autograd.sigmoid, "softmax"])
    assert [layer.activation for layer in model.layers] == ["tanh", "sigmoid", "softmax"]
    assert sum(output.data for output in model([1.0, 2.0])) == pytest.approx(1.0, abs=1e-15)


def test_softmax_depends_on_all_pre_activations():
    outputs = Layer(2, 3, "softmax")([1.0, 2.0])
    assert [output.label for output in outputs] == ["h[0]", "h[1]", "h[2]"]
    assert all([p.label for p in h.parents] == ["a[0]", "a[1]", "a[2]"] for h in outputs)


@pytest.mark.parametrize("make", [lambda: Neuron(2), lambda: Layer(2, 3), lambda: MLP(2, [3, 1])])
@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        ([1.0], r"\(2 → .* takes 2 inputs, not 1"),
        ([1.0, 2.0, 3.0], "takes 2 inputs, not 3"),
        ([], "takes 2 inputs, not 0"),
        (3.0, r"takes a sequence of 2 inputs, not 3.0"),
        (np.float64(3.0), "takes a sequence of 2 inputs"),
        (np.zeros((5, 2)), r"not a table of 5 rows; write \[model\(x\) for x in rows\]"),
        ([[1.0, 2.0]], r"not a table of 1 rows"),
    ],
    ids=str,
)
def test_wrong_sizes_are_errors_that_name_the_layer(make, inputs, message):
    with pytest.raises(ShapeError, match=message) as caught:
        make()(inputs)
    assert repr(make()) in str(caught.value)


@pytest.mark.parametrize("bad", ["1.0", None, 1j])
def test_inputs_that_are_no_numbers_are_errors(bad):
    with pytest.raises(autograd.OperandError, match=r"Neuron\(2 → 1 relu\), input x\[1\]"):
        Neuron(2)([1.0, bad])


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Neuron(0), "n_inputs must be a positive whole number, not 0"),
        (lambda: Neuron(2.0), "n_inputs must be a positive whole number, not 2.0"),
        (lambda: Layer(2, -1), "n_outputs must be a positive whole number, not -1"),
        (lambda: MLP(2, []), "at least one layer"),
        (lambda: MLP(2, [3, 0]), "n_outputs must be a positive"),
        (lambda: MLP(2, 16), r"must be a list, not 16; write MLP\(2, \[16\]\)"),
        (lambda: MLP(2, 16, 1), r"must be a list, not 16, 1; write MLP\(2, \[16, 1\]\)"),
        (lambda: MLP(2, 16, 16, 1), r"not 16, 16, 1; write MLP\(2, \[16, 16, 1\]\)"),
        (lambda: MLP(2, [16], 16, 1), r"not \[16\], 16, 1; write MLP\(2, \[16, 16, 1\]\)"),
        (lambda: MLP(2, [3, 1], activations=["relu"]), "one activation for each of the 2 layers"),
        (lambda: MLP(2, [3, 1], activations="relu"), "one activation for each of the 2 layers"),
        (lambda: MLP(2, [3, 1], activation="rleu"), "did you mean 'relu'"),
        (lambda: MLP(2, [3, 1], output="sotfmax"), "did you mean 'softmax'"),
    ],
)
def test_impossible_networks_are_errors(make, message):
    with pytest.raises(ConfigurationError, match=message):
        make()
