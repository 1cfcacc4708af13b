"""Build what is released, check it, and try it in clean environments; a person then uploads it.

``python tools/release.py https://host/owner/name`` makes ``dist/`` from the commit that is checked
out. The address of the repository is given here and stands nowhere else: it becomes the project
URLs and the absolute links that README needs on the page of a package index.
"""

from __future__ import annotations

import hashlib
import platform
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
import venv
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
RELATIVE = re.compile(
    r"(?P<image>!?)\[(?P<text>[^\]]*)\]\((?P<path>(?!https?://|#)[^)]+)\)"  # and no address
)
TRIAL = """
import autograd, nn, viz
x = autograd.Value(3.0, label="x")
loss = (x * x).tanh()
loss.backward()
assert viz.to_text(loss) and viz.to_mermaid(loss)
assert viz.draw(loss).pipe("svg")
assert viz.stepper(loss).html
step = autograd.compile(lambda a: (x * a - 1) ** 2, batch="a")
assert step([1.0, 2.0])[0] == 14.5
print("imported from", autograd.__file__)
"""
COMMAND = """
import sys
from chainrule.cli import main
sys.exit(main())
"""
LESSON = """
import autograd
x = autograd.Value(3.0, label="x")
loss = (x * x).tanh()
assert autograd.compile(lambda a: autograd.erf(x * a) ** 2, batch="a")([1.0, 2.0])[0] > 0.9
"""


class ReleaseError(SystemExit):
    """Something is not as it has to be before a release."""


def main(arguments: list[str]) -> None:
    """Do every step that a program can do, and print those that are left to a person."""
    if len(arguments) != 1 or not arguments[0].startswith("https://"):
        raise ReleaseError("usage: python tools/release.py https://host/owner/name")
    url = arguments[0].rstrip("/")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    version = project["version"]
    step(f"the texts and the tag of version {version}")
    check_texts(version)
    check_tag(f"v{version}")
    dist = ROOT / "dist"
    shutil.rmtree(dist, ignore_errors=True)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        step("sdist and wheel")
        source = copy_of_the_commit(folder / "source")
        fill_in(source, url, f"v{version}")
        run(sys.executable, "-m", "build", "--outdir", folder / "dist", source)
        files = sorted((folder / "dist").iterdir())
        step("their metadata")
        run(sys.executable, "-m", "twine", "check", "--strict", *files)
        for number, (what, requirement, constraints) in enumerate(trials(files, folder)):
            step(what)
            python = installed(folder / f"trial{number}", requirement, constraints)
            try_out(python, folder)
        step("a program that PyInstaller packs")
        python = installed(folder / "packing", [str(wheel_of(files)), "pyinstaller"])
        try_packed(python, folder / "packed")
        shutil.copytree(folder / "dist", dist)
    print(f"\nAll passed. In dist/, for version {version}:")
    for file in sorted(dist.iterdir()):
        print(f"  {hashlib.sha256(file.read_bytes()).hexdigest()}  {file.name}")
    print(
        f"What is left to a person:\n"
        f"  1. .ci/run passed for this commit, and the public CI on every system\n"
        f"  2. git tag v{version} && git push origin v{version}\n"
        f"  3. python -m twine upload dist/*\n"
        f"  4. `pip install chainrule=={version}` in a new environment, `chainrule doctor`"
    )


def step(what: str) -> None:
    """Say what comes next."""
    print(f"\n===== {what} =====", flush=True)


def check_texts(version: str) -> None:
    """See that the texts speak of the version, and CHANGELOG of no later one."""
    changes = (ROOT / "CHANGELOG.md").read_text("utf-8")
    latest = re.search(r"^## (.*)$", changes, re.MULTILINE)
    if latest is None or not re.fullmatch(rf"{re.escape(version)} - \d{{4}}-\d\d-\d\d", latest[1]):
        raise ReleaseError(
            f"CHANGELOG.md doesn't begin with '## {version} - YYYY-MM-DD', but with "
            f"'{latest[0] if latest else ''}': give it this title"
        )
    if f"version: {version}\n" not in (ROOT / "CITATION.cff").read_text("utf-8"):
        raise ReleaseError(f"CITATION.cff is not of version {version}")


def check_tag(tag: str) -> None:
    """See that the tag of the version is not that of another commit."""
    if output("git", "tag", "--list", tag) and output("git", "rev-parse", f"{tag}^{{commit}}") != (
        output("git", "rev-parse", "HEAD")
    ):
        raise ReleaseError(f"{tag} is another commit: give pyproject.toml the next version")


def copy_of_the_commit(target: Path) -> Path:
    """Copy all that is tracked, as it is in the commit."""
    if output("git", "status", "--porcelain"):
        raise ReleaseError("there are changes that are not committed")
    for name in filter(None, output("git", "ls-files", "-z").split("\0")):
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, target / name)
    return target


