import re

from hypothesis import given, settings

import autograd
from autograd import Value
from tests.autograd.strategies import expressions
from tests.viz.graphs import HOSTILE, chain
from viz import to_mermaid, to_text
from viz.picture.picture import picture


@settings(max_examples=40, deadline=None)
@given(expressions())
def test_every_node_is_written_once_and_every_edge(expression):
    _, root = expression.record()
    shown = picture(root)
    lines = to_text(root).splitlines()
    referring = [line for line in lines if re.search(r", see \(\d+\)$", line)]
    assert len(lines) - len(referring) == len(shown.nodes)
    assert len(lines) == len(shown.edges) + 1


def test_references_lead_to_the_node_that_is_meant():
    x = Value(3.0, label="x")
    y = x.exp()
    y.label = "y"
    lines = to_text(y * x + y).splitlines()
    defined = dict(
        re.search(r"\[.*?\] (\w+).*  \((\d+)\)$", line).groups()[::-1]
        for line in lines
        if re.search(r"  \(\d+\)$", line)
    )
    referred = [re.search(r"\] (\w+).*, see \((\d+)\)$", line) for line in lines]
    found = [match.groups() for match in referred if match]
    assert found
    assert all(defined[number] == name for name, number in found)


def test_a_deep_chain_is_written_without_recursion():
    assert len(to_text(chain(5000), max_nodes=5001).splitlines()) == 5001


def test_hostile_labels_stay_on_their_line():
    for label in HOSTILE:
        text = to_text(Value(1.0, label=label).exp())
        assert len(text.splitlines()) == 2
        assert text.replace("\n", "").isprintable()


def test_hostile_labels_are_no_mermaid():
    for label in HOSTILE:
        x = Value(1.0, label=label)
        lines = to_mermaid(Value(1.0, [x], [1.0], op=label, label=label)).splitlines()
        assert len([line for line in lines if " -- " in line]) == 1
        for line in lines[1:3]:
            assert re.fullmatch(
                r'  n\d+(\["[^"<>`*;{}]*"\]|\[\["[^"<>`*;{}]*"\]\]):::\w+',
                re.sub(r"#\d+;|<br/>", "", line),
            )


def test_styles_of_mermaid_reach_every_edge():
    x = Value(0.5, label="x")
    root = autograd.tanh(x * x - 3 * x)
    root.backward()
    text = to_mermaid(root, paths_to=x)
    arrows = len(re.findall(r"^  n\d+ .*-->", text, re.MULTILINE))
    styled = [
        int(n) for found in re.findall(r"linkStyle ([\d,]+) ", text) for n in found.split(",")
    ]
    assert sorted(styled) == list(range(arrows))
