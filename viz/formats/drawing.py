"""Pictures of a graph: in a notebook and in a file."""

from __future__ import annotations

import os
import pathlib
from collections.abc import Callable, Iterable, Sequence
from html import escape
from typing import TYPE_CHECKING, Any, Never, SupportsIndex

import graphviz  # type: ignore[import-untyped]

from autograd.files import write_atomically
from viz.errors import FormatError
from viz.formats.dot import NAME, dot
from viz.formats.mermaid import mermaid
from viz.formats.notebook import trusted
from viz.formats.render import formats, render, unknown_format
from viz.formats.svg import dressed, prefix_of
from viz.formats.tree import tree
from viz.options import Collapse, Constants, Direction, Repeats, Theme
from viz.picture.model import Picture
from viz.picture.picture import picture

if TYPE_CHECKING:
    from autograd import Value

# The formats that are text, and need no renderer.
TEXTS: dict[str, Callable[[Picture], str]] = {
    "dot": dot,
    "gv": dot,
    "mermaid": mermaid,
    "mmd": mermaid,
    "text": tree,
    "txt": tree,
}
_PIXELS = ("bmp", "gif", "jpe", "jpeg", "jpg", "png", "webp")


class Drawing(graphviz.Digraph):  # type: ignore[misc]
    """A graphviz.Digraph that is laid out by our renderer, so also where there is no ``dot``.

    ``picture`` says what it shows; as SVG it has tooltips, and colours for light and for dark.
    """

    picture: Picture | None = None  # in a copy, which graphviz makes by itself

    def pipe(self, format: str | None = None, *, encoding: str | None = None, **_: Any) -> Any:
        """Return the picture as bytes, or as text if an encoding is given."""
        drawn = _rendered(self.source, format or self.format, self.picture)
        return drawn if encoding is None else drawn.decode(encoding)

    def __repr__(self) -> str:
        if self.picture is None:
            return object.__repr__(self)
        count = f"{len(self.picture.nodes)} nodes, {len(self.picture.edges)} edges"
        return f"<{type(self).__name__}: {self.picture.title}, {count}>"

    def _repr_mimebundle_(
        self, include: Iterable[str] | None = None, exclude: Iterable[str] | None = None, **_: Any
    ) -> dict[str, Any]:
        # As image/svg+xml a notebook makes an <img> of it, which is cut off and has no tooltips.
        if include or exclude or self.picture is None:
            found: dict[str, Any] = super()._repr_mimebundle_(include, exclude)
            return found
        drawn = render(self.source, "svg")
        svg = dressed(drawn, self.picture, prefix=prefix_of(self.source), in_notebook=True)
        text = tree(self.picture)
        shown = trusted(f'<div style="overflow-x:auto">{svg}</div>', f"<pre>{escape(text)}</pre>")
        return {"text/html": shown, "text/plain": text}

    def render(
        self,
        filename: str | os.PathLike[str] | None = None,
        directory: str | os.PathLike[str] | None = None,
        view: bool = False,
        cleanup: bool = False,
        format: str | None = None,
        *,
        outfile: str | os.PathLike[str] | None = None,
        **_: Any,
    ) -> str:
        """Write the DOT text, and the picture beside it; return the picture's path."""
        if outfile is not None:
            picture = pathlib.Path(outfile)
            source = pathlib.Path(self.save(picture.with_suffix(".gv"), directory=directory))
            picture = source.with_name(picture.name)
        else:
            source = pathlib.Path(self.save(filename, directory=directory))
            picture = source.with_name(f"{source.name}.{format or self.format}")
        _write(picture, self.pipe(format or picture.suffix[1:].lower()))
        if cleanup:
            source.unlink()
        if view:
            graphviz.view(picture)
        return str(picture)


