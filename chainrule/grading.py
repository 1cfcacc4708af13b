"""Marking many students' derivatives against a teacher's graph: ``chainrule grade``.

Students' files are data: numbers and formulas, of which nothing is run as Python. What is wrong
with one file, row or answer is said beside it, and stops no other.
"""

from __future__ import annotations

import codecs
import csv
import io
import json
import pathlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from numbers import Real
from typing import Any

import autograd
from autograd import Value, check_derivation
from autograd.derivations import Finding
from autograd.formulas import written
from autograd.labels import Labels
from autograd.quantities import QuantityFinding
from autograd.text import normal_form, printable
from viz.errors import OptionError, ScriptError

MOST_BYTES = 8 * 2**20  # of a file of answers
MOST_CHARACTERS = 2000  # of an answer
_STARTS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


@dataclass(frozen=True, slots=True)
class Question:
    """A derivative that is asked for, and what it is worth."""

    name: str
    node: Value
    points: float
    part: str = ""


@dataclass(frozen=True, slots=True)
class Key:
    """What is asked about a loss; ``names`` are what formulas may use besides labels."""

    loss: Value
    questions: tuple[Question, ...]
    names: Mapping[str, Any]

    @property
    def points(self) -> float:
        """The most points that there are."""
        return sum(question.points for question in self.questions)


@dataclass(frozen=True, slots=True)
class Submission:
    """The answers of a student as text, by question as the student calls it, or what is amiss."""

    student: str
    file: str
    answers: Mapping[str, str]
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Mark:
    """The points for one answer, and why."""

    question: Question
    points: float
    verdict: str
    says: str
    answer: str = ""


@dataclass(frozen=True, slots=True)
class Grade:
    """The marks of one student; none where there is a problem, which is not the same as 0 points.

    ``notes`` are what the teacher should know besides, such as answers to no question.
    """

    student: str
    file: str
    marks: tuple[Mark, ...]
    problem: str = ""
    notes: tuple[str, ...] = ()

    @property
    def points(self) -> float | None:
        """The sum of the points, if it could be marked."""
        return None if self.problem else sum(mark.points for mark in self.marks)

    @property
    def parts(self) -> dict[str, float]:
        """The sum of the points of each part."""
        sums: dict[str, float] = {}
        for mark in self.marks:
            sums[mark.question.part] = sums.get(mark.question.part, 0.0) + mark.points
        return sums


def read_key(names: Mapping[str, Any]) -> Key:
    """Return the key that the global names of a teacher's file hold.

    These are the Value called ``loss`` or ``L``, and the dict ``questions``: for each node, or its
    label, its points, or its points and its part as ``(2, "a")``. Formulas may use the labels of
    the graph, and what the dict ``names`` has, if there is one; other variables are the teacher's.

    Raises:
        ScriptError: if there is no loss or there are no questions, or one is not of this form.
        LabelError: if no node has a label, or several have it.

    >>> w = Value(2.0, label="w")
    >>> key = read_key({"loss": w * w, "questions": {"w": (2, "a")}})
    >>> key.questions[0].points, key.questions[0].part
    (2.0, 'a')
    """
    losses = [found for found in map(names.get, ("loss", "L")) if isinstance(found, Value)]
    if not losses:
        raise ScriptError("the key needs a Value called loss or L, whose derivatives are asked for")
    asked = names.get("questions")
    if not isinstance(asked, Mapping) or not asked:
        raise ScriptError(
            "the key needs a dict of its questions and their points, as in questions = "
            "{w: 2, 'b': (1, 'part a')}"
        )
    more = names.get("names", {})
    if not isinstance(more, Mapping):
        raise ScriptError("names, which formulas may use, must be a dict such as {'t': 0.5}")
    loss = losses[0]
    labels = Labels(autograd.topological_order(loss))
    questions = []
    for node, worth in asked.items():
        points, part = worth if isinstance(worth, tuple) and len(worth) == 2 else (worth, "")
        is_number = isinstance(points, Real) and not isinstance(points, bool)
        if not is_number or not 0 <= float(points) < float("inf") or not isinstance(part, str):
            raise ScriptError(
                f"a question is worth points, 0 or more, or points and a part, as in (2, 'a'), not "
                f"{worth!r}"
            )
        found = labels.find(node) if isinstance(node, str) else node
        if not isinstance(found, Value):
            raise ScriptError(f"a question is a Value or the label of one, not {node!r}")
        name = node if isinstance(node, str) else written(node)
        questions.append(Question(name, found, float(points), part))
    called = [_normal(question.name) for question in questions]
    if len({*called}) < len(called):
        raise ScriptError("two questions of the key have the same name; label their nodes apart")
    return Key(loss, tuple(questions), more)


