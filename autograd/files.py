"""Writing files so that they are there as a whole or not at all."""

from __future__ import annotations

import errno
import os
import pathlib
import secrets


def write_atomically(path: pathlib.Path, content: bytes) -> pathlib.Path:
    """Write a file by way of a temporary one beside it, making its folders, and return its path.

    Whatever interrupts it, the file is the old one or the new one, never a part.

    Raises:
        OSError: if the file can't be written there; it names the file, never the temporary one.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder) / "pictures" / "graph.svg"
    ...     write_atomically(path, b"<svg/>").read_bytes()
    b'<svg/>'
    """
    target = pathlib.Path(os.path.realpath(path))  # a link stays one
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        _write_by_way_of(target.with_name(f".{secrets.token_hex(8)}.tmp"), target, content)
    except OSError as error:
        if error.errno is None:
            raise
        # A file where a folder should be: File exists, says mkdir, which sounds as if it were ours.
        number = errno.ENOTDIR if error.errno == errno.EEXIST else error.errno
        raise OSError(number, os.strerror(number), str(path)) from None
    return path


def _write_by_way_of(temporary: pathlib.Path, target: pathlib.Path, content: bytes) -> None:
    try:
        with temporary.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)
