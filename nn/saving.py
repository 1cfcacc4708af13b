"""Parameters in a JSON file: readable, exact to the last bit, and harmless to open."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NoReturn

from autograd.files import write_atomically
from nn.errors import StateError

FORMAT = "chainrule parameters"
VERSION = 1


def write(path: str | Path, parameters: Mapping[str, float]) -> None:
    """Write parameters by name to a file, which is replaced as a whole or not at all."""
    content = {"format": FORMAT, "version": VERSION, "parameters": dict(parameters)}
    # repr, which json uses, writes a float with as many digits as read back the same bits.
    text = json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False) + "\n"
    write_atomically(Path(path), text.encode())


def read(path: str | Path) -> dict[str, Any]:
    """Return the parameters of a file by name; what each holds is for the model to check.

    Raises:
        StateError: if the file is broken or not one that :func:`write` wrote.
        OSError: if it can't be read.
    """
    try:
        content = json.loads(
            Path(path).read_text(encoding="utf-8"),
            parse_constant=_reject_constant,
            object_pairs_hook=_without_duplicates,
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
    return parameters


def _reject_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a finite number")


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    content = dict(pairs)
    if len(content) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"the name {twice!r} occurs twice")
    return content
