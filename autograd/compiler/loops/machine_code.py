"""Machine code by numba, where it is installed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

try:
    import numba
except ImportError:  # said when it is asked for; until then they are Python
    numba = None

F = TypeVar("F", bound=Callable[..., Any])


def machine_code(function: F) -> F:
    """Compile a function of arrays; dividing by 0 is inf or nan."""
    return function if numba is None else numba.njit(error_model="numpy")(function)


def of_elements(function: F) -> F:
    """Compile a function of numbers, and apply it to each element of arrays."""
    return function if numba is None else numba.vectorize()(function)
