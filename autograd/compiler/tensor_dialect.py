"""Write a program for JAX and torch: arrays are never changed in place, and methods are few.

``np`` stands for the vocabulary of a backend, in which ``np.add_at(a, index, b)`` gives the array
with b added to some elements, and that again ``repeated`` where they may come twice.
"""

from __future__ import annotations

from collections.abc import Sequence

from autograd.compiler import pure, rows
from autograd.compiler.array_terms import Lookup, Reduce
from autograd.compiler.library import Library
from autograd.compiler.source import texts
from autograd.compiler.statements import AddAt, Procedure
from autograd.compiler.symbols import WORDS, Function, Method
from autograd.compiler.terms import Apply, is_truth
from autograd.compiler.writing import (
    ATOM,
    METHODS,
    Piece,
    Pieces,
    Writer,
    written_axes,
    written_index,
)

LIBRARY = Library(rows, pure)

_OF_VOCABULARY = {WORDS[word] for word in ("erf", "erfc", "lgamma")}
_AS_FUNCTIONS = {Method.MAX, Method.MIN, Method.PROD}  # methods that mean something else in torch


class TensorWriter(Writer):
    """Write what JAX and torch have under one name, and additions as new arrays."""

    def function_name(self, function: Function) -> str:
        if function in _OF_VOCABULARY:
            return f"np.{function.name}"
        if function is WORDS["gamma"]:
            return self.of_library("gamma")
        return super().function_name(function)

    def add_at(self, statement: AddAt) -> str:
        target, positions = statement.target, statement.positions
        name, term = target.name, self._broadcast_to_elements(statement)
        if positions is None:
            index = written_index(statement.index, target)
            return f"{name} = np.add_at({name}, np.s_[{index}], {term})"
        array = self._flat(target, name)
        index = f"{':, ' * target.batched}{self.write(positions)}"
        how = ", repeated=True" if statement.repeated else ""
        back = "" if array == name else f".reshape({name}.shape)"
        return f"{name} = np.add_at({array}, np.s_[{index}], {term}{how}){back}"

    def lookup(self, term: Lookup, pieces: Sequence[Piece]) -> Piece:
        (table, _), (positions, _) = pieces
        return f"{self.of_library('looked_up')}({table}, {positions})", ATOM

    def factors(self, term: Apply, written: Pieces, left: Piece, right: Piece) -> list[Piece]:
        """Return what is multiplied or divided: torch would take truth values for float32."""
        return [
            (self.indicator(piece[0]), ATOM) if is_truth(factor) else piece
            for factor, piece in zip(term.operands, (left, right), strict=True)
        ]

    def reduce(self, term: Reduce, pieces: Sequence[Piece]) -> Piece:
        if term.method not in _AS_FUNCTIONS:
            return super().reduce(term, pieces)
        axes = written_axes(term)
        return f"np.{METHODS[term.method]}({pieces[0][0]}{axes and ', '}{axes})", ATOM


def write(procedure: Procedure, title: str) -> str:
    """Return the source of a module whose function computes a program for tensors.

    All but the constant arrays, which it finds under their names.
    """
    return "\n\n\n".join(texts(procedure, title, TensorWriter(), LIBRARY)) + "\n"
