"""Explanations: the notes' derivations, in every place where a person may see them."""

from __future__ import annotations

import io
import math
import os
import re
import subprocess
import sys
import types
from dataclasses import FrozenInstanceError
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given

import autograd
from autograd import ArgumentError, Explanation, OperandError, Value, explain, explanation
from tests.autograd.strategies import Expression, expressions
from tests.autograd.worked_network import WorkedNetwork
from tests.systems import needs

ROOT = Path(__file__).parents[3]

W212 = """\
L → ŷ1 → a21 → w212: (-0.4593)·(0.1769)·(0.8022) = -0.06519
L → ŷ2 → a21 → w212: (0.4593)·(-0.1769)·(0.8022) = -0.06519
sum of 2 paths = -0.1304
gradient ∂L/∂w212 = -0.1304"""

W131 = """\
L → ŷ1 → a21 → h13 → a13 → w131: (-0.4593)·(0.1769)·(0.2)·(0.09719)·(2) = -0.003159
L → ŷ1 → a22 → h13 → a13 → w131: (-0.4593)·(-0.1769)·(0.3)·(0.09719)·(2) = 0.004739
L → ŷ2 → a21 → h13 → a13 → w131: (0.4593)·(-0.1769)·(0.2)·(0.09719)·(2) = -0.003159
L → ŷ2 → a22 → h13 → a13 → w131: (0.4593)·(0.1769)·(0.3)·(0.09719)·(2) = 0.004739
sum of 4 paths = 0.003159
gradient ∂L/∂w131 = 0.003159"""

W212_FORMULAS = """\
∂L/∂ŷ1 = -2(1 - ŷ1) = -0.4593
∂ŷ1/∂a21 = ŷ1(1 - ŷ1) = 0.1769
∂a21/∂w212 = h12 = 0.8022
∂L/∂ŷ2 = -2(0 - ŷ2) = 0.4593
∂ŷ2/∂a21 = -ŷ2·ŷ1 = -0.1769"""


def test_the_weights_of_the_notes() -> None:
    network = WorkedNetwork()
    assert str(explanation(network.loss, network.w212)) == W212
    assert str(explanation(network.loss, network.w131)) == W131


def test_the_numbers_behind_the_text() -> None:
    network = WorkedNetwork()
    found = explanation(network.loss, network.w212)
    assert found.count == 2
    assert [path.product for path in found.paths] == pytest.approx([-0.0651883530900867] * 2)
    assert found.total == pytest.approx(-0.13037670618017336, rel=1e-14)
    assert found.gradient == pytest.approx(-0.13037670618017336, rel=1e-14)
    assert found.rest == 0.0


def test_formulas_come_on_request_each_once() -> None:
    network = WorkedNetwork()
    found = explanation(network.loss, network.w212, formulas=True)
    assert str(found) == f"{W212}\n\n{W212_FORMULAS}"


@given(expressions())
def test_what_is_shown_and_what_is_left_out_sum_to_the_gradient(expression: Expression) -> None:
    leaves, loss = expression.record()
    found = explanation(loss, leaves[0], max_paths=3)
    assert len(found.paths) == min(found.count, 3)
    assert found.gradient == autograd.gradients(loss, [leaves[0]])[0]
    if found.count > 3:
        assert found.total + found.rest == pytest.approx(found.gradient, rel=1e-9, abs=1e-9)


def test_gradients_stay_as_they_are() -> None:
    network = WorkedNetwork()
    network.loss.backward()
    before = [network.w212.grad, network.w131.grad, network.loss.grad, network.a2[0].grad]
    explanation(network.loss, network.w212)
    assert [network.w212.grad, network.w131.grad, network.loss.grad, network.a2[0].grad] == before


def test_nodes_without_labels_have_one_name_everywhere() -> None:
    p, q = Value(2.0, label="p"), Value(-1.0, label="q")
    s, t = p * q, p.exp()
    s.label, t.label = "s", "t"
    loss = s * t + q
    loss.label = "L"
    found = explanation(loss, p, formulas=True)
    assert str(found).splitlines() == [
        "L → s·t → s → p: (7.389)·(-1) = -7.389",
        "L → s·t → t → p: (-2)·(7.389) = -14.78",
        "sum of 2 paths = -22.17",
        "gradient ∂L/∂p = -22.17",
        "",
        "∂(s·t)/∂s = t = 7.389",
        "∂s/∂p = q = -1",
        "∂(s·t)/∂t = s = -2",
        "∂t/∂p = t = 7.389",
    ]
    assert r"\frac{\partial \left(s \cdot t\right)}{\partial s}" in found.latex()
    loss.label = ""
    assert "gradient ∂(s·t + q)/∂p = -22.17" in str(explanation(loss, p))


