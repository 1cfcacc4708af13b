"""The table of all ops on the site, made from their records, as a hook of MkDocs.

It stands where a page has ``<!-- ops -->``. Formulas are read off the rules; kinks, jumps and
domains are found by trying. The reference shows the same of each op.
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import product
from typing import Any

from autograd import AutogradError, Value
from autograd.explanations.formulas import local_derivative_expression, value_expression
from autograd.explanations.notation import WRITERS, Expression, latex_name
from autograd.ops import TABLE, Primitive, record_of

COMMENT = "<!-- ops -->"


def on_page_markdown(markdown: str, **_: Any) -> str:
    """Put the table into a page that asks for it."""
    if COMMENT not in markdown:
        return markdown
    return markdown.replace(COMMENT, "\n".join(ops_table()))


def ops_table() -> Iterator[str]:
    """Yield the rows of a table: each op with its formula, derivatives, kinks and domain."""
    yield "| op | value f | derivatives | kinks and jumps | defined |"
    yield "|---|---|---|---|---|"
    for op in TABLE.values():
        facts = facts_of(op)
        value = f"${facts.value}$" + (f"<br>{facts.words}" if facts.words else "")
        slopes = "<br>".join(f"${each}$" for each in facts.slopes)
        cells = [f"`{op.name}`", value, slopes, facts.kinks, facts.domain]
        yield f"| {' | '.join(cell.replace('|', '&#124;') for cell in cells)} |"


@dataclass(frozen=True)
class Facts:
    """What is said of an op: formulas as LaTeX, kinks and domain in words."""

    value: str
    slopes: list[str]  # equations
    words: str
    kinks: str
    domain: str


def facts_of(op: Primitive) -> Facts:
    """Return the formulas of an op, its kinks and its domain.

    Raises:
        TypeError: if it is called in a way that no other op is, or defined where no other is.
    """
    apply, names, numbers = call_of(op)
    node = apply(*[Value(number, label=n) for n, number in zip(names, numbers, strict=True)])
    slopes = [
        rf"\frac{{\partial f}}{{\partial {latex_name(parent.label)}}} = "
        + _latex(local_derivative_expression(node, position))
        for position, parent in enumerate(node.parents)
    ]
    is_unary = len(numbers) == 1
    kinks = kinks_of(apply) if is_unary else kinks_of_two(apply, *names) if len(names) == 2 else ""
    domain = domain_of(apply) if is_unary else domain_of_several(apply, names)
    return Facts(_latex(value_expression(node)), slopes, _in_words(op), kinks, domain)


# How ops are called, of numbers or Values: the first of these that an op takes, with the names of
# its operands, and numbers for them.
CALLS: list[tuple[Callable[..., Callable[..., Any]], tuple[str, ...], tuple[float, ...]]] = [
    (lambda op: lambda *v: op(v[:2], v[2:]), ("w1", "w2", "x1", "x2"), (0.5, 0.25, 2.0, 3.0)),
    (lambda op: op, ("x", "y"), (0.5, 0.25)),
    (lambda op: op, ("x",), (0.5,)),
    (lambda op: lambda x, y: op([x, y]), ("x", "y"), (0.5, 0.25)),
    (lambda op: lambda x, y: op([x, y], 1), ("x", "y"), (0.5, 0.25)),
    (lambda op: op, ("c", "a", "b"), (1.0, 0.5, 0.25)),
    (lambda op: lambda x: op(x, -1.0, 1.0), ("x",), (0.5,)),
    (lambda op: op.bind(3.0), ("x",), (0.5,)),
    (lambda op: op.bind(1), ("x",), (0.5,)),
]


def call_of(op: Primitive) -> tuple[Callable[..., Any], tuple[str, ...], tuple[float, ...]]:
    """Return how an op is called, as a function of numbers or Values, and operands for it.

    Raises:
        TypeError: if it is called in a way that no other op is.
    """
    for made, names, numbers in CALLS:
        try:
            called = made(op)
            node = _first(called(*map(Value, numbers)))
        except (AutogradError, TypeError, IndexError, AttributeError, ValueError):
            continue
        if isinstance(node, Value) and node.parents and record_of(node.primitive) is op:
            return _of_the_first(called), _own_names(op, names), numbers
    raise TypeError(f"the op {op.name} takes operands of another form")


def _own_names(op: Primitive, names: tuple[str, ...]) -> tuple[str, ...]:
    """Return what two operands are called in the op's signature, if each is a number there."""
    is_called = op.name.isidentifier() and not op.vectors
    own = tuple(inspect.signature(op).parameters) if is_called else ()
    return own if len(own) == len(names) == 2 else names


