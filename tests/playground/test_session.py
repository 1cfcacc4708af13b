"""What the page asks of Python, without the page."""

import json
import logging
import runpy
import subprocess
import sys
from pathlib import Path

import pytest

import playground
from tests.processes import PATIENCE

EXAMPLES = sorted((Path(playground.__file__).parent.parent / "examples").glob("*.py"))


class Page:
    """A session, and what it told."""

    def __init__(self):
        self.told = []
        self.session = playground.Session(lambda message: self.told.append(json.loads(message)))

    def ask(self, ask, **question):
        return json.loads(self.session.answer(json.dumps({"ask": ask, **question})))

    def text(self):
        return "".join(each["text"] for each in self.told if each["kind"] == "text")


@pytest.fixture
def page():
    return Page()


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
def test_examples_run_and_leave_a_loss_with_names(page, example):
    answer = page.ask("run", code=example.read_text("utf-8"))
    assert answer.get("error") is None
    assert answer["loss"] == "L"
    assert len(answer["nodes"]) > 2
    assert bool(answer["checks"]) == (example.stem == "derivation")


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
def test_examples_are_programs_outside_of_the_page(example, capsys):
    runpy.run_path(str(example))
    assert (example.stem == "derivation") or capsys.readouterr().out


def test_the_numbers_of_the_notes_come_out(page):
    page.ask("run", code=(EXAMPLES[-2]).read_text("utf-8"))
    assert "gradient ∂L/∂W2[0][1] = -0.1304" in page.text()
    right = page.ask("check", node="W2[0][1]", answer="-0.1304")
    half = page.ask("check", node="W2[0][1]", answer="-0.065")
    assert right["right"]
    assert not half["right"]
    assert "1 of 2 paths was followed" in half["text"]


CODE = "from autograd import Value\nx = Value(3.0)\nL = x * x\n"


def test_the_loss_is_drawn_stepped_through_and_explained(page):
    answer = page.ask("run", code=CODE)
    assert answer["nodes"] == [{"name": "L", "leaf": False}, {"name": "x", "leaf": True}]
    assert "<svg" in page.ask("picture")["html"]
    assert "<svg" in page.ask("picture", paths_to="x")["html"]
    assert "∂L/∂x" in page.ask("stepper")["page"]
    assert "gradient ∂L/∂x = 6" in page.ask("explain", node="x")["text"]
    assert "= 6" in page.ask("explain", node="x", form="factored")["text"]
    assert page.ask("check", node="x", answer="2x")["right"]
    assert "parenthesis" in page.ask("check", node="x", answer="2(x")["text"]


def test_a_node_that_there_is_not_is_an_answer_and_no_end(page):
    page.ask("run", code=CODE)
    assert "w" in page.ask("explain", node="w")["error"]
    assert page.ask("check", node="x", answer="6")["right"]


