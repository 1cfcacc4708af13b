"""Losses have the value and the gradient of their definition, and of PyTorch."""

import math

import pytest

import autograd
import nn
from autograd import ShapeError, Value
from nn import DataError, losses

LOGITS = [-800.0, -30.0, -2.0, -1e-9, 0.0, 0.5, 1.0, 3.0, 40.0, 900.0]


def torch_loss(name, outputs, target):
    torch = pytest.importorskip("torch")
    functional = torch.nn.functional
    given = torch.tensor(outputs, dtype=torch.float64, requires_grad=True)
    if name == "cross_entropy":
        loss = functional.cross_entropy(given, torch.tensor(target))
    elif name == "binary_cross_entropy":
        loss = functional.binary_cross_entropy_with_logits(
            given[0], torch.tensor(float(target), dtype=torch.float64)
        )
    elif name == "max_margin":
        label = torch.tensor(float(target), dtype=torch.float64)
        loss = functional.margin_ranking_loss(given[0], given[0] * 0, label, margin=1.0)
    else:
        reduction = "mean" if name == "mean_squared_error" else "sum"
        target = torch.tensor(target, dtype=torch.float64)
        loss = functional.mse_loss(given, target, reduction=reduction)
    loss.backward()
    return loss.item(), given.grad.tolist()


CASES = [
    *[("binary_cross_entropy", [a], y) for a in LOGITS for y in (0, 0.25, 1)],
    *[("max_margin", [s], y) for s in (-2.0, 0.5, 0.999, 1.5, 100.0) for y in (-1, 1)],
    *[("cross_entropy", [1.0, -2.0, 700.0, 0.5], y) for y in range(4)],
    ("cross_entropy", [1.0, 2.0, 3.0], [0.25, 0.5, 0.25]),
    ("squared_error", [0.5, -1.0, 3.0], [1.0, 1.0, 3.0]),
    ("mean_squared_error", [0.5, -1.0, 3.0], [1.0, 1.0, 3.0]),
]


@pytest.mark.parametrize(("name", "outputs", "target"), CASES, ids=str)
def test_losses_equal_pytorchs(name, outputs, target):
    values = [Value(output) for output in outputs]
    loss = losses.find(name)(values, target)
    loss.backward()
    expected, gradients = torch_loss(name, outputs, target)
    # PyTorch loses the last digits of a binary cross entropy next to 0: hence 1e-14.
    assert loss.data == pytest.approx(expected, rel=1e-12, abs=1e-14)
    assert [v.grad for v in values] == pytest.approx(gradients, rel=1e-9, abs=1e-14)
    assert losses.find(name)(outputs, target) == loss.data


@pytest.mark.parametrize(("name", "outputs", "target"), CASES, ids=str)
def test_gradients_agree_with_finite_differences(name, outputs, target):
    autograd.gradcheck(lambda *values: losses.find(name)(values, target), outputs)


@pytest.mark.parametrize("target", [0, 1])
def test_binary_cross_entropy_is_the_cross_entropy_of_the_sigmoid(target):
    for logit in (-3.0, 0.25, 2.0):
        p = autograd.sigmoid(logit)
        expected = -math.log(p if target else 1 - p)
        assert nn.binary_cross_entropy(logit, target) == pytest.approx(expected, rel=1e-14)


@pytest.mark.parametrize(("logit", "target"), [(-30.0, 0), (40.0, 1), (700.0, 1)])
def test_binary_cross_entropy_is_exact_next_to_zero(logit, target):
    a = Value(logit)
    loss = nn.binary_cross_entropy(a, target)
    loss.backward()
    tail = math.exp(-abs(logit))
    assert loss.data == pytest.approx(math.log1p(tail), rel=1e-14)
    assert a.grad == pytest.approx(math.copysign(tail / (1 + tail), -logit), rel=1e-14)


def test_one_output_is_taken_as_it_is_and_in_a_list():
    for loss in (nn.squared_error, nn.mean_squared_error):
        assert loss(Value(3.0), 1.0).data == loss([Value(3.0)], [1.0]).data == 4.0
    for loss in (nn.binary_cross_entropy, nn.max_margin):
        assert loss(Value(3.0), 1).data == loss([Value(3.0)], 1).data


