"""Styled lines: whatever they say, their four forms say all of it, and nothing else is read in."""

import html
import re

from hypothesis import given
from hypothesis import strategies as st

from autograd.explanations.notation import one_line
from autograd.explanations.styled import Line, Styled

texts = st.text(st.sampled_from("aβ∂L/ =:<>&\"'*_`$|\\[]#~{}-1"), min_size=1).map(
    lambda text: f"x{text}x"
)
styles = st.sampled_from(["", "strong", "right", "wrong", "formula"])


def of_kind(kind):
    return st.builds(lambda text, style: Line(kind, (text,), style), texts, styles)


@st.composite
def documents(draw):
    lines = draw(st.lists(of_kind("title"), max_size=1))
    if rows := draw(st.lists(st.tuples(texts, texts, texts), max_size=3)):
        lines += [Line("head", ("a", "b", "c")), *(Line("row", cells) for cells in rows)]
    lines += draw(st.lists(of_kind("text"), max_size=3))
    for item in draw(st.lists(of_kind("item"), max_size=3)):
        lines += [item, *draw(st.lists(of_kind("detail"), max_size=2))]
    return lines


class Document(Styled):
    def __init__(self, lines):
        self._lines = lines

    def lines(self):
        return iter(self._lines)


def cells(lines):
    return [cell for line in lines for cell in line.cells]


@given(documents())
def test_rich_text_is_the_plain_text(lines):
    shown = Document(lines)
    assert shown.__rich__().plain == str(shown)


@given(documents())
def test_plain_text_has_a_line_for_each(lines):
    shown = [line for line in lines if line.kind != "head"]
    written = str(Document(lines)).split("\n") if shown else []
    assert len(written) == len(shown)
    for line, text in zip(shown, written, strict=True):
        assert text.strip() == (
            "{}: {} = {}".format(*line.cells) if line.kind == "row" else line.cells[0]
        )


@given(documents())
def test_html_says_all_of_it_literally(lines):
    written = Document(lines)._repr_html_()
    said = [html.unescape(piece) for piece in re.split(r"<[^>]*>", written) if piece]
    assert said == cells(lines)


@given(documents())
def test_markdown_says_all_of_it_literally(lines):
    written = Document(lines)._repr_markdown_()
    plain = re.sub(r"\\(.)", r"\1", written)
    at = 0
    for cell in cells(lines):
        shown = one_line(cell)
        at = plain.index(shown, at) + len(shown)
    structure = re.sub(r"\\.", "", written)
    assert not re.search(r"[`_$<\[]", structure)
