"""Ops are told apart by their records: what an op is called changes no number anywhere."""

from __future__ import annotations

import builtins
import keyword
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import autograd
from autograd import Value, arithmetic, ops
from autograd.compiler import loops, pure, rows
from autograd.compiler.recording import DETACH
from autograd.explanations.formulas import local_derivative_formula
from autograd.ops import TABLE, Primitive
from autograd.ops.record import _bound, apply
from tests.autograd.strategies import same
from tests.autograd.test_ops import DOMAINS, Domain

X = np.array([1.0, -2.0, 0.5])


def of_one(m: Any, x: Any) -> Any:
    """A rule that is long enough to become a function of the program."""
    return m.sin(x) * m.cos(x) * m.tanh(x) * x * m.exp(x) + m.sin(x)


def slope_of_one(m: Any, y: Any, x: Any) -> tuple[Any]:
    product = m.sin(x) * m.cos(x) * m.tanh(x) * x
    slope = m.cos(2.0 * x) * m.tanh(x) * x + m.sin(x) * m.cos(x) * (
        (1.0 - m.tanh(x) * m.tanh(x)) * x + m.tanh(x)
    )
    return ((slope + product) * m.exp(x) + m.cos(x),)


def of_some(m: Any, *xs: Any) -> Any:
    return xs[0] * xs[0] - 3.0 * xs[-1]


def slopes_of_some(m: Any, y: Any, *xs: Any) -> tuple[Any, ...]:
    if len(xs) == 1:
        return (2.0 * xs[0] - 3.0,)
    return (2.0 * xs[0], *[0.0] * (len(xs) - 2), -3.0)


def words_of_sources() -> set[str]:
    """All words that stand in what the programs of a few losses are made of."""
    w = [Value(0.1 * i, label=f"w[{i}]") for i in range(3)]

    def loss(x: Any, y: Any) -> Value:
        hidden = [autograd.gelu(autograd.dot(w, [x, v, 1.0])) for v in w]
        many = autograd.logsumexp([*hidden, autograd.gamma(w[1] * x), autograd.norm(w)])
        more = autograd.erf(x) * autograd.lgamma(x * x)
        return autograd.cross_entropy(hidden, y) + many + more + autograd.softmax(hidden)[0]

    step = autograd.compile(loss, batch=("x", "y"))
    step(X, np.array([0, 1, 2]))
    return {word for word in re.findall(r"\w+", step.source) if word.isidentifier()}


def all_names() -> Iterator[str]:
    yield from dir(builtins)
    yield from dir(np)
    yield from keyword.kwlist
    yield from keyword.softkwlist
    yield from TABLE
    for module in (arithmetic, rows, loops, pure):
        yield from dir(module)
    yield from words_of_sources()
    yield from ["detach", "constant", "custom", "of_flat", "loss_and_gradient", "np", "math", "B"]
    yield from ["_softmax", "_exp", "_flat", "_value", "_gradient", "_class", "t1", "v1", "dv1"]
    yield from ["x", "y", "dw", "w", "losses", "loss", "a b", "1", "é", "ﬁ", "𝑥", "\\", '"""', "#"]
    yield from ["op_sum", "op_x", "scalar_gamma", "scalar_polygamma", "cube_derivative", "**2"]


NAMES = sorted({*all_names()})
TENS = [NAMES[i : i + 40] for i in range(0, len(NAMES), 40)]  # one program for several names


def agree(loss: Callable[[Any], Value]) -> None:
    """A program has the numbers of the eager engine, row by row."""
    step = autograd.compile(loss, batch=("x",))
    value, gradient = step(X)
    total = autograd.mean([loss(Value(float(x))) for x in X])
    leaves = step.leaves
    expected = autograd.gradients(total, leaves)
    assert value == pytest.approx(total.data, rel=1e-12), step.source
    assert gradient.flat.tolist() == pytest.approx(expected, rel=1e-11, abs=1e-13), step.source


@pytest.mark.parametrize("names", TENS, ids=lambda names: names[0])
def test_an_op_of_the_users_own_may_have_any_name(names: list[str]) -> None:
    """It is what its rule says: with numbers, as Values, and compiled among many."""
    w, v = Value(0.7, label="w"), Value(-0.4, label="v")
    made = [
        (
            autograd.primitive(name, of_one, slope_of_one),
            autograd.primitive(name, of_some, slopes_of_some),
        )
        for name in names
    ]
    for one, some in made:
        assert one(0.3) == of_one(arithmetic, 0.3)
        assert some(0.3, 0.5, 2.0) == of_some(arithmetic, 0.3, 0.5, 2.0)
        node = some(w, v, w * v)
        assert node.data == of_some(arithmetic, w.data, v.data, (w * v).data)
        assert node.local_derivatives == slopes_of_some(arithmetic, 0.0, 0.7, -0.4, -0.28)
        assert local_derivative_formula(node, 1).endswith("= 0")
        assert local_derivative_formula(node, 0).endswith("= 2·w"), local_derivative_formula(
            node, 0
        )

    def loss(x: Any) -> Value:
        terms = [one(w * x) * 0.5 + some(v, x, w) for one, some in made]
        rows = [some(x * w, v) - some(w) for _, some in made]
        ours = autograd.logsumexp([w, x, w * x]) * autograd.gamma(w) + autograd.gelu(x * v)
        return autograd.sum(terms) + autograd.prod(autograd.tanh(row) for row in rows[:3]) + ours

    agree(loss)


