"""Nested arguments and results: numbers and Values in lists, tuples, dicts and NumPy arrays."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from autograd.arrays import is_array


def leaves_of(structure: Any) -> Iterator[Any]:
    """Yield what is in a structure, in order.

    >>> list(leaves_of({"w": [1.0, (2.0, 3.0)], "b": 4.0}))
    [1.0, 2.0, 3.0, 4.0]
    """
    if isinstance(structure, (list, tuple)):
        for element in structure:
            yield from leaves_of(element)
    elif isinstance(structure, dict):
        for element in structure.values():
            yield from leaves_of(element)
    elif is_array(structure):
        for element in _as_array(structure).flat:
            yield from leaves_of(element)
    else:
        yield structure


def map_leaves(function: Callable[[Any], Any], structure: Any) -> Any:
    """Return a structure of the same form with the result of the function for each leaf.

    A tuple becomes a list, and an array one of floats, or of objects if its new elements are not
    all floats.

    >>> map_leaves(lambda x: 10 * x, {"w": [1.0, (2.0, 3.0)], "b": 4.0})
    {'w': [10.0, [20.0, 30.0]], 'b': 40.0}
    """
    if isinstance(structure, (list, tuple)):
        return [map_leaves(function, element) for element in structure]
    if isinstance(structure, dict):
        return {key: map_leaves(function, element) for key, element in structure.items()}
    if is_array(structure):
        elements = [map_leaves(function, element) for element in _as_array(structure).flat]
        return _array_of(elements, structure.shape)
    return function(structure)


def stacked(nested: Any) -> Any:
    """Return nested lists of arrays of one shape as one array, and anything else as it is.

    >>> stacked([[1.0, 2.0], [3.0, 4.0]])
    [[1.0, 2.0], [3.0, 4.0]]
    """
    if is_array(nested) and nested.dtype != object:
        return nested
    if not isinstance(nested, list) and not is_array(nested):
        return nested
    parts = [stacked(part) for part in nested]
    if not parts or not all(is_array(part) for part in parts):
        return nested
    if len({part.shape for part in parts}) > 1:
        return nested
    import numpy as np

    return np.stack(parts)


def _as_array(array_like: Any) -> Any:
    import numpy as np

    return np.asarray(array_like)


def _array_of(elements: list[Any], shape: tuple[int, ...]) -> Any:
    import numpy as np

    if all(isinstance(element, float) for element in elements):
        return np.array(elements).reshape(shape)
    array = np.empty(len(elements), dtype=object)
    array[:] = elements
    return array.reshape(shape)
