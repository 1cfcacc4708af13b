import pytest

from autograd import Value, topological_order
from viz.errors import OptionError
from viz.picture.neighbourhood import neighbourhood


def labels(nodes):
    return [node.label for node in nodes]


@pytest.fixture
def graph():
    """a → c ← b; c → d → f; c → e → f, labelled; f is also computed from a."""
    nodes = {}

    def add(label, *parents):
        parents = [nodes[parent] for parent in parents]
        nodes[label] = Value(1.0, parents, [1.0] * len(parents), op=label, label=label)

    add("a")
    add("b")
    add("c", "a", "b")
    add("d", "c")
    add("e", "c")
    add("f", "d", "e", "a")
    return nodes


@pytest.mark.parametrize(
    ("centre", "depth", "expected"),
    [
        ("f", 0, "f"),
        ("f", 1, "adef"),
        ("f", 2, "acdef"),
        ("f", 3, "abcdef"),
        ("f", 99, "abcdef"),
        ("c", 0, "c"),
        ("c", 1, "abcde"),
        ("d", 1, "cdf"),
        ("d", 2, "abcdf"),
        ("a", 1, "acf"),
        ("b", 1, "bc"),
        ("b", 2, "bcde"),
    ],
)
def test_nodes_within_a_number_of_edges(graph, centre, depth, expected):
    order = topological_order(graph["f"])
    found = neighbourhood(order, graph[centre], depth)
    assert sorted(labels(found)) == list(expected)
    assert [node for node in order if node in set(found)] == found


def test_the_shortest_way_counts():
    x = Value(1.0, label="x")
    long_way = x
    for _ in range(5):
        long_way = long_way.sin()
    root = long_way + x
    assert x in neighbourhood(topological_order(root), root, 1)


def test_a_depth_below_zero_is_refused(graph):
    with pytest.raises(OptionError, match="0 or more, not -1"):
        neighbourhood([graph["a"]], graph["a"], -1)


def test_a_centre_outside_the_graph_is_refused(graph):
    with pytest.raises(OptionError, match=r"label='f'.* is not in the graph"):
        neighbourhood(topological_order(graph["c"]), graph["f"], 1)
