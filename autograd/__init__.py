"""Scalar reverse-mode autodiff that you can read, step through, and run fast.

>>> x = Value(3.0, label="x")
>>> y = x * x + 2 * x
>>> y.backward()
>>> x.grad
8.0
"""

from autograd.chain_rule import backward
from autograd.errors import (
    AnomalyError,
    ArgumentError,
    AutogradError,
    FormulaError,
    GradientCheckError,
    LabelError,
    NotALeafError,
    NotDifferentiableError,
    OperandError,
    ShapeError,
)
from autograd.graph import edges, topological_order
from autograd.neighbours import look_around as _look_around
from autograd.ops import abs as abs
from autograd.ops import (
    acos,
    acosh,
    asin,
    asinh,
    atan,
    atan2,
    atanh,
    cbrt,
    ceil,
    clip,
    copysign,
    cos,
    cosh,
    cross_entropy,
    degrees,
    dot,
    elu,
    erf,
    erfc,
    exp,
    exp2,
    expm1,
    floor,
    fmod,
    gamma,
    gelu,
    hypot,
    leaky_relu,
    lgamma,
    log,
    log1mexp,
    log1p,
    log2,
    log10,
    log_softmax,
    logsigmoid,
    logsumexp,
    maximum,
    mean,
    minimum,
    mish,
    norm,
    prod,
    radians,
    relu,
    remainder,
    selu,
    sigmoid,
    sign,
    silu,
    sin,
    sinh,
    softmax,
    softplus,
    sqrt,
    squared_error,
    tan,
    tanh,
    where,
)
from autograd.ops import max as max
from autograd.ops import min as min
from autograd.ops import round as round
from autograd.ops import sum as sum
from autograd.value import Value

# What is not needed to build a graph and to run backward is loaded when it is first asked for: what
# explains gradients loads more of the standard library, and what compiles them NumPy. Even typing
# takes longer to load than all that remains, so it is for type checkers alone, which know the name.
TYPE_CHECKING = False

_LATER = {
    "Arrays": "compiler.arrays",
    "CompileError": "compiler.errors",
    "CompiledFunction": "compiler.step",
    "CompiledLoss": "compiler.step",
    "CompiledProgram": "compiler.portable",
    "Counterexample": "counterexample",
    "DerivationCheck": "derivations.derivation",
    "Explanation": "explanations.explanation",
    "Finding": "derivations.derivation",
    "GradientComparison": "finite_differences",
    "Origin": "origins",
    "Path": "explanations.path_sums",
    "Step": "stepping",
    "Tape": "tape",
    "TracingError": "compiler.errors",
    "Verdict": "derivations.mistakes.verdicts",
    "breakpoint_on": "breakpoints",
    "check_derivation": "derivations.derivation",
    "check_update": "derivations.checking",
    "check_values": "derivations.checking",
    "compile": "compiler.compiling",
    "count_paths": "explanations.path_sums",
    "detect_anomaly": "anomaly",
    "explain": "explanations.explanation",
    "explanation": "explanations.explanation",
    "from_sympy": "conversions",
    "find_derivations": "derivations.derivation",
    "grad": "transforms",
    "gradcheck": "finite_differences",
    "gradients": "transforms",
    "hessian": "transforms",
    "jacobian": "transforms",
    "jvp": "transforms",
    "local_derivative_formula": "explanations.formulas",
    "naive_backward": "counterexample",
    "name_values": "naming",
    "no_grad": "contexts",
    "paths": "explanations.path_sums",
    "pause_gc": "contexts",
    "primitive": "own_ops",
    "record_origins": "contexts",
    "steps": "stepping",
    "to_jax": "compiler.adapters",
    "to_networkx": "conversions",
    "to_sympy": "conversions",
    "to_torch": "compiler.adapters",
    "value_and_grad": "transforms",
    "vjp": "transforms",
}

