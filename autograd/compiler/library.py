"""Functions that programs bring along: they are copied as they stand, with all that they call."""

from __future__ import annotations

import dis
import inspect
import math
from collections.abc import Iterable, Iterator
from functools import cache
from types import CodeType, FunctionType, ModuleType
from typing import Any


class Library:
    """The functions of some modules; one of a later module takes the place of its namesake."""

    def __init__(self, *modules: ModuleType) -> None:
        self.functions: dict[str, FunctionType] = {
            name: function
            for module in modules
            for name, function in vars(module).items()
            if isinstance(function, FunctionType)
        }

    def copied(self, names: Iterable[str]) -> tuple[list[str], list[str]]:
        """Return lines that import, and definitions, for the functions of these names.

        What a function needs is what its code reads of its module: other functions, modules, and
        what comes from ``math``.
        """
        imports: dict[str, None] = {}
        of_math: set[str] = set()
        definitions: dict[str, str] = {}
        waiting: list[tuple[str, Any]] = [(name, self.functions[name]) for name in names]
        while waiting:
            name, found = waiting.pop(0)
            found = self.functions.get(name, found)
            if name in definitions:
                continue
            if isinstance(found, ModuleType):
                imports.setdefault(f"import {found.__name__}")
            elif isinstance(found, FunctionType):
                definitions[name] = _source(found)
                waiting += _read_globals(found)
            elif getattr(math, name, None) is found:
                of_math.add(name)
            else:
                definitions[name] = _written(name, found)
        imports.pop("import numpy", None)  # which every program has
        lines = [*imports]
        if of_math:
            lines.append(f"from math import {', '.join(sorted(of_math))}")
        return lines, [*definitions.values()]


# Programs share these functions, and it takes a while to find the text of one.
@cache
def _source(function: FunctionType) -> str:
    return inspect.getsource(function).rstrip()


@cache
def _read_globals(function: FunctionType) -> tuple[tuple[str, Any], ...]:
    """Return what a function reads of its module, by name; the builtins are not in it."""
    read = function.__globals__
    names = dict.fromkeys(_global_names(function.__code__))
    return tuple((name, read[name]) for name in names if name in read)


def _global_names(code: CodeType) -> Iterator[str]:
    for instruction in dis.get_instructions(code):
        if instruction.opname == "LOAD_GLOBAL":
            yield instruction.argval
    for constant in code.co_consts:
        if isinstance(constant, CodeType):  # of a function or a comprehension within
            yield from _global_names(constant)


def _written(name: str, numbers: tuple[float, ...]) -> str:
    listed = ",\n    ".join(map(repr, numbers))
    return f"{name} = (\n    {listed},\n)"
