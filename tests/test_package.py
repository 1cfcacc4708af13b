"""The house: public names, and imports that run one way."""

from __future__ import annotations

import ast
import builtins
import importlib
import inspect
import operator
import os
import re
import shutil
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

from tests import generated
from tests.processes import PATIENCE

ROOT = Path(__file__).parent.parent
PACKAGES = [
    name
    for name in ("autograd", "chainrule", "nn", "viz")
    if (ROOT / name / "__init__.py").exists()
]
MODULES = [path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))]

# The core: a module imports only those before it. Other modules of autograd build on these.
CORE = ["text", "errors", "kept", "polygammas", "arithmetic", "gates", "arrays", "refusals",
        "operands", "arguments", "elsewhere", "neighbours", "origins", "notebook", "appearance",
        "ops", "methods", "graph", "debuggers", "chain_rule", "by_hand", "own_ops", "ufuncs",
        "protocols", "value", "blocks", "changes", "contexts", "structures", "transforms",
        "finite_differences"]  # fmt: skip
BELOW_ALL = "installation"  # of chainrule, which needs nothing of ours
Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
AUTOGRAD = sorted((ROOT / "autograd").glob("*.py"))


def import_statements(path: Path, at_once: bool = False) -> Iterator[ast.Import | ast.ImportFrom]:
    """The imports that a file does when it runs: at once, or in its functions too.

    Imports for type checkers alone don't count.
    """
    remaining: list[ast.AST] = [ast.parse(path.read_text(encoding="utf-8"))]
    while remaining:
        node = remaining.pop()
        if isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING"):
            remaining.extend(node.orelse)
        elif at_once and isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
            continue
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            yield node
        else:
            remaining.extend(ast.iter_child_nodes(node))


def imports(path: Path, at_once: bool = False) -> Iterator[str]:
    """The modules that a file imports, and what it takes from them."""
    for node in import_statements(path, at_once):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        else:
            assert not node.level, f"{path}: imports name their package"
            yield node.module or ""
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def top_level(path: Path) -> set[str]:
    return {name.partition(".")[0] for name in imports(path)}


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_run_one_way(path: Path) -> None:
    package = path.relative_to(ROOT).parts[0]
    forbidden = {
        "autograd": {"nn", "viz"},
        "nn": {"viz"},
        "viz": {"nn"},
        "chainrule": set(),
    }[package]
    assert not top_level(path) & forbidden
    assert not top_level(path) & {"tests", "examples", "benchmarks"}
    if package != "chainrule":
        of_the_facade = {name for name in imports(path) if name.startswith("chainrule.")}
        modules = {name for name in of_the_facade if name.count(".") == 1}
        assert modules <= {f"chainrule.{BELOW_ALL}", "chainrule.cli"}
        assert "chainrule.cli" not in modules or path.relative_to(ROOT) == Path("viz/__main__.py")


@pytest.mark.parametrize("stem", ["__init__", "__main__", "cli", "statuses", BELOW_ALL, "doctor"])
def test_what_says_who_overwrote_us_needs_the_standard_library_alone(stem: str) -> None:
    loaded = {name.partition(".")[0] for name in imports(ROOT / "chainrule" / f"{stem}.py", True)}
    assert loaded <= sys.stdlib_module_names | {"chainrule", "__future__"}


def dotted(path: Path) -> str:
    """The name of a module."""
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


NAMES = {dotted(path): path for path in MODULES}


def modules_imported(path: Path) -> set[str]:
    """The modules of ours that a file imports: of ``from autograd import ops`` it is ops."""
    found = set()
    for node in import_statements(path):
        for alias in node.names:
            whole = alias.name if isinstance(node, ast.Import) else f"{node.module}.{alias.name}"
            found.add(whole if whole in NAMES else whole.rpartition(".")[0])
    return found & {*NAMES}


def siblings(path: Path) -> set[str]:
    """The modules and packages of autograd that one of them imports."""
    stems = {each.stem for each in AUTOGRAD} | {"ops"}
    files = path.glob("*.py") if path.is_dir() else [path]
    names = [name for each in files for name in imports(each) if name.startswith("autograd.")]
    return {stem for _, stem, *_ in (name.split(".") for name in names) if stem in stems} - {
        path.name
    }


@pytest.mark.parametrize("stem", CORE)
def test_a_module_of_the_core_imports_those_before_it(stem: str) -> None:
    path = ROOT / "autograd" / ("ops" if stem == "ops" else f"{stem}.py")
    assert siblings(path) <= set(CORE[: CORE.index(stem)])


