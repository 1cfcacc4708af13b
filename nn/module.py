"""Module: anything that has parameters."""

from __future__ import annotations

import math
from abc import ABCMeta
from collections.abc import Iterator, Mapping
from numbers import Real
from pathlib import Path
from typing import Any

from autograd import Value
from autograd.changes import clear_gradients, make, of_data
from autograd.errors import did_you_mean
from nn import saving
from nn.errors import ConfigurationError, StateError


class _NamesParameters(ABCMeta):
    """Name the parameters of a module once it is complete, after the last ``__init__``."""

    def __call__(cls, *args: Any, **kwargs: Any) -> Any:
        module = super().__call__(*args, **kwargs)
        module.label_parameters()
        return module


class Module(metaclass=_NamesParameters):
    """Be a part of a network: something that has parameters and can be called.

    A subclass puts Values, other modules, or lists, tuples and dicts of them into its attributes;
    those are found without being declared, and there is no ``super().__init__()`` to remember. A
    parameter is a Value that was not computed.

    >>> class Line(Module):
    ...     def __init__(self):
    ...         self.slope = Value(2.0)
    ...         self.intercept = Value(1.0)
    ...     def __call__(self, x):
    ...         return self.slope * x + self.intercept
    >>> line = Line()
    >>> line(3.0).data
    7.0
    >>> line.state_dict()
    {'slope': 2.0, 'intercept': 1.0}
    """

    def __call__(self, *inputs: Any, **options: Any) -> Any:
        """Compute the output for one example; every subclass says how."""
        raise NotImplementedError(
            f"{type(self).__name__} does not say what it computes; give it a method "
            "def __call__(self, inputs): ..."
        )

    def named_parameters(self) -> dict[str, Value]:
        """Return all parameters by their place, such as ``layers.0.neurons.2.weights.1``.

        They come in the order in which the attributes were set. A parameter that is used in several
        places has the name of the first. O(number of attributes and elements).

        Raises:
            ConfigurationError: if two parameters have one name, as in ``{1: a, "1": b}``.
        """
        found: dict[str, Value] = {}
        seen: set[int] = set()  # ids, for lists and some modules have no hash
        stack: list[tuple[str, Any]] = [("", self)]
        while stack:
            name, place = stack.pop()
            if id(place) in seen:
                continue
            if isinstance(place, Value):
                if place.op:  # computed, or a constant
                    continue
                if name in found:
                    raise ConfigurationError(
                        f"{type(self).__name__} has two parameters that are called {name!r}; "
                        "rename one"
                    )
                found[name] = place
            elif (children := _children(place)) is not None:
                prefix = f"{name}." if name else ""
                stack.extend([(f"{prefix}{key}", child) for key, child in children][::-1])
            else:
                continue
            seen.add(id(place))
        return found

    def parameters(self) -> list[Value]:
        """Return all parameters, in the order of :meth:`named_parameters`.

        >>> from nn import Neuron
        >>> [parameter.label for parameter in Neuron(2).parameters()]
        ['weights.0', 'weights.1', 'bias']
        """
        return list(self.named_parameters().values())

    def label_parameters(self) -> None:
        """Label every parameter with its name, unless a user gave it another label.

        This happens by itself when the module is made; call it after adding parameters later.
        """
        for name, parameter in self.named_parameters().items():
            # The label that a part of this module gave is the end of the new name.
            if not parameter.label or name.endswith(f".{parameter.label}"):
                parameter.label = name

    def zero_grad(self) -> None:
        """Set the gradient of every parameter to 0, as gradients of several losses add up."""
        clear_gradients(self.parameters())

    def state_dict(self) -> dict[str, float]:
        """Return the number in every parameter, by name."""
        return {name: parameter.data for name, parameter in self.named_parameters().items()}

    def load_state_dict(self, state: Mapping[str, float]) -> None:
        """Set every parameter to the number of its name; all is checked before any is changed.

        Raises:
            StateError: if a name is missing or unexpected, or a number is not a finite real one.

        >>> from nn import Neuron
        >>> Neuron(1).load_state_dict({"weigths.0": 2.0, "bias": 1.0})
        Traceback (most recent call last):
            ...
        nn.errors.StateError: the state does not fit Neuron(1 → 1 relu): missing 'weights.0'; \
unexpected 'weigths.0'; did you mean 'weights.0'?
        """
        parameters = self.named_parameters()
        if problem := _difference(parameters, state):
            raise StateError(f"the state does not fit {self!r}: {problem}")
        numbers = [_finite(name, state[name]) for name in parameters]
        make(of_data(list(parameters.values()), numbers))

    def save(self, path: str | Path) -> None:
        """Write the parameters to a JSON file, from which :meth:`load` gets them back bit by bit.

        The file is complete or not there at all: it is written beside its place, then renamed. It
        has a checksum, and a file that was there keeps its mode. Missing folders are made. The
        architecture is not saved: it is in your code.

        Raises:
            StateError: if a parameter is inf or nan.
            OSError: if the file can't be written.
        """
        saving.write(path, {n: _finite(n, number) for n, number in self.state_dict().items()})

    def load(self, path: str | Path) -> None:
        """Set the parameters to those of a file that :meth:`save` wrote.

        Raises:
            StateError: if it is no such file, or is broken, or does not fit its checksum, or holds
                other parameters than this model has. Then no parameter is changed.
            OSError: if the file can't be read.
        """
        state = saving.read(path)
        try:
            self.load_state_dict(state)
        except StateError as error:
            raise StateError(f"{path}: {error}") from None

    def __repr__(self) -> str:
        return f"{type(self).__name__}({_count(len(self.parameters()))})"


