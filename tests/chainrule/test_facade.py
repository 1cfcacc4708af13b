"""``import chainrule as cr``: all of autograd's names, and nn and viz."""

import subprocess
import sys
from pathlib import Path

import pytest

import autograd
import chainrule as cr
import nn
import viz

ROOT = Path(__file__).parents[2]


def run_python(code):
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return done.stdout


def test_it_has_the_public_names_of_the_engine_and_the_two_packages():
    assert (cr.nn, cr.viz) == (nn, viz)
    for name in autograd.__all__:
        assert getattr(cr, name) is getattr(autograd, name)
    assert set(cr.__all__) == {*autograd.__all__, "nn", "viz", "ForeignPackageError",
                               "ForeignPackageWarning"}  # fmt: skip
    assert set(cr.__all__) <= set(dir(cr))
    assert viz.ForeignPackageError is cr.ForeignPackageError


@pytest.mark.parametrize("name", ["Valeu", "arithmetic", "_LATER", "__path__of_none"])
def test_it_has_no_other(name):
    with pytest.raises(AttributeError, match=f"module 'chainrule' has no attribute '{name}'"):
        getattr(cr, name)


def test_nothing_is_loaded_before_it_is_asked_for():
    code = "import sys, chainrule; print({'autograd', 'nn', 'viz', 'numpy', 'importlib.metadata'}"
    assert run_python(f"{code} & {{*sys.modules}})") == "set()\n"


def test_type_checkers_see_through_it(tmp_path):
    api = pytest.importorskip("mypy.api")
    (tmp_path / "use.py").write_text(
        "import chainrule as cr\n"
        "x: cr.Value = cr.tanh(cr.Value(1.0))\n"
        "model: cr.nn.MLP = cr.nn.MLP(2, [1])\n"
        "text: str = cr.viz.to_text(x)\n"
        "wrong: int = cr.Value(2.0)\n"
        "cr.valeu\n"
    )
    config = ["--config-file", str(ROOT / "pyproject.toml")]
    out, _, _ = api.run([*config, str(tmp_path / "use.py")])
    lines = [line.partition("use.py:")[2] for line in out.splitlines() if ": error: " in line]
    assert [line.partition(":")[0] for line in lines] == ["5", "6"], out
