"""Programs of real kinds: each in scalars, as a person writes it, and in NumPy by hand.

A program is made for a number of examples, and small enough for the eager engine. Where the library
that has them is installed, the data of the regressions is real.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np

import autograd
from autograd import Value


@dataclass(frozen=True)
class Program:
    """A loss over Values, the Values whose gradients are wanted, and the same by hand.

    ``batch`` has the arrays with a row for each example; without, the loss has no arguments.
    ``by_hand`` takes the parameters and the arrays of the batch, and returns the loss and a
    gradient for each parameter.
    """

    loss: Callable[..., Any]
    parameters: Sequence[Any]
    by_hand: Callable[..., tuple[Any, Sequence[Any]]]
    batch: Mapping[str, Any] = field(default_factory=dict)


def values(array: Any, name: str) -> Any:
    """Return an array as nested lists of Values."""
    if np.ndim(array) == 0:
        return Value(float(array), label=name)
    return [values(each, f"{name}[{i}]") for i, each in enumerate(array)]


def numbers(nested: Any, what: str = "data") -> Any:
    """Return nested lists of Values as an array, of their data or of their gradients."""
    if isinstance(nested, Value):
        return np.float64(getattr(nested, what))
    return np.array([numbers(each, what) for each in nested])


def leaves(nested: Any) -> list[Value]:
    """Return the Values in nested lists."""
    return [nested] if isinstance(nested, Value) else [v for each in nested for v in leaves(each)]


def uniform(*shape: int, seed: int = 1) -> Any:
    """Return random numbers from -½ to ½, the same each time."""
    return np.random.default_rng(seed).uniform(-0.5, 0.5, shape)


def table(name: str, n: int) -> tuple[Any, Any]:
    """Return examples of scikit-learn's, or else integers that repeat as those of real tables."""
    try:
        from sklearn import datasets
    except ImportError:
        generator = np.random.default_rng(0)
        return generator.integers(0, 5, (n, 6)) / 4, generator.integers(0, 2, n).astype(float)
    x, y = getattr(datasets, f"load_{name}")(return_X_y=True)
    chosen = np.random.default_rng(0).permutation(len(x))[:n]
    return x[chosen] / abs(x).max(0).clip(1e-9), y[chosen]


def linear_regression(n: int) -> Program:
    """Fit a line, with the data in the loss."""
    x, y = table("wine", n)
    w, b = values(uniform(x.shape[1]), "w"), Value(0.1, label="b")
    rows, targets = x.tolist(), y.tolist()

    def loss() -> Any:
        errors = [
            (sum(wj * xj for wj, xj in zip(w, row, strict=True)) + b - target) ** 2
            for row, target in zip(rows, targets, strict=True)
        ]
        return sum(errors) / len(errors)

    def by_hand(w: Any, b: Any) -> Any:
        error = x @ w + b - y
        slope = 2 / len(x) * error
        return error @ error / len(x), [slope @ x, slope.sum()]

    return Program(loss, [w, b], by_hand)


def logistic_regression(n: int) -> Program:
    """Tell two classes apart, with the data in the loss."""
    x, y = table("breast_cancer", n)
    x, signs = x[:, :10], 2 * y - 1
    w, b = values(uniform(x.shape[1]), "w"), Value(0.1, label="b")
    rows, targets = x.tolist(), signs.tolist()

    def loss() -> Any:
        errors = [
            autograd.softplus(-target * (sum(wj * xj for wj, xj in zip(w, row, strict=True)) + b))
            for row, target in zip(rows, targets, strict=True)
        ]
        return sum(errors) / len(errors)

    def by_hand(w: Any, b: Any) -> Any:
        margin = signs * (x @ w + b)
        slope = -signs / (1 + np.exp(margin)) / len(x)
        return np.logaddexp(0, -margin).mean(), [slope @ x, slope.sum()]

    return Program(loss, [w, b], by_hand)


def softmax_regression(n: int) -> Program:
    """Tell three classes apart, in batches."""
    x, y = table("iris", n)
    w, b = values(uniform(3, x.shape[1]), "w"), values(uniform(3), "b")

    def loss(x: Any, y: Any) -> Any:
        logits = [autograd.dot(row, x, bias) for row, bias in zip(w, b, strict=True)]
        return autograd.cross_entropy(logits, y)

    def by_hand(w: Any, b: Any, x: Any, y: Any) -> Any:
        value, slope = _cross_entropy(x @ w.T + b, y)
        return value, [slope.T @ x, slope.sum(0)]

    return Program(loss, [w, b], by_hand, {"x": x, "y": y.astype(int)})


