"""Checking a derivation done by hand: is it the gradient, and if not, what went wrong?"""

from __future__ import annotations

import html
import math
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from itertools import islice
from numbers import Integral, Real
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, TypeAlias

from autograd import expressions
from autograd.errors import FormulaError, LabelError, OperandError, did_you_mean
from autograd.explanations import factors, in_words, markdown
from autograd.follow_through import replayed
from autograd.formulas import written
from autograd.graph import computed_nodes, dependents, topological_order
from autograd.mistakes import MISTAKES, Case, Guess, Verdict
from autograd.notation import one_line
from autograd.path_sums import Path, paths
from autograd.replaying import STEPS, Replay, nearby
from autograd.text import short_number, told_apart
from autograd.transforms import gradients
from autograd.value import Value

if TYPE_CHECKING:
    from rich.text import Text

Answer: TypeAlias = "float | Decimal | str | Value | Callable[[], float | Value]"

# Relative: what floats lose, what working by hand with few digits loses on the way, and the most
# that rounding the result may change it (by which one digit alone says too little).
FLOAT_ERROR = 1e-9
CANCELLATION_ERROR = 1e-14  # of the sum of |product| over the paths
HAND_ERROR = 0.02
MOST_ROUNDING = 0.05
MOST_OF_ZERO = 0.0005  # "0.000" is 0, rounded; "0.0" may be anything
KINK = 1e-3  # how far the slopes on the two sides of a kink are apart, at least
KINK_STEP = 1e-7
COMPUTED_DIGITS = 9  # a float of so many was computed, perhaps with rounded numbers
DIGITS_ON_THE_WAY = 3
FEW_DIGITS = 4

# In a larger graph only the first few kinds of mistakes are tried, and of guesses so many.
MOST_EDGES = 20_000
MOST_GUESSES = 20_000
KINDS_IN_LARGE_GRAPHS = 5
SHOWN_PATHS = 5
MOST_OTHERS = 2


