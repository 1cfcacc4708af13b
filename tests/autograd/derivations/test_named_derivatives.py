"""Chains of named derivatives, and equations: what is right, and which factor is wrong."""

import math
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import autograd as ag
from autograd import Value, Verdict, check_derivation
from autograd.derivations.derivation import Finding
from autograd.explanations.path_sums import Path, count_paths, paths
from tests.autograd.strategies import Expression, expressions
from tests.autograd.worked_network import WorkedNetwork


def judge(loss: Value, key: Any, answer: str, **options: Any) -> Finding:
    [finding] = check_derivation(loss, {key: answer}, **options).findings
    return finding


RIGHT = [
    ("w131", "(∂L/∂a21·∂a21/∂h13 + ∂L/∂a22·∂a22/∂h13)·∂h13/∂a13·x1"),
    ("w131", "∂L/∂h13 · ∂h13/∂a13 · ∂a13/∂w131"),
    ("w131", "dL/dh13 * dh13/da13 * x1"),
    ("w131", "dL/da13 da13/dw131"),
    ("w131", "∂a13/∂w131 · ∂h13/∂a13 · ∂L/∂h13"),
    ("w131", r"\frac{\partial L}{\partial h_{13}} \frac{\partial h_{13}}{\partial a_{13}} x_1"),
    ("w131", r"\frac{dL}{dh_{13}} \cdot \frac{dh_{13}}{dw_{131}}"),
    ("w131", "∂L/∂w131 = ∂L/∂h13·∂h13/∂a13·x1 = 0.003159"),
    ("w131", "dL/dw131 = ∇h13 · h13(1 - h13) · x1"),
    ("w131", "dw131 = 0.003159"),
    ("w131", "δL/δh13 · δh13/δa13 · x1"),
    ("w131", "𝜕L/𝜕h13 · 𝜕h13/𝜕a13 · x1"),
    ("w131", "(dL / dh13)(dh13 / da13)(da13 / dw131)"),
    ("w131", r"$\frac{\partial \mathcal{L}}{\partial h_{13}} h_{13} (1 - h_{13}) x_1$"),
    ("w131", r"\[ \nabla_{a_{13}} \mathscr{L} \; x_1 \approx 0.00316 \]"),
    ("w131", "3.159·10⁻³"),
    ("w131", "= 3.159E-3"),
    ("w131", "3.159 \\times 10^{-3}"),
    ("w212", "∂L/∂ŷ1·∂ŷ1/∂a21·h12 + ∂L/∂ŷ2·∂ŷ2/∂a21·h12"),
    ("w212", "∇_{a_{21}} L(θ) · h_{12}"),
    ("a21", "-2(1 - ŷ_1) ∂ŷ_1/∂a_21 + 2ŷ_2 · ∂ŷ_2/∂a_21"),
]


@pytest.mark.parametrize(("label", "answer"), RIGHT)
def test_chains_of_named_derivatives(label: str, answer: str) -> None:
    finding = judge(WorkedNetwork().loss, label, answer)
    assert finding.is_right, str(finding)


@pytest.mark.parametrize(
    ("label", "answer", "says"),
    [
        ("w131", "dL/dh13 * da13/dh13 * x1", "da13/dh13 is upside down"),
        ("w131", "∂L/∂h13 · ∂a13/∂w131", "∂h13/∂a13 is missing"),
        ("w131", "∂a13/∂w131 · ∂h13/∂a13", "∂L/∂h13 is missing"),
        ("w131", "∂L/∂h13·∂h13/∂a13·∂a13/∂w131·∂h13/∂a13", "∂h13/∂a13 is one too many"),
        ("w131", "∂L/∂h13 · ∂h12/∂a12 · ∂a13/∂w131", "∂h12/∂a12 does not follow"),
        ("w131", "∂L/∂h13 · ∂h13/∂a12 · ∂a12/∂w131", "∂h13/∂a12 is 0: h13 does not depend on a12"),
        ("w131", "∂L/∂h12 · ∂h12/∂a12", "leads to a12, which does not depend on w131"),
        ("w212", "∂L/∂a21 · ∂h12/∂a12", "a12, which does not depend"),
        ("h13", "∂L/∂a21·∂a21/∂h13·∂h13/∂a13 + ∂L/∂a22·∂a22/∂h13", "leads on beyond h13: it is"),
    ],
)  # fmt: skip
def test_a_factor_that_does_not_belong_is_named(label: str, answer: str, says: str) -> None:
    finding = judge(WorkedNetwork().loss, label, answer)
    assert finding.verdict is Verdict.CHAIN, str(finding)
    assert says in finding.message


