"""``viz.stepper``: a web page that walks through the forward and the backward pass of a loss."""

from __future__ import annotations

import base64
import hashlib
import html
import json
import math
import os
import pathlib
from collections.abc import Callable, Mapping, Sequence
from importlib import resources
from string import Template
from typing import TYPE_CHECKING, Any, NamedTuple, SupportsIndex, TypeVar, overload

import autograd
from autograd.changes import clear_gradients, make, of_gradients, restoring
from autograd.files import write_atomically
from autograd.text import short_number
from viz.errors import FormatError, GraphTooLargeError, OptionError
from viz.formats.notebook import trusted
from viz.formats.svg import svg
from viz.options import Constants, one_of, require_value, whole_number
from viz.page.epochs import Epochs
from viz.page.javascript import program_of
from viz.picture.chosen import is_folded
from viz.picture.model import MOST_PARENTS, Picture, gradient_text, sign
from viz.picture.picture import picture
from viz.text import visible

if TYPE_CHECKING:
    from autograd import Value

LONGEST_EQUATION = 300  # characters; a longer one would fill the page
MOST_INPUTS = 8  # whose values the first step lists
MOST_LOCALS = 3  # local derivatives that a step of the forward pass lists
FRAME_HEIGHT = 760  # pixels, in a notebook
PREFIX = "graph-"  # of ids in the SVG
SCRIPTS = ("engine", "page", "sliders", "training", "start")  # in their order


R = TypeVar("R")


class StepperPage:
    """A web page that walks through a pass; a notebook shows it in a frame.

    ``html`` is the page itself: one file, which needs nothing else.

    >>> from autograd import Value
    >>> page = stepper(Value(2.0, label="x") * 3)
    >>> page.html.startswith("<!DOCTYPE html>")
    True
    """

    def __init__(self, title: str, html: str) -> None:
        self.title = title
        self.html = html

    def save(self, path: str | os.PathLike[str]) -> pathlib.Path:
        """Write the page to a file, as a whole or not at all, and return its path.

        Raises:
            FormatError: if the suffix is neither ``.html`` nor ``.htm``.
            OSError: if the file can't be written.
        """
        return write_atomically(_page_path(path), self.html.encode())

    def __repr__(self) -> str:
        return f"StepperPage({self.title!r}, {len(self.html.encode()):,} bytes)"

    def _repr_html_(self) -> str:
        # The frame keeps styles and keys apart from the notebook's; in its sandbox the page has
        # scripts and no access to anything around it.
        frame = (
            f'<iframe srcdoc="{html.escape(self.html)}" title="{html.escape(self.title)}" '
            f'sandbox="allow-scripts" '
            f'style="border:0;width:100%;height:min({FRAME_HEIGHT}px, 90vh)"></iframe>'
        )
        title = html.escape(self.title)
        return trusted(frame, f"<p>{title}: trust this notebook, or run its cell, to see it.</p>")


@overload
def stepper(
    loss: Value,
    path: None = None,
    *,
    max_nodes: SupportsIndex = 1000,
    max_paths: SupportsIndex = 8,
    constants: Constants = "fold",
    epochs: Epochs | None = None,
) -> StepperPage: ...


@overload
def stepper(
    loss: Value,
    path: str | os.PathLike[str],
    *,
    max_nodes: SupportsIndex = 1000,
    max_paths: SupportsIndex = 8,
    constants: Constants = "fold",
    epochs: Epochs | None = None,
) -> pathlib.Path: ...


