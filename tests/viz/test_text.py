import pytest

from viz.text import quote, visible


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("", ""),
        ("ŷ₁ = σ(a) 😀", "ŷ₁ = σ(a) 😀"),
        ("a\nb\tc\rd", "a␊b␉c␍d"),
        ("a\0b", "a␀b"),
        ("\x1b[31m", "␛[31m"),
        ("\x7f", "␡"),
        ("\x85", "\N{REPLACEMENT CHARACTER}"),
        ("\ud800", "\N{REPLACEMENT CHARACTER}"),
        ("\uffff\ufffe", "\N{REPLACEMENT CHARACTER}" * 2),
        ("a\u2028b\u2029c", "a\N{SYMBOL FOR NEWLINE}b\N{SYMBOL FOR NEWLINE}c"),
        ("x" * 60, "x" * 60),
        ("x" * 61, "x" * 59 + "…"),
        ("x" * 20_000, "x" * 59 + "…"),
    ],
)
def test_every_character_is_visible(text, shown):
    assert visible(text) == shown


@pytest.mark.parametrize(
    ("text", "quoted"),
    [
        ("plain", '"plain"'),
        ('say "x"', r'"say \"x\""'),
        (r"\N", r'"\\N"'),
        ("ends in \\", r'"ends in \\"'),
        ("&lt;", '"&amp;lt;"'),
        ("<b>", '"<b>"'),
    ],
)
def test_what_means_something_in_dot_is_escaped(text, quoted):
    assert quote(text) == quoted


def test_only_the_breaks_between_lines_are_escape_sequences():
    assert quote(r"a\n", "b") == r'"a\\n\nb"'
