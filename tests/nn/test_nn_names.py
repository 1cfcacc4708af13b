"""The public names of nn are documented, and importing them is quick."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import nn


@pytest.mark.parametrize("name", nn.__all__)
def test_every_public_name_has_a_docstring(name):
    assert getattr(nn, name).__doc__


def test_nn_imports_autograd_numpy_and_the_standard_library_only():
    allowed = {*sys.stdlib_module_names, "autograd", "nn", "numpy", "rich"}
    extras = {
        "estimators.py": {"sklearn"},
        "torch_models.py": {"torch"},
        "layers.py": {"typing_extensions"},  # for type checkers, which bring it
    }  # loaded when they are asked for
    for path in Path(nn.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                imported = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                imported = [node.module]
            else:
                continue
            # What says whose an autograd is imports the standard library alone.
            imported = [name for name in imported if name != "chainrule.installation"]
            assert {name.split(".")[0] for name in imported} <= allowed | extras.get(
                path.name, set()
            ), path


def test_importing_nn_is_quick_because_what_is_slow_waits():
    code = "import nn, sys; print(*{'numpy', 'rich', 'difflib', 'viz'} & set(sys.modules))"
    root = str(Path(nn.__file__).parent.parent)
    result = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path.insert(0, {root!r}); {code}"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert result.stdout.strip() == ""
