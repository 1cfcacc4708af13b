"""The exceptions of autograd, in one tree.

::

    AutogradError
    ├── OperandError (TypeError)         an operand that is not a Value or a real number
    ├── ArgumentError (ValueError)       a position, count or choice that is none of those allowed
    ├── ShapeError (ValueError)          lengths that do not fit together, or nothing at all
    ├── NotALeafError (TypeError)        copying or pickling a node that was computed
    ├── NotDifferentiableError (TypeError)  a derivative of an op that has no rule
    ├── GradientCheckError (ArithmeticError)  backward and finite differences disagree
    ├── AnomalyError (ArithmeticError)   a value or gradient is not finite, under detect_anomaly()
    ├── LabelError (LookupError)         no node, or several, with the label that was asked for
    └── FormulaError (ValueError)        a formula for a derivative that can't be read
"""

from __future__ import annotations

from autograd.text import printable_lines

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


class AutogradError(Exception):
    """Every error that autograd itself raises; its message is fit to be shown."""

    def __str__(self) -> str:
        return printable_lines(super().__str__())


class OperandError(AutogradError, TypeError):
    """An operand is neither a Value nor a real number."""


class ArgumentError(AutogradError, ValueError):
    """An argument of the right type has a value that is not allowed, such as a count of -1."""


class ShapeError(AutogradError, ValueError):
    """The lengths of sequences do not fit together, or a sequence is empty."""


class NotALeafError(AutogradError, TypeError):
    """A computed node was copied or pickled; only leaves can be."""


class NotDifferentiableError(AutogradError, TypeError):
    """A derivative was asked of an op that has no rule for it."""


class GradientCheckError(AutogradError, ArithmeticError):
    """The gradient of the backward pass and the finite differences disagree."""


class AnomalyError(AutogradError, ArithmeticError):
    """A value or a gradient is inf or nan, and ``detect_anomaly()`` is watching."""


class LabelError(AutogradError, LookupError):
    """A label was given, and no node of the graph has it, or several have."""


class FormulaError(AutogradError, ValueError):
    """A formula for a derivative can't be read; the message shows the place."""


def did_you_mean(name: str, options: Iterable[str], here: Mapping[str, str] | None = None) -> str:
    """Return ``"; did you mean 'tanh'?"`` for the closest option, or list what is allowed.

    ``here`` has what is called otherwise in other libraries, in small letters.

    >>> did_you_mean("tahn", ["relu", "tanh"])
    "; did you mean 'tanh'?"
    >>> did_you_mean("Relu", ["elu", "relu"])
    "; did you mean 'relu'?"
    >>> did_you_mean("swish", ["relu", "tanh"])
    "; it must be one of 'relu', 'tanh'"
    >>> did_you_mean("swish", ["relu", "silu"], {"swish": "'silu'"})
    "; here it is 'silu'"
    """
    if here and name.casefold() in here:
        return f"; here it is {here[name.casefold()]}"
    import difflib  # only for mistakes: importing it takes longer than the rest of autograd

    known = list(options)
    same = [option for option in known if option.casefold() == name.casefold()]
    if close := same or difflib.get_close_matches(name, known, n=1):
        return f"; did you mean {close[0]!r}?"
    return f"; it must be one of {', '.join(map(repr, known))}"
