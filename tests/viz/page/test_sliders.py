"""Sliders for leaves: what the page computes is what the engine computes."""

from __future__ import annotations

import math
from collections.abc import Sequence

import pytest

import autograd
import nn
from autograd import Value, ops
from autograd.text import short_number
from chainrule.demo import worked_network
from viz import NotAValueError, OptionError
from viz.page.epochs import Epochs
from viz.page.javascript import MOST_OPERANDS, NotWrittenError, function_of
from viz.page.page import stepper

pytestmark = pytest.mark.xdist_group("browser")  # one is enough

# An op of each record, with parameters and as many operands as it is to have.
PARAMETERS = {
    ops.leaky_relu: (0.1,), ops.elu: (0.7,), ops.clip: (-0.5, 1.0), ops.power_of: (3.0,),
    ops.softmax: (1,), ops.log_softmax: (1,), ops.cross_entropy: (1,), ops.polygamma: (1,),
}  # fmt: skip
OPERANDS = {ops.dot: 5, ops.where: 3}
TWO = {
    ops.add, ops.subtract, ops.multiply, ops.divide, ops.power, ops.fmod, ops.remainder,
    ops.copysign, ops.maximum, ops.minimum, ops.atan2,
}  # fmt: skip
EVERY_OP = [op for op in ops.TABLE.values() if op is not ops.CONSTANT]

POSITIONS = [(0.3, -1.7, 2.5), (-0.75, 0.4, 0.4), (1.0, 0.0, -3.0), (12.5, -0.1, 1e-3)]


def count(op: ops.Primitive) -> int:
    if op in OPERANDS:
        return OPERANDS[op]
    return {1: 3, 2: 4}.get(op.vectors, 2 if op in TWO else 1)


def every_op(numbers: Sequence[float]) -> Value:
    """A loss that every op leads to, of three leaves."""
    leaves = [Value(x, label=name) for x, name in zip(numbers, "abc", strict=True)]
    results = []
    for i, op in enumerate(EVERY_OP):
        operands = [leaves[(i + k) % 3] for k in range(count(op))]
        result = ops.record.apply(op.bind(*PARAMETERS.get(op, ())), *operands)
        result.label = f"y{i}"
        results.append(result)
    return autograd.sum(results)


MOVE = """
const [label, number] = arguments;
const node = nodes.find((each) => each.name === label);
if (chosen !== node) choose(node);
const exact = document.querySelector("#mover input[type=number]");
exact.value = number;
exact.dispatchEvent(new Event("input"));
"""
NUMBERS = """
return nodes.map((node) => [node.name, String(node.number), String(node.gradient)]);
"""


def move(browser, label: str, number: float) -> None:
    browser.run(MOVE, label, repr(number))


def as_float(text: str) -> float:
    return float(text.replace("Infinity", "inf"))


def agree(found: float, expected: float) -> bool:
    if math.isnan(expected) or math.isinf(expected):
        return str(found) == str(expected)
    return abs(found - expected) <= 1e-12 * max(1.0, abs(expected))


def test_every_op_is_computed_in_the_page_as_in_the_engine(show):
    browser = show(every_op(POSITIONS[0]), "#step=1")
    for position in POSITIONS[1:]:
        for label, number in zip("abc", position, strict=True):
            move(browser, label, number)
        values = {name: as_float(text) for name, text, _ in browser.run(NUMBERS)}
        slopes = browser.run(
            "return edges.map((edge) => [edge.to.name, edge.position, String(edge.number)])"
        )
        loss = every_op(position)
        nodes = {node.label: node for node in autograd.topological_order(loss) if node.label}
        for name, node in nodes.items():
            assert agree(values[name], node.data), (node, values[name])
        assert {name for name, _, _ in slopes} >= {f"y{i}" for i in range(len(EVERY_OP))}
        for name, place, text in slopes:
            if name in nodes:
                expected = nodes[name].local_derivatives[place]
                assert agree(as_float(text), expected), (nodes[name], place, text)


@pytest.mark.parametrize("number", [-3.0, 0.8, 0.1, 250.0])
def test_a_moved_weight_moves_values_gradients_paths_and_widths(show, number):
    browser = show(worked_network()["L"])
    before = browser.run("return edges.map((e) => e.strokes[0].getAttribute('stroke-width'))")
    move(browser, "w131", number)
    nodes = worked_network()
    nodes["w131"].data = number
    loss = rebuilt(nodes["L"])
    loss.backward()
    engine = {node.label: node for node in autograd.topological_order(loss) if node.label}
    for name, value, gradient in browser.run(NUMBERS):
        assert agree(as_float(value), engine[name].data)
        assert agree(as_float(gradient), engine[name].grad)
    rows = {
        name: (value, gradient)
        for name, value, gradient in browser.run(
            "go(last); return [...rows].map((r) => [...r.cells].map((c) => c.textContent))"
        )
    }
    for name, node in engine.items():
        assert rows[name] == (short_number(node.data), short_number(node.grad))
    explained = autograd.explanation(loss, engine["w131"])
    products = sorted(browser.texts("#paths .product"))
    assert products == sorted(f"= {short_number(path.product)}" for path in explained.paths)
    assert browser.texts("#paths .sum")[-1] == f"gradient ∂L/∂w131 = {engine['w131'].grad:.4g}"
    assert browser.text("header .result") == f"= {short_number(loss.data)}"
    after = browser.run("return edges.map((e) => e.strokes[0].getAttribute('stroke-width'))")
    assert before != after


