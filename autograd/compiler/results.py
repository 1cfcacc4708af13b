"""What a recorded function returns: a loss, and whatever else is wanted, however it is nested."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from numbers import Real
from typing import Any, NamedTuple, TypeAlias

from autograd.compiler.errors import CompileError
from autograd.requirements import Requirement
from autograd.value import Value, as_value

# Of an array the lengths of its axes, in a list; else a tuple or a dict of structures.
Structure: TypeAlias = "list[int] | tuple[Any, ...] | dict[Any, Any]"


class Returns(NamedTuple):
    """What the function of a program returns: a loss or none, gradients, and then outputs."""

    has_loss: bool
    parameters: tuple[str, ...]  # whose gradients it returns
    inputs: tuple[str, ...]  # whose gradients it returns then, with a row for each example
    n_outputs: int = 0  # arrays that it returns at last
    frozen: tuple[int, ...] = ()  # positions in all gradients whose numbers are not wanted, so 0

    @property
    def function(self) -> str:
        """What the function is called."""
        return "loss_and_gradient" if self.has_loss else "outputs"

    def split(self, results: Sequence[Any]) -> tuple[Any, Sequence[Any], Sequence[Any]]:
        """Return the loss (None if there is none), the gradients, and the outputs."""
        start = 1 if self.has_loss else 0
        stop = start + len(self.parameters) + len(self.inputs)
        return results[0] if start else None, results[start:stop], results[stop:]


class Results(NamedTuple):
    """The loss, if there is one, and the elements of all arrays of the structure, in order."""

    loss: Value | None
    outputs: list[Value]
    structure: Structure | None  # None where a loss is all that is returned
    required: Sequence[tuple[Value, Requirement]] = ()  # of numbers, in the order of the code

    @property
    def roots(self) -> list[Value]:
        """All that the graph has to lead to."""
        loss = [] if self.loss is None else [self.loss]
        return loss + self.outputs + [value for value, _ in self.required]


def read_results(returned: Any, has_loss: bool) -> Results:
    """Return what a function has returned: a loss, a loss and more, or (no loss) anything nested.

    A list becomes an array, so its elements are Values, or lists of one length.

    Raises:
        CompileError: if it is anything else: the message says where.
    """
    outputs: list[Value] = []
    if not has_loss:
        return Results(None, outputs, _read(returned, "what the function returns", outputs))
    if isinstance(returned, Value):
        return Results(returned, outputs, None)
    if isinstance(returned, tuple) and len(returned) == 2 and isinstance(returned[0], Value):
        loss, further = returned
        return Results(loss, outputs, _read(further, "further", outputs))
    raise CompileError(
        f"the loss must return a Value, or (loss, further) with more Values to be computed, not "
        f"{_shown(returned)}; use the functions of autograd and no .data inside it. For a "
        "function that is no loss, compile it with gradient=False"
    )


def shapes_of(structure: Structure) -> list[tuple[int, ...]]:
    """Return the shapes of the arrays of a structure, in order.

    >>> shapes_of({"logits": [3], "more": ([], [2, 2])})
    [(3,), (), (2, 2)]
    """
    if isinstance(structure, list):
        return [tuple(structure)]
    parts = structure.values() if isinstance(structure, dict) else structure
    return [shape for part in parts for shape in shapes_of(part)]


def nested(structure: Structure, arrays: Iterator[Any]) -> Any:
    """Return arrays in tuples and dicts as a structure says.

    >>> nested({"logits": [3], "more": ([], [2, 2])}, iter("abc"))
    {'logits': 'a', 'more': ('b', 'c')}
    """
    if isinstance(structure, list):
        return next(arrays)
    if isinstance(structure, dict):
        return {key: nested(part, arrays) for key, part in structure.items()}
    return tuple([nested(part, arrays) for part in structure])


def _read(returned: Any, where: str, outputs: list[Value]) -> Structure:
    """Return the structure, and append the elements of its arrays."""
    if isinstance(returned, Value):
        outputs.append(returned)
        return []
    if isinstance(returned, tuple):
        return tuple([_read(each, f"{where}[{i}]", outputs) for i, each in enumerate(returned)])
    if isinstance(returned, Mapping):
        return {key: _read(each, f"{where}[{key!r}]", outputs) for key, each in returned.items()}
    listed = returned.tolist() if hasattr(returned, "tolist") else returned
    if not isinstance(listed, list):
        raise CompileError(_no_value(where, listed))
    elements = _elements(listed, where)
    if not any(isinstance(element, Value) for element in elements):
        raise CompileError(_no_value(where, listed))
    outputs += [as_value(element, "a list") for element in elements]
    return _shape(listed, where)


def _elements(listed: Any, where: str) -> list[Any]:
    if isinstance(listed, list):
        return [element for each in listed for element in _elements(each, where)]
    if isinstance(listed, Value | Real):
        return [listed]
    raise CompileError(
        f"{where} is a list, which becomes an array, and holds {_shown(listed)}: write a tuple, "
        "which stays one"
    )


def _shape(listed: Any, where: str) -> list[int]:
    if not isinstance(listed, list):
        return []
    shapes = [_shape(each, where) for each in listed]
    if any(shape != shapes[0] for shape in shapes):
        raise CompileError(
            f"{where} is a list, which becomes an array, but its elements differ in shape: write "
            "a tuple, which stays one"
        )
    return [len(listed), *(shapes[0] if shapes else [])]


def _shown(thing: Any) -> str:
    """Describe what is no Value; not by its repr, which may look at the numbers in Values."""
    if isinstance(thing, Real | str) or thing is None:
        return repr(thing)
    return f"a {type(thing).__name__}"


def _no_value(where: str, found: Any) -> str:
    return (
        f"{where} holds no Value but {_shown(found)}, which would be the same at each call: "
        "return the Values that it is computed from, as in return loss, scores, and compute it "
        "from the arrays that the step returns"
    )