# Names that stand in a program of some backend, or in what runs it, and those of Python and NumPy.
AWKWARD = [
    "np", "numba", "loops", "B", "float", "exp", "row_sums", "gamma", "loss_and_gradient", "_flat",
    "t1", "product",
]  # fmt: skip


@pytest.mark.parametrize("backend", ["numba", "torch", "jax"])
def test_an_op_of_the_users_own_may_have_any_name_with_every_backend(
    backend: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip(backend)
    monkeypatch.setenv("CHAINRULE_CACHE", str(tmp_path))
    w, v = Value(0.7, label="w"), Value(-0.4, label="v")
    made = [autograd.primitive(name, of_one, slope_of_one) for name in AWKWARD]

    def loss(x: Any) -> Value:
        hidden = autograd.softmax([w * x, autograd.gelu(v * x), autograd.erf(x)])
        return autograd.sum([op(w * x + v) for op in made]) + autograd.norm(hidden)

    value, gradient = autograd.compile(loss, batch=("x",))(X)
    found, its_gradient = autograd.compile(loss, batch=("x",), backend=backend)(X)
    assert float(found) == pytest.approx(value, rel=1e-12)
    assert np.asarray(its_gradient.flat).tolist() == pytest.approx(
        gradient.flat.tolist(), rel=1e-11
    )


def renamed(op: Primitive, domain: Domain) -> Primitive:
    """A user's copy of an op of the table: its rules under another name."""
    value, derivatives, parameters = op.value, op.derivatives, domain.parameters
    assert value is not None
    assert derivatives is not None
    return Primitive(
        f"renamed {op.name}",
        lambda m, *xs: value(m, *xs, *parameters),
        lambda m, y, *xs: derivatives(m, y, *xs, *parameters),
    )


CASES = [(name, domain) for name, domains in DOMAINS.items() for domain in domains]


@pytest.mark.parametrize(("name", "domain"), CASES, ids=lambda each: str(each)[:20])
def test_a_copy_of_an_op_under_another_name_has_the_same_numbers(name: str, domain: Domain) -> None:
    op = TABLE[name].bind(*domain.parameters)
    copy = renamed(TABLE[name], domain)
    for point in domain.points(f"renamed {name}", 4):
        mine, theirs = (apply(each, *map(Value, point)) for each in (op, copy))
        assert same(mine.data, theirs.data)
        assert all(map(same, mine.local_derivatives, theirs.local_derivatives))
        if TABLE[name].vectors:  # a reduction adds up in another order than the rule
            continue
        leaves = [Value(x) for x in point]
        compiled = []
        for each in (op, copy):
            loss, gradient = autograd.compile(lambda: apply(each, *leaves) * 2.0)()  # noqa: B023
            compiled.append([loss, *gradient.flat.tolist()])
        assert all(map(same, *compiled)), compiled


@pytest.mark.parametrize("name", sorted(TABLE))
def test_renaming_the_record_itself_changes_no_number(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing reads the name of an op of the table: every op by another name, to the bit."""

    def numbers() -> list[float]:
        found: list[float] = []
        for domain in DOMAINS[name]:
            op = TABLE[name].bind(*domain.parameters)
            points = domain.points(f"itself {name}", 3)
            leaves = [[Value(x) for x in point] for point in points]
            nodes = [apply(op, *each) for each in leaves]
            found += [number for node in nodes for number in (node.data, *node.local_derivatives)]
            step = autograd.compile(
                lambda: autograd.sum([apply(op, *each) for each in leaves]) + apply(op, *leaves[0])  # noqa: B023
            )
            value, gradient = step()
            found += [value, *gradient.flat.tolist()]
        return found

    before = numbers()
    for key, record in TABLE.items():
        monkeypatch.setattr(record, "name", f"another name of {key}")
    _bound.clear()
    try:
        assert all(map(same, before, numbers()))
    finally:
        _bound.clear()


def test_two_ops_of_one_name_and_one_value_keep_their_own_derivatives() -> None:
    """As a straight-through estimator has the value of round and another derivative."""

    def rounded(m: Any, x: Any) -> Any:
        return m.round(x)

    w = [Value(0.3 + i, label=f"w[{i}]") for i in range(4)]
    through = autograd.primitive("step", rounded, lambda m, y, x: (1.0,))
    flat = autograd.primitive("step", rounded, lambda m, y, x: (0.0,))
    agree(
        lambda x: autograd.sum([through(w[0] * x), flat(w[1] * x), through(w[2] * x), flat(w[3])])
    )


@pytest.mark.parametrize("zero", [0.0, -0.0])
def test_an_op_is_bound_to_the_zero_that_is_given(zero: float) -> None:
    assert same(apply(ops.leaky_relu.bind(zero), Value(-2.0)).data, -2.0 * zero)
    assert ops.leaky_relu.bind(zero).record is ops.leaky_relu


def test_detach_is_known_by_its_record() -> None:
    assert DETACH.record is DETACH
    w = Value(0.7, label="w")
    detach = autograd.primitive("detach", lambda m, x: 2.0 * x, lambda m, y, x: (2.0,))
    agree(lambda x: detach(w * x) * w.detach() + w)
