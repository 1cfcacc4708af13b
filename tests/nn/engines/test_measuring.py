"""What is measured and predicted many examples at once is what the model gives one by one."""

import random

import numpy as np
import pytest

import autograd
import nn
from autograd import Value
from nn import DataError, Module, NonFiniteError
from nn.engines.base import Task, Totals, numbers_of
from nn.losses import find

X = np.random.default_rng(0).normal(size=(70, 3))
CLASSES = np.random.default_rng(1).integers(0, 3, 70)
SIGNS = np.where(X[:, 0] > 0, 1, -1)


class Counting(Module):
    """A model that counts how often it is called."""

    def __init__(self, model):
        self.model = model
        self.calls = 0

    def __call__(self, x):
        self.calls += 1
        return self.model(x)


def one_by_one(model, targets, loss, classifies):
    totals = Totals()
    task = Task(model, loss and find(loss), classifies)
    task.measure(list(zip(X.tolist(), np.asarray(targets).tolist(), strict=True)), totals)
    return totals


CASES = {
    "classes": (nn.MLP(3, [4, 3], seed=0), CLASSES, "cross_entropy"),
    "distributions": (nn.MLP(3, [4, 3], seed=0), np.eye(3)[CLASSES], "cross_entropy"),
    "signs": (nn.MLP(3, [4, 1], seed=0), SIGNS, "max_margin"),
    "yes and no": (nn.MLP(3, [4, 1], seed=0), SIGNS > 0, "binary_cross_entropy"),
    "numbers": (nn.MLP(3, [4, 1], seed=0), X[:, 1], "squared_error"),
    "vectors": (nn.MLP(3, [4, 2], seed=0), X[:, :2], "mean_squared_error"),
}


@pytest.mark.parametrize(("model", "targets", "loss"), CASES.values(), ids=CASES)
def test_evaluate_and_accuracy(model, targets, loss):
    counting = Counting(model)
    expected = one_by_one(model, targets, loss, False)
    assert nn.evaluate(counting, X, targets, loss=loss) == pytest.approx(expected.loss, rel=1e-12)
    if loss not in ("squared_error", "mean_squared_error"):
        expected = one_by_one(model, targets, None, True)
        assert nn.accuracy(counting, X, targets) == expected.accuracy
    assert counting.calls < 30


@pytest.mark.parametrize(("model", "targets", "loss"), CASES.values(), ids=CASES)
def test_predict(model, targets, loss):
    counting = Counting(model)
    found = nn.predict(counting, X)
    assert counting.calls < 15
    expected = [numbers_of(model(row)) for row in X.tolist()]
    assert {type(each) for each in found} == {type(expected[0])}
    np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-15)


def test_equal_outputs_name_the_first_class():
    w = Value(1.0)
    targets = [i % 2 for i in range(70)]
    assert nn.accuracy(lambda x: [w * x[0], w * x[0]], X, targets) == 0.5
    assert nn.accuracy(lambda x: 0.0 * w * x[0], X, [1] * 70) == 0.0


MODELS = {
    "chooses": lambda x: W * x[0] if x[0] > 0 else x[1],
    "looks": lambda x: W.data * x[0],
    "of plain numbers": lambda x: 2.0 * x[0] if isinstance(x[0], float) else 3.0 * x[0],
    "a pair": lambda x: (W * x[0], x[1]),
    "lists of several lengths": lambda x: [W * x[0], [x[1]]],
}
W = Value(0.75)


@pytest.mark.parametrize("model", MODELS.values(), ids=MODELS)
def test_what_can_not_be_compiled_is_predicted_one_by_one(model):
    assert nn.predict(model, X) == [numbers_of(model(row)) for row in X.tolist()]


def test_random_models_stay_random():
    random.seed(0)
    found = nn.predict(lambda x: W * random.random(), X)
    assert len({*found}) == len(X)


def test_errors_are_those_of_one_by_one():
    model = nn.MLP(3, [4, 3], seed=0)
    with pytest.raises(DataError, match="example 40"):
        nn.evaluate(model, X, [0] * 40 + [3] + [0] * 29, loss="cross_entropy")
    holed = X.copy()
    holed[50, 1] = np.nan
    with pytest.raises(NonFiniteError, match="example 50"):
        nn.evaluate(model, holed, CLASSES, loss="cross_entropy")
    with pytest.raises(autograd.AutogradError, match=r"takes 3|3 inputs|must be 3"):
        nn.predict(model, X[:, :2])


def test_within_blocks_that_watch_every_node_is_watched():
    made = []
    model = Counting(nn.MLP(3, [4, 3], seed=0))
    with autograd.detect_anomaly():
        made.append(nn.predict(model, X))
    assert model.calls == len(X)
