"""An extension of Griffe, which reads our sources for the reference on the site.

It is loaded where this folder is a package, beside ours: by ``python -m mkdocs`` in the checkout.
"""

from __future__ import annotations

import importlib
import inspect
import re
from typing import Any

import griffe

from autograd import ops
from docs.formulas import FORMULAS
from docs.ops_table import facts_of

# A doctest: from >>> to a blank line or the end.
DOCTEST = re.compile(r"^([ ]*)>>> .*?(?=\n[ ]*\n|\Z)", re.DOTALL | re.MULTILINE)
SEVERAL = re.compile(r"^( +)(\w+(?:, \w+)+): (.*(?:\n\1 +.*)*)", re.MULTILINE)  # of Args
ROLE = re.compile(r":(?:func|class|meth|mod|attr):`~?([^`]+)`")


class Docstrings(griffe.Extension):
    """Write what Sphinx reads in docstrings as what Markdown has: blocks of code, and names.

    Below the first paragraph comes the mathematics. An op is called as it says itself: its source
    is its rule, which is handed a vocabulary first.
    """

    def on_instance(self, *, obj: griffe.Object, **_: Any) -> None:
        """Rewrite the docstring of an object."""
        if obj.docstring is not None:
            text = as_markdown(obj.docstring.value)
            obj.docstring.value = _below_the_first(text, mathematics_of(obj))

    def on_function(self, *, func: griffe.Function, **_: Any) -> None:
        """Give an op the signature that ``help`` shows of it."""
        if op := op_of(func):
            parameters = inspect.signature(op).parameters.values()
            func.parameters = griffe.Parameters(*map(_parameter, parameters))
            func.returns = None


def op_of(obj: griffe.Object) -> ops.Primitive | None:
    """Return the op that the source of a function is the rule of."""
    op = getattr(ops, obj.name, None) if obj.module.path.startswith("autograd.ops.") else None
    return op if isinstance(op, ops.Primitive) else None


def mathematics_of(obj: griffe.Object) -> str:
    """Return the formulas of a public name as Markdown, and of an op its kinks and domain."""
    if op := op_of(obj):
        facts = facts_of(op)
        lines = [f"f = {facts.value}", *facts.slopes]
        kinks = f"Kinks and jumps: {facts.kinks}. " if facts.kinks else ""
        return f"{_shown(lines)}\n\n{kinks}Defined {_where(facts.domain)}."
    package, _, _ = obj.path.partition(".")
    is_public = getattr(_module(package), obj.name, None) is not None
    formula = FORMULAS.get(f"{package}.{obj.name}", "") if is_public and _is_top(obj) else ""
    return _shown([formula]) if formula else ""


def _module(name: str) -> Any:
    return importlib.import_module(name)


def _is_top(obj: griffe.Object) -> bool:
    return obj.parent is not None and obj.parent.is_module


def _where(domain: str) -> str:
    return domain if domain.startswith(("everywhere", "not at")) else f"for {domain}"


def _shown(lines: list[str]) -> str:
    return "$$\n\\begin{gathered}\n" + " \\\\\n".join(lines) + "\n\\end{gathered}\n$$"


def _below_the_first(text: str, more: str) -> str:
    first, gap, rest = text.partition("\n\n")
    return f"{first}\n\n{more}{gap}{rest}" if more else text


def _parameter(parameter: inspect.Parameter) -> griffe.Parameter:
    default = None if parameter.default is parameter.empty else repr(parameter.default)
    kind = griffe.ParameterKind(parameter.kind.description)
    return griffe.Parameter(parameter.name, kind=kind, default=default)


def as_markdown(docstring: str) -> str:
    r"""Return a docstring with fences around its doctests, and names in backquotes.

    >>> as_markdown("See :func:`viz.render`."), as_markdown(">>> 1 + 1\n2")
    ('See `viz.render`.', '```pycon\n>>> 1 + 1\n2\n```')
    """
    text = ROLE.sub(r"`\1`", docstring)
    text = DOCTEST.sub(lambda found: _fenced(found[0], found[1]), text)
    text = SEVERAL.sub(_each, text)
    return re.sub(r"::(?=\n\n)", ":", text)


def _each(found: re.Match[str]) -> str:
    """Return a line for each of the parameters that are told of together."""
    indent, names, told = found.groups()
    return "\n".join(f"{indent}{name}: {told}" for name in names.split(", "))


def _fenced(code: str, indent: str) -> str:
    return f"{indent}```pycon\n{code}\n{indent}```"