def rebuilt(loss: Value) -> Value:
    """Record a graph again, with the numbers that its leaves have now."""
    made: dict[Value, Value] = {}
    for node in autograd.topological_order(loss):
        if not node.parents:
            made[node] = Value(node.data, label=node.label)
        else:
            assert node.primitive is not None
            made[node] = ops.record.apply(node.primitive, *[made[p] for p in node.parents])
            made[node].label = node.label
    return made[loss]


def test_each_step_says_the_numbers_of_now(show):
    browser = show(worked_network()["L"])
    move(browser, "x2", -1.25)
    nodes = worked_network()
    nodes["x2"].data = -1.25
    steps = list(autograd.steps(rebuilt(nodes["L"])))
    first = browser.run("return begin") + 1
    for i in (0, 1, 7, 30, len(steps) - 1):
        browser.run("go(arguments[0])", first + i)
        assert browser.text("#equation .numbers") == f"= {steps[i].numbers}"


def test_reset_brings_back_what_was_written(show):
    browser = show(worked_network()["L"], "#step=40")
    browser.run("choose(nodes[0])")
    shown = "#equation p, td, #graph text, #explanation p, #explanation span, #list span"
    before = browser.texts(shown)
    move(browser, browser.run("return nodes[0].name"), 3.75)
    assert before != browser.texts(shown)
    browser.find("#mover button").click()
    assert before == browser.texts(shown)


def test_a_long_number_stays_in_its_frame(show):
    browser = show(worked_network()["L"])
    widths = """
    const node = nodes.find((each) => each.name === "w131");
    const text = node.group.querySelector("text");
    return [text.getBBox().width, node.group.querySelector("polygon").getBBox().width];
    """
    for number in (-1.2345e-105, 3.0):
        move(browser, "w131", number)
        text, frame = browser.run(widths)
        assert text < frame
    assert browser.run("return document.querySelectorAll('#graph [textLength]').length") == 0


def test_what_has_no_slider_says_why(show):
    x, w = Value(2.0, label="x"), Value(3.0)
    hidden = autograd.primitive(
        "hidden", lambda m, a: a if a > 0 else 0.0 * a, lambda m, y, a: (1.0,)
    )
    z = Value(1.0, label="z")
    browser = show(hidden(x) * w * z.tanh())
    browser.run("choose(nodes.find((each) => each.name === 'x'))")
    assert "It has no slider: it leads to" in browser.text("#mover")
    assert "it chooses with if" in browser.text("#mover")
    browser.run("choose(nodes.find((each) => each.name === '3'))")
    assert "without a label" in browser.text("#mover")
    move(browser, "z", -0.5)
    assert browser.run("return loss.value") == short_number(6.0 * math.tanh(-0.5))


def test_a_rule_that_cannot_be_written_is_an_error():
    for value, message in [
        (lambda m, a: math.exp(a), "must be real number"),
        (lambda m, a: m.no_such_word(a), "there is no m.no_such_word"),
    ]:
        op = autograd.primitive("f", value, lambda m, y, a: (1.0,))
        with pytest.raises(NotWrittenError, match=message):
            function_of(op, 1)


@pytest.mark.parametrize("op", [op for op in EVERY_OP if op.vectors], ids=lambda op: op.name)
def test_the_function_of_an_op_of_vectors_grows_as_they_do(op):
    op = op.bind(*PARAMETERS.get(op, ()))
    short, long = (len(function_of(op, n)) for n in (MOST_OPERANDS, 4 * MOST_OPERANDS))
    assert short < long < 5 * short


def test_an_op_of_too_many_numbers_is_not_written():
    op = autograd.primitive("last", lambda m, *xs: xs[-1], lambda m, y, *xs: (*xs[1:], 1.0))
    assert function_of(op, MOST_OPERANDS)
    with pytest.raises(NotWrittenError, match=f"it has {MOST_OPERANDS + 1} operands"):
        function_of(op, MOST_OPERANDS + 1)


def test_numbers_are_written_as_python_writes_them(show):
    numbers = [0.125, 2.0625, -2.0635, 1e-5, 12345.0, 99999.0, 0.00012345, 1e300, -1.234e-300, 0.1,
               9999.5, 9998.5, 100.0, -0.0, 123456.5, 2.5e-5]  # fmt: skip
    browser = show(Value(1.0, label="x").exp())
    found = browser.run("return arguments[0].map(short)", numbers)
    assert found == [short_number(number) for number in numbers]


