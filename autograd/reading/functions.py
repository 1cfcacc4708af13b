"""The functions and constants that formulas have: those of autograd, and others people write."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable

from autograd import arithmetic, ops
from autograd.errors import FormulaError
from autograd.ops import Primitive, is_of_table
from autograd.text import normal_form


def _of_arguments(function: Callable[..., float]) -> Callable[..., float]:
    return lambda *arguments: function(arguments)


def function_of(op: Primitive) -> Callable[..., float]:
    """Return an op as formulas have it: of numbers one by one."""
    return _of_arguments(op) if op.takes_sequence else op


FUNCTIONS: dict[str, Callable[..., float]] = {
    **{op.name: function_of(op) for op in ops.TABLE.values() if op.in_formulas and op.__doc__},
    "ln": ops.log,
    "σ": ops.sigmoid,
    "Σ": function_of(ops.sum),
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
# A label of the same name goes first.
CONSTANTS = {"e": math.e, "pi": math.pi, "π": math.pi}


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


def _ambiguous(name: str) -> Callable[..., float]:
    def refuse(*arguments: float) -> float:
        raise FormulaError(
            f"{name} is the name of several functions here: an op in the graph is called so too"
        )

    return refuse