def stepper(
    loss: Value,
    path: str | os.PathLike[str] | None = None,
    *,
    max_nodes: SupportsIndex = 1000,
    max_paths: SupportsIndex = 8,
    constants: Constants = "fold",
    epochs: Epochs | None = None,
) -> StepperPage | pathlib.Path:
    """Make a web page that walks through the forward and the backward pass of a loss.

    First the nodes are computed one after the other, then the chain rule is applied to one edge
    after the other, as by :func:`autograd.steps` from gradients of 0. Each step shows its equation
    in symbols and in numbers, and lights up in the graph; a click on a node shows its gradient as a
    sum over paths, and a click on an input or a weight has a slider too: values, gradients, paths
    and widths follow, computed in the page by the rules of the ops. The keys → ← Home End go
    through the steps, space plays them, and ``page.html#step=12`` is a link to a step. A loss
    without a label is called L.

    The page is one file that needs no network. With scripts off it shows the graph and a list of
    all steps. The gradients of the graph are not changed.

    Args:
        loss: the value whose backward pass is shown.
        path: the file to write, ``.html``; without one the page is returned, for a notebook to
            show.
        max_nodes: how many nodes the page may show.
        max_paths: how many paths of a node to show, the largest if it has more.
        constants: "fold" writes the constants of an expression into the op that uses them, and
            passes over the steps to them; "show" gives each a node.
        epochs: a training that :class:`viz.Epochs` recorded of this loss; the page has a slider
            over its epochs.

    Raises:
        NotAValueError: if the loss is not a Value.
        OptionError: if an option is out of range or unknown, or the epochs are of another loss.
        GraphTooLargeError: if there are more than ``max_nodes`` nodes to show.
        FormatError: if the path has another suffix.
        RenderError: if the graph can't be laid out.
        OSError: if the file can't be written.

    >>> from autograd import Value
    >>> x = Value(3.0, label="x")
    >>> page = stepper(x * x)
    >>> "∂L/∂x" in page.html, x.grad
    (True, 0.0)
    """
    if path is not None:
        _page_path(path)  # before the work
    require_value(loss, "what is stepped through")
    most_nodes = whole_number("max_nodes", max_nodes, least=1)
    most_paths = whole_number("max_paths", max_paths, least=1)
    one_of("constants", constants, Constants)
    if epochs is not None and (not isinstance(epochs, Epochs) or epochs.loss is not loss):
        raise OptionError("epochs must be the viz.Epochs that was made of this very loss")
    order = autograd.topological_order(loss)
    count = sum(constants == "show" or not is_folded(node) for node in order)
    if count > most_nodes:  # before the pass, which takes longer
        raise GraphTooLargeError(
            f"there are {count:,} nodes to step through, and max_nodes is {most_nodes:,}; take a "
            "smaller example (one data point, fewer units), draw a part of this one with "
            "viz.draw(loss, depth=3), or raise max_nodes"
        )

    def write(steps: list[autograd.Step]) -> StepperPage:
        shown = picture(loss, max_nodes=len(order), constants=constants, collapse=None)
        return _Writer(loss, steps, most_paths, shown, epochs).page()

    page = _in_a_pass_of_its_own(loss, order, write)
    return page if path is None else page.save(path)


def _page_path(path: str | os.PathLike[str]) -> pathlib.Path:
    path = pathlib.Path(path)
    if path.suffix.lower() not in (".html", ".htm"):
        raise FormatError(
            f"the stepper is a web page: the name {visible(str(path))!r} must end with .html"
        )
    return path


def _in_a_pass_of_its_own(
    loss: Value, order: Sequence[Value], work: Callable[[list[autograd.Step]], R]
) -> R:
    """Do work on the steps of a backward pass from gradients of 0, and leave the graph as it was.

    A loss without a label has one meanwhile: written out, it would fill every equation.
    """
    gradients, label = [node.grad for node in order], loss.label
    labels = {node.label for node in order}

    def run() -> R:
        loss.label = label or next((name for name in ("L", "loss") if name not in labels), "")
        clear_gradients(order)
        return work(list(autograd.steps(loss)))

    def restore() -> None:
        loss.label = label
        make(of_gradients(order, gradients))

    return restoring(restore, run)


class _Item(NamedTuple):
    """What is said about a step, as HTML."""

    symbols: str
    numbers: str
    where: str = ""


