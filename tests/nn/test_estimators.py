"""The estimators, held to scikit-learn's own checks, and within its tools."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import numpy as np
import pytest

sklearn = pytest.importorskip("sklearn", "1.6")

from sklearn.datasets import load_iris, make_regression  # noqa: E402
from sklearn.model_selection import GridSearchCV, cross_val_score  # noqa: E402
from sklearn.pipeline import make_pipeline  # noqa: E402
from sklearn.preprocessing import StandardScaler  # noqa: E402
from sklearn.utils.estimator_checks import estimator_checks_generator  # noqa: E402

import autograd  # noqa: E402
import nn  # noqa: E402

QUICK = {"learning_rate": 0.05, "epochs": 40, "random_state": 0}


CHECKS = [
    pytest.param(*pair, id=f"{type(estimator).__name__}-{number}")
    for estimator in (nn.MLPClassifier(**QUICK), nn.MLPRegressor(**QUICK))  # type: ignore[arg-type]
    for number, pair in enumerate(estimator_checks_generator(estimator))
]


@pytest.mark.parametrize(("estimator", "check"), CHECKS)
def test_checks_of_scikit_learn(estimator: Any, check: Any) -> None:
    check(estimator)


def test_a_pipeline_a_search_and_names_for_classes() -> None:
    iris = load_iris()
    names = iris.target_names[iris.target]
    pipeline = make_pipeline(StandardScaler(), nn.MLPClassifier(**QUICK))  # type: ignore[arg-type]
    search = GridSearchCV(pipeline, {"mlpclassifier__hidden": [(2,), (8,)]}, cv=3)
    search.fit(iris.data, names)
    assert search.best_score_ > 0.93
    assert {*search.predict(iris.data)} == {*iris.target_names}
    probabilities = search.predict_proba(iris.data[:5])
    assert probabilities.sum(axis=1) == pytest.approx(np.ones(5))


def test_regression_explains_the_variance() -> None:
    x, y = make_regression(n_samples=200, n_features=4, noise=1.0, random_state=0)
    y = y / y.std()
    assert cross_val_score(nn.MLPRegressor(**QUICK), x, y, cv=3).mean() > 0.95  # type: ignore[arg-type]
    both = nn.MLPRegressor(**QUICK).fit(x, np.column_stack([y, -y]))  # type: ignore[arg-type]
    assert both.predict(x).shape == (200, 2)


def test_the_model_inside_is_one_of_ours() -> None:
    found = nn.MLPClassifier((2,), epochs=1, random_state=3).fit([[0.0], [1.0]], ["a", "b"])
    assert isinstance(found.model_, nn.MLP)
    logit = found.model_([1.0])
    assert isinstance(logit, autograd.Value)
    assert found.decision_function([[1.0]]) == pytest.approx([logit.data])
    assert found.loss_curve_ == found.history_.loss


def test_sizes_that_are_none() -> None:
    with pytest.raises(nn.ConfigurationError, match="sizes of the hidden layers, as"):
        nn.MLPClassifier((2.5,)).fit([[0.0], [1.0]], [0, 1])  # type: ignore[arg-type]


def test_nn_loads_no_scikit_learn_before_it_is_asked() -> None:
    code = "import sys, nn; print('sklearn' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
    hidden = (
        "import sys; sys.modules['sklearn'] = None\nimport nn\n"
        "try: nn.MLPClassifier\nexcept ImportError as error: print(error)"
    )
    done = subprocess.run(
        [sys.executable, "-c", hidden], capture_output=True, text=True, check=True
    )
    assert "pip install scikit-learn" in done.stdout
