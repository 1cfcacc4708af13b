"""A plugin of pytest: tests that need what Pyodide lacks are skipped, with the reason.

That is other packages, NumPy above all, processes and threads. Tests often import what only some of
them use, so an import in a test gives a stand-in, and a test is skipped when it looks into it. The
library gets none: there the package is missing, as it is for users.
"""

from __future__ import annotations

import builtins
import types
from collections.abc import Iterator
from typing import Any, NoReturn

import pytest

ABSENT = {"dask", "debugpy", "distributed", "IPython", "jax", "matplotlib", "mypy", "nbclient",
          "nbformat", "networkx", "numba", "numpy", "scipy", "selenium", "setuptools", "shtab",
          "sklearn", "sympy", "torch", "termios", "fcntl", "pty", "resource"}  # fmt: skip
REFUSALS = ("can't start new thread", "does not support processes")
find = builtins.__import__


class StandIn(types.ModuleType):
    """In the place of a package that is not there, and of all that is in it."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return StandIn(f"{self.__name__}.{name}") if is_collecting else missing(self.__name__)

    def __call__(self, *arguments: Any, **named: Any) -> Any:
        return StandIn(f"{self.__name__}()") if is_collecting else missing(self.__name__)


is_collecting = True


def missing(name: str) -> NoReturn:
    """Skip the test, or in the head of a file all of them."""
    pytest.skip(f"needs {name.partition('.')[0]}", allow_module_level=True)


def find_or_stand_in(
    name: str, globals: Any = None, locals: Any = None, fromlist: Any = (), level: int = 0
) -> Any:
    """Import as Python does; in tests, a package that is not there has a stand-in."""
    try:
        return find(name, globals, locals, fromlist, level)
    except ModuleNotFoundError as error:
        asking = (globals or {}).get("__name__", "")
        if not asking.startswith("tests.") or not is_absent(error):
            raise
        package = (error.name or "").partition(".")[0]
        return StandIn(package) if package == name.partition(".")[0] else missing(package)


def is_absent(error: BaseException) -> bool:
    """Whether an error says that Pyodide lacks something."""
    if isinstance(error, ModuleNotFoundError):
        return (error.name or "").partition(".")[0] in ABSENT
    return isinstance(error, (OSError, RuntimeError)) and any(
        refusal in str(error) for refusal in REFUSALS
    )


def reasons(error: BaseException | None) -> Iterator[BaseException]:
    """An error, and what it came from."""
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def pytest_collection_finish() -> None:
    """From now on whoever looks into a stand-in needs it."""
    global is_collecting
    is_collecting = False


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Function) -> Iterator[None]:
    """Skip a test that is given, or runs into, what Pyodide lacks."""
    for given in getattr(item, "funcargs", {}).values():
        if isinstance(given, StandIn):
            missing(given.__name__)
    try:
        return (yield)
    except Exception as error:
        for reason in reasons(error):
            if is_absent(reason):
                pytest.skip(f"needs {getattr(reason, 'name', None) or reason}")
        raise


builtins.__import__ = find_or_stand_in
