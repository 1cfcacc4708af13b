"""Modules find, name, keep and load their parameters."""

import copy
import gc
import math
import pickle

import pytest

import nn
from autograd import Value
from nn import MLP, Module, Neuron, StateError
from nn.module import parameters_by_layer


class Line(Module):
    def __init__(self):
        self.slope = Value(2.0)
        self.intercept = Value(1.0)

    def __call__(self, x):
        return self.slope * x + self.intercept


def test_names_say_where_a_parameter_is():
    names = [name for name, _ in MLP(2, [3, 1]).named_parameters()]
    assert names[:3] == [
        "layers.0.neurons.0.weights.0",
        "layers.0.neurons.0.weights.1",
        "layers.0.neurons.0.bias",
    ]
    assert "layers.0.neurons.2.weights.1" in names
    assert names[-1] == "layers.1.neurons.0.bias"
    assert len(names) == 3 * 3 + 4


def test_named_parameters_are_pairs_as_in_pytorch():
    line = Line()
    assert line.named_parameters() == [("slope", line.slope), ("intercept", line.intercept)]
    assert [p for _, p in line.named_parameters()] == line.parameters()
    for name, parameter in line.named_parameters():
        assert line.state_dict()[name] == parameter.data


def test_labels_are_those_of_the_notes_also_inside_a_users_module():
    class Outer(Module):
        def __init__(self):
            self.inner = MLP(2, [1])
            self.scale = Value(1.0)
            self.mine = Value(1.0, label="temperature")

    outer = Outer()
    labels = [parameter.label for parameter in outer.parameters()]
    assert labels == [
        "inner.W1[0,0]",
        "inner.W1[0,1]",
        "inner.b1[0]",
        "scale",
        "temperature",
    ]


def test_parameters_added_later_are_found_and_can_be_labelled():
    line = Line()
    line.curvature = Value(0.0)
    assert list(line.state_dict()) == ["slope", "intercept", "curvature"]
    assert line.curvature.label == ""
    line.label_parameters()
    assert line.curvature.label == "curvature"


def test_lists_tuples_and_dicts_are_searched():
    class Box(Module):
        def __init__(self):
            self.table = {"a": Value(1.0), 2: [Value(2.0), (Value(3.0), {"b": Value(4.0)})]}
            self.other = ("text", 3, None, print)

    assert Box().state_dict() == {"table.a": 1.0, "table.2.0": 2.0, "table.2.1.0": 3.0,
                                  "table.2.1.1.b": 4.0}  # fmt: skip


def test_shared_parameters_come_once_by_their_first_name():
    class Tied(Module):
        def __init__(self):
            self.encoder = self.decoder = Line()
            self.again = self.encoder.slope

    assert list(Tied().state_dict()) == ["encoder.slope", "encoder.intercept"]


def test_modules_and_lists_that_contain_themselves_are_searched_once():
    line = Line()
    line.itself = line
    line.loop = [line]
    line.loop.append(line.loop)
    assert list(line.state_dict()) == ["slope", "intercept"]


def test_computed_values_and_constants_are_no_parameters():
    line = Line()
    line.last_output = line(3.0)
    line.last_constant = line.last_output.parents[0].parents[1]
    assert line.last_constant.op == "constant"
    assert list(line.state_dict()) == ["slope", "intercept"]


def test_a_dataclass_without_hash_is_a_module_too():
    from dataclasses import dataclass

    @dataclass
    class Point(Module):
        x: Value
        y: Value

    point = Point(Value(1.0), Value(2.0))
    assert point.__hash__ is None
    assert point.state_dict() == {"x": 1.0, "y": 2.0}


def test_two_parameters_with_one_name_are_an_error():
    class Box(Module):
        def __init__(self):
            self.table = {1: Value(1.0)}

    box = Box()
    box.table["1"] = Value(2.0)
    with pytest.raises(nn.ConfigurationError, match=r"two parameters that are called 'table\.1'"):
        box.parameters()


def test_deep_nesting_does_not_recurse():
    line = Line()
    nest = [Value(1.0)]
    for _ in range(3000):
        nest = [nest]
    line.nest = nest
    assert len(line.parameters()) == 3
    while nest:  # take it apart, for freeing it recurses in Python 3.11
        nest = nest.pop()
        if isinstance(nest, Value):
            break


def test_zero_grad_clears_every_gradient():
    line = Line()
    line(3.0).backward()
    assert line.slope.grad == 3.0
    line.zero_grad()
    assert [p.grad for p in line.parameters()] == [0.0, 0.0]


def test_a_module_that_says_nothing_of_its_output_says_so():
    with pytest.raises(NotImplementedError, match=r"Empty.*def __call__\(self, inputs\)"):
        type("Empty", (Module,), {})()([1.0])


def test_repr_is_one_short_line():
    assert repr(Line()) == "Line(2 parameters)"
    assert repr(Neuron(2)) == "Neuron(2 → 1 relu)"


