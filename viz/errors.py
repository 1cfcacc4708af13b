"""The exceptions of viz, in one tree; they extend that of :mod:`autograd.errors`.

::

    AutogradError
    └── VizError
        ├── NotAValueError (TypeError)       something that is not a Value was to be drawn
        ├── OptionError (ValueError)         an option out of range, or a focus outside the graph
        ├── GraphTooLargeError (ValueError)  more nodes than a picture can show
        ├── FormatError (ValueError)         a file format that the renderer does not write
        ├── RenderError (RuntimeError)       no program lays the graph out, or it failed
        ├── PlotError (ValueError)           data, a history or a model that does not fit the plot
        ├── MissingPackageError (ImportError)  a package that only plots need is not installed
        ├── ScriptError (RuntimeError)       a user's file did not run, or lacks what was asked for
        │   └── NoScriptError                there is no such file
        └── CommandError (ValueError)        the stepper can't do what it was told
"""

from autograd.errors import AutogradError


class VizError(AutogradError):
    """Every error that viz itself raises; its message is fit to be shown.

    >>> issubclass(OptionError, VizError), issubclass(OptionError, ValueError)
    (True, True)
    """


class NotAValueError(VizError, TypeError):
    """Something that is not a Value was to be drawn.

    >>> import viz
    >>> viz.to_text(3.0)
    Traceback (most recent call last):
    viz.errors.NotAValueError: what is drawn must be an autograd.Value, not the float 3.0
    """


class OptionError(VizError, ValueError):
    """An option of a drawing is out of range, or its focus is not in the graph.

    >>> import viz
    >>> from autograd import Value
    >>> viz.to_text(Value(3.0) * 2, depth=-1)
    Traceback (most recent call last):
    viz.errors.OptionError: depth must be a whole number, 0 or more, not -1
    """


class GraphTooLargeError(VizError, ValueError):
    """The graph has more nodes than a picture can show.

    >>> import viz
    >>> from autograd import Value
    >>> viz.to_dot(Value(3.0) * 2 + 1, max_nodes=1)
    Traceback (most recent call last):
    viz.errors.GraphTooLargeError: the graph to draw has 3 nodes, and max_nodes is 1; draw a...
    """


class FormatError(VizError, ValueError):
    """The renderer does not write files of this format.

    >>> import viz
    >>> from autograd import Value
    >>> viz.save(Value(3.0) * 2, "graph.docx")
    Traceback (most recent call last):
    viz.errors.FormatError: can't write the format 'docx'; it must be one of...
    """


class RenderError(VizError, RuntimeError):
    """No working renderer was found, or it failed, or it took too long."""


class PlotError(VizError, ValueError):
    """Data, a history or a model does not fit the plot that was asked for.

    >>> import viz
    >>> viz.plot_history([])
    Traceback (most recent call last):
    viz.errors.PlotError: a history is what nn.fit returned, not []
    """


class MissingPackageError(VizError, ImportError):
    """A package that only some pictures need is not installed."""


class ScriptError(VizError, RuntimeError):
    """A user's file could not be run, or does not hold what was asked for."""


class NoScriptError(ScriptError):
    """There is no file of the name that was given."""


class CommandError(VizError, ValueError):
    """The stepper was told to do what it can't do, or not now."""


def said_by(error: Exception) -> str:
    """Return the message of an error, without the number that the system has for it.

    >>> said_by(FileNotFoundError(2, "No such file or directory", "net.py"))
    "No such file or directory: 'net.py'"
    """
    if not isinstance(error, OSError) or not error.strerror:
        return str(error)
    names = [repr(name) for name in (error.filename, error.filename2) if name is not None]
    return f"{error.strerror}{': ' if names else ''}{' -> '.join(names)}"