class _Writer:
    """Write the page, while the gradients are those at the end of the pass."""

    def __init__(
        self,
        loss: Value,
        steps: Sequence[autograd.Step],
        max_paths: int,
        shown: Picture,
        epochs: Epochs | None,
    ) -> None:
        # Not imported above, where they would take a while.
        from autograd.explanations import formulas

        self.formulas = formulas
        self.loss, self.max_paths, self.shown = loss, max_paths, shown
        self.epochs = epochs
        self.ids = {value: f"{PREFIX}{node.id}" for node in shown.nodes for value in node.members}
        self.nodes = list(self.ids)
        self.computed = [node for node in self.nodes if node.parents]
        # Those to constants that the picture has folded are no edges of it.
        found = [(step, shown.edge(step.node, step.position)) for step in steps]
        self.steps = [step for step, edge in found if edge is not None]
        self.edges = [edge for _, edge in found if edge is not None]
        self.index = {node: i for i, node in enumerate(self.nodes)}
        self.edge_index = {
            (step.node, step.position): number for number, step in enumerate(self.steps)
        }
        order = autograd.topological_order(loss)
        self.program = program_of(order)
        self.place = {node: i for i, node in enumerate(order)}
        self.fixed = _fixed(order, self.program.fixed)
        self.name = {node: visible(formulas.written(node)) for node in self.nodes}
        self.gradient = {node: _short(formulas.partial(loss, node)) for node in self.nodes}

    def page(self) -> StepperPage:
        """Return the page."""
        items = [
            self._start(),
            *map(self._forward, self.computed),
            self._turn(),
            *map(self._backward, self.steps),
        ]
        title = f"Backpropagation of {self.name[self.loss]}"
        templates = [_template(f"{name}.js") for name in SCRIPTS]
        script = "\n".join([self.program.text(), *templates])
        digest = base64.b64encode(hashlib.sha256(f"\n{script}".encode()).digest()).decode()
        page = Template(_template("page.html")).substitute(
            # Nothing may be loaded, and no script may run but this one.
            policy="default-src 'none'; base-uri 'none'; form-action 'none'; "
            f"style-src 'unsafe-inline'; script-src 'sha256-{digest}'",
            title=html.escape(title),
            value=html.escape(short_number(self.loss.data)),
            summary=f"{len(self.computed):,} nodes are computed in the forward pass, "
            f"{len(self.steps):,} edges are taken in the backward pass.",
            style=_template("page.css"),
            script=script,
            graph=svg(self.shown, prefix=PREFIX),
            rows="\n".join(map(self._row, self.nodes)),
            items="\n".join(
                f'<li id="step={number}"><a href="#step={number}">{item.symbols}</a> '
                f'<span class="numbers">{item.numbers}</span> '
                f'<span class="where">{item.where}</span></li>'
                for number, item in enumerate(items)
            ),
            count=f"{len(items):,}",
            last=len(items) - 1,
            data=_json(self._data()),
        )
        return StepperPage(title, page)

    # The list of steps. What it says is what the page shows at each step.

    def _start(self) -> _Item:
        given = [node for node in self.nodes if not node.parents and node.label]
        inputs = ", ".join(map(self._equation, given[:MOST_INPUTS]))
        more = ", …" if len(given) > MOST_INPUTS else ""
        return _Item(
            "The inputs are given:",
            _escaped(inputs) + more,
            "The forward pass computes what depends on them, node by node, and records the local "
            "derivative of each edge.",
        )

    def _forward(self, node: Value) -> _Item:
        symbols, full = self._equation(node), self._equation(node, numbers=True)
        numbers, equals, value = full.removeprefix(symbols).removeprefix(" = ").rpartition("= ")
        left, is_, right = symbols.partition(" = ") if node.label else ("", "", symbols)
        local = [
            self.formulas.local_derivative_formula(node, position, numbers=True)
            for position, parent in enumerate(node.parents[:MOST_LOCALS])
            if self._is_named(parent) and len(node.parents) <= MOST_PARENTS
        ]
        where = "; ".join(local) + ("; …" if len(node.parents) > MOST_LOCALS else "")
        return _Item(
            f"{_coloured('target', left)}{is_}{_escaped(right)}",
            f"= {_escaped(numbers)}{equals}{_coloured('target', value)}",
            f"recorded on the way: {_escaped(where)}" if local else "",
        )

    def _turn(self) -> _Item:
        return _Item(
            f"{_coloured('target', self.gradient[self.loss])} = 1",
            "and every other gradient is 0",
            "The backward pass begins, and goes along the edges from the loss to the inputs.",
        )

    def _backward(self, step: autograd.Step) -> _Item:
        upstream, local, contribution, running = step.written_numbers
        where = ""
        if len(step.node.parents) <= MOST_PARENTS and self._is_named(step.parent):
            formula = self.formulas.local_derivative_formula(step.node, step.position, numbers=True)
            where = f"where {_escaped(formula)}"
        return _Item(
            f"{_coloured('target', self.gradient[step.parent])} += "
            f"{_coloured('upstream', self.gradient[step.node])} · "
            f"{_coloured('local', _short(self.formulas.partial(step.node, step.parent)))}",
            f"= {_coloured('upstream', upstream)} · {_coloured('local', local)} = "
            f"{_coloured('contribution', contribution)}: {_coloured('target', running)}",
            where,
        )

    def _is_named(self, parent: Value) -> bool:
        """Whether formulas call it by a name, and not by a letter of the op's rule."""
        return bool(parent.label or parent.parents)

    def _equation(self, node: Value, *, numbers: bool = False) -> str:
        return self.formulas.value_formula(node, numbers=numbers or not node.parents)

    def _row(self, node: Value) -> str:
        return (
            f'<tr><th scope="row">{_escaped(self.name[node])}</th>'
            f"<td>{short_number(node.data)}</td><td>{short_number(node.grad)}</td></tr>"
        )

    # What the script needs.

    def _data(self) -> dict[str, Any]:
        tracks = _Tracks(self.edge_index)
        return {
            "nodes": [self._node_data(node, tracks) for node in self.nodes],
            "edges": [
                {
                    "id": f"{PREFIX}{edge.id}",
                    "from": self.index[step.parent],
                    "to": self.index[step.node],
                    "position": step.position,
                    "local": short_number(step.local_derivative),
                    "partial": _short(self.formulas.partial(step.node, step.parent)),
                }
                for step, edge in zip(self.steps, self.edges, strict=True)
            ],
            "steps": [
                {},
                *({"node": self.index[node]} for node in self.computed),
                {"begins": True, "zero": _gradient(0.0), "one": _gradient(1.0)},
                *({"edge": i, **_gradient(step.after)} for i, step in enumerate(self.steps)),
            ],
            "tracks": tracks.all,
            "epochs": self._epochs_data(),
        }

    def _epochs_data(self) -> dict[str, Any] | None:
        if self.epochs is None:
            return None
        moments = self.epochs.shown()
        return {
            "places": [self.place[leaf] for leaf in self.epochs.leaves],
            "epochs": [moment.epoch for moment in moments],
            "losses": [
                None if moment.loss is None or not math.isfinite(moment.loss) else moment.loss
                for moment in moments
            ],
            "numbers": [moment.numbers for moment in moments],
            "inputs": [self.place[leaf] for leaf in self.epochs.inputs],
            "examples": self.epochs.examples,
        }

    def _node_data(self, node: Value, tracks: _Tracks) -> dict[str, Any]:
        count = autograd.count_paths(self.loss, node)
        few = count <= self.max_paths
        paths = list(autograd.paths(self.loss, node, top=None if few else self.max_paths))
        explanation = autograd.Explanation(self.loss, node, tuple(paths), count, node.grad)
        origin = node.origin
        return {
            "id": self.ids[node],
            "place": self.place[node],
            "fixed": self._why_fixed(node),
            "count": f"{count:,}",
            "partial": self.gradient[node],
            "name": self.name[node],
            "value": short_number(node.data),
            "formula": _short(self.formulas.value_formula(node, numbers=True)),
            "made": f"{origin}, in {origin.function}" if origin else "",
            "paths": [tracks.along(path) for path in paths],
            "products": [short_number(path.product) for path in paths],
            "summary": list(map(_short, explanation.summary())),
        }

    def _why_fixed(self, node: Value) -> str:
        """Return why a leaf has no slider; empty if it has one."""
        if not node.label:
            return "a leaf without a label stands in formulas by its number"
        if not math.isfinite(node.data):
            return f"it is {short_number(node.data)}"
        return self.fixed.get(node, "")


