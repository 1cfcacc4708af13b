"""The vectorised equations of backpropagation, checked entry by entry against the scalar graph.

In the notes' notation, for the layers k = 1, …, L: x is the input and also h₀, aₖ = Wₖ hₖ₋₁ + bₖ,
hₖ = g(aₖ), ŷ = h_L, and ∇v is the gradient of the loss with respect to v::

    ∇a_L = -(y - ŷ)            softmax and cross entropy
    ∇hₖ₋₁ = Wₖᵀ ∇aₖ
    ∇aₖ = ∇hₖ ⊙ g'(aₖ)
    ∇Wₖ = ∇aₖ hₖ₋₁ᵀ
    ∇bₖ = ∇aₖ

All of it is found in the graph of the loss: the layers keep nothing from the forward pass.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, TypeAlias

import autograd
from autograd import OperandError, Value, ops
from autograd.arguments import require_value
from autograd.derivations.answers import FLOAT_ERROR, Given
from autograd.derivations.cases import Case
from autograd.derivations.derivation import Report
from autograd.derivations.diagnosis import MOST_CHANCE
from autograd.derivations.entries import agree, first_of, is_right, noise_among, read_rows
from autograd.derivations.layer_mistakes import (
    LayerNumbers,
    Mistake,
    chance,
    column_sums,
    mistaken_activations,
    mistaken_biases,
    mistaken_outputs,
    mistaken_pre_activations,
    mistaken_weights,
    outer,
    product,
    times,
)
from autograd.derivations.mistakes.verdicts import Verdict
from autograd.errors import FormulaError, did_you_mean
from autograd.graph import computed_nodes
from autograd.ops import Primitive, record_of
from autograd.ops.record import Unary
from autograd.reading.arrays import VECTOR_FUNCTIONS
from autograd.reading.functions import activations_of, functions_of
from autograd.replaying import STEPS, Point, at_other_leaves, gradients_at
from autograd.text import told_apart
from nn.activations import op_of
from nn.errors import ConfigurationError
from nn.layer_arrays import LayerArrays, LayerMatrices, Matrix, Vector, evaluate
from nn.layers import Layer
from nn.module import Module


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Comparison:
    """An equation, or a person's matrix, held against the gradients of the scalar graph."""

    name: str
    is_right: bool
    message: str
    details: list[str]

    @property
    def headline(self) -> str:
        """The verdict on one line."""
        return f"{'✓' if self.is_right else '✗'} {self.name}: {self.message}"


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class VectorisedCheck(Report):
    """What :func:`check_vectorised` found; true if everything is right.

    >>> import nn
    >>> model = nn.MLP(2, [1], seed=0)
    >>> check = check_vectorised(model, nn.squared_error(model([1.0, 2.0]), 0.0))
    >>> bool(check), len(check.findings)
    (True, 3)
    """

    findings: tuple[Comparison, ...]

    @property
    def title(self) -> str:
        """What was checked."""
        return "Vectorised backpropagation"


def vectorised(model: Module, loss: Value) -> list[LayerMatrices]:
    """Return W, b, x, a, h and their gradients for each layer, as lists in the notes' names.

    The loss may be of one example or, as a sum or a mean, of several. No ``.grad`` is touched.

    Args:
        model: a Layer, an MLP, or another module with ``layers``.
        loss: computed with the model.

    Raises:
        ConfigurationError: if the model is neither a Layer nor made of ``layers``, or the loss was
            not computed with it, or its parameters have changed since.

    >>> from nn import MLP, squared_error
    >>> model = MLP(1, [1], seed=0)
    >>> model.load_state_dict({n: 0.5 for n in model.state_dict()})
    >>> [layer] = vectorised(model, squared_error(model([3.0]), 1.0))
    >>> layer.W, layer.x, layer.a, layer.da, layer.dW
    ([[0.5]], [[3.0]], [[2.0]], [[2.0]], [[6.0]])
    """
    return [layer.matrices() for layer in _read_graph(model, loss)]


