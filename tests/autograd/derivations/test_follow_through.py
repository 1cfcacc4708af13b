"""A wrong answer spoils those below it, which follow rightly from it or not."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from autograd import Value, check_derivation, dot, gradients, sigmoid
from autograd.derivations.follow_through import replayed
from autograd.graph import computed_nodes


def network():
    x = [Value(0.7, label="x1"), Value(-1.3, label="x2")]
    w = [[Value(0.3 + i - 0.6 * j, label=f"w1{i}{j}") for j in range(2)] for i in range(2)]
    v = [Value(0.8, label="v1"), Value(-0.55, label="v2")]
    a = [dot(row, x) for row in w]
    h = [sigmoid(each) for each in a]
    for i in range(2):
        a[i].label, h[i].label = f"a{i}", f"h{i}"
    y = dot(v, h)
    y.label = "y"
    loss = (y - 0.4) ** 2
    loss.label = "L"
    return loss, {node.label: node for node in [*x, *w[0], *w[1], *v, *a, *h, y]}


def test_what_follows_from_a_slip_is_not_a_slip_of_its_own():
    loss, nodes = network()
    exact = dict(zip(nodes, gradients(loss, list(nodes.values())), strict=True))
    names = ["y", "h0", "a0", "w100", "v1", "h1"]
    slip = {name: exact[name] for name in names}
    slip["h0"] *= 3.7  # and what comes after it
    slip["a0"] *= 3.7
    slip["w100"] *= 3.7
    findings = {found.name: found for found in check_derivation(loss, slip).findings}
    assert [name for name in names if findings[name].is_right] == ["y", "v1", "h1"]
    assert findings["h0"].follows_from == ()
    assert findings["a0"].follows_from == findings["w100"].follows_from == ("h0",)
    assert "follows rightly from the answer for h0" in str(findings["w100"])
    assert findings["a0"].to_dict()["follows_from"] == ["h0"]


def test_a_second_slip_is_one():
    loss, nodes = network()
    exact = dict(zip(nodes, gradients(loss, list(nodes.values())), strict=True))
    slips = {"h0": exact["h0"] * 3.7, "a0": exact["a0"] * 2.9, "w101": exact["w101"] * 2.9}
    first, second, third = check_derivation(loss, slips).findings
    assert (first.follows_from, second.follows_from, third.follows_from) == ((), (), ("a0",))


def test_paths_from_two_slips_are_added():
    loss, nodes = network()
    mine = {"h0": 0.21, "h1": -0.77}
    answers = {nodes[name]: number for name, number in mine.items()}
    number, used = replayed(computed_nodes(loss), nodes["x1"], answers)
    assert used == set(answers)
    found = check_derivation(loss, {**mine, "x1": repr(number)}).findings[2]
    assert found.follows_from == ("h0", "h1")
    assert "those for h0 and h1" in found.details[0]


def test_rounded_on_the_way_it_follows_all_the_same():
    loss, nodes = network()
    number, _ = replayed(computed_nodes(loss), nodes["w100"], {nodes["h0"]: 0.21})
    found = check_derivation(loss, {"h0": "0.21", "w100": f"{number * 1.004:.3g}"}).findings[1]
    assert found.follows_from == ("h0",)


@given(st.floats(-9, 9), st.sampled_from(["a0", "w100", "x1", "v2"]))
def test_the_gradient_follows_from_right_answers(number, name):
    loss, nodes = network()
    every = list(nodes.values())
    right = dict(zip(every, gradients(loss, every), strict=True))
    replay, _ = replayed(computed_nodes(loss), nodes[name], right)
    assert replay == pytest.approx(right[nodes[name]], rel=1e-12)
    # and from a wrong one at the loss's only child, in proportion
    assume(abs(number) > 1e-3)
    wrong, used = replayed(computed_nodes(loss), nodes[name], {nodes["y"]: number})
    assert wrong == pytest.approx(right[nodes[name]] / right[nodes["y"]] * number, rel=1e-9)
    assert used == {nodes["y"]}


def test_an_answer_follows_from_nothing_that_is_no_part_of_its_paths():
    loss, _ = network()
    found = check_derivation(loss, {"h0": 5.5, "v1": 4.4, "w100": 7.7}).findings
    assert [each.follows_from for each in found] == [(), (), ()]
