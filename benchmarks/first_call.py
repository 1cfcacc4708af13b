"""What the first call of a compiled step takes: processor seconds, and memory beside the model.

    python benchmarks/first_call.py
    python benchmarks/first_call.py --hidden 256 256

The call records the loss of MLP(784, hidden, 10) for one example, compiles it for NumPy, and proves
the program against the eager engine for three.
"""

from __future__ import annotations

import argparse
import resource
import sys
from time import process_time

import engines  # noqa: F401 - it lets the checkout be found
import numpy as np

import autograd
import nn


def megabytes() -> float:
    """Return how much memory the process has had at most."""
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 2**20


def main() -> None:
    """Read the command line, and measure."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--hidden", type=int, nargs="+", default=[1024, 1024])
    hidden = parser.parse_args().hidden
    model = nn.MLP(784, hidden, 10, seed=0)
    inputs, classes = np.random.default_rng(0).normal(size=(32, 784)), np.arange(32) % 10
    step = autograd.compile(lambda x, y: nn.cross_entropy(model(x), y), batch=("x", "y"))
    memory, started = megabytes(), process_time()
    step(inputs, classes)
    print(
        f"MLP(784, {hidden}, 10): {process_time() - started:.1f} s, {megabytes() - memory:.0f} MB"
    )


if __name__ == "__main__":
    main()
