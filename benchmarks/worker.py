"""Measure one engine on one workload, in a process of its own; print the result as JSON.

Runs in the environment of the engine, so it needs the standard library only.
"""

from __future__ import annotations

import argparse
import gc
import json
import resource
import statistics
import sys
from pathlib import Path
from time import perf_counter
from typing import Any

from engines import ENGINES, with_deep_stack
from workloads import WORKLOADS, Problem

MIN_STEPS = 3


def check(problem: Problem) -> dict[str, Any]:
    """Return the loss and all gradients of two steps, to be compared between engines."""
    numbers: list[float] = []
    for _ in range(2):
        loss = problem.forward()
        loss.backward()
        numbers += [loss.data, *(p.grad for p in problem.parameters)]
        problem.update()
    return {"numbers": numbers}


def time(problem: Problem, seconds: float, paused: bool) -> dict[str, float]:
    """Return the medians, in seconds, of the steps and of their parts.

    A step is forward, backward, update and the release of the graph. ``paused`` is with the cyclic
    collector off: it runs between the steps, outside the measurement.
    """
    problem.update()
    steps: list[tuple[float, float, float]] = []
    if paused:
        gc.disable()
    begin = perf_counter()
    while len(steps) <= MIN_STEPS or perf_counter() - begin < seconds:
        if paused:
            gc.collect()
        t0 = perf_counter()
        loss = problem.forward()
        t1 = perf_counter()
        loss.backward()
        t2 = perf_counter()
        problem.update()
        del loss
        t3 = perf_counter()
        steps.append((t1 - t0, t2 - t1, t3 - t0))
    forward, backward, step = zip(*steps[1:], strict=True)  # the first warms the caches
    return {
        "forward": statistics.median(forward),
        "backward": statistics.median(backward),
        "step": statistics.median(step),
    }


def memory(problem: Problem) -> dict[str, int]:
    """Return the bytes by which the process grows: for the graph, and at the peak of one step.

    Resident memory, as the operating system counts it. (tracemalloc would count every object, but
    takes quadratic time in a deep recursion.)
    """
    gc.collect()
    before = peak_resident_bytes()
    loss = problem.forward()
    graph = peak_resident_bytes() - before
    loss.backward()
    return {"graph": graph, "peak": peak_resident_bytes() - before}


def peak_resident_bytes() -> int:
    """Return the most memory that this process has had so far."""
    status = Path("/proc/self/status")  # getrusage counts the parent's memory in on Linux
    if status.exists():
        return int(status.read_text(encoding="utf-8").partition("VmHWM:")[2].split()[0]) * 1024
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def main() -> None:
    """Measure what the command line says."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("engine", choices=ENGINES)
    parser.add_argument("workload", choices=WORKLOADS)
    parser.add_argument("measure", choices=["check", "time", "time-paused", "memory"])
    parser.add_argument("--size", type=int, default=0)
    parser.add_argument("--seconds", type=float, default=1.0)
    arguments = parser.parse_args()
    problem = WORKLOADS[arguments.workload](ENGINES[arguments.engine].load(), arguments.size)
    if arguments.measure == "check":
        result: Any = check(problem)
    elif arguments.measure == "memory":
        result = memory(problem)
    else:
        result = time(problem, arguments.seconds, paused=arguments.measure == "time-paused")
    json.dump(result, sys.stdout)


if __name__ == "__main__":
    with_deep_stack(main)
