"""The exceptions of nn, in one tree; they extend that of :mod:`autograd.errors`.

::

    AutogradError
    └── NetworkError
        ├── ConfigurationError (ValueError)  a name, a size or a setting that is not allowed
        ├── KeywordError (TypeError)         an argument that a function doesn't have
        ├── DataError (ValueError)           inputs or targets that do not fit
        ├── StateError (ValueError)          saved parameters that are not those of the model
        └── NonFiniteError (ArithmeticError) a loss or gradient that is inf or nan
"""

from __future__ import annotations

from numbers import Integral
from typing import Any

from autograd import AutogradError


class NetworkError(AutogradError):
    """Every error that nn itself raises."""


class ConfigurationError(NetworkError, ValueError):
    """A name, a size or another setting is not one of those allowed."""


class KeywordError(NetworkError, TypeError):
    """A function was given an argument that it doesn't have."""


class DataError(NetworkError, ValueError):
    """Inputs or targets do not fit the model, the loss or each other."""


class StateError(NetworkError, ValueError):
    """Parameters to be loaded are not those of the model, or their file is broken."""


class NonFiniteError(NetworkError, ArithmeticError):
    """A loss, a gradient or a parameter is inf or nan, so training can't go on."""


def positive_integer(name: str, number: Any) -> int:
    """Return a size or a count as an int; NumPy's integers are as good as Python's.

    Raises:
        ConfigurationError: if it is not a positive whole number.

    >>> positive_integer("epochs", 3)
    3
    """
    if not isinstance(number, Integral) or isinstance(number, bool) or number < 1:
        raise ConfigurationError(f"{name} must be a positive whole number, not {number!r}")
    return int(number)
