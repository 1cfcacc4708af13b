"""A command line that is kind to people: aliases, completion, help, and mistakes in one line."""

from __future__ import annotations

import cmd
import inspect
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, ClassVar, TypeVar

from rich.console import Console
from rich.table import Table
from rich.text import Text

from autograd import AutogradError
from autograd.errors import did_you_mean
from autograd.text import printable, printable_lines
from viz.errors import CommandError, VizError, said_by
from viz.terminal.prompt_history import kept_history
from viz.text import visible


@dataclass(frozen=True)
class Command:
    """What help says about a command: the first line of the purpose, and more if asked."""

    name: str
    aliases: tuple[str, ...]
    arguments: str
    purpose: str


_Method = TypeVar("_Method", bound=Callable[..., Any])


def command(*aliases: str, takes: str = "") -> Callable[[_Method], _Method]:
    """Make a method ``do_NAME`` a command; its docstring says what it is for."""

    def describe(method: _Method) -> _Method:
        name = method.__name__.removeprefix("do_")
        described: Any = method
        described.command = Command(name, aliases, takes, inspect.getdoc(method) or "")
        return method

    return describe


class Prompt(cmd.Cmd):
    """Commands, one a line, from a person at a terminal or from a file.

    A subclass has a method ``do_NAME`` for each, marked with :func:`command`; it gets the rest of
    the line. An empty line repeats the last command. Ctrl-C gives up a line or interrupts a
    command, and Ctrl-D ends.
    """

    commands: ClassVar[dict[str, Command]] = {}
    aliases: ClassVar[dict[str, str]] = {}
    notes = ""  # below the table of help

    def __init_subclass__(cls) -> None:
        """Collect the commands, those of this class last."""
        methods = [*vars(cls).values(), *vars(Prompt).values()]
        found = [each.command for each in methods if hasattr(each, "command")]
        cls.commands = {each.name: each for each in found}
        cls.aliases = {alias: each.name for each in found for alias in each.aliases}

    def __init__(self, console: Console) -> None:
        interactive = sys.stdin.isatty() and sys.stdout.isatty()
        # With a key for completion, cmd loads readline, which may write to a file as to a terminal.
        super().__init__(completekey="tab" if interactive else "")
        self.console = console
        self.interactive = interactive

    def run(self) -> None:
        """Do what the lines of standard input say, until it ends or a command ends it."""
        self.prompt = ""
        if not self.interactive:
            return self.cmdloop()
        self.greet()
        with kept_history(f"{type(self).__name__.lower()}_history"):
            while True:
                self.prompt = self.ask()
                try:
                    return self.cmdloop()
                except KeyboardInterrupt:
                    self.say("")

    # For subclasses.

    def greet(self) -> None:
        """Say what this is, to a person."""

    def ask(self) -> str:
        """Return the prompt for the next line."""
        return "> "

    def complete_argument(self, name: str, argument: str) -> Iterable[str]:
        """Return what the beginning of a command's argument may become."""
        return ()

    def say(self, text: Any, style: str = "") -> None:
        """Print text, or whatever rich can, on as many lines as it has."""
        shown = printable_lines(text) if isinstance(text, str) else text
        self.console.print(shown, style=style, soft_wrap=True)

    # How cmd is to behave.

    def preloop(self) -> None:
        """Complete words as a whole, whatever characters they have."""
        if self.interactive and (readline := sys.modules.get("readline")):
            readline.set_completer_delims(" \t\n")
            if "libedit" in (readline.__doc__ or ""):  # which has another name for completion
                readline.parse_and_bind("bind ^I rl_complete")

    def precmd(self, line: str) -> str:
        """Write a command out in full."""
        word, space, rest = line.strip().partition(" ")
        return f"{self.aliases.get(word, word)}{space}{rest}"

    def onecmd(self, line: str) -> bool:
        """Do what a line says, and tell mistakes in one line; return whether to stop."""
        try:
            return bool(super().onecmd(line))
        except KeyboardInterrupt:
            self.say("interrupted", "red")
        except (VizError, AutogradError, OSError) as error:
            first_line = said_by(error).partition("\n")[0]  # the next show the place in a formula
            self.say(f"error: {printable(first_line)}", "red")
        return False

    def postcmd(self, stop: bool, line: str) -> bool:
        """Ask anew."""
        if self.interactive:
            self.prompt = self.ask()
        return stop

    def default(self, line: str) -> None:
        """Tell that there is no such command."""
        word = line.split()[0]
        close = did_you_mean(word, self.commands)
        hint = close if "did you mean" in close else "; help lists them all"
        raise CommandError(f"there is no command {visible(word)!r}{hint}")

    def completenames(self, text: str, *ignored: Any) -> list[str]:
        """Return the commands that begin so."""
        return [f"{name} " for name in self.commands if name.startswith(text)]

    def completedefault(self, text: str, line: str, begin: int, end: int) -> list[str]:
        """Return how the last word of an argument may go on; the argument may have spaces."""
        word, _, argument = line[:end].partition(" ")
        argument = argument.lstrip()
        found = self.complete_argument(self.aliases.get(word, word), argument)
        known = len(argument) - len(text)
        return [each[known:] for each in found if each.startswith(argument)]

    # Commands that every prompt has.

    @command("q", "exit")
    def do_quit(self, arg: str) -> bool:
        """End the session; Ctrl-D does too."""
        return True

    def do_EOF(self, arg: str) -> bool:  # noqa: N802 - what cmd calls the end of its input
        """End the session."""
        if self.interactive:
            self.say("")
        return True

    @command("h", "?", takes="[COMMAND]")
    def do_help(self, arg: str) -> None:
        """List the commands, or say what one does."""
        name = self.aliases.get(arg, arg)
        if name and name not in self.commands:
            raise CommandError(f"there is no command {arg!r}{did_you_mean(arg, self.commands)}")
        table = Table.grid(padding=(0, 2))
        for each in [self.commands[name]] if name else self.commands.values():
            usage = Text.assemble((each.name, "bold"), " ", (each.arguments, "cyan"))
            table.add_row(usage, ", ".join(each.aliases), each.purpose.partition("\n")[0])
        self.console.print(table)
        if notes := self.commands[name].purpose.partition("\n\n")[2] if name else self.notes:
            self.say(f"\n{notes}", "dim")
