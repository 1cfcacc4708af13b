"""How well are answers judged? Print the rates for three sets of answers.

Each answer is given as its formula and as its number, with all digits and rounded to four, three
and two. ``python benchmarks/answers.py --list`` says each that was misjudged.

A number that no mistake leads to should get no cause; how often chance gives it one is measured
with random numbers, drawn in three ways around the gradient.
"""

from __future__ import annotations

import argparse
import math
import random
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import answer_set
import held_out_answers
import held_out_c
import held_out_steps
from answer_set import Answer
from held_out_matrices import NETWORKS, MatrixAnswer, matrix_answers, numbers_of

import autograd
from autograd import Value, Verdict, check_derivation
from autograd.derivations.derivation import Checker, Finding
from nn import MLP, check_vectorised

GRAPHS = answer_set.GRAPHS | held_out_answers.GRAPHS | held_out_c.GRAPHS
SETS: dict[str, Callable[[], list[Answer]]] = {
    "Known when the causes were written": answer_set.answers,
    "Written before it was known how they are judged": held_out_answers.answers,
    "Written before its author knew the causes": held_out_c.answers,
}
FORMS = ("formula", "all digits", "4 digits", "3 digits", "2 digits")
RESULTS = (
    "right", "right, but refused", "wrong, but accepted", "right cause first",
    "wrong cause first", "no cause named",
)  # fmt: skip
CHECKS_OF_MATRICES = ("check_derivation", "check_vectorised")
CHECKS_OF_STEPS = ("check_values", "check_update", "check_derivation")
CHANCE_DIGITS = (2, 3, 4, 5, 6)
NAMES_NO_CAUSE = ("NOT_THE_GRADIENT", "TOO_FEW_DIGITS", "ONLY_HERE", "UNREADABLE")


def judged(checker: Checker, node: str, given: str) -> Finding:
    """The finding for one answer."""
    [finding] = checker.check({node: given}).findings
    assert isinstance(finding, Finding)  # it is for a node, and no matrix
    return finding


def forms(checker: Checker, answer: Answer) -> Iterator[tuple[str, str]]:
    """Yield the answer in each form; a wrong one only as long as its digits tell it from a right.

    A number of few digits is one that students would write: rounded, and not to 0.
    """
    found = judged(checker, answer.node, answer.formula)
    yield "formula", answer.formula
    if found.verdict is Verdict.UNREADABLE:
        return  # it has no number
    number, gradient = found.number, found.gradient
    yield "all digits", repr(number)
    for digits in (4, 3, 2):
        rounded, right = (f"{each:.{digits}g}" for each in (number, gradient))
        if len(rounded.strip("-0.").replace(".", "")) < digits:
            continue  # zeros at the end are not written
        if not answer.cause or abs(float(rounded) - float(right)) > 0.05 * abs(gradient):
            yield f"{digits} digits", rounded


def outcome(finding: Finding, answer: Answer) -> str:
    """What became of an answer, in the words of the table."""
    if not answer.cause:
        return "right" if finding.is_right else "right, but refused"
    if finding.is_right:
        return "wrong, but accepted"
    said = f"{finding.verdict.name}: {finding.message}"
    if re.search(answer.cause, said):
        return "right cause first"
    if finding.verdict.name in NAMES_NO_CAUSE:
        return "no cause named"
    return "wrong cause first"


def wrong_numbers(gradient: float, digits: int, draws: random.Random) -> Iterator[tuple[str, str]]:
    """Yield random numbers of so many digits around a gradient, and how each was drawn."""
    sign = draws.choice((-1, 1))
    yield "within a power of ten", f"{sign * gradient * 10 ** draws.uniform(-1, 1):.{digits}g}"
    yield "up to twice as large", f"{2 * draws.uniform(-1, 1) * gradient:.{digits}g}"
    yield "half to twice as large", f"{gradient * 2 ** draws.uniform(-1, 1):.{digits}g}"


def chance_causes(
    rounds: int, graphs: Mapping[str, Callable[[], Value]] = GRAPHS
) -> Counter[tuple[int, str, str]]:
    """Count the random wrong numbers, by digits and how they were drawn, and those with causes."""
    draws, counts = random.Random(1), Counter[tuple[int, str, str]]()
    for make in graphs.values():
        loss = make()
        checker = Checker(loss)
        nodes = [node for node in autograd.topological_order(loss) if node.label]
        for node, gradient in zip(nodes, autograd.gradients(loss, nodes), strict=True):
            if not gradient or node is loss:
                continue
            for digits in CHANCE_DIGITS * rounds:
                for drawn, number in wrong_numbers(gradient, digits, draws):
                    finding = judged(checker, node.label, number)
                    if finding.is_right or math.isclose(float(number), gradient, rel_tol=0.05):
                        continue
                    counts[digits, drawn, "all"] += 1
                    if finding.verdict.name not in NAMES_NO_CAUSE:
                        counts[digits, drawn, "named"] += 1
    return counts