def check_vectorised(
    model: Module, loss: Value, answers: Mapping[str, Any] | None = None
) -> VectorisedCheck:
    """Check the vectorised equations of a network, or a person's matrices, entry by entry.

    Args:
        model: an MLP, a Layer, or another module with ``layers``.
        loss: computed with the model, for one example or several; with several, ∇W and ∇b are
            sums over them, and ∇a and ∇h have a row for each.
        answers: gradients by name, ``{"W2": [[…], …], "b1": […]}``, nested lists, NumPy arrays, or
            formulas such as ``"∇a2 h1ᵀ"`` and ``"W2ᵀ ∇a2 ⊙ g'(a1)"``, in which ``a1`` has a column
            for each example; ``"dW2"`` and ``"∇W2"`` mean the same. Without, the equations
            themselves are checked.

    A wrong matrix is diagnosed: transposed, of the wrong shape or sign, without g'(a), with the
    layer's output in place of its input, a sum in place of a mean, or which entries are wrong. Its
    numbers are compared to their digits, as by :func:`autograd.check_derivation`.

    Raises:
        ConfigurationError: as for :func:`vectorised`, or if an answer has no name of the notes.
        ShapeError: if the rows of an answer are not of one length.
        OperandError: if an entry is no number.

    >>> from nn import MLP, cross_entropy
    >>> model = MLP(2, [3, 2], activation="tanh", seed=0)
    >>> print(check_vectorised(model, cross_entropy(model([1.0, 2.0]), 0)))
    Vectorised backpropagation: 7 of 7 right
    ✓ ∇a2 = -(y - ŷ): holds in all 2 entries
    ✓ ∇W2 = ∇a2 h1ᵀ: holds in all 6 entries
    ✓ ∇b2 = ∇a2: holds in all 2 entries
    ✓ ∇h1 = W2ᵀ ∇a2: holds in all 3 entries
    ✓ ∇a1 = ∇h1 ⊙ g'(a1): holds in all 3 entries
    ✓ ∇W1 = ∇a1 xᵀ: holds in all 6 entries
    ✓ ∇b1 = ∇a1: holds in all 3 entries
    """
    layers = _read_graph(model, loss)
    if answers is None:
        return VectorisedCheck(tuple(_equations(layers)))
    if not isinstance(answers, Mapping) or not answers:
        raise OperandError(f"answers must be a dict such as {{'W2': [[…], …]}}, not {answers!r}")
    quantities = _quantities(layers, loss)
    names = _names(layers)
    return VectorisedCheck(
        tuple(
            _compare_answer(
                name, answer, quantities, names, partial(_elsewhere, layers, loss, answer)
            )
            for name, answer in answers.items()
        )
    )


# Reading the graph.


@dataclass(frozen=True, slots=True, eq=False)
class _Forward:
    """One example in one layer: its nodes in the graph, None where the loss does not need them."""

    inputs: tuple[Value, ...]
    a: list[Value | None]
    h: list[Value | None]


