"""A third set of answers, written before its author had seen which causes are known.

The graphs are those of a second course: recurrence, attention, normalisation, ties, pooling, and a
residual of a differential equation.

Judged once before anything was mended: of 166 right formulas 159 were right, 5 could not be read
and 2 were right only at the numbers of the graph; of 246 wrong ones none was accepted, and 216 had
the right cause first, 11 another, 19 none. Of their numbers with all digits 210, 12, and 24.
Seven of the other causes were the mistake in other words, or another that comes to the same; these
are allowed now.
"""

from __future__ import annotations

from collections.abc import Callable

from answer_set import Answer, labelled, named
from held_out_answers import pattern

import autograd as ag
from autograd import Value

# The graphs.


def recurrent_step() -> Value:
    x, w, h0, u, b, v, c, y = labelled(
        x=1.21, w=0.64, h0=-0.37, u=0.83, b=0.17, v=1.46, c=-0.29, y=1.0
    )
    h = named("h", ag.tanh(named("a", u * x + w * h0 + b)))
    p = named("p", ag.sigmoid(named("z", v * h + c)))
    return named("L", -(y * ag.log(p) + (1 - y) * ag.log(1 - p)))


def attention_over_two() -> Value:
    wq, wk, wv, t = labelled(wq=0.73, wk=-0.56, wv=1.37, t=0.48)
    x1, x2 = labelled(x1=1.27, x2=-0.86)
    q = named("q", wq * x1)
    k = [named(f"k{i}", wk * x) for i, x in enumerate((x1, x2), 1)]
    v = [named(f"v{i}", wv * x) for i, x in enumerate((x1, x2), 1)]
    s = [named(f"s{i}", q * each) for i, each in enumerate(k, 1)]
    α = [named(f"α{i}", each) for i, each in enumerate(ag.softmax(s), 1)]
    o = named("o", α[0] * v[0] + α[1] * v[1])
    return named("L", 0.5 * (o - t) ** 2)


def normalised_layer() -> Value:
    γ, β = labelled(γ=1.34, β=-0.21)
    x = [Value(n, label=f"x{i}") for i, n in enumerate([1.4, -0.7, 0.3], 1)]
    t = [Value(n, label=f"t{i}") for i, n in enumerate([0.9, 0.2, -0.6], 1)]
    μ = named("μ", ag.mean(x))
    v = named("v", ag.mean([(each - μ) ** 2 for each in x]))
    s = named("s", ag.sqrt(v))
    n = [named(f"n{i}", (each - μ) / s) for i, each in enumerate(x, 1)]
    y = [named(f"y{i}", γ * each + β) for i, each in enumerate(n, 1)]
    return named("L", ag.mean([(a - b) ** 2 for a, b in zip(y, t, strict=True)]))


def ridge_sum() -> Value:
    w, b, λ = labelled(w=0.87, b=-0.44, λ=0.36)
    terms = []
    for i, (x, y) in enumerate([(1.3, 1.7), (-0.6, 0.4)], 1):
        xi, yi = Value(x, label=f"x{i}"), Value(y, label=f"y{i}")
        e = named(f"e{i}", named(f"p{i}", w * xi + b) - yi)
        terms.append(0.5 * e**2)
    return named("L", terms[0] + terms[1] + 0.5 * λ * w**2)


def gelu_network() -> Value:
    w1, w2, v1, v2, x, t = labelled(w1=0.91, w2=-0.58, v1=1.19, v2=0.77, x=0.84, t=0.33)
    h = [named(f"h{i}", ag.gelu(named(f"a{i}", w * x))) for i, w in enumerate((w1, w2), 1)]
    return named("L", (named("o", v1 * h[0] + v2 * h[1]) - t) ** 2)


def softmax_with_squares() -> Value:
    z = labelled(z1=0.63, z2=-0.34, z3=1.12)
    y = labelled(y1=0.0, y2=1.0, y3=0.0)
    p = [named(f"p{i}", each) for i, each in enumerate(ag.softmax(z), 1)]
    return named("L", ag.sum([(a - b) ** 2 for a, b in zip(p, y, strict=True)]))


def weighted_logistic() -> Value:
    w, b = labelled(w=0.78, b=-0.13)
    losses = []
    for i, (x, y, c) in enumerate([(1.4, 1.0, 2.5), (0.6, 0.0, 1.5), (-1.1, 1.0, 0.8)], 1):
        xi, yi, ci = (Value(n, label=f"{k}{i}") for k, n in (("x", x), ("y", y), ("c", c)))
        p = named(f"p{i}", ag.sigmoid(named(f"z{i}", w * xi + b)))
        losses.append(-ci * (yi * ag.log(p) + (1 - yi) * ag.log(1 - p)))
    return named("L", losses[0] + losses[1] + losses[2])


