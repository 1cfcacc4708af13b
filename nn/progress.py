"""Showing how a training goes: a bar in a terminal, one line in a notebook, many in a log."""

from __future__ import annotations

import sys
import time
from importlib import import_module
from types import TracebackType
from typing import TYPE_CHECKING, Any

from autograd.explanations.encodings import encodable
from autograd.text import short_number

if TYPE_CHECKING:
    from nn.training import EpochRecord


class Progress:
    """Show epoch, loss, accuracy and time left on standard error.

    In a terminal that is a bar, and in a notebook a line that changes. Elsewhere, as in a log, it
    is a line for each epoch.

    Args:
        epochs, batches: how many epochs there are at most, and batches in each.
        wanted: whether to show anything; None shows it in a terminal and in a notebook only.
    """

    def __init__(self, epochs: int, batches: int, wanted: bool | None) -> None:
        self.epochs = epochs
        self.batches = batches
        self._wanted = wanted
        self._screen: _Bar | _Notebook | _Lines | None = None
        self._done = 0  # batches
        self._validation = ""  # of the epoch before
        self._started = 0.0
        self._next_update = 0.0

    def __enter__(self) -> Progress:
        if self._wanted is False:
            return self
        self._screen = _screen(self.epochs * self.batches, self._wanted)
        if self._screen is not None:
            self._screen.open()
        self._started = time.monotonic()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close(is_complete=error is None)

    def close(self, is_complete: bool = False) -> None:
        """Show nothing any more. Again and again does no harm."""
        if self._screen is not None:
            self._screen.close(is_complete)
            self._screen = None

    def say(self, notice: str) -> None:
        """Print a line, where progress is shown."""
        if self._screen is not None:
            self._screen.say(notice)

    def advance(self, epoch: int, loss: float, accuracy: float | None) -> None:
        """Count one batch."""
        self._done += 1
        if self._screen is None or not self._screen.changes:
            return
        now = time.monotonic()
        if now >= self._next_update:  # a batch may be much quicker than the screen
            self._next_update = now + self._screen.seconds_between_updates
            self._show(epoch, _result(loss, accuracy) + self._validation)

    def finish(self, record: EpochRecord) -> None:
        """Count one epoch."""
        if self._screen is None:
            return
        self._validation = _validation(record)
        result = _result(record.loss, record.accuracy) + self._validation
        if self._screen.changes:
            self._show(record.epoch, result)
        else:
            left = record.seconds * (self.epochs - record.epoch)
            self._screen.say(
                f"epoch {record.epoch}/{self.epochs}  {result}  at most {left:.0f} s left"
            )

    def _show(self, epoch: int, result: str) -> None:
        assert self._screen is not None
        total = self.epochs * self.batches
        left = (time.monotonic() - self._started) / self._done * (total - self._done)
        self._screen.show(self._done, f"epoch {epoch}/{self.epochs}", result, left)


def _screen(batches: int, wanted: bool | None) -> _Bar | _Notebook | _Lines | None:
    """Return what shows progress best here, if anything is to."""
    try:
        from rich.console import Console  # here, because it is slow to import
    except ImportError:  # as in a browser
        return _Lines() if wanted or (wanted is None and sys.stderr.isatty()) else None
    console = Console(stderr=True, highlight=False)
    if console.is_jupyter:
        return _Notebook()
    if console.is_terminal and not console.is_dumb_terminal:
        return _Bar(console, batches)
    return _Lines() if wanted else None


class _Lines:
    """Lines on standard error, none of which changes."""

    changes = False
    seconds_between_updates = 0.0

    def open(self) -> None:
        pass

    def say(self, notice: str) -> None:
        print(encodable(notice, sys.stderr.encoding), file=sys.stderr)

    def show(self, done: int, epoch: str, result: str, left: float) -> None:
        raise NotImplementedError

    def close(self, is_complete: bool) -> None:
        pass


class _Bar(_Lines):
    """A bar at the bottom of a terminal, and the numbers below, however narrow it is."""

    changes = True
    seconds_between_updates = 0.05

    def __init__(self, console: Any, total: int) -> None:
        from rich.console import Group
        from rich.live import Live
        from rich.progress import BarColumn, TextColumn, TimeRemainingColumn
        from rich.progress import Progress as RichProgress
        from rich.text import Text

        self.console = console
        self._bar = RichProgress(
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            TimeRemainingColumn(),
            TextColumn("left", markup=False),
            console=console,
        )
        self._task = self._bar.add_task("", total=total)
        self._result = Text()
        self._live = Live(Group(self._bar, self._result), console=console, refresh_per_second=10)
        self._streams = sys.stdout, sys.stderr

    def open(self) -> None:
        self._live.start()

    def say(self, notice: str) -> None:
        self.console.print(notice, markup=False, soft_wrap=True)  # one line, however wide

    def show(self, done: int, epoch: str, result: str, left: float) -> None:
        self._bar.update(self._task, completed=done, description=epoch)
        self._result.plain = result

    def close(self, is_complete: bool) -> None:
        if is_complete:  # it may have been good enough before the last epoch
            self._bar.update(self._task, total=self._bar.tasks[0].completed)
        try:
            self._live.stop()
        except IndexError:  # it was interrupted while it started, and takes off what it has not put
            pass
        finally:  # what it has not done if it was interrupted once
            sys.stdout, sys.stderr = self._streams
            self.console.show_cursor(True)


class _Notebook(_Lines):
    """A line of the cell's output that changes; it needs no widgets."""

    changes = True
    seconds_between_updates = 0.2

    def __init__(self) -> None:
        self._text = ""
        # IPython is no dependency of nn, but here it is running.
        display = import_module("IPython.display").display
        self._handle: Any = display(self._bundle(), raw=True, display_id=True)

    def _bundle(self, left: str = "") -> dict[str, str]:
        return {"text/plain": self._text + left}

    def say(self, notice: str) -> None:
        print(notice, file=sys.stderr)

    def show(self, done: int, epoch: str, result: str, left: float) -> None:
        self._text = f"{epoch}  {result}"
        self._handle.update(self._bundle(f"  {_duration(left)} left"), raw=True)

    def close(self, is_complete: bool) -> None:
        self._handle.update(self._bundle(), raw=True)


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes // 60}:{minutes % 60:02d}:{rest:02d}"


def _result(loss: float, accuracy: float | None) -> str:
    return f"loss {short_number(loss)}" + ("" if accuracy is None else f"  accuracy {accuracy:.1%}")


def _validation(record: EpochRecord) -> str:
    if record.validation_loss is None:
        return ""
    return f"  validation {_result(record.validation_loss, record.validation_accuracy)}"
