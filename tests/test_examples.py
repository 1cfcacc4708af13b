"""Every example runs without a warning, prints, and comes to the numbers that it is about."""

from __future__ import annotations

import os
import runpy
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.processes import PATIENCE

EXAMPLES = Path(__file__).parent.parent / "examples"
SCRIPTS = sorted(path.name for path in EXAMPLES.glob("*.py"))
MISSING = "missing paths"

# For each example, expressions in its global names and what they come to. Those of the worked
# network are the notes' numbers, exact, with what the notes print beside them where it differs.
EXPECTED: dict[str, dict[str, Any]] = {
    "01_one_path.py": {
        # at x = 0.8: 2x e^(x²), 2x e^(x²) e^(e^(x²)) and -2x / e^(x²)
        "slopes['e^(x²)']": 3.034369,
        "slopes['e^(e^(x²))']": 20.216205,
        "slopes['1/e^(x²)']": -0.843668,
        "[bool(check) for check in checks.values()]": [True, True, True],
    },
    "02_many_paths.py": {
        "w121_paths": 3,
        "w121.grad": -0.173375,
        "v_paths": 2,
        "v.grad": 6.0,
        "many": 2**60,
        "start.grad": 2.0**60,
        "[node.label for node in mistake.wrong]": ["a"],
        "mistake.naive": (6.0, 2.0, 1.0),
        "mistake.right": (4.0, 2.0, 1.0),
    },
    "03_worked_network.py": {
        "[a.data for a in a1]": [2.9, 1.4, 2.1, 2.3],
        "[h.data for h in h1]": [0.947846, 0.802184, 0.890903, 0.908877],
        "[a.data for a in a2]": [1.657402, 0.447192],
        "[p.data for p in ŷ]": [0.770336, 0.229664],
        "L.data": 0.105491,
        "(1 - 0.77)**2 + (0 - 0.23)**2": 0.1058,
        "(1 - 0.77)**2 + (1 - 0.23)**2": 0.6458,
        "dot(W1[0], X, 0.5)": 3.4,
        "w212.grad": -0.130377,
        "w131.grad": 0.003159,
        "derivation": {"w212": -0.065, "w131": 0.001595},
        "[f.verdict.value for f in check_derivation(L, derivation).findings]": [MISSING, MISSING],
        "[len(f.paths) for f in check_derivation(L, derivation).findings]": [1, 2],
        "bool(check_derivation(L, derivation_over_all_paths))": True,
        "updates": {"w212": 0.930377, "w131": -0.303159},  # printed: 0.865, -0.301595
        "down < L.data < up": True,
    },
    "04_output_layer.py": {
        "nabla_a": [0.451624, -0.726076, 0.061121, 0.213332],
        "difference": [0.451624, -0.726076, 0.061121, 0.213332],
        "list(one_node.local_derivatives)": [0.451624, -0.726076, 0.061121, 0.213332],
        "bool(check)": True,
    },
    "05_hidden_layer.py": {
        "nabla_a2": [-0.229664, 0.229664],
        "[a.grad for a in a2]": [-0.229664, 0.229664],
        "nabla_h1": [0.0, -0.137798, 0.022966, -0.206698],
        "[h.grad for h in h1]": [0.0, -0.137798, 0.022966, -0.206698],
        "nabla_a1": [0.0, -0.021867, 0.002232, -0.017119],
        "[a.grad for a in a1]": [0.0, -0.021867, 0.002232, -0.017119],
        "w212.grad": -0.184233,
        "w131.grad": 0.004464,
    },
    "06_weights_and_biases.py": {
        "bool(equations)": True,
        "second.dW[0][1]": -0.184233,
        "first.dW[2][0]": 0.004464,
        "[(f.name, f.is_right, f.message.split(':')[0]) for f in by_hand.findings]": [
            ("∇W2", False, "transposed"),
            ("∇W1", False, "g'(a) was forgotten"),
            ("∇b2", True, "right in all 2 entries"),
            ("∇b1", False, "the sign is wrong"),
        ],
        "loss.data": 0.260929,
        "after.data < loss.data": True,
    },
    "07_training_loop.py": {
        "len(losses) < most_epochs and losses[-1] < ε <= losses[-2]": True,
        "history.loss == losses": True,
        "history.stopped": "until",
        "[round(answer) for answer in answers]": [0, 1, 1, 0],
    },
    "08_step_and_debug.py": {
        "len(taken)": 8,
        "[step.parent.label for step in taken[1:]]": ["h", "y", "a", "wx", "b", "w", "x"],
        "stop.contribution": 0.439451,
        "h.origin.excerpt().split()[:3]": ["h", "=", "a.tanh()"],
        "found['contribution']": 0.439451,
        "found['upstream'] * found['local'] == found['contribution']": True,
        "message.splitlines()[0]": "the gradient of 'zero' became inf",
        "'∂root/∂zero = 3 · inf' in message and 'root = zero.sqrt()' in message": True,
    },
    "09_pictures.py": {
        "loss.data": 0.068432,
        "[node.grad for node in (x, w, b, h)]": [-0.659177, 0.439451, 0.219726, 0.523188],
        "layers.splitlines()[3].split(',')[0]": "   ├─ h1 = relu(a1)",
        "history.validation_accuracy[-1] > 0.9": True,
    },
    "10_in_pytorch.py": {
        "losses[-1] < 0.05 < losses[0]": True,
        "bool((by_ours - by_torch).abs().max() < 1e-6)": True,
    },
    "11_in_jax.py": {"found": {"friction": 0.3, "frequency": 2.0}},
}
NEEDED = {"10_in_pytorch.py": "torch", "11_in_jax.py": "jax"}  # of what an extra brings


# These are run once, for to import the library takes long.
ALONE = [script for script in SCRIPTS if script not in NEEDED]


def test_every_example_is_in_the_table() -> None:
    assert sorted(EXPECTED) == SCRIPTS


@pytest.mark.parametrize("script", SCRIPTS)
def test_example_comes_to_its_numbers(script: str, capsys: pytest.CaptureFixture[str]) -> None:
    if script in NEEDED:
        pytest.importorskip(NEEDED[script])
    names = runpy.run_path(str(EXAMPLES / script), run_name="__main__")
    assert capsys.readouterr().out.strip()
    for expression, expected in EXPECTED[script].items():
        found = eval(expression, names)
        assert found == expected or found == pytest.approx(expected, abs=5e-7), expression


@pytest.mark.parametrize("script", ALONE)
def test_example_runs_as_a_script(script: str, tmp_path: Path) -> None:
    """As a person runs it, in a terminal that knows UTF-8; it leaves no files behind."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-X", "utf8", str(EXAMPLES / script)],
        cwd=tmp_path,
        capture_output=True,
        encoding="utf-8",
        timeout=PATIENCE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.strip()
    assert list(tmp_path.iterdir()) == []
