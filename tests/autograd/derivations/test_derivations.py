"""Answers of people: which are right, and what the wrong ones are taken for."""

import math
import re
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd as ag
from autograd import (
    LabelError,
    OperandError,
    Value,
    Verdict,
    check_derivation,
    find_derivations,
    ops,
)
from autograd.derivations.cases import Case
from autograd.derivations.derivation import Finding
from autograd.derivations.mistakes.local_derivatives import mistaken_of
from autograd.derivations.mistakes.rules import by_rule, mistaken_rules
from autograd.explanations.formulas import local_derivative_text
from autograd.ops import TABLE, Primitive
from autograd.replaying import Point
from tests.counting import lines_run


def labelled(**numbers: float) -> list[Value]:
    return [Value(number, label=name) for name, number in numbers.items()]


def named(label: str, node: Value) -> Value:
    node.label = label
    return node


def network(loss: str = "squared_error") -> Value:
    """The worked network of the lecture notes, with the loss as one node or as binary ones."""
    x = [Value(v, label=f"x{i}") for i, v in enumerate([2, 5, 3, 3], 1)]
    w1 = [[0.1, 0.3, 0.8, -0.4], [-0.3, -0.2, 0.5, 0.5], [-0.3, 0, 0.5, 0.4], [0.2, 0.5, -0.9, 0.7]]
    w2 = [[0.5, 0.8, 0.2, 0.4], [0.5, 0.2, 0.3, -0.5]]

    def layer(k: int, matrix: list[list[float]], inputs: list[Value]) -> list[Value]:
        return [
            named(
                f"a{k}{i}",
                ag.dot([Value(w, label=f"w{k}{i}{j}") for j, w in enumerate(row, 1)], inputs),
            )
            for i, row in enumerate(matrix, 1)
        ]

    h = [named(f"h1{i}", ag.sigmoid(a)) for i, a in enumerate(layer(1, w1, x), 1)]
    outputs = [named(f"ŷ{i}", y) for i, y in enumerate(ag.softmax(layer(2, w2, h)), 1)]
    if loss == "squared_error":
        return named("L", ag.squared_error(outputs, [1, 0]))
    return named("L", ag.sum([(1 - outputs[0]) ** 2, (0 - outputs[1]) ** 2]))


def judged(check: ag.DerivationCheck) -> list[str]:
    """The messages for each answer."""
    return [finding.message for finding in check.findings]


def judge(loss: Value, key: Any, answer: Any) -> Finding:
    [finding] = check_derivation(loss, {key: answer}).findings
    return finding


# The worked example of the notes.


@pytest.mark.parametrize("loss", ["squared_error", "binary nodes"])
def test_the_errata_of_the_notes(loss: str) -> None:
    check = check_derivation(network(loss), {"w212": -0.065, "w131": 0.001595})
    w212, w131 = check.findings
    assert not check
    assert w212.verdict is w131.verdict is Verdict.MISSING_PATHS
    assert w212.message.startswith("1 of 2 paths was followed: each softmax output")
    assert w131.message.startswith("2 of 4 paths were followed: each softmax output")
    [missing] = [path.nodes for path in w212.paths]
    assert [node.label for node in missing][-3:] == ["ŷ2", "a21", "w212"]
    routes = {tuple(node.label for node in path.nodes[-5:-3]) for path in w131.paths}
    assert routes == {("ŷ1", "a22"), ("ŷ2", "a21")}
    assert w131.others  # the same number comes from following ŷ1 alone, for one
    if loss == "squared_error":
        assert "missing: L → ŷ2 → a21 → w212: (0.4593)·(-0.1769)·(0.8022) = -0.06519" in str(check)


@pytest.mark.parametrize(
    ("label", "answer"),
    [
        ("w212", -0.130377),
        ("w212", -0.13),
        ("w212", "-0.1304"),
        ("w212", "−0.13"),
        ("w212", Decimal("-0.130")),
        ("w212", "-2(1 - ŷ1)*ŷ1*(1 - ŷ1)*h12 - 2(0 - ŷ2)(-ŷ1·ŷ2) h12".replace(" h", "*h")),
        ("w212", "2 * -0.46 * 0.1771 * 0.8"),
        ("w131", 0.003159),
        ("w131", 0.0032),
        ("w131", "2(-0.00319 + 0.004785)"),
    ],
)
def test_the_corrected_answers_are_right(label: str, answer: Any) -> None:
    assert check_derivation(network(), {label: answer})


def test_gradients_are_left_alone() -> None:
    loss = network()
    loss.backward()
    before = {node: node.grad for node in ag.topological_order(loss)}
    check_derivation(loss, {"w212": -0.065, "w131": 1.0})
    assert {node: node.grad for node in ag.topological_order(loss)} == before


# Digits.


def slope(gradient: float) -> Value:
    """A loss whose gradient for the label w is this number, along one path."""
    [w] = labelled(w=1.0)
    return named("L", w * gradient)


