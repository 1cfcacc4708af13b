"""The activations of a model's hidden units over many examples, and which units learn nothing."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import count
from typing import Any

import autograd
from autograd import Value
from autograd.contexts import is_recording
from autograd.graph import computed_nodes
from autograd.ops import TABLE, is_of_table, record_of
from autograd.text import printable
from viz.errors import PlotError

# The bounds of the activations that have both: near one of them, a unit learns next to nothing.
BOUNDS = {op.name: op.bounds for op in TABLE.values() if op.bounds}
SATURATED_WITHIN = 0.03
ACTIVATIONS = frozenset(op.name for op in TABLE.values() if op.activation or op.bounds)


@dataclass(frozen=True, slots=True)
class LayerActivations:
    """The activations of one layer: ``values[unit][example]``.

    ``activation`` is the name of its function, ``"relu"``; empty for one that a user wrote.
    ``dead`` names the units whose local derivative ∂h/∂a was 0 for every example, so that nothing
    before them learns: for relu those that were always 0. An activation is saturated within 0.03 of
    a bound of its function: |tanh| > 0.97, sigmoid < 0.03 or > 0.97; ``always_saturated`` names the
    units that were so for every example.

    >>> h1 = LayerActivations("h1", "relu", ("0", "1"), ((0.0, 0.0), (0.0, 3.0)), ("0",))
    >>> h1.dead, h1.values[1]
    (('0',), (0.0, 3.0))
    """

    name: str
    activation: str
    units: tuple[str, ...]
    values: tuple[tuple[float, ...], ...]
    dead: tuple[str, ...]

    @property
    def bounds(self) -> tuple[float, float] | None:
        """What the activation lies between; None if it has no bounds on both sides."""
        return BOUNDS.get(self.activation)

    def is_saturated(self, activation: float) -> bool:
        """Return whether an activation is near a bound.

        >>> LayerActivations("h", "tanh", (), (), ()).is_saturated(-0.98)
        True
        """
        if self.bounds is None:
            return False
        low, high = self.bounds
        return not low + SATURATED_WITHIN <= activation <= high - SATURATED_WITHIN

    @property
    def saturated(self) -> float:
        """The share of the activations of all units and examples that are saturated."""
        values = [value for unit in self.values for value in unit]
        return sum(map(self.is_saturated, values)) / len(values)

    @property
    def always_saturated(self) -> tuple[str, ...]:
        """The units that are saturated for every example."""
        pairs = zip(self.units, self.values, strict=True)
        return tuple(unit for unit, values in pairs if all(map(self.is_saturated, values)))

    @property
    def words(self) -> list[str]:
        """What there is to say: the function, the number of units, how many learn nothing.

        >>> LayerActivations("h1", "relu", ("0", "1"), ((0.0, 0.0), (0.0, 3.0)), ("0",)).words
        ['relu', '2 units', '1 unit (50%) dead', '75% of activations 0']
        """
        n = len(self.units)
        words = [self.activation or "an activation", _units(n)]
        if self.dead or self.activation == "relu":
            words.append(f"{_share(len(self.dead), n)} dead")
        if self.activation == "relu":
            values = [value for unit in self.values for value in unit]
            words.append(f"{values.count(0.0) / len(values):.0%} of activations 0")
        if self.bounds is not None:
            words.append(f"{self.saturated:.0%} of activations saturated")
        if self.always_saturated:
            words.append(f"{_share(len(self.always_saturated), n)} always")
        return words

    def __str__(self) -> str:
        return f"{self.name}: {', '.join(self.words)}"


def _share(some: int, n: int) -> str:
    return f"{_units(some)} ({some / n:.0%})" if some else "none"


def _units(n: int) -> str:
    return f"{n} unit{'' if n == 1 else 's'}"


def layer_activations(
    model: Callable[[Any], Any],
    X: Iterable[Any],  # noqa: N803 - what everyone calls it
) -> tuple[LayerActivations, ...]:
    """Return the activations of each layer for some examples, from the input to the output.

    The model runs once for each example, and what it did is read from the graph. A unit is a node
    of an activation function, such as tanh or softmax, or one labelled as those of ``nn`` are,
    ``h1[0]``. A layer is the units of one function that are equally deep in the graph, by the
    number of units on the longest path to them. A linear output is no activation.

    Args:
        model: called with one example at a time.
        X: the examples.

    Raises:
        PlotError: if there are no examples, or the model has no activation, or records no graph.

    >>> x = [Value(0.5, label="w0"), Value(-0.5, label="w1")]
    >>> [layer] = layer_activations(lambda row: [autograd.relu(w * row[0]) for w in x], [[1], [2]])
    >>> layer.values, layer.dead
    (((0.5, 1.0), (0.0, 0.0)), ('1',))
    >>> print(layer)
    relu: relu, 2 units, 1 unit (50%) dead, 50% of activations 0
    """
    if not callable(model):
        raise PlotError(f"the model must be callable with one example, not {model!r}")
    if not is_recording():
        raise PlotError("within no_grad() there are no graphs to read the activations from")
    rows = X.tolist() if hasattr(X, "tolist") else X
    if hasattr(X, "to_numpy"):  # pandas
        rows = X.to_numpy().tolist()
    try:
        examples = list(rows)
    except TypeError:
        raise PlotError(f"X must have a row for each example, not {X!r}") from None
    if not examples:
        raise PlotError("X must have at least one example; it is empty")
    layers: dict[_Key, _Layer] = {}
    with autograd.pause_gc():
        for i, example in enumerate(examples):
            for key, nodes in _units_by_layer(_root(model(example), i)).items():
                layers.setdefault(key, _Layer()).add(nodes)
    if not layers:
        raise PlotError(
            "the model has no activation function: in its graph is none of "
            f"{', '.join(sorted(ACTIVATIONS))}, and no node has a label like h1[0]"
        )
    in_order = sorted(layers.items(), key=lambda item: item[0].depth)
    names = [layer.name or key.activation or "activation" for key, layer in in_order]
    several = Counter(names)
    numbers: defaultdict[str, count[int]] = defaultdict(count)
    return tuple(
        layer.finished(
            f"{name}#{next(numbers[name]) + 1}" if several[name] > 1 else name, key.activation
        )
        for (key, layer), name in zip(in_order, names, strict=True)
    )


@dataclass(frozen=True, slots=True)
class _Key:
    """What the units of one layer have in common."""

    depth: int
    activation: str
    label: str


class _Layer:
    """The units of a layer, while examples are added."""

    def __init__(self) -> None:
        self.values: dict[str, list[float]] = {}
        self.alive: set[str] = set()

    def add(self, nodes: list[Value]) -> None:
        labels = [node.label for node in nodes]
        are_unique = all(labels) and len({*labels}) == len(labels)
        for position, node in enumerate(nodes):
            unit = printable(node.label) if are_unique else str(position)
            self.values.setdefault(unit, []).append(node.data)
            if any(node.local_derivatives):
                self.alive.add(unit)

    @property
    def name(self) -> str:
        """What the labels of the units begin with: ``h1`` of ``h1[0]`` and of ``h11``."""
        units = list(self.values)
        if all(map(str.isdigit, units)):  # they have no labels
            return ""
        stems = {unit.partition("[")[0] for unit in units}
        shortest = min(stems, key=len)
        for length in range(len(shortest), 0, -1):
            if all(stem.startswith(shortest[:length]) for stem in stems):
                return shortest[:length]
        return ""

    def finished(self, name: str, activation: str) -> LayerActivations:
        dead = () if activation in BOUNDS else tuple(u for u in self.values if u not in self.alive)
        values = tuple(tuple(values) for values in self.values.values())
        return LayerActivations(name, activation, tuple(self.values), values, dead)


def _root(output: Any, i: int) -> Value:
    """Return one node behind which the graph of the whole output is."""
    listed = output if isinstance(output, (list, tuple)) else [output]
    nodes = [node for node in listed if isinstance(node, Value)]
    if not any(node.parents for node in nodes):
        raise PlotError(
            f"the model must return a Value, or a list of them, that it computed from Values; for "
            f"example {i} it returned {output!r}"
        )
    return nodes[0] if len(nodes) == 1 else autograd.sum(nodes)


def _units_by_layer(root: Value) -> dict[_Key, list[Value]]:
    order = computed_nodes(root)
    inside = _inside_activations(order)
    depths: dict[Value, int] = {}
    found: dict[_Key, list[Value]] = {}
    for node in order:
        depth = max([depths.get(parent, 0) for parent in node.parents], default=0)
        if _is_unit(node) and node not in inside:
            depth += 1
            label = node.label.partition("[")[0] if "[" in node.label else ""
            found.setdefault(_Key(depth, _activation(node), label), []).append(node)
        depths[node] = depth
    return found


def _is_unit(node: Value) -> bool:
    return _activation(node) != "" or _is_labelled_unit(node)


def _activation(node: Value) -> str:
    """Return the name of the package's own activation that made a node; empty if none did."""
    record = record_of(node.primitive)
    if record is None or not is_of_table(record):
        return ""
    return record.name if record.activation or record.bounds else ""


def _is_labelled_unit(node: Value) -> bool:
    return _UNIT_LABEL.fullmatch(node.label) is not None


_UNIT_LABEL = re.compile(r"(h\d*|ŷ)\[\d+\]")  # of nn


def _inside_activations(order: list[Value]) -> set[Value]:
    """Return what a user's activations are made of, as the sigmoid in h1[0] = a·sigmoid(a)."""
    inside: set[Value] = set()
    pending = [node for node in order if not _activation(node) and _is_labelled_unit(node)]
    while pending:
        for parent in pending.pop().parents:
            if parent.parents and not parent.label and parent not in inside:
                inside.add(parent)
                pending.append(parent)
    return inside
