"""Record a loss for one example, and let no number of that example slip into the program.

The graph is what the program is made from, so whatever the code decides by looking at a number
(``if v > 0``) would hold for all examples and all later parameters. While a loss is recorded, every
look at the number in a Value raises therefore. Nothing of this costs anything at other times: the
methods of Value that look are replaced while a recording runs.

Plain numbers can't be watched: a random one is a constant of the graph like any other. So the loss
is recorded twice, and both graphs must be the same.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NoReturn

from autograd.backward import Step, watchers
from autograd.compiler.errors import CompileError, TracingError
from autograd.contexts import _files_of, is_recording, record_origins
from autograd.errors import ShapeError
from autograd.graph import computed_nodes
from autograd.ops import CONSTANT, Primitive
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
}
_ADVICE = (
    "the program is recorded once and then runs with other numbers, so a choice by a number must "
    "be part of the graph: write autograd.where(condition, a, b), maximum(a, b), minimum(a, b), "
    "relu(v) or clip(v, low, high)"
)

# What detach() gives while a loss is recorded: the same number, and no gradient goes further.
DETACH = Primitive("detach", lambda m, x: x, lambda m, y, x: (0.0,))


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

    A leaf that the function makes anew at each call is no parameter: it is a constant. The function
    is called twice, and a third and fourth time if the graphs differ, to say where.

    Raises:
        TracingError: if the function looks at the number in a Value, or makes another graph when it
            is called again.
        CompileError: if it returns no Value, or the caller is within ``no_grad()``.
    """
    if not is_recording():
        raise CompileError(
            "within no_grad() there is no graph to record: make the first call of the step outside "
            "the block; those after it may be inside"
        )
    with _recording() as made:
        first = _call(function, arguments)
        made_first = {*made}
        made.clear()
        try:
            again = _call(function, arguments)
        except Exception as error:
            if isinstance(error, TracingError):
                raise
            raise TracingError(
                f"{_CHANGING}: when it was recorded a second time, with the same arguments, it "
                f"raised {type(error).__name__}: {error}"
            ) from error
        found = {*made}
        if difference := _difference(first, again, made_first, found):
            raise _error_of_change(difference[0], function, arguments, made)
    return again, found


def _call(function: Callable[..., Any], arguments: Sequence[Any]) -> Value:
    loss = function(*arguments)
    if not isinstance(loss, Value):
        raise CompileError(
            f"the loss must return a Value, not {loss!r}; use the functions of autograd and no "
            ".data inside it"
        )
    return loss


_CHANGING = (
    "the loss depends on more than its arguments and the parameters, such as random numbers or a "
    "counter"
)


def _difference(
    first: Value, second: Value, made_first: Collection[Value], made_second: Collection[Value]
) -> tuple[str, Value] | None:
    """Return the first difference between two graphs, and the node of the second that has it.

    They may differ in the leaves that each has made itself, if these hold the same numbers.
    """
    partners: dict[Value, Value] = {}

    def differ(a: Value, b: Value) -> bool:
        if a is b:
            return False
        if a._first is not None:
            return partners.get(a) is not b
        if b._first is not None or not _equal(a._data, b._data):
            return True
        if a.primitive is CONSTANT:
            return b.primitive is not CONSTANT
        return a not in made_first or b not in made_second

    nodes, others = computed_nodes(first), computed_nodes(second)
    for a, b in zip(nodes, others, strict=False):
        partners[a] = b
        operands, other_operands = a.parents, b.parents
        if not _same_op(a.primitive, b.primitive) or len(operands) != len(other_operands):
            return f"{a.name} was computed, then {b.name}", b
        for i, (p, q) in enumerate(zip(operands, other_operands, strict=True)):
            if p is not q and differ(p, q):
                number = f" {i + 1}" if len(operands) > 1 else ""
                return f"operand{number} of {a.op} was {_shown_both(p, q)}", b
        if not _equal(a._data, b._data):
            return f"{a.op} gave {a._data!r}, then {b._data!r}", b
    if differ(first, second):
        return f"the result was {_shown_both(first, second)}", second
    return None


def _same_op(a: Primitive | None, b: Primitive | None) -> bool:
    if a is b:
        return True
    assert a is not None
    assert b is not None
    # The rules may be functions that the loss defines anew each time.
    pairs = zip(a.parameters, b.parameters, strict=False)
    return (a.name, len(a.parameters)) == (b.name, len(b.parameters)) and all(
        p is q or repr(p) == repr(q) for p, q in pairs
    )


def _equal(a: float, b: float) -> bool:
    return a == b or (a != a and b != b)