@dataclass(frozen=True, slots=True, eq=False)
class _LayerInGraph:
    """A layer, the examples that went through it, and the gradients of all nodes of the graph."""

    number: int
    layer: Layer
    is_last: bool
    examples: list[_Forward]
    gradient: Mapping[Value, float]
    users: dict[Value, list[Value]]
    numbers: Mapping[Value, float] = field(default_factory=dict)  # in place of their own

    @property
    def weights(self) -> list[list[Value]]:
        return [list(neuron.weights) for neuron in self.layer.neurons]

    @property
    def is_elementwise(self) -> bool:
        return self.layer.function is None

    @property
    def is_linear(self) -> bool:
        """Whether the layer has no activation function at all."""
        layer = self.layer
        return not layer.function and not any(neuron.function for neuron in layer.neurons)

    @property
    def op(self) -> Primitive | None:
        """The op that its activation function is, if it is one."""
        return op_of(self.layer.function or self.layer.neurons[0].function)

    def number_of(self, node: Value) -> float:
        """The number of a node."""
        return self.numbers.get(node, node.data)

    def of(self, node: Value | None) -> float:
        """The gradient of a node; 0 if the loss does not depend on it."""
        return self.gradient.get(node, 0.0) if node is not None else 0.0

    def pre_activations(self, example: _Forward) -> Vector:
        x = list(map(self.number_of, example.inputs))
        return [
            autograd.dot(list(map(self.number_of, neuron.weights)), x, self.number_of(neuron.bias))
            for neuron in self.layer.neurons
        ]

    def require_unchanged(self) -> None:
        for example in self.examples:
            for node, a in zip(example.a, self.pre_activations(example), strict=True):
                if node is not None and not Given(node.data).is_close(a, FLOAT_ERROR):
                    raise ConfigurationError(
                        f"the parameters of layer {self.number} have changed since the loss was "
                        "computed, by a step of an optimiser perhaps; compute the loss again"
                    )

    def activations(self, example: _Forward) -> Vector:
        a = [Value(number) for number in self.pre_activations(example)]
        h = [
            neuron.function(value) if neuron.function else value
            for neuron, value in zip(self.layer.neurons, a, strict=True)
        ]
        return [value.data for value in (self.layer.function(h) if self.layer.function else h)]

    def slopes(self, example: _Forward) -> Vector:
        """g'(a), for a g that works on each pre-activation by itself."""
        return [
            autograd.grad(neuron.function)(a) if neuron.function else 1.0
            for neuron, a in zip(self.layer.neurons, self.pre_activations(example), strict=True)
        ]

    def matrices(self) -> LayerMatrices:
        neurons, examples = self.layer.neurons, self.examples
        return LayerMatrices(
            W=[list(map(self.number_of, row)) for row in self.weights],
            b=[self.number_of(neuron.bias) for neuron in neurons],
            x=[list(map(self.number_of, example.inputs)) for example in examples],
            a=[self.pre_activations(example) for example in examples],
            h=[self.activations(example) for example in examples],
            dW=[[self.of(w) for w in row] for row in self.weights],
            db=[self.of(neuron.bias) for neuron in neurons],
            dx=[[self.of(value) for value in example.inputs] for example in examples],
            da=[[self.of(value) for value in example.a] for example in examples],
            dh=[[self.of(value) for value in example.h] for example in examples],
        )


def _read_graph(model: Module, loss: Value) -> list[_LayerInGraph]:
    layers = [model] if isinstance(model, Layer) else getattr(model, "layers", None)
    if not layers or not all(isinstance(layer, Layer) for layer in layers):
        raise ConfigurationError(
            f"the vectorised equations are those of layers: they need an MLP, a Layer, or a model "
            f"with a list of Layers called layers, not {model!r}"
        )
    require_value(loss, "the loss")
    order = autograd.topological_order(loss)
    gradient = dict(zip(order, autograd.gradients(loss, order), strict=True))
    users: dict[Value, list[Value]] = {}
    for node in order:
        for parent in dict.fromkeys(node.parents):
            users.setdefault(parent, []).append(node)
    found = [
        _LayerInGraph(k, layer, k == len(layers), _examples(layer, users), gradient, users)
        for k, layer in enumerate(layers, start=1)
    ]
    if not all(layer.examples for layer in found):
        raise ConfigurationError(
            f"the loss {loss!r} was not computed with {model!r}: no node of its graph uses the "
            "weights of each layer"
        )
    for layer in found:
        layer.require_unchanged()
    return found


def _examples(layer: Layer, users: Mapping[Value, Sequence[Value]]) -> list[_Forward]:
    """Return what went through a layer: the dot nodes of its neurons, those of one input together.

    If the same inputs went through it several times, the first uses are one example, and so on.
    """
    n = len(layer.neurons[0].weights)
    found: dict[tuple[tuple[Value, ...], int], list[Value | None]] = {}
    for i, neuron in enumerate(layer.neurons):
        times: dict[tuple[Value, ...], int] = {}
        for node in users.get(neuron.weights[0], ()):
            if node.primitive is ops.dot and node.parents[:n] == tuple(neuron.weights):
                inputs = node.parents[n : 2 * n]
                times[inputs] = time = times.get(inputs, -1) + 1
                found.setdefault((inputs, time), [None] * len(layer.neurons))[i] = node
    return [
        _Forward(inputs, nodes, [_activation(layer, i, a, users) for i, a in enumerate(nodes)])
        for (inputs, _), nodes in found.items()
    ]


