"""How Values and ops appear to people: in pictures, messages, notebooks and ``help``."""

from __future__ import annotations

from autograd.gates import tell_of_look, watching_numbers
from autograd.text import printable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from inspect import Signature
    from typing import Any, Self

    from autograd.origins import Instruction, Origin


class _Signature:
    """What ``help`` and editors show of an op: how it is called."""

    def __get__(self, op: Any, kind: type) -> Signature:
        if op is None:
            raise AttributeError  # a class has that of its own constructor
        from inspect import signature  # only for people who look

        return signature(op.__call__)


class LikeAFunction:
    """The base of ops: each appears as the function that it is."""

    name: str
    parameters: tuple[float, ...]
    __qualname__: str
    __signature__ = _Signature()

    def __get__(self, instance: object, kind: type | None = None) -> Self:
        """Stay what it is in a class too, as a function of Values does that is no method."""
        return self

    def __str__(self) -> str:
        name = printable(self.name)
        numbers = [f"{number:g}" for number in self.parameters]
        return f"{name}[{', '.join(numbers)}]" if numbers else name

    def __repr__(self) -> str:
        return f"Primitive({str(self)!r})"

    def __reduce__(self) -> str:
        return self.__qualname__  # it is what its module has by that name, as a function is


class Appearance:
    """A base of Value."""

    __slots__ = ()

    if TYPE_CHECKING:
        _data: float
        _first: Any
        _grad: float
        _instruction: Instruction
        label: str
        primitive: Any

    @property
    def name(self) -> str:
        """What pictures and messages call this node: its label, else its op, else its number."""
        if self.label:
            return printable(self.label)
        op = self.primitive
        if op is not None and (self._first is not None or op.value is not None):
            return str(op)
        if watching_numbers:  # it is a leaf: a constant has an op without rules
            tell_of_look(self, "v.name")
        return f"{self._data:g}"

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
