"""What the site has beside its Markdown, as hooks of MkDocs.

A page may hold comments that ask for what its own code makes. The code of the page is run from its
top to the comment, as the tests run it.

``<!-- picture: NAME -->``
    the graph of the Value of that name, with options of :func:`viz.draw` after a comma
``<!-- stepper: NAME -->``
    the page that walks through its passes, in a frame
``<!-- exercise: KIND, level=1, seed=3 -->``
    an exercise of ``chainrule exercise``, with its solution folded away
``<!-- ops -->``
    the table of all ops, from their records
``<!-- include: FILE, section="TITLE" -->``
    another file of the project, or a section of it
"""

from __future__ import annotations

import ast
import contextlib
import io
import math
import os
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import viz
from autograd import AutogradError, Value, local_derivative_formula
from autograd.explanations.formulas import value_formula
from autograd.ops import TABLE, Primitive
from chainrule.exercises import exercise as exercises
from chainrule.exercises.pictures import blank_picture
from chainrule.exercises.sheets import Graph, Questions, Solutions
from viz.formats.svg import prefix_of, svg

HERE = Path(__file__).parent
ROOT = HERE.parent
BLOCK = re.compile(r"^```python\n(.*?)^```$", re.DOTALL | re.MULTILINE)
COMMENT = re.compile(r"^<!-- (picture|stepper|exercise|ops|include)(?:: (.*?))? -->$", re.MULTILINE)
KATEX = ROOT / "playground" / "node_modules" / "katex" / "dist"

_steppers: dict[str, str] = {}  # by their paths in the site


def on_page_markdown(markdown: str, page: Any, **_: Any) -> str:
    """Put what its comments ask for into a page."""
    if not COMMENT.search(markdown):
        return markdown
    names: dict[str, Any] = {"__name__": "__main__"}
    parts: list[str] = []
    end = 0
    with _elsewhere():
        for comment in COMMENT.finditer(markdown):
            _run(markdown[end : comment.start()], names)
            parts += [markdown[end : comment.start()], _made(comment, names, page, len(parts))]
            end = comment.end()
    return "".join([*parts, markdown[end:]])


def _made(comment: re.Match[str], names: dict[str, Any], page: Any, number: int) -> str:
    kind, asked = comment.groups()
    if kind == "ops":
        return "\n".join(ops_table())
    name, _, options = (asked or "").partition(",")
    keywords = {
        keyword.arg or "": ast.literal_eval(keyword.value)
        for keyword in ast.parse(f"f({options})", mode="eval").body.keywords  # type: ignore[attr-defined]
    }
    if kind == "exercise":
        return exercise(name, **keywords)
    if kind == "include":
        return included(name, **keywords)
    if kind == "picture":
        return picture(names[name], **keywords)
    path = f"steppers/{page.file.name}-{number}.html"
    _steppers[path] = viz.stepper(names[name]).html
    up = "../" * page.file.dest_uri.count("/")
    return f'<iframe class="stepper" src="{up}{path}" title="Step through {name}"></iframe>'


@contextlib.contextmanager
def _elsewhere() -> Iterator[None]:
    """Let code write its files and print its text where nobody looks."""
    before = os.getcwd()
    with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(io.StringIO()):
        os.chdir(folder)
        try:
            yield
        finally:
            os.chdir(before)


def _run(markdown: str, names: dict[str, Any]) -> None:
    for block in BLOCK.finditer(markdown):
        exec(compile(block[1], "a page", "exec"), names)


def picture(value: Value, **options: Any) -> str:
    """Return the graph of a value, which scrolls where it is wider than the page."""
    drawing = viz.draw(value, **options)._repr_mimebundle_()["text/html"]
    return f'<div class="picture">{_on_one_line(drawing)}</div>'


def exercise(kind: str, level: int = 1, seed: int = 0) -> str:
    """Return an exercise as HTML, and below it the solution, folded."""
    made = exercises.make(kind, level, seed)
    drawn = svg(blank_picture(made.loss), prefix=prefix_of(f"{kind} {level} {seed}"))
    made.loss.backward()
    solution = Solutions(made)._repr_html_()
    parts = [Graph(made)._repr_html_(), f'<div class="picture">{drawn}</div>',
             Questions(made)._repr_html_(),
             f"<details><summary>Solution</summary>{solution}</details>"]  # fmt: skip
    return f'<div class="exercise">{_on_one_line("".join(parts))}</div>'


def included(name: str, section: str = "") -> str:
    """Return the text of a file below its title, or that of one of its sections."""
    text = (ROOT / name).read_text("utf-8")
    begin = f"## {section}\n" if section else "\n"
    _, found, below = text.partition(begin)
    if not found:
        raise ValueError(f"{name} has no section {section!r}")
    if section:
        below = below.partition("\n## ")[0]
    return re.sub(r"\[([^]]*)\]\((?!https?:)[^)]*\)", r"\1", below)  # its links lead elsewhere


def _on_one_line(markup: str) -> str:
    """Return HTML without blank lines, at which Markdown would take it for text again."""
    return re.sub(r"\n\s*\n", "\n", markup)


# The table of ops, from their records.


def ops_table() -> Iterator[str]:
    """Yield the rows of a table: each op with its formula, derivatives, kinks and domain."""
    yield "| op | value | ∂/∂x, and ∂/∂y | kinks and jumps | defined |"
    yield "|---|---|---|---|---|"
    for op in TABLE.values():
        apply, numbers = call_of(op)
        named = zip(numbers, "xy", strict=False)
        node = apply(*[Value(number, label=name) for number, name in named])
        formulas = [
            value_formula(node, "latex"),
            *(_right(local_derivative_formula(node, i, "latex")) for i in range(len(numbers))),
        ]
        value, *slopes = (f"${_without_bars(formula)}$" for formula in formulas)
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


def _right(equation: str) -> str:
    """Return the right side of an equation, of which the left side has no equals sign."""
    return equation.partition(" = ")[2]


def _without_bars(formula: str) -> str:
    """Return LaTeX that does not end the cell of a table."""
    return formula.replace("|", r"\vert ")


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


# What goes beside the pages.


def on_post_build(config: Any, **_: Any) -> None:
    """Write the steppers and the vendored mathematics, and put the playground beside them."""
    site = Path(config.site_dir)
    for path, page in _steppers.items():
        (site / path).parent.mkdir(parents=True, exist_ok=True)
        (site / path).write_text(page, "utf-8")
    (site / "katex").mkdir(exist_ok=True)
    for name in ("katex.min.css", "katex.min.js"):
        shutil.copy(KATEX / name, site / "katex")
    shutil.copytree(KATEX / "fonts", site / "katex" / "fonts", dirs_exist_ok=True)
    playground = ROOT / "build" / "playground"
    if playground.is_dir():
        shutil.copytree(playground, site / "playground", dirs_exist_ok=True)
