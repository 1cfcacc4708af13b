import contextlib
import errno
import os
import pathlib
import stat
import subprocess
import sys
import threading
import time

import pytest

from autograd import files
from autograd.files import write_atomically
from tests.systems import needs, needs_links, needs_modes, unless_read_only
from tests.threads import in_threads

with contextlib.suppress(ImportError):
    import fcntl


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
    with pytest.raises((IsADirectoryError, PermissionError)) as caught:  # the latter, on Windows
        write_atomically(tmp_path / "graph.svg", b"new")
    assert names(tmp_path) == ["graph.svg"]
    assert caught.value.filename == str(tmp_path / "graph.svg")
    assert ".tmp" not in str(caught.value)


@pytest.mark.skipif(not os.path.isdir("/proc"), reason="there is no /proc here")
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


@needs_links
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


# Access.


@needs_modes
@pytest.mark.parametrize("mode", [0o600, 0o640, 0o755, 0o444, 0o400, 0o000, 0o666, 0o2755])
@pytest.mark.parametrize("mask", [0o022, 0o077, 0o000])
def test_a_file_keeps_its_mode_and_the_temporary_one_shows_no_more(
    tmp_path, monkeypatch, mode, mask
):
    path, seen = tmp_path / "m.json", []
    path.write_bytes(b"old")
    path.chmod(mode)
    for name in ("fsync", "fchmod", "fchown"):
        monkeypatch.setattr(os, name, watched(getattr(os, name), seen, tmp_path))
    before = os.umask(mask)
    try:
        write_atomically(path, b"new")
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == mode
    assert path.read_bytes() == b"new"
    assert seen
    assert all(found & ~mode & 0o777 == 0 for found in seen)


@needs_modes
@pytest.mark.parametrize("mode", [0o640, 0o666, 0o2755])
def test_while_it_is_written_the_temporary_file_is_for_its_owner_alone(tmp_path, monkeypatch, mode):
    """For it may have another group than the old file until the end."""
    path, seen = tmp_path / "m.json", []
    path.write_bytes(b"old")
    path.chmod(mode)
    change = os.fchmod

    def look(descriptor, new_mode):
        seen.append(stat.S_IMODE(os.fstat(descriptor).st_mode))
        change(descriptor, new_mode)

    monkeypatch.setattr(os, "fchmod", look)
    before = os.umask(0)
    try:
        write_atomically(path, b"new")
    finally:
        os.umask(before)
    assert [found & 0o077 for found in seen] == [0]


def watched(function, seen, folder):
    """Return the function, which notes the modes of temporary files whenever it is called."""

    def look():
        seen.extend(stat.S_IMODE(path.stat().st_mode) for path in folder.glob(".*.tmp"))

    def call(*arguments):
        look()
        result = function(*arguments)
        look()
        return result

    return call


@needs_modes
@pytest.mark.parametrize("mask", [0o022, 0o077, 0o002])
def test_a_new_file_has_the_mode_of_other_new_files(tmp_path, mask):
    before = os.umask(mask)
    try:
        write_atomically(tmp_path / "m.json", b"new")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "m.json").stat().st_mode) == 0o666 & ~mask


@needs_modes
@pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() != 0,
    reason="gives files to another user, as root alone may",
)
def test_a_file_keeps_its_owner(tmp_path):
    path = tmp_path / "m.json"
    path.write_bytes(b"old")
    os.chown(path, 12345, 54321)
    path.chmod(0o640)
    write_atomically(path, b"new")
    status = path.stat()
    assert (status.st_uid, status.st_gid, stat.S_IMODE(status.st_mode)) == (12345, 54321, 0o640)


def test_a_file_that_is_read_only_is_refused_where_that_keeps_it(tmp_path, monkeypatch):
    """As on Windows, where it is neither replaced nor removed: no temporary file is made so."""
    path = tmp_path / "m.json"
    path.write_bytes(b"old")
    path.chmod(0o444)
    monkeypatch.setattr(files, "fcntl", None)
    monkeypatch.delattr(os, "fchown", raising=False)
    for name in ("replace", "unlink"):
        monkeypatch.setattr(os, name, unless_read_only(getattr(os, name)))
        monkeypatch.setattr(type(path), name, unless_read_only(getattr(type(path), name)))
    with pytest.raises(PermissionError) as caught:
        write_atomically(path, b"new")
    assert caught.value.filename == str(path)
    assert path.read_bytes() == b"old"
    assert names(tmp_path) == ["m.json"]


# Links, and what is no file.


@needs_links
@pytest.mark.parametrize("path", ["loop", "a", "b", "loop/m.json", "a/made/m.json"])
def test_a_link_that_leads_to_itself_is_an_error(tmp_path, path):
    (tmp_path / "loop").symlink_to("loop")
    (tmp_path / "a").symlink_to(tmp_path / "b")
    (tmp_path / "b").symlink_to("a")
    with pytest.raises(OSError, match=r"symbolic links") as caught:
        write_atomically(tmp_path / path, b"new")
    assert caught.value.errno == errno.ELOOP
    assert caught.value.filename == str(tmp_path / path)
    assert names(tmp_path) == ["a", "b", "loop"]
    assert all(path.is_symlink() for path in tmp_path.iterdir())


