"""The search for the smallest random program that has a fault."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from random import Random
from typing import NamedTuple

from hypothesis import HealthCheck, Phase, find, settings
from hypothesis.errors import NoSuchExample
from hypothesis.strategies import SearchStrategy

from tests.fuzz.comparison import Fault
from tests.fuzz.programs import Program, programs

PROGRAMS = programs()


class Search(NamedTuple):
    """What a search has tried, and the smallest program with a fault, if there is one."""

    n_programs: int
    program: Program | None = None
    fault: Fault | None = None


def search(
    fault: Callable[[Program], Fault | None],
    n_programs: int,
    seed: int,
    tell: Callable[[int], None] = lambda n: None,
    strategy: SearchStrategy[Program] = PROGRAMS,
) -> Search:
    """Try so many random programs, and shrink the first that has a fault.

    Hypothesis shrinks what it drew, and then each part that can go is left out. The fault may
    become another on the way, but not one of another kind.
    """
    first: list[Fault] = []
    n_tried = 0

    def has_fault(program: Program) -> bool:
        nonlocal n_tried
        if not first:
            n_tried += 1
            tell(n_tried)
        found = fault(program)
        if found is not None and not first:
            first.append(found)
        return found is not None and found.kind == first[0].kind

    try:
        smallest = find(
            strategy,
            has_fault,
            settings=settings(
                max_examples=n_programs,
                database=None,
                deadline=None,
                phases=[Phase.generate, Phase.shrink],
                suppress_health_check=list(HealthCheck),
            ),
            random=Random(seed),
        )
    except NoSuchExample:
        return Search(n_tried)
    while smaller := next(filter(has_fault, _without_a_part(smallest)), None):
        smallest = smaller
    return Search(n_tried, smallest, fault(smallest))


def _without_a_part(program: Program) -> Iterator[Program]:
    """Yield the program without one of its parts each time; not all that is left makes sense."""
    for part in ("lines", "terms", "outputs", "wrt"):
        given = getattr(program, part)
        for i in range(len(given) if part != "terms" or len(given) > 1 else 0):
            yield replace(program, **{part: [*given[:i], *given[i + 1 :]]})
    for name in program.parameters:
        yield replace(program, parameters=_without(program.parameters, name))
    for name in program.batch:
        yield replace(program, batch=_without(program.batch, name))


def _without(given: Mapping[str, str], name: str) -> dict[str, str]:
    return {key: text for key, text in given.items() if key != name}
