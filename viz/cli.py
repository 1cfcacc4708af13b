"""The command line: ``chainrule demo``, ``chainrule draw`` and ``chainrule doctor``.

A command is a function from its arguments to an exit status, and an entry in :func:`_parser`.
"""

from __future__ import annotations

import argparse
import pathlib
import sys
from collections.abc import Sequence
from importlib import metadata

import autograd
from viz import doctor
from viz.draw import save
from viz.errors import OptionError, VizError
from viz.script import find_focus, find_value, run_file

OK, FAILURE, USAGE, INTERRUPTED = 0, 1, 2, 130


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command and return its exit status: 0 done, 1 failed, 2 misused, 130 interrupted.

    Mistakes of users become one line on standard error.

    >>> main(["draw"])
    2
    """
    try:
        arguments = _parser().parse_args(argv)
    except SystemExit as stop:  # argparse leaves so after --help and after mistakes
        return int(stop.code or OK)
    try:
        if arguments.run is not _doctor:  # which tells what is wrong with them
            doctor.require_ours()
        status: int = arguments.run(arguments)
    except KeyboardInterrupt:
        print("chainrule: interrupted", file=sys.stderr)
        return INTERRUPTED
    except (VizError, OSError) as error:
        return _fail(error)
    except autograd.AutogradError as error:  # apart, for a foreign autograd has no such name
        return _fail(error)
    return status


def _fail(error: Exception) -> int:
    print(f"chainrule: error: {' '.join(str(error).split())}", file=sys.stderr)
    return USAGE if isinstance(error, OptionError) else FAILURE


def _demo(arguments: argparse.Namespace) -> int:
    from viz.demo import run

    run(arguments.output)
    return OK


def _draw(arguments: argparse.Namespace) -> int:
    path, name = arguments.target
    names = run_file(path)
    root = find_value(names, name, path)
    focus = find_focus(names, arguments.focus, root) if arguments.focus is not None else None
    written = save(
        root, arguments.output, max_nodes=arguments.max_nodes, depth=arguments.depth, focus=focus
    )
    print(f"wrote {written}")
    return OK


def _doctor(arguments: argparse.Namespace) -> int:
    findings = doctor.examine()
    for finding in findings:
        mark = "BROKEN" if finding.is_broken else "warning" if finding.remedy else "ok"
        print(f"{mark:8}{finding.subject}: {finding.state}")
        if finding.remedy:
            print(f"{'':8}to mend it: {finding.remedy}")
    return FAILURE if any(finding.is_broken for finding in findings) else OK


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="chainrule", description="See the chain rule at work: pictures of backpropagation."
    )
    parser.add_argument("--version", action="version", version=f"chainrule {_version()}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)

    demo = commands.add_parser("demo", help="a worked network, drawn, and one that learns digits")
    demo.set_defaults(run=_demo)
    demo.add_argument(
        "-o",
        "--output",
        metavar="DIR",
        type=pathlib.Path,
        default=pathlib.Path("demo"),
        help="the folder for the pictures (default: demo)",
    )

    draw = commands.add_parser(
        "draw",
        help="draw the graph behind a value of a Python file",
        description="Run FILE.py as an import would (what is under if __name__ == '__main__' does "
        "not run) and draw the graph behind its global value NAME.",
    )
    draw.set_defaults(run=_draw)
    draw.add_argument(
        "target", metavar="FILE.py:NAME", type=_target, help="the file, and a value in it"
    )
    draw.add_argument(
        "-o",
        "--output",
        metavar="PATH",
        type=pathlib.Path,
        default=pathlib.Path("graph.svg"),
        help="the picture; its suffix says the format (default: graph.svg)",
    )
    draw.add_argument(
        "--depth",
        metavar="EDGES",
        type=int,
        help="draw only what is so many edges away from the value, or from the focus",
    )
    draw.add_argument(
        "--focus",
        metavar="NAME",
        help="draw the surroundings of this value of the file, or of the node with this label; "
        "one edge each way unless --depth says more",
    )
    draw.add_argument(
        "--max-nodes",
        metavar="COUNT",
        type=int,
        default=1000,
        help="the most nodes to draw (default: 1000)",
    )

    check = commands.add_parser("doctor", help="see what works here, and how to mend the rest")
    check.set_defaults(run=_doctor)
    return parser


def _target(text: str) -> tuple[pathlib.Path, str]:
    path, colon, name = text.rpartition(":")
    if not colon or not path or not name.isidentifier():
        raise argparse.ArgumentTypeError(
            f"{text!r} must be a file and the name of a value in it, as in net.py:loss"
        )
    return pathlib.Path(path), name


def _version() -> str:
    try:
        return metadata.version("chainrule")
    except metadata.PackageNotFoundError:
        return "(not installed)"
