"""Optimisers: how parameters follow their gradients downhill."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeAlias

from autograd import OperandError, Value
from autograd.changes import Change, clear_gradients, make, of_attributes, of_data, of_gradients
from autograd.text import public_names
from nn.elsewhere import OF_OPTIMISERS, keywords
from nn.errors import ConfigurationError, NonFiniteError, StateError
from nn.schedules import Schedule

# One number for each parameter: a list of floats, or a NumPy array. The rules below are written
# once for both; NumPy itself is loaded only where there are arrays already.
Vector: TypeAlias = Any


class Optimiser:
    """Hold parameters and change them, step by step, against their gradients.

    A subclass says in ``_updated`` what the numbers become. ``learning_rate`` is a number or a
    function from the number of the step, from 0, to a number.

    Raises:
        ConfigurationError: if there are no parameters, one comes twice, or a setting is not in its
            range.
        OperandError: if a parameter is not a Value, or one that was computed.

    >>> optimiser = SGD([Value(1.0)], learning_rate=lambda step: 0.5 / (1 + step))
    >>> optimiser.current_learning_rate()
    0.5
    """

    def __init__(
        self, parameters: Iterable[Value], learning_rate: float | Schedule, weight_decay: float
    ) -> None:
        self.parameters = _checked(parameters)
        self.learning_rate = learning_rate
        self.weight_decay = _in_range("weight_decay", weight_decay)
        self.steps = 0
        if not callable(learning_rate):
            self.current_learning_rate()

    def step(self) -> None:
        """Change every parameter once, by its gradient; all of them or, if interrupted, none.

        Raises:
            NonFiniteError: if a gradient is inf or nan; then nothing is changed.
            ConfigurationError: if the schedule returns no rate; then nothing is changed.
        """
        gradients = finite_gradients(self.parameters)
        data = [parameter.data for parameter in self.parameters]
        updated, taking = self.next_step(data, gradients)
        make(of_data(self.parameters, updated), taking)

    def next_step(self, data: Vector, gradients: Vector) -> tuple[Vector, Change]:
        """Return what these numbers become by these gradients, and the change of this optimiser.

        Both are lists or both are NumPy arrays. Nothing is changed yet, neither the parameters nor
        what the optimiser remembers: that is to happen together.
        """
        ahead = object.__new__(type(self))  # this optimiser, one step ahead
        vars(ahead).update(vars(self))
        rate = self.current_learning_rate()
        if self.weight_decay:
            decay = self.weight_decay
            gradients = _each(lambda gradient, p: gradient + decay * p, gradients, data)
        updated = ahead._updated(data, gradients, rate)
        ahead.steps += 1
        return updated, of_attributes(self, vars(ahead))

    @property
    def takes_arrays(self) -> bool:
        """Whether :meth:`next_step` takes arrays: not if a subclass has its own rule for a step."""
        kind = type(self)
        return kind.step is Optimiser.step and kind._updated in (SGD._updated, Adam._updated)

    def zero_grad(self) -> None:
        """Set the gradient of every parameter to 0, as gradients of several losses add up."""
        clear_gradients(self.parameters)

    def current_learning_rate(self) -> float:
        """Return the learning rate of the next step."""
        rate = self.learning_rate
        return _in_range("learning_rate", rate(self.steps) if callable(rate) else rate)

    def state_dict(self) -> dict[str, Any]:
        """Return all that has to be kept to go on later, in plain numbers and lists of them."""
        return {"steps": self.steps, **{name: list(getattr(self, name)) for name in self._memory}}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on from a state that :meth:`state_dict` returned.

        Raises:
            StateError: if it is not one of such an optimiser with as many parameters; then nothing
                is changed.
        """
        expected = ["steps", *self._memory]
        if sorted(state) != sorted(expected):
            raise StateError(f"the state must have {expected}, not {list(state)}")
        steps = state["steps"]
        if not isinstance(steps, int) or isinstance(steps, bool) or steps < 0:
            raise StateError(f"the number of steps must be a whole number, not {steps!r}")
        loaded = {}
        for name in self._memory:
            loaded[name] = numbers = list(state[name])
            if numbers and len(numbers) != len(self.parameters):
                raise StateError(
                    f"{name} must have one number for each of the {len(self.parameters)} "
                    f"parameters, not {len(numbers)}"
                )
            if not all(isinstance(x, float) and math.isfinite(x) for x in numbers):
                raise StateError(f"{name} must hold finite floats only")
        make(of_attributes(self, {"steps": steps, **loaded}))

    # The names of the lists, one number for each parameter, that are carried from step to step.
    _memory: tuple[str, ...] = ()

    def _updated(self, data: Vector, gradients: Vector, rate: float) -> Vector:
        """Return the new number of every parameter."""
        raise NotImplementedError

    __dir__ = public_names

    def __repr__(self) -> str:
        rate = self.learning_rate
        shown = getattr(rate, "__qualname__", rate) if callable(rate) else rate
        count = len(self.parameters)
        plural = "" if count == 1 else "s"
        return f"{type(self).__name__}({count} parameter{plural}, learning_rate={shown})"


