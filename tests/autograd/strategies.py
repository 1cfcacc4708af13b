"""Random inputs: floats, and expressions whose subexpressions are shared."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import mpmath
from hypothesis import strategies as st

import autograd
from autograd import Value

EPSILON = 2.0**-52
TINY = 5e-324
SPECIAL = (math.nan, math.inf, -math.inf, 0.0, -0.0, 1.0, -1.0, 2.5, TINY, -1e-310, 1e308, -1e308)

finite_floats = st.floats(allow_nan=False, allow_infinity=False)


def same(a: float, b: float) -> bool:
    """Equal to the bit, or nan both."""
    if math.isnan(a) or math.isnan(b):
        return math.isnan(a) and math.isnan(b)
    return a == b and math.copysign(1.0, a) == math.copysign(1.0, b)


def equal(a: float, b: float) -> bool:
    """Equal, or nan both; 0.0 equals -0.0."""
    return a == b or (math.isnan(a) and math.isnan(b))


@dataclass(frozen=True)
class Expression:
    """A program: each instruction applies an op to earlier results, the last one is the output."""

    inputs: tuple[float, ...]
    instructions: tuple[tuple[str, tuple[int, ...]], ...]

    def run(self, inputs: Sequence[Any], vocabulary: dict[str, Callable[..., Any]]) -> Any:
        results = list(inputs)
        for op, operands in self.instructions:
            results.append(vocabulary[op](*(results[index] for index in operands)))
        # The output depends on every result that nothing else uses.
        used = {index for _, operands in self.instructions for index in operands}
        return vocabulary["sum"](*(r for index, r in enumerate(results) if index not in used))

    def record(self) -> tuple[list[Value], Value]:
        leaves = [Value(x) for x in self.inputs]
        return leaves, self.run(leaves, AUTOGRAD)


AUTOGRAD: dict[str, Callable[..., Any]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "neg": lambda a: -a,
    "scale": lambda a: 0.5 * a - 1,
    "square": lambda a: a**2,
    "divide": lambda a, b: a / (1 + b * b),
    "power": lambda a, b: (1 + a * a) ** (b / (1 + b * b)),
    "exp": lambda a: autograd.exp(-a * a),
    "log": lambda a: autograd.log(1 + a * a),
    "sqrt": lambda a: autograd.sqrt(2 + autograd.sin(a)),
    "sin": autograd.sin,
    "tanh": autograd.tanh,
    "atan": autograd.atan,
    "asinh": autograd.asinh,
    "sigmoid": autograd.sigmoid,
    "softplus": autograd.softplus,
    "dot": lambda a, b, c: autograd.dot([a, b, 2.0], [b, c, a], c),
    "mean": lambda a, b, c: autograd.mean([a, b, c]),
    "prod": lambda a, b, c: autograd.prod([a, b, c]),
    "logsumexp": lambda a, b, c: autograd.logsumexp([a, b, c]),
    "softmax": lambda a, b, c: autograd.softmax([a, b, c])[1],
    "cross_entropy": lambda a, b, c: autograd.cross_entropy([a, b, c], 2),
    "sum": lambda *xs: autograd.sum(xs),
    "relu": autograd.relu,
    "abs": lambda a: abs(a),
    "maximum": autograd.maximum,
    "minimum": autograd.minimum,
    "leaky_relu": autograd.leaky_relu,
}
KINKED = {"relu", "abs", "maximum", "minimum", "leaky_relu"}
ARITY = {
    op: 3
    if op in {"dot", "mean", "prod", "logsumexp", "softmax", "cross_entropy"}
    else 2
    if op in {"+", "-", "*", "divide", "power", "maximum", "minimum"}
    else 1
    for op in AUTOGRAD
    if op != "sum"
}


def _mp_logsumexp(*xs: Any) -> Any:
    return mpmath.log(mpmath.fsum(mpmath.exp(x) for x in xs))


MPMATH: dict[str, Callable[..., Any]] = AUTOGRAD | {
    "exp": lambda a: mpmath.exp(-a * a),
    "log": lambda a: mpmath.log(1 + a * a),
    "sqrt": lambda a: mpmath.sqrt(2 + mpmath.sin(a)),
    "sin": mpmath.sin,
    "tanh": mpmath.tanh,
    "atan": mpmath.atan,
    "asinh": mpmath.asinh,
    "sigmoid": lambda a: 1 / (1 + mpmath.exp(-a)),
    "softplus": lambda a: mpmath.log(1 + mpmath.exp(a)),
    "dot": lambda a, b, c: a * b + b * c + 2 * a + c,
    "mean": lambda a, b, c: (a + b + c) / 3,
    "prod": lambda a, b, c: a * b * c,
    "logsumexp": _mp_logsumexp,
    "softmax": lambda a, b, c: mpmath.exp(b - _mp_logsumexp(a, b, c)),
    "cross_entropy": lambda a, b, c: _mp_logsumexp(a, b, c) - c,
    "sum": lambda *xs: mpmath.fsum(xs),
}


@st.composite
def expressions(
    draw: st.DrawFn, kinks: bool = False, max_instructions: int = 12, max_data: float = 100.0
) -> Expression:
    """Expressions of two to four inputs, whose data stays small enough to compare gradients."""
    inputs = draw(st.lists(st.floats(-3, 3, allow_subnormal=False), min_size=2, max_size=4))
    names = sorted(op for op in ARITY if kinks or op not in KINKED)
    instructions: list[tuple[str, tuple[int, ...]]] = []
    data = list(inputs)
    for _ in range(draw(st.integers(1, max_instructions))):
        op = draw(st.sampled_from(names))
        # Recent results are likelier, which makes graphs deep; older ones are shared.
        operands = tuple(
            len(data) - 1 - draw(st.integers(0, len(data) - 1)) for _ in range(ARITY[op])
        )
        result = AUTOGRAD[op](*(data[index] for index in operands))
        if abs(result) <= max_data:
            data.append(result)
            instructions.append((op, operands))
    return Expression(tuple(inputs), tuple(instructions))
