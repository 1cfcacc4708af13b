"""The answers of ``benchmarks/answer_set.py``: none that is wrong is right, and the other way."""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

BENCHMARKS = Path(__file__).resolve().parent.parent / "benchmarks"


@pytest.fixture(scope="module")
def benchmark() -> Any:
    """The script that judges the answers, which imports the answers as a script does."""
    sys.path.insert(0, str(BENCHMARKS))
    try:
        import answers

        yield answers
    finally:
        sys.path.remove(str(BENCHMARKS))
        for name in ("answers", "answer_set"):
            sys.modules.pop(name, None)


# How many of the wrong answers must have the right cause first, and how many may have another.
FEWEST_RIGHT = {"formula": 0.9, "all digits": 0.9, "4 digits": 0.75}
MOST_WRONG = {"formula": 0.03, "all digits": 0.03, "4 digits": 0.02, "3 digits": 0.01}


def test_verdicts_and_causes_on_the_answer_set(benchmark: Any) -> None:
    outcomes = Counter[tuple[str, str]]()
    for answer in benchmark.answers():
        loss = benchmark.GRAPHS[answer.graph]()
        for form, text in benchmark.forms(loss, answer):
            outcome = benchmark.outcome(benchmark.judged(loss, answer.node, text), answer)
            assert outcome not in ("right, but refused", "wrong, but accepted"), (form, answer)
            outcomes[form, outcome] += 1
    causes = ("right cause first", "wrong cause first", "no cause named")
    for form in benchmark.FORMS:
        right, wrong, unnamed = (outcomes[form, cause] for cause in causes)
        assert right >= FEWEST_RIGHT.get(form, 0.1) * (right + wrong + unnamed), form
        assert wrong <= MOST_WRONG.get(form, 0.01) * (right + wrong + unnamed), form
