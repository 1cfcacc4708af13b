"""Finding the nodes of a graph by what people call them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Any

import autograd
from autograd.errors import did_you_mean
from autograd.text import normal_form, printable
from viz.errors import ScriptError

SHOWN_NAMES = 8
COMPARED_NAMES = 10_000  # looking for the closest takes a while


class NodeNames:
    """The nodes behind a value by the names of variables, by their labels, or by their ops.

    What several nodes are called is numbered in topological order: ``*#1``, ``*#2``. Other ways to
    write the same characters, as ``x₁`` for ``x1``, are understood.

    >>> x = autograd.Value(3.0, label="x")
    >>> names = NodeNames(x * x + x * 2)
    >>> list(names)
    ['x', '*#1', '2', '*#2', '+']
    >>> names.find("*#2")
    Value(data=6.0, grad=0.0, op='*')
    """

    def __init__(self, root: autograd.Value, variables: Mapping[str, Any] | None = None) -> None:
        called: dict[str, list[autograd.Value]] = {}
        order = autograd.topological_order(root)
        for node in order:
            called.setdefault(node.name, []).append(node)
        self._several = {_normal(name): len(nodes) for name, nodes in called.items()}
        self._names = {
            node: f"{name}#{number}" if len(nodes) > 1 else name
            for name, nodes in called.items()
            for number, node in enumerate(nodes, 1)
        }
        self._order = order
        labels_first = sorted(self._names.items(), key=lambda item: not item[0].label)
        self._nodes = {_normal(name): node for node, name in labels_first}
        for name, found in (variables or {}).items():
            if isinstance(found, autograd.Value) and not name.startswith("_"):
                self._nodes[_normal(name)] = found

    def __iter__(self) -> Iterator[str]:
        """Yield the name of each node, in topological order."""
        return (self._names[node] for node in self._order)

    def __len__(self) -> int:
        return len(self._order)

    def __contains__(self, name: str) -> bool:
        return _normal(name) in self._nodes

    def of(self, node: autograd.Value) -> str:
        """Return a name that is no other node's."""
        return self._names.get(node, node.name)

    def find(self, name: str) -> autograd.Value:
        """Return the node of that name; a variable's Value need not be in the graph.

        Raises:
            ScriptError: if there is none, or there are several.
        """
        if name in self:
            return self._nodes[_normal(name)]
        if number := self._several.get(_normal(name)):
            raise ScriptError(
                f"{number} nodes are called {name!r}: write {name}#1 to {name}#{number}, or label "
                "them apart"
            )
        raise ScriptError(f"no Value has the name or label {name!r}{suggestion(name, self._nodes)}")


def suggestion(name: str, known: Iterable[str]) -> str:
    """Return ``"; did you mean 'loss'?"`` for the closest of the known names, or tell some.

    >>> suggestion("los", ["x", "loss"]), suggestion("los", map(str, range(10)))
    ("; did you mean 'loss'?", "; it must be one of '0', '1', '2', '3', '4', '5', '6', '7', …")
    """
    known = list(islice(known, COMPARED_NAMES))
    hint = did_you_mean(name, known)
    if "did you mean" in hint or len(known) <= SHOWN_NAMES:
        return hint
    return f"; it must be one of {', '.join(map(repr, known[:SHOWN_NAMES]))}, …"


def _normal(name: str) -> str:
    return normal_form(printable(name))