def parameters_by_layer(model: Module) -> dict[str, list[Value]]:
    """Return the parameters of a model by the layer they belong to, such as ``layers.0``.

    A layer is the innermost module around a parameter, but a neuron counts to what holds it: that
    is a module in a list which has nothing but numbers and lists of them. What the model holds
    itself is a layer under the name of the attribute.

    >>> from nn import MLP
    >>> {name: len(parameters) for name, parameters in parameters_by_layer(MLP(2, [4, 1])).items()}
    {'layers.0': 12, 'layers.1': 5}
    """
    names = {id(parameter): name for name, parameter in model.named_parameters().items()}
    found: dict[str, list[Value]] = {}
    seen: set[int] = set()
    stack: list[tuple[str, Any, str, bool]] = [("", model, "", False)]
    while stack:
        name, place, layer, is_element = stack.pop()
        if id(place) in seen:
            continue
        if isinstance(place, Value):
            if id(place) in names:
                seen.add(id(place))
                found.setdefault(layer or name.partition(".")[0], []).append(place)
        elif (children := _children(place)) is not None:
            seen.add(id(place))
            if isinstance(place, Module) and not (is_element and _is_neuron(place)):
                layer = name
            prefix = f"{name}." if name else ""
            is_list = isinstance(place, (list, tuple))
            stack.extend([(f"{prefix}{k}", child, layer, is_list) for k, child in children][::-1])
    return found


def _is_neuron(module: Module) -> bool:
    """Return whether a module has no structure of its own: no modules, no lists of lists."""
    for _, child in _children(module) or ():
        inside = [inner for _, inner in _children(child) or ()]
        if isinstance(child, Module) or any(_children(inner) is not None for inner in inside):
            return False
    return True


def _children(place: Any) -> Iterator[tuple[Any, Any]] | None:
    """Return what is inside a module or a container, with its names; None for anything else."""
    if isinstance(place, (list, tuple)):
        return iter(enumerate(place))
    if isinstance(place, Module):
        return iter(vars(place).items())
    if isinstance(place, Mapping):
        return iter(place.items())
    return None


def _difference(expected: Mapping[str, Any], given: Mapping[str, Any]) -> str:
    """Say which names are missing and which are too many; nothing if they are the same."""
    missing = [name for name in expected if name not in given]
    unexpected = [name for name in given if name not in expected]
    problems = []
    if missing:
        problems.append(f"missing {_listed(missing)}")
    if unexpected:
        hint = did_you_mean(str(unexpected[0]), missing) if missing else ""
        problems.append(
            f"unexpected {_listed(unexpected)}{hint if hint.startswith('; did') else ''}"
        )
    if not problems:
        return ""
    if len(expected) != len(given):
        problems.insert(0, f"it has {_count(len(given))}, the model {len(expected)}")
    return "; ".join(problems)


def _listed(names: list[Any], most: int = 5) -> str:
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(repr(name) for name in names[:most]) + more


def _count(parameters: int) -> str:
    return f"{parameters} parameter{'' if parameters == 1 else 's'}"


def _finite(name: str, number: Any) -> float:
    """Return a number as a float, or say which parameter it can't be the number of."""
    if not isinstance(number, Real) or isinstance(number, bool):
        kind = type(number).__name__
        raise StateError(f"parameter {name!r} must be a number, not the {kind} {number!r}")
    try:
        converted = float(number)
    except OverflowError:
        converted = math.inf
    if not math.isfinite(converted):
        raise StateError(f"parameter {name!r} must be a finite number, not {converted}")
    return converted
