"""Neurons, layers of neurons, and networks of layers.

The notation is that of the lecture notes: a neuron has weights w and a bias b, computes its
pre-activation a = Σᵢ wᵢxᵢ + b and from it its activation h = g(a); the activations of the last
layer are the output ŷ. Parameters and computed nodes are labelled so: ``W1[2,0]`` is the weight in
the first layer into neuron 2 from input 0, ``b1[2]`` its bias and ``a1[2]`` its pre-activation.
Layers are counted from 1 as in the notes, neurons from 0 as in Python.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from random import Random
from typing import TYPE_CHECKING, Any, Generic, Literal, TypedDict, TypeVar, Unpack, overload

from autograd import OperandError, ShapeError, Value
from autograd.arrays import is_array
from autograd.operands import as_number
from autograd.ops import CONSTANT
from autograd.value import as_value, leaf, record_dot
from nn import activations as known_activations
from nn import initialisation as known_initialisations
from nn.activations import ActivationLike
from nn.elsewhere import OF_NETWORKS, keywords
from nn.errors import ConfigurationError, positive_integer
from nn.initialisation import Initialisation, InitialisationName
from nn.module import Module

if TYPE_CHECKING:
    import typing_extensions  # whose variables may have a default, as Python's may since 3.13

    from autograd.operands import Operand

    # What is computed for one example: a Value if there is one output, else a list of them.
    Output = typing_extensions.TypeVar("Output", default=Any)
else:
    Output = TypeVar("Output")


class LayerOptions(TypedDict, total=False):
    """The options of a :class:`Layer` that don't change what it returns."""

    initialisation: InitialisationName | Initialisation | None
    seed: int | Random | None
    number: int | str


class NetworkOptions(TypedDict, total=False):
    """The options of an :class:`MLP` that don't change what it returns."""

    activation: ActivationLike
    output: ActivationLike
    activations: Sequence[ActivationLike] | None
    initialisation: InitialisationName | Initialisation | None
    seed: int | Random | None


class Neuron(Module):
    """Compute h = g(Σᵢ wᵢxᵢ + b) as two nodes: one ``dot``, and one for g unless it is linear.

    ∂h/∂wᵢ = g'(a) xᵢ, ∂h/∂xᵢ = g'(a) wᵢ and ∂h/∂b = g'(a).

    Args:
        n_inputs: how many inputs it has, so how many weights.
        activation: g, by name or as a function of one Value.
        initialisation: how weights start: "he", "glorot", "uniform" or a function (generator,
            n_inputs, n_outputs) -> weight. By default Glorot; He keeps the signal of relu and its
            kin alive through many layers, and learns slower in few. The bias starts at 0.
        seed: a whole number or a ``random.Random``; one seed gives the same weights everywhere.
        n_outputs: how many neurons its layer has, which Glorot's initialisation looks at.
        labels: how the labels of its weights begin, and the label of its bias.

    Raises:
        ConfigurationError: if a size or a name is not one of those allowed.

    >>> neuron = Neuron(2, activation="tanh")
    >>> neuron.load_state_dict({"weights.0": 1.0, "weights.1": -1.0, "bias": 0.0})
    >>> neuron([3.0, 3.0]).data
    0.0
    """

    labels_at_once = True

    def __init__(
        self,
        n_inputs: int,
        activation: ActivationLike = "relu",
        *,
        initialisation: InitialisationName | Initialisation | None = None,
        seed: int | Random | None = None,
        n_outputs: int = 1,
        labels: tuple[str, str] = ("w[", "b"),
    ) -> None:
        n_inputs = positive_integer("n_inputs", n_inputs)
        g = known_activations.find(activation)
        if g.of_layer:
            raise ConfigurationError(
                f"{g.name} needs all pre-activations of a layer, so one neuron can't have it; "
                f"write Layer({n_inputs}, n_outputs, {g.name!r})"
            )
        draw = known_initialisations.find(initialisation or g.initialisation)
        generator = known_initialisations.generator_of(seed)
        w, b = labels
        self.weights: Sequence[Value] = tuple(
            [
                leaf(as_number(draw(generator, n_inputs, n_outputs), "a weight"), f"{w}{j}]")
                for j in range(n_inputs)
            ]
        )
        self.bias = leaf(0.0, b)
        self._row: _Row | None = None
        self.activation = g.name
        self.function = g.function
        self.output_labels = ("a", "h")

    def __call__(self, inputs: Iterable[Operand]) -> Value:
        """Return the activation h for one example.

        Raises:
            ShapeError: if there are not ``n_inputs`` inputs.
            OperandError: if an input is neither a number nor a Value.
        """
        values = _as_values(inputs, len(self.weights), self)
        return self.respond(values, _numbers(values))

    def respond(self, inputs: tuple[Value, ...], numbers: tuple[float, ...]) -> Value:
        """Return the activation h for inputs that are Values already, and their numbers."""
        row = self._row
        if row is None or row.weights is not self.weights or row.bias is not self.bias:
            self._row = row = _Row(self.weights, self.bias)
        a = record_dot(row.values, inputs, numbers)
        a.label = self.output_labels[0]
        if self.function is None:
            return a
        h = self.function(a)
        if not isinstance(h, Value):
            raise ConfigurationError(
                f"the activation {self.activation!r} must return a Value, not {h!r}"
            )
        h.label = self.output_labels[1]
        return h

    def label_of(self, path: Sequence[Any]) -> str | None:
        """Call the parameters w[j] and b."""
        match path:
            case ["weights", j]:
                return f"w[{j}]"
            case ["bias"]:
                return "b"
        return None

    def __repr__(self) -> str:
        return f"Neuron({len(self.weights)} → 1 {self.activation})"


