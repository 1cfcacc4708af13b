"""The errata of the lecture notes that answers can make: each is found, its correction right.

The network is the notes' 4-4-2 with the squared error, or with the cross entropy; in ``002_…`` the
notes call its input z₁, its hidden layer z₂, ∂L/∂aᵢ εᵢ and ∂L/∂hᵢ δᵢ.
"""

from __future__ import annotations

import pytest

import autograd
from autograd import Value, Verdict, check_derivation, check_update, check_values
from autograd.derivations.quantities import QuantityFinding
from tests.autograd.worked_network import WorkedNetwork


def network(loss: str) -> Value:
    net = WorkedNetwork()
    if loss == "squared error":
        return net.loss
    cross_entropy = autograd.cross_entropy(net.a2, 0)
    cross_entropy.label = "L"
    return cross_entropy


@pytest.mark.parametrize(
    ("loss", "asked", "printed", "verdict", "right"),
    [
        # Half of the paths, in numbers and in named derivatives.
        ("squared error", "w212", "-0.065", Verdict.MISSING_PATHS, "-0.130377"),
        ("squared error", "w131", "0.001595", Verdict.MISSING_PATHS, "0.003159"),
        (
            "squared error", "w212", "∂L/∂ŷ1·∂ŷ1/∂a21·∂a21/∂w212", Verdict.MISSING_PATHS,
            "∂L/∂ŷ1·∂ŷ1/∂a21·∂a21/∂w212 + ∂L/∂ŷ2·∂ŷ2/∂a21·∂a21/∂w212",
        ),
        # ∂L/∂ŷ₁ set equal to the loss.
        ("squared error", "ŷ1", "(1 - ŷ1)² + (0 - ŷ2)²", Verdict.VALUE, "-2(1 - ŷ1)"),
        # The "stored" ∂h₁/∂a₂, which is upside down, and a recap that ends in ∂a₃/∂W₁₁₁.
        (
            "cross entropy", "h11", "∂L/∂a21·∂h11/∂a21 + ∂L/∂a22·∂h11/∂a22", Verdict.CHAIN,
            "∂L/∂a21·∂a21/∂h11 + ∂L/∂a22·∂a22/∂h11",
        ),
        (
            "cross entropy", "w111", "∂L/∂h11·∂h11/∂a11·∂a13/∂w111", Verdict.CHAIN,
            "∂L/∂h11·∂h11/∂a11·∂a11/∂w111",
        ),
        # -(0 - ŷᵢ) with a free i; with i = 1, the true class, it is a wrong number.
        ("cross entropy", "a21", "-(0 - ŷ_i)", Verdict.UNREADABLE, "-(1 - ŷ1)"),
        # ∇_{W_kij} without the layer's input.
        (
            "cross entropy", "w131", r"\frac{\partial L}{\partial a_{13}}", Verdict.CHAIN,
            r"\frac{\partial L}{\partial a_{13}} \cdot x_1",
        ),
        # ∂L/∂aᵢ = ∂L/∂zᵢ · ∂zᵢ/∂aᵢ, where z_{i+1} = f(aᵢ).
        (
            "cross entropy", "a1", "(∂z1/∂a1)ᵀ ∇z1", Verdict.NOT_THE_GRADIENT,
            "(∂z2/∂a1)ᵀ ∇z2",
        ),
        ("cross entropy", "a1", "δ2 ∘ f'(a1)", Verdict.UNREADABLE, "δ1 ∘ f'(a1)"),
        # dWᵢ = εᵢ ⊗ z_{i+1}, δ_{i-1} = W_{i-1}ᵀ εᵢ, and W₀.
        ("cross entropy", "W1", "ε1 ⊗ z2", Verdict.NEIGHBOUR, "ε1 ⊗ z1"),
        ("cross entropy", "h1", "W1ᵀ ε2", Verdict.SHAPE, "W2ᵀ ε2"),
        ("cross entropy", "x", "W0ᵀ ε1", Verdict.UNREADABLE, "W1ᵀ ε1"),
        # ∂L/∂W^ab = ε^b z^a is the transpose.
        ("cross entropy", "W1", "z1 ⊗ ε1", Verdict.TRANSPOSED, "ε1 ⊗ z1"),
        ("cross entropy", "W2", "z2 ⊗ ε2", Verdict.SHAPE, "ε2 ⊗ z2"),
    ],
)  # fmt: skip
def test_derivatives(loss: str, asked: str, printed: str, verdict: Verdict, right: str) -> None:
    [finding] = check_derivation(network(loss), {asked: printed}, names=OUTPUTS).findings
    assert finding.verdict is verdict, str(finding)
    assert check_derivation(network(loss), {asked: right}, names=OUTPUTS)


