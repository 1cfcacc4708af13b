"""Laws of the judge, on random graphs: a right formula is right however it is written, and a
formula with one thing changed is not, unless that changes no number."""

from __future__ import annotations

import math
from dataclasses import dataclass

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import autograd as ag
from autograd import Value, Verdict, check_derivation
from autograd.explanations.formulas import local_derivative_text
from autograd.explanations.path_sums import Path, count_paths, paths
from autograd.graph import computed_nodes
from autograd.replaying import targets

UNARY = (ag.sin, ag.tanh, ag.sigmoid, ag.exp, ag.atan, lambda a: a**2, lambda a: 0.7 * a)
BINARY = (
    lambda a, b: a + b,
    lambda a, b: a - b,
    lambda a, b: a * b,
    lambda a, b: a / (b * b + 1),
)
MOST_PATHS = 6


@dataclass(frozen=True)
class Problem:
    """A graph, the node that is asked about, and the derivative as a sum of products."""

    loss: Value
    node: Value
    terms: tuple[tuple[str, ...], ...]

    @property
    def gradient(self) -> float:
        return ag.gradients(self.loss, [self.node])[0]


def formula(terms: tuple[tuple[str, ...], ...]) -> str:
    return " + ".join("*".join(f"({factor})" for factor in term) or "1" for term in terms) or "0"


def factors(path: Path) -> tuple[str, ...]:
    steps = zip(path.nodes[:-1], path.positions, strict=True)
    return tuple(local_derivative_text(node, position) for node, position in steps)


@st.composite
def problems(draw: st.DrawFn) -> Problem:
    """Graphs of labelled nodes with few paths, whose numbers are of no special kind."""
    numbers = draw(st.lists(st.floats(0.2, 1.9), min_size=2, max_size=3, unique=True))
    nodes = [Value(round(number, 4) + 0.00003, label=f"x{i}") for i, number in enumerate(numbers)]
    for i in range(draw(st.integers(1, 5))):
        a, b = (nodes[-1 - draw(st.integers(0, len(nodes) - 1))] for _ in range(2))
        if draw(st.booleans()):
            made = draw(st.sampled_from(UNARY))(a)
        else:
            made = draw(st.sampled_from(BINARY))(a, b)
        made.label = f"n{i}"
        nodes.append(made)
    loss = nodes[-1]
    node = draw(st.sampled_from(nodes[:-1]))
    assume(1 <= count_paths(loss, node) <= MOST_PATHS and abs(loss.data) < 1e3)
    return Problem(loss, node, tuple(factors(path) for path in paths(loss, node)))


@settings(deadline=None)
@given(problems(), st.randoms(use_true_random=False))
def test_a_right_formula_is_right_in_any_order(problem: Problem, random: object) -> None:
    terms = [list(term) for term in problem.terms]
    for term in terms:
        random.shuffle(term)  # type: ignore[attr-defined]
    random.shuffle(terms)  # type: ignore[attr-defined]
    written = formula(tuple(map(tuple, terms)))
    [finding] = check_derivation(problem.loss, {problem.node: written}).findings
    assert finding.is_right, str(finding)


@st.composite
def mutated(draw: st.DrawFn) -> tuple[Problem, str]:
    """A problem, and its formula with one thing changed."""
    problem = draw(problems())
    terms = [list(term) for term in problem.terms]
    term = draw(st.sampled_from(terms))
    place = draw(st.integers(0, len(term) - 1))
    kind = draw(st.sampled_from(("path", "factor", "twice", "sign", "node", "half", "slope")))
    if kind == "path":
        terms.remove(term)
    elif kind == "factor":
        del term[place]
    elif kind == "twice":
        term.append(term[place])
    elif kind == "sign":
        term.append("-1")
    elif kind == "half":
        term.append("0.5")
    else:
        labels = [each.label for each in ag.topological_order(problem.loss) if each.label]
        label = draw(st.sampled_from(labels))
        term[place] = label if kind == "node" else f"1 - {label}²"
    return problem, formula(tuple(map(tuple, terms)))


@settings(deadline=None)
@given(mutated())
def test_a_formula_with_one_thing_changed_is_not_right(changed: tuple[Problem, str]) -> None:
    problem, written = changed
    assume(any(map(str.isalpha, written)))  # else it is a number, which may be a rounded one
    [finding] = check_derivation(problem.loss, {problem.node: written}).findings
    size = max(abs(problem.gradient), 1e-3)
    assume(not math.isclose(finding.number, problem.gradient, abs_tol=1e-6 * size))
    assert not finding.is_right, str(finding)


@pytest.mark.parametrize(("y", "answer"), [(1.0, "-c ln p"), (0.0, "-c ln(1 - p)")])
def test_the_class_of_an_example_may_be_put_into_a_formula(y: float, answer: str) -> None:
    """What is 0 or 1 as it says a class has no other numbers, and stands in no formula as one."""
    c, target, z = Value(1.3, label="c"), Value(y, label="y"), Value(0.4, label="z")
    p = ag.sigmoid(z)
    p.label = "p"
    entropy = -(target * ag.log(p) + (1 - target) * ag.log(1 - p))
    loss = c * entropy
    right = answer.removeprefix("-c ")
    assert check_derivation(loss, {"c": f"-{right}"})
    assert not check_derivation(loss, {"c": f"{right}"})
    # Of a weight that is 1 by chance, it is right at that number alone.
    weight = Value(1.0, label="w")
    [finding] = check_derivation(weight * loss, {"c": f"-{right}"}).findings
    assert finding.verdict is Verdict.ONLY_HERE


def test_the_targets_of_a_batch_are_found_in_its_order() -> None:
    """Of many the first few classes are tried for a mistake, and those are the same everywhere."""
    w, classes = Value(0.7, label="w"), [Value(float(k % 2)) for k in range(40)]
    outputs = [ag.sigmoid(w * k) for k in range(40)]
    terms = zip(classes, outputs, strict=True)
    loss = -ag.sum([y * ag.log(p) + (1 - y) * ag.log(1 - p) for y, p in terms])
    assert [*map(id, targets(computed_nodes(loss)))] == [*map(id, classes)]
