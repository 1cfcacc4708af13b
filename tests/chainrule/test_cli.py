import errno
import io
import json
import os
import pathlib
import runpy
import subprocess
import sys

import pytest

import autograd
import viz
from chainrule import cli, doctor
from tests.processes import PATIENCE

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
    pathlib.Path("net.py").write_text(PROGRAM, "utf-8")


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
    assert "<B>x</B> = 3" in pathlib.Path("b.dot").read_text("utf-8")


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        ("net.py:los", 1, "did you mean 'loss'"),
        ("net.py:losses", 1, "builtins.list"),
        ("bad.py:loss", 1, "bad.py:2: ZeroDivisionError"),
        ("net.py:loss -o graph.docx", 2, "docx"),
        ("net.py:loss -o graph", 2, "no suffix"),
        ("net.py:loss --max-nodes 2", 1, "4 nodes, and max_nodes is 2"),
        ("net.py:loss --focus y", 1, "'y'"),
        ("net.py:loss -o net.py/graph.svg", 1, f"Not a directory: {'net.py/graph.svg'!r}"),
        ("net.py:loss -o folder.svg", 1, "Is a directory: 'folder.svg'"),
        ("net.py:loss --depth -1", 2, "depth must be"),
    ],
)
def test_mistakes_are_one_line_on_standard_error(net, capsys, arguments, status, message):
    pathlib.Path("bad.py").write_text("x = 0\n1 / x\n", encoding="utf-8")
    pathlib.Path("folder.svg").mkdir()
    found, out, err = run(capsys, "draw", *arguments.split())
    assert (found, out) == (status, "")
    assert err.startswith("chainrule: error: ")
    assert message in err
    assert err.count("\n") == 1
    assert "Errno" not in err
    assert ".tmp" not in err


@pytest.mark.parametrize(
    "arguments", ["draw no.py:x", "step no.py:x", "paths no.py:x x", "check no.py"]
)
def test_a_missing_file_is_misuse_for_every_command(net, capsys, arguments):
    error = "chainrule: error: there is no file 'no.py'\n"
    assert run(capsys, *arguments.split()) == (2, "", error)


def test_demo_into_a_file_is_misuse(net, capsys):
    error = "chainrule: error: the output must be a folder, and 'net.py' is a file\n"
    assert run(capsys, "demo", "-o", "net.py") == (2, "", error)


@pytest.fixture
def unprintable(net, monkeypatch):
    pathlib.Path("hand.py").write_text(
        "from autograd import Value\n"
        "label = 'a\\x1b[2Jb\\n\\0'\n"
        "x = Value(3.0, label=label)\n"
        "loss = (x * x + 1) ** 2\n"
        "loss.label = 'loss\\x1b[31m'\n"
        "derivation = {x: 5}\n",
        "utf-8",
    )
    commands = "n\nlist\nwatch x\nx\nuntil x\nexplain x\npaths x\nnode loss\nnode y\ndraw a.dot\n"
    monkeypatch.setattr(sys, "stdin", io.StringIO(commands))


@pytest.mark.parametrize(
    "arguments",
    ["paths hand.py:loss x --formulas", "step hand.py:loss", "check hand.py", "draw hand.py:loss"],
)
def test_control_characters_of_labels_never_reach_the_terminal(unprintable, capsys, arguments):
    _, out, err = run(capsys, *arguments.split())
    for text in (out, err):
        assert all(character.isprintable() or character == "\n" for character in text)
    if not arguments.startswith("draw"):
        assert "a␛[2Jb␊␀" in out


@pytest.mark.parametrize("suffix", ["dot", "svg"])
def test_control_characters_of_labels_never_reach_a_picture(unprintable, capsys, suffix):
    assert run(capsys, "draw", "hand.py:loss", "-o", f"a.{suffix}")[0] == 0
    picture = pathlib.Path(f"a.{suffix}").read_text("utf-8")
    assert "a␛[2Jb␊␀" in picture
    assert not set(picture) & {"\x1b", "\0"}


