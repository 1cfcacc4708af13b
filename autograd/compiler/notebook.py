"""What a notebook shows of a compiled function: what it takes, and the program."""

from __future__ import annotations

import html

from autograd.compiler.portable import CompiledProgram
from autograd.notebook import table


def shown(title: str, program: CompiledProgram | None) -> str:
    """Return the arguments and parameters as a table of HTML, and the program behind a fold."""
    heading = f"<p>{html.escape(title)}</p>"
    if program is None:
        return heading
    arguments = zip(program.batch, program.shapes, strict=True)
    rows = [("a batch of", name, _size(shape)) for name, shape in arguments]
    rows += [("parameter", name, _size(shape)) for name, shape in program.parameters.items()]
    source = f"<summary>The program</summary><pre>{html.escape(program.source)}</pre>"
    return f"{heading}{table(('', 'name', 'shape'), rows)}<details>{source}</details>"


def _size(shape: tuple[int, ...]) -> str:
    return " × ".join(map(str, shape)) or "a number"
