"""Text for pictures: what users wrote comes out literally, and never as markup."""

from __future__ import annotations

import html

from autograd.text import printable

LONGEST_TEXT = 60  # characters; a longer label would push everything else out of the picture


def visible(text: str, longest: int = LONGEST_TEXT) -> str:
    r"""Return the text on one line, shortened, with all its characters printable.

    Those that are not are shown as by :func:`autograd.text.printable`.

    >>> visible("a\n\0")
    'a␊␀'
    >>> visible("x" * 20_000) == "x" * 59 + "…"
    True
    """
    if len(text) > longest:
        text = text[: longest - 1] + "…"
    return printable(text)


def quote(*lines: str) -> str:
    r"""Return the lines as one DOT string that shows literally what they say.

    >>> print(quote('say "R&D" \\N <b>'))
    "say \"R&amp;D\" \\N <b>"
    """
    return '"' + r"\n".join(line.translate(_DOT_ESCAPES) for line in lines) + '"'


# In DOT, a backslash begins an escape such as \N (the node's name) and & an HTML entity.
_DOT_ESCAPES = str.maketrans({"\\": r"\\", '"': r"\"", "&": "&amp;"})


def markup(text: str) -> str:
    r"""Return text that an HTML-like label shows literally; nothing is a space that stays.

    >>> print(markup('a <b> & "c"'), repr(markup("")))
    a &lt;b&gt; &amp; &quot;c&quot; '&#160;'
    """
    return html.escape(text, quote=True).replace("&#x27;", "&#39;") or "&#160;"
