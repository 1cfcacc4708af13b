"""The code in README and docs runs, and prints what the text says it prints."""

import contextlib
import inspect
import io
import json
import re
import runpy
import shutil
from pathlib import Path
from xml.etree import ElementTree

import pytest

import autograd
import nn
import viz
from autograd.ops import TABLE

ROOT = Path(__file__).parent.parent
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
# Those made by the site, and those of commands and pictures.
WITHOUT_CODE = {
    "autograd.md", "benchmarks.md", "chainrule.md", "comparison.md", "gallery.md", "nn.md",
    "ops.md", "playground.md", "viz.md",
}  # fmt: skip
# A block of Python, and the block of text right after it, if any: its output.
BLOCK = re.compile(r"^```python\n(.*?)^```\n(?:\n```text\n(.*?)^```\n)?", re.DOTALL | re.MULTILINE)


def name_of(document: Path) -> str:
    return str(document.relative_to(ROOT))


@pytest.mark.parametrize("document", DOCUMENTS, ids=name_of)
def test_code_blocks_print_what_they_promise(
    document: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)  # what they write goes here
    for library in re.findall(r"^import (torch|jax)$", document.read_text("utf-8"), re.MULTILINE):
        pytest.importorskip(library)
    blocks = list(BLOCK.finditer(document.read_text(encoding="utf-8")))
    assert blocks or document.name in WITHOUT_CODE
    names: dict = {"__name__": "__main__"}
    for block in blocks:
        code, promised = block.groups()
        line = document.read_text(encoding="utf-8")[: block.start()].count("\n") + 1
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(compile("\n" * line + code, str(document), "exec"), names)
        assert printed.getvalue().rstrip() == (promised or "").rstrip(), f"{document}:{line}"


@pytest.mark.parametrize("document", DOCUMENTS, ids=name_of)
def test_links_to_files_lead_somewhere(document: Path) -> None:
    prose = re.sub(r"^```.*?^```$", "", document.read_text("utf-8"), flags=re.DOTALL | re.MULTILINE)
    for target in re.findall(r"\]\(([^)#]+)\)", prose):
        if "://" not in target:
            assert (document.parent / target).exists(), f"{document}: {target}"


def test_the_gallery_makes_the_pictures_that_are_shown(tmp_path: Path) -> None:
    """Every picture, and no other; they are not compared with those in the repository."""
    runpy.run_path(str(ROOT / "docs" / "gallery.py"))["main"](tmp_path)
    made = {path.name for path in tmp_path.iterdir()}
    if not (shutil.which("chromium") or shutil.which("google-chrome")):
        made.add("stepper.png")
    shown = {
        name
        for document in DOCUMENTS
        for name in re.findall(r"images/([^)]+)\)", document.read_text(encoding="utf-8"))
    }
    assert made == shown == {path.name for path in (ROOT / "docs" / "images").iterdir()}
    for path in tmp_path.glob("*.svg"):
        assert ElementTree.parse(path).getroot().tag.endswith("svg")


def test_the_readme_says_how_long_the_core_is() -> None:
    """To ten lines, of the modules that it names."""
    [(said, modules)] = re.findall(
        r"size of the engine \| ([\d,]+) lines \((.+?)\)", DOCUMENTS[0].read_text("utf-8")
    )
    n = 0
    for stem in re.findall(r"`(\w+)`", modules):
        path = ROOT / "autograd" / stem
        files = path.glob("*.py") if path.is_dir() else [path.with_suffix(".py")]
        n += sum(len(each.read_text(encoding="utf-8").splitlines()) for each in files)
    assert abs(int(said.replace(",", "")) - n) <= 10, n


@pytest.fixture(scope="module")
def building() -> dict:
    return runpy.run_path(str(ROOT / "docs" / "building.py"))


