"""Doctests that import what is optional are skipped where it is not installed."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from importlib.util import find_spec

import pytest


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if isinstance(item, pytest.DoctestItem):
            missing = [name for name in _imported(item) if find_spec(name) is None]
            if missing:
                item.add_marker(pytest.mark.skip(reason=f"there is no {' and no '.join(missing)}"))


def _imported(item: pytest.DoctestItem) -> Iterator[str]:
    """Yield the packages that a doctest imports."""
    for example in item.dtest.examples if item.dtest else ():
        for node in ast.walk(ast.parse(example.source)):
            match node:
                case ast.Import(names):
                    yield from (each.name.partition(".")[0] for each in names)
                case ast.ImportFrom(module=str(module)):
                    yield module.partition(".")[0]