@pytest.mark.parametrize(
    ("gradient", "answer", "verdict"),
    [
        (0.130377, 0.130377, Verdict.RIGHT),
        (0.130377, 0.13038, Verdict.ROUNDED),
        (0.130377, 0.13, Verdict.ROUNDED),
        (0.130377, 0.131, Verdict.CLOSE),  # the factor rounded to 0.130 ± 0.001
        (0.130377, 0.132, Verdict.NOT_THE_GRADIENT),  # 1.2 % off, by no rounding
        (0.130377, 0.135, Verdict.NOT_THE_GRADIENT),  # 3.5 %
        (0.130377, 0.1304001, Verdict.NOT_THE_GRADIENT),  # seven digits say more than that
        (0.130377, 0.1, Verdict.TOO_FEW_DIGITS),
        (0.1299, "0.13", Verdict.ROUNDED),
        (0.13004, "0.13000", Verdict.NOT_THE_GRADIENT),
        (0.13004, "0.1300", Verdict.ROUNDED),
        (8.3, 8, Verdict.ROUNDED),
        (2.3, 2, Verdict.TOO_FEW_DIGITS),
        (100.9, 102, Verdict.NOT_THE_GRADIENT),  # a whole number is no decimal that was rounded
        (0.1 + 0.2, 0.3, Verdict.RIGHT),
        (0.0004, "0.000", Verdict.ROUNDED),
        (0.0, 0, Verdict.RIGHT),
        (0.0, -0.0, Verdict.RIGHT),
        (1e-12, 2e-12, Verdict.NOT_THE_GRADIENT),
        (math.inf, math.inf, Verdict.RIGHT),
        (math.nan, math.nan, Verdict.RIGHT),
        (math.inf, 1.0, Verdict.NOT_THE_GRADIENT),
        (math.inf, -math.inf, Verdict.NOT_THE_GRADIENT),
        (2.0, math.nan, Verdict.NOT_THE_GRADIENT),
        (0.25, Fraction(1, 4), Verdict.RIGHT),
        (0.2501, Fraction(1, 4), Verdict.NOT_THE_GRADIENT),  # a fraction is exact
        (0.065, np.float32(0.065), Verdict.RIGHT),
        (0.065, lambda: 0.065, Verdict.RIGHT),
        (0.065, lambda: Value(0.065), Verdict.RIGHT),
        (0.065, Value(0.065), Verdict.RIGHT),
    ],
)
def test_tolerance_follows_the_digits(gradient: float, answer: Any, verdict: Verdict) -> None:
    assert judge(slope(gradient), "w", answer).verdict in (
        [verdict]
        if verdict is not Verdict.NOT_THE_GRADIENT
        else {each for each in Verdict if not each.is_right} - {Verdict.TOO_FEW_DIGITS}
    )


def test_close_needs_rounding_on_the_way() -> None:
    p, q, r = labelled(p=0.377, q=0.1234, r=7.77)
    loss = named("L", p * q * r * r)  # ∂L/∂r = 2·p·q·r = 0.72296
    by_hand = judge(loss, "r", "0.727")  # 2·0.38·0.123·7.77 = 0.7263
    assert (by_hand.verdict, by_hand.is_right) == (Verdict.CLOSE, True)
    assert by_hand.headline == "~ r: 0.727: close, rounded on the way; the gradient is 0.7229"
    assert by_hand.message.startswith("within 2 %, as when intermediate results are rounded")
    formula = judge(loss, "r", "2*0.38*0.123*7.77")
    assert formula.verdict is Verdict.CLOSE
    assert check_derivation(loss, {"r": "0.727"})
    # Where all numbers on the way have as few digits, nothing is rounded.
    x, y = labelled(x=4.0, y=5.0)
    exact = judge(named("L", x * x * y / 2), "x", "20.4")
    assert (exact.verdict, exact.is_right) == (Verdict.NOT_THE_GRADIENT, False)
    assert exact.headline == "✗ x: 20.4: not the gradient; the gradient is 20"
    assert exact.message == "close, but off by 2 %: rounding on the way does not explain it"
    assert not judge(named("L", x * x * y / 2), "x", "20.4*1.0").is_right


def test_the_rounded_answers_of_the_notes_keep_their_verdicts() -> None:
    answers = {"w212": ("-0.13", "-0.065"), "w131": ("0.0032", "0.001595")}
    for label, (right, wrong) in answers.items():
        assert judge(network(), label, right).verdict is Verdict.ROUNDED
        assert judge(network(), label, wrong).verdict is Verdict.MISSING_PATHS


@pytest.mark.parametrize(
    ("answer", "headline"),
    [
        ("20.0000001", "✗ w: 20.0000001: not the gradient; the gradient is 20.0000000"),
        ("20 + 1e-7", "✗ w: 20 + 1e-7 = 20.0000001: not the gradient; the gradient is 20.0000000"),
        ("20.4", "✗ w: 20.4: not the gradient; the gradient is 20"),
        (20.00000003, "✗ w: 20.00000003: not the gradient; the gradient is 20.00000000"),
    ],
)
def test_the_gradient_has_as_many_digits_as_the_answer(answer: Any, headline: str) -> None:
    assert judge(slope(20.0), "w", answer).headline == headline


def test_a_right_answer_of_terms_that_cancel() -> None:
    (x,) = labelled(x=1.0)
    loss = x * 1e9 + x * 0.1 - x * 1e9
    assert judge(loss, "x", "0.10000000000").verdict is Verdict.RIGHT
    assert judge(loss, "x", "0.1010000").verdict is not Verdict.RIGHT


@given(st.floats(-1e6, 1e6).filter(lambda g: abs(g) > 1e-6), st.integers(2, 15))
def test_every_correct_rounding_is_right(gradient: float, digits: int) -> None:
    assert check_derivation(slope(gradient), {"w": f"{gradient:.{digits - 1}e}"})
    if abs(gradient) < 1:  # else digits before the point may be zeros that no float can tell
        assert check_derivation(slope(gradient), {"w": float(f"{gradient:.{digits}g}")})


# A formula is an identity, and not its number at one point.


def product(**numbers: float) -> Value:
    a, b = labelled(**numbers)
    return named("L", a * b)


def square(x: float) -> Value:
    [leaf] = labelled(x=x)
    return named("L", leaf * leaf)


def neuron(w: float, x: float) -> Value:
    weight, point = labelled(w=w, x=x)
    return named("L", 3 * named("h", ag.sigmoid(named("a", weight * point))))


def ridge() -> Value:
    [w] = labelled(w=1.3)
    h = named("h", w * 0.7)
    return named("L", 0.5 * (h - 0.2) ** 2 + 0.002 * w**2)


