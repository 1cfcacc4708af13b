"""The commands of the command line that need the packages: ``demo``, ``draw``, ``step`` and others.

A command is a function from its arguments to an exit status, and an entry in :func:`_parser`.
"""

from __future__ import annotations

import argparse
import contextlib
import errno
import json
import os
import pathlib
import random
import sys
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NoReturn, get_args

import autograd
from autograd.explanations.encodings import ASCII_FORM, adapt_output, encodable
from autograd.explanations.explanation import Form
from autograd.files import write_atomically
from autograd.text import printable
from chainrule import doctor, exercises, grading
from chainrule.script import load, run_file
from chainrule.statuses import FAILURE, OK, USAGE
from viz.errors import FormatError, NoScriptError, OptionError, ScriptError, said_by
from viz.formats.drawing import TEXTS, draw, save
from viz.options import DEFAULTS, Collapse, Constants, Direction, Repeats, Theme
from viz.page.page import stepper
from viz.picture.names import NodeNames

MISUSE = (OptionError, FormatError, NoScriptError)
TROUBLE = 2  # of check, as of diff and cmp: 1 is a finding, not a failure
STANDARD_OUTPUT = pathlib.Path("-")
# The options of draw that are passed on as they are, and those that name a node.
_DRAW_OPTIONS = (
    "max_nodes", "depth", "max_paths", "constants", "expand", "repeats", "direction", "theme",
)  # fmt: skip
_DRAW_NODES = ("focus", "paths_to", "reached_from")


def run(argv: Sequence[str]) -> int:
    """Run a command and return its exit status: see :func:`chainrule.cli.main`.

    >>> run(["draw"])
    2
    """
    adapt_output()
    try:
        arguments = _parser().parse_args(argv)
    except SystemExit as stop:  # argparse leaves so after --help and after mistakes
        return int(stop.code or OK)
    try:
        status: int = arguments.run(arguments)
        sys.stdout.flush()
    except (autograd.AutogradError, OSError) as error:
        if _is_closed_pipe(error):  # as in chainrule paths … | head; what is left must go somewhere
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return FAILURE
        return _fail(error, arguments.failure)
    return status


def _is_closed_pipe(error: Exception) -> bool:
    """Return whether who reads our output has gone: Windows then says Invalid argument."""
    if sys.platform == "win32" and isinstance(error, OSError) and error.filename is None:
        return error.errno in (errno.EINVAL, errno.EPIPE)
    return isinstance(error, BrokenPipeError)


def _fail(error: Exception, status: int) -> int:
    message = printable(" ".join(said_by(error).split()))
    print(f"chainrule: error: {message}", file=sys.stderr)
    return USAGE if isinstance(error, MISUSE) else status


def _demo(arguments: argparse.Namespace) -> int:
    from chainrule.demo import run as run_demo

    if arguments.output.exists() and not arguments.output.is_dir():
        raise OptionError(f"the output must be a folder, and {str(arguments.output)!r} is a file")
    run_demo(arguments.output)
    return OK


def _draw(arguments: argparse.Namespace) -> int:
    output, file_format = arguments.output, arguments.format
    if output is None:
        is_text = file_format in TEXTS
        output = STANDARD_OUTPUT if is_text else pathlib.Path(f"graph.{file_format or 'svg'}")
    # There what the file prints must not get between.
    elsewhere = sys.stderr if output == STANDARD_OUTPUT else sys.stdout
    with contextlib.redirect_stdout(elsewhere):
        root, names = _load_with_origins(arguments)
    options: dict[str, Any] = {name: getattr(arguments, name) for name in _DRAW_OPTIONS}
    options["collapse"] = None if arguments.collapse == "none" else arguments.collapse
    if any(getattr(arguments, option) is not None for option in _DRAW_NODES):
        nodes = NodeNames(root, names)
        for option in _DRAW_NODES:
            if (name := getattr(arguments, option)) is not None:
                options[option] = nodes.find(name)
    if output == STANDARD_OUTPUT:
        file_format = file_format or "svg"
        _print_bytes(draw(root, **options).pipe(file_format), is_markup=file_format != "text")
    else:
        print(printable(f"wrote {save(root, output, format=file_format, **options)}"))
    return OK


