"""Progress is shown in a terminal or when asked for, and nowhere else."""

import io

import pytest

import nn
from autograd import Value


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
