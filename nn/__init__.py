"""Networks of scalar neurons: modules, layers, losses, optimisers and the training loop.

>>> model = MLP(2, [4, 1], activation="tanh", seed=2)
>>> xor = [[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 0]
>>> history = fit(model, *xor, loss=binary_cross_entropy, epochs=300, progress=False)
>>> accuracy(model, *xor)
1.0
"""

from importlib import import_module as _import_module
from typing import TYPE_CHECKING as _TYPE_CHECKING

from chainrule.installation import require_ours as _require_ours

_require_ours("autograd")  # before anything of it is imported, to say whose it is if it is not

from nn.errors import (
    ConfigurationError,
    DataError,
    KeywordError,
    NetworkError,
    NonFiniteError,
    StateError,
)
from nn.initialisation import glorot, he, uniform
from nn.layer_arrays import LayerMatrices
from nn.layers import MLP, Layer, Neuron
from nn.losses import (
    binary_cross_entropy,
    cross_entropy,
    max_margin,
    mean_squared_error,
    squared_error,
)
from nn.matrices import VectorisedCheck, check_vectorised, vectorised
from nn.module import Module
from nn.optimisers import SGD, Adam, Optimiser, clip_gradients
from nn.schedules import cosine_decay, exponential_decay, linear_decay
from nn.training import EpochRecord, History, accuracy, evaluate, fit, predict

# What needs another library is loaded when it is asked for, and not by an asterisk.
_LATER = {
    "MLPClassifier": "estimators",
    "MLPRegressor": "estimators",
    "TorchModel": "torch_models",
    "from_torch": "torch_models",
    "to_torch": "torch_models",
}

if _TYPE_CHECKING:
    from nn.estimators import MLPClassifier as MLPClassifier
    from nn.estimators import MLPRegressor as MLPRegressor
    from nn.torch_models import TorchModel as TorchModel
    from nn.torch_models import from_torch as from_torch
    from nn.torch_models import to_torch as to_torch
else:

    def __dir__() -> list[str]:
        return sorted({*globals(), *_LATER})

    def __getattr__(name: str) -> object:
        if name in _LATER:
            return getattr(_import_module(f"nn.{_LATER[name]}"), name)
        from autograd.elsewhere import missing
        from nn.elsewhere import OF_NN

        raise missing("module 'nn'", name, OF_NN)


__all__ = [
    "MLP",
    "SGD",
    "Adam",
    "ConfigurationError",
    "DataError",
    "EpochRecord",
    "History",
    "KeywordError",
    "Layer",
    "LayerMatrices",
    "Module",
    "NetworkError",
    "Neuron",
    "NonFiniteError",
    "Optimiser",
    "StateError",
    "VectorisedCheck",
    "accuracy",
    "binary_cross_entropy",
    "check_vectorised",
    "clip_gradients",
    "cosine_decay",
    "cross_entropy",
    "evaluate",
    "exponential_decay",
    "fit",
    "glorot",
    "he",
    "linear_decay",
    "max_margin",
    "mean_squared_error",
    "predict",
    "squared_error",
    "uniform",
    "vectorised",
]