def _activation(
    layer: Layer, i: int, a: Value | None, users: Mapping[Value, Sequence[Value]]
) -> Value | None:
    """Return the node h of a pre-activation: by its op, or of a function of one's own by label."""
    neuron = layer.neurons[i]
    if a is None or (layer.function is None and neuron.function is None):
        return a
    op = op_of(layer.function or neuron.function)
    if layer.function is not None:
        outputs = [node for node in users.get(a, ()) if record_of(node.primitive) is op]
        return next((h for h in outputs if h.primitive and h.primitive.parameters == (i,)), None)
    above, seen = [a], {a}
    while above:
        for user in users.get(above.pop(), ()):
            is_output = op is not None and record_of(user.primitive) is op
            if is_output or user.label == neuron.output_labels[1]:
                return user
            if user not in seen:
                seen.add(user)
                above.append(user)
    return None


# The equations.


def _equations(layers: Sequence[_LayerInGraph]) -> Iterable[Comparison]:
    matrices = [layer.matrices() for layer in layers]
    for layer, m in zip(reversed(layers), reversed(matrices), strict=True):
        k = layer.number
        h, before = _output_name(layer), _input_name(layer)
        targets = _targets(layer) if layer.is_last else None
        if targets is not None:
            expected = [
                [-(y - p * sum(row)) for y, p in zip(row, softmax, strict=True)]
                for row, softmax in zip(targets, _probabilities(m), strict=True)
            ]
            yield _equation(f"∇a{k} = -(y - ŷ)", m.da, expected)
        elif not layer.is_elementwise:
            yield _equation(f"∇a{k} = (∂{h}/∂a{k})ᵀ ∇{h}", m.da, _through_softmax(layer, m))
        else:
            slopes = [layer.slopes(example) for example in layer.examples]
            yield _equation(f"∇a{k} = ∇{h} ⊙ g'(a{k})", m.da, times(m.dh, slopes))
        yield _equation(f"∇W{k} = ∇a{k} {before}ᵀ", m.dW, outer(m.da, m.x))
        yield _equation(f"∇b{k} = ∇a{k}", [m.db], [column_sums(m.da)])
        if k > 1:
            yield _equation(f"∇{before} = W{k}ᵀ ∇a{k}", m.dx, product(m.da, m.W))


def _output_name(layer: _LayerInGraph) -> str:
    return "ŷ" if layer.is_last else f"h{layer.number}"


def _input_name(layer: _LayerInGraph) -> str:
    return "x" if layer.number == 1 else f"h{layer.number - 1}"


def _targets(layer: _LayerInGraph) -> Matrix | None:
    """Return y for each example if the loss is a cross entropy, times its weight in the loss."""
    rows = []
    for example in layer.examples:
        row = _target_of(layer, example)
        if row is None:
            return None
        rows.append(row)
    return rows


def _target_of(layer: _LayerInGraph, example: _Forward) -> Vector | None:
    n = len(example.a)
    above = {user for h in example.h if h is not None for user in layer.users.get(h, ())}
    if layer.op is ops.softmax and {user.primitive for user in above} == {ops.log}:
        return [
            -sum(layer.of(log) for log in layer.users.get(h, ())) if h is not None else 0.0
            for h in example.h
        ]
    if not layer.is_linear or len(above) != 1:
        return None
    [loss] = above
    op = loss.primitive
    if op is not None and op.record is ops.cross_entropy:
        target = [0.0] * n
        target[int(op.parameters[0])] = 1.0
    elif op is ops.cross_entropy_of_distribution:
        target = list(map(layer.number_of, loss.parents[n:]))
    else:
        return None
    return [y * layer.of(loss) for y in target] if loss.parents[:n] == tuple(example.a) else None


