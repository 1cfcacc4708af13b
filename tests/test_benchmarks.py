"""The programs of the benchmarks compute the same compiled, eagerly and by hand."""

from __future__ import annotations

import io
import json
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest

BENCHMARKS = Path(__file__).resolve().parent.parent / "benchmarks"
FEWEST = 4  # examples, or bodies


@pytest.fixture(scope="module")
def benchmarks() -> Any:
    """The modules of the benchmarks, which are scripts and import one another as such."""
    names = ("agreement", "programs", "sequences")
    sys.path.insert(0, str(BENCHMARKS))
    try:
        import agreement
        import programs
        import sequences

        yield agreement, programs.PROGRAMS | sequences.SEQUENCES
    finally:
        sys.path.remove(str(BENCHMARKS))
        for name in names:
            sys.modules.pop(name, None)


def test_programs_of_many_kinds_agree_with_eager_and_with_numpy_by_hand(benchmarks: Any) -> None:
    agreement, programs = benchmarks
    assert len(programs) >= 20
    for kind, (make, _) in programs.items():
        program = make(FEWEST)
        eager = agreement.eager(program)
        by_hand = agreement.by_hand(program)()
        _, _, compiled = agreement.compiled(program)
        assert agreement.disagreement(by_hand, eager) <= agreement.TOLERANCE, kind
        assert agreement.disagreement(compiled, eager) <= agreement.TOLERANCE, kind
        assert any(np.any(gradient) for gradient in eager[1]), kind


@pytest.mark.parametrize("wrong", [1.001, np.inf, np.nan])
def test_a_number_that_differs_is_a_disagreement(benchmarks: Any, wrong: float) -> None:
    agreement, _ = benchmarks
    right = 1.0, [np.array([1.0, 2.0])]
    assert agreement.disagreement(right, right) == 0
    assert agreement.disagreement((wrong, right[1]), right) > agreement.TOLERANCE
    assert agreement.disagreement((1.0, [np.array([wrong, 2.0])]), right) > agreement.TOLERANCE


def test_everyone_of_a_class_is_marked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    import classes

    _, grades = classes.marked(40)
    assert len(grades) == 40
    assert all(len(grade["marks"]) == 20 and not grade["notes"] for grade in grades)
    verdicts = Counter(mark["verdict"] for grade in grades for mark in grade["marks"])
    assert verdicts["right"] == 200
    assert verdicts["wrong_sign"] + verdicts["follows"] >= 200
    assert not verdicts["unreadable"]


def test_what_is_printed_is_kept_for_the_site(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    import figures
    from rich.console import Console
    from rich.table import Table

    monkeypatch.setattr(sys, "argv", ["/a/folder/it.py", "--quick"])
    printed = io.StringIO()
    report = figures.Report(Console(file=printed, width=80))
    table = Table("", "chainrule\nbefore", title="a title")
    table.add_row("W1, \\[all]", "12  [bold]×0.50[/bold]")
    report.show(table)
    report.write(tmp_path / "kept" / "it.json", raw=[1.5])
    kept = json.loads((tmp_path / "kept" / "it.json").read_text("utf-8"))
    assert "cores" in kept["machine"]
    assert (kept["command"], kept["raw"]) == ("python benchmarks/it.py --quick", [1.5])
    assert kept["tables"] == [
        {
            "title": "a title",
            "columns": ["", "chainrule before"],
            "rows": [["W1, [all]", "12 ×0.50"]],
        }
    ]
    assert "W1, [all]" in printed.getvalue()
