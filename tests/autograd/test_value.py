"""Value: what it records, its operators and operands, and how it is shown, compared and copied."""

from __future__ import annotations

import copy
import decimal
import itertools
import math
import operator
import pickle
from collections.abc import Callable
from fractions import Fraction
from math import nan
from typing import Any

import numpy as np
import pytest

import autograd
from autograd import NotALeafError, OperandError, ShapeError, Value, ops
from autograd.ops.record import apply
from tests.autograd.strategies import SPECIAL, same

# What a node records.


def test_a_leaf() -> None:
    x = Value(3, label="x")
    assert (x.data, x.grad, x.op, x.label) == (3.0, 0.0, "", "x")
    assert type(x.data) is float
    assert x.parents == ()
    assert x.local_derivatives == ()


def test_a_computed_node() -> None:
    x, w = Value(3.0), Value(-2.0)
    product = x * w
    assert (product.data, product.op, product.label) == (-6.0, "*", "")
    assert product.parents == (x, w)
    assert product.local_derivatives == (-2.0, 3.0)


def test_parents_keep_their_duplicates() -> None:
    x = Value(3.0)
    assert (x * x).parents == (x, x)
    assert (x * x).local_derivatives == (3.0, 3.0)
    assert autograd.sum([x, x, x]).parents == (x, x, x)


@pytest.mark.parametrize("n", [1, 2, 3, 7])
def test_a_node_made_by_hand(n: int) -> None:
    parents = [Value(float(i)) for i in range(n)]
    node = Value(10, iter(parents), [2 * i + 1 for i in range(n)], op="mine", label="m")
    assert node.parents == tuple(parents)
    assert node.local_derivatives == tuple(2.0 * i + 1 for i in range(n))
    assert all(type(local) is float for local in node.local_derivatives)
    assert (node.op, node.label) == ("mine", "m")
    node.backward()
    assert [p.grad for p in parents] == [2.0 * i + 1 for i in range(n)]


def test_a_node_made_by_hand_has_an_op() -> None:
    assert Value(1.0, [Value(2.0)], [3.0]).op == "custom"


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: Value(1.0, [Value(1.0)], []), ShapeError, "1 parents and 0 local derivatives"),
        (lambda: Value(1.0, [], [1.0]), ShapeError, "0 parents and 1 local derivatives"),
        (lambda: Value(1.0, [2.0], [1.0]), OperandError, "a parent must be a Value"),
        (lambda: Value(1.0, [Value(1.0)], ["1"]), OperandError, "a local derivative must be"),
    ],
)
def test_a_node_that_does_not_fit(make: Callable[[], Any], error: type, message: str) -> None:
    with pytest.raises(error, match=message):
        make()


def test_no_other_attributes() -> None:
    with pytest.raises(AttributeError):
        Value(1.0).gradient = 2.0  # type: ignore[attr-defined]
    assert not hasattr(Value(1.0), "__dict__")


# Operators.

NUMBERS = [2, 2.0, True, Fraction(1, 2), 0, -3, np.float64(2.5), np.float32(2.5), np.int64(3),
           np.bool_(True), np.float16(0.5), np.uint8(7), np.longdouble(2)]  # fmt: skip
OPERATORS = [operator.add, operator.sub, operator.mul, operator.truediv, operator.pow]


@pytest.mark.parametrize("number", NUMBERS, ids=lambda n: f"{type(n).__name__}-{n}")
@pytest.mark.parametrize("operate", OPERATORS)
def test_numbers_on_either_side(operate: Callable[[Any, Any], Any], number: Any) -> None:
    x = Value(1.5)
    with np.errstate(all="ignore"):
        right = float(operate(np.float64(1.5), np.float64(number)))
        left = float(operate(np.float64(number), np.float64(1.5)))
    for node, expected in [(operate(x, number), right), (operate(number, x), left)]:
        assert type(node) is Value
        assert type(node.data) is float
        assert node.data == pytest.approx(expected, rel=1e-15, nan_ok=True)
        assert x in node.parents


