"""A GPT in scalars: one layer, 16 wide, four heads, letters of names; trained with Adam.

After Karpathy's microgpt, written anew. A position sees the ones before it through the lists of
keys and values that they left behind, so attention is causal without a mask.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

from engines import Engine

WIDTH, HEADS, BLOCK = 16, 4, 16
HEAD_WIDTH = WIDTH // HEADS
LETTERS = "abcdefghijklmnopqrstuvwxyz"
BOUNDARY = len(LETTERS)  # the token before the first letter and after the last
VOCABULARY = len(LETTERS) + 1

NAME = "maribel"  # made up, and of ordinary length: up to 15 letters fit

Matrix = list[list[Any]]


class GPT:
    """The model; each matrix is a list of rows of Values."""

    def __init__(self, engine: Engine, seed: int = 0) -> None:
        generator = random.Random(seed)

        def matrix(rows: int, columns: int) -> Matrix:
            return [
                [engine.Value(generator.gauss(0.0, 0.08)) for _ in range(columns)]
                for _ in range(rows)
            ]

        self.engine = engine
        self.token_embedding = matrix(VOCABULARY, WIDTH)
        self.position_embedding = matrix(BLOCK, WIDTH)
        self.query = matrix(WIDTH, WIDTH)
        self.key = matrix(WIDTH, WIDTH)
        self.value = matrix(WIDTH, WIDTH)
        self.output = matrix(WIDTH, WIDTH)
        self.expand = matrix(4 * WIDTH, WIDTH)
        self.contract = matrix(WIDTH, 4 * WIDTH)
        self.unembedding = matrix(VOCABULARY, WIDTH)

    def matrices(self) -> Iterator[Matrix]:
        yield from (self.token_embedding, self.position_embedding)
        yield from (self.query, self.key, self.value, self.output)
        yield from (self.expand, self.contract, self.unembedding)

    def parameters(self) -> list[Any]:
        return [p for matrix in self.matrices() for row in matrix for p in row]

    def loss(self, name: str) -> Any:
        """Return the cross entropy of each next letter, averaged over the positions."""
        tokens = [BOUNDARY, *map(LETTERS.index, name), BOUNDARY][: BLOCK + 1]
        keys: Matrix = []
        values: Matrix = []
        losses = []
        for position, (token, target) in enumerate(pairwise(tokens)):
            logits = self.logits(token, position, keys, values)
            losses.append(self.engine.cross_entropy(logits, target))
        return self.engine.mean(losses)

    def logits(self, token: int, position: int, keys: Matrix, values: Matrix) -> list[Any]:
        """Return the scores of the next token; adds this position's key and value to the lists."""
        place = zip(self.token_embedding[token], self.position_embedding[position], strict=True)
        x = self.normalise([t + p for t, p in place])
        x = self.add(x, self.attend(self.normalise(x), keys, values))
        hidden = [a.relu() for a in self.linear(self.expand, self.normalise(x))]
        x = self.add(x, self.linear(self.contract, hidden))
        return self.linear(self.unembedding, x)

    def attend(self, x: list[Any], keys: Matrix, values: Matrix) -> list[Any]:
        """Return what each head reads from the positions so far, mixed by the output matrix."""
        query = self.linear(self.query, x)
        keys.append(self.linear(self.key, x))
        values.append(self.linear(self.value, x))
        read: list[Any] = []
        for start in range(0, WIDTH, HEAD_WIDTH):
            head = slice(start, start + HEAD_WIDTH)
            scores = [self.engine.dot(query[head], k[head]) * HEAD_WIDTH**-0.5 for k in keys]
            weights = self.engine.softmax(scores)
            columns = zip(*[v[head] for v in values], strict=True)
            read += [self.engine.dot(weights, column) for column in columns]
        return self.linear(self.output, read)

    def linear(self, matrix: Matrix, x: list[Any]) -> list[Any]:
        return [self.engine.dot(row, x) for row in matrix]

    def normalise(self, x: list[Any]) -> list[Any]:
        """Divide by the root mean square."""
        scale = (self.engine.dot(x, x) * (1.0 / len(x)) + 1e-5) ** -0.5
        return [xi * scale for xi in x]

    @staticmethod
    def add(a: Sequence[Any], b: Sequence[Any]) -> list[Any]:
        return [ai + bi for ai, bi in zip(a, b, strict=True)]


class Adam:
    """Adam on the data of Values, in plain floats: the same work for every engine."""

    def __init__(self, parameters: list[Any], learning_rate: float = 0.01) -> None:
        self.parameters = parameters
        self.learning_rate = learning_rate
        self.first = [0.0] * len(parameters)
        self.second = [0.0] * len(parameters)
        self.steps = 0

    def step(self, decay: float = 0.85, square_decay: float = 0.99) -> None:
        self.steps += 1
        correction = 1.0 - decay**self.steps
        square_correction = 1.0 - square_decay**self.steps
        for i, p in enumerate(self.parameters):
            gradient = p.grad
            self.first[i] = m = decay * self.first[i] + (1.0 - decay) * gradient
            self.second[i] = v = (
                square_decay * self.second[i] + (1.0 - square_decay) * gradient * gradient
            )
            root = (v / square_correction) ** 0.5
            p.data -= self.learning_rate * (m / correction) / (root + 1e-8)
            p.grad = 0.0
