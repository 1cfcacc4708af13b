"""Training beyond one process: each batch in shards, which the workers of an executor compute.

What travels to a worker is a program by itself, the parameters and the rows of a shard. The
workers need this package and NumPy, but neither the model nor the loss.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import BrokenExecutor, Executor, Future
from itertools import pairwise
from typing import Any

import numpy as np

from autograd.compiler import CompiledProgram
from nn.engines.base import Training
from nn.engines.compiled import Compiled
from nn.errors import ConfigurationError

FAILURES_IN_A_ROW = 8  # of shards, after which the executor is left alone


def run_shard(program: CompiledProgram, flat: Any, arrays: Sequence[Any]) -> tuple[float, Any]:
    """Return the mean loss of some rows, and its gradient as one vector."""
    value, gradient = program(flat, *arrays)
    return value, gradient.flat


class Sharded(Compiled):
    """Split each batch in shards, and add their gradients up in the order of the shards.

    So the result is the same each time, whichever worker is the first to be done, and that of one
    process to rounding. A shard that fails in a worker is computed here, which gives the same bits;
    an executor that is broken is no more asked, and the training goes on here.
    """

    name = "executor"

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

    def _gradient(self, arrays: Sequence[Any]) -> tuple[float, Any]:
        """Return the loss and gradient of the batch, as weighted sums over its shards."""
        assert self.step is not None
        n = len(arrays[0])
        edges = [n * i // self._shards for i in range(self._shards + 1)]
        bounds = [(a, b) for a, b in pairwise(edges) if a < b]
        parts = [[array[a:b] for array in arrays] for a, b in bounds]
        # A copy, for an executor of threads or one that sends later would see the next step's.
        flat = self.step.parameters.flat.copy()
        value, gradient = 0.0, np.zeros(len(flat))
        futures = [self._submit(flat, part) for part in parts]
        try:
            for (a, b), part, future in zip(bounds, parts, futures, strict=True):
                part_value, part_gradient = self._result(future, flat, part)
                value += part_value * ((b - a) / n)
                with np.errstate(all="ignore"):
                    gradient += part_gradient * ((b - a) / n)
        except BaseException:
            for future in futures:
                if future is not None:
                    future.cancel()
            raise
        return value, gradient

    def _submit(self, flat: Any, part: Sequence[Any]) -> Future[Any] | None:
        """Hand a shard to the executor; None if there is none any more."""
        if self._executor is None:
            return None
        assert self.step is not None
        try:
            return self._executor.submit(run_shard, self.step.program, flat, part)
        except Exception as error:  # it is broken, or was shut down
            self._leave(error)
            return None

    def _result(self, future: Future[Any] | None, flat: Any, part: Sequence[Any]) -> Any:
        if future is not None:
            try:
                result = future.result()
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
        assert self.step is not None
        return run_shard(self.step.program, flat, part)

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
