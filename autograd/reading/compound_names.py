"""Names that are several, written without a sign: ``xe`` for x·e where nothing is called xe."""

from __future__ import annotations

from collections.abc import Sequence

from autograd.reading.functions import CONSTANTS, function_called
from autograd.reading.spelling import NAME
from autograd.reading.tokens import Names
from autograd.text import normal_form

# A name longer than this is not taken apart into several.
LONGEST_PRODUCT = 12


def ways_apart(name: str, names: Names, *, calls: bool = False) -> Sequence[Sequence[str]]:
    """Return the first two ways to take a name apart into several; none if it is one itself.

    Where it ``calls``, the last of them may be a function.
    """
    is_one = normal_form(name) in CONSTANTS or function_called(name, names.functions) is not None
    if is_one or len(name) > LONGEST_PRODUCT or names.knows(name):
        return []
    # ways[i]: those for what is before place i.
    ways: list[list[list[str]]] = [[[]], *([] for _ in name)]
    for end in range(1, len(name) + 1):
        for start in range(end):
            piece = name[start:end]
            if not ways[start] or NAME.fullmatch(piece) is None:
                continue
            if calls and end == len(name):
                is_known = function_called(piece, names.functions) is not None
            else:
                is_known = normal_form(piece) in CONSTANTS
            if is_known or names.knows(piece):
                ways[end] = [*ways[end], *([*way, piece] for way in ways[start])][:2]
    return ways[-1]
