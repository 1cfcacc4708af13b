"""The backward pass of a loop: its rounds in reverse, with what was kept of each."""

from __future__ import annotations

from autograd.compiler.array_terms import OfRound, Zeros
from autograd.compiler.differentiate import (
    MOST_TERMS,
    Backward,
    added_at,
    filled,
    gradient_of,
)
from autograd.compiler.program import Array, Operation, Program
from autograd.compiler.rounds import LoopOperation, State, of_rounds
from autograd.compiler.statements import (
    AddTo,
    Loop,
    PutAt,
    Statement,
    body_of,
    names_read,
)
from autograd.compiler.terms import Number, Term, Variable


class BackwardWithLoops(Backward):
    """Collect gradients through loops too.

    What a round takes from the one before has its gradient from the round after, in reverse; what
    all rounds share has the sum of what they give, and what is another in each round gets its part.
    """

    def operation(self, operation: Operation) -> None:
        if isinstance(operation, LoopOperation):
            self._loop(operation)
        else:
            super().operation(operation)

    def _loop(self, loop: LoopOperation) -> None:
        sources = self._sources(loop)
        body = Program([], [], [], loop.body, None, [])
        inner = BackwardWithLoops(body, self.shorten, sources)
        states = [state for state in loop.states if state.array in sources]
        for state in states:
            after = _after(state)
            self._assign(after, self._first(state))
            inner.add(state.following, after, state.array.full)
        for each in loop.collected:
            if each.result in self.contributions:
                whole = self._named(each.result)
                full = each.result.shape[1:], each.result.batched
                inner.add(each.view, OfRound(whole, loop.counter), full)
        inner.propagate()
        statements = inner.statements
        for stack in loop.stacked:
            if stack.array in inner.contributions:
                gradient = Variable(f"d{stack.gradient}", *stack.whole.full)
                self._assign(gradient, Zeros(*stack.whole.full))
                statements.append(PutAt(gradient, inner.of_round(stack.array), loop.counter))
                self.add(stack.view, gradient, stack.whole.full)
        for given in loop.given:
            if given.array in inner.contributions:
                total = Variable(f"d{given.total}", *given.array.full)
                self._assign(total, _nothing(given.array))
                statements += inner.added_to(total, given.array)
                self.add(given.view, total, given.array.full)
        carried = [(_after(state), inner.of_round(state.array)) for state in states]
        rounds = Loop(loop.counter, loop.count, statements, carried, loop.tape, is_reversed=True)
        read = names_read(body_of(rounds))
        statements[:0] = [each for each in of_rounds(loop) if each.target.name in read]
        self.statements.append(rounds)
        for state in states:
            self.add(state.first, _after(state), state.array.full)

    def of_round(self, array: Array) -> Term:
        """Return the gradient of an array, with all its elements."""
        found = self.contributions.get(array, [])
        if len(found) > MOST_TERMS or any(view is not None for view, _ in found):
            return self.gradient(array, full=True)
        total: Term = Number(0.0)
        for number, (_, term) in enumerate(found):
            total = total + term if number else term
        is_number = isinstance(total, Number) and array.full == ((), False)
        return total if is_number else filled(total, array.full)

    def added_to(self, total: Variable, array: Array) -> list[Statement]:
        """Return the statements that add the gradient of an array to a total."""
        return [
            AddTo(total, term) if view is None else added_at(total, view, term)
            for view, term in self.contributions.pop(array)
        ]

    def _sources(self, loop: LoopOperation) -> set[Array]:
        """Return the leaves of a round whose gradient is needed."""
        found = {each.array for each in loop.given if each.view.array in self.needed}
        found |= {each.array for each in loop.stacked if each.view.array in self.needed}
        found |= {state.array for state in loop.states if state.first.array in self.needed}
        while True:
            reached = Backward(Program([], [], [], loop.body, None, []), self.shorten, found).needed
            more = {s.array for s in loop.states if s.following.array in reached} - found
            if not more:
                return found
            found |= more

    def _first(self, state: State) -> Term:
        """Return the gradient of what a state is after the last round."""
        if state.result in self.contributions:
            return filled(self.gradient(state.result), state.array.full)
        return _nothing(state.array)

    def _named(self, array: Array) -> Variable:
        """Return the gradient of an array under its name."""
        gradient = gradient_of(array)
        term = self.gradient(array, full=True)
        if not gradient.is_name_of(term):
            self._assign(gradient, term)
        return gradient


def _nothing(array: Array) -> Term:
    return Number(0.0) if array.full == ((), False) else Zeros(*array.full)


def _after(state: State) -> Variable:
    return Variable(f"d{state.after}", *state.array.full)
