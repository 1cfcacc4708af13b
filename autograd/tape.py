"""A backward pass that can be walked in both directions."""

from __future__ import annotations

from collections.abc import Callable

from autograd.backward import Step, steps
from autograd.errors import ShapeError
from autograd.graph import computed_nodes
from autograd.value import Value


class Tape:
    """Walk the backward pass of a loss step by step, forwards and backwards.

    Making a tape begins the pass: gradients of computed nodes are 0, that of the loss is 1, leaves
    keep what they have. At position k, k steps have been taken and the gradients are those of that
    moment, exactly, whichever way it was reached. Other passes over the same nodes (``backward``, a
    second tape) disturb it.

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
        self.position = 0
        self._length = sum(len(node.parents) for node in computed_nodes(loss))
        self._taken: list[Step] = []  # grows as far as the tape has ever come
        self._ahead = steps(loss)

    def __len__(self) -> int:
        return self._length

    def __repr__(self) -> str:
        return f"Tape(position {self.position} of {self._length}, loss={self.loss!r})"

    @property
    def current(self) -> Step | None:
        """The step taken last; None at the beginning."""
        return self._taken[self.position - 1] if self.position else None

    def next(self) -> Step | None:
        """Take a step and return it; None at the end."""
        if self.position == self._length:
            return None
        if self.position == len(self._taken):
            self._taken.append(next(self._ahead))
        else:
            step = self._taken[self.position]
            step.parent.grad = step.after
        self.position += 1
        return self.current

    def back(self) -> Step | None:
        """Take the last step back and return it; None at the beginning."""
        step = self.current
        if step is not None:
            step.parent.grad = step.before
            self.position -= 1
        return step

    def goto(self, position: int) -> Step | None:
        """Go to a position, counted from the end if negative, and return the step taken last.

        Raises:
            ShapeError: if the tape has no such position.
        """
        target = position if position >= 0 else self._length + 1 + position
        if not 0 <= target <= self._length:
            raise ShapeError(f"the tape has positions 0 to {self._length}, not {position}")
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
