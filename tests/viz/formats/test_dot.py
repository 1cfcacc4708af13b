import re
import subprocess
import sys

import numpy as np
import pytest

import autograd
import viz
from autograd import Value
from chainrule.demo import worked_network
from tests.counting import lines_run
from tests.viz.graphs import chain, edge_labels, edges, node_labels, small_graph
from viz import GraphTooLargeError, NotAValueError, OptionError, to_dot


def test_the_text_is_the_same_from_run_to_run():
    program = (
        "from autograd import Value, dot, softmax; from viz import to_dot\n"
        "x = [Value(i / 3, label=f'x{i}') for i in range(9)]\n"
        "print(to_dot(sum(softmax([dot(x, x), *x])) ** 2))"
    )
    texts = {
        subprocess.run([sys.executable, "-c", program], capture_output=True, check=True).stdout
        for _ in range(2)
    }
    assert len(texts) == 1


def test_gradients_are_shown_only_after_a_backward_pass():
    loss = small_graph()
    assert "grad" not in to_dot(loss)
    loss.backward()
    assert to_dot(loss, constants="show").count("grad") == 4  # all nodes but the constant


def test_gradients_of_nodes_that_have_none_are_zero_after_a_backward_pass():
    x, y = Value(2.0, label="x"), Value(0.0, label="y")
    root = x * y
    root.backward()
    assert node_labels(to_dot(root))[:2] == [["x = 2", "grad 0"], ["y = 0", "grad 2"]]


def test_gradients_of_a_pass_elsewhere_are_not_shown():
    x = Value(2.0, label="x")
    (x * x).backward()
    assert "grad" not in to_dot(x.exp())


def test_a_root_inside_a_larger_loss_shows_the_gradients_of_that():
    x = Value(2.0, label="x")
    inner = x * x
    (3 * inner).backward()
    assert node_labels(to_dot(inner)) == [["x = 2", "grad 12"], ["*", "4", "grad 3"]]


def test_edges_have_the_local_derivative_and_after_a_pass_the_contribution():
    loss = small_graph()
    assert edge_labels(to_dot(loss))[1:3] == [["× 3", ""], ["× 3", ""]]
    loss.backward()
    assert edge_labels(to_dot(loss))[:3] == [["× 2", "+= 2"], ["× 3", "+= 3"], ["× 3", "+= 3"]]


def test_every_path_of_the_legend_has_a_line_of_its_own_beside_its_colour():
    nodes = worked_network()
    text = to_dot(nodes["L"], paths_to=nodes["x1"])
    lines = {
        path: set(re.findall(rf"id=e\d+_path{path} .*?style=(\w+) penwidth=(\d+)", text))
        for path in range(8)
    }
    assert all(len(styles) == 1 for styles in lines.values())  # along all of the path
    assert len({*map(frozenset, lines.values())}) == 8
    swatches = re.findall(r'<TABLE BORDER="(\d+)" SIDES="B" STYLE="(\w+)"', text)
    assert [{(style, width)} for width, style in swatches] == list(lines.values())


def test_a_square_has_two_edges():
    x = Value(3.0)
    assert edges(to_dot(x * x)) == [("n0", "n1"), ("n0", "n1")]


@pytest.mark.parametrize(
    ("make", "shown"),
    [
        (lambda x: autograd.leaky_relu(x), "leaky_relu[0.01]"),
        (lambda x: x**2, "□²"),
        (lambda x: x**-0.5, "□^(-0.5)"),
        (lambda x: 2**x, "2^□"),
        (lambda x: Value(1.0, [x], [1.0], op="my op"), "my op"),
        (lambda x: Value(1.0, [x], [1.0]), "custom"),
        (lambda x: autograd.softmax([x, x])[1], "softmax[1]"),
    ],
)
def test_ops_are_shown_with_their_parameters(make, shown):
    last = node_labels(to_dot(make(Value(3.0, label="x"))))[-1]
    assert last[0] == shown


def test_leaves_constants_operations_and_the_loss_differ_in_shape():
    dot = to_dot(small_graph(), constants="show")
    shapes = re.findall(r"> (shape=.*?) (?:width|color)", dot)
    constant, leaf, operation, _, loss = shapes
    assert len({constant, leaf, operation, loss}) == 4


@pytest.mark.parametrize("label", ["", "x"])
def test_a_leaf_alone_is_a_picture(label):
    assert node_labels(to_dot(Value(3.0, label=label))) == [["x = 3" if label else "3"]]


def test_depth_cuts_off_and_says_so():
    dot = to_dot(chain(5), depth=2)
    assert len(node_labels(dot)) == 3
    assert 'n0_before [label="… 1 more"' in dot
    assert ("n0_before", "n0") in edges(dot)


def test_depth_zero_is_the_root_alone():
    dot = to_dot(small_graph(), depth=0)
    assert len(node_labels(dot)) == 1
    assert 'n0_before [label="… 2 more"' in dot