def test_no_two_modules_import_each_other() -> None:
    """Neither at once nor late, in no package; a package imports what its ``__init__`` does."""
    graph = {name: modules_imported(path) for name, path in NAMES.items()}
    assert graph["nn.training"] > {"nn.losses", "nn.module"}
    assert graph["autograd.value"] > {"autograd.ops"}
    assert "autograd" not in graph["autograd.value"]
    TopologicalSorter(graph).prepare()  # raises CycleError


@pytest.mark.parametrize("name", [n for n, path in NAMES.items() if path.name == "__init__.py"])
def test_no_module_is_hidden_by_what_its_package_calls_the_same(name: str) -> None:
    package = importlib.import_module(name)
    below = {each.rpartition(".")[2] for each in NAMES if each.rpartition(".")[0] == name}
    for each in below - {"__main__"}:
        module = importlib.import_module(f"{name}.{each}")
        assert getattr(package, each) is module
    assert not below & {*getattr(package, "__all__", [])} - {"nn", "viz"}


@pytest.mark.parametrize("path", AUTOGRAD, ids=lambda path: path.stem)
def test_autograd_imports_the_standard_library_alone(path: Path) -> None:
    """Other packages only in the functions that need them."""
    loaded = {name.partition(".")[0] for name in imports(path, at_once=True)}
    assert loaded <= sys.stdlib_module_names | {"autograd", "__future__"}


@pytest.mark.parametrize("package", [name for name in PACKAGES if name != "chainrule"])
def test_public_names_are_sorted_and_complete(package: str) -> None:
    module = importlib.import_module(package)
    names = module.__all__
    assert len(set(names)) == len(names)
    assert sorted(names, key=by_kind) == names
    assert all(hasattr(module, name) for name in names)  # which loads those that wait for it
    public = {
        name for name, each in vars(module).items()
        if not name.startswith("_") and not inspect.ismodule(each)
    }  # fmt: skip
    assert public - {*vars(builtins)} == set(names)


def by_kind(name: str) -> tuple[int, list[tuple[int, str]]]:
    """Order names as ruff does: constants, classes, functions; log2 before log10."""
    kind = 0 if name.isupper() else 1 if name[0].isupper() else 2
    parts = re.findall(r"\d+|\D+", name)
    return kind, [(int(part), "") if part.isdigit() else (-1, part) for part in parts]


def test_an_asterisk_hides_no_function_of_python() -> None:
    found: dict[str, object] = {}
    exec("from autograd import *\nfrom nn import *\nfrom viz import *", found)
    assert not {*found} & {*vars(builtins)} - {"__builtins__"}


def test_functions_all_reach_the_public_names() -> None:
    import autograd

    assert set(generated.names()) - {*vars(builtins)} <= set(autograd.__all__)
    assert set(generated.names()) <= set(dir(autograd))
    for op in generated.public_ops():
        assert getattr(autograd, op.name) is op is getattr(autograd.ops, op.name)


@pytest.mark.parametrize("path", generated.FILES, ids=lambda path: str)
def test_what_is_generated_is_fresh(path: Path) -> None:
    """If not, run ``make generated``."""
    assert generated.source(path) == generated.fresh(path)


@pytest.mark.parametrize("package", PACKAGES)
def test_every_public_name_is_documented(package: str) -> None:
    module = importlib.import_module(package)
    for name in module.__all__:
        if callable(getattr(module, name)):
            assert inspect.getdoc(getattr(module, name)), name


def definitions(body: list[ast.stmt], prefix: str = "") -> Iterator[tuple[str, Definition]]:
    """The public functions and classes of a module, with their methods, as the source has them."""
    for node in body:
        if isinstance(node, Definition) and (node.name[0] != "_" or node.name == "__init__"):
            yield prefix + node.name, node
            if isinstance(node, ast.ClassDef):
                yield from definitions(node.body, f"{prefix}{node.name}.")


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_what_help_shows_stands_in_the_source(path: Path) -> None:
    """An editor, or a program that writes documentation, reads the source and doesn't run it."""
    name = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
    tree = ast.parse(path.read_text(encoding="utf-8"))
    if path.name != "__main__.py":
        module = importlib.import_module(name)
        for qualified, node in dict(definitions(tree.body)).items():  # of overloads the last
            found = operator.attrgetter(qualified)(module)
            written = ast.get_docstring(node)
            if written is not None:
                assert inspect.getdoc(found) == written, qualified
            if inspect.isfunction(found) and not isinstance(node, ast.ClassDef):
                assert (found.__doc__ is None) == (written is None), qualified
                assert list(inspect.signature(found).parameters) == parameters(node), qualified
    for each in ast.walk(tree):
        if isinstance(each, (*Definition.__args__, ast.Module)):
            text = ast.get_docstring(each) or ""
            assert not re.search(r"^\s*<[a-z]+>$", text, re.MULTILINE), text


