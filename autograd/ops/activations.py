"""Activations of neurons, and their relatives."""

from __future__ import annotations

import math

from autograd.operands import as_number
from autograd.ops.record import Parametrised, parametrised, unary

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from autograd.signatures import WithAlpha, WithSlope


def _sigmoid(m: Any, x: Any) -> Any:
    """1 / (1 + e⁻ˣ), with the exponential of a negative number only: it can't overflow.

    -|x| is chosen, not computed: the derivative of abs at 0 would make σ'(0) = 0.
    """
    tail = m.exp(m.where(x >= 0, -x, x))
    return m.divide(m.where(x >= 0, 1.0, tail), 1 + tail)


def _softplus(m: Any, x: Any) -> Any:
    """log(1 + eˣ) = max(x, 0) + log(1 + e⁻|ˣ|), which can't overflow."""
    return m.maximum(x, 0.0) + m.log1p(m.exp(-m.abs(x)))


def normal_cdf(m: Any, x: Any) -> Any:
    return 0.5 * m.erfc(x * -math.sqrt(0.5))


def normal_density(m: Any, x: Any) -> Any:
    return m.exp(-0.5 * x * x) * (1 / math.sqrt(2 * math.pi))


SELU_ALPHA = 1.6732632423543772848170429916717
SELU_SCALE = 1.0507009873554804934193349852946


@unary(lambda m, y, x: m.where(x > 0, 1.0, 0.0), method=True, activation="glorot")
def relu(m: Any, x: Any) -> Any:
    """Return max(x, 0). ∂/∂x = 1 where x > 0, else 0: at x = 0 it is 0.

    >>> relu(-2.0)
    0.0
    """
    return m.maximum(x, 0.0)


@unary(
    lambda m, y, x: m.where(x > 0, SELU_SCALE, SELU_SCALE * SELU_ALPHA * m.exp(x)),
    activation="glorot",
    domain=[(-100.0, 100.0)],
)
def selu(m: Any, x: Any) -> Any:
    """Return the scaled exponential linear unit λx, or λα(eˣ - 1) where x ≤ 0.

    ∂/∂x = λ where x > 0, else λα eˣ, with α = 1.67326… and λ = 1.05070…. Source: Klambauer et al.,
    Self-Normalizing Neural Networks (2017), equation 14.

    >>> selu(0.0)
    0.0
    """
    return m.where(x > 0, SELU_SCALE * x, SELU_SCALE * SELU_ALPHA * m.expm1(x))


@unary(
    lambda m, y, x: normal_cdf(m, x) + x * normal_density(m, x),
    readable=lambda m, y, x: m.Φ(x) + x * m.φ(x),
    activation="glorot",
    domain=[(-14.0, 10.0)],
)
def gelu(m: Any, x: Any) -> Any:
    """Return the Gaussian error linear unit x Φ(x), with Φ the normal distribution.

    ∂/∂x = Φ(x) + x φ(x), with φ the normal density: the exact form, not the tanh one.

    Source: Hendrycks and Gimpel, Gaussian Error Linear Units (2016).

    >>> gelu(0.0)
    0.0
    """
    return x * normal_cdf(m, x)


@unary(
    lambda m, y, x: _sigmoid(m, x) * (1 + x * _sigmoid(m, -x)),
    readable=lambda m, y, x: m.sigmoid(x) * (1 + x * m.sigmoid(-x)),
    activation="glorot",
    domain=[(-100.0, 30.0)],
)
def silu(m: Any, x: Any) -> Any:
    """Return x σ(x), also called swish. ∂/∂x = σ(x) (1 + x σ(-x)), with σ the sigmoid.

    >>> silu(0.0)
    0.0
    """
    return x * _sigmoid(m, x)


@unary(
    lambda m, y, x: y * (1 - y),
    symbol="σ",
    latex=r"\sigma",
    method=True,
    activation="glorot",
    bounds=(0.0, 1.0),
    domain=[(-100.0, 30.0)],
)
def sigmoid(m: Any, x: Any) -> Any:
    """Return the logistic function σ(x) = 1 / (1 + e⁻ˣ). ∂σ(x)/∂x = σ(x) (1 - σ(x)).

    >>> sigmoid(0.0)
    0.5
    """
    return _sigmoid(m, x)


@unary(
    lambda m, y, x: _sigmoid(m, -x),
    readable=lambda m, y, x: m.sigmoid(-x),
    activation="glorot",
    domain=[(-30.0, 100.0)],
)
def logsigmoid(m: Any, x: Any) -> Any:
    """Return log σ(x) = -log(1 + e⁻ˣ), exact for all x. ∂/∂x = σ(-x).

    >>> logsigmoid(800.0)
    -0.0
    """
    return -_softplus(m, -x)


@unary(
    lambda m, y, x: _sigmoid(m, x),
    readable=lambda m, y, x: m.sigmoid(x),
    method=True,
    activation="glorot",
    domain=[(-100.0, 30.0)],
)
def softplus(m: Any, x: Any) -> Any:
    """Return log(1 + eˣ), exact for all x. ∂/∂x = σ(x), the sigmoid.

    >>> softplus(800.0)
    800.0
    """
    return _softplus(m, x)


def _mish_slope(m: Any, t: Any, x: Any) -> Any:
    """The derivative from t = tanh(softplus(x))."""
    return t + x * _sigmoid(m, x) * (1 - t * t)


@unary(
    lambda m, y, x: _mish_slope(m, m.tanh(_softplus(m, x)), x),
    readable=lambda m, y, x: (
        m.tanh(m.softplus(x)) + x * m.sigmoid(x) * (1 - m.tanh(m.softplus(x)) ** 2)
    ),
    method=True,
    activation="glorot",
    domain=[(-30.0, 30.0)],
)
def mish(m: Any, x: Any) -> Any:
    """Return x tanh(softplus(x)), a smooth relative of relu.

    ∂/∂x = t + x σ(x) (1 - t²) with t = tanh(softplus(x)) and σ the sigmoid.

    Source: Misra, Mish: A Self Regularized Non-Monotonic Activation Function (2019).

    >>> mish(0.0)
    0.0
    """
    return x * m.tanh(_softplus(m, x))


class LeakyRelu(Parametrised):
    seen_as: WithSlope

    def __call__(self, x: Any, slope: Any = 0.01) -> Any:
        return self.at(x, as_number(slope, "the slope of leaky_relu"))


@parametrised(LeakyRelu, lambda m, y, x, slope: m.where(x > 0, 1.0, slope), activation="glorot")
def leaky_relu(m: Any, x: Any, slope: float) -> Any:
    """Return x, or slope·x where x ≤ 0. ∂/∂x = 1 where x > 0, else the slope, which is a number.

    >>> leaky_relu(-2.0)
    -0.02
    """
    return m.where(x > 0, x, slope * x)


class Elu(Parametrised):
    seen_as: WithAlpha

    def __call__(self, x: Any, alpha: Any = 1.0) -> Any:
        return self.at(x, as_number(alpha, "the α of elu"))


@parametrised(
    Elu,
    lambda m, y, x, alpha: m.where(x > 0, 1.0, alpha * m.exp(x)),
    activation="glorot",
    domain=[(-100.0, 100.0)],
)
def elu(m: Any, x: Any, alpha: float) -> Any:
    """Return the exponential linear unit: x, or α(eˣ - 1) where x ≤ 0.

    ∂/∂x = 1 where x > 0, else α eˣ: so α at x = 0. α is a number. Source: Clevert et al.,
    Exponential Linear Units (2015).

    >>> elu(2.0)
    2.0
    """
    return m.where(x > 0, x, alpha * m.expm1(x))