def _cross_entropy(logits: Any, y: Any) -> Any:
    shifted = logits - logits.max(1, keepdims=True)
    exponentials = np.exp(shifted)
    total = exponentials.sum(1, keepdims=True)
    slope, every = exponentials / total, np.arange(len(y))
    value = (np.log(total[:, 0]) - shifted[every, y]).mean()
    slope[every, y] -= 1
    return value, slope / len(y)


def makemore(n: int) -> Program:
    """Predict the next letter from three, looked up in an embedding, with the data in the loss."""
    letters, width, hidden = 27, 2, 8
    generator = np.random.default_rng(0)
    x, y = generator.integers(0, letters, (n, 3)), generator.integers(0, letters, n)
    embedding = values(uniform(letters, width), "C")
    w, b = values(uniform(hidden, 3 * width, seed=2), "w"), values(uniform(hidden), "b")
    v, c = values(uniform(letters, hidden, seed=3), "v"), values(uniform(letters), "c")
    rows, targets = x.tolist(), y.tolist()

    def loss() -> Any:
        errors = []
        for context, target in zip(rows, targets, strict=True):
            inputs = [number for letter in context for number in embedding[letter]]
            h = [autograd.tanh(autograd.dot(row, inputs, bi)) for row, bi in zip(w, b, strict=True)]
            logits = [autograd.dot(row, h, ci) for row, ci in zip(v, c, strict=True)]
            errors.append(autograd.cross_entropy(logits, target))
        return autograd.mean(errors)

    def by_hand(embedding: Any, w: Any, b: Any, v: Any, c: Any) -> Any:
        inputs = embedding[x].reshape(len(x), -1)
        h = np.tanh(inputs @ w.T + b)
        value, slope = _cross_entropy(h @ v.T + c, y)
        below = slope @ v * (1 - h * h)
        of_embedding = np.zeros_like(embedding)
        np.add.at(of_embedding, x, (below @ w).reshape(*x.shape, -1))
        gradients = [of_embedding, below.T @ inputs, below.sum(0), slope.T @ h, slope.sum(0)]
        return value, gradients

    return Program(loss, [embedding, w, b, v, c], by_hand)


def margin(n: int) -> Program:
    """Separate points in the plane by a margin, with two hidden layers."""
    x, y = uniform(n, 2), np.where(uniform(n, seed=2) > 0, 1.0, -1.0)
    sizes = [2, 16, 16, 1]
    ws = [values(uniform(b, a, seed=i), f"w{i}") for i, (a, b) in enumerate(pairwise(sizes))]
    bs = [values(uniform(b, seed=i), f"b{i}") for i, b in enumerate(sizes[1:])]

    def loss(x: Any, y: Any) -> Any:
        h = x
        for w, b in zip(ws[:-1], bs[:-1], strict=True):
            h = [
                autograd.relu(sum(wi * hi for wi, hi in zip(row, h, strict=True)) + bias)
                for row, bias in zip(w, b, strict=True)
            ]
        score = sum(wi * hi for wi, hi in zip(ws[-1][0], h, strict=True)) + bs[-1][0]
        return autograd.relu(1 - y * score)

    def by_hand(*arguments: Any) -> Any:
        w1, w2, w3, b1, b2, b3, x, y = arguments
        h1 = np.maximum(x @ w1.T + b1, 0)
        h2 = np.maximum(h1 @ w2.T + b2, 0)
        missing = 1 - y * (h2 @ w3[0] + b3[0])
        slope = np.where(missing > 0, -y, 0) / len(y)
        d2 = np.outer(slope, w3[0]) * (h2 > 0)
        d1 = d2 @ w2 * (h1 > 0)
        gradients = [d1.T @ x, d2.T @ h1, (slope @ h2)[None]]
        return np.maximum(missing, 0).mean(), [*gradients, d1.sum(0), d2.sum(0), [slope.sum()]]

    return Program(loss, [*ws, *bs], by_hand, {"x": x, "y": y})


