"""What a notebook shows of a Value: the number, and a small picture of how it was computed."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from autograd import Value

# A picture of more nodes says less than the number alone, and is not what a cell was run for.
MOST_NODES = 40


def mimebundle(value: Value) -> dict[str, str]:
    """Return what a notebook shows of a Value beside its text: HTML, or nothing.

    It is an entry point of this distribution, for the engine knows nothing of pictures.

    >>> from autograd import Value
    >>> w = Value(2.0, label="w")
    >>> list(mimebundle(w * 3)), list(mimebundle(w))
    (['text/html'], [])
    """
    import viz

    if value.primitive is None:
        return {}
    try:
        drawing = viz.draw(value, max_nodes=MOST_NODES)
        picture: str = drawing._repr_mimebundle_()["text/html"]
    except (viz.GraphTooLargeError, viz.RenderError):
        return {}
    return {"text/html": f"<code>{html.escape(repr(value))}</code>{picture}"}