# The epochs of a training.


def trained(n_epochs: int) -> tuple[Value, Epochs]:
    model = nn.MLP(2, [2, 1], activation="tanh", seed=0)
    loss = nn.max_margin(model([Value(1.0, label="x1"), Value(0.0, label="x2")]), 1)
    epochs = Epochs(loss)
    nn.fit(
        model, [[0, 0], [0, 1], [1, 0], [1, 1]], [-1, 1, 1, -1], loss="max_margin",
        epochs=n_epochs, callback=epochs, progress=False,
    )  # fmt: skip
    return loss, epochs


def test_a_slider_goes_through_the_epochs_of_a_training(show):
    loss, epochs = trained(4)
    browser = show(loss, epochs=epochs)
    assert browser.text("#epoch-text") == f"4 of 4: training loss {epochs.moments[4].loss:.4g}"
    for i, moment in enumerate(epochs.moments):
        browser.run(
            "byId('epoch').value = arguments[0]; byId('epoch').dispatchEvent(new Event('input'))", i
        )
        for leaf, number in zip(epochs.leaves, moment.numbers, strict=True):
            leaf.data = number
        again = rebuilt(loss)
        again.backward()
        engine = [node for node in autograd.topological_order(again) if node.parents]
        shown = browser.run(
            "return nodes.filter((n) => n.into.length).map((n) => [n.name, n.gradient])"
        )
        by_name = {node.label: node.grad for node in engine}
        for name, gradient in shown:
            if name in by_name:
                assert agree(gradient, by_name[name])
        assert browser.text("header .result") == f"= {short_number(again.data)}"
    assert browser.text("#epoch-text").startswith("4 of 4")


IS_BLUE = """
const canvas = document.querySelector("#plane canvas");
const { width, height } = canvas;
const { data } = canvas.getContext("2d").getImageData(0, 0, width, height);
const place = ([low, high], p) => (p - low) / (high - low);
return arguments[0].map(([x, y]) => {
  const column = Math.floor(place(range(0), x) * width);
  const row = Math.floor((1 - place(range(1), y)) * height);
  const at = 4 * (row * width + column);
  return data[at + 2] > data[at];
});
"""


def test_the_map_of_the_output_is_the_decision_boundary(show):
    xor, signs = [[0, 0], [0, 1], [1, 0], [1, 1]], [-1, 1, 1, -1]
    model = nn.MLP(2, [4, 1], activation="tanh", seed=1)
    point = [Value(1.0, label="x1"), Value(0.0, label="x2")]
    loss = nn.max_margin(model(point), 1)
    epochs = Epochs(loss, inputs=point, examples=(xor, signs))
    nn.fit(model, xor, signs, loss="max_margin", epochs=150, callback=epochs, progress=False)
    browser = show(loss, epochs=epochs)
    browser.run("choose(nodes.find((each) => each.name === 'a2[0]'))")
    assert browser.text("#plane-title") == "a2[0] over x1 → and x2 ↑"
    for leaf, number in zip(epochs.leaves, epochs.moments[-1].numbers, strict=True):
        leaf.data = number
    corners = [(0.05, 0.9), (0.95, 0.1), (0.1, 0.1), (0.9, 0.9), (-0.2, -0.2), (0.5, 0.5)]
    scores = [model([x, y]).data for x, y in corners]
    assert min(scores) < 0 < max(scores)
    assert browser.run(IS_BLUE, corners) == [score > 0 for score in scores]


@pytest.mark.parametrize(
    "wrong",
    [
        {"inputs": [Value(1.0)] * 2},
        {"inputs": [Value(1.0), Value(2.0)]},
        {"examples": ([[1.0]], [1.0])},
        {"examples": ([[1.0, 2.0]], [])},
    ],
)
def test_inputs_and_examples_that_do_not_fit_are_refused(wrong):
    x, y = Value(1.0, label="x"), Value(2.0, label="y")
    with pytest.raises(OptionError):
        Epochs(x * y, **{"inputs": [x, y], **wrong})


def test_of_many_epochs_a_page_has_some_with_the_first_and_the_last():
    loss, epochs = trained(1)
    epochs.moments += [epochs.moments[-1]._replace(epoch=i) for i in range(2, 1001)]
    shown = epochs.shown()
    assert (shown[0].epoch, shown[-1].epoch, len(shown)) == (0, 1000, 201)
    assert "1000 epochs" in repr(epochs)
    assert loss is epochs.loss


def test_epochs_are_those_of_the_loss_that_is_shown():
    _, epochs = trained(1)
    for wrong in (epochs, object()):
        with pytest.raises(OptionError, match="made of this very loss"):
            stepper(Value(1.0).exp(), epochs=wrong)
    with pytest.raises(NotAValueError):
        Epochs(3.0)