def pictures(n: int) -> Program:
    """Tell pictures of 64 pixels apart with one hidden layer."""
    x, y = uniform(n, 64), np.random.default_rng(0).integers(0, 10, n)
    w, b = values(uniform(32, 64), "w"), values(uniform(32), "b")
    v, c = values(uniform(10, 32, seed=3), "v"), values(uniform(10), "c")

    def loss(x: Any, y: Any) -> Any:
        h = [autograd.relu(autograd.dot(row, x, bias)) for row, bias in zip(w, b, strict=True)]
        logits = [autograd.dot(row, h, bias) for row, bias in zip(v, c, strict=True)]
        return autograd.cross_entropy(logits, y)

    def by_hand(w: Any, b: Any, v: Any, c: Any, x: Any, y: Any) -> Any:
        h = np.maximum(x @ w.T + b, 0)
        value, slope = _cross_entropy(h @ v.T + c, y)
        below = slope @ v * (h > 0)
        return value, [below.T @ x, below.sum(0), slope.T @ h, slope.sum(0)]

    return Program(loss, [w, b, v, c], by_hand, {"x": x, "y": y})


def convolution(n: int) -> Program:
    """Recognise images of 8 by 8 by three filters of 3 by 3, in loops."""
    x, y = uniform(n, 8, 8), np.random.default_rng(0).integers(0, 4, n)
    filters, b = values(uniform(3, 3, 3), "f"), values(uniform(3), "b")
    v, c = values(uniform(4, 3, seed=3), "v"), values(uniform(4), "c")

    def loss(x: Any, y: Any) -> Any:
        pooled = []
        for kernel, bias in zip(filters, b, strict=True):
            units = []
            for i in range(6):
                for j in range(6):
                    window = [x[i + k][j + m] for k in range(3) for m in range(3)]
                    weights = [kernel[k][m] for k in range(3) for m in range(3)]
                    units.append(autograd.relu(autograd.dot(weights, window, bias)))
            pooled.append(autograd.mean(units))
        logits = [autograd.dot(row, pooled, bias) for row, bias in zip(v, c, strict=True)]
        return autograd.cross_entropy(logits, y)

    def by_hand(filters: Any, b: Any, v: Any, c: Any, x: Any, y: Any) -> Any:
        windows = np.lib.stride_tricks.sliding_window_view(x, (3, 3), (1, 2)).reshape(-1, 9)
        h = np.maximum(windows @ filters.reshape(3, 9).T + b, 0)
        pooled = h.reshape(len(x), 36, 3).mean(1)
        value, slope = _cross_entropy(pooled @ v.T + c, y)
        below = np.repeat(slope @ v / 36, 36, 0) * (h > 0)
        of_filters = (below.T @ windows).reshape(filters.shape)
        return value, [of_filters, below.sum(0), slope.T @ pooled, slope.sum(0)]

    return Program(loss, [filters, b, v, c], by_hand, {"x": x, "y": y})


def attention(n: int) -> Program:
    """Attend from each of five positions to all, and compare with a target."""
    length, width = 5, 4
    x, y = uniform(n, length, width), uniform(n, length, width, seed=2)
    wq, wk, wv = [values(uniform(width, width, seed=i), "qkv"[i]) for i in range(3)]

    def loss(x: Any, y: Any) -> Any:
        q, k, v = [[[autograd.dot(row, vector) for row in w] for vector in x] for w in (wq, wk, wv)]
        errors = []
        for t in range(length):
            weights = autograd.softmax([autograd.dot(q[t], each) / width**0.5 for each in k])
            for j in range(width):
                output = autograd.dot(weights, [vector[j] for vector in v])
                errors.append((output - y[t][j]) ** 2)
        return autograd.mean(errors)

    def by_hand(wq: Any, wk: Any, wv: Any, x: Any, y: Any) -> Any:
        q, k, v = x @ wq.T, x @ wk.T, x @ wv.T
        scores = q @ k.swapaxes(1, 2) / width**0.5
        p = np.exp(scores - scores.max(-1, keepdims=True))
        p /= p.sum(-1, keepdims=True)
        error = p @ v - y
        slope = 2 / error.size * error
        of_p = slope @ v.swapaxes(1, 2)
        of_scores = p * (of_p - (of_p * p).sum(-1, keepdims=True)) / width**0.5
        of_each = [of_scores @ k, of_scores.swapaxes(1, 2) @ q, p.swapaxes(1, 2) @ slope]
        gradients = [np.einsum("ntj,nti->ji", of_one, x) for of_one in of_each]
        return (error**2).mean(), gradients

    return Program(loss, [wq, wk, wv], by_hand, {"x": x, "y": y})


