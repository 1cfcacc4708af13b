"""Vectors, matrices, values and updates of people: shapes first, then entry by entry."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import autograd as ag
import nn
from autograd import (
    ArgumentError,
    LabelError,
    OperandError,
    ShapeError,
    Value,
    Verdict,
    check_derivation,
    check_update,
    check_values,
)
from autograd.derivations.quantities import QuantityFinding
from tests.autograd.worked_network import WorkedNetwork


def judge(name: str, answer: Any, **options: Any) -> QuantityFinding:
    loss = options.pop("loss", None) or WorkedNetwork().loss
    [finding] = check_derivation(loss, {name: answer}, **options).findings
    assert isinstance(finding, QuantityFinding)
    return finding


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("W2", "∇a2 h1ᵀ"), ("W2", "∇W2 = ∇a2 h1ᵀ"), ("W2", "ε2 ⊗ z2"), ("W2", "∇a2 @ h1ᵀ"),
        ("W2", "∂L/∂W2 = ∂L/∂a2 h1^T"), ("w2", "dL/da2 ⊗ h1"), ("W2", "dW2 = da2 h1ᵀ"),
        ("W2", r"\nabla_{a_2} L(\theta) \, h_1^{\top}"),
        ("W2", r"\frac{\partial L}{\partial a_2} h_1^T"),
        ("h1", "W2ᵀ ∇a2"), ("h1", "W2ᵀ · ∇a2"), ("h1", "W2ᵀ * ∇a2"), ("h1", "(∇a2ᵀ W2)ᵀ"),
        ("h1", "(∂a2/∂h1)ᵀ ∇a2"), ("h1", "W_2^T ε_2"), ("∇h1", "δ1 = W2ᵀ ε2"),
        ("a1", "∇h1 ⊙ g'(a1)"), ("a1", "W2ᵀ ∇a2 ⊙ g'(a1)"), ("a1", "g'(a1) ⊙ W2ᵀ ∇a2"),
        ("a1", "δ1 ∘ f'(a1)"), ("a1", "∇h1 ⊙ h1 ⊙ (1 - h1)"), ("a1", "∇h1 * h1 * (1 - h1)"),
        ("a1", r"W_2^\top \nabla_{a_2} L \odot \sigma'(a_1)"),
        ("W2", "da2 @ h1.T"), ("a1", "(W2.T @ da2) * h1 * (1 - h1)"), ("h1", "(da2.T @ W2).T"),
        ("W1", r"$\boldsymbol{\delta}_1 \circ \sigma'(\mathbf{a}_1) \, \mathbf{x}^\top$"),
        ("a2", "(∂ŷ/∂a2).T ∇ŷ"),
        ("W1", "∇a1 xᵀ"), ("W1", "ε1 ⊗ z1"), ("W1", "(W2ᵀ ∇a2 ⊙ g'(a1)) xᵀ"), ("x", "W1ᵀ ∇a1"),
        ("W1", "W2ᵀ ∇a2 ⊙ g'(a1) xᵀ"), ("W1", "∇a1 ⊗ h0"),
        ("ŷ", "-2(y - ŷ)"), ("ŷ", "2(softmax(a2) - y)"), ("a2", "(∂ŷ/∂a2)ᵀ ∇ŷ"),
        ("a2", "ŷ ⊙ (∇ŷ - Σ(ŷ ⊙ ∇ŷ))"), ("a2", "ŷ ⊙ (∇ŷ - ŷᵀ ∇ŷ)"),
        ("h1", [0.0, -0.0975163, 0.0162527, -0.1462745]), ("h1", "[0, -0.0975, 0.01625, -0.1463]"),
        ("h1", [[0.0], ["-0.0975"], [0.0163], [-0.146]]),
        ("h1", np.array([0, -0.0975, 0.01625, -0.1463])),
    ],
)  # fmt: skip
def test_right_answers(name: str, answer: Any) -> None:
    finding = judge(name, answer)
    assert finding.is_right, str(finding)


@pytest.mark.parametrize(
    ("name", "answer", "verdict", "says"),
    [
        ("h1", "W2 ∇a2", Verdict.SHAPE, "(2, 4) times (2, 1) does not fit; transposed? W2ᵀ ∇a2"),
        ("W2", "∇a2 h1", Verdict.SHAPE, "(2, 1) times (4, 1) does not fit; transposed? ∇a2 h1ᵀ"),
        ("W2", "h1 ∇a2ᵀ", Verdict.SHAPE, "it has shape (4, 2) and must have (2, 4); transposed?"),
        ("W2", "ε2 ⊗ z3", Verdict.SHAPE, "it has shape (2, 2) and must have (2, 4)"),
        ("a1", "∇a2 ⊙ g'(a1)", Verdict.SHAPE, "(2, 1) times (4, 1) does not fit"),
        ("a1", "∇h1ᵀ ⊙ g'(a1)", Verdict.SHAPE, "transposed? ∇h1 does"),
        ("a1", "∇h1 + W2", Verdict.SHAPE, "(4, 1) and (2, 4) does not fit"),
        ("a1", "1", Verdict.SHAPE, "it has shape (1, 1) and must have (4, 1)"),
        ("W2", "-∇a2 h1ᵀ", Verdict.WRONG_SIGN, "the sign is wrong"),
        ("W2", "2 ∇a2 h1ᵀ", Verdict.SCALE, "every entry is 2 times what it should be"),
        ("W1", "x ∇a1ᵀ", Verdict.TRANSPOSED, "rows are columns"),
        ("a1", "∇h1", Verdict.FACTOR, "g'(a) was forgotten"),
        ("a1", "h1", Verdict.VALUE, "it is h1 itself"),
        ("W1", "∇a1 h1ᵀ", Verdict.NEIGHBOUR, "the layer's own output h1 was taken"),
        ("W1", "∇h1 xᵀ", Verdict.FACTOR, "g'(a) was forgotten"),
        ("x", "W1 ∇a1", Verdict.TRANSPOSED, "W1 was taken in place of W1ᵀ"),
        ("a1", "∇h1 ⊙ (1 - h1 ⊙ h1)", Verdict.NOT_THE_GRADIENT, "3 of 4 entries are wrong"),
        ("h1", [0, -0.0975, 0.0163, 0.5], Verdict.NOT_THE_GRADIENT, "1 of 4 entries is wrong"),
        ("W2", "∇W2", Verdict.UNREADABLE, "this is what is asked for"),
        ("a1", "ε1", Verdict.UNREADABLE, "this is what is asked for"),
        ("W2", "∇W1 = ∇a2 h1ᵀ", Verdict.UNREADABLE, "and not for this"),
        ("W2", "∇a2 h1ᵀ q", Verdict.UNREADABLE, "no node of the graph is called 'q'"),
        ("a1", "∇h1 · g'(a1)", Verdict.UNREADABLE, "which product of (4, 1) and (4, 1)"),
        ("W2", "∇a2 h1ᵀ)", Verdict.UNREADABLE, "without a parenthesis"),
        ("W2", "(∂W2/∂a2) h1ᵀ", Verdict.UNREADABLE, "more than two indices"),
    ],
)  # fmt: skip
def test_wrong_answers(name: str, answer: Any, verdict: Verdict, says: str) -> None:
    finding = judge(name, answer)
    assert finding.verdict is verdict, str(finding)
    assert says in finding.message


def test_wrong_entries_go_by_their_labels() -> None:
    finding = judge("h1", [0, -0.0975, 0.0163, 0.5])
    assert finding.details == ["1 of 4 entries is wrong", "h14: 0.5, and right is -0.1463"]
    assert finding.to_dict()["wrong_entries"] == ["h14: 0.5, and right is -0.1463"]


def test_matrices_stand_among_other_answers() -> None:
    loss = WorkedNetwork().loss
    check = check_derivation(loss, {"w212": -0.1304, "W2": "∇a2 h1ᵀ", "a21": "0.16", "h1": "x"})
    assert [finding.is_right for finding in check.findings] == [True, True, False, False]
    assert [each["name"] for each in check.to_dict()["findings"]] == ["w212", "∇W2", "a21", "∇h1"]


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ([[1, 2], [3]], ShapeError), ([], ShapeError), ([[]], ShapeError),
        ([1, [2, 3]], ShapeError), ({"a": 1}, OperandError), ([["x"]], OperandError),
        (None, OperandError), ([[[1.0]]], OperandError),
    ],
)  # fmt: skip
def test_what_is_no_matrix_is_refused(answer: Any, error: type[Exception]) -> None:
    with pytest.raises(error, match="∇h1 must be rows of numbers"):
        judge("h1", answer)
    model = nn.MLP(2, [4, 2], seed=0)
    with pytest.raises(error, match="∇h1 must be rows of numbers"):
        nn.check_vectorised(model, nn.cross_entropy(model([1.0, 2.0]), 0), {"h1": answer})


def test_a_name_that_is_neither_label_nor_array() -> None:
    with pytest.raises(LabelError, match="no node of the graph is called 'q'"):
        judge("q", "∇a2")


def test_a_formula_with_matrices_must_hold_at_other_numbers() -> None:
    x = [Value(1.0, label="x1"), Value(1.0, label="x2")]
    w = [Value(1.0, label="w1"), Value(1.0, label="w2")]
    loss = ag.dot(w, x)
    assert judge("w", "x", loss=loss).verdict is Verdict.RIGHT
    assert judge("w", "w", loss=loss).verdict is Verdict.ONLY_HERE
    assert judge("w", "x ⊙ x", loss=loss).verdict is Verdict.ONLY_HERE


def test_the_mistake_that_comes_to_the_same_here_is_named() -> None:
    """Where a matrix happens to be symmetric, W is what Wᵀ is."""
    model = nn.MLP(2, [2, 2], activation="tanh", seed=3)
    weights = {each.label: each for each in model.parameters()}
    weights["W2[0,1]"].data = weights["W2[1,0]"].data
    x = [Value(0.3, label="x[0]"), Value(-0.8, label="x[1]")]
    loss = nn.squared_error(model(x), [0.2, 0.7])
    found = judge("h1", "W2 ∇a2", loss=loss)
    assert found.verdict is Verdict.ONLY_HERE
    assert "the transposition was forgotten: here the numbers are the same" in found.message
    assert judge("h1", "W2ᵀ ∇a2", loss=loss).verdict is Verdict.RIGHT


# The equations of the notes, for networks of any shape and activation.


@settings(max_examples=25)
@given(
    st.lists(st.integers(1, 4), min_size=2, max_size=4),
    st.sampled_from(["tanh", "sigmoid", "softplus", "sin"]),
    st.integers(0, 10**6),
)
def test_the_equations_of_the_notes_hold_for_any_network(
    widths: list[int], activation: str, seed: int
) -> None:
    inputs, *layers = widths
    model = nn.MLP(inputs, layers, activation=activation, seed=seed)
    x = [Value(0.3 * i + 0.5, label=f"x[{i}]") for i in range(inputs)]
    outputs = model(x)
    targets = [0.25] * layers[-1]
    loss = nn.squared_error(outputs, targets if layers[-1] > 1 else targets[0])
    last = len(layers)
    answers = {}
    for k in range(1, last + 1):
        before = "x" if k == 1 else f"h{k - 1}"
        answers[f"W{k}"] = f"∇a{k} {before}ᵀ" if k < last else f"∇ŷ {before}ᵀ"
        answers[f"b{k}"] = f"∇a{k}" if k < last else "∇ŷ"
        if k < last:
            above = f"∇a{k + 1}" if k + 1 < last else "∇ŷ"
            answers[f"h{k}"] = f"W{k + 1}ᵀ {above}"
            answers[f"a{k}"] = f"W{k + 1}ᵀ {above} ⊙ g'(a{k})"
    check = check_derivation(loss, answers)
    assert check, str(check)
    for name in answers:
        if name.startswith("W") and layers[int(name[1:]) - 1] != widths[int(name[1:]) - 1]:
            wrong = judge(name, f"({answers[name]})ᵀ", loss=loss)
            assert wrong.verdict is Verdict.SHAPE


# Values of the forward pass.


def test_the_forward_pass_of_the_notes() -> None:
    """Their numbers as printed are right, the loss from rounded ones; erratum 3 is not."""
    loss = WorkedNetwork().loss
    printed = {
        "a1": [2.9, 1.4, 2.1, 2.3], "h1": ["0.95", "0.80", "0.89", "0.91"],
        "a2": [1.66, 0.45], "ŷ": [0.77, 0.23], "L": 0.1058,
    }  # fmt: skip
    verdicts = [finding.verdict for finding in check_values(loss, printed).findings]
    right, rounded, close = Verdict.RIGHT, Verdict.ROUNDED, Verdict.CLOSE
    assert verdicts == [right, rounded, rounded, rounded, close]
    [erratum] = check_values(loss, {"L": "(1 - 0.77)² + (1 - 0.23)²"}).findings
    assert erratum.verdict is Verdict.NOT_THE_VALUE
    assert erratum.message == "L: 0.6458, and right is 0.1055"


@pytest.mark.parametrize(
    ("name", "answer", "verdict"),
    [
        ("a1", "W1 x", Verdict.RIGHT), ("h1", "σ(a1)", Verdict.RIGHT),
        ("h1", "g(W1 x)", Verdict.RIGHT),
        ("ŷ", "softmax(W2 h1)", Verdict.RIGHT), ("L", "Σ((y - ŷ)²)", Verdict.RIGHT),
        ("L", "L = (y - ŷ)ᵀ(y - ŷ) = 0.1055", Verdict.ROUNDED),
        ("h11", "1/(1 + e^(-a11))", Verdict.RIGHT),
        ("a11", "Σ(w11 ⊙ x)", Verdict.RIGHT), ("h1", "a1", Verdict.OTHER_NODE),
        ("L", "½Σ((y - ŷ)²)", Verdict.NOT_THE_VALUE), ("a1", "a1", Verdict.UNREADABLE),
        ("a1", "W1ᵀ x", Verdict.NOT_THE_VALUE), ("a2", "W1 h1", Verdict.SHAPE),
        ("L", "mean((y - ŷ)²)", Verdict.NOT_THE_VALUE), ("h11", 0.9, Verdict.NOT_THE_VALUE),
    ],
)  # fmt: skip
def test_values(name: str, answer: Any, verdict: Verdict) -> None:
    [finding] = check_values(WorkedNetwork().loss, {name: answer}).findings
    assert finding.verdict is verdict, str(finding)


# A step of gradient descent.


@pytest.mark.parametrize(
    ("name", "answer", "verdict"),
    [
        ("w212", "w212 - η·∂L/∂w212", Verdict.RIGHT), ("w212", 0.8651884, Verdict.ROUNDED),
        ("w212", "0.865", Verdict.ROUNDED), ("W2", "W2 ← W2 - η ∇a2 h1ᵀ", Verdict.RIGHT),
        ("W2", "W2 - η ∇W2", Verdict.RIGHT), ("W_2", r"W_2 - \eta \nabla_{W_2} L", Verdict.RIGHT),
        ("w212", "w212 + η·∂L/∂w212", Verdict.WRONG_SIGN),
        ("W2", "W2 + 0.5∇W2", Verdict.WRONG_SIGN),
        ("w212", "w212 - ∂L/∂w212", Verdict.FACTOR), ("w212", -0.1303767, Verdict.OTHER_NODE),
        ("w212", "0.5·∂L/∂w212", Verdict.OTHER_NODE), ("w212", 0.8, Verdict.VALUE),
        ("w212", "w212 - ½·η·∂L/∂w212", Verdict.SCALE),
        ("w212", "w211 - η·∂L/∂w212", Verdict.NOT_THE_VALUE),
    ],
)  # fmt: skip
def test_updates(name: str, answer: Any, verdict: Verdict) -> None:
    [finding] = check_update(WorkedNetwork().loss, {name: answer}, learning_rate=0.5).findings
    assert finding.verdict is verdict, str(finding)


@pytest.mark.parametrize("rate", [0, -0.1, float("nan"), float("inf")])
def test_a_learning_rate_is_positive(rate: float) -> None:
    with pytest.raises(ArgumentError, match="the learning rate must be a positive number"):
        check_update(WorkedNetwork().loss, {"w212": 1.0}, learning_rate=rate)


@given(st.text(max_size=20) | st.text("∇aWh12ᵀ ⊙⊗@·()+-εδz'g,=[]", max_size=20))
def test_any_text_is_a_finding(text: str) -> None:
    loss = WorkedNetwork().loss
    for name in ("h1", "W2"):
        judge(name, text, loss=loss)
