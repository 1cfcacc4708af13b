"""Optimisers change parameters as PyTorch's do, or not at all."""

import math

import numpy as np
import pytest

import autograd
import nn
from autograd import Value
from nn import SGD, Adam, ConfigurationError, NonFiniteError, StateError, clip_gradients
from nn.optimisers import clipped

START = [1.0, -2.0, 0.5]


def rosenbrock(x, y, z):
    """A narrow curved valley, so that every step matters."""
    return (1 - x) ** 2 + 10 * (y - x * x) ** 2 + (1 - y) ** 2 + 10 * (z - y * y) ** 2


def descend(make, steps=30):
    parameters = [Value(x) for x in START]
    optimiser = make(parameters)
    for _ in range(steps):
        optimiser.zero_grad()
        rosenbrock(*parameters).backward()
        clip_gradients(parameters, 50.0)
        optimiser.step()
    return [p.data for p in parameters]


def torch_descend(make, schedule=None, steps=30):
    torch = pytest.importorskip("torch")
    parameters = [torch.tensor(x, dtype=torch.float64, requires_grad=True) for x in START]
    optimiser = make(torch.optim, parameters)
    for step in range(steps):
        if schedule:
            optimiser.param_groups[0]["lr"] = schedule(step)
        optimiser.zero_grad()
        rosenbrock(*parameters).backward()
        # Without PyTorch's 1e-6 in the denominator, which keeps 0 / 0 away.
        norm = math.hypot(*[p.grad.item() for p in parameters])
        if norm > 50.0:
            for p in parameters:
                p.grad *= 50.0 / norm
        optimiser.step()
    return [p.item() for p in parameters]


@pytest.mark.parametrize(
    "settings",
    [{}, {"momentum": 0.9}, {"weight_decay": 0.1}, {"momentum": 0.5, "weight_decay": 0.01}],
    ids=str,
)
def test_sgd_equals_pytorchs(settings):
    ours = descend(lambda ps: SGD(ps, 1e-3, **settings))
    theirs = torch_descend(lambda optim, ps: optim.SGD(ps, 1e-3, **settings))
    assert ours == pytest.approx(theirs, rel=1e-12)


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"learning_rate": 0.1},
        {"betas": (0.5, 0.9), "learning_rate": 0.05},
        {"epsilon": 0.1, "learning_rate": 0.05},
        {"weight_decay": 0.1, "learning_rate": 0.05},
        {"betas": (0.0, 0.0)},
    ],
    ids=str,
)
def test_adam_equals_pytorchs(settings):
    names = {"learning_rate": "lr", "epsilon": "eps"}
    theirs = {names.get(name, name): value for name, value in settings.items()}
    assert descend(lambda ps: Adam(ps, **settings)) == pytest.approx(
        torch_descend(lambda optim, ps: optim.Adam(ps, **theirs)), rel=1e-11
    )


GRADIENTS = [[0.5, -2.0, 1e-9], [-1.0, 0.25, 0.0], [3.0, 0.125, -1e-9]]


def follow(optimiser, parameters):
    """Take a step by each of these gradients."""
    for gradients in GRADIENTS:
        for parameter, gradient in zip(parameters, gradients, strict=True):
            parameter.grad = gradient
        optimiser.step()
    return [parameter.data for parameter in parameters]


@pytest.mark.parametrize("momentum", [0.0, 0.75])
@pytest.mark.parametrize("decay", [0.0, 0.125])
def test_sgd_is_its_equations(momentum, decay):
    parameters = [Value(x) for x in START]
    found = follow(SGD(parameters, 0.25, momentum=momentum, weight_decay=decay), parameters)
    for i, p in enumerate(START):
        v = 0.0
        for gradients in GRADIENTS:
            v = momentum * v + gradients[i] + decay * p
            p -= 0.25 * v
        assert found[i] == pytest.approx(p, rel=1e-14)


@pytest.mark.parametrize("betas", [(0.9, 0.999), (0.5, 0.75), (0.0, 0.0)])
@pytest.mark.parametrize("epsilon", [1e-8, 0.1])
@pytest.mark.parametrize("decay", [0.0, 0.125])
def test_adam_is_its_equations(betas, epsilon, decay):
    parameters = [Value(x) for x in START]
    optimiser = Adam(parameters, 0.25, betas=betas, epsilon=epsilon, weight_decay=decay)
    found = follow(optimiser, parameters)
    beta1, beta2 = betas
    for i, p in enumerate(START):
        m = v = 0.0
        for t, gradients in enumerate(GRADIENTS, start=1):
            g = gradients[i] + decay * p
            m, v = beta1 * m + (1 - beta1) * g, beta2 * v + (1 - beta2) * g * g
            p -= 0.25 * (m / (1 - beta1**t)) / (math.sqrt(v / (1 - beta2**t)) + epsilon)
        assert found[i] == pytest.approx(p, rel=1e-12)


