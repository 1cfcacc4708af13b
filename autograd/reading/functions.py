"""The functions and constants that formulas have: those of autograd, and others people write."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from autograd import arithmetic, ops
from autograd.errors import FormulaError
from autograd.explanations.encodings import in_ascii
from autograd.ops import Primitive, is_of_table
from autograd.ops.record import Unary
from autograd.text import normal_form


@dataclass(frozen=True, slots=True)
class OfNumbers:
    """An op of a sequence, as formulas have it: of numbers one by one."""

    op: Primitive

    def __call__(self, *numbers: float) -> float:
        result: float = self.op(numbers)
        return result


def function_of(op: Primitive) -> Callable[..., float]:
    """Return an op as formulas have it: of numbers one by one."""
    return OfNumbers(op) if op.takes_sequence else op


def _normal_distribution(x: float) -> float:
    return 0.5 * ops.erfc(-x / math.sqrt(2))


def _normal_density(x: float) -> float:
    return ops.exp(-x * x / 2) / math.sqrt(2 * math.pi)


_OPS = [op for op in ops.TABLE.values() if op.in_formulas and op.__doc__]
FUNCTIONS: dict[str, Callable[..., float]] = {
    **{normal_form(op.symbol): function_of(op) for op in _OPS if op.symbol.isidentifier()},
    **{op.name: function_of(op) for op in _OPS},
    "ln": ops.log,
    "Σ": function_of(ops.sum),
    "Φ": _normal_distribution,
    "φ": _normal_density,
    "ψ": lambda x: arithmetic.polygamma(0, x),
    "digamma": lambda x: arithmetic.polygamma(0, x),
    "polygamma": lambda order, x: arithmetic.polygamma(int(order), x),
    "sec": lambda x: arithmetic.divide(1.0, ops.cos(x)),
    "csc": lambda x: arithmetic.divide(1.0, ops.sin(x)),
    "cot": lambda x: arithmetic.divide(1.0, ops.tan(x)),
    "sech": lambda x: arithmetic.divide(1.0, ops.cosh(x)),
    "csch": lambda x: arithmetic.divide(1.0, ops.sinh(x)),
    "coth": lambda x: arithmetic.divide(1.0, ops.tanh(x)),
    "arcsin": ops.asin,
    "arccos": ops.acos,
    "arctan": ops.atan,
}
# As a terminal without Greek letters prints them.
FUNCTIONS |= {in_ascii(name): FUNCTIONS[name] for name in "σΓΦφψ"}
# A label of the same name goes first.
CONSTANTS = {"e": math.e, "pi": math.pi, "π": math.pi}


def function_called(name: str, functions: Mapping[str, object]) -> str | None:
    """Return which of the functions a name is that of, if one: ``log₂`` and ``log_2`` are ``log2``.

    >>> function_called("log_2", FUNCTIONS), function_called("x_2", FUNCTIONS)
    ('log2', None)
    """
    normal = normal_form(name)
    return next((each for each in (normal, normal.replace("_", "")) if each in functions), None)


def functions_of(made: Iterable[Primitive]) -> dict[str, Callable[..., float]]:
    """Return the functions of formulas about a graph in which there are these ops.

    Those of users have the names that they were given. A name that two functions have is an error
    where it is used.
    """
    found = {**FUNCTIONS}
    own: dict[str, Primitive] = {}
    for op in dict.fromkeys(each.record for each in made):
        name = normal_form(op.name)
        if op.value is None or is_of_table(op) or not name.isidentifier():
            continue
        is_taken = name in FUNCTIONS or own.setdefault(name, op) is not op
        found[name] = _ambiguous(name) if is_taken else function_of(op)
    return found


def activations_of(made: Iterable[Primitive]) -> dict[str, Callable[..., float]]:
    """Return what g and f mean in the notes: the activation of a graph, if it has but one."""
    found = {op.record for op in made if op.record.activation and isinstance(op, Unary)}
    return dict.fromkeys(("g", "f"), *found) if len(found) == 1 else {}


def _ambiguous(name: str) -> Callable[..., float]:
    def refuse(*arguments: float) -> float:
        raise FormulaError(
            f"{name} is the name of several functions here: an op in the graph is called so too"
        )

    return refuse
