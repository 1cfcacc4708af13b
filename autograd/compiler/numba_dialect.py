"""Write a program for numba: with calls of loops in place of what numba lacks of NumPy."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from autograd.compiler.array_terms import Contract, Dot, Lookup, Reduce, Reshape, Take, Transpose
from autograd.compiler.arrays import Layout, layout
from autograd.compiler.program import Array
from autograd.compiler.results import Returns
from autograd.compiler.source import indented, passes, prologue, quoted
from autograd.compiler.statements import AddAt, OwnFunction, Procedure
from autograd.compiler.symbols import POLYGAMMA, POWER_OF_HALF, WHERE, WORDS, Function, Method, Over
from autograd.compiler.writing import ATOM, Piece, Writer, at

_OF_LOOPS = {WHERE, POLYGAMMA, POWER_OF_HALF} | {
    WORDS[word] for word in ("exp", "expm1", "tanh", "erf", "erfc", "gamma", "lgamma", "remainder")
}

_OF_ROWS = {
    Method.SUM: "loops.row_sums", Method.MEAN: "loops.row_means", Method.MIN: "loops.row_minima",
    Method.PROD: "loops.row_products", Method.MAX: "loops.row_maxima",
}  # fmt: skip

_COMPILED = '@numba.njit(error_model="numpy")'


class NumbaWriter(Writer):
    """Write what numba lacks as calls of :mod:`autograd.compiler.loops`."""

    def own_function(self, function: OwnFunction) -> str:
        return f"{_COMPILED}\n{super().own_function(function)}"

    def function_name(self, function: Function) -> str:
        return (
            f"loops.{function.name}" if function in _OF_LOOPS else super().function_name(function)
        )

    def indicator(self, condition: str) -> str:
        return f"loops.where({condition}, 1.0, 0.0)"

    def of_library(self, name: str) -> str:
        return f"loops.{name}"

    def add_at(self, statement: AddAt) -> str:
        target, positions = statement.target, statement.positions
        if positions is None:
            return super().add_at(statement)
        array, term = self._flat(target, target.name), self._broadcast_to_elements(statement)
        name = "add_at_columns" if target.batched else "add_at"
        return f"loops.{name}({array}, {self.write(positions)}, {term})"

    def take(self, term: Take, pieces: Sequence[Piece]) -> Piece:
        array = term.operands[0]
        flat, positions = self._flat(array, at(ATOM, pieces[0])), pieces[1][0]
        name = "take_columns" if array.batched else "take"
        return f"loops.{name}({flat}, {positions})", ATOM

    def lookup(self, term: Lookup, pieces: Sequence[Piece]) -> Piece:
        (table, _), (positions, _) = pieces
        return f"{self.of_library('looked_up')}({table}, {positions})", ATOM

    def reshape(self, term: Reshape, pieces: Sequence[Piece]) -> Piece:
        whole = f"np.ascontiguousarray({pieces[0][0]})"  # numba reshapes no array with gaps
        return super().reshape(term, [(whole, ATOM)])

    def transpose(self, term: Transpose, pieces: Sequence[Piece]) -> Piece:
        name = "transposed_of_each" if term.batched else "transposed"
        return f"loops.{name}({pieces[0][0]})", ATOM

    def reduce(self, term: Reduce, pieces: Sequence[Piece]) -> Piece:
        [array], [piece] = term.operands, pieces
        rank, method = len(array.shape), term.method
        if term.axes == (rank - 1,) and not term.of_batch:
            kept = "_kept" * term.keeps_axes
            return f"{_OF_ROWS[method]}{kept}({piece[0]})", ATOM
        if len(term.axes) == rank and term.of_batch >= array.batched:  # all there is
            text = at(ATOM, piece)
            if method is Method.SUM:
                return f"{text}.sum()", ATOM
            return f"{_OF_ROWS[method]}({text}.ravel())", ATOM
        if len(term.axes) == rank and not term.of_batch:
            return f"{_OF_ROWS[method]}(loops.matrices_as_rows({piece[0]}))", ATOM
        text = at(ATOM, piece)
        for axis in _from_the_last(term):
            text = f"{text}.sum({axis})" if axis else f"loops.column_sums({text})"
        return text, ATOM

    def dot(self, term: Dot, pieces: Sequence[Piece]) -> Piece:
        (left, _), (right, _) = pieces
        name = (
            "vdot" if term.is_number_at_run_time else ("row_dots", "matrix_dots")[term.n_axes - 1]
        )
        return f"loops.{name}({left}, {right})", ATOM

    def contract(self, term: Contract, pieces: Sequence[Piece]) -> Piece:
        a, b = term.operands
        left, right = [text for text, _ in pieces]
        if b.batched and term.over in _PRODUCTS_OF_EACH:
            return f"loops.{_PRODUCTS_OF_EACH[term.over]}({left}, {right})", ATOM
        if len(a.shape) + a.batched == 1:
            if term.over is Over.LAST:
                return f"loops.product({right}, {left})", ATOM
            if term.over is Over.ALL_BUT_LAST:
                return f"np.outer({left}, {right})", ATOM
        return f"loops.{_PRODUCTS[term.over]}({left}, {right})", ATOM


_PRODUCTS = {
    Over.LAST: "product_with_transposed",
    Over.LAST_AND_FIRST: "product",
    Over.ALL_BUT_LAST: "transposed_product",
}
_PRODUCTS_OF_EACH = {Over.LAST: "products_with_transposed", Over.LAST_AND_FIRST: "products"}


def _from_the_last(term: Reduce) -> Iterator[int]:
    """The axes of a reduction where they stand, the last first."""
    batched = term.operands[0].batched
    yield from sorted([axis + batched for axis in term.axes], reverse=True)
    if term.of_batch:
        yield 0


def checks_classes(returns: Returns) -> bool:
    """Say whether the machine code looks whether classes are classes; else it is done before.

    Code that returns more arrays than the gradient can't return early.
    """
    return not (returns.inputs or returns.n_outputs)


def write(
    procedure: Procedure,
    title: str,
    returns: Returns,
    parameters: Layout,
    classes: Sequence[int],
    dtype: str,
) -> str:
    """Return the source of a module whose function computes a program for numba.

    It takes the parameters in one vector and gives their gradients so, says whether the classes
    are classes, and gives gradients of inputs and outputs behind these. All but the constant
    arrays, which go behind it.
    """
    writer = NumbaWriter(dtype)
    arguments = ", ".join(["_flat", *[array.name for array in procedure.inputs]])
    places = layout({name: parameters[name].shape for name in returns.parameters})
    size = sum([stop - start for start, stop, _ in places.values()])
    body = [f"_value, _gradient = np.full(1, np.nan), np.empty({size}, _flat.dtype)"]
    for array, n_classes in zip(procedure.inputs, classes, strict=True):
        body += _check(array, n_classes) if n_classes and checks_classes(returns) else []
    for name, (start, stop, shape) in parameters.items():
        where = f"[{start}:{stop}].reshape({shape})" if shape else f"[{start}]"
        body.append(f"{name} = _flat{where}")
    body += [*prologue(procedure), *passes(procedure, writer)]
    names = [variable.name for variable in procedure.results]
    loss, gradients, outputs = returns.split(names)
    body += [] if loss is None else [f"_value[:] = {loss}"]
    for (start, stop, shape), gradient in zip(places.values(), gradients, strict=False):
        body.append(f"_gradient[{start}:{stop}] = {gradient}" + (".ravel()" if shape else ""))
    found = ["_value[0]", "_gradient", "True", *gradients[len(places) :], *outputs]
    body.append(f"return {', '.join(found)}")
    function = "\n".join([_COMPILED, f"def {procedure.name}({arguments}):", *indented(body)])
    own = [writer.own_function(each) for each in procedure.functions]
    imports = ["import numba", "import numpy as np", "", "from autograd.compiler import loops"]
    return "\n\n\n".join([f"{quoted(title)}\n\n" + "\n".join(imports), function, *own]) + "\n"


def _check(array: Array, n_classes: int) -> list[str]:
    return [
        f"for _class in {array.name}.flat:",
        f"    if _class < 0 or _class >= {n_classes}:",
        "        return _value[0], _gradient, False",
    ]
