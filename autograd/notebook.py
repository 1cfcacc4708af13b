"""What a notebook shows of a Value: its text, and what entry points of that name have for it.

And tables, for what else a cell may end with.
"""

from __future__ import annotations

import html
from collections.abc import Iterable
from importlib.metadata import entry_points
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from autograd.value import Value

GROUP = "chainrule.notebook"


def mimebundle(value: Value) -> dict[str, str]:
    """Return a Value in the formats that a notebook chooses from.

    An entry point of the group ``chainrule.notebook`` is a function of the Value that returns more
    of them: so pictures are shown, of which the engine knows nothing.
    """
    shown = {"text/plain": repr(value)}
    for each in entry_points(group=GROUP):
        shown |= each.load()(value)
    return shown


def table(titles: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """Return a table as HTML, of texts that it shows literally.

    Its cells stay apart in marimo too, which has no style for tables.

    >>> table(["x"], [["1 < 2"]]).replace(' style="padding:2px 8px"', "")
    '<table><tr><th>x</th></tr><tr><td>1 &lt; 2</td></tr></table>'
    """
    lines = [_row("th", titles), *(_row("td", row) for row in rows)]
    return f"<table>{''.join(lines)}</table>"


def _row(tag: str, texts: Iterable[str]) -> str:
    cells = (f'<{tag} style="padding:2px 8px">{html.escape(text)}</{tag}>' for text in texts)
    return f"<tr>{''.join(cells)}</tr>"