class SGD(Optimiser):
    """Stochastic gradient descent, with momentum and weight decay.

    With learning rate η, momentum μ, weight decay λ and gradient g of a parameter p::

        g ← g + λ p
        v ← μ v + g          (v = g in the first step)
        p ← p - η v

    Without the two it is the notes' W ← W - η ∇W. As in PyTorch, the momentum is not dampened.

    >>> p = Value(1.0)
    >>> p.grad = 0.5
    >>> SGD([p], learning_rate=0.5).step()
    >>> p.data
    0.75
    """

    _memory = ("velocities",)

    @keywords(OF_OPTIMISERS)
    def __init__(
        self,
        parameters: Iterable[Value],
        learning_rate: float | Schedule,
        momentum: float = 0.0,
        weight_decay: float = 0.0,
    ) -> None:
        super().__init__(parameters, learning_rate, weight_decay)
        self.momentum = _in_range("momentum", momentum, below=1.0)
        self.velocities: Vector = []

    def _updated(self, data: Vector, gradients: Vector, rate: float) -> Vector:
        if self.momentum:
            momentum = self.momentum
            if len(self.velocities):
                gradients = _each(lambda v, g: momentum * v + g, self.velocities, gradients)
            self.velocities = gradients
        return _each(lambda p, g: p - rate * g, data, gradients)


class Adam(Optimiser):
    """Adam: every parameter has its own step size, from running means of g and of g².

    With learning rate η, gradient g of a parameter p, weight decay λ and step t = 1, 2, …::

        g ← g + λ p
        m ← β₁ m + (1 - β₁) g
        v ← β₂ v + (1 - β₂) g²
        p ← p - η m̂ / (√v̂ + ε)     with m̂ = m / (1 - β₁ᵗ) and v̂ = v / (1 - β₂ᵗ)

    Source: Kingma and Ba, Adam (2015); the same numbers as PyTorch's.

    >>> p = Value(1.0)
    >>> p.grad = 0.5
    >>> Adam([p], learning_rate=0.25).step()
    >>> round(p.data, 6)
    0.75
    """

    _memory = ("means", "squares")

    @keywords(OF_OPTIMISERS)
    def __init__(
        self,
        parameters: Iterable[Value],
        learning_rate: float | Schedule = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        epsilon: float = 1e-8,
        weight_decay: float = 0.0,
    ) -> None:
        super().__init__(parameters, learning_rate, weight_decay)
        first, second = betas
        self.betas = (
            _in_range("betas[0]", first, below=1.0),
            _in_range("betas[1]", second, below=1.0),
        )
        self.epsilon = _in_range("epsilon", epsilon)
        if not self.epsilon:  # a gradient that was always 0 would divide 0 by 0
            raise ConfigurationError("epsilon must be positive, not 0")
        self.means: Vector = []
        self.squares: Vector = []

    def _updated(self, data: Vector, gradients: Vector, rate: float) -> Vector:
        beta1, beta2 = self.betas
        rest1, rest2 = 1.0 - beta1, 1.0 - beta2
        if len(self.means):
            means = _each(lambda m, g: beta1 * m + rest1 * g, self.means, gradients)
            squares = _each(lambda v, g: beta2 * v + rest2 * g * g, self.squares, gradients)
        else:  # they start from 0
            means = _each(lambda g: rest1 * g, gradients)
            squares = _each(lambda g: rest2 * g * g, gradients)
        self.means, self.squares = means, squares
        t = self.steps + 1
        size = rate / (1.0 - beta1**t)
        scale = math.sqrt(1.0 - beta2**t)
        epsilon = self.epsilon
        roots = _square_roots(squares)
        return _each(lambda p, m, r: p - size * m / (r / scale + epsilon), data, means, roots)