def test_a_schedule_gets_the_number_of_the_step():
    seen = []

    def rate(step):
        seen.append(step)
        return 1e-3 / (1 + step)

    ours = descend(lambda ps: SGD(ps, rate))
    assert seen == list(range(30))
    theirs = torch_descend(lambda optim, ps: optim.SGD(ps, 1.0), lambda n: 1e-3 / (1 + n))
    assert ours == pytest.approx(theirs, rel=1e-12)


def test_the_notes_update():
    w = Value(0.8)
    w.grad = -0.130377
    SGD([w], learning_rate=1.0).step()
    assert w.data == 0.8 + 0.130377


@pytest.mark.parametrize("make", [lambda p: SGD(p, 0.1, momentum=0.9), lambda p: Adam(p, 0.1)])
@pytest.mark.parametrize("bad", [math.inf, -math.inf, math.nan])
def test_a_non_finite_gradient_changes_nothing_and_is_named(make, bad):
    model = nn.Neuron(2, seed=0)
    optimiser = make(model.parameters())
    model([1.0, 2.0]).backward()
    optimiser.step()
    before, state = model.state_dict(), optimiser.state_dict()
    model.weights[1].grad = bad
    with pytest.raises(NonFiniteError, match=rf"gradient of parameter 'w\[1\]' is {bad}"):
        optimiser.step()
    assert model.state_dict() == before
    assert optimiser.state_dict() == state


@pytest.mark.parametrize("make", [lambda p: SGD(p, 0.01, momentum=0.9), lambda p: Adam(p, 0.1)])
def test_a_saved_state_goes_on_as_if_never_stopped(make):
    def run(optimiser, parameters, steps):
        for _ in range(steps):
            optimiser.zero_grad()
            rosenbrock(*parameters).backward()
            optimiser.step()

    parameters = [Value(x) for x in (0.5, 0.5, 0.5)]
    optimiser = make(parameters)
    run(optimiser, parameters, 3)
    twins = [p.detach() for p in parameters]
    twin = make(twins)
    twin.load_state_dict(optimiser.state_dict())
    run(optimiser, parameters, 3)
    run(twin, twins, 3)
    assert [p.data for p in twins] == [p.data for p in parameters]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"steps": -1}, "number of steps"),
        ({"steps": 1.5}, "number of steps"),
        ({"steps": True}, "number of steps"),
        ({"means": [1.0]}, "means must have one number for each of the 2 parameters, not 1"),
        ({"squares": [1.0, math.nan]}, "squares must hold finite floats"),
        ({"squares": ["a", 1.0]}, "squares must hold finite floats"),
        ({"extra": []}, "the state must have"),
    ],
)
def test_a_state_that_does_not_fit_changes_nothing(change, message):
    optimiser = Adam([Value(1.0), Value(2.0)])
    optimiser.step()
    state = optimiser.state_dict()
    with pytest.raises(StateError, match=message):
        optimiser.load_state_dict({**state, **change})
    assert optimiser.state_dict() == state


@pytest.mark.parametrize("make", [lambda p: SGD(p, 0.1, momentum=0.9), lambda p: Adam(p, 0.1)])
def test_a_state_from_before_the_first_step_is_one(make):
    optimiser = make([Value(1.0), Value(2.0)])
    start = optimiser.state_dict()
    optimiser.step()
    optimiser.load_state_dict(start)
    assert optimiser.state_dict() == start


@pytest.mark.parametrize("make", [lambda p: SGD(p, 0.1, momentum=0.9), lambda p: Adam(p, 0.1)])
def test_what_a_step_would_lead_to_can_be_seen_without_taking_it(make):
    parameters = [Value(1.0), Value(2.0)]
    optimiser = make(parameters)
    optimiser.step()
    before = optimiser.state_dict()
    updated, taking = optimiser.next_step([1.0, 2.0], [0.5, -0.5])
    assert updated != [1.0, 2.0]
    assert optimiser.state_dict() == before
    taking()
    assert optimiser.state_dict() != before


