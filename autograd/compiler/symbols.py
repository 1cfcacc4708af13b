"""What terms are made with: shapes, functions and their words, positions, and ways to add up."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum, auto
from typing import NamedTuple, TypeAlias

from autograd import arithmetic

Shape: TypeAlias = tuple[int, ...]


def broadcast(shapes: Iterable[Shape]) -> Shape:
    """Return the shape of an operation on arrays of these shapes, which end alike.

    >>> broadcast([(2, 3), (3,), ()])
    (2, 3)
    """
    result: list[int] = []  # from the last axis to the first
    for shape in shapes:
        result += [1] * (len(shape) - len(result))
        for axis, length in enumerate(reversed(shape)):
            if length != 1:
                result[axis] = length
    return tuple(reversed(result))


@dataclass(frozen=True, eq=False, slots=True)
class Function:
    """A function of elements: its word in the vocabulary of rules, or its sign.

    It is known by its record, not by its name.
    """

    name: str
    is_sign: bool = False  # it is written between its operands
    gives_truth: bool = False  # its values are truth values, not numbers


ADD, SUBTRACT, MULTIPLY, DIVIDE, POWER = [
    Function(sign, True) for sign in ["+", "-", "*", "/", "**"]
]
LESS, AT_MOST, GREATER, AT_LEAST, EQUAL, AND = [
    Function(sign, True, True) for sign in ["<", "<=", ">", ">=", "==", "&"]
]
NEGATIVE = Function("negative")
INDICATOR = Function("indicator")  # 1 where a condition holds, else 0
WHERE = Function("where")
POWER_OF_HALF = Function("power_of_half")
POLYGAMMA = Function("polygamma")  # its first operand is the order

# The words that rules use, as IEEE 754 has them: those of arithmetic.
WORDS = {
    word: Function(word)
    for word, function in vars(arithmetic).items()
    if callable(function) and not word.startswith("_")
} | {"where": WHERE, "polygamma": POLYGAMMA}  # fmt: skip


class Range(NamedTuple):
    """Positions along an axis: from start, before stop, in steps."""

    start: int
    stop: int
    step: int = 1


Index: TypeAlias = tuple[int | Range, ...]  # for each axis a position or a range


class Method(Enum):
    """What numbers along axes become one number by."""

    SUM = auto()
    MEAN = auto()
    PROD = auto()
    MAX = auto()
    MIN = auto()


class Over(Enum):
    """Over which axes two arrays are multiplied and added up."""

    LAST = auto()  # the last of both: x Wᵀ, a layer
    LAST_AND_FIRST = auto()  # the last of one and the first of the other: ∇a W
    ALL_BUT_LAST = auto()  # all but the last of both, examples too: ∇aᵀ x


@dataclass(frozen=True, eq=False, slots=True)
class RowFunction:
    """A function of the last axis of arrays, which stands in the library of each dialect."""

    name: str
    keeps_axis: bool  # it gives a row for a row, not a number
    rows: int = 0  # which of its operands has the rows
    per_row: tuple[int, ...] = ()  # which of them have one element for each row
