"""Functions of NumPy called with Values, and what micrograd's and PyTorch's users write."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd
import nn
import viz
from autograd import OperandError, ShapeError, Value
from autograd.elsewhere import OF_AUTOGRAD, OF_BACKWARD, OF_VALUES
from autograd.ops import TABLE
from autograd.ufuncs import _OURS
from nn import elsewhere as of_nn
from viz.elsewhere import OF_VIZ

OF_NN_AND_ITS = [table for name, table in vars(of_nn).items() if name.startswith("OF_")]

UFUNCS = list(dict.fromkeys(each for each in vars(np).values() if isinstance(each, np.ufunc)))
OURS = [each for each in UFUNCS if _OURS.get(each.__name__, each.__name__) in TABLE]


@pytest.mark.parametrize("ufunc", OURS, ids=lambda ufunc: str(ufunc.__name__))
@given(st.lists(st.floats(-3.0, 3.0), min_size=2, max_size=2))
def test_a_function_of_numpy_is_the_op_of_ours_with_its_values(
    ufunc: Any, numbers: list[float]
) -> None:
    numbers = numbers[: ufunc.nin]
    found = ufunc(*map(Value, numbers))
    assert isinstance(found, Value)
    assert found.primitive is not None
    with np.errstate(all="ignore"):
        expected = float(ufunc(*numbers))
    if abs(math.fmod(numbers[0], 0.5)) > 1e-9 or ufunc.nin == 2:
        assert found.data == pytest.approx(expected, rel=1e-12, nan_ok=True)


def test_most_functions_of_numpy_that_have_a_counterpart_are_known() -> None:
    assert len(OURS) >= 30


def test_a_function_of_another_meaning_is_not_taken_for_ours() -> None:
    with pytest.raises(OperandError, match="of which there are three"):
        np.remainder(Value(5.0), 3.0)
    with pytest.raises(TypeError, match="logaddexp"):
        np.logaddexp(Value(5.0), 3.0)


OPERATORS: dict[str, Callable[[Any, Any], Any]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: a / b,
    "**": lambda a, b: a**b,
}


@pytest.mark.parametrize("sign", OPERATORS)
@pytest.mark.parametrize(
    "number", [np.float64(1.5), np.float32(1.5), np.int64(2), np.True_, np.array(1.5), np.array(3)]
)
def test_scalars_and_arrays_without_axes_are_numbers_on_either_side(sign: str, number: Any) -> None:
    operator = OPERATORS[sign]
    for left in (True, False):
        v, other = Value(2.5), float(number)
        found = operator(number, v) if left else operator(v, number)
        assert type(found) is Value
        assert found.data == (operator(other, 2.5) if left else operator(2.5, other))
        found.backward()
        w = Value(2.5)
        (operator(other, w) if left else operator(w, other)).backward()
        assert v.grad == w.grad


def test_comparisons_with_scalars_of_numpy() -> None:
    v = Value(2.0)
    assert np.float64(1.0) < v <= np.float64(2.0)
    assert not np.array(3.0) <= v
    assert np.float32(3.0) > v >= np.int64(2)


def test_arrays_of_values_are_gone_through() -> None:
    x = np.array([Value(3.0), Value(4.0)])
    scaled = x[0] * x
    assert [v.data for v in scaled] == [9.0, 12.0]
    assert [v.data for v in x * x[0] + 1] == [10.0, 13.0]
    length = np.linalg.norm(x)
    length.backward()
    assert (length.data, x[0].grad, x[1].grad) == pytest.approx((5.0, 0.6, 0.8))
    assert [v.data for v in np.exp(x)] == [math.exp(3.0), math.exp(4.0)]


@pytest.mark.parametrize("use", [lambda v, x: v * x, lambda v, x: x * v, lambda v, x: x < v])
def test_an_array_of_numbers_is_no_operand(use: Callable[[Any, Any], Any]) -> None:
    with pytest.raises(OperandError, match="a whole ndarray; a Value is one number: go through"):
        use(Value(2.0), np.array([1.0, 2.0]))


@pytest.mark.parametrize(
    "number", [np.array("text"), np.array(1 + 2j), np.str_("a"), np.datetime64("2026-01-01")]
)
def test_arrays_without_axes_of_something_else(number: Any) -> None:
    with pytest.raises(OperandError):
        Value(2.0) * number


@pytest.mark.parametrize("others", [(2.0,), (Value(2.0),)])
def test_division_with_a_remainder_is_told_what_to_write(others: tuple[Any]) -> None:
    [other] = others
    for divide in (lambda: Value(5.0) % other, lambda: 5.0 % Value(2.0)):
        with pytest.raises(OperandError, match=r"autograd\.fmod\(a, b\) for C's"):
            divide()
    for divide in (lambda: Value(5.0) // other, lambda: 5.0 // Value(2.0)):
        with pytest.raises(OperandError, match=r"write autograd\.floor\(a / b\)"):
            divide()


def test_a_label_in_the_place_of_the_parents() -> None:
    with pytest.raises(OperandError, match=r"not the label 'w'; write Value\(2\.0, label='w'\)"):
        Value(2.0, "w")  # type: ignore[arg-type]


def test_a_node_in_the_manner_of_micrograd_is_told_the_lines_to_write() -> None:
    a, b = Value(2.0), Value(3.0)
    for arguments in [((a, b), "+"), ((a, b),)]:
        with pytest.raises(OperandError, match="no _backward is set later") as caught:
            Value(5.0, *arguments)  # type: ignore[arg-type]
        assert "op = autograd.primitive(" in str(caught.value)
    with pytest.raises(ShapeError, match="2 parents and 1 local derivatives"):
        Value(5.0, (a, b), (1.0,))


def test_notebooks_for_micrograd_find_parents_and_op() -> None:
    a, b = Value(2.0), Value(3.0)
    total = a + b

    def trace(root: Any) -> tuple[set[Any], set[Any]]:
        nodes: set[Any] = set()
        edges: set[Any] = set()

        def build(v: Any) -> None:
            if v not in nodes:
                nodes.add(v)
                for child in v._prev:
                    edges.add((child, v))
                    build(child)

        build(root)
        return nodes, edges

    assert trace(total) == ({a, b, total}, {(a, total), (b, total)})
    assert (total._op, a._op, a._prev) == ("+", "", set())  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", OF_VALUES)
def test_what_a_value_has_under_another_name(name: str) -> None:
    with pytest.raises(AttributeError, match=f"'Value' object has no attribute '{name}'; "):
        getattr(Value(2.0), name)


@pytest.mark.parametrize("name", OF_AUTOGRAD)
def test_what_autograd_has_under_another_name(name: str) -> None:
    with pytest.raises(AttributeError, match=f"module 'autograd' has no attribute '{name}'; "):
        getattr(autograd, name)


@pytest.mark.parametrize("name", OF_VIZ)
def test_what_viz_has_under_another_name(name: str) -> None:
    with pytest.raises(AttributeError, match=f"module 'viz' has no attribute '{name}'; "):
        getattr(viz, name)


@pytest.mark.parametrize("name", OF_BACKWARD)
def test_what_a_backward_pass_is_told_elsewhere(name: str) -> None:
    loss, w = worked()
    calls: list[Callable[..., Any]] = [
        loss.backward, lambda **given: autograd.backward(loss, **given),
        lambda **given: autograd.grad(lambda x: x * x, **given),
    ]  # fmt: skip
    for call in calls:
        with pytest.raises(OperandError, match=rf"\(\) has no argument {name}=; here it is "):
            call(**{name: True})
    assert (loss.grad, w.grad) == (0.0, 0.0)
    with pytest.raises(OperandError, match=r"backward\(\) has no argument speed=$"):
        loss.backward(speed=1)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "transform",
    [autograd.grad, autograd.value_and_grad, autograd.jacobian, autograd.hessian, autograd.vjp],
)
def test_a_loss_is_no_function_to_be_differentiated(transform: Callable[..., Any]) -> None:
    loss, w = worked()
    for arguments in ((loss, w), (loss, [w])):
        with pytest.raises(OperandError, match=r"autograd\.gradients\(loss, \[w\]\)"):
            transform(*arguments)
    with pytest.raises(OperandError, match=r"functions are differentiated here, not 3\.0"):
        transform(3.0, 1.0)


def test_the_call_of_pytorch_for_a_second_derivative() -> None:
    loss, w = worked()
    with pytest.raises(OperandError, match=r"autograd\.gradients\(loss, \[w\]\)"):
        autograd.grad(loss, [w], create_graph=True)  # type: ignore[call-overload]
    with pytest.raises(OperandError, match="functions are differentiated here"):
        autograd.jvp(loss, [w], [1.0])  # type: ignore[arg-type]


@pytest.mark.parametrize("transform", [autograd.grad, autograd.jacobian, autograd.hessian])
def test_arguments_are_for_the_function_that_is_returned(transform: Callable[..., Any]) -> None:
    for argument in (Value(2.0), 2.0, [1.0, 2.0], "x"):
        with pytest.raises(OperandError, match=r"argnums are positions .* grad\(f\)\(x\)"):
            transform(lambda x: x * x, argument)


@pytest.mark.parametrize("name", ["sum", "mean", "prod", "max", "min", "logsumexp", "softmax"])
def test_an_op_of_a_sequence_takes_one_argument(name: str) -> None:
    op, a = getattr(autograd, name), Value(2.0)
    for others in [(a,), (a, 3.0), (0,)]:
        with pytest.raises(OperandError, match=rf"{name} takes a sequence .* write {name}\(\[a, b"):
            op(a, *others)
    with pytest.raises(OperandError, match="not 2 arguments"):
        op([a], 0)


@pytest.mark.parametrize("table", [OF_AUTOGRAD, OF_BACKWARD, OF_VALUES, OF_VIZ, *OF_NN_AND_ITS])
def test_what_is_to_be_written_is_there(table: dict[str, str]) -> None:
    packages = {"autograd": autograd, "nn": nn, "viz": viz}
    owners = {**packages, "value": Value, "loss": Value, "model": nn.MLP(2, [1])}
    for hint in table.values():
        for owner, name in re.findall(rf"\b({'|'.join(owners)})\.(\w+)", hint):
            assert hasattr(owners[owner], name), hint


def test_any_other_attribute_is_missing_as_ever() -> None:
    v = Value(2.0)
    assert not hasattr(v, "speed")
    assert not hasattr(v, "__array__")
    with pytest.raises(AttributeError):
        v.lable = "w"  # type: ignore[attr-defined]


def worked() -> tuple[Value, Value]:
    w, x = Value(2.0, label="w"), Value(3.0, label="x")
    loss = (w * x - 1.0) ** 2
    loss.label = "L"
    return loss, w


def test_nodes_are_given_by_label_wherever_one_is_asked_about() -> None:
    loss, w = worked()
    assert str(autograd.explanation(loss, "w")) == str(autograd.explanation(loss, w))
    assert autograd.count_paths(loss, "w") == 1
    assert [path.product for path in autograd.paths(loss, "w")] == [30.0]
    for option in ("paths_to", "focus", "reached_from"):
        named = viz.to_dot(loss, **{option: "w"})  # type: ignore[arg-type]
        assert named == viz.to_dot(loss, **{option: w})  # type: ignore[arg-type]


def test_a_breakpoint_is_set_by_label(monkeypatch: pytest.MonkeyPatch) -> None:
    stops: list[float] = []
    monkeypatch.setattr("sys.breakpointhook", lambda: stops.append(1.0))
    with autograd.breakpoint_on("w"):
        for _ in range(2):  # in each graph it is the node of that graph
            worked()[0].backward()
    assert len(stops) == 2


@pytest.mark.parametrize(
    "ask",
    [
        lambda loss: autograd.explain(loss, "v"),
        lambda loss: autograd.count_paths(loss, "v"),
        lambda loss: viz.to_text(loss, paths_to="v"),
    ],
)
def test_a_label_that_no_node_has(ask: Callable[[Value], Any]) -> None:
    with pytest.raises(autograd.LabelError, match=r"'v'.* there are 'w', 'x', 'L'"):
        ask(worked()[0])


def test_attributes_of_values_are_read_as_python_reads_them() -> None:
    """A class with a ``__getattr__`` has none that the interpreter can specialise: half as fast."""
    for kind in Value.__mro__[:-1]:
        assert not {"__getattr__", "__getattribute__", "__setattr__"} & {*vars(kind)}


def test_what_is_called_otherwise_here_is_not_listed_as_an_attribute() -> None:
    value = Value(2.0)
    assert not {*OF_VALUES} & {*dir(value)}
    assert not any(hasattr(value, name) for name in OF_VALUES)
    assert {"data", "grad", "backward", "tanh"} <= {*dir(value)}


def test_the_backward_of_micrograd_is_not_set_without_a_word() -> None:
    out = Value(2.0) * 3
    with pytest.raises(AttributeError, match="no attribute '_backward'; how far the gradient goes"):
        out._backward = lambda: None  # type: ignore[attr-defined, misc]