@pytest.mark.parametrize("name", ["a\x1b[2Jb\n\0", "a␛[2Jb␊␀"])
def test_a_label_is_found_as_it_is_and_as_it_is_shown(unprintable, capsys, name):
    status, out, _ = run(capsys, "paths", "hand.py:loss", name)
    assert status == 0
    assert "= 120" in out


def test_control_characters_of_an_error_never_reach_the_terminal(net, capsys):
    pathlib.Path("bad.py").write_text("raise ValueError('a\\x1b[2J')", encoding="utf-8")
    error = "chainrule: error: bad.py:1: ValueError: a␛[2J\n"
    assert run(capsys, "draw", "bad.py:loss") == (1, "", error)


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
    assert all(command in out for command in ("demo", "draw", "step", "paths", "check", "doctor"))


@pytest.mark.parametrize("command", ["draw", "step", "paths", "check"])
def test_every_command_has_help(capsys, command):
    status, out, err = run(capsys, command, "--help")
    assert (status, err) == (0, "")
    assert "FILE.py" in out


def test_paths_explains_a_gradient(net, capsys):
    status, out, err = run(capsys, "paths", "net.py:loss", "x", "--formulas")
    names = {}
    exec(PROGRAM, names)
    names["loss"].label = "loss"
    expected = autograd.explanation(names["loss"], names["x"], formulas=True)
    assert (status, out, err) == (0, f"{expected}\n", "")
    status, out, _ = run(capsys, "paths", "net.py:loss", "x", "--max-paths", "1")
    assert status == 0
    assert "left out = 60" in out


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        ("net.py:loss y", 1, "no Value has the name or label 'y'"),
        ("net.py:los x", 1, "did you mean 'loss'"),
        ("net.py:loss x --max-paths -1", 2, "'-1' must be a whole number"),
        ("net.py:loss", 2, "NODE"),
    ],
)
def test_mistakes_with_paths(net, capsys, arguments, status, message):
    found, out, err = run(capsys, "paths", *arguments.split())
    assert (found, out) == (status, "")
    assert message in err


@pytest.mark.parametrize(
    ("answers", "status", "verdict"),
    [
        ("derivation = {x: '2*(x² + 1)*2*x'}", 0, "✓ x"),
        ("derivation = {'x': 120, 'h': 20}", 0, "2 of 2 right"),
        ("derivation = {'x': 60, 'h': 20}", 1, "✗ x: 60"),
        ("derivation_1 = {'x': 120}\nderivation_2 = {'x': -120}", 1, "(derivation_2)"),
        ("from autograd import check_derivation\nmine = check_derivation(loss, {x: 1})", 1, "✗ x"),
    ],
)
def test_check_reports_what_is_right_and_what_is_wrong(capsys, net, answers, status, verdict):
    pathlib.Path("hand.py").write_text(
        "from autograd import Value\n"
        'x = Value(3.0, label="x")\nh = x * x + 1\nloss = h ** 2\n' + answers,
        "utf-8",
    )
    found, out, err = run(capsys, "check", "hand.py")
    assert (found, err) == (status, "")
    assert verdict in out


def test_check_gives_its_findings_as_json(capsys, net):
    pathlib.Path("hand.py").write_text(
        f"print('noise')\n{PROGRAM}\nderivation = {{x: '120', losses[0]: -1}}\n"
        "loss_ = loss\nderivation_2 = {x: '60'}\n",
        "utf-8",
    )
    status, out, err = run(capsys, "check", "hand.py", "--json")
    assert (status, err) == (1, "noise\n")
    first, second = json.loads(out)
    assert (first["name"], first["right"], first["of"]) == ("derivation", 1, 2)
    assert [finding["verdict"] for finding in first["findings"]] == ["right", "wrong_sign"]
    assert (second["findings"][0]["is_right"], second["findings"][0]["gradient"]) == (False, 120.0)


