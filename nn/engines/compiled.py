"""The compiled engine: record the loss of one example, then run each batch as one array program."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np

import autograd
from autograd import CompiledLoss, Value, no_grad, pause_gc
from autograd.changes import Change, make, of_attributes, of_data, of_gradients
from autograd.compiler.arrays import layout
from autograd.gates import blocks_here
from autograd.text import told_apart
from nn.engines.base import CannotCompileError, Engine, Totals, Training, numbers_of
from nn.engines.eager import Eager
from nn.engines.programs import (
    MEASURED_AT_ONCE,
    Learned,
    compiled,
    in_parts,
    is_close,
    learned,
    translated,
)
from nn.optimisers import clipped


class Compiled(Engine):
    """Run a compiled program for each batch, and the optimiser on one vector.

    Where right answers are counted, the program returns the outputs too, without a second pass.

    A program holds what the code did when it was recorded. So before each epoch one example is also
    computed by the model itself, which must give the same: it does not if the code has a state of
    its own, random numbers or a counter.
    """

    name = "compiled"
    _measured_at_once = MEASURED_AT_ONCE

    def __init__(self, training: Training) -> None:
        super().__init__(training)
        self.step: CompiledLoss | None = None
        self._eager = Eager(training)
        self._is_loaded = False  # whether the parameters are in the vector, not in the model
        self._checks = 0  # how many examples have been compared

    def begin(self, order: Sequence[int]) -> None:
        """Load the parameters into the vector; in the first epoch, compile.

        Raises:
            CannotCompileError: if the training can't be compiled, or what was recorded does not
                hold any more.
        """
        if any(block.gates for block in blocks_here()):
            raise CannotCompileError(
                "a block around it watches every operation (detect_anomaly, record_origins, "
                "breakpoint_on, no_grad …)"
            )
        first = self.step is None
        if first:
            self._compile()
        self._eager.begin(order)
        self._steps = 0
        self._squares, self._square = np.zeros((2, len(self._layer_of)))
        self._load()
        for _ in range(3 if first else 1):
            self._check(self._checks % len(order))
            self._checks += 1

    def learn(self, chosen: Sequence[int], totals: Totals) -> None:
        """Take one step, with one call of the program."""
        value, gradient, correct = self._gradient(chosen)
        if math.isfinite(value) and np.isfinite(gradient).all():
            self._descend(gradient)
            totals.add(len(chosen), value * len(chosen), correct)
        else:  # the eager engine says which example it was, or finds another way to compute it
            self.end()
            self._eager.learn(chosen, totals)
            self._load()

    def measure(self, totals: Totals) -> None:
        """Add the held-out examples to the totals, many at once."""
        measured = Totals()
        for chosen in in_parts(len(self.training.held_out), self._measured_at_once):
            value, _, correct = self._measured(chosen)
            measured.add(len(chosen), value * len(chosen), correct)
        if math.isfinite(measured.loss_sum):
            totals.add(measured.count, measured.loss_sum, measured.correct)
        else:
            self.end()
            self._eager.measure(totals)
            self._load()

    def gradient_norms(self) -> dict[str, float]:
        """Return the norm of the gradient of each layer, over the steps since ``begin``."""
        # The eager engine may have taken some of the steps.
        steps, squares = self._steps + self._eager.steps, self._eager.squares
        sums = np.bincount(self._layer_of, self._squares, minlength=len(squares)).tolist()
        return {
            name: math.sqrt((total + square) / steps)
            for (name, total), square in zip(squares.items(), sums, strict=False)
        }

    def end(self) -> None:
        """Store the parameters into the model, and the optimiser's memory as lists."""
        if not self._is_loaded:
            return
        optimiser = self.training.optimiser
        lists = {}
        for name in optimiser._memory:
            memory = getattr(optimiser, name)
            if not isinstance(memory, list):
                in_order = np.empty_like(memory)
                in_order[self._places] = memory
                lists[name] = in_order.tolist()
        make(
            *self._storing(),
            of_attributes(optimiser, lists),
            of_attributes(self, {"_is_loaded": False}),
        )

    # The program.

    def _compile(self) -> None:
        training = self.training
        held_out = training.held_out
        is_apart = bool(held_out) and held_out is not training.examples
        datasets = [training.examples, held_out] if is_apart else [training.examples]
        trained = _Trained(training.optimiser.parameters)
        # Where a model has parameters that stay, their gradient would be computed for nothing.
        wrt = trained if trained.are_some_of(training.parameters) else None
        compile = partial(autograd.compile, wrt=wrt)
        self.step, data = compiled(training.task, datasets, compile)
        self._data, self._held_out = data[0], data[-1]
        self._find_places(self.step)

    def _find_places(self, step: CompiledLoss) -> None:
        """Find the places of the optimiser's parameters among those of the program, and back."""
        leaves, places = step.leaves, layout({k: v.shape for k, v in step.parameters.items()})
        wanted = [places[name] for name in step.program.returns.parameters]
        self._wanted = [leaf for each in wanted for leaf in leaves[each.start : each.stop]]
        place = {id(leaf): i for i, leaf in enumerate(leaves)}
        parameters = self.training.optimiser.parameters
        reached = [i for i, p in enumerate(parameters) if id(p) in place]
        reached.sort(key=lambda i: place[id(parameters[i])])
        others = [i for i, p in enumerate(parameters) if id(p) not in place]
        trained = [place[id(parameters[i])] for i in reached]
        self._trained = _positions(trained)
        in_gradient = {id(leaf): i for i, leaf in enumerate(self._wanted)}
        self._of_trained = _positions([in_gradient[id(parameters[i])] for i in reached])
        self._places = np.array(reached + others, dtype=int)
        self._unreached = [parameters[i] for i in others]
        layers = self._eager.layers
        number = {id(p): k for k, inside in enumerate(layers.values()) for p in inside}
        # What belongs to no layer is counted behind the last.
        self._layer_of = np.array([number.get(id(p), len(layers)) for p in self._wanted], dtype=int)

    def _gradient(self, chosen: Sequence[int]) -> Learned:
        """Return the loss of some examples, the gradient, and how many answers are right."""
        assert self.step is not None
        return learned(self.step, self._data.rows(chosen))

    def _measured(self, chosen: Sequence[int]) -> Learned:
        """Return the same for some of the held-out examples."""
        assert self.step is not None
        return learned(self.step, self._held_out.rows(chosen))

    def _check(self, i: int) -> None:
        """Compare the loss of an example with that of the model itself."""
        assert self.step is not None
        value, _, _ = learned(self.step, self._data.rows([i]))
        task, (example, target) = self.training.task, self.training.examples[i]
        assert task.loss is not None
        try:
            with pause_gc(), no_grad():
                expected = numbers_of(task.loss(task.model(example), target))
        except Exception as error:
            raise translated(error) from error
        if not math.isfinite(value) or not math.isfinite(expected):
            return  # the batch that it is in will show
        if not is_close(value, expected):
            computed, recorded = told_apart(expected, value)
            raise CannotCompileError(
                f"the loss of example {i} is {computed}, but {recorded} as it was recorded: "
                "the model or the loss depends on more than its arguments and the parameters, such "
                "as random numbers or a counter"
            )

    # The parameters.

    def _load(self) -> None:
        assert self.step is not None
        self.step.load()
        self._others = np.array([parameter.data for parameter in self._unreached], dtype=float)
        optimiser = self.training.optimiser
        arrays = {}
        if optimiser.takes_arrays:
            for name in optimiser._memory:
                if memory := getattr(optimiser, name):
                    arrays[name] = np.array(memory)[self._places]
        make(of_attributes(optimiser, arrays), of_attributes(self, {"_is_loaded": True}))

    def _storing(self) -> list[Change]:
        """Return the changes that give the model what the vector holds."""
        assert self.step is not None
        return [
            of_data(self.step.leaves, self.step.parameters.flat.tolist()),
            of_data(self._unreached, self._others.tolist()),
        ]

    def _descend(self, gradient: Any) -> None:
        assert self.step is not None
        training, flat = self.training, self.step.parameters.flat
        self._steps += 1
        with np.errstate(all="ignore"):  # inf and nan are found where they come out
            np.multiply(gradient, gradient, out=self._square)  # in place, as this is every step
            self._squares += self._square
            data, gradient = flat[self._trained], gradient[self._of_trained]
            if self._unreached:
                data = np.concatenate([data, self._others])
                gradient = np.concatenate([gradient, np.zeros(len(self._others))])
            if training.clip is not None:
                gradient, _ = clipped(gradient, training.clip)
            if not training.optimiser.takes_arrays:
                self._user_step(gradient)
                return
            data, taking = training.optimiser.next_step(data, gradient)
        reached = len(data) - len(self._unreached)
        make(
            partial(flat.__setitem__, self._trained, data[:reached]),
            of_attributes(self, {"_others": data[reached:]}),
            taking,
        )

    def _user_step(self, gradient: Any) -> None:
        """Let an optimiser with a rule of its own see the parameters and gradients it expects."""
        optimiser = self.training.optimiser
        chosen = [optimiser.parameters[i] for i in self._places]
        self.end()  # until they are loaded again, the model holds the parameters
        make(of_gradients(chosen, gradient.tolist()))
        optimiser.step()
        self._load()


class _Trained:
    """What an optimiser changes, as something that has parameters."""

    def __init__(self, values: Sequence[Value]) -> None:
        self._values = values

    def __repr__(self) -> str:
        return "the optimiser's parameters"

    def parameters(self) -> Sequence[Value]:
        """Return the parameters."""
        return self._values

    def are_some_of(self, parameters: Sequence[Value]) -> bool:
        """Say whether it has some of these, and not all."""
        return not {*map(id, parameters)} <= {*map(id, self._values)}


def _positions(numbers: Sequence[int]) -> Any:
    """Return an index of these positions: where all are meant, as nearly always, a slice."""
    is_all = numbers == [*range(len(numbers))]
    return slice(0, len(numbers)) if is_all else np.array(numbers, dtype=int)
