"""The mistakes that people make in the vectorised equations: what each would have led to.

A wrong ∇aₖ, by a slope that is forgotten or of another layer, makes wrong ∇Wₖ and ∇bₖ; a wrong
∇hₖ, by weights that are not transposed, makes a wrong ∇aₖ. So the mistakes of one are those of the
next. Matrices are lists of rows; of vectors there is a row for each example.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from autograd import arithmetic
from autograd.derivations.answers import FLOAT_ERROR, Given
from autograd.derivations.mistakes.others import RATES
from autograd.derivations.mistakes.verdicts import Verdict
from autograd.ops import Primitive
from autograd.text import short_number

Matrix: TypeAlias = list[list[float]]
Mistake: TypeAlias = "tuple[Verdict, str, Matrix]"


@dataclass(frozen=True, slots=True, eq=False)
class LayerNumbers:
    """What a layer computed, and the gradients: ``W`` has a row for each neuron, else an example.

    ``op`` is the activation if it works on each number by itself; a layer may have none.
    """

    k: int
    is_last: bool
    W: Matrix
    x: Matrix
    a: Matrix
    h: Matrix
    da: Matrix
    dh: Matrix
    op: Primitive | None = None
    is_softmax: bool = False

    @property
    def input_name(self) -> str:
        return "x" if self.k == 1 else f"h{self.k - 1}"

    @property
    def output_name(self) -> str:
        return "ŷ" if self.is_last else f"h{self.k}"

    def slopes(self, of: Callable[[float, float], tuple[float, float]]) -> Matrix:
        """Return g' by its rule of the output and the input, for what is taken for these."""
        op = self.op
        assert op is not None  # only such layers are asked
        rows = []
        for inputs, outputs in zip(self.a, self.h, strict=True):
            numbers = ((y, x, *op.parameters) for x, y in map(of, inputs, outputs))
            rows.append([float(op.derivatives(arithmetic, *each)[0]) for each in numbers])
        return rows

    @property
    def own_slopes(self) -> Matrix:
        return self.slopes(lambda a, h: (a, h))


# By the letter of what is asked for.


def mistaken_weights(layers: Sequence[LayerNumbers], k: int, right: Matrix) -> Iterator[Mistake]:
    """Yield what ∇Wₖ = ∇aₖ hₖ₋₁ᵀ may be taken for."""
    layer = layers[k - 1]
    if len(right) == len(right[0]) > 1:
        words = "rows are columns and columns are rows"
        yield Verdict.TRANSPOSED, words, transposed(right)
    yield from _scaled(right, len(layer.a))
    for verdict, words, da in mistaken_deltas(layers, k):
        yield verdict, words, outer(da, layer.x)
    own, before = layer.output_name, layer.input_name
    words = f"the layer's own output {own} was taken in place of its input {before}"
    yield Verdict.NEIGHBOUR, words, outer(layer.da, layer.h)
    if k > 1:
        words = f"the pre-activation a{k - 1} was taken in place of {before}"
        yield Verdict.WRONG_POINT, words, outer(layer.da, layers[k - 2].a)
    for other in layers:
        if other.k not in (k, k + 1):
            words = f"{other.input_name} was taken in place of {before}"
            yield Verdict.NEIGHBOUR, words, outer(layer.da, other.x)
    words = f"the input {before} was forgotten: each column is ∇a{k}"
    yield Verdict.FACTOR, words, outer(layer.da, [[1.0] * len(row) for row in layer.x])
    words = f"the weights W{k} were taken in place of the input {before}"
    if len(layer.da) == 1:
        scaled = [[d * w for w in row] for d, row in zip(layer.da[0], layer.W, strict=True)]
        yield Verdict.WRONG_OPERAND, words, scaled
    yield Verdict.MISSING_PATHS, "only the diagonal is there", _diagonal(right)
    alone = [outer([d], [x]) for d, x in zip(layer.da, layer.x, strict=True)]
    yield from _of_one_example(alone)
    yield from _steps(f"W{k}", layer.W, right)


