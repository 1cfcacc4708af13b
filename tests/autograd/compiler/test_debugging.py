"""A debugger in a compiled program: it has lines, as if it had been read from a file."""

from __future__ import annotations

import bdb
import gc
import io
import linecache
import pdb
import re
import sys
import traceback
from types import FrameType
from typing import Any

import numpy as np
import pytest

import autograd
from autograd import Value

SCALE = Value(3.0, label="w")
X = np.array([1.0, 2.0])


def compiled() -> Any:
    step = autograd.compile(lambda x: autograd.tanh(SCALE * x) ** 2, batch="x")
    step(X)
    return step


class Lines(bdb.Bdb):
    """Stop at a breakpoint, then at every line of the function, and note the text of each."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[str] = []
        self.names: dict[str, Any] = {}

    def user_line(self, frame: FrameType) -> None:
        name = frame.f_code.co_filename
        if not name.startswith("<autograd.compile"):
            self.set_continue()
            return
        self.seen.append(linecache.getline(name, frame.f_lineno).strip())
        self.names = dict(frame.f_locals)
        self.set_next(frame)


def filename_of(step: Any) -> str:
    """Return the name that tracebacks give the program, as a person finds it."""
    step._current().parameters[0] = np.zeros(3)
    try:
        with pytest.raises(ValueError, match="broadcast") as caught:
            step(X)
    finally:
        step._current().parameters[0] = step.parameters["w"]
    names = [frame.filename for frame in traceback.extract_tb(caught.value.__traceback__)]
    return next(name for name in names if name.startswith("<autograd.compile"))


def line_number(step: Any, text: str) -> int:
    return next(i for i, line in enumerate(step.source.splitlines(), 1) if text in line)


def statements(step: Any) -> list[str]:
    body = step.source.partition("def loss_and_gradient")[2].partition("\n\n\n")[0]
    lines = [line.strip() for line in body.splitlines()[1:]]
    return [line for line in lines if line and not line.startswith("#")]


def test_a_debugger_steps_through_every_line() -> None:
    step = compiled()
    debugger = Lines()
    found = statements(step)
    assert found[0] == "B = len(x)"
    assert debugger.set_break(filename_of(step), line_number(step, found[0])) is None
    value, _ = debugger.runcall(step, X)
    assert debugger.seen == found
    assert float(debugger.names["loss"]) == value


def test_a_breakpoint_by_name_line_and_condition() -> None:
    step = compiled()
    debugger = Lines()
    name, line = filename_of(step), line_number(step, "loss = ")
    debugger.set_break(name, line, cond="B == 2")
    debugger.runcall(step, X[:1])
    assert debugger.seen == []
    debugger.runcall(step, X)
    assert debugger.seen[0].startswith("loss = ")
    assert debugger.names["w"] == 3.0
    assert "does not exist" in str(debugger.set_break(name, 1000))


def test_pdb_shows_the_lines_around() -> None:
    step = compiled()
    commands = "\n".join(["continue", "list", "next", "p B", "where", "clear 1", "continue", ""])
    output = io.StringIO()
    debugger = pdb.Pdb(stdin=io.StringIO(commands), stdout=output, nosigint=True, readrc=False)
    debugger.use_rawinput = False
    debugger.set_break(filename_of(step), line_number(step, "B = len(x)"))
    debugger.runcall(step, X)
    shown = output.getvalue()
    assert re.search(r"B->\s+B = len\(x\)", shown)
    assert re.search(r"# forward\n", shown)
    assert re.search(r"\(Pdb\) 2\n", shown)
    assert "<autograd.compile" in shown


def test_a_breakpoint_in_a_helper() -> None:
    w = [Value(x) for x in (0.5, 1.0, 2.0)]
    step = autograd.compile(lambda: autograd.norm(w))
    step()
    debugger = Lines()
    line = line_number(step, "sizes = np.abs(x)")
    name = next(
        name
        for name, entry in reversed(linecache.cache.items())
        if name.startswith("<autograd.compile") and "".join(entry[2]) == step.source  # type: ignore[misc]
    )
    debugger.set_break(name, line)
    debugger.runcall(step)
    assert debugger.seen[0].startswith("sizes = np.abs(x)")


def test_lines_of_programs_that_are_gone_are_forgotten() -> None:
    step = compiled()
    name = filename_of(step)
    assert name in linecache.cache
    del step
    gc.collect()
    assert name not in linecache.cache


@pytest.fixture(autouse=True)
def no_debugger_is_left() -> Any:
    before = sys.gettrace()
    yield
    sys.settrace(before)
    bdb.Breakpoint.clearBreakpoints()
