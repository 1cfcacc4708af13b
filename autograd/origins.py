"""Where in the user's source a node was made."""

from __future__ import annotations

import os
from itertools import islice
from types import CodeType, FrameType
from typing import NamedTuple

from autograd.text import printable

# A node that was being made remembers this much; the rest is looked up when somebody asks.
Instruction = tuple[CodeType, int]


class Origin(NamedTuple):
    """A place in the source: file, line (from 1) and columns of the expression (from 0).

    >>> import autograd
    >>> with autograd.record_origins():
    ...     y = autograd.Value(2.0) * 3
    >>> y.origin.line, y.origin.function
    (2, '<module>')
    """

    filename: str
    function: str
    line: int
    column: int
    end_line: int
    end_column: int

    def __str__(self) -> str:
        return f"{printable(self.filename)}:{self.line}"

    def excerpt(self) -> str:
        """Return the first line of the expression with carets under it; empty if unreadable."""
        import linecache  # only for people who look: it loads the tokenizer

        source = linecache.getline(self.filename, self.line).rstrip("\n")
        if not source:
            return ""
        encoded = source.encode()  # compiled code counts columns in bytes
        start = len(encoded[: self.column].decode(errors="ignore"))
        end = len(encoded[: self.end_column].decode(errors="ignore"))
        if self.end_line != self.line:
            end = len(source)
        indent = len(source) - len(source.lstrip())
        start = max(start, indent)
        before, marked = printable(source[indent:start]), printable(source[start:end])
        carets = " " * len(before) + "^" * max(len(marked), 1)
        return f"    {before}{marked}{printable(source[max(start, end) :])}\n    {carets}"


def locate(instruction: Instruction) -> Origin:
    """Return the place in the source of a bytecode instruction."""
    code, offset = instruction
    unknown = (code.co_firstlineno,) * 2 + (0, 0)
    position = next(islice(code.co_positions(), offset // 2, None), unknown)
    line, end_line, column, end_column = (
        default if part is None else part for part, default in zip(position, unknown, strict=True)
    )
    return Origin(code.co_filename, code.co_qualname, line, column, end_line, end_column)


class _Internal(dict[str, bool]):
    """For the name of a source file, whether its code works for the line that called it.

    That is so for the code of the engine and of ``nn``, and not for a user's.
    """

    def __missing__(self, filename: str) -> bool:
        self[filename] = is_internal = filename.startswith(_PACKAGES)
        return is_internal


# These packages lie side by side, installed or not.
_HOME = os.path.dirname(os.path.dirname(__file__))
_PACKAGES = tuple([os.path.join(_HOME, package, "") for package in ("autograd", "nn")])
internal = _Internal()


def calling_frame(frame: FrameType) -> FrameType:
    """Return the innermost frame, from this one outwards, of code that isn't internal.

    Where all are, that is the outermost.
    """
    while internal[frame.f_code.co_filename] and frame.f_back is not None:
        frame = frame.f_back
    return frame
