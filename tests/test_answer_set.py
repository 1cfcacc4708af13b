"""The answers of ``benchmarks/answers.py``: none that is wrong is right, and the other way."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

BENCHMARKS = Path(__file__).resolve().parent.parent / "benchmarks"

NAMES = (
    "answers", "answer_set", "held_out_answers", "held_out_c", "held_out_matrices",
    "held_out_steps",
)  # fmt: skip


@pytest.fixture(scope="module")
def benchmark() -> Any:
    """The script that judges the answers, which imports the answers as a script does."""
    sys.path.insert(0, str(BENCHMARKS))
    try:
        import answers

        yield answers
    finally:
        sys.path.remove(str(BENCHMARKS))
        for name in NAMES:
            sys.modules.pop(name, None)


# How many of the wrong answers must have the right cause first, and how many may have another.
FEWEST_RIGHT = {"formula": 0.9, "all digits": 0.9, "4 digits": 0.75}
MOST_WRONG = 0.02


def assert_sound(counts: Counter[tuple[str, str]], forms: Sequence[str]) -> None:
    """Assert that none is misjudged, and that causes are named, and few wrong ones."""
    for form in forms:
        assert not counts[form, "right, but refused"] + counts[form, "wrong, but accepted"]
        causes = ("right cause first", "wrong cause first", "no cause named")
        right, wrong, unnamed = (counts[form, cause] for cause in causes)
        assert right >= FEWEST_RIGHT.get(form, 0.1) * (right + wrong + unnamed), form
        assert wrong <= MOST_WRONG * (right + wrong + unnamed), form


@pytest.mark.parametrize("place", [0, 1, 2])
def test_verdicts_and_causes_on_the_answer_sets(benchmark: Any, place: int) -> None:
    given = list(benchmark.SETS.values())[place]
    assert_sound(benchmark.rates(given(), tell=False), benchmark.FORMS)


@pytest.mark.parametrize("check", ["check_derivation", "check_vectorised"])
def test_verdicts_and_causes_on_the_matrices(benchmark: Any, check: str) -> None:
    assert_sound(benchmark.matrix_rates(check, tell=False), benchmark.FORMS)


def test_forward_passes_updates_and_what_follows(benchmark: Any) -> None:
    counts = benchmark.step_rates(tell=False)
    for check in benchmark.CHECKS_OF_STEPS:
        assert not counts[check, "right, but refused"] + counts[check, "wrong, but accepted"]
        assert counts[check, "right"]
        assert counts[check, "right cause first"]
        assert not counts[check, "wrong cause first"]


def test_chance_is_seldom_given_a_cause(benchmark: Any) -> None:
    """Of a sample of the random numbers that the script draws; it prints the rates of all."""
    graphs = dict(list(benchmark.GRAPHS.items())[::9])
    chances = benchmark.chance_causes(1, graphs)
    count, named = (
        sum(n for (digits, _, of), n in chances.items() if of == which and digits > 2)
        for which in ("all", "named")
    )
    assert count > 300
    assert named <= 0.015 * count
