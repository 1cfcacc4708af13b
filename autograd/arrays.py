"""What an array is: NumPy's, without loading it."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def is_array(x: Any) -> bool:
    """Say whether x is an array with axes: NumPy's, or whatever NumPy takes for one.

    >>> is_array([1.0, 2.0]), is_array(2.0)
    (False, False)
    """
    return hasattr(x, "__array__") and getattr(x, "ndim", 1) != 0


def is_array_of_objects(x: Any) -> bool:
    """Say whether x is an array of NumPy that may have Values as its elements."""
    return hasattr(x, "__array__") and getattr(getattr(x, "dtype", None), "kind", "") == "O"