def _print_bytes(picture: bytes, is_markup: bool) -> None:
    """Print UTF-8 as text, which a terminal may have in another encoding, and all else as it is.

    In markup a character that the encoding does not have is a reference: its ASCII form, as <-,
    may mean something there.
    """
    try:
        text = picture.decode()
    except UnicodeDecodeError:
        sys.stdout.buffer.write(picture)
        return
    errors = "xmlcharrefreplace" if is_markup else ASCII_FORM
    sys.stdout.write(encodable(text, sys.stdout.encoding, errors))


def _step(arguments: argparse.Namespace) -> int:
    from viz.terminal.walk import Walk  # with rich, which takes a while

    Walk(*_load_with_origins(arguments)).run()
    return OK


def _stepper(arguments: argparse.Namespace) -> int:
    loss, _ = _load_with_origins(arguments)
    written = stepper(
        loss,
        arguments.output,
        max_nodes=arguments.max_nodes,
        max_paths=arguments.max_paths,
        constants=arguments.constants,
    )
    print(printable(f"wrote {written}"))
    return OK


def _load_with_origins(arguments: argparse.Namespace) -> tuple[autograd.Value, dict[str, Any]]:
    """Run the file, and have every node know its line."""
    with autograd.record_origins():
        return load(*arguments.target)


def _paths(arguments: argparse.Namespace) -> int:
    loss, names = load(*arguments.target)
    node = NodeNames(loss, names).find(arguments.name)
    autograd.explain(
        loss,
        node,
        max_paths=arguments.max_paths,
        formulas=arguments.formulas,
        form=arguments.form,
    )
    return OK


def _check(arguments: argparse.Namespace) -> int:
    # With --json, what the file prints must not get between.
    with contextlib.redirect_stdout(sys.stderr if arguments.json else sys.stdout):
        names = run_file(arguments.file)
    autograd.name_values(names)
    checks = autograd.find_derivations(names)
    if not checks:
        raise ScriptError(
            f"{arguments.file} has no derivation to check; write one for its loss, as in "
            "derivation = {w: -0.13, b: '2*(y - t)'}"
        )
    if arguments.json:
        print(json.dumps([check.to_dict() for check in checks.values()], indent=2, allow_nan=False))
        return OK if all(checks.values()) else FAILURE
    from rich.console import Console

    console = Console(highlight=False, markup=False)
    for check in checks.values():
        console.print(check, soft_wrap=True)
    return OK if all(checks.values()) else FAILURE


def _grade(arguments: argparse.Namespace) -> int:
    with contextlib.redirect_stdout(sys.stderr):
        names = run_file(arguments.key)
    autograd.name_values(names)
    key = grading.read_key(names)
    share = arguments.follow_through
    grades = [
        grading.grade(key, submission, follow_through=share)
        for path in arguments.answers
        for submission in grading.read_answers(path)
    ]
    if arguments.format == "table":
        text = grading.as_table(key, grades, details=arguments.details) + "\n"
    elif arguments.format == "csv":
        text = grading.as_csv(key, grades)
    elif arguments.format == "json":
        text = grading.as_json(key, grades) + "\n"
    else:
        text = grading.as_gradescope(key, grades) + "\n"
    if arguments.output == STANDARD_OUTPUT:
        sys.stdout.write(text)
    else:
        write_atomically(arguments.output, text.encode())
    return FAILURE if any(each.problem for each in grades) else OK


def _exercise(arguments: argparse.Namespace) -> int:
    seed = random.randrange(10_000) if arguments.seed is None else arguments.seed
    exercise = exercises.make(arguments.kind, arguments.level, seed)
    texts = ((arguments.sheet, exercises.sheet), (arguments.solutions, exercises.solutions))
    written = {
        path: text(exercise, "html" if path.suffix.lower() in (".html", ".htm") else "markdown")
        for path, text in texts
        if path is not None
    }
    if arguments.key is not None:
        written[arguments.key] = exercise.key()
    for path, text in written.items():
        write_atomically(path, text.encode())
        print(printable(f"wrote {path}"))
    if not written:
        print(exercises.on_screen(exercise))
        exercises.practise(exercise, input, print)
    return OK


