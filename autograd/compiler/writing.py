"""Write terms and statements as Python for NumPy: the only place that knows where axes stand.

The batch is the axis in front. Other dialects write some terms in other words: they extend this
writer, and replace its methods.
"""

from __future__ import annotations

import math
import textwrap
from collections.abc import Callable, Mapping, Sequence
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
from autograd.compiler.statements import (
    AddAt,
    AddTo,
    Loop,
    OwnFunction,
    PutAt,
    SimpleStatement,
    Statement,
)
from autograd.compiler.symbols import (
    ADD,
    AND,
    AT_LEAST,
    AT_MOST,
    DIVIDE,
    EQUAL,
    GREATER,
    INDICATOR,
    LESS,
    MULTIPLY,
    NEGATIVE,
    POLYGAMMA,
    POWER,
    POWER_OF_HALF,
    SUBTRACT,
    WORDS,
    Function,
    Index,
    Method,
    Over,
    Range,
    Shape,
)
from autograd.compiler.terms import Apply, Number, Term, Variable, Whole, is_applied, is_truth

Piece = tuple[str, int]  # a text, and how strongly it is bound: what may stand next to it
Pieces = Mapping[Term, Piece]

_STRENGTH = {
    LESS: 1, AT_MOST: 1, GREATER: 1, AT_LEAST: 1, EQUAL: 1, AND: 2, ADD: 3, SUBTRACT: 3,
    MULTIPLY: 4, DIVIDE: 4, POWER: 6,
}  # fmt: skip
PRODUCT, SIGN, ATOM = 4, 5, 7  # of a @ b, of -a, of what needs no brackets

_NUMPY_WORDS = {
    "asin": "arcsin", "acos": "arccos", "atan": "arctan", "atan2": "arctan2", "asinh": "arcsinh",
    "acosh": "arccosh", "atanh": "arctanh", "round": "rint",
}  # fmt: skip

# What NumPy lacks, and programs bring along.
_OF_LIBRARY = {function: function.name for function in (POWER_OF_HALF, POLYGAMMA)}
_OF_LIBRARY |= {WORDS[word]: word for word in ("erf", "erfc", "remainder")}
_OF_LIBRARY |= {WORDS[word]: f"{word}_of_each" for word in ("gamma", "lgamma")}

METHODS = {
    Method.SUM: "sum", Method.MEAN: "mean", Method.PROD: "prod", Method.MAX: "max",
    Method.MIN: "min",
}  # fmt: skip


