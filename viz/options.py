"""The options of a drawing, and what they may be."""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from typing import Literal, SupportsIndex, TypedDict, TypeVar, get_args

import autograd
from viz.errors import NotAValueError, OptionError
from viz.text import visible

Constants = Literal["fold", "show"]
Collapse = Literal["layer", "neuron"]
F = TypeVar("F", bound=Callable[..., object])


class PictureOptions(TypedDict, total=False):
    """What a picture shows of a graph: see :func:`viz.picture.picture`."""

    max_nodes: SupportsIndex
    depth: SupportsIndex | None
    focus: autograd.Value | None
    reached_from: autograd.Value | None
    paths_to: autograd.Value | None
    max_paths: SupportsIndex
    constants: Constants
    collapse: Collapse | None
    expand: Sequence[str]


DEFAULTS: PictureOptions = {
    "max_nodes": 1000,
    "depth": None,
    "focus": None,
    "reached_from": None,
    "paths_to": None,
    "max_paths": 8,
    "constants": "fold",
    "collapse": None,
    "expand": (),
}

_DESCRIPTION = """\
        max_nodes: how many nodes the picture may have.
        depth: draw only the nodes at most so many edges away from the focus, before it and after
            it; without a focus, from the root. What is cut off is hinted at by dashed nodes.
        focus: a node of the graph to draw the surroundings of, to a depth of 1 by default.
        reached_from: a node, such as a weight; draw only it and what depends on it.
        paths_to: a node to draw the chain-rule paths to, each in a colour and dash of its own, with
            a legend of their products and the sum, which is the gradient. Only the paths are drawn,
            and dimmed what their local derivatives speak of; with ``depth``, ``focus`` or
            ``reached_from``, what these say is drawn as well, and dimmed.
        max_paths: how many paths to lay over the graph, the largest first if there are more.
        constants: "fold" writes the constants of an expression into the op that uses them, as in
            ``2·□`` (□ is what comes in by an edge); "show" gives each a node.
        collapse: "layer" draws a box for each array of a layer (``a1 = W1 x + b1``), "neuron" one
            for each neuron; None draws every node.
        expand: the names of boxes, as "a1", whose nodes are drawn after all."""

_RAISES = """\
        NotAValueError: if the root, or a node among the options, is not a Value.
        OptionError: if an option is out of range, or a node among them is not in the graph.
        GraphTooLargeError: if there are more than ``max_nodes`` nodes to draw."""


def takes_picture_options(function: F) -> F:
    """Write the options of a picture into the signature and the docstring of a function.

    So ``help`` tells all of them, and editors complete them. In the docstring, ``<options>`` stands
    for them, and ``<errors>`` for what they raise.
    """
    import inspect

    own = inspect.signature(function)
    parameters = [p for p in own.parameters.values() if p.kind is not p.VAR_KEYWORD]
    for name, default in DEFAULTS.items():
        kind = PictureOptions.__annotations__[name].__forward_arg__
        parameters.append(
            inspect.Parameter(
                name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=kind
            )
        )
    function.__signature__ = own.replace(parameters=parameters)  # type: ignore[attr-defined]
    if function.__doc__:  # under -OO there is none
        text = function.__doc__.replace("        <options>", _DESCRIPTION)
        function.__doc__ = text.replace("        <errors>", _RAISES)
    return function


def completed(options: PictureOptions) -> PictureOptions:
    """Return the options that were given, with the defaults of all others.

    Raises:
        OptionError: if there is no option of a name.

    >>> completed({"depth": 2})["depth"], completed({})["constants"]
    (2, 'fold')
    """
    # Not imported above, where it would fail beside a foreign autograd before the doctor can look.
    from autograd.errors import did_you_mean

    for name in options:
        if name not in DEFAULTS:
            raise OptionError(f"unknown option {name!r}{did_you_mean(name, DEFAULTS)}")
    return DEFAULTS | options


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
    # Not imported above, where it would fail beside a foreign autograd before the doctor can look.
    from autograd.errors import did_you_mean

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