def _probabilities(m: LayerMatrices) -> Matrix:
    return [autograd.softmax(row) for row in m.a]


def _through_softmax(layer: _LayerInGraph, m: LayerMatrices) -> Matrix:
    """Return ∇aⱼ = ŷⱼ (∇ŷⱼ - Σᵢ ∇ŷᵢ ŷᵢ), and for log softmax ∇aⱼ = ∇hⱼ - ŷⱼ Σᵢ ∇hᵢ."""
    logarithm = layer.op is ops.log_softmax
    rows = []
    for p, d in zip(_probabilities(m), m.dh, strict=True):
        if logarithm:
            rows.append([dj - pj * sum(d) for pj, dj in zip(p, d, strict=True)])
        else:
            mean = autograd.dot(p, d)
            rows.append([pj * (dj - mean) for pj, dj in zip(p, d, strict=True)])
    return rows


def _equation(name: str, actual: Matrix, expected: Matrix) -> Comparison:
    noise = noise_among(number for row in actual for number in row)
    wrong = [
        "entry {}: the equation gives {}, the graph {}".format(place, *told_apart(right, number))
        for place, number, right in _entries(actual, expected)
        if not Given(number).is_close(right, noise)
    ]
    n = sum(map(len, actual))
    if not wrong:
        return Comparison(name, True, f"holds in {_all(n)}", [])
    reason = "is the loss also a function of them by another way, such as a penalty on weights?"
    return Comparison(
        name, False, f"fails in {len(wrong)} of {n} entries; {reason}", first_of(wrong)
    )


# A person's matrices.


_Nodes: TypeAlias = "Sequence[Sequence[Value | None]]"


@dataclass(frozen=True, slots=True, eq=False)
class _Quantity:
    """A gradient, whether it is a vector (then in one row), and what mistakes would make of it."""

    gradient: Matrix
    is_vector: bool
    mistakes: Callable[[], Iterator[Mistake]]
    nodes: _Nodes
    rounding: Callable[[Value, int], float]  # on the way to a node, with so many digits

    def is_right(self, rows: Sequence[Sequence[Given]]) -> bool:
        """Whether all entries are those of the gradient."""
        return _shape(rows) == _shape(self.gradient) and not self.wrong(rows)

    def wrong(self, rows: Sequence[Sequence[Given]]) -> list[tuple[str, Given, float]]:
        """Return the entries that are wrong: where they are, what they are, and what is right.

        As by :func:`autograd.check_derivation`, numbers of few digits may be off as far as rounding
        on the way explains it.
        """
        noise = noise_among(number for row in self.gradient for number in row)
        nodes = [node for row in self.nodes for node in row]
        return [
            (place, given, number)
            for (place, given, number), node in zip(
                _entries(rows, self.gradient), nodes, strict=True
            )
            if not is_right(given, number, noise, node, self.rounding)
        ]


