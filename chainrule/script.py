"""Running a user's file to take Values out of it."""

from __future__ import annotations

import linecache
import pathlib
import runpy
import sys
from collections.abc import Callable, Sequence
from functools import partial
from types import ModuleType, TracebackType
from typing import Any, TypeVar

import autograd
from autograd.changes import restoring
from chainrule import cells
from viz.errors import NoScriptError, ScriptError
from viz.picture.names import suggestion
from viz.text import visible

R = TypeVar("R")


def run_file(path: pathlib.Path) -> dict[str, Any]:
    """Run a Python file as an import would, or a notebook's cells, and return its global names.

    Its folder is searched for modules first, ``sys.argv`` holds its path alone, and ``__name__`` is
    not ``"__main__"``, so what is guarded by that does not run.

    Raises:
        NoScriptError: if there is no such file.
        ScriptError: if it is no notebook of Python, or raises; with the file's line and the error.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder) / "net.py"
    ...     _ = path.write_text("answer = 42")
    ...     run_file(path)["answer"]
    42
    """
    if not path.is_file():
        raise NoScriptError(f"there is no file {str(path)!r}")
    linecache.checkcache(str(path))  # else lines of what was called so before would be shown
    run: Callable[[], dict[str, Any]]
    if path.suffix == cells.SUFFIX:
        run = partial(_run_cells, path, cells.sources(path))
    else:
        run = partial(runpy.run_path, str(path), run_name=_RUN_NAME)
    try:
        return _as_script(path, run)
    except SyntaxError as error:
        place = f"{error.filename or path}{f':{error.lineno}' if error.lineno else ''}"
        raise ScriptError(f"{place}: {type(error).__name__}: {error.msg}") from error
    except (Exception, SystemExit) as error:
        said = " ".join(str(error).split())
        raise ScriptError(
            f"{_place(error.__traceback__, path)}: {type(error).__name__}"
            f"{f': {said}' if said else ''}"
        ) from error


def load(path: pathlib.Path, name: str) -> tuple[autograd.Value, dict[str, Any]]:
    """Run a file and return its Value of that name, and all its global names.

    Values without a label get the name of their variable, the one asked for first.

    Raises:
        ScriptError: if the file does not run, has no such name, or it is not a Value.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder) / "net.py"
    ...     _ = path.write_text("from autograd import Value; x = Value(2.0)")
    ...     load(path, "x")[0]
    Value(data=2.0, grad=0.0, label='x')
    """
    names = run_file(path)
    root = find_value(names, name, path)
    autograd.name_values({name: root, **names})
    return root, names


def find_value(names: dict[str, Any], name: str, path: pathlib.Path) -> autograd.Value:
    """Return the Value of that name among a file's global names.

    Raises:
        ScriptError: if there is no such name, or it is not a Value.

    >>> find_value({"loss": autograd.Value(1.0)}, "loss", pathlib.Path("net.py"))
    Value(data=1.0, grad=0.0)
    """
    if name not in names:
        values = [known for known, value in names.items() if isinstance(value, autograd.Value)]
        hint = suggestion(name, values) if values else _NO_VALUES
        raise ScriptError(f"{path} has no global name {name!r}{hint}")
    found = names[name]
    if not isinstance(found, autograd.Value):
        kind = type(found)
        raise ScriptError(
            f"{name} in {path} is not an autograd.Value but a {kind.__module__}.{kind.__qualname__}"
            f": {visible(repr(found))}; give the Value meant a name of its own"
        )
    return found


_NO_VALUES = (
    "; it has no global Value at all: names inside of functions, or under "
    "if __name__ == '__main__', are not seen"
)


_RUN_NAME = "<chainrule>"


def _run_cells(path: pathlib.Path, sources: Sequence[str]) -> dict[str, Any]:
    """Run the cells of a notebook in a module of their own, where nothing is displayed."""
    module = ModuleType(_RUN_NAME)
    names = vars(module)
    names |= {"__file__": str(path), "display": lambda *shown, **options: None}

    def run() -> dict[str, Any]:
        sys.modules[_RUN_NAME] = module  # where classes look for theirs
        for number, source in enumerate(sources, 1):
            exec(cells.compiled(source, f"{path}, cell {number}"), names)
        return names

    return restoring(lambda: sys.modules.pop(_RUN_NAME, None), run)


def _as_script(path: pathlib.Path, work: Callable[[], R]) -> R:
    """Do work with the arguments and the search path of a script."""
    argv, search_path = sys.argv, sys.path

    def run() -> R:
        sys.argv = [str(path)]
        sys.path = [str(path.resolve().parent), *search_path]
        return work()

    def restore() -> None:
        sys.argv, sys.path = argv, search_path

    return restoring(restore, run)


def _place(traceback: TracebackType | None, path: pathlib.Path) -> str:
    """Return file:line of the last line of the user's file, or of a cell, that was running."""
    place = str(path)
    while traceback is not None:
        filename = traceback.tb_frame.f_code.co_filename
        if filename == str(path) or filename.startswith(f"{path}, cell "):
            place = f"{filename}:{traceback.tb_lineno}"
        traceback = traceback.tb_next
    return place