@pytest.mark.parametrize(
    ("loss", "label", "right", "wrong"),
    [
        (square(2.0), "x", ["2x", "x + x", "4", "2*x**1"], ["x^2", "x + 2", "x**x", "4*x - 4"]),
        (product(w=1.0, x=1.0), "w", ["x", "1", "x*w/w"], ["w", "x^2", "1/x", "w*x"]),
        (product(x1=0.0, x2=0.0), "x1", ["x2", "0"], ["x1", "x2^2", "x1*x2"]),
        (neuron(0.0, 2.0), "a", ["3h(1 - h)", "3*(h - h²)", "3*σ(a)*(1 - σ(w*x))"], ["3h*h"]),
        (neuron(0.0, 2.0), "w", ["3h(1 - h)*x"], ["3h*h*x", "3*h*(1-h)*(x+w)"]),
        (neuron(0.3, 1.0), "h", ["3", "3*x/x"], ["3*x"]),
        (
            ridge(),
            "w",
            ["0.5*2*(h-0.2)*0.7 + 0.002*2*w", "0.7*(0.7*w - 0.2) + 0.004w", "0.503*0.99"],
            ["0.5*2*(h-0.2)*0.7", "(h - 0.2)*0.7 + 0.002*w"],
        ),
        (network(), "a22", ["2*0.2297*0.7703*0.2297 + 2*0.2297*ŷ2*(1 - ŷ2)"], []),
        (network(), "ŷ1", ["-2(1 - ŷ1)", "-2ŷ2"], ["2ŷ2"]),
    ],
)  # fmt: skip
def test_a_formula_is_an_identity(
    loss: Value, label: str, right: list[str], wrong: list[str]
) -> None:
    for formula in right:
        assert judge(loss, label, formula).is_right, str(judge(loss, label, formula))
    for formula in wrong:
        assert not judge(loss, label, formula).is_right, str(judge(loss, label, formula))


def test_a_formula_that_is_right_only_here_is_told_where_it_is_not() -> None:
    finding = judge(square(2.0), "x", "x^2")
    assert finding.verdict is Verdict.ONLY_HERE
    difference, cause = finding.message.splitlines()
    assert difference == "at x = 2.00214 it is 4.0085646, and the derivative is 4.00428"
    assert cause == "it is the value of L itself: here the number is the same"


def test_a_formula_that_is_right_only_here_gets_its_cause() -> None:
    finding = judge(product(w=1.5, x=1.5), "w", "w")
    assert finding.verdict is Verdict.ONLY_HERE
    assert "w = 1.5 was taken for x" in "\n".join([finding.message, *finding.others])


def test_what_is_right_only_here_passes_no_wrong_number_on() -> None:
    loss = neuron(0.0, 2.0)
    check = check_derivation(loss, {"a": "3h*h", "w": "3h*h*x"})
    assert [finding.verdict for finding in check.findings] == [Verdict.ONLY_HERE] * 2
    assert all(finding.follows_from == () for finding in check.findings)


def test_nodes_made_by_hand_are_compared_at_their_numbers() -> None:
    [x] = labelled(x=3.0)
    finding = judge(Value(9.0, [x], [6.0], label="L"), "x", "2*x")
    assert finding.is_right
    assert "compared at these numbers only" in finding.message


@pytest.mark.parametrize(
    ("build", "low", "high"),
    [
        (lambda x: ag.relu(x) * 3, 0, 3),
        (lambda x: abs(x), -1, 1),
        (lambda x: ag.max([x, x * 2]), 1, 2),
    ],
)
def test_at_a_kink_every_slope_between_the_sides_is_right(
    build: Callable[[Value], Value], low: float, high: float
) -> None:
    [x] = labelled(x=0.0)
    loss = named("L", build(x))
    for answer in (low, high, (low + high) / 2):
        finding = judge(loss, "x", answer)
        assert finding.is_right, str(finding)
    assert not judge(loss, "x", high + 0.5).is_right
    assert not judge(loss, "x", low - 0.5).is_right
    said = [judge(loss, "x", answer).message for answer in (low, high)]
    assert any("convention" in message for message in said)


def test_zero_is_no_rounding_of_what_is_not_nearly_zero() -> None:
    for gradient in (0.5, 0.3, 0.04):
        for answer in ("0", 0, "0.0", "-0"):
            assert not judge(slope(gradient), "w", answer).is_right
    assert judge(slope(0.0), "w", "0").verdict is Verdict.RIGHT


def test_a_mistake_that_leads_just_there_is_likelier_than_a_rounding_to_a_whole_number() -> None:
    [x] = labelled(x=1.0)
    loss = named("L", 3 * x + 0.1 * x)
    finding = judge(loss, "x", 3)
    assert finding.verdict is Verdict.OVERWRITTEN
    assert "the gradient, rounded to a whole number" in finding.others
    rounded = judge(named("L", 3.2 * x + 0.004 * x), "x", "3.2")
    assert rounded.verdict is Verdict.ROUNDED
    assert rounded.others[0].startswith("a mistake, exactly: ")


def test_arithmetic_on_rounded_numbers_is_close() -> None:
    assert judge(network(), "w212", -2 * 0.46 * 0.1771 * 0.8).verdict is Verdict.CLOSE
    assert judge(network(), "w212", -0.13037 * 1.03).verdict is Verdict.NOT_THE_GRADIENT


# Diagnoses: for each a graph, the node, the wrong answer, the verdict, and words of the message.


def one_neuron() -> Value:
    x, w, b, t = labelled(x=2.0, w=0.7, b=-0.3, t=0.25)
    a = named("a", w * x + b)
    h = named("h", ag.tanh(a))
    return named("L", (h - t) ** 2)


H, A = math.tanh(1.1), 1.1
UPSTREAM = 2 * (H - 0.25)


def square_of_exp() -> Value:
    [x] = labelled(x=0.8)
    return named("L", ag.exp(x * x))


def mean_of_squares() -> Value:
    (w,) = labelled(w=1.5)
    return named("L", ag.mean([(w * x - t) ** 2 for x, t in [(1, 2), (2, 1), (3, 7), (-1, 0.3)]]))


MEAN = sum(2 * (1.5 * x - t) * x for x, t in [(1, 2), (2, 1), (3, 7), (-1, 0.3)]) / 4


