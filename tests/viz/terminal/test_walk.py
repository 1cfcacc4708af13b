"""The stepper's commands, and its numbers held against the engine's."""

import io
import os
import pathlib
import subprocess
import sys
from itertools import islice

import pytest
from rich.console import Console

import autograd
from autograd import Value, explanation, record_origins, steps, topological_order
from autograd.text import short_number
from chainrule import cli
from chainrule.demo import worked_network
from viz.terminal.walk import Walk

SCRIPT = """\
from autograd import Value, tanh
x = Value(3.0)
w = [Value(0.5), Value(-1.0)]
unused = Value(2.0)
h = tanh(w[0] * x + w[1])
loss = (h - 1) ** 2 + x * x
loss.backward()
"""


class Session:
    """A stepper that is told lines, and the text that it answers."""

    def __init__(self, loss, variables=None):
        self.output = io.StringIO()
        console = Console(file=self.output, highlight=False, markup=False, width=80)
        self.stepper = Walk(loss, variables or {}, console)
        self.loss = loss

    def __call__(self, line):
        self.output.truncate(0)
        self.output.seek(0)
        self.stepper.onecmd(self.stepper.precmd(line))
        return self.output.getvalue()

    @property
    def position(self):
        return self.stepper.tape.position

    def gradients(self):
        return [node.grad for node in topological_order(self.loss)]


@pytest.fixture
def session():
    return Session(worked_network()["L"])


@pytest.fixture
def script(tmp_path, monkeypatch):
    """Step through SCRIPT with lines on standard input; return the status and the output."""
    monkeypatch.chdir(tmp_path)
    pathlib.Path("net.py").write_text(SCRIPT, encoding="utf-8")

    def run(capsys, *lines):
        monkeypatch.setattr(sys, "stdin", io.StringIO("\n".join([*lines, ""])))
        status = cli.main(["step", "net.py:loss"])
        captured = capsys.readouterr()
        assert captured.err == ""
        return status, captured.out

    return run


def gradients_of_engine(position):
    """All gradients of the worked network after so many of the engine's own steps."""
    loss = worked_network()["L"]
    for _ in islice(steps(loss), position):
        pass
    return [node.grad for node in topological_order(loss)]


STEPS = [str(step) for step in steps(worked_network()["L"])]


def equation(output):
    """The step that was shown, on one line and as the engine writes it."""
    _, symbols, numbers, *_ = (line.strip() for line in output.splitlines())
    return f"{symbols} {numbers}"


def test_next_shows_every_step_of_the_engine(session):
    assert [equation(session("next")) for _ in STEPS] == STEPS
    assert session.gradients() == gradients_of_engine(len(STEPS))
    assert "the end" in session("show")
    assert session("next").startswith("error: this is the end")


def test_wherever_we_go_the_gradients_are_those_of_the_engine(session):
    positions = {"next": 1, "n 10": 11, "back 3": 8, "goto 40": 40, "g 7": 7, "b": 6, "n 99": 66}
    positions |= {"goto -2": 65, "goto -1": 66, "back 999": 0, "goto 66": 66, "reset": 0}
    for move, position in positions.items():
        session(move)
        assert session.position == position
        assert session.gradients() == gradients_of_engine(position)


def test_until_a_gradient_changes_and_until_it_is_complete(session):
    for name in ("h12", "a21"):
        session("reset")
        changes = [
            number
            for number, step in enumerate(steps(worked_network()["L"]), 1)
            if step.parent.label == name
        ]
        for change in changes:
            session(f"until {name}")
            assert session.position == change
        assert "it is complete" in session(f"until {name}")
        assert session.position == changes[-1]
        session("reset")
        session(f"u {name} complete")
        assert session.position == changes[-1]


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        ("contribution < -0.1", lambda step: step.contribution < -0.1),
        ("abs(contribution) > 0.1", lambda step: abs(step.contribution) > 0.1),
        ("-0.2 < after <= -0.1", lambda step: -0.2 < step.after <= -0.1),
        ("before != 0", lambda step: step.before != 0),
        ("local = 1", lambda step: step.local_derivative == 1),
        ("2*upstream ≥ 0.3", lambda step: 2 * step.upstream >= 0.3),
    ],
)
def test_until_a_comparison_holds(session, condition, holds):
    expected = [
        number for number, step in enumerate(steps(worked_network()["L"]), 1) if holds(step)
    ]
    found = []
    while "no step ahead had" not in session(f"until {condition}"):
        found.append(session.position)
        if session.position == 66:
            break
    assert found == expected


