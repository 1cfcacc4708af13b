"""The whole of it under one name: ``import chainrule as cr``.

It has the public names of :mod:`autograd`, and :mod:`nn` and :mod:`viz`, loaded when they are first
asked for:

>>> import chainrule as cr
>>> x = cr.Value(3.0)
>>> cr.tanh(x * x).op
'tanh'
>>> len(cr.nn.Neuron(2).parameters())
3
"""

import typing as _typing
import warnings as _warnings
from importlib import import_module as _import_module
from importlib.util import find_spec as _find_spec
from types import ModuleType as _ModuleType

from chainrule import installation as _installation
from chainrule.installation import ForeignPackageError as ForeignPackageError
from chainrule.installation import ForeignPackageWarning as ForeignPackageWarning

if _typing.TYPE_CHECKING:
    __version__: str
    import nn as nn
    import viz as viz
    from autograd import *  # noqa: F403
    from autograd import abs as abs
    from autograd import compile as compile
    from autograd import max as max
    from autograd import min as min
    from autograd import round as round
    from autograd import sum as sum
else:

    def __getattr__(name: str) -> _typing.Any:
        if name == "__version__":
            from chainrule.doctor import version

            return version()
        is_module = _find_spec(f"chainrule.{name}") is not None  # which an import then loads
        if is_module or (name.startswith("_") and name != "__all__"):
            raise AttributeError(f"module 'chainrule' has no attribute {name!r}")
        _installation.require_ours(*_installation.PACKAGES)
        if name == "__all__":
            found = _names()
        elif name in ("nn", "viz"):
            found = _import_module(name)
        else:
            found = getattr(_import_module("autograd"), name, None)
            if found is None or isinstance(found, _ModuleType):
                raise AttributeError(f"module 'chainrule' has no attribute {name!r}")
        globals()[name] = found
        return found

    def _names() -> list[str]:
        own = ["ForeignPackageError", "ForeignPackageWarning", "nn", "viz"]
        return sorted([*own, *_import_module("autograd").__all__])

    def __dir__() -> list[str]:
        beside = "abs", "compile", "max", "min", "round", "sum"  # which an asterisk leaves out
        return sorted({*globals(), *_names(), *beside})


if _problem := _installation.first_problem(*_installation.PACKAGES):
    _warnings.warn(str(_problem), ForeignPackageWarning, stacklevel=2)
else:
    _installation.warn_of_others()