def draw(
    root: Value,
    *,
    max_nodes: SupportsIndex = 1000,
    depth: SupportsIndex | None = None,
    focus: Value | str | None = None,
    reached_from: Value | str | None = None,
    paths_to: Value | str | None = None,
    max_paths: SupportsIndex = 8,
    constants: Constants = "fold",
    collapse: Collapse | None = "auto",
    expand: Sequence[str] = (),
    repeats: Repeats = "once",
    direction: Direction = "right",
    theme: Theme = "auto",
    **_unknown: Never,
) -> Drawing:
    """Return the graph behind a value as a graphviz.Digraph, which a notebook shows as a picture.

    What it shows is told by :func:`viz.to_dot`.

    Args:
        root: the value to draw, usually the loss.
        max_nodes: how many nodes the picture may have.
        depth: draw only the nodes at most so many edges away from the focus, before it and after
            it; without a focus, from the root. What is cut off is hinted at by dashed nodes.
        focus: a node of the graph to draw the surroundings of, to a depth of 1 by default.
        reached_from: a node, such as a weight; draw only it and what depends on it.
        paths_to: a node to draw the chain-rule paths to, each in a colour and dash of its own, with
            a legend of their products and the sum, which is the gradient. Only the paths are drawn,
            and dimmed what their local derivatives speak of; with ``depth``, ``focus`` or
            ``reached_from``, what these say is drawn as well, and dimmed.
        max_paths: how many paths to lay over the graph, the largest first if there are more.
        constants: "fold" writes the constants of an expression into the op that uses them, as in
            ``2·□`` (□ is what comes in by an edge); "show" gives each a node.
        collapse: "layer" draws a box for each array of a layer (``a1 = W1 x + b1``), "neuron" one
            for each neuron; None draws every node. "auto" takes the first of nodes, neurons and
            layers that is not too many to read, and the picture says so.
        expand: the names of boxes, as "a1", whose nodes are drawn after all.
        repeats: "once" draws blocks of layers that repeat once, with ``× 12``; "all" draws each.
        direction: where the graph runs to: "right", "down", "left" or "up".
        theme: "light" or "dark"; "auto" is light, and in SVG what the reader's system is.

    Raises:
        NotAValueError: if the root, or a node among the options, is not a Value.
        OptionError: if an option is out of range, or a node among them is not in the graph.
        GraphTooLargeError: if there are more than ``max_nodes`` nodes to draw.

    >>> from autograd import Value
    >>> drawing = draw(Value(2.0, label="x").exp())
    >>> "<svg" in drawing.pipe(format="svg", encoding="utf-8")
    True
    """
    shown = picture(
        root,
        max_nodes=max_nodes,
        depth=depth,
        focus=focus,
        reached_from=reached_from,
        paths_to=paths_to,
        max_paths=max_paths,
        constants=constants,
        collapse=collapse,
        expand=expand,
        repeats=repeats,
        direction=direction,
        theme=theme,
        **_unknown,
    )
    _head, *body, _brace, _end = dot(shown).split("\n")
    drawing = Drawing(NAME, body=[f"{line}\n" for line in body], format="svg")
    drawing.picture = shown
    return drawing


