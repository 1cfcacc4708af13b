"""Run W2 and W3 in arrays: compiled, written by hand, PyTorch, JAX; side by side, as a table.

    python benchmarks/compiled.py
    python benchmarks/compiled.py --quick --workloads W3 --no-growth
    python benchmarks/compiled.py --micrograd        # some minutes more

Each engine has a process of its own, and they take turns; the table shows medians of the turns, and
how far the middle half of the ratios lies apart. Before an engine is timed, its losses and
gradients are compared with those of the NumPy written by hand: other numbers, no time. What is not
installed is left out, with a note. Libraries get one thread each: the arrays are too small for
more.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import math
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from time import perf_counter
from typing import Any

from contestants import CONTESTANTS, PROBLEMS, Contestant, compiled, compiled_whole, scalars, turn
from engines import ENGINES
from figures import Report, machine
from rich.table import Table
from run import TOLERANCE, console, interpreter, number
from workloads import Task, digits_task, moons_task

HERE = Path(__file__).resolve().parent
YARDSTICK = "numpy-by-hand"
REPEATS = 5  # of a compilation
ONE_THREAD = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false",
}


class ContestantError(Exception):
    """An engine can't take part: it is not installed, or computes something else."""


class Process:
    """A process in which one engine waits for commands."""

    def __init__(self, name: str, workload: str, python: Path, cache: str) -> None:
        environment = {**os.environ, "CHAINRULE_CACHE": cache, "PYTHONPATH": str(HERE.parent)}
        if CONTESTANTS[name].library is None:
            del environment["PYTHONPATH"]
        self.errors = tempfile.TemporaryFile("w+", encoding="utf-8")  # noqa: SIM115
        self.process = subprocess.Popen(
            [python, HERE / "contestants.py", name, workload],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.errors,
            text=True,
            env=environment,
        )

    def ask(self, command: str) -> dict[str, Any]:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        try:
            print(command, file=self.process.stdin, flush=True)
            answer: dict[str, Any] = json.loads(self.process.stdout.readline())
        except (OSError, json.JSONDecodeError):
            self.process.wait()
            self.errors.seek(0)
            lines = self.errors.read().strip().splitlines()
            raise ContestantError(lines[-1] if lines else "the process ended") from None
        return answer

    def close(self) -> None:
        self.process.communicate()
        self.errors.close()


def main() -> int:
    """Print the tables, and return 1 if an engine computed something else."""
    arguments = parse_arguments()
    turns, seconds = (5, 0.1) if arguments.quick else (21, 0.2)
    os.environ |= ONE_THREAD  # for the processes, and before NumPy is loaded here
    console.print(machine())
    pythons = interpreters(arguments.micrograd)
    console.print(versions())
    agree = True
    report = Report(console)
    for workload in arguments.workloads:
        agree &= contest(workload, pythons, turns, seconds, report)
    if not arguments.no_growth:
        for title, tasks, workload, make in growths():
            report.show(growth(title, tasks, workload, make, seconds))
    report.write(arguments.json, versions=versions())
    return 0 if agree else 1


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="a few short turns")
    parser.add_argument("--workloads", nargs="+", choices=["W2", "W3"], default=["W2", "W3"])
    parser.add_argument("--micrograd", action="store_true", help="with micrograd, which is slow")
    parser.add_argument("--no-growth", action="store_true", help="without the tables of growth")
    parser.add_argument("--json", type=Path, help="write the tables here")
    return parser.parse_args()


def interpreters(with_micrograd: bool) -> dict[str, Path]:
    """Return the engines that can run here, each with its Python; say what is left out."""
    found = {}
    for name, entry in CONTESTANTS.items():
        if entry.library is None:
            if not with_micrograd:
                continue
            try:
                found[name] = interpreter(name)
            except (OSError, subprocess.SubprocessError) as error:
                console.print(f"[red]{entry.title} is skipped: it can't be installed ({error})")
        elif importlib.util.find_spec(entry.library) is None:
            console.print(f"{entry.title} is skipped: {entry.library} is not installed")
        elif entry.is_compiled and (problem := refusal(entry.name)):
            console.print(f"{entry.title} is skipped: {problem}")
        else:
            found[name] = Path(sys.executable)
    return found


