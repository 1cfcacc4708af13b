"""Every op of the table, against mpmath at 150 digits.

An op is tested when it is in the table, and it needs a domain here: one without fails.

What is asked: a result within 1e-12 of the exact one, relative. Where a function is ill-conditioned
(next to a zero of sin, say) a change of the operands in their last bit changes the result by more:
by eps · Σ |xᵢ ∂f/∂xᵢ|, which is then allowed on top, a few times over, and nothing else is.
"""

from __future__ import annotations

import itertools
import math
import random
from collections.abc import Callable, Sequence
from typing import Any

import mpmath
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mpmath import mp

import autograd
from autograd import Value, arithmetic, gradients
from autograd.ops import TABLE, Primitive, halves
from autograd.ops.record import apply
from tests.autograd.strategies import EPSILON, SPECIAL, equal, finite_floats, same

Interval = tuple[float, float]
DIGITS = 150


class Domain:
    """Where an op is tested: intervals for its operands, its parameters, and what it should be.

    ``rounding`` is for derivatives that are computed by a subtraction of numbers of size 1 (1 - y²
    of tanh): they are exact to some units in the last place of 1, not of themselves.
    """

    def __init__(
        self,
        reference: Callable[..., Any],
        *intervals: Interval,
        parameters: tuple[Any, ...] = (),
        rounding: float = 0.0,
    ) -> None:
        self.reference = reference
        self.intervals = intervals
        self.parameters = parameters
        self.rounding = rounding

    def points(self, seed: str, count: int) -> list[list[float]]:
        generator = random.Random(seed)
        return [[_number(generator, *i) for i in self.intervals] for _ in range(count)]

    def at(self, *operands: Any) -> Any:
        return mpmath.re(self.reference(*operands, *self.parameters))


def _number(generator: random.Random, low: float, high: float) -> float:
    """A number of the interval: spread evenly, or of any order of magnitude."""
    if generator.random() < 0.5:
        return generator.uniform(low, high)
    largest = max(abs(low), abs(high))
    while True:
        smallest = 1e-6 if low <= 0 else low
        magnitude = 10 ** generator.uniform(math.log10(smallest), math.log10(largest))
        number = generator.choice([-magnitude, magnitude])
        if low <= number <= high:
            return number


def _softmax(*zs: Any) -> Any:
    *logits, index = zs
    return mpmath.exp(logits[index] - _logsumexp(*logits))


def _logsumexp(*zs: Any) -> Any:
    return mpmath.log(mpmath.fsum(mpmath.exp(z) for z in zs))


def _dot(*operands: Any) -> Any:
    n = len(operands) // 2
    bias = operands[-1] if len(operands) % 2 else 0
    return mpmath.fdot(operands[:n], operands[n : 2 * n]) + bias


def _cross_entropy_of_distribution(*zp: Any) -> Any:
    n = len(zp) // 2
    return mpmath.fsum(p * (_logsumexp(*zp[:n]) - z) for z, p in zip(zp[:n], zp[n:], strict=True))


def _squared_error(*oy: Any) -> Any:
    return mpmath.fsum((y - output) ** 2 for output, y in zip(*halves(oy), strict=True))


def _log_gamma(x: Any) -> Any:
    return mpmath.loggamma(x) if x > 0 else mpmath.log(abs(mpmath.gamma(x)))


