"""The exceptions of compile; they extend the tree of :mod:`autograd.errors`.

::

    AutogradError
    └── CompileError (ValueError)        a loss that can't be lifted, or arguments that don't fit
        ├── NoProgramError (AttributeError)  what a step has only once it was called, or never
        └── TracingError (TypeError)     what would hold for one example or one call only
"""

from __future__ import annotations

from autograd.errors import AutogradError
from autograd.installing import how_to_install


class CompileError(AutogradError, ValueError):
    """A loss can't be made an array program, or a program was called with what it can't take.

    >>> import autograd
    >>> autograd.compile(abs, batch="x", backend="cobol")
    Traceback (most recent call last):
    autograd.compiler.errors.CompileError: there is no backend 'cobol'; it must be one of...
    """


class NoProgramError(CompileError, AttributeError):
    """An attribute that a step has once its program is made, or has with another backend only."""


def missing_backend(backend: str) -> CompileError:
    """Return the error for a backend whose package, of the same name, is not installed."""
    return CompileError(
        f"{missing(backend, f'backend={backend!r}')}, or leave the backend out for NumPy"
    )


def missing(package: str, what: str) -> CompileError:
    """Return the error for what needs a package that is not installed."""
    return CompileError(
        f"{what} needs {package}, which is not installed: {how_to_install(package)} (the extra "
        f"{package!r})"
    )


class TracingError(CompileError, TypeError):
    """While a loss is recorded, code asked for the number in a Value, which differs in each run.

    Or it made another graph when it was called again: from random numbers, a counter, the time.

    >>> import autograd
    >>> step = autograd.compile(lambda x: x if x > 0 else -x, batch="x")
    >>> step([1.0])
    Traceback (most recent call last):
    autograd.compiler.errors.TracingError: v > … looks at the number in x, which the recording...
    """


def no_class(wrong: float, n_classes: int, row: int) -> CompileError:
    """Return the error for a class that there is not."""
    return CompileError(
        f"a class must be a whole number from 0 to {n_classes - 1}, not {wrong} ({in_row(row)})"
    )


def in_row(row: int) -> str:
    """Say where in a batch something is."""
    return f"in row {row} of the batch, counted from 0"
