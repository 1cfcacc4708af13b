"""An exercise: a small graph with numbers that are nice to compute with, and what is asked."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from random import Random

from autograd import ArgumentError, Value, count_paths, gradients
from autograd.errors import did_you_mean
from chainrule.exercises.kinds import KINDS, LEVELS
from chainrule.exercises.quizzes import Quiz, missing_path, which_gradient
from chainrule.exercises.recipes import Recipe

# Of so many draws the nicest is taken, or the first whose numbers are all short.
DRAWS = 60
SHORT = 3  # decimals
SMALLEST, LARGEST = 0.005, 500.0  # of what is asked


@dataclass(frozen=True)
class Exercise:
    """A graph, the nodes by which its loss L is to be differentiated, and quizzes about them.

    The same kind, level and seed make the same exercise.
    """

    kind: str
    level: int
    seed: int
    recipe: Recipe
    nodes: Mapping[str, Value]
    quizzes: tuple[Quiz, ...]

    @property
    def loss(self) -> Value:
        """What is differentiated."""
        return self.nodes["L"]

    @property
    def name(self) -> str:
        """The kind, the level and the seed, as the command has them."""
        return f"{self.kind}, level {self.level}, seed {self.seed}"

    @property
    def title(self) -> str:
        """What it is about, in words."""
        about, levels = KINDS[self.kind]
        return f"{about[0].upper()}{about[1:]}: {levels[self.level - 1].about}"

    @cached_property
    def questions(self) -> dict[str, int]:
        """The points for each label that is asked about: two where a sum over paths is asked."""
        return {
            label: 2 if count_paths(self.loss, self.nodes[label]) > 1 else 1
            for label in self.recipe.asked
        }

    @cached_property
    def answers(self) -> dict[str, float]:
        """The right answer for each label that is asked about."""
        asked = [self.nodes[label] for label in self.recipe.asked]
        return dict(zip(self.recipe.asked, gradients(self.loss, asked), strict=True))

    def key(self) -> str:
        """Return the key that ``chainrule grade`` takes: the graph and the questions as Python."""
        questions = ", ".join(f"{label}: {points}" for label, points in self.questions.items())
        command = f"chainrule exercise --kind {self.kind} --level {self.level} --seed {self.seed}"
        return f"# {command}\n{self.recipe.python()}questions = {{{questions}}}\n"


def make(kind: str, level: int = 1, seed: int = 0) -> Exercise:
    """Return the exercise of a kind and level that a seed makes.

    Args:
        kind: one of ``KINDS``.
        level: 1, 2 or 3.
        seed: a whole number; the same one makes the same exercise.

    Raises:
        ArgumentError: if there is no such kind or level.

    >>> exercise = make("many-paths", level=1, seed=7)
    >>> list(exercise.questions)
    ['u', 'v', 'w', 'x']
    >>> exercise.answers == make("many-paths", level=1, seed=7).answers
    True
    """
    if kind not in KINDS:
        raise ArgumentError(f"there is no kind {kind!r} of exercise{did_you_mean(kind, KINDS)}")
    if level not in LEVELS:
        raise ArgumentError(f"the level is 1, 2 or 3, not {level!r}")
    random = Random(f"{kind} {level} {seed}")
    nicer: list[Exercise] = []  # each nicer than the one before
    least, draws = math.inf, 0
    while not nicer or (least and draws < DRAWS):
        draws += 1
        recipe = KINDS[kind].levels[level - 1].recipe(random)
        nodes = recipe.nodes()
        penalty = _penalty(nodes, recipe.asked)
        if penalty < least and (quizzes := _quizzes(random, nodes, recipe.asked)):
            nicer.append(Exercise(kind, level, seed, recipe, nodes, quizzes))
            least = penalty
    return nicer[-1]


def _penalty(nodes: Mapping[str, Value], asked: Sequence[str]) -> float:
    """Return how many numbers are long; infinity if what is asked has no telling answer."""
    loss = nodes["L"]
    labels = [label for label in nodes if nodes[label].parents]
    slopes = dict(zip(nodes, gradients(loss, list(nodes.values())), strict=True))
    answers = [slopes[label] for label in asked]
    if not all(SMALLEST <= abs(answer) <= LARGEST for answer in answers):
        return math.inf
    if len({f"{abs(answer):.3g}" for answer in answers}) < len(answers):
        return math.inf  # an answer for another node would not be told from the right one
    numbers = [*answers, *(nodes[label].data for label in labels)]
    return sum(round(number, SHORT) != round(number, 9) for number in numbers)


def _quizzes(random: Random, nodes: Mapping[str, Value], asked: Sequence[str]) -> tuple[Quiz, ...]:
    """Return quizzes about the last node for which there is one of each sort; none if none."""
    found = []
    for quiz in (which_gradient, missing_path):
        about = (quiz(random, nodes["L"], nodes[label]) for label in reversed(asked))
        found.append(next((each for each in about if each is not None), None))
    if found[0] is None:
        return ()
    return tuple(each for each in found if each is not None)