def _latex(formula: Expression) -> str:
    """Return a formula as LaTeX, which does not end the cell of a table."""
    return WRITERS["latex"]().write(formula).replace("|", r"\vert ").strip()


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
    return "; ".join(f"x = {_listed(at)}: {told}" for told, at in _kinks(apply).items())


def _kinks(apply: Callable[..., Any]) -> dict[str, list[float]]:
    """Return where a function of one number has kinks, by what is said of them."""
    places: dict[str, list[float]] = {}
    for at in POINTS:
        if told := _kink(apply, at):
            places.setdefault(told, []).append(at)
    return places


def _kink(apply: Callable[..., Any], at: float) -> str:
    x, *sides = (Value(number) for number in (at, at - BESIDE, at + BESIDE))
    here = apply(x)
    left, right = map(apply, sides)
    if not math.isfinite(here.data):
        return ""
    slope, before, after = (
        _slope(node, of) + 0.0 for node, of in zip((here, left, right), (x, *sides), strict=True)
    )
    if abs(right.data - left.data) > DIFFERENT:
        return f"a jump, slope {slope:g}"
    if math.isinf(slope) or abs(after - before) > DIFFERENT * max(1.0, abs(before)):
        return f"slope {slope:g}"
    return ""


def _slope(node: Value, of: Value) -> float:
    return node.local_derivatives[next(i for i, v in enumerate(node.parents) if v is of)]


def kinks_of_two(apply: Callable[..., Any], x: str, y: str) -> str:
    """Return where a function of two numbers has kinks: where they are equal, or one by one."""
    if tie := _tie(apply):
        return f"{x} = {y}: {tie}"
    of_x = _one_of(x, y, apply)
    of_y = _one_of(y, x, lambda second, first: apply(first, second))
    return "; ".join(filter(None, (of_x, of_y)))


def _one_of(name: str, other: str, apply: Callable[..., Any]) -> str:
    """Return the kinks in one number, for a value of the other at which there are any."""
    for number in (1.0, -1.0, 0.0):
        found = _kinks(lambda at, number=number: apply(at, number))
        if found:
            # Their slopes may differ from place to place.
            told = next(iter(found)) if len(found) == 1 else "jumps"
            places = sorted(at for several in found.values() for at in several)
            return f"for {other} = {number:g}, {name} = {_listed(places)}: {told}"
    return ""


def _tie(apply: Callable[..., Any]) -> str:
    """Return the slopes that a function of two numbers has where they are equal, if at a kink."""
    left, here, right = (apply(Value(x), Value(1.0)) for x in (1 - BESIDE, 1.0, 1 + BESIDE))
    slopes = [node.local_derivatives[0] for node in (left, right)]
    if abs(slopes[1] - slopes[0]) < DIFFERENT or abs(right.data - left.data) > DIFFERENT:
        return ""
    return f"slopes {' and '.join(f'{slope:g}' for slope in here.local_derivatives)}"


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


# Where functions of several numbers are defined: the first of these that fits.
REGIONS: dict[str, Callable[..., bool]] = {
    "everywhere": lambda *_: True,
    "{1} ≠ 0": lambda x, y: y != 0.0,
    "not at {0} = {1} = 0": lambda x, y: (x, y) != (0.0, 0.0),
    "0 ≤ {0}, or {1} whole": lambda x, y: x >= 0.0 or y % 1.0 == 0.0,
}


def domain_of_several(apply: Callable[..., Any], names: tuple[str, ...]) -> str:
    """Return where a function of several numbers is defined.

    Raises:
        TypeError: if that is none of the regions.
    """
    tried = [*product((-2.0, -0.75, 0.0, 0.5, 1.0, 3.0), repeat=len(names))]
    defined = {numbers for numbers in tried if not math.isnan(apply(*numbers))}
    for told, contains in REGIONS.items():
        if all(contains(*numbers) == (numbers in defined) for numbers in tried):
            return told.format(*names)
    raise TypeError(f"this is defined in no known region: {sorted({*tried} - defined)}")
