"""From DOT text to a picture: the programs that lay graphs out, and running them."""

from __future__ import annotations

import pathlib
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from viz.errors import FormatError, RenderError

TIME_LIMIT = 60.0  # seconds

REMEDY = "pip install --force-reinstall graphviz-pure, or install Graphviz"
_NEEDS_GRAPHVIZ = {"pdf", "ps", "eps", "webp", "tiff"}  # graphviz-pure doesn't write them
_ON_SCREEN = {"gtk", "x11", "xlib"}  # formats of dot that open a window instead of a file


@dataclass(frozen=True)
class Renderer:
    """A program that lays graphs out: what it is called, where it is, what it writes."""

    name: str
    program: pathlib.Path
    version: str
    formats: tuple[str, ...]

    def render(self, dot: str, file_format: str, time_limit: float = TIME_LIMIT) -> bytes:
        """Return the picture of a graph.

        Raises:
            RenderError: if the program fails or takes longer than the time limit.
        """
        finished = _run(self.program, f"-T{file_format}", dot, time_limit)
        if finished.returncode != 0 or not finished.stdout:
            raise RenderError(f"{self.program} {_failure(finished)}")
        return finished.stdout


def render(dot: str, file_format: str = "svg", *, time_limit: float = TIME_LIMIT) -> bytes:
    """Lay out a graph given as DOT text and return the picture.

    It is the work of Graphviz: of the system's ``dot`` if that works, else of ``graphviz-pure``.
    The program runs without a shell and reads the text from its standard input.

    Raises:
        FormatError: if no renderer writes the format.
        RenderError: if there is no renderer, or all fail, or the time limit (in seconds) is over.

    >>> render("digraph { a -> b }").startswith(b"<?xml")
    True
    """
    found, problems = renderers()
    if found and not any(file_format in renderer.formats for renderer in found):
        raise FormatError(unknown_format(file_format, formats()))
    for renderer in found:
        if file_format in renderer.formats:
            try:
                return renderer.render(dot, file_format, time_limit)
            except RenderError as error:
                if isinstance(error.__cause__, subprocess.TimeoutExpired):
                    raise  # another program would hardly be faster
                problems.append(str(error))
    advice = "'chainrule doctor' shows what works" if found else REMEDY
    raise RenderError(f"can't lay out the graph: {'; '.join(problems)}; {advice}")


def formats() -> list[str]:
    """Return the formats that :func:`render` writes, sorted.

    >>> "svg" in formats()
    True
    """
    return sorted({name for renderer in renderers()[0] for name in renderer.formats})


def unknown_format(file_format: str, known: Sequence[str]) -> str:
    """Return what to say about a format that can't be written.

    >>> unknown_format("docx", ["png", "svg"])
    "can't write the format 'docx'; it must be one of png, svg"
    """
    message = f"can't write the format {file_format!r}; it must be one of {', '.join(known)}"
    if file_format in _NEEDS_GRAPHVIZ:
        message += f"; {file_format} needs Graphviz itself: see https://graphviz.org/download"
    return message


def renderers() -> tuple[list[Renderer], list[str]]:
    """Return the renderers in order of preference, and what is wrong with those that don't run."""
    found, problems = [], []
    for name, program in _programs():
        try:
            found.append(_inspect(name, program))
        except RenderError as error:
            problems.append(str(error))
    if not found and not problems:
        problems.append("neither dot nor graphviz-pure is installed")
    return found, problems


def _programs() -> Iterator[tuple[str, str]]:
    if dot := shutil.which("dot"):
        yield "dot", dot
    # pip puts programs beside the interpreter, which need not be on the PATH.
    scripts = sysconfig.get_path("scripts"), str(pathlib.Path(sys.executable).parent), None
    for folder in scripts:
        if program := shutil.which("graphviz-pure", path=folder):
            yield "graphviz-pure", program
            return


@lru_cache(maxsize=16)
def _inspect(name: str, program: str) -> Renderer:
    path = pathlib.Path(program)
    version = _run(path, "-V", "", TIME_LIMIT)
    if version.returncode != 0:
        raise RenderError(f"{program} {_failure(version)}")
    # Asked for a format that doesn't exist, dot lists those that do.
    _, listed, names = _run(path, "-T?", "", TIME_LIMIT).stderr.decode().partition("one of:")
    if not listed:
        raise RenderError(f"{program} does not say which formats it writes")
    if not names.split():
        raise RenderError(
            f"{program} has no plugins to write pictures with: run 'dot -c' as its administrator"
        )
    return Renderer(
        name=name,
        program=path,
        version=version.stderr.decode().strip(),
        formats=tuple(sorted(set(names.split()) - _ON_SCREEN)),
    )


def _run(
    program: pathlib.Path, option: str, dot: str, time_limit: float
) -> subprocess.CompletedProcess[bytes]:
    try:
        return subprocess.run(
            [program, option],
            input=dot.encode(),
            capture_output=True,
            timeout=time_limit,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise RenderError(
            f"{program} did not finish within {time_limit:g} seconds; draw fewer nodes, with depth "
            "or focus"
        ) from error
    except OSError as error:
        raise RenderError(f"{program} does not start: {error.strerror or error}") from error


def _failure(finished: subprocess.CompletedProcess[bytes]) -> str:
    said = finished.stderr.decode(errors="replace").strip().splitlines()
    reason = said[-1] if said else "without a word"
    return f"failed with exit status {finished.returncode}: {reason}"
