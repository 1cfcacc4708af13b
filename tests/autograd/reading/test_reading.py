"""Formulas: what they mean, and that nothing else gets through."""

import contextlib
import math
from collections.abc import Callable, Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd.errors import FormulaError, LabelError
from autograd.reading import FUNCTIONS, LONGEST, evaluate
from tests.counting import lines_run

NAMES = {
    "x": 2.0,
    "y": 3.0,
    "ŷ1": 0.77,
    "x₁": 5.0,
    "W[0][1]": 8.0,
    "layers.0.neurons.2.weights.1": 7.0,
    "my label": 9.0,
    "e": 4.0,
    "y\u0302": 6.0,  # a y with a combining hat
}


def looked_up_in(names: Mapping[str, float]) -> Callable[[str], float]:
    def lookup(name: str) -> float:
        if name not in names:
            raise LabelError(f"no {name!r}")
        return names[name]

    return lookup


lookup = looked_up_in(NAMES)


@pytest.mark.parametrize(
    ("formula", "number"),
    [
        ("x", 2), ("-x", -2), ("+x", 2), ("x + y", 5), ("x - y - y", -4), ("x - -y", 5),
        ("x--y", 5), ("2*x", 4), ("x / y / 2", 1 / 3), ("2 + 3*4 - 1", 13), ("(2 + 3)*4", 20),
        ("-x**2", -4), ("(-x)**2", 4), ("2**3**2", 512), ("2**-1", 0.5), ("2**-x**2*3", 0.1875),
        ("x^2", 4), ("x²", 4), ("-x²", -4), ("x⁻¹", 0.5), ("x¹⁰", 1024), ("(x + 1)²", 9),
        ("2x²(y)", 24), ("2x", 4), ("2x²", 8), ("-2x(1 - x)", 4), ("2`my label`", 18),
        ("x y", 6), ("2 x y^2", 36), ("x² y", 12), ("x^2 y", 12), ("-x y/2", -3), ("(x) 3y^2", 54),
        ("ln x", math.log(2)), ("y ln x + 1", 3 * math.log(2) + 1),
        ("2(x + 1)", 6), ("x(1 - x)", -2), ("(x)(y)", 6), ("x²(y)", 12),
        ("2/3 (x + 1)", 2), ("-2/3 (x + 1)", -2), ("y 1[x > 1]", 3), ("x y 𝟙[x > y]", 0),
        ("x − y", -1), ("2·x×3", 12), ("√4", 2), ("√x²", 2), ("2√(x + 2)", 4), ("√x**2", 2),
        ("tanh(1)", math.tanh(1)), ("tanh²(1)", math.tanh(1) ** 2), ("σ(0)", 0.5), ("ln(1)", 0),
        ("1 - tanh²(x)", 1 - math.tanh(2) ** 2), ("max(x, y, 1)", 3), ("hypot(3, 4)", 5),
        ("sum(x, y)", 5), ("exp (0)", 1), ("where(1, x, y)", 2), ("leaky_relu(-1, 0.5)", -0.5),
        ("ŷ1(1 − ŷ1)", 0.77 * 0.23), ("x₁", 5), ("W[0][1] + 1", 9), ("`my label`*2", 18),
        ("2*layers.0.neurons.2.weights.1", 14), ("e", 4), ("π", math.pi), ("pi", math.pi),
        ("1/0", math.inf), ("1e-3", 0.001), (".5*x", 1), ("1.", 1), ("\n x \t", 2),
        ("2*y\u0302", 12), ("x * ((((((y))))))", 6), ("0**-1", math.inf),
    ],
)  # fmt: skip
def test_formulas(formula: str, number: float) -> None:
    assert evaluate(formula, lookup) == pytest.approx(number, rel=1e-15)


operations = st.sampled_from(["+", "-", "*", "/", "**"])


@given(st.recursive(
    st.sampled_from(["1", "2", "3", "0.5", "x", "y"]),
    lambda inner: st.one_of(
        st.tuples(inner, operations, inner).map(" ".join),
        inner.map("({})".format),
        inner.map("-{}".format),
    ),
    max_leaves=12,
))  # fmt: skip
def test_precedence_is_that_of_python(formula: str) -> None:
    try:
        expected = eval(formula, {"x": 2.0, "y": 3.0})  # formulas of this test's own making
    except (ZeroDivisionError, OverflowError):
        return
    if isinstance(expected, complex) or abs(expected) > 1e300:
        return
    assert evaluate(formula, lookup) == pytest.approx(expected, rel=1e-9)


def assert_refused(
    formula: str, names: Callable[[str], float], problem: str, column: int, width: int
) -> None:
    """Assert that a formula is an error that says the problem, with carets below its place."""
    with pytest.raises(FormulaError, match=problem) as error:
        evaluate(formula, names)
    _, shown, carets = str(error.value).split("\n")
    assert shown == f"    {formula}"
    assert carets == " " * (4 + column) + "^" * width