@dataclass(frozen=True, slots=True, eq=False)
class Finding:
    """What one answer is worth.

    ``paths`` are those that the message is about: the missing ones, or, where nothing explains the
    answer, the largest; ``others`` are mistakes that would explain it as well. A wrong answer that
    follows rightly from other wrong ones has their names in ``follows_from``.
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

    @property
    def is_right(self) -> bool:
        """Whether the answer is the gradient, at least rounded."""
        return self.verdict.is_right

    @property
    def headline(self) -> str:
        """The answer and the verdict, on one line."""
        if self.verdict is Verdict.UNREADABLE:
            return one_line(f"✗ {self.name}: {self.answer}: {self.verdict.value}")
        formula = isinstance(self.answer, str) and _as_decimal(self.answer) is None
        number, right = told_apart(self.number, self.gradient, _digits(self.answer))
        given = f"{self.answer} = {number}" if formula else _shown(self.answer)
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
        lines += [
            f"{self._role}: {path}: {factors(path)} = {short_number(path.product)}"
            for path in self.paths[:SHOWN_PATHS]
        ]
        if len(self.paths) > SHOWN_PATHS:
            lines.append(f"… and {len(self.paths) - SHOWN_PATHS} more paths")
        return lines + [f"would fit as well: {other}" for other in self.others]

    def to_dict(self) -> dict[str, Any]:
        """Return the finding as strings, numbers and lists, such as JSON has."""
        return {
            "name": self.name,
            "answer": _shown(self.answer),
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


class Reported(Protocol):
    """One line of a report, what there is to say about it, and whether it is good."""

    @property
    def is_right(self) -> bool: ...
    @property
    def headline(self) -> str: ...
    @property
    def details(self) -> list[str]: ...


class Report:
    """Findings that can be printed, shown in a notebook, and asked whether all are right."""

    __slots__ = ()

    findings: Sequence[Reported]

    @property
    def title(self) -> str:
        """What was checked."""
        raise NotImplementedError

    def __bool__(self) -> bool:
        return all(finding.is_right for finding in self.findings)

    @property
    def headline(self) -> str:
        """How many are right, on one line."""
        right, n = sum(finding.is_right for finding in self.findings), len(self.findings)
        return f"{self.title}: {right} of {n} right"

    def __str__(self) -> str:
        lines = [self.headline]
        for finding in self.findings:
            lines += [finding.headline, *(f"    {line}" for line in finding.details)]
        return "\n".join(lines)

    def __rich__(self) -> Text:
        from rich.text import Text  # only where rich prints already

        text = Text(self.headline)
        for finding in self.findings:
            text.append(f"\n{finding.headline}", "green" if finding.is_right else "red")
            text.append("".join(f"\n    {line}" for line in finding.details))
        return text

    def _repr_html_(self) -> str:
        items = [
            "<br>".join(map(html.escape, [finding.headline, *finding.details]))
            for finding in self.findings
        ]
        rows = "".join(f"<li>{item}</li>" for item in items)
        return f"<p><b>{html.escape(self.headline)}</b></p><ul>{rows}</ul>"

    def _repr_markdown_(self) -> str:
        lines = [f"**{markdown(self.headline)}**", ""]
        for finding in self.findings:
            lines.append(f"- {markdown(finding.headline)}")
            lines += [f"  - {markdown(line)}" for line in finding.details]
        return "\n".join(lines)


@dataclass(frozen=True, slots=True, eq=False)
class DerivationCheck(Report):
    """The findings of :func:`check_derivation`, one for each answer; true if all are right.

    ``name`` is that of the variable in which :func:`find_derivations` found it.
    """

    loss: Value
    findings: tuple[Finding, ...]
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
    loss: Value, answers: Mapping[Value | str, Answer], *, names: Mapping[str, Any] = {}
) -> DerivationCheck:
    """Compare a person's derivatives of a loss with the gradient, and say what is wrong with them.

    A wrong answer is compared with what the usual mistakes lead to: a path left out, a wrong sign,
    a factor forgotten or used twice, a gradient overwritten instead of accumulated, the wrong
    operand of a rule, a transposed weight, the gradient of another node. Of several that fit, the
    most plausible is the verdict. No ``.grad`` is touched.

    Args:
        loss: the node whose derivatives they are.
        answers: for each node of the graph, or its label, a number, a formula (see
            :mod:`autograd.expressions`), or a function without arguments that returns a number.
        names: more names for formulas, such as ``{"p1": p1, "t": 0.5}`` or ``locals()``: of Values,
            of numbers, and of lists of them, whose items are ``t[0]``. All else in it is passed
            over, and labels of the graph go first.

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
    if not isinstance(loss, Value):
        raise OperandError(f"the loss must be a Value, not {loss!r}")
    if not isinstance(answers, Mapping) or not answers:
        raise OperandError(
            f"answers must be a dict such as {{w: -0.065}} or {{'w': '2*x'}}, not {answers!r}"
        )
    if not isinstance(names, Mapping):
        raise OperandError(f"names must be a dict such as {{'t': 0.5}}, not {names!r}")
    order = topological_order(loss)
    labels = Labels(order, names)
    nodes = [labels.find(key) if isinstance(key, str) else key for key in answers]
    for node in nodes:
        if not isinstance(node, Value):
            raise OperandError(f"an answer is for a Value or the label of one, not for {node!r}")
    upstream = dict(zip(order, gradients(loss, order), strict=True))
    computed = computed_nodes(loss)
    findings = []
    read = []
    for key, node, answer in zip(answers, nodes, answers.values(), strict=True):
        name = key if isinstance(key, str) else written(node)
        gradient = upstream.get(node, 0.0)
        try:
            given = _read(answer, name, labels)
        except FormulaError as error:  # one finding: the other answers are judged all the same
            given = Given(math.nan)
            judgement: _Judgement = Verdict.UNREADABLE, str(error), (), ()
        else:
            judgement = (
                _judge(loss, given, node, computed, upstream)
                if node in upstream
                else _judge_outside(loss, given)
            )
        read.append(given)
        findings.append(Finding(node, name, answer, given.number, gradient, *judgement))
    return DerivationCheck(loss, tuple(_with_follow_through(findings, read, computed)))


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


