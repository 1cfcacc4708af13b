"""Nodes that are made by hand, from numbers: ``Value(6.0, (a, b), (3.0, 2.0))``."""

from __future__ import annotations

from autograd.errors import OperandError, ShapeError
from autograd.operands import Recorded, as_number
from autograd.refusals import describe

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


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
