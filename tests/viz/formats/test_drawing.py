import inspect
import pathlib
import re

import graphviz
import pytest

from autograd import Value
from chainrule.demo import worked_network
from viz import (
    FormatError,
    GraphTooLargeError,
    OptionError,
    RenderError,
    draw,
    save,
    to_dot,
    to_mermaid,
    to_text,
)
from viz.formats.dot import dot
from viz.formats.mermaid import mermaid
from viz.formats.tree import tree
from viz.options import DEFAULTS
from viz.picture.picture import picture


@pytest.fixture
def square():
    x = Value(3.0, label="x")
    return x * x


def test_a_drawing_is_a_digraph_with_the_text_of_to_dot(square):
    drawing = draw(square)
    assert isinstance(drawing, graphviz.Digraph)
    assert drawing.source == to_dot(square)


def test_a_notebook_shows_a_drawing_without_a_system_dot(square, without_dot, svg_texts):
    # The name of the method with which graphviz answers Jupyter.
    shown = draw(square)._repr_mimebundle_()
    page = shown["text/html"]
    svg = page[page.index("<svg") : page.index("</svg>") + len("</svg>")]
    found = [text for text in svg_texts(svg) if text]
    assert found == ["x = 3", "*", "9", "× 3", "× 3"]
    only = draw(square)._repr_mimebundle_(include=["image/svg+xml"])
    assert only == {"image/svg+xml": draw(square).pipe("svg", encoding="utf-8")}
    assert draw(square)._repr_mimebundle_(include=["image/png"])["image/png"][:4] == b"\x89PNG"


def test_a_drawing_can_be_added_to(square, svg_texts):
    drawing = draw(square)
    drawing.node("note", "added by hand")
    assert "added by hand" in svg_texts(drawing.pipe(format="svg"))


@pytest.mark.parametrize(
    ("options", "names"),
    [
        ({"filename": "square"}, ["square", "square.svg"]),
        ({"filename": "square", "format": "png", "cleanup": True}, ["square.png"]),
        ({"outfile": "square.png"}, ["square.gv", "square.png"]),
    ],
)
def test_a_drawing_renders_to_a_file_without_a_system_dot(
    square, without_dot, tmp_path, options, names
):
    folder = tmp_path / "new"
    written = draw(square).render(directory=folder, **options)
    assert sorted(path.name for path in folder.iterdir()) == names
    assert pathlib.Path(written) == folder / names[-1]


def test_a_drawing_can_be_viewed(square, tmp_path, monkeypatch):
    shown = []
    monkeypatch.setattr(graphviz, "view", shown.append)
    draw(square).view(tmp_path / "square")
    assert shown == [tmp_path / "square.svg"]


def test_options_reach_the_drawing(square):
    assert draw(square, depth=0).source == to_dot(square, depth=0)
    with pytest.raises(GraphTooLargeError):
        draw(square, max_nodes=1)


@pytest.mark.parametrize("kind", [str, pathlib.Path])
def test_save_makes_folders_and_returns_the_path(square, tmp_path, kind, svg_texts):
    path = save(square, kind(tmp_path / "new" / "graph.svg"))
    assert path == tmp_path / "new" / "graph.svg"
    assert svg_texts(path.read_bytes())[0] == "x = 3"


@pytest.mark.parametrize(
    ("name", "start"),
    [
        ("graph.svg", b"<svg"),
        ("graph.SVG", b"<svg"),
        ("graph.png", b"\x89PNG"),
        ("graph.jpg", b"\xff\xd8"),
        ("graph.json", b"{"),
        ("graph.mmd", b"flowchart LR"),
        ("graph.mermaid", b"flowchart LR"),
        ("graph.txt", b"* = 9"),
    ],
)
def test_the_suffix_says_the_format(square, tmp_path, name, start):
    assert save(square, tmp_path / name).read_bytes().startswith(start)


