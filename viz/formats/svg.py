"""A picture as SVG: Graphviz's drawing, with classes, tooltips, and colours for light and dark."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

from autograd.text import printable
from viz.colours import DARK, LIGHT, Colours, path_colour, path_dashes
from viz.errors import OptionError
from viz.formats.dot import (
    EDGE_SIZE,
    FACTOR_SIZE,
    LEGEND_SIZE,
    NUMBER_SIZE,
    PATH_WIDTH,
    TITLE_SIZE,
    dot,
    edge_lines,
    node_lines,
)
from viz.formats.render import render
from viz.options import Theme
from viz.picture.model import Edge, Node, Picture, sign
from viz.text import visible

_NAMESPACE = "http://www.w3.org/2000/svg"
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")


def svg(shown: Picture, *, prefix: str = "") -> str:
    """Return a picture as a complete ``<svg>``, for a file of its own or inside a page.

    Every node is ``<g id="{prefix}n3" class="node leaf">`` and every edge ``<g id="{prefix}e5"
    class="edge positive">``. In a node, what carries the class title, value or gradient is that
    text, in an edge local or contribution: scripts may replace it, and nothing else moves. The
    style holds within this ``<svg>``, whose own id is ``{prefix}graph``.

    Raises:
        OptionError: if the prefix can't begin an id.
        RenderError: if there is no working renderer, or it fails, or it takes over a minute.

    >>> from autograd import Value
    >>> from viz.picture.picture import picture
    >>> text = svg(picture(Value(2.0, label="x").exp()), prefix="first-")
    >>> '<g id="first-n0" class="node leaf">' in text
    True
    """
    return dressed(render(dot(shown), "svg"), shown, prefix=prefix)


def prefix_of(text: str) -> str:
    """Return a prefix for the ids of a graph: the same for the same DOT text, else another.

    >>> prefix_of("digraph {}")
    'gcdffdece-'
    """
    return f"g{hashlib.sha256(text.encode()).hexdigest()[:8]}-"


def dressed(drawing: bytes, shown: Picture, *, prefix: str = "", in_notebook: bool = False) -> str:
    """Return the renderer's drawing of a picture with ids, classes, texts and colours of ours.

    A page that is narrower shows it smaller, and a notebook to half its size at most, so that it
    stays legible; there it is dark where the notebook is.
    What is in the drawing and not in the picture, as a node added by hand, stays as it is.
    """
    if not re.fullmatch(r"([A-Za-z][A-Za-z0-9_-]*)?", prefix):
        raise OptionError(
            f"the prefix of ids must be letters, digits, - and _, beginning with a letter, not "
            f"{visible(repr(prefix))}"
        )
    root = ElementTree.fromstring(drawing)
    for element in root.iter():  # written without a namespace, it is declared once
        element.tag = element.tag.removeprefix(f"{{{_NAMESPACE}}}")
        element.attrib.pop("{http://www.w3.org/XML/1998/namespace}space", None)
        element.tail = "\n" if element.tag in ("g", "title") else None
    graph = root.find("g")
    assert graph is not None  # every drawing of Graphviz has one
    _dress_root(root, shown, prefix, in_notebook)
    _dress_graph(graph, shown, prefix)
    return ElementTree.tostring(root, encoding="unicode") + "\n"


def _dress_root(root: Element, shown: Picture, prefix: str, in_notebook: bool) -> None:
    width = root.get("width", "")
    least = f"min-width:{float(_NUMBER.findall(width)[0]) / 2:.0f}pt;" if in_notebook else ""
    own = f"{prefix}graph"
    root.attrib = {
        "xmlns": _NAMESPACE,
        "id": own,
        "class": "chainrule",
        "role": "img",
        "aria-labelledby": f"{prefix}title {prefix}description",
        "width": width,
        "height": root.get("height", ""),
        "viewBox": root.get("viewBox", ""),
        "style": f"max-width:100%;{least}height:auto",
    }
    root.text = "\n"
    title = Element("title", {"id": f"{prefix}title"})
    title.text = shown.title
    description = Element("desc", {"id": f"{prefix}description"})
    description.text = shown.description
    style = Element("style")
    style.text = _style(f"#{own}", len(shown.paths), shown.theme, in_notebook)
    for i, element in enumerate((title, description, style)):
        element.tail = "\n"
        root.insert(i, element)


def _dress_graph(graph: Element, shown: Picture, prefix: str) -> None:
    del graph.attrib["id"]
    nodes = {node.id: node for node in shown.nodes}
    edges = {edge.id: edge for edge in shown.edges}
    bands = {band.id: band for band in shown.bands}
    groups: dict[str, Element] = {}
    legend = Element("g", {"class": "legend"})
    legend.tail = "\n"
    for element in list(graph):
        name = element.findtext("title", "")
        identifier, _, path = element.get("id", "").partition("_path")
        if element.tag == "title":
            graph.remove(element)
        elif element.tag == "polygon":
            element.set("class", "background")
        elif element.tag != "g":
            graph.remove(element)
            legend.append(element)
        elif element.get("class") == "node" and name in nodes:
            _dress_node(element, nodes[name], prefix)
        elif name in bands or identifier.partition("_")[0] in bands:
            element.attrib = {"id": f"{prefix}{identifier}", "class": "band"}
            _set_tooltip(element, (f"{bands[identifier.partition('_')[0]].text} edges",))
            for text in element.findall("text"):
                _place(text, None)
        elif element.get("class") == "cluster":
            element.attrib = {"id": f"{prefix}{identifier}", "class": "block"}
            for text in element.findall("text"):
                _place(text, None)
        elif identifier in edges:
            if identifier not in groups:
                groups[identifier] = element
                _dress_edge(element, edges[identifier], prefix)
            else:  # the same edge once more, for another path
                graph.remove(element)
            _add_path(groups[identifier], element, path)
        else:
            element.set("id", prefix + element.get("id", ""))
    if len(legend):
        _dress_legend(legend)
        graph.insert(1, legend)


def _dress_node(group: Element, node: Node, prefix: str) -> None:
    classes = ["node", node.kind, *["group"] * node.is_group, *["dimmed"] * node.dimmed]
    group.attrib = {"id": prefix + node.id, "class": " ".join(classes)}
    _set_tooltip(group, node.tooltip)
    texts = group.findall("text")
    lines = node_lines(node)
    if len(texts) != sum(map(len, lines)):
        return  # it was drawn from another DOT text
    shapes = [shape for shape in group if shape.tag in ("polygon", "path")]
    for outer in shapes[1:]:
        outer.set("style", "fill:none")
    middle = _middle(shapes[0]) if shapes else None
    for line in lines:
        first, *others = texts[: len(line)]
        del texts[: len(line)]
        for other in others:
            group.remove(other)
        _write_line(first, line, middle)
        if line[0][0] == "gradient" and node.gradient is not None:
            first.set("class", f"gradient {sign(node.gradient)}")


def _write_line(text: Element, line: list[tuple[str, str]], middle: float | None) -> None:
    """Write a line of a node: one class for the text, or one for each of its parts."""
    _place(text, middle)
    if len(line) == 1:
        [(text.attrib["class"], text.text)] = line
        return
    text.set("class", "line")
    text.text = None
    for part, words in line:
        span = SubElement(text, "tspan", {"class": part})
        before, equals, after = words.partition(" = ") if part == "value" else ("", "", words)
        span.text = after
        if equals and len(text) > 1:
            text[-2].tail = before + equals


def _dress_edge(group: Element, edge: Edge, prefix: str) -> None:
    classes = ["edge", edge.sign, *["dimmed"] * edge.dimmed, *["path"] * bool(edge.paths)]
    if "cut-off" in (edge.start.kind, edge.end.kind):
        classes.append("cut-off")
    group.attrib = {"id": prefix + edge.id, "class": " ".join(classes)}
    _set_tooltip(group, edge.tooltip)
    texts, lines = group.findall("text"), edge_lines(edge)
    if len(texts) == len(lines):
        cell = group.findall("polygon")[-1]  # drawn to know where the label stands
        group.remove(cell)
        for text, line in zip(texts, lines, strict=True):
            _write_line(text, [line], _middle(cell))


def _add_path(group: Element, drawn: Element, path: str) -> None:
    """Gather the strokes of an edge that paths run along: one group for each path."""
    if not path:
        return
    strokes = Element("g", {"class": f"path-{int(path) + 1}"})
    for stroke in [element for element in drawn if element.tag in ("path", "polygon")]:
        drawn.remove(stroke)
        strokes.append(stroke)
    position = next((i for i, element in enumerate(group) if element.tag == "text"), len(group))
    group.insert(position, strokes)


def _dress_legend(legend: Element) -> None:
    swatches = 0
    for element in legend:
        if element.tag == "polyline":
            swatches += 1
            element.set("class", f"path-{swatches}")
        elif element.tag == "text":
            weight = element.get("font-weight")
            _place(element, None)
            element.set("class", "sum" if weight else "product")


def _place(text: Element, middle: float | None) -> None:
    """Keep only the place of a text: the rest is style."""
    x, y, anchor = text.get("x", ""), text.get("y", ""), text.get("text-anchor", "")
    text.attrib = {"text-anchor": anchor, "x": x, "y": y}
    if middle is not None:  # the renderer estimates how wide a text is; this is exact
        text.attrib.update({"text-anchor": "middle", "x": f"{middle:.2f}"})


def _middle(shape: Element) -> float:
    numbers = [float(number) for number in _NUMBER.findall(shape.get("points", shape.get("d", "")))]
    return (min(numbers[::2]) + max(numbers[::2])) / 2


def _set_tooltip(group: Element, lines: tuple[str, ...]) -> None:
    title = group.find("title")
    if title is None:
        title = Element("title")
        group.insert(0, title)
    title.text = "\n".join(map(printable, lines))


Rule = tuple[str, str]  # selectors with commas between them, and what they set

_RULES: tuple[Rule, ...] = (
    ("text", f'font-family: Arial, "Liberation Sans", Helvetica, sans-serif; '
     f"font-size: {TITLE_SIZE}px"),
    (".title, .sum", "font-weight: bold"),
    (".gradient, .cut-off text", f"font-size: {NUMBER_SIZE}px"),
    (".legend text", f"font-size: {LEGEND_SIZE}px"),
    # Lines that pass behind a number leave some space around it.
    (".edge text", f"font-size: {EDGE_SIZE}px; stroke-width: 3px; stroke-linejoin: round; "
     "paint-order: stroke"),
    (".edge.path text", f"font-size: {FACTOR_SIZE}px"),
    # An edge has the colour of its sign, or those of its paths.
    (".edge path, .legend polyline", "stroke: currentColor"),
    (".edge polygon", "stroke: currentColor; fill: currentColor"),
    (".edge .contribution, .node .gradient", "fill: currentColor"),
    (".band text, .block text", f"font-size: {NUMBER_SIZE}px"),
    (".block path, .block polygon", "fill: none"),
)  # fmt: skip


# What the page of a notebook says of its theme, which needn't be that of the system: JupyterLab's
# and VS Code's.
_LIGHT_NOTEBOOK = ':is([data-jp-theme-light="true"], .vscode-light)'
_DARK_NOTEBOOK = ':is([data-jp-theme-light="false"], .vscode-dark)'


def _style(graph: str, paths: int, theme: Theme, in_notebook: bool) -> str:
    """Return the style sheet: what holds always and the light colours, then the dark ones."""
    lines: list[Rule] = []
    for i in range(paths):  # there are more dashes than in DOT, so all can be as wide
        path, legend = f".path-{i + 1}", f".legend .path-{i + 1}"
        lines += [
            (f"{path} path, {legend}", f"stroke-dasharray: {path_dashes(i)[1]}"),
            (f"{_shapes(path)}, {legend}", f"stroke-width: {PATH_WIDTH}px"),
        ]
    first = DARK if theme == "dark" else LIGHT
    sheet = _sheet(graph, [*_RULES, *lines, *_colour_rules(first, paths)])
    if theme != "auto":
        return f"\n{sheet}"
    dark = _sheet(graph, _colour_rules(DARK, paths))
    sheet = f"\n{sheet}@media (prefers-color-scheme: dark) {{\n{dark}}}\n"
    if in_notebook:
        sheet += _sheet(f"{_LIGHT_NOTEBOOK} {graph}", _colour_rules(LIGHT, paths))
        sheet += _sheet(f"{_DARK_NOTEBOOK} {graph}", _colour_rules(DARK, paths))
    return sheet


def _sheet(graph: str, rules: Iterable[Rule]) -> str:
    """Write rules that hold within one graph alone."""
    return "".join(
        f"{', '.join(f'{graph} {selector}' for selector in selectors.split(', '))} "
        f"{{ {declarations} }}\n"
        for selectors, declarations in rules
    )


def _colour_rules(colours: Colours, paths: int) -> Iterator[Rule]:
    yield ".background", f"fill: {colours.background}"
    yield "text", f"fill: {colours.ink}"
    yield ".cut-off text, .band text, .block text", f"fill: {colours.quiet}"
    yield ".band path", f"stroke: {colours.dim}"
    yield ".band polygon", f"stroke: {colours.dim}; fill: {colours.dim}"
    yield ".block path, .block polygon", f"stroke: {colours.line}"
    yield ".node", f"color: {colours.quiet}"
    yield ".edge", f"color: {colours.line}"
    yield ".edge text", f"fill: {colours.quiet}; stroke: {colours.background}"
    for kind, (frame, fill) in colours.kinds.items():
        yield _shapes(f".node.{kind}"), f"stroke: {frame}; fill: {fill}"
    for name, colour in colours.signs.items():
        yield f".{name}", f"color: {colour}"
    for i in range(paths):
        yield f".path-{i + 1}", f"color: {path_colour(colours, i)}"
    yield ".edge.path text", f"fill: {colours.ink}"
    yield _shapes(".node.dimmed"), f"stroke: {colours.dim}; fill: {colours.background}"
    yield ".node.dimmed text", f"fill: {colours.line}"
    yield ".edge.dimmed", f"color: {colours.dim}"


def _shapes(group: str) -> str:
    return f"{group} polygon, {group} path"
