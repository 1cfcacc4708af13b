"""Being seen in debuggers: also by those that skip what is installed, as VS Code's does."""

from __future__ import annotations

import os
import sys
from functools import cache
from types import FunctionType
from typing import TYPE_CHECKING, TypeVar, cast

from autograd.origins import internal

if TYPE_CHECKING:
    from collections.abc import Callable

F = TypeVar("F", bound="Callable[..., object]")


def in_sight(function: F) -> F:
    """Return the function, or what does the same line for line where a debugger would skip it.

    So a person who steps into ``backward`` gets to the chain rule, whatever the settings.
    """
    return cast(F, _twin(cast(FunctionType, function))) if is_skipped() else function


def is_skipped() -> bool:
    """Return whether a debugger is at work that stops in no code of this package.

    That is debugpy, which VS Code and JupyterLab run, for a package that is installed, unless
    ``justMyCode`` is false. It goes by files, so what is said of this one holds for its neighbours.
    """
    try:
        debugger = sys.modules["pydevd"].get_global_debugger()  # debugpy is made of pydevd
        if debugger is None or not debugger.is_files_filter_enabled:
            return False
        frame = sys._getframe()
        return bool(debugger.apply_files_filter(frame, frame.f_code.co_filename, False))
    except (KeyError, AttributeError):  # there is none, or PyCharm's, which skips nothing
        return False


def unskipped(name: str) -> str:
    """Return the name of a file, which there isn't, that debuggers take for one of the user's.

    Not so one with angle brackets, or a relative one: those are a library's to them.
    """
    return os.path.abspath(f"{name}.py")


def register(filename: str, source: str) -> None:
    """Let tracebacks and debuggers find the lines of a file that there isn't."""
    import linecache  # only for people who look: it loads the tokenizer

    lines = source.splitlines(keepends=True)
    linecache.cache[filename] = (len(source), None, lines, filename)


@cache
def _twin(function: FunctionType) -> FunctionType:
    import linecache

    code = function.__code__
    filename = unskipped(function.__module__)
    register(filename, "".join(linecache.getlines(code.co_filename)))
    internal[filename] = True
    # Two codes are equal whatever their files, and a debugger notes by code what it skips: so this
    # one has a constant more.
    code = code.replace(co_filename=filename, co_consts=(*code.co_consts, filename))
    return FunctionType(code, function.__globals__, function.__name__, function.__defaults__)
