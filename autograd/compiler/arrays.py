"""Named arrays that are parts of one flat vector."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import prod
from typing import Any, NamedTuple

import numpy as np

from autograd.compiler.errors import CompileError, no_class
from autograd.errors import did_you_mean
from autograd.text import public_names


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

_REAL = "fiub"  # kinds of NumPy's types


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
    """A vector in named parts: ``arrays["W1"]`` is a view of ``arrays.flat``, not a copy.

    Parts and the whole can be set, as in ``arrays["W1"] = numbers`` or ``arrays["W1"] -= step``:
    the numbers are copied into the vector that is there, or, as JAX can't change an array, into one
    that takes its place.

    >>> import numpy as np
    >>> arrays = Arrays(np.zeros(3), layout({"W": (2,), "b": (1,)}))
    >>> arrays["W"] = [1.0, 2.0]
    >>> arrays, arrays.flat.tolist()
    (Arrays(W: (2,), b: (1,)), [1.0, 2.0, 0.0])
    """

    __slots__ = ("_flat", "_layout")

    def __init__(self, flat: Any, layout: Layout) -> None:
        self._flat = flat
        self._layout = layout

    __dir__ = public_names

    @property
    def parts(self) -> dict[str, Any]:
        """All parts by name, as a dict of views: what a debugger shows."""
        return {**self}

    @property
    def flat(self) -> Any:
        """All parts in one vector.

        Raises:
            CompileError: if it is set to anything of another shape, that holds fewer digits, or
                that is no real number.
        """
        return self._flat

    @flat.setter
    def flat(self, numbers: Any) -> None:
        if numbers is not self._flat:  # as it is after flat -= …
            self._set("flat", slice(None), self._flat.shape, numbers)

    def __getitem__(self, name: str) -> Any:
        start, stop, shape = self._layout[name]
        return self._flat[start:stop].reshape(shape)

    def __setitem__(self, name: str, numbers: Any) -> None:
        if name not in self._layout:
            raise CompileError(f"there is no {name!r}{did_you_mean(name, self._layout)}")
        start, stop, shape = self._layout[name]
        self._set(name, slice(start, stop), shape, numbers)

    def _set(self, name: str, where: slice, shape: tuple[int, ...], numbers: Any) -> None:
        """Copy numbers into a part of the vector; all of them or none."""
        flat = self._flat
        is_own = isinstance(numbers, type(flat)) and not isinstance(flat, np.ndarray)
        given = numbers if is_own else read_array(name, numbers)
        check_real(name, given)
        if tuple(given.shape) != tuple(shape):
            raise CompileError(
                f"{name} is an array of shape {tuple(shape)}, not {tuple(given.shape)}"
            )
        given = given if is_own else given.astype(np.float64)  # which all libraries have
        if isinstance(flat, np.ndarray):
            flat[where] = given.ravel()
        elif hasattr(flat, "at"):
            self._flat = _changed_by_jax(name, flat, where, given)
        else:  # a tensor of torch
            tensor: Any = given.detach() if is_own else flat.new_tensor(given)
            flat[where] = tensor.to(flat.device, flat.dtype).reshape(-1)

    def __iter__(self) -> Iterator[str]:
        return iter(self._layout)

    def __len__(self) -> int:
        return len(self._layout)

    def __repr__(self) -> str:
        shapes = ", ".join(f"{name}: {place.shape}" for name, place in self._layout.items())
        return f"Arrays({shapes})"


def _changed_by_jax(name: str, flat: Any, where: slice, given: Any) -> Any:
    """Return a copy of a vector of JAX with other numbers in a part of it."""
    import jax

    if isinstance(given, jax.Array) and given.dtype.itemsize < flat.dtype.itemsize:
        raise CompileError(
            f"{name} holds {flat.dtype} and would become {given.dtype}, which JAX computes with "
            "unless it is told otherwise: write with jax.enable_x64(True): around it, or compile "
            'with dtype="float32"'
        )
    with jax.enable_x64(True):
        return flat.at[where].set(given.ravel())


def read_array(name: str, argument: Any) -> Any:
    """Return what was given under a name as an array in the machine's byte order.

    Raises:
        CompileError: if it is none, or some of its elements are masked.
    """
    if isinstance(argument, np.ma.MaskedArray) and (masked := int(np.sum(argument.mask))):
        raise CompileError(
            f"{name} has {masked} masked element{'s' if masked > 1 else ''}, and a program has no "
            f"place for a mask: leave these rows out, or give numbers in their place, as in "
            f"{name}.filled(0.0)"
        )
    try:
        array = np.asarray(argument)
    except ValueError:
        raise CompileError(f"{name} must have rows that are all of one shape") from None
    except (RuntimeError, TypeError) as error:  # of a tensor that says what to do
        raise CompileError(f"{name} is no array of NumPy and can't become one: {error}") from None
    if array.dtype.kind not in _REAL and np.can_cast(array.dtype, np.float64):
        return array.astype(np.float64)  # such as JAX's bfloat16
    return array if array.dtype.isnative else array.astype(array.dtype.newbyteorder("="))


def check_real(name: str, array: Any) -> None:
    """Raise an error unless an array, or a tensor, holds real numbers."""
    dtype = array.dtype
    is_real = dtype.kind in _REAL if hasattr(dtype, "kind") else not dtype.is_complex  # of torch
    if not is_real:
        raise CompileError(f"{name} must hold real numbers, not {dtype}")


def real_array(name: str, argument: Any) -> Any:
    """Return real numbers as an array in the machine's byte order, or raise an error."""
    array = read_array(name, argument)
    check_real(name, array)
    return array


def checked_classes(n_classes: int, array: Any) -> Any:
    """Return the classes of a batch, or raise an error if one of them is none."""
    classes = array if array.dtype == np.int64 else array.astype(np.int64)
    # Read without a sign, negative numbers are very large ones.
    if classes.view(np.uint64).max() >= n_classes:
        row, *place = np.argwhere((array < 0) | (array >= n_classes))[0].tolist()
        raise no_class(int(array[(row, *place)]), n_classes, row)
    return classes
