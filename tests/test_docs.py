"""The code in README and docs runs, and prints what the text says it prints."""

import contextlib
import io
import re
import runpy
import shutil
from pathlib import Path
from xml.etree import ElementTree

import pytest

ROOT = Path(__file__).parent.parent
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
# A block of Python, and the block of text right after it, if any: its output.
BLOCK = re.compile(r"^```python\n(.*?)^```\n(?:\n```text\n(.*?)^```\n)?", re.DOTALL | re.MULTILINE)


def name_of(document: Path) -> str:
    return str(document.relative_to(ROOT))


@pytest.mark.parametrize("document", DOCUMENTS, ids=name_of)
def test_code_blocks_print_what_they_promise(
    document: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)  # what they write goes here
    blocks = list(BLOCK.finditer(document.read_text(encoding="utf-8")))
    assert blocks
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
    for target in re.findall(r"\]\(([^)#]+)\)", document.read_text(encoding="utf-8")):
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
    """Value and its operands, the ops, the graph, the backward pass and arithmetic on floats."""
    autograd = ROOT / "autograd"
    stems = ("value", "operands", "graph", "chain_rule", "arithmetic")
    files = [*(autograd / f"{stem}.py" for stem in stems), *(autograd / "ops").glob("*.py")]
    n = sum(len(path.read_text(encoding="utf-8").splitlines()) for path in files)
    [said] = re.findall(r"size of the engine \| ([\d,]+) lines", DOCUMENTS[0].read_text("utf-8"))
    assert abs(int(said.replace(",", "")) - n) <= 50, n
