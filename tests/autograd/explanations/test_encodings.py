"""What is printed where the stream has few characters: readable, and never an error."""

import ast
import io
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd
from autograd import Value, check_derivation, explain
from autograd.explanations.encodings import adapt_output, encodable, in_ascii
from tests.processes import PATIENCE
from tests.test_examples import ALONE

ROOT = Path(autograd.__file__).parent.parent
ENCODINGS = ["ascii", "cp1252", "latin-1", "cp437", "utf-8"]
# All that says something, without what stands for controls.
SAYING = [
    path
    for package in ("autograd", "chainrule", "nn")
    for path in sorted((ROOT / package).rglob("*.py"))
    if path.name not in ("text.py", "doctor.py")
]
COMMANDS = [
    "paths hand.py:loss x --formulas",
    "paths hand.py:loss x --form factored",
    "check hand.py",
    "draw hand.py:loss --format text",
    "step hand.py:loss",
    "stepper hand.py:loss",
    "grade hand.py hand.txt --details",
    "exercise --kind network --level 3 --seed 1",
    "exercise --help",
    "doctor",
]


@given(st.text())
def test_any_text_has_an_ascii_form(text):
    assert in_ascii(text).isascii()


@given(st.text(st.characters(exclude_categories=["Cs"])), st.sampled_from(ENCODINGS))
def test_what_an_encoding_has_stays_as_it_is(text, encoding):
    kept = text.encode(encoding, "ignore").decode(encoding)
    assert encodable(kept, encoding) == kept
    encodable(text, encoding).encode(encoding)


def test_right_and_wrong_are_told_apart_in_ascii():
    x = Value(3.0, label="x")
    right, wrong = check_derivation(x * x, {x: "6"}), check_derivation(x * x, {x: "-6"})
    assert "[ok] x: 6" in in_ascii(str(right))
    assert "[no] x: -6" in in_ascii(str(wrong))


def messages(module):
    found = ast.walk(ast.parse(module.read_text("utf-8")))
    constants = (node.value for node in found if isinstance(node, ast.Constant))
    return [constant for constant in constants if isinstance(constant, str)]


@pytest.mark.parametrize("path", SAYING, ids=lambda path: path.name)
def test_every_character_that_our_messages_have_has_a_form(path):
    for text in messages(path):
        assert "?" not in in_ascii(text.replace("?", "")), text


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_an_explanation_is_printed_in_any_encoding(monkeypatch, encoding):
    output = io.TextIOWrapper(io.BytesIO(), encoding=encoding, write_through=True)
    monkeypatch.setattr(sys, "stdout", output)
    x = Value(3.0, label="ŷ₁")
    explain(x * x, x, formulas=True)
    shown = output.buffer.getvalue().decode(encoding)
    assert "?" not in shown
    assert ("ŷ₁" in shown) is (encoding == "utf-8")


def test_streams_that_are_not_pythons_own_stay_as_they_are(monkeypatch):
    mine = io.StringIO()
    monkeypatch.setattr(sys, "stdout", mine)
    adapt_output()
    assert sys.stdout is mine


def in_process(folder, encoding, *arguments):
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "MPLBACKEND": "agg"}
    environment |= {"PYTHONIOENCODING": encoding, "PYTHONUTF8": "0"}
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=folder,
        env=environment,
        capture_output=True,
        stdin=subprocess.DEVNULL,
        timeout=PATIENCE,
    )


@pytest.mark.parametrize("example", ALONE)
def test_every_example_runs_in_the_poorest_encoding(tmp_path, example):
    done = in_process(tmp_path, "ascii", str(ROOT / "examples" / example))
    assert done.returncode == 0, done.stderr
    assert done.stdout.isascii()


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "utf-8"])
def test_every_command_prints_in_any_encoding(tmp_path, command, encoding):
    (tmp_path / "hand.py").write_text(
        "from autograd import Value\nx = Value(3.0, label='ŷ₁')\nloss = (x * x + 1) ** 2\n"
        "derivation = {x: 120, loss: 2}\nquestions = {x: 1}\n",
        "utf-8",
    )
    (tmp_path / "hand.txt").write_text("ŷ₁ = -120", "utf-8")
    done = in_process(tmp_path, encoding, "-m", "chainrule", *command.split())
    assert done.returncode == (1 if "check" in command else 0), done.stderr
    shown = done.stdout.decode(encoding)
    assert "?" not in shown.replace("?\n", "")  # a question's own
    if command.startswith("check"):
        marks = ("✓", "✗") if encoding == "utf-8" else ("[ok]", "[no]")
        assert [mark in shown for mark in marks] == [True, True]


def test_markup_keeps_its_characters_as_references(tmp_path):
    (tmp_path / "net.py").write_text(
        "from autograd import Value\nx = Value(3.0, label='←η')\nloss = x * x\n", "utf-8"
    )
    arguments = ["-m", "chainrule", "draw", "net.py:loss", "--format", "dot"]
    done = in_process(tmp_path, "ascii", *arguments)
    assert done.returncode == 0, done.stderr
    assert b"&#8592;&#951;" in done.stdout