class Labels:
    """The nodes of a graph by label, and more names; ``x₁`` and ``x1`` are the same to it."""

    def __init__(self, nodes: Iterable[Value], names: Mapping[str, Any] = {}) -> None:
        self._exact: dict[str, list[Value]] = {}
        self._normal: dict[str, list[Value]] = {}
        self._names = names
        nodes = list(nodes)
        made = [node.primitive for node in nodes if node.primitive is not None]
        self.functions = expressions.functions_of(made)
        for node in nodes:
            if node.label:
                self._exact.setdefault(node.label, []).append(node)
                self._normal.setdefault(_normal(node.label), []).append(node)

    def number(self, name: str) -> float:
        """Return the number that a formula means by a name: that of a node, else of a variable.

        Raises:
            LabelError: if there is none, or more than one.
        """
        meant = self.meant(name)
        return meant.data if isinstance(meant, Value) else meant

    def meant(self, name: str) -> Value | float:
        """Return the node or variable that a formula means by a name.

        Raises:
            LabelError: if there is none, or more than one.
        """
        if not self._of(name):
            for key in (name, _normal(name)):
                if (variable := _variable(self._names, key)) is not None:
                    return variable
            if self._of_variables._of(name):
                return self._of_variables.find(name)
        return self.find(name)

    def knows(self, name: str) -> bool:
        """Whether a name means something, if only something that several have."""
        is_variable = any(_variable(self._names, key) is not None for key in (name, _normal(name)))
        return bool(is_variable or self._of(name) or self._of_variables._of(name))

    @cached_property
    def _of_variables(self) -> Labels:
        return Labels(_values_in(self._names.values()))

    def _of(self, label: str) -> list[Value]:
        return self._exact.get(label) or self._normal.get(_normal(label), [])

    def find(self, label: str) -> Value:
        """Return the node of a label.

        Raises:
            LabelError: if there is none, or more than one.
        """
        found = self._of(label)
        if len(found) == 1:
            return found[0]
        if found:
            raise LabelError(
                f"{len(found)} nodes are called {label!r}; label them apart, or give the Value "
                "itself instead of its label"
            )
        if not self._exact:
            raise LabelError(
                f"no node of the graph has a label, so none is called {label!r}; write "
                "Value(2.0, label='x'), or autograd.name_values(locals())"
            )
        hint = did_you_mean(label, self._exact)
        if "did you mean" not in hint:
            some = ", ".join(map(repr, islice(self._exact, 8)))
            hint = f"; there are {some}{', …' * (len(self._exact) > 8)}"
        raise LabelError(f"no node of the graph is called {label!r}{hint}")


def _variable(names: Mapping[str, Any], name: str) -> Value | float | None:
    """Return a variable, or the item ``y[0][1]`` of one, if it is a number; else None."""
    found: Any = names.get(name)
    if found is None and name.endswith("]"):
        variable, *places = re.split(r"\]?\[|,", name.removesuffix("]"))
        found = names.get(variable)
        for index in places:
            is_item = index.isdecimal() and isinstance(found, (list, tuple))
            found = found[int(index)] if is_item and int(index) < len(found) else None
    if isinstance(found, Value):
        return found
    return float(found) if isinstance(found, Real) else None


def _values_in(variables: Iterable[Any]) -> list[Value]:
    """Return the Values among variables and in lists of them, each once."""
    values: dict[Value, None] = {}
    lists: set[int] = set()  # a list may contain itself
    pending = list(variables)
    while pending:
        found = pending.pop()
        if isinstance(found, Value):
            values[found] = None
        elif isinstance(found, (list, tuple)) and id(found) not in lists:
            lists.add(id(found))
            pending.extend(found)
    return list(values)


def _normal(label: str) -> str:
    return unicodedata.normalize("NFKC", label)


@dataclass(frozen=True, slots=True)
class Formula:
    """A formula as an identity: the nodes that it names, and its number where they have others."""

    text: str
    labels: Labels
    nodes: tuple[Value, ...]
    literals: tuple[Decimal, ...]

    def at(self, numbers: Mapping[Value, float]) -> float:
        """Return its number where these nodes have other numbers."""

        def number(name: str) -> float:
            meant = self.labels.meant(name)
            return numbers.get(meant, meant.data) if isinstance(meant, Value) else meant

        return expressions.evaluate(self.text, number, self.labels.functions, self.labels.knows)


