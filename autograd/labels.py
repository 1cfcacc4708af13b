"""What names mean in a formula about a graph: labels of its nodes, variables, functions."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cached_property
from itertools import islice
from numbers import Real
from typing import Any

from autograd import expressions
from autograd.errors import LabelError, did_you_mean
from autograd.text import normal_form
from autograd.value import Value


class Labels:
    """The nodes of a graph by label, and more names; ``x₁`` and ``x1`` are the same to it."""

    def __init__(self, nodes: Iterable[Value], names: Mapping[str, Any] = {}) -> None:
        self._exact: dict[str, list[Value]] = {}
        self._normal: dict[str, list[Value]] = {}
        self._names = names
        nodes = list(nodes)
        made = [node.primitive for node in nodes if node.primitive is not None]
        self.functions = expressions.functions_of(made)
        for node in nodes:
            if node.label:
                self._exact.setdefault(node.label, []).append(node)
                self._normal.setdefault(normal_form(node.label), []).append(node)

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
            if self._of_variables._of(name):
                return self._of_variables.find(name)
        return self.find(name)

    def knows(self, name: str) -> bool:
        """Whether a name means something, if only something that several have."""
        is_variable = any(
            _variable(self._names, key) is not None for key in (name, normal_form(name))
        )
        return bool(is_variable or self._of(name) or self._of_variables._of(name))

    @cached_property
    def _of_variables(self) -> Labels:
        return Labels(_values_in(self._names.values()))

    def _of(self, label: str) -> list[Value]:
        return self._exact.get(label) or self._normal.get(normal_form(label), [])

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
