"""A plugin of pytest that hides what Windows lacks, so that the tests show it on every system.

    python -m pytest -p tests.without_posix

Modules and functions of POSIX alone are gone, links are not allowed, and a file that is read-only
is neither replaced nor removed.
"""

from __future__ import annotations

import errno
import os
import signal
import sys
from typing import NoReturn

import pytest

MODULES = "curses", "fcntl", "grp", "pty", "readline", "resource", "termios", "tty"
FUNCTIONS = "chown", "fchown", "fork", "geteuid", "killpg", "lchown", "mkfifo", "openpty", "setsid"
SIGNALS = "SIGALRM", "SIGHUP", "SIGUSR1", "alarm", "pause", "pthread_kill", "setitimer"


def no_link(source: object, link: object, *_: object, **__: object) -> NoReturn:
    raise PermissionError(errno.EPERM, os.strerror(errno.EPERM), str(link))


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests() -> None:
    """Hide it before any test looks; whoever merely imports this file loses nothing."""
    for name in MODULES:
        sys.modules[name] = None  # type: ignore[assignment]  # so an import fails
    for name in FUNCTIONS:
        delattr(os, name)
    for name in SIGNALS:
        delattr(signal, name)
    os.symlink = no_link  # type: ignore[assignment]
    from tests.systems import unless_read_only  # not above, for it looks at what there is

    for name in ("replace", "rename", "unlink", "remove"):
        setattr(os, name, unless_read_only(getattr(os, name)))
