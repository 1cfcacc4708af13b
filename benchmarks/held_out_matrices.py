"""Matrices as students give them, written down before it was known how they are judged.

Each is a formula, and the same in NumPy, from which come the answers of those who hand in numbers.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

import autograd as ag
from autograd import Value
from nn import MLP, cross_entropy, squared_error, vectorised


class MatrixAnswer(NamedTuple):
    """An answer for a vector or matrix of a network, and what is wrong with it, if anything is.

    The cause is a pattern that the verdict and the message match. Formulas use the notes' names:
    ε is the gradient at a, and δ at h.
    """

    network: str
    name: str
    formula: str  # none, if the notation has no words for it
    arrays: str  # the same in NumPy; none, if it does not fit together
    cause: str = ""


def square_layers() -> tuple[MLP, Value]:
    """All matrices are square, so that no shape tells that one is wrong."""
    model = MLP(3, [3, 3, 3], activation="tanh", output="linear", seed=5)
    x = [Value(n, label=f"x[{i}]") for i, n in enumerate([0.9, -1.3, 0.6])]
    return model, squared_error(model(x), [0.5, -0.2, 1.1])


def softmax_layers() -> tuple[MLP, Value]:
    """As the network of the notes: sigmoid, softmax, and the squared error of it."""
    model = MLP(3, [4, 3], activation="sigmoid", output="softmax", seed=6)
    x = [Value(n, label=f"x[{i}]") for i, n in enumerate([1.4, -0.8, 0.5])]
    return model, squared_error(model(x), [0, 1, 0])


def batch_of_four() -> tuple[MLP, Value]:
    """The mean of the cross entropy over four examples."""
    model = MLP(2, [3, 2], activation="tanh", output="linear", seed=7)
    data = [([0.9, -1.3], 0), ([0.4, 0.7], 1), ([-1.1, 0.2], 1), ([1.6, 0.8], 0)]
    return model, ag.mean([cross_entropy(model(x), y) for x, y in data])


TARGETS = {
    "square_layers": [[0.5, -0.2, 1.1]],
    "softmax_layers": [[0, 1, 0]],
    "batch_of_four": [[1, 0], [0, 1], [0, 1], [1, 0]],
}
NETWORKS: dict[str, Callable[[], tuple[MLP, Value]]] = {
    each.__name__: each for each in (square_layers, softmax_layers, batch_of_four)
}

# In NumPy a has a row for each example; g1 is g'(a1), and da1 the gradient at a1.
# fmt: off
MATRIX_ANSWERS: dict[str, list[tuple[str, str, str, str]]] = {
    "square_layers": [
        ("W3", "∇a3 h2ᵀ", "da3.T @ h2", ""), ("W3", "2(ŷ - y) h2ᵀ", "2*(yhat - y).T @ h2", ""),
        ("h2", "W3ᵀ ∇a3", "da3 @ W3", ""), ("a2", "(W3ᵀ ∇a3) ⊙ (1 - h2²)", "da3 @ W3 * g2", ""),
        ("h1", "W2ᵀ ((W3ᵀ ∇a3) ⊙ g'(a2))", "(da3 @ W3 * g2) @ W2", ""),
        ("W1", r"\left(W_2^\top \varepsilon_2 \odot \tanh'(a_1)\right) x^\top", "da1.T @ x", ""),
        ("b2", "∇h2 ⊙ tanh'(a2)", "da2[0]", ""), ("x", "W1ᵀ ε1", "da1 @ W1", ""),
        ("W2", "ε2 ⊗ h1", "da2.T @ h1", ""), ("a1", "δ1 ⊙ (1 - h1 ⊙ h1)", "da1", ""),
        ("h2", "W3 ∇a3", "da3 @ W3.T", "transposition"),
        ("h1", "W2 ∇a2", "da2 @ W2.T", "transposition"),
        ("a2", "W3 ∇a3 ⊙ g'(a2)", "(da3 @ W3.T) * g2", "transposition"),
        ("h1", "W3ᵀ ∇a2", "da2 @ W3", "in place of|was taken"),
        ("h1", "W1ᵀ ∇a2", "da2 @ W1", "in place of|was taken"),
        ("h1", "W2ᵀ ∇a3", "da3 @ W2", "in place of|was taken"),
        ("h2", "W3ᵀ ∇a2", "da2 @ W3", "in place of|was taken"),
        ("a2", "∇h2 ⊙ g'(a1)", "dh2 * g1", "in place of|was taken"),
        ("a1", "∇h1 ⊙ g'(a2)", "dh1 * g2", "in place of|was taken"),
        ("a1", "∇h1 ⊙ g'(h1)", "dh1 * (1 - np.tanh(h1)**2)", "was taken"),
        ("a1", "∇h1 ⊙ (1 - a1²)", "dh1 * (1 - a1**2)", "was taken"),
        ("a1", "∇h1", "dh1", "was forgotten"), ("a2", "W3ᵀ ∇a3", "da3 @ W3", "was forgotten"),
        ("a2", "∇h2 ⊙ h2", "dh2 * h2", "was taken|slope|activation"),
        ("W3", "∇a3 h1ᵀ", "da3.T @ h1", "was taken in place|layer|input"),
        ("W3", "∇a3 a2ᵀ", "da3.T @ a2", "activation|pre"),
        ("W2", "∇a2 h2ᵀ", "da2.T @ h2", "output"), ("W2", "h1 ∇a2ᵀ", "h1.T @ da2", "transposed"),
        ("W2", "∇h2 h1ᵀ", "dh2.T @ h1", "was forgotten"),
        ("W2", "∇a2 xᵀ", "da2.T @ x", "was taken in place|layer|input"),
        ("W2", "∇a3 h1ᵀ", "da3.T @ h1", "in place of|was taken"),
        ("W1", "-∇a1 xᵀ", "-da1.T @ x", "sign"),
        ("W3", "(ŷ - y) h2ᵀ", "(yhat - y).T @ h2", "factor|twice|half|2 times"),
        ("a3", "ŷ - y", "yhat - y", "factor|twice|half|2 times"),
        ("a3", "2(y - ŷ)", "2*(y - yhat)", "sign"), ("a3", "y - ŷ", "y - yhat", "sign"),
        ("W1", "0.1 ∇a1 xᵀ", "0.1*da1.T @ x", "η"), ("W2", "", "W2 - 0.1*dW2", "update|step"),
        ("W2", "", "np.repeat(da2.T, 3, axis=1)", "input|forgotten|factor"),
        ("W2", "", "np.diag(np.diag(dW2))", "diagonal"), ("b1", "∇h1", "dh1[0]", "was forgotten"),
        ("b2", "∇a3", "da3[0]", "in place of|was taken"),
        ("x", "W1 ∇a1", "da1 @ W1.T", "transposition"),
        ("x", "∇a1", "da1[0]", "ᵀ was forgotten|factor"),
        ("h2", "∇a3", "da3", "ᵀ was forgotten|factor"), ("h2", "W3", "W3", "shape|fit"),
        ("W3", "∇a3 h2", "", "shape|fit"), ("W3", "∇a3ᵀ h2", "", "shape|fit"),
    ],
    "softmax_layers": [
        ("ŷ", "2(ŷ - y)", "2*(yhat - y)", ""), ("W2", "∇a2 h1ᵀ", "da2.T @ h1", ""),
        ("a1", "W2ᵀ ∇a2 ⊙ h1 ⊙ (1 - h1)", "da1", ""),
        ("a1", "W2ᵀ ∇a2 ⊙ σ(a1) ⊙ (1 - σ(a1))", "da1", ""),
        ("W1", "(W2ᵀ ∇a2 ⊙ σ'(a1)) xᵀ", "da1.T @ x", ""),
        ("a2", "∇ŷ ⊙ ŷ ⊙ (1 - ŷ)", "dh2 * yhat * (1 - yhat)", "diagonal"),
        ("a2", "ŷ - y", "yhat - y", "cross entropy|loss"),
        ("a2", "2(ŷ - y)", "2*(yhat - y)", "softmax|g'|of the softmax was forgotten"),
        ("W2", "(ŷ - y) h1ᵀ", "(yhat - y).T @ h1", "cross entropy|loss"),
        ("W2", "2(ŷ - y) h1ᵀ", "2*(yhat - y).T @ h1", "softmax|g'|of the softmax was forgotten"),
        ("W2", "∇a2 h1ᵀ / 2", "da2.T @ h1/2", "factor|half"),
        ("ŷ", "ŷ - y", "yhat - y", "factor|half"),
        ("a1", "W2ᵀ ∇a2 ⊙ a1 ⊙ (1 - a1)", "dh1*a1*(1 - a1)",
         "was taken|g'|of the softmax was forgotten"),
        ("a1", "W2ᵀ ∇a2 ⊙ h1", "dh1*h1",
         "g'|of the softmax was forgotten|was taken in place|half|factor"),
        ("a1", "W2ᵀ ∇a2", "dh1", "was forgotten"), ("h1", "W2 ∇a2", "", "shape|fit"),
        ("W1", "∇h1 xᵀ", "dh1.T @ x", "was forgotten"),
        ("W1", "x ∇a1ᵀ", "x.T @ da1", "transposed|shape"),
        ("b2", "∇ŷ", "dh2[0]", "softmax|g'|of the softmax was forgotten"),
        ("b1", "-∇a1", "-da1[0]", "sign"),
    ],
    "batch_of_four": [
        ("W2", "∇a2 h1ᵀ", "da2.T @ h1", ""), ("b2", "Σ ∇a2", "da2.sum(0)", ""),
        ("b1", "∇a1", "da1.sum(0)", ""), ("a2", "(ŷ - y)/4", "(yhat - y)/4", ""),
        ("h1", "W2ᵀ ∇a2", "da2 @ W2", ""), ("W1", "∇a1 xᵀ", "da1.T @ x", ""),
        ("a1", "W2ᵀ ∇a2 ⊙ (1 - h1²)", "da1", ""), ("b2", "∇b2 = ∇a2", "da2.sum(0)", ""),
        ("W2", "(ŷ - y) h1ᵀ", "(yhat - y).T @ h1", "sum over|mean|4 times"),
        ("a2", "ŷ - y", "yhat - y", "sum over|mean|4 times"),
        ("b2", "Σ(ŷ - y)", "(yhat - y).sum(0)", "sum over|mean|4 times"),
        ("b2", "", "da2[0]", "one example|example"), ("W2", "", "da2[:1].T @ h1[:1]", "example"),
        ("W1", "", "da1[-1:].T @ x[-1:]", "example"),
        ("b1", "", "da1.mean(0)", "sum over|mean|4 times"),
        ("b1", "∇h1", "dh1.sum(0)", "was forgotten"), ("b2", "", "da2.sum(1)", "axis|shape"),
        ("b1", "", "da1.sum(1)", "axis|shape"), ("a2", "(y - ŷ)/4", "(y - yhat)/4", "sign"),
        ("W2", "h1 ∇a2ᵀ", "h1.T @ da2", "transposed|shape"),
        ("W1", "", "dh1.T @ x", "was forgotten"), ("a1", "W2ᵀ ∇a2", "dh1", "was forgotten"),
        ("W2", "∇a2 a1ᵀ", "da2.T @ a1", "pre|activation"),
    ],
}
# fmt: on


def matrix_answers() -> list[MatrixAnswer]:
    """Return all answers."""
    return [
        MatrixAnswer(network, *entry)
        for network, entries in MATRIX_ANSWERS.items()
        for entry in entries
    ]


def numbers_of(answer: MatrixAnswer, model: MLP, loss: Value) -> list[list[float]]:
    """Return the matrix that an answer comes to; of vectors there is a row for each example."""
    names: dict[str, Any] = {"np": np}
    layers = vectorised(model, loss)
    for k, layer in enumerate(layers, 1):
        for field in ("W", "a", "h", "dW", "da", "dh"):
            names[f"{field}{k}"] = np.array(getattr(layer, field))
        a = names[f"a{k}"]
        p = 1 / (1 + np.exp(-a))
        names[f"g{k}"] = p * (1 - p) if answer.network == "softmax_layers" else 1 - np.tanh(a) ** 2
    names["x"] = np.array(layers[0].x)
    names["y"] = np.array(TARGETS[answer.network])
    names["yhat"] = outputs = names[f"h{len(layers)}"]
    if answer.network == "batch_of_four":  # the softmax is in the loss
        names["yhat"] = np.exp(outputs) / np.exp(outputs).sum(1, keepdims=True)
    found: list[list[float]] = np.atleast_2d(eval(answer.arrays, names)).tolist()
    return found
