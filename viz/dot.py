"""A graph as text in DOT, the language of Graphviz."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

import autograd
from viz.errors import GraphTooLargeError, NotAValueError
from viz.neighbourhood import neighbourhood
from viz.options import whole_number
from viz.text import quote, short_number, visible

NAME = "chainrule"  # browsers show it as a tooltip

# Operands stand one above the other in their order (ordering=in), so x - y reads as it is written.
# The colours are Okabe and Ito's, which colour-blind people tell apart, with pale fills; every kind
# of node has a shape of its own as well, so the picture survives a black-and-white printer.
# Graphviz knows the widths of Arial without having it, and every system has it or its metric twin.
_DEFAULTS = """\
\tgraph [rankdir=LR ordering=in nodesep=0.18 ranksep=0.8 pad=0.2 bgcolor="white"]
\tnode [fontname="Arial" fontsize=13 fontcolor="#1f2933" style=filled \
penwidth=1.2 height=0.3 margin="0.14,0.06"]
\tedge [fontname="Arial" fontsize=11 fontcolor="#52606d" color="#9aa5b1" \
arrowsize=0.6]
"""
_LEAF = 'shape=box color="#0072b2" fillcolor="#e6f1f8"'
_CONSTANT = 'shape=plaintext width=0.25 height=0.25 margin="0.06,0.03" fillcolor="none"'
_OPERATION = 'shape=box style="filled,rounded" color="#7b8794" fillcolor="#f5f7fa"'
_LOSS = 'shape=octagon color="#d55e00" fillcolor="#fcefe6" penwidth=2'
_CUT_OFF = 'shape=box style="dashed,rounded" color="#9aa5b1" fontcolor="#52606d" fontsize=11'
_CUT_OFF_EDGE = "style=dashed"


def to_dot(
    root: autograd.Value,
    *,
    max_nodes: int = 1000,
    depth: int | None = None,
    focus: autograd.Value | None = None,
) -> str:
    """Return the graph behind a value as DOT text, the same text for the same graph.

    Each node shows its label or op, its value and, after a backward pass that reached the root, its
    gradient; each edge shows its local derivative. Leaves are boxes, operations rounded boxes, the
    root an octagon, and constants stand without a frame. Labels come out literally; more than 60
    characters are shortened with an ellipsis. O(nodes + edges) of the whole graph.

    Args:
        root: the value to draw, usually the loss.
        max_nodes: how many nodes the picture may have.
        depth: draw only the nodes at most so many edges away from the focus, before it and after
            it; without a focus, from the root. What is cut off is hinted at by dashed nodes.
        focus: a node of the graph to draw the surroundings of, to a depth of 1 by default.

    Raises:
        NotAValueError: if the root or the focus is not a Value.
        OptionError: if an option is no whole number or out of range, or the focus is not in the
            graph.
        GraphTooLargeError: if there are more than ``max_nodes`` nodes to draw.

    >>> from autograd import Value
    >>> x = Value(3.0, label="x")
    >>> [line.strip() for line in to_dot(x * x).splitlines() if "->" in line]
    ['n0 -> n1 [label="3"]', 'n0 -> n1 [label="3"]']
    """
    _require_value(root, "what is drawn")
    max_nodes = whole_number("max_nodes", max_nodes, least=1)
    order = drawn = autograd.topological_order(root)
    if focus is not None:
        _require_value(focus, "the focus")
        drawn = neighbourhood(order, focus, 1 if depth is None else depth)
    elif depth is not None:
        drawn = neighbourhood(order, root, depth)
    if len(drawn) > max_nodes:
        raise GraphTooLargeError(
            f"the graph to draw has {len(drawn):,} nodes, and max_nodes is {max_nodes:,}; draw a "
            "part of it with depth=3 (at most 3 edges from the root) or focus=value, depth=3 (from "
            "a value in the graph), or raise max_nodes"
        )
    # A pass from here sets 1, one from further on what it found; leaves may be from other passes.
    after_backward = root.grad != 0
    names = {node: f"n{i}" for i, node in enumerate(drawn)}
    lines = [
        *(_node(node, name, root, after_backward) for node, name in names.items()),
        *_edges(names),
        *_cut_off(names, order),
    ]
    return f"digraph {NAME} {{\n{_DEFAULTS}{''.join(lines)}}}\n"


def _require_value(value: object, what: str) -> None:
    if not isinstance(value, autograd.Value):
        raise NotAValueError(
            f"{what} must be an autograd.Value, not the {type(value).__name__} "
            f"{visible(repr(value))}"
        )


def _node(node: autograd.Value, name: str, root: autograd.Value, after_backward: bool) -> str:
    label = quote(*_lines(node, after_backward))
    return f"\t{name} [label={label} {_style(node, root)}]\n"


def _style(node: autograd.Value, root: autograd.Value) -> str:
    if not node.parents:
        return _CONSTANT if _is_constant(node) else _LEAF
    return _LOSS if node is root else _OPERATION


def _lines(node: autograd.Value, after_backward: bool) -> Iterator[str]:
    label, number = visible(str(node.label or "")), short_number(node.data)
    if node.parents:
        op = visible(str(node.primitive))
        yield f"{label}  ({op})" if label else op
        yield number
    else:
        yield f"{label} = {number}" if label else number
    if after_backward and not _is_constant(node):
        yield f"grad {short_number(node.grad)}"


def _is_constant(node: autograd.Value) -> bool:
    """Whether the node is a leaf made from a number in an expression, as the 2 in ``2 * x``."""
    return node.op == "constant" and not node.parents


def _edges(names: dict[autograd.Value, str]) -> Iterator[str]:
    shared = _shared_leaves(names)
    for node, name in names.items():
        for parent, local in zip(node.parents, node.local_derivatives, strict=True):
            if parent in names:
                length = " minlen=2" if parent in shared else ""
                yield f'\t{names[parent]} -> {name} [label="{short_number(local)}"{length}]\n'


def _shared_leaves(names: Iterable[autograd.Value]) -> set[autograd.Value]:
    """Return the leaves that several nodes were computed from, such as the inputs of a layer.

    They stand one column further to the left, which leaves each node its own weights beside it.
    """
    uses = Counter(parent for node in names for parent in set(node.parents))
    return {leaf for leaf, count in uses.items() if count > 1 and not leaf.parents}


def _cut_off(names: dict[autograd.Value, str], order: Sequence[autograd.Value]) -> Iterator[str]:
    """Hint at the edges that lead out of the picture: one dashed node for each end."""
    if len(names) == len(order):
        return
    before: Counter[str] = Counter()
    after: Counter[str] = Counter()
    for node in order:
        for parent in node.parents:
            if node in names and parent not in names:
                before[names[node]] += 1
            elif node not in names and parent in names:
                after[names[parent]] += 1
    for name, count in before.items():
        yield f'\t{name}_before [label="… {count} more" {_CUT_OFF}]\n'
        yield f"\t{name}_before -> {name} [{_CUT_OFF_EDGE}]\n"
    for name, count in after.items():
        yield f'\t{name}_after [label="{count} more …" {_CUT_OFF}]\n'
        yield f"\t{name} -> {name}_after [{_CUT_OFF_EDGE}]\n"