if TYPE_CHECKING:
    from autograd.anomaly import detect_anomaly
    from autograd.breakpoints import breakpoint_on
    from autograd.compiler.adapters import to_jax, to_torch
    from autograd.compiler.arrays import Arrays
    from autograd.compiler.compiling import compile as compile
    from autograd.compiler.errors import CompileError, TracingError
    from autograd.compiler.portable import CompiledProgram
    from autograd.compiler.step import CompiledFunction, CompiledLoss
    from autograd.contexts import no_grad, pause_gc, record_origins
    from autograd.conversions import from_sympy, to_networkx, to_sympy
    from autograd.counterexample import Counterexample, naive_backward
    from autograd.derivations.checking import check_update, check_values
    from autograd.derivations.derivation import (
        DerivationCheck,
        Finding,
        check_derivation,
        find_derivations,
    )
    from autograd.derivations.mistakes.verdicts import Verdict
    from autograd.explanations.explanation import Explanation, explain, explanation
    from autograd.explanations.formulas import local_derivative_formula
    from autograd.explanations.path_sums import Path, count_paths, paths
    from autograd.finite_differences import GradientComparison, gradcheck
    from autograd.naming import name_values
    from autograd.origins import Origin
    from autograd.own_ops import primitive
    from autograd.stepping import Step, steps
    from autograd.tape import Tape
    from autograd.transforms import (
        grad,
        gradients,
        hessian,
        jacobian,
        jvp,
        value_and_grad,
        vjp,
    )
else:

    def __getattr__(name: str) -> object:
        if name not in _LATER:
            from autograd.elsewhere import OF_AUTOGRAD, missing

            raise missing("module 'autograd'", name, OF_AUTOGRAD)
        from importlib import import_module

        try:
            module = import_module(f"autograd.{_LATER[name]}")
        except ModuleNotFoundError as error:
            if error.name != "numpy":
                raise
            from autograd.installing import how_to_install

            advice = how_to_install("numpy")
            message = f"autograd.{name} needs NumPy, which is not installed: {advice}"
            raise ImportError(message, name="numpy") from None
        found = getattr(module, name)
        globals()[name] = found
        return found

    def __dir__() -> list[str]:
        return sorted({*globals(), *__all__, *_LATER})


del TYPE_CHECKING

_look_around()

# Without abs, compile, max, min, round and sum: an asterisk hides no function of Python's own.
__all__ = [
    "AnomalyError",
    "ArgumentError",
    "Arrays",
    "AutogradError",
    "CompileError",
    "CompiledFunction",
    "CompiledLoss",
    "CompiledProgram",
    "Counterexample",
    "DerivationCheck",
    "Explanation",
    "Finding",
    "FormulaError",
    "GradientCheckError",
    "GradientComparison",
    "LabelError",
    "NotALeafError",
    "NotDifferentiableError",
    "OperandError",
    "Origin",
    "Path",
    "ShapeError",
    "Step",
    "Tape",
    "TracingError",
    "Value",
    "Verdict",
    "acos",
    "acosh",
    "asin",
    "asinh",
    "atan",
    "atan2",
    "atanh",
    "backward",
    "breakpoint_on",
    "cbrt",
    "ceil",
    "check_derivation",
    "check_update",
    "check_values",
    "clip",
    "copysign",
    "cos",
    "cosh",
    "count_paths",
    "cross_entropy",
    "degrees",
    "detect_anomaly",
    "dot",
    "edges",
    "elu",
    "erf",
    "erfc",
    "exp",
    "exp2",
    "explain",
    "explanation",
    "expm1",
    "find_derivations",
    "floor",
    "fmod",
    "from_sympy",
    "gamma",
    "gelu",
    "grad",
    "gradcheck",
    "gradients",
    "hessian",
    "hypot",
    "jacobian",
    "jvp",
    "leaky_relu",
    "lgamma",
    "local_derivative_formula",
    "log",
    "log1mexp",
    "log1p",
    "log2",
    "log10",
    "log_softmax",
    "logsigmoid",
    "logsumexp",
    "maximum",
    "mean",
    "minimum",
    "mish",
    "naive_backward",
    "name_values",
    "no_grad",
    "norm",
    "paths",
    "pause_gc",
    "primitive",
    "prod",
    "radians",
    "record_origins",
    "relu",
    "remainder",
    "selu",
    "sigmoid",
    "sign",
    "silu",
    "sin",
    "sinh",
    "softmax",
    "softplus",
    "sqrt",
    "squared_error",
    "steps",
    "tan",
    "tanh",
    "to_jax",
    "to_networkx",
    "to_sympy",
    "to_torch",
    "topological_order",
    "value_and_grad",
    "vjp",
    "where",
]