def mistaken_biases(
    layers: Sequence[LayerNumbers], k: int, right: Matrix, bias: Matrix
) -> Iterator[Mistake]:
    """Yield what ∇bₖ, a row, may be taken for: it is the sum of ∇aₖ over the examples."""
    layer = layers[k - 1]
    yield from _scaled(right, len(layer.a))
    for verdict, words, da in mistaken_deltas(layers, k):
        yield verdict, words, [column_sums(da)]
    yield from _of_one_example([[row] for row in layer.da])
    if len(layer.da) > 1:
        words = f"∇a{k} was summed over the neurons, not over the examples: the wrong axis"
        yield Verdict.WRONG_OPERAND, words, [list(map(sum, layer.da))]
    yield from _steps(f"b{k}", bias, right)


def mistaken_pre_activations(
    layers: Sequence[LayerNumbers], k: int, right: Matrix
) -> Iterator[Mistake]:
    """Yield what ∇aₖ = ∇hₖ ⊙ g'(aₖ) may be taken for."""
    yield from mistaken_outputs(right)
    yield from mistaken_deltas(layers, k)


def mistaken_outputs(right: Matrix) -> Iterator[Mistake]:
    """Yield what any gradient of vectors may be taken for."""
    yield from _scaled(right, len(right))


def mistaken_activations(
    layers: Sequence[LayerNumbers], k: int, right: Matrix
) -> Iterator[Mistake]:
    """Yield what ∇hₖ = Wₖ₊₁ᵀ ∇aₖ₊₁ may be taken for; of k = 0 it is ∇x."""
    yield from mistaken_outputs(right)
    yield from _mistaken_upstream(layers, k)


# What they are made of.


def mistaken_deltas(layers: Sequence[LayerNumbers], k: int) -> Iterator[Mistake]:
    """Yield what ∇aₖ may be taken for on the way to something else."""
    layer = layers[k - 1]
    yield from _direct_deltas(layers, layer)
    if layer.op is not None:
        own = layer.own_slopes
        for verdict, words, dh in _mistaken_upstream(layers, k):
            yield verdict, words, times(dh, own)


def _direct_deltas(layers: Sequence[LayerNumbers], layer: LayerNumbers) -> Iterator[Mistake]:
    k, dh, h = layer.k, layer.dh, layer.output_name
    if layer.is_softmax:
        diagonal = [[p * (1 - p) for p in row] for row in layer.h]
        words = "only the diagonal of ∂ŷ/∂a was taken, but each ŷᵢ depends on every aⱼ"
        yield Verdict.MISSING_PATHS, words, times(dh, diagonal)
        yield Verdict.FACTOR, "the derivative of the softmax was forgotten", dh
        words = "ŷ - y was taken, as if the loss were a cross entropy"
        yield Verdict.OTHER_LOSS, words, scaled(dh, 0.5)
    if layer.op is not None:
        yield Verdict.FACTOR, "g'(a) was forgotten", dh
        for other in layers:
            if other.k != k and other.op is not None and shape(other.a) == shape(layer.a):
                words = f"g'(a{other.k}) was taken in place of g'(a{k})"
                yield Verdict.NEIGHBOUR, words, times(dh, other.own_slopes)
        value = layer.op.value
        assert value is not None  # it is an activation
        parameters = layer.op.parameters
        at_output = layer.slopes(lambda a, h: (h, float(value(arithmetic, h, *parameters))))
        yield Verdict.WRONG_POINT, f"g' was taken at {h} and not at a{k}", times(dh, at_output)
        words = f"a{k} was taken in place of {h} in g'(a{k})"
        yield Verdict.WRONG_POINT, words, times(dh, layer.slopes(lambda a, h: (a, a)))
        words = f"{h} was taken in place of g'(a{k})"
        yield Verdict.WRONG_OPERAND, words, times(dh, layer.h)
        words = f"1 - {h} was taken in place of g'(a{k})"
        others = [[1 - number for number in row] for row in layer.h]
        yield Verdict.WRONG_OPERAND, words, times(dh, others)
    for other in layers:
        if other.k != k and shape(other.da) == shape(layer.da):
            yield Verdict.NEIGHBOUR, f"∇a{other.k} was taken in place of ∇a{k}", other.da


def _mistaken_upstream(layers: Sequence[LayerNumbers], k: int) -> Iterator[Mistake]:
    if k == len(layers):
        return
    above = layers[k]
    name = f"W{above.k}"
    if len(above.W) == len(above.W[0]) > 1:
        words = f"{name} was taken in place of {name}ᵀ: the transposition was forgotten"
        yield Verdict.TRANSPOSED, words, product(above.da, transposed(above.W))
        words = f"only the diagonal of {name} was followed"
        yield Verdict.MISSING_PATHS, words, product(above.da, _diagonal(above.W))
        yield Verdict.FACTOR, f"{name}ᵀ was forgotten", above.da
    for other in layers:
        if other is not above and shape(other.W) == shape(above.W):
            words = f"W{other.k} was taken in place of {name}"
            yield Verdict.NEIGHBOUR, words, product(above.da, other.W)
    for verdict, words, da in _direct_deltas(layers, above):
        yield verdict, f"in ∇a{above.k}: {words}", product(da, above.W)


