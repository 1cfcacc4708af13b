"""The table of primitive operations: for each op one rule for its value and its local derivatives.

A rule is mathematics in a vocabulary ``m`` that it is handed: the functions of
:mod:`autograd.arithmetic` when it works on floats, operations on Values when a derivative is to be
differentiated again, an array library when a graph is compiled. So each rule is written once::

    tanh = primitive("tanh",
        lambda m, x: m.tanh(x),              # the value y
        lambda m, y, x: (1 - y * y,))        # the local derivatives, one per parent

Rules use ``+``, ``-``, ``*`` and ``<``, ``<=``, ``>``, ``>=`` as they are; ``/``, ``**`` and ``==``
are ``m.divide``, ``m.power`` and ``m.equal``, for on floats Python's own raise where IEEE 754 has a
result, and on Values ``==`` is identity. Numbers that are fixed when a node is made (the slope of a
leaky relu, the index of a softmax output) are *parameters*; rules get them after the operands.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import lru_cache, reduce
from typing import Any

from autograd.text import printable

# The types of a rule depend on its vocabulary, so they are Any: floats, Values or arrays.
ValueRule = Callable[..., Any]
DerivativeRule = Callable[..., Sequence[Any]]


class Primitive:
    """One operation: its name, the rule for its value and the rule for its local derivatives.

    ``value(m, *operands, *parameters)`` returns y; ``derivatives(m, y, *operands, *parameters)``
    returns ∂y/∂operand for each operand. A node that a user made by hand from numbers has neither.

    Ops are told apart by their ``record``, an object, never by name: two ops of one name are two.
    An op with its parameters fixed has the record that it was bound from; any other is its own.
    """

    __slots__ = (
        "_bound_from", "chooses", "derivatives", "name", "parameters", "value", "vectors",
    )  # fmt: skip

    def __init__(
        self,
        name: str,
        value: ValueRule | None = None,
        derivatives: DerivativeRule | None = None,
        parameters: tuple[float, ...] = (),
        bound_from: Primitive | None = None,
        *,
        vectors: int = 0,
        chooses: bool = False,
    ) -> None:
        self.name = name
        self.value = value
        self.derivatives = derivatives
        self.parameters = parameters
        self._bound_from = bound_from  # None for a record: one of itself would be a cycle
        self.vectors = (
            vectors  # how many vectors its operands are; 0 if each is a number of its own
        )
        self.chooses = chooses  # its parameter is the index of an operand

    @property
    def record(self) -> Primitive:
        """The op that this one was bound from: ``node.primitive.record is ops.softmax``."""
        return self if self._bound_from is None else self._bound_from

    def __str__(self) -> str:
        name = printable(self.name)
        if not self.parameters:
            return name
        if self.record is power_of:
            return f"**{self.parameters[0]:g}"
        return f"{name}[{', '.join(f'{number:g}' for number in self.parameters)}]"

    def __repr__(self) -> str:
        return f"Primitive({str(self)!r})"

    def bind(self, *parameters: float) -> Primitive:
        """Return this op with its parameters fixed.

        >>> leaky_relu.bind(0.01)
        Primitive('leaky_relu[0.01]')
        """
        if not parameters:
            return self.record
        # 0.0 and -0.0 are one key: what is kept for one is not for the other.
        return (_bound.__wrapped__ if 0.0 in parameters else _bound)(self.record, parameters)


@lru_cache(maxsize=4096)
def _bound(op: Primitive, parameters: tuple[float, ...]) -> Primitive:
    return Primitive(
        op.name, op.value, op.derivatives, parameters, op, vectors=op.vectors, chooses=op.chooses
    )


class IndexOfExample:
    """What stands for the index of a class that each example of a batch has of its own.

    It is no number yet, so an op that chooses is not bound to one: it is asked for the op.
    """

    __slots__ = ()

    def bound_to(self, op: Primitive, count: int) -> Primitive:
        """Return the op bound to this index of ``count`` operands."""
        raise NotImplementedError


def is_of_table(op: Primitive) -> bool:
    """Return whether an op is the package's own, not a user's of the same name."""
    return TABLE.get(op.name) is op.record


def record_of(op: Primitive | None) -> Primitive | None:
    """Return the record of a node's op; None for that of a leaf."""
    return None if op is None else op.record


