"""Programs by themselves: pickled, and run where neither the model nor the loss is known."""

from __future__ import annotations

import copy
import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given

import autograd
from autograd import CompileError, Value
from autograd.compiler.arrays import Arrays
from autograd.compiler.portable import CompiledProgram
from tests.autograd.strategies import AUTOGRAD, Expression, expressions

nn = pytest.importorskip("nn")

X = np.random.default_rng(0).normal(size=(6, 8))
Y = np.random.default_rng(1).integers(0, 3, 6)


def classifier(**settings: Any) -> Any:
    model = nn.MLP(8, [5], 3, activation="sigmoid", seed=1)
    step = autograd.compile(
        lambda x, y: nn.cross_entropy(model(x), y), batch=("x", "y"), **settings
    )
    step(X, Y)
    return step


def full_batch(n: int = 200) -> Any:
    """A program with constants: the examples, and positions that no slice says."""
    generator = np.random.default_rng(2)
    weights = [Value(w, label=f"w[{i}]") for i, w in enumerate(generator.normal(size=9).tolist())]
    rows = generator.normal(size=(n, 3)).tolist()
    chosen = generator.integers(0, 9, (n, 3)).tolist()

    def loss() -> Value:
        return autograd.mean(
            [
                autograd.tanh(autograd.dot([weights[i] for i in places], row))
                for row, places in zip(rows, chosen, strict=True)
            ]
        )

    step = autograd.compile(loss)
    step()
    return step


def sent(program: CompiledProgram) -> CompiledProgram:
    found: CompiledProgram = pickle.loads(pickle.dumps(program))
    return found


def assert_same(ours: Any, theirs: Any) -> None:
    (value, gradient), (other_value, other_gradient) = ours, theirs
    assert type(value) is type(other_value) is float
    assert np.array_equal([value], [other_value], equal_nan=True)
    if isinstance(gradient, Arrays):
        assert list(gradient) == list(other_gradient)
        gradient, other_gradient = gradient.flat, other_gradient.flat
    assert gradient.dtype == other_gradient.dtype
    assert np.array_equal(gradient, other_gradient, equal_nan=True)


@given(expressions(kinks=True))
def test_a_program_that_was_pickled_gives_the_same_bits(expression: Expression) -> None:
    leaves = [Value(x) for x in expression.inputs]
    step = autograd.compile(lambda: expression.run(leaves, AUTOGRAD))
    assert_same(sent(step.program)(step.parameters), step())


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_a_batch(dtype: str) -> None:
    step = classifier(dtype=dtype)
    program = sent(step.program)
    assert_same(program(step.parameters, X, Y), step(X, Y))
    assert_same(program(step.parameters.flat, X[:2], Y[:2]), step(X[:2], Y[:2]))
    assert_same(program(dict(step.parameters), X.tolist(), Y.tolist()), step(X, Y))
    assert program.source == step.source


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_constants_travel_as_arrays(dtype: str) -> None:
    n = 200
    step = full_batch(n)
    assert {constant.kind for constant in step.program.constants} == {"<f8", "<i8"}
    assert_same(sent(step.program)(step.parameters), step())
    size = len(pickle.dumps(step.program))
    assert size < len(step.program.code) + n * 3 * (8 + 8) + 1000
    assert size < len(step.source)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_the_text_of_constants_is_exact(dtype: str) -> None:
    generator = np.random.default_rng(3)
    w = [Value(x, label=f"w[{i}]") for i, x in enumerate(generator.normal(size=4).tolist())]
    numbers = [0.1, -0.0, 1e-310, 1e300 / 3, np.inf, np.nan, *generator.normal(size=2).tolist()]

    def loss() -> Value:
        return autograd.sum([w[i * 3 % 4] * x for i, x in enumerate(numbers)])

    step = autograd.compile(loss, dtype=dtype)
    value, gradient = step()
    module: dict[str, Any] = {}
    with np.errstate(over="ignore"):
        exec(step.source, module)
    found, *gradients = module["loss_and_gradient"](*step.parameters.values())
    assert_same((value, gradient.flat), (float(found), np.concatenate(gradients, axis=None)))


def test_numba_goes_with_the_program() -> None:
    pytest.importorskip("numba")
    step = classifier(backend="numba")
    assert_same(sent(step.program)(step.parameters, X, Y), step(X, Y))