@needs_links
def test_a_link_to_what_is_not_there_yet_stays_a_link(tmp_path):
    (tmp_path / "link").symlink_to("made/real.json")
    write_atomically(tmp_path / "link", b"new")
    assert os.readlink(tmp_path / "link") == "made/real.json"
    assert (tmp_path / "made" / "real.json").read_bytes() == b"new"


@needs("os.mkfifo")
def test_what_is_no_file_is_written_to_and_stays(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        write_atomically(pipe, b"new")
        assert os.read(reader, 10) == b"new"
    finally:
        os.close(reader)
    assert stat.S_ISFIFO(pipe.stat().st_mode)
    write_atomically(pathlib.Path(os.devnull), b"new")
    assert stat.S_ISCHR(os.stat(os.devnull).st_mode)
    assert names(tmp_path) == ["pipe"]


@pytest.mark.parametrize("name", ["m" * 250, "ŷ" * 120])
def test_long_names(tmp_path, name):
    for content in (b"old", b"new"):
        write_atomically(tmp_path / name, content)
    assert (tmp_path / name).read_bytes() == b"new"
    assert names(tmp_path) == [name]


def test_a_name_that_is_too_long_is_named(tmp_path):
    with pytest.raises(OSError, match="too long") as caught:
        write_atomically(tmp_path / ("m" * 256), b"new")
    assert caught.value.filename == str(tmp_path / ("m" * 256))
    assert names(tmp_path) == []


# What killed savers leave.

KILLED = """
import os, pathlib, signal, sys
from autograd.files import write_atomically

def stop(*_):
    print("saving", flush=True)
    signal.pause()

os.fsync = stop
write_atomically(pathlib.Path(sys.argv[1]), b"of the other process")
"""


@contextlib.contextmanager
def saver_in_another_process(path):
    """Start a process that stops while it saves, and kill it when that is left."""
    command = [sys.executable, "-c", KILLED, str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        try:
            assert process.stdout.readline() == b"saving\n"
            yield process
        finally:
            process.kill()


@needs("fcntl", "signal.pause")
def test_what_a_killed_saver_left_is_removed_by_the_next_save_and_not_before(tmp_path):
    path = tmp_path / "m.json"
    path.write_bytes(b"old")
    with saver_in_another_process(path):
        [temporary] = set(tmp_path.iterdir()) - {path}
        write_atomically(tmp_path / "other.json", b"new")
        os.utime(temporary, (0, 0))  # however old it is
        write_atomically(path, b"new")
        assert temporary.exists()
    assert temporary.exists()
    write_atomically(tmp_path / "other.json", b"newer")
    assert names(tmp_path) == ["m.json", "other.json"]
    assert path.read_bytes() == b"new"


def test_a_saver_in_another_thread_keeps_its_temporary_file(tmp_path, monkeypatch):
    fsync, is_inside, may_go_on = os.fsync, threading.Event(), threading.Event()

    def wait(descriptor):
        if threading.current_thread() is thread:
            is_inside.set()
            assert may_go_on.wait(60)
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", wait)
    path = tmp_path / "slow.json"
    thread = threading.Thread(target=write_atomically, args=(path, b"slow"))
    thread.start()
    assert is_inside.wait(60)
    write_atomically(tmp_path / "fast.json", b"fast")
    may_go_on.set()
    thread.join()
    assert path.read_bytes() == b"slow"
    assert names(tmp_path) == ["fast.json", "slow.json"]


def test_many_savers_at_once_never_lose_a_file(tmp_path):
    """Each removes what it takes for abandoned, which a file that has no lock yet seems to be."""
    failures = []

    def save(number):
        for i in range(60):
            path, content = tmp_path / f"{number}.json", f"{number} {i}".encode() * 100
            try:
                write_atomically(path, content)
                assert path.read_bytes() == content
                write_atomically(tmp_path / "of all.json", content)
            except BaseException as error:
                failures.append(error)

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        threads = [threading.Thread(target=save, args=(n,)) for n in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(interval)
    assert failures == []
    assert names(tmp_path) == [*(f"{n}.json" for n in range(6)), "of all.json"]


@needs("fcntl")
@pytest.mark.parametrize("when", ["before its lock", "at its lock"])
def test_a_saver_whose_new_file_was_taken_for_abandoned_starts_again(tmp_path, monkeypatch, when):
    lock, removed = fcntl.flock, []

    def after_another_saver(file, operation):
        if operation & fcntl.LOCK_EX and not removed:
            [temporary] = tmp_path.iterdir()
            removed.append(temporary)
            if when == "before its lock":
                temporary.unlink()
            else:
                with temporary.open("rb") as other:
                    lock(other, fcntl.LOCK_SH)
                    return lock(file, operation)
        return lock(file, operation)

    monkeypatch.setattr(fcntl, "flock", after_another_saver)
    write_atomically(tmp_path / "m.json", b"new")
    assert removed
    assert (tmp_path / "m.json").read_bytes() == b"new"
    assert names(tmp_path) == ["m.json"]


HOUR = 3600.0
OURS, OLDER = ".chainrule-0123456789abcdef.tmp", ".0123456789abcdef.tmp"


@pytest.mark.parametrize(
    ("system", "name", "age", "stays"),
    [
        pytest.param("locks", OURS, 0.0, False, marks=needs("fcntl")),
        ("locks", OLDER, 0.5 * HOUR, True),
        ("locks", OLDER, 1.5 * HOUR, False),
        ("no fcntl", OURS, 0.5 * HOUR, True),
        ("no fcntl", OURS, 1.5 * HOUR, False),
        pytest.param("no locks", OURS, 0.5 * HOUR, True, marks=needs("fcntl")),
        pytest.param("no locks", OURS, 1.5 * HOUR, False, marks=needs("fcntl")),
        ("locks", ".other.tmp", 1e9, True),
        ("locks", "0123456789abcdef.tmp", 1e9, True),
        ("locks", ".chainrule-0123456789abcdeg.tmp", 1e9, True),
        ("locks", f"{OURS}.json", 1e9, True),
    ],
)
def test_what_is_removed(tmp_path, monkeypatch, system, name, age, stays):
    def unsupported(*_):
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    if system == "no fcntl":
        monkeypatch.setattr(files, "fcntl", None)
    elif system == "no locks":
        monkeypatch.setattr(fcntl, "flock", unsupported)
    (tmp_path / name).write_bytes(b"half")
    now = time.time()
    os.utime(tmp_path / name, (now - age, now - age))
    write_atomically(tmp_path / "m.json", b"new")
    assert (tmp_path / "m.json").read_bytes() == b"new"
    assert names(tmp_path) == sorted(["m.json", *[name] * stays])


@needs_links
@needs("os.mkfifo")
def test_what_only_has_the_name_of_a_temporary_file_is_left_alone(tmp_path):
    (tmp_path / "precious").write_bytes(b"precious")
    (tmp_path / OURS).mkdir()
    (tmp_path / OURS.replace("0", "1")).symlink_to("precious")
    os.mkfifo(tmp_path / OURS.replace("0", "2"))
    before = names(tmp_path)
    write_atomically(tmp_path / "m.json", b"new")
    assert names(tmp_path) == sorted([*before, "m.json"])
    assert (tmp_path / "precious").read_bytes() == b"precious"


@pytest.mark.parametrize("function", ["listdir", "unlink"])
def test_a_failure_to_remove_is_no_failure_to_save(tmp_path, monkeypatch, function):
    (tmp_path / OURS).write_bytes(b"half")
    original = getattr(os, function)

    def fail(path, *arguments, **options):
        if str(path).endswith(OURS) or function == "listdir":
            raise PermissionError(errno.EPERM, os.strerror(errno.EPERM), str(path))
        return original(path, *arguments, **options)

    monkeypatch.setattr(os, function, fail)
    write_atomically(tmp_path / "m.json", b"new")
    assert (tmp_path / "m.json").read_bytes() == b"new"


# Interrupts.


def interrupted_at(line, function):
    """Call a function with an interrupt at its n-th line, and return whether it came so far."""
    left = line

    def trace(frame, event, argument):
        nonlocal left
        if event == "line":
            left -= 1
            if left == 0:
                sys.settrace(None)
                raise KeyboardInterrupt
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        function()
    except KeyboardInterrupt as interrupt:
        return interrupt  # with its frames, as an interactive session holds it
    finally:
        sys.settrace(before)
    return None


# A file that an interrupted `with` had no line left to close is closed when it is freed.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@needs("fcntl")  # without locks, what a killed saver left stays for an hour
@pytest.mark.parametrize("old", [None, b"old"])
def test_an_interrupt_at_any_line_leaves_a_whole_file_and_nothing_for_the_next_save(tmp_path, old):
    # In a thread of its own: one that comes in a handler can leave the thread in that handler.
    in_threads(lambda: interrupt_at_every_line(tmp_path, old))


def interrupt_at_every_line(tmp_path, old):
    line, found, is_over = 0, set(), False
    while not is_over:
        line += 1
        folder = tmp_path / str(line)
        folder.mkdir()
        (folder / OURS).write_bytes(b"half")
        path = folder / "m.json"
        if old is not None:
            path.write_bytes(old)
        interrupt = interrupted_at(line, lambda path=path: write_atomically(path, b"new"))
        is_over = interrupt is None
        found.add(path.read_bytes() if path.exists() else None)
        write_atomically(folder / "next.json", b"next")
        write_atomically(folder / "next.json", b"next")
        assert set(names(folder)) <= {"m.json", "next.json"}, f"line {line}"
    assert line > 50
    assert found == {old, b"new"}
