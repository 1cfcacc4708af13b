import json
import pathlib
import sys

import pytest

from autograd import Value, record_origins
from chainrule.script import find_value, load, run_file
from viz import ScriptError


@pytest.fixture
def script(tmp_path):
    def write(text, name="net.py"):
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return write


def test_modules_beside_the_file_are_found(script):
    script("three = 3", "chainrule_test_helper.py")
    path = script("from chainrule_test_helper import three\nfour = three + 1")
    assert run_file(path)["four"] == 4


def test_the_file_sees_its_own_name_as_its_arguments_and_is_not_main(script):
    path = script("import sys\nargv, name = sys.argv, __name__")
    before = sys.argv, sys.path
    names = run_file(path)
    assert names["argv"] == [str(path)]
    assert names["name"] != "__main__"
    assert (sys.argv, sys.path) == before


def test_classes_can_be_defined(script):
    text = (
        "import dataclasses\n@dataclasses.dataclass\nclass A:\n    x: 'int' = 1\n"
        "def f(): return A(2)\na = A()"
    )
    names = run_file(script(text))
    assert names["a"].x == 1


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("x = 1\ny = 1 / 0", r"net\.py:2: ZeroDivisionError: division by zero$"),
        ("def f():\n    return [][1]\n\nf()", r"net\.py:2: IndexError: list index out of range$"),
        ("import autograd\nautograd.exp('a')", r"net\.py:2: OperandError: .*float\(text\)"),
        ("raise ValueError('two\\nlines')", r"net\.py:1: ValueError: two lines$"),
        ("raise KeyError", r"net\.py:1: KeyError$"),
        ("x = 1\nx = (", r"net\.py:2: SyntaxError: '\(' was never closed$"),
        ("x = 1\0", r"net\.py.*: SyntaxError: source code .*null bytes$"),
        ("import sys\nsys.exit('enough')", r"net\.py:2: SystemExit: enough$"),
        ("import no_such_module_at_all", r"net\.py:1: ModuleNotFoundError: No module"),
        ("def f(): f()\nf()", r"net\.py:1: RecursionError"),
    ],
)
def test_an_error_in_the_file_is_told_in_one_line(script, text, message):
    with pytest.raises(ScriptError, match=message) as caught:
        run_file(script(text))
    assert "\n" not in str(caught.value)


def test_lines_of_the_source_are_those_of_the_file_that_ran_last(tmp_path, monkeypatch):
    for folder, line in [("before", "y = Value(2.0).exp()"), ("after", "y = Value(2.0) + 1")]:
        (tmp_path / folder).mkdir()
        monkeypatch.chdir(tmp_path / folder)
        path = pathlib.Path("again.py")  # of the same name, and elsewhere
        path.write_text(f"from autograd import Value\n{line}\n", encoding="utf-8")
        with record_origins():
            y = run_file(path)["y"]
        assert line.removeprefix("y = ") in y.origin.excerpt()


def test_a_missing_file_or_a_folder_is_no_script(tmp_path):
    with pytest.raises(ScriptError, match=r"there is no file '.*nothing\.py'"):
        run_file(tmp_path / "nothing.py")
    with pytest.raises(ScriptError, match="there is no file"):
        run_file(tmp_path)


def test_ctrl_c_is_not_an_error_of_the_file(script):
    with pytest.raises(KeyboardInterrupt):
        run_file(script("raise KeyboardInterrupt"))


@pytest.mark.parametrize(
    ("names", "name", "message"),
    [
        ({"loss": Value(1.0)}, "los", "no global name 'los'; did you mean 'loss'"),
        ({"loss": Value(1.0), "x": 2}, "qqq", "it must be one of 'loss'$"),
        ({"x": 2}, "loss", "__main__"),
        ({"loss": 2.5}, "loss", r"not an autograd\.Value but a builtins\.float: 2\.5; "),
        ({"loss": [Value(1.0)] * 999}, "loss", r"a builtins\.list: \[Value.{0,60}…; "),
    ],
)
def test_what_is_not_a_value_is_explained(names, name, message, tmp_path):
    with pytest.raises(ScriptError, match=message):
        find_value(names, name, tmp_path / "net.py")


def test_values_get_the_names_of_their_variables_the_one_asked_for_first(script):
    path = script(
        "from autograd import Value\n"
        "x, y = [Value(2.0)], Value(1.0, label='why')\n"
        "total = loss = x[0] * y"
    )
    loss, names = load(path, "loss")
    assert loss is names["total"]
    assert (loss.label, names["x"][0].label, names["y"].label) == ("loss", "x[0]", "why")


# Notebooks.


def notebook(*cells, **changes):
    """The text of a notebook: code, and Markdown where it begins with a #."""
    written = [
        {"cell_type": "markdown" if source.startswith("# ") else "code", "metadata": {},
         "source": source.splitlines(keepends=True)}
        for source in cells
    ]  # fmt: skip
    return json.dumps({"nbformat": 4, "metadata": {}, "cells": written, **changes})


def test_a_notebook_runs_cell_after_cell(script):
    path = script(
        notebook(
            "# A lesson",
            "%matplotlib inline\n!pip install it\nfrom autograd import Value\nx = Value(2.0)",
            "%%bash\nrm -rf everything",
            "%%time\nfor i in range(2):\n    %time y = x\n    y = x * x\ny?\n?y",
            "text = '''\n%no magic\n'''\nrest = (5\n  % 3)\ndisplay(y)\ny",
        ),
        "lesson.ipynb",
    )
    y, names = load(path, "y")
    assert (y.data, y.label, y.parents[0].label) == (4.0, "y", "x")
    assert (names["text"], names["rest"]) == ("\n%no magic\n", 2)
    assert "<chainrule>" not in sys.modules


def test_classes_of_a_notebook_and_its_lines_are_known(script):
    text = "import dataclasses\n@dataclasses.dataclass\nclass A:\n    x: 'int' = 1\na = A(3)"
    path = script(
        notebook("import autograd", text, "\nv = autograd.Value(2.0)\nw = v * 3"), "a.ipynb"
    )
    with record_origins():
        names = run_file(path)
    assert names["a"].x == 3
    origin = names["w"].origin
    assert str(origin) == f"{path}, cell 3:3"
    assert origin.excerpt().splitlines()[0].strip() == "w = v * 3"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (notebook("x = 1", "y = 2\n1 / 0"), r"n\.ipynb, cell 2:2: ZeroDivisionError: division"),
        (notebook("def f():\n  return [][1]", "f()"), r"n\.ipynb, cell 1:2: IndexError"),
        (notebook("x = 1", "%time\nfiles = !ls"), r"n\.ipynb, cell 2:2: SyntaxError: invalid"),
        (notebook("x = 1", "(\n%time"), r"n\.ipynb, cell 2:1: SyntaxError: '\(' was never closed"),
        ("x = 1", r"n\.ipynb is no notebook of Jupyter: JSONDecodeError"),
        ("[]", r"n\.ipynb is no notebook of Jupyter: "),
        (notebook(nbformat=3), "in format 3.* save it"),
        (notebook(metadata={"kernelspec": {"language": "R"}}), "a notebook in R, not in Python"),
    ],
)
def test_what_is_wrong_with_a_notebook_is_told_with_its_cell(script, text, message):
    with pytest.raises(ScriptError, match=message):
        run_file(script(text, "n.ipynb"))