def _quantities(layers: Sequence[_LayerInGraph], loss: Value) -> dict[str, _Quantity]:
    point = Point(computed_nodes(loss), layers[0].gradient)

    def rounding(node: Value, digits: int) -> float:
        return Case(loss, node, point).rounding_on_the_way(digits)

    found = {}
    matrices = [layer.matrices() for layer in layers]
    numbers = [_numbers(layer, m) for layer, m in zip(layers, matrices, strict=True)]
    for layer, m in zip(layers, matrices, strict=True):
        k, n, h = layer.number, len(layer.examples), _output_name(layer)
        of = numbers
        if {len(each.a) for each in numbers} != {n}:  # layers that others share, perhaps
            of = [numbers[k - 1]] if k == 1 else []
        biases = [neuron.bias for neuron in layer.layer.neurons]
        passes = ((each.inputs, each.a, each.h) for each in layer.examples)
        inputs, a, outputs = zip(*passes, strict=True)
        asked: dict[str, tuple[Matrix, bool, _Nodes, Callable[..., Iterator[Mistake]]]] = {
            f"W{k}": (m.dW, False, layer.weights, partial(mistaken_weights, of, k)),
            f"b{k}": ([m.db], True, [biases], partial(mistaken_biases, of, k, bias=[m.b])),
            f"a{k}": (m.da, n == 1, a, partial(mistaken_pre_activations, of, k)),
            h: (m.dh, n == 1, outputs, partial(mistaken_activations, of, k)),
        }
        if k == 1:
            asked["x"] = (m.dx, n == 1, inputs, partial(mistaken_activations, of, 0))
        for name, (gradient, is_vector, nodes, mistakes) in asked.items():
            likely = partial(mistakes if of else mistaken_outputs, right=gradient)
            found[name] = _Quantity(gradient, is_vector, likely, nodes, rounding)
    return found


def _numbers(layer: _LayerInGraph, m: LayerMatrices) -> LayerNumbers:
    functions = {neuron.function for neuron in layer.layer.neurons}
    op = layer.op if layer.is_elementwise and len(functions) == 1 else None
    return LayerNumbers(
        layer.number, layer.is_last, m.W, m.x, m.a, m.h, m.da, m.dh,
        op if isinstance(record_of(op), Unary) else None,
        is_softmax=layer.op is ops.softmax,
    )  # fmt: skip


def _names(layers: Sequence[_LayerInGraph]) -> LayerArrays:
    """Return what formulas may use: the matrices, the target, and the activation as g and f."""
    made = [layer.op for layer in layers if layer.op is not None]
    functions = activations_of(made) | functions_of(made) | dict.fromkeys(VECTOR_FUNCTIONS, abs)
    matrices = [layer.matrices() for layer in layers]
    weighted = _targets(layers[-1])
    if weighted is None:
        return LayerArrays(matrices, matrices[-1].h, _compared_with(layers[-1]), functions)
    targets = [[y / (sum(row) or 1.0) for y in row] for row in weighted]
    return LayerArrays(matrices, _probabilities(matrices[-1]), targets, functions)


def _compared_with(layer: _LayerInGraph) -> Matrix | None:
    """Return y for each example if the loss is the squared error of the outputs."""
    rows = []
    for example in layer.examples:
        above = {user for h in example.h if h is not None for user in layer.users.get(h, ())}
        squared = [user for user in above if record_of(user.primitive) is ops.squared_error]
        if len(squared) != 1 or list(ops.halves(squared[0].parents)[0]) != example.h:
            return None
        rows.append(list(map(layer.number_of, ops.halves(squared[0].parents)[1])))
    return rows


def _compare_answer(
    name: str,
    answer: Any,
    quantities: Mapping[str, _Quantity],
    names: LayerArrays,
    elsewhere: Callable[[str], str],
) -> Comparison:
    key = name.removeprefix("∇").removeprefix("d")
    if key not in quantities:
        raise ConfigurationError(
            f"there is no gradient called {name!r} here{did_you_mean(key, quantities)}"
        )
    quantity, formula = quantities[key], answer
    name, gradient = f"∇{key}", quantity.gradient
    if isinstance(formula, str):
        try:
            answer = _rows_of(formula, key, names)
        except FormulaError as error:
            message, *place = str(error).split("\n")
            return Comparison(name, False, f"{formula}: {message}", place)
    rows = _rows(name, answer, quantity.is_vector)
    if quantity.is_right(rows):
        if isinstance(formula, str) and (only_here := elsewhere(key)):
            return Comparison(name, False, f"{formula}: right only at these numbers", [only_here])
        return Comparison(name, True, f"right in {_all(sum(map(len, gradient)))}", [])
    if mistake := _mistake(rows, quantity):
        return Comparison(name, False, mistake, [])
    transposed = [list(column) for column in zip(*gradient, strict=True)]
    if not quantity.is_vector and _agrees(rows, transposed):
        return Comparison(name, False, "transposed: rows are columns and columns are rows", [])
    if (shape := _shape(rows)) != _shape(gradient):
        hints = ["; is it transposed?"] if shape == _shape(transposed) else []
        hints += [f"; perhaps {w}" for _, w, m in quantity.mistakes() if _shape(m) == shape]
        message = f"it has shape {shape} and must have {_shape(gradient)}{''.join(hints[:1])}"
        return Comparison(name, False, message, [])
    wrong = [
        "entry {}: {}, but the gradient is {}".format(place, *told_apart(given.number, number))
        for place, given, number in quantity.wrong(rows)
    ]
    n = sum(map(len, gradient))
    are = "is" if len(wrong) == 1 else "are"
    return Comparison(name, False, f"{len(wrong)} of {n} entries {are} wrong", first_of(wrong))


