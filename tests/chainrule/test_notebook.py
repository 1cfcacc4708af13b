"""What a cell of a notebook shows: pictures that fit and tables, not walls of text."""

from __future__ import annotations

import sys
from html.parser import HTMLParser
from types import SimpleNamespace
from typing import Any
from xml.etree import ElementTree

import pytest

import autograd
import nn
import viz
from autograd import Value
from chainrule.notebook import MOST_NODES


def graph() -> Value:
    w = Value(2.0, label="w<b>")
    return (w * 3 - 1) ** 2


def picture_of(html: str) -> ElementTree.Element:
    return ElementTree.fromstring(html[html.index("<svg") : html.index("</svg>") + 6])


def test_a_value_shows_itself_and_how_it_was_computed() -> None:
    shown = graph()._repr_mimebundle_(include=None, exclude=None)
    assert shown["text/plain"].startswith("Value(data=25.0")
    assert shown["text/html"].startswith("<code>Value(data=25.0")
    assert picture_of(shown["text/html"]).get("class") == "chainrule"
    assert "<b>" not in shown["text/html"]


def test_a_leaf_and_a_large_graph_are_a_line() -> None:
    total = Value(0.0)
    for _ in range(MOST_NODES + 1):
        total = total + Value(1.0)
    for value in (Value(2.0), total):
        assert value._repr_mimebundle_() == {"text/plain": repr(value)}


def test_without_a_renderer_a_value_is_a_line(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> bytes:
        raise viz.RenderError("no renderer")

    monkeypatch.setattr("viz.formats.drawing.render", fail)
    value = graph()
    assert value._repr_mimebundle_() == {"text/plain": repr(value)}


def test_a_drawing_is_in_the_page_itself_and_as_text_a_tree() -> None:
    drawing = viz.draw(graph())
    shown = drawing._repr_mimebundle_(include=None, exclude=None)
    svg = picture_of(shown["text/html"])
    width = float(svg.get("width", "").removesuffix("pt"))
    assert svg.get("style") == f"max-width:100%;min-width:{width / 2:.0f}pt;height:auto"
    assert any(element.tag.endswith("title") for element in svg.iter())  # tooltips
    assert shown["text/plain"] == viz.to_text(graph())
    assert "image/svg+xml" not in shown


def test_a_training_is_a_line_and_a_table() -> None:
    x = [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]], [0, 1, 1, 0]
    options = {"loss": "binary_cross_entropy", "validation": x, "progress": False}
    history = nn.fit(nn.MLP(2, [2, 1], seed=0), *x, epochs=70, **options)  # type: ignore[arg-type]
    assert len(repr(history)) < 100
    assert repr(history).startswith("History(70 epochs, loss ")
    table = ElementTree.fromstring(f"<div>{history._repr_html_()}</div>")
    rows = [[cell.text for cell in row] for row in table.iter("tr")]
    assert rows[0] == ["epoch", "loss", "accuracy", "validation loss", "validation accuracy",
                       "seconds"]  # fmt: skip
    assert [row[0] for row in rows[1:]] == [*"12345", "…", "66", "67", "68", "69", "70"]
    short = nn.fit(nn.MLP(2, [2, 1], seed=0), *x, epochs=3, loss="squared_error", progress=False)
    assert short._repr_html_().count("<tr>") == 4
    assert "validation" not in short._repr_html_()
    assert repr(nn.History(stopped="interrupted")) == "History(no epochs, stopped='interrupted')"


def test_a_compiled_loss_is_a_line_a_table_and_its_program() -> None:
    w = Value(3.0, label="w<b>")
    step = autograd.compile(lambda x: autograd.dot([w, w], x) ** 2, batch="x")
    assert repr(step) == "CompiledLoss(<lambda>, batch=('x',), no program yet)"
    assert "<table" not in step._repr_html_()
    step([[1.0, 2.0]])
    page = ElementTree.fromstring(f"<div>{step._repr_html_()}</div>")
    assert page.findtext("p") == repr(step) == "CompiledLoss(<lambda>, batch=('x',), 1 parameter)"
    rows = [[cell.text for cell in row] for row in page.iter("tr")]
    [name] = step.parameters
    assert rows[1:] == [["a batch of", "x", "2"], ["parameter", name, "a number"]]
    assert page.findtext("details/pre") == step.source


