"""Whose autograd, nn and viz are, wherever other distributions have put files of the same names.

Each test builds a folder of installed packages, with the RECORD of each, and looks at it in a fresh
interpreter: ours as it is, and others that are small.
"""

import base64
import hashlib
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import zipapp
from pathlib import Path

import pytest

from tests.processes import PATIENCE

ROOT = Path(__file__).parents[2]
OURS = ("autograd", "chainrule", "nn", "viz")
PYTHON_2 = "print 'an old package'\n"


class Site:
    """A folder where distributions are installed, and uninstalled, one after the other."""

    def __init__(self, folder):
        self.folder = folder

    def install(self, name, files, origin=None):
        record = []
        for path, text in files.items():
            target = self.folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(text)
            digest = base64.urlsafe_b64encode(hashlib.sha256(text).digest()).decode().rstrip("=")
            record.append(f"{path},sha256={digest},{len(text)}")
        info = self.folder / f"{name}-1.0.dist-info"
        info.mkdir(exist_ok=True)
        (info / "METADATA").write_text(
            f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n", "utf-8"
        )
        (info / "RECORD").write_text("\n".join([*record, f"{info.name}/RECORD,,", ""]), "utf-8")
        if origin:
            (info / "direct_url.json").write_text(origin, "utf-8")

    def install_ours(self, **origin):
        files = {
            str(path.relative_to(ROOT)): path.read_bytes()
            for package in OURS
            for path in (ROOT / package).rglob("*")
            if path.is_file() and path.suffix != ".pyc"
        }
        self.install("chainrule", files, **origin)
        for path in files:
            self._take_over_bytecode(path)

    def _take_over_bytecode(self, path):
        """As compiled for these tests already: its header has the time of the source."""
        source, target = ROOT / path, self.folder / path
        times = source.stat()
        os.utime(target, ns=(times.st_atime_ns, times.st_mtime_ns))
        cached = Path(importlib.util.cache_from_source(str(source)))
        if source.suffix == ".py" and cached.exists():
            copy = Path(importlib.util.cache_from_source(str(target)))
            copy.parent.mkdir(exist_ok=True)
            shutil.copyfile(cached, copy)

    def install_other(self, name, text="def grad(function): ...\n"):
        files = {f"{name}/__init__.py": text.encode(), f"{name}/text.py": b"# its own\n"}
        self.install(name, files)

    def uninstall(self, name):
        info = self.folder / f"{name}-1.0.dist-info"
        for line in (info / "RECORD").read_text("utf-8").splitlines():
            (self.folder / line.split(",")[0]).unlink(missing_ok=True)
        shutil.rmtree(info)

    def python(self, *arguments, first=()):
        import numpy

        path = [*map(str, first), str(self.folder), str(Path(numpy.__file__).parents[1])]
        return subprocess.run(
            # Without site, where an editable installation of ours would be found.
            [sys.executable, "-S", *arguments],
            env={**os.environ, "PYTHONPATH": os.pathsep.join(path)},
            cwd=self.folder.parent,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )


@pytest.fixture
def site(tmp_path):
    (tmp_path / "site").mkdir()
    return Site(tmp_path / "site")


def said(process):
    return process.stdout + process.stderr


REINSTALL = "pip install --force-reinstall --no-deps chainrule==1.0"


def assert_names(site, culprit, remedy, broken):
    """All three ways to find out name the culprit and the remedy, and none dies of it."""
    facade = site.python("-c", "import chainrule")
    assert facade.returncode == 0, facade.stderr
    examined = site.python("-m", "chainrule", "doctor")
    for found in (
        facade,
        site.python("-c", "from chainrule import Value"),
        site.python("-m", "chainrule", "draw", "net.py:loss"),
        examined,
    ):
        assert culprit in said(found)
        assert remedy in said(found)
        assert "Traceback" not in said(found).replace("Traceback (most recent call last)", "", 1)
        assert found is facade or found.returncode == 1
    assert f"BROKEN  {broken}" in examined.stdout
    assert "Traceback" not in said(examined)


@pytest.mark.parametrize("name", ["autograd", "nn", "viz"])
@pytest.mark.parametrize("text", ["def grad(function): ...\n", PYTHON_2, "raise RuntimeError\n"])
def test_whoever_comes_after_us_is_named(site, name, text):
    site.install_ours()
    site.install_other(name, text)
    assert_names(site, f"distribution {name} 1.0", REINSTALL, name)


def test_a_foreign_engine_is_named_where_ours_is_imported(site):
    site.install_ours()
    site.install_other("autograd")
    for package in ("nn", "viz"):
        found = site.python("-c", f"import {package}")
        assert found.returncode == 1
        assert "ForeignPackageError: autograd: " in found.stderr
        assert "distribution autograd 1.0" in found.stderr
        assert "pip uninstall autograd" in found.stderr