def _share(text: str) -> float:
    try:
        share = float(text)
    except ValueError:
        share = -1.0
    if not 0 <= share <= 1:
        raise argparse.ArgumentTypeError(f"{text!r} must be a number from 0 to 1")
    return share


def _doctor(arguments: argparse.Namespace) -> int:
    return doctor.run()


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        super().error(printable(message))


class _PrintCompletion(argparse.Action):
    """Print a script with which a shell completes commands, options and files, and exit."""

    def __call__(
        self, parser: argparse.ArgumentParser, namespace: object, shell: Any, option: object = None
    ) -> NoReturn:
        try:
            import shtab
        except ImportError:
            message = f"{self.option_strings[0]} needs shtab, which is not installed"
            parser.exit(FAILURE, f"chainrule: error: {message}: pip install shtab\n")
        for argument in _arguments(parser):
            if argument.type in (pathlib.Path, _target):
                argument.complete = shtab.FILE  # type: ignore[attr-defined]
        print(shtab.complete(parser, shell))
        parser.exit()


def _arguments(parser: argparse.ArgumentParser) -> Iterator[argparse.Action]:
    """Yield the arguments of a parser and of its commands."""
    for action in parser._actions:
        yield action
        if isinstance(action, argparse._SubParsersAction):
            for command in action.choices.values():
                yield from _arguments(command)


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="chainrule", description="See the chain rule at work: pictures of backpropagation."
    )
    parser.add_argument("--version", action="version", version=f"chainrule {doctor.version()}")
    parser.add_argument(
        "--print-completion",
        action=_PrintCompletion,
        choices=("bash", "zsh", "tcsh"),
        help="print what makes this shell complete commands, options and files (needs shtab)",
    )
    parser.set_defaults(failure=FAILURE)
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)

    demo = commands.add_parser("demo", help="a worked network, drawn, and one that learns digits")
    demo.set_defaults(run=_demo)
    _add_output(demo, "DIR", "demo", "the folder for the pictures")

    _add_draw(commands)
    _command_on_a_value(
        commands,
        "step",
        _step,
        "walk the backward pass of a value, forwards and backwards, at a prompt",
        "walk the backward pass of its global value NAME, one line of chain rule at a time. At the "
        "prompt, help lists the commands; they may come from a file or another program as well",
    )

    page = _command_on_a_value(
        commands,
        "stepper",
        _stepper,
        "make a web page that walks through the forward and the backward pass of a value",
        "make a web page that walks through the forward and the backward pass of its global value "
        "LOSS: one file that needs no network",
        target="FILE.py:LOSS",
    )
    _add_output(page, "PATH", "backprop.html", "the page")
    _add_limit(page, "--max-paths", "how many paths of a node, the largest first if there are more")
    _add_size(page)

    paths = _command_on_a_value(
        commands,
        "paths",
        _paths,
        "explain a gradient: every path, and their sum",
        "explain the gradient of its global value LOSS with respect to the node NODE: the paths "
        "between them, and what they sum to",
        target="FILE.py:LOSS",
    )
    paths.add_argument(
        "name", metavar="NODE", help="a variable of the file, or the label of a node"
    )
    paths.add_argument(
        "--max-paths",
        metavar="COUNT",
        type=_count,
        default=10,
        help="how many paths to show, the largest first if there are more (default: 10)",
    )
    paths.add_argument(
        "--formulas",
        action="store_true",
        help="show the formula of each local derivative as well",
    )
    paths.add_argument(
        "--form",
        choices=get_args(Form),
        default="expanded",
        help="every path, or the factored form, in which what paths have in common is computed "
        "once (default: %(default)s)",
    )

    check = commands.add_parser(
        "check",
        help="check the derivations done by hand in a Python file",
        description=f"{_RUNS_THE_FILE} and check its derivations: the results of check_derivation, "
        "and dicts called derivation or derivation_… that hold answers for the Value called loss "
        "or L, as in derivation = {w: -0.13, b: '2*(y - t)'}. The exit status is 0 if all are "
        "right, 1 if some are wrong, and 2 if they could not be checked.",
    )
    check.set_defaults(run=_check, failure=TROUBLE)
    check.add_argument("file", metavar="FILE.py", type=pathlib.Path, help="the file")
    check.add_argument("--json", action="store_true", help="print the findings as JSON")

    _add_grade(commands)
    _add_exercise(commands)
    examine = commands.add_parser("doctor", help=doctor.SUMMARY)
    examine.set_defaults(run=_doctor)
    return parser