@pytest.mark.parametrize("backend", ["torch", "jax"])
def test_programs_for_tensors_run_with_numpy_elsewhere(backend: str) -> None:
    pytest.importorskip(backend)
    step = classifier(backend=backend)
    value, gradient = step(X, Y)
    found, found_gradient = sent(step.program)(np.asarray(step.parameters.flat), X, Y)
    assert found == pytest.approx(float(value), rel=1e-12)
    assert found_gradient.flat == pytest.approx(np.asarray(gradient.flat), rel=1e-10, abs=1e-14)


def test_another_process_needs_no_model_and_no_loss(tmp_path: Path) -> None:
    step = classifier()
    value, gradient = step(X, Y)
    path = tmp_path / "program.pickle"
    path.write_bytes(pickle.dumps((step.program, step.parameters, X, Y)))
    code = (
        "import pickle, sys; sys.modules['nn'] = sys.modules['tests'] = None\n"
        f"program, parameters, x, y = pickle.load(open({str(path)!r}, 'rb'))\n"
        "value, gradient = program(parameters, x, y)\n"
        "print(value.hex(), gradient.flat.tobytes().hex())"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == [value.hex(), gradient.flat.tobytes().hex()]


def test_a_step_itself_names_its_program() -> None:
    step = classifier()
    for take in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(CompileError, match=r"step\.program can"):
            take(step)
    with pytest.raises(CompileError, match="call the step first"):
        _ = autograd.compile(lambda x: x, batch="x").program


def test_a_pickle_of_another_version() -> None:
    restore, (number, fields) = classifier().program.__reduce__()
    with pytest.raises(CompileError, match=rf"format {number + 1}, and this one reads"):
        restore(number + 1, fields, "and more")


@pytest.mark.parametrize(
    "broken",
    [
        lambda fields: None,
        lambda fields: {**fields, "code": None},
        lambda fields: {**fields, "constants": [1]},
        lambda fields: {k: v for k, v in fields.items() if k != "parameters"},
        lambda fields: {**fields, "shapes": ()},
        lambda fields: {**fields, "more": 1},
    ],
)
def test_a_pickle_that_is_not_whole(broken: Any) -> None:
    restore, (number, fields) = classifier().program.__reduce__()
    with pytest.raises(CompileError, match="no whole program"):
        restore(number, broken(fields))


def test_arguments_that_do_not_fit() -> None:
    step = classifier()
    program, parameters = step.program, step.parameters
    for arguments, message in [
        ((parameters, X), "takes 2 arrays"),
        ((parameters, X[:, :7], Y), r"x must have the shape \(rows, 8\) .* not \(6, 7\)"),
        ((parameters, X, Y[:3]), "as many rows as x, 6 and not 3"),
        ((parameters, X, Y + 1), "a class must be a whole number from 0 to 2, not 3"),
        ((parameters, X, Y - 1), "a class must be a whole number from 0 to 2, not -1"),
        ((parameters, X, Y + 0.5), "y must hold classes, whole numbers, not float64"),
        ((np.zeros(3), X, Y), r"63 numbers in one vector, .* not an array of shape \(3,\)"),
        (("abc", X, Y), "parameters must hold real numbers, not <U3"),
        ((np.ones(17) * 1j, X, Y), "parameters must hold real numbers, not complex128"),
        ((np.ma.masked_array(np.ones(17), [True] + [False] * 16), X, Y), "1 masked element"),
        ((parameters, [[1.0], [1.0, 2.0]], Y), "x must have rows that are all of one shape"),
        (({"W1": 1}, X, Y), "the parameters are W1, b1, W2, b2, not W1"),
        (({**parameters, "b2": np.zeros(4)}, X, Y), r"b2 must have the shape \(3,\), not \(4,\)"),
    ]:
        with pytest.raises(CompileError, match=message):
            program(*arguments)


@pytest.mark.parametrize("backend", ["numpy", "numba", "torch", "jax"])
def test_rows_of_several_shapes_do_not_fit(backend: str) -> None:
    pytest.importorskip(backend)
    loss = autograd.compile(lambda x: Value(1.0) * x[0], batch="x", backend=backend)
    with pytest.raises(CompileError, match="x must have rows that are all of one shape"):
        loss([[1.0], [1.0, 2.0]])


def test_it_shows_what_it_takes() -> None:
    shown = "CompiledProgram(x: (8,), y: (); W1: (5, 8), b1: (5,), W2: (3, 5), b2: (3,))"
    assert repr(classifier().program) == shown