class Untrusted(HTMLParser):
    """What a notebook shows that isn't trusted: text alone of what isn't in a hidden element."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.text = ""
        self.open: list[bool] = []  # of each element around, whether it is hidden
        self.feed(html)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.open.append(tag == "style" or ("style", "display:none") in attributes)

    def handle_endtag(self, tag: str) -> None:
        self.open.pop()

    def handle_data(self, data: str) -> None:
        if not any(self.open):
            self.text += data


def test_where_a_notebook_is_not_trusted_a_picture_is_its_tree() -> None:
    value, drawing, page = graph(), viz.draw(graph()), viz.stepper(graph())
    html = drawing._repr_mimebundle_()["text/html"]
    assert Untrusted(html).text == viz.to_text(graph())
    html = value._repr_mimebundle_()["text/html"]
    assert Untrusted(html).text == repr(value) + viz.to_text(value)
    assert Untrusted(page._repr_html_()).text.endswith(
        "trust this notebook, or run its cell, to see it."
    )


def test_a_picture_is_dark_where_the_notebook_is() -> None:
    for theme, dark, light in (("auto", True, True), ("light", False, False)):
        html = viz.draw(graph(), theme=theme)._repr_mimebundle_()["text/html"]
        assert ('[data-jp-theme-light="false"], .vscode-dark' in html) == dark
        assert ('[data-jp-theme-light="true"], .vscode-light' in html) == light
    assert "vscode" not in viz.draw(graph()).pipe("svg", encoding="utf-8")


def test_an_exported_page_has_the_picture_itself() -> None:
    nbconvert = pytest.importorskip("nbconvert", reason="this test needs nbconvert")
    from nbformat import v4

    value = graph()
    shown = [value, viz.draw(value), viz.stepper(value)]
    cells = [
        v4.new_code_cell(outputs=[v4.new_output("execute_result", bundle(each))]) for each in shown
    ]
    page, _ = nbconvert.HTMLExporter().from_notebook_node(v4.new_notebook(cells=cells))
    assert page.count('class="chainrule"') == 2
    assert page.count("srcdoc=") == 1
    assert "<img" not in page


def bundle(shown: Any) -> dict[str, str]:
    """What IPython keeps of what a cell ends with."""
    if hasattr(shown, "_repr_mimebundle_"):
        found: dict[str, str] = shown._repr_mimebundle_(include=None, exclude=None)
        return found
    return {"text/plain": repr(shown), "text/html": shown._repr_html_()}


def test_a_drawing_is_a_line() -> None:
    assert repr(viz.draw(graph())) == "<Drawing: The graph of **2, 4 nodes, 3 edges>"


def test_a_step_is_its_equation() -> None:
    *_, last = autograd.steps(graph())
    assert repr(last) == f"<Step {last}>"
    assert "\n" not in repr(last)


def test_the_frame_of_a_stepper_is_no_higher_than_the_window() -> None:
    html = viz.stepper(graph())._repr_html_()
    assert "height:min(760px, 90vh)" in html


def test_marimo_shows_an_explanation_as_a_table(monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[object] = []
    marimo = SimpleNamespace(
        running_in_notebook=lambda: True, output=SimpleNamespace(append=shown.append)
    )
    monkeypatch.setitem(sys.modules, "marimo", marimo)
    loss = graph()
    [w] = [node for node in autograd.topological_order(loss) if node.label]
    autograd.explain(loss, w)
    assert [str(each) for each in shown] == [str(autograd.explanation(loss, w))]
