"""no_grad, per thread, and pause_gc."""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import gc
import threading
from collections.abc import AsyncIterator, Callable, Iterator

import pytest

import autograd
from autograd import Value, no_grad, pause_gc
from autograd.gates import watching_leaves, watching_nodes, watching_numbers, watching_steps
from tests.threads import in_threads


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


def test_as_a_decorator() -> None:
    @no_grad()
    def predict(x: Value) -> Value:
        return x * x

    assert predict(Value(3.0)).parents == ()
    assert (Value(3.0) * 2).parents


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


def test_a_block_that_another_thread_leaves() -> None:
    def predicts() -> Iterator[Value]:
        with no_grad():
            yield Value(2.0) * 3

    generator = predicts()
    assert next(generator).parents == ()
    assert (Value(2.0) * 3).parents == ()  # Python has no context for each generator
    in_threads(generator.close)
    assert (Value(2.0) * 3).parents


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
    assert (Value(2.0) * 3).parents


@pytest.mark.usefixtures("frequent_switches")
def test_graphs_of_their_own_in_several_threads() -> None:
    def trains() -> None:
        x = Value(2.0)
        for _ in range(100):
            x.grad = 0.0
            autograd.tanh(x * x * 0.1).backward()
            assert x.grad == pytest.approx(0.4 * (1 - autograd.tanh(0.4) ** 2))

    in_threads(*[trains] * 4)


def test_tasks_that_overlap_do_not_disturb_each_other() -> None:
    x = Value(2.0)
    switch = lambda: asyncio.sleep(0)  # noqa: E731

    async def predicts(times: int) -> None:
        for _ in range(times):
            with no_grad():
                await switch()
                assert (x * x).parents == ()
            with autograd.record_origins():
                await switch()
                assert autograd.tanh(x).origin is not None
            await switch()
            assert (x * x).parents
            assert (x * x).origin is None

    async def trains(times: int) -> None:
        for _ in range(times):
            y = x * x
            await switch()
            assert y.parents == (x, x)
            with autograd.detect_anomaly():
                await switch()
                with pytest.raises(autograd.AnomalyError):
                    1 / Value(0.0)
            await switch()
            assert (1 / Value(0.0)).data == float("inf")

    async def all_at_once() -> None:
        await asyncio.gather(predicts(20), trains(30), predicts(7), trains(11))

    asyncio.run(all_at_once())
    assert (x * x).parents


def test_a_task_that_is_started_within_a_block_is_within_it_while_it_lasts() -> None:
    x = Value(2.0)

    async def child(event: asyncio.Event) -> None:
        assert (x * x).parents == ()
        await event.wait()
        assert (x * x).parents

    async def parent() -> None:
        event = asyncio.Event()
        with no_grad():
            task = asyncio.create_task(child(event))
            await asyncio.sleep(0)
        event.set()
        await task

    asyncio.run(parent())


def test_a_block_goes_with_what_it_decorates() -> None:
    x = Value(2.0)

    @no_grad()
    async def awaited() -> Value:
        await asyncio.sleep(0)
        return x * x

    @no_grad()
    def generated() -> Iterator[Value]:
        received = None
        while received != "end":
            try:
                received = yield x * x
            except ValueError:
                yield x + x

    async def awaits() -> Value:
        task = asyncio.create_task(awaited())
        await asyncio.sleep(0)
        assert (x * x).parents  # while the other is suspended
        return await task

    assert asyncio.run(awaits()).parents == ()
    generator = generated()
    assert next(generator).parents == ()
    assert (x * x).parents
    assert generator.throw(ValueError).parents == ()
    assert next(generator).parents == ()
    with pytest.raises(StopIteration):
        generator.send("end")
    with pytest.raises(TypeError, match="predicted is an asynchronous generator"):

        @no_grad()
        async def predicted() -> AsyncIterator[Value]:
            yield x * x


def test_what_a_decorated_generator_does_at_its_end_is_within_the_block() -> None:
    x = Value(2.0)
    seen = []

    @no_grad()
    def generated() -> Iterator[Value]:
        try:
            yield x * x
        finally:
            seen.append(x * x)

    generator = generated()
    next(generator)
    generator.close()
    for found in generated():
        assert found.parents == ()
    assert [node.parents for node in seen] == [(), ()]
    assert (x * x).parents


def test_a_block_may_be_kept_nested_and_entered_again() -> None:
    x = Value(2.0)
    block = no_grad()
    for _ in range(2):
        with block:
            with block:
                assert (x * x).parents == ()
            assert (x * x).parents == ()
        assert (x * x).parents


@pytest.mark.usefixtures("frequent_switches")
def test_one_block_in_several_threads() -> None:
    block = no_grad()

    def predicts() -> None:
        x = Value(2.0)
        for _ in range(300):
            with block:
                assert (x * x).parents == ()
            assert (x * x).parents

    in_threads(*[predicts] * 4)


