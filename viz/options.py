"""The options of a drawing, and what they may be."""

from __future__ import annotations

import operator
from collections.abc import Mapping
from typing import Literal, SupportsIndex, get_args

import autograd
from autograd.errors import did_you_mean
from viz.errors import NotAValueError, OptionError
from viz.text import visible

Constants = Literal["fold", "show"]
Grouping = Literal["layer", "neuron"]
Collapse = Literal["auto", "layer", "neuron"]
Direction = Literal["right", "down", "left", "up"]
Theme = Literal["auto", "light", "dark"]
Repeats = Literal["once", "all"]


# What a picture takes when it is told nothing.
DEFAULTS: dict[str, object] = {
    "max_nodes": 1000,
    "depth": None,
    "focus": None,
    "reached_from": None,
    "paths_to": None,
    "max_paths": 8,
    "constants": "fold",
    "collapse": "auto",
    "expand": (),
    "repeats": "once",
    "direction": "right",
    "theme": "auto",
}


def refuse_unknown(options: Mapping[str, object]) -> None:
    """Refuse what no picture takes; a function writes out all that it takes, for editors to show.

    Raises:
        OptionError: if there is an option at all; it says which one is meant.

    >>> refuse_unknown({})
    """
    for name in options:
        raise OptionError(f"unknown option {name!r}{did_you_mean(name, DEFAULTS)}")


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


def one_of(option: str, choice: object, choices: object) -> None:
    """Require one of the strings of a Literal type.

    Raises:
        OptionError: if it is something else; it says what is meant, or what there is.

    >>> one_of("constants", "fold", Constants)
    """
    known = get_args(choices)
    if choice not in known:
        raise OptionError(
            f"unknown {option} {visible(repr(choice))}{did_you_mean(str(choice), known)}"
        )


def require_value(value: object, what: str) -> None:
    """Require a Value.

    Raises:
        NotAValueError: if it is something else.
    """
    if not isinstance(value, autograd.Value):
        raise NotAValueError(
            f"{what} must be an autograd.Value, not the {type(value).__name__} "
            f"{visible(repr(value))}"
        )
