"""Batches in shards, on the workers of any executor, train as one process does."""

import contextlib
import gc
import os
import pickle
import signal
from concurrent.futures import (
    BrokenExecutor,
    Executor,
    Future,
    ProcessPoolExecutor,
    ThreadPoolExecutor,
)
from multiprocessing import get_context

import numpy as np
import pytest

from nn import MLP, ConfigurationError, Module, NonFiniteError, fit
from nn.engines import sharded

X = np.random.default_rng(0).normal(size=(30, 4))
Y = (X[:, 0] > X[:, 1]).astype(int) + (X[:, 2] > 0)


def train(callback=None, **settings):
    model = MLP(4, [5], 3, activation="tanh", seed=1)
    settings = {"epochs": 4, "batch_size": 8, "validation": (X[:9], Y[:9]), **settings}
    history = fit(model, X, Y, loss="cross_entropy", progress=False, callback=callback, **settings)
    return history, model.state_dict()


def assert_same(ours, theirs):
    (h1, state1), (h2, state2) = ours, theirs
    assert h1.loss == pytest.approx(h2.loss, rel=1e-9)
    assert h1.validation_loss == pytest.approx(h2.validation_loss, rel=1e-9)
    assert h1.accuracy == h2.accuracy
    for layer, norms in h1.gradient_norms.items():
        assert norms == pytest.approx(h2.gradient_norms[layer], rel=1e-9)
    assert list(h1.gradient_norms) == list(h2.gradient_norms) == ["layers.0", "layers.1"]
    assert state1 == pytest.approx(state2, rel=1e-9, abs=1e-12)


@pytest.fixture(scope="module")
def alone():
    return train(engine="compiled")


class Here(Executor):
    """Compute at once; fail when told to."""

    def __init__(self, fail=lambda number: False):
        self.fail = fail
        self.jobs = []

    def submit(self, function, /, *arguments, **named):
        self.jobs.append(pickle.dumps((function, arguments)))
        future = Future()
        if self.fail(len(self.jobs)):
            future.set_exception(OSError("the worker is gone"))
        else:
            function, arguments = pickle.loads(self.jobs[-1])
            future.set_result(function(*arguments))
        return future


class Counted(Executor):
    """Count what is sent to another executor with the data."""

    _max_workers = 2

    def __init__(self, executor):
        self.executor = executor
        self.with_work = 0

    def submit(self, function, /, *arguments, **named):
        self.with_work += any(isinstance(argument, sharded.Work) for argument in arguments)
        return self.executor.submit(function, *arguments, **named)


@pytest.mark.parametrize("shards", [1, 2, 3, 8, 20])
def test_any_number_of_shards_gives_the_same(alone, shards):
    executor = Here()
    ours = train(executor=executor, shards=shards)
    assert ours[0].engine == "executor"
    assert_same(ours, alone)
    assert not any(b"MLP" in job for job in executor.jobs)
    sizes = [8, 8, 8, 6]
    asked_in_vain = min(shards, 8) + 1  # all of the first batch, and the first of them again
    assert len(executor.jobs) == 4 * sum(min(shards, size) for size in sizes) + asked_in_vain


@pytest.mark.parametrize("shards", [1, 3])
def test_the_data_are_sent_once(shards):
    executor = Here()
    train(executor=executor, shards=shards)
    *others, largest = sorted(map(len, executor.jobs))
    assert largest > X.nbytes
    assert max(others) < X.nbytes  # what comes with each batch are the parameters and which rows


def test_processes_are_not_sent_the_data_with_every_batch():
    """Once each, but for a worker that is asked in the place of one that was not told yet."""
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as executor:
        counted = Counted(executor)
        train(executor=counted, epochs=20, shards=2)
    assert 1 <= counted.with_work <= 8  # of 160 shards


def test_threads_keep_no_data():
    with ThreadPoolExecutor(2) as executor:
        train(executor=executor)
    gc.collect()
    assert not sharded._known


