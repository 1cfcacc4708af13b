"""What a notebook shows of a Value: its text, and what entry points of that name have for it."""

from __future__ import annotations

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
