"""How names are spelt: with indices, accents and places, in Unicode and in LaTeX."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

from autograd.explanations.notation import FROM_SUPERSCRIPT
from autograd.reading.latex import ACCENTS, FUNCTION_COMMANDS, LETTERS_BY_COMMAND, STYLES

DIGITS = "⁰¹²³⁴⁵⁶⁷⁸⁹"  # raised ones
RAISED = re.compile(f"[{''.join(set(map(chr, FROM_SUPERSCRIPT)) - {'ᵀ'})}]+")
LETTERS = rf"(?:[^\W{DIGITS}ᵀ]|[\u0300-\u036f])"  # and digits, and combining accents
COMMAND = re.compile(r"\\([a-zA-Z]+)")
CLOSING_BRACE = re.compile(r"\s*\}")
NAME = re.compile(rf"(?!\d){LETTERS}+(?:\.{LETTERS}+|\[[0-9]+(?:,[0-9]+)*\])*")
_PLACES = re.compile(r"(?:\[[0-9]+(?:,[0-9]+)*\])+")
_VERBATIM = re.compile(r"\s*\{((?:[^{}\\]|\\[_$&#%{} ])+)\}")
_PERHAPS_OPENING = re.compile(r"\s*(\{?)\s*")
_INDEX = re.compile(rf"{LETTERS}+")
_INDICES = re.compile(rf"\s*{LETTERS}+\s*(?:,\s*{LETTERS}+\s*)*\}}")
_SHIFTED_INDEX = re.compile(rf"\s*({LETTERS}+)\s*([-+−])\s*([0-9])\s*\}}")  # t - 1
_INDEX_IN_STYLE = re.compile(
    rf"\s*\\(?:mathrm|text|mathit|operatorname)\s*\{{\s*({LETTERS}+)\s*\}}\s*\}}"
)
_NESTED = 4  # \hat{\mathbf{y}}; nobody writes more of them


class Spelling:
    r"""The names in a formula, each in its usual spelling.

    >>> Spelling(r"\hat{y}_{1}", lambda name: True).name(0)
    ('ŷ_1', 11)
    """

    def __init__(self, formula: str, knows: Callable[[str], bool]) -> None:
        self._formula, self._knows = formula, knows

    def name(self, at: int, depth: int = 0) -> tuple[str, int] | None:
        """Return the name that begins at a place, in its usual spelling, and where it ends."""
        base = self._base(at, depth)
        if base is None:
            return None
        name, end = base
        bare = name.rstrip("_")
        is_begun = name != bare or self._formula.startswith("_", end)
        if is_begun and (index := self._index(end + (name == bare))):
            name, end = f"{bare}_{index[0]}", index[1]
        if match := _PLACES.match(self._formula, end):
            name, end = name + match[0], match.end()
        return name, end

    def _index(self, at: int) -> tuple[str, int] | None:
        r"""Return the index ``1``, ``{2,1}``, ``{t-1}`` or ``{\mathrm{in}}``, and where it ends."""
        if not self._formula.startswith("{", at):
            match = _INDEX.match(self._formula, at)
            return (match[0], match.end()) if match else None
        if match := _INDEX_IN_STYLE.match(self._formula, at + 1):
            return match[1], match.end()
        if match := _SHIFTED_INDEX.match(self._formula, at + 1):
            return f"{match[1]}{match[2].replace('−', '-')}{match[3]}", match.end()
        match = _INDICES.match(self._formula, at + 1)
        return (re.sub(r"[\s}]", "", match[0]), match.end()) if match else None

    def _base(self, at: int, depth: int) -> tuple[str, int] | None:
        if self._formula.startswith("∑", at):
            return "Σ", at + 1
        command = COMMAND.match(self._formula, at)
        if command is None:
            match = NAME.match(self._formula, at)
            if match is None:
                return None
            name = match[0]
            if (raised := RAISED.search(name)) and not self._knows(name):
                name = name[: raised.start()]  # eˣ, where ˣ is a letter too
            return (name, at + len(name)) if name else None
        word, after = command[1], command.end()
        if word in ACCENTS or word in STYLES:
            return self._dressed(after, ACCENTS.get(word, ""), depth)
        if word in FUNCTION_COMMANDS:
            return word, after
        if word in LETTERS_BY_COMMAND:
            return LETTERS_BY_COMMAND[word], after
        size = "CAPITAL" if word[0].isupper() else "SMALL"
        try:
            return unicodedata.lookup(f"GREEK {size} LETTER {word.upper()}"), after
        except KeyError:
            return None

    def _dressed(self, at: int, accent: str, depth: int) -> tuple[str, int] | None:
        r"""Return the name in ``\hat{y}``, ``\mathrm{in}`` or ``\hat y``, with its accent."""
        if not accent and (verbatim := _VERBATIM.match(self._formula, at)):
            return re.sub(r"\\(.)", r"\1", verbatim[1]).strip(), verbatim.end()
        match = _PERHAPS_OPENING.match(self._formula, at)
        assert match is not None  # it may be empty
        if depth == _NESTED:
            return None
        if not match[1]:
            if COMMAND.match(self._formula, match.end()):
                inner = self._base(match.end(), depth + 1)
            else:  # \hat y_1: of the next letter alone
                letter = NAME.match(self._formula[: match.end() + 1], match.end())
                inner = (letter[0], letter.end()) if letter else None
            return (_accented(inner[0], accent), inner[1]) if inner else None
        inner = self.name(match.end(), depth + 1)
        if inner is None:
            return None
        name, end = inner
        closed = CLOSING_BRACE.match(self._formula, end)
        return (_accented(name, accent), closed.end()) if closed else None


def _accented(name: str, accent: str) -> str:
    """Return a name with an accent over its letter, and not over an index: ``ŷ_1``."""
    letter, *index = name.partition("_")
    return unicodedata.normalize("NFC", letter + accent) + "".join(index) if accent else name
