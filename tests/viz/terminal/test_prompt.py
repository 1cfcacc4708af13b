"""The stepper at a real terminal: prompt, colours, history, completion, Ctrl-C and Ctrl-D."""

import os
import re
import subprocess
import sys
import time

import pytest

from tests.processes import PATIENCE
from tests.viz.terminal.terminal import CTRL_D, PROMPT, ROOT, TAB, UP, Terminal

NETWORK = """\
from chainrule.demo import worked_network
nodes = worked_network()
L = nodes["L"]
"""
LONG = """\
from autograd import Value
x = loss = Value(1.0)
for _ in range(100_000):
    loss = loss * 1.0
"""


@pytest.fixture
def terminal(tmp_path):
    """Return a function that steps through a program at a terminal, and waits for the prompt."""
    opened = []

    def step(program, name="L", **environment):
        (tmp_path / "net.py").write_text(program)
        environment = {"XDG_STATE_HOME": str(tmp_path / "state"), **environment}
        command = ["-W", "error", "-m", "chainrule", "step", f"net.py:{name}"]
        opened.append(Terminal(*command, folder=tmp_path, **environment))
        opened[-1].greeting = opened[-1].expect(PROMPT)
        return opened[-1]

    yield step
    for each in opened:
        each.close()


def test_a_session_from_greeting_to_ctrl_d(terminal):
    session = terminal(NETWORK)
    assert "The backward pass of L = 0.1055 in 66 steps" in session.greeting
    assert "= 1 · (-0.4593) = -0.4593: 0 → -0.4593" in session.send("n")
    assert "(2/66) " in session.send("")  # an empty line repeats
    assert "w212.grad = 0" in session.send("watch w212")
    assert "w212.grad = -0.1304  ← was 0" in session.send("until w212")
    assert "did you mean 'until'" in session.send("untl w212")
    session.type(CTRL_D)
    assert session.wait() == 0
    assert "Traceback" not in session.text


def test_colours_unless_there_is_no_color(terminal):
    coloured = terminal(NETWORK)
    coloured.send("n")
    assert "\x1b[36m" in coloured.raw
    plain = terminal(NETWORK, NO_COLOR="1")
    plain.send("n")
    plain.send("no such command")
    assert not re.search(r"\x1b\[[0-9;]*(3[0-7]|38)[;m]", plain.raw)


def test_the_arrow_up_brings_lines_back_even_of_the_last_session(terminal):
    first = terminal(NETWORK)
    first.send("goto 7")
    first.send("back")
    first.type(UP + UP)
    first.expect("goto 7")
    assert "(7/66) " in first.send("")
    first.type("quit\n")
    assert first.wait() == 0
    second = terminal(NETWORK)
    second.type(UP + UP)  # over quit
    second.expect("goto 7")
    assert "(7/66) " in second.send("")


@pytest.mark.parametrize("obstacle", ["file", "unreadable"])
def test_a_history_that_cannot_be_kept_does_not_matter(terminal, tmp_path, obstacle):
    if obstacle == "file":  # where the folder should be
        (tmp_path / "state").write_text("")
    else:  # a folder where the file should be
        (tmp_path / "state" / "chainrule" / "stepper_history").mkdir(parents=True)
    session = terminal(NETWORK)
    session.send("n")
    session.type("quit\n")
    assert session.wait() == 0
    assert "rror" not in session.text


def test_tab_completes_commands_and_names(terminal):
    session = terminal(NETWORK)
    session.type("unw" + TAB)
    session.expect("unwatch ")
    session.interrupt()
    session.type("node ŷ" + TAB + TAB)
    session.expect(r"ŷ1\s+ŷ2")
    session.type("2\n")
    assert "softmax[1]" in session.expect(r"used by[^\n]*\n")


def test_ctrl_c_gives_up_a_line_and_not_the_session(terminal):
    session = terminal(NETWORK)
    session.type("goto 5")
    session.expect("goto 5")
    assert session.interrupt().endswith("(0/66) ")
    assert "(1/66) " in session.send("n")


def test_ctrl_c_interrupts_a_long_walk_between_two_steps(terminal):
    session = terminal(LONG, name="loss")
    for attempt in range(20):  # Ctrl-C may come before the walk begins, or after its end
        session.type("until abs(sin(after)) > exp(abs(cos(after)))\n")
        session.expect("\n")
        time.sleep(0.05 * 2**attempt)
        shown = session.interrupt()
        if "interrupted" in shown:
            break
        session.send("goto 0")
    assert "interrupted" in shown
    position = int(re.search(r"\((\d+)/200000\) $", shown)[1])
    assert position < 200_000
    assert f"({position + 1}/200000) " in session.send("n")
    assert "(200000/200000) " in session.send("goto -1")
    assert "gradient  1.0, complete" in session.send("node x")


def test_without_a_terminal_there_is_neither_prompt_nor_colour_nor_history(tmp_path):
    (tmp_path / "net.py").write_text(NETWORK)
    finished = subprocess.run(
        [sys.executable, "-W", "error", "-m", "chainrule", "step", "net.py:L"],
        input="n\nfoo\nb\n",
        capture_output=True,
        text=True,
        encoding="utf-8",
        cwd=tmp_path,
        env={
            **os.environ,
            "PYTHONPATH": os.pathsep.join([str(ROOT), *filter(None, sys.path)]),
            "PYTHONUTF8": "1",
            "TERM": "xterm-256color",
            "XDG_STATE_HOME": str(tmp_path / "state"),
        },
        timeout=PATIENCE,
        check=True,
    )
    assert finished.stdout == (
        "step 1 of 66\n"
        "  ∂L/∂ŷ1 += ∂L/∂L · ∂L/∂ŷ1\n"
        "          = 1 · (-0.4593) = -0.4593: 0 → -0.4593\n"
        "  where ∂L/∂ŷ1 = -2(y1 - ŷ1) = -0.4593\n"
        "error: there is no command 'foo'; help lists them all\n"
        "step 0 of 66: the gradients are 0, but for ∂L/∂L = 1\n"
    )
    assert finished.stderr == ""
    assert not (tmp_path / "state").exists()
