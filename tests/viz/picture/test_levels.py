"""What a picture draws of itself: nodes, neurons or layers; bands, and blocks that repeat."""

from __future__ import annotations

import pytest

import autograd
import nn
from autograd import Value, dot, tanh
from tests.viz.picture.programs import matrix, vector
from viz.formats.dot import dot as dot_text
from viz.formats.mermaid import mermaid
from viz.formats.svg import svg
from viz.formats.tree import tree
from viz.options import Direction, Theme
from viz.picture.collapse import groups
from viz.picture.picture import picture
from viz.picture.repeats import repeats


def margin(*widths: int) -> Value:
    model = nn.MLP(2, [*widths, 1], activation="tanh", seed=0)
    loss: Value = nn.max_margin(model([0.3, 0.4]), 1)
    return loss


def residual(n: int, width: int = 3) -> Value:
    h = vector(width, "x")
    for i in range(n):
        W, b = matrix(width, width, f"W{i}"), vector(width, f"b{i}")
        a = [dot(row, h, bias) for row, bias in zip(W, b, strict=True)]
        h = [x + tanh(each) for x, each in zip(h, a, strict=True)]
    return autograd.norm(h)


def recurrent(n: int) -> Value:
    W, b, h = matrix(3, 5, "W"), vector(3, "b"), vector(3, "h0")
    for t in range(n):
        x = vector(2, f"x{t}")
        h = [tanh(dot(row, [*x, *h], bias)) for row, bias in zip(W, b, strict=True)]
    return autograd.sum(h)


@pytest.mark.parametrize(
    ("widths", "level", "note"),
    [
        ((4,), "nodes", ""),
        ((16, 16), "neurons", 'collapse="layer" draws layers'),
        ((40, 40), "layers", 'collapse="neuron" draws neurons'),
    ],
)
def test_the_level_is_what_can_be_read_and_the_picture_says_so(widths, level, note):
    loss = margin(*widths)
    shown = picture(loss)
    expected = {
        "nodes": picture(loss, collapse=None, max_nodes=2000),
        "neurons": picture(loss, collapse="neuron"),
        "layers": picture(loss, collapse="layer"),
    }[level]
    assert [node.title for node in shown.nodes] == [node.title for node in expected.nodes]
    if note:
        assert shown.note.startswith(f"drawn as {level}, for ")
        assert note in shown.note
        assert "collapse=None every node" in shown.note
        for text in (dot_text(shown), tree(shown), mermaid(shown), svg(shown)):
            assert f"drawn as {level}" in text
    else:
        assert shown.note == expected.note == ""


def test_who_asks_for_every_node_or_for_a_part_gets_that():
    loss = margin(16, 16)
    for options in ({"collapse": None}, {"depth": 2}, {"reached_from": "W1[0,0]"}):
        shown = picture(loss, **options)
        assert not shown.note
        assert not any(node.is_group for node in shown.nodes)


def test_where_nothing_groups_nodes_all_are_drawn(monkeypatch):
    def fail(*_: object) -> None:
        raise ModuleNotFoundError("No module named 'numpy'")

    monkeypatch.setattr("viz.picture.levels._collapsed", fail)
    loss = margin(16, 16)
    assert len(picture(loss).nodes) == len(picture(loss, collapse=None).nodes)


def test_a_long_calculation_is_no_network():
    x = Value(0.5, label="x")
    for _ in range(300):
        x = x.sin()
    shown = picture(x)
    assert len(shown.nodes) == 301
    assert not shown.note


def test_edges_between_wide_layers_are_one_band():
    loss = margin(16, 16)
    shown, every = picture(loss), picture(loss, collapse=None)
    [band] = shown.bands
    assert (len(band.starts), len(band.ends), band.text) == (16, 16, "16 × 16")
    home = {value: node for node in shown.nodes for value in node.members}
    between = {
        (home[parent], home[value])
        for node in every.nodes
        for value in node.members
        for parent in value.parents
        if parent in home
    }
    drawn = {(edge.start, edge.end) for edge in shown.edges}
    in_band = {(start, end) for start in band.starts for end in band.ends}
    assert not drawn & in_band
    assert drawn | in_band == {(start, end) for start, end in between if start is not end}
    assert len(shown.edges) < 60
    assert "16 × 16" in svg(shown)


@pytest.mark.parametrize("build", [residual, recurrent])
@pytest.mark.parametrize("n", [3, 12])
def test_blocks_that_repeat_are_drawn_once(build, n):
    loss = build(n)
    shown, every = (picture(loss, collapse="layer", repeats=r) for r in ("once", "all"))
    [block] = shown.blocks
    assert block.count == n
    assert not every.blocks
    assert all(f"× {n}, up to" in text for text in (svg(shown), tree(shown), mermaid(shown)))
    hidden = len(every.nodes) - len(shown.nodes)
    assert hidden == (n - 1) * len(block.nodes)
    assert 'repeats="all"' in shown.note


def test_what_does_not_repeat_is_drawn_in_full():
    for loss in (residual(2), margin(3), margin(3, 4, 5)):
        assert not repeats(groups(loss))
    shown = picture(residual(12), collapse="layer", expand=["a3"])
    assert not shown.blocks


def test_a_block_has_the_same_ops_and_shapes_each_time():
    [found] = repeats(groups(residual(5)))
    for other in found.others:
        for first, group in zip(found.first, other, strict=True):
            assert first.shape == group.shape
            assert [node.op for node in first.elements] == [node.op for node in group.elements]
    members = [node for block in (found.first, *found.others) for g in block for node in g.members]
    assert len(members) == len({*members})


@pytest.mark.parametrize(
    ("direction", "rankdir"), [("right", "LR"), ("down", "TB"), ("left", "RL"), ("up", "BT")]
)
def test_a_picture_runs_where_it_is_told(direction: Direction, rankdir: str):
    shown = picture(margin(2), direction=direction)
    assert f"rankdir={rankdir} " in dot_text(shown)
    assert mermaid(shown).splitlines()[0] == f"flowchart {rankdir}"


@pytest.mark.parametrize("theme", ["auto", "light", "dark"])
def test_a_theme_is_kept_where_the_reader_has_no_say(theme: Theme):
    loss = margin(2)
    shown = picture(loss, theme=theme)
    text = svg(shown)
    assert ("prefers-color-scheme" in text) == (theme == "auto")
    background = "#12181f" if theme == "dark" else "#ffffff"
    assert f'bgcolor="{background}"' in dot_text(shown)
    assert f".background {{ fill: {background} }}" in text
