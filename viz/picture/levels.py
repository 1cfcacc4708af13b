"""How much of a graph becomes one node of a picture: a Value, a neuron, or an array."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

from autograd.errors import did_you_mean
from viz.errors import OptionError
from viz.options import Collapse, Grouping, Repeats
from viz.picture.chosen import Chosen
from viz.picture.model import counted

if TYPE_CHECKING:
    from autograd import Value
    from viz.picture.collapse import Group
    from viz.picture.repeats import Repeat

# More nodes, or more neurons and arrays, than these are a tangle that nobody reads.
MOST_READABLE, MOST_READABLE_BOXES = 200, 64
MOST_GROUPED = 10_000  # nodes, unless groups are asked for: it takes a while


class Box(NamedTuple):
    """What becomes one node of the picture: a Value, or a group of them."""

    members: tuple[Value, ...]
    group: Group | None = None

    @property
    def elements(self) -> tuple[Value, ...]:
        """The nodes whose numbers are shown."""
        return self.members if self.group is None else self.group.elements


@dataclass(frozen=True)
class Level:
    """The boxes of a picture in topological order, and what is said of the choice."""

    boxes: Sequence[Box]
    note: str = ""
    repeats: Sequence[Repeat] = ()
    hidden: int = 0  # groups that are drawn once for several


def level(
    chosen: Chosen,
    collapse: Collapse | None,
    expand: tuple[str, ...],
    repeats: Repeats,
    *,
    is_whole: bool,
) -> Level:
    """Return the boxes of a picture; ``is_whole`` says that all of the graph is to be drawn."""
    nodes = Level([Box((value,)) for value in chosen.drawn])
    if collapse == "auto":
        if expand:
            return _collapsed(chosen, "layer", expand, repeats)
        is_tangle = MOST_READABLE < len(nodes.boxes) <= MOST_GROUPED
        return _readable(chosen, repeats, nodes) if is_whole and is_tangle else nodes
    return nodes if collapse is None else _collapsed(chosen, collapse, expand, repeats)


def _readable(chosen: Chosen, repeats: Repeats, nodes: Level) -> Level:
    """Return neurons, if there are some and not too many of them, or else layers."""
    folded, n_nodes = {*chosen.folded}, len(nodes.boxes)
    try:
        found = _collapsed(chosen, "layer", (), repeats)
    except ImportError:  # what groups nodes needs NumPy
        return nodes
    if 2 * (len(found.boxes) + found.hidden) > n_nodes:  # no network, but a long calculation
        chosen.folded = folded
        return nodes
    taken, other = "layers", '"neuron" draws neurons'
    if not found.repeats:
        of_layers, chosen.folded = {*chosen.folded}, folded
        by_neuron = _collapsed(chosen, "neuron", (), repeats)
        if len(found.boxes) < len(by_neuron.boxes) <= MOST_READABLE_BOXES:
            found, taken, other = by_neuron, "neurons", '"layer" draws layers'
        else:
            chosen.folded = of_layers
    note = (
        f"drawn as {taken}, for {counted(n_nodes, 'node')} would be a tangle; collapse={other}, "
        "collapse=None every node"
    )
    notes = [note, *([found.note] if found.note else [])]
    return replace(found, note="; ".join(notes))


def _collapsed(
    chosen: Chosen, collapse: Collapse, expand: tuple[str, ...], repeats: Repeats
) -> Level:
    from viz.picture.collapse import groups  # loads what compiles graphs
    from viz.picture.repeats import repeats as repeated

    by: Grouping = "neuron" if collapse == "neuron" else "layer"
    found = groups(chosen.root, by)
    known = dict.fromkeys(group.name for group in found)
    for name in expand:
        if name not in known:
            raise OptionError(f"no box is called {name!r}{did_you_mean(str(name), known)}")
    is_simple = by == "layer" and repeats == "once" and not expand and chosen.is_all
    blocks = repeated(found) if is_simple else []
    hidden = {group for block in blocks for other in block.others for group in other}
    drawn = {value: place for place, value in enumerate(chosen.drawn)}
    boxes = []
    for group in found:
        if group in hidden:
            continue
        if group.name in expand:
            inside = sorted(drawn.keys() & group.members, key=drawn.__getitem__)
            boxes += [Box((member,)) for member in inside]
        # Of several constants, such as the inputs of a layer, none is folded; a number is.
        elif len(group.elements) > 1 and not (
            group.is_number or chosen.folded.isdisjoint(group.members)
        ):
            chosen.folded.difference_update(group.members)
            boxes.append(Box(group.members, group))
        elif not drawn.keys().isdisjoint(group.members):
            boxes.append(Box(group.members, group))
    note = 'a block that repeats is drawn once; repeats="all" draws each' if blocks else ""
    return Level(boxes, note, blocks, len(hidden))