class Writer:
    """Write a program for NumPy; ``used`` are the functions of the library that it calls."""

    def __init__(self, dtype: str = "float64") -> None:
        self.dtype = dtype
        self.used: dict[str, None] = {}  # in the order of their use
        self._ways: dict[type[Term], Callable[[Any, Sequence[Piece]], Piece]] = {
            Whole: lambda term, pieces: (str(term.value), ATOM),
            Select: self.select,
            OfRound: self.of_round,
            Take: self.take,
            Lookup: self.lookup,
            SumsAt: self.sums_at,
            Reshape: self.reshape,
            Transpose: self.transpose,
            NewAxes: self.new_axes,
            Zeros: self.zeros,
            Concatenate: self.concatenate,
            Reduce: self.reduce,
            Dot: self.dot,
            Contract: self.contract,
        }

    # Statements.

    def lines(self, statements: Sequence[Statement]) -> list[str]:
        """Return a line for each statement, and for a loop those of its rounds."""
        found: list[str] = []
        for statement in statements:
            if isinstance(statement, Loop):
                found += self.loop(statement)
            else:
                found.append(self.line(statement))
        return found

    def loop(self, loop: Loop) -> list[str]:
        rounds = f"range({loop.count})"
        kept = _listed([variable.name for variable in loop.kept])
        before, first, last = list[str](), list[str](), list[str]()
        if loop.is_reversed:
            rounds = f"reversed({rounds})"
            first = [f"{kept} = {loop.tape}[{loop.counter}]"] * bool(kept)
        elif kept:
            before = [f"{loop.tape} = []"]
            last = [f"{loop.tape}.append({kept if len(loop.kept) == 1 else f'({kept})'})"]
        if loop.carried:
            targets = _listed([target.name for target, _ in loop.carried])
            last.append(f"{targets} = {_listed([self.write(term) for _, term in loop.carried])}")
        body = [*first, *self.lines(loop.body), *last]
        return [
            *before,
            f"for {loop.counter} in {rounds}:",
            *textwrap.indent("\n".join(body), "    ").split("\n"),
        ]

    def line(self, statement: SimpleStatement) -> str:
        if isinstance(statement, AddAt):
            return self.add_at(statement)
        if isinstance(statement, PutAt):
            return self.put_at(statement)
        if isinstance(statement, AddTo):
            return self.add_to(statement)
        targets = statement.target.name
        if statement.also is not None:
            targets += f", {statement.also.name}"
        return f"{targets} = {self.write(statement.term)}"

    def own_function(self, function: OwnFunction) -> str:
        """Return the definition of a function of the program."""
        assert function.result is not None
        names = ", ".join(parameter.name for parameter in function.parameters)
        lines = [*self.lines(function.statements), f"return {self.write(function.result)}"]
        body = textwrap.indent("\n".join(lines), "    ")
        return f"def {function.name}({names}):\n{body}"

    def put_at(self, statement: PutAt) -> str:
        index = f"[{':, ' * statement.target.batched}{statement.counter}]"
        return f"{statement.target.name}{index} = {self.write(statement.term)}"

    def add_to(self, statement: AddTo) -> str:
        target, term = statement.target, statement.term
        text, _ = self._aligned(term, self._pieces(term), len(target.shape))
        return f"{target.name} += {text}"

    def add_at(self, statement: AddAt) -> str:
        target, positions = statement.target, statement.positions
        term = self._broadcast_to_elements(statement)
        if positions is None:
            return f"{target.name}[{written_index(statement.index, target)}] += {term}"
        array, at = self._flat(target, target.name), self.write(positions)
        if not statement.repeated:
            return f"{array}[{':, ' * target.batched}{at}] += {term}"
        at = f"(slice(None), {at})" if target.batched else at
        return f"np.add.at({array}, {at}, {term})"

    def _broadcast_to_elements(self, statement: AddAt) -> str:
        """Return the text of what is added, so that it broadcasts to the elements."""
        positions, term = statement.positions, statement.term
        if positions is not None:
            rank = len(positions.shape)
        else:
            rank = sum([isinstance(each, Range) for each in statement.index])
        return self._aligned(term, self._pieces(term), rank)[0]

    # Terms.

    def write(self, root: Term) -> str:
        return self._pieces(root)[root][0]

    def _pieces(self, root: Term) -> dict[Term, Piece]:
        """Write operands before what uses them, without recursion."""
        written: dict[Term, Piece] = {}
        stack = [root]
        while stack:
            term = stack[-1]
            if missing := [each for each in term.operands if each not in written]:
                stack.extend(missing)
                continue
            stack.pop()
            written[term] = self._one(term, written)
        return written

    def _one(self, term: Term, written: Pieces) -> Piece:
        if isinstance(term, Variable):
            return term.name, ATOM
        if isinstance(term, Number):
            text = write_number(term.value)
            return text, SIGN if text.startswith("-") else ATOM
        if isinstance(term, Apply):
            return self.apply(term, written)
        if isinstance(term, OfRows):
            return self.of_rows(term, written)
        if isinstance(term, Fill):
            return self.fill(term, written)
        return self._ways[type(term)](term, [written[each] for each in term.operands])

    def _aligned(self, term: Term, written: Pieces, rank: int) -> Piece:
        """Put axes of one element behind the batch, so that an array has its batch in front."""
        missing = rank - len(term.shape)
        if not term.batched or missing < 1:
            return written[term]
        if isinstance(term, Select):
            array = term.operands[0]
            index = written_index(term.index, array, missing)
            return f"{at(ATOM, written[array])}[{index}]", ATOM
        return f"{at(ATOM, written[term])}[:{', None' * missing}]", ATOM

    def apply(self, term: Apply, written: Pieces) -> Piece:
        function, rank = term.function, len(term.shape)
        if function.is_sign:
            return self.signed(term, written)
        pieces = [self._aligned(operand, written, rank) for operand in term.operands]
        if function is NEGATIVE:
            return f"-{at(SIGN, pieces[0])}", SIGN
        texts = [text for text, _ in pieces]
        if function is INDICATOR:
            return self.indicator(texts[0]), ATOM
        return f"{self.function_name(function)}({', '.join(texts)})", ATOM

    def indicator(self, condition: str) -> str:
        """Write a truth value as the number 1 or 0."""
        return f"np.where({condition}, 1.0, 0.0)"

    def signed(self, term: Apply, written: Pieces) -> Piece:
        sign, strength = term.function, _STRENGTH[term.function]
        loose, tight = strength, strength + 1
        if sign is POWER:
            loose, tight = ATOM, SIGN
        elif strength < _STRENGTH[ADD]:
            loose = tight = _STRENGTH[ADD]
        left, right = [self._aligned(each, written, len(term.shape)) for each in term.operands]
        if strength == PRODUCT:
            left, right = self.factors(term, written, left, right)
        return f"{at(loose, left)} {sign.name} {at(tight, right)}", strength

    def factors(self, term: Apply, written: Pieces, left: Piece, right: Piece) -> list[Piece]:
        """Return what is multiplied or divided; a truth value times a number is that or 0."""
        a, b = term.operands
        rank, is_truth_alone = len(term.shape), [is_indicator(a), is_indicator(b)]
        if is_truth_alone == [True, False] and not is_truth(b):
            left = self._aligned(a.operands[0], written, rank)
        if is_truth_alone == [False, True] and not is_truth(a) and term.function is MULTIPLY:
            right = self._aligned(b.operands[0], written, rank)
        return [left, right]

    def function_name(self, function: Function) -> str:
        if isinstance(function, OwnFunction):
            return function.name
        if (name := _OF_LIBRARY.get(function)) is not None:
            return self.of_library(name)
        return f"np.{_NUMPY_WORDS.get(function.name, function.name)}"

    def of_library(self, name: str) -> str:
        """Return what a function of the library is called."""
        self.used.setdefault(name)
        return name

    def select(self, term: Select, pieces: Sequence[Piece]) -> Piece:
        [array], [piece] = term.operands, pieces
        return f"{at(ATOM, piece)}[{written_index(term.index, array)}]", ATOM

    def of_round(self, term: OfRound, pieces: Sequence[Piece]) -> Piece:
        return f"{at(ATOM, pieces[0])}[{':, ' * term.batched}{term.counter}]", ATOM

    def take(self, term: Take, pieces: Sequence[Piece]) -> Piece:
        array, flat = term.operands[0], self._flat(term.operands[0], at(ATOM, pieces[0]))
        return f"{flat}[{':, ' * array.batched}{pieces[1][0]}]", ATOM

    def lookup(self, term: Lookup, pieces: Sequence[Piece]) -> Piece:
        return f"{at(ATOM, pieces[0])}[{pieces[1][0]}]", ATOM

    def sums_at(self, term: SumsAt, pieces: Sequence[Piece]) -> Piece:
        (terms, _), (positions, _) = pieces
        return f"{self.of_library('sums_at')}({terms}, {positions}, {term.length})", ATOM

    def _flat(self, array: Term, text: str) -> str:
        """Write the elements of each example in one row."""
        if len(array.shape) < 2:
            return text
        return f"{text}.reshape(B, -1)" if array.batched else f"{text}.reshape(-1)"

    def reshape(self, term: Reshape, pieces: Sequence[Piece]) -> Piece:
        lengths = ["-1"] * term.batched + [str(length) for length in term.shape]
        return f"{at(ATOM, pieces[0])}.reshape({', '.join(lengths) or '()'})", ATOM

    def transpose(self, term: Transpose, pieces: Sequence[Piece]) -> Piece:
        return f"{at(ATOM, pieces[0])}.{'swapaxes(1, 2)' if term.batched else 'T'}", ATOM

    def new_axes(self, term: NewAxes, pieces: Sequence[Piece]) -> Piece:
        return f"{at(ATOM, pieces[0])}[..., {', '.join(['None'] * term.count)}]", ATOM

    def fill(self, term: Fill, written: Pieces) -> Piece:
        [array], shape = term.operands, written_shape(term.shape, term.batched)
        text, _ = self._aligned(array, written, len(term.shape))
        if array.is_number_at_run_time:
            return f"np.full({shape}, {text})", ATOM
        return f"np.broadcast_to({text}, {shape})", ATOM

    def zeros(self, term: Zeros, pieces: Sequence[Piece]) -> Piece:
        dtype = "" if self.dtype == "float64" else f", np.{self.dtype}"
        return f"np.zeros({written_shape(term.shape, term.batched)}{dtype})", ATOM

    def concatenate(self, term: Concatenate, pieces: Sequence[Piece]) -> Piece:
        return f"np.concatenate(({', '.join(text for text, _ in pieces)}), -1)", ATOM

    def reduce(self, term: Reduce, pieces: Sequence[Piece]) -> Piece:
        arguments = [written_axes(term)] if written_axes(term) else []
        if term.keeps_axes:
            arguments.append("keepdims=True")
        return f"{at(ATOM, pieces[0])}.{METHODS[term.method]}({', '.join(arguments)})", ATOM

    def of_rows(self, term: OfRows, written: Pieces) -> Piece:
        function = term.function
        rank = len(term.operands[function.rows].shape)
        pieces = [
            self._aligned(operand, written, rank - (place in function.per_row))
            for place, operand in enumerate(term.operands)
        ]
        return f"{self.of_library(function.name)}({', '.join(text for text, _ in pieces)})", ATOM

    def dot(self, term: Dot, pieces: Sequence[Piece]) -> Piece:
        (left, _), (right, _) = pieces
        if term.is_number_at_run_time:
            return f"np.vdot({left}, {right})", ATOM
        axes = "ij"[: term.n_axes]
        return f'np.einsum("...{axes},...{axes}->...", {left}, {right})', ATOM

    def contract(self, term: Contract, pieces: Sequence[Piece]) -> Piece:
        a, b = term.operands
        left, right = [at(ATOM, piece) for piece in pieces]
        rank = len(a.shape) + a.batched
        if term.over is Over.LAST_AND_FIRST:
            return f"{left} @ {right}", PRODUCT
        if term.over is Over.LAST:
            if rank == 1:
                return f"{right} @ {left}", PRODUCT
            return f"{left} @ {right}.{'swapaxes(1, 2)' if b.batched else 'T'}", PRODUCT
        if rank == 1:
            return f"np.outer({pieces[0][0]}, {pieces[1][0]})", ATOM
        if rank > 2:
            left, right = [f"{x}.reshape(-1, {y.shape[-1]})" for x, y in ((left, a), (right, b))]
        return f"{left}.T @ {right}", PRODUCT