def clip_gradients(parameters: Iterable[Value], max_norm: float) -> float:
    """Shorten the gradient, as one vector of all parameters, to a norm of at most ``max_norm``.

    Its direction stays. Returns the norm ‖g‖ = √(Σᵢ gᵢ²) that it had before.

    Args:
        parameters: Values, whose gradients are changed.
        max_norm: a positive number.

    Raises:
        NonFiniteError: if a gradient is inf or nan; then nothing is changed.
        ConfigurationError: if ``max_norm`` is not positive.

    >>> p, q = Value(0.0), Value(0.0)
    >>> p.grad, q.grad = 3.0, 4.0
    >>> clip_gradients([p, q], max_norm=1.0)
    5.0
    >>> round(p.grad, 12), round(q.grad, 12)
    (0.6, 0.8)
    """
    parameters = list(parameters)
    check_norm(max_norm)
    gradients, norm = clipped(finite_gradients(parameters), max_norm)
    if norm > max_norm:
        make(of_gradients(parameters, gradients))
    return norm


def clipped(gradients: Vector, max_norm: float) -> tuple[Vector, float]:
    """Return finite gradients, shortened to a norm of at most ``max_norm``, and their norm."""
    norm = _norm(gradients)
    if norm > max_norm:
        # In two steps, for the norm of the largest gradients overflows.
        largest = _largest(gradients)
        shares = _each(lambda gradient: gradient / largest, gradients)
        length = _norm(shares)
        gradients = _each(lambda share: share / length * max_norm, shares)
    return gradients, norm


def check_norm(max_norm: float) -> None:
    """Raise an error if this is no norm that a gradient can be shortened to."""
    if not _in_range("max_norm", max_norm):
        raise ConfigurationError("max_norm must be positive, not 0")


def _each(rule: Callable[..., Any], *vectors: Vector) -> Vector:
    """Apply a rule for the numbers of one parameter to all: arrays take it at once."""
    return list(map(rule, *vectors)) if isinstance(vectors[0], list) else rule(*vectors)


def _norm(numbers: Vector) -> float:
    if not isinstance(numbers, list):
        squares = float(numbers @ numbers)
        if 1e-200 < squares < math.inf:  # else the squares may have gone out of range
            return math.sqrt(squares)
    return math.hypot(*numbers)


def _largest(numbers: Vector) -> float:
    return max(map(abs, numbers)) if isinstance(numbers, list) else float(abs(numbers).max())


def _square_roots(numbers: Vector) -> Vector:
    if isinstance(numbers, list):
        return list(map(math.sqrt, numbers))
    import numpy as np  # here there is an array, so it is loaded already

    return np.sqrt(numbers)


def finite_gradients(parameters: list[Value]) -> list[float]:
    """Return the gradients, or raise an error that names the parameter whose is inf or nan."""
    gradients = [parameter.grad for parameter in parameters]
    if not all(map(math.isfinite, gradients)):
        finite = map(math.isfinite, gradients)
        position = next(position for position, is_finite in enumerate(finite) if not is_finite)
        raise NonFiniteError(
            f"the gradient of {_name(parameters[position], position)} is {gradients[position]}; "
            "no parameter was changed"
        )
    return gradients


def _checked(parameters: Iterable[Value]) -> list[Value]:
    if isinstance(parameters, Value) or not isinstance(parameters, Iterable):
        raise OperandError(
            f"an optimiser takes a list of parameters, not {parameters!r}; write model.parameters()"
        )
    checked = list(parameters)
    if not checked:
        raise ConfigurationError("an optimiser needs at least one parameter")
    seen: set[int] = set()
    for position, parameter in enumerate(checked):
        if not isinstance(parameter, Value):
            raise OperandError(f"parameter {position} must be a Value, not {parameter!r}")
        if parameter.parents:
            raise OperandError(
                f"{_name(parameter, position)} was computed, so a change of it would not last: "
                f"{parameter!r}; parameters are leaves"
            )
        if id(parameter) in seen:
            raise ConfigurationError(
                f"{_name(parameter, position)} is there twice, and would be changed twice as much"
            )
        seen.add(id(parameter))
    return checked


def _name(parameter: Value, position: int) -> str:
    return f"parameter {parameter.label!r}" if parameter.label else f"parameter {position}"


def _in_range(name: str, number: Any, below: float = math.inf) -> float:
    """Return a setting as a float, if it is one from 0 to below a limit."""
    try:
        converted = float(number)
    except (TypeError, ValueError):
        raise ConfigurationError(f"{name} must be a number, not {number!r}") from None
    if not 0.0 <= converted < below:
        limit = "" if below == math.inf else f" and below {below:g}"
        raise ConfigurationError(f"{name} must be finite, at least 0{limit}, not {number!r}")
    return converted
