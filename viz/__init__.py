"""Pictures of the chain rule: every node, its value, its gradient; every edge, its derivative.

>>> from autograd import Value
>>> x = Value(3.0, label="x")
>>> print(to_dot(x * x).count("->"), "edges")
2 edges
"""

from viz.dot import to_dot
from viz.draw import draw, save
from viz.errors import (
    CommandError,
    ForeignPackageError,
    FormatError,
    GraphTooLargeError,
    NoScriptError,
    NotAValueError,
    OptionError,
    RenderError,
    ScriptError,
    VizError,
)

__all__ = [
    "CommandError",
    "ForeignPackageError",
    "FormatError",
    "GraphTooLargeError",
    "NoScriptError",
    "NotAValueError",
    "OptionError",
    "RenderError",
    "ScriptError",
    "VizError",
    "draw",
    "save",
    "to_dot",
]
