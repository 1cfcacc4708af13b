"""Exercises: made again by their seeds, with answers that the judge and the grader agree on."""

from __future__ import annotations

import io
import json
import pathlib
import re
import sys
from collections.abc import Iterator
from functools import cache
from html.parser import HTMLParser

import pytest

import autograd
from autograd import ArgumentError, Verdict, check_derivation
from chainrule import cli
from chainrule.exercises import KINDS, LEVELS, Exercise, make, on_screen, practise, sheet, solutions
from chainrule.exercises.pictures import blank_picture
from chainrule.exercises.practice import AskedDerivative
from viz.formats.dot import node_lines

ALL = [(kind, level) for kind in KINDS for level in LEVELS]
# Those of sums and products alone, whose numbers come out short.
EXACT = [("one-path", 1), ("neuron", 1), ("network", 1), ("batch", 1), ("batch", 2)]
EXACT += [("many-paths", level) for level in LEVELS] + [("over-time", level) for level in (1, 2)]


@pytest.fixture(params=ALL, ids=lambda found: f"{found[0]}-{found[1]}")
def exercise(request: pytest.FixtureRequest) -> Exercise:
    return _made(*request.param)


@cache
def _made(kind: str, level: int) -> Exercise:
    return make(kind, level, seed=10 * level + len(kind))


def test_the_same_seed_makes_the_same(exercise: Exercise) -> None:
    again = make(exercise.kind, exercise.level, exercise.seed)
    assert sheet(again, "html") == sheet(exercise, "html")
    assert solutions(again, "markdown") == solutions(exercise, "markdown")
    assert again.key() == exercise.key()
    other = make(exercise.kind, exercise.level, exercise.seed + 1)
    assert other.recipe.leaves != exercise.recipe.leaves


def test_the_answers_are_the_gradients(exercise: Exercise) -> None:
    nodes = exercise.recipe.nodes()
    nodes["L"].backward()
    assert exercise.answers == {label: nodes[label].grad for label in exercise.questions}
    assert all(0.005 <= abs(answer) <= 500 for answer in exercise.answers.values())
    check = check_derivation(exercise.loss, exercise.answers)
    assert all(found.verdict is Verdict.RIGHT for found in check.findings)


@pytest.mark.parametrize(("kind", "level"), EXACT)
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_numbers_are_short_where_they_can_be(kind: str, level: int, seed: int) -> None:
    found = make(kind, level, seed)
    numbers = [*found.answers.values(), *(node.data for node in found.nodes.values())]
    assert all(number == round(number, 3) for number in numbers)


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize(("kind", "level"), ALL)
def test_one_of_four_is_right_and_each_other_is_a_mistake_of_its_own(
    kind: str, level: int, seed: int
) -> None:
    found = make(kind, level, seed)
    quiz = found.quizzes[0]
    asked = re.fullmatch(r"Which of these four is ∂L/∂(\S+)\?", quiz.question)
    assert asked
    assert len({*quiz.choices}) == len({float(choice) for choice in quiz.choices}) == 4
    for place, choice in enumerate(quiz.choices):
        [finding] = check_derivation(found.loss, {asked[1]: choice}).findings
        assert finding.is_right is (place == quiz.right)
        if place != quiz.right:
            assert finding.verdict is not Verdict.NOT_THE_GRADIENT
            assert quiz.reasons[place] == finding.message


@pytest.mark.parametrize("kind", ["many-paths", "over-time", "batch"])
def test_one_path_alone_is_missing(kind: str) -> None:
    found = make(kind, 1, seed=5)
    quiz = found.quizzes[1]
    asked = re.search(r"∂L/∂(\S+) = (\S+)\.", quiz.question)
    assert asked
    node = found.nodes[asked[1]]
    products = {str(path): path.product for path in autograd.paths(found.loss, node)}
    assert {*products} == {*quiz.choices}
    [gradient] = autograd.gradients(found.loss, [node])
    fitting = [
        name for name, product in products.items() if f"{gradient - product:.4g}" == asked[2]
    ]
    assert fitting == [quiz.choices[quiz.right]]