def test_whatever_goes_wrong_in_an_answer_is_told(page, monkeypatch):
    page.ask("run", code=CODE)
    monkeypatch.setattr("viz.draw", lambda *_, **__: 1 // 0)
    assert page.ask("picture")["error"].startswith("ZeroDivisionError: ")


@pytest.mark.parametrize("code", ["", "x = 3", "loss = 'none'"])
def test_without_a_loss_there_is_nothing_to_look_at(page, code):
    assert page.ask("run", code=code) == {"loss": None}
    assert "call the value to look at loss or L" in page.ask("picture")["error"]


def test_what_the_last_line_comes_to_is_looked_at_and_shown(page):
    assert page.ask("run", code="from autograd import Value\nValue(3.0) * 2")["value"] == "6"
    assert "Value(data=6.0" in page.text()


@pytest.mark.parametrize(
    ("code", "line", "said"),
    [
        ("x = 1\ny = x +", 2, "SyntaxError"),
        ("x = 1\n\nx / 0\n", 3, "ZeroDivisionError"),
        ("from autograd import Value\nf = lambda x: x + ''\n\nf(Value(1))", 2, "OperandError"),
        ("import sys\nsys.exit('enough')", 2, "SystemExit: enough"),
        ("from autograd import Value\nValue('3')", 2, "OperandError"),
        ("if True:\nx = 1", 2, "IndentationError"),
        ("def f(): return f()\nf()", 1, "RecursionError"),
    ],
)  # fmt: skip
def test_an_error_is_told_with_the_line_of_the_user(page, code, line, said):
    answer = page.ask("run", code=code)
    assert answer["line"] == line
    assert said in answer["error"]
    assert "autograd/" not in answer["error"]  # no frame of ours
    assert sys.stdout is not page
    assert page.ask("run", code=CODE)["loss"] == "L"


def test_what_is_printed_comes_at_once_in_order_and_has_an_end(page):
    page.ask("run", code="print('a')\nimport sys\nprint('b', file=sys.stderr)\n'c'")
    assert page.text() == "a\nb\nc\n"
    page.told.clear()
    page.ask("run", code="for i in range(100_000): print('another line')")
    assert len(page.text()) < playground.MOST_OUTPUT + 100
    assert page.text().endswith("that was much output\n")


def test_what_has_a_place_says_so(page):
    page.ask(
        "run", code="from playground import show\nshow(1, place='here')\nshow('2', place='here')"
    )
    assert [(m["text"], m["place"]) for m in page.told] == [("1\n", "here"), ("2\n", "here")]


CHAIN = "from autograd import Value\nL = x = Value(1.0)\nfor _ in range({}): L = {}\n"


def test_a_graph_is_freed_node_by_node_and_not_in_calls_within_calls(page):
    """Else Python's stack ends in a browser, and all of it."""
    seen = []
    held = page.session.nodes
    last = playground._last

    def watched(nodes):
        seen.append(len(nodes))
        return last(nodes)

    page.ask("run", code=CHAIN.format(3 * playground.FEW, "L + x"))
    assert len(held) == 3 * playground.FEW
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(playground, "_last", watched)
        page.ask("run", code="")
    assert seen == [*range(3 * playground.FEW, 0, -1)]
    assert len(held) == 0


def test_a_long_run_keeps_no_more_nodes_than_it_needs(page):
    page.ask("run", code=CHAIN.format(5 * playground.FEW, "(L * 2).detach()"))
    assert len(page.session.nodes) <= playground.FEW
    page.ask("run", code=CHAIN.format(2 * playground.FEW, "L + x") + "L.backward()")
    assert page.ask("check", node="x", answer=str(2 * playground.FEW + 1))["right"]


def test_more_nodes_than_the_page_can_hold_are_refused(page, monkeypatch):
    monkeypatch.setattr(playground, "MOST_NODES", 3 * playground.FEW)
    answer = page.ask("run", code=CHAIN.format(4 * playground.FEW, "L + x"))
    assert answer["line"] == 3
    assert "this run keeps 30,000 nodes" in answer["error"]
    assert page.ask("run", code=CODE)["loss"] == "L"


def test_a_run_leaves_nothing_behind(page):
    logger, streams = logging.getLogger("nn"), (sys.stdout, sys.stderr)
    before = logger.level, list(logger.handlers)
    page.ask("run", code="1 / 0")
    assert (logger.level, logger.handlers) == before
    assert (sys.stdout, sys.stderr) == streams
    playground.show("printed")
    assert page.told == []


def test_the_archive_of_the_page_is_all_that_it_needs(tmp_path):
    """Unpacked where nothing is installed, it runs an example."""
    build = Path(playground.__file__).parent.parent / "build.py"
    code = "import sys, pathlib; from build import pack; pack(pathlib.Path(sys.argv[1]))"
    subprocess.run(
        [sys.executable, "-c", code, tmp_path / "packages.zip"], cwd=build.parent, check=True
    )
    code = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "from playground import Session\n"
        'answer = Session(print).answer(\'{"ask": "run", "code": "import nn, viz, chainrule"}\')\n'
        "print(answer); import viz; print(viz.__file__)"
    )
    ran = subprocess.run(
        [sys.executable, "-S", "-E", "-c", code, tmp_path / "packages.zip"],
        cwd=tmp_path, capture_output=True, text=True, timeout=PATIENCE,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.startswith('{"loss": null}')
    assert "packages.zip" in ran.stdout
