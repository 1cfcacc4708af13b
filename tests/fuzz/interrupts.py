"""Interrupt work at every line, at every instruction, and at random moments; nothing may break.

``python -m tests.fuzz.interrupts 10000`` makes so many at random moments, and more at lines and
instructions, and says what they left behind. What must hold is said in terms of public behaviour
alone: while the interrupt is being handled, and afterwards, the process is as healthy as before,
and what was changed has been changed as a whole or not at all.
"""

from __future__ import annotations

import argparse
import gc
import io
import os
import random
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from types import FrameType
from typing import Any

import autograd
import nn
from autograd import Value
from autograd.changes import restoring

ROOT = Path(__file__).parents[2]
OURS = tuple(str(ROOT / package) for package in ("autograd", "nn", "tests"))


@dataclass(frozen=True)
class Case:
    """Work to be interrupted, and what must hold of the state that it works on."""

    name: str
    prepare: Callable[[], Any]
    work: Callable[[Any], object]
    # What can be seen of the state: equal to what it was before, or to what the work leads to.
    seen: Callable[[Any], object] = lambda state: None
    steps: Callable[[Any], Iterator[object]] | None = None  # what else it may be on the way

    def outcomes(self) -> list[object]:
        """Everything that may be seen of the state after an interrupt."""
        before, after = self.prepare(), self.prepare()
        self.work(after)
        found = [self.seen(before), self.seen(after)]
        if self.steps is not None:
            found += self.steps(self.prepare())
        return found


def ailments() -> list[str]:
    """What is wrong with this process, as its user would notice it."""
    found = []
    x = Value(3.0)
    y = x * x
    if y.parents != (x, x):
        found.append("no graph is recorded")
    if y.origin is not None:
        found.append("origins are recorded")
    try:
        y.backward()
        (1 / Value(0.0)).backward()
    except autograd.AnomalyError:
        found.append("anomalies are errors")
    if x.grad != 6.0:
        found.append(f"a gradient is {x.grad}")
    if not gc.isenabled():
        found.append("the collector is off")
    try:
        looked = (x.data, bool(x), x > 2, x == 3.0, x.detach().op)
    except autograd.TracingError:
        found.append("a loss is being recorded")
    else:
        if looked != (3.0, True, True, False, ""):
            found.append(f"a look at a Value gives {looked}")
    try:
        if type(autograd.grad(lambda v: v * v)(3.0)) is not float:
            found.append("a function is being differentiated")
    except autograd.AutogradError as error:
        found.append(f"grad says: {error}")
    return found


def streams() -> tuple[object, ...]:
    """What a bar redirects."""
    return sys.stdout, sys.stderr


# Ways to interrupt.


class Interrupter:
    """Raise KeyboardInterrupt when so many lines (or instructions) of ours have begun."""

    def __init__(self, moment: int, each: str = "line") -> None:
        self.left = moment
        self.each = each

    def __call__(self, frame: FrameType, event: str, argument: object) -> Any:
        if not frame.f_code.co_filename.startswith(OURS):
            return None
        frame.f_trace_opcodes = self.each == "opcode"
        if event == self.each:
            self.left -= 1
            if self.left == 0:
                sys.settrace(None)
                raise KeyboardInterrupt
        return self


def at_moment(case: Case, state: Any, moment: int, each: str) -> bool:
    """Run the work, interrupted at that moment; return whether it was, before it had ended."""
    interrupter = Interrupter(moment, each)
    traced = sys.gettrace()
    sys.settrace(interrupter)
    try:
        case.work(state)
    finally:
        sys.settrace(traced)
    return interrupter.left <= 0


def at_random_time(case: Case, state: Any, seconds: float) -> bool:
    """Run the work again and again until a signal interrupts it."""
    fired = []

    def interrupt(number: int, frame: FrameType | None) -> None:
        fired.append(number)
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGALRM, interrupt)
    try:
        signal.setitimer(signal.ITIMER_REAL, seconds)
        case.work(state)
        return bool(fired)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


@dataclass
class Report:
    """How many interrupts there were, and what they left."""

    interrupts: int = 0
    left: Counter[str] = field(default_factory=Counter)


def interrupt(
    case: Case, outcomes: list[object], report: Report, run: Callable[[Case, Any], bool]
) -> bool:
    """Interrupt the work on a new state once; return whether the interrupt came in time."""
    state = case.prepare()
    before = streams()
    was_interrupted = True
    try:
        # A training that is interrupted returns, as it has said it would.
        was_interrupted = run(case, state)
    except KeyboardInterrupt as error:
        kept = error  # with its traceback, as an interactive session keeps it
        found = ailments()
        del kept
    else:
        found = ailments()
    if streams() != before:
        found.append("standard streams are redirected")
    report.interrupts += was_interrupted
    if (seen := case.seen(state)) not in outcomes:
        found.append(f"half of a change: {seen!r:.300}")
    for ailment in found:
        report.left[f"{case.name}: {ailment}"] += 1
    return was_interrupted


