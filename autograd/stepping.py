"""The backward pass edge by edge, each a step with its equation."""

from __future__ import annotations

from collections.abc import Iterator

from autograd.chain_rule import Edge, begin, edge_by_edge
from autograd.formulas import step_in_symbols
from autograd.text import short_number
from autograd.value import Value


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
    edges = edge_by_edge(loss, begin(loss))
    return map(Step._make, edges)


class Step(Edge):
    """One edge of the backward pass: a contribution is added to the gradient of a parent.

    ``contribution = upstream * local_derivative``, for the parent at this ``position`` among the
    node's parents; ``before`` and ``after`` are the parent's gradient around it.
    """

    __slots__ = ()

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


def _factor(number: float) -> str:
    text = short_number(number)
    return f"({text})" if number < 0 else text