def test_the_key_is_one_that_grade_takes(
    exercise: Exercise,
    tmp_path: pathlib.Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    pathlib.Path("key.py").write_text(exercise.key(), "utf-8")
    right = {label: f"{answer:.4g}" for label, answer in exercise.answers.items()}
    wrong = dict.fromkeys(right, "123456")
    pathlib.Path("all.json").write_text(json.dumps({"ann": right, "bob": wrong}), "utf-8")
    assert cli.main(["grade", "key.py", "all.json", "--format", "json"]) == 0
    ann, bob = json.loads(capsys.readouterr().out)
    assert ann["points"] == ann["of"] == sum(exercise.questions.values())
    assert bob["points"] == 0
    assert [mark["question"] for mark in ann["marks"]] == [*exercise.questions]


# On paper.


class Page(HTMLParser):
    """A page whose tags are closed, and what it says."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.said = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag not in ("meta", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.said += data


@pytest.mark.parametrize("form", ["markdown", "html"])
def test_a_sheet_asks_and_its_solutions_answer(exercise: Exercise, form: str) -> None:
    asking, solving = sheet(exercise, form), solutions(exercise, form)  # type: ignore[arg-type]
    if form == "html":
        pages = [Page(text) for text in (asking, solving)]
        assert not any(page.open for page in pages)
        asking, solving = (page.said for page in pages)
        assert "<svg" in sheet(exercise, "html")
    else:
        assert "```mermaid\n" in asking
    for label, answer in exercise.answers.items():
        assert f"∂L/∂{label} = " in asking
        assert f"gradient ∂L/∂{label} = {answer + 0.0:.4g}" in solving
        assert f"∂L/∂{label} = {answer + 0.0:.4g}" not in asking
    for quiz in exercise.quizzes:
        assert all(reason.splitlines()[0] not in asking for reason in quiz.reasons)


def test_a_picture_has_the_numbers_of_leaves_alone(exercise: Exercise) -> None:
    shown = blank_picture(exercise.loss)
    given = {f"{label} = " for label in exercise.recipe.leaves}
    assert {f"{node.title} = " for node in shown.nodes if node.value_text} == given
    assert not any(edge.local_text or edge.contribution_text for edge in shown.edges)
    assert all(not re.search(r"\d", line) for edge in shown.edges for line in edge.tooltip[1:])
    loss = f"{exercise.loss.data:.4g}"
    assert loss not in shown.description


# At a prompt.


def practised(exercise: Exercise, *answers: str) -> tuple[int, list[str]]:
    said: list[str] = []
    given = iter(answers)

    def ask(prompt: str) -> str:
        said.append(prompt)
        try:
            return next(given)
        except StopIteration:
            raise EOFError from None

    return practise(exercise, ask, said.append), said


def all_right(exercise: Exercise) -> Iterator[str]:
    yield from map(repr, exercise.answers.values())
    yield from (quiz.letter.lower() for quiz in exercise.quizzes)


def test_who_knows_it_all_is_told_so(exercise: Exercise) -> None:
    answers = [*all_right(exercise)]
    right, said = practised(exercise, *answers)
    assert right == len(answers)
    assert said[-1] == f"{right} of {right} right at the first try"


def test_a_wrong_answer_gets_its_cause_and_another_try() -> None:
    found = make("many-paths", 1, seed=7)
    right, said = practised(found, repr(-found.answers["u"]), *all_right(found))
    assert right == len(found.questions) + len(found.quizzes) - 1
    assert any(text.startswith("✗ wrong sign") for text in said)
    assert not any(f"{found.answers['u']:.4g}" in text for text in said[:3])


def test_an_earlier_wrong_answer_carried_on_is_no_new_mistake() -> None:
    found = make("one-path", 1, seed=7)  # L = u², u = w·x + b, x = -3
    wrong = 2 * found.answers["u"]
    carried_on = repr(wrong * found.nodes["x"].data)
    _, said = practised(found, repr(wrong), "skip", carried_on, "quit")
    assert "✗ no new mistake: it follows rightly from the answer for u" in said
    _, said = practised(found, repr(wrong), repr(found.answers["u"]), carried_on, "quit")
    assert "✗ no new mistake: it follows rightly from the answer for u" in said
    _, said = practised(found, "skip", carried_on, "quit")
    assert not any("follows" in each for each in said)


def test_hints_come_one_by_one_and_the_solution_ends_the_question() -> None:
    found = make("many-paths", 1, seed=7)
    right, said = practised(
        found, "skip", "skip", "skip", "hint", "hint", "hint", "solution", "quit"
    )
    text = "\n".join(said)
    assert right == 0
    assert "2 paths lead from L to x." in text
    assert "L → u → x" in text
    assert "There is no other hint" in text
    assert "sum of 2 paths" in text


@pytest.mark.parametrize("answer", ["2*(", "nobody", "=", "((((", "[1, 2]", "\x1b[2J", "É", "A B"])
def test_what_can_not_be_read_is_said(answer: str) -> None:
    found = make("neuron", 1, seed=3)
    right, said = practised(found, *[answer] * len(found.questions), "quit")
    assert right == 0
    assert any(text.startswith("✗") for text in said)
    skips = ["skip"] * len(found.questions)
    assert "choose one of A, B, C, D" in practised(found, *skips, answer)[1]


def test_a_choice_may_be_given_as_its_number() -> None:
    found = make("neuron", 1, seed=3)
    quiz = found.quizzes[0]
    skips = ["skip"] * len(found.questions)
    assert practised(found, *skips, quiz.choices[quiz.right])[0] == 1
    wrong = next(i for i in range(4) if i != quiz.right)
    assert f"✗ {quiz.reasons[wrong]}" in practised(found, *skips, quiz.choices[wrong])[1]


@pytest.mark.parametrize(
    ("kind", "level", "message"),
    [("neurons", 1, "did you mean 'neuron'"), ("neuron", 4, "1, 2 or 3")],
)
def test_an_unknown_kind_or_level_is_a_mistake(kind: str, level: int, message: str) -> None:
    with pytest.raises(ArgumentError, match=message):
        make(kind, level)


# From the shell.


def run(capsys: pytest.CaptureFixture[str], *argv: str) -> tuple[int, str, str]:
    status = cli.main(["exercise", *argv])
    captured = capsys.readouterr()
    return status, captured.out, captured.err


def test_help_lists_kinds_and_levels(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = run(capsys, "--help")
    assert status == 0
    for name, kind in KINDS.items():
        [line] = [line for line in out.splitlines() if line.startswith(f"  {name} ")]
        assert all(
            f"{level} {each.about}" in line for level, each in zip(LEVELS, kind.levels, strict=True)
        )


def test_a_sheet_its_solutions_and_a_key_are_written(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    what = ["--kind", "many-paths", "--level", "2", "--seed", "7"]
    paths = ["--sheet", "a.html", "--solutions", "b.md", "--key", "key.py"]
    assert run(capsys, *what, *paths) == (0, "wrote a.html\nwrote b.md\nwrote key.py\n", "")
    found = make("many-paths", 2, 7)
    texts = [pathlib.Path(name).read_text("utf-8") for name in ("a.html", "b.md", "key.py")]
    assert texts == [sheet(found, "html"), solutions(found, "markdown"), found.key()]


def test_at_the_prompt_it_reads_what_is_piped(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("skip\n"))
    status, out, _ = run(capsys, "--kind", "softmax", "--level", "3", "--seed", "4")
    assert status == 0
    assert out.startswith(on_screen(make("softmax", 3, 4)))
    assert out.endswith("0 of 6 right at the first try\n")


def test_without_a_seed_it_says_which_it_took(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(""))
    status, out, _ = run(capsys)
    found = re.match(r"many-paths, level 1, seed (\d+)\n", out)
    assert found
    assert out.startswith(on_screen(make("many-paths", 1, int(found[1]))))
    assert status == 0


@pytest.mark.parametrize(("kind", "level"), ALL)
def test_feedback_on_a_derivative_does_not_say_what_it_is(kind: str, level: int) -> None:
    """Where but one factor of it is not ±1, the words for a mistake would have it."""
    for exercise in (make(kind, level, seed) for seed in range(3)):
        for label in [*exercise.questions][:3]:
            gradient = exercise.answers[label]
            number = rf"(?<![-\d.]){re.escape(f'{gradient:.4g}')}(?!\d|\.\d)"
            wrong = (0.0, 1.0, -gradient, 2 * gradient, gradient + 1, gradient**2)
            for answer in (f"{each:.4g}" for each in wrong):
                is_right, said = AskedDerivative(exercise, label, {}).judge(answer)
                if not is_right and abs(gradient) not in range(10):  # those count things too
                    assert not re.search(number, said), said


def test_the_boxes_of_a_picture_without_numbers_are_as_high_as_their_text() -> None:
    shown = blank_picture(make("network", 1, seed=1).loss)
    assert all(len(node_lines(node)) == 1 for node in shown.nodes)