def test_labels_with_line_breaks_stay_on_their_line() -> None:
    x = Value(3.0, label="a\nb")
    y = x * x
    y.label = "y\r\nz"
    assert str(explanation(y, x)).splitlines() == [
        "y␍␊z → a␊b: (3) = 3",
        "y␍␊z → a␊b: (3) = 3",
        "sum of 2 paths = 6",
        "gradient ∂y␍␊z/∂a␊b = 6",
    ]
    assert "no path leads from a␊b to y␍␊z: " in str(explanation(x, y))


def test_too_many_paths_show_the_largest_and_say_what_the_rest_is() -> None:
    network = WorkedNetwork()
    assert str(explanation(network.loss, network.w131, max_paths=1)).splitlines() == [
        "L → ŷ1 → a22 → h13 → a13 → w131: (-0.4593)·(-0.1769)·(0.3)·(0.09719)·(2) = 0.004739",
        "sum of the 1 path shown = 0.004739",
        "sum of 3 paths left out = -0.00158",
        "gradient ∂L/∂w131 = 0.003159",
    ]


def test_no_path_may_be_asked_for() -> None:
    network = WorkedNetwork()
    assert str(explanation(network.loss, network.w212, max_paths=0)).splitlines() == [
        "sum of 2 paths left out = -0.1304",
        "gradient ∂L/∂w212 = -0.1304",
    ]


def doubled(times: int) -> tuple[Value, Value]:
    x = node = Value(1.0, label="x")
    for _ in range(times):
        node = node + node
    node.label = "y"
    return node, x


def test_2_to_the_60_paths() -> None:
    found = explanation(*doubled(60), max_paths=2)
    assert found.count == 2**60
    *_, shown, left_out, gradient = str(found).splitlines()
    assert shown == "sum of the 2 paths shown = 2"
    assert left_out == "sum of 1,152,921,504,606,846,974 paths left out = 1.153e+18"
    assert gradient == "gradient ∂y/∂x = 1.153e+18"


def test_a_number_of_paths_with_too_many_digits_is_rounded() -> None:
    found = explanation(*doubled(20_000), max_paths=1)
    assert "sum of about 10^6021 paths left out = inf" in str(found)


def test_a_path_of_10_000_nodes_is_shown_by_its_ends() -> None:
    x = node = Value(1.0, label="x")
    for _ in range(9_999):
        node = -node
    node.label = "y"
    found = explanation(node, x, formulas=True)
    assert str(found).splitlines() == [
        "y → -… → -… → -… → -… → … 9,990 more … → -(-(-(-x))) → -(-(-x)) → -(-x) → -x → x: "
        "(-1)·(-1)·(-1)·(-1)·(-1)·…·(-1)·(-1)·(-1)·(-1)·(-1) = -1",
        "sum of 1 path = -1",
        "gradient ∂y/∂x = -1",
        "",
        "∂y/∂(-…) = -1",
        "∂(-…)/∂(-…) = -1",
        "∂(-(-(-(-(-x)))))/∂(-(-(-(-x)))) = -1",
        "∂(-(-(-(-x))))/∂(-(-(-x))) = -1",
        "∂(-(-(-x)))/∂(-(-x)) = -1",
        "∂(-(-x))/∂(-x) = -1",
        "∂(-x)/∂x = -1",
    ]
    for text in (found.latex(), found._repr_html_(), found._repr_markdown_()):
        assert len(text) < 5000


def test_the_loss_itself() -> None:
    loss = Value(3.0, label="L") * 2
    loss.label = "L"
    found = explanation(loss, loss)
    assert str(found).splitlines() == ["L: 1 = 1", "sum of 1 path = 1", "gradient ∂L/∂L = 1"]
    assert found.latex() == r"\frac{\partial L}{\partial L} = 1"


