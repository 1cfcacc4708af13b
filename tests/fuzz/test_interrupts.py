"""An interrupt, at whatever line, instruction or moment, leaves nothing broken."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.fuzz.interrupts import KINDS
from tests.processes import PATIENCE


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_is_left_broken(kind: str) -> None:
    """In a process of its own: within a handler, an interrupt at an instruction can confuse Python.

    These are some of them; ``make interrupts`` takes its time for all.
    """
    if kind == "moments" and not hasattr(signal, "setitimer"):
        pytest.skip("needs timers that send signals")
    done = subprocess.run(
        [sys.executable, "-m", "tests.fuzz.interrupts", "500", "--only", kind, "--stride", "29"],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    *_, last = done.stdout.splitlines()
    assert int(last.split()[0]) > 300
    assert last.endswith("; 0 of them left something")
