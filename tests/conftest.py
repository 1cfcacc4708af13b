"""What all tests share: hypothesis draws the same examples in every run of CI."""

import os
import stat

import pytest
from hypothesis import HealthCheck, settings

from tests.viz.graphs import shown_texts

settings.register_profile(
    "default", deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True
)
settings.register_profile("ci", settings.get_profile("default"), derandomize=True, database=None)
settings.load_profile("ci" if os.environ.get("CI") else "default")


@pytest.fixture
def without_dot(monkeypatch, tmp_path):
    """Hide the system's Graphviz, if there is one."""
    empty = tmp_path / "empty-path"
    empty.mkdir()
    monkeypatch.setenv("PATH", str(empty))


@pytest.fixture
def fake_dot(monkeypatch, tmp_path):
    """Put a shell script called dot first on the PATH."""

    def install(script):
        folder = tmp_path / "fake-dot"
        folder.mkdir()
        program = folder / "dot"
        program.write_text(f"#!/bin/sh\n{script}\n", "utf-8")
        program.chmod(program.stat().st_mode | stat.S_IXUSR)
        monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
        return program

    return install


@pytest.fixture
def svg_texts():
    """Return a function from an SVG to the texts that it shows, in order."""
    return shown_texts