@dataclass(frozen=True, slots=True)
class Given:
    """An answer as a number, with what its digits say: half a unit of the last one."""

    number: float
    half_unit: float = 0.0
    by_hand: bool = False  # few digits, so that intermediate results had few as well
    digits: int = FEW_DIGITS  # significant ones, if by hand
    formula: Formula | None = None  # if it has names in it
    computed: bool = False  # by Python, from numbers that may be rounded

    def is_close(self, number: float, noise: float = 0.0, by_hand: bool = False) -> bool:
        """Whether the answer is this number, within its digits or, if allowed, by hand."""
        if not math.isfinite(number) or not math.isfinite(self.number):
            return self.number == number or (math.isnan(self.number) and math.isnan(number))
        allowed = FLOAT_ERROR * abs(number) + noise + self.digits_allow(number)
        if by_hand and self.by_hand:
            allowed = max(allowed, HAND_ERROR * abs(number))
        return abs(self.number - number) <= allowed

    def digits_allow(self, number: float) -> float:
        """How far rounding may have moved a number to this answer."""
        if self.number == 0.0:  # "0.00", as written
            return self.half_unit
        return min(self.half_unit, MOST_ROUNDING * abs(number))


def _read(answer: Any, name: str, labels: Labels) -> Given:
    if callable(answer) and not isinstance(answer, Value):
        answer = answer()
    if isinstance(answer, Value):
        return Given(answer.data)
    if isinstance(answer, str) and _as_decimal(answer) is None:
        nodes: dict[Value, None] = {}

        def number_of(label: str) -> float:
            meant = labels.meant(label)
            if isinstance(meant, Value):
                nodes[meant] = None
            return labels.number(label)

        try:
            number = expressions.evaluate(answer, number_of, labels.functions, labels.knows)
        except FormulaError as error:
            raise FormulaError(f"the answer for {name}: {error}") from None
        literals = [Decimal(text) for text in re.findall(r"(?<![\w.])\d+\.?\d*|\.\d+", answer)]
        fractions = [each for each in literals if each.as_tuple().exponent]
        digits = min(map(_significant, fractions), default=FEW_DIGITS + 1)
        formula = Formula(answer, labels, tuple(nodes), tuple(literals)) if nodes else None
        # 0.8 may be 0.80, as nobody rounds to a single digit.
        return Given(number, 0.0, digits <= FEW_DIGITS, max(digits, 2), formula)
    given = read_number(answer)
    if given is None:
        raise OperandError(
            f"the answer for {name} must be a number, a formula as a str, or a function without "
            f"arguments that returns a number, not {answer!r}"
        )
    return given


def read_number(answer: Any) -> Given | None:
    """Return a number, or one written in a string, with what its digits say; else None."""
    if isinstance(answer, Fraction):
        return Given(float(answer))
    written = _as_decimal(answer)
    if written is None:
        return None
    number = float(written)
    exponent = written.as_tuple().exponent
    if not isinstance(exponent, int):  # inf or nan
        return Given(number)
    if number == 0 and (exponent >= 0 or not isinstance(answer, (str, Decimal))):
        return Given(number)  # nobody rounds to a bare 0
    by_hand = exponent < 0 and not number.is_integer() and _significant(written) <= FEW_DIGITS
    half_unit = float(Decimal(5).scaleb(exponent - 1))
    digits = _significant(written)
    computed = not isinstance(answer, (str, Decimal)) and digits >= COMPUTED_DIGITS
    return Given(number, half_unit, by_hand, max(digits, 2), computed=computed)


def _as_decimal(answer: Any) -> Decimal | None:
    """Return a number with the digits that the person gave; None for anything else."""
    if isinstance(answer, Decimal):
        return answer
    if isinstance(answer, str):
        text = answer.strip().replace("−", "-")
        number = re.fullmatch(r"[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)(e[-+]?[0-9]{1,3})?", text, re.I)
        return Decimal(text) if number else None
    if isinstance(answer, bool) or not isinstance(answer, Real):
        return None
    if isinstance(answer, Integral):  # no decimals; 2.0 has one, as written
        return Decimal(int(answer))
    # The str() of a NumPy number has the digits of its type, the repr() of a float those it needs.
    return Decimal(str(answer) if hasattr(answer, "dtype") else repr(float(answer)))


def _significant(number: Decimal) -> int:
    return len(number.as_tuple().digits)


def _digits(answer: Any) -> int:
    """Return how many significant digits the person gave, as far as that is known."""
    written = None if isinstance(answer, Fraction) else _as_decimal(answer)
    return _significant(written) if written is not None else 0


