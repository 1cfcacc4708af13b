"""Run the workloads W1 to W5 on this project and its peers, side by side, and print the table.

    python benchmarks/run.py
    python benchmarks/run.py --quick --workloads W1 W4 --engines chainrule slots-and-tuples
    python benchmarks/run.py --before HEAD~20    # this project at another commit beside itself

Each measurement is a process of its own, in the environment of its engine. The engines take turns,
several rounds of them; a process gives the median of its steps, the table the best of the
processes, which other work on the machine disturbed least. Before an engine is timed on a workload
its loss and gradients are compared with those of the others: other numbers, no time.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import statistics
import subprocess
import sys
import tempfile
import venv
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from time import perf_counter
from typing import Any

from engines import ENGINES, Entry
from figures import Report, machine
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

HERE = Path(__file__).resolve().parent
ENVIRONMENTS = HERE / ".environments"
YARDSTICK = "slots-and-tuples"
TOLERANCE = 1e-9
TIME_LIMIT = 300.0  # seconds for one process

console = Console(width=None if sys.stdout.isatty() else 120)


@dataclass(frozen=True)
class Case:
    """One measurement: what every engine is asked."""

    workload: str
    measure: str  # "time", "time-paused" or "memory", as the worker knows them
    size: int = 0

    @property
    def title(self) -> str:
        size = f", {self.size:,} nodes" if self.workload == "W1" else ""
        paused = ", collector paused" if self.measure == "time-paused" else ""
        return f"{self.workload}{size}{paused}"


CHAINS = (10_000, 100_000, 1_000_000)
CASES = [
    *(Case("W1", measure, n) for n in CHAINS for measure in ("time", "time-paused")),
    Case("W1", "memory", 100_000),
    *(
        Case(workload, measure, 100_000 if workload == "W5" else 0)
        for workload in ("W2", "W3", "W4", "W5")
        for measure in ("time", "time-paused", "memory")
    ),
]

Results = dict[tuple[Case, str], dict[str, float]]

OURS = ("chainrule", "chainrule-scalars")
BEFORE = "@before"  # behind the name of an engine: this project as it was
# What a process does once, and how it is measured there.
ONCE = {
    "import autograd": "import autograd",
    "a network of 1.9 million parameters": "import nn; nn.MLP(1000, [1000, 900], seed=0)",
}


class WorkerError(Exception):
    """A process failed, or took too long."""


def main() -> int:
    """Measure, print the table, and return 1 if an engine computed something else."""
    arguments = parse_arguments()
    with tempfile.TemporaryDirectory() as folder:
        if arguments.before:
            checkouts[BEFORE] = checkout(arguments.before, Path(folder))
        return compare(arguments)


def compare(arguments: argparse.Namespace) -> int:
    """Measure the engines that the arguments name."""
    engines, interpreters = [], {}
    for engine in arguments.engines:
        try:
            interpreters[engine] = interpreter(engine)
            engines.append(engine)
        except (OSError, subprocess.SubprocessError) as error:
            console.print(f"[red]{engine} is skipped: it can't be installed ({error})")
    if arguments.before:
        engines += [f"{engine}{BEFORE}" for engine in OURS if engine in engines]
        interpreters |= {engine: Path(sys.executable) for engine in engines if BEFORE in engine}
    cases = [case for case in CASES if case.workload in arguments.workloads]
    rounds, seconds = (1, 0.2) if arguments.quick else (arguments.rounds, 1.0)
    results: Results = {}
    wrong: set[tuple[str, str]] = set()
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=console,
        transient=True,
    ) as progress:
        plan = [
            (case, engine)
            for case in cases
            for _ in range(1 if case.measure == "memory" else rounds)
            for engine in engines
            if case.size <= entry(engine).longest_chain
        ]
        task = progress.add_task("", total=len(plan))
        for workload in arguments.workloads:
            progress.update(task, description=f"{workload}: comparing losses and gradients")
            for engine, fault in disagreements(workload, engines, interpreters):
                console.print(f"[red]{workload}: {engine} is not timed: {fault}")
                wrong.add((workload, engine))
        samples: dict[tuple[Case, str], list[dict[str, float]]] = {}
        for case, engine in plan:
            progress.update(task, description=f"{case.title}: {engine}")
            if (case.workload, engine) not in wrong:
                options = ["--size", str(case.size), "--seconds", str(seconds)]
                try:
                    sample = work(
                        interpreters[engine], engine, case.workload, case.measure, *options
                    )
                    samples.setdefault((case, engine), []).append(sample)
                except WorkerError as error:
                    console.print(f"[red]{case.title}: {engine}: {error}")
            progress.advance(task)
    for key, measured in samples.items():
        results[key] = {name: min(sample[name] for sample in measured) for name in measured[0]}
    console.print(machine())
    report = Report(console)
    report.show(table(cases, engines, results))
    report.show(goals(results, once(rounds)))
    report.write(arguments.json, figures=raw(results))
    return 1 if wrong else 0


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    workloads = ["W1", "W2", "W3", "W4", "W5"]
    parser.add_argument("--quick", action="store_true", help="one short round")
    parser.add_argument("--rounds", type=int, default=3, help="turns of each engine (default: 3)")
    parser.add_argument("--workloads", nargs="+", choices=workloads, default=workloads)
    parser.add_argument("--engines", nargs="+", choices=ENGINES, default=list(ENGINES))
    parser.add_argument("--before", metavar="COMMIT", help="measure this commit too, beside")
    parser.add_argument("--json", type=Path, help="write the tables here, and the raw figures")
    return parser.parse_args()


# Where this project lies, by what stands behind the names of its engines.
checkouts = {"": HERE.parent}


def checkout(commit: str, folder: Path) -> Path:
    """Unpack the project as it was at a commit, and return where."""
    packed = folder / "project.tar"
    subprocess.run(["git", "archive", "--output", packed, commit], cwd=HERE.parent, check=True)
    subprocess.run(["tar", "-xf", packed, "-C", folder], check=True)
    return folder


def root(engine: str) -> Path:
    """Return the checkout that an engine is taken from."""
    return checkouts[BEFORE if engine.endswith(BEFORE) else ""]


def entry(engine: str) -> Entry:
    """Return an engine as the table lists it."""
    found = ENGINES[engine.removesuffix(BEFORE)]
    return replace(found, title=f"{found.title}\nbefore") if BEFORE in engine else found


def interpreter(engine: str) -> Path:
    """Return the Python of an engine's environment, made and kept if it is a peer's."""
    requirement = ENGINES[engine].requirement
    if requirement is None:
        return Path(sys.executable)
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    environment = ENVIRONMENTS / f"{requirement.replace('==', '-')}-python{version}"
    python = environment / "bin" / "python"
    complete = environment / "complete"  # an interrupted installation has none
    if not complete.exists():
        console.print(f"installing {requirement} into {environment.relative_to(HERE.parent)}")
        venv.create(environment, with_pip=True, clear=True)
        command = [str(python), "-m", "pip", "install", "--quiet", requirement]
        subprocess.run(command, check=True, timeout=TIME_LIMIT)
        complete.touch()
    return python


def work(python: Path, engine: str, *arguments: str) -> dict[str, Any]:
    """Run a worker and return what it printed."""
    environment = dict(os.environ)
    environment.pop("PYTHONPATH", None)
    if entry(engine).requirement is None:
        environment["PYTHONPATH"] = str(root(engine))
    worker = root(engine) / "benchmarks" / "worker.py"
    try:
        process = subprocess.run(
            [python, worker, engine.removesuffix(BEFORE), *arguments],
            env=environment,
            capture_output=True,
            text=True,
            timeout=TIME_LIMIT,
        )
    except subprocess.TimeoutExpired:
        raise WorkerError(f"stopped after {TIME_LIMIT:.0f} s") from None
    try:
        result: dict[str, Any] = json.loads(process.stdout)
    except json.JSONDecodeError:
        lines = process.stderr.strip().splitlines()
        raise WorkerError(lines[-1] if lines else f"exit {process.returncode}") from None
    return result


def disagreements(
    workload: str, engines: list[str], interpreters: dict[str, Path]
) -> Iterator[tuple[str, str]]:
    """Yield the engines whose losses or gradients differ from the yardstick's, and how."""
    expected: list[float] | None = None
    for engine in dict.fromkeys([YARDSTICK, *engines]):
        python = interpreters.get(engine, Path(sys.executable))
        try:
            numbers = work(python, engine, workload, "check", "--size", "10000")["numbers"]
        except WorkerError as error:
            yield engine, str(error)
            continue
        expected = expected or numbers
        if len(numbers) != len(expected):
            yield engine, f"{len(numbers)} numbers instead of {len(expected)}"
            continue
        for i, (a, b) in enumerate(zip(numbers, expected, strict=True)):
            if not math.isclose(a, b, rel_tol=TOLERANCE, abs_tol=TOLERANCE):
                yield engine, f"number {i} of the losses and gradients is {a}, not {b}"
                break