def autoencoder(n: int) -> Program:
    """A variational autoencoder of 8 numbers by 2, whose noise is part of the batch."""
    x, noise = uniform(n, 8), uniform(n, 2, seed=2)
    encoder, decoder = values(uniform(4, 8), "e"), values(uniform(8, 2, seed=3), "d")

    def loss(x: Any, noise: Any) -> Any:
        code = [autograd.dot(row, x) for row in encoder]
        means, logs = code[:2], code[2:]
        z = [m + autograd.exp(0.5 * s) * e for m, s, e in zip(means, logs, noise, strict=True)]
        output = [autograd.dot(row, z) for row in decoder]
        wrong = sum((o - xi) ** 2 for o, xi in zip(output, x, strict=True))
        spread = sum(m * m + autograd.exp(s) - s - 1 for m, s in zip(means, logs, strict=True))
        return wrong + 0.5 * spread

    def by_hand(encoder: Any, decoder: Any, x: Any, noise: Any) -> Any:
        code = x @ encoder.T
        means, logs = code[:, :2], code[:, 2:]
        deviation = np.exp(0.5 * logs)
        z = means + deviation * noise
        error = z @ decoder.T - x
        variance = deviation * deviation
        spread = 0.5 * (means * means + variance - logs - 1).sum()
        of_output = 2 / len(x) * error
        of_z = of_output @ decoder
        of_logs = 0.5 * (of_z * noise * deviation + (variance - 1) / len(x))
        of_code = np.concatenate([of_z + means / len(x), of_logs], 1)
        value = ((error * error).sum() + spread) / len(x)
        return value, [of_code.T @ x, of_output.T @ z]

    return Program(loss, [encoder, decoder], by_hand, {"x": x, "noise": noise})


def adversaries(n: int) -> Program:
    """A discriminator's loss on real examples and on those of a generator."""
    x, z = uniform(n, 2), uniform(n, 2, seed=2)
    g, w, v = values(uniform(2, 2), "g"), values(uniform(8, 2), "w"), values(uniform(8), "v")

    def score(x: Any) -> Any:
        return autograd.dot(v, [autograd.tanh(autograd.dot(row, x)) for row in w])

    def loss(x: Any, z: Any) -> Any:
        made = [autograd.tanh(autograd.dot(row, z)) for row in g]
        return autograd.softplus(-score(x)) + autograd.softplus(score(made))

    def by_hand(g: Any, w: Any, v: Any, x: Any, z: Any) -> Any:
        made = np.tanh(z @ g.T)
        of_real, of_made = np.tanh(x @ w.T), np.tanh(made @ w.T)
        real, fake = of_real @ v, of_made @ v
        value = (np.logaddexp(0, -real) + np.logaddexp(0, fake)).mean()
        slope_real = -1 / (1 + np.exp(real)) / len(x)
        slope_made = 1 / (1 + np.exp(-fake)) / len(x)
        below_real = np.outer(slope_real, v) * (1 - of_real**2)
        below_made = np.outer(slope_made, v) * (1 - of_made**2)
        of_g = (below_made @ w * (1 - made**2)).T @ z
        of_w = below_real.T @ x + below_made.T @ made
        return value, [of_g, of_w, slope_real @ of_real + slope_made @ of_made]

    return Program(loss, [g, w, v], by_hand, {"x": x, "z": z})


def word_vectors(n: int) -> Program:
    """Skip-grams with a word that was not there for each that was; the words are in the loss."""
    words, width = 12, 4
    pairs = np.random.default_rng(0).integers(0, words, (n, 3))
    inside, outside = values(uniform(words, width), "u"), values(uniform(words, width), "v")
    rows = pairs.tolist()

    def loss() -> Any:
        errors = []
        for word, near, other in rows:
            errors.append(autograd.softplus(-autograd.dot(inside[word], outside[near])))
            errors.append(autograd.softplus(autograd.dot(inside[word], outside[other])))
        return sum(errors) / len(rows)

    def by_hand(inside: Any, outside: Any) -> Any:
        word, near, other = pairs.T
        u, v, o = inside[word], outside[near], outside[other]
        right, wrong = (u * v).sum(1), (u * o).sum(1)
        value = (np.logaddexp(0, -right) + np.logaddexp(0, wrong)).mean()
        of_right = (-1 / (1 + np.exp(right)) / len(pairs))[:, None]
        of_wrong = (1 / (1 + np.exp(-wrong)) / len(pairs))[:, None]
        of_inside, of_outside = np.zeros_like(inside), np.zeros_like(outside)
        np.add.at(of_inside, word, of_right * v + of_wrong * o)
        np.add.at(of_outside, near, of_right * u)
        np.add.at(of_outside, other, of_wrong * u)
        return value, [of_inside, of_outside]

    return Program(loss, [inside, outside], by_hand)


