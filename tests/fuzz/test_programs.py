"""Random programs: they have every op, a fault is found and made small, and today there is none."""

from __future__ import annotations

from typing import Any

import pytest

import autograd
from autograd import Value, topological_order
from autograd.ops import TABLE
from tests.fuzz.comparison import Options, fault, is_ill_conditioned
from tests.fuzz.programs import OF_A_CLASS, OF_NUMBERS, OF_SEQUENCE, OF_SEQUENCES, Program, programs
from tests.fuzz.search import search


def test_every_op_of_the_table_is_written() -> None:
    made = {"autograd": autograd, "p": Value(0.5), "q": Value(0.7)}
    found = set()
    for templates, operands in [
        (OF_NUMBERS, ("p", "q")),
        (OF_SEQUENCE, ("[p, q]",)),
        (OF_SEQUENCES, ("[p, q]", "[q, p]")),
        ([OF_A_CLASS], ("[p, q]", "1")),
    ]:
        for template in templates:
            result = eval(template.format(*operands), made)
            found |= {node.op for node in topological_order(result)}
    assert found >= {*TABLE} - {"identity"}


def test_a_wrong_op_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    def slope(m: Any, y: Any, x: Any) -> tuple[Any]:
        return (1.0 - y * y if isinstance(x, float) else 1.0 - y,)

    wrong: Any = autograd.primitive("tanh", lambda m, x: m.tanh(x), slope)
    for name in ("asinh", "atan", "cos", "erf", "sigmoid", "sin", "tanh"):
        monkeypatch.setattr(autograd, name, wrong)
    found = search(fault, 500, seed=0, strategy=programs(most_lines=1))
    assert found.fault is not None
    assert found.fault.kind == "disagreement"
    assert len(str(found.program).split("autograd.")) < 6
    assert len(str(found.program).splitlines()) < 20
    exec(str(found.program), {})  # as it stands


@pytest.mark.parametrize(
    ("result", "is_decided"),
    [
        ("autograd.floor(a * 10.0)", True),  # 10 or a little less
        ("autograd.relu(a - a)", False),  # at a kink, whatever a is
        ("autograd.tanh(a)", False),
    ],
)
def test_what_the_last_bits_decide_is_no_fault(result: str, is_decided: bool) -> None:
    assert is_ill_conditioned(Program({"a": "Value(1.0)"}, {}, [], [result])) is is_decided


A = {"a": "Value(1.25)"}
TWO_ROWS, FOUR_CLASSES = {"x": "[[0.5, 1.5], [2.0, -1.0]]"}, {"y": "[0, 1, 2, 0]"}

# What was wrong once, as it was found.
FOUND = [
    Program(  # an upstream without a batch axis was taken for one with it
        {"a": "Value(0.3)", "C": "[0.5, -2.0, 1.5, 0.7, 3.0]"},
        {"x": "[[0.1 * i * j - 0.7 for i in range(6)] for j in range(5)]"},
        [],
        ["sum(c * autograd.norm([a*x[k], a*x[k + 1]]) for k, c in enumerate(C))"],
    ),
    Program(  # a shared (B, n, 1) array was read as a row
        {"k0": "Value(0.3)", "k1": "Value(-0.5)", "a": "Value(0.8)"},
        {"x": "[[0.1, 0.7, -1.0, 0.4], [0.3, -0.2, 0.9, 1.2]]"},
        [
            "h = [autograd.sigmoid(k0*x[i] + k1*x[i + 1]) for i in range(2)]",
            "u = [autograd.tanh(a * v) for v in x]",
        ],
        ["autograd.dot(u[:2], h) * autograd.dot(u[2:4], h)"],
    ),
    Program(  # the derivative of a batch of targets had the shape of the batch, and no batch
        {**A, "u": "[Value(1.0), Value(0.5)]"},
        FOUR_CLASSES,
        [],
        ["autograd.cross_entropy(u, [a * y, autograd.relu(a)])"],
    ),
    Program(
        A,
        TWO_ROWS,
        ["v = [a * (a * x[[0, 0][i]]) for i in range(2)]"],
        ["autograd.cross_entropy([a, a * a], v)"],
    ),
    Program(  # equal losses of logits without a batch, and of classes with one
        A,
        FOUR_CLASSES,
        ["v = [autograd.cross_entropy([autograd.relu(a)] * 3, y) for i in range(2)]"],
        ["autograd.logsumexp(v)"],
    ),
    Program(  # one class of an example for all of its rows was taken for one class of each row
        A,
        {"x": "[[[0.5, 1.5], [2.0, -1.0]], [[1.0, 0.0], [0.3, 0.7]]]", "y": "[0, 1]"},
        ["v = [a * autograd.cross_entropy(row, y) for row in x]"],
        ["autograd.dot(v, [1.0, 3.0])"],
    ),
    Program(  # four dot products of two weights and two inputs, of which two were equal
        {**A, "w": "[Value(0.5), Value(2.0)]"},
        FOUR_CLASSES,
        [
            "p = autograd.softmax([autograd.relu(a), autograd.sin(a)])",
            "v = [w[[0, 0, 0, 1][i]] * y for i in range(4)]",
            "u = [autograd.dot([v[i]], [autograd.relu(p[i % 2])]) for i in range(4)]",
        ],
        ["autograd.logsumexp(u)"],
    ),
]


@pytest.mark.parametrize("program", FOUND, ids=lambda program: program.terms[0])
@pytest.mark.parametrize("backend", ["numpy", "torch"])
def test_what_was_wrong_once(program: Program, backend: str) -> None:
    if backend != "numpy":
        pytest.importorskip(backend)
    assert fault(program, Options(backend)) is None


def test_random_programs_agree() -> None:
    """A few of them: ``python -m tests.fuzz`` takes its time for more."""
    found = search(fault, 100, seed=0)
    assert found.fault is None, f"{found.fault}\n{found.program}"


def test_random_programs_pass_the_proof() -> None:
    found = search(lambda program: fault(program, Options(check=True)), 30, seed=1)
    assert found.fault is None, f"{found.fault}\n{found.program}"