def save(
    root: Value,
    path: str | os.PathLike[str],
    *,
    format: str | None = None,
    max_nodes: SupportsIndex = 1000,
    depth: SupportsIndex | None = None,
    focus: Value | str | None = None,
    reached_from: Value | str | None = None,
    paths_to: Value | str | None = None,
    max_paths: SupportsIndex = 8,
    constants: Constants = "fold",
    collapse: Collapse | None = "auto",
    expand: Sequence[str] = (),
    repeats: Repeats = "once",
    direction: Direction = "right",
    theme: Theme = "auto",
    **_unknown: Never,
) -> pathlib.Path:
    """Write a picture of the graph behind a value to a file, and return the file's path.

    The suffix says the format: ``.svg``, ``.png`` and what else the renderer writes, as ``.pdf``
    where Graphviz is installed; ``.dot`` and ``.gv`` for DOT, ``.mmd`` and ``.mermaid`` for
    Mermaid, and ``.txt`` for a tree of text. Missing folders are made. The file is written as a
    whole or not at all.

    Args:
        root: the value to draw, usually the loss.
        path: the file.
        format: one of these formats without the dot, whatever the suffix is.
        max_nodes: how many nodes the picture may have.
        depth: draw only the nodes at most so many edges away from the focus, before it and after
            it; without a focus, from the root. What is cut off is hinted at by dashed nodes.
        focus: a node of the graph to draw the surroundings of, to a depth of 1 by default.
        reached_from: a node, such as a weight; draw only it and what depends on it.
        paths_to: a node to draw the chain-rule paths to, each in a colour and dash of its own, with
            a legend of their products and the sum, which is the gradient. Only the paths are drawn,
            and dimmed what their local derivatives speak of; with ``depth``, ``focus`` or
            ``reached_from``, what these say is drawn as well, and dimmed.
        max_paths: how many paths to lay over the graph, the largest first if there are more.
        constants: "fold" writes the constants of an expression into the op that uses them, as in
            ``2·□`` (□ is what comes in by an edge); "show" gives each a node.
        collapse: "layer" draws a box for each array of a layer (``a1 = W1 x + b1``), "neuron" one
            for each neuron; None draws every node. "auto" takes the first of nodes, neurons and
            layers that is not too many to read, and the picture says so.
        expand: the names of boxes, as "a1", whose nodes are drawn after all.
        repeats: "once" draws blocks of layers that repeat once, with ``× 12``; "all" draws each.
        direction: where the graph runs to: "right", "down", "left" or "up".
        theme: "light" or "dark"; "auto" is light, and in SVG what the reader's system is.

    Raises:
        FormatError: if the format is unknown, or there is neither format nor suffix.
        RenderError: if there is no working renderer, or it fails, or it takes over a minute.
        OSError: if the file can't be written.
        NotAValueError: if the root, or a node among the options, is not a Value.
        OptionError: if an option is out of range, or a node among them is not in the graph.
        GraphTooLargeError: if there are more than ``max_nodes`` nodes to draw.

    >>> import tempfile
    >>> from autograd import Value
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     save(Value(2.0, label="x").exp(), pathlib.Path(folder) / "graph.svg").name
    'graph.svg'
    """
    path = pathlib.Path(path)
    drawing = draw(
        root,
        max_nodes=max_nodes,
        depth=depth,
        focus=focus,
        reached_from=reached_from,
        paths_to=paths_to,
        max_paths=max_paths,
        constants=constants,
        collapse=collapse,
        expand=expand,
        repeats=repeats,
        direction=direction,
        theme=theme,
        **_unknown,
    )
    file_format = path.suffix[1:] if format is None else format
    if not file_format:
        raise FormatError(
            f"the name {str(path)!r} has no suffix to say the format; add one of "
            f"{', '.join(f'.{name}' for name in _known_formats())}"
        )
    return _write(path, drawing.pipe(file_format.lower()))


def _known_formats() -> list[str]:
    return sorted({*formats(), *TEXTS})


def _rendered(source: str, file_format: str, shown: Picture | None) -> bytes:
    """Write a picture as text, or lay out its DOT; SVG is dressed in our colours."""
    if shown is not None and file_format in TEXTS:
        return TEXTS[file_format](shown).encode()
    if file_format in _PIXELS:  # twice as many, for slides and fine screens
        source = source.replace("{\n", "{\n\tgraph [dpi=192]\n", 1)
    try:
        drawn = render(source, file_format)
    except FormatError:  # the renderer doesn't know of those that are text
        raise FormatError(unknown_format(file_format, _known_formats())) from None
    if file_format != "svg" or shown is None:
        return drawn
    return dressed(drawn, shown, prefix=prefix_of(source)).encode()


def _write(path: pathlib.Path, picture: bytes) -> pathlib.Path:
    return write_atomically(path, picture)
