"""Functions that are methods of Value too: ``make generated`` writes this module."""

from __future__ import annotations

from autograd import ops
from autograd.operands import Recorded

TYPE_CHECKING = False
if TYPE_CHECKING:
    from autograd.value import Value


class Methods(Recorded):
    """The base of Value."""

    __slots__ = ()

    def sigmoid(self) -> Value:
        """Return the logistic function σ(x) = 1 / (1 + e⁻ˣ): see :func:`autograd.sigmoid`."""
        return ops.sigmoid(self)  # type: ignore

    def softplus(self) -> Value:
        """Return log(1 + eˣ), exact for all x: see :func:`autograd.softplus`."""
        return ops.softplus(self)  # type: ignore

    def mish(self) -> Value:
        """Return x tanh(softplus(x)), a smooth relative of relu: see :func:`autograd.mish`."""
        return ops.mish(self)  # type: ignore

    def exp(self) -> Value:
        """Return the exponential eˣ: see :func:`autograd.exp`."""
        return ops.exp(self)  # type: ignore

    def log(self) -> Value:
        """Return the natural logarithm, -inf at 0 and nan below: see :func:`autograd.log`."""
        return ops.log(self)  # type: ignore

    def sqrt(self) -> Value:
        """Return the square root: see :func:`autograd.sqrt`."""
        return ops.sqrt(self)  # type: ignore

    def sin(self) -> Value:
        """Return the sine of an angle in radians: see :func:`autograd.sin`."""
        return ops.sin(self)  # type: ignore

    def cos(self) -> Value:
        """Return the cosine of an angle in radians: see :func:`autograd.cos`."""
        return ops.cos(self)  # type: ignore

    def tanh(self) -> Value:
        """Return the hyperbolic tangent: see :func:`autograd.tanh`."""
        return ops.tanh(self)  # type: ignore
