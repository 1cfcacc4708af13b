"""Pictures of the chain rule: every node, its value, its gradient; every edge, its derivative.

>>> from autograd import Value
>>> x = Value(3.0, label="x")
>>> print(to_dot(x * x).count("->"), "edges")
2 edges
"""

import typing as _typing
from importlib import import_module as _import_module

from chainrule.installation import ForeignPackageError
from chainrule.installation import require_ours as _require_ours

_require_ours("autograd")  # before anything of it is imported, to say whose it is if it is not

from viz.errors import (
    CommandError,
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
from viz.formats.dot import to_dot
from viz.formats.drawing import draw, save
from viz.formats.mermaid import to_mermaid
from viz.formats.render import Renderer, add_renderer, remove_renderer, render
from viz.formats.tree import to_text
from viz.page.epochs import Epochs
from viz.page.page import StepperPage, stepper

# Plots of a training need more of autograd, and are loaded when they are first asked for.
_LATER = {
    "LayerActivations": "plots.activations",
    "activations": "plots.plots",
    "decision_boundary": "plots.plots",
    "layer_activations": "plots.activations",
    "plot_history": "plots.plots",
}

if _typing.TYPE_CHECKING:
    from viz.plots.activations import LayerActivations, layer_activations
    from viz.plots.plots import activations, decision_boundary, plot_history
else:

    def __getattr__(name: str) -> _typing.Any:
        if name not in _LATER:
            from autograd.elsewhere import missing
            from viz.elsewhere import OF_VIZ

            raise missing("module 'viz'", name, OF_VIZ)
        found = getattr(_import_module(f"viz.{_LATER[name]}"), name)
        globals()[name] = found
        return found

    def __dir__() -> list[str]:
        return sorted({*globals(), *__all__})


__all__ = [
    "CommandError",
    "Epochs",
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
    "Renderer",
    "ScriptError",
    "StepperPage",
    "VizError",
    "activations",
    "add_renderer",
    "decision_boundary",
    "draw",
    "layer_activations",
    "plot_history",
    "remove_renderer",
    "render",
    "save",
    "stepper",
    "to_dot",
    "to_mermaid",
    "to_text",
]
