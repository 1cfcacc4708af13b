"""Models of PyTorch as modules of Values, to be explained, drawn and stepped through, and back.

A model is traced by ``torch.fx``; its graph is then run on nested lists of Values in place of
tensors, for one example: an axis of the batch is not there.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import autograd
from autograd import Value
from autograd.structures import leaves_of, map_leaves
from nn.errors import ConfigurationError, DataError, StateError
from nn.module import Module

if TYPE_CHECKING:
    import torch
    from torch import fx

    from nn.layers import MLP

Nested = Any  # a Value, or lists of them: a tensor without the axis of the batch


class TorchModel(Module):
    """A model of PyTorch, of Values: called with one example, without the axis of the batch.

    Its parameters are those of the model, under the same names: ``0.weight`` is a list of rows.

    >>> import torch
    >>> ours = from_torch(torch.nn.Linear(2, 3))
    >>> [name for name, _ in ours.named_parameters()][:2]
    ['tensors.weight.0.0', 'tensors.weight.0.1']
    """

    def __init__(self, parameters: Mapping[str, Nested], run: Callable[..., Nested]) -> None:
        self.tensors = dict(parameters)
        self._run = run

    def __call__(self, *inputs: Any) -> Nested:
        """Compute the output for one example."""
        return self._run(self.tensors, *inputs)

    def label_of(self, path: Sequence[Any]) -> str | None:
        """Call the parameters as PyTorch does, with their position: ``0.weight[2,1]``."""
        match path:
            case ["tensors", name, *index]:
                return f"{name}[{','.join(map(str, index))}]" if index else str(name)
        return None


def from_torch(model: torch.nn.Module) -> TorchModel:
    """Return a model of PyTorch as a module of Values, with the same parameters and gradients.

    It may be of linear layers, activations, softmax, layer norm, embeddings, flatten, dropout (in
    evaluation), and of any module that ``torch.fx`` traces to these, to arithmetic, indexing and
    concatenation. Numbers are computed in double precision. An axis that is counted from the front
    counts that of the batch, as in the model's own code: ``Softmax(dim=1)`` is over a vector.

    Raises:
        ConfigurationError: if something in the model is not supported; it is named.

    >>> import torch
    >>> ours = from_torch(torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.Tanh()))
    >>> h = ours([0.5, -1.0])
    >>> h[0].backward()
    >>> len(h), h[0].op
    (3, 'tanh')
    """
    graph, traced = _traced(model)
    modules = dict(traced.named_modules())
    steps = {node.name: _step_of(node, modules) for node in graph.nodes}
    shared: dict[int, Nested] = {}  # a parameter that stands in two places is one
    parameters: dict[str, Nested] = {}
    for name, tensor in model.named_parameters(remove_duplicate=False):
        if id(tensor) not in shared:
            shared[id(tensor)] = map_leaves(Value, tensor.detach().double().tolist())
        parameters[name] = shared[id(tensor)]
    buffers = {name: tensor.double().tolist() for name, tensor in traced.named_buffers()}

    def run(tensors: Mapping[str, Nested], *inputs: Any) -> Nested:
        known: dict[str, Any] = {}
        given = iter([each.tolist() if hasattr(each, "tolist") else each for each in inputs])
        for name, compute in steps.items():
            known[name] = compute(known, {**tensors, **buffers}, given)
        return known[name]

    return TorchModel(parameters, run)


def _traced(model: torch.nn.Module) -> tuple[fx.Graph, torch.nn.Module]:
    """Return what a model computes, step by step, and the module that has what the steps name."""
    from torch import fx

    if fx.Tracer().is_leaf_module(model, ""):  # one of PyTorch's own, which is a step as it is
        graph = fx.Graph()
        graph.output(graph.call_module("", (graph.placeholder("x"),)))
        return graph, model
    try:
        traced = fx.symbolic_trace(model)
    except Exception as error:  # whatever the model's own code raises when it is traced
        raise ConfigurationError(
            f"torch.fx can't trace {type(model).__name__}, so it can't be made of Values: {error}"
        ) from error
    return traced.graph, traced


Known = Mapping[str, Any]
Step = Callable[[Known, Known, Iterator[Any]], Any]


def _step_of(node: fx.Node, modules: Mapping[str, torch.nn.Module]) -> Step:
    """Return what computes a node from those before it, the tensors by name, and the inputs."""
    from torch import fx

    def put_in(argument: Any, known: Known) -> Any:
        return fx.node.map_arg(argument, lambda each: known[each.name])

    target: Any = node.target
    if node.op == "placeholder":
        return lambda known, tensors, given: next(given)
    if node.op == "get_attr":
        return lambda known, tensors, given: tensors[target]
    if node.op == "output":
        return lambda known, tensors, given: put_in(node.args[0], known)
    if node.op == "call_module":
        layer, prefix = _layer(modules[target], target), f"{target}." if target else ""
        return lambda known, tensors, given: layer(
            {n.removeprefix(prefix): each for n, each in tensors.items() if n.startswith(prefix)},
            *put_in(node.args, known),
        )
    function, options = _function(node), _options(node)
    return lambda known, tensors, given: function(
        *put_in(node.args, known), **put_in(options, known)
    )


# Modules.

Layer = Callable[..., Nested]


def _layer(module: torch.nn.Module, name: str) -> Layer:
    """Return what computes a module from its tensors by name, and its inputs."""
    from torch import nn

    if isinstance(module, nn.Linear):
        return lambda tensors, x: _linear(x, tensors["weight"], tensors.get("bias"))
    if isinstance(module, nn.LayerNorm):
        if len(module.normalized_shape) > 1:
            raise _unsupported(f"{name}: LayerNorm over more than one axis")
        return lambda tensors, x: _layer_norm(
            x, tensors.get("weight"), tensors.get("bias"), module.eps
        )
    if isinstance(module, nn.Embedding):
        return lambda tensors, index: map_leaves(lambda i: tensors["weight"][int(i)], index)
    if isinstance(module, (nn.Identity, nn.Dropout)):
        return lambda tensors, x: x
    if isinstance(module, nn.Flatten):
        return lambda tensors, x: list(leaves_of(x))
    if isinstance(module, (nn.Softmax, nn.LogSoftmax)):
        op = autograd.softmax if isinstance(module, nn.Softmax) else autograd.log_softmax
        axis = _axis(module.dim)
        return lambda tensors, x: _along(x, axis, op)
    for kind, activation in _activations(module):
        if isinstance(module, kind):
            return lambda tensors, x: map_leaves(activation, x)
    module_name = f"the module {type(module).__name__}"
    raise _unsupported(f"{name}: {module_name}" if name else module_name)


def _activations(module: Any) -> list[tuple[type, Callable[[Any], Any]]]:
    from torch import nn

    slope = getattr(module, "negative_slope", 0.01)
    alpha = getattr(module, "alpha", 1.0)
    if isinstance(module, nn.Softplus) and module.beta != 1:
        raise _unsupported(f"Softplus with beta={module.beta}")
    if isinstance(module, nn.GELU) and module.approximate != "none":
        raise _unsupported(f"GELU with approximate={module.approximate!r}")
    return [
        (nn.ReLU, autograd.relu),
        (nn.Tanh, autograd.tanh),
        (nn.Sigmoid, autograd.sigmoid),
        (nn.GELU, autograd.gelu),
        (nn.SiLU, autograd.silu),
        (nn.SELU, autograd.selu),
        (nn.Mish, autograd.mish),
        (nn.Softplus, autograd.softplus),
        (nn.LogSigmoid, autograd.logsigmoid),
        (nn.LeakyReLU, lambda x: autograd.leaky_relu(x, slope)),
        (nn.ELU, lambda x: autograd.elu(x, alpha)),
        (nn.Tanhshrink, lambda x: x - autograd.tanh(x)),
    ]


def _linear(x: Nested, weight: Nested, bias: Nested | None) -> Nested:
    if isinstance(x[0], (list, tuple)):
        return [_linear(row, weight, bias) for row in x]
    if bias is None:
        return [autograd.dot(row, x) for row in weight]
    return [autograd.dot(row, x) + b for row, b in zip(weight, bias, strict=True)]


def _layer_norm(
    x: Nested, weight: Sequence[Value] | None, bias: Sequence[Value] | None, epsilon: float
) -> Nested:
    if isinstance(x[0], (list, tuple)):
        return [_layer_norm(row, weight, bias, epsilon) for row in x]
    mean = autograd.mean(x)
    centred = [each - mean for each in x]
    deviation = autograd.sqrt(autograd.mean([each * each for each in centred]) + epsilon)
    normal = [each / deviation for each in centred]
    if weight is not None:
        normal = [each * w for each, w in zip(normal, weight, strict=True)]
    return normal if bias is None else [each + b for each, b in zip(normal, bias, strict=True)]


# Functions and methods.


def _function(node: Any) -> Callable[..., Nested]:
    """Return what computes a function or a method of tensors."""
    import torch

    if node.op == "call_method":
        name = node.target
    elif node.target in _OPERATORS:
        return _OPERATORS[node.target]
    elif node.target is operator.getitem:
        return _item
    else:  # one of PyTorch's has one name wherever it stands: in torch, in functional, in Tensor
        name = node.target.__name__
        if node.target not in (
            getattr(where, name, None) for where in (torch, torch.nn.functional, torch.Tensor)
        ):
            raise _unsupported(f"the function {name}")
    known = _functions().get(name)
    if known is None:
        raise _unsupported(f"the function {name}")
    more = {*_options(node)} - {"inplace", "dim", "training", "p", "start_dim", "other", "input"}
    if more or (known in _OF_ONE.values() and len(node.args) > 1):
        raise _unsupported(f"{name} with {', '.join(sorted(more)) or 'more arguments'}")
    return known


def _options(node: Any) -> dict[str, Any]:
    """Return the keyword arguments of a call that say something."""
    given: Mapping[str, Any] = node.kwargs
    return {n: value for n, value in given.items() if value is not None and n != "_stacklevel"}


def _elementwise(function: Callable[[Any, Any], Any]) -> Callable[[Nested, Nested], Nested]:
    def over(a: Nested, b: Nested) -> Nested:
        if not isinstance(a, (list, tuple)):
            return (
                map_leaves(lambda each: function(a, each), b)
                if isinstance(b, (list, tuple))
                else function(a, b)
            )
        if not isinstance(b, (list, tuple)):
            return map_leaves(lambda each: function(each, b), a)
        deep_a, deep_b = _depth(a), _depth(b)
        if deep_a != deep_b:
            return (
                [over(each, b) for each in a] if deep_a > deep_b else [over(a, each) for each in b]
            )
        if len(a) == len(b):
            return [over(x, y) for x, y in zip(a, b, strict=True)]
        if 1 in (len(a), len(b)):
            return [over(a[i % len(a)], b[i % len(b)]) for i in range(max(len(a), len(b)))]
        raise DataError(f"tensors of {len(a)} and {len(b)} elements don't fit together")

    return over


_OPERATORS: dict[Any, Callable[..., Nested]] = {
    each: _elementwise(each)
    for each in (operator.add, operator.sub, operator.mul, operator.truediv, operator.pow)
} | {
    operator.neg: lambda x: map_leaves(operator.neg, x),
    operator.matmul: lambda a, b: _matmul(a, b),
}


def _functions() -> dict[str, Callable[..., Nested]]:
    return {
        **_OF_ONE,
        "add": _OPERATORS[operator.add],
        "sub": _OPERATORS[operator.sub],
        "mul": _OPERATORS[operator.mul],
        "div": _OPERATORS[operator.truediv],
        "pow": _OPERATORS[operator.pow],
        "neg": _OPERATORS[operator.neg],
        "matmul": _matmul,
        "softmax": lambda x, dim: _along(x, _axis(dim), autograd.softmax),
        "log_softmax": lambda x, dim: _along(x, _axis(dim), autograd.log_softmax),
        "flatten": lambda x, start_dim=1: list(leaves_of(x)),
        "cat": _concatenate,
        "sum": lambda x, dim=None: _reduce(x, dim, autograd.sum),
        "mean": lambda x, dim=None: _reduce(x, dim, autograd.mean),
        "dropout": lambda x, p=0.5, training=False, inplace=False: x,
    }


def _over_leaves(function: Callable[[Any], Any]) -> Callable[..., Nested]:
    def over(x: Nested, inplace: bool = False) -> Nested:
        return map_leaves(function, x)

    return over


_OF_ONE: dict[str, Callable[..., Nested]] = {
    name: _over_leaves(function)
    for name, function in {
        "relu": autograd.relu, "tanh": autograd.tanh, "sigmoid": autograd.sigmoid,
        "gelu": autograd.gelu, "silu": autograd.silu, "selu": autograd.selu,
        "mish": autograd.mish, "softplus": autograd.softplus, "logsigmoid": autograd.logsigmoid,
        "exp": autograd.exp, "log": autograd.log, "sqrt": autograd.sqrt, "sin": autograd.sin,
        "cos": autograd.cos, "abs": autograd.abs, "erf": autograd.erf,
    }.items()
}  # fmt: skip


def _item(x: Nested, index: Any) -> Nested:
    """Index a tensor as the model does, whose first index is over the batch."""
    of_batch, *rest = index if isinstance(index, tuple) else (index,)
    if of_batch is not Ellipsis and of_batch != slice(None):
        raise _unsupported(f"the index {of_batch!r} into the axis of the batch")
    for position in rest:
        x = x[position]
    return x


def _concatenate(tensors: Iterable[Nested], dim: int = 0) -> Nested:
    axis = _axis(dim)
    tensors = list(tensors)
    if axis < 0:
        axis += _depth(tensors[0])
    if axis:
        return [_concatenate(rows, axis) for rows in zip(*tensors, strict=True)]
    return [each for tensor in tensors for each in tensor]


def _matmul(a: Nested, b: Nested) -> Nested:
    columns = list(zip(*b, strict=True)) if isinstance(b[0], (list, tuple)) else None
    if isinstance(a[0], (list, tuple)):
        return [_matmul(row, b) for row in a]
    return autograd.dot(a, b) if columns is None else [autograd.dot(a, list(c)) for c in columns]


def _along(x: Nested, axis: int, op: Callable[[Sequence[Any]], Any]) -> Nested:
    """Apply an op of a vector along an axis: the last, or the only one."""
    depth = _depth(x)
    if axis % depth != depth - 1:
        raise _unsupported("softmax along another axis than the last")
    return [_along(row, -1, op) for row in x] if depth > 1 else op(x)


def _reduce(x: Nested, dim: Any, op: Callable[[Sequence[Any]], Any]) -> Nested:
    if dim is None:
        raise _unsupported("a sum or mean over the whole batch")
    if isinstance(dim, (list, tuple)):
        raise _unsupported("a sum or mean over several axes")
    axis = _axis(dim)
    depth = _depth(x)
    if axis % depth != depth - 1:
        raise _unsupported("a sum or mean along another axis than the last")
    return [_reduce(row, -1, op) for row in x] if depth > 1 else op(x)


def _depth(x: Nested) -> int:
    depth = 0
    while isinstance(x, (list, tuple)) and x:
        x, depth = x[0], depth + 1
    return depth


def _axis(dim: int | None) -> int:
    """Return an axis of an example for one of a batch, in front of which the batch is."""
    if dim is None or dim == 0:
        raise _unsupported(f"dim={dim!r}, the axis of the batch")
    return dim - 1 if dim > 0 else dim


def _unsupported(what: str) -> ConfigurationError:
    return ConfigurationError(f"{what} can't be made of Values by nn.from_torch")


# Parameters of PyTorch for a network of ours, and back.


def numbers_by_name(model: MLP, state: Mapping[str, Any]) -> dict[str, float]:
    """Return the numbers of a ``state_dict`` of linear layers by the names of an MLP's parameters.

    Raises:
        StateError: if it has not a matrix and a vector of the right shapes for each layer.
    """
    tensors = {name: tensor.tolist() for name, tensor in state.items()}
    found: dict[str, float] = {}
    remaining = iter(tensors.items())
    for i, layer in enumerate(model.layers):
        rows, columns = len(layer.neurons), len(layer.neurons[0].weights)
        name, matrix = next(remaining, ("nothing", []))
        named_bias, bias = next(remaining, ("nothing", []))
        fits = _depth(matrix) == 2 and {len(row) for row in matrix} == {columns}
        if not fits or len(matrix) != rows or _depth(bias) != 1 or len(bias) != rows:
            raise StateError(
                f"layer {i} of {model!r} takes a matrix of {rows} × {columns} and a vector of "
                f"{rows} numbers, and not {name!r} and {named_bias!r} of this state"
            )
        for j, (row, b) in enumerate(zip(matrix, bias, strict=True)):
            found |= {f"layers.{i}.neurons.{j}.weights.{k}": w for k, w in enumerate(row)}
            found[f"layers.{i}.neurons.{j}.bias"] = b
    if more := [name for name, _ in remaining]:
        raise StateError(f"{model!r} has no place for {', '.join(map(repr, more))} of this state")
    return found


def to_torch(model: MLP) -> torch.nn.Sequential:
    """Return an MLP as a ``torch.nn.Sequential`` of the same numbers, in double precision.

    Raises:
        ConfigurationError: if an activation has no module in PyTorch.

    >>> import torch
    >>> from nn import MLP
    >>> model = MLP(2, [3, 1], seed=0)
    >>> x = torch.tensor([[1.0, -2.0]], dtype=torch.float64)
    >>> round(to_torch(model)(x).item() - model([1.0, -2.0]).data, 12)
    0.0
    """
    import torch

    modules: list[torch.nn.Module] = []
    kinds = {
        "relu": torch.nn.ReLU, "tanh": torch.nn.Tanh, "sigmoid": torch.nn.Sigmoid,
        "gelu": torch.nn.GELU, "silu": torch.nn.SiLU, "selu": torch.nn.SELU,
        "mish": torch.nn.Mish, "softplus": torch.nn.Softplus, "elu": torch.nn.ELU,
        "logsigmoid": torch.nn.LogSigmoid, "leaky_relu": torch.nn.LeakyReLU,
        "softmax": lambda: torch.nn.Softmax(dim=-1),
        "log_softmax": lambda: torch.nn.LogSoftmax(dim=-1),
    }  # fmt: skip
    for layer in model.layers:
        rows = [[w.data for w in neuron.weights] for neuron in layer.neurons]
        linear = torch.nn.Linear(len(rows[0]), len(rows), dtype=torch.float64)
        with torch.no_grad():
            linear.weight.copy_(torch.tensor(rows, dtype=torch.float64))
            linear.bias.copy_(
                torch.tensor([n.bias.data for n in layer.neurons], dtype=torch.float64)
            )
        modules.append(linear)
        if layer.activation in kinds:
            modules.append(kinds[layer.activation]())
        elif layer.activation != "linear":
            raise ConfigurationError(
                f"the activation {layer.activation!r} has no module in PyTorch"
            )
    return torch.nn.Sequential(*modules)
