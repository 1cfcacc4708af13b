"""The names of a program: what stands in every one, and what its arrays and functions are called.

All that a program may hold besides what it computes is reserved here, in one place: neither an
array nor the function of a user's op gets such a name, so no name can change what is computed.
"""

from __future__ import annotations

import builtins
import keyword
import re
import unicodedata
from collections.abc import Collection, Iterator
from itertools import count

from autograd import arithmetic
from autograd.compiler import pure, rows
from autograd.ops import TABLE
from autograd.text import without_subscripts

# What stands in every program, or may: the second line in its functions, the third with numba.
RESERVED = frozenset({
    "np", "B", "loss", "loss_and_gradient", "len", "slice", "__debug__",
    "math", "float", "int", "abs", "range", "enumerate", "reversed", "zip",
    "_flat", "_value", "_gradient", "_class", "numba", "loops",
    *vars(arithmetic), *vars(rows), *vars(pure),
    *(op.name for op in TABLE.values() if op.vectors),
})  # fmt: skip

# A function of the module is kept apart from more: from what Python has, and the names that
# intermediate results get.
_NOT_FOR_FUNCTIONS = RESERVED | {"outputs", *dir(builtins)}
_INTERMEDIATE = re.compile(r"_.*|scalar_.*|d*[tv]\d+|op_.*")


def function_name(op: str, suffix: str, taken: Collection[str]) -> str:
    """Return a name for the function of an op that nothing else in the program has.

    >>> function_name("cube", "_derivative", ()), function_name("reversed", "", ())
    ('cube_derivative', 'op_reversed')
    """
    stem = unicodedata.normalize("NFKC", op)  # as Python does: others would be one name too
    word = re.sub(r"\W", "_", stem)
    is_plain = word == stem and _is_word(word) and word not in _NOT_FOR_FUNCTIONS
    stem = word if is_plain and not _INTERMEDIATE.fullmatch(word) else f"op_{word}"
    return next(name for name in _numbered(f"{stem}{suffix}") if name not in taken)


def _numbered(stem: str) -> Iterator[str]:
    yield stem
    yield from (f"{stem}_{number}" for number in count(2))


def _is_word(text: str) -> bool:
    return text.isidentifier() and not keyword.iskeyword(text)


def stem_of(label: str) -> str:
    """Return the name of an array from the label of its first element; empty if there is none.

    >>> stem_of("a1[2]"), stem_of("ŷ[0]"), stem_of("net.W1[0,2]"), stem_of("x + 1")
    ('a1', 'yhat', 'net_W1', '')
    """
    stem = unicodedata.normalize("NFKC", label)  # as Python does: others would be one name too
    stem = without_subscripts(stem).replace("ŷ", "yhat").replace(".", "_")
    return stem if _is_word(stem) and stem not in RESERVED else ""


class Names:
    """Names of arrays that are given once: the second of a kind gets a number.

    With a name goes that of the gradient, dW for W: it is given to nothing else.
    """

    def __init__(self) -> None:
        self._taken = {*RESERVED}
        self._counts: dict[str, int] = {}

    def new(self, stem: str) -> str:
        """Return the name, or the name with the first number that is free."""
        if self._is_free(stem):
            self.take(stem)
            return stem
        return self.numbered(f"{stem}_" if stem[-1].isdigit() else stem, 2)

    def numbered(self, stem: str, first: int = 1) -> str:
        """Return the name with the first number that is free."""
        number = self._counts.get(stem, first)
        while not self._is_free(f"{stem}{number}"):
            number += 1
        self._counts[stem] = number + 1
        self.take(f"{stem}{number}")
        return f"{stem}{number}"

    def take(self, name: str) -> None:
        """Give a name that is fixed."""
        self._taken |= {name, f"d{name}"}

    def _is_free(self, name: str) -> bool:
        return name not in self._taken and f"d{name}" not in self._taken
