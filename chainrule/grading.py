"""Marking many students' derivatives against a teacher's graph: ``chainrule grade``.

Students' files are data: numbers, formulas and matrices, of which nothing is run as Python. What is
wrong with one file, row or answer is said beside it, and stops no other.
"""

from __future__ import annotations

import codecs
import csv
import io
import json
import pathlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from numbers import Real
from typing import Any

import autograd
from autograd import AutogradError, Value
from autograd.derivations.derivation import Checker, Finding, asked_about
from autograd.derivations.quantities import (
    LEARNING_RATES,
    Quantity,
    QuantityFinding,
    judge_quantity,
    update_of,
    value_of,
)
from autograd.explanations.formulas import written
from autograd.labels import Labels
from autograd.text import normal_form, printable
from viz.errors import OptionError, ScriptError

MOST_BYTES = 8 * 2**20  # of a file of answers
MOST_CHARACTERS = 2000  # of an answer
_STARTS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked for, and what it is worth.

    ``about`` is a node by which the derivative is asked for, or a quantity: a matrix of
    derivatives, values, or updated weights. Answers may be under any of the names ``called``.
    """

    name: str
    about: Value | Quantity
    points: float
    part: str = ""
    called: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Key:
    """What is asked about a loss; ``names`` are what formulas may use besides labels."""

    loss: Value
    questions: tuple[Question, ...]
    names: Mapping[str, Any]
    checker: Checker = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "checker", Checker(self.loss, self.names))

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

    These are the Value called ``loss`` or ``L``, and the dict ``questions``: for each node, its
    label, or the name of a matrix of labels, its points, or its points and its part as ``(2,
    "a")``. They ask for derivatives. The dict ``values`` asks for numbers of the forward pass in
    the same form, and ``updates`` for weights after a step with the number ``learning_rate``.
    Formulas may use the labels of the graph, and what the dict ``names`` has, if there is one;
    other variables are the teacher's.

    Raises:
        ScriptError: if there is no loss or there are no questions, or one is not of this form.
        LabelError: if no node has a label, or several have it.

    >>> w = Value(2.0, label="w")
    >>> key = read_key({"loss": w * w, "questions": {"w": (2, "a")}, "values": {"L": 1}})
    >>> [(question.name, question.points, question.part) for question in key.questions]
    [('w', 2.0, 'a'), ('value of L', 1.0, '')]
    """
    losses = [found for found in map(names.get, ("loss", "L")) if isinstance(found, Value)]
    if not losses:
        raise ScriptError("the key needs a Value called loss or L, whose derivatives are asked for")
    more = names.get("names", {})
    if not isinstance(more, Mapping):
        raise ScriptError("names, which formulas may use, must be a dict such as {'t': 0.5}")
    rate = _learning_rate(names)
    more = {**dict.fromkeys(LEARNING_RATES if rate else (), rate), **more}
    labels = Labels(autograd.topological_order(losses[0]), more, losses[0])
    questions: dict[str, Question] = {}
    for kind, ask in _KINDS.items():
        for asked, worth in _asked(names, kind).items():
            question = ask(asked, *_worth(worth), labels, rate)
            if questions.setdefault(_normal(question.name), question) is not question:
                raise ScriptError(
                    f"two questions of the key are called {question.name!r}; label their nodes "
                    "apart"
                )
    if not questions:
        raise ScriptError(
            "the key needs a dict of its questions and their points, as in questions = "
            "{w: 2, 'b': (1, 'part a')}"
        )
    return Key(losses[0], tuple(questions.values()), more)


def _asked(names: Mapping[str, Any], kind: str) -> Mapping[Any, Any]:
    asked = names.get(kind, {})
    if not isinstance(asked, Mapping):
        raise ScriptError(f"{kind} must be a dict of what is asked and its points, not {asked!r}")
    return asked


def _learning_rate(names: Mapping[str, Any]) -> float | None:
    rate = names.get("learning_rate")
    if rate is None:
        return None
    if not isinstance(rate, Real) or not 0 < float(rate) < float("inf"):
        raise ScriptError(f"learning_rate must be a positive number, not {rate!r}")
    return float(rate)


def _worth(worth: Any) -> tuple[float, str]:
    """Return the points that a question is worth, and its part."""
    points, part = worth if isinstance(worth, tuple) and len(worth) == 2 else (worth, "")
    is_number = isinstance(points, Real) and not isinstance(points, bool)
    if not is_number or not 0 <= float(points) < float("inf") or not isinstance(part, str):
        raise ScriptError(
            f"a question is worth points, 0 or more, or points and a part, as in (2, 'a'), not "
            f"{worth!r}"
        )
    return float(points), part