def rates(given: Sequence[Answer], *, tell: bool) -> Counter[tuple[str, str]]:
    """Judge answers in all forms, and count what became of them."""
    counts = Counter[tuple[str, str]]()
    checkers = {name: Checker(GRAPHS[name]()) for name in {answer.graph for answer in given}}
    for answer in given:
        checker = checkers[answer.graph]
        for form, text in forms(checker, answer):
            finding = judged(checker, answer.node, text)
            result = outcome(finding, answer)
            counts[form, result] += 1
            if tell and result not in ("right", "right cause first"):
                print(f"{result}, {form}, {answer.graph}; expected: {answer.cause}\n{finding}\n")
    return counts


def matrix_forms(answer: MatrixAnswer, model: MLP, loss: Value) -> Iterator[tuple[str, Any]]:
    """Yield an answer for a matrix in each form."""
    if answer.formula:
        yield "formula", answer.formula
    if answer.arrays:
        numbers = numbers_of(answer, model, loss)
        yield "all digits", numbers
        for digits in (4, 3, 2):
            rounded = [[float(f"{number:.{digits}g}") for number in row] for row in numbers]
            yield f"{digits} digits", rounded


def matrix_rates(judged_by: str, *, tell: bool) -> Counter[tuple[str, str]]:
    """Judge the answers for matrices by one of the two checks, and count what became of them."""
    counts = Counter[tuple[str, str]]()
    for answer in matrix_answers():
        model, loss = NETWORKS[answer.network]()
        if judged_by == "check_derivation" and answer.network == "batch_of_four":
            continue  # it has a loss of several examples, whose nodes have the same labels
        for form, given in matrix_forms(answer, model, loss):
            if judged_by == "check_derivation":
                if not isinstance(given, str) and not answer.name.startswith("W"):
                    given = [list(column) for column in zip(*given, strict=True)]
                [finding] = check_derivation(loss, {answer.name: given}).findings
                said, names_cause = str(finding), finding.verdict.names_cause
            else:
                [finding] = check_vectorised(model, loss, {answer.name: given}).findings
                said, names_cause = str(finding.message), "wrong" not in finding.message
            if not answer.cause:
                result = "right" if finding.is_right else "right, but refused"
            elif finding.is_right:
                result = "wrong, but accepted"
            elif re.search(answer.cause, said):
                result = "right cause first"
            else:
                result = "wrong cause first" if names_cause else "no cause named"
            counts[form, result] += 1
            if tell and result not in ("right", "right cause first"):
                print(f"{result}, {form}, {answer}\n{said}\n")
    return counts


def step_rates(*, tell: bool) -> Counter[tuple[str, str]]:
    """Judge forward passes, updates, matrices and follow-through, and count what became of them."""
    counts = Counter[tuple[str, str]]()
    for step in held_out_steps.STEPS:
        findings = step.check(step.graph(), step.answers, **step.options).findings
        for name, finding in zip(step.answers, findings, strict=True):
            said, expected = f"{finding.verdict.name}: {finding}", step.says.get(name)
            if expected is None:
                result = "right" if finding.is_right else "right, but refused"
            elif finding.is_right:
                result = "wrong, but accepted"
            elif re.search(expected, said):
                result = "right cause first"
            else:
                named = finding.verdict.names_cause
                result = "wrong cause first" if named else "no cause named"
            counts[step.check.__name__, result] += 1
            if tell and result not in ("right", "right cause first"):
                print(f"{result}; expected: {expected}\n{finding}\n")
    return counts


def show(title: str, counts: Counter[tuple[str, str]], forms: Sequence[str] = FORMS) -> None:
    """Print what became of answers, in a table."""
    width = max(12, *(len(form) + 2 for form in forms))
    print(f"{title}\n\n{'':22}" + "".join(f"{form:>{width}}" for form in forms))
    for result in RESULTS:
        print(f"{result:22}" + "".join(f"{counts[form, result]:>{width}}" for form in forms))
    print()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--list", action="store_true", help="say each answer that was misjudged")
    parser.add_argument("--rounds", type=int, default=1, help="of random numbers, for each node")
    options = parser.parse_args()
    for title, given in SETS.items():
        counts = rates(given(), tell=options.list)
        wrong = sum(bool(answer.cause) for answer in given())
        show(f"{title}: {len(given())} answers, {wrong} of them wrong", counts)
    for check in CHECKS_OF_MATRICES:
        show(f"Matrices, by {check}", matrix_rates(check, tell=options.list))
    show("Steps", step_rates(tell=options.list), CHECKS_OF_STEPS)
    print("Random wrong numbers that get a cause, of so many digits\n")
    chances = chance_causes(options.rounds)
    print(f"{'':24}" + "".join(f"{digits:>14}" for digits in CHANCE_DIGITS))
    for drawn in ("within a power of ten", "up to twice as large", "half to twice as large"):
        cells = [(chances[d, drawn, "named"], chances[d, drawn, "all"]) for d in CHANCE_DIGITS]
        shown = [f"{n} of {of} {100 * n / of:.1f} %" for n, of in cells]
        print(f"{drawn:24}" + "".join(f"{each:>20}" for each in shown))


if __name__ == "__main__":
    main()