def factorisation(n: int) -> Program:
    """Ratings from one to five as products of a user's and a film's numbers."""
    generator = np.random.default_rng(0)
    users, films = generator.integers(0, 8, n), generator.integers(0, 10, n)
    ratings = generator.integers(1, 6, n).astype(float)
    p, q = values(uniform(8, 3), "p"), values(uniform(10, 3, seed=2), "q")
    rows = list(zip(users.tolist(), films.tolist(), ratings.tolist(), strict=True))

    def loss() -> Any:
        return sum(
            (sum(a * b for a, b in zip(p[user], q[film], strict=True)) - rating) ** 2
            for user, film, rating in rows
        ) / len(rows)

    def by_hand(p: Any, q: Any) -> Any:
        error = (p[users] * q[films]).sum(1) - ratings
        slope = (2 / len(ratings) * error)[:, None]
        of_p, of_q = np.zeros_like(p), np.zeros_like(q)
        np.add.at(of_p, users, slope * q[films])
        np.add.at(of_q, films, slope * p[users])
        return error @ error / len(ratings), [of_p, of_q]

    return Program(loss, [p, q], by_hand)


def mixture(n: int) -> Program:
    """The likelihood of points under four Gaussians."""
    x = 4 * uniform(n, 2)
    logits, means = values(uniform(4), "π"), values(4 * uniform(4, 2, seed=2), "μ")
    logs = values(uniform(4, seed=3), "logσ")

    def loss(x: Any) -> Any:
        terms = []
        for logit, mean, log in zip(logits, means, logs, strict=True):
            distance = sum((xi - m) ** 2 for xi, m in zip(x, mean, strict=True))
            terms.append(logit - 2 * log - 0.5 * distance * autograd.exp(-2 * log))
        return autograd.logsumexp(logits) - autograd.logsumexp(terms)

    def by_hand(logits: Any, means: Any, logs: Any, x: Any) -> Any:
        precision = np.exp(-2 * logs)
        away = x[:, None] - means
        distance = (away * away).sum(-1)
        terms = logits - 2 * logs - 0.5 * distance * precision
        largest = terms.max(1, keepdims=True)
        p = np.exp(terms - largest)
        total = p.sum(1, keepdims=True)
        prior = np.exp(logits - logits.max())
        value = logits.max() + np.log(prior.sum()) - (largest + np.log(total)).mean()
        p /= total * len(x)
        of_means = -np.einsum("nk,nkd->kd", p * precision, away)
        of_logs = (p * (2 - distance * precision)).sum(0)
        return value, [prior / prior.sum() - p.sum(0), of_means, of_logs]

    return Program(loss, [logits, means, logs], by_hand, {"x": x})


def k_means(n: int) -> Program:
    """The squared distance of points to the nearest of five centres."""
    x, centres = uniform(n, 3), values(uniform(5, 3, seed=2), "c")

    def loss(x: Any) -> Any:
        return autograd.min(
            [sum((xi - ci) ** 2 for xi, ci in zip(x, centre, strict=True)) for centre in centres]
        )

    def by_hand(centres: Any, x: Any) -> Any:
        away = x[:, None] - centres
        distance = (away * away).sum(-1)
        nearest = distance.argmin(1)
        every = np.arange(len(x))
        of_centres = np.zeros_like(centres)
        np.add.at(of_centres, nearest, -2 / len(x) * away[every, nearest])
        return distance[every, nearest].mean(), [of_centres]

    return Program(loss, [centres], by_hand, {"x": x})


