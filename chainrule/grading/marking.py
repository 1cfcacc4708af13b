"""The marks for answers: points, and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from autograd import AutogradError, Value
from autograd.derivations.derivation import Finding
from autograd.derivations.quantities import QuantityFinding, judge_quantity
from chainrule.grading.keys import Key, Question
from chainrule.grading.submissions import Submission, normal

MOST_CHARACTERS = 2000  # of an answer


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


def grade(key: Key, submission: Submission, *, follow_through: float = 1.0) -> Grade:
    """Mark the answers of one student.

    Args:
        key: the questions.
        submission: the answers.
        follow_through: the share of its points that an answer gets which follows rightly from a
            wrong one, from 0 to 1.

    >>> w = Value(2.0, label="w")
    >>> from chainrule.grading import read_key
    >>> key = read_key({"loss": w * w, "questions": {"w": 2}})
    >>> grade(key, Submission("ann", "", {"w": "4"})).points
    2.0
    """
    student, file = submission.student, submission.file
    if submission.problem:
        return Grade(student, file, (), submission.problem)
    called: dict[str, Question] = {normal(question.name): question for question in key.questions}
    for question in key.questions:
        for name in question.called:
            called.setdefault(normal(name), question)
    given: dict[str, str] = {}
    notes = []
    for name, answer in submission.answers.items():
        if not answer.strip():
            continue
        found = called.get(normal(name), called.get(normal(name).replace(" ", "")))
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
