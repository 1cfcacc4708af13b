"""From DOT text to a picture: what lays graphs out, programs and functions, and running them."""

from __future__ import annotations

import pathlib
import shutil
import subprocess
import sys
import sysconfig
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from autograd.installing import in_a_browser
from autograd.refusals import shorten
from viz.errors import FormatError, OptionError, RenderError

TIME_LIMIT = 60.0  # seconds

_NEEDS_GRAPHVIZ = {"pdf", "ps", "eps", "webp", "tiff"}  # graphviz-pure doesn't write them
_ON_SCREEN = {"gtk", "x11", "xlib"}  # formats of dot that open a window instead of a file


@dataclass(frozen=True)
class Renderer(ABC):
    """What lays graphs out: what it is called, its version, what formats it writes.

    >>> mine = add_renderer("mine", lambda dot, file_format: "<svg/>")
    >>> mine.name, mine.formats, mine.render("digraph {}", "svg")
    ('mine', ('svg',), b'<svg/>')
    >>> remove_renderer(mine)
    """

    name: str
    version: str
    formats: tuple[str, ...]

    @property
    @abstractmethod
    def place(self) -> str:
        """Where it is, for messages."""

    @abstractmethod
    def render(self, dot: str, file_format: str, time_limit: float = TIME_LIMIT) -> bytes:
        """Return the picture of a graph.

        Raises:
            RenderError: if it fails, or takes longer than the time limit in seconds.
        """


@dataclass(frozen=True)
class _Program(Renderer):
    """A program like ``dot``, which reads DOT text from its standard input."""

    program: pathlib.Path

    @property
    def place(self) -> str:
        return str(self.program)

    def render(self, dot: str, file_format: str, time_limit: float = TIME_LIMIT) -> bytes:
        finished = _run(self.program, f"-T{file_format}", dot, time_limit)
        if finished.returncode != 0 or not finished.stdout:
            raise RenderError(f"{self.program} {_failure(finished)}")
        return finished.stdout


@dataclass(frozen=True)
class _Function(Renderer):
    """A function that somebody added; nothing interrupts it at the time limit."""

    function: Callable[[str, str], bytes | str]

    @property
    def place(self) -> str:
        return f"added by add_renderer({self.name!r}, …)"

    def render(self, dot: str, file_format: str, time_limit: float = TIME_LIMIT) -> bytes:
        try:
            drawn = self.function(dot, file_format)
        except Exception as error:
            raise RenderError(f"{self.name} failed: {type(error).__name__}: {error}") from error
        picture = drawn.encode() if isinstance(drawn, str) else drawn
        if not isinstance(picture, bytes) or not picture:
            raise RenderError(f"{self.name} returned {shorten(drawn)} in place of a picture")
        return picture


_added: list[Renderer] = []


def add_renderer(
    name: str,
    function: Callable[[str, str], bytes | str],
    *,
    formats: Iterable[str] = ("svg",),
    version: str = "",
) -> Renderer:
    """Let a function lay graphs out, in preference to the programs that are found.

    That is for places where no program runs, such as a browser, and for engines of your own. What
    was added last is asked first. :func:`remove_renderer` takes it back.

    Args:
        name: what messages call it.
        function: takes DOT text and a format, and returns the picture, as bytes or as text. SVG has
            to be as Graphviz writes it, a group of class ``node`` or ``edge`` for each with its
            title. An exception is reported, and the next renderer is asked.
        formats: those that it writes.
        version: what ``chainrule doctor`` says of it.

    Raises:
        OptionError: if it is no function, or writes no format.

    >>> def my_engine(dot, file_format):
    ...     return "<svg>drawn by hand</svg>"
    >>> mine = add_renderer("my engine", my_engine)
    >>> render("digraph { a -> b }")
    b'<svg>drawn by hand</svg>'
    >>> remove_renderer(mine)
    """
    written = (formats,) if isinstance(formats, str) else tuple(formats)
    if not callable(function) or not written:
        raise OptionError(
            "a renderer is a function of DOT text and a format, and the formats that it writes: "
            f'add_renderer("mine", function, formats=["svg"]), not {shorten(function)} with '
            f"the formats {list(written)}"
        )
    added = _Function(name, version, written, function)
    _added.insert(0, added)
    return added


def remove_renderer(renderer: Renderer) -> None:
    """Ask a renderer no more that :func:`add_renderer` returned.

    Raises:
        OptionError: if it was not added, or was removed before.

    >>> mine = add_renderer("mine", lambda dot, file_format: "<svg/>")
    >>> remove_renderer(mine)
    >>> mine.name in [renderer.name for renderer in renderers()[0]]
    False
    """
    for position, added in enumerate(_added):
        if added is renderer:
            del _added[position]
            return
    raise OptionError(f"{shorten(renderer)} is no renderer that was added")


def render(dot: str, file_format: str = "svg", *, time_limit: float = TIME_LIMIT) -> bytes:
    """Lay out a graph given as DOT text and return the picture.

    It is the work of Graphviz: of what :func:`add_renderer` added, else of the system's ``dot`` if
    that works, else of ``graphviz-pure``. A program runs without a shell and reads the text from
    its standard input.

    Args:
        dot: a graph in the language DOT.
        file_format: one of :func:`formats`.
        time_limit: in seconds, for a program.

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
    advice = "'chainrule doctor' shows what works" if found else remedy()
    raise RenderError(f"can't lay out the graph: {'; '.join(problems)}; {advice}")


def formats() -> list[str]:
    """Return the formats that :func:`render` writes, sorted.

    >>> "svg" in formats()
    True
    """
    return sorted({name for renderer in renderers()[0] for name in renderer.formats})


def remedy() -> str:
    """Return how to get a renderer here, and what needs none.

    >>> remedy().partition(";")[0]
    'pip install --force-reinstall graphviz-pure, or install Graphviz'
    """
    if in_a_browser():
        return (
            "viz.add_renderer takes a function that draws, and no program can be installed in a "
            "browser; viz.to_text, viz.to_dot and viz.to_mermaid need neither"
        )
    return (
        "pip install --force-reinstall graphviz-pure, or install Graphviz; viz.to_text, viz.to_dot "
        "and viz.to_mermaid need neither"
    )


def unknown_format(file_format: str, known: Sequence[str]) -> str:
    """Return what to say about a format that can't be written.

    >>> unknown_format("docx", ["png", "svg"])
    "can't write the format 'docx'; it must be one of png, svg"
    """
    message = f"can't write the format {file_format!r}; it must be one of {', '.join(known)}"
    if file_format in _NEEDS_GRAPHVIZ and not in_a_browser():
        message += f"; {file_format} needs Graphviz itself: see https://graphviz.org/download"
    return message


def renderers() -> tuple[list[Renderer], list[str]]:
    """Return the renderers in order of preference, and what is wrong with those that don't run."""
    found: list[Renderer] = [*_added]
    problems: list[str] = []
    for name, program in _programs():
        try:
            found.append(_inspect(name, program))
        except RenderError as error:
            problems.append(str(error))
    if not found and not problems:
        problems.append(
            "no renderer was added"
            if in_a_browser()
            else "neither dot nor graphviz-pure is installed"
        )
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
def _inspect(name: str, program: str) -> _Program:
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
    return _Program(
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
