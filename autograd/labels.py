"""What names mean in a formula about a graph: labels of its nodes, variables, functions."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import islice
from numbers import Real
from typing import Any

from autograd import ops
from autograd.errors import LabelError, did_you_mean
from autograd.explanations.encodings import in_ascii
from autograd.explanations.notation import named_after
from autograd.graph import topological_order
from autograd.ops import Primitive
from autograd.reading.functions import activations_of, functions_of
from autograd.replaying import derivative_at, local_derivative_at
from autograd.text import normal_form
from autograd.value import Value

# What the loss is called where it has no label, or another.
_LOSSES = ("L", "loss")


def node_called(loss: Value, node: Value | str) -> Value:
    """Return a node of the graph of a loss that is given itself or by its label.

    Raises:
        LabelError: if no node has the label, or more than one.

    >>> w = Value(2.0, label="w")
    >>> node_called(w * 3, "w") is node_called(w * 3, w) is w
    True
    """
    if isinstance(node, str):
        return Labels(topological_order(loss), loss=loss).node(node)
    return node


class Labels:
    r"""The nodes of a graph by label, and more names.

    ``x₁``, ``x_1`` and ``x1`` are the same to it, and so are ``ŷ1``, ``\hat{y}_1`` and ``yhat1``,
    unless there are labels that are told apart by that alone. The ``loss`` is what derivatives are
    of that don't say so; where nothing else is called so, ``L`` and ``loss`` mean it. Where it
    depends on some outputs of a softmax alone, the others are called by their places too: ``ŷ2``,
    if the first is ``ŷ1``.
    """

    def __init__(
        self, nodes: Iterable[Value], names: Mapping[str, Any] = {}, loss: Value | None = None
    ) -> None:
        self._exact: dict[str, list[Value]] = {}
        self._normal: dict[str, list[Value]] = {}
        self._loose: dict[str, list[Value]] = {}
        self._names = names
        self.loss = loss
        self._nodes = nodes = list(nodes)
        made = [node.primitive for node in nodes if node.primitive is not None]
        self.functions = activations_of(made) | functions_of(made)
        for node in nodes:
            if node.label:
                self._exact.setdefault(node.label, []).append(node)
                self._normal.setdefault(normal_form(node.label), []).append(node)
                self._loose.setdefault(loose_form(node.label), []).append(node)

    def number(self, name: str) -> float:
        """Return the number that a formula means by a name: that of a node, else of a variable.

        Raises:
            LabelError: if there is none, or more than one.
        """
        meant = self.meant(name)
        return meant.data if isinstance(meant, Value) else meant

    def meant(self, name: str) -> Value | float:
        """Return the node or variable that a formula means by a name.

        Raises:
            LabelError: if there is none, or more than one.
        """
        if not self._of(name):
            for key in (name, normal_form(name)):
                if (variable := _variable(self._names, key)) is not None:
                    return variable
            for others in (self._of_variables, self._unused_outputs):
                if others._of(name):
                    return others.find(name)
        return self.find(name)

    def knows(self, name: str) -> bool:
        """Whether a name means something, if only something that several have."""
        is_variable = any(
            _variable(self._names, key) is not None for key in (name, normal_form(name))
        )
        is_label = self._of(name) or self._of_variables._of(name) or self._unused_outputs._of(name)
        return bool(is_variable or is_label)

    @cached_property
    def _of_variables(self) -> Labels:
        return Labels(_values_in(self._names.values()))

    @cached_property
    def _unused_outputs(self) -> Labels:
        return Labels(_unused_outputs(self._nodes) if self.loss is not None else ())

    def _of(self, label: str) -> list[Value]:
        return (
            self._exact.get(label)
            or self._normal.get(normal_form(label))
            or self._loose.get(loose_form(label), [])
        )

    def variable(self, name: str) -> Any:
        """Return what a variable of that name is, whatever it is; None if there is none."""
        return self._names.get(name)

    @cached_property
    def indexed(self) -> dict[str, dict[tuple[int, ...], Value]]:
        """The nodes whose labels end in one or two indices, by what is before them.

        ``W2[0,1]`` has two, and so has ``w212`` if that is how all labels go on that begin so;
        labels that several nodes have are left out.
        """
        found: dict[str, dict[tuple[int, ...], Value]] = {}
        digits: dict[str, dict[str, Value]] = {}
        for label, nodes in (self._unused_outputs._loose | self._loose).items():
            if len(nodes) > 1:
                continue
            if places := re.fullmatch(r"(.*?)\[(\d+)(?:,(\d+))?\]", label):
                stem, *indices = places.groups()
                place = tuple(int(index) for index in indices if index is not None)
                found.setdefault(stem, {})[place] = nodes[0]
            elif after := re.fullmatch(r".*?(\d+)", label):
                for start in range(after.start(1), len(label)):
                    digits.setdefault(label[:start], {})[label[start:]] = nodes[0]
        for stem, endings in digits.items():
            if stem not in found and (places_of := _places(list(endings))):
                found[stem] = dict(zip(places_of, endings.values(), strict=True))
        return found

    def node(self, name: str) -> Value:
        """Return the node that ``∂L/∂name`` is by.

        Raises:
            LabelError: if there is none, or more than one.
        """
        meant = self.loss if self.is_loss(name) else self.meant(name)
        if not isinstance(meant, Value):
            raise LabelError(f"{name} is a number, and no node that there is a derivative of or by")
        return meant

    def is_loss(self, name: str) -> bool:
        """Return whether it is the loss that is called so."""
        if self.loss is None:
            return False
        if not name or self._of(name) == [self.loss]:
            return True
        return name in _LOSSES and not self.knows(name)

    def derivative(self, of: str, by: str, is_partial: bool) -> float:
        """Return ∂of/∂by: see :meth:`derivative_at`."""
        return self.derivative_at(of, by, is_partial, {})

    def derivative_at(
        self, of: str, by: str, is_partial: bool, numbers: Mapping[Value, float]
    ) -> float:
        """Return ∂of/∂by where nodes have other numbers.

        With ∂, between a node and one that it was computed from directly, it is the local
        derivative, and else the sum over all paths.

        Raises:
            LabelError: if one of them is no node, or several.
        """
        top, bottom = self.node(of), self.node(by)
        local = local_derivative_at(top, bottom, numbers) if is_partial else None
        return derivative_at(top, bottom, numbers) if local is None else local

    def find(self, label: str) -> Value:
        """Return the node of a label.

        Raises:
            LabelError: if there is none, or more than one.
        """
        found = self._of(label)
        if len(found) == 1:
            return found[0]
        if found:
            raise LabelError(
                f"{len(found)} nodes are called {label!r}; label them apart, or give the Value "
                "itself instead of its label"
            )
        if not self._exact:
            raise LabelError(
                f"no node of the graph has a label, so none is called {label!r}; write "
                "Value(2.0, label='x'), or autograd.name_values(locals())"
            )
        hint = did_you_mean(label, self._exact)
        if "did you mean" not in hint:
            some = ", ".join(map(repr, islice(self._exact, 8)))
            hint = f"; there are {some}{', …' * (len(self._exact) > 8)}"
        raise LabelError(f"no node of the graph is called {label!r}{hint}")


def loose_form(name: str) -> str:
    """Return the form that a label has in common with what people write for it.

    >>> loose_form("p_1"), loose_form("ŷ₁"), loose_form("W[0][1]"), loose_form("η")
    ('p1', 'yhat1', 'W[0,1]', 'eta')
    """
    ascii_form = in_ascii(name)
    spelt = name if "?" in ascii_form else ascii_form
    return re.sub(r"_|(?<=\d),(?=\d+$)", "", spelt.replace("][", ","))


def _places(endings: Sequence[str]) -> list[tuple[int, ...]] | None:
    """Return the places that digits stand for: 1, 2, … or those of a matrix, 11, 12, 21, 22."""
    numbers = sorted(map(int, endings))
    if numbers[0] in (0, 1) and numbers == list(range(numbers[0], numbers[0] + len(numbers))):
        return [(int(ending),) for ending in endings]
    if {len(ending) for ending in endings} == {2}:
        return [(int(ending[0]), int(ending[1])) for ending in endings]
    return None


def _variable(names: Mapping[str, Any], name: str) -> Value | float | None:
    """Return a variable, or the item ``y[0][1]`` of one, if it is a number; else None."""
    found: Any = names.get(name)
    if found is None and name.endswith("]"):
        variable, *places = re.split(r"\]?\[|,", name.removesuffix("]"))
        found = names.get(variable)
        for index in places:
            is_item = index.isdecimal() and isinstance(found, (list, tuple))
            found = found[int(index)] if is_item and int(index) < len(found) else None
    if isinstance(found, Value):
        return found
    return float(found) if isinstance(found, Real) else None


def _unused_outputs(nodes: Iterable[Value]) -> Iterator[Value]:
    """Yield what a graph doesn't have of the outputs of its softmaxes, labelled by their places.

    The labels that there are say how: numbers from 0 or 1, after or before the same.
    """
    families: dict[tuple[Primitive, Sequence[Value]], dict[int, str]] = {}
    for node in nodes:
        op = node.primitive
        if node.label and op is not None and op.record in (ops.softmax, ops.log_softmax):
            family = families.setdefault((op.record, node.parents), {})
            family[int(op.parameters[0])] = node.label
    for (op, logits), labels in families.items():
        called = [named_after(label, index) for index, label in labels.items()]
        ways = {tuple(map(of, range(len(logits)))) if of else () for of in called}
        names = ways.pop()
        if ways or len(labels) == len(logits):
            continue
        for index, output in enumerate(op(logits) if names else ()):
            if index not in labels:
                output.label = names[index]
                yield output


def _values_in(variables: Iterable[Any]) -> list[Value]:
    """Return the Values among variables and in lists of them, each once."""
    values: dict[Value, None] = {}
    lists: set[int] = set()  # a list may contain itself
    pending = list(variables)
    while pending:
        found = pending.pop()
        if isinstance(found, Value):
            values[found] = None
        elif isinstance(found, (list, tuple)) and id(found) not in lists:
            lists.add(id(found))
            pending.extend(found)
    return list(values)
