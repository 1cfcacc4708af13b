"""Module: anything that has parameters."""

from __future__ import annotations

import math
from abc import ABCMeta
from collections.abc import Iterable, Iterator, Mapping, Sequence
from numbers import Real
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from autograd import Value, pause_gc
from autograd.arrays import is_array
from autograd.blocks import Block
from autograd.changes import clear_gradients, make, of_data
from autograd.elsewhere import missing
from autograd.errors import did_you_mean
from autograd.gates import blocks_here
from autograd.structures import leaves_of
from autograd.text import public_names
from nn import saving
from nn.elsewhere import OF_MODULES
from nn.errors import ConfigurationError, StateError


class _Making(Block):
    """Within it a module is being made, maybe with others as its parts."""


class _LabelsParameters(ABCMeta):
    """Label the parameters of a module once it is complete, after the last ``__init__``."""

    if not TYPE_CHECKING:  # a type checker knows from the class what is made

        def __call__(cls, *args, **kwargs):
            if any(isinstance(block, _Making) for block in blocks_here()):
                return super().__call__(*args, **kwargs)  # the whole will label its parts
            with _Making(), pause_gc():
                module = super().__call__(*args, **kwargs)
                module.label_parameters()
            return module


class Module(metaclass=_LabelsParameters):
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

    # Whether it gives parameters their labels as it makes them, for that takes the least time.
    labels_at_once = False

    def __call__(self, *inputs: Any, **options: Any) -> Any:
        """Compute the output for one example; every subclass says how."""
        raise NotImplementedError(
            f"{type(self).__name__} does not say what it computes; give it a method "
            "def __call__(self, inputs): ..."
        )

    if not TYPE_CHECKING:  # a type checker knows the attributes

        def __getattr__(self, name: str) -> Any:
            raise missing(f"{type(self).__name__!r} object", name, OF_MODULES)

    def named_parameters(self) -> list[tuple[str, Value]]:
        """Return all parameters, each with its place, such as ``layers.0.neurons.2.weights.1``.

        They come in the order in which the attributes were set. A parameter that is used in several
        places has the name of the first. O(number of attributes and elements).

        Raises:
            ConfigurationError: if two parameters have one name, as in ``{1: a, "1": b}``.

        >>> from nn import Neuron
        >>> for name, parameter in Neuron(2).named_parameters():
        ...     print(name, parameter.label)
        weights.0 w[0]
        weights.1 w[1]
        bias b
        """
        found: dict[str, Value] = {}
        for parameter, path in _distinct(_paths(self)).items():
            name = _name(path)
            if name in found:
                raise _twice(self, name)
            found[name] = parameter
        return [*found.items()]

    def parameters(self) -> list[Value]:
        """Return all parameters, in the order of :meth:`named_parameters`.

        >>> from nn import Neuron
        >>> [parameter.label for parameter in Neuron(2).parameters()]
        ['w[0]', 'w[1]', 'b']
        """
        return list(dict.fromkeys([parameter for parameter, _ in _paths(self)]))

    def label_parameters(self) -> None:
        """Label every parameter by its place, unless a user gave it another label.

        Those of a network are ``W2[0,1]``, from neuron 1 to neuron 0 of the second layer, and
        ``b2[0]``; any other is called as the attribute that it is in. This happens by itself when
        the module is made; call it after adding parameters later.
        """
        paths: Iterable[tuple[Value, _Path]]
        if self.labels_at_once:
            paths = ((p, path) for p, path in _paths(self) if not p.label)
        else:
            paths = _distinct(_paths(self)).items()
        for parameter, path in paths:
            label = _label(path)
            # What a part of this module gave is the end of the new label.
            if not parameter.label or label.endswith(f".{parameter.label}"):
                parameter.label = label

    def label_of(self, path: Sequence[Any]) -> str | None:
        """Return the label of the parameter at this place, if the module has a way to call it.

        A place is how it is reached: attributes, indices and keys, as in ``("weights", 1)``.
        """
        return None

    def zero_grad(self) -> None:
        """Set the gradient of every parameter to 0, as gradients of several losses add up."""
        clear_gradients(self.parameters())

    def state_dict(self) -> dict[str, float]:
        """Return the number in every parameter, by name."""
        return {name: parameter.data for name, parameter in self.named_parameters()}

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
        parameters = dict(self.named_parameters())
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

    __dir__ = public_names

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
    found: dict[str, list[Value]] = {}
    neurons: dict[int, bool] = {}
    for parameter, path in _distinct(_paths(model)).items():
        found.setdefault(_layer(path, neurons), []).append(parameter)
    return found


