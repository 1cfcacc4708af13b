"""What users wrote, fit to be shown: control characters never reach a terminal or a file."""

from __future__ import annotations

import unicodedata


def printable(text: str) -> str:
    r"""Return the text with its control characters as their Unicode pictures, so on one line.

    What has no picture (or no place in XML at all) becomes the replacement character.

    >>> printable("a\n\x1b[2J")
    'a␊␛[2J'
    """
    return text if text.isprintable() else "".join(map(_printable_character, text))


def _printable_character(character: str) -> str:
    code = ord(character)
    if code < 0x20:
        return chr(0x2400 + code)
    if code == 0x7F:
        return "\N{SYMBOL FOR DELETE}"
    category = unicodedata.category(character)
    if category in ("Zl", "Zp"):
        return "\N{SYMBOL FOR NEWLINE}"
    # Other controls, lone surrogates, and the last two code points of every plane.
    if category in ("Cc", "Cs") or code & 0xFFFE == 0xFFFE:
        return "\N{REPLACEMENT CHARACTER}"
    return character
