"""What VS Code shows of an installed package: debugpy, with the settings that are the default."""

import linecache
import shutil
import sys
import textwrap
from pathlib import Path
from types import SimpleNamespace
from typing import NamedTuple

import pytest

import autograd
from autograd import Value, chain_rule, debuggers, steps
from tests.autograd.test_debugger import LESSON as GRAPH
from tests.debug_adapter import Debugger

ROOT = Path(__file__).parents[2]
LESSON = f"""
    import autograd
    {GRAPH}
    loss.backward()  # stop
    with breakpoint_on(w):
        loss.backward()
    for step in autograd.steps(loss):
        print(step)  # stop
"""
COMPILED = """
    import autograd, nn

    model = nn.MLP(2, [3, 1], seed=0)
    def squared(x):
        return model(x) ** 2
    squares = autograd.compile(squared, batch="x")
    fresh = autograd.compile(squared, batch="x", backend="numba")
    value, gradient = squares([[1.0, 2.0], [3.0, 4.0]])
    squares([[1.0, 2.0]])  # stop
"""


class Session(NamedTuple):
    """What was seen in a session, by what was done."""

    paused: dict
    walked: list
    watched: list
    each: list


@pytest.fixture(scope="module")
def launch(tmp_path_factory):
    """Return a function that debugs a lesson, where this package is installed."""
    installed = tmp_path_factory.mktemp("installed") / "site-packages"  # known by this name
    for package in ("autograd", "nn", "viz", "chainrule"):
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / package, installed / package, ignore=ignored)
    folder = tmp_path_factory.mktemp("lessons")

    def debug(text, **configuration):
        program = folder / "lesson.py"
        program.write_text(textwrap.dedent(text).strip(), "utf-8")
        lines = [
            number
            for number, line in enumerate(program.read_text("utf-8").splitlines(), 1)
            if line.endswith("# stop")
        ]
        return Debugger(program, lines, [installed], **configuration)

    return debug


@pytest.fixture(scope="module")
def session(launch):
    with launch(LESSON) as debugger:
        pane = debugger.stop.variables
        paused = {path: pane(*path) for path in [(), ("a",), ("a", "parents")]}
        walked = [debugger.resume("stepIn"), *(debugger.resume("next") for _ in range(9))]
        names = walked[-1].variables()
        debugger.resume("stepOut")
        watched = [(stop := debugger.resume(), stop.variables()) for _ in range(2)]
        each = [(debugger.resume(), debugger.stop.variables("step")) for _ in range(6)]
        assert debugger.resume() is None
        return Session(paused, [*walked, names], watched, each)


def test_who_steps_into_backward_gets_to_the_chain_rule(session):
    *walked, names = session.walked
    assert {tuple(stop.functions) for stop in walked} == {("accumulate", "<module>")}
    assert {stop.lines[1] for stop in walked} == {"loss.backward()  # stop"}
    node = ["for node in reversed(order):", "upstream = node.grad"]
    edge = [
        "for parent, local in edges_of(node):",
        "contribution = upstream * local",
        "parent.grad += contribution",
    ]
    assert [stop.lines[0] for stop in walked] == [*node, *edge, *edge, edge[0], node[0]]
    assert names["contribution"] == "1.0"
    assert names["parent"] == "Value(data=-2.0, grad=1.0, label='w')"


def test_breakpoint_on_stops_in_the_chain_rule_with_the_step_at_hand(session):
    for stop, names in session.watched:
        assert stop.functions == ["_step_by_step", "<module>"]
        assert stop.lines[1] == "loss.backward()"
        assert names["step"].startswith("<Step ∂loss/∂w += ")
        assert names["parent"].endswith("label='w')")
    assert [names["contribution"] for _, names in session.watched] == ["1.0", "-36.0"]


def test_each_step_of_a_loop_over_steps(session):
    for stop, _ in session.each:
        assert stop.functions == ["<module>"]
        assert stop.lines == ["print(step)  # stop"]
    # loss = a·a + w with a = w·x, and upstream times local derivative for each edge.
    assert [pane["contribution"] for _, pane in session.each] == [
        *("1.0", "1.0", "-6.0", "-6.0", "-36.0", "24.0")
    ]


def attributes(pane):
    return {name for name in pane if not name.endswith((" variables", "len()")) and name[0] > "9"}