def test_threads_will_do_and_order_does_not_matter(alone):
    with ThreadPoolExecutor(3) as executor:
        first, second = (train(executor=executor) for _ in range(2))
    assert first[1] == second[1]
    assert_same(first, alone)


def test_a_shard_that_fails_is_computed_here():
    undisturbed = train(executor=Here())
    history, state = train(executor=Here(lambda number: number in (3, 4, 11)))
    assert state == undisturbed[1]
    assert len(history.notices) == 2
    assert history.notices[0].endswith("computed here: OSError: the worker is gone")


def test_an_executor_that_always_fails_is_left_alone():
    executor = Here(lambda number: True)
    history, state = train(executor=executor)
    assert state == train(executor=Here())[1]
    assert len(executor.jobs) < 12
    assert "the training goes on here" in history.notices[-1]


def test_an_executor_that_was_shut_down_is_left_alone(alone):
    executor = ThreadPoolExecutor(1)
    executor.shutdown()
    ours = train(executor=executor)
    assert_same(ours, alone)
    [notice] = ours[0].notices
    assert "after shutdown" in notice


def test_a_worker_process_that_is_killed_loses_nothing(alone):
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as executor:
        pid = executor.submit(os.getpid).result()

        def callback(record):
            if record.epoch == 2:
                os.kill(pid, signal.SIGTERM)
                with contextlib.suppress(BrokenExecutor):
                    while True:  # until the pool has noticed
                        executor.submit(int).result()

        undisturbed = train(executor=executor)
        disturbed = train(callback, executor=executor)
    assert_same(undisturbed, alone)
    assert undisturbed[0].notices == []
    assert disturbed[1] == undisturbed[1]
    [notice] = disturbed[0].notices
    assert "the training goes on here: BrokenProcessPool" in notice


def test_what_is_not_finite_is_named():
    model = MLP(4, [2], 1, seed=0)
    bad = X.copy()
    bad[20, 1] = np.inf
    with pytest.raises(NonFiniteError, match="batch 3 of 4: the loss of example 20 is "):
        fit(
            model, bad, X[:, 0], loss="squared_error", batch_size=8, shuffle=False, progress=False,
            executor=Here(),
        )  # fmt: skip


class Choosing(Module):
    def __init__(self):
        self.part = MLP(1, [1])

    def __call__(self, x):
        return self.part(x) if x[0] > 0 else self.part(x) * 2


def test_what_cannot_be_compiled_cannot_be_sent():
    with pytest.raises(ConfigurationError, match="without engine and executor"):
        fit(Choosing(), X[:, :1], Y, loss="squared_error", executor=Here(), progress=False)


@pytest.mark.parametrize("shards", [0, 1.5, True])
def test_the_number_of_shards_is_checked(shards):
    with pytest.raises(ConfigurationError, match="shards must be a positive whole number"):
        train(executor=Here(), shards=shards)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGKILL")
def test_dask_trains_on_a_cluster_and_survives_the_loss_of_a_worker(alone, tmp_path):
    distributed = pytest.importorskip("distributed")
    with (
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None,
            local_directory=tmp_path, host="127.0.0.1",
        ) as cluster,
        distributed.Client(cluster) as client,
    ):  # fmt: skip
        pid = next(iter(client.run(os.getpid).values()))

        def callback(record):
            if record.epoch == 2:
                os.kill(pid, signal.SIGKILL)

        undisturbed = train(executor=client.get_executor())
        disturbed = train(callback, executor=client.get_executor())
    assert undisturbed[0].engine == "executor"
    assert_same(undisturbed, alone)
    assert disturbed[1] == undisturbed[1]


def test_workers_measure_what_they_have_learned_from():
    settings = {"epochs": 2, "validation": None}
    executor = Here()
    ours, theirs = train(executor=executor, **settings), train(engine="compiled", **settings)
    assert [r.final_loss for r in ours[0].records] == pytest.approx(
        [r.final_loss for r in theirs[0].records], rel=1e-9
    )
    without = Here()
    train(executor=without, epochs=2)
    assert len(executor.jobs) == len(without.jobs) + 2 * 2  # two shards, after each epoch
