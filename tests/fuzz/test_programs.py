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


def test_random_programs_agree() -> None:
    """A few of them: ``python -m tests.fuzz`` takes its time for more."""
    found = search(fault, 100, seed=0)
    assert found.fault is None, f"{found.fault}\n{found.program}"


def test_random_programs_pass_the_proof() -> None:
    found = search(lambda program: fault(program, Options(check=True)), 30, seed=1)
    assert found.fault is None, f"{found.fault}\n{found.program}"
