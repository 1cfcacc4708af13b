"""Run a program as machine code: its source under ``numba.njit``, kept on disk between runs."""

from __future__ import annotations

import hashlib
import importlib.util
import inspect
import os
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from autograd.compiler import loops
from autograd.compiler.errors import CompileError, missing
from autograd.compiler.source import untyped
from autograd.files import write_atomically

_DECORATOR = '@numba.njit(cache=True, error_model="numpy")\n'


def load(source: str) -> Callable[..., Any]:
    """Return the function of a program as machine code, which is made when it is first called.

    The text is kept in a file of the folder ``chainrule`` in the user's cache, or of the folder
    that the environment variable ``CHAINRULE_CACHE`` names, and numba keeps the code beside it.

    Raises:
        CompileError: if numba is not installed; at the first call, if numba can't compile it.
    """
    try:
        import numba
    except ImportError as error:
        raise missing("numba") from error
    function = _imported(for_numba(source)).loss_and_gradient

    def run(*arrays: Any) -> Any:
        try:
            return function(*arrays)
        except numba.core.errors.NumbaError as error:
            lines = [line.strip() for line in str(error).splitlines() if line.strip()]
            raise CompileError(
                "numba can't compile this program; leave the backend out for NumPy. It says: "
                + " ".join(lines[:3])
            ) from error

    return run


def for_numba(source: str) -> str:
    """Return the source of a program with loops in place of operations on rows."""
    source = source.replace('@np.errstate(all="ignore")\n', "").replace("np.vdot(", "vdot(")
    source = re.sub(r"\b(da\w+)\.sum\(0\)", r"column_sums(\1)", source)
    head, *parts = source.strip().split("\n\n\n")
    functions = {}
    for part in parts:
        if found := re.match(r"def (\w+)\(", part):
            functions[found[1]] = part
    for name, loop in inspect.getmembers(loops, inspect.isfunction):
        if name in functions or f"{name}(" in functions["loss_and_gradient"]:
            functions[name] = untyped(inspect.getsource(loop))
    others = [part for part in parts if not re.match(r"def (\w+)\(", part)]
    needed = _needed(functions)
    program = functions.pop("loss_and_gradient")
    texts = [_DECORATOR + text for name, text in functions.items() if name in needed]
    head = head.replace("import numpy as np", "import numba\nimport numpy as np")
    return "\n\n\n".join([head, *others, *texts, _DECORATOR + program]) + "\n"


def _needed(functions: dict[str, str]) -> set[str]:
    """The functions that the program calls, and those that these call."""
    found, waiting = set[str](), ["loss_and_gradient"]
    while waiting:
        name = waiting.pop()
        if name in functions and name not in found:
            found.add(name)
            waiting += re.findall(r"(?<![\w.])(\w+)\(", functions[name])
    return found


def _imported(source: str) -> Any:
    """Write the text to a file that is named by its contents, and import it."""
    name = f"program_{hashlib.sha256(source.encode()).hexdigest()[:16]}"
    home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    folder = Path(os.environ.get("CHAINRULE_CACHE") or Path(home) / "chainrule")
    path = folder / f"{name}.py"
    if not path.exists():
        write_atomically(path, source.encode())
    qualified = f"autograd.compiled.{name}"
    if qualified not in sys.modules:
        specification = importlib.util.spec_from_file_location(qualified, path)
        assert specification is not None
        assert specification.loader is not None
        module = importlib.util.module_from_spec(specification)
        specification.loader.exec_module(module)
        sys.modules[qualified] = module
    return sys.modules[qualified]
