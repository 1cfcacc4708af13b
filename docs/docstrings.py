"""An extension of Griffe, which reads our sources for the reference on the site."""

from __future__ import annotations

import inspect
import re
from typing import Any

import griffe

from autograd import ops

# A doctest: from >>> to a blank line or the end.
DOCTEST = re.compile(r"^([ ]*)>>> .*?(?=\n[ ]*\n|\Z)", re.DOTALL | re.MULTILINE)
SEVERAL = re.compile(r"^( +)(\w+(?:, \w+)+): (.*(?:\n\1 +.*)*)", re.MULTILINE)  # of Args
ROLE = re.compile(r":(?:func|class|meth|mod|attr):`~?([^`]+)`")


class Docstrings(griffe.Extension):
    """Write what Sphinx reads in docstrings as what Markdown has: blocks of code, and names.

    An op is called as it says itself: its source is its rule, which is handed a vocabulary first.
    """

    def on_instance(self, *, obj: griffe.Object, **_: Any) -> None:
        """Rewrite the docstring of an object."""
        if obj.docstring is not None:
            obj.docstring.value = as_markdown(obj.docstring.value)

    def on_function(self, *, func: griffe.Function, **_: Any) -> None:
        """Give an op the signature that ``help`` shows of it."""
        op = getattr(ops, func.name, None)
        if isinstance(op, ops.Primitive) and func.module.path.startswith("autograd.ops."):
            parameters = inspect.signature(op).parameters.values()
            func.parameters = griffe.Parameters(*map(_parameter, parameters))
            func.returns = None


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
