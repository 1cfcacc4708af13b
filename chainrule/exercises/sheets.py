"""An exercise on paper: a sheet with its picture and questions, and its solutions on another."""

from __future__ import annotations

import html
from collections.abc import Iterator, Sequence
from typing import Literal

from autograd import count_paths, explanation
from autograd.explanations.formulas import partial, value_formula
from autograd.explanations.styled import Line, Styled
from autograd.text import short_number
from chainrule.exercises.exercise import Exercise
from chainrule.exercises.pictures import blank_picture, svg
from viz.formats.mermaid import mermaid
from viz.formats.tree import tree
from viz.picture.model import Picture
from viz.picture.picture import picture

SheetFormat = Literal["markdown", "html"]
BLANK = " = ____________"
QUIZ_POINTS = 1
HEAD = "Name: ____________________   Date: ____________   Points: ____ of {}"
FEW_PATHS = 2  # of more, the factored form is shown as well


class Graph(Styled):
    """The numbers of an exercise, and what is computed from them."""

    def __init__(self, exercise: Exercise) -> None:
        self.exercise = exercise

    def lines(self) -> Iterator[Line]:
        """Yield a line of numbers, and an equation for each step."""
        nodes = self.exercise.nodes.items()
        given = (
            f"{label} = {short_number(node.data)}" for label, node in nodes if not node.parents
        )
        yield Line("text", (", ".join(given),))
        for _, node in nodes:
            if node.parents:
                yield Line("item", (value_formula(node),), latex=value_formula(node, "latex"))


class Head(Styled):
    """What is written at the top of a sheet: by whom, when, and how many points there are."""

    def __init__(self, exercise: Exercise) -> None:
        self.exercise = exercise

    def lines(self) -> Iterator[Line]:
        """Yield which exercise it is, and the line to be filled in."""
        points = sum(self.exercise.questions.values()) + QUIZ_POINTS * len(self.exercise.quizzes)
        yield Line("text", (self.exercise.name,))
        yield Line("text", (HEAD.format(points),))


def _points(points: int) -> str:
    return f"{points} point{'s' * (points != 1)}"


class Questions(Styled):
    """What is asked about a graph: derivatives, and quizzes."""

    def __init__(self, exercise: Exercise) -> None:
        self.exercise = exercise

    def lines(self) -> Iterator[Line]:
        """Yield a line for each question, those nearest to the loss first."""
        exercise = self.exercise
        yield Line("title", ("What are these derivatives?",))
        for label, points in exercise.questions.items():
            asked = partial(exercise.loss, exercise.nodes[label]) + BLANK
            yield Line("item", (f"{asked} ({_points(points)})",))
        for quiz in exercise.quizzes:
            yield Line("title", (f"{quiz.question} ({_points(QUIZ_POINTS)})",))
            for letter, choice in quiz.by_letter.items():
                yield Line("item", (f"{letter}: {choice}",))


class Solutions(Styled):
    """The numbers on the way, each derivative explained by its paths, and why quizzes are so."""

    def __init__(self, exercise: Exercise) -> None:
        self.exercise = exercise

    def lines(self) -> Iterator[Line]:
        """Yield the forward pass, an explanation of each derivative, and the quizzes."""
        exercise = self.exercise
        for node in exercise.nodes.values():
            if node.parents:
                yield Line("item", (value_formula(node, numbers=True),))
        for label in exercise.questions:
            node = exercise.nodes[label]
            yield Line("title", (partial(exercise.loss, node),))
            yield from explanation(exercise.loss, node).lines()
            if count_paths(exercise.loss, node) > FEW_PATHS:
                yield Line("title", (f"{partial(exercise.loss, node)}, factored",))
                yield from explanation(exercise.loss, node, form="factored").lines()
        for quiz in exercise.quizzes:
            yield Line("title", (f"{quiz.question} {quiz.letter}",))
            rows = zip(quiz.by_letter.items(), quiz.reasons, strict=True)
            for (letter, choice), reason in rows:
                yield Line("item", (f"{letter}: {choice}",))
                yield from (Line("detail", (line,)) for line in reason.splitlines())


def on_screen(exercise: Exercise) -> str:
    """Return the graph of an exercise as text, with a tree for its picture."""
    return f"{exercise.name}\n{Graph(exercise)}\n\n{tree(blank_picture(exercise.loss))}"


def sheet(exercise: Exercise, form: SheetFormat) -> str:
    """Return the sheet for students, as Markdown or as a page to print.

    In Markdown the picture is a Mermaid flowchart, which GitHub and many editors draw; on a page it
    is SVG.

    Args:
        exercise: what :func:`~chainrule.exercises.exercise.make` returned.
        form: ``"markdown"`` or ``"html"``.
    """
    shown = blank_picture(exercise.loss)
    parts: list[Styled | Picture] = [Head(exercise), Graph(exercise), shown, Questions(exercise)]
    return _document(exercise.title, parts, form)


def solutions(exercise: Exercise, form: SheetFormat) -> str:
    """Return the sheet with the solutions, in the same formats; its picture has all numbers.

    Args:
        exercise: what :func:`~chainrule.exercises.exercise.make` returned.
        form: ``"markdown"`` or ``"html"``.
    """
    loss = exercise.recipe.nodes()["L"]
    loss.backward()
    return _document(f"Solutions: {exercise.name}", [picture(loss), Solutions(exercise)], form)


def _document(title: str, parts: Sequence[Styled | Picture], form: SheetFormat) -> str:
    if form == "html":
        body = [
            f"<figure>{svg(part)}</figure>" if isinstance(part, Picture) else part._repr_html_()
            for part in parts
        ]
        return _PAGE.format(title=html.escape(title), body="\n".join(body))
    blocks = [
        f"```mermaid\n{mermaid(part)}```" if isinstance(part, Picture) else part._repr_markdown_()
        for part in parts
    ]
    return "\n\n".join([f"# {title}", *blocks]) + "\n"


_PAGE = """\
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
body {{ font: 12pt/1.6 system-ui, sans-serif; max-width: 48em; margin: 2em auto; padding: 0 1em }}
li, tr {{ break-inside: avoid }}
figure {{ margin: 1em calc(50% - 48vw); text-align: center }}
svg {{ max-width: 100%; height: auto }}
h1 {{ font-size: 1.5em }}
td, th {{ padding: 0 1em 0 0; text-align: left }}
@media print {{ body {{ margin: 0 }} figure {{ margin: 1em 0 }} }}
</style>
</head>
<body>
<h1>{title}</h1>
{body}
</body>
</html>
"""