def test_modules_copy_and_pickle():
    model = MLP(2, [2, 1], seed=0)
    for twin in (copy.deepcopy(model), pickle.loads(pickle.dumps(model))):
        assert twin.state_dict() == model.state_dict()
        assert twin([1.0, 2.0]).data == model([1.0, 2.0]).data
        assert not {*map(id, twin.parameters())} & {*map(id, model.parameters())}


def test_a_state_dict_round_trips():
    model, other = MLP(3, [2], seed=1), MLP(3, [2], seed=2)
    assert model.state_dict() != other.state_dict()
    other.load_state_dict(model.state_dict())
    assert other.state_dict() == model.state_dict()


@pytest.mark.parametrize(
    ("state", "message"),
    [
        ({}, r"0 parameters, the model 2; missing 'slope', 'intercept'"),
        ({"slope": 1.0}, r"1 parameter, the model 2; missing 'intercept'$"),
        ({"slope": 1.0, "intercept": 1.0, "extra": 1.0}, r"unexpected 'extra'$"),
        (
            {"slop": 1.0, "intercept": 1.0},
            r"missing 'slope'; unexpected 'slop'; did you mean 'slope'\?",
        ),
        ({"slope": 5.0, "intercept": math.nan}, r"'intercept' must be a finite number, not nan"),
        ({"slope": 5.0, "intercept": -math.inf}, r"finite number, not -inf"),
        ({"slope": 5.0, "intercept": 10**400}, r"finite number, not inf"),
        ({"slope": 5.0, "intercept": True}, r"must be a number, not the bool True"),
        ({"slope": 5.0, "intercept": "1.0"}, r"must be a number, not the str '1.0'"),
        ({"slope": 5.0, "intercept": None}, r"must be a number, not the NoneType None"),
        ({"slope": 5.0, "intercept": [1.0]}, r"must be a number, not the list"),
    ],
)
def test_a_state_that_does_not_fit_changes_nothing(state, message):
    line = Line()
    with pytest.raises(StateError, match=message):
        line.load_state_dict(state)
    assert line.state_dict() == {"slope": 2.0, "intercept": 1.0}


def test_many_missing_names_are_shortened():
    with pytest.raises(StateError, match="and 8 more"):
        MLP(2, [3, 1]).load_state_dict({})


def test_models_make_no_reference_cycles():
    def ours():  # what other libraries leave to the collector is not ours
        return [o for o in gc.get_objects() if issubclass(type(o), (Module, Value))]

    gc.collect()
    gc.disable()
    try:
        before = len(ours())
        model = MLP(2, [2, 1], seed=0)
        model([1.0, 2.0]).backward()
        assert len(ours()) > before + 10
        del model
        assert len(ours()) == before
    finally:
        gc.enable()


class Plain(Module):
    """A neuron as people write it themselves."""

    def __init__(self, n):
        self.w = [Value(1.0) for _ in range(n)]
        self.b = Value(0.0)


class Dense(Module):
    def __init__(self, n, m):
        self.W = [[Value(1.0) for _ in range(n)] for _ in range(m)]
        self.b = [Value(0.0) for _ in range(m)]


class Group(Module):
    def __init__(self, **parts):
        vars(self).update(parts)


@pytest.mark.parametrize(
    ("model", "sizes"),
    [
        (nn.Neuron(2), {"weights": 2, "bias": 1}),
        (nn.Layer(2, 3), {"neurons": 9}),
        (nn.MLP(2, [3, 1]), {"layers.0": 9, "layers.1": 4}),
        (Group(net=nn.MLP(2, [3, 1])), {"net.layers.0": 9, "net.layers.1": 4}),
        (Group(hidden=nn.Layer(2, 3), out=nn.Neuron(3)), {"hidden": 9, "out": 4}),
        (Group(layers=[Dense(2, 3), Dense(3, 1)]), {"layers.0": 9, "layers.1": 4}),
        (Group(layers=[Group(neurons=[Plain(2), Plain(2)])]), {"layers.0": 6}),
        (Group(wte=[[Value(1.0)] * 1, [Value(2.0)]], scale=Value(1.0)), {"wte": 2, "scale": 1}),
        (Group(blocks={"a": Dense(1, 1), "b": (Dense(1, 2),)}), {"blocks.a": 2, "blocks.b.0": 4}),
    ],
)
def test_parameters_belong_to_layers(model, sizes):
    found = parameters_by_layer(model)
    assert {name: len(parameters) for name, parameters in found.items()} == sizes
    assert [p for parameters in found.values() for p in parameters] == model.parameters()


def test_shared_parameters_belong_to_the_first_layer():
    shared = Dense(1, 1)
    assert list(parameters_by_layer(Group(one=shared, two=shared, three=Dense(1, 1)))) == [
        "one",
        "three",
    ]