class _Row:
    """What a neuron multiplies its inputs by, and adds: kept, for a tuple takes time to make."""

    __slots__ = ("bias", "values", "weights")

    def __init__(self, weights: Sequence[Value], bias: Value) -> None:
        # A list may change, so that it is never known to be the same.
        self.weights = weights if isinstance(weights, tuple) else None
        self.bias = bias
        self.values = (*weights, bias)


class Layer(Module, Generic[Output]):
    """Compute h = g(W x + b) for a matrix W with a row for each neuron.

    Args:
        n_inputs: how many inputs every neuron has.
        n_outputs: how many neurons there are.
        activation: g, by name or as a function of one Value; ``"softmax"`` and ``"log_softmax"``
            work on the whole layer.
        initialisation, seed: as for :class:`Neuron`.
        number: which layer of a network it is: the labels of its parameters have it, as in W2[0,1].

    Raises:
        ConfigurationError: if a size or a name is not one of those allowed.

    >>> Layer(2, 3, "softmax", seed=0)
    Layer(2 → 3 softmax)
    """

    labels_at_once = True

    @overload
    def __init__(
        self: Layer[Value],
        n_inputs: int,
        n_outputs: Literal[1],
        activation: ActivationLike = "relu",
        **options: Unpack[LayerOptions],
    ) -> None: ...
    @overload
    def __init__(
        self: Layer[list[Value]],
        n_inputs: int,
        n_outputs: int,
        activation: ActivationLike = "relu",
        **options: Unpack[LayerOptions],
    ) -> None: ...
    @keywords(OF_NETWORKS)
    def __init__(
        self,
        n_inputs: int,
        n_outputs: int,
        activation: ActivationLike = "relu",
        *,
        initialisation: InitialisationName | Initialisation | None = None,
        seed: int | Random | None = None,
        number: int | str = "",
    ) -> None:
        n_inputs = positive_integer("n_inputs", n_inputs)
        n_outputs = positive_integer("n_outputs", n_outputs)
        g = known_activations.find(activation)
        generator = known_initialisations.generator_of(seed)
        self.neurons = [
            Neuron(
                n_inputs,
                "linear" if g.of_layer else activation,
                initialisation=initialisation,
                seed=generator,
                n_outputs=n_outputs,
                labels=(f"W{number}[{i},", f"b{number}[{i}]"),
            )
            for i in range(n_outputs)
        ]
        self.activation = g.name
        self.function = g.function if g.of_layer else None
        self.label_outputs("a", "h")

    def label_outputs(self, a: str, h: str) -> None:
        """Say what the vectors of pre-activations and activations are called in the graph."""
        self._h = h
        for i, neuron in enumerate(self.neurons):
            neuron.output_labels = (f"{a}[{i}]", f"{h}[{i}]")

    def __call__(self, inputs: Iterable[Operand]) -> Output:
        """Return the activations for one example: a list, or one Value if there is one neuron.

        Raises:
            ShapeError: if there are not ``n_inputs`` inputs.
            OperandError: if an input is neither a number nor a Value.
        """
        n_inputs = len(self.neurons[0].weights)
        outputs = self.respond(_as_values(inputs, n_inputs, self))
        return _one_or_all(outputs)  # type: ignore[no-any-return]

    def respond(self, inputs: Sequence[Value]) -> list[Value]:
        """Return the list of activations for inputs that are Values already."""
        inputs = tuple(inputs)
        numbers = _numbers(inputs)
        outputs = [neuron.respond(inputs, numbers) for neuron in self.neurons]
        if self.function is None:
            return outputs
        outputs = list(self.function(outputs))
        for i, output in enumerate(outputs):
            output.label = f"{self._h}[{i}]"
        return outputs

    def label_of(self, path: Sequence[Any]) -> str | None:
        """Call the parameters W[i,j] and b[i]."""
        match path:
            case ["neurons", i, "weights", j]:
                return f"W[{i},{j}]"
            case ["neurons", i, "bias"]:
                return f"b[{i}]"
        return None

    def __repr__(self) -> str:
        n_inputs = len(self.neurons[0].weights)
        return f"Layer({n_inputs} → {len(self.neurons)} {self.activation})"


