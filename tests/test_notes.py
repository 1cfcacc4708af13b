"""The lecture notes' worked network, 4-4-2: their numbers as printed, the exact ones, the errata.

Sigmoid hidden layer, softmax output. The notes introduce biases [0.5, 0.3] but compute all of their
numbers with b = 0, and so does this.
"""

from __future__ import annotations

import pytest

import autograd
from autograd import Value, gradients

X = [2.0, 5.0, 3.0, 3.0]
Y = [1.0, 0.0]
W1 = [[0.1, 0.3, 0.8, -0.4], [-0.3, -0.2, 0.5, 0.5], [-0.3, 0.0, 0.5, 0.4], [0.2, 0.5, -0.9, 0.7]]
W2 = [[0.5, 0.8, 0.2, 0.4], [0.5, 0.2, 0.3, -0.5]]


class Network:
    """The forward pass, with every quantity of the notes by its name."""

    def __init__(self) -> None:
        self.w1 = [[Value(w) for w in row] for row in W1]
        self.w2 = [[Value(w) for w in row] for row in W2]
        self.a1 = [autograd.dot(row, X) for row in self.w1]
        self.h1 = [autograd.sigmoid(a) for a in self.a1]
        self.a2 = [autograd.dot(row, self.h1) for row in self.w2]
        self.y_hat = autograd.softmax(self.a2)
        self.squared_error = autograd.sum((y - p) ** 2 for y, p in zip(Y, self.y_hat, strict=True))
        self.cross_entropy = autograd.cross_entropy(self.a2, 0)


@pytest.fixture
def net() -> Network:
    return Network()


def data(values: list[Value]) -> list[float]:
    return [value.data for value in values]


@pytest.mark.parametrize(
    ("name", "printed", "digits", "exact"),
    [
        ("a1", [2.9, 1.4, 2.1, 2.3], 1, [2.9, 1.4, 2.1, 2.3]),
        ("h1", [0.95, 0.80, 0.89, 0.91], 2, [0.947846, 0.802184, 0.890903, 0.908877]),
        ("y_hat", [0.77, 0.23], 2, [0.770336, 0.229664]),
    ],
)
def test_forward_pass(
    net: Network, name: str, printed: list[float], digits: int, exact: list[float]
) -> None:
    values = data(getattr(net, name))
    assert values == pytest.approx(exact, abs=5e-7)
    assert [round(value, digits) for value in values] == printed


def test_the_output_layer_before_softmax(net: Network) -> None:
    """The notes print [1.66, 0.45]; to two digits: both numbers."""
    assert data(net.a2) == pytest.approx([1.657402, 0.447192], abs=5e-7)
    assert [round(value, 2) for value in data(net.a2)] == [1.66, 0.45]


def test_squared_error(net: Network) -> None:
    """Erratum 3: 0.1058 is (1 - 0.77)² + (0 - 0.23)², not (1 - 0.77)² + (1 - 0.23)²."""
    assert net.squared_error.data == pytest.approx(0.105491, abs=5e-7)
    assert pytest.approx(0.1058) == (1 - 0.77) ** 2 + (0 - 0.23) ** 2
    assert pytest.approx(0.6458) == (1 - 0.77) ** 2 + (1 - 0.23) ** 2


@pytest.mark.parametrize(
    ("loss", "w_212", "w_131"),
    [("squared_error", -0.130377, 0.003159), ("cross_entropy", -0.184233, 0.004464)],
)
def test_gradients_over_all_paths(net: Network, loss: str, w_212: float, w_131: float) -> None:
    weights = [net.w2[0][1], net.w1[2][0]]
    assert gradients(getattr(net, loss), weights) == pytest.approx([w_212, w_131], abs=5e-7)


def test_the_notes_follow_half_of_the_paths(net: Network) -> None:
    """Erratum 1: a_21 reaches the loss through ŷ_1 and through ŷ_2; the notes follow ŷ_1 alone."""
    loss_1 = (Y[0] - net.y_hat[0]) ** 2  # what reaches the loss through ŷ_1
    half_w_212, half_w_131 = gradients(loss_1, [net.w2[0][1], net.w1[2][0]])
    w_212, w_131 = gradients(net.squared_error, [net.w2[0][1], net.w1[2][0]])
    assert round(half_w_212, 3) == -0.065
    assert half_w_131 == pytest.approx(0.001595, rel=0.02)  # printed from rounded numbers
    assert 2 * half_w_212 == pytest.approx(w_212, rel=1e-12)
    assert 2 * half_w_131 == pytest.approx(w_131, rel=1e-12)


