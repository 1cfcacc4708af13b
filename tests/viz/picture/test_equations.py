"""The law of titles: the equation of a box holds, in its shapes and in its numbers.

It is read as structure: an equation is computed with the arrays of numbers that its boxes stand
for, by NumPy, and must give the numbers of its own box.
"""

from __future__ import annotations

from functools import singledispatch
from typing import Any

import numpy as np
import pytest
from hypothesis import given

from autograd import Value, arithmetic, topological_order
from tests.viz.picture.programs import PROGRAMS, causal_attention
from tests.viz.picture.test_collapse import graphs
from viz.picture import equations
from viz.picture.boxes import Box, Layers
from viz.picture.titles import write_titles


def boxes_of(root: Value) -> list[Box]:
    layers = Layers(root)
    write_titles(layers)
    return layers.boxes


def array_of(box: Box) -> Any:
    """The numbers of a box as the array that its shape says."""
    return np.array([node.data for node in box.elements]).reshape(box.shape)


# What an equation says, as a person would type it in NumPy.


@singledispatch
def computed(expression: equations.Expression, box: Box) -> Any:
    raise AssertionError(f"no way to read {type(expression).__name__}")


@computed.register
def _(expression: equations.Part, box: Box) -> Any:
    array = array_of(expression.box)
    return array[expression.index] if expression.index else array


@computed.register
def _(expression: equations.Flat, box: Box) -> Any:
    return computed(expression.operands[0], box).reshape(-1)


@computed.register
def _(expression: equations.Windows, box: Box) -> Any:
    vector = computed(expression.operands[0], box)
    windows = np.lib.stride_tricks.sliding_window_view(vector, expression.shape[1])
    return windows[:: expression.stride]


@computed.register
def _(expression: equations.Transposed, box: Box) -> Any:
    return computed(expression.operands[0], box).T


@computed.register
def _(expression: equations.Column, box: Box) -> Any:
    return computed(expression.operands[0], box)[:, None]


@computed.register
def _(expression: equations.Joined, box: Box) -> Any:
    parts = [np.atleast_1d(computed(each, box)) for each in expression.operands]
    return np.concatenate(parts, axis=-1)


@computed.register
def _(expression: equations.Stacked, box: Box) -> Any:
    return np.stack([computed(each, box) for each in expression.operands])


@computed.register
def _(expression: equations.Product, box: Box) -> Any:
    left, right = (computed(each, box) for each in expression.operands)
    assert left.ndim == 2 or right.ndim == 2
    return left @ right  # which raises unless they conform


@computed.register
def _(expression: equations.Inner, box: Box) -> Any:
    left, right = (computed(each, box) for each in expression.operands)
    assert left.shape == right.shape
    return np.sum(left * right)


@computed.register
def _(expression: equations.Hadamard, box: Box) -> Any:
    left, right = (computed(each, box) for each in expression.operands)
    return left * right


@computed.register
def _(expression: equations.RowDots, box: Box) -> Any:
    left, right = (computed(each, box) for each in expression.operands)
    assert left.shape == right.shape
    return np.sum(left * right, axis=-1)


@computed.register
def _(expression: equations.Total, box: Box) -> Any:
    return sum(computed(each, box) for each in expression.operands)


@computed.register
def _(expression: equations.Elementwise, box: Box) -> Any:
    operands = [computed(each, box) for each in expression.operands]
    op = expression.op
    rule = np.vectorize(lambda *numbers: op.value(arithmetic, *numbers, *op.parameters))
    return rule(*operands)


@computed.register
def _(expression: equations.OfRows, box: Box) -> Any:
    op, operands = expression.op, [computed(each, box) for each in expression.operands]
    if not expression.shape and not op.chooses:  # of all elements
        return op.value(arithmetic, *[x for each in operands for x in each.reshape(-1)])
    rows = zip(*[each.reshape(-1, each.shape[-1]) for each in operands], strict=True)
    if op.record.name in ("softmax", "log_softmax"):
        n = operands[0].shape[-1]
        found = [[op.value(arithmetic, *row, i) for i in range(n)] for (row,) in rows]
        whole = np.array(found).reshape(operands[0].shape)
        return whole[expression.chosen] if expression.chosen else whole
    parameters = [element.primitive.parameters if op.chooses else () for element in box.elements]
    vectors = [np.concatenate(row) for row in rows]
    found = [op.value(arithmetic, *v, *p) for v, p in zip(vectors, parameters, strict=True)]
    return np.array(found).reshape(expression.shape)


def check(root: Value) -> list[str]:
    """Check all titles of a graph, and return those that say less than an equation."""
    boxes = boxes_of(root)
    names = [box.name for box in boxes]
    assert len({*names}) == len(names)
    members = [node for box in boxes for node in box.members]
    assert len(members) == len({*members})
    assert {*members} == {*topological_order(root)}
    unordered = []
    for box in boxes:
        assert len(box.elements) == np.prod(box.shape, dtype=int)
        if box.equation is None:
            assert box.kind != "operation"
            continue
        assert box.equation.shape == box.shape
        if isinstance(box.equation, equations.Unordered):
            unordered.append(box.title)
            continue
        if any(node.primitive is None or node.primitive.value is None for node in box.elements):
            continue  # made by hand
        found = np.broadcast_to(computed(box.equation, box), box.shape)
        expected = array_of(box)
        np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-9, err_msg=box.title)
    return unordered


@pytest.mark.parametrize("name", PROGRAMS)
def test_the_equations_of_a_program_hold(name: str) -> None:
    assert check(PROGRAMS[name]()) == []


@given(graphs)
def test_the_equations_of_any_graph_hold_or_claim_nothing(root: Value) -> None:
    with np.errstate(all="ignore"):
        check(root)


def titles(name: str) -> list[str]:
    return [box.title for box in boxes_of(PROGRAMS[name]()) if box.equation is not None]


def shape(name: str, of: str) -> tuple[int, ...]:
    [found] = [box.shape for box in boxes_of(PROGRAMS[name]()) if box.name == of]
    return found


def test_numbers_that_each_neuron_has_copies_of_are_one_vector() -> None:
    assert titles("layer_of_numbers")[0] == "a1 = W1 x"
    assert shape("layer_of_numbers", "x") == (2,)
    assert shape("batch", "x") == (3, 2)
    assert shape("convolution_loop", "x") == (6, 4)


def test_a_batch_is_a_product_with_the_transpose() -> None:
    assert titles("batch")[0] == "a1 = x W1ᵀ + b1"


def test_the_steps_of_a_recurrent_network_are_told_apart() -> None:
    assert titles("recurrent")[:5] == [
        "a1 = x Wxᵀ", "a2 = Wh 0", "v1 = a1[0] + a2 + b", "v2 = tanh(v1)", "a3 = Wh v2",
    ]  # fmt: skip


def test_attention_is_no_output() -> None:
    assert [title for title in titles("attention") if "softmax" in title] == ["v2 = softmax(v1)"]
    assert {"a1 = x Wqᵀ", "a2 = x Wkᵀ", "a3 = a1 a2ᵀ", "a5 = v2 a4"} < {*titles("attention")}


def test_what_is_used_turned_is_written_as_the_transpose() -> None:
    assert "a2 = Wᵀ h1" in titles("shared_weights")


def test_products_of_elements_are_told_from_those_of_matrices() -> None:
    assert {"v1 = h2·0 + h3 ⊙ h4", "v3 = h1 ⊙ v2"} < {*titles("long_memory")}


def test_what_no_equation_says_is_not_claimed() -> None:
    assert check(causal_attention()) == ["v1 = dot(a1, a2)"]  # of a triangle of pairs
