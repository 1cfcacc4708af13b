"""What is released: its texts, its metadata, and where it can be installed."""

from __future__ import annotations

import contextlib
import re
import runpy
import shutil
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
from packaging.markers import Marker
from packaging.requirements import Requirement

import chainrule
import chainrule.pyinstaller

ROOT = Path(__file__).parent.parent
RELEASE: dict[str, Any] = runpy.run_path(str(ROOT / "tools" / "release.py"))
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
URL = "https://host.example/owner/chainrule"

# Where graphviz-pure has a wheel, and where it has none.
HAVE_WHEELS = ["linux x86_64", "linux aarch64", "darwin x86_64", "darwin arm64", "win32 AMD64",
               "win32 ARM64"]  # fmt: skip
LACK_WHEELS = ["win32 x86", "linux ppc64le", "linux armv7l", "linux riscv64", "freebsd14 amd64",
               "emscripten wasm32"]  # fmt: skip


@pytest.mark.parametrize("platform", [*HAVE_WHEELS, *LACK_WHEELS])
def test_only_what_has_a_wheel_for_a_platform_is_needed_there(platform: str) -> None:
    system, machine = platform.split()
    environment = {"sys_platform": system, "platform_machine": machine}
    needed = {
        requirement.name
        for requirement in map(Requirement, PROJECT["dependencies"])
        if requirement.marker is None or Marker(str(requirement.marker)).evaluate(environment)
    }
    assert needed - {"graphviz-pure"} == {"graphviz", "numpy", "rich"}
    assert ("graphviz-pure" in needed) == (platform in HAVE_WHEELS)


def test_the_page_of_the_index_has_links_that_lead_somewhere(tmp_path: Path) -> None:
    for name in ("README.md", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path)
    RELEASE["fill_in"](tmp_path, URL, "v1.0.0")
    page = (tmp_path / "README.md").read_text("utf-8")
    links = re.findall(r"\]\(([^)]+)\)", page)
    assert links
    assert [link for link in links if not link.startswith(("https://", "#"))] == []
    for path in re.findall(rf"{URL}/(?:raw|blob)/v1\.0\.0/([^)#]+)", page):
        assert (ROOT / path).exists(), path
    project = tomllib.loads((tmp_path / "pyproject.toml").read_text("utf-8"))["project"]
    assert project["urls"]["Repository"] == URL
    assert project["scripts"] == PROJECT["scripts"]


def test_all_texts_are_of_one_version() -> None:
    version = PROJECT["version"]
    assert f"version: {version}\n" in (ROOT / "CITATION.cff").read_text("utf-8")
    changes = (ROOT / "CHANGELOG.md").read_text("utf-8")
    assert re.search(rf"^## {re.escape(version)} - \d{{4}}-\d\d-\d\d$", changes, re.MULTILINE)
    assert chainrule.__version__ in (version, "(not installed)")


def test_a_release_without_a_date_in_the_changelog_is_refused() -> None:
    with pytest.raises(SystemExit, match=r"doesn't begin with '## 98\.7 - YYYY-MM-DD'"):
        RELEASE["check_texts"]("98.7")
    with pytest.raises(SystemExit, match=r"usage: python tools/release\.py https://"):
        RELEASE["main"]([])


def test_every_python_that_is_promised_is_tried_by_the_public_workflow() -> None:
    workflow = (ROOT / ".github" / "workflows" / "tests.yml").read_text("utf-8")
    for classifier in PROJECT["classifiers"]:
        if found := re.fullmatch(r"Programming Language :: Python :: (3\.\d+)", classifier):
            assert f'"{found[1]}"' in workflow
    for system in ("ubuntu", "windows", "macos"):
        assert f"{system}-latest" in workflow


@pytest.mark.parametrize(("tagged", "is_refused"), [("", False), ("a", False), ("b", True)])
def test_a_tag_of_another_commit_is_refused(
    tagged: str, is_refused: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    says = {"--list v1.0.0": tagged and "v1.0.0\n", "v1.0.0^{commit}": tagged, "HEAD": "a"}

    def output(*command: str) -> str:
        return next(said for words, said in says.items() if " ".join(command).endswith(words))

    monkeypatch.setitem(RELEASE["check_tag"].__globals__, "output", output)
    refused = pytest.raises(SystemExit, match=r"^v1\.0\.0 is another commit")
    with refused if is_refused else contextlib.nullcontext():
        RELEASE["check_tag"]("v1.0.0")


def test_pyinstaller_finds_a_hook_for_each_package() -> None:
    folders = chainrule.pyinstaller.hook_folders()
    hooks = {path.stem for folder in folders for path in Path(folder).glob("hook-*.py")}
    packages = {path.parent.name for path in ROOT.glob("*/py.typed")}
    assert hooks == {f"hook-{package}" for package in packages}
    assert PROJECT["entry-points"]["pyinstaller40"] == {
        "hook-dirs": "chainrule.pyinstaller:hook_folders"
    }


def test_a_program_that_pyinstaller_packs_draws(tmp_path: Path) -> None:
    """That takes half a minute, and the release tries it too."""
    pytest.importorskip("PyInstaller")
    RELEASE["try_packed"](Path(sys.executable), tmp_path / "packed")
