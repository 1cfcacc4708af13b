"""Print the oldest versions that pyproject.toml allows, as constraints for pip.

Of the extras that are named, and of the "dependencies": python .ci/oldest.py dependencies numba
"""

import re
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

PROJECT = tomllib.loads((Path(__file__).parent.parent / "pyproject.toml").read_text("utf-8"))[
    "project"
]
REQUIREMENT = re.compile(r"([\w.-]+)(?:\[([\w,]+)\])?(?:>=([\w.]+))?(?:;.*)?")


def oldest(requirements: list[str]) -> Iterator[str]:
    """Yield name==version for each of the requirements, and for those of our own extras."""
    for requirement in requirements:
        found = REQUIREMENT.fullmatch(requirement)
        if found is None:
            sys.exit(f"{requirement!r} in pyproject.toml must be a name and a lower bound")
        name, extras, version = found.groups()
        if name == PROJECT["name"]:
            for extra in extras.split(","):
                yield from oldest(PROJECT["optional-dependencies"][extra])
        elif version is None:
            sys.exit(f"{name} in pyproject.toml has no lower bound")
        else:
            yield f"{name}=={version}"


def main(names: list[str]) -> None:
    """Print the constraints."""
    lists = {"dependencies": PROJECT["dependencies"], **PROJECT["optional-dependencies"]}
    found = [pinned for name in names for pinned in oldest(lists[name])]
    print(*dict.fromkeys(found), sep="\n")


if __name__ == "__main__":
    main(sys.argv[1:])
