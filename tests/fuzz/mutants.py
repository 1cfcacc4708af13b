"""Break the code on purpose, in one place at a time: do the tests notice?

``python -m tests.fuzz.mutants`` applies each mutation of :mod:`tests.fuzz.mutations` to a copy of
the project, runs the tests that it names there, and says which of them noticed. Words after the
command choose the mutations that have one of them in their name.
"""

from __future__ import annotations

import argparse
import ast
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from queue import SimpleQueue

from tests.fuzz.mutations import MUTATIONS, Mutation

ROOT = Path(__file__).parents[2]
PATIENCE = 600.0  # seconds for the tests of one mutation

# What a copy of the project goes without.
_LEFT_OUT = shutil.ignore_patterns(".*", "__pycache__", "build", "dist", "*.egg-info")


class TableError(Exception):
    """The table of mutations does not fit the code any more."""


@dataclass(frozen=True)
class Mutant:
    """A file as a mutation makes it."""

    path: Path
    text: str


def mutant(mutation: Mutation, root: Path = ROOT) -> Mutant:
    """Apply a mutation to the one place of its package that it fits, wherever that is now.

    Raises:
        TableError: if it fits no place or several, or what it makes is no Python.
    """
    # However the lines are broken.
    pattern = re.compile(r"\s+".join(map(re.escape, mutation.old.split())))
    found: dict[tuple[Path, int], Mutant] = {}
    for path, text in _sources(root / mutation.package):
        for start, stop in _parts(text, mutation.within):
            for match in pattern.finditer(text, start, stop):
                changed = text[: match.start()] + mutation.new + text[match.end() :]
                found[path, match.start()] = Mutant(path, changed)
    if len(found) != 1:
        places = ", ".join(str(path.relative_to(root)) for path, _ in found) or "no file"
        where = f" in {mutation.within}" if mutation.within else ""
        raise TableError(
            f"{mutation.name!r} must fit one place of {mutation.package}/ and fits "
            f"{len(found)} ({places}): look for {mutation.old!r}{where}"
        )
    [result] = found.values()
    try:
        compile(result.text, str(result.path), "exec")
    except SyntaxError as error:
        raise TableError(f"{mutation.name!r} makes {result.path} no Python: {error}") from error
    return result


@lru_cache
def _sources(package: Path) -> tuple[tuple[Path, str], ...]:
    files = sorted(package.rglob("*.py"))
    return tuple((path, path.read_text(encoding="utf-8")) for path in files)


def _parts(text: str, within: str) -> Iterable[tuple[int, int]]:
    """Return from where to where the definitions of a name go, such as ``fit`` or ``Run.leave``."""
    return _definitions(text).get(within, ()) if within else [(0, len(text))]


@lru_cache(maxsize=256)
def _definitions(text: str) -> dict[str, list[tuple[int, int]]]:
    starts = [0]
    for line in text.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    found: dict[str, list[tuple[int, int]]] = {}
    for name, first, last in _named(ast.parse(text)):
        found.setdefault(name, []).append((starts[first - 1], starts[last]))
    return found


def _named(tree: ast.AST, prefix: str = "") -> Iterator[tuple[str, int, int]]:
    """Yield what is defined: functions and classes with their decorators, and variables."""
    for node in ast.iter_child_nodes(tree):
        inner = prefix
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            first = min([node.lineno, *(each.lineno for each in node.decorator_list)])
            yield prefix + node.name, first, node.end_lineno or first
            inner = f"{prefix}{node.name}."
        elif isinstance(node, (ast.Assign, ast.AnnAssign)):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            for target in targets:
                if isinstance(target, ast.Name):
                    yield prefix + target.id, node.lineno, node.end_lineno or node.lineno
        yield from _named(node, inner)


# Running tests.


@dataclass(frozen=True)
class Outcome:
    """What became of a mutation."""

    mutation: Mutation
    is_fine: bool
    text: str


def _copy(folder: Path) -> Path:
    """Copy the project, with bytecode that goes by what is in a file and not by its date."""
    shutil.copytree(ROOT, folder, ignore=_LEFT_OUT)
    packages = sorted({mutation.package for mutation in MUTATIONS})
    subprocess.run(
        [sys.executable, "-m", "compileall", "-q", "--invalidation-mode", "checked-hash",
         *packages, "tests"],
        cwd=folder, check=True,
    )  # fmt: skip
    where = _python(folder, "-c", "import autograd; print(autograd.__file__)")
    if not Path(where.stdout.strip()).is_relative_to(folder):
        raise RuntimeError(f"the tests would not import the copy: {where.stdout}{where.stderr}")
    return folder


