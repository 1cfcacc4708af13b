"""The eager engine: run the model once for each example, as it stands."""

from __future__ import annotations

import math
from collections.abc import Sequence

from autograd import Value, pause_gc
from nn.engines.base import Engine, Totals, Training
from nn.errors import DataError
from nn.optimisers import clip_gradients


class Eager(Engine):
    """Run the model once for each example, and the chain rule from each loss."""

    name = "eager"

    def __init__(self, training: Training) -> None:
        super().__init__(training)
        self.steps = 0
        self.squares: dict[str, float] = {}  # Σ ‖g‖² over these steps, of each layer
        self.layers = training.trained_layers()

    def begin(self, order: Sequence[int]) -> None:
        """Forget the gradients of the epoch before."""
        self.steps = 0
        self.squares = dict.fromkeys(self.layers, 0.0)

    def learn(self, chosen: Sequence[int], totals: Totals) -> None:
        """Take one step, with a graph for each example."""
        training = self.training
        training.optimiser.zero_grad()
        # Gradients of several losses add up, so each example's graph can go before the next is
        # built: less memory, and quicker, than one graph for the batch.
        with pause_gc():
            for i in chosen:
                error = training.task.error(i, *training.examples[i], totals)
                if not isinstance(error, Value) or not error.parents:
                    raise DataError(
                        "the loss must be a Value that was computed from the parameters, not "
                        f"{error!r}: is there a .data or a float in it?"
                    )
                (error / len(chosen)).backward()
        self.steps += 1
        for name, parameters in self.layers.items():
            self.squares[name] += sum([p.grad * p.grad for p in parameters])
        if training.clip is not None:
            clip_gradients(training.optimiser.parameters, training.clip)
        training.optimiser.step()

    def measure(self, totals: Totals) -> None:
        """Add the held-out examples to the totals, without graphs."""
        self.training.task.measure(self.training.held_out, totals)

    def gradient_norms(self) -> dict[str, float]:
        """Return the norm of the gradient of each layer, over the steps since ``begin``."""
        return {name: math.sqrt(total / self.steps) for name, total in self.squares.items()}