def black_scholes(n: int) -> Program:
    """Fit the volatility and the rate to the prices of calls."""
    strike, time = 100 + 40 * uniform(n), 1 + uniform(n, seed=2)
    price = 15 + 10 * uniform(n, seed=3)
    sigma, rate = Value(0.3, label="σ"), Value(0.02, label="r")

    def normal(z: Any) -> Any:
        return 0.5 * (1 + autograd.erf(z / 2**0.5))

    def loss(strike: Any, time: Any, price: Any) -> Any:
        spread = sigma * autograd.sqrt(time)
        d1 = (autograd.log(100 / strike) + (rate + sigma**2 / 2) * time) / spread
        call = 100 * normal(d1) - strike * autograd.exp(-rate * time) * normal(d1 - spread)
        return (call - price) ** 2

    from math import erf

    each_erf = np.vectorize(erf, otypes=[float])

    def by_hand(sigma: Any, rate: Any, strike: Any, time: Any, price: Any) -> Any:
        root = np.sqrt(time)
        spread = sigma * root
        d1 = (np.log(100 / strike) + (rate + sigma**2 / 2) * time) / spread
        discounted = strike * np.exp(-rate * time)
        below = 0.5 * (1 + each_erf((d1 - spread) / 2**0.5))
        error = 100 * 0.5 * (1 + each_erf(d1 / 2**0.5)) - discounted * below - price
        slope = 2 / len(time) * error
        vega = 100 * np.exp(-d1 * d1 / 2) / (2 * np.pi) ** 0.5 * root
        return (error**2).mean(), [(slope * vega).sum(), (slope * time * discounted * below).sum()]

    batch = {"strike": strike, "time": time, "price": price}
    return Program(loss, [sigma, rate], by_hand, batch)


def monte_carlo(n: int) -> Program:
    """The mean pay-off of an Asian option along paths of ten steps."""
    noise, steps = 3 * uniform(n, 10), 10
    start, sigma = Value(100.0, label="S"), Value(0.2, label="σ")
    dt = 1 / steps

    def loss(noise: Any) -> Any:
        price, total = start, 0.0
        for z in noise:
            price = price * autograd.exp(-0.5 * sigma**2 * dt + sigma * dt**0.5 * z)
            total = total + price
        return autograd.relu(total / steps - 95)

    def by_hand(start: Any, sigma: Any, noise: Any) -> Any:
        walk = np.cumsum(noise, 1)
        times = dt * np.arange(1, steps + 1)
        growth = np.exp(-0.5 * sigma**2 * times + sigma * dt**0.5 * walk)
        gain = start * growth.mean(1) - 95
        share = (gain > 0) / len(noise)
        by_sigma = start * (growth * (dt**0.5 * walk - sigma * times)).mean(1)
        return np.maximum(gain, 0).mean(), [share @ growth.mean(1), share @ by_sigma]

    return Program(loss, [start, sigma], by_hand, {"noise": noise})


def bodies(n: int) -> Program:
    """Where bodies in the plane are after four steps of gravity, by their velocities."""
    positions, masses, dt, steps = 4 * uniform(n, 2), 1 + uniform(n, seed=2), 0.05, 4
    velocities = values(uniform(n, 2, seed=3), "v")
    rows, weights = positions.tolist(), masses.tolist()

    def loss() -> Any:
        x, v = [list(row) for row in rows], [list(row) for row in velocities]
        for _ in range(steps):
            for i in range(n):
                for j in range(n):
                    if i != j:
                        dx, dy = x[j][0] - x[i][0], x[j][1] - x[i][1]
                        pull = dt * weights[j] / (dx * dx + dy * dy + 0.1) ** 1.5
                        v[i][0], v[i][1] = v[i][0] + pull * dx, v[i][1] + pull * dy
            x = [
                [a + dt * b for a, b in zip(xi, vi, strict=True)]
                for xi, vi in zip(x, v, strict=True)
            ]
        return sum(a * a for xi in x for a in xi)

    def by_hand(v: Any) -> Any:
        x, states = positions, []
        for _ in range(steps):
            away = x[None] - x[:, None]
            squares = (away * away).sum(-1) + 0.1
            states.append((away, squares))
            v = v + dt * ((masses / squares**1.5)[..., None] * away).sum(1)
            x = x + dt * v
        value, of_x, of_v = (x * x).sum(), 2 * x, np.zeros_like(x)
        for away, squares in reversed(states):
            of_v = of_v + dt * of_x
            weights = dt * masses / squares**1.5
            along = (of_v[:, None] * away).sum(-1) * weights * -3 / squares
            of_away = weights[..., None] * of_v[:, None] + along[..., None] * away
            of_x = of_x + of_away.sum(0) - of_away.sum(1)
        return value, [of_v]

    return Program(loss, [velocities], by_hand)


