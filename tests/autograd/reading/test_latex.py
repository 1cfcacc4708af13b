r"""LaTeX, read to the same numbers as other formulas, with carets into what was typed."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd as ag
from autograd import FormulaError, Value
from autograd.labels import Labels
from autograd.reading import evaluate, number_of, parse_formula

NUMBERS = {"x": 2.0, "y": 3.0, "h1": 0.5, "ŷ1": 0.77, "w212": 0.8, "η": 0.1, "w_in": 7.0, "a": 0.3}


def number(formula: str) -> float:
    labels = Labels([Value(each, label=name) for name, each in NUMBERS.items()])
    return number_of(formula, parse_formula(formula, labels), labels)


@pytest.mark.parametrize(
    ("latex", "expected"),
    [
        (r"\frac{1}{2}x", 1), (r"\frac12 x", 1), (r"\frac{x + 1}{y}", 1), (r"\dfrac{x}{y}", 2 / 3),
        (r"\frac{\frac{x}{y}}{y}", 2 / 9), (r"\frac{1}{2} x y", 3), (r"x y", 6),
        (r"2 \cdot x \times y", 12), (r"x \, y", 6), (r"x^{2}", 4), (r"x^{y - 1}", 4),
        (r"e^{-x}", math.exp(-2)), (r"x^2 y^{2}", 36), (r"\sqrt{x + 2}", 2), (r"\sqrt{4} x", 4),
        (r"\left(1 - x\right) y", -3), (r"\left[x + y\right] \cdot 2", 10),
        (r"\left\{x + y\right\} 2", None), (r"\left|x - y\right|", 1), (r"\lvert x - y \rvert", 1),
        (r"\hat{y}_1", 0.77), (r"\hat{y}_{1}", 0.77), (r"\hat y_1 (1 - \hat y_1)", 0.1771),
        (r"h_1", 0.5), (r"h_{1}^{2}", 0.25), (r"w_{212}", 0.8), (r"w_{2,12}", 0.8),
        (r"\mathrm{w}_{212}", 0.8), (r"w_{\mathrm{in}}", 7), (r"\eta x", 0.2),
        (r"\tanh\left(a\right)", math.tanh(0.3)), (r"\tanh^2\left(a\right)", math.tanh(0.3) ** 2),
        (r"\tanh^{2}(a)", math.tanh(0.3) ** 2), (r"\sigma(0)", 0.5), (r"\sigma'(0)", 0.25),
        (r"\sigma^{\prime}(0)", 0.25), (r"\exp(x)", math.exp(2)), (r"\ln x", math.log(2)),
        (r"\exp{x}", math.exp(2)), (r"\operatorname{sech}(0)", 1), (r"\mathrm{relu}(x)", 2),
        (r"\tanh a + x", math.tanh(0.3) + 2), (r"2 \sin a", 2 * math.sin(0.3)),
        (r"\tanh^2 a \cdot x", 2 * math.tanh(0.3) ** 2),
        (r"\mathbb{1}[x > 1] y", 3), (r"\mathbb{1}\left[x > 2\right]", 0), (r"y 1_{x > 1}", 3),
        (r"\mathbf 1_{\{x > 1\}} y", 3), (r"y \mathds{1}(x > 2)", 0),
        (r"\mathbf{1} x", None), (r"\tanh' a", 1 - math.tanh(0.3) ** 2),
        (r"\tanh^{2} a + 1", 1 + math.tanh(0.3) ** 2),
        (r"x \div y", 2 / 3), (r"1[x \ge 2] y", 3), (r"1[x \lt 2]", 0), (r"x \odot y", 6),
        (r"1 \times 10^{-5}", 1e-5), (r"x^2 + \displaystyle y", 7), (r"\frac{x}{2}\,y", 3),
    ],
)  # fmt: skip
def test_latex(latex: str, expected: float | None) -> None:
    if expected is None:
        with pytest.raises(FormulaError):
            number(latex)
    else:
        assert number(latex) == pytest.approx(expected, rel=1e-14)


@pytest.mark.parametrize(
    ("latex", "problem", "column", "width"),
    [
        (r"\frac{x}{z}", "called 'z'", 9, 1),
        (r"x \cdot \hat{z}_1", "called 'ẑ_1'", 8, 9),
        (r"\frac{1}{2", "never closed", 8, 1),
        (r"\frac{1} x", "needs a second group", 7, 1),
        (r"\frac x y", "needs two groups", 0, 6),
        (r"x \cdott y", r"\\cdott is not read here; did you mean 'cdot'", 2, 6),
        (r"\ln x^2", "how far does ln reach", 5, 1),
        (r"\tanh a x", "how far does tanh reach", 8, 1),
        (r"x \left( y", "never closed", 7, 1),
        (r"x^{(2)}", "a layer or a power", 1, 6),
        (r"x^{[1]}", "a layer or a power", 1, 6),
        (r"\begin{cases} x", "never closed", 0, 13),
        (r"\begin{matrix} x", r"\\begin is not read", 0, 6),
        (r"\nabla + x", "∇ needs a name", 0, 6),
    ],
)  # fmt: skip
def test_errors_point_into_the_text_that_was_typed(
    latex: str, problem: str, column: int, width: int
) -> None:
    with pytest.raises(FormulaError, match=problem) as error:
        number(latex)
    _, shown, carets = str(error.value).split("\n")
    assert shown == f"    {latex}"
    assert carets == " " * (4 + column) + "^" * width


@pytest.mark.parametrize(
    ("label", "spellings"),
    [
        ("p1", ["p1", "p₁", "p_1", "p_{1}", r"\mathrm{p}_1"]),
        ("ŷ1", ["ŷ1", "ŷ₁", "ŷ_1", r"\hat{y}_1", r"\hat{y}_{1}", r"\hat y_1", "yhat1", "y_hat_1"]),
        ("w_in", ["w_in", r"w_{in}", r"w_{\mathrm{in}}", r"w_{\text{in}}"]),
        ("W[0][1]", ["W[0][1]", "W[0,1]"]),
        ("η", ["η", r"\eta"]),
    ],
)
def test_one_label_may_be_spelt_in_many_ways(label: str, spellings: list[str]) -> None:
    labels = Labels([Value(3.0, label=label), Value(5.0, label="b")])
    for name in spellings:
        assert number_of(name, parse_formula(name, labels), labels) == 3.0


def test_labels_that_the_spelling_alone_tells_apart_are_told_apart() -> None:
    labels = Labels([Value(3.0, label="a_11"), Value(5.0, label="a1_1"), Value(7.0, label="a11")])
    for name, expected in (("a_11", 3.0), ("a1_1", 5.0), ("a11", 7.0)):
        assert labels.number(name) == expected
    with pytest.raises(ag.LabelError, match="3 nodes are called 'a_1_1'"):
        labels.number("a_1_1")


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        ("0,5", 0.5), ("2*0,25 + 1", 1.5), ("max(0,5; 1,5)", 1.5), ("1e-1", 0.1), (",5", 0.5),
        ("0,5x", 1.0),
    ],
)  # fmt: skip
def test_decimal_commas(formula: str, expected: float) -> None:
    assert evaluate(formula, {"x": 2.0}.__getitem__, decimal_comma=True) == expected


@pytest.mark.parametrize("formula", ["0.5", "1,000,000", "max(1, 2)"])
def test_with_decimal_commas_a_point_has_no_place(formula: str) -> None:
    with pytest.raises(FormulaError):
        evaluate(formula, {"x": 2.0}.__getitem__, decimal_comma=True)


LATEX = st.lists(
    st.sampled_from([
        r"\frac", "{", "}", r"\hat", r"\partial", r"\nabla", "_", "^", "1", "2", "x", "y", r"\left",
        "(", ")", r"\right", r"\cdot", " ", r"\sigma", "'", "d", "/", "∂", "L", "=", "+", "-", "|",
        r"\mathrm", r"\top", "T", ",", r"\tanh", r"\sqrt", "⊙", "ᵀ", "∇", "[", "]", "`", "\\", "²",
        "ˣ", r"\text",
    ]),
    max_size=25,
).map("".join)  # fmt: skip


@given(st.text(max_size=20) | LATEX)
def test_any_text_is_a_number_or_an_error_with_a_caret(text: str) -> None:
    x = Value(2.0, label="x")
    loss = x * 3
    labels = Labels([x, loss], loss=loss)
    problem = "^"
    try:
        number_of(text, parse_formula(text, labels), labels)
    except FormulaError as error:
        problem = str(error)
    assert "^" in problem.split("\n")[-1]
