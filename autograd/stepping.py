"""The backward pass edge by edge, each a step with its equation."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from autograd.blocks import Block
from autograd.chain_rule import begin
from autograd.debuggers import in_sight
from autograd.explanations.formulas import step_in_symbols
from autograd.gates import blocks_here, watching_steps
from autograd.graph import recorded_edges
from autograd.text import public_names, short_number
from autograd.value import Value

if TYPE_CHECKING:
    from autograd.chain_rule import Pass
    from autograd.gates import Gate


def steps(loss: Value) -> Iterator[Step]:
    """Yield the backward pass edge by edge, each step when its contribution has been added.

    The pass begins with the call, and draining it is :func:`backward`: the same loop runs. Leaving
    off half-way leaves the gradients as they are then.

    >>> from autograd import Value
    >>> x = Value(3.0, label="x")
    >>> y = 2 * x; y.label = "y"
    >>> z = y * y; z.label = "z"
    >>> for step in steps(z):
    ...     print(step)
    ∂z/∂y += ∂z/∂z · ∂z/∂y = 1 · 6 = 6: 0 → 6
    ∂z/∂y += ∂z/∂z · ∂z/∂y = 1 · 6 = 6: 6 → 12
    ∂z/∂2 += ∂z/∂y · ∂y/∂2 = 12 · 3 = 36: 0 → 36
    ∂z/∂x += ∂z/∂y · ∂y/∂x = 12 · 2 = 24: 0 → 24
    """
    return in_sight(_step_by_step)(loss, begin(loss))


class Step(NamedTuple):
    """One edge of the backward pass: a contribution is added to the gradient of a parent.

    ``contribution = upstream * local_derivative``, for the parent at this ``position`` among the
    node's parents; ``before`` and ``after`` are the parent's gradient around it.

    >>> from autograd import Value
    >>> x = Value(3.0, label="x")
    >>> first, second = steps(x * x)
    >>> second.contribution, second.before, second.after
    (3.0, 3.0, 6.0)
    """

    loss: Value
    node: Value
    parent: Value
    position: int
    upstream: float
    local_derivative: float
    contribution: float
    before: float
    after: float

    @property
    def symbols(self) -> str:
        """The equation in symbols; what has no label is written out, as in formulas."""
        return step_in_symbols(self.loss, self.node, self.parent)

    @property
    def numbers(self) -> str:
        """The equation with the numbers put in."""
        upstream, local, contribution, running = self.written_numbers
        return f"{upstream} · {local} = {contribution}: {running}"

    @property
    def written_numbers(self) -> tuple[str, str, str, str]:
        """These numbers one by one: upstream, local derivative, contribution, before → after."""
        return (
            _factor(self.upstream),
            _factor(self.local_derivative),
            short_number(self.contribution),
            f"{short_number(self.before)} → {short_number(self.after)}",
        )

    def __str__(self) -> str:
        return f"{self.symbols} = {self.numbers}"

    def __dir__(self) -> list[str]:
        return public_names(self)

    def __repr__(self) -> str:  # short, for cells of notebooks and debuggers
        return f"<Step {self}>"


def _factor(number: float) -> str:
    text = short_number(number)
    return f"({text})" if number < 0 else text


def _step_by_step(loss: Value, order: Sequence[Value]) -> Generator[Step, Step | None, None]:
    """Run a pass that has begun, as :func:`autograd.chain_rule.accumulate` does, but pause.

    After each edge comes its step; whoever sends it back enters a debugger here.
    """
    for node in reversed(order):
        upstream = node.grad
        for position, (parent, local) in enumerate(recorded_edges(node)):
            before = parent.grad
            contribution = upstream * local
            parent.grad += contribution
            step = Step(
                *(loss, node, parent, position),
                *(upstream, local, contribution, before, parent.grad),
            )
            if (yield step):
                breakpoint()


class Onlooker(Block):
    """A block that is told of every step of the backward passes within it."""

    gates: tuple[Gate, ...] = (watching_steps,)

    def pass_began(self, loss: Value) -> Pass:
        """Let the pass run step by step."""
        return _tell_of_steps

    def step_taken(self, step: Step) -> bool:
        """Look at a step, whose contribution has been added; true enters a debugger there."""
        raise NotImplementedError


def _tell_of_steps(loss: Value, order: Sequence[Value]) -> None:
    onlookers = [block for block in blocks_here() if isinstance(block, Onlooker)]
    taken = in_sight(_step_by_step)(loss, order)
    inspected: Step | None = None
    while True:
        try:
            step = taken.send(inspected)
        except StopIteration:  # of the pass alone: that of a user's condition is an error
            return
        found = [onlooker.step_taken(step) for onlooker in onlookers]
        inspected = step if any(found) else None
