"""Marks as a table, CSV, JSON, and Gradescope's results.json."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable
from typing import Any

from autograd.text import printable
from chainrule.grading.keys import Key
from chainrule.grading.marking import Grade
from viz.errors import OptionError

_STARTS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def as_table(key: Key, grades: Iterable[Grade], *, details: bool = False) -> str:
    """Return the points of each student in columns, and what there is to say of them."""
    names = [question.name for question in key.questions]
    rows = [["student", *names, f"of {_points(key.points)}"]]
    below: list[list[str]] = [[]]
    for each in grades:
        points = [_points(mark.points) for mark in each.marks] or ["-"] * len(names)
        rows.append([each.student, *points, "-" if each.points is None else _points(each.points)])
        said = [f"{each.file}: {each.problem}"] if each.problem else list(each.notes)
        if details:
            said += [mark.says for mark in each.marks if mark.points < mark.question.points]
        below.append([line for text in said for line in text.split("\n")])
    rows = [[printable(cell) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = []
    for row, said in zip(rows, below, strict=True):
        cells = [row[0].ljust(widths[0])]
        cells += [cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True)]
        lines.append("  ".join(cells).rstrip())
        lines += [f"    {printable(line)}" for line in said]
    return "\n".join(lines)


def _points(points: float) -> str:
    return f"{points:.6g}"


def as_csv(key: Key, grades: Iterable[Grade]) -> str:
    """Return the points as CSV, no cell of which a spreadsheet takes for a formula."""
    parts = list(dict.fromkeys(question.part for question in key.questions))
    named = [part for part in parts if part]
    output = io.StringIO()
    writer = csv.writer(output, lineterminator="\n")
    header = ["student", *(question.name for question in key.questions)]
    header += [f"part {part}" for part in named] + ["points", "of", "problem", "file"]
    writer.writerow([_cell(name) for name in header])
    for each in grades:
        points: list[Any] = [mark.points for mark in each.marks]
        points += [each.parts[part] for part in named] if each.marks else []
        points = points or [""] * (len(key.questions) + len(named))
        total = "" if each.points is None else each.points
        problem = each.problem or "; ".join(each.notes)
        row = [_cell(each.student), *points, total, key.points, _cell(problem), _cell(each.file)]
        writer.writerow(row)
    return output.getvalue()


def _cell(text: str) -> str:
    shown = printable(text)
    return f"'{shown}" if text.lstrip(" ").startswith(_STARTS_A_FORMULA) else shown


def as_json(key: Key, grades: Iterable[Grade]) -> str:
    """Return the points, the answers and what there is to say of them as JSON."""
    found = [
        {
            "student": each.student,
            "file": each.file,
            "points": each.points,
            "of": key.points,
            "problem": each.problem,
            "notes": list(each.notes),
            "parts": each.parts,
            "marks": [
                {
                    "question": mark.question.name,
                    "part": mark.question.part,
                    "points": mark.points,
                    "of": mark.question.points,
                    "verdict": mark.verdict,
                    "answer": mark.answer,
                    "says": mark.says,
                }
                for mark in each.marks
            ],
        }
        for each in grades
    ]
    return json.dumps(found, indent=2, allow_nan=False)


def as_gradescope(key: Key, grades: Iterable[Grade]) -> str:
    """Return the results.json of Gradescope, which is about one student.

    Raises:
        OptionError: if there are several students, or none.
    """
    found = list(grades)
    if len(found) != 1:
        raise OptionError(
            f"Gradescope's results are those of one student, and there are {len(found)}: grade "
            "one submission at a time"
        )
    (each,) = found
    tests = [
        {
            "name": printable(mark.question.name),
            "score": mark.points,
            "max_score": mark.question.points,
            "status": "passed" if mark.points == mark.question.points else "failed",
            "output": mark.says,
            "tags": [mark.question.part] if mark.question.part else [],
        }
        for mark in each.marks
    ]
    output = each.problem or "\n".join(each.notes)
    results: dict[str, Any] = {"score": each.points or 0.0, "output": output, "tests": tests}
    return json.dumps(results, indent=2, allow_nan=False)


FORMATS = ("table", "csv", "json", "gradescope")