TABLE: dict[str, Primitive] = {}


def primitive(
    name: str,
    value: ValueRule,
    derivatives: DerivativeRule,
    *,
    vectors: int = 0,
    chooses: bool = False,
) -> Primitive:
    """Return a new op and enter it in the table."""
    TABLE[name] = op = Primitive(name, value, derivatives, vectors=vectors, chooses=chooses)
    return op


# What several rules share.


def _total(terms: Sequence[Any]) -> Any:
    return reduce(lambda a, b: a + b, terms)


def _sigmoid(m: Any, x: Any) -> Any:
    """1 / (1 + e⁻ˣ), with the exponential of a negative number only: it can't overflow.

    -|x| is chosen, not computed: the derivative of abs at 0 would make σ'(0) = 0.
    """
    tail = m.exp(m.where(x >= 0, -x, x))
    return m.divide(m.where(x >= 0, 1.0, tail), 1 + tail)


def _softplus(m: Any, x: Any) -> Any:
    """log(1 + eˣ) = max(x, 0) + log(1 + e⁻|ˣ|), which can't overflow."""
    return m.maximum(x, 0.0) + m.log1p(m.exp(-m.abs(x)))


def _normal_cdf(m: Any, x: Any) -> Any:
    return 0.5 * m.erfc(x * -math.sqrt(0.5))


def _normal_density(m: Any, x: Any) -> Any:
    return m.exp(-0.5 * x * x) * (1 / math.sqrt(2 * math.pi))


def _power_of_constant(m: Any, x: Any, exponent: float) -> Any:
    """n·xⁿ⁻¹, without a power where none is needed; x⁰ has gradient 0, at x = 0 too."""
    if exponent == 0.0:
        return 0.0
    if exponent == 1.0:
        return 1.0
    return exponent * (x if exponent == 2.0 else m.power(x, exponent - 1.0))


def _power_derivatives(m: Any, y: Any, x: Any, n: Any) -> tuple[Any, Any]:
    """(n·xⁿ⁻¹, xⁿ·log x), with 0 for x⁰ and for the exponent of 0ⁿ where n ≥ 0."""
    base = m.where(m.equal(n, 0.0), 0.0, n * m.power(x, n - 1))
    exponent = m.where(m.equal(x, 0.0) & (n >= 0), 0.0, y * m.log(x))
    return base, exponent


def _halfway(m: Any, difference: Any) -> Any:
    """The unit step with ½ at 0: the local derivative of the greater of two."""
    return m.where(difference > 0, 1.0, m.where(difference < 0, 0.0, 0.5))


def _share_of_extreme(m: Any, y: Any, operands: Sequence[Any]) -> list[Any]:
    """The local derivatives of max and min: those that tie share the gradient evenly."""
    hits = [m.where(m.equal(x, y), 1.0, 0.0) for x in operands]
    count = _total(hits)
    return [m.divide(hit, count) for hit in hits]


def _products_of_others(operands: Sequence[Any]) -> list[Any]:
    """For each factor the product of all others, without a division: exact when some are 0."""
    before: list[Any] = [1.0]
    for x in operands[:-1]:
        before.append(before[-1] * x)
    after: list[Any] = [1.0]
    for x in operands[:0:-1]:
        after.append(after[-1] * x)
    return [left * right for left, right in zip(before, reversed(after), strict=True)]


def _direction(m: Any, y: Any, operands: Sequence[Any]) -> list[Any]:
    """Return x / ‖x‖, and 0 where the norm is 0."""
    return [m.where(m.equal(y, 0.0), 0.0, m.divide(x, y)) for x in operands]


def _shifted(m: Any, logits: Sequence[Any]) -> tuple[Any, list[Any]]:
    """The largest logit (0 if it is infinite) and the others relative to it: e^… ≤ 1."""
    largest = reduce(m.maximum, logits)
    shift = m.where(m.abs(largest) < math.inf, largest, 0.0)
    return shift, [z - shift for z in logits]


def softmax_values(m: Any, logits: Sequence[Any]) -> list[Any]:
    """Return e^zᵢ / Σⱼ e^zⱼ for every i."""
    _, shifted = _shifted(m, logits)
    exponentials = [m.exp(z) for z in shifted]
    total = _total(exponentials)
    return [m.divide(e, total) for e in exponentials]