class MLP(Module, Generic[Output]):
    """Compute layer after layer: a multi-layer perceptron, also called a feed-forward network.

    h₀ = x, hₖ = gₖ(Wₖ hₖ₋₁ + bₖ), and ŷ is the last h. ``MLP(64, [32, 10])`` and
    ``MLP(64, [32], 10)`` are the same: 64 inputs, 32 hidden neurons, 10 outputs.

    Args:
        n_inputs: how many inputs one example has.
        sizes: the number of neurons in each layer; without the last if ``n_outputs`` is given.
        n_outputs: the number of outputs.
        activation: the activation of the hidden layers, by name or as a function of one Value.
        output: the activation of the last layer: "linear" for logits, scores and regression.
        activations: one activation for each layer, in place of the two above.
        initialisation: how weights start, in all layers: see :class:`Neuron`.
        seed: a whole number or a ``random.Random``; one seed gives the same weights everywhere.
            Without, every network starts with other weights.

    Raises:
        ConfigurationError: if a size, a name or the number of activations is not allowed.

    >>> model = MLP(2, [16, 16, 1])
    >>> model
    MLP(2 → 16 relu → 16 relu → 1 linear, 337 parameters)
    >>> score = model([1.0, -2.0])
    >>> MLP(4, [4], 2, activation="sigmoid", output="softmax")
    MLP(4 → 4 sigmoid → 2 softmax, 30 parameters)
    """

    labels_at_once = True

    @overload
    def __init__(
        self: MLP[Value],
        n_inputs: int,
        sizes: Iterable[int],
        n_outputs: Literal[1],
        **options: Unpack[NetworkOptions],
    ) -> None: ...
    @overload
    def __init__(
        self: MLP[list[Value]],
        n_inputs: int,
        sizes: Iterable[int],
        n_outputs: int,
        **options: Unpack[NetworkOptions],
    ) -> None: ...
    @overload
    def __init__(
        self,
        n_inputs: int,
        sizes: Iterable[int],
        n_outputs: None = None,
        **options: Unpack[NetworkOptions],
    ) -> None: ...
    @keywords(OF_NETWORKS)
    def __init__(
        self,
        n_inputs: int,
        sizes: Iterable[int],
        n_outputs: int | None = None,
        *more: int,
        activation: ActivationLike = "relu",
        output: ActivationLike = "linear",
        activations: Sequence[ActivationLike] | None = None,
        initialisation: InitialisationName | Initialisation | None = None,
        seed: int | Random | None = None,
    ) -> None:
        if more or not isinstance(sizes, Iterable) or isinstance(sizes, str):
            raise _no_list_of_sizes(n_inputs, sizes, n_outputs, *more)
        widths = [*sizes] if n_outputs is None else [*sizes, n_outputs]
        if not widths:
            raise ConfigurationError("an MLP needs at least one layer: its sizes are empty")
        known_activations.find(activation)  # an error, also where there is no hidden layer
        if activations is None:
            activations = [activation] * (len(widths) - 1) + [output]
        elif isinstance(activations, str) or len(activations) != len(widths):
            raise ConfigurationError(
                f"there must be one activation for each of the {len(widths)} layers, not "
                f"{activations!r}"
            )
        generator = known_initialisations.generator_of(seed)
        self.layers = [
            Layer(n_in, n_out, g, initialisation=initialisation, seed=generator, number=k)
            for k, (n_in, n_out, g) in enumerate(
                zip([n_inputs, *widths], widths, activations, strict=False), start=1
            )
        ]
        for k, layer in enumerate(self.layers, start=1):
            layer.label_outputs(f"a{k}", f"h{k}" if k < len(widths) else "ŷ")

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Set every parameter, also from the ``state_dict`` of linear layers of PyTorch.

        Raises:
            StateError: if the names or shapes are others; then nothing is changed.
        """
        if any(map(is_array, state.values())):
            from nn.torch_models import numbers_by_name

            state = numbers_by_name(self, state)
        super().load_state_dict(state)

    def __call__(self, inputs: Iterable[Operand]) -> Output:
        """Return the output for one example: a list of Values, or one Value if there is one output.

        Raises:
            ShapeError: if there are not ``n_inputs`` inputs.
            OperandError: if an input is neither a number nor a Value.
        """
        n_inputs = len(self.layers[0].neurons[0].weights)
        values: Sequence[Value] = _as_values(inputs, n_inputs, self)
        for layer in self.layers:
            values = layer.respond(values)
        return _one_or_all(values)  # type: ignore[no-any-return]

    def label_of(self, path: Sequence[Any]) -> str | None:
        """Call the parameters of the k-th layer, from 1, Wk[i,j] and bk[i]."""
        match path:
            case ["layers", k, "neurons", i, "weights", j]:
                return f"W{k + 1}[{i},{j}]"
            case ["layers", k, "neurons", i, "bias"]:
                return f"b{k + 1}[{i}]"
        return None

    def __repr__(self) -> str:
        sizes = [str(len(self.layers[0].neurons[0].weights))]
        sizes += [f"{len(layer.neurons)} {layer.activation}" for layer in self.layers]
        return f"MLP({' → '.join(sizes)}, {len(self.parameters())} parameters)"


def _one_or_all(outputs: Sequence[Value]) -> Any:
    return outputs[0] if len(outputs) == 1 else outputs


def _numbers(values: Iterable[Value]) -> tuple[float, ...]:
    return tuple([value._data for value in values])


def _as_values(inputs: Iterable[Operand], n_inputs: int, module: Module) -> tuple[Value, ...]:
    """Return one example as Values, which all neurons of a layer then share."""
    try:
        # A NumPy array gives its numbers much faster all at once than one by one.
        numbers = inputs.tolist() if hasattr(inputs, "tolist") else list(inputs)
        count = len(numbers)
    except TypeError:
        raise ShapeError(
            f"{module!r} takes a sequence of {n_inputs} inputs, not {inputs!r}"
        ) from None
    if numbers and isinstance(numbers[0], (list, tuple)):
        raise ShapeError(
            f"{module!r} takes one example, a sequence of {n_inputs} numbers, not a table of "
            f"{count} rows; write [model(x) for x in rows]"
        )
    if count != n_inputs:
        raise ShapeError(f"{module!r} takes {n_inputs} input{'s' * (n_inputs != 1)}, not {count}")
    return tuple(
        [
            leaf(number, label, 0.0, CONSTANT)
            if number.__class__ is float
            else _as_value(number, label, module)
            for number, label in zip(numbers, _input_labels(n_inputs), strict=True)
        ]
    )


def _as_value(number: Operand, label: str, module: Module) -> Value:
    if isinstance(number, Value):
        return number
    try:
        value = as_value(number, type(module).__name__)
    except OperandError as error:
        raise OperandError(f"{module!r}, input {label}: {error}") from None
    value.label = label
    return value


@lru_cache(maxsize=64)
def _input_labels(n_inputs: int) -> tuple[str, ...]:
    return tuple([f"x[{i}]" for i in range(n_inputs)])


def _no_list_of_sizes(n_inputs: Any, sizes: Any, *others: Any) -> ConfigurationError:
    """Return the error for a network that is given the sizes of its layers one by one."""
    given = [size for size in (sizes, *others) if size is not None]
    listed = [*sizes, *given[1:]] if isinstance(sizes, (list, tuple)) else given
    return ConfigurationError(
        f"the sizes of the layers must be a list, not {', '.join(map(repr, given))}; write "
        f"MLP({n_inputs!r}, {listed!r})"
    )