def bundle_adjustment(n: int) -> Program:
    """The errors of points in the pictures of three cameras, which turn about one axis."""
    generator = np.random.default_rng(0)
    cameras, points = generator.uniform(-0.2, 0.2, (3, 4)), generator.uniform(-1, 1, (n, 3))
    seen = generator.uniform(-0.5, 0.5, (3, n, 2))
    c, p = values(cameras, "camera"), values(points, "point")

    def loss() -> Any:
        errors = []
        for (angle, tx, ty, tz), pictures in zip(c, seen.tolist(), strict=True):
            cos, sin = autograd.cos(angle), autograd.sin(angle)
            for (x, y, z), (u, v) in zip(p, pictures, strict=True):
                depth = z - sin * x * 0.1 + tz + 4
                right = (cos * x + sin * y + tx) / depth - u
                up = (cos * y - sin * x + ty) / depth - v
                errors.append(right * right + up * up)
        return sum(errors)

    def by_hand(c: Any, p: Any) -> Any:
        angle, tx, ty, tz = c.T[:, :, None]
        x, y, z = p.T
        cos, sin = np.cos(angle), np.sin(angle)
        depth = z - 0.1 * sin * x + tz + 4
        a, b = (cos * x + sin * y + tx) / depth, (cos * y - sin * x + ty) / depth
        right, up = a - seen[..., 0], b - seen[..., 1]
        of_a, of_b = 2 * right / depth, 2 * up / depth
        of_depth = -(of_a * a + of_b * b)
        of_angle = of_a * (cos * y - sin * x) - of_b * (sin * y + cos * x)
        of_angle = of_angle - 0.1 * cos * x * of_depth
        of_c = np.stack([each.sum(1) for each in (of_angle, of_a, of_b, of_depth)], 1)
        of_x = (of_a * cos - of_b * sin - 0.1 * sin * of_depth).sum(0)
        of_p = np.stack([of_x, (of_a * sin + of_b * cos).sum(0), of_depth.sum(0)], 1)
        return (right * right + up * up).sum(), [of_c, of_p]

    return Program(loss, [c, p], by_hand)


def physics(n: int) -> Program:
    """A network u with u″ = -sin x, whose second derivative is taken in the loss."""
    x = 6 * uniform(n)
    w, b, v = [values(uniform(8, seed=i), "wbv"[i]) for i in range(3)]

    def loss(x: Any) -> Any:
        hidden = [autograd.tanh(wi * x + bi) for wi, bi in zip(w, b, strict=True)]
        [first] = autograd.gradients(autograd.dot(v, hidden), [x], create_graph=True)
        [second] = autograd.gradients(first, [x], create_graph=True)
        return (second + autograd.sin(x)) ** 2

    def by_hand(w: Any, b: Any, v: Any, x: Any) -> Any:
        h = np.tanh(np.outer(x, w) + b)
        bend = -2 * h * (1 - h * h)
        error = bend @ (v * w * w) + np.sin(x)
        slope = 2 / len(x) * error
        of_a = np.outer(slope, v * w * w) * (6 * h * h - 2) * (1 - h * h)
        summed = slope @ bend
        of_w = x @ of_a + 2 * summed * v * w
        return (error**2).mean(), [of_w, of_a.sum(0), summed * w * w]

    return Program(loss, [w, b, v], by_hand, {"x": x})


def policy_gradient(n: int) -> Program:
    """The chosen actions of a linear policy, weighted by what they brought."""
    state, gain = uniform(n, 4), uniform(n, seed=2)
    action = np.random.default_rng(0).integers(0, 3, n)
    w = values(uniform(3, 4), "w")

    def loss(state: Any, action: Any, gain: Any) -> Any:
        return gain * autograd.cross_entropy([autograd.dot(row, state) for row in w], action)

    def by_hand(w: Any, state: Any, action: Any, gain: Any) -> Any:
        logits, every = state @ w.T, np.arange(len(state))
        largest = logits.max(1, keepdims=True)
        p = np.exp(logits - largest)
        total = p.sum(1, keepdims=True)
        surprise = (largest + np.log(total))[:, 0] - logits[every, action]
        p /= total
        p[every, action] -= 1
        return (gain * surprise).mean(), [(p * gain[:, None] / len(state)).T @ state]

    return Program(loss, [w], by_hand, {"state": state, "action": action, "gain": gain})


