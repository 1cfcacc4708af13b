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
    """Every error that nn itself raises.

    >>> issubclass(DataError, NetworkError), issubclass(DataError, ValueError)
    (True, True)
    """


class ConfigurationError(NetworkError, ValueError):
    """A name, a size or another setting is not one of those allowed.

    >>> from nn import MLP
    >>> MLP(2, [3, 1], activation="tahn")
    Traceback (most recent call last):
    nn.errors.ConfigurationError: unknown activation 'tahn'; did you mean 'tanh'?
    """


class KeywordError(NetworkError, TypeError):
    """A function was given an argument that it doesn't have.

    >>> import nn
    >>> nn.Adam([], lr=0.1)
    Traceback (most recent call last):
    nn.errors.KeywordError: Adam() has no argument lr=; here it is learning_rate=
    """


class DataError(NetworkError, ValueError):
    """Inputs or targets do not fit the model, the loss or each other.

    >>> import nn
    >>> nn.accuracy(nn.Neuron(1, seed=0), [[1.0]], [1, 0])
    Traceback (most recent call last):
    nn.errors.DataError: the data must have one target for each input, not 1 inputs and 2...
    """


class StateError(NetworkError, ValueError):
    """Parameters to be loaded are not those of the model, or their file is broken.

    >>> import nn
    >>> nn.Neuron(1, seed=0).load_state_dict({"bias": 0.0})
    Traceback (most recent call last):
    nn.errors.StateError: the state does not fit Neuron(1 → 1 relu): it has 1 parameter, the...
    """


class NonFiniteError(NetworkError, ArithmeticError):
    """A loss, a gradient or a parameter is inf or nan, so training can't go on.

    >>> import math, nn
    >>> from autograd import Value
    >>> p = Value(0.0)
    >>> p.grad = math.inf
    >>> nn.clip_gradients([p], max_norm=1.0)
    Traceback (most recent call last):
    nn.errors.NonFiniteError: the gradient of parameter 0 is inf; no parameter was changed
    """


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
