"""What a step takes: arrays of any type of real numbers; and how its parameters are set."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import autograd
from autograd import CompileError, Value

X = np.linspace(-1.0, 1.0, 6)
Y = np.array([0, 1, 1, 0, 1, 1])
TYPES = ["i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", ">i2", ">i4", ">i8", ">u4"]


# What can't be set, and what is said of it.
NO_NUMBERS: list[tuple[Any, Any, str]] = [
    (1j, [0.5, 1j], "must hold real numbers, not complex128"),
    ("1.5", ["1.5", "1"], "must hold real numbers, not <U"),
    (None, [0.5, None], "must hold real numbers, not object"),
    (np.ma.masked, np.ma.masked_all(2), "has . masked element"),  # type: ignore[no-untyped-call]
]


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("machine-code")


@pytest.fixture(params=["numpy", "numba", "torch", "jax"])
def backend(request: pytest.FixtureRequest, cache: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    name: str = request.param
    if name != "numpy":
        pytest.importorskip(name)
    monkeypatch.setenv("CHAINRULE_CACHE", str(cache))
    return name


def step_of(backend: str, **settings: Any) -> Any:
    """Return a step whose y is a class and a number too."""
    w, u = Value(0.3, label="w"), Value(0.123456789012, label="u")

    def loss(x: Any, y: Any) -> Any:
        return autograd.cross_entropy([w * x, -x], y) + autograd.sin(u * y) * y / 3 + y * 0.1

    return autograd.compile(loss, batch=("x", "y"), backend=backend, **settings)


def numbers(answer: Any) -> list[float]:
    value, gradient = answer
    return [float(value), *np.asarray(gradient.flat).tolist()]


@pytest.mark.parametrize("kind", TYPES)
def test_classes_of_any_type_of_whole_numbers(backend: str, kind: str) -> None:
    expected = numbers(step_of("numpy")(X, Y))
    assert numbers(step_of(backend)(X, Y.astype(kind))) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("kind", ["f2", "f4", ">f4", ">f8", "longdouble", "u8", ">i4", "bool"])
def test_numbers_of_any_type(backend: str, kind: str) -> None:
    w = Value(0.3, label="w")
    step = autograd.compile(lambda x: autograd.sin(w * x) * x, batch="x", backend=backend)
    x = np.array([0.0, 1.0, 1.0]).astype(kind) if kind in ("u8", ">i4", "bool") else X.astype(kind)
    single = autograd.compile(lambda x: autograd.sin(w * x) * x, batch="x")
    expected = numbers(single(x.astype(float)))
    assert numbers(step(x)) == pytest.approx(expected, rel=1e-12)


def test_whole_numbers_that_no_whole_number_with_a_sign_can_hold(backend: str) -> None:
    w = Value(2.0, label="w")
    step = autograd.compile(lambda x: w * x, batch="x", backend=backend)
    assert float(step(np.array([2**63, 2**63], dtype="u8"))[0]) == 2.0**64


@pytest.mark.parametrize("kind", ["O", "c16", "U"])
def test_what_is_no_real_number_is_refused(backend: str, kind: str) -> None:
    with pytest.raises(CompileError, match="x must hold real numbers, not "):
        step_of(backend)(X.astype(kind), Y)


def test_masked_elements_are_refused(backend: str) -> None:
    step = step_of(backend)
    expected = numbers(step(X, Y))
    with pytest.raises(CompileError, match=r"x has 3 masked elements.*x\.filled"):
        step(np.ma.masked_array(X, X > 0), Y)  # type: ignore[no-untyped-call]
    with pytest.raises(CompileError, match=r"y has 1 masked element,"):
        step(X, np.ma.masked_array(Y, [1, 0, 0, 0, 0, 0]))  # type: ignore[no-untyped-call]
    assert numbers(step(np.ma.masked_array(X), Y)) == expected  # type: ignore[no-untyped-call]
    program = step.program
    with pytest.raises(CompileError, match="3 masked elements"):
        program(np.asarray(step.parameters.flat), np.ma.masked_array(X, X > 0), Y)  # type: ignore[no-untyped-call]


def test_parameters_are_set_by_name(backend: str) -> None:
    step = step_of(backend)
    step(X, Y)
    flat = step.parameters.flat
    step.parameters["w"] = 0.5
    step.parameters["u"] = np.array(0.25)
    assert np.asarray(step.parameters.flat).tolist() == [0.5, 0.25]
    if backend != "jax":
        assert step.parameters.flat is flat
    w, u = Value(0.5), Value(0.25)
    expected = np.mean([
        (autograd.cross_entropy([w * x, -x], y) + autograd.sin(u * y) * y / 3 + y * 0.1).data
        for x, y in zip(X.tolist(), Y.tolist(), strict=True)
    ])  # fmt: skip
    assert float(step(X, Y)[0]) == pytest.approx(expected)


@pytest.mark.parametrize("backend", ["numpy", "torch"])
def test_parameters_are_changed_in_place_by_name(backend: str) -> None:
    if backend != "numpy":
        pytest.importorskip(backend)
    w = [Value(1.0 + i, label=f"w[{i}]") for i in range(3)]
    step = autograd.compile(lambda x: autograd.dot(w, x), batch="x", backend=backend)
    _, gradient = step([[1.0, 2.0, 3.0]])
    [name] = step.parameters
    step.parameters[name] -= 0.5 * gradient[name]
    assert np.asarray(step.parameters.flat).tolist() == [0.5, 1.0, 1.5]


def test_what_can_not_be_set_changes_nothing(backend: str) -> None:
    step = step_of(backend)
    step(X, Y)
    before = np.asarray(step.parameters.flat).tolist()
    for name, wrong, message in [
        ("v", 1.0, "there is no 'v'"),
        ("w", [1.0, 2.0], r"w is an array of shape \(\), not \(2,\)"),
    ]:
        with pytest.raises(CompileError, match=message):
            step.parameters[name] = wrong
    for wrong, all_wrong, message in NO_NUMBERS:
        with pytest.raises(CompileError, match=f"w {message}"):
            step.parameters["w"] = wrong
        with pytest.raises(CompileError, match=f"flat {message}"):
            step.parameters.flat = all_wrong
    assert np.asarray(step.parameters.flat).tolist() == before


def test_tensors_that_are_set_are_copied_without_their_graph() -> None:
    torch = pytest.importorskip("torch")
    step = step_of("torch")
    step(X, Y)
    step.parameters["w"] = torch.tensor(0.5, requires_grad=True)
    step.parameters.flat = torch.tensor([0.5, 0.25], requires_grad=True)
    assert not step.parameters.flat.requires_grad
    assert numbers(step(X, Y))[1:] == np.asarray(step(X, Y)[1].flat).tolist()
    with pytest.raises(CompileError, match=r"w must hold real numbers, not torch\.complex64"):
        step.parameters["w"] = torch.tensor(1j)
    with pytest.raises(CompileError, match=r"(?s)x is no array of NumPy.*detach"):
        step_of("numpy")(torch.tensor(X, requires_grad=True), Y)


@pytest.mark.parametrize("backend", ["numpy", "jax"])
def test_numbers_of_a_type_that_numpy_lacks(backend: str) -> None:
    """JAX's bfloat16, which every number of it is exact in."""
    jnp = pytest.importorskip("jax.numpy")
    x = jnp.array([0.5, -1.0, 2.0], jnp.bfloat16)
    w = Value(0.3, label="w")
    step = autograd.compile(lambda x: autograd.sin(w * x), batch="x", backend=backend)
    expected = autograd.compile(lambda x: autograd.sin(w * x), batch="x")([0.5, -1.0, 2.0])
    assert numbers(step(x)) == pytest.approx(numbers(expected), rel=1e-12)


