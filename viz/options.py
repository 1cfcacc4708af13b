"""What the options of a drawing may be."""

from __future__ import annotations

import operator
from typing import SupportsIndex

from viz.errors import OptionError
from viz.text import visible


def whole_number(option: str, number: SupportsIndex, *, least: int) -> int:
    """Return the number as an int, whatever kind of whole number it is.

    Raises:
        OptionError: if it is something else, such as 1.5, "5" or True, or less than the least.

    >>> whole_number("depth", 3, least=0)
    3
    """
    try:
        found = None if isinstance(number, bool) else operator.index(number)
    except TypeError:
        found = None
    if found is None or found < least:
        raise OptionError(
            f"{option} must be a whole number, {least} or more, not {visible(repr(number))}"
        )
    return found
