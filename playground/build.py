"""Build the playground: a static page with Python and Graphviz in it, which needs no network.

    python playground/build.py FOLDER

A folder that was built from the very same sources is left as it is. Python is Pyodide, Graphviz is
Viz.js and the editor CodeMirror, from their npm packages. Needs node and npm, and the packages that
the page runs: ours and ``graphviz``, as they are imported here.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

HERE = Path(__file__).parent
MODULES = HERE / "node_modules"
OURS = ("autograd", "chainrule", "nn", "viz")
BESIDES = ("graphviz",)  # what viz imports, in Python alone
DATA = {".py", ".css", ".html", ".js"}
PYODIDE = ("pyodide.mjs", "pyodide.asm.mjs", "pyodide.asm.wasm", "python_stdlib.zip",
           "pyodide-lock.json")  # fmt: skip
FINGERPRINT = "fingerprint.txt"  # of what it was built from
COPIED = ("index.html", "page.css", "frame.html", "folder.js", "worker.js")
# In the order of the page's list; the first is shown to begin with.
EXAMPLES = {
    "many-paths": "many paths",
    "one-path": "one path",
    "worked-network": "the worked network",
    "derivation": "a derivation to correct",
    "xor": "XOR, trained",
}


def main(output: Path) -> None:
    """Build the page into a folder, which is replaced."""
    if is_fresh(output):
        return
    npm = shutil.which("npm")
    if npm is None:
        sys.exit("the playground is built with npm, which was not found: install Node.js")
    subprocess.run([npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=HERE, check=True)
    shutil.rmtree(output, ignore_errors=True)
    (output / "pyodide").mkdir(parents=True)
    for name in COPIED:
        shutil.copy(HERE / "page" / name, output)
    for name in PYODIDE:
        shutil.copy(MODULES / "pyodide" / name, output / "pyodide")
    shutil.copy(MODULES / "@viz-js" / "viz" / "dist" / "viz.js", output)
    examples = {
        name: {"title": title, "code": (HERE / "examples" / f"{name}.py").read_text("utf-8")}
        for name, title in EXAMPLES.items()
    }
    (output / "examples.json").write_text(json.dumps(examples, ensure_ascii=False), "utf-8")
    with tempfile.TemporaryDirectory() as folder:
        packages = Path(folder) / "packages.zip"
        pack(packages)
        folders = [HERE / "bundle.mjs", HERE / "page", packages, output]
        subprocess.run(["node", *map(str, folders)], check=True)
    (output / FINGERPRINT).write_text(fingerprint(), "utf-8")


def is_fresh(output: Path) -> bool:
    """Return whether a folder holds the page that would be built now."""
    written = output / FINGERPRINT
    return written.is_file() and written.read_text("utf-8") == fingerprint()


def fingerprint() -> str:
    """Return a digest of all that the page is built from."""
    here = [path for path in HERE.rglob("*") if MODULES not in path.parents and path.is_file()]
    found = hashlib.sha256()
    for path in sorted({*here, *(path for path, _ in packed_files())}):
        if "__pycache__" not in path.parts:
            found.update(f"{path.name}\0".encode() + path.read_bytes())
    return found.hexdigest()


def pack(archive: Path) -> None:
    """Write the Python packages that the page needs into an archive."""
    with zipfile.ZipFile(archive, "w") as packed:
        for path, name in packed_files():
            packed.write(path, name)


def packed_files() -> Iterator[tuple[Path, Path]]:
    """Yield the files of these packages, and where they are in the archive."""
    for package in (*OURS, *BESIDES):
        spec = find_spec(package)
        if spec is None or spec.origin is None:
            sys.exit(f"{package} is not installed, which is a part of the playground")
        root = Path(spec.origin).parent
        for path in sorted(root.rglob("*")):
            if path.suffix in DATA:
                yield path, package / path.relative_to(root)
    yield HERE / "python" / "playground.py", Path("playground.py")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
