"""Training beyond one process: each batch in shards, which the workers of an executor compute.

What travels to a worker is a program by itself and all examples, once, and then with each step the
parameters and which rows a shard has. An executor does not say which worker it asks, so a worker
that doesn't know the examples yet says so, and they are sent with the shard. The workers need this
package and NumPy, but neither the model nor the loss.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import BrokenExecutor, Executor, Future
from functools import partial
from itertools import pairwise
from threading import Lock
from typing import Any, NamedTuple
from uuid import uuid4
from weakref import finalize

import numpy as np

from autograd.compiler.portable import CompiledProgram
from nn.engines.base import Training
from nn.engines.compiled import Compiled
from nn.engines.programs import MEASURED_AT_ONCE, Learned, Rows, learned
from nn.errors import ConfigurationError

FAILURES_IN_A_ROW = 8  # of shards, after which the executor is left alone


class Work(NamedTuple):
    """What all shards of a training have in common."""

    program: CompiledProgram
    data: Rows

    def run(self, flat: Any, chosen: Any) -> Learned:
        """Return the mean loss of some rows, its gradient as one vector, and the right answers."""
        return learned(partial(self.program, flat), self.data.rows(chosen))


# In a worker: the work that it has been sent, of the latest trainings.
_known: dict[str, Work] = {}
_lock = Lock()
KNOWN_AT_ONCE = 4


def run_shard(key: str, flat: Any, chosen: Any, work: Work | None = None) -> Learned | None:
    """Run a shard of the work of this key, in a worker; None if it has to be sent along."""
    with _lock:
        if work is not None:
            _known[key] = work
            while len(_known) > KNOWN_AT_ONCE:
                del _known[next(iter(_known))]
        known = _known.get(key)
    return None if known is None else known.run(flat, chosen)


class Sharded(Compiled):
    """Split each batch in shards, and add their gradients up in the order of the shards.

    So the result is the same each time, whichever worker is the first to be done, and that of one
    process to rounding. A shard that fails in a worker is computed here, which gives the same bits;
    an executor that is broken is no more asked, and the training goes on here.
    """

    name = "executor"
    _measured_at_once = 16 * MEASURED_AT_ONCE  # of all workers; for fewer it pays less to ask them

    def __init__(
        self,
        training: Training,
        executor: Executor,
        shards: int | None,
        notify: Callable[[str], None],
    ) -> None:
        if not callable(getattr(executor, "submit", None)):
            raise ConfigurationError(
                "an executor has a method submit, as those of concurrent.futures have; "
                f"{executor!r} has none. With Dask it is client.get_executor()"
            )
        if shards is None:
            shards = _workers(executor)
        if not isinstance(shards, int) or isinstance(shards, bool) or shards < 1:
            raise ConfigurationError(f"shards must be a positive whole number, not {shards!r}")
        super().__init__(training)
        self._executor: Executor | None = executor
        self._shards = shards
        self._notify = notify
        self._failures = 0  # in a row

    def _compile(self) -> None:
        super()._compile()
        assert self.step is not None
        self._work = Work(self.step.program, self._data)
        self._key = uuid4().hex
        # Where the workers are threads, the work is forgotten here with the training.
        finalize(self, _known.pop, self._key, None)

    def _gradient(self, chosen: Sequence[int]) -> Learned:
        """Return the loss and gradient of the batch, as weighted sums over its shards."""
        assert self.step is not None
        n = len(chosen)
        edges = [n * i // self._shards for i in range(self._shards + 1)]
        parts = [np.array(chosen[a:b]) for a, b in pairwise(edges) if a < b]
        # A copy, for an executor of threads or one that sends later would see the next step's.
        flat = self.step.parameters.flat.copy()
        value, gradient, correct = 0.0, np.zeros(len(self._wanted)), None
        futures = [self._submit(flat, part) for part in parts]
        try:
            for i, part in enumerate(parts):
                # The worker that was asked may have been told since, with another shard.
                for work in (), (self._work,):
                    if self._is_unknown(futures[i]):
                        futures[i] = self._submit(flat, part, *work)
            for part, future in zip(parts, futures, strict=True):
                part_value, part_gradient, part_correct = self._result(future, flat, part)
                value += part_value * (len(part) / n)
                with np.errstate(all="ignore"):
                    gradient += part_gradient * (len(part) / n)
                if part_correct is not None:
                    correct = (correct or 0) + part_correct
        except BaseException:
            for future in futures:
                if future is not None:
                    future.cancel()
            raise
        return value, gradient, correct

    def _measured(self, chosen: Sequence[int]) -> Learned:
        """Let the workers measure the examples that they have; others are measured here."""
        is_known = self._held_out is self._data
        return self._gradient(chosen) if is_known else super()._measured(chosen)

    def _submit(self, flat: Any, part: Any, *work: Work) -> Future[Any] | None:
        """Hand a shard to the executor; None if there is none any more."""
        if self._executor is None:
            return None
        try:
            return self._executor.submit(run_shard, self._key, flat, part, *work)
        except Exception as error:  # it is broken, or was shut down
            self._leave(error)
            return None

    @staticmethod
    def _is_unknown(future: Future[Any] | None) -> bool:
        """Say whether a worker had no work to run a shard of."""
        try:
            return future is not None and future.result() is None
        except Exception:  # it failed, which shows when it is asked for the result
            return False

    def _result(self, future: Future[Any] | None, flat: Any, part: Any) -> Learned:
        if future is not None:
            try:
                result: Learned = future.result()
                self._failures = 0
                return result
            except Exception as error:  # of any kind: it is computed here, where it shows
                self._failures += 1
                if isinstance(error, BrokenExecutor) or self._failures >= FAILURES_IN_A_ROW:
                    self._leave(error)
                elif self._failures == 1:
                    self._notify(
                        f"a shard failed in a worker and was computed here: {_line(error)}"
                    )
        return self._work.run(flat, part)

    def _leave(self, error: Exception) -> None:
        if self._executor is not None:
            self._executor = None
            self._notify(f"the executor failed, so the training goes on here: {_line(error)}")


def _line(error: Exception) -> str:
    text = str(error).strip()
    return f"{type(error).__name__}: {text.splitlines()[0]}" if text else type(error).__name__


def _workers(executor: Any) -> int:
    """Return how many workers an executor says it has; 2 if it doesn't."""
    workers = getattr(executor, "_max_workers", None)
    client: Any = getattr(executor, "_client", None)
    if workers is None and hasattr(client, "nthreads"):  # Dask
        workers = len(client.nthreads())
    return workers if isinstance(workers, int) and workers > 0 else 2
