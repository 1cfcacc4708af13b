"""Arguments by order and by name: those of a function, and those that a step is called with."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from inspect import Parameter, Signature, signature
from typing import Any

from autograd.compiler.errors import CompileError
from autograd.errors import did_you_mean


def of_positions(function: Callable[..., Any], names: Sequence[str]) -> Callable[..., Any]:
    """Return the function of arguments in this order, though it takes some by keyword alone.

    Raises:
        CompileError: if it can't be called with so many.

    >>> of_positions(lambda x, *, y: x - y, ["y", "x"])(2, 5)
    3
    """
    try:
        found = signature(function)
    except (TypeError, ValueError):  # a function of C that doesn't say
        return function
    by_keyword = _by_keyword(found, names)
    _check_names(found, names, by_keyword)
    if not by_keyword:
        return function

    @wraps(function)
    def called(*arguments: Any) -> Any:
        given = dict(zip(names, arguments, strict=True))
        named = {name: given.pop(name) for name in by_keyword}
        return function(*given.values(), **named)

    return called


def _check_names(found: Signature, names: Sequence[str], by_keyword: Sequence[str]) -> None:
    """Raise an error unless a function can be called with arguments of these names."""
    by_order = [name for name in names if name not in by_keyword]
    try:
        found.bind(*by_order, **dict.fromkeys(by_keyword))
    except TypeError as error:
        needed = [
            name
            for name, parameter in found.parameters.items()
            if parameter.default is Parameter.empty and parameter.kind not in _OF_ANY_NUMBER
        ]
        listed = ", ".join(f'"{name}"' for name in needed)
        hint = f"write batch=({listed}{',' * (len(needed) == 1)})" if needed else "leave batch out"
        raise CompileError(
            f"the loss can't be called with {', '.join(names) or 'no arguments'}, which is what "
            f"batch names: {error}. Each argument that is an array with a row for each example "
            f"has a name in batch: {hint}"
        ) from None


_OF_ANY_NUMBER = {Parameter.VAR_POSITIONAL, Parameter.VAR_KEYWORD}


def _by_keyword(found: Signature, names: Sequence[str]) -> list[str]:
    """Return which of the arguments a function takes by keyword alone."""
    parameters = found.parameters
    kinds = {parameter.kind for parameter in parameters.values()}
    others_by_keyword = kinds >= {Parameter.VAR_KEYWORD} and Parameter.VAR_POSITIONAL not in kinds
    by_keyword = []
    for name in names:
        parameter = parameters.get(name)
        if parameter is None or parameter.kind is Parameter.VAR_KEYWORD:
            is_by_keyword = others_by_keyword
        else:
            is_by_keyword = parameter.kind is Parameter.KEYWORD_ONLY
        if is_by_keyword:
            by_keyword.append(name)
    return by_keyword


def in_order(
    names: Sequence[str], arguments: Sequence[Any], named: Mapping[str, Any]
) -> tuple[Any, ...]:
    """Return all arguments in the order of their names.

    Raises:
        CompileError: if a name is none of these, is given twice or is missing.
    """
    for name in named:
        if name not in names:
            raise CompileError(f"the step takes no {name!r}{did_you_mean(name, names)}")
        if name in names[: len(arguments)]:
            raise CompileError(f"{name} is given twice, by its place and by its name")
    rest = names[len(arguments) :]
    if missing := [name for name in rest if name not in named]:
        raise CompileError(f"the step takes {', '.join(names)}; {', '.join(missing)} is missing")
    return (*arguments, *[named[name] for name in rest])
