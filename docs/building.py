"""What the site has beside its Markdown, as hooks of MkDocs.

A page may hold comments that ask for what its own code makes. The code of the page is run from its
top to the comment, as the tests run it.

``<!-- picture: NAME -->``
    the graph of the Value of that name, with options of :func:`viz.draw` after a comma
``<!-- stepper: NAME -->``
    the page that walks through its passes, in a frame
``<!-- exercise: KIND, level=1, seed=3 -->``
    an exercise of ``chainrule exercise``, with its solution folded away
``<!-- coverage -->``
    how many lines the tests run, if ``make coverage`` measured that
``<!-- include: FILE, section="TITLE" -->``
    another file of the project, or a section of it
``<!-- figures: run -->``
    the tables that a benchmark printed, which ``make figures`` keeps in ``docs/figures``
"""

from __future__ import annotations

import ast
import contextlib
import io
import json
import math
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import viz
from autograd import Value
from chainrule.exercises import exercise as exercises
from chainrule.exercises.pictures import blank_picture
from chainrule.exercises.sheets import Graph, Questions, Solutions
from viz.formats.svg import prefix_of, svg

if TYPE_CHECKING:
    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.files import File, Files
    from mkdocs.structure.pages import Page

HERE = Path(__file__).parent
ROOT = HERE.parent
BLOCK = re.compile(r"^```python\n(.*?)^```$", re.DOTALL | re.MULTILINE)
COMMENT = re.compile(
    r"^<!-- (picture|stepper|exercise|coverage|include|figures)(?:: (.*?))? -->$", re.MULTILINE
)
KATEX = ROOT / "playground" / "node_modules" / "katex" / "dist"


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Put what its comments ask for into a page."""
    if not COMMENT.search(markdown):
        return markdown
    names: dict[str, Any] = {"__name__": "__main__"}
    parts: list[str] = []
    end = 0
    with _elsewhere():
        for comment in COMMENT.finditer(markdown):
            _run(markdown[end : comment.start()], names)
            made = _made(comment, names)
            if comment[1] == "stepper":
                path = f"steppers/{page.file.name}-{len(parts)}.html"
                files.append(_generated(config, path, made))
                up = "../" * page.file.dest_uri.count("/")
                made = f'<iframe class="stepper" src="{up}{path}" title="Steps"></iframe>'
            parts += [markdown[end : comment.start()], made]
            end = comment.end()
    return "".join([*parts, markdown[end:]])


def _made(comment: re.Match[str], names: dict[str, Any]) -> str:
    """Return what a comment asks for, as HTML or as Markdown."""
    kind, asked = comment.groups()
    name, _, options = (asked or "").partition(",")
    keywords = {
        keyword.arg or "": ast.literal_eval(keyword.value)
        for keyword in ast.parse(f"f({options})", mode="eval").body.keywords  # type: ignore[attr-defined]
    }
    if kind == "exercise":
        return exercise(name, **keywords)
    if kind == "include":
        return included(name, **keywords)
    if kind == "figures":
        return figures(name)
    if kind == "coverage":
        return coverage(ROOT / "build" / "coverage.json")
    if kind == "picture":
        return picture(names[name], **keywords)
    return viz.stepper(names[name]).html


def _generated(config: MkDocsConfig, path: str, content: str) -> File:
    from mkdocs.structure.files import File  # here, for tests call the rest without MkDocs

    return File.generated(config, path, content=content)


@contextlib.contextmanager
def _elsewhere() -> Iterator[None]:
    """Let code write its files and print its text where nobody looks."""
    before = os.getcwd()
    with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(io.StringIO()):
        os.chdir(folder)
        try:
            yield
        finally:
            os.chdir(before)


def _run(markdown: str, names: dict[str, Any]) -> None:
    for block in BLOCK.finditer(markdown):
        exec(compile(block[1], "a page", "exec"), names)


def picture(value: Value, **options: Any) -> str:
    """Return the graph of a value, which scrolls where it is wider than the page."""
    drawing = viz.draw(value, **options)._repr_mimebundle_()["text/html"]
    return f'<div class="picture">{_on_one_line(drawing)}</div>'


def exercise(kind: str, level: int = 1, seed: int = 0) -> str:
    """Return an exercise as HTML, and below it the solution, folded."""
    made = exercises.make(kind, level, seed)
    drawn = svg(blank_picture(made.loss), prefix=prefix_of(f"{kind} {level} {seed}"))
    made.loss.backward()
    solution = Solutions(made)._repr_html_()
    parts = [Graph(made)._repr_html_(), f'<div class="picture">{drawn}</div>',
             Questions(made)._repr_html_(),
             f"<details><summary>Solution</summary>{solution}</details>"]  # fmt: skip
    return f'<div class="exercise">{_on_one_line("".join(parts))}</div>'


def included(name: str, section: str = "") -> str:
    """Return the text of a file below its title, or that of one of its sections."""
    text = (ROOT / name).read_text("utf-8")
    begin = f"## {section}\n" if section else "\n"
    _, found, below = text.partition(begin)
    if not found:
        raise ValueError(f"{name} has no section {section!r}")
    if section:
        below = below.partition("\n## ")[0]
    return re.sub(r"\[([^]]*)\]\((?!https?:)[^)]*\)", r"\1", below)  # its links lead elsewhere


def coverage(report: Path) -> str:
    """Return how many lines the tests run, by the report of a measurement; nothing if none is."""
    if not report.is_file():
        return ""
    found = json.loads(report.read_text("utf-8"))
    share = math.floor(found["totals"]["percent_covered"] * 10) / 10
    day = found["meta"]["timestamp"].partition("T")[0]
    return f"The tests run {share}% of the lines of the four packages, measured on {day}."


def figures(name: str) -> str:
    """Return the tables that a benchmark printed, with its command and the machine, as Markdown."""
    kept = HERE / "figures" / f"{name}.json"
    if not kept.is_file():
        return "`make figures` measures this."
    told = json.loads(kept.read_text("utf-8"))
    versions = f", {told['versions']}" if "versions" in told else ""
    parts = [f"```sh\n{told['command']}\n```", f"{told['machine']}{versions}."]
    for table in told["tables"]:
        rule = [":--", *["--:"] * (len(table["columns"]) - 1)]
        rows = [table["columns"], rule, *table["rows"]]
        parts.append(f"**{_cell(table['title'])}**")
        parts.append("\n".join(f"| {' | '.join(map(_cell, row))} |" for row in rows))
    return "\n\n".join(parts)


def _cell(text: str) -> str:
    return text.replace("|", "&#124;").replace("*", "\\*")


def _on_one_line(markup: str) -> str:
    """Return HTML without blank lines, at which Markdown would take it for text again."""
    return re.sub(r"\n\s*\n", "\n", markup)


# What goes beside the pages.


def on_post_build(config: MkDocsConfig) -> None:
    """Put what renders mathematics, and the playground, beside the pages."""
    site = Path(config.site_dir)
    (site / "katex").mkdir(exist_ok=True)
    for name in ("katex.min.css", "katex.min.js"):
        shutil.copy(KATEX / name, site / "katex")
    shutil.copytree(KATEX / "fonts", site / "katex" / "fonts", dirs_exist_ok=True)
    playground = ROOT / "build" / "playground"
    if playground.is_dir():
        shutil.copytree(playground, site / "playground", dirs_exist_ok=True)