def softmax_derivatives(probabilities: Sequence[Any], index: int) -> list[Any]:
    """Return ∂ŷᵢ/∂zⱼ = ŷᵢ(δᵢⱼ - ŷⱼ) for every j, with 1 - ŷᵢ as the sum of the others."""
    others = 0.0
    for j, probability in enumerate(probabilities):
        if j != index:
            others = others + probability
    chosen = probabilities[index]
    return [
        chosen * others if j == index else -chosen * probability
        for j, probability in enumerate(probabilities)
    ]


def _log_total(m: Any, shifted: Sequence[Any]) -> Any:
    """Log Σⱼ e^zⱼ where the largest z is 0, as log(1 + …): exact when the others are tiny."""
    exponentials = [m.exp(z) for z in shifted]
    ones = [m.where(m.equal(e, 1.0), 1.0, 0.0) for e in exponentials]
    others = _total([e - one for e, one in zip(exponentials, ones, strict=True)])
    return m.log1p(others + (_total(ones) - 1))


def _logsumexp(m: Any, logits: Sequence[Any]) -> Any:
    shift, shifted = _shifted(m, logits)
    return shift + _log_total(m, shifted)


def _log_softmax(m: Any, logits: Sequence[Any], index: int) -> Any:
    _, shifted = _shifted(m, logits)
    return shifted[index] - _log_total(m, shifted)


def _distance_from_choice(probabilities: Sequence[Any], index: int) -> list[Any]:
    """ŷⱼ - δⱼᵢ, with ŷᵢ - 1 as minus the sum of the others: exact when ŷᵢ is next to 1."""
    others = 0.0
    for j, probability in enumerate(probabilities):
        if j != index:
            others = others + probability
    return [-others if j == index else p for j, p in enumerate(probabilities)]


def _cross_entropy_of_distribution(m: Any, operands: Sequence[Any]) -> Any:
    """-Σⱼ pⱼ log softmax(z)ⱼ = Σⱼ pⱼ (logsumexp(z) - zⱼ), for the logits z, then the targets p."""
    logits, targets = halves(operands)
    _, shifted = _shifted(m, logits)
    log_total = _log_total(m, shifted)
    return _total([p * (log_total - z) for z, p in zip(shifted, targets, strict=True)])


def _cross_entropy_derivatives(m: Any, operands: Sequence[Any]) -> list[Any]:
    """ŷⱼ Σᵢ pᵢ - pⱼ for the logits and -log softmax(z)ⱼ for the targets."""
    logits, targets = halves(operands)
    mass = _total(targets)
    probabilities = softmax_values(m, logits)
    return [
        *(y * mass - p for y, p in zip(probabilities, targets, strict=True)),
        *(-_log_softmax(m, logits, j) for j in range(len(logits))),
    ]


def _squared_error(operands: Sequence[Any]) -> Any:
    """Σᵢ (yᵢ - ŷᵢ)², for the outputs ŷ, then the targets y."""
    differences = [y - output for output, y in zip(*halves(operands), strict=True)]
    return _total([difference * difference for difference in differences])


def _squared_error_derivatives(operands: Sequence[Any]) -> list[Any]:
    """-2(yᵢ - ŷᵢ) for the outputs and 2(yᵢ - ŷᵢ) for the targets."""
    doubled = [2.0 * (y - output) for output, y in zip(*halves(operands), strict=True)]
    return [*(-d for d in doubled), *doubled]


def halves(operands: Sequence[Any]) -> tuple[Sequence[Any], Sequence[Any]]:
    """Split the operands of a dot product, a squared error or a cross entropy into two vectors."""
    n = len(operands) // 2
    return operands[:n], operands[n : 2 * n]


def _dot(operands: Sequence[Any]) -> Any:
    """Σ wᵢxᵢ, plus the bias where the number of operands is odd."""
    weights, inputs = halves(operands)
    total = _total([w * x for w, x in zip(weights, inputs, strict=True)])
    return total + operands[-1] if len(operands) % 2 else total


def _dot_derivatives(operands: Sequence[Any]) -> list[Any]:
    weights, inputs = halves(operands)
    return [*inputs, *weights, 1.0] if len(operands) % 2 else [*inputs, *weights]


