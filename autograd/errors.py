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
    """Every error that autograd itself raises; its message is fit to be shown.

    >>> issubclass(OperandError, AutogradError), issubclass(OperandError, TypeError)
    (True, True)
    """

    def __str__(self) -> str:
        return printable_lines(super().__str__())


class OperandError(AutogradError, TypeError):
    """An operand is neither a Value nor a real number.

    >>> from autograd import Value
    >>> Value("3")
    Traceback (most recent call last):
    autograd.errors.OperandError: the data of a Value must be a real number, not the str '3'...
    """


class ArgumentError(AutogradError, ValueError):
    """An argument of the right type has a value that is not allowed, such as a count of -1.

    >>> from autograd import Value, paths
    >>> x = Value(2.0, label="x")
    >>> next(paths(x * x, x, top=-1))
    Traceback (most recent call last):
    autograd.errors.ArgumentError: top says how many paths to find: it can't be -1
    """


class ShapeError(AutogradError, ValueError):
    """The lengths of sequences do not fit together, or a sequence is empty.

    >>> import autograd
    >>> autograd.dot([1.0, 2.0], [3.0])
    Traceback (most recent call last):
    autograd.errors.ShapeError: dot needs as many inputs as weights, not 2 weights and 1 inputs
    """


class NotALeafError(AutogradError, TypeError):
    """A computed node was copied or pickled; only leaves can be.

    >>> import copy
    >>> from autograd import Value
    >>> copy.copy(Value(2.0) * 3)
    Traceback (most recent call last):
    autograd.errors.NotALeafError: Value(data=6.0, grad=0.0, op='*') was computed, and a copy...
    """


class NotDifferentiableError(AutogradError, TypeError):
    """A derivative was asked of an op that has no rule for it.

    >>> from autograd import Value, gradients
    >>> x = Value(2.0)
    >>> by_hand = Value(4.0, parents=(x,), local_derivatives=(4.0,), op="mine")
    >>> gradients(by_hand, [x], create_graph=True)
    Traceback (most recent call last):
    autograd.errors.NotDifferentiableError: Value(data=4.0, grad=Value(data=1.0, grad=0.0...
    """


class GradientCheckError(AutogradError, ArithmeticError):
    """The gradient of the backward pass and the finite differences disagree.

    >>> from autograd import gradcheck, primitive
    >>> wrong = primitive("wrong", lambda m, x: x * x, lambda m, y, x: (x,))
    >>> gradcheck(wrong, [3.0])
    Traceback (most recent call last):
    autograd.errors.GradientCheckError: 1 of 1 gradients are wrong; the worst is input 0 = 3...
    """


class AnomalyError(AutogradError, ArithmeticError):
    """A value or a gradient is inf or nan, and ``detect_anomaly()`` is watching.

    >>> from autograd import Value, detect_anomaly
    >>> with detect_anomaly(): Value(0.0, label="x").log()
    Traceback (most recent call last):
    autograd.errors.AnomalyError: log gave -inf...
    """


class LabelError(AutogradError, LookupError):
    """A label was given, and no node of the graph has it, or several have.

    >>> from autograd import Value, explain
    >>> x = Value(2.0, label="x")
    >>> explain(x * x, "w")
    Traceback (most recent call last):
    autograd.errors.LabelError: no node of the graph is called 'w'; there are 'x'
    """


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
