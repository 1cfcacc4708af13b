"""The backward pass edge by edge, and the tape that walks it in both directions."""

import math
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd import (
    ArgumentError,
    Step,
    Tape,
    Value,
    breakpoint_on,
    edges,
    steps,
    topological_order,
)
from tests.autograd.strategies import Expression, expressions, same


def gradients_of(loss: Value) -> list[float]:
    return [node.grad for node in topological_order(loss)]


@given(expressions(kinks=True))
def test_where_nobody_looks_on_the_gradients_are_the_same_to_the_bit(
    expression: Expression,
) -> None:
    _, stepped = expression.record()
    _, traced = expression.record()
    _, watched = expression.record()
    _, unseen = expression.record()
    taken = list(steps(stepped))
    before = sys.gettrace()
    sys.settrace(before or (lambda frame, event, argument: None))  # as a debugger does
    try:
        traced.backward()
    finally:
        sys.settrace(before)
    with breakpoint_on(when=lambda step: False):
        watched.backward()
    unseen.backward()
    expected = gradients_of(unseen)
    for loss in (stepped, traced, watched):
        assert all(map(same, gradients_of(loss), expected))
    assert len(taken) == len(list(edges(stepped)))


@given(expressions())
def test_every_step_adds_upstream_times_local_derivative(expression: Expression) -> None:
    _, loss = expression.record()
    for step in steps(loss):
        assert step.contribution == step.upstream * step.local_derivative
        assert step.after == step.before + step.contribution == step.parent.grad
        assert step.node.parents[step.position] is step.parent
        assert step.node.local_derivatives[step.position] == step.local_derivative
        assert step.upstream == step.node.grad


@given(expressions())
def test_a_gradient_is_complete_when_it_is_passed_on(expression: Expression) -> None:
    _, loss = expression.record()
    passed_on: set[Value] = set()
    for step in steps(loss):
        passed_on.add(step.node)
        assert step.parent not in passed_on


def test_a_step_says_its_equation_in_symbols_and_numbers() -> None:
    x = Value(-3.0, label="x")
    y = x * x
    y.label = "y"
    first, second = steps(y)
    assert first.symbols == "∂y/∂x += ∂y/∂y · ∂y/∂x"
    assert second.numbers == "1 · (-3) = -3: -3 → -6"


def test_a_factor_has_brackets_where_it_has_a_minus() -> None:
    x, y, z = Value(0.0), Value(2.0), Value(-3.0)
    assert [step.numbers for step in steps(x * y * z)] == [
        "1 · (-3) = -3: 0 → -3",
        "1 · 0 = 0: 0 → 0",
        "(-3) · 2 = -6: 0 → -6",
        "(-3) · 0 = 0: 0 → 0",
    ]
    dead = Value(-1.0).relu()
    assert [step.numbers for step in steps(2 * dead)][-1] == "2 · 0 = 0: 0 → 0"
    assert [step.numbers for step in steps(dead * 0)][-1] == "0 · 0 = 0: 0 → 0"


def test_leaving_off_half_way_leaves_the_gradients_of_that_moment() -> None:
    x = Value(3.0)
    next(steps(x * x))
    assert x.grad == 3.0


@given(expressions(), st.data())
def test_every_position_has_its_gradients_whichever_way_it_is_reached(
    expression: Expression, data: st.DataObject
) -> None:
    leaves, loss = expression.record()
    leaves[0].grad = 0.25  # what a leaf had before stays under it
    tape = Tape(loss)
    moments = [gradients_of(loss)]
    while tape.next() is not None:
        moments.append(gradients_of(loss))
    assert tape.position == len(tape) == len(moments) - 1
    for position in data.draw(st.lists(st.integers(0, len(tape)), max_size=8)):
        tape.goto(position)
        assert gradients_of(loss) == moments[position]


def test_the_ends_of_a_tape() -> None:
    tape = Tape(Value(2.0) * 3)
    assert tape.current is None
    assert tape.back() is None
    assert isinstance(tape.goto(-1), Step)
    assert tape.next() is None
    with pytest.raises(ArgumentError, match="positions 0 to 2, not 3"):
        tape.goto(3)
    assert tape.position == 2


def test_until_stops_at_the_first_step_that_fulfils_the_condition() -> None:
    x = Value(2.0, label="x")
    y = (x * x + x).tanh()
    tape = Tape(y)
    step = tape.until(lambda step: step.parent is x)
    assert step is not None
    assert step.after == step.contribution == x.grad != 0.0
    assert tape.until(lambda step: math.isnan(step.after)) is None
    assert tape.position == len(tape)


def test_a_leaf_has_a_tape_without_steps() -> None:
    x = Value(2.0)
    tape = Tape(x)
    assert (len(tape), tape.next(), x.grad) == (0, None, 1.0)
