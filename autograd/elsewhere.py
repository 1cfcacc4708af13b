"""What things are called here, for those who come from micrograd, PyTorch, JAX or Keras."""

from __future__ import annotations

from autograd.errors import OperandError
from autograd.text import public_names

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import NoReturn

OF_VALUES = {
    "_backward": "how far the gradient goes from a node to its parents: value.local_derivatives",
    "clone": "value.detach() is a new leaf with the same number",
    "cpu": "a Value is on no device: its number is value.data",
    "grad_fn": "see value.op, value.parents and value.local_derivatives",
    "item": "the number of a Value is value.data",
    "numpy": "the number of a Value is value.data",
    "pow": "write value**n",
    "requires_grad": "every Value gets a gradient; value.detach() has the number without the graph",
    "retain_grad": "every node keeps its gradient",
    "shape": "a Value is one number: vectors and matrices are lists of them",
    "size": "a Value is one number: vectors and matrices are lists of them",
    "tolist": "the number of a Value is value.data",
    "value": "the number of a Value is value.data",
    "zero_grad": "write value.grad = 0.0, or model.zero_grad()",
}

OF_AUTOGRAD = {
    "Function": "an op of your own is autograd.primitive(name, value, derivatives)",
    "Tensor": "numbers are autograd.Value, one by one",
    "Variable": "numbers are autograd.Value, one by one",
    "elementwise_grad": "see autograd.jacobian",
    "enable_grad": "there is a graph wherever autograd.no_grad() isn't",
    "engine": "write from autograd import Value",
    "inference_mode": "see autograd.no_grad",
    "jit": "see autograd.compile",
    "set_grad_enabled": "see autograd.no_grad",
    "tensor": "numbers are autograd.Value, one by one",
    "vmap": 'see autograd.compile(loss, batch="x")',
}

OF_BACKWARD = {
    "create_graph": "autograd.gradients(loss, [w], create_graph=True)",
    "gradient": "a factor of the loss: (2.0 * loss).backward()",
    "inputs": "autograd.gradients(loss, [w])",
    "retain_graph": "nothing: a graph stays, and backward() may be called again",
}


def missing(owner: str, name: str, here: Mapping[str, str]) -> AttributeError:
    """Return the error for an attribute that is not there, and say what it is called here.

    >>> print(missing("'Value' object", "item", OF_VALUES))
    'Value' object has no attribute 'item'; the number of a Value is value.data
    """
    hint = f"; {here[name]}" if name in here else ""
    return AttributeError(f"{owner} has no attribute {name!r}{hint}", name=name)


def refuse_arguments(function: str, given: Iterable[str], here: Mapping[str, str]) -> None:
    """Raise an error for arguments of other libraries, and say what the first is called here.

    Raises:
        OperandError: if there are any.

    >>> refuse_arguments("backward", ["retain_graph"], OF_BACKWARD)
    Traceback (most recent call last):
        ...
    autograd.errors.OperandError: backward() has no argument retain_graph=; here it is nothing: \
a graph stays, and backward() may be called again
    """
    for name in given:
        hint = f"; here it is {here[name]}" if name in here else ""
        raise OperandError(f"{function}() has no argument {name}={hint}")


class _Missing:
    """An attribute that is not there, and whose error says what it is called here."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __get__(self, value: object, kind: type) -> NoReturn:
        raise missing(f"{kind.__name__!r} object", self.name, OF_VALUES)

    def __set__(self, value: object, given: object) -> NoReturn:
        self.__get__(value, type(value))


class NamesElsewhere:
    """What notebooks that were written for micrograd and others read of a Value.

    These are descriptors, for a ``__getattr__`` would make every attribute of every node slow.

    >>> from autograd import Value
    >>> a = Value(2.0)
    >>> (a * 3)._op, a in (a * 3)._prev
    ('*', True)
    """

    __slots__ = ()

    if not TYPE_CHECKING:  # a type checker knows better names
        _prev = property(lambda value: {*value.parents})
        _op = property(lambda value: value.op)

    def __dir__(self) -> Iterable[str]:
        return {*public_names(self)} - {*OF_VALUES}


for _name in OF_VALUES:
    setattr(NamesElsewhere, _name, _Missing(_name))
