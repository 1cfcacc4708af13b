"""The exceptions: one tree, caught by the built-in types too."""

from __future__ import annotations

from collections.abc import Callable

import pytest

import autograd
from autograd import errors
from autograd.errors import did_you_mean
from autograd.explanations import formulas


@pytest.mark.parametrize(
    ("error", "builtin"),
    [
        (autograd.OperandError, TypeError),
        (autograd.ArgumentError, ValueError),
        (autograd.ShapeError, ValueError),
        (autograd.NotALeafError, TypeError),
        (autograd.NotDifferentiableError, TypeError),
        (autograd.GradientCheckError, ArithmeticError),
    ],
)
def test_errors_are_of_one_tree_and_of_a_builtin_type(error: type, builtin: type) -> None:
    assert issubclass(error, autograd.AutogradError)
    assert issubclass(error, builtin)


def test_every_error_is_public() -> None:
    defined = {name for name, each in vars(errors).items() if isinstance(each, type)}
    assert {name for name in defined if name.endswith("Error")} <= set(autograd.__all__)


X = autograd.Value(2.0, label="x")


@pytest.mark.parametrize(
    "call",
    [
        lambda: list(autograd.paths(X, X, top=-1)),
        lambda: autograd.explanation(X, X, max_paths=-1),
        lambda: autograd.local_derivative_formula(X * X, 2),
        lambda: autograd.local_derivative_formula(X * X, 0, "html"),
        lambda: formulas.value_formula(X * X, "html"),
        lambda: formulas.partial(X * X, X, "html"),
        lambda: autograd.breakpoint_on(X, "always"),
        lambda: autograd.breakpoint_on(None, "complete"),
        lambda: autograd.Tape(X * X).goto(9),
        lambda: autograd.grad(lambda x: x * x, argnums=3)(1.0),
    ],
)
def test_a_value_that_is_not_allowed_is_no_mistake_of_type_or_length(call: Callable) -> None:
    with pytest.raises(autograd.ArgumentError) as caught:
        call()
    assert isinstance(caught.value, ValueError)
    assert not isinstance(caught.value, (TypeError, LookupError, autograd.ShapeError))


@pytest.mark.parametrize(
    ("name", "options", "expected"),
    [
        ("tahn", ["relu", "tanh"], "; did you mean 'tanh'?"),
        ("zzz", ["relu", "tanh"], "; it must be one of 'relu', 'tanh'"),
        ("zzz", iter(["b", "a"]), "; it must be one of 'b', 'a'"),
    ],
)
def test_did_you_mean(name: str, options: list[str], expected: str) -> None:
    assert did_you_mean(name, options) == expected
