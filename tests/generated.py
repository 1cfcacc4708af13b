"""Write what type checkers and editors must see of the table of ops, which the source can't say.

These are the public names of ``autograd`` and ``autograd.ops``, methods of ``Value``, and the names
of activations. A test holds that they are as fresh as the table, and ``make generated`` writes them
anew.
"""

from __future__ import annotations

import ast
import builtins
import re
import textwrap
from collections.abc import Iterable, Iterator
from pathlib import Path

import autograd
from autograd.ops import TABLE, Primitive

PACKAGE = Path(__file__).parent.parent / "autograd"
VALUE, METHODS = PACKAGE / "value.py", PACKAGE / "methods.py"
PUBLIC, INDEX = PACKAGE / "__init__.py", PACKAGE / "ops" / "__init__.py"
ACTIVATIONS = PACKAGE.parent / "nn" / "activations.py"
FILES = (METHODS, PUBLIC, INDEX, ACTIVATIONS)


def public_ops() -> list[Primitive]:
    """The ops that are public functions: those with words for people."""
    return [op for op in TABLE.values() if op.__doc__]


def by_number(name: str) -> list[tuple[int, str]]:
    """Order names as ruff does: log2 before log10."""
    parts = re.findall(r"\d+|\D+", name)
    return [(int(part), "") if part.isdigit() else (-1, part) for part in parts]


def by_kind(name: str) -> tuple[bool, list[tuple[int, str]]]:
    """Classes come first."""
    return name[0].islower(), by_number(name)


def names() -> list[str]:
    return sorted([op.name for op in public_ops()], key=by_number)


def starred() -> set[str]:
    """What ``from autograd import *`` brings: nothing that Python itself has a function for."""
    return {*names(), *others()} - {*vars(builtins)}


def others() -> set[str]:
    """The public names of autograd that are no ops: what it imports, at once or when asked for."""
    found = {*autograd._LATER}
    for statement in ast.parse(source(PUBLIC)).body:
        if isinstance(statement, ast.ImportFrom) and statement.module != "autograd.ops":
            found.update(each.asname or each.name for each in statement.names)
    return {name for name in found if name[0] != "_"}


def methods() -> str:
    """The methods of Value that no line is written out for."""
    written, lines = source(VALUE), [_METHODS]
    for op in public_ops():
        if op.method and f"def {op.name}(" not in written:
            words = re.split(r"\.(?: |\n|$)", str(op.__doc__))[0]
            lines.append(
                f"    def {op.name}(self) -> Value:\n"
                f'        """{words}: see :func:`autograd.{op.name}`."""\n'
                f"        return ops.{op.name}(self)  # type: ignore\n"
            )
    return "\n".join(lines)


_METHODS = '''"""Functions that are methods of Value too: ``make generated`` writes this module."""

from __future__ import annotations

from autograd import ops
from autograd.operands import Recorded

TYPE_CHECKING = False
if TYPE_CHECKING:
    from autograd.value import Value


class Methods(Recorded):
    """The base of Value."""

    __slots__ = ()
'''


def index() -> str:
    """The records and what reads them, from the modules of ``autograd.ops``."""
    imports, everything = [], []
    for path in sorted(INDEX.parent.glob("*.py")):
        found = [name for name in _defined(path) if name[0] != "_"]
        if path != INDEX and found:
            listed = f"from autograd.ops.{path.stem} import ({', '.join(found)})"
            imports += textwrap.wrap(listed, 98, subsequent_indent="    ")
            everything += found
    quoted = ", ".join(f'"{name}"' for name in sorted(everything))
    names = textwrap.wrap(quoted, 98, initial_indent="    ", subsequent_indent="    ")
    return "\n".join([*imports, "", "__all__ = [", *names, "]", ""])


def _defined(path: Path) -> Iterator[str]:
    """The ops of a module, and what else it says is for others."""
    for node in ast.parse(source(path)).body:
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call):
            if ast.unparse(node.value.func) == "entered":
                yield ast.unparse(node.targets[0])
        elif isinstance(node, ast.FunctionDef) and node.decorator_list:
            yield node.name
    yield from _FOR_OTHERS.get(path.stem, ())


_FOR_OTHERS = {
    "operators": ("CONSTANT",),
    "probabilities": ("softmax_values",),
    "record": (
        *("Primitive", "TABLE", "Unary"),
        *("halves", "is_of_table", "record_of"),
    ),
}


def activations() -> str:
    """The names that an activation may have: the ops that networks use, and none of them."""
    known = ["linear", *[op.name for op in TABLE.values() if op.activation]]
    return "[\n" + "".join(f'    "{name}",\n' for name in known) + "]\n"


def listed(names: Iterable[str]) -> str:
    return "".join(f"    {name},\n" for name in sorted(names, key=by_kind))


def source(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def fresh(path: Path) -> str:
    """Return the text of a file with what is generated written anew."""
    if path == METHODS:
        return methods()
    text = source(path)
    if path == ACTIVATIONS:
        return replaced(text, r"(?<=ActivationName: TypeAlias = Literal)\[.*?\]\n", activations())
    if path == INDEX:
        return replaced(text, r"(?<=# fmt: off\n).*?(?=# fmt: on\n)", index())
    text = replaced(
        text, r"(?<=from autograd.ops import \(\n).*?(?=\)\n)", listed({*names()} & starred())
    )
    public = [f'"{name}"' for name in sorted(starred(), key=by_kind)]
    return replaced(text, r"(?<=__all__ = \[\n).*?(?=\]\n)", "".join(f"    {n},\n" for n in public))


def replaced(text: str, pattern: str, new: str) -> str:
    found, count = re.subn(pattern, lambda match: new, text, flags=re.DOTALL)
    assert count == 1, pattern
    return found


if __name__ == "__main__":
    for each in FILES:
        each.write_text(fresh(each), encoding="utf-8")
