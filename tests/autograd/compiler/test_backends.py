"""Other backends than NumPy, where they are installed; and what is said where they are not."""

from __future__ import annotations

import builtins
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import autograd
from autograd import CompileError, Value
from autograd.compiler.numba_backend import for_numba

nn = pytest.importorskip("nn")


def classifier() -> tuple[Any, tuple[Any, Any]]:
    generator = np.random.default_rng(0)
    x, y = generator.normal(size=(6, 8)), generator.integers(0, 3, 6)
    model = nn.MLP(8, [5], 3, activation="sigmoid", seed=1)
    return lambda x, y: nn.cross_entropy(model(x), y), (x, y)


def moons() -> tuple[Any, tuple[Any, Any]]:
    generator = np.random.default_rng(0)
    x, y = generator.normal(size=(9, 2)), np.sign(generator.normal(size=9))
    model = nn.MLP(2, [4, 1], seed=1)

    def loss(x: Any, y: Any) -> Any:
        parameters = model.parameters()
        return nn.max_margin(model(x), y) + 1e-3 * autograd.dot(parameters, parameters)

    return loss, (x, y)


def probabilities() -> tuple[Any, tuple[Any, Any]]:
    generator = np.random.default_rng(0)
    x, y = generator.normal(size=(4, 3)), generator.dirichlet(np.ones(3), size=4)
    model = nn.MLP(3, [4], 3, activation="tanh", output="softmax", seed=2)
    return lambda x, y: nn.squared_error(model(x), y), (x, y)


@pytest.mark.parametrize("example", [classifier, moons, probabilities])
def test_numba_agrees_with_numpy(example: Any, tmp_path: Path, monkeypatch: Any) -> None:
    pytest.importorskip("numba")
    monkeypatch.setenv("CHAINRULE_CACHE", str(tmp_path))
    loss, arrays = example()
    value, gradient = autograd.compile(loss, batch=("x", "y"))(*arrays)
    compiled, its_gradient = autograd.compile(loss, batch=("x", "y"), backend="numba")(*arrays)
    assert compiled == pytest.approx(value, rel=1e-12)
    np.testing.assert_allclose(its_gradient.flat, gradient.flat, rtol=1e-12, atol=1e-15)
    assert list(tmp_path.glob("program_*.py"))
    assert list(tmp_path.rglob("*.nbc"))


@pytest.mark.parametrize("example", [classifier, moons, probabilities])
def test_the_text_for_numba_calls_only_what_is_in_it(example: Any) -> None:
    loss, arrays = example()
    step = autograd.compile(loss, batch=("x", "y"))
    step(*arrays)
    text = for_numba(step.source)
    builtins.compile(text, "text", "exec")
    assert "errstate" not in text
    assert "keepdims" not in text
    assert text.count("@numba.njit") == text.count("def ")


def test_a_backend_that_is_not_installed(monkeypatch: Any) -> None:
    monkeypatch.setitem(sys.modules, "numba", None)
    with pytest.raises(CompileError, match=r"chainrule\[numba\]"):
        autograd.compile(lambda: Value(1.0) * 2, backend="numba")()


def test_a_backend_that_does_not_exist() -> None:
    with pytest.raises(CompileError, match="did you mean 'numba'"):
        autograd.compile(lambda: Value(1.0) * 2, backend="nunba")