def _real(function: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda x: function(x).real


SELU_ALPHA, SELU_SCALE = mpmath.mpf(1.6732632423543772), mpmath.mpf(1.0507009873554805)
ANY = (-1e3, 1e3)
LOGIT = (-20.0, 20.0)
POSITIVE = (1e-300, 1e300)
GROWS = (-100.0, 100.0)  # eˣ, its square and its inverse are floats

DOMAINS: dict[str, list[Domain]] = {
    "+": [Domain(lambda a, b: a + b, ANY, ANY)],
    "-": [Domain(lambda a, b: a - b, ANY, ANY)],
    "*": [Domain(lambda a, b: a * b, ANY, ANY)],
    "/": [Domain(lambda a, b: a / b, ANY, (0.01, 1e3)), Domain(lambda a, b: a / b, ANY, (-9, -1))],
    "**": [Domain(lambda x, n: x**n, (0.01, 10), (-8, 8))],
    "**n": [
        *(Domain(lambda x, n: x**n, (-9, 9), parameters=(n,)) for n in (0.0, 1.0, 2.0, 3.0, -1.0)),
        *(Domain(lambda x, n: x**n, (0.01, 99), parameters=(n,)) for n in (0.5, -1.5, 2.25)),
    ],
    "neg": [Domain(lambda x: -x, ANY)],
    "identity": [Domain(lambda x: x, ANY)],
    "abs": [Domain(abs, ANY)],
    "exp": [Domain(mpmath.exp, GROWS)],
    "exp2": [Domain(lambda x: mpmath.mpf(2) ** x, GROWS)],
    "expm1": [Domain(mpmath.expm1, GROWS)],
    "log": [Domain(mpmath.log, (1e-100, 1e100))],
    "log1p": [Domain(mpmath.log1p, (-0.999, 1e100))],
    "log2": [Domain(lambda x: mpmath.log(x, 2), (1e-100, 1e100))],
    "log10": [Domain(mpmath.log10, (1e-100, 1e100))],
    "sqrt": [Domain(mpmath.sqrt, (1e-100, 1e100))],
    "cbrt": [Domain(lambda x: mpmath.sign(x) * mpmath.cbrt(abs(x)), (-1e9, 1e9))],
    "log1mexp": [Domain(lambda x: mpmath.log(-mpmath.expm1(-x)), (1e-9, 100.0))],
    "sin": [Domain(mpmath.sin, ANY)],
    "cos": [Domain(mpmath.cos, ANY)],
    "tan": [Domain(mpmath.tan, (-20, 20))],
    "asin": [Domain(mpmath.asin, (-0.999999, 0.999999), rounding=8)],
    "acos": [Domain(mpmath.acos, (-0.999999, 0.999999), rounding=8)],
    "atan": [Domain(mpmath.atan, ANY)],
    "sinh": [Domain(mpmath.sinh, GROWS)],
    "cosh": [Domain(mpmath.cosh, GROWS)],
    "tanh": [Domain(mpmath.tanh, LOGIT, rounding=8)],
    "asinh": [Domain(mpmath.asinh, (-1e9, 1e9))],
    "acosh": [Domain(mpmath.acosh, (1.000001, 1e9))],
    "atanh": [Domain(mpmath.atanh, (-0.999999, 0.999999), rounding=8)],
    "degrees": [Domain(mpmath.degrees, ANY)],
    "radians": [Domain(mpmath.radians, ANY)],
    "atan2": [Domain(mpmath.atan2, ANY, ANY)],
    "erf": [Domain(mpmath.erf, (-5, 5))],
    "erfc": [Domain(mpmath.erfc, (-5, 25))],
    "gamma": [Domain(mpmath.gamma, (0.01, 100)), Domain(mpmath.gamma, (-4.9, -4.1))],
    "lgamma": [Domain(_log_gamma, (0.01, 1e6)), Domain(_log_gamma, (-4.9, -4.1))],
    "polygamma": [
        Domain(lambda x, order: mpmath.psi(order, x), interval, parameters=(order,))
        for order in (0, 1, 2, 3)
        for interval in ((0.01, 1e4), (-2.9, -2.1))
    ],
    "floor": [Domain(mpmath.floor, ANY)],
    "ceil": [Domain(mpmath.ceil, ANY)],
    "round": [Domain(mpmath.nint, ANY)],
    "sign": [Domain(mpmath.sign, ANY)],
    "fmod": [
        Domain(lambda a, b: a - b * mpmath.mpf(int(a / b)), ANY, interval)
        for interval in ((0.1, 50), (-50, -0.1))
    ],
    "remainder": [
        Domain(lambda a, b: a - b * mpmath.nint(a / b), ANY, interval)
        for interval in ((0.1, 50), (-50, -0.1))
    ],
    "copysign": [Domain(lambda a, b: abs(a) * mpmath.sign(b), ANY, ANY)],
    "maximum": [Domain(max, ANY, ANY)],
    "minimum": [Domain(min, ANY, ANY)],
    "clip": [Domain(lambda x, low, high: min(max(x, low), high), (-4, 4), parameters=(-1.0, 2.0))],
    "where": [Domain(lambda c, a, b: a if c else b, (-1, 1), ANY, ANY)],
    "relu": [Domain(lambda x: max(x, 0), ANY)],
    "leaky_relu": [Domain(lambda x, s: x if x > 0 else s * x, ANY, parameters=(0.125,))],
    "elu": [
        Domain(lambda x, a: x if x > 0 else a * mpmath.expm1(x), GROWS, parameters=(a,))
        for a in (1.0, 1.25)
    ],
    "selu": [
        Domain(lambda x: SELU_SCALE * (x if x > 0 else SELU_ALPHA * mpmath.expm1(x)), GROWS)
    ],
    "gelu": [Domain(lambda x: x * mpmath.ncdf(x), (-14, 10))],
    "silu": [Domain(lambda x: x / (1 + mpmath.exp(-x)), (-100, 30))],
    "sigmoid": [Domain(lambda x: 1 / (1 + mpmath.exp(-x)), (-100, 30), rounding=8)],
    "logsigmoid": [Domain(lambda x: -mpmath.log1p(mpmath.exp(-x)), (-30, 100))],
    "softplus": [Domain(lambda x: mpmath.log1p(mpmath.exp(x)), (-100, 30))],
    "dot": [Domain(_dot, *[ANY] * n) for n in (2, 4, 5)],
    "sum": [Domain(lambda *xs: mpmath.fsum(xs), *[ANY] * n) for n in (1, 2, 4)],
    "mean": [Domain(lambda *xs: mpmath.fsum(xs) / len(xs), *[ANY] * n) for n in (1, 3)],
    "prod": [Domain(lambda *xs: mpmath.fprod(xs), *[ANY] * n) for n in (1, 2, 4)],
    "max": [Domain(max, *[ANY] * n) for n in (2, 3)],
    "min": [Domain(min, *[ANY] * n) for n in (2, 3)],
    "squared_error": [Domain(_squared_error, *[ANY] * n) for n in (2, 4)],
    "hypot": [Domain(lambda *xs: mpmath.norm(xs), *[ANY] * n) for n in (2, 3)],
    "norm": [Domain(lambda *xs: mpmath.norm(xs), *[ANY] * n) for n in (2, 4)],
    "logsumexp": [Domain(_logsumexp, *[LOGIT] * 3), Domain(_logsumexp, (0, 1e-6), (-30, -20))],
    "softmax": [Domain(_softmax, *[LOGIT] * 3, parameters=(i,), rounding=2) for i in (0, 2)],
    "log_softmax": [
        Domain(lambda *zs: mpmath.log(_softmax(*zs)), *[LOGIT] * 3, parameters=(i,), rounding=2)
        for i in (0, 2)
    ],
    "cross_entropy": [
        Domain(lambda *zs: -mpmath.log(_softmax(*zs)), *[LOGIT] * 3, parameters=(i,), rounding=2)
        for i in (0, 2)
    ],
    "cross_entropy_of_distribution": [
        Domain(_cross_entropy_of_distribution, *[LOGIT] * 2, *[(0.0, 1.0)] * 2, rounding=8)
    ],
}  # fmt: skip


class _Exact:
    """The vocabulary of rules in mpmath: what a rule says, without the rounding of floats."""

    where = staticmethod(lambda condition, a, b: a if condition else b)
    maximum, minimum, abs = staticmethod(max), staticmethod(min), staticmethod(abs)
    divide = staticmethod(lambda a, b: mpmath.mpf(a) / b)
    power = staticmethod(lambda a, b: mpmath.mpf(a) ** b)

    def __getattr__(self, name: str) -> Any:
        return getattr(mpmath, name)


def _by_its_rule(op: Primitive) -> Callable[..., Any]:
    return lambda *operands: op.value(_Exact(), *operands)


# An op without a second opinion here says itself where it is tested: then its value is that of its
# rule in exact numbers, and its derivatives are those of this value.
DOMAINS |= {
    name: [Domain(_by_its_rule(op), *op.domain, rounding=8)]
    for name, op in TABLE.items()
    if name not in DOMAINS and op.domain
}

CASES = [
    pytest.param(name, domain, id=f"{name}-{position}")
    for name, domains in DOMAINS.items()
    for position, domain in enumerate(domains)
]


def test_every_op_has_a_domain_and_every_domain_an_op() -> None:
    assert set(DOMAINS) == set(TABLE)


def bound(name: str, domain: Domain) -> Primitive:
    return TABLE[name].bind(*domain.parameters)


def exact_partial(domain: Domain, point: Sequence[float], orders: Sequence[int]) -> Any:
    """Differentiate by the relative changes of the operands, for operands of any magnitude."""
    operands = [mpmath.mpf(x) for x in point]
    if not any(orders):
        return domain.at(*operands)
    derivative = mpmath.diff(
        lambda *changes: domain.at(*(x * (1 + t) for x, t in zip(operands, changes, strict=True))),
        (0,) * len(point),
        tuple(orders),
    )
    derivative = 0 if abs(derivative) < mpmath.mpf(10) ** (-DIGITS // 2) else derivative
    return derivative / mpmath.fprod(x**order for x, order in zip(operands, orders, strict=True))


def unit(n: int, *positions: int) -> list[int]:
    """Differentiation orders: once for each position."""
    return [positions.count(i) for i in range(n)]


def allowed(domain: Domain, point: Sequence[float], exact: Any, *positions: int) -> float:
    """The error that is allowed: 1e-12, relative, and what the operands' last bits change."""
    n = len(point)
    condition = sum(
        abs(x * exact_partial(domain, point, unit(n, *positions, i))) for i, x in enumerate(point)
    )
    rounding = domain.rounding * EPSILON if positions else 0.0
    return float(1e-12 * abs(exact) + 16 * EPSILON * condition + rounding)


@pytest.mark.parametrize(("name", "domain"), CASES)
def test_value_and_first_derivatives(name: str, domain: Domain) -> None:
    op = bound(name, domain)
    with mp.workdps(DIGITS):
        for point in domain.points(name, 8):
            operands = [Value(x) for x in point]
            y = apply(op, *operands)
            exact = exact_partial(domain, point, unit(len(point)))
            assert abs(y.data - exact) <= allowed(domain, point, exact), f"{op} of {point}"
            assert apply(op, *point) == y.data  # numbers pass through
            assert y.parents == tuple(operands)
            assert y.op == name
            for i, local in enumerate(y.local_derivatives):
                exact = exact_partial(domain, point, unit(len(point), i))
                error = abs(local - exact)
                assert error <= allowed(domain, point, exact, i), f"∂{op}/∂{i} at {point}"


@pytest.mark.parametrize(("name", "domain"), CASES)
def test_second_derivatives(name: str, domain: Domain) -> None:
    op = bound(name, domain)
    n = len(domain.intervals)
    with mp.workdps(DIGITS):
        for point in domain.points(name + " twice", 4 if n <= 2 else 2):
            operands = [Value(x) for x in point]
            y = apply(op, *operands)
            first = gradients(y, operands, create_graph=True)
            assert [slope.data for slope in first] == list(y.local_derivatives)
            exact = [
                [exact_partial(domain, point, unit(n, i, j)) for j in range(n)] for i in range(n)
            ]
            largest = max(abs(entry) for row in exact for entry in row)
            for i, j in itertools.product(range(n), repeat=2):
                [second] = gradients(first[i], [operands[j]])
                if n <= 2 and name not in ("hypot", "norm"):
                    error = allowed(domain, point, exact[i][j], i, j)
                else:  # relative to the largest second derivative
                    error = float(1e-12 * largest + domain.rounding * EPSILON)
                assert abs(second - exact[i][j]) <= error, f"∂²{op}/∂{i}∂{j} at {point}"


def special_points(n: int) -> list[tuple[float, ...]]:
    everything = list(itertools.product(SPECIAL, repeat=min(n, 2)))
    if n <= 2:
        return everything
    generator = random.Random(n)
    return [tuple(generator.choices(SPECIAL, k=n)) for _ in range(150)]


@pytest.mark.parametrize(("name", "domain"), CASES)
def test_ieee_754_at_special_numbers(name: str, domain: Domain) -> None:
    """No rule raises, every result is a float, and Values have the derivatives that floats have."""
    op = bound(name, domain)
    assert op.derivatives is not None
    for point in special_points(len(domain.intervals)):
        operands = [Value(x) for x in point]
        y = apply(op, *operands)
        assert type(y.data) is float
        assert len(y.local_derivatives) == len(point)
        assert all(type(local) is float for local in y.local_derivatives), point
        for local, again in zip(
            y.local_derivatives, gradients(y, operands, create_graph=True), strict=True
        ):
            assert equal(local, again.data), f"{op} of {point}: {local} but {again.data}"


@pytest.mark.parametrize("name", sorted(TABLE))
def test_nan_is_not_swallowed(name: str) -> None:
    """A nan operand makes nan, but for the condition of where and the base of x⁰."""
    for domain in DOMAINS[name]:
        if name == "where" or domain.parameters == (0.0,):
            continue
        for position in range(len(domain.intervals)):
            point = [
                2.0 if low <= 2 <= high else (low + high) / 2 for low, high in domain.intervals
            ]
            point[position] = math.nan
            result = apply(bound(name, domain), *point)
            if name == "copysign" and position == 1:
                assert abs(result) == 2.0
            else:
                assert math.isnan(result), f"{name} of {point}"


def test_a_table_entry_is_made_by_primitive_alone() -> None:
    assert all(TABLE[name].name == name for name in TABLE)
    assert all(op.value is not None and op.derivatives is not None for op in TABLE.values())
    assert all(op.parameters == () for op in TABLE.values())


def test_an_op_with_parameters() -> None:
    op = TABLE["leaky_relu"].bind(0.25)
    assert str(op) == "leaky_relu[0.25]"
    assert repr(op) == "Primitive('leaky_relu[0.25]')"
    assert op.name == "leaky_relu"
    assert TABLE["leaky_relu"].bind(0.25) is op


@given(st.permutations([0, 0.0, -0.0, False, 1, 1.0, True, -1.0]), st.booleans())
def test_parameters_that_are_equal_are_not_taken_for_each_other(
    numbers: list[float], two: bool
) -> None:
    op = Primitive("op", lambda m, x, *parameters: x, lambda m, y, x, *parameters: (1.0,))
    for number in numbers:
        parameters = (number, 0.5) if two else (number,)
        found = op.bind(*parameters)
        assert repr(found.parameters) == repr(parameters)
        assert found.record is op
        assert op.bind(*parameters) is found


def test_rules_only_use_what_the_vocabulary_has() -> None:
    """A constant exponent never evaluates log, a square no power."""

    class Vocabulary:
        def __getattr__(self, name: str) -> Any:
            if name in ("log", "power"):
                raise AssertionError(f"{name} was evaluated")
            return getattr(arithmetic, name)

    rule = TABLE["**n"].derivatives
    assert rule is not None
    assert rule(Vocabulary(), 9.0, 3.0, 2.0) == (6.0,)
    assert rule(Vocabulary(), 3.0, 3.0, 1.0) == (1.0,)
    assert rule(Vocabulary(), 1.0, 0.0, 0.0) == (0.0,)


@pytest.mark.parametrize("op", [autograd.softmax, autograd.log_softmax])
@given(st.lists(finite_floats, min_size=1, max_size=5))
def test_all_outputs_at_once_are_those_of_the_rule_to_the_bit(op: Any, logits: list[float]) -> None:
    values = [Value(z) for z in logits]
    for i, output in enumerate(op(values)):
        alone = op.bind(i)
        expected = Primitive.__call__(alone, *values)
        assert same(output.data, expected.data)
        assert output.primitive is alone
        assert output.parents == expected.parents
        assert all(map(same, output.local_derivatives, expected.local_derivatives))
