"""What a notebook shows of a Value: the number, and a small picture of how it was computed."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from autograd import Value

# A picture of more nodes says less than the number alone, and is not what a cell was run for.
MOST_NODES = 40


def mimebundle(value: Value) -> dict[str, str]:
    """Return a Value in the formats that a notebook chooses from.

    >>> from autograd import Value
    >>> w = Value(2.0, label="w")
    >>> shown = mimebundle(w * 3)
    >>> sorted(shown), shown["text/plain"]
    (['text/html', 'text/plain'], "Value(data=6.0, grad=0.0, op='*')")
    """
    import html

    import viz

    text = {"text/plain": repr(value)}
    if value.primitive is None:
        return text
    try:
        drawing = viz.draw(value, max_nodes=MOST_NODES)
        picture: str = drawing._repr_mimebundle_()["text/html"]
    except (viz.GraphTooLargeError, viz.RenderError):
        return text
    return text | {"text/html": f"<code>{html.escape(repr(value))}</code>{picture}"}
