"""The vectorised equations of the notes against the scalar graph, and matrices of people."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd as ag
from autograd import OperandError, Value
from nn import (
    MLP,
    SGD,
    ConfigurationError,
    Layer,
    Neuron,
    check_vectorised,
    cross_entropy,
    squared_error,
    vectorised,
)

W1 = [[0.1, 0.3, 0.8, -0.4], [-0.3, -0.2, 0.5, 0.5], [-0.3, 0, 0.5, 0.4], [0.2, 0.5, -0.9, 0.7]]
W2 = [[0.5, 0.8, 0.2, 0.4], [0.5, 0.2, 0.3, -0.5]]
X, Y = [2, 5, 3, 3], [1, 0]


def notes_network(output: str = "softmax") -> MLP:
    model = MLP(4, [4], 2, activation="sigmoid", output=output)
    for layer, matrix in zip(model.layers, (W1, W2), strict=True):
        for neuron, row in zip(layer.neurons, matrix, strict=True):
            for weight, number in zip(neuron.weights, row, strict=True):
                weight.data = number
    return model


def by_hand(model: MLP, inputs: Any, y: Any) -> dict[str, Any]:
    """Forward and backward in NumPy, as the notes have it: sigmoid, softmax, cross entropy."""
    x, y = np.array(inputs, float), np.array(y, float)
    w1, w2 = (np.array([[w.data for w in n.weights] for n in la.neurons]) for la in model.layers)
    b1, b2 = (np.array([n.bias.data for n in la.neurons]) for la in model.layers)
    a1 = w1 @ x + b1
    h1 = 1 / (1 + np.exp(-a1))
    a2 = w2 @ h1 + b2
    h2 = np.exp(a2) / np.exp(a2).sum()
    da2 = -(y - h2)
    dh1 = w2.T @ da2
    da1 = dh1 * h1 * (1 - h1)
    return {
        "a2": da2, "W2": np.outer(da2, h1), "b2": da2, "h1": dh1,
        "a1": da1, "W1": np.outer(da1, x), "b1": da1, "x": w1.T @ da1,
    }  # fmt: skip


LOSSES: dict[str, Callable[[MLP], Value]] = {
    "softmax": lambda model: -ag.log(model(X)[0]),
    "linear": lambda model: cross_entropy(model(X), Y),
}


def test_matrices_of_the_notes() -> None:
    model = notes_network()
    first, last = vectorised(model, squared_error(model(X), Y))
    assert (first.W, last.W, first.b, last.b) == (W1, W2, [0] * 4, [0] * 2)
    assert first.x == [X]
    np.testing.assert_allclose(first.a, [[2.9, 1.4, 2.1, 2.3]])
    np.testing.assert_allclose(first.h, [[0.947846, 0.802184, 0.890903, 0.908877]], atol=1e-6)
    assert last.x == first.h
    np.testing.assert_allclose(last.a, [[1.657402, 0.447192]], atol=1e-6)
    np.testing.assert_allclose(last.h, [[0.770336, 0.229664]], atol=1e-6)
    assert last.dW[0][1] == pytest.approx(-0.130377, abs=1e-6)
    assert first.dW[2][0] == pytest.approx(0.003159, abs=1e-6)


@pytest.mark.parametrize("output", LOSSES)
def test_numpy_by_hand_agrees(output: str) -> None:
    model = notes_network(output)
    model.layers[0].neurons[1].bias.data = 0.5
    loss = LOSSES[output](model)
    check = check_vectorised(model, loss, by_hand(model, X, Y))
    assert check, str(check)
    assert len(check.findings) == 8
    assert [f.headline for f in check_vectorised(model, loss).findings] == [
        "✓ ∇a2 = -(y - ŷ): holds in all 2 entries",
        "✓ ∇W2 = ∇a2 h1ᵀ: holds in all 8 entries",
        "✓ ∇b2 = ∇a2: holds in all 2 entries",
        "✓ ∇h1 = W2ᵀ ∇a2: holds in all 4 entries",
        "✓ ∇a1 = ∇h1 ⊙ g'(a1): holds in all 4 entries",
        "✓ ∇W1 = ∇a1 xᵀ: holds in all 16 entries",
        "✓ ∇b1 = ∇a1: holds in all 4 entries",
    ]


def swish(a: Value) -> Value:
    return a * ag.sigmoid(a)


ACTIVATIONS = ["linear", "relu", "leaky_relu", "tanh", "sigmoid", "softplus", "gelu", "sin", swish]


@pytest.mark.parametrize("hidden", ACTIVATIONS)
@pytest.mark.parametrize("output", ["linear", "sigmoid", "softmax", "log_softmax"])
def test_equations_hold_in_all_networks(hidden: Any, output: str) -> None:
    model = MLP(3, [4, 4, 2], activation=hidden, output=output, seed=3)
    check = check_vectorised(model, squared_error(model([0.5, -1.0, 2.0]), [1, 0]))
    assert check, str(check)
    assert len(check.findings) == 11


@given(st.integers(1, 4), st.booleans(), st.integers(0, 1000))
def test_equations_hold_for_batches(examples: int, mean: bool, seed: int) -> None:
    model = MLP(2, [3, 3], activation="tanh", seed=seed)
    terms = [cross_entropy(model([i, 0.5]), i % 3) for i in range(examples)]
    loss = (ag.mean if mean else ag.sum)(terms)
    check = check_vectorised(model, loss)
    assert check, str(check)
    assert check.findings[0].name == "∇a2 = -(y - ŷ)"
    assert [row[0] for row in vectorised(model, loss)[0].x] == list(range(examples))


def test_targets_may_be_distributions() -> None:
    model = MLP(2, [3], seed=1)
    check = check_vectorised(model, 3 * cross_entropy(model([1, 2]), [0.25, 0.25, 0.5]))
    assert check
    assert check.findings[0].name == "∇a1 = -(y - ŷ)"


def test_one_layer_one_output() -> None:
    layer = Layer(2, 1, "tanh", seed=0)
    check = check_vectorised(layer, (layer([1.0, 2.0]) - 1) ** 2)
    assert check
    assert check.findings[0].headline == "✓ ∇a1 = ∇ŷ ⊙ g'(a1): holds in its entry"


def test_an_output_that_the_loss_does_not_need() -> None:
    model = MLP(2, [3, 3], activation="tanh", output="tanh", seed=0)
    loss = model([1.0, 2.0])[1]
    assert check_vectorised(model, loss)
    [_, last] = vectorised(model, loss)
    assert last.dh == [[0.0, 1.0, 0.0]]
    np.testing.assert_allclose(last.h, np.tanh(last.a))


def test_the_same_inputs_twice() -> None:
    model = MLP(2, [3, 1], activation="tanh", seed=0)
    x = [Value(1.0), Value(2.0)]
    loss = (model(x) - 1) ** 2 + (model(x) - 3) ** 2
    first, _ = vectorised(model, loss)
    assert len(first.x) == 2
    assert check_vectorised(model, loss)


def test_a_penalty_on_the_weights_is_seen() -> None:
    model = MLP(2, [2, 1], seed=0)
    loss = squared_error(model([1, 2]), 1) + 0.1 * model.layers[0].neurons[1].weights[0] ** 2
    check = check_vectorised(model, loss)
    assert not check
    [finding] = [finding for finding in check.findings if not finding.is_right]
    assert finding.name == "∇W1 = ∇a1 xᵀ"
    assert "fails in 1 of 4 entries" in finding.message
    assert "penalty" in finding.message
    assert finding.details[0].startswith("entry [1][0]: the equation gives")


def test_no_gradient_is_touched() -> None:
    model = notes_network()
    loss = squared_error(model(X), Y)
    loss.backward()
    before = [parameter.grad for parameter in model.parameters()]
    check_vectorised(model, loss)
    assert [parameter.grad for parameter in model.parameters()] == before


# Answers.


def transposed(matrix: list[list[float]]) -> list[list[float]]:
    return [list(row) for row in zip(*matrix, strict=True)]


@pytest.mark.parametrize(
    ("name", "change", "words"),
    [
        ("W2", lambda d: d, None),
        ("∇W2", np.array, None),
        ("dW2", lambda d: np.round(d, 3), None),
        ("W2", lambda d: [[f"{v:.4f}" for v in row] for row in d], None),
        ("b1", lambda d: [[v] for v in d], None),
        ("b1", lambda d: [d], None),
        ("a1", lambda d: d[0], None),
        ("ŷ", lambda d: np.array(d).T, None),
        ("W1", transposed, "transposed"),
        ("W2", transposed, "transposed"),
        ("W2", lambda d: np.array(d).T, "transposed"),
        ("W2", lambda d: -np.array(d), "the sign is wrong"),
        ("W2", lambda d: 1 + np.array(d).T, "shape 4×2 and must have 2×4; is it transposed?"),
        ("W2", lambda d: d[:1], "shape 1×4 and must have 2×4"),
        ("b2", lambda d: [*d, 1], "shape 1×3 and must have 1×2"),
        ("W2", lambda d: 3.0, "shape 1×1 and must have 2×4"),
        ("W2", lambda d: [[d[0][0], 9.0, *d[0][2:]], d[1]], "1 of 8 entries is wrong"),
    ],
)
def test_answers(name: str, change: Callable[[Any], Any], words: str | None) -> None:
    model = notes_network()
    loss = squared_error(model(X), Y)
    first, last = vectorised(model, loss)
    gradients = {"W1": first.dW, "W2": last.dW, "b1": first.db, "b2": last.db, "a1": first.da,
                 "ŷ": last.dh}  # fmt: skip
    answer = change(gradients[name.lstrip("∇d")])
    [finding] = check_vectorised(model, loss, {name: answer}).findings
    assert finding.name == f"∇{name.lstrip('∇d')}"
    if words is None:
        assert finding.is_right, finding
    else:
        assert not finding.is_right
        assert words in finding.message


def test_wrong_entries_are_named() -> None:
    model = notes_network()
    loss = squared_error(model(X), Y)
    last = vectorised(model, loss)[1]
    last.dW[1][2] = 7.0
    [finding] = check_vectorised(model, loss, {"W2": last.dW}).findings
    assert finding.headline == "✗ ∇W2: 1 of 8 entries is wrong"
    assert finding.details == ["entry [1][2]: 7, but the gradient is 0.1448"]


def test_the_slope_of_the_activation_forgotten() -> None:
    model = notes_network()
    loss = squared_error(model(X), Y)
    first = vectorised(model, loss)[0]
    answers = {"a1": first.dh, "b1": first.dh[0], "W1": np.outer(first.dh[0], X)}
    check = check_vectorised(model, loss, answers)
    assert {finding.message for finding in check.findings} == {"g'(a) was forgotten"}


def test_the_output_of_the_layer_in_place_of_its_input() -> None:
    """As the notes once have it, dWᵢ = εᵢ ⊗ zᵢ₊₁."""
    model = notes_network()
    loss = squared_error(model(X), Y)
    first, last = vectorised(model, loss)
    square = [[d * h for h in first.h[0]] for d in first.da[0]]
    wide = [[d * h for h in last.h[0]] for d in last.da[0]]
    before = [[d * a for a in first.a[0]] for d in last.da[0]]
    answers = [("W1", square), ("W2", wide), ("W2", np.array(wide) + 1), ("W2", before)]
    answers = [("W1", square), ("W2", wide), ("W2", np.array(wide) + 1), ("W2", before)]
    messages = [
        check_vectorised(model, loss, {name: answer}).findings[0].message
        for name, answer in answers
    ]
    assert messages == [
        "the layer's own output h1 was taken in place of its input x",
        "the layer's own output ŷ was taken in place of its input h1",
        "it has shape 2×2 and must have 2×4; "
        "perhaps the layer's own output ŷ was taken in place of its input h1",
        "the pre-activation a1 was taken in place of h1",
    ]


def test_the_mean_of_a_batch_forgotten() -> None:
    model = MLP(2, [3], seed=1)
    data = [([1, 2], 0), ([2, -1], 1), ([0, 1], 2)]
    loss = ag.mean([cross_entropy(model(x), y) for x, y in data])
    [layer] = vectorised(model, loss)
    check = check_vectorised(
        model, loss, {"W1": 3 * np.array(layer.dW), "b1": np.array(layer.db) / 3, "a1": layer.da}
    )
    assert [finding.message for finding in check.findings] == [
        "3 times too large: a sum over the 3 examples, not their mean",
        "3 times too small: a mean over the 3 examples, not their sum",
        "right in all 9 entries",
    ]


# Formulas.


@pytest.mark.parametrize(
    ("name", "formula", "says"),
    [
        ("W2", "∇a2 h1ᵀ", "right in all"), ("W2", "dW2 = ε2 ⊗ z2", "right in all"),
        ("h1", "W2ᵀ ∇a2", "right in all"), ("a1", "W2ᵀ ∇a2 ⊙ g'(a1)", "right in all"),
        ("a1", "δ1 ⊙ h1 ⊙ (1 - h1)", "right in all"),
        ("W1", r"\nabla_{a_1} L \, x^T", "right in all"),
        ("a2", "-(y - ŷ)", "right in all"), ("a2", "softmax(a2) - y", "right in all"),
        ("b1", "∇a1", "right in all"), ("x", "W_1^T ∇a1", "right in all"),
        ("h1", "W2 ∇a2", "(2, 4) times (2, 1) does not fit; transposed? W2ᵀ ∇a2 does"),
        ("W2", "h1 ∇a2ᵀ", "transposed"), ("a1", "∇h1", "g'(a) was forgotten"),
        ("W1", "∇a1 h1ᵀ", "the layer's own output h1 was taken in place of its input x"),
        ("a2", "y - ŷ", "the sign is wrong"), ("W2", "∇W2", "this is what is asked for"),
        ("W2", "∇a2 h2ᵀ q", "there is no 'q'"), ("W2", "W", "there is no 'W'"),
        ("W2", "∇W1 = ∇a2 h1ᵀ", "the answer is for ∇W2"), ("a1", "∂h1/∂a1", "not known here"),
    ],
)  # fmt: skip
def test_formulas_of_matrices(name: str, formula: str, says: str) -> None:
    model = notes_network("linear")  # the loss takes the softmax itself
    [finding] = check_vectorised(model, cross_entropy(model(X), Y), {name: formula}).findings
    assert says in finding.message
    assert finding.is_right == (says == "right in all")


@pytest.mark.parametrize("examples", [1, 3])
def test_the_equations_are_right_as_formulas(examples: int) -> None:
    model = MLP(3, [4, 2, 2], activation="tanh", seed=examples)
    rows = [[0.3 * i - 0.2 * j + 0.1 for j in range(3)] for i in range(examples)]
    loss = ag.sum(cross_entropy(model(row), i % 2) for i, row in enumerate(rows))
    equations = {
        "a3": "ŷ - y", "W3": "∇a3 h2ᵀ", "h2": "W3ᵀ ∇a3", "a2": "∇h2 ⊙ g'(a2)", "W2": "∇a2 h1ᵀ",
        "h1": "W2ᵀ ∇a2", "a1": "W2ᵀ ∇a2 ⊙ g'(a1)", "W1": "∇a1 xᵀ", "x": "W1ᵀ ∇a1",
    }  # fmt: skip
    check = check_vectorised(model, loss, equations)
    assert check, str(check)


def test_the_gradient_of_a_bias_is_the_sum_over_the_examples() -> None:
    model, loss = batch()
    assert check_vectorised(model, loss, {"b1": "∇a1", "b2": "∇b2 = Σ(ŷ - y)/3"})
    assert check_vectorised(model, loss, {"b1": "Σ ∇a1", "b2": "∇b2 = -⅓Σ(y - ŷ)"})
    [finding] = check_vectorised(model, loss, {"b2": "ŷ - y"}).findings
    assert finding.message == "3 times too large: a sum over the 3 examples, not their mean"


@pytest.mark.parametrize(
    ("name", "formula"),
    [("W2", "∇a2 (h1 + b1)ᵀ"), ("h1", "W2ᵀ ∇a2 + b1"), ("b2", "∇a2 + b2"), ("a2", "ŷ - y + b2")],
)
def test_a_formula_must_hold_at_other_parameters(name: str, formula: str) -> None:
    model = MLP(2, [3, 2], activation="tanh", seed=2)  # its biases are 0
    loss = cross_entropy(model([1, 2]), 0)
    [finding] = check_vectorised(model, loss, {name: formula}).findings
    assert not finding.is_right
    assert "right only at these numbers" in finding.message
    assert "once the parameters have moved a little" in finding.details[0]


def batch() -> tuple[MLP, Value]:
    model = MLP(2, [3, 2], activation="tanh", seed=2)
    data = [([1, 2], 0), ([2, -1], 1), ([0, 1], 0)]
    return model, ag.mean([cross_entropy(model(x), y) for x, y in data])


# Errors.


def test_unknown_names() -> None:
    model = notes_network()
    loss = squared_error(model(X), Y)
    with pytest.raises(
        ConfigurationError, match="no gradient called 'W3' here; it must be one of 'W1'"
    ):
        check_vectorised(model, loss, {"W3": [[1.0]]})


@pytest.mark.parametrize("answers", [{}, [1], 3])
def test_answers_must_be_named(answers: Any) -> None:
    model = notes_network()
    with pytest.raises(OperandError, match="answers must be a dict"):
        check_vectorised(model, squared_error(model(X), Y), answers)


def test_a_loss_of_another_model() -> None:
    model, other = notes_network(), notes_network()
    with pytest.raises(ConfigurationError, match="was not computed with MLP"):
        check_vectorised(model, squared_error(other(X), Y))
    with pytest.raises(OperandError, match="the loss must be a Value"):
        vectorised(model, 3.0)  # type: ignore[arg-type]


def test_a_model_without_layers() -> None:
    neuron = Neuron(2)
    with pytest.raises(ConfigurationError, match="need an MLP, a Layer"):
        vectorised(neuron, neuron([1, 2]))


def test_parameters_that_have_changed_since() -> None:
    model = notes_network()
    loss = squared_error(model(X), Y)
    loss.backward()
    SGD(model.parameters(), 0.1).step()
    with pytest.raises(ConfigurationError, match="layer 1 have changed since the loss"):
        vectorised(model, loss)


def test_derivations_by_the_names_of_parameters() -> None:
    model = notes_network()
    loss = squared_error(model(X), Y)
    name, other = "W1[2,1]", "W1[1,2]"
    parameters = {parameter.label: parameter for parameter in model.parameters()}
    right, wrong = ag.gradients(loss, [parameters[name], parameters[other]])
    assert ag.check_derivation(loss, {name: right})
    assert ag.check_derivation(loss, {parameters[name]: f"{right!r} + 0*{name}"})
    [finding] = ag.check_derivation(loss, {name: wrong}).findings
    assert finding.verdict is ag.Verdict.TRANSPOSED
    assert other in finding.message


def test_numbers_of_few_digits_may_be_off_as_far_as_rounding_on_the_way_explains() -> None:
    """As by check_derivation: 2 % at most, and only where the numbers on the way need it."""
    model = MLP(2, [3, 2], activation="tanh", seed=0)
    loss = cross_entropy(model([1.0, 2.0]), 0)
    first = vectorised(model, loss)[0]

    def is_right(factor: float, digits: int) -> bool:
        answer = [[f"{factor * number:.{digits}g}" for number in row] for row in first.dW]
        return bool(check_vectorised(model, loss, {"W1": answer}))

    assert is_right(1.0, 3)
    assert is_right(1.0, 4)
    assert is_right(1.0003, 4)
    assert not is_right(1.018, 4)
    assert not is_right(1.03, 3)
