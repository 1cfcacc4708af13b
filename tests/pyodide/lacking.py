"""A plugin of pytest: tests that need what Pyodide lacks are skipped, with the reason.

That is other packages, NumPy above all, processes and threads. Tests often import what only some of
them use, so an import in a test gives a stand-in, and a test is skipped when it looks into it. The
library gets none: there the package is missing, as it is for users.
"""

from __future__ import annotations

import builtins
import types
from collections.abc import Iterator
from doctest import UnexpectedException
from typing import Any, NoReturn

import pytest
from hypothesis import HealthCheck, settings

ABSENT = {"dask", "debugpy", "distributed", "IPython", "jax", "matplotlib", "mypy", "nbclient",
          "nbformat", "networkx", "numba", "numpy", "scipy", "selenium", "setuptools", "shtab",
          "sklearn", "sympy", "torch", "termios", "fcntl", "pty", "resource"}  # fmt: skip
REFUSALS = ("can't start new thread", "does not support processes", "out of pty devices",
            "stack switching not supported", "needs NumPy, which is not installed",
            "programs run on NumPy",
            "no renderer was added")  # fmt: skip
find = builtins.__import__


class StandIn(types.ModuleType):
    """In the place of a package that is not there, and of all that is in it."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return StandIn(f"{self.__name__}.{name}") if is_collecting else missing(self.__name__)

    def __getitem__(self, index: Any) -> Any:
        return self.__call__(index)

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
    except ImportError as error:
        asking = (globals or {}).get("__file__") or ""
        if "/tests/" not in asking or not is_absent(error):
            raise
        package = (error.name or "NumPy").partition(".")[0]
        return StandIn(package) if package == name.partition(".")[0] else missing(package)


def is_absent(error: BaseException) -> bool:
    """Whether an error says that Pyodide lacks something."""
    if isinstance(error, ModuleNotFoundError):
        return (error.name or "").partition(".")[0] in ABSENT
    return any(refusal in str(error) for refusal in REFUSALS)


def reasons(error: BaseException | None) -> Iterator[BaseException]:
    """An error, and what it came from."""
    while error is not None:
        yield error
        if isinstance(error, UnexpectedException):  # of a doctest
            yield error.exc_info[1]
        error = error.__cause__ or error.__context__


def pytest_load_initial_conftests() -> None:
    """Give stand-ins from now on; whoever merely imports this file gets none."""
    builtins.__import__ = find_or_stand_in  # type: ignore[assignment]


def pytest_sessionstart() -> None:
    """Try fewer examples, for this Python is slow; other Pythons try them all."""
    settings.register_profile(
        "pyodide", max_examples=10, deadline=None, derandomize=True, database=None,
        suppress_health_check=[*HealthCheck],
    )  # fmt: skip
    settings.load_profile("pyodide")


def pytest_collection_finish() -> None:
    """From now on whoever looks into a stand-in needs it."""
    global is_collecting
    is_collecting = False


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Function) -> Iterator[None]:
    """Skip a test that is given, or runs into, what Pyodide lacks."""
    for given in getattr(item, "funcargs", {}).values():
        for each in given if isinstance(given, (list, tuple)) else [given]:
            if isinstance(each, StandIn):
                missing(each.__name__)
    try:
        return (yield)
    except Exception as error:
        for reason in reasons(error):
            if is_absent(reason):
                pytest.skip(f"needs {getattr(reason, 'name', None) or reason}")
        raise


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fail where most tests are skipped: then something is lacking that should be there."""
    reporter: Any = session.config.pluginmanager.get_plugin("terminalreporter")
    if len(reporter.stats.get("passed", ())) < len(reporter.stats.get("skipped", ())):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