def _shown(answer: Any) -> str:
    """Return an answer as the person gave it."""
    if isinstance(answer, Value):
        return short_number(answer.data)
    return "the function's result" if callable(answer) else str(answer)


def _as_json(number: float) -> float | str:
    """Return a number, or its word where JSON has no number for it."""
    return number if math.isfinite(number) else str(number)


# A verdict, the words for it, the paths that these are about, and what would fit as well.
_Judgement: TypeAlias = "tuple[Verdict, str, tuple[Path, ...], tuple[str, ...]]"


def _judge_outside(loss: Value, given: Given) -> _Judgement:
    """Judge an answer for a node that is not in the graph: its gradient is 0."""
    message = f"{written(loss)} does not depend on it: it is not in the graph"
    return Verdict.RIGHT if given.is_close(0.0) else Verdict.NOT_THE_GRADIENT, message, (), ()


def _judge(
    loss: Value,
    given: Given,
    node: Value,
    computed: Sequence[Value],
    upstream: dict[Value, float],
) -> _Judgement:
    gradient = upstream[node]
    exact = Given(given.number).is_close(gradient)
    formula = given.formula
    if formula and not _has_rounded_data(loss, formula, node, computed, upstream):
        given = replace(given, by_hand=False)  # an exact number of the graph is no rounded one
        if exact:
            return _judge_identity(loss, formula, node)
    if exact:
        return Verdict.RIGHT, "", (), ()
    if not math.isfinite(gradient) or not math.isfinite(given.number):
        return Verdict.NOT_THE_GRADIENT, "", (), ()
    if (kink := _at_kink(loss, node, given)) is not None:
        return Verdict.RIGHT, kink, (), ()
    case = Case(loss, node, computed, upstream)
    off = abs(given.number - gradient)
    if given.is_close(gradient):
        return _judge_rounded(case, given)
    if given.is_close(gradient, CANCELLATION_ERROR * case.scale):
        # Large terms that cancel: floats have no more digits.
        return Verdict.RIGHT, "", (), ()
    nearly = given.is_close(gradient, by_hand=True)
    # A whole number is a rounded one only if it is not just what a mistake leads to.
    is_whole = off <= given.half_unit and given.number.is_integer()
    if is_whole and (found := _first_mistake(case, Given(given.number))) is not None:
        return found
    rounded_on_the_way = off <= case.rounding_on_the_way(given.digits) + given.half_unit
    if nearly and rounded_on_the_way:
        found = _first_mistake(case, given) if given.digits > 2 and given.formula is None else None
        message = "within 2 %, as when intermediate results are rounded on the way"
        if found is not None:
            verdict, words, missing, others = found
            return verdict, words, missing, (*others, f"the gradient, {message}")
        return Verdict.CLOSE, message, (), ()
    if off <= given.half_unit:
        message = (
            f"{short_number(gradient)} rounds to it, but so do many others: give two digits or more"
        )
        return Verdict.TOO_FEW_DIGITS, message, (), ()
    # Near the gradient, a mistake must lead to just the answer; far from it, nearly will do.
    for by_hand in (False,) if nearly else (False, True):
        if (found := _first_mistake(case, given, by_hand)) is not None:
            return found
    if given.computed and off <= min(
        HAND_ERROR * abs(gradient), case.rounding_on_the_way(DIGITS_ON_THE_WAY)
    ):
        message = "as near as when numbers are rounded on the way, and then computed with"
        return Verdict.CLOSE, message, (), ()
    message, largest = _no_explanation(case)
    if nearly:
        percent = 100 * off / abs(gradient)
        message = f"close, but off by {percent:.2g} %: rounding on the way does not explain it"
    return Verdict.NOT_THE_GRADIENT, message, largest, ()


def _judge_rounded(case: Case, given: Given) -> _Judgement:
    """Judge an answer that the gradient rounds to: it may be just what a mistake leads to."""
    if given.number == 0.0 and given.half_unit > MOST_OF_ZERO:
        message = (
            f"{short_number(case.gradient)} rounds to it, but so do many others: give more decimals"
        )
        return Verdict.TOO_FEW_DIGITS, message, (), ()
    found = _first_mistake(case, Given(given.number))
    if found is None or found[0] in _CHANCE_VALUES:
        return Verdict.ROUNDED, "", (), ()
    verdict, message, missing, others = found
    if given.half_unit >= 0.5:  # a whole number
        return verdict, message, missing, (*others, "the gradient, rounded to a whole number")
    return Verdict.ROUNDED, "", (), (f"a mistake, exactly: {message}", *others)


