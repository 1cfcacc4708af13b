"""What things are called here, for those who come from PyTorch, Keras or scikit-learn."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, TypeVar

from autograd.errors import did_you_mean
from nn.errors import KeywordError

Function = TypeVar("Function", bound=Callable[..., Any])

_BY_NAME = "activations are given by name, as in nn.MLP(2, [4, 1], activation={!r}), or are {}"
_OF_YOUR_OWN = "a layer of your own is a class that extends nn.Module"
_PARTS = "the parts of a model are its attributes, such as model.layers"

OF_NN = {
    "BCELoss": "the loss is nn.binary_cross_entropy, which takes the logit",
    "BCEWithLogitsLoss": "the loss is nn.binary_cross_entropy",
    "BatchNorm1d": _OF_YOUR_OWN,
    "Conv2d": "layers are fully connected; one of your own is a class that extends nn.Module",
    "CrossEntropyLoss": "the loss is nn.cross_entropy",
    "Dense": 'a layer is nn.Layer(inputs, outputs, activation="linear")',
    "Dropout": "write h * 0.0 or h / (1 - p), by chance, in a module of your own",
    "ELU": _BY_NAME.format("elu", "autograd.elu"),
    "Embedding": "write a list of lists of Values, and index it, in a module of your own",
    "GELU": _BY_NAME.format("gelu", "autograd.gelu"),
    "LayerNorm": _OF_YOUR_OWN,
    "LeakyReLU": _BY_NAME.format("leaky_relu", "autograd.leaky_relu"),
    "Linear": 'a layer is nn.Layer(inputs, outputs, activation="linear")',
    "MSELoss": "the loss is nn.mean_squared_error",
    "Mish": _BY_NAME.format("mish", "autograd.mish"),
    "ModuleDict": "a dict of modules in an attribute of an nn.Module is found by itself",
    "ModuleList": "a list of modules in an attribute of an nn.Module is found by itself",
    "NLLLoss": "the loss is nn.cross_entropy, which takes the logits",
    "Parameter": "a parameter is an autograd.Value in an attribute of an nn.Module",
    "ParameterList": "a list of Values in an attribute of an nn.Module is found by itself",
    "ReLU": _BY_NAME.format("relu", "autograd.relu"),
    "Sequential": 'layers one after the other are nn.MLP(2, [16, 16, 1], activation="relu")',
    "Sigmoid": _BY_NAME.format("sigmoid", "autograd.sigmoid"),
    "SiLU": _BY_NAME.format("silu", "autograd.silu"),
    "SELU": _BY_NAME.format("selu", "autograd.selu"),
    "Softmax": _BY_NAME.format("softmax", "autograd.softmax"),
    "Softplus": _BY_NAME.format("softplus", "autograd.softplus"),
    "Tanh": _BY_NAME.format("tanh", "autograd.tanh"),
    "functional": "functions of Values are in autograd, and losses in nn",
    "optim": "optimisers are nn.SGD and nn.Adam",
    "utils": "see nn.clip_gradients",
}

OF_MODULES = {
    "add_module": "set an attribute to the module: it is found by itself",
    "children": _PARTS,
    "compile": "nn.fit compiles by itself; a loss of your own is compiled by autograd.compile",
    "cpu": "a model is on no device",
    "cuda": 'a model is on no device; autograd.compile(loss, backend="torch") runs on a GPU',
    "eval": "a model computes the same in training and after it: there is nothing to switch",
    "evaluate": "write nn.evaluate(model, inputs, targets, loss=…)",
    "fit": "write nn.fit(model, inputs, targets, loss=…)",
    "forward": "call the model: model(inputs)",
    "get_weights": "write model.state_dict()",
    "modules": _PARTS,
    "named_modules": _PARTS,
    "predict": "write nn.predict(model, inputs)",
    "register_buffer": "set an attribute",
    "register_parameter": "set an attribute to a Value: it is found by itself",
    "requires_grad_": "give the optimiser the parameters that are to change, and no others",
    "score": "write nn.accuracy(model, inputs, targets)",
    "set_weights": "write model.load_state_dict(state)",
    "summary": "see print(model) and model.named_parameters()",
    "to": 'a model is on no device; autograd.compile(loss, backend="torch") runs on a GPU',
    "trainable_weights": "write model.parameters()",
    "train": "a model computes the same in training and after it: there is nothing to switch",
}

OF_HISTORIES = {
    "epoch": "the number of each epoch is record.epoch, for record in history.records",
    "history": "write history.loss, history.accuracy, history.validation_loss, …",
    "losses": "write history.loss",
    "loss_curve_": "write history.loss",
    "val_accuracy": "write history.validation_accuracy",
    "val_loss": "write history.validation_loss",
}

_LOGIT, _LOGITS = "which takes the logit", "which takes the logits"

OF_LOSSES = {
    "bce": f"'binary_cross_entropy', {_LOGIT}",
    "bce_with_logits": "'binary_cross_entropy'",
    "binary_crossentropy": f"'binary_cross_entropy', {_LOGIT}",
    "categorical_crossentropy": f"'cross_entropy', {_LOGITS}",
    "ce": "'cross_entropy'",
    "crossentropy": "'cross_entropy'",
    "hinge": "'max_margin'",
    "l1": "lambda output, target: abs(output - target)",
    "log_loss": f"'binary_cross_entropy', {_LOGIT}",
    "mae": "lambda output, target: abs(output - target)",
    "mean_absolute_error": "lambda output, target: abs(output - target)",
    "mse": "'mean_squared_error'",
    "nll": f"'cross_entropy', {_LOGITS}",
    "sparse_categorical_crossentropy": f"'cross_entropy', {_LOGITS}",
    "sse": "'squared_error'",
}

OF_ACTIVATIONS = {
    "identity": "'linear'",
    "logistic": "'sigmoid'",
    "none": "'linear'",
    "swish": "'silu'",
}

OF_INITIALISATIONS = {
    "glorot_uniform": "'glorot'",
    "he_uniform": "'he'",
    "kaiming": "'he'",
    "kaiming_uniform": "'he'",
    "xavier": "'glorot'",
    "xavier_uniform": "'glorot'",
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
                    hint = did_you_mean(name, [each for each in allowed if each != "self"], here)
                    raise KeywordError(f"{called}() has no argument {name}={hint}")
            return function(*args, **options)

        return checked  # type: ignore[return-value]

    return decorated
