"""The rules of ops as JavaScript, from their own records, so that a page computes what they do.

A rule is read in a vocabulary as the engine and the compiler read it. Here each word that it uses
becomes one line of a function, which returns the value and the local derivatives.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

from autograd import Value, arithmetic
from autograd.ops import Primitive
from autograd.traced import Traced

# More operands than this, each a number of its own, may make a function that is too long. That of
# an op of vectors grows only as they do.
MOST_OPERANDS = 64

# What words are in JavaScript, where it is not the function of Math of the same name. Those after
# "engine" stand in engine.js.
_WRITTEN = {
    "+": "{} + {}", "-": "{} - {}", "*": "{} * {}", "/": "{} / {}", "neg": "-{}",
    "<": "{} < {}", "<=": "{} <= {}", ">": "{} > {}", ">=": "{} >= {}", "and": "{} && {}",
    "divide": "{} / {}", "equal": "{} === {}", "where": "{} != 0 ? {} : {}", "fmod": "{} % {}",
    "exp2": "2 ** {}", "maximum": "Math.max({}, {})", "minimum": "Math.min({}, {})",
}  # fmt: skip
_OF_MATH = {
    "abs", "acos", "acosh", "asin", "asinh", "atan", "atan2", "atanh", "cbrt", "ceil", "cos",
    "cosh", "exp", "expm1", "floor", "hypot", "log", "log10", "log1p", "log2", "sign", "sin",
    "sinh", "sqrt", "tan", "tanh",
}  # fmt: skip
_OF_ENGINE = {
    "copysign", "erf", "erfc", "gamma", "lgamma", "polygamma", "power", "remainder", "round",
}  # fmt: skip


class NotWrittenError(Exception):
    """An op has no rule, or one that can't be written down."""


def number_of(value: float) -> str:
    """Return a number as JavaScript writes it, so that it may stand anywhere.

    >>> number_of(-2.0), number_of(math.inf), number_of(1e-7)
    ('(-2.0)', 'Infinity', '1e-07')
    """
    if math.isinf(value):
        return "Infinity" if value > 0 else "(-Infinity)"
    text = repr(value) if value == value else "NaN"
    return f"({text})" if text.startswith("-") else text


def function_of(op: Primitive, n_operands: int) -> str:
    """Return a function of so many operands: it gives the value and the local derivatives.

    Raises:
        NotWrittenError: if the op has no rule, or one that chooses with ``if`` or calls functions
            of other modules.

    >>> from autograd import ops
    >>> print(function_of(ops.tanh, 1))
    (x0) => {
    const t0 = Math.tanh(x0);
    const y = t0;
    const t1 = y * y;
    const t2 = 1.0 - t1;
    return [y, [t2]];
    }
    """
    if op.value is None or op.derivatives is None:
        raise NotWrittenError("it was made by hand, from numbers")
    if n_operands > MOST_OPERANDS and not op.vectors:
        raise NotWrittenError(f"it has {n_operands} operands")
    script = _Script()
    operands = [_Named(script, f"x{i}") for i in range(n_operands)]
    vocabulary = _Vocabulary(script)
    try:
        value = script.text(op.value(vocabulary, *operands, *op.parameters))
        script.lines.append(f"const y = {value};")
        y = _Named(script, "y")
        slopes = op.derivatives(vocabulary, y, *operands, *op.parameters)
        texts = ", ".join([script.text(slope) for slope in slopes])
    except Exception as error:  # a user's rule may raise whatever it likes
        raise NotWrittenError(f"its rule can't be written down: {error}") from error
    names = ", ".join(operand.name for operand in operands)
    body = "\n".join(script.lines)
    return f"({names}) => {{\n{body}\nreturn [y, [{texts}]];\n}}"


def recorded(node: Value) -> str:
    """Return a function that gives what was recorded, for a node that no slider changes.

    >>> from autograd import Value
    >>> recorded(Value(2.0) * 3.0)
    '() => [6.0, [3.0, 2.0]]'
    """
    slopes = ", ".join(map(number_of, node.local_derivatives))
    return f"() => [{number_of(node.data)}, [{slopes}]]"


class Program(NamedTuple):
    """A graph for the page's engine: rules, and nodes in topological order."""

    rules: list[str]
    nodes: list[str]
    fixed: dict[Value, str]  # of nodes whose rule can't be written down, why

    def text(self) -> str:
        """Return the program as constants of a script."""
        rules, nodes = ",\n".join(self.rules), ",".join(self.nodes)
        return f"const rules = [\n{rules}\n];\nconst program = [{nodes}];\n"


def program_of(order: Sequence[Value]) -> Program:
    """Return the program of a graph in topological order; equal rules are one."""
    place = {node: i for i, node in enumerate(order)}
    rules: dict[str, int] = {}
    written: dict[tuple[object, ...], str | NotWrittenError] = {}
    nodes: list[str] = []
    fixed: dict[Value, str] = {}
    for node in order:
        op = node.primitive
        if not node.parents or op is None:
            nodes.append(number_of(node.data))
            continue
        key = op.record, repr(op.parameters), len(node.parents)
        if key not in written:
            try:
                written[key] = function_of(op, len(node.parents))
            except NotWrittenError as error:
                written[key] = error
        rule = written[key]
        if isinstance(rule, NotWrittenError):
            fixed[node] = str(rule)
            rule = recorded(node)
        number = rules.setdefault(rule, len(rules))
        nodes.append(f"[{number},{','.join(str(place[parent]) for parent in node.parents)}]")
    return Program([*rules], nodes, fixed)


class _Script:
    """The lines of a function; what is computed twice has one line."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self._known: dict[tuple[str, ...], _Named] = {}

    def apply(self, word: str, *operands: Any) -> Any:
        texts = [self.text(operand) for operand in operands]
        key = word, *texts
        if key not in self._known:
            found = _Named(self, f"t{len(self._known)}")
            self.lines.append(f"const {found.name} = {_call(word, texts)};")
            self._known[key] = found
        return self._known[key]

    def text(self, operand: Any) -> str:
        if isinstance(operand, _Named):
            return operand.name
        return number_of(float(operand))


def _call(word: str, texts: list[str]) -> str:
    if word in _WRITTEN:
        return _WRITTEN[word].format(*texts)
    return f"{'Math' if word in _OF_MATH else 'engine'}.{word}({', '.join(texts)})"


class _Named(Traced):
    """What a rule computes, as a name in the script."""

    def __init__(self, script: _Script, name: str) -> None:
        self.script, self.name = script, name

    def noted(self, word: str, *operands: Any) -> Any:
        return self.script.apply(word, *operands)

    def __bool__(self) -> bool:
        raise TypeError("it chooses with if, and not with m.where(condition, a, b)")


class _Vocabulary:
    """The vocabulary that rules are read in; what is computed of numbers alone is a number."""

    def __init__(self, script: _Script) -> None:
        self._script = script

    def __getattr__(self, word: str) -> Any:
        if word not in _WRITTEN and word not in _OF_MATH and word not in _OF_ENGINE:
            raise AttributeError(f"there is no m.{word}")

        def compute(*operands: Any) -> Any:
            if not any(isinstance(operand, _Named) for operand in operands):
                return getattr(arithmetic, word)(*operands)
            return self._script.apply(word, *operands)

        return compute