def _layer(path: _Path, neurons: dict[int, bool]) -> str:
    """Return the name of the innermost module on a path that is no neuron; these are noted."""
    name = ""
    while path is not None:
        place, key, outer = path
        name = str(key)
        if outer is not None and isinstance(place, Module):
            if id(place) not in neurons:
                neurons[id(place)] = isinstance(outer[0], (list, tuple)) and _is_neuron(place)
            if not neurons[id(place)]:
                return _name(outer)
        path = outer
    return name  # under which the model holds it


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


# How a parameter is reached: what holds it, under which key, and how that is reached. So the many
# parameters of a list share all but the last part.
_Path: TypeAlias = "tuple[Any, Any, _Path] | None"


def _paths(module: Module) -> Iterator[tuple[Value, _Path]]:
    """Yield the parameters of a module and how they are reached; shared ones several times."""
    seen = {id(module)}  # ids, for lists and some modules have no hash
    stack: list[tuple[Any, _Path]] = [(module, None)]
    while stack:
        place, path = stack.pop()
        if isinstance(place, Mapping):
            _check_keys(module, place, path)
        if isinstance(place, Value):
            if _is_parameter(place):
                yield place, path
            continue
        if isinstance(place, (list, tuple)) and {*map(type, place)} == {Value}:  # weights
            yield from [(p, (place, i, path)) for i, p in enumerate(place) if _is_parameter(p)]
            continue
        inside: list[tuple[Any, _Path]] = []
        children = _children(place)
        if children is None:
            _check_no_parameters(module, place, path)
            continue
        for key, child in children:
            if isinstance(child, Value) or _children(child) is None:
                inside.append((child, (place, key, path)))
            elif id(child) not in seen:
                seen.add(id(child))
                inside.append((child, (place, key, path)))
        stack += reversed(inside)


def _check_no_parameters(module: Module, place: Any, path: _Path) -> None:
    """Refuse parameters where none are looked for, and a number between parameters."""
    problem = ""
    if isinstance(place, (set, frozenset)) and any(map(_is_parameter, place)):
        problem = "a set of parameters, which has no order: make it a list"
    elif is_array(place) and any(map(_is_parameter, leaves_of(place))):
        problem = (
            "an array of Values, and their gradients would stay apart from it: "
            "make it a list, as in array.tolist()"
        )
    elif path and isinstance(place, Real) and _has_parameters(path[0]):
        problem = (
            f"the number {place!r} between parameters, and would not be trained: "
            f"make it Value({place!r}), or set the .data of the Value that was there"
        )
    if problem:
        raise ConfigurationError(f"{_name(path)} of this {type(module).__name__} is {problem}")


def _has_parameters(place: Any) -> bool:
    """Say whether a list has parameters in it."""
    return isinstance(place, (list, tuple)) and any(map(_is_parameter, place))


def _is_parameter(x: Any) -> bool:
    """Say whether x is a Value that was not computed and is no constant."""
    return isinstance(x, Value) and x.primitive is None


def _check_keys(module: Module, place: Mapping[Any, Any], path: _Path) -> None:
    """Refuse keys that are different, but not as text, under which parameters are."""
    found: dict[str, Value] = {}
    for key, child in place.items():
        if isinstance(child, Value) and found.setdefault(str(key), child) is not child:
            raise _twice(module, _name((place, key, path)))


def _twice(module: Module, name: str) -> ConfigurationError:
    return ConfigurationError(
        f"{type(module).__name__} has two parameters that are called {name!r}; rename one"
    )


def _distinct(paths: Iterable[tuple[Value, _Path]]) -> dict[Value, _Path]:
    """Return each parameter with the first way to it."""
    found: dict[Value, _Path] = {}
    for parameter, path in paths:
        found.setdefault(parameter, path)
    return found


def _steps_of(path: _Path) -> list[tuple[Any, Any]]:
    steps = []
    while path is not None:
        place, key, path = path
        steps.append((place, key))
    return steps[::-1]


def _name(path: _Path) -> str:
    """Return the name of a parameter in a state: all keys on the way."""
    return ".".join([str(key) for _, key in _steps_of(path)])


def _label(path: _Path) -> str:
    """Return the label of a parameter: the outermost module that knows one says the rest of it."""
    steps = _steps_of(path)
    keys = [key for _, key in steps]
    label = ""
    for i, (place, key) in enumerate(steps):
        if isinstance(place, Module):
            if (known := place.label_of(keys[i:])) is not None:
                return f"{label}.{known}" if label else known
            label += f".{key}" if label else str(key)
        elif label.endswith("]") and i and not isinstance(steps[i - 1][0], Module):
            label = f"{label[:-1]},{key}]"
        else:
            label += f"[{key}]"
    return label


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