def refusal(backend: str) -> str | None:
    """Return what autograd.compile says against a backend, if it does."""
    import autograd

    try:
        autograd.compile(abs, batch="x", backend=backend)
    except autograd.CompileError as error:
        return str(error)
    return None


def versions() -> str:
    """Return the versions of the libraries that are installed."""
    from importlib.metadata import PackageNotFoundError, version

    found = []
    for library in ("numpy", "numba", "jax", "torch"):
        try:
            found.append(f"{library} {version(library)}")
        except PackageNotFoundError:
            continue
    return ", ".join(found)


def contest(
    workload: str, pythons: dict[str, Path], turns: int, seconds: float, report: Report
) -> bool:
    """Compare and time the engines on a workload, and print the table."""
    console.print(f"\n[bold]{workload}")
    figures: dict[str, dict[str, float]] = {}
    samples: dict[str, list[dict[str, float]]] = {}
    processes: dict[str, Process] = {}
    agree = True
    with tempfile.TemporaryDirectory() as cache:
        try:
            expected: list[float] = []
            for name, python in pythons.items():
                entry = CONTESTANTS[name]
                process = processes[name] = Process(name, workload, python, cache)
                try:
                    figures[name] = process.ask("first")
                    numbers = process.ask("check")["numbers"]
                    expected = expected or numbers
                    compare(numbers, expected)
                    if entry.is_compiled and entry.name == "numpy":
                        figures[name] |= process.ask("compile")
                    if entry.name == "numba":
                        later = Process(name, workload, python, cache)
                        figures[name]["again"] = later.ask("first")["first"]
                        later.close()
                except ContestantError as error:
                    console.print(f"[red]{entry.title} is not timed: {error}")
                    agree = False
                    processes.pop(name).close()
                    figures.pop(name, None)
            for i in range(turns):
                for name, process in processes.items():
                    if name != "micrograd" or i < 2:
                        samples.setdefault(name, []).append(process.ask(f"turn {seconds}"))
        finally:
            for process in processes.values():
                process.close()
    for name, measured in samples.items():
        for what in ("evaluate", "step"):
            times = [sample[what] for sample in measured]
            pairs = zip(times, samples[YARDSTICK], strict=False)  # of the same turn
            ratios = [time / yardstick[what] for time, yardstick in pairs]
            lower, ratio, upper = statistics.quantiles(ratios, n=4)
            figures[name][what] = statistics.median(times)
            figures[name][f"{what} ratio"] = ratio
            figures[name][f"{what} spread"] = (upper - lower) / 2 / ratio
    report.show(table(workload, figures))
    report.show(costs(workload, figures))
    return agree


def compare(numbers: Sequence[float], expected: Sequence[float]) -> None:
    if len(numbers) != len(expected):
        raise ContestantError(f"{len(numbers)} numbers instead of {len(expected)}")
    for i, (a, b) in enumerate(zip(numbers, expected, strict=True)):
        if not math.isclose(a, b, rel_tol=TOLERANCE, abs_tol=TOLERANCE):
            raise ContestantError(f"number {i} of the losses and gradients is {a}, not {b}")


def table(workload: str, figures: dict[str, dict[str, float]]) -> Table:
    """Return the times of a step."""
    meaning = "× is the ratio to NumPy by hand in a turn; ± half the width of its middle half"
    out = Table(title=f"{workload}: {meaning}")
    for title in ("ms", "gradient", "×", "±", "and update", "×", "±"):
        out.add_column(title, justify="left" if title == "ms" else "right")
    for name, figure in figures.items():
        cells = []
        for what in ("evaluate", "step"):
            cells += [f"{figure[what] * 1e3:.3g}", f"{figure[f'{what} ratio']:.3g}"]
            cells += [f"{figure[f'{what} spread']:.0%}"]
        out.add_row(CONTESTANTS[name].title, *cells)
    return out


