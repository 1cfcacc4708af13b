"""Named arrays that are parts of one flat vector."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import prod
from typing import Any, NamedTuple

import numpy as np

from autograd.compiler.errors import CompileError


class Place(NamedTuple):
    """Where an array is in a flat vector."""

    start: int
    stop: int
    shape: tuple[int, ...]


class ConstantArray(NamedTuple):
    """An array of numbers or positions that a program uses, as plain data."""

    name: str
    kind: str  # of NumPy's types: "<f8" or "<i8"
    shape: tuple[int, ...]
    data: bytes

    def array(self, dtype: str = "float64") -> Any:
        """Return the array, which can't be changed; numbers in this type."""
        array = np.frombuffer(self.data, self.kind).reshape(self.shape)
        with np.errstate(over="ignore"):  # what is too large for float32 is inf there
            return array.astype(dtype if array.dtype.kind == "f" else np.intp, copy=False)


Layout = Mapping[str, Place]


def layout(shapes: Mapping[str, tuple[int, ...]]) -> dict[str, Place]:
    """Return the places of arrays that follow one another.

    >>> layout({"W": (2, 3), "b": (2,)})["b"]
    Place(start=6, stop=8, shape=(2,))
    """
    places, start = {}, 0
    for name, shape in shapes.items():
        places[name] = Place(start, start + prod(shape), shape)
        start += prod(shape)
    return places


class Arrays(Mapping[str, Any]):
    """A vector in named parts: ``arrays["W1"]`` is a view of ``arrays.flat``, not a copy."""

    __slots__ = ("_flat", "_layout")

    def __init__(self, flat: Any, layout: Layout) -> None:
        self._flat = flat
        self._layout = layout

    @property
    def flat(self) -> Any:
        """All parts in one vector.

        Setting it copies the numbers into the vector that is there, as views of it are about; a
        tensor, which JAX can't change, takes its place.

        Raises:
            CompileError: if it is set to anything of another shape.
        """
        return self._flat

    @flat.setter
    def flat(self, numbers: Any) -> None:
        if numbers is self._flat:  # after flat -= …
            return
        if np.shape(numbers) != self._flat.shape:
            raise CompileError(
                f"flat is a vector of shape {tuple(self._flat.shape)}, not {np.shape(numbers)}"
            )
        if isinstance(self._flat, np.ndarray):
            self._flat[:] = numbers
        else:
            self._flat = numbers

    def __getitem__(self, name: str) -> Any:
        start, stop, shape = self._layout[name]
        return self._flat[start:stop].reshape(shape)

    def __iter__(self) -> Iterator[str]:
        return iter(self._layout)

    def __len__(self) -> int:
        return len(self._layout)

    def __repr__(self) -> str:
        shapes = ", ".join(f"{name}: {place.shape}" for name, place in self._layout.items())
        return f"Arrays({shapes})"


def checked_classes(n_classes: int, array: Any) -> Any:
    """Return the classes of a batch, or raise an error if one of them is none."""
    classes = array if array.dtype == np.int64 else array.astype(np.int64)
    # Read without a sign, negative numbers are very large ones.
    if np.maximum.reduce(classes.view(np.uint64)) >= n_classes:
        wrong = next(number for number in array.tolist() if not 0 <= number < n_classes)
        raise no_class(wrong, n_classes)
    return classes


def no_class(wrong: float, n_classes: int) -> CompileError:
    """Return the error for a class that there is not."""
    return CompileError(f"a class must be a whole number from 0 to {n_classes - 1}, not {wrong}")
