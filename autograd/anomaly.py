"""Where did the nan come from: stop at the first number that is not finite."""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING

from autograd.blocks import Block, Stage
from autograd.contexts import RecordOrigins
from autograd.errors import AnomalyError
from autograd.explanations.path_sums import paths
from autograd.gates import watching_nodes, watching_steps
from autograd.stepping import Onlooker, Step
from autograd.value import Value

if TYPE_CHECKING:
    from autograd.chain_rule import Pass


def detect_anomaly() -> Block:
    """Raise at the first value or gradient that is not finite.

    The error names the op, its operands with their labels, the line that made the node (origins are
    recorded within the block), and, in the backward pass, the path from the loss. Holds where
    :func:`autograd.no_grad` would.

    Raises:
        AnomalyError: where a computed node, the loss, or a gradient is inf or nan.

    >>> with detect_anomaly():
    ...     Value(0.0, label="x").log()
    Traceback (most recent call last):
    autograd.errors.AnomalyError: log gave -inf
      operands: x = 0.0
      ...
    """
    return _DetectAnomaly()


class _DetectAnomaly(RecordOrigins, Onlooker):
    stage = Stage.CHECK
    gates = (watching_nodes, watching_steps)

    def node_made(self, node: Value) -> Value:
        RecordOrigins.node_made(self, node)  # so that the error can say where
        if not isfinite(node._data):
            raise AnomalyError(f"{node.name} gave {node._data}" + _made_from(node))
        return node

    def pass_began(self, loss: Value) -> Pass:
        if not isfinite(loss._data):
            raise AnomalyError(
                f"the loss {loss.name!r} is {loss._data}, so its gradients mean nothing"
                + _made_from(loss)
            )
        return super().pass_began(loss)

    def step_taken(self, step: Step) -> bool:
        if isfinite(step.after):
            return False
        way = str(next(paths(step.loss, step.node, top=1)))
        raise AnomalyError(
            f"the gradient of {step.parent.name!r} became {step.after}\n"
            f"  step: {step}\n"
            f"  path: {way} → {step.parent.name}" + _made_from(step.node)
        )


def _made_from(node: Value) -> str:
    """Say from what operands and where a node was made."""
    operands = ", ".join(
        f"{parent.label or f'operand {position}'} = {parent._data}"
        for position, parent in enumerate(node.parents[:10], start=1)
    )
    text = f"\n  operands: {operands}" if operands else ""
    if len(node.parents) > 10:
        text += f", … ({len(node.parents)} in all)"
    if (origin := node.origin) is not None:
        text += f"\n  made at {origin}, in {origin.function}\n{origin.excerpt()}".rstrip()
    return text
