"""Other processes that tests start: how to interrupt one, and how long to wait for one."""

import sys

# Seconds until a process that hangs is given up. No test waits so long unless it fails.
PATIENCE = 600


def interruptible(*arguments: str, first: str = "") -> list[str]:
    """The command that runs Python with these arguments, where Ctrl-C is heard.

    A job in the background of a shell, of ``nohup`` or of CI inherits that SIGINT is ignored, and
    Python then leaves it at that. ``first`` is what else the process does before it becomes Python.
    """
    hear = "import os, signal, sys; signal.signal(signal.SIGINT, signal.SIG_DFL)"
    become = "os.execv(sys.executable, [sys.executable, *sys.argv[1:]])"
    return [sys.executable, "-c", "\n".join([hear, first, become]), *arguments]