@pytest.mark.parametrize("number", NUMBERS, ids=lambda n: f"{type(n).__name__}-{n}")
def test_comparisons_with_numbers_on_either_side(number: Any) -> None:
    x, plain = Value(2.25), float(number)
    for compare in (operator.lt, operator.le, operator.gt, operator.ge):
        assert compare(x, number) is compare(2.25, plain)
        assert compare(number, x) is compare(plain, 2.25)


@pytest.mark.parametrize("name", ["bool", "bool_"])
def test_the_truth_values_of_numpy_are_numbers_whatever_they_are_called(name: str) -> None:
    """They are no ``Real``; NumPy 2 calls their type bool, and those before it bool_."""
    of_numpy = {"__array__": None, "ndim": 0, "dtype": np.dtype(bool)}
    kind = type(name, (), {"__module__": "numpy", "__float__": lambda self: 1.0, **of_numpy})
    x = Value(kind())
    assert (x.data, type(x.data)) == (1.0, float)
    assert (x + kind()).data == (kind() + x).data == autograd.maximum(x, kind()).data + 1 == 2.0


@pytest.mark.parametrize("number", NUMBERS, ids=lambda n: f"{type(n).__name__}-{n}")
def test_data_is_always_a_python_float(number: Any) -> None:
    x = Value(number)
    assert type(x.data) is float
    x.data = number
    assert type(x.data) is float
    assert x.data == float(number)


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        (lambda x: 7 - x, (4.0, -1.0)),
        (lambda x: x - 7, (-4.0, 1.0)),
        (lambda x: 6 / x, (2.0, -2 / 3)),
        (lambda x: x / 2, (1.5, 0.5)),
        (lambda x: 2**x, (8.0, 8 * math.log(2))),
        (lambda x: x**2, (9.0, 6.0)),
        (lambda x: -x, (-3.0, -1.0)),
        (lambda x: +x, (3.0, 1.0)),
        (lambda x: abs(-x), (3.0, 1.0)),
        (lambda x: round(x / 2), (2.0, 0.0)),
        (lambda x: math.floor(x / 2), (1.0, 0.0)),
        (lambda x: math.ceil(x / 2), (2.0, 0.0)),
        (lambda x: x**x, (27.0, 27 * (1 + math.log(3)))),
        (lambda x: sum([x, x, 1]), (7.0, 2.0)),
        (lambda x: max([x, 1.0, -x]), (3.0, 1.0)),
        (lambda x: math.prod([x, x]), (9.0, 6.0)),
    ],
)
def test_operators(expression: Callable[[Value], Value], expected: tuple[float, float]) -> None:
    x = Value(3.0)
    y = expression(x)
    y.backward()
    assert (y.data, x.grad) == pytest.approx(expected, rel=1e-15)


def test_in_place_operators_make_a_new_node() -> None:
    x = y = Value(3.0)
    y += 1
    y *= x
    assert (x.data, y.data) == (3.0, 12.0)
    assert y.parents[1] is x


@pytest.mark.parametrize(
    ("written", "op"),
    [(operator.add, ops.add), (operator.sub, ops.subtract), (operator.mul, ops.multiply),
     (operator.neg, ops.negative), (Value.relu, ops.relu)],
)  # fmt: skip
def test_operators_that_are_written_out_equal_the_table(written: Any, op: ops.Primitive) -> None:
    arity = 1 if written in (operator.neg, Value.relu) else 2
    for point in itertools.product((*SPECIAL, 0.1, -7.25), repeat=arity):
        values = [Value(x) for x in point]
        node, tabled = written(*values), apply(op, *values)
        assert same(node.data, tabled.data), point
        assert node.parents == tabled.parents
        assert len(node.local_derivatives) == arity
        assert all(map(same, node.local_derivatives, tabled.local_derivatives)), point
        assert node.primitive is op


def test_a_constant_exponent_is_no_operand() -> None:
    x = Value(-2.0)
    assert (x**3).parents == (x,)
    assert str((x**3).primitive) == "**3"
    assert len((x ** Value(3.0)).parents) == 2