def rows(case: Case, engines: list[str], results: Results) -> Iterator[tuple[str, list[str]]]:
    """Yield the rows of a case: a title, and a cell for each engine."""
    measured = [results.get((case, engine)) for engine in engines]
    yardstick = results.get((case, YARDSTICK))

    def cells(quantity: str, scale: float) -> list[str]:
        texts = []
        for result in measured:
            if result is None:
                texts.append("–")
                continue
            text = number(value(result, quantity) * scale)
            if quantity == "both":
                parts = [result[part] * scale for part in ("forward", "backward")]
                text += " ({:.0f} + {:.0f})".format(*parts)
            if yardstick is not None:
                text += (
                    f"  [bold]×{value(result, quantity) / value(yardstick, quantity):.2f}[/bold]"
                )
            texts.append(text)
        return texts

    if case.measure == "memory" and case.workload == "W1":
        for quantity in ("graph", "peak"):
            yield f"W1, {quantity}, bytes per node", cells(quantity, 1 / case.size)
    elif case.measure == "memory":
        yield f"{case.workload}, peak, MB", cells("peak", 1e-6)
    elif case.workload == "W1":
        yield f"{case.title}, ns per node", cells("both", 1e9 / case.size)
    else:
        yield f"{case.title}, ms", cells("step", 1e3)


