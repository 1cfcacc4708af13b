import json
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import autograd
import nn
from autograd import Value
from chainrule.demo import worked_network
from tests.autograd.strategies import expressions
from tests.viz.graphs import small_graph
from viz import OptionError
from viz.formats.dot import dot, line_width
from viz.formats.render import render
from viz.picture.picture import picture


@pytest.fixture
def network():
    nodes = worked_network()
    nodes["L"].backward()
    return nodes


def titles(shown):
    return [node.title for node in shown.nodes]


@settings(max_examples=40, deadline=None)
@given(expressions(kinks=True))
def test_the_numbers_are_those_of_the_graph(expression):
    _, root = expression.record()
    recorded = list(autograd.steps(root))
    shown = picture(root, constants="show")
    assert {node.members[0] for node in shown.nodes} == set(autograd.topological_order(root))
    for step in recorded:
        edge = shown.edge(step.node, step.position)
        assert (edge.start, edge.end) == (shown.node(step.parent), shown.node(step.node))
        assert math.isclose(edge.local_derivative, step.local_derivative)
        if step.parent.op != "constant":
            assert edge.contribution == step.contribution
    assert len(recorded) == len(shown.edges)


@settings(max_examples=40, deadline=None)
@given(expressions(kinks=True))
def test_contributions_into_a_node_sum_to_its_gradient(expression):
    _, root = expression.record()
    root.backward()
    shown = picture(root)
    for node in shown.nodes:
        uses = [edge.contribution for edge in shown.edges if edge.start is node]
        if uses:
            assert math.isclose(math.fsum(uses), node.gradient, rel_tol=1e-9, abs_tol=1e-9)


def positions(root, **options):
    """Where Graphviz puts the nodes, the labels and both ends of the edges, to within a point.

    A wider line has a larger head, which begins sooner and may reach beyond the frame.
    """
    drawn = json.loads(render(dot(picture(root, **options)), "json"))
    found = [drawn["bb"]]
    for node in drawn["objects"]:
        found += [node["pos"], node["width"], node["height"]]
    for edge in drawn.get("edges", []):
        head, tail = edge["pos"].removeprefix("e,").split()[:2]
        found += [head, tail, edge.get("lp", "0")]
    return [float(number) for text in found for number in text.split(",")]


def same(found, expected):
    return found == pytest.approx(expected, abs=1.0)


@settings(max_examples=15, deadline=None)
@given(expressions(kinks=True, max_instructions=6), st.floats(0, 1), st.booleans())
def test_nothing_moves_during_a_pass(expression, share, folds):
    leaves, root = expression.record()
    options = {"constants": "fold" if folds else "show"}
    before = positions(root, **options)
    total = len(list(autograd.steps(root)))
    for leaf in leaves:
        leaf.grad = 0.0
    half_way = autograd.steps(root)
    for _ in range(int(share * total)):
        next(half_way)
    assert same(positions(root, **options), before)
    root.backward()
    root.backward()
    assert same(positions(root, **options), before)


@pytest.mark.parametrize("factor", [1e-300, -8.888e-300, -1e300, math.inf, -math.inf, math.nan])
def test_nothing_moves_for_the_widest_numbers(factor):
    x = Value(1.0, label="x")
    root = Value(2.0, [x], [factor], op="f")
    before = positions(root)
    root.backward()
    assert same(positions(root), before)


def test_paths_do_not_move_either(network):
    after = positions(network["L"], paths_to=network["w131"])
    fresh = worked_network()
    assert same(positions(fresh["L"], paths_to=fresh["w131"]), after)


def test_constants_are_folded_into_the_op_that_uses_them():
    x = Value(3.0, label="x")
    root = 1 - 2 * x
    assert titles(picture(root)) == ["x", "2·□", "1 - □"]
    assert [edge.local_derivative for edge in picture(root).edges] == [2.0, -1.0]
    assert titles(picture(root, constants="show")) == ["", "x", "*", "", "-"]


def test_many_constants_are_counted():
    x = [Value(i / 3) for i in range(40)]
    root = autograd.dot([float(i) for i in range(40)], x)
    assert titles(picture(root))[-1] == "dot with 40 constants"


