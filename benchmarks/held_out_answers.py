"""More answers, written down before it was known how they are judged.

They are kept as they were written: what is learnt from one mends the kind that it stands for. The
graphs are those of a first course, with numbers that no two mistakes lead to by chance.
"""

from __future__ import annotations

from collections.abc import Callable

from answer_set import Answer, labelled, named

import autograd as ag
from autograd import Value
from nn import MLP, squared_error

# The graphs.


def logistic_batch() -> Value:
    w1, w2, b = labelled(w1=0.47, w2=-0.82, b=0.26)
    losses = []
    for i, (x1, x2, y) in enumerate([(1.3, 0.9, 1.0), (-0.7, 1.6, 0.0), (2.1, -0.4, 0.0)], 1):
        x_1, x_2 = Value(x1, label=f"x{i}1"), Value(x2, label=f"x{i}2")
        target = Value(y, label=f"y{i}")
        p = named(f"p{i}", ag.sigmoid(named(f"z{i}", w1 * x_1 + w2 * x_2 + b)))
        losses.append(-(target * ag.log(p) + (1 - target) * ag.log(1 - p)))
    return named("L", ag.mean(losses))


def recurrent_outputs() -> Value:
    u, w, v = labelled(u=0.67, w=0.74, v=1.21)
    h, losses = named("h0", Value(0.33)), []
    for t, (x, y) in enumerate([(0.8, 0.9), (-0.5, 0.2), (1.1, -0.3)], 1):
        h = named(f"h{t}", ag.tanh(named(f"a{t}", w * h + u * Value(x, label=f"x{t}"))))
        o = named(f"o{t}", v * h)
        losses.append((o - Value(y, label=f"y{t}")) ** 2)
    return named("L", 0.5 * ag.sum(losses))


def softmax_of_four() -> Value:
    logits = labelled(z1=0.43, z2=-0.28, z3=1.17, z4=0.06)
    probabilities = ag.softmax(logits)
    p = [named(f"p{i}", each) for i, each in enumerate(probabilities, 1)]
    return named("L", -ag.log(p[1]))


def soft_targets() -> Value:
    logits = labelled(z1=0.37, z2=-0.61, z3=0.94)
    p = [named(f"p{i}", each) for i, each in enumerate(ag.softmax(logits), 1)]
    t = labelled(t1=0.22, t2=0.47, t3=0.31)
    terms = [ti * ag.log(pi) for ti, pi in zip(t, p, strict=True)]
    return named("L", -(terms[0] + terms[1] + terms[2]))


def ridge_of_two() -> Value:
    w1, w2, b, λ = labelled(w1=0.92, w2=-0.58, b=0.34, λ=0.27)
    errors = []
    for i, (x1, x2, y) in enumerate([(0.7, 1.9, 0.6), (1.8, -0.6, 2.9), (-1.1, 0.4, 1.7)], 1):
        x_1, x_2 = Value(x1, label=f"x{i}1"), Value(x2, label=f"x{i}2")
        p = named(f"p{i}", w1 * x_1 + w2 * x_2 + b)
        errors.append((p - Value(y, label=f"y{i}")) ** 2)
    return named("L", ag.mean(errors) / 2 + λ / 2 * (w1**2 + w2**2))


def lasso() -> Value:
    w, x, y, λ = labelled(w=-0.83, x=1.46, y=0.71, λ=0.19)
    return named("L", (named("p", w * x) - y) ** 2 + λ * ag.abs(w))


def attention() -> Value:
    q1, q2, t = labelled(q1=0.81, q2=-0.37, t=1.9)
    scores, values = [], []
    for i, (k1, k2, v) in enumerate([(0.6, 1.3, 0.7), (-0.9, 0.4, 2.3), (1.7, 0.2, -0.6)], 1):
        k_1, k_2 = Value(k1, label=f"k{i}1"), Value(k2, label=f"k{i}2")
        scores.append(named(f"s{i}", (q1 * k_1 + q2 * k_2) / ag.sqrt(Value(2.0))))
        values.append(Value(v, label=f"v{i}"))
    α = [named(f"α{i}", each) for i, each in enumerate(ag.softmax(scores), 1)]
    return named("L", (named("o", ag.dot(α, values)) - t) ** 2)


def five_factors() -> Value:
    p, q, r, s, t = labelled(p=1.31, q=0.73, r=-1.57, s=2.17, t=0.89)
    return named("L", p * q * r * s * t)


def repeated_factor() -> Value:
    p, q, r = labelled(p=1.37, q=0.68, r=-1.83)
    return named("L", named("m", p * q) * named("n", p * r) * p)


def max_of_three() -> Value:
    x, t = labelled(x=1.63, t=0.74)
    u, v, w = named("u", 1.3 * x), named("v", x**2), named("w", 2 - x)
    return named("L", (named("m", ag.max([u, v, w])) - t) ** 2)


