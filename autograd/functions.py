"""The functions of Values. Each takes numbers too, and then returns floats.

Arithmetic follows IEEE 754 (``log(0)`` is -inf, ``sqrt(-1)`` is nan) and never raises; what raises
an :class:`autograd.OperandError` is an operand that is no number, such as a string or a list.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, overload

from autograd import ops
from autograd.errors import OperandError, ShapeError
from autograd.ops import DerivativeRule, IndexOfExample, Primitive, ValueRule
from autograd.value import Operand, Value, X, apply, as_number, as_value, record_dot

# Exponentials, logarithms and roots.


def exp(x: X) -> X:
    """Return the exponential eˣ.

    ∂eˣ/∂x = eˣ. Overflows to inf, never raises.

    >>> exp(0.0)
    1.0
    """
    return apply(ops.exp, x)


def exp2(x: X) -> X:
    """Return 2ˣ.

    ∂2ˣ/∂x = 2ˣ log 2.

    >>> exp2(3.0)
    8.0
    """
    return apply(ops.exp2, x)


def expm1(x: X) -> X:
    """Return eˣ - 1, exact for small x.

    ∂/∂x = eˣ.

    >>> expm1(0.0)
    0.0
    """
    return apply(ops.expm1, x)


def log(x: X) -> X:
    """Return the natural logarithm.

    ∂log(x)/∂x = 1/x. log(0) = -inf, and nan below 0.

    >>> log(1.0)
    0.0
    """
    return apply(ops.log, x)


def log1p(x: X) -> X:
    """Return log(1 + x), exact for small x.

    ∂/∂x = 1/(1 + x). -inf at x = -1, nan below.

    >>> log1p(0.0)
    0.0
    """
    return apply(ops.log1p, x)


def log2(x: X) -> X:
    """Return the logarithm to base 2.

    ∂log₂(x)/∂x = 1/(x log 2). log2(0) = -inf, and nan below 0.

    >>> log2(8.0)
    3.0
    """
    return apply(ops.log2, x)


def log10(x: X) -> X:
    """Return the logarithm to base 10.

    ∂log₁₀(x)/∂x = 1/(x log 10). log10(0) = -inf, and nan below 0.

    >>> log10(100.0)
    2.0
    """
    return apply(ops.log10, x)


def log1mexp(x: X) -> X:
    """Return log(1 - e⁻ˣ) for x > 0, exact near both ends.

    ∂/∂x = 1/(eˣ - 1). -inf at x = 0, nan below.

    Source: Mächler, Accurately Computing log(1 - exp(-|a|)) (2012).

    >>> log1mexp(0.0)
    -inf
    """
    return apply(ops.log1mexp, x)


def sqrt(x: X) -> X:
    """Return the square root.

    ∂√x/∂x = 1/(2√x). The derivative at 0 is inf; nan below 0.

    >>> sqrt(9.0)
    3.0
    """
    return apply(ops.sqrt, x)


def cbrt(x: X) -> X:
    """Return the cube root, of negative numbers too.

    ∂∛x/∂x = 1/(3∛x²). The derivative at 0 is inf.

    >>> cbrt(-27.0)
    -3.0000000000000004
    """
    return apply(ops.cbrt, x)


# Trigonometry, circular and hyperbolic.


def sin(x: X) -> X:
    """Return the sine of an angle in radians.

    ∂sin(x)/∂x = cos(x).

    >>> sin(0.0)
    0.0
    """
    return apply(ops.sin, x)


def cos(x: X) -> X:
    """Return the cosine of an angle in radians.

    ∂cos(x)/∂x = -sin(x).

    >>> cos(0.0)
    1.0
    """
    return apply(ops.cos, x)


def tan(x: X) -> X:
    """Return the tangent of an angle in radians.

    ∂tan(x)/∂x = 1 + tan²(x).

    >>> tan(0.0)
    0.0
    """
    return apply(ops.tan, x)


def asin(x: X) -> X:
    """Return the arc sine in radians.

    ∂asin(x)/∂x = 1/√(1 - x²). Domain -1 ≤ x ≤ 1, nan outside; the derivative at ±1 is inf.

    >>> asin(0.0)
    0.0
    """
    return apply(ops.asin, x)


def acos(x: X) -> X:
    """Return the arc cosine in radians.

    ∂acos(x)/∂x = -1/√(1 - x²). Domain -1 ≤ x ≤ 1, nan outside; the derivative at ±1 is -inf.

    >>> acos(1.0)
    0.0
    """
    return apply(ops.acos, x)


def atan(x: X) -> X:
    """Return the arc tangent in radians.

    ∂atan(x)/∂x = 1/(1 + x²).

    >>> atan(0.0)
    0.0
    """
    return apply(ops.atan, x)


def sinh(x: X) -> X:
    """Return the hyperbolic sine.

    ∂sinh(x)/∂x = cosh(x).

    >>> sinh(0.0)
    0.0
    """
    return apply(ops.sinh, x)


def cosh(x: X) -> X:
    """Return the hyperbolic cosine.

    ∂cosh(x)/∂x = sinh(x).

    >>> cosh(0.0)
    1.0
    """
    return apply(ops.cosh, x)


def tanh(x: X) -> X:
    """Return the hyperbolic tangent.

    ∂tanh(x)/∂x = 1 - tanh²(x).

    >>> tanh(0.0)
    0.0
    """
    return apply(ops.tanh, x)


def asinh(x: X) -> X:
    """Return the inverse hyperbolic sine.

    ∂asinh(x)/∂x = 1/√(1 + x²).

    >>> asinh(0.0)
    0.0
    """
    return apply(ops.asinh, x)


def acosh(x: X) -> X:
    """Return the inverse hyperbolic cosine.

    ∂acosh(x)/∂x = 1/√(x² - 1). Domain x ≥ 1, nan below; the derivative at 1 is inf.

    >>> acosh(1.0)
    0.0
    """
    return apply(ops.acosh, x)


def atanh(x: X) -> X:
    """Return the inverse hyperbolic tangent.

    ∂atanh(x)/∂x = 1/(1 - x²). ±inf at ±1, nan outside.

    >>> atanh(0.0)
    0.0
    """
    return apply(ops.atanh, x)


def degrees(x: X) -> X:
    """Return an angle in radians as degrees.

    ∂/∂x = 180/π.

    >>> degrees(0.0)
    0.0
    """
    return apply(ops.degrees, x)


def radians(x: X) -> X:
    """Return an angle in degrees as radians.

    ∂/∂x = π/180.

    >>> radians(0.0)
    0.0
    """
    return apply(ops.radians, x)


# Special functions.


def erf(x: X) -> X:
    """Return the error function.

    ∂erf(x)/∂x = 2/√π e^(-x²).

    >>> erf(0.0)
    0.0
    """
    return apply(ops.erf, x)


def erfc(x: X) -> X:
    """Return 1 - erf(x), exact for large x.

    ∂erfc(x)/∂x = -2/√π e^(-x²).

    >>> erfc(0.0)
    1.0
    """
    return apply(ops.erfc, x)


def gamma(x: X) -> X:
    """Return the gamma function Γ(x).

    ∂Γ(x)/∂x = Γ(x) ψ(x), with ψ the digamma function. nan at negative integers.

    >>> gamma(5.0)
    24.0
    """
    return apply(ops.gamma, x)


def lgamma(x: X) -> X:
    """Return log |Γ(x)|.

    ∂/∂x = ψ(x), the digamma function. inf at 0 and at negative integers.

    >>> lgamma(1.0)
    0.0
    """
    return apply(ops.lgamma, x)


# Steps and kinks.


def floor(x: X) -> X:
    """Return the largest integer not above x.

    The gradient is 0 everywhere, at the jumps too.

    >>> floor(2.5)
    2.0
    """
    return apply(ops.floor, x)


def ceil(x: X) -> X:
    """Return the smallest integer not below x.

    The gradient is 0 everywhere, at the jumps too.

    >>> ceil(2.5)
    3.0
    """
    return apply(ops.ceil, x)


def round(x: X) -> X:
    """Return the nearest integer, the even one of two that are equally near.

    The gradient is 0 everywhere, at the jumps too.

    >>> round(2.5)
    2.0
    """
    return apply(ops.round, x)


def sign(x: X) -> X:
    """Return -1, 0 or 1.

    The gradient is 0 everywhere, at the jump too.

    >>> sign(-2.0)
    -1.0
    """
    return apply(ops.sign, x)


def abs(x: X) -> X:
    """Return the absolute value |x|.

    ∂|x|/∂x = sign(x), with 0 at x = 0.

    >>> abs(-2.0)
    2.0
    """
    return apply(ops.absolute, x)


# Activations.


def relu(x: X) -> X:
    """Return max(x, 0).

    ∂/∂x = 1 where x > 0, else 0: at x = 0 it is 0.

    >>> relu(-2.0)
    0.0
    """
    return apply(ops.relu, x)


def selu(x: X) -> X:
    """Return the scaled exponential linear unit λx, or λα(eˣ - 1) where x ≤ 0.

    ∂/∂x = λ where x > 0, else λα eˣ, with α = 1.67326… and λ = 1.05070….

    Source: Klambauer et al., Self-Normalizing Neural Networks (2017).

    >>> selu(0.0)
    0.0
    """
    return apply(ops.selu, x)


def gelu(x: X) -> X:
    """Return the Gaussian error linear unit x Φ(x), with Φ the normal distribution.

    ∂/∂x = Φ(x) + x φ(x), with φ the normal density: the exact form, not the tanh one.

    Source: Hendrycks and Gimpel, Gaussian Error Linear Units (2016).

    >>> gelu(0.0)
    0.0
    """
    return apply(ops.gelu, x)


def silu(x: X) -> X:
    """Return x σ(x), also called swish.

    ∂/∂x = σ(x) (1 + x σ(-x)), with σ the sigmoid.

    >>> silu(0.0)
    0.0
    """
    return apply(ops.silu, x)


def sigmoid(x: X) -> X:
    """Return the logistic function σ(x) = 1 / (1 + e⁻ˣ).

    ∂σ(x)/∂x = σ(x) (1 - σ(x)).

    >>> sigmoid(0.0)
    0.5
    """
    return apply(ops.sigmoid, x)


def logsigmoid(x: X) -> X:
    """Return log σ(x) = -log(1 + e⁻ˣ), exact for all x.

    ∂/∂x = σ(-x).

    >>> logsigmoid(800.0)
    -0.0
    """
    return apply(ops.logsigmoid, x)


def softplus(x: X) -> X:
    """Return log(1 + eˣ), exact for all x.

    ∂/∂x = σ(x), the sigmoid.

    >>> softplus(800.0)
    800.0
    """
    return apply(ops.softplus, x)


def leaky_relu(x: X, slope: float = 0.01) -> X:
    """Return x, or slope·x where x ≤ 0.

    ∂/∂x = 1 where x > 0, else the slope: so at x = 0 too. The slope is a number.

    >>> leaky_relu(-2.0)
    -0.02
    """
    return apply(ops.leaky_relu.bind(as_number(slope, "the slope of leaky_relu")), x)


def elu(x: X, alpha: float = 1.0) -> X:
    """Return the exponential linear unit: x, or α(eˣ - 1) where x ≤ 0.

    ∂/∂x = 1 where x > 0, else α eˣ: so α at x = 0. α is a number.

    Source: Clevert et al., Exponential Linear Units (2015).

    >>> elu(2.0)
    2.0
    """
    return apply(ops.elu.bind(as_number(alpha, "the α of elu")), x)


def clip(x: X, low: float, high: float) -> X:
    """Return x, but no less than low and no more than high, which are numbers.

    ∂/∂x = 1 where low ≤ x ≤ high, ends included, else 0.

    Raises:
        ShapeError: if low is above high.

    >>> clip(7.0, 0.0, 5.0)
    5.0
    """
    low, high = as_number(low, "the lower end of clip"), as_number(high, "the upper end of clip")
    if low > high:
        raise ShapeError(f"clip needs low ≤ high, not low={low} and high={high}")
    return apply(ops.clip.bind(low, high), x)


# Of two numbers or more.


@overload
def atan2(y: float, x: float) -> float: ...
@overload
def atan2(y: Value, x: Operand) -> Value: ...
@overload
def atan2(y: float, x: Value) -> Value: ...
def atan2(y: Any, x: Any) -> Any:
    """Return the angle of the point (x, y) in radians, from -π to π.

    ∂/∂y = x/(x² + y²) and ∂/∂x = -y/(x² + y²); nan at the origin.

    >>> atan2(0.0, 1.0)
    0.0
    """
    return apply(ops.atan2, y, x)


def hypot(*coordinates: X) -> X:
    """Return the length √(x² + y² + …), without overflow on the way.

    ∂/∂x = x / length, and 0 where the length is 0.

    >>> hypot(3.0, 4.0)
    5.0
    """
    return apply(ops.hypot, *_operands(coordinates, "hypot"))


@overload
def fmod(a: float, b: float) -> float: ...
@overload
def fmod(a: Value, b: Operand) -> Value: ...
@overload
def fmod(a: float, b: Value) -> Value: ...
def fmod(a: Any, b: Any) -> Any:
    """Return the remainder a - n·b with n = trunc(a/b), which has the sign of a.

    ∂/∂a = 1 and ∂/∂b = -n, at the jumps too. nan where b = 0.

    >>> fmod(-7.0, 3.0)
    -1.0
    """
    return apply(ops.fmod, a, b)


@overload
def remainder(a: float, b: float) -> float: ...
@overload
def remainder(a: Value, b: Operand) -> Value: ...
@overload
def remainder(a: float, b: Value) -> Value: ...
def remainder(a: Any, b: Any) -> Any:
    """Return the IEEE 754 remainder a - n·b, with n the integer nearest to a/b.

    ∂/∂a = 1 and ∂/∂b = -n, at the jumps too. nan where b = 0.

    >>> remainder(5.0, 3.0)
    -1.0
    """
    return apply(ops.remainder, a, b)


@overload
def copysign(a: float, b: float) -> float: ...
@overload
def copysign(a: Value, b: Operand) -> Value: ...
@overload
def copysign(a: float, b: Value) -> Value: ...
def copysign(a: Any, b: Any) -> Any:
    """Return |a| with the sign of b.

    ∂/∂a = 1 where a and b have the same sign, else -1, and 0 at a = 0; ∂/∂b = 0.

    >>> copysign(3.0, -0.0)
    -3.0
    """
    return apply(ops.copysign, a, b)


@overload
def maximum(a: float, b: float) -> float: ...
@overload
def maximum(a: Value, b: Operand) -> Value: ...
@overload
def maximum(a: float, b: Value) -> Value: ...
def maximum(a: Any, b: Any) -> Any:
    """Return the greater of two.

    Its local derivative is 1 for the greater and 0 for the other; a tie gives ½ to each.

    >>> maximum(2.0, 3.0)
    3.0
    """
    return apply(ops.maximum, a, b)


@overload
def minimum(a: float, b: float) -> float: ...
@overload
def minimum(a: Value, b: Operand) -> Value: ...
@overload
def minimum(a: float, b: Value) -> Value: ...
def minimum(a: Any, b: Any) -> Any:
    """Return the smaller of two.

    Its local derivative is 1 for the smaller and 0 for the other; a tie gives ½ to each.

    >>> minimum(2.0, 3.0)
    2.0
    """
    return apply(ops.minimum, a, b)


@overload
def where(condition: float, a: float, b: float) -> float: ...
@overload
def where(condition: Operand, a: Value, b: Operand) -> Value: ...
@overload
def where(condition: Operand, a: float, b: Value) -> Value: ...
def where(condition: Any, a: Any, b: Any) -> Any:
    """Return a where the condition is true (not 0), else b.

    ∂/∂a = 1 and ∂/∂b = 0 where it is true, the reverse where not; ∂/∂condition = 0. Both a and b
    are computed: an infinite local derivative in the one not chosen makes nan of its 0 upstream.

    >>> x = Value(-2.0)
    >>> where(x > 0, x, 0.1 * x).data
    -0.2
    """
    return apply(ops.where, condition, a, b)


# Of a whole sequence: one node, with a local derivative for each operand.


@overload
def dot(weights: Sequence[float], inputs: Sequence[float], bias: float | None = None) -> float: ...
@overload
def dot(
    weights: Iterable[Value], inputs: Iterable[Operand], bias: Operand | None = None
) -> Value: ...
@overload
def dot(
    weights: Sequence[float], inputs: Iterable[Value], bias: Operand | None = None
) -> Value: ...
def dot(weights: Any, inputs: Any, bias: Any = None) -> Any:
    """Return Σᵢ wᵢxᵢ, plus the bias if there is one: a whole neuron's a = w·x + b as one node.

    ∂/∂wᵢ = xᵢ, ∂/∂xᵢ = wᵢ and ∂/∂b = 1.

    Raises:
        ShapeError: if there are not as many inputs as weights, or none.

    >>> dot([1.0, 2.0], [3.0, 4.0], 0.5)
    11.5
    """
    weights, inputs = tuple(weights), tuple(inputs)
    if len(weights) != len(inputs):
        raise ShapeError(
            f"dot needs as many inputs as weights, not {len(weights)} weights and "
            f"{len(inputs)} inputs"
        )
    if not weights:
        raise ShapeError("dot of nothing: it needs at least one weight and one input")
    first = weights if bias is None else (*weights, bias)
    # Written out because it is most of the work of a network; a test holds it equal to the table.
    try:
        return record_dot(first, inputs, tuple([x._data for x in inputs]))
    except AttributeError:  # there are numbers among them
        return apply(ops.dot, *weights, *inputs, *first[len(inputs) :])


def sum(values: Iterable[X]) -> X:
    """Return the sum as one node, where the built-in ``sum`` makes a chain. ∂/∂xᵢ = 1.

    >>> sum([1.0, 2.0, 4.0])
    7.0
    """
    return apply(ops.sum, *_operands(values, "sum"))


def mean(values: Iterable[X]) -> X:
    """Return the arithmetic mean of n values. ∂/∂xᵢ = 1/n.

    >>> mean([1.0, 2.0, 6.0])
    3.0
    """
    return apply(ops.mean, *_operands(values, "mean"))


def prod(values: Iterable[X]) -> X:
    """Return the product. ∂/∂xᵢ is the product of all others, exact when some are 0.

    >>> prod([2.0, 3.0, 4.0])
    24.0
    """
    return apply(ops.prod, *_operands(values, "prod"))


def max(values: Iterable[X]) -> X:
    """Return the largest. Its local derivative is 1 and the others' 0; k that tie get 1/k each.

    >>> max([1.0, 3.0, 2.0])
    3.0
    """
    return apply(ops.max, *_operands(values, "max"))


def min(values: Iterable[X]) -> X:
    """Return the smallest. Its local derivative is 1 and the others' 0; k that tie get 1/k each.

    >>> min([1.0, 3.0, 2.0])
    1.0
    """
    return apply(ops.min, *_operands(values, "min"))


def norm(values: Iterable[X]) -> X:
    """Return the Euclidean norm √(Σ xᵢ²). ∂/∂xᵢ = xᵢ / norm, and 0 where the norm is 0.

    >>> norm([3.0, 4.0])
    5.0
    """
    return apply(ops.norm, *_operands(values, "norm"))


def logsumexp(values: Iterable[X]) -> X:
    """Return log Σᵢ e^xᵢ, without overflow. ∂/∂xᵢ = softmax(x)ᵢ.

    >>> logsumexp([1000.0])
    1000.0
    """
    return apply(ops.logsumexp, *_operands(values, "logsumexp"))


def softmax(logits: Iterable[X]) -> list[X]:
    """Return ŷᵢ = e^zᵢ / Σⱼ e^zⱼ for every i, without overflow: one node for each output.

    ∂ŷᵢ/∂zⱼ = ŷᵢ(δᵢⱼ - ŷⱼ): every output depends on every logit.

    >>> softmax([0.0, 0.0])
    [0.5, 0.5]
    """
    operands = _operands(logits, "softmax")
    return [apply(ops.softmax.bind(index), *operands) for index in range(len(operands))]


def log_softmax(logits: Iterable[X]) -> list[X]:
    """Return log softmax(z)ᵢ = zᵢ - log Σⱼ e^zⱼ for every i, without overflow.

    ∂/∂zⱼ = δᵢⱼ - softmax(z)ⱼ.

    >>> log_softmax([1000.0, 0.0])
    [0.0, -1000.0]
    """
    operands = _operands(logits, "log_softmax")
    return [apply(ops.log_softmax.bind(index), *operands) for index in range(len(operands))]


def cross_entropy(logits: Iterable[X], target: int | Iterable[X]) -> X:
    """Return -Σⱼ pⱼ log softmax(z)ⱼ as one node, for logits z and a target.

    The target is the index of the true class (pⱼ = 1 there), or the distribution p, a sequence.
    ∂/∂zⱼ = softmax(z)ⱼ Σᵢpᵢ - pⱼ: for the notes' one-hot target, ŷ - y. ∂/∂pⱼ = -log softmax(z)ⱼ.

    Raises:
        ShapeError: if the index is no index of the logits, or the lengths differ.

    >>> cross_entropy([1000.0, 0.0], 1)
    1000.0
    >>> cross_entropy([1000.0, 0.0], [0.0, 1.0])
    1000.0
    """
    operands = _operands(logits, "cross_entropy")
    n = len(operands)
    if isinstance(target, Iterable) and not isinstance(target, (str, bytes)):
        distribution = tuple(target)
        if len(distribution) != n:
            raise ShapeError(
                f"cross_entropy needs one target for each logit, not {n} logits and "
                f"{len(distribution)} targets"
            )
        return apply(ops.cross_entropy_of_distribution, *operands, *distribution)
    if isinstance(target, IndexOfExample):
        values = [as_value(z, "cross_entropy") for z in operands]  # so that there is a node
        return apply(target.bound_to(ops.cross_entropy, n), *values)  # type: ignore[return-value]
    if target not in range(n):
        raise ShapeError(
            f"the target of cross_entropy must be a class from 0 to {n - 1} or a sequence of "
            f"{n} probabilities, not {target!r}"
        )
    return apply(ops.cross_entropy.bind(int(target)), *operands)


def squared_error(outputs: Iterable[X], targets: Iterable[X]) -> X:
    """Return Σᵢ (yᵢ - ŷᵢ)² as one node, for outputs ŷ and targets y.

    ∂/∂ŷᵢ = -2(yᵢ - ŷᵢ) and ∂/∂yᵢ = 2(yᵢ - ŷᵢ).

    Raises:
        ShapeError: if there are not as many targets as outputs, or none.

    >>> squared_error([0.75, 0.25], [1.0, 0.0])
    0.125
    """
    operands, wanted = _operands(outputs, "squared_error"), _operands(targets, "squared_error")
    if len(operands) != len(wanted):
        raise ShapeError(
            f"squared_error needs one target for each output, not {len(operands)} outputs and "
            f"{len(wanted)} targets"
        )
    return apply(ops.squared_error, *operands, *wanted)


def primitive(name: str, value: ValueRule, derivatives: DerivativeRule) -> Callable[..., Any]:
    """Make a function of Values out of the rules for its value and its local derivatives.

    ``value(m, *operands)`` returns y and ``derivatives(m, y, *operands)`` a tuple with ∂y/∂operand
    for each; ``m`` offers exp, log, where, … for whatever the operands are (floats, or Values when
    the gradient itself is differentiated). Use ``m.divide``, ``m.power`` and ``m.equal`` for
    ``/``, ``**`` and ``==``. The function then works everywhere: backward, higher orders, pictures.

    >>> cube = primitive("cube", lambda m, x: x * x * x, lambda m, y, x: (3 * x * x,))
    >>> x = Value(2.0)
    >>> cube(x).backward()
    >>> x.grad
    12.0
    """
    op = Primitive(name, value, derivatives)

    def function(*operands: Any) -> Any:
        return apply(op, *operands)

    function.__name__ = function.__qualname__ = name
    function.__doc__ = f"Apply the op {name!r}, made by autograd.primitive."
    return function


def _operands(values: Iterable[X], op: str) -> tuple[X, ...]:
    try:
        operands = tuple(values)
    except TypeError:
        raise OperandError(
            f"{op} takes a sequence of Values or numbers, not {values!r}; write {op}([a, b])"
        ) from None
    if not operands:
        raise ShapeError(f"{op} of nothing: it needs at least one operand")
    return operands
