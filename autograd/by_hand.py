"""Nodes that are made by hand, from numbers: ``Value(6.0, (a, b), (3.0, 2.0))``."""

from __future__ import annotations

from autograd.errors import OperandError, ShapeError
from autograd.gates import tell_of_node, watching_nodes
from autograd.kept import Kept
from autograd.operands import Recorded, as_number
from autograd.ops import Primitive
from autograd.refusals import describe

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

# Their ops have a name and no rules.
_ops = Kept(Primitive, 256)


def attach(node: Any, parents: Any, local_derivatives: Any, op: str) -> bool:
    """Make a leaf a node with these parents and local derivatives; return whether there are any."""
    nodes, locals_ = parents_by_hand(parents, local_derivatives)
    if not nodes:
        return False
    node.primitive = _ops[op or "custom"]
    if len(nodes) > 2:
        node._first, node._first_local = nodes, locals_
    else:
        node._first, node._second = (*nodes, None)[:2]
        node._first_local, node._second_local = (*locals_, 0.0)[:2]
    if watching_nodes and tell_of_node(node) is not node:  # no graph is recorded
        node.primitive = node._first = node._second = None
    return True


def parents_by_hand(parents: Any, local_derivatives: Any) -> tuple[Any, tuple[float, ...]]:
    """Return the parents and local derivatives of a node that is made by hand, or say what's wrong.

    ``Value(2.0, "w")`` and micrograd's ``Value(5.0, (a, b), "+")`` are answered with what to write.
    """
    if isinstance(parents, str):
        raise OperandError(
            f"the second argument of Value is its parents, not the label {parents!r}; write "
            f"Value(2.0, label={parents!r})"
        )
    parents = tuple(parents)
    for parent in parents:
        if not isinstance(parent, Recorded):
            raise OperandError(f"a parent must be a Value, not {describe(parent)}")
    if isinstance(local_derivatives, str) or (parents and local_derivatives == ()):
        op = local_derivatives or "mine"
        raise OperandError(
            "a node with parents needs its local derivatives, one for each, for no _backward is "
            "set later. Write\n"
            f"    op = autograd.primitive({op!r}, lambda m, a, b: …,  # the value of the op\n"
            "                            lambda m, y, a, b: (…, …))  # ∂y/∂a and ∂y/∂b\n"
            "    out = op(a, b)\n"
            "or, with numbers, Value(data, (a, b), (dy_da, dy_db), "
            f"{op!r})"
        )
    locals_ = tuple([as_number(local, "a local derivative") for local in local_derivatives])
    if len(parents) != len(locals_):
        raise ShapeError(
            f"a node needs one local derivative for each parent: it has {len(parents)} "
            f"parents and {len(locals_)} local derivatives"
        )
    return parents, locals_
