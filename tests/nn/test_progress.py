"""Progress is shown in a terminal or when asked for, and nowhere else."""

import io
import re
import sys
from types import ModuleType

import pytest

import nn
from autograd import Value
from nn import progress


class Line(nn.Module):
    def __init__(self):
        self.slope = Value(0.0)

    def __call__(self, x):
        return self.slope * x


def train(**settings):
    nn.fit(Line(), [1.0, 2.0], [1, 1], loss="max_margin", epochs=2, batch_size=1, **settings)


@pytest.mark.parametrize("progress", [None, False])
def test_nothing_is_shown_where_nobody_looks(capsys, progress):
    train(progress=progress)
    captured = capsys.readouterr()
    assert captured.out == captured.err == ""


def test_a_line_for_each_epoch_when_asked_for(capsys):
    train(progress=True, validation=([1.0], [1]))
    captured = capsys.readouterr()
    assert captured.out == ""
    first, second = captured.err.splitlines()
    assert first.startswith("epoch 1/2  loss ")
    assert "accuracy 50.0%" in first
    assert "validation loss " in first
    assert second.endswith("at most 0 s left")


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_a_bar_in_a_terminal(monkeypatch):
    screen = Terminal()
    monkeypatch.setattr("sys.stderr", screen)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "120")
    train(validation=([1.0], [1]))
    shown = screen.getvalue()
    assert "epoch 2/2" in shown
    assert "loss" in shown
    assert "accuracy" in shown
    assert "━" in shown


def test_the_bar_goes_away_when_training_fails(monkeypatch):
    screen = Terminal()
    monkeypatch.setattr("sys.stderr", screen)
    monkeypatch.setenv("TERM", "xterm")
    with pytest.raises(nn.NonFiniteError):
        nn.fit(Line(), [float("nan")], [1], loss="max_margin")
    assert "\x1b[?25h" in screen.getvalue()  # the cursor is visible again


ESCAPE = re.compile(r"\x1b\[[0-9;?]*[a-zA-Z]|\r")


def screen_of(monkeypatch, **environment):
    screen = Terminal()
    monkeypatch.setattr("sys.stderr", screen)
    for name, value in {"TERM": "xterm", "COLUMNS": "100", **environment}.items():
        monkeypatch.setenv(name, value)
    return screen


def test_the_bar_says_epoch_time_left_and_all_numbers(monkeypatch):
    screen = screen_of(monkeypatch)
    train(validation=([1.0], [1]))
    last_bar, last_numbers = ESCAPE.sub("", screen.getvalue()).splitlines()[-2:]
    assert re.fullmatch(r"epoch 2/2 ━{40} 0:00:00 left *", last_bar)
    number = r"[\d.]+(e-\d+)?"
    assert re.fullmatch(
        rf"loss {number}  accuracy {number}%  validation loss {number}  accuracy {number}% *",
        last_numbers,
    )


def test_the_validation_stays_on_the_screen_while_the_next_epoch_runs(monkeypatch):
    monkeypatch.setattr("nn.progress._Bar.seconds_between_updates", 0.0)
    shown = []
    monkeypatch.setattr(
        "nn.progress._Bar.show", lambda self, done, epoch, result, left: shown.append(result)
    )
    screen_of(monkeypatch)
    train(validation=([1.0], [1]))
    first, second, end, *later = shown
    assert "validation" not in first + second
    validation = end[end.index("validation") :]
    assert later[0].endswith(validation)
    assert later[1].endswith(validation)


def test_a_narrow_terminal_shows_every_number(monkeypatch):
    screen = screen_of(monkeypatch, COLUMNS="40")
    train(validation=([1.0], [1]))
    text = ESCAPE.sub("", screen.getvalue())
    last = " ".join(text[text.rindex("epoch 2/2") :].split())
    assert re.search(r"left loss \S+ accuracy \S+% validation loss \S+ accuracy \S+%", last)


def test_a_training_that_ends_early_leaves_a_full_bar_and_its_epoch(monkeypatch):
    screen = screen_of(monkeypatch)
    nn.fit(Line(), [1.0], [1], loss="max_margin", epochs=500, until=1e9)
    *_, bar, _numbers = ESCAPE.sub("", screen.getvalue()).splitlines()
    assert re.fullmatch(r"epoch 1/500 ━{40} 0:00:00 left *", bar)


def test_a_terminal_that_can_change_nothing_is_like_a_file(monkeypatch):
    screen = screen_of(monkeypatch, TERM="dumb")
    train()
    assert screen.getvalue() == ""
    train(progress=True)
    assert [line[:9] for line in screen.getvalue().splitlines()] == ["epoch 1/2", "epoch 2/2"]
    assert "\x1b" not in screen.getvalue()


class Handle:
    def __init__(self, bundle):
        self.shown = [bundle["text/plain"]]

    def update(self, bundle, *, raw):
        assert raw
        self.shown.append(bundle["text/plain"])


@pytest.fixture
def notebook(monkeypatch):
    """Be in a notebook, as rich recognises one, and return what is displayed."""
    handles = []

    def display(bundle, *, raw, display_id):
        assert raw
        assert display_id is True
        handles.append(Handle(bundle))
        return handles[-1]

    shell = type("ZMQInteractiveShell", (), {})()
    monkeypatch.setattr("builtins.get_ipython", lambda: shell, raising=False)
    module = ModuleType("IPython.display")
    module.display = display
    monkeypatch.setitem(sys.modules, "IPython", ModuleType("IPython"))
    monkeypatch.setitem(sys.modules, "IPython.display", module)
    return handles


def test_a_line_that_changes_in_a_notebook(monkeypatch, capsys, notebook):
    monkeypatch.setattr("nn.progress._Notebook.seconds_between_updates", 0.0)
    train(validation=([1.0], [1]))
    [handle] = notebook
    batches = [line for line in handle.shown if line.startswith("epoch 1/2") and "left" in line]
    assert len(batches) == 3  # two batches, and the end of the epoch
    assert "validation loss" in batches[-1]
    assert batches[-1].endswith(" left")
    assert handle.shown[-1].startswith("epoch 2/2  loss ")
    assert "left" not in handle.shown[-1]
    captured = capsys.readouterr()
    assert captured.out == captured.err == ""


def test_no_line_in_a_notebook_where_it_is_not_wanted(notebook):
    train(progress=False)
    assert notebook == []


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.4, "0:00:00"), (59.6, "0:01:00"), (3725, "1:02:05")]
)
def test_time_left_in_words(seconds, text):
    assert progress._duration(seconds) == text