def norm_of_three() -> Value:
    x, y, z = labelled(x=0.77, y=-1.34, z=0.58)
    return named("L", (named("n", ag.norm([x, y, z])) - 1) ** 2)


def deep_chain() -> Value:
    [x] = labelled(x=0.91)
    s = named("s", ag.sin(named("u", x**3)))
    return named("L", ag.log(named("d", 1 + named("e", ag.exp(s)))))


def gaussian() -> Value:
    x, μ, σ = labelled(x=1.27, μ=0.58, s=1.39)
    u = named("u", (x - μ) / σ)
    return named("L", ag.exp(-(u**2) / 2))


def general_power() -> Value:
    x, y = labelled(x=1.72, y=2.36)
    return named("L", 1.6 * named("f", x**y))


def log_sum_exp() -> Value:
    x, y = labelled(x=0.53, y=1.18)
    return named("L", ag.log(named("s", ag.exp(x) + ag.exp(2 * y))))


def hinge() -> Value:
    w, x, b, y = labelled(w=0.38, x=1.27, b=0.16, y=-1.0)
    return named("L", ag.relu(1 - y * named("s", w * x + b)))


def batch_normalised() -> Value:
    x = [Value(n, label=f"x{i}") for i, n in enumerate([0.7, 1.9, -0.4, 2.3], 1)]
    c = [Value(n, label=f"c{i}") for i, n in enumerate([0.8, -1.3, 0.45, 1.1], 1)]
    m = named("m", ag.mean(x))
    v = named("v", ag.mean([(each - m) ** 2 for each in x]))
    s = named("s", ag.sqrt(v + 0.01))
    n = [named(f"n{i}", (each - m) / s) for i, each in enumerate(x, 1)]
    return named("L", ag.dot(c, n))


def quotient_of_products() -> Value:
    [x] = labelled(x=1.29)
    u, v = named("u", x * ag.sin(x)), named("v", 1 + x**2)
    return named("L", u / v)


def gated() -> Value:
    z, c, h0, y = labelled(a=0.41, c=0.83, h0=-0.36, y=0.62)
    gate = named("z", ag.sigmoid(z))
    return named("L", (named("h", gate * c + (1 - gate) * h0) - y) ** 2)


def memory_cell() -> Value:
    f, c0, i, g, o, y = labelled(f=0.71, c0=0.93, i=0.44, g=-0.67, o=0.58, y=0.87)
    c = named("c", f * c0 + i * g)
    return named("L", (named("h", o * ag.tanh(c)) - y) ** 2)


def relu_neuron() -> Value:
    w, x, b, v, t = labelled(w=0.87, x=1.36, b=-0.42, v=1.61, t=0.33)
    h = named("h", ag.relu(named("a", w * x + b)))
    return named("L", (named("o", v * h) - t) ** 2)


def layer_network() -> Value:
    model = MLP(2, [3, 2], activation="tanh", output="linear", seed=11)
    return named("L", squared_error(model(labelled(x1=0.83, x2=-1.27)), [0.4, -0.9]))


def deep_sigmoid_chain() -> Value:
    w1, w2, w3, x, y = labelled(w1=0.87, w2=-1.36, w3=1.73, x=0.94, y=0.21)
    h1 = named("h1", ag.sigmoid(named("a1", w1 * x)))
    h2 = named("h2", ag.sigmoid(named("a2", w2 * h1)))
    return named("L", (named("o", w3 * h2) - y) ** 2)


GRAPHS: dict[str, Callable[[], Value]] = {
    each.__name__: each
    for each in (
        logistic_batch, recurrent_outputs, softmax_of_four, soft_targets, ridge_of_two, lasso,
        attention, five_factors, repeated_factor, max_of_three, norm_of_three, deep_chain,
        gaussian, general_power, log_sum_exp, hinge, batch_normalised, quotient_of_products,
        gated, memory_cell, relu_neuron, layer_network, deep_sigmoid_chain,
    )
}  # fmt: skip

# What a verdict may say of a mistake; "other" is where its author was not sure of it.
SAYS = {
    "sign": "WRONG_SIGN",
    "path": "MISSING_PATHS|OVERWRITTEN|ŷ was taken for",
    "factor": "FACTOR|CHAIN.*is missing|was taken for",
    "scale": "SCALE|factor 2|= 0.5 was|was taken for (λ/2|0.5·λ)",
    "twice": "EXTRA_TERM|used twice|once more",
    "extra": "EXTRA_TERM|one too many|WRONG_OPERAND",
    "point": "WRONG_POINT|WRONG_OPERAND.*, not |was taken for|VALUE|for the probabilities",
    "operand": "WRONG_OPERAND|PRODUCT_RULE|WRONG_POINT|NEIGHBOUR|VALUE",
    "neighbour": "NEIGHBOUR|OTHER_NODE|CHAIN.*stands for|taken at|was taken for|another class",
    "layer": "NEIGHBOUR|CHAIN.*stands for",
    "transposed": "TRANSPOSED",
    "loss": "OTHER_LOSS|ŷ was taken|once more",
    "class": "the true one",
    "diagonal": "own logit",
    "loss itself": "VALUE",
    "update": "STEP",
    "kink": "WRONG_BRANCH|does depend",
    "branch": "WRONG_BRANCH|does depend",
    "upside": "CHAIN.*upside down",
    "two": "TWO_MISTAKES",
    "slip": "SLIP",
    "none": "NOT_THE_GRADIENT",
    "other": "",
}

