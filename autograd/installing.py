"""How a package that is missing gets to where this Python runs."""

from __future__ import annotations

import sys


def in_a_browser() -> bool:
    """Return whether this Python runs in a browser, where no program and no ``pip`` does."""
    return sys.platform == "emscripten"


def how_to_install(packages: str) -> str:
    """Return the command that installs packages; in a browser, who would have to load them.

    >>> how_to_install("numpy")
    'pip install numpy'
    """
    if in_a_browser():
        return f"this Python runs in a browser, whose page would have to load {packages}"
    return f"pip install {packages}"
