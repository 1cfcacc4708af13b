"""Measure how long ``chainrule grade`` takes to mark a class: 300 students, 20 answers each.

The answers are numbers and formulas, right and wrong, for a network of three hidden units; nothing
is known to be right before it is looked at. Prints the seconds, and what there was to mark.
"""

from __future__ import annotations

import json
import pathlib
import tempfile
import time
from typing import Any

from chainrule import cli

STUDENTS = 300
KEY = """\
from autograd import Value, dot, sigmoid, name_values
x = [Value(0.3 * i - 0.5) for i in range(4)]
W = [[Value(0.1 * i - 0.13 * j + 0.2) for j in range(4)] for i in range(3)]
v = [Value(0.4), Value(-0.7), Value(0.9)]
a = [dot(row, x) for row in W]
h = [sigmoid(each) for each in a]
y = dot(v, h)
L = (y - 0.3) ** 2
questions = {node: 1 for node in [y, *v, *h, *a, *W[0], *W[1], *W[2][:2]]}
"""
FORMULAS = {
    "y": "2*(y - 0.3)",
    **{f"v[{i}]": f"2*(y - 0.3)*h[{i}]" for i in range(3)},
    **{f"h[{i}]": f"2*(y - 0.3)*v[{i}]" for i in range(3)},
    **{f"a[{i}]": f"2*(y - 0.3)*v[{i}]*h[{i}]*(1 - h[{i}])" for i in range(3)},
    **{
        f"W[{i}][{j}]": f"2*(y - 0.3)*v[{i}]*h[{i}]*(1 - h[{i}])*x[{j}]"
        for i, j in [(i, j) for i in range(3) for j in range(4)][:10]
    },
}


def answers_of(student: int) -> dict[str, str]:
    """Return the answers of a student: most formulas, some of them wrong, and numbers."""
    answers = {}
    for place, (name, formula) in enumerate(FORMULAS.items()):
        kind = (student + place) % 4
        wrong = formula.replace("2*", "", 1)
        answers[name] = [formula, f"-{formula}", wrong, repr(0.01 * student + 0.137 * place)][kind]
    return answers


def marked(students: int) -> tuple[float, list[dict[str, Any]]]:
    """Mark a class and return the seconds of the processor that it took, and the grades."""
    with tempfile.TemporaryDirectory() as folder:
        key, answers, grades = (pathlib.Path(folder) / name for name in ("key.py", "a.json", "out"))
        key.write_text(KEY, "utf-8")
        everyone = {f"student {number}": answers_of(number) for number in range(students)}
        answers.write_text(json.dumps(everyone), "utf-8")
        begin = time.process_time()
        command = ["grade", str(key), str(answers), "--format", "json", "-o", str(grades)]
        if status := cli.main(command):
            raise SystemExit(status)
        return time.process_time() - begin, json.loads(grades.read_text("utf-8"))


def main() -> None:
    """Mark the class, and print how long it took."""
    seconds, grades = marked(STUDENTS)
    marks = [mark["verdict"] for grade in grades for mark in grade["marks"]]
    right = sum(verdict == "right" for verdict in marks)
    print(
        f"{len(grades)} students, {len(marks)} answers of which {right} are right: {seconds:.1f} s"
    )


if __name__ == "__main__":
    main()