def test_what_is_watched_is_shown_after_every_move_with_its_changes_marked(session):
    assert session("watch w212") == "  w212.grad = 0\n"
    assert "w212.grad = 0\n" in session("next")
    assert session("until w212").endswith("  w212.grad = -0.1304  ← was 0\n")
    assert session("next").endswith("  w212.grad = -0.1304\n")
    assert session("goto 0").endswith("  w212.grad = 0  ← was -0.1304\n")
    session("watch b21")
    assert session("watch") == "  w212.grad = 0\n  b21.grad = 0\n"
    assert session("unwatch b22") == "error: b22 is not watched; watched are w212, b21\n"
    session("unwatch w212")
    assert session("s").endswith("  b21.grad = 0\n")
    error = "error: unwatch takes the name of a node, or all; watched are b21\n"
    assert session("unwatch") == error
    assert session("watch") == "  b21.grad = 0\n"
    session("unwatch all")
    assert session("watch") == "nothing is watched; watch NAME begins to\n"


def test_a_node_called_all_is_unwatched_alone():
    x, y = Value(2.0, label="all"), Value(3.0, label="y")
    session = Session(x * y)
    session("watch y")
    session("watch all")
    session("unwatch all")
    assert session("watch") == "  y.grad = 0\n"


def test_the_name_of_a_node_alone_shows_it_and_changes_nothing():
    names = ("x", "w", "w[0]", "show[0]", "the first x", "ŷ₁")
    leaves = [Value(float(i), label=name) for i, name in enumerate(names, 1)]
    session = Session(autograd.sum(leaves))
    session("watch w")
    for name in (*names, "sum"):
        assert session(name) == session(f"node {name}") != ""
        assert session(f" {name} ").startswith(f"{name}  ")
    assert session("watch") == "  w.grad = 0\n"
    assert session.position == 0


def test_the_end_of_input_ends_although_a_node_is_called_so(tmp_path, monkeypatch, capsys):
    path = tmp_path / "net.py"
    path.write_text("from autograd import Value\nEOF = Value(2.0)\nloss = EOF * EOF\n")
    monkeypatch.setattr(sys, "stdin", io.StringIO(""))
    assert cli.main(["step", f"{path}:loss"]) == 0
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("word", ["b", "n", "l", "s", "v", "list", "next"])
def test_a_command_wins_over_a_node_of_its_name_but_says_so(word):
    x = Value(3.0, label=word)
    session, twin = Session(x * x), Session(x * x)
    session("next 1")
    twin("next 1")
    name = session.stepper.aliases.get(word, word)
    hint = f"{word} is the command {name} here; node {word} shows the node\n"
    assert session(word).startswith(hint)
    twin(f"{name} 1" if name in ("next", "back") else "show")
    assert session.position == twin.position
    assert session(f"node {word}").startswith(f"{word}  a leaf")
    assert " is the command " not in session(f"{name} 1")


def test_nan_is_no_change_of_nan():
    x = Value(float("inf"), label="x")
    session = Session(x * 0.0 - x)
    session("watch x")
    session.stepper.watched[x] = x.grad = float("nan")
    assert "was" not in session("watch")


def test_list_shows_the_steps_around_and_stays_here(session):
    session("goto 20")
    before = session.gradients()
    ahead = [step.symbols for step in steps(worked_network()["L"])][20:25]
    assert session("list").splitlines() == [
        *(f"  {number}  {STEPS[number - 1]}" for number in range(16, 20)),
        f"→ 20  {STEPS[19]}",
        *(f"  {number}  {symbols}" for number, symbols in enumerate(ahead, 21)),
    ]
    assert (session.position, session.gradients()) == (20, before)


