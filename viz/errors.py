"""The exceptions of viz, in one tree.

::

    VizError
    ├── NotAValueError (TypeError)       something that is not a Value was to be drawn
    ├── OptionError (ValueError)         an option out of range, or a focus outside the graph
    ├── GraphTooLargeError (ValueError)  more nodes than a picture can show
    ├── FormatError (ValueError)         a file format that the renderer does not write
    ├── RenderError (RuntimeError)       no program lays the graph out, or it failed
    ├── ForeignPackageError (ImportError)  another package has the import name of one of ours
    ├── ScriptError (RuntimeError)       a user's file did not run, or lacks what was asked for
    └── CommandError (ValueError)        the stepper can't do what it was told
"""


class VizError(Exception):
    """Every error that viz itself raises."""


class NotAValueError(VizError, TypeError):
    """Something that is not a Value was to be drawn."""


class OptionError(VizError, ValueError):
    """An option of a drawing is out of range, or its focus is not in the graph."""


class GraphTooLargeError(VizError, ValueError):
    """The graph has more nodes than a picture can show."""


class FormatError(VizError, ValueError):
    """The renderer does not write files of this format."""


class RenderError(VizError, RuntimeError):
    """No working renderer was found, or it failed, or it took too long."""


class ForeignPackageError(VizError, ImportError):
    """Another package is imported under the name of one of ours, such as HIPS autograd."""


class ScriptError(VizError, RuntimeError):
    """A user's file could not be run, or does not hold what was asked for."""


class CommandError(VizError, ValueError):
    """The stepper was told to do what it can't do, or not now."""
