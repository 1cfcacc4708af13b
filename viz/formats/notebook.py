"""HTML for notebooks that have to be trusted first, as what somebody else ran has to be."""

from __future__ import annotations


def trusted(html: str, otherwise: str) -> str:
    """Return HTML that shows itself where a notebook is trusted, and something else where not.

    There JupyterLab takes out what might do harm: of a drawing all its lines, so that its texts are
    left in a heap, and of a page in a frame everything. It takes out style sheets too, and by one
    of these the first part is seen here, and the second is not. The attribute ``hidden`` would
    not do: JupyterLab takes it out, and marimo hides what has it for good.
    """
    return (
        "<style>.chainrule-trusted{display:block!important}"
        ".chainrule-trusted+*{display:none}</style>"
        f'<div class="chainrule-trusted" style="display:none">{html}</div><div>{otherwise}</div>'
    )
