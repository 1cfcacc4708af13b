"""Whether everything works on this machine, and how to mend what doesn't."""

from __future__ import annotations

import importlib.util
import pathlib
import platform
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import metadata

from viz.errors import ForeignPackageError, RenderError
from viz.formats.render import REMEDY, Renderer, renderers

PACKAGES = ("autograd", "nn", "viz")
OLDEST_PYTHON = (3, 11)
REINSTALL = "reinstall from your checkout: pip install --force-reinstall ."


@dataclass(frozen=True)
class Finding:
    """What was looked at, what was found, and how to mend it; no remedy where all is well.

    A warning has a remedy, but nothing fails without it.
    """

    subject: str
    state: str
    remedy: str = ""
    warning: bool = False

    @property
    def is_broken(self) -> bool:
        """Whether something does not work."""
        return bool(self.remedy) and not self.warning


def examine() -> list[Finding]:
    """Look at Python, at the packages that share our import names, and at the renderers.

    >>> [finding.subject for finding in examine()][:4]
    ['Python', 'autograd', 'nn', 'viz']
    """
    return [_python(), *map(_package, PACKAGES), *_renderers()]


def _python() -> Finding:
    state = f"{platform.python_version()} ({sys.executable})"
    if sys.version_info >= OLDEST_PYTHON:
        return Finding("Python", state)
    oldest = ".".join(map(str, OLDEST_PYTHON))
    return Finding("Python", state, f"install Python {oldest} or later")


def require_ours() -> None:
    """See that the engine is ours: HIPS autograd, too, is imported as ``autograd``.

    Raises:
        ForeignPackageError: if it isn't, saying which it is and how to mend that.

    >>> require_ours()
    """
    finding = _location("autograd")
    if finding.is_broken:
        raise ForeignPackageError(f"{finding.subject}: {finding.state}; {finding.remedy}")


def _package(name: str) -> Finding:
    """See that a package is ours, and that no other distribution wrote into its folder."""
    others = [other for other in _distributions(name) if other.lower() != "chainrule"]
    finding = _location(name)
    if finding.is_broken or not others:
        return finding
    return Finding(
        name,
        f"{finding.state} holds files of {' and '.join(others)} as well",
        f"give each a virtual environment of its own; or pip uninstall {' '.join(others)}, then "
        f"{REINSTALL}",
    )


def _location(name: str) -> Finding:
    """See that a package is the one that came with this file."""
    ours = pathlib.Path(__file__).resolve().parent.parent / name
    specification = importlib.util.find_spec(name)
    if specification is None:
        return Finding(name, "not installed", REINSTALL)
    found = pathlib.Path(specification.origin or "a folder without __init__.py")
    if found.resolve().parent == ours:
        return Finding(name, str(ours))
    return Finding(
        name,
        f"{found} is another package of the same name",
        f"take it off the search path, or rename it if it is yours; ours is {ours}",
    )


def _distributions(name: str) -> list[str]:
    return sorted(set(metadata.packages_distributions().get(name, [])))


def _renderers() -> Iterator[Finding]:
    found, problems = renderers()
    # With one that works, a broken one is no more than a nuisance.
    for problem in problems:
        yield Finding("renderer", problem, "repair or remove this program", warning=bool(found))
    for renderer in found:
        yield _test_graph(renderer)
    if not found:
        yield Finding("picture", "there is no working renderer", REMEDY)
    else:
        yield Finding("picture", f"drawn by {found[0].name} ({found[0].program})")
        yield Finding("formats", " ".join(found[0].formats))


def _test_graph(renderer: Renderer) -> Finding:
    subject = f"renderer {renderer.name}"
    try:
        picture = renderer.render("digraph { rankdir=LR a -> b [label=1] }", "svg", time_limit=10)
    except RenderError as error:
        return Finding(subject, str(error), REMEDY)
    if b"</svg>" not in picture:
        return Finding(subject, f"{renderer.program} writes no SVG", REMEDY)
    return Finding(subject, f"{renderer.version}, draws a test graph")
