"""Lookups by an index of the batch: they compile to what the loss computes for each example."""

from __future__ import annotations

import collections
import functools
import math
import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autograd
from autograd import CompileError, TracingError, Value
from tests.autograd.compiler.agreement import assert_agrees

ROWS, WIDTH = 5, 3
GENERATOR = np.random.default_rng(0)
WORDS = np.array([0, 4, 2, 2, 1, 3, 4])
CLASSES = np.array([1, 1, 0, 4, 3, 2, 2])
CONTEXTS = GENERATOR.integers(0, ROWS, (7, 2))
INPUTS = GENERATOR.normal(size=(7, WIDTH))


def table(name: str, *shape: int) -> Any:
    if len(shape) == 1:
        return [
            Value(x, label=f"{name}[{i}]") for i, x in enumerate(GENERATOR.normal(size=shape[0]))
        ]
    return [table(f"{name}[{i}]", *shape[1:]) for i in range(shape[0])]


E, W, b = table("E", ROWS, WIDTH), table("W", ROWS, WIDTH), table("b", ROWS)


def scores(x: Any) -> list[Any]:
    return [autograd.dot(row, x) + bias for row, bias in zip(W, b, strict=True)]


def row(x: Any) -> Any:
    return autograd.norm(E[x])


def number(x: Any) -> Any:
    return autograd.sin(b[x]) * x


def context(x: Any, y: Any) -> Any:
    h = [autograd.sum([E[word][j] for word in x]) for j in range(WIDTH)]
    return autograd.cross_entropy(scores([autograd.tanh(each) for each in h]), y)


def by_position(x: Any, y: Any) -> Any:
    a = [sum(v * w for v, w in zip(E[x[1]], row, strict=True)) for row in W]
    return autograd.cross_entropy(a, y) + autograd.dot(E[x[0]], E[x[1]])


def two_tables(x: Any, y: Any) -> Any:
    return -autograd.logsigmoid(autograd.dot(E[x], W[y]) + b[y])


def probability(x: Any, y: Any) -> Any:
    return -autograd.log(autograd.softmax(scores(x))[y])


def logarithm(x: Any, y: Any) -> Any:
    return -[autograd.log(p) for p in autograd.softmax(scores(x))][y]


def hinge(x: Any, y: Any) -> Any:
    s = scores(x)
    return autograd.sum([autograd.relu(each - s[y] + 1.0) for each in s]) - 1.0


def constants(x: Any) -> Any:
    return b[0] * [0.5, 2.0, -1.0, 4.0, 3.0][x] + b[1] * np.eye(ROWS)[x][2]


CASES = [
    (row, (WORDS,)), (number, (WORDS,)), (context, (CONTEXTS, CLASSES)),
    (by_position, (CONTEXTS, CLASSES)), (two_tables, (WORDS, CLASSES)),
    (probability, (INPUTS, CLASSES)), (logarithm, (INPUTS, CLASSES)),
    (hinge, (INPUTS, CLASSES)), (constants, (WORDS,)),
]  # fmt: skip


def mean_of(loss: Callable[..., Any], arrays: tuple[Any, ...]) -> Value:
    rows = zip(*[array.tolist() for array in arrays], strict=True)
    return autograd.mean([loss(*row) for row in rows])


# JAX takes a second for each.
ON_BACKENDS = [
    pytest.param(loss, arrays, backend, id=f"{loss.__name__}-{backend}")
    for loss, arrays in CASES
    for backend in ("numpy", "torch", "jax")
    if backend != "jax" or loss in (by_position, probability)
]


@pytest.mark.parametrize(("loss", "arrays", "backend"), ON_BACKENDS)
def test_what_is_looked_up_is_that_of_each_example(
    loss: Callable[..., Any], arrays: tuple[Any, ...], backend: str
) -> None:
    if backend != "numpy":
        pytest.importorskip(backend)
    step = autograd.compile(loss, batch=("x", "y")[: len(arrays)], backend=backend)
    value, gradient = step(*arrays)
    if backend == "numpy":
        assert_agrees(step, value, gradient, mean_of(loss, arrays))
        return
    of_numpy, expected = autograd.compile(loss, batch=("x", "y")[: len(arrays)])(*arrays)
    assert float(value) == pytest.approx(of_numpy, rel=1e-12)
    np.testing.assert_allclose(np.asarray(gradient.flat), expected.flat, rtol=1e-9, atol=1e-12)


def test_lookups_are_machine_code() -> None:
    pytest.importorskip("numba")
    from autograd.compiler import loops, rows

    y, numbers = CLASSES, GENERATOR.normal(size=(ROWS, WIDTH))
    scores, slopes = GENERATOR.normal(size=(7, ROWS)), GENERATOR.normal(size=7)
    rows_found = loops.looked_up(numbers, CONTEXTS)
    np.testing.assert_array_equal(rows_found, numbers[CONTEXTS])
    sums = loops.sums_at(rows_found, CONTEXTS, ROWS)
    np.testing.assert_allclose(sums, rows.sums_at(rows_found, CONTEXTS, ROWS), rtol=1e-12)
    np.testing.assert_array_equal(loops.element_at(scores, y), rows.element_at(scores, y))
    found = loops.only_at(scores, y, slopes)
    np.testing.assert_array_equal(found, rows.only_at(scores, y, slopes))
    assert found.sum() == pytest.approx(slopes.sum())


