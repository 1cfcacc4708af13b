"""Blocks: what a ``with`` statement changes while it runs, and never a moment longer.

An interrupt can come between any two instructions, also after ``__enter__`` has changed something
and before the statement has taken note of it, or in ``__exit__`` before it has changed it back. So
a block is not undone by code that might never run. It is open as long as a *hold* lives, which the
``with`` statement alone refers to: when the statement is left, in whatever way, the hold dies, and
what is noted elsewhere are weak references to it. The frames of leaving a block don't refer to its
hold, for a traceback, which somebody may keep, would keep the block open.

What is open is noted per context (:mod:`contextvars`): threads and asyncio tasks don't see each
other's blocks. They are told of what they wait for behind :mod:`autograd.gates`.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from enum import IntEnum
from functools import partial, wraps
from threading import get_ident
from types import FrameType
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar, overload
from weakref import ref

from autograd.errors import OperandError
from autograd.gates import here

if TYPE_CHECKING:
    from autograd.chain_rule import Pass
    from autograd.gates import Gate, Hold, Look
    from autograd.requirements import Requirement
    from autograd.value import Value

P = ParamSpec("P")
R = TypeVar("R")


class Stage(IntEnum):
    """In what order the blocks of a context are told of a node, whichever was entered first."""

    PLACE = 0  # where a node was made is noted before anybody complains
    CHECK = 1  # and its operands are known as long as it has them
    HISTORY = 2


class Run:
    """One run of a block, from when it is entered to when it is left."""

    __slots__ = ("block", "is_open", "notes")

    def __init__(self, block: Block) -> None:
        self.block = block
        self.is_open = False
        self.notes: list[tuple[Gate, ref[Hold]]] = []  # what stands for it behind gates

    def leave(self, *exception: object) -> None:
        """End the run, as the ``__exit__`` of a with statement."""
        if not self.is_open:  # asked for by hand, after __enter__
            _leave_by_hand(self.block)
            return
        self.is_open = False
        self.block.closed(self)

    def stand_nowhere(self) -> None:
        """Be behind no gate any more."""
        for gate, note in self.notes:
            gate.discard(note)
        self.notes.clear()  # so that nobody is told when the hold dies


class _Exit:
    """The ``__exit__`` of blocks: a with statement is given a new hold, to call at the end."""

    @overload
    def __get__(self, block: None, kind: type[Block]) -> Callable[..., None]: ...
    @overload
    def __get__(self, block: Block, kind: type[Block]) -> Hold: ...
    def __get__(self, block: Block | None, kind: type[Block]) -> Callable[..., None]:
        if block is None:
            return _leave_by_hand
        hold = partial(Run.leave, Run(block))
        block._begun[get_ident()] = ref(hold)
        return hold


def _leave_by_hand(block: Block, *exception: object) -> None:
    if block._by_hand:
        block._by_hand.pop()()


class Block:
    """Be a context manager, and a decorator, whose effect ends with its block whatever happens.

    A subclass says behind which ``gates`` it waits, and is then told by the methods below. A block
    may be entered again, also within itself and by several threads at once.
    """

    stage = Stage.CHECK
    gates: tuple[Gate, ...] = ()

    def __init__(self) -> None:
        # A with statement asks for __exit__ first: the hold that it got, in each thread.
        self._begun: dict[int, ref[Hold]] = {}
        # An ExitStack takes the methods from the class, and so does who calls __enter__ by hand.
        self._by_hand: list[Hold] = []

    def __enter__(self) -> None:
        hold = self._begun.pop(get_ident(), None)
        if hold is None or hold() is None:
            self._by_hand.append(partial(Run.leave, Run(self)))
            hold = ref(self._by_hand[-1])
        self.opened(hold)

    __exit__ = _Exit()

    def opened(self, hold: ref[Hold]) -> None:
        """Begin to be told, as long as there is the hold."""
        begin(hold, self.gates)
        holds = [*filter(_is_open, here.get()), hold]
        if len(holds) > 1:
            holds.sort(key=_stage)
        here.set(tuple(holds))

    def closed(self, run: Run) -> None:
        """End being told."""
        run.stand_nowhere()
        here.set(tuple(filter(_is_open, here.get())))

    def __call__(self, function: Callable[P, R]) -> Callable[P, R]:
        """Return a function that runs within the block, also while it is awaited or iterated over.

        Raises:
            OperandError: for an asynchronous generator.
        """
        from inspect import isasyncgenfunction, iscoroutinefunction, isgeneratorfunction

        called: Any = function

        def inside(*arguments: P.args, **options: P.kwargs) -> Any:
            with self:
                return called(*arguments, **options)

        async def awaited_inside(*arguments: P.args, **options: P.kwargs) -> Any:
            with self:
                return await called(*arguments, **options)

        def iterated_inside(*arguments: P.args, **options: P.kwargs) -> Any:
            return self._resumed_inside(called(*arguments, **options))

        if isasyncgenfunction(function):
            raise OperandError(
                f"{function.__qualname__} is an asynchronous generator, which can't be decorated: "
                "write the with statement inside of it, around what doesn't yield"
            )
        found: Any = inside
        if iscoroutinefunction(function):
            found = awaited_inside
        elif isgeneratorfunction(function):
            found = iterated_inside
        return wraps(function)(found)

    def _resumed_inside(self, generator: Generator[Any, Any, Any]) -> Generator[Any, Any, Any]:
        """Run a generator within the block, but not what runs between its values."""
        resume: Callable[[Any], Any] = generator.send
        sent: Any = None
        while True:
            try:
                with self:
                    value = resume(sent)
            except StopIteration as end:
                return end.value
            try:
                sent = yield value
                resume = generator.send
            except GeneratorExit:
                with self:
                    generator.close()
                raise
            except BaseException as error:
                sent, resume = error, generator.throw

    def node_made(self, node: Value) -> Value:
        """Look at a node that was computed, and return what takes its place."""
        return node

    def leaf_made(self, leaf: Value) -> None:
        """Look at a leaf that somebody made from a number."""

    def detached(self, value: Value) -> Value | None:
        """Return what ``value.detach()`` is to return, if not the usual."""
        return None

    def local_derivatives(self, node: Value) -> Sequence[Any] | None:
        """Return the local derivatives of a node as Values, if not those that its rule gives."""
        return None

    def looked_at(self, value: Value, look: Look, frame: FrameType) -> None:
        """Take note that code in this frame looks at the number in a Value."""

    def compared(self, value: Value, other: object, frame: FrameType) -> None:
        """Take note that code in this frame writes ``value == other``."""

    def required(self, value: Value, requirement: Requirement) -> bool:
        """Take note of what a rule requires of a Value; return whether it will be looked into."""
        return False

    def pass_began(self, loss: Value) -> Pass | None:
        """Look at the loss of a backward pass that has just begun, and return what is to run it."""
        return None


def _is_open(hold: ref[Hold]) -> bool:
    found = hold()
    return found is not None and found.args[0].is_open


def _stage(hold: ref[Hold]) -> Stage:
    found = hold()
    return Stage.CHECK if found is None else found.args[0].block.stage


def begin(hold: ref[Hold], gates: tuple[Gate, ...]) -> None:
    """Open a run, and let it stand behind gates until it is left, or else until the hold dies."""
    found = hold()
    if found is not None:
        run = found.args[0]
        run.is_open = True
        for gate in gates:
            [note] = {ref(found, gate.discard)}  # in a set, for it must be hashed while that lives
            run.notes.append((gate, note))
            gate.add(note)