def test_focus_shows_both_sides():
    x = Value(3.0, label="x")
    y = x.sin()
    dot = to_dot(y.exp() + y * 2, focus=y, constants="show")
    assert [label[0] for label in node_labels(dot)] == ["x = 3", "sin", "exp", "*"]
    assert 'n2_after [label="1 more …"' in dot
    assert 'n3_before [label="… 1 more"' in dot  # the constant


def test_focus_leaves_out_what_the_focus_has_no_part_in():
    loss = small_graph()
    dot = to_dot(loss, focus=loss.parents[0], depth=10, constants="show")
    assert len(node_labels(dot)) == 4
    assert 'n1_after [label="2 more …"' in dot  # x * x
    assert 'n3_before [label="… 1 more"' in dot


def test_a_depth_that_covers_everything_is_the_whole_graph():
    assert to_dot(small_graph(), depth=10) == to_dot(small_graph())


def test_too_many_nodes_are_refused_with_the_options():
    with pytest.raises(GraphTooLargeError) as caught:
        to_dot(chain(2000))
    for part in ("2,001 nodes", "max_nodes", "depth", "focus"):
        assert part in str(caught.value)
    assert len(node_labels(to_dot(chain(2000), max_nodes=2001))) == 2001


def test_only_what_is_drawn_counts():
    assert len(node_labels(to_dot(chain(2000), depth=999))) == 1000


def test_many_nodes_end_in_an_error_or_a_part_soon():
    with autograd.pause_gc():
        root = chain(200_000)
        with pytest.raises(GraphTooLargeError, match="200,001"):
            to_dot(root)
        assert len(node_labels(to_dot(root, depth=3))) == 4
        assert len(node_labels(to_dot(root, focus=root.parents[0].parents[0], depth=3))) == 6


def test_a_graph_ten_times_as_large_is_ten_times_the_work():
    def refused(root):
        with pytest.raises(GraphTooLargeError):
            to_dot(root)

    small, large = chain(2000), chain(20_000)
    for write in (
        refused,
        lambda root: to_dot(root, depth=3),
        lambda root: to_dot(root, focus=root.parents[0], depth=3),
    ):
        assert lines_run(write, large) < 12 * lines_run(write, small)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"depth": -1}, "depth must be a whole number, 0 or more, not -1"),
        ({"depth": 1.5}, r"depth must be a whole number, 0 or more, not 1\.5"),
        ({"depth": "1"}, "depth must be .* not '1'"),
        ({"depth": True}, "depth must be .* not True"),
        ({"max_nodes": 0}, "max_nodes must be a whole number, 1 or more, not 0"),
        ({"max_nodes": "5"}, "max_nodes must be .* not '5'"),
        ({"max_nodes": 5.0}, r"max_nodes must be .* not 5\.0"),
        ({"max_nodes": None}, "max_nodes must be .* not None"),
        ({"max_nodes": True}, "max_nodes must be .* not True"),
        ({"focus": Value(1.0, label="stranger")}, "stranger.* is not in the graph"),
        ({"paths_to": Value(1.0, label="stranger")}, "paths_to=.*stranger.* is not in the graph"),
        ({"reached_from": Value(1.0)}, "reached_from=.* is not in the graph"),
        ({"max_paths": 0}, "max_paths must be a whole number, 1 or more, not 0"),
        ({"constants": "fald"}, "unknown constants 'fald'; did you mean 'fold'"),
        ({"collapse": "layers"}, "unknown collapse 'layers'; did you mean 'layer'"),
        ({"collapse": 1}, "unknown collapse 1; it must be one of 'auto', 'layer', 'neuron'"),
        ({"collapse": None, "expand": ["a1"]}, 'add collapse="layer"'),
        ({"collapse": "layer", "expand": ["sqare"]}, "no box is called 'sqare'"),
        ({"dept": 3}, "unknown option 'dept'; did you mean 'depth'"),
    ],
)
def test_options_out_of_range_are_refused(options, message):
    with pytest.raises(OptionError, match=message):
        to_dot(small_graph(), **options)


def test_whole_numbers_of_numpy_are_options():
    options = {"depth": np.int64(1), "max_nodes": np.uint8(9)}
    assert to_dot(small_graph(), **options) == to_dot(small_graph(), depth=1)


def test_only_values_are_drawn():
    with pytest.raises(NotAValueError, match=r"not the list \[1\.0\]"):
        to_dot([1.0])
    with pytest.raises(NotAValueError, match="the focus must be"):
        to_dot(small_graph(), focus=3.0)
    for option in ("paths_to", "reached_from"):
        with pytest.raises(NotAValueError, match=f"{option} must be .* not the float 3"):
            to_dot(small_graph(), **{option: 3.0})


def test_the_public_names_are_sorted_and_exist():
    assert viz.__all__ == sorted(viz.__all__)
    assert all(hasattr(viz, name) for name in viz.__all__)