def test_a_table_is_one_array_and_its_rows_are_one_lookup() -> None:
    step = autograd.compile(row, batch="x")
    step(WORDS)
    assert "E[x]" in step.source
    assert step.parameters["E"].shape == (ROWS, WIDTH)


def test_a_probability_that_is_not_chosen_may_be_0() -> None:
    """Its logarithm is no part of what is computed, whose derivative there is infinite."""
    z = [Value(0.0, label="z[0]"), Value(2000.0, label="z[1]")]

    def loss(x: Any) -> Any:
        return -[autograd.log(p) for p in autograd.softmax(z)][x]

    step = autograd.compile(loss, batch="x", check=False)
    value, gradient = step(np.array([1, 1, 1, 1]))
    assert (value, gradient.flat.tolist()) == (0.0, [0.0, 0.0])


@pytest.mark.parametrize(
    ("loss", "array", "message"),
    [
        (lambda x: [b, W[0] + W[1]][x[0]][x[1]], CONTEXTS % 2, "depends on several numbers"),
        (lambda x: sum(b[0] for _ in range(x)) + b[1], WORDS, "more for some numbers"),
        (lambda x: [b[0], autograd.exp(b[0])][x], WORDS[:1], "computed in several ways"),
        (lambda x: b[0] * int(x), WORDS[:1], "it takes all numbers"),
        (lambda x: b[x], -WORDS[1:], "counts from 0, and there is -4"),
        (lambda x: b[x], WORDS + 1, "a class must be a whole number from 0 to 4, not 5"),
        (lambda x: b[x[0]] * b[:3][x[1]], CONTEXTS * 0, "classes of several kinds"),
    ],
)
def test_what_is_no_lookup_is_refused(loss: Callable[..., Any], array: Any, message: str) -> None:
    with pytest.raises((CompileError, TracingError, TypeError), match=re.escape(message)):
        autograd.compile(loss, batch="x")(array)


def matched(x: Any, y: Any) -> Any:
    match y:
        case 0:
            return b[0] * x
        case _:
            return b[1] * x


def cached(x: Any, y: Any) -> Any:
    return functools.lru_cache(lambda k: b[k])(y) * x


BY_NUMBER: dict[str, Callable[[Any, Any], Any]] = {
    "{}[y]": lambda x, y: {0: b[0], 1: b[1]}[y] * x,
    "{}.get(y)": lambda x, y: {0: b[0]}.get(y, b[1]) * x,
    "{}[y, 0]": lambda x, y: {(0, 0): b[0], (1, 0): b[1]}[y, 0] * x,
    "defaultdict": lambda x, y: collections.defaultdict(lambda: b[0], {1: b[1]})[y] * x,
    "lru_cache": cached,
    "in a set": lambda x, y: (b[0] if y in {0} else b[1]) * x,
    "in a dict": lambda x, y: (b[0] if y in {0: None} else b[1]) * x,
    "in a tuple": lambda x, y: (b[0] if y in (0, 2) else b[1]) * x,
    "in a range": lambda x, y: (b[0] if y in range(1) else b[1]) * x,
    "hash": lambda x, y: b[hash(y) % 2] * x,
    "match": matched,
    "rows[y + 1]": lambda x, y: b[y + 1] * x,
    "rows[-y]": lambda x, y: b[-y] * x,
    "rows[:y + 1]": lambda x, y: autograd.sum(b[: y + 1]) * x,
    "rows[round(y)]": lambda x, y: b[round(y)] * x,
    "rows[math.floor(y)]": lambda x, y: b[math.floor(y)] * x,
    "array[y + 1]": lambda x, y: np.array(b)[y + 1] * x,
    "range(y + 1)": lambda x, y: sum(b[0] * x for _ in range(y + 1)),
}


@pytest.mark.parametrize("name", BY_NUMBER)
def test_what_no_lookup_can_say_is_refused_with_what_to_write(name: str) -> None:
    """Found by identity, a number of the batch was in no set, and each loss got the default."""
    loss = BY_NUMBER[name]
    assert isinstance(loss(0.5, 1), Value)  # as it is with numbers
    with pytest.raises(TracingError, match=r"looks at the number in[\s\S]*write") as caught:
        autograd.compile(loss, batch=("x", "y"))(np.array([0.5, 1.5]), np.array([0, 1]))
    assert "test_lookups.py" in str(caught.value)


def test_a_number_of_the_batch_is_found_by_identity_where_no_loss_is_recorded() -> None:
    kept: list[Any] = []

    def loss(x: Any) -> Any:
        kept.append(x)
        return b[x]

    autograd.compile(loss, batch="x")(WORDS[:2])
    assert {kept[0]: 1}[kept[0]] == 1


def test_an_error_of_the_loss_itself_stays_what_it_is() -> None:
    def loss(x: Any) -> Any:
        try:
            b[x + 1]
        except TracingError:
            return b[7]
        return b[0]

    with pytest.raises(CompileError, match="looks at the number"):
        autograd.compile(loss, batch="x")(WORDS)
    with pytest.raises(IndexError):
        autograd.compile(lambda x: b[7], batch="x")(WORDS)
