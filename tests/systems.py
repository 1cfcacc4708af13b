"""What some tests need of the system: they are skipped where it is not there."""

from __future__ import annotations

import errno
import os
import stat
import tempfile
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest


def needs(*names: str) -> pytest.MarkDecorator:
    """Mark tests that need modules, as ``"fcntl"``, or what is in one, as ``"os.mkfifo"``."""
    missing = [name for name in names if not is_there(name)]
    return pytest.mark.skipif(bool(missing), reason=f"there is no {' and no '.join(missing)} here")


def is_there(name: str) -> bool:
    module, _, member = name.partition(".")
    try:
        found = import_module(module)
    except ImportError:
        return False
    return not member or hasattr(found, member)


def may_link() -> bool:
    """Whether we may make links, which Windows allows few."""
    with tempfile.TemporaryDirectory() as folder:
        try:
            Path(folder, "link").symlink_to("target")
        except OSError:
            return False
    return True


needs_links = pytest.mark.skipif(not may_link(), reason="links are not allowed here")
needs_modes = needs("os.fchown")  # elsewhere a mode is no more than read-only
needs_scripts = pytest.mark.skipif(
    os.name == "nt", reason="scripts of a shell are no programs here"
)


def unless_read_only(change: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function of paths that refuses, as Windows does, to touch what is read-only."""

    def guarded(*paths: Any, **options: Any) -> Any:
        for path in paths:
            if os.path.isfile(path) and not os.stat(path).st_mode & stat.S_IWUSR:
                raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
        return change(*paths, **options)

    return guarded
