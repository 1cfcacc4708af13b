"""What explanations print is read back to the same number, in every notation."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import autograd as ag
from autograd import Value, ops
from autograd.errors import LabelError
from autograd.explanations.encodings import in_ascii
from autograd.explanations.explanation import factors
from autograd.explanations.formulas import local_derivative_expression, value_expression
from autograd.explanations.notation import WRITERS, Expression
from autograd.explanations.path_sums import paths
from autograd.reading import evaluate
from autograd.text import normal_form
from tests.autograd.strategies import Expression as Program
from tests.autograd.strategies import expressions

MOST_DIGITS = 1e-5  # numbers in formulas are written with six digits


def symbols(root: Expression) -> dict[str, float]:
    """The names in an expression, with their numbers."""
    found: dict[str, float] = {}
    pending = [root]
    while pending:
        term = pending.pop()
        if term.kind == "symbol":
            found[term.name] = term.number
        pending += term.operands
    return found


def read_back(text: str, names: dict[str, float]) -> float:
    def lookup(name: str) -> float:
        for form in (name, normal_form(name), name.replace("_", "")):
            for known, number in names.items():
                if form in (known, normal_form(known), in_ascii(known)):
                    return number
        raise LabelError(f"no {name!r}")

    return evaluate(text, lookup)


def is_elided(root: Expression) -> bool:
    return "…" in symbols(root)


def labelled(program: Program) -> Value:
    _, loss = program.record()
    letters = "abcdfghkmnpqrtuvwxyzαβγδζθκλμνξρτφχψω"
    for i, node in enumerate(ag.topological_order(loss)):
        node.label = letters[i % len(letters)] + (
            str(i // len(letters)) if i >= len(letters) else ""
        )
    return loss


@settings(max_examples=60)
@given(expressions(kinks=True, max_instructions=8), st.sampled_from(sorted(WRITERS)))
def test_local_derivatives_and_values_are_read_back(program: Program, notation: str) -> None:
    loss = labelled(program)
    for node in ag.topological_order(loss):
        if not node.parents:
            continue
        written = [(value_expression(node), node.data)]
        for i, local in enumerate(node.local_derivatives):
            written.append((local_derivative_expression(node, i), local))
        for expression, number in written:
            text = WRITERS[notation]().write(expression)
            # At 0 a convention may stand in for what the formula says.
            if 0.0 in symbols(expression).values() or not math.isfinite(number):
                continue
            if is_elided(expression):
                continue
            size = max(map(abs, symbols(expression).values()), default=1.0)
            expected = pytest.approx(number, rel=MOST_DIGITS, abs=MOST_DIGITS * max(size, 1.0))
            assert read_back(text, symbols(expression)) == expected, text
            if notation == "unicode":
                assert read_back(in_ascii(text), symbols(expression)) == expected, text


UNARY = [op for op in ops.TABLE.values() if isinstance(op, ops.record.Unary)]


@pytest.mark.parametrize("notation", sorted(WRITERS))
@pytest.mark.parametrize("op", UNARY, ids=lambda op: op.name)
@pytest.mark.parametrize("x", [0.3, 0.7])
def test_the_formula_of_every_op_is_read_back(op: ops.Primitive, x: float, notation: str) -> None:
    a = Value(x if math.isfinite(op(x)) else x + 1.0, label="a")
    h = op(a)
    h.label = "h"
    for expression, number in (
        (local_derivative_expression(h, 0), h.local_derivatives[0]),
        (value_expression(h), h.data),
    ):
        text = WRITERS[notation]().write(expression)
        assert read_back(text, symbols(expression)) == pytest.approx(number, rel=MOST_DIGITS), text


@given(expressions(max_instructions=6))
def test_the_products_along_paths_are_read_back(program: Program) -> None:
    leaves, loss = program.record()
    for path in list(paths(loss, leaves[0], top=3)):
        text = factors(path)
        if "…" in text or "nan" in text or "inf" in text:
            continue
        expected = pytest.approx(path.product, rel=0.01, abs=1e-12)
        assert evaluate(text, {}.__getitem__) == expected
        assert evaluate(in_ascii(text), {}.__getitem__) == expected
