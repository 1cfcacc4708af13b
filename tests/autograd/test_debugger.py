"""A real debugger in the backward pass: pdb, driven as a person drives it."""

import inspect
import os
import re
import subprocess
import sys
import textwrap
import threading
from pathlib import Path

import pytest

from autograd import ArgumentError, OperandError, Value, backward, breakpoint_on, steps
from tests.processes import PATIENCE

LESSON = """
    from autograd import Value, breakpoint_on

    x = Value(3.0, label="x")
    w = Value(-2.0, label="w")
    a = w * x
    a.label = "a"
    loss = a * a + w
    loss.label = "loss"
"""
# What the lesson's passes come to: loss = a·a + w with a = w·x.
CONTRIBUTIONS_TO_W = [1.0, -36.0]


def run_lesson(folder: Path, script: str, commands: list[str], *arguments: str) -> str:
    """Run the lesson and then the script, with debugger commands on standard input."""
    path = folder / "lesson.py"
    path.write_text(textwrap.dedent(LESSON) + textwrap.dedent(script))
    result = subprocess.run(
        [sys.executable, *arguments, str(path)],
        input="\n".join([*commands, ""]),
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "NO_COLOR": "1"},
    )
    assert "Traceback" not in result.stderr, result.stderr
    return result.stdout


def accumulation_line() -> str:
    """Return FILE:LINE of the line that adds a contribution."""
    lines, start = inspect.getsourcelines(inspect.getmodule(backward))
    numbers = [n for n, line in enumerate(lines, 1) if "parent.grad += contribution" in line]
    assert len(numbers) == 1  # the chain rule is written once
    return f"{inspect.getsourcefile(backward)}:{numbers[0] + start}"


def printed(output: str) -> list[str]:
    return re.findall(r"^(?:\(Pdb\) )*(\S.*)$", output, re.MULTILINE)


def test_a_breakpoint_on_the_accumulation_line_shows_every_edge_by_name(tmp_path: Path) -> None:
    show = "p (node.name, parent.name, upstream, local, contribution)"
    edges = 6
    output = run_lesson(
        tmp_path,
        "loss.backward()",
        [f"break {accumulation_line()}", "continue"] + [show, "continue"] * edges + ["quit"],
        "-m",
        "pdb",
    )
    seen = re.findall(r"\('(\S+)', '(\S+)', (\S+), (\S+), (\S+)\)", output)
    exec(textwrap.dedent(LESSON), names := {})
    expected = [
        (s.node.name, s.parent.name, s.upstream, s.local_derivative, s.contribution)
        for s in steps(names["loss"])
    ]
    assert [(node, parent, *map(float, numbers)) for node, parent, *numbers in seen] == expected


def test_a_conditional_breakpoint_stops_where_the_condition_holds(tmp_path: Path) -> None:
    output = run_lesson(
        tmp_path,
        "loss.backward()",
        [
            f"break {accumulation_line()}, parent.label == 'w' and contribution < 0",
            "continue",
            "p parent.grad, contribution",
            "continue",
            "quit",
        ],
        "-m",
        "pdb",
    )
    assert str(tuple(CONTRIBUTIONS_TO_W)) in output


def test_stepping_into_backward_reaches_the_loop(tmp_path: Path) -> None:
    output = run_lesson(
        tmp_path,
        "loss.backward()",
        [f"break {accumulation_line()}", "continue", "where", "quit"],
        "-m",
        "pdb",
    )
    frames = re.findall(r"(\w+)\(\)(?:->\S+)?$", output, re.MULTILINE)
    assert frames[-4:] == ["backward", "backward", "propagate", "accumulate"]


def test_who_steps_through_the_loop_sees_the_chain_rule_and_nothing_else(tmp_path: Path) -> None:
    output = run_lesson(
        tmp_path,
        "loss.backward()",
        [f"tbreak {accumulation_line()}", "continue", *["next"] * 12, "quit"],
        "-m",
        "pdb",
    )
    lines = re.findall(r"^-> (.*)$", output, re.MULTILINE)
    first = lines.index("parent.grad += contribution")
    edge = [
        "for parent, local in edges_of(node):",
        "contribution = upstream * local",
        "parent.grad += contribution",
    ]
    node = ["for parent, local in edges_of(node):", "for node in reversed(order):",
            "upstream = node.grad"]  # fmt: skip
    assert lines[first:][:13] == [edge[-1], *edge, *node, *edge, *edge]


def test_who_steps_into_backward_is_one_next_from_the_loop(tmp_path: Path) -> None:
    output = run_lesson(
        tmp_path,
        "loss.backward()",
        ["tbreak 10", "continue", *["step"] * 4, "next", "step", "quit"],
        "-m",
        "pdb",
    )
    lines = re.findall(r"^-> (.*)$", output, re.MULTILINE)
    begins = next(i for i, line in enumerate(lines) if line.startswith("order = begin(loss"))
    assert lines[begins + 1] == "propagate(loss, order)"
    assert "(Pdb) --Call--" in output.split("-> propagate(loss, order)")[1]


def test_breakpoint_on_stops_at_every_change_of_a_gradient(tmp_path: Path) -> None:
    output = run_lesson(
        tmp_path,
        """
        with breakpoint_on(w):
            loss.backward()
        print("end", w.grad)
        """,
        ["p parent.name, contribution", "continue"] * 2,
    )
    assert re.findall(r"\('w', (\S+)\)", output) == [str(c) for c in CONTRIBUTIONS_TO_W]
    assert f"end {sum(CONTRIBUTIONS_TO_W)}" in output


def test_breakpoint_on_waits_until_a_gradient_is_complete(tmp_path: Path) -> None:
    output = run_lesson(
        tmp_path,
        """
        with breakpoint_on(w, when="complete"):
            loss.backward()
            loss.backward()
        """,
        ["p step.before, step.after", "continue"] * 2,
    )
    assert re.findall(r"\((-?\d\S*), (\S+)\)", output) == [("1.0", "-35.0"), ("-34.0", "-70.0")]


def test_pythonbreakpoint_names_any_debugger(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stops = []
    monkeypatch.setattr(sys, "breakpointhook", lambda: stops.append({**sys._getframe(1).f_locals}))
    w = Value(2.0, label="w")
    loss = w * w
    with breakpoint_on(when=lambda step: step.after > 3):
        loss.backward()
    loss.backward()  # outside the block nothing stops
    assert [(stop["parent"], stop["contribution"]) for stop in stops] == [(w, 2.0)]


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ((3.0,), OperandError, "watches a Value, not 3.0"),
        ((None, "complete"), ArgumentError, "needs the value"),
        ((Value(1.0), "always"), ArgumentError, "'changes', 'complete' or a condition"),
    ],
)
def test_mistakes_are_named(arguments: tuple, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message), breakpoint_on(*arguments):
        pass


def test_other_threads_run_through(monkeypatch: pytest.MonkeyPatch) -> None:
    stops: list[int] = []
    monkeypatch.setattr(sys, "breakpointhook", lambda: stops.append(1))
    w = Value(2.0)
    with breakpoint_on(w):
        thread = threading.Thread(target=(w * 3).backward)
        thread.start()
        thread.join()
    assert stops == []
    assert w.grad == 3.0


def test_an_error_of_a_condition_ends_no_pass_in_silence() -> None:
    w = Value(2.0)
    with pytest.raises(StopIteration), breakpoint_on(when=lambda step: next(iter(()))):
        (w * w * w).backward()
