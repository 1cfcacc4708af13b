"""Context managers: compute without a graph, build a graph without the garbage collector."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from threading import get_ident

from autograd.value import Value, leaf, observers


@contextmanager
def no_grad() -> Iterator[None]:
    """Record no graph: within the block results are leaves. Holds for the current thread.

    >>> x = Value(3.0)
    >>> with no_grad():
    ...     y = x * x
    >>> y.data, y.parents
    (9.0, ())
    """
    thread = get_ident()

    def without_history(node: Value) -> Value:
        return leaf(node._data) if get_ident() == thread else node

    observers.append(without_history)
    try:
        yield
    finally:
        observers.remove(without_history)


@contextmanager
def pause_gc() -> Iterator[None]:
    """Pause Python's cyclic garbage collector, and restore it as it was.

    Graphs have no reference cycles, so they are freed all the same; but while a large graph grows,
    the collector walks it again and again in vain. Holds for the whole process.

    >>> with pause_gc():
    ...     total = sum(Value(1.0) for _ in range(1000))
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
