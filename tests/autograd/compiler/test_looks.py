"""While a loss is recorded no look at a number gets it, whatever of the public names is used.

Each name is used in a loss, twice with other numbers: what it gives is the same, as a graph or a
count of its paths is, or it raises TracingError.
"""

from __future__ import annotations

import copy
import math
import pickle
import sys
from collections.abc import Callable, Mapping
from types import FrameType, FunctionType, MemberDescriptorType
from typing import Any

import numpy as np
import pytest

import autograd
import nn
import viz
from autograd import TracingError, Value
from autograd.ops import Primitive

# What is done with an input x, a parameter w, and y, which depends on both.
Look = Callable[[Value, Value, Value], Any]


W = Value(2.0, label="W")
MODEL = nn.MLP(1, [2], 1, seed=1)


def alone(look: Callable[[Value], Any]) -> Look:
    return lambda x, w, y: look(y)


def method(name: str, n_operands: int) -> Look:
    return lambda x, w, y: getattr(y, name)(*[x] * n_operands)


MEMBERS = {name: made for base in Value.__mro__[-2::-1] for name, made in vars(base).items()}
PRIVATE = {name for name in MEMBERS if name.startswith("_") and not name.endswith("__")}
OF_VALUE: dict[str, Look] = {
    # Operators and methods of Values and operands.
    **{
        name: method(name, made.__code__.co_argcount - 1)
        for name, made in MEMBERS.items()
        if isinstance(made, FunctionType) and name not in {*PRIVATE, "__array_ufunc__"}
    },
    "__array_ufunc__": alone(np.exp),
    "__init__": lambda x, w, y: Value(1.0, [y], [2.0]),
    "__format__": alone(lambda y: f"{y:.3f}"),
    "__round__": alone(round),
    "__eq__": alone(lambda y: y == 3.0),
    "data": alone(lambda y: y.data),
    "grad": lambda x, w, y: w.grad,
    "label": alone(lambda y: y.label),
    "local_derivatives": alone(lambda y: y.local_derivatives),
    "name": lambda x, w, y: (y.name, w.name),
    "op": alone(lambda y: y.op),
    "origin": alone(lambda y: y.origin),
    "parents": alone(lambda y: y.parents),
    "primitive": alone(lambda y: y.primitive),
}
OF_AUTOGRAD: dict[str, Look] = {
    "Tape": alone(autograd.Tape),
    "backward": alone(autograd.backward),
    "breakpoint_on": alone(lambda y: _within(autograd.breakpoint_on(y), y)),
    "check_derivation": lambda x, w, y: autograd.check_derivation(y, {"y": 0.25}).to_dict(),
    "check_update": lambda x, w, y: autograd.check_update(
        y, {"w": 1.0}, learning_rate=0.1, names={"w": w}
    ).to_dict(),
    "check_values": lambda x, w, y: autograd.check_values(y, {"y": 0.25}).to_dict(),
    "compile": alone(lambda y: autograd.compile(lambda: y)()),
    "count_paths": lambda x, w, y: autograd.count_paths(y, x),
    "detect_anomaly": alone(lambda y: _within(autograd.detect_anomaly(), y)),
    "edges": alone(lambda y: [*autograd.edges(y)]),
    "explain": lambda x, w, y: autograd.explain(y, x),
    "explanation": lambda x, w, y: str(autograd.explanation(y, x)),
    "find_derivations": lambda x, w, y: autograd.find_derivations("dy/dx = 0.25", y),
    "from_sympy": alone(
        lambda y: autograd.from_sympy(__import__("sympy").Symbol("y") * 2, {"y": y})
    ),
    "to_networkx": alone(lambda y: [*autograd.to_networkx(y).nodes(data=True)]),
    "to_sympy": alone(lambda y: str(autograd.to_sympy(y))),
    "grad": lambda x, w, y: autograd.grad(lambda v: v * v)(w),
    "gradcheck": lambda x, w, y: autograd.gradcheck(lambda v: v * v, [w]),
    "gradients": lambda x, w, y: autograd.gradients(y, [x]),
    "hessian": lambda x, w, y: autograd.hessian(lambda v: v[0] * v[0])([w]),
    "jacobian": lambda x, w, y: autograd.jacobian(lambda v: [v[0] * v[0]])([w]),
    "jvp": lambda x, w, y: autograd.jvp(lambda v: v * v, [w], [1.0]),
    "local_derivative_formula": lambda x, w, y: autograd.local_derivative_formula(y, 0),
    "naive_backward": alone(autograd.naive_backward),
    "name_values": lambda x, w, y: autograd.name_values({"y": y}),
    "no_grad": alone(lambda y: _within(autograd.no_grad(), y)),
    "paths": lambda x, w, y: [path.product for path in autograd.paths(y, x)],
    "pause_gc": alone(lambda y: _within(autograd.pause_gc(), y)),
    "primitive": alone(
        lambda y: autograd.primitive("square", lambda m, v: v * v, lambda m, y, v: (2 * v,))(y)
    ),
    "record_origins": alone(lambda y: _within(autograd.record_origins(), y)),
    "steps": alone(lambda y: [str(step) for step in autograd.steps(y)]),
    "topological_order": alone(autograd.topological_order),
    "value_and_grad": lambda x, w, y: autograd.value_and_grad(lambda v: v * v)(w),
    "vjp": lambda x, w, y: autograd.vjp(lambda v: v * v, w),
}
OF_OTHERS: dict[str, Look] = {
    "micrograd's names": alone(lambda y: (y._prev, y._op)),
    "hash": alone(lambda y: hash(y) == id(y)),
    "str": alone(str),
    "sorted": lambda x, w, y: sorted([y, w]),
    "print": alone(lambda y: print(y)),
    "complex": alone(complex),
    "np.float64": alone(lambda y: np.float64(y)),
    "np.array": alone(lambda y: np.array([y]).astype(float)),
    "np.asarray of objects": alone(lambda y: np.array([y]).tolist()),
    "range": alone(lambda y: range(y)),  # type: ignore[call-overload]
    "list[v]": alone(lambda y: [1.0, 2.0][y]),  # type: ignore[call-overload]
    "math.exp": alone(math.exp),
    "copy": lambda x, w, y: copy.copy(w),
    "deepcopy": lambda x, w, y: copy.deepcopy([w]),
    "pickle": lambda x, w, y: pickle.dumps(w),
    "path": lambda x, w, y: [str(path) for path in autograd.paths(y, w)],
    "path of an unlabelled": lambda x, w, y: [str(p) for p in autograd.paths(y * w * w, w * w)],
    "name of an unlabelled": alone(lambda y: [parent.name for parent in y.parents]),
    "error": alone(lambda y: _error_of(lambda: y * "2")),  # type: ignore[operator]
    "error of a leaf": alone(lambda y: _error_of(lambda: autograd.gradients(y, [3.0]))),  # type: ignore
    "state_dict": lambda x, w, y: MODEL.state_dict(),
    "predict": lambda x, w, y: nn.predict(MODEL, [[1.0]]),
    "evaluate": lambda x, w, y: nn.evaluate(MODEL, [[1.0]], [1.0], loss="squared_error"),
    "accuracy": lambda x, w, y: nn.accuracy(MODEL, [[1.0]], [1.0]),
    "squared_error": lambda x, w, y: nn.squared_error(y, 1.0),
    "cross_entropy": lambda x, w, y: nn.cross_entropy([y, x], 1),
    "binary_cross_entropy": lambda x, w, y: nn.binary_cross_entropy(y, 1),
    "max_margin": lambda x, w, y: nn.max_margin(y, 1),
    "SGD.step": lambda x, w, y: nn.SGD([w], 0.0).step(),
    "clip_gradients": lambda x, w, y: nn.clip_gradients([w], 1.0),
    "vectorised": lambda x, w, y: [
        layer.dW for layer in nn.vectorised(MODEL, nn.squared_error(MODEL([x]), 1.0))
    ],
    "viz.to_text": alone(viz.to_text),
    "viz.to_dot": alone(viz.to_dot),
    "viz.to_mermaid": alone(viz.to_mermaid),
    "viz.stepper": alone(lambda y: str(viz.stepper(y))),
}
LOOKS = {
    **{f"Value.{name}": look for name, look in OF_VALUE.items()},
    **{f"autograd.{name}": look for name, look in OF_AUTOGRAD.items()},
    **OF_OTHERS,
}


