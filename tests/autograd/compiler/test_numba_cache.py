"""What is kept of compiled programs is checked before it is used, and nothing depends on it."""

from __future__ import annotations

import hashlib
import itertools
import os
import random
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from autograd.compiler import numba_backend
from autograd.compiler.numba_cache import cache_folder, keep

# Without numba: the text of a program.

_programs = itertools.count()


@pytest.fixture
def text() -> Iterator[str]:
    """Return a program that no other test has."""
    source = f"def loss_and_gradient():\n    return {next(_programs)}, 'of a test'\n"
    name = f"program_{hashlib.sha256(source.encode()).hexdigest()[:16]}"
    yield source
    sys.modules.pop(f"autograd.compiled.{name}", None)


def loss_of(source: str) -> Any:
    return numba_backend._imported(source).loss_and_gradient()


def number_in(source: str) -> tuple[int, str]:
    return int(source.split("return ")[1].split(",")[0]), "of a test"


def damages(content: bytes) -> dict[str, bytes]:
    flipped = bytearray(content)
    flipped[len(content) // 2] ^= 4
    return {
        "cut off": content[: len(content) // 2],
        "empty": b"",
        "flipped": bytes(flipped),
        "longer": content + b"\nloss_and_gradient = None\n",
        "another": b"def loss_and_gradient():\n    return 'wrong'\n",
        "no text": b"\xff\xfe\0",
    }


@pytest.mark.parametrize("damage", damages(b"0" * 8))
def test_a_damaged_text_is_written_anew_and_never_run(
    tmp_path: Path, monkeypatch: Any, text: str, damage: str
) -> None:
    monkeypatch.setenv("CHAINRULE_CACHE", str(tmp_path / "cache"))
    assert loss_of(text) == number_in(text)
    [path] = (tmp_path / "cache").iterdir()
    for is_loaded in (True, False):
        path.write_bytes(damages(text.encode())[damage])
        if not is_loaded:
            sys.modules.pop(f"autograd.compiled.{path.stem}")
        assert loss_of(text) == number_in(text)
        assert path.read_text("utf-8") == text
        assert [found.name for found in (tmp_path / "cache").iterdir()] == [path.name]


def test_bytecode_beside_a_program_is_not_run(tmp_path: Path, monkeypatch: Any, text: str) -> None:
    monkeypatch.setenv("CHAINRULE_CACHE", str(tmp_path))
    loss_of(text)
    [path] = tmp_path.iterdir()
    status = path.stat()
    path.write_bytes(text.replace("of a test", "of a tesT").encode())
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    subprocess.run([sys.executable, "-m", "compileall", "-q", str(path)], check=True)
    assert list(tmp_path.rglob("*.pyc"))
    path.write_bytes(text.encode())
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    sys.modules.pop(f"autograd.compiled.{path.stem}")
    assert loss_of(text) == number_in(text)


@pytest.mark.parametrize("place", ["file", "file/cache", "/proc/cache", "/dev/null/cache", "loop"])
def test_a_folder_that_cannot_be_is_no_error(
    tmp_path: Path, monkeypatch: Any, text: str, place: str
) -> None:
    (tmp_path / "file").write_bytes(b"precious")
    (tmp_path / "loop").symlink_to("loop")
    monkeypatch.setenv("CHAINRULE_CACHE", str(tmp_path / place))
    assert loss_of(text) == number_in(text)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "loop"]
    assert (tmp_path / "file").read_bytes() == b"precious"


def test_no_home_folder_is_no_error(monkeypatch: Any, text: str) -> None:
    def fail() -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.delenv("CHAINRULE_CACHE", raising=False)
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setattr(Path, "home", fail)
    assert cache_folder() is None
    assert loss_of(text) == number_in(text)


def test_a_full_disk_is_no_error(tmp_path: Path, monkeypatch: Any, text: str) -> None:
    def fail(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", fail)
    monkeypatch.setenv("CHAINRULE_CACHE", str(tmp_path / "cache"))
    assert loss_of(text) == number_in(text)
    assert list((tmp_path / "cache").iterdir()) == []


def test_where_the_folder_is(monkeypatch: Any) -> None:
    monkeypatch.delenv("CHAINRULE_CACHE", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", "/caches")
    assert cache_folder() == Path("/caches/chainrule")
    monkeypatch.setenv("CHAINRULE_CACHE", "/named")
    assert cache_folder() == Path("/named")


def test_a_folder_that_is_made_is_for_its_owner_alone(tmp_path: Path) -> None:
    keep(tmp_path / "made" / "chainrule" / "code", b"1")
    assert (tmp_path / "made" / "chainrule").stat().st_mode & 0o777 == 0o700
    (tmp_path / "theirs").mkdir(mode=0o755)
    keep(tmp_path / "theirs" / "code", b"1")
    assert (tmp_path / "theirs").stat().st_mode & 0o777 == 0o755


def test_what_is_as_it_should_be_is_not_written_again(tmp_path: Path) -> None:
    path = tmp_path / "code"
    keep(path, b"1")
    inode = path.stat().st_ino
    keep(path, b"1")
    assert path.stat().st_ino == inode


# With numba: the machine code.

PROGRAM = """
import sys
import autograd
from autograd import Value

w = [Value(0.5, label="w[0]"), Value(-1.0, label="w[1]")]
factor = float(sys.argv[1])
step = autograd.compile(
    lambda x: autograd.softplus(autograd.dot(w, x)) * factor, batch="x", backend="numba"
)
value, gradient = step([[1.0, 2.0], [3.0, 4.0]])
expected, its_gradient = autograd.compile(
    lambda x: autograd.softplus(autograd.dot(w, x)) * factor, batch="x"
)([[1.0, 2.0], [3.0, 4.0]])
numbers, right = [float(value), *gradient.flat], [float(expected), *its_gradient.flat]
assert all(abs(a - b) < 1e-12 for a, b in zip(numbers, right, strict=True)), (numbers, right)
[module] = [m for name, m in sys.modules.items() if "compiled.program_" in name]
print("found" if module.loss_and_gradient.stats.cache_hits else "compiled")
"""


def start(folder: object, factor: float = 3.25) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(factor)],
        env={**os.environ, "CHAINRULE_CACHE": str(folder)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def outcome(process: subprocess.Popen[str]) -> str:
    """Return whether a process found its code or compiled it; its numbers are right."""
    said, trouble = process.communicate()
    assert (process.returncode, trouble) == (0, "")
    return said.strip()


@pytest.fixture(scope="module")
def kept(tmp_path_factory: Any) -> Path:
    """Return a folder with the code of two programs, one of them made twice at the same time."""
    pytest.importorskip("numba")
    folder: Path = tmp_path_factory.mktemp("kept")
    processes = [start(folder, factor) for factor in (3.25, 3.25, 5.75)]
    first, second, other = [outcome(process) for process in processes]
    assert "compiled" in (first, second)
    assert other == "compiled"
    return folder


@pytest.fixture
def copy(kept: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(kept, tmp_path / "cache"))


def code_of(folder: Path, factor: float) -> tuple[Path, Path]:
    """Return the files of a program: its text, and its code."""
    [text] = [path for path in folder.glob("*.py") if str(factor) in path.read_text("utf-8")]
    [code] = folder.glob(f"{text.stem}.*.nbc")
    return text, code


def test_code_is_found_again(copy: Path) -> None:
    assert outcome(start(copy)) == "found"


def test_code_that_was_cut_off_is_compiled_anew(copy: Path) -> None:
    _, code = code_of(copy, 3.25)
    code.write_bytes(damages(code.read_bytes())["cut off"])
    assert outcome(start(copy)) == "compiled"
    assert outcome(start(copy)) == "found"


def test_no_damaged_code_is_run(tmp_path: Path, monkeypatch: Any) -> None:
    pytest.importorskip("numba")
    monkeypatch.setenv("CHAINRULE_CACHE", str(tmp_path))
    source = "import numba\n@numba.njit()\ndef loss_and_gradient(x):\n    return x + 2.0\n"
    function = numba_backend._imported(source).loss_and_gradient
    assert function(1.0) == 3.0
    [path] = tmp_path.glob("*.nbc")
    content, [signature] = path.read_bytes(), function.signatures

    def loads() -> bool:
        return function._cache.load_overload(signature, function.targetctx) is not None

    assert loads()
    for damage, damaged in damages(content).items():
        path.write_bytes(damaged)
        assert not loads(), damage
    choose = random.Random(1)
    for bit in [*range(0, 512, 7), *[choose.randrange(8 * len(content)) for _ in range(500)]]:
        flipped = bytearray(content)
        flipped[bit // 8] ^= 1 << bit % 8
        path.write_bytes(flipped)
        assert not loads(), f"bit {bit % 8} of byte {bit // 8} flipped"
    path.write_bytes(content)
    assert loads()
    path.unlink()
    path.mkdir()
    assert not loads()


def test_the_code_of_another_program_is_not_run(copy: Path) -> None:
    (text, code), (other_text, other_code) = code_of(copy, 3.25), code_of(copy, 5.75)
    shutil.copy2(other_code, code)
    shutil.copy2(other_text, text)
    assert outcome(start(copy)) == "compiled"
    assert outcome(start(copy)) == "found"


def test_where_nothing_can_be_kept_the_numbers_are_right(tmp_path: Path) -> None:
    pytest.importorskip("numba")
    (tmp_path / "file").write_bytes(b"")
    assert outcome(start(tmp_path / "file")) == "compiled"


def test_no_class_of_numba_is_changed(tmp_path: Path, monkeypatch: Any) -> None:
    pytest.importorskip("numba")
    from numba.core import caching, dispatcher

    monkeypatch.setenv("CHAINRULE_CACHE", str(tmp_path))
    classes = [caching.FunctionCache, caching.NullCache, dispatcher.Dispatcher]
    before = [dict(vars(each)) for each in classes]
    numba_backend._imported(
        "import numba\n@numba.njit()\ndef loss_and_gradient(x):\n    return x + 1.0\n"
    ).loss_and_gradient(1.0)
    assert [dict(vars(each)) for each in classes] == before