def test_no_path_says_why() -> None:
    w = Value(3.0, label="w")
    loss = w * w
    loss.label = "L"
    w = Value(2.9, label="w")
    found = explanation(loss, w)
    assert (found.count, found.gradient, found.paths) == (0, 0.0, ())
    text = str(found)
    assert text.startswith("no path leads from L to w: ∂L/∂w = 0\n")
    assert "Is it the very Value that the loss was computed from?" in text
    assert "no path" in found._repr_markdown_()
    assert "<table" not in found._repr_html_()
    assert found.latex() == r"\frac{\partial L}{\partial w} = 0"


def test_parallel_edges_are_two_lines() -> None:
    x = Value(3.0, label="x")
    y = x * x
    y.label = "y"
    assert str(explanation(y, x, formulas=True)).splitlines() == [
        "y → x: (3) = 3",
        "y → x: (3) = 3",
        "sum of 2 paths = 6",
        "gradient ∂y/∂x = 6",
        "",
        "∂y/∂x = x = 3 (operand 1 alone)",
        "∂y/∂x = x = 3 (operand 2 alone)",
    ]


@pytest.mark.parametrize(
    ("local", "shown"), [(math.nan, "nan"), (math.inf, "inf"), (-math.inf, "-inf"), (1e-9, "1e-09")]
)
def test_numbers_of_any_kind(local: float, shown: str) -> None:
    x = Value(1.0, label="x")
    y = Value(1.0, [x, x], [local, local], label="y")
    found = explanation(y, x)
    assert f"y → x: ({shown}) = {shown}" in str(found)
    assert r"\infty" in found.latex() or not math.isinf(local)


def test_latex() -> None:
    network = WorkedNetwork()
    assert explanation(network.loss, network.w212).latex() == (
        r"""\begin{aligned}
\frac{\partial L}{\partial w_{212}} &= \frac{\partial L}{\partial \hat{y}_{1}} \frac{\partial """
        r"""\hat{y}_{1}}{\partial a_{21}} \frac{\partial a_{21}}{\partial w_{212}} \\
&\quad + \frac{\partial L}{\partial \hat{y}_{2}} \frac{\partial \hat{y}_{2}}{\partial a_{21}} """
        r"""\frac{\partial a_{21}}{\partial w_{212}} \\
&= (-0.4593) \cdot (0.1769) \cdot (0.8022) \\
&\quad + (0.4593) \cdot (-0.1769) \cdot (0.8022) \\
&= -0.1304
\end{aligned}"""
    )
    assert explanation(network.loss, network.w212, max_paths=1).latex().count(r"\cdots") == 2


def test_an_explanation_is_frozen_and_its_repr_is_the_text() -> None:
    network = WorkedNetwork()
    found = explanation(network.loss, network.w212)
    assert repr(found) == W212
    with pytest.raises(FrozenInstanceError):
        found.count = 3  # type: ignore[misc]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda x: explanation(x, 2.0), "the node must be a Value, not 2.0"),
        (lambda x: explain("L", x), "the loss must be a Value, not 'L'"),
    ],
)
def test_mistakes(call: Any, message: str) -> None:
    with pytest.raises(OperandError, match=message):
        call(Value(1.0))


def test_a_negative_count_is_a_mistake() -> None:
    x = Value(1.0)
    with pytest.raises(ArgumentError, match="max_paths says how many paths to show"):
        explanation(x, x, max_paths=-1)


# In notebooks.