def matrix() -> Value:
    W = [
        [Value(w, label=f"W[{i}][{j}]") for j, w in enumerate(row)]
        for i, row in enumerate([[0.3, -0.7], [1.1, 0.4]])
    ]
    x = labelled(p=1.3, q=-0.6)
    return named(
        "L", ag.sum([ag.tanh(ag.dot(row, x)) * c for row, c in zip(W, [1.7, 0.9], strict=True)])
    )


def gradient(loss: Value, label: str) -> float:
    [node] = [node for node in ag.topological_order(loss) if node.label == label]
    return ag.gradients(loss, [node])[0]


def many_uses() -> Value:
    [x] = labelled(x=1.3)
    return named("L", ag.sum([named("u", x * 2.1), named("v", x * 3.7), named("s", ag.sin(x))]))


def negated() -> Value:
    x, y = labelled(x=1.3, y=0.4)
    return named("L", named("d", y - x) * 2.7 + named("e", ag.exp(x)) * 0.31)


def root_and_cube() -> Value:
    x, y = labelled(x=0.6, y=0.9)
    return named("L", 1.7 * (named("h", ag.sqrt(x)) + named("k", y**3)))


def neuron_with_a_gain() -> Value:
    w, x, b, c = labelled(w=0.7, x=1.3, b=-0.3, c=0.44)
    return named("L", ag.tanh(named("a", ag.dot([w], [x], b))) * named("d", c * 2.1))


GAIN = 2.1 * 0.44 * (1 - math.tanh(0.7 * 1.3 - 0.3) ** 2)


@pytest.mark.parametrize(
    ("build", "label", "answer", "verdict", "words"),
    [
        (one_neuron, "w", -UPSTREAM * (1 - H * H) * 2, Verdict.WRONG_SIGN, "the sign"),
        (one_neuron, "t", UPSTREAM, Verdict.WRONG_SIGN, "a minus comes from ∂(h - t)/∂t = -1"),
        (one_neuron, "w", UPSTREAM * 2, Verdict.FACTOR, "∂h/∂a = 0.3592 was forgotten"),
        (one_neuron, "w", UPSTREAM * (1 - H * H) ** 2 * 2, Verdict.FACTOR, "was used twice"),
        (one_neuron, "w", (1 - H * H) * 2, Verdict.FACTOR, "∂L/∂(h - t) = 1.101 was forgotten"),
        (one_neuron, "w", 2, Verdict.FACTOR, "the upstream ∂L/∂a = 0.3955 was forgotten"),
        (one_neuron, "w", UPSTREAM * (1 - A * A) * 2, Verdict.WRONG_OPERAND, "not 1 - a²"),
        (one_neuron, "w", UPSTREAM * (1 - H) * 2, Verdict.WRONG_OPERAND, "not 1 - h ="),
        (one_neuron, "w", UPSTREAM * (1 - H * H) * 0.7, Verdict.WRONG_OPERAND, "(x), not w"),
        (one_neuron, "b", UPSTREAM * (1 - H * H) / 2, Verdict.SCALE, "of the square was forgotten"),
        (one_neuron, "b", UPSTREAM * (1 - H * H) * 2, Verdict.SCALE, "the square was used twice"),
        (one_neuron, "b", UPSTREAM, Verdict.FACTOR, "∂h/∂a"),
        (one_neuron, "x", UPSTREAM * (1 - H * H) * 2, Verdict.WRONG_OPERAND, "(w), not x"),
        (square_of_exp, "x", 0.64 * 1.6, Verdict.WRONG_OPERAND, "(L), not x·x = 0.64"),
        (square_of_exp, "x", math.exp(0.64) * 0.8, Verdict.OVERWRITTEN, "x is used 2 times"),
        (mean_of_squares, "w", MEAN * 4, Verdict.SCALE, "the 1/4 of the mean was forgotten"),
        (mean_of_squares, "w", MEAN / 4, Verdict.SCALE, "the 1/4 of the mean was used twice"),
        (mean_of_squares, "w", MEAN / 2, Verdict.SCALE, "the factor 2 of the square was forgotten"),
        (many_uses, "x", 3.7, Verdict.OVERWRITTEN, "1 of 3 paths was followed: x is used"),
        (many_uses, "x", 5.8, Verdict.MISSING_PATHS, "2 of 3 paths were followed: those through s"),
        (many_uses, "x", 2.1 - 3.7 + math.cos(1.3), Verdict.WRONG_SIGN, "∂v/∂x = 3.7"),
        (many_uses, "x", 5.8 + math.sin(1.3), Verdict.WRONG_OPERAND, "(cos(x)), not s = 0.9636"),
        (many_uses, "x", 0, Verdict.MISSING_PATHS, "0 of 3 paths were followed"),
        (negated, "x", 2.7 + math.exp(1.3) * 0.31, Verdict.WRONG_SIGN, "∂d/∂x = -1"),
        (negated, "x", -2.7 + 1.3 * 0.31, Verdict.WRONG_OPERAND, "(e), not x = 1.3"),
        (matrix, "W[0][1]", gradient(matrix(), "W[1][0]"), Verdict.TRANSPOSED, "of W[1][0]"),
        (network, "w121", gradient(network(), "w112"), Verdict.TRANSPOSED, "gradient of w112"),
        (matrix, "W[0][1]", gradient(matrix(), "p"), Verdict.OTHER_NODE, "∂L/∂p"),
        (one_neuron, "w", 123.456789, Verdict.NOT_THE_GRADIENT, "the sum over 1 path"),
        (root_and_cube, "x", 1.7 * 2 * math.sqrt(0.6), Verdict.WRONG_OPERAND, "not 2·h = 1.549"),
        (root_and_cube, "y", 1.7 * 0.9**3 / 3, Verdict.WRONG_OPERAND, "(3·y²), not k/3 = 0.243"),
        (neuron_with_a_gain, "b", GAIN * 0.44, Verdict.FACTOR, "the factor c is one too many"),
        (neuron_with_a_gain, "b", GAIN * 0.4321, Verdict.NOT_THE_GRADIENT, "the sum over 1 path"),
    ],
)  # fmt: skip
def test_diagnoses(
    build: Callable[[], Value], label: str, answer: float, verdict: Verdict, words: str
) -> None:
    finding = judge(build(), label, answer)
    assert (finding.verdict, words in finding.message) == (verdict, True), str(finding)
    assert not finding.is_right