def test_json_has_words_for_what_it_has_no_numbers_for(capsys, net):
    pathlib.Path("hand.py").write_text(
        "from autograd import Value, sqrt\nx = Value(0.0)\nloss = sqrt(x)\n"
        "derivation = {x: '0.5'}\n",
        "utf-8",
    )
    status, out, _ = run(capsys, "check", "hand.py", "--json")

    def no_number(word):
        raise AssertionError(word)

    (check,) = json.loads(out, parse_constant=no_number)
    assert (status, check["findings"][0]["gradient"]) == (1, "inf")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("x = 1", "hand.py has no derivation to check; write one for its loss, as in derivation ="),
        ("derivation = {'x': 1}", "no Value called loss or L"),
        ("1 / 0", "hand.py:1: ZeroDivisionError"),
        (f"{PROGRAM}\nderivation = {{'y': 1}}", "'y'"),
    ],
)
def test_what_cannot_be_checked_is_neither_right_nor_wrong(net, capsys, text, message):
    pathlib.Path("hand.py").write_text(text, "utf-8")
    status, out, err = run(capsys, "check", "hand.py")
    assert (status, out) == (2, "")
    assert err.startswith("chainrule: error: ")
    assert message in err
    assert err.count("\n") == 1


def test_an_answer_that_cannot_be_read_is_a_finding_among_others(net, capsys):
    pathlib.Path("hand.py").write_text(f"{PROGRAM}\nderivation = {{'x': '2*('}}", "utf-8")
    status, out, err = run(capsys, "check", "hand.py")
    assert (status, err) == (1, "")
    assert "✗ x: 2*(: can't be read" in out


def test_what_standard_output_cannot_write_does_not_stop_it(net, monkeypatch):
    output = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(output, encoding="ascii"))
    assert cli.main(["paths", "net.py:loss", "x"]) == 0
    assert b"gradient dloss/dx = 120" in output.getvalue()


def test_a_reader_who_has_seen_enough_is_no_error(net, tmp_path):
    program = f"from autograd import Value\nx = loss = Value(1.0)\n{'loss = loss + loss;' * 12}"
    pathlib.Path("many.py").write_text(program, "utf-8")
    command = [
        sys.executable,
        "-m",
        "chainrule",
        "paths",
        "many.py:loss",
        "x",
        "--max-paths",
        "99999",
    ]
    started = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment(tmp_path)
    )
    started.stdout.read(1)
    started.stdout.close()
    with started.stderr as errors:
        assert errors.read() == b""
    assert started.wait(PATIENCE) == 1


def test_a_reader_who_has_seen_enough_is_no_error_on_windows_either(net, monkeypatch, capfd):
    """Where a closed pipe is an invalid argument; the name of a file may be one too."""

    class Closed(io.BytesIO):
        def write(self, content):
            raise OSError(errno.EINVAL, os.strerror(errno.EINVAL))

        def fileno(self):
            return spare.fileno()

    with open(os.devnull, "wb") as spare:
        monkeypatch.setattr(sys, "platform", "win32")
        monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(Closed(), encoding="utf-8"))
        assert cli.main(["paths", "net.py:loss", "x"]) == 1
        assert capfd.readouterr().err == ""
        monkeypatch.setattr(sys, "platform", "linux")
        monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(Closed(), encoding="utf-8"))
        assert cli.main(["paths", "net.py:loss", "x"]) == 1
        assert "Invalid argument" in capfd.readouterr().err


def test_version(capsys):
    status, out, _ = run(capsys, "--version")
    assert (status, out.split()[0]) == (0, "chainrule")


def test_demo_runs_in_the_folder_asked_for(monkeypatch, capsys):
    folders = []
    monkeypatch.setitem(sys.modules, "chainrule.demo", type("Demo", (), {"run": folders.append}))
    assert run(capsys, "demo") == (0, "", "")
    assert run(capsys, "demo", "--output", "a/b") == (0, "", "")
    assert folders == [pathlib.Path("demo"), pathlib.Path("a/b")]