def test_the_pane_shows_what_a_value_and_a_step_are_and_nothing_private(session):
    assert session.paused[()]["a"] == "Value(data=-6.0, grad=0.0, op='*', label='a')"
    pane = session.paused["a",]
    assert attributes(pane) == {
        *("data", "grad", "label", "local_derivatives", "name", "op", "origin", "parents")
    }
    assert pane["local_derivatives"] == "(3.0, -2.0)"
    assert session.paused["a", "parents"]["1"] == "Value(data=3.0, grad=0.0, label='x')"
    _, pane = session.each[-1]
    assert attributes(pane) == {
        *("loss", "node", "parent", "position", "upstream", "local_derivative", "contribution"),
        *("before", "after", "symbols", "numbers", "written_numbers"),
    }
    assert pane["symbols"] == "'∂loss/∂x += ∂loss/∂a · ∂a/∂x'"


def test_where_nothing_is_skipped_the_file_itself_is_shown(launch):
    with launch(LESSON, justMyCode=False) as debugger:
        stop = debugger.resume("stepIn")
        assert (stop.functions[0], stop.files[0]) == ("backward", "value.py")
        debugger.resume("stepOut")
        stop = debugger.resume()
        assert (stop.functions[0], stop.files[0]) == ("_step_by_step", "stepping.py")


def test_a_compiled_program_can_be_stepped_into_and_its_arrays_be_seen(launch):
    with launch(COMPILED) as debugger:
        pane = debugger.stop.variables
        shown = pane()
        assert shown["squares"] == "CompiledLoss(squared, batch=('x',), 13 parameters)"
        assert shown["fresh"] == (
            "CompiledLoss(squared, batch=('x',), backend='numba', no program yet)"
        )
        assert attributes(pane("gradient")) == {"flat", "parts"}
        assert pane("gradient", "parts")["'W2'"].startswith("array([[")
        assert attributes(pane("squares")) >= {"program", "source", "parameters"}
        assert "function" not in pane("squares")
        assert "Traceback" not in "".join([*pane("squares").values(), *pane("fresh").values()])
        assert attributes(pane("model")) == {"labels_at_once", "layers"}
        stop = debugger.resume("stepIn")
        assert stop.functions == ["loss_and_gradient", "<module>"]
        assert stop.files[0].startswith("autograd.compile ")
        stop = debugger.resume("next")
        assert stop.lines[0] == "a1 = x @ W1.T + b1"
        assert stop.variables()["x"] == "array([[1., 2.]])"


class PyDB:
    """What is asked of debugpy's debugger."""

    is_files_filter_enabled = True

    def apply_files_filter(self, frame, filename, force):
        return filename == frame.f_code.co_filename == debuggers.__file__


def test_only_a_debugger_that_skips_this_package_gets_another_file(monkeypatch):
    accumulate = chain_rule.accumulate
    others = [
        SimpleNamespace(get_global_debugger=lambda: None),
        SimpleNamespace(get_global_debugger=object),  # PyCharm's has no such filter
        SimpleNamespace(),
    ]
    for other in others:
        monkeypatch.setitem(sys.modules, "pydevd", other)
        assert debuggers.in_sight(accumulate) is accumulate
    monkeypatch.setitem(sys.modules, "pydevd", SimpleNamespace(get_global_debugger=PyDB))
    twin = debuggers.in_sight(accumulate)
    assert twin.__code__ != accumulate.__code__  # though they differ by their files alone
    assert twin is debuggers.in_sight(accumulate)
    filename, line = twin.__code__.co_filename, twin.__code__.co_firstlineno
    assert Path(filename).is_absolute()
    assert not Path(filename).exists()
    assert linecache.getline(filename, line) == "def accumulate(\n"


def test_what_such_a_debugger_gets_computes_the_same(monkeypatch):
    def gradients():
        x = Value(0.5)
        loss = x.exp() * x + autograd.dot([x, 2.0, x], [1.0, x, x], x)
        found = [str(step) for step in steps(loss)]
        [slope] = autograd.gradients(loss, [x], create_graph=True)
        with autograd.record_origins():
            [curvature] = autograd.gradients(slope, [x], create_graph=True)
        return found, x.grad, slope.data, curvature.data, curvature.origin.function

    expected = gradients()
    monkeypatch.setitem(sys.modules, "pydevd", SimpleNamespace(get_global_debugger=PyDB))
    assert gradients() == expected
