"""What tests of several files need."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

import autograd
from autograd import arithmetic


@pytest.fixture
def numba_as_python(tmp_path: Path, monkeypatch: Any) -> Any:
    """What numba would compile, as Python: compiling all of it takes minutes."""
    as_they_are = SimpleNamespace(
        njit=lambda **_: lambda function: function,
        vectorize=lambda **_: lambda function: np.vectorize(function, otypes=[float]),
    )
    monkeypatch.setenv("CHAINRULE_CACHE", str(tmp_path))
    monkeypatch.setitem(sys.modules, "numba", as_they_are)
    for name in ("loops", "numba_backend"):
        module = f"autograd.compiler.{name}"
        for each in [each for each in sys.modules if f"{each}.".startswith(f"{module}.")]:
            monkeypatch.delitem(sys.modules, each)
        monkeypatch.delattr(autograd.compiler, name, raising=False)
    loops = importlib.import_module("autograd.compiler.loops")
    # On numbers Python raises where machine code does not, and these don't.
    for function in ("gamma", "lgamma", "polygamma"):
        monkeypatch.setattr(
            loops, function, np.vectorize(getattr(arithmetic, function), otypes=[float])
        )
    yield
    for name in [name for name in sys.modules if name.startswith("autograd.compiled.")]:
        del sys.modules[name]
