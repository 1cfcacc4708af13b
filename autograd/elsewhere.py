"""What things are called here, for those who come from micrograd, PyTorch, JAX or Keras."""

from __future__ import annotations

from collections.abc import Mapping

OF_VALUES = {
    "backward_": "the gradients of a graph are computed by value.backward()",
    "cpu": "a Value is on no device: its number is value.data",
    "item": "the number of a Value is value.data",
    "numpy": "the number of a Value is value.data",
    "requires_grad": "every Value gets a gradient; value.detach() has the number without the graph",
    "retain_grad": "every node keeps its gradient",
    "shape": "a Value is one number: vectors and matrices are lists of them",
    "tolist": "the number of a Value is value.data",
    "zero_grad": "write value.grad = 0.0, or model.zero_grad()",
}

OF_AUTOGRAD = {
    "Function": "an op of your own is autograd.primitive(name, value, derivatives)",
    "Tensor": "numbers are autograd.Value, one by one",
    "Variable": "numbers are autograd.Value, one by one",
    "elementwise_grad": "see autograd.jacobian",
    "jit": "see autograd.compile",
    "tensor": "numbers are autograd.Value, one by one",
    "vmap": 'see autograd.compile(loss, batch="x")',
}


def missing(owner: str, name: str, here: Mapping[str, str]) -> AttributeError:
    """Return the error for an attribute that is not there, and say what it is called here.

    >>> print(missing("'Value' object", "item", OF_VALUES))
    'Value' object has no attribute 'item'; the number of a Value is value.data
    """
    hint = f"; {here[name]}" if name in here else ""
    return AttributeError(f"{owner} has no attribute {name!r}{hint}", name=name)
