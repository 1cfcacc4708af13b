import signal
import subprocess
import sys

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from autograd import Value
from tests.viz.graphs import shown_texts
from viz import FormatError, OptionError, RenderError, add_renderer, remove_renderer
from viz.formats import render as rendering
from viz.formats.dot import dot
from viz.formats.render import formats, render, renderers
from viz.formats.svg import dressed, svg
from viz.picture.picture import picture

GRAPH = "digraph { a -> b }"


def test_there_is_a_renderer_without_a_system_dot(without_dot, svg_texts):
    found, problems = renderers()
    assert [renderer.name for renderer in found] == ["graphviz-pure"]
    assert problems == []
    assert svg_texts(render(GRAPH)) == ["a", "b"]


def test_a_system_dot_that_works_is_preferred(fake_dot):
    fake_dot(
        'case "$1" in\n-V) echo "dot - version 0" >&2;;\n'
        '-T?) echo "Use one of: svg x11" >&2; exit 1;;\n*) echo "<svg>drawn</svg>";;\nesac'
    )
    assert renderers()[0][0].version == "dot - version 0"
    assert "x11" not in renderers()[0][0].formats  # would open a window
    assert render(GRAPH) == b"<svg>drawn</svg>\n"
    assert render(GRAPH, "png").startswith(b"\x89PNG")  # which only graphviz-pure writes


@pytest.mark.parametrize(
    "script",
    [
        "exit 3",
        'echo "could not load libgvc" >&2; exit 127',
        # Knows its version and formats, and fails at the work.
        'case "$1" in\n-V) ;;\n-T?) echo "Use one of: svg" >&2; exit 1;;\n*) exit 5;;\nesac',
        'case "$1" in\n-V) ;;\n-T?) echo "Use one of: svg" >&2; exit 1;;\n*) ;;\nesac',
        "kill -9 $$",
    ],
)
def test_a_broken_dot_is_passed_over(fake_dot, script, svg_texts):
    fake_dot(script)
    assert svg_texts(render(GRAPH)) == ["a", "b"]


def test_a_file_that_is_no_program_is_passed_over(fake_dot, svg_texts):
    fake_dot("").write_bytes(b"\x7fELF nonsense")
    assert svg_texts(render(GRAPH)) == ["a", "b"]


def test_without_any_renderer_the_error_says_how_to_mend_that(monkeypatch):
    monkeypatch.setattr(rendering, "_programs", lambda: iter([]))
    with pytest.raises(RenderError, match=r"pip install .*graphviz-pure"):
        render(GRAPH)


def test_in_a_browser_nothing_is_named_that_can_not_be_had_there(monkeypatch):
    monkeypatch.setattr(rendering, "_programs", lambda: iter([]))
    monkeypatch.setattr(sys, "platform", "emscripten")
    with pytest.raises(RenderError, match=r"no renderer was added; viz\.add_renderer") as caught:
        render(GRAPH)
    assert "viz.to_text, viz.to_dot and viz.to_mermaid need neither" in str(caught.value)
    assert "pip" not in str(caught.value)
    added = add_renderer("page", lambda dot, file_format: "<svg/>")
    try:
        with pytest.raises(FormatError, match=r"^can't write the format 'pdf'.* one of svg$"):
            render(GRAPH, "pdf")
    finally:
        remove_renderer(added)


def test_a_failure_tells_the_program_and_its_reason(without_dot):
    with pytest.raises(RenderError, match=r"graphviz-pure failed with exit status 1: .*syntax"):
        render("digraph {")


def test_the_time_limit_is_kept(fake_dot, monkeypatch):
    fake_dot(
        'case "$1" in\n-V) ;;\n-T?) echo "Use one of: svg" >&2; exit 1;;\n'
        "*) exec sleep 86400;;\nesac"
    )
    started = []

    class Observed(subprocess.Popen):
        def __init__(self, *arguments, **options):
            super().__init__(*arguments, **options)
            started.append(self)

    monkeypatch.setattr(subprocess, "Popen", Observed)
    with pytest.raises(RenderError, match=r"did not finish within 0\.3 seconds; draw fewer nodes"):
        render(GRAPH, time_limit=0.3)
    assert [program.returncode for program in started] == [0, 1, -signal.SIGKILL]  # none is left


def test_an_unknown_format_is_refused_with_the_list():
    with pytest.raises(FormatError, match=r"'foo'; it must be one of .*png.*svg"):
        render(GRAPH, "foo")


def test_the_formats_are_sorted():
    assert formats() == sorted(formats())
    assert {"svg", "png"} <= set(formats())


def test_no_shell_is_used(monkeypatch, without_dot):
    run = subprocess.run
    calls = []

    def spy(command, **options):
        calls.append((command, options))
        return run(command, **options)

    monkeypatch.setattr(subprocess, "run", spy)
    render('digraph { a [label="$(touch evil)"] }')
    assert all(isinstance(command, list) and not options.get("shell") for command, options in calls)
    assert all(options["timeout"] > 0 for _, options in calls)


