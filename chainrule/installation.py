"""Whether autograd, nn and viz are ours, whose they are else, and how to mend that.

Other distributions install packages of the same names, as HIPS autograd does. Whichever comes last
overwrites files of the other, and takes them along when it is uninstalled. This module imports the
standard library alone: it must work where the three packages don't.
"""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

PACKAGES = ("autograd", "nn", "viz")
DISTRIBUTION = "chainrule"
ROOT = Path(__file__).resolve().parent.parent  # where our packages are


class ForeignPackageError(ImportError):
    """Another package is imported under the name of one of ours, such as HIPS autograd."""


class ForeignPackageWarning(UserWarning):
    """The same, said by ``import chainrule``, which goes on."""


@dataclass(frozen=True)
class Finding:
    """What was looked at, what was found, and how to mend it; no remedy where all is well.

    A warning has a remedy, but nothing fails without it.
    """

    subject: str
    state: str
    remedy: str = ""
    warning: bool = False

    @property
    def is_broken(self) -> bool:
        """Whether something does not work."""
        return bool(self.remedy) and not self.warning

    def __str__(self) -> str:
        """Say it in one line."""
        return f"{self.subject}: {self.state}" + (f"; {self.remedy}" if self.remedy else "")


def require_ours(*names: str) -> None:
    """See that packages are ours, and whole.

    Raises:
        ForeignPackageError: if one isn't, saying whose it is and how to mend that.

    >>> require_ours("autograd", "nn", "viz")
    """
    if problem := first_problem(*names):
        raise ForeignPackageError(str(problem))


def first_problem(*names: str) -> Finding | None:
    """Return what is wrong with the first of the packages that is not ours, or not whole.

    >>> first_problem("autograd") is None
    True
    """
    suspects = (name for name in names if not _looks_sound(name))
    return next((found for found in map(examine, suspects) if found.is_broken), None)


def examine(name: str) -> Finding:
    """Look closely at one of our packages: where it is, and who else has files there.

    >>> examine("autograd").is_broken
    False
    """
    ours = ROOT / name
    found = _location(name)
    if found is not None and found.parent != ours:
        return _shadowed(name, found)
    missing = [path for path in _recorded(name) if not path.exists()]
    if found is None:
        missing.insert(0, ours / "__init__.py")
    if missing:
        return Finding(
            name,
            f"{missing[0]} is missing, as when another distribution with files of that name was "
            "uninstalled",
            f"reinstall: {_reinstall()}",
        )
    claims = {path: who for path, who in _claims(name, ROOT).items() if path in _recorded(name)}
    for path, owners in claims.items():
        if _digest(path) != _recorded(name)[path].digest:
            return Finding(
                name,
                f"{path} is now that of the distribution {' and '.join(owners)}, which overwrote "
                "ours",
                f"give each a virtual environment of its own; or {_uninstall(owners)}, then "
                f"{_reinstall()}",
            )
    if claims:
        others = sorted({owner for owners in claims.values() for owner in owners})
        return Finding(
            name,
            f"{ours}, with files that took the place of those of {' and '.join(others)}"
            f"{_broken_without(others)}",
            f"give each a virtual environment of its own: {_uninstall(others)} would take these "
            f"along, and ask for {_reinstall()}",
            warning=True,
        )
    return Finding(name, str(ours))


@lru_cache(maxsize=1)
def warn_of_others() -> None:
    """Warn, once, of a distribution whose files ours took the place of: packages may need it.

    Who owns which files takes a while to read, so that is done where one has a name of ours.
    """
    import warnings

    for name in PACKAGES:
        if any(ROOT.glob(f"{name}-*.dist-info")) and (finding := examine(name)).warning:
            warnings.warn(str(finding), ForeignPackageWarning, stacklevel=3)
            return


def _location(name: str) -> Path | None:
    """Return the file that an import of the package would run, if there is one."""
    try:
        specification = importlib.util.find_spec(name)
    except ValueError:  # something without a spec was put in its place
        return None
    if specification is None or specification.origin is None:
        return None
    return Path(specification.origin).resolve()