def parameters(function: ast.FunctionDef | ast.AsyncFunctionDef) -> list[str]:
    """The names of a function's parameters, in order."""
    given = function.args
    variadic = [[each] if each else [] for each in (given.vararg, given.kwarg)]
    listed = [*given.posonlyargs, *given.args, *variadic[0], *given.kwonlyargs, *variadic[1]]
    return [each.arg for each in listed]


@pytest.mark.parametrize("package", PACKAGES)
def test_packages_are_typed(package: str) -> None:
    assert (ROOT / package / "py.typed").exists()


def run_python(code: str, *options: str) -> str:
    """What a fresh interpreter prints."""
    done = subprocess.run(
        [sys.executable, *options, "-c", code],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        timeout=PATIENCE,
    )
    return done.stdout


def test_import_autograd_loads_the_standard_library_alone() -> None:
    loaded = run_python(
        "import sys; before = set(sys.modules); import autograd; "
        "print(*{name.partition('.')[0] for name in set(sys.modules) - before})"
    ).split()
    assert "autograd" in loaded
    assert set(loaded) <= sys.stdlib_module_names | {"autograd"}


def test_import_autograd_loads_what_a_graph_needs_and_no_more() -> None:
    """Without ``site``, which in some environments loads half of the standard library."""
    loaded = set(
        run_python(
            "import sys; sys.path.insert(0, ''); before = set(sys.modules); import autograd; "
            "print(*set(sys.modules) - before)",
            "-S",
        ).split()
    )
    ours = {name for name in loaded if name.startswith("autograd.") and ".ops." not in name}
    assert ours == {
        f"autograd.{name}"
        for name in ("appearance", "arguments", "arithmetic", "arrays", "chain_rule", "elsewhere",
                     "errors", "gates", "graph", "kept", "methods", "neighbours", "operands", "ops",
                     "polygammas", "protocols", "refusals", "text", "value")
    }  # fmt: skip
    others = {name for name in loaded if name[0] != "_" and name.partition(".")[0] != "autograd"}
    others -= {"unicodedata"}  # Python itself loads it to compile m.Φ, until there is bytecode
    # These `site` loads anyway.
    of_site = {"abc", "genericpath", "ntpath", "os", "os.path", "posixpath", "stat"}
    assert others <= of_site | {"contextvars", "itertools", "math", "numbers", "operator"}


def test_the_whole_public_interface_works_without_other_packages() -> None:
    assert (
        run_python(
            "import sys; sys.modules.update(numpy=None, rich=None, graphviz=None)\n"
            "import autograd\n"
            "x = autograd.Value(3.0)\n"
            "autograd.gradcheck(lambda x: autograd.softmax([x, 1.0])[0] / 2, [x])\n"
            "print(autograd.hessian(lambda x: x**2)(3.0))"
        )
        == "2.0\n"
    )


def test_every_file_has_a_name_that_all_systems_allow_and_tell_apart() -> None:
    """Windows and macOS take ``A.py`` for ``a.py``, and Windows has names of its own."""
    reserved = {
        "con",
        "prn",
        "aux",
        "nul",
        *(f"{port}{n}" for port in ("com", "lpt") for n in "123456789"),
    }
    for package in (*PACKAGES, "docs", "examples", "tests", "playground", "benchmarks", "tools"):
        for folder, folders, files in os.walk(ROOT / package):
            folders[:] = [each for each in folders if each != "node_modules" and each[0] != "."]
            names = [*folders, *files]
            assert len({name.casefold() for name in names}) == len(names), folder
            for name in names:
                assert name.partition(".")[0].casefold() not in reserved, name
                assert not re.search(r'[<>:"\\|?*\x00-\x1f]|[. ]$', name), name


def test_what_is_written_has_the_line_ends_that_were_meant() -> None:
    """Only ``write_atomically`` writes files: text in Python's text mode is another on Windows."""
    for path in MODULES:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Attribute):
                assert node.attr != "write_text", f"{path}, line {node.lineno}"


