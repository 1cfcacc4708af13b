"""Check a program before it is written: shapes, the batch, and what is known when.

Each kind of term has a rule that says from its operands what its shape is and whether examples
differ in it, whatever the term says of itself. The rules don't stretch: an axis fits another of the
same length or of one element, and the batch fits nothing but the batch. What later stages rely on:

- an array is known before it is used, and gets its value once (a long sum in parts is added up
  under one name), with the shape that its variable has;
- what is added to is an array of the program's own, and what is added broadcasts to its elements;
- an index is within its array, and positions are within it too;
- the batch is given up by sums over the examples alone, so each gradient of a parameter has exactly
  the shape of the parameter, without a batch, and the loss is a number.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import prod
from typing import Any

from autograd.compiler.array_terms import (
    Concatenate,
    Contract,
    Dot,
    Fill,
    Lookup,
    NewAxes,
    OfRound,
    OfRows,
    Reduce,
    Reshape,
    Select,
    SumsAt,
    Take,
    Transpose,
    Zeros,
)
from autograd.compiler.differentiate import BATCH_SIZE
from autograd.compiler.errors import CompileError
from autograd.compiler.program import Array
from autograd.compiler.statements import (
    AddAt,
    AddTo,
    Assign,
    Loop,
    Procedure,
    PutAt,
    Statement,
    is_own,
)
from autograd.compiler.symbols import Index, Over, Range, Shape
from autograd.compiler.terms import Apply, Number, Term, Variable, Whole, subterms

Full = tuple[Shape, bool]  # the shape of one example, and whether examples differ


class _BrokenRuleError(Exception):
    """A rule does not hold."""


def verify(procedure: Procedure) -> None:
    """Check a program.

    Raises:
        CompileError: if it breaks a rule: which one, and in which statement.
    """
    _Verifier(procedure).verify()


class _Verifier:
    def __init__(self, procedure: Procedure) -> None:
        self.procedure = procedure
        self.known: dict[str, Full] = {BATCH_SIZE.name: ((), False)}
        self.numbers: dict[str, Array] = {}
        self.ranges: dict[str, tuple[float, float]] = {}  # of the numbers in arrays of positions
        self.own: set[str] = set()  # arrays that may be added to
        self.rounds: dict[str, int] = {}  # of the counter of a loop that is being checked
        self.tapes: dict[str, tuple[int, list[Variable]]] = {}  # what a loop has kept of its rounds
        for array in (*procedure.arguments, *procedure.constants):
            self.known[array.name] = array.full
        for array in procedure.constants:
            self.numbers[array.name] = array

    def verify(self) -> None:
        for function in self.procedure.functions:
            inner = {parameter.name: ((), False) for parameter in function.parameters}
            self._check(function.statements, {**inner}, function.name)
        self._check(self.procedure.statements, self.known, "the program")
        for result in self.procedure.results:
            found = self.known.get(result.name)
            if found != result.full:
                raise _fault(f"{result.name} must be {_said(result.full)}, not {_said(found)}")

    def _check(self, statements: Sequence[Statement], known: dict[str, Full], place: str) -> None:
        for statement in statements:
            try:
                self._statement(statement, known)
            except _BrokenRuleError as error:
                what = (
                    "has a loop"
                    if isinstance(statement, Loop)
                    else f"computes {statement.target.name}"
                )
                raise _fault(f"{error} (where {place} {what})") from None

    def _statement(self, statement: Statement, known: dict[str, Full]) -> None:
        if isinstance(statement, Assign):
            self._assign(statement, known)
        elif isinstance(statement, AddAt):
            self._add_at(statement, known)
        elif isinstance(statement, PutAt):
            self._put_at(statement, known)
        elif isinstance(statement, AddTo):
            self._add_to(statement, known)
        else:
            self._loop(statement, known)

    def _loop(self, loop: Loop, known: dict[str, Full]) -> None:
        """Check a loop: what a round knows is from outside, carried, or kept; it ends with it."""
        if loop.count < 1 or loop.counter in known:
            raise _BrokenRuleError(f"{loop.counter} does not count {loop.count} rounds")
        inner = known | {loop.counter: _NUMBER}
        if loop.is_reversed and loop.kept:
            if self.tapes.get(loop.tape) != (loop.count, loop.kept):
                raise _BrokenRuleError(f"{loop.tape} has not what is read from it")
            inner |= {variable.name: variable.full for variable in loop.kept}
        outside = self.rounds
        self.rounds = outside | {loop.counter: loop.count}
        self._check(loop.body, inner, "a round")
        for variable, term in loop.carried:
            if not known.get(variable.name) == self._full(term, inner) == variable.full:
                raise _BrokenRuleError(f"{variable.name} is carried as another array than it is")
        for variable in () if loop.is_reversed else loop.kept:
            if inner.get(variable.name) != variable.full:
                raise _BrokenRuleError(f"{variable.name} is kept and not known")
        self.rounds = outside
        if loop.is_reversed:
            for variable in loop.kept:  # which has what it had in the first round
                known.pop(variable.name, None)
        else:
            self.tapes[loop.tape] = loop.count, loop.kept

    def _put_at(self, statement: PutAt, known: dict[str, Full]) -> None:
        target = statement.target
        self._check_own(target, known)
        full = self._of_round(target.full, statement.counter)
        if self._full(statement.term, known) != full:
            raise _BrokenRuleError(f"what is put into {target.name} is not {_said(full)}")

    def _of_round(self, array: Full, counter: str) -> Full:
        """Return what an array has for one round of a loop."""
        shape, batched = array
        if not shape or shape[0] != self.rounds.get(counter):
            raise _BrokenRuleError(f"{_said(array)} has not an element for each {counter}")
        return shape[1:], batched

    def _add_to(self, statement: AddTo, known: dict[str, Full]) -> None:
        target = statement.target
        self._check_own(target, known)
        shape, batched = self._full(statement.term, known)
        if batched and not target.batched:
            raise _BrokenRuleError("what differs between examples is added to what does not")
        if _broadcast([target.shape, shape]) != target.shape:
            raise _BrokenRuleError(f"{_said((shape, batched))} is added to {_said(target.full)}")

    def _check_own(self, target: Variable, known: dict[str, Full]) -> None:
        if target.name not in self.own or known.get(target.name) != target.full:
            raise _BrokenRuleError(f"{target.name} is no array of the program's own to add to")

    def _assign(self, statement: Assign, known: dict[str, Full]) -> None:
        target, term = statement.target, statement.term
        found = self._full(term, known)
        if found != target.full:
            raise _BrokenRuleError(f"{_said(found)} is taken for {_said(target.full)}")
        if target.name in known and not _uses(term, target.name):
            raise _BrokenRuleError(f"{target.name} gets a value twice")
        known[target.name] = found
        if is_own(term) or isinstance(term, Number):
            self.own.add(target.name)
        if statement.also is not None:
            [rows, *_] = [self._full(operand, known) for operand in term.operands]
            known[statement.also.name] = rows

    def _add_at(self, statement: AddAt, known: dict[str, Full]) -> None:
        target = statement.target
        self._check_own(target, known)
        if statement.positions is not None:
            self._positions(statement.positions, target.full)
            elements = self._full(statement.positions, known)[0]
        else:
            elements = _selected(target.shape, statement.index)
        shape, batched = self._full(statement.term, known)
        if batched and not target.batched:
            raise _BrokenRuleError("what differs between examples is added to what does not")
        if _broadcast([elements, shape]) != elements:
            raise _BrokenRuleError(
                f"{_said((shape, batched))} is added to elements of shape {elements}"
            )

    def _positions(self, positions: Term, array: Full) -> None:
        constant = self.numbers.get(positions.name) if isinstance(positions, Variable) else None
        if constant is None:
            return
        if constant.name not in self.ranges:
            numbers = _flat(constant.numbers)
            self.ranges[constant.name] = min(numbers), max(numbers)
        first, last = self.ranges[constant.name]
        if not 0 <= first <= last < prod(array[0]):
            raise _BrokenRuleError(f"{constant.name} has positions outside of {_said(array)}")

    def _full(self, root: Term, known: dict[str, Full]) -> Full:
        """Return the shape of a term, and whether examples differ, from its structure alone."""
        found: dict[Term, Full] = {}
        for term in subterms(root):
            if term in found:
                continue
            if isinstance(term, Variable):
                if term.name not in known:
                    raise _BrokenRuleError(f"{term.name} is not known yet")
                full = known[term.name]
            else:
                operands = [found[operand] for operand in term.operands]
                full = (
                    self._of_round(operands[0], term.counter)
                    if isinstance(term, OfRound)
                    else _RULES[type(term)](term, operands)
                )
                if isinstance(term, Take):
                    self._positions(term.operands[1], operands[0])
            if full != term.full:
                raise _BrokenRuleError(f"{_said(full)} is taken for {_said(term.full)}")
            found[term] = full
        return found[root]


def _uses(term: Term, name: str) -> bool:
    """Say whether a term is the next part of a sum that has this name."""
    return any(isinstance(each, Variable) and each.name == name for each in subterms(term))


# The rules: from a term and what its operands are, what it is.


def _apply(term: Apply, operands: Sequence[Full]) -> Full:
    shape, batched = operands[0]
    for other, differs in operands[1:]:
        if other != shape:
            shape = _broadcast([shape, other])
        batched = batched or differs
    return shape, batched


def _select(term: Select, operands: Sequence[Full]) -> Full:
    [(shape, batched)] = operands
    return _selected(shape, term.index), batched


def _take(term: Take, operands: Sequence[Full]) -> Full:
    (_, batched), (positions, positions_differ) = operands
    if positions_differ:
        raise _BrokenRuleError("positions differ between examples")
    return positions, batched


def _lookup(term: Lookup, operands: Sequence[Full]) -> Full:
    (table, differs), (positions, positions_differ) = operands
    if differs or not table:
        raise _BrokenRuleError(f"{_said(operands[0])} is no table that the examples share")
    return positions + table[1:], positions_differ


def _sums_at(term: SumsAt, operands: Sequence[Full]) -> Full:
    (terms, differ), (positions, positions_differ) = operands
    n_axes = len(positions)
    if terms[:n_axes] != positions or differ != positions_differ:
        raise _BrokenRuleError(f"{_said(operands[0])} has not one term for each position")
    return (term.length, *terms[n_axes:]), False


def _reshape(term: Reshape, operands: Sequence[Full]) -> Full:
    [(shape, batched)] = operands
    if prod(shape) != prod(term.shape):
        raise _BrokenRuleError(f"{shape} has not the elements of {term.shape}")
    return term.shape, batched


def _transpose(term: Transpose, operands: Sequence[Full]) -> Full:
    [(shape, batched)] = operands
    if len(shape) != 2:
        raise _BrokenRuleError(f"{shape} is no matrix to be transposed")
    return shape[::-1], batched


def _new_axes(term: NewAxes, operands: Sequence[Full]) -> Full:
    [(shape, batched)] = operands
    return (*shape, *(1,) * term.count), batched


def _fill(term: Fill, operands: Sequence[Full]) -> Full:
    [(shape, batched)] = operands
    if _broadcast([shape, term.shape]) != term.shape or (batched and not term.batched):
        raise _BrokenRuleError(f"{_said((shape, batched))} does not fill {_said(term.full)}")
    return term.full


def _concatenate(term: Concatenate, operands: Sequence[Full]) -> Full:
    (first, batched), *others = operands
    if any((shape[:-1], differs) != (first[:-1], batched) for shape, differs in others):
        raise _BrokenRuleError("parts that differ in more than their last axis are put together")
    return (*first[:-1], sum(shape[-1] for shape, _ in operands)), batched


def _reduce(term: Reduce, operands: Sequence[Full]) -> Full:
    [(shape, batched)] = operands
    if term.of_batch and not batched:
        raise _BrokenRuleError("what the examples share is added up over the examples")
    if any(not 0 <= axis < len(shape) for axis in term.axes):
        raise _BrokenRuleError(f"{shape} has no axes {term.axes}")
    kept = [
        (1 if axis in term.axes else length)
        for axis, length in enumerate(shape)
        if term.keeps_axes or axis not in term.axes
    ]
    return tuple(kept), batched and not term.of_batch


def _of_rows(term: OfRows, operands: Sequence[Full]) -> Full:
    function = term.function
    rows, _ = operands[function.rows]
    if not rows:
        raise _BrokenRuleError(f"{function.name} is of rows, and there is a number")
    for place, (shape, _) in enumerate(operands):
        expected = rows[:-1] if place in function.per_row else rows
        if _broadcast([shape, expected]) != expected:
            raise _BrokenRuleError(f"{function.name} of {rows} has an operand of shape {shape}")
    return rows if function.keeps_axis else rows[:-1], any(batched for _, batched in operands)


def _dot(term: Dot, operands: Sequence[Full]) -> Full:
    (a, a_differs), (b, b_differs) = operands
    if a != b or not 1 <= term.n_axes <= len(a):
        raise _BrokenRuleError(f"the dot product of {a} and {b} over {term.n_axes} axes")
    return a[: len(a) - term.n_axes], a_differs or b_differs


def _contract(term: Contract, operands: Sequence[Full]) -> Full:
    (a, a_differs), (b, b_differs) = operands
    if term.over is Over.ALL_BUT_LAST:
        if a[:-1] != b[:-1] or a_differs != b_differs or not a:
            raise _BrokenRuleError(
                f"{_said(operands[0])} and {_said(operands[1])} have not the same rows"
            )
        return (a[-1], b[-1]), False
    if len(b) != 2 or (b_differs and not (a_differs and len(a) == 2)):
        raise _BrokenRuleError(f"{_said(operands[1])} is no matrix of weights")
    over, left = (1, 0) if term.over is Over.LAST else (0, 1)
    if not a or a[-1] != b[over]:
        raise _BrokenRuleError(f"rows of {a} are multiplied with {b}")
    return (*a[:-1], b[left]), a_differs


_NUMBER: Full = ((), False)

_RULES: dict[type[Term], Callable[[Any, Sequence[Full]], Full]] = {
    Number: lambda term, operands: _NUMBER,
    Whole: lambda term, operands: _NUMBER,
    Zeros: lambda term, operands: term.full,
    Apply: _apply,
    Select: _select,
    Take: _take,
    Lookup: _lookup,
    SumsAt: _sums_at,
    Reshape: _reshape,
    Transpose: _transpose,
    NewAxes: _new_axes,
    Fill: _fill,
    Concatenate: _concatenate,
    Reduce: _reduce,
    OfRows: _of_rows,
    Dot: _dot,
    Contract: _contract,
}


def _broadcast(shapes: Sequence[Shape]) -> Shape:
    """Return the shape that these end alike in; axes of one element fit any other."""
    kinds = [shape for shape in shapes if shape]
    if not kinds or all(shape == kinds[0] for shape in kinds):
        return kinds[0] if kinds else ()
    result: list[int] = []  # from the last axis to the first
    for shape in kinds:
        result += [1] * (len(shape) - len(result))
        for axis, length in enumerate(reversed(shape)):
            if length != 1 != result[axis] != length:
                raise _BrokenRuleError(f"{' and '.join(map(str, kinds))} don't fit together")
            if length != 1:
                result[axis] = length
    return tuple(reversed(result))


def _selected(shape: Shape, index: Index) -> Shape:
    """Return the shape of what an index selects."""
    if len(index) != len(shape):
        raise _BrokenRuleError(f"an array of shape {shape} has an index for {len(index)} axes")
    lengths = []
    for each, length in zip(index, shape, strict=True):
        first, last = (each.start, each.stop - 1) if isinstance(each, Range) else (each, each)
        if not 0 <= first <= last < length:
            raise _BrokenRuleError(f"{each} is outside of an axis of {length}")
        if isinstance(each, Range):
            lengths.append(len(range(*each)))
    return tuple(lengths)


def _flat(numbers: Any) -> list[Any]:
    if isinstance(numbers, list):
        return [number for each in numbers for number in _flat(each)]
    return [numbers]


def _said(full: Full | None) -> str:
    if full is None:
        return "nothing"
    shape, batched = full
    return f"an array of shape {shape}" + batched * " for each example"


def _fault(problem: str) -> CompileError:
    return CompileError(
        f"the program breaks a rule of its own: {problem}. This is a fault of autograd.compile: "
        "compute with the Values themselves, and report it"
    )
