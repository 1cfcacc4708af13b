"""The colours of pictures, for light and for dark, those of plots, and the dashes of paths.

The hues are Okabe and Ito's, which colour-blind people tell apart, darkened or lightened until they
can be read as text. Colour never says anything alone: a sign is a minus as well, a kind of node a
shape, and a path a dash.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Colours:
    """What is drawn in which colour; of a kind of node the frame and the fill."""

    background: str
    ink: str
    quiet: str
    line: str
    dim: str
    signs: Mapping[str, str]
    kinds: Mapping[str, tuple[str, str]]
    paths: tuple[str, ...]


LIGHT = Colours(
    background="#ffffff",
    ink="#1f2933",
    quiet="#52606d",
    line="#9aa5b1",
    dim="#c5ccd3",
    signs={
        "positive": "#0072b2",
        "negative": "#c04d00",
        "zero": "#7b8794",
        "non-finite": "#a3377a",
        "none": "#9aa5b1",
    },
    kinds={
        "leaf": ("#009e73", "#e9f6f1"),
        "constant": ("none", "none"),
        "operation": ("#7b8794", "#f5f7fa"),
        "loss": ("#b07800", "#fdf3d8"),
        "cut-off": ("#9aa5b1", "none"),
    },
    paths=(
        "#0072b2",
        "#d55e00",
        "#008a64",
        "#b8528f",
        "#b07800",
        "#2f9bd6",
        "#5b3fa0",
        "#1f2933",
    ),
)
DARK = Colours(
    background="#12181f",
    ink="#e6edf3",
    quiet="#a9b6c3",
    line="#66737f",
    dim="#3b4753",
    signs={
        "positive": "#56b4e9",
        "negative": "#ff8f4d",
        "zero": "#8b98a5",
        "non-finite": "#f08cc8",
        "none": "#66737f",
    },
    kinds={
        "leaf": ("#2fbf93", "#10302a"),
        "constant": ("none", "none"),
        "operation": ("#7b8a99", "#1d2731"),
        "loss": ("#e6b034", "#372b0e"),
        "cut-off": ("#66737f", "none"),
    },
    paths=(
        "#4da3ff",
        "#ff8f4d",
        "#2fc79a",
        "#f08cc8",
        "#f0b429",
        "#8fd8ff",
        "#b39dff",
        "#e6edf3",
    ),
)

# Of plots, which matplotlib draws on white or on black: the hues themselves, but for yellow, which
# can't be read on white, and black.
BLUE, VERMILION = "#0072B2", "#D55E00"
PLOT_COLOURS = (BLUE, "#E69F00", "#009E73", "#CC79A7", "#56B4E9", VERMILION, "#999999")

# Of each path: the style in DOT, which knows three, and the lengths of dashes and gaps in SVG.
DASHES = (
    ("solid", "none"),
    ("dashed", "9 4"),
    ("dotted", "2 4"),
    ("solid", "16 3 3 3"),
    ("dashed", "5 3"),
    ("dotted", "10 3 2 3 2 3"),
    ("solid", "20 5"),
    ("dashed", "4 2 1 2"),
)


def path_colour(colours: Colours, path: int) -> str:
    """Return the colour of a path by its index; beyond the last they come again."""
    return colours.paths[path % len(colours.paths)]


def path_dashes(path: int) -> tuple[str, str]:
    """Return the dashes of a path by its index, in DOT and in SVG."""
    return DASHES[path % len(DASHES)]
