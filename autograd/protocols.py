"""How Values answer Python's comparisons and functions, and those of NumPy."""

from __future__ import annotations

import sys

from autograd import ops
from autograd.errors import OperandError
from autograd.gates import blocks_here, tell_of_look, watching_numbers
from autograd.operands import Recorded, as_number_beside

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from autograd.operands import Operand
    from autograd.value import Value


class Protocols(Recorded):
    """A base of Value."""

    __slots__ = ()

    # Comparisons look at the data; == and hash are identity.

    def __lt__(self, other: Operand) -> bool:
        if watching_numbers:
            tell_of_look(self, "v < …")
        right = as_number_beside(self, other, "{0} < {1}")
        return NotImplemented if right is None else self._data < right

    def __le__(self, other: Operand) -> bool:
        if watching_numbers:
            tell_of_look(self, "v <= …")
        right = as_number_beside(self, other, "{0} <= {1}")
        return NotImplemented if right is None else self._data <= right

    def __gt__(self, other: Operand) -> bool:
        if watching_numbers:
            tell_of_look(self, "v > …")
        right = as_number_beside(self, other, "{0} > {1}")
        return NotImplemented if right is None else self._data > right

    def __ge__(self, other: Operand) -> bool:
        if watching_numbers:
            tell_of_look(self, "v >= …")
        right = as_number_beside(self, other, "{0} >= {1}")
        return NotImplemented if right is None else self._data >= right

    def __eq__(self: Any, other: object) -> bool:
        if watching_numbers:
            for block in blocks_here():
                block.compared(self, other, sys._getframe(1))
        return NotImplemented  # so that identity decides

    __hash__ = object.__hash__

    def __bool__(self) -> bool:
        if watching_numbers:
            tell_of_look(self, "bool(v)")
        return bool(self._data)

    # Functions of Python that are ops here.

    def __abs__(self) -> Value:
        return ops.abs(self)  # type: ignore

    def __round__(self, digits: None = None) -> Value:
        if digits is not None:
            raise OperandError(f"round(v, {digits}) is for display: write f'{{v:.{digits}f}}'")
        return ops.round(self)  # type: ignore

    def __floor__(self) -> Value:
        return ops.floor(self)  # type: ignore

    def __ceil__(self) -> Value:
        return ops.ceil(self)  # type: ignore

    def __array_ufunc__(self, *arguments: Any, **options: Any) -> Any:
        from autograd.ufuncs import compute

        return compute(*arguments, **options)
