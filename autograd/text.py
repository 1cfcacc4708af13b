"""What is shown: numbers with as many digits everywhere, and nothing that is not for people."""

from __future__ import annotations

# re and unicodedata are loaded by what needs them: `import autograd` doesn't.


def without_subscripts(label: str) -> str:
    """Return the label of an array from that of one of its elements.

    >>> without_subscripts("W1[0,2]"), without_subscripts("x[0][1]"), without_subscripts("h.3")
    ('W1', 'x', 'h')
    """
    import re

    return re.sub(r"(\[\d+(,\d+)*\]|\.\d+)+$", "", label)


def normal_form(name: str) -> str:
    """Return the form that all spellings of a name have in common, as Python does for its names.

    >>> normal_form("x₁")
    'x1'
    """
    import unicodedata

    return unicodedata.normalize("NFKC", name)


# What makes a reader see characters in another order than they have.
_BIDIRECTIONAL_CONTROLS = frozenset(
    chr(code)
    for first, last in [(0x061C, 0x061C), (0x200E, 0x200F), (0x202A, 0x202E), (0x2066, 0x2069)]
    for code in range(first, last + 1)
)


DIGITS = 4  # significant, of a number that people read; where it must be exact, its repr is shown


def short_number(number: float) -> str:
    """Return a number as people are shown it, with four significant digits.

    >>> short_number(0.10549103), short_number(-2.0), short_number(-0.0)
    ('0.1055', '-2', '0')
    """
    return f"{number + 0.0:.{DIGITS}g}"  # -0.0 + 0.0 is 0.0


def told_apart(number: float, other: float, digits: int = DIGITS) -> tuple[str, str]:
    """Return two numbers that are compared, with as many more digits as tell them apart.

    >>> told_apart(0.10549103, 0.1058), told_apart(0.10549103, 0.10548)
    (('0.1055', '0.1058'), ('0.10549', '0.10548'))
    >>> told_apart(0.5, 0.5)
    ('0.5', '0.5')
    """
    for shown in range(min(max(digits, DIGITS), 17), 18):
        texts = [f"{each:{'#' * (shown > DIGITS)}.{shown}g}" for each in (number, other)]
        if texts[0] != texts[1]:
            return texts[0], texts[1]
    return short_number(number), short_number(other)


def public_names(owner: object) -> list[str]:
    """Return what completion and the panes of debuggers are to list of an object: nothing private.

    It is an object's ``__dir__``.

    >>> class Point:
    ...     __dir__ = public_names
    ...     x, _cache = 1.0, None
    >>> "x" in dir(Point()), "_cache" in dir(Point()), "__doc__" in dir(Point())
    (True, False, True)
    """
    names = object.__dir__(owner)
    return [name for name in names if name.startswith("__") or not name.startswith("_")]


def printable(text: str) -> str:
    r"""Return the text with its control characters as their Unicode pictures, so on one line.

    Controls of the direction of writing, which reorder what a person reads, are named. What has no
    picture (or no place in XML at all) becomes the replacement character.

    >>> printable("a\n\x1b[2J"), printable("w\u202e1")
    ('a␊␛[2J', 'w⟨U+202E⟩1')
    """
    return text if text.isprintable() else "".join(map(_printable_character, text))


def printable_lines(text: str) -> str:
    r"""Return the same of a text that may have several lines.

    >>> printable_lines("a\tb\nc\u2066")
    'a␉b\nc⟨U+2066⟩'
    """
    return "\n".join(map(printable, text.split("\n")))


def _printable_character(character: str) -> str:
    code = ord(character)
    if code < 0x20:
        return chr(0x2400 + code)
    if code == 0x7F:
        return "\N{SYMBOL FOR DELETE}"
    if character in _BIDIRECTIONAL_CONTROLS:
        return f"⟨U+{code:04X}⟩"
    import unicodedata

    category = unicodedata.category(character)
    if category in ("Zl", "Zp"):
        return "\N{SYMBOL FOR NEWLINE}"
    # Other controls, lone surrogates, and the last two code points of every plane.
    if category in ("Cc", "Cs") or code & 0xFFFE == 0xFFFE:
        return "\N{REPLACEMENT CHARACTER}"
    return character


LONGEST_LINE = 120


def of_one_line(thing: object, says: str) -> str:
    """Return the repr of a thing that says something longer: its type, and what it says, cut.

    >>> of_one_line(1, "the first of all natural numbers")
    '<int: the first of all natural numbers>'
    """
    if len(says) > LONGEST_LINE:
        says = f"{says[: LONGEST_LINE - 1]}…"
    return f"<{type(thing).__name__}: {says}>"