# A whole number is the value of something, or the gradient of another node, easily.
_CHANCE_VALUES = (Verdict.VALUE, Verdict.OTHER_NODE)


def _first_mistake(case: Case, given: Given, by_hand: bool = False) -> _Judgement | None:
    """Return the most plausible mistake that leads to the answer, and some that do as well."""
    fits = list(_fitting(case, given, by_hand))
    if not fits:
        return None
    (verdict, guess), *others = fits
    message, missing = _words(case, guess)
    said = [_words(case, other)[0] for _, other in others[:MOST_OTHERS]]
    if left := len(others) - len(said):
        said.append(f"{left} other {'mistake' if left == 1 else 'mistakes'}")
    return verdict, message, missing, tuple(said)


def _has_rounded_data(
    loss: Value,
    formula: Formula,
    node: Value,
    computed: Sequence[Value],
    upstream: Mapping[Value, float],
) -> bool:
    """Whether there is a number in a formula that stands for one which moves with the node.

    That is one a computed node or a derivative rounds to, unless the graph has it as a constant;
    or a whole number that a node which the formula doesn't name is equal to.
    """
    depending, _ = dependents(computed, [node])
    constants = {p.data for each in computed for p in each.parents if not p.parents}
    constants |= {
        float(q) for each in computed if each.primitive for q in each.primitive.parameters
    }
    constants.discard(node.data)
    moving = {node: node.data} | {each: each.data for each in depending}
    named = {loss, *formula.nodes}
    whole = {number for each, number in moving.items() if each not in named}
    fractions = [*moving.values(), *(upstream[each] for each in moving if each in upstream)]
    for each in depending:
        fractions += each.local_derivatives
    for literal in formula.literals:
        number, exponent = float(literal), literal.as_tuple().exponent
        assert isinstance(exponent, int)  # digits and a point
        if exponent >= 0:
            if number in whole and number not in constants and number > 2:
                return True
        elif number not in constants:
            half_unit = float(Decimal(5).scaleb(exponent - 1)) * (1 + FLOAT_ERROR)
            half_unit = min(half_unit, MOST_ROUNDING * number)
            if any(abs(abs(each) - number) <= half_unit for each in fractions):
                return True
    return False


def _judge_identity(loss: Value, formula: Formula, node: Value) -> _Judgement:
    """Judge a formula whose number is right: is it the derivative at other numbers too?"""
    replay = Replay(loss, node, formula.nodes)
    found = _moved(replay, formula, node)
    if found is None:
        message = "compared at these numbers only: a node made by hand has no rule for others"
        return Verdict.RIGHT, message, (), ()
    # Where the node is in neither, the numbers of others may be mixed up; where it is, the formula
    # may be written in what the node was computed from.
    roots = [node] if found.changes else [loss, *formula.nodes]
    leaves = [leaf for leaf in replay.leaves(roots) if leaf is not node]
    if not found.difference and found.changes:
        return Verdict.RIGHT, "", (), ()
    others = [_moved(replay, formula, leaf) for leaf in leaves]
    differences = [other.difference for other in others if other and other.difference]
    if not differences and (leaves or not found.changes):
        return Verdict.RIGHT, "", (), ()
    if _is_kink(loss, node):
        return Verdict.RIGHT, "", (), ()
    return Verdict.ONLY_HERE, found.difference or differences[0], (), ()


class _Moved(NamedTuple):
    """What comes of moving a node: do the derivative and a formula change, and where differ?"""

    changes: bool
    difference: str


def _moved(replay: Replay, formula: Formula, moved: Value) -> _Moved | None:
    """Compare a formula with the derivative once a node has moved; None if there is no rule."""
    before, changes = formula.at({}), False
    for numbers_near in zip(*(nearby(moved, step) for step in STEPS), strict=True):
        difference = ""
        for number in numbers_near:
            there = replay.at(moved, number)
            if there is None:
                return None
            numbers, gradient = there
            try:
                answer = formula.at(numbers)
            except FormulaError:  # too large a power there
                continue
            if not math.isfinite(answer) or not math.isfinite(gradient):
                continue
            changes |= not (answer == before and _same(gradient, before))
            if _same(answer, gradient):
                difference = ""
                break
            difference = difference or (
                f"at {written(moved)} = {number:.6g} it is {answer:.8g}, and the derivative is "
                f"{gradient:.8g}"
            )
        if difference:
            return _Moved(changes, difference)
    return _Moved(changes, "")