def _python(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {
        **os.environ,
        "PYTHONPATH": str(folder),
        "PYTHONDONTWRITEBYTECODE": "1",
        "CI": "1",  # so that hypothesis draws the same examples in every run
    }
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=folder, env=environment, capture_output=True, text=True, timeout=PATIENCE,
    )  # fmt: skip


def _pytest(folder: Path, tests: Iterable[str]) -> subprocess.CompletedProcess[str]:
    return _python(
        folder, "-m", "pytest", "-x", "-q", "--tb=no", "-rfE", "-p", "no:cacheprovider", *tests
    )


def _try(mutation: Mutation, folder: Path) -> Outcome:
    """Apply one mutation in a copy, run its tests there, and undo it."""
    made = mutant(mutation, folder)
    before = made.path.read_bytes()
    try:
        made.path.write_text(made.text, encoding="utf-8")
        ran = _pytest(folder, mutation.tests)
    except subprocess.TimeoutExpired:
        return Outcome(mutation, False, f"UNDECIDED after {PATIENCE:g} s")
    finally:
        made.path.write_bytes(before)
    killer = re.search(r"^(?:FAILED|ERROR) (\S+)", ran.stdout, re.MULTILINE)
    if ran.returncode == 0:
        if mutation.equivalent:
            return Outcome(mutation, True, f"no fault: {mutation.equivalent}")
        return Outcome(mutation, False, f"SURVIVED {' '.join(mutation.tests)}")
    if ran.returncode != 1 or killer is None:  # as where nothing can be imported any more
        return Outcome(mutation, False, f"BROKEN\n{ran.stdout}{ran.stderr}")
    if mutation.equivalent:
        return Outcome(mutation, False, f"KILLED by {killer[1]}, but said to be no fault")
    return Outcome(mutation, True, f"killed by {killer[1]}")


def run(mutations: Sequence[Mutation], jobs: int) -> list[Outcome]:
    """Try mutations, several at once, each in a copy that no other uses at the time."""
    copies: SimpleQueue[Path] = SimpleQueue()
    with tempfile.TemporaryDirectory(prefix="mutants-") as place:
        for job in range(jobs):
            copies.put(_copy(Path(place).resolve() / str(job)))

        def in_a_copy(tests: Sequence[str]) -> str:
            folder = copies.get()
            try:
                ran = _pytest(folder, tests)
                return "" if ran.returncode == 0 else ran.stdout + ran.stderr
            finally:
                copies.put(folder)

        def tried(mutation: Mutation) -> Outcome:
            folder = copies.get()
            try:
                outcome = _try(mutation, folder)
            finally:
                copies.put(folder)
            print(f"{outcome.mutation.name}: {outcome.text}", flush=True)
            return outcome

        with ThreadPoolExecutor(jobs) as pool:
            # A test that fails anyway notices nothing.
            tests = sorted({test for mutation in mutations for test in mutation.tests})
            for failure in pool.map(in_a_copy, [tests[job::jobs] for job in range(jobs)]):
                if failure:
                    raise RuntimeError(f"without any mutation the tests fail:\n{failure}")
            return list(pool.map(tried, mutations))


def main() -> int:
    """Try the mutations, and say which of them no test notices."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("words", nargs="*", help="of the names of mutations; by default all")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    arguments = parser.parse_args()
    chosen = [
        mutation
        for mutation in MUTATIONS
        if not arguments.words or any(word in mutation.name for word in arguments.words)
    ]
    outcomes = run(chosen, max(1, min(arguments.jobs, len(chosen))))
    bad = [outcome for outcome in outcomes if not outcome.is_fine]
    harmless = sum(bool(outcome.mutation.equivalent) for outcome in outcomes if outcome.is_fine)
    print(
        f"{len(outcomes)} mutations: {len(outcomes) - len(bad) - harmless} killed, "
        f"{harmless} no fault, {len(bad)} that no test notices or that can't be tried"
    )
    for outcome in bad:
        print(f"  {outcome.mutation.name}")
    return 1 if bad or not outcomes else 0


if __name__ == "__main__":
    raise SystemExit(main())
