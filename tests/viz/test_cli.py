import os
import pathlib
import subprocess
import sys

import pytest

import viz
from viz import cli, doctor

PROGRAM = """\
from autograd import Value
x = Value(3.0, label="x")
loss = (x * x + 1) ** 2
loss.backward()
losses = [loss]
"""


@pytest.fixture
def net(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    pathlib.Path("net.py").write_text(PROGRAM)


def run(capsys, *argv):
    status = cli.main(argv)
    captured = capsys.readouterr()
    return status, captured.out, captured.err


def test_draw_writes_a_picture(net, capsys, svg_texts):
    assert run(capsys, "draw", "net.py:loss", "-o", "new/graph.svg") == (
        0,
        f"wrote {pathlib.Path('new/graph.svg')}\n",
        "",
    )
    assert "grad 120" in svg_texts(pathlib.Path("new/graph.svg").read_bytes())


def test_draw_writes_graph_svg_by_default(net, capsys):
    assert run(capsys, "draw", "net.py:loss")[0] == 0
    assert pathlib.Path("graph.svg").exists()


def test_draw_takes_the_options_of_to_dot(net, capsys):
    assert run(capsys, "draw", "net.py:loss", "-o", "a.dot", "--depth", "1")[0] == 0
    assert "more" in pathlib.Path("a.dot").read_text("utf-8")
    assert run(capsys, "draw", "net.py:loss", "-o", "b.dot", "--focus", "x", "--depth", "9")[0] == 0
    assert 'label="x = 3' in pathlib.Path("b.dot").read_text("utf-8")


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        ("net.py:los", 1, "did you mean 'loss'"),
        ("net.py:losses", 1, "builtins.list"),
        ("nothing.py:loss", 1, "there is no file 'nothing.py'"),
        ("bad.py:loss", 1, "bad.py:2: ZeroDivisionError"),
        ("net.py:loss -o graph.docx", 1, "docx"),
        ("net.py:loss --max-nodes 2", 1, "5 nodes, and max_nodes is 2"),
        ("net.py:loss --focus y", 1, "'y'"),
        ("net.py:loss -o net.py/graph.svg", 1, "net.py"),
        ("net.py:loss --depth -1", 2, "depth must be"),
    ],
)
def test_mistakes_are_one_line_on_standard_error(net, capsys, arguments, status, message):
    pathlib.Path("bad.py").write_text("x = 0\n1 / x\n")
    found, out, err = run(capsys, "draw", *arguments.split())
    assert (found, out) == (status, "")
    assert err.startswith("chainrule: error: ")
    assert message in err
    assert err.count("\n") == 1


@pytest.mark.parametrize(
    "arguments", ["", "paint", "draw", "draw net.py", "draw net.py:a.b", "draw :x", "draw a:b --no"]
)
def test_misuse_shows_how_to_use_it(capsys, arguments):
    status, out, err = run(capsys, *arguments.split())
    assert (status, out) == (2, "")
    assert err.startswith("usage: chainrule")


def test_help_names_the_commands(capsys):
    status, out, err = run(capsys, "--help")
    assert (status, err) == (0, "")
    assert all(command in out for command in ("demo", "draw", "doctor"))


def test_version(capsys):
    status, out, _ = run(capsys, "--version")
    assert (status, out.split()[0]) == (0, "chainrule")


def test_demo_runs_in_the_folder_asked_for(monkeypatch, capsys):
    folders = []
    monkeypatch.setitem(sys.modules, "viz.demo", type("Demo", (), {"run": folders.append}))
    assert run(capsys, "demo") == (0, "", "")
    assert run(capsys, "demo", "--output", "a/b") == (0, "", "")
    assert folders == [pathlib.Path("demo"), pathlib.Path("a/b")]


def test_ctrl_c_ends_a_command(net, capsys):
    pathlib.Path("slow.py").write_text("raise KeyboardInterrupt")
    assert run(capsys, "draw", "slow.py:x") == (130, "", "chainrule: interrupted\n")


@pytest.mark.parametrize(("remedy", "warning", "status"), [("", 0, 0), ("mend", 0, 1), ("m", 1, 0)])
def test_doctor_fails_where_something_is_broken(monkeypatch, capsys, remedy, warning, status):
    finding = doctor.Finding("thing", "state", remedy, bool(warning))
    monkeypatch.setattr(doctor, "examine", lambda: [finding])
    found, out, _ = run(capsys, "doctor")
    assert found == status
    assert "thing: state" in out
    assert (f"to mend it: {remedy}" in out) == bool(remedy)


def as_module(*argv, first_on_path):
    ours = pathlib.Path(viz.__file__).parent.parent
    path = os.pathsep.join([str(first_on_path), str(ours)])
    return subprocess.run(
        [sys.executable, "-m", "viz", *argv],
        capture_output=True,
        text=True,
        cwd=first_on_path,
        env={**os.environ, "PYTHONPATH": path},
        check=False,
    )


def test_python_m_viz_is_the_command(net, tmp_path):
    finished = as_module("draw", "net.py:loss", first_on_path=tmp_path)
    assert (finished.returncode, finished.stderr) == (0, "")
    assert (tmp_path / "graph.svg").exists()


def test_a_foreign_autograd_is_diagnosed_and_refused(net, tmp_path):
    (tmp_path / "autograd").mkdir()
    (tmp_path / "autograd" / "__init__.py").write_text("def grad(function): ...")
    refused = as_module("draw", "net.py:loss", first_on_path=tmp_path)
    assert refused.returncode == 1
    assert "another package of the same name" in refused.stderr
    assert refused.stderr.count("\n") == 1
    examined = as_module("doctor", first_on_path=tmp_path)
    assert examined.returncode == 1
    assert "BROKEN  autograd" in examined.stdout