def fill_in(source: Path, url: str, tag: str) -> None:
    """Write the address of the repository where the page of a package index needs it."""
    readme = source / "README.md"
    readme.write_text(absolute(readme.read_text("utf-8"), url, tag), "utf-8")
    project = source / "pyproject.toml"
    lines = [f'{name} = "{url}{path}"' for name, path in urls(tag).items()]
    text = project.read_text("utf-8")
    table = "\n".join(["[project.urls]", *lines, "", "[project.scripts]"])
    if text.count("[project.scripts]") != 1:
        raise ReleaseError("pyproject.toml has no place for the project URLs")
    project.write_text(text.replace("[project.scripts]", table), "utf-8")


def urls(tag: str) -> dict[str, str]:
    """Return the names of the project URLs and their paths below the repository."""
    return {
        "Repository": "",
        "Documentation": f"/blob/{tag}/docs/index.md",
        "Changelog": f"/blob/{tag}/CHANGELOG.md",
        "Issues": "/issues",
    }


def absolute(text: str, url: str, tag: str) -> str:
    """Return Markdown with links that lead somewhere wherever it is shown.

    >>> absolute("![a](docs/a.svg) [b](docs/b.md#c) [d](https://e.f)", "https://h/o/n", "v1")
    '![a](https://h/o/n/raw/v1/docs/a.svg) [b](https://h/o/n/blob/v1/docs/b.md#c) [d](https://e.f)'
    """

    def lead(link: re.Match[str]) -> str:
        kind = "raw" if link["image"] else "blob"
        return f"{link['image']}[{link['text']}]({url}/{kind}/{tag}/{link['path']})"

    return RELATIVE.sub(lead, text)


def trials(files: list[Path], folder: Path) -> Iterator[tuple[str, list[str], Path | None]]:
    """Yield what is tried, what is installed for it, and constraints."""
    wheel = wheel_of(files)
    [sdist] = [file for file in files if file.suffix == ".gz"]
    yield "the wheel", [str(wheel)], None
    yield "the sdist", [str(sdist)], None
    yield "the wheel with extras", [f"{wheel}[examples,completion]"], None
    if sys.version_info[:2] != (3, 11):
        print(
            f"\nThis is Python {platform.python_version()}: the oldest dependencies are made for "
            "3.11, and not tried."
        )
        return
    constraints = folder / "oldest.txt"
    constraints.write_text(output(sys.executable, ".ci/oldest.py", "dependencies"), "utf-8")
    yield "the wheel with the oldest dependencies", [str(wheel)], constraints


def wheel_of(files: list[Path]) -> Path:
    """Return the wheel among what was built."""
    [wheel] = [file for file in files if file.suffix == ".whl"]
    return wheel


def installed(folder: Path, requirement: list[str], constraints: Path | None = None) -> Path:
    """Make an environment, install into it, say how large that is, and return its Python."""
    venv.create(folder, with_pip=True)
    python = folder / ("Scripts" if sys.platform == "win32" else "bin") / "python"
    limits = ["--constraint", constraints] if constraints else []
    pip = [python, "-m", "pip", "--disable-pip-version-check", "--quiet"]
    before = size(folder)
    run(*pip, "install", *limits, *requirement, cwd=folder)
    run(*pip, "check", cwd=folder)
    print(f"installed: {(size(folder) - before) / 1e6:.0f} MB", flush=True)
    return python


def size(folder: Path) -> int:
    """Return the bytes in the files of a folder."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def try_out(python: Path, folder: Path) -> None:
    """Use what an environment has installed, from elsewhere."""
    run(python, "-I", "-W", "error", "-c", TRIAL, cwd=folder)
    run(python.with_name("chainrule"), "doctor", cwd=folder)


def try_packed(python: Path, folder: Path) -> None:
    """Pack the command into one file with the PyInstaller of an environment, and use it."""
    folder.mkdir()
    (folder / "command.py").write_text(COMMAND, "utf-8")
    (folder / "lesson.py").write_text(LESSON, "utf-8")
    options = ["--onefile", "--name", "chainrule", "--log-level", "WARN"]
    run(python, "-m", "PyInstaller", *options, "command.py", cwd=folder)
    program = folder / "dist" / "chainrule"
    run(program, "doctor", cwd=folder)
    run(program, "draw", "lesson.py:loss", "-o", "graph.svg", cwd=folder)
    run(program, "stepper", "lesson.py:loss", "-o", "steps.html", cwd=folder)


def run(*command: object, cwd: Path = ROOT) -> None:
    """Run a command, and end everything if it fails."""
    words = [str(word) for word in command]
    if subprocess.run(words, cwd=cwd, check=False).returncode:
        raise ReleaseError(f"failed: {' '.join(words)}")


def output(*command: str) -> str:
    """Return what a command prints."""
    return subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout


if __name__ == "__main__":
    main(sys.argv[1:])
