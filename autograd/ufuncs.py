"""Functions of NumPy, such as ``np.exp`` and the operators of its arrays, called with Values."""

from __future__ import annotations

import sys

from autograd.arrays import is_array, is_array_of_objects
from autograd.operands import Recorded
from autograd.ops import TABLE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

# The operators, by NumPy's names for them. ``np.float64(2.0) * v`` comes here too.
_OPERATORS: Mapping[str, tuple[str, str]] = {
    "add": ("__add__", "__radd__"),
    "subtract": ("__sub__", "__rsub__"),
    "multiply": ("__mul__", "__rmul__"),
    "divide": ("__truediv__", "__rtruediv__"),
    "power": ("__pow__", "__rpow__"),
    "less": ("__lt__", "__gt__"),
    "less_equal": ("__le__", "__ge__"),
    "greater": ("__gt__", "__lt__"),
    "greater_equal": ("__ge__", "__le__"),
}

# What NumPy has another name for than autograd.
_OURS: Mapping[str, str] = {
    "absolute": "abs",
    "arccos": "acos",
    "arccosh": "acosh",
    "arcsin": "asin",
    "arcsinh": "asinh",
    "arctan": "atan",
    "arctan2": "atan2",
    "arctanh": "atanh",
    "deg2rad": "radians",
    "fabs": "abs",
    "rad2deg": "degrees",
    "remainder": "",  # which is that of Python's %, and ours that of IEEE 754
    "rint": "round",
}


def compute(ufunc: Any, method: str, *inputs: Any, **options: Any) -> Any:
    """Compute a function of NumPy of which an input is a Value: the ``__array_ufunc__`` of Value.

    Of single numbers it is the op of ours that is the same function, so that ``np.maximum(v, 0)``
    has the gradient of :func:`autograd.maximum`. An array of Values is gone through by NumPy.
    """
    if method == "__call__" and not options:
        name = ufunc.__name__
        if name in _OPERATORS:
            left, right = inputs
            of_left, of_right = _OPERATORS[name]
            if isinstance(left, (float, Recorded)) or not is_array_of_objects(left):
                if not isinstance(left, Recorded):
                    return getattr(right, of_right)(left)
                if not is_array_of_objects(right):
                    return getattr(left, of_left)(right)
        elif not any(map(is_array, inputs)):
            op = TABLE.get(_OURS.get(name, name))
            if op is not None:
                return op(*inputs)
    return getattr(ufunc, method)(*map(_boxed, inputs), **options)


def _boxed(x: Any) -> Any:
    """Return a Value as an array without axes, whose functions NumPy looks up in the Value."""
    if not isinstance(x, Recorded):
        return x
    box = sys.modules["numpy"].empty((), dtype=object)  # of which the call came
    box[()] = x
    return box