def test_ctrl_c_ends_a_command(net, capsys):
    pathlib.Path("slow.py").write_text("raise KeyboardInterrupt", encoding="utf-8")
    assert run(capsys, "draw", "slow.py:x") == (130, "", "chainrule: interrupted\n")


@pytest.mark.parametrize(("remedy", "warning", "status"), [("", 0, 0), ("mend", 0, 1), ("m", 1, 0)])
def test_doctor_fails_where_something_is_broken(monkeypatch, capsys, remedy, warning, status):
    finding = doctor.Finding("thing", "state", remedy, bool(warning))
    monkeypatch.setattr(doctor, "examine", lambda: [finding])
    found, out, _ = run(capsys, "doctor")
    assert found == status
    assert "thing: state" in out
    assert (f"to mend it: {remedy}" in out) == bool(remedy)


def environment(first_on_path):
    ours = pathlib.Path(viz.__file__).parent.parent
    path = [str(first_on_path), str(ours), *filter(None, sys.path)]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(path)}


def as_module(*argv, first_on_path, module="chainrule"):
    return subprocess.run(
        # Without site, for an editable installation finds our modules inside of a foreign package,
        # and without the warning, which `import chainrule` has for those who run no command.
        [sys.executable, "-S", "-W", "ignore", "-m", module, *argv],
        capture_output=True,
        text=True,
        cwd=first_on_path,
        env=environment(first_on_path),
        check=False,
    )


@pytest.mark.parametrize("module", ["chainrule", "viz"])
def test_python_m_is_the_command(net, tmp_path, module):
    finished = as_module("draw", "net.py:loss", first_on_path=tmp_path, module=module)
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


def test_a_format_that_is_text_is_printed_alone(net, capsys):
    """What the file prints goes elsewhere, so that the picture can be redirected into a file."""
    pathlib.Path("talking.py").write_text(f"print('thinking')\n{PROGRAM}", encoding="utf-8")
    loss = runpy.run_path("talking.py")["loss"]
    autograd.name_values({"loss": loss})
    capsys.readouterr()
    for file_format, text in [
        ("mermaid", viz.to_mermaid(loss)),
        ("TEXT", viz.to_text(loss)),
        ("dot", viz.to_dot(loss)),
    ]:
        expected = text if text.endswith("\n") else f"{text}\n"
        found = run(capsys, "draw", "talking.py:loss", "--format", file_format)
        assert (found[0], found[1].rstrip(), found[2]) == (0, expected.rstrip(), "thinking\n")
    status, out, _ = run(capsys, "draw", "talking.py:loss", "-o", "-")
    assert status == 0
    assert out.startswith("<svg")


def test_the_format_counts_and_not_the_suffix(net, capsys):
    assert run(capsys, "draw", "net.py:loss", "--format", "png")[1] == "wrote graph.png\n"
    assert pathlib.Path("graph.png").read_bytes().startswith(b"\x89PNG")
    assert run(capsys, "draw", "net.py:loss", "--format", "svg", "-o", "graph.png")[0] == 0
    assert pathlib.Path("graph.png").read_bytes().startswith(b"<svg")