NOT_OPERANDS = [
    ("2", r"the str '2'; convert it first, as in float\(text\)"),
    (b"2", "convert it first"),
    (2j, r"real numbers: use its \.real and \.imag"),
    (decimal.Decimal("0.1"), r"convert it first, as in float\(decimal\)"),
    (None, "None; a function that returns nothing"),
    ([1, 2], r"a whole list; a Value is one number.*\[v \* x for x in xs\]"),
    ((1, 2), "a whole tuple"),
    (np.array([1.0, 2.0]), "a whole ndarray"),
    ({1: 2}, "allowed are Values, int, float, bool, Fraction and NumPy's scalars"),
    ({1}, "the set {1}"),
    (10**400, "too large for a float"),
]


@pytest.mark.parametrize(("wrong", "message"), NOT_OPERANDS, ids=lambda x: type(x).__name__)
def test_what_is_no_operand_says_what_to_do(wrong: Any, message: str) -> None:
    x = Value(1.0)
    for call in (
        *(lambda operate=operate: operate(x, wrong) for operate in OPERATORS),
        *(lambda operate=operate: operate(wrong, x) for operate in OPERATORS),
        lambda: x < wrong,
        lambda: wrong >= x,
        lambda: Value(wrong),
        lambda: setattr(x, "data", wrong),
        lambda: autograd.exp(wrong),
        lambda: autograd.atan2(x, wrong),
        lambda: autograd.sum([x, wrong]),
        lambda: autograd.dot([x], [wrong]),
        lambda: autograd.dot([x], [1.0], wrong) if wrong is not None else x + None,
    ):
        with pytest.raises(OperandError, match=message):
            call()
    assert x.data == 1.0


def test_errors_of_operands_show_the_expression_on_one_short_line() -> None:
    x = Value(1.0, label="x")
    with pytest.raises(OperandError) as caught:
        "a" * 1000 - x  # type: ignore[operator]
    assert str(caught.value).startswith("can't compute 'aaa")
    assert "... - Value(data=1.0, grad=0.0, label='x'): " in str(caught.value)
    assert len(str(caught.value)) < 300
    assert "\n" not in str(caught.value)


def test_a_value_is_not_nested() -> None:
    with pytest.raises(OperandError, match=r"a Value already; .* v\.detach\(\)"):
        Value(Value(1.0))  # type: ignore[arg-type]


def test_an_unknown_type_may_define_the_operation_itself() -> None:
    class Money:
        def __radd__(self, other: Value) -> str:
            return f"money and {other.data}"

    assert Value(1.0) + Money() == "money and 1.0"
    with pytest.raises(TypeError):
        Value(1.0) * Money()


def test_numpy_leaves_the_operators_to_value() -> None:
    with pytest.raises(OperandError, match="a whole ndarray"):
        np.ones(2) + Value(1.0)
    objects = np.array([Value(1.0), Value(2.0)])
    assert objects.dtype == object
    assert [v.data for v in objects + objects] == [2.0, 4.0]


# Comparison, truth, conversion.


def test_equality_and_hash_are_identity() -> None:
    a, b = Value(1.0), Value(1.0)
    assert a == a
    assert a != b
    assert a != 1.0
    assert len({a, b, a}) == 2
    a.data = 5.0
    assert a in {a}


def test_order_is_by_data() -> None:
    values = [Value(x) for x in (3.0, -1.0, 2.0)]
    assert [v.data for v in sorted(values)] == [-1.0, 2.0, 3.0]
    assert max(values) is values[0]
    assert min(values) is values[1]
    assert values[0] > 2
    assert values[0] > 2
    assert values[1] <= -1
    assert not Value(nan) < 1
    assert not Value(nan) >= 1
    assert type(values[0] < values[1]) is bool


def test_truth_is_that_of_the_data() -> None:
    assert Value(0.1)
    assert not Value(0.0)
    assert not Value(-0.0)
    assert Value(nan)


