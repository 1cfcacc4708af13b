"""Gates: who wants to be told of what is computed here. Most of the time nobody does.

Whoever makes a node, a leaf or a step, or looks at a number, looks at a gate first, a set that is
empty while nobody, in whatever context, wants to be told; then it tells the blocks of this context.
:mod:`autograd.blocks` has what stands behind the gates, and says what a hold is.
"""

from __future__ import annotations

import sys
from contextvars import ContextVar

TYPE_CHECKING = False
if TYPE_CHECKING:
    from functools import partial
    from typing import Any, Literal, TypeAlias
    from weakref import ref

    from autograd.blocks import Block
    from autograd.value import Value

    Hold: TypeAlias = partial[None]
    Gate: TypeAlias = set[ref[Hold]]
    # A way to look at the number in a Value, as it is written.
    Look: TypeAlias = Literal[
        "v.data",
        "bool(v)",
        "v < …",
        "v <= …",
        "v > …",
        "v >= …",
        "float(v)",
        "int(v)",
        "rows[v]",
        "hash(v)",
        "v.grad",
        "v.local_derivatives",
        "v.name",
        "repr(v)",
        "format(v)",
        "copy(v)",
    ]

watching_nodes: Gate = set()
watching_leaves: Gate = set()
watching_numbers: Gate = set()
watching_steps: Gate = set()

# The blocks of this context, in the order of their stages; some may be over.
here: ContextVar[tuple[ref[Hold], ...]] = ContextVar("blocks", default=())


def blocks_here() -> list[Block]:
    """Return the blocks that are open in this context, in the order of their stages."""
    runs = [hold.args[0] for weak in here.get() if (hold := weak()) is not None]
    return [run.block for run in runs if run.is_open]


def tell_of_look(value: Any, look: Look) -> None:
    """Tell the blocks of this context that somebody looks at the number in a Value."""
    frame = sys._getframe(2)
    for block in blocks_here():
        block.looked_at(value, look, frame)


def tell_of_node(node: Value) -> Value:
    """Tell the blocks of this context of a node; what they return takes its place."""
    for weak in here.get():
        hold = weak()
        if hold is not None:
            run = hold.args[0]
            if run.is_open:
                node = run.block.node_made(node)
    return node


def is_traced() -> bool:
    """Return whether a debugger, or another tool, follows this thread line by line."""
    if sys.gettrace() is not None:
        return True
    monitoring: Any = getattr(sys, "monitoring", None)  # since Python 3.12
    return monitoring is not None and monitoring.get_tool(monitoring.DEBUGGER_ID) is not None