def costs(workload: str, figures: dict[str, dict[str, float]]) -> Table:
    """Return what comes before the first step."""
    out = Table(title=f"{workload}: before the steps")
    titles = ("ms", "first call", "from disk", "compile", "eager steps", "grows, MB", "process, MB")
    for title in titles:
        out.add_column(title, justify="left" if title == "ms" else "right")
    for name, figure in figures.items():
        compiling = figure.get("compile")
        cells = [number(figure["first"] * 1e3)]
        cells += [number(figure["again"] * 1e3) if "again" in figure else ""]
        if compiling is None:
            cells += ["", ""]
        else:
            compiling -= figure["evaluate"]
            cells += [number(compiling * 1e3), number(compiling / figures["eager"]["evaluate"])]
        cells += [f"{figure[memory] / 2**20:.1f}" for memory in ("growth", "process")]
        out.add_row(CONTESTANTS[name].title, *cells)
    return out


Growth = tuple[str, dict[str, Task], str, Callable[[str, str, Task], Contestant]]


def growths() -> list[Growth]:
    """Return the series of tasks, and how each is compiled."""
    return [
        (
            "W3, wider: MLP(64, \\[width], 10)",
            {str(n): digits_task(hidden=(n,)) for n in (16, 32, 64, 128, 256)},
            "W3",
            compiled,
        ),
        (
            "W3, deeper: hidden layers of 32",
            {str(n): digits_task(hidden=(32,) * n) for n in (1, 2, 4, 8, 16)},
            "W3",
            compiled,
        ),
        (
            "W3, larger batches: the loss of one example is recorded",
            {str(n): digits_task(n) for n in (8, 32, 128, 512)},
            "W3",
            compiled,
        ),
        (
            "W2, more points: the loss of all examples is recorded as one graph",
            {str(n): moons_task(n) for n in (20, 50, 100, 200)},
            "W2",
            compiled_whole,
        ),
    ]


def growth(
    title: str,
    tasks: dict[str, Task],
    workload: str,
    make: Callable[[str, str, Task], Contestant],
    seconds: float,
) -> Table:
    """Compile larger and larger tasks with the NumPy backend."""
    out = Table(title=title)
    titles = (
        "",
        "nodes",
        "compile, ms",
        "per node, µs",
        "eager steps",
        "eager, ms",
        "compiled, ms",
    )
    for column in (*titles, "ratio"):
        out.add_column(column, justify="right")
    for size, task in tasks.items():
        recorded = (
            task
            if make is compiled_whole
            else replace(task, inputs=task.inputs[:1], targets=task.targets[:1])
        )
        nodes = n_nodes(workload, recorded)
        times = []
        for _ in range(REPEATS):
            fresh = make("numpy", workload, task)
            begin = perf_counter()
            fresh.evaluate()
            times.append(perf_counter() - begin)
        array_step = turn(fresh, seconds)["step"]
        scalar_step = turn(scalars("chainrule", workload, task), seconds)["step"]
        compiling = statistics.median(times) - array_step
        out.add_row(
            size,
            f"{nodes:,}",
            number(compiling * 1e3),
            number(compiling / nodes * 1e6),
            number(compiling / scalar_step),
            number(scalar_step * 1e3),
            f"{array_step * 1e3:.3g}",
            number(scalar_step / array_step),
        )
    return out


def n_nodes(workload: str, task: Task) -> int:
    """Return how many nodes the graph of a loss has, parameters included."""
    from autograd import topological_order

    engine = ENGINES["chainrule"].load()
    return len(list(topological_order(PROBLEMS[workload](engine, task).forward())))


if __name__ == "__main__":
    sys.exit(main())
