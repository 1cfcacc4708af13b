"""Code in the manner of micrograd and of microgpt runs when only its import changes."""

# ruff: noqa: B905, RUF007 - zip as it is written there

from __future__ import annotations

import math
import random
from collections.abc import Callable

import pytest

import autograd
from autograd import Value


class Perceptron:
    """A hidden layer of relu units and a linear output, in operators on single Values."""

    def __init__(self, inputs: int, hidden: int, rng: random.Random) -> None:
        self.hidden = [
            ([Value(rng.uniform(-1, 1)) for _ in range(inputs)], Value(0)) for _ in range(hidden)
        ]
        self.output = ([Value(rng.uniform(-1, 1)) for _ in range(hidden)], Value(0))

    def __call__(self, x: list[float]) -> Value:
        h = [sum((wi * xi for wi, xi in zip(w, x)), b).relu() for w, b in self.hidden]
        w, b = self.output
        return sum((wi * hi for wi, hi in zip(w, h)), b)

    def parameters(self) -> list[Value]:
        return [p for w, b in [*self.hidden, self.output] for p in [*w, b]]

    def zero_grad(self) -> None:
        for p in self.parameters():
            p.grad = 0


def test_training_in_the_manner_of_micrograd() -> None:
    rng = random.Random(7)
    model = Perceptron(2, 8, rng)
    points = [[rng.uniform(-1, 1), rng.uniform(-1, 1)] for _ in range(24)]
    labels = [1 if x * y > 0 else -1 for x, y in points]
    history = []
    for step in range(60):
        scores = [model(x) for x in points]
        losses = [(1 + -yi * si).relu() for yi, si in zip(labels, scores)]
        data_loss = sum(losses) * (1.0 / len(losses))
        total = data_loss + 1e-4 * sum(p * p for p in model.parameters())
        model.zero_grad()
        total.backward()
        rate = 0.5 - 0.4 * step / 60
        for p in model.parameters():
            p.data -= rate * p.grad
        history.append(total.data)
    assert history[-1] < 0.4 * history[0]
    assert all(type(p.data) is float and type(p.grad) is float for p in model.parameters())
    right = sum((model(x).data > 0) == (y > 0) for x, y in zip(points, labels))
    assert right >= 20


def test_an_expression_of_every_operator_in_the_manner_of_micrograd() -> None:
    a, b = Value(-4.0), Value(2.0)
    c = a + b
    d = a * b + b**3
    c += c + 1
    c += 1 + c + (-a)
    d += d * 2 + (b + a).relu()
    d += 3 * d + (b - a).relu()
    e = c - d
    f = e**2
    g = f / 2.0
    g += 10.0 / f
    g.backward()

    def at(a: float, b: float) -> float:
        c = a + b
        d = a * b + b**3
        c += c + 1
        c += 1 + c - a
        d += d * 2 + max(b + a, 0)
        d += 3 * d + max(b - a, 0)
        f = (c - d) ** 2
        return f / 2 + 10 / f

    h = 1e-6
    assert g.data == pytest.approx(at(-4, 2), rel=1e-15)
    assert a.grad == pytest.approx((at(-4 + h, 2) - at(-4 - h, 2)) / (2 * h), rel=1e-7)
    assert b.grad == pytest.approx((at(-4, 2 + h) - at(-4, 2 - h)) / (2 * h), rel=1e-7)


def softmax(logits: list[Value]) -> list[Value]:
    largest = max(v.data for v in logits)
    exps = [(v - largest).exp() for v in logits]
    total = sum(exps)
    return [e / total for e in exps]


def linear(x: list[Value], w: list[list[Value]]) -> list[Value]:
    return [sum(wi * xi for wi, xi in zip(row, x)) for row in w]


def rmsnorm(x: list[Value]) -> list[Value]:
    scale = (sum(xi * xi for xi in x) / len(x) + 1e-5) ** -0.5
    return [xi * scale for xi in x]


def test_a_language_model_in_the_manner_of_microgpt() -> None:
    """Embedding, normalisation, attention over the past, two-letter words; trained with Adam."""
    rng = random.Random(3)
    vocabulary, width = 3, 4

    def matrix(rows: int, columns: int) -> list[list[Value]]:
        return [[Value(rng.gauss(0, 0.5)) for _ in range(columns)] for _ in range(rows)]

    state = {"wte": matrix(vocabulary, width), "out": matrix(vocabulary, width)} | {
        name: matrix(width, width) for name in ("wq", "wk", "wv")
    }
    params = [p for mat in state.values() for row in mat for p in row]
    m, v = [0.0] * len(params), [0.0] * len(params)
    tokens = [0, 1, 2, 0, 1, 2, 0]
    history = []
    for step in range(25):
        keys: list[list[Value]] = []
        values: list[list[Value]] = []
        losses = []
        for token, target in zip(tokens, tokens[1:]):
            x = rmsnorm(state["wte"][token])
            q = linear(x, state["wq"])
            keys.append(linear(x, state["wk"]))
            values.append(linear(x, state["wv"]))
            attention = softmax([sum(a * b for a, b in zip(q, k)) / width**0.5 for k in keys])
            x = [
                xi + sum(w * vec[j] for w, vec in zip(attention, values)) for j, xi in enumerate(x)
            ]
            probs = softmax(linear(x, state["out"]))
            losses.append(-probs[target].log())
        loss = (1 / len(losses)) * sum(losses)
        loss.backward()
        for i, p in enumerate(params):
            m[i] = 0.9 * m[i] + 0.1 * p.grad
            v[i] = 0.99 * v[i] + 0.01 * p.grad**2
            p.data -= (
                0.05
                * (m[i] / (1 - 0.9 ** (step + 1)))
                / ((v[i] / (1 - 0.99 ** (step + 1))) ** 0.5 + 1e-8)
            )
            p.grad = 0
        history.append(loss.data)
    assert history[0] == pytest.approx(math.log(3), rel=1)
    assert history[-1] < 0.5 * history[0]