def _fixed(order: Sequence[Value], why: Mapping[Value, str]) -> dict[Value, str]:
    """Return the nodes that lead to one whose rule can't be written down, and why it can't."""
    found: dict[Value, str] = {}
    for node in reversed(order):
        reason = found.get(node)
        if node in why:
            reason = f"it leads to {visible(node.name)}: {why[node]}"
        for parent in node.parents if reason else ():
            found.setdefault(parent, reason or "")
    return found


class _Tracks:
    """Paths as chains: an edge, and the number of the track before it, shared where paths are.

    Each of the thousand paths of a long chain would otherwise list up to a thousand edges.
    """

    def __init__(self, edge_index: dict[tuple[Value, int], int]) -> None:
        self.all: list[tuple[int, int]] = []
        self._edge_index = edge_index
        self._numbers: dict[tuple[int, int], int] = {}

    def along(self, path: autograd.Path) -> int:
        """Return the number of the track that ends with the path; -1 if it has no edges."""
        number = -1
        for node, position in zip(path.nodes[:-1], path.positions, strict=True):
            track = self._edge_index[node, position], number
            number = self._numbers.setdefault(track, len(self.all))
            if number == len(self.all):
                self.all.append(track)
        return number


def _template(name: str) -> str:
    return resources.files("viz.page").joinpath(name).read_text(encoding="utf-8")


def _gradient(number: float) -> dict[str, str]:
    """A gradient as it stands in the graph and in the table."""
    return {"short": gradient_text(number), "long": short_number(number), "sign": sign(number)}


def _short(equation: str) -> str:
    if len(equation) <= LONGEST_EQUATION:
        return equation
    return f"{equation[: LONGEST_EQUATION - 1]}…"


def _escaped(text: str) -> str:
    return html.escape(_short(text))


def _coloured(role: str, text: str) -> str:
    return f'<var class="{role}">{_escaped(text)}</var>' if text else ""


def _json(data: Any) -> str:
    """Return data as JSON that no HTML parser takes for a tag or the end of the script."""
    text = json.dumps(data, separators=(",", ":"), allow_nan=False)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