WITH_MISTAKES = [op for op in TABLE.values() if mistaken_of(op) is not None]


@pytest.mark.parametrize("op", WITH_MISTAKES, ids=lambda op: op.name)
def test_a_mistaken_rule_is_what_its_words_say(op: Primitive) -> None:
    """The words are a formula: what does it give, and is that another number?"""
    node, operands = _applied(op)
    checked = 0
    for key, rule in mistaken_rules(node):
        if not isinstance(key, int):  # of any op, and perhaps its own rule
            continue
        wrong = by_rule(Case(node, operands[0], Point([node], {node: 1.0})), node, rule)
        for position, local in enumerate(wrong):
            if not math.isfinite(local):
                continue
            words = local_derivative_text(node, position, rule).replace("ŷ₁", "(e^a/(e^a + e^b))")
            words = words.replace("ŷ₂", "(e^b/(e^a + e^b))")
            finding = judge(named("L", node * 1.0), operands[position], words)
            # Numbers in the words have six digits.
            assert math.isclose(finding.number, local, rel_tol=1e-6), (words, local)
            checked += 1
        right = node.local_derivatives
        assert any(abs(a - b) > 1e-6 for a, b in zip(wrong, right, strict=True)), (key, wrong)
    assert checked > 0


def test_an_op_of_a_users_own_may_say_what_its_derivatives_are_taken_for() -> None:
    cube = ag.primitive(
        "cube",
        lambda m, x: x * x * x,
        lambda m, y, x: (3 * x * x,),
        mistaken=lambda m, y, x: [(x * x * m.exp2(x),)],
    )
    [x] = labelled(x=1.3)
    finding = judge(named("L", 2.7 * cube(x) + 0.77 * x), "x", 2.7 * 1.69 * 2**1.3 + 0.77)
    assert finding.verdict is Verdict.WRONG_OPERAND
    assert finding.message.endswith("5.07 (3·x²), not x²·2ˣ = 4.161")


def _applied(op: Primitive) -> tuple[Value, list[Value]]:
    """A node that an op made of labelled Values, which are where it is told from its mistakes."""
    a, b, c, d = operands = labelled(a=0.6, b=1.7, c=0.83, d=0.37)
    if op is ops.dot:
        return ag.dot([a, b], [c, d]), operands
    if op is ops.squared_error:
        return ag.squared_error([a, b], [c, d]), operands
    if op is ops.softmax:
        return ag.softmax([a, b])[0], [a, b]
    if op is ops.cross_entropy:
        return ag.cross_entropy([a, b], 1), [a, b]
    if op is ops.power_of:
        return a**3, [a]
    if op in (ops.norm, ops.hypot):
        return ag.norm(operands) if op is ops.norm else ag.hypot(*operands), operands
    made = ag.Value._apply(a, op, operands[: op.value.__code__.co_argcount - 1])
    return made, list(made.parents)


@pytest.mark.parametrize("exponent", [3, -2, 0.5])
def test_the_exponent_of_a_power_is_forgotten_or_used_twice(exponent: float) -> None:
    [x] = labelled(x=1.3)
    loss = named("L", 2.7 * x**exponent + 0.77 * x)
    slope = 2.7 * 1.3 ** (exponent - 1)
    for answer, was in ((slope, "forgotten"), (slope * exponent**2, "used twice")):
        finding = judge(loss, "x", answer + 0.77)
        assert finding.verdict is Verdict.SCALE
        assert finding.message == f"the exponent {exponent:g} in front of the power was {was}"


def test_the_derivative_by_a_bias_is_taken_for_the_bias() -> None:
    w, x, b = labelled(w=0.7, x=1.9, b=0.43)
    loss = named("L", 3.3 * ag.dot([w], [x], b))
    finding = judge(loss, "b", 3.3 * 0.43)
    assert finding.message == "the wrong operand: ∂(w·x + b)/∂b = 1 (1), not b = 0.43"
    assert judge(loss, "w", 3.3 * 0.7).verdict is Verdict.WRONG_OPERAND


def test_a_factor_of_the_rule_is_likelier_than_the_gradient_of_a_transposed_weight() -> None:
    w12, w21 = labelled(w12=0.3, w21=0.4)
    loss = named("L", (2 * w12 + w21 - 1.7) ** 2)
    half = ag.gradients(loss, [w12])[0] / 2
    assert half == ag.gradients(loss, [w21])[0]
    finding = judge(loss, "w12", half)
    assert finding.verdict is Verdict.SCALE
    assert "it is the gradient of w21, not of w12" in finding.others


@pytest.mark.parametrize("build", [one_neuron, square_of_exp, mean_of_squares, many_uses, matrix])
def test_no_diagnosis_of_a_right_answer(build: Callable[[], Value]) -> None:
    loss = build()
    for node in ag.topological_order(loss):
        if node.label:
            finding = judge(loss, node, ag.gradients(loss, [node])[0])
            assert (finding.verdict, finding.message, finding.paths) == (Verdict.RIGHT, "", ())


@pytest.mark.parametrize("op", ["softmax", "**n", "*", "/", "dot", "mean", "squared_error", "exp"])
def test_nodes_made_by_hand_may_have_any_name(op: str) -> None:
    [x] = labelled(x=3.0)
    loss = Value(9.0, [x], [6.0], op=op, label="L") + x**0
    assert judge(loss, "x", 6).is_right
    assert judge(loss, "x", -6).verdict is Verdict.WRONG_SIGN
    assert judge(loss, "x", 17.77).verdict is Verdict.NOT_THE_GRADIENT


