"""The exceptions: one tree, caught by the built-in types too."""

from __future__ import annotations

import pytest

import autograd
from autograd import errors
from autograd.errors import did_you_mean


@pytest.mark.parametrize(
    ("error", "builtin"),
    [
        (autograd.OperandError, TypeError),
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
