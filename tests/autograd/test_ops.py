"""Every op of the table, against mpmath at 150 digits.

An op is tested when it is in the table, where its record says, or else everywhere.

What is asked: a result within 1e-12 of the exact one, relative. Where a function is ill-conditioned
(next to a zero of sin, say) a change of the operands in their last bit changes the result by more:
by eps · Σ |xᵢ ∂f/∂xᵢ|, which is then allowed on top, a few times over, and nothing else is.
"""

from __future__ import annotations

import itertools
import math
import random
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

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
EVERYWHERE = (-1e3, 1e3)


class Domain:
    """Where an op is tested: intervals for its operands, its parameters, and what it should be."""

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


class Reference(NamedTuple):
    """What an op should be: of how many operands, with which parameters.

    ``rounding`` is for derivatives that are computed by a subtraction of numbers of size 1 (1 - y²
    of tanh): they are exact to some units in the last place of 1, not of themselves.
    """

    function: Callable[..., Any]
    counts: Sequence[int] = ()  # as many as the rule has, if it says none
    parameters: Sequence[tuple[Any, ...]] = ((),)
    rounding: float = 0.0


OF_A_CHOICE = {"counts": (3,), "parameters": [(0,), (2,)], "rounding": 2.0}

REFERENCES: dict[str, Reference] = {
    "+": Reference(lambda a, b: a + b),
    "-": Reference(lambda a, b: a - b),
    "*": Reference(lambda a, b: a * b),
    "/": Reference(lambda a, b: a / b),
    "**": Reference(lambda x, n: x**n),
    "**n": Reference(
        lambda x, n: x**n, parameters=[(n,) for n in (0.0, 1.0, 2.0, 3.0, -1.0, 0.5, -1.5, 2.25)]
    ),
    "neg": Reference(lambda x: -x),
    "identity": Reference(lambda x: x),
    "abs": Reference(abs),
    "exp": Reference(mpmath.exp),
    "exp2": Reference(lambda x: mpmath.mpf(2) ** x),
    "expm1": Reference(mpmath.expm1),
    "log": Reference(mpmath.log),
    "log1p": Reference(mpmath.log1p),
    "log2": Reference(lambda x: mpmath.log(x, 2)),
    "log10": Reference(mpmath.log10),
    "sqrt": Reference(mpmath.sqrt),
    "cbrt": Reference(lambda x: mpmath.sign(x) * mpmath.cbrt(abs(x))),
    "log1mexp": Reference(lambda x: mpmath.log(-mpmath.expm1(-x))),
    "sin": Reference(mpmath.sin),
    "cos": Reference(mpmath.cos),
    "tan": Reference(mpmath.tan),
    "asin": Reference(mpmath.asin, rounding=8),
    "acos": Reference(mpmath.acos, rounding=8),
    "atan": Reference(mpmath.atan),
    "sinh": Reference(mpmath.sinh),
    "cosh": Reference(mpmath.cosh),
    "tanh": Reference(mpmath.tanh, rounding=8),
    "asinh": Reference(mpmath.asinh),
    "acosh": Reference(mpmath.acosh),
    "atanh": Reference(mpmath.atanh, rounding=8),
    "degrees": Reference(mpmath.degrees),
    "radians": Reference(mpmath.radians),
    "atan2": Reference(mpmath.atan2),
    "erf": Reference(mpmath.erf),
    "erfc": Reference(mpmath.erfc),
    "gamma": Reference(mpmath.gamma),
    "lgamma": Reference(_log_gamma),
    "polygamma": Reference(
        lambda x, order: mpmath.psi(order, x), parameters=[(order,) for order in range(4)]
    ),
    "floor": Reference(mpmath.floor),
    "ceil": Reference(mpmath.ceil),
    "round": Reference(mpmath.nint),
    "sign": Reference(mpmath.sign),
    "fmod": Reference(lambda a, b: a - b * mpmath.mpf(int(a / b))),
    "remainder": Reference(lambda a, b: a - b * mpmath.nint(a / b)),
    "copysign": Reference(lambda a, b: abs(a) * mpmath.sign(b)),
    "maximum": Reference(max),
    "minimum": Reference(min),
    "clip": Reference(lambda x, low, high: min(max(x, low), high), parameters=[(-200.0, 0.5)]),
    "where": Reference(lambda c, a, b: a if c else b),
    "relu": Reference(lambda x: max(x, 0)),
    "leaky_relu": Reference(lambda x, s: x if x > 0 else s * x, parameters=[(0.125,)]),
    "elu": Reference(
        lambda x, a: x if x > 0 else a * mpmath.expm1(x), parameters=[(1.0,), (1.25,)]
    ),
    "selu": Reference(lambda x: SELU_SCALE * (x if x > 0 else SELU_ALPHA * mpmath.expm1(x))),
    "gelu": Reference(lambda x: x * mpmath.ncdf(x)),
    "silu": Reference(lambda x: x / (1 + mpmath.exp(-x))),
    "sigmoid": Reference(lambda x: 1 / (1 + mpmath.exp(-x)), rounding=8),
    "logsigmoid": Reference(lambda x: -mpmath.log1p(mpmath.exp(-x))),
    "softplus": Reference(lambda x: mpmath.log1p(mpmath.exp(x))),
    "dot": Reference(_dot, counts=(2, 4, 5)),
    "sum": Reference(lambda *xs: mpmath.fsum(xs), counts=(1, 2, 4)),
    "mean": Reference(lambda *xs: mpmath.fsum(xs) / len(xs), counts=(1, 3)),
    "prod": Reference(lambda *xs: mpmath.fprod(xs), counts=(1, 2, 4)),
    "max": Reference(max, counts=(2, 3)),
    "min": Reference(min, counts=(2, 3)),
    "squared_error": Reference(_squared_error, counts=(2, 4)),
    "hypot": Reference(lambda *xs: mpmath.norm(xs), counts=(2, 3)),
    "norm": Reference(lambda *xs: mpmath.norm(xs), counts=(2, 4)),
    "logsumexp": Reference(_logsumexp, counts=(2, 3)),
    "softmax": Reference(_softmax, **OF_A_CHOICE),
    "log_softmax": Reference(lambda *zs: mpmath.log(_softmax(*zs)), **OF_A_CHOICE),
    "cross_entropy": Reference(lambda *zs: -mpmath.log(_softmax(*zs)), **OF_A_CHOICE),
    "cross_entropy_of_distribution": Reference(
        _cross_entropy_of_distribution, counts=(4,), rounding=8
    ),
}


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