def test_the_value_in_place_of_the_derivative() -> None:
    """The notes once set ∂L/∂ŷ₁ equal to the loss."""
    [x] = labelled(x=2.5)
    finding = judge(named("L", ag.squared_error([x], [1.0])), "x", "(1 - x)²")
    assert (finding.verdict, finding.message) == (Verdict.VALUE, "it is the value of L itself")
    assert finding.others == ()
    loss = network()
    finding = judge(loss, "ŷ1", loss.data)
    assert finding.verdict is Verdict.VALUE
    # Its own term of the sum, and what follows when the chain rule goes on from there.
    assert judge(loss, "ŷ1", "(1 - ŷ1)²").message.endswith("(-2(1 - ŷ1)), not (1 - ŷ1)² = 0.05275")
    finding = judge(loss, "w212", "L*ŷ1*(1 - ŷ1)*h12 + 2*ŷ2*(-ŷ1*ŷ2)*h12")
    assert finding.message.endswith("∂L/∂ŷ1 = -0.4593 (-2(1 - ŷ1)), not L = 0.1055")
    # The value of a node on the way, or of the node itself.
    a, x = labelled(a=0.7, x=1.9)
    loss = named("L", named("u", ag.sin(a * x)) * 3.3 + x)
    assert judge(loss, "a", "u").message == "it is the value of u itself"
    assert judge(loss, "a", "a").message == "it is the value of a itself"


def test_cross_entropy_as_one_node() -> None:
    logits = labelled(a1=1.0, a2=0.5, a3=-1.0)
    loss, p = named("L", ag.cross_entropy(logits, 1)), ag.softmax([v.data for v in logits])
    assert check_derivation(loss, {"a1": p[0], "a2": p[1] - 1})
    assert judge(loss, "a2", p[1]).message.endswith("(ŷ₂ - 1), not ŷ₂ = 0.3482")
    assert judge(loss, "a2", -1 / p[1]).message.endswith("not -1/ŷ₂ = -2.872")
    assert judge(loss, "a2", loss.data).verdict is Verdict.VALUE


def test_the_inner_derivative_forgotten() -> None:
    finding = judge(square_of_exp(), "x", "exp(x²)")
    assert finding.verdict is Verdict.FACTOR
    assert finding.message == "the inner derivative ∂(x·x)/∂x = 1.6 was forgotten"


def test_what_fits_as_well_says_something_else() -> None:
    # Either use of x in x·x would do, but that is said once.
    finding = judge(square_of_exp(), "x", "x*exp(x²)")
    assert finding.message == (
        "1 of 2 paths was followed: x is used 2 times, but only its use in x·x was counted"
    )
    assert finding.others == ("the factor 2 of the square was forgotten",)
    # That only the paths through p·q were followed is the same again, and a factor 1 is no factor.
    p, q = labelled(p=2.1, q=3.7)
    finding = judge(named("L", p * q + p), "p", "q")
    assert finding.verdict is Verdict.OVERWRITTEN
    assert finding.others == ()
    # The two ways to leave out half of the paths of the notes come to the same products.
    w212, w131 = check_derivation(network(), {"w212": -0.065188353, "w131": 0.00157968}).findings
    assert w212.others[0] == "the factor 2 of the square was forgotten"
    assert not any("paths" in other for other in w131.others)


def test_any_set_of_few_paths_is_found() -> None:
    [x] = labelled(x=1.0)
    loss = named("L", ag.sum([x * number for number in (1.17, 2.41, 4.83, 9.71, 19.3)]))
    finding = judge(loss, "x", 2.41 + 9.71 + 19.3)
    assert finding.message.startswith("3 of 5 paths were followed")
    assert sorted(path.product for path in finding.paths) == [1.17, 4.83]


def test_few_digits_are_not_explained_by_chance() -> None:
    """Of 4,096 sets of paths some sum to nearly anything: that is no diagnosis."""
    [x] = labelled(x=1.0)
    loss = named("L", ag.sum([x * (1 + math.sin(i)) for i in range(12)]))
    assert judge(loss, "x", 5.3).verdict is Verdict.NOT_THE_GRADIENT
    exact = sum(1 + math.sin(i) for i in (0, 2, 3, 7, 11))
    assert judge(loss, "x", exact).verdict is Verdict.MISSING_PATHS


def test_a_hint_shows_the_largest_paths() -> None:
    finding = judge(many_uses(), "x", 777.123)
    assert [path.product for path in finding.paths] == [3.7, 2.1, math.cos(1.3)]
    assert "path: L → v → x: (3.7) = 3.7" in str(finding)


def test_more_paths_than_anyone_can_follow() -> None:
    [x] = labelled(x=1.0)
    ys = [x]
    for _ in range(120):
        ys.append(ys[-1] + ys[-1])
    y = ys[60]
    finding = judge(y, x, 1234.5)
    # Twice as many nodes are 2**60 times as many paths, and twice the work.
    assert lines_run(judge, ys[-1], x, 1234.5) < 3 * lines_run(judge, y, x, 1234.5)
    assert finding.verdict is Verdict.NOT_THE_GRADIENT
    assert f"{2**60:,} paths" in finding.message
    half = judge(y, x, float(2**59))
    assert half.verdict is not Verdict.NOT_THE_GRADIENT


def test_a_deep_graph() -> None:
    [x] = labelled(x=1.0)
    y = x
    for _ in range(21_000):
        y = y + 0.001
    assert check_derivation(y, {x: 1.0})
    assert judge(y, x, -1.0).verdict is Verdict.WRONG_SIGN
    finding = judge(y, x, 17.25)
    assert "only the simplest mistakes were tried" in finding.message
    assert len(str(finding)) < 2000


# Who is asked about.


def test_keys_may_be_labels_with_subscripts() -> None:
    [x] = labelled(x1=3.0)
    assert check_derivation(x * x, {"x₁": 6})


