"""Pictures of the chain rule: every node, its value, its gradient; every edge, its derivative.

>>> from autograd import Value
>>> x = Value(3.0, label="x")
>>> print(to_dot(x * x).count("->"), "edges")
2 edges
"""

import typing as _typing
from importlib import import_module as _import_module

from viz.dot import to_dot
from viz.draw import draw, save
from viz.errors import (
    CommandError,
    ForeignPackageError,
    FormatError,
    GraphTooLargeError,
    MissingPackageError,
    NoScriptError,
    NotAValueError,
    OptionError,
    PlotError,
    RenderError,
    ScriptError,
    VizError,
)
from viz.mermaid import to_mermaid
from viz.stepper import StepperPage, stepper
from viz.tree import to_text

# Plots of a training need more of autograd, and are loaded when they are first asked for: this much
# must load beside a foreign autograd, for the doctor to say so.
_LATER = {
    "LayerActivations": "units",
    "activations": "plots",
    "decision_boundary": "plots",
    "layer_activations": "units",
    "plot_history": "plots",
}

if _typing.TYPE_CHECKING:
    from viz.plots import activations, decision_boundary, plot_history
    from viz.units import LayerActivations, layer_activations
else:

    def __getattr__(name: str) -> _typing.Any:
        if name not in _LATER:
            raise AttributeError(f"module 'viz' has no attribute {name!r}")
        found = getattr(_import_module(f"viz.{_LATER[name]}"), name)
        globals()[name] = found
        return found

    def __dir__() -> list[str]:
        return sorted({*globals(), *__all__})


__all__ = [
    "CommandError",
    "ForeignPackageError",
    "FormatError",
    "GraphTooLargeError",
    "LayerActivations",
    "MissingPackageError",
    "NoScriptError",
    "NotAValueError",
    "OptionError",
    "PlotError",
    "RenderError",
    "ScriptError",
    "StepperPage",
    "VizError",
    "activations",
    "decision_boundary",
    "draw",
    "layer_activations",
    "plot_history",
    "save",
    "stepper",
    "to_dot",
    "to_mermaid",
    "to_text",
]
