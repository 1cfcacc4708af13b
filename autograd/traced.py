"""What rules compute where it is noted and not computed: operators as words of their vocabulary."""

from __future__ import annotations

from typing import Any


class Traced:
    """A number in a rule that is read; each operator is noted by :meth:`noted`, with its word."""

    __slots__ = ()

    def noted(self, word: str, *operands: Any) -> Any:
        """Return what a word of operands, which are traced or numbers, comes to."""
        raise NotImplementedError

    def __add__(self, other: Any) -> Any:
        return self.noted("+", self, other)

    def __radd__(self, other: Any) -> Any:
        return self.noted("+", other, self)

    def __sub__(self, other: Any) -> Any:
        return self.noted("-", self, other)

    def __rsub__(self, other: Any) -> Any:
        return self.noted("-", other, self)

    def __mul__(self, other: Any) -> Any:
        return self.noted("*", self, other)

    def __rmul__(self, other: Any) -> Any:
        return self.noted("*", other, self)

    def __neg__(self) -> Any:
        return self.noted("neg", self)

    def __lt__(self, other: Any) -> Any:
        return self.noted("<", self, other)

    def __le__(self, other: Any) -> Any:
        return self.noted("<=", self, other)

    def __gt__(self, other: Any) -> Any:
        return self.noted(">", self, other)

    def __ge__(self, other: Any) -> Any:
        return self.noted(">=", self, other)

    def __and__(self, other: Any) -> Any:
        return self.noted("and", self, other)
