"""Networks as people write them by hand: each returns its loss."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Sequence

import autograd
from autograd import Value, dot, tanh

Matrix = list[list[Value]]


def matrix(rows: int, columns: int, name: str = "", seed: int = 0) -> Matrix:
    random_ = random.Random(f"{name}{rows}{columns}{seed}")
    return [
        [
            Value(random_.gauss(0, 1), label=f"{name}[{i}][{j}]" if name else "")
            for j in range(columns)
        ]
        for i in range(rows)
    ]


def vector(n: int, name: str = "", seed: int = 0) -> list[Value]:
    [row] = matrix(1, n, seed=seed + 7)
    for i, each in enumerate(row if name else []):
        each.label = f"{name}[{i}]"
    return row


def numbers(n: int, seed: int = 0) -> list[float]:
    return [node.data for node in vector(n, seed=seed + 99)]


def layer_of_numbers() -> Value:
    """The neurons of a layer, of an input that is numbers."""
    W, x = matrix(3, 2), [0.5, -1.0]
    h = [tanh(dot(row, x)) for row in W]
    return autograd.squared_error(h, [0.0, 1.0, 0.0])


def recurrent() -> Value:
    """A recurrent network over four numbers at a time, from a state of zeros."""
    Wx, Wh, b = matrix(3, 2, "Wx"), matrix(3, 3, "Wh"), vector(3, "b")
    h: Sequence[Value | float] = [0.0] * 3
    for t in range(4):
        x = numbers(2, seed=t)
        h = [
            tanh(dot(Wx[i], x) + dot(Wh[i], h) + b[i])  # type: ignore[arg-type]
            for i in range(3)
        ]
    return autograd.cross_entropy(h, 1)  # type: ignore[arg-type]


def recurrent_in_one() -> Value:
    """A recurrent network without labels, with state and input in one vector."""
    W, b = matrix(3, 5), vector(3)
    h: list[Value] = vector(3, "h0")
    for t in range(3):
        x = vector(2, f"x{t}")
        h = [tanh(dot(row, [*x, *h], bias)) for row, bias in zip(W, b, strict=True)]
    return autograd.sum(h)


def attention() -> Value:
    """Attention of four words to each other, with labels on the weights alone."""
    words = [vector(3, seed=t) for t in range(4)]
    Wq, Wk, Wv = (matrix(2, 3, name) for name in ("Wq", "Wk", "Wv"))
    q, k, v = ([[dot(row, word) for row in W] for word in words] for W in (Wq, Wk, Wv))
    outputs = []
    for query in q:
        weights = autograd.softmax([dot(query, key) / math.sqrt(2) for key in k])
        outputs.append([dot(weights, [value[j] for value in v]) for j in range(2)])
    return autograd.mean([autograd.cross_entropy(output, 0) for output in outputs])


def batch() -> Value:
    """Two layers over a batch of three examples that are numbers."""
    W1, W2, b1, b2 = matrix(4, 2), matrix(2, 4), vector(4), vector(2)
    losses = []
    for i in range(3):
        x = numbers(2, seed=i)
        h = [tanh(dot(row, x, b)) for row, b in zip(W1, b1, strict=True)]
        a = [dot(row, h, b) for row, b in zip(W2, b2, strict=True)]
        losses.append(autograd.cross_entropy(a, i % 2))
    return autograd.mean(losses)


def batch_of_one_neuron() -> Value:
    """A neuron over five examples, as in linear regression, with products written out."""
    w, b = vector(2, "w"), Value(0.5, label="b")
    errors = []
    for i in range(5):
        x1, x2 = numbers(2, seed=i)
        errors.append((w[0] * x1 + w[1] * x2 + b - float(i)) ** 2)
    return autograd.mean(errors)


def residual() -> Value:
    """Three residual blocks, each with a skip from its input to its output."""
    h: list[Value] = vector(3, "x")
    for i in range(3):
        W, b = matrix(3, 3, f"W{i}"), vector(3, f"b{i}")
        a = [dot(row, h, bias) for row, bias in zip(W, b, strict=True)]
        h = [x + tanh(each) for x, each in zip(h, a, strict=True)]
    return autograd.norm(h)


def shared_weights() -> Value:
    """An autoencoder whose decoder is the encoder's transpose."""
    W, x = matrix(2, 3, "W"), vector(3, "x")
    code = [tanh(dot(row, x)) for row in W]
    decoded = [dot([row[j] for row in W], code) for j in range(3)]
    return autograd.squared_error(decoded, x)


def twins() -> Value:
    """Two inputs through the same layer, and how far apart they come out."""
    W, b = matrix(3, 2), vector(3)
    left, right = (
        [tanh(dot(row, x, bias)) for row, bias in zip(W, b, strict=True)]
        for x in (vector(2, "left"), vector(2, "right"))
    )
    return autograd.squared_error(left, right)


def convolution() -> Value:
    """A filter of three numbers that slides over a signal, and the largest of what it finds."""
    kernel, signal = vector(3, "k"), vector(7, "x")
    found = [autograd.relu(dot(kernel, signal[i : i + 3])) for i in range(5)]
    return autograd.max(found)


def convolution_loop() -> Value:
    """Two filters over an image of numbers, as loops over rows and columns."""
    filters = [matrix(2, 2, f"k{i}") for i in range(2)]
    image = [numbers(4, seed=r) for r in range(3)]
    found = []
    for kernel in filters:
        for r in range(2):
            for c in range(3):
                a: Value | float = 0.0
                for i in range(2):
                    for j in range(2):
                        a = a + kernel[i][j] * image[r + i][c + j]
                found.append(autograd.relu(a))
    return autograd.mean(found)


