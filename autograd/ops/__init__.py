"""The ops: one record for each, in one place, with its rules, its words and what it is for.

Everything else reads the table: the public functions are the records, and the methods of Value, the
names in formulas, the activations of networks, their pictures, the tests and the compiler go by it.
"""

# ruff: noqa: I001, RUF022
# fmt: off
from autograd.ops.activations import (relu, selu, gelu, silu, sigmoid, logsigmoid, softplus, mish,
    leaky_relu, elu)
from autograd.ops.elementary import (exp, exp2, expm1, log, log1p, log2, log10, log1mexp, sqrt,
    cbrt)
from autograd.ops.operators import (add, subtract, multiply, divide, power, power_of, negative,
    identity, CONSTANT)
from autograd.ops.piecewise import (floor, ceil, round, sign, abs, fmod, remainder, copysign,
    maximum, minimum, clip, where)
from autograd.ops.probabilities import (logsumexp, softmax, log_softmax, cross_entropy,
    cross_entropy_of_distribution, softmax_values)
from autograd.ops.record import (Primitive, TABLE, Unary, halves, is_of_table, record_of)
from autograd.ops.sequences import (sum, mean, prod, max, min, norm, hypot, dot, squared_error)
from autograd.ops.special import (erf, erfc, gamma, lgamma, polygamma)
from autograd.ops.trigonometry import (sin, cos, tan, asin, acos, atan, sinh, cosh, tanh, asinh,
    acosh, atanh, degrees, radians, atan2)

__all__ = [
    "CONSTANT", "Primitive", "TABLE", "Unary", "abs", "acos", "acosh", "add", "asin", "asinh",
    "atan", "atan2", "atanh", "cbrt", "ceil", "clip", "copysign", "cos", "cosh", "cross_entropy",
    "cross_entropy_of_distribution", "degrees", "divide", "dot", "elu", "erf", "erfc", "exp",
    "exp2", "expm1", "floor", "fmod", "gamma", "gelu", "halves", "hypot", "identity",
    "is_of_table", "leaky_relu", "lgamma", "log", "log10", "log1mexp", "log1p", "log2",
    "log_softmax", "logsigmoid", "logsumexp", "max", "maximum", "mean", "min", "minimum", "mish",
    "multiply", "negative", "norm", "polygamma", "power", "power_of", "prod", "radians",
    "record_of", "relu", "remainder", "round", "selu", "sigmoid", "sign", "silu", "sin", "sinh",
    "softmax", "softmax_values", "softplus", "sqrt", "squared_error", "subtract", "sum", "tan",
    "tanh", "where"
]
# fmt: on
