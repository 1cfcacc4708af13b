"""Group the nodes of a graph by layer or by neuron, as the lecture notes write a network.

The groups of a layer are the arrays that :mod:`autograd.compiler` lifts the same graph to: what
is one line of the compiled program, ``a1 = W1 x + b1``, is one box of the collapsed picture.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import Literal

from autograd import Value, pause_gc
from autograd.text import short_number
from viz.options import Grouping, one_of, require_value
from viz.picture.boxes import Box, Layers, in_order
from viz.picture.neurons import by_neuron
from viz.picture.titles import write_titles

GroupKind = Literal["leaf", "constant", "operation", "loss"]


@dataclass(frozen=True, eq=False, slots=True)
class Group:
    """Nodes that are shown as one: the elements of an array, or what one neuron computes.

    ``title`` says how it is computed, ``name`` what other titles and messages call it. The first
    ``members`` are the elements, as many as the shape says. After them come the nodes that are no
    more than steps on the way to an element, such as the products in ``w[0]*x[0] + w[1]*x[1] + b``,
    and with groups by neuron the pre-activation, the weights and the bias.
    """

    name: str
    title: str
    kind: GroupKind
    shape: tuple[int, ...]
    members: tuple[Value, ...]

    @property
    def elements(self) -> tuple[Value, ...]:
        """The nodes that the name stands for, row after row."""
        return self.members[: prod(self.shape)]

    @property
    def is_number(self) -> bool:
        """Whether titles write the number itself, so that a picture can do without the group."""
        return self.kind == "constant" and self.title == short_number(self.members[0].data)


def groups(root: Value, by: Grouping = "layer") -> list[Group]:
    """Return the groups of the graph behind the root, each after all groups that feed it.

    Every node is in exactly one group. The elements of a group compute the same of elements of
    the same groups, and no group depends on itself through another. O(nodes + edges), but for
    sorting.

    Args:
        root: the loss, or any other Value.
        by: "layer" for one group per array; "neuron" for one per neuron, with its weights and bias
            (unless other nodes use them too) and with its activation, and one per array otherwise.

    Raises:
        NotAValueError: if the root is not a Value.
        OptionError: if there is no such way to group.

    >>> import autograd
    >>> x = [Value(1.0, label="x[0]"), Value(2.0, label="x[1]")]
    >>> w = [[Value(0.1 * (i + j)) for j in range(2)] for i in range(3)]
    >>> h = [autograd.tanh(autograd.dot(row, x, Value(0.0))) for row in w]
    >>> loss = autograd.cross_entropy(h, 0)
    >>> [group.title for group in groups(loss)]
    ['W1', 'x', 'b1', 'a1 = W1 x + b1', 'h1 = tanh(a1)', 'loss = cross_entropy(h1)']
    >>> [group.title for group in groups(loss, by="neuron")][1:3]
    ['h1[0] = tanh(w·x + b)', 'h1[1] = tanh(w·x + b)']
    """
    require_value(root, "the root")
    one_of("by", by, Grouping)
    with pause_gc():
        layers = Layers(root)
        write_titles(layers)
        boxes = by_neuron(layers) if by == "neuron" else layers.boxes
        return [_group(box, root) for box in in_order(boxes, layers.order)]


def _group(box: Box, root: Value) -> Group:
    is_loss = box.kind == "operation" and root in box.elements
    kind: GroupKind = "loss" if is_loss else box.kind
    return Group(box.name, box.title, kind, box.shape, tuple(box.members))