def test_the_derivative_of_an_output_by_the_other_pre_activation(net: Network) -> None:
    """∂ŷ_2/∂a_21 = -ŷ_1 ŷ_2: the factor on the paths that the notes leave out."""
    y_1, y_2 = data(net.y_hat)
    assert gradients(net.y_hat[1], [net.a2[0]]) == pytest.approx([-y_1 * y_2], rel=1e-14)
    assert gradients(net.y_hat[0], [net.a2[0]]) == pytest.approx([y_1 * (1 - y_1)], rel=1e-14)


def test_the_derivative_of_the_loss_by_an_output_is_not_the_loss(net: Network) -> None:
    """Erratum 4."""
    [slope] = gradients(net.squared_error, [net.y_hat[0]])
    assert slope == pytest.approx(-2 * (1 - net.y_hat[0].data), rel=1e-14)
    assert slope != pytest.approx(net.squared_error.data)


def test_the_vectorised_equations(net: Network) -> None:
    """∇a₂ = ŷ - y, ∇W₂ = ∇a₂ h₁ᵀ, ∇h₁ = W₂ᵀ ∇a₂, ∇a₁ = ∇h₁ ⊙ g'(a₁), ∇W₁ = ∇a₁ xᵀ."""
    net.cross_entropy.backward()
    nabla_a2 = [p - y for p, y in zip(data(net.y_hat), Y, strict=True)]
    assert [a.grad for a in net.a2] == pytest.approx(nabla_a2, rel=1e-12)
    for i, row in enumerate(net.w2):
        expected = [nabla_a2[i] * h.data for h in net.h1]
        assert [w.grad for w in row] == pytest.approx(expected, rel=1e-12)
    nabla_h1 = [sum(W2[i][j] * nabla_a2[i] for i in range(2)) for j in range(4)]
    assert [h.grad for h in net.h1] == pytest.approx(nabla_h1, rel=1e-12)
    nabla_a1 = [g * h.data * (1 - h.data) for g, h in zip(nabla_h1, net.h1, strict=True)]
    assert [a.grad for a in net.a1] == pytest.approx(nabla_a1, rel=1e-12)
    for i, row in enumerate(net.w1):
        assert [w.grad for w in row] == pytest.approx([nabla_a1[i] * x for x in X], rel=1e-12)


def test_finite_differences_agree(net: Network) -> None:
    weights = [w for row in (*net.w1, *net.w2) for w in row]

    def loss(*_: Value) -> Value:
        hidden = [autograd.sigmoid(autograd.dot(row, X)) for row in net.w1]
        return autograd.cross_entropy([autograd.dot(row, hidden) for row in net.w2], Y)

    autograd.gradcheck(loss, weights)


@pytest.mark.parametrize("loss", ["squared_error", "cross_entropy"])
def test_a_step_against_the_gradient_lowers_the_loss(net: Network, loss: str) -> None:
    """Erratum 7: the update is W ← W - η ∇W, biases included; with a plus the loss rises."""
    before = getattr(net, loss)
    row = net.w2[0]
    slopes = gradients(before, row)
    for eta in (0.1, -0.1):
        logits = [
            autograd.dot([w.data - eta * g for w, g in zip(row, slopes, strict=True)],
                         data(net.h1)),
            net.a2[1].data,
        ]  # fmt: skip
        after = (
            autograd.cross_entropy(logits, 0)
            if loss == "cross_entropy"
            else sum((y - p) ** 2 for y, p in zip(Y, autograd.softmax(logits), strict=True))
        )
        assert (after < before.data) == (eta > 0)


@pytest.mark.parametrize(
    ("chain", "slope"),
    [
        (lambda x: autograd.exp(x**2), lambda x, e: 2 * x * e),
        (lambda x: autograd.exp(autograd.exp(x**2)),
         lambda x, e: 2 * x * e * autograd.exp(e)),
        (lambda x: 1 / autograd.exp(x**2), lambda x, e: -2 * x / e),
    ],
)  # fmt: skip
def test_the_notes_chains_of_one_path(chain, slope) -> None:  # type: ignore[no-untyped-def]
    """e^(x²), e^(e^(x²)) and 1/e^(x²), differentiated link by link."""
    for x in (-0.8, 0.5, 1.1):
        expected = slope(x, autograd.exp(x**2))
        assert autograd.grad(chain)(x) == pytest.approx(expected, rel=1e-14)
