"""Showing how a training goes: a bar in a terminal, a line for each epoch elsewhere."""

from __future__ import annotations

import time
from types import TracebackType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nn.training import EpochRecord


SECONDS_BETWEEN_UPDATES = 0.05


class Progress:
    """Show epoch, loss, accuracy and time left on standard error.

    Args:
        epochs, batches: how many epochs there are at most, and batches in each.
        wanted: whether to show anything; None shows a bar if standard error is a terminal.
    """

    def __init__(self, epochs: int, batches: int, wanted: bool | None) -> None:
        self.epochs = epochs
        self.batches = batches
        self._wanted = wanted
        self._console: Any = None
        self._bar: Any = None
        self._task: Any = None
        self._done = 0  # batches
        self._next_update = 0.0

    def __enter__(self) -> Progress:
        if self._wanted is False:
            return self
        from rich import progress as rich_progress  # here, because it is slow to import
        from rich.console import Console

        self._console = Console(stderr=True, highlight=False)
        if not self._console.is_terminal:
            return self
        self._bar = rich_progress.Progress(
            rich_progress.TextColumn("{task.description}"),
            rich_progress.BarColumn(),
            rich_progress.TextColumn("{task.fields[result]}"),
            rich_progress.TimeRemainingColumn(),
            console=self._console,
        )
        self._task = self._bar.add_task(
            f"epoch 1/{self.epochs}", total=self.epochs * self.batches, result=""
        )
        self._bar.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._bar is not None:
            self._bar.stop()

    def say(self, notice: str) -> None:
        """Print a line, where progress is shown."""
        if self._bar is not None or (self._console is not None and self._wanted):
            console = self._console if self._bar is None else self._bar.console
            console.print(notice, markup=False, soft_wrap=True)

    def advance(self, epoch: int, loss: float, accuracy: float | None) -> None:
        """Count one batch."""
        if self._bar is None:
            return
        self._done += 1
        now = time.monotonic()
        if now >= self._next_update:  # a batch may be much quicker than the bar
            self._next_update = now + SECONDS_BETWEEN_UPDATES
            self._bar.update(
                self._task,
                completed=self._done,
                description=f"epoch {epoch}/{self.epochs}",
                result=_result(loss, accuracy),
            )

    def finish(self, record: EpochRecord) -> None:
        """Count one epoch: where there is no bar but progress is wanted, print a line."""
        if self._bar is None and self._wanted:
            left = record.seconds * (self.epochs - record.epoch)
            self._console.print(
                f"epoch {record.epoch}/{self.epochs}  {_result(record.loss, record.accuracy)}"
                f"{_validation(record)}  at most {left:.0f} s left",
                soft_wrap=True,  # one line is one epoch, however wide
            )
        elif self._bar is not None:
            self._bar.update(
                self._task,
                completed=self._done,
                description=f"epoch {record.epoch}/{self.epochs}",
                result=_result(record.loss, record.accuracy) + _validation(record),
            )


def _result(loss: float, accuracy: float | None) -> str:
    return f"loss {loss:.4g}" + ("" if accuracy is None else f"  accuracy {accuracy:.1%}")


def _validation(record: EpochRecord) -> str:
    if record.validation_loss is None:
        return ""
    return f"  validation {_result(record.validation_loss, record.validation_accuracy)}"
