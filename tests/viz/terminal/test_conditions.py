import pytest

from autograd import FormulaError, Value, steps
from viz.terminal.conditions import comparison, is_comparison

X = Value(3.0, label="x")
[STEP] = steps(X**2)  # ∂y/∂x += 1 · 6: 0 → 6


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("after > 5", True),
        ("after>=6", True),
        ("after ≥ 6.5", False),
        ("after <= 6", True),
        ("after ≤ 5", False),
        ("after == 6", True),
        ("after = 5", False),
        ("after != 6", False),
        ("after ≠ 5", True),
        ("before < contribution", True),
        ("0 < upstream < 2 < local", True),
        ("0 < upstream < 1", False),
        ("√(local + 3) = 3", True),
        ("contribution == upstream * local", True),
        ("after > 1e3", False),
    ],
)
def test_comparisons(text, holds):
    assert is_comparison(text)
    assert comparison(text)(STEP) is holds


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("x > 1", "a step has no 'x'"),
        ("contributon > 1", "did you mean 'contribution'"),
        ("> 1", "the formula ends"),
        ("after >", "the formula ends"),
        ("after => 1", "the formula ends"),
        ("after > 1; after", "';' has no place"),
        ("after.__class__ > 1", "a step has no 'after.__class__'"),
        ("exp(after, 1) > 1", "exp"),
    ],
)
def test_mistakes_show_before_the_first_step(text, message):
    with pytest.raises(FormulaError, match=message):
        comparison(text)


def test_names_are_no_comparisons():
    assert not any(map(is_comparison, ["w212", "w[0]", "the x", "**2", ""]))