def _normal(name: str) -> str:
    return normal_form(name).strip()


def read_answers(path: pathlib.Path) -> list[Submission]:
    """Return the answers in a file, whose suffix says what it is; what is amiss is in its place.

    A CSV file has a header, and a student in each row: the name, then an answer for each question.
    A JSON file is ``{"ann": {"w": "2*w"}, …}``, or ``{"w": "2*w"}`` of the student that the file is
    called after. Any other file has lines ``w = 2*w`` or ``w: 2*w`` of such a student.

    >>> read_answers(pathlib.Path("no such file.csv"))[0].problem
    'there is no such file'
    """
    student, file = path.stem, str(path)
    try:
        text = _text(path)
        read = {".csv": _from_csv, ".json": _from_json}.get(path.suffix.lower(), _from_lines)
        return [Submission(name or student, file, *found) for name, found in read(text)]
    except RecursionError:
        problem = "it is nested too deeply"
    except (OSError, ValueError, csv.Error) as error:
        problem = " ".join(str(error).split()) or type(error).__name__
    return [Submission(student, file, {}, problem)]


# The student, if the file says so, with the answers and perhaps a problem.
_Row = tuple[str, tuple[dict[str, str], str]]


def _text(path: pathlib.Path) -> str:
    if not path.exists():
        raise ValueError("there is no such file")
    if not path.is_file():
        raise ValueError("it is no file")
    with path.open("rb") as file:
        content = file.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        raise ValueError(f"it is larger than {MOST_BYTES // 2**20} MiB")
    is_utf16 = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    try:
        text = content.decode("utf-16" if is_utf16 else "utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError(
            f"it is not text in UTF-8 (byte {error.start}): save it as UTF-8"
        ) from None
    if "\0" in text:
        raise ValueError("it is not text: it has NUL characters")
    return text


def _from_csv(text: str) -> Iterator[_Row]:
    first = text.split("\n", 1)[0]
    delimiter = max(",;\t", key=first.count)  # of equal ones the comma
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    header = [_normal(cell) for cell in next(rows, [])]
    if len(header) < 2:
        raise ValueError("it needs a header: the student, then the questions")
    if twice := sorted({name for name in header[1:] if header[1:].count(name) > 1}):
        raise ValueError(f"two columns are called {twice[0]!r}")
    found: list[_Row] = []
    for row in rows:
        if not any(cell.strip() for cell in row):
            continue
        problem = ""
        if len(row) != len(header):
            problem = f"the row has {len(row)} cells, and the header {len(header)}"
        name = row[0].strip() or f"line {rows.line_num}"
        answers = {} if problem else dict(zip(header[1:], row[1:], strict=True))
        found.append((name, (answers, problem)))
    yield from found


def _from_json(text: str) -> Iterator[_Row]:
    found = json.loads(
        text,
        object_pairs_hook=_once,
        parse_int=str,  # as many digits as were written
        parse_float=str,
        parse_constant=str,
    )
    if not isinstance(found, dict) or not found:
        raise ValueError('it must be an object such as {"ann": {"w": "2*w"}}')
    if all(isinstance(answers, dict) for answers in found.values()):
        for student, answers in found.items():
            yield _row(student, answers)
    elif any(isinstance(answers, dict) for answers in found.values()):
        raise ValueError("it must have answers for each student, or those of one, and not both")
    else:
        yield _row("", found)


def _row(student: str, answers: Mapping[str, Any]) -> _Row:
    for name, answer in answers.items():
        if answer is not None and not isinstance(answer, str):
            return student, ({}, f"the answer for {name!r} is neither a number nor a string")
    return student, ({_normal(name): answer or "" for name, answer in answers.items()}, "")