@pytest.mark.parametrize(
    ("answer", "verdict", "message", "says"),
    [
        ("∂L/∂h13 · ∂h13/∂a13 · x2", Verdict.NEIGHBOUR, "x2 = 5 was taken for x1",
         "x2 = 5 stands for ∂a13/∂w131, which is 2"),
        ("∂L/∂h13·h12(1 - h12)·∂a13/∂w131", Verdict.NEIGHBOUR, "∂h12/∂a12 = 0.1587 was taken for",
         "h12·(1 - h12) = 0.1587 stands for ∂h13/∂a13"),
        ("∂L/∂h13 · ∂h13/∂a13 · ∂a13/∂w131 · x1", Verdict.FACTOR, "was used twice",
         "the named factors are the whole chain: x1 is one too many"),
    ],
)  # fmt: skip
def test_where_numbers_stand_for_factors_the_mistake_is_named(
    answer: str, verdict: Verdict, message: str, says: str
) -> None:
    finding = judge(WorkedNetwork().loss, "w131", answer)
    assert finding.verdict is verdict, str(finding)
    assert message in finding.message
    assert any(says in other for other in finding.others)


def test_a_path_of_named_derivatives_that_is_left_out() -> None:
    answer = "∂L/∂a21·∂a21/∂h13·∂h13/∂a13·∂a13/∂w131"
    finding = judge(WorkedNetwork().loss, "w131", answer)
    assert finding.verdict is Verdict.MISSING_PATHS
    assert finding.message == "2 of 4 paths were followed: only those through a21"


@pytest.mark.parametrize("answer", ["∂L/∂w131", "∇w131", "dL/dw131", "1·∂L/∂w131", "∂L/∂w131 + 0"])
def test_an_answer_that_repeats_the_question_is_none(answer: str) -> None:
    finding = judge(WorkedNetwork().loss, "w131", answer)
    assert finding.verdict is Verdict.UNREADABLE
    assert "this is what is asked for" in finding.message


def test_a_partial_derivative_between_neighbours_is_local() -> None:
    """dL/dw = ∂L/∂w + ∂L/∂h·∂h/∂w where L(h, w): the textbook's multivariable chain rule."""
    w = Value(1.5, label="w")
    h = w**2
    h.label = "h"
    loss = h * w
    loss.label = "L"
    assert judge(loss, w, "∂L/∂w + ∂L/∂h · ∂h/∂w").is_right
    assert judge(loss, w, "dL/dw = ∂L/∂w + ∂L/∂h · dh/dw").is_right
    assert not judge(loss, w, "∂L/∂h · ∂h/∂w").is_right
    assert judge(loss, w, "dL/dw + ∂L/∂h · ∂h/∂w").verdict is Verdict.UNREADABLE
    v = Value(0.5, label="v")
    w = v * 3
    w.label = "w"
    h = w**2
    h.label = "h"
    loss = h * w
    loss.label = "L"
    assert judge(loss, v, "∂L/∂w · ∂w/∂v").is_right  # the sum over the paths, as in the notes


def test_upside_down_is_wrong_also_where_the_gradient_is_0() -> None:
    x = Value(1.0, label="x")
    a = x * 1000
    a.label = "a"
    loss = a.tanh()  # so large that its slope is 0
    loss.label = "L"
    assert judge(loss, x, "∂L/∂a · ∂a/∂x").is_right
    assert judge(loss, x, "∂a/∂L · ∂a/∂x").verdict is Verdict.CHAIN