def test_an_sdist_contains_all_that_is_tracked(tmp_path: Path) -> None:
    """So the tests pass where it is unpacked."""
    git = shutil.which("git")
    if git is None or not (ROOT / ".git").exists():
        pytest.skip("only git knows what is tracked, and this is no checkout")
    listed = subprocess.run([git, "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False)
    if listed.returncode:
        pytest.skip(f"git does not tell what is tracked: {listed.stderr.decode()}")
    tracked = {name for name in listed.stdout.decode().split("\0") if (ROOT / name).is_file()}
    source = tmp_path / "source"  # a copy, as for the wheel
    for name in tracked:
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, source / name)
    code = f"from setuptools import build_meta; build_meta.build_sdist({str(tmp_path)!r})"
    subprocess.run([sys.executable, "-c", code], cwd=source, check=True, capture_output=True)
    [sdist] = tmp_path.glob("chainrule-*.tar.gz")
    with tarfile.open(sdist) as archive:
        files = [member.name for member in archive.getmembers() if member.isfile()]
    packed = {name.partition("/")[2] for name in files}
    assert tracked <= packed
    made = {name for name in packed - tracked if not name.startswith("chainrule.egg-info/")}
    assert made == {"PKG-INFO", "setup.cfg"}


def test_a_wheel_contains_the_packages_and_nothing_else(tmp_path: Path) -> None:
    # A copy, for setuptools leaves its traces in the folder that it builds from.
    source = tmp_path / "source"
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        (source / name).parent.mkdir(exist_ok=True)
        (source / name).write_bytes((ROOT / name).read_bytes())
    data = [ROOT / package / "py.typed" for package in PACKAGES]
    page = (ROOT / "viz" / "page").iterdir()
    data += [path for path in page if path.suffix in {".css", ".html", ".js"}]
    for path in [*MODULES, *data]:
        copy = source / path.relative_to(ROOT)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(path.read_bytes())
    (source / "tests").mkdir()
    (source / "tests" / "__init__.py").touch()
    command = [sys.executable, "-m", "pip", "wheel", "--no-deps", "--no-build-isolation", "--quiet"]
    subprocess.run([*command, "--wheel-dir", tmp_path, source], check=True, capture_output=True)
    [wheel] = tmp_path.glob("chainrule-*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    packed = {name for name in names if ".dist-info/" not in name}
    assert packed == {str(path.relative_to(ROOT)) for path in [*MODULES, *data]}


WITHOUT_NUMPY_AND_RICH = """
import sys
sys.modules["numpy"] = sys.modules["rich"] = None  # importing them fails
sys.stderr.isatty = lambda: True

import autograd, chainrule, chainrule.exercises, nn, viz
from chainrule.demo import worked_network

nodes = worked_network()
autograd.explain(nodes["L"], nodes["w131"])
print(autograd.check_derivation(nodes["L"], {"w212": -0.1304}))
assert "<svg" in viz.draw(nodes["L"]).pipe("svg", encoding="utf-8")
assert "<html" in viz.stepper(nodes["L"]).html
assert autograd.grad(lambda x: x**3)(2.0) == 12.0

model = nn.MLP(1, [2, 1], seed=0)
inputs, targets = [[float(i)] for i in range(40)], [i % 2 for i in range(40)]
history = nn.fit(model, inputs, targets, loss="binary_cross_entropy", epochs=2)
assert history.engine == "eager"
print(*history.notices)
assert len(nn.predict(model, inputs)) == 40 and nn.accuracy(model, inputs, targets) < 1
loss = nn.binary_cross_entropy(model(inputs[0]), 1)
assert "h1 = relu(a1)" in viz.to_text(loss, collapse="layer")
assert "h1[0] = relu(w·x + b)" in viz.to_text(loss, collapse="neuron")
for refused in (
    lambda: autograd.compile,
    lambda: nn.fit(model, inputs, targets, loss="binary_cross_entropy", engine="compiled"),
    lambda: nn.fit(model, inputs, targets, loss="binary_cross_entropy", executor=object()),
):
    try:
        refused()
    except (ImportError, nn.ConfigurationError) as error:
        print(str(error).splitlines()[0])
"""


def test_what_needs_neither_numpy_nor_rich_works_without_them() -> None:
    """As in a browser; and what can't says so."""
    ran = subprocess.run(
        [sys.executable, "-c", WITHOUT_NUMPY_AND_RICH],
        capture_output=True, text=True, encoding="utf-8", timeout=PATIENCE, cwd=ROOT,
        env={**os.environ, "PYTHONIOENCODING": "utf-8"},
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.splitlines()[-4:] == [
        "trained by the eager engine: compiled programs run on NumPy, which is not installed",
        "autograd.compile needs NumPy, which is not installed: pip install numpy",
        "the compiled engine can't train this: compiled programs run on NumPy, which is not "
        "installed",
        "an executor runs compiled programs, which need NumPy: pip install numpy",
    ]
    shown = ran.stderr.splitlines()
    assert [line.split()[:2] for line in shown] == [
        ["trained", "by"],
        ["epoch", "1/2"],
        ["epoch", "2/2"],
    ]
