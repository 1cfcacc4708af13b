"""Keep machine code between runs: one file for each signature, which is checked before it is used.

numba's own cache trusts its files: one that was cut off is an error at the call, a flipped bit is
another program, and a folder that can't be written to is an error when a program is made. Nor is
it made for two processes that fill it at the same time. Here every file says what it is the code
of, has a checksum, and is there as a whole or not at all; whatever does not fit is compiled anew.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import pickle
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from autograd.files import write_atomically


def cache_folder() -> Path | None:
    """Return the folder that machine code is kept in, which need not be there; None without home.

    It is ``chainrule`` in the user's cache, or what the environment variable ``CHAINRULE_CACHE``
    names.
    """
    if named := os.environ.get("CHAINRULE_CACHE"):
        return Path(named)
    if caches := os.environ.get("XDG_CACHE_HOME"):
        return Path(caches) / "chainrule"
    try:
        return Path.home() / ".cache" / "chainrule"
    except RuntimeError:  # a user whom the system does not know
        return None


def keep(path: Path, content: bytes) -> None:
    """Have a file hold the content, if that is possible: nothing depends on it."""
    with contextlib.suppress(OSError):
        if path.read_bytes() == content:
            return
    with contextlib.suppress(OSError):
        # What is in it is run, so it is nobody else's to write to.
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_atomically(path, content)


class KeptCode:
    """What a function of numba asks for machine code before it compiles, and gives it to after.

    It has the methods of numba's own caches; numba tells it a signature and its target.
    """

    def __init__(self, folder: Path, program: str, function: str) -> None:
        """Keep code of a function of a program, known by a hash of its text, in a folder."""
        self.cache_path = str(folder)
        self._of = (program, function)

    def load_overload(self, signature: Any, target: Any) -> Any:
        """Return the code for a signature, None if there is none or it is not as it was kept."""
        from numba.core.compiler import CompileResult

        rebuild: Callable[..., Any] = CompileResult._rebuild
        target.refresh()  # else what the code refers to may not be there yet
        path, key = self._place(signature, target.codegen())
        try:
            content = path.read_bytes()
        except OSError:
            return None
        checksum, pickled = content[:_CHECKSUM_BYTES], content[_CHECKSUM_BYTES:]
        if checksum != _checksum(pickled):
            return None
        try:
            its_key, code = pickle.loads(pickled)
            return rebuild(target, *code) if its_key == key else None
        except Exception:  # whatever unpickling raises, for code of a numba that was otherwise
            return None

    def save_overload(self, signature: Any, compiled: Any) -> None:
        """Keep the code for a signature, if that is possible."""
        from numba.core import serialize

        dumps: Callable[[Any], bytes] = serialize.dumps

        if compiled.lifted or compiled.library.has_dynamic_globals:  # of this process alone
            return
        path, key = self._place(signature, compiled.codegen)
        pickled = dumps((key, compiled._reduce()))
        keep(path, _checksum(pickled) + pickled)

    def flush(self) -> None:
        """Do nothing: no code that is kept is out of date."""

    def _place(self, signature: Any, code_generator: Any) -> tuple[Path, tuple[Any, ...]]:
        """Return the file for a signature, and all that its code depends on."""
        import numba

        versions = (numba.__version__, sys.implementation.cache_tag)
        key = (*self._of, signature, code_generator.magic_tuple(), *versions)
        program, function = self._of
        name = f"program_{program[:16]}.{function}-{_checksum(repr(key).encode()).hex()[:16]}.nbc"
        return Path(self.cache_path) / name, key


def _checksum(content: bytes) -> bytes:
    return hashlib.sha256(content).digest()


_CHECKSUM_BYTES = len(_checksum(b""))