@pytest.mark.parametrize("name", ["autograd", "nn", "viz"])
def test_before_us_in_the_order_of_installation_others_are_broken(site, name):
    """Whichever package of ours is imported first warns once, and works."""
    site.install_other(name, PYTHON_2)
    site.install_ours()
    site.install("needs-it", {"needing.py": b""})
    with (site.folder / "needs-it-1.0.dist-info" / "METADATA").open(
        "a", encoding="utf-8"
    ) as metadata:
        metadata.write(f"Requires-Dist: {name} (>=1.0)\n")
    for package in ("autograd", "chainrule", "nn", "viz"):
        found = site.python("-c", f"import {package}, autograd; print(autograd.Value(2.0).data)")
        assert (found.returncode, found.stdout) == (0, "2.0\n")
        assert found.stderr.count("ForeignPackageWarning") == 1
        assert f"took the place of those of {name} 1.0, which needs-it needs" in found.stderr
        assert "a virtual environment of its own" in found.stderr
    examined = site.python("-m", "chainrule", "doctor").stdout
    assert re.search(rf"^warning {name}: .* {name} 1\.0, which needs-it needs$", examined, re.M)
    assert f"pip uninstall {name} would take" in examined


def test_a_distribution_of_that_name_without_files_of_ours_is_no_trouble(site):
    site.install_ours()
    site.install("viz", {"viz_of_others.py": b""})
    for package in OURS:
        found = site.python("-W", "error", "-c", f"import {package}")
        assert (found.returncode, found.stderr) == (0, "")


def test_in_a_zip_file_all_is_well_and_data_files_are_found(site, tmp_path):
    site.install_ours()
    shutil.rmtree(site.folder / "chainrule-1.0.dist-info")
    script = tmp_path / "graph.py"
    script.write_text("from autograd import Value\nloss = Value(2.0, label='x') ** 2\n", "utf-8")
    packed = tmp_path / "chainrule.pyz"
    zipapp.create_archive(site.folder, packed, main="chainrule.cli:main")

    def run(*words):
        return subprocess.run(
            [sys.executable, "-W", "error", packed, *words],
            cwd=tmp_path,
            capture_output=True,
            encoding="utf-8",
            timeout=PATIENCE,
            env={**os.environ, "PYTHONPATH": "", "PYTHONUTF8": "1"},
        )

    examined = run("doctor")
    assert "BROKEN  autograd" not in examined.stdout + examined.stderr
    assert re.search(rf"^ok +viz: .*{packed.name}", examined.stdout, re.MULTILINE)
    made = run("stepper", f"{script}:loss", "-o", "page.html")
    assert (made.returncode, made.stderr) == (0, "")
    assert "</html>" in (tmp_path / "page.html").read_text("utf-8")


@pytest.mark.parametrize("name", ["autograd", "nn", "viz"])
@pytest.mark.parametrize("ours_first", [True, False])
def test_an_uninstallation_that_took_files_of_ours_is_told(site, name, ours_first):
    installing = [site.install_ours, lambda: site.install_other(name)]
    for install in installing if ours_first else installing[::-1]:
        install()
    site.uninstall(name)
    assert_names(site, "is missing", f"reinstall: {REINSTALL}", name)
    assert "another package of the same name" not in said(site.python("-m", "chainrule", "doctor"))


def test_a_file_changed_by_hand_is_ours_all_the_same(site):
    site.install_ours()
    with (site.folder / "autograd" / "text.py").open("a", encoding="utf-8") as file:
        file.write("# mine\n")
    found = site.python("-W", "error", "-c", "import chainrule, nn; print(chainrule.Value)")
    assert (found.returncode, found.stderr) == (0, "")


def test_a_distribution_in_a_folder_before_ours_is_named(site, tmp_path):
    site.install_ours()
    before = Site(tmp_path / "before")
    before.folder.mkdir()
    before.install_other("autograd")
    found = site.python("-c", "import nn", first=[before.folder])
    assert "is that of the distribution autograd 1.0, and found before ours" in found.stderr
    assert "--force-reinstall" not in found.stderr  # ours are whole


def test_a_file_of_the_users_in_the_way_is_told(site, tmp_path):
    site.install_ours()
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "autograd.py").touch()
    found = site.python("-c", "import nn", first=[tmp_path / "mine"])
    assert "is another package of the same name; take it off the search path" in found.stderr


@pytest.mark.parametrize(("information", "option"), [({}, ""), ({"editable": True}, "--editable ")])
def test_what_came_from_a_checkout_is_reinstalled_from_there(site, tmp_path, information, option):
    checkout = (tmp_path / "checkout").as_uri()
    site.install_ours(origin=json.dumps({"url": checkout, "dir_info": information}))
    site.install_other("autograd")
    examined = site.python("-m", "chainrule", "doctor").stdout
    assert f"pip install --force-reinstall --no-deps {option}{checkout}\n" in examined
