"""Numbers of the forward pass, updated weights, matrices, and mistakes with what follows from them.

They were written with the third set of answers, before their author knew how they are judged. At
the first try 48 of 48 right answers were right, and of 57 wrong ones 55 were judged as expected.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from answer_set import labelled, named

import autograd as ag
from autograd import Value, check_derivation, check_update, check_values
from nn import MLP, cross_entropy, squared_error


class Step(NamedTuple):
    """What a student hands in, and what each verdict must say: nothing, if it is right."""

    check: Callable[..., Any]
    graph: Callable[[], Value]
    answers: dict[str, Any]
    says: Mapping[str, str] = MappingProxyType({})
    options: Mapping[str, Any] = MappingProxyType({})


def neuron() -> Value:
    w1, w2, x1, x2, b, y = labelled(w1=0.37, w2=-0.81, x1=1.6, x2=0.7, b=0.24, y=1.0)
    h = named("h", ag.sigmoid(named("a", w1 * x1 + w2 * x2 + b)))
    return named("L", 0.5 * (h - y) ** 2)


def two_steps() -> Value:
    u, w, y = labelled(u=0.83, w=0.57, y=-0.2)
    h = named("h0", Value(0.0))
    for t, number in enumerate([1.1, -0.6], 1):
        x = Value(number, label=f"x{t}")
        h = named(f"h{t}", ag.tanh(named(f"a{t}", u * x + w * h)))
    return named("L", (h - y) ** 2)


def softmax_layer() -> Value:
    """Three inputs, three hidden units of ReLU, and two classes."""
    model = MLP(3, [3, 2], activation="relu", output="linear", seed=11)
    x = [Value(n, label=f"x[{i}]") for i, n in enumerate([1.2, -0.7, 0.4])]
    return cross_entropy(model(x), 1)


def sigmoid_layers() -> Value:
    """Square matrices, so that no shape tells that one is wrong."""
    model = MLP(2, [2, 2], activation="sigmoid", output="sigmoid", seed=12)
    x = [Value(n, label=f"x[{i}]") for i, n in enumerate([0.9, -1.4])]
    return squared_error(model(x), [0.3, 0.8])


RATE = {"learning_rate": 0.5}
COMMA = {"decimal_comma": True}
WRONG = "✗"

# fmt: off
STEPS = [
    # Forward passes: a = 0.592 - 0.567 + 0.24 = 0.265, h = σ(a) = 0.5659, L = 0.0942.
    Step(check_values, neuron, {"a": 0.265, "h": 0.566, "L": "0.094"}),
    Step(check_values, neuron, {"a": "w1 x1 + w2 x2 + b", "h": "1/(1 + e^(-a))", "L": "½(h - y)²"}),
    Step(check_values, neuron, {"a": "0,265", "h": "0,5659"}, options=COMMA),
    Step(check_values, neuron, {"a": r"\sum_{i=1}^{2} w_i x_i + b", "h": r"\sigma(a)"}),
    Step(check_values, neuron, {"a": 0.025, "h": "1/(1 + e^a)"}, {"a": WRONG, "h": WRONG}),
    Step(check_values, neuron, {"a": 1.399, "L": 0.1884}, {"a": WRONG, "L": WRONG}),
    Step(check_values, neuron, {"h": "tanh(a)", "L": "(h - y)²"}, {"h": WRONG, "L": WRONG}),
    Step(check_values, neuron, {"h": 0.2588}, {"h": WRONG}),
    Step(check_values, two_steps, {"a1": 0.913, "h1": 0.7225, "a2": "u x2 + w h1", "h2": -0.086}),
    Step(check_values, two_steps, {"a2": "u x2 + w h2"}, {"a2": WRONG}),
    Step(check_values, two_steps, {"h2": "tanh(a1)", "h1": "tanh a1"}, {"h2": WRONG}),
    Step(check_values, sigmoid_layers, {"a1": "W1 x + b1", "h1": "σ(a1)", "a2": "W2 h1 + b2"}),
    Step(check_values, sigmoid_layers, {"a1": "W1ᵀ x + b1"}, {"a1": WRONG}),
    Step(check_values, sigmoid_layers, {"a2": "W2 a1 + b2"}, {"a2": WRONG}),
    # Updates: ∂L/∂a = (h - y) h (1 - h) = -0.10664, so w1 = 0.37 + 0.5·0.10664·1.6 = 0.4553.
    Step(check_update, neuron, {"w1": 0.4553, "b": 0.2933, "w2": "-0.7727"}, options=RATE),
    Step(check_update, neuron, {"w1": "w1 - η(h - y)h(1 - h)x1"}, options=RATE),
    Step(check_update, neuron, {"w1": "w1 ← w1 - 0.5 ∂L/∂w1", "b": "b - η ∂L/∂a"}, options=RATE),
    Step(check_update, neuron, {"w2": r"w_2 - \eta \frac{\partial L}{\partial w_2}"}, options=RATE),
    Step(check_update, neuron, {"w1": 0.2847}, {"w1": "sign|up the gradient"}, RATE),
    Step(check_update, neuron, {"w1": "w1 + η ∂L/∂w1"}, {"w1": "sign|up the gradient"}, RATE),
    Step(check_update, neuron, {"w1": 0.5406}, {"w1": "η|learning rate"}, RATE),
    Step(check_update, neuron, {"w1": "w1 - ∂L/∂w1"}, {"w1": "η|learning rate"}, RATE),
    Step(check_update, neuron, {"w1": -0.1706}, {"w1": "gradient"}, RATE),
    Step(check_update, neuron, {"w1": "-η ∂L/∂w1"}, {"w1": WRONG}, RATE),
    Step(check_update, neuron, {"w1": "w1 - η ∂L/∂w2"}, {"w1": WRONG}, RATE),
    Step(check_update, sigmoid_layers, {"W2": "W2 - η ∇a2 h1ᵀ", "b1": "b1 - η ∇a1"}, options=RATE),
    Step(check_update, sigmoid_layers, {"W2": "W2 + η ∇a2 h1ᵀ"}, {"W2": "sign|up the"}, RATE),
    # Follow-through: what is wrong at h is passed on rightly, or with a mistake of its own.
    Step(check_derivation, neuron, {"h": 0.4341, "a": 0.1066, "w1": 0.1706, "b": 0.1066},
         {"h": "sign", "a": "no new mistake", "w1": "no new mistake", "b": "no new mistake"}),
    Step(check_derivation, neuron, {"h": "2(h - y)", "a": "2(h - y)h(1 - h)",
                                    "w2": "2(h - y)h(1 - h)x2"},
         {"h": "SCALE|factor", "a": "no new mistake", "w2": "no new mistake"}),
    Step(check_derivation, neuron, {"h": -0.8682, "a": -0.2133, "w1": -0.2133, "w2": -0.1493},
         {"h": "factor", "a": "no new mistake", "w1": WRONG,
          "w2": "no new mistake"}),
    Step(check_derivation, neuron, {"h": -0.4341, "a": -0.4341, "w1": -0.6946, "b": -0.4341},
         {"a": "forgotten|∂L/∂h", "w1": "no new mistake", "b": "no new mistake"}),
    Step(check_derivation, two_steps, {"a2": 0.113, "h1": 0.0644, "a1": 0.0308},
         {"a2": WRONG, "h1": "no new mistake", "a1": "no new mistake"}),
    Step(check_derivation, two_steps, {"a2": "2(h2 - y)", "h1": "2(h2 - y)w"},
         {"a2": "forgotten|∂L/∂h", "h1": "no new mistake"}),
    # Matrices.
    Step(check_derivation, softmax_layer, {"a2": "ŷ - y", "W2": "∇a2 h1ᵀ", "b2": "∇a2"}),
    Step(check_derivation, softmax_layer, {"h1": "W2ᵀ ∇a2", "a1": "W2ᵀ ∇a2 ⊙ 1[a1 > 0]"}),
    Step(check_derivation, softmax_layer, {"a1": "W2ᵀ(ŷ - y) ⊙ relu'(a1)", "W1": "ε1 xᵀ"}),
    Step(check_derivation, softmax_layer, {"W1": r"\varepsilon_1 \, x^{T}", "x": "W1ᵀ ε1"}),
    Step(check_derivation, softmax_layer, {"W2": r"(\hat{y} - y) h_1^\top", "b1": "∇a1"}),
    Step(check_derivation, softmax_layer, {"W2": "ε2 ⊗ h1", "W1": "(δ1 ⊙ g'(a1)) xᵀ"}),
    Step(check_derivation, softmax_layer, {"a2": "y - ŷ"}, {"a2": "sign"}),
    Step(check_derivation, softmax_layer, {"a2": "2(ŷ - y)"}, {"a2": "factor|2 times|twice|loss"}),
    Step(check_derivation, softmax_layer, {"h1": "W2 ∇a2"}, {"h1": "fit|shape"}),
    Step(check_derivation, softmax_layer, {"W2": "h1 ∇a2ᵀ"}, {"W2": "transpos|fit|shape"}),
    Step(check_derivation, softmax_layer, {"W2": "∇a2 a1ᵀ"}, {"W2": "pre|a1"}),
    Step(check_derivation, softmax_layer, {"W1": "∇h1 xᵀ"}, {"W1": "forgotten"}),
    Step(check_derivation, softmax_layer, {"W2": "∇a2 xᵀ"}, {"W2": "x"}),
    Step(check_derivation, softmax_layer, {"a2": "ŷ"}, {"a2": WRONG}),
    Step(check_derivation, softmax_layer, {"a2": "(ŷ - y) ⊙ ŷ ⊙ (1 - ŷ)"}, {"a2": WRONG}),
    Step(check_derivation, sigmoid_layers, {"a2": "2(ŷ - y) ⊙ ŷ ⊙ (1 - ŷ)", "b2": "∇a2"}),
    Step(check_derivation, sigmoid_layers, {"h1": "W2ᵀ(2(h2 - y) ⊙ σ'(a2))", "W2": "∇a2·h1ᵀ"}),
    Step(check_derivation, sigmoid_layers, {"a1": "(W2ᵀ ε2) ⊙ h1 ⊙ (1 - h1)", "x": "W1^T ∇a1"}),
    Step(check_derivation, sigmoid_layers, {"W1": "((W2ᵀ ε2) ⊙ h1 ⊙ (1 - h1)) xᵀ"}),
    Step(check_derivation, sigmoid_layers, {"a2": "2(ŷ - y)"}, {"a2": "forgotten"}),
    Step(check_derivation, sigmoid_layers, {"a2": "ŷ - y"},
         {"a2": "cross entropy|loss|two|forgotten"}),
    Step(check_derivation, sigmoid_layers, {"a1": "W2 ε2 ⊙ h1 ⊙ (1 - h1)"}, {"a1": "transpos"}),
    Step(check_derivation, sigmoid_layers, {"a1": "W1ᵀ ε2 ⊙ h1 ⊙ (1 - h1)"}, {"a1": "W1|layer"}),
    Step(check_derivation, sigmoid_layers, {"a1": "W2ᵀ ε2 ⊙ h1"},
         {"a1": "h1|slope|taken|forgotten"}),
    Step(check_derivation, sigmoid_layers, {"a1": "W2ᵀ ε2 ⊙ ŷ ⊙ (1 - ŷ)"},
         {"a1": "layer|taken|a2"}),
    Step(check_derivation, sigmoid_layers, {"a1": "W2ᵀ ε2 ⊙ (1 - h1²)"},
         {"a1": "tanh|taken|slope"}),
    Step(check_derivation, sigmoid_layers, {"W1": "∇a1 h1ᵀ"}, {"W1": "h1"}),
    Step(check_derivation, sigmoid_layers, {"W2": "(∇a2 h1ᵀ)ᵀ"}, {"W2": "transposed"}),
    Step(check_derivation, sigmoid_layers, {"W2": "∇a2 h1ᵀ/2"}, {"W2": "factor|half"}),
]
# fmt: on
