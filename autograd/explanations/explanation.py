"""Explain a gradient as the notes do: every path, its product in numbers, and the sum."""

from __future__ import annotations

import math
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal, get_args

from autograd.errors import ArgumentError, did_you_mean
from autograd.explanations.batches import examples
from autograd.explanations.encodings import encodable
from autograd.explanations.factored import Equation, equations
from autograd.explanations.formulas import Notation, local_derivative_formula, partial, written
from autograd.explanations.notation import latex_number
from autograd.explanations.path_sums import ENDS, Path, count_paths, ends, in_short, paths
from autograd.explanations.styled import Line, Styled
from autograd.labels import node_called
from autograd.text import short_number
from autograd.transforms import gradients
from autograd.value import Value


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Explanation(Styled):
    """Why a gradient is what it is: its paths, how many there are, and what they sum to.

    ``paths`` are the paths shown: all of them, or those of largest absolute product if there are
    too many; ``count`` is the exact number of all. In the factored form there are ``equations`` in
    place of paths. Printed, it is plain text; notebooks and rich show it in their own way, and
    :meth:`latex` is the derivation for a paper.

    >>> from autograd import Value
    >>> x = Value(3.0, label="x")
    >>> told = explanation(x * x, x)
    >>> told.count, told.total, [path.product for path in told.paths]
    (2, 6.0, [3.0, 3.0])
    """

    loss: Value
    node: Value
    paths: tuple[Path, ...]
    count: int
    gradient: float
    formulas: bool = False
    equations: tuple[Equation, ...] = ()

    @property
    def total(self) -> float:
        """The sum of the products of the paths shown."""
        return sum(path.product for path in self.paths)

    @property
    def rest(self) -> float:
        """What the paths left out sum to: the gradient less what is shown, 0 if all are shown."""
        return self.gradient - self.total if self.count > len(self.paths) else 0.0

    # In a REPL the text is what one wants to see.
    __repr__ = Styled.__str__

    def lines(self) -> Iterator[Line]:
        """Yield a row for each path, or each equation; the gradient; the formulas if asked for."""
        example_of = examples(self.loss, self.node)
        if self.paths:
            yield Line("head", ("path", "local derivatives", "product"))
        for path in self.paths:
            what = named_path(path, example_of)
            yield Line("row", (what, factors(path), short_number(path.product)))
        shown = ends(self.equations)
        for number, equation in enumerate(shown):
            if number == ENDS and len(shown) < len(self.equations):
                yield Line("item", (f"… {len(self.equations) - len(shown):,} more …",))
            yield from _equation_lines(equation, example_of)
        *sums, gradient = self.summary()
        for text in sums:
            yield Line("text", (text,))
        yield Line("text", (gradient,), "strong")
        if formulas := self.local_derivatives():
            yield Line("gap")
        for formula, latex in zip(formulas, self.local_derivatives("latex"), strict=True):
            yield Line("item", (formula,), "formula", latex)

    def summary(self) -> Iterator[str]:
        """Yield the lines under the paths: what they sum to, and the gradient."""
        symbol = partial(self.loss, self.node)
        if not self.count:
            loss, node = written(self.loss), written(self.node)
            yield f"no path leads from {loss} to {node}: {symbol} = 0"
            yield (
                "Is it the very Value that the loss was computed from? w = w - 0.1 * w.grad makes "
                "a new one, w.data -= 0.1 * w.grad changes the old one."
            )
            return
        left_out = 0 if self.equations else self.count - len(self.paths)
        if self.paths:
            products = (
                f"the {in_words(len(self.paths))} shown" if left_out else in_words(self.count)
            )
            yield f"sum of {products} = {short_number(self.total)}"
        if left_out:
            yield f"sum of {in_words(left_out)} left out = {short_number(self.rest)}"
        yield f"gradient {symbol} = {short_number(self.gradient)}"

    def local_derivatives(self, notation: Notation = "unicode") -> list[str]:
        """Return the formula of each local derivative shown, once, if formulas were asked for."""
        if not self.formulas:
            return []
        edges = dict.fromkeys(edge for path in self.paths for edge in ends(path.told_edges))
        edges |= dict.fromkeys(edge for each in ends(self.equations) for edge in each.edges)
        formulas = (
            local_derivative_formula(node, position, notation, numbers=True)
            for node, position in edges
        )
        return list(dict.fromkeys(formulas))  # nodes without labels may have the same

    def latex(self) -> str:
        """Return the derivation in LaTeX: the gradient in symbols, in numbers, and its value."""
        symbol = partial(self.loss, self.node, "latex")
        if not self.count or self.node is self.loss:
            return f"{symbol} = {self.count}"
        if self.equations:
            return _aligned(row for each in self.equations for row in _latex_rows(each))
        more = [r"\cdots"] if self.count > len(self.paths) else []
        symbolic = [latex_symbols(path) for path in self.paths] + more
        numeric = [latex_factors(path) for path in self.paths] + more
        plus = " \\\\\n&\\quad + "
        gradient = latex_number(short_number(self.gradient))
        return _aligned(
            [f"{symbol} &= {plus.join(symbolic)}", f"&= {plus.join(numeric)}", f"&= {gradient}"]
        )