# fmt: off
_ANSWERS: dict[str, list[tuple[str, str, str]]] = {
    "logistic_batch": [
        ("w1", "((p1 - y1)x11 + (p2 - y2)x21 + (p3 - y3)x31)/3", ""),
        ("w1", r"\frac{1}{3} \left( (p_1 - 1) x_{11} + p_2 x_{21} + p_3 x_{31} \right)", ""),
        ("w2", "mean((p1 - y1)*x12, (p2 - y2)*x22, (p3 - y3)*x32)", ""),
        ("b", "⅓(p₁ - 1 + p₂ + p₃)", ""), ("b", "(σ(z1) + σ(z2) + σ(z3) - 1)/3", ""),
        ("p1", "-1/(3 p1)", ""), ("z2", "∂L/∂p2 · σ'(z2)", ""),
        ("w1", "(p1 - y1)x11 + (p2 - y2)x21 + (p3 - y3)x31", "scale"),
        ("w1", "((y1 - p1)x11 + (y2 - p2)x21 + (y3 - p3)x31)/3", "sign"),
        ("w1",
         "((p1 - y1)*p1*(1 - p1)*x11 + (p2 - y2)*p2*(1 - p2)*x21 + (p3 - y3)*p3*(1 - p3)*x31)/3",
         "loss|twice"),
        ("w1", "((p1 - y1)x12 + (p2 - y2)x22 + (p3 - y3)x32)/3", "neighbour"),
        ("w2", "(p1 - y1)x12/3", "path"),
        ("w2", "((p1 - y1) + (p2 - y2) + (p3 - y3))/3", "factor|neighbour"),
        ("b", "((z1 - y1) + (z2 - y2) + (z3 - y3))/3", "point|loss"),
        ("b", "(p1 + p2 + p3)/3", "path|other"),
        ("b", "((p1 - y1) + (p2 - y2) + (p3 - y3))/2", "scale"), ("p1", "-y1/p1", "scale"),
        ("z1", "-1/(3 p1)", "factor"),
    ],
    "recurrent_outputs": [
        ("v", "(o1 - y1)h1 + (o2 - y2)h2 + (o3 - y3)h3", ""),
        ("h2", "(o2 - y2)v + (o3 - y3)v(1 - h3²)w", ""),
        ("h2", "∂L/∂o2·∂o2/∂h2 + ∂L/∂h3·∂h3/∂h2", ""), ("a3", "(o3 - y3)·v·sech(a3)^2", ""),
        ("h3", "v (v h_3 - y_3)", ""), ("u", "dL/da1*x1 + dL/da2*x2 + dL/da3*x3", ""),
        ("w", r"\sum_{t=1}^{3} \frac{\partial L}{\partial a_t} h_{t-1}", ""),
        ("h2", "(o2 - y2)v", "path"), ("h2", "(o3 - y3)v(1 - h3²)w", "path"),
        ("h2", "(o2 - y2)v + (o3 - y3)v(1 - h3²)", "factor"),
        ("h2", "(o2 - y2)v + (o3 - y3)v(1 - h3²)u", "neighbour"),
        ("h2", "(o2 - y2)v + (o3 - y3)v(1 - h2²)w", "neighbour"),
        ("h2", "(o2 - y2)v + (o3 - y3)v*w", "factor"), ("a3", "(o3 - y3)v(1 - a3²)", "point"),
        ("a3", "(o3 - y3)v(1 - h3)", "operand|factor|point"), ("u", "dL/da3*x3", "path"),
        ("w", "dL/da1*h1 + dL/da2*h2 + dL/da3*h3", "neighbour"),
        ("w", "dL/da2*h1 + dL/da3*h2", "path"), ("v", "(o3 - y3)h3", "path"),
        ("v", "2(o1 - y1)h1 + 2(o2 - y2)h2 + 2(o3 - y3)h3", "scale|twice"),
    ],
    "softmax_of_four": [
        ("z1", "exp(z1)/(exp(z1) + exp(z2) + exp(z3) + exp(z4))", ""), ("z2", "p2 - 1", ""),
        ("z2", "-(1 - p_2)", ""), ("z2", "-1/p2 · p2(1 - p2)", ""), ("z3", "p3", ""),
        ("z1", "p_1", ""), ("p2", "-1/p2", ""),
        ("z3", r"\frac{e^{z_3}}{e^{z_1} + e^{z_2} + e^{z_3} + e^{z_4}}", ""),
        ("z2", "1 - p2", "sign"), ("z2", "p2", "loss|class|path"), ("z2", "-1/p2", "factor"),
        ("z2", "p2(1 - p2)", "factor"), ("z1", "-p1*p2", "factor"), ("z1", "p1 - 1", "class|loss"),
        ("z1", "-p1", "sign"), ("z1", "p1(1 - p1)", "class|operand|diagonal|other"),
        ("z3", "z3", "point"), ("p2", "1/p2", "sign"), ("p2", "-log(p2)", "operand|loss itself"),
    ],
    "soft_targets": [
        ("z1", "p1 - t1", ""), ("z2", "p2 - 0.47", ""), ("p3", "-t3/p3", ""),
        ("z3", "p3(t1 + t2 + t3) - t3", ""), ("z3", "-t3(1 - p3) + t1 p3 + t2 p3", ""),
        ("z1", "p1 - 1", "class|loss|factor"), ("z1", "t1 - p1", "sign"),
        ("z1", "t1(p1 - 1)", "path"), ("z2", "p2 - t3", "neighbour"), ("z2", "-t2/p2", "factor"),
        ("z1", "p1", "path"), ("p3", "t3/p3", "sign"), ("p3", "-1/p3", "factor"),
        ("z3", "(p3 - t3)p3(1 - p3)", "loss|twice"),
    ],
    "ridge_of_two": [
        ("w1", "((p1 - y1)x11 + (p2 - y2)x21 + (p3 - y3)x31)/3 + λ w1", ""),
        ("w2", "(1/3)*((p1 - y1)*x12 + (p2 - y2)*x22 + (p3 - y3)*x32) + 0.27*w2", ""),
        ("b", "(p1 + p2 + p3 - y1 - y2 - y3)/3", ""), ("λ", "½(w1² + w2²)", ""),
        ("p2", "(p2 - y2)/3", ""), ("w1", "((p1 - y1)x11 + (p2 - y2)x21 + (p3 - y3)x31)/3", "path"),
        ("w1", "((p1 - y1)x11 + (p2 - y2)x21 + (p3 - y3)x31)/3 + 2λ w1", "scale|other"),
        ("w1", "((p1 - y1)x11 + (p2 - y2)x21 + (p3 - y3)x31)/3 + λ w2", "neighbour"),
        ("w1", "(p1 - y1)x11 + (p2 - y2)x21 + (p3 - y3)x31 + λ w1", "scale|factor|other"),
        ("w1", "λ w1", "path"),
        ("w1", "((p1 - y1)x11 + (p2 - y2)x21 + (p3 - y3)x31)/3 + λ", "factor|operand"),
        ("w2", "((p1 - y1)x12 + (p2 - y2)x22 + (p3 - y3)x32)/3 - λ w2", "sign"),
        ("b", "(p1 + p2 + p3 - y1 - y2 - y3)/3 + λ b", "extra"),
        ("b", "p1 + p2 + p3 - y1 - y2 - y3", "scale"),
        ("b", "2(p1 + p2 + p3 - y1 - y2 - y3)/3", "scale"), ("λ", "w1² + w2²", "scale"),
        ("λ", "w1 + w2", "operand|other"),
        ("w1", "w1 - 0.1*(((p1 - y1)x11 + (p2 - y2)x21 + (p3 - y3)x31)/3 + λ w1)", "update"),
        ("p1", "y1 - p1", "two|sign|scale"),
    ],
    "lasso": [
        ("w", "2(w x - y)x - λ", ""), ("w", "2(p - y)x + λ|w|/w", ""),
        ("w", "2(p - y)*x + λ*sign(w)", ""), ("λ", "|w|", ""), ("λ", "-w", ""),
        ("w", "2(p - y)x + λ", "sign"), ("w", "2(p - y)x", "path"), ("λ", "w", "sign"),
        ("w", "2(p - y)x + 2λw", "operand|other"), ("w", "(p - y)x - λ", "scale|other"),
        ("w", "2(p - y) - λ", "factor"), ("x", "2(p - y)x", "operand|neighbour"),
    ],
    "attention": [
        ("v1", "2(o - t)α1", ""), ("s1", "2(o - t)α1(v1 - o)", ""),
        ("s1", "2(o - t)(α1(1 - α1)v1 - α1 α2 v2 - α1 α3 v3)", ""),
        ("k21", "2(o - t)·α2·(v2 - o)·q1/√2", ""),
        ("q1", "2(o - t)(α1(v1 - o)k11 + α2(v2 - o)k21 + α3(v3 - o)k31)/sqrt(2)", ""),
        ("q2", "(∂L/∂s1·k12 + ∂L/∂s2·k22 + ∂L/∂s3·k32)/√2", ""),
        ("s1", "2(o - t)α1(1 - α1)v1", "path"), ("s1", "2(o - t)α1 v1", "path|factor"),
        ("s2", "2(o - t)v2", "factor|path"), ("s1", "2(t - o)α1(v1 - o)", "sign"),
        ("v1", "2(o - t)", "factor"), ("v1", "2(o - t)s1", "point|neighbour"),
        ("v2", "(o - t)α2", "scale"), ("v2", "2(o - t)α1", "neighbour"),
        ("k21", "2(o - t)·α2·(v2 - o)·q1", "factor|scale"),
        ("k21", "2(o - t)·α2·(v2 - o)·q1/2", "scale|other|point|factor"),
        ("k21", "2(o - t)·α2·(v2 - o)·q2/√2", "neighbour"),
        ("k21", "2(o - t)·α2·(v2 - o)·k21/√2", "operand|neighbour"),
        ("q1", "2(o - t)·α1·(v1 - o)·k11/√2", "path"),
        ("q2", "(∂L/∂s1·k11 + ∂L/∂s2·k21 + ∂L/∂s3·k31)/√2", "neighbour"),
    ],
    "five_factors": [
        ("p", "qrst", ""), ("r", "L/r", ""), ("t", "p*q*r*s", ""), ("q", "p·r·s·t", ""),
        ("p", "q*r*s", "factor"), ("p", "L", "operand|extra|twice"),
        ("q", "p + r + s + t", "operand"), ("r", "-p*q*s*t", "sign"),
        ("s", "p*q*r*s", "operand|neighbour"), ("r", "1", "factor|operand"),
        ("t", "p*q*r*s*t²", "other|extra|two"), ("s", "2*p*q*r*t", "scale"),
        ("p", "q*t", "factor|two"),
    ],
    "repeated_factor": [
        ("p", "3p²qr", ""), ("p", "q*n*p + r*m*p + m*n", ""), ("m", "n*p", ""), ("p", "3L/p", ""),
        ("p", "p²qr", "path"), ("p", "2p²qr", "path"), ("p", "q*n*p", "path"), ("p", "m*n", "path"),
        ("m", "n", "factor"), ("p", "3p²q", "factor|operand"), ("p", "-3p²qr", "sign"),
        ("p", "qr", "operand|two|other"),
    ],
    "max_of_three": [
        ("x", "2(m - t)2x", ""), ("x", "4x(x² - t)", ""), ("u", "0", ""), ("v", "2(v - t)", ""),
        ("w", "0.0", ""), ("v", "2(m - t)·1[v > u]", ""), ("u", "2(m - t)", "kink|branch|other"),
        ("x", "2(m - t)*1.3", "branch|neighbour|other|path"),
        ("x", "2(m - t)(1.3 + 2x - 1)", "branch|extra|other"), ("x", "2(m - t)", "factor"),
        ("x", "2(m - t)x", "scale"), ("v", "0", "branch|kink|other"), ("x", "2x", "factor"),
        ("v", "2(t - m)", "sign"),
    ],
    "norm_of_three": [
        ("x", "2(n - 1)x/n", ""),
        ("y", "2*(sqrt(x^2 + y^2 + z^2) - 1)*y/sqrt(x^2 + y^2 + z^2)", ""),
        ("z", r"2 (n - 1) \frac{z}{\sqrt{x^2 + y^2 + z^2}}", ""), ("n", "2n - 2", ""),
        ("x", "2x - 2x/n", ""), ("x", "2(n - 1)*2x", "other|factor|operand"),
        ("x", "2(n - 1)x", "operand|factor"), ("x", "2(n - 1)/n", "operand|factor"),
        ("x", "2(n - 1)/(2n)", "operand|factor|two"), ("x", "2(n - 1)x/n²", "operand|twice"),
        ("x", "2(n - 1)y/n", "neighbour|operand"), ("x", "2(n - 1)2x/n", "scale"),
        ("y", "-2(n - 1)y/n", "sign"), ("z", "2(n - 1)", "factor"), ("x", "(n - 1)x/n", "scale"),
        ("n", "2n", "operand|other|path|factor"), ("x", "2 n x/n", "operand|other"),
    ],
    "deep_chain": [
        ("x", "e/(1 + e)·cos(u)·3x²", ""), ("x", "σ(s) cos(x^3) 3x^2", ""),
        ("s", "exp(sin(u))/(1 + exp(sin(u)))", ""), ("u", "e/d*cos(u)", ""), ("e", "1/d", ""),
        ("x", "e/(1 + e)·cos(u)", "factor"), ("x", "e/(1 + e)·cos(x)·3x²", "point"),
        ("x", "-e/(1 + e)·cos(u)·3x²", "sign"), ("x", "e/(1 + e)·sin(u)·3x²", "operand"),
        ("x", "e/(1 + e)·cos(u)·3x", "operand"), ("x", "e/(1 + e)·cos(u)·x²", "scale"),
        ("x", "1/(1 + e)·cos(u)·3x²", "factor"), ("x", "e·cos(u)·3x²", "factor"),
        ("u", "e/d*sin(u)", "operand"), ("s", "1/d", "factor"), ("x", "e/(1 + e)·3x²", "factor"),
        ("x", "1/e·e·cos(u)·3x²", "point|operand|other"),
        ("x", "e/(1 + e)·cos(3x²)", "operand|point"),
    ],
    "gaussian": [
        ("μ", "L(x - μ)/s²", ""), ("s", "L(x - μ)²/s³", ""), ("x", "-L*u/s", ""),
        ("u", "-u e^(-u²/2)", ""), ("s", "L u²/s", ""), ("μ", "-L(x - μ)/s²", "sign"),
        ("μ", "L(x - μ)/s", "factor|point"), ("s", "-L(x - μ)²/s³", "sign"),
        ("s", "L(x - μ)²/s²", "operand"), ("x", "L*(-u)", "factor"), ("u", "-u", "factor"),
        ("u", "exp(-u)", "operand|point"), ("u", "-2u L", "scale"),
        ("x", "-u²/2*L", "operand|other"), ("u", "L", "factor"), ("x", "L", "factor|two"),
    ],
    "general_power": [
        ("x", "1.6*y*x^(y - 1)", ""), ("y", "1.6*x^y*ln(x)", ""), ("x", "L*y/x", ""),
        ("y", "L ln x", ""), ("y", "1.6*y*x^(y - 1)", "operand"), ("x", "1.6*y*x^y", "operand"),
        ("x", "y*x^(y - 1)", "factor"), ("y", "1.6*x^y", "operand|factor"),
        ("y", "1.6*ln(x)", "operand|factor"), ("x", "1.6*x^y*ln(x)", "operand"),
        ("x", "1.6*x^(y - 1)", "operand|factor"), ("y", "1.6*x^y*log10(x)", "operand|other"),
        ("x", "1.6*(y - 1)*x^(y - 1)", "operand|other"),
    ],
    "log_sum_exp": [
        ("x", "e^x/(e^x + e^(2y))", ""), ("y", "2e^(2y)/s", ""), ("x", "1/(1 + exp(2y - x))", ""),
        ("s", "1/s", ""), ("x", "1/s", "factor"), ("y", "e^(2y)/s", "factor|scale"),
        ("x", "e^x/s²", "operand|twice"), ("y", "2e^y/s", "point"), ("x", "e^x", "factor"),
        ("s", "log(s)", "operand|loss itself"), ("x", "1/e^x", "other|operand|point"),
        ("y", "2/s", "factor"), ("x", "e^(2y)/s", "neighbour"),
    ],
    "hinge": [
        ("w", "-y x", ""), ("s", "-y", ""), ("b", "1", ""), ("y", "-s", ""),
        ("x", "-y*w*1[y*s < 1]", ""), ("w", "y x", "sign"), ("w", "0", "branch|kink|other"),
        ("w", "-y w", "operand|neighbour"), ("b", "y", "sign"), ("x", "-y x", "operand|neighbour"),
        ("y", "s", "sign"), ("y", "-x", "neighbour|other"),
    ],
    "batch_normalised": [
        ("x1", "(c1 - mean(c1, c2, c3, c4) - n1*mean(c1*n1, c2*n2, c3*n3, c4*n4))/s", ""),
        ("n1", "c1", ""), ("m", "-(c1 + c2 + c3 + c4)/s", ""), ("v", "-L/(2s²)", ""),
        ("s", "-L/s", ""), ("c2", "(x2 - m)/s", ""), ("x1", "c1/s", "path"),
        ("x1", "(c1 - (c1 + c2 + c3 + c4)/4)/s", "path"), ("m", "-c1/s", "path"),
        ("s", "L/s", "sign"), ("v", "-L/s", "factor"), ("v", "-L/(2s)", "operand|factor"),
        ("s", "-(c1(x1 - m) + c2(x2 - m) + c3(x3 - m) + c4(x4 - m))/s", "operand|other"),
        ("m", "(c1 + c2 + c3 + c4)/s", "sign"), ("n1", "c2", "neighbour"),
        ("n2", "n2", "operand|neighbour"), ("x1", "c1(x1 - m)/s", "other|extra"),
        ("c2", "x2 - m", "operand|factor"),
    ],
    "quotient_of_products": [
        ("x", "((sin(x) + x cos(x))(1 + x²) - x sin(x)·2x)/(1 + x²)²", ""),
        ("x", "(sin(x) + x cos(x))/v - 2x u/v²", ""), ("u", "1/v", ""), ("v", "-L/v", ""),
        ("x", "((sin(x) + x cos(x))(1 + x²) - x sin(x)·2x)/(1 + x²)", "operand"),
        ("x", "((sin(x) + x cos(x))(1 + x²) + x sin(x)·2x)/(1 + x²)²", "sign"),
        ("x", "(sin(x) + x cos(x))/(2x)", "operand|other"),
        ("x", "(cos(x)·v - u·2x)/v²", "operand|factor"), ("x", "(x cos(x)·v - u·2x)/v²", "path"),
        ("x", "(sin(x)·v - u·2x)/v²", "path"), ("x", "(sin(x) + x cos(x))/v", "path"),
        ("x", "-2x u/v²", "path"), ("x", "(2x u - (sin(x) + x cos(x)) v)/v²", "sign"),
        ("v", "u/v²", "sign"), ("v", "-u/v", "operand"),
        ("x", "((sin(x) - x cos(x)) v - u·2x)/v²", "sign"),
    ],
    "gated": [
        ("z", "2(h - y)(c - h0)", ""), ("a", "2(h - y)(c - h0)z(1 - z)", ""),
        ("h0", "2(h - y)(1 - z)", ""), ("a", "2(h - y)·(c - h0)·σ'(a)", ""),
        ("c", "2 z h - 2 z y", ""), ("z", "2(h - y)c", "path"), ("a", "2(h - y)c z(1 - z)", "path"),
        ("z", "2(h - y)(c + h0)", "sign"), ("h0", "2(h - y)z", "neighbour"),
        ("c", "2(h - y)(1 - z)", "neighbour"), ("a", "2(h - y)(c - h0)", "factor"),
        ("a", "2(h - y)(c - h0)a(1 - a)", "point"),
        ("h0", "-2(h - y)z", "operand|two|neighbour|factor"),
        ("a", "2(h - y)(c - h0)(1 - z)", "operand|factor"), ("z", "2(y - h)(c - h0)", "sign"),
        ("a", "2(h - y)(c - h0)z²", "operand"),
    ],
    "memory_cell": [
        ("c", "2(h - y)·o·(1 - tanh(c)²)", ""), ("f", "2(h - y)o(1 - tanh²(c))c0", ""),
        ("o", "2(h - y)tanh(c)", ""), ("g", "2(h - y)·o·tanh'(c)·i", ""),
        ("c0", "∂L/∂h·∂h/∂c·∂c/∂c0", ""), ("i", "2(h - y)o sech^2(c) g", ""),
        ("c", "2(h - y)(1 - tanh(c)²)", "factor"), ("c", "2(h - y)·o·(1 - c²)", "point"),
        ("c", "2(h - y)·o·(1 - h²)", "point"),
        ("f", "2(h - y)o(1 - tanh²(c))f", "operand|neighbour"),
        ("o", "2(h - y)c", "factor|point|operand"), ("g", "2(h - y)·o·tanh'(c)·f", "neighbour"),
        ("c0", "∂L/∂h·∂c/∂c0", "factor|two"), ("i", "2(h - y)o tanh(c) g", "operand|point"),
        ("c", "2(y - h)·o·(1 - tanh(c)²)", "sign"), ("i", "(h - y)o sech^2(c) g", "scale"),
        ("i", "2(h - y)o sech(c) g", "operand|other"), ("c", "2(h - y)·o/cosh(c)", "operand|other"),
    ],
    "relu_neuron": [
        ("w", "2(o - t)·v·1[a > 0]·x", ""), ("w", "2(v h - t) v x", ""),
        ("b", "2(o - t)v·(a > 0)", ""), ("v", "2(o - t) max(0, a)", ""),
        ("w", "2(v²(w x + b) - v t)x", ""), ("w", "2(o - t)·v·a·x", "point|operand|extra|other"),
        ("w", "2(o - t)·v·h·x", "point|operand|extra|other"), ("w", "0", "branch|kink|other"),
        ("b", "2(o - t)v x", "neighbour|operand"), ("v", "2(o - t)", "factor"),
        ("w", "2(o - t)x", "factor"), ("w", "2(o - t)v w", "operand|neighbour"),
        ("v", "2(o - t)v", "operand|neighbour"), ("v", "2(t - o)h", "sign"),
    ],
    "layer_network": [
        ("W2[1,0]", "2(a2[1] - -0.9)h1[0]", ""), ("W1[2,1]", "∂L/∂h1[2]·∂h1[2]/∂a1[2]·x2", ""),
        ("W1[2,1]", "(∂L/∂a2[0]·W2[0,2] + ∂L/∂a2[1]·W2[1,2])·(1 - h1[2]²)·x2", ""),
        ("h1[0]", "dL/da2[0]*W2[0,0] + dL/da2[1]*W2[1,0]", ""), ("a2[0]", "2(a2[0] - 0.4)", ""),
        ("b1[1]", "∂L/∂a1[1]", ""),
        ("x1", "∂L/∂a1[0]·W1[0,0] + ∂L/∂a1[1]·W1[1,0] + ∂L/∂a1[2]·W1[2,0]", ""),
        ("W1[2,1]", "∂L/∂h1[2]·x2", "factor"),
        ("W1[2,1]", "∂L/∂a2[0]·∂a2[0]/∂h1[2]·∂h1[2]/∂a1[2]·∂a1[2]/∂W1[2,1]", "path"),
        ("W1[2,1]", "∂L/∂h1[2]·∂a1[2]/∂h1[2]·∂a1[2]/∂W1[2,1]", "upside|branch"),
        ("W1[2,1]", "∂L/∂h1[2]·(1 - h1[1]²)·x2", "neighbour"),
        ("W1[2,1]", "∂L/∂h1[2]·(1 - a1[2]²)·x2", "point"),
        ("W1[2,1]", "∂L/∂h1[2]·(1 - h1[2]²)·x1", "neighbour"),
        ("W1[2,1]", "∂L/∂h1[2]·(1 - h1[2]²)·h1[1]", "neighbour|layer"),
        ("h1[0]", "dL/da2[0]*W2[0,0] + dL/da2[1]*W2[0,1]", "neighbour|transposed"),
        ("h1[0]", "dL/da2[1]*W2[1,0]", "path"),
        ("h1[1]", "dL/da2[0]*W1[0,1] + dL/da2[1]*W1[1,1]", "layer|neighbour"),
        ("a2[0]", "a2[0] - 0.4", "scale"), ("a2[0]", "2(0.4 - a2[0])", "sign"),
        ("W2[1,0]", "2(a2[1] + 0.9)", "factor"), ("W2[1,0]", "2(a2[0] - 0.4)h1[0]", "neighbour"),
        ("W2[1,0]", "2(a2[1] + 0.9)h1[1]", "neighbour"),
        ("W2[1,0]", "2(a2[1] + 0.9)W2[1,0]", "operand|neighbour"),
        ("W2[1,0]", "2(a2[1] + 0.9)a1[0]", "point|layer|neighbour"),
        ("b1[1]", "∂L/∂h1[1]", "factor"), ("x1", "∂L/∂a1[0]·W1[0,0]", "path"),
        ("x1", "∂L/∂a1[0]·W1[0,0] + ∂L/∂a1[1]·W1[0,1]", "two|path|neighbour|transposed"),
    ],
    "deep_sigmoid_chain": [
        ("w1", "2(o - y)·w3·h2(1 - h2)·w2·h1(1 - h1)·x", ""), ("w3", "2(o - y) h2", ""),
        ("w1", r"2 (o - y) w_3 \sigma'(a_2) w_2 \sigma'(a_1) x", ""),
        ("h1", "dL/do·do/dh2·dh2/da2·da2/dh1", ""), ("a1", "∂L/∂h1·σ(a1)·(1 - σ(a1))", ""),
        ("w2", "2(o - y)w3 h2(1 - h2)/(1 + e^(-a1))", ""),
        ("w1", "2(o - y)·w3·h2(1 - h2)·w2·x", "factor"),
        ("w1", "2(o - y)·h2(1 - h2)·w2·h1(1 - h1)·x", "factor"),
        ("w1", "2(o - y)·w3·h2(1 - h2)·w2·h1(1 - h1)", "factor"),
        ("w1", "2(o - y)·w3·h1(1 - h1)·x", "factor|two"),
        ("w1", "2(o - y)·w3·h2(1 - h2)·w2·a1(1 - a1)·x", "point"),
        ("w1", "2(o - y)·w3·h2(1 - h2)·w2·h2(1 - h2)·x", "neighbour|layer"),
        ("w1", "2(o - y)·w2·h2(1 - h2)·w3·h1(1 - h2)·x", "neighbour"),
        ("w1", "2(o - y)·w3·h2(1 - h2)·w3·h1(1 - h1)·x", "neighbour|layer"),
        ("w1", "-2(o - y)·w3·h2(1 - h2)·w2·h1(1 - h1)·x", "sign"),
        ("w1", "(o - y)·w3·h2(1 - h2)·w2·h1(1 - h1)·x", "scale"),
        ("w1", "(y - o)·w3·h2(1 - h2)·w2·h1(1 - h1)·x", "two|sign|scale"),
        ("w2", "2(o - y)w3 h2(1 - h2)x", "neighbour|layer|two"),
        ("w2", "2(o - y)w3 h2(1 - h2)h2", "neighbour|layer"),
        ("w2", "2(o - y)w3 σ'(h2)h1", "point"), ("w3", "2(o - y) h1", "neighbour|layer"),
        ("w3", "2(o - y) a2", "point|neighbour"),
        ("w3", "2(o - y) h2(1 - h2)", "operand|extra|other|neighbour"),
        ("h1", "∂L/∂h2·w2", "factor"), ("h1", "∂L/∂a2·h1", "operand|neighbour"),
        ("w1", "2(o - y)", "factor"), ("w1", "2(o - y)·w3·w2·x", "factor|two"),
    ],
}
# fmt: on


def answers() -> list[Answer]:
    """Return all answers, each with the pattern of what a verdict may say of it."""
    return [
        Answer(graph, node, formula, pattern(cause))
        for graph, entries in _ANSWERS.items()
        for node, formula, cause in entries
    ]


def pattern(cause: str) -> str:
    return "|".join(SAYS[each] for each in cause.split("|") if each and SAYS[each])