def value(result: dict[str, float], quantity: str) -> float:
    return result["forward"] + result["backward"] if quantity == "both" else result[quantity]


def number(x: float) -> str:
    return f"{x:.0f}" if x >= 100 else f"{x:.3g}"


def table(cases: list[Case], engines: list[str], results: Results) -> Table:
    """Return the figures of all engines, with their ratios to the yardstick."""
    out = Table(title=f"× is the ratio to {YARDSTICK}; (forward + backward)")
    out.add_column("")
    for engine in engines:
        out.add_column(entry(engine).title, justify="right")
    for case in cases:
        for title, cells in rows(case, engines, results):
            out.add_row(title, *cells)
        if case.measure == "memory":
            out.add_section()
    return out


def once(rounds: int) -> dict[tuple[str, str], dict[str, float]]:
    """Measure what a process does once: milliseconds beyond those of bare Python, and megabytes."""
    found: dict[tuple[str, str], dict[str, float]] = {}
    for title, code in ONCE.items():
        for suffix, folder in checkouts.items():
            samples = [process(code, folder) for _ in range(4 * rounds + 1)][1:]  # bytecode is made
            bare = [process("", folder) for _ in range(4 * rounds)]
            found[title, suffix] = {
                "ms": statistics.median(s["ms"] for s in samples)
                - statistics.median(s["ms"] for s in bare),
                "MB": statistics.median(s["MB"] for s in samples),
            }
    return found