class Tags(HTMLParser):
    """Note which tags there are, and whether each is closed."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.seen: set[str] = set()
        self.open: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.seen.add(tag)
        if tag != "br":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def hostile() -> Explanation:
    x = Value(3.0, label="<script>alert(1)</script>|**x**_`$y$")
    y = x * x
    y.label = "a&b\n[link](url)"
    return explanation(y, x, formulas=True)


def test_html_is_a_table_and_shows_labels_literally() -> None:
    network = WorkedNetwork()
    html = explanation(network.loss, network.w212, formulas=True)._repr_html_()
    assert html.count("<tr>") == 3
    assert "L → ŷ1 → a21 → w212</td>" in html
    assert "<li>∂a21/∂w212 = h12 = 0.8022</li>" in html
    for text in (html, hostile()._repr_html_()):
        tags = Tags(text)
        assert not tags.open
        assert "script" not in tags.seen


def test_markdown_is_a_table_and_shows_labels_literally() -> None:
    network = WorkedNetwork()
    lines = explanation(network.loss, network.w212, formulas=True)._repr_markdown_().splitlines()
    assert lines[2] == "| L → ŷ1 → a21 → w212 | (-0.4593)·(0.1769)·(0.8022) | -0.06519 |"
    assert r"- $\frac{\partial a_{21}}{\partial w_{212}} = h_{12} = 0.8022$" in lines
    row = hostile()._repr_markdown_().splitlines()[2]
    assert len(re.findall(r"(?<!\\)\|", row)) == 4
    assert not re.search(r"(?<!\\)[<*_`$\[]", row)


def test_explain_displays_in_a_notebook(monkeypatch: pytest.MonkeyPatch) -> None:
    displayed: list[object] = []
    ipython, display = types.ModuleType("IPython"), types.ModuleType("IPython.display")
    ipython.get_ipython = lambda: types.SimpleNamespace(kernel=object())  # type: ignore[attr-defined]
    display.display = displayed.append  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "IPython", ipython)
    monkeypatch.setitem(sys.modules, "IPython.display", display)
    network = WorkedNetwork()
    explain(network.loss, network.w212)
    [shown] = displayed
    assert isinstance(shown, Explanation)


def test_ipython_in_a_terminal_is_a_terminal(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    ipython = types.ModuleType("IPython")
    ipython.get_ipython = lambda: types.SimpleNamespace()  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "IPython", ipython)
    network = WorkedNetwork()
    explain(network.loss, network.w212)
    assert capsys.readouterr().out == f"{W212}\n"


# In a terminal, and piped.

PROGRAM = """
import sys
import autograd
assert "rich" not in sys.modules
from tests.autograd.worked_network import WorkedNetwork
{prepare}
network = WorkedNetwork()
autograd.explain(network.loss, network.w212)
"""


def environment(**changes: str) -> dict[str, str]:
    plain = {k: v for k, v in os.environ.items() if k not in ("NO_COLOR", "FORCE_COLOR")}
    return plain | {"PYTHONUTF8": "1", "TERM": "xterm-256color"} | changes


def in_terminal(prepare: str = "", **changes: str) -> str:
    """Run the program with its output in a pseudo-terminal, and return what it writes."""
    import pty  # not above, for Windows has none

    ours, theirs = pty.openpty()
    command = [sys.executable, "-c", PROGRAM.format(prepare=prepare)]
    with subprocess.Popen(
        command, stdout=theirs, stdin=theirs, cwd=ROOT, env=environment(**changes)
    ) as process:
        os.close(theirs)
        written = b""
        while True:
            try:
                piece = os.read(ours, 65536)
            except OSError:  # the other end is closed
                break
            if not piece:
                break
            written += piece
    os.close(ours)
    assert process.returncode == 0
    return written.decode().replace("\r\n", "\n")


def without_colours(text: str) -> str:
    return re.sub(r"\x1b\[[0-9;]*m", "", text)


@needs("pty")
def test_in_a_terminal_it_is_coloured_and_lines_are_whole() -> None:
    written = in_terminal(COLUMNS="40")
    assert "\x1b[" in written
    assert without_colours(written) == f"{W212}\n"


@needs("pty")
def test_no_color_is_obeyed() -> None:
    assert "\x1b[3" not in in_terminal(NO_COLOR="1")


@needs("pty")
def test_without_rich_it_is_plain() -> None:
    assert in_terminal("sys.modules['rich'] = None") == f"{W212}\n"


@pytest.mark.parametrize(
    ("encoding", "arrow"), [("utf-8", "→"), ("ascii", "->"), ("cp1252", "->"), ("latin-1", "->")]
)
def test_piped_it_is_plain_in_any_encoding(encoding: str, arrow: str) -> None:
    result = subprocess.run(
        [sys.executable, "-c", PROGRAM.format(prepare="")],
        capture_output=True,
        check=True,
        cwd=ROOT,
        env=environment(PYTHONUTF8="0", PYTHONIOENCODING=encoding, FORCE_COLOR="1"),
    )
    first = result.stdout.decode(encoding).splitlines()[0]
    assert "\x1b" not in first
    assert first.startswith(f"L {arrow} ")
    assert first.endswith("(0.8022) = -0.06519")


def test_rich_shows_labels_literally() -> None:
    from rich.console import Console

    x = Value(3.0, label="[bold]x[/bold]")
    console = Console(width=200, record=True, file=io.StringIO())
    console.print(explanation(x * 2, x))
    assert "([bold]x[/bold])·2 → [bold]x[/bold]: (2) = 2" in console.export_text()