def _aligned(rows: Iterable[str]) -> str:
    lines = " \\\\\n".join(rows)
    return f"\\begin{{aligned}}\n{lines}\n\\end{{aligned}}"


def _latex_rows(equation: Equation) -> Iterator[str]:
    yield f"{equation.left('latex')} &= {equation.symbols('latex')}"
    yield f"&= {equation.in_numbers('latex')} = {latex_number(short_number(equation.number))}"


def _equation_lines(equation: Equation, example_of: Mapping[Value, str]) -> Iterator[Line]:
    example = example_of.get(equation.node, "")
    plain, latex = (_sides(equation, notation) for notation in get_args(Notation))
    words = rf"\text{{{example}}}" if example else ""
    yield Line("item", (f"{example}{plain}",), latex=f"{words}{latex}")
    numbers, number = equation.in_numbers(), short_number(equation.number)
    is_of_batch = not example and any(use in example_of for use in equation.uses)
    terms = list(equation.by_use()) if is_of_batch else []
    for line in in_short(terms, lambda term: _term_line(*term, example_of), "…"):
        yield Line("detail", (line,))
    says_more = not terms and numbers != f"({number})"
    yield Line("detail", (f"= {numbers} = {number}" if says_more else f"= {number}",))


def _term_line(use: Value, numbers: str, number: float, example_of: Mapping[Value, str]) -> str:
    return f"{example_of.get(use, '')}{numbers} = {short_number(number)}"


def _sides(equation: Equation, notation: Notation) -> str:
    return " = ".join(dict.fromkeys([equation.left(notation), equation.symbols(notation)]))


Form = Literal["expanded", "factored"]


def explanation(
    loss: Value,
    node: Value | str,
    *,
    max_paths: int = 10,
    formulas: bool = False,
    form: Form = "expanded",
) -> Explanation:
    """Return why ∂loss/∂node is what it is: the paths, their products, and the sum.

    The node may be given by its label.
    If there are more than ``max_paths`` paths, those of largest absolute product are shown, and
    what the others sum to. With ``formulas`` comes the formula of each local derivative. No
    gradient is changed. O(nodes + edges), however many paths there are.

    Sums without a label are passed over, and factors that are 1 by their rule. A path through one
    example of a batch says which.

    The ``"factored"`` form computes what paths have in common once, as ``∂v/∂u`` below, and has an
    equation for each such gradient in place of paths, of which it may have any number.

    Args:
        loss: a Value.
        node: any node that it was computed from, or the label of one.
        max_paths: how many paths are shown.
        formulas: whether the formula of each local derivative follows.
        form: ``"expanded"``, a sum over paths, or ``"factored"``.

    Raises:
        OperandError: if the loss or the node is not a Value.
        ArgumentError: if ``max_paths`` is negative, or there is no such form.
        LabelError: if no node of the graph has the label, or more than one.

    >>> from autograd import Value
    >>> x = Value(3.0, label="x")
    >>> u = x * x; u.label = "u"
    >>> y = u + 2 * x; y.label = "y"
    >>> explanation(y, x)
    y → u → x: (3) = 3
    y → u → x: (3) = 3
    y → 2·x → x: (2) = 2
    sum of 3 paths = 8
    gradient ∂y/∂x = 8
    >>> v = u * u; v.label = "v"
    >>> explanation(v, x, form="factored")
    ∂v/∂u = u + u
        = (9) + (9) = 18
    ∂v/∂x = ∂v/∂u·x + ∂v/∂u·x
        = (18)·(3) + (18)·(3) = 108
    gradient ∂v/∂x = 108
    """
    if form not in get_args(Form):
        raise ArgumentError(f"unknown form {form!r}{did_you_mean(str(form), get_args(Form))}")
    if max_paths < 0:
        raise ArgumentError(f"max_paths says how many paths to show: it can't be {max_paths}")
    node = node_called(loss, node)
    count = count_paths(loss, node)
    shared = tuple(equations(loss, node)) if form == "factored" else ()
    shown = paths(loss, node, top=max_paths if count > max_paths else None) if not shared else ()
    [gradient] = gradients(loss, [node])
    return Explanation(loss, node, tuple(shown), count, gradient, formulas, shared)