class GPT:
    """microgpt's model: heads, a residual around each block, and a position's past in lists."""

    width, heads, block, vocabulary = 8, 2, 6, 5

    def __init__(self, softmax: Callable[[list[Value]], list[Value]]) -> None:
        rng, width = random.Random(42), self.width
        self.softmax = softmax

        def matrix(n_out: int, n_in: int) -> list[list[Value]]:
            return [[Value(rng.gauss(0, 0.3)) for _ in range(n_in)] for _ in range(n_out)]

        self.state = {"wte": matrix(self.vocabulary, width), "wpe": matrix(self.block, width)}
        self.state |= {name: matrix(width, width) for name in ("wq", "wk", "wv", "wo")}
        self.state |= {"fc1": matrix(4 * width, width), "fc2": matrix(width, 4 * width)}
        self.state["lm_head"] = matrix(self.vocabulary, width)
        self.params = [p for mat in self.state.values() for row in mat for p in row]

    def logits(
        self, token: int, position: int, keys: list[list[Value]], values: list[list[Value]]
    ) -> list[Value]:
        state, size = self.state, self.width // self.heads
        x = [t + p for t, p in zip(state["wte"][token], state["wpe"][position])]
        x = rmsnorm(x)
        residual = x
        x = rmsnorm(x)
        q = linear(x, state["wq"])
        keys.append(linear(x, state["wk"]))
        values.append(linear(x, state["wv"]))
        attended = []
        for head in range(0, self.width, size):
            part = slice(head, head + size)
            scores = [sum(a * b for a, b in zip(q[part], key[part])) / size**0.5 for key in keys]
            weights = self.softmax(scores)
            attended += [
                sum(weight * value[j] for weight, value in zip(weights, values))
                for j in range(head, head + size)
            ]
        x = [a + b for a, b in zip(linear(attended, state["wo"]), residual)]
        residual = x
        x = linear(rmsnorm(x), state["fc1"])
        x = [xi.relu() for xi in x]
        x = [a + b for a, b in zip(linear(x, state["fc2"]), residual)]
        return linear(x, state["lm_head"])

    def loss(self, tokens: list[int]) -> Value:
        keys: list[list[Value]] = []
        values: list[list[Value]] = []
        losses = []
        for position, (token, target) in enumerate(zip(tokens, tokens[1:])):
            probs = self.softmax(self.logits(token, position, keys, values))
            losses.append(-probs[target].log())
        return (1 / len(losses)) * sum(losses)


def softmax_to_compile(logits: list[Value]) -> list[Value]:
    largest = autograd.max(logits)
    exps = [(v - largest).exp() for v in logits]
    total = sum(exps)
    return [e / total for e in exps]


def test_microgpt_compiles_with_its_largest_logit_as_a_value() -> None:
    tokens = [0, 3, 1, 4, 1, 2]
    model, unchanged = GPT(softmax_to_compile), GPT(softmax)
    with pytest.raises(autograd.TracingError, match=r"autograd\.max\(values\) for max\(v\.data"):
        autograd.compile(lambda: unchanged.loss(tokens))()
    step = autograd.compile(lambda: model.loss(tokens))
    value, gradient = step()
    step.store(gradient)
    loss = unchanged.loss(tokens)
    loss.backward()
    assert value == pytest.approx(loss.data, rel=1e-12)
    for ours, theirs in zip(model.params, unchanged.params):
        assert ours.grad == pytest.approx(theirs.grad, rel=1e-9, abs=1e-14)
    for _ in range(200):
        value, gradient = step()
        step.parameters.flat -= 0.1 * gradient.flat
    assert value < 0.1 * loss.data


def test_a_node_of_data_children_and_local_gradients() -> None:
    a, b = Value(2.0), Value(3.0)
    product = Value(a.data * b.data, (a, b), (b.data, a.data))
    logarithm = Value(math.log(product.data), (product,), (1 / product.data,))
    logarithm.backward()
    assert (a.grad, b.grad) == (0.5, pytest.approx(1 / 3))


def test_sums_of_values_start_at_zero() -> None:
    values = [Value(1.0), Value(2.0)]
    total = sum(values)
    total.backward()
    assert total.data == 3.0
    assert [v.grad for v in values] == [1.0, 1.0]


def test_methods_and_data_by_hand() -> None:
    x = Value(0.5)
    y = (x.exp() + 1).log().relu()
    y.backward()
    assert y.data == pytest.approx(math.log(1 + math.exp(0.5)))
    assert x.grad == pytest.approx(1 / (1 + math.exp(-0.5)))
    x.data -= 0.1 * x.grad
    x.grad = 0
    assert x.data < 0.5
    assert x.grad == 0