def test_an_unknown_label() -> None:
    with pytest.raises(
        LabelError, match="no node of the graph is called 'w221x'; did you mean 'w22"
    ):
        check_derivation(network(), {"w221x": 1})
    with pytest.raises(LabelError, match=r"no node of the graph has a label.*name_values"):
        check_derivation(Value(1.0) * 2, {"w": 1})


def test_an_ambiguous_label() -> None:
    a, b = Value(2.0, label="w"), Value(3.0, label="w")
    with pytest.raises(LabelError, match="2 nodes are called 'w'"):
        check_derivation(a * b, {"w": 1})
    assert check_derivation(a * b, {a: 3, b: 2})


def test_a_node_outside_the_graph() -> None:
    x, u = labelled(x=1.0, u=2.0)
    loss = named("L", x * 2)
    assert check_derivation(loss, {u: 0})
    finding = judge(loss, u, 1.5)
    assert not finding.is_right
    assert finding.message == "L does not depend on it: it is not in the graph"


@pytest.mark.parametrize("loss", [Value(3.0, label="L"), one_neuron()])
def test_the_loss_itself(loss: Value) -> None:
    assert check_derivation(loss, {loss: 1})
    assert not check_derivation(loss, {loss: 7.5})


@pytest.mark.parametrize("answer", [None, [1.0], True, 1j, {}, b"1", lambda: "x", lambda: None])
def test_answers_that_are_none(answer: Any) -> None:
    if callable(answer) and answer() == "x":
        assert judge(slope(1.0), "w", lambda: "w/w").is_right  # a function may return a formula
        return
    with pytest.raises(OperandError, match="the answer for w must be a number, a formula"):
        judge(slope(1.0), "w", answer)


@pytest.mark.parametrize(
    ("loss", "answers"), [(3.0, {"w": 1}), (Value(1.0), {}), (Value(1.0), 3), (Value(1.0), {3: 1})]
)
def test_wrong_arguments(loss: Any, answers: Any) -> None:
    with pytest.raises(OperandError):
        check_derivation(loss, answers)


def test_the_mistakes_of_functions_are_not_hidden() -> None:
    with pytest.raises(ZeroDivisionError):
        judge(slope(1.0), "w", lambda: 1 / 0)


def test_a_formula_error_names_the_answer() -> None:
    finding = judge(slope(1.0), "w", "2*v")
    assert (finding.verdict, finding.is_right) == (Verdict.UNREADABLE, False)
    assert re.match(r"the answer for w: no node .* 'v'", finding.message)


def test_an_answer_that_cannot_be_read_is_one_finding_with_its_caret() -> None:
    w, x = labelled(w=2.0, x=3.0)
    check = check_derivation(w * x, {w: "x +", "x": "w"})
    unreadable, right = check.findings
    ends = "the formula ends where a number, a name or a parenthesis must follow"
    assert str(check).splitlines()[1:] == [
        "✗ w: x +: can't be read",
        f"    the answer for w: {ends}",
        "        x +",
        "           ^",
        "✓ x: w = 2: right",
    ]
    assert unreadable.verdict is Verdict.UNREADABLE
    assert right.is_right


# More names for formulas.


def test_formulas_may_use_more_names() -> None:
    a = labelled(a1=1.0, a2=0.5)
    loss, p = named("L", ag.cross_entropy(a, 0)), ag.softmax(a)
    answers = {"a1": "-(1 - p1)", "a2": "-(t - p2)"}
    assert check_derivation(loss, answers, names={"p1": p[0], "p2": p[1], "t": 0})
    for finding in check_derivation(loss, answers).findings:
        assert finding.verdict is Verdict.UNREADABLE
        assert "no node of the graph is called " in finding.message


def test_names_may_be_lists_and_labels() -> None:
    a = labelled(a1=1.0, a2=0.5)
    loss, p, y = named("L", ag.cross_entropy(a, 0)), ag.softmax(a), [1, Fraction(0)]
    names = {"p": p, "y": (y, [y]), "other": "text", "np": np, "n": np.float64(3)}
    assert check_derivation(loss, {"a1": "-(y[0][0] - p[0])", "a2": "p[1] + n*0"}, names=names)
    name = {f"ŷ{i}": named(f"ŷ{i}", output) for i, output in enumerate(p, 1)}
    assert check_derivation(loss, {"a1": "-(1 - ŷ₁)", "a2": "ŷ2"}, names={"output": p})
    assert check_derivation(loss, {"a1": "-(1 - ŷ₁)", "a2": "ŷ2"}, names=name)
    y.append(y)  # type: ignore[arg-type]
    assert check_derivation(loss, {"a1": "-(y[2][0] - ŷ1)"}, names={"both": [y, p], "y": y})
    unreadable: list[tuple[str, dict[str, Any], str]] = [
        ("y[9]", {"y": y}, "no node of the graph is called 'y[9]'"),
        ("ŷ1", {"p": p, "q": Value(0.5, label="ŷ1")}, "2 nodes are called 'ŷ1'"),
    ]
    for formula, names, problem in unreadable:
        [finding] = check_derivation(loss, {"a1": formula}, names=names).findings
        assert finding.verdict is Verdict.UNREADABLE
        assert problem in finding.message


def test_outputs_of_a_softmax_that_the_loss_does_not_need_are_called_by_their_places() -> None:
    a = labelled(a1=0.3, a2=-0.5, a3=1.0)
    for first, label in ((1, "ŷ{}"), (0, "p[{}]")):
        outputs = [named(label.format(i), p) for i, p in enumerate(ag.softmax(a), first)]
        loss = named("L", -ag.log(outputs[0]))
        second, third = label.format(first + 1), label.format(first + 2)
        assert check_derivation(loss, {"a2": second, "a3": f"{third} - 0"})
        assert judge(loss, "a3", f"{third} - 1").verdict is Verdict.WRONG_OPERAND
        assert judge(loss, "a2", f"-{second}").verdict is Verdict.WRONG_SIGN
        assert judge(loss, "a2", label.format(first + 3)).verdict is Verdict.UNREADABLE