def _once(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise ValueError(f"{name!r} is there twice")
        found[name] = value
    return found


def _from_lines(text: str) -> Iterator[_Row]:
    answers: dict[str, str] = {}
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        at = min((line.find(sign) for sign in "=:" if sign in line), default=-1)
        if at < 0:
            raise ValueError(f"line {number} is not an answer such as w = 2*w")
        name = _normal(line[:at])
        if name in answers:
            raise ValueError(f"line {number}: {name!r} is there twice")
        answers[name] = line[at + 1 :].strip()
    yield "", (answers, "")


def grade(key: Key, submission: Submission, *, follow_through: float = 1.0) -> Grade:
    """Mark the answers of one student.

    Args:
        key: the questions.
        submission: the answers.
        follow_through: the share of its points that an answer gets which follows rightly from a
            wrong one, from 0 to 1.

    >>> w = Value(2.0, label="w")
    >>> key = read_key({"loss": w * w, "questions": {"w": 2}})
    >>> grade(key, Submission("ann", "", {"w": "4"})).points
    2.0
    """
    student, file = submission.student, submission.file
    if submission.problem:
        return Grade(student, file, (), submission.problem)
    loss = _normal(written(key.loss))
    by_name = {_normal(question.name): question for question in key.questions}
    called = {f"{d}{loss}/{d}{name}": each for name, each in by_name.items() for d in ("∂", "d")}
    called |= by_name
    given: dict[str, str] = {}
    notes = []
    for name, answer in submission.answers.items():
        if not answer.strip():
            continue
        question = called.get(_normal(name).replace(" ", ""), called.get(_normal(name)))
        if question is None:
            notes.append(f"there is no question {name!r}")
        elif question.name in given:
            return Grade(student, file, (), f"there are two answers for {question.name!r}")
        else:
            given[question.name] = answer.strip()
    unreadable: dict[str, str] = {}
    try:
        findings = _findings(key, given, unreadable)
    except Exception as error:  # of one student: what is amiss must not lose the others' marks
        problem = f"it could not be marked: {type(error).__name__}: {error}"
        return Grade(student, file, (), " ".join(problem.split()))
    marks = tuple(
        _mark(question, given.get(question.name, ""), findings, unreadable, follow_through)
        for question in key.questions
    )
    return Grade(student, file, marks, notes=tuple(notes))


def _findings(
    key: Key, given: Mapping[str, str], unreadable: dict[str, str]
) -> dict[str, Finding | QuantityFinding]:
    """Return the findings on the answers, and say of those that are too long that they are."""
    nodes = {question.name: question.node for question in key.questions}
    asked: dict[Value | str, Any] = {}
    names = []
    for name, answer in given.items():
        if len(answer) > MOST_CHARACTERS:
            unreadable[name] = f"an answer has at most {MOST_CHARACTERS} characters"
        else:
            asked[nodes[name]] = answer
            names.append(name)
    if not asked:
        return {}
    check = check_derivation(key.loss, asked, names=key.names)
    return dict(zip(names, check.findings, strict=True))


def _mark(
    question: Question,
    answer: str,
    findings: Mapping[str, Finding | QuantityFinding],
    unreadable: Mapping[str, str],
    follow_through: float,
) -> Mark:
    if not answer:
        return Mark(question, 0.0, "no answer", "no answer")
    if question.name in unreadable:
        return Mark(question, 0.0, "unreadable", unreadable[question.name], answer)
    found = findings[question.name]
    share = 1.0 if found.is_right else follow_through if found.follows_from else 0.0
    verdict = "follows" if found.follows_from else found.verdict.name.lower()
    return Mark(question, share * question.points, verdict, str(found), answer)


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
        }
        for mark in each.marks
    ]
    output = each.problem or "\n".join(each.notes)
    results: dict[str, Any] = {"score": each.points or 0.0, "output": output, "tests": tests}
    return json.dumps(results, indent=2, allow_nan=False)


FORMATS = ("table", "csv", "json", "gradescope")
