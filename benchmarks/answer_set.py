"""Answers as students give them, right and wrong, with the cause of each wrong one.

An answer is a formula over the labels of a graph. From its number come the answers of those who
hand in numbers: with all digits, and rounded to four, three and two. The cause is a pattern that
the verdict's name and the message must match, as in ``"WRONG_SIGN"`` or ``"FACTOR.*∂h/∂a"``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import autograd as ag
from autograd import Value
from nn import MLP


class Answer(NamedTuple):
    """An answer for a node of a graph, and what is wrong with it: nothing, if it is right."""

    graph: str
    node: str
    formula: str
    cause: str = ""


def labelled(**numbers: float) -> list[Value]:
    """Make leaves that are called as the numbers are."""
    return [Value(number, label=name) for name, number in numbers.items()]


def named(label: str, node: Value) -> Value:
    """Label a node and return it."""
    node.label = label
    return node


# The graphs.


def exp_of_square() -> Value:
    [x] = labelled(x=0.83)
    return named("L", ag.exp(named("u", x**2)))


def exp_of_exp() -> Value:
    [x] = labelled(x=0.71)
    v = named("v", ag.exp(named("u", x**2)))
    return named("L", ag.exp(v))


def reciprocal() -> Value:
    [x] = labelled(x=0.87)
    v = named("v", ag.exp(named("u", x**2)))
    return named("L", 1 / v)


def tanh_neuron() -> Value:
    w, x, b, t = labelled(w=0.73, x=1.9, b=-0.31, t=0.27)
    h = named("h", ag.tanh(named("a", w * x + b)))
    return named("L", (h - t) ** 2)


def sigmoid_neuron() -> Value:
    w1, w2, x1, x2, b, y = labelled(w1=0.43, w2=-0.57, x1=1.7, x2=2.3, b=0.19, y=0.85)
    h = named("h", ag.sigmoid(named("a", ag.dot([w1, w2], [x1, x2], b))))
    return named("L", ag.squared_error([h], [y]))


def sigmoid_with_cross_entropy() -> Value:
    w, x, b = labelled(w=0.61, x=1.37, b=-0.23)
    h = named("h", ag.sigmoid(named("a", w * x + b)))
    return named("L", -ag.log(h))


def _notes_outputs() -> list[Value]:
    x = [Value(number, label=f"x{i}") for i, number in enumerate([2.1, 4.7, 3.2, 2.9], 1)]
    first = [
        [0.11, 0.32, 0.78, -0.43],
        [-0.29, -0.21, 0.53, 0.47],
        [-0.31, 0.07, 0.49, 0.41],
        [0.23, 0.52, -0.91, 0.67],
    ]
    second = [[0.51, 0.83, 0.22, 0.39], [0.47, 0.19, 0.28, -0.53]]

    def layer(k: int, matrix: list[list[float]], inputs: list[Value]) -> list[Value]:
        return [
            named(
                f"a{k}{i}",
                ag.dot([Value(w, label=f"w{k}{i}{j}") for j, w in enumerate(row, 1)], inputs),
            )
            for i, row in enumerate(matrix, 1)
        ]

    h = [named(f"h1{i}", ag.sigmoid(a)) for i, a in enumerate(layer(1, first, x), 1)]
    return layer(2, second, h)


def notes_network() -> Value:
    outputs = ag.softmax(_notes_outputs())
    y = [named(f"ŷ{i}", output) for i, output in enumerate(outputs, 1)]
    return named("L", ag.squared_error(y, [1, 0]))


def notes_network_with_cross_entropy() -> Value:
    outputs = ag.softmax(_notes_outputs())
    y = [named(f"ŷ{i}", output) for i, output in enumerate(outputs, 1)]
    y1, y2 = labelled(y1=1.0, y2=0.0)
    return named("L", -(y1 * ag.log(y[0]) + y2 * ag.log(y[1])))


def softmax_regression() -> Value:
    x1, x2 = labelled(x1=1.3, x2=-0.7)
    rows = [(0.31, -0.52, 0.11), (0.74, 0.23, -0.17), (-0.45, 0.62, 0.29)]
    logits = []
    for i, (w1, w2, bias) in enumerate(rows, 1):
        weights = [Value(w1, label=f"w{i}1"), Value(w2, label=f"w{i}2")]
        a = ag.dot(weights, [x1, x2], Value(bias, label=f"b{i}"))
        logits.append(named(f"a{i}", a))
    return named("L", ag.cross_entropy(logits, 1))


def shared_weight() -> Value:
    w, x, t = labelled(w=0.83, x=0.64, t=1.7)
    h = named("h", ag.tanh(named("a", w * x)))
    return named("L", (named("o", w * h) - t) ** 2)


def recurrent() -> Value:
    u, w, b, y = labelled(u=0.57, w=0.83, b=0.12, y=0.35)
    h = named("h0", Value(0.21))
    for t, number in enumerate([0.9, -0.4, 1.3], 1):
        x = Value(number, label=f"x{t}")
        h = named(f"h{t}", ag.tanh(named(f"a{t}", w * h + u * x + b)))
    return named("L", (h - y) ** 2)


def ridge() -> Value:
    w, b, λ = labelled(w=1.31, b=0.47, λ=0.13)
    points = [(0.6, 1.9), (1.7, 2.2), (-0.9, 0.4)]
    errors = []
    for i, (x, y) in enumerate(points, 1):
        xi, yi = Value(x, label=f"x{i}"), Value(y, label=f"y{i}")
        errors.append((named(f"p{i}", w * xi + b) - yi) ** 2)
    return named("L", ag.mean(errors) + λ * w**2)


def mean_of_squares() -> Value:
    [w] = labelled(w=1.47)
    points = [(1.1, 2.3), (2.2, 1.2), (3.3, 6.9), (-0.8, 0.3)]
    errors = []
    for i, (x, y) in enumerate(points, 1):
        xi, yi = Value(x, label=f"x{i}"), Value(y, label=f"y{i}")
        errors.append((named(f"p{i}", w * xi) - yi) ** 2)
    return named("L", ag.mean(errors))


def quotient() -> Value:
    [x] = labelled(x=1.37)
    u, v = named("u", 3 * x + 1.3), named("v", x**2 + 2.1)
    return named("L", u / v)


def product() -> Value:
    [x] = labelled(x=1.23)
    s, g = named("s", ag.sin(x)), named("g", ag.exp(x))
    return named("L", s * g)


def many_paths() -> Value:
    x, y = labelled(x=1.21, y=0.64)
    u, v = named("u", x * y), named("v", x + y**3)
    return named("L", u * v + ag.sin(u))


def relu_network() -> Value:
    x, y = labelled(x=1.4, y=0.9)
    h = []
    for i, (w, b) in enumerate([(0.7, 0.2), (-0.6, 0.1), (0.45, -0.15)], 1):
        a = Value(w, label=f"w{i}") * x + Value(b, label=f"b{i}")
        h.append(named(f"h{i}", ag.relu(named(f"a{i}", a))))
    v = [Value(number, label=f"v{i}") for i, number in enumerate([0.8, -1.1, 0.55], 1)]
    return named("L", (named("o", ag.dot(v, h)) - y) ** 2)


def logarithms() -> Value:
    [x] = labelled(x=2.3)
    return named("L", ag.log10(named("u", x**2 + 1.7)))


def binary_logarithm() -> Value:
    [x] = labelled(x=1.7)
    return named("L", 3.1 * ag.log2(named("u", 1 + x**2)))


def power_of_two() -> Value:
    [x] = labelled(x=1.3)
    return named("L", ag.exp2(named("u", 0.7 * x)))


def tangent() -> Value:
    [x] = labelled(x=0.43)
    return named("L", 1.7 * ag.tan(named("u", 1.9 * x)))


def arctangent() -> Value:
    [x] = labelled(x=0.83)
    return named("L", 1.3 * ag.atan(named("u", 2.7 * x)))


def hyperbolic() -> Value:
    [x] = labelled(x=0.83)
    return named("L", 1 / named("c", ag.cosh(named("u", 1.4 * x))))


def root() -> Value:
    x, y = labelled(x=0.83, y=1.9)
    return named("L", ag.sqrt(named("u", x**2 + 1.3 * y)))


def silu_neuron() -> Value:
    w, x = labelled(w=0.83, x=1.6)
    return named("L", 1.9 * named("h", ag.silu(named("a", w * x))))


def gelu_neuron() -> Value:
    w, x = labelled(w=0.53, x=1.6)
    return named("L", 1.9 * named("h", ag.gelu(named("a", w * x))))


def mlp() -> Value:
    model = MLP(2, [3, 2], activation="tanh", seed=3)
    return named("L", ag.cross_entropy(model(labelled(x1=0.9, x2=-1.2)), 0))


def kink() -> Value:
    [x] = labelled(x=0.0)
    return named("L", 2.5 * ag.relu(x) + 0.4 * x)


GRAPHS: dict[str, Callable[[], Value]] = {
    each.__name__: each
    for each in (
        exp_of_square, exp_of_exp, reciprocal, tanh_neuron, sigmoid_neuron,
        sigmoid_with_cross_entropy, notes_network, notes_network_with_cross_entropy,
        softmax_regression, shared_weight, recurrent, ridge, mean_of_squares, quotient, product,
        many_paths, relu_network, logarithms, binary_logarithm, power_of_two, tangent, arctangent,
        hyperbolic, root, silu_neuron, gelu_neuron, kink, mlp,
    )
}  # fmt: skip

# Names for parts of formulas that are long.
_SOFTMAX = {f"p{i}": f"(exp(a{i})/(exp(a1) + exp(a2) + exp(a3)))" for i in (1, 2, 3)}

# fmt: off
_ANSWERS: dict[str, list[tuple[str, str, str]]] = {
    "exp_of_square": [
        ("x", "2x*exp(x²)", ""), ("x", "2*x*L", ""), ("x", "exp(u)*(x + x)", ""),
        ("u", "L", ""), ("x", "2*L*√u", ""),
        ("x", "exp(x²)", "FACTOR"),
        ("x", "exp(x)*2x", "WRONG_POINT"),
        ("x", "exp(2x)", "WRONG_OPERAND|WRONG_POINT"),
        ("x", "exp(x²)*x", "SCALE"),
        ("x", "x²*exp(x² - 1)*2x", "WRONG_OPERAND"),
        ("x", "x² * 2x", "WRONG_OPERAND"),
        ("x", "exp(x²)*x²", "WRONG_OPERAND"),
        ("x", "-2x*exp(x²)", "WRONG_SIGN"),
        ("x", "2x", "FACTOR"),
        ("x", "exp(u)*2*u", "WRONG_OPERAND|NEIGHBOUR|WRONG_POINT"),
    ],
    "exp_of_exp": [
        ("x", "exp(v)*v*2x", ""), ("x", "L*exp(x^2)*2*x", ""), ("u", "L*v", ""),
        ("x", "exp(x²)*exp(x²)*2x", "WRONG_POINT|VALUE|WRONG_OPERAND"),
        ("x", "exp(exp(x²))*2x", "FACTOR"),
        ("x", "exp(v)*v", "FACTOR"),
        ("x", "exp(v)*exp(v)*2x", "WRONG_POINT|WRONG_OPERAND|FACTOR"),
        ("x", "L*exp(x)*2x", "WRONG_POINT"),
    ],
    "reciprocal": [
        ("x", "-2x/v", ""), ("x", "-1/v^2*v*2x", ""), ("v", "-1/v²", ""), ("x", "-2x*exp(-x²)", ""),
        ("x", "2x/v", "WRONG_SIGN"),
        ("x", "-1/v^2*2x", "FACTOR"),
        ("v", "1/v", "WRONG_OPERAND|VALUE"),
        ("v", "-1/v", "WRONG_OPERAND"),
        ("v", "-2/v³", "WRONG_OPERAND"),
        ("v", "log(v)", "WRONG_OPERAND"),
        ("x", "-1/v*v*2x", "FACTOR|WRONG_OPERAND"),
    ],
    "tanh_neuron": [
        ("w", "2(h - t)(1 - h²)x", ""), ("w", "-2*(t - h)*(1-h)*(1+h)*x", ""),
        ("b", "2*(h - t)*(1 - tanh(a)^2)", ""), ("x", "2(h-t)(1-h^2)w", ""),
        ("t", "-2(h - t)", ""), ("h", "2h - 2t", ""), ("a", "2(h-t)/cosh(a)^2", ""),
        ("w", "2(h - t)(1 - h)x", "WRONG_OPERAND"),
        ("w", "2(h - t)(1 - a²)x", "WRONG_OPERAND"),
        ("w", "2(h - t)(1 - tanh(h)^2)x", "WRONG_POINT"),
        ("w", "2(h - t)*h*(1 - h)*x", "WRONG_OPERAND"),
        ("w", "2(h - t)(1 + h²)x", "WRONG_OPERAND"),
        ("w", "2(h - t)*h²*x", "WRONG_OPERAND"),
        ("w", "2(h - t)*x", "FACTOR.*∂h/∂a"),
        ("w", "(h - t)(1 - h²)x", "SCALE"),
        ("w", "2(t - h)(1 - h²)x", "WRONG_SIGN"),
        ("w", "2(h - t)(1 - h²)", "FACTOR|OTHER_NODE"),
        ("w", "2(h - t)(1 - h²)w", "WRONG_OPERAND|OTHER_NODE"),
        ("w", "2(h - t)(1 - h²)b", "NEIGHBOUR"),
        ("w", "2*h*(1 - h²)x", "WRONG_OPERAND|NEIGHBOUR|WRONG_POINT"),
        ("t", "2(h - t)", "WRONG_SIGN"),
        ("b", "2(h - t)(1 - h²)*b", "FACTOR|NEIGHBOUR|EXTRA|WRONG_OPERAND"),
        ("b", "0", "MISSING_PATHS"),
        ("w", "(t - h)(1 - h²)x", "TWO_MISTAKES.*sign"),
        ("w", "2(t - h)x", "TWO_MISTAKES.*sign"),
        ("w", "(h - t)*x", "TWO_MISTAKES"),
        ("w", "2(t - h)(1 - h)x", "TWO_MISTAKES"),
        ("w", "0.1*2(h - t)(1 - h²)x", "STEP"),
        ("w", "w - 0.1*2(h - t)(1 - h²)x", "STEP"),
        ("h", "(h - t)²", "VALUE"),
    ],
    "sigmoid_neuron": [
        ("w1", "2(h - y)h(1-h)x1", ""), ("w1", "-2(y - h)*(h - h²)*x1", ""),
        ("b", "2(h - y)σ'(a)", ""), ("a", "2*(h-y)*h*(1-h)", ""), ("x2", "2(h-y)h(1-h)w2", ""),
        ("w1", "2(h - y)h(1-h)x2", "NEIGHBOUR|OTHER_NODE"),
        ("w1", "2(h - y)h(1-h)w1", "WRONG_OPERAND|OTHER_NODE"),
        ("w1", "2(h - y)h*x1", "WRONG_OPERAND"),
        ("w1", "2(h - y)(1 - h)x1", "WRONG_OPERAND"),
        ("w1", "2(h - y)*a*(1 - a)x1", "WRONG_OPERAND"),
        ("w1", "2(h - y)*σ'(h)*x1", "WRONG_POINT"),
        ("w1", "2(h - y)*(1 - h²)*x1", "WRONG_OPERAND"),
        ("w1", "2(h - y)*h*(1 + h)*x1", "WRONG_OPERAND|WRONG_SIGN"),
        ("w1", "(h - y)*x1", "OTHER_LOSS|TWO_MISTAKES"),
        ("a", "h - y", "OTHER_LOSS"),
        ("b", "h - y", "OTHER_LOSS|TWO_MISTAKES"),
        ("b", "2(h - y)h(1-h)*b", "NEIGHBOUR|FACTOR|WRONG_OPERAND|EXTRA"),
        ("w2", "(y - h)h(1 - h)*x2", "TWO_MISTAKES.*sign|not y - h"),
        ("w2", "2(y - h)h(1 - h)*x1", "TWO_MISTAKES"),
        ("h", "2(y - h)", "WRONG_SIGN"),
    ],
    "sigmoid_with_cross_entropy": [
        ("a", "h - 1", ""), ("w", "(h - 1)x", ""), ("w", "-1/h*h*(1-h)*x", ""), ("h", "-1/h", ""),
        ("w", "-x/h", "FACTOR"),
        ("a", "h", "WRONG_OPERAND|VALUE"),
        ("a", "1 - h", "WRONG_SIGN"),
        ("a", "2(h - 1)h(1 - h)", "OTHER_LOSS"),
        ("w", "2(h - 1)h(1 - h)x", "OTHER_LOSS"),
        ("w", "-log(h)*h*(1-h)*x", "WRONG_OPERAND|VALUE"),
        ("h", "1/h", "WRONG_SIGN"),
    ],
    "notes_network": [
        ("w212", "-2(1 - ŷ1)ŷ1(1 - ŷ1)h12 + 2ŷ2(-ŷ1*ŷ2)h12", ""),
        ("w212", "-4*ŷ1*ŷ2²*h12", ""), ("ŷ1", "-2(1 - ŷ1)", ""), ("ŷ2", "2ŷ2", ""),
        ("a21", "2(ŷ1 - 1)ŷ1(1-ŷ1) - 2ŷ2*ŷ1*ŷ2", ""),
        ("h13", "-4ŷ1*ŷ2²*(w213 - w223)", ""),
        ("w131", "-4ŷ1*ŷ2²*(w213 - w223)*h13*(1 - h13)*x1", ""),
        ("a13", "-4ŷ1*ŷ2²*(w213 - w223)*σ'(a13)", ""),
        ("w212", "-2(1 - ŷ1)ŷ1(1 - ŷ1)h12", "MISSING_PATHS.*own logit"),
        ("w131", "(-2(1-ŷ1)ŷ1(1-ŷ1)w213 + 2ŷ2*ŷ2(1-ŷ2)w223)h13(1-h13)x1",
            "MISSING_PATHS.*own logit"),
        ("w212", "4*ŷ1*ŷ2²*h12", "WRONG_SIGN"),
        ("w212", "-2*ŷ1*ŷ2²*h12", "SCALE|MISSING_PATHS"),
        ("w212", "-2(1 - ŷ1)ŷ1(1 - ŷ1)h12 + 2ŷ2(ŷ1*ŷ2)h12", "WRONG_OPERAND|WRONG_SIGN|MISSING"),
        ("w212", "(ŷ1 - 1)*h12", "OTHER_LOSS"),
        ("a21", "ŷ1 - 1", "OTHER_LOSS"),
        ("a22", "ŷ2", "OTHER_LOSS|VALUE"),
        ("w131", "((ŷ1 - 1)w213 + ŷ2*w223)*h13*(1 - h13)*x1", "OTHER_LOSS"),
        ("w212", "-4*ŷ1*ŷ2²*h13", "NEIGHBOUR|OTHER_NODE"),
        ("w212", "-4*ŷ1*ŷ2²*x2", "NEIGHBOUR|WRONG"),
        ("w131", "-4ŷ1*ŷ2²*(w213 - w223)*h13*(1 - h13)*x3", "NEIGHBOUR|OTHER_NODE"),
        ("w131", "-4ŷ1*ŷ2²*(w213 - w223)*h11*(1 - h11)*x1", "NEIGHBOUR"),
        ("w131", "-4ŷ1*ŷ2²*(w213 - w223)*x1", "FACTOR"),
        ("w131", "-4ŷ1*ŷ2²*(w213 - w223)*σ'(h13)*x1", "WRONG_POINT"),
        ("w131", "-4ŷ1*ŷ2²*(w211 - w221)*h13*(1 - h13)*x1", "NEIGHBOUR"),
        ("w131", "-4ŷ1*ŷ2²*h13*(1 - h13)*x1", "FACTOR|WRONG_OPERAND|forgotten; and paths"),
        ("w131", "4ŷ1*ŷ2²*(w213 - w223)*x1", "TWO_MISTAKES"),
        ("w212", "-4*a21*a22²*h12", "WRONG_OPERAND|NEIGHBOUR|TWO|NOT_THE"),
        ("ŷ1", "(1 - ŷ1)²", "VALUE|WRONG_OPERAND"),
        ("ŷ1", "2(1 - ŷ1)", "WRONG_SIGN"),
        ("h13", "-4ŷ1*ŷ2²*w213", "MISSING_PATHS|OVERWRITTEN|FACTOR"),
    ],
    "notes_network_with_cross_entropy": [
        ("a21", "ŷ1 - 1", ""), ("a22", "ŷ2", ""), ("w212", "(ŷ1 - 1)h12", ""),
        ("w212", "-(1 - ŷ1)h12", ""), ("h13", "(ŷ1 - 1)w213 + ŷ2*w223", ""),
        ("w131", "((ŷ1 - 1)w213 + ŷ2*w223)*h13*(1 - h13)*x1", ""), ("w223", "ŷ2*h13", ""),
        ("a22", "ŷ2 - 1", "WRONG_OPERAND|OTHER"),
        ("a21", "ŷ1", "WRONG_OPERAND|VALUE"),
        ("a21", "1 - ŷ1", "WRONG_SIGN"),
        ("a21", "2(ŷ1 - 1)ŷ1(1-ŷ1) - 2ŷ2*ŷ1*ŷ2", "OTHER_LOSS"),
        ("w212", "-4*ŷ1*ŷ2²*h12", "OTHER_LOSS"),
        ("w223", "(ŷ2 - 1)*h13", "WRONG_OPERAND|OTHER"),
        ("w223", "a22*h13", "WRONG_OPERAND|NEIGHBOUR"),
        ("w131", "(ŷ1 - 1)w213*h13*(1 - h13)*x1", "MISSING_PATHS|OVERWRITTEN"),
        ("w131", "((ŷ1 - 1)w213 + ŷ2*w223)*h13*(1 - h12)*x1", "NEIGHBOUR|NOT_THE"),
        ("w131", "((ŷ1 - 1)w213 + ŷ2*w223)*x1", "FACTOR"),
        ("h11", "(ŷ1 - 1)w211 + ŷ2*w212", "TRANSPOSED|NEIGHBOUR"),
    ],
    "softmax_regression": [
        ("a1", "p1", ""), ("a2", "p2 - 1", ""), ("w21", "(p2 - 1)x1", ""), ("b3", "p3", ""),
        ("w32", "p3*x2", ""), ("a2", "-(1 - p2)", ""), ("a2", "-(p1 + p3)", ""),
        ("a1", "p1 - 1", "WRONG_OPERAND"), ("w12", "(p1 - 1)x2", "WRONG_OPERAND"),
        ("a2", "p2", "WRONG_OPERAND"), ("a2", "1 - p2", "WRONG_SIGN"),
        ("a2", "a2 - 1", "WRONG_OPERAND"), ("a1", "a1", "VALUE|WRONG_OPERAND"),
        ("a2", "-1/p2", "WRONG_OPERAND"),
        ("w32", "p3*x1", "NEIGHBOUR|OTHER_NODE"), ("w32", "p3*w32", "WRONG_OPERAND"),
        ("w32", "p1*x2", "NEIGHBOUR|OTHER_NODE"),
        ("x1", "p1*w11 + (p2 - 1)*w21", "MISSING_PATHS"),
        ("x1", "p1*w11 + p2*w21 + p3*w31", "WRONG_OPERAND|OTHER"),
        ("x1", "p1*w11 + (p2 - 1)*w12 + p3*w31", "NEIGHBOUR|TRANSPOSED"),
        ("b2", "p2*(1 - p2)", "WRONG_OPERAND|OTHER"),
        ("a2", "2((p2 - 1)*p2*(1 - p2) - p1*p1*p2 - p3*p3*p2)", "OTHER_LOSS"),
    ],
    "shared_weight": [
        ("w", "2(o - t)(h + w*(1 - h²)*x)", ""), ("w", "2*(w*h - t)*(h + (1-h^2)*w*x)", ""),
        ("h", "2(o - t)w", ""), ("x", "2(o-t)*w*(1-h²)*w", ""),
        ("w", "2(o - t)h", "OVERWRITTEN|MISSING"),
        ("w", "2(o - t)*w*(1 - h²)*x", "OVERWRITTEN|MISSING"),
        ("w", "2(o - t)(h + w*x)", "FACTOR"),
        ("w", "2(o - t)(h + (1 - h²)*x)", "FACTOR"),
        ("w", "2(o - t)(h + 2*w*(1 - h²)*x)", "EXTRA_TERM"),
        ("w", "2(o - t)(h - w*(1 - h²)*x)", "WRONG_SIGN"),
        ("w", "(o - t)(h + w*(1 - h²)*x)", "SCALE"),
        ("w", "2(o - t)(h + w*(1 - a²)*x)", "WRONG_OPERAND"),
        ("w", "2(o - t)(h * w*(1 - h²)*x)", "NOT_THE|FACTOR|MULTIPLIED|EXTRA"),
        ("x", "2(o-t)*w*(1-h²)", "FACTOR"),
    ],
    "recurrent": [
        ("h2", "2(h3 - y)(1 - h3²)w", ""), ("h1", "2(h3 - y)(1 - h3²)w*(1 - h2²)*w", ""),
        ("w", "2(h3 - y)(1 - h3²)(h2 + w(1 - h2²)(h1 + w(1 - h1²)*h0))", ""),
        ("u", "2(h3 - y)(1 - h3²)(x3 + w(1 - h2²)(x2 + w(1 - h1²)*x1))", ""),
        ("b", "2(h3 - y)(1 - h3²)(1 + w(1 - h2²)(1 + w(1 - h1²)))", ""),
        ("w", "2(h3 - y)(1 - h3²)h2", "OVERWRITTEN|MISSING"),
        ("w", "2(h3 - y)(1 - h3²)(h2 + w(1 - h2²)*h1)", "MISSING"),
        ("w", "2(h3 - y)(1 - h3²)(h3 + w(1 - h2²)(h2 + w(1 - h1²)*h1))", "NEIGHBOUR"),
        ("w", "2(h3 - y)(1 - h3²)(h3 + w(1 - h2²)(h1 + w(1 - h1²)*h0))", "NEIGHBOUR"),
        ("u", "2(h3 - y)(1 - h3²)(x3 + w(1 - h2²)x2)", "MISSING"),
        ("u", "2(h3 - y)(1 - h3²)(x3 + (1 - h2²)(x2 + (1 - h1²)*x1))", "FACTOR"),
        ("u", "2(h3 - y)(x3 + w*(x2 + w*x1))", "FACTOR"),
        ("h1", "2(h3 - y)(1 - h3²)w*(1 - h1²)*w", "NEIGHBOUR"),
        ("h1", "2(h3 - y)(1 - h3²)w*w", "FACTOR"),
        ("h1", "2(h3 - y)(1 - h3²)(1 - h2²)w", "FACTOR"),
        ("h2", "2(h3 - y)(1 - h3²)u", "NEIGHBOUR|WRONG_OPERAND"),
        ("h2", "2(h3 - y)(1 - h2²)w", "NEIGHBOUR"),
        ("b", "2(h3 - y)(1 - h3²)", "OVERWRITTEN|MISSING"),
    ],
    "ridge": [
        ("w", "2/3*((p1 - y1)x1 + (p2 - y2)x2 + (p3 - y3)x3) + 2*λ*w", ""),
        ("b", "2/3*(p1 - y1 + p2 - y2 + p3 - y3)", ""), ("p1", "2/3*(p1 - y1)", ""),
        ("λ", "w²", ""),
        ("w", "2/3*((p1 - y1)x1 + (p2 - y2)x2 + (p3 - y3)x3)", "OVERWRITTEN|MISSING"),
        ("w", "2/3*((p1 - y1)x1 + (p2 - y2)x2 + (p3 - y3)x3) + λ*w", "SCALE|FACTOR|not w"),
        ("w", "2/3*((p1 - y1)x1 + (p2 - y2)x2 + (p3 - y3)x3) + 2*w", "FACTOR"),
        ("w", "2/3*((p1 - y1)x1 + (p2 - y2)x2 + (p3 - y3)x3) + λ*w²", "WRONG_OPERAND|VALUE"),
        ("w", "2/3*((p1 - y1)x1 + (p2 - y2)x2 + (p3 - y3)x3) - 2*λ*w", "WRONG_SIGN"),
        ("w", "2*((p1 - y1)x1 + (p2 - y2)x2 + (p3 - y3)x3) + 2*λ*w", "SCALE"),
        ("w", "2/2*((p1 - y1)x1 + (p2 - y2)x2 + (p3 - y3)x3) + 2*λ*w", "SCALE.*n - 1"),
        ("b", "2/3*(p1 - y1 + p2 - y2 + p3 - y3) + 2*λ*b", "EXTRA_TERM"),
        ("b", "2*(p1 - y1 + p2 - y2 + p3 - y3)", "SCALE"),
        ("b", "2/3*((p1 - y1)x1 + (p2 - y2)x2 + (p3 - y3)x3)", "OTHER_NODE|NEIGHBOUR|MISSING"),
        ("λ", "2*w", "WRONG_OPERAND|EXTRA|NOT_THE"),
        ("w", "-2/3*((p1 - y1)x1 + (p2 - y2)x2 + (p3 - y3)x3) + 2*λ*w", "WRONG_SIGN"),
        ("w", "2/3*((p1 - y1)x1 + (p2 - y2)x2) + 2*λ*w", "MISSING"),
    ],
    "mean_of_squares": [
        ("w", "½*((p1-y1)x1 + (p2-y2)x2 + (p3-y3)x3 + (p4-y4)x4)", ""), ("p3", "(p3 - y3)/2", ""),
        ("w", "2*((p1-y1)x1 + (p2-y2)x2 + (p3-y3)x3 + (p4-y4)x4)", "SCALE.*1/4"),
        ("w", "2/3*((p1-y1)x1 + (p2-y2)x2 + (p3-y3)x3 + (p4-y4)x4)", "SCALE.*n - 1"),
        ("w", "1/4*((p1-y1)x1 + (p2-y2)x2 + (p3-y3)x3 + (p4-y4)x4)", "SCALE"),
        ("w", "-½*((p1-y1)x1 + (p2-y2)x2 + (p3-y3)x3 + (p4-y4)x4)", "WRONG_SIGN"),
        ("w", "½*((p1-y1) + (p2-y2) + (p3-y3) + (p4-y4))", "FACTOR"),
        ("w", "½*((p1-y1)x1 + (p2-y2)x2 + (p3-y3)x3)", "MISSING"),
        ("w", "-2*((p1-y1)x1 + (p2-y2)x2 + (p3-y3)x3 + (p4-y4)x4)", "TWO_MISTAKES.*sign"),
        ("w", "((p1-y1)x1 + (p2-y2)x2 + (p3-y3)x3 + (p4-y4)x4)", "TWO_MISTAKES|SCALE"),
        ("w", "w - 0.01*½*((p1-y1)x1 + (p2-y2)x2 + (p3-y3)x3 + (p4-y4)x4)", "STEP"),
        ("w", "½*((p1-y1)x1 + (p2-y2)x2 + 2*(p3-y3)x3 + (p4-y4)x4)", "EXTRA_TERM"),
    ],
    "quotient": [
        ("x", "(3*v - u*2*x)/v²", ""), ("x", "3/v - u/v²*2x", ""), ("u", "1/v", ""),
        ("v", "-u/v²", ""),
        ("x", "(3*v + u*2*x)/v²", "WRONG_SIGN"),
        ("x", "(u*2*x - 3*v)/v²", "WRONG_SIGN"),
        ("x", "(3*v - u*2*x)/v", "WRONG_OPERAND|FACTOR"),
        ("x", "3*v - u*2*x", "WRONG_OPERAND|FACTOR"),
        ("x", "3/v", "OVERWRITTEN|MISSING"),
        ("x", "3/(2x)", "PRODUCT_RULE"),
        ("x", "3/v - u/v*2x", "WRONG_OPERAND"),
        ("x", "3/v - 1/v²*2x", "WRONG_OPERAND"),
        ("v", "u/v²", "WRONG_SIGN"),
        ("v", "-1/v²", "WRONG_OPERAND"),
        ("u", "v", "WRONG_OPERAND|VALUE"),
        ("x", "(v - u*2*x)/v²", "FACTOR"),
    ],
    "product": [
        ("x", "cos(x)e^x + sin(x)e^x", ""), ("x", "g*(cos(x) + s)", ""), ("s", "g", ""),
        ("x", "cos(x)*g", "OVERWRITTEN|MISSING"), ("x", "s*g", "OVERWRITTEN|MISSING|VALUE"),
        ("x", "-cos(x)g + s*g", "WRONG_SIGN"), ("x", "cos(x)*e^x*1", "OVERWRITTEN|MISSING|PRODUCT"),
        ("x", "cos(x)*g + s*x*e^(x - 1)", "WRONG_OPERAND"), ("s", "s", "VALUE|WRONG_OPERAND"),
        ("x", "cos(x) + g", "FACTOR|WRONG_OPERAND"),
    ],
    "many_paths": [
        ("x", "y*v + u + cos(u)*y", ""), ("y", "x*v + u*3y² + x*cos(u)", ""),
        ("u", "v + cos(u)", ""), ("v", "x*y", ""),
        ("x", "y*v + cos(u)*y", "MISSING|OVERWRITTEN"), ("x", "y*v + u", "MISSING"),
        ("x", "y*v + u + cos(u)", "FACTOR"), ("x", "y*v + u - cos(u)*y", "WRONG_SIGN"),
        ("x", "y*v + u + sin(u)*y", "WRONG_OPERAND"), ("x", "y*v + u + cos(x)*y", "WRONG_POINT"),
        ("x", "x*v + u + cos(u)*x", "WRONG_OPERAND"),
        ("y", "x*v + u*3y³ + x*cos(u)", "WRONG_OPERAND"),
        ("y", "x*v + u*y² + x*cos(u)", "SCALE"),
        ("y", "x*v + u*3y² + x*cos(v)", "WRONG_POINT|NEIGHBOUR"),
        ("x", "y*v + 2u + cos(u)*y", "EXTRA_TERM"),
        ("u", "u + cos(u)", "WRONG_OPERAND"),
    ],
    "relu_network": [
        ("w1", "2(o - y)*v1*x", ""), ("w2", "0", ""), ("w3", "2(o - y)*v3*1[a3 > 0]*x", ""),
        ("v1", "2(o - y)h1", ""), ("x", "2(o - y)(v1*w1 + v3*w3)", ""),
        ("w2", "2(o - y)*v2*x", "FACTOR|WRONG_OPERAND"),
        ("x", "2(o - y)(v1*w1 + v2*w2 + v3*w3)", "FACTOR|WRONG_OPERAND"),
        ("w1", "2(o - y)*v1*h1*x", "WRONG_OPERAND"),
        ("w1", "2(o - y)*v1*h1", "NEIGHBOUR|WRONG_OPERAND|TWO"),
        ("w1", "2(o - y)*v2*x", "NEIGHBOUR"),
        ("v1", "2(o - y)x", "NEIGHBOUR"),
        ("w1", "2(o - y)*x", "FACTOR"),
        ("w1", "2(y - o)*v1*x", "WRONG_SIGN"),
        ("x", "2(o - y)(v1*w1)", "MISSING|OVERWRITTEN"),
    ],
    "logarithms": [
        ("x", "2x/(u*ln(10))", ""),
        ("x", "2x/u", "FACTOR|WRONG_OPERAND.*ln|WRONG_OPERAND.*log"),
        ("x", "2x*ln(10)/u", "WRONG_OPERAND"), ("u", "1/u", "WRONG_OPERAND"),
        ("u", "1/ln(10)", "WRONG_OPERAND|FACTOR"),
    ],
    "binary_logarithm": [
        ("x", "3.1*2x/(u*ln(2))", ""),
        ("x", "3.1*2x/u", "WRONG_OPERAND"), ("x", "3.1*2x*ln(2)/u", "WRONG_OPERAND"),
        ("x", "3.1*2x/(x*ln(2))", "WRONG_POINT"),
    ],
    "power_of_two": [
        ("x", "0.7*L*ln(2)", ""), ("x", "0.7*2^u*log(2)", ""),
        ("x", "0.7*L", "WRONG_OPERAND|FACTOR"), ("u", "u*2^(u - 1)", "WRONG_OPERAND"),
        ("x", "2^u*ln(2)", "FACTOR"),
    ],
    "tangent": [
        ("x", "1.7*1.9*(1 + tan(u)^2)", ""), ("x", "1.7*1.9/cos(u)^2", ""),
        ("x", "1.7*1.9/cos(u)", "WRONG_OPERAND"), ("x", "1.7*1.9*(1 - tan(u)^2)", "WRONG_OPERAND"),
        ("x", "-1.7*1.9/sin(u)^2", "WRONG_OPERAND"), ("x", "1.7*1.9/cos(x)^2", "WRONG_POINT"),
        ("x", "1.7/cos(u)^2", "FACTOR"),
    ],
    "arctangent": [
        ("x", "1.3*2.7/(1 + u²)", ""),
        ("x", "1.3*2.7/(1 - u²)", "WRONG_OPERAND"), ("x", "1.3*2.7/√(1 + u²)", "WRONG_OPERAND"),
        ("x", "1.3*2.7/√(1 - x²)", "TWO_MISTAKES|NOT_THE|WRONG"), ("x", "1.3/(1 + u²)", "FACTOR"),
        ("x", "1.3*2.7/(1 + x²)", "WRONG_POINT"), ("x", "-1.3*2.7/tan(u)^2", "WRONG_OPERAND"),
    ],
    "hyperbolic": [
        ("x", "-1.4*sinh(u)/c²", ""), ("x", "-1.4*sech(u)*tanh(u)", ""),
        ("x", "1.4*sech(u)*tanh(u)", "WRONG_SIGN"), ("u", "sinh(u)/c", "WRONG_OPERAND|TWO|NOT_THE"),
        ("u", "1/sinh(u)", "NOT_THE|WRONG_OPERAND|TWO"), ("x", "-1.4*cosh(u)/c²", "WRONG_OPERAND"),
        ("c", "1/c²", "WRONG_SIGN"),
    ],
    "root": [
        ("x", "x/L", ""), ("x", "2x/(2√u)", ""), ("y", "0.65/√u", ""),
        ("x", "2x/√u", "WRONG_OPERAND|SCALE|FACTOR"), ("x", "1/(2√u)", "FACTOR"),
        ("x", "x*√u", "WRONG_OPERAND"), ("x", "1/(2√(2x))", "NOT_THE|WRONG_POINT"),
        ("x", "2x/(2u)", "WRONG_OPERAND"), ("y", "1/(2√u)", "FACTOR"),
    ],
    "silu_neuron": [
        ("a", "1.9*(σ(a) + a*σ(a)*(1 - σ(a)))", ""), ("w", "1.9*x*(h + σ(a)*(1 - h))", ""),
        ("a", "1.9*σ(a)", "WRONG_OPERAND"), ("a", "1.9*a*σ(a)*(1 - σ(a))", "WRONG_OPERAND"),
        ("a", "1.9*σ(a)*(1 - σ(a))", "WRONG_OPERAND"), ("w", "1.9*σ(a)*x", "WRONG_OPERAND"),
    ],
    "gelu_neuron": [
        ("a", "1.9*(erfc(-a/√2)/2 + a*exp(-a²/2)/√(2π))", ""),
        ("a", "1.9*erfc(-a/√2)/2", "WRONG_OPERAND"),
        ("a", "1.9*a*exp(-a²/2)/√(2π)", "WRONG_OPERAND"),
        ("w", "1.9*x*erfc(-a/√2)/2", "WRONG_OPERAND"),
    ],
    "mlp": [
        ("a2[0]", "σ(a2[0] - a2[1]) - 1", ""), ("a2[1]", "σ(a2[1] - a2[0])", ""),
        ("W2[1,2]", "σ(a2[1] - a2[0])*h1[2]", ""),
        ("h1[1]", "σ(a2[1] - a2[0])*(W2[1,1] - W2[0,1])", ""),
        ("W1[1,0]", "σ(a2[1] - a2[0])*(W2[1,1] - W2[0,1])*(1 - h1[1]²)*x1", ""),
        ("W1[1,0]", "σ(a2[1] - a2[0])*(W2[1,1] - W2[0,1])*(1 - h1[1]²)*x2", "NEIGHBOUR|OTHER_NODE"),
        ("W1[1,0]", "σ(a2[1] - a2[0])*(W2[1,1] - W2[0,1])*(1 - h1[1])*x1", "WRONG_OPERAND"),
        ("W1[1,0]", "σ(a2[1] - a2[0])*(W2[1,1] - W2[0,1])*x1", "FACTOR"),
        ("W1[1,0]", "σ(a2[1] - a2[0])*W2[1,1]*(1 - h1[1]²)*x1", "MISSING|OVERWRITTEN"),
        ("h1[1]", "σ(a2[1] - a2[0])*(W2[1,1] + W2[0,1])", "WRONG_SIGN"),
        ("h1[1]", "σ(a2[1] - a2[0])*(W2[1,0] - W2[0,0])", "NEIGHBOUR|OTHER_NODE"),
        ("W2[1,2]", "σ(a2[1] - a2[0])*h1[1]", "NEIGHBOUR|OTHER_NODE"),
        ("W2[1,2]", "σ(a2[1] - a2[0])*a1[2]", "NEIGHBOUR|a1.* was taken for h1"),
        ("W2[1,2]", "(σ(a2[1] - a2[0]) - 1)*h1[2]", "WRONG_OPERAND|OTHER_NODE"),
        ("a2[0]", "σ(a2[0] - a2[1])", "WRONG_OPERAND"),
    ],
    "kink": [
        ("x", "0.4", ""), ("x", "2.9", ""), ("x", "1.65", ""), ("x", "0.4 + 2.5*1[x > 0]", ""),
        ("x", "3.5", "."), ("x", "-2.1", "."),
    ],
}
# fmt: on


def answers() -> list[Answer]:
    """Return all answers, with formulas written out."""
    found = []
    for graph, entries in _ANSWERS.items():
        for node, formula, cause in entries:
            for name, text in _SOFTMAX.items() if graph == "softmax_regression" else ():
                formula = formula.replace(name, text)
            found.append(Answer(graph, node, formula, cause))
    return found