@pytest.mark.parametrize(
    ("formula", "problem", "column", "width"),
    [
        ("", "the formula ends", 0, 1),
        ("x +", "the formula ends", 3, 1),
        ("x + z", "no 'z'", 4, 1),
        ("1/2x", "after a / write the \\*", 3, 1),
        ("x 2", "an operator is missing", 2, 1),
        ("x // 2", "'/' stands here", 3, 1),
        ("x % 2", "'%' has no place", 2, 1),
        ("x = 2", "'=' has no place", 2, 1),
        ("(x", "this parenthesis is never closed", 0, 1),
        ("tanh(x", "this parenthesis is never closed", 0, 4),
        ("x)", "'\\)' without", 1, 1),
        ("(x, y)", "',' without", 2, 1),
        ("tanh(x, y)", "tanh: too many", 0, 4),
        ("tanh()", "'\\)' stands here", 5, 1),
        ("tanh²(x, y)", "too many", 0, 5),
        ("tanh", "tanh is a function: write tanh", 0, 4),
        ("tahn(x)", "neither a label of the graph nor a function; did you mean 'tan'", 0, 4),
        ("x.real", "no 'x.real'", 0, 6),
        ("x.__class__", "no 'x.__class__'", 0, 11),
        ("__import__('os')", "'__import__' is neither", 0, 10),
        ("lambda: x", "no 'lambda'", 0, 6),
        ("[x for x in y]", "no 'for'", 3, 3),
        ("'x'", "has no place", 0, 1),
        ("x if y", "what is it otherwise", 2, 2),
        ("x else y", "no 'else'", 2, 4),
        ("max(x if y, 2)", "what is it otherwise", 6, 2),
        ("ŷ1 + 1e999", "too large", 5, 5),
        ("9**9**9**9", "9 to the power of 3.8742e\\+08 is too large", 4, 2),
        ("x·(y²²²²)", "too large", 4, 4),
    ],
)
def test_errors_show_the_place(formula: str, problem: str, column: int, width: int) -> None:
    assert_refused(formula, lookup, problem, column, width)


def test_carets_below_combining_accents() -> None:
    with pytest.raises(FormulaError) as error:
        evaluate("y\u0302 + z", lookup)
    assert str(error.value).split("\n")[-1] == "    " + " " * 4 + "^"


@pytest.mark.parametrize(
    "formula",
    [
        "(" * 100_000 + "x" + ")" * 100_000,
        "-" * 100_000 + "x",
        "9" * 5000,
        "**".join(["9"] * 2000),
        "x" * (LONGEST + 1),
        "(" * (LONGEST - 1),
        "tanh(" * 1999,
    ],
    ids=lambda formula: formula[:5],
)
def test_monsters_fail_fast(formula: str) -> None:
    with pytest.raises(FormulaError) as error:
        evaluate(formula, lookup)
    assert len(str(error.value)) < 400

    def again() -> None:
        with pytest.raises(FormulaError):
            evaluate(formula, lookup)

    assert lines_run(again) < 40 * LONGEST


def test_deep_formulas_are_no_problem() -> None:
    depth = LONGEST // 2 - 1
    assert evaluate("(" * depth + "x" + ")" * depth, lookup) == 2
    assert evaluate("-" * 9998 + "x", lookup) == 2
    assert evaluate("+".join(["x"] * 4000), lookup) == 8000


