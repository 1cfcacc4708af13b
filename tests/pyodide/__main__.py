"""Run the tests in Pyodide, the CPython of browsers: ``python -m tests.pyodide [WORDS]``.

The words are pytest's; without any, the tests of the engine, networks and pictures run, in two
processes. What can run there does: without other packages that are not in Python alone, without
processes and threads. Node.js is needed, and the npm packages of the playground.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).parents[2]
PLAYGROUND = ROOT / "playground"
PYODIDE = PLAYGROUND / "node_modules" / "pyodide"
PACKAGES = ROOT / "build" / "pyodide"
NEEDED = ("graphviz", "hypothesis", "mpmath", "packaging", "pytest", "rich")
STACK = 900_000  # KiB, for graphs of a million nodes
# What is loaded with NumPy, and what asks for files, terminals, programs, threads and event loops.
LEFT_OUT = (
    "autograd/compiler", "autograd/installing.py", "nn/engines", "nn/estimators.py",
    "tests/autograd/compiler", "tests/autograd/test_contexts.py",
    "tests/autograd/test_elsewhere.py", "tests/autograd/test_files.py", "tests/nn/engines",
    "tests/nn/test_progress.py", "tests/viz/plots", "tests/viz/terminal",
    "tests/viz/formats/test_drawing.py", "tests/viz/formats/test_render.py",
)  # fmt: skip
HALVES = (
    ("tests/autograd/derivations", "tests/autograd/reading", "tests/viz", "nn"),
    ("tests/autograd", "tests/nn", "tests/test_notes.py", "tests/test_errata.py", "autograd",
     "--ignore=tests/autograd/derivations", "--ignore=tests/autograd/reading"),
)  # fmt: skip


def main(words: list[str]) -> int:
    """Run what is asked for, or the two halves, and return how many of them failed."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        sys.exit("Pyodide runs in Node.js, which was not found")
    if not PYODIDE.is_dir():
        ready = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
        subprocess.run(ready, cwd=PLAYGROUND, check=True)
    if not PACKAGES.is_dir():
        fetch(PACKAGES)
    left_out = [f"--ignore={path}" for path in LEFT_OUT]
    runs = [words] if words else [["-q", *half, *left_out] for half in HALVES]
    return failures([command(node, each) for each in runs])


def failures(commands: list[list[str]]) -> int:
    """Run commands side by side, and return how many failed, or were ended by a signal."""
    started = [subprocess.Popen(each) for each in commands]
    return sum(process.wait() != 0 for process in started)


def command(node: str, words: list[str]) -> list[str]:
    """The command that runs pytest in Pyodide, with a stack that is large enough if we may."""
    run = [node, f"--stack-size={STACK}", str(Path(__file__).with_name("run.mjs")),
           str(PYODIDE), str(ROOT), str(PACKAGES), *words]  # fmt: skip
    return ["sh", "-c", f'ulimit -s {STACK + 100_000}; exec "$@"', "sh", *run]


def fetch(folder: Path) -> None:
    """Unpack wheels that are in Python alone, for the Python of Pyodide."""
    wheels = folder.with_name("wheels")
    options = ["--only-binary=:all:", "--platform=any", "--implementation=py", "--abi=none",
               "--python-version=3.14", f"--dest={wheels}"]  # fmt: skip
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet"]
    plain = {name: value for name, value in os.environ.items() if name != "PIP_CONSTRAINT"}
    subprocess.run([*pip, "download", *options, *NEEDED], check=True, env=plain)
    for wheel in wheels.glob("*.whl"):
        with zipfile.ZipFile(wheel) as packed:
            packed.extractall(folder)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