def _listed(texts: Sequence[str]) -> str:
    return ", ".join(texts)


def at(strength: int, piece: Piece) -> str:
    """Return a text, in brackets unless it is bound as strongly as this."""
    text, bound = piece
    return text if bound >= strength else f"({text})"


def write_number(value: float) -> str:
    """Return a number as Python writes it; whole ones short, inf and nan by NumPy's names."""
    if value != value:
        return "np.nan"
    if math.isinf(value):
        return "np.inf" if value > 0 else "-np.inf"
    if value == int(value) and abs(value) < 1e6 and (value or math.copysign(1.0, value) > 0):
        return f"{int(value)}.0"
    return repr(value)


def is_indicator(term: Term) -> bool:
    return is_applied(term, INDICATOR)


def written_shape(shape: Shape, batched: bool) -> str:
    """Return a shape as a tuple, with the number of examples in front."""
    lengths = ["B"] * batched + [str(length) for length in shape]
    return f"({', '.join(lengths)}{',' if len(lengths) == 1 else ''})"


def written_index(index: Index, array: Term, new_axes: int = 0) -> str:
    """Return what stands between the brackets behind an array; new axes are behind the batch."""
    parts = [":"] * array.batched + ["None"] * new_axes
    for each, length in zip(index, array.shape, strict=True):
        parts.append(_written_range(each, length) if isinstance(each, Range) else str(each))
    if len(parts) > 2 and all(part == ":" for part in parts[:-1]):
        return f"..., {parts[-1]}"
    return ", ".join(parts) or "..."


def _written_range(range_: Range, length: int) -> str:
    start, stop, step = range_
    text = f"{start or ''}:{stop if stop < length else ''}"
    return text if step == 1 else f"{text}:{step}"


def written_axes(term: Reduce) -> str:
    """Return the axes of a reduction, where they stand; nothing for all of them."""
    [array] = term.operands
    rank = len(array.shape) + array.batched
    axes = [0] * term.of_batch + [axis + array.batched for axis in term.axes]
    if len(axes) == rank and not term.keeps_axes:
        return ""
    if len(axes) == 1:
        return "-1" if axes[0] == rank - 1 else str(axes[0])
    return str(tuple(axes))
