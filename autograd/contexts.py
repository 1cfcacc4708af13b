"""Context managers: compute without a graph, build a graph without the garbage collector."""

from __future__ import annotations

import gc
import sys
from typing import TYPE_CHECKING
from weakref import ref

from autograd.blocks import Block, Run, Stage, begin
from autograd.gates import blocks_here, watching_leaves, watching_nodes
from autograd.origins import calling_frame
from autograd.value import Value, leaf

if TYPE_CHECKING:
    from autograd.gates import Gate, Hold


def no_grad() -> Block:
    """Record no graph: within the block results are leaves.

    Holds for the current thread, and asyncio task, and for those tasks that are started within the
    block, as long as it lasts. As a decorator it holds while the function runs.

    >>> x = Value(3.0)
    >>> with no_grad():
    ...     y = x * x
    >>> y.data, y.parents
    (9.0, ())
    """
    return _NoGrad()


class _NoGrad(Block):
    stage = Stage.HISTORY
    gates = (watching_nodes,)

    def node_made(self, node: Value) -> Value:
        return node.detach() if watching_leaves else leaf(node._data, node.label)


def is_recording() -> bool:
    """Return whether graphs are recorded here: they aren't within :func:`no_grad`.

    >>> with no_grad():
    ...     print(is_recording())
    False
    """
    return not any(isinstance(block, _NoGrad) for block in blocks_here())


def record_origins() -> Block:
    """Let every node know where in the source it was made.

    The place is that of the expression outside this package, in ``node.origin``; errors and
    explanations then point at it. Holds where :func:`no_grad` would; elsewhere it costs nothing.

    >>> with record_origins():
    ...     y = Value(3.0) * 2
    >>> y.origin.line, (Value(3.0) * 2).origin
    (2, None)
    """
    return RecordOrigins()


class RecordOrigins(Block):
    """The block of :func:`record_origins`."""

    stage = Stage.PLACE
    gates: tuple[Gate, ...] = (watching_nodes,)

    def node_made(self, node: Value) -> Value:
        """Note the instruction of the user's code that made the node."""
        frame = calling_frame(sys._getframe(3))  # of the op, or whoever made a node by hand
        node._instruction = frame.f_code, frame.f_lasti
        return node


def pause_gc() -> Block:
    """Pause Python's cyclic garbage collector, and restore it as it was.

    Graphs have no reference cycles, so they are freed all the same; but while a large graph grows,
    the collector walks it again and again in vain. Holds for the whole process, until the last of
    the blocks that pause it is left.

    >>> with pause_gc():
    ...     total = sum(Value(1.0) for _ in range(1000))
    """
    return _PauseGC()


class _Pauses(set["ref[Hold]"]):
    """Those who pause the collector. When the last is gone, it is as it was."""

    restores = False  # whether it was enabled, and isn't again

    def discard(self, note: object) -> None:
        super().discard(note)
        if not self and self.restores:
            gc.enable()
            self.restores = False


_pauses = _Pauses()


class _PauseGC(Block):
    gates = (_pauses,)

    def opened(self, hold: ref[Hold]) -> None:
        if not _pauses:  # if an interrupt kept the last from restoring it, this one will
            _pauses.restores = _pauses.restores or gc.isenabled()
        begin(hold, self.gates)
        gc.disable()

    def closed(self, run: Run) -> None:
        run.stand_nowhere()