def product_of_sums() -> Value:
    x, y, z = labelled(x=0.76, y=1.43, z=-0.49)
    r, s, t = named("r", x + y), named("s", y - z), named("t", z + 2 * x)
    return named("L", r * s * t)


def tied_autoencoder() -> Value:
    w1, w2, x1, x2 = labelled(w1=0.67, w2=-0.42, x1=1.15, x2=0.58)
    h = named("h", ag.tanh(named("a", w1 * x1 + w2 * x2)))
    r1, r2 = named("r1", w1 * h), named("r2", w2 * h)
    return named("L", (r1 - x1) ** 2 + (r2 - x2) ** 2)


def pooled_convolution() -> Value:
    k1, k2, u, t = labelled(k1=0.72, k2=-0.35, u=1.28, t=0.19)
    x = [Value(n, label=f"x{i}") for i, n in enumerate([0.9, -0.4, 1.3, 0.6, -1.1], 1)]
    a = [named(f"a{i + 1}", k1 * x[i] + k2 * x[i + 1]) for i in range(4)]
    m1, m2 = named("m1", ag.max(a[:2])), named("m2", ag.max(a[2:]))
    return named("L", (named("o", u * m1 + 0.7 * m2) - t) ** 2)


def three_layers() -> Value:
    x, y = labelled(x=0.93, y=-0.4)
    first, second = labelled(u1=0.52, u2=-0.84), [[0.61, -0.47], [0.33, 0.95]]
    third = labelled(v1=1.17, v2=-0.69)
    g = [named(f"g{i}", ag.tanh(named(f"a{i}", u * x))) for i, u in enumerate(first, 1)]
    h = []
    for i, row in enumerate(second, 1):
        weights = [Value(w, label=f"w{i}{j}") for j, w in enumerate(row, 1)]
        h.append(named(f"h{i}", ag.sigmoid(named(f"b{i}", ag.dot(weights, g)))))
    return named("L", (named("o", ag.dot(third, h)) - y) ** 2)


def differential_equation() -> Value:
    w, v, b, x = labelled(w=1.32, v=0.79, b=-0.23, x=0.61)
    h = named("h", ag.tanh(named("a", w * x + b)))
    s = named("s", 1 - h**2)
    second = named("d", -2 * v * w**2 * h * s)  # of v tanh(w x + b)
    return named("L", named("r", second + named("f", v * h)) ** 2)


def normal_likelihood() -> Value:
    m, s, y = labelled(m=0.47, s=0.29, y=1.83)
    σ = named("σ", ag.exp(s))
    e = named("e", (y - m) / σ)
    return named("L", ag.log(σ) + e**2 / 2)


def cosine() -> Value:
    a1, a2, b1, b2 = labelled(a1=0.8, a2=-1.7, b1=1.4, b2=0.6)
    d = named("d", a1 * b1 + a2 * b2)
    m, n = named("m", ag.norm([a1, a2])), named("n", ag.norm([b1, b2]))
    return named("L", 1 - named("c", d / (m * n)))


def focal() -> Value:
    w, x = labelled(w=0.53, x=1.36)
    p = named("p", ag.sigmoid(named("z", w * x)))
    return named("L", -((1 - p) ** 2) * ag.log(p))


def residual_block() -> Value:
    x, w1, w2, y = labelled(x=1.16, w1=0.74, w2=-0.47, y=0.35)
    h = named("h", ag.relu(named("a", w1 * x)))
    o = named("o", x + named("f", w2 * h))
    return named("L", (o - y) ** 2)


def gated_unit() -> Value:
    x, u, w, t = labelled(x=1.09, u=0.86, w=-0.57, t=0.6)
    a, b = named("a", u * x), named("b", w * x)
    return named("L", 0.5 * (named("h", ag.silu(a) * b) - t) ** 2)


def triplet() -> Value:
    w, a, p, n = labelled(w=0.69, a=1.2, p=0.7, n=1.9)
    near, far = named("c", (w * a - w * p) ** 2), named("f", (w * a - w * n) ** 2)
    return named("L", ag.relu(near - far + 0.5))


GRAPHS: dict[str, Callable[[], Value]] = {
    each.__name__: each
    for each in (
        recurrent_step, attention_over_two, normalised_layer, ridge_sum, gelu_network,
        softmax_with_squares, weighted_logistic, product_of_sums, tied_autoencoder,
        pooled_convolution, three_layers, differential_equation, normal_likelihood, cosine, focal,
        residual_block, gated_unit, triplet,
    )
}  # fmt: skip