def test_the_table_of_ops_has_a_row_for_each_with_kinks_and_domain() -> None:
    made = runpy.run_path(str(ROOT / "docs" / "ops_table.py"))["ops_table"]()
    table = [row.removeprefix("| ").removesuffix(" |") for row in made]
    rows = [row.split(" | ") for row in table[2:]]
    assert [row[0] for row in rows] == [f"`{name}`" for name in TABLE]
    formulas = [each for row in rows for each in re.findall(r"\$(.*?)\$", row[1] + row[2])]
    assert len(formulas) >= 2 * len(rows)
    assert all(each == each.strip() for each in formulas)  # or they would stand there as text
    kinks = {name: row[3] for name, row in zip(TABLE, rows, strict=True)}
    domains = {name: row[4] for name, row in zip(TABLE, rows, strict=True)}
    assert kinks["relu"] == kinks["abs"] == "x = 0: slope 0"
    assert kinks["leaky_relu"] == "x = 0: slope 0.01"
    assert kinks["maximum"] == "a = b: slopes 0.5 and 0.5"
    assert kinks["copysign"].startswith("for b = 1, a = 0: slope 0; for a = 1, b = 0: a jump")
    assert kinks["fmod"].startswith("for b = 1, a = …, -2, -1, 1, 2, …: a jump, slope 1")
    assert kinks["hypot"].startswith("for y = 0, x = 0: slope 0")
    assert kinks["atan2"].startswith("for x = -1, y = 0: a jump")
    assert kinks["round"] == "x = …, -1.5, -0.5, 0.5, 1.5, …: a jump, slope 0"
    assert kinks["sqrt"] == kinks["cbrt"] == "x = 0: slope inf"
    assert not any(kinks[name] for name in ("exp", "tanh", "gelu", "softplus", "+", "dot"))
    assert (domains["sqrt"], domains["log"]) == ("0 ≤ x", "0 < x")
    assert (domains["asin"], domains["atanh"]) == ("-1 ≤ x ≤ 1", "-1 < x < 1")
    assert domains["acosh"] == "1 ≤ x"
    assert domains["gamma"] == "not at …, -3, -2, -1"
    assert domains["tanh"] == domains["maximum"] == domains["dot"] == "everywhere"
    assert (domains["/"], domains["fmod"]) == ("not at x = y = 0", "b ≠ 0")
    assert domains["**"] == "0 ≤ x, or y whole"
    slopes = {name: row[2] for name, row in zip(TABLE, rows, strict=True)}
    assert r"\frac{\partial f}{\partial w_{1}} = x_{1}" in slopes["dot"]
    assert r"\frac{\partial f}{\partial y} = \frac{x}{x^{2} + y^{2}}" in slopes["atan2"]
    assert r"\frac{\partial f}{\partial x} = 1" in slopes["sum"]
    for name, row in zip(TABLE, rows, strict=True):  # a name of a vector stands for no number
        vectors = inspect.signature(TABLE[name]).parameters if TABLE[name].vectors else {}
        formulas_of_it = "".join(re.findall(r"\$(.*?)\$", row[1] + row[2])) + row[3]
        assert not [each for each in vectors if re.search(rf"\b{each}\b", formulas_of_it)], name


def test_mathematics_is_shown_of_every_public_name_that_has_any() -> None:
    from docs.formulas import FORMULAS  # no part of the package

    public = {f"autograd.{name}": getattr(autograd, name) for name in dir(autograd)}
    public |= {f"nn.{name}": getattr(nn, name) for name in nn.__all__}
    assert set(FORMULAS) <= set(public)
    for name, found in public.items():
        is_ours = inspect.isfunction(found) or inspect.isclass(found)
        if is_ours and re.search("[∂Σ∇√]", (found.__doc__ or "").partition(">>>")[0]):
            assert name in FORMULAS, name


def test_every_public_name_has_an_example_that_is_run() -> None:
    public = {f"autograd.{name}": getattr(autograd, name) for name in dir(autograd)}
    named = [*nn.__all__, "TorchModel", "from_torch", "to_torch"]  # these load PyTorch
    public |= {f"nn.{name}": getattr(nn, name) for name in named}
    public |= {f"viz.{name}": getattr(viz, name) for name in viz.__all__}
    without = {
        name
        for name, found in public.items()
        if not inspect.ismodule(found) and ">>>" not in (found.__doc__ or "")
        if not name.partition(".")[2].startswith("_")
        if not (inspect.isclass(found) and issubclass(found, Exception))
    }
    assert not without


def test_what_pages_ask_the_site_for_can_be_made(building: dict) -> None:
    """Without a comment that is misspelt, which a reader would never see."""
    for document in DOCUMENTS[1:]:
        text = document.read_text(encoding="utf-8")
        asked = len(building["COMMENT"].findall(text)) + text.count("<!-- ops -->")
        assert text.count("<!--") == asked, document
    html = building["exercise"]("one-path", level=1, seed=1)
    assert html.count("<svg") == 1
    assert "<summary>Solution</summary>" in html
    assert "What it is not for" not in building["included"]("README.md", "How it compares")
    with pytest.raises(ValueError, match="no section 'Nothing'"):
        building["included"]("README.md", "Nothing")


def test_the_site_says_what_the_tests_run_if_that_was_measured(
    building: dict, tmp_path: Path
) -> None:
    assert building["coverage"](tmp_path / "none.json") == ""
    report = tmp_path / "coverage.json"
    report.write_text(
        '{"meta": {"timestamp": "2026-11-30T21:00:00"}, "totals": {"percent_covered": 95.68}}',
        "utf-8",
    )
    said = building["coverage"](report)
    assert said == "The tests run 95.6% of the lines of the four packages, measured on 2026-11-30."


def test_figures_become_tables_with_their_command_and_the_machine(building: dict) -> None:
    for kept in (ROOT / "docs" / "figures").glob("*.json"):
        text = building["figures"](kept.stem)
        told = json.loads(kept.read_text("utf-8"))
        assert told["command"] in text
        assert told["machine"] in text
        for table in told["tables"]:
            assert {len(row) for row in table["rows"]} == {len(table["columns"])}
            assert f"| {' | '.join(table['rows'][0])} |" in text
    assert building["figures"]("none") == "`make figures` measures this."


def test_chapters_have_a_picture_a_stepper_and_two_exercises() -> None:
    for chapter in (ROOT / "docs" / "learn").glob("*.md"):
        text = chapter.read_text(encoding="utf-8")
        for kind, count in (("stepper", 1), ("exercise", 2)):
            assert text.count(f"<!-- {kind}: ") == count, chapter
        assert text.count("<!-- picture: ") >= 1, chapter
