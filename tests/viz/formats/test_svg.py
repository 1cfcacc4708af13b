import re
from xml.etree import ElementTree

import pytest

from autograd import Value
from autograd.text import short_number
from chainrule.demo import worked_network
from tests.viz.graphs import HOSTILE, small_graph
from viz import OptionError, draw, save
from viz.formats.svg import svg
from viz.picture.picture import picture

SVG = "{http://www.w3.org/2000/svg}"


def parsed(shown, **options):
    return ElementTree.fromstring(svg(shown, **options))


def groups(root):
    return {element.get("id"): element for element in root.iter(f"{SVG}g") if element.get("id")}


def words(group, part):
    return ["".join(e.itertext()) for e in group.iter() if part in (e.get("class") or "").split()]


@pytest.fixture(params=["before", "after"])
def shown(request):
    loss = small_graph()
    if request.param == "after":
        loss.backward()
    return picture(loss)


def test_every_node_and_edge_is_a_group_with_id_and_classes(shown):
    found = groups(parsed(shown, prefix="a-"))
    assert set(found) == {f"a-{part.id}" for part in (*shown.nodes, *shown.edges)}
    for node in shown.nodes:
        assert found[f"a-{node.id}"].get("class") == f"node {node.kind}"
    for edge in shown.edges:
        assert found[f"a-{edge.id}"].get("class") == f"edge {edge.sign}"


def test_texts_are_where_scripts_find_them_also_before_a_pass(shown):
    found = groups(parsed(shown))
    for node in shown.nodes:
        group = found[node.id]
        assert words(group, "title") == [node.title]
        assert words(group, "value") == [node.value_text]
        assert words(group, "gradient") == [node.gradient_text]
    for edge in shown.edges:
        assert words(found[edge.id], "local") == [edge.local_text]
        assert words(found[edge.id], "contribution") == [edge.contribution_text]


def test_title_and_description_are_for_screen_readers(shown):
    root = parsed(shown, prefix="p")
    assert root.get("role") == "img"
    title, description = root.get("aria-labelledby").split()
    by_id = {element.get("id"): element.text for element in root.iter() if element.get("id")}
    assert (by_id[title], by_id[description]) == (shown.title, shown.description)


def test_tooltips_are_titles(shown):
    found = groups(parsed(shown))
    for part in (*shown.nodes, *shown.edges):
        assert found[part.id].findtext(f"{SVG}title") == "\n".join(part.tooltip)


def test_it_is_responsive_and_keeps_its_shape(shown):
    root = parsed(shown)
    assert "max-width:100%" in root.get("style")
    assert re.fullmatch(r"0\.00 0\.00 [\d.]+ [\d.]+", root.get("viewBox"))


def test_the_style_holds_for_this_graph_alone(shown):
    style = parsed(shown, prefix="mine-").findtext(f"{SVG}style")
    assert "@media (prefers-color-scheme: dark)" in style
    rules = [line for line in style.splitlines() if line.endswith("}") and "{" in line]
    selectors = [s for rule in rules for s in rule.split(" {")[0].split(", ")]
    assert selectors
    assert all(selector.startswith("#mine-graph ") for selector in selectors)


def test_two_graphs_on_one_page_have_ids_of_their_own():
    x = Value(2.0, label="x")
    first, second, again = (
        draw(root).pipe("svg", encoding="utf-8") for root in (x.exp(), x.log(), x.exp())
    )
    ids = [set(re.findall(r' id="([^"]+)"', text)) for text in (first, second)]
    assert len(ids[0]) == len(ids[1]) == 6
    assert ids[0].isdisjoint(ids[1])
    assert first == again


def test_a_saved_file_is_the_same_as_in_a_notebook(tmp_path):
    loss = small_graph()
    text = save(loss, tmp_path / "graph.svg").read_text("utf-8")
    assert text == draw(loss).pipe("svg", encoding="utf-8")


@pytest.mark.parametrize("prefix", ["1", "a b", '"><script>', "-"])
def test_a_prefix_that_is_no_id_is_refused(prefix):
    with pytest.raises(OptionError, match="the prefix of ids must be"):
        svg(picture(Value(1.0)), prefix=prefix)


@pytest.mark.parametrize("label", HOSTILE)
def test_hostile_labels_are_text_everywhere(label):
    x = Value(1.0, label=label)
    y = Value(2.0, [x], [3.0], op=label, label=label)
    shown = picture(y * 2, paths_to=x)
    root = parsed(shown)
    assert {element.tag.removeprefix(SVG) for element in root.iter()} <= {
        *("svg", "title", "desc", "style", "g", "polygon", "polyline", "path", "text", "tspan")
    }
    assert words(groups(root)["n0"], "title") == [shown.nodes[0].title]
    assert not any(name.startswith("on") for element in root.iter() for name in element.attrib)


def test_paths_have_a_stroke_each_and_a_line_in_the_legend():
    nodes = worked_network()
    shown = picture(nodes["L"], paths_to=nodes["w131"])
    root = parsed(shown)
    found = groups(root)
    for edge in shown.edges:
        strokes = [g.get("class") for g in found[edge.id].findall(f"{SVG}g")]
        assert strokes == [f"path-{path + 1}" for path in edge.paths]
    legend = next(g for g in root.iter(f"{SVG}g") if g.get("class") == "legend")
    swatches = [line.get("class") for line in legend.iter(f"{SVG}polyline")]
    assert swatches == ["path-1", "path-2", "path-3", "path-4"]
    style = root.findtext(f"{SVG}style")
    for path in range(1, 5):  # as wide as the others, whatever the width in DOT
        assert f".path-{path} path, #graph .legend .path-{path} {{ stroke-width: 2px }}" in style
    text = " ".join("".join(t.itertext()) for t in legend.iter(f"{SVG}text"))
    for path in shown.paths:
        assert f"{path.text} {path.factors} = {short_number(path.product)}" in text
    assert "gradient ∂L/∂w131 = 0.003159" in text


def test_cut_off_dimmed_and_grouped_nodes_have_classes():
    nodes = worked_network()
    classes = set()
    for options in (
        {"focus": nodes["a21"]},
        {"paths_to": nodes["w131"]},
        {"collapse": "layer"},
    ):
        root = parsed(picture(nodes["L"], **options))
        classes |= {name for g in root.iter(f"{SVG}g") for name in g.get("class", "").split()}
    assert {"cut-off", "dimmed", "group", "path", "none"} <= classes


def test_numbers_that_are_not_finite_have_a_class():
    x = Value(0.0, label="x")
    root = x.log()
    root.backward()
    shown = picture(root)
    assert shown.edges[0].contribution_text == "+= inf"
    assert groups(parsed(shown))["e0"].get("class") == "edge non-finite"