def batch_norm(n: int) -> Program:
    """A hidden layer whose units are centred and scaled over all examples."""
    x, y = uniform(n, 4), uniform(n, seed=2)
    w, v = values(uniform(6, 4), "w"), values(uniform(6, seed=3), "v")
    rows, targets = x.tolist(), y.tolist()

    def loss() -> Any:
        columns = []
        for weights in w:
            units = [autograd.dot(weights, row) for row in rows]
            mean = autograd.mean(units)
            variance = autograd.mean([(unit - mean) ** 2 for unit in units])
            columns.append([(unit - mean) / autograd.sqrt(variance + 1e-5) for unit in units])
        outputs = [
            autograd.dot(v, [autograd.tanh(column[i]) for column in columns]) for i in range(n)
        ]
        return autograd.mean([(o - t) ** 2 for o, t in zip(outputs, targets, strict=True)])

    def by_hand(w: Any, v: Any) -> Any:
        a = x @ w.T
        centred = a - a.mean(0)
        deviation = np.sqrt((centred * centred).mean(0) + 1e-5)
        scaled = centred / deviation
        h = np.tanh(scaled)
        error = h @ v - y
        slope = 2 / len(x) * error
        of_scaled = np.outer(slope, v) * (1 - h * h)
        of_a = of_scaled - of_scaled.mean(0) - scaled * (of_scaled * scaled).mean(0)
        return (error**2).mean(), [(of_a / deviation).T @ x, slope @ h]

    return Program(loss, [w, v], by_hand)


def cholesky(n: int) -> Program:
    """The likelihood of numbers under a covariance, factored in loops."""
    root = uniform(n, n)
    covariance, y = values(np.tril(root @ root.T + np.eye(n)), "K"), uniform(n, seed=2)

    def loss() -> Any:
        factor: list[list[Any]] = []
        solved: list[Any] = []
        value: Any = 0.0
        for i in range(n):
            row: list[Any] = []
            for j in range(i):
                rest = covariance[i][j] - sum(a * b for a, b in zip(row, factor[j], strict=False))
                row.append(rest / factor[j][j])
            pivot = autograd.sqrt(covariance[i][i] - sum(a * a for a in row))
            rest = float(y[i]) - sum(a * b for a, b in zip(row, solved, strict=True))
            solved.append(rest / pivot)
            factor.append([*row, pivot])
            value = value + 0.5 * solved[i] ** 2 + autograd.log(pivot)
        return value

    def by_hand(lower: Any) -> Any:
        k = lower + np.tril(lower, -1).T
        factor, inverse = np.linalg.cholesky(k), np.linalg.inv(k)
        alpha = inverse @ y
        of_k = 0.5 * (inverse - np.outer(alpha, alpha))
        value = 0.5 * y @ alpha + np.log(np.diag(factor)).sum()
        return value, [np.tril(of_k) + np.tril(of_k, -1)]

    return Program(loss, [covariance], by_hand)


# Each kind, with the number of examples that is timed.
PROGRAMS: dict[str, tuple[Callable[[int], Program], int]] = {
    "linear regression": (linear_regression, 120),
    "logistic regression": (logistic_regression, 120),
    "softmax regression": (softmax_regression, 100),
    "makemore": (makemore, 64),
    "margin": (margin, 100),
    "pictures": (pictures, 32),
    "convolution": (convolution, 16),
    "attention": (attention, 16),
    "variational autoencoder": (autoencoder, 64),
    "adversaries": (adversaries, 64),
    "word vectors": (word_vectors, 100),
    "matrix factorisation": (factorisation, 100),
    "mixture of Gaussians": (mixture, 100),
    "k-means": (k_means, 100),
    "Black-Scholes": (black_scholes, 100),
    "Monte Carlo": (monte_carlo, 200),
    "bodies": (bodies, 6),
    "bundle adjustment": (bundle_adjustment, 20),
    "physics-informed": (physics, 50),
    "policy gradient": (policy_gradient, 64),
    "batch norm": (batch_norm, 30),
    "Cholesky": (cholesky, 8),
}