# A constant is a leaf made from a number in an expression: the 2 in 2 * x.
CONSTANT = Primitive("constant")

# fmt: off
# Operators.
add         = primitive("+",   lambda m, a, b: a + b,           lambda m, y, a, b: (1.0, 1.0))
subtract    = primitive("-",   lambda m, a, b: a - b,           lambda m, y, a, b: (1.0, -1.0))
multiply    = primitive("*",   lambda m, a, b: a * b,           lambda m, y, a, b: (b, a))
divide      = primitive("/",
    lambda m, a, b: m.divide(a, b),
    lambda m, y, a, b: (m.divide(1.0, b), -m.divide(y, b)))
power       = primitive("**",  lambda m, x, n: m.power(x, n),   _power_derivatives)
power_of    = primitive("**n",
    lambda m, x, n: m.power(x, n),
    lambda m, y, x, n: (_power_of_constant(m, x, n),))
negative    = primitive("neg", lambda m, x: -x,                 lambda m, y, x: (-1.0,))
identity    = primitive("identity", lambda m, x: x,             lambda m, y, x: (1.0,))
absolute    = primitive("abs", lambda m, x: m.abs(x),           lambda m, y, x: (m.sign(x),))

# Exponentials, logarithms and roots.
exp         = primitive("exp",   lambda m, x: m.exp(x),         lambda m, y, x: (y,))
exp2        = primitive("exp2",  lambda m, x: m.exp2(x),        lambda m, y, x: (y * math.log(2),))
expm1       = primitive("expm1", lambda m, x: m.expm1(x),       lambda m, y, x: (m.exp(x),))
log         = primitive("log",   lambda m, x: m.log(x),         lambda m, y, x: (m.divide(1.0, x),))
log1p       = primitive("log1p",
    lambda m, x: m.log1p(x),
    lambda m, y, x: (m.divide(1.0, 1 + x),))
log2        = primitive("log2",
    lambda m, x: m.log2(x),
    lambda m, y, x: (m.divide(1 / math.log(2), x),))
log10       = primitive("log10",
    lambda m, x: m.log10(x),
    lambda m, y, x: (m.divide(1 / math.log(10), x),))
sqrt        = primitive("sqrt",  lambda m, x: m.sqrt(x),        lambda m, y, x: (m.divide(0.5, y),))
cbrt        = primitive("cbrt",
    lambda m, x: m.cbrt(x),
    lambda m, y, x: (m.divide(1 / 3, y * y),))
log1mexp    = primitive("log1mexp",
    lambda m, x: m.where(x < math.log(2), m.log(-m.expm1(-x)), m.log1p(-m.exp(-x))),
    lambda m, y, x: (m.divide(m.exp(-x), -m.expm1(-x)),))

# Trigonometry, circular and hyperbolic.
sin         = primitive("sin",   lambda m, x: m.sin(x),         lambda m, y, x: (m.cos(x),))
cos         = primitive("cos",   lambda m, x: m.cos(x),         lambda m, y, x: (-m.sin(x),))
tan         = primitive("tan",   lambda m, x: m.tan(x),         lambda m, y, x: (1 + y * y,))
asin        = primitive("asin",
    lambda m, x: m.asin(x),
    lambda m, y, x: (m.divide(1.0, m.sqrt((1 - x) * (1 + x))),))
acos        = primitive("acos",
    lambda m, x: m.acos(x),
    lambda m, y, x: (m.divide(-1.0, m.sqrt((1 - x) * (1 + x))),))
atan        = primitive("atan",
    lambda m, x: m.atan(x),
    lambda m, y, x: (m.divide(1.0, 1 + x * x),))
sinh        = primitive("sinh",  lambda m, x: m.sinh(x),        lambda m, y, x: (m.cosh(x),))
cosh        = primitive("cosh",  lambda m, x: m.cosh(x),        lambda m, y, x: (m.sinh(x),))
tanh        = primitive("tanh",  lambda m, x: m.tanh(x),        lambda m, y, x: (1 - y * y,))
asinh       = primitive("asinh",
    lambda m, x: m.asinh(x),
    lambda m, y, x: (m.divide(1.0, m.hypot(1.0, x)),))
