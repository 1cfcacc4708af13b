"""Changes of many numbers: all or none of them, whatever interrupts.

An interrupt comes between two instructions of Python code, and so does a switch to another thread.
What runs in C alone, such as ``deque`` over ``map`` over a function written in C, has none inside.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from functools import partial
from itertools import repeat
from operator import call
from typing import Any, TypeAlias, TypeVar

from autograd.errors import ShapeError
from autograd.operands import as_number
from autograd.value import Value

R = TypeVar("R")

# A function written in C with its arguments, to be called once. What it calls in turn must be
# written in C too.
Change: TypeAlias = "partial[Any]"

_set_data = Value._data.__set__  # type: ignore[attr-defined, misc]
_set_grad = Value._grad.__set__  # type: ignore[attr-defined, misc]


def make(*changes: Change) -> None:
    """Make all of these changes, one after the other, as one.

    >>> numbers, names = [1.0], []
    >>> make(partial(numbers.append, 2.0), partial(names.append, "two"))
    >>> numbers, names
    ([1.0, 2.0], ['two'])
    """
    deque(map(call, changes), 0)


def of_data(values: Sequence[Value], numbers: Sequence[float]) -> Change:
    """Return the change that gives each Value its number as ``data``.

    Raises:
        OperandError: if one is not a real number; before anything is changed.
        ShapeError: if there are not as many numbers as Values.
    """
    if len(numbers) != len(values):
        raise ShapeError(f"{len(values)} Values can't be given {len(numbers)} numbers")
    if {*map(type, numbers)} != {float}:
        numbers = [as_number(number, "the data of a Value") for number in numbers]
    return partial(deque, map(_set_data, values, numbers), 0)


def of_gradients(values: Sequence[Value], gradients: Sequence[Any]) -> Change:
    """Return the change that gives each Value its gradient."""
    return partial(deque, map(_set_grad, values, gradients), 0)


def of_attributes(thing: object, attributes: dict[str, Any]) -> Change:
    """Return the change that gives an object these attributes, which are no properties."""
    return partial(vars(thing).update, attributes)


def clear_gradients(values: Sequence[Value]) -> None:
    """Set the gradient of each Value to 0.

    >>> x = Value(3.0)
    >>> (x * x).backward()
    >>> clear_gradients([x])
    >>> x.grad
    0.0
    """
    make(partial(deque, map(_set_grad, values, repeat(0.0)), 0))


def restoring(restore: Callable[[], object], work: Callable[[], R]) -> R:
    """Do work, then restore what it has changed, also if an interrupt comes while it restores.

    >>> log = []
    >>> restoring(lambda: log.append("restored"), lambda: log.append("work"))
    >>> log
    ['work', 'restored', 'restored']
    """
    try:
        try:
            return work()
        finally:
            restore()
    finally:  # an interrupt may have come in the line above, or before it was reached
        restore()
