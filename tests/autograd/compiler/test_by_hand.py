"""Programs that were written to break what compiles them, with all backends.

Machine code takes seconds for each: here it runs as Python, and
``python -m tests.fuzz --backend numba`` begins with these programs.
"""

from __future__ import annotations

import numpy as np
import pytest

from tests.fuzz.by_hand import BY_HAND
from tests.fuzz.comparison import Options, fault


@pytest.mark.parametrize("name", BY_HAND)
@pytest.mark.parametrize("backend", ["numpy", "torch", "jax"])
def test_a_program_computes_what_its_loss_does(backend: str, name: str) -> None:
    if backend != "numpy":
        pytest.importorskip(backend)
    assert fault(BY_HAND[name], Options(backend)) is None


@pytest.mark.usefixtures("numba_as_python")
@pytest.mark.parametrize("name", BY_HAND)
def test_a_program_as_loops(name: str) -> None:
    with np.errstate(all="ignore"):
        assert fault(BY_HAND[name], Options("numba")) is None