@pytest.mark.parametrize(
    ("answer", "verdict"),
    [
        ("∂L/∂x = 2x = 6", Verdict.RIGHT),
        ("dx = 2x", Verdict.RIGHT),
        ("x.grad = 2x", Verdict.RIGHT),
        ("∂L/∂x = 2x = 2·3 = 6", Verdict.RIGHT),
        ("2x = 7", Verdict.NOT_THE_GRADIENT),
        ("x^2 - 3 = 6", Verdict.ONLY_HERE),
        ("∂L/∂x = x^2 - 3", Verdict.ONLY_HERE),
        ("∂L/∂t = 2x", Verdict.UNREADABLE),
        ("∂t/∂x = 2x", Verdict.UNREADABLE),
        ("q = 2x", Verdict.UNREADABLE),
        ("2x =", Verdict.UNREADABLE),
        ("= 2x", Verdict.RIGHT),
        ("≈ 6.0", Verdict.RIGHT),
        ("== 2x", Verdict.UNREADABLE),
        ("(2x = 6)", Verdict.UNREADABLE),
    ],
)
def test_every_side_of_an_equation_is_judged(answer: str, verdict: Verdict) -> None:
    x, t = Value(3.0, label="x"), Value(0.0, label="t")
    loss = x * x + t
    loss.label = "L"
    finding = judge(loss, x, answer)
    assert finding.verdict is verdict, str(finding)


def test_which_side_is_wrong_is_said() -> None:
    x = Value(3.0, label="x")
    finding = judge(x * x, x, "2x = 2·3 = 8")
    assert finding.message.startswith("in the side 8: ")
    assert finding.headline.startswith("✗ x: 2x = 2·3 = 8: ")


def test_decimal_commas() -> None:
    loss = WorkedNetwork().loss
    assert judge(loss, "w212", "-0,13", decimal_comma=True).verdict is Verdict.ROUNDED
    assert judge(loss, "w212", "-2·0,2297·ŷ1·(1 - ŷ1)·h12·2", decimal_comma=True).is_right
    assert judge(loss, "w212", "-0,1304", decimal_comma=True).is_right
    assert judge(loss, "w212", "-0,13").verdict is Verdict.UNREADABLE
    assert judge(loss, "w212", "-0.13", decimal_comma=True).verdict is Verdict.UNREADABLE


# Laws on random graphs.


def recorded(expression: Expression) -> tuple[Value, list[Value]]:
    """A graph with a label for every node."""
    leaves, loss = expression.record()
    order = ag.topological_order(loss)
    for i, node in enumerate(order):
        node.label = f"v{i}_"
    loss.label = "L"
    return loss, [leaf for leaf in leaves if leaf in order]


def steps_of(path: Path) -> list[str]:
    """The factors ∂a/∂b along a path; each stands for all edges between its two nodes."""
    return [f"∂{a.label}/∂{b.label}" for a, b in pairwise(path.nodes)]


@given(expressions(max_instructions=8), st.data())
def test_the_sum_over_the_paths_in_named_derivatives_is_right(
    expression: Expression, data: st.DataObject
) -> None:
    loss, leaves = recorded(expression)
    assume(leaves)
    leaf = data.draw(st.sampled_from(leaves))
    assume(0 < count_paths(loss, leaf) <= 40)
    assume(all(math.isfinite(g) for g in ag.gradients(loss, [leaf])))
    chains = dict.fromkeys("·".join(steps_of(path)) for path in paths(loss, leaf))
    assume(f"∂L/∂{leaf.label}" not in chains)
    finding = judge(loss, leaf, " + ".join(chains))
    assert finding.is_right, str(finding)


SLOPES = [ag.tanh, ag.sigmoid, ag.exp, ag.sin, ag.atan, lambda v: v * 3, lambda v: v**2 + 1]


@given(st.lists(st.sampled_from(SLOPES), min_size=2, max_size=6), st.integers(0, 5), st.booleans())
def test_a_broken_link_is_told(
    functions: list[Callable[[Value], Value]], i: int, is_left_out: bool
) -> None:
    nodes = [Value(0.3, label="x")]
    for k, function in enumerate(functions):
        nodes.append(function(nodes[-1]))
        nodes[-1].label = f"n{k}_"
    nodes[-1].label = "L"
    links = [f"∂{of.label}/∂{by.label}" for by, of in pairwise(nodes)][::-1]
    i %= len(links)
    of, by = links[i].split("/")
    broken = [*links[:i], *([] if is_left_out else [f"{by}/{of}"]), *links[i + 1 :]]
    finding = judge(nodes[-1], "x", "·".join(broken))
    assume(not is_left_out or not finding.is_right)  # where all is 0, or the link is 1
    assert finding.verdict is Verdict.CHAIN, str(finding)
    assert links[i] in finding.message
    assert ("is missing" in finding.message) == is_left_out
