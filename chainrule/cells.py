"""Reading the code cells of a notebook, to be run as a file of Python is."""

from __future__ import annotations

import json
import pathlib
import re
from types import CodeType
from typing import Any

from autograd.debuggers import register
from viz.errors import ScriptError
from viz.text import visible

SUFFIX = ".ipynb"

# What IPython reads before Python does: %matplotlib inline, !pip install …, help?, and ?help.
_MAGIC = re.compile(r"\s*[%!?]|.*\?\s*$")
# Magics at the top of a cell whose rest is Python, run in the names of the notebook.
_OF_PYTHON = {"%%capture", "%%prun", "%%time"}


def sources(path: pathlib.Path) -> list[str]:
    """Return the text of the code cells, in order.

    Raises:
        ScriptError: if the file is no notebook of Python.
    """
    try:
        notebook: Any = json.loads(path.read_text("utf-8"))
        language = notebook["metadata"].get("kernelspec", {}).get("language", "python")
        if notebook["nbformat"] < 4:
            raise ScriptError(
                f"{path} is a notebook in format {notebook['nbformat']}, of before 2014: open it "
                "in Jupyter and save it"
            )
        if language != "python":
            raise ScriptError(f"{path} is a notebook in {visible(language)}, not in Python")
        cells = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
        return ["".join(cell["source"]) for cell in cells]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ScriptError(f"{path} is no notebook of Jupyter: {error!r}") from error


def compiled(source: str, filename: str) -> CodeType:
    """Compile a cell; a line that Python can't read is passed over if it is one of magic.

    Tracebacks find the lines by the name.

    Raises:
        SyntaxError: if the cell is not Python otherwise.
    """
    lines = source.split("\n")
    first = lines[0].split(maxsplit=1)
    if first and first[0].startswith("%%"):
        if first[0] not in _OF_PYTHON:
            lines = []  # in another language, or for a file
        else:
            lines[0] = ""
    register(filename, source)
    while True:
        try:
            return compile("\n".join(lines), filename, "exec")
        except SyntaxError as error:
            line = (error.lineno or 1) - 1
            if line >= len(lines) or not _MAGIC.match(lines[line]):
                raise
            indent = lines[line][: len(lines[line]) - len(lines[line].lstrip())]
            lines[line] = f"{indent}pass"
