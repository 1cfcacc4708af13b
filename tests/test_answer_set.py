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


def test_verdicts_on_the_answer_set(benchmark: Any) -> None:
    outcomes = Counter[str]()
    for answer in benchmark.answers():
        loss = benchmark.GRAPHS[answer.graph]()
        for form, text in benchmark.forms(loss, answer):
            outcome = benchmark.outcome(benchmark.judged(loss, answer.node, text), answer)
            assert outcome not in ("right, but refused", "wrong, but accepted"), (form, answer)
            outcomes[outcome] += 1
    assert len(outcomes) > 1
    assert outcomes.total() > 1000
