"""How the values and the derivatives of ops are written where their own rules are no formula.

A rule may be written for the machine, stable or fast, and not to be read.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import reduce
from typing import Any

from autograd import arithmetic, ops
from autograd.explanations.notation import (
    Expression,
    Term,
    call,
    expression,
    named_after,
    subscript,
    symbol,
    symbols_in,
)
from autograd.explanations.notation import vocabulary as m

# How the values of ops are written that are neither one operation of the vocabulary nor f(x).


def elided(operator: Callable[[Any, Any], Any], terms: Sequence[Expression]) -> Expression:
    """Join terms, with … for those in the middle when there are many."""
    if len(terms) > 6:
        left_out = reduce(operator, [term.number for term in terms[2:-1]])
        terms = [*terms[:2], symbol("…", left_out), terms[-1]]
    return reduce(operator, terms)


def plus(a: Expression, b: Expression) -> Expression:
    return a + b


def _times(a: Expression, b: Expression) -> Expression:
    return a * b


def _dot(*operands: Expression) -> Expression:
    weights, inputs = ops.halves(operands)
    products = [w * x for w, x in zip(weights, inputs, strict=True)]
    total = elided(plus, products)
    return total + operands[-1] if len(operands) % 2 else total


def _squared_error(*operands: Expression) -> Expression:
    outputs, targets = ops.halves(operands)
    return elided(plus, [(y - o) ** 2 for o, y in zip(outputs, targets, strict=True)])


def _length(coordinates: Sequence[Expression]) -> Expression:
    return m.sqrt(elided(plus, [x**2 for x in coordinates]))


def _probability(index: int) -> Expression:
    return symbol(f"ŷ{subscript(index + 1)}")


VALUES: dict[ops.Primitive, Callable[..., Expression]] = {
    ops.power_of: lambda x, n: Expression("power", (x, expression(n))),
    ops.dot: _dot,
    ops.exp2: lambda x: 2**x,
    ops.polygamma: lambda x, order: call("polygamma", order, x),
    ops.sum: lambda *xs: elided(plus, xs),
    ops.mean: lambda *xs: elided(plus, xs) / len(xs),
    ops.prod: lambda *xs: elided(_times, xs),
    ops.squared_error: _squared_error,
    ops.hypot: lambda *xs: _length(xs),
    ops.norm: lambda *xs: _length(xs),
    ops.softmax: lambda *zs: _probability(zs[-1]),
    ops.log_softmax: lambda *zs: call("log", _probability(zs[-1])),
    ops.cross_entropy: lambda *zs: -call("log", _probability(zs[-1])),
    ops.cross_entropy_of_distribution: lambda *zp: call("cross_entropy", *zp),
}

# Derivatives as a person writes them, for the ops whose own rule is written to be stable or fast.


def probabilities(y: Expression, logits: Sequence[Expression], index: int = -1) -> list[Any]:
    """Symbols for softmax(logits): ŷ₁, ŷ₂, … or named after y, one of them, if it is ŷ1 or p[0]."""
    names = names_after(y.name, index, logits)
    values = ops.softmax_values(arithmetic, [z.number for z in logits])
    return [
        symbol(names[j] if names else _probability(j).name, value) for j, value in enumerate(values)
    ]


def names_after(label: str, index: int, logits: Sequence[Expression]) -> list[str]:
    """Return what the outputs of a softmax are called after the one at an index, or nothing.

    Nothing, too, where a logit has one of these names.

    >>> logits = [symbol("a1", 2.0), symbol("a2", 3.0)]
    >>> names_after("p[1]", 1, logits), names_after("a1", 0, logits)
    (['p[0]', 'p[1]'], [])
    """
    called = named_after(label, index)
    names = [called(j) for j in range(len(logits))] if called else []
    return names if symbols_in(*logits).isdisjoint(names) else []


def _softmax(y: Expression, logits: Sequence[Expression], index: int) -> list[Expression]:
    p = probabilities(y, logits, index)
    return [p[j] * (1 - p[j]) if j == index else -p[index] * p[j] for j in range(len(p))]


def _cross_entropy_of_distribution(
    y: Expression, logits: Sequence[Expression], targets: Sequence[Expression]
) -> list[Expression]:
    p = probabilities(y, logits)
    total: Any = elided(plus, targets)
    if math.isclose(sum(target.number for target in targets), 1.0):
        total = 1
    return [
        *(q * total - target for q, target in zip(p, targets, strict=True)),
        *(-call("log", q) for q in p),
    ]


def _share(y: Expression, operands: Sequence[Expression]) -> list[Expression]:
    """For max and min: those that tie share the gradient evenly."""
    ties = max(1, sum(x.number == y.number for x in operands))
    share = expression(1) if ties == 1 else expression(1) / ties
    return [m.where(m.equal(x, y), share, 0.0) for x in operands]


# Those that need more than mathematics: names for probabilities, or … for terms in the middle.
READABLE: dict[ops.Primitive, Callable[..., Sequence[Term]]] = {
    ops.prod: lambda y, *xs: (
        [elided(_times, (*xs[:i], *xs[i + 1 :])) for i in range(len(xs))] if len(xs) > 1 else [1.0]
    ),
    ops.max: lambda y, *xs: _share(y, xs),
    ops.min: lambda y, *xs: _share(y, xs),
    ops.logsumexp: lambda y, *zs: probabilities(y, zs),
    ops.softmax: lambda y, *zs: _softmax(y, zs[:-1], zs[-1]),
    ops.log_softmax: lambda y, *zs: [
        1 - p if j == zs[-1] else -p for j, p in enumerate(probabilities(y, zs[:-1]))
    ],
    ops.cross_entropy: lambda y, *zs: [
        p - 1 if j == zs[-1] else p for j, p in enumerate(probabilities(y, zs[:-1]))
    ],
    ops.cross_entropy_of_distribution: lambda y, *zp: _cross_entropy_of_distribution(
        y, *ops.halves(zp)
    ),
}
