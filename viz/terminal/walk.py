"""``chainrule step``: walk the backward pass at a prompt, with a debugger's commands."""

from __future__ import annotations

import os
import pathlib
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from rich.console import Console
from rich.text import Text

import autograd
from autograd import Step, Value
from autograd.text import short_number, told_apart
from viz.errors import CommandError
from viz.formats.drawing import save
from viz.picture.chosen import is_constant
from viz.picture.names import NodeNames
from viz.terminal.conditions import FIELDS, comparison, is_comparison
from viz.terminal.prompt import Prompt, command
from viz.text import visible

AROUND = 5  # steps that list shows on either side
SHOWN_NODES = 10
DRAWN_NODES = 1000  # of a larger graph, draw shows the surroundings of the step


class Walk(Prompt):
    """A tape with a command line: the gradients are those of the moment, and 0 to begin with.

    >>> x = Value(3.0, label="x")
    >>> _ = Walk(x * x, {}).onecmd("next")
    step 1 of 2
      ∂*/∂x += ∂*/∂* · ∂*/∂x
             = 1 · 3 = 3: 0 → 3
      where ∂(x·x)/∂x = x = 3 (operand 1 alone)
    """

    notes = (
        "An empty line repeats the last command, and a NAME alone shows that node. NAME is that\n"
        "of a variable, a label or an op; CONDITION is a name, or compares\n"
        f"{', '.join(FIELDS)}."
    )

    def __init__(
        self, loss: Value, variables: Mapping[str, Any], console: Console | None = None
    ) -> None:
        super().__init__(console or Console(highlight=False, markup=False))
        self.names = NodeNames(loss, variables)
        order = autograd.topological_order(loss)
        self.cleared = any(node.grad for node in order)
        for node in order:
            node.grad = 0.0
        self.tape = autograd.Tape(loss)
        self.watched: dict[Value, float] = {}  # and the gradient that was shown last

    def greet(self) -> None:
        """Say what is stepped through."""
        loss = self.tape.loss
        self.say(
            f"The backward pass of {loss.name} = {short_number(loss.data)} in {len(self.tape)} "
            "steps: help lists the commands, quit ends.",
            "bold",
        )
        if self.cleared:
            self.say("The gradients that the file computed are set to 0 to begin with.", "dim")
        self._show()

    def ask(self) -> str:
        """Return the position."""
        return f"({self.tape.position}/{len(self.tape)}) "

    def precmd(self, line: str) -> str:
        """Take the name of a node alone for a look at it, unless it is a command's as well."""
        line = line.strip()
        if line not in self.names:
            return super().precmd(line)
        word = line.split()[0]
        name = self.aliases.get(word, word)
        if not hasattr(self, f"do_{name}"):  # one of these is EOF, which ends and is not listed
            return f"node {line}"
        if line == word and name in self.commands:
            self.say(f"{line} is the command {name} here; node {line} shows the node", "dim")
        return super().precmd(line)

    def complete_argument(self, name: str, argument: str) -> Iterable[str]:
        """Return the names of nodes, or of commands."""
        if name == "help":
            return self.commands
        if name == "unwatch":
            return [*map(self.names.of, self.watched), "all"]
        takes = self.commands[name].arguments if name in self.commands else ""
        return self.names if takes in ("NAME", "[NAME]", "CONDITION") else ()

    # Moving.

    @command("n", takes="[N]")
    def do_next(self, arg: str) -> None:
        """Take the next step, or the next N."""
        count = _whole_number(arg or "1", "next takes a number of steps", least=1)
        self._require_steps_ahead()
        self._walk(min(self.tape.position + count, len(self.tape)))
        self._show()

    @command("b", takes="[N]")
    def do_back(self, arg: str) -> None:
        """Take the last step back, or the last N."""
        count = _whole_number(arg or "1", "back takes a number of steps", least=1)
        if not self.tape.position:
            raise CommandError("this is the beginning: there is no step to take back")
        self._walk(max(self.tape.position - count, 0))
        self._show()

    @command("g", takes="K")
    def do_goto(self, arg: str) -> None:
        """Go to where K steps are taken; -1 is the end."""
        end = len(self.tape)
        target = _whole_number(arg, f"goto takes a position, 0 to {end}")
        if not -end - 1 <= target <= end:
            raise CommandError(f"there are positions 0 to {end}, or -1 for the end, not {target}")
        self._walk(target if target >= 0 else end + 1 + target)
        self._show()

    @command("u", takes="CONDITION")
    def do_until(self, arg: str) -> None:
        """Go on until a condition holds.

        until NAME             the gradient of the node changes
        until NAME complete    it will not change any more
        until after > 1        a comparison holds for the step
        """
        if not arg:
            raise CommandError(
                "until what? It takes a node's name, or that and complete, or a comparison of "
                f"{', '.join(FIELDS)}, as in until abs(contribution) > 0.1"
            )
        if is_comparison(arg) and arg not in self.names:
            condition = comparison(arg)
            self._require_steps_ahead()
            if not self._walk(len(self.tape), condition):
                self.say(f"the end: no step ahead had {arg}", "yellow")
        else:
            complete = arg not in self.names and arg.endswith(" complete")
            name = arg.removesuffix(" complete") if complete else arg
            changes = self._changes_of(self.names.find(name))
            ahead = [position for position in changes if position > self.tape.position]
            if not ahead:
                raise CommandError(f"no step ahead changes the gradient of {name}: it is complete")
            self._walk(ahead[-1] if complete else ahead[0])
        self._show()

    @command("r")
    def do_reset(self, arg: str) -> None:
        """Go back to the beginning."""
        self._walk(0)
        self._show()

    # Looking.

    @command("s", "where")
    def do_show(self, arg: str) -> None:
        """Show the step taken last, and what is watched."""
        self._show()

    @command("l")
    def do_list(self, arg: str) -> None:
        """List the steps around this one."""
        now = self.tape.position
        first, last = max(now - AROUND, 0), min(now + AROUND, len(self.tape))
        for number, step in enumerate(self.tape.steps[first:last], first + 1):
            mark, style = ("→", "bold") if number == now else (" ", "" if number < now else "dim")
            numbers = f" = {step.numbers}" if number <= now else ""
            symbols = self._symbols(step.node, step.parent)
            self.say(f"{mark} {number:>{len(str(last))}}  {symbols}{numbers}", style)

    @command("v", takes="[NAME]")
    def do_node(self, arg: str) -> None:
        """Show all about a node.

        By default it is the one whose gradient changed last.
        """
        current = self.tape.current
        node = self.names.find(arg) if arg else current.parent if current else self.tape.loss
        changes = self._changes_of(node)
        self.say(Text.assemble((self.names.of(node), "bold"), f"  {_kind(node)}"))
        self.say(f"  value     {node.data!r}")
        self.say(f"  gradient  {node.grad!r}, {self._state(node, changes)}")
        formulas = [
            autograd.local_derivative_formula(node, position, numbers=True)
            for position in range(min(len(node.parents), SHOWN_NODES))
        ]
        if node.parents:
            self.say(f"  parents   {self._listed(node.parents)}")
        for formula in formulas:
            self.say(f"            {formula}", "green")
        if len(node.parents) > SHOWN_NODES:
            self.say("            …")
        if children := dict.fromkeys(self.tape.steps[position - 1].node for position in changes):
            self.say(f"  used by   {self._listed(tuple(children))}")
        if origin := node.origin:
            self.say(f"  made at   {origin}, in {origin.function}")
            self.say(origin.excerpt(), "cyan")

    @command(takes="[NAME]")
    def do_watch(self, arg: str) -> None:
        """Show the gradient of a node after every move."""
        if arg:
            node = self.names.find(arg)
            self.watched[node] = node.grad
        if not self.watched:
            self.say("nothing is watched; watch NAME begins to")
        self._show_watched()

    @command(takes="NAME")
    def do_unwatch(self, arg: str) -> None:
        """Watch a node no longer; unwatch all: none."""
        if not arg:
            raise CommandError(f"unwatch takes the name of a node, or all{self._watched_names()}")
        if arg == "all" and arg not in self.names:
            self.watched.clear()
        elif self.watched.pop(self.names.find(arg), None) is None:
            raise CommandError(f"{arg} is not watched{self._watched_names()}")

    @command("p", takes="NAME")
    def do_paths(self, arg: str) -> None:
        """Show the paths from the loss to a node, and their sum."""
        self.say(autograd.explanation(self.tape.loss, self._named(arg, "paths")))

    @command("e", takes="NAME")
    def do_explain(self, arg: str) -> None:
        """Show the paths, with a formula for each edge."""
        node = self._named(arg, "explain")
        self.say(autograd.explanation(self.tape.loss, node, formulas=True))

    @command("d", takes="[FILE.svg]")
    def do_draw(self, arg: str) -> None:
        """Draw the graph with the gradients of this moment.

        The file is graph.svg by default; its suffix says the format.
        """
        loss, step = self.tape.loss, self.tape.current
        if "\0" in arg:
            raise CommandError("the name of a file has no NUL in it")
        path = pathlib.Path(os.path.expanduser(arg or "graph.svg"))
        if len(self.names) <= DRAWN_NODES:
            self.say(f"wrote {save(loss, path)}")
        else:
            save(loss, path, focus=step.node if step else loss, max_nodes=DRAWN_NODES)
            self.say(f"wrote {path}: the surroundings, of {len(self.names):,} nodes in all")

    # What the commands are made of.

    def _named(self, argument: str, command: str) -> Value:
        if not argument:
            raise CommandError(f"{command} takes the name of a node, as in {command} x")
        return self.names.find(argument)

    def _require_steps_ahead(self) -> None:
        if self.tape.position == len(self.tape):
            raise CommandError(
                "this is the end: every gradient is complete; back, goto and reset go back"
            )

    def _walk(self, target: int, until: Callable[[Step], bool] | None = None) -> bool:
        """Walk to a position, or on to a step that fulfils a condition; say whether it was met."""
        tape = self.tape
        while tape.position != target:
            step = tape.next() if tape.position < target else tape.back()
            if until is not None and step is not None and until(step):
                return True
        return False

    def _show(self) -> None:
        step, position, end = self.tape.current, self.tape.position, len(self.tape)
        if step is None:
            name = self.names.of(self.tape.loss)
            self.say(f"step 0 of {end}: the gradients are 0, but for ∂{name}/∂{name} = 1")
        else:
            symbols = self._symbols(step.node, step.parent)
            indent = " " * symbols.index("= ")
            end_mark = ", the end" if position == end else ""
            self.say(Text(f"step {position} of {end}{end_mark}", "dim"))
            self.say(Text("  ").append(symbols, "cyan"))
            self.say(Text(f"  {indent}").append(f"= {step.numbers}", "bold"))
            if _is_named(step):
                formula = autograd.local_derivative_formula(step.node, step.position, numbers=True)
                self.say(Text("  where ", "dim").append(formula, "green"))
        self._show_watched()

    def _show_watched(self) -> None:
        for node, before in self.watched.items():
            now, earlier = told_apart(node.grad, before)
            line = Text(f"  {self.names.of(node)}.grad = {now}")
            if repr(node.grad) != repr(before):  # nan is as nan was
                line.append(f"  ← was {earlier}", "yellow")
            self.say(line)
            self.watched[node] = node.grad

    def _watched_names(self) -> str:
        names = ", ".join(map(self.names.of, self.watched))
        return f"; watched are {names}" if names else "; nothing is"

    def _listed(self, nodes: tuple[Value, ...]) -> str:
        more = f", … {len(nodes) - SHOWN_NODES} more" if len(nodes) > SHOWN_NODES else ""
        return ", ".join(map(self.names.of, nodes[:SHOWN_NODES])) + more

    def _state(self, node: Value, changes: list[int]) -> str:
        """How far the gradient of a node has come."""
        loss, arrived = self.tape.loss, sum(each <= self.tape.position for each in changes)
        if not changes:
            return "as it is the loss" if node is loss else f"{loss.name} does not depend on it"
        state = "complete" if arrived == len(changes) else "so far"
        return f"{state}: {arrived} of {len(changes)} contributions"

    def _changes_of(self, node: Value) -> list[int]:
        """The positions of the tape at which a contribution to a node's gradient has arrived."""
        steps = enumerate(self.tape.steps, 1)
        return [number for number, step in steps if step.parent is node]

    def _symbols(self, node: Value, parent: Value) -> str:
        """The equation of a step, as :attr:`autograd.Step.symbols`, but with names to be typed."""
        loss, node_name, parent_name = map(self.names.of, (self.tape.loss, node, parent))
        return f"∂{loss}/∂{parent_name} += ∂{loss}/∂{node_name} · ∂{node_name}/∂{parent_name}"


def _whole_number(text: str, expected: str, least: int | None = None) -> int:
    try:
        number = int(text)
    except ValueError:
        raise CommandError(f"{expected}, not {visible(text)!r}") from None
    if least is not None and number < least:
        raise CommandError(f"{expected}, {least} or more, not {text}")
    return number


def _kind(node: Value) -> str:
    if node.primitive is None:
        return "a leaf"
    return f"made by {node.primitive}" if node.parents else "a constant"


def _is_named(step: Step) -> bool:
    """Whether the formula speaks of labels alone: letters of the rule could be labels elsewhere."""
    operands = step.node.parents
    return bool(step.parent.label) and all(each.label or is_constant(each) for each in operands)
