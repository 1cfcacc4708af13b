"""Statements: what a program does one after the other, and the functions that it has of its own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from autograd.compiler.array_terms import Contract, Zeros
from autograd.compiler.program import Array
from autograd.compiler.symbols import Function, Index
from autograd.compiler.terms import Apply, Term, Variable, subterms


@dataclass(eq=False, slots=True)
class Assign:
    """Give a name to what a term computes; a cross entropy computes two arrays."""

    target: Variable
    term: Term
    also: Variable | None = None


@dataclass(eq=False, slots=True)
class AddAt:
    """Add a term to some elements of an array: at an index, or at positions counted in rows."""

    target: Variable
    term: Term
    index: Index = ()
    positions: Term | None = None
    repeated: bool = False  # positions come more than once


@dataclass(eq=False, slots=True)
class PutAt:
    """Let a term be what an array has for one round of a loop: in its first axis, at the number."""

    target: Variable
    term: Term
    counter: str


@dataclass(eq=False, slots=True)
class AddTo:
    """Add a term to an array, or to a number."""

    target: Variable
    term: Term


@dataclass(eq=False, slots=True)
class Loop:
    """Do statements in each round, the counter going up from 0 or down to 0.

    What is carried has its first value before the loop. At the end of a round all of it gets the
    values of its terms, at once. A loop that goes up may keep variables of each round under the
    name of a tape, and one that goes down reads them.
    """

    counter: str
    count: int
    body: list[Statement]
    carried: list[tuple[Variable, Term]]
    tape: str
    is_reversed: bool = False
    kept: list[Variable] = field(default_factory=list)


SimpleStatement: TypeAlias = Assign | AddAt | PutAt | AddTo
Statement: TypeAlias = SimpleStatement | Loop


def body_of(loop: Loop) -> list[Statement]:
    """Return the statements of a round, with what it hands on as assignments at the end."""
    return [*loop.body, *[Assign(target, term) for target, term in loop.carried]]


def of_body(loop: Loop, statements: Sequence[Statement]) -> Loop:
    """Return the loop with other statements, as :func:`body_of` has them.

    What stands between those that hand on goes before them all, as these are done at once.
    """
    last = {each.target.name: each for each in simple(statements)}
    handing_on = [last[target.name] for target, _ in loop.carried]
    carried = [(each.target, each.term) for each in handing_on]
    body = [each for each in statements if not any(each is other for other in handing_on)]
    return replace(loop, body=body, carried=carried)


def sections(statements: Sequence[Statement]) -> list[Sequence[Statement]]:
    """Return the statements, and those of all loops in them."""
    found = [statements]
    for statement in statements:
        if isinstance(statement, Loop):
            found += sections(body_of(statement))
    return found


def simple(section: Sequence[Statement]) -> list[SimpleStatement]:
    """Return the statements that are no loops."""
    return [statement for statement in section if not isinstance(statement, Loop)]


def changed(statements: Sequence[Statement]) -> set[str]:
    """Return the names of what gets more than one value: what is added to, or carried."""
    found: set[str] = set()
    for statement in statements:
        if isinstance(statement, Loop):
            found |= changed(statement.body) | {target.name for target, _ in statement.carried}
        elif not isinstance(statement, Assign):
            found.add(statement.target.name)
    return found


def names_read(section: Sequence[Statement]) -> Counter[str]:
    """Return how often variables are read by statements that are no loops."""
    return Counter(
        term.name
        for each in simple(section)
        for term in subterms(each.term)
        if isinstance(term, Variable)
    )


def with_tapes(passes: Sequence[Sequence[Statement]]) -> None:
    """Let loops keep of each round what the loops in reverse read of them."""
    loops = [each for section in passes for each in section if isinstance(each, Loop)]
    for loop in loops:
        for other in loops:
            if other.is_reversed and other.tape == loop.tape and not loop.is_reversed:
                loop.kept = other.kept = _read_of(loop, other)


def _read_of(loop: Loop, reverse: Loop) -> list[Variable]:
    """Return the variables of a loop that another reads and does not compute itself."""
    made = {each.target.name: each.target for each in simple(body_of(loop))}
    for each in simple(loop.body):
        if isinstance(each, Assign) and each.also is not None:
            made[each.also.name] = each.also
    for each in simple(reverse.body):
        made.pop(each.target.name, None)
    read = names_read(body_of(reverse))
    return [variable for name, variable in made.items() if name in read]


def is_own(term: Term) -> bool:
    """Say whether what a term computes is surely a new array, no other and no view of one."""
    is_signed = isinstance(term, Apply) and term.function.is_sign
    return is_signed or isinstance(term, (Contract, Zeros))


@dataclass(eq=False, frozen=True, slots=True)
class OwnFunction(Function):
    """A function of elements that stands in the program: the rule of an op, or its derivative."""

    parameters: tuple[Variable, ...] = ()
    statements: Sequence[Assign] = ()
    result: Term | None = None


@dataclass(eq=False, slots=True)
class Procedure:
    """A program as statements: the stage between the operations and the text."""

    name: str  # of its function
    inputs: list[Array]
    parameters: list[Array]
    constants: list[Array]
    passes: list[list[Statement]]  # forward, and backward if there is a loss
    results: list[Variable]
    functions: list[OwnFunction] = field(default_factory=list)

    @property
    def statements(self) -> list[Statement]:
        return [statement for each in self.passes for statement in each]

    @property
    def arguments(self) -> list[Array]:
        return [*self.inputs, *self.parameters]
