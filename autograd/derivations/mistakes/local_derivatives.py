"""What people take the local derivatives of an op for, one mistake after the other.

Each rule stands beside the op's own and reads the same vocabulary ``m``, which has all ops here,
and ``m.probabilities(y, logits, index)``. It returns, for each mistake, what the local derivative
by each operand is taken for. Ops are told apart by their records; a user's op says its own as
``primitive(…, mistaken=…)``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from autograd import ops
from autograd.ops import Primitive
from autograd.ops.activations import normal_cdf, normal_density

Mistaken = Callable[..., Sequence[Sequence[Any]]]

_MISTAKEN: dict[Primitive, Mistaken] = {}


def mistaken_of(op: Primitive) -> Mistaken | None:
    """Return the rule for what the local derivatives of an op are taken for, if there is one."""
    return op.mistaken or _MISTAKEN.get(op.record)


def _of(*taken_for: Primitive) -> Callable[[Mistaken], Mistaken]:
    """Enter the rule for these ops."""

    def enter(rule: Mistaken) -> Mistaken:
        _MISTAKEN.update(dict.fromkeys(taken_for, rule))
        return rule

    return enter


def _of_one(op: Primitive, rule: Callable[..., Sequence[Any]]) -> None:
    """Enter the rule for an op of one number: mistakes that are no tuples."""
    _MISTAKEN[op] = lambda *read: [(each,) for each in rule(*read)]


_of_one(ops.exp, lambda m, y, x: (x * m.exp(x - 1),))
_of_one(ops.exp2, lambda m, y, x: (y, x * m.exp2(x - 1), m.divide(y, m.log(2))))
_of_one(ops.log, lambda m, y, x: (m.divide(1, y), m.divide(1, x * m.log(10))))
_of_one(ops.log2, lambda m, y, x: (m.divide(1, x), m.divide(m.log(2), x), m.divide(1, m.log(2))))
_of_one(ops.log10, lambda m, y, x: (m.divide(1, x), m.divide(m.log(10), x), m.divide(1, m.log(10))))
_of_one(ops.sqrt, lambda m, y, x: (m.divide(1, y), m.divide(1, 2 * x), 2 * y, m.divide(y, 2)))
_of_one(
    ops.tan, lambda m, y, x: (m.divide(1, m.cos(x)), 1 - y * y, m.divide(-1, m.sin(x) * m.sin(x)))
)
_of_one(ops.asin, lambda m, y, x: (m.divide(1, m.sqrt(1 + x * x)), m.divide(1, 1 - x * x)))
_of_one(ops.acos, lambda m, y, x: (m.divide(-1, m.sqrt(1 + x * x)), m.divide(-1, 1 - x * x)))
_of_one(
    ops.atan,
    lambda m, y, x: [
        m.divide(1, each)
        for each in (1 - x * x, m.sqrt(1 + x * x), 1 + x, m.cos(x) * m.cos(x), -m.tan(x) * m.tan(x))
    ],
)
_of_one(ops.tanh, lambda m, y, x: (1 - y, y * y, y * (1 - y), 1 + y * y, m.divide(1, m.cosh(x))))
_of_one(ops.sigmoid, lambda m, y, x: (1 - y, 1 - y * y, y * (1 + y), y * y))
_of_one(ops.softplus, lambda m, y, x: (m.sigmoid(x) * m.sigmoid(-x), m.sigmoid(-x)))
_of_one(ops.silu, lambda m, y, x: (m.sigmoid(x), y * m.sigmoid(-x), m.sigmoid(x) * m.sigmoid(-x)))
_of_one(
    ops.gelu, lambda m, y, x: (normal_cdf(m, x), x * normal_density(m, x), normal_density(m, x))
)


@_of(ops.multiply)
def _product(m: Any, y: Any, a: Any, b: Any) -> Sequence[Sequence[Any]]:
    return [(a, b)]


@_of(ops.divide)
def _quotient(m: Any, y: Any, a: Any, b: Any) -> Sequence[Sequence[Any]]:
    return [
        (b, -a),
        (1.0, -y),
        (m.divide(1, b * b), m.divide(-1, b * b)),
        (a, a),
        (m.divide(1, a), m.divide(1, a)),
        (m.divide(1, b), m.divide(1, b)),
        (y, m.divide(-2, b * b * b)),
        (b, m.log(b)),
        (m.divide(a, b * b), m.divide(-a, b * b * b)),
    ]


@_of(ops.power)
def _power(m: Any, y: Any, x: Any, n: Any) -> Sequence[Sequence[Any]]:
    return [
        (n * y, y),
        (n * x, n * m.power(x, n - 1)),
        (y, m.divide(y, m.log(x))),
        (m.power(x, n - 1), m.log(x)),
        ((n - 1) * m.power(x, n - 1), y * m.log10(x)),
        (y * m.log(x), n * y),
    ]


_of_one(
    ops.power_of,
    lambda m, y, x, n: (n * y, n * x, y, m.divide(y, n), (n - 1) * m.power(x, n - 1), n),
)


@_of(ops.norm, ops.hypot)
def _norm(m: Any, y: Any, *xs: Any) -> Sequence[Sequence[Any]]:
    """The square or the root alone, the inner derivative, no ½, the wrong power below."""
    by_operand = [[f * x for x in xs] for f in (2.0, 1.0, m.divide(2, y), m.divide(1, y * y))]
    return by_operand + [[m.divide(1, below)] * len(xs) for below in (y, 2 * y)]


@_of(ops.dot)
def _dot(m: Any, y: Any, *operands: Any) -> Sequence[Sequence[Any]]:
    return [operands]


@_of(ops.squared_error)
def _squared_error(m: Any, error: Any, *operands: Any) -> Sequence[Sequence[Any]]:
    """The term itself, the whole error, no factor 2, no target."""
    outputs, targets = ops.halves(operands)
    errors = [y - output for output, y in zip(outputs, targets, strict=True)]
    squares, doubled = [each * each for each in errors], [2 * output for output in outputs]
    return [2 * wrong for wrong in (squares, [error] * len(errors), errors, doubled)]


@_of(ops.softmax)
def _softmax(m: Any, y: Any, *zs: Any) -> Sequence[Sequence[Any]]:
    """By its own logit and by another in turn: signs, indices, one for all, the logits."""
    *logits, index = zs
    p, own = m.probabilities(y, logits, index), logits[index]
    chosen = p[index]
    return [
        [a if j == index else b for j, (a, b) in enumerate(columns)]
        for columns in (
            [(chosen * (1 - chosen), chosen * q) for q in p],
            [(chosen, -q) for q in p],
            [(1 - chosen, -chosen) for _ in p],
            [(own * (1 - own), -own * z) for z in logits],
            [(-chosen * chosen, chosen * (1 - chosen)) for _ in p],
            [(chosen * (1 - chosen), q * (1 - q)) for q in p],
        )
    ]


@_of(ops.cross_entropy)
def _cross_entropy(m: Any, y: Any, *zs: Any) -> Sequence[Sequence[Any]]:
    """No target, the true class everywhere, -1/ŷ, the logits, the loss, softmax's own."""
    *logits, index = zs
    p = m.probabilities(y, logits, -1)
    return [
        p,
        [q - 1 for q in p],
        [m.divide(-1, q) for q in p],
        [z - 1 if j == index else z for j, z in enumerate(logits)],
        [y] * len(p),
        [q * (1 - q) for q in p],
    ]
