"""Pictures of a graph: in a notebook and in a file."""

from __future__ import annotations

import os
import pathlib
from typing import Any

import graphviz  # type: ignore[import-untyped]

import autograd
from viz.dot import NAME, to_dot
from viz.errors import FormatError
from viz.render import formats, render


class Drawing(graphviz.Digraph):  # type: ignore[misc]
    """A graphviz.Digraph that is laid out by our renderer, so also where there is no ``dot``."""

    def pipe(self, format: str | None = None, *, encoding: str | None = None, **_: Any) -> Any:
        """Return the picture as bytes, or as text if an encoding is given."""
        picture = render(self.source, format or self.format)
        return picture if encoding is None else picture.decode(encoding)

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
    root: autograd.Value,
    *,
    max_nodes: int = 1000,
    depth: int | None = None,
    focus: autograd.Value | None = None,
) -> graphviz.Digraph:
    """Return the graph behind a value as a graphviz.Digraph, which a notebook shows as a picture.

    The options, and what may be raised, are those of :func:`viz.to_dot`.

    >>> from autograd import Value
    >>> drawing = draw(Value(2.0, label="x").exp())
    >>> "<svg" in drawing.pipe(format="svg", encoding="utf-8")
    True
    """
    text = to_dot(root, max_nodes=max_nodes, depth=depth, focus=focus)
    _head, *body, _brace, _end = text.split("\n")
    return Drawing(NAME, body=[f"{line}\n" for line in body], format="svg")


def save(
    root: autograd.Value,
    path: str | os.PathLike[str],
    *,
    max_nodes: int = 1000,
    depth: int | None = None,
    focus: autograd.Value | None = None,
) -> pathlib.Path:
    """Write a picture of the graph behind a value to a file, and return the file's path.

    The suffix says the format: ``.svg``, ``.png`` and what else the renderer writes; ``.dot`` and
    ``.gv`` are the text of :func:`viz.to_dot`. Missing folders are made. The file is written as a
    whole or not at all. The options are those of :func:`viz.to_dot`.

    Raises:
        FormatError: if the suffix is missing or unknown.
        RenderError: if there is no working renderer, or it fails, or it takes over a minute.
        OSError: if the file can't be written.
        VizError: of other kinds, as :func:`viz.to_dot` does.

    >>> import tempfile
    >>> from autograd import Value
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     save(Value(2.0, label="x").exp(), pathlib.Path(folder) / "graph.svg").name
    'graph.svg'
    """
    path = pathlib.Path(path)
    text = to_dot(root, max_nodes=max_nodes, depth=depth, focus=focus)
    file_format = path.suffix[1:].lower()
    if not file_format:
        raise FormatError(
            f"the name {str(path)!r} has no suffix to say the format; add one of "
            f"{', '.join(f'.{name}' for name in formats())}"
        )
    picture = text.encode() if file_format in ("dot", "gv") else render(text, file_format)
    return _write(path, picture)


def _write(path: pathlib.Path, picture: bytes) -> pathlib.Path:
    # Not imported above, where it would fail beside a foreign autograd before the doctor can look.
    from autograd.files import write_atomically

    return write_atomically(path, picture)
