"""The command line: ``chainrule demo``, ``draw``, ``step``, ``stepper``, ``paths`` and others.

The commands are in :mod:`chainrule.commands`, which needs our packages. ``doctor`` needs nothing
but the standard library, and says what is wrong with them.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Sequence

from chainrule import doctor, installation
from chainrule.statuses import FAILURE, INTERRUPTED


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command and return its exit status: 0 done, 1 failed, 2 misused, 130 interrupted.

    Mistakes of users become one line on standard error.

    >>> main(["draw"])
    2
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # until commands.run knows of better
    words = sys.argv[1:] if argv is None else list(argv)
    try:
        problem = installation.first_problem(*installation.PACKAGES)
        if problem is None:
            from chainrule import commands  # not above, where a foreign package would break it

            return commands.run(words)
        if words == ["doctor"]:
            return doctor.run()
    except KeyboardInterrupt:
        print("chainrule: interrupted", file=sys.stderr)
        return INTERRUPTED
    print(f"chainrule: error: {problem}", file=sys.stderr)
    return FAILURE