def test_labelled_constants_are_shown():
    model = nn.MLP(2, [1], seed=0)
    shown = picture(model([0.5, 1.0]))
    assert [node.title for node in shown.nodes if node.kind == "constant"] == ["x[0]", "x[1]"]


def test_a_constant_alone_or_asked_for_is_shown():
    x = Value(3.0, label="x")
    root = 2 * x
    two = root.parents[0]
    assert [node.kind for node in picture(two).nodes] == ["constant"]
    assert picture(root, focus=two).node(two) is not None
    assert picture(root, paths_to=two).node(two) is not None


def test_reached_from_hides_what_does_not_depend_on_the_node(network):
    shown = picture(network["L"], reached_from=network["w131"])
    names = [node.members[0].label for node in shown.nodes]
    assert names == ["w131", "a13", "h13", "a21", "a22", "ŷ1", "ŷ2", "L"]


def test_paths_of_the_notes(network):
    shown = picture(network["L"], paths_to=network["w131"])
    assert len(shown.paths) == 4
    assert shown.path_summary[0].startswith("sum of 4 paths")
    assert math.isclose(sum(path.product for path in shown.paths), network["w131"].grad)
    bright = {node.members[0].label for node in shown.nodes if not node.dimmed}
    assert bright == {"w131", "a13", "h13", "a21", "a22", "ŷ1", "ŷ2", "L"}
    # Beside them the numbers that the local derivatives are made of.
    dimmed = {node.members[0].label for node in shown.nodes if node.dimmed}
    assert dimmed == {"x1", "w213", "w223", "y1", "y2"}
    assert shown.edge(network["a13"], 4).paths == ()  # from x1
    along = [shown.edge(network["h13"], 0), shown.edge(network["L"], 0)]
    assert [edge.paths for edge in along] == [(0, 1, 2, 3), (0, 1)]
    assert shown.path_summary[-1] == "gradient ∂L/∂w131 = 0.003159"


def test_paths_lie_in_what_focus_and_depth_choose(network):
    shown = picture(network["L"], paths_to=network["w131"], depth=9)
    assert len(shown.nodes) == 49
    assert sum(not node.dimmed for node in shown.nodes) == 8
    assert sum(bool(edge.paths) for edge in shown.edges) == 10


def test_of_many_paths_the_largest_are_shown_and_all_are_counted():
    x = y = Value(1.0, label="x")
    for _ in range(60):
        y = y + y
    shown = picture(y, paths_to=x, max_paths=3)
    assert len(shown.paths) == 3
    assert shown.path_summary[1].startswith(f"sum of {2**60 - 3:,} paths left out")


def test_the_legend_names_the_example_of_a_batch():
    w = Value(0.5, label="w")
    loss = autograd.mean([(w * x - 1) ** 2 for x in (2.0, 3.0)])
    texts = [path.text for path in picture(loss, paths_to=w).paths]
    assert [text[:16] for text in texts] == ["example 1 of 2: ", "example 2 of 2: "]


def test_the_legend_of_long_labels_is_shortened():
    x = Value(2.0, label="x" * 5000)
    shown = picture(x.exp(), paths_to=x)
    assert max(map(len, (shown.paths[0].text, *shown.path_summary))) <= 160


def test_a_node_without_a_path_is_refused(network):
    with pytest.raises(OptionError, match="is not in the graph"):
        picture(network["ŷ1"], paths_to=network["y1"])


def test_paths_and_collapse_exclude_each_other(network):
    with pytest.raises(OptionError, match=r"with collapse, .*; leave one of the two out"):
        picture(network["L"], paths_to=network["w131"], collapse="layer")


def test_layers_collapse_into_boxes(network):
    shown = picture(network["L"], collapse="layer")
    assert titles(shown) == [
        *("W1", "x", "b1", "a1 = W1 x + b1", "h1 = σ(a1)"),
        *("W2", "b2", "a2 = W2 h1 + b2", "ŷ = softmax(a2)"),
        *("y", "L = squared_error(ŷ, y)"),
    ]
    weights = shown.node(network["w131"])
    assert weights.detail == "4 × 4"
    squares = [network[f"w1{i}{j}"].grad ** 2 for i in range(1, 5) for j in range(1, 5)]
    assert math.isclose(weights.norm, math.sqrt(sum(squares)))
    assert sum(edge.count for edge in shown.edges if edge.start is weights) == 16


