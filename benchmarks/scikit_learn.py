"""``nn.fit`` beside scikit-learn's networks: scores on data held out, and seconds, over seeds.

Both train the same layers with Adam, the same learning rate, batch size and number of epochs, and
without weight decay, on the same standardised data. Scores are accuracies and, of regressions, R².
The data sets come with scikit-learn. ``--executor`` times one process and two of Dask, with one
thread of BLAS each, on the data and the batches that it names.
"""

from __future__ import annotations

import argparse
import os
import time
import warnings
from collections.abc import Callable
from typing import Any

import engines  # noqa: F401 - it lets the checkout be found
import numpy as np
from sklearn import datasets
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.preprocessing import StandardScaler
from threadpoolctl import threadpool_limits

import nn

HIDDEN, EPOCHS, BATCH_SIZE, LEARNING_RATE = 32, 30, 32, 0.01

DATA: dict[str, Callable[[], Any]] = {
    "digits": lambda: datasets.load_digits(return_X_y=True),
    "iris": lambda: datasets.load_iris(return_X_y=True),
    "wine": lambda: datasets.load_wine(return_X_y=True),
    "breast cancer": lambda: datasets.load_breast_cancer(return_X_y=True),
    "diabetes": lambda: datasets.load_diabetes(return_X_y=True),
    "synthetic": lambda: datasets.make_regression(500, 10, noise=10.0, random_state=0),
}
REGRESSIONS = ("diabetes", "synthetic")


def split(name: str, seed: int) -> tuple[Any, Any, Any, Any]:
    """Return inputs and targets to learn from, and others to be measured by."""
    inputs, targets = DATA[name]()
    classes = None if name in REGRESSIONS else targets
    x, x_held_out, y, y_held_out = train_test_split(
        inputs, targets, random_state=seed, stratify=classes
    )
    scaler = StandardScaler().fit(x)
    if classes is None:
        mean, deviation = y.mean(), y.std()
        y, y_held_out = (y - mean) / deviation, (y_held_out - mean) / deviation
    return scaler.transform(x), y, scaler.transform(x_held_out), y_held_out


def by_scikit_learn(name: str, seed: int) -> tuple[float, float]:
    """Return the score and the seconds of scikit-learn's network."""
    x, y, x_held_out, y_held_out = split(name, seed)
    kind = MLPRegressor if name in REGRESSIONS else MLPClassifier
    network = kind(
        hidden_layer_sizes=(HIDDEN,), alpha=0.0, batch_size=BATCH_SIZE, max_iter=EPOCHS, tol=0.0,
        learning_rate_init=LEARNING_RATE, n_iter_no_change=EPOCHS, random_state=seed,
    )  # fmt: skip
    started = time.perf_counter()
    with warnings.catch_warnings(action="ignore"):  # it would like more epochs
        network.fit(x, y)
    return network.score(x_held_out, y_held_out), time.perf_counter() - started


def by_fit(name: str, seed: int) -> tuple[float, float]:
    """Return the score and the seconds of ours."""
    x, y, x_held_out, y_held_out = split(name, seed)
    is_regression = name in REGRESSIONS
    model = nn.MLP(x.shape[1], [HIDDEN], 1 if is_regression else len({*y.tolist()}), seed=seed)
    started = time.perf_counter()
    nn.fit(
        model, x, y, loss="squared_error" if is_regression else "cross_entropy", epochs=EPOCHS,
        batch_size=BATCH_SIZE, seed=seed, progress=False,
        optimiser=nn.Adam(model.parameters(), LEARNING_RATE),
    )  # fmt: skip
    seconds = time.perf_counter() - started
    if not is_regression:
        return nn.accuracy(model, x_held_out, y_held_out), seconds
    errors = y_held_out - np.array(nn.predict(model, x_held_out))
    spread = y_held_out - y_held_out.mean()
    return float(1.0 - (errors @ errors) / (spread @ spread)), seconds


def compare(seeds: int) -> None:
    """Print a line for each data set."""
    print(f"{seeds} seeds, MLP(…, [{HIDDEN}], …), {EPOCHS} epochs, batches of {BATCH_SIZE}, Adam "
          f"{LEARNING_RATE}")  # fmt: skip
    print(f"{'':14} {'scikit-learn':>17} {'nn.fit':>17} {'seconds':>8} {'seconds':>8}")
    for name in DATA:
        theirs = np.array([by_scikit_learn(name, seed) for seed in range(seeds)])
        ours = np.array([by_fit(name, seed) for seed in range(seeds)])
        scores = [f"{each[:, 0].mean():.4f} ± {each[:, 0].std():.4f}" for each in (theirs, ours)]
        times = [f"{np.median(each[:, 1]):8.2f}" for each in (theirs, ours)]
        print(f"{name:14} {scores[0]:>17} {scores[1]:>17} {times[0]} {times[1]}", flush=True)


def with_executor(batch_size: int, hidden: int) -> None:
    """Print the seconds of an epoch in one process, and in two of Dask."""
    from distributed import Client, LocalCluster

    inputs = np.random.default_rng(0).normal(size=(4 * batch_size, 64))
    classes = np.random.default_rng(1).integers(0, 10, len(inputs))

    def seconds(executor: Any) -> float:
        model = nn.MLP(64, [hidden, hidden], 10, seed=0)
        history = nn.fit(
            model, inputs, classes, loss="cross_entropy", epochs=4, batch_size=batch_size,
            executor=executor, progress=False,
        )  # fmt: skip
        return min(history.seconds[1:])  # the first compiles, and sends the data

    alone = seconds(None)
    cluster = LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None)
    with cluster, Client(cluster) as client:
        together = seconds(client.get_executor())
    print(f"MLP(64, [{hidden}, {hidden}], 10), batches of {batch_size}")
    print(f"{alone:.2f} s an epoch, {together:.2f} by two workers: {alone / together:.2f} times")


def main() -> None:
    """Read the command line, and measure."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--executor", action="store_true", help="two workers of Dask beside none")
    parser.add_argument("--batch-size", type=int, default=8192)
    parser.add_argument("--hidden", type=int, default=128)
    options = parser.parse_args()
    os.environ |= {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
    with threadpool_limits(1, "blas"):  # the environment says it to the processes of Dask
        if options.executor:
            with_executor(options.batch_size, options.hidden)
        else:
            compare(options.seeds)


if __name__ == "__main__":
    main()
