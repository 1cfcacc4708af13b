"""Checking a derivation done by hand: is it the gradient, and if not, what went wrong?"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, Literal, Protocol, TypeAlias

from autograd.arguments import require_value
from autograd.derivations.answers import Given, as_given, digits_of
from autograd.derivations.diagnosis import Judgement
from autograd.derivations.equations import Claim, Question, read_claims
from autograd.derivations.follow_through import replayed
from autograd.derivations.judging import Judge
from autograd.derivations.mistakes.verdicts import Verdict
from autograd.derivations.named_derivatives import fault_of_chain, is_chain, upside_down
from autograd.derivations.quantities import Quantity, QuantityFinding, gradient_of, judge_quantity
from autograd.errors import FormulaError, LabelError, OperandError
from autograd.explanations.batches import examples
from autograd.explanations.explanation import factors, named_path
from autograd.explanations.formulas import written
from autograd.explanations.notation import one_line
from autograd.explanations.path_sums import Path
from autograd.explanations.styled import Line, Styled
from autograd.graph import computed_nodes, topological_order
from autograd.labels import Labels
from autograd.replaying import Point
from autograd.text import of_one_line, short_number, told_apart
from autograd.transforms import gradients
from autograd.value import Value

Answer: TypeAlias = "float | Decimal | str | Value | Callable[[], float | Value]"

SHOWN_PATHS = 5


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Finding:
    """What one answer is worth.

    ``paths`` are those that the message is about: the missing ones, or, where nothing explains the
    answer, the largest; ``others`` are mistakes that would explain it as well. A wrong answer that
    follows rightly from other wrong ones has their names in ``follows_from``.

    >>> from autograd import Value
    >>> x = Value(3.0, label="x")
    >>> [finding] = check_derivation(x * x, {x: "x"}).findings
    >>> finding.verdict, finding.gradient
    (<Verdict.OVERWRITTEN: 'overwritten, not accumulated'>, 6.0)
    """

    node: Value
    name: str
    answer: Any
    number: float
    gradient: float
    verdict: Verdict
    message: str
    paths: tuple[Path, ...] = ()
    others: tuple[str, ...] = ()
    follows_from: tuple[str, ...] = ()
    shows_number: bool = True  # the answer as it was given, so that the number says nothing more

    @property
    def is_right(self) -> bool:
        """Whether the answer is the gradient, at least rounded."""
        return self.verdict.is_right

    @property
    def headline(self) -> str:
        """The answer and the verdict, on one line."""
        if self.verdict is Verdict.UNREADABLE:
            return one_line(f"✗ {self.name}: {self.answer}: {self.verdict.value}")
        number, right = told_apart(self.number, self.gradient, digits_of(self.answer))
        given = as_given(self.answer) + ("" if self.shows_number else f" = {number}")
        gradient = "" if self.verdict is Verdict.RIGHT else f"; the gradient is {right}"
        verdict = "follows from a wrong answer" if self.follows_from else self.verdict.value
        mark = "~" if self.verdict is Verdict.CLOSE else "✓" if self.is_right else "✗"
        return one_line(f"{mark} {self.name}: {given}: {verdict}{gradient}")

    @property
    def details(self) -> list[str]:
        """What there is to say beyond the verdict, line by line."""
        if self.follows_from:
            return [f"no new mistake: it follows rightly from {_listed(self.follows_from)}"]
        lines = self.message.splitlines()
        example_of = examples(self.paths[0].nodes[0], self.node) if self.paths else {}
        for path in self.paths[:SHOWN_PATHS]:
            product = f"{factors(path)} = {short_number(path.product)}"
            lines.append(f"{self._role}: {named_path(path, example_of)}: {product}")
        if len(self.paths) > SHOWN_PATHS:
            lines.append(f"… and {len(self.paths) - SHOWN_PATHS} more paths")
        return lines + [f"would fit as well: {other}" for other in self.others]

    def to_dict(self) -> dict[str, Any]:
        """Return the finding as strings, numbers and lists, such as JSON has."""
        return {
            "name": self.name,
            "answer": as_given(self.answer),
            "number": _as_json(self.number),
            "gradient": _as_json(self.gradient),
            "is_right": self.is_right,
            "verdict": self.verdict.name.lower(),
            "says": self.verdict.value,
            "message": self.message,
            "paths": [
                {"path": str(path), "product": _as_json(path.product)}
                for path in self.paths[:SHOWN_PATHS]
            ],
            "path_count": len(self.paths),
            "others": list(self.others),
            "follows_from": list(self.follows_from),
        }

    @property
    def _role(self) -> str:
        return "path" if self.verdict is Verdict.NOT_THE_GRADIENT else "missing"

    def __str__(self) -> str:
        return "\n    ".join([self.headline, *self.details])

    def __repr__(self) -> str:
        return of_one_line(self, self.headline)


class Reported(Protocol):
    """One line of a report, what there is to say about it, and whether it is good."""

    @property
    def is_right(self) -> bool: ...
    @property
    def headline(self) -> str: ...
    @property
    def details(self) -> list[str]: ...


class Report(Styled):
    """Findings that can be printed, shown in a notebook, and asked whether all are right."""

    __slots__ = ()

    findings: Sequence[Reported]

    @property
    def title(self) -> str:
        """What was checked."""
        raise NotImplementedError

    def __bool__(self) -> bool:
        return all(finding.is_right for finding in self.findings)

    def __repr__(self) -> str:
        return of_one_line(self, self.headline)

    @property
    def headline(self) -> str:
        """How many are right, on one line."""
        right, n = sum(finding.is_right for finding in self.findings), len(self.findings)
        return f"{self.title}: {right} of {n} right"

    def lines(self) -> Iterator[Line]:
        """Yield the headline, and below it each finding with what there is to say about it."""
        yield Line("title", (self.headline,))
        for finding in self.findings:
            style: Literal["right", "wrong"] = "right" if finding.is_right else "wrong"
            yield Line("item", (finding.headline,), style)
            for detail in finding.details:
                yield Line("detail", (detail,))


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class DerivationCheck(Report):
    """The findings of :func:`check_derivation`, one for each answer; true if all are right.

    ``name`` is that of the variable in which :func:`find_derivations` found it.

    >>> from autograd import Value
    >>> x = Value(3.0, label="x")
    >>> check = check_derivation(x * x, {x: "2x"})
    >>> bool(check), len(check.findings)
    (True, 1)
    """

    loss: Value
    findings: tuple[Finding | QuantityFinding, ...]
    name: str = ""

    @property
    def title(self) -> str:
        """What was checked."""
        variable = f" ({self.name})" if self.name not in ("", "derivation") else ""
        return f"Derivation of {written(self.loss)}{variable}"

    def to_dict(self) -> dict[str, Any]:
        """Return the check as strings, numbers, lists and dicts, such as JSON has.

        A number that JSON does not have is its word: ``"inf"``, ``"-inf"`` or ``"nan"``. Of the
        paths of a finding the first five are given, and ``path_count`` says how many there are.

        >>> from autograd import Value
        >>> x = Value(3.0, label="x")
        >>> found = check_derivation(x * x, {x: "-6"}).to_dict()
        >>> found["right"], found["of"], found["findings"][0]["verdict"]
        (0, 1, 'wrong_sign')
        """
        return {
            "name": self.name,
            "loss": written(self.loss),
            "right": sum(finding.is_right for finding in self.findings),
            "of": len(self.findings),
            "findings": [finding.to_dict() for finding in self.findings],
        }


def check_derivation(
    loss: Value,
    answers: Mapping[Value | str, Answer],
    *,
    names: Mapping[str, Any] = {},
    decimal_comma: bool = False,
) -> DerivationCheck:
    """Compare a person's derivatives of a loss with the gradient, and say what is wrong with them.

    A wrong answer is compared with what the usual mistakes lead to: a path left out, a wrong sign,
    a factor forgotten or used twice, a gradient overwritten instead of accumulated, the wrong
    operand of a rule, the wrong point or neighbour, a transposed weight, another loss, or two of
    these at once. Of several that fit, the most plausible is the verdict; where a number has so few
    digits that chance fits as well, it says so and names none. No ``.grad`` is touched.

    Args:
        loss: the node whose derivatives they are.
        answers: for each node of the graph, or its label, a number, a formula (see
            :mod:`autograd.reading`), or a function without arguments that returns a number. For a
            vector or matrix of labels, such as ``W2`` for ``W2[0,1]`` or ``w212`` and so on, lists
            of numbers, or a formula such as ``∇a2 h1ᵀ`` or ``W2ᵀ ∇a2 ⊙ g'(a1)``.
        names: more names for formulas, such as ``{"p1": p1, "t": 0.5}`` or ``locals()``: of Values,
            of numbers, and of lists of them, whose items are ``t[0]``. All else in it is passed
            over, and labels of the graph go first.
        decimal_comma: whether 0,13 is a number; then ``;`` is between the operands of functions.

    A formula may be an equation of several sides, ``∂L/∂w = 2(h - y)·x = 0.8``: each is judged.
    Derivatives by name, as in ``∂L/∂h · ∂h/∂w``, are those of the graph.

    How exact an answer must be follows from its digits: -0.13 is right where the gradient rounds to
    it, at most 5 % away; write "-0.130" as a string where the zero counts. Numbers with at most 4
    digits, also in formulas, are close (~, counted as right) up to 2 % away, if rounding the local
    derivatives, products and sums on the way to as many digits explains it.

    A wrong answer that the chain rule leads to from other wrong ones is said to follow from them.

    Raises:
        OperandError: if the loss is not a Value, the names are no mapping, or an answer is nothing
            of the above.
        LabelError: if no node has a label, or several have it.

    A formula is an identity: it must be the derivative where the node it is for has another number
    as well. One that can't be read is a finding of its own.

    >>> from autograd import Value
    >>> x, t = Value(3.0, label="x"), Value(5.0, label="t")
    >>> L = (x * x - t) ** 2; L.label = "L"
    >>> print(check_derivation(L, {x: "2*(x² - t)*2*x", "t": 8}))
    Derivation of L: 1 of 2 right
    ✓ x: 2*(x² - t)*2*x = 48: right
    ✗ t: 8: wrong sign; the gradient is -8
        the sign is wrong; a minus comes from ∂(x·x - t)/∂t = -1
    """
    require_answers(loss, answers, names)
    return Checker(loss, names).check(answers, decimal_comma=decimal_comma)


class Checker:
    """What :func:`check_derivation` works out about a loss, kept for the answers of many people.

    The graph must not change meanwhile.
    """

    def __init__(self, loss: Value, names: Mapping[str, Any] = {}) -> None:
        order = topological_order(loss)
        self.loss, self.labels = loss, Labels(order, names, loss)
        upstream = dict(zip(order, gradients(loss, order), strict=True))
        self._computed = computed_nodes(loss)
        self._judge = Judge(loss, Point(self._computed, upstream))

    def check(
        self, answers: Mapping[Value | str, Answer], *, decimal_comma: bool = False
    ) -> DerivationCheck:
        """Return what :func:`check_derivation` does."""
        findings, read = [], []
        quantities: dict[int, QuantityFinding] = {}
        for place, (key, answer) in enumerate(answers.items()):
            node = asked_about(key, self.labels)
            if isinstance(node, Quantity):
                quantities[place] = judge_quantity(answer, node, decimal_comma)
                continue
            name = key if isinstance(key, str) else written(node)
            given, found = self._finding(answer, Question(name, node, self.labels, decimal_comma))
            read.append(given)
            findings.append(found)
        judged: list[Finding | QuantityFinding] = [
            *_with_follow_through(findings, read, self._computed)
        ]
        for place, of_quantity in quantities.items():
            judged.insert(place, of_quantity)
        return DerivationCheck(self.loss, tuple(judged))

    def _finding(self, answer: Answer, question: Question) -> tuple[Given, Finding]:
        node, shows_number = question.node, True
        try:
            claims = read_claims(answer, question)
        except FormulaError as error:  # one finding: the other answers are judged all the same
            given = Given(math.nan)
            judgement: Judgement = Verdict.UNREADABLE, str(error), (), ()
        else:
            given, judgement = _judge_claims(claims, self._judge, node)
            shows_number = claims[-1].is_number
        gradient = self._judge.point.upstream.get(node, 0.0)
        found = Finding(node, question.name, answer, given.number, gradient, *judgement)
        return given, replace(found, shows_number=shows_number)


def require_answers(loss: Any, answers: Any, names: Any) -> Labels:
    """Return what names mean in answers about a loss.

    Raises:
        OperandError: if it is no loss, there are no answers, or the names are no mapping.
    """
    require_value(loss, "the loss")
    if not isinstance(answers, Mapping) or not answers:
        raise OperandError(
            f"answers must be a dict such as {{w: -0.065}} or {{'w': '2*x'}}, not {answers!r}"
        )
    if not isinstance(names, Mapping):
        raise OperandError(f"names must be a dict such as {{'t': 0.5}}, not {names!r}")
    return Labels(topological_order(loss), names, loss)


def asked_about(key: Any, labels: Labels) -> Value | Quantity:
    """Return the node that an answer is for, or the vector or matrix of nodes.

    Raises:
        OperandError: if it is neither a Value nor a label.
        LabelError: if there is nothing of such a name.
    """
    if isinstance(key, Value):
        return key
    if not isinstance(key, str):
        raise OperandError(f"an answer is for a Value or the label of one, not for {key!r}")
    try:
        return labels.find(key)
    except LabelError as error:
        try:
            return gradient_of(key.removeprefix("∇"), labels)
        except LabelError:
            raise error from None


def _judge_claims(claims: Sequence[Claim], judge: Judge, node: Value) -> tuple[Given, Judgement]:
    """Judge all that an answer claims, and return the worst of it; of two readings, the better."""
    judged = []
    for claim in claims:
        readings = [(given, judge.judgement(given, node)) for given in claim.readings]
        given, judgement = min(readings, key=lambda reading: _SEVERITY[reading[1][0]])
        judgement = _with_fault_of_chain(judgement, given, judge.loss, node)
        if len(claims) > 1 and not judgement[0].is_right:
            verdict, message, paths, others = judgement
            judgement = verdict, f"in the side {claim.text}: {message}", paths, others
        judged.append((given, judgement))
    return max(judged, key=lambda each: _SEVERITY[each[1][0]])


def _with_fault_of_chain(judgement: Judgement, given: Given, loss: Value, node: Value) -> Judgement:
    """Name the factor of named derivatives that is wrong, before any mistake of which it smells.

    Where numbers stand for some of the factors, a mistake that leads to them says more.
    """
    if given.formula is None:
        return judgement
    verdict, message, paths, others = judgement
    fault = upside_down(given.formula)
    is_explained = not fault and verdict.names_cause and not is_chain(given.formula)
    if not fault and not verdict.is_right:
        fault = fault_of_chain(given.formula, loss, node)
    if fault and is_explained:
        return verdict, message, paths, (fault, *others)
    return (Verdict.CHAIN, fault, (), ()) if fault else judgement


# How much is amiss: no verdict is worse than the last of those that it is told apart from.
_SEVERITY = {
    verdict: (Verdict.RIGHT, Verdict.ROUNDED, Verdict.CLOSE, verdict).index(verdict)
    for verdict in Verdict
}


def _with_follow_through(
    findings: list[Finding], read: Sequence[Given], computed: Sequence[Value]
) -> list[Finding]:
    """Return the findings, each of which knows the wrong answers that it follows rightly from."""
    wrong = {
        found.node: found.number
        for found in findings
        # What is right at these numbers passes no wrong number on.
        if not (found.is_right or found.verdict is Verdict.ONLY_HERE)
        and math.isfinite(found.number)
    }
    if len(wrong) < 2:
        return findings
    places = {node: place for place, node in enumerate(computed)}
    nearest_first = sorted(range(len(findings)), key=lambda i: -places.get(findings[i].node, -1))
    sources: dict[Value, tuple[str, ...]] = {}  # of wrong answers: where the mistake was made
    judged = list(findings)
    for i in nearest_first:
        found = findings[i]
        if found.is_right or found.node not in wrong:
            continue
        number, used = replayed(computed, found.node, wrong)
        names = tuple(
            dict.fromkeys(name for node in wrong if node in used for name in sources[node])
        )
        if names and read[i].is_close(number, by_hand=True):
            judged[i] = replace(found, follows_from=names)
            sources.setdefault(found.node, names)
        else:
            sources[found.node] = (found.name,)
    return judged


def _listed(names: Sequence[str]) -> str:
    """Return the answers for nodes in words."""
    *first, last = names
    return f"the answer for {last}" if not first else f"those for {', '.join(first)} and {last}"


def find_derivations(namespace: Mapping[str, Any]) -> dict[str, DerivationCheck]:
    """Return the checks that the variables of a program ask for, by name.

    These are the results of :func:`check_derivation` that it keeps in variables, and every dict
    called ``derivation`` or ``derivation_…``: answers for the Value called ``loss`` or ``L``, whose
    formulas may use all variables.

    Raises:
        LabelError: if there are answers, but no Value called ``loss`` or ``L``.

    >>> from autograd import Value
    >>> x = Value(3.0, label="x")
    >>> found = find_derivations({"x": x, "L": x * x, "derivation": {x: "2*x"}})
    >>> bool(found["derivation"])
    True
    """
    found = {}
    for name, variable in namespace.items():
        if isinstance(variable, DerivationCheck):
            found[name] = replace(variable, name=name)
        elif re.fullmatch(r"derivation(_\w+)?", name) and isinstance(variable, Mapping):
            losses = [v for v in map(namespace.get, ("loss", "L")) if isinstance(v, Value)]
            if not losses:
                raise LabelError(
                    f"{name} has answers, but there is no Value called loss or L that they are "
                    "derivatives of; name it so, or call check_derivation(loss, answers) yourself"
                )
            check = check_derivation(losses[0], variable, names=namespace)
            found[name] = replace(check, name=name)
    return found


def _as_json(number: float) -> float | str:
    """Return a number, or its word where JSON has no number for it."""
    return number if math.isfinite(number) else str(number)
