"""Where did the nan come from: stop at the first number that is not finite."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from math import isfinite
from threading import get_ident

from autograd.backward import Step, watchers
from autograd.contexts import record_origins
from autograd.errors import AnomalyError
from autograd.paths import paths
from autograd.value import Value, observers


@contextmanager
def detect_anomaly() -> Iterator[None]:
    """Raise at the first value or gradient that is not finite. Holds for the current thread.

    The error names the op, its operands with their labels, the line that made the node (origins are
    recorded within the block), and, in the backward pass, the path from the loss.

    Raises:
        AnomalyError: where a computed node, the loss, or a gradient is inf or nan.

    >>> with detect_anomaly():
    ...     Value(0.0, label="x").log()
    Traceback (most recent call last):
    autograd.errors.AnomalyError: log gave -inf
      operands: x = 0.0
      ...
    """
    watcher = _AnomalyWatcher()
    with record_origins():
        # After the origins, and before no_grad() takes a node's history away.
        observers.insert(1, watcher.check_value)
        watchers.append(watcher)
        try:
            yield
        finally:
            watchers.remove(watcher)
            observers.remove(watcher.check_value)


class _AnomalyWatcher:
    def __init__(self) -> None:
        self.thread = get_ident()

    def check_value(self, node: Value) -> Value:
        if not isfinite(node.data) and get_ident() == self.thread:
            raise AnomalyError(f"{node.name} gave {node.data}" + _made_from(node))
        return node

    def begin(self, loss: Value) -> None:
        if not isfinite(loss.data) and get_ident() == self.thread:
            raise AnomalyError(
                f"the loss {loss.name!r} is {loss.data}, so its gradients mean nothing"
                + _made_from(loss)
            )

    def see(self, step: Step) -> None:
        if isfinite(step.after) or get_ident() != self.thread:
            return
        way = str(next(paths(step.loss, step.node, top=1)))
        raise AnomalyError(
            f"the gradient of {step.parent.name!r} became {step.after}\n"
            f"  step: {step}\n"
            f"  path: {way} → {step.parent.name}" + _made_from(step.node)
        )


def _made_from(node: Value) -> str:
    """Say from what operands and where a node was made."""
    operands = ", ".join(
        f"{parent.label or f'operand {position}'} = {parent.data}"
        for position, parent in enumerate(node.parents[:10], start=1)
    )
    text = f"\n  operands: {operands}" if operands else ""
    if len(node.parents) > 10:
        text += f", … ({len(node.parents)} in all)"
    if (origin := node.origin) is not None:
        text += f"\n  made at {origin}, in {origin.function}\n{origin.excerpt()}".rstrip()
    return text