def _same(a: float, b: float) -> bool:
    return math.isclose(a, b, rel_tol=1e-10, abs_tol=1e-13)


def _slopes(loss: Value, node: Value) -> tuple[float, float] | None:
    """Return the derivatives just below and just above the number of a node, by the rules."""
    found = []
    for number in nearby(node, KINK_STEP):
        there = Replay(loss, node).at(node, number)
        if there is None or not math.isfinite(there[1]):
            return None
        found.append(there[1])
    low, high = sorted(found)
    return low, high


def _is_kink(loss: Value, node: Value) -> bool:
    slopes = _slopes(loss, node)
    return slopes is not None and not math.isclose(*slopes, rel_tol=KINK, abs_tol=KINK * 1e-3)


def _at_kink(loss: Value, node: Value, given: Given) -> str | None:
    """Say that an answer lies between the slopes on the two sides of a kink; None if not so."""
    slopes = _slopes(loss, node)
    if slopes is None or math.isclose(*slopes, rel_tol=KINK, abs_tol=KINK * 1e-3):
        return None
    low, high = slopes
    slack = 1e-6 * (high - low) + given.half_unit
    if not low - slack <= given.number <= high + slack:
        return None
    return (
        f"it is at a kink: every slope from {short_number(low)} to {short_number(high)} is right, "
        "and which one a program takes is a convention"
    )


def _fitting(case: Case, given: Given, by_hand: bool) -> Iterator[tuple[Verdict, Guess]]:
    """Yield the mistakes that lead to the answer, the most plausible first.

    With few digits, something fits by chance before long. If the numbers to be guessed are spread
    over a few powers of ten, a guess that is allowed a relative error r fits with a probability of
    about r/5; the search ends where the chance of such a fit is about one in five.
    """
    error = given.digits_allow(given.number) + (HAND_ERROR * abs(given.number) if by_hand else 0.0)
    relative = error / abs(given.number) if given.number else FLOAT_ERROR
    most = min(MOST_GUESSES, 1 / max(relative, FLOAT_ERROR))
    different: set[str] = set()
    explained: set[object] = set()  # the kinds of mistakes, and the products that were summed
    kinds = MISTAKES if len(case.edges) <= MOST_EDGES else MISTAKES[:KINDS_IN_LARGE_GRAPHS]
    for verdict, guesses in kinds:
        for guess in guesses(case):
            different.add(f"{guess.number:.6g}")
            if len(different) > most:
                return
            if given.is_close(guess.number, by_hand=by_hand):
                # A value is a wrong operand too, of the rule nearest to the loss.
                explanation: object = verdict
                if verdict is Verdict.VALUE:
                    explanation = Verdict.WRONG_OPERAND
                if guess.follows:
                    followed = filter(guess.follows, case.paths)
                    explanation = tuple(sorted(f"{path.product:.6g}" for path in followed))
                if explanation not in explained:
                    explained.add(explanation)
                    yield verdict, guess


def _words(case: Case, guess: Guess) -> tuple[str, tuple[Path, ...]]:
    """Return the message for a mistake and the paths that it leaves out."""
    if guess.follows is None:
        return guess.message, ()
    if not case.paths:
        return f"some of the {in_words(case.count)} were followed: {guess.message}", ()
    missing = tuple(path for path in case.paths if not guess.follows(path))
    followed = case.count - len(missing)
    were = "was" if followed == 1 else "were"
    return f"{followed} of {case.count} paths {were} followed: {guess.message}", missing


def _no_explanation(case: Case) -> tuple[str, tuple[Path, ...]]:
    message = f"no usual mistake explains it; the gradient is the sum over {in_words(case.count)}"
    if len(case.edges) > MOST_EDGES:
        message += " (only the simplest mistakes were tried, as the graph is large)"
    return message, tuple(paths(case.loss, case.node, top=SHOWN_PATHS))
