"""How ops are called, as type checkers and editors see it: there is nothing here that runs.

A call of numbers alone gives a float, one with a Value among them a Value. The calls themselves
stand in :mod:`autograd.ops`, and each kind of op there says which of these it is ``seen_as``.
"""

from collections.abc import Iterable
from typing import Protocol, TypeVar, overload

from autograd.operands import Operand, RealNumber
from autograd.ops.record import Binary, OfAny, OfSequence, Parametrised, Primitive, Unary
from autograd.value import Value

Seen = TypeVar("Seen", covariant=True)

class Kind(Protocol[Seen]):
    @property
    def seen_as(self) -> Seen: ...

class OfNumber(Unary):
    @overload
    def __call__(self, x: RealNumber) -> float: ...
    @overload
    def __call__(self, x: Value) -> Value: ...

class OfTwoNumbers(Binary):
    @overload
    def __call__(self, a: RealNumber, b: RealNumber) -> float: ...
    @overload
    def __call__(self, a: Value, b: Operand) -> Value: ...
    @overload
    def __call__(self, a: RealNumber, b: Value) -> Value: ...

class OfPoint(Primitive):
    @overload
    def __call__(self, y: RealNumber, x: RealNumber) -> float: ...
    @overload
    def __call__(self, y: Value, x: Operand) -> Value: ...
    @overload
    def __call__(self, y: RealNumber, x: Value) -> Value: ...

class OfChoice(Primitive):
    @overload
    def __call__(self, condition: RealNumber, a: RealNumber, b: RealNumber) -> float: ...
    @overload
    def __call__(self, condition: Operand, a: Operand, b: Operand) -> Value: ...

class OfNumbers(OfAny):
    @overload
    def __call__(self, *operands: RealNumber) -> float: ...
    @overload
    def __call__(self, *operands: Operand) -> Value: ...

class WithSlope(Parametrised):
    @overload
    def __call__(self, x: RealNumber, slope: RealNumber = 0.01) -> float: ...
    @overload
    def __call__(self, x: Value, slope: RealNumber = 0.01) -> Value: ...

class WithAlpha(Parametrised):
    @overload
    def __call__(self, x: RealNumber, alpha: RealNumber = 1.0) -> float: ...
    @overload
    def __call__(self, x: Value, alpha: RealNumber = 1.0) -> Value: ...

class WithEnds(Parametrised):
    @overload
    def __call__(self, x: RealNumber, low: RealNumber, high: RealNumber) -> float: ...
    @overload
    def __call__(self, x: Value, low: RealNumber, high: RealNumber) -> Value: ...

class OfValues(OfSequence):
    @overload
    def __call__(self, values: Iterable[RealNumber]) -> float: ...
    @overload
    def __call__(self, values: Iterable[Operand]) -> Value: ...

class OfLogits(Primitive):
    @overload
    def __call__(self, logits: Iterable[RealNumber]) -> list[float]: ...
    @overload
    def __call__(self, logits: Iterable[Operand]) -> list[Value]: ...

class OfLogitsAndTarget(Primitive):
    @overload
    def __call__(
        self, logits: Iterable[RealNumber], target: int | Iterable[RealNumber]
    ) -> float: ...
    @overload
    def __call__(self, logits: Iterable[Operand], target: int | Iterable[Operand]) -> Value: ...

class OfWeightsAndInputs(Primitive):
    @overload
    def __call__(
        self,
        weights: Iterable[RealNumber],
        inputs: Iterable[RealNumber],
        bias: RealNumber | None = None,
    ) -> float: ...
    @overload
    def __call__(
        self, weights: Iterable[Operand], inputs: Iterable[Operand], bias: Operand | None = None
    ) -> Value: ...

class OfOutputsAndTargets(Primitive):
    @overload
    def __call__(self, outputs: Iterable[RealNumber], targets: Iterable[RealNumber]) -> float: ...
    @overload
    def __call__(self, outputs: Iterable[Operand], targets: Iterable[Operand]) -> Value: ...