def test_boxes_expand_on_request(network):
    shown = picture(network["L"], collapse="layer", expand=["a2"])
    assert shown.node(network["a21"]).title == "a21 (dot)"
    assert shown.node(network["h11"]).title == "h1 = σ(a1)"
    assert picture(network["L"], collapse="layer", expand="a2").node(network["a21"]).value


def test_neurons_show_their_numbers(network):
    shown = picture(network["L"], collapse="neuron")
    neuron = shown.node(network["a13"])
    assert neuron is shown.node(network["w132"]) is shown.node(network["h13"])
    assert (neuron.value, neuron.gradient) == (network["h13"].data, network["h13"].grad)


def test_a_network_for_digits_collapses_to_a_picture_for_a_slide():
    model = nn.MLP(64, [32], 10, seed=0)
    loss = nn.cross_entropy(model([i / 64 for i in range(64)]), 3)
    drawn = json.loads(render(dot(picture(loss, collapse="layer")), "json"))
    assert len(drawn["objects"]) == 9
    _, _, width, height = map(float, drawn["bb"].split(","))
    assert (width, height) < (1100, 300)


@settings(max_examples=20, deadline=None)
@given(expressions(), st.sampled_from(["layer", "neuron"]))
def test_every_node_is_in_one_box_and_edges_are_counted(expression, collapse):
    _, root = expression.record()
    shown = picture(root, collapse=collapse, constants="show")
    members = [member for node in shown.nodes for member in node.members]
    assert len(members) == len(set(members)) == len(autograd.topological_order(root))
    inside = sum(shown.node(node) is shown.node(parent) for node, parent, _ in autograd.edges(root))
    assert sum(edge.count for edge in shown.edges) + inside == len(list(autograd.edges(root)))
    places = {node: place for place, node in enumerate(shown.nodes)}
    assert all(places[edge.start] < places[edge.end] for edge in shown.edges)


def test_tooltips_tell_formulas_exact_numbers_and_lines():
    with autograd.record_origins():
        a = Value(0.1 + 0.2, label="a")
        h = a.tanh()  # this line
        h.label = "h"
    h.backward()
    shown = picture(h)
    assert shown.node(h).tooltip[0] == "h = tanh(a)"
    assert shown.node(a).tooltip[:3] == ("a", "value 0.30000000000000004", f"gradient {a.grad!r}")
    formula, local, contribution, line, source = shown.edge(h, 0).tooltip
    assert formula == "∂h/∂a = 1 - h²"
    assert local == f"local derivative {a.grad!r}"
    assert contribution == f"contribution 1.0 × {a.grad!r} = {a.grad!r}"
    assert line.startswith("test_picture.py:")
    assert source == "h = a.tanh()  # this line"


def test_the_description_says_what_is_shown():
    loss = small_graph()
    shown = picture(loss)
    assert shown.title == "The graph of L"
    assert shown.description == (
        "L = 15, computed by 3 operations from 1 leaf. Edges show local derivatives."
    )


def test_drawing_changes_no_gradient(network):
    before = [node.grad for node in network.values()]
    for options in ({}, {"paths_to": network["w131"]}, {"collapse": "layer"}):
        picture(network["L"], **options)
    assert [node.grad for node in network.values()] == before


def test_widths_say_the_magnitude():
    widths = [line_width(number, 4.0) for number in (0.0, 1e-9, 0.04, 1.0, -4.0)]
    assert widths == sorted(widths)
    assert (widths[0], widths[-1]) == (0.8, 4.0)
    assert line_width(math.nan, 4.0) == line_width(-math.inf, 4.0) == 4.0
    assert line_width(0.0, 0.0) == 0.8


def test_import_of_viz_loads_no_numpy():
    import subprocess
    import sys

    program = (
        "import sys, viz; print([m for m in ('numpy', 'rich', 'matplotlib') if m in sys.modules])"
    )
    found = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    assert found.stdout.strip() == b"[]"
