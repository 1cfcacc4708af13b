"""Wherever a user's text comes out, no control of the direction of writing comes with it."""

import importlib.util
import io

import pytest
from rich.console import Console

import autograd
import nn
import viz
from autograd import Value
from autograd.text import printable
from viz.terminal.walk import Walk

CONTROLS = [
    chr(code)
    for first, last in [(0x061C, 0x061C), (0x200E, 0x200F), (0x202A, 0x202E), (0x2066, 0x2069)]
    for code in range(first, last + 1)
]
PLACES = ["label", "op"]


def assert_none_in(text, what):
    found = sorted({f"U+{ord(c):04X}" for c in set(text) & set(CONTROLS)})
    at = next((i for i, c in enumerate(text) if c in CONTROLS), 0)
    assert not found, f"{what}: …{text[max(at - 60, 0) : at + 30]!r}"


@pytest.fixture(params=CONTROLS, ids=[f"U+{ord(c):04X}" for c in CONTROLS])
def control(request):
    return request.param


@pytest.fixture
def named(control, monkeypatch):
    """Return a loss and its nodes, whose labels, ops and constants have the control in them."""
    monkeypatch.setattr("autograd.ops.TABLE", dict(autograd.ops.TABLE))
    op = autograd.primitive(f"op{control}!", lambda m, x: m.exp(x), lambda m, y, x: (y,))
    x, w = Value(0.5, label=f"x{control}1"), Value(-0.25, label=f"w{control}[0]")
    u = op(x * w + 3.0)
    h = autograd.tanh(u)
    h.label = f"h{control}"
    loss = (h - 0.5) ** 2 + op(w)
    loss.label = f"L{control}oss"
    loss.backward()
    return loss, {"x": x, "w": w, "u": u, "h": h}


def test_a_control_is_named(control):
    assert printable(f"a{control}b") == f"a⟨U+{ord(control):04X}⟩b"


@pytest.mark.parametrize("text", ["👩‍💻", "👨‍👩‍👧", "❤️", "نمره", "שלום", "می‌خواهم", "ŷ", "∂"])
def test_other_text_stays(text):
    assert printable(text) == text


def test_pictures(named, tmp_path):
    loss, nodes = named
    for options in (
        {},
        {"constants": "show"},
        {"paths_to": nodes["w"]},
        {"focus": nodes["h"]},
        {"reached_from": nodes["x"]},
        {"depth": 1},
        {"collapse": "layer"},
        {"collapse": "neuron"},
    ):
        texts = [viz.to_dot(loss, **options), viz.to_mermaid(loss, **options)]
        texts.append(viz.to_text(loss, **options))
        for suffix in ("svg", "dot", "mmd", "txt"):
            path = viz.save(loss, tmp_path / f"graph.{suffix}", **options)
            texts.append(path.read_text(encoding="utf-8"))
        for text in texts:
            assert_none_in(text, f"{options} {text[:40]!r}")
            assert "U+" in text  # ⟨⟩ are entities in Mermaid


def test_layers(control, tmp_path):
    model = nn.MLP(2, [3, 2], activation="tanh", seed=1)
    for parameter in model.parameters():
        parameter.label = f"m{control}{parameter.label}"
    loss = nn.cross_entropy(model([0.5, 1.0]), 1)
    loss.label = f"L{control}"
    loss.backward()
    for collapse in (None, "layer", "neuron"):
        for suffix in ("svg", "dot", "mmd", "txt"):
            path = viz.save(loss, tmp_path / f"a.{suffix}", collapse=collapse)
            assert_none_in(path.read_text(encoding="utf-8"), f"{collapse} {suffix}")


def test_the_page_of_the_stepper(named, tmp_path):
    loss, _ = named
    text = viz.stepper(loss, tmp_path / "page.html").read_text(encoding="utf-8")
    assert_none_in(text, "the page")
    for escaped in (f"\\u{ord(c):04x}" for c in CONTROLS):
        assert escaped not in text.lower()


