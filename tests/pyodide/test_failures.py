"""A half of the tests that fails, or of which the process ends, is told by the exit status."""

from __future__ import annotations

import sys

import pytest

from tests.pyodide.__main__ import failures

ENDED = "import os, signal; os.kill(os.getpid(), signal.SIGTERM)"


@pytest.mark.parametrize(
    ("programs", "n"), [(["", ""], 0), (["", "exit(1)"], 1), (["", ENDED], 1), ([ENDED], 1)]
)
def test_what_fails_or_is_ended_by_a_signal_is_a_failure(programs: list[str], n: int) -> None:
    assert failures([[sys.executable, "-S", "-c", program] for program in programs]) == n