# ŷ where the loss takes the softmax itself.
OUTPUTS = {"ŷ1": 0.7703359891, "ŷ2": 0.2296640109}


def test_the_diagonal_alone_is_not_the_jacobian() -> None:
    """∂aᵏ/∂zᵏ = Wᵏᵏ "in general": then ∂L/∂z would be the diagonal of W times ε."""
    net = WorkedNetwork()
    epsilon = autograd.gradients(net.loss, net.a1)
    diagonal = [net.w1[k][k].data * epsilon[k] for k in range(4)]
    [finding] = check_derivation(net.loss, {"x": diagonal}).findings
    assert isinstance(finding, QuantityFinding)
    assert finding.message == "only the diagonal of W1 was followed"
    assert check_derivation(net.loss, {"x": "(∂a1/∂x)ᵀ ε1"})


@pytest.mark.parametrize(
    ("asked", "printed", "right"),
    [
        ("L", "(1 - 0.77)² + (1 - 0.23)²", "(1 - ŷ1)² + (0 - ŷ2)²"),
        ("a1", [3.4, 1.9, 2.6, 2.8], [2.9, 1.4, 2.1, 2.3]),  # with b = 0.5, as introduced
        ("a2", "W2 h11", "W2 h1"),  # h_ij for the vector
        ("a2", "W1 h1", "W2 h1"),
    ],
)
def test_values(asked: str, printed: object, right: object) -> None:
    loss = WorkedNetwork().loss
    assert not check_values(loss, {asked: printed})
    assert check_values(loss, {asked: right})


def test_the_update_of_a_bias_goes_down_the_gradient() -> None:
    """bᵢ = bᵢ + η Δbᵢ has the wrong sign."""
    bias = Value(0.5, label="b")
    loss = (autograd.sigmoid(bias * 1 + 2.9) - 1) ** 2
    [printed] = check_update(loss, {"b": "b = b + η ∂L/∂b"}, learning_rate=0.1).findings
    assert printed.verdict is Verdict.WRONG_SIGN
    assert check_update(loss, {"b": "b = b - η ∂L/∂b"}, learning_rate=0.1)


def test_a_derivative_of_the_target_is_not_that_of_the_output() -> None:
    """∂/∂y₁ (y₁ - ŷ₁)² = -2(y₁ - ŷ₁): that is ∂/∂ŷ₁."""
    y, output = Value(1.0, label="y1"), Value(0.77, label="ŷ1")
    loss = (y - output) ** 2
    [by_target, by_output] = check_derivation(
        loss, {"y1": "-2(y_1 - \\hat{y}_1)", "ŷ1": "-2(y_1 - \\hat{y}_1)"}
    ).findings
    assert by_target.verdict is Verdict.WRONG_SIGN
    assert by_output.is_right


def test_the_chain_of_three_exponentials() -> None:
    """d e^(e^(x²))/dx is e^(e^(x²))·e^(x²)·2x, and not (e^(x²))(e^(x²))·2x."""
    x = Value(0.8, label="x")
    loss = autograd.exp(autograd.exp(x**2))
    [printed] = check_derivation(loss, {"x": "(e^(x^2))(e^(x^2))·2x"}).findings
    assert not printed.is_right
    assert printed.number == pytest.approx(5.75, abs=0.005)
    assert check_derivation(loss, {"x": "e^(e^(x^2))·e^(x^2)·2x = 20.2"})
