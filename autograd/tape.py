"""A backward pass that can be walked in both directions."""

from __future__ import annotations

from collections.abc import Callable

from autograd.changes import make, of_attributes, of_gradients
from autograd.errors import ArgumentError
from autograd.stepping import Step, steps
from autograd.value import Value


class Tape:
    """Walk the backward pass of a loss step by step, forwards and backwards.

    Making a tape takes all ``steps`` of the pass once and goes back to its beginning: gradients of
    computed nodes are 0, that of the loss is 1, leaves keep what they had. At position k, k steps
    have been taken and the gradients are those of that moment, exactly, whichever way it was
    reached. Other passes over the same nodes (``backward``, a second tape) disturb it.

    >>> x = Value(3.0, label="x")
    >>> tape = Tape(x * x)
    >>> len(tape), tape.next().after, x.grad
    (2, 3.0, 3.0)
    >>> tape.goto(2).after, x.grad
    (6.0, 6.0)
    >>> tape.back().before, x.grad
    (3.0, 3.0)
    """

    def __init__(self, loss: Value) -> None:
        self.loss = loss
        self.steps = tuple(steps(loss))
        self.position = len(self.steps)
        self.goto(0)

    def __len__(self) -> int:
        return len(self.steps)

    def __repr__(self) -> str:
        return f"Tape(position {self.position} of {len(self)}, loss={self.loss!r})"

    @property
    def current(self) -> Step | None:
        """The step taken last; None at the beginning."""
        return self.steps[self.position - 1] if self.position else None

    def next(self) -> Step | None:
        """Take a step and return it; None at the end."""
        if self.position == len(self):
            return None
        step = self.steps[self.position]
        self._move(step, step.after, self.position + 1)
        return step

    def back(self) -> Step | None:
        """Take the last step back and return it; None at the beginning."""
        step = self.current
        if step is not None:
            self._move(step, step.before, self.position - 1)
        return step

    def _move(self, step: Step, gradient: float, position: int) -> None:
        # As one: between the two an interrupt would part gradients and position.
        make(of_gradients([step.parent], [gradient]), of_attributes(self, {"position": position}))

    def goto(self, position: int) -> Step | None:
        """Go to a position, counted from the end if negative, and return the step taken last.

        Raises:
            ArgumentError: if the tape has no such position.
        """
        target = position if position >= 0 else len(self) + 1 + position
        if not 0 <= target <= len(self):
            raise ArgumentError(f"the tape has positions 0 to {len(self)}, not {position}")
        while self.position < target:
            self.next()
        while self.position > target:
            self.back()
        return self.current

    def until(self, condition: Callable[[Step], bool]) -> Step | None:
        """Take steps until one fulfils the condition, and return it; None at the end.

        >>> x = Value(3.0, label="x")
        >>> Tape(2 * x * x).until(lambda step: step.parent is x).contribution
        6.0
        """
        while (step := self.next()) is not None:
            if condition(step):
                return step
        return None
