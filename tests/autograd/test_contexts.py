"""no_grad, per thread, and pause_gc."""

from __future__ import annotations

import gc
import sys
import threading
from collections.abc import Callable, Iterator

import pytest

import autograd
from autograd import Value, no_grad, pause_gc
from autograd.value import observers


@pytest.mark.parametrize(
    "compute",
    [
        lambda x: x + 1, lambda x: 2 * x, lambda x: -x, lambda x: x / 3, lambda x: x**2,
        lambda x: x**x, Value.relu, autograd.tanh, lambda x: autograd.dot([x], [x]),
        lambda x: autograd.sum([x, x, x]), lambda x: autograd.softmax([x, x, x])[0],
    ],
)  # fmt: skip
def test_results_are_leaves_with_the_same_data(compute: Callable[[Value], Value]) -> None:
    x = Value(1.5)
    with no_grad():
        found = compute(x)
    assert found.parents == ()
    assert found.op == ""
    assert found.data == compute(x).data
    assert compute(x).parents


def test_blocks_nest_and_end_with_an_exception() -> None:
    x = Value(1.0)
    with no_grad():
        with no_grad():
            assert (x + 1).parents == ()
        assert (x + 1).parents == ()
        with pytest.raises(ZeroDivisionError), no_grad():
            raise ZeroDivisionError
        assert (x + 1).parents == ()
    assert (x + 1).parents
    assert observers == []


def test_as_a_decorator() -> None:
    @no_grad()
    def predict(x: Value) -> Value:
        return x * x

    assert predict(Value(3.0)).parents == ()
    assert (Value(3.0) * 2).parents


def in_threads(*functions: Callable[[], None]) -> None:
    """Run each in a thread of its own, and raise what any of them raised."""
    failures: list[BaseException] = []

    def guarded(function: Callable[[], None]) -> None:
        try:
            function()
        except BaseException as failure:
            failures.append(failure)

    threads = [threading.Thread(target=guarded, args=[function]) for function in functions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]


def test_other_threads_go_on_recording() -> None:
    inside, done = threading.Event(), threading.Event()
    x = Value(2.0)

    def predicts() -> None:
        with no_grad():
            inside.set()
            assert done.wait(10)
            assert (x * x).parents == ()

    def trains() -> None:
        assert inside.wait(10)
        try:
            assert (x * x).parents == (x, x)
        finally:
            done.set()

    in_threads(predicts, trains)
    assert (x * x).parents


def test_a_block_that_another_thread_leaves_meanwhile() -> None:
    def leaves_now(node: Value) -> Value:
        observers.remove(leaves_now)
        return node

    observers.append(leaves_now)
    with no_grad():
        assert (Value(2.0) * 3).parents == ()
    assert observers == []


@pytest.fixture
def frequent_switches() -> Iterator[None]:
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


@pytest.mark.usefixtures("frequent_switches")
def test_threads_that_come_and_go_do_not_disturb_each_other() -> None:
    def predicts() -> None:
        x = Value(2.0)
        for _ in range(300):
            with no_grad():
                for _ in range(20):
                    assert (x * x).parents == ()
            assert (x * x).parents

    in_threads(*[predicts] * 6)
    assert observers == []


@pytest.mark.usefixtures("frequent_switches")
def test_graphs_of_their_own_in_several_threads() -> None:
    def trains() -> None:
        x = Value(2.0)
        for _ in range(100):
            x.grad = 0.0
            autograd.tanh(x * x * 0.1).backward()
            assert x.grad == pytest.approx(0.4 * (1 - autograd.tanh(0.4) ** 2))

    in_threads(*[trains] * 4)


def test_pause_gc_restores_the_collector_as_it_was() -> None:
    assert gc.isenabled()
    with pause_gc():
        assert not gc.isenabled()
        with pause_gc():
            assert not gc.isenabled()
        assert not gc.isenabled()
    assert gc.isenabled()
    with pytest.raises(ZeroDivisionError), pause_gc():
        raise ZeroDivisionError
    assert gc.isenabled()


@pytest.mark.usefixtures("collector_off")
def test_pause_gc_does_not_switch_the_collector_on() -> None:
    with pause_gc():
        pass
    assert not gc.isenabled()


def test_nodes_made_by_hand_know_the_contexts_too() -> None:
    x = Value(3.0)
    with no_grad():
        by_hand = Value(9.0, (x, x), (3.0, 3.0))
    assert (by_hand.data, by_hand.parents, by_hand.op) == (9.0, (), "")
    with autograd.record_origins():
        by_hand = Value(9.0, (x, x), (3.0, 3.0))
    assert by_hand.origin is not None
    assert by_hand.origin.filename == __file__
    with autograd.detect_anomaly(), pytest.raises(autograd.AnomalyError):
        Value(float("nan"), (x,), (1.0,))


def test_differentiating_without_recording_is_an_error_and_not_zero() -> None:
    with no_grad(), pytest.raises(autograd.OperandError, match="no graph"):
        autograd.grad(lambda x: x * x)(2.0)
    assert autograd.grad(lambda x: x * x)(2.0) == 4.0
