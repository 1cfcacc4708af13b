"""Programs with loops that break a rule are refused."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

import autograd
from autograd import Value
from autograd.compiler.array_terms import Fill, OfRound, Reduce, Zeros
from autograd.compiler.errors import CompileError
from autograd.compiler.statements import AddTo, Assign, Loop, Procedure, PutAt
from autograd.compiler.symbols import Method
from autograd.compiler.terms import Number, Variable
from autograd.compiler.verifier import verify
from tests.autograd.compiler.test_verifier import procedure_of

W = [[Value(0.1 * i - 0.2 * j, label=f"W[{i},{j}]") for j in range(3)] for i in range(3)]
N_ROUNDS = 20


def network(x: list[Value]) -> Value:
    h = [Value(0.1), Value(0.2), Value(0.3)]
    total = Value(0.0)
    for each in x:
        h = [autograd.tanh(autograd.dot(row, h) + each) for row in W]
        total = total + autograd.dot(h, h)
    return total


def with_loops(whole: Procedure, forward: Callable[[Loop], Any], backward: Any = None) -> Procedure:
    """Return the procedure with other statements in place of its loops."""

    def changed(pass_: Any, change: Callable[[Loop], Any] | None) -> list[Any]:
        found: list[Any] = []
        for statement in pass_:
            of_loop = change is not None and isinstance(statement, Loop)
            new = change(statement) if of_loop and change is not None else statement
            found += new if isinstance(new, list) else [new]
        return found

    first, second = whole.passes
    return replace(whole, passes=[changed(first, forward), changed(second, backward)])


def same(loop: Loop) -> Loop:
    return loop


def one_round_more(loop: Loop) -> Loop:
    return replace(loop, count=loop.count + 1)


def of_another_counter(loop: Loop) -> Loop:
    return replace(loop, counter="B")


def keeps_nothing(loop: Loop) -> Loop:
    return replace(loop, kept=[])


def keeps_what_is_unknown(loop: Loop) -> Loop:
    return replace(loop, kept=[*loop.kept, Variable("unknown")])


def carries_the_mean(loop: Loop) -> Loop:
    """What differs between examples is not what their mean is."""
    [(state, term), *others] = loop.carried
    mean = Fill(Reduce(Method.SUM, term, (), of_batch=True), state.shape, False)
    return replace(loop, carried=[(state, mean), *others])


def carries_a_number(loop: Loop) -> Loop:
    [(state, _), *others] = loop.carried
    return replace(loop, carried=[(state, Number(0.0)), *others])


def forgets_the_first(loop: Loop) -> Loop:
    return replace(loop, carried=[(Variable("unknown"), Number(0.0)), *loop.carried])


def puts_a_row_of_another_length(loop: Loop) -> Loop:
    body: list[Any] = [
        replace(each, term=Zeros((99,), each.term.batched)) if isinstance(each, PutAt) else each
        for each in loop.body
    ]
    return replace(loop, body=body)


def reads_of_a_round_what_has_none(loop: Loop) -> Loop:
    state, _ = loop.carried[0]
    target = Variable("wrong", state.shape[1:], state.batched)
    return replace(loop, body=[*loop.body, Assign(target, OfRound(state, loop.counter))])


def adds_each_example(loop: Loop) -> Loop:
    body: list[Any] = [
        replace(each, term=Fill(each.term, each.target.shape, True))
        if isinstance(each, AddTo)
        else each
        for each in loop.body
    ]
    assert body != loop.body
    return replace(loop, body=body)


def reads_a_state_behind(loop: Loop) -> list[Any]:
    """What a loop in reverse restores is what it was in the first round, not in the last."""
    [state] = [each for each in loop.kept if each.name == "state"]
    return [loop, Assign(Variable("wrong", state.shape, state.batched), state)]


def reads_of_a_round_behind(loop: Loop) -> list[Any]:
    inside = next(each.target for each in loop.body if isinstance(each, Assign))
    return [loop, Assign(Variable("wrong", inside.shape, inside.batched), inside)]


@pytest.mark.parametrize(
    ("forward", "backward"),
    [
        (one_round_more, None),
        (same, one_round_more),
        (of_another_counter, None),
        (keeps_nothing, None),
        (keeps_what_is_unknown, None),
        (same, keeps_what_is_unknown),
        (carries_the_mean, None),
        (same, carries_the_mean),
        (carries_a_number, None),
        (forgets_the_first, None),
        (puts_a_row_of_another_length, None),
        (reads_of_a_round_what_has_none, None),
        (same, adds_each_example),
        (same, reads_a_state_behind),
        (reads_of_a_round_behind, None),
    ],
)
def test_a_mistaken_loop_is_refused(
    forward: Callable[[Loop], Any], backward: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = procedure_of(network, N_ROUNDS, monkeypatch)
    verify(with_loops(whole, same))
    with pytest.raises(CompileError, match="breaks a rule of its own"):
        verify(with_loops(whole, forward, backward))