def normalised() -> Value:
    """A layer norm of a batch before a layer."""
    W, losses = matrix(2, 3), []
    for i in range(2):
        x = vector(3, seed=i)
        middle = autograd.mean(x)
        spread = autograd.sqrt(autograd.mean([(each - middle) ** 2 for each in x]) + 1e-5)
        h = [(each - middle) / spread for each in x]
        losses.append(autograd.cross_entropy([dot(row, h) for row in W], 0))
    return autograd.mean(losses)


def micrograd() -> Value:
    """Neurons as chains of products and sums, of two examples with labelled inputs."""
    W, b = matrix(3, 2), vector(3)
    out = vector(3)
    scores = []
    for i in range(2):
        x = vector(2, "x", seed=i)
        h = [
            sum((w * x for w, x in zip(row, x, strict=True)), bias).relu()
            for row, bias in zip(W, b, strict=True)
        ]
        scores.append(sum((w * each for w, each in zip(out, h, strict=True)), Value(0.5)))
    return sum((1 - score * y) ** 2 for score, y in zip(scores, (1.0, -1.0), strict=True))  # type: ignore[return-value]


def penalised() -> Value:
    """A layer with a penalty on its weights."""
    W, x = matrix(2, 3, "W"), [1.0, 2.0, -1.0]
    h = [dot(row, x) for row in W]
    return autograd.cross_entropy(h, 1) + 0.01 * autograd.sum([w * w for row in W for w in row])


def embedding() -> Value:
    """Rows of a table that are chosen by words, averaged, and a layer."""
    table, W = matrix(4, 3, "E"), matrix(2, 3, "W")
    chosen = [table[i] for i in (2, 0)]
    mean = [autograd.mean(column) for column in zip(*chosen, strict=True)]
    return autograd.cross_entropy([dot(row, mean) for row in W], 0)


def long_memory() -> Value:
    """Three steps of an LSTM, with gates of which each has weights of its own."""
    weights = {gate: matrix(3, 5, f"W{gate}") for gate in "ifoc"}
    biases = {gate: vector(3, f"b{gate}") for gate in "ifoc"}
    h: Sequence[Value | float] = [0.0] * 3
    c: Sequence[Value | float] = [0.0] * 3
    for t in range(3):
        z = [*numbers(2, seed=t), *h]
        i, f, o, g = (
            [
                (tanh if gate == "c" else autograd.sigmoid)(dot(row, z, b))
                for row, b in zip(weights[gate], biases[gate], strict=True)
            ]
            for gate in "ifoc"
        )
        c = [fk * ck + ik * gk for fk, ck, ik, gk in zip(f, c, i, g, strict=True)]
        h = [ok * tanh(ck) for ok, ck in zip(o, c, strict=True)]
    return autograd.cross_entropy(h, 0)  # type: ignore[arg-type]


def neurons_first() -> Value:
    """A batch in the inner loop: each neuron sees all examples before the next has its turn."""
    examples = [vector(2, seed=i) for i in range(4)]
    W, b, out = matrix(3, 2), vector(3), vector(3)
    h = [[tanh(dot(row, x, bias)) for x in examples] for row, bias in zip(W, b, strict=True)]
    scores = [dot(out, [neuron[k] for neuron in h]) for k in range(4)]
    return autograd.mean([(score - 1.0) ** 2 for score in scores])


def batch_norm() -> Value:
    """Each unit less its mean over a batch."""
    W, examples = matrix(3, 2), [vector(2, seed=i) for i in range(4)]
    a = [[dot(row, x) for row in W] for x in examples]
    means = [autograd.mean([row[j] for row in a]) for j in range(3)]
    centred = [[x - m for x, m in zip(row, means, strict=True)] for row in a]
    return autograd.mean([autograd.norm(row) for row in centred])


def equal_examples() -> Value:
    """A batch of one input twice, with two targets."""
    W, b = matrix(3, 2), vector(3)
    return autograd.mean(
        [
            autograd.cross_entropy(
                [dot(row, [1.0, 0.0], bias) for row, bias in zip(W, b, strict=True)], target
            )
            for target in (0, 1)
        ]
    )


def softmax_by_hand() -> Value:
    """A probability as a quotient, and its logarithm."""
    W, x = matrix(3, 2, "W"), vector(2, "x")
    exponentials = [autograd.exp(dot(row, x)) for row in W]
    total = autograd.sum(exponentials)
    return -autograd.log(exponentials[1] / total)


def causal_attention() -> Value:
    """Attention of each word to those before it alone: the first has a softmax of one."""
    words = [vector(3, seed=t) for t in range(3)]
    Wq, Wk = matrix(2, 3, "Wq"), matrix(2, 3, "Wk")
    q, k = ([[dot(row, word) for row in W] for word in words] for W in (Wq, Wk))
    losses = []
    for t in range(3):
        weights = autograd.softmax([dot(q[t], k[s]) for s in range(t + 1)])
        losses.append(dot(weights, [words[s][0] for s in range(t + 1)]))
    return autograd.mean(losses)


PROGRAMS: dict[str, Callable[[], Value]] = {
    program.__name__: program
    for program in (
        layer_of_numbers, recurrent, recurrent_in_one, attention, batch, batch_of_one_neuron,
        residual, shared_weights, twins, convolution, convolution_loop, normalised, micrograd,
        penalised, embedding, long_memory, neurons_first, batch_norm, equal_examples,
        softmax_by_hand,
    )
}  # fmt: skip
