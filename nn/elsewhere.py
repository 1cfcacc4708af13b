"""What things are called here, for those who come from PyTorch, Keras or scikit-learn."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, TypeVar

from autograd.errors import did_you_mean
from nn.errors import KeywordError

Function = TypeVar("Function", bound=Callable[..., Any])

_BY_NAME = "activations are given by name, as in nn.MLP(2, [4, 1], activation={!r}), or are {}"

OF_NN = {
    "BCELoss": "the loss is nn.binary_cross_entropy, which takes the logit",
    "BCEWithLogitsLoss": "the loss is nn.binary_cross_entropy",
    "CrossEntropyLoss": "the loss is nn.cross_entropy",
    "Dense": 'a layer is nn.Layer(inputs, outputs, activation="linear")',
    "GELU": _BY_NAME.format("gelu", "autograd.gelu"),
    "Linear": 'a layer is nn.Layer(inputs, outputs, activation="linear")',
    "MSELoss": "the loss is nn.mean_squared_error",
    "NLLLoss": "the loss is nn.cross_entropy, which takes the logits",
    "Parameter": "a parameter is an autograd.Value in an attribute of an nn.Module",
    "ReLU": _BY_NAME.format("relu", "autograd.relu"),
    "Sequential": 'layers one after the other are nn.MLP(2, [16, 16, 1], activation="relu")',
    "Sigmoid": _BY_NAME.format("sigmoid", "autograd.sigmoid"),
    "SiLU": _BY_NAME.format("silu", "autograd.silu"),
    "Softmax": _BY_NAME.format("softmax", "autograd.softmax"),
    "Tanh": _BY_NAME.format("tanh", "autograd.tanh"),
    "functional": "functions of Values are in autograd, and losses in nn",
    "optim": "optimisers are nn.SGD and nn.Adam",
    "utils": "see nn.clip_gradients",
}

OF_MODULES = {
    "add_module": "set an attribute to the module: it is found by itself",
    "compile": "nn.fit compiles by itself; a loss of your own is compiled by autograd.compile",
    "cpu": "a model is on no device",
    "cuda": 'a model is on no device; autograd.compile(loss, backend="torch") runs on a GPU',
    "eval": "a model computes the same in training and after it: there is nothing to switch",
    "evaluate": "write nn.evaluate(model, inputs, targets, loss=…)",
    "fit": "write nn.fit(model, inputs, targets, loss=…)",
    "forward": "call the model: model(inputs)",
    "modules": "the parts of a model are its attributes, such as model.layers",
    "predict": "write nn.predict(model, inputs)",
    "register_buffer": "set an attribute",
    "register_parameter": "set an attribute to a Value: it is found by itself",
    "score": "write nn.accuracy(model, inputs, targets)",
    "summary": "see print(model) and model.named_parameters()",
    "to": 'a model is on no device; autograd.compile(loss, backend="torch") runs on a GPU',
    "train": "a model computes the same in training and after it: there is nothing to switch",
}

OF_FIT = {
    "callbacks": "callback=, one function of an epoch's record",
    "criterion": "loss=",
    "device": 'engine=: "compiled" or "eager"',
    "early_stopping": "until=, the loss to get below",
    "learning_rate": "optimiser=nn.Adam(model.parameters(), learning_rate=0.01)",
    "lr": "optimiser=nn.Adam(model.parameters(), learning_rate=0.01)",
    "max_iter": "epochs=",
    "metrics": "accuracy=True",
    "optimizer": "optimiser=",
    "random_state": "seed=",
    "tol": "until=, the loss to get below",
    "validation_data": "validation=(inputs, targets)",
    "validation_split": "validation=(inputs, targets)",
    "verbose": "progress=",
}

OF_OPTIMISERS = {
    "beta1": "betas=(0.9, 0.999)",
    "beta_1": "betas=(0.9, 0.999)",
    "eps": "epsilon=",
    "lr": "learning_rate=",
    "params": "parameters=",
}

OF_NETWORKS = {
    "act": "activation=",
    "bias": "nothing: every neuron has a bias",
    "hidden_layer_sizes": "sizes=, with the number of outputs last",
    "random_state": "seed=",
}


def keywords(here: Mapping[str, str]) -> Callable[[Function], Function]:
    """Let a function say what an argument that it doesn't have is called here.

    Raises:
        KeywordError: from the function, for an unknown argument.

    >>> @keywords(OF_OPTIMISERS)
    ... def descend(learning_rate=0.1): ...
    >>> descend(lr=0.5)
    Traceback (most recent call last):
        ...
    nn.errors.KeywordError: descend() has no argument lr=; here it is learning_rate=
    >>> descend(learning_rat=0.5)
    Traceback (most recent call last):
        ...
    nn.errors.KeywordError: descend() has no argument learning_rat=; did you mean 'learning_rate'?
    """

    def decorated(function: Function) -> Function:
        code = function.__code__
        allowed = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
        called = function.__qualname__.removesuffix(".__init__")

        @wraps(function)
        def checked(*args: Any, **options: Any) -> Any:
            for name in options:
                if name not in allowed:
                    known = f"; here it is {here[name]}" if name in here else ""
                    hint = known or did_you_mean(name, [each for each in allowed if each != "self"])
                    raise KeywordError(f"{called}() has no argument {name}={hint}")
            return function(*args, **options)

        return checked  # type: ignore[return-value]

    return decorated
