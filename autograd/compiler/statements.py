"""Statements: what a program does one after the other, and the functions that it has of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from autograd.compiler.program import Array
from autograd.compiler.terms import Apply, Contract, Function, Index, Term, Variable, Zeros


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


Statement: TypeAlias = Assign | AddAt


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
