"""Explain a gradient as the notes do: every path, its product in numbers, and the sum."""

from __future__ import annotations

import math
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from autograd.encodings import encodable
from autograd.errors import ArgumentError
from autograd.formulas import Notation, local_derivative_formula, partial, written
from autograd.notation import latex_number
from autograd.path_sums import ENDS, Path, count_paths, paths
from autograd.styled import Line, Styled
from autograd.text import short_number
from autograd.transforms import gradients
from autograd.value import Value


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Explanation(Styled):
    """Why a gradient is what it is: its paths, how many there are, and what they sum to.

    ``paths`` are the paths shown: all of them, or those of largest absolute product if there are
    too many; ``count`` is the exact number of all. Printed, it is plain text; notebooks and rich
    show it in their own way, and :meth:`latex` is the derivation for a paper.
    """

    loss: Value
    node: Value
    paths: tuple[Path, ...]
    count: int
    gradient: float
    formulas: bool = False

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
        """Yield a row for each path, what they sum to, and the formulas if asked for."""
        if self.paths:
            yield Line("head", ("path", "local derivatives", "product"))
        for path in self.paths:
            yield Line("row", (str(path), factors(path), short_number(path.product)))
        *sums, gradient = self.summary()
        for text in sums:
            yield Line("text", (text,))
        yield Line("text", (gradient,), "strong")
        equations = self.local_derivatives()
        if equations:
            yield Line("gap")
        for equation, latex in zip(equations, self.local_derivatives("latex"), strict=True):
            yield Line("item", (equation,), "formula", latex)

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
        left_out = self.count - len(self.paths)
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
        edges = dict.fromkeys(edge for path in self.paths for edge in shown_edges(path))
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
        more = [r"\cdots"] if self.count > len(self.paths) else []
        symbolic = [latex_symbols(path) for path in self.paths] + more
        numeric = [latex_factors(path) for path in self.paths] + more
        rows = [
            f"{symbol} &= " + " \\\\\n&\\quad + ".join(symbolic),
            "&= " + " \\\\\n&\\quad + ".join(numeric),
            f"&= {latex_number(short_number(self.gradient))}",
        ]
        lines = " \\\\\n".join(rows)
        return f"\\begin{{aligned}}\n{lines}\n\\end{{aligned}}"


def explanation(
    loss: Value, node: Value, *, max_paths: int = 10, formulas: bool = False
) -> Explanation:
    """Return why ∂loss/∂node is what it is: the paths, their products, and the sum.

    If there are more than ``max_paths`` paths, those of largest absolute product are shown, and
    what the others sum to. With ``formulas`` comes the formula of each local derivative. No
    gradient is changed. O(nodes + edges), however many paths there are.

    Raises:
        OperandError: if the loss or the node is not a Value.
        ArgumentError: if ``max_paths`` is negative.

    >>> from autograd import Value
    >>> x = Value(3.0, label="x")
    >>> u = x * x; u.label = "u"
    >>> y = u + 2 * x; y.label = "y"
    >>> explanation(y, x)
    y → u → x: (1)·(3) = 3
    y → u → x: (1)·(3) = 3
    y → 2·x → x: (1)·(2) = 2
    sum of 3 paths = 8
    gradient ∂y/∂x = 8
    """
    if max_paths < 0:
        raise ArgumentError(f"max_paths says how many paths to show: it can't be {max_paths}")
    count = count_paths(loss, node)
    shown = paths(loss, node, top=max_paths if count > max_paths else None)
    [gradient] = gradients(loss, [node])
    return Explanation(loss, node, tuple(shown), count, gradient, formulas)


def explain(loss: Value, node: Value, *, max_paths: int = 10, formulas: bool = False) -> None:
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
    _show(explanation(loss, node, max_paths=max_paths, formulas=formulas))


def _show(shown: Explanation) -> None:
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    if shell is not None and hasattr(shell, "kernel"):  # a notebook, not IPython in a terminal
        from IPython.display import display  # type: ignore[import-not-found, unused-ignore]

        display(shown)  # type: ignore[no-untyped-call, unused-ignore]
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


def factors(path: Path) -> str:
    """Return the local derivatives on the path, ``(-0.4592)·(0.1774)``; 1 if there are none."""
    numbers = [f"({short_number(local)})" for local in path.ends(path.local_derivatives)]
    if len(numbers) < len(path.positions):
        numbers.insert(ENDS, "…")
    return "·".join(numbers) or "1"


def shown_edges(path: Path) -> Sequence[tuple[Value, int]]:
    """Return (node, position) for each edge whose local derivative is shown."""
    return path.ends(list(zip(path.nodes[:-1], path.positions, strict=True)))


def in_words(count: int) -> str:
    """Return ``1 path``, ``2 paths``, ``about 10^30 paths`` for a number of too many digits."""
    if count == 1:
        return "1 path"
    if count < 10**30:
        return f"{count:,} paths"
    return f"about 10^{math.log10(count):.0f} paths"


def latex_symbols(path: Path) -> str:
    """Return the product of the local derivatives on the path in symbols."""
    edges = shown_edges(path)
    symbols = [partial(node, node.parents[position], "latex") for node, position in edges]
    if len(symbols) < len(path.positions):
        symbols.insert(ENDS, r"\cdots")
    return " ".join(symbols)


def latex_factors(path: Path) -> str:
    """Return the product of the local derivatives on the path in numbers."""
    return (
        re.sub(r"\(([^)]*)\)", lambda number: f"({latex_number(number[1])})", factors(path))
        .replace("…", r"\cdots")
        .replace("·", r" \cdot ")
    )
