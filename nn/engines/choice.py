"""Which engine: the one that was asked for, or the compiled one for as long as it can."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Literal, TypeAlias, get_args

from autograd.installing import how_to_install
from nn.engines.base import CannotCompileError, Engine, Totals, Training, has_numpy
from nn.engines.eager import Eager
from nn.errors import ConfigurationError

EngineName: TypeAlias = Literal["compiled", "eager"]


class Automatic(Engine):
    """Compile what can be compiled; as soon as it can't, go on with the eager engine, and say why.

    Args:
        training: what is to be done.
        notify: called with the reason.
    """

    def __init__(self, training: Training, notify: Callable[[str], None]) -> None:
        super().__init__(training)
        self._engine = _compiled(training)
        self._notify = notify

    @property
    def name(self) -> str:  # type: ignore[override]
        """The name of the engine that works at present."""
        return self._engine.name

    def begin(self, order: Sequence[int]) -> None:
        """Begin with the compiled engine, or without it."""
        try:
            self._engine.begin(order)
        except CannotCompileError as error:
            self._engine.end()
            self._engine = Eager(self.training)
            self._engine.begin(order)
            self._notify(f"trained by the eager engine: {error.reason}")

    def learn(self, chosen: Sequence[int], totals: Totals) -> None:
        """Take one step."""
        self._engine.learn(chosen, totals)

    def measure(self, totals: Totals) -> None:
        """Add the held-out examples to the totals."""
        self._engine.measure(totals)

    def gradient_norms(self) -> dict[str, float]:
        """Return the norm of the gradient of each layer, over the steps since ``begin``."""
        return self._engine.gradient_norms()

    def end(self) -> None:
        """Give the parameters back to the model."""
        self._engine.end()


class _WithoutNumPy(Engine):
    """Stand where the compiled engine would, and say why it isn't there."""

    name = "compiled"

    def begin(self, order: Sequence[int]) -> None:
        raise CannotCompileError("compiled programs run on NumPy, which is not installed")


def _compiled(training: Training) -> Engine:
    if not has_numpy():
        return _WithoutNumPy(training)
    from nn.engines.compiled import Compiled  # here, because NumPy is slow to import

    return Compiled(training)


def choose(
    engine: EngineName | None,
    executor: Any,
    shards: int | None,
    training: Training,
    notify: Callable[[str], None],
) -> Engine:
    """Return the engine that these settings of ``fit`` ask for.

    Raises:
        ConfigurationError: if there is none of that name, or it has no use for an executor.
    """
    if engine not in (None, *get_args(EngineName)):
        raise ConfigurationError(f'engine must be "compiled", "eager" or None, not {engine!r}')
    if shards is not None and executor is None:
        raise ConfigurationError("shards are for an executor; give one, or leave shards out")
    if executor is not None:
        if engine == "eager":
            raise ConfigurationError(
                "an executor runs compiled programs; leave engine out, or the executor"
            )
        if not has_numpy():
            raise ConfigurationError(
                f"an executor runs compiled programs, which need NumPy: {how_to_install('numpy')}"
            )
        from nn.engines.sharded import Sharded

        return Sharded(training, executor, shards, notify)
    if engine == "eager":
        return Eager(training)
    if engine is None:
        return Automatic(training, notify)
    return _compiled(training)
