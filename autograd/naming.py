"""Labels from the names of variables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from autograd.errors import OperandError
from autograd.value import Value


def name_values(variables: Mapping[str, Any]) -> None:
    """Label every Value that has no label with the name of its variable.

    Values in lists, tuples and dicts get the name and the place: ``w[0]``, ``W[1][2]``. Names that
    begin with an underscore are passed over, and of two names for one Value the first counts.

    >>> x, w = Value(2.0), [Value(0.5), Value(-1.0)]
    >>> name_values({"x": x, "w": w})
    >>> x.label, w[1].label
    ('x', 'w[1]')

    In a script, where the variables are all there: ``name_values(locals())``.
    """
    if not isinstance(variables, Mapping):
        raise OperandError(
            f"name_values takes variables by name, as in name_values(locals()), not {variables!r}"
        )
    for name, found in list(variables.items()):
        if not name.startswith("_"):
            for place, value in _values(name, found):
                if not value.label:
                    value.label = place


def _values(name: str, found: Any) -> Iterator[tuple[str, Value]]:
    """Yield the Values in a variable with their places, in order, without recursion."""
    pending: list[tuple[str, Any]] = [(name, found)]
    containers: set[int] = set()  # a list may contain itself
    while pending:
        place, current = pending.pop()
        if isinstance(current, Value):
            yield place, current
        elif isinstance(current, (list, tuple, dict)) and id(current) not in containers:
            containers.add(id(current))
            items = current.items() if isinstance(current, dict) else enumerate(current)
            pending.extend([(f"{place}[{key!r}]", item) for key, item in items][::-1])
