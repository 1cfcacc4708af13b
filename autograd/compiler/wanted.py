"""Whose gradients are wanted: what ``wrt`` says, and the arrays of a program that it means."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from autograd.compiler.arrays import Layout
from autograd.compiler.errors import CompileError
from autograd.compiler.program import Array, Program
from autograd.errors import did_you_mean
from autograd.value import Value


class Wanted(NamedTuple):
    """The names of inputs, and groups of leaves: what each was asked for as, and its Values."""

    inputs: tuple[str, ...]
    groups: tuple[tuple[str, tuple[Value, ...]], ...]

    @property
    def values(self) -> set[Value]:
        """All Values whose gradients are wanted."""
        return {value for _, values in self.groups for value in values}

    def arrays_of(
        self, program: Program, batch: Sequence[str], places: Layout, leaves: Sequence[Value]
    ) -> tuple[list[Array], tuple[int, ...]]:
        """Return the arrays of a program that have wanted elements, and where others are in these.

        Args:
            program: the program.
            batch: the names of its inputs.
            places: where its parameters are in a vector.
            leaves: the Values in that vector.

        Raises:
            CompileError: if the loss does not depend on what is wanted, or it has no gradient.
        """
        reached = {*leaves}
        for name, values in self.groups:
            if reached.isdisjoint(values):
                raise CompileError(
                    f"wrt asks for the gradient of {name}, but the loss depends on none of it"
                )
        wanted = self.values
        arrays: list[Array] = []
        frozen: list[int] = []
        start = 0
        for array in program.parameters:
            place = places[array.name]
            are_wanted = [leaf in wanted for leaf in leaves[place.start : place.stop]]
            if any(are_wanted):
                arrays.append(array)
                frozen += [start + i for i, is_wanted in enumerate(are_wanted) if not is_wanted]
                start += len(are_wanted)
        return arrays + self._inputs_of(program, batch), tuple(frozen)

    def _inputs_of(self, program: Program, batch: Sequence[str]) -> list[Array]:
        chosen = {each.index.array for each in program.operations if each.index is not None}
        found = []
        for name, array in zip(batch, program.inputs, strict=True):
            if name in self.inputs:
                if array in chosen:
                    raise CompileError(
                        f"wrt asks for the gradient of {name}, but {name} holds classes, which "
                        "have none"
                    )
                found.append(array)
        return found


def read_wanted(wrt: Any, batch: Sequence[str]) -> Wanted:
    """Return what ``wrt`` says.

    Raises:
        CompileError: if it says nothing, or something that can't have a gradient.
    """
    names: list[str] = []
    groups: list[tuple[str, tuple[Value, ...]]] = []
    for each in _listed(wrt):
        if isinstance(each, str):
            if each not in batch:
                raise CompileError(
                    f"wrt={each!r} is not in the batch{did_you_mean(each, batch)}; for a parameter "
                    "give the Value itself"
                )
            names.append(each)
        elif isinstance(each, Value):
            if each.parents:
                raise CompileError(
                    f"wrt takes Values that are leaves, and {each.name} was computed from others"
                )
            groups.append((f"the leaf {each.name}", (each,)))
        else:
            values = tuple(each.parameters())
            if not values:
                raise CompileError(f"wrt asks for the gradient of {each!r}, without parameters")
            groups.append((f"{each!r}", values))
    if not (names or groups):
        raise CompileError(
            "wrt says that no gradient is wanted; leave it out for those of all parameters, or "
            "compile with gradient=False"
        )
    inputs = tuple([name for name in batch if name in names])
    return Wanted(inputs, tuple(groups))


def _listed(wrt: Any) -> list[Any]:
    """Return the names, Values and modules that are in it, however nested."""
    if isinstance(wrt, str | Value) or callable(getattr(wrt, "parameters", None)):
        return [wrt]
    if isinstance(wrt, Iterable):
        return [found for each in wrt for found in _listed(each)]
    raise CompileError(
        f"wrt takes names of inputs, Values, and modules with parameters(), not {wrt!r}"
    )