acosh       = primitive("acosh",
    lambda m, x: m.acosh(x),
    lambda m, y, x: (m.divide(1.0, m.sqrt(x - 1) * m.sqrt(x + 1)),))
atanh       = primitive("atanh",
    lambda m, x: m.atanh(x),
    lambda m, y, x: (m.divide(1.0, (1 - x) * (1 + x)),))
degrees     = primitive("degrees",
    lambda m, x: x * (180 / math.pi),
    lambda m, y, x: (180 / math.pi,))
radians     = primitive("radians",
    lambda m, x: x * (math.pi / 180),
    lambda m, y, x: (math.pi / 180,))
atan2       = primitive("atan2",
    lambda m, y, x: m.atan2(y, x),
    lambda m, angle, y, x: (m.divide(m.divide(x, m.hypot(y, x)), m.hypot(y, x)),
                            m.divide(m.divide(-y, m.hypot(y, x)), m.hypot(y, x))))

# Special functions.
erf         = primitive("erf",
    lambda m, x: m.erf(x),
    lambda m, y, x: (m.exp(-x * x) * (2 / math.sqrt(math.pi)),))
erfc        = primitive("erfc",
    lambda m, x: m.erfc(x),
    lambda m, y, x: (m.exp(-x * x) * (-2 / math.sqrt(math.pi)),))
gamma       = primitive("gamma",
    lambda m, x: m.gamma(x),
    lambda m, y, x: (y * m.polygamma(0, x),))
lgamma      = primitive("lgamma",
    lambda m, x: m.lgamma(x),
    lambda m, y, x: (m.polygamma(0, x),))
polygamma   = primitive("polygamma",
    lambda m, x, order: m.polygamma(order, x),
    lambda m, y, x, order: (m.polygamma(order + 1, x),))

# Piecewise: steps have gradient 0, and at a kink the convention is in each function's docstring.
floor       = primitive("floor",  lambda m, x: m.floor(x),      lambda m, y, x: (0.0,))
ceil        = primitive("ceil",   lambda m, x: m.ceil(x),       lambda m, y, x: (0.0,))
round       = primitive("round",  lambda m, x: m.round(x),      lambda m, y, x: (0.0,))
sign        = primitive("sign",   lambda m, x: m.sign(x),       lambda m, y, x: (0.0,))
fmod        = primitive("fmod",
    lambda m, a, b: m.fmod(a, b),
    lambda m, y, a, b: (1.0, m.round(m.divide(y - a, b))))
remainder   = primitive("remainder",
    lambda m, a, b: m.remainder(a, b),
    lambda m, y, a, b: (1.0, m.round(m.divide(y - a, b))))
copysign    = primitive("copysign",
    lambda m, a, b: m.copysign(a, b),
    lambda m, y, a, b: (m.sign(a) * m.copysign(1.0, b), 0.0))
maximum     = primitive("maximum",
    lambda m, a, b: m.maximum(a, b),
    lambda m, y, a, b: (_halfway(m, a - b), _halfway(m, b - a)))
minimum     = primitive("minimum",
    lambda m, a, b: m.minimum(a, b),
    lambda m, y, a, b: (_halfway(m, b - a), _halfway(m, a - b)))
clip        = primitive("clip",
    lambda m, x, low, high: m.minimum(m.maximum(x, low), high),
    lambda m, y, x, low, high: (m.where((x >= low) & (x <= high), 1.0, 0.0),))
where       = primitive("where",
    lambda m, condition, a, b: m.where(condition, a, b),
    lambda m, y, condition, a, b: (0.0, m.where(condition, 1.0, 0.0), m.where(condition, 0.0, 1.0)))

# Activations.
relu        = primitive("relu",
    lambda m, x: m.maximum(x, 0.0),
    lambda m, y, x: (m.where(x > 0, 1.0, 0.0),))
leaky_relu  = primitive("leaky_relu",
    lambda m, x, slope: m.where(x > 0, x, slope * x),
    lambda m, y, x, slope: (m.where(x > 0, 1.0, slope),))
elu         = primitive("elu",
    lambda m, x, alpha: m.where(x > 0, x, alpha * m.expm1(x)),
    lambda m, y, x, alpha: (m.where(x > 0, 1.0, alpha * m.exp(x)),))
