"""What a mistake would lead to: a number, the words for it, and what else it is about."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from autograd import ops
from autograd.derivations.cases import Case, Derivative, Edge
from autograd.explanations.formulas import partial, written
from autograd.explanations.path_sums import Path
from autograd.ops import record_of
from autograd.text import short_number
from autograd.value import Value


class Guess:
    """What a mistake would lead to: the number, the words for it, and which paths it follows.

    Args:
        number: the answer that somebody would come to who makes the mistake.
        words: what the mistake is, as a template with {} for each of what it is about.
        about: nodes, edges, paths, numbers, and functions that return words. Few guesses are ever
            put into words.
        follows: if the mistake is to leave paths out, whether it takes a path into account.
        replaced: the local derivatives that are others by the mistake, if it is that.
    """

    __slots__ = ("about", "follows", "number", "replaced", "words")

    def __init__(
        self,
        number: float,
        words: str,
        *about: object,
        follows: Callable[[Path], bool] | None = None,
        replaced: Mapping[Edge, float] = {},
    ) -> None:
        self.number = number
        self.words = words
        self.about = about
        self.follows = follows
        self.replaced = replaced

    @property
    def message(self) -> str:
        """The words for the mistake."""
        return self.words.format(*map(_in_words, self.about))

    @property
    def key(self) -> tuple[object, ...]:
        """The mistake itself, whatever the numbers of the graph are."""
        return (self.words, *map(_identity, self.about))


def _in_words(each: object) -> object:
    if isinstance(each, Value):
        return written(each)
    if callable(each):
        return each()
    return short_number(each) if isinstance(each, float) else each


def _identity(each: object) -> object:
    if isinstance(each, Edge):
        return each.node, each.position
    if isinstance(each, Derivative):
        return each.node, each.parent
    if isinstance(each, (float, Wording)):
        return None if isinstance(each, float) else each.key
    return each


class Wording:
    """Words about an edge that are only written if anybody asks, and what tells them apart."""

    __slots__ = ("key", "write")

    def __init__(self, write: Callable[[], str], *key: object) -> None:
        self.write, self.key = write, key

    def __call__(self) -> str:
        return self.write()


def changed(
    case: Case,
    replaced: Mapping[Edge, float],
    words: str,
    *about: object,
    follows: Callable[[Path], bool] | None = None,
    number: float | None = None,
) -> Guess:
    """The guess that edges have other local derivatives; its number may be known already."""
    if number is None:
        number = case.derivative(replaced)
    return Guess(number, words, *about, follows=follows, replaced=replaced)


def partial_of(loss: Value, node: Value) -> Wording:
    return Wording(lambda: partial(loss, node), loss, node)


def parameter_of(node: Value) -> float:
    """Return the parameter of an op that has one: the index of a softmax, an exponent."""
    assert node.primitive is not None
    return node.primitive.parameters[0]


def is_square(node: Value) -> bool:
    op = record_of(node.primitive)
    if op is ops.power_of:
        return parameter_of(node) == 2.0
    return op is ops.multiply and node.parents[0] is node.parents[1]


def other_operand(edge: Edge) -> Value | None:
    """Return the operand that a local derivative is: of a product w·x the other one."""
    node, position = edge.node, edge.position
    op, n = record_of(node.primitive), len(node.parents) // 2
    if op is ops.multiply or (op is ops.dot and position < 2 * n):
        return node.parents[position + n if position < n else position - n]
    return None