def at_every_moment(case: Case, report: Report, each: str = "line", stride: int = 1) -> None:
    """Interrupt at each line that is reached, one after the other."""
    outcomes = case.outcomes()
    moment = 1
    while interrupt(case, outcomes, report, partial(at_moment, moment=moment, each=each)):
        moment += stride


def at_random_times(case: Case, report: Report, interrupts: int, generator: random.Random) -> None:
    """Interrupt at so many random moments of the time that the work takes."""
    outcomes = case.outcomes()
    state = case.prepare()
    started = time.perf_counter()
    case.work(state)
    duration = max(time.perf_counter() - started, 2e-5)
    wanted = report.interrupts + interrupts
    for _ in range(interrupts * 20):
        if report.interrupts >= wanted:
            return
        seconds = generator.uniform(1e-6, duration)
        interrupt(case, outcomes, report, partial(at_random_time, seconds=seconds))


# The work.


def _computes(x: Value) -> None:
    for _ in range(2):
        (x * x + 1).tanh()


def _within(block: Callable[[], Any]) -> Callable[[Value], None]:
    def work(x: Value) -> None:
        for _ in range(3):
            with block():
                _computes(x)

    return work


def _nested(x: Value) -> None:
    with autograd.pause_gc(), autograd.no_grad(), autograd.record_origins():
        with autograd.detect_anomaly(), autograd.no_grad():
            _computes(x)
        (x * 2).backward()


def _by_name(x: Value) -> None:
    block, paused = autograd.no_grad(), autograd.pause_gc()
    for _ in range(2):
        with block, paused:
            _computes(x)
            with block:
                _computes(x)


@autograd.no_grad()
def _decorated(x: Value) -> None:
    _computes(x)


@autograd.record_origins()
def _generates(x: Value) -> Iterator[Value]:
    for _ in range(3):
        yield x * x


def _iterates(x: Value) -> None:
    for y in _generates(x):
        y.backward()


def _with_breakpoint(x: Value) -> None:
    with autograd.breakpoint_on(when=lambda step: False):
        (x * x).backward()


def _records(x: Value) -> None:
    step = autograd.compile(lambda a: (x * a - 1) ** 2, batch="a")
    step([1.0, 2.0])


def _differentiates(x: Value) -> None:
    autograd.grad(autograd.grad(lambda v: v * v * x))(2.0)
    autograd.hessian(lambda v: v[0] * v[1])([1.0, 2.0])


def _graph() -> list[Value]:
    x, y = Value(2.0), Value(3.0)
    x.grad, y.grad = 5.0, 7.0
    return [x, y, x * y + x]


def _asks_for_gradients(nodes: list[Value]) -> None:
    *inputs, loss = nodes
    autograd.gradients(loss, inputs)
    autograd.gradients(loss, inputs, create_graph=True)


def _checks(nodes: list[Value]) -> None:
    autograd.gradcheck(lambda x, y: autograd.sqrt(x * y) + abs(x), nodes[:2])


def _numbers(nodes: list[Value]) -> list[tuple[float, float]]:
    return [(node.data, node.grad) for node in nodes]


@dataclass
class _Learner:
    model: nn.MLP
    optimiser: nn.Optimiser

    def numbers(self) -> list[float]:
        return [parameter.data for parameter in self.model.parameters()]


def _learner(kind: str) -> _Learner:
    model = nn.MLP(2, [3, 1], activation="tanh", seed=1)
    if kind == "adam":
        learner = _Learner(model, nn.Adam(model.parameters(), 0.1, weight_decay=0.01))
    else:
        learner = _Learner(model, nn.SGD(model.parameters(), 0.1, momentum=0.9))
    for _ in range(2):
        learner.optimiser.zero_grad()
        model([1.0, -1.0]).backward()
        learner.optimiser.step()
    return learner