def _scaled(right: Matrix, n: int) -> Iterator[Mistake]:
    yield Verdict.WRONG_SIGN, "the sign is wrong", scaled(right, -1.0)
    if n > 1:
        words = f"{n} times too large: a sum over the {n} examples, not their mean"
        yield Verdict.SCALE, words, scaled(right, n)
        words = f"{n} times too small: a mean over the {n} examples, not their sum"
        yield Verdict.SCALE, words, scaled(right, 1 / n)
    yield Verdict.SCALE, "every entry is 2 times what it should be", scaled(right, 2.0)
    yield Verdict.SCALE, "every entry is half of what it should be", scaled(right, 0.5)
    words = "the sign is wrong; and every entry is {} of what it should be"
    yield Verdict.TWO_MISTAKES, words.format("half"), scaled(right, -0.5)
    yield Verdict.TWO_MISTAKES, words.format("twice"), scaled(right, -2.0)


def _of_one_example(gradients: Sequence[Matrix]) -> Iterator[Mistake]:
    """Yield the gradient of each example, if there are several that are to be added up."""
    n = len(gradients)
    for example, gradient in enumerate(gradients if n > 1 else (), 1):
        words = f"it is that of example {example} alone, not of all {n}"
        yield Verdict.MISSING_PATHS, words, gradient


def _steps(name: str, before: Matrix, right: Matrix) -> Iterator[Mistake]:
    for rate in RATES:
        η = short_number(rate)
        if rate < 0.5:
            for sign in (1.0, -1.0):
                words = f"it is {'-' * (sign < 0)}η·∇{name} with η = {η}, not the gradient"
                yield Verdict.STEP, words, scaled(right, sign * rate)
        after = [
            [w - rate * d for w, d in zip(*rows, strict=True)]
            for rows in zip(before, right, strict=True)
        ]
        yield Verdict.STEP, f"it is {name} after a step with η = {η}", after


def chance(given: Sequence[Given], fitted: Sequence[float], count: int) -> float:
    """Return how probable it is that numbers fit one of so many matrices by chance.

    What they are exactly, with few digits, is no chance.
    """
    if all(Given(each.number).is_close(n) for each, n in zip(given, fitted, strict=True)):
        return 0.0
    probability = float(count)
    for each in given:
        if each.number:
            probability *= min(1.0, FLOAT_ERROR + each.half_unit / abs(each.number))
    return probability


# Matrices as lists of rows.


def shape(rows: Matrix) -> tuple[int, int]:
    return len(rows), len(rows[0])


def scaled(matrix: Matrix, factor: float) -> Matrix:
    return [[factor * number for number in row] for row in matrix]


def times(left: Matrix, right: Matrix) -> Matrix:
    """Return the product entry by entry."""
    return [[a * b for a, b in zip(*rows, strict=True)] for rows in zip(left, right, strict=True)]


def column_sums(rows: Matrix) -> list[float]:
    return [sum(column) for column in zip(*rows, strict=True)]


def outer(da: Matrix, x: Matrix) -> Matrix:
    """Return Σ ∇a xᵀ over the examples."""
    columns = list(zip(*x, strict=True))
    return [[sum(map(float.__mul__, d, xs)) for xs in columns] for d in zip(*da, strict=True)]


def product(left: Matrix, right: Matrix) -> Matrix:
    """Return the matrix product: with a row of ∇a for each example, (Wᵀ ∇a)ᵀ = ∇aᵀ W."""
    columns = list(zip(*right, strict=True))
    return [[sum(map(float.__mul__, row, column)) for column in columns] for row in left]


def transposed(matrix: Matrix) -> Matrix:
    return [list(column) for column in zip(*matrix, strict=True)]


def _diagonal(matrix: Matrix) -> Matrix:
    return [
        [number if i == j else 0.0 for j, number in enumerate(row)] for i, row in enumerate(matrix)
    ]
