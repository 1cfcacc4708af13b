"""The matrices of layers by the notes' names, for formulas such as ``W2ᵀ ∇a2 ⊙ g'(a1)``."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from autograd.derivations.label_arrays import gradient_named, letter_and_layer
from autograd.errors import LabelError
from autograd.labels import loose_form
from autograd.reading import PRODUCTS, Derivative, Name, bottom_up, fail
from autograd.reading.arrays import Array, array, parse_arrays, whichever_fits
from autograd.reading.tree import Call, Operation, Sign, Term

Vector: TypeAlias = list[float]
Matrix: TypeAlias = list[list[float]]


@dataclass(frozen=True, slots=True, eq=False)
class LayerMatrices:
    """One layer in the notes' names: what it computed in the forward pass, and the gradients.

    ``W`` has a row for each neuron. ``x``, ``a``, ``h`` and their gradients ``dx``, ``da``, ``dh``
    have a row for each example that the loss is of; ``dW`` and ``db`` are sums over the examples.

    >>> import nn
    >>> model = nn.MLP(2, [3], seed=0)
    >>> [layer] = nn.vectorised(model, nn.squared_error(model([1.0, 2.0]), [0.0] * 3))
    >>> (len(layer.W), len(layer.W[0])), len(layer.b), (len(layer.da), len(layer.da[0]))
    ((3, 2), 3, (1, 3))
    """

    W: Matrix
    b: Vector
    x: Matrix
    a: Matrix
    h: Matrix
    dW: Matrix  # noqa: N815 - the notes' names
    db: Vector
    dx: Matrix
    da: Matrix
    dh: Matrix


@dataclass(frozen=True, slots=True)
class LayerArrays:
    """What names mean in a formula about layers: ``h1`` is a column, or one for each example.

    ``outputs`` and ``targets`` have a row for each example; there are targets if the loss compares
    probabilities with them.
    """

    layers: Sequence[LayerMatrices]
    outputs: Matrix
    targets: Matrix | None
    functions: Mapping[str, Callable[..., float]]

    def knows(self, name: str) -> bool:
        return self._place(name) is not None or (name == "y" and self.targets is not None)

    def number(self, name: str) -> float:
        """Return a number if the name means anything, for the parser, which looks no closer."""
        self.array(name)
        return 0.0

    def is_loss(self, name: str) -> bool:
        return name in ("", "L", "loss")

    def array(self, name: str) -> Array | float:
        if name == "y" and self.targets is not None:
            return array(self.targets).transposed
        if loose_form(name) == "yhat":
            return array(self.outputs).transposed
        if place := self._place(name):
            return self._found(*place, of_gradient=False)
        if by := gradient_named(name):
            return self.derivatives("", by, is_partial=True)
        raise LabelError(f"there is no {name!r} among W1, b1, x, a1, h1, … and ŷ")

    def derivatives(self, of: str, by: str, is_partial: bool) -> Array | float:
        place = self._place(by)
        if not self.is_loss(of) or place is None:
            raise LabelError(f"∂{of or 'L'}/∂{by} is not known here: write ∇W1, ∇a1, ∇h1 or ∇x")
        return self._found(*place, of_gradient=True)

    def repeats(self, term: Name | Derivative, asked: str) -> bool:
        """Return whether a term is but the gradient that is asked for."""
        by = term.by if isinstance(term, Derivative) else gradient_named(term.name)
        if isinstance(term, Derivative) and not self.is_loss(term.of):
            return False
        return by is not None and self._place(by) == self._place(asked)

    def _found(self, letter: str, k: int, *, of_gradient: bool) -> Array:
        layer = self.layers[k - 1]
        found = getattr(layer, f"d{letter}" if of_gradient else letter)
        if letter == "b":
            return array([[number] for number in found])
        return array(found) if letter == "W" else array(found).transposed

    def _place(self, name: str) -> tuple[str, int] | None:
        """Return the field of the matrices and the number of the layer that a name means."""
        loose, last = loose_form(name), len(self.layers)
        if loose in ("x", "h0", "z1"):
            return "x", 1
        if loose in ("yhat", f"z{last + 1}"):
            return "h", last
        letter, k = letter_and_layer(name)
        if letter == "z":
            letter, k = "h", k - 1
        letter = "W" if letter == "w" else letter
        return (letter, k) if letter in ("W", "b", "a", "h") and 1 <= k <= last else None


def evaluate(formula: str, asked: str, names: LayerArrays) -> Array:
    """Return the array that a formula for ∇asked stands for.

    Raises:
        FormulaError: if it can't be read, does not fit together, or repeats the question.
    """
    first, *others = parse_arrays(formula, names)
    root = first[0].root
    if others and isinstance(root, (Name, Derivative)):
        if not names.repeats(root, asked):
            fail(formula, root.place, f"the answer is for ∇{asked}, and not for this")
        first, *others = others
    if others:
        fail(formula, others[0][0].place, "one equals sign is enough")
    for term in bottom_up(first[0].root):
        if isinstance(term, (Name, Derivative)) and names.repeats(term, asked):
            fail(formula, term.place, "this is what is asked for: say what it is made of")
    if asked.startswith("b"):  # Σ is over the examples, and so it is without
        one, other = (replace(side, root=_without_sum(side.root)) for side in first)
        first = one, other
    found = whichever_fits(formula, *first, names)
    return found if isinstance(found, Array) else array([[found]])


def _without_sum(term: Term) -> Term:
    """Return the summand of a sum, which may be negative, or a fraction or multiple of one."""
    if isinstance(term, Call) and term.function in ("Σ", "sum") and len(term.operands) == 1:
        return term.operands[0]
    if isinstance(term, Operation) and term.sign in (*PRODUCTS, Sign.DIVIDE, Sign.NEGATE):
        summed = [each for each in term.operands if not _is_number(each)]
        if len(summed) == 1:
            operands = (_without_sum(each) if each is summed[0] else each for each in term.operands)
            return replace(term, operands=tuple(operands))
    return term


def _is_number(term: Term) -> bool:
    return not any(isinstance(each, (Name, Derivative)) for each in bottom_up(term))