def _add_grade(commands: Any) -> None:
    grade = commands.add_parser(
        "grade",
        help="mark many students' derivatives against a teacher's graph",
        description=f"{_RUNS_THE_KEY} and mark the answers for its dict questions, as in questions "
        "= {w: 2, 'b': (1, 'part a')}, about the Value called loss or L; values and updates ask "
        "for numbers of the forward pass and for weights after a step. Answers are numbers, "
        "formulas and matrices, of which nothing is run: a CSV file with a student in each row, a "
        "JSON file, or text with lines such as w = 2*w. The exit status is 0 if all were marked, 1 "
        "if some could not be read, and 2 if none could be marked.",
    )
    grade.set_defaults(run=_grade, failure=TROUBLE)
    grade.add_argument("key", metavar="KEY.py", type=pathlib.Path, help="the teacher's file")
    grade.add_argument(
        "answers", metavar="ANSWERS", type=pathlib.Path, nargs="+", help="files of answers"
    )
    grade.add_argument(
        "--format", choices=grading.FORMATS, default="table", help="(default: %(default)s)"
    )
    grade.add_argument(
        "-o",
        "--output",
        metavar="PATH",
        type=pathlib.Path,
        default=STANDARD_OUTPUT,
        help="the file to write (default: standard output)",
    )
    grade.add_argument("--details", action="store_true", help="say in the table what was wrong")
    grade.add_argument(
        "--follow-through",
        metavar="SHARE",
        type=_share,
        default=1.0,
        help="the share of its points for an answer that follows rightly from a wrong one, from 0 "
        "to 1 (default: 1)",
    )