@pytest.mark.parametrize(
    ("suffix", "text"),
    [
        (".dot", to_dot),
        (".gv", to_dot),
        (".mmd", to_mermaid),
        (".mermaid", to_mermaid),
        (".txt", to_text),
    ],
)
def test_text_needs_no_renderer(square, tmp_path, suffix, text, monkeypatch):
    monkeypatch.setattr("viz.formats.render._programs", lambda: iter([]))
    path = save(square, tmp_path / f"graph{suffix}", constants="show")
    assert path.read_text("utf-8") == text(square, constants="show")


@pytest.mark.parametrize(
    ("name", "message"),
    [("graph", r"no suffix .*\.svg"), ("graph.docx", "'docx'; it must be one of .*mmd.*svg.*txt")],
)
def test_an_unknown_format_is_refused_and_nothing_is_made(square, tmp_path, name, message):
    with pytest.raises(FormatError, match=message):
        save(square, tmp_path / "new" / name)
    assert not (tmp_path / "new").exists()


def test_a_format_of_graphviz_alone_says_so(square, tmp_path, without_dot):
    with pytest.raises(FormatError, match="pdf needs Graphviz itself"):
        save(square, tmp_path / "graph.pdf")


@pytest.mark.parametrize("function", [draw, save, to_dot, to_mermaid, to_text, picture])
def test_help_tells_all_options(function):
    signature, text = inspect.signature(function), inspect.getdoc(function)
    for option, default in DEFAULTS.items():
        assert f"\n    {option}: " in text
        assert signature.parameters[option].default == default
    assert "<options>" not in text
    assert "<errors>" not in text


@pytest.mark.parametrize("function", [draw, save, to_dot, to_mermaid, to_text])
def test_options_are_told_in_the_same_words_everywhere(function):
    """They are written out in each function, where an editor looks for them."""
    ours, theirs = (inspect.signature(each).parameters for each in (function, picture))
    for option in DEFAULTS:
        assert ours[option] == theirs[option]
        assert entry(function, option) == entry(picture, option)
    for error in ("NotAValueError", "OptionError", "GraphTooLargeError"):
        assert entry(function, error) == entry(picture, error)


def entry(function, name):
    """What a docstring says about an argument or an error, with the lines that belong to it."""
    found = re.search(rf"^( +){name}: .*\n(?:\1 +.*\n)*", function.__doc__, re.MULTILINE)
    return " ".join(found[0].split())


@pytest.mark.parametrize(
    "choose",
    [
        lambda nodes: {"depth": 2},
        lambda nodes: {"focus": nodes["a21"]},
        lambda nodes: {"reached_from": nodes["w131"]},
        lambda nodes: {"paths_to": nodes["w131"]},
        lambda nodes: {"paths_to": nodes["w131"], "max_paths": 1},
        lambda nodes: {"collapse": "layer"},
        lambda nodes: {"collapse": "layer", "expand": ["a2"]},
        lambda nodes: {"constants": "show"},
    ],
)
def test_every_function_passes_every_option_on(choose, tmp_path):
    nodes = worked_network()
    root, options = nodes["L"] * 2, choose(nodes)
    shown = picture(root, **options)
    for function, write in [(to_dot, dot), (to_mermaid, mermaid), (to_text, tree)]:
        assert function(root, **options) == write(shown) != function(root)
    assert draw(root, **options).source == to_dot(root, **options)
    path = save(root, tmp_path / "graph.dot", **options)
    assert path.read_text(encoding="utf-8") == to_dot(root, **options)


@pytest.mark.parametrize("function", [draw, to_dot, to_mermaid, to_text, picture])
def test_every_function_passes_the_limit_on(function, square):
    with pytest.raises(GraphTooLargeError, match="max_nodes is 1"):
        function(square, max_nodes=1)


def test_nothing_is_written_when_rendering_fails(square, tmp_path, monkeypatch):
    path = tmp_path / "graph.svg"
    path.write_text("old")
    monkeypatch.setattr("viz.formats.render._programs", lambda: iter([]))
    with pytest.raises(RenderError):
        save(square, path)
    with pytest.raises(OptionError):
        save(square, path, depth=-1)
    assert path.read_text() == "old"
    assert [found.name for found in tmp_path.iterdir()] == ["graph.svg"]
