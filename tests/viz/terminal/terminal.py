"""A program at a real terminal, driven as a person drives it: type, look, press Ctrl-C."""

import contextlib
import os
import re
import select
import struct
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.processes import PATIENCE, interruptible

pty = pytest.importorskip("pty")
fcntl = pytest.importorskip("fcntl")
termios = pytest.importorskip("termios")

ROOT = Path(__file__).parents[3]
PROMPT = r"\(\d+/\d+\) $"
ESCAPE = re.compile(r"\x1b\[[0-9;?]*[a-zA-Z]|\x1b[=>]|\r|\x07")
# Ctrl-C reaches only those whose controlling terminal it is.
TAKE_TERMINAL = "import fcntl, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0)"

UP, TAB, CTRL_C, CTRL_D = "\x1b[A", "\t", "\x03", "\x04"


class Terminal:
    """Python with these arguments; ``raw`` is all it wrote, escape sequences included."""

    def __init__(self, *arguments: str, folder: Path, **environment: str) -> None:
        self.raw = ""
        self.seen = 0
        self.screen, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 50, 150, 0, 0))
        inherited = {name: value for name, value in os.environ.items() if name != "NO_COLOR"}
        plain = {
            "TERM": "xterm-256color",
            "INPUTRC": os.devnull,
            "PYTHONPATH": os.pathsep.join([str(ROOT), *filter(None, sys.path)]),
            "PYTHONUTF8": "1",
            "LC_ALL": "C.UTF-8",
        }
        self.process = subprocess.Popen(
            interruptible(*arguments, first=TAKE_TERMINAL),
            stdin=slave,
            stdout=slave,
            stderr=slave,
            cwd=folder,
            env={**inherited, **plain, **environment},
            start_new_session=True,
        )
        os.close(slave)

    def type(self, keys: str) -> None:
        os.write(self.screen, keys.encode())

    def send(self, line: str, until: str = PROMPT) -> str:
        """Type a line, and return what comes until the next prompt."""
        self.type(f"{line}\n")
        self.expect("\n")  # the echo
        return self.expect(until)

    def interrupt(self) -> str:
        """Press Ctrl-C as a person does, who presses it again if nothing happens.

        Python heeds one that comes between two waits for a key when the next comes. On a busy
        machine both may be heard after all: a line that gets an answer shows that none is left.
        """
        presses, shown = self._repeat(lambda _: (CTRL_C, PROMPT))
        if presses > 1:
            self._repeat(lambda i: (f"line{i}\n", rf"'line{i}'.*\n(.*\n)*{PROMPT}"))
        return shown

    def _repeat(self, keys_and_answer: Callable[[int], tuple[str, str]]) -> tuple[int, str]:
        """Type keys until their answer comes; return how often that was, and what came."""
        for i in range(1, PATIENCE):
            keys, answer = keys_and_answer(i)
            self.type(keys)
            with contextlib.suppress(AssertionError):
                return i, self.expect(answer, patience=1)
        raise AssertionError(f"{keys!r} does nothing")

    def expect(self, until: str, patience: float = PATIENCE) -> str:
        """Wait for text that matches, and return what came since the last that did, up to it."""
        deadline = time.monotonic() + patience
        while not (match := re.search(until, self.text[self.seen :])):
            assert time.monotonic() < deadline, f"{until!r} is not in {self.text[self.seen :]!r}"
            assert self.read() or re.search(until, self.text[self.seen :]), self.text[self.seen :]
        found = self.text[self.seen : self.seen + match.end()]
        self.seen += match.end()
        return found

    @property
    def text(self) -> str:
        return ESCAPE.sub("", self.raw)

    def read(self) -> bool:
        """Read what is there, waiting a little; return False if no more will ever come."""
        if not select.select([self.screen], [], [], 0.1)[0]:
            return True
        try:
            some = os.read(self.screen, 65536)
        except OSError:  # what Linux says when the program is gone
            return False
        self.raw += some.decode(errors="replace")
        return bool(some)

    def wait(self) -> int:
        """Read to the end, and return the exit status."""
        deadline = time.monotonic() + PATIENCE
        while self.read():
            assert time.monotonic() < deadline, self.text[self.seen :]
        return self.process.wait(PATIENCE)

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        with contextlib.suppress(OSError):
            os.close(self.screen)
