"""What was typed at a prompt, kept from session to session."""

from __future__ import annotations

import contextlib
import os
import pathlib
import sys
from collections.abc import Iterator

LONGEST = 1000  # lines


@contextlib.contextmanager
def kept_history(name: str) -> Iterator[None]:
    """Read the history of that name for the prompts within the block, and write it at the end.

    Where that is impossible, prompts work without: a history is a comfort and never an error.
    """
    try:
        import readline
    except ImportError:  # as on Windows
        yield
        return
    path = history_file(name)
    readline.clear_history()
    with contextlib.suppress(OSError):
        readline.read_history_file(path)
    try:
        yield
    finally:
        readline.set_history_length(LONGEST)
        with contextlib.suppress(OSError):
            path.parent.mkdir(parents=True, exist_ok=True)
            readline.write_history_file(path)


def history_file(name: str) -> pathlib.Path:
    """Return where the history of that name is kept: where programs of this system keep such.

    >>> history_file("step_history").parent.name
    'chainrule'
    """
    return _state_folder() / "chainrule" / name


def _state_folder() -> pathlib.Path:
    home = pathlib.Path(os.path.expanduser("~"))  # unlike Path.home(), it never fails
    if sys.platform == "win32":
        return pathlib.Path(os.environ.get("LOCALAPPDATA") or home / "AppData" / "Local")
    if sys.platform == "darwin":
        return home / "Library" / "Application Support"
    # As the XDG specification has it, relative paths are to be ignored.
    state = pathlib.Path(os.environ.get("XDG_STATE_HOME", ""))
    return state if state.is_absolute() else home / ".local" / "state"
