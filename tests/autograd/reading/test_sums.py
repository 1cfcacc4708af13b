"""Sums over an index, and over the entries of named vectors."""

import pytest

from autograd import FormulaError, Value, Verdict, check_derivation
from autograd.labels import Labels
from autograd.reading import number_of, parse_formula
from tests.autograd.worked_network import WorkedNetwork

NUMBERS = {"w1": 2.0, "w2": 3.0, "w3": 5.0, "x1": 1.0, "x2": -1.0, "x3": 0.5, "y0": 4.0, "y1": 6.0}
NUMBERS |= {"a11": 1.0, "a12": 2.0, "a21": 3.0, "a22": 4.0, "w_i": 7.0, "c": 10.0}


def number(formula: str) -> float:
    labels = Labels([Value(each, label=name) for name, each in NUMBERS.items()])
    return number_of(formula, parse_formula(formula, labels), labels)


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        ("Σ_j w_j x_j", 1.5), ("Σ_j w_j·x_j + c", 11.5), ("c - Σ_j w_j x_j", 8.5), ("2Σ_j x_j", 1),
        ("∑_{j=1}^{2} w_j", 5), (r"\sum_{j=1}^3 w_j^2", 38), ("Σ_{j=2}^3 (w_j + x_j)", 7.5),
        ("Σ_k y_k", 10), ("½Σ_k (y_k - 1)^2", 17), ("Σ_j c w_j", 100), ("(Σ_j w_j)^2", 100),
        ("Σ_i w_i", None), ("Σ_j w_1", None), ("Σ_j w_j y_j", None), ("Σ_{j=1} w_j", None),
        ("Σ_{j=1}^4 w_j", None), ("Σ_{j=3}^1 w_j", None), ("Σ_{j=1}^{9999} w_j", None),
        ("Σ_{i=1}^2 Σ_{j=1}^2 a_{ij}", 10), ("Σ_{i=1}^2 a_{ii}", 5), ("Σ_i Σ_j a_{ij}", None),
        ("Σ_{j=2}^3 w_j x_{j-1}", -2), ("Σ_{k=0}^0 y_{k+1} y_k", 24), ("Σ_{j=1}^3 w_{j-1}", None),
        ("Σ_j", None), ("Σ_j w_j / Σ_j x_j", 20), ("(Σ_j w_j)/(Σ_j x_j)", 20),
        ("Σ w_j x_j", 1.5), ("Σ x_j + c", 10.5), (r"\sum w_j (x_j - 1)", -8.5), ("Σ(w1, w2)", 5),
        ("Σ w_i x_j", 3.5), ("Σ q_j", None), ("Σ(w1, w2) + Σ_j x_j", 5.5), ("Σ w_j Σ x_k", 5),
        ("c Σ(w1, w2) Σ x_k", 25), (r"\sum(w1, w2) - \sum x_j", 4.5),
    ],
)  # fmt: skip
def test_sums_over_an_index(formula: str, expected: float | None) -> None:
    if expected is None:
        with pytest.raises(FormulaError):
            number(formula)
    else:
        assert number(formula) == pytest.approx(expected, rel=1e-14)


@pytest.mark.parametrize(
    "answer",
    [
        "Σ_m ∂L/∂a_{2m} · w_{2m3}",
        r"\sum_{m=1}^{2} \frac{\partial L}{\partial a_{2m}} w_{2m3}",
        "Σ_m ∂L/∂a_2m · ∂a_2m/∂h_13",
    ],
)
def test_the_sum_over_the_next_layer_of_the_notes(answer: str) -> None:
    check = check_derivation(WorkedNetwork().loss, {"h13": answer})
    assert check, str(check)


@pytest.mark.parametrize(
    ("answer", "verdict"),
    [
        ("ŷ1(∂L/∂ŷ1 - Σ(ŷ ⊙ ∇ŷ))", Verdict.RIGHT),
        ("ŷ1(∂L/∂ŷ1 - ŷᵀ ∇ŷ)", Verdict.RIGHT),
        ("∂L/∂a21 = ŷ1·(∂L/∂ŷ1 - 2 mean(ŷ ⊙ ∇ŷ)) = -0.1625", Verdict.RIGHT),
        ("ŷ1(∂L/∂ŷ1 - Σ(ŷ ⊙ ŷ))", None),
        ("ŷ1(∂L/∂ŷ1 - Σ(ŷ))", None),
        ("Σ(∇a2)", Verdict.UNREADABLE),  # it has what is asked for in it
        ("ŷ ⊙ ∇ŷ", Verdict.UNREADABLE),
        ("Σ(ŷ ⊙ h1)", Verdict.UNREADABLE),
    ],
)
def test_sums_and_means_over_named_vectors(answer: str, verdict: Verdict | None) -> None:
    [finding] = check_derivation(WorkedNetwork().loss, {"a21": answer}).findings
    if verdict is None:
        assert not finding.is_right
        assert finding.verdict is not Verdict.UNREADABLE
    elif verdict is Verdict.RIGHT:
        assert finding.is_right, str(finding)
    else:
        assert finding.verdict is verdict