def test_node_shows_all_about_a_node():
    x, y = Value(3.0, label="x"), Value(2.0, label="y")
    with record_origins():
        h = autograd.tanh(x * y)
    h.label = "h"
    session = Session(h * h + x)
    session("until x")
    assert session("node x").splitlines() == [
        "x  a leaf",
        "  value     3.0",
        "  gradient  1.0, so far: 1 of 2 contributions",
        "  used by   +, *#1",
    ]
    first, value, gradient, parents, formula, users, place, *excerpt = session("v h").splitlines()
    assert first == "h  made by tanh"
    assert value == f"  value     {h.data!r}"
    assert gradient == "  gradient  0.0, so far: 0 of 2 contributions"
    assert parents == "  parents   *#1"
    assert "1 - h²" in formula
    assert users == "  used by   *#2"
    assert f"{os.path.basename(__file__)}:" in place
    assert excerpt == ["    h = autograd.tanh(x * y)", "        ^^^^^^^^^^^^^^^^^^^^"]
    session("next")
    assert session("node").startswith("h  made by")  # the one that changed last
    assert "as it is the loss" in session("node +")


def test_a_node_of_many_parents_is_shortened():
    xs = [Value(float(i), label=f"x{i}") for i in range(1, 1001)]
    session = Session(autograd.sum(xs))
    shown = session("node sum")
    assert "x10, … 990 more\n" in shown
    assert shown.count("\n") < 20


def test_paths_and_explain_are_those_of_the_engine(session):
    nodes = {node.label: node for node in topological_order(session.loss)}
    assert session("paths w212") == f"{explanation(session.loss, nodes['w212'])}\n"
    expected = str(explanation(session.loss, nodes["w131"], formulas=True))
    assert session("e w131").split() == expected.split()
    assert session.position == 0


def test_draw_writes_the_gradients_of_this_moment(session, tmp_path, monkeypatch, svg_texts):
    monkeypatch.chdir(tmp_path)
    session("goto 2")
    assert session("draw") == "wrote graph.svg\n"
    texts = svg_texts(pathlib.Path("graph.svg").read_bytes())
    assert {"grad -0.4593", "grad 0.4593"} <= set(texts)
    assert session("draw some folder/a.dot") == f"wrote {pathlib.Path('some folder/a.dot')}\n"
    assert session("draw a.docx").startswith("error: can't write the format 'docx'")


def test_of_a_large_graph_the_surroundings_are_drawn(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    node = x = Value(1.0, label="x")
    for _ in range(1500):
        node = -node
    session = Session(node)
    session("n 2")
    assert session("draw a.dot") == "wrote a.dot: the surroundings, of 1,501 nodes in all\n"
    assert "more" in pathlib.Path("a.dot").read_text("utf-8")
    assert x.grad == 0


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("foo", "there is no command 'foo'; help lists them all"),
        ("nxt", "there is no command 'nxt'; did you mean 'next'?"),
        ("w", "there is no command 'w'; help lists them all"),
        ("x", "there is no command 'x'; help lists them all"),
        ("draw no\0name.svg", "the name of a file has no NUL"),
        ("!ls", "there is no command '!ls'; help lists them all"),
        ("next x", "next takes a number of steps, not 'x'"),
        ("next 0", "next takes a number of steps, 1 or more, not 0"),
        ("back", "this is the beginning: there is no step to take back"),
        ("goto", "goto takes a position, 0 to 66, not ''"),
        ("goto 67", "there are positions 0 to 66, or -1 for the end, not 67"),
        ("goto " + "9" * 5000, "goto takes a position, 0 to 66, not '999"),
        ("until", "until what? "),
        ("until ŷ11", "no Value has the name or label 'ŷ11'; did you mean 'ŷ1'?"),
        ("until L", "no step ahead changes the gradient of L: it is complete"),
        ("until aftr > 1", "a step has no 'aftr'; did you mean 'after'?"),
        ("until after >", "the formula ends where a number"),
        ("until after > 1 +* 2", "'*' stands here where a number"),
        ("until __import__('os') > 1", "'__import__' is neither a label"),
        ("node q", "no Value has the name or label 'q'"),
        ("paths", "paths takes the name of a node, as in paths x"),
        ("unwatch w212", "w212 is not watched; nothing is"),
        ("unwatch", "unwatch takes the name of a node, or all; nothing is"),
        ("help foo", "there is no command 'foo'"),
    ],
)
def test_a_mistake_gets_one_clear_line_and_moves_nothing(session, line, message):
    answer = session(line)
    assert answer.startswith(f"error: {message}")
    assert answer.count("\n") == 1
    assert session.position == 0


