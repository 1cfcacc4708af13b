"""Parameters in a JSON file: readable, exact to the last bit, checked, and harmless to open."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NoReturn

from autograd.files import write_atomically
from nn.errors import StateError

FORMAT = "chainrule parameters"
VERSION = 1
CHECKSUM = "checksum"  # files of older releases have none, which ignore it
_ALGORITHM = "sha256:"


def write(path: str | Path, parameters: Mapping[str, float]) -> None:
    """Write parameters by name to a file, which is replaced as a whole or not at all.

    The file has a checksum: that of its text without the digits of the checksum itself.
    """
    content = {
        "format": FORMAT,
        "version": VERSION,
        CHECKSUM: _ALGORITHM,
        "parameters": dict(parameters),
    }
    # repr, which json uses, writes a float with as many digits as read back the same bits.
    text = json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False) + "\n"
    text = text.encode(errors="backslashreplace").decode()  # a lone surrogate, as JSON escapes it
    before, algorithm, after = text.partition(_ALGORITHM)  # the first: names come after it
    write_atomically(Path(path), f"{before}{algorithm}{_digest(text)}{after}".encode())


def read(path: str | Path) -> dict[str, Any]:
    """Return the parameters of a file by name; what each holds is for the model to check.

    Raises:
        StateError: if the file is broken, was changed since :func:`write` wrote it, or is another.
        OSError: if it can't be read.
    """
    try:
        text = Path(path).read_text(encoding="utf-8")  # also with the line ends of Windows
        content = json.loads(
            text, parse_constant=_reject_constant, object_pairs_hook=_without_duplicates
        )
    except (ValueError, RecursionError) as error:
        raise StateError(f"{path} is not a file of saved parameters: {error}") from None
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise StateError(
            f"{path} is JSON, but not a file of saved parameters: it has no "
            f'"format": "{FORMAT}"; model.save(path) writes such a file'
        )
    version = content.get("version")
    if version != VERSION or isinstance(version, bool):
        raise StateError(
            f"{path} has version {version!r}, and this release reads version {VERSION} only"
        )
    parameters = content.get("parameters")
    if not isinstance(parameters, dict):
        raise StateError(f'{path} is broken: it has no object of "parameters"')
    unknown = [
        name for name in content if name not in ("format", "version", CHECKSUM, "parameters")
    ]
    if unknown:
        raise StateError(
            f'{path} is broken: beside "parameters" it has {unknown[0]!r}, which is nothing that '
            "such a file has"
        )
    if CHECKSUM in content and not _fits(content[CHECKSUM], text):
        raise StateError(
            f"{path} was changed or damaged after it was saved: its checksum does not fit. Take a "
            "copy that is whole, or save the model anew; if the file was edited on purpose, delete "
            f'the line of "{CHECKSUM}" in it'
        )
    return parameters


def _fits(checksum: Any, text: str) -> bool:
    if not isinstance(checksum, str):
        return False
    return checksum == _ALGORITHM + _digest(text.replace(checksum, _ALGORITHM, 1))


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _reject_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a finite number")


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    content = dict(pairs)
    if len(content) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"the name {twice!r} occurs twice")
    return content
