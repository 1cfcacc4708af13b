"""Graphs that several tests draw, and reading DOT text back."""

import html
import re
from xml.etree import ElementTree

from autograd import Value

HOSTILE = [
    "</svg><script>alert(1)</script>",
    "\"quoted\" 'labels'",
    "a\nb\tc",
    "R&D &amp; \\N \\n",
    "]]> --> %% ;",
    "𝒘₁ 😀",
    "\0\x1b[2J\x7f",
    "**bold** `code` _x_ #35;",
    "1. first",
    "x" * 5000,
    "{a|b} <b>",
    "end",
]


def small_graph():
    x = Value(3.0, label="x")
    square = x * x
    square.label = "square"
    loss = 2 * x + square
    loss.label = "L"
    return loss


def chain(length):
    node = Value(1.0, label="x")
    for _ in range(length):
        node = -node
    return node


def node_labels(dot):
    """The lines of each node in DOT text, without its styles and without empty lines."""
    labels = re.findall(r"^\tn\d+ \[label=<(.*?)> shape=", dot, re.MULTILINE)
    return [
        [
            line
            for line in (
                html.unescape(re.sub("<[^>]*>", "", part)) for part in label.split("<BR/>")
            )
            if line != "\N{NO-BREAK SPACE}"
        ]
        for label in labels
    ]


def edge_labels(dot):
    """The lines of each edge in DOT text."""
    return [
        [
            html.unescape(re.sub("<[^>]*>", "", part)).replace("\N{NO-BREAK SPACE}", "")
            for part in label.split("<BR/>")
        ]
        for label in re.findall(r" -> \S+ \[id=\S+ label=<(<TABLE.*?</TABLE>)>", dot)
    ]


def edges(dot):
    return re.findall(r"^\t(\S+) -> (\S+) ", dot, re.MULTILINE)


def shown_texts(svg):
    """The texts that an SVG shows, in order; those still empty are left out."""
    texts = ElementTree.fromstring(svg).iter("{http://www.w3.org/2000/svg}text")
    # Graphviz writes the second of two spaces as a no-break space.
    found = ["".join(text.itertext()).replace("\N{NO-BREAK SPACE}", " ") for text in texts]
    return [text for text in found if text]
