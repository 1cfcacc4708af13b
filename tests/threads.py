"""Running tests in several threads at once."""

from __future__ import annotations

import threading
from collections.abc import Callable


def in_threads(*functions: Callable[[], None]) -> None:
    """Run each in a thread of its own, and raise what any of them raised."""
    failures: list[BaseException] = []

    def guarded(function: Callable[[], None]) -> None:
        try:
            function()
        except BaseException as failure:
            failures.append(failure)

    threads = [threading.Thread(target=guarded, args=[function]) for function in functions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]
