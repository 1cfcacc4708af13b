"""Networks as estimators of scikit-learn, for its pipelines, searches and metrics."""

from __future__ import annotations

from collections.abc import Sequence
from numbers import Integral
from typing import TYPE_CHECKING, Any

import numpy as np

from autograd.installing import how_to_install
from nn.activations import ActivationName
from nn.errors import ConfigurationError
from nn.layers import MLP
from nn.losses import LossName
from nn.optimisers import Adam
from nn.training import History, fit, predict

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

try:
    from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
    from sklearn.utils.multiclass import check_classification_targets
    from sklearn.utils.validation import (
        check_is_fitted,
        check_random_state,
        column_or_1d,
        validate_data,
    )
except ImportError as error:
    raise ImportError(
        "nn.MLPClassifier and nn.MLPRegressor are estimators of scikit-learn 1.6 or later: "
        f"{how_to_install('scikit-learn')}, or train an nn.MLP by nn.fit"
    ) from error


class _Estimator(BaseEstimator):  # type: ignore[misc, unused-ignore]
    """What the two estimators have in common: their settings, training and outputs."""

    def __init__(
        self,
        hidden: Sequence[int] = (16,),
        *,
        activation: ActivationName = "relu",
        learning_rate: float = 0.01,
        weight_decay: float = 0.0,
        epochs: int = 200,
        batch_size: int | None = 32,
        random_state: Any = None,
    ) -> None:
        self.hidden = hidden
        self.activation = activation
        self.learning_rate = learning_rate
        self.weight_decay = weight_decay
        self.epochs = epochs
        self.batch_size = batch_size
        self.random_state = random_state

    model_: MLP
    history_: History

    def _train(
        self, inputs: NDArray[Any], targets: list[Any], outputs: int, loss: LossName
    ) -> None:
        seed = int(check_random_state(self.random_state).randint(2**31))
        if not all(isinstance(size, Integral) for size in self.hidden):
            raise ConfigurationError(
                f"hidden must be the sizes of the hidden layers, as (16, 16), not {self.hidden!r}"
            )
        self.model_ = MLP(
            inputs.shape[1],
            [int(size) for size in self.hidden],
            outputs,
            activation=self.activation,
            seed=seed,
        )
        optimiser = Adam(
            self.model_.parameters(),
            learning_rate=self.learning_rate,
            weight_decay=self.weight_decay,
        )
        self.history_ = fit(
            self.model_,
            inputs,
            targets,
            loss=loss,
            optimiser=optimiser,
            epochs=self.epochs,
            batch_size=self.batch_size,
            seed=seed,
            progress=False,
        )
        self.n_iter_ = len(self.history_.records)
        self.loss_curve_ = self.history_.loss

    def _outputs(self, inputs: ArrayLike) -> NDArray[Any]:
        check_is_fitted(self)
        rows = validate_data(self, inputs, reset=False)
        return np.array(predict(self.model_, rows), dtype=float)


class MLPClassifier(ClassifierMixin, _Estimator):  # type: ignore[misc, unused-ignore]
    """Classify by a network, as an estimator of scikit-learn.

    For two classes it has one logit and learns by binary cross entropy, for more a logit each and
    cross entropy. Classes may be numbers or texts.

    Args:
        hidden: the sizes of the hidden layers.
        activation: that of the hidden layers, by name.
        learning_rate, weight_decay: of :class:`nn.Adam`.
        epochs: the number of passes over the data.
        batch_size: examples in each step; None for all.
        random_state: for the first weights and the order of the examples.

    Attributes:
        model_: the :class:`nn.MLP`, to be explained and drawn.
        history_: what :func:`nn.fit` returned.
        classes_: the classes, in the order of ``predict_proba``.

    >>> points, classes = [[0, 0], [0, 1], [1, 0], [1, 1]], ["no", "yes", "yes", "no"]
    >>> xor = MLPClassifier((4,), activation="tanh", random_state=0).fit(points, classes)
    >>> xor.predict([[0, 1], [1, 1]]).tolist()
    ['yes', 'no']
    """

    classes_: NDArray[Any]

    def fit(self, X: ArrayLike, y: ArrayLike) -> MLPClassifier:  # noqa: N803 (scikit-learn's names)
        """Train a network from the start."""
        inputs, targets = validate_data(self, X, y)
        check_classification_targets(targets)
        self.classes_, indices = np.unique(targets, return_inverse=True)
        several = len(self.classes_) > 2
        self._train(
            inputs,
            indices.tolist(),
            len(self.classes_) if several else 1,
            "cross_entropy" if several else "binary_cross_entropy",
        )
        return self

    def decision_function(self, X: ArrayLike) -> NDArray[Any]:  # noqa: N803
        """Return the logits: shape (n,) for two classes, that of the second; else (n, classes)."""
        return self._outputs(X)

    def predict_proba(self, X: ArrayLike) -> NDArray[Any]:  # noqa: N803
        """Return the probability of each class, of shape (n, classes)."""
        logits = self.decision_function(X)
        if logits.ndim == 1:  # σ(x) is the softmax of 0 and x
            logits = np.column_stack([np.zeros_like(logits), logits])
        powers = np.exp(logits - logits.max(axis=1, keepdims=True))
        probabilities: NDArray[Any] = powers / powers.sum(axis=1, keepdims=True)
        return probabilities

    def predict(self, X: ArrayLike) -> NDArray[Any]:  # noqa: N803
        """Return the most probable class of each example."""
        logits = self.decision_function(X)
        chosen = logits.argmax(axis=1) if logits.ndim > 1 else (logits > 0).astype(int)
        classes: NDArray[Any] = self.classes_[chosen % len(self.classes_)]
        return classes


class MLPRegressor(RegressorMixin, _Estimator):  # type: ignore[misc, unused-ignore]
    """Predict numbers by a network, as an estimator of scikit-learn; for several outputs too.

    It learns by the squared error. Arguments and attributes are those of :class:`MLPClassifier`.

    >>> x = [[-1.0], [0.0], [1.0]]
    >>> line = MLPRegressor((), random_state=0, epochs=2000).fit(x, [1.0, 3.0, 5.0])
    >>> line.predict([[2.0]]).round(2).tolist()
    [7.0]
    """

    def fit(self, X: ArrayLike, y: ArrayLike) -> MLPRegressor:  # noqa: N803
        """Train a network from the start."""
        inputs, targets = validate_data(self, X, y, multi_output=True, y_numeric=True)
        if targets.ndim > 1 and targets.shape[1] == 1:
            targets = column_or_1d(targets, warn=True)  # as all estimators of scikit-learn do
        outputs = targets.shape[1] if targets.ndim > 1 else 1
        self._train(inputs, targets.tolist(), outputs, "squared_error")
        return self

    def predict(self, X: ArrayLike) -> NDArray[Any]:  # noqa: N803
        """Return the outputs for each example: of the shape that the targets had."""
        return self._outputs(X)