def _shown_both(a: Value, b: Value) -> str:
    if (a._first, b._first) == (None, None) and a.label == b.label and _equal(a._data, b._data):
        return f"a new leaf each time, {a.name}, as a copy of a Value is; write Value(number)"
    return f"{_shown(a)}, then {_shown(b)}"


def _shown(value: Value) -> str:
    if value._first is not None:
        return _described(value)
    return f"{value.label} = {value._data!r}" if value.label else repr(value._data)


def _error_of_change(
    found: str, function: Callable[..., Any], arguments: Sequence[Any], made: set[Value]
) -> TracingError:
    """Record twice more, with the lines, and return the error that says what was different."""
    place = ""
    calls = []
    try:
        with record_origins():
            for _ in range(2):
                made.clear()
                calls.append((_call(function, arguments), {*made}))
    except Exception:  # what is known is said without the line
        calls.clear()
    if calls:
        (first, made_first), (second, made_second) = calls
        if difference := _difference(first, second, made_first, made_second):
            found, node = difference
            if node.origin is not None:
                place = _place(node.origin)
    return TracingError(
        f"{_CHANGING} ({found}); the program would hold what they were when it was recorded. Draw "
        "or count outside, and give the number to the step as an argument of its batch, or make it "
        f"a Value and change its data{place}"
    )


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
    equal_before = vars(Value).get("__eq__")
    originals: dict[str, Any] = {name: getattr(Value, name) for name in (*_LOOKING, "detach")}
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
            if sys._getframe(1).f_code.co_filename in internal:  # as a loss compares its classes
                raise _error(
                    f"{_described(self)} is used as a class and is no integer",
                    advice="give the step its classes as an array of integers, as in y.astype(int)",
                )
            raise _error(f"v == {other!r} looks at the number in {_described(self)}")
        return NotImplemented  # identity decides

    def detach(self: Value) -> Value:
        """Also what no_grad() does with each result; so no observer may look on here."""
        if threading.get_ident() != thread:
            detached: Value = originals["detach"](self)
            return detached
        node = leaf(self._data, primitive=DETACH)
        node._first, node._first_local, node._second_local = self, 0.0, 0.0
        return node

    made: set[Value] = set()

    def initialise(self: Value, *arguments: Any, **options: Any) -> None:
        originals["__init__"](self, *arguments, **options)
        # A node made by hand within no_grad() is a leaf too, but it may depend on parameters.
        if threading.get_ident() == thread and not (arguments[1:] or "parents" in options):
            made.add(self)

    watcher = _NoNumbers(thread, made)

    with _one_at_a_time:
        originals |= {"data": number, "__init__": vars(Value)["__init__"]}
        try:
            setattr(Value, "__eq__", equal)  # noqa: B010
            for name, looking in _LOOKING.items():
                setattr(Value, name, guarded(name, looking))
            setattr(Value, "data", property(data, number.fset, doc=number.__doc__))  # noqa: B010
            setattr(Value, "__init__", initialise)  # noqa: B010
            setattr(Value, "detach", detach)  # noqa: B010
            watchers.append(watcher)
            yield made
        finally:
            watchers.remove(watcher)
            for name, original in originals.items():
                setattr(Value, name, original)
            if equal_before is None:
                delattr(Value, "__eq__")
            else:  # a loss that is being recorded has compiled another
                setattr(Value, "__eq__", equal_before)  # noqa: B010


class _NoNumbers:
    """Watch for backward passes, whose gradients are numbers that the program would hold."""

    def __init__(self, thread: int, made: Collection[Value]) -> None:
        self.thread, self.made = thread, made

    def begin(self, loss: Value) -> None:
        """Raise an error, unless nothing but constants lead to the loss."""
        if threading.get_ident() != self.thread:
            return
        for node in (loss, *computed_nodes(loss)):
            for each in (node, *node.parents):
                is_free = each._first is None and each.primitive is not CONSTANT
                if is_free and each not in self.made:
                    raise _error(
                        "backward() computes gradients as numbers",
                        advice="write autograd.gradients(y, [x], create_graph=True), which gives "
                        "Values",
                    )

    def see(self, step: Step) -> None:
        """Let the pass go on."""


def _error(problem: str, hint: str = "", advice: str = _ADVICE) -> TracingError:
    """Return the error for a look at a number, with the line of the user's code."""
    origin = _caller()
    text = f"{problem}, which the recording of a loss can't allow; {advice}{hint}"
    return TracingError(text + _place(origin) if origin is not None else text)


def _place(origin: Origin) -> str:
    return f"\n  at {origin}, in {origin.function}\n{origin.excerpt()}".rstrip()


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
