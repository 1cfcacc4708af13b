"""The verifier refuses programs whose axes are mistaken: each mutant breaks one rule."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
import pytest

import autograd
from autograd import CompileError, Value
from autograd.compiler import procedure
from autograd.compiler.array_terms import (
    Contract,
    Fill,
    Lookup,
    NewAxes,
    OfRows,
    Reduce,
    Reshape,
    Select,
    SumsAt,
    Take,
)
from autograd.compiler.compiling import compile
from autograd.compiler.statements import AddAt, Assign, Procedure, Statement
from autograd.compiler.step import CompiledLoss
from autograd.compiler.symbols import Method, Over, Range
from autograd.compiler.terms import Apply, Number, Term, Variable
from autograd.compiler.verifier import verify
from tests.autograd.compiler.test_axes import FACTORS, parameters


def procedure_of(loss: Callable[[Any], Value], n: int, monkeypatch: Any) -> Procedure:
    """Return the statements that a loss becomes."""
    found: list[Procedure] = []
    monkeypatch.setattr(procedure, "verify", found.append)
    compile(loss, batch="x", check=False)(np.ones((2, n)))
    verify(found[0])
    return found[0]


A, K = Value(0.8), [Value(0.3), Value(-0.5)]
W, V = [[parameters(3) for _ in range(n)] for n in (3, 2)]


def norms(x: list[Value]) -> Value:
    """The first family: factors that all examples share are upstream of the rows of each."""
    rows = [autograd.norm([A * x[k], A * x[k + 1]]) for k in range(5)]
    return autograd.dot(FACTORS, rows)


def shared(x: list[Value]) -> Value:
    """The second family: a layer of one neuron for two positions, read as a row."""
    h = [autograd.sigmoid(K[0] * x[i] + K[1] * x[i + 1]) for i in range(2)]
    u = [autograd.tanh(A * v) for v in x]
    return autograd.dot(u[:2], h) * autograd.dot(u[2:4], h)


def layers(x: list[Value]) -> Value:
    h = [autograd.tanh(autograd.dot(row, x)) for row in W]
    h = [autograd.tanh(autograd.dot(row, h)) for row in V]
    return autograd.logsumexp([h[0] * x[0], h[1], h[1] * h[0]]) + autograd.cross_entropy(h, 1)


PROGRAMS = [(norms, 6), (shared, 4), (layers, 3)]


def rebuilt(term: Term, change: Callable[[Term], Term | None]) -> Term:
    """Return the term with the first subterm changed that the change takes."""
    if (changed := change(term)) is not None:
        return changed
    operands = list(term.operands)
    for i, operand in enumerate(operands):
        operands[i] = rebuilt(operand, change)
        if operands[i] is not operand:
            break
    return term.with_operands(tuple(operands))


def with_change(whole: Procedure, change: Callable[[Term], Term | None]) -> Procedure | None:
    """Return the procedure with one term changed, None if there is none to change."""
    for which, statements in enumerate(whole.passes):
        for i, statement in enumerate(statements):
            term = rebuilt(statement.term, change)
            if term is not statement.term:
                changed = [*statements[:i], replace(statement, term=term), *statements[i + 1 :]]
                return with_pass(whole, which, changed)
    return None


def with_pass(whole: Procedure, which: int, statements: list[Statement]) -> Procedure:
    passes = [*whole.passes]
    passes[which] = statements
    return replace(whole, passes=passes)


def declared(term: Term, like: Term) -> Term:
    """Return a term that says of itself what another is."""
    term.shape, term.batched = like.shape, like.batched
    return term


def table_of_each_example(term: Term) -> Term | None:
    if not isinstance(term, Lookup):
        return None
    table, positions = term.operands
    return declared(Lookup(Fill(table, table.shape, True), positions), term)


def terms_of_all_examples(term: Term) -> Term | None:
    if not isinstance(term, SumsAt):
        return None
    terms, positions = term.operands
    total = Reduce(Method.SUM, terms, (), of_batch=True)
    return declared(SumsAt(total, positions, term.length), term)


@pytest.mark.parametrize(
    ("mutant", "message"),
    [
        (table_of_each_example, "is no table that the examples share"),
        (terms_of_all_examples, "has not one term for each position"),
    ],
)
def test_lookups_are_verified(
    mutant: Callable[[Term], Term | None], message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    found: list[Procedure] = []
    monkeypatch.setattr(procedure, "verify", found.append)
    compile(lambda x: autograd.norm(W[x]), batch="x", check=False)([0, 2, 1])
    verify(found[0])
    changed = with_change(found[0], mutant)
    assert changed is not None
    with pytest.raises(CompileError, match=message):
        verify(changed)


def an_axis_too_many(term: Term) -> Term | None:
    """The upstream gets as many axes as it lacks of the rows *with* the batch."""
    if isinstance(term, NewAxes) and not term.batched:
        return declared(NewAxes(term.operands[0], 2), term)
    return None


def a_column_read_as_a_row(term: Term) -> Term | None:
    """The batch is laid along with the axis behind it, as if there were none."""
    if isinstance(term, Reshape) and term.batched:
        row = Reshape(term.operands[0], term.shape)
        row.batched = False
        return row
    return None


def the_batch_for_an_axis(term: Term) -> Term | None:
    if isinstance(term, Reduce) and term.of_batch and term.operands[0].shape:
        return declared(Reduce(term.method, term.operands[0], [0]), term)
    return None


def a_matrix_turned(term: Term) -> Term | None:
    if isinstance(term, Contract) and term.over is Over.LAST_AND_FIRST:
        return declared(Contract(Over.LAST, *term.operands), term)
    return None


def a_row_further(term: Term) -> Term | None:
    if isinstance(term, Select) and isinstance(term.index[-1], Range):
        start, stop, step = term.index[-1]
        index = (*term.index[:-1], Range(start + 9, stop + 9, step))
        return declared(Select(term.operands[0], index), term)
    return None


def another_shape_of_positions(term: Term) -> Term | None:
    if isinstance(term, Take):
        return declared(Take(term.operands[0], Variable("x", (3,), True)), term)
    return None


def a_name_that_is_not_known(term: Term) -> Term | None:
    if isinstance(term, Variable) and term.name.startswith("d"):
        return declared(Variable("dnothing"), term)
    return None


def a_batch_that_is_not_said(term: Term) -> Term | None:
    if isinstance(term, (Apply, OfRows)) and term.batched:
        copy = term.with_operands(
            tuple([declared(Fill(each, *each.full), each) for each in term.operands])
        )
        copy.batched = False
        return copy
    return None


MUTANTS = [
    an_axis_too_many,
    a_column_read_as_a_row,
    the_batch_for_an_axis,
    a_matrix_turned,
    a_row_further,
    another_shape_of_positions,
    a_name_that_is_not_known,
    a_batch_that_is_not_said,
]


@pytest.mark.parametrize("mutant", MUTANTS)
def test_a_mistaken_term_is_refused(mutant: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    refused = 0
    for loss, n in PROGRAMS:
        changed = with_change(procedure_of(loss, n, monkeypatch), mutant)
        if changed is not None:
            with pytest.raises(CompileError, match="breaks a rule of its own"):
                verify(changed)
            refused += 1
    assert refused


def mutated_statements(whole: Procedure) -> dict[str, Procedure]:
    """Return the procedure with one statement wrong, by what is wrong."""
    found = {}
    forward, backward = whole.passes
    found["a value twice"] = with_pass(whole, 0, [forward[0], *forward])
    found["no loss"] = with_pass(whole, 0, forward[:-1])
    *before, last = backward
    found["no gradient"] = with_pass(whole, 1, before)
    batched = Variable(last.target.name, last.target.shape, True)
    each = Assign(batched, Fill(Number(0.0), batched.shape, True))
    found["a gradient for each example"] = with_pass(whole, 1, [*before, each])
    for at, statement in enumerate(backward):
        if isinstance(statement, AddAt):
            before, after = backward[:at], backward[at + 1 :]
            none = [each for each in before if each.target.name != statement.target.name]
            found["nothing to add to"] = with_pass(whole, 1, [*none, statement, *after])
            too_long = replace(statement, term=Fill(Number(1.0), (99,), False))
            found["too much is added"] = with_pass(whole, 1, [*before, too_long, *after])
    return found


@pytest.mark.parametrize(("loss", "n"), PROGRAMS)
def test_mistaken_statements_are_refused(
    loss: Any, n: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    for mutant in mutated_statements(procedure_of(loss, n, monkeypatch)).values():
        with pytest.raises(CompileError, match="breaks a rule of its own"):
            verify(mutant)


def test_every_program_is_verified_when_it_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: Procedure) -> None:
        raise CompileError("refused")

    monkeypatch.setattr(procedure, "verify", refuse)
    with pytest.raises(CompileError, match="refused"):
        autograd.compile(lambda x: Value(2.0) * x, batch="x", check=False)([1.0])


def test_to_verify_takes_a_small_part_of_the_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """5 % at most by a quiet clock (benchmarks say); here with room for a busy one."""
    taken = [0.0, 0.0]

    def timed(which: int, function: Callable[..., Any], *arguments: Any) -> Any:
        start = perf_counter()
        result = function(*arguments)
        taken[which] += perf_counter() - start
        return result

    monkeypatch.setattr(procedure, "verify", lambda each: timed(0, verify, each))
    for _ in range(3):
        for loss, n in PROGRAMS:
            step: CompiledLoss = compile(loss, batch="x", check=False)
            timed(1, step, np.ones((3, n)))
    assert taken[0] < 0.15 * taken[1]


COMPILER = Path(autograd.__file__).parent / "compiler"


def test_no_text_that_this_package_wrote_is_parsed_or_searched() -> None:
    """Structure is known by structure: neither ``ast`` nor ``re`` reads a program or its terms."""
    of_labels = {"array_labels.py", "array_names.py", "names.py", "weight_arrays.py"}  # of users
    for path in COMPILER.rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"^\s*(import|from) (ast|tokenize|symtable)\b", text, re.M), path
        assert path.name in of_labels or not re.search(r"^\s*import re\b", text, re.M), path
