"""Record a loss for one example, and let no number of that example slip into the program.

The graph is what the program is made from, so whatever the code decides by looking at a number
(``if v > 0``) would hold for all examples and all later parameters. While a loss is recorded, every
look at the number in a Value raises therefore: Value tells who records, in this context alone.

Plain numbers can't be watched: a random one is a constant of the graph like any other. So the loss
is recorded twice, and both graphs must be the same.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Collection, Mapping, Sequence
from types import FrameType
from typing import TYPE_CHECKING, Any, NamedTuple

from autograd.arguments import IndexOfExample
from autograd.blocks import Block
from autograd.compiler.derivatives import local_derivatives
from autograd.compiler.errors import CompileError, TracingError, no_class
from autograd.compiler.lookups import NotALookupError, Traced, with_lookups
from autograd.compiler.repeatability import described, difference
from autograd.compiler.results import Results, read_results
from autograd.compiler.scalars import Choosing
from autograd.contexts import is_recording, record_origins
from autograd.errors import AutogradError
from autograd.gates import (
    blocks_here,
    is_traced,
    tell_of_look,
    watching_leaves,
    watching_nodes,
    watching_numbers,
    watching_steps,
)
from autograd.graph import computed_nodes
from autograd.ops import CONSTANT, Primitive
from autograd.ops.record import apply
from autograd.origins import Origin, calling_frame, internal, locate
from autograd.value import Value, as_value, leaf

if TYPE_CHECKING:
    from autograd.gates import Gate, Look
    from autograd.requirements import Requirement

_ADVICE = (
    "the program is recorded once and then runs with other numbers, so a choice by a number must "
    "be part of the graph: write autograd.where(condition, a, b), maximum(a, b), minimum(a, b), "
    "relu(v) or clip(v, low, high), and autograd.max(values) for max(v.data for v in values). To "
    "see a number, have the step return it: write return loss, score, and compute an accuracy from "
    "the scores that come third"
)

_ADVICE_ON_GRADIENTS = "write autograd.gradients(y, [x], create_graph=True), which gives Values"
_ADVICE_ON_TEXT = (
    "a number that is read from text is a constant of the program: compute with the Value itself; "
    "to see what is recorded, show v.label and v.op, or call the loss without compiling it"
)
_ADVICE_ON_INDICES = (
    "for a class, write cross_entropy(logits, target); for a row of a table rows[index], with all "
    "else the same for every index; or give the step np.eye(n)[index], and write "
    "autograd.dot(column, it) for each column"
)
_ADVICE_BY_LOOK: dict[Look, str] = {
    "v.grad": _ADVICE_ON_GRADIENTS,
    "v.local_derivatives": _ADVICE_ON_GRADIENTS,
    "v.name": _ADVICE_ON_TEXT,
    "repr(v)": _ADVICE_ON_TEXT,
    "format(v)": _ADVICE_ON_TEXT,
    "rows[v]": "an index is a whole number of the batch as it is: for rows[y + 1], write "
    "rows[1:][y], or give y + 1 to the step",
    "hash(v)": "only a list is looked up in by a number of the batch: for {0: a, 1: b}[y], write "
    "[a, b][y], with all else the same for every y",
    "copy(v)": "a copy is a constant of the program: use the Value itself, or v.detach()",
}
_UNSEEN: set[Look] = {"v.name", "repr(v)", "format(v)", "hash(v)"}  # by the loss

# What detach() gives while a loss is recorded: the same number, and no gradient goes further.
DETACH = Primitive("detach", lambda m, x: x, lambda m, y, x: (0.0,))


class Index(Value, IndexOfExample):
    """A whole number of the batch: a class for ``cross_entropy``, else a Value like any other."""

    __slots__ = ()

    def applied(self, op: Primitive, operands: Sequence[Any]) -> Value:
        if not 0 <= self._data < len(operands):
            raise no_class(int(self._data), len(operands), 0)  # the first row is recorded
        values = [as_value(z, op.name) for z in operands]  # so that there is a node
        return apply(Choosing.of(op, self), *values)

    def __index__(self) -> int:  # type: ignore[override]
        for block in blocks_here():
            if isinstance(block, _Recording):
                return block.number_of(self)
        raise _error(f"{self.label} is used as an index", advice=_ADVICE_ON_INDICES)

    def __int__(self) -> int:  # type: ignore[override]
        return self.__index__()

    def __hash__(self) -> int:
        """Be found by identity, as any Value; but not where a loss looks it up as a number."""
        if watching_numbers:
            tell_of_look(self, "hash(v)")
        return super().__hash__()


class Recorded(NamedTuple):
    """What a function returns for one example: its own graph, and that which is compiled.

    They differ where an index of the example looks something up: there the second has a node that
    chooses. ``made`` are the leaves that the function makes itself.
    """

    results: Results
    compiled: Results
    made: set[Value]


def record(
    function: Callable[..., Any], arguments: Sequence[Any], has_loss: bool = True
) -> Recorded:
    """Return what a function returns as the graph of one example.

    A leaf that the function makes anew at each call is no parameter: it is a constant. The function
    is called twice, and a third and fourth time if the graphs differ, to say where.

    Raises:
        TracingError: if the function looks at the number in a Value, or makes another graph when it
            is called again.
        CompileError: if it returns no Value (or, without a loss, no Values in lists, tuples and
            dicts), or the caller is within ``no_grad()``.
    """
    if not is_recording():
        raise CompileError(
            "within no_grad() there is no graph to record: make the first call of the step outside "
            "the block; those after it may be inside"
        )
    recording = _Recording()
    made = recording.made
    with recording:
        first = recording.results(function, arguments, has_loss)
        made_first = {*made}
        try:
            again = recording.results(function, arguments, has_loss)
        except Exception as error:
            if isinstance(error, TracingError):
                raise
            raise TracingError(
                f"{_CHANGING}: when it was recorded a second time, with the same arguments, it "
                f"raised {type(error).__name__}: {error}"
            ) from error
        found = {*made}
        if changed := difference(first, again, made_first, found):
            raise _error_of_change(changed[0], function, arguments, has_loss, recording)
    if not recording.indices:
        return Recorded(again, again, found)
    merged, made = _with_lookups(function, arguments, has_loss, recording.indices)
    return Recorded(again, merged, found | made)


def _with_lookups(
    function: Callable[..., Any], arguments: Sequence[Any], has_loss: bool, used: Collection[Value]
) -> tuple[Results, set[Value]]:
    """Record a function for all numbers that its indices may be."""

    def traced(numbers: Mapping[Value, int]) -> Traced:
        with (following := _Following(numbers)):
            results = following.results(function, arguments, has_loss)
        return Traced(results, following.nodes, following.made)

    looked_up_by = [[each for each in _values_in(given) if each in used] for given in arguments]
    try:
        return with_lookups(traced, [indices for indices in looked_up_by if indices])
    except NotALookupError as error:
        names = ", ".join([each.label for each in used])
        raise _error(f"{names} is used as an index: {error}", advice=_ADVICE_ON_INDICES) from None


def _values_in(argument: Any) -> list[Value]:
    if isinstance(argument, Value):
        return [argument]
    return [value for each in argument for value in _values_in(each)]


def evaluate(
    function: Callable[..., Any], arguments: Sequence[Any], has_loss: bool = True
) -> Results:
    """Return the results for one example, called as :func:`record` calls it, but once."""
    with (recording := _Recording()):
        return recording.results(function, arguments, has_loss)


_CHANGING = (
    "the loss depends on more than its arguments and the parameters, such as random numbers or a "
    "counter"
)


def _error_of_change(
    found: str,
    function: Callable[..., Any],
    arguments: Sequence[Any],
    has_loss: bool,
    recording: _Recording,
) -> TracingError:
    """Record twice more, with the lines, and return the error that says what was different."""
    place = ""
    calls = []
    try:
        with record_origins():
            for _ in range(2):
                results = recording.results(function, arguments, has_loss)
                calls.append((results, {*recording.made}))
    except Exception:  # what is known is said without the line
        calls.clear()
    if calls:
        (first, made_first), (second, made_second) = calls
        if changed := difference(first, second, made_first, made_second):
            found, node = changed
            if node is not None and node.origin is not None:
                place = _place(node.origin)
    return TracingError(
        f"{_CHANGING} ({found}); the program would hold what they were when it was recorded. Draw "
        "or count outside, and give the number to the step as an argument of its batch, or make it "
        f"a Value and change its data{place}"
    )


def variable(number: float, label: str, is_index: bool = False) -> Value:
    """Return the Value that stands for a number of the batch while a loss is recorded.

    If the loss of another recording asks for this one, it is a constant there.
    """
    value = Value(number, label=label)
    if is_index:
        value.__class__ = Index
    return value


class _Recording(Block):
    """Guard the numbers in Values, and note the leaves that are made from numbers."""

    gates: tuple[Gate, ...] = (watching_leaves, watching_numbers, watching_steps)

    def __init__(self) -> None:
        super().__init__()
        self.made: set[Value] = set()
        self.indices: dict[Value, None] = {}  # by which something was looked up
        self._required: list[tuple[Value, Requirement]] = []
        self._refused: TracingError | None = None  # the latest look

    def results(
        self, function: Callable[..., Any], arguments: Sequence[Any], has_loss: bool
    ) -> Results:
        """Call a function that is recorded."""
        self.made.clear()
        self._required.clear()
        self._refused = None
        try:
            returned = function(*arguments)
        except (IndexError, TypeError, ValueError) as error:
            if self._refused is None or isinstance(error, AutogradError):
                raise
            raise self._refused from error  # NumPy makes its own error of what an index raises
        found = read_results(returned, has_loss)
        return found._replace(required=[*self._required])

    def leaf_made(self, leaf: Value) -> None:
        self.made.add(leaf)

    def number_of(self, index: Value) -> int:
        """Return the number that Python asks of an index."""
        self.indices[index] = None
        return int(index._data)

    def detached(self, value: Value) -> Value:
        """Return a node of its own: that is also what no_grad() makes of each result."""
        node = leaf(value._data, primitive=DETACH)
        node._first, node._first_local, node._second_local = value, 0.0, 0.0
        return node

    def local_derivatives(self, node: Value) -> Sequence[Any]:
        return local_derivatives(node)

    def looked_at(self, value: Value, look: Look, frame: FrameType) -> None:
        if look in _UNSEEN and (internal[frame.f_code.co_filename] or is_traced()):
            return  # an error says what it is about, and a debugger shows it to a person
        if self._varies(value):
            says = "is the number in" if look == "v.data" else "looks at the number in"
            advice = _ADVICE_BY_LOOK.get(look, _ADVICE)
            self._refused = _error(f"{look} {says} {described(value)}", advice=advice)
            raise self._refused

    def required(self, value: Value, requirement: Requirement) -> bool:
        if self._varies(value):
            self._required.append((value, requirement))
            return True
        return False

    def _varies(self, value: Value) -> bool:
        """Say whether a number depends on more than the constants of the loss."""
        for node in (value, *computed_nodes(value)):
            for each in (node, *node.parents):
                is_free = each._first is None and each.primitive is not CONSTANT
                if is_free and each not in self.made:
                    return True
        return False

    def compared(self, value: Value, other: object, frame: FrameType) -> None:
        if not isinstance(other, (int, float)):
            return
        if internal[frame.f_code.co_filename]:  # as a loss compares its classes
            raise _error(
                f"{described(value)} is used as a class and is no integer",
                advice="give the step its classes as an array of integers, as in y.astype(int)",
            )
        advice = _ADVICE_ON_INDICES if isinstance(value, Index) else _ADVICE
        raise _error(f"v == {other!r} looks at the number in {described(value)}", advice=advice)

    def pass_began(self, loss: Value) -> None:
        """Raise an error, for gradients are numbers, unless only constants lead to the loss."""
        if self._varies(loss):
            raise _error("backward() computes gradients as numbers", advice=_ADVICE_ON_GRADIENTS)


class _Following(_Recording):
    """Record a function with other numbers for indices, and note its nodes in their order."""

    gates = (*_Recording.gates, watching_nodes)

    def __init__(self, numbers: Mapping[Value, int]) -> None:
        super().__init__()
        self.nodes: list[Value] = []
        self._numbers = numbers

    def number_of(self, index: Value) -> int:
        return self._numbers.get(index, int(index._data))

    def node_made(self, node: Value) -> Value:
        self.nodes.append(node)
        return node

    def detached(self, value: Value) -> Value:
        return self.node_made(super().detached(value))


def _error(problem: str, hint: str = "", advice: str = _ADVICE) -> TracingError:
    """Return the error for a look at a number, with the line of the user's code."""
    origin = _caller()
    text = f"{problem}, which the recording of a loss can't allow; {advice}{hint}"
    return TracingError(text + _place(origin) if origin is not None else text)


def _place(origin: Origin) -> str:
    return f"\n  at {origin}, in {origin.function}\n{origin.excerpt()}".rstrip()


def _caller() -> Origin | None:
    """Return the innermost place in the stack outside this library, and Python's (as of copy)."""
    frame: FrameType | None = calling_frame(sys._getframe(2))
    while frame is not None and _is_of_python(frame):
        frame = frame.f_back
    if frame is None or internal[frame.f_code.co_filename]:
        return None
    return locate((frame.f_code, frame.f_lasti))


def _is_of_python(frame: FrameType) -> bool:
    module = str(frame.f_globals.get("__name__", ""))
    return module.partition(".")[0] in sys.stdlib_module_names
