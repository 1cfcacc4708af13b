"""What the labels of the elements of an array have in common."""

from __future__ import annotations

import re
from collections.abc import Sequence
from os.path import commonprefix
from string import digits

from autograd.text import without_subscripts


def common_label(labels: Sequence[str]) -> str:
    """Return the label that stands for those of an array's elements.

    >>> common_label(["h[0]", "h[1]"]), common_label(["w11", "w12"]), common_label(["p", "q"])
    ('h[0]', 'w1', 'p')
    """
    if all(label[-1:].isdecimal() for label in labels) and len(set(labels)) > 1:
        prefix = commonprefix(labels)  # noqa: RUF071 (of texts, not of paths)
        if any(len(label) == len(prefix) for label in labels):  # w1 begins w10 too
            prefix = prefix.rstrip("0123456789")
        if prefix and all(label[len(prefix) :].isdecimal() for label in labels):
            return prefix
    return labels[0]


def family(label: str) -> str:
    """Return what the labels of the elements of one array share.

    >>> family("h1[2]"), family("W1[0,2]"), family("w12"), family("rows.3.slope")
    ('h1', 'W1', 'w', 'rows.#.slope')
    """
    stem = without_subscripts(label)
    return re.sub(r"\.\d+", ".#", stem.rstrip(digits) if stem == label else stem)
