"""Context managers: compute without a graph, build a graph without the garbage collector."""

from __future__ import annotations

import gc
import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from threading import get_ident

from autograd.value import Value, observers


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
        return node.detach() if get_ident() == thread else node

    depth = getattr(_paused, "depth", 0)
    observers.append(without_history)
    _paused.depth = depth + 1
    try:
        yield
    finally:
        _paused.depth = depth
        observers.remove(without_history)


_paused = threading.local()


def is_recording() -> bool:
    """Return whether this thread records graphs: it doesn't within :func:`no_grad`.

    >>> with no_grad():
    ...     print(is_recording())
    False
    """
    return getattr(_paused, "depth", 0) == 0


@contextmanager
def record_origins() -> Iterator[None]:
    """Let every node know where in the source it was made. Holds for the current thread.

    The place is that of the expression outside this package, in ``node.origin``; errors and
    explanations then point at it. Outside the block it costs nothing.

    >>> with record_origins():
    ...     y = Value(3.0) * 2
    >>> y.origin.line, (Value(3.0) * 2).origin
    (2, None)
    """
    thread = get_ident()
    internal = _files_of("autograd") | _files_of("nn")

    def with_origin(node: Value) -> Value:
        if get_ident() == thread:
            frame = sys._getframe(3)  # the op that called record, or who made a node by hand
            while frame.f_code.co_filename in internal and frame.f_back is not None:
                frame = frame.f_back
            node._instruction = frame.f_code, frame.f_lasti
        return node

    observers.insert(0, with_origin)  # before those that complain, for they say where
    try:
        yield
    finally:
        observers.remove(with_origin)


def _files_of(package: str) -> frozenset[str]:
    """Return the files of a package beside this one: they work for the line that called them."""
    directory = os.path.join(os.path.dirname(os.path.dirname(__file__)), package)
    return frozenset(
        os.path.join(folder, name) for folder, _, names in os.walk(directory) for name in names
    )


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