def test_targets_may_be_values():
    target = Value(0.25)
    nn.binary_cross_entropy(Value(3.0), target).backward()
    assert target.grad == -3.0
    for sure in (0.0, 1.0):
        target = Value(sure)
        nn.binary_cross_entropy(Value(3.0), target).backward()
        assert target.grad == pytest.approx(-3.0, rel=1e-14)
    target = Value(-1.0)
    nn.max_margin(Value(0.25), target).backward()
    assert target.grad == -0.25


@pytest.mark.parametrize("target", [-1, 1])
def test_an_example_that_is_right_by_just_the_margin_is_left_alone(target):
    score = Value(float(target))
    nn.max_margin(score, target).backward()
    assert score.grad == 0.0
    score = Value(target * math.nextafter(1.0, 0.0))
    nn.max_margin(score, target).backward()
    assert score.grad == -target


@pytest.mark.parametrize(("logit", "target"), [(-math.inf, 0), (math.inf, 1)])
def test_an_infinite_logit_that_is_right_costs_nothing(logit, target):
    assert nn.binary_cross_entropy(logit, target) == 0.0
    a = Value(logit)
    loss = nn.binary_cross_entropy(a, target)
    loss.backward()
    assert (loss.data, a.grad) == (0.0, 0.0)


def test_cross_entropy_is_one_node():
    logits = [Value(1.0), Value(2.0)]
    assert nn.cross_entropy(logits, 1).parents == tuple(logits)


def test_a_network_is_never_charged_for_being_right():
    assert nn.max_margin(Value(1.0), 1).data == 0.0
    assert nn.cross_entropy([800.0, 0.0], 0) == 0.0
    assert nn.binary_cross_entropy(800.0, 1) == 0.0


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: nn.squared_error([1.0, 2.0], [1.0]), ShapeError, "2 outputs and 1 targets"),
        (lambda: nn.mean_squared_error(Value(1.0), [1, 2]), ShapeError, "1 outputs and 2 targets"),
        (lambda: nn.squared_error([], []), ShapeError, "of nothing"),
        (lambda: nn.binary_cross_entropy(1.0, -1), DataError, r"not -1; labels -1 and \+1"),
        (lambda: nn.binary_cross_entropy(1.0, math.nan), DataError, "from 0 to 1, not nan"),
        (lambda: nn.binary_cross_entropy(1.0, 2), DataError, "from 0 to 1, not 2$"),
        (lambda: nn.binary_cross_entropy([1.0, 2.0], 1), ShapeError, "one output, not 2"),
        (lambda: nn.binary_cross_entropy(1.0, "yes"), DataError, "a number.*not 'yes'"),
        (lambda: nn.max_margin(1.0, 0), DataError, r"-1 or \+1, not 0; .* write 2 \* y - 1"),
        (lambda: nn.max_margin(1.0, 0.5), DataError, r"-1 or \+1, not 0\.5$"),
        (lambda: nn.max_margin([1.0, 2.0], 1), ShapeError, "one output, not 2"),
        (lambda: nn.max_margin([], 1), ShapeError, "one output, not 0"),
        (lambda: nn.binary_cross_entropy([], 1), ShapeError, "one output, not 0"),
        (lambda: nn.cross_entropy([1.0, 2.0], 2), DataError, "class from 0 to 1"),
        (lambda: nn.cross_entropy([1.0, 2.0], -1), DataError, "class from 0 to 1"),
        (lambda: nn.cross_entropy([1.0, 2.0], [1.0]), DataError, "2 logits and 1 targets"),
        (lambda: nn.cross_entropy(Value(1.0), 0), DataError, "there is binary_cross_entropy"),
        (lambda: losses.find("cross_entrpy"), nn.ConfigurationError, "mean 'cross_entropy'"),
        (lambda: losses.find(3), nn.ConfigurationError, "a name or a function, not 3"),
    ],
)
def test_targets_that_do_not_fit_are_errors(call, error, message):
    with pytest.raises(error, match=message):
        call()
