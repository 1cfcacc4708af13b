"""Students' answers as text: read from CSV, JSON and lines, with what is amiss in its place."""

from __future__ import annotations

import codecs
import csv
import io
import json
import pathlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from autograd.text import normal_form

MOST_BYTES = 8 * 2**20  # of a file of answers


@dataclass(frozen=True, slots=True)
class Submission:
    """The answers of a student as text, by question as the student calls it, or what is amiss."""

    student: str
    file: str
    answers: Mapping[str, str]
    problem: str = ""


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
    header = [normal(cell) for cell in next(rows, [])]
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
            found[normal(name)] = _as_text(answer)
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
        name = normal(line[:at])
        if name in answers:
            raise ValueError(f"line {number}: {name!r} is there twice")
        answers[name] = line[at + 1 :].strip()
    yield "", (answers, "")


def normal(name: str) -> str:
    """Return the form of a question's name that all spellings of it have in common."""
    return normal_form(name).strip()
