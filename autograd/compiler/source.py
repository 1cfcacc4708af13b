"""Write an array program as Python: a function of arrays that needs nothing but NumPy."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence

import numpy as np

from autograd.compiler import rows
from autograd.compiler.arrays import ConstantArray
from autograd.compiler.library import Library
from autograd.compiler.program import Array
from autograd.compiler.statements import Procedure
from autograd.compiler.writing import Writer, write_number

LIBRARY = Library(rows)


def write(procedure: Procedure, title: str, dtype: str = "float64") -> str:
    """Return the source of a module with the function of a program.

    All but the constant arrays, which :func:`with_constants` writes behind it.
    """
    head, function, *others = texts(procedure, title, Writer(dtype), LIBRARY)
    head = f"{head}\nimport numpy as np"
    function = f'@np.errstate(all="ignore")\n{function}'
    return "\n\n\n".join([head, function, *others]) + "\n"


def texts(procedure: Procedure, title: str, writer: Writer, library: Library) -> list[str]:
    """Return the parts of a module in the dialect of a writer: its head, the program, the others.

    What the program uses need not stand above it: it comes first, and long tables last.
    """
    function = "\n".join(_function(procedure, writer))
    own = [writer.own_function(each) for each in procedure.functions]
    imports, copied = library.copied(writer.used)
    head = "\n".join([quoted(title), "", *[f"{line}\n" for line in imports]])
    return [head, function, *copied, *own]


def quoted(title: str) -> str:
    """Return a title as the docstring of a module."""
    escaped = title.replace("\\", "\\\\").replace('"', '\\"')
    return f'"""{escaped}"""'


def _function(procedure: Procedure, writer: Writer) -> list[str]:
    names = [variable.name for variable in procedure.results]
    results = ", ".join(names) if len(names) > 1 else f"({', '.join(names)},)"
    arguments = ", ".join(array.name for array in procedure.arguments)
    body = [*prologue(procedure), *passes(procedure, writer), f"return {results if names else ()}"]
    return [f"def {procedure.name}({arguments}):", *indented(body)]


def prologue(procedure: Procedure) -> list[str]:
    """Return the lines that count the examples, and lay long examples out in rows."""
    inputs = procedure.inputs
    lines = [f"B = len({inputs[0].name})"] if inputs else []
    return lines + [f"{x.name} = {x.name}.reshape(B, -1)" for x in inputs if x.flattened]


def passes(procedure: Procedure, writer: Writer) -> list[str]:
    """Return the lines of the forward and, if there is one, the backward pass."""
    first, *others = [writer.lines(each) for each in procedure.passes]
    if not others:
        return first
    [second] = others
    return ["# forward", *first, "", "# backward", *second]


def indented(lines: Iterable[str]) -> list[str]:
    """Return the lines of a body, of which some may be several lines."""
    return textwrap.indent("\n".join(lines), "    ").split("\n")


def with_constants(source: str, constants: Sequence[ConstantArray], dtype: str) -> str:
    """Return the source of a module with its constant arrays at its end."""
    texts = [_constant(constant, dtype) for constant in constants]
    return "\n\n\n".join([source.rstrip("\n"), *texts]) + "\n"


def constant_array(array: Array) -> ConstantArray:
    """Return a constant of a program as plain data."""
    first = next(iter(_flat(array.numbers)))
    kind = "<i8" if isinstance(first, int) else "<f8"
    return ConstantArray(array.name, kind, array.shape, np.array(array.numbers, kind).tobytes())


def _constant(constant: ConstantArray, dtype: str) -> str:
    name, kind, shape, _ = constant
    numbers = constant.array().tolist()
    said = ", dtype=np.intp" if kind == "<i8" else f", dtype=np.{dtype}"
    said = "" if said == ", dtype=np.float64" else said
    if len(shape) == 2:
        rows_ = ",\n    ".join(_listed(row) for row in numbers)
        return f"{name} = np.array([\n    {rows_},\n]{said})"
    text = f"{name} = np.array({_listed(numbers)}{said})"
    return "\n".join(textwrap.wrap(text, 96, subsequent_indent="    ", break_long_words=False))


def _flat(numbers: Sequence[object]) -> Iterable[object]:
    for each in numbers:
        if isinstance(each, list):
            yield from each
        else:
            yield each


def _listed(numbers: Sequence[float]) -> str:
    return f"[{', '.join(str(n) if isinstance(n, int) else write_number(n) for n in numbers)}]"
