"""Record a loss once, for one example, and let no number of that example slip into the program.

The graph is what the program is made from, so whatever the code decides by looking at a number
(``if v > 0``) would hold for all examples and all later parameters. While a loss is recorded, every
look at the number in a Value raises therefore. Nothing of this costs anything at other times: the
methods of Value that look are replaced while a recording runs.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NoReturn

from autograd.compiler.errors import CompileError, TracingError
from autograd.contexts import _files_of
from autograd.errors import ShapeError
from autograd.ops import Primitive
from autograd.origins import Origin, locate
from autograd.value import Value, apply, as_value, leaf

_LOOKING = {
    "__bool__": "bool(v)",
    "__lt__": "v < …",
    "__le__": "v <= …",
    "__gt__": "v > …",
    "__ge__": "v >= …",
    "__float__": "float(v)",
    "__int__": "int(v)",
    "detach": "v.detach()",
}
_ADVICE = (
    "the program is recorded once and then runs with other numbers, so a choice by a number must "
    "be part of the graph: write autograd.where(condition, a, b), maximum(a, b), minimum(a, b), "
    "relu(v) or clip(v, low, high)"
)


class Index(Value):
    """A whole number of the batch: a class for ``cross_entropy``, else a Value like any other."""

    __slots__ = ()

    def choose(self, op: Primitive, operands: Sequence[Value]) -> Value:
        """Apply an op that has an index as its parameter; the node remembers it is this one."""
        if not 0 <= self._data < len(operands):
            raise ShapeError(
                f"the target of {op.name} must be a class from 0 to {len(operands) - 1}, not "
                f"{self._data:g}"
            )
        node = apply(op.bind(int(self._data)), *[as_value(z, op.name) for z in operands])
        node.primitive = Primitive(op.name, op.value, op.derivatives, (self,))  # type: ignore[arg-type]
        return node

    def __index__(self) -> NoReturn:
        raise _error(f"{self.label} is used as an index", "; use cross_entropy(logits, target)")


def record(function: Callable[..., Any], arguments: Sequence[Any]) -> tuple[Value, set[Value]]:
    """Return the loss of a function as the graph of one example, and the Values it made itself.

    A leaf that the function makes anew at each call is no parameter: it is a constant.

    Raises:
        TracingError: if the function looks at the number in a Value.
        CompileError: if it returns no Value, or a plain number of the caller.
    """
    with _recording() as made:
        loss = function(*arguments)
    if not isinstance(loss, Value):
        raise CompileError(
            f"the loss must return a Value, not {loss!r}; use the functions of autograd and no "
            ".data inside it"
        )
    return loss, made


def variable(number: float, label: str, is_index: bool = False) -> Value:
    """Return the Value that stands for a number of the batch while a loss is recorded."""
    value = leaf(float(number), label)
    if is_index:
        value.__class__ = Index
    return value


_one_at_a_time = threading.RLock()


@contextmanager
def _recording() -> Iterator[set[Value]]:
    """Guard the numbers in Values, and yield those made, in this thread; others notice nothing."""
    thread = threading.get_ident()
    internal = _files_of("autograd") | _files_of("nn")
    originals: dict[str, Any] = {name: getattr(Value, name) for name in _LOOKING}
    number: property = vars(Value)["data"]
    read: Callable[[Value], float] = number.__get__

    def guarded(name: str, looking: str) -> Callable[..., Any]:
        original = originals[name]

        def look(self: Value, *others: Any) -> Any:
            if threading.get_ident() != thread:
                return original(self, *others)
            raise _error(f"{looking} looks at the number in {_described(self)}")

        return look

    def data(self: Value) -> float:
        # The library's own losses may look: they check their targets, and choose nothing by them.
        is_library = sys._getframe(1).f_code.co_filename in internal
        if threading.get_ident() == thread and not is_library:
            raise _error(f"v.data is the number in {_described(self)}")
        return read(self)

    def equal(self: Value, other: Any) -> Any:
        if threading.get_ident() == thread and isinstance(other, (int, float)):
            raise _error(f"v == {other!r} looks at the number in {_described(self)}")
        return NotImplemented  # identity decides

    made: set[Value] = set()

    def initialise(self: Value, *arguments: Any, **options: Any) -> None:
        originals["__init__"](self, *arguments, **options)
        if threading.get_ident() == thread:
            made.add(self)

    with _one_at_a_time:
        originals |= {"data": number, "__init__": vars(Value)["__init__"]}
        try:
            setattr(Value, "__eq__", equal)  # noqa: B010
            for name, looking in _LOOKING.items():
                setattr(Value, name, guarded(name, looking))
            setattr(Value, "data", property(data, number.fset, doc=number.__doc__))  # noqa: B010
            setattr(Value, "__init__", initialise)  # noqa: B010
            yield made
        finally:
            for name, original in originals.items():
                setattr(Value, name, original)
            delattr(Value, "__eq__")


def _error(problem: str, hint: str = "") -> TracingError:
    """Return the error for a look at a number, with the line of the user's code."""
    origin = _caller()
    text = f"{problem}, which the recording of a loss can't allow; {_ADVICE}{hint}"
    if origin is not None:
        text += f"\n  at {origin}, in {origin.function}\n{origin.excerpt()}".rstrip()
    return TracingError(text)


def _caller() -> Origin | None:
    """Return the innermost place in the stack outside this library."""
    internal = _files_of("autograd") | _files_of("nn") | {__file__}
    frame = sys._getframe(2)
    while frame.f_code.co_filename in internal:
        if frame.f_back is None:
            return None
        frame = frame.f_back
    return locate((frame.f_code, frame.f_lasti))


def _described(value: Value) -> str:
    if value.label:
        return value.label
    return f"the result of {value.op}" if value.op else "a parameter"
