"""Checking the numbers of a forward pass, and of a step of gradient descent, done by hand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from autograd.derivations.derivation import Report, require_answers
from autograd.derivations.quantities import (
    LEARNING_RATES,
    Quantity,
    QuantityFinding,
    judge_quantity,
    update_of,
    value_of,
)
from autograd.errors import ArgumentError
from autograd.explanations.formulas import written
from autograd.value import Value


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class QuantityCheck(Report):
    """The findings of :func:`check_values` and :func:`check_update`; true if all are right."""

    loss: Value
    findings: tuple[QuantityFinding, ...]
    what: str

    @property
    def title(self) -> str:
        """What was checked."""
        return f"{self.what} of {written(self.loss)}"

    def to_dict(self) -> dict[str, Any]:
        """Return the check as strings, numbers, lists and dicts, such as JSON has."""
        return {
            "loss": written(self.loss),
            "right": sum(finding.is_right for finding in self.findings),
            "of": len(self.findings),
            "findings": [finding.to_dict() for finding in self.findings],
        }


def check_values(
    loss: Value,
    answers: Mapping[str, Any],
    *,
    names: Mapping[str, Any] = {},
    decimal_comma: bool = False,
) -> QuantityCheck:
    """Compare a person's numbers for the forward pass with those of the graph.

    Args:
        loss: the last node of the forward pass.
        answers: for each label, or each vector or matrix of labels (``a1`` for ``a11``, ``a12``,
            … or ``a1[0]``, ``a1[1]``, …), a number, numbers in lists, or a formula.
        names: more names for formulas, as in :func:`~autograd.check_derivation`.
        decimal_comma: whether 0,13 is a number.

    How exact an answer must be follows from its digits, as in :func:`~autograd.check_derivation`; a
    formula must hold at other numbers of the leaves too.

    Raises:
        OperandError: if the loss is not a Value, or an answer is neither numbers nor a formula.
        LabelError: if there is nothing of such a name, or several nodes have it.

    >>> import autograd
    >>> x = [Value(2.0, label="x1"), Value(5.0, label="x2")]
    >>> a = autograd.dot([0.1, -0.3], x); a.label = "a"
    >>> h = a.sigmoid(); h.label = "h"
    >>> print(check_values(h, {"a": -1.3, "h": "σ(a)", "x": [2, 3]}))
    Forward pass of h: 2 of 3 right
    ✓ a: -1.3: right
    ✓ h: σ(a): right
    ✗ x: [2, 3]: not the right number
        1 of 2 entries is wrong
        x2: 3, and right is 5
    """
    labels = require_answers(loss, answers, names)
    asked = {name: value_of(name, labels) for name in answers}
    return QuantityCheck(loss, _judged(answers, asked, decimal_comma), "Forward pass")


def check_update(
    loss: Value,
    answers: Mapping[str, Any],
    *,
    learning_rate: float,
    names: Mapping[str, Any] = {},
    decimal_comma: bool = False,
) -> QuantityCheck:
    """Compare a person's updated weights with one step of gradient descent, w ← w - η ∂L/∂w.

    Args:
        loss: what the step makes smaller.
        answers: for each label, or each vector or matrix of labels, the numbers after the step, or
            a formula such as ``w - η ∂L/∂w`` or ``W2 ← W2 - η ∇a2 h1ᵀ``.
        learning_rate: η, which formulas may call ``η``, ``eta`` or ``lr``.
        names: more names for formulas, as in :func:`~autograd.check_derivation`.
        decimal_comma: whether 0,13 is a number.

    Raises:
        OperandError: if the loss is not a Value, or an answer is neither numbers nor a formula.
        ArgumentError: if the learning rate is not a positive number.
        LabelError: if there is nothing of such a name, or several nodes have it.

    >>> w = Value(3.0, label="w")
    >>> loss = w * w
    >>> print(check_update(loss, {"w": "w + 0.1·2w"}, learning_rate=0.1))
    Step of w·w: 0 of 1 right
    ✗ w after the step: w + 0.1·2w: wrong sign
        the step goes up the gradient: it is w - η ∂L/∂w
    """
    if not 0.0 < learning_rate < float("inf"):
        raise ArgumentError(f"the learning rate must be a positive number, not {learning_rate!r}")
    rates = dict.fromkeys(LEARNING_RATES, float(learning_rate))
    labels = require_answers(loss, answers, {**rates, **names})
    asked = {name: update_of(name, labels, learning_rate) for name in answers}
    return QuantityCheck(loss, _judged(answers, asked, decimal_comma), "Step")


def _judged(
    answers: Mapping[str, Any], asked: Mapping[str, Quantity], decimal_comma: bool
) -> tuple[QuantityFinding, ...]:
    return tuple(
        judge_quantity(answer, asked[name], decimal_comma) for name, answer in answers.items()
    )