def _within(block: Any, y: Value) -> Value:
    with block:
        return y * 2.0


def _error_of(function: Callable[[], Any]) -> str:
    try:
        return str(function())
    except TracingError:
        raise
    except Exception as error:
        return type(error).__name__


def test_every_public_name_is_tried() -> None:
    kinds = FunctionType, property, MemberDescriptorType
    members = {name for name, made in MEMBERS.items() if isinstance(made, kinds)}
    python_s = {name for name in members if name.startswith("__annotat")}
    assert {*OF_VALUE} == members - PRIVATE - python_s
    # All else is an op, whose nodes are a graph, an exception, or a record that functions return.
    public = {name: getattr(autograd, name) for name in dir(autograd) if not name.startswith("_")}
    functions = {
        name
        for name, found in public.items()
        if callable(found) and not isinstance(found, (Primitive, type))
    }
    of_programs = {"to_jax", "to_torch"}  # which take no Value
    assert {*OF_AUTOGRAD} - {"Tape"} == functions - of_programs


def shape_of(made: Any, depth: int = 4) -> Any:
    """Return what a look gave, with Values as what is known of them without a number."""
    if isinstance(made, Value):
        return made.label, made.op, [shape_of(p, depth - 1) for p in made.parents if depth]
    if isinstance(made, Mapping):
        return {key: shape_of(value, depth) for key, value in made.items()}
    if isinstance(made, (list, tuple)):
        return [shape_of(value, depth) for value in made]
    return made if isinstance(made, (float, int, str, bytes, type(None))) else type(made)