def test_wrong_parameters_are_errors():
    w = Value(1.0, label="w")
    for make in (lambda p: SGD(p, 0.1), Adam):
        with pytest.raises(ConfigurationError, match="at least one parameter"):
            make([])
        with pytest.raises(ConfigurationError, match="parameter 'w' is there twice"):
            make([w, Value(2.0), w])
        with pytest.raises(autograd.OperandError, match="parameter 1 was computed"):
            make([w, w * 2])
        with pytest.raises(autograd.OperandError, match=r"parameter 1 must be a Value, not 3\.0"):
            make([w, 3.0])
        with pytest.raises(autograd.OperandError, match=r"write model\.parameters\(\)"):
            make(w)
        with pytest.raises(autograd.OperandError, match=r"write model\.parameters\(\)"):
            make(nn.Neuron(2))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda p: SGD(p, -0.1), "learning_rate must be finite, at least 0, not -0.1"),
        (lambda p: SGD(p, math.nan), "learning_rate"),
        (lambda p: SGD(p, math.inf), "learning_rate"),
        (lambda p: SGD(p, "fast"), "learning_rate must be a number, not 'fast'"),
        (lambda p: SGD(p, 0.1, momentum=1.0), "momentum must be finite, at least 0 and below 1"),
        (lambda p: SGD(p, 0.1, weight_decay=-1), "weight_decay"),
        (lambda p: Adam(p, betas=(0.9, 1.0)), r"betas\[1\]"),
        (lambda p: Adam(p, epsilon=0.0), "epsilon must be positive"),
        (lambda p: SGD(p, lambda step: None).step(), "learning_rate must be a number, not None"),
        (lambda p: SGD(p, lambda step: -1.0).step(), "learning_rate must be finite"),
        (lambda p: clip_gradients(p, 0.0), "max_norm must be positive"),
        (lambda p: clip_gradients(p, -1.0), "max_norm"),
    ],
)
def test_settings_out_of_range_are_errors(make, message):
    w = Value(1.0)
    w.grad = 1.0
    with pytest.raises(ConfigurationError, match=message):
        make([w])
    assert (w.data, w.grad) == (1.0, 1.0)


def test_clipping_keeps_the_direction_and_returns_the_norm():
    parameters = [Value(0.0), Value(0.0)]
    for p, grad in zip(parameters, (3.0, -4.0), strict=True):
        p.grad = grad
    assert clip_gradients(parameters, 10.0) == 5.0
    assert [p.grad for p in parameters] == [3.0, -4.0]
    assert clip_gradients(parameters, 2.5) == 5.0
    assert [p.grad for p in parameters] == [1.5, -2.0]


def test_clipping_takes_the_largest_gradients_there_are():
    p, q = Value(0.0), Value(0.0)
    p.grad = q.grad = 1.5e308
    clip_gradients([p, q], 1.0)
    assert (p.grad, q.grad) == pytest.approx((0.5**0.5, 0.5**0.5))


@pytest.mark.parametrize("magnitude", [1e-300, 1e-200, 1e-160, 1e-100, 1.0, 1e150, 1e200, 1e307])
@pytest.mark.parametrize("as_vector", [list, np.array])
def test_gradients_of_any_magnitude_have_a_norm(as_vector, magnitude):
    """Lists of floats, as of the eager engine, and arrays, as of the compiled one."""
    with np.errstate(all="ignore"):  # as the compiled engine does
        gradients, norm = clipped(as_vector([3.0 * magnitude, -4.0 * magnitude]), magnitude)
    assert norm == pytest.approx(5.0 * magnitude, rel=1e-12, abs=0)
    assert list(gradients) == pytest.approx([0.6 * magnitude, -0.8 * magnitude], rel=1e-12, abs=0)


def test_clipping_a_non_finite_gradient_changes_nothing():
    p, q = Value(0.0), Value(0.0, label="q")
    p.grad, q.grad = 3.0, math.nan
    with pytest.raises(NonFiniteError, match="parameter 'q' is nan"):
        clip_gradients([p, q], 1.0)
    assert p.grad == 3.0


def test_repr_is_short():
    assert repr(SGD([Value(1.0)], 0.1)) == "SGD(1 parameter, learning_rate=0.1)"
    assert "learning_rate=linear_decay" in repr(Adam([Value(1.0)], nn.linear_decay(1.0, 0.1, 5)))
