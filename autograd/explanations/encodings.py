"""What is written where a stream can't have the characters of mathematics: their form in ASCII."""

from __future__ import annotations

import codecs
import io
import re
import sys
import unicodedata
from collections.abc import Iterable
from itertools import groupby

_FORMS = {
    "✓": "[ok]", "✗": "[no]", "∂": "d", "∇": "grad ", "Σ": "sum ", "∑": "sum ", "√": "sqrt ",
    "∛": "cbrt ",
    "∞": "inf", "·": "*", "⋅": "*", "×": "x", "⊙": "(*)", "⊗": "(x)", "÷": "/", "−": "-", "–": "-",
    "—": "-", "±": "+-", "½": "1/2", "…": "...", "→": "->", "←": "<-", "≤": "<=", "≥": ">=",
    "≠": "!=", "≈": "~", "′": "'", "’": "'", "‖": "||", "⟨": "<", "⟩": ">", "│": "|", "─": "-",
    "├": "+", "└": "+", "□": "[]", "\u0302": "hat", "\N{NO-BREAK SPACE}": " ",
    "∙": "*", "‧": "*", "•": "*", "∗": "*", "∘": "*", "✕": "x", "∕": "/", "⁄": "/",
}  # fmt: skip

# The name of the error handler below, for the errors= of Python's encoders and streams.
ASCII_FORM = "autograd_ascii_form"


def in_ascii(text: str) -> str:
    """Return the text in ASCII, as a person would type it; ``?`` stands for what has no such form.

    >>> in_ascii("✓ ∂L/∂w₁ = 2·ŷ₁·x² → η"), in_ascii("W2ᵀ∇a, x⁻¹, n·xⁿ⁻¹")
    ('[ok] dL/dw1 = 2*yhat1*x^2 -> eta', 'W2^Tgrad a, x^-1, n*x^(n-1)')
    """
    if text.isascii():
        return text
    runs = groupby(unicodedata.normalize("NFC", text), key=_is_raised)
    return "".join(
        _exponent(run) if is_raised else "".join(map(_form, run)) for is_raised, run in runs
    )


def _is_raised(character: str) -> bool:
    return unicodedata.decomposition(character).startswith("<super>")


def _exponent(raised: Iterable[str]) -> str:
    """Return characters above the line as a power, in parentheses if they are an operation."""
    power = "".join(map(_form, raised))
    return f"^{power}" if re.fullmatch(r"-?\d+|[A-Za-z]\w*", power) else f"^({power})"


def _form(character: str) -> str:
    if character.isascii():
        return character
    if character in _FORMS:
        return _FORMS[character]
    parts = unicodedata.normalize("NFKD", character)
    if parts != character:
        return "".join(map(_form, parts))
    if unicodedata.combining(character):
        return ""  # an accent that means nothing; the hat has a form
    words = unicodedata.name(character, "").split()
    if words[:1] == ["GREEK"] and "LETTER" in words:
        return words[-1].capitalize() if character.isupper() else words[-1].lower()
    return "?"


def _written(error: UnicodeError) -> tuple[str | bytes, int]:
    """Return what an encoder writes instead of what it can't."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return in_ascii(error.object[error.start : error.end]), error.end


codecs.register_error(ASCII_FORM, _written)


def encodable(text: str, encoding: str | None, errors: str = ASCII_FORM) -> str:
    """Return the text with the ASCII form of what an encoding does not have, or as errors= says.

    >>> encodable("✓ x² ± 1", "cp1252"), encodable("✓ x² ± 1", "ascii")
    ('[ok] x² ± 1', '[ok] x^2 +- 1')
    """
    encoding = encoding or "utf-8"
    return text.encode(encoding, errors).decode(encoding)


def adapt_output() -> None:
    """Have standard output and error write the ASCII form of what their encodings don't have.

    Without it, ``print("∂L/∂w")`` is a UnicodeEncodeError where the output is a pipe in cp1252, or
    Python runs with ``-X utf8=0`` in a plain locale. Where a stream can do better, or is not
    Python's own, nothing changes.

    >>> adapt_output()
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors=ASCII_FORM)
