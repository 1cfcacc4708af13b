"""An interrupt, at whatever line, instruction or moment, leaves nothing broken."""

from __future__ import annotations

import random
import signal
import threading

import pytest

from tests.fuzz.interrupts import (
    CASES,
    CONTEXTS,
    TRAININGS,
    Case,
    Report,
    at_every_moment,
    at_random_times,
)

# Every line of what is short, and some of what is long: ``make interrupts`` takes its time.
STRIDES = {case.name: 97 for case in TRAININGS} | {"a step that is recorded": 37}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_at_every_line(case: Case) -> None:
    report = Report()
    at_every_moment(case, report, "line", STRIDES.get(case.name, 1))
    assert report.interrupts > 10
    assert not report.left


@pytest.mark.parametrize("case", CONTEXTS, ids=lambda case: case.name)
def test_at_instructions(case: Case) -> None:
    report = Report()
    at_every_moment(case, report, "opcode", 3 * STRIDES.get(case.name, 3))
    assert report.interrupts > 10
    assert not report.left


# Python itself ignores an interrupt that comes while something is finalized, and says so.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="needs timers that send signals")
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_at_random_moments(case: Case) -> None:
    if threading.current_thread() is not threading.main_thread():
        pytest.skip("only the main thread is sent signals")
    report = Report()
    at_random_times(case, report, 20, random.Random(0))
    assert report.interrupts > 0
    assert not report.left
