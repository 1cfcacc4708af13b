"""Other backends than NumPy, where they are installed; and what is said where they are not."""

from __future__ import annotations

import importlib
import math
import os
import random
import subprocess
import sys
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest

import autograd
from autograd import CompileError, Value, arithmetic
from autograd.ops import TABLE, Primitive
from autograd.ops.record import apply
from tests.autograd.compiler.agreement import close
from tests.autograd.test_ops import CASES, Domain, special_points

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


def scalars() -> tuple[Any, tuple[Any, Any]]:
    p, q = Value(0.4, label="p"), Value(0.7, label="_flat")

    def loss(x: Any, y: Any) -> Any:
        numbers = [p, autograd.sin(p * q), autograd.exp(q)]  # which become arrays of one element
        return autograd.logsumexp(numbers) * autograd.logsumexp([x, autograd.sin(x), y * q])

    return loss, (np.array([1.0, 2.0]), np.array([0.5, 0.1]))


@pytest.mark.parametrize("example", [classifier, moons, scalars])
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


# One program holds every op of a kind: compiling takes seconds, and hardly more for many ops. Each
# op has operands of its own, and a weight of 1 for each point, so that the gradient of a weight is
# the value there, and those of the operands are the local derivatives.

Point = tuple[float, ...]


def is_taken(backend: str, op: Primitive, point: Point) -> bool:
    """Say whether a backend's own functions can be expected to treat a point as IEEE 754 does."""
    is_extreme = any(0.0 < abs(x) < 1e-300 or 1e300 < abs(x) < math.inf for x in point)
    if backend == "jax" and is_extreme:  # subnormal numbers, and reciprocals of huge ones, are 0
        return False
    if backend != "numba" and str(op) == "**0.5":  # a square root, for which x = -0.0 is below 0
        return not (is_extreme or point[0] == -math.inf or str(point[0]) == "-0.0")
    return not (backend == "torch" and op.name in ("fmod", "remainder") and is_extreme)


def ops_and_points(backend: str, is_of_rows: bool) -> list[tuple[Primitive, list[Point]]]:
    """The ops of the table, each with points of its domain, and where it has kinks, inf and nan."""
    found: dict[tuple[Primitive, int], list[Point]] = {}
    for case in CASES:
        name, domain = cast("tuple[str, Domain]", case.values)
        op, n = TABLE[name].bind(*domain.parameters), len(domain.intervals)
        if (name in REDUCTIONS) != is_of_rows:
            continue
        special = special_points(n)
        random.Random(name).shuffle(special)
        points = [tuple(point) for point in [*domain.points(name, 4), *special[:12]]]
        found.setdefault((op, n), []).extend(p for p in points if is_taken(backend, op, p))
    return [(op, points) for (op, _), points in found.items()]


REDUCTIONS = {
    "dot", "sum", "mean", "prod", "max", "min", "hypot", "norm", "logsumexp", "softmax",
    "log_softmax", "cross_entropy", "cross_entropy_of_distribution", "squared_error",
}  # fmt: skip


Program = tuple[Any, list[tuple[Primitive, list[list[Value]], list[Value]]]]


def program_of(cases: list[tuple[Primitive, list[Point]]]) -> Program:
    """Return a loss that holds all ops, and the operands and the weights of each."""
    parts = [
        (op, [[Value(x) for x in point] for point in points], [Value(1.0) for _ in points])
        for op, points in cases
    ]

    def loss() -> Value:
        terms = [
            autograd.dot(weights, [apply(op, *point) for point in points])
            for op, points, weights in parts
        ]
        return autograd.sum(terms)

    return loss, parts


