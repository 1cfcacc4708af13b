import os
import pathlib

import pytest

from autograd.files import write_atomically


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_missing_folders_are_made(tmp_path):
    path = tmp_path / "a" / "b" / "graph.svg"
    write_atomically(path, b"new")
    assert path.read_bytes() == b"new"
    assert names(path.parent) == ["graph.svg"]


def test_an_old_file_is_replaced(tmp_path):
    path = tmp_path / "graph.svg"
    path.write_bytes(b"a long old text")
    write_atomically(path, b"new")
    assert path.read_bytes() == b"new"


@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_a_failure_leaves_the_old_file_and_nothing_else(tmp_path, monkeypatch, step):
    path = tmp_path / "graph.svg"
    path.write_bytes(b"old")

    def fail(*_):
        raise OSError("disk full")

    if step == "fsync":
        monkeypatch.setattr(os, "fsync", fail)
    else:
        monkeypatch.setattr(type(path), "replace", fail)
    with pytest.raises(OSError, match="disk full"):
        write_atomically(path, b"new")
    assert path.read_bytes() == b"old"
    assert names(tmp_path) == ["graph.svg"]


def test_a_folder_in_the_way_is_left_alone(tmp_path):
    (tmp_path / "graph.svg").mkdir()
    with pytest.raises(IsADirectoryError) as caught:
        write_atomically(tmp_path / "graph.svg", b"new")
    assert names(tmp_path) == ["graph.svg"]
    assert caught.value.filename == str(tmp_path / "graph.svg")
    assert ".tmp" not in str(caught.value)


def test_a_file_that_cannot_be_made_is_named_itself():
    with pytest.raises(OSError, match=r"graph\.svg") as caught:
        write_atomically(pathlib.Path("/proc/graph.svg"), b"new")
    assert caught.value.filename == "/proc/graph.svg"
    assert caught.value.filename2 is None
    assert ".tmp" not in str(caught.value)


@pytest.mark.parametrize("path", ["file/graph.svg", "file/folder/graph.svg"])
def test_a_file_where_a_folder_should_be_is_no_folder(tmp_path, path):
    (tmp_path / "file").write_bytes(b"old")
    with pytest.raises(NotADirectoryError) as caught:
        write_atomically(tmp_path / path, b"new")
    assert caught.value.filename == str(tmp_path / path)
    assert (tmp_path / "file").read_bytes() == b"old"


def test_a_link_stays_a_link(tmp_path):
    (tmp_path / "target").mkdir()
    link = tmp_path / "graph.svg"
    link.symlink_to(tmp_path / "target" / "real.svg")
    write_atomically(link, b"new")
    assert link.is_symlink()
    assert (tmp_path / "target" / "real.svg").read_bytes() == b"new"


def test_the_file_has_the_usual_permissions(tmp_path):
    ordinary, ours = tmp_path / "ordinary", tmp_path / "ours"
    ordinary.touch()
    write_atomically(ours, b"")
    assert ours.stat().st_mode == ordinary.stat().st_mode