_NOT_AS_USERS_HAVE_IT = {"PYTHONPATH", "PYTHONDONTWRITEBYTECODE"}


def process(code: str, folder: Path) -> dict[str, float]:
    """Run code in a process of its own, and return what it took."""
    measured = f"{code}\nimport resource\nprint(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
    # It finds what lies in the folder it runs in. Without site, which may load half of the library.
    command = [sys.executable, "-S", "-c", measured]
    kept = {n: v for n, v in os.environ.items() if n not in _NOT_AS_USERS_HAVE_IT}
    begin = perf_counter()
    done = subprocess.run(command, cwd=folder, env=kept, capture_output=True, text=True, check=True)
    return {"ms": (perf_counter() - begin) * 1e3, "MB": int(done.stdout) / 1024}


def goals(results: Results, once: dict[tuple[str, str], dict[str, float]]) -> Table:
    """Return what the design asks for beside what was measured, before and now."""

    def figures(suffix: str) -> list[tuple[str, float, float]]:
        def get(engine: str, quantity: str, *case: Any) -> float:
            result = results.get((Case(*case), engine))
            return math.nan if result is None else value(result, quantity)

        def ours(quantity: str, *case: Any, engine: str = "chainrule") -> float:
            return get(f"{engine}{suffix}", quantity, *case)

        def ratio(quantity: str, *case: Any, engine: str = "chainrule") -> float:
            return ours(quantity, *case, engine=engine) / get(YARDSTICK, quantity, *case)

        def growth(measure: str) -> float:
            """Return ns per node of the longest chain over that of the shortest."""
            short, long = (ours("both", "W1", measure, n) / n for n in (CHAINS[0], CHAINS[-1]))
            return long / short

        imported, network = (once.get((title, suffix), {}) for title in ONCE)
        return [
            *((f"W1, {n:,} nodes: ratio", ratio("both", "W1", "time", n), 0.46) for n in CHAINS),
            ("W1: bytes per node", ours("graph", "W1", "memory", 100_000) / 1e5, 200),
            ("W1: a node at 1,000,000 over one at 10,000", growth("time"), 2.0),
            ("W1: the same, collector paused", growth("time-paused"), 1.3),
            ("W2: ratio", ratio("step", "W2", "time"), 0.115),
            ("W3: ratio", ratio("step", "W3", "time"), 0.029),
            (
                "W4, import only: ratio",
                ratio("step", "W4", "time", engine="chainrule-scalars"),
                0.38,
            ),
            ("W4, with dot, softmax, cross_entropy: ratio", ratio("step", "W4", "time"), 0.093),
            ("W5: ratio", ratio("step", "W5", "time", 100_000), 0.045),
            ("import autograd: ms over bare Python", imported.get("ms", math.nan), 12),
            ("1.9 million parameters: s", network.get("ms", math.nan) / 1e3, 3),
            ("1.9 million parameters: MB", network.get("MB", math.nan), 400),
        ]

    columns = {suffix: figures(suffix) for suffix in checkouts}
    shown = ["before", "now"] if BEFORE in columns else ["measured"]
    out = Table("goal", *shown, "at most", "", title="Goals")
    for i, (title, figure, limit) in enumerate(columns[""]):
        if not math.isnan(figure):
            before = [number(columns[BEFORE][i][1])] if BEFORE in columns else []
            verdict = "[green]met" if figure <= limit else "[red]missed"
            out.add_row(title, *before, number(figure), f"{limit:g}", verdict)
    return out


def raw(results: Results) -> list[dict[str, Any]]:
    """Return the figures as they were measured."""
    return [
        {"engine": engine, **vars(case), **result} for (case, engine), result in results.items()
    ]


if __name__ == "__main__":
    sys.exit(main())
