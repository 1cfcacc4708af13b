"""What is shown to a person: styled lines, and the four forms they have where people look.

Plain text is for files, pipes and the REPL, rich text for terminals, Markdown and HTML for
notebooks. The ASCII form of :mod:`autograd.explanations.encodings` is a mapping of the plain text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import groupby
from typing import TYPE_CHECKING, Literal, NamedTuple

from autograd.explanations.notation import one_line

if TYPE_CHECKING:
    from rich.text import Text

Kind = Literal["title", "head", "row", "text", "gap", "item", "detail"]

# How lines look in rich text.
_STYLES = {"strong": "bold", "right": "green", "wrong": "red", "formula": "green", "": ""}
_CELL_STYLES = ("cyan", "dim", "bold")
_CELL_SIGNS = (": ", " = ", "\n")


class Line(NamedTuple):
    """One line: what kind of line it is, what it says, and how it looks.

    A ``title`` stands above all; each ``row`` is a line of a table with three cells (what, how, how
    much), under a ``head`` that only tables show; ``text`` runs on; an ``item`` is one of a list
    and a ``detail`` stands below it; a ``gap`` is an empty line where there are no paragraphs.
    ``latex`` is the same as mathematics.
    """

    kind: Kind
    cells: tuple[str, ...] = ()
    style: Literal["", "strong", "right", "wrong", "formula"] = ""
    latex: str = ""

    @property
    def spans(self) -> list[tuple[str, str]]:
        """The pieces of the line as text, each with its style in rich."""
        if self.kind == "row":
            signed = zip(self.cells, _CELL_STYLES, _CELL_SIGNS, strict=True)
            return [span for text, style, sign in signed for span in ((text, style), (sign, ""))]
        indent = "    " if self.kind == "detail" else ""
        return [(indent + "".join(self.cells), _STYLES[self.style]), ("\n", "")]


class Styled:
    """What is made of styled lines, and can be shown wherever a person looks."""

    __slots__ = ()

    def lines(self) -> Iterator[Line]:
        """Yield the lines."""
        raise NotImplementedError

    def _spans(self) -> Iterator[tuple[str, str]]:
        for line in self.lines():
            if line.kind != "head":
                yield from line.spans

    def __str__(self) -> str:
        return "".join(text for text, _ in self._spans()).removesuffix("\n")

    def __rich__(self) -> Text:
        from rich.text import Text  # only where it is shown: the core needs no dependency

        text = Text()
        for piece, style in self._spans():
            text.append(piece, style)
        text.right_crop(1)
        return text

    def _repr_markdown_(self) -> str:
        return "\n\n".join(_MARKDOWN[block](lines) for block, lines in self._blocks())

    def _repr_html_(self) -> str:
        return "".join(_HTML[block](lines) for block, lines in self._blocks())

    def _blocks(self) -> Iterator[tuple[str, list[Line]]]:
        """Yield the lines that belong together, and what they are: a table, a list, a paragraph."""
        blocks = groupby(self.lines(), lambda line: _BLOCKS[line.kind])
        return ((block, list(lines)) for block, lines in blocks if block)


_BLOCKS: dict[Kind, str] = {
    "title": "title", "head": "table", "row": "table", "text": "paragraph", "gap": "",
    "item": "list", "detail": "list",
}  # fmt: skip


def markdown(text: str) -> str:
    """Return text that Markdown shows literally."""
    return re.sub(r"([\\`*_{}\[\]<>#|$~])", r"\\\1", one_line(text))


def _markdown_table(lines: list[Line]) -> str:
    head, *rows = [f"| {' | '.join(map(markdown, line.cells))} |" for line in lines]
    return "\n".join([head, "|:--|:--|--:|", *rows])


def _markdown_list(lines: list[Line]) -> str:
    items = []
    for line in lines:
        indent = "  " if line.kind == "detail" else ""
        items.append(f"{indent}- {f'${line.latex}$' if line.latex else markdown(*line.cells)}")
    return "\n".join(items)


_MARKDOWN = {
    "title": lambda lines: f"**{markdown(*lines[0].cells)}**",
    "table": _markdown_table,
    "paragraph": lambda lines: "  \n".join(markdown(*line.cells) for line in lines),
    "list": _markdown_list,
}


def _escaped(text: str) -> str:
    import html  # only in notebooks: importing it takes a while

    return html.escape(text)


def _html_table(lines: list[Line]) -> str:
    head, *rows = lines
    titles = "".join(f"<th>{_escaped(cell)}</th>" for cell in head.cells)
    table = "".join(f"<tr>{_html_cells(line)}</tr>" for line in rows)
    return f"<table><thead><tr>{titles}</tr></thead><tbody>{table}</tbody></table>"


def _html_cells(line: Line) -> str:
    what, how, number = map(_escaped, line.cells)
    left = '<td style="text-align:left">'
    return f"{left}{what}</td>{left}{how}</td><td>{number}</td>"


def _html_list(lines: list[Line]) -> str:
    items: list[list[str]] = []
    for line in lines:
        if line.kind == "item":
            items.append([])
        items[-1].append(_escaped(*line.cells))
    listed = "".join(f"<li>{'<br>'.join(item)}</li>" for item in items)
    return f"<ul>{listed}</ul>"


_HTML = {
    "title": lambda lines: f"<p><b>{_escaped(*lines[0].cells)}</b></p>",
    "table": _html_table,
    "paragraph": lambda lines: f"<p>{'<br>'.join(_escaped(*line.cells) for line in lines)}</p>",
    "list": _html_list,
}