XOR = [[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 0]


EPOCHS = 2


def _fits(learner: _Learner, engine: str, progress: bool = False) -> None:
    nn.fit(
        learner.model, *XOR, loss="binary_cross_entropy", optimiser=learner.optimiser,
        epochs=EPOCHS, batch_size=2, progress=progress, engine=engine,
    )  # fmt: skip


def _fits_with_a_bar(learner: _Learner) -> None:
    stream, before = sys.stderr, {**os.environ}

    def work() -> None:
        sys.stderr = io.StringIO()
        os.environ["FORCE_COLOR"] = "1"  # which makes rich take it for a terminal
        _fits(learner, "eager", progress=True)

    def restore() -> None:
        sys.stderr = stream
        os.environ.pop("FORCE_COLOR", None)
        os.environ.update(before)

    restoring(restore, work)


def _on_the_way(learner: _Learner) -> Iterator[object]:
    """What may be seen of a training: the best parameters, and the memory of the last step."""
    order = list(range(4))
    generator = random.Random(0)
    best, memories = [learner.numbers()], [learner.optimiser.state_dict()]
    for _ in range(EPOCHS):
        generator.shuffle(order)
        for start in (0, 2):
            learner.optimiser.zero_grad()
            for i in order[start : start + 2]:
                output = learner.model(XOR[0][i])
                (nn.binary_cross_entropy(output, XOR[1][i]) / 2).backward()
            learner.optimiser.step()
            memories.append(learner.optimiser.state_dict())
            best.append(learner.numbers())
    return (_rounded((numbers, memory)) for numbers in best for memory in memories)


def _rounded(state: Any) -> Any:
    """The compiled engine agrees with the eager one to rounding."""
    if isinstance(state, float):
        return float(f"{state:.9g}")
    if isinstance(state, dict):
        return {name: _rounded(part) for name, part in state.items()}
    if isinstance(state, (list, tuple)):
        return [_rounded(part) for part in state]
    return state


def _loads(learner: _Learner) -> None:
    learner.model.load_state_dict(dict.fromkeys(learner.model.state_dict(), 2.0))


def _loads_optimiser(learner: _Learner) -> None:
    state = learner.optimiser.state_dict()
    state["velocities"] = [1.0] * len(state["velocities"])
    learner.optimiser.load_state_dict({**state, "steps": 9})


def _x() -> Value:
    return Value(2.0)


def _seen(learner: _Learner) -> object:
    return _rounded((learner.numbers(), learner.optimiser.state_dict()))


CONTEXTS = [
    Case("no_grad", _x, _within(autograd.no_grad)),
    Case("record_origins", _x, _within(autograd.record_origins)),
    Case("detect_anomaly", _x, _within(autograd.detect_anomaly)),
    Case("pause_gc", _x, _within(autograd.pause_gc)),
    Case("nested blocks", _x, _nested),
    Case("blocks with a name", _x, _by_name),
    Case("a decorated function", _x, _decorated),
    Case("a decorated generator", _x, _iterates),
    Case("breakpoint_on", _x, _with_breakpoint),
    Case("a step that is recorded", _x, _records),
    Case("grad and hessian", _x, _differentiates),
]
CHANGES = [
    Case("gradients", _graph, _asks_for_gradients, _numbers),
    Case("gradcheck", _graph, _checks, _numbers),
    Case("SGD.step", lambda: _learner("sgd"), lambda o: o.optimiser.step(), _seen),
    Case("Adam.step", lambda: _learner("adam"), lambda o: o.optimiser.step(), _seen),
    Case("Module.load_state_dict", lambda: _learner("sgd"), _loads, _seen),
    Case("Optimiser.load_state_dict", lambda: _learner("sgd"), _loads_optimiser, _seen),
]
TRAININGS = [
    Case(
        f"fit, {engine}, {kind}",
        partial(_learner, kind),
        partial(_fits, engine=engine),
        _seen,
        _on_the_way,
    )
    for engine in ("eager", "compiled")
    for kind in ("sgd", "adam")
]
TRAININGS.append(
    Case("fit with a bar", partial(_learner, "sgd"), _fits_with_a_bar, _seen, _on_the_way)
)
CASES = [*CONTEXTS, *CHANGES, *TRAININGS]


KINDS = ("lines", "instructions", "moments")


def run(report: Report, arguments: argparse.Namespace) -> None:
    """Interrupt each case at every line and instruction, and at so many random moments in all."""
    generator = random.Random(arguments.seed)
    kinds = [arguments.only] if arguments.only else KINDS
    for case in CASES:
        stride = arguments.stride * (29 if case in TRAININGS else 1)
        counts = []
        for kind in kinds:
            before = report.interrupts
            if kind == "lines":
                at_every_moment(case, report, "line", stride)
            elif kind == "instructions" and case in CONTEXTS:
                at_every_moment(case, report, "opcode", stride * 3)
            elif kind == "moments":
                at_random_times(case, report, arguments.interrupts // len(CASES) + 1, generator)
            counts.append(f"{report.interrupts - before} {kind}")
        print(f"{case.name}: interrupted at {', '.join(counts)}", flush=True)


def main() -> int:
    """Interrupt everything, and say what was left."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("interrupts", type=int, nargs="?", default=10_000, help="random moments")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", choices=KINDS)
    parser.add_argument("--stride", type=int, default=1, help="every so many lines, instructions")
    report = Report()
    run(report, parser.parse_args())
    for what, times in report.left.most_common():
        print(f"left {times} times: {what}")
    print(f"{report.interrupts} interrupts; {report.left.total()} of them left something")
    return 1 if report.left else 0


if __name__ == "__main__":
    raise SystemExit(main())