def outcome(look: Look, number: float) -> Any:
    """Use a name in a loss, and return the error that it raises, or what it gives."""
    w = Value(number)
    for parameter in (w, *MODEL.parameters()):
        parameter.data = parameter.grad = number
    given: list[Any] = []

    def loss(x: Value) -> Value:
        y = autograd.tanh(w * x)
        y.label = "y"
        given.append(look(x, w, y))
        return w * x

    try:
        autograd.compile(loss, batch="x", check=False)(np.array([number]))
    except TracingError as error:
        return TracingError, str(error).split()[0]
    except Exception as error:
        return type(error)
    return shape_of(given)


# What no Value can be, recorded or not.
IMPOSSIBLE = {
    *("Value.__floordiv__", "Value.__rfloordiv__", "Value.__mod__", "Value.__rmod__"),
    *("Value.__divmod__", "Value.__rdivmod__", "Value.__index__"),
    *("Value.__float__", "Value.__int__", "Value.__reduce__", "autograd.find_derivations"),
    *("complex", "np.float64", "np.array", "range", "list[v]", "math.exp"),
}


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("name", sorted(LOOKS.keys() - IMPOSSIBLE))
def test_all_work_where_no_loss_is_recorded(name: str) -> None:
    x, w = Value(0.5), Value(0.7)
    y = autograd.tanh(w * x)
    y.label = "y"
    try:
        LOOKS[name](x, w, y)
    except ImportError as error:
        pytest.skip(str(error))


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of NumPy, for arrays of objects
@pytest.mark.parametrize("name", LOOKS)
def test_no_look_gets_a_number(name: str) -> None:
    first, second = [outcome(LOOKS[name], number) for number in (0.5, 0.7)]
    assert first == second


@pytest.mark.parametrize(
    ("look", "said"),
    [
        (lambda y: float(f"{y:.3f}"), r"format\(v\) looks .* v\.label and v\.op"),
        (lambda y: float(repr(y).split("=")[1].split(",")[0]), r"repr\(v\) looks"),
        (lambda y: float(str(y).split("=")[1].split(",")[0]), r"repr\(v\) looks"),
        (lambda y: y.local_derivatives[0], r"v\.local_derivatives .* create_graph=True"),
        (lambda y: next(iter(autograd.edges(y)))[2], r"v\.local_derivatives"),
        (lambda y: next(autograd.paths(y, W)).product, r"v\.local_derivatives"),
        (lambda y: next(autograd.steps(y)).contribution, r"v\.(local_derivatives|grad)"),
        (lambda y: W.grad, r"v\.grad looks at the number in W, .* create_graph=True"),
        (lambda y: copy.deepcopy(W), r"copy\(v\) .* v\.detach\(\)"),
        (lambda y: MODEL.state_dict()["layers.0.neurons.0.bias"], r"v\.data is the number in"),
    ],
)
def test_the_error_says_what_was_read_and_where(look: Callable[[Value], Any], said: str) -> None:
    with pytest.raises(TracingError, match=said) as caught:
        autograd.compile(lambda x: look(W * x) * x, batch="x")([1.0])
    assert "test_looks.py" in str(caught.value)


def test_what_only_constants_lead_to_may_be_looked_at() -> None:
    """It is the same for every example, and a constant of the program."""

    def loss(x: Value) -> Value:
        two = Value(1.0) + 1.0
        assert (f"{two:.1f}", two.local_derivatives, two > 1.0) == ("2.0", (1.0, 1.0), True)
        return x * W * two.data * autograd.grad(autograd.exp)(0.0)

    assert autograd.compile(loss, batch="x")([1.0, 3.0])[0] == 2.0 * 2.0 * W.data


def test_a_debugger_shows_values() -> None:
    seen: list[str] = []

    def loss(x: Value) -> Value:
        y = W * x
        return y * 2.0

    def debugger(frame: FrameType, event: str, argument: Any) -> Any:
        if frame.f_code is loss.__code__ and event == "return":
            seen.append(repr(frame.f_locals["y"]))
        return debugger

    before = sys.gettrace()
    sys.settrace(debugger)
    try:
        autograd.compile(loss, batch="x", check=False)([1.5])
    finally:
        sys.settrace(before)
    assert seen == ["Value(data=3.0, grad=0.0, op='*')"] * 2
