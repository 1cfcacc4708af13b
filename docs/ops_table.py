"""The table of all ops on the site, made from their records, as a hook of MkDocs.

It stands where a page has ``<!-- ops -->``. Formulas are read off the rules; kinks, jumps and
domains are found by trying.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any

from autograd import AutogradError, Value
from autograd.explanations.formulas import local_derivative_expression, value_expression
from autograd.explanations.notation import WRITERS, Expression
from autograd.ops import TABLE, Primitive

COMMENT = "<!-- ops -->"


def on_page_markdown(markdown: str, **_: Any) -> str:
    """Put the table into a page that asks for it."""
    if COMMENT not in markdown:
        return markdown
    return markdown.replace(COMMENT, "\n".join(ops_table()))


def ops_table() -> Iterator[str]:
    """Yield the rows of a table: each op with its formula, derivatives, kinks and domain."""
    yield "| op | value | ∂/∂x, and ∂/∂y | kinks and jumps | defined |"
    yield "|---|---|---|---|---|"
    for op in TABLE.values():
        apply, numbers = call_of(op)
        named = zip(numbers, "xy", strict=False)
        node = apply(*[Value(number, label=name) for number, name in named])
        formulas = [
            value_expression(node),
            *(local_derivative_expression(node, position) for position in range(len(numbers))),
        ]
        value, *slopes = (f"${_in_a_cell(formula)}$" for formula in formulas)
        if words := _in_words(op):
            value += f"<br>{words}"
        is_unary = len(numbers) == 1
        kinks = kinks_of(apply) if is_unary else tie_of(apply) if len(numbers) == 2 else ""
        domain = domain_of(apply) if is_unary else ""
        cells = [f"`{op.name}`", value, "<br>".join(slopes), kinks, domain]
        yield f"| {' | '.join(cell.replace('|', '&#124;') for cell in cells)} |"


# How ops are called, of numbers or Values: the first of these that an op takes.
CALLS: list[tuple[Callable[..., Callable[..., Any]], tuple[float, ...]]] = [
    (lambda op: op, (0.5, 0.25)),
    (lambda op: op, (0.5,)),
    (lambda op: lambda x, y: op([x, y]), (0.5, 0.25)),
    (lambda op: lambda x, y: op([x, y], 1), (0.5, 0.25)),
    (lambda op: lambda x, y: op([x, y], [1.0, 0.0]), (0.5, 0.25)),
    (lambda op: lambda x, y: op(True, x, y), (0.5, 0.25)),
    (lambda op: lambda x: op(x, -1.0, 1.0), (0.5,)),
    (lambda op: op.bind(3.0), (0.5,)),
    (lambda op: op.bind(1), (0.5,)),
]


def call_of(op: Primitive) -> tuple[Callable[..., Any], tuple[float, ...]]:
    """Return how an op is called, as a function of numbers or Values, and numbers for it.

    Raises:
        TypeError: if it is called in a way that no other op is.
    """
    for made, numbers in CALLS:
        try:
            called = made(op)
            node = _first(called(*map(Value, numbers)))
        except (AutogradError, TypeError, IndexError, AttributeError, ValueError):
            continue
        if isinstance(node, Value) and node.parents:
            return _of_the_first(called), numbers
    raise TypeError(f"the op {op.name} takes operands of another form")


def _in_a_cell(formula: Expression) -> str:
    """Return a formula as LaTeX, which does not end the cell of a table."""
    return WRITERS["latex"]().write(formula).replace("|", r"\vert ")


def _of_the_first(called: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function of which the first result is taken, as of the outputs of a softmax."""
    return lambda *operands: _first(called(*operands))


def _first(made: Any) -> Any:
    return made[0] if isinstance(made, (list, tuple)) else made


def _in_words(op: Primitive) -> str:
    """Return what the first sentence of its docstring says that an op returns."""
    sentence = (op.__doc__ or "").partition("\n\n")[0].partition(". ")[0]
    return " ".join(sentence.removeprefix("Return ").split()).rstrip(".").replace("``", "`")


POINTS = [number / 2 for number in range(-6, 7)]
BESIDE = 1e-12  # how far beside a point its two sides are looked at
DIFFERENT = 1e-3


def kinks_of(apply: Callable[..., Any]) -> str:
    """Return where value or slope of a function jump, and what the slope is taken for there."""
    places: dict[str, list[float]] = {}
    for at in POINTS:
        if told := _kink(apply, at):
            places.setdefault(told, []).append(at)
    return "; ".join(f"x = {_listed(at)}: {told}" for told, at in places.items())


def _kink(apply: Callable[..., Any], at: float) -> str:
    left, here, right = (apply(Value(number)) for number in (at - BESIDE, at, at + BESIDE))
    if not math.isfinite(here.data):
        return ""
    before, slope, after = (node.local_derivatives[0] for node in (left, here, right))
    if abs(right.data - left.data) > DIFFERENT:
        return f"a jump, slope {slope:g}"
    if math.isinf(slope) or abs(after - before) > DIFFERENT * max(1.0, abs(before)):
        return f"slope {slope:g}"
    return ""


def tie_of(apply: Callable[..., Any]) -> str:
    """Return the slopes that a function of two numbers has where they are equal, if at a kink."""
    left, here, right = (apply(Value(x), Value(1.0)) for x in (1 - BESIDE, 1.0, 1 + BESIDE))
    slopes = [node.local_derivatives[0] for node in (left, right)]
    if abs(slopes[1] - slopes[0]) < DIFFERENT:
        return ""
    return f"x = y: slopes {' and '.join(f'{slope:g}' for slope in here.local_derivatives)}"


def _listed(numbers: list[float]) -> str:
    if len(numbers) < 4:
        return ", ".join(f"{number:g}" for number in numbers)
    return f"…, {', '.join(f'{number:g}' for number in numbers[1:-1])}, …"


def domain_of(apply: Callable[..., Any]) -> str:
    """Return where a function is defined: where its value is a number, or inf, and not nan."""

    def is_defined(at: float) -> bool:
        return not math.isnan(apply(at))

    grid = [0.25 + number / 2 for number in range(-20, 20)]
    defined = [at for at in grid if is_defined(at)]
    low, high = defined[0], defined[-1]
    holes = [at for at in POINTS if low < at < high and not is_defined(at)]
    if holes:
        more = "…, " if holes[0] == POINTS[0] else ""
        return f"not at {more}{', '.join(f'{hole:g}' for hole in holes)}"
    below = "{} {} x".format(*_edge(apply, low - 0.5, low)) if low > grid[0] else ""
    above = "x {1} {0}".format(*_edge(apply, high + 0.5, high)) if high < grid[-1] else ""
    return f"{below}{above.removeprefix('x' if below else '')}" or "everywhere"


def _edge(apply: Callable[..., Any], outside: float, inside: float) -> tuple[str, str]:
    """Return the edge of a domain between two points, and ≤ if the function is finite there."""
    for _ in range(60):
        middle = (outside + inside) / 2
        if math.isnan(apply(middle)):
            outside = middle
        else:
            inside = middle
    edge = round(inside, 6) + 0.0
    return f"{edge:g}", "≤" if math.isfinite(apply(edge)) else "<"