@pytest.fixture
def added():
    """Add a renderer for the time of a test."""
    made = []

    def add(*arguments, **options):
        made.append(add_renderer(*arguments, **options))
        return made[-1]

    yield add
    for renderer in made:
        remove_renderer(renderer)


def test_what_was_added_is_asked_first_the_last_before_all(added, svg_texts):
    added("first", lambda dot, _: f"<svg>{dot}</svg>")
    added("second", lambda dot, file_format: f"{dot} as {file_format}".encode(), formats=["mine"])
    assert render(GRAPH) == f"<svg>{GRAPH}</svg>".encode()
    assert render(GRAPH, "mine") == f"{GRAPH} as mine".encode()
    assert "mine" in formats()
    last = added("last", lambda *_: b"last")
    assert render(GRAPH) == b"last"
    assert [renderer.name for renderer in renderers()[0]][:3] == ["last", "second", "first"]
    assert last.place == "added by add_renderer('last', …)"


def test_pictures_are_drawn_by_what_was_added(added, svg_texts):
    programs = renderers()[0]
    seen = []

    def draws(dot, file_format):
        seen.append(file_format)
        return programs[0].render(dot, file_format)

    added("watched", draws)
    assert svg_texts(svg(picture(Value(3.0, label="x")))) == ["x = 3"]
    assert seen == ["svg"]


@pytest.mark.parametrize("drawn", ["", b"", None, 3])
def test_what_an_added_renderer_fails_at_the_next_one_does(added, drawn, svg_texts):
    def breaks(dot, file_format):
        raise LookupError("no engine")

    added("broken", breaks)
    added("empty", lambda *_: drawn)
    assert svg_texts(render(GRAPH)) == ["a", "b"]


def test_without_others_the_failure_of_what_was_added_is_told(added, monkeypatch):
    monkeypatch.setattr(rendering, "_programs", lambda: iter([]))
    added("mine", lambda *_: 1 // 0)
    with pytest.raises(RenderError, match=r"mine failed: ZeroDivisionError: .*division"):
        render(GRAPH)


def test_what_is_no_renderer_is_refused_and_changes_nothing(added):
    before = renderers()[0]
    with pytest.raises(OptionError, match="is a function of DOT text and a format"):
        add_renderer("dot", "/usr/bin/dot")
    with pytest.raises(OptionError, match=r"with the formats \[\]"):
        add_renderer("none", render, formats=[])
    with pytest.raises(OptionError, match="no renderer that was added"):
        remove_renderer(before[0])
    assert renderers()[0] == before


HOSTILE = [
    ('say "hello"', None),
    ("<b>bold</b>", None),
    ("<<b>bold</b>>", None),
    ("]; evil [", None),
    ('"]; evil [shape=star label="', None),
    ("\\", None),
    (r"\N \G \E \T \H \L \n \l \r \\", None),
    ("ends in \\", None),
    ("&lt; &amp; &#60; & &nosuch; R&D", None),
    ("javascript:alert(1)", None),
    ("</text><script>alert(1)</script>", None),
    ("<!-- --> ]]> <![CDATA[", None),
    ("{a|b}", None),
    ("-->", None),
    ("two  spaces   three", None),
    ("%s %n {0}", None),
    ("ŷ₁ ∂L/∂w 漢字 😀", None),
    ("a\nb\r\nc\td", "a␊b␍␊c␉d"),
    ("before\0after", "before␀after"),
    ("\x1b[31mred\x07", "␛[31mred␇"),
    ("\ud800", "\N{REPLACEMENT CHARACTER}"),
    ("x" * 20_000, "x" * 59 + "…"),
]


@pytest.mark.parametrize(("label", "shown"), HOSTILE)
@pytest.mark.parametrize("renderer", renderers()[0], ids=lambda renderer: renderer.name)
def test_hostile_labels_come_out_as_text(renderer, label, shown, svg_texts):
    shown = label if shown is None else shown
    op = Value(1.0, [Value(3.0, label=label)], [7.0], op=label)
    drawn = picture(op)
    svg = dressed(renderer.render(dot(drawn), "svg"), drawn)
    assert sorted(svg_texts(svg)) == sorted([f"{shown} = 3", shown, "1", "× 7"])


@settings(max_examples=40, deadline=None)
@given(st.text(st.characters(categories=["L", "N", "P", "S", "Zs"]), min_size=1, max_size=60))
@example("\N{NO-BREAK SPACE}")
def test_printable_labels_come_out_as_they_are(svg_texts_of, label):
    shown = label.replace("\N{NO-BREAK SPACE}", " ")
    assert svg_texts_of(Value(3.0, label=label)) == [f"{shown} = 3"]


@settings(max_examples=40, deadline=None)
@given(st.text(st.characters(exclude_categories=[])))
def test_no_label_breaks_a_picture(svg_texts_of, label):
    (shown,) = svg_texts_of(Value(3.0, label=label))
    assert shown.endswith("3")
    assert len(shown) <= 64


@pytest.fixture(scope="module")
def svg_texts_of():
    return lambda value: shown_texts(svg(picture(value)))