@pytest.mark.parametrize("labels", [["p7"], ["p2"], ["p1", "q2"], ["p2", "p1"], ["p"]])
def test_where_labels_are_not_places_nothing_is_called_by_them(labels: list[str]) -> None:
    outputs = ag.softmax(labelled(a1=0.3, a2=-0.5, a3=1.0))
    used = [named(label, output) for label, output in zip(labels, outputs, strict=False)]
    loss = named("L", -ag.sum([ag.log(each) for each in used]))
    for name in ("p0", "p3", "p9", "q3"):
        assert judge(loss, "a2", name).verdict is Verdict.UNREADABLE


def test_a_variable_goes_before_an_output_that_the_loss_does_not_need() -> None:
    outputs = ag.softmax(labelled(a1=0.3, a2=-0.5))
    loss = named("L", -ag.log(named("p1", outputs[0])))
    [finding] = check_derivation(loss, {"a2": "p2"}, names={"p2": 0.25}).findings
    assert finding.number == 0.25


def test_labels_of_the_graph_go_before_other_names() -> None:
    (x,) = labelled(x=3.0)
    loss = x * x
    assert check_derivation(loss, {x: "2*x"}, names={"x": 5.0})
    assert find_derivations({"x": 5.0, "loss": loss, "derivation": {"x": "2*x"}})["derivation"]


@pytest.mark.parametrize("names", [None, [1.0], "p"])
def test_names_must_be_a_mapping(names: Any) -> None:
    (x,) = labelled(x=3.0)
    with pytest.raises(OperandError, match="names must be a dict"):
        check_derivation(x * x, {"x": 6}, names=names)


# Reports.


def test_a_report_keeps_to_its_lines() -> None:
    x = Value(3.0, label="a\nb")
    check = check_derivation(named("L\n", x * x), {x: "2 *\n3.5", "a\nb": 6})
    assert str(check).splitlines() == [
        "Derivation of L␊: 1 of 2 right",
        "✗ a␊b: 2 * 3.5 = 7: not the gradient; the gradient is 6",
        *(f"    {line}" for line in check.findings[0].details),
        "✓ a b: 6: right",
    ]


def test_report_in_words() -> None:
    [x] = labelled(x=3.0)
    loss = named("L", x * x)
    check = check_derivation(loss, {x: "2*x", loss: 1, "x": -6})
    assert str(check).splitlines() == [
        "Derivation of L: 2 of 3 right",
        "✓ x: 2*x = 6: right",
        "✓ L: 1: right",
        "✗ x: -6: wrong sign; the gradient is 6",
        "    the sign is wrong",
    ]


def test_reports_escape_what_users_wrote() -> None:
    x = Value(3.0, label="<b>x</b>|*[red]")
    check = check_derivation(named("<script>", x * x), {x: 5.123})
    page = check._repr_html_()
    assert "<script>" not in page
    assert "<b>x</b>" not in page
    assert "&lt;b&gt;x&lt;/b&gt;" in page
    markdown = check._repr_markdown_()
    assert "\\<script\\>" in markdown
    assert "\\|\\*\\[red\\]" in markdown
    text = check.__rich__()
    assert "<b>x</b>|*[red]: 5.123" in text.plain
    assert text.plain == str(check)


# What a program asks to be checked.


def test_derivations_of_a_program() -> None:
    [x] = labelled(x=3.0)
    kept = check_derivation(x * x, {x: 7})
    found = find_derivations(
        {"x": x, "L": x * x, "derivation": {x: 6}, "derivation_2": {"x": 5}, "kept": kept, "y": {}}
    )
    assert list(found) == ["derivation", "derivation_2", "kept"]
    assert [bool(check) for check in found.values()] == [True, False, False]
    assert [check.title for check in found.values()] == [
        "Derivation of x·x",
        "Derivation of x·x (derivation_2)",
        "Derivation of x·x (kept)",
    ]
    assert find_derivations({"x": x}) == {}


def test_derivations_of_a_program_may_use_its_variables() -> None:
    a = [Value(1.0), Value(0.5)]
    names = {"a": a, "p": ag.softmax(a), "y": [1, 0], "loss": ag.cross_entropy(a, 0)}
    ag.name_values(names)
    answers = {"a[0]": "-(y[0] - p[0])", "a[1]": "-(y[1] - p[1])"}
    assert find_derivations(names | {"derivation": answers})["derivation"]


def test_derivations_without_a_loss() -> None:
    with pytest.raises(LabelError, match="no Value called loss or L"):
        find_derivations({"derivation": {"x": 1}})


def test_a_formula_may_use_the_ops_of_the_users_own() -> None:
    """By the names that they were given, if no other function of formulas has that name."""
    cube = ag.primitive("cube", lambda m, x: x * x * x, lambda m, y, x: (3 * x * x,))
    theirs = ag.primitive("sigmoid", lambda m, x: 2.0 * x, lambda m, y, x: (2.0,))
    x = Value(2.0, label="x")
    assert check_derivation(cube(cube(x)), {"x": "3*cube(x)^2 · 3x²"})
    assert check_derivation(ag.sigmoid(x), {"x": "σ(x)(1 - sigmoid(x))"})
    finding = judge(theirs(x), "x", "sigmoid(x)")
    assert finding.verdict is Verdict.UNREADABLE
    assert "sigmoid is the name of several functions" in finding.message


def test_reprs_are_one_short_line() -> None:
    """Also of a check with many answers, and of an answer that is long."""
    loss = network()
    labels = [node.label for node in ag.topological_order(loss) if node.label and node is not loss]
    check = check_derivation(loss, dict.fromkeys(labels, " + ".join(["0.25*ŷ1"] * 40)))
    assert len(check.findings) > 20
    values = ag.check_values(loss, {"a1": [1.0, 2.0, 3.0, 4.0], "h11": 0.5})
    for shown in map(repr, [check, values, *check.findings, *values.findings]):
        assert "\n" not in shown
        assert len(shown) < 160
    assert repr(check).endswith(f" 0 of {len(labels)} right>")
