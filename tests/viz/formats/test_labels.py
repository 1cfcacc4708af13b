"""No label sits on the arrow that it speaks of: read off the curves that Graphviz draws."""

from __future__ import annotations

import re
from collections.abc import Iterator
from xml.etree import ElementTree

import pytest

from chainrule.demo import worked_network
from tests.viz.graphs import small_graph
from viz.formats.dot import RANKDIR, dot
from viz.formats.render import render
from viz.picture.picture import picture

NAMESPACE = "{http://www.w3.org/2000/svg}"
POINTS = 40  # on each piece of a curve
CHARACTER = 0.28  # half the width of one, of the size of the font
ROOM = 1  # points, between a text and half the width of the line


def curve(path: ElementTree.Element) -> Iterator[tuple[float, float]]:
    """Points on the Bézier curves of a path."""
    numbers = [float(each) for each in re.findall(r"-?\d+(?:\.\d+)?", path.get("d", ""))]
    corners = list(zip(numbers[::2], numbers[1::2], strict=True))
    for i in range(0, len(corners) - 3, 3):
        for step in range(POINTS + 1):
            t = step / POINTS
            weights = (1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t**2 * (1 - t), t**3
            yield tuple(  # type: ignore[misc]
                sum(w * corner[axis] for w, corner in zip(weights, corners[i : i + 4], strict=True))
                for axis in (0, 1)
            )


@pytest.mark.parametrize("direction", RANKDIR)
@pytest.mark.parametrize(
    ("build", "options"),
    [
        (lambda: worked_network()["L"], {}),
        (lambda: worked_network()["L"], {"paths_to": "w131"}),
        (small_graph, {}),
    ],
    ids=["network", "paths", "small"],
)
def test_no_label_sits_on_its_arrow(direction, build, options):
    loss = build()
    loss.backward()
    drawn = render(dot(picture(loss, direction=direction, **options)), "svg")
    labels = 0
    for edge in ElementTree.fromstring(drawn).iter(f"{NAMESPACE}g"):
        if edge.get("class") != "edge":
            continue
        path = edge.find(f"{NAMESPACE}path")
        assert path is not None
        room = float(path.get("stroke-width", 1)) / 2 + ROOM
        for text in edge.findall(f"{NAMESPACE}text"):
            labels += 1
            words, size = "".join(text.itertext()), float(text.get("font-size", 14))
            half = len(words) * size * CHARACTER
            x, y = float(text.get("x", 0)), float(text.get("y", 0))
            middle = x if text.get("text-anchor") == "middle" else x + half
            on_it = [
                point
                for point in curve(path)
                if abs(point[0] - middle) < half + room
                if y - 0.7 * size - room < point[1] < y + room
            ]
            assert not on_it, (words, on_it[0])
    assert labels