def test_the_terminal(named):
    loss, nodes = named
    output = io.StringIO()
    commands = "\n".join(
        ["n", "list", "watch h", "until h", f"explain {nodes['w'].label}", "formulas", "values"]
        + [f"{command} {node.name}" for command in ("node", "paths", "explain", "until", "watch",
                                                   "b", "x\u202ey") for node in nodes.values()]
        + ["b", "n 3", "list", "help", "n 1000"]
    )  # fmt: skip
    stepper = Walk(loss, nodes)
    stepper.console = Console(file=output, width=200)
    for line in commands.splitlines():
        stepper.onecmd(stepper.precmd(line))
    assert_none_in(output.getvalue(), "the terminal")
    assert "⟨U+" in output.getvalue()


def texts_of_explanations(loss, nodes):
    explained = autograd.explain(loss, nodes["w"])
    for each in (explained, *autograd.paths(loss, nodes["w"]), *autograd.steps(loss)):
        yield str(each)
        yield repr(each)
        for name in ("_repr_html_", "_repr_markdown_", "_repr_latex_"):
            if hasattr(each, name):
                yield getattr(each, name)()
    for node in (loss, *nodes.values()):
        yield node.name
        yield repr(node)
        yield str(node)
    report = autograd.check_derivation(loss, {nodes["w"]: 5.0, nodes["x"]: "2*3"})
    yield str(report)
    yield repr(report)
    for finding in report.findings:
        yield finding.message
        yield str(finding)
    for name in ("_repr_html_", "_repr_markdown_"):
        if hasattr(report, name):
            yield getattr(report, name)()


def test_explanations(named):
    for number, text in enumerate(texts_of_explanations(*named)):
        assert_none_in(text, f"text {number}")


def mistakes(control, loss, nodes):
    """Yield calls that are errors, each about something that has the control in its name."""
    name = f"a{control}b"
    w, h = nodes["w"], nodes["h"]
    yield lambda: float(h)
    yield lambda: h + name
    yield lambda: h + [h]  # noqa: RUF005
    yield lambda: __import__("copy").copy(h)
    yield lambda: h.__reduce__()
    yield lambda: autograd.check_derivation(loss, {name: 1.0})
    yield lambda: autograd.check_derivation(loss, {w: f"2*{name}"})
    yield lambda: autograd.check_derivation(loss, {w: object()})
    yield lambda: autograd.breakpoint_on(name)
    yield lambda: autograd.explain(loss, name)
    yield lambda: autograd.compile(lambda: Value(1.0, label=name) * (2 if w > 0 else 1))()
    yield lambda: autograd.compile(lambda: w * Value(1.0, label=name) * float(w))()
    yield lambda: autograd.compile(lambda: [1, 2][w])()
    yield lambda: autograd.compile(lambda: w, backend=name)
    yield lambda: viz.to_dot(loss, expand=[name], collapse="layer")
    yield lambda: viz.to_dot(loss, constants=name)
    yield lambda: viz.to_dot(loss, focus=Value(1.0, label=name))
    yield lambda: viz.to_dot(name)
    yield lambda: viz.save(loss, f"graph.{name}")
    yield lambda: viz.save(loss, "graph.svg", format=name)
    yield lambda: viz.stepper(loss, name)
    yield lambda: nn.MLP(2, [1], activation=name)
    yield lambda: nn.MLP(2, [1]).load_state_dict({name: 1.0})
    yield lambda: nn.MLP(2, [1]).load(f"{name}.json")
    yield lambda: nn.fit(nn.MLP(2, [1]), [[1, 2]], [1], loss=name, progress=False)
    yield lambda: anomaly(name)
    yield lambda: set_gradient(name)


def anomaly(name):
    with autograd.detect_anomaly():
        x = Value(0.0, label=name)
        y = autograd.sqrt(x)
        y.label = name
        y.backward()


def set_gradient(name):
    x = Value(1.0, label=name)
    x.grad = None
    (x * 2).backward()