def assert_agree(program: Program, leaves: list[Value], gradient: Any) -> None:
    numbers = dict(zip(leaves, np.asarray(gradient).tolist(), strict=True))
    wrong = []
    for op, points, weights in program[1]:
        for operands, weight in zip(points, weights, strict=True):
            eager = apply(op, *operands)
            found = [numbers[weight], *(numbers.get(x, 0.0) for x in operands)]
            expected = [eager.data, *eager.local_derivatives]
            # A local derivative such as 1 - y² of tanh is exact to some last bits of 1.
            if not all(close(a, b, 4e-3) for a, b in zip(found, expected, strict=True)):
                point = [x.data for x in operands]
                wrong.append(f"{op} of {point}: {found} but {expected}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("is_of_rows", [False, True], ids=["elements", "rows"])
@pytest.mark.parametrize("backend", ["torch", "jax"])
def test_every_op_agrees_with_eager(backend: str, is_of_rows: bool) -> None:
    pytest.importorskip(backend)
    program = program_of(ops_and_points(backend, is_of_rows))
    step = autograd.compile(program[0], backend=backend)
    _, gradient = step()
    assert_agree(program, step.leaves, gradient.flat)


@pytest.mark.usefixtures("numba_as_python")
@pytest.mark.parametrize("is_of_rows", [False, True], ids=["elements", "rows"])
def test_every_op_as_loops_agrees_with_eager(is_of_rows: bool) -> None:
    program = program_of(ops_and_points("numba", is_of_rows))
    step = autograd.compile(program[0], backend="numba", check=False)
    with np.errstate(all="ignore"):
        _, gradient = step()
    assert_agree(program, step.leaves, gradient.flat)


ELEMENTS = [0.3, -2.0, 5.5, 0.0]


def test_functions_of_elements_are_machine_code_for_numbers_and_arrays() -> None:
    """Those that numba makes of numbers: it has no type for what their rules give of arrays."""
    made = pytest.importorskip("numba.np.ufunc.dufunc").DUFunc
    loops = importlib.import_module("autograd.compiler.loops")
    names = [name for name, each in vars(loops).items() if isinstance(each, made)]
    assert {"exp", "gamma", "polygamma", "remainder", "where"} <= {*names}
    for name in names:
        first = {"where": [True], "polygamma": [2], "remainder": [2.5]}.get(name, [])
        rule = getattr(arithmetic, name, lambda x: arithmetic.power(x, 0.5))
        last = [1.5] if name == "where" else []
        expected = [rule(*first, x, *last) for x in ELEMENTS]
        function = getattr(loops, name)
        with np.errstate(all="ignore"):
            found = function(*first, np.array(ELEMENTS), *last).tolist()
            found_one = [float(function(*first, x, *last)) for x in ELEMENTS]
        assert found == pytest.approx(expected, rel=1e-12, nan_ok=True), name
        assert found_one == pytest.approx(expected, rel=1e-12, nan_ok=True), name


SAMPLE = {"tanh", "norm", "softmax", "log_softmax"}


def test_a_sample_of_ops_agrees_with_eager_in_machine_code(
    tmp_path: Path, monkeypatch: Any
) -> None:
    pytest.importorskip("numba")
    monkeypatch.setenv("CHAINRULE_CACHE", str(tmp_path))
    cases = {
        op.name: (op, points)
        for is_of_rows in (False, True)
        for op, points in ops_and_points("numba", is_of_rows)
        if op.name in SAMPLE
    }
    assert cases.keys() == SAMPLE
    program = program_of(list(cases.values()))
    step = autograd.compile(program[0], backend="numba")
    _, gradient = step()
    assert_agree(program, step.leaves, gradient.flat)


def test_every_op_is_in_a_program_for_the_backends() -> None:
    tested = {
        op.name for is_of_rows in (0, 1) for op, _ in ops_and_points("numba", bool(is_of_rows))
    }
    assert tested == {str(case.values[0]) for case in CASES}


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


@pytest.mark.parametrize("backend", ["numba", "torch", "jax"])
def test_any_graph_agrees_with_numpy(backend: str, tmp_path: Path, monkeypatch: Any) -> None:
    pytest.importorskip(backend)
    monkeypatch.setenv("CHAINRULE_CACHE", str(tmp_path))
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


@pytest.mark.parametrize("backend", ["numba", "torch", "jax"])
def test_classes_that_there_are_not(backend: str) -> None:
    pytest.importorskip(backend)
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
    monkeypatch.delattr(autograd.compiler, f"{backend}_backend", raising=False)
    with pytest.raises(CompileError, match=f"pip install {backend}"):
        autograd.compile(lambda: Value(1.0) * 2, backend=backend)


def test_names_of_users_are_not_those_of_loops(tmp_path: Path, monkeypatch: Any) -> None:
    pytest.importorskip("numba")
    monkeypatch.setenv("CHAINRULE_CACHE", str(tmp_path))
    monkeypatch.setattr("autograd.ops.TABLE", dict(TABLE))  # into which the op goes
    product = autograd.primitive(
        "product",
        lambda m, a, b: m.exp(-a * a) + a * b + m.sin(a) * m.cos(b) + 0.5 * a,
        lambda m, y, a, b: (-2.0 * a * m.exp(-a * a) + b + m.cos(a) * m.cos(b) + 0.5,
                            a - m.sin(a) * m.sin(b)),
    )  # fmt: skip
    exp, where = Value(0.5, label="exp"), Value(0.25, label="where")
    value, gradient = autograd.compile(lambda: product(exp, where))()
    step = autograd.compile(lambda: product(exp, where), backend="numba")
    found, its_gradient = step()
    assert "def product(" in step.source
    assert found == pytest.approx(value, rel=1e-12)
    assert its_gradient.flat.tolist() == pytest.approx(gradient.flat.tolist(), rel=1e-12)


AGAIN = """
import numpy as np
import autograd
from autograd import Value

w = [Value(0.5, label="w[0]"), Value(-1.0, label="w[1]")]
step = autograd.compile(lambda x: autograd.exp(autograd.dot(w, x)), batch="x", backend="numba")
print(*step([[1.0, 2.0], [3.0, 4.0]])[1].flat)
[module] = [m for name, m in __import__("sys").modules.items() if "compiled.program_" in name]
stats = module.loss_and_gradient.stats
print(sum(stats.cache_hits.values()), sum(stats.cache_misses.values()))
"""


def test_machine_code_is_kept_between_runs(tmp_path: Path) -> None:
    pytest.importorskip("numba")
    environment = {**os.environ, "CHAINRULE_CACHE": str(tmp_path)}
    command = [sys.executable, "-c", AGAIN]
    runs = [
        subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout
        for _ in range(2)
    ]
    (first, made), (again, found) = [run.splitlines() for run in runs]
    assert first == again
    assert made == "0 1"
    assert found == "1 0"


SHARDED = """
import jax, numpy as np
import autograd
from autograd import Value
from jax.sharding import NamedSharding, PartitionSpec

w = [Value(0.5, label="w[0]"), Value(-1.0, label="w[1]")]
step = autograd.compile(lambda x: autograd.tanh(autograd.dot(w, x)), batch="x", backend="jax")
x = np.linspace(-1.0, 1.0, 16).reshape(8, 2)
value, gradient = step(x)
mesh = jax.sharding.Mesh(jax.devices(), ("examples",))
with jax.enable_x64(True):
    parts = jax.device_put(x, NamedSharding(mesh, PartitionSpec("examples")))
    assert len(parts.addressable_shards) == 2 and parts.addressable_shards[0].data.shape == (4, 2)
    found, gradients = jax.jit(step.function)(dict(step.parameters), parts)
np.testing.assert_allclose(float(found), float(value), rtol=1e-12)
for name in gradient:
    np.testing.assert_allclose(gradients[name], gradient[name], rtol=1e-12)
"""


def test_a_jax_function_of_shards() -> None:
    pytest.importorskip("jax")
    devices = "--xla_force_host_platform_device_count=2"
    environment = {**os.environ, "XLA_FLAGS": devices, "JAX_PLATFORMS": "cpu"}
    subprocess.run([sys.executable, "-c", SHARDED], env=environment, check=True)