@pytest.mark.parametrize(
    ("convert", "hint"),
    [(float, "v.data"), (math.exp, r"autograd.exp\(v\) instead of math.exp\(v\)"),
     (math.sqrt, "v.data"), (np.float64, "v.data"), (complex, "v.data"), (int, r"int\(v.data\)"),
     (lambda v: round(v, 2), r"\.2f")],
)  # fmt: skip
def test_a_gradient_is_never_lost_without_a_word(
    convert: Callable[[Value], Any], hint: str
) -> None:
    with pytest.raises(TypeError, match=hint):
        convert(Value(1.5))


def test_an_error_of_conversion_does_not_name_a_chain() -> None:
    with pytest.raises(OperandError) as caught:
        float(Value(1.0) * 2)
    assert str(caught.value).startswith("Value(data=2.0, grad=0.0, op='*') is not turned")


# How it is shown.


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (Value(3.0), "Value(data=3.0, grad=0.0)"),
        (Value(-0.0, label="x"), "Value(data=-0.0, grad=0.0, label='x')"),
        (Value(nan), "Value(data=nan, grad=0.0)"),
        (Value(1.0) + 2, "Value(data=3.0, grad=0.0, op='+')"),
        (Value(3.0) ** 2, "Value(data=9.0, grad=0.0, op='**2')"),
        (Value(1.0, label="two\nlines"), r"Value(data=1.0, grad=0.0, label='two\nlines')"),
    ],
)
def test_repr_is_one_line(value: Value, shown: str) -> None:
    assert repr(value) == str(value) == f"{value}" == shown


def test_repr_of_a_deep_and_wide_graph_is_as_short_as_any() -> None:
    x = Value(1.0)
    for _ in range(100_000):
        x = x + 0.0
    assert repr(x) == "Value(data=1.0, grad=0.0, op='+')"
    assert repr(autograd.sum([x] * 10_000)) == "Value(data=10000.0, grad=0.0, op='sum')"


def test_formatting_is_that_of_the_data() -> None:
    x = Value(math.pi)
    assert f"{x:.3f}|{x:>8.2f}|{x:e}" == "3.142|    3.14|3.141593e+00"
    assert f"{Value(0.25):.0%}" == "25%"
    with pytest.raises(ValueError, match="format"):
        f"{x:d}"


# Copies.

COPIES: list[Callable[[Value], Value]] = [
    copy.copy,
    copy.deepcopy,
    *(lambda v, p=p: pickle.loads(pickle.dumps(v, p)) for p in range(pickle.HIGHEST_PROTOCOL + 1)),
]


@pytest.mark.parametrize("duplicate", COPIES)
def test_a_leaf_is_copied_with_its_label_and_gradient(duplicate: Callable[[Value], Value]) -> None:
    x = Value(0.1, label="x")
    (x * 3).backward()
    again = duplicate(x)
    assert again is not x
    assert (again.data, again.grad, again.label, again.op) == (0.1, 3.0, "x", "")
    assert again.parents == ()
    again.data = 5.0
    assert x.data == 0.1


@pytest.mark.parametrize("duplicate", COPIES)
def test_a_computed_node_is_not_copied(duplicate: Callable[[Value], Value]) -> None:
    for node in (Value(1.0) + 1, -Value(1.0), autograd.sum([Value(1.0)] * 3)):
        with pytest.raises(NotALeafError, match=r"v\.detach\(\)"):
            duplicate(node)
        assert duplicate(node.detach()).data == node.data


def test_deepcopy_of_a_list_keeps_what_is_shared() -> None:
    x = Value(1.0)
    a, b = copy.deepcopy([x, x])
    assert a is b
    assert a is not x


def test_detach_returns_a_leaf() -> None:
    x = Value(3.0)
    y = x * x
    y.label = "y"
    y.backward()
    d = y.detach()
    assert (d.data, d.label, d.grad, d.parents, d.op) == (9.0, "y", 0.0, (), "")
    (d * x).backward()
    assert x.grad == 6.0 + 9.0  # the path through y ends at d