def _add_exercise(commands: Any) -> None:
    kinds = "\n".join(
        f"  {name:11} {kind.about}: "
        + "; ".join(
            f"{level} {each.about}"
            for level, each in zip(exercises.LEVELS, kind.levels, strict=True)
        )
        for name, kind in exercises.KINDS.items()
    )
    exercise = commands.add_parser(
        "exercise",
        help="make an exercise: at a prompt, or as a sheet with solutions and a key",
        description="Make a small graph with numbers that are nice to compute with, and ask for "
        "derivatives: at a prompt, where answers get feedback, or on a sheet to print. The same "
        "kind, level and seed make the same exercise.",
        epilog=f"kinds and their levels:\n{kinds}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    exercise.set_defaults(run=_exercise)
    exercise.add_argument(
        "--kind", choices=[*exercises.KINDS], default="many-paths", help="(default: %(default)s)"
    )
    exercise.add_argument(
        "--level", type=int, choices=exercises.LEVELS, default=1, help="(default: %(default)s)"
    )
    exercise.add_argument("--seed", type=int, help="a whole number (default: one by chance)")
    for option, what in (
        ("--sheet", "the sheet for students: Markdown, or a page if its suffix is .html"),
        ("--solutions", "the solutions, in the same formats"),
        ("--key", "the key that chainrule grade takes"),
    ):
        exercise.add_argument(
            option, metavar="PATH", type=pathlib.Path, help=f"write {what}; no prompt then"
        )


def _add_draw(commands: Any) -> None:
    draw = _command_on_a_value(
        commands,
        "draw",
        _draw,
        "draw the graph behind a value of a Python file",
        "draw the graph behind its global value NAME",
    )
    draw.add_argument(
        "-o",
        "--output",
        metavar="PATH",
        type=pathlib.Path,
        help="the picture; its suffix says the format, and - is standard output (default: "
        "graph.svg, but standard output for a format that is text)",
    )
    draw.add_argument(
        "--format",
        type=str.lower,
        help="svg, png, pdf (with Graphviz), dot, mermaid, text, or another of the renderer's",
    )
    _add_node(draw, "--paths-to", "lay the chain-rule paths to this node over the graph")
    _add_limit(draw, "--max-paths", "how many paths, the largest first if there are more")
    _add_node(draw, "--reached-from", "draw only what depends on this node, such as a weight")
    _add_node(
        draw, "--focus", "draw the surroundings of this node; one edge each way unless --depth "
        "says more",
    )  # fmt: skip
    draw.add_argument(
        "--depth",
        metavar="EDGES",
        type=int,
        help="draw only what is so many edges away from the value, or from the focus",
    )
    draw.add_argument(
        "--collapse",
        choices=(*get_args(Collapse), "none"),
        default=DEFAULTS["collapse"],
        help="draw one box for each array of a layer or for each neuron, or every node; auto "
        "takes what is not too much to read (default: %(default)s)",
    )
    draw.add_argument(
        "--expand",
        metavar="BOX",
        action="append",
        default=[],
        help="draw the nodes of this box, as a1, after all; may be given again",
    )
    for option, choices, purpose in [
        ("--repeats", Repeats, "draw blocks of layers that repeat once, or all of them"),
        ("--direction", Direction, "where the graph runs to"),
        ("--theme", Theme, "light or dark; auto is light, and in SVG as the reader's system"),
    ]:
        draw.add_argument(
            option,
            choices=get_args(choices),
            default=DEFAULTS[option.removeprefix("--")],
            help=f"{purpose} (default: %(default)s)",
        )
    _add_size(draw)


_RUNS_THE_KEY = "Run KEY.py as an import would"
_RUNS_THE_FILE = (
    "Run FILE.py as an import would (what is under if __name__ == '__main__' does not run), or the "
    "code cells of a notebook FILE.ipynb,"
)


def _command_on_a_value(
    commands: Any,
    name: str,
    run: Callable[[argparse.Namespace], int],
    summary: str,
    purpose: str,
    target: str = "FILE.py:NAME",
) -> argparse.ArgumentParser:
    """Add a command that runs a file and does something with a value in it."""
    command: argparse.ArgumentParser = commands.add_parser(
        name, help=summary, description=f"{_RUNS_THE_FILE} and {purpose}."
    )
    command.set_defaults(run=run)
    command.add_argument("target", metavar=target, type=_target, help="the file, and a value in it")
    return command


def _add_node(command: argparse.ArgumentParser, option: str, purpose: str) -> None:
    command.add_argument(
        option, metavar="NAME", help=f"{purpose}; NAME is a variable of the file or a label"
    )


def _add_size(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--constants",
        choices=get_args(Constants),
        default=DEFAULTS["constants"],
        help="write constants into the op that uses them, or show them as nodes (default: "
        "%(default)s)",
    )
    _add_limit(command, "--max-nodes", "the most nodes to draw")


def _add_limit(command: argparse.ArgumentParser, option: str, purpose: str) -> None:
    default = DEFAULTS[option.removeprefix("--").replace("-", "_")]
    command.add_argument(
        option, metavar="COUNT", type=int, default=default, help=f"{purpose} (default: {default})"
    )


def _add_output(command: argparse.ArgumentParser, metavar: str, default: str, purpose: str) -> None:
    command.add_argument(
        "-o",
        "--output",
        metavar=metavar,
        type=pathlib.Path,
        default=pathlib.Path(default),
        help=f"{purpose} (default: {default})",
    )


def _count(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r} must be a whole number, 0 or more")
    return int(text)


def _target(text: str) -> tuple[pathlib.Path, str]:
    path, colon, name = text.rpartition(":")
    if not colon or not path or not name.isidentifier():
        raise argparse.ArgumentTypeError(
            f"{text!r} must be a file and the name of a value in it, as in net.py:loss"
        )
    return pathlib.Path(path), unicodedata.normalize("NFKC", name)  # as Python reads names