_Ask = Callable[[Any, float, str, Labels, float | None], Question]


def _ask_derivative(
    asked: Any, points: float, part: str, labels: Labels, rate: float | None
) -> Question:
    about = asked_about(asked, labels)
    name = asked if isinstance(asked, str) else written(asked)
    assert labels.loss is not None  # read_key gave it
    loss = written(labels.loss)
    return Question(name, about, points, part, (f"∂{loss}/∂{name}", f"d{loss}/d{name}", f"∇{name}"))


def _ask_value(
    asked: Any, points: float, part: str, labels: Labels, rate: float | None
) -> Question:
    name = _label(asked)
    return Question(f"value of {name}", value_of(name, labels), points, part, (name,))


def _ask_update(
    asked: Any, points: float, part: str, labels: Labels, rate: float | None
) -> Question:
    if rate is None:
        raise ScriptError("for updates the key needs a number called learning_rate")
    name = _label(asked)
    return Question(f"new {name}", update_of(name, labels, rate), points, part)


def _label(asked: Any) -> str:
    """Return what is asked about by its label, which may be that of a vector or a matrix."""
    found = asked.label if isinstance(asked, Value) else asked
    if not isinstance(found, str) or not found:
        raise ScriptError(f"a question is a labelled Value or the label of one, not {asked!r}")
    return found


_KINDS: Mapping[str, _Ask] = {
    "questions": _ask_derivative,
    "values": _ask_value,
    "updates": _ask_update,
}


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
    found = {}
    for name, answer in answers.items():
        try:
            found[_normal(name)] = _as_text(answer)
        except ValueError:
            problem = f"the answer for {name!r} is no number, no string, and no list of them"
            return student, ({}, problem)
    return student, (found, "")


def _as_text(answer: Any) -> str:
    """Return an answer as it would be typed: a matrix as ``[[1, 2], [3, 4]]``."""
    if isinstance(answer, list):
        return f"[{', '.join(map(_as_text, answer))}]"
    if answer is not None and not isinstance(answer, str):
        raise ValueError
    return answer or ""


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
    called: dict[str, Question] = {_normal(question.name): question for question in key.questions}
    for question in key.questions:
        for name in question.called:
            called.setdefault(_normal(name), question)
    given: dict[str, str] = {}
    notes = []
    for name, answer in submission.answers.items():
        if not answer.strip():
            continue
        found = called.get(_normal(name), called.get(_normal(name).replace(" ", "")))
        if found is None:
            notes.append(f"there is no question {name!r}")
        elif found.name in given:
            return Grade(student, file, (), f"there are two answers for {found.name!r}")
        else:
            given[found.name] = answer.strip()
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
    """Return the findings on the answers, and say of those that can't be read why not."""
    about = {question.name: question.about for question in key.questions}
    derivatives: dict[Value | str, Any] = {}
    found: dict[str, Finding | QuantityFinding] = {}
    names = []
    for name, answer in given.items():
        asked = about[name]
        if len(answer) > MOST_CHARACTERS:
            unreadable[name] = f"an answer has at most {MOST_CHARACTERS} characters"
        elif isinstance(asked, Value):
            derivatives[asked] = answer
            names.append(name)
        else:
            try:
                found[name] = judge_quantity(answer, asked)
            except AutogradError as error:  # rows that are no rectangle of numbers
                unreadable[name] = str(error)
    if derivatives:
        check = key.checker.check(derivatives)
        found |= zip(names, check.findings, strict=True)
    return found


def _mark(
    question: Question,
    answer: str,
    findings: Mapping[str, Finding | QuantityFinding],
    unreadable: Mapping[str, str],
    follow_through: float,
) -> Mark:
    if not answer:
        return Mark(question, 0.0, "no answer", f"✗ {question.name}: no answer")
    if question.name in unreadable:
        says = f"✗ {question.name}: {unreadable[question.name]}"
        return Mark(question, 0.0, "unreadable", says, answer)
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
            "tags": [mark.question.part] if mark.question.part else [],
        }
        for mark in each.marks
    ]
    output = each.problem or "\n".join(each.notes)
    results: dict[str, Any] = {"score": each.points or 0.0, "output": output, "tests": tests}
    return json.dumps(results, indent=2, allow_nan=False)


FORMATS = ("table", "csv", "json", "gradescope")
