"""Whether a loss makes the same graph each time that it is called, and where it doesn't."""

from __future__ import annotations

from collections.abc import Collection

from autograd.compiler.results import Results
from autograd.compiler.scalars import same_op
from autograd.graph import computed_nodes
from autograd.ops import CONSTANT
from autograd.value import Value


def difference(
    first: Results, second: Results, made_first: Collection[Value], made_second: Collection[Value]
) -> tuple[str, Value | None] | None:
    """Return the first difference between two graphs, and the node of the second that has it.

    They may differ in the leaves that each has made itself, if these hold the same numbers.
    """
    partners: dict[Value, Value] = {}
    if first.structure != second.structure:
        return "it returned outputs of one structure, then of another", None
    if [each for _, each in first.required] != [each for _, each in second.required]:
        return "it checked some numbers, then others", None

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

    nodes, others = computed_nodes(*first.roots), computed_nodes(*second.roots)
    same: set[tuple[int, int]] = set()  # tuples that nodes share, by id
    for a, b in zip(nodes, others, strict=False):
        partners[a] = b
        pair = id(a._second), id(b._second)
        is_seen = a._first is b._first and a._first.__class__ is tuple and pair in same
        operands = () if is_seen else a.parents
        other_operands = () if is_seen else b.parents
        if not same_op(a.primitive, b.primitive) or len(operands) != len(other_operands):
            return f"{a.name} was computed, then {b.name}", b
        for i, (p, q) in enumerate(zip(operands, other_operands, strict=True)):
            if p is not q and differ(p, q):
                number = f" {i + 1}" if len(operands) > 1 else ""
                return f"operand{number} of {a.op} was {_shown_both(p, q)}", b
        same.add(pair)
        if not _equal(a._data, b._data):
            return f"{a.op} gave {a._data!r}, then {b._data!r}", b
    for a, b in zip(first.roots, second.roots, strict=True):
        if differ(a, b):
            return f"the result was {_shown_both(a, b)}", b
    return None


def _equal(a: float, b: float) -> bool:
    return a == b or (a != a and b != b)


def _shown_both(a: Value, b: Value) -> str:
    if (a._first, b._first) == (None, None) and a.label == b.label and _equal(a._data, b._data):
        return f"a new leaf each time, {a.name}, as of a model that the loss makes; write Value(…)"
    return f"{_shown(a)}, then {_shown(b)}"


def _shown(value: Value) -> str:
    if value._first is not None:
        return described(value)
    return f"{value.label} = {value._data!r}" if value.label else repr(value._data)


def described(value: Value) -> str:
    """Return what messages call a Value."""
    if value.label:
        return value.label
    return f"the result of {value.op}" if value.op else "a parameter"