@pytest.mark.filterwarnings("ignore:Explicitly requested dtype")  # as JAX says itself
def test_jax_makes_no_float32_of_float64() -> None:
    jax = pytest.importorskip("jax")
    step = step_of("jax")
    _, gradient = step(X, Y)
    before = np.asarray(step.parameters.flat).tolist()
    with pytest.raises(CompileError, match=r"float64 and would become float32.*enable_x64"):
        step.parameters.flat -= 0.1 * gradient.flat
    with pytest.raises(CompileError, match=r"w holds float64 and would become float32"):
        step.parameters["w"] -= 0.1 * gradient["w"]
    assert np.asarray(step.parameters.flat).tolist() == before
    with jax.enable_x64(True):
        step.parameters.flat -= 0.1 * gradient.flat
        step.parameters["w"] -= 0.1 * gradient["w"]
    assert step.parameters.flat.dtype == "float64"
    of_numpy = step_of("numpy")
    _, expected = of_numpy(X, Y)
    of_numpy.parameters.flat -= 0.1 * expected.flat
    of_numpy.parameters["w"] -= 0.1 * expected["w"]
    found = np.asarray(step.parameters.flat)
    np.testing.assert_allclose(found, of_numpy.parameters.flat, rtol=1e-12)
    step.parameters.flat = np.array([1.0, 1 / 3])  # of NumPy, it comes as it is
    assert np.asarray(step.parameters.flat).tolist() == [1.0, 1 / 3]


def test_a_step_in_float32_of_jax_is_set_anywhere() -> None:
    pytest.importorskip("jax")
    step = step_of("jax", dtype="float32")
    _, gradient = step(X, Y)
    step.parameters.flat -= 0.1 * gradient.flat
    step.parameters["w"] -= 0.1 * gradient["w"]
    assert step.parameters.flat.dtype == "float32"
