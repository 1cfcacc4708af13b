"""The key of a teacher: what is asked about a graph, and what it is worth."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from numbers import Real
from typing import Any

import autograd
from autograd import Value
from autograd.derivations.derivation import Checker, asked_about
from autograd.derivations.quantities import LEARNING_RATES, Quantity, update_of, value_of
from autograd.explanations.formulas import written
from autograd.labels import Labels
from chainrule.grading.submissions import normal
from viz.errors import ScriptError


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
            if questions.setdefault(normal(question.name), question) is not question:
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
