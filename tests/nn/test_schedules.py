"""Schedules start and end where they say."""

import pytest

from autograd import Value
from nn import SGD, ConfigurationError, cosine_decay, exponential_decay, linear_decay


@pytest.mark.parametrize("decay", [linear_decay, cosine_decay])
def test_a_decay_goes_down_from_start_to_end_and_stays(decay):
    rates = [decay(1.0, 0.1, 10)(step) for step in range(15)]
    assert rates[0] == 1.0
    assert rates[5] == pytest.approx(0.55)
    assert rates[10:] == pytest.approx([0.1] * 5)
    assert rates[:11] == sorted(rates[:11], reverse=True)


def test_the_schedule_of_micrograds_demo():
    rate = linear_decay(1.0, 0.1, 100)
    for k in range(100):
        assert rate(k) == pytest.approx(1.0 - 0.9 * k / 100, rel=1e-14)


def test_exponential_decay_multiplies():
    rate = exponential_decay(0.5, 0.1, 4)
    assert [rate(step) for step in (0, 4, 8)] == pytest.approx([0.5, 0.05, 0.005])


@pytest.mark.parametrize("decay", [linear_decay, cosine_decay, exponential_decay])
def test_no_steps_are_an_error(decay):
    with pytest.raises(ConfigurationError, match="positive number of steps, not 0"):
        decay(1.0, 0.5, 0)


def test_an_optimiser_follows_it():
    optimiser = SGD([Value(1.0)], linear_decay(1.0, 0.0, 4))
    rates = []
    for _ in range(5):
        rates.append(optimiser.current_learning_rate())
        optimiser.step()
    assert rates == [1.0, 0.75, 0.5, 0.25, 0.0]