def _shadowed(name: str, found: Path) -> Finding:
    if owners := _claims(name, found.parent.parent).get(found):
        return Finding(
            name,
            f"{found} is that of the distribution {' and '.join(owners)}, and found before ours",
            f"give each a virtual environment of its own; or {_uninstall(owners)}",
        )
    return Finding(
        name,
        f"{found} is another package of the same name",
        f"take it off the search path, or rename it if it is yours; ours is {ROOT / name}",
    )


def _looks_sound(name: str) -> bool:
    """Say at little cost whether a package is where it should be, with files as they were."""
    found = _location(name)
    if found is None or found.parent != ROOT / name:
        return False
    try:
        return all(os.stat(path).st_size == entry.size for path, entry in _recorded(name).items())
    except OSError:
        return False


class _Entry(NamedTuple):
    """What was recorded of a file when it was installed."""

    digest: str
    size: int


def _recorded(name: str) -> dict[Path, _Entry]:
    """Return the files of a package as they were installed; none where they were not copied."""
    folder = ROOT / name
    return {path: entry for path, entry in _record().items() if folder in path.parents}


@lru_cache(maxsize=1)
def _record() -> dict[Path, _Entry]:
    # Not by importlib.metadata, which takes longer to import than our packages take.
    found = {}
    for record in ROOT.glob(f"{DISTRIBUTION}-*.dist-info/RECORD"):
        for line in record.read_text(encoding="utf-8").splitlines():
            name, digest, size = line.rsplit(",", 2)
            if size and name.partition("/")[0] in PACKAGES:
                found[ROOT / name] = _Entry(digest, int(size))
    return found


def _digest(path: Path) -> str:
    """Return the SHA-256 of a file as a RECORD has it."""
    import base64
    import hashlib

    digest = base64.urlsafe_b64encode(hashlib.sha256(path.read_bytes()).digest())
    return f"sha256={digest.decode().rstrip('=')}"


def _claims(name: str, folder: Path) -> dict[Path, list[str]]:
    """Return the files of a package in a folder that other distributions say are theirs."""
    from importlib.metadata import distributions

    found: dict[Path, list[str]] = {}
    for distribution in distributions():
        title = f"{distribution.metadata['Name']} {distribution.version}"
        for file in distribution.files or () if title.partition(" ")[0] != DISTRIBUTION else ():
            if file.parts[0] == name:
                path = Path(str(distribution.locate_file(file))).resolve()
                if folder / name in path.parents and title not in found.setdefault(path, []):
                    found[path].append(title)
    return found


def _broken_without(titles: Sequence[str]) -> str:
    """Say which distributions need others that are not whole any more."""
    import re
    from importlib.metadata import distributions

    names = {_normalised(title.partition(" ")[0]) for title in titles}
    needing = set()
    for distribution in distributions():
        for requirement in distribution.requires or ():
            word = re.match(r"[\w.-]+", requirement)
            if word and _normalised(word[0]) in names and "extra ==" not in requirement:
                needing.add(distribution.metadata["Name"])
    return f", which {', '.join(sorted(needing))} needs" if needing else ""


def _normalised(name: str) -> str:
    return name.lower().replace("_", "-").replace(".", "-")


def _uninstall(titles: Sequence[str]) -> str:
    return f"pip uninstall {' '.join(title.partition(' ')[0] for title in titles)}"


def _reinstall() -> str:
    """Return the command that installs ours again, from where it came."""
    return f"pip install --force-reinstall --no-deps {_source()}"


def _source() -> str:
    import json
    from importlib.metadata import distributions

    for distribution in distributions(name=DISTRIBUTION):
        text = distribution.read_text("direct_url.json")
        if text is None:  # from an index, which has it still
            return f"{DISTRIBUTION}=={distribution.version}"
        origin = json.loads(text)
        is_editable = origin.get("dir_info", {}).get("editable", False)
        return f"{'--editable ' if is_editable else ''}{origin['url']}"
    return str(ROOT)  # a checkout