def _rows_of(formula: str, key: str, names: LayerArrays) -> Matrix:
    """Return what a formula gives: a row for each example, where formulas have a column."""
    found = evaluate(formula, key, names)
    if key.startswith("b"):  # ∇b = ∇a is the sum over the examples
        return [list(map(sum, found.rows))]
    return [list(row) for row in (found.rows if key.startswith("W") else found.transposed.rows)]


def _mistake(rows: Sequence[Sequence[Given]], quantity: _Quantity) -> str:
    """Return the words for the first mistake that leads to numbers, unless chance may as well."""
    given = [each for row in rows for each in row]
    for count, (verdict, words, mistaken) in enumerate(quantity.mistakes(), 1):
        numbers = [number for row in mistaken for number in row]
        if _agrees(rows, mistaken) and chance(given, numbers, count) <= MOST_CHANCE:
            return f"transposed: {words}" if verdict is Verdict.TRANSPOSED else words
    return ""


def _elsewhere(layers: Sequence[_LayerInGraph], loss: Value, formula: str, key: str) -> str:
    """Say where a formula is not the gradient once the labelled leaves have moved a little."""
    for step in STEPS:
        numbers = at_other_leaves(loss, step)
        if numbers is None:
            return ""  # a node made by hand has no rule
        gradient = gradients_at(loss, numbers)
        there = [replace(layer, gradient=gradient, numbers=numbers) for layer in layers]
        right = _quantities(there, loss)[key].gradient
        found = _rows_of(formula, key, _names(there))
        noise = noise_among(number for row in right for number in row)
        for place, number, expected in _entries(found, right):
            if not abs(number - expected) <= noise:
                where = "once the parameters have moved a little"
                return f"entry {place}: {number:.8g} {where}, but the gradient is {expected:.8g}"
    return ""


def _rows(name: str, answer: Any, is_vector: bool) -> list[list[Given]]:
    """Read a matrix; a vector is one row, however it was given: flat, as a row or as a column."""
    rows = read_rows(name, answer, flat_is_row=True)
    if is_vector and all(len(row) == 1 for row in rows):
        return [[row[0] for row in rows]]
    return rows


def _agrees(rows: Sequence[Sequence[Given]], matrix: Matrix) -> bool:
    numbers = [number for row in matrix for number in row]
    given = [each for row in rows for each in row]
    noise = noise_among(numbers)
    return _shape(rows) == _shape(matrix) and agree(given, numbers, noise, by_hand=True)


# Matrices as lists of rows.


def _shape(rows: Sequence[Sequence[Any]]) -> str:
    return f"{len(rows)}×{len(rows[0])}"


def _entries(left: Sequence[Sequence[Any]], right: Matrix) -> Iterable[tuple[str, Any, float]]:
    for i, (row, other) in enumerate(zip(left, right, strict=True)):
        for j, (number, its_pair) in enumerate(zip(row, other, strict=True)):
            yield f"[{i}][{j}]" if len(left) > 1 else f"[{j}]", number, its_pair


def _all(entries: int) -> str:
    return "its entry" if entries == 1 else f"all {entries} entries"
