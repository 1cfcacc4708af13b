"""A folder as a site, for tests that look at it in a browser."""

from __future__ import annotations

import contextlib
import functools
import http.server
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from tests.viz.page.browser import Browser

PATIENCE = 180  # seconds, for a machine that does much else


class _Handler(http.server.SimpleHTTPRequestHandler):
    """Serve files, silently."""

    extensions_map = {  # noqa: RUF012 - as there
        **http.server.SimpleHTTPRequestHandler.extensions_map,
        ".js": "text/javascript",
        ".mjs": "text/javascript",
        ".wasm": "application/wasm",
    }

    def log_message(self, *_: object) -> None:
        pass


@contextlib.contextmanager
def served(folder: Path) -> Iterator[str]:
    """Serve a folder on this machine, and yield the address of it."""
    handler = functools.partial(_Handler, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/"
        finally:
            server.shutdown()
            thread.join()


def wait(
    browser: Browser, condition: str, *arguments: object, seen: Callable[[], object] = lambda: ""
) -> Any:
    """Return what a script comes to as soon as that is true; ``seen`` is told if it never is."""
    end = time.monotonic() + PATIENCE
    while not (found := browser.run(condition, *arguments)):
        assert time.monotonic() < end, (condition, seen())
        time.sleep(0.05)
    return found