# For each graph: the node, the formula, and what is wrong with it, if anything is.
# fmt: off
_ANSWERS: dict[str, list[tuple[str, str, str]]] = {
    "recurrent_step": [
        ("z", "p - 1", ""), ("z", "σ(z) - y", ""), ("v", "(p - y) h", ""), ("c", "p - y", ""),
        ("h", r"\left( p - y \right) v", ""), ("a", "(p - y)v(1 - h²)", ""),
        ("w", r"(p - y) \cdot v \cdot (1 - h^{2}) \cdot h_0", ""),
        ("u", "(p-y)v(1-tanh^2(a))x", ""), ("u", "∂L/∂z·∂z/∂h·∂h/∂a·∂a/∂u", ""),
        ("h0", "(p - y) v sech²(a) w", ""), ("b", "dL/dh * dh/da", ""),
        ("p", "-1/p", ""), ("p", "-y/p + (1 - y)/(1 - p)", ""), ("p", "(p - y)/(p(1 - p))", ""),
        ("b", r"\frac{\partial L}{\partial z}\,\frac{\partial z}{\partial h}\,(1-\tanh^2 a)", ""),
        ("z", "y - p", "sign"), ("z", "p(1 - p)", "factor"), ("z", "-1/p", "factor"),
        ("z", "(p - y)p(1 - p)", "loss|twice"), ("z", "z - y", "point"), ("z", "p", "path|loss"),
        ("h", "p - y", "factor"), ("a", "(p - y)v", "factor"),
        ("a", "(p - y)v(1 - a²)", "point"), ("a", "(p - y)v(1 - h)", "operand|factor|point"),
        ("a", "(p - y)v·h(1 - h)", "operand"), ("w", "(p - y)v(1 - h²)h", "neighbour"),
        ("w", "(p - y)v(1 - h²)x", "neighbour"), ("h0", "(p - y)v(1 - h²)u", "neighbour"),
        ("u", "(p - y)v(1 - h²)w", "operand|neighbour"), ("u", "(p - y)(1 - h²)x", "factor"),
        ("w", "w - 0.1(p - y)v(1 - h²)h0", "update"), ("w", "0.01(p - y)v(1 - h²)h0", "update"),
        ("u", "(y - p)v x", "two"), ("p", "1/p", "sign"),
        ("u", "2(p - y)v(1 - h²)x", "scale|twice|loss"),
        ("b", "(p - y)v(1 - h²)b", "extra|operand"),
    ],
    "attention_over_two": [
        ("v1", "(o - t)α1", ""), ("o", "o - t", ""), ("α2", "(o - t) v_2", ""),
        ("s1", "(o - t)α1 α2 (v1 - v2)", ""), ("s1", "(o - t)α1(v1 - o)", ""),
        ("s2", "(o-t)*α2*(1-α2)*(v2 - v1)", ""), ("wv", "(o - t)(α1 x1 + α2 x2)", ""),
        ("wv", "(o - t) o / wv", ""), ("q", "∂L/∂s1 k1 + ∂L/∂s2 k2", ""),
        ("wk", "∂L/∂s1·q·x1 + ∂L/∂s2·q·x2", ""), ("wq", "x1·(∂L/∂s1·k1 + ∂L/∂s2·k2)", ""),
        ("k1", r"\frac{\partial L}{\partial s_1} \cdot q", ""),
        ("x2", "∂L/∂k2·wk + ∂L/∂v2·wv", ""),
        ("x1", "∂L/∂q·wq + ∂L/∂k1·wk + ∂L/∂v1·wv", ""),
        ("o", "t - o", "sign"), ("o", "2(o - t)", "scale"), ("v1", "(o - t)α2", "neighbour"),
        ("v1", "o - t", "factor"), ("v1", "(o - t)s1", "point|neighbour"),
        ("s1", "(o - t)v1 α1(1 - α1)", "path|diagonal"), ("s1", "(o - t)v1", "factor"),
        ("s1", "-(o - t)α1 α2 (v1 - v2)", "sign"), ("s1", "(o - t)α1 α2 (v1 + v2)", "sign|operand"),
        ("wv", "(o - t)α1 x1", "path"), ("wv", "(o - t)(x1 + x2)", "factor|two"),
        ("wk", "∂L/∂s1·q·x1", "path"), ("wk", "∂L/∂s1·k1·x1 + ∂L/∂s2·k2·x2", "operand|neighbour"),
        ("wk", "∂L/∂s1·q·x1 - ∂L/∂s2·q·x2", "sign"), ("x1", "∂L/∂q·wq + ∂L/∂k1·wk", "path"),
        ("x1", "∂L/∂k1·wk + ∂L/∂v1·wv", "path"), ("x2", "∂L/∂v2·wv", "path"),
        ("k1", "∂L/∂s1·k1", "operand|neighbour"),
        ("q", "∂L/∂s1 k2 + ∂L/∂s2 k1", "neighbour|two|sign"),
        ("x2", "∂L/∂k2·wk + ∂L/∂v2·wk", "neighbour"),
    ],
    "normalised_layer": [
        ("y1", "2(y1 - t1)/3", ""), ("γ", "2/3 ((y1 - t1)n1 + (y2 - t2)n2 + (y3 - t3)n3)", ""),
        ("γ", r"\frac{2}{3}\sum_{i=1}^{3} (y_i - t_i) n_i", ""),
        ("β", "2·mean(y1 - t1, y2 - t2, y3 - t3)", ""), ("n2", "2(y2 - t2)γ/3", ""),
        ("μ", "0 - (∂L/∂n1 + ∂L/∂n2 + ∂L/∂n3)/s", ""), ("v", "∂L/∂s / (2s)", ""),
        ("s", "-(∂L/∂n1·n1 + ∂L/∂n2·n2 + ∂L/∂n3·n3)/s", ""),
        ("x1", "(∂L/∂n1 - (∂L/∂n1 + ∂L/∂n2 + ∂L/∂n3)/3 "
               "- n1(∂L/∂n1·n1 + ∂L/∂n2·n2 + ∂L/∂n3·n3)/3)/s", ""),
        ("t2", "-2/3·(y2 - t2)", ""),
        ("y1", "2(y1 - t1)", "scale"), ("y1", "(y1 - t1)/3", "scale"),
        ("y1", "2(t1 - y1)/3", "sign"),
        ("γ", "2((y1 - t1)n1 + (y2 - t2)n2 + (y3 - t3)n3)", "scale"),
        ("γ", "2/3 ((y1 - t1)x1 + (y2 - t2)x2 + (y3 - t3)x3)", "neighbour|point|operand"),
        ("γ", "2/3·(y1 - t1)n1", "path"), ("β", "2(y1 - t1)/3", "path"),
        ("β", "2/3 ((y1 - t1)n1 + (y2 - t2)n2 + (y3 - t3)n3)", "neighbour|extra"),
        ("n2", "2(y2 - t2)/3", "factor"), ("n2", "2(y2 - t2)β/3", "neighbour"),
        ("x1", "∂L/∂n1/s", "path"), ("x1", "(∂L/∂n1 - (∂L/∂n1 + ∂L/∂n2 + ∂L/∂n3)/3)/s", "path"),
        ("v", "∂L/∂s / s", "factor|operand|scale"), ("v", "∂L/∂s·2s", "operand|upside"),
        ("s", "(∂L/∂n1·n1 + ∂L/∂n2·n2 + ∂L/∂n3·n3)/s", "sign"),
        ("s", "-(∂L/∂n1·n1 + ∂L/∂n2·n2 + ∂L/∂n3·n3)/s²", "operand|twice"),
    ],
    "ridge_sum": [
        ("w", "e1 x1 + e2 x2 + λ w", ""), ("w", "e_1x_1+e_2x_2+λw", ""), ("b", "e1 + e2", ""),
        ("w", "Σ e_i x_i + λw", ""), ("λ", "w²/2", ""), ("λ", "½w²", ""),
        ("w", "(p1 - y1)*x1 + (p2 - y2)*x2 + 0.36*w", ""),
        ("w", r"\lambda w + \sum_i (p_i - y_i) x_i", ""), ("p2", "p2 - y2", ""), ("y1", "-e1", ""),
        ("w", "e1 x1 + e2 x2", "path"), ("w", "e1 x1 + e2 x2 + 2λw", "scale"),
        ("w", "e1 x1 + λ w", "path"), ("w", "e1 x1 + e2 x2 + λ", "factor|operand"),
        ("w", "e1 x1 + e2 x2 - λ w", "sign"), ("w", "(e1 x1 + e2 x2)/2 + λ w", "scale"),
        ("w", "2 e1 x1 + 2 e2 x2 + 2λ w", "scale"), ("w", "e1 x2 + e2 x1 + λ w", "neighbour|two"),
        ("b", "e1 + e2 + λ b", "extra"), ("b", "e1 x1 + e2 x2", "extra|neighbour"),
        ("b", "(e1 + e2)/2", "scale"), ("λ", "w²", "scale"), ("λ", "w", "operand"),
        ("w", "e1 + e2 + λ w", "factor|two"), ("w", "e1 x1 + e2 x2 + λ b", "neighbour"),
    ],
    "gelu_network": [
        ("v1", "2(o - t)h1", ""), ("h2", "2(o - t)v2", ""),
        ("a1", "2(o - t)·v1·gelu'(a1)", ""), ("w1", "dL/dh1·dh1/da1·x", ""),
        ("x", "∂L/∂a1·w1 + ∂L/∂a2·w2", ""),
        ("a1", "2(o - t)·v1·(h1/a1 + a1·exp(-a1²/2)/√(2π))", ""),
        ("x", r"\frac{\partial L}{\partial a_1} w_1 + \frac{\partial L}{\partial a_2} w_2", ""),
        ("v1", "2(o - t)a1", "point"), ("v1", "(o - t)h1", "scale"),
        ("v1", "2(o - t)h2", "neighbour"),
        ("a1", "2(o - t)v1", "factor"), ("a1", "2(o - t)·v1·h1/a1", "operand|other"),
        ("a1", "2(o - t)·v1·1[a1 > 0]", "operand|factor"),
        ("a1", "2(o - t)·v1·σ'(a1)", "operand|other"),
        ("a1", "2(o - t)·v1·gelu'(h1)", "point"), ("x", "∂L/∂a1·w1", "path"),
        ("x", "∂L/∂a1·w2 + ∂L/∂a2·w1", "neighbour|two"),
        ("x", "∂L/∂h1·w1 + ∂L/∂h2·w2", "factor|two"),
        ("w2", "∂L/∂a2·w2", "operand|neighbour"), ("w2", "∂L/∂h2·x", "factor"),
    ],
    "softmax_with_squares": [
        ("p1", "2(p1 - y1)", ""), ("p2", "2(p2 - 1)", ""),
        ("z1", "p1(2p1 - (2p1 p1 + 2(p2 - 1)p2 + 2p3 p3))", ""),
        ("z1", "2p1(1 - p1)p1 - 2(p2 - 1)p1 p2 - 2p3 p1 p3", ""),
        ("z2", "2(p2 - 1)p2(1 - p2) - 2p1 p1 p2 - 2p3 p3 p2", ""),
        ("z3", r"2 p_3 \left( (p_3 - y_3) - \sum_{j=1}^{3} p_j (p_j - y_j) \right)", ""),
        ("z1", "p1 - y1", "loss"), ("z2", "p2 - 1", "loss"), ("z1", "2(p1 - y1)", "factor"),
        ("z1", "2(p1 - y1)p1(1 - p1)", "path|diagonal"),
        ("z1", "2p1(1 - p1)p1 + 2(p2 - 1)p1 p2 + 2p3 p1 p3", "sign|operand"),
        ("z2", "2(p2 - 1)p2(1 - p2)", "path|diagonal"),
        ("z1", "p1(1 - p1)p1 - (p2 - 1)p1 p2 - p3 p1 p3", "scale"),
        ("z1", "2p1(1 - p1)p1 - 2(p2 - 1)p1 p2", "path"), ("p1", "p1 - y1", "scale"),
        ("p2", "2(1 - p2)", "sign"), ("p2", "-1/p2", "loss"),
        ("z3", "2p3(1 - p3)", "factor|diagonal|operand"),
    ],
    "weighted_logistic": [
        ("z1", "c1(p1 - 1)", ""), ("z2", "1.5 p2", ""), ("b", "c1(p1-1) + c2 p2 + c3(p3-1)", ""),
        ("w", "c1(p1 - y1)x1 + c2(p2 - y2)x2 + c3(p3 - y3)x3", ""),
        ("w", "Σ c_i (p_i - y_i) x_i", ""), ("p3", "-c3/p3", ""), ("c1", "-ln p1", ""),
        ("c2", "-log(1 - p2)", ""), ("p2", "c2/(1 - p2)", ""),
        ("w", r"\sum_{i=1}^{3} c_i \left( \sigma(z_i) - y_i \right) x_i", ""),
        ("z1", "p1 - 1", "factor"), ("z1", "c1(1 - p1)", "sign"),
        ("z2", "c2(p2 - 1)", "loss|class|branch|extra"),
        ("w", "(p1 - y1)x1 + (p2 - y2)x2 + (p3 - y3)x3", "factor|two"),
        ("w", "c1(p1 - y1)x1 + c2(p2 - y2)x2", "path"),
        ("w", "c1(p1 - y1)x1 + c3(p3 - y3)x3", "path"),
        ("w", "(c1(p1 - y1)x1 + c2(p2 - y2)x2 + c3(p3 - y3)x3)/3", "scale"),
        ("w", "c1(p1 - y1) + c2(p2 - y2) + c3(p3 - y3)", "factor|neighbour"),
        ("p3", "c3/p3", "sign"), ("p3", "-1/p3", "factor"),
        ("p2", "-c2/p2", "operand|class|branch|loss"),
        ("c1", "ln p1", "sign"), ("c1", "p1 - 1", "none"),
        ("b", "c1(p1 - 1) + c2(p2 - 1) + c3(p3 - 1)", "loss|extra|branch"),
        ("z1", "c1(z1 - y1)", "point"), ("z1", "c1(p1 - y1)p1(1 - p1)", "loss|twice"),
    ],
    "product_of_sums": [
        ("x", "st + 2rs", ""), ("x", "s*t + 2*r*s", ""), ("y", "st + rt", ""), ("z", "rs - rt", ""),
        ("x", "s(t + 2r)", ""), ("z", "r(s - t)", ""), ("r", "(y - z)(z + 2x)", ""),
        ("r", "L/r", ""),
        ("x", "(y - z)(z + 2x) + 2(x + y)(y - z)", ""), ("x", "(y-z)(4x + 2y + z)", ""),
        ("x", "st", "path"), ("x", "2rs", "path"), ("x", "st + rs", "scale|factor"),
        ("y", "st", "path"), ("z", "rs + rt", "sign"), ("z", "-rt", "path"),
        ("y", "st - rt", "sign"),
        ("x", "2s", "operand|other"), ("r", "s + t", "operand"),
        ("r", "st + rt", "extra|other|neighbour"),
        ("y", "st + rs", "neighbour|other"), ("z", "rt - rs", "sign"), ("x", "-(st + 2rs)", "sign"),
    ],
    "tied_autoencoder": [
        ("r1", "2(r1 - x1)", ""), ("h", "2(r1 - x1)w1 + 2(r2 - x2)w2", ""),
        ("a", "(2(r1 - x1)w1 + 2(r2 - x2)w2)(1 - h²)", ""),
        ("w1", "2(r1 - x1)h + ∂L/∂a·x1", ""), ("w2", "∂L/∂r2·h + ∂L/∂h·(1-h²)·x2", ""),
        ("x1", "∂L/∂a·w1 - 2(r1 - x1)", ""), ("x2", "dL/da * w2 + dL/dr2 * (-1)", ""),
        ("w1", r"2(r_1 - x_1)h + 2\left[(r_1 - x_1)w_1 + (r_2 - x_2)w_2\right](1 - h^2) x_1", ""),
        ("w1", "2(r1 - x1)h", "path"), ("w1", "∂L/∂a·x1", "path"),
        ("w1", "2(r1 - x1)h + ∂L/∂h·x1", "factor"), ("h", "2(r1 - x1)w1", "path"),
        ("h", "2(r1 - x1)w2 + 2(r2 - x2)w1", "neighbour|two"), ("x1", "∂L/∂a·w1", "path"),
        ("x1", "∂L/∂a·w1 + 2(r1 - x1)", "sign"),
        ("a", "(2(r1 - x1)w1 + 2(r2 - x2)w2)(1 - a²)", "point"),
        ("w1", "2(r1 - x1)h + ∂L/∂a·x2", "neighbour"), ("h", "(r1 - x1)w1 + (r2 - x2)w2", "scale"),
        ("w2", "2(r2 - x2)h + 2(r2 - x2)w2(1 - h²)x2", "path"),
        ("a", "2(r1 - x1)w1 + 2(r2 - x2)w2·(1 - h²)", "factor|slip|other"),
    ],
    "pooled_convolution": [
        ("o", "2(o - t)", ""), ("m1", "2(o - t)u", ""), ("m2", "1.4(o - t)", ""), ("a2", "0", ""),
        ("a1", "2(o - t)u·1[a1 > a2]", ""), ("u", "2(o-t)·max(a1, a2)", ""),
        ("u", "2(o - t)a1", ""),
        ("k1", "2(o - t)(u x1 + 0.7 x4)", ""),
        ("k1", "2(o - t)(u x1 + 0.7 x3)", "branch|neighbour|path|other"),
        ("k1", "dL/da1*x1 + dL/da2*x2 + dL/da3*x3 + dL/da4*x4", ""),
        ("k2", "dL/da1*x2 + dL/da3*x4 + dL/da4*x5", ""),
        ("k1", "2(o - t)u(x1 + x2)", "none|two"), ("k1", "2(o - t)u x1", "path"),
        ("a2", "2(o - t)u", "branch|kink"), ("a1", "2(o - t)u/2", "scale|branch|factor"),
        ("m1", "2(o - t)", "factor"), ("m1", "2(o - t)·0.7", "neighbour"),
        ("m2", "2(o - t)u", "neighbour"),
        ("u", "2(o - t)(a1 + a2)", "branch|extra|other"), ("u", "2(o - t)m2", "neighbour"),
    ],
    "three_layers": [
        ("v1", "2(o - y)h1", ""), ("b1", "2(o - y)·v1·h1(1 - h1)", ""),
        ("w12", "2(o - y)v1 h1(1 - h1) g2", ""), ("g1", "∂L/∂b1·w11 + ∂L/∂b2·w21", ""),
        ("u1", "(∂L/∂b1·w11 + ∂L/∂b2·w21)·(1 - g1²)·x", ""), ("x", "∂L/∂a1·u1 + ∂L/∂a2·u2", ""),
        ("w21", "2(o-y)v_2σ'(b_2)g_1", ""), ("g2", "2(o - y)(v1 σ'(b1) w12 + v2 σ'(b2) w22)", ""),
        ("w21", r"2\,(o - y)\, v_2\, \sigma'(b_2)\, g_1", ""),
        ("u2", "dL/dg2 · dg2/da2 · da2/du2", ""),
        ("v1", "2(o - y)b1", "point"), ("v1", "2(o - y)h2", "neighbour"),
        ("v1", "2(o - y)g1", "neighbour|layer"),
        ("b1", "2(o - y)v1", "factor"), ("b1", "2(o - y)·v1·b1(1 - b1)", "point"),
        ("b1", "2(o - y)·v1·(1 - h1²)", "operand"), ("b1", "2(o - y)·v1·h2(1 - h2)", "neighbour"),
        ("w12", "2(o - y)v1 h1(1 - h1) g1", "neighbour"),
        ("w12", "2(o - y)v2 h2(1 - h2) g1", "neighbour|two|transposed"),
        ("w12", "2(o - y)v1 h1(1 - h1) x", "neighbour|layer"),
        ("w12", "2(o - y)v1 h1(1 - h1) w12", "operand|neighbour"),
        ("g1", "∂L/∂b1·w11 + ∂L/∂b2·w12", "neighbour|transposed"), ("g1", "∂L/∂b1·w11", "path"),
        ("g1", "∂L/∂h1·w11 + ∂L/∂h2·w21", "factor|two"),
        ("u1", "(∂L/∂b1·w11 + ∂L/∂b2·w21)·(1 - g1)·x", "operand|point|factor"),
        ("u1", "(∂L/∂b1·w11 + ∂L/∂b2·w21)·g1(1 - g1)·x", "operand"),
        ("u1", "∂L/∂b1·w11·(1 - g1²)·x", "path"), ("u1", "(∂L/∂b1·w11 + ∂L/∂b2·w21)·x", "factor"),
        ("x", "∂L/∂a1·u1", "path"), ("x", "∂L/∂a1·u2 + ∂L/∂a2·u1", "neighbour|two"),
        ("u1", "-(∂L/∂b1·w11 + ∂L/∂b2·w21)·x", "two"), ("g1", "(o - y)(v1 σ'(b1) w11)", "two|path"),
    ],
    "differential_equation": [
        ("r", "2r", ""), ("f", "2r", ""), ("v", "2r(-2w²h s + h)", ""), ("s", "2r·(-2 v w² h)", ""),
        ("h", "2r(-2vw²(1 - 3h²) + v)", ""), ("a", "2r(-2vw²(1 - 3h²) + v)(1 - h²)", ""),
        ("h", "2r(-2vw²s + 4vw²h² + v)", ""), ("x", "∂L/∂a·w", ""),
        ("w", "∂L/∂a·x - 2r·4 v w h s", ""), ("w", "∂L/∂a x + 2 ∂L/∂d d / w", ""),
        ("v", "2 r^2 / v", ""), ("b", r"\frac{\partial L}{\partial h} s", ""),
        ("h", "2r(-2vw²s + v)", "path"), ("h", "2r·v", "path"), ("v", "2r·h", "path"),
        ("v", "2r(-2w²h s)", "path"),
        ("w", "∂L/∂a·x", "path"), ("w", "∂L/∂a·x - 2r·2 v w h s", "scale|factor"),
        ("w", "-2r·4 v w h s", "path"), ("s", "2r·2 v w² h", "sign"),
        ("h", "2r(-2vw²(1 + 3h²) + v)", "sign|other"),
        ("a", "2r(-2vw²(1 - 3h²) + v)", "factor"), ("r", "r", "scale"),
        ("x", "∂L/∂a·x", "operand|neighbour"),
        ("h", "2r(-2vw²s - 2h + v)", "factor|other"), ("a", "2r v s", "path"),
    ],
    "normal_likelihood": [
        ("m", "-e/σ", ""), ("y", "(y - m)/σ²", ""), ("σ", "1/σ - (y-m)²/σ³", ""),
        ("s", "1 - e²", ""),
        ("m", r"-\frac{y - m}{\sigma^2}", ""), ("e", "e", ""), ("s", "1 - (y - m)² exp(-2s)", ""),
        ("m", "e/σ", "sign"), ("m", "-e", "factor"), ("m", "-(y - m)/σ", "factor|operand"),
        ("σ", "1/σ", "path"), ("σ", "1/σ + (y-m)²/σ³", "sign"),
        ("σ", "1/σ - (y-m)²/σ²", "factor|operand"),
        ("s", "1/σ - e²/σ", "factor"), ("s", "1 + e²", "sign"), ("s", "-e²", "path"),
        ("s", "1", "path"),
        ("e", "2e", "scale"), ("σ", "log(σ) - e²/σ", "operand|other"),
        ("y", "(y - m)/s²", "point|neighbour"),
    ],
    "cosine": [
        ("d", "-1/(m n)", ""), ("a1", "c a1/m² - b1/(m n)", ""), ("b2", "-(a2/(mn) - c·b2/n²)", ""),
        ("m", "d/(m²n)", ""), ("c", "-1", ""), ("n", "c/n", ""),
        ("a2", r"-\frac{b_2}{mn} + \frac{d\, a_2}{m^3 n}", ""),
        ("a1", "-b1/(m n)", "path"), ("a1", "b1/(m n) - c a1/m²", "sign"),
        ("a1", "c a1/m²", "path"),
        ("d", "1/(m n)", "sign"), ("m", "-d/(m²n)", "sign"), ("m", "-d/m", "two|operand|other"),
        ("a1", "-a1/(m n) + c a1/m²", "operand|neighbour"),
        ("a1", "c a1/m - b1/(m n)", "operand|factor"),
        ("n", "c/n²", "operand|twice|factor"), ("a1", "c a1/m² - b2/(m n)", "neighbour"),
        ("c", "1", "sign"),
    ],
    "focal": [
        ("p", "2(1 - p)log(p) - (1 - p)²/p", ""), ("z", "(2(1 - p)ln p - (1 - p)²/p)·p(1 - p)", ""),
        ("z", "2p(1 - p)² ln p - (1 - p)³", ""), ("w", "∂L/∂z·x", ""), ("x", "dL/dp·σ'(z)·w", ""),
        ("w", r"(1 - p)^2 \left( 2 p \ln p - (1 - p) \right) x", ""),
        ("p", "-(1 - p)²/p", "path"), ("p", "2(1 - p)log(p)", "path"),
        ("p", "-2(1 - p)log(p) - (1 - p)²/p", "sign"),
        ("z", "p - 1", "loss|factor"), ("z", "2(1 - p)ln p - (1 - p)²/p", "factor"),
        ("w", "∂L/∂p·x", "factor"),
        ("p", "2(1 - p)/p", "operand"), ("w", "∂L/∂z·w", "operand|neighbour"),
        ("p", "2(1 - p)log10(p) - (1 - p)²/p", "operand|other"),
        ("z", "-(1 - p)³", "path"),
    ],
    "residual_block": [
        ("x", "2(o - y)(1 + w2·w1)", ""), ("x", "2(o-y) + 2(o-y)w_2w_1", ""),
        ("w1", "2(o - y)w2 x", ""),
        ("w2", "2(o - y)h", ""), ("f", "2o - 2y", ""), ("a", "2(o - y) w2 1[a > 0]", ""),
        ("x", "∂L/∂o(1 + ∂f/∂x)", ""), ("w1", "2(x + w2 w1 x - y) w2 x", ""),
        ("x", "2(o - y)w2 w1", "path"), ("x", "2(o - y)", "path"), ("w1", "2(o - y)x", "factor"),
        ("w1", "2(o - y)(1 + w2)x", "extra|path|other"), ("w1", "0", "branch|kink"),
        ("w2", "2(o - y)a", ""),
        ("w2", "2(o - y)x", "factor|neighbour"), ("w2", "2(f - y)h", "point|neighbour|path|other"),
        ("x", "2(o - y)(1 + w2)", "factor"), ("x", "2(o - y)(1 - w2·w1)", "sign"),
    ],
    "gated_unit": [
        ("a", "(h - t) b silu'(a)", ""), ("b", "(h - t) silu(a)", ""),
        ("u", "(h - t)·b·silu'(a)·x", ""),
        ("a", "(h - t)*b*(σ(a) + a*σ(a)*(1 - σ(a)))", ""), ("b", "(h - t)aσ(a)", ""),
        ("x", "dL/da*u + dL/db*w", ""), ("w", "(h - t)·a/(1 + e^(-a))·x", ""),
        ("b", "(h - t)h/b", ""),
        ("a", "(h - t) b σ(a)", "path|operand"), ("a", "(h - t) b a σ'(a)", "path|operand"),
        ("a", "(h - t)silu'(a)", "factor"), ("a", "2(h - t) b silu'(a)", "scale"),
        ("x", "dL/da*u", "path"),
        ("b", "(h - t)σ(a)", "operand|factor"), ("w", "(h - t)·silu(a)·w", "operand|neighbour"),
        ("x", "dL/da*u - dL/db*w", "sign"), ("x", "dL/da*w + dL/db*u", "neighbour|two"),
        ("b", "(h - t)a", "operand|point"),
    ],
    "triplet": [
        ("c", "1", ""), ("f", "-1", ""), ("w", "2w(a - p)² - 2w(a - n)²", ""),
        ("p", "-2w²(a - p)", ""), ("n", "2w²(a - n)", ""), ("a", "2w²(a - p) - 2w²(a - n)", ""),
        ("a", "2w²(n - p)", ""), ("f", "1", "sign"), ("w", "2w(a - p)²", "path"),
        ("w", "0", "branch|kink"),
        ("p", "2w²(a - p)", "sign"), ("p", "-2w(a - p)", "factor|operand"),
        ("a", "2w²(a - p)", "path"),
        ("w", "2w(a - p)² + 2w(a - n)²", "sign"), ("n", "-2w²(a - n)", "sign"),
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