def domains_of(op: Primitive) -> Iterator[Domain]:
    """Where the record of an op says that it is tested, with the parameters that it takes there.

    An op without a second opinion above is what its rule is in exact numbers, and its derivatives
    are those of this value.
    """
    reference = REFERENCES.get(op.name) or Reference(_by_its_rule(op), rounding=8)
    for parameters in reference.parameters:
        own = op.value.__code__.co_argcount - 1 - len(parameters)
        for n in reference.counts or [own]:
            for box in itertools.product(*intervals(op, n)):
                domain = Domain(
                    reference.function, *box, parameters=parameters, rounding=reference.rounding
                )
                if not mpmath.im(reference.function(*[low for low, _ in box], *parameters)):
                    yield domain  # a root of negative numbers is none


def intervals(op: Primitive, n: int) -> list[list[Interval]]:
    """The intervals that each of n operands is from."""
    said = [each if isinstance(each, list) else [each] for each in op.domain or [EVERYWHERE]]
    if len(said) == n:
        return said
    size = n // len(said)
    return [each for each in said for _ in range(size)]


DOMAINS = {name: [*domains_of(op)] for name, op in TABLE.items()}
# Where the sum of exponentials is next to the largest of them.
DOMAINS["logsumexp"] += [Domain(_logsumexp, (0.0, 1e-6), (-30.0, -20.0))]

CASES = [
    pytest.param(name, domain, id=f"{name}-{position}")
    for name, domains in DOMAINS.items()
    for position, domain in enumerate(domains)
]


def test_every_op_has_a_domain_and_every_reference_an_op() -> None:
    assert all(DOMAINS.values())
    assert set(REFERENCES) <= set(TABLE)


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
            assert math.isnan(apply(bound(name, domain), *point)), f"{name} of {point}"


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
