"""Writing files so that they are there as a whole or not at all."""

from __future__ import annotations

import contextlib
import errno
import functools
import os
import pathlib
import re
import secrets
import stat
import time
from typing import BinaryIO

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

_TEMPORARY = re.compile(r"\.chainrule-[0-9a-f]{16}\.tmp")
_UNLOCKED_TEMPORARY = re.compile(r"\.[0-9a-f]{16}\.tmp")  # of releases that locked none
_STALE = 3600.0  # seconds after which a temporary file that has no lock to ask is nobody's


def write_atomically(path: pathlib.Path, content: bytes) -> pathlib.Path:
    """Write a file by way of a temporary one beside it, making its folders, and return its path.

    Whatever interrupts it, the file is the old one or the new one, never a part. A file that was
    there keeps its mode, a link stays a link, and what is no file, such as a pipe, is written to
    as it is. What killed savers left in the folder is removed.

    Raises:
        OSError: if the file can't be written there, or the path is a link that leads back to
            itself; it names the file, never the temporary one.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder) / "pictures" / "graph.svg"
    ...     write_atomically(path, b"<svg/>").read_bytes()
    b'<svg/>'
    """
    try:
        old = _status(path)
        if old is not None and not stat.S_ISREG(old.st_mode):
            path.write_bytes(content)
            return path
        target = pathlib.Path(os.path.realpath(path))  # a link stays one
        target.parent.mkdir(parents=True, exist_ok=True)
        _remove_abandoned(target.parent)
        while not _is_written(target, content, old):
            pass
    except OSError as error:
        if error.errno is None:
            raise
        # A file where a folder should be: File exists, says mkdir, which sounds as if it were ours.
        number = errno.ENOTDIR if error.errno == errno.EEXIST else error.errno
        raise OSError(number, os.strerror(number), str(path)) from None
    return path


def _status(path: pathlib.Path) -> os.stat_result | None:
    """Return what the system knows of a file, None if there is none; loops of links are errors."""
    try:
        return os.stat(path)
    except FileNotFoundError:
        return None


def _is_written(target: pathlib.Path, content: bytes, old: os.stat_result | None) -> bool:
    """Write the file, or return False if the temporary one was taken for an abandoned one."""
    temporary = target.with_name(f".chainrule-{secrets.token_hex(8)}.tmp")
    if not hasattr(os, "fchown"):
        old = None  # on Windows a mode is no more than read-only, and such a file stays anyway
    mode = 0o666 if old is None else stat.S_IMODE(old.st_mode) & 0o600
    try:
        # As no line of Python stands between, an interrupt finds no file, or one that is closed.
        with open(temporary, "xb", opener=functools.partial(os.open, mode=mode)) as file:
            if not _is_locked(file):
                return False
            file.write(content)
            file.flush()
            if old is not None:
                _set_access(file, old)
            os.fsync(file.fileno())
            if fcntl is None:
                file.close()  # Windows renames no open file
            temporary.replace(target)  # before the lock is gone
    finally:
        temporary.unlink(missing_ok=True)
    return True


def _is_locked(file: BinaryIO) -> bool:
    """Lock a temporary file for its saver; False if another saver came first, to remove it."""
    if fcntl is None:
        return True
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:  # a file system without locks, where the age decides
        return True
    return os.fstat(file.fileno()).st_nlink > 0


def _set_access(file: BinaryIO, old: os.stat_result) -> None:
    """Give a file the mode of the old one, and its owner and group where that is allowed."""
    new = os.fstat(file.fileno())
    if (new.st_uid, new.st_gid) != (old.st_uid, old.st_gid):
        for owner, group in [(-1, old.st_gid), (old.st_uid, -1)]:
            with contextlib.suppress(PermissionError):
                os.fchown(file.fileno(), owner, group)
    os.fchmod(file.fileno(), stat.S_IMODE(old.st_mode))


def _remove_abandoned(folder: pathlib.Path) -> None:
    """Remove the temporary files of savers that were killed; what can't be removed stays."""
    with contextlib.suppress(OSError):
        for name in os.listdir(folder):
            if _TEMPORARY.fullmatch(name) or _UNLOCKED_TEMPORARY.fullmatch(name):
                with contextlib.suppress(OSError):
                    _remove_if_abandoned(folder / name)


def _remove_if_abandoned(temporary: pathlib.Path) -> None:
    status = temporary.lstat()
    if not stat.S_ISREG(status.st_mode):
        return
    if fcntl is not None and _TEMPORARY.fullmatch(temporary.name):
        with contextlib.suppress(PermissionError), temporary.open("rb") as file:
            try:
                # Shared, for NFS gives no other lock on what is open for reading.
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return  # its saver is at work
            except OSError:
                pass  # a file system without locks
            else:
                temporary.unlink()  # before the lock is gone
                return
    if time.time() - status.st_mtime > _STALE:
        temporary.unlink()