def explain(
    loss: Value,
    node: Value | str,
    *,
    max_paths: int = 10,
    formulas: bool = False,
    form: Form = "expanded",
) -> None:
    """Show why ∂loss/∂node is what it is: see :func:`explanation`.

    It is rich text in a terminal, plain text where the output goes to a file or another program,
    and a table in a notebook.

    >>> from autograd import Value
    >>> a = Value(2.0, label="a"); b = Value(-3.0, label="b")
    >>> c = a * b; c.label = "c"
    >>> explain(c, a, formulas=True)
    c → a: (-3) = -3
    sum of 1 path = -3
    gradient ∂c/∂a = -3
    <BLANKLINE>
    ∂c/∂a = b = -3
    """
    _show(explanation(loss, node, max_paths=max_paths, formulas=formulas, form=form))


def _show(shown: Explanation) -> None:
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    if shell is not None and hasattr(shell, "kernel"):  # a notebook, not IPython in a terminal
        from IPython.display import display  # type: ignore[import-not-found, unused-ignore]

        display(shown)  # type: ignore[no-untyped-call, unused-ignore]
        return
    marimo = sys.modules.get("marimo")
    if marimo is not None and marimo.running_in_notebook():
        marimo.output.append(shown)
        return
    if sys.stdout.isatty() and encodable(str(shown), sys.stdout.encoding) == str(shown):
        try:
            from rich.console import Console
        except ImportError:  # the text is the same, without colours
            pass
        else:
            Console().print(shown, soft_wrap=True)
            return
    print(encodable(str(shown), sys.stdout.encoding))


# Paths as text.


def named_path(path: Path, example_of: Mapping[Value, str]) -> str:
    """Return a path, and which example of a batch it leads through, if any."""
    example = next((example_of[node] for node in path.nodes if node in example_of), "")
    return f"{example}{path}"


def factors(path: Path) -> str:
    """Return the local derivatives on the path, ``(-0.4592)·(0.1774)``; 1 if there are none."""
    return "·".join(in_short(path.told_edges, _in_numbers, "…")) or "1"


def _in_numbers(edge: tuple[Value, int]) -> str:
    node, position = edge
    return f"({short_number(node.local_derivatives[position])})"


def in_words(count: int) -> str:
    """Return ``1 path``, ``2 paths``, ``about 10^30 paths`` for a number of too many digits."""
    if count == 1:
        return "1 path"
    if count < 10**30:
        return f"{count:,} paths"
    return f"about 10^{math.log10(count):.0f} paths"


def latex_symbols(path: Path) -> str:
    """Return the product of the local derivatives on the path in symbols; 1 if there are none."""
    return " ".join(in_short(path.told_edges, _in_latex, r"\cdots")) or "1"


def _in_latex(edge: tuple[Value, int]) -> str:
    node, position = edge
    return partial(node, node.parents[position], "latex")


def latex_factors(path: Path) -> str:
    """Return the product of the local derivatives on the path in numbers."""
    return (
        re.sub(r"\(([^)]*)\)", lambda number: f"({latex_number(number[1])})", factors(path))
        .replace("…", r"\cdots")
        .replace("·", r" \cdot ")
    )