def test_draw_lays_paths_over_the_graph_and_collapses_layers(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    pathlib.Path("net.py").write_text(
        "from chainrule.demo import worked_network\n"
        "import autograd\n"
        "nodes = worked_network()\n"
        "L, w = nodes['L'], nodes['w131']\n",
        encoding="utf-8",
    )
    _, out, _ = run(capsys, "draw", "net.py:L", "--format", "text", "--paths-to", "w")
    assert "sum of 4 paths = 0.003159" in out
    _, fewer, _ = run(
        capsys, "draw", "net.py:L", "--format", "text", "--paths-to", "w131", "--max-paths", "1"
    )
    assert "path 2" not in fewer
    _, out, _ = run(capsys, "draw", "net.py:L", "--format", "text", "--collapse", "layer")
    assert "a1 = W1 x + b1" in out
    _, out, _ = run(
        capsys, "draw", "net.py:L", "--format=text", "--collapse=layer", "--expand=a1", "--expand=x"
    )
    assert "a13 (dot) = 2.1" in out
    assert "x2 = 5" in out
    _, out, _ = run(capsys, "draw", "net.py:L", "--format", "text", "--reached-from", "w131")
    assert "w131" in out
    assert "w141" not in out
    status, _, err = run(capsys, "draw", "net.py:L", "--collapse", "layer", "--expand", "a3")
    assert status == 2
    assert "no box is called 'a3'" in err
    status, _, err = run(
        capsys, "draw", "net.py:L", "--paths-to=w", "--collapse=layer", "--focus=h13", "--depth=2"
    )
    assert status == 2
    assert "paths_to can't be drawn with collapse" in err
    command = ["draw", "net.py:L", "--collapse=layer", "--focus=h13", "--depth=1", "--format=text"]
    status, out, err = run(capsys, *command)
    assert (status, err) == (0, "")
    assert "h1 = σ(a1), 4 values" in out
    assert "L = " not in out
    looks = ["--direction=down", "--theme=dark", "--collapse=none", "--repeats=all"]
    _, out, _ = run(capsys, "draw", "net.py:L", "--format=dot", *looks)
    assert "rankdir=TB" in out
    assert 'bgcolor="#12181f"' in out


def test_stepper_writes_a_page(net, capsys):
    assert run(capsys, "stepper", "net.py:loss") == (0, "wrote backprop.html\n", "")
    page = pathlib.Path("backprop.html").read_text("utf-8")
    assert "net.py:" in page  # where the nodes were made
    assert run(capsys, "stepper", "net.py:loss", "-o", "page.pdf")[0] == 2
    assert run(capsys, "stepper", "net.py:loss", "--max-nodes", "1")[0] == 1
    status, _, err = run(capsys, "stepper", "net.py:loss", "--max-paths", "0")
    assert status == 2
    assert "max_paths must be a whole number, 1 or more, not 0" in err


def completed_by_bash(script, *words):
    """What bash offers for the last of the words."""
    asked = f"COMP_WORDS=({' '.join(words)}) COMP_CWORD={len(words) - 1}"
    show = "printf '%s\\n' \"${COMPREPLY[@]}\""
    ask = f"{asked}; _shtab_chainrule chainrule '{words[-1]}' '{words[-2]}'; {show}"
    done = subprocess.run(
        ["bash", "-c", f"{script}\n{ask}"], capture_output=True, text=True, timeout=PATIENCE
    )
    return done.stdout.split()


@pytest.mark.skipif(sys.platform == "win32", reason="bash there may be that of another system")
def test_bash_completes_commands_options_and_files(net, capsys):
    pytest.importorskip("shtab")
    status, script, problems = run(capsys, "--print-completion", "bash")
    assert (status, problems) == (0, "")
    assert completed_by_bash(script, "chainrule", "st") == ["step", "stepper"]
    assert completed_by_bash(script, "chainrule", "draw", "--the") == ["--theme"]
    assert completed_by_bash(script, "chainrule", "check", "ne") == ["net.py"]
    assert completed_by_bash(script, "chainrule", "draw", "ne") == ["net.py"]


@pytest.mark.parametrize("shell", ["zsh", "tcsh"])
def test_completion_for_other_shells_has_the_commands(capsys, shell):
    pytest.importorskip("shtab")
    status, script, _ = run(capsys, "--print-completion", shell)
    assert status == 0
    assert all(command in script for command in ("draw", "stepper", "doctor"))


def test_completion_without_shtab_says_what_to_install(capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "shtab", None)
    assert run(capsys, "--print-completion", "bash") == (
        1,
        "",
        "chainrule: error: --print-completion needs shtab, which is not installed: "
        "pip install shtab\n",
    )
    assert run(capsys, "--print-completion", "cmd")[0] == 2
