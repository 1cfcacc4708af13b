"""Functions of a program's own: the rules of ops, and their derivatives, too long for a line."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

from autograd import ops
from autograd.compiler.names import function_name
from autograd.compiler.program import Operation
from autograd.compiler.simplify import with_shared_terms
from autograd.compiler.statements import Assign, OwnFunction
from autograd.compiler.terms import Apply, Term, Variable, vocabulary
from autograd.ops import Primitive

# A value or a derivative of more operations than this is a function of its own.
LONGEST_VALUE, LONGEST_DERIVATIVE = 4, 8

_WRITTEN_OUT = {ops.sum, ops.dot, ops.mean}  # of few operands

_RESULT = Variable("result")


class OwnFunctions:
    """The functions of a program, in the order of their use; each rule is one once."""

    def __init__(self, taken: Collection[str]) -> None:
        """Make none; their names are none of those that are taken."""
        self._taken = {*taken}
        self._found: dict[object, OwnFunction] = {}

    @property
    def all(self) -> list[OwnFunction]:
        return [*self._found.values()]

    def of_value(self, op: Primitive, terms: Sequence[Term], value: Term) -> Term:
        """Return the value of an op, or the call of a function that computes it if it is long."""
        if _extra(value, terms) <= LONGEST_VALUE or op.record in _WRITTEN_OUT:
            return value
        rule = op.value

        def body(*symbols: Term) -> Term:
            result: Term = rule(vocabulary, *symbols, *op.parameters)
            return result

        return Apply(self._function(op, "", body, len(terms), ["x"]), *terms)

    def of_derivatives(
        self, operation: Operation, terms: Sequence[Term], locals_: Sequence[Term]
    ) -> list[Term]:
        """Return the local derivatives, with the calls of functions in place of long ones."""
        op, y = operation.primitive, operation.target.term
        assert op is not None
        short: list[Term] = []
        for position, local in enumerate(locals_):
            if _extra(local, terms) <= LONGEST_DERIVATIVE or op.record in _WRITTEN_OUT:
                short.append(local)
                continue
            rule = op.derivatives

            def body(
                y: Term,
                *symbols: Term,
                position: int = position,
                rule: Callable[..., Sequence[Term]] = rule,
            ) -> Term:
                return rule(vocabulary, y, *symbols, *op.parameters)[position]

            suffix = "_derivative" + (f"_{position + 1}" if len(terms) > 1 else "")
            function = self._function(op, suffix, body, len(terms) + 1, ["y", "x"])
            short.append(Apply(function, y, *terms))
        return short

    def _function(
        self, op: Primitive, suffix: str, body: Callable[..., Term], n: int, names: Sequence[str]
    ) -> OwnFunction:
        key = op.record, repr(op.parameters), suffix
        if key not in self._found:
            name = function_name(op.name, suffix, self._taken)
            self._taken.add(name)
            if len(names) < n:
                names = [*names[:-1], *(f"x{i + 1}" for i in range(n - len(names) + 1))]
            symbols = tuple([Variable(symbol) for symbol in names])
            [statements] = with_shared_terms([[Assign(_RESULT, body(*symbols))]])
            *shared, last = [each for each in statements if isinstance(each, Assign)]
            self._found[key] = OwnFunction(
                name, parameters=symbols, statements=shared, result=last.term
            )
        return self._found[key]


def _extra(term: Term, operands: Sequence[Term]) -> int:
    """The operations that a rule adds to those of its operands."""
    return term.size - sum([operand.size for operand in operands])
