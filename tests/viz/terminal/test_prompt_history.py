import sys

import pytest

from viz.terminal.prompt_history import history_file, kept_history


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="XDG is for the others")
@pytest.mark.parametrize("state", [None, "", "relative/folder"])
def test_without_an_absolute_xdg_state_home_it_is_the_default(monkeypatch, tmp_path, state):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("XDG_STATE_HOME", raising=False)
    if state is not None:
        monkeypatch.setenv("XDG_STATE_HOME", state)
    assert history_file("a") == tmp_path / ".local" / "state" / "chainrule" / "a"


@pytest.mark.parametrize(
    ("platform", "place"),
    [
        ("linux", "state/chainrule/a"),
        ("darwin", "Library/Application Support/chainrule/a"),
        ("win32", "local/chainrule/a"),
    ],
)
def test_it_is_kept_where_the_system_keeps_such(monkeypatch, tmp_path, platform, place):
    monkeypatch.setattr(sys, "platform", platform)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path / "local"))
    assert history_file("a") == tmp_path / place


def test_without_readline_there_is_none(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "readline", None)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    with kept_history("a"):
        pass
    assert not list(tmp_path.iterdir())
