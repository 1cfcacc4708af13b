"""The layers of a network by the labels of its nodes, and what their gradients are taken for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from autograd import ops
from autograd.derivations.label_arrays import LabelArrays, Rows
from autograd.derivations.layer_mistakes import (
    LayerNumbers,
    Matrix,
    Mistake,
    mistaken_activations,
    mistaken_biases,
    mistaken_outputs,
    mistaken_pre_activations,
    mistaken_weights,
    transposed,
)
from autograd.errors import LabelError
from autograd.ops import Primitive, record_of
from autograd.ops.record import Unary
from autograd.reading.arrays import Array
from autograd.value import Value


def mistaken_gradients(arrays: LabelArrays, nodes: Rows, right: Array) -> Iterator[Mistake]:
    """Yield what the gradient of weights, biases or a layer's numbers may be taken for.

    Vectors are columns.
    """
    layers = labelled_layers(arrays)
    rows = [list(row) for row in right.rows]
    across = [list(row) for row in right.transposed.rows]
    for layer in layers:
        k = layer.k
        if arrays.means(f"W{k}", nodes):
            yield from mistaken_weights(layers, k, rows)
            return
        if arrays.means(f"b{k}", nodes):
            yield from _as_columns(mistaken_biases(layers, k, across, _across(arrays, f"b{k}")))
            return
        if arrays.means(f"a{k}", nodes):
            yield from _as_columns(mistaken_pre_activations(layers, k, across))
            return
        if arrays.means(layer.input_name, nodes):
            yield from _as_columns(mistaken_activations(layers, k - 1, across))
            return
    yield from mistaken_outputs(rows)


def _as_columns(mistakes: Iterator[Mistake]) -> Iterator[Mistake]:
    for verdict, words, rows in mistakes:
        yield verdict, words, transposed(rows)


def labelled_layers(arrays: LabelArrays) -> list[LayerNumbers]:
    """Return the layers ``a1 = W1 x + b1``, ``h1 = g(a1)`` and so on, if all have labels."""
    found: list[LayerNumbers] = []
    try:
        while arrays.is_array(f"a{len(found) + 1}"):
            found.append(_layer(arrays, len(found) + 1))
    except LabelError:  # something has no label
        return []
    return found


def _layer(arrays: LabelArrays, k: int) -> LayerNumbers:
    is_last = not arrays.is_array(f"a{k + 1}")
    outputs = "ŷ" if is_last else f"h{k}"
    if is_last and not (arrays.is_array(outputs) and _is_made_of(arrays, outputs, f"a{k}")):
        outputs = f"a{k}"  # no activation, or one within the loss
    inputs = "x" if k == 1 else f"h{k - 1}"
    op = None if outputs == f"a{k}" else _op_of_all([row[0] for row in arrays.nodes(outputs)])
    return LayerNumbers(
        k,
        is_last,
        [list(row) for row in _as_array(arrays.array(f"W{k}")).rows],
        _across(arrays, inputs),
        _across(arrays, f"a{k}"),
        _across(arrays, outputs),
        _gradients_across(arrays, f"a{k}"),
        _gradients_across(arrays, outputs),
        op if isinstance(record_of(op), Unary) else None,
        is_softmax=record_of(op) is ops.softmax,
    )


def _is_made_of(arrays: LabelArrays, outputs: str, a: str) -> bool:
    nodes = {row[0] for row in arrays.nodes(a)}
    return all(
        isinstance(each, Value) and set(each.parents) <= nodes and each.parents
        for (each,) in arrays.rows(outputs)
    )


def _op_of_all(nodes: Sequence[Value]) -> Primitive | None:
    """Return the op that all nodes were made by, if it is one."""
    made = {(record_of(node.primitive), *_parameters_of_one_number(node)) for node in nodes}
    return nodes[0].primitive if len(made) == 1 else None


def _parameters_of_one_number(node: Value) -> Sequence[float]:
    return node.primitive.parameters if node.primitive and len(node.parents) == 1 else ()


def _across(arrays: LabelArrays, name: str) -> Matrix:
    """Return a vector as the row of the only example."""
    return [list(row) for row in _as_array(arrays.array(name)).transposed.rows]


def _gradients_across(arrays: LabelArrays, name: str) -> Matrix:
    found = _as_array(arrays.derivatives("", name, True))
    return [list(row) for row in found.transposed.rows]


def _as_array(found: Array | float) -> Array:
    assert isinstance(found, Array)  # it is an array that is called so
    return found