@pytest.mark.parametrize(
    ("formula", "number"),
    [
        # Products without a sign, behind a parenthesis, a number or a name.
        ("(1 - x)x", -2), ("2(x - y)x(1 - x)y", 12), ("(x)y²", 18), ("2(x) y", 12), ("x(y)x", 12),
        ("x²y", 12), ("(x)`my label`", 18), ("xy", 6), ("2xy", 12), ("-xy²", -18), ("xy^2", 18),
        ("2xe^(x^2)", 4 * math.exp(4)), ("2xe^(-x)y", 12 * math.exp(-2)), ("ye²", 3 * math.e**2),
        ("xπ", 2 * math.pi), ("xtanh(y)", 2 * math.tanh(3)), ("2xexp(y)", 4 * math.exp(3)),
        ("xσ(0)", 1), ("xσ'(0)", 0.5), ("xy(1 - x)", -6), ("1/(2x)", 0.25), ("x^2(y)", 12),
        # Brackets and braces, absolute values.
        ("[x + y]·2", 10), ("{x + y}x", 10), ("2[(x + 1){y - 1}]", 12), ("x[1 - x]", -2),
        ("|x - y|", 1), ("2|x - y|y", 6), ("|x||y - 5|", 4), ("||x| - y|", 1), ("|-x|²", 4),
        ("|(x - y)|·|-y|", 3), ("x|x - y|", 2), ("-|x - y|", -1),
        # The signs that keyboards and word processors have.
        ("x·y", 6), ("x⋅y", 6), ("x∙y", 6), ("x•y", 6), ("x‧y", 6), ("x∗y", 6), ("x⊙y", 6),
        ("x✕y", 6), ("x – y", -1), ("x÷y", 2 / 3), ("x∕y", 2 / 3), ("x⁄y", 2 / 3),
        ("½x", 1), ("½·x", 1), ("½(x + y)", 2.5), ("¾", 0.75), ("⅓y", 1), ("⅞", 0.875),
        # Slopes and powers of functions.
        ("σ'(0)", 0.25), ("σ′(0)", 0.25), ("sigmoid'(0)", 0.25), ("tanh'(0.3)", 0.9151369618266293),
        ("tanh’(0)", 1), ("relu'(x)", 1), ("exp'(x)y", 3 * math.exp(2)), ("tanh'²(0)", 1),
        ("tanh^2(x)", math.tanh(2) ** 2), ("sin**2(x)", math.sin(2) ** 2),
        ("1 - tanh^2(x)", 1 - math.tanh(2) ** 2), ("sin²(x) + cos^2(x)", 1),
        ("sech²(x)", 1 - math.tanh(2) ** 2), ("sech(0)", 1), ("csch(x)sinh(x)", 1),
        ("coth(x)tanh(x)", 1), ("sec(x)cos(x)", 1), ("csc(x)sin(x)", 1), ("cot(x)tan(x)", 1),
        ("arctan(x)", math.atan(2)), ("arcsin(1)", math.pi / 2), ("arccos(1)", 0), ("Σ(x, y)", 5),
        ("sqrt x^2", 2), ("2sqrt(x + 2)", 4),
        # Choices.
        ("x if x > 0, else y", 2), ("x if x > 3, else y", 3), ("x if x < y else 7", 2),
        ("2(x if x > 3, else y)", 6), ("1 if x > 3, else 2 if x > 2, else 3", 3),
        ("1 if x = 2, else 0", 1), ("1[x = 2]y", 3), ("5 if x > 0 and x < 1, else 6", 6),
        ("max(1 if x > 0, else 2, 0)", 1), ("½ if x + 1 > y - 1, else 2x + 1", 0.5),
        # Indicators.
        ("1[x > 0]", 1), ("1[x < 0]", 0), ("1[x <= 2]y", 3), ("1{x ≥ y}", 0), ("y·1[x ≤ 2]", 3),
        ("(x > 0)y", 3), ("1[x + 1 > y - 1]", 1), ("where(x > y, 1, 4)", 4), ("[0 < x][x < 1]", 0),
    ],
)  # fmt: skip
def test_what_people_write(formula: str, number: float) -> None:
    without_e = {name: NAMES[name] for name in ("x", "y", "my label")}
    assert evaluate(formula, looked_up_in(without_e)) == pytest.approx(number, rel=1e-15)


@pytest.mark.parametrize(
    ("formula", "problem", "column", "width"),
    [
        ("1/x^2(y)", "after a / write", 5, 1),
        ("1/-x(y)", "after a / write", 4, 1),
        ("1/xy", "after a / write", 3, 1),
        ("2^2x", "after a power or root", 3, 1),
        ("2^xy", "after a power or root", 3, 1),
        ("√xy", "after a power or root", 2, 1),
        ("aba", r"is it a\*ba or ab\*a", 0, 3),
        ("x2", "no 'x2'", 0, 2),
        ("tanh⁻¹(x)", "the inverse", 0, 6),
        ("tanh''(x)", "only the first slope", 0, 6),
        ("max'(x)", "only the first slope", 0, 4),
        ("x'(y)", "x is no function", 0, 2),
        ("(x]", "where a '\\)' must close", 2, 1),
        ("[x)", "where a '\\]' must close", 2, 1),
        ("|x", "never closed", 0, 1),
        ("|(x|)", "'\\)' stands here", 4, 1),
        ("||", "the formula ends where", 2, 1),
        ("2½", "an operator is missing", 1, 1),
        ("(x)2", "an operator is missing", 3, 1),
        ("ln x y", "how far does ln reach", 5, 1),
        ("ln x/y", "how far does ln reach", 4, 1),
        ("y + tanh x / 2", "how far does tanh reach", 11, 1),
        ("e^2 x", "after a power", 4, 1),
        ("x^2y", "after a power", 3, 1),
        ("1/2 x", "after a / write the", 4, 1),
        ("x > 0", "must be in brackets", 2, 1),
        ("1[0 < x < 1]", "only two are compared", 8, 1),
        ("[x, y]", "',' without", 2, 1),
    ],
)
def test_what_can_be_read_in_two_ways_or_none(
    formula: str, problem: str, column: int, width: int
) -> None:
    names = {"x": 2.0, "y": 3.0, "a": 1.0, "ab": 2.0, "ba": 3.0}
    assert_refused(formula, looked_up_in(names), problem, column, width)


@given(st.text(max_size=30) | st.text("xyŷ12.()[]{}|<≥+-*/^,²⁻√½ σ'`e", max_size=30))
def test_any_text_is_a_number_or_a_formula_error(text: str) -> None:
    with contextlib.suppress(FormulaError):
        assert isinstance(evaluate(text, lookup), float)


@pytest.mark.parametrize("name", sorted(FUNCTIONS))
def test_all_functions_can_be_called(name: str) -> None:
    for arguments in ("0.5", "0.5, 0.25", "0.5, 0.25, 0.75"):
        try:
            assert isinstance(evaluate(f"{name}({arguments})", lookup), float)
            return
        except FormulaError:
            continue
    pytest.fail(f"{name} takes neither 1, 2 nor 3 arguments")
