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
    with pytest.raises(CompileError, match=r"pip install numba"):
        autograd.compile(lambda: Value(1.0) * 2, backend="numba")()


def test_a_backend_that_does_not_exist() -> None:
    with pytest.raises(CompileError, match="did you mean 'numba'"):
        autograd.compile(lambda: Value(1.0) * 2, backend="nunba")


@pytest.mark.parametrize("backend", ["torch", "jax"])
@pytest.mark.parametrize("example", [classifier, moons, probabilities])
def test_tensors_agree_with_numpy(example: Any, backend: str) -> None:
    pytest.importorskip(backend)
    loss, arrays = example()
    value, gradient = autograd.compile(loss, batch=("x", "y"))(*arrays)
    step = autograd.compile(loss, batch=("x", "y"), backend=backend)
    compiled, its_gradient = step(*arrays)
    assert float(compiled) == pytest.approx(value, rel=1e-12)
    np.testing.assert_allclose(np.asarray(its_gradient.flat), gradient.flat, rtol=1e-12, atol=1e-15)
    assert {k: tuple(g.shape) for k, g in its_gradient.items()} == {
        k: g.shape for k, g in gradient.items()
    }
    step.store(its_gradient)
    assert [leaf.grad for leaf in step.leaves] == pytest.approx(gradient.flat.tolist())


def pieces() -> Any:
    """Slices, positions that repeat, truth values times numbers, and reductions of rows."""
    a = [Value(x, label=f"a{i}") for i, x in enumerate([0.3, -1.2, 0.8, 2.0])]
    rows = [[a[i], a[j], a[k]] for i, j, k in [(0, 1, 2), (2, 1, 1), (3, 0, 2)]]
    parts = [autograd.norm(row) + autograd.max(row) + autograd.prod(row) for row in rows]
    kinks = [autograd.leaky_relu(x, 0.01) + autograd.erf(x) for x in a]
    return autograd.sum(parts) + autograd.sum(kinks) + autograd.logsumexp(a[1:])


@pytest.mark.parametrize("backend", ["torch", "jax"])
def test_tensors_of_any_graph_agree_with_eager(backend: str) -> None:
    pytest.importorskip(backend)
    value, gradient = autograd.compile(pieces)()
    compiled, its_gradient = autograd.compile(pieces, backend=backend)()
    assert float(compiled) == pytest.approx(value, rel=1e-12)
    np.testing.assert_allclose(np.asarray(its_gradient.flat), gradient.flat, rtol=1e-12)


@pytest.mark.parametrize("backend", ["numpy", "torch", "jax"])
def test_float32(backend: str) -> None:
    pytest.importorskip(backend)
    loss, arrays = probabilities()
    value, gradient = autograd.compile(loss, batch=("x", "y"))(*arrays)
    step = autograd.compile(loss, batch=("x", "y"), backend=backend, dtype="float32")
    compiled, its_gradient = step(*arrays)
    assert "float32" in str(its_gradient.flat.dtype)
    assert float(compiled) == pytest.approx(value, rel=1e-5)
    np.testing.assert_allclose(np.asarray(its_gradient.flat), gradient.flat, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("backend", ["torch", "jax"])
def test_what_tensors_cannot_do_is_said(backend: str) -> None:
    pytest.importorskip(backend)
    x = Value(2.5)
    with pytest.raises(CompileError, match="leave the backend out for NumPy"):
        autograd.compile(lambda: autograd.gamma(x), backend=backend)()
    loss, (inputs, _) = classifier()
    with pytest.raises(CompileError, match="a class must be a whole number from 0 to 2, not 3"):
        autograd.compile(loss, batch=("x", "y"), backend=backend)(inputs, np.array([0] * 5 + [3]))


def test_a_jax_function_is_pure() -> None:
    jax = pytest.importorskip("jax")
    loss, (x, y) = classifier()
    step = autograd.compile(loss, batch=("x", "y"), backend="jax")
    value, gradient = step(x, y)
    assert not jax.config.jax_enable_x64
    parameters = dict(step.parameters)
    with jax.enable_x64(True):
        found, gradients = jax.jit(step.function)(parameters, x, y)
        many, _ = jax.vmap(step.function, (None, 0, 0))(
            parameters, np.stack([x, x]), np.stack([y, y])
        )
    assert float(found) == pytest.approx(float(value), rel=1e-12)
    assert many.tolist() == pytest.approx([float(value)] * 2, rel=1e-12)
    np.testing.assert_allclose(gradients["W1"], gradient["W1"], rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("backend", ["torch", "jax"])
def test_tensors_that_are_not_installed(backend: str, monkeypatch: Any) -> None:
    monkeypatch.setitem(sys.modules, backend, None)
    monkeypatch.delitem(sys.modules, f"autograd.compiler.{backend}_backend", raising=False)
    with pytest.raises(CompileError, match=f"pip install {backend}"):
        autograd.compile(lambda: Value(1.0) * 2, backend=backend)
