"""The outputs for many examples are those of one at a time, however they are computed."""

import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import autograd
import nn
from autograd import Value
from autograd.compiler.outputs import AT_ONCE
from viz.errors import PlotError
from viz.plots.outputs import compiled_outputs, outputs_one_by_one, table

W = Value(0.75, label="w")
MODELS = {
    "one output": nn.MLP(2, [5, 1], seed=0),
    "three outputs": nn.MLP(2, [5, 3], activation="tanh", seed=0),
    "softmax": nn.MLP(2, [5, 3], output="softmax", seed=0),
    "a list of one": lambda x: [W * x[0] + x[1]],
    "a constant": lambda x: [W * x[0], 2.0],
    "without parameters": lambda x: x[0] * x[1],
    "an input": lambda x: x,
    "an overflow": lambda x: autograd.exp(1000 * x[0]),
    "not a number": lambda x: [autograd.log(x[0]), x[1] * 1],
}


def by_hand(model, rows):
    found = []
    for row in rows:
        output = model([Value(number) for number in row.tolist()])
        listed = output if isinstance(output, list) else [output]
        found.append([getattr(number, "data", number) for number in listed])
    return np.array(found)


@pytest.mark.parametrize("model", MODELS.values(), ids=MODELS)
def test_compiled_outputs_are_those_of_the_model(model):
    rows = np.random.default_rng(0).normal(size=(2 * AT_ONCE + 3, 2))
    outputs = compiled_outputs(model, rows)
    assert outputs is not None
    for count in (1, 2, AT_ONCE - 1, AT_ONCE, AT_ONCE + 1, len(rows)):
        expected = by_hand(model, rows[:count])
        np.testing.assert_allclose(outputs(rows[:count]), expected, rtol=1e-12, atol=1e-15)
        np.testing.assert_array_equal(outputs_one_by_one(model, rows[:count]), expected)


@settings(deadline=None, max_examples=25)
@given(
    sizes=st.lists(st.integers(1, 4), min_size=1, max_size=3),
    activation=st.sampled_from(["relu", "tanh", "gelu", "sigmoid", "sin"]),
    rows=st.lists(st.tuples(*[st.floats(-1e3, 1e3)] * 2), min_size=1, max_size=70),
    seed=st.integers(0, 100),
)
def test_any_network_has_compiled_outputs(sizes, activation, rows, seed):
    model = nn.MLP(2, sizes, activation=activation, seed=seed)
    rows = np.array(rows)
    outputs = compiled_outputs(model, rows)
    assert outputs is not None
    # Sums of products may cancel, so the error is relative to the numbers that go in.
    tolerance = 1e-9 * (1 + np.abs(rows).max())
    np.testing.assert_allclose(outputs(rows), by_hand(model, rows), rtol=1e-9, atol=tolerance)


class Counter:
    def __init__(self):
        self.calls = 0

    def __call__(self, x):
        self.calls += 1
        return W * x[0] + self.calls


class Later(Counter):
    """Gives the same each time from its fourth call on, as while it is recorded."""

    def __call__(self, x):
        self.calls += 1
        return W * x[0] + min(self.calls, 4)


@pytest.mark.parametrize(
    "model",
    [
        lambda x: W * x[0] if x[0] > 0 else x[1] * 1,
        lambda x: W * x[0] * random.random(),
        lambda x: float(np.tanh(x[0])),
        lambda x: W.data * 2,
        Counter(),
        Later(),
    ],
    ids=["chooses", "random", "NumPy", "a number", "counts", "changes before"],
)
def test_what_compiling_would_freeze_is_not_compiled(model):
    assert compiled_outputs(model, np.random.default_rng(0).normal(size=(9, 2))) is None


def test_an_error_of_the_model_is_the_users():
    def model(x):
        raise KeyError("no such thing")

    with pytest.raises(KeyError, match="no such thing"):
        compiled_outputs(model, np.zeros((3, 2)))


def test_outputs_leave_no_graph():
    outputs = []

    def model(x):
        outputs.append(W * x[0])
        return outputs[-1]

    outputs_one_by_one(model, np.ones((2, 2)))
    assert [output.parents for output in outputs] == [(), ()]


def test_a_table_is_an_array_of_floats():
    assert table([[1, 2], [3, True]]).tolist() == [[1.0, 2.0], [3.0, 1.0]]
    with pytest.raises(PlotError, match="input 0 of example 1 is -inf"):
        table([[1, 2], [-np.inf, 2]])
    with pytest.raises(PlotError, match=r"not shape \(2, 0\)"):
        table([[], []])
    with pytest.raises(PlotError, match=r"all of one length, not {'a': 1}"):
        table({"a": 1})