def test_help_lists_every_command_with_its_letter(session):
    listed = session("help")
    for name, each in session.stepper.commands.items():
        assert name in listed
        assert any(len(alias) == 1 for alias in each.aliases) or name in ("watch", "unwatch")
    assert not {"x", "y", "w"} & set(session.stepper.aliases)  # what nodes are called most
    assert len(session.stepper.aliases) == sum(
        len(each.aliases) for each in session.stepper.commands.values()
    )
    assert max(map(len, listed.splitlines())) <= 88
    assert "NAME complete" in session("h until")
    assert session("?") == listed


@pytest.mark.parametrize(
    ("line", "text", "found"),
    [
        ("node w21", "w21", ["w211", "w212", "w213", "w214"]),
        ("v ŷ", "ŷ", ["ŷ1", "ŷ2"]),
        ("until w212", "w212", ["w212"]),
        ("goto w", "w", []),
        ("draw g", "g", []),
        ("help un", "un", ["until", "unwatch"]),
    ],
)
def test_names_are_completed_where_a_name_is_taken(session, line, text, found):
    begin = len(line) - len(text)
    assert session.stepper.completedefault(text, line, begin, len(line)) == found


def test_a_name_with_spaces_is_completed_word_by_word():
    session = Session(Value(2.0, label="the first x").exp())
    assert session.stepper.completedefault("fi", "node the fi", 9, 11) == ["first x"]
    assert "the first x  a leaf" in session("node the first x")


def test_commands_are_completed(session):
    assert session.stepper.completenames("un") == ["until ", "unwatch "]


def test_a_leaf_has_no_steps():
    session = Session(Value(2.0, label="x"))
    assert "step 0 of 0" in session("show")
    assert session("next").startswith("error: this is the end")
    assert session("list") == ""


def test_formulas_that_could_mean_another_node_are_not_shown():
    a, x = Value(2.0, label="a"), Value(3.0, label="x")
    session = Session(a * x * x)  # the rule of * speaks of a and b, of which a is something else
    assert "where" not in session("next")
    assert "where ∂(a·x)/∂a = x = 3" in session("goto 3")


def test_a_script_is_named_by_its_variables_and_begins_at_gradients_of_0(script, capsys):
    status, out = script(capsys, "watch x", "goto -1", "node h", "node unused", "p w[0]")
    assert status == 0
    names = {}
    exec(SCRIPT, names)
    assert f"x.grad = {short_number(names['x'].grad)}  ← was 0\n" in out
    assert "  made at   net.py:5, in <module>\n    h = tanh(w[0] * x + w[1])\n" in out
    assert "  gradient  0.0, loss does not depend on it\n" in out
    assert f"gradient ∂loss/∂w[0] = {short_number(names['w'][0].grad)}\n" in out


def test_the_name_that_was_asked_for_is_the_name_of_the_loss(tmp_path, monkeypatch, capsys):
    path = tmp_path / "net.py"
    path.write_text("from autograd import Value\nx = Value(2.0)\ntotal = loss = x * x\n")
    monkeypatch.setattr(sys, "stdin", io.StringIO("n\n"))
    assert cli.main(["step", f"{path}:loss"]) == 0
    assert "∂loss/∂x += ∂loss/∂loss · ∂loss/∂x" in capsys.readouterr().out


def test_empty_lines_repeat_and_the_end_of_input_ends(script, capsys):
    status, out = script(capsys, "n", "", "", "quit", "n")
    assert status == 0
    assert [line for line in out.splitlines() if line.startswith("step")] == [
        "step 1 of 12",
        "step 2 of 12",
        "step 3 of 12",
    ]
    assert script(capsys) == (0, "")


def test_rich_is_loaded_only_to_step():
    code = (
        "import sys, viz, chainrule.commands; "
        "print(bool({'rich', 'readline', 'cmd'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