def test_errors(control, named, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / f"a{control}b.json").write_text("[]")
    n_raised = 0
    for number, mistake in enumerate(mistakes(control, *named)):
        try:
            mistake()
        except Exception as error:
            n_raised += 1
            assert_none_in(str(error), f"mistake {number}, a {type(error).__name__}")
    assert n_raised > 20


def test_the_command_line(control, tmp_path, monkeypatch, capsys):
    from chainrule import cli

    monkeypatch.chdir(tmp_path)
    name = f"a{control}b.py"
    (tmp_path / name).write_text(
        f"from autograd import Value\nx = Value(3.0, label='x{control}')\n"
        f"loss = (x * x + 1) ** 2  # {control}\nderivation = {{x: 5}}\n"
        f"other = 'a{control}'\n",
        encoding="utf-8",
    )
    for arguments in (
        ["draw", f"{name}:loss", "--format", "text"],
        ["draw", f"{name}:loss", "-o", f"b{control}.svg"],
        ["draw", f"{name}:loss", "-o", f"b{control}.xyz"],
        ["draw", f"{name}:loss", "--collapse", f"b{control}"],
        ["stepper", f"{name}:loss", "-o", f"b{control}.html"],
        ["paths", f"{name}:loss", "x", "--formulas"],
        ["paths", f"{name}:loss", f"y{control}"],
        ["draw", f"{name}:other"],
        ["draw", f"{name}:y{control}"],
        ["check", name],
        ["demo", "-o", name],
        ["draw", f"none{control}.py:loss"],
        [f"none{control}"],
        ["check", name, f"none{control}"],
    ):
        cli.main(arguments)
        said = capsys.readouterr()
        assert_none_in(said.out + said.err, arguments)
    for path in tmp_path.glob("b*.svg"):
        assert_none_in(path.read_text(encoding="utf-8"), path.name)
    for path in tmp_path.glob("b*.html"):
        assert_none_in(path.read_text(encoding="utf-8"), path.name)


def test_places_in_the_source(control, tmp_path):
    path = tmp_path / f"a{control}b.py"
    path.write_text(
        f"from autograd import *\ndef f(x):\n    return 'a{control}' and x.tanh()\n",
        encoding="utf-8",
    )
    specification = importlib.util.spec_from_file_location("of_a_test", path)
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    with autograd.record_origins():
        y = module.f(Value(1.0))
    assert_none_in(str(y.origin), "the place")
    text, carets = y.origin.excerpt().splitlines()
    assert_none_in(text, "the line")
    assert text[carets.index("^") : carets.rindex("^") + 1] == "x.tanh()"


def test_compiled_programs(named):
    _, nodes = named
    step = autograd.compile(lambda: nodes["x"] * nodes["w"] + autograd.exp(nodes["w"]))
    step()
    assert_none_in(step.source, "the source")
    assert_none_in(repr(step.parameters) + str(step.parameters) + repr(step), "the parameters")


def test_plots(control):
    from matplotlib.figure import Figure
    from matplotlib.text import Text

    class Model(nn.Module):
        def __init__(self):
            self.parts = {f"a{control}": nn.MLP(2, [3, 1], activation="tanh", seed=1)}

        def __call__(self, inputs):
            [part] = self.parts.values()
            return part(inputs)

    model, inputs, targets = Model(), [[0.0, 1.0], [1.0, 0.5]], [0, 1]
    history = nn.fit(model, inputs, targets, loss="binary_cross_entropy", epochs=2, progress=False)
    figures = [Figure() for _ in range(3)]
    viz.plot_history(history, figures[0].subplots(1, 3))
    viz.activations(model, inputs, ax=figures[1].subplots())
    viz.decision_boundary(model, inputs, targets, ax=figures[2].subplots())
    for figure in figures:
        for text in figure.findobj(Text):
            assert_none_in(text.get_text(), "a plot")
    for layer in viz.layer_activations(model, inputs):
        assert_none_in(str(layer), "a layer")
