"""How a Value appears to people: in pictures, messages, formats and notebooks."""

from __future__ import annotations

from autograd import ops
from autograd.gates import tell_of_look, watching_numbers
from autograd.text import printable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from autograd.ops import Primitive
    from autograd.origins import Instruction, Origin


class Appearance:
    """A base of Value. Nothing here computes."""

    __slots__ = ()

    if TYPE_CHECKING:
        _data: float
        _grad: float
        _instruction: Instruction
        label: str
        primitive: Primitive | None

    @property
    def name(self) -> str:
        """What pictures and messages call this node: its label, else its op, else its number."""
        if self.label:
            return printable(self.label)
        if self.primitive is None or self.primitive is ops.CONSTANT:
            if watching_numbers:
                tell_of_look(self, "v.name")
            return f"{self._data:g}"
        return str(self.primitive)

    @property
    def origin(self) -> Origin | None:
        """Where this node was made, if it was made under :func:`autograd.record_origins`."""
        from autograd.origins import locate  # only for people who look

        instruction = getattr(self, "_instruction", None)
        return None if instruction is None else locate(instruction)

    def __repr__(self) -> str:
        if watching_numbers:
            tell_of_look(self, "repr(v)")
        op = f", op={str(self.primitive)!r}" if self.primitive is not None else ""
        label = f", label={self.label!r}" if self.label else ""
        return f"Value(data={self._data}, grad={self._grad}{op}{label})"

    def __format__(self, specification: str) -> str:
        if watching_numbers:
            tell_of_look(self, "format(v)")
        return format(self._data, specification) if specification else repr(self)

    def _repr_mimebundle_(self: Any, *_: Any, **__: Any) -> dict[str, str]:
        from autograd.notebook import mimebundle

        return mimebundle(self)