selu        = primitive("selu",
    lambda m, x: m.where(x > 0, SELU_SCALE * x, SELU_SCALE * SELU_ALPHA * m.expm1(x)),
    lambda m, y, x: (m.where(x > 0, SELU_SCALE, SELU_SCALE * SELU_ALPHA * m.exp(x)),))
gelu        = primitive("gelu",
    lambda m, x: x * _normal_cdf(m, x),
    lambda m, y, x: (_normal_cdf(m, x) + x * _normal_density(m, x),))
silu        = primitive("silu",
    lambda m, x: x * _sigmoid(m, x),
    lambda m, y, x: (_sigmoid(m, x) * (1 + x * _sigmoid(m, -x)),))
sigmoid     = primitive("sigmoid",
    lambda m, x: _sigmoid(m, x),
    lambda m, y, x: (y * (1 - y),))
logsigmoid  = primitive("logsigmoid",
    lambda m, x: -_softplus(m, -x),
    lambda m, y, x: (_sigmoid(m, -x),))
softplus    = primitive("softplus",
    lambda m, x: _softplus(m, x),
    lambda m, y, x: (_sigmoid(m, x),))

# Of many operands: one node for the whole, with a local derivative for each.
dot         = primitive("dot",
    lambda m, *wx: _dot(wx),
    lambda m, y, *wx: _dot_derivatives(wx),
    vectors=2)
sum         = primitive("sum",
    lambda m, *xs: _total(xs),
    lambda m, y, *xs: (1.0,) * len(xs),
    vectors=1)
mean        = primitive("mean",
    lambda m, *xs: m.divide(_total(xs), len(xs)),
    lambda m, y, *xs: (1 / len(xs),) * len(xs),
    vectors=1)
prod        = primitive("prod",
    lambda m, *xs: reduce(lambda a, b: a * b, xs),
    lambda m, y, *xs: _products_of_others(xs),
    vectors=1)
max         = primitive("max",
    lambda m, *xs: reduce(m.maximum, xs),
    lambda m, y, *xs: _share_of_extreme(m, y, xs),
    vectors=1)
min         = primitive("min",
    lambda m, *xs: reduce(m.minimum, xs),
    lambda m, y, *xs: _share_of_extreme(m, y, xs),
    vectors=1)
hypot       = primitive("hypot",
    lambda m, *xs: m.hypot(*xs),
    lambda m, y, *xs: _direction(m, y, xs),
    vectors=1)
norm        = primitive("norm",
    lambda m, *xs: m.hypot(*xs),
    lambda m, y, *xs: _direction(m, y, xs),
    vectors=1)
logsumexp   = primitive("logsumexp",
    lambda m, *zs: _logsumexp(m, zs),
    lambda m, y, *zs: softmax_values(m, zs),
    vectors=1)
softmax     = primitive("softmax",
    lambda m, *zs: softmax_values(m, zs[:-1])[zs[-1]],
    lambda m, y, *zs: softmax_derivatives(softmax_values(m, zs[:-1]), zs[-1]),
    vectors=1, chooses=True)
log_softmax = primitive("log_softmax",
    lambda m, *zs: _log_softmax(m, zs[:-1], zs[-1]),
    lambda m, y, *zs: [-d for d in _distance_from_choice(softmax_values(m, zs[:-1]), zs[-1])],
    vectors=1, chooses=True)
cross_entropy = primitive("cross_entropy",
    lambda m, *zs: -_log_softmax(m, zs[:-1], zs[-1]),
    lambda m, y, *zs: _distance_from_choice(softmax_values(m, zs[:-1]), zs[-1]),
    vectors=1, chooses=True)
cross_entropy_of_distribution = primitive("cross_entropy_of_distribution",
    lambda m, *zp: _cross_entropy_of_distribution(m, zp),
    lambda m, y, *zp: _cross_entropy_derivatives(m, zp),
    vectors=2)
squared_error = primitive("squared_error",
    lambda m, *oy: _squared_error(oy),
    lambda m, y, *oy: _squared_error_derivatives(oy),
    vectors=2)
# fmt: on

# Klambauer et al., Self-Normalizing Neural Networks (2017), equation 14.
SELU_ALPHA = 1.6732632423543772848170429916717
SELU_SCALE = 1.0507009873554804934193349852946
