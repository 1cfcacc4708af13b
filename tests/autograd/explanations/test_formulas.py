"""Formulas: read as a person would write them, and true."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd
from autograd import ArgumentError, Value, arithmetic, local_derivative_formula, ops
from autograd.explanations.formulas import (
    local_derivative_expression,
    value_expression,
    value_formula,
    written,
)
from autograd.explanations.notation import (
    Expression,
    LatexWriter,
    UnicodeWriter,
    expression,
    symbol,
)
from autograd.ops.record import apply
from tests.autograd.test_ops import CASES, Domain, bound
from tests.autograd.worked_network import WorkedNetwork

# What each op's formulas are for operands without labels, one for each position.
FORMULAS = {
    "+": ["∂(a + b)/∂a = 1", "∂(a + b)/∂b = 1"],
    "-": ["∂(a - b)/∂a = 1", "∂(a - b)/∂b = -1"],
    "*": ["∂(a·b)/∂a = b", "∂(a·b)/∂b = a"],
    "/": ["∂(a/b)/∂a = 1/b", "∂(a/b)/∂b = -a/b²"],
    "**": ["∂xⁿ/∂x = n·xⁿ⁻¹", "∂xⁿ/∂n = xⁿ·log(x)"],
    "**n": ["∂x³/∂x = 3·x²"],
    "neg": ["∂(-x)/∂x = -1"],
    "identity": ["∂identity(x)/∂x = 1"],
    "abs": ["∂|x|/∂x = sign(x)"],
    "exp": ["∂eˣ/∂x = eˣ"],
    "exp2": ["∂2ˣ/∂x = 2ˣ·log(2)"],
    "expm1": ["∂expm1(x)/∂x = eˣ"],
    "log": ["∂log(x)/∂x = 1/x"],
    "log1p": ["∂log1p(x)/∂x = 1/(1 + x)"],
    "log2": ["∂log₂(x)/∂x = 1/(x·log(2))"],
    "log10": ["∂log₁₀(x)/∂x = 1/(x·log(10))"],
    "sqrt": ["∂√x/∂x = 1/(2·√x)"],
    "cbrt": ["∂cbrt(x)/∂x = 1/(3·cbrt²(x))"],
    "log1mexp": ["∂log1mexp(x)/∂x = 1/(eˣ - 1)"],
    "sin": ["∂sin(x)/∂x = cos(x)"],
    "cos": ["∂cos(x)/∂x = -sin(x)"],
    "tan": ["∂tan(x)/∂x = 1 + tan²(x)"],
    "asin": ["∂asin(x)/∂x = 1/√(1 - x²)"],
    "acos": ["∂acos(x)/∂x = -1/√(1 - x²)"],
    "atan": ["∂atan(x)/∂x = 1/(1 + x²)"],
    "sinh": ["∂sinh(x)/∂x = cosh(x)"],
    "cosh": ["∂cosh(x)/∂x = sinh(x)"],
    "tanh": ["∂tanh(x)/∂x = 1 - tanh²(x)"],
    "asinh": ["∂asinh(x)/∂x = 1/√(1 + x²)"],
    "acosh": ["∂acosh(x)/∂x = 1/(√(x - 1)·√(x + 1))"],
    "atanh": ["∂atanh(x)/∂x = 1/(1 - x²)"],
    "degrees": ["∂degrees(x)/∂x = 180/π"],
    "radians": ["∂radians(x)/∂x = π/180"],
    "atan2": ["∂atan2(y, x)/∂y = x/(x² + y²)", "∂atan2(y, x)/∂x = -y/(x² + y²)"],
    "erf": ["∂erf(x)/∂x = 2·exp(-x²)/√π"],
    "erfc": ["∂erfc(x)/∂x = -2·exp(-x²)/√π"],
    "gamma": ["∂Γ(x)/∂x = Γ(x)·ψ(x)"],
    "lgamma": ["∂lgamma(x)/∂x = ψ(x)"],
    "polygamma": ["∂polygamma(1, x)/∂x = polygamma(2, x)"],
    "floor": ["∂floor(x)/∂x = 0"],
    "ceil": ["∂ceil(x)/∂x = 0"],
    "round": ["∂round(x)/∂x = 0"],
    "sign": ["∂sign(x)/∂x = 0"],
    "fmod": ["∂fmod(a, b)/∂a = 1", "∂fmod(a, b)/∂b = round((fmod(a, b) - a)/b)"],
    "remainder": [
        "∂remainder(a, b)/∂a = 1",
        "∂remainder(a, b)/∂b = round((remainder(a, b) - a)/b)",
    ],
    "copysign": ["∂copysign(a, b)/∂a = sign(a)·copysign(1, b)", "∂copysign(a, b)/∂b = 0"],
    "maximum": [
        "∂max(a, b)/∂a = 1 if a > b, else 0.5 if a = b, else 0",
        "∂max(a, b)/∂b = 1 if b > a, else 0.5 if a = b, else 0",
    ],
    "minimum": [
        "∂min(a, b)/∂a = 1 if a < b, else 0.5 if a = b, else 0",
        "∂min(a, b)/∂b = 1 if b < a, else 0.5 if a = b, else 0",
    ],
    "clip": ["∂clip(x, 0, 1)/∂x = 1 if x ≥ 0 and x ≤ 1, else 0"],
    "where": [
        "∂(a if condition, else b)/∂condition = 0",
        "∂(a if condition, else b)/∂a = 1 if condition, else 0",
        "∂(a if condition, else b)/∂b = 0 if condition, else 1",
    ],
    "relu": ["∂relu(x)/∂x = 1 if x > 0, else 0"],
    "leaky_relu": ["∂leaky_relu(x, 0.01)/∂x = 1 if x > 0, else 0.01"],
    "elu": ["∂elu(x, 2)/∂x = 1 if x > 0, else 2·eˣ"],
    "selu": ["∂selu(x)/∂x = 1.0507 if x > 0, else 1.7581·eˣ"],
    "gelu": ["∂gelu(x)/∂x = Φ(x) + x·φ(x)"],
    "silu": ["∂silu(x)/∂x = σ(x)(1 + x·σ(-x))"],
    "sigmoid": ["∂σ(x)/∂x = σ(x)(1 - σ(x))"],
    "logsigmoid": ["∂logsigmoid(x)/∂x = σ(-x)"],
    "softplus": ["∂softplus(x)/∂x = σ(x)"],
    "dot": ["∂(w₁·x₁ + b)/∂w₁ = x₁", "∂(w₁·x₁ + b)/∂x₁ = w₁", "∂(w₁·x₁ + b)/∂b = 1"],
    "sum": ["∂(x₁ + x₂)/∂x₁ = 1", "∂(x₁ + x₂)/∂x₂ = 1"],
    "mean": ["∂((x₁ + x₂)/2)/∂x₁ = 1/2", "∂((x₁ + x₂)/2)/∂x₂ = 1/2"],
    "prod": ["∂(x₁·x₂·x₃)/∂x₁ = x₂·x₃", "∂(x₁·x₂·x₃)/∂x₂ = x₁·x₃", "∂(x₁·x₂·x₃)/∂x₃ = x₁·x₂"],
    "max": [
        "∂max(x₁, x₂)/∂x₁ = 1 if x₁ = max(x₁, x₂), else 0",
        "∂max(x₁, x₂)/∂x₂ = 1 if x₂ = max(x₁, x₂), else 0",
    ],
    "min": [
        "∂min(x₁, x₂)/∂x₁ = 1 if x₁ = min(x₁, x₂), else 0",
        "∂min(x₁, x₂)/∂x₂ = 1 if x₂ = min(x₁, x₂), else 0",
    ],
    "hypot": [
        "∂√(x₁² + x₂²)/∂x₁ = x₁/√(x₁² + x₂²)",
        "∂√(x₁² + x₂²)/∂x₂ = x₂/√(x₁² + x₂²)",
    ],
    "norm": [
        "∂√(x₁² + x₂²)/∂x₁ = x₁/√(x₁² + x₂²)",
        "∂√(x₁² + x₂²)/∂x₂ = x₂/√(x₁² + x₂²)",
    ],
    "logsumexp": [
        "∂logsumexp(z₁, z₂)/∂z₁ = ŷ₁ with ŷ = softmax(z₁, z₂)",
        "∂logsumexp(z₁, z₂)/∂z₂ = ŷ₂ with ŷ = softmax(z₁, z₂)",
    ],
    "softmax": [
        "∂ŷ₁/∂z₁ = ŷ₁(1 - ŷ₁) with ŷ = softmax(z₁, z₂)",
        "∂ŷ₁/∂z₂ = -ŷ₁·ŷ₂ with ŷ = softmax(z₁, z₂)",
    ],
    "log_softmax": [
        "∂log(ŷ₁)/∂z₁ = 1 - ŷ₁ with ŷ = softmax(z₁, z₂)",
        "∂log(ŷ₁)/∂z₂ = -ŷ₂ with ŷ = softmax(z₁, z₂)",
    ],
    "cross_entropy": [
        "∂(-log(ŷ₁))/∂z₁ = ŷ₁ - 1 with ŷ = softmax(z₁, z₂)",
        "∂(-log(ŷ₁))/∂z₂ = ŷ₂ with ŷ = softmax(z₁, z₂)",
    ],
    "cross_entropy_of_distribution": [
        "∂cross_entropy(z₁, z₂, p₁, p₂)/∂z₁ = ŷ₁(p₁ + p₂) - p₁ with ŷ = softmax(z₁, z₂)",
        "∂cross_entropy(z₁, z₂, p₁, p₂)/∂z₂ = ŷ₂(p₁ + p₂) - p₂ with ŷ = softmax(z₁, z₂)",
        "∂cross_entropy(z₁, z₂, p₁, p₂)/∂p₁ = -log(ŷ₁) with ŷ = softmax(z₁, z₂)",
        "∂cross_entropy(z₁, z₂, p₁, p₂)/∂p₂ = -log(ŷ₂) with ŷ = softmax(z₁, z₂)",
    ],
    "squared_error": [
        "∂(y₁ - ŷ₁)²/∂ŷ₁ = -2(y₁ - ŷ₁)",
        "∂(y₁ - ŷ₁)²/∂y₁ = 2(y₁ - ŷ₁)",
    ],
}  # fmt: skip
PARAMETERS: dict[str, tuple[float, ...]] = {
    "**n": (3.0,),
    "polygamma": (1,),
    "clip": (0.0, 1.0),
    "leaky_relu": (0.01,),
    "elu": (2.0,),
    "softmax": (0,),
    "log_softmax": (0,),
    "cross_entropy": (0,),
}


@pytest.mark.parametrize("name", sorted(FORMULAS))
def test_every_op_reads_as_a_person_writes_it(name: str) -> None:
    operands = [Value(1.25 + i / 2) for i in range(len(FORMULAS[name]))]
    node = apply(ops.TABLE[name].bind(*PARAMETERS.get(name, ())), *operands)
    positions = range(len(operands))
    assert [local_derivative_formula(node, i) for i in positions] == FORMULAS[name]


def test_every_expected_formula_is_of_an_op() -> None:
    """And an op without one has no number in place of a formula, and one that can be read."""
    assert set(FORMULAS) <= set(ops.TABLE)
    for name in set(ops.TABLE) - set(FORMULAS):
        x = Value(1.25, label="x")
        node = ops.TABLE[name](x)
        formula = local_derivative_formula(node, 0)
        assert "x" in formula.partition(" = ")[2], formula
        assert local_derivative_expression(node, 0).size < 30, formula


# A second reading of the expressions, on floats.

FUNCTIONS: dict[str, Callable[..., float]] = {
    "digamma": lambda x: arithmetic.polygamma(0, x),
    "polygamma": lambda order, x: arithmetic.polygamma(int(order), x),
    "identity": lambda x: x,
    "sigmoid": autograd.sigmoid,
    "max": max,
    "min": min,
    "Φ": lambda x: 0.5 * math.erfc(-x / math.sqrt(2)),
    "φ": lambda x: math.exp(-x * x / 2) / math.sqrt(2 * math.pi),
}
COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "<": lambda a, b: a < b,
    "≤": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    "≥": lambda a, b: a >= b,
    "=": lambda a, b: a == b,
    "and": lambda a, b: bool(a and b),
}
READINGS: dict[str, Callable[..., Any]] = {
    "add": lambda a, b: a + b,
    "subtract": lambda a, b: a - b,
    "multiply": lambda a, b: a * b,
    "divide": arithmetic.divide,
    "power": arithmetic.power,
    "negative": lambda a: -a,
    "exp": arithmetic.exp,
    "root": arithmetic.sqrt,
    "absolute": abs,
    "whole": lambda a: a,
    "where": lambda condition, a, b: a if condition else b,
}


def evaluate(tree: Expression) -> Any:
    if tree.kind in ("symbol", "number"):
        return tree.number
    operands = [evaluate(operand) for operand in tree.operands]
    if tree.kind == "compare":
        return COMPARISONS[tree.name](*operands)
    if tree.kind == "call":
        function = FUNCTIONS.get(tree.name) or getattr(arithmetic, tree.name, None)
        return (function or getattr(autograd, tree.name))(*operands)
    return READINGS[tree.kind](*operands)


@pytest.mark.parametrize(("name", "domain"), CASES)
def test_every_formula_is_true(name: str, domain: Domain) -> None:
    for point in domain.points("formulas", 20):
        if max(map(abs, point)) > 1e100:
            continue  # where x² overflows, the op's own rule is stable and the formula is not
        node = apply(bound(name, domain), *map(Value, point))
        for position, recorded in enumerate(node.local_derivatives):
            value = evaluate(local_derivative_expression(node, position))
            where = f"{node.primitive} of {point}"
            assert value == pytest.approx(recorded, rel=1e-6, abs=1e-9), where


@pytest.mark.parametrize(("name", "domain"), CASES)
def test_every_value_is_what_its_formula_says(name: str, domain: Domain) -> None:
    for point in domain.points("formulas", 20):
        if max(map(abs, point)) > 100:
            continue  # where eˣ overflows, the op's own rule is stable and the definition is not
        node = apply(bound(name, domain), *(Value(x, label=f"x{i}") for i, x in enumerate(point)))
        tree = value_expression(node)
        assert tree.kind not in ("symbol", "number")
        if name != "cross_entropy_of_distribution":  # written as a function
            assert evaluate(tree) == pytest.approx(node.data, rel=1e-6, abs=1e-9)


def test_values_in_symbols_and_in_numbers() -> None:
    network = WorkedNetwork()
    assert value_formula(network.h1[0], numbers=True) == "h11 = σ(a11) = σ(2.9) = 0.9478"
    assert value_formula(network.outputs[1]) == "ŷ2 = eᵃ²²/(eᵃ²¹ + eᵃ²²)"
    assert value_formula(network.outputs[1], "latex") == (
        r"\hat{y}_{2} = \frac{e^{a_{22}}}{e^{a_{21}} + e^{a_{22}}}"
    )
    a = Value(-2.0, label="a")
    assert value_formula(a * a - 3, numbers=True) == "a·a - 3 = 4 - 3 = 1"
    assert value_formula(-a, numbers=True) == "-a = -(-2) = 2"
    assert [value_formula(a, numbers=numbers) for numbers in (False, True)] == ["a", "a = -2"]
    assert value_formula(Value(0.5)) == "0.5"


@pytest.mark.parametrize("name", ["max", "min", "maximum", "minimum"])
@pytest.mark.parametrize("operands", [(2.0, 2.0), (2.0, 2.0, 1.0), (2.0, 2.0, 2.0, 3.0)])
def test_formulas_are_true_where_operands_tie(name: str, operands: tuple[float, ...]) -> None:
    if name.endswith("imum"):
        operands = operands[:2]
    node = apply(ops.TABLE[name], *map(Value, operands))
    for position, recorded in enumerate(node.local_derivatives):
        assert evaluate(local_derivative_expression(node, position)) == recorded


# What is written is what is meant: read it again with Python's own precedence.

NUMBERS = {"a": 2.5, "b": -1.5, "c": 0.7}
TREES = st.recursive(
    st.sampled_from([symbol(letter, number) for letter, number in NUMBERS.items()])
    | st.integers(0, 9).map(expression),
    lambda trees: st.one_of(
        st.tuples(trees, trees).map(lambda pair: pair[0] + pair[1]),
        st.tuples(trees, trees).map(lambda pair: pair[0] - pair[1]),
        st.tuples(trees, trees).map(lambda pair: pair[0] * pair[1]),
        st.tuples(trees, trees).map(lambda pair: pair[0] / (3 + pair[1] ** 2)),
        trees.map(lambda tree: -tree),
        trees.map(lambda tree: tree**2),
        trees.map(lambda tree: tree**3),
    ),
    max_leaves=12,
)


@given(TREES)
def test_unicode_says_what_the_expression_means(tree: Expression) -> None:
    raised = "⁰¹²³⁴⁵⁶⁷⁸⁹"
    python = re.sub(rf"([\w){raised}])\(", r"\1*(", UnicodeWriter().write(tree)).replace("·", "*")
    python = re.sub(f"([{raised}]+)", r"**\1", python)
    value = eval(unicodedata.normalize("NFKC", python), NUMBERS.copy())
    assert value == pytest.approx(evaluate(tree), rel=1e-9, abs=1e-9)


@given(TREES)
def test_latex_is_balanced(tree: Expression) -> None:
    latex = LatexWriter().write(tree)
    assert latex.count("{") == latex.count("}")
    assert latex.count(r"\left(") == latex.count(r"\right)")


# Names.


def test_labels_name_operands_and_nodes() -> None:
    network = WorkedNetwork()
    h13, a13 = network.h1[2], network.a1[2]
    assert local_derivative_formula(h13, 0) == "∂h13/∂a13 = h13(1 - h13)"
    assert local_derivative_formula(h13, 0, numbers=True) == "∂h13/∂a13 = h13(1 - h13) = 0.09719"
    assert local_derivative_formula(a13, 0, numbers=True) == "∂a13/∂w131 = x1 = 2"
    assert local_derivative_formula(network.outputs[0], 1) == "∂ŷ1/∂a22 = -ŷ1·ŷ2"
    assert local_derivative_formula(network.loss, 1) == "∂L/∂ŷ2 = -2(0 - ŷ2)"


def test_latex() -> None:
    network = WorkedNetwork()
    assert local_derivative_formula(network.outputs[0], 1, "latex", numbers=True) == (
        r"\frac{\partial \hat{y}_{1}}{\partial a_{22}} = -\hat{y}_{1} \cdot \hat{y}_{2} = -0.1769"
    )
    assert local_derivative_formula(autograd.tanh(Value(1.0, label="α")), 0, "latex") == (
        r"\frac{\partial \tanh\left(\alpha\right)}{\partial \alpha} = "
        r"1 - \tanh^{2}\left(\alpha\right)"
    )
    assert local_derivative_formula(autograd.maximum(Value(1.0), Value(2.0)), 0, "latex") == (
        r"\frac{\partial \max\left(a, b\right)}{\partial a} = \begin{cases} 1 & \text{if } a > b "
        r"\\ 0.5 & \text{if } a = b \\ 0 & \text{otherwise} \end{cases}"
    )


@pytest.mark.parametrize(
    ("label", "latex"),
    [
        ("x", "x"),
        ("w212", "w_{212}"),
        ("ŷ₁", r"\hat{y}_{1}"),
        ("w_in", r"w_{\mathrm{in}}"),
        ("x̄", r"\bar{x}"),
        ("η", r"\eta"),
        ("Σ2", r"\Sigma_{2}"),
        ("x′", "x'"),
        ("loss", r"\mathrm{loss}"),
        ("loss_2", r"\mathrm{loss}_{2}"),
        ("-1.5", "-1.5"),
        ("1e-05", r"1 \times 10^{-5}"),
        ("W[0][1]", r"\text{W[0][1]}"),
        ("50% $x_1 \\{}", r"\text{50\% \$x\_1 \textbackslash{}\{\}}"),
    ],
)
def test_labels_in_latex(label: str, latex: str) -> None:
    assert LatexWriter().name(label) == latex


def test_operands_without_labels_never_get_the_name_of_another() -> None:
    a = Value(2.0, label="b")
    assert local_derivative_formula(a * Value(3.0), 1) == "∂(b·b′)/∂b′ = b"
    assert local_derivative_formula(a * Value(3.0, label="b"), 0) == "∂(b·b′)/∂b = b′"


def test_letters_stand_for_the_number_that_the_derivative_is_by() -> None:
    number, x = Value(3.0), Value(2.0, label="x")
    assert local_derivative_formula(number * x, 0) == "∂(a·x)/∂a = x"
    assert local_derivative_formula(number * number, 1) == "∂(a·a)/∂a = a (operand 2 alone)"


def test_numbers_without_labels_are_numbers() -> None:
    x = Value(3.0, label="x")
    assert local_derivative_formula(Value(2.0) * x, 1) == "∂(2·x)/∂x = 2"
    assert local_derivative_formula(x * 2, 0, numbers=True) == "∂(x·2)/∂x = 2"
    assert local_derivative_formula(x * 2, 1) == "∂(x·b)/∂b = x"
    assert local_derivative_formula(-2 / x, 1) == "∂((-2)/x)/∂x = -(-2)/x²"
    assert local_derivative_formula(x**-1, 0) == "∂x⁻¹/∂x = -x⁻²"
    assert local_derivative_formula(x**0, 0) == "∂x⁰/∂x = 0"
    assert local_derivative_formula(x**1, 0) == "∂x¹/∂x = 1"
    assert local_derivative_formula(x**2.5, 0) == "∂x^2.5/∂x = 2.5·x^1.5"


def test_labels_that_are_expressions_stand_in_parentheses() -> None:
    total, x = Value(3.0, label="a + b"), Value(2.0, label="x")
    assert local_derivative_formula(total**2, 0) == "∂(a + b)²/∂(a + b) = 2(a + b)"
    assert local_derivative_formula(x - total, 0) == "∂(x - (a + b))/∂x = 1"


def test_a_node_without_a_label_is_written_out_wherever_it_stands() -> None:
    a, b = Value(5.0, label="a"), Value(2.0, label="b")
    inner = b * 3
    product = inner * a
    loss = product + a
    assert [written(node) for node in (inner, product, loss)] == ["b·3", "b·3·a", "b·3·a + a"]
    loss.label = "L"
    assert local_derivative_formula(loss, 0) == "∂L/∂(b·3·a) = 1"
    assert local_derivative_formula(product, 0) == "∂(b·3·a)/∂(b·3) = a"
    assert local_derivative_formula(product, 1) == "∂(b·3·a)/∂a = b·3"
    assert local_derivative_formula(product, 0, "latex") == (
        r"\frac{\partial \left(b \cdot 3 \cdot a\right)}{\partial \left(b \cdot 3\right)} = a"
    )


def test_what_is_written_out_keeps_its_parentheses_and_its_signs() -> None:
    s, t = Value(2.0, label="s"), Value(3.0, label="t")
    assert written(-s * t) == "(-s)·t"
    negative = -s
    assert written(-negative) == "-(-s)"
    assert written((s - t) ** 2) == "(s - t)²"
    assert written((s + t).tanh() ** 2) == "tanh(s + t)²"
    assert written((-s).exp() / (s * t)) == "e⁻ˢ/(s·t)"
    assert written(s * -2) == "s(-2)"
    same = s * t
    assert local_derivative_formula(same * same, 1) == ("∂(s·t·s·t)/∂(s·t) = s·t (operand 2 alone)")


def test_names_of_long_expressions_are_short() -> None:
    x = Value(0.5, label="x")
    chain = [x]
    for _ in range(1000):
        chain.append(chain[-1].tanh() + x)
    assert written(chain[1]) == "tanh(x) + x"
    assert written(chain[-1]) == "… + x"
    assert local_derivative_formula(chain[-1], 0) == "∂(… + x)/∂tanh(…) = 1"
    doubled = x
    for _ in range(60):  # 2⁶⁰ x in full
        doubled = doubled + doubled
    assert written(doubled) == "… + …"
    assert written(autograd.sum(chain)) == "x + … + … + …"
    long = [Value(1.0, label=f"layers.0.neurons.{i}.weights.0") for i in range(3)]
    assert written(long[0] * long[1]) == "…·…"
    assert written(autograd.max(long)) == "max(…)"
    assert local_derivative_formula(long[0] * long[1], 0) == (
        "∂(…·…)/∂layers.0.neurons.0.weights.0 = layers.0.neurons.1.weights.0"
    )


def test_a_label_stays_on_one_line() -> None:
    x = Value(2.0, label="a\nb\r\n")
    assert written(x) == "a␊b␍␊"
    assert local_derivative_formula(x * 2, 0) == "∂(a␊b␍␊·2)/∂a␊b␍␊ = 2"
    assert "\n" not in local_derivative_formula(x * 2, 0, "latex")


def test_the_two_edges_of_a_square_are_told_apart() -> None:
    x = Value(3.0, label="x")
    assert local_derivative_formula(x * x, 1) == "∂(x·x)/∂x = x (operand 2 alone)"
    assert r"\text{ (operand 2 alone)}" in local_derivative_formula(x * x, 1, "latex")


def test_many_operands_are_elided() -> None:
    values = [Value(1 + i / 10, label=f"x{i}") for i in range(1000)]
    product = autograd.prod(values[:10])
    assert local_derivative_formula(product, 0) == ("∂(x0·x1·…·x9)/∂x0 = x1·x2·…·x9")
    assert evaluate(local_derivative_expression(product, 0)) == pytest.approx(
        product.local_derivatives[0], rel=1e-12
    )
    assert local_derivative_formula(autograd.max(values), 3) == (
        "∂max(x0, x1, …, x999)/∂x3 = 1 if x3 = max(x0, x1, …, x999), else 0"
    )
    assert local_derivative_formula(autograd.dot(values, values[::-1]), 0) == (
        "∂(x0·x999 + x1·x998 + … + x999·x0)/∂x0 = x999 (operand 1 alone)"
    )


def test_what_is_elided_still_counts() -> None:
    logits, targets = [Value(i / 10) for i in range(9)], [Value(0.5 + i) for i in range(9)]
    node = autograd.cross_entropy(logits, targets)
    assert "(p₁ + p₂ + … + p₉)" in local_derivative_formula(node, 0)
    for position, recorded in enumerate(node.local_derivatives):
        value = evaluate(local_derivative_expression(node, position))
        assert value == pytest.approx(recorded, rel=1e-12)


def test_targets_that_are_a_distribution_give_the_notes_difference() -> None:
    loss = autograd.cross_entropy([Value(1.0, label="a1"), Value(2.0, label="a2")], [0.0, 1.0])
    assert local_derivative_formula(loss, 1).startswith(
        "∂cross_entropy(a1, a2, 0, 1)/∂a2 = ŷ₂ - 1 with ŷ = softmax(a1, a2)"
    )


@pytest.mark.parametrize(
    ("label", "expected"),
    [
        ("ŷ2", "∂ŷ2/∂z₁ = -ŷ2·ŷ1"),
        ("p[1]", "∂p[1]/∂z₁ = -p[1]·p[0]"),
        ("y₂", "∂y₂/∂z₁ = -y₂·y₁"),
        ("q", "∂q/∂z₁ = -ŷ₂·ŷ₁ with ŷ = softmax(z₁, z₂)"),
        ("q7", "∂q7/∂z₁ = -ŷ₂·ŷ₁ with ŷ = softmax(z₁, z₂)"),
    ],
)
def test_outputs_of_softmax_are_named_after_the_label_of_one(label: str, expected: str) -> None:
    node = autograd.softmax([Value(1.0), Value(2.0)])[1]
    node.label = label
    assert local_derivative_formula(node, 0) == expected


# Ops of users.


def test_an_op_made_by_a_user_has_formulas() -> None:
    cube = autograd.primitive("cube", lambda m, x: x * x * x, lambda m, y, x: (3 * x * x,))
    swish = autograd.primitive(
        "swish",
        lambda m, x, beta: m.divide(x, 1 + m.exp(-beta * x)),
        lambda m, y, x, beta: (
            m.divide(1.0, 1 + m.exp(-beta * x)) + beta * y * m.divide(1.0, 1 + m.exp(beta * x)),
            y * (x - y),
        ),
    )
    x, beta = Value(2.0, label="x"), Value(1.0, label="β")
    assert local_derivative_formula(cube(x), 0, numbers=True) == "∂cube(x)/∂x = 3·x² = 12"
    assert local_derivative_formula(swish(x, beta), 1) == (
        "∂swish(x, β)/∂β = swish(x, β)(x - swish(x, β))"
    )


def test_an_op_of_many_operands_made_by_a_user_has_formulas() -> None:
    total_squared = autograd.primitive(
        "total_squared",
        lambda m, *xs: sum(xs) * sum(xs),
        lambda m, y, *xs: [2 * m.sqrt(y)] * len(xs),
    )
    values = [Value(1.0, label=f"x{i}") for i in range(1000)]
    assert local_derivative_formula(total_squared(*values), 2) == (
        "∂total_squared(x0, x1, …, x999)/∂x2 = 2·√total_squared(x0, x1, …, x999)"
    )


def test_an_op_with_the_name_of_another_has_its_own_formula() -> None:
    sqrt = autograd.primitive("sqrt", lambda m, x: 5 * x, lambda m, y, x: (5.0,))
    assert local_derivative_formula(sqrt(Value(2.0)), 0) == "∂sqrt(x)/∂x = 5"


def long_rule(m: Any, y: Any, x: Any) -> tuple[Any]:
    for _ in range(100):
        x = x + m.sin(x)
    return (x,)


def nested_rule(m: Any, y: Any, x: Any) -> tuple[Any]:
    for _ in range(100_000):
        x = m.sin(x)
    return (x,)


@pytest.mark.parametrize(
    "derivatives",
    [
        lambda m, y, x: (math.exp(x),),
        lambda m, y, x: (1.0 if x > 0 else 0.0,),
        long_rule,
        nested_rule,
    ],
)
def test_a_rule_that_cannot_be_read_has_its_number(derivatives: Any) -> None:
    node = autograd.primitive("own", lambda m, x: x, derivatives)(Value(0.5, label="x"))
    expected = f"∂own(x)/∂x = {node.local_derivatives[0]:.4g}"
    assert local_derivative_formula(node, 0, numbers=True) == expected


def test_a_node_made_by_hand_has_its_number() -> None:
    x = Value(2.0, label="x")
    node = Value(8.0, [x], [12.0], op="cube")
    assert local_derivative_formula(node, 0, numbers=True) == "∂cube(x)/∂x = 12"
    assert local_derivative_formula(Value(8.0, [x], [math.inf]), 0) == "∂custom(x)/∂x = inf"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((1,), "has 1 parents, counted from 0: none at 1"),
        ((-1,), "none at -1"),
        ((0, "html"), "unknown notation 'html'; it must be one of 'unicode', 'latex'"),
        ((0, "Latex"), "did you mean 'latex'"),
    ],
)
def test_mistakes(arguments: tuple[Any, ...], message: str) -> None:
    with pytest.raises(ArgumentError, match=message):
        local_derivative_formula(autograd.exp(Value(1.0)), *arguments)
