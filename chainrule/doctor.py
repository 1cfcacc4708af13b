"""Whether everything works on this machine, and how to mend what doesn't."""

from __future__ import annotations

import platform
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

from chainrule.installation import PACKAGES, Finding
from chainrule.installation import examine as examine_package
from chainrule.statuses import FAILURE, OK

if TYPE_CHECKING:
    from viz.formats.render import Renderer

SUMMARY = "see what works here, and how to mend the rest"
OLDEST_PYTHON = (3, 11)


def run() -> int:
    """Print what was found, and return 1 if something is broken."""
    findings = examine()
    for finding in findings:
        mark = "BROKEN" if finding.is_broken else "warning" if finding.remedy else "ok"
        print(_on_one_line(f"{mark:8}{finding.subject}: {finding.state}"))
        if finding.remedy:
            print(_on_one_line(f"{'':8}to mend it: {finding.remedy}"))
    return FAILURE if any(finding.is_broken for finding in findings) else OK


def _on_one_line(text: str) -> str:
    """Return text without control characters; ours that shows them may be what is broken."""
    return text if text.isprintable() else "".join(c if c.isprintable() else "�" for c in text)


def examine() -> list[Finding]:
    """Look at Python, at the packages that share our import names, and at the renderers.

    >>> [finding.subject for finding in examine()][:4]
    ['Python', 'autograd', 'nn', 'viz']
    """
    packages = [examine_package(name) for name in PACKAGES]
    broken = [found.subject for found in packages if found.is_broken]
    if broken:
        pictures = [Finding("picture", f"not looked at, for {' and '.join(broken)} must be mended")]
    else:
        pictures = list(_pictures())
    return [_python(), *packages, *pictures]


def version() -> str:
    """Return our version: that of what is installed, for a build leaves metadata in a checkout."""
    from importlib import metadata

    found = [*metadata.distributions(name="chainrule")]
    installed = [each for each in found if each.read_text("RECORD") is not None] or found
    return installed[0].version if installed else "(not installed)"


def _python() -> Finding:
    state = f"{platform.python_version()} ({sys.executable})"
    if sys.version_info >= OLDEST_PYTHON:
        return Finding("Python", state)
    oldest = ".".join(map(str, OLDEST_PYTHON))
    return Finding("Python", state, f"install Python {oldest} or later")


def _pictures() -> Iterator[Finding]:
    from viz.formats.render import remedy, renderers  # of viz, which may be another's

    found, problems = renderers()
    tested = {renderer: _trouble(renderer) for renderer in found if "svg" in renderer.formats}
    working = [renderer for renderer, trouble in tested.items() if not trouble]
    # With one that works, a broken one is no more than a nuisance; but the first is the one taken.
    for problem in problems:
        yield Finding("renderer", problem, "repair or remove this program", warning=bool(working))
    for renderer in found:
        subject = f"renderer {renderer.name}"
        if trouble := tested.get(renderer, f"{renderer.place} writes no SVG"):
            yield Finding(
                subject, trouble, remedy(), warning=renderer not in tested and bool(working)
            )
        else:
            yield Finding(subject, f"{renderer.version}, draws a test graph")
    if not found:
        yield Finding("picture", "there is no working renderer", remedy())
    elif working and working[0] is next(iter(tested)):
        yield Finding("picture", f"drawn by {working[0].name} ({working[0].place})")
        formats = {name for renderer in found for name in renderer.formats}
        yield Finding("formats", " ".join(sorted(formats)))


def _trouble(renderer: Renderer) -> str:
    """Return what goes wrong when a renderer draws a test graph; nothing if it draws it."""
    from viz.errors import RenderError

    try:
        picture = renderer.render("digraph { rankdir=LR a -> b [label=1] }", "svg", time_limit=10)
    except RenderError as error:
        return str(error)
    return "" if b"</svg>" in picture else f"{renderer.place} writes no SVG"
