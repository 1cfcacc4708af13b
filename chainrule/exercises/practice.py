"""An exercise at a prompt: answers get feedback, and hints lead to the solution step by step."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any, Protocol

from autograd import Finding, Value, Verdict, check_derivation, count_paths, explanation, paths
from autograd.explanations.explanation import in_words
from autograd.explanations.formulas import partial
from chainrule.exercises.exercise import Exercise
from chainrule.exercises.quizzes import Quiz

HELP = (
    "Answer with a number or a formula, such as 2*(h - y)*x. Besides: hint, solution, skip, quit."
)
MOST_PATHS = 6  # in a hint


class Asked(Protocol):
    """A question at the prompt."""

    @property
    def text(self) -> str: ...
    @property
    def solution(self) -> str: ...
    def hints(self) -> Iterator[str]: ...
    def judge(self, answer: str) -> tuple[bool, str]: ...


class AskedDerivative:
    """What is the derivative of the loss by this node?

    All questions of an exercise have one dict of what was ``wrong`` last, by label: an answer that
    follows rightly from it is told from a new mistake.
    """

    def __init__(self, exercise: Exercise, label: str, wrong: dict[str, str]) -> None:
        self.loss, self.label = exercise.loss, label
        self.node = exercise.nodes[label]
        self.wrong = wrong

    @property
    def text(self) -> str:
        """The derivative."""
        return f"{partial(self.loss, self.node)} = "

    @property
    def solution(self) -> str:
        """Why it is what it is, with the formulas."""
        return str(explanation(self.loss, self.node, formulas=True))

    def hints(self) -> Iterator[str]:
        """Yield how many paths there are, then which."""
        count = count_paths(self.loss, self.node)
        lead = "leads" if count == 1 else "lead"
        yield f"{in_words(count)} {lead} from {self.loss.label} to {self.label}."
        yield "\n".join(map(str, islice(paths(self.loss, self.node), MOST_PATHS)))

    def judge(self, answer: str) -> tuple[bool, str]:
        """Return whether an answer is right, and what there is to say, but for the gradient."""
        given: dict[Value | str, Any] = {
            label: wrong for label, wrong in self.wrong.items() if label != self.label
        }
        given[self.label] = answer
        *_, found = check_derivation(self.loss, given).findings
        if not found.is_right and found.verdict is not Verdict.UNREADABLE:
            self.wrong[self.label] = answer
        said = found.details if isinstance(found, Finding) and found.follows_from else []
        mark = "✓" if found.is_right else "✗"
        message = found.verdict.value if self._is_told_by(found.verdict) else found.message
        return found.is_right, f"{mark} {' '.join(said) or message or found.verdict.value}"

    def _is_told_by(self, verdict: Verdict) -> bool:
        """Whether the words about an answer may say the gradient.

        Those about few digits do, and those about a mistake where all other factors of it are ±1.
        """
        if verdict is Verdict.TOO_FEW_DIGITS:
            return True
        is_about_a_mistake = verdict.names_cause or verdict is Verdict.NOT_THE_GRADIENT
        if not is_about_a_mistake or count_paths(self.loss, self.node) != 1:
            return False
        [path] = paths(self.loss, self.node)
        steps = zip(path.nodes, path.positions, strict=False)
        factors = [abs(node.local_derivatives[position]) for node, position in steps]
        return sum(factor != 1.0 for factor in factors) <= 1


class AskedQuiz:
    """Which of these is it?"""

    def __init__(self, quiz: Quiz) -> None:
        self.quiz = quiz
        self.letters = list(quiz.by_letter)

    @property
    def text(self) -> str:
        """The question and what there is to choose from."""
        lines = [f"  {letter}: {choice}" for letter, choice in self.quiz.by_letter.items()]
        return "\n".join([self.quiz.question, *lines, "? "])

    @property
    def solution(self) -> str:
        """The right choice, and why."""
        return f"{self.quiz.letter}: {self.quiz.reasons[self.quiz.right]}"

    def hints(self) -> Iterator[str]:
        """Yield a choice that is wrong, and why."""
        wrong = next(i for i in range(len(self.letters)) if i != self.quiz.right)
        yield f"It is not {self.letters[wrong]}: {self.quiz.reasons[wrong]}."

    def judge(self, answer: str) -> tuple[bool, str]:
        """Return whether a letter, or what it stands for, is right, and why."""
        letter = answer.upper()
        if answer in self.quiz.choices:
            letter = self.letters[self.quiz.choices.index(answer)]
        if letter not in self.letters:
            return False, f"choose one of {', '.join(self.letters)}"
        chosen = self.letters.index(letter)
        is_right = chosen == self.quiz.right
        return is_right, f"{'✓' if is_right else '✗'} {self.quiz.reasons[chosen]}"


def practise(exercise: Exercise, ask: Callable[[str], str], say: Callable[[str], None]) -> int:
    """Ask all that an exercise asks, and return how much was right at the first try.

    Args:
        exercise: what is asked.
        ask: shows a prompt and returns a line; it raises EOFError where there are no more.
        say: prints text.

    >>> from chainrule.exercises import make
    >>> answers = iter(["hint", "quit"])
    >>> practise(make("one-path", 1, seed=7), lambda prompt: next(answers), print)
    Answer with a number or a formula, such as 2*(h - y)*x. Besides: hint, solution, skip, quit.
    1 path leads from L to u.
    0 of 4 right at the first try
    0
    """
    wrong: dict[str, str] = {}
    asked: list[Asked] = [AskedDerivative(exercise, label, wrong) for label in exercise.questions]
    asked += map(AskedQuiz, exercise.quizzes)
    say(HELP)
    right = 0
    try:
        for each in asked:
            right += _right_at_once(each, ask, say)
    except EOFError:
        say("")
    except _QuitError:
        pass
    say(f"{right} of {len(asked)} right at the first try")
    return right


class _QuitError(Exception):
    """Whoever practises has had enough."""


def _right_at_once(asked: Asked, ask: Callable[[str], str], say: Callable[[str], None]) -> bool:
    """Ask until the answer is right or given up."""
    hints = asked.hints()
    is_first = True
    while True:
        answer = ask(asked.text).strip()
        command = answer.lower()
        if command == "quit":
            raise _QuitError
        if command == "skip":
            return False
        if command == "solution":
            say(asked.solution)
            return False
        if command in ("", "help"):
            say(HELP)
            continue
        if command == "hint":
            say(next(hints, "There is no other hint; solution shows it all."))
        else:
            is_right, said = asked.judge(answer)
            say(said)
            if is_right:
                return is_first
        is_first = False