def test_one_block_that_two_threads_enter_at_the_same_moment() -> None:
    """As a with statement does: it asks for the exit, enters, and calls that exit at the end."""
    x = Value(2.0)
    block, together = no_grad(), threading.Barrier(2, timeout=60)

    def first() -> None:
        leave = block.__exit__
        together.wait()
        together.wait()  # the second has begun too
        block.__enter__()
        together.wait()
        together.wait()  # the second has entered too
        assert (x * x).parents == ()
        leave(None, None, None)
        assert (x * x).parents
        together.wait()

    def second() -> None:
        together.wait()
        leave = block.__exit__
        together.wait()
        together.wait()
        block.__enter__()
        together.wait()
        together.wait()  # the first has left
        assert (x * x).parents == ()
        leave(None, None, None)
        assert (x * x).parents

    in_threads(first, second)


def test_blocks_in_an_exit_stack_and_by_hand() -> None:
    x = Value(2.0)
    with contextlib.ExitStack() as stack:
        stack.enter_context(no_grad())
        stack.enter_context(pause_gc())
        assert (x * x).parents == ()
        assert not gc.isenabled()
    assert (x * x).parents
    assert gc.isenabled()
    block = no_grad()
    block.__enter__()
    block.__enter__()
    block.__exit__(None, None, None)
    assert (x * x).parents == ()
    block.__exit__(None, None, None)
    assert (x * x).parents


def test_a_block_entered_by_hand_within_itself() -> None:
    x = Value(2.0)
    block = no_grad()
    with block:
        block.__enter__()
        block.__exit__(None, None, None)
        assert (x * x).parents == ()
    assert (x * x).parents
    with block:
        block.__enter__()
    assert (x * x).parents == ()
    block.__exit__(None, None, None)
    assert (x * x).parents


def test_a_block_that_was_left_is_over_although_somebody_keeps_its_exit() -> None:
    """And although others look at every node, so that nodes are told of."""
    x = Value(2.0)
    block = no_grad()
    with autograd.record_origins():
        kept = block.__exit__
        block.__enter__()
        assert not autograd.contexts.is_recording()
        begun_within = contextvars.copy_context()
        kept(None, None, None)
        for run in (contextvars.Context.run, lambda context, look: look()):
            assert run(begun_within, lambda: (x * x).parents) == (x, x)
            assert run(begun_within, autograd.contexts.is_recording)
    kept(None, None, None)  # again does no harm
    assert (x * x).parents


GATES = (watching_nodes, watching_leaves, watching_numbers, watching_steps)


@pytest.mark.parametrize(
    "block",
    [no_grad, pause_gc, autograd.record_origins, autograd.detect_anomaly,
     lambda: autograd.breakpoint_on(when=lambda step: False)],
)  # fmt: skip
def test_nobody_stands_behind_the_gates_when_blocks_are_left(
    block: Callable[[], autograd.blocks.Block],
) -> None:
    """So what is quick while nobody looks on stays quick."""
    within = block()
    kept = within.__exit__
    within.__enter__()
    kept(None, None, None)
    with block(), within, within:
        pass
    with contextlib.ExitStack() as stack:
        stack.enter_context(within)
    with pytest.raises(ZeroDivisionError), block():
        raise ZeroDivisionError
    assert not any(GATES)
    assert gc.isenabled()


def test_a_context_keeps_nothing_of_blocks_that_were_left_elsewhere() -> None:
    """As those of a generator may be, that another thread or task goes on with."""

    def within() -> Iterator[None]:
        with no_grad():
            yield

    def blocks_kept() -> int:
        for _ in range(20):
            generator = within()
            next(generator)
            in_threads(generator.close)
        return sum(isinstance(each, tuple) and len(each) for each in context.values())

    context = contextvars.copy_context()
    assert context.run(blocks_kept) <= 1


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_blocks_that_are_left_out_of_order(order: tuple[int, int]) -> None:
    """As those of two generators may be."""
    x = Value(2.0)

    def within(block: autograd.blocks.Block) -> Iterator[None]:
        with block:
            yield

    generators = [within(no_grad()), within(autograd.record_origins())]
    for generator in generators:
        next(generator)
    assert (x * x).parents == ()
    generators[order[0]].close()
    y = x * x
    assert (y.parents == (), y.origin is None) == (order[0] == 1, order[0] == 1)
    generators[order[1]].close()
    assert ((x * x).parents, (x * x).origin) == ((x, x), None)


def test_order_does_not_depend_on_which_was_entered_first() -> None:
    blocks = [no_grad, autograd.record_origins, autograd.detect_anomaly]
    for rotated in range(3):
        with contextlib.ExitStack() as stack:
            for block in blocks[rotated:] + blocks[:rotated]:
                stack.enter_context(block())
            with pytest.raises(autograd.AnomalyError, match=r"operands: x = 0(.|\n)*made at"):
                Value(0.0, label="x").log()
            assert (Value(2.0) * 3).parents == ()


def test_the_collector_is_off_until_the_last_thread_is_done() -> None:
    first_in, second_in, first_out = threading.Event(), threading.Event(), threading.Event()

    def first() -> None:
        with pause_gc():
            first_in.set()
            assert second_in.wait(60)
        first_out.set()

    def second() -> None:
        assert first_in.wait(60)
        with pause_gc():
            second_in.set()
            assert first_out.wait(60)
            assert not gc.isenabled()

    in_threads(first, second)
    assert gc.isenabled()


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
