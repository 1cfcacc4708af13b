"""Enter the debugger inside the backward pass, where a chosen gradient is made."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Literal

from autograd.blocks import Block
from autograd.errors import ArgumentError, OperandError
from autograd.graph import edges
from autograd.stepping import Onlooker, Step
from autograd.value import Value

if TYPE_CHECKING:
    from autograd.chain_rule import Pass


def breakpoint_on(
    value: Value | str | None = None,
    when: Literal["changes", "complete"] | Callable[[Step], bool] = "changes",
) -> Block:
    """Call ``breakpoint()`` within the block when a backward pass reaches the chosen moment.

    Holds for the passes of ``backward`` and ``gradients``, where :func:`autograd.no_grad` would.

    Args:
        value: whose gradient to watch, or the label of that node; None for any.
        when: ``"changes"`` stops at every contribution to its gradient, ``"complete"`` once it has
            all of them, and a condition on the :class:`autograd.Step` at every step of that value
            for which it holds.

    Whatever ``PYTHONBREAKPOINT`` names is entered, pdb by default, in the frame that has just added
    the contribution, with the locals ``loss``, ``node``, ``upstream``, ``parent``, ``local``,
    ``contribution`` and ``step``. So it is in debugpy, VS Code's and JupyterLab's, also where that
    skips installed packages.

    Raises:
        OperandError: if ``value`` is not a Value.
        LabelError: from the pass, if no node has the label, or more than one.
        ArgumentError: if ``when`` is none of these, or waits for a value that is not given.

    ``with breakpoint_on(w):`` stops wherever the gradient of w grows. Here nothing is so large:

    >>> w = Value(3.0, label="w")
    >>> loss = w * w
    >>> with breakpoint_on(when=lambda step: abs(step.contribution) > 100):
    ...     loss.backward()
    >>> w.grad
    6.0
    """
    if value is not None and not isinstance(value, (Value, str)):
        raise OperandError(f"breakpoint_on watches a Value, not {value!r}")
    if when == "complete" and value is None:
        raise ArgumentError("breakpoint_on(when='complete') needs the value that it waits for")
    if when not in ("changes", "complete") and not callable(when):
        raise ArgumentError(
            f"when must be 'changes', 'complete' or a condition on a step, not {when!r}"
        )
    return _Breakpoint(value, when)


class _Breakpoint(Onlooker):
    def __init__(self, value: Value | str | None, when: str | Callable[[Step], bool]) -> None:
        super().__init__()
        self.chosen = value
        self.value = None if isinstance(value, str) else value
        self.when = when
        self.missing = 0  # contributions to the value still to come

    def pass_began(self, loss: Value) -> Pass:
        if isinstance(self.chosen, str):
            from autograd.labels import node_called

            self.value = node_called(loss, self.chosen)
        if self.when == "complete":
            self.missing = sum(parent is self.value for _, parent, _ in edges(loss))
        return super().pass_began(loss)

    def step_taken(self, step: Step) -> bool:
        if self.value is not None and self.value is not step.parent:
            return False
        self.missing -= 1
        if callable(self.when):
            return bool(self.when(step))
        return self.when == "changes" or self.missing == 0
